/* Statistics of what simulations give: intervals of means, differences, quantiles and shares, when to stop replicating,
 * what to cut off as warm-up. Numbers in, numbers out: nothing is kept, and what is allocated is freed before return.
 *
 * Everywhere: `confidence` lies between 0 and 1, such as 0.95; alpha is 1 - confidence. Arrays hold independent
 * replications unless said otherwise. A NaN among the values makes what depends on them NaN, so do infinite ones in a
 * mean; leave out what was not measured. For quantiles a time that never came is INFINITY. Below two values the
 * interval of a mean reaches from -INFINITY to INFINITY; without any the estimate is NaN. Where all values are equal,
 * the interval is that value: as narrow as the values say, and no reason to trust two replications. A confidence or a
 * share out of its range is a mistake of the caller, and aborts. */
#ifndef SIM_ENGINE_OUTPUT_ANALYSIS_H
#define SIM_ENGINE_OUTPUT_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>

struct sim_interval {
    double estimate, low, high;
};

/* Mean, and its Student t interval: m +- t(n-1, 1-alpha/2) s / sqrt(n) (Law, Simulation Modeling and Analysis, ch. 9).
 */
struct sim_interval sim_mean_interval(const double *values, size_t n, double confidence);

/* ---- Differences ---- */

struct sim_difference {
    struct sim_interval mean; /* of the first less the second */
    double freedom;           /* degrees of; 0: too few values */
    double p_value;           /* two-sided, of "there is no difference"; 1 with too few values to say anything */
};

/* Replication i of both had the same luck (common random numbers): Student t of the n differences (Law, ch. 10). */
struct sim_difference sim_paired_difference(const double *x, const double *y, size_t n, double confidence);
/* They had nothing in common: Welch's t, with Satterthwaite's degrees of freedom
 * f = (a + b)^2 / (a^2 / (n_x - 1) + b^2 / (n_y - 1)), a = s_x^2 / n_x, b = s_y^2 / n_y. */
struct sim_difference sim_welch_difference(const double *x, size_t n_x, const double *y, size_t n_y, double confidence);

/* Of n pairs, `only_x` in which x alone succeeded and `only_y` in which y alone did: the share of x less that of y,
 * with Tango's score interval (Statistics in Medicine 17, 1998), which stays within -1..1 and does not take it for
 * certain where no pair differs. p_value is of "the difference is `tested`" (-1 to 1); with 0 that is McNemar's test.
 * freedom is INFINITY. */
struct sim_difference sim_paired_share_difference(size_t only_x, size_t only_y, size_t n, double tested,
                                                  double confidence);

/* (mean x - mean y) / mean y, paired: 0.1 is "10 % more than y". The interval is Fieller's (1954): all ratios r that a
 * t test of (x - y) - r y does not refuse; it knows that the mean of y is an estimate too. Where that mean may be 0 no
 * bound can be given, and the interval is infinite. */
struct sim_interval sim_paired_relative_difference(const double *x, const double *y, size_t n, double confidence);

/* Holm's (1979) adjusted p-values: of the m tests, the i-th smallest p becomes the largest of (m - j + 1) p_(j), j <=
 * i, at most 1. Those below alpha may be called differences, and none of them is wrong with probability 1 - alpha. A
 * test that was not made (NaN) stays NaN and is not counted. `adjusted` may be `p_values`. */
void sim_holm(const double *p_values, size_t n, double *adjusted);

/* ---- Quantiles and shares ---- */

/* Ranks l < u (from 1) such that the l-th and the u-th smallest of n values have the p-quantile between them with at
 * least this confidence, whatever the distribution: the sum of C(n, i) p^i (1-p)^(n-i) from l to u-1 (Conover,
 * Practical Nonparametric Statistics, ch. 3). Of all such pairs the closest; of those that with most coverage, then the
 * lowest. false, ranks 0: n is too small for any. 0 < p < 1. */
struct sim_ranks {
    size_t low, high;
    double coverage; /* what the pair really has; that of (1, n) where there is none */
};
bool sim_quantile_ranks(size_t n, double p, double confidence, struct sim_ranks *ranks);
/* The least n for which there is one: 6 for a median and 59 for a 95th percentile, with confidence 0.95. */
size_t sim_quantile_least_n(double p, double confidence);
/* Of values in ascending order. The estimate interpolates between neighbours (gsl_stats_quantile_from_sorted_data); the
 * interval is from -INFINITY to INFINITY where n is too small for one. */
struct sim_interval sim_quantile_interval(const double *sorted, size_t n, double p, double confidence);

/* A share (successes of n) and its Wilson score interval (1927), within 0..1, also where none or all succeeded; without
 * any trial from 0 to 1. With z = z(1-alpha/2): (s + z^2/2 +- z sqrt(s (n-s)/n + z^2/4)) / (n + z^2). */
struct sim_interval sim_share_interval(size_t successes, size_t n, double confidence);

/* A share and its exact interval (Clopper and Pearson, Biometrika 26, 1934): the bounds are those p of which as many
 * successes or more, or as few or fewer, have a probability of (1 - confidence) / 2 each. Never narrower than its
 * confidence, where Wilson's is so in the mean over p only. n: up to 2^32 - 1. */
struct sim_interval sim_share_exact_interval(size_t successes, size_t n, double confidence);

/* ---- How many replications ---- */

/* The least number of replications, at least 2, for half a width: t(n-1, 1-alpha/2) sd / sqrt(n) <= half_width (Banks
 * et al., Discrete-Event System Simulation, ch. 11). SIZE_MAX: no number is enough, or sd is not a number. */
size_t sim_replications_needed(double sd, double half_width, double confidence);

/* When a sample is precise: half the width of its interval is at most gamma / (1 + gamma) of its mean, so that the mean
 * is within gamma of the true one (Law, ch. 9), or at most `absolute`. The second is the only way for a mean of 0 with
 * values that differ. */
struct sim_precision_rule {
    double relative;   /* gamma, such as 0.02 */
    double absolute;   /* in the unit of the values; 0: only the relative one */
    double confidence; /* of each metric's interval */
    size_t n_min;      /* not before so many, at least 2; 10 is good */
    size_t look_ahead; /* and so many more must all leave it precise (above 100: of each 100); 5 is good, 0: none */
};

enum sim_precision_state {
    SIM_PRECISION_TOO_FEW,       /* go on: below n_min */
    SIM_PRECISION_OPEN,          /* go on: a metric is not precise yet */
    SIM_PRECISION_LOOKING_AHEAD, /* go on: all are precise, but may not stay so */
    SIM_PRECISION_REACHED,       /* stop */
    SIM_PRECISION_UNDEFINED,     /* stop: a metric has a value that is not finite, it will never be precise */
};

struct sim_precision {
    enum sim_precision_state state;
    size_t n_precise; /* all have been precise since so many replications; 0: they are not */
    size_t n_stop;    /* REACHED: the number at which the rule said stop. What came after, from workers that were ahead,
                       * is better left out, so that the result does not depend on their number */
    size_t n_expected; /* how many it will probably take in all; SIZE_MAX: no number is enough as things look */
    size_t worst;      /* index of the metric that needs most replications, or is UNDEFINED */
};

/* The replications algorithm of Hoad, Robinson and Davies (J. Operational Research Society 61, 2010) over several
 * metrics at once: metrics[i] are the n values of metric i, in the order of the replications. It depends on nothing
 * else than them: with more of the same it gives the same n_stop. */
struct sim_precision sim_precision_check(const struct sim_precision_rule *rule, const double *const *metrics,
                                         size_t n_metrics, size_t n);

/* ---- One long run ---- */

struct sim_warm_up {
    size_t n_discard; /* values to leave out at the beginning: a multiple of the batch */
    bool too_short;   /* the best cut is the last allowed: the run may not have settled at all */
};

/* MSER (White 1997; MSER-5 of White, Cobb and Spratt 2000 with batch 5): over means Z of `batch` values each, k in all
 * (a rest that does not fill one is not looked at), the d of 0..k/2 with the least sum over j > d of (Z_j - mean_d)^2 /
 * (k-d)^2, the smallest of several. curve: NULL, or room for that number of each d (k/2 + 1). Values of one run, in
 * order of time; with a NaN among those that fill a batch, or less than one batch, nothing is discarded and it is
 * too short. */
struct sim_warm_up sim_mser(const double *values, size_t n, size_t batch, double *curve);

struct sim_batches {
    struct sim_interval mean;
    size_t size; /* values in each batch */
    double lag1; /* correlation of neighbouring batch means: above about 2 / sqrt(n_batches) batches are too short and
                  * the interval too narrow; 0 where they are all equal */
};

/* Batch means of a stationary run: Student t with n_batches - 1 degrees of freedom (Law, ch. 9; 20 to 30 batches,
 * Schmeiser 1982). Where n is no multiple of n_batches, the first values are left out. n_batches >= 2; with fewer
 * values than batches the size is 0 and the interval infinite. */
struct sim_batches sim_batch_means(const double *values, size_t n, size_t n_batches, double confidence);

#endif
