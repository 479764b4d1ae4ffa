#include "models/partition.h"

#include <math.h>

#include "models/limiter.h"

/* Sites and, behind the last one, all that is not to be on its own. */
struct unions {
    const struct scenario *scenario;
    uint32_t rest;    /* that last one */
    uint32_t *parent; /* disjoint sets (R. E. Tarjan, J. ACM 22, 1975) */
    uint32_t *depth;  /* of locations */
    /* Who uses what first, + 1; 0: nobody does. */
    uint32_t *up, *down;  /* access links, by location */
    uint32_t *out, *disk; /* of site servers */
};

static uint32_t find(struct unions *u, uint32_t i)
{
    while (u->parent[i] != i)
        i = u->parent[i] = u->parent[u->parent[i]];
    return i;
}

static void unite(struct unions *u, uint32_t a, uint32_t b)
{
    a = find(u, a);
    b = find(u, b);
    u->parent[MIN(a, b)] = MAX(a, b); /* the rest stays on top */
}

static void use(struct unions *u, uint32_t *user, uint32_t who)
{
    if (*user)
        unite(u, *user - 1, who);
    else
        *user = who + 1;
}

static uint32_t depth_of(struct unions *u, int32_t location)
{
    int32_t parent = scenario_location(u->scenario, location)->parent;
    if (parent >= 0 && !u->depth[location])
        u->depth[location] = 1 + depth_of(u, parent);
    return u->depth[location];
}

/* All access links between two locations (N1). Whether any has a limit. */
static bool use_way(struct unions *u, int32_t from, int32_t to, uint32_t who)
{
    bool limited = false;
    while (from != to)
        if (depth_of(u, from) >= depth_of(u, to)) {
            use(u, &u->up[from], who);
            limited |= !isinf(scenario_location(u->scenario, from)->up_bytes_per_s);
            from = scenario_location(u->scenario, from)->parent;
        } else {
            use(u, &u->down[to], who);
            limited |= !isinf(scenario_location(u->scenario, to)->down_bytes_per_s);
            to = scenario_location(u->scenario, to)->parent;
        }
    return limited;
}

static int32_t location_of(const struct scenario *scenario, const struct dp_spec *dp)
{
    return dp->location >= 0 ? dp->location : scenario_site(scenario, dp->site)->location;
}

/* Whatever may lead from the outcome of one thing back to the course of another. */
static bool looks_back(const struct scenario *scenario)
{
    if (scenario->faults && scenario->faults->len)
        return true;
    bool begun = false;
    for (guint i = 0; scenario->actions && i < scenario->actions->len; i++) {
        const struct action_spec *action = &g_array_index(scenario->actions, struct action_spec, i);
        bool preload = action->what == ACTION_PRELOAD;
        if (!preload && action->what != ACTION_CREATE && action->what != ACTION_DISTRIBUTE)
            return true;
        if (preload && (begun || action->at_s > 0)) /* among what is on its way */
            return true;
        begun |= !preload;
    }
    return false;
}

/* Sites that send to others; and those that are told of things at the very instant, among whatever else happens then.
 */
static void unite_senders(struct unions *u)
{
    const struct scenario *s = u->scenario;
    for (guint i = 0; i < s->sites->len; i++) {
        const struct site_spec *site = scenario_site(s, (int32_t)i);
        unite(u, site->parent < 0 ? i : (uint32_t)site->parent, u->rest);
        if (site->notification_delay_s <= 0)
            unite(u, i, u->rest);
    }
    for (guint i = 0; s->packages && i < s->packages->len; i++)
        unite(u, (uint32_t)scenario_package(s, i)->source_site, u->rest);
    for (guint i = 0; s->routes && i < s->routes->len; i++) {
        const struct route_spec *route = &g_array_index(s->routes, struct route_spec, i);
        if (scenario_site(s, route->from)->parent != route->to)
            unite(u, (uint32_t)route->from, u->rest);
    }
}

static void use_connection(struct unions *u, int32_t from, int32_t to)
{
    if (find(u, (uint32_t)from) != u->rest)
        return; /* it never sends */
    const struct site_spec *sends = scenario_site(u->scenario, from), *receives = scenario_site(u->scenario, to);
    bool limited = use_way(u, sends->location, receives->location, u->rest);
    limited |= !isinf(sends->interface_bytes_per_s) || !isinf(receives->interface_bytes_per_s);
    use(u, &u->disk[from], u->rest);
    use(u, &u->out[from], u->rest);
    if (!isinf(receives->disk_bytes_per_s))
        use(u, &u->disk[to], u->rest);
    if (!limited) /* what takes no time comes among what else happens at the instant */
        unite(u, (uint32_t)to, u->rest);
}

static void use_connections(struct unions *u)
{
    const struct scenario *s = u->scenario;
    for (guint i = 0; i < s->sites->len; i++) {
        int32_t parent = scenario_site(s, (int32_t)i)->parent;
        if (parent < 0)
            continue;
        use_connection(u, parent, (int32_t)i);
        use_connection(u, (int32_t)i, parent);
    }
    for (guint i = 0; s->routes && i < s->routes->len; i++) {
        const struct route_spec *route = &g_array_index(s->routes, struct route_spec, i);
        use_connection(u, route->from, route->to);
    }
}

/* What others use of an access link changes with the clock, and whoever has a rate limit is told of it. */
static bool use_calendars(struct unions *u)
{
    bool any = false;
    for (guint i = 0; i < u->scenario->locations->len; i++)
        if (scenario_location(u->scenario, (int32_t)i)->background >= 0) {
            use(u, &u->up[i], u->rest);
            use(u, &u->down[i], u->rest);
            any = true;
        }
    return any;
}

static void use_copies(struct unions *u, bool any_calendar)
{
    const struct scenario *s = u->scenario;
    for (guint i = 0; i < s->distribution_points->len; i++) {
        const struct dp_spec *dp = scenario_dp(s, i);
        uint32_t site = (uint32_t)dp->site;
        int32_t to = location_of(s, dp);
        use(u, &u->out[site], site);
        use(u, &u->disk[site], site);
        use_way(u, scenario_site(s, dp->site)->location, to, site);
        if (any_calendar && limits_rate(&dp->limits))
            unite(u, site, u->rest);
        for (guint k = 0; dp->sources && k < dp->sources->len; k++) {
            const struct dp_spec *source =
                scenario_dp(s, (uint32_t)g_array_index(dp->sources, struct pull_source_spec, k).dp);
            unite(u, (uint32_t)source->site, site);
            use_way(u, location_of(s, source), to, site);
        }
    }
}

static void divide(struct partition *partition, const struct scenario *scenario)
{
    uint32_t n_sites = scenario->sites->len, n_locations = scenario->locations->len;
    g_autofree uint32_t *parent = g_new(uint32_t, n_sites + 1), *depth = g_new0(uint32_t, n_locations);
    g_autofree uint32_t *up = g_new0(uint32_t, n_locations), *down = g_new0(uint32_t, n_locations);
    g_autofree uint32_t *out = g_new0(uint32_t, n_sites), *disk = g_new0(uint32_t, n_sites);
    g_autofree uint32_t *number = g_new0(uint32_t, n_sites + 1);
    struct unions u = {scenario, n_sites, parent, depth, up, down, out, disk};
    for (uint32_t i = 0; i <= n_sites; i++)
        parent[i] = i;
    unite_senders(&u);
    use_connections(&u);
    use_copies(&u, use_calendars(&u));
    for (uint32_t i = 0; i < n_sites; i++) {
        uint32_t set = find(&u, i);
        if (set != u.rest && !number[set])
            number[set] = partition->n_parts++;
        partition->of_site[i] = number[set];
    }
    for (uint32_t i = 0; i < n_locations; i++) {
        partition->of_up[i] = up[i] ? number[find(&u, up[i] - 1)] : 0;
        partition->of_down[i] = down[i] ? number[find(&u, down[i] - 1)] : 0;
    }
}

void partition_init(struct partition *partition, const struct scenario *scenario, bool divided)
{
    *partition = (struct partition){.n_parts = 1,
                                    .of_site = g_new0(uint32_t, scenario->sites->len),
                                    .of_up = g_new0(uint32_t, scenario->locations->len),
                                    .of_down = g_new0(uint32_t, scenario->locations->len)};
    if (divided && !looks_back(scenario))
        divide(partition, scenario);
}

void partition_clear(struct partition *partition)
{
    g_free(partition->of_site);
    g_free(partition->of_up);
    g_free(partition->of_down);
    *partition = (struct partition){0};
}
