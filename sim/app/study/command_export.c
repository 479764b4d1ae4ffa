/* distsim export: the runs of a study's store, whole or not, for other programs. */
#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>

#include "sim/app/commands.h"
#include "sim/app/output.h"
#include "sim/app/results.h"
#include "sim/app/study/store.h"
#include "sim/app/study/study_tables.h"
#include "sim/app/version.h"

struct export
{
    struct store *store;
    char **metrics;
    struct output *csv; /* NULL: JSON is wanted */
    cJSON *points, *runs;
    guint n_points;
    const char *label;
    GError *error; /* the first one */
};

static void put_csv(void *ctx, const struct store_run *run)
{
    struct export *e = ctx;

    output_printf(e->csv, "%u,", e->n_points);
    output_csv_text(e->csv, e->label);
    output_printf(e->csv, ",%u,%" G_GUINT64_FORMAT ",%" G_GUINT64_FORMAT, run->replication, run->seed, run->events);
    for (guint m = 0; e->metrics[m]; m++) {
        output_char(e->csv, ',');
        if (isfinite(run->values[m]))
            output_number(e->csv, run->values[m]);
    }
    output_char(e->csv, '\n');
}

static void put_json(void *ctx, const struct store_run *run)
{
    struct export *e = ctx;
    cJSON *object = cJSON_CreateObject(), *values;

    cJSON_AddNumberToObject(object, "replication", run->replication);
    cJSON_AddNumberToObject(object, "seed", (double)run->seed);
    cJSON_AddNumberToObject(object, "events", (double)run->events);
    values = cJSON_AddObjectToObject(object, "metrics");
    for (guint m = 0; e->metrics[m]; m++)
        study_add_number(values, e->metrics[m], run->values[m]);
    cJSON_AddItemToArray(e->runs, object);
}

static void put_point(void *ctx, int64_t point, const char *label, const char *hash, const char *scenario)
{
    struct export *e = ctx;

    (void)scenario;
    e->label = label;
    if (!e->csv) {
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "label", label);
        cJSON_AddStringToObject(object, "scenario_sha256", hash);
        e->runs = cJSON_AddArrayToObject(object, "runs");
        cJSON_AddItemToArray(e->points, object);
    }
    if (!e->error)
        store_each(e->store, point, (const char *const *)e->metrics, e->csv ? put_csv : put_json, e, &e->error);
    e->n_points++;
}

/* The first thing that went wrong is what is told. */
static gboolean put_points(struct export *e)
{
    GError *error = NULL;
    gboolean fine = store_each_point(e->store, put_point, e, &error);

    if (e->error)
        g_clear_error(&error);
    else
        e->error = error;
    return fine && !e->error;
}

static void write_csv(struct export *e)
{
    e->csv = output_standard();
    output_text(e->csv, "point,label,replication,seed,events");
    for (char **metric = e->metrics; *metric; metric++) {
        output_char(e->csv, ',');
        output_csv_text(e->csv, *metric);
    }
    output_char(e->csv, '\n');
    put_points(e);
    output_close(e->csv, e->error ? NULL : &e->error);
}

static void write_json(struct export *e)
{
    cJSON *root = cJSON_CreateObject(), *program = cJSON_AddObjectToObject(root, "program");

    cJSON_AddStringToObject(program, "name", RESULTS_PROGRAM);
    cJSON_AddStringToObject(program, "version", program_version);
    e->points = cJSON_AddArrayToObject(root, "points");
    if (put_points(e)) {
        char *text = cJSON_Print(root);
        struct output *to = output_standard();

        output_text(to, text);
        output_char(to, '\n');
        output_close(to, &e->error);
        cJSON_free(text);
    }
    cJSON_Delete(root);
}

int command_export(int argc, char **argv)
{
    g_auto(GStrv) files = NULL;
    gboolean json = FALSE;
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &json, "write JSON instead of CSV", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("STORE - print the runs of a study, as CSV or JSON");
    g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);
    struct export e = {0};

    for (int i = 0; i < argc; i++)
        arguments[i] = g_strdup(argv[i]);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context, "example: distsim export results/branch-compare.study >runs.csv\n\n"
                 "All runs that are there, also while some are missing: point, label, replication, seed, events\n"
                 "and a column for each metric that was ever measured (empty: there was nothing to measure).\n\n"
                 "Exit codes: 0 fine, 1 something failed, 2 wrong usage, or no store of this program version.\n");
    g_set_prgname("distsim export");
    if (!g_option_context_parse_strv(context, &arguments, &e.error)) {
        fprintf(stderr, "distsim export: %s\nTry: distsim export --help\n", e.error->message);
        g_error_free(e.error);
        return EXIT_CODE_WRONG;
    }
    if (!files || files[1]) {
        fputs("distsim export: give one store\nTry: distsim export --help\n", stderr);
        return EXIT_CODE_WRONG;
    }
    e.store = store_open_read_only(files[0], program_version, &e.error);
    e.metrics = e.store ? store_metrics(e.store, &e.error) : NULL;
    if (e.metrics)
        (json ? write_json : write_csv)(&e);
    g_strfreev(e.metrics);
    store_close(e.store);
    if (!e.error)
        return EXIT_CODE_FINE;
    bool users = g_error_matches(e.error, STORE_ERROR, STORE_ERROR_OTHER);
    fprintf(stderr, "distsim export: %s\n", e.error->message);
    g_error_free(e.error);
    return users ? EXIT_CODE_WRONG : EXIT_CODE_FAILED;
}
