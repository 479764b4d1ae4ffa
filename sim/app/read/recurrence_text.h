/* Recurrences as text: "7 d", "day at 02:00", "weekday at 20:00", "mon-fri at 20:00", "monday at 06:00", "second
 * tuesday of the month at 18:00" (first to fifth, last), "day 15 of the month at 06:00", "last day of the month at
 * 18:00". Durations, days and times of day are those of units.h. */
#ifndef SIM_APP_RECURRENCE_TEXT_H
#define SIM_APP_RECURRENCE_TEXT_H

#include <stdbool.h>

#include "models/recurrence.h"

#define RECURRENCE_LEAST_S 1.0 /* period */

/* As units_parse(). */
bool recurrence_parse(const char *text, struct recurrence *recurrence, char **why);
/* The one exact way to write it, to be freed. */
char *recurrence_text(const struct recurrence *recurrence);

#endif
