/* Screening against functions whose answers are known. */
#include "sim/engine/random.h"
#include "sim/engine/screening.h"
#include "tests/engine/near.h"

#include <glib.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* ---- Morris ---- */

/* Six levels: delta = 6 / 10, on the grid 0, .2, ..., 1; every level as often as any other. */
static void test_morris_trajectories(void)
{
    enum { K = 5, LEVELS = 6, TRAJECTORIES = 600 };
    gsl_rng *stream = sim_random_stream(1, 0, "morris", "trajectories");
    guint seen[LEVELS] = {0}, first_changed[K] = {0};

    for (guint t = 0; t < TRAJECTORIES; t++) {
        double points[K + 1][K];
        guint changes[K] = {0};
        sim_morris_trajectory(stream, K, LEVELS, &points[0][0]);
        for (guint j = 0; j <= K; j++)
            for (guint i = 0; i < K; i++) {
                double level = points[j][i] * (LEVELS - 1);
                assert_near(level, round(level), 1e-12);
                g_assert_cmpfloat(points[j][i], >=, 0);
                g_assert_cmpfloat(points[j][i], <=, 1);
                seen[(guint)lround(level)]++;
                if (j == 0 || points[j][i] == points[j - 1][i])
                    continue;
                assert_near(fabs(points[j][i] - points[j - 1][i]), .6, 1e-12);
                changes[i]++;
                first_changed[i] += j == 1;
            }
        for (guint i = 0; i < K; i++)
            g_assert_cmpuint(changes[i], ==, 1);
    }
    for (guint i = 0; i < LEVELS; i++) /* 18,000 in all, six to a kind; those of a trajectory go together */
        assert_near(seen[i], 3000, 300);
    for (guint i = 0; i < K; i++) /* 4 deviations of 600 at 1/5 */
        assert_near(first_changed[i], 120, 4 * sqrt(600 * .2 * .8));
    gsl_rng_free(stream);
}

typedef double function(const double *x, const void *data);

static void screen(function *f, const void *data, size_t k, unsigned levels, size_t n,
                   struct sim_morris_effect *effects)
{
    gsl_rng *stream = sim_random_stream(1, 0, "morris", "screen");
    double *points = g_new(double, n *(k + 1) * k), *y = g_new(double, n *(k + 1));

    for (size_t t = 0; t < n; t++)
        sim_morris_trajectory(stream, k, levels, points + t * (k + 1) * k);
    for (size_t j = 0; j < n * (k + 1); j++)
        y[j] = f(points + j * k, data);
    sim_morris_effects(points, y, k, n, .95, effects);
    g_free(points);
    g_free(y);
    gsl_rng_free(stream);
}

static double linear(const double *x, const void *data)
{
    (void)data;
    return 7 + 3 * x[0] - 2 * x[1] + 0 * x[2];
}

static void test_morris_of_a_linear_function(void)
{
    static const double slopes[] = {3, -2, 0};
    struct sim_morris_effect effects[3];

    screen(linear, NULL, 3, 4, 10, effects);
    for (guint i = 0; i < 3; i++) {
        assert_near(effects[i].mu.estimate, slopes[i], 1e-12);
        assert_near(effects[i].mu_star.estimate, fabs(slopes[i]), 1e-12);
        assert_near(effects[i].mu_star.low, fabs(slopes[i]), 1e-11);
        assert_near(effects[i].mu_star.high, fabs(slopes[i]), 1e-11);
        assert_near(effects[i].sigma, 0, 1e-12);
    }
    screen(linear, NULL, 3, 4, 1, effects);
    assert_near(effects[0].mu.estimate, 3, 1e-12);
    g_assert_true(isnan(effects[0].sigma));
    g_assert_true(effects[0].mu.high == INFINITY);
    g_assert_cmpfloat(effects[0].mu_star.low, ==, 0);
}

/* The effect of x is y - .5 where y is 0, 1/3, 2/3 or 1: mean 0, mean size (1/2 + 1/6) / 2 = 1/3, variance
 * (1/4 + 1/36) / 2 = 5/36. */
static double product(const double *x, const void *data)
{
    (void)data;
    return x[0] * (x[1] - .5);
}

static void test_morris_of_a_product(void)
{
    struct sim_morris_effect effects[2];

    screen(product, NULL, 2, 4, 4000, effects);
    assert_near(effects[0].mu.estimate, 0, 4 * sqrt(5 / 36. / 4000));
    assert_near(effects[0].mu_star.estimate, 1 / 3., .012); /* sizes deviate by 1/6: 4 x 1/6 / sqrt 4000 */
    assert_near(effects[0].sigma, sqrt(5 / 36.), .01);
    assert_near(effects[0].mu_star.high - effects[0].mu_star.low, 2 * 1.96 / 6 / sqrt(4000), 3e-4);
}

/* Morris 1991: twenty inputs, of which the first ten matter; 8, 9 and 10 on their own and evenly, the first seven with
 * others or unevenly. All other coefficients of first and second order are standard normal numbers. */
struct morris {
    double first[20], second[20][20];
};

static double twenty_inputs(const double *x, const void *data)
{
    const struct morris *m = data;
    double w[20], y = 0;

    for (guint i = 0; i < 20; i++)
        w[i] = 2 * ((i == 2 || i == 4 || i == 6 ? 1.1 * x[i] / (x[i] + .1) : x[i]) - .5);
    for (guint i = 0; i < 20; i++) {
        y += m->first[i] * w[i];
        for (guint j = i + 1; j < 20; j++) {
            y += m->second[i][j] * w[i] * w[j];
            for (guint l = j + 1; l < 5; l++) {
                y += -10 * w[i] * w[j] * w[l];
                for (guint s = l + 1; s < 4; s++)
                    y += 5 * w[i] * w[j] * w[l] * w[s];
            }
        }
    }
    return y;
}

static void test_morris_function(void)
{
    gsl_rng *stream = sim_random_stream(1, 0, "morris", "coefficients");
    struct sim_morris_effect effects[20];
    struct morris m;
    double least = INFINITY, most = 0, least_sigma = INFINITY, most_sigma = 0;

    for (guint i = 0; i < 20; i++) {
        m.first[i] = i < 10 ? 20 : gsl_ran_gaussian(stream, 1);
        for (guint j = i + 1; j < 20; j++)
            m.second[i][j] = j < 6 ? -15 : gsl_ran_gaussian(stream, 1);
    }
    screen(twenty_inputs, &m, 20, 4, 50, effects);
    for (guint i = 0; i < 20; i++) {
        if (i < 10)
            least = fmin(least, effects[i].mu_star.estimate);
        else
            most = fmax(most, effects[i].mu_star.estimate);
        if (i < 7)
            least_sigma = fmin(least_sigma, effects[i].sigma);
        else if (i < 10) {
            most_sigma = fmax(most_sigma, effects[i].sigma);
            assert_near(effects[i].mu.estimate, 40, 8); /* 2 x 20; the normal numbers add a few */
        }
    }
    g_assert_cmpfloat(least, >, most);
    g_assert_cmpfloat(least_sigma, >, most_sigma);
    gsl_rng_free(stream);
}

/* An output that is missing spoils the two effects beside it, not the others. */
static void test_morris_with_a_missing_output(void)
{
    static const double points[] = {0, 0, 0, 2 / 3., 0, 0, 2 / 3., 2 / 3., 0, 2 / 3., 2 / 3., 2 / 3.};
    static const double y[] = {NAN, 2, 4, 8};
    struct sim_morris_effect effects[3];

    sim_morris_effects(points, y, 3, 1, .95, effects);
    g_assert_true(isnan(effects[0].mu_star.estimate));
    assert_near(effects[1].mu_star.estimate, 3, 1e-12);
    assert_near(effects[2].mu_star.estimate, 6, 1e-12);
}

/* ---- Sobol' ---- */

static void test_sobol_points(void)
{
    static const double first[] = {.5, .5, .75, .25, .25, .75, .375, .375, .875, .875};
    double points[10], more[20], shifted[20], u[2];
    gsl_rng *stream = sim_random_stream(1, 0, "sobol", "shift");

    sim_sobol_points(2, 5, NULL, points);
    for (guint i = 0; i < 10; i++)
        g_assert_cmpfloat(points[i], ==, first[i]);
    sim_sobol_points(2, 10, NULL, more); /* continued */
    g_assert_true(memcmp(points, more, sizeof points) == 0);

    sim_sobol_points(2, 10, stream, shifted);
    gsl_rng_free(stream);
    stream = sim_random_stream(1, 0, "sobol", "shift");
    u[0] = gsl_rng_uniform(stream), u[1] = gsl_rng_uniform(stream);
    for (guint i = 0; i < 20; i++) {
        assert_near(shifted[i], fmod(more[i] + u[i % 2], 1), 1e-15);
        g_assert_cmpfloat(shifted[i], <, 1);
    }
    gsl_rng_free(stream);
}

/* Two inputs, so points in four dimensions; the first is (.5, .5 | .5, .5), the second (.75, .25 | .75 or .25, ...). */
static void test_sobol_design(void)
{
    double design[8][4][2], points[8][4];

    sim_sobol_design(2, 8, NULL, &design[0][0][0]);
    sim_sobol_points(4, 8, NULL, &points[0][0]);
    for (guint j = 0; j < 8; j++) {
        const double *a = points[j], *b = points[j] + 2;
        const double row[4][2] = {{a[0], a[1]}, {b[0], b[1]}, {b[0], a[1]}, {a[0], b[1]}};
        g_assert_true(memcmp(design[j], row, sizeof row) == 0);
    }
}

/* sin x1 + 7 sin^2 x2 + .1 x3^4 sin x1, all from -pi to pi. */
static double ishigami(const double *u)
{
    double x[3];

    for (guint i = 0; i < 3; i++)
        x[i] = M_PI * (2 * u[i] - 1);
    return sin(x[0]) + 7 * gsl_pow_2(sin(x[1])) + .1 * gsl_pow_4(x[2]) * sin(x[0]);
}

static void indices_of(double (*f)(const double *), double offset, size_t n, struct sim_sobol_index *indices)
{
    double *points = g_new(double, n * 5 * 3), *y = g_new(double, n * 5);
    gsl_rng *stream = sim_random_stream(1, 0, "sobol", "bootstrap");

    sim_sobol_design(3, n, NULL, points);
    for (size_t j = 0; j < n * 5; j++)
        y[j] = offset + f(points + j * 3);
    sim_sobol_indices(y, 3, n, .95, stream, 200, indices);
    gsl_rng_free(stream);
    g_free(points);
    g_free(y);
}

/* Ishigami and Homma 1990. A large mean, as of times of day, must not matter. */
static void test_sobol_ishigami(void)
{
    static const double first[] = {.313905, .442411, 0}, total[] = {.557589, .442411, .243684};
    static const double offsets[] = {0, 1e6};

    for (guint o = 0; o < 2; o++) {
        struct sim_sobol_index indices[3];
        indices_of(ishigami, offsets[o], 8192, indices);
        for (guint i = 0; i < 3; i++) {
            assert_near(indices[i].first.estimate, first[i], .005);
            assert_near(indices[i].total.estimate, total[i], .005);
            g_assert_cmpfloat(indices[i].first.low, <=, first[i]);
            g_assert_cmpfloat(indices[i].first.high, >=, first[i]);
            g_assert_cmpfloat(indices[i].total.low, <=, total[i]);
            g_assert_cmpfloat(indices[i].total.high, >=, total[i]);
            g_assert_cmpfloat(indices[i].total.high - indices[i].total.low, <, .06);
        }
    }
}

static double constant(const double *u)
{
    (void)u;
    return 4;
}

/* Only the second input: all of the variance is its own. */
static double second_only(const double *u)
{
    return 5 * u[1];
}

/* Of eight points in the unit interval one is above .8. */
static double rare(const double *u)
{
    return u[0] > .8;
}

static void test_sobol_special(void)
{
    struct sim_sobol_index indices[3];

    indices_of(constant, 0, 16, indices);
    for (guint i = 0; i < 3; i++)
        g_assert_true(isnan(indices[i].first.estimate) && isnan(indices[i].total.low));
    indices_of(second_only, 0, 1024, indices);
    assert_near(indices[1].first.estimate, 1, .01);
    assert_near(indices[1].total.estimate, 1, .01);
    g_assert_cmpfloat(indices[0].first.estimate, ==, 0);
    g_assert_cmpfloat(indices[2].total.high, ==, 0);
    /* A sample of rows in which nothing varies says nothing, and is passed over. */
    indices_of(rare, 0, 8, indices);
    g_assert_true(isfinite(indices[0].first.estimate));
    g_assert_true(isfinite(indices[0].first.low) && isfinite(indices[0].first.high));
    indices_of(second_only, NAN, 16, indices);
    g_assert_true(isnan(indices[1].first.estimate));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/screening/morris/trajectories", test_morris_trajectories);
    g_test_add_func("/screening/morris/of-a-linear-function", test_morris_of_a_linear_function);
    g_test_add_func("/screening/morris/of-a-product", test_morris_of_a_product);
    g_test_add_func("/screening/morris/of-twenty-inputs", test_morris_function);
    g_test_add_func("/screening/morris/with-a-missing-output", test_morris_with_a_missing_output);
    g_test_add_func("/screening/sobol/points", test_sobol_points);
    g_test_add_func("/screening/sobol/design", test_sobol_design);
    g_test_add_func("/screening/sobol/ishigami", test_sobol_ishigami);
    g_test_add_func("/screening/sobol/special", test_sobol_special);
    return g_test_run();
}
