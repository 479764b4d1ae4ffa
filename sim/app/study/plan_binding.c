#include "sim/app/study/plan_binding.h"

#include <math.h>
#include <string.h>

#include "sim/app/advice.h"
#include "sim/app/summary.h"
#include "sim/app/words.h"

enum { MOST_TOLD = 4 };

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

static void append_trials(GString *to, const struct advice *advice, guint objective)
{
    guint n = 0, n_meet = 0;

    for (guint i = 0; i < advice->n_tried; i++) {
        const struct trial *trial = &g_array_index(advice->trials, struct trial, i);
        n_meet += g_array_index(trial->outcome.objectives, struct objective_result, objective).met;
    }
    for (guint i = 0; i < advice->n_tried && n < MOST_TOLD; i++) {
        const struct trial *trial = &g_array_index(advice->trials, struct trial, i);
        g_autofree char *change = advice_change(advice, trial);

        bool meets = g_array_index(trial->outcome.objectives, struct objective_result, objective).met;

        if (!change || (n_meet ? !meets : advice_compare(advice, trial) > 0))
            continue;
        if (!n++)
            g_string_append_printf(to, "%s\n",
                                   n_meet ? "What would change that (each alone, in the first run):"
                                          : "What would help, though no change of these alone is enough:");
        g_autofree char *setting = g_strdup_printf("  %s=%s (is %s): ", trial->setting, trial->with, trial->was);
        g_string_append(to, setting);
        words_wrap(to, strlen(setting), 4, change);
    }
    if (!n)
        g_string_append(to, "Neither more threads nor wider links, one at a time, would change that.\n");
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

char *plan_binding(struct scenario *scenario, const char *effective, const char *objective,
                   const volatile sig_atomic_t *stop)
{
    guint which = find_objective(scenario, objective);
    struct simulation *simulation = simulation_new(scenario, 0, COLLECT_ALL);
    g_autoptr(GString) text = g_string_new(NULL);

    if (!simulation)
        return g_strdup("");
    simulation_run(simulation, simulation->scenario->until_s, NULL, NULL);
    struct summary *summary = summary_new(simulation->collector, effective, "", true);
    struct advice *advice = advice_new(simulation, scenario, stop);

    append_cause(text, simulation->collector);
    append_link(text, summary);
    append_trials(text, advice, which);
    advice_free(advice);
    summary_free(summary);
    simulation_free(simulation);
    return g_strdup(text->str);
}
