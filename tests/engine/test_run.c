#include "sim/engine/run.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct item {
    char something[12]; /* an item's node is not at its start */
    struct sim_heap_node node;
    sim_key key;
};

static int compare_items(const void *a, const void *b)
{
    const struct item *x = *(struct item *const *)a, *y = *(struct item *const *)b;

    return (x->key > y->key) - (x->key < y->key);
}

enum start { IN_ORDER, REVERSED, ALMOST, AT_RANDOM, N_STARTS };

static sim_key key_for(enum start start, GRand *random, guint i, guint n)
{
    switch (start) {
    case IN_ORDER:
        return sim_key_of(7, i);
    case REVERSED:
        return sim_key_of(n - i, 0);
    case ALMOST:
        return sim_key_of((guint64)i + (guint64)g_rand_int_range(random, 0, 4), i);
    case AT_RANDOM:
    default:
        return sim_key_of((guint64)g_rand_int_range(random, 0, 50), (guint64)g_rand_int(random) << 32 | i);
    }
}

/* n items are taken in, a part of them removed again before the run is taken and while it is; the others come in order
 * of their keys, which sorting by the library says. */
static void take_in_and_out(struct sim_run *run, enum start start, guint n, GRand *random)
{
    g_autofree struct item *items = g_new0(struct item, n);
    g_autofree struct item **sorted = g_new(struct item *, n);
    struct sim_run_entry *room = sim_run_room(run, n);

    for (guint i = 0; i < n; i++) {
        items[i].key = key_for(start, random, i, n);
        room[i] = (struct sim_run_entry){(guint64)(items[i].key >> 64), (guint64)items[i].key, &items[i].node};
        sorted[i] = &items[i];
    }
    sim_run_extend(run, n);
    qsort(sorted, n, sizeof *sorted, compare_items);
    for (guint i = 0; i < n; i++) {
        g_assert_true(sim_run_contains(&items[i].node));
        g_assert_true(sim_run_key(run, &items[i].node) == items[i].key);
    }
    for (guint i = 0; i < n; i++) {
        if (!sim_run_contains(&sorted[i]->node))
            continue; /* has been removed */
        struct item *other = &items[g_rand_int_range(random, 0, (gint32)n)];
        if (g_rand_boolean(random) && sim_run_contains(&other->node)) {
            sim_run_remove(run, &other->node);
            g_assert_false(sim_run_contains(&other->node));
            if (other == sorted[i])
                continue;
        }
        g_assert_true(sim_run_first_key(run) == sorted[i]->key);
        g_assert_true(SIM_OWNER(struct item, node, sim_run_take(run)) == sorted[i]);
        g_assert_cmpuint(sorted[i]->node.position, ==, 0);
    }
    g_assert_true(sim_run_is_empty(run));
}

static void test_order_equals_sorting(void)
{
    static const guint sizes[] = {1, 2, 3, 30, 1000};
    g_autoptr(GRand) random = g_rand_new_with_seed(9);
    struct sim_run run = {0};

    for (guint i = 0; i < test_rounds(400); i++)
        take_in_and_out(&run, i % N_STARTS, sizes[i / N_STARTS % G_N_ELEMENTS(sizes)], random);
    sim_run_clear(&run);
}

static void test_extended_in_parts(void)
{
    struct item items[6] = {0};
    struct sim_run run = {0};

    for (guint i = 0; i < 6; i += 3) {
        struct sim_run_entry *room = sim_run_room(&run, 3);
        for (guint j = 0; j < 3; j++) /* 2, 1, 0, then 5, 4, 3 */
            room[j] = (struct sim_run_entry){i + 2 - j, 0, &items[i + 2 - j].node};
        sim_run_extend(&run, 3);
    }
    sim_run_remove(&run, &items[3].node);
    for (guint i = 0; i < 6; i++)
        if (i != 3)
            g_assert_true(sim_run_take(&run) == &items[i].node);
    g_assert_true(sim_run_is_empty(&run));
    sim_run_clear(&run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/run/order-equals-sorting", test_order_equals_sorting);
    g_test_add_func("/run/extended-in-parts", test_extended_in_parts);
    return g_test_run();
}
