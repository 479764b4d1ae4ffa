#include "models/limiter.h"

#include <math.h>

#include "models/transfer.h"
#include "sim/engine/calendar.h"

static const char *const availabilities[] = {"open", "medium-high", "high", "closed", NULL};
static const char *const rate_limiters[] = {"duty", "nominal", "timeslice", NULL};
const char *const rate_limit_clocks[] = {"sending_site", "destination", NULL};

/* clang-format off */
#define AT(member) offsetof(struct schedule_entry, member)
static const struct param_field schedule_entry_fields[] = {
    {.name = "days", .kind = PARAM_DAYS, .offset = AT(days), .standard = "all", .sentence = "days of the week",
     .cmdlet = "Set-CMFileReplicationRoute -DaysOfWeek"},
    {.name = "from", .kind = PARAM_CLOCK, .offset = AT(from_s), .standard = "00:00",
     .sentence = "beginning, each of these days; a whole hour", .cmdlet = "Set-CMFileReplicationRoute -BeginHr"},
    {.name = "to", .kind = PARAM_CLOCK, .offset = AT(to_s), .standard = "24:00",
     .sentence = "end, a whole hour; an end before the beginning is on the next day",
     .cmdlet = "Set-CMFileReplicationRoute -EndHr"},
    {.name = "availability", .kind = PARAM_CHOICE, .offset = AT(availability), .choices = availabilities,
     .flags = PARAM_REQUIRED,
     .sentence = "open: all priorities may start; medium-high: all but low; high: only high; closed: none",
     .cmdlet = "Set-CMFileReplicationRoute -AvailabilityLevel"},
    {0}};
const struct param_table schedule_entry_table = {"schedule", "a time of the week and who may start then (S4, X2)",
                                                 sizeof(struct schedule_entry), schedule_entry_fields};
#undef AT
#define AT(member) offsetof(struct rate_limit_hours, member)
static const struct param_field hours_fields[] = {
    {.name = "from", .kind = PARAM_COUNT, .offset = AT(from), .standard = "0", .min = 0, .max = 23,
     .sentence = "first hour of the day", .cmdlet = "Set-CMFileReplicationRoute -LimitedBeginHr"},
    {.name = "to", .kind = PARAM_COUNT, .offset = AT(to), .standard = "24", .min = 0, .max = 24,
     .sentence = "hour at which it ends; before the first one it is on the next day",
     .cmdlet = "Set-CMFileReplicationRoute -LimitedEndHr"},
    {.name = "percent", .kind = PARAM_PERCENT, .offset = AT(percent), .min = 1, .max = 100, .flags = PARAM_REQUIRED,
     .sentence = "what the limiter makes of it is the setting \"limiter\"",
     .cmdlet = "Set-CMFileReplicationRoute -LimitAvailableBandwidthPercent"},
    {0}};
static const struct param_table hours_table = {"rate limit hours", "hours of the day with a percentage (S3)",
                                               sizeof(struct rate_limit_hours), hours_fields};
#undef AT
#define AT(member) offsetof(struct rate_limit, member)
static const struct param_field rate_limit_fields[] = {
    {.name = "hours", .kind = PARAM_LIST, .offset = AT(hours), .table = &hours_table, .flags = PARAM_OPTIONAL,
     .sentence = "later entries win, hours outside all of them have 100 %; absent or empty: no rate limit"},
    {.name = "limiter", .kind = PARAM_CHOICE, .offset = AT(limiter), .choices = rate_limiters, .standard = "duty",
     .grade = GRADE_DOCUMENTED,
     .sentence = "duty: after each block a pause in proportion, so that a transfer gets p % of what it would otherwise get; "
                 "nominal: p % of the route's bandwidth; timeslice: duty with a misjudged speed and pauses of whole "
                 "seconds, as one log shows (S3)"},
    {0}};
const struct param_table rate_limit_table = {"rate_limit", "percentages by hour of the day (S3)", sizeof(struct rate_limit),
                                             rate_limit_fields};
#undef AT
#define AT(member) offsetof(struct pulse, member)
static const struct param_field pulse_fields[] = {
    {.name = "block", .kind = PARAM_SIZE, .offset = AT(block_bytes), .min = 1000, .max = 262144, .flags = PARAM_OPTIONAL,
     .sentence = "size of a block; absent: no pulse mode", .console = "Size of data block (KB)",
     .cmdlet = "Set-CMFileReplicationRoute -DataBlockSizeKB"},
    {.name = "delay", .kind = PARAM_DURATION, .offset = AT(delay_s), .min = 1, .max = 30, .flags = PARAM_OPTIONAL,
     .sentence = "pause after each block but the last", .console = "Delay between data blocks (seconds)",
     .cmdlet = "Set-CMFileReplicationRoute -DelayBetweenDataBlockSec"},
    {0}};
const struct param_table pulse_table = {"pulse", "a block of data, then a delay (S3)", sizeof(struct pulse), pulse_fields};
#undef AT
/* clang-format on */

/* A weekly calendar on the clock of some place: what holds now, and when that changes. */
struct limiter_clock {
    struct sim_calendar *calendar; /* NULL: the value holds for ever */
    double value;
    double ahead_s; /* its time minus simulated time */
    double at_s;    /* its time of the last change; goes by this, since converted times are rounded */
    double next_s;  /* its time of the next one */
    struct sim_event event;
};

/* What only those with limits need: few have any. */
struct limiter_state {
    struct limiter *limiter;
    struct sim_line by_priority[3];
    struct pulse pulse;
    double bandwidth_bytes_per_s;
    struct limiter_clock schedule, percent;
    GPtrArray *inside;      /* struct transfer * that hold a thread; NULL: need not be known */
    struct transfer *mover; /* what moves under a rate limit: at most one; NULL: nothing does */
    double move_bytes, moved_bytes,
        left_bytes;                /* of the move: all, by flows that have ended, not yet given to a flow */
    bool started;                  /* the flow, and what it moved is not yet in moved_bytes */
    bool holds_back;               /* the limit is what is slower than the path, as it started */
    double alone_mean_bytes_per_s; /* that the limit leaves of the path alone */
    double cap_bound_before_bytes; /* of the flow, when it started, */
    GArray *hops_bound_before;     /* double: and bound_bytes of its hops; only for bursts */
    uint32_t n_blocks;             /* that have begun in this try */
    double block_left_bytes;       /* of the block that is spread over its period */
    double block_began_s;          /* on the percentages' clock */
    double free_s;                 /* when the pause after the last block ends */
    double samples[4];             /* timeslice: speeds it believes to have seen, the last ones */
    uint32_t n_samples;
    struct sim_event pause;
};

static bool limits_pulse(const struct limits *limits)
{
    return limits->pulse.block_bytes > 0;
}

bool limits_rate(const struct limits *limits)
{
    return limits_pulse(limits) || (limits->rate_limit.hours && limits->rate_limit.hours->len);
}

/* ---- periods: a block and its pause (S3) ---- */

static const double first_block_bytes = 65536, later_block_bytes = 1048576; /* as logs show */

static double block_bytes(const struct limiter *l)
{
    if (limits_pulse(l->limits))
        return l->state->pulse.block_bytes;
    return l->state->n_blocks == 0 ? first_block_bytes : later_block_bytes;
}

/* Time slices: a block's speed is what it had in whole seconds, at least one. The first block has no sample. */
static void take_sample(struct limiter *l, double bytes, double block_s)
{
    l->state->samples[l->state->n_samples++ % G_N_ELEMENTS(l->state->samples)] = bytes / fmax(1, floor(block_s + 1e-6));
}

static double yield_s(const struct limiter *l, double bytes, double percent)
{
    uint32_t n = MIN(l->state->n_samples, G_N_ELEMENTS(l->state->samples));
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += l->state->samples[i];
    return trunc(bytes * (100 - percent) * n / (percent * sum) * (1 + 1e-12));
}

/* From the start of a block that takes block_s to that of the next, at this percentage. Never less than block_s. */
static double period_s(const struct limiter *l, double bytes, double block_s, double percent)
{
    if (limits_pulse(l->limits))
        return block_s + l->state->pulse.delay_s;
    switch (l->limits->rate_limit.limiter) {
    case RATE_LIMITER_NOMINAL:
        return fmax(block_s, bytes * 100 / (percent * l->state->bandwidth_bytes_per_s));
    case RATE_LIMITER_TIMESLICE:
        return block_s + yield_s(l, bytes, percent);
    default:
        return block_s * 100 / percent;
    }
}

/* What the flow would get on its path if it were alone there. */
static double alone_bytes_per_s(const struct limiter *l, const struct sim_flow *flow)
{
    double bytes_per_s = l->cap_bytes_per_s;
    for (uint32_t i = 0; i < flow->n_hops; i++)
        bytes_per_s = fmin(bytes_per_s, flow->hops[i].link->capacity_bytes_per_s);
    return bytes_per_s > 0 ? bytes_per_s : l->cap_bytes_per_s; /* where nothing moves any cap will do */
}

/* Of the block that is under way, at this speed. */
static double mean_bytes_per_s(const struct limiter *l, double bytes_per_s)
{
    double bytes = block_bytes(l), period = period_s(l, bytes, bytes / bytes_per_s, l->state->percent.value);
    return period > 0 ? bytes / period : INFINITY;
}

static void samples_reset(struct limiter *l)
{
    l->state->samples[0] = 131072;
    l->state->n_samples = 1;
}

/* From here on blocks differ no more. */
static bool steady(const struct limiter *l)
{
    return l->limits->rate_limit.limiter != RATE_LIMITER_TIMESLICE || limits_pulse(l->limits) ||
           l->state->n_samples > G_N_ELEMENTS(l->state->samples);
}

double limits_period_s(const struct limits *limits, double bandwidth_bytes_per_s, double bytes_per_s)
{
    struct limiter_state state = {.pulse = limits->pulse, .bandwidth_bytes_per_s = bandwidth_bytes_per_s};
    struct limiter l = {.limits = limits, .state = &state};
    double longest_s = 0;
    samples_reset(&l);
    for (; state.n_blocks < 6; state.n_blocks++) {
        double bytes = block_bytes(&l), block_s = bytes / bytes_per_s;
        if (state.n_blocks > 0)
            take_sample(&l, bytes, block_s);
        if (limits_pulse(limits))
            return period_s(&l, bytes, block_s, 100);
        for (guint i = 0; i < limits->rate_limit.hours->len; i++) {
            double percent = g_array_index(limits->rate_limit.hours, struct rate_limit_hours, i).percent;
            longest_s = fmax(longest_s, period_s(&l, bytes, block_s, percent));
        }
    }
    return longest_s;
}

/* ---- clocks ---- */

static double clock_now(const struct limiter *l, const struct limiter_clock *clock)
{
    return fmax(sim_now(l->sim) + clock->ahead_s, clock->at_s);
}

static void clock_goes_to(struct sim *sim, struct limiter_clock *clock, double at_s)
{
    clock->at_s = at_s;
    clock->value = sim_calendar_value(clock->calendar, at_s);
    clock->next_s = sim_calendar_next_change(clock->calendar, at_s);
    sim_schedule(sim, &clock->event, clock->next_s - clock->ahead_s);
}

static void clock_init(struct sim *sim, struct limiter_clock *clock, struct sim_calendar *calendar, double ahead_s,
                       sim_fire *changes)
{
    clock->calendar = calendar;
    clock->ahead_s = ahead_s;
    /* As windows close and hours change after what is done at that instant. */
    sim_event_init(&clock->event, SIM_RANK_MODEL, changes);
    clock_goes_to(sim, clock, sim_now(sim) + ahead_s);
}

static void clock_clear(struct sim *sim, struct limiter_clock *clock)
{
    if (!clock->calendar)
        return;
    sim_cancel(sim, &clock->event);
    g_clear_pointer(&clock->calendar, sim_calendar_free);
}

/* ---- the schedule (S4, X2) ---- */

bool limiter_open(const struct limiter *l, uint32_t priority)
{
    return l->n_lines == 1 || !l->lines[priority].shut;
}

static void mark(struct sim *sim, struct sim_waiter *waiter)
{
    transfer_mark(sim, SIM_OWNER(struct transfer, waiter, waiter));
}

static void go_by_schedule(struct limiter *l)
{
    for (uint32_t priority = 0; priority < l->n_lines; priority++) {
        bool shut = priority + l->state->schedule.value >= l->n_lines;
        if (shut == l->lines[priority].shut)
            continue;
        sim_line_shut(l->sim, &l->lines[priority], shut);
        sim_line_visit(l->sim, &l->lines[priority], mark);
    }
    if (!l->window_closed)
        return;
    g_autoptr(GPtrArray) inside = g_ptr_array_copy(l->state->inside, NULL, NULL);
    for (guint i = 0; i < inside->len; i++) {
        struct transfer *t = inside->pdata[i];
        if (!limiter_open(l, t->priority))
            l->window_closed(l->sim, t);
    }
}

static void schedule_changes(struct sim *sim, struct sim_event *event)
{
    struct limiter *l = SIM_OWNER(struct limiter_state, schedule.event, event)->limiter;
    clock_goes_to(sim, &l->state->schedule, l->state->schedule.next_s);
    go_by_schedule(l);
}

static struct sim_line *line_of(struct limiter *l, const struct transfer *t)
{
    return &l->lines[l->n_lines == 1 ? 0 : t->priority];
}

void limiter_wait(struct limiter *l, struct transfer *t, sim_key key)
{
    sim_wait(l->sim, &t->waiter, line_of(l, t), key);
    if (t->waiter.line->shut)
        transfer_mark(l->sim, t);
}

void limiter_enter(struct limiter *l, struct transfer *t)
{
    if (l->state && l->state->inside)
        g_ptr_array_add(l->state->inside, t);
}

void limiter_leave(struct limiter *l, struct transfer *t)
{
    if (l->state && l->state->inside)
        g_ptr_array_remove(l->state->inside, t);
    sim_release(l->sim, &t->waiter);
}

/* ---- moving ---- */

void limiter_begin(struct limiter *l)
{
    if (!l->state)
        return;
    l->state->n_blocks = 0;
    l->state->block_left_bytes = 0;
    l->state->free_s = sim_now(l->sim);
    samples_reset(l);
}

static void note_bound(struct limiter *l, const struct sim_flow *flow)
{
    l->state->cap_bound_before_bytes = flow->cap_bound_bytes;
    if (!l->limits->pulse_detail)
        return;
    g_array_set_size(l->state->hops_bound_before, 0);
    for (uint32_t i = 0; i < flow->n_hops; i++)
        g_array_append_val(l->state->hops_bound_before, flow->hops[i].bound_bytes);
}

/* The limit held it back since note_bound(), whatever the flow has booked. */
static void forget_bound(const struct limiter *l, struct sim_flow *flow)
{
    flow->cap_bound_bytes = l->state->cap_bound_before_bytes;
    for (uint32_t i = 0; l->limits->pulse_detail && i < flow->n_hops; i++)
        flow->hops[i].bound_bytes = g_array_index(l->state->hops_bound_before, double, i);
}

/* The next block, or, spread over time, all blocks that are alike. */
static void start(struct limiter *l)
{
    struct sim_flow *flow = &l->state->mover->flow;
    double alone = alone_bytes_per_s(l, flow), bytes = l->state->left_bytes, cap = l->cap_bytes_per_s;
    if (l->limits->pulse_detail) {
        bytes = fmin(bytes, block_bytes(l));
        l->state->block_began_s = clock_now(l, &l->state->percent);
        l->state->alone_mean_bytes_per_s = mean_bytes_per_s(l, alone);
        l->state->holds_back = l->state->alone_mean_bytes_per_s < alone;
    } else {
        if (steady(l)) {
            for (size_t i = 0; i < G_N_ELEMENTS(l->state->samples); i++)
                take_sample(l, later_block_bytes, later_block_bytes / alone);
        } else {
            if (l->state->block_left_bytes <= 0) {
                l->state->block_left_bytes = block_bytes(l);
                if (l->state->n_blocks > 0)
                    take_sample(l, l->state->block_left_bytes, l->state->block_left_bytes / alone);
            }
            bytes = fmin(bytes, l->state->block_left_bytes);
        }
        double mean = mean_bytes_per_s(l, alone);
        l->state->holds_back = mean < alone;
        if (l->state->holds_back)
            cap = mean;
    }
    l->state->left_bytes -= bytes;
    l->state->started = true;
    note_bound(l, flow);
    sim_flow_start(l->network, flow, bytes, cap);
}

/* As where bursts are spread over time: the limit holds back unless others leave less than it would. It does so too
 * where the pause is longer than the burst. */
static bool burst_waits_for_limit(const struct limiter *l, double bytes)
{
    double burst_s = clock_now(l, &l->state->percent) - l->state->block_began_s;
    return bytes > l->state->alone_mean_bytes_per_s * burst_s ||
           period_s(l, bytes, burst_s, l->state->percent.value) > 2 * burst_s;
}

/* The flow has stopped, and has moved this. */
static void book(struct limiter *l, double bytes)
{
    struct transfer *t = l->state->mover;
    l->state->started = false;
    l->state->moved_bytes += bytes;
    l->state->block_left_bytes -= bytes;
    l->state->n_blocks += !l->limits->pulse_detail && l->state->block_left_bytes <= 0;
    if (!l->state->holds_back)
        return;
    if (!l->limits->pulse_detail)
        bytes = t->flow.cap_bound_bytes - l->state->cap_bound_before_bytes;
    else if (!burst_waits_for_limit(l, bytes))
        return;
    t->limited_bytes += bytes;
    forget_bound(l, &t->flow);
}

void limiter_move(struct limiter *l, struct transfer *t, double bytes)
{
    if (!l->state || !limits_rate(l->limits)) {
        sim_flow_start(l->network, &t->flow, bytes, l->cap_bytes_per_s);
        return;
    }
    g_assert(!l->state->mover);
    l->state->mover = t;
    l->state->move_bytes = l->state->left_bytes = bytes;
    l->state->moved_bytes = 0;
    t->limit_kind = limits_pulse(l->limits) ? LIMIT_PULSE : LIMIT_RATE_LIMIT;
    if (l->state->free_s > sim_now(l->sim))
        sim_schedule(l->sim, &l->state->pause, l->state->free_s);
    else
        start(l);
}

static void pause_ends(struct sim *sim, struct sim_event *event)
{
    struct limiter *l = SIM_OWNER(struct limiter_state, pause, event)->limiter;
    struct sim_flow *flow = &l->state->mover->flow;
    if (sim_path_up(flow))
        start(l);
    else
        flow->lost(sim, flow);
}

/* When the period of the block that has just arrived is over: every instant of it counts by what the period would be at
 * its percentage, so that over any number of hours as much moves as at the mean rates. */
static double period_ends_s(const struct limiter *l, double bytes)
{
    double now_s = sim_now(l->sim), clock_s = l->state->block_began_s;
    double block_s = clock_now(l, &l->state->percent) - clock_s, done = 0;
    for (;;) {
        double percent = l->state->percent.calendar ? sim_calendar_value(l->state->percent.calendar, clock_s)
                                                    : l->state->percent.value;
        double next_s =
            l->state->percent.calendar ? sim_calendar_next_change(l->state->percent.calendar, clock_s) : INFINITY;
        double period = period_s(l, bytes, block_s, percent);
        if (!(done + (next_s - clock_s) / period < 1))
            return fmax(now_s, clock_s + (1 - done) * period - l->state->percent.ahead_s);
        done += (next_s - clock_s) / period;
        clock_s = next_s;
    }
}

bool limiter_goes_on(struct limiter *l, struct transfer *t)
{
    double bytes = t->flow.bytes;
    if (!l->state || !l->state->mover)
        return false;
    book(l, bytes);
    if (l->limits->pulse_detail) {
        if (l->state->n_blocks++ > 0)
            take_sample(l, bytes, clock_now(l, &l->state->percent) - l->state->block_began_s);
        l->state->free_s = period_ends_s(l, bytes);
    }
    if (l->state->left_bytes <= 0) {
        l->state->mover = NULL;
        return false;
    }
    if (l->state->free_s > sim_now(l->sim))
        sim_schedule(l->sim, &l->state->pause, l->state->free_s);
    else
        start(l);
    return true;
}

double limiter_stop(struct limiter *l, struct transfer *t)
{
    if (!l->state || l->state->mover != t)
        return t->flow.moving ? sim_flow_stop(l->network, &t->flow) : sim_flow_delivered(l->network, &t->flow);
    sim_cancel(l->sim, &l->state->pause);
    if (l->state->started)
        book(l, t->flow.moving ? sim_flow_stop(l->network, &t->flow) : sim_flow_delivered(l->network, &t->flow));
    l->state->mover = NULL;
    return l->state->moved_bytes;
}

double limiter_moved(const struct limiter *l, const struct transfer *t)
{
    if (!l->state || l->state->mover != t)
        return sim_flow_delivered(l->network, &t->flow);
    return l->state->moved_bytes + (l->state->started ? sim_flow_delivered(l->network, &t->flow) : 0);
}

/* What is spread over time goes on at another rate. */
static void rate_changes(struct limiter *l)
{
    if (!l->state || !l->state->mover || !l->state->started || l->limits->pulse_detail)
        return;
    double moved_bytes = sim_flow_stop(l->network, &l->state->mover->flow);
    l->state->left_bytes += l->state->mover->flow.bytes - moved_bytes;
    book(l, moved_bytes);
    start(l);
}

static void percent_changes(struct sim *sim, struct sim_event *event)
{
    struct limiter *l = SIM_OWNER(struct limiter_state, percent.event, event)->limiter;
    clock_goes_to(sim, &l->state->percent, l->state->percent.next_s);
    rate_changes(l);
}

void limiter_path_changed(void *limiter)
{
    rate_changes(limiter);
}

/* ---- wiring ---- */

static struct sim_calendar *schedule_calendar(const GArray *schedule)
{
    struct sim_calendar *calendar = sim_calendar_new(AVAILABILITY_OPEN);
    for (guint i = 0; i < schedule->len; i++) {
        const struct schedule_entry *entry = &g_array_index(schedule, struct schedule_entry, i);
        sim_calendar_set_days(calendar, entry->days, entry->from_s, entry->to_s, entry->availability);
    }
    return calendar;
}

static struct sim_calendar *percent_calendar(const GArray *hours)
{
    struct sim_calendar *calendar = sim_calendar_new(100);
    for (guint i = 0; i < hours->len; i++) {
        const struct rate_limit_hours *entry = &g_array_index(hours, struct rate_limit_hours, i);
        sim_calendar_set_days(calendar, 127, entry->from * 3600.0, entry->to * 3600.0, entry->percent);
    }
    return calendar;
}

void limiter_init(struct limiter *l, struct sim *sim, struct sim_network *network, struct sim_slots *threads,
                  uint32_t capacity, double cap_bytes_per_s, uint32_t cap_kind, const struct limiter_setup *setup)
{
    const struct limits *limits = setup ? setup->limits : NULL;
    *l = (struct limiter){.sim = sim,
                          .network = network,
                          .limits = limits,
                          .cap_bytes_per_s = cap_bytes_per_s,
                          .cap_kind = cap_kind,
                          .n_lines = limits && limits_schedule(limits) ? 3 : 1};
    bool by_priority = l->n_lines > 1;
    if (limits && (limits_rate(limits) || limits_schedule(limits))) {
        l->state = g_new0(struct limiter_state, 1);
        l->state->limiter = l;
        sim_event_init(&l->state->pause, SIM_RANK_MODEL, pause_ends);
        if (limits->pulse_detail)
            l->state->hops_bound_before = g_array_new(FALSE, FALSE, sizeof(double));
    }
    l->lines = by_priority ? l->state->by_priority : &l->only;
    for (uint32_t i = 0; i < l->n_lines; i++) {
        sim_line_init(sim, &l->lines[i], threads, limits && limits_rate(limits) ? 1 : capacity);
        if (i)
            sim_line_share(&l->lines[i], &l->lines[0]);
    }
    if (!l->state)
        return;
    l->state->pulse = setup->pulse;
    l->state->bandwidth_bytes_per_s = setup->bandwidth_bytes_per_s;
    l->state->percent.value = 100;
    if (limits_rate(limits) && !limits_pulse(limits))
        clock_init(sim, &l->state->percent, percent_calendar(limits->rate_limit.hours), setup->rate_ahead_s,
                   percent_changes);
    if (limits_schedule(limits)) {
        l->state->inside = g_ptr_array_new();
        clock_init(sim, &l->state->schedule, schedule_calendar(limits->schedule), setup->schedule_ahead_s,
                   schedule_changes);
        go_by_schedule(l);
    }
}

void limiter_clear(struct limiter *l)
{
    for (uint32_t i = l->n_lines; i-- > 0;)
        sim_line_clear(&l->lines[i]);
    if (!l->state)
        return;
    clock_clear(l->sim, &l->state->schedule);
    clock_clear(l->sim, &l->state->percent);
    sim_cancel(l->sim, &l->state->pause);
    g_clear_pointer(&l->state->inside, g_ptr_array_unref);
    g_clear_pointer(&l->state->hops_bound_before, g_array_unref);
    g_clear_pointer(&l->state, g_free);
}
