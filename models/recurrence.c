#include "models/recurrence.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

#define DAY_S 86400.0
#define UNIX_EPOCH 719163 /* 1970-01-01 as GDate counts days */
#define ERA_DAYS 146097   /* after 400 years the calendar repeats, days of the week too */
#define LONGEST_WAIT 366  /* more than from any fifth weekday or 29 February to the next month that has one */

static bool falls_on(const struct recurrence *recurrence, const GDate *date)
{
    uint8_t length = g_date_get_days_in_month(g_date_get_month(date), g_date_get_year(date));
    uint8_t day = g_date_get_day(date);
    bool right_day = recurrence->days & 1u << (g_date_get_weekday(date) - 1);
    switch (recurrence->kind) {
    case EVERY_WEEK:
        return right_day;
    case EVERY_MONTH:
        return right_day && (recurrence->nth ? (day + 6) / 7 == recurrence->nth : day + 7 > length);
    case EVERY_MONTH_DAY:
        return recurrence->nth ? day == recurrence->nth : day == length;
    default:
        return false;
    }
}

double recurrence_next(const struct recurrence *recurrence, double from_s)
{
    double first_day = floor(from_s / DAY_S);
    if (!isfinite(from_s))
        return INFINITY;
    for (int i = 0; i <= LONGEST_WAIT; i++) {
        double day = first_day + i, at_s = day * DAY_S + recurrence->seconds;
        GDate date;
        g_date_clear(&date, 1);
        g_date_set_julian(&date, UNIX_EPOCH + (guint32)(day - floor(day / ERA_DAYS) * ERA_DAYS));
        if (at_s >= from_s && falls_on(recurrence, &date))
            return at_s;
    }
    return INFINITY;
}
