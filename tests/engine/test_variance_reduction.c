/* Luck that is shared or mirrored on purpose: what named streams make possible, with numbers. */
#include "sim/engine/output_analysis.h"
#include "sim/engine/random.h"
#include "tests/engine/near.h"

#include <glib.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>

/* Ross, Simulation: E e^U = e - 1, the variance of e^U is .242036. The mean of a pair of independent ones has half of
 * that, .121018; of U and 1 - U .0039125, 96.77 % less. (A variance of 100,000 deviates by about .35 %.) */
static void test_antithetic_variates(void)
{
    enum { PAIRS = 100000 };
    gsl_rng *stream = sim_random_stream(1, 0, "antithetic", "u");
    double *apart = g_new(double, PAIRS), *mirrored = g_new(double, PAIRS);

    for (guint i = 0; i < PAIRS; i++) {
        double u = sim_random_uniform(stream), v = sim_random_uniform(stream);
        apart[i] = (exp(u) + exp(v)) / 2;
        mirrored[i] = (exp(u) + exp(1 - u)) / 2;
    }
    double variance_apart = gsl_stats_variance(apart, 1, PAIRS), variance = gsl_stats_variance(mirrored, 1, PAIRS);
    assert_near(variance_apart, .121018, .02 * .121018);
    assert_near(variance, .0039125, .02 * .0039125);
    assert_near(1 - variance / variance_apart, .9677, .001);
    /* Pair means are independent, single values would not be: the interval is of those. 99.99 %: one seed in 10,000. */
    struct sim_interval mean = sim_mean_interval(mirrored, PAIRS, .9999);
    g_assert_cmpfloat(mean.low, <=, M_E - 1);
    g_assert_cmpfloat(mean.high, >=, M_E - 1);
    g_free(apart);
    g_free(mirrored);
    gsl_rng_free(stream);
}

/* Mean wait of 200 customers of a queue that begins empty. */
static double mean_wait(uint32_t replication, double service_rate, const char *queue)
{
    gsl_rng *arrivals = sim_random_stream(1, replication, queue, "arrivals");
    gsl_rng *services = sim_random_stream(1, replication, queue, "services");
    double wait = 0, sum = 0;

    for (guint customer = 0; customer < 200; customer++) {
        wait += sim_random_exponential(services, 1 / service_rate) - sim_random_exponential(arrivals, 1 / 9.);
        wait = fmax(0, wait);
        sum += wait;
    }
    gsl_rng_free(arrivals);
    gsl_rng_free(services);
    return sum / 200;
}

/* Is a server of rate 10.5 better than one of rate 10? With the same customers and sizes ten replications say so; with
 * other ones a difference has several times the variance. */
static void test_common_random_numbers(void)
{
    enum { REPLICATIONS = 200 };
    double slow[REPLICATIONS], fast[REPLICATIONS], apart[REPLICATIONS], same[REPLICATIONS], other[REPLICATIONS];

    for (uint32_t r = 0; r < REPLICATIONS; r++) {
        slow[r] = mean_wait(r, 10, "queue");
        fast[r] = mean_wait(r, 10.5, "queue");
        apart[r] = mean_wait(r, 10.5, "another queue");
        same[r] = slow[r] - fast[r];
        other[r] = slow[r] - apart[r];
        g_assert_cmpfloat(same[r], >=, 0); /* each customer of the faster one waits no longer */
    }
    g_assert_cmpfloat(gsl_stats_variance(other, 1, REPLICATIONS), >, 5 * gsl_stats_variance(same, 1, REPLICATIONS));

    struct sim_difference paired = sim_paired_difference(slow, fast, REPLICATIONS, .95);
    struct sim_difference welch = sim_welch_difference(slow, REPLICATIONS, apart, REPLICATIONS, .95);
    g_assert_cmpfloat(welch.mean.high - welch.mean.low, >, sqrt(5) * (paired.mean.high - paired.mean.low));
    g_assert_cmpfloat(sim_paired_difference(slow, fast, 10, .95).mean.low, >, 0);
    g_assert_cmpfloat(sim_welch_difference(slow, 10, apart, 10, .95).p_value, >, .05);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/variance-reduction/antithetic-variates", test_antithetic_variates);
    g_test_add_func("/variance-reduction/common-random-numbers", test_common_random_numbers);
    return g_test_run();
}
