/* Runs of a study that are made again, for what is not kept of them. */
#ifndef APP_STUDY_REPLAY_H
#define APP_STUDY_REPLAY_H

#include "sim/app/study/study.h"

struct replay {
    guint point;
    uint32_t replication;
    unsigned flags;                /* enum collector_flags */
    struct simulation *simulation; /* that has run; NULL: not yet. Freed by whoever asked */
    /* Called when it has run, by one of the workers, which share nothing but what the function makes them share; what
     * it does not take (and set to NULL) of the simulation stays. May be NULL. */
    void (*done)(struct replay *replay);
    void *ctx;
};

/* Makes them on the study's workers. false: it was stopped. */
bool replay_all(const struct study *study, struct replay *replays, guint n);

#endif
