#ifndef MODELS_TRANSFER_MANAGER_H
#define MODELS_TRANSFER_MANAGER_H

#include <stdbool.h>

#include "models/params.h"

enum transfer_pool { TRANSFER_POOL_JOBS, TRANSFER_POOL_PACKAGES };

struct transfer_manager_params {
    double start_delay_s;
    enum transfer_pool transfer_pool;
    bool prefer_fast_dps;
    uint32_t retries;
    double retry_delay_s;
    double window_bytes, max_rate_bytes_per_s; /* of one connection */
};

extern const struct param_table transfer_manager_table;

#endif
