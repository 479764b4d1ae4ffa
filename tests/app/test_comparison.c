/* Verdicts of comparisons, of numbers that no simulation made: what is right is known. */
#include "sim/app/study/comparison.h"

#include "sim/engine/random.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>

/* One package of which nothing is known before a run: there is chance. */
#define CHANCE "scenarios/tutorial/12_workload.json"
/* Its deadline is 100 s after its request, which is at the start. */
#define CERTAIN "scenarios/tutorial/01_one_link.json"

/* A study of points of a file, all alike, that measures one metric, in n runs each. */
static struct study *study_of(const char *file, const char *metric, guint n_points, guint n, const char *const *sets)
{
    struct study *study = study_new(1);
    const char *const metrics[] = {metric, NULL};
    char *why = NULL;

    for (guint i = 0; i < n_points; i++) {
        struct mistakes *mistakes = mistakes_new();
        g_autofree char *label = g_strdup_printf("%u", i);
        struct point *point = study_add(study, label, file, sets, mistakes);

        g_assert_nonnull(point);
        point->n_wanted = n;
        mistakes_free(mistakes);
    }
    g_assert_true(study_measure(study, metrics, &why));
    return study;
}

static void put(struct study *study, guint point, guint replication, double value)
{
    GPtrArray *runs = study_point(study, point)->runs;
    double *run = g_new(double, 1);

    *run = value;
    if (runs->len <= replication)
        g_ptr_array_set_size(runs, (gint)replication + 1);
    g_free(runs->pdata[replication]);
    runs->pdata[replication] = run;
}

/* Two points: the baseline and one variant. */
static struct comparison compare(const char *file, const char *metric, guint n, const double *baseline,
                                 const double *variant, double tolerance)
{
    struct study *study = study_of(file, metric, 2, n, NULL);

    for (guint r = 0; r < n; r++) {
        put(study, 0, r, baseline[r]);
        put(study, 1, r, variant[r]);
    }
    GArray *comparisons = comparisons_new(study, 0, tolerance);
    struct comparison c = *comparison_at(comparisons, 0);
    g_array_unref(comparisons);
    study_free(study);
    return c;
}

static void assert_verdict(const char *file, const char *metric, guint n, const double *baseline, const double *variant,
                           double tolerance, enum verdict verdict, bool not_worse)
{
    struct comparison c = compare(file, metric, n, baseline, variant, tolerance);

    g_assert_cmpstr(verdict_words[c.verdict], ==, verdict_words[verdict]);
    g_assert_cmpint(c.not_worse, ==, not_worse);
}

/* About 2 % more than 100, give or take a hundredth: as much as it may be, less, and more. */
static void test_tolerance(void)
{
    const double y[] = {99, 100, 101, 99.5, 100.5}, more[] = {101, 102.05, 102.95, 101.5, 102.5};
    double less[5];

    for (int i = 0; i < 5; i++)
        less[i] = 2 * y[i] - more[i];
    assert_verdict(CHANCE, "delivery_mean", 5, y, more, .01, VERDICT_WORSE, false);
    assert_verdict(CHANCE, "delivery_mean", 5, y, more, .03, VERDICT_ALIKE, true);
    assert_verdict(CHANCE, "delivery_mean", 5, y, more, .02, VERDICT_NEAR, false);
    assert_verdict(CHANCE, "delivery_mean", 5, y, less, .01, VERDICT_BETTER, true);
    assert_verdict(CHANCE, "delivery_mean", 5, y, less, .03, VERDICT_ALIKE, true);
    assert_verdict(CHANCE, "delivery_mean", 5, y, less, .02, VERDICT_NEAR, true);
}

/* Of nothing no share can be taken, but more than nothing is more. */
static void test_baseline_is_0(void)
{
    const double zeros[4] = {0}, some[] = {5, 6, 5, 7}, around[] = {-1, 1, 2, -2};

    assert_verdict(CHANCE, "bytes_resent", 4, zeros, some, .001, VERDICT_WORSE, false);
    assert_verdict(CHANCE, "bytes_resent", 4, some, zeros, .001, VERDICT_BETTER, true);
    /* What never happened may be rare: nothing in 4 runs is no reason to call it alike, in 20 it is. */
    const double never[20] = {0};
    assert_verdict(CHANCE, "bytes_resent", 4, zeros, zeros, .001, VERDICT_UNDECIDED, false);
    assert_verdict(CHANCE, "bytes_resent", 20, never, never, .001, VERDICT_ALIKE, true);
    assert_verdict(CHANCE, "bytes_resent", 4, zeros, around, .001, VERDICT_UNDECIDED, false);
}

/* Three runs of which one takes long: ratios from -2.9 to 2.4 are within Student's t, but no time is less than none.
 * Nor is a margin larger than if it had taken none. */
static void test_nothing_is_less_than_none(void)
{
    const double y[] = {10, 10.1, 9.9}, x[] = {1, 20, 1.1};
    double margins_y[3], margins_x[3];

    for (int i = 0; i < 3; i++) {
        margins_y[i] = 1200 - y[i];
        margins_x[i] = 1200 - x[i];
    }
    struct comparison times = compare(CHANCE, "delivery_mean", 3, y, x, .001);
    struct comparison margins = compare(CHANCE, "margin:all on_dp by 20 min", 3, margins_y, margins_x, .001);

    g_assert_cmpfloat(times.relative.low, ==, -1);
    g_assert_cmpfloat(times.relative.high, >, 1);
    g_assert_cmpfloat(margins.relative.high, ==, 1);
    g_assert_cmpfloat(margins.relative.low, <, -1);
    g_assert_cmpfloat_with_epsilon(times.difference.low, -margins.difference.high, 1e-9);
}

/* Points of percent: whoever always meets it is better than who never does, but not after two runs (McNemar: z = 1.41);
 * that neither ever fails says little, except that none was worse. */
static void test_yes_and_no(void)
{
    const double no[20] = {0};
    double yes[20];

    for (int i = 0; i < 20; i++)
        yes[i] = 1;
    assert_verdict(CHANCE, "met:99 % on_dp by 1 d", 2, no, yes, 0, VERDICT_UNDECIDED, false);
    assert_verdict(CHANCE, "met:99 % on_dp by 1 d", 20, no, yes, 0, VERDICT_BETTER, true);
    assert_verdict(CHANCE, "met:99 % on_dp by 1 d", 20, yes, no, 0, VERDICT_WORSE, false);
    assert_verdict(CHANCE, "met:99 % on_dp by 1 d", 20, yes, yes, .001, VERDICT_UNDECIDED, true);
    /* One in 20 is 5 points: p = 0.32. */
    yes[7] = 0;
    assert_verdict(CHANCE, "met:99 % on_dp by 1 d", 20, no, yes, 0, VERDICT_BETTER, true);
    const double all[20] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct comparison c = compare(CHANCE, "met:99 % on_dp by 1 d", 20, all, yes, 0);
    g_assert_cmpfloat_with_epsilon(c.p_value, erfc(1 / sqrt(2)), 1e-9);
    g_assert_cmpfloat_with_epsilon(c.difference.estimate, -.05, 1e-12);
    g_assert_true(c.difference.low > -1 && c.difference.high < 1 && isnan(c.relative.estimate));
    g_assert_true(c.verdict == VERDICT_UNDECIDED && !c.not_worse);
}

/* Single runs: with chance they say nothing, without everything. */
static void test_single_runs(void)
{
    assert_verdict(CHANCE, "delivery_mean", 1, (double[]){100}, (double[]){50}, 0, VERDICT_UNDECIDED, false);
    assert_verdict(CHANCE, "delivery_mean", 1, (double[]){100}, (double[]){100}, 0, VERDICT_UNDECIDED, false);
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){100}, (double[]){50}, 0, VERDICT_BETTER, true);
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){100}, (double[]){100.5}, .01, VERDICT_ALIKE, true);
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){100}, (double[]){101.5}, .01, VERDICT_WORSE, false);
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){100}, (double[]){100}, 0, VERDICT_ALIKE, true);
    assert_verdict(CERTAIN, "met:all on_dp by 50 s", 1, (double[]){1}, (double[]){0}, .001, VERDICT_WORSE, false);
}

/* Sums in another order are the same numbers, and a part of a byte is none. */
static void test_rounding_is_no_difference(void)
{
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){812}, (double[]){812 + 1.1e-13}, 0, VERDICT_ALIKE, true);
    assert_verdict(CERTAIN, "delivery_mean", 1, (double[]){812}, (double[]){812.001}, 0, VERDICT_WORSE, false);
    assert_verdict(CERTAIN, "bytes_resent", 1, (double[]){0.05}, (double[]){0.95}, 0, VERDICT_ALIKE, true);
    assert_verdict(CERTAIN, "bytes_resent", 1, (double[]){0}, (double[]){1000}, 0, VERDICT_WORSE, false);
}

/* A moment is measured from the first request, wherever the scenario starts, and a margin by the time it took: both 100
 * and 103 s, asked for at the start or 10 min later. */
static void test_moments_count_from_the_request(void)
{
    const char *const late[] = {"actions.0.at=10 min", NULL};

    for (int i = 0; i < 2; i++)
        for (int margin = 0; margin < 2; margin++) {
            struct study *study =
                study_of(CERTAIN, margin ? "margin:all on_dp by 20 min" : "last_on_dp", 2, 1, i ? late : NULL);
            double request_s = i ? 600 : 0;

            put(study, 0, 0, margin ? 1200 - request_s - 100 : request_s + 100);
            put(study, 1, 0, margin ? 1200 - request_s - 103 : request_s + 103);
            GArray *comparisons = comparisons_new(study, 0, .02);
            g_assert_cmpfloat_with_epsilon(comparison_at(comparisons, 0)->relative.estimate, margin ? -.03 : .03, 1e-9);
            g_assert_cmpint(comparison_at(comparisons, 0)->verdict, ==, VERDICT_WORSE);
            g_array_unref(comparisons);
            study_free(study);
        }
}

/* Only replications that both have are pairs: 1 more in each, whatever the others say. */
static void test_pairs_are_complete(void)
{
    const double y[] = {10, NAN, 30, 40, 1000}, x[] = {11, 500, 31, 41, NAN};
    struct comparison c = compare(CHANCE, "delivery_mean", 5, y, x, 0);

    g_assert_cmpuint(c.n, ==, 3);
    g_assert_cmpfloat_with_epsilon(c.difference.estimate, 1, 1e-12);
    g_assert_cmpint(c.verdict, ==, VERDICT_WORSE);
}

/* The share of studies in which any of so many verdicts is wrong, where all variants truly differ by `difference` from
 * 10, with a standard deviation of 1. Right is what the function says. */
static double error_rate(guint n_variants, double difference, double tolerance, bool (*right)(enum verdict))
{
    enum { N_STUDIES = 1500, N = 20 };
    gsl_rng *rng = sim_random_stream(1, n_variants, "verdicts", "noise");
    struct study *study = study_of(CHANCE, "delivery_mean", n_variants + 1, N, NULL);
    guint n_wrong = 0;

    for (guint s = 0; s < N_STUDIES; s++) {
        for (guint r = 0; r < N; r++)
            for (guint i = 0; i <= n_variants; i++)
                put(study, i, r, i ? 10 + difference + gsl_ran_gaussian_ziggurat(rng, 1) : 10);
        GArray *comparisons = comparisons_new(study, 0, tolerance);
        bool wrong = false;
        for (guint i = 0; i < comparisons->len; i++)
            wrong |= !right(comparison_at(comparisons, i)->verdict);
        n_wrong += wrong;
        g_array_unref(comparisons);
    }
    study_free(study);
    gsl_rng_free(rng);
    return (double)n_wrong / N_STUDIES;
}

static bool undecided(enum verdict verdict)
{
    return verdict == VERDICT_UNDECIDED;
}

static bool undecided_or_near(enum verdict verdict)
{
    return verdict == VERDICT_UNDECIDED || verdict == VERDICT_NEAR;
}

/* Where variants do not differ, or exactly by the tolerance, every verdict is wrong: in 5 % of the studies at most,
 * give or take three standard errors of 1,500 (1.7 %), and, as Holm's correction is exact where all are alike and
 * independent, nearly that often. Uncorrected it were 1 - 0.95^10 = 40 % of ten variants. */
static void test_verdicts_hold_for_all_variants_together(void)
{
    for (guint n_variants = 1; n_variants <= 10; n_variants += 9) {
        double none = error_rate(n_variants, 0, 0, undecided);
        double at_tolerance = error_rate(n_variants, 1, .1, undecided_or_near);

        g_assert_cmpfloat(none, <, .067);
        g_assert_cmpfloat(none, >, .033);
        g_assert_cmpfloat(at_tolerance, <, .067);
        g_assert_cmpfloat(at_tolerance, >, .033);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/comparison/tolerance", test_tolerance);
    g_test_add_func("/comparison/baseline-is-0", test_baseline_is_0);
    g_test_add_func("/comparison/nothing-is-less-than-none", test_nothing_is_less_than_none);
    g_test_add_func("/comparison/yes-and-no", test_yes_and_no);
    g_test_add_func("/comparison/single-runs", test_single_runs);
    g_test_add_func("/comparison/rounding-is-no-difference", test_rounding_is_no_difference);
    g_test_add_func("/comparison/moments-count-from-the-request", test_moments_count_from_the_request);
    g_test_add_func("/comparison/pairs-are-complete", test_pairs_are_complete);
    g_test_add_func("/comparison/verdicts-hold-for-all-variants-together",
                    test_verdicts_hold_for_all_variants_together);
    return g_test_run();
}
