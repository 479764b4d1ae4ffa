#include "models/status_manager.h"

static const struct param_field fields[] = {
    {.name = "status_time", .kind = PARAM_DURATION, .offset = offsetof(struct status_manager_params, status_time_s),
     .standard = "4 s", .max = 86400, .grade = GRADE_INFERRED,
     .sentence = "from content on a distribution point to its status in the site's database, one at a time (X4)"},
    {0}};

const struct param_table status_manager_table = {"status_manager", "takes in what distribution points report (X4)",
                                                 sizeof(struct status_manager_params), fields};
