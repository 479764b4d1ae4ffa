/* Workloads: packages that come at random times in the course of a run, as a company's applications and updates do, and
 * are distributed at once. Their sizes come from a distribution, or they come from a list of real packages. */
#ifndef MODELS_WORKLOAD_H
#define MODELS_WORKLOAD_H

#include "models/params.h"

struct workload_package_spec {
    char *id;
    double size_bytes; /* of all its files */
    uint32_t priority; /* enum priority */
    uint32_t files;
};

enum workload_order { WORKLOAD_IN_ORDER, WORKLOAD_SHUFFLED, WORKLOAD_AT_RANDOM };

struct workload_spec {
    char *name;
    double from_s, until_s; /* NaN: from the start, to the end of the run */
    double mean_time_between_s;
    double size_bytes; /* of a package; NaN: those of the list */
    uint32_t files;
    double high_percent, low_percent;
    char *file;       /* its rows are in packages once the scenario has been read, and this is NULL */
    GArray *packages; /* struct workload_package_spec */
    enum workload_order order;
    int32_t source_site;
    struct selection to;
};

extern const struct param_table workload_table, workload_package_table;

#endif
