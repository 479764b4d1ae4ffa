/* Tables as text (RFC 4180): the first line names the columns, quotes hold commas, quotes and line ends. */
#ifndef SIM_APP_CSV_H
#define SIM_APP_CSV_H

#include <glib.h>

struct csv {
    GPtrArray *columns; /* char *, owned */
    GPtrArray *rows;    /* GPtrArray * of char *, as many as columns; blank lines are passed over */
};

/* NULL, and a sentence to be freed, if it cannot be read or a row is not as long as the first. */
struct csv *csv_read(const char *path, char **why);
struct csv *csv_parse(const char *text, gsize length, char **why);
void csv_free(struct csv *csv);
/* The column of this name; -1: there is none. */
int csv_column(const struct csv *csv, const char *name);
const char *csv_cell(const struct csv *csv, guint row, int column);

#endif
