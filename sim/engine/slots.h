/* Slots with ordered waiting lines: threads, connections, servers of any kind.
 *
 * A pool (struct sim_slots) has a capacity. Those who want a slot wait in one of the pool's lines (struct sim_line),
 * each with a capacity of its own, or shared with other lines, and a gate; most pools have one line, without a limit of
 * its own. A free slot goes to the waiter with the smallest key among the lines that may start: a line that is full or
 * shut does not hold up the others. Slots are given away once per instant, after everybody who came at that instant is
 * in line (SIM_RANK_GRANT). Every operation is O(log n). Slots are numbered 0 .. capacity - 1; the lowest free number
 * is given.
 *
 * Why a waiter waited is kept apart: the time its own line could not start anybody (shut, or else full), and the rest,
 * when the pool had no slot or others came first. */
#ifndef SIM_ENGINE_SLOTS_H
#define SIM_ENGINE_SLOTS_H

#include "sim/engine/sim.h"
#include "sim/engine/stats.h"

#define SIM_UNLIMITED UINT32_MAX

struct sim_waiter;
typedef void sim_granted(struct sim *sim, struct sim_waiter *waiter);

/* For how long, in s: */
struct sim_slots_times {
    double busy_s;    /* a slot is held */
    double full_s;    /* all are */
    double held_up_s; /* all are, and somebody waits */
    double waiting_s; /* somebody waits */
};

struct sim_slots {
    uint32_t capacity; /* SIM_UNLIMITED: no limit */
    uint32_t n_lines;
    bool shut;             /* gives no slots; those that are held are kept */
    struct sim_heap ready; /* lines that may start somebody, by the key of their best waiter */
    struct sim_event grant;
    uint64_t *taken; /* bit per slot number in use */
    uint32_t taken_words;
    uint32_t full_words;          /* that many words from the start have no free number */
    struct sim_level in_use;      /* slots held, over time */
    struct sim_level waiting;     /* waiters in all lines, over time */
    struct sim_slots_times times; /* up to times_s; sim_slots_times() */
    double times_s;
    uint32_t n_shut_out; /* those of them whose line is shut, now */
    uint64_t n_granted;
    double waited_s; /* summed over all that were granted */
    /* Told after every change of in_use, waiting or n_shut_out, before granted(); may be NULL. Must leave the pool
     * alone. */
    void (*changed)(struct sim *sim, struct sim_slots *slots);
    void *owner;
};

/* Something that is so or not: for how long it has been so. */
struct sim_gate {
    double since_s, integral_s; /* up to since_s */
    bool on;
};

/* For how long it has been so until now_s, in s. */
static inline double sim_gate_s(const struct sim_gate *gate, double now_s)
{
    return gate->integral_s + (gate->on ? now_s - gate->since_s : 0);
}

struct sim_line {
    struct sim_heap_node node; /* in slots->ready */
    struct sim_slots *slots;
    uint32_t capacity, in_use;         /* of a line that shares: look at limit's */
    struct sim_line *limit;            /* whose capacity counts: its own, or that of the line it shares with */
    struct sim_line *next_that_shares; /* list that begins at limit */
    bool shut;
    struct sim_heap waiting;
    struct sim_gate blocked; /* while the line is full or shut: what waiters take from */
    struct sim_gate closed;  /* while it is shut */
    void *owner;
};

/* Embedded in whoever waits. */
struct sim_waiter {
    struct sim_heap_node node; /* in line->waiting */
    uint32_t slot;             /* number of the slot held */
    struct sim_line *line;     /* of the slot that is waited for or held; NULL: neither */
    union {
        double since_s;  /* while it waits: when it joined the line */
        double waited_s; /* once granted: the whole wait, */
    };
    union {
        double blocked_before_s; /* while it waits: how long line->blocked had been on at that time */
        double blocked_s;        /* the part of the wait during which its line could start nobody, */
    };
    union {
        double closed_before_s; /* and line->closed */
        double closed_s;        /* and the part of that during which its line was shut */
    };
    sim_granted *granted;
};

void sim_slots_init(struct sim *sim, struct sim_slots *slots, uint32_t capacity);
/* Shuts or opens the whole pool. */
void sim_slots_shut(struct sim *sim, struct sim_slots *slots, bool shut);
/* From the beginning to now_s, which is not before the last change. */
struct sim_slots_times sim_slots_times(const struct sim_slots *slots, double now_s);
/* All lines must have been cleared. */
void sim_slots_clear(struct sim *sim, struct sim_slots *slots);
void sim_line_init(struct sim *sim, struct sim_line *line, struct sim_slots *slots, uint32_t capacity);
/* Makes a new line count against the capacity of another one of the same pool: together they hold as many slots as that
 * one may. Each keeps its own gate and order; clear it before the other. */
void sim_line_share(struct sim_line *line, struct sim_line *with);
/* Nobody may wait in the line or hold a slot from it. */
void sim_line_clear(struct sim_line *line);

/* Shuts or opens the line's gate. Slots that are held are kept. */
void sim_line_shut(struct sim *sim, struct sim_line *line, bool shut);

/* Shows those who wait in the line, in no particular order. They may be changed, but must stay. */
void sim_line_visit(struct sim *sim, struct sim_line *line, sim_granted *visit);

void sim_waiter_init(struct sim_waiter *waiter, sim_granted *granted);
/* Joins the line; granted() is called, never from inside this call, when a slot is free and nobody better waits. */
void sim_wait(struct sim *sim, struct sim_waiter *waiter, struct sim_line *line, sim_key key);
/* Leaves the line without a slot. The waiter must be waiting. */
void sim_wait_cancel(struct sim *sim, struct sim_waiter *waiter);
/* Gives the slot back. The waiter must hold one. */
void sim_release(struct sim *sim, struct sim_waiter *waiter);
static inline bool sim_waiting(const struct sim_waiter *waiter)
{
    return sim_heap_contains(&waiter->node);
}
static inline bool sim_holding(const struct sim_waiter *waiter)
{
    return waiter->line && !sim_heap_contains(&waiter->node);
}
/* Of a waiter that waits now: the part of its wait so far during which its line could start nobody, in s. */
double sim_blocked_so_far(const struct sim *sim, const struct sim_waiter *waiter);
/* And the part of that during which its line was shut. */
double sim_closed_so_far(const struct sim *sim, const struct sim_waiter *waiter);

#endif
