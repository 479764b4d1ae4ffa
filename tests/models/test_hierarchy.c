/* Whole hierarchies, small enough to follow with a pencil. */
#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

/*   hq (CAS) --100-- lyon (P1) --50-- depot (S1)
 *      |------100--- oslo (P2)
 *      \------100--- rome (P3)
 *
 * One distribution point at each of P1, S1, P2 and P3, beside its site server. */
enum { HQ, LYON, DEPOT, OSLO, ROME };
enum { CAS, P1, S1, P2, P3 };
enum { AT_P1, AT_S1, AT_P2, AT_P3 };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "lyon", HQ, 100);
    small_location(s, "depot", LYON, 50);
    small_location(s, "oslo", HQ, 100);
    small_location(s, "rome", HQ, 100);
    small_site(s, "CAS", SITE_CENTRAL, -1, HQ);
    small_site(s, "P1", SITE_PRIMARY, CAS, LYON);
    small_site(s, "S1", SITE_SECONDARY, P1, DEPOT);
    small_site(s, "P2", SITE_PRIMARY, CAS, OSLO);
    small_site(s, "P3", SITE_PRIMARY, CAS, ROME);
    small_dp(s, "P1DP", P1, -1);
    small_dp(s, "S1DP", S1, -1);
    small_dp(s, "P2DP", P2, -1);
    small_dp(s, "P3DP", P3, -1);
    return s;
}

static double when(const struct small_run *run, const char *site, enum status_id id, const char *object)
{
    return record_when(run->record, site, id, object, 0);
}

static guint n_sent_to(const struct small_run *run, const char *site)
{
    guint n = 0;
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        n += t->kind == TRANSFER_SEND_REQUEST && !strcmp(t->to, site);
    }
    return n;
}

static enum delivery_state state_of(const struct small_run *run, uint32_t package, uint32_t dp)
{
    return record_delivery(run->record, package, dp)->last.state;
}

/* ---- a chain: central, primary, secondary ---------------------------------------------------------------------------
 */

/* Nothing takes time but the two links: 1000 / 100 to lyon, then 1000 / 50 to depot. */
static void chain_without_delays(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, AT_P1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 10, 10, 10);
    small_run_expect_delivered(run, package, AT_S1, 30, 30, 30);
    small_run_expect_causes(run, package, AT_P1, "sending", 10.0, NULL);
    small_run_expect_causes(run, package, AT_S1, "sending", 30.0, NULL);
    expect_bytes(sim_level_integral(&small_run_link(run, "lyon down")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "depot down")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "CAS sender")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "oslo down")->link.rate, 100), 0);
    expect_time(sim_now(run->sim), 30);
    small_run_free(run);
}

/* Every delay there is. */
static struct scenario *slow_company(void)
{
    struct scenario *s = company();
    scenario_location(s, LYON)->down_bytes_per_s = 60;
    scenario_location(s, DEPOT)->down_bytes_per_s = 30;
    for (int32_t i = CAS; i <= P3; i++) {
        struct site_spec *site = scenario_site(s, i);
        site->notification_delay_s = 10;
        site->replication_lag_s = i == S1 ? 60 : 120;
        site->distribution_manager.snapshot_rate_bytes_per_s = 100;
        site->distribution_manager.dp_thread_time_s = 9;
        site->distribution_manager.metadata_time_s = 1;
        site->distribution_manager.package_thread_tail_s = 2;
        site->distribution_manager.compress_rate_bytes_per_s = 50;
        site->distribution_manager.compression_ratio = 0.5;
        site->scheduler.scheduler_delay_s = 5;
        site->sender.instruction_size_bytes = 100;
        site->despooler.despool_rate_bytes_per_s = 20;
        site->transfer_manager.start_delay_s = 3;
        site->transfer_manager.max_rate_bytes_per_s = 100;
        site->status_manager.status_time_s = 4;
    }
    for (uint32_t i = AT_P1; i <= AT_P3; i++)
        scenario_dp(s, i)->per_file_time_s = 2;
    return s;
}

/*   0  action at the central site's console; known there at 10
 *  10  package thread: snapshot (1000 / 100) to 20, compressing (1000 / 50) to 40, mini-job, tail to 42; the metadata
 * leave at 42 and are at P1 at 162, at S1 at 222; the targets were at P1 at 120 (known 130), at S1 at 180 45  send
 * request, 500 + 100 bytes at 60: to 55 55  P1: code 12 (the metadata come at 162), next try at 355; despooling (1000 /
 * 20) to 405; told at 415 415  P1: distribution point thread to 424; job and mini-job; job starts at 427, 10 s of
 * copying, 1 file of 2 s: 439 429  send request, 600 at 30: 449; despooling to 499; told 509; thread to 518; job starts
 * 521, to 531, on the point at 533 known at P1 at 443, at the central site 120 + 10 later; at S1 at 537, at the central
 * site 60 + 120 + 10 later */
static void chain_with_delays(void)
{
    struct scenario *s = slow_company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, AT_P1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 439, 443, 573);
    small_run_expect_delivered(run, package, AT_S1, 533, 537, 727);

    static const struct {
        const char *site;
        enum status_id id;
        const char *object;
        double time_s;
    } rows[] = {
        {"CAS", EVENT_ACTION, NULL, 0},
        {"CAS", STATUS_PACKAGE_BEGIN, NULL, 10},
        {"CAS", STATUS_SNAPSHOT_DONE, NULL, 20},
        {"CAS", EVENT_COMPRESSED, NULL, 40},
        {"CAS", STATUS_TO_CHILD_SITE, "P1", 40},
        {"CAS", EVENT_MINI_JOB, "P1", 40},
        {"CAS", STATUS_PACKAGE_PROCESSED, NULL, 42},
        {"CAS", EVENT_SEND_REQUEST, "P1", 45},
        {"CAS", EVENT_SENDING_STARTED, "P1", 45},
        {"CAS", EVENT_SENDING_COMPLETED, "P1", 55},
        {"P1", STATUS_DESPOOLER_CODE_12, NULL, 55},
        {"P1", STATUS_PACKAGE_BEGIN, NULL, 130},
        {"P1", STATUS_PACKAGE_PROCESSED, NULL, 133},
        {"P1", STATUS_PACKAGE_UPDATED, NULL, 173},
        {"S1", STATUS_PACKAGE_BEGIN, NULL, 190},
        {"S1", STATUS_PACKAGE_UPDATED, NULL, 233},
        {"P2", STATUS_PACKAGE_UPDATED, NULL, 173}, /* hears of the package, and that is all */
        {"P1", EVENT_DESPOOLING_STARTED, NULL, 355},
        {"P1", STATUS_STORED, NULL, 405},
        {"P1", STATUS_DP_THREAD_START, "P1DP", 415},
        {"P1", STATUS_JOB_CREATED, "P1DP", 424},
        {"P1", STATUS_TO_CHILD_SITE, "S1", 424},
        {"P1", EVENT_COPY_STARTED, "P1DP", 427},
        {"P1", STATUS_CONTENT_SENT, "P1DP", 439},
        {"P1", STATUS_SUCCESS_REPORTED, "P1DP", 439},
        {"P1", STATUS_DISTRIBUTED, "P1DP", 443},
        {"P1", EVENT_SENDING_COMPLETED, "S1", 449},
        {"S1", STATUS_STORED, NULL, 499},
        {"S1", STATUS_JOB_CREATED, "S1DP", 518},
        {"S1", STATUS_DISTRIBUTED, "S1DP", 537},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        expect_near(when(run, rows[i].site, rows[i].id, rows[i].object), rows[i].time_s, 1e-9, rows[i].site, "status",
                    (int)rows[i].id);
    g_assert_cmpuint(record_count(run->record, NULL, EVENT_COMPRESSED, NULL), ==, 1);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_DESPOOLER_CODE_12, NULL), ==, 1);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_SNAPSHOT_DONE, NULL), ==, 1);

    small_run_expect_causes(run, package, AT_P1, "metadata_wait", 20.0, "snapshot", 10.0, "dp_thread", 9.0,
                            "compressing", 20.0, "scheduler_wait", 5.0, "sending", 10.0, "despool_retry_wait", 300.0,
                            "despooling", 50.0, "transfer_thread_wait", 3.0, "copying", 10.0, "adding_files", 2.0,
                            NULL);
    small_run_expect_causes(run, package, AT_S1, "metadata_wait", 30.0, "snapshot", 10.0, "dp_thread", 18.0,
                            "compressing", 20.0, "scheduler_wait", 10.0, "sending", 30.0, "despool_retry_wait", 300.0,
                            "despooling", 100.0, "transfer_thread_wait", 3.0, "copying", 10.0, "adding_files", 2.0,
                            NULL);
    const struct told_transfer *t = record_transfer(run->record, package, "P1");
    expect_bytes(t->bytes, 600);
    expect_time(t->in_state_s[TRANSFER_SCHEDULED], 5);
    expect_time(t->in_state_s[TRANSFER_MOVING], 10);
    small_run_free(run);
}

/* Where the same chain stands, for the delivery at P1, when the run ends in the middle of each step. */
static void open_says_what_it_waits_for(void)
{
    static const struct {
        double until_s;
        const char *reason;
    } rows[] = {
        {5, "metadata_wait"},          {15, "snapshot"},       {30, "compressing"},
        {43, "scheduler_wait"},        {50, "sending"},        {100, "despool_retry_wait"},
        {380, "despooling"},           {410, "metadata_wait"}, {420, "dp_thread"},
        {425, "transfer_thread_wait"}, {430, "copying"},       {438, "adding_files"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct scenario *s = slow_company();
        uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
        small_distribute(s, 0, package, 2, AT_P1, AT_S1);
        s->until_s = rows[i].until_s;
        struct small_run *run = small_run_all(s, false);
        g_assert_cmpint(state_of(run, package, AT_P1), ==, DELIVERY_OPEN);
        g_assert_cmpstr(record_delivery(run->record, package, AT_P1)->last.reason, ==, rows[i].reason);
        small_run_free(run);
    }
}

/* On its way, and waiting for its destination's own limit. */
static void open_waits_for_its_site(void)
{
    struct scenario *s = company();
    scenario_site(s, CAS)->sender.max_concurrent_per_site = 1;
    uint32_t first = small_package(s, "first", CAS, PRIORITY_HIGH, 1000);
    uint32_t second = small_package(s, "second", CAS, PRIORITY_LOW, 1000);
    small_distribute(s, 0, first, 1, AT_P1);
    small_distribute(s, 0, second, 1, AT_P1);
    s->until_s = 5;
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpstr(record_delivery(run->record, first, AT_P1)->last.reason, ==, "sending");
    g_assert_cmpstr(record_delivery(run->record, second, AT_P1)->last.reason, ==, "sender_wait_per_site");
    small_run_free(run);
}

/* ---- D1, D2: who knows when -----------------------------------------------------------------------------------------
 */

/* Taken at P2's console: the source site, the central one, hears of it 120 + 10 s later. */
static void console_elsewhere(void)
{
    struct scenario *s = slow_company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_create(s, 7, package)->console = P2;
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, "P2", EVENT_ACTION, NULL), 7);
    expect_time(when(run, "CAS", STATUS_PACKAGE_BEGIN, NULL), 137);
    expect_time(when(run, "CAS", STATUS_SNAPSHOT_DONE, NULL), 147);
    small_run_free(run);
}

/* Created at 0 (thread from 10 to 22: no other sites yet), distributed at 1000: known at 1010, nothing is taken in
 * again, compressed to 1030, request at 1035, sent by 1045; the metadata are at P1 at 142, the target at 1120: code 12
 * until 1345. */
static void created_before(void)
{
    struct scenario *s = slow_company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_create(s, 0, package);
    small_distribute(s, 1000, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, "CAS", STATUS_SNAPSHOT_DONE, NULL), 20);
    expect_time(when(run, "CAS", STATUS_PACKAGE_PROCESSED, NULL), 22);
    expect_time(when(run, "P1", STATUS_PACKAGE_UPDATED, NULL), 22 + 120 + 10 + 1);
    expect_time(when(run, "CAS", EVENT_SENDING_STARTED, "P1"), 1035);
    expect_time(when(run, "P1", STATUS_DESPOOLER_CODE_12, NULL), 1045);
    expect_time(when(run, "P1", EVENT_DESPOOLING_STARTED, NULL), 1345);
    g_assert_cmpuint(record_count(run->record, "CAS", STATUS_SNAPSHOT_DONE, NULL), ==, 1);
    small_run_free(run);
}

/* P1: content whose target's change, not only its metadata, is there is unpacked at once. */
static void no_code_12_when_the_change_was_faster(void)
{
    struct scenario *s = slow_company();
    scenario_site(s, P1)->replication_lag_s = 10; /* the metadata are there at 52, the content at 55 */
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_DESPOOLER_CODE_12, NULL), ==, 0);
    expect_time(when(run, "P1", STATUS_STORED, NULL), 105);
    small_run_free(run);
}

/* P1: both changes have to be there. The targets are at 120, the metadata at 162; the content, at 6 a second, comes at
 * 145. */
static void code_12_for_the_metadata_alone(void)
{
    struct scenario *s = slow_company();
    scenario_location(s, LYON)->down_bytes_per_s = 6;
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_DESPOOLER_CODE_12, NULL), ==, 1);
    expect_time(when(run, "P1", STATUS_DESPOOLER_CODE_12, NULL), 145);
    expect_time(when(run, "P1", EVENT_DESPOOLING_STARTED, NULL), 445);
    small_run_free(run);
}

/* D2: the metadata leave when the package thread ends. With a tail of 1000 s that is at 1040; they are at P1 at 1160:
 * tries at 55, 355, 655, 955 fail, the one at 1255 does not. */
static void metadata_leave_with_the_thread(void)
{
    struct scenario *s = slow_company();
    scenario_site(s, CAS)->distribution_manager.package_thread_tail_s = 1000;
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_DESPOOLER_CODE_12, NULL), ==, 4);
    expect_time(when(run, "P1", EVENT_DESPOOLING_STARTED, NULL), 1255);
    small_run_free(run);
}

/* ---- D6: where content goes -----------------------------------------------------------------------------------------
 */

static void only_where_it_is_targeted(void)
{
    struct scenario *s = company();
    uint32_t here = small_package(s, "here", CAS, PRIORITY_MEDIUM, 1000);
    uint32_t below = small_package(s, "below", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, here, 1, AT_P1);
    small_distribute(s, 1000, below, 1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, here, AT_P1, 10, 10, 10);
    small_run_expect_delivered(run, below, AT_S1, 1030, 1030, 1030);
    g_assert_null(record_transfer(run->record, here, "S1"));
    g_assert_null(record_transfer(run->record, below, "P1DP"));
    g_assert_cmpuint(n_sent_to(run, "P1"), ==, 2);
    g_assert_cmpuint(n_sent_to(run, "S1"), ==, 1);
    g_assert_cmpuint(n_sent_to(run, "P2") + n_sent_to(run, "P3") + n_sent_to(run, "CAS"), ==, 0);
    small_run_free(run);
}

/* P1 to P2: 5 s to the outbox, 10 s up; parked at the central site, whose slow despooler, disk and compressor have
 * nothing to do with it; again 5 + 10. */
static void primary_to_primary_is_parked(void)
{
    struct scenario *s = company();
    struct site_spec *central = scenario_site(s, CAS);
    central->despooler.despool_rate_bytes_per_s = central->distribution_manager.compress_rate_bytes_per_s = 1;
    central->distribution_manager.snapshot_rate_bytes_per_s = 1;
    central->distribution_manager.dp_thread_time_s = 1000;
    central->scheduler.scheduler_delay_s = scenario_site(s, P1)->scheduler.scheduler_delay_s = 5;
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, AT_P1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 0, 0, 0);
    small_run_expect_delivered(run, package, AT_P2, 30, 30, 30);
    small_run_expect_causes(run, package, AT_P2, "scheduler_wait", 10.0, "sending", 20.0, NULL);
    g_assert_cmpuint(record_count(run->record, "CAS", STATUS_STORED, NULL), ==, 0);
    g_assert_cmpuint(record_count(run->record, "CAS", STATUS_SNAPSHOT_DONE, NULL), ==, 0);
    small_run_free(run);
}

/* Parked content goes on without being sent up again: P3 is asked for at 1000. */
static void parked_content_goes_on_later(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    for (int32_t i = CAS; i <= P3; i++) {
        scenario_site(s, i)->notification_delay_s = 10;
        scenario_site(s, i)->scheduler.scheduler_delay_s = 5;
    }
    scenario_site(s, P1)->replication_lag_s = 2;
    small_distribute(s, 0, package, 1, AT_P2);
    small_distribute(s, 1000, package, 1, AT_P3);
    struct small_run *run = small_run_all(s, false);
    /* 10 + 5 + 10, and, from the central site, 5 + 10; told there 10 s later. */
    small_run_expect_delivered(run, package, AT_P2, 50, 50, 60);
    /* The central site hears at 1002 and takes it up at 1012: 5 + 10 + 10. */
    small_run_expect_delivered(run, package, AT_P3, 1037, 1037, 1047);
    small_run_expect_causes(run, package, AT_P3, "metadata_wait", 22.0, "scheduler_wait", 5.0, "sending", 10.0, NULL);
    g_assert_cmpuint(n_sent_to(run, "CAS"), ==, 1);
    small_run_free(run);
}

/* The central site only passes it on: content that comes before the central site has heard of the targets (at 1000)
 * does not wait there. P2, which has to unpack it, fails with code 12 at 20 and finds the change, 1020 old by way of
 * the central site, at 20 + 4 x 300. */
static void passes_on_before_it_has_heard(void)
{
    struct scenario *s = company();
    scenario_site(s, P1)->replication_lag_s = 1000;
    scenario_site(s, P2)->replication_lag_s = 20;
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    expect_time(record_transfer(run->record, package, "P2")->finished_s, 20);
    small_run_expect_delivered(run, package, AT_P2, 1220, 1220, 1240);
    small_run_expect_causes(run, package, AT_P2, "sending", 20.0, "despool_retry_wait", 1200.0, NULL);
    small_run_free(run);
}

/* A third primary is asked for while the content is on its way up (0 to 10): it goes on to both. */
static void joins_what_is_on_its_way_up(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P2);
    small_distribute(s, 4, package, 1, AT_P3);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P2, 20, 20, 20);
    small_run_expect_delivered(run, package, AT_P3, 20, 20, 20);
    small_run_expect_causes(run, package, AT_P3, "sending", 16.0, NULL);
    g_assert_cmpuint(n_sent_to(run, "CAS"), ==, 1);
    small_run_free(run);
}

/* From a secondary: up to P1 over its link (1000 / 50), which stores it; up to the central site (10), which does not;
 * down to P2 (10). P1's own point, targeted too, gets it on the way. */
static void from_a_secondary_up_and_over(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", S1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 3, AT_S1, AT_P1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_S1, 0, 0, 0);
    small_run_expect_delivered(run, package, AT_P1, 20, 20, 20);
    small_run_expect_delivered(run, package, AT_P2, 40, 40, 40);
    small_run_expect_causes(run, package, AT_P2, "sending", 40.0, NULL);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_STORED, NULL), ==, 1);
    g_assert_cmpuint(record_count(run->record, "CAS", STATUS_STORED, NULL), ==, 0);
    expect_bytes(sim_level_integral(&small_run_link(run, "depot up")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "lyon up")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "oslo down")->link.rate, 100), 1000);
    expect_bytes(sim_level_integral(&small_run_link(run, "lyon down")->link.rate, 100), 0);
    small_run_free(run);
}

/* P1's package to its own secondary does not go by the central site. */
static void from_a_primary_to_its_secondary(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_S1, 20, 20, 20);
    g_assert_cmpuint(n_sent_to(run, "CAS"), ==, 0);
    small_run_free(run);
}

/* P2's package to P1's secondary: 10 up, 10 down, 20 down; P1 stores what passes. */
static void to_the_secondary_of_another_primary(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", P2, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_S1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_S1, 40, 40, 40);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_STORED, NULL), ==, 1);
    g_assert_null(record_transfer(run->record, package, "P1DP"));
    small_run_free(run);
}

/* ---- T2 -------------------------------------------------------------------------------------------------------------
 */

/* In 2007 the central site has points, stores what comes (1000 / 20) and sends it on from its library. */
static void central_site_of_2007(void)
{
    struct scenario *s = company();
    s->generation = GENERATION_2007;
    scenario_site(s, CAS)->despooler.despool_rate_bytes_per_s = 20;
    uint32_t central = small_dp(s, "CASDP", CAS, -1);
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, AT_P2, central);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, central, 60, 60, 60);
    small_run_expect_delivered(run, package, AT_P2, 70, 70, 70);
    g_assert_cmpuint(record_count(run->record, "CAS", STATUS_STORED, NULL), ==, 1);
    small_run_free(run);
}

/* ---- later actions --------------------------------------------------------------------------------------------------
 */

/* Two threads of all sites, one per site, links of 100. At 0: a (3000 bytes) to P1, c (10000) to P2, b (1000) to P1; at
 * 5 e (high, 7000) to P3. b waits for P1's limit until 30; the thread of a then goes to e until 100, when c ends too. A
 * second point at P1 is asked for at 20: it joins b's request, and of its wait 10 s were for the site, 70 s for any
 * thread. */
static void joins_a_request_in_line(void)
{
    struct scenario *s = company();
    scenario_site(s, CAS)->sender.max_concurrent_all_sites = 2;
    scenario_site(s, CAS)->sender.max_concurrent_per_site = 1;
    uint32_t late = small_dp(s, "P1DP2", P1, -1);
    uint32_t a = small_package(s, "a", CAS, PRIORITY_MEDIUM, 3000),
             c = small_package(s, "c", CAS, PRIORITY_MEDIUM, 10000);
    uint32_t b = small_package(s, "b", CAS, PRIORITY_MEDIUM, 1000), e = small_package(s, "e", CAS, PRIORITY_HIGH, 7000);
    small_distribute(s, 0, a, 1, AT_P1);
    small_distribute(s, 0, c, 1, AT_P2);
    small_distribute(s, 0, b, 1, AT_P1);
    small_distribute(s, 5, e, 1, AT_P3);
    small_distribute(s, 20, b, 1, late);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, a, AT_P1, 30, 30, 30);
    small_run_expect_delivered(run, c, AT_P2, 100, 100, 100);
    small_run_expect_delivered(run, e, AT_P3, 100, 100, 100);
    small_run_expect_delivered(run, b, AT_P1, 110, 110, 110);
    small_run_expect_delivered(run, b, late, 110, 110, 110);
    small_run_expect_causes(run, e, AT_P3, "sender_wait_all_sites", 25.0, "sending", 70.0, NULL);
    small_run_expect_causes(run, b, AT_P1, "sender_wait_per_site", 30.0, "sender_wait_all_sites", 70.0, "sending", 10.0,
                            NULL);
    small_run_expect_causes(run, b, late, "sender_wait_per_site", 10.0, "sender_wait_all_sites", 70.0, "sending", 10.0,
                            NULL);
    g_assert_cmpuint(n_sent_to(run, "P1"), ==, 2);
    small_run_free(run);
}

/* The site below is asked for while the content is being sent to the one above (0 to 10), and again when it is there.
 */
static void site_below_joins(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    uint32_t late = small_dp(s, "S1DP2", S1, -1), later = small_dp(s, "S1DP3", S1, -1);
    small_distribute(s, 0, package, 1, AT_P1);
    small_distribute(s, 4, package, 1, AT_S1);
    small_distribute(s, 15, package, 1, late);
    small_distribute(s, 50, package, 1, later);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 10, 10, 10);
    small_run_expect_delivered(run, package, AT_S1, 30, 30, 30);
    small_run_expect_delivered(run, package, late, 30, 30, 30);
    small_run_expect_delivered(run, package, later, 50, 50, 50);
    small_run_expect_causes(run, package, AT_S1, "sending", 26.0, NULL);
    small_run_expect_causes(run, package, late, "sending", 15.0, NULL);
    small_run_expect_causes(run, package, later, NULL);
    g_assert_cmpuint(n_sent_to(run, "P1") + n_sent_to(run, "S1"), ==, 2);
    small_run_free(run);
}

/* A point that has the content, or is to get it, is not asked for again. */
static void asked_for_twice(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P1);
    small_distribute(s, 4, package, 1, AT_P1);
    small_distribute(s, 100, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 1);
    g_assert_cmpuint(run->record->transfers->len, ==, 2);
    small_run_free(run);
}

/* ---- faults ---------------------------------------------------------------------------------------------------------
 */

/* lyon is down from 5 to 15: lost at 5, tried again at 65, the other 500 bytes until 70. */
static void outage_while_sending(void)
{
    struct scenario *s = company();
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 2, AT_P1, AT_P2);
    small_fault(s, LYON, 5, 10);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 70, 70, 70);
    small_run_expect_delivered(run, package, AT_P2, 10, 10, 10);
    small_run_expect_causes(run, package, AT_P1, "sending", 10.0, "retry_wait", 60.0, NULL);
    expect_bytes(sim_level_integral(&small_run_link(run, "lyon down")->link.rate, 100), 1000);
    small_run_free(run);
}

/* P1's point in depot: two files of 500 at 50 a second, lost at 10 + 15: one file whole. Again 1800 s later: 10 s. */
static void outage_while_copying(void)
{
    struct scenario *s = company();
    uint32_t remote = small_dp(s, "far", P1, DEPOT);
    uint32_t package = small_empty_package(s, "p", CAS, PRIORITY_MEDIUM);
    small_files(s, package, "two", 2, 500);
    small_distribute(s, 0, package, 2, AT_P1, remote);
    small_fault(s, DEPOT, 25, 1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 10, 10, 10);
    small_run_expect_delivered(run, package, remote, 1835, 1835, 1835);
    small_run_expect_causes(run, package, remote, "sending", 10.0, "copying", 25.0, "retry_wait", 1800.0, NULL);
    const struct told_delivery *d = record_delivery(run->record, package, remote);
    expect_bytes(d->last.bytes, 1250);
    expect_bytes(record_transfer(run->record, package, "far")->bytes_resent, 250);
    expect_bytes(sim_level_integral(&small_run_link(run, "depot down")->link.rate, 2000), 1250);
    small_run_free(run);
}

/* lyon is away for a day and the sender gives up after 100 s: what P1 was to bring has failed, to its own point and to
 * the one below, and says why; P2's is there. Asked for again two days later, everything arrives, S1's by way of P1. */
static void request_fails_for_good(void)
{
    struct scenario *s = company();
    struct site_spec *central = scenario_site(s, CAS);
    central->sender.retries = 0;
    central->scheduler.reschedule_for_s = 100;
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 3, AT_P1, AT_S1, AT_P2);
    small_fault(s, LYON, 0, 86400);
    small_distribute(s, 172800, package, 2, AT_P1, AT_S1);
    struct small_run *run = small_run_new(s, false);
    sim_run(run->sim, 100000);
    for (uint32_t dp = AT_P1; dp <= AT_S1; dp++) {
        g_assert_cmpint(state_of(run, package, dp), ==, DELIVERY_FAILED);
        g_assert_cmpstr(record_delivery(run->record, package, dp)->last.reason, ==, "no_connection");
    }
    g_assert_cmpint(record_transfer(run->record, package, "P1")->state, ==, TRANSFER_FAILED);
    expect_time(record_transfer(run->record, package, "P1")->finished_s, 30);
    small_run_expect_delivered(run, package, AT_P2, 10, 10, 10);
    sim_run(run->sim, INFINITY);
    hierarchy_report_open(run->hierarchy);
    small_run_expect_delivered(run, package, AT_P1, 172810, 172810, 172810);
    small_run_expect_delivered(run, package, AT_S1, 172830, 172830, 172830);
    small_run_expect_causes(run, package, AT_S1, "sending", 30.0, NULL);
    g_assert_cmpuint(run->record->deliveries->len, ==, 5);
    small_run_free(run);
}

/* The same for a leg from the central site, which holds parked content: the second request leaves from there. */
static void parked_request_fails_for_good(void)
{
    struct scenario *s = company();
    struct site_spec *central = scenario_site(s, CAS);
    central->sender.retries = 0;
    central->scheduler.reschedule_for_s = 100;
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P2);
    small_fault(s, OSLO, 0, 86400);
    small_distribute(s, 172800, package, 1, AT_P2);
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *deliveries = (const void *)run->record->deliveries->data;
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    g_assert_cmpint(deliveries[0].last.state, ==, DELIVERY_FAILED);
    small_run_expect_delivered(run, package, AT_P2, 172810, 172810, 172810);
    g_assert_cmpuint(n_sent_to(run, "CAS"), ==, 1);
    small_run_free(run);
}

/* A point that is down and stays so: its job fails after one retry, and so does the delivery; a later action succeeds.
 */
static void job_fails_for_good(void)
{
    struct scenario *s = company();
    scenario_site(s, P1)->transfer_manager.retries = 1;
    uint32_t remote = small_dp(s, "far", P1, DEPOT);
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, remote);
    small_fault(s, DEPOT, 0, 10000);
    small_distribute(s, 20000, package, 1, remote);
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *deliveries = (const void *)run->record->deliveries->data;
    const struct told_transfer *job = &g_array_index(run->record->transfers, struct told_transfer, 0);
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    g_assert_cmpint(deliveries[0].last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(deliveries[0].last.reason, ==, "destination_down");
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    expect_time(job->finished_s, 1800);
    small_run_expect_delivered(run, package, remote, 20020, 20020, 20020);
    small_run_free(run);
}

/* ---- N2, N4, N5, X1 in a whole hierarchy ----------------------------------------------------------------------------
 */

/* 50 ms one way to lyon: a window of 1000 bytes per 0.1 s lets 10000 through; 40000 bytes take 4 s. A route's own
 * window of 2000 halves that; a bandwidth of 5000 takes 8 s. */
static double time_to_lyon(double window_bytes, double bandwidth, enum transfer_limit limit)
{
    struct scenario *s = company();
    scenario_location(s, LYON)->down_bytes_per_s = INFINITY;
    scenario_location(s, LYON)->latency_s = 0.05;
    scenario_site(s, CAS)->sender.window_bytes = 1000;
    if (window_bytes > 0 || bandwidth < INFINITY) {
        struct route_spec *route = small_route(s, CAS, P1);
        route->window_bytes = window_bytes > 0 ? window_bytes : NAN;
        route->bandwidth_bytes_per_s = bandwidth;
    }
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 40000);
    small_distribute(s, 0, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    double on_dp_s = record_delivery(run->record, package, AT_P1)->last.on_dp_s;
    g_assert_cmpint(record_transfer(run->record, package, "P1")->limited_by, ==, limit);
    small_run_free(run);
    return on_dp_s;
}

static void window_and_route(void)
{
    expect_time(time_to_lyon(0, INFINITY, LIMIT_WINDOW), 4);
    expect_time(time_to_lyon(2000, INFINITY, LIMIT_WINDOW), 2);
    expect_time(time_to_lyon(0, 5000, LIMIT_LINK), 8);
}

/* A route of the other direction does not matter. */
static void route_has_a_direction(void)
{
    struct scenario *s = company();
    small_route(s, P1, CAS)->bandwidth_bytes_per_s = 1;
    uint32_t package = small_package(s, "p", CAS, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, package, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, AT_P1, 10, 10, 10);
    small_run_free(run);
}

/* Two points in depot with windows of their own: 100 ms round trip; one at 1000 / 0.1, the other, absent, at the
 * transfer manager's 500 / 0.1. */
static void windows_of_points(void)
{
    struct scenario *s = company();
    scenario_location(s, DEPOT)->down_bytes_per_s = INFINITY;
    scenario_location(s, DEPOT)->latency_s = 0.05;
    scenario_site(s, P1)->transfer_manager.window_bytes = 500;
    uint32_t wide = small_dp(s, "wide", P1, DEPOT), plain = small_dp(s, "plain", P1, DEPOT);
    scenario_dp(s, wide)->window_bytes = 1000;
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 40000);
    small_distribute(s, 0, package, 2, wide, plain);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, wide, 4, 4, 4);
    small_run_expect_delivered(run, package, plain, 8, 8, 8);
    small_run_free(run);
}

/* The server's disk of 100 is read by two copies at once: 20 s each. A point's own disk of 40 leaves 60 to the other:
 * 1000 / 60, and 1000 / 40. */
static void disks(void)
{
    for (int slow = 0; slow < 2; slow++) {
        struct scenario *s = company();
        scenario_site(s, P1)->disk_bytes_per_s = 100;
        uint32_t other = small_dp(s, "other", P1, -1);
        if (slow)
            scenario_dp(s, other)->disk_bytes_per_s = 40;
        uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
        small_create(s, 0, package);
        small_distribute(s, 100, package, 2, AT_P1, other);
        struct small_run *run = small_run_all(s, false);
        double first_s = slow ? 100 + 1000.0 / 60 : 120, second_s = slow ? 125 : 120;
        small_run_expect_delivered(run, package, AT_P1, first_s, first_s, first_s);
        small_run_expect_delivered(run, package, other, second_s, second_s, second_s);
        small_run_free(run);
    }
}

/* A point on the site server: no network, not even the interfaces, and no outage; the disk, of 100, once. */
static void point_on_the_site_server(void)
{
    struct scenario *s = company();
    scenario_site(s, P1)->interface_bytes_per_s = 1;
    scenario_site(s, P1)->disk_bytes_per_s = 100;
    uint32_t local = small_dp(s, "local", P1, -1);
    scenario_dp(s, local)->on_site_server = true;
    uint32_t package = small_package(s, "p", P1, PRIORITY_MEDIUM, 1000);
    small_create(s, 0, package);
    small_distribute(s, 100, package, 1, local);
    small_fault(s, LYON, 90, 1000);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, package, local, 110, 110, 110);
    small_run_free(run);
}

/* Six jobs of package a and one of b to P1's points, 10 s each at the most, 2 packages x 2 threads. Jobs: 4 of a, then
 * 2 of a and b. In order of creation b's job is the last: a from 0 and 10, b from 10. */
static void transfer_threads(void)
{
    struct scenario *s = company();
    struct site_spec *site = scenario_site(s, P1);
    site->software_distribution.max_packages = site->software_distribution.max_threads_per_package = 2;
    site->transfer_manager.max_rate_bytes_per_s = 100;
    for (int i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("DP%d", i);
        small_dp(s, name, P1, -1);
    }
    uint32_t a = small_package(s, "a", P1, PRIORITY_MEDIUM, 1000), b = small_package(s, "b", P1, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, a, 6, AT_P1, 4, 5, 6, 7, 8);
    small_distribute(s, 0, b, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    guint n_at_10 = 0, n_at_20 = 0;
    for (uint32_t i = 0; i < run->record->deliveries->len; i++) {
        double on_dp_s = g_array_index(run->record->deliveries, struct told_delivery, i).last.on_dp_s;
        n_at_10 += on_dp_s == 10;
        n_at_20 += on_dp_s == 20;
    }
    g_assert_cmpuint(n_at_10, ==, 4);
    g_assert_cmpuint(n_at_20, ==, 3);
    expect_time(small_run_pool(run, "P1", POOL_TRANSFER_MANAGER)->slots->in_use.max, 4);
    small_run_free(run);
}

/* Two packages that list the same files: the second moves to P1 whole (C3: a package), but not to the point (C2). */
static void files_a_point_has(void)
{
    struct scenario *s = company();
    scenario_site(s, P1)->transfer_manager.max_rate_bytes_per_s = 100;
    uint32_t first = small_empty_package(s, "first", CAS, PRIORITY_MEDIUM);
    uint32_t second = small_empty_package(s, "second", CAS, PRIORITY_MEDIUM);
    small_files(s, first, "shared", 1, 1000);
    small_files(s, second, "shared", 1, 1000);
    small_files(s, second, "own", 1, 500);
    small_distribute(s, 0, first, 1, AT_P1);
    small_distribute(s, 100, second, 1, AT_P1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, first, AT_P1, 20, 20, 20);
    small_run_expect_delivered(run, second, AT_P1, 120, 120, 120); /* 15 to P1, 5 to the point */
    expect_bytes(record_delivery(run->record, second, AT_P1)->last.bytes, 500);
    small_run_free(run);
}

/* 30 packages to 100 distribution points in one action: who runs it in portions of events stops within the action, and
 * goes on there. */
static void stops_within_an_action(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), site = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    for (uint32_t i = 0; i < 100; i++) {
        g_autofree char *name = g_strdup_printf("D%u", i);
        small_dp(s, g_intern_string(name), site, hq);
    }
    for (uint32_t i = 0; i < 30; i++) {
        g_autofree char *id = g_strdup_printf("p%u", i);
        small_package(s, g_intern_string(id), site, PRIORITY_MEDIUM, 1);
    }
    struct action_spec *all = small_distribute(s, 5, 0, 1, 0);
    for (uint32_t i = 1; i < 100; i++)
        g_array_append_val(all->to.members, i);
    for (uint32_t i = 1; i < 30; i++)
        g_array_append_val(all->packages.members, i);
    struct small_run *run = small_run_new(s, false);
    g_assert_false(sim_run_at_most(run->sim, INFINITY, 2));
    uint32_t n = hierarchy_n_deliveries(run->hierarchy);
    g_assert_cmpfloat(sim_now(run->sim), ==, 5);
    g_assert_cmpuint(n, >, 0);
    g_assert_cmpuint(n, <, 3000);
    while (!sim_run_at_most(run->sim, 5, 2))
        continue;
    g_assert_cmpuint(hierarchy_n_deliveries(run->hierarchy), ==, 3000);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hierarchy/chain/without-delays", chain_without_delays);
    g_test_add_func("/hierarchy/chain/with-delays", chain_with_delays);
    g_test_add_func("/hierarchy/open/says-what-it-waits-for", open_says_what_it_waits_for);
    g_test_add_func("/hierarchy/open/waits-for-its-site", open_waits_for_its_site);
    g_test_add_func("/hierarchy/D1/console-elsewhere", console_elsewhere);
    g_test_add_func("/hierarchy/D2/created-before", created_before);
    g_test_add_func("/hierarchy/P1/no-code-12-when-the-change-was-faster", no_code_12_when_the_change_was_faster);
    g_test_add_func("/hierarchy/P1/code-12-for-the-metadata-alone", code_12_for_the_metadata_alone);
    g_test_add_func("/hierarchy/D2/metadata-leave-with-the-thread", metadata_leave_with_the_thread);
    g_test_add_func("/hierarchy/D6/only-where-it-is-targeted", only_where_it_is_targeted);
    g_test_add_func("/hierarchy/D6/primary-to-primary-is-parked", primary_to_primary_is_parked);
    g_test_add_func("/hierarchy/D6/parked-content-goes-on-later", parked_content_goes_on_later);
    g_test_add_func("/hierarchy/D6/passes-on-before-it-has-heard", passes_on_before_it_has_heard);
    g_test_add_func("/hierarchy/D6/joins-what-is-on-its-way-up", joins_what_is_on_its_way_up);
    g_test_add_func("/hierarchy/D6/from-a-secondary-up-and-over", from_a_secondary_up_and_over);
    g_test_add_func("/hierarchy/D6/from-a-primary-to-its-secondary", from_a_primary_to_its_secondary);
    g_test_add_func("/hierarchy/D6/to-the-secondary-of-another-primary", to_the_secondary_of_another_primary);
    g_test_add_func("/hierarchy/T2/central-site-of-2007", central_site_of_2007);
    g_test_add_func("/hierarchy/C3/joins-a-request-in-line", joins_a_request_in_line);
    g_test_add_func("/hierarchy/C3/site-below-joins", site_below_joins);
    g_test_add_func("/hierarchy/C3/asked-for-twice", asked_for_twice);
    g_test_add_func("/hierarchy/S5/outage-while-sending", outage_while_sending);
    g_test_add_func("/hierarchy/X3/outage-while-copying", outage_while_copying);
    g_test_add_func("/hierarchy/D5/request-fails-for-good", request_fails_for_good);
    g_test_add_func("/hierarchy/D5/parked-request-fails-for-good", parked_request_fails_for_good);
    g_test_add_func("/hierarchy/X3/job-fails-for-good", job_fails_for_good);
    g_test_add_func("/hierarchy/N2/window-and-route", window_and_route);
    g_test_add_func("/hierarchy/N2/route-has-a-direction", route_has_a_direction);
    g_test_add_func("/hierarchy/N2/windows-of-points", windows_of_points);
    g_test_add_func("/hierarchy/N4/disks", disks);
    g_test_add_func("/hierarchy/N5/point-on-the-site-server", point_on_the_site_server);
    g_test_add_func("/hierarchy/X1/transfer-threads", transfer_threads);
    g_test_add_func("/hierarchy/C2/files-a-point-has", files_a_point_has);
    g_test_add_func("/hierarchy/D1/stops-within-an-action", stops_within_an_action);
    return g_test_run();
}
