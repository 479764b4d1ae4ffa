#include "sim/app/study/progress.h"

#include <stdio.h>

#include "sim/app/report/words.h"

static const gint64 between_us = 200000;

static void show(struct progress *p, gint64 now_us)
{
    double passed_s = (double)(now_us - p->began_us) / 1e6;
    double rate = passed_s > 0 ? p->n_done / passed_s : 0, left_s = rate > 0 ? (p->n - p->n_done) / rate : 0;
    guint running = MIN(p->n_workers, p->n - p->n_done);

    if (p->kind == PROGRESS_JSON) {
        char passed[G_ASCII_DTOSTR_BUF_SIZE], per_s[G_ASCII_DTOSTR_BUF_SIZE], left[G_ASCII_DTOSTR_BUF_SIZE];

        fprintf(
            stderr,
            "{\"runs\":%u,\"done\":%u,\"running\":%u,\"left\":%u,\"elapsed_s\":%s,\"runs_per_s\":%s,\"left_s\":%s}\n",
            p->n, p->n_done, running, p->n - p->n_done, g_ascii_formatd(passed, sizeof passed, "%.3f", passed_s),
            g_ascii_formatd(per_s, sizeof per_s, "%.4g", rate), g_ascii_formatd(left, sizeof left, "%.3f", left_s));
    } else {
        g_autofree char *left = words_duration(left_s);

        fprintf(stderr, "\r%u of %u runs done, %u running, %.3g runs/s, about %s left\033[K", p->n_done, p->n, running,
                rate, left);
    }
    p->shown_us = now_us;
}

void progress_begin(struct progress *p, enum progress_kind kind, guint n, guint n_workers)
{
    *p = (struct progress){.kind = kind, .n = n, .n_workers = n_workers, .began_us = g_get_monotonic_time()};
}

void progress_step(struct progress *p)
{
    gint64 now_us = g_get_monotonic_time();

    p->n_done++;
    if (p->kind != PROGRESS_NONE && (now_us - p->shown_us > between_us || p->n_done == p->n))
        show(p, now_us);
}

void progress_end(struct progress *p)
{
    if (p->kind == PROGRESS_LINE && p->n_done)
        fputs("\r\033[K", stderr);
}
