#include "sim/app/study/comparison.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "sim/app/study/estimate.h"

const char *const verdict_words[N_VERDICTS] = {"better", "worse", "alike", "no difference at this precision"};

/* The values of both, of those replications in which both have one. */
static guint paired(const struct study *study, guint a, guint b, guint metric, double **x, double **y)
{
    guint n = 0, n_both = MIN(study_point(study, a)->n_wanted, study_point(study, b)->n_wanted);

    *x = study_values(study, a, metric);
    *y = study_values(study, b, metric);
    for (guint i = 0; i < n_both; i++)
        if (isfinite((*x)[i]) && isfinite((*y)[i])) {
            (*x)[n] = (*x)[i];
            (*y)[n++] = (*y)[i];
        }
    return n;
}

/* One run of each: the difference is what it is. */
static void compare_without_chance(struct comparison *c, double x, double y)
{
    double relative = (x - y) / fabs(y);

    c->difference = (struct sim_interval){x - y, x - y, x - y};
    c->relative = (struct sim_interval){relative, relative, relative};
    c->p_value = NAN;
}

static struct comparison compare_pair(const struct study *study, guint variant, guint baseline, guint metric)
{
    struct comparison c = {.metric = metric, .variant = variant};
    g_autofree double *x = NULL, *y = NULL;
    guint n = paired(study, variant, baseline, metric, &x, &y);

    if (n == 1) {
        compare_without_chance(&c, x[0], y[0]);
        return c;
    }
    struct sim_difference difference = sim_paired_difference(x, y, n, STUDY_CONFIDENCE);
    c.difference = difference.mean;
    c.relative = sim_paired_relative_difference(x, y, n, STUDY_CONFIDENCE);
    if (gsl_stats_mean(y, 1, n) < 0) /* a margin: of what is late, 10 % more is worse */
        c.relative = (struct sim_interval){-c.relative.estimate, -c.relative.high, -c.relative.low};
    c.p_value = difference.p_value;
    return c;
}

/* Signs so turned that more is better. */
static enum verdict judge(const struct comparison *c, bool higher_is_better, double tolerance)
{
    double sign = higher_is_better ? 1 : -1;
    double low = fmin(sign * c->relative.low, sign * c->relative.high);
    double high = fmax(sign * c->relative.low, sign * c->relative.high);
    bool differs = isnan(c->p_value) ? c->difference.estimate != 0 : c->p_value < 1 - STUDY_CONFIDENCE;

    if (isnan(c->difference.estimate))
        return VERDICT_UNDECIDED;
    if (c->difference.low == 0 && c->difference.high == 0)
        return VERDICT_ALIKE;
    if (tolerance == 0) /* also where the baseline is 0, and nothing relative can be said */
        return !differs ? VERDICT_UNDECIDED : sign * c->difference.estimate > 0 ? VERDICT_BETTER : VERDICT_WORSE;
    if (low >= -tolerance && high <= tolerance)
        return VERDICT_ALIKE;
    if (differs && low > tolerance)
        return VERDICT_BETTER;
    if (differs && high < -tolerance)
        return VERDICT_WORSE;
    return VERDICT_UNDECIDED;
}

/* Several variants are several chances to be wrong: Holm's correction, metric by metric. */
GArray *comparisons_new(const struct study *study, guint baseline, double tolerance)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct comparison));

    for (guint m = 0; m < study->n_metrics; m++) {
        guint first = all->len;
        g_autofree double *p_values = g_new(double, study->points->len);

        for (guint i = 0; i < study->points->len; i++)
            if (i != baseline) {
                struct comparison c = compare_pair(study, i, baseline, m);
                p_values[all->len - first] = c.p_value;
                g_array_append_val(all, c);
            }
        sim_holm(p_values, all->len - first, p_values);
        for (guint i = first; i < all->len; i++) {
            struct comparison *c = &g_array_index(all, struct comparison, i);
            c->p_value = p_values[i - first];
            c->verdict = judge(c, study_metric(study, m)->higher_is_better, tolerance);
        }
    }
    return all;
}

/* ---- words ---- */

static char *percent(double share)
{
    return fabs(share) < 0.0005 ? g_strdup("0.0") : g_strdup_printf("%+.1f", 100 * share);
}

char *comparison_percent(const struct comparison *c)
{
    g_autofree char *middle = percent(c->relative.estimate);
    g_autofree char *low = percent(c->relative.low), *high = percent(c->relative.high);

    if (!isfinite(c->relative.estimate))
        return g_strdup("-");
    if (isnan(c->p_value))
        return g_strdup_printf("%s %%", middle);
    if (!isfinite(c->relative.low) || !isfinite(c->relative.high))
        return g_strdup_printf("%s %% (no bounds)", middle);
    return g_strdup_printf("%s %% (%s to %s)", middle, low, high);
}
