/* What the parts of distsim plan share: what is asked, what was tried, and what is told of it. */
#ifndef APP_STUDY_PLAN_PARTS_H
#define APP_STUDY_PLAN_PARTS_H

#include "sim/app/study/plan_binding.h"
#include "sim/app/study/plan_search.h"
#include "sim/app/study/study_command.h"

/* Where they stand among what is measured. */
enum { PLAN_MET, PLAN_MARGIN, PLAN_ON_TIME };

/* A point of the study, and what its runs say about the objective. */
struct plan_try {
    gint study_point; /* -1: not tried */
    enum plan_verdict verdict;
    struct sim_interval share; /* of the runs that meet it, with the confidence of the verdict */
};

struct plan_candidate {
    guint design_point;
    double cost;
    struct plan_try its;
};

/* Something else that is changed where nothing meets it. */
struct plan_change {
    const struct trial *trial;
    struct plan_try its;
};

struct price {
    bool given;
    double each, per;
};

struct plan {
    struct study_command command;
    char **finds, **costs, *meet;
    char *objective; /* the name, or as it is stated */
    struct plan_demand demand, change_demand;
    bool chance;
    struct price *prices; /* by axis */
    GArray *candidates;   /* struct plan_candidate; the cheapest first */
    guint *ranks;
    struct plan_search search;
    GArray *points; /* guint: the candidates, or those that were changed, in the order of the study's points */

    /* Where nothing is shown to meet it. */
    guint closest;                /* candidate */
    struct plan_binding *binding; /* of one of its replications */
    GArray *changes;              /* struct plan_change: with chance, those tried over replications; the best first */
    int code;                     /* of what went wrong while searching */
};

static inline struct plan_candidate *plan_candidate(const struct plan *plan, guint i)
{
    return &g_array_index(plan->candidates, struct plan_candidate, i);
}

/* ---- plan_asked.c; each returns an exit code ---- */

/* "PATH in VALUES": what is varied. */
int plan_read_finds(struct plan *plan);
/* "OBJECTIVE with probability 95 %" */
int plan_read_meet(struct plan *plan);
/* Prices, and the candidates in the order of their costs. */
int plan_make_candidates(struct plan *plan);

/* ---- plan_tries.c ---- */

/* Adds the candidate to the study, unless it is there. */
int plan_add_candidate(struct plan *plan, guint i);
/* Looks for verdicts, of all that are given side by side. */
int plan_try_all(struct plan *plan, const struct plan_demand *demand, struct plan_try *const *tries, guint n);
/* Of runs that were not reached before the end, until then. */
double plan_mean_margin_s(const struct plan *plan, const struct plan_try *its);
double plan_mean_on_time(const struct plan *plan, const struct plan_try *its);
/* The runs that ended before the objective was reached: nobody knows how late it would be there. */
guint plan_n_not_there(const struct plan *plan, const struct plan_try *its);
guint plan_n_runs(const struct plan *plan, const struct plan_try *its);
/* Above 0: the first is nearer to meeting it than the other, as far as is estimated; below 0: the other is. */
int plan_compare_nearness(const struct plan *plan, const struct plan_try *a, const struct plan_try *b);
/* Whether a change is shown to be nearer, replication by replication, in those that both have, by what is worth
 * telling.
 */
bool plan_is_nearer(const struct plan *plan, const struct plan_try *a, const struct plan_try *b);
/* Whether of two candidates the first is shown to do better, by however little: to be met more often, or sooner; and
 * where neither is there at the end, to have more in time. */
bool plan_is_better(const struct plan *plan, const struct plan_try *a, const struct plan_try *b);
/* Where nothing is shown to meet it: what binds, and what other settings would do. */
int plan_look_for_changes(struct plan *plan);

/* ---- plan_told.c ---- */

/* Writes the results, and prints them. */
int plan_tell(struct plan *plan);

#endif
