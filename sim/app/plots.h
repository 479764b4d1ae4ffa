/* Pictures of a run, drawn by gnuplot from scripts/NAME.gp: what the senders and transfer managers did, what the links
 * carried, and when the content was where. */
#ifndef APP_PLOTS_H
#define APP_PLOTS_H

#include "sim/app/summary.h"

/* Draws all pictures into the directory. What went wrong is added to warnings, a line each: the results are good
 * without pictures. */
void plots_draw(const struct summary *summary, const char *directory, GPtrArray *warnings);

/* Whether there is a gnuplot in PATH. */
bool plots_possible(void);

#endif
