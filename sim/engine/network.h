/* Flow network: transfers as fluid flows over links, max-min fair (sim/engine/maxmin.h), each flow also bounded by a cap of
 * its own. Disks and other shared rates are links too.
 *
 * Whatever changes at one instant is solved once, at SIM_RANK_RATES; a change costs the part of the network whose rates it
 * touches, and only a flow whose rate changed gets a new completion time. */
#ifndef SIM_ENGINE_NETWORK_H
#define SIM_ENGINE_NETWORK_H

#include "sim/engine/sim.h"
#include "sim/engine/stats.h"

struct sim_network;
struct sim_flow;

struct sim_link {
    double capacity_bytes_per_s; /* when up; 0 to INFINITY. Change it with sim_link_set_capacity() */
    bool up;
    struct sim_level rate; /* bytes per second carried, over time: its integral is the bytes carried */
    void *owner;
    /* private to network.c */
    struct sim_flow **flows;
    uint32_t *hop_of; /* which of the flow's hops this link is */
    uint32_t n_flows, flows_allocated;
    uint32_t mark, scratch;
    double used;
};

/* One link on a flow's path. */
struct sim_hop {
    struct sim_link *link;
    uint32_t position;   /* in link->flows */
    double bound_bytes;  /* bytes that moved while this link was the flow's bottleneck */
};

typedef void sim_flow_told(struct sim *sim, struct sim_flow *flow);

struct sim_flow {
    struct sim_event done;
    struct sim_hop *hops; /* the owner's memory, or the flow's own (sim_flow_init) */
    uint32_t n_hops;
    uint32_t mark;
    int32_t bound; /* index of the hop that holds the flow back, SIM_MAXMIN_CAP or SIM_MAXMIN_NONE */
    bool moving;
    double cap_bytes_per_s;
    double rate_bytes_per_s;
    double bytes;      /* asked for in sim_flow_start() */
    double bytes_left; /* at since_s */
    double since_s;
    double cap_bound_bytes; /* bytes that moved while the cap held the flow back */
    sim_flow_told *finished; /* all bytes have arrived; the flow has stopped and may be started again or freed */
    sim_flow_told *lost;     /* a link on the path failed; the flow has stopped, sim_flow_delivered() tells how far it came */
};

struct sim_network *sim_network_new(struct sim *sim);
void sim_network_free(struct sim_network *network); /* all flows must have stopped, or never be touched again */

void sim_link_init(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
void sim_link_clear(struct sim_link *link);
void sim_link_set_capacity(struct sim_network *network, struct sim_link *link, double capacity_bytes_per_s);
/* Taking a link down makes every flow on it stop, and tells their owners (lost). A flow may be started over a link that is
 * down only after asking sim_path_up(): starting it is a bug. */
void sim_link_set_up(struct sim_network *network, struct sim_link *link, bool up);
/* Called at SIM_RANK_RATES for every link whose carried rate changed at this instant; may be NULL. */
void sim_network_observe(struct sim_network *network, void (*rate_changed)(void *ctx, struct sim_link *link), void *ctx);

/* Prepares a flow over the given links, in order, none twice; n_links may be 0. The path stays until sim_flow_clear(). */
void sim_flow_init(struct sim_flow *flow, struct sim_link *const *links, uint32_t n_links, sim_flow_told *finished,
                   sim_flow_told *lost);
void sim_flow_clear(struct sim_flow *flow); /* must have stopped */
bool sim_path_up(const struct sim_flow *flow);
/* Starts moving bytes (0 or more), at most at cap_bytes_per_s (above 0, to INFINITY). A flow of 0 bytes, and one that
 * nothing limits, ends at this same instant. bound_bytes of the hops and cap_bound_bytes go on counting over several
 * starts. */
void sim_flow_start(struct sim_network *network, struct sim_flow *flow, double bytes, double cap_bytes_per_s);
void sim_flow_set_cap(struct sim_network *network, struct sim_flow *flow, double cap_bytes_per_s);
/* Stops a moving flow; nobody is told. Returns the bytes it delivered since its start. */
double sim_flow_stop(struct sim_network *network, struct sim_flow *flow);
/* Bytes delivered since the start: now while it moves, in all when it has stopped. */
double sim_flow_delivered(const struct sim_network *network, const struct sim_flow *flow);

#endif
