#include "sim/app/read/mistakes.h"

#define QUOTED_CHARACTERS 60

static void mistake_clear(gpointer data)
{
    struct mistake *mistake = data;

    g_free(mistake->where);
    g_free(mistake->path);
    g_free(mistake->sentence);
    g_free(mistake->excerpt);
}

struct mistakes *mistakes_new(void)
{
    struct mistakes *mistakes = g_new0(struct mistakes, 1);

    mistakes->list = g_array_new(FALSE, TRUE, sizeof(struct mistake));
    g_array_set_clear_func(mistakes->list, mistake_clear);
    return mistakes;
}

struct mistakes *warnings_new(void)
{
    struct mistakes *warnings = mistakes_new();

    warnings->warnings = true;
    return warnings;
}

void mistakes_free(struct mistakes *mistakes)
{
    if (!mistakes)
        return;
    g_array_unref(mistakes->list);
    g_free(mistakes);
}

/* What came from a file or the command line must not steer the terminal that it is printed to. */
static void append_printable(GString *out, const char *text)
{
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c < 0x20 || (c >= 0x7f && c < 0xa0))
            g_string_append_printf(out, "\\u%04x", c);
        else
            g_string_append_unichar(out, c);
    }
}

static char *printable(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    GString *out = g_string_new(NULL);

    append_printable(out, valid);
    return g_string_free(out, FALSE);
}

void mistakes_add(struct mistakes *mistakes, const char *where, size_t line, size_t column, const char *path,
                  const char *sentence, const char *excerpt)
{
    struct mistake mistake;

    if (mistakes->list->len >= MISTAKES_SHOWN) {
        mistakes->n_more++;
        return;
    }
    mistake = (struct mistake){
        .where = printable(where),
        .line = line,
        .column = column,
        .path = path && *path ? printable(path) : NULL,
        .sentence = printable(sentence),
        .excerpt = g_strdup(excerpt),
    };
    g_array_append_val(mistakes->list, mistake);
}

bool mistakes_any(const struct mistakes *mistakes)
{
    return mistakes->list->len > 0;
}

size_t mistakes_count(const struct mistakes *mistakes)
{
    return mistakes->list->len + mistakes->n_more;
}

static void append_line(GString *out, const struct mistakes *mistakes, const struct mistake *mistake)
{
    g_string_append(out, mistake->where);
    if (mistake->line)
        g_string_append_printf(out, ":%zu:%zu", mistake->line, mistake->column);
    if (mistakes->warnings)
        g_string_append(out, ": warning");
    if (mistake->path)
        g_string_append_printf(out, ": %s", mistake->path);
    g_string_append_printf(out, ": %s", mistake->sentence);
}

char *mistakes_text(const struct mistakes *mistakes)
{
    GString *out = g_string_new(NULL);
    g_autofree char *more = mistakes_more(mistakes);

    for (guint i = 0; i < mistakes->list->len; i++) {
        const struct mistake *mistake = &g_array_index(mistakes->list, struct mistake, i);

        append_line(out, mistakes, mistake);
        g_string_append_c(out, '\n');
        if (mistake->excerpt)
            g_string_append(out, mistake->excerpt);
    }
    if (more)
        g_string_append_printf(out, "%s\n", more);
    return g_string_free(out, FALSE);
}

char **mistakes_lines(const struct mistakes *mistakes, size_t n)
{
    size_t n_lines = MIN(n, mistakes->list->len);
    char **lines = g_new0(char *, n_lines + 1);

    for (guint i = 0; i < n_lines; i++) {
        GString *line = g_string_new(NULL);

        append_line(line, mistakes, &g_array_index(mistakes->list, struct mistake, i));
        lines[i] = g_string_free(line, FALSE);
    }
    return lines;
}

char *mistakes_more(const struct mistakes *mistakes)
{
    if (!mistakes->n_more)
        return NULL;
    return g_strdup_printf("and %zu more %s%s", mistakes->n_more, mistakes->warnings ? "warning" : "mistake",
                           mistakes->n_more > 1 ? "s" : "");
}

char *mistakes_quoted(const char *text)
{
    GString *out = g_string_new("\"");

    if (g_utf8_strlen(text, -1) > QUOTED_CHARACTERS) {
        g_autofree char *head = g_utf8_substring(text, 0, QUOTED_CHARACTERS - 3);
        append_printable(out, head);
        g_string_append(out, "...");
    } else {
        append_printable(out, text);
    }
    g_string_append_c(out, '"');
    return g_string_free(out, FALSE);
}
