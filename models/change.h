/* A change that other sites must know of: a new version's metadata, or targets. It travels by database replication, one
 * hop of the hierarchy per replication_lag of the lower of the two sites (D2). */
#ifndef MODELS_CHANGE_H
#define MODELS_CHANGE_H

#include "models/content.h"

struct change {
    const struct scenario *scenario;
    int32_t origin; /* site */
    double left_s;
};

/* When the change reaches the database of a site, in s: the origin's at once. */
double change_reaches_s(const struct change *change, int32_t site);

/* What database replication takes between two sites, in s. */
double replication_s(const struct scenario *scenario, int32_t from, int32_t to);

#endif
