/* Deliveries per second of scenarios/emea.json: the simulation alone (nobody listens), and with everything recorded.
 * Reading the scenario and writing files are not in the figure. */
#include <math.h>

#include "models/hierarchy.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/report/collector.h"
#include "tests/bench/bench.h"

static double run_s(const struct scenario *scenario, bool record, uint64_t *n_events)
{
    double begin_s = bench_now_s();
    struct sim *sim = sim_new(scenario->seed, 0);
    struct collector *collector = record ? collector_new(scenario, COLLECT_ALL) : NULL;
    struct hierarchy *hierarchy = hierarchy_new(sim, scenario, record ? &collector->observer : &observer_none);
    if (record) {
        uint32_t n_pools, n_links;
        const struct hierarchy_pool *pools = hierarchy_pools(hierarchy, &n_pools);
        struct hierarchy_link *const *links = hierarchy_links(hierarchy, &n_links);
        collector_attach(collector, pools, n_pools, links, n_links, 0);
    }
    sim_run(sim, scenario->until_s);
    *n_events = sim->n_fired;
    hierarchy_free(hierarchy);
    sim_free(sim);
    double took_s = bench_now_s() - begin_s;
    if (record)
        collector_free(collector);
    return took_s;
}

int main(void)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read("scenarios/emea.json", NULL, mistakes, NULL);
    if (!scenario)
        g_error("scenarios/emea.json has mistakes: run it from the root of the project");
    double deliveries = (double)scenario->packages->len * scenario->distribution_points->len;
    static const char *const names[] = {"simulation alone", "with everything recorded"};
    struct bench_times times[2] = {{.n = 0}};
    uint64_t n_events = 0;
    for (int round = 0; round < bench_rounds(); round++)
        for (int record = 0; record < 2; record++)
            bench_add(&times[record], run_s(scenario, record == 1, &n_events));
    for (int record = 0; record < 2; record++) {
        double median_s = bench_median(&times[record]);
        printf("emea.json, %-25s %9.0f deliveries/s (%.0f .. %.0f), %" G_GUINT64_FORMAT " events, %.0f ns each\n",
               names[record], deliveries / median_s, deliveries / times[record].s[times[record].n - 1],
               deliveries / times[record].s[0], n_events, 1e9 * median_s / (double)n_events);
    }
    scenario_free(scenario);
    mistakes_free(mistakes);
    return 0;
}
