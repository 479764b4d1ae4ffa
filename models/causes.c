#include "models/causes.h"

const char *const cause_names[N_CAUSES] = {
    "metadata_wait",         "package_thread_wait",  "snapshot",           "dp_thread_wait", "dp_thread",
    "compressor_wait",       "compressing",          "scheduler_wait",     "sender_wait_all_sites",
    "sender_wait_per_site",  "route_closed",         "retry_wait",         "sending",        "despooler_wait",
    "despool_retry_wait",    "despooling",           "transfer_thread_wait", "dp_closed",    "source_wait",
    "dp_capacity_wait",      "copying",              "adding_files",
};
