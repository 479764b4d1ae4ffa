#include "sim/app/assumed.h"

#include <string.h>

#include "sim/app/units.h"

/* What did something in this run: settings of the rest do not matter to the answer. */
struct activity {
    bool *sender, *transfer_manager, *despooler, *compressor; /* by site */
    bool *dp;
    bool *pull; /* by site: its distribution points pulled */
    bool *route;
    GHashTable *carried; /* names of entities whose links carried something */
    bool latency;        /* some path has one */
    bool dead_destination;
    bool validated; /* some content */
};

/* As people would write it. */
static char *text_of(const struct param_field *field, const char *at)
{
    double number;
    uint32_t whole;

    switch (field->kind) {
    case PARAM_BOOL:
        return g_strdup(*(const bool *)at ? "true" : "false");
    case PARAM_COUNT:
        memcpy(&whole, at, sizeof whole);
        return g_strdup_printf("%u", whole);
    case PARAM_CHOICE:
        memcpy(&whole, at, sizeof whole);
        return g_strndup(field->choices[whole], strcspn(field->choices[whole], "|"));
    default:
        memcpy(&number, at, sizeof number);
        return units_human(field->kind, number);
    }
}

static void assume(GArray *assumed, const char *component, const struct param_field *field, const char *at)
{
    g_autofree char *value = text_of(field, at);

    for (guint i = 0; i < assumed->len; i++) {
        struct assumed *known = &g_array_index(assumed, struct assumed, i);

        if (known->field == field && !strcmp(known->value, value)) {
            known->count++;
            return;
        }
    }
    struct assumed fresh = {.setting = g_strdup_printf("%s.%s", component, field->name),
                            .value = g_steal_pointer(&value),
                            .field = field,
                            .count = 1};
    g_array_append_val(assumed, fresh);
}

/* The settings of one entity, or of one component of a site. */
static void look_for_assumed(GArray *assumed, const struct scenario *scenario, const struct param_table *table,
                             const char *at,
                             bool (*matters)(const struct activity *activity, const char *component,
                                             const char *setting, guint index, const void *entity),
                             const struct activity *activity, guint index, const void *entity)
{
    for (const struct param_field *field = table->fields; field->name; field++) {
        if (field->kind == PARAM_OBJECT)
            look_for_assumed(assumed, scenario, field->table, at + field->offset, matters, activity, index, entity);
        else if (scenario_assumes(scenario, at + field->offset) &&
                 matters(activity, table->name, field->name, index, entity))
            assume(assumed, table->name, field, at + field->offset);
    }
}

static bool matters_at_site(const struct activity *activity, const char *component, const char *setting, guint index,
                            const void *entity)
{
    const struct site_spec *site = entity;

    if (!strcmp(setting, "window") && !activity->latency)
        return false;
    if (!strcmp(component, sender_table.name))
        return activity->sender[index] && (strcmp(setting, "connect_timeout") || activity->dead_destination);
    if (!strcmp(component, scheduler_table.name))
        return activity->sender[index];
    if (!strcmp(component, despooler_table.name))
        return activity->despooler[index];
    if (!strcmp(component, transfer_manager_table.name) || !strcmp(component, status_manager_table.name))
        return activity->transfer_manager[index];
    if (!strcmp(component, pull_table.name))
        return activity->pull[index];
    if (!strcmp(component, distribution_manager_table.name) && g_str_has_prefix(setting, "compress"))
        return activity->compressor[index];
    if (!strcmp(component, site_table.name))
        return g_hash_table_contains(activity->carried, site->code);
    return true;
}

static bool matters_at_location(const struct activity *activity, const char *component, const char *setting,
                                guint index, const void *entity)
{
    const struct location_spec *location = entity;

    (void)component, (void)setting, (void)index;
    return g_hash_table_contains(activity->carried, location->name);
}

static bool matters_at_dp(const struct activity *activity, const char *component, const char *setting, guint index,
                          const void *entity)
{
    const struct dp_spec *dp = entity;

    (void)component;
    if (!strcmp(setting, "window") && !activity->latency)
        return false;
    if (!strcmp(setting, "interface"))
        return g_hash_table_contains(activity->carried, dp->name);
    if (!strcmp(setting, "validation_rate"))
        return activity->validated;
    if (!strcmp(setting, "drive_reserve"))
        return activity->dp[index] && dp->drives && dp->drives->len;
    if (!strcmp(setting, "rate_limit_clock"))
        return activity->dp[index] && dp->limits.rate_limit.hours && dp->limits.rate_limit.hours->len;
    return activity->dp[index];
}

static bool matters_on_route(const struct activity *activity, const char *component, const char *setting, guint index,
                             const void *entity)
{
    const struct route_spec *route = entity;

    (void)component;
    if (!strcmp(setting, "on_window_close"))
        return activity->route[index] && limits_schedule(&route->limits);
    if (!strcmp(setting, "rate_limit_clock"))
        return activity->route[index] && route->limits.rate_limit.hours && route->limits.rate_limit.hours->len;
    return activity->route[index];
}

/* Index of the route from one site to another, + 1, by both their indices. */
static GHashTable *index_of_routes(const struct scenario *scenario)
{
    GHashTable *routes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    for (guint i = 0; i < scenario->routes->len; i++) {
        const struct route_spec *route = &g_array_index(scenario->routes, struct route_spec, i);
        gint64 *key = g_new(gint64, 1);

        *key = (gint64)route->from << 32 | route->to;
        g_hash_table_insert(routes, key, GUINT_TO_POINTER(i + 1));
    }
    return routes;
}

GArray *assumed_defaults(const struct collector *c)
{
    const struct scenario *scenario = c->scenario;
    GArray *assumed = g_array_new(FALSE, FALSE, sizeof(struct assumed));
    guint n_sites = scenario->sites->len, n_dps = scenario->distribution_points->len;
    g_autoptr(GHashTable) carried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree bool *sender = g_new0(bool, n_sites), *transfer_manager = g_new0(bool, n_sites),
                    *despooler = g_new0(bool, n_sites), *compressor = g_new0(bool, n_sites), *dp = g_new0(bool, n_dps),
                    *pull = g_new0(bool, n_sites), *route = g_new0(bool, scenario->routes->len + 1);
    g_autoptr(GHashTable) routes = index_of_routes(scenario);
    struct activity activity = {sender,
                                transfer_manager,
                                despooler,
                                compressor,
                                dp,
                                pull,
                                route,
                                carried,
                                false,
                                false,
                                collector_count(c, STATUS_VALIDATION_STARTED) > 0};

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        int32_t from = collector_site(c, row->from), to_dp = collector_dp(c, row->to);

        if (row->kind == TRANSFER_PULL_JOB && to_dp >= 0) {
            from = scenario_dp(scenario, (uint32_t)to_dp)->site;
            pull[from] = true;
        }
        if (from >= 0)
            (row->kind == TRANSFER_SEND_REQUEST ? sender : transfer_manager)[from] = true;
        if (row->kind != TRANSFER_SEND_REQUEST && to_dp >= 0)
            dp[to_dp] = true;
        if (row->kind == TRANSFER_SEND_REQUEST && g_hash_table_size(routes)) {
            gint64 key = (gint64)from << 32 | collector_site(c, row->to);
            guint of = GPOINTER_TO_UINT(g_hash_table_lookup(routes, &key));
            if (of)
                route[of - 1] = true;
        }
    }
    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *row = collector_event(c, i);
        int32_t site =
            row->id == EVENT_COMPRESSED || row->id == EVENT_DESPOOLING_STARTED ? collector_site(c, row->site) : -1;

        if (site >= 0)
            (row->id == EVENT_COMPRESSED ? compressor : despooler)[site] = true;
    }
    for (guint i = 0; i < c->attempts->len; i++)
        activity.dead_destination |= !strcmp(collector_attempt(c, i)->outcome, "destination_down");
    for (uint32_t i = 0; i < c->n_links; i++)
        if (g_array_index(c->link_stats, struct link_stats, i).bytes > 0)
            g_hash_table_add(carried, (char *)(uintptr_t)c->links[i]->entity);
    for (guint i = 0; i < scenario->locations->len; i++)
        activity.latency |= scenario_location(scenario, (int32_t)i)->latency_s > 0;

    for (guint i = 0; i < scenario->locations->len; i++) {
        const struct location_spec *location = scenario_location(scenario, (int32_t)i);
        look_for_assumed(assumed, scenario, &location_table, (const char *)location, matters_at_location, &activity, i,
                         location);
    }
    for (guint i = 0; i < n_sites; i++) {
        const struct site_spec *site = scenario_site(scenario, (int32_t)i);
        look_for_assumed(assumed, scenario, &site_table, (const char *)site, matters_at_site, &activity, i, site);
    }
    for (guint i = 0; i < scenario->routes->len; i++) {
        const struct route_spec *spec = &g_array_index(scenario->routes, struct route_spec, i);
        look_for_assumed(assumed, scenario, &route_table, (const char *)spec, matters_on_route, &activity, i, spec);
    }
    for (guint i = 0; i < n_dps; i++) {
        const struct dp_spec *spec = scenario_dp(scenario, i);
        look_for_assumed(assumed, scenario, &dp_table, (const char *)spec, matters_at_dp, &activity, i, spec);
    }
    return assumed;
}

void assumed_free(GArray *assumed)
{
    for (guint i = 0; i < assumed->len; i++) {
        g_free(g_array_index(assumed, struct assumed, i).setting);
        g_free(g_array_index(assumed, struct assumed, i).value);
    }
    g_array_unref(assumed);
}
