/* What the replications of a design point say about a metric. */
#ifndef APP_STUDY_ESTIMATE_H
#define APP_STUDY_ESTIMATE_H

#include "sim/app/study/study.h"
#include "sim/engine/output_analysis.h"

#define STUDY_CONFIDENCE 0.95

struct estimate {
    guint n, n_undefined;     /* values; replications without one, which are left out */
    struct sim_interval mean; /* of a share that is 0 or 1 in each run: Wilson's interval; not beyond metric_range() */
    double sd, min, max;
    struct sim_interval p5, median, p95; /* exact, by order statistics */
};

/* Without what cannot be. An infinite end stays: it says that there is no bound. */
struct sim_interval interval_cut(struct sim_interval interval, double least, double most);

struct estimate estimate_of(const struct study *study, guint point, guint metric);

#endif
