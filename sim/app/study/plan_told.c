/* What a plan says: the answer, how sure it is, and what was tried; or what binds where there is none. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/app/report/words.h"
#include "sim/app/study/plan_parts.h"
#include "sim/app/study/study_tables.h"

enum { MOST_ROWS = 16, MOST_TOLD = 4 };  /* that are printed; plan.md has all */
static const double most_runs = 1000000; /* that --replications takes */

static const char *const verdict_words[] = {
    [PLAN_UNTRIED] = "", [PLAN_MEETS] = "meets it", [PLAN_MISSES] = "misses it", [PLAN_UNDECIDED] = "too near to say"};

static const struct plan_try *try_of(const struct plan *plan, guint i)
{
    return &plan_candidate(plan, i)->its;
}

static const char *label_of(const struct plan *plan, guint i)
{
    return study_point(plan->command.study, (guint)try_of(plan, i)->study_point)->label;
}

/* "94.1": of as many digits as it takes to stand on its side of what is asked. */
static char *bound_words(const struct plan *plan, double bound)
{
    double asked = 100 * plan->demand.probability;

    for (int digits = 1;; digits++) {
        g_autofree char *words = g_strdup_printf("%.*f", digits, 100 * bound);
        if (digits == 6 || (g_ascii_strtod(words, NULL) >= asked - 1e-9) == (100 * bound >= asked - 1e-9))
            return g_steal_pointer(&words);
    }
}

/* "118 of 119 runs (94.1 to 99.9 %)" */
static char *share_words(const struct plan *plan, const struct plan_try *its)
{
    guint n = plan_n_runs(plan, its);

    if (!plan->chance)
        return g_strdup(its->verdict == PLAN_MEETS ? "yes" : "no");
    g_autofree char *low = bound_words(plan, its->share.low), *high = bound_words(plan, its->share.high);
    return g_strdup_printf("%.0f of %u runs (%s to %s %%)", its->share.estimate * n, n, low, high);
}

/* "12 min to spare", "3 h late", "more than 3 h late (not there at the end)" */
static char *margin_words(const struct plan *plan, const struct plan_try *its)
{
    double margin_s = plan_mean_margin_s(plan, its);
    const char *side = margin_s < 0 ? "late" : "to spare";
    guint n = plan_n_not_there(plan, its);
    g_autofree char *words = n ? words_duration_finely(fabs(margin_s), 1) : words_duration(fabs(margin_s));

    if (!n)
        return g_strdup_printf("%s %s", words, side);
    g_autofree char *runs = plan->chance ? g_strdup_printf(" of %u run%s", n, n > 1 ? "s" : "") : g_strdup("");
    return g_strdup_printf("%s than %s %s (not there at the end%s)", margin_s < 0 ? "more" : "less", words, side, runs);
}

/* Of one that is undecided: what to do about it. */
static char *more_words(const struct plan_demand *demand, const struct plan_try *its)
{
    double n = plan_runs_to_tell(demand, its->share.estimate);

    if (n > most_runs)
        return g_strdup_printf("so near to %g %% that no number of runs is likely to tell", 100 * demand->probability);
    return g_strdup_printf("--replications %.0f would be about enough to tell", n);
}

static bool costs_are_shown(const struct plan *plan)
{
    return plan->costs || plan->command.design->axes->len > 1;
}

/* Sums of prices may differ by rounding. */
static bool is_cheaper(const struct plan *plan, guint i, guint than)
{
    double cost = plan_candidate(plan, i)->cost, other = plan_candidate(plan, than)->cost;

    return other - cost > 1e-9 * fmax(fabs(cost), fabs(other));
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
            g_ptr_array_add(cells, g_strdup(design_value(design, plan_candidate(plan, i)->design_point, axis)));
        if (costs)
            g_ptr_array_add(cells, g_strdup_printf("%.6g", plan_candidate(plan, i)->cost));
        g_ptr_array_add(cells, share_words(plan, try_of(plan, i)));
        g_ptr_array_add(cells, margin_words(plan, try_of(plan, i)));
        g_ptr_array_add(cells, g_strdup(i == s->found ? "the answer" : verdict_words[s->verdicts[i]]));
    }
    return study_markdown(cells, design->axes->len + 3 + costs);
}

/* ---- the answer ---- */

/* Of the dearest of those tried that are cheaper than the found one, the nearest to meeting it; n: none. */
static guint next_cheaper(const struct plan *plan)
{
    guint next = plan->search.n;

    for (guint i = plan->search.found; i-- > 0;) {
        if (plan->search.verdicts[i] == PLAN_UNTRIED || !is_cheaper(plan, i, plan->search.found))
            continue;
        if (next < plan->search.n && is_cheaper(plan, i, next))
            break;
        if (next == plan->search.n || plan_compare_nearness(plan, try_of(plan, i), try_of(plan, next)) > 0)
            next = i;
    }
    return next;
}

/* Those that may meet it for less than the found one, or where there is none. */
struct undecided {
    GArray *tried; /* guint: candidates, the nearest first */
    guint n_between;
};

static gint nearest_first(gconstpointer a, gconstpointer b, gpointer plan)
{
    guint p = *(const guint *)a, q = *(const guint *)b;
    int order = plan_compare_nearness(plan, try_of(plan, q), try_of(plan, p));

    return order ? order : p < q ? -1 : 1;
}

static struct undecided undecided_of(const struct plan *plan)
{
    const struct plan_search *s = &plan->search;
    struct undecided these = {g_array_new(FALSE, FALSE, sizeof(guint)), 0};

    for (guint i = 0; i < s->found; i++)
        if (s->found == s->n || is_cheaper(plan, i, s->found)) {
            if (s->verdicts[i] == PLAN_UNDECIDED)
                g_array_append_val(these.tried, i);
            these.n_between += s->verdicts[i] == PLAN_UNTRIED && plan_search_taken_for(s, i) == PLAN_UNDECIDED;
        }
    g_array_sort_with_data(these.tried, nearest_first, (gpointer)plan);
    return these;
}

static void append_undecided(const struct plan *plan, GString *to, const struct undecided *these, const char *indent)
{
    for (guint k = 0; k < these->tried->len && k < MOST_TOLD; k++) {
        guint i = g_array_index(these->tried, guint, k);
        g_autofree char *share = share_words(plan, try_of(plan, i)), *margin = margin_words(plan, try_of(plan, i));
        g_autofree char *more = more_words(&plan->demand, try_of(plan, i));

        g_string_append_printf(to, "%s%s: met in %s; in the mean %s\n%s  %s\n", indent, label_of(plan, i), share,
                               margin, indent, more);
    }
    if (these->tried->len > MOST_TOLD)
        g_string_append_printf(to, "%sand %u more, of which plan.md has all\n", indent, these->tried->len - MOST_TOLD);
    if (these->n_between)
        g_string_append_printf(to, "%sand %u between such, not tried\n", indent, these->n_between);
}

static void append_answer(const struct plan *plan, GString *to)
{
    guint found = plan->search.found, cheaper = next_cheaper(plan);
    struct undecided these = undecided_of(plan);
    g_autofree char *share = share_words(plan, try_of(plan, found)), *margin = margin_words(plan, try_of(plan, found));

    g_string_append_printf(to, "Cheapest that %s it: %s", these.tried->len ? "is shown to meet" : "meets",
                           label_of(plan, found));
    if (costs_are_shown(plan))
        g_string_append_printf(to, " (cost %.6g)", plan_candidate(plan, found)->cost);
    if (plan->chance)
        g_string_append_printf(to, "\n  met in %s; in the mean with %s\n", share, margin);
    else
        g_string_append_printf(to, "\n  met, with %s\n", margin);
    if (cheaper == plan->search.n) {
        g_string_append(to, "  Nothing that was allowed is cheaper.\n");
    } else if (plan->search.verdicts[cheaper] == PLAN_MISSES) {
        g_autofree char *its_share = share_words(plan, try_of(plan, cheaper));
        g_autofree char *its_margin = margin_words(plan, try_of(plan, cheaper));

        g_string_append_printf(to, "  The next cheaper that was tried, %s: ", label_of(plan, cheaper));
        if (plan->chance)
            g_string_append_printf(to, "met in %s; in the mean %s\n", its_share, its_margin);
        else
            g_string_append_printf(to, "%s\n", its_margin);
    }
    if (these.tried->len) {
        g_string_append(to, "  Cheaper, and too near to say: it may be enough, but that is not shown:\n");
        append_undecided(plan, to, &these, "    ");
    }
    g_array_unref(these.tried);
}

/* ---- what binds ---- */

/* "locations.far.down=8Mbit/s (is 4Mbit/s)" */
static void append_change(GString *to, const struct plan_change *change)
{
    g_string_append_printf(to, "  %s=%s (is %s): ", change->trial->setting, change->trial->with, change->trial->was);
}

/* A better verdict than that of the unchanged does not say so where that one is only not shown: then the difference
 * itself is to be. */
static bool change_does_something(const struct plan *plan, const struct plan_change *change)
{
    const struct plan_try *base = try_of(plan, plan->closest);

    return (base->verdict == PLAN_MISSES && change->its.verdict != PLAN_MISSES) ||
           plan_is_nearer(plan, &change->its, base);
}

static void append_tried_change(const struct plan *plan, GString *to, const struct plan_change *change)
{
    const struct plan_try *its = &change->its, *base = try_of(plan, plan->closest);
    g_autofree char *share = share_words(plan, its), *margin = margin_words(plan, its);

    append_change(to, change);
    if (its->verdict == PLAN_MEETS) {
        g_string_append_printf(to, "enough: met in %s\n", share);
    } else if (its->verdict == PLAN_UNDECIDED) {
        g_autofree char *more = more_words(&plan->change_demand, its);
        g_string_append_printf(to, "may be enough, which is not shown: met in %s\n    %s\n", share, more);
    } else {
        g_string_append_printf(to, "not enough: met in %s; in the mean %s", share, margin);
        if (plan_n_not_there(plan, its))
            g_string_append_printf(to, "; %.3g %% of the deliveries in time instead of %.3g %%",
                                   100 * plan_mean_on_time(plan, its), 100 * plan_mean_on_time(plan, base));
        g_string_append(to, "\n");
    }
}

/* Where the unchanged is too near to say, and so no worse than these, as far as is shown. */
static void append_enough_but_alike(const struct plan *plan, GString *to)
{
    const struct plan_try *base = try_of(plan, plan->closest);
    g_autofree char *unchanged = share_words(plan, base);
    guint n_told = 0;

    for (guint i = 0; i < plan->changes->len; i++) {
        const struct plan_change *change = &g_array_index(plan->changes, struct plan_change, i);

        if (change->its.verdict != PLAN_MEETS || change_does_something(plan, change))
            continue;
        if (!n_told++)
            g_string_append_printf(to,
                                   "Enough as well, but not shown to do better than the unchanged, which is met in "
                                   "%s\nand may be enough itself:\n",
                                   unchanged);
        append_tried_change(plan, to, change);
    }
}

/* Of those tried over replications: which are enough, may be, or at least help. */
static void append_changes(const struct plan *plan, GString *to)
{
    const struct plan_try *base = try_of(plan, plan->closest);
    guint n = plan->changes->len, n_of[PLAN_UNDECIDED + 1] = {0}, n_told = 0, n_cut_off = 0;
    guint n_missed = (guint)lround((1 - base->share.estimate) * plan_n_runs(plan, base));

    for (guint i = 0; i < n; i++) {
        const struct plan_change *change = &g_array_index(plan->changes, struct plan_change, i);

        n_of[change->its.verdict] += change_does_something(plan, change);
        n_cut_off += plan_n_not_there(plan, &change->its) > 0;
    }
    if (n_of[PLAN_MEETS])
        g_string_append(to, "What would be enough (each alone):\n");
    else if (n_of[PLAN_UNDECIDED])
        g_string_append(to, "What may be enough, or brings it nearer; none of these alone is shown to be enough:\n");
    else if (n_of[PLAN_MISSES])
        g_string_append(to, "What would bring it nearer, though none of these alone is enough:\n");
    for (guint i = 0; i < n && n_told < MOST_TOLD; i++) {
        const struct plan_change *change = &g_array_index(plan->changes, struct plan_change, i);

        if (!change_does_something(plan, change) || (change->its.verdict == PLAN_MISSES && n_of[PLAN_MEETS]))
            continue;
        n_told++;
        append_tried_change(plan, to, change);
    }
    if (!n_told && n && n_cut_off == n && plan_n_not_there(plan, base) == n_missed) {
        g_autofree char *later = plan_binding_later_end(plan->binding->simulation->scenario);
        g_string_append_printf(to,
                               "Whether another setting brings it nearer cannot be told: with each of these changed, "
                               "too, there are runs\nthat end (until) before it is reached. With a later end more is "
                               "seen, for example: %s\n",
                               later);
    } else if (!n_told && n) {
        g_string_append(to, "No setting that deliveries wait for, changed alone, is seen to bring it nearer.\n");
    }
    append_enough_but_alike(plan, to);
    if (!n) {
        g_string_append(to, "Deliveries wait for no setting that could be changed.\n");
        return;
    }
    guint n_ranked = plan->binding->ranked->len;
    g_autofree char *which = n_ranked > n ? g_strdup_printf("of %u such changes the %u that did most in run %u",
                                                            n_ranked, n, plan->binding->simulation->replication)
                                          : g_strdup("all such changes");
    g_string_append_printf(to,
                           "(Tried over as many replications as a verdict takes, under the same luck: %s.\nTheir "
                           "verdicts are right together with 95 %% confidence.)\n",
                           which);
}

static void append_failure(const struct plan *plan, GString *to)
{
    const struct plan_try *its = try_of(plan, plan->closest);
    g_autofree char *share = share_words(plan, its), *margin = margin_words(plan, its);
    g_autofree char *where = g_strdup("There");
    struct undecided these = undecided_of(plan);

    if (these.tried->len) {
        g_string_append_printf(to, "Not shown: no setting is shown to meet it, but of %u it is too near to say:\n",
                               these.tried->len + these.n_between);
        append_undecided(plan, to, &these, "  ");
    } else {
        guint n_tried = plan->search.tried->len, n_others = plan->search.n - n_tried;

        if (n_others)
            g_string_append_printf(to, "Nothing of the %u tried meets it, nor do the %u others if more never hurts.\n",
                                   n_tried, n_others);
        else
            g_string_append(to, "Nothing meets it. ");
        g_string_append_printf(to, "%s came closest: ", label_of(plan, plan->closest));
        if (plan->chance)
            g_string_append_printf(to, "met in %s, where %g %% are asked for; in the mean %s\n", share,
                                   100 * plan->demand.probability, margin);
        else
            g_string_append_printf(to, "%s\n", margin);
    }
    g_array_unref(these.tried);
    if (!plan->binding)
        return;
    if (plan->chance) {
        g_free(where);
        where = g_strdup_printf("With %s in run %u, in the middle of those that miss it", label_of(plan, plan->closest),
                                plan->binding->simulation->replication);
    }
    g_autofree char *waits = plan_binding_waits(plan->binding, where);
    g_string_append(to, waits);
    if (plan->chance) {
        append_changes(plan, to);
    } else {
        g_autofree char *trials = plan_binding_trials(plan->binding);
        g_string_append(to, trials);
    }
}

/* ---- the evidence ---- */

static guint most_runs_of_any(const struct plan *plan)
{
    guint most = 0;

    for (guint k = 0; k < plan->search.tried->len; k++)
        most = MAX(most, plan_n_runs(plan, try_of(plan, g_array_index(plan->search.tried, guint, k))));
    return most;
}

static guint n_taken_for(const struct plan *plan, enum plan_verdict verdict)
{
    guint n = 0;

    for (guint i = 0; i < plan->search.found; i++)
        n += plan->search.verdicts[i] == PLAN_UNTRIED && plan_search_taken_for(&plan->search, i) == verdict;
    return n;
}

static void append_evidence(const struct plan *plan, GString *to)
{
    const struct plan_search *s = &plan->search;
    guint n = s->tried->len, n_missed = n_taken_for(plan, PLAN_MISSES), n_near = n_taken_for(plan, PLAN_UNDECIDED);

    if (n < s->n)
        g_string_append_printf(to, "Tried %u of %u settings", n, s->n);
    else
        g_string_append_printf(to, s->n > 1 ? "Tried all %u settings" : "Tried the one setting", s->n);
    if (plan->chance)
        g_string_append_printf(
            to,
            ", with up to %u runs each, under the same luck; all verdicts are right together\nwith 95 %% confidence",
            most_runs_of_any(plan));
    g_string_append(to, ".\n");
    if (!s->monotone)
        g_string_append(to, n < s->n ? "More does not always help here: all that is cheaper was tried.\n"
                                     : "More does not always help here.\n");
    else if (n_missed && s->found < s->n)
        g_string_append(to,
                        "More never hurt among those tried, the neighbours of the answer with them; so what is cheaper "
                        "and was\nnot tried is taken to miss it, as something with no less of anything did.\n");
    else if (n_missed)
        g_string_append_printf(to,
                               "More never hurt among those tried; so %u others are taken to miss it too, as something "
                               "with no less of\nanything did.\n",
                               n_missed);
    if (s->monotone && n_near)
        g_string_append_printf(to, "%u that lie between such as are too near to say are taken to be so too.\n", n_near);
}

/* ---- summary.json ---- */

static const char *const verdict_names[] = {"untried", "meets", "misses", "undecided"};

static cJSON *json_of_try(const struct plan *plan, const struct plan_try *its)
{
    cJSON *one = cJSON_CreateObject();

    cJSON_AddStringToObject(one, "label", study_point(plan->command.study, (guint)its->study_point)->label);
    cJSON_AddNumberToObject(one, "runs", plan_n_runs(plan, its));
    study_add_number(one, "share", its->share.estimate);
    study_add_number(one, "share_low", its->share.low);
    study_add_number(one, "share_high", its->share.high);
    study_add_number(one, "margin_mean_s", plan_mean_margin_s(plan, its));
    cJSON_AddNumberToObject(one, "runs_not_there", plan_n_not_there(plan, its));
    study_add_number(one, "on_time_mean", plan_mean_on_time(plan, its));
    cJSON_AddStringToObject(one, "verdict", verdict_names[its->verdict]);
    return one;
}

static void add_runs_to_tell(cJSON *one, const struct plan_demand *demand, const struct plan_try *its)
{
    if (its->verdict == PLAN_UNDECIDED)
        study_add_number(one, "runs_to_tell", plan_runs_to_tell(demand, its->share.estimate));
}

static cJSON *summary_of(const struct plan *plan)
{
    cJSON *root = study_command_summary(&plan->command), *object = cJSON_AddObjectToObject(root, "plan");
    const struct plan_search *s = &plan->search;
    struct undecided these = undecided_of(plan);

    cJSON_AddStringToObject(object, "objective", plan->objective);
    cJSON_AddNumberToObject(object, "probability", plan->demand.probability);
    if (s->found < s->n)
        cJSON_AddStringToObject(object, "answer", label_of(plan, s->found));
    else
        cJSON_AddNullToObject(object, "answer");
    cJSON_AddBoolToObject(object, "monotone", s->monotone);
    cJSON_AddNumberToObject(object, "candidates", s->n);
    cJSON *list = cJSON_AddArrayToObject(object, "tried");
    for (guint k = 0; k < plan->points->len; k++) {
        guint i = g_array_index(plan->points, guint, k);

        if (try_of(plan, i)->study_point != (gint)k || s->verdicts[i] == PLAN_UNTRIED)
            continue;
        cJSON *one = json_of_try(plan, try_of(plan, i));
        study_add_number(one, "cost", plan_candidate(plan, i)->cost);
        add_runs_to_tell(one, &plan->demand, try_of(plan, i));
        cJSON_AddItemToArray(list, one);
    }
    cJSON_AddStringToObject(object, "outcome",
                            s->found < s->n        ? "found"
                            : these.tried->len     ? "not shown"
                            : s->tried->len < s->n ? "nothing tried meets it"
                                                   : "nothing meets it");
    cJSON_AddNumberToObject(object, "may_be_enough", these.tried->len + these.n_between);
    if (s->found == s->n)
        cJSON_AddStringToObject(object, "closest", label_of(plan, plan->closest));
    list = plan->changes ? cJSON_AddArrayToObject(object, "changes") : NULL;
    for (guint k = 0; list && k < plan->changes->len; k++) {
        const struct plan_change *change = &g_array_index(plan->changes, struct plan_change, k);
        cJSON *one = json_of_try(plan, &change->its);

        cJSON_AddStringToObject(one, "setting", change->trial->setting);
        cJSON_AddStringToObject(one, "was", change->trial->was);
        cJSON_AddStringToObject(one, "with", change->trial->with);
        add_runs_to_tell(one, &plan->change_demand, &change->its);
        cJSON_AddBoolToObject(one, "helps", change_does_something(plan, change));
        cJSON_AddItemToArray(list, one);
    }
    g_array_unref(these.tried);
    return root;
}

int plan_tell(struct plan *plan)
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
    for (guint k = 0; k < plan->points->len; k++)
        g_array_append_val(points, plan_candidate(plan, g_array_index(plan->points, guint, k))->design_point);
    design_choose(c->design, (const guint *)(const void *)points->data, points->len);
    int code = study_command_finish(c, summary);
    if (code != EXIT_CODE_FINE)
        return code;
    if (!c->quiet) {
        printf("%s: %s", study_point(c->study, 0)->scenario->name, plan->objective);
        if (plan->chance)
            printf(", with probability %g %%", 100 * plan->demand.probability);
        printf("\n\n%s\n%s", answer->str, shown);
        if (strlen(shown) < strlen(all))
            puts("(of those tried the nearest; plan.md has all)");
        printf("\nResults: %s\n", c->out);
    }
    return found ? EXIT_CODE_FINE : EXIT_CODE_MISSED;
}
