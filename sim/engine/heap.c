#include "sim/engine/heap.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define ROOT ((size_t)SIM_HEAP_ROOT)
#define LARGEST_KEY (~(sim_key)0)

static inline size_t first_child(size_t entry)
{
    return 4 * entry - 8;
}

static inline size_t parent(size_t entry)
{
    return entry / 4 + 2;
}

static inline void place(struct sim_heap *heap, size_t entry, struct sim_heap_node *node, sim_key key)
{
    heap->keys[entry] = key;
    heap->nodes[entry] = node;
    node->position = (uint32_t)entry;
}

/* To the compiler a number from here on: it would branch on a condition. */
static inline size_t as_number(size_t condition)
{
    __asm__("" : "+r"(condition));
    return condition;
}

/* Which of four it is, the first one on ties, and its key. Without branches, because nobody can predict which of four
 * unordered keys is smallest; and from registers, because the next step of a descent waits for the answer. */
static inline size_t smallest_of_4(const sim_key *keys, sim_key *smallest)
{
    sim_key key_0 = keys[0], key_1 = keys[1], key_2 = keys[2], key_3 = keys[3];
    sim_key key_a = key_1 < key_0 ? key_1 : key_0;
    sim_key key_b = key_3 < key_2 ? key_3 : key_2;
    size_t a = as_number(key_1 < key_0);
    size_t b = as_number(key_3 < key_2) + 2;
    size_t second = as_number(key_b < key_a);

    *smallest = key_b < key_a ? key_b : key_a;
    return a + ((b - a) & -second);
}

/* The entry is free: puts the node there or, while that would be smaller than its parent, higher. */
static void sift_up(struct sim_heap *heap, size_t entry, struct sim_heap_node *node, sim_key key)
{
    while (entry > ROOT) {
        size_t up = parent(entry);
        if (!(key < heap->keys[up]))
            break;
        place(heap, entry, heap->nodes[up], heap->keys[up]);
        entry = up;
    }
    place(heap, entry, node, key);
}

/* The entry is free: puts the node there or, while a child would be smaller, lower. */
static void sift_down(struct sim_heap *heap, size_t entry, struct sim_heap_node *node, sim_key key)
{
    sim_key *keys = heap->keys;
    struct sim_heap_node **nodes = heap->nodes;
    size_t end = ROOT + heap->n;

    for (;;) {
        size_t child = first_child(entry);
        if (child >= end)
            break;
        /* The 16 children of four siblings stand together: while one of the four is chosen, their keys come, in four
         * cache lines, and their node pointers, in two. (Not in a function of its own: it would have no effect that
         * the compiler knows of, and gcc drops the call.) */
        size_t below = first_child(child);
        if (below < end) {
            __builtin_prefetch(&keys[below]);
            __builtin_prefetch(&keys[below + 4]);
            __builtin_prefetch(&keys[below + 8]);
            __builtin_prefetch(&keys[below + 12]);
            __builtin_prefetch(&nodes[below]);
            __builtin_prefetch(&nodes[below + 8]);
        }
        sim_key smallest;
        child += smallest_of_4(&keys[child], &smallest);
        if (!(smallest < key))
            break;
        keys[entry] = smallest;
        nodes[entry] = nodes[child];
        nodes[entry]->position = (uint32_t)entry;
        entry = child;
    }
    place(heap, entry, node, key);
}

static void *allocate(size_t n, size_t size)
{
    void *memory = aligned_alloc(64, n * size);

    if (!memory)
        g_error("heap: no memory for %zu entries", n);
    return memory;
}

static void grow(struct sim_heap *heap)
{
    if (heap->capacity > UINT32_MAX / 8)
        g_error("heap: more than %u items", heap->n);

    uint32_t capacity = heap->capacity ? 2 * heap->capacity : 16;
    sim_key *keys = allocate(capacity, sizeof(*keys));
    struct sim_heap_node **nodes = allocate(capacity, sizeof(struct sim_heap_node *));

    if (heap->capacity) {
        memcpy(keys, heap->keys, heap->capacity * sizeof(*keys));
        memcpy(nodes, heap->nodes, heap->capacity * sizeof(struct sim_heap_node *));
    }
    for (uint32_t i = heap->capacity; i < capacity; i++) {
        keys[i] = LARGEST_KEY;
        nodes[i] = NULL;
    }
    free(heap->keys);
    free(heap->nodes);
    heap->keys = keys;
    heap->nodes = nodes;
    heap->capacity = capacity;
}

void sim_heap_init(struct sim_heap *heap)
{
    memset(heap, 0, sizeof(*heap));
}

void sim_heap_clear(struct sim_heap *heap)
{
    free(heap->keys);
    free(heap->nodes);
    sim_heap_init(heap);
}

/* Takes the last entry off; returns its node and key. */
static struct sim_heap_node *shorten(struct sim_heap *heap, sim_key *key)
{
    size_t last = ROOT + --heap->n;

    *key = heap->keys[last];
    heap->keys[last] = LARGEST_KEY;
    return heap->nodes[last];
}

static void place_anywhere(struct sim_heap *heap, size_t entry, struct sim_heap_node *node, sim_key key)
{
    if (entry > ROOT && key < heap->keys[parent(entry)])
        sift_up(heap, entry, node, key);
    else
        sift_down(heap, entry, node, key);
}

struct sim_heap_node *sim_heap_take_last(struct sim_heap *heap, sim_key *key)
{
    struct sim_heap_node *node = shorten(heap, key);

    node->position = 0;
    return node;
}

void sim_heap_put(struct sim_heap *heap, struct sim_heap_node *node, sim_key key)
{
    if (node->position) {
        g_assert(node->position < ROOT + heap->n && heap->nodes[node->position] == node);
        place_anywhere(heap, node->position, node, key);
        return;
    }
    if (ROOT + heap->n == heap->capacity || !heap->capacity)
        grow(heap);
    heap->n++;
    sift_up(heap, ROOT + heap->n - 1, node, key);
}

void sim_heap_remove(struct sim_heap *heap, struct sim_heap_node *node)
{
    if (!node->position)
        return;
    g_assert(node->position < ROOT + heap->n && heap->nodes[node->position] == node);

    size_t entry = node->position;
    sim_key key;
    struct sim_heap_node *last = shorten(heap, &key);

    node->position = 0;
    if (last != node)
        place_anywhere(heap, entry, last, key);
}

struct sim_heap_node *sim_heap_pop(struct sim_heap *heap)
{
    struct sim_heap_node *first = sim_heap_first(heap);
    sim_key key;

    if (!first)
        return NULL;
    struct sim_heap_node *last = shorten(heap, &key);
    first->position = 0;
    if (last != first)
        sift_down(heap, ROOT, last, key);
    return first;
}

void sim_heap_replace_first(struct sim_heap *heap, struct sim_heap_node *node, sim_key key)
{
    heap->nodes[ROOT]->position = 0;
    /* A root with one child at most, as in every queue of one server: no choice among four, no registers to save for
     * it. */
    size_t child = first_child(ROOT);
    if (ROOT + heap->n > child + 1) {
        sift_down(heap, ROOT, node, key);
    } else if (key < heap->keys[child]) {
        place(heap, ROOT, node, key);
    } else {
        place(heap, ROOT, heap->nodes[child], heap->keys[child]);
        place(heap, child, node, key);
    }
}
