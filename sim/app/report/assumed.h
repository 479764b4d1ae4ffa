/* The assumptions that an answer rests on: settings that did something in a run and that nobody gave, or gave as a
 * guess, and whose default is an assumption, since nobody has published a value. */
#ifndef APP_ASSUMED_H
#define APP_ASSUMED_H

#include "sim/app/report/collector.h"

struct assumed {
    char *setting; /* "sender.window" */
    char *value;   /* "1 MiB" */
    const struct param_field *field;
    guint count; /* entities that rest on it */
};

/* After collector_end(), while the hierarchy is still there: GArray of struct assumed. */
GArray *assumed_defaults(const struct collector *collector);
void assumed_free(GArray *assumed);

#endif
