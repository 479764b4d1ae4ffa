#include "sim/app/report/summary.h"

#include <cjson/cJSON.h>
#include <string.h>

#include "sim/app/report/advice.h"
#include "sim/app/report/words.h"
#include "tests/support/small.h"

/* SHA-256 of "{}". */
static const char hash[] = "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* As the library's sort, whatever the number of times: many alike, none, and of all sizes. */
static void test_times_are_sorted(void)
{
    static const size_t sizes[] = {0, 1, 2, 15, 16, 17, 31, 33, 100, 999, 1000, 1001, 4096, 20000};

    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        for (int kind = 0; kind < 3; kind++) {
            size_t n = sizes[i];
            g_autofree double *values = g_new(double, n + 1), *expected = g_new(double, n + 1);

            for (size_t k = 0; k < n; k++)
                values[k] = kind == 0   ? g_test_rand_double_range(0, 1e7)
                            : kind == 1 ? g_test_rand_int_range(0, 5)
                                        : (double)(n - k);
            memcpy(expected, values, n * sizeof *values);
            qsort(expected, n, sizeof *expected, ascending);
            sort_times(values, n);
            g_assert_true(n == 0 || memcmp(values, expected, n * sizeof *values) == 0);
        }
}

static void test_quantiles_by_hand(void)
{
    double values[] = {50, 10, 30, 20, 40}, one[] = {7};
    struct spread spread = spread_of(values, 5);

    g_assert_cmpuint(spread.n, ==, 5);
    g_assert_cmpfloat(spread.mean_s, ==, 30);
    g_assert_cmpfloat(spread.min_s, ==, 10);
    g_assert_cmpfloat(spread.p50_s, ==, 30);
    expect_time(spread.p90_s, 46); /* at 0.9 x 4 = 3.6: 40 + 0.6 x 10 */
    expect_time(spread.p95_s, 48);
    expect_time(spread.p99_s, 49.6);
    g_assert_cmpfloat(spread.max_s, ==, 50);

    spread = spread_of(one, 1);
    g_assert_cmpfloat(spread.p99_s, ==, 7);
    spread = spread_of(NULL, 0);
    g_assert_cmpuint(spread.n, ==, 0);
    g_assert_true(isnan(spread.p50_s));
}

static void expect_duration(double duration_s, const char *expected)
{
    g_autofree char *text = words_duration(duration_s);

    g_assert_cmpstr(text, ==, expected);
}

static void test_durations(void)
{
    expect_duration(0, "0.0 s");
    expect_duration(2.36, "2.4 s");
    expect_duration(9.96, "10 s");
    expect_duration(59.4, "59 s");
    expect_duration(59.6, "1 min");
    expect_duration(125, "2 min 5 s");
    expect_duration(3599.7, "1 h");
    expect_duration(3600 * 19 + 42 * 60, "19 h 42 min");
    expect_duration(3600 * 19 + 59.9 * 60, "20 h");
    expect_duration(86400 * 3 + 3600 * 4, "3 d 4 h");
    expect_duration(-90, "-1 min 30 s");
    expect_duration(NAN, "-");
}

static void expect_finely(double duration_s, double resolution_s, const char *expected)
{
    g_autofree char *text = words_duration_finely(duration_s, resolution_s);

    g_assert_cmpstr(text, ==, expected);
}

/* 20512 s = 5 x 3600 + 41 x 60 + 52; a day more or less is told to the hour until a difference of minutes counts. */
static void test_fine_durations(void)
{
    expect_finely(20512, INFINITY, "5 h 42 min");
    expect_finely(20512, 60, "5 h 42 min");
    expect_finely(20512, 58, "5 h 41 min 52 s");
    expect_finely(-20512, 58, "-5 h 41 min 52 s");
    expect_finely(86400 + 20512, 7200, "1 d 6 h");
    expect_finely(86400 + 20512, 300, "1 d 5 h 42 min");
    expect_finely(86400 + 300, 60, "1 d 5 min");
    expect_finely(45.26, 5, "45 s");
    expect_finely(45.26, 0.3, "45.3 s");
    expect_finely(45.26, 0.05, "45.26 s");
    expect_finely(NAN, 1, "-");
}

/* ---- hand-made deliveries ---- */

static struct scenario *four_dps(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq);
    int32_t ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, hq), ps2 = small_site(s, "PS2", SITE_PRIMARY, cs1, hq);

    s->start_s = 1463394600; /* 2016-05-16T10:30:00, a Monday */
    small_dp(s, "DP1", ps1, -1);
    small_dp(s, "DP2", ps1, -1);
    small_dp(s, "DP3", ps2, -1);
    small_dp(s, "DP4", ps2, -1);
    small_package(s, "CS100001", cs1, PRIORITY_MEDIUM, 5000);
    small_package(s, "CS100002", cs1, PRIORITY_MEDIUM, 5000);
    return s;
}

static void deliver(struct collector *c, uint64_t number, uint32_t package, uint32_t dp, double requested_s,
                    double on_dp_s, double site_knows_s)
{
    double cause_s[N_CAUSES] = {
        [CAUSE_SENDING] = (on_dp_s - requested_s) / 4, [CAUSE_COPYING] = (on_dp_s - requested_s) * 3 / 4};
    const struct delivery_news told = {.number = number,
                                       .package = package,
                                       .version = 1,
                                       .dp = dp,
                                       .site = 1 + dp / 2,
                                       .state = isnan(on_dp_s) ? DELIVERY_OPEN : DELIVERY_DELIVERED,
                                       .reason = "",
                                       .requested_s = requested_s,
                                       .on_dp_s = on_dp_s,
                                       .site_knows_s = site_knows_s,
                                       .central_knows_s = NAN,
                                       .bytes = 5000,
                                       .cause_s = isnan(on_dp_s) ? NULL : cause_s};

    c->observer.delivery_changed(c, &told, isnan(on_dp_s) ? requested_s : on_dp_s);
}

static void ask(struct scenario *s, const char *name, enum objective_metric metric, double share_percent, double by_s,
                int package)
{
    struct objective_spec objective = {
        .name = g_strdup(name), .metric = metric, .share_percent = share_percent, .by_s = by_s};

    if (package >= 0) {
        uint32_t index = (uint32_t)package;
        objective.packages.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(objective.packages.members, index);
    }
    g_array_append_val(s->objectives, objective);
}

/* Package 1: on its four distribution points at 10, 20, 30, 40; package 2: at 100 on one, not yet on another. */
static struct summary *six_deliveries(struct scenario *s, struct collector **c)
{
    *c = collector_new(s, COLLECT_ALL);
    deliver(*c, 0, 0, 0, 0, 10, 15);
    deliver(*c, 1, 0, 1, 0, 20, 25);
    deliver(*c, 2, 0, 2, 0, 30, NAN);
    deliver(*c, 3, 0, 3, 0, 40, NAN);
    deliver(*c, 4, 1, 0, 50, 100, NAN);
    deliver(*c, 5, 1, 2, 50, NAN, NAN);
    collector_end(*c, 1000);
    return summary_new(*c, hash, "0", true);
}

static void expect_objective(const struct summary *summary, guint i, bool met, guint n, guint needed, guint by_deadline,
                             double reached_s, double margin_s)
{
    const struct objective_result *r = &g_array_index(summary->objectives, struct objective_result, i);

    g_assert_cmpint(r->met, ==, met);
    g_assert_cmpuint(r->n, ==, n);
    g_assert_cmpuint(r->n_needed, ==, needed);
    g_assert_cmpuint(r->n_by_deadline, ==, by_deadline);
    expect_time(r->reached_s, reached_s);
    expect_time(r->margin_s, margin_s);
}

static void test_objectives_by_hand(void)
{
    struct scenario *s = four_dps();
    struct collector *c;

    ask(s, "all of package 1", METRIC_ON_DP, 100, 45, 0);
    ask(s, "at the very second", METRIC_ON_DP, 100, 40, 0);
    ask(s, "too early", METRIC_ON_DP, 100, 32, 0);
    ask(s, "half of it", METRIC_ON_DP, 50, 32, 0);
    ask(s, "a hair above half", METRIC_ON_DP, 50.1, 25, 0);
    ask(s, "package 2 is never everywhere", METRIC_ON_DP, 100, 500, 1);
    ask(s, "everything, nearly", METRIC_ON_DP, 83, 200, -1);
    ask(s, "sites know", METRIC_SITE_KNOWS, 50, 30, 0);
    ask(s, "central never knows", METRIC_CENTRAL_KNOWS, 1, 30, 0);
    struct summary *summary = six_deliveries(s, &c);

    expect_objective(summary, 0, true, 4, 4, 4, 40, 5);
    expect_objective(summary, 1, true, 4, 4, 4, 40, 0);
    expect_objective(summary, 2, false, 4, 4, 3, 40, -8);
    expect_objective(summary, 3, true, 4, 2, 3, 20, 12);
    expect_objective(summary, 4, false, 4, 3, 2, 30, -5);
    expect_objective(summary, 5, false, 2, 2, 1, NAN, NAN);
    expect_objective(summary, 6, true, 6, 5, 5, 100, 100);
    expect_objective(summary, 7, true, 4, 2, 2, 25, 5);
    expect_objective(summary, 8, false, 4, 1, 0, NAN, NAN);
    g_assert_cmpuint(summary->n_missed, ==, 4);
    g_assert_cmpfloat(g_array_index(summary->objectives, struct objective_result, 5).share_at_end, ==, 0.5);

    g_autofree char *text = summary_text(summary, "results/small");
    g_assert_nonnull(strstr(text, "Objectives: 5 met, 4 missed"));
    g_assert_nonnull(strstr(text, "MISSED  8.0 s late"));
    g_assert_nonnull(strstr(text, "Results: results/small"));
    summary_free(summary);
    collector_free(c);
    scenario_free(s);
}

static void test_an_objective_about_nothing_is_not_met(void)
{
    struct scenario *s = four_dps();

    ask(s, "nothing", METRIC_ON_DP, 100, 45, -1);
    struct collector *c = collector_new(s, COLLECT_ALL);
    collector_end(c, 100);
    struct summary *summary = summary_new(c, hash, "0", true);
    g_autofree char *text = summary_text(summary, NULL), *json = summary_json(summary);
    expect_objective(summary, 0, false, 0, 1, 0, NAN, NAN);
    g_assert_nonnull(strstr(text, "nothing of what it"));
    g_assert_nonnull(json);
    summary_free(summary);
    collector_free(c);
    scenario_free(s);
}

static void test_sums_by_hand(void)
{
    struct scenario *s = four_dps();
    struct collector *c;
    struct summary *summary = six_deliveries(s, &c);
    const struct tally *all = &summary->all;

    g_assert_cmpuint(all->n, ==, 6);
    g_assert_cmpuint(all->delivered, ==, 5);
    g_assert_cmpuint(all->open, ==, 1);
    g_assert_cmpuint(all->failed, ==, 0);
    g_assert_cmpfloat(all->last_on_dp_s, ==, 100);
    g_assert_cmpfloat(all->total_s, ==, 10 + 20 + 30 + 40 + 50);
    g_assert_cmpfloat(all->time.p50_s, ==, 30);
    expect_time(all->cause_s[CAUSE_SENDING], 150 / 4.0);
    expect_time(all->cause_s[CAUSE_COPYING], 150 * 3 / 4.0);
    g_assert_cmpuint(summary->packages->len, ==, 2);
    g_assert_cmpuint(summary->sites->len, ==, 2);
    g_assert_cmpuint(summary->dps->len, ==, 4);
    const struct tally *ps2 = &g_array_index(summary->sites, struct tally, 1);
    g_assert_cmpstr(ps2->name, ==, "PS2");
    g_assert_cmpuint(ps2->n, ==, 3);
    g_assert_cmpuint(ps2->delivered, ==, 2);
    g_assert_cmpfloat(ps2->last_on_dp_s, ==, 40);
    /* SHA-256 of "{}" */
    g_autofree char *of_text = summary_hash("{}");
    g_assert_cmpstr(of_text, ==, hash);
    g_assert_cmpstr(summary->hash, ==, hash);

    g_autofree char *json = summary_json(summary);
    cJSON *root = cJSON_Parse(json);
    g_assert_nonnull(root);
    const cJSON *totals = cJSON_GetObjectItem(root, "totals");
    g_assert_cmpfloat(cJSON_GetObjectItem(totals, "delivered")->valuedouble, ==, 5);
    g_assert_cmpfloat(cJSON_GetObjectItem(cJSON_GetObjectItem(totals, "delivery_time"), "p50_s")->valuedouble, ==, 30);
    g_assert_true(cJSON_IsTrue(cJSON_GetObjectItem(root, "complete")));
    g_assert_true(cJSON_IsNull(cJSON_GetObjectItem(totals, "last_known_at_central_s")));
    cJSON_Delete(root);
    summary_free(summary);
    collector_free(c);
    scenario_free(s);
}

/* Thirty settings that there was no time to try leave the objectives their lines. */
static void test_objectives_are_cut_last(void)
{
    static const struct objective_spec asked = {.name = "everything", .share_percent = 100, .by_s = 60};
    static const struct objective_result missed = {
        .spec = &asked, .decided = true, .n = 6, .reached_s = NAN, .margin_s = NAN};
    struct scenario *s = four_dps();
    struct collector *c;
    struct summary *summary = six_deliveries(s, &c);
    g_autoptr(GArray) trials = g_array_new(FALSE, FALSE, sizeof(struct trial));
    char setting[] = "sites.*.software_distribution.max_threads_per_package", with[] = "10";
    const struct trial untried = {.setting = setting, .was = with, .with = with};
    const struct advice advice = {.trials = trials, .stopped = true};

    for (int i = 0; i < 30; i++)
        g_array_append_val(trials, untried);
    for (int i = 0; i < 5; i++)
        g_array_append_val(summary->objectives, missed);
    summary->n_missed = 5;
    summary->advice = &advice;
    g_autofree char *text = summary_text(summary, NULL);
    guint n_told = 0;
    for (const char *at = text; (at = strstr(at, "MISSED")); at++)
        n_told++;
    g_assert_cmpuint(n_told, ==, 5);
    g_assert_nonnull(strstr(text, "=10 (0 % of the time) and 22 more"));
    summary_free(summary);
    collector_free(c);
    scenario_free(s);
}

/* ---- paths ---- */

struct world {
    struct scenario *scenario;
    struct sim *sim;
    struct collector *collector;
    struct hierarchy *hierarchy;
    struct summary *summary;
};

/* Ten packages of 1 MB each for two primary sites, behind links of the given capacity. */
static struct scenario *ten_packages(double bytes_per_s, double latency_s)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq);

    for (int i = 0; i < 2; i++) {
        g_autofree char *name = g_strdup_printf("town%d", i), *code = g_strdup_printf("PS%d", i);
        int32_t town = small_location(s, name, hq, bytes_per_s);

        scenario_location(s, town)->latency_s = latency_s;
        small_dp(s, name, small_site(s, code, SITE_PRIMARY, cs1, town), town);
    }
    scenario_site(s, cs1)->software_distribution.max_packages = 50;
    for (uint32_t i = 0; i < 10; i++) {
        g_autofree char *id = g_strdup_printf("CS1%05u", i);
        small_distribute(s, 0, small_package(s, id, cs1, PRIORITY_MEDIUM, 1e6), 2, 0, 1);
    }
    return s;
}

static struct world run(struct scenario *scenario)
{
    struct world w = {.scenario = scenario, .sim = sim_new(1, 0), .collector = collector_new(scenario, COLLECT_ALL)};
    uint32_t n_pools, n_links;

    w.hierarchy = hierarchy_new(w.sim, scenario, &w.collector->observer);
    const struct hierarchy_pool *pools = hierarchy_pools(w.hierarchy, &n_pools);
    struct hierarchy_link *const *links = hierarchy_links(w.hierarchy, &n_links);
    collector_attach(w.collector, pools, n_pools, links, n_links, 0);
    sim_run(w.sim, 1e6);
    hierarchy_report_open(w.hierarchy);
    collector_end(w.collector, sim_now(w.sim));
    w.summary = summary_new(w.collector, hash, "0", true);
    g_assert_cmpuint(w.summary->all.delivered, ==, 20);
    return w;
}

static void world_free(struct world *w)
{
    summary_free(w->summary);
    hierarchy_free(w->hierarchy);
    sim_free(w->sim);
    collector_free(w->collector);
    scenario_free(w->scenario);
}

static const struct path_result *sending_to(const struct world *w, const char *to)
{
    for (guint i = 0; i < w->summary->paths->len; i++) {
        const struct path_result *path = &g_array_index(w->summary->paths, struct path_result, i);

        if (path->kind == TRANSFER_SEND_REQUEST && !strcmp(path->to, to))
            return path;
    }
    g_assert_not_reached();
}

static void expect_path(const struct world *w, const char *to, enum path_time most_time, enum path_pace most_pace,
                        const char *sentence)
{
    const struct path_result *path = sending_to(w, to);
    g_autofree char *said = path_sentence(w->collector, path);
    double time_s = 0, bytes = 0;

    g_assert_cmpstr(said, ==, sentence);
    g_assert_cmpstr(path_time_names[path->most_time], ==, path_time_names[most_time]);
    g_assert_cmpstr(path_pace_names[path->most_pace], ==, path_pace_names[most_pace]);
    g_assert_cmpuint(path->n, ==, 10);
    expect_bytes(path->bytes, 10e6);
    for (int i = 0; i < N_PATH_TIMES; i++)
        time_s += path->time_s[i];
    expect_time(time_s, path->total_s);
    for (int i = 0; i < N_PATH_PACES; i++)
        bytes += path->pace_bytes[i];
    expect_bytes(bytes, 10e6);
}

static const struct link_result *link_named(const struct world *w, const char *name)
{
    for (guint i = 0; i < w->summary->links->len; i++) {
        const struct link_result *link = &g_array_index(w->summary->links, struct link_result, i);
        g_autofree char *its = words_link(w->collector->links[link->index]);

        if (!strcmp(its, name))
            return link;
    }
    g_assert_not_reached();
}

static const struct pool_result *pool_named(const struct world *w, const char *name)
{
    for (guint i = 0; i < w->summary->pools->len; i++)
        if (!strcmp(g_array_index(w->summary->pools, struct pool_result, i).name, name))
            return &g_array_index(w->summary->pools, struct pool_result, i);
    g_assert_not_reached();
}

/* 1000 B/s: 1 MB takes 1000 s, three at a time 3000 s. They end at 3000 (3), 6000 (3), 9000 (3) and 10000, begin at 0
 * (3), 3000 (3), 6000 (3), 9000: 36000 of 64000 s in line. */
static void test_a_full_link_and_few_threads(void)
{
    struct scenario *s = ten_packages(1000, 0);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 6;
    struct world w = run(s);
    expect_path(&w, "PS0", PATH_LINE, PACE_LINK,
                "56 % waiting for max_concurrent_per_site (3); held back by link to town0 100 %");
    expect_path(&w, "PS1", PATH_LINE, PACE_LINK,
                "56 % waiting for max_concurrent_per_site (3); held back by link to town1 100 %");
    /* In use for 10000 s of the run's million, all of it; and 36000 s of waiting for ten, of each site. */
    const struct link_result *link = link_named(&w, "link to town0");
    expect_time(w.summary->ended_s, 1e6);
    expect_time(link->busy_utilisation, 1);
    expect_time(link->utilisation, 0.01);
    expect_time(pool_named(&w, "CS1 sender")->mean_wait_s, 3600);
    world_free(&w);
}

/* Window 1 MB, round trip 2 s: 500 kB/s each, on links of 10 MB/s, 2 s each. They begin at 0 (3), 2 (3), 4 (3), 6: 24
 * of 44 s in line. */
static void test_windows_and_few_threads_per_site(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 20;
    struct world w = run(s);
    expect_path(&w, "PS0", PATH_LINE, PACE_WINDOW,
                "55 % waiting for max_concurrent_per_site (3); held back by window 1 MB / 2 s 100 %");
    const struct path_result *path = &g_array_index(w.summary->paths, struct path_result, 0);
    expect_bytes(path->cap_bytes_per_s, 5e5);
    expect_time(path->round_trip_s, 2);
    world_free(&w);
}

/* Two at a time of 20, in the order in which they were asked for, one to each site: nobody waits for his own line. They
 * begin at 0, 2, ..., 18: 90 of 110 s in line. */
static void test_windows_and_few_threads_for_all_sites(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 2;
    scenario_site(s, 0)->sender.max_concurrent_per_site = 2;
    struct world w = run(s);
    expect_path(&w, "PS1", PATH_THREAD, PACE_WINDOW,
                "82 % waiting for max_concurrent_all_sites (2); held back by window 1 MB / 2 s 100 %");
    world_free(&w);
}

/* 2 s each, all at once. */
static void test_free_threads_and_small_windows(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 20;
    scenario_site(s, 0)->sender.max_concurrent_per_site = 10;
    struct world w = run(s);
    expect_path(&w, "PS1", PATH_MOVING, PACE_WINDOW, "100 % moving; held back by window 1 MB / 2 s 100 %");
    world_free(&w);
}

/* What waits for the same is told together. */
static void test_groups(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 20;
    struct world w = run(s);
    GArray *groups = paths_group(w.summary->paths);
    const struct path_result *group = &g_array_index(groups, struct path_result, 0);
    g_autofree char *said = path_sentence(w.collector, group);

    g_assert_cmpuint(group->n_paths, ==, 2);
    g_assert_cmpuint(group->n, ==, 20);
    g_assert_cmpstr(group->ends, ==, "CS1 to PS0, PS1");
    g_assert_cmpstr(said, ==, "55 % waiting for max_concurrent_per_site (3); held back by window 1 MB / 2 s 100 %");
    expect_time(group->total_s, 88);
    paths_free(groups);
    world_free(&w);
}

static char *ends_of_sendings(guint n_sites)
{
    static const char *const codes[] = {"PS0", "PS1", "PS2", "PS3", "PS4", "PS5", "PS6"};
    g_autoptr(GArray) paths = g_array_new(FALSE, TRUE, sizeof(struct path_result));

    for (guint i = 0; i < n_sites; i++) {
        struct path_result path = {.kind = TRANSFER_SEND_REQUEST, .from = "CS1", .to = codes[i], .n_paths = 1};
        g_array_append_val(paths, path);
    }
    GArray *groups = paths_group(paths);
    g_assert_cmpuint(groups->len, ==, 1);
    char *ends = g_strdup(g_array_index(groups, struct path_result, 0).ends);
    paths_free(groups);
    return ends;
}

/* Links that were down for 5 s of 15 and for 7 s of 30: 12 s of 45. */
static void test_groups_add_up_how_long_links_were_down(void)
{
    const struct path_result down[] = {
        {.kind = TRANSFER_SEND_REQUEST, .from = "CS1", .to = "PS0", .n_paths = 1, .wanted_s = 15, .shut_s = 5},
        {.kind = TRANSFER_SEND_REQUEST, .from = "CS1", .to = "PS1", .n_paths = 1, .wanted_s = 30, .shut_s = 7}};
    g_autoptr(GArray) paths = g_array_new(FALSE, FALSE, sizeof(struct path_result));

    g_array_append_vals(paths, down, 2);
    GArray *groups = paths_group(paths);
    g_assert_cmpuint(groups->len, ==, 1);
    expect_time(g_array_index(groups, struct path_result, 0).shut_s, 12);
    expect_time(g_array_index(groups, struct path_result, 0).wanted_s, 45);
    paths_free(groups);
}

/* As many as there are of a large hierarchy would fill the screen. */
static void test_many_sites_are_counted(void)
{
    g_autofree char *few = ends_of_sendings(6), *many = ends_of_sendings(7);

    g_assert_cmpstr(few, ==, "CS1 to PS0, PS1, PS2, PS3, PS4, PS5");
    g_assert_cmpstr(many, ==, "CS1 to 7 sites");
}

/* Copies of six sites to one location each. */
static void test_many_senders_are_counted(void)
{
    static const char *const codes[] = {"PS0", "PS1", "PS2", "PS3", "PS4", "PS5"};
    g_autoptr(GArray) paths = g_array_new(FALSE, TRUE, sizeof(struct path_result));

    for (guint i = 0; i < 6; i++) {
        struct path_result path = {.kind = TRANSFER_DP_JOB, .from = codes[i], .to = "town", .n_paths = 1};
        g_array_append_val(paths, path);
    }
    GArray *groups = paths_group(paths);
    g_assert_cmpuint(groups->len, ==, 1);
    g_assert_cmpstr(g_array_index(groups, struct path_result, 0).ends, ==,
                    "PS0 to town; PS1 to town; PS2 to town; PS3 to town; and from 2 more");
    paths_free(groups);
}

/* 1 MB at 1 MB/s ten times, and 5 s in which the link is down. Half a megabyte of three of them is there when it fails,
 * and they are tried again when it is back. */
static void test_a_link_that_is_down(void)
{
    struct scenario *s = ten_packages(1e6, 0);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 6;
    scenario_site(s, 0)->sender.retry_delay_s = 5;
    small_fault(s, 1, 1.5, 5);
    struct world w = run(s);
    const struct path_result *path = sending_to(&w, "PS0");
    g_autofree char *text = summary_text(w.summary, NULL);

    g_assert_cmpint(path->shut_link, >=, 0);
    expect_time(path->shut_s, 5);
    expect_time(path->wanted_s, 15);
    g_assert_cmpint(sending_to(&w, "PS1")->shut_link, ==, -1);
    g_assert_nonnull(strstr(text, "link to town0  down for 5.0 s of the 15 s in which CS1 had something for PS0"));
    world_free(&w);
}

/* Where the time of the deliveries was: half of it at each sender's, of those that were asked for. */
static void test_places(void)
{
    struct scenario *s = ten_packages(1e7, 1);

    scenario_site(s, 0)->sender.max_concurrent_all_sites = 20;
    struct world w = run(s);

    expect_time(w.collector->places_total_s, 88);
    g_assert_cmpuint(w.collector->n_placed, ==, 20);
    expect_time(collector_place_s(w.collector, 0, CAUSE_SENDER_WAIT_PER_SITE), 48);
    expect_time(collector_place_s(w.collector, 0, CAUSE_SENDING), 40);
    expect_time(collector_place_s(w.collector, 1, CAUSE_SENDING), 0);
    world_free(&w);
}

/* ---- times ---- */

static void expect_words(const struct scenario *scenario, double ended_s, double on_dp_s, const char *words)
{
    struct collector *c = collector_new(scenario, COLLECT_ALL);

    if (on_dp_s > 0)
        deliver(c, 0, 0, 0, 0, on_dp_s, NAN);
    collector_end(c, ended_s);
    struct summary *summary = summary_new(c, hash, "0", true);
    g_autofree char *text = summary_text(summary, NULL);
    g_test_message("%s", text);
    g_assert_nonnull(strstr(text, words));
    summary_free(summary);
    collector_free(c);
}

/* The start is Monday 16 May 2016, 10:30:00. */
static void test_clocks_and_durations_agree(void)
{
    struct scenario *s = four_dps();

    s->until_s = 1e6;
    expect_words(s, 1000, 99.7, "last one Mon 16 May 10:31:40, after 1 min 40 s");
    expect_words(s, 1e6, 99.7, "last one Mon 16 May 10:31:40, after 1 min 40 s");
    expect_words(s, 1e6, 7259.7, "last one Mon 16 May 12:31, after 2 h 1 min");
    expect_words(s, 1, NAN, "from Mon 16 May 10:30:00 to Mon 16 May 10:30:01");
    expect_words(s, 86400, NAN, "from Mon 16 May 10:30 to Tue 17 May 10:30");
    s->until_s = 365 * 86400.0;
    expect_words(s, s->until_s, NAN, "from Mon 16 May 2016 10:30 to Tue 16 May 2017 10:30");
    scenario_free(s);
}

/* ---- what was not delivered ---- */

static void test_missing(void)
{
    struct scenario *s = four_dps();
    struct collector *c;
    struct summary *summary = six_deliveries(s, &c);
    const struct missing *missing = &g_array_index(summary->missing, struct missing, 0);

    g_assert_cmpuint(summary->missing->len, ==, 1);
    g_assert_cmpuint(missing->n, ==, 1);
    g_assert_cmpstr(missing->site, ==, "PS2");
    g_assert_cmpstr(missing->dp, ==, "DP3");
    g_autofree char *text = summary_text(summary, NULL);
    g_assert_nonnull(strstr(text, "Not delivered\n  1 open      not begun (DP3 1)\n"));
    summary_free(summary);
    collector_free(c);
    scenario_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/summary/times-are-sorted", test_times_are_sorted);
    g_test_add_func("/summary/quantiles by hand", test_quantiles_by_hand);
    g_test_add_func("/summary/durations", test_durations);
    g_test_add_func("/summary/durations finely", test_fine_durations);
    g_test_add_func("/summary/objectives by hand", test_objectives_by_hand);
    g_test_add_func("/summary/an objective about nothing is not met", test_an_objective_about_nothing_is_not_met);
    g_test_add_func("/summary/sums by hand", test_sums_by_hand);
    g_test_add_func("/summary/objectives are cut last", test_objectives_are_cut_last);
    g_test_add_func("/summary/paths/a full link and few threads", test_a_full_link_and_few_threads);
    g_test_add_func("/summary/paths/windows and few threads per site", test_windows_and_few_threads_per_site);
    g_test_add_func("/summary/paths/windows and few threads for all sites", test_windows_and_few_threads_for_all_sites);
    g_test_add_func("/summary/paths/free threads and small windows", test_free_threads_and_small_windows);
    g_test_add_func("/summary/paths/groups", test_groups);
    g_test_add_func("/summary/paths/groups add up how long links were down",
                    test_groups_add_up_how_long_links_were_down);
    g_test_add_func("/summary/paths/many sites are counted", test_many_sites_are_counted);
    g_test_add_func("/summary/paths/many senders are counted", test_many_senders_are_counted);
    g_test_add_func("/summary/paths/a link that is down", test_a_link_that_is_down);
    g_test_add_func("/summary/places", test_places);
    g_test_add_func("/summary/clocks and durations agree", test_clocks_and_durations_agree);
    g_test_add_func("/summary/not delivered", test_missing);
    return g_test_run();
}
