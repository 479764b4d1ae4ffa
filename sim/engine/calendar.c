#include "sim/engine/calendar.h"

#include <glib.h>
#include <math.h>
#include <stdbool.h>

struct step {
    double from_s;
    double value;
};

/* Steps cover the week: the first starts at 0, neighbours differ in value. The last and the first may not, and then the
 * start of the week is no change. */
struct sim_calendar {
    struct step *steps;
    size_t n;
};

struct sim_calendar *sim_calendar_new(double value)
{
    struct sim_calendar *calendar = g_new(struct sim_calendar, 1);

    calendar->steps = g_new(struct step, 1);
    calendar->steps[0] = (struct step){0, value};
    calendar->n = 1;
    return calendar;
}

void sim_calendar_free(struct sim_calendar *calendar)
{
    if (!calendar)
        return;
    g_free(calendar->steps);
    g_free(calendar);
}

static void append(struct sim_calendar *calendar, double from_s, double value)
{
    if (calendar->n && calendar->steps[calendar->n - 1].value == value)
        return;
    calendar->steps[calendar->n++] = (struct step){from_s, value};
}

void sim_calendar_set(struct sim_calendar *calendar, double from_s, double to_s, double value)
{
    g_assert(0 <= from_s && from_s < to_s && to_s <= SIM_WEEK_S);

    struct sim_calendar old = *calendar;
    double value_after = value; /* what held, and goes on holding, at to_s */
    size_t i = 0;

    calendar->steps = g_new(struct step, old.n + 2);
    calendar->n = 0;
    for (; i < old.n && old.steps[i].from_s < from_s; i++)
        append(calendar, old.steps[i].from_s, old.steps[i].value);
    append(calendar, from_s + 0.0, value);
    for (i = 0; i < old.n && old.steps[i].from_s <= to_s; i++)
        value_after = old.steps[i].value;
    if (to_s < SIM_WEEK_S)
        append(calendar, to_s, value_after);
    for (; i < old.n; i++)
        append(calendar, old.steps[i].from_s, old.steps[i].value);
    g_free(old.steps);
}

void sim_calendar_set_days(struct sim_calendar *calendar, uint8_t days, double from_s, double to_s, double value)
{
    const double day_s = SIM_WEEK_S / 7;

    g_assert(0 <= from_s && from_s < day_s && 0 <= to_s && to_s <= day_s);
    for (int day = 0; day < 7; day++) {
        if (!(days & 1u << day))
            continue;
        double begins_s = day * day_s + from_s, ends_s = day * day_s + to_s + (to_s > from_s ? 0 : day_s);
        sim_calendar_set(calendar, begins_s, MIN(ends_s, SIM_WEEK_S), value);
        if (ends_s > SIM_WEEK_S)
            sim_calendar_set(calendar, 0, ends_s - SIM_WEEK_S, value);
    }
}

static double start_of_week(double t_s)
{
    double start_s = floor(t_s / SIM_WEEK_S) * SIM_WEEK_S;

    return start_s > t_s ? start_s - SIM_WEEK_S : start_s; /* the quotient was rounded up */
}

/* How many steps of the week that starts at week_s have begun at t_s, 1 or more. A step begins at week_s + from_s as
 * rounded here and in next_change(): the value at the time of a change is always the new one. */
static size_t begun(const struct sim_calendar *calendar, double week_s, double t_s)
{
    size_t low = 1, high = calendar->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (week_s + calendar->steps[middle].from_s <= t_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

double sim_calendar_value(const struct sim_calendar *calendar, double t_s)
{
    g_assert(isfinite(t_s));
    return calendar->steps[begun(calendar, start_of_week(t_s), t_s) - 1].value;
}

double sim_calendar_next_change(const struct sim_calendar *calendar, double t_s)
{
    g_assert(isfinite(t_s));
    if (calendar->n == 1)
        return INFINITY;

    double week_s = start_of_week(t_s);
    size_t next = begun(calendar, week_s, t_s);
    if (next < calendar->n)
        return week_s + calendar->steps[next].from_s;
    bool wraps = calendar->steps[0].value == calendar->steps[calendar->n - 1].value;
    return week_s + SIM_WEEK_S + calendar->steps[wraps].from_s;
}
