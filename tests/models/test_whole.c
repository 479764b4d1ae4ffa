/* Rules in whole hierarchies that other files drive alone: threads, limits and schedules of sites, instruction files,
 * shared file sets, status. */
#include <glib.h>

#include "tests/support/small.h"

#define HOUR 3600.0
#define DAY 86400.0

/*   hq (CAS) --100-- lyon (P1)
 *      \------100--- oslo (P2)
 *
 * A distribution point beside each server, all reached at once. The run starts on a Thursday at 00:00. */
enum { HQ, LYON, OSLO };
enum { CAS, P1, P2 };
enum { AT_P1, AT_P2 };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    s->start_s = 0;
    s->until_s = 10 * DAY;
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "lyon", HQ, 100);
    small_location(s, "oslo", HQ, 100);
    small_site(s, "CAS", SITE_CENTRAL, -1, HQ);
    small_site(s, "P1", SITE_PRIMARY, CAS, LYON);
    small_site(s, "P2", SITE_PRIMARY, CAS, OSLO);
    small_dp(s, "P1DP", P1, -1);
    small_dp(s, "P2DP", P2, -1);
    return s;
}

static void expect_there(const struct small_run *run, uint32_t package, uint32_t dp, double on_dp_s)
{
    expect_time(record_delivery(run->record, package, dp)->last.on_dp_s, on_dp_s);
}

/* Three threads to a site, five in all. Six packages of 300 to P1 at 0, three at a time: 9 s a wave. A high one at 4
 * does not break off what is being sent, and is in the second wave, where two of the others are; the last one is alone,
 * 3 s. P2's package at 4 finds a free thread: 3 s. */
static void waves_of_sending_threads(void)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f"};
    static const double there_s[] = {9, 9, 9, 18, 18, 21};
    struct scenario *s = company();
    uint32_t packages[6];
    for (guint i = 0; i < 6; i++) {
        packages[i] = small_package(s, names[i], CAS, PRIORITY_MEDIUM, 300);
        small_distribute(s, 0, packages[i], 1, AT_P1);
    }
    uint32_t high = small_package(s, "high", CAS, PRIORITY_HIGH, 300);
    uint32_t other = small_package(s, "other", CAS, PRIORITY_LOW, 300);
    small_distribute(s, 4, high, 1, AT_P1);
    small_distribute(s, 4, other, 1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    for (guint i = 0; i < 6; i++)
        expect_there(run, packages[i], AT_P1, there_s[i]);
    expect_there(run, high, AT_P1, 18);
    expect_there(run, other, AT_P2, 7);
    small_run_expect_causes(run, high, AT_P1, "sender_wait_per_site", 5.0, "sending", 9.0, NULL);
    small_run_expect_causes(run, packages[5], AT_P1, "sender_wait_per_site", 18.0, "sending", 3.0, NULL);
    small_run_free(run);
}

/* A quarter of 100 from 08:00 to 18:00. From 17:00 on 25 x 3600 bytes move until 18:00; the other 180,000 of 270,000
 * take 1800 s. The second package, one at a time, goes on at full speed until 08:00 of the next day: 13.5 h, 4,860,000
 * bytes; 10 h at a quarter are 900,000, and 240,000 are left for 18:00: 2400 s. */
static void rate_limit_over_two_days(void)
{
    struct scenario *s = company();
    const struct rate_limit_hours hours = {8, 18, 25};
    struct route_spec *route = small_route(s, CAS, P1);
    route->limits.pulse.block_bytes = route->limits.pulse.delay_s = NAN;
    route->limits.rate_limit.hours = g_array_new(FALSE, FALSE, sizeof hours);
    g_array_append_val(route->limits.rate_limit.hours, hours);
    uint32_t first = small_package(s, "first", CAS, PRIORITY_MEDIUM, 270000);
    uint32_t second = small_package(s, "second", CAS, PRIORITY_MEDIUM, 6000000);
    small_distribute(s, 17 * HOUR, first, 1, AT_P1);
    small_distribute(s, 17 * HOUR, second, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_there(run, first, AT_P1, 18.5 * HOUR);
    expect_there(run, second, AT_P1, DAY + 18 * HOUR + 2400);
    small_run_expect_causes(run, second, AT_P1, "sender_wait_per_site", 1.5 * HOUR, "sending", 23.5 * HOUR + 2400,
                            NULL);
    small_run_free(run);
}

/* Closed from Friday 08:00 to Monday 06:00, but for what is high, until Friday 18:00. All are asked for on Friday at
 * 09:00: the high one goes at once, 360,000 bytes an hour; the others on Monday, the medium one first. The second high
 * one comes on Friday at 19:00. Suspended: the first high one of 10 h has sent 9 h by 18:00, and goes on on Monday
 * first. */
static void schedule_over_a_weekend(void)
{
    for (int suspend = 0; suspend < 2; suspend++) {
        static const struct schedule_entry entries[] = {
            {1 << 4, 8 * HOUR, 18 * HOUR, AVAILABILITY_HIGH},
            {1 << 4, 18 * HOUR, 24 * HOUR, AVAILABILITY_CLOSED},
            {3 << 5, 0, 24 * HOUR, AVAILABILITY_CLOSED},
            {1 << 0, 0, 6 * HOUR, AVAILABILITY_CLOSED},
        };
        struct scenario *s = company();
        struct route_spec *route = small_route(s, CAS, P1);
        route->limits.pulse.block_bytes = route->limits.pulse.delay_s = NAN;
        route->limits.schedule = g_array_new(FALSE, FALSE, sizeof entries[0]);
        g_array_append_vals(route->limits.schedule, entries, G_N_ELEMENTS(entries));
        route->on_window_close = suspend ? WINDOW_CLOSE_SUSPEND : WINDOW_CLOSE_FINISH;
        scenario_site(s, CAS)->sender.max_concurrent_per_site = 1;
        double friday = DAY, monday = 4 * DAY + 6 * HOUR, hour_bytes = 100 * HOUR;
        uint32_t low = small_package(s, "low", CAS, PRIORITY_LOW, hour_bytes);
        uint32_t medium = small_package(s, "medium", CAS, PRIORITY_MEDIUM, 2 * hour_bytes);
        uint32_t high = small_package(s, "high", CAS, PRIORITY_HIGH, 10 * hour_bytes);
        uint32_t later = small_package(s, "later", CAS, PRIORITY_HIGH, hour_bytes);
        small_distribute(s, friday + 9 * HOUR, low, 1, AT_P1);
        small_distribute(s, friday + 9 * HOUR, medium, 1, AT_P1);
        small_distribute(s, friday + 9 * HOUR, high, 1, AT_P1);
        small_distribute(s, friday + 19 * HOUR, later, 1, AT_P1);
        struct small_run *run = small_run_all(s, false);
        double first = suspend ? monday + HOUR : friday + 19 * HOUR;
        double begins = suspend ? first : monday;
        expect_there(run, high, AT_P1, first);
        expect_there(run, later, AT_P1, begins + HOUR);
        expect_there(run, medium, AT_P1, begins + 3 * HOUR);
        expect_there(run, low, AT_P1, begins + 4 * HOUR);
        if (!suspend)
            small_run_expect_causes(run, later, AT_P1, "route_closed", monday - friday - 19 * HOUR, "sending", HOUR,
                                    NULL);
        small_run_free(run);
    }
}

/* 1000 bytes and an instruction of 200 on the same thread: nothing is known at P1 before 12 s. A second package on the
 * only thread to P1 begins then. */
static void instruction_files_take_time(void)
{
    struct scenario *s = company();
    scenario_site(s, CAS)->sender.instruction_size_bytes = 200;
    scenario_site(s, CAS)->sender.max_concurrent_per_site = 1;
    uint32_t first = small_package(s, "first", CAS, PRIORITY_MEDIUM, 1000);
    uint32_t second = small_package(s, "second", CAS, PRIORITY_MEDIUM, 500);
    small_distribute(s, 0, first, 1, AT_P1);
    small_distribute(s, 0, second, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_there(run, first, AT_P1, 12);
    expect_there(run, second, AT_P1, 19);
    expect_bytes(record_transfer(run->record, first, "P1")->bytes, 1200);
    small_run_free(run);
}

/* 3 files of 2 s each after a copy of 3 s; the reports take 4 s, one at a time: the other point's, of the same moment,
 * waits for the first. A third is reported alone. The central site knows 120 s later. */
static void files_are_added_and_reported(void)
{
    struct scenario *s = company();
    uint32_t next = small_dp(s, "NEXT", P1, HQ);
    scenario_dp(s, AT_P1)->location = HQ; /* both are copied to over lyon's line */
    scenario_location(s, LYON)->up_bytes_per_s = 200;
    scenario_site(s, P1)->transfer_manager.max_rate_bytes_per_s = 100;
    scenario_site(s, P1)->status_manager.status_time_s = 4;
    scenario_site(s, P1)->replication_lag_s = 120;
    for (uint32_t dp = AT_P1; dp <= next; dp++)
        scenario_dp(s, dp)->per_file_time_s = 2;
    uint32_t package = small_empty_package(s, "p", P1, PRIORITY_MEDIUM);
    small_files(s, package, "f", 3, 100);
    small_distribute(s, 0, package, 2, AT_P1, next);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 9, 13, 133);
    small_run_expect_delivered(run, package, next, 9, 17, 137);
    small_run_expect_causes(run, package, next, "copying", 3.0, "adding_files", 6.0, NULL);
    small_run_free(run);
}

/* "runtime" of 600 is the same set in both packages; "runtime" of 2 files is another. To the site goes the whole
 * package each time (C3), to its point only what it lacks. */
static void packages_share_file_sets(void)
{
    struct scenario *s = company();
    uint32_t far = small_dp(s, "FAR", P1, HQ);
    scenario_location(s, LYON)->up_bytes_per_s = 100;
    uint32_t a = small_empty_package(s, "a", P1, PRIORITY_MEDIUM), b = small_empty_package(s, "b", P1, PRIORITY_MEDIUM);
    uint32_t c = small_empty_package(s, "c", P1, PRIORITY_MEDIUM);
    small_files(s, a, "runtime", 1, 600);
    small_files(s, b, "runtime", 1, 600);
    small_files(s, b, "b", 1, 100);
    small_files(s, c, "runtime", 2, 600);
    small_distribute(s, 0, a, 1, far);
    small_distribute(s, 100, b, 1, far);
    small_distribute(s, 200, c, 1, far);
    struct small_run *run = small_run_all(s, false);
    expect_there(run, a, far, 6);
    expect_there(run, b, far, 101);
    expect_there(run, c, far, 212);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hierarchy/S1/waves-of-sending-threads", waves_of_sending_threads);
    g_test_add_func("/hierarchy/S3/rate-limit-over-two-days", rate_limit_over_two_days);
    g_test_add_func("/hierarchy/S4/schedule-over-a-weekend", schedule_over_a_weekend);
    g_test_add_func("/hierarchy/S6/instruction-files-take-time", instruction_files_take_time);
    g_test_add_func("/hierarchy/X4/files-are-added-and-reported", files_are_added_and_reported);
    g_test_add_func("/hierarchy/C1/packages-share-file-sets", packages_share_file_sets);
    return g_test_run();
}
