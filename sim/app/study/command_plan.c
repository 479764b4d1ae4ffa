/* distsim plan: the cheapest settings that meet an objective, and how sure that is. */
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"
#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/plan_binding.h"
#include "sim/app/study/plan_search.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_tables.h"

/* A verdict is looked for after so many runs at most times, the first time after so many runs. */
enum { N_LOOKS = 4, FIRST_LOOK = 20 };
enum { MOST_ROWS = 16 };            /* that are printed; plan.md has all */
enum { METRIC_MET, METRIC_MARGIN }; /* where they stand among what is measured */
static const double error_share = 1 - STUDY_CONFIDENCE;

struct price {
    bool given;
    double each, per;
};

struct candidate {
    guint design_point;
    double cost;
    gint study_point;          /* -1: not tried */
    struct sim_interval share; /* of the runs that meet it, with the confidence of the verdict */
};

struct plan {
    struct study_command command;
    char **finds, **costs, *meet;
    char *objective; /* the name, or as it is stated */
    double probability;
    bool chance;
    struct price *prices; /* by axis */
    GArray *candidates;   /* struct candidate; the cheapest first */
    guint *ranks;
    struct plan_search search;
    GArray *tried; /* guint: candidates in the order of the study's points */
    int code;      /* of what went wrong while searching */
};

static struct candidate *candidate_at(const struct plan *plan, guint i)
{
    return &g_array_index(plan->candidates, struct candidate, i);
}

/* ---- what is asked ---- */

/* "PATH in VALUES" */
static int read_finds(struct plan *plan)
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
static int read_meet(struct plan *plan)
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
    plan->probability = percent / 100;
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
    const struct candidate *p = a, *q = b;

    return p->cost != q->cost ? (p->cost < q->cost ? -1 : 1) : p->design_point < q->design_point ? -1 : 1;
}

/* Costs, and how much there is of each setting: a level that costs more is more. */
static void make_candidates(struct plan *plan)
{
    const struct design *design = plan->command.design;
    guint n_axes = design->axes->len;
    g_autoptr(GPtrArray) ranks = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) costs = g_ptr_array_new_with_free_func(g_free);

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
    plan->candidates = g_array_new(FALSE, FALSE, sizeof(struct candidate));
    for (guint point = 0; point < design->n_points; point++) {
        struct candidate candidate = {.design_point = point, .study_point = -1};

        for (guint i = 0; i < n_axes; i++)
            candidate.cost += ((const double *)costs->pdata[i])[design_level(design, point, i)];
        g_array_append_val(plan->candidates, candidate);
    }
    g_array_sort(plan->candidates, by_cost_of_all);
    plan->ranks = g_new(guint, design->n_points * n_axes);
    for (guint k = 0; k < design->n_points; k++)
        for (guint i = 0; i < n_axes; i++)
            plan->ranks[k * n_axes + i] =
                ((const guint *)ranks->pdata[i])[design_level(design, candidate_at(plan, k)->design_point, i)];
}

/* ---- trying ---- */

static int add_to_study(struct plan *plan, guint i)
{
    struct study_command *c = &plan->command;
    struct candidate *candidate = candidate_at(plan, i);

    if (candidate->study_point >= 0)
        return EXIT_CODE_FINE;
    g_auto(GStrv) sets = design_sets(c->design, candidate->design_point, (const char *const *)c->sets);
    g_autofree char *label = design_short_label(c->design, candidate->design_point);
    int code = study_command_add_point(c, label, c->files[0], (const char *const *)sets);
    if (code == EXIT_CODE_FINE) {
        candidate->study_point = (gint)c->study->points->len - 1;
        g_array_append_val(plan->tried, i);
    }
    return code;
}

/* With so many runs that all meet it, the interval just leaves out what is less than demanded. */
static double least_runs(const struct plan *plan, double confidence)
{
    double z = gsl_cdf_ugaussian_Qinv((1 - confidence) / 2);

    return ceil(z * z * plan->probability / (1 - plan->probability) - 1e-9);
}

/* After how many runs a verdict is looked for; ends with the most that are allowed. */
static guint look_at(const struct plan *plan, guint look, double confidence)
{
    double second = fmax(2 * FIRST_LOOK, least_runs(plan, confidence)), most = plan->command.replications;
    double n = look ? ldexp(second, (int)look - 1) : FIRST_LOOK;

    return (guint)fmin(look + 1 == N_LOOKS && most > 0 ? most : n, most > 0 ? most : n);
}

/* Wilson's interval at each look, so wide that with 95 % probability all looks at all of the family are right. */
static bool judge(void *ctx, guint i, guint family, enum plan_verdict *verdict)
{
    struct plan *plan = ctx;
    struct study_command *c = &plan->command;
    struct candidate *candidate = candidate_at(plan, i);
    double confidence = 1 - error_share / N_LOOKS / family;

    if ((plan->code = add_to_study(plan, i)) != EXIT_CODE_FINE)
        return false;
    struct point *point = study_point(c->study, (guint)candidate->study_point);
    *verdict = PLAN_UNDECIDED;
    for (guint look = 0; look < N_LOOKS && *verdict == PLAN_UNDECIDED; look++) {
        guint n = plan->chance ? look_at(plan, look, confidence) : 1, n_met = 0;

        point->n_wanted = n;
        if ((plan->code = study_command_go(c)) != EXIT_CODE_FINE)
            return false;
        g_autofree double *met = study_values(c->study, (guint)candidate->study_point, METRIC_MET);
        for (guint r = 0; r < n; r++)
            n_met += met[r] == 1;
        candidate->share = sim_share_interval(n_met, n, confidence);
        if (!plan->chance)
            candidate->share = (struct sim_interval){n_met, n_met, n_met};
        if (candidate->share.low >= plan->probability - 1e-12)
            *verdict = PLAN_MEETS;
        else if (candidate->share.high < plan->probability)
            *verdict = PLAN_MISSES;
    }
    return true;
}

static double mean_margin_s(const struct plan *plan, guint i)
{
    return estimate_of(plan->command.study, (guint)candidate_at(plan, i)->study_point, METRIC_MARGIN).mean.estimate;
}

/* Replication by replication, in those that both have. */
static bool closer(void *ctx, guint a, guint b)
{
    struct plan *plan = ctx;
    const struct study *study = plan->command.study;
    guint p = (guint)candidate_at(plan, a)->study_point, q = (guint)candidate_at(plan, b)->study_point;
    g_autofree double *x = study_values(study, p, METRIC_MARGIN), *y = study_values(study, q, METRIC_MARGIN);
    guint n = MIN(study_point(study, p)->n_wanted, study_point(study, q)->n_wanted);

    if (n == 1)
        return x[0] > y[0];
    return sim_paired_difference(x, y, n, STUDY_CONFIDENCE).mean.low > 0;
}

/* ---- the study ---- */

static int begin(struct plan *plan)
{
    struct study_command *c = &plan->command;
    const struct design_request request = {.varies = (const char *const *)c->varies, .together = c->together};
    g_autofree char *why = NULL;
    g_autofree char *met = g_strconcat("met:", plan->objective, NULL),
                    *margin = g_strconcat("margin:", plan->objective, NULL);
    g_autoptr(GPtrArray) metrics = g_ptr_array_new();
    int code = EXIT_CODE_FINE;

    c->design = design_new(&request, &why);
    if (!c->design)
        return study_command_fail(c, EXIT_CODE_WRONG, "%s", why);
    g_auto(GStrv) sets = design_sets(c->design, 0, (const char *const *)c->sets);
    if ((code = study_command_check_sets(c, (const char *const *)sets)) != EXIT_CODE_FINE)
        return code;
    plan->prices = g_new0(struct price, c->design->axes->len);
    for (char **cost = plan->costs; cost && *cost && code == EXIT_CODE_FINE; cost++)
        code = read_cost(plan, *cost);
    if (code != EXIT_CODE_FINE)
        return code;
    make_candidates(plan);

    /* Both ends, which are tried anyway, show mistakes before anything is written. */
    study_command_new_study(c);
    plan->tried = g_array_new(FALSE, FALSE, sizeof(guint));
    if ((code = add_to_study(plan, 0)) != EXIT_CODE_FINE ||
        (code = add_to_study(plan, plan->candidates->len - 1)) != EXIT_CODE_FINE)
        return code;
    g_ptr_array_add(metrics, met);
    g_ptr_array_add(metrics, margin);
    for (char **metric = c->metrics; metric && *metric; metric++)
        if (strcmp(*metric, met) != 0 && strcmp(*metric, margin) != 0)
            g_ptr_array_add(metrics, *metric);
    g_ptr_array_add(metrics, NULL);
    if (!study_measure(c->study, (const char *const *)metrics->pdata, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--meet: %s", why);
    plan->chance = study_has_chance(c->study);
    double least = least_runs(plan, 1 - error_share / N_LOOKS);
    if (plan->chance && c->replications && c->replications < least)
        return study_command_fail(c, EXIT_CODE_WRONG,
                                  "--replications: %d runs cannot show a probability of %g %%; allow %g or more",
                                  c->replications, 100 * plan->probability, least);
    gint most = c->replications;
    c->replications = 0; /* of each as many as its verdict takes */
    code = study_command_begin(c);
    c->replications = most;
    return code;
}

/* ---- telling ---- */

static const char *const verdict_words[] = {
    [PLAN_UNTRIED] = "", [PLAN_MEETS] = "meets it", [PLAN_MISSES] = "misses it", [PLAN_UNDECIDED] = "too near to say"};

static const char *label_of(const struct plan *plan, guint i)
{
    return study_point(plan->command.study, (guint)candidate_at(plan, i)->study_point)->label;
}

/* "118 of 119 runs (94.1 to 99.9 %)" */
static char *share_words(const struct plan *plan, guint i)
{
    const struct candidate *candidate = candidate_at(plan, i);
    guint n = study_point(plan->command.study, (guint)candidate->study_point)->n_wanted;

    if (!plan->chance)
        return g_strdup(candidate->share.estimate == 1 ? "yes" : "no");
    return g_strdup_printf("%.0f of %u runs (%.1f to %.1f %%)", candidate->share.estimate * n, n,
                           100 * candidate->share.low, 100 * candidate->share.high);
}

/* The runs that ended before it was reached: nobody knows how late it would be there. */
static guint n_not_there(const struct plan *plan, guint i)
{
    const struct study *study = plan->command.study;
    guint at = (guint)candidate_at(plan, i)->study_point, n = 0;
    const struct point *point = study_point(study, at);
    g_autofree double *met = study_values(study, at, METRIC_MET), *margin_s = study_values(study, at, METRIC_MARGIN);

    for (guint r = 0; r < point->n_wanted; r++)
        n += met[r] == 0 && metric_margin_is_open(point->metrics->pdata[METRIC_MARGIN], point->scenario, margin_s[r]);
    return n;
}

/* "12 min to spare", "3 h late", "more than 3 h late (not there at the end)" */
static char *margin_words(const struct plan *plan, guint i)
{
    double margin_s = mean_margin_s(plan, i);
    const char *side = margin_s < 0 ? "late" : "to spare";
    guint n = n_not_there(plan, i);
    g_autofree char *words = n ? words_duration_finely(fabs(margin_s), 1) : words_duration(fabs(margin_s));

    if (!n)
        return g_strdup_printf("%s %s", words, side);
    g_autofree char *runs = plan->chance ? g_strdup_printf(" of %u run%s", n, n > 1 ? "s" : "") : g_strdup("");
    return g_strdup_printf("%s than %s %s (not there at the end%s)", margin_s < 0 ? "more" : "less", words, side, runs);
}

static bool costs_are_shown(const struct plan *plan)
{
    return plan->costs || plan->command.design->axes->len > 1;
}

/* What was tried, the cheapest first; of more than that the nearest to the answer, or the dearest. */
static char *table(const struct plan *plan, guint most_rows)
{
    const struct design *design = plan->command.design;
    const struct plan_search *s = &plan->search;
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GArray) tried = g_array_new(FALSE, FALSE, sizeof(guint));
    bool costs = costs_are_shown(plan);
    guint answer = 0, first = 0;

    for (guint i = 0; i < s->n; i++)
        if (s->verdicts[i] != PLAN_UNTRIED) {
            answer += i < s->found;
            g_array_append_val(tried, i);
        }
    if (tried->len > most_rows)
        first = MIN(answer - MIN(answer, most_rows * 3 / 4), tried->len - most_rows);
    for (guint i = 0; i < design->axes->len; i++)
        g_ptr_array_add(cells, g_strdup(design_axis(design, i)->short_path));
    if (costs)
        g_ptr_array_add(cells, g_strdup("cost"));
    g_ptr_array_add(cells, g_strdup("met"));
    g_ptr_array_add(cells, g_strdup(plan->chance ? "in the mean" : "by how much"));
    g_ptr_array_add(cells, g_strdup("verdict"));
    for (guint k = first; k < tried->len && k - first < most_rows; k++) {
        guint i = g_array_index(tried, guint, k);

        for (guint axis = 0; axis < design->axes->len; axis++)
            g_ptr_array_add(cells, g_strdup(design_value(design, candidate_at(plan, i)->design_point, axis)));
        if (costs)
            g_ptr_array_add(cells, g_strdup_printf("%.6g", candidate_at(plan, i)->cost));
        g_ptr_array_add(cells, share_words(plan, i));
        g_ptr_array_add(cells, margin_words(plan, i));
        g_ptr_array_add(cells, g_strdup(i == s->found ? "the answer" : verdict_words[s->verdicts[i]]));
    }
    return study_markdown(cells, design->axes->len + 3 + costs);
}

/* The dearest of the cheaper ones that were tried; n: none. */
static guint next_cheaper(const struct plan *plan)
{
    for (guint i = plan->search.found; i-- > 0;)
        if (plan->search.verdicts[i] != PLAN_UNTRIED)
            return i;
    return plan->search.n;
}

/* Of those tried the one that came closest. */
static guint best_of_all(const struct plan *plan)
{
    guint best = g_array_index(plan->tried, guint, 0);

    for (guint k = 1; k < plan->tried->len; k++) {
        guint i = g_array_index(plan->tried, guint, k);
        double share = candidate_at(plan, i)->share.estimate, best_share = candidate_at(plan, best)->share.estimate;

        if (plan->search.verdicts[i] != PLAN_UNTRIED &&
            (share > best_share || (share == best_share && mean_margin_s(plan, i) > mean_margin_s(plan, best))))
            best = i;
    }
    return best;
}

static guint n_tried(const struct plan *plan)
{
    guint n = 0;

    for (guint i = 0; i < plan->search.n; i++)
        n += plan->search.verdicts[i] != PLAN_UNTRIED;
    return n;
}

static bool are_untried(const struct plan *plan, guint before)
{
    bool any = false;

    for (guint i = 0; i < before; i++)
        any |= plan->search.verdicts[i] == PLAN_UNTRIED;
    return any;
}

static void append_answer(const struct plan *plan, GString *to)
{
    guint found = plan->search.found, cheaper = next_cheaper(plan);
    g_autofree char *share = share_words(plan, found), *margin = margin_words(plan, found);

    g_string_append_printf(to, "Cheapest that meets it: %s", label_of(plan, found));
    if (costs_are_shown(plan))
        g_string_append_printf(to, " (cost %.6g)", candidate_at(plan, found)->cost);
    if (plan->chance)
        g_string_append_printf(to, "\n  met in %s; in the mean with %s\n", share, margin);
    else
        g_string_append_printf(to, "\n  met, with %s\n", margin);
    if (cheaper == plan->search.n) {
        g_string_append(to, "  Nothing that was allowed is cheaper.\n");
        return;
    }
    g_autofree char *its_share = share_words(plan, cheaper), *its_margin = margin_words(plan, cheaper);
    if (plan->chance)
        g_string_append_printf(to, "  The next cheaper that was tried, %s: met in %s; in the mean %s\n",
                               label_of(plan, cheaper), its_share, its_margin);
    else
        g_string_append_printf(to, "  The next cheaper that was tried, %s: %s\n", label_of(plan, cheaper), its_margin);
}

static void append_evidence(const struct plan *plan, GString *to)
{
    const struct plan_search *s = &plan->search;
    guint n = n_tried(plan);

    g_string_append_printf(to, "Tried %u of %u settings", n, s->n);
    if (plan->chance)
        g_string_append_printf(to, ", with up to %u runs each, under the same luck; %s holds with 95 %% confidence",
                               look_at(plan, N_LOOKS - 1, 1 - error_share / N_LOOKS),
                               s->one_by_one && !s->monotone ? "the choice" : "each verdict");
    g_string_append(to, ".\n");
    if (!s->monotone)
        g_string_append(to, s->found < s->n
                                ? "More does not always help here: all that is cheaper was tried, one by one.\n"
                                : "More does not always help here: all were tried, one by one.\n");
    else if (!s->one_by_one && s->found < s->n && are_untried(plan, s->found))
        g_string_append(to,
                        "More never hurt among those tried, the neighbours of the answer with them; so what is cheaper "
                        "and was\nnot tried is taken to miss it, as something with no less of anything did.\n");
    else if (!s->one_by_one && n < s->n)
        g_string_append(to, "More never hurt among those tried; so the others are taken to miss it too.\n");
}

static cJSON *summary_of(const struct plan *plan)
{
    static const char *const words[] = {"untried", "meets", "misses", "undecided"};
    cJSON *root = study_command_summary(&plan->command), *object = cJSON_AddObjectToObject(root, "plan");
    const struct plan_search *s = &plan->search;

    cJSON_AddStringToObject(object, "objective", plan->objective);
    cJSON_AddNumberToObject(object, "probability", plan->probability);
    if (s->found < s->n)
        cJSON_AddStringToObject(object, "answer", label_of(plan, s->found));
    else
        cJSON_AddNullToObject(object, "answer");
    cJSON_AddBoolToObject(object, "monotone", s->monotone);
    cJSON_AddNumberToObject(object, "candidates", s->n);
    cJSON *list = cJSON_AddArrayToObject(object, "tried");
    for (guint k = 0; k < plan->tried->len; k++) {
        guint i = g_array_index(plan->tried, guint, k);
        const struct candidate *candidate = candidate_at(plan, i);
        cJSON *one = cJSON_CreateObject();

        if (s->verdicts[i] == PLAN_UNTRIED) {
            cJSON_Delete(one);
            continue;
        }
        cJSON_AddStringToObject(one, "label", label_of(plan, i));
        study_add_number(one, "cost", candidate->cost);
        cJSON_AddNumberToObject(one, "runs", study_point(plan->command.study, (guint)candidate->study_point)->n_wanted);
        study_add_number(one, "share", candidate->share.estimate);
        study_add_number(one, "share_low", candidate->share.low);
        study_add_number(one, "share_high", candidate->share.high);
        study_add_number(one, "margin_mean_s", mean_margin_s(plan, i));
        cJSON_AddNumberToObject(one, "runs_not_there", n_not_there(plan, i));
        cJSON_AddStringToObject(one, "verdict", words[s->verdicts[i]]);
        cJSON_AddItemToArray(list, one);
    }
    return root;
}

/* What binds where nothing meets it, of the one that came closest. */
static void append_failure(const struct plan *plan, GString *to)
{
    guint best = best_of_all(plan);
    const struct point *point = study_point(plan->command.study, (guint)candidate_at(plan, best)->study_point);
    g_autofree char *share = share_words(plan, best), *margin = margin_words(plan, best);
    g_autofree char *binding = plan_binding(point->scenario, plan->objective, plan->command.study->stop);

    g_string_append_printf(to, "Nothing meets it. %s came closest: ", point->label);
    if (plan->chance)
        g_string_append_printf(to, "met in %s; in the mean %s\n", share, margin);
    else
        g_string_append_printf(to, "%s\n", margin);
    g_string_append(to, binding);
}

static int tell(struct plan *plan)
{
    struct study_command *c = &plan->command;
    bool found = plan->search.found < plan->search.n;
    g_autofree char *all = table(plan, G_MAXUINT / 4), *shown = table(plan, MOST_ROWS);
    g_autoptr(GString) answer = g_string_new(NULL);
    g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GError) error = NULL;

    (found ? append_answer : append_failure)(plan, answer);
    g_string_append_c(answer, '\n');
    append_evidence(plan, answer);
    g_autofree char *file = g_strconcat(answer->str, "\n", all, NULL);
    if (!results_write(c->results, "plan.md", file, &error))
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    cJSON *summary = summary_of(plan);
    for (guint k = 0; k < plan->tried->len; k++)
        g_array_append_val(points, candidate_at(plan, g_array_index(plan->tried, guint, k))->design_point);
    design_choose(c->design, (const guint *)(const void *)points->data, points->len);
    int code = study_command_finish(c, summary);
    if (code != EXIT_CODE_FINE)
        return code;
    if (!c->quiet) {
        printf("%s: %s", study_point(c->study, 0)->scenario->name, plan->objective);
        if (plan->chance)
            printf(", with probability %g %%", 100 * plan->probability);
        printf("\n\n%s\n%s", answer->str, shown);
        if (strlen(shown) < strlen(all))
            puts("(of those tried the nearest; plan.md has all)");
        printf("\nResults: %s\n", c->out);
    }
    return found ? EXIT_CODE_FINE : EXIT_CODE_MISSED;
}

static int go(struct plan *plan)
{
    struct plan_search *s = &plan->search;
    int code = begin(plan);

    if (code != EXIT_CODE_FINE)
        return code;
    *s = (struct plan_search){.n = plan->candidates->len,
                              .n_axes = plan->command.design->axes->len,
                              .ranks = plan->ranks,
                              .judge = judge,
                              .closer = closer,
                              .ctx = plan,
                              .verdicts = g_new0(enum plan_verdict, plan->candidates->len)};
    code = plan_search_go(s) ? tell(plan) : plan->code;
    g_free(s->verdicts);
    return code;
}

int command_plan(int argc, char **argv)
{
    struct plan plan = {.code = EXIT_CODE_FINE};
    struct study_command *c = &plan.command;
    const GOptionEntry own[] = {
        {"find", 'f', 0, G_OPTION_ARG_FILENAME_ARRAY, &plan.finds, "a setting, and what it may be; may be repeated",
         "\"PATH in VALUES\""},
        {"meet", 0, 0, G_OPTION_ARG_FILENAME, &plan.meet, "an objective, and how sure (95 %)",
         "\"OBJECTIVE with probability 95 %\""},
        {"cost", 'c', 0, G_OPTION_ARG_FILENAME_ARRAY, &plan.costs, "what a setting costs; may be repeated",
         "\"PATH=PRICE per QUANTITY\""},
        G_OPTION_ENTRY_NULL,
    };
    int code;

    *c = (struct study_command){
        .name = "plan",
        .usage = "FILE --find \"PATH in VALUES\" --meet OBJECTIVE - what meets it most cheaply",
        .description =
            "OBJECTIVE: a name from the scenario, or \"all on_dp by 06:00\", \"99 % site_knows by 12 h\".\n"
            "VALUES: 1..20 | 1,3,5,10 | 10 Mbit/s..100 Mbit/s step 10 Mbit/s\n\n"
            "example: distsim plan scenarios/emea.json \\\n"
            "             --find \"sites.CS1.sender.max_concurrent_per_site in 1..20\" \\\n"
            "             --meet \"all on_dp by 06:00 with probability 95 %\"\n\n"
            "Settings are tried from the cheapest to the dearest, by bisection, and it is checked whether more\n"
            "never hurts. Without --cost one setting costs its value, several the sum of how many times more than\n"
            "its least value each is. What costs less where it is more has a negative price. --replications: runs\n"
            "of each at most.\n\n"
            "Exit codes: 0 found, 1 something failed, 2 wrong usage or scenario, 3 nothing meets it,\n"
            "130 interrupted: the same command goes on.\n",
        .own_options = own,
        .takes = STUDY_TOGETHER,
        .argc = argc,
        .argv = argv,
    };
    code = study_command_read(c);
    if (code == EXIT_CODE_FINE && c->files[1])
        code = study_command_fail(c, EXIT_CODE_WRONG, "give one scenario, and --find; distsim compare takes several");
    if (code == EXIT_CODE_FINE)
        code = read_finds(&plan);
    if (code == EXIT_CODE_FINE)
        code = read_meet(&plan);
    if (code == EXIT_CODE_FINE)
        code = go(&plan);
    study_command_end(c);
    g_clear_pointer(&plan.candidates, g_array_unref);
    g_clear_pointer(&plan.tried, g_array_unref);
    g_strfreev(plan.finds);
    g_strfreev(plan.costs);
    g_free(plan.meet);
    g_free(plan.objective);
    g_free(plan.prices);
    g_free(plan.ranks);
    return code;
}
