/* What stands in the way of an objective that no setting is shown to meet: where deliveries spend their time, which
 * link holds them back, and what other settings would do, all of one replication. */
#ifndef APP_STUDY_PLAN_BINDING_H
#define APP_STUDY_PLAN_BINDING_H

#include <signal.h>

#include "sim/app/report/advice.h"
#include "sim/app/report/summary.h"

struct plan_binding {
    struct simulation *simulation; /* of the replication */
    struct summary *summary;
    struct advice *advice;
    guint objective;   /* its number among the scenario's */
    GPtrArray *ranked; /* const struct trial *: those that help the objective most first, those not tried last */
};

/* Runs the replication again, and with other settings, which are restored. objective: its name, or as it is stated.
 * stop: as of advice_new(). NULL: chance has made too much of it. */
struct plan_binding *plan_binding_new(struct scenario *scenario, const char *objective, uint32_t replication,
                                      const volatile sig_atomic_t *stop);
void plan_binding_free(struct plan_binding *binding);
/* A few lines; where: "There", "In run 7"; to be freed. */
char *plan_binding_waits(const struct plan_binding *binding, const char *where);
/* What the changes do in this replication, for a scenario that has no other; to be freed. */
char *plan_binding_trials(const struct plan_binding *binding);
/* Nearer by less than this is not worth telling: a hundredth of the time that is missing, or to spare, and a second. */
double plan_least_gain_s(double margin_s);
/* What to write for more time than there is: "--set until=14d"; to be freed. */
char *plan_binding_later_end(const struct scenario *scenario);

#endif
