#include "models/sender.h"

#include <math.h>

#include "models/luck.h"
#include "models/observer.h"
#include "models/transfer.h"

#define AT(member) offsetof(struct sender_params, member)

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "max_concurrent_all_sites", .kind = PARAM_COUNT, .offset = AT(max_concurrent_all_sites), .standard = "5",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "sending threads of the site, to all destinations together (S1)",
     .console = "Sender, Maximum concurrent sendings, All sites", .cmdlet = "Set-CMSite -MaximumConcurrentSendingForAllSite"},
    {.name = "max_concurrent_per_site", .kind = PARAM_COUNT, .offset = AT(max_concurrent_per_site), .standard = "3",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "sending threads to any one destination site (S1)",
     .console = "Sender, Maximum concurrent sendings, Per site", .cmdlet = "Set-CMSite -MaximumConcurrentSendingForPerSite"},
    {.name = "retries", .kind = PARAM_COUNT, .offset = AT(retries), .standard = "2", .min = 0, .max = 99,
     .grade = GRADE_DOCUMENTED,
     .sentence = "how often a failed sending is tried again on its thread before it goes back to the scheduler (S5)",
     .console = "Sender, Retry settings, Number of retries", .cmdlet = "Set-CMSite -RetryNumberForConcurrentSending"},
    {.name = "retry_delay", .kind = PARAM_DURATION, .offset = AT(retry_delay_s), .standard = "1 min", .max = 5940,
     .grade = GRADE_DOCUMENTED, .sentence = "wait before a failed sending is tried again; its thread is held meanwhile (S5)",
     .console = "Sender, Retry settings, Delay before retrying",
     .cmdlet = "Set-CMSite -ConcurrentSendingDelayBeforeRetryingMins"},
    {.name = "connect_timeout", .kind = PARAM_DURATION, .offset = AT(connect_timeout_s), .standard = "30 s", .max = 86400,
     .grade = GRADE_ASSUMED, .sentence = "how long a try to a destination that is down holds its thread (S5)"},
    {.name = "failure_probability", .kind = PARAM_PERCENT, .offset = AT(failure_percent), .standard = "0 %", .max = 100,
     .grade = GRADE_CHOSEN,
     .sentence = "chance of each try to break off, anywhere in what it has to send; what has failed is tried again (S5)"},
    {.name = "resume", .kind = PARAM_BOOL, .offset = AT(resume), .standard = "true", .grade = GRADE_INFERRED,
     .sentence = "a sending that is tried again goes on at the last confirmed byte, not at the first (S5)"},
    {.name = "instruction_size", .kind = PARAM_SIZE, .offset = AT(instruction_size_bytes), .standard = "2 KiB", .max = 1e9,
     .grade = GRADE_INFERRED, .sentence = "size of the instruction file that follows each package file (S6)"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .standard = "1 MiB", .min = 1, .max = 1e12,
     .grade = GRADE_ASSUMED,
     .sentence = "what one connection has in flight: its speed is at most window / round-trip time (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN, .sentence = "most that one sending moves (N2)"},
    {0}};
/* clang-format on */

const struct param_table sender_table = {"sender",
                                         "sends content to other sites, one thread per send request (S1 to S6)",
                                         sizeof(struct sender_params), fields};

static struct sender_destination *destination_of(const struct transfer *t)
{
    return t->owner;
}

static double chance(const struct transfer *t, const double *setting)
{
    const struct sender *sender = destination_of(t)->sender;
    return luck_draw(sender->luck, setting, sender->site, "%s to %s", luck_package(sender->luck, t->package), t->to);
}

double sender_instruction_bytes(const struct sender *sender, const struct transfer *t)
{
    return luck_fixed(sender->luck, &sender->params->instruction_size_bytes, sender->site, "%s to %s",
                      luck_package(sender->luck, t->package), t->to);
}

static void tell(const struct transfer *t, enum status_id id)
{
    const struct sender *sender = destination_of(t)->sender;
    observer_tell_of_transfer(sender->observer, sim_now(sender->sim), t, sender->site, COMPONENT_SENDER, id);
}

/* ---- outbox ---- */

/* S1: by priority, then creation. */
static void wait_for_thread(struct sender_destination *destination, struct transfer *t)
{
    limiter_wait(&destination->limiter, t, sim_key_of(t->priority, t->id));
}

void sender_submit(struct transfer *t)
{
    struct sender_destination *destination = destination_of(t);
    t->tries_left = destination->sender->params->retries;
    transfer_enter(destination->sender->sim, t, TRANSFER_WAITING);
    tell(t, EVENT_SEND_REQUEST);
    wait_for_thread(destination, t);
}

/* ---- a try ---- */

/* Up to which byte the file goes that is next. */
static double end_of_file(const struct transfer *t)
{
    double package_file_bytes = t->bytes - sender_instruction_bytes(destination_of(t)->sender, t);
    return t->bytes_arrived < package_file_bytes ? package_file_bytes : t->bytes;
}

/* What of the next file this try moves. */
static double bytes_of_file(const struct transfer *t)
{
    return fmin(end_of_file(t) - t->bytes_arrived, t->breaks_after_bytes - (t->bytes_moved - t->attempt_bytes));
}

static void move_next_file(struct transfer *t)
{
    limiter_move(&destination_of(t)->limiter, t, bytes_of_file(t));
}

static void draw_failure(struct transfer *t)
{
    const struct sender *sender = destination_of(t)->sender;
    const char *package = luck_package(sender->luck, t->package);
    t->breaks_after_bytes = INFINITY;
    if (luck_strikes(sender->luck, sender->params->failure_percent, sender->site, "sending fails", "%s to %s", package,
                     t->to))
        t->breaks_after_bytes = (t->bytes - t->bytes_arrived) *
                                luck_share(sender->luck, sender->site, "sending fails at", "%s to %s", package, t->to);
}

/* Its window has closed, and its route says that it waits until it opens. */
static void suspend(struct sim *sim, struct transfer *t)
{
    struct sender_destination *destination = destination_of(t);
    limiter_leave(&destination->limiter, t);
    transfer_enter(sim, t, TRANSFER_WAITING);
    tell(t, EVENT_SENDING_SUSPENDED);
    wait_for_thread(destination, t);
}

static void try_to_send(struct sim *sim, struct transfer *t)
{
    limiter_begin(&destination_of(t)->limiter);
    transfer_attempt_begins(sim, t);
    if (sim_path_up(&t->flow)) {
        transfer_enter(sim, t, TRANSFER_MOVING);
        tell(t, EVENT_SENDING_STARTED);
        draw_failure(t);
        move_next_file(t);
    } else {
        transfer_enter(sim, t, TRANSFER_CONNECTING);
        sim_schedule_after(sim, &t->event, chance(t, &destination_of(t)->sender->params->connect_timeout_s));
    }
}

static void file_arrived(struct sim *sim, struct sim_flow *flow);
static void connection_lost(struct sim *sim, struct sim_flow *flow);

static void thread_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct transfer *t = SIM_OWNER(struct transfer, waiter, waiter);
    const GPtrArray *links = destination_of(t)->links;
    if (!t->flow.finished) /* only now: requests that wait stay small */
        sim_flow_init(&t->flow, (struct sim_link *const *)links->pdata, links->len, file_arrived, connection_lost);
    limiter_enter(&destination_of(t)->limiter, t);
    try_to_send(sim, t);
}

static void book_moved(struct transfer *t, double bytes)
{
    t->bytes_moved += bytes;
    t->bytes_arrived += bytes;
}

/* ---- what fails (S5) ---- */

static void failed(struct sim *sim, struct transfer *t, const char *outcome)
{
    struct sender *sender = destination_of(t)->sender;
    t->reason = outcome;
    transfer_attempt_ends(sim, t, outcome);
    tell(t, EVENT_SENDING_FAILED);
    if (t->tries_left > 0) {
        t->tries_left--;
        transfer_enter(sim, t, TRANSFER_RETRYING);
        sim_schedule_after(sim, &t->event, chance(t, &sender->params->retry_delay_s));
        return;
    }
    limiter_leave(&destination_of(t)->limiter, t);
    sender->gave_up(t);
}

/* What has moved of a file; resume: it is confirmed, to the last whole byte. */
static void book_unfinished(struct transfer *t, double moved_bytes, bool resume)
{
    double confirmed_bytes = resume ? t->bytes_arrived + floor(moved_bytes) : 0;
    t->bytes_moved += moved_bytes;
    t->bytes_resent += t->bytes_arrived + moved_bytes - confirmed_bytes;
    t->bytes_arrived = confirmed_bytes;
}

/* ---- its ends ---- */

static void file_arrived(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *t = SIM_OWNER(struct transfer, flow, flow);
    if (limiter_goes_on(&destination_of(t)->limiter, t))
        return;
    double moved_bytes = bytes_of_file(t);
    if (t->bytes_moved - t->attempt_bytes + moved_bytes >= t->breaks_after_bytes) {
        book_unfinished(t, moved_bytes, destination_of(t)->sender->params->resume);
        failed(sim, t, "random_failure");
        return;
    }
    book_moved(t, moved_bytes);
    if (t->bytes_arrived < t->bytes) {
        move_next_file(t);
        return;
    }
    transfer_attempt_ends(sim, t, "done");
    transfer_enter(sim, t, TRANSFER_DONE);
    tell(t, EVENT_SENDING_COMPLETED);
    limiter_leave(&destination_of(t)->limiter, t);
    destination_of(t)->sender->arrived(t);
}

static void connection_lost(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *t = SIM_OWNER(struct transfer, flow, flow);
    struct sender_destination *destination = destination_of(t);
    book_unfinished(t, limiter_stop(&destination->limiter, t), destination->sender->params->resume);
    failed(sim, t, "connection_lost");
}

static void time_is_up(struct sim *sim, struct sim_event *event)
{
    struct transfer *t = SIM_OWNER(struct transfer, event, event);
    const struct limiter *limiter = &destination_of(t)->limiter;
    if (t->state == TRANSFER_CONNECTING)
        failed(sim, t, "no_connection");
    else if (limiter->window_closed && !limiter_open(limiter, t->priority))
        suspend(sim, t);
    else
        try_to_send(sim, t);
}

/* ---- a window that closes (S4: on_window_close is suspend) ---- */

static void window_closed(struct sim *sim, struct transfer *t)
{
    if (t->state != TRANSFER_MOVING)
        return; /* between two tries: suspended when the next is due */
    book_unfinished(t, limiter_stop(&destination_of(t)->limiter, t), true);
    transfer_attempt_ends(sim, t, "window_closed");
    suspend(sim, t);
}

/* ---- wiring ---- */

void sender_init(struct sender *sender, struct sim *sim, struct sim_network *network,
                 const struct sender_params *params, const struct observer *observer, const char *site)
{
    *sender = (struct sender){.sim = sim, .network = network, .params = params, .observer = observer, .site = site};
    sim_slots_init(sim, &sender->threads, params->max_concurrent_all_sites);
}

void sender_clear(struct sender *sender)
{
    sim_slots_clear(sender->sim, &sender->threads);
}

void sender_destination_init(struct sender_destination *destination, struct sender *sender, const char *site,
                             GPtrArray *links, double cap_bytes_per_s, uint32_t cap_kind)
{
    *destination = (struct sender_destination){.sender = sender, .site = site, .links = links};
    limiter_init(&destination->limiter, sender->sim, sender->network, &sender->threads,
                 sender->params->max_concurrent_per_site, cap_bytes_per_s, cap_kind, NULL);
}

void sender_destination_limit(struct sender_destination *destination, const struct limiter_setup *setup,
                              enum on_window_close on_window_close)
{
    struct sender *sender = destination->sender;
    double cap_bytes_per_s = destination->limiter.cap_bytes_per_s;
    uint32_t cap_kind = destination->limiter.cap_kind;
    limiter_clear(&destination->limiter);
    limiter_init(&destination->limiter, sender->sim, sender->network, &sender->threads,
                 sender->params->max_concurrent_per_site, cap_bytes_per_s, cap_kind, setup);
    if (on_window_close == WINDOW_CLOSE_SUSPEND)
        destination->limiter.window_closed = window_closed;
}

void sender_destination_clear(struct sender_destination *destination)
{
    limiter_clear(&destination->limiter);
    g_ptr_array_unref(destination->links);
}

void sender_prepare(struct sender_destination *destination, struct transfer *t)
{
    t->owner = destination;
    t->cap_kind = (enum transfer_limit)destination->limiter.cap_kind;
    sim_waiter_init(&t->waiter, thread_granted);
    sim_event_init(&t->event, SIM_RANK_MODEL, time_is_up);
}

void sender_withdraw(struct transfer *t, const char *reason)
{
    struct sim *sim = destination_of(t)->sender->sim;
    transfer_mark(sim, t);
    sim_wait_cancel(sim, &t->waiter);
    t->reason = reason;
    tell(t, EVENT_CANCELLED);
    transfer_enter(sim, t, TRANSFER_CANCELLED);
}

double sender_moved(const struct transfer *t)
{
    return t->bytes_moved + (t->state == TRANSFER_MOVING ? limiter_moved(&destination_of(t)->limiter, t) : 0);
}

void sender_abandon(struct transfer *t)
{
    struct sender *sender = destination_of(t)->sender;
    sim_cancel(sender->sim, &t->event);
    if (t->state == TRANSFER_MOVING)
        book_moved(t, limiter_stop(&destination_of(t)->limiter, t));
    if (t->state == TRANSFER_MOVING || t->state == TRANSFER_CONNECTING)
        transfer_attempt_ends(sender->sim, t, "cut_short");
    if (sim_waiting(&t->waiter)) {
        transfer_mark(sender->sim, t);
        sim_wait_cancel(sender->sim, &t->waiter);
    } else if (sim_holding(&t->waiter)) {
        limiter_leave(&destination_of(t)->limiter, t);
    }
}
