/* Memory of one world: objects do not overlap, keep what is written into them, and come back when they have been given.
 */
#include "sim/engine/memory.h"

#include <glib.h>
#include <string.h>

/* Sizes below, at and above every boundary: of a grain, of a cache line, of what is taken again, of a huge page. */
static const size_t sizes[] = {
    1, 15, 16, 17, 48, 63, 64, 65, 672, 2048, 2049, 100000, 300000, (2 << 20) - 64, 2 << 20, (2 << 20) + 1, 5000000};

static void objects_are_their_own(void)
{
    enum { ROUNDS = 200 };
    struct sim_memory memory;
    unsigned char *objects[ROUNDS][G_N_ELEMENTS(sizes)];

    sim_memory_init(&memory);
    /* Large ones only in the first rounds. */
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            if (round > 3 && sizes[i] > 2049)
                continue;
            objects[round][i] = sim_memory_take(&memory, sizes[i]);
            g_assert_cmpuint((guintptr)objects[round][i] % (sizes[i] % 64 == 0 ? 64 : 16), ==, 0);
            memset(objects[round][i], (int)(round + i) % 256, sizes[i]);
        }
    for (size_t round = 0; round < ROUNDS; round++)
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            if (round > 3 && sizes[i] > 2049)
                continue;
            for (size_t at = 0; at < sizes[i]; at++)
                if (objects[round][i][at] != (round + i) % 256)
                    g_error("byte %zu of an object of %zu", at, sizes[i]);
        }
    sim_memory_clear(&memory);
}

static void what_was_given_is_taken_again(void)
{
    struct sim_memory memory;

    sim_memory_init(&memory);
    void *first = sim_memory_take(&memory, 100), *second = sim_memory_take(&memory, 100);
    memset(first, 1, 100);
    sim_memory_give(&memory, first, 100);
    g_assert_true(sim_memory_take(&memory, 200) != first);
    g_assert_true(sim_memory_take(&memory, 100) == first);
    sim_memory_give(&memory, second, 100);
    sim_memory_give(&memory, first, 100);
    sim_memory_give(&memory, NULL, 100);
    g_assert_true(sim_memory_take(&memory, 100) == first); /* the last one first: it is in the cache */
    g_assert_true(sim_memory_take(&memory, 100) == second);
    sim_memory_clear(&memory);
}

static void take0_is_zero(void)
{
    struct sim_memory memory;

    sim_memory_init(&memory);
    for (int again = 0; again < 2; again++)
        for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++) {
            char *object = sim_memory_take0(&memory, sizes[i]);
            for (size_t at = 0; at < sizes[i]; at++)
                g_assert_cmpint(object[at], ==, 0);
            memset(object, 7, sizes[i]);
            sim_memory_give(&memory, object, sizes[i]);
        }
    sim_memory_clear(&memory);
    /* And may be used again. */
    g_assert_cmpint(*(char *)sim_memory_take0(&memory, 1), ==, 0);
    sim_memory_clear(&memory);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/objects-are-their-own", objects_are_their_own);
    g_test_add_func("/memory/what-was-given-is-taken-again", what_was_given_is_taken_again);
    g_test_add_func("/memory/take0-is-zero", take0_is_zero);
    return g_test_run();
}
