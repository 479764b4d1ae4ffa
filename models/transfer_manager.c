#include "models/transfer_manager.h"

#define AT(member) offsetof(struct transfer_manager_params, member)

static const char *const pools[] = {"jobs", "packages", NULL};

static const struct param_field fields[] = {
    {.name = "start_delay", .kind = PARAM_DURATION, .offset = AT(start_delay_s), .standard = "0 s", .max = 86400,
     .grade = GRADE_REPORTED,
     .sentence = "from a job's sending thread to its first byte; one log shows 20 s (X1)"},
    {.name = "transfer_pool", .kind = PARAM_CHOICE, .offset = AT(transfer_pool), .standard = "jobs", .choices = pools,
     .grade = GRADE_ASSUMED,
     .sentence = "jobs: one pool of max_packages x max_threads_per_package threads; packages: the pool also holds at most "
                 "max_packages packages at once (X1)"},
    {.name = "prefer_fast_dps", .kind = PARAM_BOOL, .offset = AT(prefer_fast_dps), .standard = "false",
     .grade = GRADE_ASSUMED,
     .sentence = "among jobs of equal priorities, those to distribution points with the higher measured speed go first (X1)"},
    {.name = "retries", .kind = PARAM_COUNT, .offset = AT(retries), .standard = "100", .min = 0, .max = 1000,
     .grade = GRADE_DOCUMENTED, .sentence = "how often a job that failed is tried again (X3)",
     .console = "Software Distribution, Retry settings, Number of retries",
     .cmdlet = "Set-CMSoftwareDistributionComponent -RetryCount"},
    {.name = "retry_delay", .kind = PARAM_DURATION, .offset = AT(retry_delay_s), .standard = "30 min", .max = 86400,
     .grade = GRADE_DOCUMENTED, .sentence = "wait before a job that failed is tried again; its thread is free meanwhile (X3)",
     .console = "Software Distribution, Retry settings, Delay before retrying",
     .cmdlet = "Set-CMSoftwareDistributionComponent -DelayBeforeRetryingMins"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .standard = "1 MiB", .min = 1, .max = 1e12,
     .grade = GRADE_ASSUMED,
     .sentence = "what one connection has in flight: its speed is at most window / round-trip time (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN, .sentence = "most that one job's copy moves (N2)"},
    {0}};

const struct param_table transfer_manager_table = {
    "transfer_manager", "copies content from the site server to its distribution points (X1 to X4)",
    sizeof(struct transfer_manager_params), fields};
