#include "sim/app/read/recurrence_text.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "sim/app/read/mistakes.h"
#include "sim/app/read/units.h"

#define OF_THE_MONTH " of the month"
#define ALL_DAYS 0x7f
#define WEEKDAYS 0x1f

static const char *const ordinals[] = {"last", "first", "second", "third", "fourth", "fifth", NULL};
static const char *const day_names[] = {"monday", "tuesday",  "wednesday", "thursday",
                                        "friday", "saturday", "sunday",    NULL};

static int place_of(const char *const *words, const char *word)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return i;
    return -1;
}

/* "day", "weekday", "monday", "mon-fri", "sat, sun" */
static bool parse_week(const char *text, struct recurrence *recurrence)
{
    int name = place_of(day_names, text);
    g_autofree char *why = NULL;
    double value;

    recurrence->kind = EVERY_WEEK;
    if (name >= 0)
        recurrence->days = (uint8_t)(1u << name);
    else if (strcmp(text, "day") == 0)
        recurrence->days = ALL_DAYS;
    else if (strcmp(text, "weekday") == 0)
        recurrence->days = WEEKDAYS;
    else if (units_parse(PARAM_DAYS, text, &value, &why))
        recurrence->days = (uint8_t)value;
    else
        return false;
    return true;
}

/* What is before "of the month": "second tuesday", "last day", "day 15". */
static bool parse_month(const char *text, struct recurrence *recurrence)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    if (g_strv_length(words) != 2)
        return false;
    if (strcmp(words[0], "day") == 0) {
        guint64 day;
        if (!g_ascii_string_to_unsigned(words[1], 10, 1, 31, &day, NULL))
            return false;
        recurrence->kind = EVERY_MONTH_DAY;
        recurrence->nth = (uint8_t)day;
        return true;
    }
    int nth = place_of(ordinals, words[0]), name = place_of(day_names, words[1]);
    if (nth == 0 && strcmp(words[1], "day") == 0) {
        recurrence->kind = EVERY_MONTH_DAY;
        return true;
    }
    if (nth < 0 || name < 0)
        return false;
    recurrence->kind = EVERY_MONTH;
    recurrence->nth = (uint8_t)nth;
    recurrence->days = (uint8_t)(1u << name);
    return true;
}

static bool parse_period(const char *text, struct recurrence *recurrence, char **why)
{
    g_autofree char *quoted = mistakes_quoted(text);

    if (!units_parse(PARAM_DURATION, text, &recurrence->seconds, why))
        return false;
    if (recurrence->seconds >= RECURRENCE_LEAST_S && recurrence->seconds <= UNITS_MOST_TIME)
        return true;
    *why = g_strdup_printf("%s is out of range; a period may be 1 s to 36525 d", quoted);
    return false;
}

bool recurrence_parse(const char *text, struct recurrence *recurrence, char **why)
{
    struct recurrence read = {.kind = EVERY_PERIOD};
    const char *at = strstr(text, " at ");
    g_autofree char *quoted = mistakes_quoted(text);

    *why = NULL;
    if (!at && (g_ascii_isdigit(*text) || *text == '-' || *text == '+')) {
        if (!parse_period(text, &read, why))
            return false;
        *recurrence = read;
        return true;
    }
    if (at) {
        g_autofree char *days = g_strndup(text, (size_t)(at - text));
        bool of_month = g_str_has_suffix(days, OF_THE_MONTH), good;

        if (of_month)
            days[strlen(days) - strlen(OF_THE_MONTH)] = '\0';
        good = of_month ? parse_month(days, &read) : parse_week(days, &read);
        if (good && !units_parse(PARAM_CLOCK, at + strlen(" at "), &read.seconds, why))
            return false;
        if (good && read.seconds >= 86400) {
            *why = g_strdup("a day's last moment is the next day's \"00:00\"; write that");
            return false;
        }
        if (good) {
            *recurrence = read;
            return true;
        }
    }
    *why = g_strdup_printf(
        "%s is no recurrence; write for example \"7 d\", \"day at 20:00\", \"mon-fri at 20:00\", \"monday at 06:00\", "
        "\"second tuesday of the month at 18:00\", \"day 15 of the month at 06:00\" or \"last day of the month at "
        "18:00\"",
        quoted);
    return false;
}

char *recurrence_text(const struct recurrence *recurrence)
{
    g_autofree char *clock = NULL, *days = NULL;

    if (recurrence->kind == EVERY_PERIOD)
        return units_exact(PARAM_DURATION, recurrence->seconds);
    clock = units_exact(PARAM_CLOCK, recurrence->seconds);
    if (recurrence->kind == EVERY_MONTH_DAY)
        return recurrence->nth ? g_strdup_printf("day %u of the month at %s", recurrence->nth, clock)
                               : g_strdup_printf("last day of the month at %s", clock);
    if (recurrence->kind == EVERY_MONTH)
        return g_strdup_printf("%s %s of the month at %s", ordinals[recurrence->nth],
                               day_names[g_bit_nth_lsf(recurrence->days, -1)], clock);
    days = recurrence->days == ALL_DAYS ? g_strdup("day") : units_exact(PARAM_DAYS, recurrence->days);
    return g_strdup_printf("%s at %s", days, clock);
}
