/* Errands of a package at a site, and the account of their time.
 *
 * A leg is a package version on its way from one site to the next; a delivery is a package version for one distribution
 * point. Both are announced when an action is taken, wait until the distribution manager of their site knows, has the
 * content, and has a thread; then the leg goes by scheduler, sender and despooler to the next site, and the delivery by
 * the transfer manager to its distribution point.
 *
 * Legs keep a log of where their time went; deliveries add up their own part and take the rest, from the request to the
 * arrival of the content at their site, from the logs of the legs that brought it. */
#ifndef MODELS_DELIVERY_H
#define MODELS_DELIVERY_H

#include "models/change.h"
#include "models/despooler.h"
#include "models/distribution_point.h"
#include "models/observer.h"
#include "models/status_manager.h"

struct site_package;

struct leg {
    const struct package *package;
    struct site_package *from, *to;
    const struct change *change; /* the database change that caused it (P1) */
    double created_s;
    bool handed_over; /* to the scheduler */
    struct sender_destination *destination;
    struct cause_log log; /* begins when the content is at `from` and the leg is announced */
    struct transfer transfer;
    struct instruction instruction;
    struct sim_event told; /* the distribution manager of `to`, of content that has been stored */
};

/* Adds what the leg, and before it those that brought the content to its beginning, went through between from_s and
 * to_s. */
void leg_add_causes(const struct leg *leg, double from_s, double to_s, double *cause_s);

#define N_OWN_CAUSES (CAUSE_DP_THREAD + 1) /* the causes of a delivery between content and job are the first ones */

struct delivery {
    uint64_t number;
    const struct package *package;
    struct distribution_point *dp;
    struct site_package *at; /* its distribution point's site */
    double requested_s;
    double content_s; /* when the content was at the site, at the earliest requested_s; NaN: not yet */
    enum cause cause; /* what it waits for; N_CAUSES: for the content to arrive at its site */
    double since_s;
    double own_s[N_OWN_CAUSES];
    struct sim_event event; /* its distribution point thread; later its status on the way to the central site */
    struct transfer *job;   /* NULL: none yet, or done */
    struct status_report report;
    double on_dp_s, site_knows_s, central_knows_s, bytes; /* NaN: not yet */
    const char *failed;                                   /* why; NULL: it has not */
};

/* Books the time since the last switch and goes on with this cause. */
void delivery_switch(struct delivery *delivery, double now_s, enum cause cause);
/* The content is at the delivery's site since content_s: what came before belongs to the legs, what came after until
 * now was waiting for metadata. */
void delivery_content_is_here(struct delivery *delivery, double content_s, double now_s);
/* Where all the time from the request to now went; job is done. */
void delivery_causes(const struct delivery *delivery, const struct transfer *job, double *cause_s);
/* The cause that holds an open delivery back now. */
enum cause delivery_waits_for(const struct delivery *delivery);

#endif
