/* One simulated world: a clock and the queue of what happens next. Worlds share nothing, so that many can run in one
 * process. A world may be in parts, with a clock and a queue each (sim/engine/parts.h).
 *
 * An appointment (struct sim_event) is embedded in its owner and costs no allocation. Appointments fire in the order
 * (time, rank, order of scheduling). */
#ifndef SIM_ENGINE_SIM_H
#define SIM_ENGINE_SIM_H

#include "sim/engine/due.h"
#include "sim/engine/memory.h"
#include "sim/engine/wheel.h"

/* What comes first when several things happen at one instant. */
enum sim_rank {
    SIM_RANK_CAPACITY,  /* links change, fail, come back */
    SIM_RANK_FLOW_DONE, /* flows end */
    SIM_RANK_MODEL,     /* everything the models do */
    SIM_RANK_GRANT,     /* free slots are given away, once all who came at this instant are in line */
    SIM_RANK_RATES,     /* rates of the flow network are solved again, once per instant */
    SIM_RANK_SAMPLE,    /* observation of a settled state */
    SIM_RANK_STOP
};

struct sim;
struct sim_event;
typedef void sim_fire(struct sim *sim, struct sim_event *event);
typedef void sim_foresee_step(const struct sim_event *event, unsigned step);

struct sim_event {
    struct sim_heap_node node;
    uint8_t rank; /* enum sim_rank */
    sim_fire *fire;
};

struct sim {
    double now_s;
    uint64_t seed;
    uint32_t replication;
    bool stopped;
    bool running;
    uint64_t n_fired;      /* events fired since the start */
    uint64_t pause;        /* when so many have, sim_run_at_most() does */
    uint64_t *next_number; /* creation order of whatever wants to be ordered, of the whole world */
    uint64_t next_seq, next_post;
    /* Few events are all in the heap. Of many, those above the limit (the bits of a time) are in the wheel, out of
     * which come the next ones as a run. Only those are in the heap then that were scheduled since, so that it is
     * small. */
    struct sim_heap events;
    struct sim_run run;
    struct sim_wheel *later; /* NULL until there were many */
    uint64_t limit;
    uint32_t crowd; /* so many in the heap are many */
    uint32_t
        n_tolerated; /* so many are in the heap before the wheel is thought of: crowd, or more if there is no choice */
    /* Stands at the root of events in the place of the last one that fired from there, until the next one is wanted:
     * what is scheduled meanwhile takes the hole, so that the common "fire, schedule the next" costs one descent
     * instead of two. */
    struct sim_heap_node hole;
    /* Of this instant are only those in the heap that were scheduled before it came, or out of order. */
    struct sim_due due;
    struct sim_memory *memory; /* for whatever lives in this world */
    struct sim_foresight *foresights;
    uint32_t n_foresights;
    /* of the world itself: where those of its parts point to */
    struct sim_memory own_memory;
    uint64_t own_number;
};

/* seed and replication name this world's luck (sim/engine/random.h). */
struct sim *sim_new(uint64_t seed, uint32_t replication);
/* A clock and a queue more, with the luck, the numbers and the memory of a world that it must not outlive. */
struct sim *sim_new_part(struct sim *world);
/* Events still scheduled are their owners', who must not touch them any more. */
void sim_free(struct sim *sim);
/* For our own bugs: aborts with the message, the simulated time, the seed and the replication. */
__attribute__((noreturn, cold, format(printf, 2, 3))) void sim_bug(const struct sim *sim, const char *format, ...);

/* Simulated seconds since the start. */
static inline double sim_now(const struct sim *sim)
{
    return sim->now_s;
}

/* 1, 2, 3, ...: a number that orders things by creation. */
static inline uint64_t sim_number(struct sim *sim)
{
    return ++*sim->next_number;
}

/* Prepares an event that is in no queue. fire() may schedule its event again, or free its owner. */
static inline void sim_event_init(struct sim_event *event, enum sim_rank rank, sim_fire *fire)
{
    event->node.position = 0;
    event->rank = (uint8_t)rank;
    event->fire = fire;
}

static inline bool sim_scheduled(const struct sim_event *event)
{
    return sim_heap_contains(&event->node);
}

/* A place in the order of scheduling. */
static inline uint64_t sim_order(struct sim *sim)
{
    return ++sim->next_seq;
}
/* Makes or moves the appointment. when_s: from now to +infinity; INFINITY cancels it. NaN or the past is a bug (abort).
 * O(1) for now; else O(log n) while there are few, O(1) amortized when there are many. Cancel before freeing the owner.
 * The event takes the given place in the order of scheduling, which one event may have at a time, and keep however
 * often it is moved, */
void sim_schedule_in_order(struct sim *sim, struct sim_event *event, double when_s, uint64_t order);
/* or the next. */
static inline void sim_schedule(struct sim *sim, struct sim_event *event, double when_s)
{
    sim_schedule_in_order(sim, event, when_s, sim_order(sim));
}
static inline void sim_schedule_after(struct sim *sim, struct sim_event *event, double delay_s)
{
    sim_schedule(sim, event, sim->now_s + delay_s);
}
/* The appointment is made by another part of the world, for its own present, to which this one has yet to come: so that
 * it does not matter how far behind it is, the event comes before all that this part has made for the same time and
 * rank, in the order of posting. What is meant for later, that event schedules. */
static inline void sim_post(struct sim *sim, struct sim_event *event, double when_s)
{
    sim_schedule_in_order(sim, event, when_s, ++sim->next_post);
}
/* Harmless when the event is not scheduled. */
void sim_cancel(struct sim *sim, struct sim_event *event);
/* When the event will fire; INFINITY when it is not scheduled. */
double sim_when(const struct sim *sim, const struct sim_event *event);

/* Of many events whose owners are far apart in memory, each would wait for the cache. Which come next is known, some
 * dozens at a time: for those with this fire() the function is called with step 0, then, when it has been called for
 * all of them, with step 1, and so on up to SIM_FORESEE_STEPS - 1. It calls for memory that firing the event will need
 * (sim_call_for()), and changes nothing; what one step has called for, the next may read to go on from there. (Whether
 * anybody foresees changes nothing but the time that it takes.) To be called at any time; twice is harmless. */
#define SIM_FORESEE_STEPS 6
void sim_foresee(struct sim *sim, sim_fire *fire, sim_foresee_step *step);
/* All cache lines of an object. */
static inline void sim_call_for(const void *object, size_t bytes)
{
    const char *begin = object;
    for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch(begin + at, 1);
    __builtin_prefetch(begin + bytes - 1, 1);
}

/* Fires everything up to and including until_s; the clock then stands at until_s (at the last event when until_s is
 * INFINITY, or when sim_stop() ended the run). May be called again to go on, but not from inside an event. */
void sim_run(struct sim *sim, double until_s);
/* The same, but pauses after so many events, without moving the clock further: a run in portions that do not depend on
 * the machine. Whether it went all the way (or was stopped). */
bool sim_run_at_most(struct sim *sim, double until_s, uint64_t n_events);
/* Fires everything up to, but without, this rank of that time, where the clock then stands: before something that is
 * not an event of this part happens there. */
void sim_catch_up(struct sim *sim, double when_s, enum sim_rank rank);
/* Told by an event that it did as much as n others: sim_run_at_most() pauses so much sooner. What may take long does a
 * part of it, says so, and schedules itself again, at this instant and in its place in the order. */
static inline void sim_worked(struct sim *sim, uint64_t n_events)
{
    uint64_t left = sim->pause > sim->n_fired ? sim->pause - sim->n_fired : 0;
    sim->pause -= n_events < left ? n_events : left;
}
/* Ends sim_run() after the event that is firing. */
void sim_stop(struct sim *sim);

#endif
