/* Schedules and rate limits of routes and distribution points (S2, S3, S4, X2, X3, T1), through the sender and, for
 * distribution points, in small hierarchies. What becomes of a request is written down as "name+time" (arrived). */
#include "models/limiter.h"

#include <glib.h>

#include "models/sender.h"
#include "models/transfer.h"
#include "tests/engine/scale.h"
#include "tests/support/small.h"

#define MAX_SITES 3
#define MAX_REQUESTS 8
#define HOUR 3600.0

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct sender_params params;
    struct record *record;
    struct sender sender;
    struct sim_link links[MAX_SITES];
    struct sender_destination destinations[MAX_SITES];
    uint32_t n_requests;
    struct transfer requests[MAX_REQUESTS];
    struct cause_log logs[MAX_REQUESTS];
    GString *said;
    GArray *pauses; /* double: how long link 0 carried nothing between two blocks */
    double idle_since_s;
};

static void arrived(struct transfer *t)
{
    const struct sender_destination *destination = t->owner;
    struct world *world = SIM_OWNER(struct world, sender, destination->sender);
    g_string_append_printf(world->said, "%c+%.10g ", (int)('a' + (t - world->requests)), sim_now(world->sim));
}

static void gave_up(struct transfer *t)
{
    (void)t;
    g_assert_not_reached();
}

static void rate_changed(void *ctx, struct sim_link *link)
{
    struct world *world = ctx;
    double now_s = sim_now(world->sim);
    if (link != &world->links[0])
        return;
    if (link->rate.value > 0 && !isnan(world->idle_since_s)) {
        double pause_s = now_s - world->idle_since_s;
        g_array_append_val(world->pauses, pause_s);
    }
    world->idle_since_s = link->rate.value > 0 ? NAN : now_s;
}

static struct world *world_new(struct sender_params params, double link_bytes_per_s, double cap_bytes_per_s)
{
    static const char *const names[MAX_SITES] = {"A", "B", "C"};
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    sim_network_observe(world->network, rate_changed, world);
    world->params = params;
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    world->pauses = g_array_new(FALSE, FALSE, sizeof(double));
    world->idle_since_s = NAN;
    sender_init(&world->sender, world->sim, world->network, &world->params, &world->record->observer, "SRC");
    world->sender.arrived = arrived;
    world->sender.gave_up = gave_up;
    for (uint32_t i = 0; i < MAX_SITES; i++) {
        sim_link_init(world->network, &world->links[i], link_bytes_per_s);
        GPtrArray *links = g_ptr_array_new();
        g_ptr_array_add(links, &world->links[i]);
        sender_destination_init(&world->destinations[i], &world->sender, names[i], links, cap_bytes_per_s,
                                LIMIT_MAX_RATE);
    }
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_requests; i++) {
        if (world->requests[i].waiter.line)
            sender_abandon(&world->requests[i]);
        sim_flow_clear(&world->requests[i].flow);
    }
    for (uint32_t i = 0; i < MAX_SITES; i++) {
        sender_destination_clear(&world->destinations[i]);
        sim_link_clear(&world->links[i]);
    }
    sender_clear(&world->sender);
    sim_network_free(world->network);
    sim_free(world->sim);
    record_free(world->record);
    g_string_free(world->said, TRUE);
    g_array_unref(world->pauses);
    g_free(world);
}

static struct transfer *submit(struct world *world, uint32_t site, enum priority priority, double bytes)
{
    struct transfer *t = &world->requests[world->n_requests];
    t->from = "SRC";
    t->to = world->destinations[site].site;
    t->package = world->n_requests;
    t->priority = priority;
    t->bytes = bytes;
    t->log = &world->logs[world->n_requests++];
    cause_log_init(t->log);
    sender_prepare(&world->destinations[site], t);
    transfer_init(world->sim, t, TRANSFER_SEND_REQUEST, TRANSFER_SCHEDULED, &world->record->observer);
    sender_submit(t);
    return t;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
    for (uint32_t i = 0; i < world->n_requests; i++) {
        const struct transfer *t = &world->requests[i];
        expect_bytes(t->bytes_moved, t->bytes_arrived + t->bytes_resent);
        if (t->state == TRANSFER_DONE)
            g_assert_cmpfloat(t->bytes_arrived, ==, t->bytes);
    }
}

/* ---- limits by hand ---- */

static struct limits no_limits(void)
{
    return (struct limits){.pulse = {NAN, NAN}};
}

static void add_hours(struct limits *limits, uint32_t from, uint32_t to, double percent)
{
    const struct rate_limit_hours hours = {from, to, percent};
    if (!limits->rate_limit.hours)
        limits->rate_limit.hours = g_array_new(FALSE, FALSE, sizeof hours);
    g_array_append_val(limits->rate_limit.hours, hours);
}

static void add_window(struct limits *limits, uint8_t days, double from_h, double to_h, enum availability availability)
{
    const struct schedule_entry entry = {days, from_h * HOUR, to_h * HOUR, availability};
    if (!limits->schedule)
        limits->schedule = g_array_new(FALSE, FALSE, sizeof entry);
    g_array_append_val(limits->schedule, entry);
}

static void limits_clear(struct limits *limits)
{
    g_clear_pointer(&limits->rate_limit.hours, g_array_unref);
    g_clear_pointer(&limits->schedule, g_array_unref);
}

/* The run begins at this time of a Monday. */
static void limit(struct world *world, uint32_t site, const struct limits *limits, double bandwidth_bytes_per_s,
                  double begins_s, enum on_window_close on_window_close)
{
    const struct limiter_setup setup = {limits, limits->pulse, bandwidth_bytes_per_s, begins_s, begins_s};
    sender_destination_limit(&world->destinations[site], &setup, on_window_close);
}

static double cause_of(const struct world *world, uint32_t request, enum cause cause)
{
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->logs[request], 0, sim_now(world->sim), cause_s);
    return cause_s[cause];
}

static enum transfer_limit limited_by(const struct transfer *t)
{
    const struct sim_link *link;
    return transfer_limited_by(t, &link);
}

/* ---- S2: one at a time ---- */

/* 10 s each to A, which has 100 % at all hours: one after another, at full speed; B's three go at once. */
static void one_at_a_time_even_at_100_percent(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_hours(&limits, 0, 24, 100);
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    for (int i = 0; i < 3; i++)
        submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, HOUR, "a+10 d+10 e+10 b+20 c+30 ");
    expect_time(cause_of(world, 2, CAUSE_SENDER_WAIT_PER_SITE), 20);
    g_assert_cmpint(limited_by(&world->requests[0]), ==, LIMIT_MAX_RATE);
    world_free(world);
    limits_clear(&limits);
}

/* Blocks of 1000 bytes, 10 s and 1 s of pause each: 5 blocks and 4 pauses; as a mean rate, 5 x 11 s. */
static void pulse_mode(bool detail, const char *expected)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    limits.pulse = (struct pulse){1000, 1};
    limits.pulse_detail = detail;
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_MEDIUM, 5000);
    submit(world, 0, PRIORITY_MEDIUM, 5000);
    run_and_expect(world, HOUR, expected);
    g_assert_cmpint(limited_by(&world->requests[0]), ==, LIMIT_PULSE);
    g_assert_cmpuint(world->pauses->len, ==, detail ? 8 : 0);
    world_free(world);
}

static void pulse_mode_both(void)
{
    pulse_mode(true, "a+54 b+108 ");
    pulse_mode(false, "a+55 b+110 ");
}

/* What set the pace of a transfer is one thing at a time, burst by burst as at the mean rate. A link of 100 bytes/s,
 * blocks of 1000 bytes, 10 s each when alone. */
static void expect_bound(double delay_s, bool shared, bool detail, double link_bytes, double limited_bytes)
{
    struct world *world = world_new(small_sender(), 100, INFINITY);
    struct limits limits = no_limits();
    struct sim_flow other;
    struct transfer_bound bound;
    double by_links_bytes = 0;
    limits.pulse = (struct pulse){1000, delay_s};
    limits.pulse_detail = detail;
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    sim_flow_init(&other, (struct sim_link *[]){&world->links[0]}, 1, NULL, NULL);
    if (shared)
        sim_flow_start(world->network, &other, 1e9, INFINITY);
    struct transfer *t = submit(world, 0, PRIORITY_MEDIUM, 5000);
    sim_run(world->sim, HOUR);
    expect_bytes(t->bytes_moved, 5000);
    for (uint32_t i = 0; transfer_bound(t, i, &bound); i++)
        by_links_bytes += bound.bytes;
    expect_bytes(by_links_bytes, link_bytes);
    expect_bytes(t->limited_bytes, limited_bytes);
    if (shared)
        sim_flow_stop(world->network, &other);
    sim_flow_clear(&other);
    world_free(world);
}

static void one_thing_sets_the_pace(void)
{
    for (int detail = 0; detail < 2; detail++) {
        expect_bound(1, false, detail, 0, 5000);
        expect_bound(1, true, detail, 5000, 0);  /* half the link, 50 bytes/s, is less than 1000 in 11 s */
        expect_bound(30, true, detail, 0, 5000); /* and more than 1000 in 40 s */
    }
}

/* ---- S3: the percentage ---- */

/* 50 % of 100 bytes/s until an hour begins at 10 s, then 100 %: 500 bytes, and 500 in 5 s. The same when the hour is
 * over midnight. */
static void duty_changes_at_the_hour(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_hours(&limits, 22, 6, 50);
    limit(world, 0, &limits, INFINITY, 6 * HOUR - 10, WINDOW_CLOSE_FINISH);
    limit(world, 1, &limits, INFINITY, 22 * HOUR - 10, WINDOW_CLOSE_FINISH); /* 10 s at 100, then at 50 */
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1500);
    run_and_expect(world, HOUR, "a+15 b+20 ");
    g_assert_cmpint(limited_by(&world->requests[0]), ==, LIMIT_RATE_LIMIT);
    g_assert_cmpint(limited_by(&world->requests[1]), ==, LIMIT_MAX_RATE); /* 1000 of 1500 at full speed */
    world_free(world);
    limits_clear(&limits);
}

/* Of a route of 200 bytes/s: 50 % is what the connection has anyway, 25 % is half of it. */
static void nominal_is_a_share_of_the_route(void)
{
    struct world *world = world_new(small_sender(), 200, 100);
    struct limits limits = no_limits();
    limits.rate_limit.limiter = RATE_LIMITER_NOMINAL;
    add_hours(&limits, 0, 24, 50);
    add_hours(&limits, 1, 2, 25); /* later entries win */
    limit(world, 0, &limits, 200, 0, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, HOUR, "a+10 ");
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, 2 * HOUR, "a+10 b+3620 ");
    g_assert_cmpint(limited_by(&world->requests[0]), ==, LIMIT_MAX_RATE);
    g_assert_cmpint(limited_by(&world->requests[1]), ==, LIMIT_RATE_LIMIT);
    world_free(world);
    limits_clear(&limits);
}

/* The path alone is what the mean is of: with a link that others fill, half of the whole link is no limit. Detail: of
 * blocks of 1 MiB the second (the first is 64 KiB) takes 2 s while it shares 1 MiB/s, and pauses 2 s. */
static void bursts_pause_as_long_as_they_took(void)
{
    struct world *world = world_new(small_sender(), 1048576, INFINITY);
    struct limits limits = no_limits();
    struct sim_flow other;
    struct sim_link *path[] = {&world->links[0]};
    limits.pulse_detail = true;
    add_hours(&limits, 0, 24, 50);
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    sim_flow_init(&other, path, 1, NULL, NULL);
    sim_flow_start(world->network, &other, 1e9, INFINITY);
    submit(world, 0, PRIORITY_MEDIUM, 65536 + 2 * 1048576);
    /* 0.125 + 0.125, 2 + 2, 2 */
    run_and_expect(world, 60, "a+6.25 ");
    sim_flow_stop(world->network, &other);
    sim_flow_clear(&other);
    world_free(world);
    limits_clear(&limits);
}

/* The published log: a line that moves 1 MiB in 0.84 s, at 10 %: pauses of 4, 16, 12, 11, 9 s, and 9 from then on. */
static void timeslice_as_logged(void)
{
    struct world *world = world_new(small_sender(), 1048576 / 0.84, INFINITY);
    struct limits limits = no_limits();
    static const double logged_s[] = {4, 16, 12, 11, 9, 9, 9, 9};
    limits.pulse_detail = true;
    limits.rate_limit.limiter = RATE_LIMITER_TIMESLICE;
    add_hours(&limits, 0, 24, 10);
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_MEDIUM, 65536 + 8 * 1048576);
    sim_run(world->sim, HOUR);
    g_assert_cmpuint(world->pauses->len, ==, G_N_ELEMENTS(logged_s));
    for (guint i = 0; i < world->pauses->len; i++)
        expect_time(g_array_index(world->pauses, double, i), logged_s[i]);
    g_assert_cmpint(world->requests[0].state, ==, TRANSFER_DONE);
    world_free(world);
    limits_clear(&limits);
}

/* ---- S3: mean rate and bursts ---- */

static double sent_s(const struct limits *limits, double bandwidth, double link, double cap, double begins_s,
                     double bytes)
{
    struct sender_params params = small_sender();
    params.instruction_size_bytes = 2048;
    struct world *world = world_new(params, link, cap);
    limit(world, 0, limits, bandwidth, begins_s, WINDOW_CLOSE_FINISH);
    const struct transfer *t = submit(world, 0, PRIORITY_MEDIUM, bytes + 2048);
    sim_run(world->sim, 1e8);
    g_assert_cmpint(t->state, ==, TRANSFER_DONE);
    double finished_s = t->finished_s;
    world_free(world);
    return finished_s;
}

/* Alone on its path a sending ends with bursts when it ends with the mean rate, to one period of block and pause: any
 * limiter, percentages that change within it, any size and speed. */
static void mean_and_bursts_agree(void)
{
    GRand *random = g_rand_new_with_seed(3);
    double most = 0;
    for (guint round = 0; round < test_rounds(400); round++) {
        struct limits limits = no_limits();
        double link = exp(g_rand_double_range(random, log(2e4), log(1e8)));
        double cap = g_rand_boolean(random) ? INFINITY : exp(g_rand_double_range(random, log(2e4), log(1e8)));
        double bytes = floor(exp(g_rand_double_range(random, log(1e4), log(3e8))));
        double begins_s = g_rand_double_range(random, 0, 7 * 24 * HOUR), seconds[2];
        int kind = g_rand_int_range(random, 0, 4);
        if (kind == 3) {
            limits.pulse.block_bytes = g_rand_int_range(random, 1000, 262144);
            limits.pulse.delay_s = g_rand_double_range(random, 1, 30);
            bytes = fmin(bytes, 2000 * limits.pulse.block_bytes);
        } else {
            limits.rate_limit.limiter = (enum rate_limiter)kind;
            add_hours(&limits, 0, 24, g_rand_int_range(random, 1, 101));
            for (int i = g_rand_int_range(random, 0, 12); i > 0; i--)
                add_hours(&limits, (guint32)g_rand_int_range(random, 0, 12), (guint32)g_rand_int_range(random, 12, 25),
                          g_rand_int_range(random, 1, 101));
        }
        for (int detail = 0; detail < 2; detail++) {
            limits.pulse_detail = detail;
            seconds[detail] = sent_s(&limits, link, link, cap, begins_s, bytes);
        }
        double period_s = limits_period_s(&limits, link, fmin(link, cap));
        most = fmax(most, fabs(seconds[1] - seconds[0]) / period_s);
        if (!(fabs(seconds[1] - seconds[0]) <= period_s * (1 + 1e-9) + 1e-6))
            g_error("limiter %d, %g bytes at %g: mean %.17g s, bursts %.17g s, a period is %g s", kind, bytes,
                    fmin(link, cap), seconds[0], seconds[1], period_s);
        limits_clear(&limits);
    }
    g_test_message("largest difference: %g periods", most);
    g_rand_free(random);
}

/* ---- S4: the schedule ---- */

/* A is for high until 1 h, for high and medium until 2 h, closed until 3 h, then open. Low comes first and goes last;
 * B is open all the time. */
static void opens_by_priority(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 127, 0, 1, AVAILABILITY_HIGH);
    add_window(&limits, 127, 1, 2, AVAILABILITY_MEDIUM_HIGH);
    add_window(&limits, 127, 2, 3, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_LOW, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_HIGH, 1000);
    submit(world, 1, PRIORITY_LOW, 1000);
    run_and_expect(world, 2.5 * HOUR, "c+10 d+10 b+3610 ");
    g_assert_cmpint(cause_log_now(&world->logs[0]), ==, CAUSE_ROUTE_CLOSED);
    submit(world, 0, PRIORITY_HIGH, 1000);
    run_and_expect(world, 4 * HOUR, "c+10 d+10 b+3610 e+10810 a+10810 ");
    expect_time(cause_of(world, 0, CAUSE_ROUTE_CLOSED), 3 * HOUR);
    expect_time(cause_of(world, 1, CAUSE_ROUTE_CLOSED), HOUR);
    expect_time(cause_of(world, 2, CAUSE_ROUTE_CLOSED), 0);
    expect_time(cause_of(world, 4, CAUSE_ROUTE_CLOSED), HOUR / 2);
    world_free(world);
    limits_clear(&limits);
}

/* Two threads in all, one per site. A is closed until 1 h; until 20 s later both threads are busy with B and C; then a
 * goes and b waits for it: of b's wait 3600 s are the schedule's, 20 the sender's, 10 the site's. */
static void the_wait_has_three_parts(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 2;
    params.max_concurrent_per_site = 1;
    struct world *world = world_new(params, INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 127, 0, 1, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, 0, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1e6);
    submit(world, 2, PRIORITY_MEDIUM, 362000);
    run_and_expect(world, 2 * HOUR, "d+3620 a+3630 b+3640 ");
    expect_time(cause_of(world, 1, CAUSE_ROUTE_CLOSED), HOUR);
    expect_time(cause_of(world, 1, CAUSE_SENDER_WAIT_ALL_SITES), 20);
    expect_time(cause_of(world, 1, CAUSE_SENDER_WAIT_PER_SITE), 10);
    expect_time(cause_of(world, 1, CAUSE_SENDING), 10);
    expect_time(world->requests[1].closed_s, HOUR);
    expect_time(world->requests[1].line_full_s, 10);
    world_free(world);
    limits_clear(&limits);
}

/* Closed on weekends and from 20:00 to 06:00: what comes on Friday at 21:00 leaves on Monday at 06:00, 57 h later. */
static void window_over_the_weekend(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 1u << 5 | 1u << 6, 0, 24, AVAILABILITY_CLOSED);
    add_window(&limits, 127, 20, 6, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, (4 * 24 + 19) * HOUR, WINDOW_CLOSE_FINISH);
    sim_run(world->sim, 2 * HOUR);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, 7 * 24 * HOUR, "a+212410 "); /* (2 + 57) h and 10 s */
    world_free(world);
    limits_clear(&limits);
}

/* The window closes after 5 of 10 s. finish: a goes on; b waits until it opens again. */
static void closing_finishes(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 127, 8, 9, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, 8 * HOUR - 5, WINDOW_CLOSE_FINISH);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 6);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, 2 * HOUR, "a+10 b+3615 ");
    world_free(world);
    limits_clear(&limits);
}

/* suspend: a gives its thread back, of which there is one, and sends the other 500 bytes when it opens at 3605. Low
 * priority is closed out already by "medium-high"; the high one stays. */
static void closing_suspends(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 1;
    params.resume = false; /* is about failures */
    struct world *world = world_new(params, INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 127, 8, 9, AVAILABILITY_MEDIUM_HIGH);
    limit(world, 0, &limits, INFINITY, 8 * HOUR - 5, WINDOW_CLOSE_SUSPEND);
    struct transfer *a = submit(world, 0, PRIORITY_LOW, 1000);
    submit(world, 1, PRIORITY_LOW, 1000);
    run_and_expect(world, 16, "b+15 ");
    submit(world, 0, PRIORITY_HIGH, 1000);
    run_and_expect(world, 2 * HOUR, "b+15 c+26 a+3610 ");
    g_assert_cmpuint(a->attempts, ==, 2);
    expect_bytes(a->bytes_resent, 0);
    expect_time(a->closed_s, HOUR);
    expect_time(cause_of(world, 0, CAUSE_SENDING), 10);
    expect_time(cause_of(world, 0, CAUSE_ROUTE_CLOSED), HOUR);
    const struct told_attempt *attempts = (const void *)world->record->attempts->data;
    g_assert_cmpstr(attempts[0].outcome, ==, "window_closed");
    expect_bytes(attempts[0].bytes, 500);
    world_free(world);
    limits_clear(&limits);
}

/* Lost at 3 s, the window closes at 60 s, within the wait of 60 s for the next try, which then is when it opens at
 * 3660: 300 bytes are there, 700 are to go. */
static void suspended_between_tries(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    add_window(&limits, 127, 8, 9, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, 8 * HOUR - 60, WINDOW_CLOSE_SUSPEND);
    struct transfer *a = submit(world, 0, PRIORITY_LOW, 1000);
    sim_run(world->sim, 3);
    sim_link_set_up(world->network, &world->links[0], false);
    sim_link_set_up(world->network, &world->links[0], true);
    run_and_expect(world, 2 * HOUR, "a+3667 ");
    expect_time(cause_of(world, 0, CAUSE_RETRY_WAIT), 60);
    expect_time(a->closed_s, 3660 - 63);
    world_free(world);
    limits_clear(&limits);
}

/* In a pause between two blocks: 10 s of block, 20 s of pause; the window closes at 15, opens at 3615, and what is left
 * begins with a block. A link that fails in a pause is noticed at its end. */
static void stopped_in_a_pause(void)
{
    struct world *world = world_new(small_sender(), INFINITY, 100);
    struct limits limits = no_limits();
    limits.pulse = (struct pulse){1000, 20};
    limits.pulse_detail = true;
    add_window(&limits, 127, 8, 9, AVAILABILITY_CLOSED);
    limit(world, 0, &limits, INFINITY, 8 * HOUR - 15, WINDOW_CLOSE_SUSPEND);
    struct transfer *a = submit(world, 0, PRIORITY_LOW, 3000);
    sim_run(world->sim,
            3627); /* 3615 + 10 + 20 + 10 = 3655, but the link fails in the pause: lost at 3645, again at 3705 */
    sim_link_set_up(world->network, &world->links[0], false);
    sim_run(world->sim, 3650);
    sim_link_set_up(world->network, &world->links[0], true);
    run_and_expect(world, 2 * HOUR, "a+3715 ");
    g_assert_cmpuint(a->attempts, ==, 3);
    expect_bytes(a->bytes_moved, 3000);
    world_free(world);
    limits_clear(&limits);
}

/* ---- X2, X3: distribution points ---- */

/* A primary site on a Monday at this time; its distribution points stand behind links of 100 bytes/s. */
static struct scenario *dps(double begins_s, uint32_t n)
{
    struct scenario *s = small_scenario();
    s->start_s = 4 * 86400 + begins_s; /* 1970-01-05 was a Monday */
    s->until_s = 24 * HOUR;
    small_location(s, "here", -1, INFINITY);
    small_site(s, "PS1", SITE_PRIMARY, -1, 0);
    for (uint32_t i = 0; i < n; i++) {
        static const char *const names[] = {"DP1", "DP2"};
        small_location(s, names[i], 0, 100);
        small_dp(s, names[i], 0, (int32_t)(1 + i));
        scenario_dp(s, i)->limits = no_limits();
    }
    return s;
}

/* 1000 bytes for each of two jobs. DP1 has 100 % at all hours and takes one at a time: 10 and 20 s; DP2 takes both, and
 * its link is shared: 20 s each. */
static void dp_takes_one_at_a_time(void)
{
    struct scenario *s = dps(0, 2);
    add_hours(&scenario_dp(s, 0)->limits, 0, 24, 100);
    for (uint32_t i = 0; i < 2; i++) {
        static const char *const ids[] = {"one", "two"};
        small_package(s, ids[i], 0, PRIORITY_MEDIUM, 1000);
        small_distribute(s, 0, i, 2, 0, 1);
    }
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, 10, 10, 10);
    small_run_expect_delivered(run, 1, 0, 20, 20, 20);
    small_run_expect_delivered(run, 0, 1, 20, 20, 20);
    small_run_expect_delivered(run, 1, 1, 20, 20, 20);
    small_run_expect_causes(run, 1, 0, "transfer_thread_wait", 10.0, "copying", 10.0, NULL);
    small_run_free(run);
}

/* The same where DP1 has a schedule alone, which is open. */
static void dp_with_a_schedule_takes_one_at_a_time(void)
{
    struct scenario *s = dps(0, 2);
    add_window(&scenario_dp(s, 0)->limits, 127, 20, 21, AVAILABILITY_CLOSED);
    for (uint32_t i = 0; i < 2; i++) {
        static const char *const ids[] = {"one", "two"};
        small_package(s, ids[i], 0, PRIORITY_MEDIUM, 1000);
        small_distribute(s, 0, i, 2, 0, 1);
    }
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, 10, 10, 10);
    small_run_expect_delivered(run, 1, 0, 20, 20, 20);
    small_run_expect_delivered(run, 0, 1, 20, 20, 20);
    small_run_expect_delivered(run, 1, 1, 20, 20, 20);
    small_run_free(run);
}

/* The run ends at 25. DP1 has 50 %: 25 s at 50 bytes/s. The copy to DP2 is lost at 10, after 1000 bytes, and is
 * superseded at 12: of the new version 13 s at 100. */
static void bytes_of_what_is_not_delivered(void)
{
    struct scenario *s = dps(0, 2);
    s->until_s = 25;
    add_hours(&scenario_dp(s, 0)->limits, 0, 24, 50);
    small_package(s, "large", 0, PRIORITY_MEDIUM, 10000);
    small_distribute(s, 0, 0, 2, 0, 1);
    small_fault(s, 2, 10, 1);
    small_update_files(small_update(s, 12, 0), "large", 1, 20000);
    struct small_run *run = small_run_all(s, false);
    expect_bytes(record_delivery_of(run->record, 0, 1, 0)->last.bytes, 1250);
    g_assert_cmpint(record_delivery_of(run->record, 0, 1, 1)->last.state, ==, DELIVERY_CANCELLED);
    expect_bytes(record_delivery_of(run->record, 0, 1, 1)->last.bytes, 1000);
    expect_bytes(record_delivery_of(run->record, 0, 2, 1)->last.bytes, 1300);
    small_run_free(run);
}

/* Three files of 10 s each; the window closes after 15 s for two hours. The second file is lost with its 500 bytes, the
 * first is kept; the job is tried again 30 min later, waits for the window, and copies two files. */
static void dp_closes_during_a_copy(void)
{
    struct scenario *s = dps(8 * HOUR - 15, 1);
    add_window(&scenario_dp(s, 0)->limits, 127, 8, 10, AVAILABILITY_CLOSED);
    uint32_t package = small_empty_package(s, "three", 0, PRIORITY_MEDIUM);
    small_files(s, package, "files", 3, 1000);
    small_distribute(s, 0, package, 1, 0);
    struct small_run *run = small_run_all(s, false);
    double on_dp_s = 15 + 2 * HOUR + 20;
    small_run_expect_delivered(run, 0, 0, on_dp_s, on_dp_s, on_dp_s);
    small_run_expect_causes(run, 0, 0, "copying", 35.0, "retry_wait", 1800.0, "dp_closed", 2 * HOUR - 1800, NULL);
    const struct told_transfer *job = record_transfer(run->record, 0, "DP1");
    expect_bytes(job->bytes_resent, 500);
    expect_bytes(job->bytes_moved, 3500);
    g_assert_cmpuint(job->attempts, ==, 2);
    g_assert_null(job->reason); /* its last try did not fail */
    small_run_free(run);
}

/* The copy of its only file takes 2 h and every second hour is closed: with 2 retries it fails at the third closing. */
static void dp_gives_up(void)
{
    struct scenario *s = dps(0, 1);
    for (int hour = 1; hour < 24; hour += 2)
        add_window(&scenario_dp(s, 0)->limits, 127, hour, hour + 1, AVAILABILITY_CLOSED);
    scenario_site(s, 0)->transfer_manager.retries = 2;
    small_package(s, "large", 0, PRIORITY_MEDIUM, 720000);
    small_distribute(s, 0, 0, 1, 0);
    struct small_run *run = small_run_all(s, false);
    const struct told_transfer *job = record_transfer(run->record, 0, "DP1");
    /* closed at 1, 3 and 5 h */
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    expect_time(job->finished_s, 5 * HOUR);
    expect_bytes(job->bytes_resent, 3 * 360000);
    g_assert_cmpint(record_delivery(run->record, 0, 0)->last.state, ==, DELIVERY_FAILED);
    small_run_free(run);
}

/* ---- S3 on a path whose capacity changes ---- */

/* Background traffic takes the half of a link of 100 bytes/s from 10 s on: 50 % of it is 50, then 25 bytes/s. */
static void mean_follows_background_traffic(void)
{
    struct scenario *s = dps(8 * HOUR - 10, 1);
    add_hours(&scenario_dp(s, 0)->limits, 0, 24, 50);
    struct calendar_entry entry = {.days = 127, .from_s = 8 * HOUR, .to_s = 9 * HOUR, .value_percent = 50};
    struct calendar_spec calendar = {.name = g_strdup("office"), .entries = g_array_new(FALSE, FALSE, sizeof entry)};
    g_array_append_val(calendar.entries, entry);
    g_array_append_val(s->calendars, calendar);
    scenario_location(s, 1)->background = 0;
    small_package(s, "one", 0, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, 0, 1, 0);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, 30, 30, 30);
    small_run_free(run);
}

/* ---- T1: whose clock ---- */

/* The top site is in UTC; a route leaves PS1, nine hours ahead, whose window closes from 08:00 to 09:00 on its own
 * clock: 23:00 to 24:00 at the top. Its hours of 50 % go by the sending site, or by the receiving one if it says so. */
static void clocks(enum rate_limit_clock clock, double expected_s)
{
    struct scenario *s = small_scenario();
    s->start_s = 4 * 86400 + 23 * HOUR - 5; /* 07:59:55 at PS1 */
    s->until_s = 24 * HOUR;
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "tokyo", 0, 100);
    scenario_location(s, 1)->utc_offset_s = 9 * HOUR;
    small_site(s, "CS1", SITE_CENTRAL, -1, 0);
    small_site(s, "PS1", SITE_PRIMARY, 0, 1);
    small_site(s, "PS2", SITE_PRIMARY, 0, 0);
    small_dp(s, "DP2", 2, 0);
    scenario_dp(s, 0)->limits = no_limits();
    struct route_spec *route = small_route(s, 1, 0);
    route->limits = no_limits();
    add_window(&route->limits, 127, 8, 9, AVAILABILITY_CLOSED);
    add_hours(&route->limits, 0, 1, 50);
    route->limits.rate_limit_clock = clock;
    small_package(s, "one", 1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 10, 0, 1, 0);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, expected_s, expected_s, expected_s);
    small_run_free(run);
}

static void clocks_of_both_sites(void)
{
    /* Opens when it is 09:00 there and 00:00 at the top: at 3605 s; 10 s at full speed, or 20 at 50 %. */
    clocks(CLOCK_OF_SENDING_SITE, 3615);
    clocks(CLOCK_OF_DESTINATION, 3625);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sender/S2/one-at-a-time-even-at-100-percent", one_at_a_time_even_at_100_percent);
    g_test_add_func("/sender/S3/pulse-mode", pulse_mode_both);
    g_test_add_func("/sender/S3/one-thing-sets-the-pace", one_thing_sets_the_pace);
    g_test_add_func("/sender/S3/duty-changes-at-the-hour", duty_changes_at_the_hour);
    g_test_add_func("/sender/S3/nominal-is-a-share-of-the-route", nominal_is_a_share_of_the_route);
    g_test_add_func("/sender/S3/bursts-pause-as-long-as-they-took", bursts_pause_as_long_as_they_took);
    g_test_add_func("/sender/S3/timeslice-as-logged", timeslice_as_logged);
    g_test_add_func("/sender/S3/mean-and-bursts-agree", mean_and_bursts_agree);
    g_test_add_func("/sender/S4/opens-by-priority", opens_by_priority);
    g_test_add_func("/sender/S4/the-wait-has-three-parts", the_wait_has_three_parts);
    g_test_add_func("/sender/S4/window-over-the-weekend", window_over_the_weekend);
    g_test_add_func("/sender/S4/closing-finishes", closing_finishes);
    g_test_add_func("/sender/S4/closing-suspends", closing_suspends);
    g_test_add_func("/sender/S4/suspended-between-tries", suspended_between_tries);
    g_test_add_func("/sender/S4/stopped-in-a-pause", stopped_in_a_pause);
    g_test_add_func("/transfer-manager/X2/takes-one-at-a-time", dp_takes_one_at_a_time);
    g_test_add_func("/transfer-manager/X2/with-a-schedule-too", dp_with_a_schedule_takes_one_at_a_time);
    g_test_add_func("/transfer-manager/X3/bytes-of-what-is-not-delivered", bytes_of_what_is_not_delivered);
    g_test_add_func("/transfer-manager/X3/closes-during-a-copy", dp_closes_during_a_copy);
    g_test_add_func("/transfer-manager/X3/gives-up", dp_gives_up);
    g_test_add_func("/transfer-manager/S3/mean-follows-background-traffic", mean_follows_background_traffic);
    g_test_add_func("/hierarchy/T1/clocks-of-both-sites", clocks_of_both_sites);
    return g_test_run();
}
