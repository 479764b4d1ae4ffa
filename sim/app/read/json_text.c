#include "sim/app/read/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/app/read/units.h"

#define LINE_CHARACTERS 120 /* longer source lines are cut */
#define CUT_BEFORE 40       /* characters kept before the place */

/* ---- Mistakes ---- */

static bool whole_file_mistake(struct mistakes *mistakes, const char *name, const char *sentence)
{
    mistakes_add(mistakes, name, 0, 0, NULL, sentence, NULL);
    return false;
}

/* ---- Scanning ---- */

enum scan_event {
    SCAN_END,
    SCAN_ERROR,  /* error, error_at, error_length say what and where */
    SCAN_SCALAR, /* string, number, true, false, null */
    SCAN_OPEN,
    SCAN_CLOSE,
};

/* An open object or array. */
struct scan_level {
    bool object;
    size_t at; /* of its bracket */
    size_t n;  /* values begun in it */
    size_t key_at, key_length;
};

/* One pass over a text, value by value, without recursion. */
struct scan {
    const char *bytes; /* ends with a NUL */
    size_t length, at;
    struct scan_level levels[JSON_MAX_DEPTH];
    size_t depth;
    bool begun;              /* the outermost value */
    struct json_place place; /* of the last value */
    char *error;
    size_t error_at, error_length;
};

static enum scan_event fail(struct scan *s, size_t at, size_t length, char *sentence)
{
    g_free(s->error);
    s->error = sentence;
    s->error_at = at;
    s->error_length = length;
    return SCAN_ERROR;
}

static size_t line_of(const char *bytes, size_t at)
{
    size_t line = 1;

    for (const char *p = bytes; (p = memchr(p, '\n', at - (size_t)(p - bytes))); p++)
        line++;
    return line;
}

/* The NUL behind the text is no space. */
static void skip_space(struct scan *s)
{
    const char *p = s->bytes + s->at;

    while (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t')
        p++;
    s->at = (size_t)(p - s->bytes);
}

static size_t word_length(const struct scan *s, size_t at)
{
    size_t n = 0;

    while (at + n < s->length && (g_ascii_isalnum(s->bytes[at + n]) || strchr("_$.+-", s->bytes[at + n])) &&
           s->bytes[at + n])
        n++;
    return n;
}

/* What stands where something else should: the rest of the word, or one character. */
static size_t thing_length(const struct scan *s, size_t at)
{
    size_t n = word_length(s, at);

    if (n || at >= s->length)
        return n;
    return (size_t)(g_utf8_next_char(s->bytes + at) - (s->bytes + at));
}

static int hex4(const char *p)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        if (!g_ascii_isxdigit(p[i]))
            return -1;
        value = value * 16 + g_ascii_xdigit_value(p[i]);
    }
    return value;
}

#define EACH_BYTE(value) (0x0101010101010101u * (value))

/* Whether one of eight bytes is a quote, a backslash or a control character; or perhaps, where there are others than
 * ASCII. */
static bool special_in(uint64_t bytes)
{
    uint64_t quote = bytes ^ EACH_BYTE('"'), backslash = bytes ^ EACH_BYTE('\\');
    uint64_t below = (quote - EACH_BYTE(1u)) | (backslash - EACH_BYTE(1u)) | (bytes - EACH_BYTE(0x20u));

    return (below | bytes) & EACH_BYTE(0x80u);
}

/* From its opening quote to behind its closing one. */
static bool scan_string(struct scan *s)
{
    size_t start = s->at++;

    for (;;) {
        for (uint64_t word; s->at + sizeof(word) <= s->length; s->at += sizeof(word)) {
            memcpy(&word, s->bytes + s->at, sizeof(word));
            if (special_in(word))
                break;
        }
        while ((unsigned char)s->bytes[s->at] >= 0x20 && s->bytes[s->at] != '"' && s->bytes[s->at] != '\\')
            s->at++;
        unsigned char c = (unsigned char)s->bytes[s->at];

        if (s->at >= s->length) {
            fail(s, start, 1, g_strdup("the file ends inside of this text: its closing \" is missing"));
            return false;
        }
        if (c == '"') {
            s->at++;
            return true;
        }
        if (c == '\n' || c == '\r') {
            fail(s, start, s->at - start, g_strdup("this text does not end on its line: its closing \" is missing"));
            return false;
        }
        if (c < 0x20) {
            fail(s, s->at, 1,
                 g_strdup_printf("control character in a text; write %s",
                                 c == '\t' ? "\\t" : "an escape such as \\u0009"));
            return false;
        }
        char escape = s->at + 1 < s->length ? s->bytes[s->at + 1] : '\0';
        if (escape && strchr("\"\\/bfnrt", escape)) {
            s->at += 2;
            continue;
        }
        if (escape != 'u') {
            fail(s, s->at, 2, g_strdup("no such escape; a backslash itself is written \\\\"));
            return false;
        }
        int code = s->at + 6 <= s->length ? hex4(s->bytes + s->at + 2) : -1;
        if (code < 0) {
            fail(s, s->at, 2, g_strdup("\\u needs four hexadecimal digits"));
            return false;
        }
        if (code == 0) {
            fail(s, s->at, 6, g_strdup("a text may not hold the character \\u0000"));
            return false;
        }
        if (code >= 0xd800 && code < 0xe000) {
            bool pair =
                code < 0xdc00 && s->at + 12 <= s->length && s->bytes[s->at + 6] == '\\' && s->bytes[s->at + 7] == 'u';
            int low = pair ? hex4(s->bytes + s->at + 8) : -1;
            if (low < 0xdc00 || low >= 0xe000) {
                fail(s, s->at, 6, g_strdup("half of a surrogate pair"));
                return false;
            }
            s->at += 6;
        }
        s->at += 6;
    }
}

static bool scan_number(struct scan *s)
{
    size_t start = s->at, at = start;
    const char *b = s->bytes; /* its NUL ends every loop here */
    size_t digits;

    if (b[at] == '-')
        at++;
    digits = at;
    while (g_ascii_isdigit(b[at]))
        at++;
    if (b[digits] == '0' && at > digits + 1) {
        fail(s, start, word_length(s, start), g_strdup("a number may not start with 0"));
        return false;
    }
    if (at == digits)
        goto wrong;
    if (b[at] == '.') {
        digits = ++at;
        while (g_ascii_isdigit(b[at]))
            at++;
        if (at == digits)
            goto wrong;
    }
    if (b[at] == 'e' || b[at] == 'E') {
        at++;
        if (b[at] == '+' || b[at] == '-')
            at++;
        digits = at;
        while (g_ascii_isdigit(b[at]))
            at++;
        if (at == digits)
            goto wrong;
    }
    if (word_length(s, at))
        goto wrong;
    if (at - start > JSON_MAX_NUMBER) {
        fail(s, start, at - start, g_strdup_printf("a number of more than %d characters", JSON_MAX_NUMBER));
        return false;
    }
    s->at = at;
    return true;
wrong:
    if (word_length(s, digits) && (g_ascii_isalpha(b[at]) || b[at] == '_') && at > start &&
        g_ascii_isdigit(b[at - 1]) && b[at] != 'x')
        fail(s, start, word_length(s, start),
             g_strdup("no number; a quantity with a unit needs quotes, such as \"30 min\""));
    else
        fail(s, start, MAX(word_length(s, start), 1), g_strdup("no number as JSON has them, such as 5, -1 or 0.5"));
    return false;
}

/* Behind the last thing in the file. */
static enum scan_event fail_at_end(struct scan *s)
{
    const struct scan_level *open = s->depth ? &s->levels[s->depth - 1] : NULL;
    size_t at = s->length;

    while (at > 0 && g_ascii_isspace(s->bytes[at - 1]))
        at--;
    return fail(s, at, 0,
                open ? g_strdup_printf("the file ends, but the %c of line %zu is not closed", s->bytes[open->at],
                                       line_of(s->bytes, open->at))
                     : g_strdup("a value is missing here"));
}

static enum scan_event scan_value(struct scan *s)
{
    static const char *const words[] = {"true", "false", "null"};
    size_t start = s->at;
    size_t n;
    char c;

    if (start >= s->length)
        return fail_at_end(s);
    c = s->bytes[start];
    s->place.value_at = start;
    s->place.value_length = 1;
    s->begun = true;
    if (c == '{' || c == '[') {
        if (s->depth == JSON_MAX_DEPTH)
            return fail(s, start, 1, g_strdup_printf("brackets are nested deeper than %d", JSON_MAX_DEPTH));
        s->levels[s->depth++] = (struct scan_level){.object = c == '{', .at = start};
        s->at++;
        return SCAN_OPEN;
    }
    if (c == '"') {
        if (!scan_string(s))
            return SCAN_ERROR;
        s->place.value_length = s->at - start;
        return SCAN_SCALAR;
    }
    n = word_length(s, start);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (n == strlen(words[i]) && strncmp(s->bytes + start, words[i], n) == 0) {
            s->at += n;
            s->place.value_length = n;
            return SCAN_SCALAR;
        }
        if (n == strlen(words[i]) && g_ascii_strncasecmp(s->bytes + start, words[i], n) == 0)
            return fail(s, start, n, g_strdup_printf("write %s in small letters", words[i]));
    }
    if (g_ascii_isdigit(c) || (c == '-' && (g_ascii_isdigit(s->bytes[start + 1]) || n < 2))) {
        if (!scan_number(s))
            return SCAN_ERROR;
        s->place.value_length = s->at - start;
        return SCAN_SCALAR;
    }
    if (c == '.' || c == '+' || c == '-')
        return fail(s, start, MAX(n, 1), g_strdup("no number as JSON has them, such as 5, -1 or 0.5"));
    if (c == '/' || c == '#')
        return fail(s, start, 1, g_strdup("JSON has no comments; write \"comment\": \"...\" inside of the object"));
    if (c == '\'')
        return fail(s, start, 1, g_strdup("a text stands in double quotes"));
    if (n &&
        (g_ascii_strncasecmp(s->bytes + start, "nan", n) == 0 || g_ascii_strncasecmp(s->bytes + start, "inf", n) == 0 ||
         g_ascii_strncasecmp(s->bytes + start, "infinity", n) == 0))
        return fail(s, start, n, g_strdup("JSON has no such number"));
    if (n)
        return fail(s, start, n, g_strdup("a text stands in double quotes"));
    return fail(s, start, thing_length(s, start), g_strdup("a value is missing here"));
}

/* The next value or closing bracket. After SCAN_END or SCAN_ERROR there is none. */
static enum scan_event scan_next(struct scan *s)
{
    struct scan_level *level;
    char c;

    skip_space(s);
    if (s->depth == 0) {
        if (!s->begun) {
            s->place = (struct json_place){0};
            return scan_value(s);
        }
        if (s->at >= s->length)
            return SCAN_END;
        return fail(s, s->at, thing_length(s, s->at), g_strdup("the text goes on after its end"));
    }
    level = &s->levels[s->depth - 1];
    c = s->at < s->length ? s->bytes[s->at] : '\0';
    if (c && c == (level->object ? '}' : ']')) {
        s->at++;
        s->depth--;
        return SCAN_CLOSE;
    }
    if (c && c == (level->object ? ']' : '}'))
        return fail(s, s->at, 1,
                    g_strdup_printf("here a %c closes the %c of line %zu", c, s->bytes[level->at],
                                    line_of(s->bytes, level->at)));
    if (level->n && c) {
        size_t comma = s->at;

        if (c == '/' || c == '#')
            return fail(s, s->at, 1, g_strdup("JSON has no comments; write \"comment\": \"...\" inside of the object"));
        if (c != ',')
            return fail(s, s->at, thing_length(s, s->at), g_strdup("a comma is missing before this"));
        s->at++;
        skip_space(s);
        c = s->at < s->length ? s->bytes[s->at] : '\0';
        if (c == '}' || c == ']')
            return fail(s, comma, 1, g_strdup("a comma with nothing after it; take it out"));
    }
    s->place = (struct json_place){0};
    if (level->object && c) {
        if (c == '/' || c == '#')
            return fail(s, s->at, 1, g_strdup("JSON has no comments; write \"comment\": \"...\" inside of the object"));
        if (c != '"')
            return fail(s, s->at, thing_length(s, s->at),
                        g_strdup(c == '\'' || word_length(s, s->at) ? "a key stands in double quotes"
                                                                    : "a key in double quotes is missing here"));
        s->place.key_at = s->at;
        if (!scan_string(s))
            return SCAN_ERROR;
        s->place.key_length = s->at - s->place.key_at;
        level->key_at = s->place.key_at;
        level->key_length = s->place.key_length;
        skip_space(s);
        if (s->at < s->length && s->bytes[s->at] != ':')
            return fail(s, s->at, thing_length(s, s->at), g_strdup("a colon is missing after the key"));
        s->at += s->at < s->length;
        skip_space(s);
    }
    level->n++;
    return scan_value(s);
}

/* ---- The tree ---- */

/* A value. cJSON's functions see the first member only. */
struct node {
    cJSON json;
    uint32_t at, key_at; /* in the text, which has fewer than 2^32 bytes */
};

/* Memory is taken in a few large pieces, and never given back in part. */
struct block {
    struct block *next;
    size_t size, used;
    _Alignas(struct node) char bytes[];
};

enum { LEAST_BLOCK = 1 << 12, MOST_BLOCK = 1 << 20, KNOWN_KEYS = 256 };

/* Every key is kept once, so that keys are the same exactly when their pointers are. */
struct key {
    const char *text;
    size_t length;
    uint32_t hash, number; /* in the order in which they were first seen */
};

struct tree {
    struct json_text *text;
    struct key *keys; /* a table of 2^bits places with open addressing */
    unsigned bits;
    uint32_t n_keys;
    struct node *parents[JSON_MAX_DEPTH], *last[JSON_MAX_DEPTH]; /* the open values, and their last child so far */
    uint64_t seen[JSON_MAX_DEPTH][KNOWN_KEYS / 64];              /* bits of the keys of the open objects */
    GHashTable *more[JSON_MAX_DEPTH];                            /* keys with higher numbers; NULL: none yet */
};

/* align: a power of 2. NULL: there is no more memory. */
static void *take(struct block **blocks, size_t size, size_t align)
{
    struct block *block = *blocks;
    size_t at = block ? (block->used + align - 1) & ~(align - 1) : 0;

    if (!block || at > block->size || block->size - at < size) {
        size_t wanted = MAX(size, block ? MIN(2 * block->size, MOST_BLOCK) : LEAST_BLOCK);

        block = g_try_malloc(sizeof(*block) + wanted);
        if (!block)
            return NULL;
        *block = (struct block){.next = *blocks, .size = wanted};
        *blocks = block;
        at = 0;
    }
    block->used = at + size;
    return block->bytes + at;
}

static void blocks_free(struct block *blocks)
{
    while (blocks) {
        struct block *next = blocks->next;
        g_free(blocks);
        blocks = next;
    }
}

/* What a text between quotes stands for; NULL: there is no more memory. */
static char *decoded(struct tree *tree, size_t at, size_t length)
{
    const char *from = tree->text->bytes + at;
    cJSON *string = NULL;

    if (memchr(from, '\\', length)) {
        string = cJSON_ParseWithLength(from, length);
        if (!string)
            return NULL;
        from = string->valuestring;
        length = strlen(from);
    } else {
        from++;
        length -= 2;
    }
    char *text = take(&tree->text->texts, length + 1, 1);
    if (text) {
        memcpy(text, from, length);
        text[length] = '\0';
    }
    cJSON_Delete(string);
    return text;
}

static uint32_t hash_of(const char *text, size_t length)
{
    uint64_t hash = length, word = 0;

    for (size_t i = 0; i + 8 < length; i += 8) {
        memcpy(&word, text + i, 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 32;
    }
    if (length >= 8)
        memcpy(&word, text + length - 8, 8);
    for (size_t i = 0; i < length && length < 8; i++)
        word = word << 8 | (unsigned char)text[i];
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return (uint32_t)(hash >> 32);
}

static bool more_keys(struct tree *tree)
{
    unsigned bits = tree->keys ? tree->bits + 1 : 7;
    struct key *keys = g_try_malloc0_n((gsize)1 << bits, sizeof(struct key));

    if (!keys)
        return false;
    for (size_t i = 0; tree->keys && i < (size_t)1 << tree->bits; i++) {
        size_t at = tree->keys[i].hash & (((size_t)1 << bits) - 1);
        if (!tree->keys[i].text)
            continue;
        while (keys[at].text)
            at = (at + 1) & (((size_t)1 << bits) - 1);
        keys[at] = tree->keys[i];
    }
    g_free(tree->keys);
    tree->keys = keys;
    tree->bits = bits;
    return true;
}

/* The key between these quotes; NULL: there is no more memory. */
static const struct key *key_of(struct tree *tree, size_t at, size_t length)
{
    const char *text = tree->text->bytes + at + 1;
    char *copy = NULL;

    if ((!tree->keys || tree->n_keys >= (1u << tree->bits) / 2) && !more_keys(tree))
        return NULL;
    length -= 2;
    if (memchr(text, '\\', length)) {
        copy = decoded(tree, at, length + 2);
        if (!copy)
            return NULL;
        text = copy;
        length = strlen(copy);
    }
    uint32_t hash = hash_of(text, length);
    size_t mask = ((size_t)1 << tree->bits) - 1, i = hash & mask;
    for (; tree->keys[i].text; i = (i + 1) & mask)
        if (tree->keys[i].hash == hash && tree->keys[i].length == length &&
            memcmp(tree->keys[i].text, text, length) == 0)
            return &tree->keys[i];
    if (!copy)
        copy = decoded(tree, at, length + 2);
    if (!copy)
        return NULL;
    tree->keys[i] = (struct key){copy, length, hash, tree->n_keys++};
    return &tree->keys[i];
}

/* Whether the object that is open at the depth has the key already; from now on it has. */
static bool key_again(struct tree *tree, size_t depth, const struct key *key)
{
    if (key->number < KNOWN_KEYS) {
        uint64_t *bits = &tree->seen[depth][key->number / 64], bit = (uint64_t)1 << key->number % 64;
        bool again = *bits & bit;

        *bits |= bit;
        return again;
    }
    if (!tree->more[depth])
        tree->more[depth] = g_hash_table_new(NULL, NULL);
    return !g_hash_table_add(tree->more[depth], (gpointer)key->text);
}

/* Where the last of them stands, "sites[3].sender": cJSON's links lead down only, so this one takes the way to it. */
static char *path_of(struct node *const *way, size_t n)
{
    GString *path = g_string_new(NULL);

    for (size_t i = 1; i < n; i++) {
        if (way[i]->json.string) {
            g_string_append_printf(path, "%s%s", path->len ? "." : "", way[i]->json.string);
        } else {
            size_t index = 0;
            for (const cJSON *child = way[i - 1]->json.child; child != &way[i]->json; child = child->next)
                index++;
            g_string_append_printf(path, "[%zu]", index);
        }
    }
    return g_string_free(path, FALSE);
}

static void twice(struct tree *tree, const struct scan *s, size_t depth, const char *key, struct mistakes *mistakes)
{
    struct node *way[JSON_MAX_DEPTH + 1];
    const cJSON *first = tree->parents[depth]->json.child;

    if (mistakes->list->len >= MISTAKES_SHOWN) {
        mistakes->n_more++;
        return;
    }
    while (first->string != key)
        first = first->next;
    memcpy(way, tree->parents, (depth + 1) * sizeof(way[0]));
    g_autofree char *parent = path_of(way, depth + 1), *quoted = mistakes_quoted(key);
    g_autofree char *path = g_strdup_printf("%s%s%s", parent, *parent ? "." : "", key);
    g_autofree char *sentence = g_strdup_printf("the key %s stands twice, first in line %zu", quoted,
                                                line_of(s->bytes, ((const struct node *)(const void *)first)->key_at));
    json_text_mistake(tree->text, s->place.key_at, s->place.key_length, path, sentence, mistakes);
}

/* The value that the scan has just met; false: there is no more memory. */
static bool add_value(struct tree *tree, const struct scan *s, bool opens, struct mistakes *mistakes)
{
    size_t depth = s->depth - opens; /* of what it is in, from 1 */
    struct node *node = take(&tree->text->nodes, sizeof(*node), _Alignof(struct node));
    const char *at = s->bytes + s->place.value_at;

    if (!node)
        return false;
    *node = (struct node){.at = (uint32_t)s->place.value_at, .key_at = (uint32_t)s->place.key_at};
    if (s->place.key_length) {
        const struct key *key = key_of(tree, s->place.key_at, s->place.key_length);

        if (!key)
            return false;
        node->json.string = (char *)(uintptr_t)key->text;
        if (key_again(tree, depth - 1, key) && mistakes)
            twice(tree, s, depth - 1, key->text, mistakes);
    }
    switch (*at) {
    case '{':
    case '[':
        node->json.type = *at == '{' ? cJSON_Object : cJSON_Array;
        tree->parents[depth] = node;
        tree->last[depth] = NULL;
        memset(tree->seen[depth], 0, sizeof(tree->seen[depth]));
        if (tree->more[depth])
            g_hash_table_remove_all(tree->more[depth]);
        break;
    case '"':
        node->json.type = cJSON_String;
        node->json.valuestring = decoded(tree, s->place.value_at, s->place.value_length);
        if (!node->json.valuestring)
            return false;
        break;
    case 't':
        node->json.type = cJSON_True;
        node->json.valueint = 1;
        break;
    case 'f':
        node->json.type = cJSON_False;
        break;
    case 'n':
        node->json.type = cJSON_NULL;
        break;
    default:
        node->json.type = cJSON_Number;
        node->json.valuedouble = units_number(at, s->place.value_length);
        node->json.valueint = (int)CLAMP(node->json.valuedouble, INT_MIN, INT_MAX);
    }
    if (depth == 0) {
        tree->text->root = &node->json;
        return true;
    }
    struct node *last = tree->last[depth - 1];
    if (last) {
        last->json.next = &node->json;
        node->json.prev = &last->json;
    } else {
        tree->parents[depth - 1]->json.child = &node->json;
    }
    tree->parents[depth - 1]->json.child->prev = &node->json; /* of the first one it is the last, as in cJSON */
    tree->last[depth - 1] = node;
    return true;
}

/* Checks the whole text, and makes the tree on the way. */
static bool scan_all(struct json_text *text, struct mistakes *mistakes)
{
    struct scan s = {.bytes = text->bytes, .length = text->length};
    struct tree *tree = g_new0(struct tree, 1);
    enum scan_event event;
    bool memory = true;

    tree->text = text;
    do {
        event = scan_next(&s);
        if (event == SCAN_SCALAR || event == SCAN_OPEN)
            memory = add_value(tree, &s, event == SCAN_OPEN, mistakes);
    } while (event != SCAN_END && event != SCAN_ERROR && memory);
    for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
        g_clear_pointer(&tree->more[i], g_hash_table_unref);
    g_free(tree->keys);
    g_free(tree);
    if (event == SCAN_ERROR && mistakes)
        json_text_mistake(text, s.error_at, s.error_length, NULL, s.error, mistakes);
    if (!memory && mistakes)
        whole_file_mistake(mistakes, text->name, "is larger than the memory that there is");
    g_free(s.error);
    return event == SCAN_END && memory;
}

/* ---- Places ---- */

struct json_place json_text_place(const struct json_text *text, const cJSON *value)
{
    const struct node *node = (const struct node *)(const void *)value;
    struct scan s = {.bytes = text->bytes, .length = text->length};
    struct json_place place = {.value_at = node->at};

    if (value->string) {
        s.at = place.key_at = node->key_at;
        scan_string(&s);
        place.key_length = s.at - place.key_at;
    }
    s.at = node->at;
    scan_value(&s);
    place.value_length = s.place.value_length;
    return place;
}

/* How many columns a terminal takes for it. */
static int columns(gunichar c)
{
    if (g_unichar_iszerowidth(c))
        return 0;
    return g_unichar_iswide(c) ? 2 : 1;
}

/* The source line and, below it, carets under `length` bytes at `at`. */
static char *excerpt_of(const struct json_text *text, size_t at, size_t length)
{
    const char *begin = text->bytes + at, *end = begin, *stop, *first;
    GString *out, *carets;
    const char *from, *to, *last = text->bytes + text->length;
    bool cut_before = false, cut_after = false;
    int characters = 0;

    while (begin > text->bytes && begin[-1] != '\n')
        begin--;
    while (end < last && *end != '\n')
        end++;
    if (end > begin && end[-1] == '\r' && end > text->bytes + at)
        end--;
    first = text->bytes + at;
    stop = MIN(first + length, end);

    /* A window on a long line: from CUT_BEFORE characters before the place, LINE_CHARACTERS in all. */
    from = begin;
    to = end;
    if (end - begin > 4 * LINE_CHARACTERS || g_utf8_strlen(begin, end - begin) > LINE_CHARACTERS) {
        for (from = first; from > begin && characters < CUT_BEFORE; characters++)
            from = g_utf8_prev_char(from);
        if (from - begin <= 12 && g_utf8_strlen(begin, from - begin) <= 3)
            from = begin;
        cut_before = from > begin;
        to = from;
        for (characters = 0; to < end && characters < LINE_CHARACTERS; characters++)
            to = g_utf8_next_char(to);
        cut_after = to < end;
        stop = MIN(stop, to);
    }

    out = g_string_new(cut_before ? "..." : NULL);
    carets = g_string_new(cut_before ? "   " : NULL);
    for (const char *p = from; p < to; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool control = c != '\t' && (c < 0x20 || (c >= 0x7f && c < 0xa0));

        g_string_append_unichar(out, control ? '?' : c);
        if (p < stop && (p >= first))
            for (int i = control ? 1 : columns(c); i > 0; i--)
                g_string_append_c(carets, '^');
        else if (p < first)
            g_string_append(carets, c == '\t' ? "\t" : control || columns(c) == 1 ? " " : columns(c) == 2 ? "  " : "");
    }
    if (stop <= first)
        g_string_append_c(carets, '^');
    g_string_append(out, cut_after ? "...\n" : "\n");
    g_string_append_printf(out, "%s\n", carets->str);
    g_string_free(carets, TRUE);
    return g_string_free(out, FALSE);
}

void json_text_mistake(const struct json_text *text, size_t at, size_t length, const char *path, const char *sentence,
                       struct mistakes *mistakes)
{
    const char *begin = text->bytes + at;
    g_autofree char *excerpt = NULL;

    /* Only counted: no walk through a large text for each of many. */
    if (mistakes->list->len >= MISTAKES_SHOWN) {
        mistakes->n_more++;
        return;
    }
    excerpt = excerpt_of(text, at, length);

    while (begin > text->bytes && begin[-1] != '\n')
        begin--;
    mistakes_add(mistakes, text->name, line_of(text->bytes, at),
                 (size_t)g_utf8_strlen(begin, text->bytes + at - begin) + 1, path, sentence, excerpt);
}

/* ---- Reading ---- */

/* Everything that a file descriptor has, with a NUL behind it. */
static bool read_all(int fd, const char *name, char **bytes, size_t *length, struct mistakes *mistakes)
{
    struct stat status;
    size_t size = 0, room = 65536;
    char *buffer;

    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode))
        return whole_file_mistake(mistakes, name, "is a directory, not a scenario");
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
        if ((guint64)status.st_size > JSON_MAX_BYTES)
            return whole_file_mistake(mistakes, name, "is larger than 2 GiB");
        room = (size_t)status.st_size + 2;
    }
    buffer = g_try_malloc(room);
    if (!buffer)
        return whole_file_mistake(mistakes, name, "is larger than the memory that there is");
    for (;;) {
        ssize_t n;

        if (size + 1 >= room) {
            char *larger = g_try_realloc(buffer, 2 * room);
            if (!larger) {
                g_free(buffer);
                return whole_file_mistake(mistakes, name, "is larger than the memory that there is");
            }
            buffer = larger;
            room *= 2;
        }
        n = read(fd, buffer + size, room - size - 1);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            g_autofree char *sentence = g_strdup_printf("cannot be read: %s", g_strerror(errno));
            g_free(buffer);
            return whole_file_mistake(mistakes, name, sentence);
        }
        if (n == 0)
            break;
        size += (size_t)n;
        if (size > JSON_MAX_BYTES) {
            g_free(buffer);
            return whole_file_mistake(mistakes, name, "is larger than 2 GiB");
        }
    }
    buffer[size] = '\0';
    *bytes = buffer;
    *length = size;
    return true;
}

/* NULL: it is UTF-8 text; else where it is not. Most of it is ASCII. */
static const char *not_utf8(const char *p, const char *end)
{
    for (;;) {
        for (uint64_t word; p + sizeof(word) <= end; p += sizeof(word)) {
            memcpy(&word, p, sizeof(word));
            if (word & EACH_BYTE(0x80u))
                break;
        }
        while (p < end && !(*p & 0x80))
            p++;
        if (p == end)
            return NULL;
        if (g_utf8_get_char_validated(p, end - p) > 0x10ffff) /* an error */
            return p;
        p = g_utf8_next_char(p);
    }
}

/* Takes over text->bytes, whatever becomes of them. */
static bool check_text(struct json_text *text, struct mistakes *mistakes)
{
    const unsigned char *b = (const unsigned char *)text->bytes;
    const char *end;

    if (text->length == 0)
        return whole_file_mistake(mistakes, text->name, "is empty");
    if (text->length > JSON_MAX_BYTES)
        return whole_file_mistake(mistakes, text->name, "is larger than 2 GiB");
    if (text->length >= 2 && ((b[0] == 0xff && b[1] == 0xfe) || (b[0] == 0xfe && b[1] == 0xff)))
        return whole_file_mistake(mistakes, text->name, "is UTF-16 text; save it as UTF-8");
    if (memchr(text->bytes, '\0', text->length)) {
        g_autofree char *sentence =
            g_strdup_printf("is no text: byte %zu is a NUL", strnlen(text->bytes, text->length) + 1);
        return whole_file_mistake(mistakes, text->name, sentence);
    }
    if (text->length >= 3 && memcmp(text->bytes, "\xef\xbb\xbf", 3) == 0) {
        text->length -= 3;
        memmove(text->bytes, text->bytes + 3, text->length + 1);
    }
    end = not_utf8(text->bytes, text->bytes + text->length);
    if (end) {
        const char *line = end;
        g_autofree char *sentence = NULL;

        while (line > text->bytes && line[-1] != '\n')
            line--;
        sentence = g_strdup_printf("byte 0x%02x is not UTF-8; save the file as UTF-8", (unsigned char)*end);
        mistakes_add(mistakes, text->name, line_of(text->bytes, (size_t)(end - text->bytes)),
                     (size_t)g_utf8_strlen(line, end - line) + 1, NULL, sentence, NULL);
        return false;
    }
    if (strspn(text->bytes, " \t\r\n") == text->length)
        return whole_file_mistake(mistakes, text->name, "is empty");
    return scan_all(text, mistakes);
}

static struct json_text *text_from(const char *name, char *bytes, size_t length, struct mistakes *mistakes)
{
    struct json_text *text = g_new0(struct json_text, 1);

    text->name = g_strdup(name);
    text->bytes = bytes;
    text->length = length;
    if (!check_text(text, mistakes))
        g_clear_pointer(&text, json_text_free);
    return text;
}

const char *json_text_name(const char *path)
{
    return strcmp(path, "-") == 0 ? "<stdin>" : path;
}

struct json_text *json_text_read(const char *path, struct mistakes *mistakes)
{
    bool standard_input = strcmp(path, "-") == 0;
    const char *name = json_text_name(path);
    int fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char *bytes = NULL;
    size_t length = 0;
    bool read;

    if (fd < 0) {
        g_autofree char *sentence = g_strdup_printf("cannot be read: %s", g_strerror(errno));
        whole_file_mistake(mistakes, name, sentence);
        return NULL;
    }
    read = read_all(fd, name, &bytes, &length, mistakes);
    if (!standard_input)
        close(fd);
    return read ? text_from(name, bytes, length, mistakes) : NULL;
}

struct json_text *json_text_new(const char *name, const char *bytes, size_t length, struct mistakes *mistakes)
{
    char *copy = g_malloc(length + 1);

    if (length)
        memcpy(copy, bytes, length);
    copy[length] = '\0';
    return text_from(name, copy, length, mistakes);
}

void json_text_free(struct json_text *text)
{
    if (!text)
        return;
    blocks_free(text->nodes);
    blocks_free(text->texts);
    g_free(text->bytes);
    g_free(text->name);
    g_free(text);
}

cJSON *json_value(const char *bytes, size_t length)
{
    struct json_text *text = g_new0(struct json_text, 1);
    cJSON *value = NULL;

    text->bytes = g_strndup(bytes, length);
    text->length = length;
    if (g_utf8_validate(bytes, (gssize)length, NULL) && scan_all(text, NULL))
        value = cJSON_Duplicate(text->root, true);
    json_text_free(text);
    return value;
}
