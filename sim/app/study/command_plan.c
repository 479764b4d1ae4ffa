/* distsim plan: the cheapest settings that meet an objective, and how sure that is. */
#include "sim/app/study/plan_parts.h"

/* Without chance so many are all tried, a run of each: that is exact, whether more hurts or not. */
enum { MOST_ALL_TRIED = 64 };

static bool judge(void *ctx, const guint *candidates, guint n, enum plan_verdict *verdicts)
{
    struct plan *plan = ctx;
    g_autofree struct plan_try **tries = g_new(struct plan_try *, n);

    plan->code = EXIT_CODE_FINE;
    for (guint k = 0; k < n && plan->code == EXIT_CODE_FINE; k++) {
        plan->code = plan_add_candidate(plan, candidates[k]);
        tries[k] = &plan_candidate(plan, candidates[k])->its;
    }
    if (plan->code == EXIT_CODE_FINE)
        plan->code = plan_try_all(plan, &plan->demand, tries, n);
    for (guint k = 0; k < n && plan->code == EXIT_CODE_FINE; k++)
        verdicts[candidates[k]] = tries[k]->verdict;
    return plan->code == EXIT_CODE_FINE;
}

static bool better(void *ctx, guint a, guint b)
{
    return plan_is_better(ctx, &plan_candidate(ctx, a)->its, &plan_candidate(ctx, b)->its);
}

static int begin(struct plan *plan)
{
    struct study_command *c = &plan->command;
    const struct design_request request = {.varies = (const char *const *)c->varies, .together = c->together};
    g_autofree char *why = NULL;
    g_autofree char *met = g_strconcat("met:", plan->objective, NULL),
                    *margin = g_strconcat("margin:", plan->objective, NULL),
                    *on_time = g_strconcat("on_time:", plan->objective, NULL);
    g_autoptr(GPtrArray) metrics = g_ptr_array_new();
    int code = EXIT_CODE_FINE;

    c->design = design_new(&request, &why);
    if (!c->design)
        return study_command_fail(c, EXIT_CODE_WRONG, "%s", why);
    g_auto(GStrv) sets = design_sets(c->design, 0, (const char *const *)c->sets);
    g_auto(GStrv) others = design_sets(c->design, c->design->n_points - 1, (const char *const *)c->sets);
    if ((code = study_command_check_sets(c, (const char *const *)sets, (const char *const *)others)) != EXIT_CODE_FINE)
        return code;
    if ((code = plan_make_candidates(plan)) != EXIT_CODE_FINE)
        return code;

    /* Both ends, which are tried anyway, show mistakes before anything is written. */
    study_command_new_study(c);
    plan->points = g_array_new(FALSE, FALSE, sizeof(guint));
    if ((code = plan_add_candidate(plan, 0)) != EXIT_CODE_FINE ||
        (code = plan_add_candidate(plan, plan->candidates->len - 1)) != EXIT_CODE_FINE)
        return code;
    g_ptr_array_add(metrics, met);
    g_ptr_array_add(metrics, margin);
    g_ptr_array_add(metrics, on_time);
    for (char **metric = c->metrics; metric && *metric; metric++)
        if (!g_ptr_array_find_with_equal_func(metrics, *metric, g_str_equal, NULL))
            g_ptr_array_add(metrics, *metric);
    g_ptr_array_add(metrics, NULL);
    if (!study_measure(c->study, (const char *const *)metrics->pdata, &why))
        return study_command_fail(c, EXIT_CODE_WRONG, "--meet: %s", why);
    plan->chance = study_has_chance(c->study);
    plan->demand.family = plan->candidates->len;
    plan->demand.most = (guint)c->replications;
    double least = plan_least_runs(&plan->demand);
    if (plan->chance && c->replications && c->replications < least)
        return study_command_fail(
            c, EXIT_CODE_WRONG, "--replications: %d runs cannot show a probability of %g %%%s; allow %g or more",
            c->replications, 100 * plan->demand.probability,
            plan->candidates->len > 1 ? " of any setting, so that all verdicts are right together" : "", least);
    gint most = c->replications;
    c->replications = 0; /* of each as many as its verdict takes */
    code = study_command_begin(c);
    c->replications = most;
    return code;
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
                              .tries_all = !plan->chance && plan->candidates->len <= MOST_ALL_TRIED,
                              .better = better,
                              .ctx = plan,
                              .verdicts = g_new0(enum plan_verdict, plan->candidates->len),
                              .tried = g_array_new(FALSE, FALSE, sizeof(guint))};
    if (!plan_search_go(s))
        return plan->code;
    if (s->found == s->n && (code = plan_look_for_changes(plan)) != EXIT_CODE_FINE)
        return code;
    return plan_tell(plan);
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
            "Up to 64 settings of a scenario without chance are all tried. Of more, or with chance, some are, by\n"
            "bisection, as if more never hurt; what was tried is checked for that, and where more does hurt, all\n"
            "that is cheaper is tried. Without --cost one setting costs its value, several the sum of how many\n"
            "times more than its least value each is. What costs less where it is more has a negative price.\n\n"
            "With chance a setting is run until its verdict is clear, --replications times at most: it meets the\n"
            "objective with the probability, it misses it, or it is too near to say. All verdicts are right\n"
            "together with 95 % confidence, however many of the settings are tried; the answer is the cheapest\n"
            "that is shown to meet it, and cheaper ones that may are named. What was not tried is judged as if\n"
            "more never hurt, which is checked, not proven.\n\n"
            "Exit codes: 0 found, 1 something failed, 2 wrong usage or scenario, 3 nothing is shown to meet it\n"
            "(that nothing does, or that it cannot be told yet: the first words say which, and \"outcome\" in\n"
            "summary.json), 130 interrupted: the same command goes on.\n",
        .own_options = own,
        .takes = STUDY_TOGETHER,
        .argc = argc,
        .argv = argv,
    };
    code = study_command_read(c);
    if (code == EXIT_CODE_FINE && c->files[1])
        code = study_command_fail(c, EXIT_CODE_WRONG, "give one scenario, and --find; distsim compare takes several");
    if (code == EXIT_CODE_FINE)
        code = plan_read_finds(&plan);
    if (code == EXIT_CODE_FINE)
        code = plan_read_meet(&plan);
    if (code == EXIT_CODE_FINE)
        code = go(&plan);
    plan_binding_free(plan.binding); /* of a scenario of the study */
    study_command_end(c);
    g_clear_pointer(&plan.candidates, g_array_unref);
    g_clear_pointer(&plan.points, g_array_unref);
    g_clear_pointer(&plan.changes, g_array_unref);
    g_clear_pointer(&plan.search.tried, g_array_unref);
    g_free(plan.search.verdicts);
    g_strfreev(plan.finds);
    g_strfreev(plan.costs);
    g_free(plan.meet);
    g_free(plan.objective);
    g_free(plan.prices);
    g_free(plan.ranks);
    return code;
}
