#include "sim/app/study/study_command.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/app/interrupts.h"
#include "sim/app/options.h"
#include "sim/app/provenance.h"
#include "sim/app/read/json_text.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "sim/app/study/study_tables.h"
#include "sim/app/version.h"

int study_command_fail(const struct study_command *command, int code, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    fprintf(stderr, "distsim %s: %s\n", command->name, sentence);
    return code;
}

/* ---- options ---- */

static int check_slice(struct study_command *c)
{
    g_autofree char *why = NULL;

    if (c->shard && c->runs)
        return study_command_fail(c, EXIT_CODE_WRONG, "give --shard or --runs, not both");
    if (c->shard && !slice_read_shard(&c->slice, c->shard, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--shard: %s", why);
    if (c->runs && !slice_read_runs(&c->slice, c->runs, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--runs: %s", why);
    return EXIT_CODE_FINE;
}

static int check_options(struct study_command *c)
{
    if (c->samples == STUDY_UNSAID)
        c->samples = 0;
    else if (c->samples < 1)
        return study_command_fail(c, EXIT_CODE_WRONG, "--samples: write a whole number from 1");
    if (!c->files)
        return study_command_fail(c, EXIT_CODE_WRONG, "which scenario?\nTry: distsim %s --help", c->name);
    if (c->varies && !(c->takes & STUDY_VARY))
        return study_command_fail(c, EXIT_CODE_WRONG, "--vary is an option of distsim compare, sweep and sensitivity");
    if (c->files[1] && c->varies)
        return study_command_fail(c, EXIT_CODE_WRONG, "--vary takes one file; give several files, or one and --vary");
    if (c->replications == STUDY_UNSAID)
        c->replications = c->replications_may_come ? 0 : c->default_replications;
    else if (c->replications < 1 || c->replications > 1000000)
        return study_command_fail(c, EXIT_CODE_WRONG, "--replications: write a whole number from 1 to 1000000");
    if (c->workers < 0 || c->workers > 1024)
        return study_command_fail(c, EXIT_CODE_WRONG, "--workers: write a whole number from 1 to 1024");
    if (c->progress && strcmp(c->progress, "json") != 0 && strcmp(c->progress, "none") != 0)
        return study_command_fail(c, EXIT_CODE_WRONG, "--progress: write json or none");
    return check_slice(c);
}

int study_command_read(struct study_command *c)
{
    /* Who writes --vary where it is not taken is told more than that it is unknown. */
    const GOptionEntry vary_entries[] = {
        {"vary", 'v', c->takes & STUDY_VARY ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &c->varies,
         "a setting and the values it takes; may be repeated", "PATH=VALUES"},
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry together_entries[] = {
        {"together", 0, 0, G_OPTION_ARG_NONE, &c->together, "n-th values make a point (else every combination)", NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autofree char *replications =
        c->default_replications
            ? g_strdup_printf("runs of each point, with different luck (%d)", c->default_replications)
            : g_strdup("runs of each point, at most (as many as it takes)");
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &c->sets, "change a setting in all runs; may be repeated",
         "PATH=VALUE"},
        {"replications", 'n', 0, G_OPTION_ARG_INT, &c->replications, replications, "N"},
        {"metric", 'm', 0, G_OPTION_ARG_FILENAME_ARRAY, &c->metrics, "what to measure; may be repeated", "METRIC"},
        {"metrics", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_FILENAME_ARRAY, &c->metrics, NULL, "METRIC"},
        {"workers", 'j', 0, G_OPTION_ARG_INT, &c->workers, "runs at a time (as many as there are processors)", "N"},
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &c->out, "write the results to DIR", "DIR"},
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &c->store_path, "keep the runs in FILE (DIR.study)", "FILE"},
        {"no-plots", 0, c->takes & STUDY_DRAWS ? 0 : G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &c->no_plots,
         "draw no pictures", NULL},
        {"progress", 0, 0, G_OPTION_ARG_STRING, &c->progress, "how to tell of it: json or none", "HOW"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &c->quiet, "print neither progress nor results", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &c->files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    const GOptionEntry part_entries[] = {
        {"shard", 0, 0, G_OPTION_ARG_STRING, &c->shard,
         "make the I-th of N parts only; auto/N: that of a Slurm array task", "I/N"},
        {"runs", 0, 0, G_OPTION_ARG_STRING, &c->runs, "make only these of the study's runs, which are numbered from 0",
         "A..B"},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(c->usage);
    g_autoptr(GError) error = NULL;
    g_autofree char *program = g_strconcat("distsim ", c->name, NULL);
    const GOptionEntry *const tables[] = {vary_entries, together_entries, entries, part_entries, c->own_options, NULL};
    g_auto(GStrv) arguments = options_arguments(c->argc, c->argv, tables);

    c->replications = c->samples = STUDY_UNSAID;
    if (c->own_options)
        g_option_context_add_main_entries(context, c->own_options, NULL);
    g_option_context_add_main_entries(context, vary_entries, NULL);
    if (c->takes & STUDY_TOGETHER)
        g_option_context_add_main_entries(context, together_entries, NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    if (c->takes & STUDY_PARTS)
        g_option_context_add_main_entries(context, part_entries, NULL);
    g_option_context_set_description(context, c->description);
    g_set_prgname(program);
    c->began_us = g_get_monotonic_time();
    c->warnings = g_ptr_array_new_with_free_func(g_free);
    if (!g_option_context_parse_strv(context, &arguments, &error))
        return study_command_fail(c, EXIT_CODE_WRONG, "%s\nTry: distsim %s --help", error->message, c->name);
    return check_options(c);
}

/* ---- points ---- */

static int code_of(const GError *error)
{
    bool users = g_error_matches(error, STORE_ERROR, STORE_ERROR_OTHER) || error->domain == RESULTS_ERROR;

    return users ? EXIT_CODE_WRONG : EXIT_CODE_FAILED;
}

/* When the study has begun: measured and kept as those that were there before. */
static int join(struct study_command *c, struct point *point)
{
    g_autofree char *why = NULL;
    g_autoptr(GError) error = NULL;

    if (c->study->metrics && !study_measure_point(c->study, point, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "%s", why);
    if (c->study->store && !study_keep_point(c->study, point, &error))
        return study_command_fail(c, code_of(error), "%s", error->message);
    return EXIT_CODE_FINE;
}

int study_command_add_point(struct study_command *c, const char *label, const char *file, const char *const *sets)
{
    if (strcmp(file, "-") == 0 && c->has_read_stdin)
        return study_command_fail(c, EXIT_CODE_WRONG, "give a file: standard input can only be read once");
    c->has_read_stdin |= strcmp(file, "-") == 0;
    struct mistakes *mistakes = mistakes_new();
    struct point *point = study_add(c->study, label, file, sets, mistakes);

    if (!point) {
        g_autofree char *text = mistakes_text(mistakes);
        fputs(text, stderr);
    }
    mistakes_free(mistakes);
    return point ? join(c, point) : EXIT_CODE_WRONG;
}

/* The file's name, without .json; where two would be alike, the path. */
static char *label_of_file(const struct study_command *c, const char *file)
{
    g_autofree char *name = g_path_get_basename(json_text_name(file));
    guint n_alike = 0;

    for (char **other = c->files; *other; other++) {
        g_autofree char *other_name = g_path_get_basename(*other);
        n_alike += strcmp(name, other_name) == 0;
    }
    if (n_alike > 1)
        return g_strdup(file);
    if (g_str_has_suffix(name, ".json"))
        name[strlen(name) - strlen(".json")] = '\0';
    return g_steal_pointer(&name);
}

static int add_files(struct study_command *c)
{
    int code = EXIT_CODE_FINE;

    for (char **file = c->files; *file && code == EXIT_CODE_FINE; file++) {
        g_autofree char *label = label_of_file(c, *file);
        code = study_command_add_point(c, label, *file, (const char *const *)c->sets);
    }
    return code;
}

static char *path_of(const char *set)
{
    return g_strndup(set, strcspn(set, "="));
}

static int check_overlaps(const struct study_command *c, const char *const *sets)
{
    guint n_sets = c->sets ? g_strv_length(c->sets) : 0, n = g_strv_length((char **)sets);
    g_autoptr(GArray) overlaps = n > 1 && n > n_sets ? scenario_overlaps(c->files[0], sets) : NULL;

    for (guint i = 0; overlaps && i < overlaps->len; i++) {
        const struct set_overlap *overlap = &g_array_index(overlaps, struct set_overlap, i);
        g_autofree char *first = path_of(sets[overlap->first]), *second = path_of(sets[overlap->second]);

        if (overlap->first >= n_sets)
            return study_command_fail(c, EXIT_CODE_WRONG,
                                      "\"%s\" and \"%s\" both vary %s: the later one would win; vary it once", first,
                                      second, overlap->setting);
        if (overlap->second >= n_sets && overlap->whole)
            return study_command_fail(c, EXIT_CODE_WRONG,
                                      "--set %s has no effect, since \"%s\" is varied; leave one of them out",
                                      sets[overlap->first], second);
    }
    return EXIT_CODE_FINE;
}

/* The effective scenario; NULL: it cannot be read with these settings, which reading it for a point says. */
static char *effective_with(const struct study_command *c, const GPtrArray *sets)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read(c->files[0], (const char *const *)sets->pdata, mistakes, NULL);
    char *effective = scenario ? scenario_write(scenario) : NULL;

    scenario_free(scenario);
    mistakes_free(mistakes);
    return effective;
}

/* Whether the i-th of the first n settings makes a difference: with another in its place, or with NULL none at all. */
static bool makes_a_difference(const struct study_command *c, const char *const *sets, guint n, guint i,
                               const char *other)
{
    g_autoptr(GPtrArray) with = g_ptr_array_new(), without = g_ptr_array_new();

    for (guint k = 0; k < n; k++) {
        g_ptr_array_add(with, (gpointer)sets[k]);
        if (k != i || other)
            g_ptr_array_add(without, (gpointer)(k == i ? other : sets[k]));
    }
    g_ptr_array_add(with, NULL);
    g_ptr_array_add(without, NULL);
    g_autofree char *a = effective_with(c, with), *b = effective_with(c, without);
    return !a || !b || strcmp(a, b) != 0;
}

static int check_defaults(const struct study_command *c, const char *const *sets, const char *const *others)
{
    guint n_sets = c->sets ? g_strv_length(c->sets) : 0, n = g_strv_length((char **)sets);

    for (guint i = 0; i < n && strcmp(c->files[0], "-") != 0; i++) {
        g_autofree char *path = path_of(sets[i]);

        if (!g_str_has_prefix(path, "defaults."))
            continue;
        if (i >= n_sets && strcmp(sets[i], others[i]) != 0 && !makes_a_difference(c, sets, n, i, others[i]))
            return study_command_fail(c, EXIT_CODE_WRONG,
                                      "\"%s\" makes no difference: whatever it is for has a value of its own, by the "
                                      "scenario, a --set or what else is varied; vary that instead, or leave it out",
                                      path);
        if (i < n_sets && !makes_a_difference(c, sets, n, i, NULL) && makes_a_difference(c, sets, n_sets, i, NULL))
            return study_command_fail(c, EXIT_CODE_WRONG,
                                      "--set %s has no effect, since what it is for is varied; leave one of them out",
                                      sets[i]);
    }
    return EXIT_CODE_FINE;
}

int study_command_check_sets(const struct study_command *c, const char *const *sets, const char *const *others)
{
    int code = check_overlaps(c, sets);

    return code == EXIT_CODE_FINE ? check_defaults(c, sets, others) : code;
}

static int add_combinations(struct study_command *c)
{
    g_autofree char *why = NULL;

    const struct design_request request = {
        .varies = (const char *const *)c->varies, .together = c->together, .n_samples = (guint)c->samples};
    c->design = design_new(&request, &why);
    if (!c->design)
        return study_command_fail(c, EXIT_CODE_WRONG, "%s", why);
    g_auto(GStrv) first = design_sets(c->design, 0, (const char *const *)c->sets);
    g_auto(GStrv) last = design_sets(c->design, c->design->n_points - 1, (const char *const *)c->sets);
    int code = study_command_check_sets(c, (const char *const *)first, (const char *const *)last);
    for (guint i = 0; i < c->design->n_points && code == EXIT_CODE_FINE; i++) {
        g_auto(GStrv) sets = design_sets(c->design, i, (const char *const *)c->sets);
        g_autofree char *label = design_short_label(c->design, i);
        code = study_command_add_point(c, label, c->files[0], (const char *const *)sets);
    }
    return code;
}

void study_command_new_study(struct study_command *c)
{
    c->study = study_new((guint)c->workers);
    c->study->stop = interrupts_seen;
    c->study->progress = c->progress ? (strcmp(c->progress, "json") == 0 ? PROGRESS_JSON : PROGRESS_NONE)
                         : !c->quiet && isatty(STDERR_FILENO) ? PROGRESS_LINE
                                                              : PROGRESS_NONE;
}

int study_command_add_points(struct study_command *c)
{
    g_autofree char *why = NULL;

    study_command_new_study(c);
    int code = c->varies ? add_combinations(c) : add_files(c);
    if (code == EXIT_CODE_FINE && !study_measure(c->study, (const char *const *)c->metrics, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "%s", why);
    g_autofree char *left_out = code == EXIT_CODE_FINE && !c->quiet ? study_left_out(c->study) : NULL;
    if (left_out)
        fprintf(stderr, "distsim %s: left out, since not all scenarios have it: objective %s\n", c->name, left_out);
    return code;
}

/* ---- store and results ---- */

bool study_command_is_part(const struct study_command *c)
{
    return c->slice.kind != SLICE_ALL;
}

int study_command_check_runs(const struct study_command *c)
{
    uint64_t last = slice_run_number(c->study->points->len, c->study->points->len - 1, (guint)c->replications - 1);

    if (c->slice.kind != SLICE_RUNS || c->slice.last <= last)
        return EXIT_CODE_FINE;
    return study_command_fail(c, EXIT_CODE_WRONG,
                              "--runs: the study has the runs 0..%" G_GUINT64_FORMAT ": write %" G_GUINT64_FORMAT
                              "..%" G_GUINT64_FORMAT,
                              last, MIN(c->slice.first, last), last);
}

/* The store that a part of the study has to itself. */
static int find_store_of_part(struct study_command *c)
{
    g_autofree char *word = slice_file_word(&c->slice), *parent = g_path_get_dirname(c->out);

    if (c->store_path)
        return EXIT_CODE_FINE;
    c->store_path = g_strdup_printf("%s.%s.study", c->out, word);
    if (g_mkdir_with_parents(parent, 0777) < 0)
        return study_command_fail(c, EXIT_CODE_FAILED, "%s: cannot be made: %s", parent, g_strerror(errno));
    return EXIT_CODE_FINE;
}

static int find_place_for_results(struct study_command *c)
{
    g_autoptr(GError) error = NULL;

    c->results = results_begin(c->out, &error);
    if (!c->results)
        return study_command_fail(c, code_of(error), "%s", error->message);
    if (!c->store_path)
        c->store_path = g_strconcat(c->out, ".study", NULL);
    return EXIT_CODE_FINE;
}

/* What whoever merges wants to know: how much the whole study is. */
static gboolean note_plan(const struct study_command *c, GError **error)
{
    g_autofree char *replications = g_strdup_printf("%d", c->replications);
    g_autofree char *shards = g_strdup_printf("%u", c->slice.n_shards);
    g_autofree char *metrics = g_strjoinv("\n", c->study->metrics);

    return store_note(c->study->store, STORE_REPLICATIONS, replications, error) &&
           store_note(c->study->store, STORE_METRICS, metrics, error) &&
           (c->slice.kind != SLICE_SHARD || store_note(c->study->store, STORE_SHARDS, shards, error));
}

void study_command_settle_replications(struct study_command *c)
{
    if (!study_has_chance(c->study) && c->replications > 1) {
        if (!c->quiet)
            fprintf(stderr, "distsim %s: nothing in %s is left to chance: all replications are alike, one is run\n",
                    c->name, study_point(c->study, 0)->scenario->name);
        c->replications = 1;
    }
    for (guint i = 0; i < c->study->points->len; i++)
        study_point(c->study, i)->n_wanted = (uint32_t)c->replications;
}

int study_command_begin(struct study_command *c)
{
    const char *scenario = study_point(c->study, 0)->scenario->name;
    g_autofree char *name = g_strconcat(scenario, "-", c->name, NULL);
    g_autoptr(GError) error = NULL;
    int code;

    study_command_settle_replications(c);
    if (!c->out)
        c->out = g_build_filename("results", name, NULL);
    c->study->slice = c->slice;
    if ((code = study_command_check_runs(c)) != EXIT_CODE_FINE)
        return code;
    code = study_command_is_part(c) ? find_store_of_part(c) : find_place_for_results(c);
    if (code != EXIT_CODE_FINE)
        return code;
    interrupts_catch();
    struct store *store = store_open(c->store_path, program_version, &error);
    if (!store || !study_keep(c->study, store, &error) || !note_plan(c, &error))
        return study_command_fail(c, code_of(error), "%s", error->message);
    return EXIT_CODE_FINE;
}

/* Not even one of the metrics that were named could be measured, in any run. */
static int check_measured(const struct study_command *c)
{
    const struct study *study = c->study;

    if (!c->metrics || study_command_is_part(c))
        return EXIT_CODE_FINE;
    for (guint m = 0; m < study->n_metrics; m++)
        for (guint i = 0; i < study->points->len; i++) {
            g_autofree double *values = study_values(study, i, m);

            for (uint32_t r = 0; r < study_point(study, i)->n_wanted; r++)
                if (!isnan(values[r]))
                    return EXIT_CODE_FINE;
        }
    return study_command_fail(c, EXIT_CODE_WRONG, "%s could not be measured in any run: %s", study->metrics[0],
                              metric_why_undefined(study_point(study, 0)->metrics->pdata[0]));
}

/* Where runs come from; a command that makes none leaves the store as it is. */
static gboolean note_command(struct study_command *c, GError **error)
{
    if (c->has_noted || study_complete(c->study))
        return TRUE;
    cJSON *about = provenance_new(c->argc, c->argv);
    char *text = cJSON_PrintUnformatted(about);
    c->has_noted = store_add_command(c->study->store, text, error);
    cJSON_free(text);
    cJSON_Delete(about);
    return c->has_noted;
}

int study_command_go(struct study_command *c)
{
    g_autoptr(GError) error = NULL;
    bool fine = note_command(c, &error) && study_go(c->study, &error);
    uint64_t n = study_n_runs(c->study), n_there = study_n_there(c->study);

    if (!fine && error->domain == STORE_ERROR)
        return study_command_fail(c, code_of(error), "%s", error->message);
    if (!fine)
        return study_command_fail(c, code_of(error),
                                  "%s; %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs are kept in %s",
                                  error->message, n_there, n, c->store_path);
    if (n_there < n)
        return study_command_fail(c, EXIT_CODE_INTERRUPTED,
                                  "interrupted: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                                  " runs are kept in %s; the same command goes on from there",
                                  n_there, n, c->store_path);
    if (study_command_is_part(c) && !c->quiet) {
        g_autofree char *words = slice_words(&c->slice);

        printf("%s: %" G_GUINT64_FORMAT " runs, %" G_GUINT64_FORMAT " of them made now\nStore: %s\n", words, n,
               c->study->n_simulated, c->store_path);
    }
    return check_measured(c);
}

int study_command_draw(struct study_command *c,
                       gboolean (*draw)(const void *what, const char *directory, const struct plots_options *options,
                                        GPtrArray *warnings, GError **error),
                       const void *what)
{
    const struct plots_options options = {.limit_s = 60, .stop = interrupts_seen, .explains = !c->quiet};
    g_autofree char *directory = g_build_filename(c->results->partial, "plots", NULL);
    g_autoptr(GError) error = NULL;

    if (c->no_plots)
        return EXIT_CODE_FINE;
    bool shows = c->study->progress == PROGRESS_LINE;
    if (shows) /* some runs may be made again for it */
        fputs("drawing", stderr);
    bool drawn = draw(what, directory, &options, c->warnings, &error);
    if (shows)
        fputs("\r\033[K", stderr);
    if (!drawn)
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    for (guint i = 0; i < c->warnings->len; i++)
        fprintf(stderr, "distsim %s: %s\n", c->name, (const char *)c->warnings->pdata[i]);
    return EXIT_CODE_FINE;
}

cJSON *study_command_summary(const struct study_command *c)
{
    cJSON *root = cJSON_CreateObject(), *program = cJSON_AddObjectToObject(root, "program");

    cJSON_AddStringToObject(program, "name", RESULTS_PROGRAM);
    cJSON_AddStringToObject(program, "version", program_version);
    cJSON_AddStringToObject(root, "study", c->name);
    cJSON *points = cJSON_AddArrayToObject(root, "points");
    for (guint i = 0; i < c->study->points->len; i++) {
        const struct point *point = study_point(c->study, i);
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "label", point->label);
        cJSON_AddStringToObject(object, "scenario_sha256", point->hash);
        cJSON_AddNumberToObject(object, "seed", point->scenario->seed);
        cJSON_AddNumberToObject(object, "replications", point->n_wanted);
        cJSON_AddItemToArray(points, object);
    }
    cJSON *metrics = cJSON_AddArrayToObject(root, "metrics");
    for (guint m = 0; m < c->study->n_metrics; m++) {
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "name", c->study->metrics[m]);
        cJSON_AddStringToObject(object, "unit", metric_unit(study_metric(c->study, m)));
        cJSON_AddStringToObject(object, "meaning", study_metric(c->study, m)->sentence);
        cJSON_AddItemToArray(metrics, object);
    }
    return root;
}

static gboolean write_all(struct study_command *c, const char *summary, GError **error)
{
    cJSON *about = provenance_new(c->argc, c->argv);
    cJSON *wall = cJSON_AddObjectToObject(about, "wall_time_s");

    if (!study_tables_write(c->study, c->design, c->results->partial, error) ||
        !results_write(c->results, "summary.json", summary, error)) {
        cJSON_Delete(about);
        return FALSE;
    }
    cJSON_AddNumberToObject(wall, "all", (double)(g_get_monotonic_time() - c->began_us) / 1e6);
    cJSON_AddNumberToObject(about, "runs_simulated", (double)c->study->n_simulated);
    cJSON_AddNumberToObject(about, "workers", c->study->n_workers);
    g_auto(GStrv) files = results_files(c->results);
    g_autofree char *text = provenance_text(about, c->warnings, files);
    return results_write(c->results, RESULTS_RUN_FILE, text, error);
}

int study_command_finish(struct study_command *c, cJSON *summary)
{
    char *text = cJSON_Print(summary);
    g_autofree char *owned = g_strconcat(text, "\n", NULL);
    g_autoptr(GError) error = NULL;

    cJSON_free(text);
    cJSON_Delete(summary);
    if (!write_all(c, owned, &error) || !results_commit(g_steal_pointer(&c->results), &error))
        return study_command_fail(c, code_of(error), "%s", error->message);
    return EXIT_CODE_FINE;
}

void study_command_end(struct study_command *c)
{
    results_abandon(c->results);
    study_free(c->study);
    design_free(c->design);
    if (c->warnings)
        g_ptr_array_unref(c->warnings);
    g_strfreev(c->files);
    g_strfreev(c->sets);
    g_strfreev(c->varies);
    g_strfreev(c->metrics);
    g_free(c->out);
    g_free(c->store_path);
    g_free(c->progress);
    g_free(c->shard);
    g_free(c->runs);
}
