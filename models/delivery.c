#include "models/delivery.h"

#include <math.h>

#include "models/distribution_manager.h"
#include "models/sender.h"

void leg_add_causes(const struct leg *leg, double from_s, double to_s, double *cause_s)
{
    double begin_s = cause_log_begin(&leg->log);
    if (from_s < begin_s && leg->from->inbound)
        leg_add_causes(leg->from->inbound, from_s, fmin(begin_s, to_s), cause_s);
    cause_log_add(&leg->log, from_s, to_s, cause_s);
}

void delivery_switch(struct delivery *delivery, double now_s, enum cause cause)
{
    if (delivery->cause < N_OWN_CAUSES)
        delivery->own_s[delivery->cause] += now_s - delivery->since_s;
    delivery->cause = cause;
    delivery->since_s = now_s;
}

void delivery_content_is_here(struct delivery *delivery, double content_s, double now_s)
{
    delivery->content_s = fmax(content_s, delivery->requested_s);
    delivery->own_s[CAUSE_METADATA_WAIT] += now_s - delivery->content_s;
    delivery->cause = CAUSE_METADATA_WAIT;
    delivery->since_s = now_s;
}

void delivery_causes(const struct delivery *delivery, const struct transfer *job, double *cause_s)
{
    memset(cause_s, 0, N_CAUSES * sizeof *cause_s);
    if (delivery->at->inbound)
        leg_add_causes(delivery->at->inbound, delivery->requested_s, delivery->content_s, cause_s);
    for (int cause = 0; cause < N_OWN_CAUSES; cause++)
        cause_s[cause] += delivery->own_s[cause];
    cause_s[CAUSE_TRANSFER_THREAD_WAIT] += job->in_state_s[TRANSFER_WAITING] + job->in_state_s[TRANSFER_STARTING];
    cause_s[CAUSE_RETRY_WAIT] += job->in_state_s[TRANSFER_RETRYING];
    cause_s[CAUSE_COPYING] += job->in_state_s[TRANSFER_MOVING];
    cause_s[CAUSE_ADDING_FILES] += job->in_state_s[TRANSFER_ADDING];
}

enum cause delivery_waits_for(const struct delivery *delivery)
{
    if (delivery->job)
        switch (delivery->job->state) {
        case TRANSFER_MOVING:
            return CAUSE_COPYING;
        case TRANSFER_RETRYING:
            return CAUSE_RETRY_WAIT;
        case TRANSFER_ADDING:
            return CAUSE_ADDING_FILES;
        default:
            return CAUSE_TRANSFER_THREAD_WAIT;
        }
    if (delivery->cause < N_CAUSES)
        return delivery->cause;
    /* The leg nearest to the source that has not arrived says it. */
    enum cause cause = CAUSE_METADATA_WAIT;
    for (const struct leg *leg = delivery->at->inbound; leg; leg = leg->from->inbound) {
        enum cause now = cause_log_now(&leg->log);
        if (now == CAUSE_SENDER_WAIT_ALL_SITES && leg->destination->line.blocked.value > 0)
            now = CAUSE_SENDER_WAIT_PER_SITE;
        if (now != N_CAUSES)
            cause = now;
    }
    return cause;
}
