#ifndef MODELS_STATUS_MANAGER_H
#define MODELS_STATUS_MANAGER_H

#include "models/params.h"

struct status_manager_params {
    double status_time_s;
};

extern const struct param_table status_manager_table;

#endif
