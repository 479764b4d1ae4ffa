#ifndef MODELS_SCHEDULER_H
#define MODELS_SCHEDULER_H

#include "models/params.h"

struct scheduler_params {
    double scheduler_delay_s, reschedule_delay_s, reschedule_for_s;
};

extern const struct param_table scheduler_table;

#endif
