#include "sim/app/report/collector.h"
#include "tests/support/small.h"

/* A central site, one primary and its distribution point, behind links of 1000 bytes/s. */
static struct scenario *two_sites(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), branch = small_location(s, "branch", hq, 1000);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, branch);

    small_dp(s, "DP1", ps1, branch);
    small_dp(s, "DP2", ps1, branch);
    small_package(s, "CS100001", cs1, PRIORITY_MEDIUM, 5000);
    small_package(s, "CS100002", cs1, PRIORITY_HIGH, 7000);
    return s;
}

static const struct step *find_step(const struct collector *c, enum step_metric metric, uint32_t index, guint n)
{
    for (guint i = 0; i < c->steps->len; i++)
        if (collector_step(c, i)->metric == metric && collector_step(c, i)->index == index && n-- == 0)
            return collector_step(c, i);
    return NULL;
}

static void expect_step(const struct collector *c, enum step_metric metric, uint32_t index, guint n, double time_s,
                        double value)
{
    const struct step *step = find_step(c, metric, index, n);

    g_assert_nonnull(step);
    g_assert_cmpfloat(step->time_s, ==, time_s);
    g_assert_cmpfloat(step->value, ==, value);
}

static void test_changes_of_one_instant_are_one_step(void)
{
    struct scenario *s = two_sites();
    struct collector *c = collector_new(s, COLLECT_ALL);
    const struct observer *o = &c->observer;

    o->pool_changed(o->ctx, 0, 1, 0, 0, 10);
    o->pool_changed(o->ctx, 0, 2, 0, 0, 10);
    o->pool_changed(o->ctx, 0, 2, 3, 0, 20);
    o->pool_changed(o->ctx, 0, 0, 0, 0, 30);
    collector_end(c, 40);
    expect_step(c, STEP_POOL_IN_USE, 0, 0, 10, 2);
    expect_step(c, STEP_POOL_IN_USE, 0, 1, 30, 0);
    g_assert_null(find_step(c, STEP_POOL_IN_USE, 0, 2));
    expect_step(c, STEP_POOL_WAITING, 0, 0, 10, 0);
    expect_step(c, STEP_POOL_WAITING, 0, 1, 20, 3);
    expect_step(c, STEP_POOL_WAITING, 0, 2, 30, 0);
    collector_free(c);
    scenario_free(s);
}

/* A thread that somebody leaves and somebody else takes in the same instant. */
static void test_what_leads_back_is_no_step(void)
{
    struct scenario *s = two_sites();
    struct collector *c = collector_new(s, COLLECT_ALL);
    const struct observer *o = &c->observer;

    o->pool_changed(o->ctx, 0, 3, 0, 0, 10);
    o->pool_changed(o->ctx, 0, 2, 0, 0, 20);
    o->pool_changed(o->ctx, 0, 3, 0, 0, 20);
    o->pool_changed(o->ctx, 0, 2, 0, 0, 30);
    o->pool_changed(o->ctx, 0, 3, 0, 0, 40);
    o->pool_changed(o->ctx, 0, 2, 0, 0, 40);
    collector_end(c, 40);
    expect_step(c, STEP_POOL_IN_USE, 0, 0, 10, 3);
    expect_step(c, STEP_POOL_IN_USE, 0, 1, 30, 2);
    g_assert_null(find_step(c, STEP_POOL_IN_USE, 0, 2));
    expect_step(c, STEP_POOL_WAITING, 0, 0, 10, 0);
    g_assert_null(find_step(c, STEP_POOL_WAITING, 0, 1));
    collector_free(c);
    scenario_free(s);
}

static struct delivery_news news(uint64_t number, double requested_s, double on_dp_s)
{
    return (struct delivery_news){.number = number,
                                  .version = 1,
                                  .state = isnan(on_dp_s) ? DELIVERY_OPEN : DELIVERY_DELIVERED,
                                  .reason = "",
                                  .requested_s = requested_s,
                                  .on_dp_s = on_dp_s,
                                  .site_knows_s = NAN,
                                  .central_knows_s = NAN};
}

static void test_a_delivery_is_one_row_that_keeps_its_causes(void)
{
    struct scenario *s = two_sites();
    struct collector *c = collector_new(s, COLLECT_ALL);
    const struct observer *o = &c->observer;
    double cause_s[N_CAUSES] = {[CAUSE_SENDING] = 3, [CAUSE_COPYING] = 2};
    struct delivery_news told = news(1, 5, NAN);

    o->delivery_changed(o->ctx, &told, 5);
    told = news(1, 5, 10);
    told.cause_s = cause_s;
    o->delivery_changed(o->ctx, &told, 10);
    told.cause_s = NULL;
    told.site_knows_s = 12;
    o->delivery_changed(o->ctx, &told, 12);

    g_assert_cmpuint(c->deliveries->len, ==, 2);
    g_assert_false(collector_delivery(c, 0)->known);
    const struct delivery_row *row = collector_delivery(c, 1);
    g_assert_true(row->known);
    g_assert_cmpint(row->state, ==, DELIVERY_DELIVERED);
    g_assert_cmpfloat(row->on_dp_s, ==, 10);
    g_assert_cmpfloat(row->site_knows_s, ==, 12);
    g_assert_true(isnan(row->central_knows_s));
    g_assert_cmpfloat(row->cause_s[CAUSE_SENDING], ==, 3);
    g_assert_cmpfloat(row->cause_s[CAUSE_COPYING], ==, 2);
    g_assert_cmpfloat(row->cause_s[CAUSE_SNAPSHOT], ==, 0);
    collector_end(c, 12);
    expect_step(c, STEP_DELIVERED, 0, 0, 10, 1);
    g_assert_null(find_step(c, STEP_DELIVERED, 0, 1));
    collector_free(c);
    scenario_free(s);
}

/* 1000 bytes/s until 100 s, then 500: carries 1000 (full) from 10 to 20, 900 from 20 to 40, which is not full, 500
 * (full) from 100 to 110. */
static void test_what_a_link_carried(void)
{
    struct scenario *s = two_sites();
    struct collector *c = collector_new(s, COLLECT_ALL);
    const struct observer *o = &c->observer;

    o->link_changed(o->ctx, 0, 0, 1000, 0);
    o->link_changed(o->ctx, 0, 1000, 1000, 10);
    o->link_changed(o->ctx, 0, 900, 1000, 20);
    o->link_changed(o->ctx, 0, 0, 1000, 40);
    o->link_changed(o->ctx, 0, 500, 500, 100);
    collector_end(c, 110);

    const struct link_stats *stats = &g_array_index(c->link_stats, struct link_stats, 0);
    g_assert_cmpfloat(stats->bytes, ==, 10000 + 18000 + 5000);
    g_assert_cmpfloat(stats->busy_s, ==, 40);
    g_assert_cmpfloat(stats->full_s, ==, 20);
    g_assert_cmpfloat(stats->capacity_bytes, ==, 105000);
    g_assert_cmpfloat(stats->busy_capacity_bytes, ==, 35000);
    g_assert_cmpfloat(stats->max_bytes_per_s, ==, 1000);
    collector_free(c);
    scenario_free(s);
}

static void test_without_rows_there_are_still_statistics(void)
{
    struct scenario *s = two_sites();
    struct collector *c = collector_new(s, 0);
    const struct observer *o = &c->observer;
    const struct status status = {.site = "CS1", .id = STATUS_STORED, .object = ""};
    struct delivery_news told = news(0, 5, 10);

    o->status(o->ctx, &status);
    o->status(o->ctx, &status);
    o->delivery_changed(o->ctx, &told, 10);
    g_assert_null(o->pool_changed); /* pools keep theirs */
    g_assert_cmpuint(collector_count(c, STATUS_STORED), ==, 2);
    g_assert_cmpuint(collector_count(c, STATUS_DISTRIBUTED), ==, 0);
    g_assert_cmpuint(c->events->len + c->deliveries->len + c->steps->len, ==, 0);
    collector_free(c);
    scenario_free(s);
}

struct world {
    struct scenario *scenario;
    struct sim *sim;
    struct collector *collector;
    struct hierarchy *hierarchy;
};

static struct world run(struct scenario *scenario, double until_s)
{
    struct world w = {.scenario = scenario, .sim = sim_new(1, 0), .collector = collector_new(scenario, COLLECT_ALL)};
    uint32_t n_pools, n_links;

    w.hierarchy = hierarchy_new(w.sim, scenario, &w.collector->observer);
    const struct hierarchy_pool *pools = hierarchy_pools(w.hierarchy, &n_pools);
    struct hierarchy_link *const *links = hierarchy_links(w.hierarchy, &n_links);
    collector_attach(w.collector, pools, n_pools, links, n_links, 0);
    sim_run(w.sim, until_s);
    hierarchy_report_open(w.hierarchy);
    collector_end(w.collector, sim_now(w.sim));
    return w;
}

static void world_free(struct world *w)
{
    hierarchy_free(w->hierarchy);
    sim_free(w->sim);
    collector_free(w->collector);
    scenario_free(w->scenario);
}

/* The accounts of a real run: time in states, bytes on links, time of pools. */
static void test_accounts_of_a_run(gconstpointer until)
{
    double until_s = *(const double *)until;
    struct scenario *s = two_sites();
    double moved_bytes = 0, sender_bytes = 0;

    small_distribute(s, 0, 0, 2, 0, 1);
    small_distribute(s, 1, 1, 2, 0, 1);
    struct world w = run(s, until_s);
    const struct collector *c = w.collector;

    g_assert_cmpuint(c->transfers->len, >, 0);
    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        double sum_s = 0;

        g_assert_true(row->ended);
        for (int state = 0; state < N_TRANSFER_STATES; state++)
            sum_s += row->in_state_s[state];
        expect_time(sum_s, (isnan(row->finished_s) ? sim_now(w.sim) : row->finished_s) - row->created_s);
        if (row->kind != TRANSFER_SEND_REQUEST)
            continue; /* nothing holds back what stays in the branch */
        expect_bytes(row->link_bound_bytes + row->window_bytes + row->max_rate_bytes, row->bytes_moved);
        moved_bytes += row->bytes_moved;
    }
    for (guint i = 0; i < c->n_links; i++) {
        const struct link_stats *stats = &g_array_index(c->link_stats, struct link_stats, i);

        expect_bytes(stats->bytes, sim_level_integral(&c->links[i]->link.rate, sim_now(w.sim)));
        if (c->links[i]->kind == LINK_SENDER)
            sender_bytes += stats->bytes;
    }
    expect_bytes(sender_bytes, moved_bytes);
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *row = collector_attempt(c, i);
        g_assert_cmpuint(collector_transfer(c, row->row)->id, ==, row->transfer);
    }
    for (guint i = 1; i < c->steps->len; i++)
        g_assert_cmpfloat(collector_step(c, i)->time_s, >=, collector_step(c, i - 1)->time_s);
    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);
        double sum_s = 0;

        if (row->state != DELIVERY_DELIVERED)
            continue;
        for (int cause = 0; cause < N_CAUSES; cause++)
            sum_s += row->cause_s[cause];
        expect_time(sum_s, row->on_dp_s - row->requested_s);
    }
    world_free(&w);
}

int main(int argc, char **argv)
{
    static const double whole = 1e6, cut_short = 6.5;

    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/collector/changes of one instant are one step", test_changes_of_one_instant_are_one_step);
    g_test_add_func("/collector/what leads back is no step", test_what_leads_back_is_no_step);
    g_test_add_func("/collector/a delivery is one row", test_a_delivery_is_one_row_that_keeps_its_causes);
    g_test_add_func("/collector/what a link carried", test_what_a_link_carried);
    g_test_add_func("/collector/statistics without rows", test_without_rows_there_are_still_statistics);
    g_test_add_data_func("/collector/accounts of a run", &whole, test_accounts_of_a_run);
    g_test_add_data_func("/collector/accounts of a run cut short", &cut_short, test_accounts_of_a_run);
    return g_test_run();
}
