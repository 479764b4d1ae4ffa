/* The scheduler (D5), with a sender behind it that has one thread and no retries of its own. What becomes of a request
 * is written down as "name+time" (arrived) or "name!time" (failed for good). */
#include "models/scheduler.h"

#include <glib.h>

#include "models/sender.h"
#include "models/transfer.h"
#include "tests/support/small.h"

#define MAX_REQUESTS 4

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct record *record;
    struct sender_params sender_params;
    struct scheduler_params params;
    struct scheduler scheduler;
    struct sender sender;
    struct sim_link link;
    struct sender_destination destination;
    uint32_t n;
    struct transfer requests[MAX_REQUESTS];
    GString *said;
};

static struct world *world_of(const struct transfer *t)
{
    const struct sender_destination *destination = t->owner;
    return SIM_OWNER(struct world, destination, destination);
}

static void say(const struct transfer *t, char what)
{
    struct world *world = world_of(t);
    g_string_append_printf(world->said, "%c%c%.10g ", (int)('a' + (t - world->requests)), what, sim_now(world->sim));
}

static void arrived(struct transfer *t)
{
    say(t, '+');
}

static void failed(struct transfer *t)
{
    g_assert_cmpint(t->state, ==, TRANSFER_FAILED);
    say(t, '!');
}

static void gave_up(struct transfer *t)
{
    scheduler_given_up(&world_of(t)->scheduler, t);
}

static struct world *world_new(struct scheduler_params params)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    world->sender_params = small_sender();
    world->sender_params.max_concurrent_all_sites = 1;
    world->sender_params.retries = 0;
    sender_init(&world->sender, world->sim, world->network, &world->sender_params, &world->record->observer, "SRC");
    world->sender.arrived = arrived;
    world->sender.gave_up = gave_up;
    sim_link_init(world->network, &world->link, INFINITY);
    GPtrArray *links = g_ptr_array_new();
    g_ptr_array_add(links, &world->link);
    sender_destination_init(&world->destination, &world->sender, "DST", links, 100, LIMIT_MAX_RATE);
    world->params = params;
    world->scheduler = (struct scheduler){world->sim, &world->params, &world->record->observer, "SRC", failed, NULL};
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n; i++) {
        scheduler_abandon(&world->scheduler, &world->requests[i]);
        if (world->requests[i].waiter.line)
            sender_abandon(&world->requests[i]);
        sim_flow_clear(&world->requests[i].flow);
    }
    sender_destination_clear(&world->destination);
    sim_link_clear(&world->link);
    sender_clear(&world->sender);
    sim_network_free(world->network);
    sim_free(world->sim);
    record_free(world->record);
    g_string_free(world->said, TRUE);
    g_free(world);
}

/* A mini-job of 1000 bytes: 10 s of sending. */
static struct transfer *mini_job(struct world *world)
{
    g_assert_cmpuint(world->n, <, MAX_REQUESTS);
    struct transfer *t = &world->requests[world->n++];
    t->from = "SRC";
    t->to = "DST";
    t->bytes = 1000;
    sender_prepare(&world->destination, t);
    transfer_init(world->sim, t, TRANSFER_SEND_REQUEST, TRANSFER_SCHEDULED, &world->record->observer);
    scheduler_mini_job(&world->scheduler, t);
    return t;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
}

static void delay(void)
{
    struct scheduler_params params = small_scheduler();
    params.scheduler_delay_s = 5;
    struct world *world = world_new(params);
    const struct transfer *a = mini_job(world);
    run_and_expect(world, INFINITY, "a+15 ");
    expect_time(a->in_state_s[TRANSFER_SCHEDULED], 5);
    expect_time(record_when(world->record, "SRC", EVENT_MINI_JOB, "DST", 0), 0);
    expect_time(record_when(world->record, "SRC", EVENT_SEND_REQUEST, "DST", 0), 5);
    world_free(world);
}

/* a loses its connection at 4 and is back 540 s later, when b is being sent (540 to 550) and c, created after a, waits:
 * a has its old place, before c. It goes on at its confirmed byte: 6 s. */
static void comes_back_in_its_old_place(void)
{
    struct world *world = world_new(small_scheduler());
    struct transfer *a = mini_job(world);
    sim_run(world->sim, 4);
    sim_link_set_up(world->network, &world->link, false);
    sim_link_set_up(world->network, &world->link, true);
    g_assert_cmpint(a->state, ==, TRANSFER_RESCHEDULED);
    sim_run(world->sim, 540);
    mini_job(world);
    mini_job(world);
    run_and_expect(world, INFINITY, "b+550 a+556 c+566 ");
    expect_time(a->in_state_s[TRANSFER_RESCHEDULED], 540);
    expect_time(a->in_state_s[TRANSFER_WAITING], 6);
    expect_time(record_when(world->record, "SRC", EVENT_RESCHEDULED, "DST", 0), 4);
    g_assert_cmpuint(record_count(world->record, "SRC", EVENT_SEND_REQUEST, NULL), ==, 4);
    world_free(world);
}

/* Nobody answers for 30 s at a time. Created at 0, in the outbox at 5; given up at 35, 605 and 1175, and submitted
 * again 540 s later at 575 and 1145. The next time would be 1715, later than 1700 after its creation: failed at 1175.
 */
static void until_its_time_is_over(void)
{
    struct scheduler_params params = small_scheduler();
    params.scheduler_delay_s = 5;
    params.reschedule_for_s = 1700;
    struct world *world = world_new(params);
    sim_link_set_up(world->network, &world->link, false);
    const struct transfer *a = mini_job(world);
    run_and_expect(world, INFINITY, "a!1175 ");
    expect_time(a->finished_s, 1175);
    g_assert_cmpuint(a->attempts, ==, 3);
    g_assert_cmpstr(a->reason, ==, "no_connection");
    double in_states_s = 0;
    for (int state = 0; state < N_TRANSFER_STATES; state++)
        in_states_s += a->in_state_s[state];
    expect_time(in_states_s, 1175);
    world_free(world);
}

/* By default the last submission is 7 days after creation at the latest: tries of 30 s every 570 s, the n-th from 570 n
 * on; the last n with 570 n <= 604800 is 1061, and its try, the 1062nd, ends at 604800 (1061 x 570 = 604770). */
static void seven_days(void)
{
    struct world *world = world_new(small_scheduler());
    sim_link_set_up(world->network, &world->link, false);
    const struct transfer *a = mini_job(world);
    run_and_expect(world, INFINITY, "a!604800 ");
    g_assert_cmpuint(a->attempts, ==, 1062);
    world_free(world);
}

/* The run ends while one is scheduled and another rescheduled. */
static void abandoned(void)
{
    struct scheduler_params params = small_scheduler();
    params.scheduler_delay_s = 5;
    struct world *world = world_new(params);
    mini_job(world);
    sim_run(world->sim, 10);
    sim_link_set_up(world->network, &world->link, false);
    mini_job(world);
    run_and_expect(world, 11, "");
    g_assert_cmpint(world->requests[0].state, ==, TRANSFER_RESCHEDULED);
    g_assert_cmpint(world->requests[1].state, ==, TRANSFER_SCHEDULED);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/scheduler/D5/delay", delay);
    g_test_add_func("/scheduler/D5/comes-back-in-its-old-place", comes_back_in_its_old_place);
    g_test_add_func("/scheduler/D5/until-its-time-is-over", until_its_time_is_over);
    g_test_add_func("/scheduler/D5/seven-days", seven_days);
    g_test_add_func("/scheduler/end/abandoned", abandoned);
    return g_test_run();
}
