/* What all pictures of a sweep have: their name, titles, the scale of the metric. */
#ifndef APP_STUDY_SWEEP_FRAME_H
#define APP_STUDY_SWEEP_FRAME_H

#include "sim/app/plot/plot.h"
#include "sim/app/study/sweep_pictures.h"

enum { SWEEP_WIDTH = 1280 }; /* px */

/* How the values of a metric are written on an axis. */
struct scale {
    double unit; /* of a value that stands as 1 */
    const char *word;
};

/* most: the largest value. */
struct scale frame_scale(const struct metric_type *type, double most);
/* The largest mean of all points, without its sign. */
double frame_most(const struct sweep_pictures *pictures, guint metric);
/* The metric's name as a file's; to be freed. */
char *frame_name(const char *metric);
/* more: what else the subtitle says. */
void frame_titles(struct plot *plot, const struct sweep_pictures *pictures, guint metric, const struct scale *scale,
                  const char *more);
/* A number of the data, and a space. */
void frame_put_number(struct plot *plot, double number);

#endif
