#include "sim/engine/wheel.h"

#include <glib.h>

#include "sim/engine/memory.h"

/* Entries. */
#define BLOCK 32u
#define BLOCK_BYTES (BLOCK * sizeof(struct sim_run_entry))
/* So many entries ahead of the one that is being moved, nodes are called for: they are anywhere in memory. */
#define AHEAD 16u

struct sim_wheel *sim_wheel_new(uint32_t few)
{
    struct sim_wheel *wheel = g_new0(struct sim_wheel, 1);

    wheel->few = few;
    return wheel;
}

void sim_wheel_free(struct sim_wheel *wheel)
{
    if (!wheel)
        return;
    sim_memory_free(wheel->entries, wheel->n_blocks * BLOCK_BYTES);
    g_free(wheel->before);
    g_free(wheel);
}

/* Block 0 is none. */
static uint32_t take_block(struct sim_wheel *wheel)
{
    uint32_t block = wheel->free_block;

    if (!block) {
        uint32_t n = wheel->n_blocks ? 2 * wheel->n_blocks : 64;
        if (n > SIM_WHEEL_FLAG / BLOCK)
            g_error("wheel: more than %u items", wheel->n);
        wheel->entries = sim_memory_grow(wheel->entries, wheel->n_blocks * BLOCK_BYTES, n * BLOCK_BYTES);
        wheel->before = g_renew(uint32_t, wheel->before, n);
        for (uint32_t i = n; i-- > MAX(wheel->n_blocks, 1);) {
            wheel->before[i] = wheel->free_block;
            wheel->free_block = i;
        }
        wheel->n_blocks = n;
        block = wheel->free_block;
    }
    wheel->free_block = wheel->before[block];
    return block;
}

static void give_block(struct sim_wheel *wheel, uint32_t block)
{
    wheel->before[block] = wheel->free_block;
    wheel->free_block = block;
}

static inline struct sim_wheel_bucket *bucket_of(struct sim_wheel *wheel, uint64_t major, uint32_t *level,
                                                 uint32_t *digit)
{
    /* Bit 0 set changes no level, and spares the question whether they are equal. */
    uint32_t highest = 63 - (uint32_t)__builtin_clzll((major ^ wheel->reference) | 1);

    *level = highest / SIM_WHEEL_DIGIT_BITS;
    *digit = (uint32_t)(major >> (*level * SIM_WHEEL_DIGIT_BITS)) % SIM_WHEEL_DIGITS;
    return &wheel->buckets[*level][*digit];
}

static inline void append(struct sim_wheel *wheel, struct sim_run_entry entry)
{
    uint32_t level, digit;
    struct sim_wheel_bucket *bucket = bucket_of(wheel, entry.major, &level, &digit);
    uint32_t slot = bucket->n++ % BLOCK;

    if (slot == 0) {
        uint32_t block = take_block(wheel);
        wheel->before[block] = bucket->last;
        bucket->last = block;
        wheel->filled[level] |= UINT64_C(1) << digit;
        wheel->levels |= UINT32_C(1) << level;
    }
    uint32_t position = bucket->last * BLOCK + slot;
    wheel->entries[position] = entry;
    entry.node->position = position | SIM_WHEEL_FLAG;
}

static void note_empty(struct sim_wheel *wheel, uint32_t level, uint32_t digit)
{
    wheel->filled[level] &= ~(UINT64_C(1) << digit);
    if (!wheel->filled[level])
        wheel->levels &= ~(UINT32_C(1) << level);
}

void sim_wheel_put(struct sim_wheel *wheel, struct sim_heap_node *node, sim_key key)
{
    append(wheel, (struct sim_run_entry){.major = (uint64_t)(key >> 64), .minor = (uint64_t)key, .node = node});
    wheel->n++;
}

void sim_wheel_remove(struct sim_wheel *wheel, struct sim_heap_node *node)
{
    uint32_t at = node->position & ~SIM_WHEEL_FLAG, level, digit;
    struct sim_run_entry *entry = &wheel->entries[at];
    struct sim_wheel_bucket *bucket = bucket_of(wheel, entry->major, &level, &digit);
    uint32_t last = bucket->last * BLOCK + --bucket->n % BLOCK;

    g_assert(entry->node == node);
    node->position = 0;
    if (at != last) {
        *entry = wheel->entries[last];
        entry->node->position = at | SIM_WHEEL_FLAG;
    }
    if (last % BLOCK == 0) {
        uint32_t block = bucket->last;
        bucket->last = wheel->before[block];
        give_block(wheel, block);
        if (!bucket->n)
            note_empty(wheel, level, digit);
    }
    wheel->n--;
}

/* A cache line holds two or three entries. (Block 0 is called for in vain.) */
static inline void call_for_block(const struct sim_wheel *wheel, uint32_t block)
{
    for (uint32_t i = 0; i < BLOCK; i += 2)
        __builtin_prefetch(&wheel->entries[block * BLOCK + i]);
}

/* The items of a bucket go into the buckets where they belong by now. */
static void pour(struct sim_wheel *wheel, struct sim_wheel_bucket bucket)
{
    uint32_t n_here = (bucket.n - 1) % BLOCK + 1;

    for (uint32_t block = bucket.last, before; block; block = before, n_here = BLOCK) {
        before = wheel->before[block];
        call_for_block(wheel, before);
        for (uint32_t i = 0; i < MIN(n_here, AHEAD); i++)
            __builtin_prefetch(wheel->entries[block * BLOCK + i].node, 1);
        for (uint32_t i = 0; i < n_here; i++) {
            if (i + AHEAD < n_here)
                __builtin_prefetch(wheel->entries[block * BLOCK + i + AHEAD].node, 1);
            append(wheel, wheel->entries[block * BLOCK + i]);
        }
        give_block(wheel, block);
    }
}

/* The items of a bucket go into the run, nearly in order: by the digit below their level, and as they were added. */
static void pour_out(struct sim_wheel *wheel, struct sim_wheel_bucket bucket, uint32_t level, struct sim_run *run)
{
    struct sim_run_entry *to = sim_run_room(run, bucket.n);
    uint32_t ends[SIM_WHEEL_DIGITS] = {0}, n_here = (bucket.n - 1) % BLOCK + 1, n = 0;
    uint32_t shift = level ? (level - 1) * SIM_WHEEL_DIGIT_BITS : 0;

    for (uint32_t block = bucket.last; block; block = wheel->before[block], n_here = BLOCK) {
        call_for_block(wheel, wheel->before[block]);
        for (uint32_t i = 0; i < n_here; i++) {
            const struct sim_run_entry *entry = &wheel->entries[block * BLOCK + i];
            ends[(entry->major >> shift) % SIM_WHEEL_DIGITS]++;
            __builtin_prefetch(entry->node, 1);
        }
    }
    for (uint32_t digit = 0; digit < SIM_WHEEL_DIGITS; digit++)
        ends[digit] = n += ends[digit];
    n_here = (bucket.n - 1) % BLOCK + 1;
    for (uint32_t block = bucket.last, before; block; block = before, n_here = BLOCK) {
        before = wheel->before[block];
        for (uint32_t i = n_here; i-- > 0;) {
            const struct sim_run_entry *entry = &wheel->entries[block * BLOCK + i];
            to[--ends[(entry->major >> shift) % SIM_WHEEL_DIGITS]] = *entry;
        }
        give_block(wheel, block);
    }
    sim_run_extend(run, bucket.n);
}

static uint64_t smallest(const struct sim_wheel *wheel, struct sim_wheel_bucket bucket)
{
    uint32_t n_here = (bucket.n - 1) % BLOCK + 1;
    uint64_t least = UINT64_MAX;

    for (uint32_t block = bucket.last; block; block = wheel->before[block], n_here = BLOCK)
        for (uint32_t i = 0; i < n_here; i++)
            least = MIN(least, wheel->entries[block * BLOCK + i].major);
    return least;
}

/* No item is below. Two of them say whether they are spread over the buckets of the next level; if not, perhaps all are
 * close together, and the smallest one spares them some levels. */
static uint64_t reference_for(const struct sim_wheel *wheel, struct sim_wheel_bucket bucket, uint32_t level,
                              uint64_t begin)
{
    const struct sim_run_entry *entries = &wheel->entries[bucket.last * BLOCK];
    uint64_t difference = entries[0].major ^ entries[(bucket.n - 1) % BLOCK].major;

    return difference >> (level - 1) * SIM_WHEEL_DIGIT_BITS ? begin : smallest(wheel, bucket);
}

/* The nearest bucket is not empty any more: what was in it, and where it begins and ends. */
static struct sim_wheel_bucket take_nearest(struct sim_wheel *wheel, uint32_t level, uint64_t *begin, uint64_t *end)
{
    uint32_t digit = (uint32_t)__builtin_ctzll(wheel->filled[level]), shift = level * SIM_WHEEL_DIGIT_BITS;
    uint64_t digits_above = level + 1 < SIM_WHEEL_LEVELS ? ~UINT64_C(0) << (shift + SIM_WHEEL_DIGIT_BITS) : 0;
    struct sim_wheel_bucket taken = wheel->buckets[level][digit];

    *begin = (wheel->reference & digits_above) | (uint64_t)digit << shift;
    *end = *begin | ((UINT64_C(1) << shift) - 1);
    wheel->buckets[level][digit] = (struct sim_wheel_bucket){0};
    note_empty(wheel, level, digit);
    return taken;
}

uint64_t sim_wheel_advance(struct sim_wheel *wheel, struct sim_run *run)
{
    uint64_t begin, end, limit = 0;
    bool first = true;

    while (wheel->n) {
        uint32_t level = (uint32_t)__builtin_ctz(wheel->levels);
        uint32_t n = wheel->buckets[level][__builtin_ctzll(wheel->filled[level])].n;
        if (!first && (run->end > wheel->few / 8 || run->end + n > wheel->few))
            return limit;
        struct sim_wheel_bucket taken = take_nearest(wheel, level, &begin, &end);
        if (n > wheel->few && level > 0) {
            wheel->reference = reference_for(wheel, taken, level, begin);
            pour(wheel, taken);
            continue;
        }
        /* Stays where the first of these buckets begins: then it is not ahead of the clock for long. */
        if (first)
            wheel->reference = begin;
        first = false;
        limit = end;
        wheel->n -= n;
        pour_out(wheel, taken, level, run);
    }
    return UINT64_MAX;
}

uint64_t sim_wheel_retreat(struct sim_wheel *wheel, struct sim_heap *heap, uint64_t now)
{
    struct sim_heap kept;

    /* What is in the wheel already differs from now where it differs from the reference, if that is behind. */
    sim_heap_init(&kept);
    wheel->reference = wheel->n ? MAX(wheel->reference, now) : now;
    while (heap->n) {
        sim_key key;
        struct sim_heap_node *node = sim_heap_take_last(heap, &key);
        if ((uint64_t)(key >> 64) > wheel->reference)
            sim_wheel_put(wheel, node, key);
        else
            sim_heap_put(&kept, node, key);
    }
    sim_heap_clear(heap);
    *heap = kept;
    return wheel->n ? wheel->reference : UINT64_MAX;
}
