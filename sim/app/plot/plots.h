/* Pictures of a run, drawn by gnuplot from scripts/NAME.gp: what the senders and transfer managers did, what the links
 * carried, and when the content was where. */
#ifndef APP_PLOTS_H
#define APP_PLOTS_H

#include <signal.h>

#include "sim/app/report/summary.h"

struct plots_options {
    double limit_s;                    /* for one picture, on the clock of the wall */
    const volatile sig_atomic_t *stop; /* not 0: draw nothing more; may be NULL */
    bool explains;                     /* adds to warnings which pictures there are not because they would be empty */
};

/* Draws all pictures into the directory, which is made when there are any. What went wrong with gnuplot is added to
 * warnings, a line each: the results are good without pictures. FALSE and an error: the disk did not take them. */
gboolean plots_draw(const struct summary *summary, const char *directory, const struct plots_options *options,
                    GPtrArray *warnings, GError **error);

#endif
