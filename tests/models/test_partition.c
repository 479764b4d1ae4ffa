/* Which sites are simulated on their own: worked out by hand for a central site with a primary and two secondaries. */
#include "models/partition.h"

#include <glib.h>

#include "tests/support/small.h"

enum { CAS, PRI, SE1, SE2 };
enum { HQ, LYON, NICE, SHOP };

/* LYON and NICE are behind HQ, each with a secondary site; SHOP is behind LYON, with a distribution point of each. */
static struct scenario *two_secondaries(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, 0);
    small_location(s, "lyon", HQ, 100);
    small_location(s, "nice", HQ, 100);
    small_location(s, "shop", LYON, 10);
    small_site(s, "CAS", SITE_CENTRAL, -1, HQ);
    small_site(s, "PRI", SITE_PRIMARY, CAS, HQ);
    small_site(s, "SE1", SITE_SECONDARY, PRI, LYON);
    small_site(s, "SE2", SITE_SECONDARY, PRI, NICE);
    for (int32_t i = 0; i < 4; i++)
        scenario_site(s, i)->notification_delay_s = 1;
    small_dp(s, "DP1", SE1, SHOP);
    small_dp(s, "DP2", SE2, -1);
    small_package(s, "PKG", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, 0, 2, 0, 1);
    return s;
}

/* Parts of SE1 and SE2; those of the others are 0. Takes the scenario. */
static void expect(struct scenario *s, bool divided, uint32_t n_parts, uint32_t of_se1, uint32_t of_se2)
{
    struct partition partition;
    partition_init(&partition, s, divided);
    g_assert_cmpuint(partition.n_parts, ==, n_parts);
    g_assert_cmpuint(partition.of_site[CAS], ==, 0);
    g_assert_cmpuint(partition.of_site[PRI], ==, 0);
    g_assert_cmpuint(partition.of_site[SE1], ==, of_se1);
    g_assert_cmpuint(partition.of_site[SE2], ==, of_se2);
    partition_clear(&partition);
    scenario_free(s);
}

static void each_on_its_own(void)
{
    struct scenario *s = two_secondaries();
    struct partition partition;
    partition_init(&partition, s, true);
    /* Copies go from SE1 in lyon down to the shop, over no other access link; what is sent to SE1 goes down to lyon. */
    g_assert_cmpuint(partition.of_down[SHOP], ==, 1);
    g_assert_cmpuint(partition.of_down[LYON], ==, 0);
    g_assert_cmpuint(partition.of_up[LYON], ==, 0);
    g_assert_cmpuint(partition.of_down[NICE], ==, 0);
    partition_clear(&partition);
    scenario_free(s);
    expect(two_secondaries(), true, 3, 1, 2);
    expect(two_secondaries(), false, 1, 0, 0);
}

static void who_sends_is_not(void)
{
    struct scenario *s = two_secondaries();
    scenario_package(s, 0)->source_site = SE2;
    expect(s, true, 2, 1, 0);

    s = two_secondaries(); /* a tier: SE2 has it from SE1 */
    small_route(s, SE1, SE2);
    expect(s, true, 2, 0, 1);

    s = two_secondaries(); /* a route to the parent is for what comes from the site itself: nothing */
    small_route(s, SE1, PRI);
    expect(s, true, 3, 1, 2);
}

static void who_shares_links_is_not(void)
{
    struct scenario *s = two_secondaries();
    scenario_dp(s, 0)->location = NICE; /* up from lyon, down to nice as what is sent to SE2 */
    expect(s, true, 2, 0, 1);

    s = two_secondaries();
    scenario_dp(s, 1)->location = SHOP; /* from SE2 down to lyon, as what is sent to SE1, and to the shop, as DP1's */
    expect(s, true, 1, 0, 0);

    s = two_secondaries();
    small_dp(s, "DP3", PRI, SHOP); /* the primary's copies share the way to the shop */
    expect(s, true, 2, 0, 1);

    s = two_secondaries(); /* a second shop, and a point of SE2 in lyon's first one */
    scenario_site(s, SE2)->location = LYON;
    scenario_dp(s, 1)->location = SHOP;
    expect(s, true, 2, 1, 1); /* together, but apart from the rest */
}

static void who_shares_a_disk_is_not(void)
{
    struct scenario *s = two_secondaries();
    scenario_site(s, SE1)->disk_bytes_per_s = 50; /* what arrives is written where copies are read */
    expect(s, true, 2, 0, 1);
}

static void who_pulls_from_others_is_with_them(void)
{
    struct scenario *s = two_secondaries();
    scenario_site(s, SE2)->location = LYON;
    scenario_dp(s, 1)->location = LYON;
    small_dp(s, "DP3", SE1, SHOP);
    small_sources(s, 2, 1, 1, 1); /* of SE1, from SE2's: lyon down to the shop */
    expect(s, true, 2, 1, 1);

    s = two_secondaries();
    small_dp(s, "DP3", PRI, HQ);
    small_sources(s, 0, 1, 2, 1); /* from the primary's, over the link that leads to lyon */
    expect(s, true, 2, 0, 1);
}

static void whatever_looks_back(void)
{
    struct scenario *s = two_secondaries();
    small_fault(s, SHOP, 10, 10);
    expect(s, true, 1, 0, 0);

    s = two_secondaries();
    small_update(s, 100, 0);
    expect(s, true, 1, 0, 0);

    s = two_secondaries();
    small_remove(s, 100, 0, 1);
    expect(s, true, 1, 0, 0);

    s = two_secondaries(); /* what is preloaded while something is on its way is not known from the start */
    small_preload(s, 0, 0, 1);
    expect(s, true, 1, 0, 0);

    s = two_secondaries();
    small_preload(s, 0, 0, 1);
    struct action_spec *actions = (struct action_spec *)(void *)s->actions->data, distribute = actions[0];
    actions[0] = actions[1]; /* first what is there */
    actions[1] = distribute;
    small_create(s, 100, 0);
    expect(s, true, 3, 1, 2);
}

static void told_at_the_instant(void)
{
    struct scenario *s = two_secondaries();
    scenario_site(s, SE1)->notification_delay_s = 0;
    expect(s, true, 2, 0, 1);

    s = two_secondaries(); /* all the way from the primary to SE1 nothing limits */
    scenario_location(s, LYON)->down_bytes_per_s = INFINITY;
    expect(s, true, 2, 0, 1);

    s = two_secondaries();
    scenario_location(s, LYON)->down_bytes_per_s = INFINITY;
    scenario_site(s, SE1)->interface_bytes_per_s = 1000;
    expect(s, true, 3, 1, 2);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/partition/each-on-its-own", each_on_its_own);
    g_test_add_func("/partition/who-sends-is-not", who_sends_is_not);
    g_test_add_func("/partition/who-shares-links-is-not", who_shares_links_is_not);
    g_test_add_func("/partition/who-shares-a-disk-is-not", who_shares_a_disk_is_not);
    g_test_add_func("/partition/who-pulls-from-others-is-with-them", who_pulls_from_others_is_with_them);
    g_test_add_func("/partition/whatever-looks-back", whatever_looks_back);
    g_test_add_func("/partition/told-at-the-instant", told_at_the_instant);
    return g_test_run();
}
