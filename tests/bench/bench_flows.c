/* How long a transfer takes the machine: N transfers are always in flight, each over a source's uplink, a site's link
 * and a distribution point's link; one that ends is replaced at once by another with a source, site and point drawn
 * anew. Sizes are exponential with a mean of 10 MB.
 *
 * One kind of link is scarce and holds all flows back: `up` the uplinks, `site` the site links, `dp` the points' links;
 * the others have plenty. There are 20 uplinks whatever N is, N/5 sites and 2 N points, as in a company that grows: an
 * uplink carries N/20 flows, a site link 5, a point's link at most a few. Where the uplinks are scarce, every change
 * changes the rates of N/20 flows: there the cost shows how it grows. (With uplinks in proportion to N it would not.)
 *
 * Prints microseconds of the processor per transfer: median of several rounds, in which the cases take turns, and their
 * range. BENCH_QUICK=1: one short round, up to 1,000 transfers.
 *
 * "bench_flows --once N up|site|dp": nanoseconds per transfer, and the mean time of a transfer in seconds. */
#include "sim/engine/network.h"
#include "sim/engine/random.h"
#include "tests/bench/bench.h"

#include <glib.h>
#include <math.h>

#define MEAN_BYTES 10e6
#define SCARCE_BYTES_PER_S 12.5e6 /* 100 Mbit/s */
#define PLENTY_BYTES_PER_S 125e9
#define N_UPLINKS 20

struct bench {
    struct sim *sim;
    struct sim_network *network;
    struct sim_link *links[3];
    uint32_t n_links[3];
    gsl_rng *rng;
    guint64 n_left; /* transfers that are still to end */
    double moved_s; /* of those that have ended */
};

struct transfer {
    struct sim_flow flow;
    struct bench *bench;
    double started_s;
};

static void start(struct transfer *transfer)
{
    struct bench *bench = transfer->bench;
    struct sim_link *path[3];

    for (int i = 0; i < 3; i++)
        path[i] = &bench->links[i][gsl_rng_uniform_int(bench->rng, bench->n_links[i])];
    transfer->started_s = sim_now(bench->sim);
    sim_flow_set_path(&transfer->flow, path, 3);
    sim_flow_start(bench->network, &transfer->flow, sim_random_exponential(bench->rng, MEAN_BYTES), INFINITY);
}

static void finished(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *transfer = SIM_OWNER(struct transfer, flow, flow);

    transfer->bench->moved_s += sim_now(sim) - transfer->started_s;
    if (--transfer->bench->n_left == 0)
        sim_stop(sim);
    start(transfer);
}

/* Seconds of the processor per transfer. */
static double run(int scarce, uint32_t n, guint64 n_transfers, uint32_t replication, double *mean_s)
{
    struct sim *sim = sim_new(1, replication);
    struct bench bench = {
        .sim = sim, .network = sim_network_new(sim), .rng = sim_random_stream(1, replication, "bench", "draws")};

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
    bench.moved_s = 0;
    double began_s = bench_now_s();
    sim_run(sim, INFINITY);
    double took_s = bench_now_s() - began_s;
    *mean_s = bench.moved_s / (double)n_transfers;

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
    return took_s / (double)n_transfers;
}

int main(int argc, char **argv)
{
    static const char *const names[3] = {"up", "site", "dp"};
    static const uint32_t n_in_flight[] = {100, 1000, 10000, 100000};
    struct bench_times times[3][G_N_ELEMENTS(n_in_flight)] = {0};
    size_t sizes = bench_quick() ? 2 : G_N_ELEMENTS(n_in_flight);
    int rounds = bench_quick() ? 1 : 5;
    double mean_s;

    if (argc == 4 && strcmp(argv[1], "--once") == 0) {
        for (int scarce = 0; scarce < 3; scarce++)
            if (strcmp(argv[3], names[scarce]) == 0) {
                double s = run(scarce, (uint32_t)g_ascii_strtoull(argv[2], NULL, 10), 100000, 0, &mean_s);
                printf("%.1f %.3f\n", 1e9 * s, mean_s);
                return 0;
            }
        return 2;
    }
    for (int round = 0; round < rounds; round++)
        for (size_t i = 0; i < sizes; i++)
            for (int scarce = 0; scarce < 3; scarce++)
                bench_add(&times[scarce][i],
                          run(scarce, n_in_flight[i], bench_quick() ? 1000 : 100000, (uint32_t)round, &mean_s));
    printf("# us per transfer; N in flight over %d uplinks, N/5 sites, 2 N points; scarce: who holds back\n",
           N_UPLINKS);
    printf("%-6s %6s %9s %9s %9s\n", "scarce", "N", "median", "min", "max");
    for (int scarce = 0; scarce < 3; scarce++)
        for (size_t i = 0; i < sizes; i++) {
            struct bench_times *t = &times[scarce][i];
            qsort(t->s, (size_t)t->n, sizeof *t->s, bench_compare);
            printf("%-6s %6u %9.3f %9.3f %9.3f\n", names[scarce], n_in_flight[i], 1e6 * t->s[t->n / 2], 1e6 * t->s[0],
                   1e6 * t->s[t->n - 1]);
        }
    return 0;
}
