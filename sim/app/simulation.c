#include "sim/app/simulation.h"

#include <math.h>

/* A few hundredths of a second: soon enough for somebody who waits, and too seldom to cost anything. */
enum { EVENTS_BETWEEN_QUESTIONS = 20000 };

bool simulation_has_chance(const struct scenario *scenario)
{
    if (scenario->chances || scenario->workloads->len)
        return true;
    for (guint i = 0; i < scenario->faults->len; i++)
        if (!isnan(g_array_index(scenario->faults, struct fault_spec, i).mean_time_between_s))
            return true;
    return false;
}

struct simulation *simulation_new(const struct scenario *scenario, uint32_t replication, unsigned flags)
{
    struct expansion *expansion = expansion_new(scenario, scenario->seed, replication);
    uint32_t n_pools, n_links;

    if (!expansion)
        return NULL;
    struct simulation *s = g_new0(struct simulation, 1);
    s->replication = replication;
    s->expansion = expansion;
    s->scenario = &expansion->scenario;
    s->sim = sim_new(scenario->seed, replication);
    s->collector = collector_new(s->scenario, flags);
    s->hierarchy = hierarchy_new(s->sim, s->scenario, &s->collector->observer);
    const struct hierarchy_pool *pools = hierarchy_pools(s->hierarchy, &n_pools);
    struct hierarchy_link *const *links = hierarchy_links(s->hierarchy, &n_links);
    s->collector->hierarchy = s->hierarchy;
    collector_attach(s->collector, pools, n_pools, links, n_links, sim_now(s->sim));
    return s;
}

bool simulation_run(struct simulation *s, double until_s,
                    bool (*goes_on)(void *ctx, const struct simulation *simulation), void *ctx)
{
    bool whole;

    struct sim_parts *parts = hierarchy_parts(s->hierarchy);
    while (!(whole = sim_parts_run_at_most(parts, until_s, EVENTS_BETWEEN_QUESTIONS)))
        if (goes_on && !goes_on(ctx, s))
            break;
    sim_parts_meet(parts);
    collector_closes(s->collector);
    hierarchy_report_open(s->hierarchy);
    collector_end(s->collector, sim_now(s->sim));
    return whole;
}

double simulation_now(const struct simulation *s)
{
    return sim_parts_now(hierarchy_parts(s->hierarchy));
}

uint64_t simulation_n_events(const struct simulation *s)
{
    return sim_parts_n_fired(hierarchy_parts(s->hierarchy));
}

void simulation_free(struct simulation *s)
{
    if (!s)
        return;
    hierarchy_free(s->hierarchy);
    sim_free(s->sim);
    collector_free(s->collector);
    expansion_free(s->expansion);
    g_free(s);
}
