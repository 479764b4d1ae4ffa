/* Removing content from distribution points and libraries (C2, C3), in whole hierarchies. Unless a test says so nothing
 * takes time but links of 100 bytes/s. */
#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

/*   hq (CAS) --100-- lyon (P1) --50-- depot (S1)
 *      \------100--- oslo (P2)
 *
 * A distribution point at each of P1, S1 and P2, beside its site server. The package x has a (1 file of 600) and b (4
 * of 100), y has b and c (1 of 200), z has b; big has 10000. */
enum { HQ, LYON, DEPOT, OSLO };
enum { CAS, P1, S1, P2 };
enum { AT_P1, AT_S1, AT_P2 };
enum { X, Y, Z, BIG };

static struct scenario *company(int32_t source)
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
    for (uint32_t i = X; i <= Z; i++) {
        static const char *const ids[] = {"x", "y", "z"};
        uint32_t package = small_empty_package(s, ids[i], source, PRIORITY_MEDIUM);
        if (i == X)
            small_files(s, package, "a", 1, 600);
        small_files(s, package, "b", 4, 100);
        if (i == Y)
            small_files(s, package, "c", 1, 200);
    }
    small_package(s, "big", source, PRIORITY_MEDIUM, 10000);
    return s;
}

static double when(const struct small_run *run, const char *site, enum status_id id, const char *object)
{
    return record_when(run->record, site, id, object, 0);
}

/* The n-th delivery (from 0) of the package to the point. */
static const struct told_delivery *delivery(const struct small_run *run, uint32_t package, uint32_t dp, guint n)
{
    for (guint i = 0; i < run->record->deliveries->len; i++) {
        const struct told_delivery *told = &g_array_index(run->record->deliveries, struct told_delivery, i);
        if (told->last.package == package && told->last.dp == dp && n-- == 0)
            return told;
    }
    return NULL;
}

static void expect_delivered(const struct small_run *run, uint32_t package, uint32_t dp, guint n, double on_dp_s,
                             double bytes)
{
    const struct told_delivery *told = delivery(run, package, dp, n);
    g_assert_nonnull(told);
    g_assert_cmpint(told->last.state, ==, DELIVERY_DELIVERED);
    expect_time(told->last.on_dp_s, on_dp_s);
    expect_bytes(told->last.bytes, bytes);
    double sum_s = 0;
    for (int i = 0; i < N_CAUSES; i++)
        sum_s += told->cause_s[i];
    expect_time(sum_s, on_dp_s - told->last.requested_s);
}

static void expect_cancelled(const struct small_run *run, uint32_t package, uint32_t dp, guint n)
{
    const struct told_delivery *told = delivery(run, package, dp, n);
    g_assert_nonnull(told);
    g_assert_cmpint(told->last.state, ==, DELIVERY_CANCELLED);
    g_assert_cmpstr(told->last.reason, ==, "removed");
}

static guint n_requests(const struct small_run *run, const char *to)
{
    guint n = 0;
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        n += t->kind == TRANSFER_SEND_REQUEST && !strcmp(t->to, to);
    }
    return n;
}

/* ---- content that is there ------------------------------------------------------------------------------------------
 */

/* Stored at P1 at 310: its instruction came at 10, before its database change (120 s), and is tried again 300 s later.
 * Removed at 1000: P1 is told 120 + 10 s later, its distribution point thread takes 9 s; then the point and the site's
 * library have it no more, and a distribution at 2000 sends it all again: at P1 at 2010, code 12, stored at 2310, known
 * to the distribution manager at 2320, job at 2329. The source keeps it. */
static void content_goes(void)
{
    struct scenario *s = company(CAS);
    small_distribute(s, 0, X, 1, AT_P1);
    small_remove(s, 1000, X, AT_P1);
    small_distribute(s, 2000, X, 1, AT_P1);
    scenario_site(s, P1)->replication_lag_s = 120;
    scenario_site(s, P1)->notification_delay_s = 10;
    scenario_site(s, P1)->distribution_manager.dp_thread_time_s = 9;
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, "P1", EVENT_REMOVED, "P1DP"), 1139);
    expect_time(when(run, "P1", EVENT_LIBRARY_REMOVED, NULL), 1139);
    g_assert_cmpuint(record_count(run->record, "CAS", EVENT_LIBRARY_REMOVED, NULL), ==, 0);
    g_assert_cmpuint(n_requests(run, "P1"), ==, 2);
    expect_delivered(run, X, AT_P1, 1, 2329, 1000);
    small_run_free(run);
}

/* All three of P1's own: b is there once. When x goes, b stays for y and z: x needs a again, 600. When x and y go, z
 * keeps b: y needs c, 200. When all go, y needs b and c: 600. */
static void files_stay_while_something_refers_to_them(void)
{
    struct scenario *s = company(P1);
    for (uint32_t i = X; i <= Z; i++)
        small_distribute(s, i, i, 1, AT_P1);
    small_remove(s, 10, X, AT_P1);
    small_distribute(s, 11, X, 1, AT_P1);
    small_remove(s, 20, X, AT_P1);
    small_remove(s, 20, Y, AT_P1);
    small_distribute(s, 21, Y, 1, AT_P1);
    for (uint32_t i = X; i <= Z; i++)
        small_remove(s, 30, i, AT_P1);
    small_distribute(s, 31, Y, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, X, AT_P1, 0, 0, 1000);
    expect_delivered(run, Y, AT_P1, 0, 1, 200);
    expect_delivered(run, Z, AT_P1, 0, 2, 0);
    expect_delivered(run, X, AT_P1, 1, 11, 600);
    expect_delivered(run, Y, AT_P1, 1, 21, 200);
    expect_delivered(run, Y, AT_P1, 2, 31, 600);
    g_assert_cmpuint(record_count(run->record, "P1", EVENT_REMOVED, "P1DP"), ==, 5); /* x had gone at 20 */
    small_run_free(run);
}

/* The copy of y, 10 to 12 s at 100 bytes/s, counts on b, which x brought; x goes at 11: y is complete all the same, and
 * when x comes back at 20 it needs a alone. */
static void a_copy_keeps_what_it_counts_on(void)
{
    struct scenario *s = company(P1);
    scenario_site(s, P1)->transfer_manager.max_rate_bytes_per_s = 100;
    small_distribute(s, 0, X, 1, AT_P1);
    small_distribute(s, 10, Y, 1, AT_P1);
    small_remove(s, 11, X, AT_P1);
    small_distribute(s, 20, X, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, Y, AT_P1, 0, 12, 200);
    expect_delivered(run, X, AT_P1, 1, 26, 600);
    small_run_free(run);
}

/* Version 2 at 10; what is removed is what is there, all of it: anew it is 1000. */
static void all_versions_go(void)
{
    struct scenario *s = company(P1);
    small_distribute(s, 0, X, 1, AT_P1);
    small_update_changed(small_update(s, 10, X), "b", 50);
    small_remove(s, 20, X, AT_P1);
    small_update_changed(small_update(s, 30, X), "b", 50);
    small_distribute(s, 40, X, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 3); /* version 3 goes nowhere by itself */
    g_assert_cmpuint(delivery(run, X, AT_P1, 2)->last.version, ==, 3);
    expect_delivered(run, X, AT_P1, 2, 40, 1000);
    small_run_free(run);
}

/* P1 passes on what S1 has: its own point gives it up at 100, its library does not, and the point gets it back at 200
 * without a send request. When S1's point gives it up too, at 300, and P1's again, both libraries do; sent anew at 400:
 * 10 and 20 s. */
static void a_site_keeps_what_sites_beyond_need(void)
{
    struct scenario *s = company(CAS);
    small_distribute(s, 0, X, 2, AT_P1, AT_S1);
    small_remove(s, 100, X, AT_P1);
    small_distribute(s, 200, X, 1, AT_P1);
    small_remove(s, 300, X, AT_P1);
    small_remove(s, 350, X, AT_S1);
    small_distribute(s, 400, X, 1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, X, AT_P1, 1, 200, 1000);
    expect_time(when(run, "P1", EVENT_LIBRARY_REMOVED, NULL), 350);
    expect_time(when(run, "S1", EVENT_LIBRARY_REMOVED, NULL), 350);
    g_assert_cmpuint(n_requests(run, "P1"), ==, 2);
    g_assert_cmpuint(n_requests(run, "S1"), ==, 2);
    expect_delivered(run, X, AT_S1, 1, 430, 1000);
    small_run_free(run);
}

/* From primary to primary: the copy that the central site keeps goes too, and all three hops are made anew. */
static void a_parked_copy_goes(void)
{
    struct scenario *s = company(P1);
    small_distribute(s, 0, X, 1, AT_P2);
    small_remove(s, 100, X, AT_P2);
    small_distribute(s, 200, X, 1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, X, AT_P2, 0, 20, 1000);
    expect_time(when(run, "CAS", EVENT_LIBRARY_REMOVED, NULL), 100);
    expect_time(when(run, "P2", EVENT_LIBRARY_REMOVED, NULL), 100);
    g_assert_cmpuint(n_requests(run, "CAS"), ==, 2);
    expect_delivered(run, X, AT_P2, 1, 220, 1000);
    small_run_free(run);
}

/* What was there before the run goes like anything else. */
static void preloaded_content_goes(void)
{
    struct scenario *s = company(CAS);
    small_preload(s, 0, X, AT_S1);
    small_remove(s, 100, X, AT_S1);
    small_distribute(s, 200, X, 1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, "S1", EVENT_REMOVED, "S1DP"), 100);
    expect_time(when(run, "P1", EVENT_LIBRARY_REMOVED, NULL), 100);
    expect_delivered(run, X, AT_S1, 0, 230, 1000);
    small_run_free(run);
}

/* Nothing has been sent there, or nothing is there any more: nothing is done, and nothing said. */
static void nothing_to_remove(void)
{
    struct scenario *s = company(CAS);
    small_remove(s, 0, X, AT_P1);
    small_distribute(s, 10, X, 1, AT_P1);
    small_remove(s, 100, X, AT_P1);
    small_remove(s, 110, X, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, X, AT_P1, 0, 20, 1000);
    g_assert_cmpuint(record_count(run->record, "P1", EVENT_REMOVED, NULL), ==, 1);
    g_assert_cmpuint(record_count(run->record, "P1", EVENT_LIBRARY_REMOVED, NULL), ==, 1);
    small_run_free(run);
}

/* ---- what is on its way ---------------------------------------------------------------------------------------------
 */

/* One sending thread, held by big until 100. The request for x waits, and is cancelled at 50; big is on its way, and
 * arrives: stored at P1 at 100, where nobody wants it any more, and given up. */
static void a_request_that_waits_is_cancelled(void)
{
    struct scenario *s = company(CAS);
    scenario_site(s, CAS)->sender.max_concurrent_all_sites = 1;
    small_distribute(s, 0, BIG, 1, AT_P1);
    small_distribute(s, 1, X, 1, AT_P1);
    small_remove(s, 50, X, AT_P1);
    small_remove(s, 50, BIG, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_cancelled(run, X, AT_P1, 0);
    expect_cancelled(run, BIG, AT_P1, 0);
    const struct told_transfer *request = record_transfer(run->record, X, "P1");
    g_assert_cmpint(request->state, ==, TRANSFER_CANCELLED);
    g_assert_cmpstr(request->reason, ==, "removed");
    expect_time(request->finished_s, 50);
    g_assert_cmpint(record_transfer(run->record, BIG, "P1")->state, ==, TRANSFER_DONE);
    expect_time(when(run, "P1", STATUS_STORED, NULL), 100);
    expect_time(when(run, "P1", EVENT_LIBRARY_REMOVED, NULL), 100);
    small_run_free(run);
}

/* The same request goes on when somebody beyond wants the package: S1's point. */
static void a_request_goes_on_for_others(void)
{
    struct scenario *s = company(CAS);
    scenario_site(s, CAS)->sender.max_concurrent_all_sites = 1;
    small_distribute(s, 0, BIG, 1, AT_P1);
    small_distribute(s, 1, X, 2, AT_P1, AT_S1);
    small_remove(s, 50, X, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_cancelled(run, X, AT_P1, 0);
    expect_delivered(run, X, AT_S1, 0, 130, 1000);
    small_run_free(run);
}

/* Asked for again while the request that was called off is gone: a new one, and the package thread of 50 s
 * (compressing) at CAS: told of the removal at 20, the thread ends at 50 without a mini-job; wanted again at 30, before
 * that, it goes as if nothing had been. */
static void removed_while_the_package_thread_runs(void)
{
    for (guint again = 0; again < 2; again++) {
        struct scenario *s = company(CAS);
        scenario_site(s, CAS)->distribution_manager.compress_rate_bytes_per_s = 20;
        small_distribute(s, 0, X, 1, AT_P1);
        small_remove(s, 20, X, AT_P1);
        if (again)
            small_distribute(s, 30, X, 1, AT_P1);
        struct small_run *run = small_run_all(s, false);
        expect_cancelled(run, X, AT_P1, 0);
        g_assert_cmpuint(n_requests(run, "P1"), ==, again);
        expect_time(when(run, "CAS", EVENT_CANCELLED, "P1"), again ? NAN : 50);
        if (again)
            expect_delivered(run, X, AT_P1, 1, 60, 1000);
        small_run_free(run);
    }
}

/* Asked for at the console of P1, 20 s away from CAS, and removed at that of CAS a second later: the leg is called off
 * before CAS knows of it. Wanted again at 30, the content goes: at P1 at 40, and at 50, with the database change, by
 * the instruction's third try (5 s apart). */
static void removed_before_anybody_knew(void)
{
    struct scenario *s = company(CAS);
    scenario_site(s, P1)->replication_lag_s = 20;
    scenario_site(s, P1)->despooler.despool_retry_delay_s = 5;
    small_distribute(s, 0, X, 1, AT_P1)->console = P1;
    small_remove(s, 1, X, AT_P1);
    small_distribute(s, 30, X, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_cancelled(run, X, AT_P1, 0);
    expect_delivered(run, X, AT_P1, 1, 50, 1000);
    g_assert_cmpuint(n_requests(run, "P1"), ==, 1);
    small_run_free(run);
}

/* One transfer thread, at 100 bytes/s: big holds it until 100. The job for x waits and is cancelled; big is copied to
 * its end, and then removed. */
static void a_copy_is_finished_first(void)
{
    struct scenario *s = company(P1);
    struct site_spec *site = scenario_site(s, P1);
    site->software_distribution.max_packages = site->software_distribution.max_threads_per_package = 1;
    site->transfer_manager.max_rate_bytes_per_s = 100;
    small_distribute(s, 0, BIG, 1, AT_P1);
    small_distribute(s, 1, X, 1, AT_P1);
    small_remove(s, 50, X, AT_P1);
    small_remove(s, 50, BIG, AT_P1);
    small_distribute(s, 200, BIG, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_cancelled(run, X, AT_P1, 0);
    g_assert_cmpstr(record_transfer(run->record, X, "P1DP")->reason, ==, "removed");
    expect_delivered(run, BIG, AT_P1, 0, 100, 10000);
    expect_time(when(run, "P1", EVENT_REMOVED, "P1DP"), 100);
    expect_delivered(run, BIG, AT_P1, 1, 300, 10000);
    small_run_free(run);
}

/* The copy of big, asked for again at 60, goes on and is what was asked for: the removal does nothing, and the second
 * job finds all there. */
static void distributed_again_meanwhile(void)
{
    struct scenario *s = company(P1);
    scenario_site(s, P1)->transfer_manager.max_rate_bytes_per_s = 100;
    small_distribute(s, 0, BIG, 1, AT_P1);
    small_remove(s, 50, BIG, AT_P1);
    small_distribute(s, 60, BIG, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, BIG, AT_P1, 0, 100, 10000);
    expect_delivered(run, BIG, AT_P1, 1, 100, 0);
    expect_time(when(run, "P1", EVENT_REMOVAL_OVERTAKEN, "P1DP"), 100);
    g_assert_cmpuint(record_count(run->record, NULL, EVENT_REMOVED, NULL), ==, 0);
    small_run_free(run);
}

/* Removed twice, and wanted in between, while the copy runs: one removal does the work of both. */
static void removed_twice_during_a_copy(void)
{
    struct scenario *s = company(P1);
    scenario_site(s, P1)->transfer_manager.max_rate_bytes_per_s = 100;
    small_distribute(s, 0, BIG, 1, AT_P1);
    small_remove(s, 50, BIG, AT_P1);
    small_distribute(s, 60, BIG, 1, AT_P1);
    small_remove(s, 70, BIG, AT_P1);
    small_distribute(s, 200, BIG, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_delivered(run, BIG, AT_P1, 0, 100, 10000);
    expect_cancelled(run, BIG, AT_P1, 1);
    g_assert_cmpuint(record_count(run->record, NULL, EVENT_REMOVED, NULL), ==, 1);
    expect_delivered(run, BIG, AT_P1, 2, 300, 10000);
    small_run_free(run);
}

/* ---- a distribution point that cannot be reached --------------------------------------------------------------------
 */

/* Its location is down from 50 to 150; retries are a minute apart: at 60 in vain, at 120 in vain, at 180 done. With one
 * retry it gives up at 120, and the content stays. */
static void an_unreachable_point_is_tried_again(void)
{
    for (uint32_t retries = 1; retries <= 100; retries += 99) {
        struct scenario *s = company(CAS);
        int32_t branch = small_location(s, "branch", LYON, 100);
        uint32_t dp = small_dp(s, "FAR", P1, branch);
        scenario_site(s, P1)->transfer_manager.retry_delay_s = 60;
        scenario_site(s, P1)->transfer_manager.retries = retries;
        small_distribute(s, 0, X, 1, dp);
        small_remove(s, 60, X, dp);
        small_fault(s, branch, 50, 100);
        struct small_run *run = small_run_all(s, false);
        g_assert_cmpuint(record_count(run->record, "P1", EVENT_REMOVAL_FAILED, "FAR"), ==, 2);
        expect_time(record_when(run->record, "P1", EVENT_REMOVAL_FAILED, "FAR", 1), 120);
        expect_time(when(run, "P1", EVENT_REMOVED, "FAR"), retries == 1 ? NAN : 180);
        expect_time(when(run, "P1", EVENT_LIBRARY_REMOVED, NULL), retries == 1 ? 120 : 180);
        small_run_free(run);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/removal/C3/content-goes", content_goes);
    g_test_add_func("/removal/C2/files-stay-while-something-refers-to-them", files_stay_while_something_refers_to_them);
    g_test_add_func("/removal/C2/a-copy-keeps-what-it-counts-on", a_copy_keeps_what_it_counts_on);
    g_test_add_func("/removal/C3/all-versions-go", all_versions_go);
    g_test_add_func("/removal/C3/a-site-keeps-what-sites-beyond-need", a_site_keeps_what_sites_beyond_need);
    g_test_add_func("/removal/C3/a-parked-copy-goes", a_parked_copy_goes);
    g_test_add_func("/removal/C3/preloaded-content-goes", preloaded_content_goes);
    g_test_add_func("/removal/C3/nothing-to-remove", nothing_to_remove);
    g_test_add_func("/removal/C3/a-request-that-waits-is-cancelled", a_request_that_waits_is_cancelled);
    g_test_add_func("/removal/C3/a-request-goes-on-for-others", a_request_goes_on_for_others);
    g_test_add_func("/removal/C3/removed-while-the-package-thread-runs", removed_while_the_package_thread_runs);
    g_test_add_func("/removal/C3/removed-before-anybody-knew", removed_before_anybody_knew);
    g_test_add_func("/removal/C3/a-copy-is-finished-first", a_copy_is_finished_first);
    g_test_add_func("/removal/C3/distributed-again-meanwhile", distributed_again_meanwhile);
    g_test_add_func("/removal/C3/removed-twice-during-a-copy", removed_twice_during_a_copy);
    g_test_add_func("/removal/X3/an-unreachable-point-is-tried-again", an_unreachable_point_is_tried_again);
    return g_test_run();
}
