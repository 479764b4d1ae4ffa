/* distsim run --replications, --precision: the same scenario under different luck, and what can be said for sure. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_tables.h"

enum { LEAST_REPLICATIONS = 10, LOOK_AHEAD = 5 };

/* What --precision is about: the metrics that were named, or of all those the times of deliveries. Margins may be near
 * 0, what is met or missed is rare or frequent: a part of that says nothing. */
static bool is_asked(const struct study_command *c, guint metric)
{
    static const char *const standard[] = {"delivery_mean", "delivery_p50", "delivery_p95", "last_on_dp", NULL};

    return c->metrics || g_strv_contains(standard, c->study->metrics[metric]);
}

/* A percentage of a moment is one of the time since the first request. */
static double *values_from_zero(const struct study *study, guint metric)
{
    const struct metric *of = study_point(study, 0)->metrics->pdata[metric];
    double *values = study_values(study, 0, metric);

    for (guint i = 0; i < study_point(study, 0)->n_wanted; i++)
        values[i] -= of->zero;
    return values;
}

/* Until every metric that is asked for is precise. Waves depend on what has been measured only, and what a wave has too
 * much is left out: the answer is the same with any number of workers. */
static int replicate_until_precise(struct study_command *c, double relative, guint most, struct sim_precision *state)
{
    g_autoptr(GArray) asked = g_array_new(FALSE, FALSE, sizeof(guint));
    const struct sim_precision_rule rule = {
        .relative = relative, .confidence = STUDY_CONFIDENCE, .n_min = LEAST_REPLICATIONS, .look_ahead = LOOK_AHEAD};
    struct point *point = study_point(c->study, 0);
    int code;

    for (guint m = 0; m < c->study->n_metrics; m++)
        if (is_asked(c, m))
            g_array_append_val(asked, m);
    point->n_wanted = LEAST_REPLICATIONS;
    for (;;) {
        if ((code = study_command_go(c)) != EXIT_CODE_FINE)
            return code;

        g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < asked->len; i++)
            g_ptr_array_add(values, values_from_zero(c->study, g_array_index(asked, guint, i)));
        *state = sim_precision_check(&rule, (const double *const *)values->pdata, asked->len, point->n_wanted);
        state->worst = g_array_index(asked, guint, state->worst);
        if (state->state == SIM_PRECISION_REACHED)
            point->n_wanted = (uint32_t)state->n_stop;
        if (state->state == SIM_PRECISION_REACHED || state->state == SIM_PRECISION_UNDEFINED || point->n_wanted >= most)
            return EXIT_CODE_FINE;
        size_t next = CLAMP(state->n_expected, (size_t)point->n_wanted + LOOK_AHEAD, 2 * (size_t)point->n_wanted);
        point->n_wanted = (uint32_t)MIN(next, most);
    }
}

static char *range_words(const struct metric_type *type, const struct sim_interval *interval,
                         const struct scenario *scenario)
{
    g_autofree char *low = metric_words(type, interval->low, scenario);
    g_autofree char *high = metric_words(type, interval->high, scenario);

    return isfinite(interval->low) && isfinite(interval->high) ? g_strdup_printf("%s to %s", low, high)
                                                               : g_strdup("too few runs");
}

/* Of a single run, of which there are no intervals. */
static void print_values(const struct study *study)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(cells, g_strdup("metric"));
    g_ptr_array_add(cells, g_strdup("value"));
    for (guint m = 0; m < study->n_metrics; m++) {
        const struct metric_type *type = study_metric(study, m);
        double value = estimate_of(study, 0, m).mean.estimate;

        if (study_metric_is_idle(study, m))
            continue;
        g_ptr_array_add(cells, g_strdup(study->metrics[m]));
        g_ptr_array_add(cells, metric_is_yes_or_no(type) && !isnan(value)
                                   ? g_strdup(value > 0 ? "met" : "missed")
                                   : metric_words(type, value, study_point(study, 0)->scenario));
    }
    g_autofree char *table = study_markdown(cells, 2);
    g_autofree char *undefined = study_undefined(study);
    printf("%s%s%s", table, *undefined ? "\n" : "", undefined);
}

/* Takes the value over. */
static void add_row(GPtrArray *cells, const char *metric, const char *what, char *value, const struct metric_type *type,
                    const struct sim_interval *interval, const struct scenario *scenario)
{
    g_ptr_array_add(cells, g_strdup(metric));
    g_ptr_array_add(cells, g_strdup(what));
    g_ptr_array_add(cells, value);
    g_ptr_array_add(cells, range_words(type, interval, scenario));
}

static void print_table(const struct study *study)
{
    static const char *const heads[] = {"metric", "of the runs", "value", "95 % interval"};
    const struct scenario *scenario = study_point(study, 0)->scenario;
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        g_ptr_array_add(cells, g_strdup(heads[i]));
    for (guint m = 0; m < study->n_metrics; m++) {
        const struct metric_type *type = study_metric(study, m);
        struct estimate e = estimate_of(study, 0, m);
        const char *name = study->metrics[m];

        if (study_metric_is_idle(study, m))
            continue;
        if (e.min == e.max && !metric_is_yes_or_no(type)) {
            add_row(cells, name, "all", metric_words(type, e.min, scenario), type, &e.mean, scenario);
            continue;
        }
        add_row(cells, name, metric_is_yes_or_no(type) ? "share" : "mean",
                metric_words(type, e.mean.estimate, scenario), type, &e.mean, scenario);
        if (metric_is_yes_or_no(type))
            continue;
        add_row(cells, "", "median", metric_words(type, e.median.estimate, scenario), type, &e.median, scenario);
        /* What can be relied on: not more of what is better less of, not less of what is better more of. */
        const struct sim_interval *sure = type->higher_is_better ? &e.p5 : &e.p95;
        if (isfinite(sure->low) && isfinite(sure->high))
            add_row(cells, "", type->higher_is_better ? "95 % have at least" : "95 % within",
                    metric_words(type, sure->estimate, scenario), type, sure, scenario);
        g_ptr_array_add(cells, g_strdup(""));
        g_ptr_array_add(cells, g_strdup("all"));
        g_ptr_array_add(cells, metric_words(type, e.min, scenario));
        g_autofree char *most = metric_words(type, e.max, scenario);
        g_ptr_array_add(cells, g_strconcat("to ", most, NULL));
    }
    g_autofree char *table = study_markdown(cells, G_N_ELEMENTS(heads));
    g_autofree char *undefined = study_undefined(study);
    printf("%s%s%s", table, *undefined ? "\n" : "", undefined);
}

static void print_precision(const struct study_command *c, const struct sim_precision *state, double relative)
{
    const struct study *study = c->study;
    g_autoptr(GString) asked = g_string_new(NULL);
    guint n = study_point(study, 0)->n_wanted;
    const char *worst = study->metrics[state->worst];

    for (guint m = 0; m < study->n_metrics; m++)
        if (is_asked(c, m))
            g_string_append_printf(asked, "%s%s", asked->len ? ", " : "", study->metrics[m]);
    switch (state->state) {
    case SIM_PRECISION_REACHED:
        printf("Within %g %% of the mean (95 %% confidence) after %u replications: %s.\n", 100 * relative, n,
               asked->str);
        break;
    case SIM_PRECISION_UNDEFINED:
        printf("No precision can be given: %s could not be measured in every run. Name others with --metric.\n", worst);
        break;
    default:
        printf("%u replications are not enough for %g %%: %s needs most", n, 100 * relative, worst);
        if (state->n_expected < 1000000000)
            printf(", about %zu", state->n_expected);
        puts(". Allow more with --most, or ask for less.");
        break;
    }
}

/* An objective that not even half of the runs meet is missed. */
static bool misses(const struct study *study)
{
    bool missed = false;

    for (guint m = 0; m < study->n_metrics; m++)
        missed =
            missed || (metric_is_yes_or_no(study_metric(study, m)) && estimate_of(study, 0, m).mean.estimate < 0.5);
    return missed;
}

static cJSON *summary_of(const struct study_command *c)
{
    cJSON *root = study_command_summary(c), *list = cJSON_AddArrayToObject(root, "estimates");

    for (guint m = 0; m < c->study->n_metrics; m++) {
        struct estimate e = estimate_of(c->study, 0, m);
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "metric", c->study->metrics[m]);
        cJSON_AddNumberToObject(object, "n", e.n);
        study_add_number(object, "mean", e.mean.estimate);
        study_add_number(object, "mean_low", e.mean.low);
        study_add_number(object, "mean_high", e.mean.high);
        study_add_number(object, "sd", e.sd);
        study_add_number(object, "p50", e.median.estimate);
        study_add_number(object, "p95", e.p95.estimate);
        study_add_number(object, "p5", e.p5.estimate);
        cJSON_AddItemToArray(list, object);
    }
    return root;
}

int command_replicate(int argc, char **argv)
{
    g_autofree char *precision = NULL;
    gint most = 10000;
    const GOptionEntry own[] = {
        {"precision", 'p', 0, G_OPTION_ARG_STRING, &precision,
         "until every mean is so precise, with 95 % confidence: \"2%\"", "PERCENT"},
        {"most", 0, 0, G_OPTION_ARG_INT, &most, "but not more often than this (10000)", "N"},
        G_OPTION_ENTRY_NULL,
    };
    struct study_command c = {
        .name = "run",
        .usage = "FILE --replications N - simulate it again and again, under different luck",
        .description =
            "example: distsim run scenarios/year.json --replications 20\n"
            "         distsim run scenarios/year.json --precision 2% --metric delivery_mean\n\n"
            "Results go to results/NAME-run: runs.csv, estimates.csv, summary.json. The runs are kept in\n"
            "results/NAME-run.study: more replications later only add what is missing.\n\n"
            "--precision without --metric is about delivery_mean, delivery_p50, delivery_p95 and last_on_dp.\n\n"
            "Exit codes: 0 fine, 1 something failed, 2 wrong usage or scenario, 3 an objective is missed in more\n"
            "than half of the runs, or --precision is not reached, 130 interrupted.\n",
        .own_options = own,
        .argc = argc,
        .argv = argv,
        .takes = STUDY_PARTS,
        .default_replications = LEAST_REPLICATIONS,
    };
    double relative = 0;
    char *why = NULL;
    int code = study_command_read(&c);

    if (code == EXIT_CODE_FINE && c.files[1])
        code = study_command_fail(&c, EXIT_CODE_WRONG, "give one scenario; distsim compare takes several");
    if (code == EXIT_CODE_FINE && precision && study_command_is_part(&c))
        code = study_command_fail(&c, EXIT_CODE_WRONG,
                                  "how many runs --precision takes is not known beforehand: give a part of the study "
                                  "--replications instead; after distsim merge, --precision goes on from there");
    if (code == EXIT_CODE_FINE && precision && !units_parse(PARAM_PERCENT, precision, &relative, &why))
        code = study_command_fail(&c, EXIT_CODE_WRONG, "--precision: %s", why);
    if (code == EXIT_CODE_FINE && precision && !(relative > 0 && relative < 100))
        code = study_command_fail(&c, EXIT_CODE_WRONG, "--precision: write a percentage between 0 and 100 %%");
    if (code == EXIT_CODE_FINE && most < LEAST_REPLICATIONS + LOOK_AHEAD)
        code =
            study_command_fail(&c, EXIT_CODE_WRONG,
                               "--most: write a whole number from %d on: --precision takes %d replications at least, "
                               "and %d more that leave it so",
                               LEAST_REPLICATIONS + LOOK_AHEAD, LEAST_REPLICATIONS, LOOK_AHEAD);
    if (code == EXIT_CODE_FINE)
        code = study_command_add_points(&c);
    if (code == EXIT_CODE_FINE)
        code = study_command_begin(&c);
    if (code == EXIT_CODE_FINE) {
        struct sim_precision state = {.state = SIM_PRECISION_OPEN};
        bool sequential = precision && study_has_chance(c.study);

        code = sequential ? replicate_until_precise(&c, relative / 100, (guint)most, &state) : study_command_go(&c);
        bool whole = code == EXIT_CODE_FINE && !study_command_is_part(&c);
        if (whole)
            code = study_command_finish(&c, summary_of(&c));
        if (whole && code == EXIT_CODE_FINE && !c.quiet) {
            const struct point *point = study_point(c.study, 0);

            if (point->n_wanted > 1)
                printf("%s: %u replications\n\n", point->scenario->name, point->n_wanted);
            else
                printf("%s: one run%s\n\n", point->scenario->name,
                       study_has_chance(c.study) ? "; intervals take several" : ", which chance has no say in");
            (point->n_wanted > 1 ? print_table : print_values)(c.study);
            putchar('\n');
            if (sequential)
                print_precision(&c, &state, relative / 100);
            printf("Results: %s\n", c.out);
        }
        bool imprecise = sequential && state.state != SIM_PRECISION_REACHED;
        if (whole && code == EXIT_CODE_FINE && (imprecise || misses(c.study)))
            code = EXIT_CODE_MISSED;
    }
    g_free(why);
    study_command_end(&c);
    return code;
}
