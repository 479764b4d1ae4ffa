/* Status (X4): what a distribution point reports is in its site's database status_time later, one report at a time. */
#ifndef MODELS_STATUS_MANAGER_H
#define MODELS_STATUS_MANAGER_H

#include "models/params.h"
#include "sim/engine/slots.h"

struct status_manager_params {
    double status_time_s;
};

extern const struct param_table status_manager_table;

struct luck;

struct status_report {
    struct status_manager *manager;
    struct sim_waiter waiter;
    struct sim_event event;
    const char *dp;                              /* who reports */
    uint32_t package;                            /* about which */
    void (*known)(struct status_report *report); /* whom to tell; NULL: the manager's known() */
};

struct status_manager {
    struct sim *sim;
    const struct status_manager_params *params;
    struct luck *luck; /* chance; NULL: none. Set by the owner, as the callbacks are */
    const char *site;
    struct sim_slots threads; /* one */
    struct sim_line line;
    void (*known)(struct status_report *report); /* the report is in the database; it is free */
    /* As sim_foresee(), for what known() will need: step 0 to 3. NULL: nothing. */
    void (*foresee_known)(const struct status_report *report, unsigned step);
};

void status_manager_init(struct status_manager *manager, struct sim *sim, const struct status_manager_params *params);
void status_manager_clear(struct status_manager *manager);
void status_manager_receive(struct status_manager *manager, struct status_report *report);
/* The run is over. Harmless when the report is not here. */
void status_manager_abandon(struct status_report *report);

#endif
