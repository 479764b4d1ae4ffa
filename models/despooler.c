#include "models/despooler.h"

#define AT(member) offsetof(struct despooler_params, member)

static const struct param_field fields[] = {
    {.name = "threads", .kind = PARAM_COUNT, .offset = AT(threads), .standard = "3", .min = 1, .max = 999,
     .grade = GRADE_DOCUMENTED, .sentence = "despooling threads (P1)"},
    {.name = "despool_retry_delay", .kind = PARAM_DURATION, .offset = AT(despool_retry_delay_s), .standard = "5 min",
     .max = 604800, .grade = GRADE_DOCUMENTED,
     .sentence = "wait before an instruction is tried again whose database change has not arrived (code 12, P1)"},
    {.name = "despool_rate", .kind = PARAM_RATE, .offset = AT(despool_rate_bytes_per_s), .standard = "20 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of unpacking, storing and hashing, in bytes of uncompressed content (P1)"},
    {0}};

const struct param_table despooler_table = {"despooler", "unpacks what arrives from other sites into the content library (P1)",
                                            sizeof(struct despooler_params), fields};
