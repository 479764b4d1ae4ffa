/* What happened on each way that content takes: from a site to another, from a site to the distribution points of one
 * location, from a source to those of one location that pull. What the transfers' time went on, and what set the pace
 * of their bytes: measured, not judged. */
#ifndef APP_PATHS_H
#define APP_PATHS_H

#include "sim/app/report/collector.h"

/* Every instant between the creation of a transfer and its end, or the content on the distribution point, is one. */
enum path_time {
    PATH_LINE,     /* in line: those for the same destination that may move at once did so already */
    PATH_THREAD,   /* in line for any thread */
    PATH_CLOSED,   /* in line: the schedule kept it there */
    PATH_SOURCE,   /* of pull jobs: no source has the content */
    PATH_CAPACITY, /* of pull jobs: max_jobs or concurrent_downloads are active */
    PATH_FAILING,  /* tries that reach nobody, and waits between tries */
    PATH_MOVING,
    PATH_ADDING, /* files to the library */
    PATH_OTHER,  /* at the scheduler, threads that start or notify */
    N_PATH_TIMES
};
extern const char *const path_time_names[N_PATH_TIMES];

enum path_pace { PACE_LINK, PACE_WINDOW, PACE_MAX_RATE, PACE_LIMIT, N_PATH_PACES };
extern const char *const path_pace_names[N_PATH_PACES];

/* Where a transfer goes; -1: not that. */
struct path_ends {
    int32_t from_site, from_dp, to_site, to_dp, to_location;
};

/* What every transfer adds to comes first. */
struct path_result {
    guint n;
    enum transfer_kind kind;
    double time_s[N_PATH_TIMES], total_s;   /* summed over the transfers */
    double bytes, pace_bytes[N_PATH_PACES]; /* moved; and while that set the pace */
    double wanted_s;                        /* there was something to send, or being sent */
    const char *one_at_a_time;              /* "rate limit", ...: why only one moves at a time; NULL: more may */
    const char *from,
        *to;           /* site codes; site code and location; of pull jobs source (or, none yet, site) and location */
    int32_t from_site; /* of pull jobs: their distribution points' */
    enum path_time most_time;
    enum path_pace most_pace; /* N_PATH_PACES: nothing holds it back */
    int32_t bound_link;       /* the link that held back most bytes; -1: none did */
    double bound_link_bytes;  /* at least those of the transfers that it held back for most of theirs */
    int32_t tight_link;       /* the one with the least capacity on the way; -1: nothing on it has a limit */
    double window_size_bytes, round_trip_s, cap_bytes_per_s; /* of a connection; INFINITY: no cap */
    double most_active;                                      /* of pull jobs: at once, at any one distribution point */
    int32_t shut_link; /* could carry nothing (a fault, or all is used by others) for shut_s of wanted_s; -1: none */
    double shut_s;
    guint n_paths; /* that are told together, and */
    char *ends;    /* "CS1 to NYC, LON; PS1 to MAN" */
};

/* Transfers that have ended, or are as they were when the run ended, are added one by one, in the order of their
 * creation or in that of their ends; until_s: what has not finished goes on until then. What is made of them: GArray of
 * struct path_result, most time first. paths_end() after collector_end(), while the hierarchy is still there; it frees.
 */
struct paths_adding;
struct paths_adding *paths_begin(const struct collector *collector, GHashTable *routes);
void paths_add(struct paths_adding *adding, const struct transfer_row *row, double until_s);
GArray *paths_end(struct paths_adding *adding);
void paths_abandon(struct paths_adding *adding); /* frees; harmless with NULL */
/* Those of the same kind with the same most_time and most_pace, added up; where they differ in a link or window, -1 and
 * NaN. */
GArray *paths_group(const GArray *paths);
void paths_free(GArray *paths);

/* "82 % waiting for max_concurrent_per_site (3), 17 % moving; held back by link to sao-paulo 99 %": % of the time, then
 * of the bytes; to be freed. */
char *path_sentence(const struct collector *collector, const struct path_result *path);
/* Why a link could carry nothing: "down", "fully used by background", or either. */
const char *path_shut_word(const struct collector *collector, int32_t link);

#endif
