#include "sim/engine/sim.h"

#include <glib.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

/* An event's key is its time, its rank and the order of scheduling. The bits of a double that is not negative order as
 * the number does. */
#define RANK_SHIFT 56
/* Above all orders of what is posted from another part. */
#define FIRST_ORDER (UINT64_C(1) << 55)

/* Up to so many events a heap does best. */
#define CROWD 512

G_STATIC_ASSERT(SIM_DUE_RANKS == SIM_RANK_STOP + 1);

/* The bits of the largest finite number: what never comes is above every limit. */
#define LAST_TIME UINT64_C(0x7fefffffffffffff)

/* Not of -0.0. */
static inline uint64_t bits_of(double when_s)
{
    uint64_t bits;

    memcpy(&bits, &when_s, sizeof(bits));
    return bits;
}

static inline double time_of(sim_key key)
{
    uint64_t bits = (uint64_t)(key >> 64);
    double when_s;

    memcpy(&when_s, &bits, sizeof(when_s));
    return when_s;
}

static inline uint64_t minor_of(unsigned rank, uint64_t order)
{
    return (uint64_t)rank << RANK_SHIFT | order;
}

struct sim_foresight {
    sim_fire *fire;
    sim_foresee_step *step;
};

static struct sim *new_part(uint64_t seed, uint32_t replication)
{
    struct sim *sim = g_new0(struct sim, 1);

    sim->seed = seed;
    sim->replication = replication;
    sim->next_seq = FIRST_ORDER;
    sim_heap_init(&sim->events);
    sim_memory_init(&sim->own_memory);
    sim->limit = LAST_TIME;
    sim->crowd = sim->n_tolerated = CROWD;
    return sim;
}

struct sim *sim_new(uint64_t seed, uint32_t replication)
{
    struct sim *sim = new_part(seed, replication);

    sim->memory = &sim->own_memory;
    sim->next_number = &sim->own_number;
    return sim;
}

struct sim *sim_new_part(struct sim *world)
{
    struct sim *sim = new_part(world->seed, world->replication);

    sim->memory = world->memory;
    sim->next_number = world->next_number;
    sim->now_s = world->now_s;
    return sim;
}

void sim_free(struct sim *sim)
{
    if (!sim)
        return;
    sim_heap_clear(&sim->events);
    sim_run_clear(&sim->run);
    sim_due_clear(&sim->due);
    sim_wheel_free(sim->later);
    sim_memory_clear(&sim->own_memory);
    g_free(sim->foresights);
    g_free(sim);
}

void sim_bug(const struct sim *sim, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *message = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_error("%s (at %.17g s, seed %" G_GUINT64_FORMAT ", replication %u)", message, sim->now_s, sim->seed,
            sim->replication);
}

/* The heap is crowded: what is later goes into the wheel, and comes back when it is near. */
static void __attribute__((noinline)) spread(struct sim *sim)
{
    sim_heap_remove(&sim->events, &sim->hole);
    while (!sim_run_is_empty(&sim->run)) {
        sim_key key = sim_run_first_key(&sim->run);
        sim_heap_put(&sim->events, sim_run_take(&sim->run), key);
    }
    if (!sim->later)
        sim->later = sim_wheel_new(MAX(1, sim->crowd / 2));
    sim->limit = MIN(sim_wheel_retreat(sim->later, &sim->events, bits_of(sim->now_s)), LAST_TIME);
    /* All of this instant stay. Only when there are twice as many it is worth to look again. */
    sim->n_tolerated = MAX(sim->crowd, 2 * sim->events.n);
}

static inline void schedule_near(struct sim *sim, struct sim_event *event, sim_key key)
{
    if (!sim_scheduled(event) && sim_heap_contains(&sim->hole)) {
        sim_heap_replace_first(&sim->events, &event->node, key);
        return;
    }
    sim_heap_put(&sim->events, &event->node, key);
    if (sim->events.n > sim->n_tolerated)
        spread(sim);
}

/* For an event that is in the wheel, in the run or due, or will be in the wheel, or nowhere. */
static void __attribute__((noinline)) schedule_elsewhere(struct sim *sim, struct sim_event *event, sim_key key)
{
    sim_cancel(sim, event);
    if ((uint64_t)(key >> 64) > LAST_TIME)
        return;
    if ((uint64_t)(key >> 64) > sim->limit)
        sim_wheel_put(sim->later, &event->node, key);
    else
        schedule_near(sim, event, key);
}

/* Nothing in the wheel is of this instant, so the limit does not matter. */
static void __attribute__((noinline)) schedule_now(struct sim *sim, struct sim_event *event, uint64_t order)
{
    if (sim_scheduled(event))
        sim_cancel(sim, event);
    if (!sim_due_put(&sim->due, event->rank, &event->node, order))
        schedule_near(sim, event, sim_key_of(bits_of(sim->now_s), minor_of(event->rank, order)));
}

void sim_schedule_in_order(struct sim *sim, struct sim_event *event, double when_s, uint64_t order)
{
    if (!(when_s > sim->now_s)) {
        if (!(when_s == sim->now_s))
            sim_bug(sim, "event scheduled for %.17g s", when_s);
        schedule_now(sim, event, order);
        return;
    }

    uint64_t when = bits_of(when_s);
    sim_key key = sim_key_of(when, minor_of(event->rank, order));
    if (when > sim->limit || event->node.position >= SIM_RUN_FLAG)
        schedule_elsewhere(sim, event, key);
    else
        schedule_near(sim, event, key);
}

void sim_cancel(struct sim *sim, struct sim_event *event)
{
    if (sim_wheel_contains(&event->node))
        sim_wheel_remove(sim->later, &event->node);
    else if (sim_due_contains(&event->node))
        sim_due_remove(&sim->due, event->rank, &event->node);
    else if (sim_run_contains(&event->node))
        sim_run_remove(&sim->run, &event->node);
    else
        sim_heap_remove(&sim->events, &event->node);
}

double sim_when(const struct sim *sim, const struct sim_event *event)
{
    if (!sim_scheduled(event))
        return INFINITY;
    if (sim_due_contains(&event->node))
        return sim->now_s;
    return time_of(sim_wheel_contains(&event->node) ? sim_wheel_key(sim->later, &event->node)
                   : sim_run_contains(&event->node) ? sim_run_key(&sim->run, &event->node)
                                                    : sim_heap_key(&sim->events, &event->node));
}

void sim_foresee(struct sim *sim, sim_fire *fire, sim_foresee_step *step)
{
    for (uint32_t i = 0; i < sim->n_foresights; i++)
        if (sim->foresights[i].fire == fire)
            return;
    sim->foresights = g_renew(struct sim_foresight, sim->foresights, sim->n_foresights + 1);
    sim->foresights[sim->n_foresights++] = (struct sim_foresight){fire, step};
}

/* Those in the run have just come out of the wheel. More than these would push one another out of the cache. */
#define FORESEEN 256

static void foresee(const struct sim *sim)
{
    struct {
        const struct sim_event *event;
        sim_foresee_step *step;
    } coming[FORESEEN];
    uint32_t n = 0;

    for (uint32_t i = sim->run.first; i < sim->run.end && n < FORESEEN; i++) {
        const struct sim_event *event = SIM_OWNER(struct sim_event, node, sim->run.entries[i].node);
        for (uint32_t f = 0; f < sim->n_foresights; f++)
            if (sim->foresights[f].fire == event->fire) {
                coming[n].event = event;
                coming[n++].step = sim->foresights[f].step;
                break;
            }
    }
    for (unsigned step = 0; step < SIM_FORESEE_STEPS; step++)
        for (uint32_t i = 0; i < n; i++)
            coming[i].step(coming[i].event, step);
}

/* Of the first that is due. */
static inline sim_key due_key(const struct sim *sim)
{
    unsigned rank = sim_due_first_rank(&sim->due);

    return sim_key_of(bits_of(sim->now_s), minor_of(rank, sim_due_first_order(&sim->due, rank)));
}

/* Of the first in the heap, which the hole is not; the largest key when there is none. */
static inline sim_key heap_key(const struct sim *sim)
{
    if (sim_heap_contains(&sim->hole))
        return sim_heap_second_key(&sim->events);
    return sim->events.n ? sim->events.keys[SIM_HEAP_ROOT] : ~(sim_key)0;
}

static inline bool due_is_first(const struct sim *sim)
{
    if (!sim->due.ranks)
        return false;

    sim_key key = due_key(sim);
    return key < heap_key(sim) && (sim_run_is_empty(&sim->run) || key < sim_run_first_key(&sim->run));
}

static inline void close_hole(struct sim *sim)
{
    if (sim_heap_contains(&sim->hole))
        sim_heap_pop(&sim->events);
}

static bool __attribute__((noinline)) bring_run(struct sim *sim)
{
    if (!sim->later || !sim->later->n)
        return false;
    sim->limit = MIN(sim_wheel_advance(sim->later, &sim->run), LAST_TIME);
    sim->n_tolerated = sim->crowd;
    if (sim->n_foresights)
        foresee(sim);
    return true;
}

/* What fires next. */
enum source { NOWHERE, DUE, RUN, HEAP };

static inline enum source next_source(struct sim *sim)
{
    if (due_is_first(sim))
        return DUE;
    if (!sim_run_is_empty(&sim->run) && sim_run_first_key(&sim->run) < heap_key(sim))
        return RUN;
    close_hole(sim);
    if (sim->events.n)
        return HEAP;
    return bring_run(sim) ? RUN : NOWHERE;
}

static inline sim_key next_key(const struct sim *sim, enum source source)
{
    return source == DUE   ? due_key(sim)
           : source == RUN ? sim_run_first_key(&sim->run)
                           : sim->events.keys[SIM_HEAP_ROOT];
}

static inline struct sim_heap_node *take_next(struct sim *sim, enum source source)
{
    if (source == DUE)
        return sim_due_take(&sim->due, sim_due_first_rank(&sim->due));
    if (source == RUN)
        return sim_run_take(&sim->run);

    /* The hole has a key below all others and so stays where it is until it is filled. */
    struct sim_heap_node *node = sim->events.nodes[SIM_HEAP_ROOT];
    sim->events.keys[SIM_HEAP_ROOT] = 0;
    sim->events.nodes[SIM_HEAP_ROOT] = &sim->hole;
    sim->hole.position = SIM_HEAP_ROOT;
    node->position = 0;
    return node;
}

/* Whether there is nothing more to do before this key. */
static bool go_on(struct sim *sim, sim_key end)
{
    while (!sim->stopped) {
        enum source source = next_source(sim);
        if (source == NOWHERE)
            break;
        sim_key key = next_key(sim, source);
        if (key >= end)
            break;
        if (sim->n_fired >= sim->pause)
            return false;
        sim->now_s = time_of(key);
        sim->n_fired++;
        struct sim_event *event = SIM_OWNER(struct sim_event, node, take_next(sim, source));
        event->fire(sim, event); /* event may be gone */
    }
    return true;
}

/* Everything before the key; until_s: where that is. */
static bool run_before(struct sim *sim, sim_key end, double until_s, uint64_t n_events)
{
    if (!(until_s >= sim->now_s))
        sim_bug(sim, "run until %.17g s", until_s);
    if (sim->running)
        sim_bug(sim, "run from inside an event");

    sim->pause = n_events > UINT64_MAX - sim->n_fired ? UINT64_MAX : sim->n_fired + n_events;
    sim->stopped = false;
    sim->running = true;
    bool all = go_on(sim, end);
    close_hole(sim);
    sim->running = false;
    if (all && !sim->stopped && !isinf(until_s))
        sim->now_s = until_s + 0.0;
    return all;
}

bool sim_run_at_most(struct sim *sim, double until_s, uint64_t n_events)
{
    return run_before(sim, sim_key_of(bits_of(until_s + 0.0) + 1, 0), until_s, n_events);
}

void sim_catch_up(struct sim *sim, double when_s, enum sim_rank rank)
{
    run_before(sim, sim_key_of(bits_of(when_s), (uint64_t)rank << RANK_SHIFT), when_s, UINT64_MAX);
}

void sim_run(struct sim *sim, double until_s)
{
    sim_run_at_most(sim, until_s, UINT64_MAX);
}

void sim_stop(struct sim *sim)
{
    sim->stopped = true;
}
