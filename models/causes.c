#include "models/causes.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

const char *const cause_names[N_CAUSES] = {
    "metadata_wait",   "package_thread_wait",  "snapshot",          "dp_thread_wait",        "dp_thread",
    "compressor_wait", "compressing",          "scheduler_wait",    "sender_wait_all_sites", "sender_wait_per_site",
    "route_closed",    "retry_wait",           "sending",           "despooler_wait",        "despool_retry_wait",
    "despooling",      "transfer_thread_wait", "dp_closed",         "source_wait",           "dp_capacity_wait",
    "copying",         "adding_files",         "earlier_copy_wait",
};

/* A span of time, up to the next one. Entries that nobody else refers to are changed in place. */
struct cause_entry {
    double from_s;
    double other_s;
    double begin_s;             /* of the first */
    struct cause_entry *before; /* NULL: it is the first */
    struct cause_entry *latest; /* that has come after this one, if it is still there: the next log may share it */
    uint32_t n_references;      /* logs of which it is the last, and entries after it */
    uint8_t cause, other;       /* enum cause */
};

static struct cause_entry *entry_new(struct sim_memory *memory, struct cause_entry *before, double from_s,
                                     enum cause cause)
{
    struct cause_entry *entry = sim_memory_take(memory, sizeof *entry);
    *entry = (struct cause_entry){.from_s = from_s,
                                  .begin_s = before ? before->begin_s : from_s,
                                  .before = before,
                                  .n_references = 1,
                                  .cause = (uint8_t)cause,
                                  .other = (uint8_t)cause};
    if (before) {
        before->n_references++;
        before->latest = entry;
    }
    return entry;
}

/* Nobody refers to this entry any more, nor perhaps to those before it. */
static void entry_free(struct sim_memory *memory, struct cause_entry *entry)
{
    do {
        struct cause_entry *before = entry->before;
        if (before && before->latest == entry)
            before->latest = NULL;
        sim_memory_give(memory, entry, sizeof *entry);
        entry = before;
    } while (entry && --entry->n_references == 0);
}

static inline void entry_unref(struct sim_memory *memory, struct cause_entry *entry)
{
    if (entry && --entry->n_references == 0)
        entry_free(memory, entry);
}

void cause_log_init(struct cause_log *log)
{
    *log = (struct cause_log){0};
}

void cause_log_clear(struct sim_memory *memory, struct cause_log *log)
{
    entry_unref(memory, log->last);
    cause_log_init(log);
}

static bool says(const struct cause_entry *entry, double from_s, enum cause cause)
{
    return entry && entry->from_s == from_s && entry->cause == cause && entry->other == cause && entry->other_s == 0;
}

void cause_log_begin_with(struct sim_memory *memory, struct cause_log *log, struct cause_log *first, double now_s,
                          enum cause cause)
{
    if (!says(first->last, now_s, cause)) {
        entry_unref(memory, first->last);
        first->last = entry_new(memory, NULL, now_s, cause);
    }
    log->last = first->last;
    log->last->n_references++;
}

void cause_log_switch(struct sim_memory *memory, struct cause_log *log, double now_s, enum cause cause)
{
    struct cause_entry *last = log->last, *before = last;
    if (last && last->from_s == now_s) { /* there is none for what took no time */
        if (last->n_references == 1) {
            last->cause = last->other = (uint8_t)cause;
            last->other_s = 0;
            return;
        }
        before = last->before;
    }
    if (before && says(before->latest, now_s, cause)) {
        log->last = before->latest;
        log->last->n_references++;
    } else {
        log->last = entry_new(memory, before, now_s, cause);
    }
    entry_unref(memory, last);
}

void cause_log_split(struct sim_memory *memory, struct cause_log *log, enum cause other, double other_s)
{
    struct cause_entry *last = log->last;
    if (last->n_references > 1) {
        log->last = entry_new(memory, last->before, last->from_s, (enum cause)last->cause);
        entry_unref(memory, last);
    }
    log->last->other = (uint8_t)other;
    log->last->other_s = other_s;
}

void cause_log_end(struct sim_memory *memory, struct cause_log *log, double now_s)
{
    cause_log_switch(memory, log, now_s, N_CAUSES);
}

double cause_log_begin(const struct cause_log *log)
{
    return log->last ? log->last->begin_s : INFINITY;
}

enum cause cause_log_now(const struct cause_log *log)
{
    return log->last ? (enum cause)log->last->cause : N_CAUSES;
}

/* Neither is ever NaN: no call of libm. */
static inline double later(double a, double b)
{
    return a > b ? a : b;
}

static inline double earlier(double a, double b)
{
    return a < b ? a : b;
}

/* From the newest to the oldest, as they are kept. */
uint32_t cause_log_list(const struct cause_log *log, double from_s, double to_s, struct cause_span *end, uint32_t most)
{
    double ends_s = INFINITY;
    uint32_t n = 0;
    for (const struct cause_entry *entry = log->last; entry; ends_s = entry->from_s, entry = entry->before) {
        double begin_s = later(entry->from_s, from_s), until_s = earlier(ends_s, to_s);
        if (entry->cause != N_CAUSES && until_s > begin_s) {
            if (n == most)
                return UINT32_MAX;
            struct cause_span *span = end - ++n;
            *span = (struct cause_span){.from_s = begin_s,
                                        .to_s = until_s,
                                        .cause = (enum cause)entry->cause,
                                        .other = (enum cause)entry->other};
            if (entry->other_s > 0)
                /* Measured as a sum of many waits, it may exceed the span that it is all of by a rounding. */
                span->other_s =
                    earlier(entry->other_s * (until_s - begin_s) / (ends_s - entry->from_s), until_s - begin_s);
        }
        if (entry->from_s <= from_s)
            break; /* what came before is not asked for */
    }
    return n;
}

void cause_log_walk(const struct cause_log *log, double from_s, double to_s, cause_visit *visit, void *ctx)
{
    enum { FEW = 32 };
    struct cause_span few[FEW], *more = NULL;
    const struct cause_span *end = few + FEW;
    uint32_t n = cause_log_list(log, from_s, to_s, few + FEW, FEW);
    for (uint32_t most = 2 * FEW; n == UINT32_MAX; most *= 2) {
        g_free(more);
        more = g_new(struct cause_span, most);
        end = more + most;
        n = cause_log_list(log, from_s, to_s, more + most, most);
    }
    for (const struct cause_span *span = end - n; span < end; span++)
        visit(ctx, span);
    g_free(more);
}

static void add(void *ctx, const struct cause_span *span)
{
    cause_span_add(span, ctx);
}

void cause_log_add(const struct cause_log *log, double from_s, double to_s, double *cause_s)
{
    cause_log_walk(log, from_s, to_s, add, cause_s);
}
