/* What the event queue costs: the hold model. A fixed number of events is pending; the next one fires and is scheduled
 * again, an exponential time later. Through the engine's interface, with events embedded in their owners that can be
 * moved and cancelled at any time; and in a bare heap of times that can only be held. */
#include "sim/engine/random.h"
#include "sim/engine/sim.h"
#include "tests/bench/bench.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#define N_INCREMENTS 8192

static double increments_s[N_INCREMENTS]; /* drawing is not what is measured */

struct owner {
    struct sim_event event;
    struct world *world;
};

struct world {
    struct sim *sim;
    struct owner *owners;
    uint64_t n_holds; /* done in all; also says which increment is next */
    uint64_t until;
};

static void hold(struct sim *sim, struct sim_event *event)
{
    struct world *world = SIM_OWNER(struct owner, event, event)->world;

    sim_schedule_after(sim, event, increments_s[world->n_holds % N_INCREMENTS]);
    if (++world->n_holds == world->until)
        sim_stop(sim);
}

static void engine_hold(struct world *world, uint64_t n)
{
    world->until = world->n_holds + n;
    sim_run(world->sim, INFINITY);
}

static void engine_init(struct world *world, const double *first_s, uint32_t n)
{
    *world = (struct world){.sim = sim_new(1, 0), .owners = g_new0(struct owner, n)};
    for (uint32_t i = 0; i < n; i++) {
        world->owners[i].world = world;
        sim_event_init(&world->owners[i].event, SIM_RANK_MODEL, hold);
        sim_schedule(world->sim, &world->owners[i].event, first_s[i]);
    }
}

static void engine_clear(struct world *world)
{
    sim_free(world->sim);
    g_free(world->owners);
}

/* The bare heap: an entry is one number of time, sequence number and item; four children to a cache line. Nothing
 * points back from an item to its entry. */
__extension__ typedef unsigned __int128 entry;

struct bare {
    entry *entries; /* the root is entry 3 */
    size_t end;
    uint64_t n_holds;
};

static inline double time_of(entry e)
{
    uint64_t bits = (uint64_t)(e >> 64);
    double when_s;

    memcpy(&when_s, &bits, sizeof(when_s));
    return when_s;
}

static inline entry entry_of(double when_s, uint32_t number, uint32_t item)
{
    uint64_t bits;

    memcpy(&bits, &when_s, sizeof(bits));
    return (entry)bits << 64 | (uint64_t)number << 32 | item;
}

static inline size_t smallest_of_4(const entry *e)
{
    size_t a = e[1] < e[0];
    size_t b = e[3] < e[2];

    __asm__("" : "+r"(a), "+r"(b)); /* numbers, not conditions: no branches */
    b += 2;
    size_t second = e[b] < e[a];
    return a + ((b - a) & -second);
}

/* Puts the entry into the hole at `at` or lower. */
static inline void bare_sink(struct bare *bare, size_t at, entry held)
{
    entry *entries = bare->entries;

    for (;;) {
        size_t child = 4 * at - 8;
        if (child >= bare->end)
            break;
        __builtin_prefetch(entries + 4 * child - 8);
        __builtin_prefetch(entries + 4 * child - 4);
        __builtin_prefetch(entries + 4 * child);
        __builtin_prefetch(entries + 4 * child + 4);
        child += smallest_of_4(entries + child);
        if (!(entries[child] < held))
            break;
        entries[at] = entries[child];
        at = child;
    }
    entries[at] = held;
}

static void bare_hold(struct bare *bare, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        entry first = bare->entries[3];
        double when_s = time_of(first) + increments_s[bare->n_holds % N_INCREMENTS];
        bare_sink(bare, 3, entry_of(when_s, (uint32_t)bare->n_holds++, (uint32_t)first));
    }
}

static void bare_init(struct bare *bare, const double *first_s, uint32_t n)
{
    size_t allocated = 4 * ((size_t)n / 4 + 3);

    *bare = (struct bare){.entries = aligned_alloc(64, allocated * sizeof(entry)), .end = n + (size_t)3};
    for (size_t i = 0; i < allocated; i++)
        bare->entries[i] = ~(entry)0;
    for (uint32_t i = 0; i < n; i++)
        bare->entries[3 + i] = entry_of(first_s[i], 0, i);
    for (size_t at = bare->end / 4 + 2; at >= 3; at--)
        bare_sink(bare, at, bare->entries[at]);
}

static void bench(uint32_t n)
{
    uint64_t holds = bench_quick() ? 1000 : MAX(2 * n, 500000);
    g_autofree double *first_s = g_new(double, n);
    gsl_rng *stream = sim_random_stream(1, 0, "hold", "first");
    struct bench_times engine_times = {.n = 0}, bare_times = {.n = 0};
    struct world world;
    struct bare bare;

    for (uint32_t i = 0; i < n; i++)
        first_s[i] = sim_random_exponential(stream, 1);
    gsl_rng_free(stream);
    engine_init(&world, first_s, n);
    bare_init(&bare, first_s, n);
    engine_hold(&world, holds);
    bare_hold(&bare, holds);
    for (int round = 0; round < bench_rounds(); round++) {
        double start_s = bench_now_s();
        engine_hold(&world, holds);
        double middle_s = bench_now_s();
        bare_hold(&bare, holds);
        bench_add(&engine_times, middle_s - start_s);
        bench_add(&bare_times, bench_now_s() - middle_s);
    }
    if (sim_when(world.sim, SIM_OWNER(struct sim_event, node, sim_heap_first(&world.sim->events))) !=
        time_of(bare.entries[3]))
        g_error("engine and bare heap disagree on what is next");

    double scale = 1e9 / (double)holds, engine_ns = bench_median(&engine_times) * scale;
    double bare_ns = bench_median(&bare_times) * scale;
    printf("hold n %8u  engine %6.1f ns (%.1f..%.1f)  bare heap %6.1f ns (%.1f..%.1f)  ratio %.2f\n", n, engine_ns,
           engine_times.s[0] * scale, engine_times.s[engine_times.n - 1] * scale, bare_ns, bare_times.s[0] * scale,
           bare_times.s[bare_times.n - 1] * scale, engine_ns / bare_ns);
    engine_clear(&world);
    free(bare.entries);
}

int main(void)
{
    gsl_rng *stream = sim_random_stream(1, 0, "hold", "increments");

    for (int i = 0; i < N_INCREMENTS; i++)
        increments_s[i] = sim_random_exponential(stream, 1);
    gsl_rng_free(stream);
    for (uint32_t n = 100; n <= (bench_quick() ? 1000 : 1000000); n *= 10)
        bench(n);
    return 0;
}
