#include "sim/app/study/slice.h"

#include <string.h>

static const char task_variable[] = "SLURM_ARRAY_TASK_ID";

guint slice_shard_of(uint64_t run, guint n_shards)
{
    return (guint)((run + run / n_shards) % n_shards) + 1;
}

bool slice_has(const struct slice *slice, uint64_t run)
{
    switch (slice->kind) {
    case SLICE_SHARD:
        return slice_shard_of(run, slice->n_shards) == slice->shard;
    case SLICE_RUNS:
        return slice->first <= run && run <= slice->last;
    default:
        return true;
    }
}

/* Nothing but digits. */
static bool read_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    return g_ascii_string_to_unsigned(text, 10, least, most, number, NULL);
}

bool slice_read_shard(struct slice *slice, const char *text, char **why)
{
    g_auto(GStrv) parts = g_strsplit(text, "/", 2);
    guint n_parts = g_strv_length(parts);
    bool automatic = n_parts && strcmp(parts[0], "auto") == 0;
    uint64_t shard, n;

    if (n_parts < 2 || !read_number(parts[1], 1, 1000000, &n)) {
        /* Slurm tells the number of tasks, but of those that were submitted: fewer, when some are submitted again. */
        *why = automatic
                   ? g_strdup("write auto/N, N being the number of shards that the whole study has")
                   : g_strdup_printf("\"%s\": write I/N, for example 3/8: the third of eight shards, or auto/8", text);
        return false;
    }
    const char *index = automatic ? g_getenv(task_variable) : parts[0];
    if (!index) {
        *why = g_strdup_printf("%s is not set: this is no task of a Slurm job array; write 1/%s to %s/%s",
                               task_variable, parts[1], parts[1], parts[1]);
        return false;
    }
    if (!read_number(index, 1, n, &shard)) {
        *why = automatic ? g_strdup_printf("%s is %s: submit the tasks 1 to %s (--array=1-%s)", task_variable, index,
                                           parts[1], parts[1])
                         : g_strdup_printf("there is no shard \"%s\" of %s: write 1/%s to %s/%s", index, parts[1],
                                           parts[1], parts[1], parts[1]);
        return false;
    }
    *slice = (struct slice){.kind = SLICE_SHARD, .shard = (guint)shard, .n_shards = (guint)n};
    return true;
}

bool slice_read_runs(struct slice *slice, const char *text, char **why)
{
    g_auto(GStrv) parts = g_strsplit(text, "..", 2);
    guint n_parts = g_strv_length(parts);

    *slice = (struct slice){.kind = SLICE_RUNS};
    if (!n_parts || !read_number(parts[0], 0, G_MAXINT64, &slice->first) ||
        !read_number(parts[n_parts - 1], 0, G_MAXINT64, &slice->last)) {
        *why = g_strdup_printf("\"%s\": write A..B, for example 0..99: the first hundred runs", text);
        return false;
    }
    if (slice->last < slice->first) {
        *why = g_strdup_printf("\"%s\": is empty; write %s..%s", text, parts[1], parts[0]);
        return false;
    }
    return true;
}

char *slice_words(const struct slice *slice)
{
    switch (slice->kind) {
    case SLICE_SHARD:
        return g_strdup_printf("shard %u/%u", slice->shard, slice->n_shards);
    case SLICE_RUNS:
        return g_strdup_printf("runs %" G_GUINT64_FORMAT "..%" G_GUINT64_FORMAT, slice->first, slice->last);
    default:
        return g_strdup("all runs");
    }
}

char *slice_file_word(const struct slice *slice)
{
    if (slice->kind == SLICE_SHARD)
        return g_strdup_printf("%u-of-%u", slice->shard, slice->n_shards);
    return g_strdup_printf("runs-%" G_GUINT64_FORMAT "-%" G_GUINT64_FORMAT, slice->first, slice->last);
}
