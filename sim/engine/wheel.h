/* For what is due later: a hierarchical timing wheel (G. Varghese, T. Lauck, SOSP 1987) without ticks, on the bits of
 * the keys like a radix heap (R. Ahuja et al., J. ACM 37, 1990). It puts nothing in order: items lie in buckets, those
 * of the nearest bucket go into finer ones or, when they are few, into a run, which puts them in order. Adding, moving
 * and removing is O(1), and an item is moved on at most once per level, eleven times, mostly two or three times.
 *
 * Only the major halves of keys count here. A level looks at one digit of them, the highest in which an item differs
 * from the reference; the bucket is what the digit is there. So all stay where they are when the reference moves on to
 * where the nearest bucket begins. */
#ifndef SIM_ENGINE_WHEEL_H
#define SIM_ENGINE_WHEEL_H

#include "sim/engine/heap.h"
#include "sim/engine/run.h"

#define SIM_WHEEL_DIGIT_BITS 6
#define SIM_WHEEL_DIGITS (1 << SIM_WHEEL_DIGIT_BITS)
#define SIM_WHEEL_LEVELS ((64 + SIM_WHEEL_DIGIT_BITS - 1) / SIM_WHEEL_DIGIT_BITS)
/* Set in the position of a node that is in a wheel; no heap is so large. */
#define SIM_WHEEL_FLAG UINT32_C(0x80000000)

/* Entries of a bucket stand in blocks, all but the last of which are full. */
struct sim_wheel_bucket {
    uint32_t last; /* block; 0: none */
    uint32_t n;
};

struct sim_wheel {
    uint64_t reference;                /* no item is below */
    uint64_t filled[SIM_WHEEL_LEVELS]; /* a bit per bucket that is not empty */
    uint32_t levels;                   /* a bit per level that is not empty */
    uint32_t n;
    uint32_t few; /* at most so many of a bucket go into a run, unless their major halves are all the same */
    struct sim_wheel_bucket buckets[SIM_WHEEL_LEVELS][SIM_WHEEL_DIGITS];
    struct sim_run_entry *entries; /* of all blocks */
    uint32_t *before;              /* per block: the one before it in its bucket, or the next free one; 0: none */
    uint32_t n_blocks, free_block;
};

static inline bool sim_wheel_contains(const struct sim_heap_node *node)
{
    return node->position & SIM_WHEEL_FLAG;
}

struct sim_wheel *sim_wheel_new(uint32_t few);
void sim_wheel_free(struct sim_wheel *wheel); /* the items are their owners' */

/* The node is in no heap and no wheel, and its key is above the limit that the last call of sim_wheel_advance() or
 * sim_wheel_retreat() returned. O(1). */
void sim_wheel_put(struct sim_wheel *wheel, struct sim_heap_node *node, sim_key key);
/* The node is in this wheel. O(1). */
void sim_wheel_remove(struct sim_wheel *wheel, struct sim_heap_node *node);
static inline sim_key sim_wheel_key(const struct sim_wheel *wheel, const struct sim_heap_node *node)
{
    const struct sim_run_entry *entry = &wheel->entries[node->position & ~SIM_WHEEL_FLAG];

    return sim_key_of(entry->major, entry->minor);
}

/* Puts what comes first into the run, which is empty, at least one item. Returns the limit: all items up to it (in the
 * major half) are in the run now, and new ones do not belong into the wheel. UINT64_MAX when the wheel is empty. */
uint64_t sim_wheel_advance(struct sim_wheel *wheel, struct sim_run *run);
/* Takes out of the heap what is later than now (a major half, not above any item's). Not what is below the reference,
 * which is ahead of now if time has stood still since the last advance. Returns the limit. */
uint64_t sim_wheel_retreat(struct sim_wheel *wheel, struct sim_heap *heap, uint64_t now);

#endif
