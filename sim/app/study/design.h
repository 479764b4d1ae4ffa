/* Design points of a study from what the user varies: "PATH=VALUES", where PATH is a setting as in --set, and VALUES is
 *
 *     1,3,5,10                             a list; or, where values have commas, a list in JSON: ["sat, sun", "all"]
 *     1..20                                a range, of counts: every whole number
 *     10 Mbit/s..100 Mbit/s step 10 Mbit/s a range of anything on a scale, in steps
 *     10 Mbit/s..100 Mbit/s                without: from where samples are taken */
#ifndef APP_STUDY_DESIGN_H
#define APP_STUDY_DESIGN_H

#include <glib.h>
#include <stdbool.h>

#include "models/params.h"

/* More points would be a mistake: of a factor, or of understanding. */
#define DESIGN_MOST_POINTS 100000

/* One setting and the values that it takes. */
struct axis {
    char *path, *short_path;         /* the fewest last words of the path that tell it from the others */
    const struct param_field *field; /* NULL: there is none, which the reader of the scenario says better */
    GPtrArray *values;               /* char * */
    GArray *numbers;                 /* double: the same on their scale; NaN: on none */
    double low, high;                /* of a range without steps; NaN: it is none */
    char *low_text, *high_text;
};

struct design {
    GArray *axes;   /* struct axis */
    GArray *levels; /* guint: of each point, one per axis */
    guint n_points;
};

struct design_request {
    const char *const *varies; /* texts as above, ends with NULL; NULL: nothing */
    bool together;             /* point i takes the i-th value of each, which must have equally many; else every
                                * combination, the last one changing fastest */
    guint n_samples;           /* not 0: so many points of the Sobol' sequence, without those that are alike */
};

/* NULL: a sentence to be freed. */
struct design *design_new(const struct design_request *request, char **why);
void design_free(struct design *design);
/* Leaves only these points, in this order. */
void design_choose(struct design *design, const guint *points, guint n);

guint design_level(const struct design *design, guint point, guint axis);
const char *design_value(const struct design *design, guint point, guint axis);
/* The value on its scale; NaN: it is on none. */
double design_number(const struct design *design, guint point, guint axis);
static inline const struct axis *design_axis(const struct design *design, guint axis)
{
    return &g_array_index(design->axes, struct axis, axis);
}
/* Settings of a point, as for --set, behind those of base (may be NULL); to be freed. */
char **design_sets(const struct design *design, guint point, const char *const *base);
/* The fewest last words of the i-th of these paths (const char *) that tell it from the others; to be freed. */
char *design_short_path(const GPtrArray *paths, guint i);
/* "max_concurrent_per_site=3, seed=2"; to be freed. */
char *design_short_label(const struct design *design, guint point);

#endif
