/* Which runs of a study a process makes: all of them, or its part of a study that many processes share.
 *
 * Runs are numbered from 0: all points of replication 0, then all points of replication 1, and so on, so that more
 * replications later change no number. Shard i of n gets the runs like a card player: one of every n, and in each
 * round it is another's turn to be first, so that every shard sees all points, also when there are as many shards as
 * points. Which shard a run belongs to depends on its number and n only. */
#ifndef APP_STUDY_SLICE_H
#define APP_STUDY_SLICE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct slice {
    enum { SLICE_ALL, SLICE_SHARD, SLICE_RUNS } kind;
    guint shard, n_shards; /* from 1 */
    uint64_t first, last;
};

static inline uint64_t slice_run_number(guint n_points, guint point, uint32_t replication)
{
    return (uint64_t)replication * n_points + point;
}
/* Its shard, from 1. */
guint slice_shard_of(uint64_t run, guint n_shards);
bool slice_has(const struct slice *slice, uint64_t run);

/* "3/8", or "auto/8": the task of a Slurm job array, of which the environment tells. FALSE: a sentence to be freed. */
bool slice_read_shard(struct slice *slice, const char *text, char **why);
/* "0..99", or "7" */
bool slice_read_runs(struct slice *slice, const char *text, char **why);

/* For people ("shard 3/8", "runs 0..99") and for names of files ("3-of-8", "runs-0-99"); to be freed. */
char *slice_words(const struct slice *slice);
char *slice_file_word(const struct slice *slice);

#endif
