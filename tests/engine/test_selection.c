/* Ranking and selection against published numbers, or worked out by hand here. */
#include "sim/engine/random.h"
#include "sim/engine/selection.h"
#include "tests/engine/near.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static void test_kn_h2(void)
{
    assert_near(sim_kn_h2(2, 10, .05), 6.012905, 1e-6);
    assert_near(sim_kn_h2(5, 10, .05), 11.429411, 1e-6);
    assert_near(sim_kn_h2(10, 20, .05), 11.511485, 1e-6);
}

/* Two variants, n0 = 2: h^2 = .1^-2 - 1 = 99. Of 0 and 10, then 0 and 12, the difference has mean 11 and variance 2, so
 * h^2 S^2 = 198. Indifference 3.1: 198 / 9.61 = 20.6, decided by the 21st round; W = 18.6 x 3.1/4 = 14.4 after two
 * rounds keeps the second, 17.6 x 3.1/6 = 9.1 after three does not. Indifference 4: W = (12.375 - 2) x 4/4 = 10.375
 * after two. */
static void test_kn_by_hand(void)
{
    static const double rounds[][2] = {{0, 10}, {0, 12}, {0, 11}};
    struct sim_kn *kn = sim_kn_new(2, 2, 3.1, .05);

    g_assert_true(isnan(sim_kn_mean(kn, 0)));
    g_assert_cmpuint(sim_kn_add_round(kn, rounds[0]), ==, 2);
    g_assert_cmpuint(sim_kn_most_rounds(kn), ==, 0);
    g_assert_cmpuint(sim_kn_add_round(kn, rounds[1]), ==, 2);
    g_assert_cmpuint(sim_kn_most_rounds(kn), ==, 21);
    g_assert_cmpuint(sim_kn_add_round(kn, rounds[2]), ==, 1);
    g_assert_cmpuint(sim_kn_rounds(kn), ==, 3);
    g_assert_cmpuint(sim_kn_most_rounds(kn), ==, 3);
    g_assert_true(sim_kn_is_in(kn, 0));
    g_assert_false(sim_kn_is_in(kn, 1));
    assert_near(sim_kn_mean(kn, 1), 11, 1e-12);
    sim_kn_free(kn);

    kn = sim_kn_new(2, 2, 4, .05);
    sim_kn_add_round(kn, rounds[0]);
    g_assert_cmpuint(sim_kn_add_round(kn, rounds[1]), ==, 1);
    sim_kn_free(kn);
}

/* What is out is not looked at again, nor need it have values. */
static void test_kn_ignores_what_is_out(void)
{
    static const double first[] = {5, 1, 1.5}, second[] = {6, 2, 2.4}, third[] = {NAN, 1, 1.6};
    struct sim_kn *kn = sim_kn_new(3, 2, .1, .05);

    sim_kn_add_round(kn, first);
    /* h^2 = .05^-2 - 1 = 399; 0 against 1: always 4 more, out; 1 against 2: S^2 = .005, 199.5 rounds. */
    g_assert_cmpuint(sim_kn_add_round(kn, second), ==, 2);
    g_assert_false(sim_kn_is_in(kn, 0));
    g_assert_cmpuint(sim_kn_most_rounds(kn), ==, 200);
    g_assert_cmpuint(sim_kn_add_round(kn, third), ==, 2);
    assert_near(sim_kn_mean(kn, 0), 5.5, 1e-12);
    sim_kn_free(kn);
}

/* Variants that give the same values: the first remains, and no round is wasted on them. */
static void test_kn_of_the_same(void)
{
    static const double values[] = {2, 1, 1}, one = 3;
    struct sim_kn *kn = sim_kn_new(3, 2, .5, .05);

    g_assert_cmpuint(sim_kn_add_round(kn, values), ==, 3);
    g_assert_cmpuint(sim_kn_add_round(kn, values), ==, 1);
    g_assert_true(sim_kn_is_in(kn, 1));
    sim_kn_free(kn);
    kn = sim_kn_new(1, 2, .5, .05);
    g_assert_cmpuint(sim_kn_add_round(kn, &one), ==, 1);
    sim_kn_free(kn);
}

/* The least favourable means: all others are exactly the indifference worse. Returns how often the best remained; adds
 * up rounds. `shared` is the part of the standard deviation, 1, that all have in common. */
static guint select_many(guint macro_runs, double shared, double *rounds)
{
    enum { K = 5, N0 = 10, BEST = 3 };
    const double indifference = 1 / sqrt(N0);
    gsl_rng *stream = sim_random_stream(1, 0, "selection", shared > 0 ? "shared" : "apart");
    guint correct = 0;

    *rounds = 0;
    for (guint run = 0; run < macro_runs; run++) {
        struct sim_kn *kn = sim_kn_new(K, N0, indifference, .05);
        double values[K];
        do {
            double luck = shared * gsl_ran_gaussian_ziggurat(stream, 1);
            for (guint i = 0; i < K; i++)
                values[i] = luck + sqrt(1 - shared * shared) * gsl_ran_gaussian_ziggurat(stream, 1) +
                            (i == BEST ? 0 : indifference);
        } while (sim_kn_add_round(kn, values) > 1);
        correct += sim_kn_is_in(kn, BEST);
        *rounds += (double)sim_kn_rounds(kn);
        sim_kn_free(kn);
    }
    gsl_rng_free(stream);
    return correct;
}

/* At least 95 % of 4000, less three standard deviations of such a count; the same luck makes it far cheaper: with
 * sqrt(1 - .9^2) = .436 of the deviation left, differences have 19 % of the variance. */
static void test_kn_slippage(void)
{
    guint macro_runs = test_rounds(4000);
    double least = .95 * macro_runs - 3 * sqrt(.95 * .05 * macro_runs), apart, shared;

    g_assert_cmpfloat(select_many(macro_runs, 0, &apart), >=, least);
    g_assert_cmpfloat(select_many(macro_runs, .9, &shared), >=, least);
    g_assert_cmpfloat(shared, <, apart / 3);
}

static void test_ocba(void)
{
    static const double mean[] = {1, 2, 3}, sd[] = {1, 1, 2}, shares[] = {.358570, .320715, .320715};
    double share[3];

    sim_ocba(mean, sd, 3, share);
    for (guint i = 0; i < 3; i++)
        assert_near(share[i], shares[i], 1e-6);
}

/* A tie: N_1 : N_2 = 1 : 4 of those with the least mean, N_0 = 1 sqrt(1 + 2^2); the third is out of the question.
 * Without variance none is needed: N_0 = 1 sqrt(0 + (1/4)^2) of the second's 1/4, in units of the nearer. */
static void test_ocba_special(void)
{
    static const double tied[] = {1, 1, 1, 5}, tied_sd[] = {1, 1, 2, 9};
    static const double mean[] = {1, 2, 3}, sd[] = {1, 0, 1}, none[] = {0, 0, 0};
    double share[4], all = 5 + sqrt(5);

    sim_ocba(tied, tied_sd, 4, share);
    assert_near(share[0], sqrt(5) / all, 1e-12);
    assert_near(share[1], 1 / all, 1e-12);
    assert_near(share[2], 4 / all, 1e-12);
    g_assert_cmpfloat(share[3], ==, 0);
    sim_ocba(mean, sd, 3, share);
    assert_near(share[0], .5, 1e-12);
    g_assert_cmpfloat(share[1], ==, 0);
    sim_ocba(mean, none, 3, share);
    assert_near(share[2], 1 / 3., 1e-12);
    sim_ocba(mean, sd, 1, share);
    g_assert_cmpfloat(share[0], ==, 1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/selection/kn/h2", test_kn_h2);
    g_test_add_func("/selection/kn/by-hand", test_kn_by_hand);
    g_test_add_func("/selection/kn/ignores-what-is-out", test_kn_ignores_what_is_out);
    g_test_add_func("/selection/kn/of-the-same", test_kn_of_the_same);
    g_test_add_func("/selection/kn/slippage", test_kn_slippage);
    g_test_add_func("/selection/ocba/shares", test_ocba);
    g_test_add_func("/selection/ocba/special", test_ocba_special);
    return g_test_run();
}
