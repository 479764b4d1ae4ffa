/* Deadlines in a picture of shares over time: vertical lines with numbers, whose words stand above the picture, where
 * nothing crosses them. */
#ifndef APP_PLOT_DEADLINES_H
#define APP_PLOT_DEADLINES_H

#include "sim/app/plot/plot_axis.h"

enum { MAX_DEADLINES = 8 };

/* Colours. */
enum deadline_state { DEADLINE_MET = 0x006B4E, DEADLINE_MISSED = 0xB04A00, DEADLINE_MIXED = 0x404040 };

struct deadline {
    double by_s, share_percent; /* share_percent: NaN: of something else than the curves */
    enum deadline_state state;
    char *text;
};

/* Freed by g_array_unref(). */
GArray *deadlines_new(void);
/* scenario: of whose clock the deadline is told; NULL: after the start. outcome: "met", or how it ends where there are
 * several. on_curves: the curves are of what it asks about, so that the share is a point on their scale; else it is a
 * line only. */
void deadlines_add(GArray *deadlines, const struct scenario *scenario, const struct objective_spec *spec,
                   enum deadline_state state, const char *outcome, bool on_curves);
/* Deadlines not much later than the last delivery are worth a wider picture; others stand at its edge. */
void deadlines_widen(const GArray *deadlines, struct time_range *range);
/* Writes n_deadlines, their texts and blocks, for an axis that is width_px wide. */
void deadlines_draw(struct plot *plot, const GArray *deadlines, const struct plot_axis *axis, double width_px);

#endif
