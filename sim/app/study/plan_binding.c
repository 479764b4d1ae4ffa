#include "sim/app/study/plan_binding.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/words.h"

enum { MOST_TOLD = 4, MOST_TRIALS = 32 };
/* Of the deliveries that the objective asks about and that are late: on which cause they spent most time, and which is
 * the last one. false: none of them has come, so that nobody knows. */
static bool append_late(GString *to, const struct collector *c, const struct objective_spec *spec, const char *where)
{
    const struct delivery_row *last = NULL;
    struct objective_scope scope;
    double cause_s[N_CAUSES] = {0}, all_s = 0;
    enum cause most = 0;
    guint n = 0, n_late = 0;

    objective_scope_init(&scope, spec, c->scenario);
    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);
        struct delivery_fact fact;
        double when_s;

        if (!collector_fact(c, i, &fact) || !objective_asks(&scope, &fact, &when_s))
            continue;
        bool late = !(when_s <= spec->by_s);
        n++;
        n_late += late;
        if (row->state != DELIVERY_DELIVERED || !late)
            continue;
        for (guint k = 0; k < N_CAUSES; k++) {
            cause_s[k] += row->cause_s[k];
            all_s += row->cause_s[k];
        }
        if (!last || row->on_dp_s > last->on_dp_s)
            last = row;
    }
    objective_scope_clear(&scope);
    if (!last)
        return false;
    for (guint k = 1; k < N_CAUSES; k++)
        if (cause_s[k] > cause_s[most])
            most = (enum cause)k;
    g_autofree char *share = words_percent(cause_s[most] / all_s);
    g_string_append_printf(to, "  %s, %u of %u deliveries are late; they spend %s of their time on: %s\n", where,
                           n_late, n, share, words_cause(most));
    g_string_append_printf(to, "  The last to come: %s to %s\n", scenario_package(c->scenario, last->package)->id,
                           scenario_dp(c->scenario, last->dp)->name);
    return true;
}

/* The cause with most time, where it was spent. */
static void append_cause(GString *to, const struct collector *c, const char *where)
{
    double most_s = 0;
    guint site = 0;
    enum cause cause = 0;

    for (guint i = 0; i < c->scenario->sites->len; i++)
        for (guint k = 0; k < N_CAUSES; k++)
            if (collector_place_s(c, i, (enum cause)k) > most_s) {
                most_s = collector_place_s(c, i, (enum cause)k);
                site = i;
                cause = (enum cause)k;
            }
    if (!(most_s > 0))
        return;
    g_autofree char *share = words_percent(most_s / c->places_total_s);
    g_string_append_printf(to, "  %s, most of the time, %s, is spent at %s on: %s\n", where, share,
                           scenario_site(c->scenario, (int32_t)site)->code, words_cause(cause));
}

static void append_link(GString *to, const struct summary *summary)
{
    const struct link_result *link = summary->links->len ? &g_array_index(summary->links, struct link_result, 0) : NULL;

    if (!link || !(link->bound_share > 0))
        return;
    g_autofree char *name = words_link(summary->collector->links[link->index]);
    g_autofree char *share = words_percent(link->bound_share), *used = words_percent(link->busy_utilisation);
    g_string_append_printf(to, "  What moves is held back for %s of its time by the %s", share, name);
    if (isfinite(link->busy_utilisation))
        g_string_append_printf(to, ", which is %s full while it carries anything", used);
    g_string_append(to, "\n");
}

static const struct objective_result *result_of(const struct outcome *outcome, guint objective)
{
    return &g_array_index(outcome->objectives, struct objective_result, objective);
}

/* Below 0: a comes before b. What is reached at all, the sooner the better; else by what of it is there, in time and at
 * the end. */
static int compare_results(const struct objective_result *a, const struct objective_result *b)
{
    if (isnan(a->margin_s) != isnan(b->margin_s))
        return isnan(a->margin_s) ? 1 : -1;
    if (!isnan(a->margin_s))
        return a->margin_s > b->margin_s ? -1 : a->margin_s < b->margin_s;
    if (a->n_by_deadline != b->n_by_deadline)
        return a->n_by_deadline > b->n_by_deadline ? -1 : 1;
    return a->share_at_end > b->share_at_end ? -1 : a->share_at_end < b->share_at_end;
}

/* Ties in the order of the advice, as are those that were not tried. */
static gint most_first(gconstpointer a, gconstpointer b, gpointer objective)
{
    const struct trial *p = *(const struct trial *const *)a, *q = *(const struct trial *const *)b;
    guint i = *(const guint *)objective;
    int order = p->tried && q->tried ? compare_results(result_of(&p->outcome, i), result_of(&q->outcome, i)) : 0;

    return order ? order : p < q ? -1 : p > q;
}

double plan_least_gain_s(double margin_s)
{
    return fmax(1, 0.01 * fabs(margin_s));
}

static bool brings_nearer(const struct objective_result *is, const struct objective_result *was)
{
    if (isnan(is->margin_s) || isnan(was->margin_s))
        return compare_results(is, was) < 0;
    return is->margin_s > was->margin_s + plan_least_gain_s(was->margin_s);
}

/* "10 s to spare", "3 h late", "not there at the end; 12 of 18 deliveries in time instead of 6" */
static char *result_words(const struct objective_result *is, const struct objective_result *was)
{
    g_autofree char *margin = words_duration(fabs(is->margin_s));

    if (!isnan(is->margin_s))
        return g_strdup_printf("%s %s", margin, is->met ? "to spare" : "late");
    if (is->n_by_deadline != was->n_by_deadline)
        return g_strdup_printf("not there at the end; %u of %u deliveries in time instead of %u", is->n_by_deadline,
                               is->n, was->n_by_deadline);
    return g_strdup_printf("not there at the end; %.0f of %u deliveries then instead of %.0f", is->share_at_end * is->n,
                           is->n, was->share_at_end * was->n);
}

static void append_none(GString *to, const struct plan_binding *b, bool cut_off)
{
    const struct advice *advice = b->advice;
    g_autofree char *later = plan_binding_later_end(b->simulation->scenario);

    if (!advice->trials->len)
        g_string_append(to, "Deliveries wait for no setting that could be changed.\n");
    else if (!advice->n_tried)
        g_string_append(to, "No setting that deliveries wait for was changed: the scenario is too large for that.\n");
    else if (!cut_off)
        g_string_append_printf(to, "No setting that deliveries wait for, changed alone, brings it nearer (%u tried).\n",
                               advice->n_tried);
    else
        g_string_append_printf(
            to,
            "Whether another setting brings it nearer cannot be told: with each that deliveries wait for changed, too "
            "(%u tried),\nit is not there at the end (until). With a later one more is seen, for example: %s\n",
            advice->n_tried, later);
}

char *plan_binding_trials(const struct plan_binding *b)
{
    const struct objective_result *was = result_of(&b->advice->base, b->objective);
    g_autoptr(GString) to = g_string_new(NULL);
    guint n_told = 0, n_enough = 0, n_cut_off = 0;

    for (guint i = 0; i < b->advice->n_tried; i++) {
        const struct trial *trial = b->ranked->pdata[i];

        n_enough += result_of(&trial->outcome, b->objective)->met;
        n_cut_off += isnan(result_of(&trial->outcome, b->objective)->margin_s) ? 1 : 0;
    }
    for (guint i = 0; i < b->advice->n_tried && n_told < MOST_TOLD; i++) {
        const struct trial *trial = b->ranked->pdata[i];
        const struct objective_result *is = result_of(&trial->outcome, b->objective);

        if (n_enough ? !is->met : !brings_nearer(is, was))
            continue;
        g_autofree char *words = result_words(is, was);
        if (!n_told++)
            g_string_append(to, n_enough ? "What would change that (each alone):\n"
                                         : "What would bring it nearer, though none of these alone is enough:\n");
        g_string_append_printf(to, "  %s=%s (is %s): %s\n", trial->setting, trial->with, trial->was, words);
    }
    if (!n_told)
        append_none(to, b, isnan(was->margin_s) && n_cut_off);
    return g_strdup(to->str);
}

char *plan_binding_later_end(const struct scenario *scenario)
{
    g_autofree char *twice = words_setting(PARAM_DURATION, 2 * scenario->until_s);
    g_auto(GStrv) parts = g_strsplit(twice, " ", -1);
    g_autofree char *written = g_strjoinv(NULL, parts);

    return g_strconcat("--set until=", written, NULL);
}

/* Where it stands among the scenario's; one that is stated becomes one of them. */
static guint find_objective(struct scenario *scenario, const char *objective)
{
    g_autofree char *why = NULL;

    for (guint i = 0; i < scenario->objectives->len; i++)
        if (strcmp(g_array_index(scenario->objectives, struct objective_spec, i).name, objective) == 0)
            return i;
    struct objective_spec *spec = objective_state(objective, scenario, &why);
    g_array_append_val(scenario->objectives, *spec);
    g_free(spec);
    return scenario->objectives->len - 1;
}

struct plan_binding *plan_binding_new(struct scenario *scenario, const char *objective, uint32_t replication,
                                      const volatile sig_atomic_t *stop)
{
    guint which = find_objective(scenario, objective);
    struct simulation *simulation = simulation_new(scenario, replication, COLLECT_ALL);

    if (!simulation)
        return NULL;
    simulation_run(simulation, simulation->scenario->until_s, NULL, NULL);
    struct plan_binding *b = g_new0(struct plan_binding, 1);
    b->simulation = simulation;
    b->summary = summary_new(simulation->collector, "", "", true);
    b->advice = advice_new(simulation, scenario, MOST_TRIALS, stop);
    b->objective = which;
    b->ranked = g_ptr_array_new();
    for (guint i = 0; i < b->advice->trials->len; i++) /* those not tried stand behind the others */
        g_ptr_array_add(b->ranked, &g_array_index(b->advice->trials, struct trial, i));
    g_ptr_array_sort_with_data(b->ranked, most_first, &b->objective);
    return b;
}

void plan_binding_free(struct plan_binding *b)
{
    if (!b)
        return;
    g_ptr_array_unref(b->ranked);
    advice_free(b->advice);
    summary_free(b->summary);
    simulation_free(b->simulation);
    g_free(b);
}

char *plan_binding_waits(const struct plan_binding *b, const char *where)
{
    const struct collector *c = b->simulation->collector;
    const struct objective_spec *spec =
        &g_array_index(b->simulation->scenario->objectives, struct objective_spec, b->objective);
    g_autoptr(GString) text = g_string_new(NULL);

    if (!append_late(text, c, spec, where))
        append_cause(text, c, where);
    append_link(text, b->summary);
    return g_strdup(text->str);
}
