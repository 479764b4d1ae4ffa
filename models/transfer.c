#include "models/transfer.h"

#include <math.h>

#include "models/distribution_point.h"
#include "models/observer.h"

const char *const transfer_kind_names[N_TRANSFER_KINDS] = {"send_request", "dp_job", "pull_job"};

const char *const transfer_state_names[N_TRANSFER_STATES] = {
    "scheduled", "waiting", "starting",    "connecting",    "moving",    "retrying", "rescheduled", "adding",
    "done",      "failed",  "source_wait", "capacity_wait", "notifying", "queued",   "reporting",   "cancelled",
};

#define TO(state) (1u << TRANSFER_##state)

static const uint32_t arrows[N_TRANSFER_KINDS][N_TRANSFER_STATES] = {
    [TRANSFER_SEND_REQUEST] =
        {
            [TRANSFER_SCHEDULED] = TO(WAITING) | TO(CANCELLED),
            [TRANSFER_WAITING] = TO(MOVING) | TO(CONNECTING) | TO(CANCELLED),
            [TRANSFER_CONNECTING] = TO(RETRYING) | TO(RESCHEDULED) | TO(FAILED) | TO(CANCELLED),
            [TRANSFER_MOVING] = TO(DONE) | TO(WAITING) | TO(RETRYING) | TO(RESCHEDULED) | TO(FAILED) | TO(CANCELLED),
            [TRANSFER_RETRYING] = TO(MOVING) | TO(CONNECTING) | TO(WAITING),
            [TRANSFER_RESCHEDULED] = TO(WAITING) | TO(CANCELLED),
        },
    [TRANSFER_DP_JOB] =
        {
            [TRANSFER_WAITING] = TO(STARTING) | TO(CANCELLED),
            [TRANSFER_STARTING] = TO(MOVING) | TO(RETRYING) | TO(FAILED),
            [TRANSFER_MOVING] = TO(ADDING) | TO(RETRYING) | TO(FAILED),
            [TRANSFER_RETRYING] = TO(WAITING) | TO(CANCELLED),
            [TRANSFER_ADDING] = TO(DONE),
        },
    [TRANSFER_PULL_JOB] =
        {
            [TRANSFER_WAITING] = TO(STARTING) | TO(CANCELLED),
            [TRANSFER_STARTING] = TO(SOURCE_WAIT) | TO(CAPACITY_WAIT) | TO(RETRYING) | TO(NOTIFYING) | TO(FAILED),
            [TRANSFER_SOURCE_WAIT] = TO(WAITING) | TO(QUEUED) | TO(FAILED) | TO(CANCELLED),
            [TRANSFER_CAPACITY_WAIT] = TO(WAITING) | TO(CANCELLED),
            [TRANSFER_RETRYING] = TO(WAITING) | TO(QUEUED) | TO(FAILED) | TO(CANCELLED),
            [TRANSFER_NOTIFYING] = TO(QUEUED),
            [TRANSFER_QUEUED] = TO(MOVING) | TO(SOURCE_WAIT) | TO(RETRYING) | TO(CANCELLED),
            [TRANSFER_MOVING] = TO(MOVING) | TO(ADDING) | TO(SOURCE_WAIT),
            [TRANSFER_ADDING] = TO(REPORTING),
            [TRANSFER_REPORTING] = TO(DONE) | TO(FAILED),
        },
};

/* What a delivery waits for while its content is in this state. */
static const enum cause cause_of[N_TRANSFER_KINDS][N_TRANSFER_STATES] = {
    [TRANSFER_SEND_REQUEST] =
        {
            [TRANSFER_SCHEDULED] = CAUSE_SCHEDULER_WAIT,
            [TRANSFER_WAITING] = CAUSE_SENDER_WAIT_ALL_SITES,
            [TRANSFER_CONNECTING] = CAUSE_RETRY_WAIT,
            [TRANSFER_MOVING] = CAUSE_SENDING,
            [TRANSFER_RETRYING] = CAUSE_RETRY_WAIT,
            [TRANSFER_RESCHEDULED] = CAUSE_RETRY_WAIT,
        },
    [TRANSFER_DP_JOB] =
        {
            [TRANSFER_WAITING] = CAUSE_TRANSFER_THREAD_WAIT,
            [TRANSFER_STARTING] = CAUSE_TRANSFER_THREAD_WAIT,
            [TRANSFER_MOVING] = CAUSE_COPYING,
            [TRANSFER_RETRYING] = CAUSE_RETRY_WAIT,
            [TRANSFER_ADDING] = CAUSE_ADDING_FILES,
        },
    [TRANSFER_PULL_JOB] =
        {
            [TRANSFER_WAITING] = CAUSE_TRANSFER_THREAD_WAIT,
            [TRANSFER_STARTING] = CAUSE_TRANSFER_THREAD_WAIT,
            [TRANSFER_SOURCE_WAIT] = CAUSE_SOURCE_WAIT,
            [TRANSFER_CAPACITY_WAIT] = CAUSE_DP_CAPACITY_WAIT,
            [TRANSFER_RETRYING] = CAUSE_RETRY_WAIT,
            [TRANSFER_NOTIFYING] = CAUSE_TRANSFER_THREAD_WAIT,
            [TRANSFER_QUEUED] = CAUSE_DP_CAPACITY_WAIT,
            [TRANSFER_MOVING] = CAUSE_COPYING,
            [TRANSFER_ADDING] = CAUSE_ADDING_FILES,
        },
};

/* The same for the part of a wait in line that its own line made: the limit of its destination. */
static const enum cause cause_of_own_line[N_TRANSFER_KINDS] = {
    [TRANSFER_SEND_REQUEST] = CAUSE_SENDER_WAIT_PER_SITE,
    [TRANSFER_DP_JOB] = CAUSE_TRANSFER_THREAD_WAIT,
    [TRANSFER_PULL_JOB] = CAUSE_TRANSFER_THREAD_WAIT,
};

/* While the schedule of the destination keeps it in line (S4, X2). */
static const enum cause cause_of_closed[N_TRANSFER_KINDS] = {
    [TRANSFER_SEND_REQUEST] = CAUSE_ROUTE_CLOSED,
    [TRANSFER_DP_JOB] = CAUSE_DP_CLOSED,
    [TRANSFER_PULL_JOB] = CAUSE_TRANSFER_THREAD_WAIT, /* no schedule holds for it (L1) */
};

static void book_wait(struct sim *sim, struct transfer *t, double blocked_s, double closed_s)
{
    double new_closed_s = closed_s - t->closed_booked_s;
    double new_full_s = fmax(0, blocked_s - t->blocked_booked_s - new_closed_s);
    t->closed_s += new_closed_s;
    t->line_full_s += new_full_s;
    t->blocked_booked_s = blocked_s;
    t->closed_booked_s = closed_s;
    if (t->log && cause_log_now(t->log) != cause_of_closed[t->kind])
        cause_log_split(sim->memory, t->log, cause_of_own_line[t->kind], new_full_s);
}

static void log_switch(struct sim *sim, struct transfer *t)
{
    if (!t->log)
        return;
    if (transfer_ended(t->state) || t->state == TRANSFER_REPORTING)
        cause_log_end(sim->memory, t->log, sim_now(sim));
    else if (sim_waiting(&t->waiter) && t->waiter.line->shut)
        cause_log_switch(sim->memory, t->log, sim_now(sim), cause_of_closed[t->kind]);
    else
        cause_log_switch(sim->memory, t->log, sim_now(sim), cause_of[t->kind][t->state]);
}

void transfer_mark(struct sim *sim, struct transfer *t)
{
    if (sim_waiting(&t->waiter))
        book_wait(sim, t, sim_blocked_so_far(sim, &t->waiter), sim_closed_so_far(sim, &t->waiter));
    log_switch(sim, t);
}

void transfer_init(struct sim *sim, struct transfer *t, enum transfer_kind kind, enum transfer_state state,
                   const struct observer *observer)
{
    t->id = sim_number(sim);
    t->kind = kind;
    t->state = state;
    t->observer = observer;
    t->created_s = t->entered_s = sim_now(sim);
    t->started_s = t->finished_s = NAN;
    log_switch(sim, t);
    observer->transfer_changed(observer->ctx, t, N_TRANSFER_STATES, sim_now(sim));
}

void transfer_enter(struct sim *sim, struct transfer *t, enum transfer_state to)
{
    enum transfer_state from = t->state;
    if (!(arrows[t->kind][from] & 1u << to))
        sim_bug(sim, "transfer %" G_GUINT64_FORMAT ": no arrow from %s to %s", t->id, transfer_state_names[from],
                transfer_state_names[to]);
    if (from == TRANSFER_WAITING && sim_holding(&t->waiter))
        book_wait(sim, t, t->waiter.blocked_s, t->waiter.closed_s);
    t->blocked_booked_s = t->closed_booked_s = 0;
    t->in_state_s[from] += sim_now(sim) - t->entered_s;
    t->entered_s = sim_now(sim);
    t->state = to;
    log_switch(sim, t);
    if (transfer_ended(to))
        t->finished_s = sim_now(sim);
    if (to == TRANSFER_DONE)
        t->reason = NULL;
    t->observer->transfer_changed(t->observer->ctx, t, from, sim_now(sim));
}

void transfer_attempt_begins(struct sim *sim, struct transfer *t)
{
    t->attempts++;
    t->attempt_started_s = sim_now(sim);
    t->attempt_bytes = t->bytes_moved;
    if (isnan(t->started_s))
        t->started_s = sim_now(sim);
}

void transfer_attempt_ends(struct sim *sim, struct transfer *t, const char *outcome)
{
    const struct attempt attempt = {
        .transfer = t,
        .attempt = t->attempts,
        .thread = t->waiter.slot,
        .started_s = t->attempt_started_s,
        .ended_s = sim_now(sim),
        .outcome = outcome,
        .bytes = t->bytes_moved - t->attempt_bytes,
    };
    t->observer->attempt_ended(t->observer->ctx, &attempt);
}

/* What is booked of ways that it has left; NULL: nothing. */
static struct transfer_bound *earlier_bound(const struct transfer *t, enum transfer_limit kind,
                                            const struct sim_link *link)
{
    for (guint i = 0; t->earlier && i < t->earlier->len; i++) {
        struct transfer_bound *bound = &g_array_index(t->earlier, struct transfer_bound, i);
        if (bound->kind == kind && bound->link == link)
            return bound;
    }
    return NULL;
}

static double earlier_bytes(const struct transfer *t, enum transfer_limit kind, const struct sim_link *link)
{
    const struct transfer_bound *bound = earlier_bound(t, kind, link);
    return bound ? bound->bytes : 0;
}

static bool on_its_way(const struct transfer *t, const struct transfer_bound *bound)
{
    if (!bound->link)
        return bound->kind == t->cap_kind;
    for (uint32_t i = 0; i < t->flow.n_hops; i++)
        if (t->flow.hops[i].link == bound->link)
            return true;
    return false;
}

bool transfer_bound_of_all_ways(const struct transfer *t, uint32_t i, struct transfer_bound *bound)
{
    uint32_t n_now = 1 + t->flow.n_hops;
    if (i == 0) {
        *bound = (struct transfer_bound){t->cap_kind, NULL, t->flow.cap_bound_bytes};
    } else if (i < n_now) {
        *bound = (struct transfer_bound){LIMIT_LINK, t->flow.hops[i - 1].link, t->flow.hops[i - 1].bound_bytes};
    } else if (i - n_now < t->earlier->len) {
        *bound = g_array_index(t->earlier, struct transfer_bound, i - n_now);
        if (on_its_way(t, bound)) /* told with what is there now */
            bound->bytes = 0;
        return true;
    } else {
        return false;
    }
    bound->bytes += earlier_bytes(t, bound->kind, bound->link);
    return true;
}

static void book_earlier(struct transfer *t, const struct transfer_bound *more)
{
    if (!(more->bytes > 0))
        return;
    struct transfer_bound *bound = earlier_bound(t, more->kind, more->link);
    if (bound) {
        bound->bytes += more->bytes;
        return;
    }
    if (!t->earlier)
        t->earlier = g_array_new(FALSE, FALSE, sizeof(struct transfer_bound));
    g_array_append_val(t->earlier, *more);
}

void transfer_leaves_way(struct transfer *t)
{
    book_earlier(t, &(struct transfer_bound){t->cap_kind, NULL, t->flow.cap_bound_bytes});
    for (uint32_t i = 0; i < t->flow.n_hops; i++)
        book_earlier(t, &(struct transfer_bound){LIMIT_LINK, t->flow.hops[i].link, t->flow.hops[i].bound_bytes});
}

void transfer_foresee_job(const struct transfer *job, unsigned step)
{
    if (step == 0) {
        sim_call_for(job, sizeof *job);
        return;
    }
    if (step == 1) {
        __builtin_prefetch(job->errand, 1);
        if (job->left_bytes)
            __builtin_prefetch(job->left_bytes, 1);
    } else if (job->log) {
        __builtin_prefetch(job->log->last, 1);
    }
    distribution_point_foresee(job->owner, step - 1);
}

enum transfer_limit transfer_limited_by(const struct transfer *t, const struct sim_link **link)
{
    struct transfer_bound bound;
    double most_bytes = 0;
    enum transfer_limit limit = LIMIT_NONE;
    *link = NULL;
    if (t->limited_bytes > 0 && t->limited_bytes >= 0.5 * t->bytes_moved)
        return t->limit_kind;
    for (uint32_t i = 0; transfer_bound(t, i, &bound); i++)
        if (bound.bytes > most_bytes) {
            most_bytes = bound.bytes;
            limit = bound.kind;
            *link = bound.link;
        }
    return limit;
}
