/* What a study has measured, in one SQLite file: a transaction per run, so that whatever kills the program, the runs
 * that were finished are there.
 *
 * Tables: provenance (key, value), commands (json: which have made runs), points (id, label, scenario_hash, scenario),
 * runs (point, replication, seed, events), measures (point, replication, metric, value; NULL: there was nothing to
 * measure). A point is known by its label, and keeps its scenario: it never holds results of another. */
#ifndef APP_STUDY_STORE_H
#define APP_STUDY_STORE_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

#define STORE_ERROR store_error_quark()
GQuark store_error_quark(void);
enum store_error {
    STORE_ERROR_FAILED, /* the disk, or the file is damaged */
    STORE_ERROR_BUSY,   /* another program is writing it */
    STORE_ERROR_OTHER,  /* it is of another scenario, another version of the program, or no store */
};

struct store;

/* Opens the file, or makes it; alone, until it is closed. */
struct store *store_open(const char *path, const char *program_version, GError **error);
/* Opens one that exists, to read it only. */
struct store *store_open_read_only(const char *path, const char *program_version, GError **error);
void store_close(struct store *store);
/* Keys of what is remembered. "program_version" is there from the beginning. */
#define STORE_REPLICATIONS "replications" /* that every point is to have */
#define STORE_METRICS "metrics"           /* that every run is to have, a line each */
#define STORE_SHARDS "shards"             /* into how many the study was divided */
gboolean store_note(struct store *store, const char *key, const char *value, GError **error);
/* A command that makes runs: where and how, as JSON. */
gboolean store_add_command(struct store *store, const char *json, GError **error);
/* What is remembered, to be freed; NULL: nothing. */
char *store_noted(struct store *store, const char *key);

/* The number of the point with this label, which is added when there is none. STORE_ERROR_OTHER: its scenario was
 * another. */
gboolean store_point(struct store *store, const char *label, const char *hash, const char *scenario, int64_t *point,
                     GError **error);

/* Fails when there is none. */
gboolean store_find_point(struct store *store, const char *label, int64_t *point, GError **error);

/* One run; values has as many as metrics, which end with NULL. */
struct store_run {
    uint32_t replication;
    uint64_t seed, events;
    const double *values; /* NaN: there was nothing to measure */
    bool whole;           /* when read: all metrics have been measured; those that were not are NaN as well */
};
gboolean store_put(struct store *store, int64_t point, const char *const *metrics, const struct store_run *run,
                   GError **error);
/* Shows the runs of the point in the order of their replications. */
gboolean store_each(struct store *store, int64_t point, const char *const *metrics,
                    void (*visit)(void *ctx, const struct store_run *run), void *ctx, GError **error);
/* The names of all metrics that any run has, sorted; to be freed. NULL: the store cannot be read. */
char **store_metrics(struct store *store, GError **error);
/* Takes over what the other store has, all or nothing: what both have must be equal. STORE_ERROR_OTHER: the scenario of
 * a point was another; STORE_ERROR_FAILED also: a run has other values. */
gboolean store_take(struct store *store, struct store *other, GError **error);
/* Shows all points. */
gboolean store_each_point(struct store *store,
                          void (*visit)(void *ctx, int64_t point, const char *label, const char *hash,
                                        const char *scenario),
                          void *ctx, GError **error);

#endif
