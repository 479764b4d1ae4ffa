/* A change that other sites must know of: a new version's metadata, or targets. It travels by database replication, one
 * hop of the hierarchy per replication_lag of the lower of the two sites (D2). */
#ifndef MODELS_CHANGE_H
#define MODELS_CHANGE_H

#include "models/content.h"

struct change {
    const struct scenario *scenario;
    struct luck *luck; /* chance; NULL: none */
    int32_t origin;    /* site */
    double left_s;
    uint32_t package, number; /* it is the number-th about this package, from 0: names its luck */
};

/* When the change reaches the database of a site, in s: the origin's at once. */
double change_reaches_s(const struct change *change, int32_t site);

/* What database replication takes between two sites, in s. What is replicated names the luck of each hop: the same item
 * takes as long to everybody behind a hop. */
double replication_s(const struct scenario *scenario, const struct luck *luck, int32_t from, int32_t to,
                     const char *item_format, ...) G_GNUC_PRINTF(5, 6);

#endif
