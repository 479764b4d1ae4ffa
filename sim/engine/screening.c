#include "sim/engine/screening.h"

#include <glib.h>
#include <gsl/gsl_qrng.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

/* ---- Morris ---- */

void sim_morris_trajectory(const gsl_rng *stream, size_t k, unsigned levels, double *points)
{
    g_assert(k > 0 && levels >= 2 && levels % 2 == 0);

    g_autofree unsigned *level = g_new(unsigned, k);
    g_autofree size_t *order = g_new(size_t, k);
    unsigned step = levels / 2;
    for (size_t i = 0; i < k; i++) {
        level[i] = (unsigned)gsl_rng_uniform_int(stream, levels);
        order[i] = i;
    }
    gsl_ran_shuffle(stream, order, k, sizeof *order);
    for (size_t point = 0; point <= k; point++) {
        for (size_t i = 0; i < k; i++)
            points[point * k + i] = (double)level[i] / (double)(levels - 1);
        if (point < k) { /* half the grid away there is one other level */
            unsigned *changed = &level[order[point]];
            *changed = *changed < step ? *changed + step : *changed - step;
        }
    }
}

static size_t changed_input(const double *from, const double *to, size_t k)
{
    size_t i = 0;

    while (i < k && from[i] == to[i])
        i++;
    g_assert(i < k);
    return i;
}

void sim_morris_effects(const double *points, const double *y, size_t k, size_t n, double confidence,
                        struct sim_morris_effect *effects)
{
    g_autofree double *slopes = g_new(double, k *n); /* of input i: n from i * n */

    for (size_t trajectory = 0; trajectory < n; trajectory++)
        for (size_t step = 0; step < k; step++) {
            size_t point = trajectory * (k + 1) + step;
            const double *from = points + point * k, *to = from + k;
            size_t i = changed_input(from, to, k);
            slopes[i * n + trajectory] = (y[point + 1] - y[point]) / (to[i] - from[i]);
        }
    for (size_t i = 0; i < k; i++) {
        double *slope = slopes + i * n;
        effects[i].mu = sim_mean_interval(slope, n, confidence);
        effects[i].sigma = n > 1 ? gsl_stats_sd_m(slope, 1, n, effects[i].mu.estimate) : NAN;
        for (size_t trajectory = 0; trajectory < n; trajectory++)
            slope[trajectory] = fabs(slope[trajectory]);
        effects[i].mu_star = sim_mean_interval(slope, n, confidence);
        if (effects[i].mu_star.low < 0)
            effects[i].mu_star.low = 0;
    }
}

/* ---- Sobol' ---- */

void sim_sobol_points(size_t k, size_t n, const gsl_rng *shift, double *points)
{
    g_assert(k >= 1 && k <= SIM_SOBOL_MAX_DIMENSIONS);

    double shifts[SIM_SOBOL_MAX_DIMENSIONS] = {0};
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)k);
    for (size_t i = 0; shift && i < k; i++)
        shifts[i] = gsl_rng_uniform(shift);
    for (size_t j = 0; j < n; j++) {
        double *point = points + j * k;
        gsl_qrng_get(sequence, point);
        for (size_t i = 0; i < k; i++) {
            point[i] += shifts[i];
            if (point[i] >= 1)
                point[i] -= 1;
        }
    }
    gsl_qrng_free(sequence);
}

void sim_sobol_design(size_t k, size_t n, const gsl_rng *shift, double *points)
{
    g_assert(k >= 1 && 2 * k <= SIM_SOBOL_MAX_DIMENSIONS);

    g_autofree double *halves = g_new(double, n * 2 * k);
    sim_sobol_points(2 * k, n, shift, halves);
    for (size_t j = 0; j < n; j++) {
        const double *a = halves + j * 2 * k, *b = a + k;
        double *point = points + j * (k + 2) * k;
        memcpy(point, a, 2 * k * sizeof *a); /* a, then b */
        for (size_t i = 0; i < k; i++) {
            double *mixed = point + (2 + i) * k;
            memcpy(mixed, a, k * sizeof *a);
            mixed[i] = b[i];
        }
    }
}

/* First and total indices from these rows of outputs less their mean, into out[i] and out[k + i]. */
static void estimate(const double *y, size_t k, size_t n, const size_t *rows, double *out)
{
    double sum = 0, squares = 0;

    memset(out, 0, 2 * k * sizeof *out);
    for (size_t j = 0; j < n; j++) {
        const double *row = y + rows[j] * (k + 2);
        double a = row[0], b = row[1];
        sum += a + b;
        squares += a * a + b * b;
        for (size_t i = 0; i < k; i++) {
            double change = row[2 + i] - a;
            out[i] += b * change;
            out[k + i] += change * change / 2;
        }
    }
    double mean = sum / (double)(2 * n), variance = squares / (double)(2 * n) - mean * mean;
    for (size_t i = 0; i < 2 * k; i++)
        out[i] = variance > 0 ? out[i] / (double)n / variance : NAN;
}

static struct sim_interval percentiles(double value, double *resampled, size_t n, double confidence)
{
    if (isnan(value))
        return (struct sim_interval){NAN, NAN, NAN};

    size_t said = 0; /* by samples of rows in which anything varies */
    for (size_t r = 0; r < n; r++)
        if (!isnan(resampled[r]))
            resampled[said++] = resampled[r];
    if (said == 0)
        return (struct sim_interval){value, -INFINITY, INFINITY};
    gsl_sort(resampled, 1, said);
    return (struct sim_interval){value, gsl_stats_quantile_from_sorted_data(resampled, 1, said, 0.5 - confidence / 2),
                                 gsl_stats_quantile_from_sorted_data(resampled, 1, said, 0.5 + confidence / 2)};
}

void sim_sobol_indices(const double *y, size_t k, size_t n, double confidence, const gsl_rng *stream, size_t resamples,
                       struct sim_sobol_index *indices)
{
    g_assert(k >= 1 && n >= 2 && resamples >= 1 && confidence > 0 && confidence < 1);

    size_t n_outputs = n * (k + 2);
    g_autofree double *centred = g_new(double, n_outputs), *value = g_new(double, 2 * k);
    g_autofree double *resample = g_new(double, 2 * k), *resampled = g_new(double, 2 * k * resamples);
    g_autofree size_t *rows = g_new(size_t, n);
    double mean = gsl_stats_mean(y, 1, n_outputs);
    for (size_t i = 0; i < n_outputs; i++)
        centred[i] = y[i] - mean;

    for (size_t j = 0; j < n; j++)
        rows[j] = j;
    estimate(centred, k, n, rows, value);
    for (size_t r = 0; r < resamples; r++) {
        for (size_t j = 0; j < n; j++)
            rows[j] = gsl_rng_uniform_int(stream, n);
        estimate(centred, k, n, rows, resample);
        for (size_t i = 0; i < 2 * k; i++)
            resampled[i * resamples + r] = resample[i];
    }
    for (size_t i = 0; i < k; i++) {
        double *first = resampled + i * resamples, *total = resampled + (k + i) * resamples;
        indices[i].first = percentiles(value[i], first, resamples, confidence);
        indices[i].total = percentiles(value[k + i], total, resamples, confidence);
    }
}
