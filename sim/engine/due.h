/* What is due at once: half of all events of a large model are scheduled for the present instant, to come after what
 * else happens now. They need no heap: each rank has a line, in which the order of scheduling grows from the first to
 * the last. Joining, leaving and removing from anywhere is O(1), amortized. */
#ifndef SIM_ENGINE_DUE_H
#define SIM_ENGINE_DUE_H

#include "sim/engine/wheel.h"

#define SIM_DUE_RANKS 7
/* Set in the position of a node that is in a line; no heap and no run is so large. A node in a wheel has a
 * larger position. */
#define SIM_DUE_FLAG (2 * SIM_RUN_FLAG)

struct sim_due_entry {
    uint64_t order;
    struct sim_heap_node *node; /* NULL: has been removed */
};

struct sim_due_line {
    struct sim_due_entry *entries; /* those from first to end - 1 are in the line; the first one has a node */
    uint32_t first, end, capacity;
};

struct sim_due {
    uint32_t ranks; /* a bit per rank whose line is not empty */
    struct sim_due_line lines[SIM_DUE_RANKS];
};

static inline bool sim_due_contains(const struct sim_heap_node *node)
{
    return node->position >= SIM_DUE_FLAG && !sim_wheel_contains(node);
}

/* A zeroed struct is ready for use. Clearing frees its memory; the items are their owners'. */
void sim_due_clear(struct sim_due *due);
void sim_due_make_room(struct sim_due_line *line);

/* The node, which is in no queue, goes to the end of its rank's line. Refused (false) when its order is not above that
 * of the last there. */
static inline bool sim_due_put(struct sim_due *due, unsigned rank, struct sim_heap_node *node, uint64_t order)
{
    struct sim_due_line *line = &due->lines[rank];

    if (line->end > line->first && order <= line->entries[line->end - 1].order)
        return false;
    if (line->end == line->capacity)
        sim_due_make_room(line);
    line->entries[line->end] = (struct sim_due_entry){.order = order, .node = node};
    node->position = line->end++ | SIM_DUE_FLAG;
    due->ranks |= 1U << rank;
    return true;
}

/* The rank and order of what comes first; something must be due. */
static inline unsigned sim_due_first_rank(const struct sim_due *due)
{
    return (unsigned)__builtin_ctz(due->ranks);
}
static inline uint64_t sim_due_first_order(const struct sim_due *due, unsigned rank)
{
    return due->lines[rank].entries[due->lines[rank].first].order;
}

/* Removes the first one of the rank's line, which must not be empty. */
static inline struct sim_heap_node *sim_due_take(struct sim_due *due, unsigned rank)
{
    struct sim_due_line *line = &due->lines[rank];
    struct sim_heap_node *node = line->entries[line->first].node;

    node->position = 0;
    do
        line->first++;
    while (line->first < line->end && !line->entries[line->first].node);
    if (line->first == line->end) {
        line->first = line->end = 0;
        due->ranks &= ~(1U << rank);
    }
    return node;
}

/* The node is in this rank's line. */
void sim_due_remove(struct sim_due *due, unsigned rank, struct sim_heap_node *node);

#endif
