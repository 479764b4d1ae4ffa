/* Comparisons as a table for people, which can be pasted as Markdown: a heading for each metric, the variants below. */
#ifndef APP_STUDY_COMPARISON_TABLE_H
#define APP_STUDY_COMPARISON_TABLE_H

#include "sim/app/study/comparison.h"
#include "sim/app/study/design.h"

/* Of the metrics for which shown[metric] is set; design: of --vary, or NULL. To be freed. */
char *comparison_table(const struct study *study, const struct design *design, guint baseline,
                       const GArray *comparisons, const bool *shown);

/* What a planner asks first: by metric, to be freed. wanted: texts of metrics that are shown in any case, may be NULL.
 * Nothing is worth a line that is 0 in every run, or deliveries that all came. */
bool *comparison_worth_showing(const struct study *study, const char *const *wanted);

#endif
