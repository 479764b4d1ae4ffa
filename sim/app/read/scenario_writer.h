/* The effective scenario: every setting resolved and explicit, ranges expanded, quantities exact. */
#ifndef SIM_APP_SCENARIO_WRITER_H
#define SIM_APP_SCENARIO_WRITER_H

#include "models/scenario.h"

/* As JSON text with a newline at its end; to be freed. Reading it gives the same scenario, and writing that the same
 * bytes. */
char *scenario_write(const struct scenario *scenario);

#endif
