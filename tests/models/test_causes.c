/* Logs of causes, the account of a delivery, and how long changes travel (D2): nothing is simulated, only times. */
#include <glib.h>
#include <string.h>

#include "models/delivery.h"
#include "models/distribution_manager.h"
#include "tests/support/small.h"

static void expect_parts(const struct cause_log *log, double from_s, double to_s, double lag_s, double sending_s,
                         double per_site_s)
{
    double cause_s[N_CAUSES] = {0};
    cause_log_add(log, from_s, to_s, cause_s);
    expect_time(cause_s[CAUSE_SCHEDULER_WAIT], lag_s);
    expect_time(cause_s[CAUSE_SENDING], sending_s);
    expect_time(cause_s[CAUSE_SENDER_WAIT_PER_SITE], per_site_s);
}

/* 10 to 15 for the scheduler, 15 to 40 sending. */
static void spans(void)
{
    struct sim_memory memory;
    struct cause_log log;
    sim_memory_init(&memory);
    cause_log_init(&log);
    g_assert_true(isinf(cause_log_begin(&log)));
    g_assert_cmpint(cause_log_now(&log), ==, N_CAUSES);
    expect_parts(&log, 0, 100, 0, 0, 0);
    cause_log_switch(&memory, &log, 10, CAUSE_SCHEDULER_WAIT);
    g_assert_cmpint(cause_log_now(&log), ==, CAUSE_SCHEDULER_WAIT);
    expect_parts(&log, 0, 12, 2, 0, 0); /* goes on for ever so far */
    cause_log_switch(&memory, &log, 15, CAUSE_SENDING);
    cause_log_end(&memory, &log, 40);
    g_assert_cmpint(cause_log_now(&log), ==, N_CAUSES);
    expect_time(cause_log_begin(&log), 10);
    expect_parts(&log, 0, 100, 5, 25, 0);
    expect_parts(&log, 12, 20, 3, 5, 0);
    expect_parts(&log, 15, 15, 0, 0, 0);
    expect_parts(&log, 20, 10, 0, 0, 0);
    expect_parts(&log, 40, 50, 0, 0, 0);
    cause_log_clear(&memory, &log);
    sim_memory_clear(&memory);
}

/* A span from 0 to 20 of which 5 s belong to another cause; of a half of it, half of them. */
static void split(void)
{
    struct sim_memory memory;
    struct cause_log log;
    sim_memory_init(&memory);
    cause_log_init(&log);
    cause_log_switch(&memory, &log, 0, CAUSE_SENDING);
    cause_log_split(&memory, &log, CAUSE_SENDER_WAIT_PER_SITE, 5);
    cause_log_switch(&memory, &log, 20, CAUSE_SENDING); /* a mark: what follows is a span of its own */
    cause_log_end(&memory, &log, 30);
    expect_parts(&log, 0, 30, 0, 25, 5);
    expect_parts(&log, 20, 30, 0, 10, 0);
    expect_parts(&log, 0, 10, 0, 7.5, 2.5);
    cause_log_clear(&memory, &log);
    sim_memory_clear(&memory);
}

/* The whole span belongs to the other cause, but for a rounding: 0.1 + 0.2 s of 0.3 s. Nothing is left, not less. */
static void split_by_a_rounding_too_much(void)
{
    double cause_s[N_CAUSES] = {0};
    struct sim_memory memory;
    struct cause_log log;
    sim_memory_init(&memory);
    cause_log_init(&log);
    cause_log_switch(&memory, &log, 0, CAUSE_SENDER_WAIT_ALL_SITES);
    cause_log_split(&memory, &log, CAUSE_SENDER_WAIT_PER_SITE, 0.1 + 0.2);
    cause_log_end(&memory, &log, 0.3);
    cause_log_add(&log, 0, 1, cause_s);
    g_assert_cmpfloat(cause_s[CAUSE_SENDER_WAIT_ALL_SITES], ==, 0);
    g_assert_cmpfloat(cause_s[CAUSE_SENDER_WAIT_PER_SITE], ==, 0.3);
    cause_log_clear(&memory, &log);
    sim_memory_clear(&memory);
}

static void names(void)
{
    for (int i = 0; i < N_CAUSES; i++)
        for (int k = 0; k < i; k++)
            g_assert_cmpstr(cause_names[i], !=, cause_names[k]);
    g_assert_cmpstr(cause_names[CAUSE_METADATA_WAIT], ==, "metadata_wait");
    g_assert_cmpstr(cause_names[CAUSE_SENDER_WAIT_PER_SITE], ==, "sender_wait_per_site");
    g_assert_cmpstr(cause_names[CAUSE_DESPOOL_RETRY_WAIT], ==, "despool_retry_wait");
    g_assert_cmpstr(cause_names[CAUSE_TRANSFER_THREAD_WAIT], ==, "transfer_thread_wait");
    g_assert_cmpstr(cause_names[CAUSE_ADDING_FILES], ==, "adding_files");
}

/* ---- the account of a delivery --------------------------------------------------------------------------------------
 */

struct chain {
    struct sim *sim;
    struct distribution_manager manager;
    struct site_package sp;
    struct site_version source, middle, end;
    struct leg first, second;
    struct delivery delivery;
};

/* Content that went to the middle (10 waiting for the thread, to 30 sending, to 40 despooling) and on to the end (from
 * 40 on waiting for metadata, from 50 sending, to 90). */
static void chain_init(struct chain *c)
{
    *c = (struct chain){.sim = sim_new(1, 0),
                        .sp = {.manager = &c->manager},
                        .end = {.sp = &c->sp},
                        .delivery = {.at = &c->end, .content_s = NAN}};
    c->manager.sim = c->sim;
    c->first.from = &c->source;
    c->first.to = c->second.from = &c->middle;
    c->second.to = &c->end;
    c->middle.inbound = &c->first;
    c->end.inbound = &c->second;
    cause_log_init(&c->first.log);
    cause_log_init(&c->second.log);
    cause_log_switch(c->sim->memory, &c->first.log, 0, CAUSE_PACKAGE_THREAD_WAIT);
    cause_log_switch(c->sim->memory, &c->first.log, 10, CAUSE_SENDING);
    cause_log_switch(c->sim->memory, &c->first.log, 30, CAUSE_DESPOOLING);
    cause_log_end(c->sim->memory, &c->first.log, 40);
    cause_log_switch(c->sim->memory, &c->second.log, 40, CAUSE_METADATA_WAIT);
    cause_log_switch(c->sim->memory, &c->second.log, 50, CAUSE_SENDING);
    cause_log_end(c->sim->memory, &c->second.log, 90);
}

static void chain_clear(struct chain *c)
{
    sim_free(c->sim);
}

/* Content is there at 90, the manager told at 95, a thread at 100, a point's thread at 103, its job at 110, which waits
 * for a thread until 113, fails to copy until 115, waits until 118, copies until 120 and adds until 125. */
static void deliver(struct chain *c, double requested_s, double *cause_s)
{
    struct delivery *d = &c->delivery;
    d->requested_s = requested_s;
    delivery_content_is_here(d, 90);
    cause_log_switch(c->sim->memory, &d->log, 95, CAUSE_PACKAGE_THREAD_WAIT);
    cause_log_switch(c->sim->memory, &d->log, 100, CAUSE_DP_THREAD_WAIT);
    cause_log_switch(c->sim->memory, &d->log, 103, CAUSE_DP_THREAD);
    cause_log_end(c->sim->memory, &d->log, 110);
    cause_log_switch(c->sim->memory, &d->log, 110, CAUSE_TRANSFER_THREAD_WAIT);
    cause_log_switch(c->sim->memory, &d->log, 113, CAUSE_COPYING);
    cause_log_switch(c->sim->memory, &d->log, 115, CAUSE_RETRY_WAIT);
    cause_log_switch(c->sim->memory, &d->log, 118, CAUSE_COPYING);
    cause_log_switch(c->sim->memory, &d->log, 120, CAUSE_ADDING_FILES);
    cause_log_end(c->sim->memory, &d->log, 125);
    delivery_causes(d, 125, cause_s);
}

static void account_over_two_legs(void)
{
    struct chain c;
    double cause_s[N_CAUSES], sum_s = 0;
    chain_init(&c);
    deliver(&c, 0, cause_s);
    expect_time(cause_s[CAUSE_PACKAGE_THREAD_WAIT], 10 + 5);
    expect_time(cause_s[CAUSE_SENDING], 20 + 40);
    expect_time(cause_s[CAUSE_DESPOOLING], 10);
    expect_time(cause_s[CAUSE_METADATA_WAIT], 10 + 5);
    expect_time(cause_s[CAUSE_DP_THREAD_WAIT], 3);
    expect_time(cause_s[CAUSE_DP_THREAD], 7);
    expect_time(cause_s[CAUSE_TRANSFER_THREAD_WAIT], 3);
    expect_time(cause_s[CAUSE_RETRY_WAIT], 3);
    expect_time(cause_s[CAUSE_COPYING], 4);
    expect_time(cause_s[CAUSE_ADDING_FILES], 5);
    for (int i = 0; i < N_CAUSES; i++)
        sum_s += cause_s[i];
    expect_time(sum_s, 125);
    chain_clear(&c);
}

/* Asked for at 25, when the content was being sent to the middle: its part begins there. */
static void account_of_one_that_joins(void)
{
    struct chain c;
    double cause_s[N_CAUSES], sum_s = 0;
    chain_init(&c);
    deliver(&c, 25, cause_s);
    expect_time(cause_s[CAUSE_PACKAGE_THREAD_WAIT], 5);
    expect_time(cause_s[CAUSE_SENDING], 5 + 40);
    for (int i = 0; i < N_CAUSES; i++)
        sum_s += cause_s[i];
    expect_time(sum_s, 100);
    chain_clear(&c);
}

/* Asked for at 93, when the content had been there for 3 s. */
static void account_of_one_that_comes_later(void)
{
    struct chain c;
    double cause_s[N_CAUSES], sum_s = 0;
    chain_init(&c);
    c.delivery.requested_s = 93;
    delivery_content_is_here(&c.delivery, 90);
    expect_time(c.delivery.content_s, 93);
    cause_log_end(c.sim->memory, &c.delivery.log, 97);
    delivery_causes(&c.delivery, 97, cause_s);
    expect_time(cause_s[CAUSE_METADATA_WAIT], 4);
    for (int i = 0; i < N_CAUSES; i++)
        sum_s += cause_s[i];
    expect_time(sum_s, 4);
    chain_clear(&c);
}

struct seen {
    const struct leg *leg[20];
    struct cause_span span[20];
    guint n;
};

static void see(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    struct seen *seen = ctx;
    g_assert_cmpuint(seen->n, <, G_N_ELEMENTS(seen->leg));
    seen->leg[seen->n] = leg;
    seen->span[seen->n++] = *span;
}

/* Span by span, cut where it is asked for and where the telling ends: 5 to 10, 10 to 30 and 30 to 40 on the first leg,
 * 40 to 50 and 50 to 90 on the second, 90 to 92 at its own site. */
static void told_in_order(void)
{
    struct chain c;
    struct seen seen = {0};
    chain_init(&c);
    c.delivery.requested_s = 5;
    delivery_content_is_here(&c.delivery, 90);
    delivery_walk(&c.delivery, 92, see, &seen);
    const double until_s[] = {10, 30, 40, 50, 90, 92};
    g_assert_cmpuint(seen.n, ==, G_N_ELEMENTS(until_s));
    for (guint i = 0; i < seen.n; i++) {
        expect_time(seen.span[i].from_s, i == 0 ? 5 : until_s[i - 1]);
        expect_time(seen.span[i].to_s, until_s[i]);
        g_assert_true(seen.leg[i] == (i < 3 ? &c.first : i < 5 ? &c.second : NULL));
    }
    g_assert_cmpint(seen.span[2].cause, ==, CAUSE_DESPOOLING);
    g_assert_cmpint(seen.span[5].cause, ==, CAUSE_METADATA_WAIT);
    chain_clear(&c);
}

/* The content has come to the middle at 40, where nobody knows yet that it is to go on: metadata, until the end at 47.
 */
static void told_of_one_on_its_way(void)
{
    struct chain c;
    struct seen seen = {0};
    chain_init(&c);
    cause_log_clear(c.sim->memory, &c.second.log);
    delivery_walk(&c.delivery, 47, see, &seen);
    g_assert_cmpuint(seen.n, ==, 4);
    expect_time(seen.span[3].from_s, 40);
    expect_time(seen.span[3].to_s, 47);
    g_assert_cmpint(seen.span[3].cause, ==, CAUSE_METADATA_WAIT);
    g_assert_true(seen.leg[3] == &c.second);
    chain_clear(&c);
}

/* What an open delivery waits for: the leg nearest to the source that has not arrived says it. */
static void what_an_open_delivery_waits_for(void)
{
    struct chain c;
    chain_init(&c);
    cause_log_clear(c.sim->memory, &c.second.log);
    cause_log_init(&c.second.log);
    g_assert_cmpint(delivery_waits_for(&c.delivery), ==, CAUSE_METADATA_WAIT);
    cause_log_switch(c.sim->memory, &c.first.log, 40, CAUSE_DESPOOLING);
    g_assert_cmpint(delivery_waits_for(&c.delivery), ==, CAUSE_DESPOOLING);
    cause_log_end(c.sim->memory, &c.first.log, 50);
    cause_log_switch(c.sim->memory, &c.second.log, 50, CAUSE_SCHEDULER_WAIT);
    g_assert_cmpint(delivery_waits_for(&c.delivery), ==, CAUSE_SCHEDULER_WAIT);
    cause_log_end(c.sim->memory, &c.second.log, 60);
    delivery_content_is_here(&c.delivery, 60);
    g_assert_cmpint(delivery_waits_for(&c.delivery), ==, CAUSE_METADATA_WAIT);
    cause_log_switch(c.sim->memory, &c.delivery.log, 61, CAUSE_DP_THREAD);
    g_assert_cmpint(delivery_waits_for(&c.delivery), ==, CAUSE_DP_THREAD);
    chain_clear(&c);
}

/* ---- D2 -------------------------------------------------------------------------------------------------------------
 */

/* Lags to the parent: P1 100, P2 20, S1 (below P1) 3. One hop each, up as well as down, by way of the central site. */
static void replication_goes_hop_by_hop(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, INFINITY);
    int32_t s1 = small_site(s, "S1", SITE_SECONDARY, 2, 0), top = small_site(s, "TOP", SITE_CENTRAL, -1, 0);
    int32_t p1 = small_site(s, "P1", SITE_PRIMARY, top, 0), p2 = small_site(s, "P2", SITE_PRIMARY, top, 0);
    scenario_site(s, top)->replication_lag_s = 7777; /* to no parent */
    scenario_site(s, p1)->replication_lag_s = 100;
    scenario_site(s, p2)->replication_lag_s = 20;
    scenario_site(s, s1)->replication_lag_s = 3;
    expect_time(replication_s(s, NULL, top, top, "item"), 0);
    expect_time(replication_s(s, NULL, top, p1, "item"), 100);
    expect_time(replication_s(s, NULL, p1, top, "item"), 100);
    expect_time(replication_s(s, NULL, top, s1, "item"), 103);
    expect_time(replication_s(s, NULL, s1, top, "item"), 103);
    expect_time(replication_s(s, NULL, p1, p2, "item"), 120);
    expect_time(replication_s(s, NULL, s1, p2, "item"), 123);
    expect_time(replication_s(s, NULL, p2, s1, "item"), 123);
    expect_time(replication_s(s, NULL, s1, s1, "item"), 0);
    const struct change change = {.scenario = s, .origin = p2, .left_s = 1000};
    expect_time(change_reaches_s(&change, p2), 1000);
    expect_time(change_reaches_s(&change, s1), 1123);
    scenario_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/causes/log/spans", spans);
    g_test_add_func("/causes/log/split", split);
    g_test_add_func("/causes/log/split-by-a-rounding-too-much", split_by_a_rounding_too_much);
    g_test_add_func("/causes/log/names", names);
    g_test_add_func("/delivery/account/over-two-legs", account_over_two_legs);
    g_test_add_func("/delivery/account/of-one-that-joins", account_of_one_that_joins);
    g_test_add_func("/delivery/account/of-one-that-comes-later", account_of_one_that_comes_later);
    g_test_add_func("/delivery/account/told-in-order", told_in_order);
    g_test_add_func("/delivery/account/told-of-one-on-its-way", told_of_one_on_its_way);
    g_test_add_func("/delivery/open/what-it-waits-for", what_an_open_delivery_waits_for);
    g_test_add_func("/change/D2/replication-goes-hop-by-hop", replication_goes_hop_by_hop);
    return g_test_run();
}
