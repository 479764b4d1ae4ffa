/* Outages of locations, sites and distribution points, at fixed times and at random (N1, N3, S5, X3). Links are of 100
 * bytes/s, so that numbers stay small; what is not said takes no time. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "tests/support/small.h"

static struct fault_spec *add_fault(struct scenario *s, struct fault_spec fault)
{
    g_array_append_val(s->faults, fault);
    return &g_array_index(s->faults, struct fault_spec, s->faults->len - 1);
}

static struct fault_spec site_fault(int32_t site, double from_s, double for_s)
{
    return (struct fault_spec){
        .location = -1, .site = site, .dp = -1, .from_s = from_s, .for_s = for_s, .mean_time_between_s = NAN};
}

static struct fault_spec dp_fault(uint32_t dp, double from_s, double for_s)
{
    return (struct fault_spec){
        .location = -1, .site = -1, .dp = (int32_t)dp, .from_s = from_s, .for_s = for_s, .mean_time_between_s = NAN};
}

/* 1000 bytes to PS1, which is down from 2 s to 102 s: 200 bytes have arrived. Tried again at 62 s, nobody there for the
 * 30 s of connect_timeout; again at 92 + 60 = 152 s, and the other 800 bytes take 8 s. */
static void test_site_receives_nothing(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), lyon = small_location(s, "lyon", hq, 100);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, lyon);
    scenario_site(s, cs1)->sender.connect_timeout_s = 30;
    uint32_t dp = small_dp(s, "DP1", ps1, lyon), package = small_package(s, "P1", cs1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, dp);
    add_fault(s, site_fault(ps1, 2, 100));
    s->until_s = 1000;
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, dp, 160, 160, 160);
    expect_bytes(record_transfer(run->record, package, "PS1")->bytes_resent, 0);
    small_run_free(run);
}

/* C2, D5: PS1 is cut off at 2 s, and the request has failed for good. But the content has been carried there, and
 * preloaded at 1 s: DP1, which waits for it, gets it after the 5 s of its distribution point thread. */
static void test_preloaded_before_the_request_fails(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), lyon = small_location(s, "lyon", hq, 100);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, lyon);
    scenario_site(s, cs1)->sender.retries = 0;
    scenario_site(s, cs1)->scheduler.reschedule_for_s = 0;
    scenario_site(s, ps1)->distribution_manager.dp_thread_time_s = 5;
    uint32_t dp = small_dp(s, "DP1", ps1, lyon), other = small_dp(s, "DP2", ps1, lyon);
    uint32_t package = small_package(s, "P1", cs1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, dp);
    small_preload(s, 1, package, other);
    small_fault(s, lyon, 2, 10000);
    s->until_s = 1000;
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpint(record_transfer(run->record, package, "PS1")->state, ==, TRANSFER_FAILED);
    const struct told_delivery *delivery = record_delivery(run->record, package, dp);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_DELIVERED);
    expect_time(delivery->last.on_dp_s, 6);
    small_run_free(run);
}

/* Ten files of 100 bytes; the distribution point is gone from 2.5 s to 12.5 s. Two files are kept, the half of the
 * third is lost; 30 min later the other eight take 8 s. */
static void test_dp_is_not_reached(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), lyon = small_location(s, "lyon", hq, 100);
    int32_t ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    uint32_t dp = small_dp(s, "DP1", ps1, lyon), other = small_dp(s, "DP2", ps1, hq);
    uint32_t package = small_empty_package(s, "P1", ps1, PRIORITY_MEDIUM);
    small_files(s, package, "files", 10, 100);
    small_distribute(s, 0, package, 2, dp, other);
    add_fault(s, dp_fault(dp, 2.5, 10));
    s->until_s = 10000;
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, dp, 1810.5, 1810.5, 1810.5);
    small_run_expect_delivered(run, package, other, 0, 0, 0);
    expect_bytes(record_transfer(run->record, package, "DP1")->bytes_resent, 50);
    small_run_free(run);
}

/* A snapshot of 1000 bytes at 100 bytes/s; the site is down from 4 s to 24 s, when 400 are done: the other 600 are done
 * at 30 s. */
static void test_work_on_disk_stands_still(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    scenario_site(s, ps1)->distribution_manager.snapshot_rate_bytes_per_s = 100;
    uint32_t dp = small_dp(s, "DP1", ps1, hq), package = small_package(s, "P1", ps1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, dp);
    add_fault(s, site_fault(ps1, 4, 20));
    s->until_s = 1000;
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, dp, 30, 30, 30);
    small_run_expect_causes(run, package, dp, "snapshot", 30.0, NULL);
    small_run_free(run);
}

/* One distribution point thread of 9 s at a time, the site down from 5 s to 50 s. The first has begun and ends at 9 s,
 * but its copy starts when the site is back; the second begins then, and ends at 59 s. An action of 20 s for another
 * package finds no package thread before 50 s either: its job is there at 50 + 9 = 59 s. */
static void test_site_begins_nothing(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    scenario_site(s, ps1)->distribution_manager.dp_thread_time_s = 9;
    scenario_site(s, ps1)->software_distribution.max_threads_per_package = 1;
    uint32_t dp = small_dp(s, "DP1", ps1, hq), other = small_dp(s, "DP2", ps1, hq);
    uint32_t package = small_package(s, "P1", ps1, PRIORITY_MEDIUM, 1000);
    uint32_t late = small_package(s, "P2", ps1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, dp, other);
    small_distribute(s, 20, late, 1, dp);
    add_fault(s, site_fault(ps1, 5, 45));
    s->until_s = 1000;
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, dp, 50, 50, 50);
    small_run_expect_delivered(run, package, other, 59, 59, 59);
    small_run_expect_delivered(run, late, dp, 59, 59, 59);
    small_run_free(run);
}

/* Down from 2 s to 12 s and from 8 s to 20 s: one outage of 18 s to whoever needs it. A sending of 1000 bytes loses the
 * connection at 2 s, is tried again at 62 s and ends 8 s later. */
static void test_faults_overlap(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), lyon = small_location(s, "lyon", hq, 100);
    int32_t cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq), ps1 = small_site(s, "PS1", SITE_PRIMARY, cs1, lyon);
    uint32_t dp = small_dp(s, "DP1", ps1, lyon), package = small_package(s, "P1", cs1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, dp);
    add_fault(s, site_fault(ps1, 2, 10));
    add_fault(s, site_fault(ps1, 8, 12));
    s->until_s = 1000;
    struct small_run *run = small_run_new(s, false);
    const struct sim_link *link = &small_run_link(run, "PS1 interface in")->link;
    sim_run(run->sim, 1);
    g_assert_true(link->up);
    sim_run(run->sim, 13);
    g_assert_false(link->up);
    sim_run(run->sim, 21);
    g_assert_true(link->up);
    sim_run(run->sim, 1000);
    hierarchy_report_open(run->hierarchy);
    small_run_expect_delivered(run, package, dp, 70, 70, 70);
    small_run_free(run);
}

/* When the link goes down, in turn. */
static void outages(struct small_run *run, const char *name, double until_s, GArray *downs, double *down_s)
{
    const struct sim_link *link = &small_run_link(run, name)->link;
    bool was_up = true;
    *down_s = 0;
    for (double t_s = 10; t_s <= until_s; t_s += 10) {
        sim_run(run->sim, t_s);
        if (was_up && !link->up)
            g_array_append_val(downs, t_s);
        *down_s += link->up ? 0 : 10;
        was_up = link->up;
    }
}

static struct small_run *with_random_faults(bool more)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), lyon = small_location(s, "lyon", hq, 100);
    int32_t nice = more ? small_location(s, "nice", hq, 100) : -1;
    int32_t ps1 = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    small_dp(s, "DP1", ps1, lyon);
    small_create(s, 0, small_package(s, "P1", ps1, PRIORITY_MEDIUM, 1));
    s->until_s = 1e6;
    if (more)
        add_fault(s,
                  (struct fault_spec){
                      .location = nice, .site = -1, .dp = -1, .from_s = NAN, .for_s = 100, .mean_time_between_s = 700});
    add_fault(s, (struct fault_spec){
                     .location = lyon, .site = -1, .dp = -1, .from_s = NAN, .for_s = 100, .mean_time_between_s = 1000});
    return small_run_new(s, false);
}

/* Up for 1000 s in the mean, exponentially, then down for 100 s: in 1,000,000 s 1e6 / 1100 = 909 outages, of a renewal
 * process with variance 1e6 x 1000^2 / 1100^3 = 751, deviation 27. The link is down for 100 s of each 1100 s: 90,909 s.
 */
static void test_random(void)
{
    g_autoptr(GArray) downs = g_array_new(FALSE, FALSE, sizeof(double)),
                      again = g_array_new(FALSE, FALSE, sizeof(double));
    struct small_run *run = with_random_faults(false), *other = with_random_faults(true);
    double down_s, other_s;
    outages(run, "lyon up", 1e6, downs, &down_s);
    g_assert_cmpfloat(fabs(downs->len - 909.0), <, 4 * 27);
    g_assert_cmpfloat(fabs(down_s - 90909), <, 4 * 2700);
    /* another random fault changes nothing of it */
    outages(other, "lyon up", 1e6, again, &other_s);
    g_assert_cmpuint(again->len, ==, downs->len);
    g_assert_true(memcmp(again->data, downs->data, downs->len * sizeof(double)) == 0);
    hierarchy_report_open(run->hierarchy);
    hierarchy_report_open(other->hierarchy);
    small_run_free(run);
    small_run_free(other);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/faults/S5/a site that is down receives nothing", test_site_receives_nothing);
    g_test_add_func("/faults/D5/what has been preloaded does not fail with its request",
                    test_preloaded_before_the_request_fails);
    g_test_add_func("/faults/X3/a distribution point that is down is tried again", test_dp_is_not_reached);
    g_test_add_func("/faults/N4/work on the disk of a site that is down stands still", test_work_on_disk_stands_still);
    g_test_add_func("/faults/D3/a site that is down begins nothing", test_site_begins_nothing);
    g_test_add_func("/faults/N3/down while any fault holds it", test_faults_overlap);
    g_test_add_func("/faults/N1/at random", test_random);
    return g_test_run();
}
