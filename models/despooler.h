#ifndef MODELS_DESPOOLER_H
#define MODELS_DESPOOLER_H

#include "models/params.h"

struct despooler_params {
    uint32_t threads;
    double despool_retry_delay_s;
    double despool_rate_bytes_per_s;
};

extern const struct param_table despooler_table;

#endif
