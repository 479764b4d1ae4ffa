/* The result tables as files: transfers.csv, attempts.csv, deliveries.csv, events.csv, timeline.csv. results/README.md
 * documents every column. */
#ifndef APP_TABLES_H
#define APP_TABLES_H

#include "sim/app/report/collector.h"

struct tables_options {
    bool wall_clock; /* also write dates and times of day */
};

/* Writes all tables into the directory; FALSE and an error when one could not be written whole. */
gboolean tables_write(const struct collector *collector, const struct tables_options *options, const char *directory,
                      GError **error);

/* What stands in the column status_id: the product's number, or a word for what the product writes to its logs only. */
const char *tables_status_word(enum status_id id); /* NULL: has a number */

/* "CS1 sender", "CS1 package threads", ... */
char *tables_pool_name(const struct hierarchy_pool *pool);

#endif
