#include "sim/app/read/json_text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_CHARACTERS 120 /* longer source lines are cut */
#define CUT_BEFORE 40       /* characters kept before the place */

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

static void skip_space(struct scan *s)
{
    while (s->at < s->length && strchr(" \t\n\r", s->bytes[s->at]) && s->bytes[s->at])
        s->at++;
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

/* From its opening quote to behind its closing one. */
static bool scan_string(struct scan *s)
{
    size_t start = s->at++;

    for (;;) {
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
        if (c != '\\') {
            s->at++;
            continue;
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

/* ---- Keys that stand twice ---- */

static char *decoded(const struct scan *s, size_t at, size_t length)
{
    if (!memchr(s->bytes + at, '\\', length))
        return g_strndup(s->bytes + at + 1, length - 2);
    cJSON *string = cJSON_ParseWithLength(s->bytes + at, length);
    char *text = g_strdup(string && string->valuestring ? string->valuestring : "");
    cJSON_Delete(string);
    return text;
}

/* The path of the last value begun. */
static char *path_of(const struct scan *s, size_t depth)
{
    GString *path = g_string_new(NULL);

    for (size_t i = 0; i < depth; i++) {
        const struct scan_level *level = &s->levels[i];
        if (level->object) {
            g_autofree char *key = decoded(s, level->key_at, level->key_length);
            g_string_append_printf(path, "%s%s", path->len ? "." : "", key);
        } else {
            g_string_append_printf(path, "[%zu]", level->n - 1);
        }
    }
    return g_string_free(path, FALSE);
}

/* Checks the whole text. The keys of the objects that are open are kept, with where they stand. */
static bool scan_all(const struct json_text *text, struct mistakes *mistakes)
{
    struct scan s = {.bytes = text->bytes, .length = text->length};
    GHashTable *keys[JSON_MAX_DEPTH] = {NULL};
    enum scan_event event;

    do {
        event = scan_next(&s);
        if ((event == SCAN_SCALAR || event == SCAN_OPEN) && s.place.key_length && mistakes) {
            size_t depth = s.depth - (event == SCAN_OPEN);
            g_autofree char *key = decoded(&s, s.place.key_at, s.place.key_length);
            gpointer first;

            if (!keys[depth - 1])
                keys[depth - 1] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
            if (g_hash_table_lookup_extended(keys[depth - 1], key, NULL, &first)) {
                if (mistakes->list->len >= MISTAKES_SHOWN) {
                    mistakes->n_more++;
                    continue;
                }
                g_autofree char *path = path_of(&s, depth);
                g_autofree char *quoted = mistakes_quoted(key);
                g_autofree char *sentence = g_strdup_printf("the key %s stands twice, first in line %zu", quoted,
                                                            line_of(text->bytes, GPOINTER_TO_SIZE(first)));
                json_text_mistake(text, s.place.key_at, s.place.key_length, path, sentence, mistakes);
            } else {
                g_hash_table_insert(keys[depth - 1], g_steal_pointer(&key), GSIZE_TO_POINTER(s.place.key_at));
            }
        }
        if (event == SCAN_CLOSE && keys[s.depth])
            g_hash_table_remove_all(keys[s.depth]);
    } while (event != SCAN_END && event != SCAN_ERROR);
    for (size_t i = 0; i < JSON_MAX_DEPTH; i++)
        g_clear_pointer(&keys[i], g_hash_table_unref);
    if (event == SCAN_ERROR && mistakes)
        json_text_mistake(text, s.error_at, s.error_length, NULL, s.error, mistakes);
    g_free(s.error);
    return event == SCAN_END;
}

/* ---- Places ---- */

static void locate_value(struct scan *s, const cJSON *value, GHashTable *places)
{
    enum scan_event event;
    struct json_place *place;

    do
        event = scan_next(s);
    while (event == SCAN_CLOSE);
    g_assert(event == SCAN_SCALAR || event == SCAN_OPEN);
    place = g_hash_table_lookup(places, value);
    if (place)
        *place = s->place;
    /* No deeper than JSON_MAX_DEPTH. */
    for (const cJSON *child = value->child; child; child = child->next)
        locate_value(s, child, places);
}

void json_text_locate(const struct json_text *text, GHashTable *places)
{
    struct scan s = {.bytes = text->bytes, .length = text->length};

    locate_value(&s, text->root, places);
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
    if (g_utf8_strlen(begin, end - begin) > LINE_CHARACTERS) {
        for (from = first; from > begin && characters < CUT_BEFORE; characters++)
            from = g_utf8_prev_char(from);
        if (g_utf8_strlen(begin, from - begin) <= 3)
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

static bool whole_file_mistake(struct mistakes *mistakes, const char *name, const char *sentence)
{
    mistakes_add(mistakes, name, 0, 0, NULL, sentence, NULL);
    return false;
}

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

/* Takes over text->bytes, whatever becomes of them. */
static bool check_text(struct json_text *text, struct mistakes *mistakes)
{
    const unsigned char *b = (const unsigned char *)text->bytes;
    const char *end;

    if (text->length == 0)
        return whole_file_mistake(mistakes, text->name, "is empty");
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
    if (!g_utf8_validate(text->bytes, (gssize)text->length, &end)) {
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
    if (!scan_all(text, mistakes))
        return false;
    text->root = cJSON_ParseWithLengthOpts(text->bytes, text->length + 1, NULL, cJSON_True);
    /* The scan lets nothing through that cJSON refuses. */
    if (!text->root)
        return whole_file_mistake(mistakes, text->name, "is too large for the memory");
    return true;
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
    cJSON_Delete(text->root);
    g_free(text->bytes);
    g_free(text->name);
    g_free(text);
}

cJSON *json_value(const char *bytes, size_t length)
{
    struct json_text text = {.bytes = g_strndup(bytes, length), .length = length};

    if (g_utf8_validate(bytes, (gssize)length, NULL) && scan_all(&text, NULL))
        text.root = cJSON_ParseWithLengthOpts(text.bytes, length + 1, NULL, cJSON_True);
    g_free(text.bytes);
    return text.root;
}
