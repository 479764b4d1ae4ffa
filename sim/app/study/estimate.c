#include "sim/app/study/estimate.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

struct sim_interval interval_cut(struct sim_interval interval, double least, double most)
{
    if (isfinite(interval.low))
        interval.low = CLAMP(interval.low, least, most);
    if (isfinite(interval.high))
        interval.high = CLAMP(interval.high, least, most);
    return interval;
}

struct estimate estimate_of(const struct study *study, guint point, guint metric)
{
    g_autofree double *values = study_values(study, point, metric);
    guint n_all = study_point(study, point)->n_wanted, n = 0;
    guint n_yes = 0;

    for (guint i = 0; i < n_all; i++)
        if (!isnan(values[i])) {
            n_yes += values[i] == 1;
            values[n++] = values[i];
        }
    struct estimate estimate = {.n = n, .n_undefined = n_all - n, .sd = NAN, .min = NAN, .max = NAN};
    bool has_chance = simulation_has_chance(study_point(study, point)->scenario);
    if (metric_is_yes_or_no(study_metric(study, metric)) && has_chance)
        estimate.mean = sim_share_interval(n_yes, n, STUDY_CONFIDENCE);
    else
        estimate.mean = sim_mean_interval(values, n, STUDY_CONFIDENCE);
    const struct metric_range range = metric_range(study_point(study, point)->metrics->pdata[metric]);
    estimate.mean = interval_cut(estimate.mean, range.least, range.most);
    gsl_sort(values, 1, n);
    estimate.p5 = sim_quantile_interval(values, n, 0.05, STUDY_CONFIDENCE);
    estimate.median = sim_quantile_interval(values, n, 0.5, STUDY_CONFIDENCE);
    estimate.p95 = sim_quantile_interval(values, n, 0.95, STUDY_CONFIDENCE);
    if (n) {
        estimate.min = values[0];
        estimate.max = values[n - 1];
    }
    if (n > 1)
        estimate.sd = gsl_stats_sd(values, 1, n);
    return estimate;
}
