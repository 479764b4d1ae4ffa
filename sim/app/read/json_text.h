/* A JSON text and the tree that cJSON makes of it. cJSON forgives much and keeps no positions, so the text is scanned
 * strictly (RFC 8259) before, and walked again when a position is wanted. */
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
    cJSON *root;
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
 * that stands twice in an object is a mistake, too, but the text is returned: cJSON's tree has both. */
struct json_text *json_text_read(const char *path, struct mistakes *mistakes);
/* The same, from memory. */
struct json_text *json_text_new(const char *name, const char *bytes, size_t length, struct mistakes *mistakes);
void json_text_free(struct json_text *text);

/* One JSON value, strictly; NULL if it is none. To be freed with cJSON_Delete(). */
cJSON *json_value(const char *bytes, size_t length);

/* Fills in the places of values. `places` maps cJSON * of the tree to struct json_place *. One walk, however many. */
void json_text_locate(const struct json_text *text, GHashTable *places);

/* Adds a mistake about `length` bytes at byte `at` of the text, with line, column and excerpt. path may be NULL. */
void json_text_mistake(const struct json_text *text, size_t at, size_t length, const char *path, const char *sentence,
                       struct mistakes *mistakes);

#endif
