#include "sim/engine/distribution.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sf_gamma.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define Z95 1.6448536269514722 /* 95th percentile of the standard normal distribution */
#define LEAST_SHARE 0.01       /* of a distribution that must be within its range: less would be drawn for ever */

/* ---- what the families are ---- */

static const char *solve_nothing(struct sim_distribution *d)
{
    (void)d;
    return NULL;
}

static double draw_constant(const struct sim_distribution *d, const gsl_rng *stream)
{
    (void)stream;
    return d->params[0];
}

static double below_constant(const struct sim_distribution *d, double x)
{
    return x >= d->params[0];
}

static double mean_constant(const struct sim_distribution *d)
{
    return d->params[0];
}

static const char *solve_uniform(struct sim_distribution *d)
{
    return d->params[0] < d->params[1] ? NULL : "\"min\" must be below \"max\"";
}

static double draw_uniform(const struct sim_distribution *d, const gsl_rng *stream)
{
    return gsl_ran_flat(stream, d->params[0], d->params[1]);
}

static double below_uniform(const struct sim_distribution *d, double x)
{
    return gsl_cdf_flat_P(x, d->params[0], d->params[1]);
}

static double mean_uniform(const struct sim_distribution *d)
{
    return (d->params[0] + d->params[1]) / 2;
}

static const char *solve_triangular(struct sim_distribution *d)
{
    if (!(d->params[0] < d->params[2]))
        return "\"min\" must be below \"max\"";
    return d->params[0] <= d->params[1] && d->params[1] <= d->params[2]
               ? NULL
               : "\"mode\" must be between \"min\" and \"max\"";
}

static double draw_triangular(const struct sim_distribution *d, const gsl_rng *stream)
{
    double low = d->params[0], mode = d->params[1], high = d->params[2], u = gsl_rng_uniform(stream);
    double share = (mode - low) / (high - low);
    return u < share ? low + sqrt(u * (high - low) * (mode - low))
                     : high - sqrt((1 - u) * (high - low) * (high - mode));
}

static double below_triangular(const struct sim_distribution *d, double x)
{
    double low = d->params[0], mode = d->params[1], high = d->params[2];
    if (x <= low)
        return 0;
    if (x >= high)
        return 1;
    return x < mode ? (x - low) * (x - low) / ((high - low) * (mode - low))
                    : 1 - (high - x) * (high - x) / ((high - low) * (high - mode));
}

static double mean_triangular(const struct sim_distribution *d)
{
    return (d->params[0] + d->params[1] + d->params[2]) / 3;
}

static const char *solve_exponential(struct sim_distribution *d)
{
    d->a = d->params[0];
    return d->a > 0 ? NULL : "\"mean\" must be above 0";
}

static double draw_exponential(const struct sim_distribution *d, const gsl_rng *stream)
{
    return gsl_ran_exponential(stream, d->a);
}

static double below_exponential(const struct sim_distribution *d, double x)
{
    return x > 0 ? gsl_cdf_exponential_P(x, d->a) : 0;
}

static double mean_exponential(const struct sim_distribution *d)
{
    return d->a;
}

/* Of the logarithm: a is the mean, b the standard deviation. With p95 = exp(a + z b): mean = exp(a + b^2/2) gives
 * b^2/2 - z b + ln(p95 / mean) = 0, of which the smaller root is meant; the other needs a b above z. */
static const char *solve_lognormal_mean_p95(struct sim_distribution *d)
{
    if (!(d->params[0] > 0))
        return "\"mean\" must be above 0";
    double ratio = log(d->params[1] / d->params[0]);
    if (!(ratio > 0))
        return "\"p95\" must be above \"mean\"";
    if (!(2 * ratio <= Z95 * Z95))
        return "no lognormal distribution has a \"p95\" above 3.87 times its \"mean\"";
    d->b = Z95 - sqrt(Z95 * Z95 - 2 * ratio);
    d->a = log(d->params[0]) - d->b * d->b / 2;
    return NULL;
}

static const char *solve_lognormal_median_p95(struct sim_distribution *d)
{
    if (!(d->params[0] > 0))
        return "\"median\" must be above 0";
    if (!(d->params[1] > d->params[0]))
        return "\"p95\" must be above \"median\"";
    d->a = log(d->params[0]);
    d->b = log(d->params[1] / d->params[0]) / Z95;
    return NULL;
}

static const char *solve_lognormal_mean_sd(struct sim_distribution *d)
{
    if (!(d->params[0] > 0))
        return "\"mean\" must be above 0";
    if (!(d->params[1] > 0))
        return "\"sd\" must be above 0";
    double variation = d->params[1] / d->params[0];
    d->b = sqrt(log1p(variation * variation));
    d->a = log(d->params[0]) - d->b * d->b / 2;
    return NULL;
}

static double draw_lognormal(const struct sim_distribution *d, const gsl_rng *stream)
{
    return gsl_ran_lognormal(stream, d->a, d->b);
}

static double below_lognormal(const struct sim_distribution *d, double x)
{
    return x > 0 ? gsl_cdf_lognormal_P(x, d->a, d->b) : 0;
}

static double mean_lognormal(const struct sim_distribution *d)
{
    return exp(d->a + d->b * d->b / 2);
}

static const char *solve_gamma(struct sim_distribution *d)
{
    if (!(d->params[0] > 0))
        return "\"mean\" must be above 0";
    if (!(d->params[1] > 0))
        return "\"sd\" must be above 0";
    d->a = d->params[0] / d->params[1] * (d->params[0] / d->params[1]);
    d->b = d->params[1] * d->params[1] / d->params[0];
    return isfinite(d->a) && d->a >= 1e-4 ? NULL : "\"sd\" is too far from \"mean\"";
}

static double draw_gamma(const struct sim_distribution *d, const gsl_rng *stream)
{
    return gsl_ran_gamma(stream, d->a, d->b);
}

static double below_gamma(const struct sim_distribution *d, double x)
{
    return x > 0 ? gsl_cdf_gamma_P(x, d->a, d->b) : 0;
}

static double mean_gamma(const struct sim_distribution *d)
{
    return d->a * d->b;
}

/* a is the scale, b the shape. */
static const char *weibull(struct sim_distribution *d, double shape, const char *what)
{
    if (!(shape >= 0.1 && shape <= 1000))
        return "\"shape\" must be between 0.1 and 1000";
    d->b = shape;
    return d->a > 0 ? NULL : what;
}

static const char *solve_weibull_shape_scale(struct sim_distribution *d)
{
    d->a = d->params[1];
    return weibull(d, d->params[0], "\"scale\" must be above 0");
}

static const char *solve_weibull_mean_shape(struct sim_distribution *d)
{
    const char *wrong;
    d->a = d->params[0];
    wrong = weibull(d, d->params[1], "\"mean\" must be above 0");
    if (!wrong)
        d->a = d->params[0] / gsl_sf_gamma(1 + 1 / d->b);
    return wrong;
}

static double draw_weibull(const struct sim_distribution *d, const gsl_rng *stream)
{
    return gsl_ran_weibull(stream, d->a, d->b);
}

static double below_weibull(const struct sim_distribution *d, double x)
{
    return x > 0 ? gsl_cdf_weibull_P(x, d->a, d->b) : 0;
}

static double mean_weibull(const struct sim_distribution *d)
{
    return d->a * gsl_sf_gamma(1 + 1 / d->b);
}

static const char *solve_normal(struct sim_distribution *d)
{
    d->a = d->params[0];
    d->b = d->params[1];
    return d->b > 0 ? NULL : "\"sd\" must be above 0";
}

static double draw_normal(const struct sim_distribution *d, const gsl_rng *stream)
{
    return d->a + gsl_ran_gaussian(stream, d->b);
}

static double below_normal(const struct sim_distribution *d, double x)
{
    return gsl_cdf_gaussian_P(x - d->a, d->b);
}

static double mean_normal(const struct sim_distribution *d)
{
    return d->a;
}

static double draw_empirical(const struct sim_distribution *d, const gsl_rng *stream)
{
    return d->values[(uint32_t)(gsl_rng_uniform(stream) * d->n_values)];
}

static double below_empirical(const struct sim_distribution *d, double x)
{
    uint32_t n = 0;
    while (n < d->n_values && d->values[n] <= x)
        n++;
    return (double)n / d->n_values;
}

static double mean_empirical(const struct sim_distribution *d)
{
    double sum = 0;
    for (uint32_t i = 0; i < d->n_values; i++)
        sum += d->values[i];
    return sum / d->n_values;
}

#define FAMILY(name) draw_##name, below_##name, mean_##name

/* clang-format off */
const struct sim_distribution_form sim_distribution_forms[] = {
    {"lognormal", {"mean", "p95"}, 0, "most values small, a few large, by mean and 95th percentile",
     solve_lognormal_mean_p95, FAMILY(lognormal), false},
    {"lognormal", {"median", "p95"}, 0, "by median and 95th percentile", solve_lognormal_median_p95, FAMILY(lognormal), false},
    {"lognormal", {"mean", "sd"}, 0, "by mean and standard deviation", solve_lognormal_mean_sd, FAMILY(lognormal), false},
    {"uniform", {"min", "max"}, 0, "all between are equally likely", solve_uniform, FAMILY(uniform), true},
    {"triangular", {"min", "mode", "max"}, 0, "least, likeliest and most", solve_triangular, FAMILY(triangular), true},
    {"exponential", {"mean"}, 0, "waits between events that come at random", solve_exponential, FAMILY(exponential), false},
    {"gamma", {"mean", "sd"}, 0, "by mean and standard deviation", solve_gamma, FAMILY(gamma), false},
    {"weibull", {"shape", "scale"}, 1, "lifetimes, by shape (a bare number) and scale", solve_weibull_shape_scale, FAMILY(weibull), false},
    {"weibull", {"mean", "shape"}, 2, "by mean and shape (a bare number)", solve_weibull_mean_shape, FAMILY(weibull), false},
    {"normal", {"mean", "sd"}, 0, "by mean and standard deviation, before it is cut to the setting's range", solve_normal, FAMILY(normal), false},
    {SIM_DISTRIBUTION_CONSTANT, {""}, 0, "always this value", solve_nothing, FAMILY(constant), true},
    {SIM_DISTRIBUTION_EMPIRICAL, {0}, 0, "one of these values, each equally likely", solve_nothing, FAMILY(empirical), true},
    {0}};
/* clang-format on */

const struct sim_distribution_form *sim_distribution_form(const char *kind, const char *const *params, unsigned n)
{
    for (const struct sim_distribution_form *form = sim_distribution_forms; form->kind; form++) {
        unsigned known = 0, has = 0;
        if (strcmp(form->kind, kind) != 0)
            continue;
        for (; has < SIM_DISTRIBUTION_PARAMS && form->params[has]; has++)
            for (unsigned i = 0; i < n; i++)
                known += strcmp(form->params[has], params[i]) == 0;
        if (known == n && has == n)
            return form;
    }
    return NULL;
}

/* ---- cut to a range ---- */

static bool inside(const struct sim_distribution *d, double x)
{
    return x <= d->max && (d->above_min ? x > d->min : x >= d->min);
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* P(X < min) and P(X <= max) before cutting; what is bounded is not cut at all. */
static double share_under(const struct sim_distribution *d)
{
    return isinf(d->min) ? 0 : d->form->below(d, d->min);
}

static double share_up_to(const struct sim_distribution *d)
{
    return isinf(d->max) ? 1 : d->form->below(d, d->max);
}

void sim_distribution_clear(struct sim_distribution *d)
{
    g_clear_pointer(&d->values, g_free);
}

double sim_distribution_draw(const struct sim_distribution *d, const gsl_rng *stream)
{
    double x;
    do
        x = d->form->draw(d, stream);
    while (!inside(d, x));
    return x;
}

double sim_distribution_below(const struct sim_distribution *d, double x)
{
    if (d->form->bounded)
        return d->form->below(d, x);
    if (x <= d->min)
        return 0;
    if (x >= d->max)
        return 1;
    return (d->form->below(d, x) - share_under(d)) / (share_up_to(d) - share_under(d));
}

/* The x from low to high up to which the share p lies. */
static double quantile(const struct sim_distribution *d, double p, double low, double high)
{
    for (double middle; middle = low + (high - low) / 2, low < middle && middle < high;)
        *(sim_distribution_below(d, middle) < p ? &low : &high) = middle;
    return high;
}

static double share_above(double x, void *d)
{
    return 1 - sim_distribution_below(d, x);
}

/* E X = low + integral of P(X > x) from there on, where nothing is below low: by Gauss and Legendre, over pieces that
 * double from a small part of the lower half on, so that a long tail has its share of them. */
static double mean_when_cut(struct sim_distribution *d)
{
    enum { POINTS = 32, FIRST_PIECES = 64 };
    static const double tail = 1e-13;
    gsl_integration_glfixed_table *table = gsl_integration_glfixed_table_alloc(POINTS);
    gsl_function above = {share_above, d};
    double high = fmax(fmax(1, fabs(d->form->mean(d))), 2 * fabs(d->min));

    while (high < d->max && d->form->below(d, high) < 1 - tail)
        high *= 2;
    high = quantile(d, 1 - tail, d->min, fmin(high, d->max));
    double low = quantile(d, tail, d->min, high), median = quantile(d, 0.5, low, high);
    double mean = low, width = fmax(median - low, 1e-6 * (high - low)) / FIRST_PIECES;
    for (double from = low; from < high; from += width, width *= 2)
        mean += gsl_integration_glfixed(&above, from, fmin(from + width, high), table);
    gsl_integration_glfixed_table_free(table);
    return mean;
}

double sim_distribution_mean(const struct sim_distribution *d)
{
    return d->mean;
}

char *sim_distribution_prepare(struct sim_distribution *d)
{
    const char *wrong = d->form->solve(d);
    if (wrong)
        return g_strdup(wrong);
    if (d->values)
        qsort(d->values, d->n_values, sizeof *d->values, by_value);
    d->mean = d->form->mean(d);
    if (d->values) {
        return inside(d, d->values[0]) && inside(d, d->values[d->n_values - 1])
                   ? NULL
                   : g_strdup("some of its values are out of range");
    }
    if (d->form->bounded) {
        bool fits = true;
        for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && d->form->params[i]; i++)
            fits = fits && inside(d, d->params[i]);
        return fits ? NULL : g_strdup("some of its values are out of range");
    }
    if (share_up_to(d) - share_under(d) < LEAST_SHARE)
        return g_strdup("hardly any of its values are in range");
    if (share_under(d) >= 1e-9 || share_up_to(d) <= 1 - 1e-9) /* else cutting changes nothing */
        d->mean = mean_when_cut(d);
    return NULL;
}
