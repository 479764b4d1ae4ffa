/* Settings as data. One table per component gives each setting its name, kind, unit, range, default and sentence;
 * reading, checking, changing on the command line, the JSON Schema, the printed reference and the echo of a scenario
 * all come from these tables. A setting is written once. */
#ifndef MODELS_PARAMS_H
#define MODELS_PARAMS_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

/* The kind says how a value is written in a scenario, and what stands at the field's offset. */
enum param_kind {
    PARAM_COUNT,     /* whole number, bare                                    uint32_t */
    PARAM_NUMBER,    /* number, bare                                          double */
    PARAM_PERCENT,   /* "60 %"                                                double, 60 */
    PARAM_DURATION,  /* "30 min"; units ns us ms s min h d                    double, s */
    PARAM_RATE,      /* "100 Mbit/s", "20 MB/s", "unlimited"                  double, bytes/s */
    PARAM_SIZE,      /* "204864 KiB", "12 GB"                                 double, bytes, whole */
    PARAM_DATE_TIME, /* "2016-05-16T10:30:00", fractions of a second allowed  double, s since 1970-01-01T00:00 of that
                        clock */
    PARAM_TIME,   /* a moment of the run: duration since the start ("90 min"), next time of day ("02:00"), or date and
                     time; on the clock of the top site                    double, s since the start */
    PARAM_CLOCK,  /* time of day, "00:00" to "24:00"                       double, s since midnight */
    PARAM_DAYS,   /* "mon-fri", "sat, sun", "all"                          uint8_t, bit 0 is Monday */
    PARAM_EVERY,  /* "7 d", "second tuesday of the month at 18:00"         struct recurrence */
    PARAM_BOOL,   /* true or false                                         bool */
    PARAM_CHOICE, /* one of a few words                                    uint32_t, index into choices */
    PARAM_TEXT,   /* free text                                             char *, owned */
    PARAM_NAME,   /* what others refer to it by; may carry ranges, {01..40}, {A..F} char *, owned */
    PARAM_REFERENCE, /* name of another entity                                int32_t, index into its list; -1: none */
    PARAM_SELECTION, /* one pattern or a list of them, with *                 struct selection */
    PARAM_OBJECT,    /* a component of its own, { ... }                       struct of table->size, embedded */
    PARAM_LIST,      /* [ { ... }, ... ]                                      GArray * of structs of table->size */
    PARAM_MAP, /* { "name": [ ... ], ... }: a list per name             GArray * of structs of table->size; the name
                  is the table's PARAM_NAME field, the list its only PARAM_LIST field */
};

/* How sure the default is. */
enum param_grade {
    GRADE_CHOSEN,     /* no default, or one that is a matter of taste */
    GRADE_DOCUMENTED, /* by the vendor */
    GRADE_REPORTED,   /* by administrators, or seen in one real log */
    GRADE_INFERRED,   /* computed from published logs */
    GRADE_ASSUMED,    /* nobody has published it: an answer that rests on it says so */
};

enum param_flag {
    PARAM_REQUIRED = 1,   /* must be given; standard is NULL */
    PARAM_OPTIONAL = 2,   /* may be absent and then says nothing (NULL, -1, empty, NaN); standard is NULL */
    PARAM_INHERITS = 4,   /* as PARAM_OPTIONAL; the sentence says what holds then */
    PARAM_UNLIMITED = 8,  /* "unlimited" may stand for a rate: INFINITY */
    PARAM_POSITIVE = 16,  /* must be above min, not just at it */
    PARAM_WORKLOADS = 32, /* a selection of packages may name workloads, "workload:NAME": all of their packages */
    PARAM_CERTAIN = 64,   /* no distribution may stand for it */
};

/* What a reference or selection names. */
enum param_target {
    TARGET_NONE,
    TARGET_CALENDAR,
    TARGET_LOCATION,
    TARGET_SITE,
    TARGET_DP,
    TARGET_GROUP,
    TARGET_PACKAGE,
    TARGET_WORKLOAD
};

/* "site": for people. */
const char *param_target_word(enum param_target target);

struct param_field {
    const char *name;
    enum param_kind kind;
    size_t offset;
    const char *standard; /* the default, as it would be written in a scenario (a bare number or word without quotes) */
    double min, max;      /* both allowed, in the unit of the kind; 0, 0: any that the kind can hold */
    unsigned flags;
    enum param_grade grade;
    const char *sentence;
    const char *console; /* the console's name for it, NULL: has none */
    const char *cmdlet;  /* cmdlet and parameter, NULL: has none */
    const char *const
        *choices;           /* PARAM_CHOICE: words, NULL-terminated; "medium|normal" accepts both, prints the first */
    const char *form;       /* PARAM_TEXT, PARAM_NAME: a regular expression for the whole of it (of a name: of each that
                               its ranges stand for) of what PCRE and ECMAScript share; NULL: any text */
    const char *form_words; /* what a text of another form is: "no site code: three of ..." */
    enum param_target target;        /* PARAM_REFERENCE, PARAM_SELECTION */
    const struct param_table *table; /* PARAM_OBJECT, PARAM_LIST, PARAM_MAP */
};

struct param_table {
    const char *name; /* of the component: "sender" */
    const char *sentence;
    size_t size;                      /* of the struct that the offsets are in */
    const struct param_field *fields; /* ends with a field without name */
};

/* A selection as written, and what it selects. For distribution points a pattern may also be "group:NAME" or
 * "site:CODE", both with *. */
struct selection {
    GPtrArray *patterns; /* char *, owned; NULL when absent */
    GArray *members;     /* uint32_t, ascending, none twice: all that it ever selects; NULL until resolved */
    /* Of a selection that names groups, and of a group: who is in them may change (C4). */
    GArray *groups; /* uint32_t: the groups that it names; NULL: none */
    GArray *direct; /* uint32_t: what it names besides them; NULL: members says it */
};

/* Frees what the fields of the struct at `of` own; not the struct itself, and its pointers are left as they are. */
void param_clear(const struct param_table *table, void *of);

#endif
