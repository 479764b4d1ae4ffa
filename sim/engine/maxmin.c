/* Water filling: all rates rise together from 0. A flow stops rising when it reaches its cap, or when a link on its
 * path is used up.
 *
 * The next link to be used up is the one with the lowest level: what is left of it, shared among its flows that still
 * rise. Levels only go up while other flows stop (those take no more than the level), so a heap of levels may be out of
 * date: the first entry is computed again when it comes up, and goes back when its level has risen meanwhile. Likewise
 * a heap of caps, since mostly few of them are ever reached. */
#include "sim/engine/maxmin.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* Ordered by key, then index: a total order, so that the order among connected things is their own. */
struct entry {
    double key;
    uint32_t index;
};

struct sim_maxmin_space {
    uint32_t links_allocated, flows_allocated, hops_allocated;
    /* per link */
    double *left;         /* capacity that stopped flows do not use */
    uint32_t *rising;     /* flows that still rise */
    uint32_t *first_flow; /* in flow_of; one more than there are links */
    struct entry *levels;
    /* per flow */
    struct entry *caps;
    /* per hop */
    uint32_t *flow_of;
};

struct sim_maxmin_space *sim_maxmin_space_new(void)
{
    return g_new0(struct sim_maxmin_space, 1);
}

void sim_maxmin_space_free(struct sim_maxmin_space *space)
{
    if (!space)
        return;
    g_free(space->left);
    g_free(space->rising);
    g_free(space->first_flow);
    g_free(space->levels);
    g_free(space->caps);
    g_free(space->flow_of);
    g_free(space);
}

static uint32_t grown(uint32_t allocated, uint32_t needed)
{
    uint32_t doubled = allocated < UINT32_MAX / 2 ? 2 * allocated : UINT32_MAX;
    return MAX(MAX(doubled, needed), 16);
}

static void reserve(struct sim_maxmin_space *space, uint32_t n_links, uint32_t n_flows, uint32_t n_hops)
{
    if (n_links >= space->links_allocated) {
        uint32_t n = space->links_allocated = grown(space->links_allocated, n_links + 1);
        space->left = g_renew(double, space->left, n);
        space->rising = g_renew(uint32_t, space->rising, n);
        space->first_flow = g_renew(uint32_t, space->first_flow, (gsize)n + 1);
        space->levels = g_renew(struct entry, space->levels, n);
    }
    if (n_flows > space->flows_allocated) {
        uint32_t n = space->flows_allocated = grown(space->flows_allocated, n_flows);
        space->caps = g_renew(struct entry, space->caps, n);
    }
    if (n_hops > space->hops_allocated) {
        uint32_t n = space->hops_allocated = grown(space->hops_allocated, n_hops);
        space->flow_of = g_renew(uint32_t, space->flow_of, n);
    }
}

static inline bool before(struct entry a, struct entry b)
{
    return a.key < b.key || (a.key <= b.key && a.index < b.index);
}

static void sift_down(struct entry *heap, uint32_t n, uint32_t at)
{
    struct entry moving = heap[at];
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= n)
            break;
        if (child + 1 < n && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], moving))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

static void heapify(struct entry *heap, uint32_t n)
{
    for (uint32_t i = n / 2; i-- > 0;)
        sift_down(heap, n, i);
}

static void drop_first(struct entry *heap, uint32_t *n)
{
    heap[0] = heap[--*n];
    if (*n > 1)
        sift_down(heap, *n, 0);
}

/* A flow alone gets the smallest of what is on its path. */
static void solve_one(const double *capacity, uint32_t first, uint32_t end, const uint32_t *link_of, double cap,
                      double *rate, int32_t *bound)
{
    double least = INFINITY;
    for (uint32_t h = first; h < end; h++)
        least = MIN(least, capacity[link_of[h]]);
    if (cap <= least) {
        *rate = cap;
        *bound = cap < INFINITY ? SIM_MAXMIN_CAP : SIM_MAXMIN_NONE;
        return;
    }
    *rate = least;
    for (uint32_t h = first; h < end; h++)
        if (capacity[link_of[h]] <= least * (1 + SIM_MAXMIN_TIE)) {
            *bound = (int32_t)link_of[h];
            return;
        }
}

void sim_maxmin_solve(struct sim_maxmin_space *space, uint32_t n_links, const double *capacity, uint32_t n_flows,
                      const uint32_t *first_hop, const uint32_t *link_of, const double *cap, double *rate,
                      int32_t *bound)
{
    if (n_flows == 0)
        return;
    if (n_flows == 1) {
        solve_one(capacity, first_hop[0], first_hop[1], link_of, cap[0], rate, bound);
        return;
    }

    uint32_t hops_begin = first_hop[0], hops_end = first_hop[n_flows];
    reserve(space, n_links, n_flows, hops_end - hops_begin);
    double *left = space->left;
    uint32_t *rising = space->rising, *first_flow = space->first_flow, *flow_of = space->flow_of;

    /* The flows of each link, in order of flows. */
    memset(rising, 0, n_links * sizeof *rising);
    for (uint32_t h = hops_begin; h < hops_end; h++)
        rising[link_of[h]]++;
    uint32_t n_levels = 0;
    struct entry *levels = space->levels;
    uint32_t sum = 0;
    for (uint32_t l = 0; l < n_links; l++) {
        sum += rising[l];
        first_flow[l] = sum; /* counted down to the beginning below */
        left[l] = capacity[l];
        if (rising[l] > 0 && capacity[l] < INFINITY)
            levels[n_levels++] = (struct entry){.key = capacity[l] / rising[l], .index = l};
    }
    first_flow[n_links] = sum;
    uint32_t n_caps = 0;
    struct entry *caps = space->caps;
    for (uint32_t f = n_flows; f-- > 0;) {
        for (uint32_t h = first_hop[f]; h < first_hop[f + 1]; h++)
            flow_of[--first_flow[link_of[h]]] = f;
        rate[f] = -1; /* still rises */
        if (cap[f] < INFINITY)
            caps[n_caps++] = (struct entry){.key = cap[f], .index = f};
    }
    heapify(levels, n_levels);
    heapify(caps, n_caps);

    for (uint32_t n_rising = n_flows; n_rising > 0;) {
        double next_cap = n_caps ? caps[0].key : INFINITY, next_level = n_levels ? levels[0].key : INFINITY;
        if (n_caps && next_cap <= next_level) {
            uint32_t f = caps[0].index;
            drop_first(caps, &n_caps);
            if (rate[f] >= 0)
                continue;
            rate[f] = next_cap;
            bound[f] = SIM_MAXMIN_CAP;
            n_rising--;
            for (uint32_t h = first_hop[f]; h < first_hop[f + 1]; h++) {
                left[link_of[h]] -= next_cap;
                rising[link_of[h]]--;
            }
            continue;
        }
        if (n_levels == 0)
            break;
        uint32_t l = levels[0].index;
        if (rising[l] == 0) {
            drop_first(levels, &n_levels);
            continue;
        }
        double level = (left[l] > 0 ? left[l] : 0) / rising[l];
        if (level > next_level) {
            levels[0].key = level;
            sift_down(levels, n_levels, 0);
            continue;
        }
        drop_first(levels, &n_levels);
        for (uint32_t i = first_flow[l]; i < first_flow[l + 1]; i++) {
            uint32_t f = flow_of[i];
            if (rate[f] >= 0)
                continue;
            rate[f] = level;
            n_rising--;
            /* Of the links that are used up at this level, the first holds the flow back. */
            int32_t by = -1;
            for (uint32_t h = first_hop[f]; h < first_hop[f + 1]; h++) {
                uint32_t k = link_of[h];
                if (by < 0 && (k == l || left[k] <= level * rising[k] * (1 + SIM_MAXMIN_TIE)))
                    by = (int32_t)k;
                left[k] -= level;
                rising[k]--;
            }
            bound[f] = by;
        }
    }

    for (uint32_t f = 0; f < n_flows; f++)
        if (rate[f] < 0) {
            rate[f] = INFINITY;
            bound[f] = SIM_MAXMIN_NONE;
        }
}

void sim_maxmin(uint32_t n_links, const double *capacity, uint32_t n_flows, const uint32_t *first_hop,
                const uint32_t *link_of, const double *cap, double *rate, int32_t *bound)
{
    struct sim_maxmin_space *space = sim_maxmin_space_new();
    sim_maxmin_solve(space, n_links, capacity, n_flows, first_hop, link_of, cap, rate, bound);
    sim_maxmin_space_free(space);
}
