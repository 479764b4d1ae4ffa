/* The cheapest of many candidates that is shown to meet a demand, with few tries: bisection, as if more of a setting
 * never hurt, and checks whether that is so; else one after the other, the cheapest first.
 *
 * Candidates are in the order of their costs. Each has a rank on every axis, "how much of the setting": where one has
 * at least the ranks of another everywhere, it is taken to do at least as well. So what has no more of anything than
 * one that misses is taken to miss; what has no more than one that is undecided is not shown to meet it, but it may:
 * which of those still do so is looked for as well. */
#ifndef APP_STUDY_PLAN_SEARCH_H
#define APP_STUDY_PLAN_SEARCH_H

#include <glib.h>
#include <stdbool.h>

#include "sim/app/study/plan_verdict.h"

struct plan_search {
    guint n, n_axes;
    const guint *ranks; /* n x n_axes */
    /* Gives a verdict. false: stop. */
    bool (*judge)(void *ctx, guint candidate, enum plan_verdict *verdict);
    /* Whether a tried one clearly came closer than another one. */
    bool (*closer)(void *ctx, guint candidate, guint than);
    void *ctx;

    enum plan_verdict *verdicts; /* n; all PLAN_UNTRIED at first */
    GArray *tried;               /* guint, in the order of the tries; empty at first */
    guint found;                 /* the cheapest of those that meet it; n: none */
    bool monotone;               /* nothing that was tried says that more hurts */
    bool one_by_one;             /* all that are cheaper than the found one were tried, or all where none was found */
};

/* false: judge() said stop. */
bool plan_search_go(struct plan_search *search);
/* Its verdict, or what follows from those of others if more never hurts: PLAN_MISSES; PLAN_UNDECIDED, between two that
 * are; PLAN_UNTRIED: nothing. */
enum plan_verdict plan_search_taken_for(const struct plan_search *search, guint candidate);

#endif
