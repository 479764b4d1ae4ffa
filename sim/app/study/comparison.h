/* The points of a study against one of them, metric by metric, under the same luck. */
#ifndef APP_STUDY_COMPARISON_H
#define APP_STUDY_COMPARISON_H

#include "sim/app/study/study.h"
#include "sim/engine/output_analysis.h"

enum verdict { VERDICT_BETTER, VERDICT_WORSE, VERDICT_ALIKE, VERDICT_UNDECIDED, N_VERDICTS };
extern const char *const verdict_words[N_VERDICTS];

/* A variant against the baseline, in one metric. */
struct comparison {
    guint metric, variant;
    struct sim_interval difference; /* of the means: variant less baseline */
    struct sim_interval relative;   /* to the size of the baseline's mean; 0.1: 10 % more */
    double p_value;                 /* adjusted (Holm) for the number of variants; NaN: nothing was left to chance */
    enum verdict verdict;
};

/* struct comparison: of each metric all points but the baseline. tolerance: of the baseline; what is less does not
 * matter. */
GArray *comparisons_new(const struct study *study, guint baseline, double tolerance);

/* "-3.5 % (-4.1 to -2.9)"; to be freed. */
char *comparison_percent(const struct comparison *comparison);

static inline const struct comparison *comparison_at(const GArray *comparisons, guint i)
{
    return &g_array_index(comparisons, struct comparison, i);
}

#endif
