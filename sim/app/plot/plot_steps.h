/* The steps of one step function after another: a picture shows many, and each is found without a look at all others.
 */
#ifndef APP_PLOT_STEPS_H
#define APP_PLOT_STEPS_H

#include "sim/app/plot/plot.h"

struct plot_steps;

/* Of a collector that has ended; made when first asked for, kept as long as the drawing. */
const struct plot_steps *plot_steps_of(struct drawing *drawing, const struct collector *collector);
/* In the order of time; NULL: no more. */
const struct step *plot_steps_first(const struct plot_steps *steps, enum step_metric metric, uint32_t index);
const struct step *plot_steps_next(const struct plot_steps *steps, const struct step *step);
void plot_steps_free(struct plot_steps *steps);

#endif
