/* Priority heap with positions kept: its items embed a node, so that any item can be moved or removed in O(log n)
 * without a search, and nothing is allocated per item.
 *
 * A key is 128 bits, compared as one unsigned number: whoever needs an order of several criteria packs the most
 * significant one first, and a creation number last, so that no two keys are equal and ties fall in creation order.
 *
 * Layout: four children to an entry; the root is entry 3, so that the children of entry k are entries 4k - 8 to 4k - 5
 * and their keys fill one 64-byte cache line. Keys stand apart from the node pointers: a descent chooses by keys only.
 * Entries behind the last one hold the largest key, so that the smallest of four is found without asking how many there
 * are. */
#ifndef SIM_ENGINE_HEAP_H
#define SIM_ENGINE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

__extension__ typedef unsigned __int128 sim_key;

/* The struct that a node, an event or a waiter is embedded in. */
#define SIM_OWNER(type, member, pointer) ((type *)(void *)((char *)(pointer)-offsetof(type, member)))

#define SIM_HEAP_ROOT 3

/* Embedded in an item. position is 0 while the item is in no heap: a zeroed node is ready for use. */
struct sim_heap_node {
    uint32_t position;
};

struct sim_heap {
    sim_key *keys; /* entries 3 .. 3 + n - 1 are used; aligned to 64 bytes */
    struct sim_heap_node **nodes;
    uint32_t n, capacity; /* capacity counts entries: it includes the unused 0 .. 2 */
};

static inline sim_key sim_key_of(uint64_t major, uint64_t minor)
{
    return (sim_key)major << 64 | minor;
}

static inline bool sim_heap_contains(const struct sim_heap_node *node)
{
    return node->position != 0;
}

void sim_heap_init(struct sim_heap *heap);
void sim_heap_clear(struct sim_heap *heap); /* frees the heap's memory; the items are their owners' */

/* Adds the node, or moves it to the new key if it is in this heap already. O(log n). */
void sim_heap_put(struct sim_heap *heap, struct sim_heap_node *node, sim_key key);
/* Removes the node; harmless when it is in no heap. O(log n). */
void sim_heap_remove(struct sim_heap *heap, struct sim_heap_node *node);
/* The item with the smallest key, NULL when empty; sim_heap_pop also removes it. */
static inline struct sim_heap_node *sim_heap_first(const struct sim_heap *heap)
{
    return heap->n ? heap->nodes[SIM_HEAP_ROOT] : NULL;
}
struct sim_heap_node *sim_heap_pop(struct sim_heap *heap);
/* Removes whichever item is the easiest to remove, and says its key. O(1). The heap must not be empty. */
struct sim_heap_node *sim_heap_take_last(struct sim_heap *heap, sim_key *key);
/* Removes the first item and adds the node, which is in no heap, in one descent. The heap must not be empty. */
void sim_heap_replace_first(struct sim_heap *heap, struct sim_heap_node *node, sim_key key);
/* The smallest key but that of the first item; the largest possible one when there is none. The heap must not be empty.
 */
static inline sim_key sim_heap_second_key(const struct sim_heap *heap)
{
    const sim_key *keys = heap->keys + SIM_HEAP_ROOT + 1;
    sim_key a = keys[1] < keys[0] ? keys[1] : keys[0];
    sim_key b = keys[3] < keys[2] ? keys[3] : keys[2];

    return b < a ? b : a;
}
/* The key of a node that is in this heap. */
static inline sim_key sim_heap_key(const struct sim_heap *heap, const struct sim_heap_node *node)
{
    return heap->keys[node->position];
}

#endif
