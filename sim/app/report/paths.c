#include "sim/app/report/paths.h"

#include <math.h>
#include <string.h>

const char *const path_time_names[N_PATH_TIMES] = {
    "destination_busy", "thread_wait", "closed", "source_wait", "capacity_wait", "failing", "moving", "adding", "other",
};

const char *const path_pace_names[N_PATH_PACES] = {"link", "window", "max_rate", "rate_limit_or_pulse"};

/* ---- when links could carry nothing ---- */

/* Links by kind and entity; of_dp as in hierarchy_link. */
static char *link_key(enum link_kind kind, bool of_dp, const char *entity)
{
    return g_strdup_printf("%d %d %s", (int)kind, of_dp, entity);
}

static GHashTable *index_of_links(const struct collector *c)
{
    GHashTable *links = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (uint32_t i = 0; i < c->n_links; i++)
        g_hash_table_insert(links, link_key(c->links[i]->kind, c->links[i]->of_dp, c->links[i]->entity),
                            GUINT_TO_POINTER(i + 1));
    return links;
}

/* Of each link: GArray of struct outage, in the order of time; NULL: none. */
static GPtrArray *outages_by_link(const struct collector *c)
{
    GPtrArray *by_link = g_ptr_array_new();

    g_ptr_array_set_size(by_link, (gint)c->n_links);
    for (guint i = 0; i < c->outages->len; i++) {
        const struct outage *outage = &g_array_index(c->outages, struct outage, i);

        if (!by_link->pdata[outage->link])
            by_link->pdata[outage->link] = g_array_new(FALSE, FALSE, sizeof(struct outage));
        g_array_append_vals(by_link->pdata[outage->link], outage, 1);
    }
    return by_link;
}

static void outages_free(GPtrArray *by_link)
{
    for (guint i = 0; i < by_link->len; i++)
        if (by_link->pdata[i])
            g_array_unref(by_link->pdata[i]);
    g_ptr_array_unref(by_link);
}

static double shut_between(const GArray *outages, double from_s, double to_s)
{
    double sum_s = 0;

    for (guint i = 0; i < outages->len; i++) {
        const struct outage *outage = &g_array_index(outages, struct outage, i);
        if (outage->from_s >= to_s)
            break;
        sum_s += fmax(0, fmin(to_s, outage->to_s) - fmax(from_s, outage->from_s));
    }
    return sum_s;
}

/* A link of a path that could carry nothing for some of the run, and for how much of the path's wanted_s. */
struct shut_link {
    int32_t link;
    double shut_s;
};

/* ---- the way from one end to the other ---- */

/* The links of a path, one after another: it keeps the one with the least capacity, and those that were shut. */
struct way {
    const struct collector *c;
    GHashTable *routes, *links;
    const GPtrArray *shut_times;
    GArray *shut; /* struct shut_link */
    struct path_result *path;
};

static void consider(const struct way *way, enum link_kind kind, bool of_dp, const char *entity)
{
    g_autofree char *key = link_key(kind, of_dp, entity);
    int32_t index = (int32_t)GPOINTER_TO_UINT(g_hash_table_lookup(way->links, key)) - 1;
    struct hierarchy_link *const *links = way->c->links;

    if (index >= 0 && way->shut_times->pdata[index]) {
        struct shut_link shut = {index, 0};
        g_array_append_val(way->shut, shut);
    }
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
    const struct scenario *scenario = way->c->scenario;
    int32_t from_depth = depth_of(scenario, from), to_depth = depth_of(scenario, to);

    way->path->round_trip_s = 0;
    while (from != to) {
        bool up = from_depth >= to_depth;
        int32_t *at = up ? &from : &to;
        const struct location_spec *location = scenario_location(scenario, *at);

        consider(way, up ? LINK_ACCESS_UP : LINK_ACCESS_DOWN, false, location->name);
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
}

static double given_or(double given, double otherwise)
{
    return isnan(given) ? otherwise : given;
}

static void find_pull_way(const struct way *way, int32_t from_dp, int32_t to_dp, int32_t to_location)
{
    const struct scenario *scenario = way->c->scenario;
    const struct dp_spec *from = scenario_dp(scenario, (uint32_t)from_dp), *to = scenario_dp(scenario, (uint32_t)to_dp);
    const struct site_spec *site = scenario_site(scenario, from->site);
    const struct pull_params *params = &scenario_site(scenario, way->path->from_site)->pull;

    way->path->tight_link = -1;
    consider(way, LINK_INTERFACE_OUT, !from->on_site_server, from->on_site_server ? site->code : from->name);
    walk(way, from->location >= 0 ? from->location : site->location, to_location);
    if (way->path->tight_link < 0)
        consider(way, LINK_INTERFACE_IN, true, to->name);
    cap_of(way->path, given_or(to->window_bytes, params->window_bytes),
           given_or(to->max_rate_bytes_per_s, params->max_rate_bytes_per_s));
}

static void find_way(const struct way *way, int32_t to_site, int32_t to_dp, int32_t to_location)
{
    const struct scenario *scenario = way->c->scenario;
    struct path_result *path = way->path;
    const struct site_spec *from = scenario_site(scenario, path->from_site);

    path->tight_link = -1;
    consider(way, LINK_INTERFACE_OUT, false, from->code);
    if (path->kind == TRANSFER_SEND_REQUEST) {
        const struct site_spec *to = scenario_site(scenario, to_site);
        double window_bytes = from->sender.window_bytes, max_rate = from->sender.max_rate_bytes_per_s;

        consider(way, LINK_INTERFACE_IN, false, to->code);
        walk(way, from->location, to->location);
        const struct route_spec *route = scenario_route_between(way->routes, path->from_site, to_site);
        if (route) {
            g_autofree char *name = g_strdup_printf("%s to %s", from->code, to->code);

            window_bytes = given_or(route->window_bytes, window_bytes);
            max_rate = given_or(route->max_rate_bytes_per_s, max_rate);
            consider(way, LINK_ROUTE, false, name);
        }
        cap_of(path, window_bytes, max_rate);
    } else {
        const struct dp_spec *to = scenario_dp(scenario, (uint32_t)to_dp);

        walk(way, from->location, to_location);
        if (path->tight_link < 0)
            consider(way, LINK_INTERFACE_IN, true, to->name);
        cap_of(path, given_or(to->window_bytes, from->transfer_manager.window_bytes),
               given_or(to->max_rate_bytes_per_s, from->transfer_manager.max_rate_bytes_per_s));
    }
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

static const char *one_at_a_time_to(const struct scenario *scenario, GHashTable *routes, const struct path_ends *ends)
{
    if (ends->to_dp >= 0)
        return one_at_a_time(&scenario_dp(scenario, (uint32_t)ends->to_dp)->limits, true);
    const struct route_spec *route = scenario_route_between(routes, ends->from_site, ends->to_site);
    return route ? one_at_a_time(&route->limits, false) : NULL;
}

/* ---- adding up ---- */

static bool find_ends(const struct collector *c, const struct transfer_row *row, struct path_ends *ends)
{
    *ends = (struct path_ends){-1, -1, -1, -1, -1};
    if (row->kind == TRANSFER_SEND_REQUEST) {
        ends->from_site = collector_site(c, row->from);
        ends->to_site = collector_site(c, row->to);
        return ends->from_site >= 0 && ends->to_site >= 0;
    }
    if ((ends->to_dp = row->to_dp >= 0 ? row->to_dp : collector_dp(c, row->to)) < 0)
        return false;
    const struct dp_spec *dp = scenario_dp(c->scenario, (uint32_t)ends->to_dp);
    ends->from_site = dp->site;
    if (row->kind == TRANSFER_PULL_JOB)
        ends->from_dp = collector_dp(c, row->from);
    ends->to_location = dp->location >= 0      ? dp->location
                        : ends->from_site >= 0 ? scenario_site(c->scenario, ends->from_site)->location
                                               : -1;
    return ends->from_site >= 0 && ends->to_location >= 0;
}

static inline void add_state(struct path_result *path, enum path_time time, const struct transfer_row *row,
                             enum transfer_state state)
{
    path->time_s[time] += row->in_state_s[state];
    path->total_s += row->in_state_s[state];
}

static void add_transfer(struct path_result *path, const struct transfer_row *row)
{
    path->n++;
    add_state(path, PATH_OTHER, row, TRANSFER_SCHEDULED);
    add_state(path, PATH_OTHER, row, TRANSFER_STARTING);
    add_state(path, PATH_OTHER, row, TRANSFER_NOTIFYING);
    add_state(path, PATH_FAILING, row, TRANSFER_CONNECTING);
    add_state(path, PATH_FAILING, row, TRANSFER_RETRYING);
    add_state(path, PATH_FAILING, row, TRANSFER_RESCHEDULED);
    add_state(path, PATH_MOVING, row, TRANSFER_MOVING);
    add_state(path, PATH_ADDING, row, TRANSFER_ADDING);
    add_state(path, PATH_SOURCE, row, TRANSFER_SOURCE_WAIT);
    add_state(path, PATH_CAPACITY, row, TRANSFER_QUEUED);
    add_state(path, PATH_CAPACITY, row, TRANSFER_CAPACITY_WAIT);
    add_state(path, PATH_THREAD, row, TRANSFER_WAITING);
    path->time_s[PATH_THREAD] -= row->line_blocked_s + row->closed_s;
    path->time_s[PATH_LINE] += row->line_blocked_s;
    path->time_s[PATH_CLOSED] += row->closed_s;
    path->bytes += row->bytes_moved;
    path->pace_bytes[PACE_LINK] += row->link_bound_bytes;
    path->pace_bytes[PACE_WINDOW] += row->window_bytes;
    path->pace_bytes[PACE_MAX_RATE] += row->max_rate_bytes;
    path->pace_bytes[PACE_LIMIT] += row->limited_bytes;
}

/* What held back most of a transfer's bytes, in sums over the path. */
struct bound {
    int32_t link;
    double bytes;
};

/* Of what a path is made while transfers are added. */
struct path_parts {
    struct path_ends ends; /* of the first transfer */
    struct bound bound;    /* the first one; link -1: none */
    GArray *more_bounds;   /* struct bound; NULL: none */
    /* When there was something to send, in order, apart: the last time, and those before it. */
    struct outage last; /* from_s NaN: never */
    GArray *before;     /* struct outage; NULL: none */
};

static void add_bound(struct path_parts *parts, const struct transfer_row *row)
{
    const struct bound fresh = {row->bound_link, row->bound_link_bytes};

    if (row->bound_link < 0)
        return;
    if (parts->bound.link == row->bound_link) {
        parts->bound.bytes += row->bound_link_bytes;
        return;
    }
    if (parts->bound.link < 0) {
        parts->bound = fresh;
        return;
    }
    if (!parts->more_bounds)
        parts->more_bounds = g_array_new(FALSE, FALSE, sizeof(struct bound));
    for (guint i = 0; i < parts->more_bounds->len; i++) {
        struct bound *bound = &g_array_index(parts->more_bounds, struct bound, i);
        if (bound->link == row->bound_link) {
            bound->bytes += row->bound_link_bytes;
            return;
        }
    }
    g_array_append_val(parts->more_bounds, fresh);
}

static void consider_bound(struct path_result *path, const struct bound *bound)
{
    if (bound->bytes > path->bound_link_bytes) {
        path->bound_link = bound->link;
        path->bound_link_bytes = bound->bytes;
    }
}

static void forget_last(struct path_parts *parts)
{
    const struct outage never = {0, NAN, NAN};
    bool any = parts->before && parts->before->len;

    parts->last = any ? g_array_index(parts->before, struct outage, parts->before->len - 1) : never;
    if (any)
        g_array_set_size(parts->before, parts->before->len - 1);
}

/* Transfers come in the order in which they were created, or in that in which they ended: either way only the last
 * stretches are touched. */
static void add_wanted(struct path_result *path, struct path_parts *parts, double from_s, double to_s)
{
    struct outage *last = &parts->last;

    for (; !isnan(last->from_s); forget_last(parts)) {
        if (last->to_s < from_s)
            break;
        if (last->from_s <= from_s) {
            if (to_s > last->to_s) {
                path->wanted_s += to_s - last->to_s;
                last->to_s = to_s;
            }
            return;
        }
        to_s = fmax(to_s, last->to_s);
        path->wanted_s -= last->to_s - last->from_s;
    }
    if (to_s <= from_s)
        return;
    const struct outage fresh = {0, from_s, to_s};
    path->wanted_s += to_s - from_s;
    if (!isnan(last->from_s)) {
        if (!parts->before)
            parts->before = g_array_new(FALSE, FALSE, sizeof(struct outage));
        g_array_append_val(parts->before, parts->last);
    }
    parts->last = fresh;
}

static void find_most(struct path_result *path)
{
    double most_bytes = 0;

    path->most_time = PATH_MOVING;
    for (int i = 0; i < N_PATH_TIMES; i++)
        if (path->time_s[i] > path->time_s[path->most_time])
            path->most_time = (enum path_time)i;
    path->most_pace = N_PATH_PACES;
    for (int i = 0; i < N_PATH_PACES; i++)
        if (path->pace_bytes[i] > most_bytes) {
            most_bytes = path->pace_bytes[i];
            path->most_pace = (enum path_pace)i;
        }
}

/* Those that took as long: by name, whichever was told of first. */
static gint most_time_first(gconstpointer a, gconstpointer b)
{
    const struct path_result *p = a, *q = b;

    if (p->total_s != q->total_s)
        return p->total_s > q->total_s ? -1 : 1;
    int order = g_strcmp0(p->from, q->from);
    if (!order)
        order = g_strcmp0(p->to, q->to);
    return order ? order : (p->kind > q->kind) - (p->kind < q->kind);
}

/* Where a transfer to a distribution point, of this kind and from there, was added: the next one goes there too. */
struct known_path {
    const char *from;
    const char *one_at_a_time;
    guint number; /* of the path + 1; 0: none yet */
    uint8_t kind; /* enum transfer_kind */
};

struct paths_adding {
    const struct collector *c;
    GHashTable *routes;      /* scenario_routes() */
    struct known_path *last; /* per distribution point */
    GHashTable *known;       /* by ends: number of the path + 1 */
    GArray *paths;           /* struct path_result */
    GArray *parts;           /* struct path_parts, of each */
    GHashTable *pulling;     /* path and distribution point, in one word */
};

struct paths_adding *paths_begin(const struct collector *c, GHashTable *routes)
{
    struct paths_adding *adding = g_new0(struct paths_adding, 1);

    adding->c = c;
    adding->routes = routes;
    adding->last = g_new0(struct known_path, c->scenario->distribution_points->len + 1);
    adding->known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    adding->paths = g_array_new(FALSE, TRUE, sizeof(struct path_result));
    adding->parts = g_array_new(FALSE, TRUE, sizeof(struct path_parts));
    adding->pulling = g_hash_table_new(NULL, NULL);
    return adding;
}

static guint path_number(struct paths_adding *adding, const struct transfer_row *row, const struct path_ends *ends)
{
    const struct scenario *scenario = adding->c->scenario;
    int32_t to = row->kind == TRANSFER_SEND_REQUEST ? ends->to_site : ends->to_location;
    int32_t from = ends->from_dp >= 0 ? (int32_t)scenario->sites->len + ends->from_dp : ends->from_site;
    gint64 key = ((gint64)row->kind << 56) | ((gint64)from << 28) | to;
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(adding->known, &key));

    if (!number) {
        const struct path_result fresh = {
            .kind = row->kind,
            .from = row->from,
            .to = row->kind == TRANSFER_SEND_REQUEST ? row->to : scenario_location(scenario, to)->name,
            .from_site = ends->from_site,
            .n_paths = 1,
            .bound_link = -1,
            .shut_link = -1};
        const struct path_parts parts = {.ends = *ends, .bound.link = -1, .last = {0, NAN, NAN}};

        g_array_append_val(adding->paths, fresh);
        g_array_append_val(adding->parts, parts);
        number = adding->paths->len;
        g_hash_table_insert(adding->known, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(number));
    }
    return number - 1;
}

static bool find_path(struct paths_adding *adding, const struct transfer_row *row, struct known_path *known)
{
    struct path_ends ends;

    if (!find_ends(adding->c, row, &ends))
        return false;
    guint number = path_number(adding, row, &ends);
    *known = (struct known_path){.from = row->from, .number = number + 1, .kind = row->kind};
    if (row->kind == TRANSFER_PULL_JOB)
        g_hash_table_add(adding->pulling, GSIZE_TO_POINTER((gsize)number << 32 | (uint32_t)(ends.to_dp + 1)));
    else
        known->one_at_a_time = one_at_a_time_to(adding->c->scenario, adding->routes, &ends);
    return true;
}

void paths_add(struct paths_adding *adding, const struct transfer_row *row, double until_s)
{
    struct known_path known = {0}, *last = row->to_dp >= 0 ? &adding->last[row->to_dp] : &known;

    if (!last->number || last->from != row->from || last->kind != row->kind) {
        if (!find_path(adding, row, &known))
            return;
        *last = known;
    }
    struct path_result *path = &g_array_index(adding->paths, struct path_result, last->number - 1);
    struct path_parts *parts = &g_array_index(adding->parts, struct path_parts, last->number - 1);

    add_transfer(path, row);
    add_bound(parts, row);
    add_wanted(path, parts, row->created_s, isnan(row->finished_s) ? until_s : row->finished_s);
    if (last->one_at_a_time)
        path->one_at_a_time = last->one_at_a_time;
}

/* How many jobs were active at once at any one of the distribution points. */
static void find_most_active(struct paths_adding *adding)
{
    const struct collector *c = adding->c;
    g_autofree double *most_active = g_new0(double, c->scenario->distribution_points->len + 1);
    GHashTableIter iter;
    gpointer key;

    for (uint32_t i = 0; i < c->n_pools; i++) {
        int32_t dp = c->pools[i].kind == POOL_PULL_JOBS ? collector_dp(c, c->pools[i].entity) : -1;
        if (dp >= 0)
            most_active[dp] = c->pools[i].slots->in_use.max;
    }
    g_hash_table_iter_init(&iter, adding->pulling);
    while (g_hash_table_iter_next(&iter, &key, NULL)) { /* in any order: it is a maximum */
        gsize both = GPOINTER_TO_SIZE(key);
        struct path_result *path = &g_array_index(adding->paths, struct path_result, both >> 32);
        path->most_active = fmax(path->most_active, most_active[(both & UINT32_MAX) - 1]);
    }
}

static void find_shut(struct path_result *path, const struct path_parts *parts, const GArray *shut,
                      const GPtrArray *outages)
{
    for (guint i = 0; i < shut->len; i++) {
        struct shut_link link = g_array_index(shut, struct shut_link, i);

        for (guint k = 0; parts->before && k < parts->before->len; k++) {
            const struct outage *wanted = &g_array_index(parts->before, struct outage, k);
            link.shut_s += shut_between(outages->pdata[link.link], wanted->from_s, wanted->to_s);
        }
        if (!isnan(parts->last.from_s))
            link.shut_s += shut_between(outages->pdata[link.link], parts->last.from_s, parts->last.to_s);
        if (link.shut_s > path->shut_s) {
            path->shut_s = link.shut_s;
            path->shut_link = link.link;
        }
    }
}

GArray *paths_end(struct paths_adding *adding)
{
    const struct collector *c = adding->c;
    g_autoptr(GHashTable) links = index_of_links(c);
    GPtrArray *outages = outages_by_link(c);
    GArray *paths = adding->paths;

    find_most_active(adding);
    for (guint i = 0; i < paths->len; i++) {
        struct path_result *path = &g_array_index(paths, struct path_result, i);
        struct path_parts *parts = &g_array_index(adding->parts, struct path_parts, i);
        const struct path_ends *ends = &parts->ends;
        g_autoptr(GArray) shut = g_array_new(FALSE, FALSE, sizeof(struct shut_link));
        const struct way way = {c, adding->routes, links, outages, shut, path};

        if (ends->from_dp >= 0)
            find_pull_way(&way, ends->from_dp, ends->to_dp, ends->to_location);
        else
            find_way(&way, ends->to_site, ends->to_dp, ends->to_location);
        find_most(path);
        consider_bound(path, &parts->bound);
        for (guint k = 0; parts->more_bounds && k < parts->more_bounds->len; k++)
            consider_bound(path, &g_array_index(parts->more_bounds, struct bound, k));
        find_shut(path, parts, shut, outages);
        g_clear_pointer(&parts->more_bounds, g_array_unref);
        g_clear_pointer(&parts->before, g_array_unref);
    }
    outages_free(outages);
    g_array_unref(adding->parts);
    g_hash_table_unref(adding->known);
    g_hash_table_unref(adding->pulling);
    g_free(adding->last);
    g_free(adding);
    g_array_sort(paths, most_time_first);
    return paths;
}

void paths_abandon(struct paths_adding *adding)
{
    if (!adding)
        return;
    for (guint i = 0; i < adding->parts->len; i++) {
        struct path_parts *parts = &g_array_index(adding->parts, struct path_parts, i);
        g_clear_pointer(&parts->more_bounds, g_array_unref);
        g_clear_pointer(&parts->before, g_array_unref);
    }
    g_array_unref(adding->parts);
    g_array_unref(adding->paths);
    g_hash_table_unref(adding->known);
    g_hash_table_unref(adding->pulling);
    g_free(adding->last);
    g_free(adding);
}

void paths_free(GArray *paths)
{
    for (guint i = 0; i < paths->len; i++)
        g_free(g_array_index(paths, struct path_result, i).ends);
    g_array_unref(paths);
}

/* ---- groups ---- */

static bool alike(const struct path_result *p, const struct path_result *q)
{
    return p->kind == q->kind && p->most_time == q->most_time && p->most_pace == q->most_pace &&
           p->one_at_a_time == q->one_at_a_time && (p->shut_s > 0) == (q->shut_s > 0);
}

/* What differs is left out: -1, NaN. */
static void add_path(struct path_result *group, const struct path_result *path)
{
    group->n_paths++;
    group->n += path->n;
    for (int i = 0; i < N_PATH_TIMES; i++)
        group->time_s[i] += path->time_s[i];
    group->total_s += path->total_s;
    group->bytes += path->bytes;
    for (int i = 0; i < N_PATH_PACES; i++)
        group->pace_bytes[i] += path->pace_bytes[i];
    group->bound_link_bytes += path->bound_link_bytes;
    if (group->bound_link != path->bound_link)
        group->bound_link = -1;
    if (group->round_trip_s != path->round_trip_s || group->window_size_bytes != path->window_size_bytes)
        group->round_trip_s = NAN;
    if (group->from_site != path->from_site)
        group->from_site = -1;
    group->most_active = fmax(group->most_active, path->most_active);
    group->wanted_s += path->wanted_s;
    group->shut_s += path->shut_s;
    if (group->shut_link != path->shut_link)
        group->shut_link = -1;
}

/* Paths from one sender: how many, and where the first of them lead. */
struct from_one {
    const char *from;
    guint n;
    GString *to;
};

/* "CS1 to NYC, LON; PS1 to MAN"; of many sites, or of distribution points at many locations, their number; and so of
 * many that they come from. */
static char *ends_of(const struct path_result *group, const GArray *paths)
{
    enum { MAX_LOCATIONS = 2, MAX_SITES = 6, MAX_FROM = 4 };
    bool sites = group->kind == TRANSFER_SEND_REQUEST;
    const guint most = sites ? MAX_SITES : MAX_LOCATIONS;
    GString *text = g_string_new(NULL);
    g_autoptr(GArray) senders = g_array_new(FALSE, FALSE, sizeof(struct from_one));
    g_autoptr(GHashTable) index = g_hash_table_new(g_str_hash, g_str_equal); /* from: place + 1 */

    for (guint i = 0; i < paths->len; i++) {
        const struct path_result *path = &g_array_index(paths, struct path_result, i);

        if (!alike(path, group))
            continue;
        guint place = GPOINTER_TO_UINT(g_hash_table_lookup(index, path->from));
        if (!place) {
            const struct from_one fresh = {path->from, 0, g_string_new(NULL)};
            g_array_append_val(senders, fresh);
            place = senders->len;
            g_hash_table_insert(index, (char *)(uintptr_t)path->from, GUINT_TO_POINTER(place));
        }
        struct from_one *sender = &g_array_index(senders, struct from_one, place - 1);
        if (sender->n++ < most)
            g_string_append_printf(sender->to, "%s%s", sender->to->len ? ", " : "", path->to);
    }
    for (guint i = 0; i < senders->len; i++) {
        const struct from_one *sender = &g_array_index(senders, struct from_one, i);

        if (i < MAX_FROM)
            g_string_append_printf(text, "%s%s to ", text->len ? "; " : "", sender->from);
        if (i < MAX_FROM && sender->n > most)
            g_string_append_printf(text, "%u %s", sender->n, sites ? "sites" : "locations");
        else if (i < MAX_FROM)
            g_string_append(text, sender->to->str);
        g_string_free(sender->to, TRUE);
    }
    if (senders->len > MAX_FROM)
        g_string_append_printf(text, "; and from %u more", senders->len - MAX_FROM);
    return g_string_free(text, FALSE);
}

GArray *paths_group(const GArray *paths)
{
    GArray *groups = g_array_new(FALSE, TRUE, sizeof(struct path_result));

    for (guint i = 0; i < paths->len; i++) {
        const struct path_result *path = &g_array_index(paths, struct path_result, i);
        struct path_result *group = NULL;

        for (guint k = 0; k < groups->len && !group; k++)
            if (alike(&g_array_index(groups, struct path_result, k), path))
                group = &g_array_index(groups, struct path_result, k);
        if (group) {
            add_path(group, path);
            continue;
        }
        struct path_result fresh = *path;
        fresh.ends = ends_of(path, paths);
        g_array_append_val(groups, fresh);
    }
    g_array_sort(groups, most_time_first);
    return groups;
}
