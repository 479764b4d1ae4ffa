/* distsim sweep: what settings do to the answer, over all their combinations, pairs of them or samples. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/app/study/estimate.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_file.h"
#include "sim/app/study/study_tables.h"
#include "sim/app/study/sweep_pictures.h"

enum { MOST_COLUMNS = 4, MOST_ROWS = 24 };

struct sweep {
    struct study_command command;
    gboolean list;
    guint metrics[MOST_COLUMNS]; /* of interest: those that are shown */
    guint n_metrics;
};

/* ---- a study from a file ---- */

/* What the file says goes before what the command line says. */
static void put_before(char ***to, const GPtrArray *texts)
{
    GPtrArray *all = g_ptr_array_new();

    for (guint i = 0; i < texts->len; i++)
        g_ptr_array_add(all, g_strdup(texts->pdata[i]));
    for (char **text = *to; text && *text; text++)
        g_ptr_array_add(all, g_strdup(*text));
    g_strfreev(*to);
    *to = NULL;
    if (all->len) {
        g_ptr_array_add(all, NULL);
        *to = (char **)g_ptr_array_free(all, FALSE);
    } else {
        g_ptr_array_free(all, TRUE);
    }
}

static void take_over(struct study_command *c, const struct study_file *study)
{
    g_free(c->files[0]);
    c->files[0] = g_strdup(study->file);
    put_before(&c->varies, study->varies);
    put_before(&c->sets, study->sets);
    if (!c->metrics)
        put_before(&c->metrics, study->metrics);
    if (!c->samples && !c->together) { /* one way to choose in place of another */
        c->together = study->together;
        c->samples = study->samples;
    }
    if (!c->replications)
        c->replications = study->replications;
}

static int read_study(struct study_command *c)
{
    struct mistakes *mistakes = mistakes_new();
    struct study_file *study = strcmp(c->files[0], "-") != 0 ? study_file_read(c->files[0], mistakes) : NULL;
    int code = EXIT_CODE_FINE;

    if (study) {
        take_over(c, study);
    } else if (mistakes_any(mistakes)) {
        g_autofree char *text = mistakes_text(mistakes);
        fputs(text, stderr);
        code = EXIT_CODE_WRONG;
    }
    study_file_free(study);
    mistakes_free(mistakes);
    return code;
}

static int check(const struct study_command *c)
{
    if (c->files[1])
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "give one scenario or study; distsim compare takes several files");
    if (!c->varies)
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "what is varied? Write for example --vary "
                                  "\"sites.*.sender.max_concurrent_per_site=1..10\"");
    if (c->samples && c->together)
        return study_command_fail(c, EXIT_CODE_WRONG, "--together and --samples are two ways to choose; take one");
    return EXIT_CODE_FINE;
}

/* ---- telling ---- */

/* The runs of a part, with the numbers that --runs takes. */
static void list_runs(const struct study_command *c)
{
    const struct study *study = c->study;
    g_autofree char *words = slice_words(&c->slice);

    printf("%s of them:\n\n%6s %6s %12s\n", words, "run", "point", "replication");
    for (guint r = 0; r < (guint)c->replications; r++)
        for (guint i = 0; i < study->points->len; i++) {
            uint64_t run = slice_run_number(study->points->len, i, r);

            if (slice_has(&c->slice, run))
                printf("%6" G_GUINT64_FORMAT " %6u %12u  %s\n", run, i, r, study_point(study, i)->label);
        }
}

static void list_points(const struct study_command *c)
{
    const struct study *study = c->study;
    guint n = study->points->len;

    printf("%s: %u point%s, %d replication%s of each: %" G_GUINT64_FORMAT " runs\n",
           study_point(study, 0)->scenario->name, n, n == 1 ? "" : "s", c->replications,
           c->replications == 1 ? "" : "s", (guint64)n * (guint64)c->replications);
    if (study_command_is_part(c)) {
        list_runs(c);
        return;
    }
    puts("");
    for (guint i = 0; i < n; i++)
        printf("%6u  %s\n", i, study_point(study, i)->label);
    if (c->replications > 1)
        printf(
            "\nFor --runs: replication 0 of point 0 is run 0, of point 1 run 1, ...; replication r of point p is run %u r + "
            "p.\n",
            n);
}

static void take_metric(struct sweep *sweep, const char *name)
{
    const struct study *study = sweep->command.study;

    for (guint m = 0; m < study->n_metrics && sweep->n_metrics < MOST_COLUMNS; m++)
        if ((!name || g_str_has_prefix(study->metrics[m], name)) && !study_metric_is_idle(study, m)) {
            sweep->metrics[sweep->n_metrics++] = m;
            if (name)
                return;
        }
}

/* Those that were named; else the first objective, and when content is there. */
static void choose_metrics(struct sweep *sweep, bool named)
{
    const struct study *study = sweep->command.study;

    if (named) {
        take_metric(sweep, NULL);
        return;
    }
    if (study_point(study, 0)->n_wanted > 1)
        take_metric(sweep, "met:");
    take_metric(sweep, "margin:");
    take_metric(sweep, "delivery_p95");
    take_metric(sweep, "last_on_dp");
}

struct ranked {
    guint point;
    double value; /* the less the better */
};

static int better_first(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;

    if (isnan(p->value) != isnan(q->value))
        return isnan(p->value) ? 1 : -1;
    return p->value < q->value ? -1 : p->value > q->value ? 1 : p->point < q->point ? -1 : p->point > q->point;
}

/* As the points come; samples, which come from everywhere, along the first axis. */
static int in_order(const void *a, const void *b, void *of)
{
    const struct ranked *p = a, *q = b;
    const struct study_command *c = of;
    double x = design_number(c->design, p->point, 0), y = design_number(c->design, q->point, 0);

    if (c->samples && x != y && !isnan(x) && !isnan(y))
        return x < y ? -1 : 1;
    return p->point < q->point ? -1 : p->point > q->point;
}

/* "97.5 % (91.3 to 99.3)", "2 h 5 min (1 h 58 min to 2 h 12 min)" */
static char *cell(const struct study *study, guint point, guint metric)
{
    const struct metric_type *type = study_metric(study, metric);
    const struct scenario *scenario = study_point(study, point)->scenario;
    struct estimate e = estimate_of(study, point, metric);
    g_autofree char *mean = metric_words(type, e.mean.estimate, scenario);
    g_autofree char *low = metric_words(type, e.mean.low, scenario), *high = metric_words(type, e.mean.high, scenario);

    if (e.n < 2 || !isfinite(e.mean.low) || !isfinite(e.mean.high))
        return g_steal_pointer(&mean);
    return g_strdup_printf("%s (%s to %s)", mean, low, high);
}

/* All points if they are few, else the best ones. */
static char *table(const struct sweep *sweep)
{
    const struct study *study = sweep->command.study;
    const struct design *design = sweep->command.design;
    guint n = study->points->len, n_shown = MIN(n, MOST_ROWS);
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    g_autofree struct ranked *ranked = g_new(struct ranked, n + 1);

    for (guint i = 0; i < n; i++) {
        double sign = sweep->n_metrics && study_metric(study, sweep->metrics[0])->higher_is_better ? -1 : 1;
        ranked[i].point = i;
        ranked[i].value = sweep->n_metrics ? sign * estimate_of(study, i, sweep->metrics[0]).mean.estimate : 0;
    }
    if (n > n_shown)
        qsort(ranked, n, sizeof *ranked, better_first);
    qsort_r(ranked, n_shown, sizeof *ranked, in_order, (void *)&sweep->command);
    for (guint i = 0; i < design->axes->len; i++)
        g_ptr_array_add(cells, g_strdup(design_axis(design, i)->short_path));
    for (guint m = 0; m < sweep->n_metrics; m++)
        g_ptr_array_add(cells, g_strdup(study->metrics[sweep->metrics[m]]));
    for (guint k = 0; k < n_shown; k++) {
        for (guint i = 0; i < design->axes->len; i++)
            g_ptr_array_add(cells, g_strdup(design_value(design, ranked[k].point, i)));
        for (guint m = 0; m < sweep->n_metrics; m++)
            g_ptr_array_add(cells, cell(study, ranked[k].point, sweep->metrics[m]));
    }
    return study_markdown(cells, design->axes->len + sweep->n_metrics);
}

static gboolean draw(const void *pictures, const char *directory, const struct plots_options *options,
                     GPtrArray *warnings, GError **error)
{
    return sweep_pictures_draw(pictures, directory, options, warnings, error);
}

static int tell(struct sweep *sweep)
{
    struct study_command *c = &sweep->command;
    g_autofree char *text = table(sweep);
    g_autoptr(GError) error = NULL;
    guint n = c->study->points->len, n_runs = study_point(c->study, 0)->n_wanted;

    if (!results_write(c->results, "sweep.md", text, &error))
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    const struct sweep_pictures pictures = {.study = c->study,
                                            .design = c->design,
                                            .metrics = sweep->metrics,
                                            .n_metrics = sweep->n_metrics,
                                            .scattered = c->samples || c->together};
    int code = study_command_draw(c, draw, &pictures);
    if (code == EXIT_CODE_FINE)
        code = study_command_finish(c, study_command_summary(c));
    if (code != EXIT_CODE_FINE || c->quiet)
        return code;
    printf("%s: %u points, ", study_point(c->study, 0)->scenario->name, n);
    if (n_runs == 1)
        puts("one run each");
    else
        printf("%u runs each, under the same luck; means with 95 %% intervals\n", n_runs);
    if (n > MOST_ROWS && sweep->n_metrics)
        printf("The %d best in %s; all of them are in estimates.csv\n", MOST_ROWS,
               c->study->metrics[sweep->metrics[0]]);
    printf("\n%s\nResults: %s\n", text, c->out);
    return EXIT_CODE_FINE;
}

static int go(struct sweep *sweep)
{
    struct study_command *c = &sweep->command;
    bool named = c->metrics != NULL;

    if (!c->replications)
        c->replications = c->default_replications;
    int code = study_command_add_points(c);
    if (code == EXIT_CODE_FINE && sweep->list) {
        study_command_settle_replications(c);
        if ((code = study_command_check_runs(c)) == EXIT_CODE_FINE)
            list_points(c);
        return code;
    }
    if (code == EXIT_CODE_FINE)
        code = study_command_begin(c);
    if (code == EXIT_CODE_FINE)
        code = study_command_go(c);
    if (code != EXIT_CODE_FINE || study_command_is_part(c))
        return code;
    choose_metrics(sweep, named);
    return tell(sweep);
}

int command_sweep(int argc, char **argv)
{
    struct sweep sweep = {.n_metrics = 0};
    struct study_command *c = &sweep.command;
    const GOptionEntry own[] = {
        {"samples", 0, 0, G_OPTION_ARG_INT, &sweep.command.samples,
         "N points spread evenly over the ranges (Sobol' sequence)", "N"},
        {"list", 'l', 0, G_OPTION_ARG_NONE, &sweep.list, "print the points, and run nothing", NULL},
        G_OPTION_ENTRY_NULL,
    };
    int code;

    *c = (struct study_command){
        .name = "sweep",
        .usage = "STUDY.json | FILE --vary PATH=VALUES... - what settings do to the answer",
        .description =
            "VALUES: 1,3,5,10 | 1..20 | \"10 Mbit/s..100 Mbit/s step 10 Mbit/s\"; with --samples also without the\n"
            "step\n\n"
            "example: distsim sweep scenarios/sender_threads.json \\\n"
            "             --vary sites.CS1.sender.max_concurrent_per_site=1..10\n"
            "         distsim sweep scenarios/emea.json --samples 64 \\\n"
            "             --vary 'sites.*.sender.max_concurrent_per_site=1..20' \\\n"
            "             --vary 'locations.johannesburg.down=10 Mbit/s..100 Mbit/s'\n\n"
            "STUDY.json says the same: { \"file\": \"emea.json\", \"vary\": { \"PATH\": [1, 3, 5] or \"1..20\", ... },\n"
            "\"set\": { ... }, \"together\": true or \"samples\": 64, \"replications\": 20, \"metrics\": [ ... ] }.\n\n"
            "Exit codes: 0 fine, 1 something failed, 2 wrong usage or scenario, 130 interrupted: the same\n"
            "command goes on.\n",
        .own_options = own,
        .default_replications = 20,
        .replications_may_come = true,
        .takes = STUDY_VARY | STUDY_TOGETHER | STUDY_PARTS | STUDY_DRAWS,
        .argc = argc,
        .argv = argv,
    };
    code = study_command_read(c);
    if (code == EXIT_CODE_FINE)
        code = read_study(c);
    if (code == EXIT_CODE_FINE)
        code = check(c);
    if (code == EXIT_CODE_FINE)
        code = go(&sweep);
    study_command_end(c);
    return code;
}
