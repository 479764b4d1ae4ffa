#ifndef MODELS_SENDER_H
#define MODELS_SENDER_H

#include <stdbool.h>

#include "models/params.h"

struct sender_params {
    uint32_t max_concurrent_all_sites, max_concurrent_per_site;
    uint32_t retries;
    double retry_delay_s, connect_timeout_s;
    bool resume;
    double instruction_size_bytes;
    double window_bytes, max_rate_bytes_per_s; /* of one connection */
};

extern const struct param_table sender_table;

#endif
