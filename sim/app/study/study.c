#include "sim/app/study/study.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <math.h>
#include <pthread.h>
#include <string.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"

/* ---- points ---- */

static void point_free(gpointer of)
{
    struct point *point = of;

    g_ptr_array_unref(point->names);
    g_ptr_array_unref(point->metrics);
    g_ptr_array_unref(point->runs);
    scenario_free(point->scenario);
    g_free(point->label);
    g_free(point->effective);
    g_free(point->hash);
    g_free(point);
}

struct study *study_new(guint n_workers)
{
    struct study *study = g_new0(struct study, 1);

    study->points = g_ptr_array_new_with_free_func(point_free);
    study->n_workers = n_workers ? n_workers : g_get_num_processors();
    return study;
}

void study_free(struct study *study)
{
    if (!study)
        return;
    g_ptr_array_unref(study->points);
    g_strfreev(study->metrics);
    store_close(study->store);
    g_free(study);
}

struct point *study_add(struct study *study, const char *label, const char *file, const char *const *sets,
                        struct mistakes *mistakes)
{
    struct scenario *scenario = scenario_read(file, sets, mistakes, NULL);

    if (!scenario)
        return NULL;
    struct point *point = g_new0(struct point, 1);
    point->label = g_strdup(label);
    point->scenario = scenario;
    point->effective = scenario_write(scenario);
    point->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, point->effective, -1);
    point->metrics = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))metric_free);
    point->names = g_ptr_array_new();
    point->runs = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(study->points, point);
    return point;
}

static bool add_metric(struct point *point, const char *text, char **why)
{
    struct metric *metric = metric_new(text, point->scenario, why);

    if (!metric)
        return false;
    g_ptr_array_add(point->metrics, metric);
    g_ptr_array_add(point->names, metric->text);
    return true;
}

bool study_measure_point(const struct study *study, struct point *point, char **why)
{
    g_auto(GStrv) plain = metric_plain(point->scenario);
    bool sound = true;

    for (guint m = 0; sound && m < study->n_metrics; m++)
        sound = add_metric(point, study->metrics[m], why);
    for (char **text = plain; sound && *text; text++)
        if (!g_strv_contains((const char *const *)study->metrics, *text))
            sound = add_metric(point, *text, why);
    g_ptr_array_add(point->names, NULL);
    return sound;
}

/* What all points have: objectives differ where scenarios do. */
static void add_standard(const struct study *study, GPtrArray *texts)
{
    g_auto(GStrv) first = metric_standard(study_point(study, 0)->scenario);
    g_autofree guint *n_have = g_new0(guint, g_strv_length(first) + 1);

    for (guint i = 0; i < study->points->len; i++) {
        g_auto(GStrv) standard = metric_standard(study_point(study, i)->scenario);
        for (guint m = 0; first[m]; m++)
            n_have[m] += g_strv_contains((const char *const *)standard, first[m]) ? 1 : 0;
    }
    for (guint m = 0; first[m]; m++)
        if (n_have[m] == study->points->len)
            g_ptr_array_add(texts, g_strdup(first[m]));
}

bool study_measure(struct study *study, const char *const *texts, char **why)
{
    GPtrArray *metrics = g_ptr_array_new();

    for (const char *const *text = texts; text && *text; text++)
        if (!g_ptr_array_find_with_equal_func(metrics, *text, g_str_equal, NULL))
            g_ptr_array_add(metrics, g_strdup(*text));
    if (!texts)
        add_standard(study, metrics);
    study->named = texts != NULL;
    study->n_metrics = metrics->len;
    g_ptr_array_add(metrics, NULL);
    study->metrics = (char **)g_ptr_array_free(metrics, FALSE);
    for (guint i = 0; i < study->points->len; i++)
        if (!study_measure_point(study, study_point(study, i), why)) {
            g_autofree char *sentence = i ? g_steal_pointer(why) : NULL;
            if (i) /* those before have it */
                *why = g_strdup_printf("%s: %s", study_point(study, i)->label, sentence);
            return false;
        }
    return true;
}

static bool is_measured(const struct study *study, const char *objective)
{
    g_autofree char *met = g_strconcat("met:", objective, NULL);

    return g_strv_contains((const char *const *)study->metrics, met);
}

char *study_left_out(const struct study *study)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; !study->named && i < study->points->len; i++) {
        const GArray *objectives = study_point(study, i)->scenario->objectives;

        for (guint k = 0; k < objectives->len; k++) {
            char *name = g_array_index(objectives, struct objective_spec, k).name;

            if (is_measured(study, name) || g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                continue;
            g_ptr_array_add(names, name);
            g_string_append_printf(text, "%s\"%s\"", text->len ? ", " : "", name);
        }
    }
    return text->len ? g_strdup(text->str) : NULL;
}

/* Takes over the values. */
static void put_run(struct point *point, uint32_t replication, double *values)
{
    if (replication >= point->runs->len)
        g_ptr_array_set_size(point->runs, (gint)replication + 1);
    g_free(point->runs->pdata[replication]);
    point->runs->pdata[replication] = values;
}

static bool has_run(const struct point *point, uint32_t replication)
{
    return replication < point->runs->len && point->runs->pdata[replication];
}

double *study_values(const struct study *study, guint i, guint metric)
{
    const struct point *point = study_point(study, i);
    double *values = g_new(double, point->n_wanted + 1);

    for (uint32_t r = 0; r < point->n_wanted; r++)
        values[r] = has_run(point, r) ? ((const double *)point->runs->pdata[r])[metric] : NAN;
    return values;
}

static bool is_wanted(const struct study *study, guint i, uint32_t replication)
{
    return replication < study_point(study, i)->n_wanted &&
           slice_has(&study->slice, slice_run_number(study->points->len, i, replication));
}

uint64_t study_n_runs(const struct study *study)
{
    uint64_t n = 0;

    for (guint i = 0; i < study->points->len; i++)
        for (uint32_t r = 0; r < study_point(study, i)->n_wanted; r++)
            n += is_wanted(study, i, r);
    return n;
}

uint64_t study_n_there(const struct study *study)
{
    uint64_t n = 0;

    for (guint i = 0; i < study->points->len; i++)
        for (uint32_t r = 0; r < study_point(study, i)->n_wanted; r++)
            n += is_wanted(study, i, r) && has_run(study_point(study, i), r);
    return n;
}

bool study_starts_together(const struct study *study)
{
    bool together = true;

    for (guint i = 1; together && i < study->points->len; i++)
        together = study_point(study, i)->scenario->start_s == study_point(study, 0)->scenario->start_s;
    return together;
}

bool study_has_chance(const struct study *study)
{
    for (guint i = 0; i < study->points->len; i++)
        if (simulation_has_chance(study_point(study, i)->scenario))
            return true;
    return false;
}

bool study_metric_is_idle(const struct study *study, guint metric)
{
    bool idle = !study->named && !metric_is_yes_or_no(study_metric(study, metric));

    for (guint i = 0; idle && i < study->points->len; i++) {
        g_autofree double *values = study_values(study, i, metric);
        for (uint32_t r = 0; idle && r < study_point(study, i)->n_wanted; r++)
            idle = values[r] == 0 || isnan(values[r]);
    }
    return idle;
}

bool study_complete(const struct study *study)
{
    return study_n_there(study) == study_n_runs(study);
}

/* ---- the store ---- */

struct loading {
    const struct study *study;
    struct point *point;
};

static void load_run(void *ctx, const struct store_run *run)
{
    const struct loading *loading = ctx;

    if (run->whole)
        put_run(loading->point, run->replication, g_memdup2(run->values, loading->study->n_metrics * sizeof(double)));
}

gboolean study_keep_point(const struct study *study, struct point *point, GError **error)
{
    struct loading loading = {study, point};

    return store_point(study->store, point->label, point->hash, point->effective, &point->stored, error) &&
           store_each(study->store, point->stored, (const char *const *)study->metrics, load_run, &loading, error);
}

gboolean study_keep(struct study *study, struct store *store, GError **error)
{
    study->store = store;
    for (guint i = 0; i < study->points->len; i++)
        if (!study_keep_point(study, study_point(study, i), error))
            return FALSE;
    return TRUE;
}

/* ---- runs ---- */

struct run_done {
    uint32_t point, replication;
    uint64_t events;
    double *values; /* NULL: chance made too much of it */
};

/* What workers share: the next run to make, and those that have been made. */
struct shift {
    const struct study *study;
    pthread_mutex_t mutex;
    pthread_cond_t changed;
    GArray *to_do; /* struct run_done, without values */
    guint next;
    GQueue done; /* struct run_done * */
    guint n_at_work;
    bool over; /* nothing more is to be begun */
};

static struct run_done *make_run(const struct study *study, const struct run_done *wanted)
{
    const struct point *point = study_point(study, wanted->point);
    struct simulation *simulation = simulation_new(point->scenario, wanted->replication, METRIC_COLLECTS);
    struct run_done *done = g_memdup2(wanted, sizeof *wanted);

    if (!simulation)
        return done;
    simulation_run(simulation, simulation->scenario->until_s, NULL, NULL);
    done->events = simulation_n_events(simulation);
    done->values = g_new(double, point->metrics->len);
    metrics_measure(point->metrics, simulation->collector, done->values);
    simulation_free(simulation);
    return done;
}

static gpointer work(gpointer ctx)
{
    struct shift *shift = ctx;

    pthread_mutex_lock(&shift->mutex);
    while (!shift->over && !study_stopped(shift->study) && shift->next < shift->to_do->len) {
        const struct run_done *wanted = &g_array_index(shift->to_do, struct run_done, shift->next++);

        pthread_mutex_unlock(&shift->mutex);
        struct run_done *done = make_run(shift->study, wanted);
        pthread_mutex_lock(&shift->mutex);
        g_queue_push_tail(&shift->done, done);
        pthread_cond_signal(&shift->changed);
    }
    shift->n_at_work--;
    pthread_cond_signal(&shift->changed);
    pthread_mutex_unlock(&shift->mutex);
    return NULL;
}

/* The next run that has been made; NULL: all workers have gone home. */
static struct run_done *next_done(struct shift *shift)
{
    struct run_done *done;

    pthread_mutex_lock(&shift->mutex);
    while (!(done = g_queue_pop_head(&shift->done)) && shift->n_at_work)
        pthread_cond_wait(&shift->changed, &shift->mutex);
    pthread_mutex_unlock(&shift->mutex);
    return done;
}

/* FALSE: the store did not take it. */
static gboolean keep_run(struct study *study, struct run_done *done, GError **error)
{
    struct point *point = study_point(study, done->point);
    const struct store_run run = {.replication = done->replication,
                                  .seed = point->scenario->seed,
                                  .events = done->events,
                                  .values = done->values};

    if (study->store && !store_put(study->store, point->stored, (const char *const *)point->names->pdata, &run, error))
        return FALSE;
    put_run(point, done->replication, g_renew(double, g_steal_pointer(&done->values), study->n_metrics + 1));
    study->n_simulated++;
    return TRUE;
}

static void tell_too_large(const struct study *study, const struct run_done *done, GError **error)
{
    g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED,
                "%s: by chance, replication %u has more than %d packages or actions; make its workloads smaller",
                study_point(study, done->point)->label, done->replication, 2 * EXPANSION_MAX);
}

/* In the order of their numbers, replications first, so that what is there after an interrupt can be compared. */
static GArray *runs_to_make(const struct study *study)
{
    GArray *to_do = g_array_new(FALSE, TRUE, sizeof(struct run_done));
    uint32_t most = 0;

    for (guint i = 0; i < study->points->len; i++)
        most = MAX(most, study_point(study, i)->n_wanted);
    for (uint32_t r = 0; r < most; r++)
        for (guint i = 0; i < study->points->len; i++) {
            struct run_done run = {.point = i, .replication = r};

            if (is_wanted(study, i, r) && !has_run(study_point(study, i), r))
                g_array_append_val(to_do, run);
        }
    return to_do;
}

/* What one run has freed is for the next: given back to the system it would come again page by page, and the pages of a
 * process are handed out under one lock. */
static void keep_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

gboolean study_go(struct study *study, GError **error)
{
    struct shift shift = {.study = study, .to_do = runs_to_make(study), .done = G_QUEUE_INIT};
    guint n_workers = MIN(study->n_workers, shift.to_do->len);
    g_autofree GThread **workers = g_new(GThread *, n_workers + 1);
    struct progress progress;
    struct run_done *done;
    GError *first = NULL; /* of what went wrong */
    bool keeps = true;

    keep_memory();
    pthread_mutex_init(&shift.mutex, NULL);
    pthread_cond_init(&shift.changed, NULL);
    progress_begin(&progress, study->progress, shift.to_do->len, n_workers);
    shift.n_at_work = n_workers;
    for (guint i = 0; i < n_workers; i++)
        workers[i] = g_thread_new("worker", work, &shift);
    while ((done = next_done(&shift))) {
        if (!done->values && !first)
            tell_too_large(study, done, &first);
        else if (done->values && keeps && (keeps = keep_run(study, done, first ? NULL : &first)))
            progress_step(&progress);
        if (first) {
            pthread_mutex_lock(&shift.mutex);
            shift.over = true;
            pthread_mutex_unlock(&shift.mutex);
        }
        g_free(done->values);
        g_free(done);
    }
    for (guint i = 0; i < n_workers; i++)
        g_thread_join(workers[i]);
    progress_end(&progress);
    pthread_cond_destroy(&shift.changed);
    pthread_mutex_destroy(&shift.mutex);
    g_array_unref(shift.to_do);
    if (first)
        g_propagate_error(error, first);
    return !first;
}
