/* The cheapest of many candidates that is shown to meet a demand: of all, where all are tried; else with few tries, by
 * bisection, as if more of a setting never hurt, and checks whether that is so; where it is not, one after the other,
 * the cheapest first.
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
    bool tries_all;     /* unless the cheapest meets it */
    /* Gives n candidates their verdicts[candidate]. false: stop. */
    bool (*judge)(void *ctx, const guint *candidates, guint n, enum plan_verdict *verdicts);
    /* Whether a tried one clearly did better than another one, whatever their verdicts. */
    bool (*better)(void *ctx, guint candidate, guint than);
    void *ctx;

    enum plan_verdict *verdicts; /* n; all PLAN_UNTRIED at first */
    GArray *tried;               /* guint, in the order of the tries; empty at first */
    guint found;                 /* the cheapest of those that meet it; n: none */
    bool monotone;               /* nothing that was tried says that more hurts; else all cheaper ones were tried */
};

/* false: judge() said stop. */
bool plan_search_go(struct plan_search *search);
/* Its verdict, or what follows from those of others if more never hurts: PLAN_MISSES; PLAN_UNDECIDED, between two that
 * are; PLAN_UNTRIED: nothing. */
enum plan_verdict plan_search_taken_for(const struct plan_search *search, guint candidate);

#endif
