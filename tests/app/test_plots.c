/* What the pictures show, before gnuplot: their time axis and the lanes of the timelines. */
#include "sim/app/plot/plot_axis.h"
#include "sim/app/plot/plot_lanes.h"
#include "tests/support/small.h"

static void add(GArray *ranges, double from_s, double to_s)
{
    const struct time_range range = {from_s, to_s};

    g_array_append_val(ranges, range);
}

static struct plot_axis *skipping(double from_s, double to_s, GArray *happens)
{
    return plot_axis_new_skipping((struct time_range){from_s, to_s}, happens, 1250);
}

static void test_whole_axis(void)
{
    struct plot_axis *axis = plot_axis_new((struct time_range){100, 200});

    g_assert_cmpuint(axis->pieces->len, ==, 1);
    g_assert_cmpfloat(axis->from_x, ==, 100);
    g_assert_cmpfloat(axis->to_x, ==, 200);
    g_assert_cmpfloat(plot_axis_x(axis, 150), ==, 150);
    plot_axis_free(axis);
}

/* 0 to 1000 s, in which something happens from 0 to 100 (two ranges that touch, told out of order), and from 600 to 700
 * and 710 to 1000, whose gap of 10 s is short. Left out is 100 to 600: 500 of 1000 s. Of the 500 s that are shown,
 * 0.8 % = 4 s are left at both sides of what happens, where the axis has them. The gap takes 25 of 1250 px, 2 % of
 * 500 + 4 x 4 = 516 s, 10.32 s: pieces 0 .. 104, at x = 0, and 596 .. 1000, at x = 114.32, which ends at 518.32. */
static void test_idle_time_is_left_out(void)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));

    add(happens, 710, 1000);
    add(happens, 40, 100);
    add(happens, 0, 40);
    add(happens, 600, 700);
    struct plot_axis *axis = skipping(0, 1000, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 2);
    expect_time(axis->from_x, 0);
    expect_time(axis->to_x, 518.32);
    expect_time(axis->gap_x, 10.32);
    expect_time(plot_axis_x(axis, 50), 50);
    expect_time(plot_axis_x(axis, 104), 104);
    expect_time(plot_axis_x(axis, 300), 104); /* left out */
    expect_time(plot_axis_x(axis, 596), 114.32);
    expect_time(plot_axis_x(axis, 600), 118.32);
    expect_time(plot_axis_x(axis, 1000), 518.32);
    plot_axis_free(axis);
}

/* The axis is from 100 to 1100 s. Something happens from 0 to 150 and from 900 to 2000, of which 50 and 200 s are in
 * it, and from 3000 on, of which nothing is. Of 250 s, 2 s are left at both sides: 100 .. 152 and 898 .. 1100. */
static void test_what_is_beyond_the_axis(void)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));

    add(happens, 3000, 3100);
    add(happens, 0, 50);
    add(happens, 900, 2000);
    add(happens, 0, 150);
    struct plot_axis *axis = skipping(100, 1100, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 2);
    expect_time(axis->from_x, 100);
    expect_time(plot_axis_x(axis, 898) - axis->gap_x, 152);
    expect_time(axis->to_x - axis->from_x - axis->gap_x, 52 + 202);
    plot_axis_free(axis);

    g_array_set_size(happens, 0);
    add(happens, 0, 50);
    add(happens, 3000, 3100);
    axis = skipping(100, 1100, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 1);
    expect_time(axis->to_x, 1100);
    plot_axis_free(axis);
}

/* Of moments nothing is left out. Of half a second at 0 and at 300 s a second on both sides is left: pieces of 2.5 s,
 * with 2 % of these 5 s between them. */
static void test_moments_are_seen(void)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));

    add(happens, 0, 0);
    add(happens, 300, 300);
    struct plot_axis *axis = skipping(-1.5, 301.5, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 1);
    expect_time(axis->to_x - axis->from_x, 303);
    plot_axis_free(axis);

    g_array_set_size(happens, 0);
    add(happens, 0, 0.5);
    add(happens, 300, 300.5);
    axis = skipping(-1.5, 302, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 2);
    expect_time(axis->gap_x, 0.1);
    expect_time(plot_axis_x(axis, 300) - plot_axis_x(axis, 0), 2.6);
    expect_time(axis->to_x - axis->from_x, 5.1);
    plot_axis_free(axis);
}

/* A gap of 200 of 1000 s is long enough, but less than a quarter of the whole; five of 150 s are too short each. */
static void test_little_idle_time_stays(void)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));

    add(happens, 0, 300);
    add(happens, 500, 1000);
    struct plot_axis *axis = skipping(0, 1000, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 1);
    g_assert_cmpfloat(axis->to_x, ==, 1000);
    plot_axis_free(axis);

    g_array_set_size(happens, 0);
    for (int i = 0; i < 6; i++)
        add(happens, 190 * i, 190 * i + 40);
    axis = skipping(0, 1000, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 1);
    plot_axis_free(axis);

    g_array_set_size(happens, 0);
    axis = skipping(0, 1000, happens);
    g_assert_cmpuint(axis->pieces->len, ==, 1);
    plot_axis_free(axis);
}

/* ---- lanes ---- */

struct world {
    struct scenario *scenario;
    struct collector *collector;
    struct sim *sim;
    struct hierarchy *hierarchy;
    struct summary summary;
};

static struct world run(struct scenario *scenario, double until_s)
{
    struct world w = {.scenario = scenario, .collector = collector_new(scenario, COLLECT_ALL), .sim = sim_new(1, 0)};
    uint32_t n_pools, n_links;

    w.hierarchy = hierarchy_new(w.sim, scenario, &w.collector->observer);
    const struct hierarchy_pool *pools = hierarchy_pools(w.hierarchy, &n_pools);
    struct hierarchy_link *const *links = hierarchy_links(w.hierarchy, &n_links);
    collector_attach(w.collector, pools, n_pools, links, n_links, 0);
    sim_run(w.sim, until_s);
    hierarchy_report_open(w.hierarchy);
    collector_end(w.collector, sim_now(w.sim));
    w.summary = (struct summary){.collector = w.collector, .scenario = scenario, .ended_s = sim_now(w.sim)};
    return w;
}

static void world_free(struct world *w)
{
    hierarchy_free(w->hierarchy);
    sim_free(w->sim);
    collector_free(w->collector);
    scenario_free(w->scenario);
}

static const struct lane_group *group_at(const GArray *groups, guint i)
{
    return &g_array_index(groups, struct lane_group, i);
}

static const struct lane_bar *bar_at(const GArray *groups, guint group, guint i)
{
    return &g_array_index(group_at(groups, group)->bars, struct lane_bar, i);
}

/* One sending thread, over a link of 1000 bytes/s: A of 5000 bytes from 0 to 5 s, then B, of high priority but created
 * at 1 s, to 8 s. Both are held back by the link. */
static void test_bars_of_a_sender(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), branch = small_location(s, "branch", hq, 1000);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, branch);
    uint32_t dp = small_dp(s, "DP1", ps1, branch);
    uint32_t a = small_package(s, "A", cs1, PRIORITY_LOW, 5000), b = small_package(s, "B", cs1, PRIORITY_HIGH, 3000);
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    struct time_range range = PLOT_NO_TIME;

    scenario_site(s, cs1)->sender.max_concurrent_all_sites = 1;
    small_distribute(s, 0, a, 1, dp);
    small_distribute(s, 1, b, 1, dp);
    struct world w = run(s, 100);
    GArray *groups = lane_groups_new(w.collector, true, &range, happens);
    g_assert_cmpuint(groups->len, ==, 1);
    g_assert_cmpint(group_at(groups, 0)->kind, ==, LANES_SENDER);
    g_assert_cmpstr(group_at(groups, 0)->site, ==, "CS1");
    g_assert_cmpuint(group_at(groups, 0)->n_lanes, ==, 1);
    g_assert_cmpuint(group_at(groups, 0)->n_transfers, ==, 2);
    g_assert_cmpuint(group_at(groups, 0)->n_destinations, ==, 1);
    expect_time(group_at(groups, 0)->waited_s, 4);
    g_assert_cmpuint(group_at(groups, 0)->bars->len, ==, 2);
    expect_time(bar_at(groups, 0, 0)->to_s, 5);
    expect_time(bar_at(groups, 0, 1)->from_s, 5);
    expect_time(bar_at(groups, 0, 1)->to_s, 8);
    g_assert_cmpint(bar_at(groups, 0, 0)->priority, ==, PRIORITY_LOW);
    g_assert_cmpint(bar_at(groups, 0, 1)->priority, ==, PRIORITY_HIGH);
    for (guint i = 0; i < 2; i++) {
        g_assert_cmpint(bar_at(groups, 0, i)->look, ==, LOOK_DONE);
        g_assert_cmpint(bar_at(groups, 0, i)->brake, ==, BRAKE_LINK);
        g_assert_cmpstr(bar_at(groups, 0, i)->label, ==, "PS1");
    }
    expect_time(range.from_s, 0);
    expect_time(range.to_s, 8);
    lane_groups_free(groups);
    world_free(&w);
}

/* Variants show the same senders: one that did nothing has a group without lanes, one that is not there has none. */
static void test_sender_without_work(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq);
    int32_t ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, hq);
    uint32_t dp = small_dp(s, "DP1", ps1, hq), a = small_package(s, "A", cs1, PRIORITY_LOW, 5000);
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    struct time_range range = PLOT_NO_TIME;

    small_distribute(s, 0, a, 1, dp);
    struct world w = run(s, 100);
    GArray *groups = lane_groups_new(w.collector, true, &range, happens);
    g_assert_cmpuint(groups->len, ==, 1);
    g_assert_cmpuint(lane_group_of(groups, w.collector, "CS1", LANES_SENDER)->n_lanes, ==, 1);
    g_assert_cmpuint(lane_group_of(groups, w.collector, "PS1", LANES_SENDER)->n_lanes, ==, 0);
    g_assert_null(lane_group_of(groups, w.collector, "PS2", LANES_SENDER));
    lane_groups_free(groups);
    world_free(&w);
}

/* L1: a pull distribution point whose source has no content yet is refused once, at 0 s, and waits the retry delay of
 * 20 min; its jobs are a lane of their own, and the site's tries are on threads of the transfer manager. The group of
 * pull distribution points comes first, since it waited longest. */
static void test_pull_jobs_are_lanes(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 1000), branch = small_location(s, "branch", hq, 1000);
    int32_t ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    uint32_t source = small_dp(s, "SOURCE", ps1, branch), pull = small_dp(s, "PULL", ps1, branch);
    uint32_t package = small_package(s, "A", ps1, PRIORITY_MEDIUM, 5000);
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    struct time_range range = PLOT_NO_TIME;

    small_sources(s, pull, 1, source, 1);
    small_distribute(s, 0, package, 2, source, pull);
    struct world w = run(s, 5000);
    GArray *groups = lane_groups_new(w.collector, false, &range, happens);
    g_assert_cmpuint(groups->len, ==, 2);
    const struct lane_group *group = group_at(groups, 0);
    g_assert_cmpint(group->kind, ==, LANES_PULL);
    g_assert_cmpuint(group->n_lanes, ==, 1);
    const struct pull_lane *lane = &g_array_index(group->pulls, struct pull_lane, 0);
    g_assert_cmpstr(lane->dp, ==, "PULL");
    g_assert_cmpuint(lane->n_jobs, ==, 1);
    expect_time(lane->waited_s, 1200);
    g_assert_cmpuint(lane->refusals->len, ==, 1);
    expect_time(g_array_index(lane->refusals, struct lane_refusal, 0).time_s, 0);
    g_assert_false(g_array_index(lane->refusals, struct lane_refusal, 0).no_room);
    /* The copy to the source, the try that found none, and the notification. */
    g_assert_cmpint(group_at(groups, 1)->kind, ==, LANES_TRANSFER_MANAGER);
    g_assert_cmpuint(group_at(groups, 1)->bars->len, ==, 3);
    lane_groups_free(groups);

    g_array_set_size(happens, 0);
    groups = lane_groups_new(w.collector, true, &range, happens);
    g_assert_cmpuint(groups->len, ==, 0);
    lane_groups_free(groups);
    world_free(&w);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/plots/axis/whole", test_whole_axis);
    g_test_add_func("/plots/axis/idle time is left out", test_idle_time_is_left_out);
    g_test_add_func("/plots/axis/what is beyond the axis", test_what_is_beyond_the_axis);
    g_test_add_func("/plots/axis/moments are seen", test_moments_are_seen);
    g_test_add_func("/plots/axis/little idle time stays", test_little_idle_time_stays);
    g_test_add_func("/plots/lanes/S1/bars of a sender", test_bars_of_a_sender);
    g_test_add_func("/plots/lanes/a sender without work", test_sender_without_work);
    g_test_add_func("/plots/lanes/L1/pull jobs", test_pull_jobs_are_lanes);
    return g_test_run();
}
