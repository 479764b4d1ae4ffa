#include "sim/engine/stats.h"
#include "tests/engine/near.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>

static void add(struct sim_sample *sample, const double *values, guint n)
{
    sim_sample_init(sample);
    for (guint i = 0; i < n; i++)
        sim_sample_add(sample, values[i]);
}

/* Law, Simulation Modeling and Analysis, ch. 9: average delays in ten replications of a bank. */
static void test_banks_interval(void)
{
    static const double delays[] = {1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60};
    struct sim_sample sample;

    add(&sample, delays, G_N_ELEMENTS(delays));
    g_assert_cmpuint(sim_sample_count(&sample), ==, 10);
    assert_near(sim_sample_mean(&sample), 2.031, 1e-12);
    assert_near(sim_sample_variance(&sample), 0.3091, 5e-5);
    assert_near(sim_sample_half_width(&sample, 0.90), 0.3223, 5e-5);
    assert_near(sim_sample_half_width(&sample, 0.95), 0.3977, 5e-5);
    sim_sample_clear(&sample);
}

/* Banks et al., Discrete-Event System Simulation: utilisation of a server in four replications, [.6933, .9232]. */
static void test_utilisation_interval(void)
{
    static const double utilisation[] = {.808, .875, .708, .842};
    struct sim_sample sample;

    add(&sample, utilisation, G_N_ELEMENTS(utilisation));
    assert_near(sim_sample_mean(&sample), .80825, 1e-12);
    assert_near(sqrt(sim_sample_variance(&sample)), .07221, 5e-6);
    assert_near(sim_sample_mean(&sample) - sim_sample_half_width(&sample, 0.95), .6933, 6e-5);
    assert_near(sim_sample_mean(&sample) + sim_sample_half_width(&sample, 0.95), .9232, 6e-5);
    sim_sample_clear(&sample);
}

/* The textbook sum of squares has no digit left here. */
static void test_variance_of_large_numbers(void)
{
    static const double values[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    struct sim_sample sample;

    add(&sample, values, G_N_ELEMENTS(values));
    g_assert_cmpfloat(sim_sample_mean(&sample), ==, 1e9 + 10);
    g_assert_cmpfloat(sim_sample_variance(&sample), ==, 30);
    sim_sample_clear(&sample);
}

static void test_small_samples(void)
{
    struct sim_sample sample;

    sim_sample_init(&sample);
    g_assert_cmpuint(sim_sample_count(&sample), ==, 0);
    g_assert_true(isinf(sim_sample_half_width(&sample, 0.95)));
    sim_sample_add(&sample, 3);
    g_assert_cmpfloat(sim_sample_mean(&sample), ==, 3);
    g_assert_cmpfloat(sim_sample_variance(&sample), ==, 0);
    g_assert_true(isinf(sim_sample_half_width(&sample, 0.95)));
    sim_sample_add(&sample, 3);
    g_assert_cmpfloat(sim_sample_half_width(&sample, 0.95), ==, 0);
    sim_sample_clear(&sample);
}

/* t(df, .975) = s / sqrt(n) half widths of samples of n = df + 1 with known s. */
static void test_student_quantiles(void)
{
    static const struct {
        guint df;
        double confidence, t;
    } table[] = {{1, .95, 12.7062},  {3, .95, 3.182446}, {4, .95, 2.776445},
                 {9, .95, 2.262157}, {29, .95, 2.04523}, {4, .90, 2.131847}};

    for (guint row = 0; row < G_N_ELEMENTS(table); row++) {
        struct sim_sample sample;
        guint n = table[row].df + 1;
        sim_sample_init(&sample);
        for (guint i = 0; i < n; i++)
            sim_sample_add(&sample, i);
        double standard_error = sqrt(sim_sample_variance(&sample) / n);
        assert_near(sim_sample_half_width(&sample, table[row].confidence) / standard_error, table[row].t, 6e-5);
        sim_sample_clear(&sample);
    }
}

/* Of 20,000 intervals for the mean of ten normal numbers 95 % hold it: +- 4 standard deviations of that count. */
static void test_intervals_cover_the_mean(void)
{
    guint rounds = test_rounds(20000), covered = 0;
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);

    gsl_rng_set(random, 17);
    for (guint round = 0; round < rounds; round++) {
        struct sim_sample sample;
        sim_sample_init(&sample);
        for (guint i = 0; i < 10; i++)
            sim_sample_add(&sample, 5 + gsl_ran_gaussian(random, 2));
        covered += fabs(sim_sample_mean(&sample) - 5) <= sim_sample_half_width(&sample, 0.95);
        sim_sample_clear(&sample);
    }
    assert_near(covered, 0.95 * rounds, 4 * sqrt(rounds * 0.95 * 0.05));
    gsl_rng_free(random);
}

/* 2 from 10 s, 5 from 12 s, 0 from 13 s, 1 from 17 s: to 20 s 2 * 2 + 5 * 1 + 0 * 4 + 1 * 3 = 12 in 10 s. */
static void test_level_integrates_a_step_function(void)
{
    struct sim_level level;

    sim_level_init(&level, 10, 2);
    g_assert_cmpfloat(sim_level_mean(&level, 10), ==, 2);
    sim_level_set(&level, 12, 5);
    sim_level_set(&level, 13, 9); /* for no time at all */
    sim_level_set(&level, 13, 0);
    sim_level_set(&level, 17, 1);
    g_assert_cmpfloat(sim_level_integral(&level, 20), ==, 12);
    g_assert_cmpfloat(sim_level_mean(&level, 20), ==, 1.2);
    g_assert_cmpfloat(level.min, ==, 0);
    g_assert_cmpfloat(level.max, ==, 9);
    g_assert_cmpfloat(level.value, ==, 1);
}

/* The largest simulations change a level ten million times. The answer is of whole numbers: n times 0.1 for 0.7 s, the
 * same error each time, which is the worst for a sum; and, after a simulated year, 3 and 1 in turn for a quarter of a
 * second each, which doubles hold exactly. */
static void test_level_after_ten_million_changes(void)
{
    const guint n = 10000000; /* not scaled: it takes a tenth of a second */
    const double year_s = 365 * 86400.0;
    struct sim_level level;

    sim_level_init(&level, 0, 0.1);
    for (guint i = 1; i <= n; i++)
        sim_level_set(&level, i * 0.7, 0.1);
    assert_near(sim_level_integral(&level, n * 0.7) / (n * 0.07), 1, 1e-9);
    assert_near(sim_level_mean(&level, n * 0.7) / 0.1, 1, 1e-9);

    sim_level_init(&level, year_s, 1);
    for (guint i = 1; i <= n; i++)
        sim_level_set(&level, year_s + i * 0.25, i % 2 ? 3 : 1);
    g_assert_cmpfloat(sim_level_integral(&level, year_s + n * 0.25), ==, n * 0.5);
    g_assert_cmpfloat(sim_level_mean(&level, year_s + n * 0.25), ==, 2);
}

/* Ten million observations around a large mean: 1e6 + 0, 1, 2, 3, 4 again and again have mean 1e6 + 2 and variance 2
 * (times n / (n - 1)). */
static void test_ten_million_observations(void)
{
    guint n = test_rounds(10000000) / 5 * 5;
    struct sim_sample sample;

    sim_sample_init(&sample);
    for (guint i = 0; i < n; i++)
        sim_sample_add(&sample, 1e6 + i % 5);
    assert_near(sim_sample_mean(&sample) / (1e6 + 2), 1, 1e-9);
    assert_near(sim_sample_variance(&sample) * (n - 1) / n / 2, 1, 1e-9);
    sim_sample_clear(&sample);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stats/sample/banks-interval", test_banks_interval);
    g_test_add_func("/stats/sample/utilisation-interval", test_utilisation_interval);
    g_test_add_func("/stats/sample/variance-of-large-numbers", test_variance_of_large_numbers);
    g_test_add_func("/stats/sample/small-samples", test_small_samples);
    g_test_add_func("/stats/sample/student-quantiles", test_student_quantiles);
    g_test_add_func("/stats/sample/intervals-cover-the-mean", test_intervals_cover_the_mean);
    g_test_add_func("/stats/level/integrates-a-step-function", test_level_integrates_a_step_function);
    g_test_add_func("/stats/level/ten-million-changes", test_level_after_ten_million_changes);
    g_test_add_func("/stats/sample/ten-million-observations", test_ten_million_observations);
    return g_test_run();
}
