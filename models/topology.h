/* The network as the scenario describes it: a tree of locations with access links, and hosts with interfaces and disks
 * (N1, N4). Paths over it are lists of links for the flow network. */
#ifndef MODELS_TOPOLOGY_H
#define MODELS_TOPOLOGY_H

#include "models/hierarchy.h"
#include "models/partition.h"

struct location {
    const struct location_spec *spec;
    struct location *parent;
    uint32_t depth;
    double utc_offset_s;
    double latency_s;                 /* one way, of the access link */
    struct hierarchy_link *up, *down; /* NULL at the root */
    struct sim_calendar *background;  /* share of the access link in use by others, in %; NULL: none */
    double clock_ahead_s;             /* its local time (0: a Monday 00:00) minus simulated time (T1) */
    double calendar_s;                /* its calendar's time of the change that comes next */
    struct sim_event background_changes;
    struct topology *topology;
};

/* What a fault takes down: the access link of a location, or what a host has: its links go down, and its disk, if it is
 * given here, stands still. It is up again when no fault holds it down any more. */
struct failing {
    struct hierarchy_link *links[2];      /* NULL: not wired yet */
    struct hierarchy_link *disk;          /* NULL: goes on */
    uint32_t n_faults;                    /* that hold it down now */
    uint32_t n_specs;                     /* faults of the scenario that may take it down */
    void (*told)(void *owner, bool down); /* after its links; NULL: nobody */
    void *owner;
};

/* What stands at a location: a site server or a distribution point. */
struct host {
    struct location *location;
    struct hierarchy_link *out, *in; /* interface; NULL: unlimited */
    struct hierarchy_link *disk;     /* NULL: unlimited */
};

struct topology {
    struct sim *sim;
    struct sim_network *network;   /* of part 0 */
    struct sim_network **networks; /* by part */
    const struct partition *partition;
    const struct scenario *scenario;
    const struct observer *observer;
    struct luck *luck;          /* chance; NULL: none */
    struct location *locations; /* as in the scenario */
    uint32_t n_locations;
    double top_utc_offset_s;       /* of the clock that the scenario's times are on */
    double week_s;                 /* the scenario's start on that clock, in seconds since a Monday 00:00 */
    GPtrArray *links;              /* struct hierarchy_link *, owned */
    GArray *faults;                /* struct fault, private */
    GHashTable *failing;           /* what faults are of, private: kind and index to struct failing *, owned */
    GArray *watchers;              /* struct watcher, private */
    void (*repaired)(void *owner); /* something that was down is up again; NULL: nobody is told */
    void *owner;
};

/* Builds locations and their links; background traffic and faults are in the queue when this returns. sims: by part, of
 * the partition. */
void topology_init(struct topology *topology, struct sim *const *sims, const struct partition *partition,
                   const struct scenario *scenario, const struct observer *observer, struct luck *luck);
void topology_clear(struct topology *topology);

struct hierarchy_link *topology_add_link(struct topology *topology, uint32_t part, enum link_kind kind,
                                         const char *entity, double bytes_per_s);
/* The parts of what leaves the host and its disk, and of what comes to it. failing: of this host, gets its links; NULL:
 * it never fails. */
struct host_parts {
    uint32_t out, in;
};
void topology_add_host(struct topology *topology, struct host_parts parts, struct host *host, const char *entity,
                       int32_t location, double interface_bytes_per_s, double disk_bytes_per_s,
                       struct failing *failing);

enum failing_kind { FAILING_LOCATION, FAILING_SITE, FAILING_DP };
/* NULL: no fault is ever of it. */
struct failing *topology_failing(const struct topology *topology, enum failing_kind kind, uint32_t index);

/* changed() is called whenever background traffic leaves links another capacity. */
void topology_watch(struct topology *topology, void (*changed)(void *ctx), void *ctx);

/* The path between two hosts: out of the one's interface, up to the common ancestor, down, into the other's; the disks
 * of both are on it too, and the extra link (NULL: none). Appends struct sim_link * to links, in order, none twice.
 * Returns the round-trip time in s (N2). */
double topology_path(const struct host *from, const struct host *to, struct hierarchy_link *extra, GPtrArray *links);

/* What a connection can move: the smaller of window / round-trip time and max_rate (N2). No latency: no window cap. */
double topology_cap(double window_bytes, double round_trip_s, double max_rate_bytes_per_s, enum transfer_limit *which);

#endif
