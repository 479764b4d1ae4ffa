/* The sender alone (S1, S5, S6; N2, N3 as far as it meets them): destinations with a link each, and requests made by
 * hand. What becomes of a request is written down as "name+time" (arrived) or "name!time" (given up). */
#include "models/sender.h"

#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

#define MAX_SITES 8
#define MAX_REQUESTS 16

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct sender_params params;
    struct record *record;
    struct sender sender;
    struct sim_link links[MAX_SITES];
    struct sender_destination destinations[MAX_SITES];
    uint32_t n_sites, n_requests;
    struct transfer requests[MAX_REQUESTS];
    struct cause_log logs[MAX_REQUESTS];
    GString *said;
    void (*then)(struct world *world, struct transfer *t); /* of a request that was given up; NULL: nothing */
};

static const char *const site_names[MAX_SITES] = {"A", "B", "C", "D", "E", "F", "G", "H"};

static void say(struct world *world, const struct transfer *t, char what)
{
    g_string_append_printf(world->said, "%c%c%.10g ", (int)('a' + (t - world->requests)), what, sim_now(world->sim));
}

static struct world *world_of(const struct transfer *t)
{
    const struct sender_destination *destination = t->owner;
    return SIM_OWNER(struct world, sender, destination->sender);
}

static void arrived(struct transfer *t)
{
    g_assert_false(sim_holding(&t->waiter));
    g_assert_cmpint(t->state, ==, TRANSFER_DONE);
    say(world_of(t), t, '+');
}

static void gave_up(struct transfer *t)
{
    struct world *world = world_of(t);
    g_assert_false(sim_holding(&t->waiter));
    say(world, t, '!');
    if (world->then)
        world->then(world, t);
}

/* Sites A, B, ... with a link of their own; one connection moves at most cap_bytes_per_s. */
static struct world *world_new(struct sender_params params, uint32_t n_sites, double link_bytes_per_s,
                               double cap_bytes_per_s)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->params = params;
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    sender_init(&world->sender, world->sim, world->network, &world->params, &world->record->observer, "SRC");
    world->sender.arrived = arrived;
    world->sender.gave_up = gave_up;
    world->n_sites = n_sites;
    for (uint32_t i = 0; i < n_sites; i++) {
        sim_link_init(world->network, &world->links[i], link_bytes_per_s);
        GPtrArray *links = g_ptr_array_new();
        g_ptr_array_add(links, &world->links[i]);
        sender_destination_init(&world->destinations[i], &world->sender, site_names[i], links, cap_bytes_per_s,
                                LIMIT_MAX_RATE);
    }
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_requests; i++) {
        if (world->requests[i].waiter.line) /* not arrived, nor the scheduler's */
            sender_abandon(&world->requests[i]);
        sim_flow_clear(&world->requests[i].flow);
    }
    for (uint32_t i = 0; i < world->n_sites; i++) {
        sender_destination_clear(&world->destinations[i]);
        sim_link_clear(&world->links[i]);
    }
    sender_clear(&world->sender);
    sim_network_free(world->network);
    sim_free(world->sim);
    record_free(world->record);
    g_string_free(world->said, TRUE);
    g_free(world);
}

/* A request, scheduled but not submitted. */
static struct transfer *prepare(struct world *world, uint32_t site, enum priority priority, double bytes)
{
    g_assert_cmpuint(world->n_requests, <, MAX_REQUESTS);
    uint32_t i = world->n_requests++;
    struct transfer *t = &world->requests[i];
    t->from = "SRC";
    t->to = site_names[site];
    t->package = i;
    t->priority = priority;
    t->bytes = bytes;
    cause_log_init(&world->logs[i]);
    t->log = &world->logs[i];
    sender_prepare(&world->destinations[site], t);
    transfer_init(world->sim, t, TRANSFER_SEND_REQUEST, TRANSFER_SCHEDULED, &world->record->observer);
    return t;
}

static struct transfer *submit(struct world *world, uint32_t site, enum priority priority, double bytes)
{
    struct transfer *t = prepare(world, site, priority, bytes);
    sender_submit(t);
    return t;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
    /* Wherever a request is: what moved either arrived or has to move again. */
    for (uint32_t i = 0; i < world->n_requests; i++) {
        const struct transfer *t = &world->requests[i];
        double in_states_s = 0;
        for (int state = 0; state < N_TRANSFER_STATES; state++)
            in_states_s += t->in_state_s[state];
        expect_bytes(t->bytes_moved, t->bytes_arrived + t->bytes_resent);
        expect_time(in_states_s, t->entered_s - t->created_s);
        if (t->state != TRANSFER_DONE)
            continue;
        g_assert_cmpfloat(t->bytes_arrived, ==, t->bytes);
        expect_time(in_states_s, t->finished_s - t->created_s);
    }
}

static void link_up(struct world *world, uint32_t site, bool up)
{
    sim_link_set_up(world->network, &world->links[site], up);
}

static void expect_causes(const struct cause_log *log, double from_s, double to_s, double retry_s, double all_sites_s,
                          double per_site_s, double sending_s)
{
    double cause_s[N_CAUSES] = {0};
    cause_log_add(log, from_s, to_s, cause_s);
    expect_time(cause_s[CAUSE_RETRY_WAIT], retry_s);
    expect_time(cause_s[CAUSE_SENDER_WAIT_ALL_SITES], all_sites_s);
    expect_time(cause_s[CAUSE_SENDER_WAIT_PER_SITE], per_site_s);
    expect_time(cause_s[CAUSE_SENDING], sending_s);
}

/* ---- S1: threads and order ------------------------------------------------------------------------------------------
 */

/* 3 threads to a site, 10 s a request: waves of three. */
static void per_site_waves(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    for (int i = 0; i < 7; i++)
        submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a+10 b+10 c+10 d+20 e+20 f+20 g+30 ");
    expect_time(sim_level_integral(&world->sender.threads.in_use, 30), 70);
    world_free(world);
}

/* 5 threads in all: of 7 sites with a request each, five are sent to at once. */
static void all_sites_waves(void)
{
    struct world *world = world_new(small_sender(), 7, INFINITY, 100);
    for (uint32_t i = 0; i < 7; i++)
        submit(world, i, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a+10 b+10 c+10 d+10 e+10 f+20 g+20 ");
    world_free(world);
}

/* A has 4 requests of high priority, 3 threads take them; the request to B, low and last, starts on the fourth thread.
 */
static void full_destination_does_not_hold_up_others(void)
{
    struct world *world = world_new(small_sender(), 2, INFINITY, 100);
    for (int i = 0; i < 4; i++)
        submit(world, 0, PRIORITY_HIGH, 1000);
    submit(world, 1, PRIORITY_LOW, 500);
    run_and_expect(world, INFINITY, "e+5 a+10 b+10 c+10 d+20 ");
    world_free(world);
}

/* One thread. The low request has it when the others come at 1 s and keeps it until 10; then high, then medium. */
static void priority_without_preemption(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 1;
    struct world *world = world_new(params, 2, INFINITY, 100);
    submit(world, 0, PRIORITY_LOW, 1000);
    sim_run(world->sim, 1);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_HIGH, 1000);
    submit(world, 1, PRIORITY_LOW, 1000);
    run_and_expect(world, INFINITY, "a+10 c+20 b+30 d+40 ");
    world_free(world);
}

/* Everything that comes at one instant is in line before a thread is given away. */
static void best_of_one_instant(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 1;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_LOW, 1000);
    submit(world, 0, PRIORITY_HIGH, 1000);
    run_and_expect(world, INFINITY, "b+10 a+20 ");
    world_free(world);
}

/* Among equals the one created first, whenever it reaches the outbox: a is submitted after b and c. */
static void order_of_creation(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 1;
    struct world *world = world_new(params, 1, INFINITY, 100);
    struct transfer *a = prepare(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 1);
    sender_submit(a);
    run_and_expect(world, INFINITY, "b+10 a+20 c+30 ");
    world_free(world);
}

/* A thread is held for as long as its request is being sent: 20 s, 10 s and 5 s on two threads. */
static void threads_are_numbered_and_reused(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 2;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 2000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 500);
    run_and_expect(world, INFINITY, "b+10 c+15 a+20 ");
    const struct told_attempt *attempts = (const void *)world->record->attempts->data;
    g_assert_cmpuint(world->record->attempts->len, ==, 3);
    const uint32_t thread[] = {1, 1, 0};
    const double began_s[] = {0, 10, 0}, ended_s[] = {10, 15, 20};
    for (int i = 0; i < 3; i++) {
        g_assert_cmpuint(attempts[i].thread, ==, thread[i]);
        g_assert_cmpstr(attempts[i].outcome, ==, "done");
        expect_time(attempts[i].started_s, began_s[i]);
        expect_time(attempts[i].ended_s, ended_s[i]);
    }
    world_free(world);
}

/* ---- N2: what a sending gets ----------------------------------------------------------------------------------------
 */

/* The link is what holds back: three sendings of 1000 at 100/3 each end together at 30, as one after another would. */
static void threads_do_not_help_on_a_full_link(void)
{
    struct world *world = world_new(small_sender(), 1, 100, INFINITY);
    for (int i = 0; i < 3; i++)
        submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a+30 b+30 c+30 ");
    const struct sim_link *link;
    g_assert_cmpint(transfer_limited_by(&world->requests[0], &link), ==, LIMIT_LINK);
    g_assert_true(link == &world->links[0]);
    world_free(world);
}

/* The connection is what holds back: 20 of the link's 100 each, three at once end when one would. */
static void threads_help_where_the_connection_limits(void)
{
    struct world *world = world_new(small_sender(), 1, 100, 20);
    for (int i = 0; i < 3; i++)
        submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a+50 b+50 c+50 ");
    const struct sim_link *link;
    g_assert_cmpint(transfer_limited_by(&world->requests[0], &link), ==, LIMIT_MAX_RATE);
    world_free(world);
}

static void nothing_limits_no_time(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, INFINITY);
    submit(world, 0, PRIORITY_MEDIUM, 1e12);
    sim_run(world->sim, 3);
    submit(world, 0, PRIORITY_MEDIUM, 0);
    run_and_expect(world, INFINITY, "a+0 b+3 ");
    world_free(world);
}

/* ---- S6: the instruction file ---------------------------------------------------------------------------------------
 */

/* 1000 bytes and 50 of instruction at 100 a second, one thread: the second request starts when both have arrived. */
static void instruction_follows_on_the_same_thread(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 1;
    params.instruction_size_bytes = 50;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1050);
    submit(world, 0, PRIORITY_MEDIUM, 1050);
    run_and_expect(world, INFINITY, "a+10.5 b+21 ");
    g_assert_cmpuint(world->requests[0].attempts, ==, 1);
    expect_bytes(sim_link_carried(&world->links[0]), 2100);
    world_free(world);
}

/* The connection goes when the package file has arrived and 25 bytes of the instruction: the other 25 follow. */
static void loss_within_the_instruction(void)
{
    struct sender_params params = small_sender();
    params.instruction_size_bytes = 50;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1050);
    sim_run(world->sim, 10.25);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+70.5 ");
    g_assert_cmpuint(world->requests[0].attempts, ==, 2);
    world_free(world);
}

/* The same without resume: both files again, from 70.25 on. */
static void loss_within_the_instruction_without_resume(void)
{
    struct sender_params params = small_sender();
    params.instruction_size_bytes = 50;
    params.resume = false;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1050);
    sim_run(world->sim, 10.25);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+80.75 ");
    expect_bytes(world->requests[0].bytes_resent, 1025);
    world_free(world);
}

/* ---- S5: what fails -------------------------------------------------------------------------------------------------
 */

/* 1000 bytes at 100 a second; the link is down from 5 to 15. Lost at 5, next try at 65, up again: 500 more bytes. */
static void resumes_at_the_confirmed_byte(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    sim_run(world->sim, 15);
    link_up(world, 0, true);
    g_assert_cmpstr(a->reason, ==, "connection_lost");
    run_and_expect(world, INFINITY, "a+70 ");
    g_assert_null(a->reason); /* its last try did not fail */
    expect_bytes(a->bytes_moved, 1000);
    expect_bytes(a->bytes_resent, 0);
    g_assert_cmpuint(a->attempts, ==, 2);
    expect_time(a->in_state_s[TRANSFER_MOVING], 10);
    expect_time(a->in_state_s[TRANSFER_RETRYING], 60);
    expect_time(a->started_s, 0);
    expect_causes(a->log, 0, 70, 60, 0, 0, 10);
    const struct told_attempt *attempts = (const void *)world->record->attempts->data;
    g_assert_cmpuint(world->record->attempts->len, ==, 2);
    g_assert_cmpstr(attempts[0].outcome, ==, "connection_lost");
    g_assert_cmpuint(attempts[0].thread, ==, attempts[1].thread);
    expect_bytes(attempts[0].bytes, 500);
    expect_bytes(attempts[1].bytes, 500);
    g_assert_cmpuint(record_count(world->record, "SRC", EVENT_SENDING_FAILED, "A"), ==, 1);
    world_free(world);
}

/* The same without resume: all 1000 bytes again from 65 on. */
static void starts_again_without_resume(void)
{
    struct sender_params params = small_sender();
    params.resume = false;
    struct world *world = world_new(params, 1, INFINITY, 100);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+75 ");
    expect_bytes(a->bytes_resent, 500);
    expect_bytes(a->bytes_moved, 1500);
    expect_bytes(sim_link_carried(&world->links[0]), 1500);
    world_free(world);
}

/* Half a byte is not confirmed: lost after 500.5 bytes, 499.5 + 0.5 left. */
static void confirms_whole_bytes(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5.005);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+70.005 ");
    expect_bytes(a->bytes_resent, 0.5);
    world_free(world);
}

/* It goes down for good at 0: tries at 0, 90 and 180, 30 s each, with 60 s between them; given up at 210. */
static void tries_and_their_end(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    link_up(world, 0, false);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a!210 ");
    g_assert_cmpuint(a->attempts, ==, 3);
    g_assert_cmpint(a->state, ==, TRANSFER_CONNECTING); /* the scheduler's now, in the state it failed in */
    g_assert_cmpstr(a->reason, ==, "no_connection");
    expect_time(a->in_state_s[TRANSFER_CONNECTING], 60);
    expect_time(a->in_state_s[TRANSFER_RETRYING], 120);
    expect_time(world->sender.threads.in_use.value, 0);
    expect_causes(a->log, 0, 210, 210, 0, 0, 0);
    world_free(world);
}

/* No retries: the first failure is the last. */
static void no_retries(void)
{
    struct sender_params params = small_sender();
    params.retries = 0;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    run_and_expect(world, INFINITY, "a!5 ");
    world_free(world);
}

/* Every way of failing counts as a try: lost at 5, no connection from 65 to 95, lost at 160 after 5 s. */
static void all_failures_count(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 2000);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    sim_run(world->sim, 100);
    link_up(world, 0, true);
    sim_run(world->sim, 160);
    link_up(world, 0, false);
    run_and_expect(world, INFINITY, "a!160 ");
    expect_bytes(a->bytes_arrived, 1000);
    g_assert_cmpuint(a->attempts, ==, 3);
    world_free(world);
}

/* A destination that comes back while a try waits for it has to wait for the next try: 0 to 30, then from 90 on. */
static void comes_back_during_the_timeout(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    link_up(world, 0, false);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 10);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+100 ");
    world_free(world);
}

/* Per site 2 of 2 threads, and A is dead: c to B, which is alive, waits until A's requests are given up at 210. */
static void dead_destination_stops_all_sending(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = params.max_concurrent_per_site = 2;
    struct world *world = world_new(params, 2, INFINITY, 100);
    link_up(world, 0, false);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    struct transfer *c = submit(world, 1, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a!210 b!210 c+220 ");
    expect_causes(c->log, 0, 220, 0, 210, 0, 10);
    world_free(world);
}

/* Per site 1 of 2 threads: A holds only one, and B is sent to at once. */
static void per_site_limit_shields_others(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 2;
    params.max_concurrent_per_site = 1;
    struct world *world = world_new(params, 2, INFINITY, 100);
    link_up(world, 0, false);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    struct transfer *b = submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "c+10 a!210 b!420 ");
    expect_causes(b->log, 0, 420, 210, 0, 210, 0);
    world_free(world);
}

/* A request that is submitted again has all its tries again, and goes on where the bytes that arrived end: 500 by 5,
 * tries at 65 and 155 find nobody; again at 1000 s: 500 more. */
static void submitted_again(void)
{
    struct world *world = world_new(small_sender(), 1, INFINITY, 100);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    run_and_expect(world, 1000, "a!185 ");
    transfer_enter(world->sim, a, TRANSFER_RESCHEDULED);
    sender_submit(a);
    sim_run(world->sim, 1010); /* its fourth try finds nobody either */
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a!185 a+1095 ");
    g_assert_cmpuint(a->attempts, ==, 5);
    world_free(world);
}

/* ---- where the time of a wait goes ----------------------------------------------------------------------------------
 */

/* Two threads, one to a site, 10 s a request. At 0: a to A, b to B, c to A, d to C. c waits for A's own limit until 10,
 * when both threads come free; then c (older) and d start: all of d's wait was for a thread of all sites. e, to A,
 * comes at 5: until 10 A is full because of a, from 10 to 20 because of c. */
static void waits_are_split(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 2;
    params.max_concurrent_per_site = 1;
    struct world *world = world_new(params, 3, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 1000);
    struct transfer *c = submit(world, 0, PRIORITY_MEDIUM, 1000);
    struct transfer *d = submit(world, 2, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    struct transfer *e = submit(world, 0, PRIORITY_MEDIUM, 1000);
    run_and_expect(world, INFINITY, "a+10 b+10 c+20 d+20 e+30 ");
    expect_causes(c->log, 0, 20, 0, 0, 10, 10);
    expect_causes(d->log, 0, 20, 0, 10, 0, 10);
    expect_causes(e->log, 0, 30, 0, 0, 15, 10);
    world_free(world);
}

/* One thread to a site, two in all. a to A takes until 10; b and c, to B and C, are high and take the threads at 4 ...
 * Here: x to A from 0 to 10, y to B from 0 to 30; z to A waits from 0: until 10 for A's limit; from 10 on the free
 * thread goes to w, high, to C (10 to 20), so until 20 for a thread of all sites. With a mark at 5, parts of the wait
 * are exact. */
static void a_mark_makes_parts_exact(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_all_sites = 2;
    params.max_concurrent_per_site = 1;
    struct world *world = world_new(params, 3, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    submit(world, 1, PRIORITY_MEDIUM, 3000);
    struct transfer *z = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    submit(world, 2, PRIORITY_HIGH, 1000);
    transfer_mark(world->sim, z);
    run_and_expect(world, INFINITY, "a+10 d+20 b+30 c+30 ");
    expect_causes(z->log, 0, 30, 0, 10, 10, 10);
    expect_causes(z->log, 5, 30, 0, 10, 5, 10);
    expect_causes(z->log, 0, 5, 0, 0, 5, 0);
    world_free(world);
}

/* Two waits of one request, the first of them with a mark: each is split by itself. A thread per site, 10 s a request,
 * no retries. b waits behind a from 0 to 10, is marked at 5, loses its connection at 12, and waits again, from 12 to
 * 22, behind c, which had the thread at that instant. */
static void second_wait_is_split_by_itself(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_per_site = 1;
    params.retries = 0;
    struct world *world = world_new(params, 1, INFINITY, 100);
    submit(world, 0, PRIORITY_MEDIUM, 1000);
    struct transfer *b = submit(world, 0, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 5);
    transfer_mark(world->sim, b);
    sim_run(world->sim, 12);
    submit(world, 0, PRIORITY_HIGH, 1000);
    link_up(world, 0, false);
    link_up(world, 0, true);
    sim_run(world->sim, 12); /* c has the thread */
    transfer_enter(world->sim, b, TRANSFER_RESCHEDULED);
    sender_submit(b);
    run_and_expect(world, INFINITY, "a+10 b!12 c+22 b+30 ");
    expect_causes(b->log, 0, 30, 0, 0, 20, 10);
    world_free(world);
}

/* ---- the end of a run -----------------------------------------------------------------------------------------------
 */

/* Cut short at 5: a has moved 500 bytes, b waits, c waits before its second try. */
static void abandoned(void)
{
    struct sender_params params = small_sender();
    params.max_concurrent_per_site = 1;
    struct world *world = world_new(params, 2, INFINITY, 100);
    struct transfer *c = submit(world, 1, PRIORITY_MEDIUM, 1000);
    sim_run(world->sim, 2);
    struct transfer *a = submit(world, 0, PRIORITY_MEDIUM, 1000);
    struct transfer *b = submit(world, 0, PRIORITY_MEDIUM, 1000);
    link_up(world, 1, false);
    run_and_expect(world, 7, "");
    sender_abandon(a);
    sender_abandon(b);
    sender_abandon(c);
    expect_bytes(a->bytes_moved, 500);
    expect_bytes(a->bytes_arrived, 500);
    expect_bytes(b->bytes_moved, 0);
    expect_bytes(c->bytes_moved, 200);
    g_assert_cmpuint(world->record->attempts->len, ==, 2); /* c's lost one, and a's */
    const struct told_attempt *attempts = (const void *)world->record->attempts->data;
    g_assert_cmpstr(attempts[1].outcome, ==, "cut_short");
    expect_time(attempts[1].ended_s, 7);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sender/S1/per-site-waves", per_site_waves);
    g_test_add_func("/sender/S1/all-sites-waves", all_sites_waves);
    g_test_add_func("/sender/S1/full-destination-does-not-hold-up-others", full_destination_does_not_hold_up_others);
    g_test_add_func("/sender/S1/priority-without-preemption", priority_without_preemption);
    g_test_add_func("/sender/S1/best-of-one-instant", best_of_one_instant);
    g_test_add_func("/sender/S1/order-of-creation", order_of_creation);
    g_test_add_func("/sender/S1/threads-are-numbered-and-reused", threads_are_numbered_and_reused);
    g_test_add_func("/sender/N2/threads-do-not-help-on-a-full-link", threads_do_not_help_on_a_full_link);
    g_test_add_func("/sender/N2/threads-help-where-the-connection-limits", threads_help_where_the_connection_limits);
    g_test_add_func("/sender/N2/nothing-limits-no-time", nothing_limits_no_time);
    g_test_add_func("/sender/S6/instruction-follows-on-the-same-thread", instruction_follows_on_the_same_thread);
    g_test_add_func("/sender/S6/loss-within-the-instruction", loss_within_the_instruction);
    g_test_add_func("/sender/S5/loss-within-the-instruction-without-resume",
                    loss_within_the_instruction_without_resume);
    g_test_add_func("/sender/S5/resumes-at-the-confirmed-byte", resumes_at_the_confirmed_byte);
    g_test_add_func("/sender/S5/starts-again-without-resume", starts_again_without_resume);
    g_test_add_func("/sender/S5/confirms-whole-bytes", confirms_whole_bytes);
    g_test_add_func("/sender/S5/tries-and-their-end", tries_and_their_end);
    g_test_add_func("/sender/S5/no-retries", no_retries);
    g_test_add_func("/sender/S5/all-failures-count", all_failures_count);
    g_test_add_func("/sender/S5/comes-back-during-the-timeout", comes_back_during_the_timeout);
    g_test_add_func("/sender/S5/dead-destination-stops-all-sending", dead_destination_stops_all_sending);
    g_test_add_func("/sender/S5/per-site-limit-shields-others", per_site_limit_shields_others);
    g_test_add_func("/sender/S5/submitted-again", submitted_again);
    g_test_add_func("/sender/causes/waits-are-split", waits_are_split);
    g_test_add_func("/sender/causes/a-mark-makes-parts-exact", a_mark_makes_parts_exact);
    g_test_add_func("/sender/causes/second-wait-is-split-by-itself", second_wait_is_split_by_itself);
    g_test_add_func("/sender/end/abandoned", abandoned);
    return g_test_run();
}
