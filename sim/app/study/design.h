/* Design points of a study from what the user varies: "PATH=V1,V2,V3", where PATH is a setting as in --set. */
#ifndef APP_STUDY_DESIGN_H
#define APP_STUDY_DESIGN_H

#include <glib.h>
#include <stdbool.h>

/* One setting and the values that it takes. */
struct axis {
    char *path, *short_path; /* the fewest last words of the path that tell it from the others */
    char **values;
};

struct design {
    GArray *axes;   /* struct axis */
    GArray *levels; /* guint: of each point, one per axis */
    guint n_points;
};

/* varies: texts as above, NULL-terminated. together: point i takes the i-th value of each, which must have equally
 * many; else every combination, the last one changing fastest. NULL: a sentence to be freed. */
struct design *design_new(const char *const *varies, bool together, char **why);
void design_free(struct design *design);

guint design_level(const struct design *design, guint point, guint axis);
/* Settings of a point, as for --set, behind those of base (may be NULL); to be freed. */
char **design_sets(const struct design *design, guint point, const char *const *base);
/* "sites.*.sender.max_concurrent_per_site=3, seed=2", and in short "max_concurrent_per_site=3, seed=2"; to be freed. */
char *design_label(const struct design *design, guint point);
char *design_short_label(const struct design *design, guint point);

#endif
