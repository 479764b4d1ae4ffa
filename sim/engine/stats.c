#include "sim/engine/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

void sim_level_init(struct sim_level *level, double now_s, double value)
{
    *level = (struct sim_level){.value = value, .since_s = now_s, .start_s = now_s, .min = value, .max = value};
}

double sim_level_mean(const struct sim_level *level, double now_s)
{
    double passed_s = now_s - level->start_s;

    return passed_s > 0 ? sim_level_integral(level, now_s) / passed_s : level->value;
}

void sim_sample_init(struct sim_sample *sample)
{
    sample->rstat = gsl_rstat_alloc();
}

void sim_sample_clear(struct sim_sample *sample)
{
    gsl_rstat_free(sample->rstat);
    sample->rstat = NULL;
}

void sim_sample_add(struct sim_sample *sample, double value)
{
    gsl_rstat_add(value, sample->rstat);
}

size_t sim_sample_count(const struct sim_sample *sample)
{
    return gsl_rstat_n(sample->rstat);
}

double sim_sample_mean(const struct sim_sample *sample)
{
    return gsl_rstat_mean(sample->rstat);
}

double sim_sample_variance(const struct sim_sample *sample)
{
    return gsl_rstat_variance(sample->rstat);
}

double sim_sample_half_width(const struct sim_sample *sample, double confidence)
{
    size_t n = sim_sample_count(sample);

    if (n < 2)
        return INFINITY;
    return gsl_cdf_tdist_Pinv(0.5 + confidence / 2, (double)(n - 1)) * sqrt(sim_sample_variance(sample) / (double)n);
}
