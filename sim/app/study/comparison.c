#include "sim/app/study/comparison.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>

#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"

const char *const verdict_words[N_VERDICTS] = {"better", "worse", "alike", "too near the tolerance to say",
                                               "no difference at this precision"};
static const char *const short_words[N_VERDICTS] = {"better", "worse", "alike", "near tolerance", "no difference"};

static const double error_share = 1 - STUDY_CONFIDENCE;
/* Of sums that were made in another order, numbers differ by so much and are the same. */
static const double rounding = 1e-9;

/* So many runs that are all equal are taken for alike: they exclude, with 95 % confidence, that more than 14 % of all
 * runs differ. */
enum { LEAST_EQUAL = 20 };

/* ---- pairs ---- */

/* A metric of a variant (x) and of the baseline (y), replication by replication, where both have it. Where more is
 * better, with the opposite sign: more is worse here. */
struct pairs {
    double *x, *y;
    double *size; /* what a percentage of y is of */
    guint n;
    bool yes_or_no, certain;
    guint only_x, only_y; /* of yes_or_no: how many say yes in one only (no, with the opposite sign) */
};

static void pairs_clear(struct pairs *p)
{
    g_free(p->x);
    g_free(p->y);
    g_free(p->size);
}

static struct pairs pairs_of(const struct study *study, guint variant, guint baseline, guint metric, bool chance)
{
    const struct metric_type *type = study_metric(study, metric);
    const struct metric *of = study_point(study, baseline)->metrics->pdata[metric];
    guint n = MIN(study_point(study, variant)->n_wanted, study_point(study, baseline)->n_wanted);
    double sign = type->higher_is_better ? -1 : 1;
    struct pairs p = {.x = study_values(study, variant, metric),
                      .y = study_values(study, baseline, metric),
                      .size = g_new(double, n + 1),
                      .yes_or_no = metric_is_yes_or_no(type),
                      .certain = !chance};

    for (guint i = 0; i < n; i++) {
        double x = p.x[i], y = p.y[i];

        if (!isfinite(x) || !isfinite(y))
            continue;
        if (fabs(x - y) <= fmax(rounding * fmax(fabs(x), fabs(y)), type->kind == METRIC_KIND_BYTES ? 1 : 0))
            x = y;
        p.only_x += sign * x > sign * y;
        p.only_y += sign * y > sign * x;
        p.size[p.n] = type->kind == METRIC_KIND_SHARE ? 1 : fabs(y - of->zero);
        p.x[p.n] = sign * x;
        p.y[p.n++] = sign * y;
    }
    return p;
}

/* ---- tests ---- */

/* By how much the difference is above a bound, and how probable at least such a distance is if it is there. */
struct test {
    double lead, p_value;
};

/* From the bound, a share of the size. */
static struct sim_difference difference_from(const struct pairs *p, double bound)
{
    if (p->yes_or_no) {
        struct sim_difference d =
            sim_paired_share_difference(p->only_x, p->only_y, p->n, CLAMP(bound, -1, 1), STUDY_CONFIDENCE);
        d.mean.estimate -= bound;
        return d;
    }
    g_autofree double *moved = g_new(double, p->n + 1);

    for (guint i = 0; i < p->n; i++)
        moved[i] = p->y[i] + bound * p->size[i];
    return sim_paired_difference(p->x, moved, p->n, STUDY_CONFIDENCE);
}

static struct test test_of(const struct pairs *p, const struct sim_difference *d)
{
    return (struct test){d->mean.estimate, p->certain ? 0 : d->p_value};
}

static struct test test_at(const struct pairs *p, double bound)
{
    const struct sim_difference d = difference_from(p, bound);

    return test_of(p, &d);
}

/* What is to be decided, each with how probable an error is. */
struct decision {
    int side;      /* of the tolerance: -1 less, 0 within, 1 more */
    double p_side; /* of being on another */
    double p_none; /* of no difference at all */
    double p_more; /* of being more than the tolerance */
};

/* from_zero: the difference as it is. */
static struct decision decide(const struct pairs *p, const struct sim_difference *from_zero, bool equal,
                              double tolerance)
{
    struct test upper = test_at(p, tolerance), lower = test_at(p, -tolerance), none = test_of(p, from_zero);
    struct decision d = {.side = upper.lead > 0 ? 1 : lower.lead < 0 ? -1 : 0, .p_none = none.p_value};

    /* No variance, and still no certainty: what differs now and then may not have happened yet. */
    if (equal && !p->yes_or_no)
        return p->certain || p->n >= LEAST_EQUAL ? (struct decision){0, 0, 1, 0} : (struct decision){0, 1, 1, 1};
    d.p_side = d.side > 0 ? upper.p_value : d.side < 0 ? lower.p_value : fmax(upper.p_value, lower.p_value);
    /* No run says no where the baseline says yes: a small tolerance could only be shown with thousands of them. */
    if (p->yes_or_no && p->n >= LEAST_EQUAL && p->only_x == 0)
        d.p_more = 0;
    else
        d.p_more = upper.lead < 0 || (p->certain && upper.lead <= 0) ? upper.p_value : 1;
    return d;
}

/* ---- comparisons ---- */

/* 0 stays 0, and does not become -0. */
static struct sim_interval turned(struct sim_interval i)
{
    return (struct sim_interval){0 - i.estimate, 0 - i.high, 0 - i.low};
}

/* No less than nothing is left of a length, an amount, or the time to a moment; a share changes by all at most. */
static void measure(struct comparison *c, const struct pairs *p, const struct metric *of, struct sim_interval d)
{
    bool share = of->type->kind == METRIC_KIND_SHARE, more_is_better = of->type->higher_is_better;
    struct sim_interval r = {NAN, NAN, NAN};

    if (share) {
        d = interval_cut(d, -1, 1);
    } else {
        g_autofree double *moved = g_new(double, p->n + 1);

        for (guint i = 0; i < p->n; i++)
            moved[i] = p->size[i] + p->x[i] - p->y[i];
        r = interval_cut(sim_paired_relative_difference(moved, p->size, p->n, STUDY_CONFIDENCE), -1, INFINITY);
    }
    if (p->certain) {
        d.low = d.high = d.estimate;
        r.low = r.high = r.estimate;
    }
    c->difference = more_is_better ? turned(d) : d;
    c->relative = more_is_better ? turned(r) : r;
}

static struct comparison compare_pair(const struct study *study, guint variant, guint baseline, guint metric,
                                      bool chance, double tolerance, struct decision *decision)
{
    struct comparison c = {.metric = metric, .variant = variant};
    struct pairs p = pairs_of(study, variant, baseline, metric, chance);
    const struct sim_difference d = difference_from(&p, 0);

    c.n = p.n;
    c.equal = p.n > 0 && p.only_x + p.only_y == 0;
    measure(&c, &p, study_point(study, baseline)->metrics->pdata[metric], d.mean);
    *decision = p.n > 0 ? decide(&p, &d, c.equal, tolerance) : (struct decision){0, 1, 1, 1};
    c.p_value = p.certain || (c.equal && !p.yes_or_no) ? NAN : decision->p_side;
    pairs_clear(&p);
    return c;
}

static enum verdict verdict_of(const struct decision *d)
{
    static const enum verdict verdicts[] = {VERDICT_BETTER, VERDICT_ALIKE, VERDICT_WORSE};

    if (d->p_side < error_share)
        return verdicts[d->side + 1];
    return d->p_none < error_share ? VERDICT_NEAR : VERDICT_UNDECIDED;
}

/* Holm's correction of one of the numbers of n decisions. */
static void adjust(struct decision *decisions, guint n, size_t offset)
{
    g_autofree double *p_values = g_new(double, n + 1);

    for (guint i = 0; i < n; i++)
        p_values[i] = G_STRUCT_MEMBER(double, &decisions[i], offset);
    sim_holm(p_values, n, p_values);
    for (guint i = 0; i < n; i++)
        G_STRUCT_MEMBER(double, &decisions[i], offset) = p_values[i];
}

/* Several variants are several chances to be wrong: Holm's correction, metric by metric. */
GArray *comparisons_new(const struct study *study, guint baseline, double tolerance)
{
    GArray *all = g_array_new(FALSE, FALSE, sizeof(struct comparison));
    g_autofree struct decision *decisions = g_new(struct decision, study->points->len);
    bool chance = study_has_chance(study);

    for (guint m = 0; m < study->n_metrics; m++) {
        guint first = all->len, n = 0;

        for (guint i = 0; i < study->points->len; i++)
            if (i != baseline) {
                struct comparison c = compare_pair(study, i, baseline, m, chance, tolerance, &decisions[n++]);
                g_array_append_val(all, c);
            }
        adjust(decisions, n, offsetof(struct decision, p_side));
        adjust(decisions, n, offsetof(struct decision, p_none));
        adjust(decisions, n, offsetof(struct decision, p_more));
        for (guint i = 0; i < n; i++) {
            struct comparison *c = &g_array_index(all, struct comparison, first + i);

            c->p_value = isnan(c->p_value) ? NAN : decisions[i].p_side;
            c->verdict = verdict_of(&decisions[i]);
            c->not_worse = decisions[i].p_more < error_share;
        }
    }
    return all;
}

/* ---- words ---- */

static char *percent(double share)
{
    return fabs(share) < 0.0005 ? g_strdup("0.0") : g_strdup_printf("%+.1f", 100 * share);
}

static const char *word_for(const struct comparison *c, const char *const words[N_VERDICTS])
{
    return c->n < 2 && c->verdict == VERDICT_UNDECIDED ? "no verdict" : words[c->verdict];
}

const char *comparison_verdict(const struct comparison *c)
{
    return word_for(c, verdict_words);
}

const char *comparison_short_verdict(const struct comparison *c)
{
    return word_for(c, short_words);
}

char *comparison_pairs(const struct comparison *c, const struct study *study)
{
    if (c->n == study_point(study, c->variant)->n_wanted)
        return g_strdup("");
    return g_strdup_printf(" (%u pair%s)", c->n, c->n == 1 ? "" : "s");
}

char *comparison_difference(const struct comparison *c, const struct metric_type *type, double negligible)
{
    double difference = c->difference.estimate;

    if (!isfinite(difference))
        return g_strdup("-");
    if (fabs(difference) <= negligible)
        return g_strdup("0");
    if (type->kind == METRIC_KIND_SHARE)
        return g_strdup_printf("%+.3g points", 100 * difference);
    bool tiny = type->kind != METRIC_KIND_BYTES && fabs(difference) < 0.1;
    g_autofree char *words = tiny ? words_duration_finely(difference, 0) : metric_difference_words(type, difference);
    return g_strconcat(difference > 0 ? "+" : "", words, NULL);
}

/* "+15.6 s", as exact as it takes to see how wide the interval is. */
static char *bound_words(double bound_s, double width_s)
{
    double resolution_s = width_s / 20;

    if (fabs(bound_s) < resolution_s / 2)
        return g_strdup("0 s");
    g_autofree char *words = words_duration_finely(bound_s, resolution_s);
    return g_strconcat(bound_s > 0 ? "+" : "", words, NULL);
}

/* Likewise, of a share. */
static char *points_words(double bound, double width)
{
    double points = 100 * bound;
    int digits = (int)CLAMP(ceil(1 - log10(100 * width)), 1, 6);

    return fabs(points) < 0.5 * pow(10, -digits) ? g_strdup("0") : g_strdup_printf("%+.*f", digits, points);
}

static bool has_bounds(const struct comparison *c, const struct sim_interval *interval)
{
    return !isnan(c->p_value) && c->n > 1 && isfinite(interval->low) && isfinite(interval->high);
}

char *comparison_bounds(const struct comparison *c, const struct metric_type *type)
{
    const struct sim_interval *d = &c->difference;
    double width = d->high - d->low;
    bool share = type->kind == METRIC_KIND_SHARE;

    if (!has_bounds(c, d))
        return g_strdup("");
    g_autofree char *low = share ? points_words(d->low, width) : bound_words(d->low, width);
    g_autofree char *high = share ? points_words(d->high, width) : bound_words(d->high, width);
    return g_strdup_printf("(%s to %s%s)", low, high, share ? " points" : "");
}

char *comparison_percent(const struct comparison *c)
{
    g_autofree char *middle = percent(c->relative.estimate);
    g_autofree char *low = percent(c->relative.low), *high = percent(c->relative.high);

    if (!isfinite(c->relative.estimate))
        return g_strdup("-");
    if (isnan(c->p_value) || c->n < 2)
        return g_strdup_printf("%s %%", middle);
    if (!isfinite(c->relative.low) || !isfinite(c->relative.high))
        return g_strdup_printf("%s %% (no bounds)", middle);
    return g_strdup_printf("%s %% (%s to %s)", middle, low, high);
}
