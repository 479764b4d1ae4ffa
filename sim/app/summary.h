/* The answers of a run: when was what delivered, were the objectives met, where did the time go, and what held it back.
 */
#ifndef APP_SUMMARY_H
#define APP_SUMMARY_H

#include "sim/app/assumed.h"
#include "sim/app/collector.h"
#include "sim/app/objective.h"

/* A distribution of times, in s. All but n are NaN when n is 0. */
struct spread {
    guint n;
    double mean_s, min_s, p50_s, p90_s, p95_s, p99_s, max_s;
};

/* Sorts the values. Quantiles interpolate between neighbours (gsl_stats_quantile_from_sorted_data). */
struct spread spread_of(double *values, size_t n);

/* Deliveries that have something in common. */
struct tally {
    const char *name;
    guint n, delivered, failed, open, cancelled;
    double first_requested_s, last_on_dp_s; /* NaN: none */
    double bytes;
    struct spread time;       /* from the request to the content on the distribution point */
    double cause_s[N_CAUSES]; /* sums over those delivered; they add up to time.n * time.mean_s */
    double total_s;
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

enum verdict {
    VERDICT_NOTHING_HOLDS, /* neither waits nor a limit worth a word */
    VERDICT_LINK,          /* a link is used up: more threads cannot help */
    VERDICT_PER_SITE,      /* more threads per site would help */
    VERDICT_ALL_SITES,     /* more threads for all sites would help */
    VERDICT_POOL,          /* more threads of the transfer manager would help */
    VERDICT_CONNECTION,    /* threads are free: window or max_rate of each connection holds it back */
    VERDICT_SOURCE,        /* of pull jobs: no source had the content when it was looked for */
    VERDICT_PULL_CAPACITY, /* of pull jobs: max_jobs were active */
    VERDICT_SCHEDULE,      /* mostly closed by its schedule */
    VERDICT_RATE_LIMIT,    /* one at a time, or slowed down, by its rate limit or pulse mode */
    N_VERDICTS
};
extern const char *const verdict_names[N_VERDICTS];

/* What a site sends one way, to another site, or to the distribution points of one location; or what those that pull
 * there fetch from one source. */
struct path_result {
    enum transfer_kind kind;
    const char *from,
        *to;           /* site codes; site code and location; of pull jobs source (or, none yet, site) and location */
    int32_t from_site; /* of pull jobs: their distribution points' */
    guint n;
    double bytes;
    double waiting_s, line_blocked_s, moving_s; /* summed over the transfers */
    double closed_s;                            /* part of waiting_s: the schedule kept it waiting */
    double source_wait_s, capacity_wait_s;      /* of pull jobs, part of waiting_s */
    double most_active;                         /* of pull jobs: at once, at any one distribution point */
    double wanted_s;                            /* there was something to send, or being sent */
    double wanted_until_s;
    double link_bytes, window_bytes, max_rate_bytes; /* moved while that held it back, */
    double limited_bytes;                            /* or a rate limit or pulse mode */
    const char *one_at_a_time; /* which setting allows only one transfer at a time to the last destination that is
                                  limited; NULL: none */
    int32_t bound_link;        /* the one that held back most; -1: none did */
    double bound_link_bytes;
    int32_t tight_link; /* the one with the least capacity on the way; -1: nothing on it has a limit */
    double window_size_bytes, round_trip_s, cap_bytes_per_s; /* of a connection; INFINITY: no cap */
    enum transfer_limit cap_kind;
    enum verdict verdict;
    char *advice; /* the verdict as a sentence */
};

struct kind_totals {
    guint n, done, failed, open, cancelled;
    uint64_t attempts, attempts_failed;
    double bytes_moved, bytes_resent;
    double link_bytes, window_bytes, max_rate_bytes, rate_limit_bytes, pulse_bytes;
    double first_started_s, last_finished_s; /* NaN: none */
};

struct summary {
    const struct collector *collector;
    const struct scenario *scenario;
    const char *program_version;
    char *hash; /* SHA-256 of the effective scenario's text */
    bool complete;
    double ended_s;
    struct tally all;
    GArray *packages, *sites, *dps; /* struct tally; those that deliveries were asked for */
    double last_known_at_site_s, last_known_at_central_s;
    struct kind_totals kinds[N_TRANSFER_KINDS]; /* by enum transfer_kind */
    GArray *pools;                              /* struct pool_result */
    GArray *links;      /* struct link_result; those that carried something, most held back first */
    GArray *paths;      /* struct path_result; most time first */
    GArray *objectives; /* struct objective_result */
    GArray *assumed;    /* struct assumed */
    guint n_missed;     /* objectives */
};

/* When collector_end() has been called; the hierarchy must still be there. effective_text: as of scenario_write(). */
struct summary *summary_new(const struct collector *collector, const char *effective_text, const char *program_version,
                            bool complete);
void summary_free(struct summary *summary);

/* summary.json; to be freed. */
char *summary_json(const struct summary *summary);
/* One screen for a terminal. where: the directory of the results; to be freed. */
char *summary_text(const struct summary *summary, const char *where);

/* "waiting for a package thread (max_packages)" */
const char *summary_cause(enum cause cause);
/* Appends text from the given column on, broken between words so that no line is longer than the screen. */
void summary_wrap(GString *to, size_t used, size_t indent, const char *text);
/* "19 h 42 min", "3 d 4 h", "45 s", "0.3 s"; to be freed. */
char *summary_duration(double duration_s);
/* "23.8 GB", always in powers of 1000, so that columns of them compare; to be freed. */
char *summary_bytes(double bytes);
/* "link to lyon", "interface of PS1, out", ...: what people call a link; to be freed. */
char *summary_link(const struct hierarchy_link *link);
/* "200 Mbit/s", always in bits, as links are sold; to be freed. */
char *summary_rate(double bytes_per_s);

#endif
