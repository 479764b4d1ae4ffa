/* Rows per second of the result tables: a run with 80,000 deliveries is kept in memory, and its tables are written to a
 * directory again and again. */
#include <string.h>
#include <sys/resource.h>

#include <glib/gstdio.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/report/tables.h"
#include "sim/app/simulation.h"
#include "tests/bench/bench.h"

static const char *const names[] = {"transfers.csv", "attempts.csv", "deliveries.csv", "events.csv", "timeline.csv"};
static const unsigned flags[] = {COLLECT_TRANSFERS, COLLECT_ATTEMPTS, COLLECT_DELIVERIES, COLLECT_EVENTS,
                                 COLLECT_STEPS};

static double processor_s(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

static size_t rows_in(const char *path, size_t *n_bytes)
{
    g_autofree char *text = NULL;
    gsize length;
    size_t n = 0;

    if (!g_file_get_contents(path, &text, &length, NULL))
        g_error("%s cannot be read", path);
    for (gsize i = 0; i < length; i++)
        n += text[i] == '\n';
    *n_bytes = length;
    return n - 1;
}

int main(void)
{
    g_autofree char *text = g_strdup_printf(
        "{ \"name\": \"tables\", \"start\": \"2026-03-09T08:00:00\", \"until\": \"30 d\", \"locations\": [ { \"name\": "
        "\"hq\" }, { \"name\": \"branch{001..100}\", \"parent\": \"hq\", \"up\": \"10 Mbit/s\", \"down\": \"700 Mbit/s\", "
        "\"latency\": \"3 ms\" } ], \"sites\": [ { \"code\": \"PS1\", \"type\": \"primary\", \"location\": \"hq\", "
        "\"software_distribution\": { \"max_packages\": 10, \"max_threads_per_package\": 50 } } ], "
        "\"distribution_points\": [ { \"name\": \"PS1DP{001..100}-{1..%d}\", \"site\": \"PS1\" } ], "
        "\"packages\": [ { \"id\": \"PKG{00001..00020}\", \"source_site\": \"PS1\", \"content\": [ { \"files\": "
        "\"files{00001..00020}\", \"count\": 7, \"size\": \"1234567 B\" } ] } ], \"actions\": [ { \"at\": \"0 s\", \"do\": "
        "\"distribute\", \"package\": \"*\", \"to\": \"*\" } ] }",
        bench_quick() ? 1 : 40);
    g_autofree char *directory = g_dir_make_tmp("bench_tables_XXXXXX", NULL);
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read_text("tables", text, strlen(text), NULL, mistakes, NULL);
    if (!scenario)
        g_error("%s", mistakes_text(mistakes));
    struct simulation *simulation = simulation_new(scenario, 0, COLLECT_ALL);
    struct bench_times times[G_N_ELEMENTS(names)] = {{.n = 0}};
    double all_s = 0;
    size_t n_all = 0;

    simulation_run(simulation, scenario->until_s, NULL, NULL);
    for (int round = 0; round < bench_rounds(); round++) {
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            struct collector one = *simulation->collector;
            double begin_s = processor_s();

            one.flags = flags[i];
            if (!tables_write(&one, &(struct tables_options){.wall_clock = false}, directory, NULL))
                g_error("the tables cannot be written into %s", directory);
            bench_add(&times[i], processor_s() - begin_s);
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);
        size_t n_bytes, n = rows_in(path, &n_bytes);
        double median_s = bench_median(&times[i]);

        printf("%-15s %7zu rows of %3zu bytes: %6.2f million rows/s (%.2f .. %.2f)\n", names[i], n, n_bytes / n,
               1e-6 * (double)n / median_s, 1e-6 * (double)n / times[i].s[times[i].n - 1],
               1e-6 * (double)n / times[i].s[0]);
        all_s += median_s;
        n_all += n;
        g_unlink(path);
    }
    printf("all             %7zu rows: %.2f million rows/s\n", n_all, 1e-6 * (double)n_all / all_s);
    g_rmdir(directory);
    simulation_free(simulation);
    scenario_free(scenario);
    mistakes_free(mistakes);
    return 0;
}
