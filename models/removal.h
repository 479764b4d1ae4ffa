/* Removing content (C3): from distribution points, and from the libraries of sites that nobody needs it from any more.
 *
 * The site of the distribution point is told, and a package thread of it carries the removal out, in a distribution
 * point thread: what waits to go there is cancelled; a copy that holds a thread or downloads is never broken off, and
 * the removal waits for its end; then the content goes, but for files that something else in that library refers to. A
 * distribution point that cannot be reached is tried again after the transfer manager's retry_delay, as often as a copy
 * would be. Content that is distributed there again before that stays.
 *
 *   removal   told -> (waits for a copy) -> (retries) -> over: the content is gone, or stays
 *
 * Sites on the way are told too. What would still come to one beyond which nobody wants the package is cancelled if it
 * waits, and finished if it is being sent. When nothing is under way any more, the site's library gives the package up;
 * the source site keeps it. */
#ifndef MODELS_REMOVAL_H
#define MODELS_REMOVAL_H

#include "models/delivery.h"

struct hierarchy;
struct package;
struct site;

struct removal {
    struct site_version *at; /* the distribution point's site; the version that was the newest when it was asked for */
    struct distribution_point *dp;
    struct delivery *older; /* the newest delivery to the point when it was asked for; NULL: there was none */
    struct sim_event event; /* the end of its distribution point thread; later the next try */
    uint32_t tries, tries_left;
    bool over;
};

/* The package (at: at the distribution point's site) is to be there in its newest version, or is not to be there any
 * more. */
void target_want(struct hierarchy *h, struct site_package *at, uint32_t dp, bool wanted);
/* Something is under way to a distribution point of the site, or has ended. */
void work_begins(struct site_package *at);
void work_ends(struct site_package *at);
void leg_ends(struct leg *leg);
/* Nobody beyond the leg wants the package any more, as the site where it begins knows. */
bool leg_unwanted(const struct leg *leg);

/* The content is not wanted there any more. Not announced yet. */
struct removal *removal_new(struct site_version *at, struct distribution_point *dp);
void removal_free(gpointer removal);
/* The distribution point's site is told of it. */
void removal_told(struct removal *removal);
/* The copy that it waited for has ended. */
void removal_goes_on(struct removal *removal);
/* A site on the way is told that somebody does not want the package any more. */
void site_told_of_removal(struct site_package *sp);

void removals_connect(struct site *site);
void removals_stop(struct hierarchy *h);

#endif
