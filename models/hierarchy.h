/* The whole hierarchy of a scenario, wired once: locations and their links, sites with their components, distribution
 * points, packages, and what is to happen to them. Nothing looks anything up by name after this. */
#ifndef MODELS_HIERARCHY_H
#define MODELS_HIERARCHY_H

#include "models/observer.h"
#include "models/scenario.h"
#include "sim/engine/network.h"
#include "sim/engine/parts.h"
#include "sim/engine/slots.h"

struct hierarchy;

/* A row of workers with its waiting line. */
struct hierarchy_pool {
    const char *entity; /* site code; pull jobs: distribution point */
    enum pool_kind {
        POOL_PACKAGE_THREADS, /* distribution manager */
        POOL_COMPRESSOR,
        POOL_SENDER,
        POOL_DESPOOLER,
        POOL_TRANSFER_MANAGER,
        POOL_STATUS,
        POOL_PULL_JOBS, /* jobs that a pull distribution point has active; nobody waits in line for them (L1) */
        N_POOL_KINDS
    } kind;
    struct sim_slots *slots; /* look, do not touch */
    struct hierarchy *hierarchy;
};
extern const char *const pool_kind_names[N_POOL_KINDS];

struct hierarchy_link {
    const char *name; /* "lyon up", "CS1 interface out", "CS1 sender", ... */
    enum link_kind {
        LINK_ACCESS_UP,     /* location to its parent */
        LINK_ACCESS_DOWN,   /* parent to location */
        LINK_INTERFACE_OUT, /* of a site server or distribution point */
        LINK_INTERFACE_IN,
        LINK_DISK,
        LINK_ROUTE,  /* bandwidth of a route */
        LINK_SENDER, /* no limit: measures what a sender sends */
        N_LINK_KINDS
    } kind;
    const char *entity; /* location, site code, distribution point, "CS1 to PS1" */
    bool of_dp;         /* the entity is a distribution point, not a site, which may have the same name */
    uint32_t index;     /* in hierarchy_links() */
    double nominal_bytes_per_s;
    struct sim_link link;
};
extern const char *const link_kind_names[N_LINK_KINDS];

/* The scenario must have passed the checks of the reader, and outlive the hierarchy. The actions and faults are in the
 * calendar when this returns: sim_parts_run_at_most() of hierarchy_parts() does the rest, or, unless the observer is
 * brief, sim_run(). */
struct hierarchy *hierarchy_new(struct sim *sim, const struct scenario *scenario, const struct observer *observer);
/* Tells the observer of everything that is still open; call once, when the run has ended. */
void hierarchy_report_open(struct hierarchy *hierarchy);
void hierarchy_free(struct hierarchy *hierarchy);

/* Deliveries, by number from 0: what the observer was told of each last, but for reason, bytes and cause_s. */
uint32_t hierarchy_n_deliveries(const struct hierarchy *hierarchy);
struct delivery_news hierarchy_delivery(const struct hierarchy *hierarchy, uint32_t number);

/* Its parts: sim, and what need not be simulated in the order of time with it (models/partition.h). */
struct sim_parts *hierarchy_parts(const struct hierarchy *hierarchy);

/* What can be measured; the arrays stay as they are from hierarchy_new() on. */
const struct hierarchy_pool *hierarchy_pools(const struct hierarchy *hierarchy, uint32_t *n);
struct hierarchy_link *const *hierarchy_links(const struct hierarchy *hierarchy, uint32_t *n);

#endif
