/* Pull distribution points and what else is done to content: new versions (C3), redistribution, limits (L1, X2, X3). */
#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

/*   hq (P1) --1000-- room
 *     |-------100--- shop
 *     \-------100--- branch (S1)
 *
 * STD, in the room, is standard; PULL, in the shop, pulls from it, and looks for it every 20 s; S1DP is beside the
 * server of the secondary site. The package x has a (1 file of 600) and b (4 of 100), and binary delta replication. */
enum { HQ, ROOM, SHOP, BRANCH };
enum { P1, S1 };
enum { STD, PULL, AT_S1 };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    s->until_s = 100000;
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "room", HQ, 1000);
    small_location(s, "shop", HQ, 100);
    small_location(s, "branch", HQ, 100);
    small_site(s, "P1", SITE_PRIMARY, -1, HQ);
    small_site(s, "S1", SITE_SECONDARY, P1, BRANCH);
    small_dp(s, "STD", P1, ROOM);
    small_dp(s, "PULL", P1, SHOP);
    small_dp(s, "S1DP", S1, -1);
    small_sources(s, PULL, 1, STD, 1);
    scenario_site(s, P1)->pull.source_retry_delay_s = 20;
    uint32_t x = small_empty_package(s, "x", P1, PRIORITY_MEDIUM);
    small_files(s, x, "a", 1, 600);
    small_files(s, x, "b", 4, 100);
    scenario_package(s, x)->binary_delta_replication = true;
    return s;
}

static void expect_version(const struct small_run *run, uint32_t version, uint32_t dp, double on_dp_s, double bytes)
{
    const struct told_delivery *d = record_delivery_of(run->record, 0, version, dp);
    g_assert_nonnull(d);
    expect_time(d->last.on_dp_s, on_dp_s);
    expect_bytes(d->last.bytes, bytes);
}

static void expect_superseded(const struct small_run *run, uint32_t version, uint32_t dp)
{
    const struct told_delivery *d = record_delivery_of(run->record, 0, version, dp);
    g_assert_cmpint(d->last.state, ==, DELIVERY_CANCELLED);
    g_assert_cmpstr(d->last.reason, ==, "superseded");
}

/* A quarter of b changes at 100. The branch is sent 100 bytes; the pull point downloads the four files whole, 4 s, at
 * its second look, as STD has them 0.4 s after the first. */
static void whole_files(void)
{
    struct scenario *s = company();
    small_preload(s, 0, 0, STD);
    small_preload(s, 0, 0, PULL);
    small_preload(s, 0, 0, AT_S1);
    small_update_changed(small_update(s, 100, 0), "b", 25);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 2, STD, 100.4, 400);
    expect_version(run, 2, PULL, 124, 400);
    expect_version(run, 2, AT_S1, 101, 400);
    expect_bytes(record_request(run->record, 0, 2, "S1")->bytes, 100);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_PULL_NO_SOURCE, "PULL"), ==, 1);
    small_run_free(run);
}

/* The download of version 1 is under way from 1 to 11 when version 2 is on STD at 5.4: it ends, and what has changed
 * follows, 4 s. */
static void a_download_is_not_broken_off(void)
{
    struct scenario *s = company();
    small_preload(s, 0, 0, STD);
    small_distribute(s, 1, 0, 1, PULL);
    small_update_changed(small_update(s, 5, 0), "b", 25);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, PULL, 11, 1000);
    expect_version(run, 2, PULL, 15, 400);
    g_assert_cmpuint(run->record->deliveries->len, ==, 3);
    small_run_free(run);
}

/* Version 1 waits for a source until 21; at 5 comes version 2, which is looked for at 5 and 25, and downloaded whole:
 * the point has nothing yet. */
static void a_waiting_job_is_cancelled(void)
{
    struct scenario *s = company();
    small_distribute(s, 1, 0, 1, PULL);
    small_distribute(s, 1, 0, 1, STD);
    small_update_changed(small_update(s, 5, 0), "b", 25);
    struct small_run *run = small_run_all(s, false);
    expect_superseded(run, 1, PULL);
    g_assert_cmpint(record_delivery_of(run->record, 0, 1, STD)->last.state, ==, DELIVERY_DELIVERED);
    expect_version(run, 2, PULL, 35, 1000);
    small_run_free(run);
}

/* Redistributed at 50: all of it, from the source, 10 s. */
static void redistributed(void)
{
    struct scenario *s = company();
    small_preload(s, 0, 0, STD);
    small_distribute(s, 1, 0, 1, PULL);
    small_redistribute(s, 50, 0, PULL);
    struct small_run *run = small_run_all(s, false);
    const struct told_transfer *job = record_transfer(run->record, 0, "PULL");
    g_assert_cmpint(job->kind, ==, TRANSFER_PULL_JOB);
    g_assert_cmpstr(job->from, ==, "STD");
    expect_bytes(job->bytes_moved, 1000);
    small_run_expect_delivered(run, 0, PULL, 60, 60, 60);
    small_run_free(run);
}

/* Removed from PULL at 5, during its download from 1 to 11: it is finished first. Distributed again at 100 all of it is
 * downloaded: 10 s. */
static void removed_during_a_download(void)
{
    struct scenario *s = company();
    small_preload(s, 0, 0, STD);
    small_distribute(s, 1, 0, 1, PULL);
    small_remove(s, 5, 0, PULL);
    small_distribute(s, 100, 0, 1, PULL);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    const struct told_delivery *first = &g_array_index(run->record->deliveries, struct told_delivery, 0);
    expect_time(first->last.on_dp_s, 11);
    expect_time(record_when(run->record, "P1", EVENT_REMOVED, "PULL", 0), 11);
    expect_version(run, 1, PULL, 110, 1000);
    small_run_free(run);
}

/* While PULL waits for a source: its job is cancelled. Removed from the source at 50, there is none from then on: the
 * looks at 60, 80 and 100, with two retries, find nothing. */
static void removed_from_the_source(void)
{
    struct scenario *s = company();
    scenario_site(s, P1)->pull.retries = 2;
    small_distribute(s, 1, 0, 1, PULL);
    small_remove(s, 5, 0, PULL);
    small_distribute(s, 10, 0, 1, STD);
    small_remove(s, 50, 0, STD);
    small_distribute(s, 60, 0, 1, PULL);
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *first = &g_array_index(run->record->deliveries, struct told_delivery, 0);
    g_assert_cmpint(first->last.state, ==, DELIVERY_CANCELLED);
    g_assert_cmpstr(first->last.reason, ==, "removed");
    const struct told_delivery *last = record_delivery(run->record, 0, PULL);
    g_assert_cmpint(last->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(last->last.reason, ==, "no_source");
    expect_time(record_transfer(run->record, 0, "PULL")->finished_s, 100);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_PULL_NO_SOURCE, "PULL"), ==, 1 + 3);
    small_run_free(run);
}

/* During the download from 1 to 11 STD's files go at 5, the first unfinished. PULL waits until 1805; STD has them again
 * at 1001, and PULL at 1815. */
static void gone_during_a_download(void)
{
    for (int removed = 0; removed < 2; removed++) {
        struct scenario *s = company();
        small_preload(s, 0, 0, STD);
        small_distribute(s, 1, 0, 1, PULL);
        if (removed) {
            small_remove(s, 5, 0, STD);
            small_distribute(s, 1000, 0, 1, STD);
        } else {
            const struct fault_spec fault = {.location = -1,
                                             .site = -1,
                                             .dp = STD,
                                             .from_s = 5,
                                             .for_s = NAN,
                                             .mean_time_between_s = NAN,
                                             .package = 0,
                                             .damage = FAULT_MISSING};
            g_array_append_val(s->faults, fault);
            small_redistribute(s, 1000, 0, STD);
        }
        struct small_run *run = small_run_all(s, false);
        expect_version(run, 1, PULL, 1815, 1400);
        small_run_expect_causes(run, 0, PULL, "copying", 14.0, "source_wait", 1800.0, NULL);
        expect_bytes(record_transfer(run->record, 0, "PULL")->bytes_resent, 400);
        small_run_free(run);
    }
}

static void close_and_limit(struct dp_spec *dp)
{
    const struct schedule_entry closed = {0x7f, 0, 3600, AVAILABILITY_CLOSED};
    const struct rate_limit_hours half = {0, 24, 50};
    dp->limits.schedule = g_array_new(FALSE, FALSE, sizeof closed);
    g_array_append_val(dp->limits.schedule, closed);
    dp->limits.rate_limit.hours = g_array_new(FALSE, FALSE, sizeof half);
    g_array_append_val(dp->limits.rate_limit.hours, half);
}

/* Both points are closed for the first hour, and have half of their lines. What PULL downloads does not care, neither
 * for its own limits nor for those of its source: two packages at once, 1000 and 500 at 50 each. The new version is not
 * on STD before 3600.8, as a copy to a standard point does care, so that PULL's 177th look finds it. */
static void limits_are_of_copies(void)
{
    struct scenario *s = company();
    s->start_s = 0;
    small_package(s, "y", P1, PRIORITY_MEDIUM, 500);
    close_and_limit(scenario_dp(s, STD));
    close_and_limit(scenario_dp(s, PULL));
    scenario_site(s, P1)->pull.retries = 1000;
    small_preload(s, 0, 0, STD);
    small_preload(s, 0, 1, STD);
    small_distribute(s, 1, 0, 1, PULL);
    small_distribute(s, 1, 1, 1, PULL);
    small_update_changed(small_update(s, 100, 0), "b", 25);
    struct small_run *run = small_run_all(s, false);
    /* y: 500 at 50, to 11; x: 500 by then, the rest at 100, to 16 */
    small_run_expect_delivered(run, 1, PULL, 11, 11, 11);
    expect_version(run, 1, PULL, 16, 1000);
    expect_version(run, 2, STD, 3600.8, 400);
    expect_version(run, 2, PULL, 3624, 400);
    small_run_expect_causes(run, 0, STD, "dp_closed", 3500.0, "copying", 0.8, NULL);
    small_run_expect_causes(run, 0, PULL, "source_wait", 3520.0, "copying", 4.0, NULL);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_PULL_NO_SOURCE, "PULL"), ==, 176);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pull/hierarchy/C3/whole-files", whole_files);
    g_test_add_func("/pull/hierarchy/C3/a-download-is-not-broken-off", a_download_is_not_broken_off);
    g_test_add_func("/pull/hierarchy/C3/a-waiting-job-is-cancelled", a_waiting_job_is_cancelled);
    g_test_add_func("/pull/hierarchy/C3/redistributed", redistributed);
    g_test_add_func("/pull/hierarchy/C3/removed-during-a-download", removed_during_a_download);
    g_test_add_func("/pull/hierarchy/C3/removed-from-the-source", removed_from_the_source);
    g_test_add_func("/pull/hierarchy/L2/gone-during-a-download", gone_during_a_download);
    g_test_add_func("/pull/hierarchy/X2/limits-are-of-copies", limits_are_of_copies);
    return g_test_run();
}
