/* What the summary says of transfers, tries, messages and deliveries, in sums: made one by one while a run goes on, or
 * afterwards from the rows that were kept. The same either way, but for the order in which sums are made. */
#ifndef APP_DIGEST_H
#define APP_DIGEST_H

#include "sim/app/report/paths.h"

struct kind_totals {
    guint n, done, failed, open, cancelled;
    uint64_t attempts, attempts_failed;
    double bytes_moved, bytes_resent;
    double link_bytes, window_bytes, max_rate_bytes, rate_limit_bytes, pulse_bytes;
    double first_started_s, last_finished_s; /* NaN: none */
};

/* Deliveries that are open or have failed. */
struct missing {
    enum delivery_state state;
    const char *reason;  /* why it failed; of an open one the cause that it waits for (cause_names) */
    const char *failure; /* why the last try of an open one failed; "": it did not, or it waits for something else */
    const char *site;    /* of their distribution points */
    const char *dp;      /* NULL: they are for several */
    guint n;
};

/* Deliveries that have something in common. */
struct delivery_sums {
    double bytes;
    double cause_s[N_CAUSES]; /* of those delivered */
};

struct digest {
    const struct collector *collector;
    struct kind_totals kinds[N_TRANSFER_KINDS]; /* by enum transfer_kind */
    guint n_without_report;                     /* pull jobs */
    double moving_s;                            /* of all transfers */
    double *longest_s;                          /* wait for a thread, by site and kind: digest_longest_s() */
    bool *sender, *transfer_manager, *despooler, *compressor, *pull; /* by site: it did something */
    bool *dp, *route;
    bool dead_destination, failures;
    struct delivery_sums all, *packages, *sites, *dps;
    GArray *missing; /* struct missing, as they came */
    /* private */
    struct paths_adding *paths;
    GHashTable *routes, *missing_index;
    guint last_missing; /* number of the one that was noted last, + 1 */
};

struct digest *digest_new(const struct collector *collector);
void digest_free(struct digest *digest);

/* A transfer that has ended, or as it is when the run has: in the order of creation, or of their ends. */
void digest_add_transfer(struct digest *digest, const struct transfer_row *row, double until_s);
void digest_add_attempt(struct digest *digest, enum transfer_kind kind, const char *outcome);
static inline bool digest_wants_event(enum status_id id)
{
    return id == EVENT_COMPRESSED || id == EVENT_DESPOOLING_STARTED;
}
void digest_add_event(struct digest *digest, enum status_id id, const char *site);
/* A delivery that has ended, or as it is when the run has. cause_s: looked at if it was delivered. */
void digest_add_delivery(struct digest *digest, const struct delivery_fact *fact, double bytes, const double *cause_s);
/* What transfers did, path by path: once, when all have been added. */
GArray *digest_paths(struct digest *digest);

static inline double digest_longest_s(const struct digest *digest, int32_t site, enum transfer_kind kind)
{
    return digest->longest_s[N_TRANSFER_KINDS * site + (int)kind];
}

#endif
