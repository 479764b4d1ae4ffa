/* Many runs: design points (scenarios that differ in something), each repeated under different luck. Runs go out to
 * workers and come back by point and replication, so that what a study says does not depend on how many workers there
 * were. Replication r of every point has the same luck (common random numbers): it comes from the scenario's seed, r,
 * and the names of who draws.
 *
 * With a store, runs that were finished before are not repeated, and those of now are kept. */
#ifndef APP_STUDY_STUDY_H
#define APP_STUDY_STUDY_H

#include <signal.h>

#include "sim/app/read/mistakes.h"
#include "sim/app/study/metrics.h"
#include "sim/app/study/progress.h"
#include "sim/app/study/slice.h"
#include "sim/app/study/store.h"

struct point {
    char *label; /* "sites.*.sender.max_concurrent_per_site=3", or the scenario's name */
    struct scenario *scenario;
    char *effective, *hash; /* as of scenario_write(), and its SHA-256 */
    GPtrArray *metrics;     /* struct metric *: the study's, of this scenario, and behind them all that are plain: the
                             * store keeps these too, for those who ask for other metrics later */
    GPtrArray *names;       /* their texts, and NULL */
    GPtrArray *runs;        /* double *: by replication, a value per metric of the study; NULL: not yet */
    uint32_t n_wanted;      /* replications */
    int64_t stored;         /* its number in the store */
};

struct study {
    GPtrArray *points; /* struct point * */
    char **metrics;    /* their texts */
    guint n_metrics;
    bool named;          /* somebody has asked for these */
    struct store *store; /* owned; NULL: none */
    struct slice slice;  /* the runs that are to be made here, of those that are wanted */
    guint n_workers;
    const volatile sig_atomic_t *stop; /* not 0: finish what is running, and no more; may be NULL */
    enum progress_kind progress;
    uint64_t n_simulated; /* so far, by this process */
};

/* n_workers 0: as many as there are processors. */
struct study *study_new(guint n_workers);
void study_free(struct study *study);
/* Adds a point: the file with the settings changed. NULL: something was added to mistakes. */
struct point *study_add(struct study *study, const char *label, const char *file, const char *const *sets,
                        struct mistakes *mistakes);
/* What is measured of every run, in all points that there are; once. Texts that stand there twice count once. NULL:
 * metric_standard(), as far as the scenarios of all points have it. FALSE: a sentence to be freed. */
bool study_measure(struct study *study, const char *const *texts, char **why);
/* Objectives that are not in the scenarios of all points, and are not measured therefore: "in 9 s", "by 06:00"; to be
 * freed. NULL: there are none, or metrics were named. */
char *study_left_out(const struct study *study);
/* Takes the store over and loads what it has of the points. */
gboolean study_keep(struct study *study, struct store *store, GError **error);
/* The same of a point that was added later. */
bool study_measure_point(const struct study *study, struct point *point, char **why);
gboolean study_keep_point(const struct study *study, struct point *point, GError **error);
/* Makes the runs that are missing: of each point the replications below n_wanted that are in the slice. FALSE: the
 * store did not take one; or chance made too much of one (G_IO_ERROR), and those that were running are kept. When it
 * was stopped, study_complete() tells. */
gboolean study_go(struct study *study, GError **error);
bool study_complete(const struct study *study);
/* The runs that are to be made here, in all, and how many of them are there. */
uint64_t study_n_runs(const struct study *study);
uint64_t study_n_there(const struct study *study);
/* The first n_wanted values of a metric, to be freed; the runs must be there. */
double *study_values(const struct study *study, guint point, guint metric);

/* Whether all points start at the same moment, so that one clock is everybody's. */
bool study_starts_together(const struct study *study);
/* Whether replications of any point may differ. */
bool study_has_chance(const struct study *study);
/* Whether nothing but 0 was measured, everywhere, and nobody has asked for it: not worth a line on the screen. */
bool study_metric_is_idle(const struct study *study, guint metric);

/* Whether somebody wants it to end. */
static inline bool study_stopped(const struct study *study)
{
    return study->stop && g_atomic_int_get(study->stop); /* a signal sets it, and workers look */
}

static inline struct point *study_point(const struct study *study, guint i)
{
    return study->points->pdata[i];
}
static inline const struct metric_type *study_metric(const struct study *study, guint metric)
{
    return ((const struct metric *)study_point(study, 0)->metrics->pdata[metric])->type;
}

#endif
