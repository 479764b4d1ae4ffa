/* What is asked of distsim plan, and the candidates for an answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"
#include "sim/app/study/plan_parts.h"

/* ---- what is asked ---- */

/* "PATH in VALUES" */
int plan_read_finds(struct plan *plan)
{
    struct study_command *c = &plan->command;
    GPtrArray *varies = g_ptr_array_new();

    for (char **find = plan->finds; find && *find; find++) {
        g_auto(GStrv) parts = g_strsplit(*find, " in ", 2);
        bool in = parts[0] && parts[1];

        g_ptr_array_add(varies,
                        in ? g_strconcat(g_strstrip(parts[0]), "=", g_strstrip(parts[1]), NULL) : g_strdup(*find));
    }
    if (!varies->len) {
        g_ptr_array_free(varies, TRUE);
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "what is to be found? Write for example --find "
                                  "\"sites.CS1.sender.max_concurrent_per_site in 1..20\"");
    }
    g_ptr_array_add(varies, NULL);
    c->varies = (char **)g_ptr_array_free(varies, FALSE);
    return EXIT_CODE_FINE;
}

/* "OBJECTIVE with probability 95 %" */
int plan_read_meet(struct plan *plan)
{
    static const char with[] = " with probability ";
    struct study_command *c = &plan->command;
    const char *at = plan->meet ? strstr(plan->meet, with) : NULL;
    g_autofree char *why = NULL;
    double percent = 95;

    if (!plan->meet)
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "what is to be met? Write --meet with an objective of the scenario, or for example "
                                  "\"all on_dp by 06:00 with probability 95 %%\"");
    if (at && !units_parse(PARAM_PERCENT, at + strlen(with), &percent, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--meet: %s", why);
    if (!(percent > 0 && percent < 100))
        return study_command_fail(
            c, EXIT_CODE_WRONG,
            "--meet: no number of runs shows a probability of %g %%; write one between 0 and 100 %%", percent);
    plan->demand.probability = percent / 100;
    plan->objective = at ? g_strndup(plan->meet, (gsize)(at - plan->meet)) : g_strdup(plan->meet);
    g_strstrip(plan->objective);
    return EXIT_CODE_FINE;
}

/* ---- candidates ---- */

static int find_axis(const struct plan *plan, const char *path, guint *found)
{
    const struct design *design = plan->command.design;
    struct suggestion suggestion = {.wanted = path};

    for (*found = 0; *found < design->axes->len; ++*found) {
        const struct axis *axis = design_axis(design, *found);

        if (strcmp(path, axis->path) == 0 || strcmp(path, axis->short_path) == 0)
            return EXIT_CODE_FINE;
        suggestion_offer(&suggestion, axis->path);
        suggestion_offer(&suggestion, axis->short_path);
    }
    return study_command_fail(&plan->command, EXIT_CODE_WRONG, "--cost: %s is not among what is to be found%s%s%s",
                              path, suggestion.best ? "; did you mean \"" : "", suggestion.best ? suggestion.best : "",
                              suggestion.best ? "\"?" : "");
}

/* "PATH=PRICE per QUANTITY" */
static int read_cost(struct plan *plan, const char *text)
{
    const struct study_command *c = &plan->command;
    g_auto(GStrv) sides = g_strsplit(text, "=", 2);
    g_auto(GStrv) parts = g_strsplit(sides[0] && sides[1] ? sides[1] : "", " per ", 2);
    g_autofree char *why = NULL;
    struct price price = {.given = true, .per = 1};
    guint i;

    if (!sides[0] || !sides[1] || !units_parse_on_scale(PARAM_NUMBER, g_strstrip(parts[0]), &price.each, &why))
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "--cost %s: write PATH=PRICE, or PATH=PRICE per QUANTITY, for example "
                                  "\"locations.lyon.down=120 per 10 Mbit/s\"",
                                  text);
    int code = find_axis(plan, g_strstrip(sides[0]), &i);
    if (code != EXIT_CODE_FINE)
        return code;
    const struct param_field *field = design_axis(c->design, i)->field;
    if (!field || !units_is_scale(field->kind))
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "--cost %s: its values are on no scale; list them, the cheapest first", text);
    if (parts[1] && !units_parse_on_scale(field->kind, g_strstrip(parts[1]), &price.per, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--cost %s: %s", text, why);
    if (!parts[1] && field->kind != PARAM_COUNT && field->kind != PARAM_NUMBER)
        return study_command_fail(c, EXIT_CODE_WRONG, "--cost %s: a price of what? Write for example \"%s per %s\"",
                                  text, parts[0], units_example(field->kind));
    if (!(price.per > 0) || !isfinite(price.per))
        return study_command_fail(c, EXIT_CODE_WRONG, "--cost %s: a price is per something that is more than 0", text);
    plan->prices[i] = price;
    return EXIT_CODE_FINE;
}

static double number_at(const struct axis *axis, guint level)
{
    return g_array_index(axis->numbers, double, level);
}

/* NaN: not all are on the scale (without a limit is no place on it). */
static double least_number(const struct axis *axis)
{
    double least = INFINITY;

    for (guint i = 0; i < axis->numbers->len; i++) {
        if (!isfinite(number_at(axis, i)))
            return NAN;
        least = fmin(least, number_at(axis, i));
    }
    return least;
}

/* With prices what they say. Without: of one setting its value; of several how much more it is than the least, in parts
 * of that. Where not all are on a scale, each costs by its place in the list. */
static double cost_of_level(const struct plan *plan, guint i, guint level)
{
    const struct axis *axis = design_axis(plan->command.design, i);
    const struct price *price = &plan->prices[i];
    double number = number_at(axis, level), least = least_number(axis);

    if (plan->costs)
        return price->given ? number / price->per * price->each : 0;
    if (isnan(least))
        return level;
    if (plan->command.design->axes->len == 1)
        return number;
    return least > 0 ? number / least - 1 : level;
}

struct ranked {
    double cost;
    guint level;
};

static int by_cost(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;

    return p->cost != q->cost ? (p->cost < q->cost ? -1 : 1) : p->level < q->level ? -1 : p->level > q->level;
}

static int by_cost_of_all(gconstpointer a, gconstpointer b)
{
    const struct plan_candidate *p = a, *q = b;

    return p->cost != q->cost ? (p->cost < q->cost ? -1 : 1) : p->design_point < q->design_point ? -1 : 1;
}

/* Costs, and how much there is of each setting: a level that costs more is more. */
int plan_make_candidates(struct plan *plan)
{
    const struct design *design = plan->command.design;
    guint n_axes = design->axes->len;
    int code = EXIT_CODE_FINE;
    g_autoptr(GPtrArray) ranks = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) costs = g_ptr_array_new_with_free_func(g_free);

    plan->prices = g_new0(struct price, n_axes);
    for (char **cost = plan->costs; cost && *cost && code == EXIT_CODE_FINE; cost++)
        code = read_cost(plan, *cost);
    if (code != EXIT_CODE_FINE)
        return code;
    for (guint i = 0; i < n_axes; i++) {
        guint n_levels = design_axis(design, i)->values->len;
        g_autofree struct ranked *levels = g_new(struct ranked, n_levels);
        guint *rank = g_new(guint, n_levels);
        double *cost = g_new(double, n_levels);

        for (guint k = 0; k < n_levels; k++)
            levels[k] = (struct ranked){cost[k] = cost_of_level(plan, i, k), k};
        qsort(levels, n_levels, sizeof *levels, by_cost);
        for (guint k = 0; k < n_levels; k++)
            rank[levels[k].level] = k;
        g_ptr_array_add(ranks, rank);
        g_ptr_array_add(costs, cost);
    }
    plan->candidates = g_array_new(FALSE, FALSE, sizeof(struct plan_candidate));
    for (guint point = 0; point < design->n_points; point++) {
        struct plan_candidate candidate = {.design_point = point, .its = {.study_point = -1}};

        for (guint i = 0; i < n_axes; i++)
            candidate.cost += ((const double *)costs->pdata[i])[design_level(design, point, i)];
        g_array_append_val(plan->candidates, candidate);
    }
    g_array_sort(plan->candidates, by_cost_of_all);
    plan->ranks = g_new(guint, design->n_points * n_axes);
    for (guint k = 0; k < design->n_points; k++)
        for (guint i = 0; i < n_axes; i++)
            plan->ranks[k * n_axes + i] =
                ((const guint *)ranks->pdata[i])[design_level(design, plan_candidate(plan, k)->design_point, i)];
    return EXIT_CODE_FINE;
}
