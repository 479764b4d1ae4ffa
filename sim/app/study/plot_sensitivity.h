/* Bars with intervals: how much each setting matters to each metric. */
#ifndef APP_STUDY_PLOT_SENSITIVITY_H
#define APP_STUDY_PLOT_SENSITIVITY_H

#include "sim/app/study/study.h"
#include "sim/engine/screening.h"

struct ranked_effect {
    guint factor;
    struct sim_morris_effect effect;
};

/* Of effects in order: what has less than a hundredth of the strongest is in the CSV only. */
static inline bool sensitivity_is_shown(const struct ranked_effect *ranked, guint i)
{
    double size = ranked[i].effect.mu_star.estimate;

    return size > 0 && size >= 0.01 * ranked[0].effect.mu_star.estimate;
}

struct sensitivity_picture {
    const char *directory;
    const volatile sig_atomic_t *stop;
    const struct study *study;
    const GPtrArray *factors; /* struct factor * */
    const GPtrArray *ranked;  /* struct ranked_effect *, of each metric those of all factors */
    guint trajectories;
};

/* Writes plots/sensitivity.svg. What went wrong with gnuplot is added to warnings; error: the disk did not take it. */
gboolean plot_sensitivity(const struct sensitivity_picture *picture, GPtrArray *warnings, GError **error);

#endif
