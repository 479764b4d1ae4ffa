/* What stands in the way of an objective that no setting meets: where deliveries spend their time, which link holds
 * them back, and what would change that. */
#ifndef APP_STUDY_PLAN_BINDING_H
#define APP_STUDY_PLAN_BINDING_H

#include <signal.h>

#include "models/scenario.h"

/* Runs the scenario again, its first replication, and with other settings, which are restored. objective: its
 * name, or as it is stated. A few lines, to be freed. */
char *plan_binding(struct scenario *scenario, const char *objective, const volatile sig_atomic_t *stop);

#endif
