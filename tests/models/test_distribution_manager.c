/* The distribution manager alone (D2 to D4; N4 as far as it meets it). Deliveries and legs are made by hand; what comes
 * of them is written down: "A+9 " a transfer job for point A at 9, ">B+9 " a mini-job to site B, "v0+9 " the metadata
 * of package 0 leaves. */
#include "models/distribution_manager.h"

#include <glib.h>
#include <string.h>

#include "models/delivery.h"
#include "tests/support/small.h"

#define MAX_DPS 8
#define N_PACKAGES 5
#define MAX_ERRANDS 16

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct scenario *scenario;
    struct content content;
    struct distribution_manager_params params;
    struct software_distribution_params shared;
    struct record *record;
    struct sim_link disk;
    struct distribution_manager manager;
    struct site_package packages[N_PACKAGES];
    struct distribution_point dps[MAX_DPS];
    uint32_t n_deliveries, n_legs;
    struct delivery deliveries[MAX_ERRANDS];
    struct leg legs[MAX_ERRANDS];
    struct site_package receiver; /* of all legs: it has nothing */
    struct site_version receivers[MAX_ERRANDS];
    GString *said;
};

static struct world *world_of(const struct site_package *sp)
{
    return SIM_OWNER(struct world, manager, sp->manager);
}

static void job_due(struct delivery *delivery)
{
    struct world *world = world_of(delivery->at->sp);
    g_string_append_printf(world->said, "%s+%.10g ", delivery->dp->spec->name, sim_now(world->sim));
}

static void mini_job_due(struct leg *leg)
{
    struct world *world = world_of(leg->from->sp);
    cause_log_end(world->sim->memory, &leg->log, sim_now(world->sim));
    g_string_append_printf(world->said, ">%s+%.10g ", leg->transfer.to, sim_now(world->sim));
}

static void version_leaves(struct site_version *version)
{
    struct world *world = world_of(version->sp);
    g_string_append_printf(world->said, "v%u+%.10g ", version->sp->package->index, sim_now(world->sim));
}

/* Packages of 1000 bytes, snapshot and compression at 100 bytes/s, distribution point threads of 9 s. */
static struct world *world_new(bool is_source, uint32_t max_packages, uint32_t max_threads, double disk_bytes_per_s)
{
    struct world *world = g_new0(struct world, 1);
    struct scenario *s = world->scenario = small_scenario();
    small_location(s, "here", -1, INFINITY);
    small_site(s, "SRC", SITE_PRIMARY, -1, 0);
    static const char *const packages[N_PACKAGES] = {"p0", "p1", "p2", "p3", "p4"};
    for (uint32_t i = 0; i < N_PACKAGES; i++)
        small_package(s, packages[i], 0, PRIORITY_MEDIUM, 1000);
    static const char *const points[MAX_DPS] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    for (uint32_t i = 0; i < MAX_DPS; i++)
        small_dp(s, points[i], 0, -1);

    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    content_init(&world->content, s, NULL);
    world->params = small_distribution_manager();
    world->params.snapshot_rate_bytes_per_s = world->params.compress_rate_bytes_per_s = 100;
    world->params.dp_thread_time_s = 9;
    world->shared = (struct software_distribution_params){max_packages, max_threads};
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    sim_link_init(world->network, &world->disk, disk_bytes_per_s);
    distribution_manager_init(&world->manager, world->sim, world->network, &world->params, &world->shared,
                              &world->content, &world->record->observer, "SRC",
                              isfinite(disk_bytes_per_s) ? &world->disk : NULL);
    world->manager.job_due = job_due;
    world->manager.mini_job_due = mini_job_due;
    world->manager.version_leaves = version_leaves;
    for (uint32_t i = 0; i < N_PACKAGES; i++)
        site_package_init(&world->packages[i], &world->manager, &world->content.packages[i], is_source, false);
    for (uint32_t i = 0; i < MAX_DPS; i++)
        world->dps[i] = (struct distribution_point){.spec = scenario_dp(s, i), .index = i};
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_deliveries; i++) {
        if (world->deliveries[i].work)
            sim_cancel(world->sim, &world->deliveries[i].work->event);
        delivery_clear(&world->deliveries[i]);
    }
    for (uint32_t i = 0; i < N_PACKAGES; i++)
        site_package_clear(&world->packages[i]);
    distribution_manager_clear(&world->manager);
    sim_link_clear(&world->disk);
    content_clear(&world->content);
    sim_network_free(world->network);
    sim_free(world->sim);
    record_free(world->record);
    scenario_free(world->scenario);
    g_string_free(world->said, TRUE);
    g_free(world);
}

static void expect_own(const struct delivery *delivery, enum cause cause, double expected_s)
{
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&delivery->log, 0, INFINITY, cause_s);
    expect_time(cause_s[cause], expected_s);
}

static struct site_version *first(struct world *world, uint32_t package)
{
    return site_package_version(&world->packages[package], package_version(&world->content.packages[package], 1));
}

/* Where the leg goes: a site that has nothing yet. */
static struct site_version *receiver(struct world *world, const struct leg *leg)
{
    struct site_version *receiver = &world->receivers[leg - world->legs];
    *receiver = (struct site_version){.sp = &world->receiver, .version = leg->from->version};
    return receiver;
}

/* What a notice says: a delivery to point A, B, ... for each letter; a leg to the site for each letter after '>'; 'v':
 * take a new version in, here at the source; 'm': metadata of a new version, here elsewhere. */
static void notice(struct world *world, uint32_t package, const char *what)
{
    struct site_package *sp = &world->packages[package];
    struct site_version *version = first(world, package);
    static const char *const sites[] = {"A", "B", "C", "D", "E", "F", "G", "H"};
    bool legs = false;
    site_package_know(sp, version->version);
    if (sp->is_source && !strchr(what, 'v') && !version->announced)
        version->stored = true; /* since long before */
    for (; *what; what++)
        if (*what == 'v') {
            site_package_take_in(sp, version);
        } else if (*what == 'm') {
            site_package_metadata(sp, version);
        } else if (*what == '>') {
            legs = true;
        } else if (legs) {
            struct leg *leg = &world->legs[world->n_legs++];
            leg->from = version;
            leg->to = receiver(world, leg);
            leg->created_s = sim_now(world->sim);
            leg->transfer.to = sites[*what - 'A'];
            cause_log_init(&leg->log);
            site_package_add_leg(sp, leg);
        } else {
            struct delivery *delivery = &world->deliveries[world->n_deliveries++];
            delivery->dp = &world->dps[*what - 'A'];
            delivery->at = version;
            delivery->requested_s = sim_now(world->sim);
            delivery->content_s = delivery->on_dp_s = NAN;
            if (site_version_here(version))
                cause_log_switch(world->sim->memory, &delivery->log, delivery->requested_s, CAUSE_METADATA_WAIT);
            site_package_add_delivery(sp, delivery);
        }
    site_package_notify(sp);
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
}

static double when(const struct world *world, enum status_id id, const char *object, uint32_t n)
{
    return record_when(world->record, "SRC", id, object, n);
}

static uint32_t count(const struct world *world, enum status_id id)
{
    return record_count(world->record, "SRC", id, NULL);
}

/* ---- D3 at the source site ------------------------------------------------------------------------------------------
 */

/* 10 s of snapshot; then the metadata leave as the thread ends, and say so. */
static void new_version(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    notice(world, 0, "v");
    run_and_expect(world, INFINITY, "v0+10 ");
    expect_time(when(world, STATUS_PACKAGE_BEGIN, "", 0), 0);
    expect_time(when(world, STATUS_SNAPSHOT_DONE, "", 0), 10);
    expect_time(when(world, STATUS_PACKAGE_UPDATED, "", 0), 10);
    expect_time(when(world, STATUS_PACKAGE_PROCESSED, "", 0), 10);
    world_free(world);
}

/* At most two distribution point threads: as each ends the next begins. After the last one the content is compressed
 * and sent, then the tail of 2 s. Own time of A: 10 snapshot, 9 thread; of C: 10, waits 9, 9. */
static void steps_of_a_thread(void)
{
    struct world *world = world_new(true, 3, 2, INFINITY);
    world->params.package_thread_tail_s = 2;
    notice(world, 0, "vABC>AB");
    run_and_expect(world, INFINITY, "A+19 B+19 C+28 >A+38 >B+38 v0+40 ");
    expect_time(when(world, STATUS_DP_THREAD_START, "C", 0), 19);
    expect_time(when(world, STATUS_JOB_CREATED, "C", 0), 28);
    expect_time(when(world, EVENT_COMPRESSED, "", 0), 38);
    expect_time(when(world, STATUS_TO_CHILD_SITE, "B", 0), 38);
    expect_time(when(world, STATUS_PACKAGE_PROCESSED, "", 0), 40);
    const struct delivery *a = &world->deliveries[0], *c = &world->deliveries[2];
    expect_own(a, CAUSE_SNAPSHOT, 10);
    expect_own(a, CAUSE_DP_THREAD_WAIT, 0);
    expect_own(a, CAUSE_DP_THREAD, 9);
    expect_own(c, CAUSE_SNAPSHOT, 10);
    expect_own(c, CAUSE_DP_THREAD_WAIT, 9);
    expect_own(c, CAUSE_DP_THREAD, 9);
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->legs[1].log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_SNAPSHOT], 10);
    expect_time(cause_s[CAUSE_DP_THREAD], 18);
    expect_time(cause_s[CAUSE_COMPRESSING], 10);
    world_free(world);
}

/* 7 points with 5 threads of 9 s: five jobs at 9, two at 18 (the content is there: no snapshot). */
static void waves_of_distribution_point_threads(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    first(world, 0)->stored = true;
    notice(world, 0, "ABCDEFG");
    run_and_expect(world, INFINITY, "A+9 B+9 C+9 D+9 E+9 F+18 G+18 ");
    world_free(world);
}

/* Distribution point threads are each package's own: two packages with 2 threads each, at once. */
static void threads_per_package(void)
{
    struct world *world = world_new(true, 2, 2, INFINITY);
    notice(world, 0, "ABC");
    notice(world, 1, "DEF");
    run_and_expect(world, INFINITY, "A+9 B+9 D+9 E+9 C+18 F+18 ");
    world_free(world);
}

/* 3 package threads, 10 s each (snapshot): the fourth package waits until 10, in order of notices. */
static void max_packages(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    for (uint32_t i = 0; i < 4; i++)
        notice(world, i, "v");
    notice(world, 4, "vA");
    run_and_expect(world, INFINITY, "v0+10 v1+10 v2+10 v3+20 A+29 v4+29 ");
    expect_own(&world->deliveries[0], CAUSE_PACKAGE_THREAD_WAIT, 10);
    world_free(world);
}

/* The tail keeps the slot: the second package starts at 12. */
static void tail_keeps_the_slot(void)
{
    struct world *world = world_new(true, 1, 5, INFINITY);
    world->params.package_thread_tail_s = 2;
    notice(world, 0, "v");
    notice(world, 1, "v");
    run_and_expect(world, INFINITY, "v0+12 v1+24 ");
    expect_time(when(world, STATUS_PACKAGE_BEGIN, "", 1), 12);
    world_free(world);
}

/* Notices at 1, 2 and 3 come while the package's thread runs until 10: one more thread for all of them. */
static void notices_merge(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    notice(world, 0, "v");
    sim_run(world->sim, 1);
    notice(world, 0, "A");
    sim_run(world->sim, 2);
    notice(world, 0, "B>C");
    sim_run(world->sim, 3);
    notice(world, 0, "");
    run_and_expect(world, INFINITY, "v0+10 A+19 B+19 >C+29 ");
    g_assert_cmpuint(count(world, STATUS_PACKAGE_BEGIN), ==, 2);
    g_assert_cmpuint(count(world, STATUS_PACKAGE_PROCESSED), ==, 2);
    expect_own(&world->deliveries[0], CAUSE_PACKAGE_THREAD_WAIT, 9);
    expect_own(&world->deliveries[1], CAUSE_PACKAGE_THREAD_WAIT, 8);
    world_free(world);
}

/* Notices that come while the package waits for a slot go with that thread; it is not the last in line again. */
static void notices_merge_in_line(void)
{
    struct world *world = world_new(true, 1, 5, INFINITY);
    notice(world, 0, "v");
    notice(world, 1, "A");
    notice(world, 2, "B");
    sim_run(world->sim, 5);
    notice(world, 1, "C");
    run_and_expect(world, INFINITY, "v0+10 A+19 C+19 B+28 ");
    g_assert_cmpuint(count(world, STATUS_PACKAGE_BEGIN), ==, 3);
    world_free(world);
}

/* A package that runs again does so behind those that wait, and never beside itself, although slots are free. */
static void never_two_threads_for_a_package(void)
{
    struct world *world = world_new(true, 2, 5, INFINITY);
    notice(world, 0, "v");
    sim_run(world->sim, 1);
    notice(world, 0, "A");
    sim_run(world->sim, 2);
    notice(world, 1, "v");
    notice(world, 2, "B"); /* waits for a slot from 2 on; the slot of package 0 is free at 10 */
    run_and_expect(world, INFINITY, "v0+10 v1+12 B+19 A+21 ");
    world_free(world);
}

/* The mini-jobs are handed over before the tail, and the metadata leave after it. */
static void metadata_leave_when_the_thread_ends(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    world->params.package_thread_tail_s = 100;
    notice(world, 0, "v>A");
    run_and_expect(world, INFINITY, ">A+20 v0+120 ");
    world_free(world);
}

/* ---- D4: the compressor ---------------------------------------------------------------------------------------------
 */

/* Three packages for other sites are snapshot together until 10, and compressed one after another; their threads keep
 * their slots, so that the fourth starts at 20. */
static void one_compressor(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    for (uint32_t i = 0; i < 4; i++)
        notice(world, i, "v>A");
    run_and_expect(world, INFINITY, ">A+20 v0+20 >A+30 v1+30 >A+40 v2+40 >A+50 v3+50 ");
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->legs[3].log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_PACKAGE_THREAD_WAIT], 20);
    expect_time(cause_s[CAUSE_SNAPSHOT], 10);
    expect_time(cause_s[CAUSE_COMPRESSOR_WAIT], 10);
    expect_time(cause_s[CAUSE_COMPRESSING], 10);
    world_free(world);
}

/* A second site later: the compressed copy is there. Its size is the ratio's. */
static void compressed_once(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    world->params.compression_ratio = 0.25;
    notice(world, 0, "v>A");
    sim_run(world->sim, 30);
    notice(world, 0, ">B");
    run_and_expect(world, INFINITY, ">A+20 v0+20 >B+30 ");
    g_assert_cmpuint(count(world, EVENT_COMPRESSED), ==, 1);
    expect_bytes(site_version_copy_bytes(first(world, 0), 0), 250);
    world_free(world);
}

static void not_compressed_for_nobody(void)
{
    struct world *world = world_new(true, 3, 5, INFINITY);
    notice(world, 0, "vA");
    run_and_expect(world, INFINITY, "A+19 v0+19 ");
    g_assert_cmpuint(count(world, EVENT_COMPRESSED), ==, 0);
    world_free(world);
}

/* What came compressed goes on as it is: A's job 9 s after the thread began, B's mini-job then. */
static void forwarded_as_it_came(void)
{
    struct world *world = world_new(false, 3, 5, INFINITY);
    notice(world, 0, "A>B");
    sim_run(world->sim, 100);
    site_version_store(first(world, 0), 0, 600);
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, "A+109 >B+109 ");
    g_assert_cmpuint(count(world, EVENT_COMPRESSED), ==, 0);
    expect_bytes(site_version_copy_bytes(first(world, 0), 0), 600);
    world_free(world);
}

/* ---- D2: a site that does not have the content yet ------------------------------------------------------------------
 */

/* A thread of 1 s notes targets or a version, on a slot: the second package's begins at 1. */
static void metadata_are_noted(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    world->params.metadata_time_s = 1;
    notice(world, 0, "mA");
    notice(world, 1, "B");
    run_and_expect(world, INFINITY, "");
    expect_time(when(world, STATUS_PACKAGE_BEGIN, "", 1), 1);
    expect_time(when(world, STATUS_PACKAGE_PROCESSED, "", 1), 2);
    g_assert_cmpuint(count(world, STATUS_PACKAGE_UPDATED), ==, 1);
    expect_time(when(world, STATUS_PACKAGE_UPDATED, "", 0), 1);
    expect_time(sim_now(world->sim), 2);
    world_free(world);
}

/* Content is in the library at 50, the manager is told at 60: what is in between is waiting for metadata. */
static void told_of_content(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    notice(world, 0, "A>B");
    sim_run(world->sim, 50);
    site_version_store(first(world, 0), 0, 600);
    sim_run(world->sim, 60);
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, "A+69 >B+69 ");
    expect_time(world->deliveries[0].content_s, 50);
    expect_own(&world->deliveries[0], CAUSE_METADATA_WAIT, 10);
    expect_own(&world->deliveries[0], CAUSE_PACKAGE_THREAD_WAIT, 0);
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->legs[0].log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_METADATA_WAIT], 10);
    expect_time(cause_s[CAUSE_DP_THREAD], 9);
    world_free(world);
}

/* The package's thread is busy from 45 to 70, noting, when the content comes (50) and the manager is told (60). From 60
 * on the delivery knows all it has to: it waits for a package thread. */
static void waits_for_a_thread_once_told_while_noting(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    world->params.metadata_time_s = 25;
    sim_run(world->sim, 45);
    notice(world, 0, "A>B");
    sim_run(world->sim, 50);
    site_version_store(first(world, 0), 0, 600);
    sim_run(world->sim, 60);
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, "A+79 >B+79 ");
    expect_own(&world->deliveries[0], CAUSE_METADATA_WAIT, 10);
    expect_own(&world->deliveries[0], CAUSE_PACKAGE_THREAD_WAIT, 10);
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->legs[0].log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_METADATA_WAIT], 10);
    expect_time(cause_s[CAUSE_PACKAGE_THREAD_WAIT], 10);
    world_free(world);
}

/* The same when the package is in line, for a slot that another package has until 100. */
static void waits_for_a_thread_once_told_in_line(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    world->params.metadata_time_s = 100;
    notice(world, 1, "");
    notice(world, 0, "A>B");
    sim_run(world->sim, 50);
    site_version_store(first(world, 0), 0, 600);
    sim_run(world->sim, 60);
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, "A+109 >B+109 ");
    expect_own(&world->deliveries[0], CAUSE_METADATA_WAIT, 10);
    expect_own(&world->deliveries[0], CAUSE_PACKAGE_THREAD_WAIT, 40);
    double cause_s[N_CAUSES] = {0};
    cause_log_add(&world->legs[0].log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_METADATA_WAIT], 10);
    expect_time(cause_s[CAUSE_PACKAGE_THREAD_WAIT], 40);
    world_free(world);
}

/* Content came at 50; a target that was asked for at 40 is known here at 60. It waited for metadata from 50 on; what
 * was before is the account of those who brought the content. One asked for at 55 waited from then on. */
static void told_of_a_target_after_the_content(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    sim_run(world->sim, 50);
    site_version_store(first(world, 0), 0, 600);
    sim_run(world->sim, 60);
    for (int i = 0; i < 2; i++) {
        struct delivery *delivery = &world->deliveries[world->n_deliveries++];
        delivery->dp = &world->dps[i];
        delivery->at = first(world, 0);
        delivery->requested_s = i == 0 ? 40 : 55;
        delivery->content_s = NAN;
        if (i == 1)
            cause_log_switch(world->sim->memory, &delivery->log, delivery->requested_s, CAUSE_METADATA_WAIT);
        site_package_add_delivery(&world->packages[0], delivery);
    }
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, "A+69 B+69 ");
    expect_time(world->deliveries[0].content_s, 50);
    expect_own(&world->deliveries[0], CAUSE_METADATA_WAIT, 10);
    expect_time(world->deliveries[1].content_s, 55);
    expect_own(&world->deliveries[1], CAUSE_METADATA_WAIT, 5);
    world_free(world);
}

/* The same for legs. Their logs begin when the content is here and they are asked for; what was before is the account
 * of those who brought it. */
static void told_of_a_leg_after_the_content(void)
{
    struct world *world = world_new(false, 1, 5, INFINITY);
    sim_run(world->sim, 50);
    site_version_store(first(world, 0), 0, 600);
    sim_run(world->sim, 60);
    for (int i = 0; i < 2; i++) {
        struct leg *leg = &world->legs[world->n_legs++];
        leg->from = first(world, 0);
        leg->to = receiver(world, leg);
        leg->created_s = i == 0 ? 40 : 55;
        leg->transfer.to = "B";
        cause_log_init(&leg->log);
        site_package_add_leg(&world->packages[0], leg);
    }
    site_package_notify(&world->packages[0]);
    run_and_expect(world, INFINITY, ">B+60 >B+60 ");
    for (int i = 0; i < 2; i++) {
        double cause_s[N_CAUSES] = {0};
        cause_log_add(&world->legs[i].log, 0, INFINITY, cause_s);
        expect_time(cause_log_begin(&world->legs[i].log), i == 0 ? 50 : 55);
        expect_time(cause_s[CAUSE_METADATA_WAIT], i == 0 ? 10 : 5);
    }
    world_free(world);
}

/* ---- N4: the disk ---------------------------------------------------------------------------------------------------
 */

/* Two snapshots on a disk of 100 take 20 s together; then one of the two is compressed alone. */
static void disk_is_shared(void)
{
    struct world *world = world_new(true, 3, 5, 100);
    notice(world, 0, "v");
    notice(world, 1, "v>A");
    run_and_expect(world, INFINITY, "v0+20 >A+30 v1+30 ");
    expect_bytes(sim_link_carried(&world->disk), 3000);
    world_free(world);
}

/* ---- the end of a run -----------------------------------------------------------------------------------------------
 */

/* At 12: 0 is being compressed, 1 waits for the compressor, 2 has distribution point threads, 3 waits for a slot. */
static void abandoned(void)
{
    struct world *world = world_new(true, 3, 1, INFINITY);
    notice(world, 0, "v>A");
    notice(world, 1, "v>A");
    notice(world, 2, "vAB");
    notice(world, 3, "v>A");
    run_and_expect(world, 12, "");
    g_assert_cmpint(world->packages[0].thread, ==, PACKAGE_COMPRESSING);
    g_assert_cmpint(world->packages[1].thread, ==, PACKAGE_COMPRESSOR);
    g_assert_cmpint(world->packages[2].thread, ==, PACKAGE_DP_THREADS);
    g_assert_cmpint(world->packages[3].thread, ==, PACKAGE_WAITING);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/distmgr/D3/new-version", new_version);
    g_test_add_func("/distmgr/D3/steps-of-a-thread", steps_of_a_thread);
    g_test_add_func("/distmgr/D3/waves-of-distribution-point-threads", waves_of_distribution_point_threads);
    g_test_add_func("/distmgr/D3/threads-per-package", threads_per_package);
    g_test_add_func("/distmgr/D3/max-packages", max_packages);
    g_test_add_func("/distmgr/D3/tail-keeps-the-slot", tail_keeps_the_slot);
    g_test_add_func("/distmgr/D3/notices-merge", notices_merge);
    g_test_add_func("/distmgr/D3/notices-merge-in-line", notices_merge_in_line);
    g_test_add_func("/distmgr/D3/never-two-threads-for-a-package", never_two_threads_for_a_package);
    g_test_add_func("/distmgr/D2/metadata-leave-when-the-thread-ends", metadata_leave_when_the_thread_ends);
    g_test_add_func("/distmgr/D4/one-compressor", one_compressor);
    g_test_add_func("/distmgr/D4/compressed-once", compressed_once);
    g_test_add_func("/distmgr/D4/not-compressed-for-nobody", not_compressed_for_nobody);
    g_test_add_func("/distmgr/D4/forwarded-as-it-came", forwarded_as_it_came);
    g_test_add_func("/distmgr/D2/metadata-are-noted", metadata_are_noted);
    g_test_add_func("/distmgr/D1/told-of-content", told_of_content);
    g_test_add_func("/distmgr/D3/waits-for-a-thread-once-told-while-noting", waits_for_a_thread_once_told_while_noting);
    g_test_add_func("/distmgr/D3/waits-for-a-thread-once-told-in-line", waits_for_a_thread_once_told_in_line);
    g_test_add_func("/distmgr/D2/told-of-a-target-after-the-content", told_of_a_target_after_the_content);
    g_test_add_func("/distmgr/D2/told-of-a-leg-after-the-content", told_of_a_leg_after_the_content);
    g_test_add_func("/distmgr/N4/disk-is-shared", disk_is_shared);
    g_test_add_func("/distmgr/end/abandoned", abandoned);
    return g_test_run();
}
