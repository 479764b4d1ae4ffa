/* Flow network: transfers as fluid flows over links, max-min fair (sim/engine/maxmin.h), each flow also bounded by a
 * cap of its own. Disks and other shared rates are links too.
 *
 * Whatever changes at one instant is solved once, at SIM_RANK_RATES. (An instant is solved again when flows end in it
 * that took no time, and their owners start others.) Flows that end at one instant end in order of starting.
 *
 * A change costs O(log n) for each link that holds flows back and whose rate it changes, and for each flow whose
 * bottleneck it changes: flows that the same link holds back share a clock, so that it does not matter how many they
 * are (network_parts.h tells how).
 */
#ifndef SIM_ENGINE_NETWORK_H
#define SIM_ENGINE_NETWORK_H

#include "sim/engine/sim.h"
#include "sim/engine/stats.h"

struct sim_network;
struct sim_flow;
struct sim_group; /* private: the flows that a link holds back, and what is known of the others on it */
struct sim_lane;  /* private: those flows of a group that cross another link */

/* What every change looks at comes first, in one cache line. */
struct sim_link {
    double capacity_bytes_per_s; /* when up; 0 to INFINITY. Change it with sim_link_set_capacity() */
    /* private */
    struct sim_group *group;          /* while the link is watched; else */
    struct sim_hop *crowd;            /* the flows on it, */
    uint32_t n_flows, n_shares;       /* none of which is faster than an n_shares-th of its capacity */
    double carried_high, carried_low; /* bytes, by flows that have left it; in two parts, so that no error builds up */
    uint32_t changed;                 /* place in the list of changed links, 0: not there */
    /* public again */
    bool up;
    void *owner;
    /* bytes per second carried, over time, while the network is observed; its integral is the bytes carried */
    struct sim_level rate;
    /* private */
    struct sim_network *network;
    uint64_t number;  /* order of sim_link_init() */
    uint32_t solving; /* place among the links that are solved from nothing, 0: not there */
};

/* One link on a flow's path. */
struct sim_hop {
    struct sim_link *link;
    double bound_bytes; /* bytes that moved while this link was the flow's bottleneck, until the bottleneck or the path
                           changed or the flow stopped: what has moved since then is not in it yet */
    /* private */
    struct sim_flow *flow;
    struct sim_lane *lane; /* that it is in; NULL: in the crowd */
    struct sim_hop *previous, *next;
};

typedef void sim_flow_told(struct sim *sim, struct sim_flow *flow);

/* What every change looks at comes first, here too. */
struct sim_flow {
    struct sim_hop *hops; /* of the world's memory */
    uint32_t n_hops;
    int32_t bound; /* index of the hop that holds the flow back, SIM_MAXMIN_CAP or SIM_MAXMIN_NONE */
    double bytes;  /* asked for in sim_flow_start() */
    double cap_bytes_per_s;
    double cap_bound_bytes; /* bytes that moved while the cap held the flow back, as in hops */
    bool moving;
    /* private */
    bool condemned;                  /* its link has failed, the owner will be told */
    bool takes_no_time;              /* nothing limits it, or it has no bytes: it ends at this instant */
    uint32_t waiting;                /* place among flows in no group, 0: not there */
    struct sim_heap_node end, limit; /* in its group's heaps */
    struct sim_group *group;
    double bytes_left;           /* when it joined the group, */
    double since_s;              /* which was then; or */
    double ends_at_bytes;        /* by the group's clock */
    uint64_t number;             /* order of starting */
    struct sim_network *network; /* while it moves */
    /* public again */
    sim_flow_told *finished; /* all bytes have arrived; the flow has stopped and may be started again or freed */
    sim_flow_told
        *lost; /* a link on the path failed; the flow has stopped, sim_flow_delivered() tells how far it came */
    /* private */
    struct sim_event done; /* for a flow that does not end by its group's clock */
    struct sim_flow *previous_condemned, *next_condemned;
    uint32_t hops_allocated;
    uint32_t solving; /* as in links */
};

struct sim_network *sim_network_new(struct sim *sim);
/* Of another part of the same world (sim/engine/parts.h): no link and no flow in common, only memory, of a network that
 * it must not outlive. */
struct sim_network *sim_network_new_part(struct sim *part, struct sim_network *network);
void sim_network_free(struct sim_network *network); /* all flows must have stopped, or never be touched again */

/* As sim_foresee(), for what happens when flows end by this finished(): what their owners will need. step 0 to 2. */
typedef void sim_foresee_flow(const struct sim_flow *flow, unsigned step);
void sim_network_foresee(struct sim_network *network, sim_flow_told *finished, sim_foresee_flow *step);

void sim_link_init(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
/* Of the clock that the link's network goes by, in s. */
double sim_link_now(const struct sim_link *link);
void sim_link_clear(struct sim_link *link); /* no flow may be on it */
void sim_link_set_capacity(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
/* Taking a link down makes every flow on it stop, and tells their owners (lost), in order of starting. Owners may do
 * anything there but bring this link up or clear it. A flow may be started over a link that is down only after asking
 * sim_path_up(): starting it is a bug. */
void sim_link_set_up(struct sim_network *network, struct sim_link *link, bool up);
/* Bytes carried so far. O(1) for each flow on the link. */
double sim_link_carried(const struct sim_link *link);
/* rate_changed is called at SIM_RANK_RATES for every link whose carried rate changed at this instant. The link's flows
 * have their new rates then. It may look at everything and change nothing.
 *
 * To be called before the first flow starts. Who observes pays: rates of all links are then kept (link->rate) at every
 * change; of links that hold nobody back they are otherwise not even known. */
void sim_network_observe(struct sim_network *network, void (*rate_changed)(void *ctx, struct sim_link *link),
                         void *ctx);

/* Prepares a flow over the given links, in order, none twice; n_links may be 0. The path stays until sim_flow_clear(),
 * or until the flow, stopped, gets another one. */
void sim_flow_init(struct sim_flow *flow, struct sim_link *const *links, uint32_t n_links, sim_flow_told *finished,
                   sim_flow_told *lost);
/* Another path for a flow that has stopped, in the same memory; bound_bytes and cap_bound_bytes count from 0 again. */
void sim_flow_set_path(struct sim_flow *flow, struct sim_link *const *links, uint32_t n_links);
void sim_flow_clear(struct sim_flow *flow); /* must have stopped */
bool sim_path_up(const struct sim_flow *flow);
/* All links are up: nobody has to look at paths. */
bool sim_network_whole(const struct sim_network *network);
/* Starts moving bytes (0 or more), at most at cap_bytes_per_s (above 0, to INFINITY). A flow of 0 bytes, and one that
 * nothing limits, ends at this same instant, after SIM_RANK_RATES. bound_bytes of the hops and cap_bound_bytes go on
 * counting over several starts. */
void sim_flow_start(struct sim_network *network, struct sim_flow *flow, double bytes, double cap_bytes_per_s);
void sim_flow_set_cap(struct sim_network *network, struct sim_flow *flow, double cap_bytes_per_s);
/* Stops a moving flow; nobody is told. Returns the bytes it delivered since its start. */
double sim_flow_stop(struct sim_network *network, struct sim_flow *flow);
/* Bytes delivered since the start: now while it moves, in all when it has stopped. */
double sim_flow_delivered(const struct sim_network *network, const struct sim_flow *flow);
/* Bytes per second, as last solved; 0 when it does not move, INFINITY when nothing limits it. */
double sim_flow_rate(const struct sim_flow *flow);

#endif
