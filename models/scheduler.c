#include "models/scheduler.h"

#include "models/luck.h"
#include "models/observer.h"
#include "models/transfer.h"

#define AT(member) offsetof(struct scheduler_params, member)

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "scheduler_delay", .kind = PARAM_DURATION, .offset = AT(scheduler_delay_s), .standard = "5 s", .max = 86400,
     .grade = GRADE_ASSUMED, .sentence = "from a mini-job to its send request in the sender's outbox (D5)"},
    {.name = "reschedule_delay", .kind = PARAM_DURATION, .offset = AT(reschedule_delay_s), .standard = "9 min",
     .min = 1, .max = 604800, .grade = GRADE_INFERRED,
     .sentence = "wait before a send request that failed at the sender is submitted again (D5)"},
    {.name = "reschedule_for", .kind = PARAM_DURATION, .offset = AT(reschedule_for_s), .standard = "7 d", .max = 31536000,
     .grade = GRADE_DOCUMENTED,
     .sentence = "for how long after its creation a send request is submitted again; then it has failed (D5)"},
    {0}};
/* clang-format on */

const struct param_table scheduler_table = {"scheduler", "turns mini-jobs into send requests (D5)",
                                            sizeof(struct scheduler_params), fields};

static void tell(const struct scheduler *scheduler, const struct transfer *t, enum status_id id)
{
    observer_tell_of_transfer(scheduler->observer, sim_now(scheduler->sim), t, scheduler->site, COMPONENT_SCHEDULER,
                              id);
}

/* The name stands for the setting in one request: what is asked for once is the same each time. */
#define CHANCE(how, scheduler, t, setting)                                                                             \
    how((scheduler)->luck, &(scheduler)->params->setting, (scheduler)->site, "%s to %s",                               \
        luck_package((scheduler)->luck, (t)->package), (t)->to)

static void delay_ends(struct sim *sim, struct sim_event *event)
{
    (void)sim;
    sender_submit(SIM_OWNER(struct transfer, schedule, event));
}

void scheduler_mini_job(struct scheduler *scheduler, struct transfer *t)
{
    tell(scheduler, t, EVENT_MINI_JOB);
    sim_event_init(&t->schedule, SIM_RANK_MODEL, delay_ends);
    sim_schedule_after(scheduler->sim, &t->schedule, CHANCE(luck_draw, scheduler, t, scheduler_delay_s));
}

void scheduler_given_up(struct scheduler *scheduler, struct transfer *t)
{
    double again_s = sim_now(scheduler->sim) + CHANCE(luck_draw, scheduler, t, reschedule_delay_s);
    if (again_s - t->created_s > CHANCE(luck_fixed, scheduler, t, reschedule_for_s)) {
        transfer_enter(scheduler->sim, t, TRANSFER_FAILED);
        scheduler->failed(t);
        return;
    }
    transfer_enter(scheduler->sim, t, TRANSFER_RESCHEDULED);
    tell(scheduler, t, EVENT_RESCHEDULED);
    sim_schedule(scheduler->sim, &t->schedule, again_s);
}

void scheduler_withdraw(struct scheduler *scheduler, struct transfer *t, const char *reason)
{
    sim_cancel(scheduler->sim, &t->schedule);
    t->reason = reason;
    tell(scheduler, t, EVENT_CANCELLED);
    transfer_enter(scheduler->sim, t, TRANSFER_CANCELLED);
}

void scheduler_abandon(struct scheduler *scheduler, struct transfer *t)
{
    sim_cancel(scheduler->sim, &t->schedule);
}
