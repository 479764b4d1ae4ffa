/* The figures are the vendor's: the page on sizes and scale, and those on components and threads. */
#include "sim/app/read/scenario_warnings.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/routing.h"
#include "models/workload.h"
#include "sim/app/read/units.h"

enum {
    MOST_PRIMARIES = 25,
    MOST_SECONDARIES = 250,          /* of a primary site */
    MOST_STANDARD_DPS = 250,         /* of a primary or secondary site */
    MOST_PULL_DPS = 2000,            /* the same */
    MOST_DPS = 5000,                 /* of a primary site and its secondary sites */
    MOST_PACKAGES = 10000,           /* and applications, of a distribution point */
    MOST_DISTRIBUTION_THREADS = 750, /* packages times threads per package */
    MOST_PULL_JOBS = 50,             /* active, of a pull distribution point */
    MOST_COMPARED = 100,             /* actions before one that it is compared with */
    MOST_TRIES = 100000,             /* of one send request to a site that cannot be reached: the defaults make 2,400 */
};

static const struct site_spec *site_at(const struct reader *r, uint32_t i)
{
    return scenario_site(r->scenario, (int32_t)i);
}

/* ---- threads ---- */

/* How many children each site has. */
static uint32_t *count_children(const struct reader *r)
{
    uint32_t *n = g_new0(uint32_t, r->scenario->sites->len + 1);

    for (guint i = 0; i < r->scenario->sites->len; i++)
        if (site_at(r, i)->parent >= 0)
            n[site_at(r, i)->parent]++;
    return n;
}

/* Which of two settings that are too much together somebody gave: the one to write about. */
static const char *given_of(const struct reader *r, const struct entity_list *list, uint32_t i, const char *one,
                            const char *other)
{
    const struct set *set;
    g_autofree char *path = NULL;

    if (reader_entity_source(r, list, i, one, &set) || reader_defaults_source(r, list, i, one, &set, &path))
        return one;
    return other;
}

/* S5 */
static void warn_of_sender(struct reader *r, const struct entity_list *sites, uint32_t i)
{
    static const char per_site[] = "sender.max_concurrent_per_site", all_sites[] = "sender.max_concurrent_all_sites";
    const struct sender_params *sender = &site_at(r, i)->sender;
    bool per_site_given = given_of(r, sites, i, per_site, all_sites) == per_site;
    bool lower = per_site_given && sender->max_concurrent_all_sites > 1;

    if (sender->max_concurrent_per_site < sender->max_concurrent_all_sites)
        return;
    reader_mistake_at(
        r, sites, i, per_site_given ? per_site : all_sites, -1, NULL,
        "max_concurrent_per_site (%u) is not below max_concurrent_all_sites (%u): one site that is down can "
        "hold all sending threads while it is tried again, and all others wait; write %s%u or %s",
        sender->max_concurrent_per_site, sender->max_concurrent_all_sites,
        per_site_given && !lower ? "max_concurrent_all_sites " : "",
        lower ? sender->max_concurrent_all_sites - 1 : sender->max_concurrent_per_site + 1, lower ? "less" : "more");
}

/* S5, D5: with no time between them the tries of a request to a dead site are nearly all that a run does. */
static void warn_of_tries(struct reader *r, const struct entity_list *sites, uint32_t i)
{
    static const char reschedule[] = "scheduler.reschedule_delay", retry[] = "sender.retry_delay";
    const struct sender_params *sender = &site_at(r, i)->sender;
    const struct scheduler_params *scheduler = &site_at(r, i)->scheduler;
    double round_s = scheduler->reschedule_delay_s + sender->retries * sender->retry_delay_s +
                     (sender->retries + 1) * sender->connect_timeout_s;
    double for_s = fmin(scheduler->reschedule_for_s, r->scenario->until_s);
    double tries = for_s / round_s * (sender->retries + 1);

    if (!r->scenario->faults || !r->scenario->faults->len || !(tries > MOST_TRIES))
        return;
    g_autofree char *retry_delay = units_human(PARAM_DURATION, sender->retry_delay_s);
    g_autofree char *timeout = units_human(PARAM_DURATION, sender->connect_timeout_s);
    g_autofree char *reschedule_delay = units_human(PARAM_DURATION, scheduler->reschedule_delay_s);
    g_autofree char *for_text = units_human(PARAM_DURATION, for_s);
    reader_mistake_at(
        r, sites, i, given_of(r, sites, i, reschedule, retry), -1, NULL,
        "a send request to a site that cannot be reached is tried up to %.2g million times in %s (%u tries, "
        "retry_delay %s and connect_timeout %s, again and again after reschedule_delay %s), and each try is a "
        "row of the results; write longer delays, such as the defaults 1 min, 30 s and 9 min",
        tries / 1e6, for_text, sender->retries + 1, retry_delay, timeout, reschedule_delay);
}

/* X1 */
static void warn_of_pool(struct reader *r, const struct entity_list *sites, uint32_t i)
{
    static const char per_package[] = "software_distribution.max_threads_per_package",
                      packages[] = "software_distribution.max_packages";
    const struct software_distribution_params *shared = &site_at(r, i)->software_distribution;
    uint32_t n_threads = shared->max_packages * shared->max_threads_per_package;
    const char *field = given_of(r, sites, i, per_package, packages);

    if (n_threads > MOST_DISTRIBUTION_THREADS)
        reader_mistake_at(
            r, sites, i, field, -1, NULL,
            "%u x %u threads (max_packages x max_threads_per_package) are %u, and the vendor advises at most "
            "%d in all, such as 5 x 150 or 10 x 75; write %u or less",
            shared->max_packages, shared->max_threads_per_package, n_threads, MOST_DISTRIBUTION_THREADS,
            MOST_DISTRIBUTION_THREADS / (field == packages ? shared->max_threads_per_package : shared->max_packages));
}

/* L1 */
static void warn_of_pull_jobs(struct reader *r, const struct entity_list *sites, uint32_t i)
{
    if (site_at(r, i)->pull.max_jobs > MOST_PULL_JOBS)
        reader_mistake_at(r, sites, i, "pull.max_jobs", -1, NULL,
                          "the vendor advises against more than %d active jobs of a pull distribution point, to which "
                          "BITS does not scale; write %d or less",
                          MOST_PULL_JOBS, MOST_PULL_JOBS);
}

/* ---- limits that take threads away (S2, X2) ---- */

/* Whether all that a rate limit does is that. */
static const char *at_full_rate(const struct limits *limits)
{
    const GArray *hours = limits->rate_limit.hours;

    if (!hours || !hours->len)
        return "";
    for (guint k = 0; k < hours->len; k++)
        if (g_array_index(hours, struct rate_limit_hours, k).percent < 100)
            return "";
    return "this limit slows nothing down, but ";
}

static const char *limit_of(const struct limits *limits)
{
    return limits->rate_limit.hours && limits->rate_limit.hours->len ? "rate_limit" : "pulse";
}

static void warn_of_route_limits(struct reader *r)
{
    const struct entity_list *routes = reader_list_of_table(r, &route_table);

    for (uint32_t i = 0; i < routes->entities->len; i++) {
        const struct route_spec *route = &g_array_index(routes->entities, struct route_spec, i);
        const struct sender_params *sender = &scenario_site(r->scenario, route->from)->sender;
        uint32_t n = MIN(sender->max_concurrent_per_site, sender->max_concurrent_all_sites);

        if (limits_rate(&route->limits) && n > 1)
            reader_mistake_at(
                r, routes, i, limit_of(&route->limits), -1, NULL,
                "%sunder any rate limit or pulse mode, even at 100 %%, there is one sending at a time on this "
                "route instead of %u; leave it out, or write a \"schedule\", which keeps all of them",
                at_full_rate(&route->limits), n);
    }
}

static uint32_t route_between(const struct entity_list *routes, int32_t from, int32_t to)
{
    uint32_t i = 0;

    for (; i < routes->entities->len; i++) {
        const struct route_spec *route = &g_array_index(routes->entities, struct route_spec, i);
        if (route->from == from && route->to == to)
            break;
    }
    return i;
}

/* Marks the sites in it as well: each circle is told once. */
static void warn_of_circle(struct reader *r, const struct routing *routing, int32_t site, int32_t source, bool *told)
{
    const struct entity_list *routes = reader_list_of_table(r, &route_table);
    g_autoptr(GString) circle = g_string_new(scenario_site(r->scenario, site)->code);
    int32_t at = site;
    int n_shown = 0;

    do {
        at = routing_unused_tier(routing, at, source);
        told[at] = true;
        if (n_shown++ < 8) {
            g_string_prepend(circle, " -> ");
            g_string_prepend(circle, scenario_site(r->scenario, at)->code);
        } else if (n_shown == 9) {
            g_string_prepend(circle, "... -> ");
        }
    } while (at != site);
    reader_mistake_at(r, routes, route_between(routes, routing_unused_tier(routing, site, source), site), NULL, -1,
                      NULL,
                      "routes lead in a circle that content of %s never enters: %s; it comes to each of these sites "
                      "from the parent, as if there were no such routes; leave one of them out",
                      scenario_site(r->scenario, source)->code, circle->str);
}

/* D6: between secondary sites, they are not used for what comes from outside the circle. */
static void warn_of_circles(struct reader *r)
{
    const struct scenario *s = r->scenario;
    g_autofree bool *is_source = g_new0(bool, s->sites->len + 1), *told = g_new0(bool, s->sites->len + 1);
    struct routing routing;

    for (guint i = 0; i < s->packages->len; i++)
        is_source[scenario_package(s, i)->source_site] = true;
    for (guint i = 0; s->workloads && i < s->workloads->len; i++)
        is_source[g_array_index(s->workloads, struct workload_spec, i).source_site] = true;
    routing_init(&routing, s);
    for (int32_t source = 0; source < (int32_t)s->sites->len; source++)
        for (int32_t site = 0; is_source[source] && site < (int32_t)s->sites->len; site++)
            if (!told[site] && routing_unused_tier(&routing, site, source) >= 0)
                warn_of_circle(r, &routing, site, source, told);
    routing_clear(&routing);
}

static void warn_of_dp_limits(struct reader *r)
{
    const struct entity_list *dps = reader_list_of_table(r, &dp_table);

    for (uint32_t i = 0; i < dps->entities->len; i++) {
        const struct dp_spec *dp = scenario_dp(r->scenario, i);
        const struct software_distribution_params *shared =
            &scenario_site(r->scenario, dp->site)->software_distribution;
        uint32_t n = shared->max_packages * shared->max_threads_per_package;
        bool rate = limits_rate(&dp->limits);
        const char *field = rate ? limit_of(&dp->limits) : "schedule";
        const struct set *set;

        if (!rate && !limits_schedule(&dp->limits))
            continue;
        if (dp->type == DP_PULL && reader_entity_source(r, dps, i, field, &set) && !(set && set->pattern))
            reader_mistake_at(
                r, dps, i, field, -1, NULL,
                "a pull distribution point goes by no schedule, rate limit or pulse mode; leave it out, or "
                "write \"max_rate\", a BITS policy");
        else if (dp->type == DP_STANDARD && n > 1)
            reader_mistake_at(
                r, dps, i, field, -1, NULL,
                "%sunder any schedule, rate limit or pulse mode, even at 100 %%, a distribution point takes "
                "one job at a time instead of up to %u; leave it out to have more",
                at_full_rate(&dp->limits), n);
    }
}

/* ---- how many of each (sizes and scale) ---- */

static void warn_of_number(struct reader *r, const struct entity_list *list, uint32_t i, uint32_t n, uint32_t most,
                           const char *what, const char *advice)
{
    if (n > most)
        reader_mistake_at(r, list, i, NULL, -1, NULL, "\"%s\" has %u %s, and the vendor supports %u; %s",
                          (const char *)g_ptr_array_index(list->names, i), n, what, most, advice);
}

static void warn_of_sites_and_dps(struct reader *r, const struct entity_list *sites, const uint32_t *n_children)
{
    struct counts {
        uint32_t standard, pull, all;
    };
    g_autofree struct counts *counts = g_new0(struct counts, sites->entities->len + 1);

    for (guint i = 0; i < r->scenario->distribution_points->len; i++) {
        const struct dp_spec *dp = scenario_dp(r->scenario, i);
        const struct site_spec *site = scenario_site(r->scenario, dp->site);

        (*(dp->type == DP_PULL ? &counts[dp->site].pull : &counts[dp->site].standard))++;
        counts[site->type == SITE_SECONDARY && site->parent >= 0 ? site->parent : dp->site].all++;
    }
    for (guint i = 0; i < sites->entities->len; i++) {
        if (site_at(r, i)->type == SITE_CENTRAL)
            warn_of_number(r, sites, i, n_children[i], MOST_PRIMARIES, "primary sites",
                           "secondary sites do in many places");
        if (site_at(r, i)->type == SITE_PRIMARY)
            warn_of_number(r, sites, i, n_children[i], MOST_SECONDARIES, "secondary sites",
                           "distribution points do in many places");
        warn_of_number(r, sites, i, counts[i].standard, MOST_STANDARD_DPS, "distribution points that do not pull",
                       "let some of them pull, or add a site");
        warn_of_number(r, sites, i, counts[i].pull, MOST_PULL_DPS, "pull distribution points", "add a site");
        if (site_at(r, i)->type == SITE_PRIMARY)
            warn_of_number(r, sites, i, counts[i].all, MOST_DPS,
                           "distribution points, with those of its secondary sites", "add a primary site");
    }
}

static bool brings_content(const struct action_spec *action)
{
    return action->what == ACTION_DISTRIBUTE || action->what == ACTION_REDISTRIBUTE || action->what == ACTION_PRELOAD;
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

static bool has_member(const GArray *members, uint32_t i)
{
    return members && members->len && bsearch(&i, members->data, members->len, sizeof i, compare_u32);
}

/* Packages that a distribution point gets; comes: room for all of them. */
static uint32_t count_packages(const struct reader *r, uint32_t dp, bool *comes)
{
    const GArray *actions = r->scenario->actions;
    uint64_t most = 0;
    uint32_t n = 0;

    for (guint i = 0; i < actions->len; i++) {
        const struct action_spec *action = &g_array_index(actions, struct action_spec, i);
        if (brings_content(action) && has_member(action->to.members, dp))
            most += action->packages.members->len;
    }
    if (most <= MOST_PACKAGES)
        return 0;
    memset(comes, 0, r->scenario->packages->len * sizeof comes[0]);
    for (guint i = 0; i < actions->len; i++) {
        const struct action_spec *action = &g_array_index(actions, struct action_spec, i);
        if (!brings_content(action) || !has_member(action->to.members, dp))
            continue;
        for (guint k = 0; k < action->packages.members->len; k++) {
            bool *it = &comes[g_array_index(action->packages.members, uint32_t, k)];
            n += !*it;
            *it = true;
        }
    }
    return n;
}

/* Says so of the first one only, which may stand for many. */
static void warn_of_packages(struct reader *r)
{
    guint n_packages = r->scenario->packages->len;
    g_autofree bool *comes = g_new0(bool, n_packages + 1);
    uint32_t n = 0;

    for (uint32_t dp = 0;
         n_packages > MOST_PACKAGES && n <= MOST_PACKAGES && dp < r->scenario->distribution_points->len; dp++) {
        n = count_packages(r, dp, comes);
        warn_of_number(r, reader_list_of_table(r, &dp_table), dp, n, MOST_PACKAGES, "packages to hold",
                       "send it fewer");
    }
}

/* ---- actions that do nothing ---- */

static bool within(const GArray *part, const GArray *whole)
{
    if (!part || !whole || part->len > whole->len)
        return false;
    for (guint i = 0; i < part->len; i++)
        if (!has_member(whole, g_array_index(part, uint32_t, i)))
            return false;
    return true;
}

/* Whether after the earlier action nothing is left to do for the later one. */
static bool has_done(const struct action_spec *earlier, const struct action_spec *later)
{
    if (later->what == ACTION_CREATE)
        return (brings_content(earlier) || earlier->what == ACTION_CREATE) &&
               within(later->packages.members, earlier->packages.members);
    return brings_content(earlier) && within(later->packages.members, earlier->packages.members) &&
           within(later->to.members, earlier->to.members);
}

/* What takes content away again, or changes who is meant: after that, all may be different. */
static bool may_undo(const struct action_spec *action)
{
    return !brings_content(action) && action->what != ACTION_CREATE && action->what != ACTION_UPDATE &&
           action->what != ACTION_CONFIGURE;
}

struct taken {
    const struct action_spec *action;
    uint32_t index;
};

static int by_time(const void *a, const void *b)
{
    const struct taken *x = a, *y = b;

    if (x->action->at_s != y->action->at_s)
        return x->action->at_s < y->action->at_s ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static void warn_of_repetition(struct reader *r, const struct entity_list *actions, const struct taken *taken)
{
    bool create = taken->action->what == ACTION_CREATE;

    reader_mistake_at(
        r, actions, taken->index, "every", -1, NULL, "only the first time does something%s; leave this out%s",
        create ? "" : ", unless something has failed",
        create ? ", or write \"update\" for a new version" : ", or write \"redistribute\" to send all of it again");
}

static void warn_of_actions(struct reader *r)
{
    const struct entity_list *actions = reader_list_of_table(r, &action_table);
    guint n = actions->entities->len, from = 0;
    g_autofree struct taken *taken = g_new0(struct taken, n + 1);

    for (guint i = 0; i < n; i++)
        taken[i] = (struct taken){&g_array_index(actions->entities, struct action_spec, i), i};
    qsort(taken, n, sizeof taken[0], by_time);
    for (guint i = 0; i < n; i++) {
        const struct action_spec *action = taken[i].action;
        bool create = action->what == ACTION_CREATE;

        if (may_undo(action))
            from = action->every.kind == EVERY_NONE ? i + 1 : n;
        if (!create && action->what != ACTION_DISTRIBUTE)
            continue;
        if (action->every.kind != EVERY_NONE && action->times > 1 && from < n)
            warn_of_repetition(r, actions, &taken[i]);
        for (guint k = MAX(from, i > MOST_COMPARED ? i - MOST_COMPARED : 0); k < i; k++) {
            if (!has_done(taken[k].action, action))
                continue;
            reader_mistake_at(r, actions, taken[i].index, NULL, -1, NULL,
                              "this does nothing%s: actions[%u] has %s all of it before; leave it out%s",
                              create ? "" : ", unless something has failed",
                              g_array_index(actions->elements, uint32_t, taken[k].index), create ? "created" : "sent",
                              create ? ", or write \"update\" for a new version"
                                     : ", or write \"redistribute\" to send all of it again");
            break;
        }
    }
}

/* ---- the whole ---- */

void scenario_warnings(struct reader *r)
{
    const struct entity_list *sites = reader_list_of_table(r, &site_table);
    g_autofree uint32_t *n_children = count_children(r);

    for (uint32_t i = 0; i < sites->entities->len; i++) {
        if (n_children[i] + (site_at(r, i)->parent >= 0) > 1)
            warn_of_sender(r, sites, i);
        if (n_children[i] || site_at(r, i)->parent >= 0)
            warn_of_tries(r, sites, i);
        warn_of_pool(r, sites, i);
        warn_of_pull_jobs(r, sites, i);
    }
    warn_of_route_limits(r);
    warn_of_circles(r);
    warn_of_dp_limits(r);
    warn_of_sites_and_dps(r, sites, n_children);
    warn_of_packages(r);
    warn_of_actions(r);
}
