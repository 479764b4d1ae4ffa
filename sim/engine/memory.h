/* Memory of one world: for objects that come and go by the million, and for what stays until the end.
 *
 * Objects come from blocks that are as large as a huge page once there are enough of them, so that a run over gigabytes
 * does not miss the translation of every other address; what is given back is taken again first, while it is still in
 * the cache. Everything goes when the world goes, so that nothing has to be given back at the end. */
#ifndef SIM_ENGINE_MEMORY_H
#define SIM_ENGINE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#define SIM_MEMORY_GRAIN 16u
/* Larger objects have blocks of their own, and are not taken again: for what stays. */
#define SIM_MEMORY_LARGE 2048u

struct sim_memory_spare {
    struct sim_memory_spare *next;
};

struct sim_memory {
    struct sim_memory_spare *spare[SIM_MEMORY_LARGE / SIM_MEMORY_GRAIN + 1]; /* by size, in grains */
    char *next, *end;                                                        /* of the newest block */
    struct sim_memory_block *blocks;
    size_t block_bytes; /* of the next one */
};

void sim_memory_init(struct sim_memory *memory);
void sim_memory_clear(struct sim_memory *memory);
/* Aligned to 16 bytes, whole cache lines (multiples of 64 bytes) to 64; take: contents are anything; take0: all 0.
 * Never NULL: aborts when there is no memory. */
void *sim_memory_take(struct sim_memory *memory, size_t bytes);
void *sim_memory_take0(struct sim_memory *memory, size_t bytes);
/* bytes: as it was taken. NULL is harmless. */
void sim_memory_give(struct sim_memory *memory, void *object, size_t bytes);

/* An array that grows belongs to whoever asks, not to the world: larger, with what was in the smaller
 * one (NULL and 0: there was none) and anything behind that; in huge pages when it is large. Never NULL. */
void *sim_memory_grow(void *array, size_t bytes_before, size_t bytes);
void sim_memory_free(void *array, size_t bytes);

#endif
