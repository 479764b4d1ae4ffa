#include "sim/app/report/activity.h"

#include <string.h>

struct activity {
    const struct scenario *scenario;
    bool *sender, *transfer_manager, *despooler, *compressor; /* by site */
    bool *dp;
    bool *pull; /* by site: its distribution points pulled */
    bool *route;
    GHashTable *carried; /* names of entities whose links carried something */
    bool latency;        /* some path has one */
    bool dead_destination, failures;
    bool validated; /* some content */
};

typedef bool matters(const struct activity *activity, const char *component, const char *setting, guint index,
                     const void *entity);

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

struct activity *activity_new(const struct collector *c)
{
    const struct scenario *scenario = c->scenario;
    struct activity *activity = g_new0(struct activity, 1);
    guint n_sites = scenario->sites->len;
    g_autoptr(GHashTable) routes = index_of_routes(scenario);

    activity->scenario = scenario;
    activity->sender = g_new0(bool, n_sites + 1);
    activity->transfer_manager = g_new0(bool, n_sites + 1);
    activity->despooler = g_new0(bool, n_sites + 1);
    activity->compressor = g_new0(bool, n_sites + 1);
    activity->pull = g_new0(bool, n_sites + 1);
    activity->dp = g_new0(bool, scenario->distribution_points->len + 1);
    activity->route = g_new0(bool, scenario->routes->len + 1);
    activity->carried = g_hash_table_new(g_str_hash, g_str_equal);
    activity->validated = collector_count(c, STATUS_VALIDATION_STARTED) > 0;
    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        int32_t from = collector_site(c, row->from), to_dp = collector_dp(c, row->to);

        if (row->kind == TRANSFER_PULL_JOB && to_dp >= 0) {
            from = scenario_dp(scenario, (uint32_t)to_dp)->site;
            activity->pull[from] = true;
        }
        if (from >= 0)
            (row->kind == TRANSFER_SEND_REQUEST ? activity->sender : activity->transfer_manager)[from] = true;
        if (row->kind != TRANSFER_SEND_REQUEST && to_dp >= 0)
            activity->dp[to_dp] = true;
        if (row->kind == TRANSFER_SEND_REQUEST && g_hash_table_size(routes)) {
            gint64 key = (gint64)from << 32 | collector_site(c, row->to);
            guint of = GPOINTER_TO_UINT(g_hash_table_lookup(routes, &key));
            if (of)
                activity->route[of - 1] = true;
        }
    }
    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *row = collector_event(c, i);
        int32_t site =
            row->id == EVENT_COMPRESSED || row->id == EVENT_DESPOOLING_STARTED ? collector_site(c, row->site) : -1;

        if (site >= 0)
            (row->id == EVENT_COMPRESSED ? activity->compressor : activity->despooler)[site] = true;
    }
    for (guint i = 0; i < c->attempts->len; i++) {
        const char *outcome = collector_attempt(c, i)->outcome;

        activity->dead_destination |= !strcmp(outcome, "destination_down");
        activity->failures |= strcmp(outcome, "done") && strcmp(outcome, "notified") && strcmp(outcome, "cut_short");
    }
    for (uint32_t i = 0; i < c->n_links; i++)
        if (g_array_index(c->link_stats, struct link_stats, i).bytes > 0)
            g_hash_table_add(activity->carried, (char *)(uintptr_t)c->links[i]->entity);
    for (guint i = 0; i < scenario->locations->len; i++)
        activity->latency |= scenario_location(scenario, (int32_t)i)->latency_s > 0;
    return activity;
}

void activity_free(struct activity *activity)
{
    if (!activity)
        return;
    g_free(activity->sender);
    g_free(activity->transfer_manager);
    g_free(activity->despooler);
    g_free(activity->compressor);
    g_free(activity->pull);
    g_free(activity->dp);
    g_free(activity->route);
    g_hash_table_unref(activity->carried);
    g_free(activity);
}

bool activity_has_failures(const struct activity *activity)
{
    return activity->failures;
}

/* ---- settings ---- */

struct visitor {
    const struct activity *activity;
    struct active_setting setting; /* of the entity that is shown */
    const void *entity;
    matters *matters;
    void (*visit)(void *ctx, const struct active_setting *setting);
    void *ctx;
};

/* The settings of the entity, or of one component of it. */
static void show_settings(struct visitor *v, const struct param_table *table, const char *prefix, const char *at)
{
    for (const struct param_field *field = table->fields; field->name; field++) {
        g_autofree char *path = g_strconcat(prefix, field->name, NULL);

        if (field->kind == PARAM_OBJECT) {
            g_autofree char *below = g_strconcat(path, ".", NULL);
            show_settings(v, field->table, below, at + field->offset);
        } else if (v->matters(v->activity, table->name, field->name, v->setting.index, v->entity)) {
            v->setting.path = path;
            v->setting.table = table;
            v->setting.field = field;
            v->setting.at = at + field->offset;
            v->visit(v->ctx, &v->setting);
        }
    }
}

void activity_each(const struct activity *activity, void (*visit)(void *ctx, const struct active_setting *setting),
                   void *ctx)
{
    const struct scenario *s = activity->scenario;
    const struct {
        const char *name;
        const GArray *entities;
        const struct param_table *table;
        size_t name_at; /* SIZE_MAX: they have none */
        matters *matters;
    } lists[] = {
        {"locations", s->locations, &location_table, offsetof(struct location_spec, name), matters_at_location},
        {"sites", s->sites, &site_table, offsetof(struct site_spec, code), matters_at_site},
        {"routes", s->routes, &route_table, SIZE_MAX, matters_on_route},
        {"distribution_points", s->distribution_points, &dp_table, offsetof(struct dp_spec, name), matters_at_dp},
    };

    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++)
        for (guint i = 0; i < lists[k].entities->len; i++) {
            const char *entity = lists[k].entities->data + i * lists[k].table->size;
            struct visitor v = {.activity = activity,
                                .setting = {.list = lists[k].name, .index = i},
                                .entity = entity,
                                .matters = lists[k].matters,
                                .visit = visit,
                                .ctx = ctx};

            if (lists[k].name_at != SIZE_MAX)
                memcpy(&v.setting.entity, entity + lists[k].name_at, sizeof(char *));
            show_settings(&v, lists[k].table, "", entity);
        }
}
