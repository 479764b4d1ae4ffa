/* What intervals promise: of many small studies of a queue whose laws are known, as many hold the true value as they
 * say.
 *
 * M/M/1, first come, first served: wait' = max(0, wait + service - time between arrivals). Each replication starts in
 * the stationary state (no wait with probability 1 - rho, else exponential of rate mu - lambda), so that even the mean
 * of few customers is right on average: rho / (mu - lambda). Its distribution is skew; Student's interval needs
 * hundreds of replications to keep its promise (ten of a thousand customers each, with lambda 9, hold the mean in about
 * 89 %). The seed was chosen before looking. */
#include "sim/engine/output_analysis.h"
#include "sim/engine/random.h"
#include "tests/engine/near.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#define SEED 1
#define STUDIES 1000
#define REPLICATIONS 500
#define CUSTOMERS 12
#define SERVICE_RATE 10.

static gsl_rng *stream_of(double arrival_rate, const char *purpose)
{
    g_autofree char *queue = g_strdup_printf("queue %g", arrival_rate);

    return sim_random_stream(SEED, 0, queue, purpose);
}

static double stationary_wait(const gsl_rng *stream, double arrival_rate)
{
    if (sim_random_uniform(stream) >= arrival_rate / SERVICE_RATE)
        return 0;
    return sim_random_exponential(stream, 1 / (SERVICE_RATE - arrival_rate));
}

static double mean_wait(const gsl_rng *stream, double arrival_rate, double *last)
{
    double wait = stationary_wait(stream, arrival_rate), sum = wait;

    for (guint customer = 1; customer < CUSTOMERS; customer++) {
        wait += sim_random_exponential(stream, 1 / SERVICE_RATE) - sim_random_exponential(stream, 1 / arrival_rate);
        wait = fmax(wait, 0);
        sum += wait;
    }
    *last = wait;
    return sum / CUSTOMERS;
}

/* 92.7 to 97.3 % of 1,000: 3.34 standard deviations of such a count. */
static void assert_covered(guint covered, guint studies, double promised)
{
    assert_near(covered / (double)studies, promised, 3.34 * sqrt(promised * (1 - promised) / studies));
}

/* lambda 7, 8, 9, 9.5: waits of .2333, .4, .9, 1.9 s. */
static void test_means(void)
{
    static const struct {
        double arrival_rate, mean_s;
    } queues[] = {{7, .7 / 3}, {8, .4}, {9, .9}, {9.5, 1.9}};
    guint studies = test_rounds(STUDIES);

    for (guint q = 0; q < G_N_ELEMENTS(queues); q++) {
        gsl_rng *stream = stream_of(queues[q].arrival_rate, "means");
        guint covered = 0;
        for (guint study = 0; study < studies; study++) {
            double means[REPLICATIONS], last;
            for (guint r = 0; r < REPLICATIONS; r++)
                means[r] = mean_wait(stream, queues[q].arrival_rate, &last);
            struct sim_interval interval = sim_mean_interval(means, REPLICATIONS, .95);
            covered += interval.low <= queues[q].mean_s && queues[q].mean_s <= interval.high;
        }
        assert_covered(covered, studies, .95);
        gsl_rng_free(stream);
    }
}

/* The wait of the last customer is stationary too: P(wait > w) = rho exp(-(mu - lambda) w), so nine of ten wait no
 * longer than ln(10 rho) / (mu - lambda). Ranks promise more than they must, and keep exactly that; no distribution is
 * asked. */
static void test_quantiles(void)
{
    enum { FEW = 60 };
    guint studies = test_rounds(STUDIES), covered = 0;
    double arrival_rate = 9, quantile = log(10 * arrival_rate / SERVICE_RATE) / (SERVICE_RATE - arrival_rate);
    gsl_rng *stream = stream_of(arrival_rate, "quantiles");
    struct sim_ranks ranks;

    g_assert_true(sim_quantile_ranks(FEW, .9, .95, &ranks));
    for (guint study = 0; study < studies; study++) {
        double waits[FEW];
        for (guint r = 0; r < FEW; r++)
            mean_wait(stream, arrival_rate, &waits[r]);
        gsl_sort(waits, 1, FEW);
        struct sim_interval interval = sim_quantile_interval(waits, FEW, .9, .95);
        covered += interval.low <= quantile && quantile < interval.high;
    }
    assert_covered(covered, studies, ranks.coverage);
    gsl_rng_free(stream);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/coverage/means", test_means);
    g_test_add_func("/coverage/quantiles", test_quantiles);
    return g_test_run();
}
