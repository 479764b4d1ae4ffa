/* Output analysis against numbers from textbooks, or worked out by hand here. */
#include "sim/engine/output_analysis.h"
#include "sim/engine/random.h"
#include "tests/engine/near.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdint.h>

#define N G_N_ELEMENTS

static void assert_interval(struct sim_interval interval, double estimate, double low, double high, double tolerance)
{
    assert_near(interval.estimate, estimate, tolerance);
    assert_near(interval.low, low, tolerance);
    assert_near(interval.high, high, tolerance);
}

static void assert_undefined(struct sim_interval interval)
{
    g_assert_true(isnan(interval.estimate) && isnan(interval.low) && isnan(interval.high));
}

static void assert_unbounded(struct sim_interval interval)
{
    g_assert_true(interval.low == -INFINITY && interval.high == INFINITY);
}

/* ---- means ---- */

/* Law, Simulation Modeling and Analysis, ch. 9: average delays in ten replications of a bank; 2.03 +- 0.32 at 90 %. */
static void test_mean_bank(void)
{
    static const double delays[] = {1.53, 1.66, 1.24, 2.34, 2.00, 1.69, 2.69, 2.86, 1.70, 2.60};

    assert_interval(sim_mean_interval(delays, N(delays), .90), 2.031, 2.031 - .3223, 2.031 + .3223, 5e-5);
    assert_interval(sim_mean_interval(delays, N(delays), .95), 2.031, 2.031 - .3977, 2.031 + .3977, 5e-5);
}

/* Banks et al., Discrete-Event System Simulation: utilisation of a server in four replications. */
static void test_mean_utilisation(void)
{
    static const double utilisation[] = {.808, .875, .708, .842};

    assert_interval(sim_mean_interval(utilisation, N(utilisation), .95), .80825, .6933, .9232, 6e-5);
}

/* 1 and 3: mean 2, s = sqrt 2, s / sqrt n = 1, t(1, .975) = 12.7062. */
static void test_mean_special(void)
{
    static const double two[] = {1, 3}, equal[] = {.1, .1, .1}, zeros[] = {0, 0}, nan[] = {1, NAN, 3},
                        never[] = {1, INFINITY, 3};

    assert_interval(sim_mean_interval(two, 2, .95), 2, 2 - 12.7062, 2 + 12.7062, 5e-5);
    g_assert_true(isnan(sim_mean_interval(two, 0, .95).estimate));
    assert_unbounded(sim_mean_interval(two, 0, .95));
    g_assert_cmpfloat(sim_mean_interval(two, 1, .95).estimate, ==, 1);
    assert_unbounded(sim_mean_interval(two, 1, .95));
    assert_interval(sim_mean_interval(equal, 3, .95), .1, .1, .1, 0);
    assert_interval(sim_mean_interval(zeros, 2, .95), 0, 0, 0, 0);
    assert_undefined(sim_mean_interval(nan, 3, .95));
    assert_undefined(sim_mean_interval(nan + 1, 1, .95));
    assert_undefined(sim_mean_interval(never, 3, .95));
}

/* GSL finds its quantiles by iteration: the distribution function leads back from each. */
static void test_student_quantiles_are_found(void)
{
    for (double freedom = 1; freedom < 1e6; freedom *= 1.37)
        for (double tail = .4; tail > 1e-6; tail /= 1.7)
            assert_near(gsl_cdf_tdist_Q(gsl_cdf_tdist_Pinv(1 - tail, freedom), freedom) / tail, 1, 1e-6);
}

/* ---- differences ---- */

/* Law, ch. 10: costs of two policies for an inventory, five replications of each. */
static const double policy_1[] = {126.97, 124.31, 126.68, 122.66, 127.23};
static const double policy_2[] = {118.21, 120.22, 122.45, 122.68, 119.40};

/* t(4, .95) = 2.131847; the variance of the mean is 2.438. */
static void test_difference_paired_inventory(void)
{
    struct sim_difference d = sim_paired_difference(policy_1, policy_2, 5, .90);

    assert_interval(d.mean, 4.978, 1.649, 8.307, 6e-4);
    assert_near(gsl_pow_2((d.mean.high - d.mean.low) / 2 / 2.131847), 2.438, 5e-4);
    g_assert_cmpfloat(d.freedom, ==, 4);
}

static void test_difference_welch_inventory(void)
{
    struct sim_difference d = sim_welch_difference(policy_1, 5, policy_2, 5, .90);

    assert_interval(d.mean, 4.978, 2.661, 7.295, 6e-4);
    assert_near(d.freedom, 7.992, 5e-4);
}

/* An interval of confidence 1 - p just touches 0. */
static void test_difference_p_value_fits_interval(void)
{
    struct sim_difference paired = sim_paired_difference(policy_1, policy_2, 5, .90);
    struct sim_difference welch = sim_welch_difference(policy_1, 5, policy_2, 5, .90);

    g_assert_cmpfloat(paired.p_value, <, .10); /* 0 is outside at 90 % */
    g_assert_cmpfloat(paired.p_value, >, .02); /* but not at 98 %: t(4, .99) = 3.7469 > 4.978 / sqrt 2.438 = 3.188 */
    assert_near(sim_paired_difference(policy_1, policy_2, 5, 1 - paired.p_value).mean.low, 0, 1e-6);
    assert_near(sim_welch_difference(policy_1, 5, policy_2, 5, 1 - welch.p_value).mean.low, 0, 1e-6);
    assert_near(sim_welch_difference(policy_2, 5, policy_1, 5, .90).p_value, welch.p_value, 1e-12);
}

static void test_difference_special(void)
{
    static const double x[] = {5, 6, 7}, y[] = {3, 4, 5}, nan[] = {1, NAN, 2}, fives[] = {5, 5, 5};
    struct sim_difference d = sim_paired_difference(x, y, 3, .95);

    /* Always 2. */
    assert_interval(d.mean, 2, 2, 2, 0);
    g_assert_cmpfloat(d.p_value, ==, 0);
    /* The same. */
    d = sim_paired_difference(x, x, 3, .95);
    assert_interval(d.mean, 0, 0, 0, 0);
    g_assert_cmpfloat(d.p_value, ==, 1);
    /* One pair says nothing, nor does none. */
    for (size_t n = 0; n < 2; n++) {
        d = sim_paired_difference(x, y, n, .95);
        assert_unbounded(d.mean);
        g_assert_cmpfloat(d.p_value, ==, 1);
        d = sim_welch_difference(x, n, y, 3, .95);
        assert_unbounded(d.mean);
        g_assert_cmpfloat(d.p_value, ==, 1);
    }
    d = sim_paired_difference(x, nan, 3, .95);
    assert_undefined(d.mean);
    g_assert_true(isnan(d.p_value));
    /* Without any variance of one, the other's freedom counts: x - 5 has mean 1, s / sqrt n = 1 / sqrt 3. */
    d = sim_welch_difference(x, 3, fives, 3, .95);
    g_assert_cmpfloat(d.freedom, ==, 2);
    assert_interval(d.mean, 1, sim_mean_interval(x, 3, .95).low - 5, sim_mean_interval(x, 3, .95).high - 5, 1e-12);
    d = sim_welch_difference(fives, 3, fives, 3, .95);
    assert_interval(d.mean, 0, 0, 0, 0);
    g_assert_cmpfloat(d.p_value, ==, 1);
}

/* A bound r of Fieller's interval is where the t interval of x - (1 + r) y just touches 0. */
static void test_relative_difference_fieller(void)
{
    struct sim_interval r = sim_paired_relative_difference(policy_1, policy_2, 5, .90);
    double bounds[] = {r.low, r.high};

    assert_near(r.estimate, 4.978 / 120.592, 1e-9); /* 602.96 / 5 */
    for (guint bound = 0; bound < 2; bound++) {
        double scaled[5];
        for (guint i = 0; i < 5; i++)
            scaled[i] = (1 + bounds[bound]) * policy_2[i];
        struct sim_interval rest = sim_paired_difference(policy_1, scaled, 5, .90).mean;
        assert_near(bound == 0 ? rest.low : rest.high, 0, 1e-9);
    }
}

/* A mean of y that does not vary makes it the interval of the difference, over y. */
static void test_relative_difference_special(void)
{
    static const double x[] = {5, 6, 7}, fours[] = {4, 4, 4}, around_0[] = {-1, 0, 2}, zeros[] = {0, 0, 0};
    struct sim_interval d = sim_paired_difference(x, fours, 3, .95).mean;

    assert_interval(sim_paired_relative_difference(x, fours, 3, .95), .5, d.low / 4, d.high / 4, 1e-12);
    assert_interval(sim_paired_relative_difference(x, x, 3, .95), 0, 0, 0, 0);
    assert_unbounded(sim_paired_relative_difference(x, around_0, 3, .95));
    assert_near(sim_paired_relative_difference(x, around_0, 3, .95).estimate, (6 - 1 / 3.) * 3, 1e-12);
    assert_unbounded(sim_paired_relative_difference(x, zeros, 3, .95));
    g_assert_true(isnan(sim_paired_relative_difference(x, zeros, 3, .95).estimate));
    assert_unbounded(sim_paired_relative_difference(x, fours, 1, .95));
    assert_unbounded(sim_paired_relative_difference(x, fours, 0, .95));
}

/* In order: .005 x 4 = .02, .01 x 3 = .03, .03 x 2 = .06, .04 x 1 = .04 but not below the last: .06. */
/* 48 and 41 of 549 pairs differ: -1.57 to +4.14 % with 90 % (PropCIs::scoreci.mp, published with the data). Without a
 * pair that differs the bounds are those of z^2 = (n delta)^2 / (n delta (1 - delta)): z^2 / (n + z^2), as of Wilson's
 * interval of no success; and where all differ in one way, one less twice that. */
static void test_paired_share_is_tangos(void)
{
    struct sim_difference d = sim_paired_share_difference(48, 41, 549, 0, .90);
    double z2 = 1.959963984540054 * 1.959963984540054;

    assert_interval(d.mean, 7. / 549, d.mean.low, d.mean.high, 1e-12);
    assert_near(d.mean.low, -.0157, 5e-5);
    assert_near(d.mean.high, .0414, 5e-5);
    d = sim_paired_share_difference(0, 0, 20, 0, .95);
    assert_interval(d.mean, 0, -z2 / (20 + z2), z2 / (20 + z2), 1e-9);
    assert_near(d.p_value, 1, 0);
    d = sim_paired_share_difference(20, 0, 20, 0, .95);
    assert_interval(d.mean, 1, 1 - 2 * z2 / (20 + z2), 1, 1e-9);
    d = sim_paired_share_difference(0, 0, 0, 0, .95);
    g_assert_true(isnan(d.mean.estimate) && d.p_value >= 1);
}

/* Of no difference it is McNemar's test: z = (b - c) / sqrt(b + c). And a bound is what the test just does not refuse;
 * exchanging both turns everything around. */
static void test_paired_share_test_and_interval_agree(void)
{
    for (size_t n = 2; n <= 40; n += 19)
        for (size_t b = 0; b <= n; b++)
            for (size_t c = 0; b + c <= n; c++) {
                struct sim_difference d = sim_paired_share_difference(b, c, n, 0, .9);
                struct sim_difference e = sim_paired_share_difference(c, b, n, 0, .9);
                double z = b + c ? fabs((double)b - (double)c) / sqrt((double)(b + c)) : 0;

                assert_near(d.p_value, erfc(z / sqrt(2)), 1e-12);
                assert_interval(e.mean, -d.mean.estimate, -d.mean.high, -d.mean.low, 1e-9);
                g_assert_true(d.mean.low >= -1 && d.mean.low <= d.mean.estimate && d.mean.high <= 1);
                if (d.mean.low > -1 && d.mean.low < d.mean.estimate)
                    assert_near(sim_paired_share_difference(b, c, n, d.mean.low, .9).p_value, .1, 1e-6);
            }
}

static void test_holm(void)
{
    static const double p[] = {.01, .04, NAN, .03, .005}, adjusted[] = {.03, .06, NAN, .06, .02};
    double out[5], one = .7, ties[] = {.02, .02, .9};

    sim_holm(p, 5, out);
    for (guint i = 0; i < 5; i++)
        g_assert_true(isnan(p[i]) ? isnan(out[i]) : fabs(out[i] - adjusted[i]) < 1e-12);
    sim_holm(&one, 1, &one);
    g_assert_cmpfloat(one, ==, .7);
    sim_holm(ties, 3, ties); /* .02 x 3, then .02 x 2 but not below; .9 */
    assert_near(ties[0], .06, 1e-12);
    assert_near(ties[1], .06, 1e-12);
    assert_near(ties[2], .9, 1e-12);
    sim_holm(NULL, 0, NULL);
}

/* ---- quantiles ---- */

/* Conover, Practical Nonparametric Statistics: medians at 95 %. */
static void test_quantile_ranks_of_medians(void)
{
    static const struct {
        size_t n, low, high;
        double coverage;
    } table[] = {{10, 2, 9, .978516}, {20, 6, 15, .958611}, {50, 18, 32, .951126}};

    for (guint row = 0; row < N(table); row++) {
        struct sim_ranks ranks;
        g_assert_true(sim_quantile_ranks(table[row].n, .5, .95, &ranks));
        g_assert_cmpuint(ranks.low, ==, table[row].low);
        g_assert_cmpuint(ranks.high, ==, table[row].high);
        assert_near(ranks.coverage, table[row].coverage, 1e-6);
    }
}

/* 1 - .95^59 = .951505 (.05^59 is nothing), and 1 - .95^58 is below .95; 1 - 2 / 2^6 = .96875, 1 - 2 / 2^5 = .9375. Ten
 * and more of 59 are above the 95th percentile with probability .000644, nine and more with .002532: the lower rank is
 * 50, which leaves .950861. */
static void test_quantile_needs_enough(void)
{
    struct sim_ranks ranks;

    g_assert_cmpuint(sim_quantile_least_n(.95, .95), ==, 59);
    g_assert_cmpuint(sim_quantile_least_n(.05, .95), ==, 59);
    g_assert_cmpuint(sim_quantile_least_n(.5, .95), ==, 6);
    g_assert_true(sim_quantile_ranks(59, .95, .95, &ranks));
    assert_near(ranks.coverage, .950861, 1e-6);
    g_assert_cmpuint(ranks.low, ==, 50);
    g_assert_cmpuint(ranks.high, ==, 59);
    g_assert_false(sim_quantile_ranks(58, .95, .95, &ranks));
    g_assert_cmpuint(ranks.low, ==, 0);
    assert_near(ranks.coverage, 1 - pow(.95, 58), 1e-12);
    g_assert_true(sim_quantile_ranks(6, .5, .95, &ranks));
    assert_near(ranks.coverage, .96875, 1e-12);
    g_assert_false(sim_quantile_ranks(5, .5, .95, &ranks));
    for (size_t n = 0; n < 2; n++)
        g_assert_false(sim_quantile_ranks(n, .5, .1, &ranks));
}

/* No closer pair, and no equally close one that covers more, by trying all. */
static void test_quantile_ranks_are_the_closest(void)
{
    for (guint n = 2; n <= 80; n += 3)
        for (double p = .05; p < .99; p += .15) {
            struct sim_ranks ranks;
            size_t closest = SIZE_MAX;
            double most = 0;
            for (guint low = 1; low < n; low++)
                for (guint high = low + 1; high <= n; high++) {
                    double covered = gsl_cdf_binomial_P(high - 1, p, n) - gsl_cdf_binomial_P(low - 1, p, n);
                    if (covered < .9 || high - low > closest)
                        continue;
                    most = high - low < closest ? covered : fmax(most, covered);
                    closest = high - low;
                }
            g_assert_true(sim_quantile_ranks(n, p, .9, &ranks) == (closest != SIZE_MAX));
            if (closest != SIZE_MAX) {
                g_assert_cmpuint(ranks.high - ranks.low, ==, closest);
                assert_near(ranks.coverage, most, 1e-11);
            }
        }
}

/* 1..10: ranks 2 and 9; the median lies between the fifth and the sixth. */
static void test_quantile_interval(void)
{
    static const double ten[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, never[] = {1, 2, 3, INFINITY, INFINITY};
    static const double nan[] = {1, 2, NAN};

    assert_interval(sim_quantile_interval(ten, 10, .5, .95), 5.5, 2, 9, 1e-12);
    assert_unbounded(sim_quantile_interval(ten, 10, .9, .95));
    assert_near(sim_quantile_interval(ten, 10, .9, .95).estimate, 9.1, 1e-12); /* .9 x 9 = 8.1 steps from the first */
    assert_unbounded(sim_quantile_interval(ten, 1, .5, .95));
    g_assert_cmpfloat(sim_quantile_interval(ten, 1, .5, .95).estimate, ==, 1);
    assert_unbounded(sim_quantile_interval(ten, 0, .5, .95));
    g_assert_true(isnan(sim_quantile_interval(ten, 0, .5, .95).estimate));
    /* Two of five never arrived: the median did, just before one that did not; the last tenth did not. */
    g_assert_cmpfloat(sim_quantile_interval(never, 5, .5, .9).estimate, ==, 3);
    g_assert_cmpfloat(sim_quantile_interval(never, 5, .5, .9).low, ==, 1);
    g_assert_cmpfloat(sim_quantile_interval(never, 5, .5, .9).high, ==, INFINITY);
    g_assert_cmpfloat(sim_quantile_interval(never, 5, .9, .9).estimate, ==, INFINITY);
    g_assert_cmpfloat(sim_quantile_interval(never, 5, .6, .9).estimate, ==, INFINITY);
    assert_undefined(sim_quantile_interval(nan, 3, .5, .95));
}

/* ---- shares ---- */

/* 9 of 10: midpoint .7890. Wilson's bounds are where |share - p| = z sqrt(p (1 - p) / n); none of 10: z^2 / (10 + z^2).
 */
static void test_share_wilson(void)
{
    struct sim_interval share = sim_share_interval(9, 10, .95);
    double z = 1.959964, bounds[2];

    assert_interval(share, .9, .5958, .9821, 5e-5);
    assert_near((share.low + share.high) / 2, .7890, 5e-5);
    bounds[0] = share.low, bounds[1] = share.high;
    for (guint i = 0; i < 2; i++)
        assert_near(fabs(.9 - bounds[i]), z * sqrt(bounds[i] * (1 - bounds[i]) / 10), 1e-6);
    assert_interval(sim_share_interval(0, 10, .95), 0, 0, z * z / (10 + z * z), 1e-6);
    assert_interval(sim_share_interval(10, 10, .95), 1, 10 / (10 + z * z), 1, 1e-6);
    g_assert_cmpfloat(sim_share_interval(0, 10, .95).low, ==, 0);
    g_assert_cmpfloat(sim_share_interval(10, 10, .95).high, ==, 1);
    g_assert_true(isnan(sim_share_interval(0, 0, .95).estimate));
    g_assert_cmpfloat(sim_share_interval(0, 0, .95).low, ==, 0);
    g_assert_cmpfloat(sim_share_interval(0, 0, .95).high, ==, 1);
}

/* The textbooks' 9 of 10: .5550 to .9975. None of n: 1 - (alpha / 2)^(1 / n). At the bounds the tails are alpha / 2. */
static void test_share_exact(void)
{
    const guint ns[] = {1, 2, 20, 99, 632, 5336, 1000000};
    const double confidences[] = {.95, .9875, 1 - 1e-5};

    assert_interval(sim_share_exact_interval(9, 10, .95), .9, .5550, .9975, 5e-5);
    assert_interval(sim_share_exact_interval(0, 10, .95), 0, 0, 1 - pow(.025, .1), 1e-9);
    assert_interval(sim_share_exact_interval(10, 10, .95), 1, pow(.025, .1), 1, 1e-9);
    g_assert_true(isnan(sim_share_exact_interval(0, 0, .95).estimate));
    g_assert_cmpfloat(sim_share_exact_interval(0, 0, .95).high, ==, 1);
    for (guint i = 0; i < G_N_ELEMENTS(ns); i++)
        for (guint j = 0; j < G_N_ELEMENTS(confidences); j++)
            for (guint k = 0; k <= ns[i]; k += 1 + ns[i] / 23) {
                struct sim_interval share = sim_share_exact_interval(k, ns[i], confidences[j]);
                double tail = (1 - confidences[j]) / 2;

                if (k > 0)
                    assert_near(gsl_cdf_binomial_Q(k - 1, share.low, ns[i]) / tail, 1, 1e-4);
                if (k < ns[i])
                    assert_near(gsl_cdf_binomial_P(k, share.high, ns[i]) / tail, 1, 1e-4);
            }
}

/* ---- how many replications ---- */

/* Banks et al.: s = .072, half a width of .04: the normal quantile wants 12.45, t wants 15.38 of 13, 15.12 of 14, 14.90
 * of 15, which is the first that is enough. */
static void test_replications_needed(void)
{
    g_assert_cmpuint(sim_replications_needed(.072, .04, .95), ==, 15);
    g_assert_cmpuint(sim_replications_needed(0, .04, .95), ==, 2);
    g_assert_cmpuint(sim_replications_needed(0, 0, .95), ==, 2);
    g_assert_cmpuint(sim_replications_needed(1, 1e9, .95), ==, 2);
    g_assert_cmpuint(sim_replications_needed(1, 0, .95), ==, SIZE_MAX);
    g_assert_cmpuint(sim_replications_needed(1, 1e-12, .95), ==, SIZE_MAX);
    g_assert_cmpuint(sim_replications_needed(NAN, 1, .95), ==, SIZE_MAX);
}

static struct sim_precision check(const struct sim_precision_rule *rule, const double *values, size_t n)
{
    return sim_precision_check(rule, &values, 1, n);
}

/* gamma .25, so half a width of .2 of the mean. Tens with a 20 as the fifth of n: s^2 = 100 (1 - 1/n) / (n - 1) = 100 /
 * n, half = 10 t / n, mean = 10 + 10 / n: precise when t <= .2 (n + 1), which is 2.306 <= 2.0 of 9, 2.262 <= 2.2 of 10
 * and 2.228 <= 2.4 of 11: from there on, and five more. */
static void test_precision_lost_and_found(void)
{
    struct sim_precision_rule rule = {.relative = .25, .confidence = .95, .n_min = 3, .look_ahead = 5};
    double values[40];

    for (guint i = 0; i < N(values); i++)
        values[i] = i == 4 ? 20 : 10;
    for (guint n = 0; n <= N(values); n++) {
        struct sim_precision p = check(&rule, values, n);
        enum sim_precision_state state = n < 3    ? SIM_PRECISION_TOO_FEW
                                         : n < 5  ? SIM_PRECISION_LOOKING_AHEAD
                                         : n < 11 ? SIM_PRECISION_OPEN
                                         : n < 16 ? SIM_PRECISION_LOOKING_AHEAD
                                                  : SIM_PRECISION_REACHED;
        g_assert_cmpint(p.state, ==, state);
        g_assert_cmpuint(p.n_precise, ==, n >= 11 ? 11 : n == 3 || n == 4 ? 3 : 0);
        g_assert_cmpuint(p.n_stop, ==, n >= 16 ? 16 : 0);
        if (n >= 11)
            g_assert_cmpuint(p.n_expected, ==, 16);
        else if (n < 5) /* all alike so far: the minimum is enough */
            g_assert_cmpuint(p.n_expected, ==, 8);
    }
    /* After five: s = sqrt 20, 2.4 wanted; 2.145 x 4.472 / sqrt 15 = 2.477, 2.131 x 4.472 / sqrt 16 = 2.383. */
    g_assert_cmpuint(check(&rule, values, 5).n_expected, ==, 16 + 5);
}

static void test_precision_looks_further_ahead_of_many(void)
{
    struct sim_precision_rule rule = {.relative = .02, .confidence = .95, .n_min = 250, .look_ahead = 5};
    double values[300];

    for (guint i = 0; i < N(values); i++)
        values[i] = 7;
    g_assert_cmpuint(check(&rule, values, 300).n_stop, ==, 250 + 12); /* 5 x 250 / 100 = 12.5 */
    rule.look_ahead = 0;
    g_assert_cmpuint(check(&rule, values, 300).n_stop, ==, 250);
}

/* 1 and -1 in turn: of an even number the mean is 0, which is never relatively precise. Half a width of .5: of 18, s^2
 * = 18 / 17, t s / sqrt n = 2.110 / sqrt 17 = .512 is not; of 19, the mean is 1 / 19, s^2 = (19 - 1 / 19) / 18,
 * and 2.101 x 1.0260 / sqrt 19 = .4945 is. */
static void test_precision_of_mean_zero(void)
{
    struct sim_precision_rule rule = {.relative = .05, .confidence = .95, .n_min = 10, .look_ahead = 0};
    double values[40], zeros[20] = {0};

    for (guint i = 0; i < N(values); i++)
        values[i] = i % 2 == 0 ? 1 : -1;
    g_assert_cmpint(check(&rule, values, 40).state, ==, SIM_PRECISION_OPEN);
    g_assert_cmpuint(check(&rule, values, 40).n_expected, ==, SIZE_MAX);
    rule.absolute = .5;
    g_assert_cmpint(check(&rule, values, 40).state, ==, SIM_PRECISION_REACHED);
    g_assert_cmpuint(check(&rule, values, 40).n_stop, ==, 19);
    rule.absolute = 0;
    g_assert_cmpuint(check(&rule, zeros, 20).n_stop, ==, 10);
}

static void test_precision_of_every_metric(void)
{
    struct sim_precision_rule rule = {.relative = .25, .confidence = .95, .n_min = 3, .look_ahead = 5};
    double steady[20], bump[20];
    const double *metrics[] = {steady, bump};

    for (guint i = 0; i < 20; i++) {
        steady[i] = 3;
        bump[i] = i == 4 ? 20 : 10;
    }
    struct sim_precision p = sim_precision_check(&rule, metrics, 2, 8);
    g_assert_cmpint(p.state, ==, SIM_PRECISION_OPEN);
    g_assert_cmpuint(p.worst, ==, 1);
    p = sim_precision_check(&rule, metrics, 2, 20);
    g_assert_cmpint(p.state, ==, SIM_PRECISION_REACHED);
    g_assert_cmpuint(p.n_stop, ==, 16);
    bump[7] = INFINITY;
    p = sim_precision_check(&rule, metrics, 2, 20);
    g_assert_cmpint(p.state, ==, SIM_PRECISION_UNDEFINED);
    g_assert_cmpuint(p.worst, ==, 1);
    g_assert_cmpuint(p.n_expected, ==, SIZE_MAX);
}

/* ---- one long run ---- */

/* Means of five: 16 8 5 5 5 5 5 5. */
static void test_mser_5(void)
{
    static const double run[] = {20, 18, 16, 14, 12, 10, 9, 8, 7, 6, 5, 5, 4, 6, 5, 5, 4, 6, 5, 5,
                                 4,  5,  6,  5,  5,  5,  6, 4, 5, 5, 5, 5, 4, 6, 5, 6, 4, 5, 5, 5};
    double curve[5];
    struct sim_warm_up warm_up = sim_mser(run, 40, 5, curve);

    assert_near(curve[0], 1.648438, 1e-6);
    assert_near(curve[1], .157434, 1e-6);
    g_assert_cmpfloat(curve[2], ==, 0);
    g_assert_cmpuint(warm_up.n_discard, ==, 2 * 5);
    g_assert_false(warm_up.too_short);
    assert_near(gsl_stats_mean(run, 1, 40), 6.75, 1e-12);
    assert_near(gsl_stats_mean(run + warm_up.n_discard, 1, 40 - warm_up.n_discard), 5, 1e-12);
    /* Cut after 20, the 16 8 5 5: the best is the last allowed. A rest of less than five changes nothing. */
    for (size_t n = 20; n < 25; n++) {
        warm_up = sim_mser(run, n, 5, NULL);
        g_assert_cmpuint(warm_up.n_discard, ==, 2 * 5);
        g_assert_true(warm_up.too_short);
    }
}

static void test_mser_special(void)
{
    static const double flat[] = {3, 3, 3, 3}, nan[] = {3, NAN, 3, 4};

    g_assert_cmpuint(sim_mser(flat, 4, 1, NULL).n_discard, ==, 0);
    g_assert_false(sim_mser(flat, 4, 1, NULL).too_short);
    for (size_t n = 0; n < 5; n++) { /* nothing, or a single mean */
        g_assert_cmpuint(sim_mser(flat, n, 4, NULL).n_discard, ==, 0);
        g_assert_true(sim_mser(flat, n, 4, NULL).too_short);
    }
    g_assert_cmpuint(sim_mser(nan, 4, 1, NULL).n_discard, ==, 0);
    g_assert_true(sim_mser(nan, 4, 1, NULL).too_short);
}

/* 0 | 1 1 | 3 3 | 2 2 | 6 6 with four batches: 1 3 2 6 have mean 3 and variance (4 + 0 + 1 + 9) / 3 = 14 / 3; half =
 * t(3, .975) sqrt(14 / 12) = 3.182446 x 1.080123; lag 1: ((-2)(0) + (0)(-1) + (-1)(3)) / 14. */
static void test_batch_means_by_hand(void)
{
    static const double run[] = {0, 1, 1, 3, 3, 2, 2, 6, 6}, flat[] = {4, 4, 4, 4};
    struct sim_batches batches = sim_batch_means(run, 9, 4, .95);

    g_assert_cmpuint(batches.size, ==, 2);
    assert_interval(batches.mean, 3, 3 - 3.182446 * 1.080123, 3 + 3.182446 * 1.080123, 1e-5);
    assert_near(batches.lag1, -3 / 14., 1e-12);
    batches = sim_batch_means(flat, 4, 2, .95);
    assert_interval(batches.mean, 4, 4, 4, 0);
    g_assert_cmpfloat(batches.lag1, ==, 0);
    batches = sim_batch_means(run, 3, 4, .95);
    g_assert_cmpuint(batches.size, ==, 0);
    assert_near(batches.mean.estimate, 2 / 3., 1e-12);
    assert_unbounded(batches.mean);
}

/* The variance of a batch's mean, times its size. */
static double spread(const struct sim_batches *batches, size_t n_batches)
{
    double half = batches->mean.high - batches->mean.estimate;

    return gsl_pow_2(half / gsl_cdf_tdist_Pinv(.975, (double)(n_batches - 1))) * (double)(n_batches * batches->size);
}

/* x' = .9 x + noise: variance 1 / (1 - .81) = 5.2632, lag-1 correlation .9, and the variance of means of n is about 100
 * / n (asymptotic variance constant 1 / (1 - .9)^2); of batches of 500 it is 5.2632 (19 - 2 x .9 / (500 x .01)) = 98.1.
 */
static void test_batch_means_autoregressive(void)
{
    enum { N_VALUES = 1000000, N_BATCHES = N_VALUES / 500 };
    double *run = g_new(double, N_VALUES), x;
    gsl_rng *stream = sim_random_stream(1, 0, "autoregressive", "noise");
    struct sim_batches batches;

    x = gsl_ran_gaussian_ziggurat(stream, sqrt(5.2632));
    for (guint i = 0; i < N_VALUES; i++)
        run[i] = x = .9 * x + gsl_ran_gaussian_ziggurat(stream, 1);
    batches = sim_batch_means(run, N_VALUES, N_VALUES, .95);
    assert_near(spread(&batches, N_VALUES), 5.2632, .02 * 5.2632);
    assert_near(batches.lag1, .9, .01);
    batches = sim_batch_means(run, N_VALUES, N_BATCHES, .95);
    assert_near(spread(&batches, N_BATCHES), 98.1, 4 * sqrt(2. / N_BATCHES) * 98.1); /* 4 deviations of a variance */
    assert_near(batches.lag1, 0, 4 / sqrt(N_BATCHES));
    g_assert_cmpfloat(batches.mean.low, <, 0);
    g_assert_cmpfloat(batches.mean.high, >, 0);
    gsl_rng_free(stream);
    g_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/output-analysis/mean/bank", test_mean_bank);
    g_test_add_func("/output-analysis/mean/utilisation", test_mean_utilisation);
    g_test_add_func("/output-analysis/mean/special", test_mean_special);
    g_test_add_func("/output-analysis/mean/student-quantiles-are-found", test_student_quantiles_are_found);
    g_test_add_func("/output-analysis/difference/paired-inventory", test_difference_paired_inventory);
    g_test_add_func("/output-analysis/difference/welch-inventory", test_difference_welch_inventory);
    g_test_add_func("/output-analysis/difference/p-value-fits-interval", test_difference_p_value_fits_interval);
    g_test_add_func("/output-analysis/difference/special", test_difference_special);
    g_test_add_func("/output-analysis/difference/relative-is-fiellers", test_relative_difference_fieller);
    g_test_add_func("/output-analysis/difference/relative-special", test_relative_difference_special);
    g_test_add_func("/output-analysis/difference/paired-share-is-tangos", test_paired_share_is_tangos);
    g_test_add_func("/output-analysis/difference/paired-share-test-and-interval-agree",
                    test_paired_share_test_and_interval_agree);
    g_test_add_func("/output-analysis/difference/holm", test_holm);
    g_test_add_func("/output-analysis/quantile/ranks-of-medians", test_quantile_ranks_of_medians);
    g_test_add_func("/output-analysis/quantile/needs-enough", test_quantile_needs_enough);
    g_test_add_func("/output-analysis/quantile/ranks-are-the-closest", test_quantile_ranks_are_the_closest);
    g_test_add_func("/output-analysis/quantile/interval", test_quantile_interval);
    g_test_add_func("/output-analysis/share/wilson", test_share_wilson);
    g_test_add_func("/output-analysis/share/exact", test_share_exact);
    g_test_add_func("/output-analysis/precision/replications-needed", test_replications_needed);
    g_test_add_func("/output-analysis/precision/lost-and-found", test_precision_lost_and_found);
    g_test_add_func("/output-analysis/precision/looks-further-ahead-of-many",
                    test_precision_looks_further_ahead_of_many);
    g_test_add_func("/output-analysis/precision/of-mean-zero", test_precision_of_mean_zero);
    g_test_add_func("/output-analysis/precision/of-every-metric", test_precision_of_every_metric);
    g_test_add_func("/output-analysis/long-run/mser-5", test_mser_5);
    g_test_add_func("/output-analysis/long-run/mser-special", test_mser_special);
    g_test_add_func("/output-analysis/long-run/batch-means-by-hand", test_batch_means_by_hand);
    g_test_add_func("/output-analysis/long-run/batch-means-autoregressive", test_batch_means_autoregressive);
    return g_test_run();
}
