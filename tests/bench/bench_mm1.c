/* How fast the engine goes round: an M/M/1 queue, two events a customer, against the same queue written out in C. */
#include "sim/engine/random.h"
#include "sim/engine/sim.h"
#include "tests/bench/bench.h"

#include <glib.h>
#include <math.h>

#define UTILISATION 0.9
#define PLACES 4096 /* in line; a longer line is a bug in the benchmark */

/* When those in the system came: a ring. */
struct line {
    double came_s[PLACES];
    uint32_t first, n;
};

static inline void enter(struct line *line, double now_s)
{
    g_assert(line->n < PLACES);
    line->came_s[(line->first + line->n++) % PLACES] = now_s;
}

static inline double leave(struct line *line)
{
    double came_s = line->came_s[line->first];

    line->first = (line->first + 1) % PLACES;
    line->n--;
    return came_s;
}

struct shop {
    struct sim_event arrival, departure;
    gsl_rng *arrivals, *services;
    double between_s, service_s;
    struct line line;
    uint64_t n_served, n_wanted;
    double stayed_s;
};

static void customer_arrives(struct sim *sim, struct sim_event *event)
{
    struct shop *shop = SIM_OWNER(struct shop, arrival, event);

    enter(&shop->line, sim_now(sim));
    if (shop->line.n == 1)
        sim_schedule_after(sim, &shop->departure, sim_random_exponential(shop->services, shop->service_s));
    sim_schedule_after(sim, event, sim_random_exponential(shop->arrivals, shop->between_s));
}

static void customer_departs(struct sim *sim, struct sim_event *event)
{
    struct shop *shop = SIM_OWNER(struct shop, departure, event);

    shop->stayed_s += sim_now(sim) - leave(&shop->line);
    if (++shop->n_served == shop->n_wanted)
        sim_stop(sim);
    if (shop->line.n)
        sim_schedule_after(sim, event, sim_random_exponential(shop->services, shop->service_s));
}

/* Returns the mean time in the system. */
static double run_engine(uint64_t n)
{
    struct sim *sim = sim_new(1, 0);
    struct shop *shop = g_new0(struct shop, 1);

    shop->arrivals = sim_random_stream(1, 0, "shop", "arrivals");
    shop->services = sim_random_stream(1, 0, "shop", "services");
    shop->between_s = 1 / UTILISATION;
    shop->service_s = 1;
    shop->n_wanted = n;
    sim_event_init(&shop->arrival, SIM_RANK_MODEL, customer_arrives);
    sim_event_init(&shop->departure, SIM_RANK_MODEL, customer_departs);
    sim_schedule_after(sim, &shop->arrival, sim_random_exponential(shop->arrivals, shop->between_s));
    sim_run(sim, INFINITY);

    double mean_s = shop->stayed_s / (double)shop->n_served;
    gsl_rng_free(shop->arrivals);
    gsl_rng_free(shop->services);
    g_free(shop);
    sim_free(sim);
    return mean_s;
}

/* Two next times, compared. With the engine's streams it gives the same result; with xorshift64* it is the floor: what
 * the logarithms and the line alone cost. */
static inline double cheap_exponential(uint64_t *state, double mean)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return -mean * log(1.0 - (double)((*state * UINT64_C(0x2545f4914f6cdd1d)) >> 11) * 0x1p-53);
}

#define BARE(name, arrival_draw, service_draw)                                                                         \
    static double name(uint64_t n, const gsl_rng *arrivals G_GNUC_UNUSED, const gsl_rng *services G_GNUC_UNUSED)       \
    {                                                                                                                  \
        static struct line line;                                                                                       \
        uint64_t a G_GNUC_UNUSED = 12345, s G_GNUC_UNUSED = 67890;                                                     \
        double now_s = 0, next_arrival_s, next_departure_s = INFINITY, stayed_s = 0;                                   \
                                                                                                                       \
        line.n = line.first = 0;                                                                                       \
        next_arrival_s = arrival_draw;                                                                                 \
        for (uint64_t served = 0; served < n;) {                                                                       \
            if (next_arrival_s < next_departure_s) {                                                                   \
                now_s = next_arrival_s;                                                                                \
                enter(&line, now_s);                                                                                   \
                if (line.n == 1)                                                                                       \
                    next_departure_s = now_s + service_draw;                                                           \
                next_arrival_s = now_s + arrival_draw;                                                                 \
            } else {                                                                                                   \
                now_s = next_departure_s;                                                                              \
                stayed_s += now_s - leave(&line);                                                                      \
                served++;                                                                                              \
                next_departure_s = line.n ? now_s + service_draw : INFINITY;                                           \
            }                                                                                                          \
        }                                                                                                              \
        return stayed_s / (double)n;                                                                                   \
    }

BARE(run_bare, cheap_exponential(&a, 1 / UTILISATION), cheap_exponential(&s, 1))
BARE(run_same_streams, sim_random_exponential(arrivals, 1 / UTILISATION), sim_random_exponential(services, 1))

static void report(const char *what, struct bench_times *times, double n, double floor_s)
{
    double median_s = bench_median(times);

    printf("mm1 %-30s %6.2f M customers/s (%.2f..%.2f)  %5.1f ns a customer  %4.2f x floor\n", what, n / median_s / 1e6,
           n / times->s[times->n - 1] / 1e6, n / times->s[0] / 1e6, 1e9 * median_s / n, median_s / floor_s);
}

int main(int argc, char **argv)
{
    uint64_t once = bench_once(argc, argv);
    if (once) {
        double begin_s = bench_now_s(), mean_s = run_engine(once);
        printf("%.2f %.3f\n", 1e9 * (bench_now_s() - begin_s) / (double)once, mean_s);
        return 0;
    }
    uint64_t n = bench_quick() ? 10000 : 2000000;
    struct bench_times engine = {.n = 0}, streams = {.n = 0}, bare = {.n = 0};
    double engine_mean_s = 0, streams_mean_s = 0, bare_mean_s = 0;

    for (int round = 0; round < bench_rounds(); round++) {
        gsl_rng *arrivals = sim_random_stream(1, 0, "shop", "arrivals");
        gsl_rng *services = sim_random_stream(1, 0, "shop", "services");
        double start_s = bench_now_s();
        engine_mean_s = run_engine(n);
        double engine_s = bench_now_s();
        streams_mean_s = run_same_streams(n, arrivals, services);
        double streams_s = bench_now_s();
        bare_mean_s = run_bare(n, NULL, NULL);
        double bare_s = bench_now_s();
        bench_add(&engine, engine_s - start_s);
        bench_add(&streams, streams_s - engine_s);
        bench_add(&bare, bare_s - streams_s);
        gsl_rng_free(arrivals);
        gsl_rng_free(services);
    }
    if (engine_mean_s != streams_mean_s)
        g_error("engine says %.17g s, bare C with its streams %.17g s", engine_mean_s, streams_mean_s);

    double floor_s = bench_median(&bare);
    printf("mm1 utilisation %g: mean time in system %.3f s, bare %.3f s (theory %g s)\n", UTILISATION, engine_mean_s,
           bare_mean_s, 1 / (1 - UTILISATION));
    report("engine", &engine, (double)n, floor_s);
    report("bare C, the engine's streams", &streams, (double)n, floor_s);
    report("bare C, xorshift64* (floor)", &bare, (double)n, floor_s);
    return 0;
}
