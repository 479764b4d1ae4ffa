#include "sim/engine/maxmin.h"
#include "sim/engine/network.h"
#include "sim/engine/network_parts.h"
#include "sim/engine/random.h"
#include "sim/engine/stats.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

/* ---- A small world ----------------------------------------------------------------------------------------------- */

/* Links and transfers with names, and a log of what owners are told. */

#define MAX_LINKS 8
#define MAX_TRANSFERS 8

struct transfer {
    struct sim_flow flow;
    struct world *world;
    char name;
    void (*then)(struct world *world, struct transfer *transfer); /* what its owner does when told; may be NULL */
};

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct sim_link links[MAX_LINKS];
    uint32_t n_links;
    struct transfer transfers[MAX_TRANSFERS];
    uint32_t n_transfers;
    GString *log;
};

static void told(struct sim *sim, struct sim_flow *flow, char sign)
{
    struct transfer *transfer = SIM_OWNER(struct transfer, flow, flow);
    struct world *world = transfer->world;

    g_assert_false(flow->moving);
    g_string_append_printf(world->log, "%c%c%.10g:%.10g ", sign, transfer->name, sim_now(sim),
                           sim_flow_delivered(world->network, flow));
    if (transfer->then)
        transfer->then(world, transfer);
}

static void finished(struct sim *sim, struct sim_flow *flow)
{
    told(sim, flow, '+');
}

static void lost(struct sim *sim, struct sim_flow *flow)
{
    told(sim, flow, '-');
}

static struct world *world_new(uint32_t n_links, const double *capacity)
{
    struct world *world = g_new0(struct world, 1);

    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->n_links = n_links;
    for (uint32_t l = 0; l < n_links; l++)
        sim_link_init(world->network, &world->links[l], capacity[l]);
    world->log = g_string_new(NULL);
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_transfers; i++) {
        struct sim_flow *flow = &world->transfers[i].flow;
        if (flow->moving)
            sim_flow_stop(world->network, flow);
        sim_flow_clear(flow);
    }
    for (uint32_t l = 0; l < world->n_links; l++)
        sim_link_clear(&world->links[l]);
    sim_network_free(world->network);
    sim_free(world->sim);
    g_string_free(world->log, TRUE);
    g_free(world);
}

/* path: a digit per link. Transfers are called a, b, c, ... */
static struct transfer *add_transfer(struct world *world, const char *path)
{
    struct transfer *transfer = &world->transfers[world->n_transfers];
    struct sim_link *links[MAX_LINKS];
    uint32_t n = 0;

    g_assert(world->n_transfers < MAX_TRANSFERS);
    for (; *path; path++)
        links[n++] = &world->links[*path - '0'];
    transfer->world = world;
    transfer->name = (char)('a' + world->n_transfers++);
    sim_flow_init(&transfer->flow, links, n, finished, lost);
    return transfer;
}

static struct transfer *start(struct world *world, const char *path, double bytes, double cap)
{
    struct transfer *transfer = add_transfer(world, path);

    sim_flow_start(world->network, &transfer->flow, bytes, cap);
    return transfer;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->log->str, ==, expected);
}

static void expect_close(double value, double expected, double precision)
{
    if (!(fabs(value - expected) <= precision * fabs(expected)))
        g_error("%.17g, expected %.17g", value, expected);
}

/* ---- How long transfers take ------------------------------------------------------------------------------------- */

/* Link of 10, transfers of one second at their demands of 2, 2.6, 4 and 5: c and d get 2.7 each at first; from 1 s on c
 * has its 4 and d its 5 (4 + 5 <= 10): (4 - 2.7) / 4 and (5 - 2.7) / 5 more. */
static void demands_larger_than_their_share_take_longer(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 2, 2);
    start(world, "0", 2.6, 2.6);
    struct transfer *c = start(world, "0", 4, 4);
    start(world, "0", 5, 5);
    run_and_expect(world, 1, "+a1:2 +b1:2.6 ");
    run_and_expect(world, INFINITY, "+a1:2 +b1:2.6 +c1.325:4 +d1.46:5 ");
    expect_close(sim_link_carried(&world->links[0]), 13.6, 1e-14);
    expect_close(c->flow.hops[0].bound_bytes, 2.7, 1e-14);
    expect_close(c->flow.cap_bound_bytes, 1.3, 1e-14);
    world_free(world);
}

static void a_flow_alone_takes_bytes_over_rate(void)
{
    struct world *world = world_new(3, (double[]){10, 4, 8});

    start(world, "012", 40, INFINITY);
    run_and_expect(world, INFINITY, "+a10:40 ");
    g_assert_cmpfloat(world->transfers[0].flow.hops[1].bound_bytes, ==, 40);
    world_free(world);
}

static void what_nothing_limits_takes_no_time(void)
{
    struct world *world = world_new(2, (double[]){INFINITY, 10});

    start(world, "", 100, INFINITY);
    start(world, "0", 200, INFINITY);
    start(world, "", 0, 1);
    start(world, "1", 20, INFINITY);
    start(world, "1", 0, INFINITY);
    run_and_expect(world, 0, "+a0:100 +b0:200 +c0:0 +e0:0 ");
    run_and_expect(world, INFINITY, "+a0:100 +b0:200 +c0:0 +e0:0 +d2:20 ");
    /* Links carried the bytes all the same. */
    g_assert_cmpfloat(sim_link_carried(&world->links[0]), ==, 200);
    g_assert_cmpfloat(sim_link_carried(&world->links[1]), ==, 20);
    world_free(world);
}

static void a_cap_alone_limits_too(void)
{
    struct world *world = world_new(1, (double[]){INFINITY});

    start(world, "", 100, 10);
    start(world, "0", 100, 5);
    run_and_expect(world, INFINITY, "+a10:100 +b20:100 ");
    world_free(world);
}

static void a_cap_may_change_on_the_way(void)
{
    struct world *world = world_new(1, (double[]){10});
    struct transfer *a = start(world, "0", 100, INFINITY);
    struct transfer *b = start(world, "0", 100, INFINITY);

    sim_run(world->sim, 10); /* 50 each */
    sim_flow_set_cap(world->network, &a->flow, 1);
    sim_run(world->sim, 15); /* 5 and 45 more */
    g_assert_cmpfloat(sim_flow_delivered(world->network, &a->flow), ==, 55);
    g_assert_cmpfloat(sim_flow_delivered(world->network, &b->flow), ==, 95);
    sim_flow_set_cap(world->network, &a->flow, 9);
    run_and_expect(world, 16, "+b16:100 ");
    run_and_expect(world, INFINITY, "+b16:100 +a20.44444444:100 "); /* 5 from 15 to 16, then 40 at 9 */
    world_free(world);
}

static void without_capacity_flows_stall(void)
{
    struct world *world = world_new(1, (double[]){0});
    struct transfer *a = start(world, "0", 100, 8);

    start(world, "0", 0, 8); /* no bytes need no capacity */
    run_and_expect(world, 50, "+b0:0 ");
    g_assert_true(a->flow.moving);
    g_assert_cmpfloat(sim_flow_rate(&a->flow), ==, 0);
    g_assert_cmpint(a->flow.bound, ==, 0);
    sim_link_set_capacity(world->network, &world->links[0], 10);
    sim_run(world->sim, 55);
    g_assert_cmpfloat(sim_flow_delivered(world->network, &a->flow), ==, 40);
    sim_link_set_capacity(world->network, &world->links[0], 0);
    sim_run(world->sim, 100);
    g_assert_cmpfloat(sim_flow_delivered(world->network, &a->flow), ==, 40);
    sim_link_set_capacity(world->network, &world->links[0], 6);
    run_and_expect(world, INFINITY, "+b0:0 +a110:100 ");
    world_free(world);
}

/* Unconnected transfers of the same duration end in the order of their starts. */
static void flows_that_end_together_end_in_order(void)
{
    struct world *world = world_new(3, (double[]){1, 2, 4});

    start(world, "2", 4, INFINITY);
    start(world, "0", 1, INFINITY);
    start(world, "1", 2, INFINITY);
    run_and_expect(world, INFINITY, "+a1:4 +b1:1 +c1:2 ");
    world_free(world);
}

/* ---- Outages ----------------------------------------------------------------------------------------------------- */

static void an_outage_reports_what_was_delivered(void)
{
    struct world *world = world_new(2, (double[]){10, 2});
    struct transfer *a = start(world, "0", 100, INFINITY);
    struct transfer *b = start(world, "01", 100, INFINITY);

    sim_run(world->sim, 3);
    sim_link_set_up(world->network, &world->links[1], false);
    g_assert_cmpstr(world->log->str, ==, "-b3:6 ");
    g_assert_false(sim_path_up(&b->flow));
    g_assert_true(sim_path_up(&a->flow));
    /* The others get what it leaves: 24 bytes so far, 76 at 10. */
    run_and_expect(world, 10.6, "-b3:6 +a10.6:100 ");
    sim_link_set_up(world->network, &world->links[1], true);
    g_assert_true(sim_path_up(&b->flow));
    sim_flow_start(world->network, &b->flow, 100 - 6, INFINITY);
    run_and_expect(world, INFINITY, "-b3:6 +a10.6:100 +b57.6:94 ");
    expect_close(b->flow.hops[1].bound_bytes, 100, 1e-14); /* over both starts */
    expect_close(sim_link_carried(&world->links[1]), 100, 1e-14);
    world_free(world);
}

static void owners_are_told_of_an_outage_in_order_of_starting(void)
{
    struct world *world = world_new(2, (double[]){10, 3});

    /* Whom a link holds back is kept apart from the others, which shuffles them. */
    struct transfer *a = start(world, "0", 100, 1);
    start(world, "01", 100, INFINITY);
    start(world, "0", 100, 2);
    start(world, "01", 100, INFINITY);
    start(world, "0", 100, INFINITY);
    sim_run(world->sim, 1);
    sim_flow_stop(world->network, &a->flow);
    sim_flow_start(world->network, &a->flow, 100, INFINITY);
    sim_run(world->sim, 2);
    sim_link_set_up(world->network, &world->links[0], false);
    g_assert_cmpstr(world->log->str, ==, "-b2:3 -c2:4 -d2:3 -e2:6.5 -a2:2.5 ");
    world_free(world);
}

static void capacity_may_change_while_down(void)
{
    struct world *world = world_new(1, (double[]){10});
    struct transfer *a = add_transfer(world, "0");

    sim_link_set_up(world->network, &world->links[0], false);
    sim_link_set_capacity(world->network, &world->links[0], 5);
    sim_run(world->sim, 1);
    sim_link_set_up(world->network, &world->links[0], true);
    sim_flow_start(world->network, &a->flow, 5, INFINITY);
    run_and_expect(world, INFINITY, "+a2:5 ");
    world_free(world);
}

/* ---- Owners that act while they are told ------------------------------------------------------------------------- */

static void stop_all_others(struct world *world, struct transfer *transfer)
{
    for (uint32_t i = 0; i < world->n_transfers; i++) {
        struct transfer *other = &world->transfers[i];
        if (other != transfer && other->flow.moving)
            sim_flow_stop(world->network, &other->flow);
    }
}

static void free_all_others(struct world *world, struct transfer *transfer)
{
    stop_all_others(world, transfer);
    for (uint32_t i = 0; i < world->n_transfers; i++)
        if (&world->transfers[i] != transfer) {
            sim_flow_clear(&world->transfers[i].flow);
            memset(&world->transfers[i].flow, 0xff, sizeof(struct sim_flow)); /* who looks at it again will notice */
        }
    world->transfers[0] = *transfer; /* sim_flow_clear() by world_free() */
    world->n_transfers = 1;
}

static void start_again(struct world *world, struct transfer *transfer)
{
    if (sim_now(world->sim) < 5)
        sim_flow_start(world->network, &transfer->flow, 10, INFINITY);
}

static void go_over_link_1(struct world *world, struct transfer *transfer)
{
    double bytes_left = transfer->flow.bytes_left;

    sim_flow_set_path(&transfer->flow, (struct sim_link *[]){&world->links[1]}, 1);
    if (bytes_left > 0 && sim_path_up(&transfer->flow))
        sim_flow_start(world->network, &transfer->flow, bytes_left, INFINITY);
}

static void fail_link_1(struct world *world, struct transfer *transfer)
{
    (void)transfer;
    sim_link_set_up(world->network, &world->links[1], false);
}

static void close_link_0(struct world *world, struct transfer *transfer)
{
    (void)transfer;
    sim_link_set_capacity(world->network, &world->links[0], 0);
}

static void whoever_ends_may_start_again(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 10, INFINITY)->then = start_again;
    start(world, "0", 10, INFINITY)->then = start_again;
    run_and_expect(world, INFINITY, "+a2:10 +b2:10 +a4:10 +b4:10 +a6:10 +b6:10 ");
    world_free(world);
}

static void whoever_ends_may_stop_others_that_end_now(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 10, INFINITY)->then = stop_all_others;
    start(world, "0", 10, INFINITY)->then = stop_all_others;
    start(world, "0", 0, INFINITY);
    run_and_expect(world, INFINITY, "+c0:0 +a2:10 ");
    g_assert_cmpfloat(sim_flow_delivered(world->network, &world->transfers[1].flow), ==, 10);
    world_free(world);
}

static void whoever_ends_may_free_all(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 10, INFINITY)->then = free_all_others;
    start(world, "0", 10, INFINITY);
    start(world, "0", 20, INFINITY);
    run_and_expect(world, INFINITY, "+a3:10 ");
    world_free(world);
}

static void whoever_ends_may_close_the_link(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 10, INFINITY)->then = close_link_0;
    start(world, "0", 20, INFINITY);
    run_and_expect(world, INFINITY, "+a2:10 ");
    g_assert_cmpfloat(sim_flow_delivered(world->network, &world->transfers[1].flow), ==, 10);
    world_free(world);
}

static void whoever_is_lost_may_stop_others_that_are_lost(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 100, INFINITY)->then = stop_all_others;
    start(world, "0", 100, INFINITY);
    start(world, "0", 100, INFINITY);
    sim_run(world->sim, 3);
    sim_link_set_up(world->network, &world->links[0], false);
    run_and_expect(world, INFINITY, "-a3:10 ");
    world_free(world);
}

static void whoever_is_lost_may_free_others_that_are_lost(void)
{
    struct world *world = world_new(1, (double[]){10});

    start(world, "0", 100, INFINITY)->then = free_all_others;
    start(world, "0", 100, INFINITY);
    start(world, "0", 100, INFINITY);
    sim_run(world->sim, 3);
    sim_link_set_up(world->network, &world->links[0], false);
    run_and_expect(world, INFINITY, "-a3:10 ");
    world_free(world);
}

static void whoever_is_lost_may_go_another_way(void)
{
    struct world *world = world_new(2, (double[]){10, 20});

    start(world, "0", 100, INFINITY)->then = go_over_link_1;
    start(world, "0", 100, INFINITY)->then = go_over_link_1;
    sim_run(world->sim, 2);
    sim_link_set_up(world->network, &world->links[0], false);
    run_and_expect(world, INFINITY, "-a2:10 -b2:10 +a11:90 +b11:90 ");
    world_free(world);
}

/* Link 0 fails and takes a, b and c; a takes link 1 down, which takes d and also c. Everybody is told once. */
static void an_outage_may_cause_another(void)
{
    struct world *world = world_new(2, (double[]){10, 10});

    start(world, "0", 100, INFINITY)->then = fail_link_1;
    start(world, "0", 100, INFINITY)->then = go_over_link_1;
    start(world, "01", 100, INFINITY);
    start(world, "1", 100, 5)->then = stop_all_others;
    sim_run(world->sim, 3);
    sim_link_set_up(world->network, &world->links[0], false);
    run_and_expect(world, INFINITY, "-a3:10 -b3:10 -c3:10 -d3:15 ");
    world_free(world);
}

static void whoever_starts_may_stop_at_once(void)
{
    struct world *world = world_new(1, (double[]){10});
    struct transfer *a = start(world, "0", 10, INFINITY);

    start(world, "0", 20, INFINITY);
    g_assert_cmpfloat(sim_flow_stop(world->network, &a->flow), ==, 0);
    run_and_expect(world, INFINITY, "+b2:20 ");
    world_free(world);
}

/* ---- What links report ------------------------------------------------------------------------------------------- */

static void write_rate(void *ctx, struct sim_link *link)
{
    struct world *world = ctx;

    g_string_append_printf(world->log, "%d@%g=%g ", (int)(link - world->links), sim_now(world->sim), link->rate.value);
}

static void links_report_once_what_changed(void)
{
    struct world *world = world_new(3, (double[]){10, 10, 3});

    sim_network_observe(world->network, write_rate, world);
    struct transfer *a = start(world, "02", 30, INFINITY);
    start(world, "0", 20, 5);
    start(world, "1", 10, INFINITY);
    struct transfer *d = start(world, "1", 10, INFINITY);
    run_and_expect(world, 1, "0@0=8 2@0=3 1@0=10 ");
    g_string_truncate(world->log, 0);
    /* One goes and another comes on the same path: nothing changes. */
    sim_flow_stop(world->network, &d->flow);
    sim_flow_start(world->network, &d->flow, 10, INFINITY);
    /* Its cap is above its rate: nothing changes. */
    sim_flow_set_cap(world->network, &a->flow, 4);
    /* Capacity that nobody needs. */
    sim_link_set_capacity(world->network, &world->links[0], 20);
    run_and_expect(world, 1.5, "");
    sim_link_set_capacity(world->network, &world->links[0], 6);
    sim_link_set_capacity(world->network, &world->links[0], 7);
    run_and_expect(world, 1.7, "0@1.5=7 ");
    world_free(world);
}

/* ---- What a change costs ----------------------------------------------------------------------------------------- */

/* Transfers over a backbone with room for all, over a hundred links which hold them back. Looks at links are counted,
 * and flows that get another bottleneck: neither depends on how many flows there are. */
static void a_change_costs_what_it_touches(gconstpointer flows_per_link)
{
    uint32_t n_flows = 100 * GPOINTER_TO_UINT(flows_per_link);
    struct sim *sim = sim_new(1, 0);
    struct sim_network *network = sim_network_new(sim);
    struct sim_link backbone, links[100];
    struct sim_flow *flows = g_new(struct sim_flow, n_flows), more;

    sim_link_init(network, &backbone, 1e6);
    for (int l = 0; l < 100; l++)
        sim_link_init(network, &links[l], 10);
    for (uint32_t f = 0; f < n_flows; f++) {
        sim_flow_init(&flows[f], (struct sim_link *[]){&links[f % 100], &backbone}, 2, NULL, NULL);
        sim_flow_start(network, &flows[f], 1e6, INFINITY);
    }
    sim_run(sim, 1);

    /* One more: its link is looked at, and at its new level again. */
    uint64_t looks = network->n_looks, moves = network->n_moves;
    sim_flow_init(&more, (struct sim_link *[]){&links[0], &backbone}, 2, NULL, NULL);
    sim_flow_start(network, &more, 1e6, INFINITY);
    sim_run(sim, 2);
    g_assert_cmpuint(network->n_looks - looks, <=, 2);
    g_assert_cmpuint(network->n_moves - moves, ==, 0);

    /* One goes, another comes on the same path: nobody else notices. */
    looks = network->n_looks;
    sim_flow_stop(network, &flows[5]);
    sim_flow_start(network, &flows[5], 1e6, INFINITY);
    sim_run(sim, 3);
    g_assert_cmpuint(network->n_looks - looks, ==, 0);

    /* The backbone gets less, but enough. */
    sim_link_set_capacity(network, &backbone, 1001);
    sim_run(sim, 4);
    g_assert_cmpuint(network->n_looks - looks, <=, 1);
    g_assert_cmpuint(network->n_moves - moves, ==, 0);

    /* Half of what is needed: now it holds all back. */
    sim_link_set_capacity(network, &backbone, 500);
    sim_run(sim, 5);
    g_assert_cmpuint(network->n_looks - looks, <=, 200);
    g_assert_cmpuint(network->n_moves - moves, ==, n_flows + 1);
    expect_close(sim_flow_rate(&more), 500. / (n_flows + 1), 1e-14);
    g_assert_cmpuint(network->n_from_nothing, ==, 0);

    for (uint32_t f = 0; f < n_flows; f++) {
        sim_flow_stop(network, &flows[f]);
        sim_flow_clear(&flows[f]);
    }
    g_free(flows);
    sim_flow_stop(network, &more);
    sim_flow_clear(&more);
    for (int l = 0; l < 100; l++)
        sim_link_clear(&links[l]);
    sim_link_clear(&backbone);
    sim_network_free(network);
    sim_free(sim);
}

/* ---- A year at 10 Gbit/s ----------------------------------------------------------------------------------------- */

/* A transfer of 3.9e16 bytes, more than a double counts one by one, which has the link for itself for a year but for
 * the many short ones that come and go: each takes what it needs at half the rate, and so delays the long one by its
 * bytes at the whole rate, 2^-16 s. Nothing of that may be lost on the way. (Times of that size are multiples of 2^-28
 * s; what does not fit is rounded by up to half of that for each short one.) */
#define TEN_GBIT 1.25e9 /* bytes/s */
#define YEAR_S (365 * 86400.0)
#define TICK_S 0x1p-28
#define SHORT_S 0x1p-16

struct long_one {
    struct sim_network *network;
    struct sim_flow flow, brief;
    struct sim_event next;
    uint32_t n_left;
    double every_s, ended_s;
};

static void long_one_ended(struct sim *sim, struct sim_flow *flow)
{
    SIM_OWNER(struct long_one, flow, flow)->ended_s = sim_now(sim);
}

static void next_short_one(struct sim *sim, struct sim_event *event)
{
    struct long_one *world = SIM_OWNER(struct long_one, next, event);

    sim_flow_start(world->network, &world->brief, TEN_GBIT * SHORT_S, INFINITY);
    if (--world->n_left > 0)
        sim_schedule_after(sim, event, world->every_s);
}

static void a_year_loses_no_digits(void)
{
    const uint32_t n = test_rounds(200000);
    struct sim *sim = sim_new(1, 0);
    struct long_one world = {.network = sim_network_new(sim), .n_left = n, .every_s = YEAR_S / n};
    struct sim_link link, *path[1] = {&link};

    sim_link_init(world.network, &link, TEN_GBIT);
    sim_flow_init(&world.flow, path, 1, long_one_ended, NULL);
    sim_flow_init(&world.brief, path, 1, NULL, NULL);
    sim_event_init(&world.next, SIM_RANK_MODEL, next_short_one);
    sim_flow_start(world.network, &world.flow, TEN_GBIT * YEAR_S, INFINITY);
    sim_schedule_after(sim, &world.next, world.every_s / 2);
    sim_run(sim, INFINITY);
    g_assert_cmpfloat(fabs(world.ended_s - (YEAR_S + n * SHORT_S)), <=, 2 * TICK_S);
    expect_close(sim_link_carried(&link), TEN_GBIT * (YEAR_S + n * SHORT_S), 0x1p-52);

    /* After that, one after the other: a second each, to the last bit. */
    for (int i = 1; i <= 10; i++) {
        double began_s = sim_now(sim);
        sim_flow_start(world.network, &world.flow, TEN_GBIT, INFINITY);
        sim_run(sim, INFINITY);
        g_assert_cmpfloat(world.ended_s, ==, began_s + 1);
    }
    sim_flow_clear(&world.flow);
    sim_flow_clear(&world.brief);
    sim_link_clear(&link);
    sim_network_free(world.network);
    sim_free(sim);
}

/* ---- Against a naive network ------------------------------------------------------------------------------------- */

/* Random starts, stops, caps, capacities, outages. A shadow recomputes all rates from nothing after every change, and
 * lets bytes flow at these. Where the network says a transfer ends, the shadow must have no bytes left; rates must be
 * the shadow's and must satisfy the definition of max-min fairness. */

#define SHADOW_LINKS 160
#define SHADOW_FLOWS 160
#define SHADOW_HOPS 5
#define CLOSE 1e-9

/* What paths there are. */
enum shape {
    ANY,      /* up to four of a few links, in any order */
    BACKBONE, /* and link 0 */
    TREE,     /* an uplink, a site's link, a point's link, as content travels; the site's is seldom scarce */
    HERD,     /* link 0, and one that hardly anybody else has; enough flows for shares with room to grow */
};

struct shadow_flow {
    struct sim_flow flow;
    struct shadow *shadow;
    uint32_t path[SHADOW_HOPS], n_hops;
    double bytes, left, rate, cap, started_s;
    double delivered_bytes, free_bytes, asked_bytes; /* over all starts; free: what nothing limited */
};

struct shadow {
    struct sim *sim;
    struct sim_network *network;
    gsl_rng *rng;
    double unit; /* of all rates: 1, or a power of two */
    struct sim_event driver, settled;
    uint32_t n_links, n_flows;
    struct sim_link links[SHADOW_LINKS];
    double reported[SHADOW_LINKS];
    double delivered_bytes[SHADOW_LINKS], asked_bytes[SHADOW_LINKS];
    struct shadow_flow flows[SHADOW_FLOWS];
    double now_s; /* of the bytes that are left */
    guint64 steps;
    struct sim_maxmin_space *space;
    GByteArray *log; /* times of ends, or NULL */
    bool checked, observed;
    enum shape shape;
    double mean_bytes;
};

static void shadow_advance(struct shadow *shadow)
{
    double now_s = sim_now(shadow->sim), elapsed_s = now_s - shadow->now_s;

    if (!(elapsed_s > 0))
        return;
    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        struct shadow_flow *flow = &shadow->flows[f];
        if (!flow->flow.moving && !(flow->left > 0))
            continue;
        flow->left -= flow->rate * elapsed_s;
        /* It should have ended before now. */
        double overdue_s = flow->rate > 0 ? -flow->left / flow->rate : 0;
        g_assert_cmpfloat(overdue_s, <=, CLOSE * (now_s - flow->started_s) + 1e-15 * now_s);
    }
    shadow->now_s = now_s;
}

static void shadow_ended(struct shadow_flow *flow, double delivered)
{
    struct shadow *shadow = flow->shadow;

    flow->delivered_bytes += delivered;
    flow->asked_bytes += flow->bytes;
    for (uint32_t h = 0; h < flow->n_hops; h++) {
        shadow->delivered_bytes[flow->path[h]] += delivered;
        shadow->asked_bytes[flow->path[h]] += flow->bytes;
    }
    flow->left = 0;
    flow->rate = 0;
    shadow->steps++;
    if (!sim_scheduled(&shadow->settled))
        sim_schedule(shadow->sim, &shadow->settled, sim_now(shadow->sim));
    if (shadow->log) {
        double now_s = sim_now(shadow->sim);
        guint8 which = (guint8)(flow - shadow->flows);
        g_byte_array_append(shadow->log, (const guint8 *)&now_s, sizeof(now_s));
        g_byte_array_append(shadow->log, (const guint8 *)&delivered, sizeof(delivered));
        g_byte_array_append(shadow->log, &which, 1);
    }
}

static bool nothing_limits(const struct shadow_flow *flow)
{
    bool limited = flow->cap < INFINITY;

    for (uint32_t h = 0; h < flow->n_hops; h++)
        limited |= flow->shadow->links[flow->path[h]].capacity_bytes_per_s < INFINITY;
    return !limited;
}

static void shadow_finished(struct sim *sim, struct sim_flow *sim_flow)
{
    struct shadow_flow *flow = SIM_OWNER(struct shadow_flow, flow, sim_flow);
    struct shadow *shadow = flow->shadow;
    double now_s = sim_now(sim);

    shadow_advance(shadow);
    g_assert_cmpfloat(sim_flow_delivered(shadow->network, sim_flow), ==, flow->bytes);
    if (nothing_limits(flow))
        flow->free_bytes += flow->left;
    else if (flow->bytes > 0)
        g_assert_cmpfloat(flow->left / flow->rate, <=, CLOSE * (now_s - flow->started_s) + 1e-15 * now_s);
    shadow_ended(flow, flow->bytes);
}

static void shadow_stopped(struct shadow_flow *flow, double delivered)
{
    double left = fmax(flow->left, 0);

    g_assert_cmpfloat(fabs(flow->bytes - left - delivered), <=, CLOSE * flow->bytes);
    shadow_ended(flow, delivered);
}

static void shadow_lost(struct sim *sim, struct sim_flow *sim_flow)
{
    struct shadow_flow *flow = SIM_OWNER(struct shadow_flow, flow, sim_flow);

    (void)sim;
    shadow_stopped(flow, sim_flow_delivered(flow->shadow->network, sim_flow));
}

static void shadow_rate_changed(void *ctx, struct sim_link *link)
{
    struct shadow *shadow = ctx;

    g_assert_cmpfloat(shadow->reported[link - shadow->links], !=, link->rate.value);
    shadow->reported[link - shadow->links] = link->rate.value;
}

/* All rates from nothing. */
static void shadow_solve(struct shadow *shadow)
{
    double capacity[SHADOW_LINKS], cap[SHADOW_FLOWS] = {0}, rate[SHADOW_FLOWS];
    uint32_t first_hop[SHADOW_FLOWS + 1] = {0}, link_of[SHADOW_FLOWS * SHADOW_HOPS] = {0}, which[SHADOW_FLOWS], n = 0,
                                      hops = 0;
    int32_t bound[SHADOW_FLOWS];

    for (uint32_t l = 0; l < shadow->n_links; l++)
        capacity[l] = shadow->links[l].capacity_bytes_per_s;
    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        struct shadow_flow *flow = &shadow->flows[f];
        if (!flow->flow.moving)
            continue;
        which[n] = f;
        cap[n++] = flow->cap;
        memcpy(&link_of[hops], flow->path, flow->n_hops * sizeof(*link_of));
        hops += flow->n_hops;
        first_hop[n] = hops;
    }
    sim_maxmin_solve(shadow->space, shadow->n_links, capacity, n, first_hop, link_of, cap, rate, bound);
    for (uint32_t i = 0; i < n; i++)
        shadow->flows[which[i]].rate = rate[i];
}

static void shadow_expect_fair(const struct shadow *shadow)
{
    double used[SHADOW_LINKS] = {0}, fastest[SHADOW_LINKS] = {0};

    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        const struct shadow_flow *flow = &shadow->flows[f];
        if (!flow->flow.moving)
            continue;
        g_assert_true(isfinite(sim_flow_rate(&flow->flow)));
        expect_close(sim_flow_rate(&flow->flow), flow->rate, CLOSE);
        for (uint32_t h = 0; h < flow->n_hops; h++) {
            used[flow->path[h]] += sim_flow_rate(&flow->flow);
            fastest[flow->path[h]] = fmax(fastest[flow->path[h]], sim_flow_rate(&flow->flow));
        }
    }
    for (uint32_t l = 0; l < shadow->n_links; l++) {
        const struct sim_link *link = &shadow->links[l];
        g_assert_cmpfloat(used[l], <=, link->capacity_bytes_per_s * (1 + 1e-11));
        if (!shadow->observed)
            continue;
        expect_close(link->rate.value, used[l], 1e-11);
        g_assert_cmpfloat(link->rate.value, ==, shadow->reported[l]);
    }
    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        const struct sim_flow *flow = &shadow->flows[f].flow;
        if (!flow->moving)
            continue;
        g_assert_true(flow->bytes_left > 0);
        g_assert_cmpfloat(sim_flow_rate(flow), <=, flow->cap_bytes_per_s);
        if (flow->bound == SIM_MAXMIN_CAP) {
            g_assert_cmpfloat(sim_flow_rate(flow), >=, flow->cap_bytes_per_s * (1 - 1e-11));
            continue;
        }
        g_assert_true(flow->bound >= 0);
        uint32_t l = shadow->flows[f].path[flow->bound];
        g_assert_cmpfloat(used[l], >=, shadow->links[l].capacity_bytes_per_s * (1 - 1e-11));
        g_assert_cmpfloat(sim_flow_rate(flow), >=, fastest[l] * (1 - 1e-11));
        g_assert_true(sim_flow_rate(flow) > 0 || !sim_scheduled(&flow->done));
    }
}

static void shadow_settle(struct sim *sim, struct sim_event *event)
{
    struct shadow *shadow = SIM_OWNER(struct shadow, settled, event);

    (void)sim;
    shadow_advance(shadow);
    shadow_solve(shadow);
    if (shadow->checked)
        shadow_expect_fair(shadow);
}

static double random_limit(struct shadow *shadow)
{
    switch (gsl_rng_uniform_int(shadow->rng, 8)) {
    case 0:
        return INFINITY;
    case 1:
    case 2:
    case 3: /* so that limits coincide */
        return shadow->unit * (double)(1 + gsl_rng_uniform_int(shadow->rng, 6));
    case 4:
        return shadow->unit * exp(gsl_ran_flat(shadow->rng, -12, 12));
    default:
        return shadow->unit * gsl_ran_flat(shadow->rng, 0.1, 10);
    }
}

static double random_capacity(struct shadow *shadow, uint32_t link)
{
    if (gsl_rng_uniform_int(shadow->rng, 16) == 0)
        return 0;
    bool shared = shadow->shape == TREE ? link < shadow->n_links / 4 : link == 0 && shadow->shape != ANY;
    return random_limit(shadow) * (shared ? shadow->n_flows / 4. : 1);
}

/* Into flow->path; the number of hops. */
static uint32_t random_path(struct shadow *shadow, struct shadow_flow *flow)
{
    uint32_t numbers[SHADOW_LINKS], n_links = shadow->n_links, n;
    if (shadow->shape == HERD) {
        flow->path[0] = 0;
        flow->path[1] = 1 + (uint32_t)gsl_rng_uniform_int(shadow->rng, n_links - 1);
        return 2;
    }
    if (shadow->shape == TREE) { /* a quarter are uplinks or sites' links, one of them to twelve points */
        uint32_t n_uplinks = n_links / 16, n_sites = n_links / 4 - n_uplinks, n_points = n_links - n_links / 4;
        uint32_t point = (uint32_t)gsl_rng_uniform_int(shadow->rng, n_points);
        flow->path[0] = (uint32_t)gsl_rng_uniform_int(shadow->rng, n_uplinks);
        flow->path[1] = n_uplinks + point % n_sites;
        flow->path[2] = n_uplinks + n_sites + point;
        return 3;
    }
    n = (uint32_t)gsl_rng_uniform_int(shadow->rng, SHADOW_HOPS);
    n = MIN(n, n_links - 1);
    for (uint32_t l = 1; l < n_links; l++)
        numbers[l] = l;
    if (n > 0)
        gsl_ran_choose(shadow->rng, flow->path, n, &numbers[1], n_links - 1, sizeof(*numbers));
    if (n > 1)
        gsl_ran_shuffle(shadow->rng, flow->path, n, sizeof(*numbers));
    if (shadow->shape == BACKBONE || gsl_rng_uniform_int(shadow->rng, n_links) == 0)
        flow->path[n++] = 0;
    return n;
}

static void random_start(struct shadow *shadow, struct shadow_flow *flow)
{
    uint32_t n = random_path(shadow, flow);
    struct sim_link *links[SHADOW_HOPS];

    flow->n_hops = n;
    for (uint32_t h = 0; h < n; h++)
        links[h] = &shadow->links[flow->path[h]];
    sim_flow_set_path(&flow->flow, links, n);
    flow->delivered_bytes = flow->free_bytes = flow->asked_bytes = 0;
    double bytes = gsl_rng_uniform_int(shadow->rng, 2)
                       ? (double)gsl_rng_uniform_int(shadow->rng, 2 * (unsigned long)shadow->mean_bytes)
                       : gsl_ran_exponential(shadow->rng, shadow->mean_bytes);
    double cap = gsl_rng_uniform_int(shadow->rng, 2) ? INFINITY : random_limit(shadow);
    if (!sim_path_up(&flow->flow))
        return;
    flow->bytes = flow->left = bytes;
    flow->rate = 0;
    flow->cap = cap;
    flow->started_s = sim_now(shadow->sim);
    sim_flow_start(shadow->network, &flow->flow, bytes, cap);
}

/* Delivered bytes are the difference between those asked for and those left: the last bits of these count. */
static void expect_same_bytes(double bytes, double delivered, double asked)
{
    if (!(fabs(bytes - delivered) <= CLOSE * delivered + 1e-14 * asked))
        g_error("%.17g bytes, %.17g delivered of %.17g", bytes, delivered, asked);
}

static void expect_booked(const struct shadow_flow *flow)
{
    double booked = flow->flow.cap_bound_bytes + flow->free_bytes;

    for (uint32_t h = 0; h < flow->n_hops; h++)
        booked += flow->flow.hops[h].bound_bytes;
    expect_same_bytes(booked, flow->delivered_bytes, flow->asked_bytes);
}

static void random_change(struct shadow *shadow)
{
    struct shadow_flow *flow = &shadow->flows[gsl_rng_uniform_int(shadow->rng, shadow->n_flows)];
    uint32_t l = (uint32_t)gsl_rng_uniform_int(shadow->rng, shadow->n_links);
    struct sim_link *link = &shadow->links[l];
    unsigned long kind = gsl_rng_uniform_int(shadow->rng, 20);

    shadow->steps++;
    if (!flow->flow.moving && kind < 17) {
        if (flow->delivered_bytes > 0)
            expect_booked(flow);
        random_start(shadow, flow);
    } else if (kind < 3) {
        shadow_stopped(flow, sim_flow_stop(shadow->network, &flow->flow));
        if (kind == 0) { /* another follows on the same path */
            flow->left = flow->bytes;
            flow->started_s = sim_now(shadow->sim);
            sim_flow_start(shadow->network, &flow->flow, flow->bytes, flow->cap);
        }
    } else if (kind < 10 && flow->flow.moving) {
        double cap = random_limit(shadow);
        sim_flow_set_cap(shadow->network, &flow->flow, flow->cap = cap);
    } else if (kind < 18) {
        sim_link_set_capacity(shadow->network, link, random_capacity(shadow, l));
    } else if (!link->up || gsl_rng_uniform_int(shadow->rng, 10) == 0)
        sim_link_set_up(shadow->network, link, !link->up);
}

static void shadow_drive(struct sim *sim, struct sim_event *event)
{
    struct shadow *shadow = SIM_OWNER(struct shadow, driver, event);

    shadow_advance(shadow);
    for (unsigned long n = 1 + gsl_rng_uniform_int(shadow->rng, 3) / 2; n > 0; n--)
        random_change(shadow);
    if (!sim_scheduled(&shadow->settled))
        sim_schedule(sim, &shadow->settled, sim_now(sim));
    double after_s = gsl_rng_uniform_int(shadow->rng, 2)
                         ? ceil(sim_now(sim) * shadow->unit + 0.001) / shadow->unit - sim_now(sim)
                         : gsl_ran_exponential(shadow->rng, 0.5) / shadow->unit;
    sim_schedule_after(sim, event, after_s);
}

static void shadow_init(struct shadow *shadow, struct sim *sim, struct sim_network *network, uint32_t number,
                        const char *name, double unit)
{
    memset(shadow, 0, sizeof(*shadow));
    shadow->sim = sim;
    shadow->network = network;
    shadow->rng = sim_random_stream(7, number, name, "changes");
    shadow->unit = unit;
    uint32_t kind = number / 2 % 32; /* of two that are alike, one is observed */
    shadow->shape = kind == 0 ? TREE : kind == 1 ? HERD : gsl_rng_uniform_int(shadow->rng, 3) == 0 ? BACKBONE : ANY;
    bool large = shadow->shape == TREE || shadow->shape == HERD;
    shadow->n_links = large ? SHADOW_LINKS : 1 + (uint32_t)gsl_rng_uniform_int(shadow->rng, 12);
    shadow->n_flows = large ? SHADOW_FLOWS : 1 + (uint32_t)gsl_rng_uniform_int(shadow->rng, 24);
    shadow->mean_bytes = (double[]){10, 100, 1000}[gsl_rng_uniform_int(shadow->rng, 3)];
    for (uint32_t l = 0; l < shadow->n_links; l++)
        sim_link_init(network, &shadow->links[l], random_capacity(shadow, l));
    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        shadow->flows[f].shadow = shadow;
        sim_flow_init(&shadow->flows[f].flow, NULL, 0, shadow_finished, shadow_lost);
    }
    shadow->space = sim_maxmin_space_new();
    sim_event_init(&shadow->driver, SIM_RANK_MODEL, shadow_drive);
    sim_event_init(&shadow->settled, SIM_RANK_SAMPLE, shadow_settle);
    sim_schedule(sim, &shadow->driver, 0);
}

static void shadow_clear(struct shadow *shadow)
{
    sim_cancel(shadow->sim, &shadow->driver);
    shadow_advance(shadow);
    for (uint32_t f = 0; f < shadow->n_flows; f++) {
        struct shadow_flow *flow = &shadow->flows[f];
        if (flow->flow.moving)
            shadow_stopped(flow, sim_flow_stop(shadow->network, &flow->flow));
        expect_booked(flow);
        sim_flow_clear(&flow->flow);
    }
    sim_cancel(shadow->sim, &shadow->settled);
    for (uint32_t l = 0; l < shadow->n_links; l++) {
        expect_same_bytes(sim_link_carried(&shadow->links[l]), shadow->delivered_bytes[l], shadow->asked_bytes[l]);
        if (shadow->observed)
            expect_same_bytes(sim_level_integral(&shadow->links[l].rate, sim_now(shadow->sim)),
                              shadow->delivered_bytes[l], shadow->asked_bytes[l]);
        sim_link_clear(&shadow->links[l]);
    }
    sim_maxmin_space_free(shadow->space);
    gsl_rng_free(shadow->rng);
}

static void rates_are_those_of_a_full_recompute(void)
{
    guint64 steps = 0, wanted = test_rounds(2000000);

    for (uint32_t number = 0; steps < wanted; number++) {
        static struct shadow shadow;
        struct sim *sim = sim_new(1, 0);
        struct sim_network *network = sim_network_new(sim);
        shadow_init(&shadow, sim, network, number, "shadow", 1);
        if (number % 2) {
            sim_network_observe(network, shadow_rate_changed, &shadow);
            shadow.observed = true;
        }
        shadow.checked = true;
        if (number % 5 == 4) /* a sweep that does not settle is given up, which it never is: here always */
            network->patience = 0;
        while (shadow.steps < 4000)
            sim_run(sim, sim_now(sim) + 100);
        g_assert_true((network->n_from_nothing > 0) == (number % 5 == 4));
        shadow_clear(&shadow);
        sim_network_free(network);
        sim_free(sim);
        steps += shadow.steps;
    }
    g_test_message("%" G_GUINT64_FORMAT " steps", steps);
}

/* Rates times two to the 20th, times divided by it: all times are divided by it, bit for bit, and bytes are the same.
 */
static void twice_the_rate_is_half_the_time(void)
{
    for (uint32_t number = 0; number < test_rounds(100); number++) {
        GByteArray *logs[2];
        for (int fast = 0; fast < 2; fast++) {
            static struct shadow shadow;
            double unit = fast ? 1048576 : 1;
            struct sim *sim = sim_new(1, 0);
            struct sim_network *network = sim_network_new(sim);
            shadow_init(&shadow, sim, network, number, "scaled", unit);
            shadow.log = logs[fast] = g_byte_array_new();
            sim_run(sim, 500 / unit);
            shadow_clear(&shadow);
            sim_network_free(network);
            sim_free(sim);
        }
        guint record = 2 * sizeof(double) + 1;
        g_assert_cmpuint(logs[0]->len, ==, logs[1]->len);
        for (guint i = 0; i < logs[0]->len; i += record) {
            double times_s[2];
            for (int fast = 0; fast < 2; fast++)
                memcpy(&times_s[fast], logs[fast]->data + i, sizeof(double));
            g_assert_cmpfloat(times_s[0], ==, times_s[1] * 1048576);
            g_assert_true(
                !memcmp(logs[0]->data + i + sizeof(double), logs[1]->data + i + sizeof(double), sizeof(double) + 1));
        }
        for (int fast = 0; fast < 2; fast++)
            g_byte_array_unref(logs[fast]);
    }
}

/* A world alone, and beside another one in the same network that it shares no link with. */
static void what_is_not_connected_changes_no_bit(void)
{
    for (uint32_t number = 0; number < test_rounds(100); number++) {
        GByteArray *logs[2];
        for (int together = 0; together < 2; together++) {
            static struct shadow shadow, other;
            struct sim *sim = sim_new(1, 0);
            struct sim_network *network = sim_network_new(sim);
            if (together)
                shadow_init(&other, sim, network, number, "other", 1);
            shadow_init(&shadow, sim, network, number, "apart", 1);
            shadow.log = logs[together] = g_byte_array_new();
            sim_run(sim, 500);
            shadow_clear(&shadow);
            if (together)
                shadow_clear(&other);
            sim_network_free(network);
            sim_free(sim);
        }
        g_assert_cmpuint(logs[0]->len, >, 0);
        g_assert_true(logs[0]->len == logs[1]->len && !memcmp(logs[0]->data, logs[1]->data, logs[0]->len));
        for (int together = 0; together < 2; together++)
            g_byte_array_unref(logs[together]);
    }
}

/* ---- M/G/1 processor sharing ------------------------------------------------------------------------------------- */

/* Transfers that arrive at random at one link which they share: whatever the law of their sizes, the mean time is
 * S / (1 - rho), and x / (1 - rho) for those of size x (Kleinrock, Queueing Systems, vol. 2, section 4.4).
 * S = 8 s, rho = 0.8: 40 s, and 5 times what it would take alone. */

#define PS_UNTIL_S 600000.
#define PS_CAPACITY 1e6
#define PS_ALONE_S 8.
#define PS_LOAD 0.8
#define PS_BINS 4
#define PS_REPLICATIONS 30
#define PS_CONFIDENCE 0.999

struct customer {
    struct sim_flow flow;
    struct queue *queue;
    double came_s, alone_s;
    struct customer *next_idle;
};

struct queue {
    struct sim *sim;
    struct sim_network *network;
    struct sim_link link;
    struct sim_event arrival;
    gsl_rng *gaps, *sizes;
    bool exponential;
    struct customer *idle;
    GPtrArray *customers;
    guint64 n_came;
    guint64 n[PS_BINS];
    double stayed_s[PS_BINS], alone_s[PS_BINS];
};

static void customer_served(struct sim *sim, struct sim_flow *flow)
{
    struct customer *customer = SIM_OWNER(struct customer, flow, flow);
    struct queue *queue = customer->queue;
    /* sizes below 1/2, 1, 2 times the mean, and above */
    int bin = customer->alone_s < PS_ALONE_S / 2   ? 0
              : customer->alone_s < PS_ALONE_S     ? 1
              : customer->alone_s < 2 * PS_ALONE_S ? 2
                                                   : 3;
    if (sim_now(sim) > 0.1 * PS_UNTIL_S) { /* the first part is warm-up */
        queue->n[bin]++;
        queue->stayed_s[bin] += sim_now(sim) - customer->came_s;
        queue->alone_s[bin] += customer->alone_s;
    }
    customer->next_idle = queue->idle;
    queue->idle = customer;
}

static void customer_comes(struct sim *sim, struct sim_event *event)
{
    struct queue *queue = SIM_OWNER(struct queue, arrival, event);
    struct customer *customer = queue->idle;

    if (customer) {
        queue->idle = customer->next_idle;
    } else {
        customer = g_new0(struct customer, 1);
        customer->queue = queue;
        sim_flow_init(&customer->flow, (struct sim_link *[]){&queue->link}, 1, customer_served, NULL);
        g_ptr_array_add(queue->customers, customer);
    }
    customer->came_s = sim_now(sim);
    customer->alone_s = queue->exponential ? sim_random_exponential(queue->sizes, PS_ALONE_S) : PS_ALONE_S;
    sim_flow_start(queue->network, &customer->flow, customer->alone_s * PS_CAPACITY, INFINITY);
    sim_schedule_after(sim, event, sim_random_exponential(queue->gaps, PS_ALONE_S / PS_LOAD));
}

static void queue_run(struct queue *queue, uint32_t replication, bool exponential)
{
    memset(queue, 0, sizeof(*queue));
    queue->sim = sim_new(42, replication);
    queue->network = sim_network_new(queue->sim);
    sim_link_init(queue->network, &queue->link, PS_CAPACITY);
    queue->gaps = sim_random_stream(42, replication, "queue", "gaps");
    queue->sizes = sim_random_stream(42, replication, "queue", "sizes");
    queue->exponential = exponential;
    queue->customers = g_ptr_array_new();
    sim_event_init(&queue->arrival, SIM_RANK_MODEL, customer_comes);
    sim_schedule(queue->sim, &queue->arrival, 0);
    sim_run(queue->sim, PS_UNTIL_S);
    for (guint i = 0; i < queue->customers->len; i++) {
        struct customer *customer = g_ptr_array_index(queue->customers, i);
        if (customer->flow.moving)
            sim_flow_stop(queue->network, &customer->flow);
        sim_flow_clear(&customer->flow);
        g_free(customer);
    }
    g_ptr_array_unref(queue->customers);
    sim_link_clear(&queue->link);
    gsl_rng_free(queue->gaps);
    gsl_rng_free(queue->sizes);
    sim_network_free(queue->network);
    sim_free(queue->sim);
}

static void expect_covered(struct sim_sample *sample, double law, double precision, const char *what)
{
    double mean = sim_sample_mean(sample), half_width = sim_sample_half_width(sample, PS_CONFIDENCE);

    g_test_message("%s: %.4g +- %.2g, law %.4g", what, mean, half_width, law);
    g_assert_cmpfloat(fabs(mean - law), <=, half_width);
    g_assert_cmpfloat(half_width, <, precision * law);
    sim_sample_clear(sample);
}

static void processor_sharing(gconstpointer exponential)
{
    struct sim_sample stayed, stretch[PS_BINS];
    static const char *const names[PS_BINS] = {"smallest", "small", "large", "largest"};

    sim_sample_init(&stayed);
    for (int b = 0; b < PS_BINS; b++)
        sim_sample_init(&stretch[b]);
    /* Fewer replications would not be precise enough: shorter tests test nothing here. */
    for (uint32_t r = 0; r < PS_REPLICATIONS; r++) {
        struct queue queue;
        queue_run(&queue, r, exponential != NULL);
        guint64 n = 0;
        double stayed_s = 0;
        for (int b = 0; b < PS_BINS; b++) {
            n += queue.n[b];
            stayed_s += queue.stayed_s[b];
            if (exponential)
                sim_sample_add(&stretch[b], queue.stayed_s[b] / queue.alone_s[b]);
        }
        sim_sample_add(&stayed, stayed_s / (double)n);
    }
    expect_covered(&stayed, PS_ALONE_S / (1 - PS_LOAD), 0.03, "time in s");
    for (int b = 0; b < PS_BINS; b++)
        if (exponential)
            expect_covered(&stretch[b], 1 / (1 - PS_LOAD), 0.03, names[b]);
        else
            sim_sample_clear(&stretch[b]);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define LAW(name) g_test_add_func("/network/" #name, name)
    LAW(demands_larger_than_their_share_take_longer);
    LAW(a_flow_alone_takes_bytes_over_rate);
    LAW(what_nothing_limits_takes_no_time);
    LAW(a_cap_alone_limits_too);
    LAW(a_cap_may_change_on_the_way);
    LAW(without_capacity_flows_stall);
    LAW(flows_that_end_together_end_in_order);
    LAW(an_outage_reports_what_was_delivered);
    LAW(owners_are_told_of_an_outage_in_order_of_starting);
    LAW(capacity_may_change_while_down);
    LAW(whoever_ends_may_start_again);
    LAW(whoever_ends_may_stop_others_that_end_now);
    LAW(whoever_ends_may_free_all);
    LAW(whoever_ends_may_close_the_link);
    LAW(whoever_is_lost_may_stop_others_that_are_lost);
    LAW(whoever_is_lost_may_free_others_that_are_lost);
    LAW(whoever_is_lost_may_go_another_way);
    LAW(an_outage_may_cause_another);
    LAW(whoever_starts_may_stop_at_once);
    LAW(links_report_once_what_changed);
    g_test_add_data_func("/network/a_change_costs_what_it_touches/10", GUINT_TO_POINTER(10),
                         a_change_costs_what_it_touches);
    g_test_add_data_func("/network/a_change_costs_what_it_touches/1000", GUINT_TO_POINTER(1000),
                         a_change_costs_what_it_touches);
    LAW(a_year_loses_no_digits);
    LAW(rates_are_those_of_a_full_recompute);
    LAW(twice_the_rate_is_half_the_time);
    LAW(what_is_not_connected_changes_no_bit);
    g_test_add_data_func("/network/processor_sharing/exponential", GINT_TO_POINTER(1), processor_sharing);
    g_test_add_data_func("/network/processor_sharing/constant", NULL, processor_sharing);
    return g_test_run();
}
