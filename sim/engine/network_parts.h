/* Inside the flow network: what network.c (flows come, end, fail), network_groups.c (who is held back where, and what
 * links carry) and network_sweep.c (levels after a change) share. Nobody else includes this, but a test of the
 * fallback.
 *
 * The idea. Flows that the same link holds back run at the same rate, its level. They are that link's group, and share
 * one clock, which counts the bytes that a member has moved since the group began: the integral of the level over time.
 * A member ends when the clock reads what it read when the member joined, plus its bytes (the virtual time of processor
 * sharing: Parekh and Gallager 1993). A heap per group by that reading, one appointment per group: a change of level
 * costs one new appointment, however many flows it slows down or speeds up. A flow changes group only when its
 * bottleneck changes.
 *
 * Links that hold nobody back. What such a link carries changes with every level of every group that crosses it, and
 * nobody needs to know, as long as it has enough for all. While no flow on it is faster than its share, an equal part
 * of its capacity for each of its flows, that is certain, and the link is only a list of its flows (the crowd). A group
 * knows the lowest share, or cap, of its members; when its level is to rise above that, the link that has this share
 * is watched from then on, as are all links that hold flows back, and all links of a network that is observed: what
 * others use of a watched link is kept by lanes. A lane is those members of a group that cross a watched link: their
 * number times their level is what they use of it; a level that changes costs as many sums as its group has lanes.
 * A flow that its own cap holds back is in the group of all flows with that cap, which has a level and lanes, but no
 * link and no clock: such flows have appointments of their own, so that unconnected flows do not share digits.
 *
 * Levels after a change are found by a sweep (network_sweep.c). */
#ifndef SIM_ENGINE_NETWORK_PARTS_H
#define SIM_ENGINE_NETWORK_PARTS_H

#include "sim/engine/maxmin.h"
#include "sim/engine/network.h"

#include <glib.h>
#include <math.h>

/* Relative differences of rates and sums up to this are rounding. Above 2^-53 times the number of operations that a
 * rate goes through, below what anybody would see. */
#define ROUNDING 1e-12
/* A level that differs less than this from what it was stays as it was. */
#define SAME_RATE 1e-13

/* The members of a group that cross a watched link; also the members of a group, on its own link. */
struct sim_lane {
    struct sim_group *of, *on;
    struct sim_hop *first;
    uint32_t n;
    uint32_t place_of, place_on; /* in of->lanes, on->guests */
    double used;                 /* what is in on->used for it: n times the level, 0 while its group is open */
};

struct sim_lanes {
    struct sim_lane **all;
    uint32_t n, allocated;
    struct sim_lane *few[2]; /* most have no more: all points here at first */
};

/* Of a watched link, or of a cap. */
struct sim_group {
    struct sim_event done;
    struct sim_link *link; /* NULL: a cap's */
    double level;
    bool open;    /* during a sweep: its level is not known yet, but is not below what has been swept */
    bool new_end; /* its first end may be another, or at another time */
    struct sim_heap_node queued;
    /* its members */
    struct sim_lane own;
    double clock_high, clock_low, clock_s; /* bytes per member up to clock_s, in two parts */
    double horizon;                        /* limits above this are not in the heap */
    struct sim_heap limits;                /* of members, lowest first: the group's level must not rise above them */
    struct sim_heap ends;                  /* of members, by reading of the clock; empty while there is only one */
    struct sim_lanes lanes;                /* its members on other links */
    /* others on its link */
    struct sim_lanes guests;
    double used_high, used_low; /* by guests whose groups are not open */
    double fastest;             /* no guest whose group is not open is faster */
    uint32_t n_open;            /* flows of the other guests */
    uint32_t looks;             /* at fastest, since it was exact */
    struct sim_network *network;
    struct sim_group *next_spare;
};

/* Groups and lanes that nobody uses: those of all networks of a world. */
struct network_spares {
    struct sim_group *groups;
    struct sim_lane *lanes;                /* chained by of */
    GPtrArray *group_blocks, *lane_blocks; /* their memory */
};

struct sim_network {
    struct sim_event rates;
    struct sim *sim;
    void (*rate_changed)(void *ctx, struct sim_link *link);
    void *ctx;
    bool used;    /* flows have been started */
    bool solving; /* rates are being solved */
    uint64_t n_links;
    uint32_t n_down; /* links that are not up */
    struct sim_flow *first_condemned, *last_condemned;
    /* links on which something may have changed at this instant; entries may be NULL */
    struct sim_link **changed;
    uint32_t n_changed, changed_allocated;
    /* flows that move and are in no group: those that came at this instant, and those that take no time; may be NULL */
    struct sim_flow **waiting;
    uint32_t n_waiting, waiting_allocated;
    struct sim_heap queue; /* of the sweep: groups by the lowest level that they may settle at */
    uint32_t patience;     /* steps of a sweep for each changed link, before all is solved from nothing */
    /* what it all cost: looks at links, flows that got another bottleneck, sweeps given up */
    uint64_t n_looks, n_moves, n_from_nothing;
    GHashTable *caps; /* groups by level */
    struct sim_flow_foresight *foresights;
    uint32_t n_foresights;
    struct network_spares *spares; /* its own, or another one's */
    struct network_spares own_spares;
};

static inline double larger(double a, double b)
{
    return a > b ? a : b;
}

static inline double smaller(double a, double b)
{
    return a < b ? a : b;
}

/* Adds to a sum in two parts, so that adding and taking away for ever leaves no error behind (Knuth, TAOCP vol. 2,
 * 4.2.2; Dekker 1971). */
static inline void network_sum_add(double *high, double *low, double x)
{
    double sum = *high + x, part = sum - *high;
    double rest = *low + ((*high - (sum - part)) + (x - part));
    *high = sum + rest;
    *low = rest - (*high - sum);
}

/* The flows of a lane, or its group's level, have changed. */
static inline void network_lane_use(struct sim_lane *lane)
{
    struct sim_group *on = lane->on;
    double used = lane->n * lane->of->level;
    if (lane->used > 0)
        network_sum_add(&on->used_high, &on->used_low, -lane->used);
    if (used > 0)
        network_sum_add(&on->used_high, &on->used_low, used);
    lane->used = used;
    on->fastest = larger(on->fastest, lane->of->level);
}

/* What guests whose groups are not open leave of the link. */
static inline double network_room(const struct sim_group *group)
{
    return (group->link->capacity_bytes_per_s - group->used_high) - group->used_low;
}

static inline void network_ask_for_rates(struct sim_network *network)
{
    if (!network->solving && !sim_scheduled(&network->rates))
        sim_schedule(network->sim, &network->rates, sim_now(network->sim));
}

/* ---- network_groups.c: no level changes here --------------------------------------------------------------------- */

/* Memory of groups. */
void network_group_block_free(gpointer block);
/* The link, or a flow on it, has changed: rates are solved at this instant. */
void network_mark(struct sim_network *network, struct sim_link *link);
/* Puts a flow that has bytes to move on its links, and in a group by a guess; or finds that nothing limits it. */
bool network_attach(struct sim_network *network, struct sim_flow *flow);
/* Puts it in this group; all its links are watched. */
void network_attach_to(struct sim_network *network, struct sim_flow *flow, struct sim_group *group);
/* Takes it, with so many bytes left, from its group and its links. */
void network_detach(struct sim_network *network, struct sim_flow *flow, double left_bytes);
/* From one group to another. */
void network_move(struct sim_network *network, struct sim_flow *flow, struct sim_group *to);
/* Bytes that a flow still has to move. */
double network_left_bytes(const struct sim_flow *flow, double now_s);
/* The group of the flows with this cap. */
struct sim_group *network_cap_group(struct sim_network *network, double cap_bytes_per_s);

/* Before a group's level changes. */
void network_clock_goes_on(struct sim_group *group);
struct sim_flow *network_first_end(const struct sim_group *group);
/* The first to end has left, and others may end at this instant. */
void network_appoint_others_now(struct sim_group *group);

/* What a flow may run at for its cap, or the shares of its links that are not watched; and which of these it is (NULL:
 * its cap). */
double network_limit_of(const struct sim_flow *flow, struct sim_link **by);
/* The flow's limit has changed. */
void network_note_limit(struct sim_flow *flow);
/* No member has a limit below this and the horizon; it may be out of date, too low. */
double network_lowest_limit(const struct sim_group *group);
void network_rescan_limits(struct sim_group *group, double horizon);
/* Makes the share of a link larger, if that can be. */
bool network_renew_share(struct sim_link *link);
/* The share has become smaller: groups are told, or the link is watched. */
void network_tell_share(struct sim_link *link);
void network_watch(struct sim_link *link);
/* At the end of a sweep: watches no longer what need not be, and makes the group's appointment. */
void network_relax(struct sim_link *link);

/* ---- network.c --------------------------------------------------------------------------------------------------- */

void network_group_done(struct sim *sim, struct sim_event *event);
/* The flow, which is in no group, ends at this instant. */
void network_takes_no_time(struct sim_network *network, struct sim_flow *flow);

/* ---- network_sweep.c --------------------------------------------------------------------------------------------- */

/* Finds the levels, where links have changed. */
void network_sweep(struct sim_network *network);

#endif
