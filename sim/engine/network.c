/* How rates are kept max-min fair without solving everything: flows are solved in what the others leave, and whoever is
 * then not served fairly joins.
 *
 * A set of flows (those that are new or have a new cap) is solved by water filling on what the flows outside the set
 * leave of each link. Then the links that these flows cross, and those that changed, are looked at:
 *  - a link that holds back flows outside the set must still be used up, and they must still be the fastest on it:
 *    otherwise all of them join the set;
 *  - a link that holds back flows of the set must not carry faster ones from outside: otherwise those join;
 *  - a link must not be overloaded: otherwise flows join.
 * This repeats until nobody joins. Every flow then has its bottleneck, a link that is used up and on which no flow is
 * faster, or its cap; that is the definition of max-min fair rates, and they are unique. A transfer that follows
 * another on the same path costs one such look: it gets what the other left, and all are content.
 *
 * Links keep the flows they hold back apart from the others, the rate of those (level), and a bound on the rates of the
 * others (fastest_free), so that a look at a link does not depend on how many flows it carries. What is used of a link
 * is kept as an unevaluated sum of two doubles (Knuth, TAOCP vol. 2, 4.2.2; Dekker 1971): adding and taking away rates
 * for ever leaves no error behind.
 *
 * Order: flows and links of the set are listed as they are found. How two of them are ordered that are connected does
 * not depend on anything that is not connected with them. */
#include "sim/engine/network.h"

#include "sim/engine/maxmin.h"

#include <glib.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Relative differences of rates and sums up to this are rounding. Above 2^-53 times the number of operations that a
 * rate goes through, below what anybody would see. */
#define ROUNDING 1e-12
/* A rate that differs less than this from what it was stays as it was: no new completion time. */
#define SAME_RATE 1e-13
/* Rounds after which those who join bring along whoever is held back on their paths, and whoever shares a link. */
#define ROUNDS_NEAR 3
#define ROUNDS_FAR 12

/* The value is high + low. */
struct sum {
    double high, low;
};

/* A link while it is solved. */
struct part {
    struct sim_link *link;
    double capacity;
    uint32_t n_flows;           /* on it */
    uint32_t n_in;              /* and of those, in the set */
    uint32_t n_held_outside;    /* held back here and not in the set */
    uint32_t n_held;            /* in the set, and held back here as solved in this round */
    struct sum outside, inside; /* what flows use that are not in the set, and those that are, as solved */
    double slack;               /* as solved, while others already join for the next round */
    double level;               /* of those of the set held back here, the fastest */
    double fastest;             /* and of those of the set that are not */
    uint32_t n_unmoved;         /* n_held_outside, likewise */
};

struct sim_network {
    struct sim_event rates;
    struct sim *sim;
    void (*rate_changed)(void *ctx, struct sim_link *link);
    void *ctx;
    uint64_t n_starts;
    struct sim_flow *first_condemned, *last_condemned;
    struct sim_maxmin_space *space;
    /* what changed since rates were last solved; entries may be NULL */
    struct sim_link **changed_links;
    struct sim_flow **changed_flows;
    uint32_t n_changed_links, changed_links_allocated, n_changed_flows, changed_flows_allocated;
    /* the set that is solved, in the shape that sim_maxmin_solve() wants */
    uint32_t n_solved; /* flows of the set that took part in the last round */
    uint32_t n_flows, flows_allocated, n_hops, hops_allocated, n_parts, parts_allocated;
    struct sim_flow **flows;
    double *cap, *rate;
    int32_t *bound;
    uint32_t *first_hop;
    uint32_t *part_of; /* per hop */
    struct part *parts;
    double *capacity; /* per part */
};

/* ---- Sums -------------------------------------------------------------------------------------------------------- */

/* Without bringing high and low in order again, which would make long sums wait. */
static inline void sum_add(struct sum *sum, double x)
{
    double high = sum->high + x;
    double part = high - sum->high;
    sum->low += (sum->high - (high - part)) + (x - part);
    sum->high = high;
}

static inline void sum_normalize(struct sum *sum)
{
    double high = sum->high + sum->low;
    sum->low -= high - sum->high;
    sum->high = high;
}

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* An unlimited flow takes no time; it uses nothing of any link. */
static inline double used_by(const struct sim_flow *flow)
{
    return flow->rate_bytes_per_s < INFINITY ? flow->rate_bytes_per_s : 0;
}

/* ---- Lists ------------------------------------------------------------------------------------------------------- */

static uint32_t grown(uint32_t allocated, uint32_t least)
{
    g_assert(allocated < UINT32_MAX / 2);
    return MAX(2 * allocated, least);
}

static void ask_for_rates(struct sim_network *network)
{
    if (!sim_scheduled(&network->rates))
        sim_schedule(network->sim, &network->rates, sim_now(network->sim));
}

static void link_changed(struct sim_network *network, struct sim_link *link)
{
    if (link->changed)
        return;
    if (network->n_changed_links == network->changed_links_allocated) {
        network->changed_links_allocated = grown(network->changed_links_allocated, 64);
        network->changed_links = g_renew(struct sim_link *, network->changed_links, network->changed_links_allocated);
    }
    network->changed_links[network->n_changed_links++] = link;
    link->changed = network->n_changed_links;
    ask_for_rates(network);
}

static void flow_changed(struct sim_network *network, struct sim_flow *flow)
{
    if (flow->changed)
        return;
    if (network->n_changed_flows == network->changed_flows_allocated) {
        network->changed_flows_allocated = grown(network->changed_flows_allocated, 64);
        network->changed_flows = g_renew(struct sim_flow *, network->changed_flows, network->changed_flows_allocated);
    }
    network->changed_flows[network->n_changed_flows++] = flow;
    flow->changed = network->n_changed_flows;
    ask_for_rates(network);
}

static inline void place(struct sim_link *link, uint32_t position, struct sim_place what)
{
    link->places[position] = what;
    what.flow->hops[what.hop].position = position;
}

static inline void swap_places(struct sim_link *link, uint32_t a, uint32_t b)
{
    if (a == b)
        return;
    struct sim_place moved = link->places[a];
    place(link, a, link->places[b]);
    place(link, b, moved);
}

static void link_add(struct sim_link *link, struct sim_flow *flow, uint32_t hop)
{
    if (link->n_flows == link->n_allocated) {
        link->n_allocated = grown(link->n_allocated, 4);
        link->places = g_renew(struct sim_place, link->places, link->n_allocated);
    }
    place(link, link->n_flows++, (struct sim_place){.flow = flow, .hop = hop});
}

static void link_remove(struct sim_link *link, uint32_t position)
{
    if (position < link->n_held) {
        link->n_held--;
        swap_places(link, position, link->n_held);
        position = link->n_held;
    }
    link->n_flows--;
    if (position != link->n_flows)
        place(link, position, link->places[link->n_flows]);
    if (link->n_flows == 0)
        link->used_high = link->used_low = link->fastest_free = 0;
}

static void set_bound(struct sim_flow *flow, int32_t bound)
{
    if (flow->bound >= 0) {
        struct sim_hop *hop = &flow->hops[flow->bound];
        swap_places(hop->link, hop->position, --hop->link->n_held);
    }
    flow->bound = bound;
    if (bound >= 0) {
        struct sim_hop *hop = &flow->hops[bound];
        swap_places(hop->link, hop->position, hop->link->n_held++);
    }
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

/* ---- Bytes ------------------------------------------------------------------------------------------------------- */

static inline double moved_since(const struct sim_flow *flow, double now_s)
{
    if (!(now_s > flow->since_s))
        return 0; /* also when the rate is infinite */
    return smaller(flow->rate_bytes_per_s * (now_s - flow->since_s), flow->bytes_left);
}

static inline void book(struct sim_flow *flow, double bytes, double now_s)
{
    flow->bytes_left -= bytes;
    flow->since_s = now_s;
    if (flow->bound >= 0)
        flow->hops[flow->bound].bound_bytes += bytes;
    else if (flow->bound == SIM_MAXMIN_CAP)
        flow->cap_bound_bytes += bytes;
}

/* Takes the flow, whose bytes are booked, out of the network. */
static void leave(struct sim_network *network, struct sim_flow *flow)
{
    sim_cancel(network->sim, &flow->done);
    double used = used_by(flow);
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        struct sim_link *link = flow->hops[h].link;
        if (used > 0) {
            struct sum sum = {link->used_high, link->used_low};
            sum_add(&sum, -used);
            sum_normalize(&sum);
            link->used_high = sum.high;
            link->used_low = sum.low;
            link_changed(network, link);
        }
        link_remove(link, flow->hops[h].position);
    }
    if (flow->changed) {
        network->changed_flows[flow->changed - 1] = NULL;
        flow->changed = 0;
    }
    pardon(network, flow);
    flow->moving = false;
    flow->rate_bytes_per_s = 0;
    flow->bound = SIM_MAXMIN_NONE;
    flow->network = NULL;
}

static void flow_done(struct sim *sim, struct sim_event *event)
{
    struct sim_flow *flow = SIM_OWNER(struct sim_flow, done, event);
    /* Bytes of a flow that took no time never were a rate. */
    if (!(flow->rate_bytes_per_s < INFINITY))
        for (uint32_t h = 0; h < flow->n_hops; h++)
            flow->hops[h].link->rate.integral += flow->bytes_left;
    book(flow, flow->bytes_left, sim_now(sim));
    leave(flow->network, flow);
    if (flow->finished)
        flow->finished(sim, flow);
}

/* ---- Solving ----------------------------------------------------------------------------------------------------- */

static uint32_t part_of(struct sim_network *network, struct sim_link *link)
{
    if (link->solving)
        return link->solving - 1;
    if (network->n_parts == network->parts_allocated) {
        network->parts_allocated = grown(network->parts_allocated, 64);
        network->parts = g_renew(struct part, network->parts, network->parts_allocated);
        network->capacity = g_renew(double, network->capacity, network->parts_allocated);
    }
    uint32_t p = network->n_parts++;
    network->parts[p] = (struct part){
        .link = link,
        .capacity = link->capacity_bytes_per_s,
        .n_flows = link->n_flows,
        .n_held_outside = link->n_held,
        .outside = {link->used_high, link->used_low},
    };
    link->solving = p + 1;
    return p;
}

static void join(struct sim_network *network, struct sim_flow *flow)
{
    if (flow->solving || flow->bytes_left <= 0)
        return;
    if (network->n_flows == network->flows_allocated) {
        network->flows_allocated = grown(network->flows_allocated, 64);
        gsize n = network->flows_allocated;
        network->flows = g_renew(struct sim_flow *, network->flows, n);
        network->cap = g_renew(double, network->cap, n);
        network->rate = g_renew(double, network->rate, n);
        network->bound = g_renew(int32_t, network->bound, n);
        network->first_hop = g_renew(uint32_t, network->first_hop, n + 1);
    }
    while (network->hops_allocated - network->n_hops < flow->n_hops) {
        network->hops_allocated = grown(network->hops_allocated, 256);
        network->part_of = g_renew(uint32_t, network->part_of, network->hops_allocated);
    }
    uint32_t f = network->n_flows++;
    network->flows[f] = flow;
    network->cap[f] = flow->cap_bytes_per_s;
    network->first_hop[f] = network->n_hops;
    flow->solving = f + 1;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        uint32_t p = part_of(network, flow->hops[h].link);
        struct part *part = &network->parts[p];
        part->n_in++;
        part->n_held_outside -= flow->bound == (int32_t)h;
        network->part_of[network->n_hops++] = p;
    }
    network->first_hop[network->n_flows] = network->n_hops;
}

/* Flows are scattered in memory: asks for those that will be next, their hops, and their links, so that they are there
 * when they join. */
static inline void fetch(const struct sim_link *link, uint32_t i, uint32_t n)
{
    if (i + 12 < n) {
        __builtin_prefetch(link->places[i + 12].flow);
        __builtin_prefetch(&link->places[i + 12].flow->since_s);
    }
    if (i + 8 < n)
        __builtin_prefetch(link->places[i + 8].flow->hops);
    if (i + 4 < n) {
        const struct sim_flow *flow = link->places[i + 4].flow;
        for (uint32_t h = 0; h < flow->n_hops; h++) {
            __builtin_prefetch(&flow->hops[h].link->capacity_bytes_per_s);
            __builtin_prefetch(&flow->hops[h].link->used_high);
        }
    }
}

static void join_held(struct sim_network *network, const struct sim_link *link)
{
    for (uint32_t i = 0; i < link->n_held; i++) {
        fetch(link, i, link->n_held);
        join(network, link->places[i].flow);
    }
}

static void join_all(struct sim_network *network, const struct sim_link *link)
{
    for (uint32_t i = 0; i < link->n_flows; i++)
        join(network, link->places[i].flow);
}

/* Of the flows that the link carries and does not hold back, those outside the set that are faster than the flows of
 * the set which it does hold back must give way; but only those that will still be faster once they have given. */
static void join_faster(struct sim_network *network, const struct part *part)
{
    struct sim_link *link = part->link;
    double level = part->level, fastest = 0;
    for (bool first = true;; first = false) {
        double sum = part->n_held * part->level;
        uint32_t n = part->n_held;
        for (uint32_t i = link->n_held; i < link->n_flows; i++) {
            const struct sim_flow *flow = link->places[i].flow;
            if (flow->solving || !(flow->rate_bytes_per_s < INFINITY))
                continue;
            if (first)
                fastest = larger(fastest, flow->rate_bytes_per_s);
            if (flow->rate_bytes_per_s > level * (1 + ROUNDING)) {
                sum += flow->rate_bytes_per_s;
                n++;
            }
        }
        if (first)
            link->fastest_free = fastest;
        if (!(fastest > level * (1 + ROUNDING)))
            return;
        double shared = smaller(sum / n, fastest * (1 - ROUNDING));
        if (!(shared > level * (1 + ROUNDING)))
            break;
        level = shared;
    }
    for (uint32_t i = link->n_held; i < link->n_flows; i++) {
        struct sim_flow *flow = link->places[i].flow;
        if (flow->rate_bytes_per_s > level)
            join(network, flow);
    }
}

/* Those who are not served fairly on this link, as rates stand in this round, join the set. */
static void look_at(struct sim_network *network, uint32_t p)
{
    const struct part *part = &network->parts[p];
    struct sim_link *link = part->link;
    if (part->n_unmoved > 0) {
        double level = link->level;
        if (fabs(part->slack) > ROUNDING * level * part->n_unmoved + 0.01 * ROUNDING * part->capacity ||
            larger(part->fastest, part->level) > level * (1 + ROUNDING) ||
            (part->n_held > 0 && part->level < level * (1 - ROUNDING)) || !(part->capacity < INFINITY))
            join_held(network, link);
    } else if (part->n_held > 0) {
        if (link->fastest_free > part->level * (1 + ROUNDING)) {
            struct part now = *part; /* joining moves parts */
            join_faster(network, &now);
        }
    } else if (part->slack < -ROUNDING * part->capacity)
        join_all(network, link);
}

/* Solves the set in what others leave, and sums up per link. */
static void fill(struct sim_network *network)
{
    for (uint32_t f = network->n_solved; f < network->n_flows; f++) {
        double used = used_by(network->flows[f]);
        if (used > 0)
            for (uint32_t h = network->first_hop[f]; h < network->first_hop[f + 1]; h++) {
                struct part *part = &network->parts[network->part_of[h]];
                if (part->n_in < part->n_flows)
                    sum_add(&part->outside, -used);
            }
    }
    network->n_solved = network->n_flows;
    for (uint32_t p = 0; p < network->n_parts; p++) {
        struct part *part = &network->parts[p];
        if (part->n_in == part->n_flows)
            part->outside = (struct sum){0, 0};
        sum_normalize(&part->outside);
        network->capacity[p] = larger((part->capacity - part->outside.high) - part->outside.low, 0);
        part->inside = (struct sum){0, 0};
        part->n_held = 0;
        part->level = part->fastest = 0;
    }
    sim_maxmin_solve(network->space, network->n_parts, network->capacity, network->n_flows, network->first_hop,
                     network->part_of, network->cap, network->rate, network->bound);
    for (uint32_t f = 0; f < network->n_flows; f++) {
        double rate = network->rate[f], old = network->flows[f]->rate_bytes_per_s;
        if (!(rate < INFINITY))
            continue;
        if (fabs(rate - old) <= SAME_RATE * old && network->bound[f] != SIM_MAXMIN_CAP)
            network->rate[f] = rate = smaller(old, network->cap[f]);
        for (uint32_t h = network->first_hop[f]; h < network->first_hop[f + 1]; h++) {
            uint32_t p = network->part_of[h];
            struct part *part = &network->parts[p];
            sum_add(&part->inside, rate);
            if (network->bound[f] == (int32_t)p) {
                part->n_held++;
                part->level = larger(part->level, rate);
            } else
                part->fastest = larger(part->fastest, rate);
        }
    }
    for (uint32_t p = 0; p < network->n_parts; p++) {
        struct part *part = &network->parts[p];
        sum_normalize(&part->inside);
        part->slack =
            ((part->capacity - part->outside.high) - part->inside.high) - (part->outside.low + part->inside.low);
        part->n_unmoved = part->n_held_outside;
    }
}

/* What has changed by solving becomes so. */
static void settle_flow(struct sim_network *network, uint32_t f)
{
    struct sim_flow *flow = network->flows[f];
    double now_s = sim_now(network->sim), rate = network->rate[f];
    int32_t bound = network->bound[f];
    if (bound >= 0) {
        const uint32_t *hop = &network->part_of[network->first_hop[f]];
        while (*hop != (uint32_t)bound)
            hop++;
        bound = (int32_t)(hop - &network->part_of[network->first_hop[f]]);
    }
    flow->solving = 0;
    bool other_rate = rate < flow->rate_bytes_per_s || rate > flow->rate_bytes_per_s;
    if (!other_rate && bound == flow->bound)
        return;
    book(flow, moved_since(flow, now_s), now_s);
    if (bound != flow->bound)
        set_bound(flow, bound);
    if (!other_rate)
        return;
    flow->rate_bytes_per_s = rate;
    sim_schedule(network->sim, &flow->done, flow->bytes_left > 0 ? now_s + flow->bytes_left / rate : now_s);
}

static void settle_link(struct sim_network *network, const struct part *part)
{
    struct sim_link *link = part->link;
    link->solving = 0;
    struct sum used = part->inside;
    if (part->n_in < part->n_flows) {
        used = part->outside;
        sum_add(&used, part->inside.low);
        sum_add(&used, part->inside.high);
        sum_normalize(&used);
        link->fastest_free = larger(link->fastest_free, part->fastest);
    } else
        link->fastest_free = part->fastest;
    if (link->n_held == part->n_held)
        link->level = part->level;
    link->used_high = used.high;
    link->used_low = used.low;
    /* A link that is used up carries its capacity, not the last bit more or less. */
    double rate = link->n_held > 0 ? link->capacity_bytes_per_s : larger(used.high, 0);
    if (rate < link->rate.value || rate > link->rate.value) {
        sim_level_set(&link->rate, sim_now(network->sim), rate);
        if (network->rate_changed)
            network->rate_changed(network->ctx, link);
    }
}

static void solve(struct sim *sim, struct sim_event *event)
{
    struct sim_network *network = SIM_OWNER(struct sim_network, rates, event);
    network->n_flows = network->n_solved = network->n_hops = network->n_parts = 0;
    for (uint32_t i = 0; i < network->n_changed_links; i++) {
        struct sim_link *link = network->changed_links[i];
        if (!link)
            continue;
        link->changed = 0;
        part_of(network, link);
    }
    network->n_changed_links = 0;
    for (uint32_t i = 0; i < network->n_changed_flows; i++) {
        struct sim_flow *flow = network->changed_flows[i];
        if (!flow)
            continue;
        flow->changed = 0;
        if (flow->bytes_left > 0)
            join(network, flow);
        else
            sim_schedule(sim, &flow->done, sim_now(sim));
    }
    network->n_changed_flows = 0;

    for (uint32_t round = 1;; round++) {
        fill(network);
        uint32_t n_solved = network->n_solved, n_parts = network->n_parts;
        for (uint32_t p = 0; p < n_parts; p++)
            look_at(network, p);
        if (network->n_flows == n_solved)
            break;
        if (round >= ROUNDS_NEAR)
            for (uint32_t f = n_solved; f < network->n_flows; f++) {
                const struct sim_flow *flow = network->flows[f];
                for (uint32_t h = 0; h < flow->n_hops; h++)
                    (round < ROUNDS_FAR ? join_held : join_all)(network, flow->hops[h].link);
            }
    }

    for (uint32_t f = 0; f < network->n_flows; f++)
        settle_flow(network, f);
    for (uint32_t p = 0; p < network->n_parts; p++)
        settle_link(network, &network->parts[p]);
}

/* ---- Network and links ------------------------------------------------------------------------------------------- */

struct sim_network *sim_network_new(struct sim *sim)
{
    struct sim_network *network = g_new0(struct sim_network, 1);
    network->sim = sim;
    network->space = sim_maxmin_space_new();
    sim_event_init(&network->rates, SIM_RANK_RATES, solve);
    return network;
}

void sim_network_free(struct sim_network *network)
{
    if (!network)
        return;
    sim_cancel(network->sim, &network->rates);
    for (uint32_t i = 0; i < network->n_changed_links; i++)
        if (network->changed_links[i])
            network->changed_links[i]->changed = 0;
    sim_maxmin_space_free(network->space);
    g_free(network->changed_links);
    g_free(network->changed_flows);
    g_free(network->flows);
    g_free(network->cap);
    g_free(network->rate);
    g_free(network->bound);
    g_free(network->first_hop);
    g_free(network->part_of);
    g_free(network->parts);
    g_free(network->capacity);
    g_free(network);
}

void sim_link_init(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s)
{
    g_assert(capacity_bytes_per_s >= 0);
    memset(link, 0, sizeof *link);
    link->capacity_bytes_per_s = capacity_bytes_per_s;
    link->up = true;
    link->network = network;
    sim_level_init(&link->rate, sim_now(network->sim), 0);
}

void sim_link_clear(struct sim_link *link)
{
    g_assert(link->n_flows == 0);
    if (link->changed)
        link->network->changed_links[link->changed - 1] = NULL;
    g_free(link->places);
    memset(link, 0, sizeof *link);
}

void sim_link_set_capacity(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s)
{
    g_assert(capacity_bytes_per_s >= 0);
    link->capacity_bytes_per_s = capacity_bytes_per_s;
    link_changed(network, link);
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
    struct sim_flow **flows = g_new(struct sim_flow *, link->n_flows);
    for (uint32_t i = 0; i < link->n_flows; i++)
        flows[i] = link->places[i].flow;
    qsort(flows, link->n_flows, sizeof *flows, by_number);
    for (uint32_t i = 0; i < link->n_flows; i++) {
        struct sim_flow *flow = flows[i];
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
    g_free(flows);
}

void sim_link_set_up(struct sim_network *network, struct sim_link *link, bool up)
{
    if (link->up == up)
        return;
    link->up = up;
    if (up)
        return;
    if (link->n_flows > 0)
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
        flow->hops_allocated = n_links;
        flow->hops = g_renew(struct sim_hop, flow->hops, n_links);
    }
    flow->n_hops = n_links;
    flow->cap_bound_bytes = 0;
    for (uint32_t h = 0; h < n_links; h++) {
        flow->hops[h] = (struct sim_hop){.link = links[h]};
        for (uint32_t i = 0; i < h; i++)
            g_assert(links[i] != links[h]);
    }
}

void sim_flow_clear(struct sim_flow *flow)
{
    g_assert(!flow->moving);
    g_free(flow->hops);
    memset(flow, 0, sizeof *flow);
}

bool sim_path_up(const struct sim_flow *flow)
{
    for (uint32_t h = 0; h < flow->n_hops; h++)
        if (!flow->hops[h].link->up)
            return false;
    return true;
}

void sim_flow_start(struct sim_network *network, struct sim_flow *flow, double bytes, double cap_bytes_per_s)
{
    if (flow->moving || !sim_path_up(flow) || !(bytes >= 0 && bytes < INFINITY) || !(cap_bytes_per_s > 0))
        sim_bug(network->sim, "flow of %g bytes at most %g bytes/s cannot start%s%s", bytes, cap_bytes_per_s,
                flow->moving ? ": it moves" : "", sim_path_up(flow) ? "" : ": a link is down");
    flow->network = network;
    flow->moving = true;
    flow->number = ++network->n_starts;
    flow->bytes = flow->bytes_left = bytes;
    flow->cap_bytes_per_s = cap_bytes_per_s;
    flow->since_s = sim_now(network->sim);
    for (uint32_t h = 0; h < flow->n_hops; h++)
        link_add(flow->hops[h].link, flow, h);
    flow_changed(network, flow);
}

void sim_flow_set_cap(struct sim_network *network, struct sim_flow *flow, double cap_bytes_per_s)
{
    if (!flow->moving || !(cap_bytes_per_s > 0))
        sim_bug(network->sim, "flow cannot have the cap %g bytes/s%s", cap_bytes_per_s,
                flow->moving ? "" : ": it does not move");
    flow->cap_bytes_per_s = cap_bytes_per_s;
    if (flow->bound == SIM_MAXMIN_CAP || cap_bytes_per_s <= flow->rate_bytes_per_s)
        flow_changed(network, flow);
}

double sim_flow_stop(struct sim_network *network, struct sim_flow *flow)
{
    g_assert(flow->moving);
    double now_s = sim_now(network->sim);
    book(flow, moved_since(flow, now_s), now_s);
    leave(network, flow);
    return flow->bytes - flow->bytes_left;
}

double sim_flow_delivered(const struct sim_network *network, const struct sim_flow *flow)
{
    double moved = flow->moving ? moved_since(flow, sim_now(network->sim)) : 0;
    return flow->bytes - (flow->bytes_left - moved);
}
