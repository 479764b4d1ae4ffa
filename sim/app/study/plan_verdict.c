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

static double z_of(const struct plan_demand *demand)
{
    return gsl_cdf_ugaussian_Qinv((1 - confidence_of(demand)) / 2);
}

double plan_least_runs(const struct plan_demand *demand)
{
    double z = z_of(demand);

    return ceil(z * z * demand->probability / (1 - demand->probability) - 1e-9);
}

guint plan_look(const struct plan_demand *demand, guint look)
{
    double second = fmax(2 * FIRST_LOOK, plan_least_runs(demand)), most = demand->most;

    if (look + 1 == PLAN_LOOKS && demand->most)
        return demand->most;
    double n = look ? ldexp(second, (int)look - 1) : FIRST_LOOK;
    return (guint)(most > 0 ? fmin(n, most) : n);
}

enum plan_verdict plan_judge(const struct plan_demand *demand, guint n_met, guint n, struct sim_interval *share)
{
    *share = sim_share_interval(n_met, n, confidence_of(demand));
    return share->low >= demand->probability - 1e-12 ? PLAN_MEETS
           : share->high < demand->probability       ? PLAN_MISSES
                                                     : PLAN_UNDECIDED;
}

/* Wilson's interval leaves the demand p out where |share - p| > z sqrt(p (1 - p) / n); and the share itself varies. */
double plan_runs_to_tell(const struct plan_demand *demand, double share)
{
    double p = demand->probability, z = z_of(demand) + gsl_cdf_ugaussian_Pinv(power);
    double n = z * z * p * (1 - p) / ((share - p) * (share - p));

    if (!(fabs(share - p) > 1e-9))
        return INFINITY;
    double step = pow(10, fmax(0, floor(log10(n)) - 1));
    return step * ceil(n / step);
}
