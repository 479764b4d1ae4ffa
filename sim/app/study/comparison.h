/* The points of a study against one of them, metric by metric, under the same luck. */
#ifndef APP_STUDY_COMPARISON_H
#define APP_STUDY_COMPARISON_H

#include "sim/app/study/study.h"
#include "sim/engine/output_analysis.h"

/* NEAR: there is a difference, but whether it is as large as the tolerance cannot be told. UNDECIDED: nor whether there
 * is any. */
enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_ALIKE, VERDICT_NEAR, VERDICT_UNDECIDED, N_VERDICTS };
extern const char *const verdict_words[N_VERDICTS];

/* A variant against the baseline, in one metric. */
struct comparison {
    guint metric, variant;
    guint n;                        /* replications in which both have it */
    bool equal;                     /* in every replication */
    struct sim_interval difference; /* of the means: variant less baseline */
    struct sim_interval relative; /* to the distance of the baseline's mean from the metric's zero; 0.1: 10 % more. NaN
                                     of shares */
    double p_value;               /* of the true difference being on another side of the tolerance than the estimate
                                     (without tolerance: of there being none), adjusted (Holm) for the number of
                                     variants; NaN: nothing is left to chance, or all are equal */
    enum verdict verdict;         /* with all variants together right with STUDY_CONFIDENCE */
    bool not_worse;               /* than the tolerance allows: shown, likewise */
};

/* struct comparison: of each metric all points but the baseline. tolerance: what is less does not matter, as a share of
 * the baseline, of shares in points. Without chance there is one run each, and the differences are what they are; with
 * chance one run says nothing. */
GArray *comparisons_new(const struct study *study, guint baseline, double tolerance);

/* The words for the verdict; of single runs that say nothing: that there is none. */
const char *comparison_verdict(const struct comparison *comparison);
/* The same for a column of a table or picture. */
const char *comparison_short_verdict(const struct comparison *comparison);
/* " (5 pairs)" where not all replications made one, as a run of the variant or of the baseline has no value; else "".
 * To be freed. */
char *comparison_pairs(const struct comparison *comparison, const struct study *study);
/* "-41 min", "+32 points"; what is at most so much is 0; to be freed. */
char *comparison_difference(const struct comparison *comparison, const struct metric_type *type, double negligible);
/* "-3.5 % (-4.1 to -2.9)"; to be freed. */
char *comparison_percent(const struct comparison *comparison);
/* Of what a percentage says nothing of, the interval of the difference: "(+23.7 to +41.7 points)"; "" where there is
 * none; to be freed. */
char *comparison_bounds(const struct comparison *comparison, const struct metric_type *type);

static inline const struct comparison *comparison_at(const GArray *comparisons, guint i)
{
    return &g_array_index(comparisons, struct comparison, i);
}

#endif
