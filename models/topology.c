#include "models/topology.h"

#include <math.h>

#include "models/luck.h"
#include "sim/engine/calendar.h"
#include "sim/engine/random.h"

const char *const link_kind_names[N_LINK_KINDS] = {"access up", "access down", "interface out", "interface in",
                                                   "disk",      "route",       "sender"};

struct fault {
    struct topology *topology;
    struct failing *failing;
    const struct fault_spec *spec;
    const char *entity;
    uint32_t number;  /* among those of its entity */
    gsl_rng *between; /* of a random fault without a distribution of its own: NULL else */
    bool down;
    struct sim_event event;
};

struct watcher {
    void (*changed)(void *ctx);
    void *ctx;
};

#define DAY_S 86400.0

void topology_watch(struct topology *topology, void (*changed)(void *ctx), void *ctx)
{
    const struct watcher watcher = {changed, ctx};
    g_array_append_val(topology->watchers, watcher);
}

/* There are hundreds of thousands, and all stay until the end. */
static const char *text_of(const struct topology *topology, const char *start, const char *end)
{
    size_t n_start = strlen(start), n_end = strlen(end);
    char *text = sim_memory_take(topology->sim->memory, n_start + n_end + 1);
    memcpy(text, start, n_start);
    memcpy(text + n_start, end, n_end + 1);
    return text;
}

struct hierarchy_link *topology_add_link(struct topology *topology, uint32_t part, enum link_kind kind,
                                         const char *entity, double bytes_per_s)
{
    static const char *const suffix[N_LINK_KINDS] = {" up",   " down",  " interface out", " interface in",
                                                     " disk", " route", " sender"};
    struct hierarchy_link *link = sim_memory_take0(topology->sim->memory, sizeof *link);
    link->kind = kind;
    link->entity = text_of(topology, entity, "");
    link->name = text_of(topology, entity, suffix[kind]);
    link->nominal_bytes_per_s = bytes_per_s;
    link->index = topology->links->len;
    sim_link_init(topology->networks[part], &link->link, bytes_per_s);
    link->link.owner = link;
    g_ptr_array_add(topology->links, link);
    return link;
}

static void link_free(gpointer data)
{
    struct hierarchy_link *link = data;
    sim_link_clear(&link->link);
}

static double capacity_now(const struct sim_link *link)
{
    return link->up ? link->capacity_bytes_per_s : 0;
}

static void rate_changed(void *ctx, struct sim_link *link)
{
    const struct topology *topology = ctx;
    const struct hierarchy_link *named = link->owner;
    topology->observer->link_changed(topology->observer->ctx, named->index, link->rate.value, capacity_now(link),
                                     sim_link_now(link));
}

/* ---- background traffic (N1, T1): on the location's own clock ---- */

static double left_over(double bytes_per_s, double free_share)
{
    return free_share > 0 ? bytes_per_s * free_share : 0; /* even of unlimited, 0 % is nothing */
}

/* Goes by the calendar's own time: seconds converted to and fro would miss a change by a rounding error. */
static void background_fires(struct sim *sim, struct sim_event *event)
{
    struct location *location = SIM_OWNER(struct location, background_changes, event);
    struct topology *topology = location->topology;
    double free_share = 1 - sim_calendar_value(location->background, location->calendar_s) / 100;
    sim_link_set_capacity(topology->network, &location->up->link,
                          left_over(location->up->nominal_bytes_per_s, free_share));
    sim_link_set_capacity(topology->network, &location->down->link,
                          left_over(location->down->nominal_bytes_per_s, free_share));
    rate_changed(topology, &location->up->link);
    rate_changed(topology, &location->down->link);
    location->calendar_s = sim_calendar_next_change(location->background, location->calendar_s);
    sim_schedule(sim, &location->background_changes, location->calendar_s - location->clock_ahead_s);
    for (guint i = 0; i < topology->watchers->len; i++) {
        const struct watcher *watcher = &g_array_index(topology->watchers, struct watcher, i);
        watcher->changed(watcher->ctx);
    }
}

static struct sim_calendar *calendar_of(const struct calendar_spec *spec)
{
    struct sim_calendar *calendar = sim_calendar_new(0);
    for (guint i = 0; i < spec->entries->len; i++) {
        const struct calendar_entry *entry = &g_array_index(spec->entries, struct calendar_entry, i);
        sim_calendar_set_days(calendar, entry->days, entry->from_s, entry->to_s, entry->value_percent);
    }
    return calendar;
}

/* ---- faults (N1, N3) ---- */

static gpointer failing_key(enum failing_kind kind, uint32_t index)
{
    return GUINT_TO_POINTER((guint)kind << 30 | (index + 1));
}

struct failing *topology_failing(const struct topology *topology, enum failing_kind kind, uint32_t index)
{
    return g_hash_table_lookup(topology->failing, failing_key(kind, index));
}

static void set_down(struct topology *topology, struct failing *failing, bool down)
{
    for (int i = 0; i < 2; i++)
        sim_link_set_up(topology->network, &failing->links[i]->link, !down);
    if (failing->disk)
        sim_link_set_capacity(topology->network, &failing->disk->link, down ? 0 : failing->disk->nominal_bytes_per_s);
    for (int i = 0; i < 2; i++)
        rate_changed(topology, &failing->links[i]->link);
    if (failing->disk)
        rate_changed(topology, &failing->disk->link);
    if (failing->told)
        failing->told(failing->owner, down);
    if (!down && topology->repaired)
        topology->repaired(topology->owner);
}

static double time_up_s(struct fault *fault)
{
    struct luck *luck = fault->topology->luck;
    return fault->between
               ? sim_random_exponential(fault->between, fault->spec->mean_time_between_s)
               : luck_draw(luck, &fault->spec->mean_time_between_s, fault->entity, "fault %u", fault->number);
}

static void fault_fires(struct sim *sim, struct sim_event *event)
{
    struct fault *fault = SIM_OWNER(struct fault, event, event);
    struct topology *topology = fault->topology;
    struct failing *failing = fault->failing;
    fault->down = !fault->down;
    if (fault->down)
        sim_schedule_after(sim, &fault->event,
                           luck_draw(topology->luck, &fault->spec->for_s, fault->entity, "fault %u", fault->number));
    else if (!isnan(fault->spec->mean_time_between_s))
        sim_schedule_after(sim, &fault->event, time_up_s(fault));
    bool was_down = failing->n_faults > 0;
    failing->n_faults += fault->down ? 1 : -1u;
    if (was_down != (failing->n_faults > 0))
        set_down(topology, failing, !was_down);
}

static void fault_clear(gpointer data)
{
    struct fault *fault = data;
    sim_cancel(fault->topology->sim, &fault->event);
    g_clear_pointer(&fault->between, gsl_rng_free);
}

static void fault_init(struct topology *topology, struct fault *fault, const struct fault_spec *spec)
{
    const struct scenario *scenario = topology->scenario;
    enum failing_kind kind = spec->location >= 0 ? FAILING_LOCATION : spec->site >= 0 ? FAILING_SITE : FAILING_DP;
    int32_t index = kind == FAILING_LOCATION ? spec->location : kind == FAILING_SITE ? spec->site : spec->dp;
    fault->topology = topology;
    fault->spec = spec;
    fault->entity = kind == FAILING_LOCATION ? scenario_location(scenario, index)->name
                    : kind == FAILING_SITE   ? scenario_site(scenario, index)->code
                                             : scenario_dp(scenario, (uint32_t)index)->name;
    fault->failing = topology_failing(topology, kind, (uint32_t)index);
    if (!fault->failing) {
        fault->failing = g_new0(struct failing, 1);
        g_hash_table_insert(topology->failing, failing_key(kind, (uint32_t)index), fault->failing);
    }
    fault->number = fault->failing->n_specs++;
    sim_event_init(&fault->event, SIM_RANK_CAPACITY, fault_fires);
    double at_s = isnan(spec->from_s) ? 0 : spec->from_s;
    if (!isnan(spec->mean_time_between_s)) {
        if (!chances_find(scenario->chances, &spec->mean_time_between_s)) {
            g_autofree char *purpose = g_strdup_printf("time between faults %u", fault->number);
            fault->between = sim_random_stream(topology->sim->seed, topology->sim->replication, fault->entity, purpose);
        }
        at_s += time_up_s(fault);
    }
    sim_schedule(topology->sim, &fault->event, at_s);
}

static void faults_init(struct topology *topology)
{
    const GArray *specs = topology->scenario->faults;
    topology->failing = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
    topology->faults = g_array_new(FALSE, TRUE, sizeof(struct fault));
    g_array_set_clear_func(topology->faults, fault_clear);
    guint n = 0;
    for (guint i = 0; specs && i < specs->len; i++)
        n += !fault_damages(&g_array_index(specs, struct fault_spec, i));
    g_array_set_size(topology->faults, n);
    n = 0;
    for (guint i = 0; specs && i < specs->len; i++) {
        const struct fault_spec *spec = &g_array_index(specs, struct fault_spec, i);
        if (!fault_damages(spec))
            fault_init(topology, &g_array_index(topology->faults, struct fault, n++), spec);
    }
}

/* ---- locations ---- */

static struct location *location_init(struct topology *topology, uint32_t i)
{
    struct location *location = &topology->locations[i];
    if (location->spec)
        return location;
    const struct location_spec *spec = scenario_location(topology->scenario, (int32_t)i);
    location->spec = spec;
    location->topology = topology;
    double utc_offset_s = luck_fixed(topology->luck, &spec->utc_offset_s, spec->name, "run");
    sim_event_init(&location->background_changes, SIM_RANK_CAPACITY, background_fires);
    if (spec->parent < 0) {
        location->utc_offset_s = isnan(spec->utc_offset_s) ? 0 : utc_offset_s;
        return location;
    }
    location->parent = location_init(topology, (uint32_t)spec->parent);
    location->depth = location->parent->depth + 1;
    location->utc_offset_s = isnan(spec->utc_offset_s) ? location->parent->utc_offset_s : utc_offset_s;
    location->latency_s = luck_fixed(topology->luck, &spec->latency_s, spec->name, "run");
    location->up = topology_add_link(topology, topology->partition->of_up[i], LINK_ACCESS_UP, spec->name,
                                     luck_fixed(topology->luck, &spec->up_bytes_per_s, spec->name, "run"));
    location->down = topology_add_link(topology, topology->partition->of_down[i], LINK_ACCESS_DOWN, spec->name,
                                       luck_fixed(topology->luck, &spec->down_bytes_per_s, spec->name, "run"));
    struct failing *failing = topology_failing(topology, FAILING_LOCATION, i);
    if (failing) {
        failing->links[0] = location->up;
        failing->links[1] = location->down;
    }
    return location;
}

static const struct site_spec *top_site(const struct scenario *scenario)
{
    for (guint i = 0; i < scenario->sites->len; i++) {
        const struct site_spec *site = scenario_site(scenario, (int32_t)i);
        if (site->parent < 0)
            return site;
    }
    g_assert_not_reached();
}

static void networks_init(struct topology *topology, struct sim *const *sims)
{
    topology->networks = g_new(struct sim_network *, topology->partition->n_parts);
    for (uint32_t i = 0; i < topology->partition->n_parts; i++) {
        topology->networks[i] =
            i == 0 ? sim_network_new(sims[0]) : sim_network_new_part(sims[i], topology->networks[0]);
        sim_network_observe(topology->networks[i], rate_changed, topology);
    }
    topology->network = topology->networks[0];
}

void topology_init(struct topology *topology, struct sim *const *sims, const struct partition *partition,
                   const struct scenario *scenario, const struct observer *observer, struct luck *luck)
{
    struct sim *sim = sims[0];
    *topology =
        (struct topology){.sim = sim, .partition = partition, .scenario = scenario, .observer = observer, .luck = luck};
    networks_init(topology, sims);
    topology->links = g_ptr_array_new_with_free_func(link_free);
    faults_init(topology);
    topology->n_locations = scenario->locations->len;
    topology->locations = g_new0(struct location, topology->n_locations);
    for (uint32_t i = 0; i < topology->n_locations; i++)
        location_init(topology, i);
    topology->top_utc_offset_s = topology->locations[top_site(scenario)->location].utc_offset_s;
    /* 1970-01-01 was a Thursday. */
    topology->week_s = fmod(scenario->start_s + 3 * DAY_S, SIM_WEEK_S);

    topology->watchers = g_array_new(FALSE, FALSE, sizeof(struct watcher));
    for (uint32_t i = 0; i < topology->n_locations; i++) {
        struct location *location = &topology->locations[i];
        location->clock_ahead_s = topology->week_s - topology->top_utc_offset_s + location->utc_offset_s;
        if (location->spec->background < 0 || !location->parent)
            continue;
        location->background =
            calendar_of(&g_array_index(scenario->calendars, struct calendar_spec, location->spec->background));
        location->calendar_s = location->clock_ahead_s;
        sim_schedule(sim, &location->background_changes, 0);
    }
}

void topology_clear(struct topology *topology)
{
    for (uint32_t i = 0; i < topology->n_locations; i++) {
        sim_cancel(topology->sim, &topology->locations[i].background_changes);
        if (topology->locations[i].background)
            sim_calendar_free(topology->locations[i].background);
    }
    g_array_unref(topology->faults);
    g_hash_table_unref(topology->failing);
    g_array_unref(topology->watchers);
    g_free(topology->locations);
    g_ptr_array_unref(topology->links);
    for (uint32_t i = topology->partition->n_parts; i-- > 0;)
        sim_network_free(topology->networks[i]);
    g_free(topology->networks);
}

/* ---- hosts and paths ---- */

void topology_add_host(struct topology *topology, struct host_parts parts, struct host *host, const char *entity,
                       int32_t location, double interface_bytes_per_s, double disk_bytes_per_s, struct failing *failing)
{
    *host = (struct host){.location = &topology->locations[location]};
    /* What has no limit needs no link, unless that link is to go down. */
    if (failing || isfinite(interface_bytes_per_s)) {
        host->out = topology_add_link(topology, parts.out, LINK_INTERFACE_OUT, entity, interface_bytes_per_s);
        host->in = topology_add_link(topology, parts.in, LINK_INTERFACE_IN, entity, interface_bytes_per_s);
    }
    if ((failing && failing->told) || isfinite(disk_bytes_per_s))
        host->disk = topology_add_link(topology, parts.out, LINK_DISK, entity, disk_bytes_per_s);
    if (!failing)
        return;
    failing->links[0] = host->out;
    failing->links[1] = host->in;
    failing->disk = failing->told ? host->disk : NULL;
}

static void append(GPtrArray *links, struct hierarchy_link *link)
{
    if (link)
        g_ptr_array_add(links, &link->link);
}

static const struct location *common_ancestor(const struct location *a, const struct location *b)
{
    while (a != b) {
        if (a->depth >= b->depth)
            a = a->parent;
        else
            b = b->parent;
    }
    return a;
}

static double append_way_down(GPtrArray *links, const struct location *from, const struct location *to)
{
    if (to == from)
        return 0;
    double latency_s = append_way_down(links, from, to->parent);
    append(links, to->down);
    return latency_s + to->latency_s;
}

double topology_path(const struct host *from, const struct host *to, struct hierarchy_link *extra, GPtrArray *links)
{
    double latency_s = 0;
    append(links, from->disk);
    if (from != to) {
        const struct location *top = common_ancestor(from->location, to->location);
        append(links, from->out);
        for (const struct location *at = from->location; at != top; at = at->parent) {
            append(links, at->up);
            latency_s += at->latency_s;
        }
        latency_s += append_way_down(links, top, to->location);
        append(links, extra);
        append(links, to->in);
        append(links, to->disk);
    }
    return 2 * latency_s;
}

double topology_cap(double window_bytes, double round_trip_s, double max_rate_bytes_per_s, enum transfer_limit *which)
{
    double window_rate = round_trip_s > 0 ? window_bytes / round_trip_s : INFINITY;
    *which = window_rate <= max_rate_bytes_per_s ? LIMIT_WINDOW : LIMIT_MAX_RATE;
    return fmin(window_rate, max_rate_bytes_per_s);
}
