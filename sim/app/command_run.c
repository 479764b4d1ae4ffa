/* distsim run: simulates a scenario, writes its results, and says what they mean. */
#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "models/expansion.h"
#include "models/hierarchy.h"
#include "sim/app/commands.h"
#include "sim/app/plots.h"
#include "sim/app/results.h"
#include "sim/app/scenario_reader.h"
#include "sim/app/scenario_writer.h"
#include "sim/app/summary.h"
#include "sim/app/tables.h"
#include "sim/app/wall_clock.h"

#ifndef DISTSIM_VERSION
#define DISTSIM_VERSION "unknown"
#endif

enum { WARNINGS_SHOWN = 3 };

struct options {
    char *file, *out;
    char **sets;
    gboolean no_plots, wall_clock, quiet;
};

static volatile sig_atomic_t interrupted;
static struct timespec interrupted_at;

/* The first Ctrl-C ends the run in good order, a later one ends the program. What comes within a second of the first is
 * the same wish: timeout(1), for one, signals the program and then its group. */
static void interrupt(int signal_number)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!interrupted) {
        interrupted = 1;
        interrupted_at = now;
    } else if ((double)(now.tv_sec - interrupted_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - interrupted_at.tv_nsec) >
               1) {
        signal(signal_number, SIG_DFL);
        raise(signal_number); /* when the handler returns */
    }
}

static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt, .sa_flags = SA_RESTART}, before;

    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup(1) */
        sigaction(SIGHUP, &action, NULL);
    signal(SIGCHLD, SIG_DFL); /* who ignores it is not told how gnuplot ended */
}

static int read_options(int argc, char **argv, struct options *options)
{
    g_auto(GStrv) files = NULL;
    const GOptionEntry entries[] = {
        {"out", 'o', 0, G_OPTION_ARG_FILENAME, &options->out, "write the results to DIR (results/NAME)", "DIR"},
        {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &options->sets,
         "change a setting of the scenario; may be repeated", "PATH=VALUE"},
        {"no-plots", 0, 0, G_OPTION_ARG_NONE, &options->no_plots, "draw no pictures", NULL},
        {"wall-clock", 0, 0, G_OPTION_ARG_NONE, &options->wall_clock,
         "also write dates and times of day into the tables", NULL},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &options->quiet, "print neither progress nor summary", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("FILE - simulate a scenario (\"-\": standard input)");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);

    for (int i = 0; i < argc; i++)
        arguments[i] = g_strdup(argv[i]);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context,
        "example: distsim run scenarios/emea.json --set sites.JNB.software_distribution.max_threads_per_package=10\n\n"
        "Results go to results/NAME, NAME being the scenario's: scenario.json, summary.json, run.json, tables\n"
        "(*.csv) and pictures (plots/*.svg); results/README.md documents them.\n\n"
        "Exit codes: 0 fine, 1 something failed (disk, memory), 2 wrong usage or scenario, 3 an objective was missed,\n"
        "130 interrupted: the results are there, marked \"complete\": false.\n");
    g_set_prgname("distsim run");
    if (!g_option_context_parse_strv(context, &arguments, &error)) {
        fprintf(stderr, "distsim run: %s\nTry: distsim run --help\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if (!files || !files[0] || files[1]) {
        fprintf(stderr, "distsim run: give one scenario file\nTry: distsim run --help\n");
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

/* In slices that take a fraction of a second each, so that an interrupt is seen soon. Slices do not change what
 * happens. */
static void simulate(struct sim *sim, const struct scenario *scenario, bool progress)
{
    double slice_s = scenario->until_s / 1000;
    gint64 shown_us = g_get_monotonic_time();

    while (sim_now(sim) < scenario->until_s && !interrupted) {
        gint64 began_us = g_get_monotonic_time();
        double to_s = sim_now(sim) + slice_s;

        sim_run(sim, to_s < scenario->until_s ? to_s : scenario->until_s);
        gint64 now_us = g_get_monotonic_time();
        if (now_us - began_us < 20000)
            slice_s *= 2;
        else if (now_us - began_us > 100000)
            slice_s /= 2;
        if (progress && now_us - shown_us > 200000) {
            show_progress(scenario, sim_now(sim));
            shown_us = now_us;
        }
    }
    if (progress)
        fputs("\r\033[K", stderr);
}

/* ---- what may differ between two equal runs ---- */

struct clock_readings {
    gint64 began_us, read_us, simulated_us, drawn_us;
};

static char *run_json(int argc, char **argv, const struct sim *sim, const struct clock_readings *readings,
                      const GPtrArray *warnings, char **files)
{
    cJSON *root = cJSON_CreateObject(), *words = cJSON_AddArrayToObject(root, "command_line");
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format_iso8601(now), *directory = g_get_current_dir();
    struct utsname machine;
    struct rusage usage;

    cJSON_AddItemToArray(words, cJSON_CreateString("distsim"));
    for (int i = 0; i < argc; i++) {
        g_autofree char *word = g_utf8_make_valid(argv[i], -1);
        cJSON_AddItemToArray(words, cJSON_CreateString(word));
    }
    cJSON_AddStringToObject(root, "directory", directory);
    cJSON_AddStringToObject(root, "date", date);
    if (uname(&machine) == 0) {
        cJSON *o = cJSON_AddObjectToObject(root, "machine");
        cJSON_AddStringToObject(o, "name", machine.nodename);
        cJSON_AddStringToObject(o, "system", machine.sysname);
        cJSON_AddStringToObject(o, "release", machine.release);
        cJSON_AddStringToObject(o, "architecture", machine.machine);
        cJSON_AddNumberToObject(o, "processors", g_get_num_processors());
    }
    cJSON *wall = cJSON_AddObjectToObject(root, "wall_time_s");
    cJSON_AddNumberToObject(wall, "read", (double)(readings->read_us - readings->began_us) / 1e6);
    cJSON_AddNumberToObject(wall, "simulate", (double)(readings->simulated_us - readings->read_us) / 1e6);
    cJSON_AddNumberToObject(wall, "write_and_draw", (double)(readings->drawn_us - readings->simulated_us) / 1e6);
    cJSON_AddNumberToObject(root, "events_fired", (double)sim->n_fired);
    if (getrusage(RUSAGE_SELF, &usage) == 0)
        cJSON_AddNumberToObject(root, "peak_memory_bytes", (double)usage.ru_maxrss * 1024);
    cJSON *warned = cJSON_AddArrayToObject(root, "warnings");
    for (guint i = 0; i < warnings->len; i++)
        cJSON_AddItemToArray(warned, cJSON_CreateString(warnings->pdata[i]));
    cJSON *written = cJSON_AddArrayToObject(root, "files");
    for (char **file = files; *file; file++)
        cJSON_AddItemToArray(written, cJSON_CreateString(*file));

    char *text = cJSON_Print(root), *owned = g_strconcat(text, "\n", NULL);
    cJSON_free(text);
    cJSON_Delete(root);
    return owned;
}

/* ---- the whole ---- */

struct run {
    const struct options *options;
    const struct scenario *scenario;
    struct results *results;
    struct clock_readings readings;
    int argc;
    char **argv;
};

static gboolean write_all(struct run *run, const struct sim *sim, const struct collector *collector,
                          const struct summary *summary, const char *effective, GError **error)
{
    const struct tables_options tables = {.wall_clock = run->options->wall_clock};
    g_autofree char *json = summary_json(summary), *pictures = g_build_filename(run->results->partial, "plots", NULL);
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);

    if (!results_write(run->results, "scenario.json", effective, error) ||
        !tables_write(collector, &tables, run->results->partial, error) ||
        !results_write(run->results, "summary.json", json, error))
        return FALSE;
    if (!run->options->no_plots) {
        const struct plots_options plots = {.limit_s = 60, .stop = &interrupted};

        if (!plots_draw(summary, pictures, &plots, warnings, error))
            return FALSE;
    }
    run->readings.drawn_us = g_get_monotonic_time();
    for (guint i = 0; i < warnings->len; i++)
        fprintf(stderr, "distsim run: %s\n", (const char *)warnings->pdata[i]);

    g_auto(GStrv) files = results_files(run->results);
    g_autofree char *about = run_json(run->argc, run->argv, sim, &run->readings, warnings, files);
    return results_write(run->results, RESULTS_RUN_FILE, about, error);
}

/* The results are in their place when this returns EXIT_CODE_FINE, _MISSED or _INTERRUPTED. */
static int run_scenario(struct run *run, const char *place)
{
    struct expansion *expansion = expansion_new(run->scenario, run->scenario->seed, 0);
    const struct scenario *scenario = &expansion->scenario;
    struct sim *sim = sim_new(scenario->seed, 0);
    struct collector *collector = collector_new(scenario, COLLECT_ALL);
    struct hierarchy *hierarchy = hierarchy_new(sim, scenario, &collector->observer);
    g_autofree char *effective = scenario_write(run->scenario);
    g_autoptr(GError) error = NULL;
    uint32_t n_pools, n_links;
    int code;

    const struct hierarchy_pool *pools = hierarchy_pools(hierarchy, &n_pools);
    struct hierarchy_link *const *links = hierarchy_links(hierarchy, &n_links);
    collector_attach(collector, pools, n_pools, links, n_links, sim_now(sim));
    run->readings.read_us = g_get_monotonic_time();
    simulate(sim, scenario, !run->options->quiet && isatty(STDERR_FILENO));
    bool complete = sim_now(sim) >= scenario->until_s;
    hierarchy_report_open(hierarchy);
    collector_end(collector, sim_now(sim));
    run->readings.simulated_us = g_get_monotonic_time();

    struct summary *summary = summary_new(collector, effective, DISTSIM_VERSION, complete);
    if (!write_all(run, sim, collector, summary, effective, &error)) {
        results_abandon(run->results);
        code = EXIT_CODE_FAILED;
    } else if (!results_commit(run->results, &error)) {
        code = EXIT_CODE_FAILED;
    } else {
        g_autofree char *text = summary_text(summary, place);
        code = !complete || interrupted ? EXIT_CODE_INTERRUPTED : summary->n_missed ? EXIT_CODE_MISSED : EXIT_CODE_FINE;
        if (!run->options->quiet && (fputs(text, stdout) < 0 || fflush(stdout) != 0)) {
            fprintf(stderr, "distsim run: the summary could not be printed: %s\n", g_strerror(errno));
            if (code != EXIT_CODE_INTERRUPTED) /* by its terminal, which has gone */
                code = EXIT_CODE_FAILED;
        }
    }
    if (error)
        fprintf(stderr, "distsim run: %s\n", error->message);
    summary_free(summary);
    hierarchy_free(hierarchy);
    sim_free(sim);
    collector_free(collector);
    expansion_free(expansion);
    return code;
}

/* What distsim check tells in full. */
static void print_warnings(const struct mistakes *warnings, const char *file)
{
    g_autofree char *lines = mistakes_lines(warnings, WARNINGS_SHOWN);
    size_t n = mistakes_count(warnings);

    fputs(lines, stderr);
    if (n > WARNINGS_SHOWN)
        fprintf(stderr, "distsim run: and %zu more; distsim check %s tells all\n", n - WARNINGS_SHOWN, file);
}

int command_run(int argc, char **argv)
{
    struct options options = {0};
    struct run run = {.options = &options, .argc = argc, .argv = argv};
    int code = read_options(argc, argv, &options);

    run.readings.began_us = g_get_monotonic_time();
    if (code == EXIT_CODE_FINE) {
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

            if (!options.quiet)
                print_warnings(warnings, options.file);
            run.scenario = scenario;
            catch_interrupts();
            run.results = results_begin(place, &error);
            if (run.results) {
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
