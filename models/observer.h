/* What the models tell. They print, parse and open nothing: whoever wants to know what happened passes an observer. All
 * functions but pool_changed must be there (observer_none has some that do nothing); what they are shown is theirs to
 * read until they return; names and words in it (sites, objects, reasons, outcomes) belong to the scenario or are
 * constants, and stay. Times are simulated seconds since the start. */
#ifndef MODELS_OBSERVER_H
#define MODELS_OBSERVER_H

#include <stdbool.h>
#include <stdint.h>

#include "models/causes.h"
#include "models/transfer.h"

struct delivery;

/* Numbers of status messages and the like, as in the product. */
enum status_id {
    STATUS_DESPOOLER_CODE_12 = 12,   /* despooler: database change not here yet */
    STATUS_PACKAGE_BEGIN = 2300,     /* package thread begins */
    STATUS_PACKAGE_PROCESSED = 2301, /* package thread ends */
    STATUS_PACKAGE_UPDATED = 2311,   /* package created or updated at this site */
    STATUS_TO_CHILD_SITE = 2333,     /* about to send the compressed copy to a site */
    STATUS_DISTRIBUTED = 2330,       /* status of a distribution point has reached the site's database */
    STATUS_DP_THREAD_START = 2342,
    STATUS_JOB_CREATED = 2357,
    STATUS_SNAPSHOT_DONE = 2376,
    STATUS_VALIDATION_STARTED = 2380,
    STATUS_VALIDATION_QUEUED = 2381, /* one is running already */
    STATUS_CONTENT_CORRUPT = 2382,
    STATUS_CONTENT_VALID = 2384,
    STATUS_CONTENT_MISSING = 2385,
    STATUS_STORED = 4400, /* despooler stored the content */
    STATUS_CONTENT_SENT = 8200,
    STATUS_UPDATE_FAILED = 8203,    /* no room for the content on the distribution point's drives */
    STATUS_SUCCESS_REPORTED = 8210, /* of a pull distribution point: found by polling */
    STATUS_PULL_NO_CAPACITY = 8211, /* pull distribution point has max_jobs active */
    STATUS_PULL_NO_SOURCE = 8212,   /* none of its sources has the content */
    /* no number in the product: written to its log only */
    EVENT_ACTION = 1,       /* an administrator's action is taken */
    EVENT_MINI_JOB = 2,     /* mini-job handed to the scheduler */
    EVENT_SEND_REQUEST = 3, /* send request in the outbox */
    EVENT_SENDING_STARTED = 4,
    EVENT_SENDING_FAILED = 5,
    EVENT_SENDING_COMPLETED = 6,
    EVENT_DESPOOLING_STARTED = 7,
    EVENT_COPY_STARTED = 8,
    EVENT_COPY_FAILED = 9,
    EVENT_COMPRESSED = 10,
    EVENT_RESCHEDULED = 11,
    EVENT_CANCELLED = 20,         /* a waiting send request or job, whose version a newer one has taken the place of */
    EVENT_SENDING_SUSPENDED = 30, /* its window has closed (S4) */
    EVENT_PULL_NOTIFIED = 40,
    EVENT_PULL_NOT_NOTIFIED = 41, /* could not be reached */
    EVENT_PULL_CANCELLED = 42,    /* after the last poll */
    EVENT_DOWNLOAD_STARTED = 43,
    EVENT_DOWNLOAD_FAILED = 44,
    EVENT_STATE_MESSAGE = 45, /* content is in the library, and the site is being told */
    EVENT_STATE_MESSAGE_LOST = 46,
    EVENT_CONFIGURED = 47,        /* a distribution point's settings have been changed */
    EVENT_NEXT_DRIVE = 48,        /* the drives before are full to their reserve, and another takes over (C2) */
    EVENT_SOURCES_FAILED = 49,    /* it has looked at all its sources, and downloads from none: it waits */
    EVENT_REMOVED = 60,           /* content is gone from a distribution point */
    EVENT_REMOVAL_FAILED = 61,    /* the distribution point cannot be reached */
    EVENT_REMOVAL_OVERTAKEN = 62, /* the content has been distributed there again, and stays */
    EVENT_LIBRARY_REMOVED = 63,   /* nobody needs it from this site's library any more */
    EVENT_JOINED = 64,            /* a distribution point has become a member of a group */
    EVENT_LEFT = 65,
    EVENT_DAMAGED = 66,     /* files of a package on a distribution point: nobody notices before validation */
    EVENT_NOT_DAMAGED = 67, /* they were to be, but the package is not there */
};

/* "SMS_DISTRIBUTION_MANAGER", ...: the names of the product's logs */
enum component {
    COMPONENT_CONSOLE,
    COMPONENT_DISTRIBUTION_MANAGER,
    COMPONENT_SCHEDULER,
    COMPONENT_SENDER,
    COMPONENT_DESPOOLER,
    COMPONENT_TRANSFER_MANAGER,
    COMPONENT_PULL_DP,
    COMPONENT_DP_MONITOR,
    N_COMPONENTS
};
extern const char *const component_names[N_COMPONENTS];

struct status {
    double time_s;
    const char *site; /* code */
    enum component component;
    enum status_id id;
    uint32_t package; /* index; UINT32_MAX: none */
    uint32_t version;
    const char *object; /* site code or distribution point concerned, "" when none */
    uint32_t attempt;   /* 0 where there are no tries */
};

struct attempt {
    const struct transfer *transfer;
    uint32_t attempt; /* 1, 2, ... */
    uint32_t thread;  /* number among the threads of the sender or pool, from 0 */
    double started_s, ended_s;
    const char *outcome; /* transfer_attempt_ends() */
    double bytes;        /* moved in this try */
};

enum delivery_state { DELIVERY_OPEN, DELIVERY_DELIVERED, DELIVERY_FAILED, DELIVERY_CANCELLED };

/* A package version and a distribution point that is to have it. */
struct delivery_news {
    uint64_t number;                     /* 0, 1, 2, ...: the same for all news of one delivery */
    uint32_t package, version, dp, site; /* indices into the scenario's lists; dp's site */
    enum delivery_state state;
    const char *reason;  /* failed, cancelled: why; open: what it waits for, named as a cause; delivered: "" */
    const char *failure; /* open when the run ends: why its last try failed, delivery_last_failure(); else NULL */
    double requested_s;
    double on_dp_s, site_knows_s, central_knows_s; /* NaN: not yet */
    double bytes;                                  /* moved to the distribution point */
    const double *cause_s;                         /* [N_CAUSES] when it has been delivered; else, and if brief, NULL */
    const struct delivery *delivery;               /* for delivery_walk(), until it has been delivered or has failed */
};

struct observer {
    void *ctx;
    /* It needs no cause_s, for it takes a delivery_walk() where it wants to know; nothing of deliveries that
     * hierarchy_delivery() can tell later: that they were asked for, when the sites know; and no order of time but in
     * what it is told of one entity (models/partition.h). */
    bool brief;
    void (*status)(void *ctx, const struct status *status);
    /* The transfer has a new state, or is new (from == N_TRANSFER_STATES). */
    void (*transfer_changed)(void *ctx, const struct transfer *transfer, enum transfer_state from, double now_s);
    /* The run has ended and left this transfer where it is. */
    void (*transfer_open)(void *ctx, const struct transfer *transfer, double now_s);
    void (*attempt_ended)(void *ctx, const struct attempt *attempt);
    /* Requested; on the distribution point; known at the site; known at the central site; failed; and, of those that
     * are not delivered when the run ends, where they are. */
    void (*delivery_changed)(void *ctx, const struct delivery_news *news, double now_s);
    /* pool: index into hierarchy_pools(); link: into hierarchy_links() */
    /* closed: those of the waiting whom the schedule of their destination keeps there. NULL: it is enough what pools
     * (struct sim_slots) know of themselves. */
    void (*pool_changed)(void *ctx, uint32_t pool, double in_use, double waiting, double closed, double now_s);
    void (*link_changed)(void *ctx, uint32_t link, double bytes_per_s, double capacity_bytes_per_s, double now_s);
};

extern const struct observer observer_none;

/* A status message about a transfer. */
void observer_tell_of_transfer(const struct observer *observer, double now_s, const struct transfer *transfer,
                               const char *site, enum component component, enum status_id id);

#endif
