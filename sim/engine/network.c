/* Flows come, end, and are lost when links fail. How rates are found: network_parts.h. */
#include "sim/engine/network.h"

#include "sim/engine/network_parts.h"

#include <stdlib.h>
#include <string.h>

/* Steps of a sweep for each link that has changed, before everything is solved from nothing. A link is looked at when
 * the water reaches its old level, when a member or a link of members comes first, and when it settles. */
#define PATIENCE 1000

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

static void wait_for_rates(struct sim_network *network, struct sim_flow *flow)
{
    if (!flow->waiting) {
        if (network->n_waiting == network->waiting_allocated) {
            network->waiting_allocated = MAX(2 * network->waiting_allocated, 64);
            network->waiting = g_renew(struct sim_flow *, network->waiting, network->waiting_allocated);
        }
        network->waiting[network->n_waiting++] = flow;
        flow->waiting = network->n_waiting;
    }
    network_ask_for_rates(network);
}

void network_takes_no_time(struct sim_network *network, struct sim_flow *flow)
{
    wait_for_rates(network, flow);
    flow->takes_no_time = true;
    sim_schedule_in_order(network->sim, &flow->done, sim_now(network->sim), flow->number);
}

static void pardon(struct sim_network *network, struct sim_flow *flow)
{
    if (!flow->condemned)
        return;
    if (flow->previous_condemned)
        flow->previous_condemned->next_condemned = flow->next_condemned;
    else
        network->first_condemned = flow->next_condemned;
    if (flow->next_condemned)
        flow->next_condemned->previous_condemned = flow->previous_condemned;
    else
        network->last_condemned = flow->previous_condemned;
    flow->condemned = false;
    flow->previous_condemned = flow->next_condemned = NULL;
}

/* ---- Ends -------------------------------------------------------------------------------------------------------- */

/* Takes the flow, with so many bytes left, out of the network. */
static void leave(struct sim_network *network, struct sim_flow *flow, double left_bytes)
{
    if (flow->group)
        network_detach(network, flow, left_bytes);
    else {
        flow->bytes_left = left_bytes;
        network->waiting[flow->waiting - 1] = NULL;
        flow->waiting = 0;
        flow->takes_no_time = false;
        sim_cancel(network->sim, &flow->done);
    }
    double delivered = flow->bytes - left_bytes;
    if (delivered > 0)
        for (uint32_t h = 0; h < flow->n_hops; h++) {
            struct sim_link *link = flow->hops[h].link;
            network_sum_add(&link->carried_high, &link->carried_low, delivered);
        }
    pardon(network, flow);
    flow->moving = false;
    flow->network = NULL;
}

/* Flows are scattered in memory: calls for what leaving needs, all at once. */
static inline void fetch(const struct sim_flow *flow)
{
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        const struct sim_hop *hop = &flow->hops[h];
        sim_call_for(hop->link, sizeof *hop->link);
        if (hop->lane)
            sim_call_for(hop->lane, sizeof *hop->lane);
        if (hop->previous)
            __builtin_prefetch(&hop->previous->next, 1);
        if (hop->next)
            __builtin_prefetch(&hop->next->previous, 1);
    }
}

static void ended(struct sim *sim, struct sim_flow *flow)
{
    if (flow->finished)
        flow->finished(sim, flow);
}

/* A flow with an appointment of its own: its cap holds it back, or it takes no time. */
static void flow_done(struct sim *sim, struct sim_event *event)
{
    struct sim_flow *flow = SIM_OWNER(struct sim_flow, done, event);
    if (!flow->group && flow->network->rate_changed) /* its bytes never were a rate */
        for (uint32_t h = 0; h < flow->n_hops; h++)
            flow->hops[h].link->rate.integral += flow->bytes_left;
    leave(flow->network, flow, 0);
    ended(sim, flow);
}

void network_group_done(struct sim *sim, struct sim_event *event)
{
    struct sim_group *group = SIM_OWNER(struct sim_group, done, event);
    struct sim_flow *flow = network_first_end(group);
    fetch(flow);
    leave(group->network, flow, 0);
    network_appoint_others_now(group); /* before the owner may do anything */
    ended(sim, flow);
}

/* The links have been called for. */
static void foresee_groups(const struct sim_flow *flow)
{
    const struct sim_network *network = flow->network;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        const struct sim_link *link = flow->hops[h].link;
        if (link->group)
            sim_call_for(link->group, sizeof *link->group);
        if (network->rate_changed && link->owner)
            __builtin_prefetch(link->owner);
    }
}

struct sim_flow_foresight {
    sim_flow_told *finished;
    sim_foresee_flow *step;
};

void sim_network_foresee(struct sim_network *network, sim_flow_told *finished, sim_foresee_flow *step)
{
    for (uint32_t i = 0; i < network->n_foresights; i++)
        if (network->foresights[i].finished == finished)
            return;
    network->foresights = g_renew(struct sim_flow_foresight, network->foresights, network->n_foresights + 1);
    network->foresights[network->n_foresights++] = (struct sim_flow_foresight){finished, step};
}

/* The flow itself has been called for. */
static void foresee_end(const struct sim_flow *flow, unsigned step)
{
    const struct sim_network *network = flow->network;
    if (step > 1)
        foresee_groups(flow);
    else if (step > 0)
        fetch(flow);
    else if (flow->n_hops)
        sim_call_for(flow->hops, flow->n_hops * sizeof *flow->hops);
    for (uint32_t i = 0; i < network->n_foresights; i++)
        if (network->foresights[i].finished == flow->finished)
            network->foresights[i].step(flow, step);
}

static void group_done_is_next(const struct sim_event *event, unsigned step)
{
    const struct sim_group *group = SIM_OWNER(const struct sim_group, done, event);
    const struct sim_flow *flow = step > 1 ? network_first_end(group) : NULL;
    if (step == 0)
        sim_call_for(group, sizeof *group);
    else if (step == 1)
        __builtin_prefetch(group->ends.n ? (const void *)&group->ends.nodes[SIM_HEAP_ROOT] : group->own.first);
    else if (step == 2)
        sim_call_for(flow, sizeof *flow);
    else
        foresee_end(flow, step - 3);
}

static void flow_done_is_next(const struct sim_event *event, unsigned step)
{
    const struct sim_flow *flow = SIM_OWNER(const struct sim_flow, done, event);
    if (step == 0)
        sim_call_for(flow, sizeof *flow);
    else if (step < 4)
        foresee_end(flow, step - 1);
}

/* ---- Rates ------------------------------------------------------------------------------------------------------- */

static void report(struct sim_network *network, struct sim_link *link)
{
    const struct sim_group *group = link->group;
    double rate = 0;
    /* A link that is used up carries its capacity, not the last bit more or less. */
    if (group)
        rate = group->own.n > 0 ? link->capacity_bytes_per_s : larger(group->used_high, 0);
    if (rate < link->rate.value || rate > link->rate.value) {
        sim_level_set(&link->rate, sim_now(network->sim), rate);
        network->rate_changed(network->ctx, link);
    }
}

static void solve(struct sim *sim, struct sim_event *event)
{
    struct sim_network *network = SIM_OWNER(struct sim_network, rates, event);
    (void)sim;
    network->solving = true;
    uint32_t n_waiting = network->n_waiting;
    network->n_waiting = 0;
    for (uint32_t i = 0; i < n_waiting; i++) {
        struct sim_flow *flow = network->waiting[i];
        if (!flow)
            continue;
        flow->waiting = 0;
        if (flow->takes_no_time || flow->bytes_left <= 0 || !network_attach(network, flow))
            network_takes_no_time(network, flow);
    }
    network_sweep(network);
    for (uint32_t i = 0; i < network->n_changed; i++)
        if (network->changed[i])
            network_relax(network->changed[i]);
    if (network->rate_changed)
        for (uint32_t i = 0; i < network->n_changed; i++)
            if (network->changed[i])
                report(network, network->changed[i]);
    for (uint32_t i = 0; i < network->n_changed; i++)
        if (network->changed[i])
            network->changed[i]->changed = 0;
    network->n_changed = 0;
    network->solving = false;
}

/* ---- Network and links ------------------------------------------------------------------------------------------- */

static struct sim_network *new_network(struct sim *sim, struct sim_network *sharing)
{
    struct sim_network *network = g_new0(struct sim_network, 1);
    network->sim = sim;
    network->patience = PATIENCE;
    network->caps = g_hash_table_new(g_double_hash, g_double_equal);
    if (sharing) {
        network->spares = sharing->spares;
    } else {
        network->spares = &network->own_spares;
        network->spares->group_blocks = g_ptr_array_new_with_free_func(network_group_block_free);
        network->spares->lane_blocks = g_ptr_array_new_with_free_func(g_free);
    }
    sim_heap_init(&network->queue);
    sim_event_init(&network->rates, SIM_RANK_RATES, solve);
    sim_foresee(sim, network_group_done, group_done_is_next);
    sim_foresee(sim, flow_done, flow_done_is_next);
    return network;
}

struct sim_network *sim_network_new(struct sim *sim)
{
    return new_network(sim, NULL);
}

struct sim_network *sim_network_new_part(struct sim *part, struct sim_network *network)
{
    return new_network(part, network);
}

void sim_network_free(struct sim_network *network)
{
    if (!network)
        return;
    sim_cancel(network->sim, &network->rates);
    for (uint32_t i = 0; i < network->n_changed; i++)
        if (network->changed[i])
            network->changed[i]->changed = 0;
    sim_heap_clear(&network->queue);
    g_hash_table_unref(network->caps);
    g_clear_pointer(&network->own_spares.group_blocks, g_ptr_array_unref);
    g_clear_pointer(&network->own_spares.lane_blocks, g_ptr_array_unref);
    g_free(network->foresights);
    g_free(network->changed);
    g_free(network->waiting);
    g_free(network);
}

void sim_link_init(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s)
{
    g_assert(capacity_bytes_per_s >= 0);
    memset(link, 0, sizeof *link);
    link->capacity_bytes_per_s = capacity_bytes_per_s;
    link->up = true;
    link->network = network;
    link->number = ++network->n_links;
    sim_level_init(&link->rate, sim_now(network->sim), 0);
}

double sim_link_now(const struct sim_link *link)
{
    return sim_now(link->network->sim);
}

void sim_link_clear(struct sim_link *link)
{
    g_assert(link->n_flows == 0);
    network_relax(link);
    link->network->n_down -= !link->up;
    if (link->changed)
        link->network->changed[link->changed - 1] = NULL;
    memset(link, 0, sizeof *link);
}

void sim_link_set_capacity(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s)
{
    g_assert(capacity_bytes_per_s >= 0);
    bool tell = link->group || (link->n_flows > 0 && capacity_bytes_per_s < link->capacity_bytes_per_s);
    link->capacity_bytes_per_s = capacity_bytes_per_s;
    if (tell)
        network_mark(network, link);
}

static bool is_on(const struct sim_link *link, const struct sim_flow *flow)
{
    for (uint32_t h = 0; h < flow->n_hops; h++)
        if (flow->hops[h].link == link)
            return true;
    return false;
}

static void add_flows(GPtrArray *flows, const struct sim_hop *hop)
{
    for (; hop; hop = hop->next)
        g_ptr_array_add(flows, hop->flow);
}

/* In no order that means anything. */
static GPtrArray *flows_on(const struct sim_link *link)
{
    const struct sim_network *network = link->network;
    GPtrArray *flows = g_ptr_array_new();
    add_flows(flows, link->crowd);
    if (link->group) {
        add_flows(flows, link->group->own.first);
        for (uint32_t i = 0; i < link->group->guests.n; i++)
            add_flows(flows, link->group->guests.all[i]->first);
    }
    for (uint32_t i = 0; i < network->n_waiting; i++)
        if (network->waiting[i] && is_on(link, network->waiting[i]))
            g_ptr_array_add(flows, network->waiting[i]);
    return flows;
}

double sim_link_carried(const struct sim_link *link)
{
    double high = link->carried_high, low = link->carried_low;
    g_autoptr(GPtrArray) flows = flows_on(link);
    for (guint i = 0; i < flows->len; i++)
        network_sum_add(&high, &low, sim_flow_delivered(link->network, flows->pdata[i]));
    return high + low;
}

static int by_number(const void *a, const void *b)
{
    const struct sim_flow *left = *(struct sim_flow *const *)a, *right = *(struct sim_flow *const *)b;
    return (left->number > right->number) - (left->number < right->number);
}

/* Owners may stop, restart or free any flow when they are told, and take further links down: what is left to do is a
 * list that flows leave when they stop. */
static void condemn(struct sim_network *network, const struct sim_link *link)
{
    g_autoptr(GPtrArray) flows = flows_on(link);
    if (flows->len > 1)
        qsort(flows->pdata, flows->len, sizeof *flows->pdata, by_number);
    for (guint i = 0; i < flows->len; i++) {
        struct sim_flow *flow = flows->pdata[i];
        if (flow->condemned)
            continue;
        flow->condemned = true;
        flow->next_condemned = NULL;
        flow->previous_condemned = network->last_condemned;
        if (network->last_condemned)
            network->last_condemned->next_condemned = flow;
        else
            network->first_condemned = flow;
        network->last_condemned = flow;
    }
}

void sim_link_set_up(struct sim_network *network, struct sim_link *link, bool up)
{
    if (link->up == up)
        return;
    link->up = up;
    network->n_down += up ? -1u : 1;
    if (up)
        return;
    condemn(network, link);
    while (network->first_condemned) {
        struct sim_flow *flow = network->first_condemned;
        sim_flow_stop(network, flow);
        if (flow->lost)
            flow->lost(network->sim, flow);
    }
}

void sim_network_observe(struct sim_network *network, void (*rate_changed)(void *ctx, struct sim_link *link), void *ctx)
{
    if (network->used)
        sim_bug(network->sim, "a network is observed from its first flow on, or not at all");
    network->rate_changed = rate_changed;
    network->ctx = ctx;
}

/* ---- Flows ------------------------------------------------------------------------------------------------------- */

void sim_flow_init(struct sim_flow *flow, struct sim_link *const *links, uint32_t n_links, sim_flow_told *finished,
                   sim_flow_told *lost)
{
    memset(flow, 0, sizeof *flow);
    sim_event_init(&flow->done, SIM_RANK_FLOW_DONE, flow_done);
    flow->finished = finished;
    flow->lost = lost;
    flow->bound = SIM_MAXMIN_NONE;
    sim_flow_set_path(flow, links, n_links);
}

void sim_flow_set_path(struct sim_flow *flow, struct sim_link *const *links, uint32_t n_links)
{
    g_assert(!flow->moving);
    if (n_links > flow->hops_allocated) {
        struct sim_memory *memory = links[0]->network->sim->memory;
        sim_memory_give(memory, flow->hops, flow->hops_allocated * sizeof *flow->hops);
        flow->hops = sim_memory_take(memory, n_links * sizeof *flow->hops);
        flow->hops_allocated = n_links;
    }
    flow->n_hops = n_links;
    flow->cap_bound_bytes = 0;
    for (uint32_t h = 0; h < n_links; h++) {
        flow->hops[h] = (struct sim_hop){.link = links[h], .flow = flow};
        for (uint32_t i = 0; i < h; i++)
            g_assert(links[i] != links[h]);
    }
}

void sim_flow_clear(struct sim_flow *flow)
{
    g_assert(!flow->moving);
    if (flow->hops)
        sim_memory_give(flow->hops->link->network->sim->memory, flow->hops, flow->hops_allocated * sizeof *flow->hops);
    memset(flow, 0, sizeof *flow);
}

bool sim_network_whole(const struct sim_network *network)
{
    return network->n_down == 0;
}

bool sim_path_up(const struct sim_flow *flow)
{
    if (flow->n_hops == 0 || sim_network_whole(flow->hops->link->network))
        return true;
    for (uint32_t h = 0; h < flow->n_hops; h++)
        if (!flow->hops[h].link->up)
            return false;
    return true;
}

void sim_flow_start(struct sim_network *network, struct sim_flow *flow, double bytes, double cap_bytes_per_s)
{
    for (uint32_t h = 0; h < flow->n_hops; h++)
        __builtin_prefetch(flow->hops[h].link, 1);
    if (flow->moving || !sim_path_up(flow) || !(bytes >= 0 && bytes < INFINITY) || !(cap_bytes_per_s > 0))
        sim_bug(network->sim, "flow of %g bytes at most %g bytes/s cannot start%s%s", bytes, cap_bytes_per_s,
                flow->moving ? ": it moves" : "", sim_path_up(flow) ? "" : ": a link is down");
    flow->network = network;
    flow->moving = true;
    flow->number = sim_order(network->sim);
    flow->bytes = flow->bytes_left = bytes;
    flow->cap_bytes_per_s = cap_bytes_per_s;
    network->used = true;
    wait_for_rates(network, flow);
}

void sim_flow_set_cap(struct sim_network *network, struct sim_flow *flow, double cap_bytes_per_s)
{
    if (!flow->moving || !(cap_bytes_per_s > 0))
        sim_bug(network->sim, "flow cannot have the cap %g bytes/s%s", cap_bytes_per_s,
                flow->moving ? "" : ": it does not move");
    flow->cap_bytes_per_s = cap_bytes_per_s;
    struct sim_group *group = flow->group;
    if (!group)
        return;
    if (group->link) {
        if (group->horizon > 0)
            network_note_limit(flow);
        if (cap_bytes_per_s < group->level)
            network_mark(network, group->link);
    } else if (cap_bytes_per_s < group->level || cap_bytes_per_s > group->level) {
        network_detach(network, flow, network_left_bytes(flow, sim_now(network->sim)));
        wait_for_rates(network, flow);
    }
}

double sim_flow_stop(struct sim_network *network, struct sim_flow *flow)
{
    g_assert(flow->moving);
    leave(network, flow, network_left_bytes(flow, sim_now(network->sim)));
    return flow->bytes - flow->bytes_left;
}

double sim_flow_delivered(const struct sim_network *network, const struct sim_flow *flow)
{
    return flow->bytes - network_left_bytes(flow, sim_now(network->sim));
}

double sim_flow_rate(const struct sim_flow *flow)
{
    if (flow->group)
        return flow->group->level;
    return flow->takes_no_time && flow->bytes > 0 ? INFINITY : 0;
}
