/* Which inputs matter? Designs of points in the unit cube, and what the outputs at these points say: Morris screening
 * (few runs, a ranking) and Sobol' indices (many runs, shares of the variance). Matrices are stored row by row.
 *
 * Designs can be continued: with more trajectories or rows from the same stream, the first are as they were. */
#ifndef SIM_ENGINE_SCREENING_H
#define SIM_ENGINE_SCREENING_H

#include <gsl/gsl_rng.h>
#include <stddef.h>

#include "sim/engine/output_analysis.h"

/* ---- Morris (Technometrics 33, 1991) ---- */

/* A trajectory: k + 1 points on a grid of `levels` in each of k inputs; from one point to the next a single input
 * changes, by delta = levels / (2 (levels - 1)) up or down; each does once, in random order. levels: even, 4 is usual.
 * points: room for (k + 1) x k. */
void sim_morris_trajectory(const gsl_rng *stream, size_t k, unsigned levels, double *points);

/* Of the elementary effects of an input, (y(x + delta) - y(x)) / delta, one of each trajectory: */
struct sim_morris_effect {
    struct sim_interval mu;      /* their mean: which way the input works */
    struct sim_interval mu_star; /* mean of their sizes: how much it matters (Campolongo, Cariboni, Saltelli 2007) */
    double sigma; /* their standard deviation: above 0 where the effect depends on the others, or is not linear; NaN of
                   * one trajectory */
};

/* points: of n trajectories, n x (k + 1) x k, where y was really taken: steps need not be delta where an input cannot
 * have any value, but not 0; y: the outputs, n x (k + 1). Intervals are Student's. An output that is
 * not finite makes the effects NaN that depend on it. effects: k. */
void sim_morris_effects(const double *points, const double *y, size_t k, size_t n, double confidence,
                        struct sim_morris_effect *effects);

/* ---- Sobol' ---- */

#define SIM_SOBOL_MAX_DIMENSIONS 40 /* of GSL's sequence */

/* The first n points of the Sobol' sequence in k dimensions (gsl_qrng_sobol, which leaves out the origin): n x k.
 * shift: NULL, or a stream of k numbers that are added modulo 1 to all points (Cranley and Patterson 1976).
 * Quasi-random points are not independent: only the spread between differently shifted sets tells their error. */
void sim_sobol_points(size_t k, size_t n, const gsl_rng *shift, double *points);

/* Saltelli's design for k inputs, at most 20: n rows of k + 2 points each, the halves a and b of a Sobol' point in 2 k
 * dimensions, then a with its i-th coordinate taken from b, i = 1..k. points: n x (k + 2) x k. A power of two is best
 * for n. */
void sim_sobol_design(size_t k, size_t n, const gsl_rng *shift, double *points);

/* Of input i: share of the variance that would go if it were known; share that would stay if all others were known. */
struct sim_sobol_index {
    struct sim_interval first, total;
};

/* y: the outputs at the design, n x (k + 2). V is the variance of y(a) and y(b) together, and
 * S_i = mean of y(b) (y(ab_i) - y(a)) / V, of y less its mean (Saltelli et al., Computer Physics Communications 181,
 * 2010); S_Ti = mean of (y(a) - y(ab_i))^2 / (2 V) (Jansen 1999). Estimates may lie a little outside of 0..1.
 * Intervals: percentiles of `resamples` bootstrap samples of rows, drawn from the stream (those in which nothing varies
 * aside); too wide rather than too narrow, as Sobol' points are spread more evenly than random ones. NaN where nothing
 * varies, or an output is not finite. n >= 2, resamples >= 1 (1000 is good). indices: k. */
void sim_sobol_indices(const double *y, size_t k, size_t n, double confidence, const gsl_rng *stream, size_t resamples,
                       struct sim_sobol_index *indices);

#endif
