/* The time axis of a picture, on the clock of the top site, or of the time that has passed. Long stretches in which
 * nothing happens can be left out: the axis is then in pieces, all on the same scale, with a gap between them. */
#ifndef APP_PLOT_AXIS_H
#define APP_PLOT_AXIS_H

#include <math.h>

#include "sim/app/plot/plot.h"

/* From simulated second from_s to to_s. */
struct time_range {
    double from_s, to_s;
};
#define PLOT_NO_TIME ((struct time_range){INFINITY, -INFINITY})

/* Adds a little on both sides, so that nothing lies on the frame. */
struct time_range plot_widened(struct time_range range, double share);

struct plot_piece {
    double from_s, to_s;
    double x; /* of from_s */
};

struct plot_axis {
    GArray *pieces; /* struct plot_piece, in order */
    double from_x, to_x;
    double gap_x; /* width of what stands for time that is left out */
};

/* All of it: x is the simulated time. */
struct plot_axis *plot_axis_new(struct time_range range);
/* Without the long gaps between the ranges in which something happens (struct time_range, which this clips to range,
 * sorts and joins), where that leaves out a good part of the whole; on an axis that is width_px wide. */
struct plot_axis *plot_axis_new_skipping(struct time_range range, GArray *happens, double width_px);
void plot_axis_free(struct plot_axis *axis);

/* "21 h 23 min idle": what is left out before the i-th piece, i > 0; to be freed. */
char *plot_axis_gap_words(const struct plot_axis *axis, guint i);
enum { PLOT_GAP_LETTER_PX = 6 }; /* of these words, set small and upright */

/* The block of what is left out: from x, to x, the words. There is one, without rows, also where nothing is. */
void plot_axis_write_breaks(struct plot *plot, const struct plot_axis *axis);

double plot_axis_end_s(const struct plot_axis *axis);
double plot_axis_x(const struct plot_axis *axis, double time_s);
/* Writes xmin, xmax, and about max_ticks ticks on the clock of the scenario, for an axis that is width_px wide.
 * scenario NULL: ticks of the time that has passed. */
void plot_axis_write(struct plot *plot, const struct plot_axis *axis, const struct scenario *scenario,
                     unsigned max_ticks, double width_px);

#endif
