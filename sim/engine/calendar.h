/* Weekly calendar: a step function that repeats every week. Times are seconds on a clock whose zero is Monday 00:00, of
 * any week (so any finite number, also negative). */
#ifndef SIM_ENGINE_CALENDAR_H
#define SIM_ENGINE_CALENDAR_H

#include <stddef.h>
#include <stdint.h>

#define SIM_WEEK_S 604800.0

struct sim_calendar;

/* The value is `value` everywhere. */
struct sim_calendar *sim_calendar_new(double value);
void sim_calendar_free(struct sim_calendar *calendar);
/* From from_s to to_s (0 <= from_s < to_s <= one week) the value is `value`; later calls win over earlier ones. */
void sim_calendar_set(struct sim_calendar *calendar, double from_s, double to_s, double value);
/* The same on each of these days (bit 0 is Monday), from and to being times of the day (0 <= from_s < one day, 0 <=
 * to_s
 * <= one day); an end that is not after the beginning is on the next day. */
void sim_calendar_set_days(struct sim_calendar *calendar, uint8_t days, double from_s, double to_s, double value);
/* The value at t_s; at a change, the new one. O(log n). */
double sim_calendar_value(const struct sim_calendar *calendar, double t_s);
/* The first time after t_s at which the value changes; INFINITY for a constant. O(log n). */
double sim_calendar_next_change(const struct sim_calendar *calendar, double t_s);

#endif
