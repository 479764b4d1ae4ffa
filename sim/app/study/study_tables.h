/* The tables that every study writes:
 *
 * runs.csv, a row per run: point, label, a column per varied setting, replication, a column per metric.
 * estimates.csv, a row per point and metric: what its replications say. */
#ifndef APP_STUDY_STUDY_TABLES_H
#define APP_STUDY_STUDY_TABLES_H

#include <cjson/cJSON.h>

#include "sim/app/study/design.h"
#include "sim/app/study/study.h"

/* Into the directory. design: NULL, or that of the study's points. */
gboolean study_tables_write(const struct study *study, const struct design *design, const char *directory,
                            GError **error);

/* A number; null where it is not finite. */
void study_add_number(cJSON *object, const char *name, double number);

/* For people, a line per metric that could not be measured in every run, and why; to be freed. */
char *study_undefined(const struct study *study);

/* A table for people, in columns, that can be pasted as Markdown. cells: char *, owned, row by row, the heads first. A
 * row with nothing but its first cell is a heading, which no column is made wider for. */
char *study_markdown(GPtrArray *cells, guint n_columns);

#endif
