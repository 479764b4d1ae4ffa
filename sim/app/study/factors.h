/* The settings that a screening varies, each over a range that is 0 to 1 to the screening. */
#ifndef APP_STUDY_FACTORS_H
#define APP_STUDY_FACTORS_H

#include "models/scenario.h"

struct factor {
    char *path; /* "sites.*.sender.window" */
    const struct param_field *field;
    GArray *members; /* struct factor_member: the settings behind it */
    char *is;        /* "3", "4 Mbit/s to 500 Mbit/s"; NULL: nobody has looked, or found it */
    char *range;     /* "1 to 6", "half to double" */
};

struct factor_member {
    char *path; /* as for --set */
    double is, low, high;
};

/* Of all entities together, the numeric settings that did something in a run of the scenario and can be halved and
 * doubled: from half to double of what each is, counts by one at least, within their tables' ranges. Those drawn from a
 * distribution are left alone. GPtrArray of struct factor *, in the order of the tables. NULL: chance has made too much
 * of the run. */
GPtrArray *factors_in_use(const struct scenario *scenario);
/* "PATH=LOW..HIGH". NULL: a sentence to be freed. */
struct factor *factor_new(const char *text, char **why);
/* Finds what the setting is in the scenario, read from the file with these sets: one that is drawn "by chance". Says
 * nothing where that cannot be told. */
void factor_look(struct factor *factor, const char *file, const char *const *sets, const struct scenario *scenario);
void factor_free(struct factor *factor);

/* Appends the settings at x, as for --set: char *, to be freed. */
void factor_set(const struct factor *factor, double x, GPtrArray *sets);
/* Where in their ranges these settings are, 0 to 1: whole numbers are only near x, and of several settings it is the
 * mean. */
double factor_position(const struct factor *factor, double x);
/* "2 MiB", "x 1.5"; to be freed. */
char *factor_value(const struct factor *factor, double x);

#endif
