/* When something comes again: every so often, or by the calendar. */
#ifndef MODELS_RECURRENCE_H
#define MODELS_RECURRENCE_H

#include <stdint.h>

enum recurrence_kind {
    EVERY_NONE,     /* it does not */
    EVERY_PERIOD,   /* seconds: the period */
    EVERY_WEEK,     /* on these days, at seconds since midnight */
    EVERY_MONTH,    /* the nth of these days of the month, if it has so many; 0: the last */
    EVERY_MONTH_DAY /* the nth day of the month, if it has so many; 0: the last */
};

struct recurrence {
    enum recurrence_kind kind;
    uint8_t days; /* bit 0 is Monday */
    uint8_t nth;
    double seconds; /* whole ones, but of a period */
};

/* The first time of the calendar at or after a moment, both in s since 1970-01-01T00:00 of the same clock. Not for
 * periods. INFINITY: there is none, as for a moment that is no number. */
double recurrence_next(const struct recurrence *recurrence, double from_s);

#endif
