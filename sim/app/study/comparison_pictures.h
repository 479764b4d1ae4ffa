/* What a planner looks at of a comparison: what the senders did in each variant, when the content was there, and by how
 * much each variant differs from the baseline. For the first two, some runs are made again. */
#ifndef APP_STUDY_COMPARISON_PICTURES_H
#define APP_STUDY_COMPARISON_PICTURES_H

#include "sim/app/plot/plots.h"
#include "sim/app/study/comparison.h"

struct comparison_pictures {
    const struct study *study;
    const GArray *comparisons;
    guint baseline;
    const bool *shown; /* by metric */
};

/* As plots_draw(). */
gboolean comparison_pictures_draw(const struct comparison_pictures *pictures, const char *directory,
                                  const struct plots_options *options, GPtrArray *warnings, GError **error);

#endif
