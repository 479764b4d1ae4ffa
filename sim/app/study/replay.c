#include "sim/app/study/replay.h"

#include <stdio.h>

struct replaying {
    const struct study *study;
    struct replay *replays;
    guint n;
    gint next; /* atomic */
};

static bool goes_on(void *study, const struct simulation *simulation G_GNUC_UNUSED)
{
    return !study_stopped(study);
}

static gpointer work(gpointer ctx)
{
    struct replaying *all = ctx;
    guint i;

    while (!study_stopped(all->study) && (i = (guint)g_atomic_int_add(&all->next, 1)) < all->n) {
        struct replay *r = &all->replays[i];
        const struct scenario *scenario = study_point(all->study, r->point)->scenario;

        r->simulation = simulation_new(scenario, r->replication, r->flags);
        if (r->simulation && simulation_run(r->simulation, scenario->until_s, goes_on, (gpointer)all->study) && r->done)
            r->done(r);
    }
    return NULL;
}

bool replay_all(const struct study *study, struct replay *replays, guint n)
{
    struct replaying all = {.study = study, .replays = replays, .n = n};
    guint n_workers = MIN(study->n_workers, n);
    g_autofree GThread **workers = g_new(GThread *, n_workers + 1);

    if (study->progress == PROGRESS_JSON)
        fprintf(stderr, "{\"runs_again\":%u}\n", n);
    for (guint i = 0; i < n_workers; i++)
        workers[i] = g_thread_new("replay", work, &all);
    for (guint i = 0; i < n_workers; i++)
        g_thread_join(workers[i]);
    return !study_stopped(study);
}
