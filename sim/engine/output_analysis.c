#include "sim/engine/output_analysis.h"

#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>

static void check_share(double share)
{
    g_assert(share > 0 && share < 1);
}

static double student(double freedom, double confidence)
{
    return gsl_cdf_tdist_Pinv(0.5 + confidence / 2, freedom);
}

static double normal(double confidence)
{
    return gsl_cdf_ugaussian_Pinv(0.5 + confidence / 2);
}

/* An estimate, nothing known of how good it is. */
static struct sim_interval anything(double estimate)
{
    return (struct sim_interval){estimate, -INFINITY, INFINITY};
}

static const struct sim_interval undefined = {NAN, NAN, NAN};

static struct sim_difference student_t(double mean, double variance_of_mean, double freedom, double confidence)
{
    if (!isfinite(mean) || !isfinite(variance_of_mean))
        return (struct sim_difference){undefined, freedom, NAN};
    if (variance_of_mean == 0)
        return (struct sim_difference){{mean, mean, mean}, freedom, mean == 0 ? 1 : 0};

    double deviation = sqrt(variance_of_mean), half = student(freedom, confidence) * deviation;
    return (struct sim_difference){
        {mean, mean - half, mean + half}, freedom, 2 * gsl_cdf_tdist_Q(fabs(mean) / deviation, freedom)};
}

static struct sim_difference too_few(double mean)
{
    if (isfinite(mean))
        return (struct sim_difference){anything(mean), 0, 1};
    return (struct sim_difference){undefined, 0, NAN};
}

/* The mean as a difference from 0. */
static struct sim_difference from_zero(const double *values, size_t n, double confidence)
{
    check_share(confidence);
    if (n == 0)
        return (struct sim_difference){anything(NAN), 0, 1};

    double mean = gsl_stats_mean(values, 1, n);
    if (n == 1)
        return too_few(mean);
    double variance = gsl_stats_variance_m(values, 1, n, mean);
    return student_t(mean, variance / (double)n, (double)(n - 1), confidence);
}

struct sim_interval sim_mean_interval(const double *values, size_t n, double confidence)
{
    return from_zero(values, n, confidence).mean;
}

/* ---- Differences ---- */

static double *differences(const double *x, const double *y, size_t n)
{
    double *d = g_new(double, n);

    for (size_t i = 0; i < n; i++)
        d[i] = x[i] - y[i];
    return d;
}

struct sim_difference sim_paired_difference(const double *x, const double *y, size_t n, double confidence)
{
    g_autofree double *d = differences(x, y, n);

    return from_zero(d, n, confidence);
}

struct sim_difference sim_welch_difference(const double *x, size_t n_x, const double *y, size_t n_y, double confidence)
{
    check_share(confidence);
    if (n_x == 0 || n_y == 0)
        return (struct sim_difference){anything(NAN), 0, 1};

    double mean_x = gsl_stats_mean(x, 1, n_x), mean_y = gsl_stats_mean(y, 1, n_y);
    if (n_x == 1 || n_y == 1)
        return too_few(mean_x - mean_y);
    double a = gsl_stats_variance_m(x, 1, n_x, mean_x) / (double)n_x;
    double b = gsl_stats_variance_m(y, 1, n_y, mean_y) / (double)n_y;
    double share = a + b > 0 ? a / (a + b) : 0.5;
    double freedom = 1 / (share * share / (double)(n_x - 1) + (1 - share) * (1 - share) / (double)(n_y - 1));
    return student_t(mean_x - mean_y, a + b, freedom, confidence);
}

/* How many pairs of each kind, and a quantile of the normal distribution. */
struct discordance {
    double only_x, only_y, n, z;
};

/* Tango's score: how far the difference is from delta, in standard deviations as they would be if it were delta. */
static double tango(const struct discordance *d, double delta)
{
    double a = 2 * d->n, b = -d->only_x - d->only_y + (2 * d->n - d->only_x + d->only_y) * delta;
    double c = -d->only_y * delta * (1 - delta), only_y = (sqrt(fmax(b * b - 4 * a * c, 0)) - b) / (2 * a);
    double lead = d->only_x - d->only_y - d->n * delta, variance = d->n * (2 * only_y + delta * (1 - delta));

    if (variance > 0)
        return lead / sqrt(variance);
    return lead > 0 ? INFINITY : lead < 0 ? -INFINITY : 0;
}

static double tango_beyond(double delta, void *of)
{
    const struct discordance *d = of;

    return fmin(fmax(tango(d, delta), -1e6), 1e6) - d->z;
}

/* Where a function that falls from low to high is 0; low or high where it is 0 nowhere between. */
static double root_of_falling(gsl_function *f, double low, double high)
{
    if (!(GSL_FN_EVAL(f, low) > 0))
        return low;
    if (!(GSL_FN_EVAL(f, high) < 0))
        return high;
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    gsl_root_fsolver_set(solver, f, low, high);
    do {
        gsl_root_fsolver_iterate(solver);
        low = gsl_root_fsolver_x_lower(solver);
        high = gsl_root_fsolver_x_upper(solver);
    } while (gsl_root_test_interval(low, high, 1e-12, 0) == GSL_CONTINUE);
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return root;
}

/* Where the score is z: it falls from low to high. */
static double tango_bound(struct discordance *d, double z, double low, double high)
{
    gsl_function score = {tango_beyond, d};

    d->z = z;
    return root_of_falling(&score, low, high);
}

struct sim_difference sim_paired_share_difference(size_t only_x, size_t only_y, size_t n, double tested,
                                                  double confidence)
{
    struct discordance d = {.only_x = (double)only_x, .only_y = (double)only_y, .n = (double)n};

    check_share(confidence);
    g_assert(only_x <= n && only_y <= n - only_x && tested >= -1 && tested <= 1);
    if (n == 0)
        return (struct sim_difference){anything(NAN), 0, 1};
    double z = normal(confidence), difference = (d.only_x - d.only_y) / d.n;
    return (struct sim_difference){{difference, tango_bound(&d, z, -1, difference), tango_bound(&d, -z, difference, 1)},
                                   INFINITY,
                                   2 * gsl_cdf_ugaussian_Q(fabs(tango(&d, tested)))};
}

struct sim_interval sim_paired_relative_difference(const double *x, const double *y, size_t n, double confidence)
{
    g_autofree double *d = differences(x, y, n);

    check_share(confidence);
    if (n == 0)
        return anything(NAN);

    double top = gsl_stats_mean(d, 1, n), bottom = gsl_stats_mean(y, 1, n), ratio = top / bottom;
    if (!isfinite(ratio)) /* a mean of 0 has no multiple */
        return isfinite(top) && bottom == 0 ? anything(NAN) : undefined;
    if (n == 1)
        return anything(ratio);

    /* (top - r bottom)^2 <= t^2 (v_dd - 2 r v_dy + r^2 v_yy) between the roots of that square equation in r. */
    double t = student((double)(n - 1), confidence), tt = t * t / (double)n;
    double dd = tt * gsl_stats_variance_m(d, 1, n, top), yy = tt * gsl_stats_variance_m(y, 1, n, bottom);
    double dy = tt * gsl_stats_covariance_m(d, 1, y, 1, n, top, bottom);
    double scale = bottom * bottom - yy;
    if (!(isfinite(dd) && isfinite(yy)))
        return undefined;
    if (scale <= 0)
        return anything(ratio);
    double centre = (top * bottom - dy) / scale;
    double root = sqrt(fmax(0, top * top * yy + bottom * bottom * dd - 2 * top * bottom * dy + dy * dy - dd * yy));
    /* Rounding must not put the estimate outside. */
    return (struct sim_interval){ratio, fmin(ratio, centre - root / scale), fmax(ratio, centre + root / scale)};
}

void sim_holm(const double *p_values, size_t n, double *adjusted)
{
    g_autofree double *made = g_new(double, n);
    g_autofree size_t *where = g_new(size_t, n), *order = g_new(size_t, n);
    size_t m = 0;
    double largest = 0;

    for (size_t i = 0; i < n; i++) {
        adjusted[i] = p_values[i];
        if (isnan(p_values[i]))
            continue;
        g_assert(p_values[i] >= 0 && p_values[i] <= 1);
        made[m] = p_values[i];
        where[m++] = i;
    }
    if (m > 0)
        gsl_sort_index(order, made, 1, m);
    for (size_t j = 0; j < m; j++) {
        largest = fmax(largest, fmin(1, (double)(m - j) * made[order[j]]));
        adjusted[where[order[j]]] = largest;
    }
}

/* ---- Quantiles and shares ---- */

/* P(the quantile lies below the value of this rank): fewer than so many of n are below the quantile. */
static double below(size_t n, double p, size_t rank)
{
    return gsl_cdf_binomial_P((unsigned)rank - 1, p, (unsigned)n);
}

bool sim_quantile_ranks(size_t n, double p, double confidence, struct sim_ranks *ranks)
{
    const double nothing = 1e-15;  /* too little for any coverage */
    const double rounding = 1e-12; /* but for it, symmetric pairs are equally good */

    check_share(p);
    check_share(confidence);
    g_assert(n <= UINT32_MAX);
    *ranks = (struct sim_ranks){.coverage = n >= 2 ? below(n, p, n) - below(n, p, 1) : 0};
    if (ranks->coverage < confidence)
        return false;

    /* A higher one does as well where nothing is below. */
    size_t low = 1;
    for (size_t step = n / 2; step > 0; step /= 2)
        if (low + step < n && below(n, p, low + step) < nothing)
            low += step;

    /* The least high rank that goes with a low one never falls as that rises. */
    for (size_t high = low + 1; low < n; low++) {
        double below_low = below(n, p, low), covered;
        high = MAX(high, low + 1);
        while ((covered = below(n, p, high) - below_low) < confidence && high < n)
            high++;
        if (covered < confidence)
            break;
        size_t apart = high - low, closest = ranks->high - ranks->low;
        if (closest == 0 || apart < closest || (apart == closest && covered > ranks->coverage + rounding))
            *ranks = (struct sim_ranks){low, high, covered};
    }
    return true;
}

size_t sim_quantile_least_n(double p, double confidence)
{
    check_share(p);
    check_share(confidence);

    /* The likelier end alone wants so many; the other end may add to it. All of n on one side: p^n, (1-p)^n. */
    double n = fmax(2, floor(log1p(-confidence) / log(fmax(p, 1 - p))));
    while (pow(p, n) + pow(1 - p, n) > 1 - confidence)
        n++;
    return (size_t)n;
}

struct sim_interval sim_quantile_interval(const double *sorted, size_t n, double p, double confidence)
{
    struct sim_ranks ranks;
    bool enough = sim_quantile_ranks(n, p, confidence, &ranks);

    for (size_t i = 0; i < n; i++)
        if (isnan(sorted[i]))
            return undefined;
    if (n == 0)
        return anything(NAN);

    double estimate = gsl_stats_quantile_from_sorted_data(sorted, 1, n, p);
    if (isnan(estimate)) /* no part of an infinite neighbour, or one of two of them */
        estimate = sorted[(size_t)ceil((double)(n - 1) * p)];
    if (!enough)
        return anything(estimate);
    return (struct sim_interval){estimate, sorted[ranks.low - 1], sorted[ranks.high - 1]};
}

struct sim_interval sim_share_interval(size_t successes, size_t n, double confidence)
{
    check_share(confidence);
    g_assert(successes <= n);
    if (n == 0)
        return (struct sim_interval){NAN, 0, 1};

    double s = (double)successes, all = (double)n, z = normal(confidence), zz = z * z;
    double half = z * sqrt(s * (all - s) / all + zz / 4);
    /* The bound on the side of none or all is exact but for rounding. */
    return (struct sim_interval){s / all, successes == 0 ? 0 : (s + zz / 2 - half) / (all + zz),
                                 successes == n ? 1 : (s + zz / 2 + half) / (all + zz)};
}

struct tail {
    unsigned n, successes;
    double probability;
};

/* What is left of the tail's probability if the share is p. */
static double left_of_tail(double p, void *params)
{
    const struct tail *tail = params;

    return tail->probability - gsl_cdf_binomial_Q(tail->successes - 1, p, tail->n);
}

/* gsl_cdf_beta_Pinv() would say it, but fails to converge for some of them. */
static double exact_low(size_t successes, size_t n, double confidence)
{
    struct tail tail = {(unsigned)n, (unsigned)successes, (1 - confidence) / 2};
    gsl_function left = {left_of_tail, &tail};

    return successes ? root_of_falling(&left, 0, (double)successes / (double)n) : 0;
}

struct sim_interval sim_share_exact_interval(size_t successes, size_t n, double confidence)
{
    check_share(confidence);
    g_assert(successes <= n && n <= UINT_MAX);
    if (n == 0)
        return (struct sim_interval){NAN, 0, 1};
    return (struct sim_interval){(double)successes / (double)n, exact_low(successes, n, confidence),
                                 1 - exact_low(n - successes, n, confidence)};
}

/* ---- How many replications ---- */

size_t sim_replications_needed(double sd, double half_width, double confidence)
{
    check_share(confidence);
    if (sd == 0 && half_width >= 0)
        return 2;

    /* t is above the normal quantile: a search from what that wants. */
    double n = fmax(2, ceil(pow(normal(confidence) * sd / half_width, 2)));
    if (!(sd > 0 && half_width > 0 && n < 1e15))
        return SIZE_MAX;
    while (student(n - 1, confidence) * sd / sqrt(n) > half_width)
        n++;
    return (size_t)n;
}

struct running {
    double mean, squares; /* of the deviations from it: Welford */
};

static void running_add(struct running *running, size_t n, double value)
{
    double before = value - running->mean;

    running->mean += before / (double)n;
    running->squares += before * (value - running->mean);
}

static double running_sd(const struct running *running, size_t n)
{
    return sqrt(running->squares / (double)(n - 1));
}

static double widest(const struct sim_precision_rule *rule, const struct running *running)
{
    return fmax(rule->absolute, rule->relative / (1 + rule->relative) * fabs(running->mean));
}

static bool precise(const struct sim_precision_rule *rule, const struct running *running, size_t n, double z)
{
    double deviation = running_sd(running, n) / sqrt((double)n), most = widest(rule, running);

    /* t is above z, which settles most questions without computing it. */
    return deviation == 0 || (z * deviation <= most && student((double)(n - 1), rule->confidence) * deviation <= most);
}

static size_t look_ahead(const struct sim_precision_rule *rule, size_t n)
{
    return n <= 100 ? rule->look_ahead : (size_t)((double)rule->look_ahead * (double)n / 100);
}

static size_t with_look_ahead(const struct sim_precision_rule *rule, size_t n)
{
    return n == SIZE_MAX ? n : n + look_ahead(rule, n);
}

struct sim_precision sim_precision_check(const struct sim_precision_rule *rule, const double *const *metrics,
                                         size_t n_metrics, size_t n)
{
    g_autofree struct running *running = g_new0(struct running, n_metrics);
    struct sim_precision precision = {.state = SIM_PRECISION_OPEN};

    check_share(rule->confidence);
    g_assert(rule->relative >= 0 && rule->absolute >= 0 && rule->n_min >= 2 && n_metrics > 0);
    double z = normal(rule->confidence);
    for (size_t done = 1; done <= n; done++) {
        bool all = true;
        for (size_t i = 0; i < n_metrics; i++) {
            double value = metrics[i][done - 1];
            if (!isfinite(value))
                return (struct sim_precision){.state = SIM_PRECISION_UNDEFINED, .worst = i, .n_expected = SIZE_MAX};
            running_add(&running[i], done, value);
            all = all && done >= rule->n_min && precise(rule, &running[i], done, z);
        }
        if (!all)
            precision.n_precise = 0;
        else if (precision.n_precise == 0)
            precision.n_precise = done;
        if (all && done - precision.n_precise >= look_ahead(rule, precision.n_precise)) {
            precision.state = SIM_PRECISION_REACHED;
            precision.n_stop = done;
            n = done; /* what came after is not looked at */
        }
    }

    size_t most = 0;
    for (size_t i = 0; i < n_metrics && n >= 2; i++) {
        size_t needed =
            sim_replications_needed(running_sd(&running[i], n), widest(rule, &running[i]), rule->confidence);
        if (needed > most) {
            most = needed;
            precision.worst = i;
        }
    }
    if (precision.state == SIM_PRECISION_REACHED) {
        precision.n_expected = precision.n_stop;
    } else if (precision.n_precise > 0) {
        precision.state = SIM_PRECISION_LOOKING_AHEAD;
        precision.n_expected = with_look_ahead(rule, precision.n_precise);
    } else {
        precision.state = n < rule->n_min ? SIM_PRECISION_TOO_FEW : SIM_PRECISION_OPEN;
        precision.n_expected = with_look_ahead(rule, MAX(rule->n_min, most));
    }
    return precision;
}

/* ---- One long run ---- */

struct sim_warm_up sim_mser(const double *values, size_t n, size_t batch, double *curve)
{
    g_assert(batch > 0);

    size_t k = n / batch, best = k / 2;
    double least = INFINITY;
    struct running rest = {0, 0};
    for (size_t d = k; d-- > 0;) { /* from the end: the rest after cutting d is a running sum */
        size_t left = k - d;
        running_add(&rest, left, gsl_stats_mean(values + d * batch, 1, batch));
        double mser = rest.squares / ((double)left * (double)left);
        if (d > k / 2)
            continue;
        if (curve)
            curve[d] = mser;
        if (mser <= least) {
            least = mser;
            best = d;
        }
    }
    if (isnan(rest.squares) || k == 0)
        return (struct sim_warm_up){0, true};
    return (struct sim_warm_up){best * batch, best == k / 2};
}

struct sim_batches sim_batch_means(const double *values, size_t n, size_t n_batches, double confidence)
{
    check_share(confidence);
    g_assert(n_batches >= 2);

    size_t size = n / n_batches;
    if (size == 0)
        return (struct sim_batches){anything(n > 0 ? gsl_stats_mean(values, 1, n) : NAN), 0, 0};

    g_autofree double *means = g_new(double, n_batches);
    const double *first = values + n % n_batches;
    for (size_t i = 0; i < n_batches; i++)
        means[i] = gsl_stats_mean(first + i * size, 1, size);
    struct sim_interval mean = sim_mean_interval(means, n_batches, confidence);
    bool equal = mean.low == mean.high;
    return (struct sim_batches){mean, size, equal ? 0 : gsl_stats_lag1_autocorrelation(means, 1, n_batches)};
}
