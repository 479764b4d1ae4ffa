#include "models/change.h"

static uint32_t depth(const struct scenario *scenario, int32_t site)
{
    uint32_t n = 0;
    while ((site = scenario_site(scenario, site)->parent) >= 0)
        n++;
    return n;
}

double replication_s(const struct scenario *scenario, const struct luck *luck, int32_t from, int32_t to,
                     const char *item_format, ...)
{
    double lag_s = 0;
    uint32_t from_depth = depth(scenario, from), to_depth = depth(scenario, to);
    while (from != to) {
        int32_t *lower = from_depth >= to_depth ? &from : &to;
        uint32_t *lower_depth = from_depth >= to_depth ? &from_depth : &to_depth;
        const struct site_spec *site = scenario_site(scenario, *lower);
        va_list arguments;
        va_start(arguments, item_format);
        lag_s += luck_fixed_va(luck, &site->replication_lag_s, site->code, item_format, arguments);
        va_end(arguments);
        *lower = scenario_site(scenario, *lower)->parent;
        (*lower_depth)--;
    }
    return lag_s;
}

double change_reaches_s(const struct change *change, int32_t site)
{
    return change->left_s + replication_s(change->scenario, change->luck, change->origin, site, "%s change %u",
                                          luck_package(change->luck, change->package), change->number);
}
