/* Content routing (D6): over which sites content goes from its source to where it is wanted.
 *
 * Along the tree of sites: from parent to child, from child to parent, from one primary site to another through the
 * central site. A file replication route between two secondary sites makes a tier: what the one is to have comes to it
 * from the other instead of from its parent, which need not send it twice over the same line. The parent sends it all
 * the same
 *
 *   if the route comes from a secondary site of another primary, and the content from the parent's own sites: it would
 * go up and over to come back;
 *   if routes lead in a circle that content from outside would never enter.
 *
 * Of several routes to a secondary site the one from the source is taken, else the first of the scenario. */
#ifndef MODELS_ROUTING_H
#define MODELS_ROUTING_H

#include "models/scenario.h"

struct routing {
    const struct scenario *scenario;
    GArray **routes_to; /* per site: int32_t, the secondary sites with a route to it; NULL: none */
};

void routing_init(struct routing *routing, const struct scenario *scenario);
void routing_clear(struct routing *routing);

/* The site that sends `site` what comes from `source`, which is another. */
int32_t routing_sender(const struct routing *routing, int32_t site, int32_t source);

/* The secondary site whose route to this one is left unused for what comes from `source`, as routes lead in a circle;
 * the site itself is then in the circle. -1: there is none. */
int32_t routing_unused_tier(const struct routing *routing, int32_t site, int32_t source);

/* Whether a route may lead from one site to another: to its parent, its child, or between secondary sites. */
bool route_may_lead(const struct site_spec *sites, int32_t from, int32_t to);

#endif
