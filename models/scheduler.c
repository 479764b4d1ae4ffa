#include "models/scheduler.h"

#define AT(member) offsetof(struct scheduler_params, member)

static const struct param_field fields[] = {
    {.name = "scheduler_delay", .kind = PARAM_DURATION, .offset = AT(scheduler_delay_s), .standard = "5 s", .max = 86400,
     .grade = GRADE_ASSUMED, .sentence = "from a mini-job to its send request in the sender's outbox (D5)"},
    {.name = "reschedule_delay", .kind = PARAM_DURATION, .offset = AT(reschedule_delay_s), .standard = "9 min",
     .max = 604800, .grade = GRADE_INFERRED,
     .sentence = "wait before a send request that failed at the sender is submitted again (D5)"},
    {.name = "reschedule_for", .kind = PARAM_DURATION, .offset = AT(reschedule_for_s), .standard = "7 d", .max = 31536000,
     .grade = GRADE_DOCUMENTED,
     .sentence = "for how long after its creation a send request is submitted again; then it has failed (D5)"},
    {0}};

const struct param_table scheduler_table = {"scheduler", "turns mini-jobs into send requests (D5)",
                                            sizeof(struct scheduler_params), fields};
