/* distsim compare: what a change of settings changes, under the same luck. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/app/interrupts.h"
#include "sim/app/output.h"
#include "sim/app/read/units.h"
#include "sim/app/report/words.h"
#include "sim/app/study/comparison.h"
#include "sim/app/study/comparison_pictures.h"
#include "sim/app/study/comparison_table.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_tables.h"

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
    double tolerance; /* of the baseline, of shares in points: what is less does not matter */
    GArray *comparisons;
};

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

static gboolean write_comparisons(const struct compare *compare, GError **error)
{
    const struct study *study = compare->command.study;
    g_autofree char *path = g_build_filename(compare->command.results->partial, "comparisons.csv", NULL);
    struct output *to = output_open(path, error);

    if (!to)
        return FALSE;
    output_text(to, "metric,unit,baseline,variant,baseline_mean,variant_mean,difference,difference_low,difference_high,"
                    "relative,relative_low,relative_high,p_adjusted,verdict,n\n");
    for (guint i = 0; i < compare->comparisons->len; i++) {
        const struct comparison *c = comparison_at(compare->comparisons, i);
        const double numbers[] = {estimate_of(study, compare->baseline, c->metric).mean.estimate,
                                  estimate_of(study, c->variant, c->metric).mean.estimate,
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
        output_text(to, comparison_verdict(c));
        output_char(to, ',');
        output_count(to, c->n);
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
            const struct comparison *c = comparison_at(compare->comparisons, i);
            g_autofree char *metric = NULL;
            int what;

            read_requirement(*text, &metric, &what);
            if (strcmp(metric, study->metrics[c->metric]) != 0 ||
                (what == REQUIRE_BETTER ? c->verdict == VERDICT_BETTER : c->not_worse))
                continue;
            met = false;
            fprintf(stderr, "distsim compare: required %s, but of %s it is: %s%s\n", *text,
                    study_point(study, c->variant)->label, comparison_verdict(c),
                    c->verdict != VERDICT_UNDECIDED && c->verdict != VERDICT_NEAR ? ""
                    : what == REQUIRE_BETTER                                      ? "; more --replications may show it"
                                             : "; more --replications or a larger --tolerance may show it");
        }
    return met;
}

static gboolean draw(const void *pictures, const char *directory, const struct plots_options *options,
                     GPtrArray *warnings, GError **error)
{
    return comparison_pictures_draw(pictures, directory, options, warnings, error);
}

static void add_settings(GString *text, const char *what, char *const *settings)
{
    if (!settings || !*settings)
        return;
    g_autofree char *all = g_strjoinv("`, `", (char **)settings), *line = g_strdup_printf("%s: `%s`", what, all);
    words_wrap(text, 0, 0, line);
}

/* What was compared, and how sure it is: what a table that is pasted somewhere would lose. */
static void add_lead(GString *text, const struct compare *compare)
{
    const struct study_command *c = &compare->command;
    guint n = study_point(c->study, 0)->n_wanted, n_variants = c->study->points->len - 1;
    const char *runs = n > 1                        ? ", under the same luck"
                       : study_has_chance(c->study) ? ", which says nothing where there is chance: give --replications"
                                                    : ": nothing is left to chance";
    g_autofree char *count = n > 1 ? g_strdup_printf("%u runs each", n) : g_strdup("one run each");
    g_autofree char *first =
        g_strdup_printf("%s: %u variant%s against \"%s\",\n%s%s", study_point(c->study, 0)->scenario->name, n_variants,
                        n_variants == 1 ? "" : "s", study_point(c->study, compare->baseline)->label, count, runs);

    g_auto(GStrv) varied = g_new0(char *, (c->design ? c->design->axes->len : 0) + 1);

    for (guint i = 0; c->design && i < c->design->axes->len; i++)
        varied[i] = g_strdup(design_axis(c->design, i)->path);
    g_string_append_printf(text, "%s\n", first);
    add_settings(text, "varied", varied);
    add_settings(text, "with", c->sets);
    if (n > 1)
        words_wrap(text, 0, 0,
                   n_variants > 1 ? "95 % intervals are of each difference by itself; verdicts hold for all variants "
                                    "together with 95 % confidence (Holm's correction)"
                                  : "95 % intervals; verdicts hold with 95 % confidence");
}

/* What the words in it mean. */
static void add_notes(GString *text, const struct compare *compare, const bool *shown)
{
    const struct study_command *c = &compare->command;
    guint n = study_point(c->study, 0)->n_wanted;
    bool seen[N_VERDICTS] = {false}, seen_pairs = false, seen_rare = false;

    for (guint i = 0; i < compare->comparisons->len; i++) {
        const struct comparison *comparison = comparison_at(compare->comparisons, i);

        if (!shown[comparison->metric])
            continue;
        seen[comparison->verdict] = true;
        seen_pairs |= comparison->n < n;
        seen_rare |= comparison->equal && comparison->verdict == VERDICT_UNDECIDED;
    }
    if (seen_pairs)
        g_string_append(text,
                        "\nPairs: a difference is one of the replications in which both have a value; each mean is "
                        "of all that\nhave one, so that their difference may be another.\n");
    if (seen[VERDICT_NEAR])
        g_string_append_printf(
            text, "\nNear tolerance: there is a difference, but whether it is more than %g %% cannot be told.\n",
            100 * compare->tolerance);
    if (seen[VERDICT_UNDECIDED] && n > 1)
        g_string_append_printf(
            text, "\nNo difference: none that can be told at this precision; more --replications may tell one.\n%s",
            seen_rare ? "Where every pair of runs is alike, what happens in few runs may not have happened yet.\n"
                      : "");
}

static char *report(const struct compare *compare, const bool *shown)
{
    const struct study_command *c = &compare->command;
    g_autofree char *table = comparison_table(c->study, c->design, compare->baseline, compare->comparisons, shown);
    GString *text = g_string_new(NULL);

    add_lead(text, compare);
    g_string_append_printf(text, "\n%s", table);
    add_notes(text, compare, shown);
    return g_string_free(text, FALSE);
}

static void print(const struct compare *compare, const char *text, const bool *shown)
{
    const struct study_command *c = &compare->command;
    guint n_shown = 0;

    for (guint m = 0; m < c->study->n_metrics; m++)
        n_shown += shown[m];
    g_autofree char *undefined = study_undefined(c->study);
    printf("%s%s%s\nResults: %s", text, *undefined ? "\n" : "", undefined, c->out);
    if (n_shown < c->study->n_metrics)
        printf(" (comparisons.csv has all %u metrics)", c->study->n_metrics);
    putchar('\n');
}

static int write_and_draw(struct compare *compare, const char *text, const bool *shown)
{
    struct study_command *c = &compare->command;
    const struct comparison_pictures pictures = {c->study, compare->comparisons, compare->baseline, shown};
    g_autoptr(GError) error = NULL;

    if (!write_comparisons(compare, &error) || !results_write(c->results, "comparison.md", text, &error))
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    int code = study_command_draw(c, draw, &pictures);
    return code == EXIT_CODE_FINE ? study_command_finish(c, study_command_summary(c)) : code;
}

/* What was asked for, also by what is required. */
static char **wanted_metrics(const struct compare *compare)
{
    GPtrArray *wanted = g_ptr_array_new();

    for (char **text = compare->command.metrics; text && *text; text++)
        g_ptr_array_add(wanted, g_strdup(*text));
    for (char **text = compare->require; text && *text; text++) {
        char *metric;
        int what;

        if (read_requirement(*text, &metric, &what))
            g_ptr_array_add(wanted, metric);
    }
    g_ptr_array_add(wanted, NULL);
    return (char **)g_ptr_array_free(wanted, FALSE);
}

static int tell(struct compare *compare)
{
    const struct study_command *c = &compare->command;
    g_auto(GStrv) wanted = wanted_metrics(compare);
    g_autofree bool *shown = comparison_worth_showing(c->study, (const char *const *)wanted);
    g_autofree char *text = report(compare, shown);
    int code = write_and_draw(compare, text, shown);

    if (code != EXIT_CODE_FINE)
        return code;
    if (!c->quiet)
        print(compare, text, shown);
    bool met = meets_requirements(compare);
    return *interrupts_seen ? EXIT_CODE_INTERRUPTED : met ? EXIT_CODE_FINE : EXIT_CODE_MISSED;
}

int command_compare(int argc, char **argv)
{
    struct compare compare = {.tolerance = 0.001};
    const GOptionEntry own[] = {
        {"baseline", 'b', 0, G_OPTION_ARG_FILENAME, &compare.baseline_label,
         "what to compare with (the first): a file's name, or \"SETTING=VALUE\"", "LABEL"},
        {"tolerance", 't', 0, G_OPTION_ARG_STRING, &compare.tolerance_text,
         "less does not matter (0.1%); of shares: points", "PERCENT"},
        {"require", 'r', 0, G_OPTION_ARG_FILENAME_ARRAY, &compare.require,
         "of every variant, METRIC=better or METRIC=not-worse; else exit 3", "RULE"},
        G_OPTION_ENTRY_NULL,
    };
    int code;

    compare.command = (struct study_command){
        .name = "compare",
        .usage = "FILE... | FILE --vary PATH=V1,V2,... - what other settings change",
        .description =
            "example: distsim compare scenarios/sender_threads.json \\\n"
            "             --vary sites.CS1.sender.max_concurrent_per_site=1,3,5,10\n"
            "         distsim compare today.json tomorrow.json --replications 50 --require delivery_p95=better\n\n"
            "Every variant sees the same luck: replication by replication, the differences are paired. Verdicts\n"
            "hold with 95 % confidence for all variants together (Holm's correction). The table shows what is\n"
            "asked first, or the metrics that are named; comparisons.csv has them all, plots/ the pictures.\n\n"
            "Exit codes: 0 fine, 1 something failed, 2 wrong usage or scenario, 3 a requirement is not met,\n"
            "130 interrupted: the same command goes on.\n",
        .own_options = own,
        .argc = argc,
        .argv = argv,
        .takes = STUDY_VARY | STUDY_TOGETHER | STUDY_PARTS | STUDY_DRAWS,
        .default_replications = 20,
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
        compare.comparisons = comparisons_new(compare.command.study, compare.baseline, compare.tolerance);
        code = tell(&compare);
        g_array_unref(compare.comparisons);
    }
    study_command_end(&compare.command);
    g_free(compare.baseline_label);
    g_free(compare.tolerance_text);
    g_strfreev(compare.require);
    return code;
}
