#include "sim/engine/memory.h"

#include <glib.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Under the address sanitizer, what has been given back must not be touched. */
#if defined(__SANITIZE_ADDRESS__)
#define GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARDED 1
#endif
#endif
#ifdef GUARDED
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(at, bytes) ((void)(at), (void)(bytes))
#endif

#define LINE 64u
#define HUGE_PAGE ((size_t)2 << 20)
#define FIRST_BLOCK ((size_t)16 << 10)

/* At the beginning of a block, in a cache line of its own. */
struct sim_memory_block {
    struct sim_memory_block *next;
    size_t bytes;
    bool mapped;
};

/* Whole huge pages, all 0. */
static void *map(size_t bytes)
{
    char *at = mmap(NULL, bytes + HUGE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (at == MAP_FAILED)
        g_error("no memory for %zu bytes", bytes);
    size_t before = -(size_t)(guintptr)at % HUGE_PAGE;
    if (before)
        munmap(at, before);
    if (before < HUGE_PAGE)
        munmap(at + before + bytes, HUGE_PAGE - before);
#ifdef MADV_HUGEPAGE
    madvise(at + before, bytes, MADV_HUGEPAGE); /* a wish */
#endif
    return at + before;
}

static char *block_new(struct sim_memory *memory, size_t bytes)
{
    bool mapped = bytes >= HUGE_PAGE;
    struct sim_memory_block *block;
    if (mapped) {
        block = map(bytes);
    } else if ((block = aligned_alloc(LINE, bytes))) {
        memset(block, 0, bytes);
    } else {
        g_error("no memory for %zu bytes", bytes);
    }
    *block = (struct sim_memory_block){.next = memory->blocks, .bytes = bytes, .mapped = mapped};
    memory->blocks = block;
    return (char *)block + LINE;
}

void sim_memory_init(struct sim_memory *memory)
{
    *memory = (struct sim_memory){.block_bytes = FIRST_BLOCK};
}

void sim_memory_clear(struct sim_memory *memory)
{
    while (memory->blocks) {
        struct sim_memory_block *block = memory->blocks;
        memory->blocks = block->next;
        ASAN_UNPOISON_MEMORY_REGION(block, block->bytes);
        if (block->mapped)
            munmap(block, block->bytes);
        else
            free(block);
    }
    sim_memory_init(memory);
}

static size_t rounded(size_t bytes, size_t to)
{
    return (bytes + to - 1) / to * to;
}

/* From a block, where everything is still 0. */
static void *cut(struct sim_memory *memory, size_t bytes)
{
    bytes = rounded(bytes, SIM_MEMORY_GRAIN);
    if (bytes > memory->block_bytes / 8 && bytes > (size_t)(memory->end - memory->next))
        return block_new(memory, rounded(bytes + LINE, bytes >= HUGE_PAGE / 2 ? HUGE_PAGE : LINE));
    char *at = memory->next;
    if (bytes % LINE == 0)
        at += -(size_t)(guintptr)at % LINE;
    if (!memory->next || at + bytes > memory->end) {
        at = block_new(memory, memory->block_bytes);
        memory->end = at - LINE + memory->block_bytes;
        memory->block_bytes = MIN(2 * memory->block_bytes, HUGE_PAGE);
    }
    memory->next = at + bytes;
    return at;
}

static inline struct sim_memory_spare **spare_of(struct sim_memory *memory, size_t bytes)
{
    return &memory->spare[(bytes + SIM_MEMORY_GRAIN - 1) / SIM_MEMORY_GRAIN];
}

static inline void *take_spare(struct sim_memory *memory, size_t bytes)
{
    if (bytes > SIM_MEMORY_LARGE)
        return NULL;
    struct sim_memory_spare **spare = spare_of(memory, bytes), *object = *spare;
    if (object) {
        ASAN_UNPOISON_MEMORY_REGION(object, rounded(bytes, SIM_MEMORY_GRAIN));
        *spare = object->next;
    }
    return object;
}

void *sim_memory_take(struct sim_memory *memory, size_t bytes)
{
    void *object = take_spare(memory, bytes);
    return object ? object : cut(memory, bytes);
}

void *sim_memory_take0(struct sim_memory *memory, size_t bytes)
{
    void *object = take_spare(memory, bytes);
    return object ? memset(object, 0, bytes) : cut(memory, bytes);
}

void sim_memory_give(struct sim_memory *memory, void *object, size_t bytes)
{
    if (!object)
        return;
    if (bytes <= SIM_MEMORY_LARGE) {
        struct sim_memory_spare **spare = spare_of(memory, bytes), *given = object;
        given->next = *spare;
        *spare = given;
    }
    ASAN_POISON_MEMORY_REGION(object, rounded(bytes, SIM_MEMORY_GRAIN));
}

void sim_memory_free(void *array, size_t bytes)
{
    if (bytes < HUGE_PAGE)
        g_free(array);
    else
        munmap(array, rounded(bytes, HUGE_PAGE));
}

void *sim_memory_grow(void *array, size_t bytes_before, size_t bytes)
{
    if (bytes < HUGE_PAGE)
        return g_realloc(array, bytes);
    void *grown = map(rounded(bytes, HUGE_PAGE));
    if (array)
        memcpy(grown, array, bytes_before);
    sim_memory_free(array, bytes_before);
    return grown;
}
