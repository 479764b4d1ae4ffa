/* A transfer: one piece of work of a sender (a send request: a package version to a site) or of a package transfer
 * manager (a job: a package version to a distribution point; a pull job: to one that fetches it). Its owner moves it
 * through the states below with transfer_enter(), and nothing else does.
 *
 *   send request   scheduled -> waiting -> moving -> done
 *                                  ^      |  ^ \
 *                                  |      v  |  \-> (fails) retrying, on its thread -> moving or connecting
 *                                  |  connecting         |  after the last try
 *                                  +--- rescheduled <----+-> failed, after reschedule_for
 *                                  (moving, retrying -> waiting: its window has closed, on_window_close is suspend)
 *   job            waiting -> starting -> moving -> adding -> done
 *                     ^          |           |
 *                     +- retrying (off its thread) -> failed, after the last try
 *
 *   pull job       waiting -> starting -> notifying -> queued -> moving -> adding -> reporting -> done
 *                     ^          |                       ^  |     |  (loses its source: moving from the next)
 *                     |          v                       |  v     v
 *                     +-- source_wait, capacity_wait,    source_wait, when the last source has failed;
 *                         |                              retrying, when its drives are full -> failed
 *                         retrying -> failed, after the last try
 *   What holds no thread may become cancelled.
 */
#ifndef MODELS_TRANSFER_H
#define MODELS_TRANSFER_H

#include "models/causes.h"
#include "models/scenario.h"
#include "sim/engine/network.h"
#include "sim/engine/slots.h"

enum transfer_kind {
    TRANSFER_SEND_REQUEST,
    TRANSFER_DP_JOB,
    TRANSFER_PULL_JOB,
    N_TRANSFER_KINDS
} __attribute__((packed));

enum transfer_state {
    TRANSFER_SCHEDULED,   /* a mini-job at the scheduler (D5) */
    TRANSFER_WAITING,     /* in line for a sending thread (S1, X1) */
    TRANSFER_STARTING,    /* has its thread, which has not begun (X1: start_delay) */
    TRANSFER_CONNECTING,  /* trying a destination that is down (S5) */
    TRANSFER_MOVING,      /* bytes on the network */
    TRANSFER_RETRYING,    /* waits before the next try */
    TRANSFER_RESCHEDULED, /* back at the scheduler (D5) */
    TRANSFER_ADDING,      /* files are being added to the distribution point's library (X4) */
    TRANSFER_DONE,
    TRANSFER_FAILED,
    TRANSFER_SOURCE_WAIT,   /* no source has the content, or all have failed (L1, L2) */
    TRANSFER_CAPACITY_WAIT, /* the pull distribution point has max_jobs active (L1) */
    TRANSFER_NOTIFYING,     /* its thread tells the pull distribution point (L1) */
    TRANSFER_QUEUED,        /* in line for a download (L2) */
    TRANSFER_REPORTING,     /* content is in the library, the site does not know yet (L3) */
    TRANSFER_CANCELLED,     /* not wanted any more: a newer version has taken its place, or the content is removed */
    N_TRANSFER_STATES
} __attribute__((packed));

static inline bool transfer_ended(enum transfer_state state)
{
    return state == TRANSFER_DONE || state == TRANSFER_FAILED || state == TRANSFER_CANCELLED;
}

extern const char *const transfer_kind_names[N_TRANSFER_KINDS];
extern const char *const transfer_state_names[N_TRANSFER_STATES];

/* What held a transfer back for most of its bytes; when it is a link, transfer_limit_link says which. */
enum transfer_limit {
    LIMIT_NONE,
    LIMIT_LINK,
    LIMIT_WINDOW,
    LIMIT_MAX_RATE,
    LIMIT_RATE_LIMIT,
    LIMIT_PULSE,
    N_TRANSFER_LIMITS
} __attribute__((packed));

struct hierarchy;
struct observer;
struct room;

/* There may be hundreds of thousands that wait: what is short stands together. */
struct transfer {
    uint64_t id;
    enum transfer_kind kind;
    enum transfer_state state;
    enum transfer_limit cap_kind;   /* which setting the flow's cap comes from */
    enum transfer_limit limit_kind; /* which of a rate limit and pulse mode was it that held back limited_bytes */
    bool again;                     /* moves all files, also those that are there (C3: redistribute) */
    bool outdated;                  /* a newer one waits for its end: it is not tried again */
    uint32_t package;               /* index into the scenario's packages */
    uint32_t version;
    enum priority priority;
    uint32_t attempts;
    uint32_t tries_left;   /* before its owner gives up or hands it back */
    const char *from, *to; /* site code; site code or name of a distribution point */
    double bytes;          /* to be moved, instruction file included */
    double bytes_arrived;  /* confirmed at the destination; what a try that failed lost is not */
    double bytes_resent;   /* moved, lost, and to be moved again */
    double bytes_moved;    /* in all tries */
    double created_s;
    double started_s;  /* first got a thread; NaN: not yet */
    double finished_s; /* NaN: not yet */
    double entered_s;  /* its state */
    double in_state_s[N_TRANSFER_STATES];
    /* Of the time in line: while the schedule kept it there (S4, X2), and while all threads for its destination were
     * busy. */
    double closed_s, line_full_s;
    double breaks_after_bytes; /* of this try: chance ends it there (failure_probability); INFINITY: it does not */
    double attempt_started_s;
    double attempt_bytes; /* bytes_moved when the try began */
    const char *reason;   /* why it failed, or why its last try did; NULL: it did not */
    double limited_bytes; /* moved while a rate limit or pulse mode held it back: the flow counts none of them as held
                             back by its cap or a link */
    GArray *earlier;      /* struct transfer_bound: on ways that it has left; NULL: none. Its owner frees it */
    /* private to the owner */
    struct sim_waiter waiter;
    struct sim_event schedule; /* the scheduler's */
    struct sim_event event;
    struct sim_flow flow;
    double *left_bytes;      /* of a job: version_left(); NULL before its first copy. Its owner frees it, */
    struct room *room;       /* and gives this back: on the drives of the distribution point; NULL: none */
    GArray *claims;          /* of a job: file sets in the library that it counts on; its owner releases them */
    struct cause_log *log;   /* of the errand, follows its states; NULL: none */
    double blocked_booked_s; /* of the current wait, already booked as a wait for its own line, */
    double closed_booked_s;  /* and as one for the schedule */
    const struct observer *observer;
    void *owner;  /* struct sender, struct transfer_manager */
    void *errand; /* struct leg, struct delivery */
};

/* Starts in the given state. The path of the flow is the owner's business. */
void transfer_init(struct sim *sim, struct transfer *t, enum transfer_kind kind, enum transfer_state state,
                   const struct observer *observer);
/* The only place where a transfer changes state; an arrow that is not in the picture above aborts. */
void transfer_enter(struct sim *sim, struct transfer *t, enum transfer_state to);
/* Ends the span of the log that is running, and goes on in a new one with the same cause: what has been waited for so
 * far is booked exactly. */
void transfer_mark(struct sim *sim, struct transfer *t);
/* A try begins: it holds a thread. */
void transfer_attempt_begins(struct sim *sim, struct transfer *t);
/* A try ends; outcome: "done", "connection_lost", "no_connection", "destination_down", "window_closed",
 * "random_failure" (failure_probability), "drive_full", "cut_short" (the run ended); of a pull job's download also
 * "content_gone" (from its source), of its thread "notified", "no_source", "no_capacity". */
void transfer_attempt_ends(struct sim *sim, struct transfer *t, const char *outcome);

/* Bytes that moved while this held them back. */
struct transfer_bound {
    enum transfer_limit kind;    /* LIMIT_LINK, or where the cap of the connection comes from */
    const struct sim_link *link; /* NULL: the cap */
    double bytes;
};

/* The i-th of what has held it back, in all tries and on all ways, and may be 0 bytes; each cap and link once. FALSE:
 * there are no more. A rate limit or pulse mode is not among them. */
bool transfer_bound_of_all_ways(const struct transfer *t, uint32_t i, struct transfer_bound *bound);
static inline bool transfer_bound(const struct transfer *t, uint32_t i, struct transfer_bound *bound)
{
    if (t->earlier)
        return transfer_bound_of_all_ways(t, i, bound);
    if (i > t->flow.n_hops)
        return false;
    if (i == 0)
        *bound = (struct transfer_bound){t->cap_kind, NULL, t->flow.cap_bound_bytes};
    else
        *bound = (struct transfer_bound){LIMIT_LINK, t->flow.hops[i - 1].link, t->flow.hops[i - 1].bound_bytes};
    return true;
}
/* Before its flow gets another path. */
void transfer_leaves_way(struct transfer *t);
/* Calls for what the next state of a job will need (sim_foresee()). */
void transfer_foresee_job(const struct transfer *job, unsigned step);
enum transfer_limit transfer_limited_by(const struct transfer *t, const struct sim_link **link);

#endif
