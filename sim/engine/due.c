#include "sim/engine/due.h"

#include <glib.h>

void sim_due_clear(struct sim_due *due)
{
    for (unsigned rank = 0; rank < SIM_DUE_RANKS; rank++)
        g_free(due->lines[rank].entries);
    *due = (struct sim_due){0};
}

/* All move up to where others have left; more places only when less than half of them get free by that. */
void sim_due_make_room(struct sim_due_line *line)
{
    uint32_t end = 0;

    for (uint32_t i = line->first; i < line->end; i++) {
        if (!line->entries[i].node)
            continue;
        if (i != end) {
            line->entries[end] = line->entries[i];
            line->entries[end].node->position = end | SIM_DUE_FLAG;
        }
        end++;
    }
    line->first = 0;
    line->end = end;
    if (end < line->capacity - line->capacity / 2)
        return;
    if (line->capacity >= SIM_DUE_FLAG)
        g_error("due: more than %u items", line->capacity);
    line->capacity = MAX(8, 2 * line->capacity);
    line->entries = g_renew(struct sim_due_entry, line->entries, line->capacity);
}

void sim_due_remove(struct sim_due *due, unsigned rank, struct sim_heap_node *node)
{
    struct sim_due_line *line = &due->lines[rank];
    uint32_t at = node->position & ~SIM_DUE_FLAG;

    g_assert(at >= line->first && at < line->end && line->entries[at].node == node);
    if (at == line->first) {
        sim_due_take(due, rank);
        return;
    }
    line->entries[at].node = NULL;
    node->position = 0;
    while (!line->entries[line->end - 1].node)
        line->end--;
}
