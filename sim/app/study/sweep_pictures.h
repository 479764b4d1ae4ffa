/* Pictures of a sweep: a curve with intervals over one setting, a map over two, a panel for each of more, of
 * each metric that is shown. */
#ifndef APP_STUDY_SWEEP_PICTURES_H
#define APP_STUDY_SWEEP_PICTURES_H

#include "sim/app/plot/plots.h"
#include "sim/app/study/design.h"
#include "sim/app/study/study.h"

struct sweep_pictures {
    const struct study *study;
    const struct design *design;
    const guint *metrics;
    guint n_metrics;
    bool scattered; /* points are samples, or pairs: not every combination is there */
};

/* As plots_draw(). */
gboolean sweep_pictures_draw(const struct sweep_pictures *pictures, const char *directory,
                             const struct plots_options *options, GPtrArray *warnings, GError **error);

#endif
