/* Simulated seconds as dates and times of day on the clock of the top site. start_s is the scenario's: seconds since
 * 1970-01-01T00:00 on that clock. */
#ifndef APP_WALL_CLOCK_H
#define APP_WALL_CLOCK_H

#include <stddef.h>

#include "models/scenario.h"

#define WALL_CLOCK_SIZE 40

/* "2016-05-17T06:12:30.250", to the millisecond; nothing for NaN. Returns the length. */
size_t wall_clock_iso(char text[WALL_CLOCK_SIZE], double start_s, double time_s);
/* "Tue 17 May", with the year in scenarios that last so long that days could be mistaken: "Tue 17 May 2016". */
size_t wall_clock_day(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s);
/* "Tue 17 May 06:12"; rounded down to the minute, as clocks on walls do. */
size_t wall_clock_short(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s);
/* "Tue 17 May 06:12", and no less exact than the time is: "... 06:12:30", "... 06:12:30.250". */
size_t wall_clock_exact(char text[WALL_CLOCK_SIZE], const struct scenario *scenario, double time_s);
/* Times of day: "06:12", "06:12:30". */
size_t wall_clock_minute(char text[WALL_CLOCK_SIZE], double start_s, double time_s);
size_t wall_clock_second(char text[WALL_CLOCK_SIZE], double start_s, double time_s);

#endif
