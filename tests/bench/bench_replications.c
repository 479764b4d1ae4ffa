/* What a replication of a small scenario costs, as studies make them, on one core: building the hierarchy, running it,
 * and the mean time of a delivery out of what was recorded. tests/bench/peers/distribution.json, which peers can do
 * too, and scenarios/emea_stochastic.json. */
#include "sim/app/read/scenario_reader.h"
#include "sim/app/simulation.h"
#include "sim/app/study/metrics.h"
#include "tests/bench/bench.h"

/* Seconds for n replications; the mean delivery of the last. */
static double replicate(const struct scenario *scenario, const GPtrArray *metrics, uint64_t n, double *answer)
{
    double begin_s = bench_now_s();

    for (uint64_t r = 0; r < n; r++) {
        struct simulation *simulation = simulation_new(scenario, (uint32_t)r, METRIC_COLLECTS);
        simulation_run(simulation, simulation->scenario->until_s, NULL, NULL);
        metrics_measure(metrics, simulation->collector, answer);
        simulation_free(simulation);
    }
    return bench_now_s() - begin_s;
}

static void bench(const char *path, uint64_t n, uint64_t once)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read(path, NULL, mistakes, NULL);
    g_autofree char *why = NULL;
    struct bench_times times = {.n = 0};
    double answer = 0;

    if (!scenario)
        g_error("%s has mistakes: run it from the root of the project\n%s", path, mistakes_text(mistakes));
    g_autoptr(GPtrArray) metrics = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))metric_free);
    g_ptr_array_add(metrics, metric_new("delivery_mean", scenario, &why));
    if (once) {
        double spent_s = replicate(scenario, metrics, once, &answer);
        printf("%.0f %.9f\n", 1e9 * spent_s / (double)once, answer);
    } else {
        for (int round = 0; round < bench_rounds(); round++)
            bench_add(&times, 1e3 * replicate(scenario, metrics, n, &answer) / (double)n);
        double median_ms = bench_median(&times);
        printf("%-40s %8.2f ms a replication (%.2f..%.2f)\n", path, median_ms, times.s[0], times.s[times.n - 1]);
    }
    scenario_free(scenario);
    mistakes_free(mistakes);
}

int main(int argc, char **argv)
{
    uint64_t once = bench_once(argc, argv);

    bench("tests/bench/peers/distribution.json", bench_quick() ? 2 : 200, once);
    if (!once)
        bench("scenarios/emea_stochastic.json", bench_quick() ? 1 : 5, 0);
    return 0;
}
