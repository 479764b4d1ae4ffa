#include "sim/app/assumed.h"

#include <string.h>

#include "sim/app/units.h"

/* What did something in this run: settings of the rest do not matter to the answer. */
struct activity {
    bool *sender, *transfer_manager, *despooler, *compressor; /* by site */
    bool *dp;
    bool *pull;          /* by site: its distribution points pulled */
    GHashTable *carried; /* names of entities whose links carried something */
    bool latency;        /* some path has one */
    bool dead_destination;
};

static bool same_as_default(const struct param_field *field, const char *at)
{
    double value;
    char *why;

    if (!field->standard)
        return false;
    switch (field->kind) {
    case PARAM_COUNT:
        return *(const uint32_t *)(const void *)at == (uint32_t)g_ascii_strtoull(field->standard, NULL, 10);
    case PARAM_NUMBER:
        return *(const double *)(const void *)at == g_ascii_strtod(field->standard, NULL);
    case PARAM_BOOL:
        return *(const bool *)(const void *)at == !strcmp(field->standard, "true");
    case PARAM_CHOICE: {
        const char *word = field->choices[*(const uint32_t *)(const void *)at];
        size_t n = strcspn(word, "|");
        return !strncmp(word, field->standard, n) && !field->standard[n];
    }
    case PARAM_PERCENT:
    case PARAM_DURATION:
    case PARAM_RATE:
    case PARAM_SIZE:
        if (units_parse(field->kind, field->standard, &value, &why))
            return *(const double *)(const void *)at == value;
        g_free(why);
        return false;
    default:
        return false;
    }
}

static void assume(GArray *assumed, const char *component, const struct param_field *field)
{
    for (guint i = 0; i < assumed->len; i++) {
        struct assumed *known = &g_array_index(assumed, struct assumed, i);

        if (known->field == field) {
            known->count++;
            return;
        }
    }
    struct assumed fresh = {.setting = g_strdup_printf("%s.%s", component, field->name),
                            .value = g_strdup(field->standard),
                            .field = field,
                            .count = 1};
    g_array_append_val(assumed, fresh);
}

/* The settings of one entity, or of one component of a site. */
static void look_for_assumed(GArray *assumed, const struct param_table *table, const char *at,
                             bool (*matters)(const struct activity *activity, const char *component,
                                             const char *setting, guint index, const void *entity),
                             const struct activity *activity, guint index, const void *entity)
{
    for (const struct param_field *field = table->fields; field->name; field++) {
        if (field->kind == PARAM_OBJECT)
            look_for_assumed(assumed, field->table, at + field->offset, matters, activity, index, entity);
        else if (field->grade == GRADE_ASSUMED && same_as_default(field, at + field->offset) &&
                 matters(activity, table->name, field->name, index, entity))
            assume(assumed, table->name, field);
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
    return location->parent >= 0 && g_hash_table_contains(activity->carried, location->name);
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
    if (!strcmp(setting, "rate_limit_clock"))
        return activity->dp[index] && dp->limits.rate_limit.hours && dp->limits.rate_limit.hours->len;
    return activity->dp[index];
}

GArray *assumed_defaults(const struct collector *c)
{
    const struct scenario *scenario = c->scenario;
    GArray *assumed = g_array_new(FALSE, FALSE, sizeof(struct assumed));
    guint n_sites = scenario->sites->len, n_dps = scenario->distribution_points->len;
    g_autoptr(GHashTable) carried = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree bool *sender = g_new0(bool, n_sites), *transfer_manager = g_new0(bool, n_sites),
                    *despooler = g_new0(bool, n_sites), *compressor = g_new0(bool, n_sites), *dp = g_new0(bool, n_dps),
                    *pull = g_new0(bool, n_sites);
    struct activity activity = {sender, transfer_manager, despooler, compressor, dp, pull, carried, false, false};

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
        look_for_assumed(assumed, &location_table, (const char *)location, matters_at_location, &activity, i, location);
    }
    for (guint i = 0; i < n_sites; i++) {
        const struct site_spec *site = scenario_site(scenario, (int32_t)i);
        look_for_assumed(assumed, &site_table, (const char *)site, matters_at_site, &activity, i, site);
    }
    for (guint i = 0; i < n_dps; i++) {
        const struct dp_spec *spec = scenario_dp(scenario, i);
        look_for_assumed(assumed, &dp_table, (const char *)spec, matters_at_dp, &activity, i, spec);
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
