/* distsim compare: what a change of settings changes, under the same luck. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/app/output.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_tables.h"
#include "sim/app/units.h"

enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_ALIKE, VERDICT_UNDECIDED, N_VERDICTS };
static const char *const verdict_words[N_VERDICTS] = {"better", "worse", "alike", "no difference at this precision"};

/* A variant against the baseline, in one metric. */
struct comparison {
    guint metric, variant;
    struct sim_interval difference; /* of the means: variant less baseline */
    struct sim_interval relative;   /* 0.1: 10 % more */
    double p_value;                 /* adjusted (Holm) for the number of variants; NaN: nothing was left to chance */
    enum verdict verdict;
};

struct requirement {
    const char *metric;
    enum { REQUIRE_BETTER, REQUIRE_NOT_WORSE } what;
};

struct compare {
    struct study_command command;
    char *baseline_label;
    char *tolerance_text;
    char **require;
    guint baseline;
    double tolerance; /* of the baseline: what is less does not matter */
    GArray *comparisons;
};

/* ---- comparing ---- */

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
    c->difference = (struct sim_interval){x - y, x - y, x - y};
    c->relative = (struct sim_interval){(x - y) / y, (x - y) / y, (x - y) / y};
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
static GArray *compare_all(const struct compare *compare)
{
    const struct study *study = compare->command.study;
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct comparison));

    for (guint m = 0; m < study->n_metrics; m++) {
        guint first = all->len;
        g_autofree double *p_values = g_new(double, study->points->len);

        for (guint i = 0; i < study->points->len; i++)
            if (i != compare->baseline) {
                struct comparison c = compare_pair(study, i, compare->baseline, m);
                p_values[all->len - first] = c.p_value;
                g_array_append_val(all, c);
            }
        sim_holm(p_values, all->len - first, p_values);
        for (guint i = first; i < all->len; i++) {
            struct comparison *c = &g_array_index(all, struct comparison, i);
            c->p_value = p_values[i - first];
            c->verdict = judge(c, study_metric(study, m)->higher_is_better, compare->tolerance);
        }
    }
    return all;
}

/* ---- options ---- */

static int find_baseline(struct compare *compare)
{
    const struct study *study = compare->command.study;

    if (!compare->baseline_label)
        return EXIT_CODE_FINE;
    for (guint i = 0; i < study->points->len; i++)
        if (strcmp(study_point(study, i)->label, compare->baseline_label) == 0) {
            compare->baseline = i;
            return EXIT_CODE_FINE;
        }
    return study_command_fail(
        &compare->command, EXIT_CODE_WRONG, "--baseline: there is no \"%s\"; the first is \"%s\", the last \"%s\"",
        compare->baseline_label, study_point(study, 0)->label, study_point(study, study->points->len - 1)->label);
}

static int read_tolerance(struct compare *compare)
{
    g_autofree char *why = NULL;

    if (!compare->tolerance_text)
        return EXIT_CODE_FINE;
    if (!units_parse(PARAM_PERCENT, compare->tolerance_text, &compare->tolerance, &why))
        return study_command_fail(&compare->command, EXIT_CODE_WRONG, "--tolerance: %s", why);
    compare->tolerance /= 100;
    return EXIT_CODE_FINE;
}

static bool read_requirement(const char *text, char **metric, int *what)
{
    const char *equals = strrchr(text, '=');

    *metric = equals ? g_strndup(text, (gsize)(equals - text)) : NULL;
    *what = !equals                                ? -1
            : strcmp(equals + 1, "better") == 0    ? REQUIRE_BETTER
            : strcmp(equals + 1, "not-worse") == 0 ? REQUIRE_NOT_WORSE
                                                   : -1;
    return *what >= 0;
}

/* What is required must be measured. */
static int check_requirements(const struct compare *compare)
{
    const struct study_command *c = &compare->command;

    for (char **text = compare->require; text && *text; text++) {
        g_autofree char *metric = NULL;
        int what;

        if (!read_requirement(*text, &metric, &what))
            return study_command_fail(c, EXIT_CODE_WRONG,
                                      "--require %s: write METRIC=better or METRIC=not-worse, for example "
                                      "delivery_p95=better",
                                      *text);
        if (!g_strv_contains((const char *const *)c->study->metrics, metric))
            return study_command_fail(c, EXIT_CODE_WRONG, "--require %s: %s is not measured; add --metric \"%s\"",
                                      *text, metric, metric);
    }
    return EXIT_CODE_FINE;
}

/* ---- telling ---- */

static char *signed_words(const struct metric_type *type, double value)
{
    g_autofree char *words = metric_difference_words(type, value);

    return g_strconcat(value > 0 ? "+" : "", words, NULL);
}

static char *relative_words(const struct comparison *c)
{
    if (!isfinite(c->relative.estimate))
        return g_strdup("-");
    if (isnan(c->p_value))
        return g_strdup_printf("%+.1f %%", 100 * c->relative.estimate);
    if (!isfinite(c->relative.low) || !isfinite(c->relative.high))
        return g_strdup_printf("%+.1f %% (no bounds)", 100 * c->relative.estimate);
    return g_strdup_printf("%+.1f %% (%+.1f to %+.1f)", 100 * c->relative.estimate, 100 * c->relative.low,
                           100 * c->relative.high);
}

static double mean_of(const struct study *study, guint point, guint metric)
{
    return estimate_of(study, point, metric).mean.estimate;
}

static char *table(const struct compare *compare)
{
    static const char *const heads[] = {"metric",     "variant",           "baseline", "variant's mean",
                                        "difference", "% (95 % interval)", "verdict"};
    const struct study *study = compare->command.study;
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        g_ptr_array_add(cells, g_strdup(heads[i]));
    for (guint i = 0; i < compare->comparisons->len; i++) {
        const struct comparison *c = &g_array_index(compare->comparisons, struct comparison, i);
        const struct metric_type *type = study_metric(study, c->metric);
        const struct scenario *scenario = study_point(study, compare->baseline)->scenario;

        if (study_metric_is_idle(study, c->metric))
            continue;
        g_ptr_array_add(cells, g_strdup(study->metrics[c->metric]));
        g_ptr_array_add(cells, g_strdup(study_point(study, c->variant)->label));
        g_ptr_array_add(cells, metric_words(type, mean_of(study, compare->baseline, c->metric), scenario));
        g_ptr_array_add(cells, metric_words(type, mean_of(study, c->variant, c->metric), scenario));
        g_ptr_array_add(cells, signed_words(type, c->difference.estimate));
        g_ptr_array_add(cells, relative_words(c));
        g_ptr_array_add(cells, g_strdup(verdict_words[c->verdict]));
    }
    return study_markdown(cells, G_N_ELEMENTS(heads));
}

static gboolean write_comparisons(const struct compare *compare, GError **error)
{
    const struct study *study = compare->command.study;
    g_autofree char *path = g_build_filename(compare->command.results->partial, "comparisons.csv", NULL);
    struct output *to = output_open(path, error);

    if (!to)
        return FALSE;
    output_text(to, "metric,unit,baseline,variant,baseline_mean,variant_mean,difference,difference_low,difference_high,"
                    "relative,relative_low,relative_high,p_adjusted,verdict\n");
    for (guint i = 0; i < compare->comparisons->len; i++) {
        const struct comparison *c = &g_array_index(compare->comparisons, struct comparison, i);
        const double numbers[] = {mean_of(study, compare->baseline, c->metric),
                                  mean_of(study, c->variant, c->metric),
                                  c->difference.estimate,
                                  c->difference.low,
                                  c->difference.high,
                                  c->relative.estimate,
                                  c->relative.low,
                                  c->relative.high,
                                  c->p_value};

        output_csv_text(to, study->metrics[c->metric]);
        output_char(to, ',');
        output_text(to, metric_unit(study_metric(study, c->metric)));
        output_char(to, ',');
        output_csv_text(to, study_point(study, compare->baseline)->label);
        output_char(to, ',');
        output_csv_text(to, study_point(study, c->variant)->label);
        for (guint k = 0; k < G_N_ELEMENTS(numbers); k++) {
            output_char(to, ',');
            if (isfinite(numbers[k]))
                output_number(to, numbers[k]);
        }
        output_char(to, ',');
        output_text(to, verdict_words[c->verdict]);
        output_char(to, '\n');
    }
    return output_close(to, error);
}

/* Prints each requirement that a variant does not meet. */
static bool meets_requirements(const struct compare *compare)
{
    const struct study *study = compare->command.study;
    bool met = true;

    for (char **text = compare->require; text && *text; text++)
        for (guint i = 0; i < compare->comparisons->len; i++) {
            const struct comparison *c = &g_array_index(compare->comparisons, struct comparison, i);
            g_autofree char *metric = NULL;
            int what;

            read_requirement(*text, &metric, &what);
            bool fine = what == REQUIRE_BETTER ? c->verdict == VERDICT_BETTER : c->verdict != VERDICT_WORSE;
            if (strcmp(metric, study->metrics[c->metric]) == 0 && !fine) {
                met = false;
                fprintf(stderr, "distsim compare: required %s, but of %s it is: %s\n", *text,
                        study_point(study, c->variant)->label, verdict_words[c->verdict]);
            }
        }
    return met;
}

static int tell(struct compare *compare)
{
    struct study_command *c = &compare->command;
    g_autofree char *text = table(compare);
    g_autoptr(GError) error = NULL;
    guint n = study_point(c->study, 0)->n_wanted;

    if (!write_comparisons(compare, &error) || !results_write(c->results, "comparison.md", text, &error))
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    int code = study_command_finish(c, study_command_summary(c));
    if (code != EXIT_CODE_FINE)
        return code;
    if (!c->quiet) {
        printf("%s: %u variants against \"%s\", ", study_point(c->study, 0)->scenario->name, c->study->points->len - 1,
               study_point(c->study, compare->baseline)->label);
        if (n == 1)
            puts("one run each: nothing is left to chance\n");
        else
            printf("%u runs each, under the same luck\n\n", n);
        g_autofree char *undefined = study_undefined(c->study);
        printf("%s%s%s", text, *undefined ? "\n" : "", undefined);
        printf("\nResults: %s\n", c->out);
    }
    return meets_requirements(compare) ? EXIT_CODE_FINE : EXIT_CODE_MISSED;
}

int command_compare(int argc, char **argv)
{
    struct compare compare = {.tolerance = 0.001};
    const GOptionEntry own[] = {
        {"baseline", 'b', 0, G_OPTION_ARG_FILENAME, &compare.baseline_label,
         "what the others are compared with, as the table names it (the first)", "LABEL"},
        {"tolerance", 't', 0, G_OPTION_ARG_STRING, &compare.tolerance_text, "differences of less do not matter (0.1%)",
         "PERCENT"},
        {"require", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &compare.require,
         "METRIC=better or METRIC=not-worse, of every variant; else exit with 3; may be repeated", "REQUIREMENT"},
        G_OPTION_ENTRY_NULL,
    };
    int code;

    compare.command = (struct study_command){
        .name = "compare",
        .usage = "FILE... | FILE --vary PATH=V1,V2,... - what does a change of settings change?",
        .description =
            "example: distsim compare scenarios/sender_threads.json --vary sites.CS1.sender.max_concurrent_per_site=1,3,5,10\n"
            "         distsim compare today.json tomorrow.json --replications 50 --require delivery_p95=better\n\n"
            "Every variant sees the same luck: replication by replication, the differences are paired. Verdicts hold with\n"
            "95 % confidence for all variants together (Holm's correction).\n\n"
            "Exit codes: 0 fine, 1 something failed, 2 wrong usage or scenario, 3 a requirement is not met,\n"
            "130 interrupted: the same command goes on.\n",
        .own_options = own,
        .argc = argc,
        .argv = argv,
        .has_shards = true,
        .replications = 20,
    };
    code = study_command_read(&compare.command);
    if (code == EXIT_CODE_FINE)
        code = read_tolerance(&compare);
    if (code == EXIT_CODE_FINE)
        code = study_command_add_points(&compare.command);
    if (code == EXIT_CODE_FINE && compare.command.study->points->len < 2)
        code = study_command_fail(&compare.command, EXIT_CODE_WRONG,
                                  "there is nothing to compare with: give a second file, or --vary with two values");
    if (code == EXIT_CODE_FINE)
        code = find_baseline(&compare);
    if (code == EXIT_CODE_FINE)
        code = check_requirements(&compare);
    if (code == EXIT_CODE_FINE)
        code = study_command_begin(&compare.command);
    if (code == EXIT_CODE_FINE)
        code = study_command_go(&compare.command);
    if (code == EXIT_CODE_FINE && !study_command_is_part(&compare.command)) {
        compare.comparisons = compare_all(&compare);
        code = tell(&compare);
        g_array_unref(compare.comparisons);
    }
    study_command_end(&compare.command);
    g_free(compare.baseline_label);
    g_free(compare.tolerance_text);
    g_strfreev(compare.require);
    return code;
}
