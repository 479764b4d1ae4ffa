/* The rules of what comes again and again: recurring actions, workloads and the lists of packages that they name. */
#ifndef SIM_APP_WORKLOAD_RULES_H
#define SIM_APP_WORKLOAD_RULES_H

#include "sim/app/read/reader.h"

/* As scenario_rules(). Packages of a workload's file are in the workload afterwards. */
void workload_rules(struct reader *r);

#endif
