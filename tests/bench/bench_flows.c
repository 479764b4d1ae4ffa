/* How long a transfer takes the machine: N transfers are always in flight, each over a source's uplink, a site's link
 * and a distribution point's link; one that ends is replaced at once by another with a source, site and point drawn
 * anew. Sizes are exponential with a mean of 10 MB.
 *
 * One kind of link is scarce and holds all flows back: `up` the uplinks, `site` the site links, `dp` the points' links;
 * the others have plenty. There are 20 uplinks whatever N is, N/5 sites and 2 N points, as in a company that grows: an
 * uplink carries N/20 flows, a site link 5, a point's link at most a few. Where the uplinks are scarce, every change
 * changes the rates of N/20 flows: there the cost shows how it grows. (With uplinks in proportion to N it would not.)
 *
 * Prints microseconds per transfer: median of several runs, and their range. BENCH_QUICK=1: one short run each, up to
 * 1,000 transfers. */
#include "sim/engine/network.h"
#include "sim/engine/random.h"

#include <glib.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define MEAN_BYTES 10e6
#define SCARCE_BYTES_PER_S 12.5e6 /* 100 Mbit/s */
#define PLENTY_BYTES_PER_S 125e9
#define N_UPLINKS 20
#define MAX_RUNS 15

struct bench {
    struct sim_network *network;
    struct sim_link *links[3];
    uint32_t n_links[3];
    gsl_rng *rng;
    guint64 n_left; /* transfers that are still to end */
};

struct transfer {
    struct sim_flow flow;
    struct bench *bench;
};

static void start(struct transfer *transfer)
{
    struct bench *bench = transfer->bench;
    struct sim_link *path[3];

    for (int i = 0; i < 3; i++)
        path[i] = &bench->links[i][gsl_rng_uniform_int(bench->rng, bench->n_links[i])];
    sim_flow_set_path(&transfer->flow, path, 3);
    sim_flow_start(bench->network, &transfer->flow, sim_random_exponential(bench->rng, MEAN_BYTES), INFINITY);
}

static void finished(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *transfer = SIM_OWNER(struct transfer, flow, flow);

    if (--transfer->bench->n_left == 0)
        sim_stop(sim);
    start(transfer);
}

/* Microseconds per transfer. */
static double run(int scarce, uint32_t n, guint64 n_transfers, uint32_t replication)
{
    struct sim *sim = sim_new(1, replication);
    struct bench bench = {.network = sim_network_new(sim), .rng = sim_random_stream(1, replication, "bench", "draws")};

    for (int i = 0; i < 3; i++) {
        bench.n_links[i] = i == 0 ? N_UPLINKS : i == 1 ? MAX(n / 5, 1) : 2 * n;
        bench.links[i] = g_new(struct sim_link, bench.n_links[i]);
        for (uint32_t l = 0; l < bench.n_links[i]; l++)
            sim_link_init(bench.network, &bench.links[i][l], i == scarce ? SCARCE_BYTES_PER_S : PLENTY_BYTES_PER_S);
    }
    struct transfer *transfers = g_new0(struct transfer, n);
    for (uint32_t i = 0; i < n; i++) {
        transfers[i].bench = &bench;
        sim_flow_init(&transfers[i].flow, NULL, 0, finished, NULL);
        start(&transfers[i]);
    }
    /* Everybody has been replaced about once before the clock starts. */
    bench.n_left = n;
    sim_run(sim, INFINITY);
    bench.n_left = n_transfers;
    gint64 started_us = g_get_monotonic_time();
    sim_run(sim, INFINITY);
    gint64 ended_us = g_get_monotonic_time();

    for (uint32_t i = 0; i < n; i++) {
        sim_flow_stop(bench.network, &transfers[i].flow);
        sim_flow_clear(&transfers[i].flow);
    }
    g_free(transfers);
    for (int i = 0; i < 3; i++) {
        for (uint32_t l = 0; l < bench.n_links[i]; l++)
            sim_link_clear(&bench.links[i][l]);
        g_free(bench.links[i]);
    }
    gsl_rng_free(bench.rng);
    sim_network_free(bench.network);
    sim_free(sim);
    return (double)(ended_us - started_us) / (double)n_transfers;
}

static int ascending(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

int main(void)
{
    static const char *const names[3] = {"up", "site", "dp"};
    bool quick = g_getenv("BENCH_QUICK") && g_strcmp0(g_getenv("BENCH_QUICK"), "0") != 0;
    uint32_t runs = quick ? 1 : 7;

    printf("# us per transfer; N in flight over 20 uplinks, N/5 sites, 2 N points; scarce: who holds back; %u run%s\n",
           runs, runs == 1 ? "" : "s");
    printf("%-6s %6s %9s %9s %9s\n", "scarce", "N", "median", "min", "max");
    for (int scarce = 0; scarce < 3; scarce++)
        for (uint32_t n = 100; n <= (quick ? 1000 : 100000); n *= 10) {
            double us[MAX_RUNS];
            for (uint32_t r = 0; r < runs; r++)
                us[r] = run(scarce, n, quick ? 1000 : 200000, r);
            qsort(us, runs, sizeof(*us), ascending);
            printf("%-6s %6u %9.3f %9.3f %9.3f\n", names[scarce], n, us[runs / 2], us[0], us[runs - 1]);
        }
    return 0;
}
