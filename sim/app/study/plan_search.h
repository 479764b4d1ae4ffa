/* The cheapest of many candidates that meets a demand, with few tries: bisection, as if more of a setting never hurt,
 * and checks whether that is so; else one after the other, the cheapest first.
 *
 * Candidates are in the order of their costs. Each has a rank on every axis, "how much of the setting": where one has
 * at least the ranks of another everywhere, it is taken to do at least as well. */
#ifndef APP_STUDY_PLAN_SEARCH_H
#define APP_STUDY_PLAN_SEARCH_H

#include <glib.h>
#include <stdbool.h>

enum plan_verdict {
    PLAN_UNTRIED,
    PLAN_MEETS,
    PLAN_MISSES,
    PLAN_UNDECIDED, /* too near to what is demanded to say: it is not taken */
};

struct plan_search {
    guint n, n_axes;
    const guint *ranks; /* n x n_axes */
    /* Gives a verdict that holds together with those of family - 1 others. false: stop. */
    bool (*judge)(void *ctx, guint candidate, guint family, enum plan_verdict *verdict);
    /* Whether a tried one clearly came closer than another one. */
    bool (*closer)(void *ctx, guint candidate, guint than);
    void *ctx;

    enum plan_verdict *verdicts; /* n; all PLAN_UNTRIED at first */
    guint found;                 /* n: none */
    bool monotone;               /* nothing that was tried says that more hurts */
    bool one_by_one;             /* all that are cheaper than the found one were tried, or all where none was found */
};

/* false: judge() said stop. */
bool plan_search_go(struct plan_search *search);

#endif
