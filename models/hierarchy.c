#include "models/hierarchy.h"

#include <math.h>
#include <string.h>

#include "models/hierarchy_parts.h"
#include "models/message.h"

const char *const pool_kind_names[N_POOL_KINDS] = {"package threads",  "compressor", "sender",   "despooler",
                                                   "transfer manager", "status",     "pull jobs"};

/* ---- wiring ---- */

static void pool_changed(struct sim *sim, struct sim_slots *slots)
{
    const struct hierarchy_pool *pool = slots->owner;
    const struct hierarchy *h = pool->hierarchy;
    h->observer->pool_changed(h->observer->ctx, (uint32_t)(pool - h->pools), slots->in_use.value, slots->waiting.value,
                              slots->n_shut_out, sim_now(sim));
}

static void add_pool(struct hierarchy *h, const char *entity, enum pool_kind kind, struct sim_slots *slots)
{
    struct hierarchy_pool *pool = &h->pools[h->n_pools++];
    *pool = (struct hierarchy_pool){entity, kind, slots, h};
    slots->owner = pool;
    slots->changed = h->observer->pool_changed ? pool_changed : NULL;
}

/* A site whose server is down starts nothing: its pools give no threads, and package threads begin with no other
 * distribution point. What has begun and takes a set time ends; what reads or writes there stands still with the disk;
 * what is being sent or copied fails as it does when the other end is down. */
static void site_down(void *owner, bool down)
{
    struct site *site = owner;
    struct hierarchy *h = site->hierarchy;
    sim_slots_shut(site->sim, &site->distribution_manager.threads, down);
    sim_slots_shut(site->sim, &site->distribution_manager.compressor, down);
    sim_slots_shut(site->sim, &site->sender.threads, down);
    sim_slots_shut(site->sim, &site->despooler.threads, down);
    sim_slots_shut(site->sim, &site->transfer_manager.threads, down);
    sim_slots_shut(site->sim, &site->status_manager.threads, down);
    site->distribution_manager.down = down;
    for (uint32_t i = 0; !down && i < h->content.n_packages; i++)
        if (site->packages[i])
            site_package_resume(site->packages[i]);
}

static void repaired(void *owner)
{
    struct hierarchy *h = owner;
    messages_go_on(&h->held_up);
}

static void site_init(struct hierarchy *h, uint32_t index)
{
    struct site *site = &h->sites[index];
    const struct site_spec *spec = scenario_site(h->scenario, (int32_t)index);
    uint32_t part = h->partition.of_site[index];
    struct sim_network *network = h->topology.networks[part];
    *site = (struct site){.hierarchy = h, .sim = h->sims[part], .spec = spec, .index = (int32_t)index};
    site->packages = g_new0(struct site_package *, h->content.n_packages);
    struct failing *failing = topology_failing(&h->topology, FAILING_SITE, index);
    if (failing) {
        failing->told = site_down;
        failing->owner = site;
    }
    topology_add_host(&h->topology, (struct host_parts){.out = part}, &site->host, spec->code, spec->location,
                      luck_fixed(h->luck, &spec->interface_bytes_per_s, spec->code, "run"),
                      luck_fixed(h->luck, &spec->disk_bytes_per_s, spec->code, "run"), failing);
    struct sim_link *disk = site->host.disk ? &site->host.disk->link : NULL;

    distribution_manager_init(&site->distribution_manager, site->sim, network, &spec->distribution_manager,
                              &spec->software_distribution, &h->content, h->observer, spec->code, disk);
    site->scheduler = (struct scheduler){site->sim, &spec->scheduler, h->observer, spec->code, NULL, h->luck};
    sender_init(&site->sender, site->sim, network, &spec->sender, h->observer, spec->code);
    despooler_init(&site->despooler, site->sim, network, &spec->despooler, h->observer, spec->code, disk);
    transfer_manager_init(&site->transfer_manager, site->sim, network, &spec->transfer_manager,
                          spec->software_distribution.max_packages, spec->software_distribution.max_threads_per_package,
                          &h->content, h->observer, spec->code);
    status_manager_init(&site->status_manager, site->sim, &spec->status_manager);

    errands_connect(site);
    removals_connect(site);
    actions_connect(site);
    site->distribution_manager.luck = site->sender.luck = site->despooler.luck = h->luck;
    site->transfer_manager.luck = site->status_manager.luck = h->luck;
    site->status_manager.site = spec->code;

    add_pool(h, spec->code, POOL_PACKAGE_THREADS, &site->distribution_manager.threads);
    add_pool(h, spec->code, POOL_COMPRESSOR, &site->distribution_manager.compressor);
    add_pool(h, spec->code, POOL_SENDER, &site->sender.threads);
    add_pool(h, spec->code, POOL_DESPOOLER, &site->despooler.threads);
    add_pool(h, spec->code, POOL_TRANSFER_MANAGER, &site->transfer_manager.threads);
    add_pool(h, spec->code, POOL_STATUS, &site->status_manager.threads);
    if (spec->parent < 0)
        h->top = (int32_t)index;
}

static struct limiter_setup limits_of(const struct hierarchy *h, const struct limits *limits, const struct host *from,
                                      const struct host *to, const char *entity)
{
    const struct pulse pulse = {luck_fixed(h->luck, &limits->pulse.block_bytes, entity, "run"),
                                luck_fixed(h->luck, &limits->pulse.delay_s, entity, "run")};
    const struct host *clock = limits->rate_limit_clock == CLOCK_OF_DESTINATION ? to : from;
    return (struct limiter_setup){.limits = limits,
                                  .pulse = pulse,
                                  .bandwidth_bytes_per_s = INFINITY,
                                  .schedule_ahead_s = from->location->clock_ahead_s,
                                  .rate_ahead_s = clock->location->clock_ahead_s};
}

static bool connected(const struct site *from, const struct site *to)
{
    return (uint32_t)to->index < from->n_destinations && from->destinations[to->index];
}

static struct sender_destination *destination_new(struct site *from, const struct site *to)
{
    if (from->n_destinations <= (uint32_t)to->index) {
        uint32_t n = (uint32_t)to->index + 1;
        from->destinations = g_renew(struct sender_destination *, from->destinations, n);
        memset(from->destinations + from->n_destinations, 0, (n - from->n_destinations) * sizeof *from->destinations);
        from->n_destinations = n;
    }
    return from->destinations[to->index] = g_new(struct sender_destination, 1);
}

static void connect_sites(struct hierarchy *h, GHashTable *routes, struct site *from, struct site *to,
                          struct hierarchy_link *meter)
{
    const struct route_spec *route = scenario_route_between(routes, from->index, to->index);
    const double *window = &from->spec->sender.window_bytes, *max_rate = &from->spec->sender.max_rate_bytes_per_s;
    struct hierarchy_link *bandwidth = NULL;
    if (route) {
        if (isfinite(route->bandwidth_bytes_per_s)) {
            g_autofree char *name = g_strconcat(from->spec->code, " to ", to->spec->code, NULL);
            double bytes_per_s =
                luck_fixed(h->luck, &route->bandwidth_bytes_per_s, from->spec->code, "to %s", to->spec->code);
            bandwidth = topology_add_link(&h->topology, 0, LINK_ROUTE, name, bytes_per_s);
        }
        window = isnan(route->window_bytes) ? window : &route->window_bytes;
        max_rate = isnan(route->max_rate_bytes_per_s) ? max_rate : &route->max_rate_bytes_per_s;
    }
    GPtrArray *links = g_ptr_array_new();
    g_ptr_array_add(links, &meter->link);
    double round_trip_s = topology_path(&from->host, &to->host, bandwidth, links);
    enum transfer_limit cap_kind;
    double cap = topology_cap(luck_fixed(h->luck, window, from->spec->code, "to %s", to->spec->code), round_trip_s,
                              luck_fixed(h->luck, max_rate, from->spec->code, "to %s", to->spec->code), &cap_kind);
    struct sender_destination *destination = destination_new(from, to);
    sender_destination_init(destination, &from->sender, to->spec->code, links, cap, cap_kind);
    if (!route)
        return;
    struct limiter_setup setup = limits_of(h, &route->limits, &from->host, &to->host, from->spec->code);
    setup.bandwidth_bytes_per_s = bandwidth ? bandwidth->nominal_bytes_per_s : INFINITY;
    sender_destination_limit(destination, &setup, route->on_window_close);
    topology_watch(&h->topology, limiter_path_changed, &destination->limiter);
}

/* Parents with their children, both ways, and what routes between secondary sites connect (D6). */
static void connect_all_sites(struct hierarchy *h)
{
    g_autofree struct hierarchy_link **meters = g_new0(struct hierarchy_link *, h->n_sites);
    g_autoptr(GHashTable) routes = scenario_routes(h->scenario);
    for (uint32_t i = 0; i < h->n_sites; i++) {
        struct site *site = &h->sites[i];
        if (site->spec->parent < 0)
            continue;
        struct site *parent = &h->sites[site->spec->parent];
        struct site *both[] = {site, parent};
        for (int k = 0; k < 2; k++)
            if (!meters[both[k]->index])
                meters[both[k]->index] = topology_add_link(&h->topology, 0, LINK_SENDER, both[k]->spec->code, INFINITY);
        connect_sites(h, routes, site, parent, meters[site->index]);
        connect_sites(h, routes, parent, site, meters[parent->index]);
    }
    for (guint i = 0; h->scenario->routes && i < h->scenario->routes->len; i++) {
        const struct route_spec *route = &g_array_index(h->scenario->routes, struct route_spec, i);
        if (!connected(&h->sites[route->from], &h->sites[route->to]))
            connect_sites(h, routes, &h->sites[route->from], &h->sites[route->to], meters[route->from]);
    }
}

static void dp_init(struct hierarchy *h, uint32_t index)
{
    struct distribution_point *dp = &h->dps[index];
    const struct dp_spec *spec = scenario_dp(h->scenario, index);
    struct site *site = &h->sites[spec->site];
    const struct transfer_manager_params *params = &site->spec->transfer_manager;
    *dp = (struct distribution_point){.spec = spec, .index = index, .manager = &site->transfer_manager};
    if (!spec->on_site_server) {
        uint32_t part = h->partition.of_site[spec->site];
        topology_add_host(&h->topology, (struct host_parts){part, part}, &dp->host, spec->name,
                          spec->location >= 0 ? spec->location : site->spec->location,
                          luck_fixed(h->luck, &spec->interface_bytes_per_s, spec->name, "run"),
                          luck_fixed(h->luck, &spec->disk_bytes_per_s, spec->name, "run"),
                          topology_failing(&h->topology, FAILING_DP, index));
        struct hierarchy_link *const links[] = {dp->host.out, dp->host.in, dp->host.disk};
        for (size_t i = 0; i < G_N_ELEMENTS(links); i++)
            if (links[i])
                links[i]->of_dp = true;
    }
    for (guint i = 0; spec->drives && i < spec->drives->len; i++) {
        const struct drive_spec *drive = &g_array_index(spec->drives, struct drive_spec, i);
        double size_bytes = luck_fixed(h->luck, &drive->size_bytes, spec->name, "drive %u", i);
        drives_add(&dp->drives, size_bytes,
                   size_bytes - luck_fixed(h->luck, &drive->used_bytes, spec->name, "drive %u", i));
    }
    dp->drives.reserve_bytes = luck_fixed(h->luck, &spec->drive_reserve_bytes, spec->name, "run");
    dp->held_up = &h->held_up;
    dp->at = spec->on_site_server ? &site->host : &dp->host;
    dp->links = g_ptr_array_new();
    double round_trip_s = topology_path(&site->host, dp->at, NULL, dp->links);
    const double *window = isnan(spec->window_bytes) ? &params->window_bytes : &spec->window_bytes;
    const double *max_rate =
        isnan(spec->max_rate_bytes_per_s) ? &params->max_rate_bytes_per_s : &spec->max_rate_bytes_per_s;
    enum transfer_limit cap_kind;
    double cap = topology_cap(luck_fixed(h->luck, window, spec->name, "run"), round_trip_s,
                              luck_fixed(h->luck, max_rate, spec->name, "run"), &cap_kind);
    const struct limiter_setup setup = limits_of(h, &spec->limits, &site->host, dp->at, spec->name);
    transfer_manager_connect(&site->transfer_manager, dp, cap, cap_kind, &setup);
    if (limits_rate(&spec->limits))
        topology_watch(&h->topology, limiter_path_changed, &dp->limiter);
}

/* Which distribution points pull, now or after an action; returns how many. */
static uint32_t find_pulling(struct hierarchy *h)
{
    const struct scenario *scenario = h->scenario;
    g_autofree bool *pulls = g_new0(bool, scenario->distribution_points->len);
    uint32_t n = 0;
    for (uint32_t i = 0; i < scenario->distribution_points->len; i++)
        pulls[i] = scenario_dp(scenario, i)->type == DP_PULL;
    for (guint i = 0; i < scenario->actions->len; i++) {
        const struct action_spec *action = &g_array_index(scenario->actions, struct action_spec, i);
        if (action->what == ACTION_CONFIGURE && action->type == DP_PULL)
            for (guint k = 0; k < action->to.members->len; k++)
                pulls[g_array_index(action->to.members, uint32_t, k)] = true;
    }
    h->pull_dps = g_new0(struct pull_distribution_point *, scenario->distribution_points->len);
    for (uint32_t i = 0; i < scenario->distribution_points->len; i++)
        if (pulls[i]) {
            h->pull_dps[i] = sim_memory_take0(h->sim->memory, sizeof *h->pull_dps[i]);
            n++;
        }
    return n;
}

static void pull_dp_init(struct hierarchy *h, struct distribution_point *dp)
{
    struct pull_distribution_point *pull = dp->pull = h->pull_dps[dp->index];
    pull_init(pull, dp, &h->sites[dp->spec->site].spec->pull);
    errands_connect_pull(pull);
    add_pool(h, dp->spec->name, POOL_PULL_JOBS, &pull->places);
    if (dp->spec->type != DP_PULL)
        return;
    dp->pulls = true;
    pull->sources = h->pull_sources[dp->index] = pull_sources_new(pull, dp->spec->sources, h->dps);
}

static void parts_init(struct hierarchy *h)
{
    partition_init(&h->partition, h->scenario, h->observer->brief);
    h->parts = sim_parts_new(h->sim);
    h->sims = g_new(struct sim *, h->partition.n_parts);
    for (uint32_t i = 0; i < h->partition.n_parts; i++)
        h->sims[i] = i == 0 ? h->sim : sim_parts_add(h->parts);
}

struct hierarchy *hierarchy_new(struct sim *sim, const struct scenario *scenario, const struct observer *observer)
{
    struct hierarchy *h = g_new0(struct hierarchy, 1);
    h->sim = sim;
    h->scenario = scenario;
    h->observer = observer;
    parts_init(h);
    h->changes = g_ptr_array_new_with_free_func(g_free);
    h->notices = g_ptr_array_new_with_free_func(notice_free);
    h->legs = g_ptr_array_new_with_free_func(leg_free);
    deliveries_init(&h->deliveries);
    h->removals = g_ptr_array_new_with_free_func(removal_free);
    h->luck = luck_new(scenario, sim->seed, sim->replication);
    topology_init(&h->topology, h->sims, &h->partition, scenario, observer, h->luck);
    h->topology.repaired = repaired;
    h->topology.owner = h;
    groups_init(&h->groups, scenario);
    content_init(&h->content, scenario, h->luck);

    h->n_sites = scenario->sites->len;
    h->sites = sim_memory_take0(sim->memory, h->n_sites * sizeof *h->sites);
    h->pools = g_new0(struct hierarchy_pool, (size_t)h->n_sites * N_POOL_KINDS + find_pulling(h));
    for (uint32_t i = 0; i < h->n_sites; i++)
        site_init(h, i);
    connect_all_sites(h);
    routing_init(&h->routing, scenario);

    h->n_dps = scenario->distribution_points->len;
    h->dps = sim_memory_take0(sim->memory, h->n_dps * sizeof *h->dps);
    for (uint32_t i = 0; i < h->n_dps; i++)
        dp_init(h, i);
    h->pull_sources = g_new0(struct pull_sources *, h->n_dps);
    for (uint32_t i = 0; i < h->n_dps; i++)
        if (h->pull_dps[i])
            pull_dp_init(h, &h->dps[i]);
    h->targets = sim_memory_take0(sim->memory, (size_t)h->content.n_packages * h->n_dps * sizeof *h->targets);
    h->n_unwanted = g_new0(uint32_t, h->content.n_packages);

    validations_init(h);
    actions_init(h);
    return h;
}

/* ---- the end ---- */

static void stop_everything(struct hierarchy *h)
{
    h->over = true;
    for (uint32_t i = 0; i < h->n_pools; i++)
        h->pools[i].slots->changed = NULL;
    errands_stop(h);
    removals_stop(h);
    validations_stop(h);
    actions_stop(h);
}

void hierarchy_report_open(struct hierarchy *h)
{
    errands_report_open(h);
    stop_everything(h);
}

void hierarchy_free(struct hierarchy *h)
{
    if (!h)
        return;
    h->observer = &observer_none;
    if (!h->over)
        stop_everything(h);
    for (uint32_t i = 0; i < h->n_sites; i++)
        for (uint32_t k = 0; k < h->content.n_packages; k++)
            if (h->sites[i].packages[k]) {
                site_package_clear(h->sites[i].packages[k]);
            }
    deliveries_clear(&h->deliveries);
    g_ptr_array_unref(h->removals);
    g_ptr_array_unref(h->legs);
    g_ptr_array_unref(h->notices);
    g_ptr_array_unref(h->changes);
    actions_clear(h);
    validations_clear(h);
    for (uint32_t i = 0; i < h->n_dps; i++) {
        if (h->pull_dps[i])
            pull_clear(h->pull_dps[i]);
        pull_sources_free(h->pull_sources[i]);
        distribution_point_clear(&h->dps[i]);
    }
    for (uint32_t i = 0; i < h->n_sites; i++) {
        struct site *site = &h->sites[i];
        for (uint32_t k = 0; k < site->n_destinations; k++)
            if (site->destinations[k]) {
                sender_destination_clear(site->destinations[k]);
                g_free(site->destinations[k]);
            }
        distribution_manager_clear(&site->distribution_manager);
        sender_clear(&site->sender);
        despooler_clear(&site->despooler);
        transfer_manager_clear(&site->transfer_manager);
        status_manager_clear(&site->status_manager);
        g_free(site->destinations);
        g_free(site->packages);
    }
    routing_clear(&h->routing);
    topology_clear(&h->topology);
    content_clear(&h->content);
    groups_clear(&h->groups);
    g_free(h->pull_dps);
    g_free(h->pull_sources);
    luck_free(h->luck);
    g_free(h->n_unwanted);
    g_free(h->pools);
    g_free(h->sims);
    sim_parts_free(h->parts);
    partition_clear(&h->partition);
    g_free(h);
}

struct sim_parts *hierarchy_parts(const struct hierarchy *h)
{
    return h->parts;
}

const struct hierarchy_pool *hierarchy_pools(const struct hierarchy *h, uint32_t *n)
{
    *n = h->n_pools;
    return h->pools;
}

struct hierarchy_link *const *hierarchy_links(const struct hierarchy *h, uint32_t *n)
{
    *n = h->topology.links->len;
    return (struct hierarchy_link *const *)(void *)h->topology.links->pdata;
}
