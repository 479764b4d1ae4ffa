/* Statistics: levels over time, and samples (on GSL). */
#ifndef SIM_ENGINE_STATS_H
#define SIM_ENGINE_STATS_H

#include <gsl/gsl_rstat.h>
#include <stddef.h>
#include <stdint.h>

/* A value that holds until it changes: its integral, its mean over time and its extremes. O(1) a change. */
struct sim_level {
    double value, since_s, start_s;
    double integral; /* of the value over time, from start_s to since_s */
    double min, max;
};

void sim_level_init(struct sim_level *level, double now_s, double value);
static inline void sim_level_set(struct sim_level *level, double now_s, double value)
{
    level->integral += level->value * (now_s - level->since_s);
    level->since_s = now_s;
    level->value = value;
    if (value > level->max)
        level->max = value;
    if (value < level->min)
        level->min = value;
}
static inline double sim_level_integral(const struct sim_level *level, double now_s)
{
    return level->integral + level->value * (now_s - level->since_s);
}
/* Mean from the start to now_s; the value itself when no time has passed. */
double sim_level_mean(const struct sim_level *level, double now_s);

/* Independent observations: count, mean, variance by GSL's running statistics. */
struct sim_sample {
    gsl_rstat_workspace *rstat;
};
void sim_sample_init(struct sim_sample *sample);
void sim_sample_clear(struct sim_sample *sample);
void sim_sample_add(struct sim_sample *sample, double value);
size_t sim_sample_count(const struct sim_sample *sample);
double sim_sample_mean(const struct sim_sample *sample);
double sim_sample_variance(const struct sim_sample *sample); /* n - 1 in the denominator; 0 below two values */
/* Half the width of the Student t interval of the mean (Law, Simulation Modeling and Analysis, ch. 9):
 * t(n-1, 1-alpha/2) s / sqrt(n). confidence: between 0 and 1, such as 0.95. INFINITY below two values. */
double sim_sample_half_width(const struct sim_sample *sample, double confidence);

#endif
