/* Flow network: transfers as fluid flows over links, max-min fair (sim/engine/maxmin.h), each flow also bounded by a
 * cap of its own. Disks and other shared rates are links too.
 *
 * Whatever changes at one instant is solved once, at SIM_RANK_RATES; a change costs the part of the network whose rates
 * it touches, and only a flow whose rate changed gets a new completion time. (An instant is solved again when flows end
 * in it that took no time, and their owners start others.) */
#ifndef SIM_ENGINE_NETWORK_H
#define SIM_ENGINE_NETWORK_H

#include "sim/engine/sim.h"
#include "sim/engine/stats.h"

struct sim_network;
struct sim_flow;

/* A flow on a link: private to network.c. */
struct sim_place {
    struct sim_flow *flow;
    uint32_t hop; /* which of the flow's hops this link is */
};

/* What solving looks at comes first, in one cache line. */
struct sim_link {
    double capacity_bytes_per_s; /* when up; 0 to INFINITY. Change it with sim_link_set_capacity() */
    /* private to network.c */
    struct sim_place *places; /* flows on the link; those it holds back come first */
    uint32_t n_flows, n_held;
    uint32_t changed;           /* place in the list of changed links, 0: not there */
    uint32_t solving;           /* place among the links being solved, 0: not there */
    double level;               /* rate of the flows it holds back */
    double fastest_free;        /* no flow on it that it does not hold back is faster */
    double used_high, used_low; /* sum of rates, in two parts, so that no error builds up */
    /* public again */
    struct sim_level rate; /* bytes per second carried, over time: its integral is the bytes carried */
    bool up;
    void *owner;
    /* private to network.c */
    uint32_t n_allocated;
    struct sim_network *network;
};

/* One link on a flow's path. */
struct sim_hop {
    struct sim_link *link;
    uint32_t position;  /* private: in link->places */
    double bound_bytes; /* bytes that moved while this link was the flow's bottleneck */
};

typedef void sim_flow_told(struct sim *sim, struct sim_flow *flow);

struct sim_flow {
    struct sim_event done;
    struct sim_hop *hops; /* the flow's own memory */
    uint32_t n_hops;
    int32_t bound;             /* index of the hop that holds the flow back, SIM_MAXMIN_CAP or SIM_MAXMIN_NONE */
    uint32_t changed, solving; /* private to network.c, as in links */
    double rate_bytes_per_s;
    double bytes_left; /* at since_s */
    double since_s;    /* of the last change of rate */
    double cap_bytes_per_s;
    double cap_bound_bytes; /* bytes that moved while the cap held the flow back */
    double bytes;           /* asked for in sim_flow_start() */
    bool moving;
    bool condemned;          /* private to network.c: its link has failed, the owner will be told */
    uint32_t hops_allocated; /* private to network.c */
    sim_flow_told *finished; /* all bytes have arrived; the flow has stopped and may be started again or freed */
    sim_flow_told
        *lost; /* a link on the path failed; the flow has stopped, sim_flow_delivered() tells how far it came */
    /* private to network.c */
    struct sim_network *network; /* while it moves */
    uint64_t number;             /* order of starting */
    struct sim_flow *previous_condemned, *next_condemned;
};

struct sim_network *sim_network_new(struct sim *sim);
void sim_network_free(struct sim_network *network); /* all flows must have stopped, or never be touched again */

void sim_link_init(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
void sim_link_clear(struct sim_link *link); /* no flow may be on it */
void sim_link_set_capacity(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
/* Taking a link down makes every flow on it stop, and tells their owners (lost), in order of starting. Owners may do
 * anything there but bring this link up or clear it. A flow may be started over a link that is down only after asking
 * sim_path_up(): starting it is a bug. */
void sim_link_set_up(struct sim_network *network, struct sim_link *link, bool up);
/* Called at SIM_RANK_RATES for every link whose carried rate changed at this instant; may be NULL. The link's flows
 * have their new rates then. It may look at everything and change nothing. */
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
/* Starts moving bytes (0 or more), at most at cap_bytes_per_s (above 0, to INFINITY). A flow of 0 bytes, and one that
 * nothing limits, ends at this same instant, after SIM_RANK_RATES. bound_bytes of the hops and cap_bound_bytes go on
 * counting over several starts. */
void sim_flow_start(struct sim_network *network, struct sim_flow *flow, double bytes, double cap_bytes_per_s);
void sim_flow_set_cap(struct sim_network *network, struct sim_flow *flow, double cap_bytes_per_s);
/* Stops a moving flow; nobody is told. Returns the bytes it delivered since its start. */
double sim_flow_stop(struct sim_network *network, struct sim_flow *flow);
/* Bytes delivered since the start: now while it moves, in all when it has stopped. */
double sim_flow_delivered(const struct sim_network *network, const struct sim_flow *flow);

#endif
