/* Scheduler (D5): turns mini-jobs into send requests, and submits again what the sender gave up. */
#ifndef MODELS_SCHEDULER_H
#define MODELS_SCHEDULER_H

#include "models/params.h"
#include "sim/engine/sim.h"

struct scheduler_params {
    double scheduler_delay_s, reschedule_delay_s, reschedule_for_s;
};

extern const struct param_table scheduler_table;

struct luck;
struct transfer;
struct observer;

struct scheduler {
    struct sim *sim;
    const struct scheduler_params *params;
    const struct observer *observer;
    const char *site;
    /* The request has failed for good: its time for being submitted again is over. */
    void (*failed)(struct transfer *transfer);
    struct luck *luck; /* chance; NULL: none */
};

/* A mini-job, already prepared for its destination (sender_prepare), in the state TRANSFER_SCHEDULED. */
void scheduler_mini_job(struct scheduler *scheduler, struct transfer *transfer);
/* The sender has given the request up. */
void scheduler_given_up(struct scheduler *scheduler, struct transfer *transfer);
/* A request that is the scheduler's need not be sent any more: it is cancelled for this reason. */
void scheduler_withdraw(struct scheduler *scheduler, struct transfer *transfer, const char *reason);
/* The run is over: forgets a request that is waiting here. */
void scheduler_abandon(struct scheduler *scheduler, struct transfer *transfer);

#endif
