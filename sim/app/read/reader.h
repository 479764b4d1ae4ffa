/* What the parts of the scenario reader share. Only they include this. */
#ifndef SIM_APP_READER_H
#define SIM_APP_READER_H

#include <stdint.h>

#include "models/scenario.h"
#include "sim/app/read/json_text.h"
#include "sim/app/read/name_range.h"
#include "sim/app/read/scenario_reader.h"

/* What stands in place of a value that could not be read, so that the rules can pass over it; numbers are NaN. */
#define BAD_REFERENCE (-2)
#define BAD_CHOICE UINT32_MAX

#define READER_LISTS 16
#define READER_PATH 256        /* steps of a path: two for each pair of brackets, and more */
#define READER_CACHED 512      /* fields */
#define READER_OFFERED 4000000 /* names to look through for suggestions */
#define READER_FOUND 200       /* mistakes that are kept, to show the first MISTAKES_SHOWN in the order of the file */

/* One list of entities of the scenario, "sites", with what is known about each before it is read. */
struct entity_list {
    const struct param_field *field; /* of the scenario's table */
    const struct param_table *table;
    enum param_target target;
    const cJSON *node;      /* as written; NULL: absent */
    GPtrArray *nodes;       /* const cJSON *: of each entity; in a map its list */
    GArray *elements;       /* uint32_t: which element of the node that is */
    GArray *combinations;   /* uint32_t: of the ranges */
    GPtrArray *names;       /* char *, owned; NULL: has none */
    GPtrArray *wrong_names; /* those of them that cannot be */
    GHashTable *by_name;    /* borrowed name to index */
    GArray *entities;       /* the list in the scenario */
};

/* A component whose settings may stand in "defaults". */
struct defaults_kind {
    const char *name;
    const struct param_table *table;
    const char *type; /* only for entities whose "type" is this; NULL: for all */
};
/* Ends with one without name. */
extern const struct defaults_kind defaults_kinds[];

/* One --set. */
struct set {
    const char *text; /* PATH=VALUE */
    char *raw;        /* VALUE */
    cJSON *value;
    bool sound; /* false: a mistake was found in it */
    bool used;
    const char *refusal;                  /* why some that its pattern matches cannot have it; NULL: none was met */
    const struct defaults_kind *defaults; /* NULL: not of "defaults" */
    struct entity_list *list;             /* NULL: a setting of the scenario itself, or of defaults */
    char **words;                         /* of the path, split at its points */
    unsigned element_words;               /* how many of them, from the second, name the element; 0: not yet known */
    char *element;                        /* name, pattern or number of the element; NULL: not yet known */
    GPatternSpec *pattern;                /* of names */
    int64_t index;                        /* of the element; -1: by name */
    char **fields;                        /* path in the table */
};

/* A selection that waits until all entities are read. */
struct pending_selection {
    struct selection *selection;
    enum param_target target;
    bool workloads;   /* may be named too */
    GPtrArray *nodes; /* const cJSON * of each pattern; NULL: of the default */
    const struct set *set;
    char *path;
};

enum anchor { ANCHOR_VALUE, ANCHOR_KEY };

/* Which field of a table a key has named lately. */
struct cached_field {
    const struct param_table *table;
    const struct param_field *field;
};

/* A mistake before its line is known. */
struct found {
    const cJSON *node;
    enum anchor anchor;
    const struct set *set; /* not NULL: it is in a --set */
    char *path;
    char *sentence;
    const cJSON *first; /* not NULL: the sentence ends with the line of this */
};

/* A step of a path: a key, or an index. */
struct path_step {
    const char *key; /* NULL: the index; borrowed */
    size_t index;
};

struct reader {
    struct scenario *scenario;
    struct json_text *text;
    const cJSON *root, *defaults;
    struct entity_list lists[READER_LISTS];
    unsigned n_lists;
    GArray *sets;     /* struct set */
    GArray *found;    /* struct found */
    size_t n_found;   /* also those that are not kept */
    size_t n_offered; /* names among which suggestions were looked for */
    GHashTable *seen;
    GArray *pending;     /* struct pending_selection */
    GHashTable *chances; /* const cJSON * to struct chance *: distributions read so far, NULL: with a mistake */
    uint64_t n_entities;
    struct cached_field cached_fields[READER_CACHED];
    GHashTable *standards; /* const struct param_table * to a struct of the defaults of its fields */
    /* Where the reading is. */
    struct path_step path[READER_PATH];
    size_t path_from, path_to;        /* the steps in use */
    const struct set *set;            /* whose value is being read; NULL: the file's */
    const struct param_table *about;  /* of the entity */
    const struct name_ranges *ranges; /* of the entity's name; NULL: has none */
    uint64_t positions[NAME_RANGES_MAX];
};

/* ---- Mistakes (reader_mistake.c) ---- */

/* About a value or key that is being read, at the reader's path. */
void reader_mistake(struct reader *r, const cJSON *node, enum anchor anchor, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same at another path, or with ", first in line N" at its end. */
void reader_mistake_full(struct reader *r, const cJSON *node, enum anchor anchor, const struct set *set,
                         const char *path, const cJSON *first, const char *sentence);
/* About a field of an entity that has been read (NULL: about the entity), or about a field of the nested-th element of
 * that field (-1: about the field). */
void reader_mistake_at(struct reader *r, const struct entity_list *list, uint32_t i, const char *field, int64_t nested,
                       const char *nested_field, const char *format, ...) G_GNUC_PRINTF(7, 8);
/* Hands over what was found, in the order of the file. */
void reader_report(struct reader *r, struct mistakes *to);
/* Whether another suggestion, the best of n_names, is worth its time. */
bool reader_suggests(struct reader *r, size_t n_names);
const char *reader_node_word(const cJSON *node); /* "a number" */

/* Whether a name that nothing has may be meant for one that cannot be: that was said, and may settle this too. */
bool reader_means_wrong_name(const struct entity_list *list, const char *name);

/* Appends to the path, which keeps the key; what is returned takes it back. */
size_t reader_enter(struct reader *r, const char *key);
size_t reader_enter_index(struct reader *r, size_t index);
void reader_leave(struct reader *r, size_t mark);
/* "sites[3].sender", to be freed. */
char *reader_path(const struct reader *r);

/* ---- Values (reader_value.c) ---- */

const struct param_field *reader_find_field(const struct param_table *table, const char *name);
const struct param_field *reader_name_field(const struct param_table *table); /* NULL: has none */
/* Fills a struct with the defaults of its table; what is owned (texts, lists, selections) is NULL. */
void reader_standards(const struct param_table *table, void *base);
/* The same, made once for each table. */
const void *reader_standards_of(struct reader *r, const struct param_table *table);
/* Reads the members of an object over what is there. given[offset] becomes true for each field that was read. settings:
 * names and required fields may not stand there. */
void reader_fields(struct reader *r, const struct param_table *table, char *base, bool *given, const cJSON *node,
                   bool settings);
void reader_value(struct reader *r, const struct param_field *field, char *base, bool *given, const cJSON *node);
/* Says that a member is no field of the table, and what it may have been. */
void reader_unknown_key(struct reader *r, const struct param_table *table, const cJSON *member, bool settings);
/* "\"a_b\" or \"a_c\"": the settings that "a" may be short for, to be freed; NULL: none. */
char *reader_longer_names(const struct param_table *table, const char *key);
/* "sender has no setting \"retry\"; did you mean ...?", to be freed. */
char *reader_no_setting(const struct param_table *table, const char *key);
/* After the last layer: what is required is there, lists exist, selections have their default. The node is where a
 * mistake is shown. */
void reader_complete(struct reader *r, const struct param_table *table, char *base, const bool *given,
                     const cJSON *node);
/* Whether a text has the form that the field wants. */
bool reader_has_form(const struct param_field *field, const char *text);
/* Whether a table has settings whose defaults nobody has published. */
bool reader_may_assume(const struct param_table *table);
/* The "comment" of an object, if the member is one. */
bool reader_comment(struct reader *r, const cJSON *member);
struct entity_list *reader_list_of(struct reader *r, enum param_target target);
const struct entity_list *reader_list_of_table(const struct reader *r, const struct param_table *table);

/* The range of a field, also where its table gives none. above: min itself is outside. */
void reader_range(const struct param_field *field, double *min, double *max, bool *above);
/* What to write, for example. */
const char *reader_example(const struct param_field *field);
/* Whether a number is beyond what can be computed with; says so. */
bool reader_too_large(struct reader *r, const cJSON *node);
bool reader_within(const struct param_field *field, double value);
/* The same; says so if not. */
bool reader_in_range(struct reader *r, const struct param_field *f, double value, const char *shown, const cJSON *node);

/* ---- Distributions (reader_distribution.c) ---- */

/* Reads an object that stands for a duration, rate or size. */
void reader_distribution(struct reader *r, const struct param_field *f, double *at, const cJSON *node);
/* The path of a file that the scenario names, relative to the scenario's own; to be freed. */
char *reader_file_path(const struct reader *r, const char *file);

/* ---- --set (reader_set.c) ---- */

void reader_sets_parse(struct reader *r, const char *const *sets);
/* When the names of all entities are known. */
void reader_sets_match(struct reader *r);
bool reader_set_matches(const struct set *set, const struct entity_list *list, uint32_t i);
void reader_set_apply(struct reader *r, struct set *set, const struct param_table *table, char *base, bool *given);
void reader_sets_unused(struct reader *r);
void reader_sets_overlap(const struct reader *r, GArray *overlaps); /* struct set_overlap */
void reader_set_clear(gpointer set);

/* ---- Selections (reader_selection.c) ---- */

void reader_select(struct reader *r);

/* ---- Layers (scenario_reader.c) ---- */

/* The set, else the node, from which the entity itself has a field ("parent", "sender.retries"); NULL: from neither. */
const cJSON *reader_entity_source(const struct reader *r, const struct entity_list *list, uint32_t i, const char *field,
                                  const struct set **set);
/* The same of "defaults". */
const cJSON *reader_defaults_source(const struct reader *r, const struct entity_list *list, uint32_t i,
                                    const char *field, const struct set **set, char **path);

#endif
