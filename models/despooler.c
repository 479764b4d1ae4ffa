#include "models/despooler.h"

#include <math.h>

#include "models/causes.h"
#include "models/luck.h"
#include "models/observer.h"

/* Without a retry delay, for a change that has not even left its site. */
static const double look_again_s = 1;

#define AT(member) offsetof(struct despooler_params, member)

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "threads", .kind = PARAM_COUNT, .offset = AT(threads), .standard = "3", .min = 1, .max = 999,
     .grade = GRADE_DOCUMENTED, .sentence = "despooling threads (P1)"},
    {.name = "despool_retry_delay", .kind = PARAM_DURATION, .offset = AT(despool_retry_delay_s), .standard = "5 min",
     .max = 604800, .grade = GRADE_DOCUMENTED,
     .sentence = "wait before an instruction is tried again whose database change has not arrived (code 12, P1); "
                                                             "0 s: it is tried as soon as that has"},
    {.name = "despool_rate", .kind = PARAM_RATE, .offset = AT(despool_rate_bytes_per_s), .standard = "20 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of unpacking, storing and hashing, in bytes of uncompressed content (P1)"},
    {0}};
/* clang-format on */

const struct param_table despooler_table = {"despooler",
                                            "unpacks what arrives from other sites into the content library (P1)",
                                            sizeof(struct despooler_params), fields};

static void tell(const struct instruction *instruction, enum status_id id)
{
    const struct despooler *despooler = instruction->despooler;
    const struct status status = {
        .time_s = sim_now(despooler->sim),
        .site = despooler->site,
        .component = COMPONENT_DESPOOLER,
        .id = id,
        .package = instruction->package,
        .version = instruction->version,
        .object = "",
        .attempt = instruction->tries,
    };
    despooler->observer->status(despooler->observer->ctx, &status);
}

static double chance(const struct instruction *instruction, const double *setting)
{
    const struct despooler *despooler = instruction->despooler;
    return luck_draw(despooler->luck, setting, despooler->site, "%s",
                     luck_package(despooler->luck, instruction->package));
}

static void log_switch(const struct instruction *instruction, enum cause cause)
{
    if (instruction->log)
        cause_log_switch(instruction->despooler->sim->memory, instruction->log, sim_now(instruction->despooler->sim),
                         cause);
}

static void wait_for_thread(struct sim *sim, struct instruction *instruction)
{
    log_switch(instruction, CAUSE_DESPOOLER_WAIT);
    sim_wait(sim, &instruction->waiter, &instruction->despooler->line, sim_key_of(0, sim_number(sim)));
}

static void thread_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct instruction *instruction = SIM_OWNER(struct instruction, waiter, waiter);
    struct despooler *despooler = instruction->despooler;
    instruction->tries++;
    double change_s = despooler->change_arrives_s(instruction);
    if (change_s > sim_now(sim)) {
        double delay_s = chance(instruction, &despooler->params->despool_retry_delay_s);
        double arrives_s = isfinite(change_s) ? change_s : sim_now(sim) + look_again_s;
        tell(instruction, STATUS_DESPOOLER_CODE_12);
        log_switch(instruction, CAUSE_DESPOOL_RETRY_WAIT);
        sim_schedule(sim, &instruction->due, delay_s > 0 ? sim_now(sim) + delay_s : arrives_s);
        sim_release(sim, waiter);
        return;
    }
    tell(instruction, EVENT_DESPOOLING_STARTED);
    log_switch(instruction, CAUSE_DESPOOLING);
    sim_flow_start(despooler->network, &instruction->work, instruction->bytes,
                   chance(instruction, &despooler->params->despool_rate_bytes_per_s));
}

static void now_due(struct sim *sim, struct sim_event *event)
{
    wait_for_thread(sim, SIM_OWNER(struct instruction, due, event));
}

static void unpacked(struct sim *sim, struct sim_flow *flow)
{
    struct instruction *instruction = SIM_OWNER(struct instruction, work, flow);
    tell(instruction, STATUS_STORED);
    if (instruction->log)
        cause_log_end(sim->memory, instruction->log, sim_now(sim));
    sim_release(sim, &instruction->waiter);
    instruction->despooler->stored(instruction);
}

void despooler_receive(struct despooler *despooler, struct instruction *instruction)
{
    instruction->despooler = despooler;
    sim_waiter_init(&instruction->waiter, thread_granted);
    sim_event_init(&instruction->due, SIM_RANK_MODEL, now_due);
    /* A disk does not fail: nobody has to be told that the work is lost. */
    sim_flow_init(&instruction->work, &despooler->disk, despooler->disk ? 1 : 0, unpacked, NULL);
    wait_for_thread(despooler->sim, instruction);
}

void despooler_abandon(struct instruction *instruction)
{
    if (!instruction->despooler)
        return;
    struct sim *sim = instruction->despooler->sim;
    sim_cancel(sim, &instruction->due);
    if (sim_waiting(&instruction->waiter)) {
        sim_wait_cancel(sim, &instruction->waiter);
    } else if (sim_holding(&instruction->waiter)) {
        sim_flow_stop(instruction->despooler->network, &instruction->work);
        sim_release(sim, &instruction->waiter);
    }
    sim_flow_clear(&instruction->work);
}

void despooler_init(struct despooler *despooler, struct sim *sim, struct sim_network *network,
                    const struct despooler_params *params, const struct observer *observer, const char *site,
                    struct sim_link *disk)
{
    *despooler = (struct despooler){
        .sim = sim, .network = network, .params = params, .observer = observer, .site = site, .disk = disk};
    sim_slots_init(sim, &despooler->threads, params->threads);
    sim_line_init(sim, &despooler->line, &despooler->threads, SIM_UNLIMITED);
}

void despooler_clear(struct despooler *despooler)
{
    sim_line_clear(&despooler->line);
    sim_slots_clear(despooler->sim, &despooler->threads);
}
