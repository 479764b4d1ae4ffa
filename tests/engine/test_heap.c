#include "sim/engine/heap.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

struct item {
    char something[12]; /* an item's node is not at its start */
    struct sim_heap_node node;
    sim_key key;
};

static struct item *item_of(struct sim_heap_node *node)
{
    return node ? SIM_OWNER(struct item, node, node) : NULL;
}

/* What the heap should be: the items in it, in order. */
struct shadow {
    struct item *items[1000];
    guint n;
};

static guint shadow_find(const struct shadow *shadow, sim_key key)
{
    guint low = 0, high = shadow->n;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (shadow->items[middle]->key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void shadow_insert(struct shadow *shadow, struct item *item)
{
    guint at = shadow_find(shadow, item->key);

    memmove(shadow->items + at + 1, shadow->items + at, (shadow->n - at) * sizeof(item));
    shadow->items[at] = item;
    shadow->n++;
}

static void shadow_remove(struct shadow *shadow, const struct item *item)
{
    guint at = shadow_find(shadow, item->key);

    g_assert_true(shadow->items[at] == item);
    shadow->n--;
    memmove(shadow->items + at, shadow->items + at + 1, (shadow->n - at) * sizeof(item));
}

static guint32 below(GRand *random, guint32 n)
{
    return (guint32)(((guint64)g_rand_int(random) * n) >> 32);
}

/* Small major halves make many keys equal there, so that the minor half decides. */
static sim_key random_key(GRand *random, guint64 number)
{
    guint64 major = below(random, 4) ? below(random, 50) : (guint64)g_rand_int(random) << 32;

    return sim_key_of(major, (guint64)g_rand_int(random) << 48 | number);
}

static void check(const struct sim_heap *heap, const struct shadow *shadow, struct item *items, guint n_items)
{
    guint n_contained = 0;

    g_assert_cmpuint(heap->n, ==, shadow->n);
    for (guint i = 0; i < n_items; i++)
        if (sim_heap_contains(&items[i].node)) {
            g_assert_true(sim_heap_key(heap, &items[i].node) == items[i].key);
            n_contained++;
        }
    g_assert_cmpuint(n_contained, ==, shadow->n);
}

static void random_operations(guint n_items, guint n_operations, guint put_percent)
{
    g_autofree struct item *items = g_new0(struct item, n_items);
    g_autoptr(GRand) random = g_rand_new_with_seed(n_items + put_percent);
    g_autofree struct shadow *shadow = g_new0(struct shadow, 1);
    struct sim_heap heap;

    g_assert_cmpuint(n_items, <=, G_N_ELEMENTS(shadow->items));
    sim_heap_init(&heap);
    for (guint i = 0; i < n_operations; i++) {
        struct item *item = &items[below(random, n_items)];
        guint what = below(random, 100);

        if (what < put_percent) { /* adds or moves */
            if (sim_heap_contains(&item->node))
                shadow_remove(shadow, item);
            item->key = random_key(random, i);
            sim_heap_put(&heap, &item->node, item->key);
            shadow_insert(shadow, item);
        } else if (what < put_percent + (100 - put_percent) / 3) {
            if (sim_heap_contains(&item->node))
                shadow_remove(shadow, item);
            sim_heap_remove(&heap, &item->node);
            g_assert_false(sim_heap_contains(&item->node));
        } else if (what < put_percent + (100 - put_percent) * 2 / 3 && shadow->n && !sim_heap_contains(&item->node)) {
            shadow_remove(shadow, shadow->items[0]);
            item->key = random_key(random, i);
            sim_heap_replace_first(&heap, &item->node, item->key);
            shadow_insert(shadow, item);
        } else {
            struct item *first = shadow->n ? shadow->items[0] : NULL;
            g_assert_true(item_of(sim_heap_pop(&heap)) == first);
            if (first) {
                g_assert_false(sim_heap_contains(&first->node));
                shadow_remove(shadow, first);
            }
        }
        g_assert_true(item_of(sim_heap_first(&heap)) == (shadow->n ? shadow->items[0] : NULL));
        if (i % 1000 == 0)
            check(&heap, shadow, items, n_items);
    }
    while (shadow->n) {
        struct item *first = item_of(sim_heap_pop(&heap));
        g_assert_true(first == shadow->items[0]);
        shadow_remove(shadow, first);
    }
    g_assert_null(sim_heap_first(&heap));
    g_assert_null(sim_heap_pop(&heap));
    sim_heap_clear(&heap);
}

static void test_order_equals_naive_list(void)
{
    static const guint sizes[] = {1, 2, 5, 6, 21, 22, 100, 1000};

    for (guint i = 0; i < G_N_ELEMENTS(sizes); i++) {
        random_operations(sizes[i], test_rounds(250000), 40); /* often empty */
        random_operations(sizes[i], test_rounds(250000), 70); /* well filled */
    }
}

static int compare_keys(const void *a, const void *b)
{
    sim_key x, y;

    memcpy(&x, a, sizeof(x));
    memcpy(&y, b, sizeof(y));
    return (x > y) - (x < y);
}

static void test_large_heap_sorts(void)
{
    guint n = test_rounds(300000);
    g_autofree struct item *items = g_new0(struct item, n);
    g_autofree sim_key *sorted = g_new(sim_key, n);
    g_autoptr(GRand) random = g_rand_new_with_seed(3);
    struct sim_heap heap;

    sim_heap_init(&heap);
    for (guint i = 0; i < n; i++) {
        items[i].key = random_key(random, i);
        sim_heap_put(&heap, &items[i].node, items[i].key);
    }
    for (guint i = 0; i < n; i++) {
        if (i % 3 == 0) {
            items[i].key = random_key(random, n + i);
            sim_heap_put(&heap, &items[i].node, items[i].key);
        }
        sorted[i] = items[i].key;
    }
    qsort(sorted, n, sizeof(*sorted), compare_keys);
    for (guint i = 0; i < n; i++)
        g_assert_true(item_of(sim_heap_pop(&heap))->key == sorted[i]);
    g_assert_null(sim_heap_first(&heap));
    sim_heap_clear(&heap);
}

/* The keys that the heap itself writes behind its last entry are no item's. */
static void test_largest_key_is_a_key(void)
{
    struct item items[7] = {0};
    struct sim_heap heap;

    sim_heap_init(&heap);
    for (guint i = 0; i < 7; i++)
        sim_heap_put(&heap, &items[i].node, ~(sim_key)0);
    sim_heap_put(&heap, &items[4].node, 0);
    g_assert_true(item_of(sim_heap_pop(&heap)) == &items[4]);
    for (guint i = 0; i < 6; i++)
        g_assert_nonnull(sim_heap_pop(&heap));
    g_assert_null(sim_heap_pop(&heap));
    sim_heap_clear(&heap);
}

static void test_both_halves_count(void)
{
    struct item items[4] = {{.key = sim_key_of(1, 0)},
                            {.key = sim_key_of(0, UINT64_MAX)},
                            {.key = sim_key_of(UINT64_MAX, 1)},
                            {.key = sim_key_of(1, UINT64_MAX)}};
    const guint order[4] = {1, 0, 3, 2};
    struct sim_heap heap;

    sim_heap_init(&heap);
    for (guint i = 0; i < 4; i++)
        sim_heap_put(&heap, &items[i].node, items[i].key);
    for (guint i = 0; i < 4; i++)
        g_assert_true(item_of(sim_heap_pop(&heap)) == &items[order[i]]);
    sim_heap_clear(&heap);
}

static void test_removing_an_idle_item_is_harmless(void)
{
    struct item a = {.key = 1}, idle = {0};
    struct sim_heap heap;

    sim_heap_init(&heap);
    sim_heap_remove(&heap, &idle.node);
    sim_heap_put(&heap, &a.node, a.key);
    sim_heap_remove(&heap, &idle.node);
    g_assert_true(sim_heap_first(&heap) == &a.node);
    sim_heap_remove(&heap, &a.node);
    sim_heap_remove(&heap, &a.node);
    g_assert_null(sim_heap_first(&heap));
    sim_heap_clear(&heap);
}

static void test_item_of_another_heap_is_a_bug(void)
{
    if (g_test_subprocess()) {
        struct item a = {.key = 1}, b = {.key = 1};
        struct sim_heap one, other;

        sim_heap_init(&one);
        sim_heap_init(&other);
        sim_heap_put(&one, &a.node, a.key);
        sim_heap_put(&other, &b.node, b.key);
        sim_heap_remove(&one, &b.node);
        return;
    }
    g_test_trap_subprocess(NULL, 0, 0);
    g_test_trap_assert_failed();
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/heap/order-equals-naive-list", test_order_equals_naive_list);
    g_test_add_func("/heap/large-heap-sorts", test_large_heap_sorts);
    g_test_add_func("/heap/largest-key-is-a-key", test_largest_key_is_a_key);
    g_test_add_func("/heap/both-halves-count", test_both_halves_count);
    g_test_add_func("/heap/removing-an-idle-item-is-harmless", test_removing_an_idle_item_is_harmless);
    g_test_add_func("/heap/item-of-another-heap-is-a-bug", test_item_of_another_heap_is_a_bug);
    return g_test_run();
}
