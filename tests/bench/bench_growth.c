/* Cost of a delivery as hierarchies grow, from 100 to 100,000 distribution points: 20 packages to all of them, of which
 * a 20th are the primaries' own and 19 stand behind each secondary site (8 of them pull), as in scenarios/maximum.json.
 * Each size runs in a process of its own, without rows (--tables summary); reading the scenario is not in the time. A
 * table for tests/bench/growth_deliveries.gp:
 *
 *   build/release/tests/bench/bench_growth | tee growth.txt && gnuplot tests/bench/growth_deliveries.gp */
#include <glib/gstdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/report/summary.h"
#include "sim/app/simulation.h"
#include "tests/bench/bench.h"

enum { PACKAGES = 20, OWN = 250, SECONDARIES = 250, BEHIND = 19 };

static void code_of(char *code, unsigned n)
{
    static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    code[0] = digits[n / 1296 % 36];
    code[1] = digits[n / 36 % 36];
    code[2] = digits[n % 36];
    code[3] = '\0';
}

static char *scenario_of(unsigned n_dps)
{
    GString *sites = g_string_new(NULL), *places = g_string_new(NULL), *dps = g_string_new(NULL);
    unsigned left = n_dps, n_codes = 0;
    char primary[4], code[4];

    while (left) {
        unsigned n = MIN(left, OWN + SECONDARIES * BEHIND), own = n / 20;
        code_of(primary, n_codes++);
        g_string_append_printf(
            places,
            ", {\"name\":\"dc%s\",\"parent\":\"b\",\"up\":\"1 Gbit/s\",\"down\":\"1 Gbit/s\",\"latency\":\"15 ms\"}"
            ", {\"name\":\"o%s{1..%u}\",\"parent\":\"dc%s\",\"up\":\"100 Mbit/s\",\"down\":\"100 Mbit/s\"}",
            primary, primary, own, primary);
        g_string_append_printf(
            sites,
            ", {\"code\":\"%s\",\"type\":\"primary\",\"parent\":\"ZZZ\",\"location\":\"dc%s\",\"interface\":\"10 Gbit/s\"}",
            primary, primary);
        g_string_append_printf(dps, "%s{\"name\":\"%sD{1..%u}\",\"site\":\"%s\",\"location\":\"o%s{1..%u}\"}",
                               dps->len ? ", " : "", primary, own, primary, primary, own);
        for (unsigned rest = n - own; rest;) {
            unsigned here = MIN(rest, BEHIND), pull = here > 11 ? here - 11 : 0;
            code_of(code, n_codes++);
            g_string_append_printf(
                places,
                ", {\"name\":\"c%s\",\"parent\":\"dc%s\",\"up\":\"100 Mbit/s\",\"down\":\"100 Mbit/s\",\"latency\":\"10 ms\"}"
                ", {\"name\":\"s%s{1..%u}\",\"parent\":\"c%s\",\"up\":\"5 Mbit/s\",\"down\":\"20 Mbit/s\",\"latency\":\"8 ms\"}",
                code, primary, code, here, code);
            g_string_append_printf(sites,
                                   ", {\"code\":\"%s\",\"type\":\"secondary\",\"parent\":\"%s\",\"location\":\"c%s\"}",
                                   code, primary, code);
            g_string_append_printf(dps, ", {\"name\":\"%sD{1..%u}\",\"site\":\"%s\",\"location\":\"s%s{1..%u}\"}", code,
                                   here - pull, code, code, here - pull);
            if (pull)
                g_string_append_printf(
                    dps,
                    ", {\"name\":\"%sP{%u..%u}\",\"site\":\"%s\",\"location\":\"s%s{%u..%u}\",\"type\":\"pull\","
                    "\"sources\":[{\"dp\":\"%sD1\"}]}",
                    code, here - pull + 1, here, code, code, here - pull + 1, here, code);
            rest -= here;
        }
        left -= n;
    }
    char *text = g_strdup_printf(
        "{\"name\":\"growth\",\"start\":\"2026-03-09T20:00:00\",\"until\":\"14 d\",\"locations\":[{\"name\":\"b\"}%s],"
        "\"sites\":[{\"code\":\"ZZZ\",\"type\":\"central\",\"location\":\"b\",\"interface\":\"10 Gbit/s\"}%s],\"distribution_points\":[%s],"
        "\"packages\":[{\"id\":\"P{01..%d}\",\"source_site\":\"ZZZ\",\"content\":[{\"files\":\"f{01..%d}\",\"count\":10,\"size\":\"5 MB\"}]}],"
        "\"actions\":[{\"at\":\"0 s\",\"do\":\"distribute\",\"package\":\"*\",\"to\":\"*\"}]}",
        places->str, sites->str, dps->str, PACKAGES, PACKAGES);
    g_string_free(places, TRUE);
    g_string_free(sites, TRUE);
    g_string_free(dps, TRUE);
    return text;
}

static double user_s(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
}

static long peak_kib(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static void run(unsigned n_dps)
{
    g_autofree char *text = scenario_of(n_dps), *path = NULL;
    int file = g_file_open_tmp("growth-XXXXXX.json", &path, NULL);
    struct mistakes *mistakes = mistakes_new();

    if (file < 0 || !g_file_set_contents(path, text, -1, NULL))
        g_error("a file for the scenario cannot be made");
    close(file);
    struct scenario *scenario = scenario_read(path, NULL, mistakes, NULL);
    g_unlink(path);
    if (!scenario)
        g_error("%s", mistakes_text(mistakes));
    double begin_s = user_s(), before = (double)peak_kib();
    struct simulation *simulation = simulation_new(scenario, 0, collector_flags_of(TABLES_SUMMARY));
    simulation_run(simulation, scenario->until_s, NULL, NULL);
    struct summary *summary = summary_new(simulation->collector, "", "", true);
    double n = summary->all.n;
    g_assert(summary->all.delivered == summary->all.n);
    printf("%7u %9.0f %8.2f %9.0f %8.2f\n", n_dps, n, 1e6 * (user_s() - begin_s) / n,
           1024 * ((double)peak_kib() - before) / n, (double)simulation_n_events(simulation) / n);
    fflush(stdout);
    _exit(0); /* nothing needs to be given back */
}

int main(void)
{
    static const unsigned sizes[] = {100, 300, 1000, 3000, 10000, 30000, 100000};

    printf("#   DPs deliveries us/delivery bytes/delivery events/delivery\n");
    for (size_t i = 0; i < (bench_quick() ? 1 : G_N_ELEMENTS(sizes)); i++) {
        int status;
        fflush(stdout);
        pid_t child = fork();
        if (child == 0)
            run(sizes[i]);
        if (child < 0 || waitpid(child, &status, 0) < 0 || status)
            return 1;
    }
    return 0;
}
