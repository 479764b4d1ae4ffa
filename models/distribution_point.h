/* A distribution point: a content library, reached over a path from its site server. */
#ifndef MODELS_DISTRIBUTION_POINT_H
#define MODELS_DISTRIBUTION_POINT_H

#include "models/drives.h"
#include "models/topology.h"
#include "models/transfer_manager.h"

struct pull_distribution_point;

struct distribution_point {
    const struct dp_spec *spec;
    uint32_t index;
    struct host host;      /* of its own, unless it is on the site server */
    const struct host *at; /* where it is */
    struct library library;
    struct drives drives;                 /* what the library lies on */
    const struct version **held;          /* per package; NULL: none of it, or (the whole) nothing yet */
    struct transfer_manager *manager;     /* of its site */
    struct limiter limiter;               /* for the manager's threads, and for what moves */
    GPtrArray *links;                     /* struct sim_link *: the path from its site server */
    GQueue *held_up;                      /* struct message: of all distribution points, which wait to reach a site */
    double measured_bytes, measured_s;    /* of all copies so far */
    bool pulls;                           /* new jobs are pull jobs */
    struct pull_distribution_point *pull; /* NULL: never pulls */
    GQueue downloads;                     /* struct transfer: pull jobs that are downloading from it */
};

/* The version of the package that is on the distribution point; NULL: none. */
const struct version *distribution_point_version(const struct distribution_point *dp, uint32_t package);
/* A version has been added to its library, and takes the place of the one before. room: of the copy that brought it,
 * which is taken over; NULL: it came without one. */
void distribution_point_store(struct distribution_point *dp, const struct version *version, struct room **room);
/* A copy of the version has ended, and does not count on these file sets any more. */
void distribution_point_release(struct distribution_point *dp, const struct version *version, GArray **claims);
/* The package is not in its library any more; files that something else there refers to stay. */
void distribution_point_remove(struct distribution_point *dp, uint32_t package);
/* Files of the version, which it has, change or are gone, for all that refer to them. */
void distribution_point_damage(struct distribution_point *dp, const struct version *version, enum damage damage);
/* Calls for what a job that comes to its thread, or ends, looks at there (sim_foresee()). */
void distribution_point_foresee(const struct distribution_point *dp, unsigned step);
/* Whether its site server reaches it now. */
bool distribution_point_reachable(const struct distribution_point *dp);
void distribution_point_clear(struct distribution_point *dp);

#endif
