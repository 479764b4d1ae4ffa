/* Probability distributions as data: each is written by the few numbers that people know of it ("mean and 95th
 * percentile"), and drawn from with GSL. A value that falls outside the range of what it is drawn for is drawn again:
 * the distribution is cut to its range. */
#ifndef SIM_ENGINE_DISTRIBUTION_H
#define SIM_ENGINE_DISTRIBUTION_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

#define SIM_DISTRIBUTION_PARAMS 3

struct sim_distribution;

/* One way to write one kind of distribution. */
struct sim_distribution_form {
    const char *kind;                            /* "lognormal" */
    const char *params[SIM_DISTRIBUTION_PARAMS]; /* what it is given by, NULL: no more */
    uint32_t bare;                               /* bit i: params[i] is a number without a unit */
    const char *sentence;
    /* Sets a and b from the params. Returns what is impossible about them, without a full stop; NULL: nothing. */
    const char *(*solve)(struct sim_distribution *distribution);
    double (*draw)(const struct sim_distribution *distribution, const gsl_rng *stream);
    double (*below)(const struct sim_distribution *distribution, double x); /* P(X <= x) */
    double (*mean)(const struct sim_distribution *distribution);
    bool bounded; /* no value is below `lowest` or above `highest` */
};

/* Those given by their values (empirical) come last; then one without a kind. */
extern const struct sim_distribution_form sim_distribution_forms[];
#define SIM_DISTRIBUTION_EMPIRICAL "empirical"
#define SIM_DISTRIBUTION_CONSTANT "constant"

struct sim_distribution {
    const struct sim_distribution_form *form;
    double params[SIM_DISTRIBUTION_PARAMS]; /* as given */
    double *values;                         /* of an empirical one, ascending, owned */
    uint32_t n_values;
    double min, max; /* it is cut to this range */
    bool above_min;  /* and min itself is outside */
    /* from the params */
    double a, b; /* of the family */
    double mean; /* of what is drawn */
};

/* The form of this kind with exactly these params; NULL: there is none. */
const struct sim_distribution_form *sim_distribution_form(const char *kind, const char *const *params, unsigned n);

/* Completes a distribution whose form, params (or values) and range are set. Returns what is wrong with it, as text to
 * be freed; NULL: nothing. */
char *sim_distribution_prepare(struct sim_distribution *distribution);
void sim_distribution_clear(struct sim_distribution *distribution);

double sim_distribution_draw(const struct sim_distribution *distribution, const gsl_rng *stream);
/* P(X <= x), of what is drawn. */
double sim_distribution_below(const struct sim_distribution *distribution, double x);
/* Of what is drawn. */
double sim_distribution_mean(const struct sim_distribution *distribution);

#endif
