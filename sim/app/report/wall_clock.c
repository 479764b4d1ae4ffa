#include "sim/app/report/wall_clock.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>

/* "06:12:30", "Tue 17 May 2016": two of them fit into what callers give. */
enum { PART_SIZE = WALL_CLOCK_SIZE / 2 };

/* Days of scenarios that last longer are told with their year. */
#define LONG_S (300 * 86400.0)

struct date {
    int64_t year;
    unsigned month, day; /* from 1 */
    unsigned weekday;    /* 0: Monday */
    unsigned hour, minute, second, millisecond;
};

static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

/* Days to a date of the Gregorian calendar, by years that begin in March and eras of 400 years. */
static struct date date_of(double start_s, double time_s)
{
    /* Simulated times are sums of many: a nanosecond is added so that 06:12:00 does not become 06:11:59. */
    double seconds = start_s + time_s + 1e-9 + 4e-16 * fabs(start_s);
    /* Scenarios begin after 1900 and end before 10000, and pictures show a little more than that. */
    g_assert(fabs(seconds) < 1e12);
    int64_t milliseconds = (int64_t)floor(seconds * 1000);
    int64_t days = milliseconds / 86400000 - (milliseconds % 86400000 < 0);
    unsigned rest = (unsigned)(milliseconds - days * 86400000);
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    unsigned day_of_era = (unsigned)(shifted - era * 146097);
    unsigned year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    unsigned month_from_march = (5 * day_of_year + 2) / 153;
    unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    return (struct date){.year = (int64_t)year_of_era + era * 400 + (month <= 2),
                         .month = month,
                         .day = day_of_year - (153 * month_from_march + 2) / 5 + 1,
                         .weekday = (unsigned)(((days + 3) % 7 + 7) % 7),
                         .hour = rest / 3600000,
                         .minute = rest / 60000 % 60,
                         .second = rest / 1000 % 60,
                         .millisecond = rest % 1000};
}

static char *put(char *at, unsigned number, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; number /= 10)
        at[i] = (char)('0' + number % 10);
    return at + digits;
}

size_t wall_clock_iso(char text[WALL_CLOCK_SIZE], double start_s, double time_s)
{
    char *at = text;

    if (isfinite(start_s + time_s)) {
        struct date d = date_of(start_s, time_s);

        at = put(at, (unsigned)d.year, 4);
        *at++ = '-';
        at = put(at, d.month, 2);
        *at++ = '-';
        at = put(at, d.day, 2);
        *at++ = 'T';
        at = put(at, d.hour, 2);
        *at++ = ':';
        at = put(at, d.minute, 2);
        *at++ = ':';
        at = put(at, d.second, 2);
        *at++ = '.';
        at = put(at, d.millisecond, 3);
    }
    *at = 0;
    return (size_t)(at - text);
}

size_t wall_clock_minute(char text[WALL_CLOCK_SIZE], double start_s, double time_s)
{
    struct date d = date_of(start_s, time_s);

    return (size_t)g_snprintf(text, PART_SIZE, "%02u:%02u", d.hour, d.minute);
}

size_t wall_clock_second(char text[WALL_CLOCK_SIZE], double start_s, double time_s)
{
    struct date d = date_of(start_s, time_s);

    return (size_t)g_snprintf(text, PART_SIZE, "%02u:%02u:%02u", d.hour, d.minute, d.second);
}

size_t wall_clock_day(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s)
{
    struct date d = date_of(scenario->start_s, time_s);
    size_t n = (size_t)g_snprintf(text, PART_SIZE, "%s %u %s", weekdays[d.weekday], d.day, months[d.month - 1]);

    if (scenario->until_s > LONG_S)
        n += (size_t)g_snprintf(text + n, PART_SIZE - n, " %" G_GINT64_FORMAT, d.year);
    return n;
}

size_t wall_clock_short(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s)
{
    size_t n = wall_clock_day(text, scenario, time_s);

    text[n++] = ' ';
    return n + wall_clock_minute(text + n, scenario->start_s, time_s);
}

size_t wall_clock_exact(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s)
{
    struct date d = date_of(scenario->start_s, time_s);
    size_t n = wall_clock_short(text, scenario, time_s);

    if (d.second || d.millisecond)
        n += (size_t)g_snprintf(text + n, WALL_CLOCK_SIZE - n, ":%02u", d.second);
    if (d.millisecond)
        n += (size_t)g_snprintf(text + n, WALL_CLOCK_SIZE - n, ".%03u", d.millisecond);
    return n;
}
