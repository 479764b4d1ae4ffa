/* Levels after a change: a sweep from low to high.
 *
 * Max-min fair rates are found by water filling: all rates rise together, and the link that is used up next settles at
 * the level reached. What a change at one link does to others goes only upward: a level depends on lower ones. So a
 * sweep follows the water only where something changed. The queue holds the groups of changed links by the lowest level
 * that they may settle at; the first is looked at:
 *  - Its level is computed from what the others leave, whose levels are lower (settled, or not concerned), or higher:
 *    these get no more than an equal part too, so they are counted in.
 *  - If its level rises it is opened when the water reaches its old level: from then on its members count as rising
 *    with the water, wherever they cross another link.
 *  - Members whose cap is reached go to the group of that cap. A link that is not watched and whose share is reached is
 *    watched from now on.
 *  - A link that its members cross, and that would be used up before they reach the level, comes first.
 *  - Then it settles: flows of others that are faster, or still rise, become its members; what its members use of other
 *    links is what these leave to others, and whoever is concerned comes into the queue.
 * (Ros-Giralt et al., On the bottleneck structure of congestion-controlled networks, 2019, describe the order in which
 * a change goes from bottleneck to bottleneck.)
 *
 * When the queue is empty every flow has its bottleneck, a link that is used up and on which no flow is faster, or its
 * cap; that is the definition of max-min fair rates, and they are unique. Should a sweep take too many steps, which
 * only rounding could make it do, everything connected with the changes is solved from nothing. */
#include "sim/engine/network_parts.h"

#include <string.h>

/* ---- The queue --------------------------------------------------------------------------------------------------- */

static sim_key key_at(const struct sim_group *group, double level)
{
    uint64_t bits;
    memcpy(&bits, &level, sizeof bits);
    return sim_key_of(bits, group->link->number);
}

static void put(struct sim_network *network, struct sim_group *group, double level)
{
    sim_heap_put(&network->queue, &group->queued, key_at(group, level));
}

/* Whether another comes before the group, which is not in the queue, reaches the level. Equal levels have an order too,
 * so that it does not matter who else is in the queue. */
static bool another_is_first(const struct sim_network *network, const struct sim_group *group, double level)
{
    const struct sim_heap_node *first = sim_heap_first(&network->queue);
    return first && sim_heap_key(&network->queue, first) < key_at(group, level);
}

static inline bool same(double level, double old)
{
    return fabs(level - old) <= SAME_RATE * old;
}

/* Of members; for a group that may come to this level. */
static double lowest_limit(struct sim_group *group, double level)
{
    if (level > group->horizon)
        network_rescan_limits(group, 2 * level);
    return network_lowest_limit(group);
}

/* Something has changed on the group's link. */
static void touch(struct sim_network *network, struct sim_group *group)
{
    network_mark(network, group->link);
    double room = network_room(group), key = -1;
    uint32_t n = group->own.n + group->n_open;
    if (group->own.n > 0) {
        double level = larger(room, 0) / n, limit = lowest_limit(group, group->open ? level : 0);
        if (group->open)
            key = smaller(level, limit);
        else if (limit < group->level)
            key = smaller(level, limit);
        else if (group->n_open > 0 || !same(level, group->level) || group->fastest > group->level * (1 + ROUNDING))
            key = smaller(level, group->level);
    } else if (room < -ROUNDING * group->link->capacity_bytes_per_s)
        key = 0;
    else if (group->n_open > 0 && sim_heap_contains(&group->queued))
        key = larger(room, 0) / n;
    if (key >= 0)
        put(network, group, key);
    else
        sim_heap_remove(&network->queue, &group->queued);
}

/* ---- Settling ---------------------------------------------------------------------------------------------------- */

/* At which level the link is used up, those that are faster now being held back with the others. INFINITY: never. */
static double level_of(struct sim_group *group)
{
    double capacity = group->link->capacity_bytes_per_s, level;
    uint32_t n_rising = group->own.n + group->n_open;
    if (n_rising > 0)
        level = larger(network_room(group), 0) / n_rising;
    else if (network_room(group) >= -ROUNDING * capacity)
        return INFINITY;
    else
        level = 0;
    if (!(group->fastest > level * (1 + ROUNDING)))
        return level;
    /* Newton's method on what flows use by the level, which is concave: from below, and it stops where it is exact. */
    for (;;) {
        double high = group->used_high, low = group->used_low, fastest = 0;
        uint32_t n = n_rising;
        for (uint32_t i = 0; i < group->guests.n; i++) {
            const struct sim_lane *lane = group->guests.all[i];
            if (lane->of->open)
                continue;
            fastest = larger(fastest, lane->of->level);
            if (lane->of->level > level * (1 + ROUNDING)) {
                network_sum_add(&high, &low, -lane->used);
                n += lane->n;
            }
        }
        group->fastest = fastest;
        if (n == 0)
            return level;
        double next = larger((capacity - high) - low, 0) / n;
        if (!(next > level * (1 + SAME_RATE)))
            return level > 0 ? level : next;
        level = next;
    }
}

static void open_group(struct sim_network *network, struct sim_group *group)
{
    network_clock_goes_on(group);
    group->open = true;
    for (uint32_t i = 0; i < group->lanes.n; i++) {
        struct sim_lane *lane = group->lanes.all[i];
        if (lane->used > 0)
            network_sum_add(&lane->on->used_high, &lane->on->used_low, -lane->used);
        lane->used = 0;
        lane->on->n_open += lane->n;
        if (sim_heap_contains(&lane->on->queued))
            touch(network, lane->on);
    }
}

/* Whether a member reaches a limit before the group reaches the level. Then that is no limit any more. */
static bool meets_a_limit(struct sim_network *network, struct sim_group *group, double level)
{
    double noted = network_lowest_limit(group);
    if (group->limits.n == 0 || noted > level)
        return false;
    struct sim_flow *flow = SIM_OWNER(struct sim_flow, limit, sim_heap_first(&group->limits));
    struct sim_link *by;
    double limit = network_limit_of(flow, &by);
    if (limit > noted) {
        network_note_limit(flow);
    } else if (!by) {
        network_move(network, flow, network_cap_group(network, limit));
        for (uint32_t h = 0; h < flow->n_hops; h++)
            if (flow->hops[h].link->group)
                touch(network, flow->hops[h].link->group);
    } else if (limit >= level) {
        return false;
    } else {
        if (!network_renew_share(by)) {
            network_watch(by);
            touch(network, by->group);
        }
        network_note_limit(flow);
    }
    return true;
}

/* Whether a link is used up before all members of the group reach the level. */
static bool is_held_up(struct sim_network *network, struct sim_group *group, double level)
{
    bool held_up = false;
    for (uint32_t i = 0; i < group->lanes.n; i++) {
        struct sim_group *on = group->lanes.all[i]->on;
        double first = level * (1 - ROUNDING);
        if (larger(network_room(on), 0) >= first * (on->own.n + on->n_open))
            continue;
        double other = level_of(on);
        if (other < first) {
            put(network, on, on->own.n > 0 && !on->open ? smaller(other, on->level) : other);
            held_up = true;
        }
    }
    return held_up;
}

/* Flows that would be faster become members. */
static void pull(struct sim_network *network, struct sim_group *group, double level)
{
    if (group->n_open == 0 && !(group->fastest > level * (1 + ROUNDING)))
        return;
    for (uint32_t i = group->guests.n; i-- > 0;) {
        struct sim_lane *lane = group->guests.all[i];
        struct sim_group *from = lane->of;
        if (!from->open && !(from->level > level * (1 + ROUNDING)))
            continue;
        bool capped = !from->link;
        for (uint32_t n = lane->n; n > 0; n--)
            network_move(network, lane->first->flow, group);
        if (!capped)
            touch(network, from);
    }
    group->fastest = smaller(group->fastest, level * (1 + ROUNDING));
}

static void set_level(struct sim_group *group, double level)
{
    network_clock_goes_on(group);
    group->level = level;
    group->new_end = true;
    if (level > group->horizon)
        network_rescan_limits(group, 2 * level);
    bool was_open = group->open;
    group->open = false;
    for (uint32_t i = 0; i < group->lanes.n; i++) {
        struct sim_lane *lane = group->lanes.all[i];
        if (was_open)
            lane->on->n_open -= lane->n;
        network_lane_use(lane);
    }
}

static void settle(struct sim_network *network, struct sim_group *group)
{
    double level = level_of(group), limit = lowest_limit(group, level);
    if (group->own.n == 0) {
        if (!(level < INFINITY))
            return;
    } else if (!group->open) {
        if (same(level, group->level)) {
            if (group->n_open == 0 && limit >= group->level && !(group->fastest > group->level * (1 + ROUNDING)))
                return;
        } else if (level > group->level)
            open_group(network, group);
    }
    double reached = group->own.n > 0 ? smaller(level, limit) : level;
    if (another_is_first(network, group, reached)) {
        put(network, group, reached);
        return;
    }
    if (group->own.n > 0 && meets_a_limit(network, group, level)) {
        touch(network, group);
        return;
    }
    if (group->open && is_held_up(network, group, level)) {
        put(network, group, level);
        return;
    }
    if (!(level < INFINITY)) { /* nothing limits its members any more */
        while (group->own.n > 0) {
            struct sim_flow *flow = group->own.first->flow;
            network_detach(network, flow, network_left_bytes(flow, sim_now(network->sim)));
            network_takes_no_time(network, flow);
        }
        return;
    }
    pull(network, group, level);
    set_level(group, level);
    for (uint32_t i = 0; i < group->lanes.n; i++)
        touch(network, group->lanes.all[i]->on);
}

/* ---- From nothing ------------------------------------------------------------------------------------------------ */

struct all {
    struct sim_link **links;
    struct sim_flow **flows;
    uint32_t n_links, n_flows, n_hops;
    uint32_t links_allocated, flows_allocated;
};

static void add_link(struct all *all, struct sim_link *link)
{
    if (link->solving)
        return;
    if (all->n_links == all->links_allocated) {
        all->links_allocated = MAX(2 * all->links_allocated, 64);
        all->links = g_renew(struct sim_link *, all->links, all->links_allocated);
    }
    all->links[all->n_links++] = link;
    link->solving = all->n_links;
}

static void add_flows(struct all *all, struct sim_hop *hop)
{
    for (; hop; hop = hop->next) {
        struct sim_flow *flow = hop->flow;
        if (flow->solving)
            continue;
        if (all->n_flows == all->flows_allocated) {
            all->flows_allocated = MAX(2 * all->flows_allocated, 64);
            all->flows = g_renew(struct sim_flow *, all->flows, all->flows_allocated);
        }
        all->flows[all->n_flows++] = flow;
        flow->solving = all->n_flows;
        all->n_hops += flow->n_hops;
        for (uint32_t h = 0; h < flow->n_hops; h++)
            add_link(all, flow->hops[h].link);
    }
}

/* Everything that is connected with the links that have changed. */
static void solve_from_nothing(struct sim_network *network)
{
    struct all all = {0};
    network->n_from_nothing++;
    while (sim_heap_pop(&network->queue))
        ;
    for (uint32_t i = 0; i < network->n_changed; i++)
        if (network->changed[i])
            add_link(&all, network->changed[i]);
    for (uint32_t i = 0; i < all.n_links; i++) {
        const struct sim_group *group = all.links[i]->group;
        add_flows(&all, all.links[i]->crowd);
        if (!group)
            continue;
        add_flows(&all, group->own.first);
        for (uint32_t g = 0; g < group->guests.n; g++)
            add_flows(&all, group->guests.all[g]->first);
    }

    g_autofree double *capacity = g_new(double, all.n_links), *cap = g_new(double, all.n_flows),
                      *rate = g_new(double, all.n_flows);
    g_autofree uint32_t *first_hop = g_new(uint32_t, all.n_flows + 1), *link_of = g_new(uint32_t, all.n_hops);
    g_autofree int32_t *bound = g_new(int32_t, all.n_flows);
    uint32_t n_hops = 0;
    for (uint32_t l = 0; l < all.n_links; l++)
        capacity[l] = all.links[l]->capacity_bytes_per_s;
    for (uint32_t f = 0; f < all.n_flows; f++) {
        struct sim_flow *flow = all.flows[f];
        cap[f] = flow->cap_bytes_per_s;
        first_hop[f] = n_hops;
        for (uint32_t h = 0; h < flow->n_hops; h++)
            link_of[n_hops++] = flow->hops[h].link->solving - 1;
        network_detach(network, flow, network_left_bytes(flow, sim_now(network->sim)));
    }
    first_hop[all.n_flows] = n_hops;
    sim_maxmin(all.n_links, capacity, all.n_flows, first_hop, link_of, cap, rate, bound);

    for (uint32_t l = 0; l < all.n_links; l++) {
        all.links[l]->solving = 0;
        if (!all.links[l]->group)
            network_watch(all.links[l]);
    }
    for (uint32_t f = 0; f < all.n_flows; f++) {
        struct sim_flow *flow = all.flows[f];
        flow->solving = 0;
        if (bound[f] == SIM_MAXMIN_NONE) {
            network_takes_no_time(network, flow);
            continue;
        }
        struct sim_group *group =
            bound[f] == SIM_MAXMIN_CAP ? network_cap_group(network, cap[f]) : all.links[bound[f]]->group;
        network_attach_to(network, flow, group);
    }
    for (uint32_t f = 0; f < all.n_flows; f++) {
        struct sim_group *group = all.flows[f]->group;
        if (!group || !group->link)
            continue;
        if (group->open) /* the first of its members */
            set_level(group, rate[f]);
    }
    g_free(all.links);
    g_free(all.flows);
}

void network_sweep(struct sim_network *network)
{
    for (uint32_t i = 0; i < network->n_changed; i++) {
        struct sim_link *link = network->changed[i];
        if (!link)
            continue;
        if (!link->group)
            network_tell_share(link);
        if (link->group)
            touch(network, link->group);
    }
    for (uint64_t steps = 0; network->queue.n > 0; steps++) {
        if (steps >= network->patience * ((uint64_t)network->n_changed + 1)) {
            solve_from_nothing(network);
            return;
        }
        network->n_looks++;
        struct sim_heap_node *node = sim_heap_pop(&network->queue);
        settle(network, SIM_OWNER(struct sim_group, queued, node));
    }
}
