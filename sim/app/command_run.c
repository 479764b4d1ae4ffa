/* distsim run: simulates a scenario, writes its results, and says what they mean. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "sim/app/commands.h"
#include "sim/app/interrupts.h"
#include "sim/app/memory_need.h"
#include "sim/app/options.h"
#include "sim/app/plot/plots.h"
#include "sim/app/provenance.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "sim/app/report/advice.h"
#include "sim/app/report/summary.h"
#include "sim/app/report/tables.h"
#include "sim/app/report/wall_clock.h"
#include "sim/app/results.h"
#include "sim/app/simulation.h"
#include "sim/app/version.h"

enum { WARNINGS_SHOWN = 3 };

struct options {
    char *file, *out;
    char **sets;
    gboolean no_plots, no_advice, wall_clock, quiet, no_memory_check;
    enum collector_tables tables;
};

/* Many runs are a study, with options of its own. */
static bool is_a_study(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (g_str_has_prefix(argv[i], "--replications") || g_str_has_prefix(argv[i], "--precision") ||
            g_str_has_prefix(argv[i], "--shard") || g_str_has_prefix(argv[i], "--runs") ||
            g_str_has_prefix(argv[i], "-n") || g_str_has_prefix(argv[i], "-p") || g_str_has_prefix(argv[i], "-qn") ||
            g_str_has_prefix(argv[i], "-qp"))
            return true;
    return false;
}

static int read_options(int argc, char **argv, struct options *options)
{
    g_auto(GStrv) files = NULL;
    g_autofree char *precision = NULL, *tables = NULL;
    gint replications = 0; /* both only for --help: is_a_study() */
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &options->out, "write the results to DIR (results/NAME)", "DIR"},
        {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->sets,
         "change a setting of the scenario; may be repeated", "PATH=VALUE"},
        {"tables", 't', 0, G_OPTION_ARG_STRING, &tables, "what is kept: all, summary (no tables, no pictures), none",
         "HOW"},
        {"no-plots", 0, 0, G_OPTION_ARG_NONE, &options->no_plots, "draw no pictures", NULL},
        {"no-advice", 0, 0, G_OPTION_ARG_NONE, &options->no_advice, "do not try which settings would help", NULL},
        {"wall-clock", 0, 0, G_OPTION_ARG_NONE, &options->wall_clock,
         "also write dates and times of day into the tables", NULL},
        {"no-memory-check", 0, 0, G_OPTION_ARG_NONE, &options->no_memory_check,
         "begin even if the memory will hardly do", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "print neither progress nor summary", NULL},
        {"replications", 'n', 0, G_OPTION_ARG_INT, &replications,
         "run it N times, under different luck (distsim run -n 1 --help)", "N"},
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &precision, "run until the means are so precise: \"2%\"", "PERCENT"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("FILE - simulate a scenario (\"-\": standard input)");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) arguments = options_arguments(argc, argv, (const GOptionEntry *const[]){entries, NULL});

    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context,
        "example: distsim run scenarios/emea.json \\\n"
        "             --set sites.JNB.software_distribution.max_threads_per_package=10\n\n"
        "Results go to results/NAME, NAME being the scenario's: scenario.json, summary.json, run.json, tables\n"
        "(*.csv) and pictures (plots/*.svg); results/README.md documents them. For millions of deliveries:\n"
        "--tables summary.\n\n"
        "Exit codes: 0 fine, 1 something failed (disk, memory), 2 wrong usage or scenario, 3 an objective was\n"
        "missed, 130 interrupted: the results are there, marked \"complete\": false.\n");
    g_set_prgname("distsim run");
    if (!g_option_context_parse_strv(context, &arguments, &error)) {
        fprintf(stderr, "distsim run: %s\nTry: distsim run --help\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if (!files || !files[0] || files[1]) {
        fprintf(stderr, "distsim run: give one scenario file\nTry: distsim run --help\n");
        return EXIT_CODE_WRONG;
    }
    for (options->tables = TABLES_ALL; tables; options->tables--)
        if (strcmp(tables, collector_tables_names[options->tables]) == 0) {
            break;
        } else if (options->tables == 0) {
            fprintf(stderr, "distsim run: --tables is all, summary or none, not %s\nTry: distsim run --help\n", tables);
            return EXIT_CODE_WRONG;
        }
    options->file = g_strdup(files[0]);
    return EXIT_CODE_FINE;
}

/* ---- the simulation ---- */

static void show_progress(const struct scenario *scenario, double now_s)
{
    char text[WALL_CLOCK_SIZE];

    wall_clock_short(text, scenario, now_s);
    fprintf(stderr, "\r%s: %s (%.0f %%) \033[K", scenario->name, text, 100 * now_s / scenario->until_s);
}

struct watch {
    bool shows;
    gint64 shown_us;
};

static bool goes_on(void *ctx, const struct simulation *simulation)
{
    struct watch *watch = ctx;
    gint64 now_us = g_get_monotonic_time();

    if (watch->shows && now_us - watch->shown_us > 200000) {
        show_progress(simulation->scenario, simulation_now(simulation));
        watch->shown_us = now_us;
    }
    return !*interrupts_seen;
}

/* Whether it came to its end. */
static bool simulate(struct simulation *simulation, bool shows_progress)
{
    struct watch watch = {shows_progress, g_get_monotonic_time()};
    bool complete = simulation_run(simulation, simulation->scenario->until_s, goes_on, &watch);

    if (shows_progress)
        fputs("\r\033[K", stderr);
    return complete;
}

/* ---- what may differ between two equal runs ---- */

struct clock_readings {
    gint64 began_us, read_us, simulated_us, advised_us, drawn_us;
};

static char *run_json(int argc, char **argv, uint64_t n_events, const struct clock_readings *readings,
                      const GPtrArray *warnings, char **files)
{
    cJSON *root = provenance_new(argc, argv);
    cJSON *wall = cJSON_AddObjectToObject(root, "wall_time_s");

    cJSON_AddNumberToObject(wall, "read", (double)(readings->read_us - readings->began_us) / 1e6);
    cJSON_AddNumberToObject(wall, "simulate", (double)(readings->simulated_us - readings->read_us) / 1e6);
    cJSON_AddNumberToObject(wall, "advise", (double)(readings->advised_us - readings->simulated_us) / 1e6);
    cJSON_AddNumberToObject(wall, "write_and_draw", (double)(readings->drawn_us - readings->advised_us) / 1e6);
    cJSON_AddNumberToObject(root, "events_fired", (double)n_events);
    return provenance_text(root, warnings, files);
}

/* ---- the whole ---- */

struct run {
    const struct options *options;
    struct scenario *scenario;       /* advice changes its settings and restores them */
    const struct mistakes *warnings; /* of the scenario */
    struct results *results;
    struct clock_readings readings;
    int argc;
    char **argv;
};

/* All that there is of the scenario's, printed or not, and then those of this run. */
static GPtrArray *warnings_of(const struct run *run)
{
    GPtrArray *warnings = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = mistakes_lines(run->warnings, SIZE_MAX);
    char *more = mistakes_more(run->warnings);

    for (char **line = lines; *line; line++)
        g_ptr_array_add(warnings, g_strdup(*line));
    if (more)
        g_ptr_array_add(warnings, more);
    return warnings;
}

static gboolean write_all(struct run *run, const struct simulation *simulation, const struct summary *summary,
                          GError **error)
{
    const struct tables_options tables = {.wall_clock = run->options->wall_clock};
    g_autofree char *json = summary_json(summary), *pictures = g_build_filename(run->results->partial, "plots", NULL);
    g_autoptr(GPtrArray) warnings = warnings_of(run);
    guint n_of_scenario = warnings->len;

    if (!tables_write(simulation->collector, &tables, run->results->partial, error) ||
        !results_write(run->results, "summary.json", json, error))
        return FALSE;
    if (!run->options->no_plots && run->options->tables == TABLES_ALL) {
        const struct plots_options plots = {.limit_s = 60, .stop = interrupts_seen, .explains = !run->options->quiet};

        if (!plots_draw(summary, pictures, &plots, warnings, error))
            return FALSE;
    }
    run->readings.drawn_us = g_get_monotonic_time();
    for (guint i = n_of_scenario; i < warnings->len; i++)
        fprintf(stderr, "distsim run: %s\n", (const char *)warnings->pdata[i]);

    g_auto(GStrv) files = results_files(run->results);
    g_autofree char *about =
        run_json(run->argc, run->argv, simulation_n_events(simulation), &run->readings, warnings, files);
    return results_write(run->results, RESULTS_RUN_FILE, about, error);
}

/* The effective scenario, before anything else: its text may be long. Returns its hash; NULL: it could not be written.
 */
static char *write_scenario(const struct run *run, GError **error)
{
    g_autofree char *effective = scenario_write(run->scenario);

    if (!results_write(run->results, "scenario.json", effective, error))
        return NULL;
    return summary_hash(effective);
}

/* The results are in their place when this returns EXIT_CODE_FINE, _MISSED or _INTERRUPTED. */
static int run_scenario(struct run *run, const char *place)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *hash = write_scenario(run, &error);
    int code;

    if (!hash) {
        fprintf(stderr, "distsim run: %s\n", error->message);
        results_abandon(run->results);
        return EXIT_CODE_FAILED;
    }
    struct simulation *simulation = simulation_new(run->scenario, 0, collector_flags_of(run->options->tables));
    run->readings.read_us = g_get_monotonic_time();
    bool complete = simulate(simulation, !run->options->quiet && isatty(STDERR_FILENO));
    run->readings.simulated_us = g_get_monotonic_time();

    struct summary *summary = summary_new(simulation->collector, hash, program_version, complete);
    struct advice *advice = NULL;
    if (complete && !run->options->no_advice && run->options->tables == TABLES_ALL) {
        bool shows = !run->options->quiet && isatty(STDERR_FILENO);
        if (shows)
            fprintf(stderr, "\r%s: trying what would help \033[K", run->scenario->name);
        summary->advice = advice = advice_new(simulation, run->scenario, ADVICE_TRIALS, interrupts_seen);
        if (shows)
            fputs("\r\033[K", stderr);
    }
    run->readings.advised_us = g_get_monotonic_time();
    if (!write_all(run, simulation, summary, &error)) {
        results_abandon(run->results);
        code = EXIT_CODE_FAILED;
    } else if (!results_commit(run->results, &error)) {
        code = EXIT_CODE_FAILED;
    } else {
        g_autofree char *text = summary_text(summary, place);
        code = !complete || *interrupts_seen ? EXIT_CODE_INTERRUPTED
               : summary->n_missed           ? EXIT_CODE_MISSED
                                             : EXIT_CODE_FINE;
        if (!run->options->quiet && (fputs(text, stdout) < 0 || fflush(stdout) != 0)) {
            fprintf(stderr, "distsim run: the summary could not be printed: %s\n", g_strerror(errno));
            if (code != EXIT_CODE_INTERRUPTED) /* by its terminal, which has gone */
                code = EXIT_CODE_FAILED;
        }
    }
    if (error)
        fprintf(stderr, "distsim run: %s\n", error->message);
    summary_free(summary);
    advice_free(advice);
    simulation_free(simulation);
    return code;
}

/* What distsim check tells in full. */
static void print_warnings(const struct mistakes *warnings, const char *file)
{
    g_auto(GStrv) lines = mistakes_lines(warnings, WARNINGS_SHOWN);
    size_t n = mistakes_count(warnings);

    for (char **line = lines; *line; line++)
        fprintf(stderr, "%s\n", *line);
    if (n > WARNINGS_SHOWN)
        fprintf(stderr, "distsim run: and %zu more; distsim check %s tells all\n", n - WARNINGS_SHOWN, file);
}

int command_run(int argc, char **argv)
{
    struct options options = {0};
    struct run run = {.options = &options, .argc = argc, .argv = argv};

    if (is_a_study(argc, argv))
        return command_replicate(argc, argv);
    int code = read_options(argc, argv, &options);

    run.readings.began_us = g_get_monotonic_time();
    if (code == EXIT_CODE_FINE) {
        interrupts_end();
        struct mistakes *mistakes = mistakes_new(), *warnings = warnings_new();
        struct scenario *scenario = scenario_read(options.file, (const char *const *)options.sets, mistakes, warnings);

        if (!scenario) {
            g_autofree char *text = mistakes_text(mistakes);
            fputs(text, stderr);
            code = EXIT_CODE_WRONG;
        } else {
            g_autofree char *place =
                options.out ? g_strdup(options.out) : g_build_filename("results", scenario->name, NULL);
            g_autoptr(GError) error = NULL;

            g_autofree char *too_much = options.no_memory_check ? NULL : memory_refusal(scenario, options.tables);

            if (!options.quiet)
                print_warnings(warnings, options.file);
            run.scenario = scenario;
            run.warnings = warnings;
            interrupts_catch();
            run.results = too_much ? NULL : results_begin(place, &error);
            if (too_much) {
                fprintf(stderr, "distsim run: %s\n", too_much);
                code = EXIT_CODE_FAILED;
            } else if (run.results) {
                code = run_scenario(&run, place);
            } else {
                fprintf(stderr, "distsim run: %s\n", error->message);
                code = error->domain == RESULTS_ERROR ? EXIT_CODE_WRONG : EXIT_CODE_FAILED;
            }
        }
        scenario_free(scenario);
        mistakes_free(mistakes);
        mistakes_free(warnings);
    }
    g_free(options.file);
    g_free(options.out);
    g_strfreev(options.sets);
    return code;
}
