/* What is tried for a plan: candidates, and other changes where none of them is enough. */
#include <math.h>

#include "sim/app/study/estimate.h"
#include "sim/app/study/plan_parts.h"

enum { MOST_CHANGES = 6 };
static const double rounding_s = 1e-6; /* sums of times may differ by that */

static int add_point(struct plan *plan, struct plan_try *its, guint i, const char *label, const char *const *sets)
{
    struct study_command *c = &plan->command;
    int code = study_command_add_point(c, label, c->files[0], sets);

    if (code == EXIT_CODE_FINE) {
        its->study_point = (gint)c->study->points->len - 1;
        g_array_append_val(plan->points, i);
    }
    return code;
}

int plan_add_candidate(struct plan *plan, guint i)
{
    const struct study_command *c = &plan->command;
    struct plan_candidate *candidate = plan_candidate(plan, i);

    if (candidate->its.study_point >= 0)
        return EXIT_CODE_FINE;
    g_auto(GStrv) sets = design_sets(c->design, candidate->design_point, (const char *const *)c->sets);
    g_autofree char *label = design_short_label(c->design, candidate->design_point);
    return add_point(plan, &candidate->its, i, label, (const char *const *)sets);
}

static struct point *point_of(const struct plan *plan, const struct plan_try *its)
{
    return study_point(plan->command.study, (guint)its->study_point);
}

static double *values_of(const struct plan *plan, const struct plan_try *its, guint metric)
{
    return study_values(plan->command.study, (guint)its->study_point, metric);
}

guint plan_n_runs(const struct plan *plan, const struct plan_try *its)
{
    return point_of(plan, its)->n_wanted;
}

static void look_for_verdict(const struct plan *plan, const struct plan_demand *demand, struct plan_try *its)
{
    guint n = plan_n_runs(plan, its), n_met = 0;
    g_autofree double *met = values_of(plan, its, PLAN_MET);

    for (guint r = 0; r < n; r++)
        n_met += met[r] == 1;
    if (plan->chance) {
        its->verdict = plan_judge(demand, n_met, n);
        its->share = plan_share(demand, n_met, n);
    } else {
        its->verdict = n_met ? PLAN_MEETS : PLAN_MISSES;
        its->share = (struct sim_interval){n_met, n_met, n_met};
    }
}

int plan_try_all(struct plan *plan, const struct plan_demand *demand, struct plan_try *const *tries, guint n)
{
    int code = EXIT_CODE_FINE;

    for (guint i = 0; i < n; i++)
        tries[i]->verdict = PLAN_UNDECIDED;
    for (guint look = 0; look < PLAN_LOOKS; look++) {
        guint n_open = 0;

        for (guint i = 0; i < n; i++)
            if (tries[i]->verdict == PLAN_UNDECIDED) {
                point_of(plan, tries[i])->n_wanted = plan->chance ? plan_look(demand, look) : 1;
                n_open++;
            }
        if (!n_open)
            break;
        if ((code = study_command_go(&plan->command)) != EXIT_CODE_FINE)
            return code;
        for (guint i = 0; i < n; i++)
            if (tries[i]->verdict == PLAN_UNDECIDED)
                look_for_verdict(plan, demand, tries[i]);
    }
    return EXIT_CODE_FINE;
}

/* ---- how near ---- */

static double mean_of(const struct plan *plan, const struct plan_try *its, guint metric)
{
    return estimate_of(plan->command.study, (guint)its->study_point, metric).mean.estimate;
}

double plan_mean_margin_s(const struct plan *plan, const struct plan_try *its)
{
    return mean_of(plan, its, PLAN_MARGIN);
}

double plan_mean_on_time(const struct plan *plan, const struct plan_try *its)
{
    return mean_of(plan, its, PLAN_ON_TIME);
}

guint plan_n_not_there(const struct plan *plan, const struct plan_try *its)
{
    const struct point *point = point_of(plan, its);
    const struct metric *margin = point->metrics->pdata[PLAN_MARGIN];
    g_autofree double *met = values_of(plan, its, PLAN_MET), *margin_s = values_of(plan, its, PLAN_MARGIN);
    guint n = 0;

    for (guint r = 0; r < point->n_wanted; r++)
        n += met[r] == 0 && metric_margin_is_open(margin, point->scenario, margin_s[r]);
    return n;
}

static int order_of(double a, double b)
{
    return a > b ? 1 : a < b ? -1 : 0;
}

static int rank_of(enum plan_verdict verdict)
{
    return verdict == PLAN_MEETS ? 2 : verdict == PLAN_UNDECIDED ? 1 : 0;
}

int plan_compare_nearness(const struct plan *plan, const struct plan_try *a, const struct plan_try *b)
{
    int order = order_of(rank_of(a->verdict), rank_of(b->verdict));

    if (!order)
        order = order_of(a->share.estimate, b->share.estimate);
    if (!order)
        order = order_of(plan_mean_margin_s(plan, a), plan_mean_margin_s(plan, b));
    return order ? order : order_of(plan_mean_on_time(plan, a), plan_mean_on_time(plan, b));
}

/* By more than `least`. */
static bool is_more(const struct plan *plan, const struct plan_try *a, const struct plan_try *b, guint metric,
                    double confidence, double least)
{
    g_autofree double *x = values_of(plan, a, metric), *y = values_of(plan, b, metric);
    guint n = MIN(plan_n_runs(plan, a), plan_n_runs(plan, b));

    if (n == 1)
        return x[0] > y[0] + least;
    struct sim_difference difference = sim_paired_difference(x, y, n, confidence);
    return difference.mean.low > 0 && difference.mean.estimate > least;
}

static bool is_met_more_often(const struct plan *plan, const struct plan_try *a, const struct plan_try *b,
                              double confidence)
{
    g_autofree double *x = values_of(plan, a, PLAN_MET), *y = values_of(plan, b, PLAN_MET);
    guint n = MIN(plan_n_runs(plan, a), plan_n_runs(plan, b)), only_a = 0, only_b = 0;

    for (guint r = 0; r < n; r++) {
        only_a += x[r] > y[r];
        only_b += x[r] < y[r];
    }
    return sim_paired_share_difference(only_a, only_b, n, 0, confidence).mean.low > 0;
}

bool plan_is_nearer(const struct plan *plan, const struct plan_try *a, const struct plan_try *b)
{
    double confidence = 1 - (1 - STUDY_CONFIDENCE) / plan->change_demand.family;

    return is_more(plan, a, b, PLAN_MARGIN, confidence, plan_least_gain_s(plan_mean_margin_s(plan, b))) ||
           is_met_more_often(plan, a, b, confidence) || is_more(plan, a, b, PLAN_ON_TIME, confidence, 0);
}

bool plan_is_better(const struct plan *plan, const struct plan_try *a, const struct plan_try *b)
{
    guint n_tried = plan->search.tried->len;
    double confidence = 1 - (1 - STUDY_CONFIDENCE) / (n_tried * (n_tried - 1) / 2); /* of all pairs */

    return is_more(plan, a, b, PLAN_MARGIN, confidence, rounding_s) ||
           (plan->chance && is_met_more_often(plan, a, b, confidence)) ||
           (plan_n_not_there(plan, a) && plan_n_not_there(plan, b) && is_more(plan, a, b, PLAN_ON_TIME, confidence, 0));
}

/* ---- changes ---- */

/* Of those tried; of several the dearest: what binds there is not what there is to be found. */
static guint closest_of_all(const struct plan *plan)
{
    guint best = plan->search.n;

    for (guint i = 0; i < plan->search.n; i++)
        if (plan->search.verdicts[i] != PLAN_UNTRIED &&
            (best == plan->search.n ||
             plan_compare_nearness(plan, &plan_candidate(plan, i)->its, &plan_candidate(plan, best)->its) >= 0))
            best = i;
    return best;
}

struct late_run {
    double margin_s;
    uint32_t replication;
};

static gint latest_first(gconstpointer a, gconstpointer b)
{
    const struct late_run *p = a, *q = b;

    return p->margin_s != q->margin_s        ? order_of(p->margin_s, q->margin_s)
           : p->replication < q->replication ? -1
                                             : p->replication > q->replication;
}

/* The one in the middle of those that miss it, by how late they are: what binds in a run that meets it is not asked. */
static uint32_t typical_miss(const struct plan *plan, const struct plan_try *its)
{
    g_autofree double *met = values_of(plan, its, PLAN_MET), *margin_s = values_of(plan, its, PLAN_MARGIN);
    g_autoptr(GArray) late = g_array_new(FALSE, FALSE, sizeof(struct late_run));

    for (uint32_t r = 0; r < plan_n_runs(plan, its); r++)
        if (met[r] == 0) {
            const struct late_run run = {margin_s[r], r};
            g_array_append_val(late, run);
        }
    g_array_sort(late, latest_first);
    return late->len ? g_array_index(late, struct late_run, late->len / 2).replication : 0;
}

static gint nearest_first(gconstpointer a, gconstpointer b, gpointer plan)
{
    const struct plan_change *p = a, *q = b;
    int order = plan_compare_nearness(plan, &q->its, &p->its);

    return order ? order : p->its.study_point - q->its.study_point;
}

/* Those that did most in the one replication, each over as many as a verdict takes. */
static int try_changes(struct plan *plan)
{
    const struct study_command *c = &plan->command;
    const struct plan_candidate *base = plan_candidate(plan, plan->closest);
    guint n = MIN(MOST_CHANGES, plan->binding->ranked->len);
    g_autoptr(GPtrArray) tries = g_ptr_array_new();
    int code = EXIT_CODE_FINE;

    plan->change_demand = plan->demand; /* no easier than it was for what is changed */
    plan->change_demand.family = MAX(n, plan->demand.family);
    if (plan->demand.most) /* more of them than of settings may take more runs to show anything */
        plan->change_demand.most = MAX(plan->demand.most, (guint)plan_least_runs(&plan->change_demand));
    plan->changes = g_array_sized_new(FALSE, FALSE, sizeof(struct plan_change), n);
    for (guint i = 0; i < n && code == EXIT_CODE_FINE; i++) {
        struct plan_change change = {.trial = plan->binding->ranked->pdata[i], .its = {.study_point = -1}};
        g_autofree char *set = g_strconcat(change.trial->setting, "=", change.trial->with, NULL);
        g_autofree char *label = g_strconcat(point_of(plan, &base->its)->label, ", ", set, NULL);
        g_auto(GStrv) sets = design_sets(c->design, base->design_point, (const char *const *)c->sets);
        guint n_sets = g_strv_length(sets);

        sets = g_renew(char *, sets, n_sets + 2);
        sets[n_sets] = g_steal_pointer(&set);
        sets[n_sets + 1] = NULL;
        code = add_point(plan, &change.its, plan->closest, label, (const char *const *)sets);
        g_array_append_val(plan->changes, change);
    }
    for (guint i = 0; i < plan->changes->len; i++)
        g_ptr_array_add(tries, &g_array_index(plan->changes, struct plan_change, i).its);
    if (code == EXIT_CODE_FINE && n)
        code = plan_try_all(plan, &plan->change_demand, (struct plan_try *const *)tries->pdata, n);
    if (code == EXIT_CODE_FINE)
        g_array_sort_with_data(plan->changes, nearest_first, plan);
    return code;
}

int plan_look_for_changes(struct plan *plan)
{
    struct study_command *c = &plan->command;

    plan->closest = closest_of_all(plan);
    const struct plan_try *its = &plan_candidate(plan, plan->closest)->its;
    plan->binding =
        plan_binding_new(point_of(plan, its)->scenario, plan->objective, typical_miss(plan, its), c->study->stop);
    if (study_stopped(c->study))
        return study_command_fail(c, EXIT_CODE_INTERRUPTED,
                                  "interrupted: all runs are kept in %s; the same command goes on from there",
                                  c->store_path);
    return plan->chance && plan->binding ? try_changes(plan) : EXIT_CODE_FINE;
}
