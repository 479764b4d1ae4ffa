/* Reads scenarios, driven by the field tables of models/. All mistakes are collected in one go.
 *
 * A value comes from the last of these layers that has one: the table's default, "defaults" for the component,
 * "defaults" for the type of site, the entity itself, --set. */
#ifndef SIM_APP_SCENARIO_READER_H
#define SIM_APP_SCENARIO_READER_H

#include "models/scenario.h"
#include "sim/app/mistakes.h"

/* All ranges together may not make more entities than this. */
#define SCENARIO_MAX_ENTITIES 1000000

/* A setting whose default is of GRADE_ASSUMED, and how many entities left it at that. */
struct assumption {
    char *name;           /* "sender.window" */
    const char *standard; /* the default, for people: "1 MiB" */
    const struct param_field *field;
    uint32_t count;
};

struct assumptions {
    GArray *list; /* struct assumption, in the order of the tables; only those with a count above 0 */
};

struct assumptions *assumptions_new(void);
void assumptions_free(struct assumptions *assumptions);

/* Reads the file at `path` ("-": standard input) and checks it as a whole. `sets` is a NULL-terminated list of
 * "PATH=VALUE" (NULL: none). Returns NULL exactly when something was added to `mistakes`. `assumptions` may be NULL.
 * In what it returns every reference is resolved, every list exists, every selection that was given has its members. */
struct scenario *scenario_read(const char *path, const char *const *sets, struct mistakes *mistakes,
                               struct assumptions *assumptions);

/* The same, from memory; `name` stands for the file in mistakes. */
struct scenario *scenario_read_text(const char *name, const char *text, size_t length, const char *const *sets,
                                    struct mistakes *mistakes, struct assumptions *assumptions);

#endif
