/* What the event queue costs: the hold model. A fixed number of events is pending; the next one fires and is scheduled
 * again, an exponential time later. Through the engine's interface, with events embedded in their owners; and in bare
 * structures of times and item numbers, which know as much: what comes first among equal times, and where an item is,
 * so that it could be moved or cancelled. */
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
    *world = (struct world){.sim = sim_new(1, 0)};
    world->owners = sim_memory_take0(world->sim->memory, n * sizeof(struct owner));
    for (uint32_t i = 0; i < n; i++) {
        world->owners[i].world = world;
        sim_event_init(&world->owners[i].event, SIM_RANK_MODEL, hold);
        sim_schedule(world->sim, &world->owners[i].event, first_s[i]);
    }
}

static void engine_clear(struct world *world)
{
    sim_free(world->sim); /* and the owners */
}

/* The bare structures: an entry is one number of time, sequence number and item, and where[item] is its place. */
__extension__ typedef unsigned __int128 entry;

static inline uint64_t bits_of(entry e)
{
    return (uint64_t)(e >> 64);
}

static inline double time_of(entry e)
{
    uint64_t bits = bits_of(e);
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

/* Four children to a cache line; the root is entry 3; behind the end are largest entries. */
struct heap {
    entry *entries;
    uint32_t *where;
    size_t end;
};

static inline size_t smallest_of_4(const entry *e)
{
    size_t a = e[1] < e[0];
    size_t b = e[3] < e[2];

    __asm__("" : "+r"(a), "+r"(b)); /* numbers, not conditions: no branches */
    b += 2;
    size_t second = e[b] < e[a];
    return a + ((b - a) & -second);
}

static inline void heap_place(struct heap *heap, size_t at, entry e)
{
    heap->entries[at] = e;
    heap->where[(uint32_t)e] = (uint32_t)at;
}

/* Puts the entry into the hole at `at` or lower. */
static inline void heap_sink(struct heap *heap, size_t at, entry held)
{
    entry *entries = heap->entries;

    for (;;) {
        size_t child = 4 * at - 8;
        if (child >= heap->end)
            break;
        __builtin_prefetch(entries + 4 * child - 8);
        __builtin_prefetch(entries + 4 * child - 4);
        __builtin_prefetch(entries + 4 * child);
        __builtin_prefetch(entries + 4 * child + 4);
        child += smallest_of_4(entries + child);
        if (!(entries[child] < held))
            break;
        heap_place(heap, at, entries[child]);
        at = child;
    }
    heap_place(heap, at, held);
}

static inline void heap_add(struct heap *heap, entry e)
{
    size_t at = heap->end++;

    for (; at > 3 && e < heap->entries[at / 4 + 2]; at = at / 4 + 2)
        heap_place(heap, at, heap->entries[at / 4 + 2]);
    heap_place(heap, at, e);
}

static void heap_init(struct heap *heap, struct sim_memory *memory, uint32_t *where, uint32_t n)
{
    size_t bytes = 4 * ((size_t)n / 4 + 3) * sizeof(entry);

    *heap = (struct heap){.entries = sim_memory_take(memory, bytes), .where = where, .end = 3};
    memset(heap->entries, 0xff, bytes);
}

/* What a contestant is held in. */
struct bare {
    struct sim_memory memory; /* what is large is in huge pages, as in the engine */
    uint32_t *where;
    struct heap heap;
    uint64_t n_holds;
    struct wheel *wheel; /* NULL: all in the heap */
};

static void heap_hold(struct bare *bare, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        entry first = bare->heap.entries[3];
        double when_s = time_of(first) + increments_s[bare->n_holds % N_INCREMENTS];
        heap_sink(&bare->heap, 3, entry_of(when_s, (uint32_t)bare->n_holds++, (uint32_t)first));
    }
}

/* A radix heap of 64 buckets a level, whose nearest buckets go into a heap when they have at most FEW entries. */
#define LEVELS 11
#define DIGITS 64
#define FEW 128
#define IN_WHEEL UINT32_C(0x80000000)

struct wheel {
    uint64_t reference, limit, filled[LEVELS];
    uint32_t levels;
    struct bucket {
        entry *entries;
        uint32_t n, capacity;
    } buckets[LEVELS][DIGITS], spare;
};

static inline void wheel_add(struct bare *bare, entry e)
{
    struct wheel *wheel = bare->wheel;
    uint64_t bits = bits_of(e);
    int level = (63 - __builtin_clzll((bits ^ wheel->reference) | 1)) / 6, digit = (int)((bits >> 6 * level) % DIGITS);
    struct bucket *bucket = &wheel->buckets[level][digit];

    if (bucket->n == bucket->capacity) {
        bucket->capacity = MAX(FEW, 2 * bucket->capacity);
        bucket->entries = g_realloc_n(bucket->entries, bucket->capacity, sizeof(entry));
    }
    wheel->filled[level] |= UINT64_C(1) << digit;
    wheel->levels |= 1U << level;
    bare->where[(uint32_t)e] = IN_WHEEL | bucket->n;
    bucket->entries[bucket->n++] = e;
}

static void wheel_advance(struct bare *bare)
{
    struct wheel *wheel = bare->wheel;

    while (bare->heap.end == 3) {
        int level = __builtin_ctz(wheel->levels), digit = __builtin_ctzll(wheel->filled[level]);
        struct bucket taken = wheel->buckets[level][digit];
        wheel->filled[level] &= ~(UINT64_C(1) << digit);
        if (!wheel->filled[level])
            wheel->levels &= ~(1U << level);
        wheel->buckets[level][digit] = wheel->spare;
        bool few = taken.n <= FEW || level == 0;
        wheel->reference = bits_of(taken.entries[0]);
        if (few)
            wheel->limit = wheel->reference | ((UINT64_C(1) << 6 * level) - 1);
        else
            for (uint32_t i = 1; i < taken.n; i++)
                wheel->reference = MIN(wheel->reference, bits_of(taken.entries[i]));
        for (uint32_t i = 0; i < taken.n; i++) {
            if (i + 16 < taken.n)
                __builtin_prefetch(&bare->where[(uint32_t)taken.entries[i + 16]], 1);
            if (few)
                heap_add(&bare->heap, taken.entries[i]);
            else
                wheel_add(bare, taken.entries[i]);
        }
        taken.n = 0;
        wheel->spare = taken;
    }
}

static void wheel_hold(struct bare *bare, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        entry first = bare->heap.entries[3];
        double when_s = time_of(first) + increments_s[bare->n_holds % N_INCREMENTS];
        entry again = entry_of(when_s, (uint32_t)bare->n_holds++, (uint32_t)first);
        if (bits_of(again) <= bare->wheel->limit) {
            heap_sink(&bare->heap, 3, again);
            continue;
        }
        entry last = bare->heap.entries[--bare->heap.end];
        bare->heap.entries[bare->heap.end] = ~(entry)0;
        if (bare->heap.end > 3)
            heap_sink(&bare->heap, 3, last);
        wheel_add(bare, again);
        wheel_advance(bare);
    }
}

static void bare_init(struct bare *bare, bool with_wheel, const double *first_s, uint32_t n)
{
    *bare = (struct bare){.wheel = with_wheel ? g_new0(struct wheel, 1) : NULL};
    sim_memory_init(&bare->memory);
    bare->where = sim_memory_take0(&bare->memory, n * sizeof(uint32_t));
    heap_init(&bare->heap, &bare->memory, bare->where, n);
    for (uint32_t i = 0; i < n; i++)
        if (with_wheel)
            wheel_add(bare, entry_of(first_s[i], 0, i));
        else
            heap_add(&bare->heap, entry_of(first_s[i], 0, i));
    if (with_wheel)
        wheel_advance(bare);
}

static void bare_clear(struct bare *bare)
{
    if (bare->wheel) {
        for (int level = 0; level < LEVELS; level++)
            for (int digit = 0; digit < DIGITS; digit++)
                g_free(bare->wheel->buckets[level][digit].entries);
        g_free(bare->wheel->spare.entries);
        g_free(bare->wheel);
    }
    sim_memory_clear(&bare->memory);
}

enum contestant { ENGINE, HEAP, WHEEL, N_CONTESTANTS };

static void bench(uint32_t n)
{
    static const char *const names[] = {"engine", "bare heap", "bare wheel and heap"};
    uint64_t holds = bench_quick() ? 1000 : MAX(n, 500000);
    g_autofree double *first_s = g_new(double, n);
    gsl_rng *stream = sim_random_stream(1, 0, "hold", "first");
    struct bench_times times[N_CONTESTANTS] = {{.n = 0}};
    double ns[N_CONTESTANTS];
    struct world world;
    struct bare heap, wheel;

    for (uint32_t i = 0; i < n; i++)
        first_s[i] = sim_random_exponential(stream, 1);
    gsl_rng_free(stream);
    engine_init(&world, first_s, n);
    bare_init(&heap, false, first_s, n);
    bare_init(&wheel, true, first_s, n);
    for (int round = -1; round < bench_rounds(); round++) { /* one to warm up */
        double at_s[N_CONTESTANTS + 1] = {bench_now_s()};
        engine_hold(&world, holds);
        at_s[1] = bench_now_s();
        heap_hold(&heap, holds);
        at_s[2] = bench_now_s();
        wheel_hold(&wheel, holds);
        at_s[3] = bench_now_s();
        for (int c = 0; c < N_CONTESTANTS && round >= 0; c++)
            bench_add(&times[c], (at_s[c + 1] - at_s[c]) * 1e9 / (double)holds);
        if (heap.heap.entries[3] != wheel.heap.entries[3] ||
            sim_when(world.sim, &world.owners[(uint32_t)heap.heap.entries[3]].event) != time_of(heap.heap.entries[3]))
            g_error("engine and bare structures disagree on what is next");
    }
    for (int c = 0; c < N_CONTESTANTS; c++)
        ns[c] = bench_median(&times[c]);
    printf("hold n %8u", n);
    for (int c = 0; c < N_CONTESTANTS; c++)
        printf("  %s %.1f ns (%.1f..%.1f)", names[c], ns[c], times[c].s[0], times[c].s[times[c].n - 1]);
    printf("  ratio %.2f\n", ns[ENGINE] / MIN(ns[HEAP], ns[WHEEL]));
    engine_clear(&world);
    bare_clear(&heap);
    bare_clear(&wheel);
}

/* Nanoseconds per hold. */
static double once(uint32_t n)
{
    g_autofree double *first_s = g_new(double, n);
    gsl_rng *stream = sim_random_stream(1, 0, "hold", "first");
    uint64_t holds = bench_quick() ? 10000 : MAX(n, 2000000);
    struct world world;

    for (uint32_t i = 0; i < n; i++)
        first_s[i] = sim_random_exponential(stream, 1);
    gsl_rng_free(stream);
    engine_init(&world, first_s, n);
    engine_hold(&world, n);
    double begin_s = bench_now_s();
    engine_hold(&world, holds);
    double ns = 1e9 * (bench_now_s() - begin_s) / (double)holds;
    engine_clear(&world);
    return ns;
}

int main(int argc, char **argv)
{
    gsl_rng *stream = sim_random_stream(1, 0, "hold", "increments");

    for (int i = 0; i < N_INCREMENTS; i++)
        increments_s[i] = sim_random_exponential(stream, 1);
    gsl_rng_free(stream);
    uint32_t n_once = (uint32_t)bench_once(argc, argv);
    if (n_once) {
        printf("%.2f\n", once(n_once));
        return 0;
    }
    for (uint32_t n = 100; n <= (bench_quick() ? 1000 : 1000000); n *= 10)
        bench(n);
    return 0;
}
