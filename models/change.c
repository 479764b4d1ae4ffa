#include "models/change.h"

static uint32_t depth(const struct scenario *scenario, int32_t site)
{
    uint32_t n = 0;
    while ((site = scenario_site(scenario, site)->parent) >= 0)
        n++;
    return n;
}

double replication_s(const struct scenario *scenario, const struct luck *luck, const char *item, int32_t from,
                     int32_t to)
{
    double lag_s = 0;
    uint32_t from_depth = depth(scenario, from), to_depth = depth(scenario, to);
    while (from != to) {
        int32_t *lower = from_depth >= to_depth ? &from : &to;
        uint32_t *lower_depth = from_depth >= to_depth ? &from_depth : &to_depth;
        const struct site_spec *site = scenario_site(scenario, *lower);
        lag_s += luck_fixed(luck, &site->replication_lag_s, site->code, "%s", item);
        *lower = scenario_site(scenario, *lower)->parent;
        (*lower_depth)--;
    }
    return lag_s;
}

double change_reaches_s(const struct change *change, int32_t site)
{
    g_autofree char *item =
        g_strdup_printf("%s change %u", luck_package(change->luck, change->package), change->number);
    return change->left_s + replication_s(change->scenario, change->luck, item, change->origin, site);
}
