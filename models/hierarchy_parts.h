/* The parts of a hierarchy, shared by those that make it work: wiring (hierarchy.c), what an administrator does
 * (action.c), and what that leads to (errand.c, removal.c). Only they include this. */
#ifndef MODELS_HIERARCHY_PARTS_H
#define MODELS_HIERARCHY_PARTS_H

#include "models/delivery.h"
#include "models/distribution_manager.h"
#include "models/groups.h"
#include "models/hierarchy.h"
#include "models/partition.h"
#include "models/pull_distribution_point.h"
#include "models/removal.h"
#include "models/routing.h"
#include "models/topology.h"
#include "models/validation.h"
#include "sim/engine/parts.h"

struct site {
    struct hierarchy *hierarchy;
    struct sim *sim; /* of the part that it is in */
    const struct site_spec *spec;
    int32_t index;
    struct host host;
    struct distribution_manager distribution_manager;
    struct scheduler scheduler;
    struct sender sender;
    struct despooler despooler;
    struct transfer_manager transfer_manager;
    struct status_manager status_manager;
    struct sender_destination **destinations; /* per site up to the last one that is next to this one; NULL: is not */
    uint32_t n_destinations;
    struct site_package **packages; /* per package; NULL: this site has not heard of it */
};

/* Tells the distribution manager of one site what it has to know; fires notification_delay after the database change
 * has reached the site (D1, D2). */
struct notice {
    struct sim_event event;
    struct sim_event leaves; /* at the time of the change, which the order goes by */
    double due_s;
    struct site_version *about;
    uint32_t place;         /* in the hierarchy's list */
    bool take_in, metadata; /* it is to be taken in; its metadata have arrived */
    bool removal;           /* somebody here or beyond does not want the package any more */
    struct errands errands; /* targets at this site, and sites to be sent to from here */
};

struct action {
    struct sim_event event;
    struct hierarchy *hierarchy;
    const struct action_spec *spec;
    struct pull_sources **sources; /* configure: per distribution point of spec->to; NULL: none */
    /* While it is taken, in pieces at one instant: */
    uint64_t order;       /* its place among the events */
    GArray *dps;          /* uint32_t: whom it is about; NULL: it has not begun, or is over */
    struct update update; /* of an update: what it makes of the files */
    uint32_t n_taken;     /* packages that have been dealt with; of a validation, distribution points */
};

/* What the despooler has of a leg. */
struct leg_instruction {
    struct instruction instruction;
    struct leg *leg;
    struct sim_event arrival;
};

/* A package and a distribution point. */
struct target {
    uint32_t last : 31;  /* number of the newest delivery + 1; 0: there has been none */
    uint32_t wanted : 1; /* the package is to be there, in its newest version: target_want() */
};

/* Deliveries, by number; they stay where they are. */
struct deliveries {
    GPtrArray *blocks; /* struct delivery [DELIVERIES_PER_BLOCK], in the world's memory */
    uint32_t n;
};
enum { DELIVERIES_PER_BLOCK = 256 };

struct hierarchy {
    struct sim *sim; /* of part 0 */
    struct partition partition;
    struct sim_parts *parts;
    struct sim **sims; /* by part */
    const struct scenario *scenario;
    const struct observer *observer;
    struct luck *luck; /* NULL: nothing is left to chance */
    struct topology topology;
    struct routing routing;
    struct content content;
    struct groups groups;
    struct site *sites;
    uint32_t n_sites;
    int32_t top;
    struct distribution_point *dps;
    uint32_t n_dps;
    GQueue held_up;                            /* struct message: of distribution points that cannot reach their site */
    struct pull_distribution_point **pull_dps; /* per distribution point, owned; NULL: never pulls */
    struct pull_sources **pull_sources;        /* per distribution point, of the scenario; NULL: none */
    struct action *actions;
    uint32_t n_actions;
    struct hierarchy_pool *pools;
    uint32_t n_pools;
    GPtrArray *changes, *notices, *legs, *removals; /* owned */
    struct deliveries deliveries;
    struct target *targets;        /* per package and distribution point, [n_packages * n_dps] */
    struct validator **validators; /* per distribution point: validation.c; NULL: nothing was validated there */
    GPtrArray *damages;            /* struct damaging *, owned: validation.c */
    uint32_t *n_unwanted;          /* per package: sites that are to give it up */
    bool over;
};

static inline struct site *site_of(const struct site_package *sp)
{
    return SIM_OWNER(struct site, distribution_manager, sp->manager);
}

static inline struct target *target_of(struct hierarchy *h, const struct package *package, uint32_t dp)
{
    return &h->targets[(size_t)package->index * h->n_dps + dp];
}

static inline struct delivery *delivery_number(const struct hierarchy *h, uint32_t number)
{
    return (struct delivery *)h->deliveries.blocks->pdata[number / DELIVERIES_PER_BLOCK] +
           number % DELIVERIES_PER_BLOCK;
}
/* The newest delivery; NULL: there has been none. */
static inline struct delivery *target_last(const struct hierarchy *h, const struct target *target)
{
    return target->last ? delivery_number(h, target->last - 1) : NULL;
}

/* What part 0 does to a site, which may be in another part, to whose clock it is still to come: fires the event, which
 * is in no queue, at the present of part 0. */
static inline void site_meets(const struct site *site, struct sim_event *event)
{
    struct sim *present = site->hierarchy->sim;
    if (site->sim == present)
        event->fire(present, event);
    else
        sim_post(site->sim, event, sim_now(present));
}

/* The version as the site knows it, from now on at the latest. */
struct site_version *version_at(struct site *site, struct version *version);
void hierarchy_tell(struct hierarchy *h, int32_t site, enum component component, enum status_id id,
                    const struct version *version, const char *object);
/* From a site's database to its distribution manager (D1). */
double notification_s(const struct site *site, const struct package *package);

/* ---- errand.c: deliveries and legs, from the notice to the end ---- */

/* The site's components tell of the errands that they carry out; so do pull distribution points. */
void errands_connect(struct site *site);
void errands_connect_pull(struct pull_distribution_point *pull);
/* Not announced yet. from, to: versions at sites next to each other; change: see struct leg. */
struct leg *leg_new(struct site_version *from, struct site_version *to, const struct change *change);
struct delivery *delivery_new(struct site_version *at, struct distribution_point *dp, bool again);
/* Cancels it, unless its job holds a thread or downloads. */
bool delivery_withdraw(struct delivery *delivery, const char *reason);
extern const char reason_removed[];
/* It is not to be sent any more: what waits is cancelled, what is being sent goes on. */
void leg_call_off(struct leg *leg);
/* A site's distribution manager is told of them. */
void errands_are_told(struct site_package *sp, const struct errands *errands);
/* The observer is told where the delivery is; reason: see struct delivery_news. */
void delivery_tell(const struct delivery *delivery, enum delivery_state state, const char *reason);
void errands_report_open(struct hierarchy *h);
/* Takes everything out of lines and threads; whoever observes is told of transfers that were open. */
void errands_stop(struct hierarchy *h);
void leg_free(gpointer leg);
void deliveries_init(struct deliveries *deliveries);
void deliveries_clear(struct deliveries *deliveries);

/* ---- action.c: actions, and who is told of them ---- */

void actions_init(struct hierarchy *h);
void actions_connect(struct site *site);
void actions_stop(struct hierarchy *h);
void actions_clear(struct hierarchy *h);
void notice_free(gpointer notice);
/* The site next to `site` on the way back to `goal`, where content comes from (D6). */
struct site *next_towards(struct hierarchy *h, const struct site *site, int32_t goal);

#endif
