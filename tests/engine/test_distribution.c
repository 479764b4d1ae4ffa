/* Distributions: each form draws what theory says. Samples with fixed seeds are held against GSL's distribution
 * functions, with parameters worked out by hand, by the test of Kolmogorov and Smirnov: sqrt(n) times the greatest
 * distance is above 1.95 once in a thousand good samples. */
#include "sim/engine/distribution.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/engine/random.h"

#define N 20000

static struct sim_distribution of(const char *kind, const char *a, double x, const char *b, double y)
{
    const char *names[] = {a, b};
    struct sim_distribution d = {.form = sim_distribution_form(kind, names, b ? 2 : a ? 1 : 0), .max = INFINITY};
    g_assert_nonnull(d.form);
    for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && d.form->params[i]; i++)
        d.params[i] = a && strcmp(d.form->params[i], a) == 0 ? x : y;
    return d;
}

static void prepare(struct sim_distribution *d)
{
    g_autofree char *wrong = sim_distribution_prepare(d);
    g_assert_cmpstr(wrong, ==, NULL);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void draw_all(const struct sim_distribution *d, double *sample)
{
    gsl_rng *stream = sim_random_stream(1, 0, "test", d->form->kind);
    for (int i = 0; i < N; i++)
        sample[i] = sim_distribution_draw(d, stream);
    gsl_rng_free(stream);
    qsort(sample, N, sizeof *sample, ascending);
}

typedef double law(double x);

static void expect_law(struct sim_distribution d, law *below, double mean, double sd)
{
    static double sample[N];
    double distance = 0, sum = 0;
    prepare(&d);
    draw_all(&d, sample);
    for (int i = 0; i < N; i++) {
        double p = below(sample[i]);
        distance = fmax(distance, fmax(fabs(p - (double)i / N), fabs(p - (double)(i + 1) / N)));
        g_assert_cmpfloat(fabs(sim_distribution_below(&d, sample[i]) - p), <, 1e-9);
        sum += sample[i];
    }
    g_assert_cmpfloat(distance * sqrt(N), <, 1.95);
    g_assert_cmpfloat(fabs(sum / N - mean), <, 3.9 * sd / sqrt(N));
    g_assert_cmpfloat(fabs(sim_distribution_mean(&d) - mean), <, 1e-6 * mean);
}

static double law_uniform(double x)
{
    return gsl_cdf_flat_P(x, 10, 30);
}

/* Standard deviation of a uniform distribution: width / sqrt(12). */
static void test_uniform(void)
{
    expect_law(of("uniform", "min", 10, "max", 30), law_uniform, 20, 20 / sqrt(12));
}

/* From 0 by 6 to 10: P(X <= x) = x^2 / 60 up to 6, 1 - (10 - x)^2 / 40 above. Mean 16/3; variance
 * (0 + 36 + 100 - 0 - 0 - 60) / 18 = 76/18. */
static double law_triangular(double x)
{
    return x < 6 ? x * x / 60 : 1 - (10 - x) * (10 - x) / 40;
}

static void test_triangular(void)
{
    const char *names[] = {"min", "mode", "max"};
    struct sim_distribution d = {
        .form = sim_distribution_form("triangular", names, 3), .params = {0, 6, 10}, .max = INFINITY};
    expect_law(d, law_triangular, 16 / 3.0, sqrt(76 / 18.0));
}

static double law_exponential(double x)
{
    return gsl_cdf_exponential_P(x, 8);
}

static void test_exponential(void)
{
    expect_law(of("exponential", "mean", 8, NULL, 0), law_exponential, 8, 8);
}

/* Shape (10/5)^2 = 4, scale 5^2/10 = 2.5. */
static double law_gamma(double x)
{
    return gsl_cdf_gamma_P(x, 4, 2.5);
}

static void test_gamma(void)
{
    expect_law(of("gamma", "mean", 10, "sd", 5), law_gamma, 10, 5);
}

static double law_weibull(double x)
{
    return gsl_cdf_weibull_P(x, 10, 2);
}

/* Of shape 2 (Rayleigh): mean = scale x sqrt(pi)/2, variance = scale^2 (1 - pi/4). */
static void test_weibull(void)
{
    double mean = 10 * sqrt(G_PI) / 2, sd = 10 * sqrt(1 - G_PI / 4);
    expect_law(of("weibull", "shape", 2, "scale", 10), law_weibull, mean, sd);
    expect_law(of("weibull", "mean", mean, "shape", 2), law_weibull, mean, sd);
    /* of shape 1 it is exponential */
    expect_law(of("weibull", "mean", 8, "shape", 1), law_exponential, 8, 8);
}

/* Mean 10, deviation 5, cut at 0, two deviations below: P = (F(x) - F(0)) / (1 - F(0)). With f and F of the standard
 * normal distribution at -2, f = 0.0539910, 1 - F = 0.9772499: mean 10 + 5 f / (1 - F) = 10.2762402. */
static double law_normal(double x)
{
    double under = gsl_cdf_ugaussian_P(-2);
    return (gsl_cdf_ugaussian_P((x - 10) / 5) - under) / (1 - under);
}

static void test_normal(void)
{
    struct sim_distribution d = of("normal", "mean", 10, "sd", 5);
    static double sample[N];
    expect_law(d, law_normal, 10.2762402, 4.7);
    prepare(&d);
    draw_all(&d, sample);
    g_assert_cmpfloat(sample[0], >=, 0);
}

/* The same shape in a range that reaches far beyond it, as those of sizes do. */
static void test_normal_in_a_wide_range(void)
{
    struct sim_distribution d = of("normal", "mean", 1e6, "sd", 5e5);
    d.max = 1e15;
    prepare(&d);
    g_assert_cmpfloat(fabs(sim_distribution_mean(&d) - 1027624.02), <, 0.1);
    d = of("normal", "mean", 1e8, "sd", 2e7); /* cut 5 deviations below: 1e8 + 2e7 x 1.4867195e-6 */
    d.max = 1e15;
    prepare(&d);
    g_assert_cmpfloat(fabs(sim_distribution_mean(&d) - 100000029.7), <, 0.1);
}

/* By mean 120 and p95 300: z = 1.6448536, ln(300/120) = 0.9162907, b = z - sqrt(z^2 - 2 x 0.9162907) = 0.7105293,
 * a = ln 120 - b^2/2 = 4.5350658. */
static double law_lognormal(double x)
{
    return gsl_cdf_lognormal_P(x, 4.5350658, 0.7105293);
}

/* By median 100 and p95 300: a = ln 100, b = ln 3 / z. */
static double law_lognormal_median(double x)
{
    return gsl_cdf_lognormal_P(x, log(100), log(3) / 1.6448536269514722);
}

/* By mean 10 and sd 10: b^2 = ln 2, a = ln 10 - ln(2)/2. */
static double law_lognormal_sd(double x)
{
    return gsl_cdf_lognormal_P(x, log(10) - log(2) / 2, sqrt(log(2)));
}

static void test_lognormal(void)
{
    struct sim_distribution d = of("lognormal", "mean", 120, "p95", 300);
    prepare(&d);
    g_assert_cmpfloat(fabs(sim_distribution_mean(&d) - 120), <, 1e-9);
    g_assert_cmpfloat(fabs(sim_distribution_below(&d, 300) - 0.95), <, 1e-12);
    g_assert_cmpfloat(fabs(d.b - 0.7105293), <, 1e-6);
    static double sample[N];
    draw_all(&d, sample);
    double distance = 0;
    for (int i = 0; i < N; i++)
        distance = fmax(distance, fabs(law_lognormal(sample[i]) - (i + 0.5) / N));
    g_assert_cmpfloat(distance * sqrt(N), <, 1.95);
    double s = log(3) / 1.6448536269514722;
    expect_law(of("lognormal", "median", 100, "p95", 300), law_lognormal_median, 100 * exp(s * s / 2),
               100 * exp(s * s / 2) * sqrt(expm1(s * s)));
    expect_law(of("lognormal", "mean", 10, "sd", 10), law_lognormal_sd, 10, 10);
}

static void test_constant(void)
{
    static double sample[N];
    struct sim_distribution d = of("constant", "", 7, NULL, 0);
    prepare(&d);
    draw_all(&d, sample);
    g_assert_cmpfloat(sample[0], ==, 7);
    g_assert_cmpfloat(sample[N - 1], ==, 7);
    g_assert_cmpfloat(sim_distribution_mean(&d), ==, 7);
}

/* Of 1, 2, 2 and 5 half are 2: n = 20000 draws, deviation of the count sqrt(n/4) = 70.7. */
static void test_empirical(void)
{
    static double sample[N];
    double values[] = {5, 2, 1, 2};
    struct sim_distribution d = {.form = sim_distribution_form("empirical", NULL, 0), .max = INFINITY};
    d.values = g_memdup2(values, sizeof values);
    d.n_values = 4;
    prepare(&d);
    draw_all(&d, sample);
    int twos = 0;
    for (int i = 0; i < N; i++) {
        g_assert_true(sample[i] == 1 || sample[i] == 2 || sample[i] == 5);
        twos += sample[i] == 2;
    }
    g_assert_cmpint(ABS(twos - N / 2), <, 4 * 71);
    g_assert_cmpfloat(sim_distribution_mean(&d), ==, 2.5);
    g_assert_cmpfloat(sim_distribution_below(&d, 2), ==, 0.75);
    sim_distribution_clear(&d);
}

/* An exponential distribution cut at its mean: E = mean x (1 - 2/e) / (1 - 1/e) = 0.4180233 of it. */
static void test_cut(void)
{
    static double sample[N];
    struct sim_distribution d = of("exponential", "mean", 1, NULL, 0);
    d.max = 1;
    prepare(&d);
    draw_all(&d, sample);
    double sum = 0;
    for (int i = 0; i < N; i++)
        sum += sample[i];
    g_assert_cmpfloat(sample[N - 1], <=, 1);
    g_assert_cmpfloat(fabs(sum / N - 0.4180233), <, 0.01);
    g_assert_cmpfloat(fabs(sim_distribution_mean(&d) - 0.4180233), <, 1e-6);
}

static void expect_wrong(struct sim_distribution d, const char *part)
{
    g_autofree char *wrong = sim_distribution_prepare(&d);
    g_assert_nonnull(wrong);
    if (!strstr(wrong, part))
        g_error("\"%s\" does not say \"%s\"", wrong, part);
}

static void test_impossible(void)
{
    struct sim_distribution d;
    expect_wrong(of("lognormal", "mean", 100, "p95", 90), "must be above \"mean\"");
    expect_wrong(of("lognormal", "mean", 100, "p95", 400), "3.87 times");
    expect_wrong(of("lognormal", "median", 100, "p95", 100), "must be above \"median\"");
    expect_wrong(of("lognormal", "mean", 0, "p95", 100), "must be above 0");
    expect_wrong(of("uniform", "min", 3, "max", 2), "must be below");
    expect_wrong(of("gamma", "mean", 3, "sd", 0), "must be above 0");
    expect_wrong(of("weibull", "shape", 0, "scale", 1), "between 0.1 and 1000");
    expect_wrong(of("exponential", "mean", 0, NULL, 0), "above 0");
    expect_wrong(of("normal", "mean", 1, "sd", -1), "above 0");
    d = of("exponential", "mean", 1000, NULL, 0);
    d.max = 1; /* P(X <= 1) is a thousandth */
    expect_wrong(d, "hardly any");
    d = of("constant", "", 2, NULL, 0);
    d.max = 1;
    expect_wrong(d, "out of range");
    d = of("uniform", "min", 0, "max", 1);
    d.above_min = true;
    expect_wrong(d, "out of range");
    g_assert_null(sim_distribution_form("normal", (const char *[]){"mean"}, 1));
    g_assert_null(sim_distribution_form("cauchy", (const char *[]){"mean"}, 1));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/distribution/uniform", test_uniform);
    g_test_add_func("/distribution/triangular", test_triangular);
    g_test_add_func("/distribution/exponential", test_exponential);
    g_test_add_func("/distribution/gamma", test_gamma);
    g_test_add_func("/distribution/weibull", test_weibull);
    g_test_add_func("/distribution/normal cut at 0", test_normal);
    g_test_add_func("/distribution/normal in a wide range", test_normal_in_a_wide_range);
    g_test_add_func("/distribution/lognormal", test_lognormal);
    g_test_add_func("/distribution/constant", test_constant);
    g_test_add_func("/distribution/empirical", test_empirical);
    g_test_add_func("/distribution/cut to a range", test_cut);
    g_test_add_func("/distribution/impossible", test_impossible);
    return g_test_run();
}
