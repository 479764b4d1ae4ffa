/* Whether the deliveries of a run reach an objective, and by how much. */
#ifndef APP_OBJECTIVE_H
#define APP_OBJECTIVE_H

#include "sim/app/report/collector.h"

struct objective_result {
    const struct objective_spec *spec;
    guint n, n_needed, n_by_deadline; /* deliveries asked about, and of them */
    bool decided;                     /* false: the run was cut short before its deadline */
    bool met;
    double share_by_deadline; /* of 1; NaN when nothing is asked about */
    double share_at_end;
    double reached_s; /* when the share was reached; NaN: never */
    double margin_s;  /* by - reached: negative is late; NaN: never reached */
};

/* Which deliveries it asks about, for many look-ups. */
struct objective_scope {
    const struct objective_spec *spec;
    bool *packages, *dps; /* by index */
};

void objective_scope_init(struct objective_scope *scope, const struct objective_spec *spec,
                          const struct scenario *scenario);
void objective_scope_clear(struct objective_scope *scope);
/* Whether it asks about the delivery, and when that was there, as the objective counts it; NaN: it was not. A cancelled
 * one is not asked about: a newer one stands in its place. */
bool objective_asks(const struct objective_scope *scope, const struct delivery_fact *fact, double *when_s);

struct objective_result objective_judge(const struct collector *collector, const struct objective_spec *spec);
/* When each of the deliveries that it asks about, of which there are n, was there: double, sorted; those that never
 * were are not among them. To be unreferenced. */
GArray *objective_times(const struct collector *collector, const struct objective_spec *spec, guint *n);

/* Whether a text may state an objective in place of a name: "all on_dp by 06:00". */
bool objective_is_stated(const char *text);
/* Reads one: "all" or a share, what must have happened, "by" when: "99 % site_knows by 2 h"; all packages, everywhere.
 * Its name is the text. NULL: a sentence to be freed. */
struct objective_spec *objective_state(const char *text, const struct scenario *scenario, char **why);
void objective_free(struct objective_spec *spec);

#endif
