/* Where the time of a delivery went. Every instant between the request and the content on the distribution point belongs to
 * exactly one of these causes, so that they add up to the whole. */
#ifndef MODELS_CAUSES_H
#define MODELS_CAUSES_H

enum cause {
    CAUSE_METADATA_WAIT,         /* database replication and notification: a site does not know yet what to do */
    CAUSE_PACKAGE_THREAD_WAIT,   /* in line for one of max_packages threads */
    CAUSE_SNAPSHOT,              /* the source site takes the new version in */
    CAUSE_DP_THREAD_WAIT,        /* in line for a distribution point thread of its package thread */
    CAUSE_DP_THREAD,             /* a distribution point thread creates jobs: its own, or, before content goes to other
                                    sites, those of the sending site */
    CAUSE_COMPRESSOR_WAIT,
    CAUSE_COMPRESSING,
    CAUSE_SCHEDULER_WAIT,        /* mini-job to send request */
    CAUSE_SENDER_WAIT_ALL_SITES, /* for a thread, while fewer than max_concurrent_per_site were busy with that site */
    CAUSE_SENDER_WAIT_PER_SITE,  /* for a thread, while max_concurrent_per_site were busy with that site */
    CAUSE_ROUTE_CLOSED,
    CAUSE_RETRY_WAIT,            /* failed tries, and the waits before the next */
    CAUSE_SENDING,
    CAUSE_DESPOOLER_WAIT,        /* in line for a despooling thread */
    CAUSE_DESPOOL_RETRY_WAIT,    /* code 12: content came before its database change */
    CAUSE_DESPOOLING,
    CAUSE_TRANSFER_THREAD_WAIT,  /* in line for a sending thread of the transfer manager, and the thread's start */
    CAUSE_DP_CLOSED,
    CAUSE_SOURCE_WAIT,
    CAUSE_DP_CAPACITY_WAIT,
    CAUSE_COPYING,
    CAUSE_ADDING_FILES,
    N_CAUSES
};

/* "metadata_wait", ...: the names of the result tables. */
extern const char *const cause_names[N_CAUSES];

#endif
