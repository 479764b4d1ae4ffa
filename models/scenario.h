/* A scenario as plain data, in SI units: what the hierarchy is, what is done to it, and what is asked. It is filled
 * through the field tables; nothing of it changes during a run. */
#ifndef MODELS_SCENARIO_H
#define MODELS_SCENARIO_H

#include <math.h>
#include <stdbool.h>

#include "models/despooler.h"
#include "models/distribution_manager.h"
#include "models/luck.h"
#include "models/params.h"
#include "models/pull_distribution_point.h"
#include "models/recurrence.h"
#include "models/scheduler.h"
#include "models/sender.h"
#include "models/status_manager.h"
#include "models/transfer_manager.h"
#include "models/workload.h"

struct calendar_entry {
    uint8_t days;
    double from_s, to_s;
    double value_percent;
};

struct calendar_spec {
    char *name;
    GArray *entries; /* struct calendar_entry; later ones win, outside all of them the value is 0 % */
};

struct location_spec {
    char *name;
    int32_t parent; /* -1: the root */
    double up_bytes_per_s, down_bytes_per_s;
    double latency_s;    /* one way, of the access link */
    double utc_offset_s; /* NaN: the parent's; 0 at the root */
    int32_t background;  /* calendar: share of the access link in use by others, both ways; -1: none */
};

enum site_type { SITE_CENTRAL, SITE_PRIMARY, SITE_SECONDARY };

struct site_spec {
    char *code;
    enum site_type type;
    int32_t parent; /* -1: the top site */
    int32_t location;
    double interface_bytes_per_s, disk_bytes_per_s;
    double replication_lag_s; /* database replication between this site and its parent, either way */
    double notification_delay_s;
    struct software_distribution_params software_distribution;
    struct distribution_manager_params distribution_manager;
    struct scheduler_params scheduler;
    struct sender_params sender;
    struct despooler_params despooler;
    struct transfer_manager_params transfer_manager;
    struct status_manager_params status_manager;
    struct pull_params pull;
};

struct route_spec {
    int32_t from, to; /* sites */
    double bandwidth_bytes_per_s;
    double window_bytes, max_rate_bytes_per_s; /* NaN: the sender's */
    struct limits limits;
    enum on_window_close on_window_close;
};

enum dp_type { DP_STANDARD, DP_PULL };

struct pull_source_spec {
    int32_t dp;
    uint32_t rank;
};

struct drive_spec {
    double size_bytes, used_bytes;
};

struct dp_spec {
    char *name;
    int32_t site;
    enum dp_type type;
    int32_t location; /* -1: the site's */
    bool on_site_server;
    uint32_t priority;
    double interface_bytes_per_s, disk_bytes_per_s;
    double per_file_time_s;
    double validation_bytes_per_s;
    double window_bytes, max_rate_bytes_per_s; /* NaN: the transfer manager's, of a pull one those of `pull` */
    GArray *sources;                           /* struct pull_source_spec; pull only */
    GArray *drives;                            /* struct drive_spec; empty: not limited */
    double drive_reserve_bytes;
    struct limits limits;
};

struct group_spec {
    char *name;
    struct selection members;
};

struct file_set_spec {
    char *files;
    uint32_t count;
    double size_bytes; /* of one file */
};

enum priority { PRIORITY_HIGH, PRIORITY_MEDIUM, PRIORITY_LOW };
extern const char *const priority_words[]; /* "high", "medium|normal", ... */

struct package_spec {
    char *id;
    int32_t source_site;
    enum priority priority;
    bool binary_delta_replication;
    GArray *content; /* struct file_set_spec */
};

enum action_do {
    ACTION_CREATE,
    ACTION_DISTRIBUTE,
    ACTION_CONFIGURE,
    ACTION_UPDATE,
    ACTION_REDISTRIBUTE,
    ACTION_PRELOAD,
    ACTION_REMOVE,
    ACTION_JOIN,
    ACTION_LEAVE,
    ACTION_VALIDATE
};
extern const char *const action_names[]; /* "create", ... */

struct changed_files_spec {
    char *files;
    double share_percent;
};

struct action_spec {
    double at_s;
    enum action_do what;
    struct selection packages;
    struct selection to;     /* distribution points; not of create */
    int32_t group;           /* of join and leave */
    int32_t console;         /* site; -1: the package's source site */
    struct recurrence every; /* EVERY_NONE: once */
    double until_s;          /* NaN: to the end of the run */
    uint32_t times;          /* UINT32_MAX: any number */
    /* configure only */
    enum dp_type type;
    GArray *sources; /* struct pull_source_spec */
    /* update only */
    GArray *content;              /* struct file_set_spec: new or replaced */
    GArray *changed;              /* struct changed_files_spec */
    double changed_share_percent; /* NaN: nothing */
};

enum fault_damage { FAULT_CORRUPT, FAULT_MISSING };

/* Exactly one of location, site and dp is there. With a package it does not go down: the package's files there are
 * damaged. */
struct fault_spec {
    int32_t location, site, dp; /* -1: not that */
    double from_s;              /* NaN: the start; only of random faults */
    double for_s;               /* NaN: it is no outage */
    double mean_time_between_s; /* NaN: it happens once */
    int32_t package;            /* -1: an outage */
    enum fault_damage damage;   /* anything else: corrupt */
};

static inline bool fault_damages(const struct fault_spec *fault)
{
    return isnan(fault->for_s);
}

enum objective_metric { METRIC_ON_DP, METRIC_SITE_KNOWS, METRIC_CENTRAL_KNOWS };

struct objective_spec {
    char *name;
    enum objective_metric metric;
    double share_percent;
    double by_s;
    struct selection packages, to;
};

enum generation { GENERATION_2012, GENERATION_2007 };

struct scenario {
    char *name;
    double start_s; /* local date and time of the top site, as seconds since 1970-01-01T00:00 on that clock */
    double until_s; /* since the start */
    uint32_t seed;
    enum generation generation;
    GArray *calendars;           /* struct calendar_spec */
    GArray *locations;           /* struct location_spec */
    GArray *sites;               /* struct site_spec */
    GArray *routes;              /* struct route_spec */
    GArray *distribution_points; /* struct dp_spec */
    GArray *groups;              /* struct group_spec */
    GArray *packages;            /* struct package_spec */
    GArray *actions;             /* struct action_spec */
    GArray *workloads;           /* struct workload_spec */
    GArray *faults;              /* struct fault_spec */
    GArray *objectives;          /* struct objective_spec */
    struct chances *chances;     /* distributions that stand for settings; NULL: none */
    GHashTable *assumed;         /* addresses of settings that nobody gave, whose default is of GRADE_ASSUMED; NULL:
                                    none */
};

extern const struct param_table scenario_table;
/* Settings that may be given for all, under "defaults": the tables of location, site (also by type: central, primary,
 * secondary), route, distribution_point and package. */
extern const struct param_table calendar_table, location_table, site_table, route_table, dp_table, group_table,
    package_table, action_table, fault_table, objective_table;

struct scenario *scenario_new(void);
void scenario_free(struct scenario *scenario);

/* Whether the value of a setting, at this address in the scenario, is a default that nobody has published and that the
 * user did not give either, or gave as a guess: an answer that rests on it says so. */
bool scenario_assumes(const struct scenario *scenario, const void *at);

/* The i-th entity of a list. */
static inline struct location_spec *scenario_location(const struct scenario *s, int32_t i)
{
    return &g_array_index(s->locations, struct location_spec, i);
}
/* Of struct route_spec, by the sites that it leads from and to. */
guint scenario_route_hash(gconstpointer route);
gboolean scenario_route_equal(gconstpointer a, gconstpointer b);
/* A set of the scenario's routes, which stay where they are; to be freed. */
GHashTable *scenario_routes(const struct scenario *scenario);
/* NULL: there is none. */
const struct route_spec *scenario_route_between(GHashTable *routes, int32_t from, int32_t to);
static inline struct site_spec *scenario_site(const struct scenario *s, int32_t i)
{
    return &g_array_index(s->sites, struct site_spec, i);
}
static inline struct dp_spec *scenario_dp(const struct scenario *s, uint32_t i)
{
    return &g_array_index(s->distribution_points, struct dp_spec, i);
}
static inline struct package_spec *scenario_package(const struct scenario *s, uint32_t i)
{
    return &g_array_index(s->packages, struct package_spec, i);
}

#endif
