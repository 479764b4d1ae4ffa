/* What the threads of senders and package transfer managers did, and what pull distribution points had to do: lanes
 * with bars in groups, one group per sender, transfer manager, or site with pull distribution points. */
#ifndef APP_PLOT_LANES_H
#define APP_PLOT_LANES_H

#include "sim/app/plot/plot_axis.h"

enum lane_look {
    LOOK_DONE,  /* moved what it had to */
    LOOK_LOST,  /* moved something, then failed */
    LOOK_HOLDS, /* has the thread and moves nothing: no connection, or the wait before the next try */
};

/* What held a transfer back for most of its bytes. */
enum lane_brake { BRAKE_NONE, BRAKE_LINK, BRAKE_CONNECTION, BRAKE_RATE_LIMIT, N_BRAKES };

struct lane_bar {
    double from_s, to_s;
    uint32_t thread;
    uint8_t priority, look, brake;
    const char *label;
};

/* A try of a site that found no source (8212) or no room (8211) at a pull distribution point. */
struct lane_refusal {
    double time_s;
    bool no_room;
};

struct pull_lane {
    const char *dp;
    uint32_t pool; /* its active jobs */
    guint n_jobs;
    double waited_s;  /* for sources and for room, summed over its jobs */
    GArray *refusals; /* struct lane_refusal, in the order of time */
};

enum lane_group_kind { LANES_SENDER, LANES_TRANSFER_MANAGER, LANES_PULL };

struct lane_group {
    enum lane_group_kind kind;
    const struct collector *collector;
    uint32_t pool; /* sender or transfer manager of the site; not of LANES_PULL */
    const char *site;
    const char *variant; /* of the scenario; NULL: there is only one */
    GArray *bars;        /* struct lane_bar, by thread and time; not of LANES_PULL */
    GArray *pulls;       /* struct pull_lane, those first that waited longest; of LANES_PULL */
    uint32_t n_lanes;
    guint n_transfers, n_destinations;
    bool waits;      /* somebody waited for a thread */
    double waited_s; /* summed */
};

/* What is on the timeline (send requests) or on the picture of jobs, those groups first that waited longest. Adds to
 * range from when to when (PLOT_NO_TIME before the first), to happens (struct time_range) when in it something
 * happened. */
GArray *lane_groups_new(const struct collector *collector, bool of_senders, struct time_range *range, GArray *happens);
void lane_groups_free(GArray *groups);
/* The group of a sender or transfer manager, which is added, empty, when it did nothing. NULL: there is no such site.
 */
struct lane_group *lane_group_of(GArray *groups, const struct collector *collector, const char *site,
                                 enum lane_group_kind kind);

#endif
