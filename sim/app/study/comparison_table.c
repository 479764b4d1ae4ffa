#include "sim/app/study/comparison_table.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/study_tables.h"

enum { WIDTH = 100, N_COLUMNS = 5 };

static double mean_of(const struct study *study, guint point, guint metric)
{
    return estimate_of(study, point, metric).mean.estimate;
}

/* ---- which metrics ---- */

static bool all_come(const struct study *study, guint metric)
{
    bool all = true;

    for (guint i = 0; all && i < study->points->len; i++)
        all = mean_of(study, i, metric) >= 1;
    return all;
}

static bool is_asked_first(const struct study *study, guint metric)
{
    static const char *const first[] = {"delivery_mean", "delivery_p95", "last_on_dp", "met", "margin", NULL};
    const struct metric_type *type = study_metric(study, metric);

    return g_strv_contains(first, type->name) || (strcmp(type->name, "delivered") == 0 && !all_come(study, metric));
}

bool *comparison_worth_showing(const struct study *study, const char *const *wanted)
{
    bool *shown = g_new0(bool, study->n_metrics + 1);

    for (guint m = 0; m < study->n_metrics; m++)
        shown[m] = (wanted && g_strv_contains(wanted, study->metrics[m])) ||
                   (is_asked_first(study, m) && !study_metric_is_idle(study, m));
    return shown;
}

/* ---- cells ---- */

/* The comparisons of one metric. */
struct rows {
    const struct study *study;
    const struct metric_type *type;
    const struct scenario *scenario; /* the baseline's */
    const GArray *comparisons;
    guint metric, baseline, first, end; /* in comparisons */
    double resolution;                  /* the smallest difference that is to be seen */
    bool alone;                         /* a single run each */
    bool by_clock;                      /* moments are told as such: all start at the same one */
};

static double negligible(const struct rows *r, double mean)
{
    return r->type->kind == METRIC_KIND_SHARE ? 1e-9 : 1e-6 * fmax(1, fabs(mean));
}

static struct rows rows_of(const struct study *study, guint baseline, const GArray *comparisons, guint first)
{
    struct rows r = {.study = study,
                     .comparisons = comparisons,
                     .metric = comparison_at(comparisons, first)->metric,
                     .baseline = baseline,
                     .first = first,
                     .end = first,
                     .resolution = INFINITY};
    double mean = mean_of(study, baseline, r.metric);

    r.type = study_metric(study, r.metric);
    r.scenario = study_point(study, baseline)->scenario;
    r.alone = study_point(study, baseline)->n_wanted == 1;
    r.by_clock = study_starts_together(study);
    for (; r.end < comparisons->len && comparison_at(comparisons, r.end)->metric == r.metric; r.end++) {
        double difference = fabs(comparison_at(comparisons, r.end)->difference.estimate);
        if (difference > negligible(&r, mean))
            r.resolution = fmin(r.resolution, difference);
    }
    return r;
}

static char *mean_words(const struct rows *r, guint point)
{
    double mean = mean_of(r->study, point, r->metric);

    if (metric_is_yes_or_no(r->type) && r->alone)
        return g_strdup(mean > 0.5 ? "met" : "missed");
    if (r->type->kind != METRIC_KIND_TIME || r->by_clock)
        return metric_words_finely(r->type, mean, r->scenario, r->resolution);
    g_autofree char *since = words_duration_finely(mean, r->resolution);
    return g_strconcat(since, " after its start", NULL);
}

/* ---- rows ---- */

static void add(GPtrArray *cells, char *text)
{
    g_ptr_array_add(cells, text);
}

/* What all variants agree on, with one verdict, takes a line only. */
static bool all_alike(const struct rows *r)
{
    const struct comparison *first = comparison_at(r->comparisons, r->first);
    bool alike = true;

    for (guint i = r->first; alike && i < r->end; i++) {
        const struct comparison *c = comparison_at(r->comparisons, i);
        alike = c->equal && c->verdict == first->verdict;
    }
    return alike;
}

/* From run to run it may differ still. */
static char *alike_words(const struct rows *r)
{
    const struct comparison *first = comparison_at(r->comparisons, r->first);

    if (r->alone && first->verdict == VERDICT_ALIKE)
        return g_strdup("the same in all runs");
    return g_strdup_printf("alike in every pair of runs: %s", comparison_short_verdict(first));
}

static void add_heading(GPtrArray *cells, const struct rows *r, bool alike)
{
    const char *metric = r->study->metrics[r->metric];
    g_autofree char *mean = mean_words(r, r->baseline), *words = alike_words(r);

    add(cells, alike ? g_strdup_printf("**%s**: %s, %s", metric, mean, words) : g_strdup_printf("**%s**", metric));
    for (int i = 1; i < N_COLUMNS; i++)
        add(cells, g_strdup(""));
}

static void add_metric(GPtrArray *cells, const struct rows *r, char *const *names)
{
    bool alike = all_alike(r);

    add_heading(cells, r, alike);
    if (alike)
        return;
    add(cells, g_strdup(names[r->baseline]));
    add(cells, mean_words(r, r->baseline));
    add(cells, g_strdup(""));
    add(cells, g_strdup(""));
    add(cells, g_strdup("baseline"));
    for (guint i = r->first; i < r->end; i++) {
        const struct comparison *c = comparison_at(r->comparisons, i);
        bool words_only = metric_is_yes_or_no(r->type) && r->alone;

        add(cells, g_strdup(names[c->variant]));
        add(cells, mean_words(r, c->variant));
        g_autofree char *difference =
            words_only ? g_strdup("")
                       : comparison_difference(c, r->type, negligible(r, mean_of(r->study, r->baseline, r->metric)));
        g_autofree char *pairs = comparison_pairs(c, r->study);
        add(cells, g_strconcat(difference, pairs, NULL));
        add(cells, metric_has_percentage(r->type) ? comparison_percent(c) : comparison_bounds(c, r->type));
        add(cells, g_strdup(comparison_short_verdict(c)));
    }
}

static char *table_with(const struct study *study, const char *head, char *const *names, guint baseline,
                        const GArray *comparisons, const bool *shown)
{
    const char *heads[N_COLUMNS] = {head, "mean", "difference", "% (95 % interval)", "verdict"};
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    if (study_point(study, baseline)->n_wanted == 1) {
        heads[1] = "value";
        heads[3] = "%";
    }
    for (int i = 0; i < N_COLUMNS; i++)
        add(cells, g_strdup(heads[i]));
    for (guint i = 0; i < comparisons->len;) {
        struct rows r = rows_of(study, baseline, comparisons, i);

        if (shown[r.metric])
            add_metric(cells, &r, names);
        i = r.end;
    }
    return study_markdown(cells, N_COLUMNS);
}

/* ---- names of the variants ---- */

static glong width_of(const char *table)
{
    const char *end = strchr(table, '\n');

    return g_utf8_strlen(table, end - table);
}

/* "3", where "max_concurrent_per_site" stands above. */
static char **values_of(const struct study *study, const struct design *design)
{
    char **names = g_new0(char *, study->points->len + 1);

    for (guint i = 0; i < study->points->len; i++)
        names[i] = g_strdup(design_value(design, i, 0));
    return names;
}

static char **labels_of(const struct study *study)
{
    char **names = g_new0(char *, study->points->len + 1);

    for (guint i = 0; i < study->points->len; i++)
        names[i] = g_strdup(study_point(study, i)->label);
    return names;
}

static char **numbers_of(const struct study *study)
{
    char **names = g_new0(char *, study->points->len + 1);

    for (guint i = 0; i < study->points->len; i++)
        names[i] = g_strdup_printf("%u", i);
    return names;
}

/* Long labels would make wide lines: they stand above the table, with the numbers of their points. */
static char *table_with_numbers(const struct study *study, guint baseline, const GArray *comparisons, const bool *shown)
{
    g_auto(GStrv) names = numbers_of(study);
    g_autofree char *table = table_with(study, "point", names, baseline, comparisons, shown);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < study->points->len; i++)
        g_string_append_printf(text, "- point %u: %s\n", i, study_point(study, i)->label);
    g_string_append_printf(text, "\n%s", table);
    return g_strdup(text->str);
}

char *comparison_table(const struct study *study, const struct design *design, guint baseline,
                       const GArray *comparisons, const bool *shown)
{
    bool one = design && design->axes->len == 1;
    g_auto(GStrv) names = one ? values_of(study, design) : labels_of(study);
    const char *head = one ? design_axis(design, 0)->short_path : "variant";
    g_autofree char *table = table_with(study, head, names, baseline, comparisons, shown);

    /* A long name above short values: its last words do. */
    while (one && width_of(table) > WIDTH && (head = strchr(head + 1, '_'))) {
        g_autofree char *end = g_strconcat("...", head + 1, NULL);

        g_free(table);
        table = table_with(study, end, names, baseline, comparisons, shown);
    }
    if (one && width_of(table) > WIDTH) {
        g_free(table);
        table = table_with(study, "variant", names, baseline, comparisons, shown);
    }
    if (width_of(table) <= WIDTH)
        return g_steal_pointer(&table);
    return table_with_numbers(study, baseline, comparisons, shown);
}
