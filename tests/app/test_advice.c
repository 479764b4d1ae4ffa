#include "sim/app/report/advice.h"

#include <string.h>

#include "sim/app/report/objective.h"
#include "tests/support/small.h"

struct world {
    struct scenario *scenario;
    struct simulation *simulation;
};

/* Ten packages of 1 MB each for two primary sites, behind links of the given capacity; as many threads in all as there
 * is work for. */
static struct scenario *ten_packages(double bytes_per_s, double latency_s)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq);

    for (int i = 0; i < 2; i++) {
        g_autofree char *name = g_strdup_printf("town%d", i), *code = g_strdup_printf("PS%d", i);
        int32_t town = small_location(s, name, hq, bytes_per_s);

        scenario_location(s, town)->latency_s = latency_s;
        small_dp(s, name, small_site(s, code, SITE_PRIMARY, cs1, town), town);
    }
    scenario_site(s, cs1)->software_distribution.max_packages = 50;
    scenario_site(s, cs1)->sender.max_concurrent_all_sites = 20;
    for (uint32_t i = 0; i < 10; i++) {
        g_autofree char *id = g_strdup_printf("CS1%05u", i);
        small_distribute(s, 0, small_package(s, id, cs1, PRIORITY_MEDIUM, 1e6), 2, 0, 1);
    }
    s->until_s = 1e6;
    return s;
}

static void ask(struct scenario *s, double by_s)
{
    struct objective_spec objective = {
        .name = g_strdup("all"), .metric = METRIC_ON_DP, .share_percent = 100, .by_s = by_s};
    objective.packages.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    for (uint32_t i = 0; i < s->packages->len; i++)
        g_array_append_val(objective.packages.members, i);
    g_array_append_val(s->objectives, objective);
}

static struct world run(struct scenario *scenario)
{
    struct world w = {scenario, simulation_new(scenario, 0, COLLECT_ALL)};

    g_assert_true(simulation_run(w.simulation, scenario->until_s, NULL, NULL));
    return w;
}

static void world_free(struct world *w)
{
    simulation_free(w->simulation);
    scenario_free(w->scenario);
}

static const struct trial *trial_of(const struct advice *advice, const char *setting)
{
    for (guint i = 0; i < advice->trials->len; i++)
        if (!strcmp(g_array_index(advice->trials, struct trial, i).setting, setting))
            return &g_array_index(advice->trials, struct trial, i);
    return NULL;
}

static void expect_change(const struct advice *advice, const char *setting, const char *was, const char *with,
                          const char *change)
{
    const struct trial *trial = trial_of(advice, setting);
    g_assert_nonnull(trial);
    g_autofree char *said = advice_change(advice, trial);

    g_assert_true(trial->tried);
    g_assert_cmpstr(trial->was, ==, was);
    g_assert_cmpstr(trial->with, ==, with);
    g_assert_cmpstr(said, ==, change);
}

/* Window 1 MB, round trip 2 s: 2 s each on links of 10 MB/s. With three threads per site they end at 2 (3), 4 (3), 6
 * (3) and 8: 4.4 s on the average; with six at 2 (6) and 4 (4): 2.8 s. */
static void test_threads_for_windows(void)
{
    struct world w = run(ten_packages(1e7, 1));
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_time(advice->base.mean_s, 4.4);
    expect_time(advice->base.last_s, 8);
    g_assert_cmpuint(advice->base.delivered, ==, 20);
    g_assert_cmpuint(advice->base.sites->len, ==, 2);
    expect_time(g_array_index(advice->base.sites, struct site_last, 1).last_s, 8);
    g_assert_cmpuint(advice->trials->len, ==, 1); /* they wait for nothing else, and no link holds them back */
    expect_change(advice, "sites.CS1.sender.max_concurrent_per_site", "3", "6",
                  "mean 2.8 s (-36 %); last one after 4.0 s (-50 %); last at PS0 -50 %, PS1 -50 %");
    const struct trial *trial = &g_array_index(advice->trials, struct trial, 0);
    expect_time(trial->waits_s, 48); /* at 2 (3), 4 (3) and 6 of 20 */
    expect_time(trial->waits_share, 48.0 / 88);
    g_assert_cmpint(advice_compare(advice, trial), <, 0);
    g_assert_cmpuint(scenario_site(w.scenario, 0)->sender.max_concurrent_per_site, ==, 3); /* as it was */
    advice_free(advice);
    world_free(&w);
}

/* 1 MB at 1 kbit/s is 8000 s, three at a time 24000. Ten packages end at 24000 (3), 48000 (3), 72000 (3) and 80000,
 * 51200 on the average; six at a time at 48000 (6) and 80000 (4), 60800. With one of the links twice as fast its ten
 * have 25600, and with both, which are alike and tried together too, all have. */
static void test_a_full_link_needs_no_threads(void)
{
    struct world w = run(ten_packages(125, 0));
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_time(advice->base.mean_s, 51200);
    expect_change(advice, "sites.CS1.sender.max_concurrent_per_site", "3", "6", "mean 16 h 53 min (+19 %)");
    expect_change(advice, "locations.town0.down", "1kbit/s", "2kbit/s", "mean 10 h 40 min (-25 %); last at PS0 -50 %");
    g_assert_cmpint(advice_compare(advice, trial_of(advice, "sites.CS1.sender.max_concurrent_per_site")), >, 0);
    expect_change(advice, "locations.town*.down", "1kbit/s", "2kbit/s",
                  "mean 7 h 7 min (-50 %); last one after 11 h 7 min (-50 %); last at PS0 -50 %, PS1 -50 %");
    g_assert_cmpfloat(scenario_location(w.scenario, 1)->down_bytes_per_s, ==, 125); /* as they were */
    g_assert_cmpfloat(scenario_location(w.scenario, 2)->down_bytes_per_s, ==, 125);
    /* The best first. */
    g_assert_cmpstr(g_array_index(advice->trials, struct trial, 0).setting, ==, "locations.town*.down");
    g_assert_cmpstr(g_array_index(advice->trials, struct trial, 1).setting, ==, "locations.town0.down");
    g_assert_cmpstr(g_array_index(advice->trials, struct trial, advice->trials->len - 1).setting, ==,
                    "sites.CS1.sender.max_concurrent_per_site");
    advice_free(advice);
    world_free(&w);
}

/* A third town of the same name is not like the others: no setting means these two and not it. */
static void test_links_together_are_those_that_are_alike(void)
{
    struct scenario *s = ten_packages(125, 0);

    small_location(s, "town2", 0, 1e6);
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    g_assert_nonnull(trial_of(advice, "locations.town0.down"));
    for (guint i = 0; i < advice->trials->len; i++)
        g_assert_null(strstr(g_array_index(advice->trials, struct trial, i).setting, "town*"));
    advice_free(advice);
    world_free(&w);
}

/* 1250 bytes for two distribution points of one site, each on its own host; what moves one copy or the other is for the
 * test to say. */
static struct scenario *two_copies(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);

    small_dp(s, "DP0", ps1, hq);
    small_dp(s, "DP1", ps1, hq);
    small_distribute(s, 0, small_package(s, "PS100001", ps1, PRIORITY_MEDIUM, 1250), 2, 0, 1);
    s->until_s = 1e6;
    return s;
}

/* The site server has 125 bytes/s for both copies: 2500 bytes are 20 s, and 10 s with twice as much. */
static void test_interface_of_a_site(void)
{
    struct scenario *s = two_copies();

    scenario_site(s, 0)->interface_bytes_per_s = 125;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_time(advice->base.mean_s, 20);
    expect_change(advice, "sites.PS1.interface", "1kbit/s", "2kbit/s",
                  "mean 10 s (-50 %); last one after 10 s (-50 %)");
    g_assert_cmpfloat(scenario_site(w.scenario, 0)->interface_bytes_per_s, ==, 125); /* as it was */
    advice_free(advice);
    world_free(&w);
}

/* The distribution points have 125 bytes/s each: 10 s each, and 5 s with twice as much. They are alike. */
static void test_interfaces_of_distribution_points(void)
{
    struct scenario *s = two_copies();

    for (uint32_t dp = 0; dp < 2; dp++)
        scenario_dp(s, dp)->interface_bytes_per_s = 125;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_change(advice, "distribution_points.DP0.interface", "1kbit/s", "2kbit/s", "mean 7.5 s (-25 %)");
    expect_change(advice, "distribution_points.DP*.interface", "1kbit/s", "2kbit/s",
                  "mean 5.0 s (-50 %); last one after 5.0 s (-50 %)");
    advice_free(advice);
    world_free(&w);
}

/* One has a disk of 125 bytes/s and takes 10 s, the other none that limits it. */
static void test_disk_of_a_distribution_point(void)
{
    struct scenario *s = two_copies();

    scenario_dp(s, 1)->disk_bytes_per_s = 125;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_change(advice, "distribution_points.DP1.disk_rate", "1kbit/s", "2kbit/s",
                  "mean 2.5 s (-50 %); last one after 5.0 s (-50 %)");
    advice_free(advice);
    world_free(&w);
}

/* A route to PS1 of 125 kB/s, on links without a limit: its ten packages have 80 s, those for PS0 none. */
static void test_bandwidth_of_a_route(void)
{
    struct scenario *s = ten_packages(INFINITY, 0);

    small_route(s, 0, 2)->bandwidth_bytes_per_s = 125e3;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);
    const struct trial *trial = trial_of(advice, "routes.0.bandwidth");

    g_assert_nonnull(trial);
    expect_time(advice->base.last_s, 80);
    expect_time(trial->outcome.last_s, 40);
    g_assert_cmpstr(trial->with, ==, "2Mbit/s");
    advice_free(advice);
    world_free(&w);
}

/* Of 8 s with three threads, 4 s with six. */
static void test_objectives_count_more_than_times(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    ask(s, 5);
    ask(s, 1);
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    g_assert_cmpuint(advice->base.n_met, ==, 0);
    expect_change(advice, "sites.CS1.sender.max_concurrent_per_site", "3", "6",
                  "all: met, 1.0 s to spare; all: missed, 3.0 s late instead of 7.0 s; mean 2.8 s (-36 %); "
                  "last one after 4.0 s (-50 %); last at PS0 -50 %, PS1 -50 %");
    advice_free(advice);
    world_free(&w);
}

/* After 5 s three threads have delivered six packages to each site, six all ten. */
static void test_content_that_arrives_counts_most(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    s->until_s = 5;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);
    const struct trial *trial = trial_of(advice, "sites.CS1.sender.max_concurrent_per_site");

    g_assert_cmpuint(advice->base.delivered, ==, 12);
    expect_time(advice->base.mean_s, (3 * 2 + 3 * 4 + 4 * 5) / 10.0);
    g_assert_true(isnan(g_array_index(advice->base.sites, struct site_last, 0).last_s));
    g_assert_nonnull(trial);
    g_assert_cmpuint(trial->outcome.delivered, ==, 20);
    g_autofree char *said = advice_change(advice, trial);
    g_assert_cmpstr(said, ==, "20 delivered instead of 12"); /* the mean is 1 s less: not worth a word */
    g_assert_cmpint(advice_compare(advice, trial), <, 0);
    advice_free(advice);
    world_free(&w);
}

/* Both sites wait for their despoolers: one thread each, 1 MB at 1 MB/s, ten packages at 0. What both wait for is tried
 * at both. They end at 1, 2, ..., 10, 5.5 on the average; with two threads at 1, 1, 2, 2, ..., 5: 3. */
static void test_all_sites_at_once(void)
{
    struct scenario *s = ten_packages(INFINITY, 0);

    scenario_site(s, 0)->sender.max_concurrent_per_site = 10;
    for (int32_t site = 0; site < 3; site++) {
        scenario_site(s, site)->despooler.threads = 1;
        scenario_site(s, site)->despooler.despool_rate_bytes_per_s = 1e6;
    }
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    expect_time(advice->base.mean_s, 5.5);
    expect_change(advice, "sites.*.despooler.threads", "1", "2",
                  "mean 3.0 s (-45 %); last one after 5.0 s (-50 %); last at PS0 -50 %, PS1 -50 %");
    expect_change(advice, "sites.PS1.despooler.threads", "1", "2", "mean 4.2 s (-23 %); last at PS1 -50 %");
    g_assert_cmpstr(g_array_index(advice->trials, struct trial, 0).setting, ==, "sites.*.despooler.threads");
    for (int32_t site = 0; site < 3; site++)
        g_assert_cmpuint(scenario_site(s, site)->despooler.threads, ==, 1);

    advice_free(advice);
    world_free(&w);
    /* Where it is not the same at all sites there is no one value to try. */
    s = ten_packages(INFINITY, 0);
    scenario_site(s, 0)->sender.max_concurrent_per_site = 10;
    for (int32_t site = 1; site < 3; site++) {
        scenario_site(s, site)->despooler.threads = (uint32_t)site;
        scenario_site(s, site)->despooler.despool_rate_bytes_per_s = 1e6;
    }
    w = run(s);
    advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);
    g_assert_null(trial_of(advice, "sites.*.despooler.threads"));
    g_assert_nonnull(trial_of(advice, "sites.PS0.despooler.threads"));
    advice_free(advice);
    world_free(&w);
}

static void test_a_large_run_is_not_tried(void)
{
    struct world w = run(ten_packages(1e7, 1));
    w.simulation->sim->n_fired = 3000000;
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);
    const struct trial *trial = &g_array_index(advice->trials, struct trial, 0);

    g_assert_cmpuint(advice->n_tried, ==, 0);
    g_assert_cmpuint(advice->trials->len, ==, 1);
    g_assert_false(trial->tried);
    g_assert_null(advice_change(advice, trial));
    g_assert_cmpstr(trial->setting, ==, "sites.CS1.sender.max_concurrent_per_site");
    advice_free(advice);
    world_free(&w);
}

static void test_it_stops_when_asked(void)
{
    struct world w = run(ten_packages(1e7, 1));
    volatile sig_atomic_t stop = 1;
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, &stop);

    g_assert_true(advice->stopped);
    g_assert_cmpuint(advice->n_tried, ==, 0);
    g_assert_cmpuint(scenario_site(w.scenario, 0)->sender.max_concurrent_per_site, ==, 3);
    advice_free(advice);
    world_free(&w);
}

static void test_nothing_asked_nothing_tried(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    for (guint i = 0; i < s->actions->len; i++)
        g_array_index(s->actions, struct action_spec, i).at_s = 2 * s->until_s;
    struct world w = run(s);
    struct advice *advice = advice_new(w.simulation, w.scenario, ADVICE_TRIALS, NULL);

    g_assert_cmpuint(advice->trials->len, ==, 0);
    advice_free(advice);
    world_free(&w);
}

static GArray *last_at(double ps1_s, double ps2_s, double ps3_s)
{
    GArray *sites = g_array_new(FALSE, FALSE, sizeof(struct site_last));
    const struct site_last last[] = {{"PS1", ps1_s}, {"PS2", ps2_s}, {"PS3", ps3_s}};

    g_array_append_vals(sites, last, 3);
    return sites;
}

/* 6 minutes of a day are 0.4 %: "-100 %" would say that it comes at once. Twelve times as long is no percentage either.
 */
static void test_wide_changes_are_told_as_times(void)
{
    g_autoptr(GArray) was = last_at(86400, 100, 10);
    g_autoptr(GArray) is = last_at(360, 50, 120);
    g_autoptr(GArray) none = g_array_new(FALSE, FALSE, sizeof(struct objective_result));
    const struct advice advice = {.base = {.mean_s = 7200, .last_s = 100, .sites = was, .objectives = none}};
    const struct trial trial = {.tried = true,
                                .outcome = {.mean_s = 60, .last_s = 50, .sites = is, .objectives = none}};
    g_autofree char *said = advice_change(&advice, &trial);

    g_assert_cmpstr(said, ==,
                    "mean 1 min instead of 2 h; last one after 50 s (-50 %); last at PS3 2 min instead of 10 s, "
                    "PS1 6 min instead of 1 d, PS2 -50 %");
}

static struct objective_result missed_by(double late_s)
{
    return (struct objective_result){.margin_s = -late_s};
}

/* What a change is: better (-1), worse (1), or neither. */
static int judged(const double was_late_s[2], const double is_late_s[2], double is_mean_s, GArray *was_sites,
                  GArray *is_sites)
{
    g_autoptr(GArray) was = g_array_new(FALSE, FALSE, sizeof(struct objective_result));
    g_autoptr(GArray) is = g_array_new(FALSE, FALSE, sizeof(struct objective_result));

    for (int i = 0; i < 2; i++) {
        const struct objective_result before = missed_by(was_late_s[i]), after = missed_by(is_late_s[i]);
        g_array_append_val(was, before);
        g_array_append_val(is, after);
    }
    const struct advice advice = {.base = {.mean_s = 1000, .last_s = 1000, .sites = was_sites, .objectives = was}};
    const struct trial trial = {.tried = true,
                                .outcome = {.mean_s = is_mean_s, .last_s = 1000, .sites = is_sites, .objectives = is}};
    int order = advice_compare(&advice, &trial);

    g_array_unref(was_sites);
    g_array_unref(is_sites);
    return order < 0 ? -1 : order > 0;
}

/* Objectives before times, of which those of single sites count last. */
static void test_what_is_later_is_worse(void)
{
    const double late[2] = {2500, 100}, later[2] = {2800, 100}, sooner[2] = {2200, 100}, mixed[2] = {2800, 50},
                 never[2] = {NAN, 100};

    g_assert_cmpint(judged(late, late, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, 0);
    g_assert_cmpint(judged(late, later, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, 1);
    g_assert_cmpint(judged(late, sooner, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, -1);
    g_assert_cmpint(judged(late, never, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, 1);
    g_assert_cmpint(judged(never, late, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, -1);
    g_assert_cmpint(judged(late, later, 900, last_at(9, 9, 100), last_at(9, 9, 100)), ==, 1);
    g_assert_cmpint(judged(late, mixed, 1000, last_at(9, 9, 100), last_at(9, 9, 100)), ==, 0);
    g_assert_cmpint(judged(late, mixed, 900, last_at(9, 9, 100), last_at(9, 9, 100)), ==, -1);
    g_assert_cmpint(judged(late, late, 1000, last_at(50, 50, 100), last_at(50, 80, 100)), ==, 1);
    g_assert_cmpint(judged(late, late, 1000, last_at(50, 50, 100), last_at(20, 80, 100)), ==, 0);
    g_assert_cmpint(judged(late, late, 900, last_at(50, 50, 100), last_at(50, 80, 100)), ==, -1);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/advice/threads for windows", test_threads_for_windows);
    g_test_add_func("/advice/a full link needs no threads", test_a_full_link_needs_no_threads);
    g_test_add_func("/advice/links-together", test_links_together_are_those_that_are_alike);
    g_test_add_func("/advice/interface of a site", test_interface_of_a_site);
    g_test_add_func("/advice/interfaces of distribution points", test_interfaces_of_distribution_points);
    g_test_add_func("/advice/disk of a distribution point", test_disk_of_a_distribution_point);
    g_test_add_func("/advice/bandwidth of a route", test_bandwidth_of_a_route);
    g_test_add_func("/advice/what is later is worse", test_what_is_later_is_worse);
    g_test_add_func("/advice/objectives count more than times", test_objectives_count_more_than_times);
    g_test_add_func("/advice/content that arrives counts most", test_content_that_arrives_counts_most);
    g_test_add_func("/advice/all sites at once", test_all_sites_at_once);
    g_test_add_func("/advice/a large run is not tried", test_a_large_run_is_not_tried);
    g_test_add_func("/advice/it stops when asked", test_it_stops_when_asked);
    g_test_add_func("/advice/wide changes are told as times", test_wide_changes_are_told_as_times);
    g_test_add_func("/advice/nothing asked, nothing tried", test_nothing_asked_nothing_tried);
    return g_test_run();
}
