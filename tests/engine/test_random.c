#include "sim/engine/random.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* Known answers of Philox4x64-10, published with Random123 (kat_vectors). */
static void test_known_answers(void)
{
    static const struct {
        uint64_t counter[4], key[2], numbers[4];
    } table[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b}},
        {{UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX},
         {UINT64_MAX, UINT64_MAX},
         {0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0}},
        {{0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89},
         {0x452821e638d01377, 0xbe5466cf34e90c6c},
         {0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6}},
    };

    for (guint row = 0; row < G_N_ELEMENTS(table); row++) {
        struct sim_random_state state = {0};
        memcpy(state.counter, table[row].counter, sizeof(state.counter));
        memcpy(state.key, table[row].key, sizeof(state.key));
        sim_random_refill(&state);
        for (guint i = 0; i < 4; i++)
            g_assert_cmphex(sim_random_bits(&state), ==, table[row].numbers[i]);
    }
}

static void test_counter_counts_blocks_of_four(void)
{
    struct sim_random_state a = {.counter = {UINT64_MAX - 2, 7, 0, 1}, .key = {3, 4}};

    sim_random_refill(&a);
    for (guint block = 0; block < 6; block++) {
        struct sim_random_state b = {.counter = {UINT64_MAX - 2 + block, block < 3 ? 7 : 8, 0, 1}, .key = {3, 4}};
        sim_random_refill(&b);
        for (guint i = 0; i < 4; i++)
            g_assert_cmphex(sim_random_bits(&a), ==, sim_random_bits(&b));
    }
}

/* These numbers are the luck of every scenario there is: they stay. (Computed apart, by a program of a few lines.) */
static void test_names_keep_their_numbers(void)
{
    gsl_rng *stream = sim_random_stream(1, 5, "entity", "purpose");
    struct sim_random_state *state = stream->state;

    g_assert_cmphex(state->key[0], ==, 1);
    g_assert_cmphex(state->key[1], ==, 0xcdbee31894e07d75);
    for (guint i = 0; i < 4; i++)
        gsl_rng_get(stream);
    g_assert_cmphex(gsl_rng_get(stream), ==, 0x09af8e66fd488b78);
    gsl_rng_free(stream);
}

static void test_is_a_generator_of_gsl(void)
{
    gsl_rng *a = gsl_rng_alloc(sim_random_philox);

    g_assert_cmpstr(gsl_rng_name(a), ==, "philox4x64");
    g_assert_cmphex(gsl_rng_min(a), ==, 0);
    g_assert_cmphex(gsl_rng_max(a), ==, UINT64_MAX);
    gsl_rng_set(a, 0);
    g_assert_cmphex(gsl_rng_get(a), ==, 0x16554d9eca36314c);
    for (guint i = 0; i < 5; i++)
        gsl_rng_get(a);
    gsl_rng *b = gsl_rng_clone(a);
    for (guint i = 0; i < 50; i++)
        g_assert_cmphex(gsl_rng_get(a), ==, gsl_rng_get(b));
    gsl_rng_set(a, 7);
    gsl_rng_set(b, 8);
    g_assert_cmphex(gsl_rng_get(a), !=, gsl_rng_get(b));
    gsl_rng_free(a);
    gsl_rng_free(b);
}

static void test_same_name_same_draws(void)
{
    gsl_rng *a = sim_random_stream(1, 2, "PS1", "size");
    gsl_rng *others[20];
    gsl_rng *b;

    for (guint i = 0; i < 20; i++) { /* whoever else is there, and draws in between */
        g_autofree char *name = g_strdup_printf("PS%u", i + 2);
        others[i] = sim_random_stream(1, 2, name, "size");
    }
    b = sim_random_stream(1, 2, "PS1", "size");
    for (guint i = 0; i < 1000; i++) {
        gsl_rng_get(others[i % 20]);
        g_assert_cmphex(gsl_rng_get(a), ==, gsl_rng_get(b));
    }
    for (guint i = 0; i < 20; i++)
        gsl_rng_free(others[i]);
    gsl_rng_free(a);
    gsl_rng_free(b);
}

static void test_each_part_of_the_name_counts(void)
{
    static const struct {
        uint64_t seed;
        uint32_t replication;
        const char *entity, *purpose;
    } names[] = {{1, 1, "ab", "c"},         {2, 1, "ab", "c"}, {1, 2, "ab", "c"},
                 {1, 1, "a", "bc"},         {1, 1, "abc", ""}, {1, 1, "", "abc"},
                 {1, 1, "ab", "c "},        {1, 1, "AB", "c"}, {UINT64_C(1) << 63 | 1, 1, "ab", "c"},
                 {1, UINT32_MAX, "ab", "c"}};
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    static gint64 numbers[G_N_ELEMENTS(names)][50];

    for (guint row = 0; row < G_N_ELEMENTS(names); row++) {
        gsl_rng *stream =
            sim_random_stream(names[row].seed, names[row].replication, names[row].entity, names[row].purpose);
        for (guint i = 0; i < 50; i++) { /* no number of one in any other */
            numbers[row][i] = (gint64)gsl_rng_get(stream);
            g_assert_true(g_hash_table_add(seen, &numbers[row][i]));
        }
        gsl_rng_free(stream);
    }
}

static void test_short_way_draws_what_gsl_draws(void)
{
    gsl_rng *a = sim_random_stream(3, 0, "x", "y");
    gsl_rng *b = sim_random_stream(3, 0, "x", "y");

    for (guint i = 0; i < 10000; i++) { /* three a round: every kind falls on every place of a block of four */
        g_assert_cmpfloat(sim_random_uniform(a), ==, gsl_rng_uniform(b));
        double x = sim_random_exponential(a, 2.5), y = gsl_ran_exponential(b, 2.5);
        g_assert_cmpfloat(fabs(x - y), <=, 5e-16 * y);
        g_assert_cmphex(sim_random_bits(a->state), ==, gsl_rng_get(b));
    }
    gsl_rng_free(a);
    gsl_rng_free(b);
}

static void test_uniform_is_below_one(void)
{
    gsl_rng *stream = sim_random_stream(3, 0, "x", "y");
    struct sim_random_state *state = stream->state;

    state->block[0] = state->block[1] = UINT64_MAX;
    state->block[2] = state->block[3] = 0;
    g_assert_cmpfloat(sim_random_uniform(stream), ==, 1 - 0x1p-53);
    g_assert_cmpfloat(sim_random_exponential(stream, 1), ==, 53 * M_LN2);
    g_assert_cmpfloat(sim_random_uniform(stream), ==, 0);
    g_assert_cmpfloat(sim_random_exponential(stream, 1), ==, 0);
    gsl_rng_free(stream);
}

#define CELLS 1024

/* Both tails: numbers that are too even are not random either. */
static void assert_uniform(const guint *cells, guint n_cells, double n)
{
    double chi_squared = 0;

    for (guint i = 0; i < n_cells; i++)
        chi_squared += pow(cells[i] - n / n_cells, 2) / (n / n_cells);
    double p = gsl_cdf_chisq_Q(chi_squared, n_cells - 1);
    g_assert_cmpfloat(p, >, 1e-4);
    g_assert_cmpfloat(p, <, 1 - 1e-4);
}

static void test_uniform(void)
{
    guint n = test_rounds(4000000);
    guint high[CELLS] = {0}, low[CELLS] = {0}, pairs[CELLS] = {0};
    gsl_rng *stream = sim_random_stream(1, 0, "entity", "purpose");
    double before = gsl_rng_uniform(stream);

    for (guint i = 0; i < n; i++) {
        double u = gsl_rng_uniform(stream);
        high[(guint)(u * CELLS)]++;
        pairs[32 * (guint)(before * 32) + (guint)(u * 32)]++;
        before = u;
        low[gsl_rng_get(stream) % CELLS]++;
    }
    assert_uniform(high, CELLS, n);
    assert_uniform(low, CELLS, n);
    assert_uniform(pairs, CELLS, n);
    gsl_rng_free(stream);
}

/* First numbers of streams with neighbouring names, and of neighbouring replications and seeds, are as good as one
 * stream; what a stream and its neighbour draw is not correlated. */
static void test_neighbours_are_independent(void)
{
    guint n = test_rounds(200000);

    for (guint which = 0; which < 3; which++) {
        guint first[CELLS] = {0}, pairs[CELLS] = {0};
        double sum = 0, before = 0.5;
        for (guint i = 0; i < n; i++) {
            g_autofree char *name = g_strdup_printf("PS1DP%u", which == 0 ? i : 0);
            gsl_rng *stream = sim_random_stream(which == 1 ? i : 1, which == 2 ? i : 1, name, "failure");
            double u = gsl_rng_uniform(stream);
            first[(guint)(u * CELLS)]++;
            pairs[32 * (guint)(before * 32) + (guint)(u * 32)]++;
            sum += (before - 0.5) * (u - 0.5);
            before = u;
            gsl_rng_free(stream);
        }
        assert_uniform(first, CELLS, n);
        assert_uniform(pairs, CELLS, n);
        /* each product has mean 0 and variance 1 / 144 */
        g_assert_cmpfloat(fabs(sum) / sqrt(n / 144.0), <, 4);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/random/known-answers", test_known_answers);
    g_test_add_func("/random/counter-counts-blocks-of-four", test_counter_counts_blocks_of_four);
    g_test_add_func("/random/names-keep-their-numbers", test_names_keep_their_numbers);
    g_test_add_func("/random/is-a-generator-of-gsl", test_is_a_generator_of_gsl);
    g_test_add_func("/random/same-name-same-draws", test_same_name_same_draws);
    g_test_add_func("/random/each-part-of-the-name-counts", test_each_part_of_the_name_counts);
    g_test_add_func("/random/short-way-draws-what-gsl-draws", test_short_way_draws_what_gsl_draws);
    g_test_add_func("/random/uniform-is-below-one", test_uniform_is_below_one);
    g_test_add_func("/random/uniform", test_uniform);
    g_test_add_func("/random/neighbours-are-independent", test_neighbours_are_independent);
    return g_test_run();
}
