#include "sim/engine/run.h"

#include <glib.h>
#include <stdlib.h>

void sim_run_clear(struct sim_run *run)
{
    g_free(run->entries);
    *run = (struct sim_run){0};
}

struct sim_run_entry *sim_run_room(struct sim_run *run, uint32_t n)
{
    if (n > run->capacity - run->end) {
        if (n > SIM_RUN_FLAG - run->end)
            g_error("run: more than %u items", run->end);
        run->capacity = MAX(run->end + n, MIN(2 * run->capacity, SIM_RUN_FLAG));
        run->entries = g_renew(struct sim_run_entry, run->entries, run->capacity);
    }
    return run->entries + run->end;
}

static inline sim_key key_of(const struct sim_run_entry *entry)
{
    return sim_key_of(entry->major, entry->minor);
}

static int compare(const void *a, const void *b)
{
    sim_key key_a = key_of(a), key_b = key_of(b);

    return (key_a > key_b) - (key_a < key_b);
}

/* Insertion, which is the fastest for what is almost in order, as long as that does not take too many moves. */
static void put_in_order(struct sim_run_entry *entries, uint32_t n)
{
    uint64_t n_moves = 16 * (uint64_t)n;

    for (uint32_t i = 1; i < n; i++) {
        struct sim_run_entry entry = entries[i];
        sim_key key = key_of(&entry);
        uint32_t at = i;
        for (; at > 0 && key < key_of(&entries[at - 1]); at--)
            entries[at] = entries[at - 1];
        entries[at] = entry;
        if (i - at > n_moves) {
            qsort(entries, n, sizeof(*entries), compare);
            return;
        }
        n_moves -= i - at;
    }
}

void sim_run_extend(struct sim_run *run, uint32_t n)
{
    put_in_order(run->entries + run->end, n);
    for (uint32_t end = run->end + n; run->end < end; run->end++)
        run->entries[run->end].node->position = run->end | SIM_RUN_FLAG;
}

void sim_run_remove(struct sim_run *run, struct sim_heap_node *node)
{
    uint32_t at = node->position % SIM_RUN_FLAG;

    g_assert(at >= run->first && at < run->end && run->entries[at].node == node);
    if (at == run->first) {
        sim_run_take(run);
        return;
    }
    run->entries[at].node = NULL;
    node->position = 0;
}
