/* New versions of packages in whole hierarchies (C3, D3, D4, D6): what is sent to whom, and what becomes of versions
 * that a newer one has taken the place of. */
#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

/*   hq (CAS) --100-- lyon (P1) --50-- depot (S1)
 *      \------100--- oslo (P2)
 *
 * A distribution point at each of P1, S1 and P2, beside its site server. The package x has a (1 file of 600) and b (4
 * of 100); the package big has 10000. */
enum { HQ, LYON, DEPOT, OSLO };
enum { CAS, P1, S1, P2 };
enum { AT_P1, AT_S1, AT_P2 };
enum { X, BIG };

static struct scenario *company(int32_t source, bool binary_delta_replication)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "lyon", HQ, 100);
    small_location(s, "depot", LYON, 50);
    small_location(s, "oslo", HQ, 100);
    small_site(s, "CAS", SITE_CENTRAL, -1, HQ);
    small_site(s, "P1", SITE_PRIMARY, CAS, LYON);
    small_site(s, "S1", SITE_SECONDARY, P1, DEPOT);
    small_site(s, "P2", SITE_PRIMARY, CAS, OSLO);
    small_dp(s, "P1DP", P1, -1);
    small_dp(s, "S1DP", S1, -1);
    small_dp(s, "P2DP", P2, -1);
    uint32_t x = small_empty_package(s, "x", source, PRIORITY_MEDIUM);
    small_files(s, x, "a", 1, 600);
    small_files(s, x, "b", 4, 100);
    scenario_package(s, x)->binary_delta_replication = binary_delta_replication;
    small_package(s, "big", source, PRIORITY_MEDIUM, 10000);
    return s;
}

static void change(struct scenario *s, double at_s, const char *files, double share_percent)
{
    small_update_changed(small_update(s, at_s, X), files, share_percent);
}

static void expect_version(const struct small_run *run, uint32_t version, uint32_t dp, enum delivery_state state,
                           double on_dp_s)
{
    const struct told_delivery *d = record_delivery_of(run->record, X, version, dp);
    g_assert_nonnull(d);
    g_assert_cmpint(d->last.state, ==, state);
    expect_time(d->last.on_dp_s, on_dp_s);
    if (state == DELIVERY_CANCELLED)
        g_assert_cmpstr(d->last.reason, ==, "superseded");
}

static double sent(const struct small_run *run, uint32_t version, const char *to)
{
    const struct told_transfer *t = record_request(run->record, X, version, to);
    return t ? t->bytes_moved : NAN;
}

/* ---- deltas ---------------------------------------------------------------------------------------------------------
 */

/* Version 1: 1000 / 100 to P1. Then b changes: its 400 bytes go, to the site and to the point. */
static void delta_of_whole_files(void)
{
    struct scenario *s = company(CAS, false);
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 100, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 10);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 104);
    expect_bytes(sent(run, 1, "P1"), 1000);
    expect_bytes(sent(run, 2, "P1"), 400);
    expect_bytes(record_delivery_of(run->record, X, 2, AT_P1)->last.bytes, 400);
    small_run_free(run);
}

/* With binary delta replication 40 bytes go to the site, and files whole to the point. The despooler builds the files
 * of b again, at 200 bytes/s: 0.4 + 2 s. The delta goes on to S1 as it came: 0.8 + 2 s after P1 has it. */
static void binary_delta(void)
{
    struct scenario *s = company(CAS, true);
    for (int32_t site = P1; site <= S1; site++)
        scenario_site(s, site)->despooler.despool_rate_bytes_per_s = 200;
    small_distribute(s, 0, X, 2, AT_P1, AT_S1);
    change(s, 100, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 15);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 102.4);
    expect_version(run, 2, AT_S1, DELIVERY_DELIVERED, 105.2);
    expect_bytes(sent(run, 2, "P1"), 40);
    expect_bytes(sent(run, 2, "S1"), 40);
    expect_bytes(record_delivery_of(run->record, X, 2, AT_P1)->last.bytes, 400);
    small_run_free(run);
}

/* The delta is compressed, like a full package: 400 at 100 bytes/s, to a half. P2 has nothing yet and gets all of
 * version 2, compressed in the same turn: 1000 more, so that both leave at 114: 2 s for P1, 5 s for P2. */
static void each_site_is_sent_what_it_lacks(void)
{
    struct scenario *s = company(CAS, false);
    struct distribution_manager_params *manager = &scenario_site(s, CAS)->distribution_manager;
    manager->compress_rate_bytes_per_s = 100;
    manager->compression_ratio = 0.5;
    small_distribute(s, 0, X, 1, AT_P1); /* 10 compressing, 5 sending */
    change(s, 100, "b", 10);
    small_distribute(s, 100, X, 1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 15);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 116);
    expect_version(run, 2, AT_P2, DELIVERY_DELIVERED, 119);
    g_assert_null(record_delivery_of(run->record, X, 1, AT_P2));
    g_assert_cmpuint(record_count(run->record, "CAS", EVENT_COMPRESSED, NULL), ==, 2);
    small_run_free(run);
}

/* P1 has version 1, and the sender is busy with another package from 50 to 150. Updates at 60, 70, ... wait; each takes
 * the place of the one before, whose request is never sent, and builds on version 1: 10 % of b more each time. */
static void waits_behind(struct scenario *s, uint32_t n_updates)
{
    scenario_site(s, CAS)->sender.max_concurrent_all_sites = 1;
    small_distribute(s, 0, X, 1, AT_P1);
    small_distribute(s, 50, BIG, 1, AT_P1);
    for (uint32_t i = 0; i < n_updates; i++)
        change(s, 60 + 10 * i, "b", 10);
}

static void waiting_versions_are_not_sent(void)
{
    struct scenario *s = company(CAS, true);
    waits_behind(s, 3);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 2, AT_P1, DELIVERY_CANCELLED, NAN);
    expect_version(run, 3, AT_P1, DELIVERY_CANCELLED, NAN);
    expect_version(run, 4, AT_P1, DELIVERY_DELIVERED, 151.2);
    for (uint32_t version = 2; version <= 3; version++) {
        const struct told_transfer *t = record_request(run->record, X, version, "P1");
        g_assert_cmpint(t->state, ==, TRANSFER_CANCELLED);
        g_assert_cmpuint(t->attempts, ==, 0);
        expect_time(t->finished_s, 60 + 10 * (version - 1));
        expect_time(t->in_state_s[TRANSFER_WAITING], 10);
    }
    expect_bytes(sent(run, 4, "P1"), 120);
    small_run_free(run);
}

/* Five versions behind: still a delta, 200 of 400. Six: the full package. */
static void five_versions_behind(void)
{
    struct scenario *s = company(CAS, true);
    waits_behind(s, 5);
    struct small_run *run = small_run_all(s, false);
    expect_bytes(sent(run, 6, "P1"), 200);
    expect_version(run, 6, AT_P1, DELIVERY_DELIVERED, 152);
    small_run_free(run);

    s = company(CAS, true);
    waits_behind(s, 6);
    run = small_run_all(s, false);
    expect_bytes(sent(run, 7, "P1"), 1000);
    expect_version(run, 7, AT_P1, DELIVERY_DELIVERED, 160);
    small_run_free(run);
}

/* Lyon is out of reach from 50 to 1050. Version 2 is tried at 100, 190 and 280, and given up at 310: not scheduled
 * again, since version 3 is there since 200. That is tried at 200, 290 and 380, and given up at 410; again from 950,
 * 1040, and at 1130 it is through: 40 of b and 300 of a. */
static void versions_while_a_site_is_out_of_reach(void)
{
    struct scenario *s = company(CAS, true);
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 100, "b", 10);
    change(s, 200, "a", 50);
    small_fault(s, LYON, 50, 1000);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 2, AT_P1, DELIVERY_CANCELLED, NAN);
    expect_version(run, 3, AT_P1, DELIVERY_DELIVERED, 1133.4);
    const struct told_transfer *second = record_request(run->record, X, 2, "P1");
    g_assert_cmpint(second->state, ==, TRANSFER_CANCELLED);
    g_assert_cmpstr(second->reason, ==, "superseded");
    expect_time(second->finished_s, 310);
    expect_bytes(sent(run, 3, "P1"), 340);
    small_run_free(run);
}

/* Version 2 is being sent, 400 from 100 on, when version 3 is due at 102: P1 still has version 1, so that version 3
 * builds on that too: 400 of b and 600 of a. The two share the link until 106, 200 each; the other 800 take until 114.
 */
static void a_sending_is_not_broken_off(void)
{
    struct scenario *s = company(CAS, false);
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 100, "b", 10);
    change(s, 102, "a", 10);
    struct small_run *run = small_run_all(s, false);
    expect_bytes(sent(run, 2, "P1"), 400);
    expect_bytes(sent(run, 3, "P1"), 1000);
    g_assert_cmpint(record_request(run->record, X, 2, "P1")->state, ==, TRANSFER_DONE);
    expect_version(run, 2, AT_P1, DELIVERY_CANCELLED, NAN); /* P1 knows of version 3 since 102 */
    expect_version(run, 3, AT_P1, DELIVERY_DELIVERED, 114);
    small_run_free(run);
}

/* ---- through the central site (D6) ----------------------------------------------------------------------------------
 */

/* Content of P1 for P2 is parked at CAS: 10 s up and 10 s down. A delta for P2 goes the same way. */
static void delta_between_primaries(void)
{
    struct scenario *s = company(P1, false);
    small_distribute(s, 0, X, 1, AT_P2);
    change(s, 100, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P2, DELIVERY_DELIVERED, 20);
    expect_version(run, 2, AT_P2, DELIVERY_DELIVERED, 108);
    expect_bytes(sent(run, 2, "CAS"), 400);
    expect_bytes(sent(run, 2, "P2"), 400);
    small_run_free(run);
}

/* P3 asks at 200 for version 2, of which only the delta for P2 has been parked: the full package comes from P1. */
static void parked_delta_does_not_suit(void)
{
    struct scenario *s = company(P1, false);
    int32_t rome = small_location(s, "rome", HQ, 100);
    uint32_t at_p3 = small_dp(s, "P3DP", small_site(s, "P3", SITE_PRIMARY, CAS, rome), -1);
    small_distribute(s, 0, X, 1, AT_P2);
    change(s, 100, "b", 10);
    small_distribute(s, 200, X, 1, at_p3);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 2, at_p3, DELIVERY_DELIVERED, 220);
    expect_bytes(sent(run, 2, "P3"), 1000);
    expect_bytes(sent(run, 2, "P2"), 400);
    small_run_free(run);
}

/* P3 asks at 100 as the update is taken: what goes to CAS has to suit both, and is the full package. */
static void parked_copy_suits_all(void)
{
    struct scenario *s = company(P1, false);
    int32_t rome = small_location(s, "rome", HQ, 100);
    uint32_t at_p3 = small_dp(s, "P3DP", small_site(s, "P3", SITE_PRIMARY, CAS, rome), -1);
    small_distribute(s, 0, X, 1, AT_P2);
    change(s, 100, "b", 10);
    small_distribute(s, 100, X, 1, at_p3);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 2, AT_P2, DELIVERY_DELIVERED, 120);
    expect_version(run, 2, at_p3, DELIVERY_DELIVERED, 120);
    expect_bytes(sent(run, 2, "CAS"), 1000);
    small_run_free(run);
}

/* ---- at a site ------------------------------------------------------------------------------------------------------
 */

/* P1DP takes 10 bytes/s: version 1 until 100. The job of version 2 is due at 50 and has to wait; then it copies b. */
static void a_copy_is_not_broken_off(void)
{
    struct scenario *s = company(P1, false);
    scenario_dp(s, AT_P1)->max_rate_bytes_per_s = 10;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 50, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 100);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 140);
    small_run_expect_causes(run, X, AT_P1, "earlier_copy_wait", 50.0, "copying", 40.0, NULL);
    small_run_free(run);
}

/* A job that waits for a thread is cancelled when the newer one's is due. big has the only thread until 1000. */
static void a_waiting_job_is_cancelled(void)
{
    static const enum transfer_pool pools[] = {TRANSFER_POOL_JOBS, TRANSFER_POOL_PACKAGES};
    for (guint i = 0; i < G_N_ELEMENTS(pools); i++) {
        struct scenario *s = company(P1, false);
        scenario_site(s, P1)->software_distribution = (struct software_distribution_params){1, 1};
        scenario_site(s, P1)->transfer_manager.transfer_pool = pools[i];
        scenario_dp(s, AT_P1)->max_rate_bytes_per_s = 10;
        small_distribute(s, 0, BIG, 1, AT_P1);
        small_distribute(s, 1, X, 1, AT_P1);
        change(s, 50, "b", 10);
        struct small_run *run = small_run_all(s, false);
        expect_version(run, 1, AT_P1, DELIVERY_CANCELLED, NAN);
        expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 1100);
        const struct told_transfer *job = record_request(run->record, X, 1, "P1DP");
        g_assert_cmpint(job->state, ==, TRANSFER_CANCELLED);
        expect_time(job->finished_s, 50);
        small_run_free(run);
    }
}

/* A copy that loses its connection at 20 has a newer version behind it since 15: it is not tried again; the newer one
 * is at 20, and, as the connection is down until 60, 30 min later. */
static void a_copy_that_fails_is_not_tried_again(void)
{
    struct scenario *s = company(P1, false);
    scenario_dp(s, AT_P1)->location = DEPOT;
    scenario_dp(s, AT_P1)->max_rate_bytes_per_s = 10;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 15, "b", 10);
    small_fault(s, DEPOT, 20, 40);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_CANCELLED, NAN);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 20 + 1800 + 100);
    small_run_free(run);
}

/* Both versions are there when the package thread begins: only the newer one is taken in. */
static void versions_before_the_thread(void)
{
    struct scenario *s = company(P1, false);
    scenario_site(s, P1)->notification_delay_s = 10;
    scenario_site(s, P1)->distribution_manager.snapshot_rate_bytes_per_s = 100;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 0, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_CANCELLED, NAN);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 20);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_SNAPSHOT_DONE, NULL), ==, 1);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_PACKAGE_BEGIN, NULL), ==, 1);
    small_run_free(run);
}

/* Version 1 is being taken in from 0 to 10. Version 2 comes at 5 and has to wait for that thread to end: from 10 to 20.
 * Version 1 has got its job by then. */
static void never_two_threads_for_two_versions(void)
{
    struct scenario *s = company(P1, false);
    scenario_site(s, P1)->distribution_manager.snapshot_rate_bytes_per_s = 100;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 5, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 10);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 20);
    expect_time(record_when(run->record, "P1", STATUS_PACKAGE_BEGIN, NULL, 1), 10);
    small_run_expect_causes(run, X, AT_P1, "package_thread_wait", 5.0, "snapshot", 10.0, NULL);
    small_run_free(run);
}

/* P1 is told of version 2 by its metadata, 60 s after CAS; the content is there after 4 s and waits: the despooler
 * tries at 104 and 404. */
static void metadata_of_a_version(void)
{
    struct scenario *s = company(CAS, false);
    scenario_site(s, P1)->replication_lag_s = 60;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 1000, "b", 10);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 310);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 1304);
    small_run_expect_causes(run, X, AT_P1, "sending", 4.0, "despool_retry_wait", 300.0, NULL);
    small_run_free(run);
}

/* A point that failed for good is still to have the package: a new version is tried. */
static void a_version_after_a_failure(void)
{
    struct scenario *s = company(CAS, false);
    scenario_site(s, CAS)->scheduler.reschedule_for_s = 100;
    small_distribute(s, 0, X, 1, AT_P1);
    change(s, 2000, "b", 10);
    small_fault(s, LYON, 0, 1000);
    struct small_run *run = small_run_all(s, false);
    expect_version(run, 1, AT_P1, DELIVERY_FAILED, NAN);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 2010);
    small_run_free(run);
}

/* ---- redistributed and preloaded content ----------------------------------------------------------------------------
 */

/* Distributed at 0 (10 s to P1, 100 s to the point at 10 bytes/s), redistributed at 200: nothing goes to the site
 * again, everything to the point: 100 s. Distributing again would do nothing. */
static void redistributed(void)
{
    struct scenario *s = company(CAS, false);
    scenario_dp(s, AT_P1)->max_rate_bytes_per_s = 10;
    small_distribute(s, 0, X, 1, AT_P1);
    small_distribute(s, 150, X, 1, AT_P1);
    small_redistribute(s, 200, X, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    small_run_expect_delivered(run, X, AT_P1, 300, 300, 300);
    expect_bytes(record_delivery(run->record, X, AT_P1)->last.bytes, 1000);
    g_assert_cmpuint(record_count(run->record, NULL, EVENT_SENDING_STARTED, NULL), ==, 1);
    small_run_free(run);
}

/* Redistributed at 50, while the first copy runs from 0 to 100: after it, until 200. */
static void redistributed_during_the_copy(void)
{
    struct scenario *s = company(P1, false);
    scenario_dp(s, AT_P1)->max_rate_bytes_per_s = 10;
    small_distribute(s, 0, X, 1, AT_P1);
    small_redistribute(s, 50, X, AT_P1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, X, AT_P1, 200, 200, 200);
    small_run_free(run);
}

/* A point that has never had it gets it. */
static void redistributed_to_a_point_without_it(void)
{
    struct scenario *s = company(CAS, false);
    small_redistribute(s, 0, X, AT_P1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, X, AT_P1, 10, 10, 10);
    small_run_free(run);
}

/* The content is at P1, S1 and S1DP before the run: no delivery, no bytes. Its update at 100 is a delta for both sites,
 * 400 / 100 and 400 / 50; P1DP, which has not been targeted, gets version 1 at 50 at once from P1. */
static void preloaded(void)
{
    struct scenario *s = company(CAS, false);
    small_preload(s, 0, X, AT_S1);
    small_distribute(s, 0, X, 1, AT_S1); /* it is there */
    small_distribute(s, 50, X, 1, AT_P1);
    change(s, 100, "b", 10);
    struct small_run *run = small_run_all(s, false);
    g_assert_null(record_delivery_of(run->record, X, 1, AT_S1));
    expect_version(run, 1, AT_P1, DELIVERY_DELIVERED, 50);
    expect_version(run, 2, AT_P1, DELIVERY_DELIVERED, 104);
    expect_version(run, 2, AT_S1, DELIVERY_DELIVERED, 112);
    expect_bytes(sent(run, 2, "P1"), 400);
    expect_bytes(sent(run, 2, "S1"), 400);
    g_assert_null(record_request(run->record, X, 1, "P1"));
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/versions/C3/delta-of-whole-files", delta_of_whole_files);
    g_test_add_func("/versions/C3/binary-delta", binary_delta);
    g_test_add_func("/versions/D4/each-site-is-sent-what-it-lacks", each_site_is_sent_what_it_lacks);
    g_test_add_func("/versions/C3/waiting-versions-are-not-sent", waiting_versions_are_not_sent);
    g_test_add_func("/versions/C3/five-versions-behind", five_versions_behind);
    g_test_add_func("/versions/C3/versions-while-a-site-is-out-of-reach", versions_while_a_site_is_out_of_reach);
    g_test_add_func("/versions/C3/a-sending-is-not-broken-off", a_sending_is_not_broken_off);
    g_test_add_func("/versions/D6/delta-between-primaries", delta_between_primaries);
    g_test_add_func("/versions/D6/parked-delta-does-not-suit", parked_delta_does_not_suit);
    g_test_add_func("/versions/D6/parked-copy-suits-all", parked_copy_suits_all);
    g_test_add_func("/versions/X1/a-copy-is-not-broken-off", a_copy_is_not_broken_off);
    g_test_add_func("/versions/X1/a-waiting-job-is-cancelled", a_waiting_job_is_cancelled);
    g_test_add_func("/versions/X3/a-copy-that-fails-is-not-tried-again", a_copy_that_fails_is_not_tried_again);
    g_test_add_func("/versions/D3/versions-before-the-thread", versions_before_the_thread);
    g_test_add_func("/versions/D3/never-two-threads-for-two-versions", never_two_threads_for_two_versions);
    g_test_add_func("/versions/D2/metadata-of-a-version", metadata_of_a_version);
    g_test_add_func("/versions/C3/a-version-after-a-failure", a_version_after_a_failure);
    g_test_add_func("/versions/C3/redistributed", redistributed);
    g_test_add_func("/versions/C3/redistributed-during-the-copy", redistributed_during_the_copy);
    g_test_add_func("/versions/C3/redistributed-to-a-point-without-it", redistributed_to_a_point_without_it);
    g_test_add_func("/versions/C3/preloaded", preloaded);
    return g_test_run();
}
