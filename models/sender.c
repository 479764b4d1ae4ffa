#include "models/sender.h"

#define AT(member) offsetof(struct sender_params, member)

static const struct param_field fields[] = {
    {.name = "max_concurrent_all_sites", .kind = PARAM_COUNT, .offset = AT(max_concurrent_all_sites), .standard = "5",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "sending threads of the site, to all destinations together (S1)",
     .console = "Sender, Maximum concurrent sendings, All sites", .cmdlet = "Set-CMSite -MaximumConcurrentSendingForAllSite"},
    {.name = "max_concurrent_per_site", .kind = PARAM_COUNT, .offset = AT(max_concurrent_per_site), .standard = "3",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "sending threads to any one destination site (S1)",
     .console = "Sender, Maximum concurrent sendings, Per site", .cmdlet = "Set-CMSite -MaximumConcurrentSendingForPerSite"},
    {.name = "retries", .kind = PARAM_COUNT, .offset = AT(retries), .standard = "2", .min = 0, .max = 99,
     .grade = GRADE_DOCUMENTED,
     .sentence = "how often a failed sending is tried again on its thread before it goes back to the scheduler (S5)",
     .console = "Sender, Retry settings, Number of retries", .cmdlet = "Set-CMSite -RetryNumberForConcurrentSending"},
    {.name = "retry_delay", .kind = PARAM_DURATION, .offset = AT(retry_delay_s), .standard = "1 min", .max = 5940,
     .grade = GRADE_DOCUMENTED, .sentence = "wait before a failed sending is tried again; its thread is held meanwhile (S5)",
     .console = "Sender, Retry settings, Delay before retrying",
     .cmdlet = "Set-CMSite -ConcurrentSendingDelayBeforeRetryingMins"},
    {.name = "connect_timeout", .kind = PARAM_DURATION, .offset = AT(connect_timeout_s), .standard = "30 s", .max = 86400,
     .grade = GRADE_ASSUMED, .sentence = "how long a try to a destination that is down holds its thread (S5)"},
    {.name = "resume", .kind = PARAM_BOOL, .offset = AT(resume), .standard = "true", .grade = GRADE_INFERRED,
     .sentence = "a sending that is tried again goes on at the last confirmed byte, not at the first (S5)"},
    {.name = "instruction_size", .kind = PARAM_SIZE, .offset = AT(instruction_size_bytes), .standard = "2 KiB", .max = 1e9,
     .grade = GRADE_INFERRED, .sentence = "size of the instruction file that follows each package file (S6)"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .standard = "1 MiB", .min = 1, .max = 1e12,
     .grade = GRADE_ASSUMED,
     .sentence = "what one connection has in flight: its speed is at most window / round-trip time (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN, .sentence = "most that one sending moves (N2)"},
    {0}};

const struct param_table sender_table = {"sender", "sends content to other sites, one thread per send request (S1 to S6)",
                                         sizeof(struct sender_params), fields};
