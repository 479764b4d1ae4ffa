/* Where the time of a delivery went. Every instant between the request and the content on the distribution point
 * belongs to exactly one of these causes, so that they add up to the whole. */
#ifndef MODELS_CAUSES_H
#define MODELS_CAUSES_H

#include <glib.h>
#include <stdint.h>

#include "sim/engine/memory.h"

enum cause {
    CAUSE_METADATA_WAIT,       /* database replication and notification: a site does not know yet what to do */
    CAUSE_PACKAGE_THREAD_WAIT, /* in line for one of max_packages threads */
    CAUSE_SNAPSHOT,            /* the source site takes the new version in */
    CAUSE_DP_THREAD_WAIT,      /* in line for a distribution point thread of its package thread */
    CAUSE_DP_THREAD,           /* a distribution point thread creates jobs: its own, or, before content goes to other
                                  sites, those of the sending site */
    CAUSE_COMPRESSOR_WAIT,
    CAUSE_COMPRESSING,
    CAUSE_SCHEDULER_WAIT,        /* mini-job to send request */
    CAUSE_SENDER_WAIT_ALL_SITES, /* for a thread, while fewer than max_concurrent_per_site were busy with that site */
    CAUSE_SENDER_WAIT_PER_SITE,  /* for a thread, while max_concurrent_per_site were busy with that site */
    CAUSE_ROUTE_CLOSED,
    CAUSE_RETRY_WAIT, /* failed tries, and the waits before the next */
    CAUSE_SENDING,
    CAUSE_DESPOOLER_WAIT,     /* in line for a despooling thread */
    CAUSE_DESPOOL_RETRY_WAIT, /* code 12: content came before its database change */
    CAUSE_DESPOOLING,
    CAUSE_TRANSFER_THREAD_WAIT, /* in line for a sending thread of the transfer manager, and the thread's start */
    CAUSE_DP_CLOSED,
    CAUSE_SOURCE_WAIT,
    CAUSE_DP_CAPACITY_WAIT,
    CAUSE_COPYING,
    CAUSE_ADDING_FILES,
    CAUSE_EARLIER_COPY_WAIT, /* what was on its way to the same point before has to end first */
    N_CAUSES
};

/* "metadata_wait", ...: the names of the result tables. */
extern const char *const cause_names[N_CAUSES];

/* A stretch of time with one cause, or with two that took turns: other_s of it belong to the other one. */
struct cause_span {
    double from_s, to_s;
    double other_s;
    enum cause cause, other;
};

/* What something went through, as spans of time with a cause each. Deliveries that share it take their part of it.
 *
 * Logs are many, and those of a batch tell the same for most of their time. So a log is a list from the newest span to
 * the oldest, and logs that were alike up to some moment share what came before it. */
struct cause_log {
    struct cause_entry *last; /* private; NULL: empty */
};

void cause_log_init(struct cause_log *log);
void cause_log_clear(struct sim_memory *memory, struct cause_log *log);
/* memory: the world's, always the same: where entries come from and go to. They need not be cleared at its end.
 * An empty log begins with this cause. Those that begin alike, with the same `first`, begin in one entry; it belongs to
 * whoever keeps it, who clears it. */
void cause_log_begin_with(struct sim_memory *memory, struct cause_log *log, struct cause_log *first, double now_s,
                          enum cause cause);
/* From now_s on, this is the cause. */
void cause_log_switch(struct sim_memory *memory, struct cause_log *log, double now_s, enum cause cause);
/* Of the span that is running, other_s seconds so far belong to this other cause. */
void cause_log_split(struct sim_memory *memory, struct cause_log *log, enum cause other, double other_s);
/* The last span ends. */
void cause_log_end(struct sim_memory *memory, struct cause_log *log, double now_s);
/* When the log begins; INFINITY while it is empty. */
double cause_log_begin(const struct cause_log *log);
/* The cause that is running, N_CAUSES when none is. */
enum cause cause_log_now(const struct cause_log *log);
/* Shows, in order, what lies between from_s and to_s. A span that was split is taken in proportion when only a part of
 * it lies between: split it at from_s (cause_log_switch() to the same cause) where that matters. */
typedef void cause_visit(void *ctx, const struct cause_span *span);
void cause_log_walk(const struct cause_log *log, double from_s, double to_s, cause_visit *visit, void *ctx);
/* The same as a list: puts them, in order, right before `end`, and returns how many; UINT32_MAX: more than `most`. */
uint32_t cause_log_list(const struct cause_log *log, double from_s, double to_s, struct cause_span *end, uint32_t most);
/* Adds what each cause took of a span to cause_s[N_CAUSES]. */
static inline void cause_span_add(const struct cause_span *span, double *cause_s)
{
    cause_s[span->other] += span->other_s;
    cause_s[span->cause] += span->to_s - span->from_s - span->other_s;
}
/* Adds what each cause took between from_s and to_s to cause_s[N_CAUSES]. */
void cause_log_add(const struct cause_log *log, double from_s, double to_s, double *cause_s);

#endif
