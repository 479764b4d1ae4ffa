#include "sim/app/report/activity.h"

#include <string.h>

#include "sim/app/report/digest.h"

/* Entities of different lists may have the same name. */
enum { OF_LOCATION, OF_SITE, OF_DP, N_OF };

struct activity {
    const struct scenario *scenario;
    const struct digest *digest;
    GHashTable *carried[N_OF]; /* names of entities whose links carried something */
    bool latency;              /* some path has one */
    bool validated;            /* some content */
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
        return activity->digest->sender[index] &&
               (strcmp(setting, "connect_timeout") || activity->digest->dead_destination);
    if (!strcmp(component, scheduler_table.name))
        return activity->digest->sender[index];
    if (!strcmp(component, despooler_table.name))
        return activity->digest->despooler[index];
    if (!strcmp(component, transfer_manager_table.name) || !strcmp(component, status_manager_table.name))
        return activity->digest->transfer_manager[index];
    if (!strcmp(component, pull_table.name))
        return activity->digest->pull[index];
    if (!strcmp(component, distribution_manager_table.name) && g_str_has_prefix(setting, "compress"))
        return activity->digest->compressor[index];
    if (!strcmp(component, site_table.name))
        return g_hash_table_contains(activity->carried[OF_SITE], site->code);
    return true;
}

static bool matters_at_location(const struct activity *activity, const char *component, const char *setting,
                                guint index, const void *entity)
{
    const struct location_spec *location = entity;

    (void)component, (void)setting, (void)index;
    return g_hash_table_contains(activity->carried[OF_LOCATION], location->name);
}

static bool matters_at_dp(const struct activity *activity, const char *component, const char *setting, guint index,
                          const void *entity)
{
    const struct dp_spec *dp = entity;

    (void)component;
    if (!strcmp(setting, "window") && !activity->latency)
        return false;
    if (!strcmp(setting, "interface"))
        return g_hash_table_contains(activity->carried[OF_DP], dp->name);
    if (!strcmp(setting, "validation_rate"))
        return activity->validated;
    if (!strcmp(setting, "drive_reserve"))
        return activity->digest->dp[index] && dp->drives && dp->drives->len;
    if (!strcmp(setting, "rate_limit_clock"))
        return activity->digest->dp[index] && dp->limits.rate_limit.hours && dp->limits.rate_limit.hours->len;
    return activity->digest->dp[index];
}

static bool matters_on_route(const struct activity *activity, const char *component, const char *setting, guint index,
                             const void *entity)
{
    const struct route_spec *route = entity;

    (void)component;
    if (!strcmp(setting, "on_window_close"))
        return activity->digest->route[index] && limits_schedule(&route->limits);
    if (!strcmp(setting, "rate_limit_clock"))
        return activity->digest->route[index] && route->limits.rate_limit.hours && route->limits.rate_limit.hours->len;
    return activity->digest->route[index];
}

static int whose(const struct hierarchy_link *link)
{
    if (link->kind == LINK_ACCESS_UP || link->kind == LINK_ACCESS_DOWN)
        return OF_LOCATION;
    return link->of_dp ? OF_DP : OF_SITE;
}

struct activity *activity_new(const struct collector *c)
{
    const struct scenario *scenario = c->scenario;
    struct activity *activity = g_new0(struct activity, 1);

    activity->scenario = scenario;
    activity->digest = collector_digest(c);
    for (int of = 0; of < N_OF; of++)
        activity->carried[of] = g_hash_table_new(g_str_hash, g_str_equal);
    activity->validated = collector_count(c, STATUS_VALIDATION_STARTED) > 0;
    for (uint32_t i = 0; i < c->n_links; i++)
        if (g_array_index(c->link_stats, struct link_stats, i).bytes > 0)
            g_hash_table_add(activity->carried[whose(c->links[i])], (char *)(uintptr_t)c->links[i]->entity);
    for (guint i = 0; i < scenario->locations->len; i++)
        activity->latency |= scenario_location(scenario, (int32_t)i)->latency_s > 0;
    return activity;
}

void activity_free(struct activity *activity)
{
    if (!activity)
        return;
    for (int of = 0; of < N_OF; of++)
        g_hash_table_unref(activity->carried[of]);
    g_free(activity);
}

bool activity_has_failures(const struct activity *activity)
{
    return activity->digest->failures;
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
