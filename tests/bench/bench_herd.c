/* A herd: n distribution points that pull from one source, 50 downloads each at once, all through the source's one
 * interface, and each point behind an access link of 1, 2, 4 or 8 Mbit/s. A download that ends is replaced at once by
 * the next at the same point; sizes are exponential with a mean of 10 MB. With 2,000 points 100,000 transfers are in
 * flight over one interface.
 *
 * The interface has per point
 *  - `source`: 0.5 Mbit/s: it holds all back, the access links have plenty;
 *  - `access`: 10 Mbit/s: every access link holds its own back, the interface has plenty;
 *  - `mixed`: 2.5 Mbit/s: access links of 1 and 2 Mbit/s hold theirs back, the interface all others, at 3.5 Mbit/s per
 * point; here a change at one access link is felt by all behind the wider ones. Prints microseconds of the processor
 * per transfer: median of several rounds, in which the cases take turns, and their range, against the number of points.
 * BENCH_QUICK=1: three short rounds, few points.
 *
 * "bench_herd --once N", N points: nanoseconds per transfer, mixed. */
#include "sim/engine/network.h"
#include "sim/engine/random.h"
#include "tests/bench/bench.h"

#include <glib.h>
#include <math.h>

#define MEAN_BYTES 10e6
#define MBIT_PER_S 125e3 /* bytes per second */
#define DOWNLOADS 50

struct herd {
    struct sim_network *network;
    struct sim_link source;
    struct sim_link *access;
    gsl_rng *rng;
    guint64 n_left; /* transfers that are still to end */
};

struct download {
    struct sim_flow flow;
    struct herd *herd;
};

static void next(struct download *download)
{
    sim_flow_start(download->herd->network, &download->flow, sim_random_exponential(download->herd->rng, MEAN_BYTES),
                   INFINITY);
}

static void finished(struct sim *sim, struct sim_flow *flow)
{
    struct download *download = SIM_OWNER(struct download, flow, flow);

    if (--download->herd->n_left == 0)
        sim_stop(sim);
    next(download);
}

/* Seconds of the processor per transfer. */
static double run(double source_mbit_per_s, uint32_t n_points, guint64 n_transfers)
{
    struct sim *sim = sim_new(1, 0);
    struct herd herd = {.network = sim_network_new(sim), .rng = sim_random_stream(1, 0, "herd", "bytes")};
    struct download *downloads = g_new0(struct download, n_points * DOWNLOADS);

    herd.access = g_new(struct sim_link, n_points);
    sim_link_init(herd.network, &herd.source, source_mbit_per_s * MBIT_PER_S * n_points);
    for (uint32_t p = 0; p < n_points; p++)
        sim_link_init(herd.network, &herd.access[p], (double)(1 << p % 4) * MBIT_PER_S);
    for (uint32_t d = 0; d < n_points * DOWNLOADS; d++) {
        struct sim_link *path[] = {&herd.source, &herd.access[d / DOWNLOADS]};
        downloads[d].herd = &herd;
        sim_flow_init(&downloads[d].flow, path, 2, finished, NULL);
        next(&downloads[d]);
    }
    /* Everybody has been replaced about once before the clock starts. */
    herd.n_left = n_points * DOWNLOADS;
    sim_run(sim, INFINITY);
    herd.n_left = n_transfers;
    double began_s = bench_now_s();
    sim_run(sim, INFINITY);
    double took_s = bench_now_s() - began_s;

    for (uint32_t d = 0; d < n_points * DOWNLOADS; d++) {
        sim_flow_stop(herd.network, &downloads[d].flow);
        sim_flow_clear(&downloads[d].flow);
    }
    for (uint32_t p = 0; p < n_points; p++)
        sim_link_clear(&herd.access[p]);
    sim_link_clear(&herd.source);
    g_free(herd.access);
    g_free(downloads);
    gsl_rng_free(herd.rng);
    sim_network_free(herd.network);
    sim_free(sim);
    return took_s / (double)n_transfers;
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        double mbit_per_s; /* of the source, per point */
    } kinds[] = {{"source", 0.5}, {"access", 10}, {"mixed", 2.5}};
    static const uint32_t n_points[] = {20, 200, 2000};
    struct bench_times times[G_N_ELEMENTS(kinds)][G_N_ELEMENTS(n_points)] = {0};
    uint32_t once = (uint32_t)bench_once(argc, argv);
    size_t sizes = bench_quick() ? 1 : G_N_ELEMENTS(n_points);

    if (once) {
        printf("%.1f\n", 1e9 * run(2.5, once, 100000));
        return 0;
    }
    for (int round = 0; round < MIN(bench_rounds(), 5); round++)
        for (size_t i = 0; i < sizes; i++)
            for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
                bench_add(&times[k][i], run(kinds[k].mbit_per_s, n_points[i], bench_quick() ? 1000 : 100000));
    printf("# us per transfer; N points with %d downloads each, over one interface and the points' access links\n",
           DOWNLOADS);
    printf("%-7s %6s %9s %9s %9s\n", "scarce", "N", "median", "min", "max");
    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (size_t i = 0; i < sizes; i++) {
            struct bench_times *t = &times[k][i];
            qsort(t->s, (size_t)t->n, sizeof *t->s, bench_compare);
            printf("%-7s %6u %9.3f %9.3f %9.3f\n", kinds[k].name, n_points[i], 1e6 * t->s[t->n / 2], 1e6 * t->s[0],
                   1e6 * t->s[t->n - 1]);
        }
    return 0;
}
