#include "sim/app/summary.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "sim/app/tables.h"
#include "sim/app/units.h"

const char *const verdict_names[N_VERDICTS] = {
    "nothing",
    "link_full",
    "more_threads_per_site",
    "more_threads_all_sites",
    "more_transfer_threads",
    "connection",
    "no_source",
    "pull_capacity",
    "schedule",
    "rate_limit",
};

struct spread spread_of(double *values, size_t n)
{
    struct spread spread = {(guint)n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (!n)
        return spread;
    gsl_sort(values, 1, n);
    spread.mean_s = gsl_stats_mean(values, 1, n);
    spread.min_s = values[0];
    spread.p50_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.5);
    spread.p90_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.9);
    spread.p95_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95);
    spread.p99_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.99);
    spread.max_s = values[n - 1];
    return spread;
}

/* The later of two times, where NaN is "not at all". */
static double later(double a, double b)
{
    return fmax(a, b);
}

/* ---- deliveries ---- */

struct group {
    struct tally tally;
    GArray *times; /* double */
};

static void group_init(struct group *group, const char *name)
{
    group->tally = (struct tally){.name = name, .first_requested_s = NAN, .last_on_dp_s = NAN};
    group->times = g_array_new(FALSE, FALSE, sizeof(double));
}

static void group_add(struct group *group, const struct delivery_row *row)
{
    struct tally *tally = &group->tally;

    tally->n++;
    tally->first_requested_s = fmin(tally->first_requested_s, row->requested_s);
    tally->bytes += row->bytes;
    if (row->state == DELIVERY_FAILED)
        tally->failed++;
    else if (row->state == DELIVERY_OPEN)
        tally->open++;
    else if (row->state == DELIVERY_CANCELLED)
        tally->cancelled++;
    if (row->state != DELIVERY_DELIVERED)
        return;
    double time_s = row->on_dp_s - row->requested_s;
    tally->delivered++;
    tally->last_on_dp_s = later(tally->last_on_dp_s, row->on_dp_s);
    tally->total_s += time_s;
    for (int i = 0; i < N_CAUSES; i++)
        if (!isnan(row->cause_s[i]))
            tally->cause_s[i] += row->cause_s[i];
    g_array_append_val(group->times, time_s);
}

static void group_end(struct group *group)
{
    group->tally.time = spread_of((double *)(void *)group->times->data, group->times->len);
    g_array_unref(group->times);
}

static struct group *groups_new(guint n)
{
    return g_new0(struct group, n + 1);
}

/* Keeps the groups that have members, in the scenario's order. */
static GArray *groups_end(struct group *groups, guint n)
{
    GArray *tallies = g_array_new(FALSE, FALSE, sizeof(struct tally));

    for (guint i = 0; i < n; i++) {
        group_end(&groups[i]);
        if (groups[i].tally.n)
            g_array_append_val(tallies, groups[i].tally);
    }
    g_free(groups);
    return tallies;
}

static void tally_deliveries(struct summary *s)
{
    const struct scenario *scenario = s->scenario;
    guint n_packages = scenario->packages->len, n_sites = scenario->sites->len,
          n_dps = scenario->distribution_points->len;
    struct group all, *packages = groups_new(n_packages), *sites = groups_new(n_sites), *dps = groups_new(n_dps);

    group_init(&all, scenario->name);
    for (guint i = 0; i < n_packages; i++)
        group_init(&packages[i], scenario_package(scenario, i)->id);
    for (guint i = 0; i < n_sites; i++)
        group_init(&sites[i], scenario_site(scenario, (int32_t)i)->code);
    for (guint i = 0; i < n_dps; i++)
        group_init(&dps[i], scenario_dp(scenario, i)->name);

    s->last_known_at_site_s = s->last_known_at_central_s = NAN;
    for (guint i = 0; i < s->collector->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(s->collector, i);

        if (!row->known)
            continue;
        group_add(&all, row);
        group_add(&packages[row->package], row);
        group_add(&sites[row->site], row);
        group_add(&dps[row->dp], row);
        s->last_known_at_site_s = later(s->last_known_at_site_s, row->site_knows_s);
        s->last_known_at_central_s = later(s->last_known_at_central_s, row->central_knows_s);
    }
    group_end(&all);
    s->all = all.tally;
    s->packages = groups_end(packages, n_packages);
    s->sites = groups_end(sites, n_sites);
    s->dps = groups_end(dps, n_dps);
}

static void judge_objectives(struct summary *s)
{
    s->objectives = g_array_new(FALSE, FALSE, sizeof(struct objective_result));
    for (guint i = 0; s->scenario->objectives && i < s->scenario->objectives->len; i++) {
        struct objective_result result =
            objective_judge(s->collector, &g_array_index(s->scenario->objectives, struct objective_spec, i));

        g_array_append_val(s->objectives, result);
        s->n_missed += !result.met;
    }
}

/* ---- transfers: totals, and what happened on each path ---- */

static void total_transfers(struct summary *s)
{
    const struct collector *c = s->collector;

    for (int kind = 0; kind < N_TRANSFER_KINDS; kind++)
        s->kinds[kind].first_started_s = s->kinds[kind].last_finished_s = NAN;
    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        struct kind_totals *total = &s->kinds[row->kind];

        total->n++;
        if (row->state == TRANSFER_DONE)
            total->done++;
        else if (row->state == TRANSFER_FAILED)
            total->failed++;
        else if (row->state == TRANSFER_CANCELLED)
            total->cancelled++;
        else
            total->open++;
        total->bytes_moved += row->bytes_moved;
        total->bytes_resent += row->bytes_resent;
        total->link_bytes += row->link_bound_bytes;
        if (row->cap_kind == LIMIT_WINDOW)
            total->window_bytes += row->cap_bound_bytes;
        else
            total->max_rate_bytes += row->cap_bound_bytes;
        *(row->limit_kind == LIMIT_PULSE ? &total->pulse_bytes : &total->rate_limit_bytes) += row->limited_bytes;
        total->attempts += row->attempts;
        total->first_started_s = fmin(total->first_started_s, row->started_s);
        total->last_finished_s = later(total->last_finished_s, row->finished_s);
    }
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *row = collector_attempt(c, i);

        if (row->row < c->transfers->len && strcmp(row->outcome, "done") && strcmp(row->outcome, "notified") &&
            strcmp(row->outcome, "cut_short"))
            s->kinds[collector_transfer(c, row->row)->kind].attempts_failed++;
    }
}

/* Links by kind and entity. */
static char *link_key(enum link_kind kind, const char *entity)
{
    return g_strdup_printf("%d %s", (int)kind, entity);
}

static GHashTable *index_of_links(const struct collector *c)
{
    GHashTable *links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (uint32_t i = 0; i < c->n_links; i++)
        g_hash_table_insert(links, link_key(c->links[i]->kind, c->links[i]->entity), GUINT_TO_POINTER(i + 1));
    return links;
}

/* The links of a path, one after another: it keeps the one with the least capacity. */
struct way {
    const struct summary *s;
    GHashTable *links;
    struct path_result *path;
};

static void consider(const struct way *way, enum link_kind kind, const char *entity)
{
    g_autofree char *key = link_key(kind, entity);
    int32_t index = (int32_t)GPOINTER_TO_UINT(g_hash_table_lookup(way->links, key)) - 1;
    struct hierarchy_link *const *links = way->s->collector->links;

    if (index >= 0 && isfinite(links[index]->nominal_bytes_per_s) &&
        (way->path->tight_link < 0 ||
         links[index]->nominal_bytes_per_s < links[way->path->tight_link]->nominal_bytes_per_s))
        way->path->tight_link = index;
}

static int32_t depth_of(const struct scenario *scenario, int32_t location)
{
    int32_t depth = 0;

    for (; location >= 0; location = scenario_location(scenario, location)->parent)
        depth++;
    return depth;
}

/* The access links between two locations: the tightest, and the round-trip time. */
static void walk(const struct way *way, int32_t from, int32_t to)
{
    const struct scenario *scenario = way->s->scenario;
    int32_t from_depth = depth_of(scenario, from), to_depth = depth_of(scenario, to);

    way->path->round_trip_s = 0;
    while (from != to) {
        bool up = from_depth >= to_depth;
        int32_t *at = up ? &from : &to;
        const struct location_spec *location = scenario_location(scenario, *at);

        consider(way, up ? LINK_ACCESS_UP : LINK_ACCESS_DOWN, location->name);
        way->path->round_trip_s += 2 * location->latency_s;
        *at = location->parent;
        (*(up ? &from_depth : &to_depth))--;
        g_assert(*at >= 0);
    }
}

static void cap_of(struct path_result *path, double window_bytes, double max_rate_bytes_per_s)
{
    double by_window = path->round_trip_s > 0 ? window_bytes / path->round_trip_s : INFINITY;

    path->window_size_bytes = window_bytes;
    path->cap_bytes_per_s = fmin(by_window, max_rate_bytes_per_s);
    path->cap_kind = isinf(path->cap_bytes_per_s)        ? LIMIT_NONE
                     : by_window <= max_rate_bytes_per_s ? LIMIT_WINDOW
                                                         : LIMIT_MAX_RATE;
}

static double given_or(double given, double otherwise)
{
    return isnan(given) ? otherwise : given;
}

static void find_pull_way(const struct way *way, int32_t from_dp, int32_t to_dp, int32_t to_location)
{
    const struct scenario *scenario = way->s->scenario;
    const struct dp_spec *from = scenario_dp(scenario, (uint32_t)from_dp), *to = scenario_dp(scenario, (uint32_t)to_dp);
    const struct site_spec *site = scenario_site(scenario, from->site);
    const struct pull_params *params = &scenario_site(scenario, way->path->from_site)->pull;

    way->path->tight_link = -1;
    consider(way, LINK_INTERFACE_OUT, from->on_site_server ? site->code : from->name);
    walk(way, from->location >= 0 ? from->location : site->location, to_location);
    if (way->path->tight_link < 0)
        consider(way, LINK_INTERFACE_IN, to->name);
    cap_of(way->path, given_or(to->window_bytes, params->window_bytes),
           given_or(to->max_rate_bytes_per_s, params->max_rate_bytes_per_s));
}

static void find_way(const struct way *way, int32_t to_site, int32_t to_dp, int32_t to_location)
{
    const struct scenario *scenario = way->s->scenario;
    struct path_result *path = way->path;
    const struct site_spec *from = scenario_site(scenario, path->from_site);

    path->tight_link = -1;
    consider(way, LINK_INTERFACE_OUT, from->code);
    if (path->kind == TRANSFER_SEND_REQUEST) {
        const struct site_spec *to = scenario_site(scenario, to_site);
        double window_bytes = from->sender.window_bytes, max_rate = from->sender.max_rate_bytes_per_s;

        consider(way, LINK_INTERFACE_IN, to->code);
        walk(way, from->location, to->location);
        for (guint i = 0; i < scenario->routes->len; i++) {
            const struct route_spec *route = &g_array_index(scenario->routes, struct route_spec, i);
            g_autofree char *name = g_strdup_printf("%s to %s", from->code, to->code);

            if (route->from != path->from_site || route->to != to_site)
                continue;
            window_bytes = given_or(route->window_bytes, window_bytes);
            max_rate = given_or(route->max_rate_bytes_per_s, max_rate);
            consider(way, LINK_ROUTE, name);
        }
        cap_of(path, window_bytes, max_rate);
    } else {
        const struct dp_spec *to = scenario_dp(scenario, (uint32_t)to_dp);

        walk(way, from->location, to_location);
        if (path->tight_link < 0)
            consider(way, LINK_INTERFACE_IN, to->name);
        cap_of(path, given_or(to->window_bytes, from->transfer_manager.window_bytes),
               given_or(to->max_rate_bytes_per_s, from->transfer_manager.max_rate_bytes_per_s));
    }
}

static char *percent(double share)
{
    double shown = 100 * share;

    if (isnan(shown))
        return g_strdup("0 %");
    return g_strdup_printf(shown < 9.95 && shown >= 0.05 ? "%.1f %%" : "%.0f %%", shown);
}

/* "each sending is held to 5.8 MB/s by its window (1 MiB / 180 ms)" */
static char *held_to(const struct path_result *path)
{
    static const char *const words[N_TRANSFER_KINDS] = {"sending", "copy", "download"};
    const char *what = words[path->kind];

    if (path->cap_kind == LIMIT_NONE)
        return g_strdup_printf("nothing else holds a %s back", what);
    g_autofree char *rate = summary_rate(path->cap_bytes_per_s);
    if (path->cap_kind == LIMIT_MAX_RATE)
        return g_strdup_printf("each %s is held to %s by max_rate", what, rate);
    g_autofree char *window = units_human(PARAM_SIZE, path->window_size_bytes);
    g_autofree char *round_trip = units_human(PARAM_DURATION, path->round_trip_s);
    return g_strdup_printf("each %s is held to %s by its window (%s / %s)", what, rate, window, round_trip);
}

static void append_tight_link(const struct summary *s, const struct path_result *path, bool more, GString *text)
{
    const struct collector *c = s->collector;

    if (path->tight_link < 0)
        return;
    const struct link_stats *stats = &g_array_index(c->link_stats, struct link_stats, path->tight_link);
    g_autofree char *used = percent(stats->busy_s > 0 ? stats->bytes / stats->busy_capacity_bytes : 0);
    double fill = c->links[path->tight_link]->nominal_bytes_per_s / path->cap_bytes_per_s;

    g_autofree char *name = summary_link(c->links[path->tight_link]);
    g_string_append_printf(text, "; %s carries %s of what it can while in use", name, used);
    if (more && path->cap_kind != LIMIT_NONE && fill > 1)
        g_string_append_printf(text, ", and about %.0f at once would fill it", ceil(fill));
}

/* Threads of the site make no difference to a pull distribution point. */
static void advise_pull(const struct summary *s, struct path_result *path, const char *bound, double full)
{
    const struct pull_params *params = &scenario_site(s->scenario, path->from_site)->pull;
    double bound_bytes = path->link_bytes + path->window_bytes + path->max_rate_bytes;
    double enough_s = 0.1 * (path->waiting_s + path->moving_s);
    GString *text = g_string_new(NULL);

    if (bound && full >= 0.9) {
        g_autofree char *share = percent(full);

        path->verdict = VERDICT_LINK;
        g_string_append_printf(text, "%s is full (%s of the time that it is wanted): only other sources can help",
                               bound, share);
    } else if (path->source_wait_s > enough_s && path->source_wait_s >= path->capacity_wait_s) {
        g_autofree char *again = units_human(PARAM_DURATION, params->source_retry_delay_s);

        path->verdict = VERDICT_SOURCE;
        g_string_append_printf(
            text, "the source had no content yet when it was looked for, every %s: distribute to it first", again);
    } else if (path->capacity_wait_s > enough_s) {
        path->verdict = VERDICT_PULL_CAPACITY;
        g_string_append(text, "jobs wait for room");
    } else if (path->window_bytes + path->max_rate_bytes > 0.5 * bound_bytes) {
        g_autofree char *held = held_to(path);

        path->verdict = VERDICT_CONNECTION;
        g_string_append(text, held);
    } else {
        path->verdict = VERDICT_NOTHING_HOLDS;
        g_string_append(text, "nothing holds it back");
    }
    g_string_append_printf(text, "; at most %.0f of %u jobs active at one of them", path->most_active,
                           params->max_jobs);
    path->advice = g_string_free(text, FALSE);
}

/* S2, X2 */
static const char *one_at_a_time(const struct limits *limits, bool schedule)
{
    if (limits->pulse.block_bytes > 0)
        return "pulse mode";
    if (limits_rate(limits))
        return "rate limit";
    return schedule && limits_schedule(limits) ? "schedule" : NULL;
}

static const char *one_at_a_time_to(const struct scenario *scenario, int32_t from_site, int32_t to_site, int32_t to_dp)
{
    if (to_dp >= 0)
        return one_at_a_time(&scenario_dp(scenario, (uint32_t)to_dp)->limits, true);
    for (guint i = 0; scenario->routes && i < scenario->routes->len; i++) {
        const struct route_spec *route = &g_array_index(scenario->routes, struct route_spec, i);
        if (route->from == from_site && route->to == to_site)
            return one_at_a_time(&route->limits, false);
    }
    return NULL;
}

/* Whether what an administrator has limited is what holds it back; if so, says it. */
static bool advise_limits(struct path_result *path)
{
    double all_s = path->waiting_s + path->moving_s;
    double moved_bytes = path->link_bytes + path->window_bytes + path->max_rate_bytes + path->limited_bytes;
    const char *what = path->kind == TRANSFER_SEND_REQUEST ? "sending" : "copy";

    if (path->closed_s > 0.5 * all_s) {
        g_autofree char *share = percent(path->closed_s / all_s);
        path->verdict = VERDICT_SCHEDULE;
        path->advice =
            g_strdup_printf("closed by its schedule for %s of all waiting and moving: more threads cannot help", share);
        return true;
    }
    if (!path->one_at_a_time || (path->line_blocked_s <= 0.1 * all_s && path->limited_bytes <= 0.5 * moved_bytes))
        return false;
    path->verdict = VERDICT_RATE_LIMIT;
    g_autofree char *share = percent(moved_bytes > 0 ? path->limited_bytes / moved_bytes : 0);
    path->advice = g_strdup_printf("one %s at a time because of its %s, which slows down %s of the bytes; more threads "
                                   "cannot help",
                                   what, path->one_at_a_time, share);
    return true;
}

/* What would help, by what its transfers waited for and what held them back while they moved. */
static void advise(const struct summary *s, struct path_result *path)
{
    const struct site_spec *from = scenario_site(s->scenario, path->from_site);
    double bound_bytes = path->link_bytes + path->window_bytes + path->max_rate_bytes;
    bool waits = path->waiting_s > 0.1 * (path->waiting_s + path->moving_s) && path->waiting_s > path->n;
    bool by_link = path->link_bytes > 0.5 * bound_bytes;
    double full_s = 0, full = 0;
    GString *text = g_string_new(NULL);
    g_autofree char *bound = NULL;

    if (by_link && path->bound_link >= 0) {
        bound = summary_link(s->collector->links[path->bound_link]);
        full_s = g_array_index(s->collector->link_stats, struct link_stats, path->bound_link).full_s;
        full = path->wanted_s > 0 ? fmin(1, full_s / path->wanted_s) : 1;
    }
    if (path->kind == TRANSFER_PULL_JOB) {
        g_string_free(text, TRUE);
        advise_pull(s, path, bound, full);
        return;
    }
    if (advise_limits(path)) {
        g_string_free(text, TRUE);
        return;
    }
    /* A link that is full whenever it is used, but is not used while requests wait for a thread, is not what is short.
     */
    if (by_link && path->bound_link >= 0 && (full >= 0.9 || !waits)) {
        g_autofree char *share = percent(path->link_bytes / bound_bytes);

        path->verdict = VERDICT_LINK;
        g_string_append_printf(text, "%s of the bytes are held back by a full link, most by %s", share, bound);
    } else if (waits) {
        if (path->kind == TRANSFER_DP_JOB) {
            path->verdict = VERDICT_POOL;
            g_string_append_printf(text, "waits for a thread (max_packages x max_threads_per_package is %u x %u): ",
                                   from->software_distribution.max_packages,
                                   from->software_distribution.max_threads_per_package);
        } else if (path->line_blocked_s >= 0.5 * path->waiting_s) {
            path->verdict = VERDICT_PER_SITE;
            g_string_append_printf(text, "waits for a thread to that site (max_concurrent_per_site is %u): ",
                                   from->sender.max_concurrent_per_site);
        } else {
            path->verdict = VERDICT_ALL_SITES;
            g_string_append_printf(
                text, "waits for a thread (max_concurrent_all_sites is %u): ", from->sender.max_concurrent_all_sites);
        }
        if (by_link && path->bound_link >= 0) {
            g_autofree char *share = percent(1 - full);

            g_string_append_printf(text, "%s has room %s of the time that it is wanted", bound, share);
        } else {
            g_autofree char *held = held_to(path);

            g_string_append(text, held);
            append_tight_link(s, path, true, text);
        }
    } else if (path->window_bytes + path->max_rate_bytes > 0.5 * bound_bytes) {
        g_autofree char *held = held_to(path);

        path->verdict = VERDICT_CONNECTION;
        g_string_append_printf(text, "threads are free: %s", held);
        append_tight_link(s, path, false, text);
    } else {
        path->verdict = VERDICT_NOTHING_HOLDS;
        g_string_append(text, "nothing holds it back");
    }
    path->advice = g_string_free(text, FALSE);
}

static gint most_time_first(gconstpointer a, gconstpointer b)
{
    const struct path_result *p = a, *q = b;
    double left = p->waiting_s + p->moving_s, right = q->waiting_s + q->moving_s;

    return left > right ? -1 : left < right;
}

static void walk_paths(struct summary *s)
{
    const struct collector *c = s->collector;
    const struct scenario *scenario = s->scenario;
    g_autoptr(GHashTable) links = index_of_links(c);
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    g_autofree double *most_active = g_new0(double, scenario->distribution_points->len + 1);
    for (uint32_t i = 0; i < c->n_pools; i++) {
        int32_t dp = c->pools[i].kind == POOL_PULL_JOBS ? collector_dp(c, c->pools[i].entity) : -1;
        if (dp >= 0)
            most_active[dp] = c->pools[i].slots->in_use.max;
    }
    s->paths = g_array_new(FALSE, TRUE, sizeof(struct path_result));
    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        bool pull = row->kind == TRANSFER_PULL_JOB;
        int32_t from = collector_site(c, row->from), to_site = -1, to_dp = -1, to_location = -1, from_dp = -1;

        if (pull && (to_dp = collector_dp(c, row->to)) >= 0) {
            from_dp = collector_dp(c, row->from);
            from = scenario_dp(scenario, (uint32_t)to_dp)->site;
        }

        if (from < 0)
            continue;
        if (row->kind == TRANSFER_SEND_REQUEST) {
            to_site = collector_site(c, row->to);
        } else if ((to_dp = collector_dp(c, row->to)) >= 0) {
            to_location = scenario_dp(scenario, (uint32_t)to_dp)->location;
            if (to_location < 0)
                to_location = scenario_site(scenario, from)->location;
        }
        int32_t to = row->kind == TRANSFER_SEND_REQUEST ? to_site : to_location;
        if (to < 0)
            continue;

        gint64 key = ((gint64)row->kind << 56) |
                     ((gint64)(from_dp >= 0 ? (int32_t)scenario->sites->len + from_dp : from) << 28) | to;
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(known, &key));
        if (!number) {
            struct path_result fresh = {.kind = row->kind, .from = row->from, .from_site = from, .bound_link = -1};

            fresh.to = row->kind == TRANSFER_SEND_REQUEST ? row->to : scenario_location(scenario, to)->name;
            if (from_dp >= 0)
                find_pull_way(&(struct way){s, links, &fresh}, from_dp, to_dp, to_location);
            else
                find_way(&(struct way){s, links, &fresh}, to_site, to_dp, to_location);
            g_array_append_val(s->paths, fresh);
            number = s->paths->len;
            g_hash_table_insert(known, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(number));
        }
        struct path_result *path = &g_array_index(s->paths, struct path_result, number - 1);
        /* Rows come in the order in which they were created. */
        double until_s = isnan(row->finished_s) ? s->ended_s : row->finished_s;
        path->wanted_s += fmax(0, until_s - fmax(row->created_s, path->wanted_until_s));
        path->wanted_until_s = fmax(path->wanted_until_s, until_s);
        path->n++;
        path->bytes += row->bytes_moved;
        path->waiting_s += row->in_state_s[TRANSFER_WAITING];
        if (pull) {
            double capacity_s = row->in_state_s[TRANSFER_CAPACITY_WAIT] + row->in_state_s[TRANSFER_QUEUED];
            path->source_wait_s += row->in_state_s[TRANSFER_SOURCE_WAIT];
            path->capacity_wait_s += capacity_s;
            path->waiting_s += row->in_state_s[TRANSFER_SOURCE_WAIT] + capacity_s;
            path->most_active = fmax(path->most_active, most_active[to_dp]);
        }
        path->line_blocked_s += row->line_blocked_s;
        path->closed_s += row->closed_s;
        path->limited_bytes += row->limited_bytes;
        const char *limited = pull ? NULL : one_at_a_time_to(scenario, from, to_site, to_dp);
        if (limited)
            path->one_at_a_time = limited;
        path->moving_s += row->in_state_s[TRANSFER_MOVING];
        path->link_bytes += row->link_bound_bytes;
        if (row->cap_kind == LIMIT_WINDOW)
            path->window_bytes += row->cap_bound_bytes;
        else
            path->max_rate_bytes += row->cap_bound_bytes;
        /* The link that holds back most: a vote by bytes, which is right whenever one has the majority. */
        if (row->limit_link >= 0) {
            if (row->limit_link == path->bound_link) {
                path->bound_link_bytes += row->link_bound_bytes;
            } else if ((path->bound_link_bytes -= row->link_bound_bytes) < 0) {
                path->bound_link = row->limit_link;
                path->bound_link_bytes = -path->bound_link_bytes;
            }
        }
    }
    for (guint i = 0; i < s->paths->len; i++)
        advise(s, &g_array_index(s->paths, struct path_result, i));
    g_array_sort(s->paths, most_time_first);
}

/* ---- pools and links ---- */

static void sum_up_pools(struct summary *s)
{
    const struct collector *c = s->collector;
    g_autofree double *longest_s = g_new0(double, N_TRANSFER_KINDS *(s->scenario->sites->len + 1));

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        int32_t from = collector_site(c, row->from);

        if (from >= 0) {
            double *longest = &longest_s[N_TRANSFER_KINDS * from + row->kind];
            *longest = fmax(*longest, row->in_state_s[TRANSFER_WAITING]);
        }
    }
    s->pools = g_array_new(FALSE, TRUE, sizeof(struct pool_result));
    for (uint32_t i = 0; i < c->n_pools; i++) {
        const struct hierarchy_pool *pool = &c->pools[i];
        const struct pool_stats *stats = &g_array_index(c->pool_stats, struct pool_stats, i);
        int32_t site = collector_site(c, pool->entity);
        struct pool_result result = {
            .index = i,
            .name = tables_pool_name(pool),
            .capacity = pool->slots->capacity == SIM_UNLIMITED ? INFINITY : (double)pool->slots->capacity,
            .mean_in_use = sim_level_mean(&pool->slots->in_use, c->ended_s),
            .max_in_use = pool->slots->in_use.max,
            .mean_waiting = sim_level_mean(&pool->slots->waiting, c->ended_s),
            .max_waiting = pool->slots->waiting.max,
            .busy_s = stats->busy_s,
            .full_s = stats->full_s,
            .held_up_s = stats->held_up_s,
            .n_granted = pool->slots->n_granted,
            .waited_s = pool->slots->waited_s,
            .longest_wait_s = NAN,
        };
        double most_blocked_s = 0;

        result.utilisation = result.mean_in_use / result.capacity;
        result.mean_wait_s = result.n_granted ? result.waited_s / (double)result.n_granted : 0;
        if (site >= 0 && pool->kind == POOL_SENDER)
            result.longest_wait_s = longest_s[N_TRANSFER_KINDS * site + TRANSFER_SEND_REQUEST];
        else if (site >= 0 && pool->kind == POOL_TRANSFER_MANAGER)
            result.longest_wait_s = longest_s[N_TRANSFER_KINDS * site + TRANSFER_DP_JOB];
        for (guint k = 0; pool->kind == POOL_SENDER && k < s->paths->len; k++) {
            const struct path_result *path = &g_array_index(s->paths, struct path_result, k);

            if (path->kind != TRANSFER_SEND_REQUEST || strcmp(path->from, pool->entity))
                continue;
            result.line_blocked_s += path->line_blocked_s;
            if (path->line_blocked_s > most_blocked_s) {
                most_blocked_s = path->line_blocked_s;
                result.most_blocked = path->to;
            }
        }
        g_array_append_val(s->pools, result);
    }
}

static gint most_bound_first(gconstpointer a, gconstpointer b)
{
    const struct link_result *p = a, *q = b;

    if (p->bound_share != q->bound_share)
        return p->bound_share > q->bound_share ? -1 : 1;
    double left = isnan(p->busy_utilisation) ? -1 : p->busy_utilisation;
    double right = isnan(q->busy_utilisation) ? -1 : q->busy_utilisation;
    if (left != right)
        return left > right ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}

static void sum_up_links(struct summary *s)
{
    const struct collector *c = s->collector;
    double moving_s = 0;

    for (guint i = 0; i < c->transfers->len; i++)
        moving_s += collector_transfer(c, i)->in_state_s[TRANSFER_MOVING];
    s->links = g_array_new(FALSE, TRUE, sizeof(struct link_result));
    for (uint32_t i = 0; i < c->n_links; i++) {
        const struct link_stats *stats = &g_array_index(c->link_stats, struct link_stats, i);
        struct link_result result = {
            .index = i,
            .mean_bytes_per_s = c->ended_s > 0 ? stats->bytes / c->ended_s : 0,
            .utilisation = isfinite(stats->capacity_bytes) ? stats->bytes / stats->capacity_bytes : NAN,
            .busy_utilisation = isfinite(stats->busy_capacity_bytes) ? stats->bytes / stats->busy_capacity_bytes : NAN,
            .bound_share = moving_s > 0 ? stats->bound_s / moving_s : 0,
        };

        if (stats->bytes > 0)
            g_array_append_val(s->links, result);
    }
    g_array_sort(s->links, most_bound_first);
}

/* ---- the whole ---- */

struct summary *summary_new(const struct collector *collector, const char *effective_text, const char *program_version,
                            bool complete)
{
    struct summary *s = g_new0(struct summary, 1);

    s->collector = collector;
    s->scenario = collector->scenario;
    s->program_version = program_version;
    s->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, effective_text, -1);
    s->complete = complete;
    s->ended_s = collector->ended_s;
    tally_deliveries(s);
    judge_objectives(s);
    total_transfers(s);
    walk_paths(s);
    sum_up_pools(s);
    sum_up_links(s);
    s->assumed = assumed_defaults(collector);
    return s;
}

void summary_free(struct summary *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->pools->len; i++)
        g_free(g_array_index(s->pools, struct pool_result, i).name);
    for (guint i = 0; i < s->paths->len; i++)
        g_free(g_array_index(s->paths, struct path_result, i).advice);
    assumed_free(s->assumed);
    GArray *arrays[] = {s->packages, s->sites, s->dps, s->pools, s->links, s->paths, s->objectives};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    g_free(s->hash);
    g_free(s);
}
