/* Reads scenarios, driven by the field tables of models/. All mistakes are collected in one go.
 *
 * A value comes from the last of these layers that has one: the table's default, "defaults" for the component,
 * "defaults" for the type of site, the entity itself, --set. */
#ifndef SIM_APP_SCENARIO_READER_H
#define SIM_APP_SCENARIO_READER_H

#include "models/scenario.h"
#include "sim/app/read/mistakes.h"

/* All ranges together may not make more entities than this. */
#define SCENARIO_MAX_ENTITIES 1000000

/* In any object, a list of those of its settings that are assumed, as defaults that nobody gave are: an answer that
 * rests on them says so. The effective scenario has it. */
#define READER_ASSUMED "assumed"

/* Reads the file at `path` ("-": standard input) and checks it as a whole. `sets` is a NULL-terminated list of
 * "PATH=VALUE" (NULL: none). Returns NULL exactly when something was added to `mistakes`; what is sound but
 * not what the vendor advises is added to `warnings` (NULL: not wanted). In what it returns every reference is
 * resolved, every list exists, every selection that was given has its members. */
struct scenario *scenario_read(const char *path, const char *const *sets, struct mistakes *mistakes,
                               struct mistakes *warnings);

/* The same, from memory; `name` stands for the file in mistakes. */
struct scenario *scenario_read_text(const char *name, const char *text, size_t length, const char *const *sets,
                                    struct mistakes *mistakes, struct mistakes *warnings);

/* Two of the settings that give an entity the same value: the later one wins. */
struct set_overlap {
    guint first, second; /* in the list, first < second */
    bool whole;          /* nothing is left of the first */
    char *setting;       /* one that both give: "sites.PS1.sender.retries" */
};
/* All of them, of "PATH=VALUE" as for scenario_read(): GArray of struct set_overlap, which frees its texts. Empty where
 * the scenario cannot be read with them, which reading it says. */
GArray *scenario_overlaps(const char *path, const char *const *sets);

/* The field that the path of a --set is of, whatever entities there are; NULL: there is no such setting. */
const struct param_field *scenario_setting(const char *path);

#endif
