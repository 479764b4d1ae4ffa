#include "sim/app/study/plan_binding.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/advice.h"
#include "sim/app/report/summary.h"
#include "sim/app/report/words.h"

enum { MOST_TOLD = 4, MOST_TRIALS = 32 };
/* Of the time that is missing: less is not worth telling. */
static const double least_gain = 0.01;

/* Of the deliveries that are late: on which cause they spent most time, and which is the last one. false: none of them
 * has come, so that nobody knows. */
static bool append_late(GString *to, const struct collector *c, double by_s)
{
    const struct delivery_row *last = NULL;
    double cause_s[N_CAUSES] = {0}, all_s = 0;
    enum cause most = 0;
    guint n = 0, n_late = 0;

    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);

        if (!row->known || row->state == DELIVERY_CANCELLED)
            continue;
        n++;
        n_late += !(row->on_dp_s <= by_s);
        if (row->state != DELIVERY_DELIVERED || row->on_dp_s <= by_s)
            continue;
        for (guint k = 0; k < N_CAUSES; k++) {
            cause_s[k] += row->cause_s[k];
            all_s += row->cause_s[k];
        }
        if (!last || row->on_dp_s > last->on_dp_s)
            last = row;
    }
    if (!last)
        return false;
    for (guint k = 1; k < N_CAUSES; k++)
        if (cause_s[k] > cause_s[most])
            most = (enum cause)k;
    g_autofree char *share = words_percent(cause_s[most] / all_s);
    g_string_append_printf(to, "  There, %u of %u deliveries are late; they spend %s of their time on: %s\n", n_late, n,
                           share, words_cause(most));
    g_string_append_printf(to, "  The last to come: %s to %s\n", scenario_package(c->scenario, last->package)->id,
                           scenario_dp(c->scenario, last->dp)->name);
    return true;
}

/* The cause with most time, where it was spent. */
static void append_cause(GString *to, const struct collector *c)
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
    g_string_append_printf(to, "  Most of the time there, %s, is spent at %s on: %s\n", share,
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

struct gain {
    const struct trial *trial;
    double margin_s;
};

/* Never is last; ties in the order of the advice. */
static gint most_first(gconstpointer a, gconstpointer b)
{
    const struct gain *p = a, *q = b;

    if (isnan(p->margin_s) != isnan(q->margin_s))
        return isnan(p->margin_s) ? 1 : -1;
    return p->margin_s > q->margin_s   ? -1
           : p->margin_s < q->margin_s ? 1
           : p->trial < q->trial       ? -1
                                       : p->trial > q->trial;
}

static GArray *gains_of(const struct advice *advice, guint objective)
{
    GArray *gains = g_array_new(FALSE, FALSE, sizeof(struct gain));

    for (guint i = 0; i < advice->n_tried; i++) {
        const struct trial *trial = &g_array_index(advice->trials, struct trial, i);
        const struct gain gain = {trial, result_of(&trial->outcome, objective)->margin_s};

        g_array_append_val(gains, gain);
    }
    g_array_sort(gains, most_first);
    return gains;
}

/* Those that bring it nearer, the nearest first. */
static void append_trials(GString *to, const struct advice *advice, guint objective)
{
    g_autoptr(GArray) gains = gains_of(advice, objective);
    double was_s = result_of(&advice->base, objective)->margin_s;
    guint n_told = 0, n_enough = 0;

    for (guint i = 0; i < advice->n_tried; i++)
        n_enough += result_of(&g_array_index(advice->trials, struct trial, i).outcome, objective)->met;
    for (guint i = 0; i < advice->n_tried && n_told < MOST_TOLD; i++) {
        const struct trial *trial = g_array_index(gains, struct gain, i).trial;
        const struct objective_result *is = result_of(&trial->outcome, objective);
        bool nearer =
            is->margin_s > was_s + fmax(1, least_gain * fabs(was_s)) || (isnan(was_s) && !isnan(is->margin_s));
        g_autofree char *margin = words_duration(fabs(is->margin_s));

        if (n_enough ? !is->met : !nearer)
            continue;
        if (!n_told++)
            g_string_append(to, n_enough ? "What would change that (each alone, in the first run):\n"
                                         : "What would bring it nearer, though none of these alone is enough:\n");
        g_string_append_printf(to, "  %s=%s (is %s): %s %s\n", trial->setting, trial->with, trial->was, margin,
                               is->met ? "to spare" : "late");
    }
    if (!n_told)
        g_string_append_printf(
            to, "None of %u settings that deliveries wait for, changed one at a time, brings it nearer.\n",
            advice->n_tried);
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

char *plan_binding(struct scenario *scenario, const char *objective, const volatile sig_atomic_t *stop)
{
    guint which = find_objective(scenario, objective);
    struct simulation *simulation = simulation_new(scenario, 0, COLLECT_ALL);
    g_autoptr(GString) text = g_string_new(NULL);

    if (!simulation)
        return g_strdup("");
    simulation_run(simulation, simulation->scenario->until_s, NULL, NULL);
    struct summary *summary = summary_new(simulation->collector, "", "", true);
    struct advice *advice = advice_new(simulation, scenario, MOST_TRIALS, stop);

    if (!append_late(text, simulation->collector,
                     g_array_index(scenario->objectives, struct objective_spec, which).by_s))
        append_cause(text, simulation->collector);
    append_link(text, summary);
    append_trials(text, advice, which);
    advice_free(advice);
    summary_free(summary);
    simulation_free(simulation);
    return g_strdup(text->str);
}
