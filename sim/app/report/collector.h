/* Turns the news of a run into rows, step functions and statistics: what the result tables, the summary and the
 * pictures are made of, and what a study can use without any file. Every piece of news costs O(1).
 *
 * Names and words in the rows (sites, reasons, outcomes) are not copied: they belong to the scenario or are constants.
 * The hierarchy must outlive what is asked about pools and links. */
#ifndef APP_COLLECTOR_H
#define APP_COLLECTOR_H

#include <glib.h>

#include "models/hierarchy.h"

/* What is kept besides the statistics. */
enum collector_flags {
    COLLECT_TRANSFERS = 1,
    COLLECT_ATTEMPTS = 2,
    COLLECT_DELIVERIES = 4,
    COLLECT_EVENTS = 8,
    COLLECT_STEPS = 16,
    COLLECT_PLACES = 32,  /* at which site deliveries spent their time */
    COLLECT_ALL = 63,     /* what results are made of */
    COLLECT_STORIES = 64, /* what explaining a delivery takes besides */
    COLLECT_DIGEST = 128, /* what the summary says of transfers and deliveries, in sums, without any rows */
};

struct collector;

/* How much a run is to keep (distsim run --tables). */
enum collector_tables { TABLES_NONE, TABLES_SUMMARY, TABLES_ALL, N_COLLECTOR_TABLES };
extern const char *const collector_tables_names[N_COLLECTOR_TABLES]; /* "none", ... */
/* The flags that it takes, and what flags come to. */
unsigned collector_flags_of(enum collector_tables tables);
enum collector_tables collector_tables_of(const struct collector *collector);

struct transfer_row {
    uint64_t id;
    const char *from, *to, *reason;
    uint32_t package, version, attempts;
    uint8_t kind, state, priority; /* enum transfer_kind, transfer_state, priority */
    uint8_t limit_kind;            /* enum transfer_limit */
    int32_t to_dp;                 /* -1: a site, or not known */
    int32_t limit_link;            /* the link that held it back for most of its bytes; -1: no link did */
    uint8_t limit;                 /* enum transfer_limit: what held it back for most of its bytes */
    bool ended;                    /* finished, or seen when the run ended */
    bool again;                    /* all files, also those that are there: redistribute */
    int32_t bound_link;            /* the link that held it back for most of link_bound_bytes; -1: none */
    double bound_link_bytes;
    double bytes, bytes_moved, bytes_resent;
    double link_bound_bytes, window_bytes, max_rate_bytes; /* moved while a link, or one of these, held it back, */
    double limited_bytes;                                  /* or a rate limit or pulse mode: limit_kind */
    double created_s, started_s, finished_s;               /* NaN: not yet */
    double closed_s; /* of the time it waited for a thread: while the schedule of its destination was closed for it */
    double line_blocked_s; /* of the time it waited for a thread: while the threads for its destination were all busy */
    double in_state_s[N_TRANSFER_STATES]; /* adds up to finished_s, or the end of the run, - created_s */
};

struct attempt_row {
    uint64_t transfer;
    uint32_t row; /* of the transfer, in transfers */
    uint32_t attempt, thread;
    const char *outcome;
    double started_s, ended_s, bytes;
};

struct delivery_row {
    uint32_t package, version, dp, site;
    enum delivery_state state;
    bool known;       /* something has been told about this number */
    uint16_t request; /* COLLECT_STORIES: 1, 2, ...: that this version was asked for there, 65535: or later */
    const char *reason;
    const char *failure; /* of an open one: why its last try failed; NULL: it did not, or waits for something else */
    double requested_s, on_dp_s, site_knows_s, central_knows_s; /* NaN: not yet */
    double bytes;
    double cause_s[N_CAUSES]; /* NaN until delivered; with COLLECT_STORIES: up to until_s */
    double until_s; /* when its story ends: on the distribution point, failed, or as far as it has been told */
};

/* What there is to know of a delivery whose row was not kept. */
struct delivery_fact {
    uint32_t package, dp, site;
    enum delivery_state state;
    const char *reason;                                         /* NULL: its row was not kept */
    double requested_s, on_dp_s, site_knows_s, central_knows_s; /* NaN: not yet */
    const char *failure;                                        /* as in its row */
};

struct event_row {
    double time_s;
    const char *site, *object;
    uint32_t package, version, attempt;
    uint16_t id;       /* enum status_id */
    uint8_t component; /* enum component */
};

/* COLLECT_STORIES: a transfer enters a state. */
struct change_row {
    double time_s;
    uint32_t row;  /* of the transfer, in transfers */
    uint8_t state; /* enum transfer_state */
    bool holds;    /* a thread */
    const char *from;
};

/* COLLECT_STORIES: bytes of a transfer on their way, in one try. */
struct motion_row {
    double from_s, to_s;
    double bytes;                          /* of the try */
    double cap_bound_bytes, limited_bytes; /* as of a transfer, of this try; their kinds: enum transfer_limit */
    const char *from;                      /* site; of a download: the source */
    const char *outcome;                   /* of the try */
    uint32_t row;                          /* of the transfer, in transfers */
    uint32_t first_hop, n_hops;            /* in hops: its way */
    uint8_t cap_kind, limit_kind;
};

/* COLLECT_STORIES: a link on the way of a motion. */
struct hop_row {
    int32_t link;       /* in links; -1: nobody was told of it */
    double bound_bytes; /* moved in this motion while the link held it back */
};

/* COLLECT_STORIES: how far a sending had come when a delivery of its content was asked for, or was called off. */
struct progress_row {
    double time_s, bytes;
    uint32_t motion; /* in motions */
};

/* COLLECT_STORIES: a stretch of a delivery's time; those of one delivery follow each other without gap or overlap. */
struct story_row {
    double from_s, to_s;
    double other_s;       /* of it, for the other cause */
    double bytes;         /* of content that is taken in or unpacked; NaN: of other causes */
    uint8_t cause, other; /* enum cause */
    bool on_the_way;      /* from site to site; else at its own site or from there to the distribution point */
    const char *from, *to;
};

/* Step functions, each named by what is measured and an index. */
enum step_metric {
    STEP_POOL_IN_USE,
    STEP_POOL_WAITING,
    STEP_POOL_CLOSED,   /* those of the waiting whose destination's schedule is closed for them; none while there is no
                           step */
    STEP_LINK_RATE,     /* bytes/s */
    STEP_LINK_CAPACITY, /* bytes/s */
    STEP_DELIVERED,     /* index: package; deliveries of all its versions */
    N_STEP_METRICS
};

struct step {
    double time_s, value; /* from time_s on */
    uint32_t index;
    uint32_t metric;
};

/* A link can carry nothing: it is down, or others use all of it. */
struct outage {
    uint32_t link;
    double from_s, to_s; /* to_s: INFINITY while it lasts */
};

struct link_stats {
    double rate_bytes_per_s, capacity_bytes_per_s, since_s;
    double bytes;               /* carried */
    double busy_s;              /* carries something */
    double full_s;              /* carries all it can (to 0.1 %) */
    double capacity_bytes;      /* what it could have carried; INFINITY when it has no limit */
    double busy_capacity_bytes; /* the same while busy */
    double max_bytes_per_s;
    double bound_bytes; /* moved, by transfers that have ended, while this link held them back */
    double bound_s;     /* their part of the time that those transfers were moving, summed */
    guint outage;       /* that lasts, index into outages + 1; 0: none */
};

struct collector {
    struct observer observer; /* for hierarchy_new() */
    const struct scenario *scenario;
    unsigned flags; /* enum collector_flags */
    double ended_s; /* collector_end(); NaN before */

    GArray *transfers;  /* struct transfer_row, as created */
    GArray *attempts;   /* struct attempt_row, as ended */
    GArray *deliveries; /* struct delivery_row, by number */
    GArray *events;     /* struct event_row, as told */
    GArray *steps;      /* struct step, in the order of time, of all step functions */
    GArray *link_stats; /* struct link_stats, by link */
    GArray *n_events;   /* guint, by enum status_id: how often it was told; collector_count() */
    GArray *changes;    /* struct change_row, in the order of time */
    GArray *motions;    /* struct motion_row, in the order of their beginning */
    GArray *hops;       /* struct hop_row */
    GArray *progress;   /* struct progress_row, in the order of time */
    GArray *outages;    /* struct outage, in the order of time */
    /* COLLECT_PLACES, by site and enum cause: where the time of all deliveries but those cancelled was spent, up to the
     * end of each (on the distribution point, failed, or the end of the run). */
    double *places_s, places_total_s;
    guint n_placed;      /* deliveries */
    GHashTable *stories; /* delivery's number -> GArray of struct story_row, of those that wants_story() chose */
    /* Asked when a delivery's story ends, row->until_s being set; NULL: all are kept. It may drop others. */
    bool (*wants_story)(void *ctx, uint64_t number, const struct delivery_row *row);
    void *wants_ctx;

    /* of collector_attach() */
    const struct hierarchy_pool *pools;
    struct hierarchy_link *const *links;
    uint32_t n_pools, n_links;
    const struct hierarchy *hierarchy; /* knows deliveries whose rows are not kept; NULL: all are */

    /* private */
    struct digest **digest;                 /* collector_digest(); NULL there: not yet */
    bool closing;                           /* what is told now is told because the run has ended */
    GArray *row_of_transfer;                /* uint32_t, by id: row + 1 */
    GArray *motion_of;                      /* uint32_t, by row of a transfer: motion whose try lasts + 1; 0: none */
    GArray *step_functions[N_STEP_METRICS]; /* struct step_function, by index */
    GArray *touched;                        /* struct step: the step functions that this instant has touched */
    GHashTable *last_request;               /* package, dp -> number of the delivery that was asked for last + 1 */
    GHashTable *link_index;                 /* struct sim_link * -> index + 1 */
    GHashTable *site_index, *dp_index;      /* code, name -> index + 1 */
    uint32_t *delivered;                    /* by package */
    bool *keeps_steps;                      /* by link */
};

struct collector *collector_new(const struct scenario *scenario, unsigned flags);
void collector_free(struct collector *collector);

/* After hierarchy_new(), before the run: what the indices of pools and links mean, and where they start. */
void collector_attach(struct collector *collector, const struct hierarchy_pool *pools, uint32_t n_pools,
                      struct hierarchy_link *const *links, uint32_t n_links, double now_s);
/* Before hierarchy_report_open(). */
void collector_closes(struct collector *collector);
/* After hierarchy_report_open(): the last value of everything held until now. */
void collector_end(struct collector *collector, double now_s);

/* Deliveries, by number from 0, while the hierarchy is still there. FALSE: nothing is known of it. */
uint32_t collector_n_deliveries(const struct collector *collector);
bool collector_fact(const struct collector *collector, uint32_t number, struct delivery_fact *fact);
/* After collector_end(): what the rows, kept or not, make in sums. NULL: neither they nor sums were asked for. */
struct digest *collector_digest(const struct collector *collector);

/* The story of a delivery, NULL: none was kept. */
GArray *collector_story(const struct collector *collector, uint64_t number);
void collector_drop_story(struct collector *collector, uint64_t number);

/* Indices into the scenario's lists; -1: it is not one, or NULL. */
int32_t collector_site(const struct collector *collector, const char *code);
int32_t collector_dp(const struct collector *collector, const char *name);

/* The time that deliveries spent at a site with this cause. */
static inline double collector_place_s(const struct collector *c, guint site, enum cause cause)
{
    return c->places_s[site * N_CAUSES + (guint)cause];
}

/* How often this was told. */
guint collector_count(const struct collector *collector, enum status_id id);

/* Interfaces and disks of distribution points have statistics but no step functions: there may be thousands of them,
 * and their rates change with every copy. */
bool collector_keeps_steps_of_link(const struct collector *collector, uint32_t link);

static inline const struct transfer_row *collector_transfer(const struct collector *c, guint i)
{
    return &g_array_index(c->transfers, struct transfer_row, i);
}
static inline const struct attempt_row *collector_attempt(const struct collector *c, guint i)
{
    return &g_array_index(c->attempts, struct attempt_row, i);
}
static inline const struct delivery_row *collector_delivery(const struct collector *c, guint i)
{
    return &g_array_index(c->deliveries, struct delivery_row, i);
}
static inline const struct motion_row *collector_motion(const struct collector *c, guint i)
{
    return &g_array_index(c->motions, struct motion_row, i);
}
static inline const struct event_row *collector_event(const struct collector *c, guint i)
{
    return &g_array_index(c->events, struct event_row, i);
}
static inline const struct step *collector_step(const struct collector *c, guint i)
{
    return &g_array_index(c->steps, struct step, i);
}

#endif
