/* What is sound in a scenario, and runs, but is not what the vendor advises or supports, or does nothing. */
#ifndef SIM_APP_SCENARIO_WARNINGS_H
#define SIM_APP_SCENARIO_WARNINGS_H

#include "sim/app/read/reader.h"

/* Adds them to what the reader has found; the scenario has been read without a mistake. */
void scenario_warnings(struct reader *r);

#endif
