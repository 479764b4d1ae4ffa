/* Which sites affect nobody else: what they do need not be simulated in the order of time with the rest
 * (sim/engine/parts.h).
 *
 * A site that sends to no other only takes in what it is told and sent, and passes it on to its distribution points. It
 * is in a part of its own, unless these come into contact with others: sites whose copies share a link, or one of whose
 * distribution points pulls from another's, are in one part. The links that lead to the site belong to those that send.
 *
 * All that is only where nobody looks back: while content is distributed, without faults, and without updates, removals
 * and the like (C3, C4). And where something comes to a site at the very instant, without notification_delay (D1), or
 * over a path without any limit, the site stays among what else happens at that instant. */
#ifndef MODELS_PARTITION_H
#define MODELS_PARTITION_H

#include "models/scenario.h"

struct partition {
    uint32_t n_parts; /* at least 1: part 0 has all that affects others */
    /* Parts: */
    uint32_t *of_site;         /* of its components, its distribution points with their hosts, and of what leaves it */
    uint32_t *of_up, *of_down; /* of the access links, by location */
};

/* divided false: all is part 0. */
void partition_init(struct partition *partition, const struct scenario *scenario, bool divided);
void partition_clear(struct partition *partition);

#endif
