#include "sim/app/read/scenario_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/drives.h"
#include "models/routing.h"
#include "sim/app/read/units.h"
#include "sim/app/read/workload_rules.h"

/* So that no sum of bytes is inexact. */
#define MAX_PACKAGE_BYTES 1e15

/* What the rules look at, list by list. */
struct rules {
    struct reader *r;
    struct scenario *scenario;
    const struct entity_list *locations, *sites, *routes, *dps, *packages, *actions, *workloads, *faults, *objectives,
        *calendars;
};

#define LOCATION(i) (&g_array_index(rules->locations->entities, struct location_spec, i))
#define SITE(i) (&g_array_index(rules->sites->entities, struct site_spec, i))

static const char *name_of(const struct entity_list *list, int32_t i)
{
    const char *name = g_ptr_array_index(list->names, i);

    return name ? name : "?";
}

/* ---- Trees ---- */

static int32_t parent_of(const struct rules *rules, const struct entity_list *list, int32_t i)
{
    return list == rules->locations ? LOCATION(i)->parent : SITE(i)->parent;
}

/* Says of each circle of parents once that it is one, and marks all that are in it or below it. */
static void circles(struct rules *rules, const struct entity_list *list, bool *in_circle)
{
    guint n = list->entities->len;
    /* 0: not visited; else the number of the walk that came by. */
    g_autofree uint32_t *walk = g_new0(uint32_t, n + 1);

    for (guint i = 0; i < n; i++) {
        int32_t at = (int32_t)i;

        while (at >= 0 && !walk[at]) {
            walk[at] = i + 1;
            at = parent_of(rules, list, at);
        }
        if (at >= 0 && walk[at] == i + 1) {
            g_autoptr(GString) chain = g_string_new(name_of(list, at));
            int32_t step = at;
            int shown = 0;

            do {
                in_circle[step] = true;
                step = parent_of(rules, list, step);
                if (shown++ < 8)
                    g_string_append_printf(chain, " -> %s", name_of(list, step));
                else if (shown == 9)
                    g_string_append(chain, " -> ...");
            } while (step != at);
            reader_mistake_at(rules->r, list, (uint32_t)at, "parent", -1, NULL, "the parents go in a circle: %s",
                              chain->str);
        }
    }
}

const char *scenario_rules_refusal(const struct param_table *table, const void *entity, const char *field)
{
    static const char *const link_fields[] = {"up", "down", "latency", "background", NULL};
    static const char *const limit_fields[] = {"schedule", "rate_limit", "pulse", NULL};

    if (table == &location_table && ((const struct location_spec *)entity)->parent == -1 &&
        g_strv_contains(link_fields, field))
        return "the root has no access link; give this to the locations below it";
    if (table == &dp_table && ((const struct dp_spec *)entity)->on_site_server && g_strv_contains(limit_fields, field))
        return "a distribution point on the site server has no schedule and no rate limits";
    return NULL;
}

/* Not by "defaults" or a pattern, which mean all that can have it. */
static bool given_to_it(const struct rules *rules, const struct entity_list *list, uint32_t i, const char *field)
{
    const struct set *set;

    return reader_entity_source(rules->r, list, i, field, &set) && !(set && set->pattern);
}

static void check_locations(struct rules *rules)
{
    guint n = rules->locations->entities->len;
    g_autofree bool *in_circle = g_new0(bool, n + 1);
    const struct location_spec *standard = NULL;
    g_autofree char *standards = g_malloc0(location_table.size);
    int64_t root = -1;
    static const char *const link_fields[] = {"up", "down", "latency", "background"};

    reader_standards(&location_table, standards);
    standard = (const struct location_spec *)(const void *)standards;
    circles(rules, rules->locations, in_circle);
    for (uint32_t i = 0; i < n; i++) {
        struct location_spec *location = LOCATION(i);

        if (location->parent == -1 && root < 0) {
            root = i;
        } else if (location->parent == -1) {
            reader_mistake_at(rules->r, rules->locations, i, "name", -1, NULL,
                              "\"%s\" has no parent, and neither has \"%s\"; only one location is the root",
                              name_of(rules->locations, (int32_t)i), name_of(rules->locations, (int32_t)root));
        }
        if (location->parent == -1) {
            for (size_t k = 0; k < G_N_ELEMENTS(link_fields); k++) {
                bool explicit = given_to_it(rules, rules->locations, i, link_fields[k]);
                bool differs = (k == 0 && !isinf(location->up_bytes_per_s) && !isnan(location->up_bytes_per_s)) ||
                               (k == 1 && !isinf(location->down_bytes_per_s) && !isnan(location->down_bytes_per_s)) ||
                               (k == 2 && location->latency_s > 0) || (k == 3 && location->background >= 0);
                if (explicit && differs)
                    reader_mistake_at(rules->r, rules->locations, i, link_fields[k], -1, NULL, "%s",
                                      scenario_rules_refusal(&location_table, location, link_fields[k]));
            }
            chances_forget(rules->scenario->chances, &location->up_bytes_per_s);
            chances_forget(rules->scenario->chances, &location->down_bytes_per_s);
            chances_forget(rules->scenario->chances, &location->latency_s);
            location->up_bytes_per_s = standard->up_bytes_per_s;
            location->down_bytes_per_s = standard->down_bytes_per_s;
            location->latency_s = standard->latency_s;
            location->background = standard->background;
            continue;
        }
        for (size_t k = 0; k < 2; k++) {
            const struct set *set;
            g_autofree char *path = NULL;
            if (!reader_entity_source(rules->r, rules->locations, i, link_fields[k], &set) &&
                !reader_defaults_source(rules->r, rules->locations, i, link_fields[k], &set, &path))
                reader_mistake_at(rules->r, rules->locations, i, NULL, -1, NULL,
                                  "\"%s\" is missing: write \"%s\": \"100 Mbit/s\" or \"unlimited\"", link_fields[k],
                                  link_fields[k]);
        }
    }
}

/* ---- Sites ---- */

static void check_sites(struct rules *rules)
{
    guint n = rules->sites->entities->len;
    g_autofree bool *in_circle = g_new0(bool, n + 1);
    int64_t central = -1, top = -1;

    circles(rules, rules->sites, in_circle);
    for (uint32_t i = 0; i < n && central < 0; i++)
        if (SITE(i)->type == SITE_CENTRAL)
            central = i;
    for (uint32_t i = 0; i < n; i++) {
        const struct site_spec *site = SITE(i);
        const struct site_spec *parent = site->parent >= 0 ? SITE(site->parent) : NULL;
        const char *parent_code = parent ? name_of(rules->sites, site->parent) : NULL;

        if (site->parent == BAD_REFERENCE || in_circle[i])
            continue;
        switch ((uint32_t)site->type) {
        case SITE_CENTRAL:
            if (i != central)
                reader_mistake_at(rules->r, rules->sites, i, "type", -1, NULL, "a second central site; \"%s\" is one",
                                  name_of(rules->sites, (int32_t)central));
            else if (parent)
                reader_mistake_at(rules->r, rules->sites, i, "parent", -1, NULL, "a central site has no parent");
            break;
        case SITE_PRIMARY:
            if (parent && (uint32_t)parent->type != SITE_CENTRAL && (uint32_t)parent->type != BAD_CHOICE)
                reader_mistake_at(rules->r, rules->sites, i, "parent", -1, NULL,
                                  "the parent of a primary site is the central site, and \"%s\" is none", parent_code);
            else if (!parent && central >= 0)
                reader_mistake_at(rules->r, rules->sites, i, NULL, -1, NULL,
                                  "\"parent\" is missing: below a central site, write \"parent\": \"%s\"",
                                  name_of(rules->sites, (int32_t)central));
            else if (!parent && top >= 0)
                reader_mistake_at(rules->r, rules->sites, i, "code", -1, NULL,
                                  "a second top site; \"%s\" is one: both need a central site above them",
                                  name_of(rules->sites, (int32_t)top));
            else if (!parent)
                top = i;
            break;
        case SITE_SECONDARY:
            if (!parent)
                reader_mistake_at(rules->r, rules->sites, i, NULL, -1, NULL,
                                  "\"parent\" is missing: the parent of a secondary site is a primary site");
            else if ((uint32_t)parent->type != SITE_PRIMARY && (uint32_t)parent->type != BAD_CHOICE)
                reader_mistake_at(rules->r, rules->sites, i, "parent", -1, NULL,
                                  "the parent of a secondary site is a primary site, and \"%s\" is none", parent_code);
            break;
        default:
            break;
        }
    }
}

static void check_routes(struct rules *rules)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(scenario_route_hash, scenario_route_equal);

    for (uint32_t i = 0; i < rules->routes->entities->len; i++) {
        struct route_spec *route = &g_array_index(rules->routes->entities, struct route_spec, i);

        if (route->from < 0 || route->to < 0)
            continue;
        if (SITE(route->from)->parent == BAD_REFERENCE || SITE(route->to)->parent == BAD_REFERENCE)
            continue;
        if (!route_may_lead(SITE(0), route->from, route->to)) {
            reader_mistake_at(rules->r, rules->routes, i, "to", -1, NULL,
                              "\"%s\" is neither parent nor child of \"%s\", nor are both secondary sites",
                              name_of(rules->sites, route->to), name_of(rules->sites, route->from));
            continue;
        }
        if (!g_hash_table_add(seen, route))
            reader_mistake_at(rules->r, rules->routes, i, "to", -1, NULL, "a second route from \"%s\" to \"%s\"",
                              name_of(rules->sites, route->from), name_of(rules->sites, route->to));
    }
}

/* ---- Schedules and rate limits of routes and distribution points ---- */

static bool whole_hour(double clock_s)
{
    return isnan(clock_s) || fmod(clock_s, 3600) == 0;
}

static void check_schedule(struct rules *rules, const struct entity_list *list, uint32_t i, const GArray *schedule)
{
    for (uint32_t k = 0; schedule && k < schedule->len; k++) {
        const struct schedule_entry *entry = &g_array_index(schedule, struct schedule_entry, k);

        if (!whole_hour(entry->from_s))
            reader_mistake_at(rules->r, list, i, "schedule", k, "from", "a schedule goes by whole hours");
        else if (!whole_hour(entry->to_s))
            reader_mistake_at(rules->r, list, i, "schedule", k, "to", "a schedule goes by whole hours");
        else if (entry->from_s >= 86400)
            reader_mistake_at(rules->r, list, i, "schedule", k, "from",
                              "a day's last moment begins nothing; write \"00:00\" of the next day");
        else if (entry->from_s == entry->to_s)
            reader_mistake_at(rules->r, list, i, "schedule", k, "to",
                              "the end is also the beginning; a whole day is \"00:00\" to \"24:00\"");
    }
}

/* Both are there, but one of them could not be read. */
static bool has_bad_pulse(struct rules *rules, const struct entity_list *list, uint32_t i)
{
    const struct set *set;
    const cJSON *pulse = reader_entity_source(rules->r, list, i, "pulse", &set);

    return cJSON_GetObjectItemCaseSensitive(pulse, "block") && cJSON_GetObjectItemCaseSensitive(pulse, "delay");
}

/* bandwidth_bytes_per_s: INFINITY where there is none. */
static void check_limits(struct rules *rules, const struct entity_list *list, uint32_t i, const struct limits *limits,
                         double bandwidth_bytes_per_s)
{
    const GArray *hours = limits->rate_limit.hours;
    bool rate = hours && hours->len > 0, pulse = !isnan(limits->pulse.block_bytes);

    check_schedule(rules, list, i, limits->schedule);
    for (uint32_t k = 0; rate && k < hours->len; k++) {
        const struct rate_limit_hours *entry = &g_array_index(hours, struct rate_limit_hours, k);

        if (entry->from == entry->to && entry->from != BAD_CHOICE)
            reader_mistake_at(rules->r, list, i, "rate_limit", -1, NULL,
                              "hours from %u to %u end where they begin; a whole day is from 0 to 24", entry->from,
                              entry->to);
    }
    if (rate && pulse)
        reader_mistake_at(rules->r, list, i, "pulse", -1, NULL,
                          "pulse mode and a rate limit exclude each other; leave one of them out");
    if (pulse != !isnan(limits->pulse.delay_s) && !has_bad_pulse(rules, list, i))
        reader_mistake_at(rules->r, list, i, "pulse", -1, NULL, "pulse mode needs both \"block\" and \"delay\"");
    if (rate && (uint32_t)limits->rate_limit.limiter == RATE_LIMITER_NOMINAL && isinf(bandwidth_bytes_per_s)) {
        if (list == rules->routes)
            reader_mistake_at(
                rules->r, list, i, "rate_limit", -1, NULL,
                "the nominal limiter needs the \"bandwidth\" of the route, of which it takes its percentage");
        else
            reader_mistake_at(
                rules->r, list, i, "rate_limit", -1, NULL,
                "the nominal limiter is for routes, which have a bandwidth; write \"duty\" or \"timeslice\"");
    }
}

/* X2: there is nothing to limit between a site server and itself. What stands in "defaults" is not meant for it. */
static void check_no_limits(struct rules *rules, uint32_t i, struct dp_spec *dp)
{
    struct limits *limits = &dp->limits;
    static const char *const settings[] = {"schedule", "rate_limit", "pulse"};
    const bool has[] = {limits_schedule(limits), limits->rate_limit.hours && limits->rate_limit.hours->len,
                        !isnan(limits->pulse.block_bytes)};

    for (size_t k = 0; k < G_N_ELEMENTS(settings); k++) {
        if (has[k] && given_to_it(rules, rules->dps, i, settings[k]))
            reader_mistake_at(rules->r, rules->dps, i, settings[k], -1, NULL, "%s",
                              scenario_rules_refusal(&dp_table, dp, settings[k]));
    }
    if (limits->schedule)
        g_array_set_size(limits->schedule, 0);
    if (limits->rate_limit.hours)
        g_array_set_size(limits->rate_limit.hours, 0);
    limits->pulse.block_bytes = limits->pulse.delay_s = NAN;
}

static void check_all_limits(struct rules *rules)
{
    for (uint32_t i = 0; i < rules->routes->entities->len; i++) {
        const struct route_spec *route = &g_array_index(rules->routes->entities, struct route_spec, i);
        check_limits(rules, rules->routes, i, &route->limits, route->bandwidth_bytes_per_s);
    }
    for (uint32_t i = 0; i < rules->dps->entities->len; i++) {
        struct dp_spec *dp = &g_array_index(rules->dps->entities, struct dp_spec, i);
        if (dp->on_site_server)
            check_no_limits(rules, i, dp);
        else
            check_limits(rules, rules->dps, i, &dp->limits, INFINITY);
    }
}

/* ---- Distribution points, packages ---- */

/* The sources of a pull distribution point, of the scenario (dp: its index) or of an action (dp: -1). */
static void check_sources(struct rules *rules, const struct entity_list *list, uint32_t i, uint32_t type,
                          const GArray *sources, int32_t dp)
{
    g_autoptr(GHashTable) seen = NULL;

    if (type == BAD_CHOICE || (type != DP_PULL && !sources->len))
        return;
    seen = g_hash_table_new(NULL, NULL);
    if (type == DP_PULL && !sources->len)
        reader_mistake_at(rules->r, list, i, NULL, -1, NULL,
                          "\"sources\" is missing: a pull distribution point needs some, write \"sources\": "
                          "[ { \"dp\": \"...\" } ]");
    else if (type != DP_PULL && sources->len)
        reader_mistake_at(rules->r, list, i, "sources", -1, NULL,
                          "only a pull distribution point has sources; write \"type\": \"pull\" or leave them out");
    for (uint32_t k = 0; k < sources->len; k++) {
        const struct pull_source_spec *source = &g_array_index(sources, struct pull_source_spec, k);

        if (source->dp < 0)
            continue;
        if (source->dp == dp)
            reader_mistake_at(rules->r, list, i, "sources", k, "dp", "it cannot be a source of its own");
        if (!g_hash_table_add(seen, GINT_TO_POINTER(source->dp)))
            reader_mistake_at(rules->r, list, i, "sources", k, "dp", "\"%s\" stands twice among the sources",
                              name_of(rules->dps, source->dp));
    }
}

struct puller {
    uint32_t dp;
    int32_t before; /* another one of the same source; -1: none */
};

/* Content must be able to reach every pull distribution point: over its sources, theirs, and so on, from a standard
 * one. Works its way from the standard ones to those that pull from them. */
static void check_chains(struct rules *rules)
{
    const GArray *dps = rules->dps->entities;
    g_autofree bool *reached = g_new0(bool, dps->len + 1);
    g_autofree int32_t *last = g_new(int32_t, dps->len + 1); /* of the links from a source to who pulls; -1: none */
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(struct puller)),
                      queue = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    memset(last, 0xff, (dps->len + 1) * sizeof(last[0]));
    for (uint32_t i = 0; i < dps->len; i++) {
        const struct dp_spec *dp = &g_array_index(dps, struct dp_spec, i);
        bool wrong = (uint32_t)dp->type != DP_PULL || !dp->sources->len; /* or the end of a chain */

        for (uint32_t k = 0; k < dp->sources->len; k++) {
            int32_t source = g_array_index(dp->sources, struct pull_source_spec, k).dp;
            if (source >= 0) {
                struct puller puller = {i, last[source]};
                last[source] = (int32_t)links->len;
                g_array_append_val(links, puller);
            } else {
                wrong = true; /* said already */
            }
        }
        if ((reached[i] = wrong))
            g_array_append_val(queue, i);
    }
    for (guint done = 0; done < queue->len; done++) {
        for (int32_t at = last[g_array_index(queue, uint32_t, done)]; at >= 0;) {
            struct puller puller = g_array_index(links, struct puller, at);
            if (!reached[puller.dp])
                g_array_append_val(queue, puller.dp);
            reached[puller.dp] = true;
            at = puller.before;
        }
    }
    for (uint32_t i = 0; i < dps->len; i++)
        if (!reached[i])
            reader_mistake_at(rules->r, rules->dps, i, "sources", -1, NULL,
                              "content cannot come here: the sources, and theirs, are pull distribution points all the "
                              "way round; one of them needs a standard one");
}

static void check_drives(struct rules *rules, uint32_t i, const struct dp_spec *dp)
{
    for (uint32_t k = 0; dp->drives && k < dp->drives->len; k++) {
        const struct drive_spec *drive = &g_array_index(dp->drives, struct drive_spec, k);

        if (k == MAX_DRIVES)
            reader_mistake_at(rules->r, rules->dps, i, "drives", k, NULL, "more than %d drives", MAX_DRIVES);
        if (drive->used_bytes > drive->size_bytes)
            reader_mistake_at(rules->r, rules->dps, i, "drives", k, "used", "more is used than the drive holds");
    }
}

static void check_dps(struct rules *rules)
{
    g_autofree int64_t *on_server = g_new(int64_t, rules->sites->entities->len + 1);

    for (guint i = 0; i < rules->sites->entities->len; i++)
        on_server[i] = -1;
    for (uint32_t i = 0; i < rules->dps->entities->len; i++) {
        const struct dp_spec *dp = &g_array_index(rules->dps->entities, struct dp_spec, i);
        const struct site_spec *site = dp->site >= 0 ? SITE(dp->site) : NULL;

        if (!site)
            continue;
        if (site->type == SITE_CENTRAL && (uint32_t)rules->scenario->generation == GENERATION_2012)
            reader_mistake_at(rules->r, rules->dps, i, "site", -1, NULL,
                              "\"%s\" is the central site, which has no distribution points (except with "
                              "\"generation\": \"2007\")",
                              name_of(rules->sites, dp->site));
        check_sources(rules, rules->dps, i, (uint32_t)dp->type, dp->sources, (int32_t)i);
        check_drives(rules, i, dp);
        if (!dp->on_site_server)
            continue;
        if ((uint32_t)dp->type == DP_PULL)
            reader_mistake_at(rules->r, rules->dps, i, "type", -1, NULL,
                              "a distribution point on a site server cannot pull");
        if (dp->location >= 0 && site->location >= 0 && dp->location != site->location)
            reader_mistake_at(rules->r, rules->dps, i, "location", -1, NULL,
                              "it is on the server of site \"%s\", which stands in \"%s\"; leave the location out",
                              name_of(rules->sites, dp->site), name_of(rules->locations, site->location));
        if (on_server[dp->site] >= 0)
            reader_mistake_at(rules->r, rules->dps, i, "on_site_server", -1, NULL,
                              "\"%s\" is on the server of site \"%s\" already",
                              name_of(rules->dps, (int32_t)on_server[dp->site]), name_of(rules->sites, dp->site));
        else
            on_server[dp->site] = i;
    }
    check_chains(rules);
}

static void check_packages(struct rules *rules)
{
    for (uint32_t i = 0; i < rules->packages->entities->len; i++) {
        const struct package_spec *package = &g_array_index(rules->packages->entities, struct package_spec, i);
        const GArray *content = package->content;
        g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        double bytes = 0;
        bool read = true;

        for (uint32_t k = 0; content && k < content->len; k++) {
            const struct file_set_spec *files = &g_array_index(content, struct file_set_spec, k);

            if (isnan(files->size_bytes) || files->count == BAD_CHOICE || !files->files) {
                read = false;
                continue;
            }
            bytes += files->count * files->size_bytes;
            if (!g_hash_table_add(seen, g_strdup_printf("%u %a %s", files->count, files->size_bytes, files->files)))
                reader_mistake_at(rules->r, rules->packages, i, "content", k, "files",
                                  "the same files stand twice in this package");
        }
        if (bytes > MAX_PACKAGE_BYTES)
            reader_mistake_at(rules->r, rules->packages, i, "content", -1, NULL,
                              "the package has more than 1 PB in all");
        if (content && content->len && read && bytes <= 0)
            reader_mistake_at(rules->r, rules->packages, i, "content", -1, NULL,
                              "the package is empty: 0 B in all; give one of its files a size, such as \"200 MiB\"");
    }
}

/* ---- Times ---- */

static void check_before_end(struct rules *rules, const struct entity_list *list, uint32_t i, const char *field,
                             double t_s)
{
    double until_s = rules->scenario->until_s;

    if (t_s > until_s) {
        g_autofree char *t = units_human(PARAM_TIME, t_s);
        g_autofree char *until = units_human(PARAM_TIME, until_s);
        reader_mistake_at(rules->r, list, i, field, -1, NULL, "%s after the start is after the end of the run (%s)", t,
                          until);
    }
}

static void check_configured(struct rules *rules, uint32_t i, const struct action_spec *action)
{
    check_sources(rules, rules->actions, i, (uint32_t)action->type, action->sources, -1);
    for (guint k = 0; action->to.members && k < action->to.members->len; k++) {
        uint32_t dp = g_array_index(action->to.members, uint32_t, k);

        if ((uint32_t)action->type != DP_PULL)
            break;
        if (g_array_index(rules->dps->entities, struct dp_spec, dp).on_site_server)
            reader_mistake_at(rules->r, rules->actions, i, "to", -1, NULL, "\"%s\" is on a site server and cannot pull",
                              name_of(rules->dps, (int32_t)dp));
        for (guint s = 0; s < action->sources->len; s++)
            if (g_array_index(action->sources, struct pull_source_spec, s).dp == (int32_t)dp)
                reader_mistake_at(rules->r, rules->actions, i, "sources", s, "dp",
                                  "\"%s\" cannot be a source of its own", name_of(rules->dps, (int32_t)dp));
    }
}

/* What an action must say, and what it must not. */
struct deed_rule {
    const char *field;
    uint32_t deeds; /* bits of enum action_do */
    bool needed;    /* else refused */
    const char *sentence;
};

#define DO(what) (1u << ACTION_##what)

static const char only_configure[] = "only \"do\": \"configure\" changes distribution points; leave it out";
static const char only_update[] = "only \"do\": \"update\" makes a new version; leave it out";

static const struct deed_rule deed_rules[] = {
    {"to", DO(DISTRIBUTE) | DO(REDISTRIBUTE), true, ": the distribution points that the content goes to"},
    {"to", DO(CONFIGURE), true, ": the distribution points that are changed"},
    {"to", DO(PRELOAD), true, ": the distribution points that have the content"},
    {"to", DO(REMOVE), true, ": the distribution points that the content is removed from"},
    {"to", DO(JOIN), true, ": the distribution points that join the group"},
    {"to", DO(LEAVE), true, ": the distribution points that leave the group"},
    {"group", DO(JOIN), true, ": the group that they join"},
    {"group", DO(LEAVE), true, ": the group that they leave"},
    {"group", ~(DO(JOIN) | DO(LEAVE)), false,
     "only \"do\": \"join\" or \"leave\" is about a group; to send content there write \"to\": \"group:NAME\""},
    {"type", DO(CONFIGURE), true, ": what the distribution points become"},
    {"package", DO(CONFIGURE), false, "configure changes distribution points; leave \"package\" out"},
    {"package", DO(JOIN), false, "who joins is sent all that the group holds; leave \"package\" out"},
    {"package", DO(LEAVE), false, "who leaves keeps what it has; leave \"package\" out"},
    {"package", ~(DO(CONFIGURE) | DO(JOIN) | DO(LEAVE) | DO(VALIDATE)), true, " (the packages)"},
    {"to", DO(VALIDATE), true, ": the distribution points that are validated"},
    {"type", ~DO(CONFIGURE), false, only_configure},
    {"sources", ~DO(CONFIGURE), false, only_configure},
    {"to", DO(CREATE), false, "create sends content nowhere; leave \"to\" out or write \"do\": \"distribute\""},
    {"to", DO(UPDATE), false,
     "an update goes to all distribution points that the package was distributed to; leave it out"},
    {"content", ~DO(UPDATE), false, only_update},
    {"changed", ~DO(UPDATE), false, only_update},
    {"changed_share", ~DO(UPDATE), false, only_update},
};

/* Is the field given? A --set of what is in a list gives no list. */
static bool action_says(const struct rules *rules, uint32_t i, const char *field)
{
    const char *base = rules->actions->entities->data + i * action_table.size;
    const struct param_field *f = reader_find_field(&action_table, field);
    const struct set *set;
    const GArray *list;

    if (f->kind != PARAM_LIST)
        return reader_entity_source(rules->r, rules->actions, i, field, &set) != NULL;
    memcpy(&list, base + f->offset, sizeof(list));
    return list && list->len > 0;
}

static bool has_files(const GArray *content, const char *files)
{
    for (guint i = 0; content && i < content->len; i++) {
        const char *its = g_array_index(content, struct file_set_spec, i).files;
        if (its && !strcmp(its, files))
            return true;
    }
    return false;
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static bool selects(const struct selection *selection, uint32_t i)
{
    const GArray *members = selection->members; /* ascending */

    return members && members->len && bsearch(&i, members->data, members->len, sizeof(i), compare_u32);
}

/* Does the package list these files, or an update give them to it? */
static bool package_has_files(const struct rules *rules, uint32_t package, const char *files)
{
    if (has_files(g_array_index(rules->packages->entities, struct package_spec, package).content, files))
        return true;
    for (uint32_t i = 0; i < rules->actions->entities->len; i++) {
        const struct action_spec *action = &g_array_index(rules->actions->entities, struct action_spec, i);
        if (has_files(action->content, files) && selects(&action->packages, package))
            return true;
    }
    return false;
}

static void check_changed_files(struct rules *rules, uint32_t i, const struct action_spec *action)
{
    for (guint k = 0; action->changed && k < action->changed->len; k++) {
        const char *files = g_array_index(action->changed, struct changed_files_spec, k).files;
        bool known = false;
        for (guint p = 0; files && action->packages.members && p < action->packages.members->len && !known; p++)
            known = package_has_files(rules, g_array_index(action->packages.members, uint32_t, p), files);
        if (files && !known && action->packages.members && action->packages.members->len) {
            g_autofree char *quoted = mistakes_quoted(files);
            reader_mistake_at(rules->r, rules->actions, i, "changed", k, "files",
                              "no package of this update has files that are named %s", quoted);
        }
    }
}

static void check_actions(struct rules *rules)
{
    for (uint32_t i = 0; i < rules->actions->entities->len; i++) {
        const struct action_spec *action = &g_array_index(rules->actions->entities, struct action_spec, i);

        check_before_end(rules, rules->actions, i, "at", action->at_s);
        if ((uint32_t)action->what == BAD_CHOICE)
            continue;
        for (size_t k = 0; k < G_N_ELEMENTS(deed_rules); k++) {
            const struct deed_rule *rule = &deed_rules[k];

            if (!(rule->deeds & 1u << action->what) || action_says(rules, i, rule->field) == rule->needed)
                continue;
            if (rule->needed)
                reader_mistake_at(rules->r, rules->actions, i, NULL, -1, NULL, "\"%s\" is missing%s", rule->field,
                                  rule->sentence);
            else
                reader_mistake_at(rules->r, rules->actions, i, rule->field, -1, NULL, "%s", rule->sentence);
        }
        if (action->what == ACTION_CONFIGURE && (uint32_t)action->type != UINT32_MAX)
            check_configured(rules, i, action);
        if (action->what == ACTION_UPDATE)
            check_changed_files(rules, i, action);
    }
}

struct outage {
    int64_t location; /* or site or distribution point: what fails */
    double from_s, to_s;
    uint32_t index;
    const char *name;
};

static int outage_compare(const void *a, const void *b)
{
    const struct outage *x = a, *y = b;

    if (x->location != y->location)
        return x->location < y->location ? -1 : 1;
    if (x->from_s < y->from_s || x->from_s > y->from_s)
        return x->from_s < y->from_s ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* A fault that is no outage: a package's files on a distribution point are damaged. */
static void check_damage(struct rules *rules, uint32_t i, const struct fault_spec *fault)
{
    static const char *const of_outages[] = {"for", "mean_time_between"};
    const struct set *set;

    if (fault->dp == -1 && (fault->location != -1 || fault->site != -1))
        reader_mistake_at(rules->r, rules->faults, i, "package", -1, NULL,
                          "content is damaged on a \"distribution_point\"; leave the package out, or say which one");
    if (!reader_entity_source(rules->r, rules->faults, i, "from", &set))
        reader_mistake_at(rules->r, rules->faults, i, NULL, -1, NULL,
                          "\"from\" is missing: when the files are damaged");
    for (size_t k = 0; k < G_N_ELEMENTS(of_outages); k++)
        if (reader_entity_source(rules->r, rules->faults, i, of_outages[k], &set))
            reader_mistake_at(rules->r, rules->faults, i, of_outages[k], -1, NULL,
                              "files are damaged once, and stay so until they are redistributed; leave it out");
    check_before_end(rules, rules->faults, i, "from", fault->from_s);
}

/* Each is an entry in a calendar that is made before the run. */
enum { MOST_OUTAGES = 100000 };

static void check_how_often(struct rules *rules, uint32_t i, const struct fault_spec *fault)
{
    double n = rules->scenario->until_s / (fault->mean_time_between_s + fault->for_s);

    if (n > MOST_OUTAGES)
        reader_mistake_at(rules->r, rules->faults, i, "mean_time_between", -1, NULL,
                          "about %.0f outages would come; at most %d are simulated: write a longer time", n,
                          MOST_OUTAGES);
}

static void check_faults(struct rules *rules)
{
    g_autoptr(GArray) outages = g_array_new(FALSE, FALSE, sizeof(struct outage));

    for (uint32_t i = 0; i < rules->faults->entities->len; i++) {
        const struct fault_spec *fault = &g_array_index(rules->faults->entities, struct fault_spec, i);
        const struct set *set;
        bool location = fault->location != -1, site = fault->site != -1, dp = fault->dp != -1;
        const struct entity_list *list = location ? rules->locations : site ? rules->sites : rules->dps;
        int32_t of = location ? fault->location : site ? fault->site : fault->dp;
        int64_t kind = location ? 0 : site ? 1 : 2;
        struct outage outage = {kind << 32 | of, fault->from_s, fault->from_s + fault->for_s, i,
                                of >= 0 ? name_of(list, of) : ""};

        if (location + site + dp != 1)
            reader_mistake_at(rules->r, rules->faults, i,
                              location + site + dp == 0 ? NULL
                              : dp                      ? "distribution_point"
                                                        : "site",
                              -1, NULL, "a fault is of one \"location\", \"site\" or \"distribution_point\"");
        if (fault->location >= 0 && LOCATION(fault->location)->parent == -1)
            reader_mistake_at(rules->r, rules->faults, i, "location", -1, NULL,
                              "\"%s\" is the root and has no access link that could fail",
                              name_of(rules->locations, fault->location));
        if (fault->package != -1) {
            check_damage(rules, i, fault);
            continue;
        }
        if (reader_entity_source(rules->r, rules->faults, i, "damage", &set))
            reader_mistake_at(rules->r, rules->faults, i, "damage", -1, NULL,
                              "only files of a \"package\" are damaged; name it, or leave the damage out");
        if (!reader_entity_source(rules->r, rules->faults, i, "for", &set))
            reader_mistake_at(rules->r, rules->faults, i, NULL, -1, NULL, "\"for\" is missing (how long it is down)");
        if (fault->dp >= 0 && scenario_dp(rules->scenario, (uint32_t)fault->dp)->on_site_server)
            reader_mistake_at(rules->r, rules->faults, i, "distribution_point", -1, NULL,
                              "\"%s\" is on its site's server; let the site fail", name_of(rules->dps, fault->dp));
        bool from = reader_entity_source(rules->r, rules->faults, i, "from", &set) != NULL;
        bool random = reader_entity_source(rules->r, rules->faults, i, "mean_time_between", &set) != NULL;
        if (!from && !random)
            reader_mistake_at(rules->r, rules->faults, i, NULL, -1, NULL,
                              "\"from\" is missing: when it fails, or give \"mean_time_between\"");
        check_before_end(rules, rules->faults, i, "from", fault->from_s);
        check_how_often(rules, i, fault);
        if (of >= 0 && !random && !isnan(outage.to_s) && !chances_find(rules->scenario->chances, &fault->for_s))
            g_array_append_val(outages, outage);
    }
    g_array_sort(outages, outage_compare);
    for (guint k = 1; k < outages->len; k++) {
        const struct outage *before = &g_array_index(outages, struct outage, k - 1);
        const struct outage *outage = &g_array_index(outages, struct outage, k);

        if (before->location == outage->location && outage->from_s <= before->to_s)
            reader_mistake_at(rules->r, rules->faults, outage->index, "from", -1, NULL,
                              "\"%s\" is still down from faults[%u]; make one fault of the two", outage->name,
                              g_array_index(rules->faults->elements, uint32_t, before->index));
    }
}

static void check_calendars(struct rules *rules)
{
    for (uint32_t i = 0; i < rules->calendars->entities->len; i++) {
        const struct calendar_spec *calendar = &g_array_index(rules->calendars->entities, struct calendar_spec, i);

        for (uint32_t k = 0; calendar->entries && k < calendar->entries->len; k++) {
            const struct calendar_entry *entry = &g_array_index(calendar->entries, struct calendar_entry, k);

            if (entry->from_s >= 86400)
                reader_mistake_at(rules->r, rules->calendars, i, "entries", k, "from",
                                  "a day's last moment begins nothing; write \"00:00\" of the next day");
            else if (!(entry->from_s < entry->to_s) && !(entry->from_s > entry->to_s) && !isnan(entry->from_s) &&
                     !isnan(entry->to_s))
                reader_mistake_at(rules->r, rules->calendars, i, "entries", k, "to",
                                  "the end is also the beginning; a whole day is \"00:00\" to \"24:00\"");
        }
    }
}

/* About a setting of the scenario itself. */
static void mistake_of_scenario(struct rules *rules, const char *field, const char *sentence)
{
    const cJSON *node = cJSON_GetObjectItemCaseSensitive(rules->r->root, field);
    const struct set *from = NULL;

    for (guint i = 0; i < rules->r->sets->len; i++) {
        const struct set *set = &g_array_index(rules->r->sets, struct set, i);
        if (set->sound && !set->list && !set->defaults && strcmp(set->fields[0], field) == 0)
            from = set;
    }
    if (node || from)
        reader_mistake_full(rules->r, node, ANCHOR_VALUE, from, field, NULL, sentence);
}

/* Dates have four digits for the year. */
static void check_end(struct rules *rules)
{
    const double year_10000_s = 253402300800;

    if (rules->scenario->start_s + rules->scenario->until_s >= year_10000_s)
        mistake_of_scenario(rules, "until",
                            "the run would go on after the year 9999, with which dates end; start it earlier");
}

/* What is known of each package on each distribution point takes memory from the start. */
static void check_size(struct rules *rules)
{
    const double most = 1e8;
    double n = (double)rules->packages->entities->len * rules->dps->entities->len;

    if (n > most) {
        g_autofree char *sentence =
            g_strdup_printf("%u packages on %u distribution points are %.3g in all; at most %g are simulated",
                            rules->packages->entities->len, rules->dps->entities->len, n, most);
        mistake_of_scenario(rules, "packages", sentence);
    }
}

static void check_work(struct rules *rules)
{
    const struct entity_list *actions = rules->actions, *workloads = rules->workloads;

    if (actions->entities->len || workloads->entities->len || (actions->node && actions->node->child) ||
        (workloads->node && workloads->node->child)) /* or something in their place that is wrong */
        return;
    reader_mistake_full(rules->r, actions->node ? actions->node : rules->r->root, ANCHOR_VALUE, NULL,
                        actions->node ? actions->field->name : "", NULL,
                        "nothing is done: write \"actions\", such as { \"at\": \"0 s\", \"do\": \"distribute\", "
                        "\"package\": \"*\", \"to\": \"*\" }, or \"workloads\"");
}

void scenario_rules(struct reader *r)
{
    struct rules all = {
        .r = r,
        .scenario = r->scenario,
        .locations = reader_list_of_table(r, &location_table),
        .sites = reader_list_of_table(r, &site_table),
        .routes = reader_list_of_table(r, &route_table),
        .dps = reader_list_of_table(r, &dp_table),
        .packages = reader_list_of_table(r, &package_table),
        .actions = reader_list_of_table(r, &action_table),
        .faults = reader_list_of_table(r, &fault_table),
        .objectives = reader_list_of_table(r, &objective_table),
        .calendars = reader_list_of_table(r, &calendar_table),
        .workloads = reader_list_of_table(r, &workload_table),
    };
    struct rules *rules = &all;

    check_end(rules);
    check_work(rules);
    check_calendars(rules);
    check_locations(rules);
    check_sites(rules);
    check_routes(rules);
    check_dps(rules);
    check_all_limits(rules);
    check_packages(rules);
    check_size(rules);
    check_actions(rules);
    check_faults(rules);
    for (uint32_t i = 0; i < rules->workloads->entities->len; i++)
        check_before_end(rules, rules->workloads, i, "from",
                         g_array_index(rules->workloads->entities, struct workload_spec, i).from_s);
    for (uint32_t i = 0; i < rules->objectives->entities->len; i++)
        check_before_end(rules, rules->objectives, i, "by",
                         g_array_index(rules->objectives->entities, struct objective_spec, i).by_s);
    workload_rules(r);
}
