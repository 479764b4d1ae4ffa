/* Groups, lanes and crowds: who is held back where, and what links carry (network_parts.h tells the idea). */
#include "sim/engine/network_parts.h"

#include <float.h>
#include <stdlib.h>
#include <string.h>

/* A clock may be this many times what a member has to move before it is set back, so that no digits are lost. */
#define CLOCK_RANGE 65536.
/* A link that has so many times what the fastest flow on it would need, were all as fast, is watched no longer. */
#define PLENTY 2
/* A share may become larger when an eighth of the flows have gone; of a link with so few flows, always. */
#define FEW_FLOWS 64

#define BLOCK 64

static inline uint64_t bits_of(double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline double double_of(sim_key key)
{
    uint64_t bits = (uint64_t)(key >> 64);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static uint32_t grown(uint32_t allocated, uint32_t least)
{
    g_assert(allocated < UINT32_MAX / 2);
    return MAX(2 * allocated, least);
}

/* ---- Memory ------------------------------------------------------------------------------------------------------ */

static struct sim_group *group_new(struct sim_network *network, struct sim_link *link)
{
    struct network_spares *spares = network->spares;
    struct sim_group *group = spares->groups;
    if (!group) {
        struct sim_group *block = g_new0(struct sim_group, BLOCK);
        g_ptr_array_add(spares->group_blocks, block);
        for (int i = 0; i < BLOCK; i++) {
            struct sim_group *one = &block[i];
            one->own.of = one->own.on = one;
            one->lanes.all = one->lanes.few;
            one->guests.all = one->guests.few;
            one->lanes.allocated = one->guests.allocated = G_N_ELEMENTS(one->lanes.few);
            sim_event_init(&one->done, SIM_RANK_FLOW_DONE, network_group_done);
            one->next_spare = i + 1 < BLOCK ? &block[i + 1] : NULL;
        }
        group = block;
    }
    spares->groups = group->next_spare;
    group->network = network;
    group->link = link;
    group->level = 0;
    group->open = group->new_end = false;
    group->used_high = group->used_low = group->fastest = 0;
    group->looks = 0;
    return group;
}

static void lanes_clear(struct sim_lanes *lanes)
{
    if (lanes->all != lanes->few)
        g_free(lanes->all);
}

void network_group_block_free(gpointer block)
{
    struct sim_group *groups = block;
    for (int i = 0; i < BLOCK; i++) {
        sim_heap_clear(&groups[i].ends);
        sim_heap_clear(&groups[i].limits);
        lanes_clear(&groups[i].lanes);
        lanes_clear(&groups[i].guests);
    }
    g_free(groups);
}

/* It has neither members nor guests. */
static void group_spare(struct sim_network *network, struct sim_group *group)
{
    g_assert(group->own.n == 0 && group->guests.n == 0 && group->lanes.n == 0);
    sim_heap_remove(&network->queue, &group->queued);
    sim_cancel(network->sim, &group->done);
    group->link = NULL;
    group->next_spare = network->spares->groups;
    network->spares->groups = group;
}

static void lanes_add(struct sim_lanes *lanes, struct sim_lane *lane)
{
    if (lanes->n == lanes->allocated) {
        bool few = lanes->all == lanes->few;
        lanes->allocated = grown(lanes->allocated, 4);
        lanes->all = g_renew(struct sim_lane *, few ? NULL : lanes->all, lanes->allocated);
        if (few)
            memcpy(lanes->all, lanes->few, sizeof lanes->few);
    }
    lanes->all[lanes->n++] = lane;
}

static struct sim_lane *lane_new(struct sim_group *of, struct sim_group *on)
{
    struct network_spares *spares = of->network->spares;
    struct sim_lane *lane = spares->lanes;
    if (lane) {
        spares->lanes = (struct sim_lane *)(void *)lane->of;
    } else {
        struct sim_lane *block = g_new(struct sim_lane, BLOCK);
        g_ptr_array_add(spares->lane_blocks, block);
        for (int i = 1; i < BLOCK; i++)
            block[i].of = i + 1 < BLOCK ? (struct sim_group *)(void *)&block[i + 1] : NULL;
        spares->lanes = &block[1];
        lane = block;
    }
    *lane = (struct sim_lane){.of = of, .on = on, .place_of = of->lanes.n, .place_on = on->guests.n};
    lanes_add(&of->lanes, lane);
    lanes_add(&on->guests, lane);
    return lane;
}

static void lane_free(struct sim_lane *lane)
{
    struct sim_group *of = lane->of, *on = lane->on;
    struct sim_lane *last = of->lanes.all[--of->lanes.n];
    of->lanes.all[lane->place_of] = last;
    last->place_of = lane->place_of;
    last = on->guests.all[--on->guests.n];
    on->guests.all[lane->place_on] = last;
    last->place_on = lane->place_on;
    if (on->guests.n == 0)
        on->used_high = on->used_low = on->fastest = 0;
    struct network_spares *spares = of->network->spares;
    lane->of = (struct sim_group *)(void *)spares->lanes;
    spares->lanes = lane;
}

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

void network_mark(struct sim_network *network, struct sim_link *link)
{
    if (link->changed)
        return;
    if (network->n_changed == network->changed_allocated) {
        network->changed_allocated = grown(network->changed_allocated, 64);
        network->changed = g_renew(struct sim_link *, network->changed, network->changed_allocated);
    }
    network->changed[network->n_changed++] = link;
    link->changed = network->n_changed;
    network_ask_for_rates(network);
}

static inline void list_add(struct sim_hop **first, struct sim_hop *hop)
{
    hop->previous = NULL;
    hop->next = *first;
    if (hop->next)
        hop->next->previous = hop;
    *first = hop;
}

static inline void list_remove(struct sim_hop **first, struct sim_hop *hop)
{
    if (hop->previous)
        hop->previous->next = hop->next;
    else
        *first = hop->next;
    if (hop->next)
        hop->next->previous = hop->previous;
}

/* ---- Lanes ------------------------------------------------------------------------------------------------------- */

static struct sim_lane *lane_of(struct sim_group *of, struct sim_group *on)
{
    if (of->lanes.n < on->guests.n) {
        for (uint32_t i = 0; i < of->lanes.n; i++)
            if (of->lanes.all[i]->on == on)
                return of->lanes.all[i];
    } else
        for (uint32_t i = 0; i < on->guests.n; i++)
            if (on->guests.all[i]->of == of)
                return on->guests.all[i];
    return lane_new(of, on);
}

static void lane_enter(struct sim_lane *lane, struct sim_hop *hop)
{
    hop->lane = lane;
    list_add(&lane->first, hop);
    lane->n++;
    if (lane->of == lane->on)
        return;
    if (lane->of->open)
        lane->on->n_open++;
    else
        network_lane_use(lane);
}

static void lane_leave(struct sim_hop *hop)
{
    struct sim_lane *lane = hop->lane;
    hop->lane = NULL;
    list_remove(&lane->first, hop);
    lane->n--;
    if (lane->of == lane->on)
        return;
    if (lane->of->open)
        lane->on->n_open--;
    else
        network_lane_use(lane);
    if (lane->n == 0)
        lane_free(lane);
}

/* ---- Clocks and bytes -------------------------------------------------------------------------------------------- */

void network_clock_goes_on(struct sim_group *group)
{
    double now_s = sim_now(group->network->sim);
    if (now_s > group->clock_s && group->own.n > 0)
        network_sum_add(&group->clock_high, &group->clock_low, group->level * (now_s - group->clock_s));
    group->clock_s = now_s;
}

double network_left_bytes(const struct sim_flow *flow, double now_s)
{
    const struct sim_group *group = flow->group;
    if (!group)
        return flow->bytes_left;
    double left = group->link ? ((flow->ends_at_bytes - group->clock_high) - group->level * (now_s - group->clock_s)) -
                                    group->clock_low
                              : flow->bytes_left - group->level * (now_s - flow->since_s);
    return left > 0 ? smaller(left, flow->bytes_left) : 0;
}

/* With all bytes of a flow that has so many left now. */
static void book(struct sim_flow *flow, double left_bytes)
{
    double moved = flow->bytes_left - left_bytes;
    flow->bytes_left = left_bytes;
    if (flow->bound >= 0)
        flow->hops[flow->bound].bound_bytes += moved;
    else if (flow->bound == SIM_MAXMIN_CAP)
        flow->cap_bound_bytes += moved;
}

static void end_put(struct sim_group *group, struct sim_flow *flow)
{
    sim_heap_put(&group->ends, &flow->end, sim_key_of(bits_of(flow->ends_at_bytes), flow->number));
}

/* Readings start near 0 again: as near as none loses a digit, what the last one of the largest counts. */
static void clock_set_back(struct sim_group *group)
{
    double largest = group->clock_high;
    int exponent;
    for (struct sim_hop *hop = group->own.first; hop; hop = hop->next)
        largest = larger(largest, hop->flow->ends_at_bytes);
    frexp(largest, &exponent);
    double back = ldexp(floor(ldexp(group->clock_high, DBL_MANT_DIG - exponent)), exponent - DBL_MANT_DIG);
    for (struct sim_hop *hop = group->own.first; hop; hop = hop->next) {
        struct sim_flow *flow = hop->flow;
        flow->ends_at_bytes = larger(flow->ends_at_bytes - back, 0);
        if (sim_heap_contains(&flow->end))
            end_put(group, flow);
    }
    group->clock_high -= back;
}

struct sim_flow *network_first_end(const struct sim_group *group)
{
    struct sim_heap_node *node = sim_heap_first(&group->ends);
    return node ? SIM_OWNER(struct sim_flow, end, node) : group->own.first->flow;
}

/* The appointment for the first end. */
static void appoint(struct sim_group *group)
{
    struct sim *sim = group->network->sim;
    group->new_end = false;
    if (group->own.n == 0) {
        sim_cancel(sim, &group->done);
        return;
    }
    struct sim_flow *flow = network_first_end(group);
    double now_s = sim_now(sim), left = network_left_bytes(flow, now_s);
    sim_schedule_in_order(sim, &group->done, left > 0 ? now_s + left / group->level : now_s, flow->number);
}

/* Whoever ends at the same instant, to rounding, ends now. */
void network_appoint_others_now(struct sim_group *group)
{
    if (group->own.n == 0)
        return;
    struct sim *sim = group->network->sim;
    struct sim_flow *flow = network_first_end(group);
    double now_s = sim_now(sim);
    if (network_left_bytes(flow, now_s) <= 4e-16 * now_s * group->level)
        sim_schedule_in_order(sim, &group->done, now_s, flow->number);
}

/* ---- Limits ------------------------------------------------------------------------------------------------------ */

static inline double share_of(const struct sim_link *link)
{
    return link->n_shares ? link->capacity_bytes_per_s / link->n_shares : INFINITY;
}

double network_limit_of(const struct sim_flow *flow, struct sim_link **by)
{
    double limit = flow->cap_bytes_per_s;
    *by = NULL;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_link *link = flow->hops[h].link;
        if (!link->group && share_of(link) < limit) {
            limit = share_of(link);
            *by = link;
        }
    }
    return limit;
}

static void limit_put(struct sim_flow *flow, double limit)
{
    struct sim_group *group = flow->group;
    if (limit <= group->horizon && limit < INFINITY)
        sim_heap_put(&group->limits, &flow->limit, sim_key_of(bits_of(limit), flow->number));
    else
        sim_heap_remove(&group->limits, &flow->limit);
}

void network_note_limit(struct sim_flow *flow)
{
    struct sim_link *by;
    limit_put(flow, network_limit_of(flow, &by));
}

double network_lowest_limit(const struct sim_group *group)
{
    const struct sim_heap_node *first = sim_heap_first(&group->limits);
    return first ? double_of(sim_heap_key(&group->limits, first)) : INFINITY;
}

void network_rescan_limits(struct sim_group *group, double horizon)
{
    group->horizon = horizon;
    for (struct sim_hop *hop = group->own.first; hop; hop = hop->next)
        network_note_limit(hop->flow);
}

bool network_renew_share(struct sim_link *link)
{
    if (link->n_shares == link->n_flows ||
        (link->n_flows > FEW_FLOWS && link->n_shares - link->n_flows < link->n_flows / 16))
        return false;
    link->n_shares = link->n_flows;
    return true;
}

void network_tell_share(struct sim_link *link)
{
    double share = share_of(link);
    for (struct sim_hop *hop = link->crowd; hop; hop = hop->next) {
        struct sim_flow *flow = hop->flow;
        struct sim_group *group = flow->group;
        if (group->level > share) {
            network_watch(link);
            return;
        }
        if (group->link && share <= group->horizon && share < INFINITY &&
            (!sim_heap_contains(&flow->limit) || double_of(sim_heap_key(&group->limits, &flow->limit)) > share))
            limit_put(flow, share);
    }
}

/* ---- Watching links ---------------------------------------------------------------------------------------------- */

void network_watch(struct sim_link *link)
{
    struct sim_network *network = link->network;
    struct sim_group *group = link->group = group_new(network, link);
    network_mark(network, link);
    struct sim_hop *hop = link->crowd;
    link->crowd = NULL;
    while (hop) {
        struct sim_hop *next = hop->next;
        lane_enter(lane_of(hop->flow->group, group), hop);
        hop = next;
    }
}

static void unwatch(struct sim_link *link)
{
    struct sim_group *group = link->group;
    link->group = NULL;
    while (group->guests.n > 0) {
        struct sim_lane *lane = group->guests.all[group->guests.n - 1];
        for (struct sim_hop *hop = lane->first, *next; hop; hop = next) {
            next = hop->next;
            hop->lane = NULL;
            list_add(&link->crowd, hop);
            if (hop->flow->group->link)
                network_note_limit(hop->flow);
        }
        lane_free(lane);
    }
    group_spare(link->network, group);
}

static uint32_t with_room_to_grow(uint32_t n)
{
    return n + n / 4;
}

void network_relax(struct sim_link *link)
{
    struct sim_group *group = link->group;
    if (!group)
        return;
    if (group->own.n > 0) {
        if (group->new_end)
            appoint(group);
        return;
    }
    if (link->n_flows == 0) {
        link->n_shares = 0;
        link->group = NULL;
        group_spare(link->network, group);
        return;
    }
    if (group->new_end)
        appoint(group);
    if (link->network->rate_changed)
        return;
    double share = link->capacity_bytes_per_s / with_room_to_grow(link->n_flows);
    if (group->fastest * PLENTY > share && group->looks++ >= group->guests.n) {
        group->fastest = 0;
        group->looks = 0;
        for (uint32_t i = 0; i < group->guests.n; i++)
            group->fastest = larger(group->fastest, group->guests.all[i]->of->level);
    }
    if (group->fastest * PLENTY <= share) {
        link->n_shares = with_room_to_grow(link->n_flows);
        unwatch(link);
    }
}

/* ---- Flows come, go, and change groups --------------------------------------------------------------------------- */

struct sim_group *network_cap_group(struct sim_network *network, double cap_bytes_per_s)
{
    struct sim_group *group = g_hash_table_lookup(network->caps, &cap_bytes_per_s);
    if (!group) {
        group = group_new(network, NULL);
        group->level = cap_bytes_per_s;
        g_hash_table_insert(network->caps, &group->level, group);
    }
    return group;
}

/* It goes when it has no members. */
static void cap_group_used(struct sim_group *group)
{
    if (group->link || group->own.n > 0)
        return;
    g_hash_table_remove(group->network->caps, &group->level);
    group_spare(group->network, group);
}

static void bind(struct sim_network *network, struct sim_flow *flow, struct sim_group *group)
{
    double now_s = sim_now(network->sim);
    if (group->link && group->own.n == 0) {
        group->level = group->horizon = 0;
        group->clock_high = group->clock_low = 0;
        group->clock_s = now_s;
        group->open = true;
    } else if (group->link)
        network_clock_goes_on(group);
    flow->group = group;
    flow->since_s = now_s;
    flow->bound = SIM_MAXMIN_CAP;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_hop *hop = &flow->hops[h];
        struct sim_group *on = hop->link->group;
        if (!on)
            continue;
        network_mark(network, hop->link);
        if (on == group)
            flow->bound = (int32_t)h;
        lane_enter(on == group ? &group->own : lane_of(group, on), hop);
    }
    if (!group->link) {
        group->own.n++;
        sim_schedule_in_order(network->sim, &flow->done, now_s + flow->bytes_left / group->level, flow->number);
        return;
    }
    if (group->clock_high > CLOCK_RANGE * flow->bytes_left)
        clock_set_back(group);
    flow->ends_at_bytes = (group->clock_high + flow->bytes_left) + group->clock_low;
    if (group->own.n == 2 && !sim_heap_first(&group->ends))
        end_put(group, group->own.first->next->flow);
    if (group->own.n > 1)
        end_put(group, flow);
    if (group->horizon > 0)
        network_note_limit(flow);
    group->new_end = true;
}

/* Its bytes are booked. The group, which may be left without members. */
static struct sim_group *unbind(struct sim_network *network, struct sim_flow *flow)
{
    struct sim_group *group = flow->group;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_hop *hop = &flow->hops[h];
        if (!hop->lane)
            continue;
        network_mark(network, hop->link);
        lane_leave(hop);
    }
    if (group->link) {
        sim_heap_remove(&group->ends, &flow->end);
        sim_heap_remove(&group->limits, &flow->limit);
        group->new_end = true;
        if (group->own.n == 0) {
            group->open = false;
            group->level = 0;
        }
        if (!network->solving && sim_when(network->sim, &group->done) <= sim_now(network->sim)) {
            sim_cancel(network->sim, &group->done); /* it may have been for this flow */
            network_appoint_others_now(group);
        }
    } else {
        sim_cancel(network->sim, &flow->done);
        group->own.n--;
    }
    flow->group = NULL;
    flow->bound = SIM_MAXMIN_NONE;
    return group;
}

void network_move(struct sim_network *network, struct sim_flow *flow, struct sim_group *to)
{
    struct sim_group *from = flow->group;
    network->n_moves++;
    book(flow, network_left_bytes(flow, sim_now(network->sim)));
    unbind(network, flow);
    bind(network, flow, to);
    cap_group_used(from);
}

/* What a flow, which is counted, would get there. */
static double guess(const struct sim_link *link)
{
    const struct sim_group *group = link->group;
    double equal = link->capacity_bytes_per_s / link->n_flows;
    if (!group)
        return equal;
    double room = larger(network_room(group), 0);
    if (group->own.n > 0)
        return room / (group->own.n + group->n_open + 1);
    return group->n_open ? equal : larger(room, equal);
}

bool network_attach(struct sim_network *network, struct sim_flow *flow)
{
    bool limited = flow->cap_bytes_per_s < INFINITY;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        flow->hops[h].flow = flow;
        limited |= flow->hops[h].link->capacity_bytes_per_s < INFINITY;
    }
    if (!limited)
        return false;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_link *link = flow->hops[h].link;
        link->n_flows++;
        if (link->group)
            continue;
        if (network->rate_changed) {
            network_watch(link);
        } else if (link->n_flows > link->n_shares) {
            link->n_shares = with_room_to_grow(link->n_flows);
            network_tell_share(link);
        }
    }
    struct sim_group *group = NULL;
    while (!group) {
        double best = INFINITY;
        struct sim_link *at = NULL;
        for (uint32_t h = 0; h < flow->n_hops; h++) {
            struct sim_link *link = flow->hops[h].link;
            double rate = guess(link);
            if (rate < best * (1 - ROUNDING) || (!at && rate < INFINITY)) {
                best = rate;
                at = link;
            }
        }
        if (flow->cap_bytes_per_s <= best) {
            group = network_cap_group(network, flow->cap_bytes_per_s);
            for (uint32_t h = 0; h < flow->n_hops; h++) {
                struct sim_link *link = flow->hops[h].link;
                if (!link->group && share_of(link) < flow->cap_bytes_per_s)
                    network_watch(link);
            }
        } else if (at->group) {
            group = at->group;
        } else
            network_watch(at);
    }
    for (uint32_t h = 0; h < flow->n_hops; h++)
        if (!flow->hops[h].link->group)
            list_add(&flow->hops[h].link->crowd, &flow->hops[h]);
    bind(network, flow, group);
    return true;
}

void network_attach_to(struct sim_network *network, struct sim_flow *flow, struct sim_group *group)
{
    for (uint32_t h = 0; h < flow->n_hops; h++)
        flow->hops[h].link->n_flows++;
    bind(network, flow, group);
}

void network_detach(struct sim_network *network, struct sim_flow *flow, double left_bytes)
{
    book(flow, left_bytes);
    struct sim_group *group = unbind(network, flow);
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_hop *hop = &flow->hops[h];
        hop->link->n_flows--;
        if (!hop->link->group)
            list_remove(&hop->link->crowd, hop);
    }
    cap_group_used(group);
}
