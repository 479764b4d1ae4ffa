#include "sim/app/study/plan_verdict.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#include "sim/app/study/estimate.h"

enum { FIRST_LOOK = 20 }; /* runs that most of what clearly misses is given up after */
static const double power = 0.8;

static double confidence_of(const struct plan_demand *demand)
{
    return 1 - (1 - STUDY_CONFIDENCE) / PLAN_LOOKS / demand->family;
}

/* Of each side of the interval. */
static double tail_of(const struct plan_demand *demand)
{
    return (1 - confidence_of(demand)) / 2;
}

/* All n of n have the probability p^n. */
double plan_least_runs(const struct plan_demand *demand)
{
    return ceil(log(tail_of(demand)) / log(demand->probability) - 1e-9);
}

guint plan_look(const struct plan_demand *demand, guint look)
{
    double second = fmax(2 * FIRST_LOOK, plan_least_runs(demand)), most = demand->most;

    if (look + 1 == PLAN_LOOKS && demand->most)
        return demand->most;
    double n = look ? ldexp(second, (int)look - 1) : FIRST_LOOK;
    return (guint)(most > 0 ? fmin(n, most) : n);
}

/* By the tails themselves, which is the same as by the interval's bounds, and quicker. */
enum plan_verdict plan_judge(const struct plan_demand *demand, guint n_met, guint n)
{
    double p = demand->probability, tail = tail_of(demand);

    if (n_met > 0 && gsl_cdf_binomial_Q(n_met - 1, p, n) <= tail)
        return PLAN_MEETS;
    return n_met < n && gsl_cdf_binomial_P(n_met, p, n) < tail ? PLAN_MISSES : PLAN_UNDECIDED;
}

struct sim_interval plan_share(const struct plan_demand *demand, guint n_met, guint n)
{
    return sim_share_exact_interval(n_met, n, confidence_of(demand));
}

/* Fleiss, Statistical Methods for Rates and Proportions, section 2.2: z of the interval if the demand p were true, z of
 * the power if the share is, and a correction for continuity. */
double plan_runs_to_tell(const struct plan_demand *demand, double share)
{
    double p = demand->probability, off = fabs(share - p);
    double spread = gsl_cdf_ugaussian_Qinv(tail_of(demand)) * sqrt(p * (1 - p)) +
                    gsl_cdf_ugaussian_Pinv(power) * sqrt(share * (1 - share));

    if (!(off > 1e-9))
        return INFINITY;
    double n = spread * spread / (off * off);
    n *= pow(1 + sqrt(1 + 2 / (n * off)), 2) / 4;
    double step = pow(10, fmax(0, floor(log10(n)) - 1));
    return step * ceil(n / step);
}
