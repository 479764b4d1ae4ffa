#include "models/causes.h"

#include <math.h>
#include <stdint.h>

const char *const cause_names[N_CAUSES] = {
    "metadata_wait",   "package_thread_wait",  "snapshot",          "dp_thread_wait",        "dp_thread",
    "compressor_wait", "compressing",          "scheduler_wait",    "sender_wait_all_sites", "sender_wait_per_site",
    "route_closed",    "retry_wait",           "sending",           "despooler_wait",        "despool_retry_wait",
    "despooling",      "transfer_thread_wait", "dp_closed",         "source_wait",           "dp_capacity_wait",
    "copying",         "adding_files",         "earlier_copy_wait",
};

/* Logs are many and long-lived: small entries, and none for what took no time. */
struct cause_entry {
    double from_s;
    double other_s;
    uint8_t cause, other; /* enum cause */
};

void cause_log_init(struct cause_log *log)
{
    *log = (struct cause_log){0};
}

void cause_log_clear(struct cause_log *log)
{
    g_free(log->entries);
    cause_log_init(log);
}

static struct cause_entry *last(const struct cause_log *log)
{
    return log->n ? &log->entries[log->n - 1] : NULL;
}

void cause_log_switch(struct cause_log *log, double now_s, enum cause cause)
{
    const struct cause_entry entry = {.from_s = now_s, .cause = (uint8_t)cause, .other = (uint8_t)cause};
    if (last(log) && last(log)->from_s == now_s) {
        *last(log) = entry;
        return;
    }
    if (log->n == log->n_allocated) {
        log->n_allocated = log->n_allocated ? 2 * log->n_allocated : 8;
        log->entries = g_renew(struct cause_entry, log->entries, log->n_allocated);
    }
    log->entries[log->n++] = entry;
}

void cause_log_split(struct cause_log *log, enum cause other, double other_s)
{
    last(log)->other = (uint8_t)other;
    last(log)->other_s = other_s;
}

void cause_log_end(struct cause_log *log, double now_s)
{
    cause_log_switch(log, now_s, N_CAUSES);
}

double cause_log_begin(const struct cause_log *log)
{
    return log->n ? log->entries[0].from_s : INFINITY;
}

enum cause cause_log_now(const struct cause_log *log)
{
    return log->n ? last(log)->cause : N_CAUSES;
}

void cause_log_walk(const struct cause_log *log, double from_s, double to_s, cause_visit *visit, void *ctx)
{
    for (guint i = 0; i < log->n; i++) {
        const struct cause_entry *entry = &log->entries[i];
        double ends_s = i + 1 < log->n ? entry[1].from_s : INFINITY;
        struct cause_span span = {.from_s = fmax(entry->from_s, from_s),
                                  .to_s = fmin(ends_s, to_s),
                                  .cause = entry->cause,
                                  .other = entry->other};
        if (entry->cause == N_CAUSES || span.to_s <= span.from_s)
            continue;
        if (entry->other_s > 0)
            /* Measured as a sum of many waits, it may exceed the span that it is all of by a rounding. */
            span.other_s =
                fmin(entry->other_s * (span.to_s - span.from_s) / (ends_s - entry->from_s), span.to_s - span.from_s);
        visit(ctx, &span);
    }
}

void cause_span_add(const struct cause_span *span, double *cause_s)
{
    cause_s[span->other] += span->other_s;
    cause_s[span->cause] += span->to_s - span->from_s - span->other_s;
}

static void add(void *ctx, const struct cause_span *span)
{
    cause_span_add(span, ctx);
}

void cause_log_add(const struct cause_log *log, double from_s, double to_s, double *cause_s)
{
    cause_log_walk(log, from_s, to_s, add, cause_s);
}
