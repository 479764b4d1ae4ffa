#include "sim/app/report/words.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"

enum { WIDTH = 100 };

static const char *const cause_words[N_CAUSES] = {
    [CAUSE_METADATA_WAIT] = "waiting for database replication and notification",
    [CAUSE_PACKAGE_THREAD_WAIT] = "waiting for a package thread (max_packages)",
    [CAUSE_SNAPSHOT] = "taking the content in at the source site (snapshot)",
    [CAUSE_DP_THREAD_WAIT] = "waiting for a distribution point thread (max_threads_per_package)",
    [CAUSE_DP_THREAD] = "creating jobs in distribution point threads",
    [CAUSE_COMPRESSOR_WAIT] = "waiting for the compressor (one package at a time)",
    [CAUSE_COMPRESSING] = "compressing",
    [CAUSE_SCHEDULER_WAIT] = "at the scheduler",
    [CAUSE_SENDER_WAIT_ALL_SITES] = "waiting for a sender thread (max_concurrent_all_sites)",
    [CAUSE_SENDER_WAIT_PER_SITE] = "waiting for a sender thread to that site (max_concurrent_per_site)",
    [CAUSE_ROUTE_CLOSED] = "waiting for the route to open",
    [CAUSE_RETRY_WAIT] = "failed tries, and waiting to try again",
    [CAUSE_SENDING] = "sending from site to site",
    [CAUSE_DESPOOLER_WAIT] = "waiting for a despooling thread",
    [CAUSE_DESPOOL_RETRY_WAIT] = "content there before its database change (despooler code 12)",
    [CAUSE_DESPOOLING] = "despooling",
    [CAUSE_TRANSFER_THREAD_WAIT] =
        "waiting for a thread of the package transfer manager, its start or its notification",
    [CAUSE_DP_CLOSED] = "waiting for the distribution point to open",
    [CAUSE_SOURCE_WAIT] = "waiting for a source distribution point",
    [CAUSE_DP_CAPACITY_WAIT] = "waiting for the distribution point to have room for a job",
    [CAUSE_COPYING] = "copying to the distribution point",
    [CAUSE_ADDING_FILES] = "adding files to the distribution point's library",
    [CAUSE_EARLIER_COPY_WAIT] = "waiting for an earlier copy to the same distribution point to end",
};

const char *words_cause(enum cause cause)
{
    return cause_words[cause];
}

char *words_failure(const char *reason)
{
    static const struct {
        const char *reason, *words;
    } known[] = {
        {"drive_full", "no room on the drives"},
        {"destination_down", "the destination is down, or the way to it"},
        {"source_down", "the source is down, or the way from it"},
        {"no_source", "no source has the content"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        if (!strcmp(reason, known[i].reason))
            return g_strdup(known[i].words);
    return g_strdelimit(g_strdup(reason), "_", ' ');
}

char *words_duration(double duration_s)
{
    static const struct {
        double size_s;
        const char *word;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};

    if (isnan(duration_s))
        return g_strdup("-");
    if (isinf(duration_s))
        return g_strdup("for ever");
    if (duration_s < 0) {
        g_autofree char *text = words_duration(-duration_s);
        return g_strconcat("-", text, NULL);
    }
    if (duration_s < 9.95)
        return g_strdup_printf("%.1f s", duration_s);
    /* Two units, the smaller one rounded; what rounds up to a whole larger unit is that. */
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(units); i++) {
        double small_s = units[i + 1].size_s, rounded_s = round(duration_s / small_s) * small_s;
        if (rounded_s < units[i].size_s)
            continue;
        double large = floor(rounded_s / units[i].size_s + 1e-9);
        double small = round((rounded_s - large * units[i].size_s) / small_s);
        if (small < 0.5)
            return g_strdup_printf("%.0f %s", large, units[i].word);
        return g_strdup_printf("%.0f %s %.0f %s", large, units[i].word, small, units[i + 1].word);
    }
    return g_strdup_printf("%.0f s", duration_s);
}

char *words_margin(double margin_s)
{
    double size_s = fabs(margin_s);

    if (!(size_s > 0 && size_s < 0.05))
        return words_duration(size_s);
    return size_s < 0.0005 ? g_strdup("less than 1 ms") : g_strdup_printf("%.0f ms", 1000 * size_s);
}

char *words_shortened(const char *text, glong most)
{
    glong n = g_utf8_strlen(text, -1);

    if (n <= most)
        return g_strdup(text);
    g_autofree char *start = g_utf8_substring(text, 0, most / 2);
    g_autofree char *end = g_utf8_substring(text, n - (most - most / 2 - 1), n);
    return g_strconcat(start, "…", end, NULL);
}

char *words_duration_finely(double duration_s, double resolution_s)
{
    static const struct {
        double size_s;
        const char *word;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    size_t first = 0, last = 0, n = G_N_ELEMENTS(units);
    g_autoptr(GString) text = g_string_new(NULL);

    if (duration_s < 0) {
        g_autofree char *positive = words_duration_finely(-duration_s, resolution_s);
        return g_strconcat("-", positive, NULL);
    }
    if (duration_s < 60 && resolution_s < 1)
        return g_strdup_printf("%.*f s", resolution_s < 0.1 ? 2 : 1, duration_s);
    while (last + 1 < n && units[last].size_s > resolution_s)
        last++;
    double left_s = round(duration_s / units[last].size_s) * units[last].size_s;
    while (first + 1 < n && left_s < units[first].size_s)
        first++;
    if (!isfinite(duration_s) || duration_s < 60 || last <= first)
        return words_duration(duration_s);
    for (size_t i = first; i <= last; i++) {
        double count = floor(left_s / units[i].size_s + 1e-9);

        left_s -= count * units[i].size_s;
        if (count > 0)
            g_string_append_printf(text, "%s%.0f %s", text->len ? " " : "", count, units[i].word);
    }
    return g_strdup(text->str);
}

/* Three digits, and no zeros behind the point. */
static char *prefixed(double value, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t i = 0;

    while (value >= 999.5 && i + 1 < G_N_ELEMENTS(prefixes)) {
        value /= 1000;
        i++;
    }
    return g_strdup_printf("%.3g %s%s", value, prefixes[i], unit);
}

char *words_bytes(double bytes)
{
    return prefixed(bytes, "B");
}

char *words_rate(double bytes_per_s)
{
    return isinf(bytes_per_s) ? g_strdup("unlimited") : prefixed(8 * bytes_per_s, "bit/s");
}

char *words_link(const struct hierarchy_link *link)
{
    static const char *const words[N_LINK_KINDS] = {
        [LINK_ACCESS_UP] = "link from %s",
        [LINK_ACCESS_DOWN] = "link to %s",
        [LINK_INTERFACE_OUT] = "interface out of %s",
        [LINK_INTERFACE_IN] = "interface into %s",
        [LINK_DISK] = "disk of %s",
        [LINK_ROUTE] = "route %s",
        [LINK_SENDER] = "sender of %s",
    };
    g_auto(GStrv) parts = g_strsplit(words[link->kind], "%s", 2);

    return g_strconcat(parts[0], link->entity, parts[1], NULL);
}

char *words_percent(double share)
{
    double shown = 100 * share;

    return g_strdup_printf(shown < 9.95 && shown >= 0.05 ? "%.1f %%" : "%.0f %%", isnan(shown) ? 0 : shown);
}

void words_wrap(GString *to, size_t used, size_t indent, const char *text)
{
    size_t at = used;
    bool first = true;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (; at < indent; at++)
        g_string_append_c(to, ' ');
    for (char **word = words; *word; word++) {
        size_t length = (size_t)g_utf8_strlen(*word, -1);
        size_t whole = length + (word[1] && word[1][0] == '%' ? 1 + strlen(word[1]) : 0); /* "12 %" stays together */

        if (!first && at + 1 + whole > WIDTH) {
            g_string_append_printf(to, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first) {
            g_string_append_c(to, ' ');
            at++;
        }
        g_string_append(to, *word);
        at += length;
        first = false;
    }
    g_string_append_c(to, '\n');
}

static bool reads_as(enum param_kind kind, const char *text, double value)
{
    double read = NAN;
    g_autofree char *why = NULL;

    return units_parse_on_scale(kind, text, &read, &why) && read == value;
}

/* With all its digits, in the unit of the text; NULL: no number of them reads back as the same. */
static char *exact_in_unit_of(const char *text, enum param_kind kind, double value)
{
    const char *unit = strchr(text, ' ');
    g_autofree char *one = unit ? g_strconcat("1", unit, NULL) : NULL, *why = NULL;
    double size = NAN;

    if (!one || !units_parse_on_scale(kind, one, &size, &why))
        return NULL;
    for (int digits = 5; digits <= 17; digits++) {
        char number[G_ASCII_DTOSTR_BUF_SIZE], format[8];

        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_autofree char *exact = g_strconcat(g_ascii_formatd(number, sizeof number, format, value / size), unit, NULL);
        if (!strchr(number, 'e') && reads_as(kind, exact, value))
            return g_steal_pointer(&exact);
    }
    return NULL;
}

char *words_setting(enum param_kind kind, double value)
{
    /* Rates in bits, as links are sold, where that is exact. */
    g_autofree char *rate = kind == PARAM_RATE ? words_rate(value) : NULL, *human = units_human(kind, value);

    if (rate && reads_as(kind, rate, value))
        return g_steal_pointer(&rate);
    if (reads_as(kind, human, value))
        return g_steal_pointer(&human);
    g_autofree char *exact = exact_in_unit_of(rate ? rate : human, kind, value);
    return exact ? g_steal_pointer(&exact) : units_exact(kind, value);
}
