#ifndef MODELS_DISTRIBUTION_MANAGER_H
#define MODELS_DISTRIBUTION_MANAGER_H

#include "models/params.h"

/* One pair of settings for two components: the distribution manager and the package transfer manager. */
struct software_distribution_params {
    uint32_t max_packages, max_threads_per_package;
};

struct distribution_manager_params {
    double snapshot_rate_bytes_per_s;
    double dp_thread_time_s, metadata_time_s, package_thread_tail_s;
    double compress_rate_bytes_per_s;
    double compression_ratio;
};

extern const struct param_table software_distribution_table, distribution_manager_table;

#endif
