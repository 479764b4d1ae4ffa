/* How much memory a run will take, before it begins, and how much there is: a run that cannot end is not begun. */
#ifndef APP_MEMORY_NEED_H
#define APP_MEMORY_NEED_H

#include "models/scenario.h"
#include "sim/app/report/collector.h"

/* Counted from the scenario as it is given; what workloads bring is taken at its mean. */
struct memory_need {
    double packages;
    double versions;   /* of each that is distributed by actions, on the average */
    double deliveries; /* package versions x distribution points */
    double sendings;   /* package versions x sites on the way */
    double bytes[N_COLLECTOR_TABLES];
};

struct memory_need memory_need_of(const struct scenario *scenario);

/* The least of what the process may still take (ulimit -v), the limit of its control group, and what the machine has
 * free; which of them that is, in words. INFINITY: nobody knows. */
double memory_available(const char **which);

/* Why there is no room for the run, and what to do about it; NULL: there is. To be freed. */
char *memory_refusal(const struct scenario *scenario, enum collector_tables tables);

#endif
