#include "models/routing.h"

bool route_may_lead(const struct site_spec *sites, int32_t from, int32_t to)
{
    if (sites[from].parent == to || sites[to].parent == from)
        return true;
    return from != to && sites[from].type == SITE_SECONDARY && sites[to].type == SITE_SECONDARY;
}

void routing_init(struct routing *routing, const struct scenario *scenario)
{
    *routing = (struct routing){scenario, g_new0(GArray *, scenario->sites->len)};
    for (guint i = 0; scenario->routes && i < scenario->routes->len; i++) {
        const struct route_spec *route = &g_array_index(scenario->routes, struct route_spec, i);
        if (scenario_site(scenario, route->from)->type != SITE_SECONDARY ||
            scenario_site(scenario, route->to)->type != SITE_SECONDARY)
            continue;
        if (!routing->routes_to[route->to])
            routing->routes_to[route->to] = g_array_new(FALSE, FALSE, sizeof(int32_t));
        g_array_append_val(routing->routes_to[route->to], route->from);
    }
}

void routing_clear(struct routing *routing)
{
    for (guint i = 0; routing->routes_to && i < routing->scenario->sites->len; i++)
        g_clear_pointer(&routing->routes_to[i], g_array_unref);
    g_clear_pointer(&routing->routes_to, g_free);
}

static int32_t parent_of(const struct routing *routing, int32_t site)
{
    return scenario_site(routing->scenario, site)->parent;
}

/* The secondary site with a route to this one that its content is to come by; -1: there is none. */
static int32_t tier_above(const struct routing *routing, int32_t site, int32_t source)
{
    const GArray *routes = routing->routes_to[site];
    int32_t parent = parent_of(routing, site), first = -1;
    bool near = source == parent || parent_of(routing, source) == parent;
    for (guint i = 0; routes && i < routes->len; i++) {
        int32_t from = g_array_index(routes, int32_t, i);
        if (from == source)
            return from;
        if (first < 0 && (!near || parent_of(routing, from) == parent))
            first = from;
    }
    return first;
}

/* Routes lead from the site back to itself, and not from the source. */
static bool in_a_circle(const struct routing *routing, int32_t site, int32_t source)
{
    int32_t at = site;
    for (guint n = 0; n < routing->scenario->sites->len; n++) {
        at = tier_above(routing, at, source);
        if (at < 0 || at == source)
            return false;
        if (at == site)
            return true;
    }
    return false; /* into a circle further up */
}

int32_t routing_unused_tier(const struct routing *routing, int32_t site, int32_t source)
{
    int32_t tier = site == source ? -1 : tier_above(routing, site, source);
    return tier >= 0 && in_a_circle(routing, site, source) ? tier : -1;
}

int32_t routing_sender(const struct routing *routing, int32_t site, int32_t source)
{
    int32_t tier = tier_above(routing, site, source);
    if (tier >= 0 && !in_a_circle(routing, site, source))
        return tier;
    for (int32_t at = source; at >= 0; at = parent_of(routing, at))
        if (parent_of(routing, at) == site)
            return at;
    return parent_of(routing, site);
}
