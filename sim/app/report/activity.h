/* What did something in a run: settings of the rest do not matter to its answer. */
#ifndef APP_ACTIVITY_H
#define APP_ACTIVITY_H

#include "sim/app/report/collector.h"

struct activity;

/* After collector_end(), while the hierarchy is still there; of a run with COLLECT_ALL or COLLECT_DIGEST. */
struct activity *activity_new(const struct collector *collector);
void activity_free(struct activity *activity);
/* Whether any try failed. */
bool activity_has_failures(const struct activity *activity);

/* A setting that did something. */
struct active_setting {
    const char *list;                /* "sites" */
    const char *entity;              /* its name; NULL: it has none */
    guint index;                     /* in the list */
    const char *path;                /* from there: "sender.window" */
    const struct param_table *table; /* of the component */
    const struct param_field *field;
    const char *at; /* its value, in the scenario */
};

/* Shows those of locations, sites, routes and distribution points, entity by entity. */
void activity_each(const struct activity *activity, void (*visit)(void *ctx, const struct active_setting *setting),
                   void *ctx);

#endif
