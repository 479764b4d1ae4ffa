#include "sim/engine/slots.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <math.h>
#include <string.h>

static void assert_near(double value, double expected, double relative)
{
    if (!(fabs(value - expected) <= relative * MAX(1, fabs(expected))))
        g_error("%.17g is not %.17g", value, expected);
}

/* A customer that comes, takes a slot for a while, and writes down when it got which. */
struct customer {
    struct sim_waiter waiter;
    struct sim_event arrival, end;
    struct sim_line *line;
    double takes_s;
    sim_key key;
    char name;
    GString *log;
};

static void customer_comes(struct sim *sim, struct sim_event *event)
{
    struct customer *customer = SIM_OWNER(struct customer, arrival, event);

    sim_wait(sim, &customer->waiter, customer->line, customer->key);
    g_assert_true(sim_waiting(&customer->waiter));
    g_assert_false(sim_holding(&customer->waiter));
}

static void customer_served(struct sim *sim, struct sim_waiter *waiter)
{
    struct customer *customer = SIM_OWNER(struct customer, waiter, waiter);

    g_assert_false(sim_waiting(waiter));
    g_assert_true(sim_holding(waiter));
    g_string_append_printf(customer->log, "%c%g:%u ", customer->name, sim_now(sim), waiter->slot);
    sim_schedule_after(sim, &customer->end, customer->takes_s);
}

static void customer_ends(struct sim *sim, struct sim_event *event)
{
    struct customer *customer = SIM_OWNER(struct customer, end, event);

    sim_release(sim, &customer->waiter);
    g_assert_false(sim_holding(&customer->waiter));
}

static void come(struct sim *sim, struct customer *customer, char name, struct sim_line *line, double at_s,
                 double takes_s, sim_key key, GString *log)
{
    *customer = (struct customer){.line = line, .takes_s = takes_s, .key = key, .name = name, .log = log};
    sim_waiter_init(&customer->waiter, customer_served);
    sim_event_init(&customer->arrival, SIM_RANK_MODEL, customer_comes);
    sim_event_init(&customer->end, SIM_RANK_MODEL, customer_ends);
    sim_schedule(sim, &customer->arrival, at_s);
}

/* Three lines on one pool. */
struct world {
    struct sim *sim;
    struct sim_slots slots;
    struct sim_line lines[3];
    GString *log;
};

static void set_up(struct world *world, uint32_t capacity, uint32_t a, uint32_t b, uint32_t c)
{
    world->sim = sim_new(1, 0);
    sim_slots_init(world->sim, &world->slots, capacity);
    sim_line_init(world->sim, &world->lines[0], &world->slots, a);
    sim_line_init(world->sim, &world->lines[1], &world->slots, b);
    sim_line_init(world->sim, &world->lines[2], &world->slots, c);
    world->log = g_string_new(NULL);
}

static void expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->log->str, ==, expected);
    g_string_truncate(world->log, 0);
}

static void tear_down(struct world *world)
{
    for (guint i = 0; i < 3; i++)
        sim_line_clear(&world->lines[i]);
    sim_slots_clear(world->sim, &world->slots);
    g_string_free(world->log, TRUE);
    sim_free(world->sim);
}

/* The smallest key first, whatever the order of arrival and whatever the line; who comes at the same instant counts. */
static void test_best_key_first(void)
{
    struct world world;
    struct customer c[5];

    set_up(&world, 1, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 10, 9, world.log);
    come(world.sim, &c[1], 'b', &world.lines[1], 0, 10, 3, world.log);
    come(world.sim, &c[2], 'c', &world.lines[0], 1, 10, 5, world.log);
    come(world.sim, &c[3], 'd', &world.lines[2], 2, 10, 4, world.log);
    come(world.sim, &c[4], 'e', &world.lines[1], 10, 10, 1, world.log); /* as b ends */
    expect(&world, INFINITY, "b0:0 e10:0 d20:0 c30:0 a40:0 ");
    g_assert_cmpfloat(c[0].waiter.waited_s, ==, 40);
    g_assert_cmpuint(world.slots.n_granted, ==, 5);
    g_assert_cmpfloat(world.slots.waited_s, ==, 0 + 0 + 18 + 29 + 40);
    tear_down(&world);
}

/* Two slots. a holds one from 0 to 10, b the other from 4 to 9, and c, which comes at 6 and is served from 9 to 12: */
static void test_times(void)
{
    struct world world;
    struct customer c[3];

    set_up(&world, 2, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 10, 0, world.log);
    come(world.sim, &c[1], 'b', &world.lines[1], 4, 5, 1, world.log);
    come(world.sim, &c[2], 'c', &world.lines[1], 6, 3, 2, world.log);
    expect(&world, 8, "a0:0 b4:1 ");
    struct sim_slots_times times = sim_slots_times(&world.slots, 8);
    g_assert_cmpfloat(times.busy_s, ==, 8);
    g_assert_cmpfloat(times.full_s, ==, 4);
    g_assert_cmpfloat(times.waiting_s, ==, 2);
    g_assert_cmpfloat(times.held_up_s, ==, 2);
    expect(&world, 20, "c9:1 ");
    times = sim_slots_times(&world.slots, 20);
    g_assert_cmpfloat(times.busy_s, ==, 12);
    g_assert_cmpfloat(times.full_s, ==, 6); /* 4 to 10 */
    g_assert_cmpfloat(times.waiting_s, ==, 3);
    g_assert_cmpfloat(times.held_up_s, ==, 3);
    tear_down(&world);
}

/* Who waits at a shut pool waits, but nobody holds all slots. */
static void test_times_while_shut(void)
{
    struct world world;
    struct customer c;

    set_up(&world, 1, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    sim_slots_shut(world.sim, &world.slots, true);
    come(world.sim, &c, 'a', &world.lines[0], 1, 2, 0, world.log);
    expect(&world, 5, "");
    sim_slots_shut(world.sim, &world.slots, false);
    expect(&world, 10, "a5:0 ");
    const struct sim_slots_times times = sim_slots_times(&world.slots, 10);
    g_assert_cmpfloat(times.busy_s, ==, 2);
    g_assert_cmpfloat(times.full_s, ==, 2);
    g_assert_cmpfloat(times.waiting_s, ==, 4);
    g_assert_cmpfloat(times.held_up_s, ==, 0);
    tear_down(&world);
}

static void comes_and_calls(struct sim *sim, struct sim_event *event)
{
    struct customer *customer = SIM_OWNER(struct customer, arrival, event);

    customer_comes(sim, event);
    sim_schedule_after(sim, &customer[1].arrival, 0);
}

/* Each one calls the next, who is better, when it is in line already: slots wait for the last of the instant. */
static void test_all_who_come_at_an_instant_count(void)
{
    struct world world;
    struct customer c[3];

    set_up(&world, 1, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    for (guint i = 0; i < 3; i++)
        come(world.sim, &c[i], (char)('a' + i), &world.lines[i], 5, 10, 9 - i, world.log);
    sim_cancel(world.sim, &c[1].arrival);
    sim_cancel(world.sim, &c[2].arrival);
    c[0].arrival.fire = c[1].arrival.fire = comes_and_calls;
    expect(&world, INFINITY, "c5:0 b15:0 a25:0 ");
    tear_down(&world);
}

static void test_a_full_line_does_not_hold_up_others(void)
{
    struct world world;
    struct customer c[5];

    set_up(&world, 3, 1, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 10, 1, world.log);
    come(world.sim, &c[1], 'b', &world.lines[0], 0, 10, 2, world.log); /* behind a, though better than the rest */
    come(world.sim, &c[2], 'c', &world.lines[1], 0, 4, 3, world.log);
    come(world.sim, &c[3], 'd', &world.lines[1], 0, 20, 4, world.log);
    come(world.sim, &c[4], 'e', &world.lines[1], 0, 20, 5, world.log);
    expect(&world, INFINITY, "a0:0 c0:1 d0:2 e4:1 b10:0 ");
    tear_down(&world);
}

static void test_a_shut_line_starts_nobody(void)
{
    struct world world;
    struct customer c[3];

    set_up(&world, 2, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 10, 1, world.log);
    come(world.sim, &c[1], 'b', &world.lines[0], 1, 10, 2, world.log);
    come(world.sim, &c[2], 'c', &world.lines[1], 2, 10, 3, world.log);
    expect(&world, 0, "a0:0 ");
    sim_line_shut(world.sim, &world.lines[0], true);
    sim_line_shut(world.sim, &world.lines[0], true);
    g_assert_cmpuint(world.slots.n_shut_out, ==, 0); /* b has not come yet */
    expect(&world, 20, "c2:1 ");                     /* a keeps its slot to the end */
    g_assert_cmpuint(world.slots.n_shut_out, ==, 1);
    g_assert_cmpfloat(sim_blocked_so_far(world.sim, &c[1].waiter), ==, 19);
    sim_line_shut(world.sim, &world.lines[0], false);
    sim_line_shut(world.sim, &world.lines[0], true); /* at one instant the last word counts */
    expect(&world, 30, "");
    sim_line_shut(world.sim, &world.lines[0], false);
    g_assert_cmpuint(world.slots.n_shut_out, ==, 0);
    expect(&world, INFINITY, "b30:0 ");
    tear_down(&world);
}

/* c waits in line 0 (capacity 1) of a pool of 2 from 1 s on:
 *   0 .. 4   a holds the line's only place: blocked, for c from 1 to 4 = 3 s
 *   4 .. 6   the line has room, but b and d hold both slots of the pool (d took a's): not blocked, 2 s
 *   6 .. 9   the gate is shut: blocked, 3 s; b ends at 7, which does not help
 *   9        the gate opens: c starts
 * It waited 8 s, 6 of them blocked. Over 20 s the line is blocked 0 .. 4, 6 .. 9, and 9 .. 14 by c itself: 12 s. */
static void test_the_wait_is_split_by_its_cause(void)
{
    struct world world;
    struct customer c[4];

    set_up(&world, 2, 1, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 4, 1, world.log);
    come(world.sim, &c[1], 'b', &world.lines[1], 0, 7, 2, world.log);
    come(world.sim, &c[2], 'c', &world.lines[0], 1, 5, 5, world.log);
    come(world.sim, &c[3], 'd', &world.lines[1], 2, 20, 4, world.log);
    expect(&world, 6, "a0:0 b0:1 d4:0 ");
    g_assert_cmpfloat(sim_blocked_so_far(world.sim, &c[2].waiter), ==, 3);
    sim_line_shut(world.sim, &world.lines[0], true);
    expect(&world, 9, "");
    g_assert_cmpfloat(sim_blocked_so_far(world.sim, &c[2].waiter), ==, 6);
    sim_line_shut(world.sim, &world.lines[0], false);
    expect(&world, 20, "c9:1 ");
    g_assert_cmpfloat(c[2].waiter.waited_s, ==, 8);
    g_assert_cmpfloat(c[2].waiter.blocked_s, ==, 6);
    g_assert_cmpfloat(c[3].waiter.waited_s, ==, 2);
    g_assert_cmpfloat(c[3].waiter.blocked_s, ==, 0);
    g_assert_cmpfloat(sim_gate_s(&world.lines[0].blocked, 20), ==, 12);
    expect(&world, INFINITY, "");
    tear_down(&world);
}

/* Lines 0 and 1 together may hold 2 of the pool's 3 slots: c, of line 1, is better than b but its gate is shut until 6,
 * so b starts at 4 with a's place; d, of line 2, is not concerned. c waits 10 - 1 s: 5 shut, then 4 full. */
static void test_lines_share_a_capacity(void)
{
    struct world world;
    struct customer c[5];

    set_up(&world, 3, 2, 1, SIM_UNLIMITED);
    sim_line_share(&world.lines[1], &world.lines[0]);
    sim_line_shut(world.sim, &world.lines[1], true);
    come(world.sim, &c[0], 'a', &world.lines[0], 0, 4, 1, world.log);
    come(world.sim, &c[1], 'e', &world.lines[0], 0, 20, 1, world.log);
    come(world.sim, &c[2], 'b', &world.lines[0], 1, 6, 5, world.log);
    come(world.sim, &c[3], 'c', &world.lines[1], 1, 5, 2, world.log);
    come(world.sim, &c[4], 'd', &world.lines[2], 2, 20, 9, world.log);
    expect(&world, 6, "a0:0 e0:1 d2:2 b4:0 ");
    g_assert_cmpfloat(sim_closed_so_far(world.sim, &c[3].waiter), ==, 5);
    sim_line_shut(world.sim, &world.lines[1], false);
    g_assert_cmpfloat(sim_blocked_so_far(world.sim, &c[3].waiter), ==, 5);
    expect(&world, 12, "c10:0 ");
    g_assert_cmpfloat(c[3].waiter.waited_s, ==, 9);
    g_assert_cmpfloat(c[3].waiter.blocked_s, ==, 9);
    g_assert_cmpfloat(c[3].waiter.closed_s, ==, 5);
    g_assert_cmpfloat(c[2].waiter.closed_s, ==, 0);
    expect(&world, INFINITY, "");
    tear_down(&world);
}

static void test_lowest_free_number(void)
{
    struct world world;
    struct customer c[200];
    GString *log;

    /* 150 at once, without a limit; then 70, 3 and 149 are free, in that order; those who come get 3, 70, 149, 150 */
    set_up(&world, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED, SIM_UNLIMITED);
    log = g_string_new(NULL);
    for (guint i = 0; i < 150; i++)
        come(world.sim, &c[i], 'x', &world.lines[0], 0, i == 70 ? 1 : i == 3 ? 2 : i == 149 ? 3 : 100, i, log);
    for (guint i = 150; i < 154; i++)
        come(world.sim, &c[i], 'y', &world.lines[1], 4, 100, i, world.log);
    expect(&world, 5, "y4:3 y4:70 y4:149 y4:150 ");
    for (guint i = 0; i < 150; i++)
        g_assert_cmpuint(c[i].waiter.slot, ==, i);
    g_assert_cmpfloat(world.slots.in_use.value, ==, 151);
    sim_run(world.sim, INFINITY);
    g_assert_cmpfloat(world.slots.in_use.value, ==, 0);
    g_string_free(log, TRUE);
    tear_down(&world);
}

static void test_without_capacity_nobody_starts(void)
{
    struct world world;
    struct customer c[2];

    set_up(&world, 1, 0, SIM_UNLIMITED, SIM_UNLIMITED);
    come(world.sim, &c[0], 'a', &world.lines[0], 3, 1, 1, world.log);
    come(world.sim, &c[1], 'b', &world.lines[1], 3, 1, 2, world.log);
    expect(&world, 100, "b3:0 ");
    g_assert_cmpfloat(sim_blocked_so_far(world.sim, &c[0].waiter), ==, 97);
    g_assert_cmpfloat(sim_gate_s(&world.lines[0].blocked, 100), ==, 100); /* also while nobody waited */
    sim_wait_cancel(world.sim, &c[0].waiter);
    g_assert_false(sim_waiting(&c[0].waiter));
    g_assert_false(sim_holding(&c[0].waiter));
    tear_down(&world);
}

static void comes_and_goes(struct sim *sim, struct sim_event *event)
{
    struct customer *customer = SIM_OWNER(struct customer, arrival, event);

    sim_wait(sim, &customer->waiter, customer->line, 0);
    sim_wait_cancel(sim, &customer->waiter);
}

static void test_who_leaves_at_once_gets_nothing(void)
{
    struct world world;
    struct customer c;

    set_up(&world, 1, 1, 1, 1);
    come(world.sim, &c, 'a', &world.lines[0], 3, 1, 1, world.log);
    c.arrival.fire = comes_and_goes;
    expect(&world, INFINITY, "");
    g_assert_cmpuint(world.slots.n_granted, ==, 0);
    tear_down(&world);
}

/* granted() gives the slot back and gets in line again: nobody waits while the slot is free. */
static void served_and_back(struct sim *sim, struct sim_waiter *waiter)
{
    struct customer *customer = SIM_OWNER(struct customer, waiter, waiter);
    struct sim_line *line = waiter->line;

    g_string_append_c(customer->log, customer->name);
    sim_release(sim, waiter);
    if (customer->takes_s-- > 0)
        sim_wait(sim, waiter, line, customer->key += 10);
}

static void test_granted_may_do_anything(void)
{
    struct world world;
    struct customer c[3];

    set_up(&world, 1, 1, 1, 1);
    for (guint i = 0; i < 3; i++) {
        come(world.sim, &c[i], (char)('a' + i), &world.lines[i], 0, 2, i, world.log);
        c[i].waiter.granted = served_and_back;
    }
    expect(&world, INFINITY, "abcabcabc");
    g_assert_cmpfloat(sim_now(world.sim), ==, 0);
    tear_down(&world);
}

/* Random customers in lines with limits, that also leave and find gates shut. Everything is checked against lists that
 * are searched from end to end. */
#define CROWD 60
#define LINES 6
#define SHARES 5 /* this line shares the capacity of that one: */
#define SHARED 2
#define CAPACITY 7

enum what { AWAY, WAITING, HOLDING };

struct member {
    struct sim_waiter waiter;
    struct sim_event next;
    struct crowd *crowd;
    enum what what;
    guint line;
    sim_key key;
    double since_s, blocked_s, closed_s; /* the wait so far, as the test counts it */
};

struct crowd {
    struct sim *sim;
    struct sim_slots slots;
    struct sim_line lines[LINES];
    struct member members[CROWD];
    struct sim_event sample, gate;
    struct member *taken[CAPACITY];
    guint in_use[LINES]; /* by the line whose capacity counts */
    gboolean shut[LINES];
    GRand *random;
    double counted_s;        /* blocked_s of all who wait is right at this time */
    double waited_s, left_s; /* sums over those granted and those who left */
    guint n_granted, n_left, n_told, n_changes;
};

static const guint line_capacity[LINES] = {1, 2, 4, CAPACITY, SIM_UNLIMITED, 1};

static guint limit_of(guint line)
{
    return line == SHARES ? SHARED : line;
}

static gboolean can_start(const struct crowd *crowd, guint line)
{
    return !crowd->shut[line] && crowd->in_use[limit_of(line)] < line_capacity[limit_of(line)];
}

/* Before anything changes: the time that has passed was blocked for those whose line could not start anybody. */
static void count_time(struct crowd *crowd)
{
    double now_s = sim_now(crowd->sim);

    for (guint i = 0; i < CROWD; i++) {
        if (crowd->members[i].what == WAITING && !can_start(crowd, crowd->members[i].line))
            crowd->members[i].blocked_s += now_s - crowd->counted_s;
        if (crowd->members[i].what == WAITING && crowd->shut[crowd->members[i].line])
            crowd->members[i].closed_s += now_s - crowd->counted_s;
    }
    crowd->counted_s = now_s;
}

static struct member *who_may_start(struct crowd *crowd)
{
    struct member *best = NULL;

    for (guint i = 0; i < CROWD; i++) {
        struct member *member = &crowd->members[i];
        if (member->what == WAITING && can_start(crowd, member->line) && (!best || member->key < best->key))
            best = member;
    }
    return best;
}

static guint lowest_free(struct crowd *crowd)
{
    guint slot = 0;

    while (slot < CAPACITY && crowd->taken[slot])
        slot++;
    return slot;
}

/* Short times are whole numbers, so that much happens at one instant. */
static double some_time_s(struct crowd *crowd)
{
    return g_rand_boolean(crowd->random) ? g_rand_int_range(crowd->random, 0, 4)
                                         : g_rand_double_range(crowd->random, 0, 9);
}

static void member_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct member *member = SIM_OWNER(struct member, waiter, waiter);
    struct crowd *crowd = member->crowd;

    count_time(crowd);
    g_assert_true(member == who_may_start(crowd));
    g_assert_cmpuint(waiter->slot, ==, lowest_free(crowd));
    assert_near(waiter->waited_s, sim_now(sim) - member->since_s, 1e-12);
    assert_near(waiter->blocked_s, member->blocked_s, 1e-9);
    assert_near(waiter->closed_s, member->closed_s, 1e-9);
    crowd->taken[waiter->slot] = member;
    crowd->in_use[limit_of(member->line)]++;
    crowd->waited_s += waiter->waited_s;
    crowd->n_granted++;
    member->what = HOLDING;
    sim_schedule_after(sim, &member->next, some_time_s(crowd));
}

static void member_does_something(struct sim *sim, struct sim_event *event)
{
    struct member *member = SIM_OWNER(struct member, next, event);
    struct crowd *crowd = member->crowd;

    count_time(crowd);
    crowd->n_changes++;
    switch (member->what) {
    case AWAY:
        member->what = WAITING;
        member->line = (guint)g_rand_int_range(crowd->random, 0, LINES);
        member->key = sim_key_of((guint64)g_rand_int_range(crowd->random, 0, 3), sim_number(sim));
        member->since_s = sim_now(sim);
        member->blocked_s = member->closed_s = 0;
        sim_wait(sim, &member->waiter, &crowd->lines[member->line], member->key);
        if (g_rand_int_range(crowd->random, 0, 4) == 0) /* patience */
            sim_schedule_after(sim, &member->next, 5 * some_time_s(crowd));
        return;
    case WAITING:
        assert_near(sim_blocked_so_far(sim, &member->waiter), member->blocked_s, 1e-9);
        assert_near(sim_closed_so_far(sim, &member->waiter), member->closed_s, 1e-9);
        crowd->left_s += sim_now(sim) - member->since_s;
        crowd->n_left++;
        sim_wait_cancel(sim, &member->waiter);
        break;
    case HOLDING:
        g_assert_true(crowd->taken[member->waiter.slot] == member);
        crowd->taken[member->waiter.slot] = NULL;
        crowd->in_use[limit_of(member->line)]--;
        sim_release(sim, &member->waiter);
        break;
    }
    member->what = AWAY;
    sim_schedule_after(sim, &member->next, 6 * some_time_s(crowd));
}

static void gate_moves(struct sim *sim, struct sim_event *event)
{
    struct crowd *crowd = SIM_OWNER(struct crowd, gate, event);
    guint line = (guint)g_rand_int_range(crowd->random, 0, LINES);

    gboolean shut = g_rand_int_range(crowd->random, 0, 3) == 0, waited_for = FALSE;

    count_time(crowd);
    for (guint i = 0; i < CROWD; i++)
        waited_for |= crowd->members[i].what == WAITING && crowd->members[i].line == line;
    crowd->n_changes += waited_for && shut != crowd->shut[line]; /* of n_shut_out */
    crowd->shut[line] = shut;
    sim_line_shut(sim, &crowd->lines[line], crowd->shut[line]);
    sim_schedule_after(sim, event, some_time_s(crowd));
}

/* Once the instant has settled. */
static void check_state(struct sim *sim, struct sim_event *event)
{
    struct crowd *crowd = SIM_OWNER(struct crowd, sample, event);
    guint waiting = 0, shut_out = 0, holding = 0;

    for (guint i = 0; i < CROWD; i++) {
        waiting += crowd->members[i].what == WAITING;
        shut_out += crowd->members[i].what == WAITING && crowd->shut[crowd->members[i].line];
        holding += crowd->members[i].what == HOLDING;
        g_assert_true(sim_waiting(&crowd->members[i].waiter) == (crowd->members[i].what == WAITING));
        g_assert_true(sim_holding(&crowd->members[i].waiter) == (crowd->members[i].what == HOLDING));
    }
    g_assert_cmpfloat(crowd->slots.waiting.value, ==, waiting);
    g_assert_cmpuint(crowd->slots.n_shut_out, ==, shut_out);
    g_assert_cmpfloat(crowd->slots.in_use.value, ==, holding);
    for (guint line = 0; line < LINES; line++)
        g_assert_true(crowd->lines[line].blocked.on == !can_start(crowd, line));
    g_assert_true(holding == CAPACITY || !who_may_start(crowd));
    sim_schedule_after(sim, event, 0.5);
}

static void told(struct sim *sim G_GNUC_UNUSED, struct sim_slots *slots)
{
    struct crowd *crowd = slots->owner;

    crowd->n_told++;
}

static struct crowd *run_crowd(guint32 seed, double until_s)
{
    struct crowd *crowd = g_new0(struct crowd, 1);
    struct sim *sim = crowd->sim = sim_new(1, 0);

    crowd->random = g_rand_new_with_seed(seed);
    sim_slots_init(sim, &crowd->slots, CAPACITY);
    crowd->slots.owner = crowd;
    crowd->slots.changed = told;
    for (guint i = 0; i < LINES; i++)
        sim_line_init(sim, &crowd->lines[i], &crowd->slots, line_capacity[i]);
    sim_line_share(&crowd->lines[SHARES], &crowd->lines[SHARED]);
    for (guint i = 0; i < CROWD; i++) {
        struct member *member = &crowd->members[i];
        member->crowd = crowd;
        sim_waiter_init(&member->waiter, member_granted);
        sim_event_init(&member->next, SIM_RANK_MODEL, member_does_something);
        sim_schedule(sim, &member->next, some_time_s(crowd));
    }
    sim_event_init(&crowd->sample, SIM_RANK_SAMPLE, check_state);
    sim_event_init(&crowd->gate, SIM_RANK_CAPACITY, gate_moves);
    sim_schedule(sim, &crowd->sample, 0);
    sim_schedule(sim, &crowd->gate, 1);
    sim_run(sim, until_s);
    return crowd;
}

static void free_crowd(struct crowd *crowd)
{
    for (guint i = 0; i < CROWD; i++) {
        if (sim_holding(&crowd->members[i].waiter))
            sim_release(crowd->sim, &crowd->members[i].waiter);
        else if (sim_waiting(&crowd->members[i].waiter))
            sim_wait_cancel(crowd->sim, &crowd->members[i].waiter);
    }
    for (guint i = LINES; i-- > 0;)
        sim_line_clear(&crowd->lines[i]);
    sim_slots_clear(crowd->sim, &crowd->slots);
    g_rand_free(crowd->random);
    sim_free(crowd->sim);
    g_free(crowd);
}

static void test_equals_naive_lists(void)
{
    struct crowd *crowd = run_crowd(1, test_rounds(50000));

    g_assert_cmpuint(crowd->n_granted, >, test_rounds(50000));
    g_assert_cmpuint(crowd->n_left, >, test_rounds(5000));
    g_assert_cmpuint(crowd->slots.n_granted, ==, crowd->n_granted);
    g_assert_cmpuint(crowd->n_told, ==, crowd->n_changes + crowd->n_granted);
    free_crowd(crowd);
}

/* L = lambda W, for every run and not only on average: the time-integral of the number in line is the sum of the waits:
 * of those who were served, of those who left, and of those who wait still. */
static void test_littles_law(void)
{
    for (guint32 seed = 1; seed <= 20; seed++) {
        struct crowd *crowd = run_crowd(seed, test_rounds(2000));
        double still_s = 0, now_s = sim_now(crowd->sim);

        for (guint i = 0; i < CROWD; i++)
            if (crowd->members[i].what == WAITING)
                still_s += now_s - crowd->members[i].since_s;
        assert_near(crowd->slots.waited_s, crowd->waited_s, 1e-9);
        assert_near(crowd->slots.waited_s + crowd->left_s + still_s, sim_level_integral(&crowd->slots.waiting, now_s),
                    1e-9);
        free_crowd(crowd);
    }
}

static void test_bug(gconstpointer which)
{
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        return;
    }

    struct world world;
    struct customer c;
    set_up(&world, 1, 1, 1, 1);
    come(world.sim, &c, 'a', &world.lines[0], 0, 10, 1, world.log);
    if (strcmp(which, "wait-twice") == 0) {
        sim_wait(world.sim, &c.waiter, &world.lines[0], 1);
        sim_wait(world.sim, &c.waiter, &world.lines[1], 1);
    } else if (strcmp(which, "release-nothing") == 0) {
        sim_release(world.sim, &c.waiter);
    } else if (strcmp(which, "leave-while-holding") == 0) {
        sim_run(world.sim, 5);
        sim_wait_cancel(world.sim, &c.waiter);
    } else if (strcmp(which, "clear-a-line-in-use") == 0) {
        sim_run(world.sim, 5);
        sim_line_clear(&world.lines[0]);
    } else if (strcmp(which, "clear-a-pool-with-lines") == 0) {
        sim_slots_clear(world.sim, &world.slots);
    }
}

int main(int argc, char **argv)
{
    static const char *const bugs[] = {"wait-twice", "release-nothing", "leave-while-holding", "clear-a-line-in-use",
                                       "clear-a-pool-with-lines"};

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/slots/best-key-first", test_best_key_first);
    g_test_add_func("/slots/all-who-come-at-an-instant-count", test_all_who_come_at_an_instant_count);
    g_test_add_func("/slots/a-full-line-does-not-hold-up-others", test_a_full_line_does_not_hold_up_others);
    g_test_add_func("/slots/lines-share-a-capacity", test_lines_share_a_capacity);
    g_test_add_func("/slots/a-shut-line-starts-nobody", test_a_shut_line_starts_nobody);
    g_test_add_func("/slots/the-wait-is-split-by-its-cause", test_the_wait_is_split_by_its_cause);
    g_test_add_func("/slots/lowest-free-number", test_lowest_free_number);
    g_test_add_func("/slots/without-capacity-nobody-starts", test_without_capacity_nobody_starts);
    g_test_add_func("/slots/who-leaves-at-once-gets-nothing", test_who_leaves_at_once_gets_nothing);
    g_test_add_func("/slots/granted-may-do-anything", test_granted_may_do_anything);
    g_test_add_func("/slots/times", test_times);
    g_test_add_func("/slots/times-while-shut", test_times_while_shut);
    g_test_add_func("/slots/equals-naive-lists", test_equals_naive_lists);
    g_test_add_func("/slots/littles-law", test_littles_law);
    for (guint i = 0; i < G_N_ELEMENTS(bugs); i++) {
        g_autofree char *path = g_strconcat("/slots/bug/", bugs[i], NULL);
        g_test_add_data_func(path, bugs[i], test_bug);
    }
    return g_test_run();
}
