/* The answers of a run: when was what delivered, were the objectives met, where did the time go, and what held it back.
 */
#ifndef APP_SUMMARY_H
#define APP_SUMMARY_H

#include "sim/app/report/assumed.h"
#include "sim/app/report/collector.h"
#include "sim/app/report/digest.h"
#include "sim/app/report/objective.h"

/* A distribution of times, in s. All but n are NaN when n is 0. */
struct spread {
    guint n;
    double mean_s, min_s, p50_s, p90_s, p95_s, p99_s, max_s;
};

/* Sorts times, none of them negative or NaN. */
void sort_times(double *values, size_t n);
/* Sorts the values. Quantiles interpolate between neighbours (gsl_stats_quantile_from_sorted_data). */
struct spread spread_of(double *values, size_t n);

/* Deliveries that have something in common. */
struct tally {
    const char *name;
    guint n, delivered, failed, open, cancelled;
    double first_requested_s, last_on_dp_s; /* NaN: none */
    double total_s;                         /* time.n * time.mean_s */
    double bytes;                           /* NaN: not known, nor are the causes */
    struct spread time;                     /* from the request to the content on the distribution point */
    double cause_s[N_CAUSES];               /* sums over those delivered; they add up to total_s */
};

struct pool_result {
    uint32_t index; /* in collector->pools */
    char *name;     /* "CS1 sender" */
    double capacity;
    double mean_in_use, max_in_use, mean_waiting, max_waiting; /* over the whole run */
    double utilisation;                                        /* mean_in_use / capacity */
    double busy_s, full_s, held_up_s;
    uint64_t n_granted;
    double waited_s, mean_wait_s, longest_wait_s; /* of those that got a thread; longest: NaN where it is not known */
    double line_blocked_s;    /* sender: of the waits, while the threads for the request's destination were all busy */
    const char *most_blocked; /* sender: the destination for which most of that was */
};

struct link_result {
    uint32_t index;                                         /* in collector->links */
    double mean_bytes_per_s, utilisation, busy_utilisation; /* utilisation: NaN without a limit */
    double bound_share; /* of the time that all transfers were moving: held back by this link */
};

/* How long after content was on the distribution points of a site it knew. */
struct status_lag {
    int32_t site;        /* index */
    guint n;             /* deliveries whose content was there */
    guint late, unknown; /* of them: known only STATUS_LATE_S later, or not at the end; not at the end */
    double mean_s, longest_s, waiting_s; /* so far, of those that are not known; of the mean: in line (X4) */
};
enum { STATUS_LATE_S = 600 };
/* More of a site's deliveries are known late than this share of them: worth telling. */
#define STATUS_LATE_SHARE 0.1
static inline bool status_lags(const struct status_lag *lag)
{
    return lag->late > STATUS_LATE_SHARE * lag->n;
}

struct advice;

struct summary {
    const struct collector *collector;
    const struct scenario *scenario;
    const char *program_version;
    char *hash; /* SHA-256 of the effective scenario's text */
    bool complete;
    double ended_s;
    enum collector_tables tables; /* what was kept */
    struct tally all;
    GArray *packages, *sites, *dps; /* struct tally; those that deliveries were asked for */
    double last_known_at_site_s, last_known_at_central_s;
    GArray *status;                             /* struct status_lag: sites with deliveries, most of them late first */
    struct kind_totals kinds[N_TRANSFER_KINDS]; /* by enum transfer_kind */
    GArray *pools;                              /* struct pool_result */
    GArray *links;               /* struct link_result; those that carried something, most held back first */
    GArray *paths;               /* struct path_result; most time first */
    GArray *objectives;          /* struct objective_result */
    GArray *assumed;             /* struct assumed */
    GArray *missing;             /* struct missing, most first */
    guint n_missed, n_undecided; /* objectives */
    guint n_without_report;      /* pull jobs */
    double moving_s;             /* of all transfers */
    const struct advice *advice; /* what would help; NULL: not asked */
};

/* Once, when collector_end() has been called; the hierarchy must still be there. effective_text: as of
 * scenario_write(). */
struct summary *summary_new(const struct collector *collector, const char *hash, const char *program_version,
                            bool complete);
void summary_free(struct summary *summary);
/* SHA-256 of the text of scenario_write(); to be freed. */
char *summary_hash(const char *effective_text);

/* summary.json; to be freed. */
char *summary_json(const struct summary *summary);
/* Why what a site knows lags, and which setting changes that; to be freed. */
char *summary_status_words(const struct summary *summary, const struct status_lag *lag);
/* One screen for a terminal. where: the directory of the results; to be freed. */
char *summary_text(const struct summary *summary, const char *where);

#endif
