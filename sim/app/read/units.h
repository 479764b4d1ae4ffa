/* Quantities as text. Pure and total: any UTF-8 text is either read or refused with a sentence that says what to write.
 * Spaces between number and unit are optional; units are case-sensitive. k M G T are 1000, Ki Mi Gi Ti 1024; b and bit
 * are bits, B is bytes. */
#ifndef SIM_APP_UNITS_H
#define SIM_APP_UNITS_H

#include <stdbool.h>

#include "models/params.h"

/* Reads a PARAM_PERCENT, _DURATION (also negative, and in parts, "1 d 23 h", as durations are printed), _RATE
 * ("unlimited" is INFINITY), _SIZE (rounded to whole bytes), _DATE_TIME, _CLOCK or _DAYS (bits, bit 0 is Monday).
 * Returns whether it could; the value is then finite or, for a rate, INFINITY. If not, *why is a sentence without a
 * full stop, to be freed, and *value is not touched. Ranges are not looked at, but a rate, size or percentage is never
 * negative. */
bool units_parse(enum param_kind kind, const char *text, double *value, char **why);

/* Reads a PARAM_TIME: a duration since the start ("90 min"), the next such time of day at the start (after: only later)
 * or after it ("02:00"), or a date and time. start_s is the scenario's start, s since 1970-01-01T00:00 on the same
 * clock; with NaN only the form of the latter two is checked, and they are NaN. The value is in s since the start and
 * may be negative. */
bool units_parse_time(const char *text, double start_s, bool after, double *value_s, char **why);

/* The number that the first n characters are, "20", "-1.5e3": the same double that strtod() gives, sooner for those
 * that people write. */
double units_number(const char *text, size_t n);

/* Whether values of the kind lie on a scale: PARAM_COUNT, _NUMBER, _TIME, and quantities but _DATE_TIME and _DAYS. */
bool units_is_scale(enum param_kind kind);

/* Reads a value of such a kind, in the text's own words: a bare number where those are written so, and of moments only
 * durations since the start. Returns whether it could, as units_parse(). */
bool units_parse_on_scale(enum param_kind kind, const char *text, double *value, char **why);

/* What to say of a bare number where a unit is needed: "30 has no unit; write "30 s" or "30 min""; to be freed. `shown`
 * is the number as the user wrote it. */
char *units_missing(enum param_kind kind, const char *shown, double number);

/* The one exact way to write a value of the kinds above, PARAM_TIME ("5400 s"), PARAM_NUMBER or PARAM_COUNT: reading it
 * gives the same double. To be freed. */
char *units_exact(enum param_kind kind, double value);

/* A short way to write it for people, rounded to 4 digits where that is shorter: "100 Mbit/s", "1 MiB", "30 min". To be
 * freed. */
char *units_human(enum param_kind kind, double value);

/* Where a table gives no range: rates that are not unlimited, bytes/s, and moments, s after the start. Beyond them
 * doubles would no longer tell a byte or a nanosecond. */
#define UNITS_LEAST_RATE 0.125
#define UNITS_MOST_RATE 1e15
#define UNITS_MOST_TIME 3155760000.0 /* 100 years */

/* An example of the kind: "30 min". */
const char *units_example(enum param_kind kind);

#endif
