#include "sim/app/report/advice.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/digest.h"
#include "sim/app/report/objective.h"
#include "sim/app/report/words.h"

enum { MAX_LINKS = 2, MAX_GROUPS = 100 };
/* Of all trials together; and of one, that may go on for longer than the run itself did. */
static const uint64_t max_events = 2000000, max_growth = 3, least_events = 10000;
/* Waits that are a smaller share of the deliveries' time are not worth a trial. */
static const double least_share = 0.005;
/* Of the waits for a setting: a site that has so much of them stands for all. */
static const double enough_share = 0.9;
/* Changes that are smaller are none: of the mean and of the last, of a site's last, of how late an objective is. */
static const double least_change = 0.015, least_site_change = 0.1, least_late_change = 0.1;

/* ---- what may be tried ---- */

/* A setting of a site, and the causes that deliveries give for waiting for it. Of several that wait for the same, the
 * first is tried first. */
static const struct knob {
    const char *component; /* NULL: the site itself */
    const char *field;
    enum cause causes[3]; /* N_CAUSES ends them */
    enum cause only_with; /* tried only where deliveries also wait for this; N_CAUSES: everywhere */
    bool less;            /* halved, though it is a number of threads, and only where its destinations may take all */
    unsigned failing;     /* bits of enum transfer_kind: tried only where tries of these fail; 0: everywhere */
} knobs[] = {
    {"sender", "max_concurrent_per_site", {CAUSE_SENDER_WAIT_PER_SITE, N_CAUSES}, N_CAUSES, false, 0},
    {"sender", "max_concurrent_per_site", {CAUSE_SENDER_WAIT_ALL_SITES, N_CAUSES}, CAUSE_RETRY_WAIT, true, 0},
    {"sender", "max_concurrent_all_sites", {CAUSE_SENDER_WAIT_ALL_SITES, N_CAUSES}, N_CAUSES, false, 0},
    {"software_distribution", "max_threads_per_package", {CAUSE_TRANSFER_THREAD_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"software_distribution",
     "max_threads_per_package",
     {CAUSE_DP_THREAD_WAIT, CAUSE_PACKAGE_THREAD_WAIT, N_CAUSES},
     CAUSE_DP_THREAD_WAIT,
     false,
     0},
    {"software_distribution",
     "max_packages",
     {CAUSE_PACKAGE_THREAD_WAIT, CAUSE_TRANSFER_THREAD_WAIT, N_CAUSES},
     N_CAUSES,
     false,
     0},
    {"despooler", "threads", {CAUSE_DESPOOLER_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {NULL, "replication_lag", {CAUSE_DESPOOL_RETRY_WAIT, CAUSE_METADATA_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"despooler", "despool_retry_delay", {CAUSE_DESPOOL_RETRY_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"sender", "retry_delay", {CAUSE_RETRY_WAIT, N_CAUSES}, N_CAUSES, false, 1 << TRANSFER_SEND_REQUEST},
    {"scheduler", "reschedule_delay", {CAUSE_RETRY_WAIT, N_CAUSES}, N_CAUSES, false, 1 << TRANSFER_SEND_REQUEST},
    {"transfer_manager", "retry_delay", {CAUSE_RETRY_WAIT, N_CAUSES}, N_CAUSES, false, ~(1u << TRANSFER_SEND_REQUEST)},
    {"pull", "max_jobs", {CAUSE_DP_CAPACITY_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"pull", "concurrent_downloads", {CAUSE_DP_CAPACITY_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"pull", "source_retry_delay", {CAUSE_SOURCE_WAIT, N_CAUSES}, N_CAUSES, false, 0},
    {"pull", "source_wait", {CAUSE_SOURCE_WAIT, N_CAUSES}, N_CAUSES, false, 0},
};

/* A value of a setting, of one entity or of all sites. */
struct candidate {
    char *setting;
    const struct param_field *field;
    GPtrArray *at; /* where it stands */
    double was, with;
    double waits_s;
};

static void candidate_clear(gpointer data)
{
    struct candidate *candidate = data;

    g_free(candidate->setting);
    g_ptr_array_unref(candidate->at);
}

static const struct param_field *field_of(const struct param_table *table, const char *name)
{
    for (const struct param_field *field = table->fields; field->name; field++)
        if (!strcmp(field->name, name))
            return field;
    g_assert_not_reached();
}

static const struct param_field *knob_field(const struct knob *knob, struct site_spec *site, void **at)
{
    const struct param_table *table = &site_table;
    char *here = (char *)site;

    if (knob->component) {
        const struct param_field *component = field_of(table, knob->component);
        here += component->offset;
        table = component->table;
    }
    const struct param_field *field = field_of(table, knob->field);
    *at = here + field->offset;
    return field;
}

static double value_at(const struct param_field *field, const void *at)
{
    return field->kind == PARAM_COUNT ? *(const uint32_t *)at : *(const double *)at;
}

static void set(const struct candidate *candidate, double value)
{
    for (guint i = 0; i < candidate->at->len; i++)
        if (candidate->field->kind == PARAM_COUNT)
            *(uint32_t *)candidate->at->pdata[i] = (uint32_t)value;
        else
            *(double *)candidate->at->pdata[i] = value;
}

/* Twice as many threads, twice the capacity, half the delay; takes the setting over. There may be nothing to try. */
static void propose(GArray *candidates, char *setting, const struct param_field *field, GPtrArray *at, bool less,
                    double waits_s)
{
    bool halved = less || field->kind == PARAM_DURATION;
    struct candidate candidate = {.setting = setting, .field = field, .at = at, .waits_s = waits_s};

    candidate.was = value_at(field, at->pdata[0]);
    candidate.with = halved ? candidate.was / 2 : 2 * candidate.was;
    if (field->max > 0)
        candidate.with = fmin(candidate.with, field->max);
    if (field->kind == PARAM_COUNT)
        candidate.with = fmin(floor(candidate.with), UINT32_MAX);
    candidate.with = fmax(candidate.with, field->min);
    if (isfinite(candidate.with) && candidate.with != candidate.was)
        g_array_append_val(candidates, candidate);
    else
        candidate_clear(&candidate);
}

static bool some_fail(const struct collector *c, unsigned kinds)
{
    for (int kind = 0; kind < N_TRANSFER_KINDS; kind++)
        if ((kinds >> kind & 1) && collector_digest(c)->kinds[kind].attempts_failed)
            return true;
    return false;
}

static double waits_at(const struct collector *c, const struct knob *knob, guint site)
{
    const struct sender_params *sender = &scenario_site(c->scenario, (int32_t)site)->sender;
    double waits_s = 0;

    if (knob->less && sender->max_concurrent_per_site < sender->max_concurrent_all_sites)
        return 0;
    if (knob->only_with != N_CAUSES && !(collector_place_s(c, site, knob->only_with) > 0))
        return 0;
    for (const enum cause *cause = knob->causes; *cause != N_CAUSES; cause++)
        waits_s += collector_place_s(c, site, *cause);
    return waits_s;
}

/* Site by site, and all sites at once where deliveries wait at several and it is the same at all. */
static void propose_knob(GArray *candidates, const struct collector *c, struct scenario *scenario,
                         const struct knob *knob)
{
    guint n_sites = scenario->sites->len;
    double least_s = least_share * c->places_total_s, all_s = 0, most_s = 0;
    g_autofree double *waits_s = g_new0(double, n_sites + 1);
    g_autoptr(GPtrArray) all = g_ptr_array_new();
    const struct param_field *field = NULL;
    bool same = true;

    if (n_sites < 2 && !knob->component) /* database replication goes between sites */
        return;
    if (knob->failing && !some_fail(c, knob->failing))
        return;
    for (guint i = 0; i < n_sites; i++) {
        void *at;

        waits_s[i] = waits_at(c, knob, i);
        field = knob_field(knob, scenario_site(scenario, (int32_t)i), &at);
        g_ptr_array_add(all, at);
        /* A distribution stands in its place: it is not ours to change. */
        if (field->kind == PARAM_DURATION && chances_find(scenario->chances, at))
            waits_s[i] = 0, same = false;
        same &= value_at(field, at) == value_at(field, all->pdata[0]);
        all_s += waits_s[i];
        most_s = fmax(most_s, waits_s[i]);
    }
    const char *dot = knob->component ? "." : "", *component = knob->component ? knob->component : "";
    if (most_s < enough_share * all_s && same && all_s >= least_s)
        propose(candidates, g_strdup_printf("sites.*.%s%s%s", component, dot, knob->field), field,
                g_ptr_array_copy(all, NULL, NULL), knob->less, all_s);
    for (guint i = 0; i < n_sites; i++)
        if (waits_s[i] > 0 && waits_s[i] >= least_s) {
            GPtrArray *at = g_ptr_array_new();
            g_ptr_array_add(at, all->pdata[i]);
            propose(candidates,
                    g_strdup_printf("sites.%s.%s%s%s", scenario_site(scenario, (int32_t)i)->code, component, dot,
                                    knob->field),
                    field, at, knob->less, waits_s[i]);
        }
}

/* What has links with a capacity of its own. */
static const struct owner {
    const char *list; /* of the scenario */
    const struct param_table *table;
    const char *name;   /* NULL: it is known by its number */
    const char *within; /* what those that are alike share */
    size_t offset;
} owners[] = {
    {"locations", &location_table, "name", "parent", offsetof(struct scenario, locations)},
    {"sites", &site_table, "code", "parent", offsetof(struct scenario, sites)},
    {"distribution_points", &dp_table, "name", "site", offsetof(struct scenario, distribution_points)},
    {"routes", &route_table, NULL, NULL, offsetof(struct scenario, routes)},
};

static const char *capacity_name(enum link_kind kind)
{
    static const char *const names[N_LINK_KINDS] = {
        [LINK_ACCESS_UP] = "up",           [LINK_ACCESS_DOWN] = "down", [LINK_INTERFACE_OUT] = "interface",
        [LINK_INTERFACE_IN] = "interface", [LINK_DISK] = "disk_rate",   [LINK_ROUTE] = "bandwidth",
    };

    return names[kind];
}

/* A capacity that held something back. */
struct bound_link {
    const struct owner *owner;
    guint index;
    const struct param_field *field;
    double waits_s; /* its part of the time that deliveries moved */
};

static GArray *owned(const struct scenario *scenario, const struct owner *owner)
{
    return *(GArray *const *)(const void *)((const char *)scenario + owner->offset);
}

static char *owner_at(const struct scenario *scenario, const struct owner *owner, guint i)
{
    return owned(scenario, owner)->data + i * owner->table->size;
}

static void *setting_of(const struct scenario *scenario, const struct owner *owner, guint i,
                        const struct param_field *field)
{
    return owner_at(scenario, owner, i) + field->offset;
}

static const char *name_of(const struct scenario *scenario, const struct owner *owner, guint i)
{
    const struct param_field *name = field_of(owner->table, owner->name);

    return *(char *const *)setting_of(scenario, owner, i, name);
}

static gint most_bound_first(gconstpointer a, gconstpointer b)
{
    const struct bound_link *p = a, *q = b;

    if (p->waits_s != q->waits_s)
        return p->waits_s > q->waits_s ? -1 : 1;
    if (p->owner != q->owner)
        return p->owner < q->owner ? -1 : 1;
    return p->index != q->index ? (p->index < q->index ? -1 : 1) : strcmp(p->field->name, q->field->name);
}

/* Which owner each link name stands for: struct bound_link without what it held back. */
static GHashTable *link_owners(const struct scenario *scenario)
{
    GHashTable *found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);

    for (size_t k = 0; k < G_N_ELEMENTS(owners); k++) {
        const GArray *list = owned(scenario, &owners[k]);

        for (guint i = 0; list && i < list->len; i++) {
            const struct bound_link is = {.owner = &owners[k], .index = i};
            const struct route_spec *route = owners[k].name ? NULL : &g_array_index(list, struct route_spec, i);
            /* Others may have the same name: what is in front keeps them apart. */
            char *key = route ? g_strdup_printf("route %s to %s", scenario_site(scenario, route->from)->code,
                                                scenario_site(scenario, route->to)->code)
                              : g_strdup_printf("%s %s", owners[k].list, name_of(scenario, &owners[k], i));
            if (g_hash_table_contains(found, key))
                g_free(key);
            else
                g_hash_table_insert(found, key, g_memdup2(&is, sizeof is));
        }
    }
    return found;
}

static GArray *bound_links(const struct collector *c, const struct scenario *scenario)
{
    GArray *links = g_array_new(FALSE, FALSE, sizeof(struct bound_link));
    g_autoptr(GHashTable) found = link_owners(scenario);
    double moved_s = 0, moving_s = collector_digest(c)->moving_s;

    for (guint i = 0; i < scenario->sites->len; i++)
        moved_s += collector_place_s(c, i, CAUSE_SENDING) + collector_place_s(c, i, CAUSE_COPYING);
    for (uint32_t i = 0; i < c->n_links && moving_s > 0; i++) {
        double bound_s = g_array_index(c->link_stats, struct link_stats, i).bound_s;
        enum link_kind kind = c->links[i]->kind;

        if (!(bound_s > 0) || !capacity_name(kind))
            continue;
        const char *prefix = kind == LINK_ROUTE                                   ? "route"
                             : kind == LINK_ACCESS_UP || kind == LINK_ACCESS_DOWN ? "locations"
                             : c->links[i]->of_dp                                 ? "distribution_points"
                                                                                  : "sites";
        g_autofree char *key = g_strdup_printf("%s %s", prefix, c->links[i]->entity);
        const struct bound_link *is = g_hash_table_lookup(found, key);
        g_assert(is);
        struct bound_link link = *is;
        link.field = field_of(link.owner->table, capacity_name(kind));
        link.waits_s = moved_s * bound_s / moving_s;
        /* A distribution stands in its place: it is not ours to change. */
        if (chances_find(scenario->chances, setting_of(scenario, link.owner, link.index, link.field)))
            continue;
        /* An interface is one setting for both ways, which are next to each other. */
        struct bound_link *last = links->len ? &g_array_index(links, struct bound_link, links->len - 1) : NULL;
        if (last && last->owner == link.owner && last->index == link.index && last->field == link.field)
            last->waits_s += link.waits_s;
        else
            g_array_append_val(links, link);
    }
    g_array_sort(links, most_bound_first);
    return links;
}

/* "branch-07" and "branch-12" are of one name. */
static bool differ_in_digits_only(const char *a, const char *b)
{
    for (;; a++, b++) {
        while (g_ascii_isdigit(*a))
            a++;
        while (g_ascii_isdigit(*b))
            b++;
        if (*a != *b || !*a)
            return *a == *b;
    }
}

static bool are_alike(const struct scenario *scenario, const struct bound_link *link, guint other)
{
    const struct owner *owner = link->owner;
    const struct param_field *within = field_of(owner->table, owner->within);
    const int32_t *p = setting_of(scenario, owner, link->index, within);
    const int32_t *q = setting_of(scenario, owner, other, within);

    return *p == *q &&
           value_at(link->field, setting_of(scenario, owner, link->index, link->field)) ==
               value_at(link->field, setting_of(scenario, owner, other, link->field)) &&
           differ_in_digits_only(name_of(scenario, owner, link->index), name_of(scenario, owner, other));
}

/* What --set understands and means all of these, and no others: what they begin with, and *. NULL: there is no such. */
static char *pattern_of(const struct scenario *scenario, const struct owner *owner, const GArray *members)
{
    g_autofree char *prefix = g_strdup(name_of(scenario, owner, g_array_index(members, guint, 0)));
    guint n_matches = 0;

    for (guint i = 1; i < members->len; i++) {
        const char *name = name_of(scenario, owner, g_array_index(members, guint, i));
        size_t same = 0;

        while (prefix[same] && prefix[same] == name[same])
            same++;
        while (same && g_ascii_isdigit(prefix[same - 1]))
            same--;
        prefix[same] = '\0';
    }
    for (guint i = 0; i < owned(scenario, owner)->len; i++)
        n_matches += g_str_has_prefix(name_of(scenario, owner, i), prefix) ? 1 : 0;
    return *prefix && n_matches == members->len ? g_strconcat(prefix, "*", NULL) : NULL;
}

/* Links that are alike and hold back together: to change one of them moves what waits to the next. */
static void propose_like_links(GArray *candidates, struct scenario *scenario, const GArray *links, double least_s)
{
    g_autofree bool *grouped = g_new0(bool, links->len + 1);
    guint n_groups = 0;

    for (guint i = 0; i < links->len && n_groups < MAX_GROUPS; i++) {
        const struct bound_link *link = &g_array_index(links, struct bound_link, i);
        g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(guint));
        g_autoptr(GPtrArray) at = g_ptr_array_new();
        double waits_s = 0;
        guint n_bound = 0;

        if (grouped[i] || !link->owner->name)
            continue;
        n_groups++;
        for (guint k = i; k < links->len; k++) {
            const struct bound_link *other = &g_array_index(links, struct bound_link, k);

            if (other->owner != link->owner || other->field != link->field || !are_alike(scenario, link, other->index))
                continue;
            grouped[k] = true;
            waits_s += other->waits_s;
            n_bound++;
        }
        if (n_bound < 2 || waits_s < least_s)
            continue;
        for (guint k = 0; k < owned(scenario, link->owner)->len; k++)
            if (are_alike(scenario, link, k)) {
                g_array_append_val(members, k);
                g_ptr_array_add(at, setting_of(scenario, link->owner, k, link->field));
            }
        g_autofree char *pattern = pattern_of(scenario, link->owner, members);
        if (pattern)
            propose(candidates, g_strdup_printf("%s.%s.%s", link->owner->list, pattern, link->field->name), link->field,
                    g_steal_pointer(&at), false, waits_s);
    }
}

/* The capacities that held back most, and those that are alike together. */
static void propose_links(GArray *candidates, const struct collector *c, struct scenario *scenario)
{
    g_autoptr(GArray) links = bound_links(c, scenario);
    double least_s = least_share * c->places_total_s;

    for (guint i = 0; i < MIN(links->len, MAX_LINKS); i++) {
        const struct bound_link *link = &g_array_index(links, struct bound_link, i);

        if (link->waits_s < least_s)
            break;
        GPtrArray *at = g_ptr_array_new();
        g_autofree char *which = link->owner->name ? g_strdup(name_of(scenario, link->owner, link->index))
                                                   : g_strdup_printf("%u", link->index);
        g_ptr_array_add(at, setting_of(scenario, link->owner, link->index, link->field));
        propose(candidates, g_strdup_printf("%s.%s.%s", link->owner->list, which, link->field->name), link->field, at,
                false, link->waits_s);
    }
    propose_like_links(candidates, scenario, links, least_s);
}

static gint most_waited_for_first(gconstpointer a, gconstpointer b)
{
    const struct candidate *p = a, *q = b;

    if (p->waits_s != q->waits_s)
        return p->waits_s > q->waits_s ? -1 : 1;
    return strcmp(p->setting, q->setting);
}

/* The same value of the same setting may be proposed for two reasons. */
static bool known(const GArray *candidates, guint n, const struct candidate *candidate)
{
    for (guint i = 0; i < n; i++) {
        const struct candidate *other = &g_array_index(candidates, struct candidate, i);
        if (!strcmp(other->setting, candidate->setting) && other->with == candidate->with)
            return true;
    }
    return false;
}

static GArray *candidates_of(const struct collector *c, struct scenario *scenario, guint most)
{
    GArray *candidates = g_array_new(FALSE, FALSE, sizeof(struct candidate));

    g_array_set_clear_func(candidates, candidate_clear);
    for (size_t i = 0; i < G_N_ELEMENTS(knobs); i++)
        propose_knob(candidates, c, scenario, &knobs[i]);
    propose_links(candidates, c, scenario);
    g_array_sort(candidates, most_waited_for_first);
    for (guint i = candidates->len; i-- > 0;)
        if (known(candidates, i, &g_array_index(candidates, struct candidate, i)))
            g_array_remove_index(candidates, i);
    if (candidates->len > most)
        g_array_set_size(candidates, most);
    return candidates;
}

/* "120s": without a space, so that it needs no quotes in a shell. */
static char *written(const struct candidate *candidate, double value)
{
    char *text = words_setting(candidate->field->kind, value), *to = text;

    for (const char *from = text; *from; from++)
        if (*from != ' ')
            *to++ = *from;
    *to = '\0';
    return text;
}

/* ---- trying ---- */

static struct outcome outcome_of(const struct collector *c)
{
    struct outcome outcome = {.last_s = NAN,
                              .sites = g_array_new(FALSE, FALSE, sizeof(struct site_last)),
                              .objectives = g_array_new(FALSE, FALSE, sizeof(struct objective_result))};
    double first_s = INFINITY, last_s = -INFINITY, sum_s = 0;
    guint n = 0, n_sites = c->scenario->sites->len;
    g_autofree double *site_first_s = g_new(double, n_sites + 1), *site_last_s = g_new(double, n_sites + 1);

    for (guint i = 0; i < n_sites; i++) {
        site_first_s[i] = INFINITY;
        site_last_s[i] = -INFINITY;
    }
    for (uint32_t i = 0; i < collector_n_deliveries(c); i++) {
        struct delivery_fact fact, *row = &fact;

        if (!collector_fact(c, i, &fact) || fact.state == DELIVERY_CANCELLED)
            continue;
        bool delivered = row->state == DELIVERY_DELIVERED;
        sum_s += (delivered ? row->on_dp_s : c->ended_s) - row->requested_s;
        first_s = fmin(first_s, row->requested_s);
        if (delivered)
            last_s = fmax(last_s, row->on_dp_s);
        site_first_s[row->site] = fmin(site_first_s[row->site], row->requested_s);
        site_last_s[row->site] = fmax(site_last_s[row->site], delivered ? row->on_dp_s : INFINITY);
        outcome.delivered += delivered;
        n++;
    }
    for (guint i = 0; i < n_sites; i++) {
        struct site_last last = {scenario_site(c->scenario, (int32_t)i)->code, NAN};
        if (isinf(site_first_s[i]))
            continue;
        if (isfinite(site_last_s[i]))
            last.last_s = site_last_s[i] - site_first_s[i];
        g_array_append_val(outcome.sites, last);
    }
    outcome.mean_s = n ? sum_s / n : 0;
    if (outcome.delivered)
        outcome.last_s = last_s - first_s;
    for (guint i = 0; c->scenario->objectives && i < c->scenario->objectives->len; i++) {
        struct objective_result result =
            objective_judge(c, &g_array_index(c->scenario->objectives, struct objective_spec, i));
        g_array_append_val(outcome.objectives, result);
        outcome.n_met += result.met;
    }
    return outcome;
}

static void outcome_clear(struct outcome *outcome)
{
    g_clear_pointer(&outcome->sites, g_array_unref);
    g_clear_pointer(&outcome->objectives, g_array_unref);
}

struct budget {
    uint64_t events;
    const volatile sig_atomic_t *stop;
};

static bool within(void *ctx, const struct simulation *simulation)
{
    const struct budget *budget = ctx;

    return simulation_n_events(simulation) <= budget->events && !(budget->stop && *budget->stop);
}

/* FALSE: it was stopped, or had more to do than is allowed. */
static bool simulate(const struct scenario *scenario, uint32_t replication, const struct outcome *base,
                     struct budget *budget, struct outcome *outcome)
{
    struct simulation *simulation = simulation_new(scenario, replication, COLLECT_DELIVERIES);
    bool whole = simulation && simulation_run(simulation, simulation->scenario->until_s, within, budget);

    if (whole) {
        *outcome = outcome_of(simulation->collector);
        for (guint i = 0; i < outcome->objectives->len; i++) /* that of the trial goes with it */
            g_array_index(outcome->objectives, struct objective_result, i).spec =
                g_array_index(base->objectives, struct objective_result, i).spec;
    }
    simulation_free(simulation);
    return whole;
}

static bool differs(double a, double b, double least)
{
    return isnan(a) != isnan(b) || fabs(a - b) > fmax(least * fmax(fabs(a), fabs(b)), 1);
}

static int compare(const struct outcome *p, const struct outcome *q)
{
    if (p->delivered != q->delivered)
        return p->delivered > q->delivered ? -1 : 1;
    if (p->n_met != q->n_met)
        return p->n_met > q->n_met ? -1 : 1;
    return p->mean_s < q->mean_s ? -1 : p->mean_s > q->mean_s;
}

/* Below 0: sooner than it was. */
static int order_of_times(double is_s, double was_s, double least)
{
    if (!differs(is_s, was_s, least))
        return 0;
    return isnan(was_s) || is_s < was_s ? -1 : 1; /* NaN: never */
}

/* What changes all in one direction is better or worse; some so and some so is neither. */
static int same_way(bool sooner, bool later)
{
    return (later ? 1 : 0) - (sooner ? 1 : 0);
}

/* How late are those that are missed? */
static int compare_objectives(const struct outcome *is, const struct outcome *was)
{
    bool sooner = false, later = false;

    for (guint i = 0; i < is->objectives->len; i++) {
        const struct objective_result *p = &g_array_index(is->objectives, struct objective_result, i);
        const struct objective_result *q = &g_array_index(was->objectives, struct objective_result, i);
        int order = p->met != q->met ? (p->met ? -1 : 1)
                    : p->met         ? 0
                                     : order_of_times(-p->margin_s, -q->margin_s, least_late_change);
        sooner |= order < 0;
        later |= order > 0;
    }
    return same_way(sooner, later);
}

static int compare_sites(const struct outcome *is, const struct outcome *was)
{
    bool sooner = false, later = false;

    for (guint i = 0; i < is->sites->len; i++) {
        int order = order_of_times(g_array_index(is->sites, struct site_last, i).last_s,
                                   g_array_index(was->sites, struct site_last, i).last_s, least_site_change);
        sooner |= order < 0;
        later |= order > 0;
    }
    return same_way(sooner, later);
}

int advice_compare(const struct advice *advice, const struct trial *trial)
{
    const struct outcome *is = &trial->outcome, *was = &advice->base;

    if (is->delivered != was->delivered || is->n_met != was->n_met)
        return compare(is, was);
    int order = compare_objectives(is, was);
    if (!order)
        order = order_of_times(is->mean_s, was->mean_s, least_change);
    if (!order)
        order = order_of_times(is->last_s, was->last_s, least_change);
    return order ? order : compare_sites(is, was);
}

/* What makes it worse comes after what makes no difference; those not tried by how long deliveries waited for them. */
static gint best_first(gconstpointer a, gconstpointer b, gpointer advice)
{
    const struct trial *p = a, *q = b;
    int order = 0;

    if (p->tried != q->tried)
        return p->tried ? -1 : 1;
    if (p->tried)
        order = advice_compare(advice, p) - advice_compare(advice, q);
    if (p->tried && !order)
        order = compare(&p->outcome, &q->outcome);
    if (!order && p->waits_s != q->waits_s)
        order = p->waits_s > q->waits_s ? -1 : 1;
    return order ? order : strcmp(p->setting, q->setting);
}

struct advice *advice_new(const struct simulation *base, struct scenario *scenario, guint n_trials,
                          const volatile sig_atomic_t *stop)
{
    struct advice *advice = g_new0(struct advice, 1);
    const uint64_t n_fired = simulation_n_events(base);
    g_autoptr(GArray) candidates = candidates_of(base->collector, scenario, n_trials);
    struct budget budget = {max_growth * n_fired + least_events, stop};
    uint64_t left = max_events;

    advice->base = outcome_of(base->collector);
    advice->trials = g_array_new(FALSE, TRUE, sizeof(struct trial));
    for (guint i = 0; i < candidates->len; i++) {
        struct candidate *candidate = &g_array_index(candidates, struct candidate, i);
        struct trial trial = {
            .setting = g_steal_pointer(&candidate->setting),
            .was = written(candidate, candidate->was),
            .with = written(candidate, candidate->with),
            .waits_s = candidate->waits_s,
            .waits_share = candidate->waits_s / base->collector->places_total_s,
        };

        if (n_fired <= left && !(stop && *stop)) {
            left -= n_fired;
            set(candidate, candidate->with);
            trial.tried = simulate(scenario, base->replication, &advice->base, &budget, &trial.outcome);
            set(candidate, candidate->was);
            advice->n_tried += trial.tried;
        }
        advice->stopped = stop && *stop;
        g_array_append_val(advice->trials, trial);
    }
    g_array_sort_with_data(advice->trials, best_first, advice);
    return advice;
}

void advice_free(struct advice *advice)
{
    if (!advice)
        return;
    for (guint i = 0; i < advice->trials->len; i++) {
        struct trial *trial = &g_array_index(advice->trials, struct trial, i);

        g_free(trial->setting);
        g_free(trial->was);
        g_free(trial->with);
        outcome_clear(&trial->outcome);
    }
    g_array_unref(advice->trials);
    outcome_clear(&advice->base);
    g_free(advice);
}

/* ---- telling ---- */

static void append_part(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append_part(GString *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (text->len)
        g_string_append(text, "; ");
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
}

/* Of objectives that are met either way nothing is said. */
static void append_objective(GString *text, const struct objective_result *was, const struct objective_result *is)
{
    g_autofree char *margin = words_margin(is->margin_s), *before = words_margin(was->margin_s);
    const char *name = is->spec->name;

    if (is->met && !was->met)
        append_part(text, "%s: met, %s to spare", name, margin);
    else if (is->met || !differs(is->margin_s, was->margin_s, least_late_change))
        return;
    else if (isnan(is->margin_s))
        append_part(text, "%s: missed, never reached", name);
    else if (isnan(was->margin_s))
        append_part(text, "%s: missed, %s late instead of never reached", name, margin);
    else if (was->met)
        append_part(text, "%s: missed, %s late", name, margin);
    else
        append_part(text, "%s: missed, %s late instead of %s", name, margin, before);
}

/* A tenth or ten times of it: "-100 %" would read as "at once", or as "never". */
static bool differs_widely(double is_s, double was_s)
{
    return is_s <= 0.1 * was_s || is_s >= 10 * was_s;
}

static void append_time(GString *text, const char *what, double was_s, double is_s)
{
    g_autofree char *is = words_duration(is_s), *was = words_duration(was_s);

    if (!differs(is_s, was_s, least_change) || isnan(is_s) || isnan(was_s))
        return;
    if (differs_widely(is_s, was_s))
        append_part(text, "%s %s instead of %s", what, is, was);
    else
        append_part(text, "%s %s (%+.0f %%)", what, is, 100 * (is_s / was_s - 1));
}

/* "PS1 -50 %", "PS4 6 min instead of 1 d 2 h" */
static char *site_change(const struct site_last *was, const struct site_last *is)
{
    g_autofree char *is_words = words_duration(is->last_s), *was_words = words_duration(was->last_s);

    if (differs_widely(is->last_s, was->last_s))
        return g_strdup_printf("%s %s instead of %s", is->site, is_words, was_words);
    return g_strdup_printf("%s %+.0f %%", is->site, 100 * (is->last_s / was->last_s - 1));
}

/* Where the last delivery comes sooner or later: the sites with the largest change. */
static void append_sites(GString *text, const struct outcome *was, const struct outcome *is)
{
    enum { MAX_SITES = 4 };
    g_autofree bool *told = g_new0(bool, is->sites->len + 1);
    GString *list = g_string_new(NULL);
    guint n_more = 0;

    for (guint n = 0; is->sites->len > 1; n++) {
        double most = 0;
        guint which = 0;

        for (guint i = 0; i < is->sites->len; i++) {
            double is_s = g_array_index(is->sites, struct site_last, i).last_s;
            double was_s = g_array_index(was->sites, struct site_last, i).last_s;
            if (!told[i] && differs(is_s, was_s, least_site_change) && fabs(is_s / was_s - 1) > fabs(most)) {
                most = is_s / was_s - 1;
                which = i;
            }
        }
        if (most == 0)
            break;
        told[which] = true;
        if (n >= MAX_SITES) {
            n_more++;
            continue;
        }
        g_autofree char *change = site_change(&g_array_index(was->sites, struct site_last, which),
                                              &g_array_index(is->sites, struct site_last, which));
        g_string_append_printf(list, "%s%s", n ? ", " : "", change);
    }
    if (n_more)
        g_string_append_printf(list, " and %u more", n_more);
    if (list->len)
        append_part(text, "last at %s", list->str);
    g_string_free(list, TRUE);
}

char *advice_change(const struct advice *advice, const struct trial *trial)
{
    const struct outcome *was = &advice->base, *is = &trial->outcome;
    GString *text = g_string_new(NULL);

    if (!trial->tried)
        return g_string_free(text, TRUE);
    if (is->delivered != was->delivered)
        append_part(text, "%u delivered instead of %u", is->delivered, was->delivered);
    for (guint i = 0; i < is->objectives->len; i++)
        append_objective(text, &g_array_index(was->objectives, struct objective_result, i),
                         &g_array_index(is->objectives, struct objective_result, i));
    append_time(text, "mean", was->mean_s, is->mean_s);
    append_time(text, "last one after", was->last_s, is->last_s);
    append_sites(text, was, is);
    return g_string_free(text, text->len == 0);
}

double advice_weight(const struct advice *advice, const struct trial *trial)
{
    const struct outcome *is = &trial->outcome, *was = &advice->base;
    bool counts = is->delivered != was->delivered || is->n_met != was->n_met;

    return (counts ? 1e6 : 0) + fabs(is->mean_s / was->mean_s - 1);
}
