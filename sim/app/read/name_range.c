#include "sim/app/read/name_range.h"

#include <string.h>

#include "sim/app/read/mistakes.h"

#define MAX_DIGITS 18

static size_t digits_at(const char *p)
{
    size_t n = 0;

    while (g_ascii_isdigit(p[n]))
        n++;
    return n;
}

static bool refuse(char **why, const char *range, size_t length, const char *what)
{
    g_autofree char *part = g_strndup(range, length);
    g_autofree char *quoted = mistakes_quoted(part);

    *why = g_strdup_printf("%s %s", quoted, what);
    return false;
}

/* "{A..F}": how long it is; 0: it is none. */
static size_t letters_at(const char *p)
{
    bool upper = g_ascii_isupper(p[1]);

    if (!g_ascii_isalpha(p[1]) || p[2] != '.' || p[3] != '.' || !g_ascii_isalpha(p[4]) || p[5] != '}')
        return 0;
    return upper == (bool)g_ascii_isupper(p[4]) ? 6 : 0;
}

bool name_ranges_parse(const char *text, struct name_ranges *ranges, char **why)
{
    const char *p = text;

    *why = NULL;
    ranges->n = 0;
    while ((p = strpbrk(p, "{}"))) {
        size_t a = *p == '{' ? digits_at(p + 1) : 0;
        const char *second = p + 1 + a + 2;
        size_t b = a && strncmp(p + 1 + a, "..", 2) == 0 ? digits_at(second) : 0;
        struct name_range *range = &ranges->range[ranges->n];
        guint64 last;
        bool padded;

        size_t letters = *p == '{' && !a ? letters_at(p) : 0;

        if (!letters && (!b || second[b] != '}'))
            return refuse(why, p, 1, "in a name begins or ends a range such as {01..40} or {A..F}");
        *range = (struct name_range){.at = (size_t)(p - text),
                                     .length = letters ? letters : (size_t)(second + b + 1 - p),
                                     .letters = letters > 0};
        if (ranges->n == NAME_RANGES_MAX)
            return refuse(why, p, range->length, "is one range too many for a name");
        if (a > MAX_DIGITS || b > MAX_DIGITS)
            return refuse(why, p, range->length, "has too large numbers");
        range->first = letters ? (guint64)p[1] : g_ascii_strtoull(p + 1, NULL, 10);
        last = letters ? (guint64)p[4] : g_ascii_strtoull(second, NULL, 10);
        padded = (a > 1 && p[1] == '0') || (b > 1 && second[0] == '0');
        if (padded && a != b)
            return refuse(why, p, range->length, "has a 0 in front; write both ends with the same number of digits");
        if (last < range->first)
            return refuse(why, p, range->length, "ends before it begins");
        range->count = last - range->first + 1;
        range->width = padded ? (int)a : 0;
        ranges->n++;
        p += range->length;
    }
    return true;
}

uint64_t name_ranges_count(const struct name_ranges *ranges)
{
    uint64_t count = 1;

    for (unsigned k = 0; k < ranges->n; k++)
        count = count > UINT64_MAX / ranges->range[k].count ? UINT64_MAX : count * ranges->range[k].count;
    return count;
}

char *name_ranges_apply(const char *text, const struct name_ranges *ranges, const uint64_t *positions)
{
    GString *out;
    size_t done = 0;

    if (!ranges->n)
        return g_strdup(text);
    out = g_string_new(NULL);
    for (unsigned k = 0; k < ranges->n; k++) {
        const struct name_range *range = &ranges->range[k];

        g_string_append_len(out, text + done, (gssize)(range->at - done));
        if (range->letters)
            g_string_append_c(out, (char)(range->first + positions[k]));
        else
            g_string_append_printf(out, "%0*" G_GUINT64_FORMAT, range->width, range->first + positions[k]);
        done = range->at + range->length;
    }
    g_string_append(out, text + done);
    return g_string_free(out, FALSE);
}

void name_ranges_positions(const struct name_ranges *ranges, uint64_t i, uint64_t *positions)
{
    for (unsigned k = ranges->n; k-- > 0;) {
        positions[k] = i % ranges->range[k].count;
        i /= ranges->range[k].count;
    }
}
