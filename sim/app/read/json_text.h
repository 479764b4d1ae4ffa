/* A JSON text and its tree. cJSON's own parser forgives much, keeps no positions, and allocates every key and value by
 * itself: the text is scanned strictly (RFC 8259) here, in one pass that makes the tree of a few large blocks of
 * memory. What it is made of is cJSON's struct, for all functions of cJSON that read. */
#ifndef SIM_APP_JSON_TEXT_H
#define SIM_APP_JSON_TEXT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

#include "sim/app/read/mistakes.h"

#define JSON_MAX_BYTES ((size_t)2 << 30)
#define JSON_MAX_DEPTH 64
#define JSON_MAX_NUMBER 60 /* characters */

struct json_text {
    char *name;  /* as it stands in mistakes */
    char *bytes; /* UTF-8 without byte order mark, ends with a NUL */
    size_t length;
    const cJSON *root;           /* its strings and children are the text's */
    struct block *nodes, *texts; /* the memory of the tree */
};

/* Where a value stands, in bytes from the start of the text. An object or array counts with its opening bracket only.
 */
struct json_place {
    size_t key_at, key_length; /* with its quotes; length 0: has no key */
    size_t value_at, value_length;
};

/* What messages call a path: "-" is "<stdin>". */
const char *json_text_name(const char *path);

/* Reads a file; "-" is standard input. NULL, and a mistake, if it cannot be read, is no UTF-8 text or no JSON. A key
 * that stands twice in an object is a mistake, too, but the text is returned: its tree has both. */
struct json_text *json_text_read(const char *path, struct mistakes *mistakes);
/* The same, from memory. */
struct json_text *json_text_new(const char *name, const char *bytes, size_t length, struct mistakes *mistakes);
void json_text_free(struct json_text *text);

/* One JSON value, strictly; NULL if it is none. To be freed with cJSON_Delete(). */
cJSON *json_value(const char *bytes, size_t length);

/* Where a value of the text's tree stands. */
struct json_place json_text_place(const struct json_text *text, const cJSON *value);

/* Adds a mistake about `length` bytes at byte `at` of the text, with line, column and excerpt. path may be NULL. */
void json_text_mistake(const struct json_text *text, size_t at, size_t length, const char *path, const char *sentence,
                       struct mistakes *mistakes);

#endif
