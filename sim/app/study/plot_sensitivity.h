/* Bars with intervals: how much each setting matters to each metric. */
#ifndef APP_STUDY_PLOT_SENSITIVITY_H
#define APP_STUDY_PLOT_SENSITIVITY_H

#include <math.h>

#include "sim/app/study/study.h"
#include "sim/engine/screening.h"

struct ranked_effect {
    guint factor;
    struct sim_morris_effect effect;
};

/* Of effects in order: what has less than a hundredth of the strongest is little. */
static inline bool sensitivity_is_little(const struct ranked_effect *ranked, guint i)
{
    return !(ranked[i].effect.mu_star.estimate >= 0.01 * ranked[0].effect.mu_star.estimate);
}

/* Whether it is in tables and pictures: what is little is in the CSV only, unless somebody has named the settings. */
static inline bool sensitivity_is_shown(const struct ranked_effect *ranked, guint i, bool named)
{
    double size = ranked[i].effect.mu_star.estimate;

    return ranked[0].effect.mu_star.estimate > 0 && (named ? size >= 0 : size > 0 && !sensitivity_is_little(ranked, i));
}

/* What more of a setting does: now this, now that; or it cannot be told, as the interval of mu has both signs. */
enum sensitivity_direction { SENSITIVITY_MORE, SENSITIVITY_LESS, SENSITIVITY_EITHER, SENSITIVITY_UNCLEAR };
static inline enum sensitivity_direction sensitivity_direction(const struct sim_morris_effect *effect)
{
    if (fabs(effect->mu.estimate) < effect->mu_star.estimate / 2)
        return SENSITIVITY_EITHER;
    if (!(effect->mu.low > 0 || effect->mu.high < 0))
        return SENSITIVITY_UNCLEAR;
    return effect->mu.estimate > 0 ? SENSITIVITY_MORE : SENSITIVITY_LESS;
}

struct sensitivity_picture {
    const char *directory;
    const volatile sig_atomic_t *stop;
    const struct study *study;
    const GPtrArray *factors; /* struct factor * */
    const GPtrArray *ranked;  /* struct ranked_effect *, of each metric those of all factors */
    guint trajectories;
    bool named; /* the settings, by somebody: all are drawn */
};

/* Writes plots/sensitivity.svg. What went wrong with gnuplot is added to warnings; error: the disk did not take it. */
gboolean plot_sensitivity(const struct sensitivity_picture *picture, GPtrArray *warnings, GError **error);

#endif
