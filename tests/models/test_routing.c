/* Content routing (D6): the way of content by hand, alone and in whole hierarchies. */
#include "models/routing.h"

#include <glib.h>

#include "tests/support/small.h"

/*   hq (CAS) --100-- lyon (P1) --50-- depot (S1) --25-- shop (S2)
 *      |                  \------50-- yard (S3)
 *      \------100--- oslo (P2) --50-- quay (S4)
 *
 * S2 is a secondary site of P1, as S1 and S3 are, behind the line of S1. A distribution point at each but the central
 * site, beside its site server. */
enum { HQ, LYON, DEPOT, SHOP, YARD, OSLO, QUAY };
enum { CAS, P1, S1, S2, S3, P2, S4 };
enum { AT_P1, AT_S1, AT_S2, AT_S3, AT_P2, AT_S4 };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "lyon", HQ, 100);
    small_location(s, "depot", LYON, 50);
    small_location(s, "shop", DEPOT, 25);
    small_location(s, "yard", LYON, 50);
    small_location(s, "oslo", HQ, 100);
    small_location(s, "quay", OSLO, 50);
    small_site(s, "CAS", SITE_CENTRAL, -1, HQ);
    small_site(s, "P1", SITE_PRIMARY, CAS, LYON);
    small_site(s, "S1", SITE_SECONDARY, P1, DEPOT);
    small_site(s, "S2", SITE_SECONDARY, P1, SHOP);
    small_site(s, "S3", SITE_SECONDARY, P1, YARD);
    small_site(s, "P2", SITE_PRIMARY, CAS, OSLO);
    small_site(s, "S4", SITE_SECONDARY, P2, QUAY);
    for (int32_t site = P1; site <= S4; site++) {
        g_autofree char *name = g_strconcat(scenario_site(s, site)->code, "DP", NULL);
        small_dp(s, name, site, -1);
    }
    return s;
}

/* "CAS P1 S1": the way from the source to the goal. */
static void expect_way(struct scenario *s, int32_t source, int32_t goal, const char *expected)
{
    struct routing routing;
    g_autoptr(GString) way = g_string_new(scenario_site(s, goal)->code);
    routing_init(&routing, s);
    for (int32_t at = goal; at != source && way->len < 100;) {
        at = routing_sender(&routing, at, source);
        g_string_prepend(way, " ");
        g_string_prepend(way, scenario_site(s, at)->code);
    }
    routing_clear(&routing);
    g_assert_cmpstr(way->str, ==, expected);
}

static void along_the_tree(void)
{
    struct scenario *s = company();
    expect_way(s, CAS, P1, "CAS P1");
    expect_way(s, CAS, S2, "CAS P1 S2");
    expect_way(s, P1, CAS, "P1 CAS");
    expect_way(s, P1, P2, "P1 CAS P2");
    expect_way(s, P1, S4, "P1 CAS P2 S4");
    expect_way(s, S1, S2, "S1 P1 S2");
    expect_way(s, S4, S1, "S4 P2 CAS P1 S1");
    small_route(s, CAS, P1); /* settings of a hop that there is anyway */
    small_route(s, S1, P1);
    expect_way(s, CAS, S1, "CAS P1 S1");
    scenario_free(s);
}

static void tiers_of_secondary_sites(void)
{
    struct scenario *s = company();
    small_route(s, S1, S2);
    expect_way(s, CAS, S2, "CAS P1 S1 S2");
    expect_way(s, P2, S2, "P2 CAS P1 S1 S2");
    expect_way(s, S1, S2, "S1 S2");
    expect_way(s, S2, S1, "S2 P1 S1"); /* a route has a direction */
    expect_way(s, S3, S2, "S3 P1 S1 S2");
    small_route(s, S2, S3);
    expect_way(s, CAS, S3, "CAS P1 S1 S2 S3");
    small_route(s, S1, S3); /* the first one stays, but for content of S1 itself */
    expect_way(s, CAS, S3, "CAS P1 S1 S2 S3");
    expect_way(s, S1, S3, "S1 S3");
    scenario_free(s);
}

/* S4 of P2 is fed from S1 of P1, but P2 does not send to its own secondary site by way of another primary. */
static void tiers_of_two_primaries(void)
{
    struct scenario *s = company();
    small_route(s, S1, S4);
    expect_way(s, CAS, S4, "CAS P1 S1 S4");
    expect_way(s, P1, S4, "P1 S1 S4");
    expect_way(s, P2, S4, "P2 S4");
    scenario_free(s);
}

/* Routes both ways: who has the content sends it to the other; what comes from outside comes from the parents. */
static void circles_are_not_entered(void)
{
    struct scenario *s = company();
    small_route(s, S1, S2);
    small_route(s, S2, S1);
    small_route(s, S2, S3);
    expect_way(s, S1, S2, "S1 S2");
    expect_way(s, S2, S1, "S2 S1");
    expect_way(s, CAS, S1, "CAS P1 S1");
    expect_way(s, CAS, S2, "CAS P1 S2");
    expect_way(s, CAS, S3, "CAS P1 S2 S3");

    struct routing routing;
    routing_init(&routing, s);
    g_assert_cmpint(routing_unused_tier(&routing, S1, CAS), ==, S2);
    g_assert_cmpint(routing_unused_tier(&routing, S2, CAS), ==, S1);
    g_assert_cmpint(routing_unused_tier(&routing, S3, CAS), ==, -1); /* below the circle, not in it */
    g_assert_cmpint(routing_unused_tier(&routing, S2, S1), ==, -1);
    g_assert_cmpint(routing_unused_tier(&routing, S1, S1), ==, -1);
    routing_clear(&routing);
    scenario_free(s);
}

static void where_routes_may_lead(void)
{
    struct scenario *s = company();
    const struct site_spec *sites = scenario_site(s, 0);
    g_assert_true(route_may_lead(sites, CAS, P1));
    g_assert_true(route_may_lead(sites, S1, P1));
    g_assert_true(route_may_lead(sites, S1, S2));
    g_assert_true(route_may_lead(sites, S4, S2));
    g_assert_false(route_may_lead(sites, P1, P2));
    g_assert_false(route_may_lead(sites, CAS, S1));
    g_assert_false(route_may_lead(sites, S4, P1));
    g_assert_false(route_may_lead(sites, S1, S1));
    scenario_free(s);
}

/* CAS to P1: 1000 / 100 = 10. P1 to S1: 1000 / 50 = 20, at S1 at 30, where nothing is targeted: S1 stores it to send it
 * on. S1 to S2: the route's own 20 are less than the line's 25: 1000 / 20 = 50, on the point at 80. The line of the
 * depot has carried it once. */
static void over_the_tier(void)
{
    struct scenario *s = company();
    small_route(s, S1, S2)->bandwidth_bytes_per_s = 20;
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_S2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_S2, 80, 80, 80);
    small_run_expect_causes(run, package, AT_S2, "sending", 80.0, NULL);
    const struct told_transfer *last = record_transfer(run->record, package, "S2");
    g_assert_cmpstr(last->from, ==, "S1");
    g_assert_cmpint(last->limited_by, ==, LIMIT_LINK);
    g_assert_null(record_transfer(run->record, package, "S1DP"));
    g_assert_cmpuint(record_count(run->record, "S1", STATUS_STORED, NULL), ==, 1);
    const struct hierarchy_link *route = small_run_link(run, "S1 to S2 route");
    g_assert_nonnull(route);
    g_assert_cmpstr(route->entity, ==, "S1 to S2");
    expect_bytes(sim_level_integral(&route->link.rate, 200), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "depot down")->link.rate, 200), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "S1 sender")->link.rate, 200), 1000);
    small_run_free(run);
}

/* Without the route P1 sends to both at 25 each, half of the depot's 50: both have it at 10 + 40. With it S1 has it at
 * 10
 * + 20, and S2 40 later. */
static void one_copy_over_the_line(void)
{
    for (int tier = 0; tier < 2; tier++) {
        struct scenario *s = company();
        uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
        small_distribute(s, 0, package, 2, AT_S1, AT_S2);
        if (tier)
            small_route(s, S1, S2);
        struct small_run *run = small_run_all(s, false);
        small_run_expect_delivered(run, package, AT_S1, tier ? 30 : 50, tier ? 30 : 50, tier ? 30 : 50);
        small_run_expect_delivered(run, package, AT_S2, tier ? 70 : 50, tier ? 70 : 50, tier ? 70 : 50);
        expect_bytes(sim_level_integral(&small_run_link(run, "depot down")->link.rate, 200), tier ? 1000 : 2000);
        small_run_free(run);
    }
}

/* What S1 has had for long is sent on from there: 40 over the shop's line, nothing over the others. */
static void from_what_is_there(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_route(s, S1, S2);
    small_preload(s, 0, package, AT_S1);
    small_distribute(s, 1, package, 1, AT_S2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_S2, 41, 41, 41);
    expect_bytes(sim_level_integral(&small_run_link(run, "lyon down")->link.rate, 200), 0);
    expect_bytes(sim_level_integral(&small_run_link(run, "depot down")->link.rate, 200), 0);
    small_run_free(run);
}

/* From a primary over the central site, another primary and two tiers: 10 up to hq, where it is parked, 10 down to
 * lyon, 20 to the depot, 40 to the shop; from there to the yard by 25 up, 40. A delta takes the same way: a fifth of
 * it. */
static void five_hops(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", P2, PRIORITY_MEDIUM, 1000);
    scenario_package(s, package)->binary_delta_replication = true;
    small_route(s, S1, S2);
    small_route(s, S2, S3);
    small_distribute(s, 0, package, 1, AT_S3);
    small_update(s, 1000, package)->changed_share_percent = 20;
    struct small_run *run = small_run_all(s, false);
    static const char *const hops[][2] = {{"P2", "CAS"}, {"CAS", "P1"}, {"P1", "S1"}, {"S1", "S2"}, {"S2", "S3"}};
    static const double there_s[] = {10, 20, 40, 80, 120};
    for (guint i = 0; i < G_N_ELEMENTS(hops); i++) {
        const struct told_transfer *first = record_request(run->record, package, 1, hops[i][1]);
        const struct told_transfer *second = record_request(run->record, package, 2, hops[i][1]);
        g_assert_cmpstr(first->from, ==, hops[i][0]);
        g_assert_cmpstr(second->from, ==, hops[i][0]);
        expect_time(first->finished_s, there_s[i]);
        expect_bytes(second->bytes, 200);
        expect_time(second->finished_s, 1000 + there_s[i] / 5);
    }
    expect_time(record_delivery_of(run->record, package, 2, AT_S3)->last.on_dp_s, 1024);
    small_run_free(run);
}

/* The tier above is down from 5 to 100: nothing goes round it. */
static void the_tier_is_down(void)
{
    struct scenario *s = company();
    small_route(s, S1, S2);
    small_fault(s, DEPOT, 5, 95);
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    scenario_site(s, P1)->sender.retry_delay_s = 100;
    small_distribute(s, 0, package, 1, AT_S2);
    struct small_run *run = small_run_all(s, false);
    /* 250 bytes by 5; the next try at 105 goes on there: 15 s; 40 s to the shop. */
    small_run_expect_delivered(run, package, AT_S2, 160, 160, 160);
    small_run_expect_causes(run, package, AT_S2, "sending", 60.0, "retry_wait", 100.0, NULL);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/routing/D6/along-the-tree", along_the_tree);
    g_test_add_func("/routing/D6/tiers-of-secondary-sites", tiers_of_secondary_sites);
    g_test_add_func("/routing/D6/tiers-of-two-primaries", tiers_of_two_primaries);
    g_test_add_func("/routing/D6/circles-are-not-entered", circles_are_not_entered);
    g_test_add_func("/routing/D6/where-routes-may-lead", where_routes_may_lead);
    g_test_add_func("/hierarchy/D6/over-the-tier", over_the_tier);
    g_test_add_func("/hierarchy/D6/one-copy-over-the-line", one_copy_over_the_line);
    g_test_add_func("/hierarchy/D6/from-what-is-there", from_what_is_there);
    g_test_add_func("/hierarchy/D6/five-hops", five_hops);
    g_test_add_func("/hierarchy/D6/the-tier-is-down", the_tier_is_down);
    return g_test_run();
}
