/* A metric of a sweep over many settings: a panel for each, those that move it most first. */
#ifndef APP_STUDY_SWEEP_PANELS_H
#define APP_STUDY_SWEEP_PANELS_H

#include "sim/app/plot/plot.h"
#include "sim/app/study/sweep_pictures.h"

void sweep_panels_draw(struct drawing *drawing, const struct sweep_pictures *pictures, guint metric);

#endif
