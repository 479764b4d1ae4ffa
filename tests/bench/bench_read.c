/* Reading a scenario of 100 MB, side by side with what cJSON alone takes for its text: until the scenario is there,
 * checked as a whole and with its warnings, and until its hierarchy is ready to run. Each in a process of its own, in
 * turn: processor time and peak memory are what the system says of that process.
 *
 * bench_read [N]: N distribution points instead of 125,000. bench_read --write FILE [N]: only writes the scenario. */
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/simulation.h"
#include "tests/bench/bench.h"
#include "tests/bench/large_scenario.h"

enum { ROUNDS = 5 };

static void parse_only(const char *path)
{
    char *text;
    gsize length;

    if (!g_file_get_contents(path, &text, &length, NULL))
        g_error("%s cannot be read", path);
    if (!cJSON_ParseWithLength(text, length))
        g_error("cJSON does not take it");
}

static struct scenario *read_it(const char *path)
{
    struct mistakes *mistakes = mistakes_new(), *warnings = warnings_new();
    struct scenario *scenario = scenario_read(path, NULL, mistakes, warnings);

    if (!scenario)
        g_error("%s", mistakes_text(mistakes));
    return scenario;
}

static void only_read(const char *path)
{
    read_it(path);
}

static void make_ready(const char *path)
{
    if (!simulation_new(read_it(path), 0, COLLECT_DELIVERIES))
        g_error("the hierarchy cannot be built");
}

struct cost {
    double cpu_s, peak_bytes;
};

static struct cost cost_of(void (*work)(const char *path), const char *path)
{
    struct rusage usage;
    int status;
    pid_t child = fork();

    if (child < 0)
        g_error("no process can be made");
    if (child == 0) {
        work(path);
        _exit(0);
    }
    if (wait4(child, &status, 0, &usage) < 0 || status != 0)
        g_error("it failed");
    return (struct cost){(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                             1e-6 * (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec),
                         1024.0 * (double)usage.ru_maxrss};
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*work)(const char *path);
    } contestants[] = {{"cJSON alone", parse_only}, {"scenario", only_read}, {"ready to run", make_ready}};
    bool write = argc > 2 && strcmp(argv[1], "--write") == 0;
    const char *number = argc > (write ? 3 : 1) ? argv[write ? 3 : 1] : NULL;
    unsigned n_dps = number ? (unsigned)atoi(number) : bench_quick() ? 2000 : 125000;
    int rounds = bench_quick() ? 1 : ROUNDS;
    g_autofree char *path = write ? g_strdup(argv[2]) : g_strdup("/tmp/bench_read_XXXXXX");
    int fd = write ? -1 : mkstemp(path);
    FILE *file = write ? fopen(path, "w") : fdopen(fd, "w");
    struct bench_times cpu[3] = {{.n = 0}}, peak[3] = {{.n = 0}};

    if (!file)
        g_error("%s cannot be written", path);
    large_scenario_write(file, n_dps);
    long bytes = ftell(file);
    if (fclose(file) != 0)
        g_error("%s cannot be written", path);
    if (write)
        return 0;
    for (int round = 0; round < rounds; round++) {
        for (int k = 0; k < 3; k++) {
            struct cost cost = cost_of(contestants[k].work, path);
            bench_add(&cpu[k], cost.cpu_s);
            bench_add(&peak[k], cost.peak_bytes);
        }
    }
    unlink(path);
    printf("%u distribution points, %.1f MB:\n", n_dps, 1e-6 * (double)bytes);
    for (int k = 0; k < 3; k++) {
        double cpu_s = bench_median(&cpu[k]), peak_bytes = bench_median(&peak[k]);
        printf("%-14s %7.3f s of the processor (%.3f .. %.3f), %5.2f times cJSON;  peak %5.0f MB, %5.2f times\n",
               contestants[k].name, cpu_s, cpu[k].s[0], cpu[k].s[cpu[k].n - 1], cpu_s / bench_median(&cpu[0]),
               1e-6 * peak_bytes, peak_bytes / bench_median(&peak[0]));
    }
    return 0;
}
