#include "models/status_manager.h"

#include "models/luck.h"

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "status_time", .kind = PARAM_DURATION, .offset = offsetof(struct status_manager_params, status_time_s),
     .standard = "4 s", .max = 86400, .grade = GRADE_INFERRED,
     .sentence = "from content on a distribution point to its status in the site's database, one at a time (X4)"},
    {0}};
/* clang-format on */

const struct param_table status_manager_table = {"status_manager", "takes in what distribution points report (X4)",
                                                 sizeof(struct status_manager_params), fields};

static void taken_in(struct sim *sim, struct sim_event *event)
{
    struct status_report *report = SIM_OWNER(struct status_report, event, event);
    sim_release(sim, &report->waiter);
    if (report->known)
        report->known(report);
    else
        report->manager->known(report);
}

static void taken_in_next(const struct sim_event *event, unsigned step)
{
    const struct status_report *report = SIM_OWNER(const struct status_report, event, event);
    if (step == 0)
        sim_call_for(report, sizeof *report);
    else if (step == 1)
        sim_call_for(report->manager, sizeof *report->manager);
    if (step > 0 && step < 5 && !report->known && report->manager->foresee_known)
        report->manager->foresee_known(report, step - 1);
}

static void turn_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct status_report *report = SIM_OWNER(struct status_report, waiter, waiter);
    const struct status_manager *manager = report->manager;
    sim_schedule_after(sim, &report->event,
                       luck_draw(manager->luck, &manager->params->status_time_s, manager->site, "%s to %s",
                                 luck_package(manager->luck, report->package), report->dp));
}

void status_manager_receive(struct status_manager *manager, struct status_report *report)
{
    report->manager = manager;
    sim_waiter_init(&report->waiter, turn_granted);
    sim_event_init(&report->event, SIM_RANK_MODEL, taken_in);
    sim_wait(manager->sim, &report->waiter, &manager->line, sim_key_of(0, sim_number(manager->sim)));
}

void status_manager_abandon(struct status_report *report)
{
    if (!report->manager)
        return;
    struct sim *sim = report->manager->sim;
    sim_cancel(sim, &report->event);
    if (sim_waiting(&report->waiter))
        sim_wait_cancel(sim, &report->waiter);
    else if (sim_holding(&report->waiter))
        sim_release(sim, &report->waiter);
}

void status_manager_init(struct status_manager *manager, struct sim *sim, const struct status_manager_params *params)
{
    *manager = (struct status_manager){.sim = sim, .params = params};
    sim_foresee(sim, taken_in, taken_in_next);
    sim_slots_init(sim, &manager->threads, 1);
    sim_line_init(sim, &manager->line, &manager->threads, SIM_UNLIMITED);
}

void status_manager_clear(struct status_manager *manager)
{
    sim_line_clear(&manager->line);
    sim_slots_clear(manager->sim, &manager->threads);
}
