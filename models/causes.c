#include "models/causes.h"

#include <math.h>

const char *const cause_names[N_CAUSES] = {
    "metadata_wait",   "package_thread_wait",  "snapshot",       "dp_thread_wait",        "dp_thread",
    "compressor_wait", "compressing",          "scheduler_wait", "sender_wait_all_sites", "sender_wait_per_site",
    "route_closed",    "retry_wait",           "sending",        "despooler_wait",        "despool_retry_wait",
    "despooling",      "transfer_thread_wait", "dp_closed",      "source_wait",           "dp_capacity_wait",
    "copying",         "adding_files",
};

struct cause_span {
    double from_s;
    double other_s;
    enum cause cause, other;
};

void cause_log_init(struct cause_log *log)
{
    log->spans = g_array_new(FALSE, FALSE, sizeof(struct cause_span));
}

void cause_log_clear(struct cause_log *log)
{
    g_clear_pointer(&log->spans, g_array_unref);
}

void cause_log_switch(struct cause_log *log, double now_s, enum cause cause)
{
    const struct cause_span span = {.from_s = now_s, .cause = cause, .other = cause};
    g_array_append_val(log->spans, span);
}

void cause_log_split(struct cause_log *log, enum cause other, double other_s)
{
    struct cause_span *span = &g_array_index(log->spans, struct cause_span, log->spans->len - 1);
    span->other = other;
    span->other_s = other_s;
}

void cause_log_end(struct cause_log *log, double now_s)
{
    cause_log_switch(log, now_s, N_CAUSES);
}

double cause_log_begin(const struct cause_log *log)
{
    return log->spans->len ? g_array_index(log->spans, struct cause_span, 0).from_s : INFINITY;
}

enum cause cause_log_now(const struct cause_log *log)
{
    return log->spans->len ? g_array_index(log->spans, struct cause_span, log->spans->len - 1).cause : N_CAUSES;
}

void cause_log_add(const struct cause_log *log, double from_s, double to_s, double *cause_s)
{
    for (guint i = 0; i < log->spans->len; i++) {
        const struct cause_span *span = &g_array_index(log->spans, struct cause_span, i);
        double ends_s = i + 1 < log->spans->len ? span[1].from_s : INFINITY;
        double begin_s = fmax(span->from_s, from_s), end_s = fmin(ends_s, to_s);
        if (span->cause == N_CAUSES || end_s <= begin_s)
            continue;
        double other_s = 0;
        if (span->other_s > 0)
            other_s = span->other_s * (end_s - begin_s) / (ends_s - span->from_s);
        cause_s[span->other] += other_s;
        cause_s[span->cause] += end_s - begin_s - other_s;
    }
}
