/* What comes next, in order: items that are put in order once, all together, and then taken one by one from the front.
 * Cheaper than a heap for those that come out of the wheel: each is touched once, and found without a choice. Removing
 * one from anywhere is O(1), amortized; adding one is not possible. */
#ifndef SIM_ENGINE_RUN_H
#define SIM_ENGINE_RUN_H

#include "sim/engine/heap.h"

/* Set in the position of a node that is in a run; no heap is so large. */
#define SIM_RUN_FLAG UINT32_C(0x20000000)

struct sim_run_entry {
    uint64_t major, minor; /* of its key */
    struct sim_heap_node *node;
};

/* A zeroed struct is ready for use. */
struct sim_run {
    struct sim_run_entry
        *entries; /* from first to end - 1; the first one has a node, of others it may be NULL: removed */
    uint32_t first, end, capacity;
};

static inline bool sim_run_contains(const struct sim_heap_node *node)
{
    return node->position / SIM_RUN_FLAG == 1;
}

void sim_run_clear(struct sim_run *run); /* frees its memory; the items are their owners' */

/* Room for n more behind the end, whose entries may be written then. */
struct sim_run_entry *sim_run_room(struct sim_run *run, uint32_t n);
/* Puts n entries behind the end, which are to come after all that are in it, in order, and takes them in. They may be
 * almost in order already, which is the faster the more that is so. */
void sim_run_extend(struct sim_run *run, uint32_t n);

static inline bool sim_run_is_empty(const struct sim_run *run)
{
    return run->first == run->end;
}
/* Of the first one; the run must not be empty. */
static inline sim_key sim_run_first_key(const struct sim_run *run)
{
    return sim_key_of(run->entries[run->first].major, run->entries[run->first].minor);
}
static inline struct sim_heap_node *sim_run_take(struct sim_run *run)
{
    struct sim_heap_node *node = run->entries[run->first].node;

    node->position = 0;
    do
        run->first++;
    while (run->first < run->end && !run->entries[run->first].node);
    if (run->first == run->end)
        run->first = run->end = 0;
    return node;
}

/* Of a node that is in this run. */
void sim_run_remove(struct sim_run *run, struct sim_heap_node *node);
static inline sim_key sim_run_key(const struct sim_run *run, const struct sim_heap_node *node)
{
    const struct sim_run_entry *entry = &run->entries[node->position % SIM_RUN_FLAG];

    return sim_key_of(entry->major, entry->minor);
}

#endif
