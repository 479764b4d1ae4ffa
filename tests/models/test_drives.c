/* Drives of distribution points (C2): alone, and in whole hierarchies. */
#include "models/drives.h"

#include <glib.h>

#include "tests/support/small.h"

/* x: p (2 files of 100), q (1 of 500). y: q, r (3 of 10). big: 10 files of 200. */
enum { X, Y, BIG };

struct world {
    struct scenario *scenario;
    struct content content;
    struct library library;
    struct drives drives;
};

static struct world *world_new(double first_bytes, double second_bytes, double third_bytes, double reserve_bytes)
{
    struct world *world = g_new0(struct world, 1);
    struct scenario *s = world->scenario = small_scenario();
    static const char *const names[] = {"x", "y", "big"};
    for (int i = 0; i < 3; i++)
        small_empty_package(s, names[i], 0, PRIORITY_MEDIUM);
    small_files(s, X, "p", 2, 100);
    small_files(s, X, "q", 1, 500);
    small_files(s, Y, "q", 1, 500);
    small_files(s, Y, "r", 3, 10);
    small_files(s, BIG, "s", 10, 200);
    content_init(&world->content, s, NULL);
    drives_add(&world->drives, first_bytes, first_bytes);
    if (second_bytes > 0)
        drives_add(&world->drives, second_bytes, second_bytes);
    if (third_bytes > 0)
        drives_add(&world->drives, third_bytes, third_bytes);
    world->drives.reserve_bytes = reserve_bytes;
    return world;
}

static void world_free(struct world *world)
{
    drives_clear(&world->drives);
    library_clear(&world->library);
    content_clear(&world->content);
    scenario_free(world->scenario);
    g_free(world);
}

static const struct version *package(const struct world *world, int i)
{
    return package_newest(&world->content.packages[i]);
}

static bool take(struct world *world, int i, double *left_bytes, struct room **room)
{
    return drives_take(&world->drives, &world->content, package(world, i), &world->library, left_bytes, room);
}

static void store(struct world *world, int i, struct room **room)
{
    drives_store(&world->drives, &world->content, package(world, i), &world->library, room);
    library_add(&world->library, package(world, i));
}

static void drop(struct world *world, int i)
{
    library_remove(&world->library, package(world, i));
    drives_removed(&world->drives, &world->content, package(world, i), &world->library);
}

static void expect_free(const struct world *world, uint32_t drive, double bytes)
{
    expect_bytes(world->drives.drives[drive].free_bytes, bytes);
}

/* 10 files of 200: the first drive takes 3 (700 less the reserve of 50), then the third, which has more free than the
 * second, 6 (1300), then the second 1. */
static void the_next_drive_takes_over(void)
{
    struct world *world = world_new(700, 400, 1300, 50);
    g_autofree double *left_bytes = version_left(&world->content, package(world, BIG));
    struct room *room = NULL;
    g_assert_true(take(world, BIG, left_bytes, &room));
    expect_free(world, 0, 100);
    expect_free(world, 1, 200);
    expect_free(world, 2, 100);
    g_assert_cmpuint(world->drives.in_use, ==, 7);
    drives_give_back(&world->drives, &world->content, &room);
    expect_free(world, 0, 700);
    expect_free(world, 1, 400);
    expect_free(world, 2, 1300);
    world_free(world);
}

/* A byte too little for the last file: nothing is taken at all. With it, everything. */
static void all_or_nothing(void)
{
    for (int more = 0; more < 2; more++) {
        struct world *world = world_new(1050, 1049 + more, 0, 50);
        g_autofree double *left_bytes = version_left(&world->content, package(world, BIG));
        struct room *room = NULL;
        g_assert_cmpint(take(world, BIG, left_bytes, &room), ==, more);
        expect_free(world, 0, more ? 50 : 1050);
        expect_free(world, 1, more ? 50 : 1049);
        drives_give_back(&world->drives, &world->content, &room);
        world_free(world);
    }
}

/* A file lies on one drive: one of 500 does not fit on two with 400 each. */
static void a_file_is_not_split(void)
{
    struct world *world = world_new(400, 400, 0, 0);
    g_autofree double *left_bytes = version_left(&world->content, package(world, X));
    struct room *room = NULL;
    g_assert_false(take(world, X, left_bytes, &room));
    expect_free(world, 0, 400);
    expect_free(world, 1, 400);
    drives_give_back(&world->drives, &world->content, &room);
    world_free(world);
}

/* x needs 700, y then only r, 30: q is there. Without x, q stays for y; p goes. Then all goes. */
static void shared_files_lie_there_once(void)
{
    struct world *world = world_new(1000, 0, 0, 0);
    g_autofree double *of_x = version_left(&world->content, package(world, X));
    g_autofree double *of_y = version_left(&world->content, package(world, Y));
    struct room *x = NULL, *y = NULL;
    g_assert_true(take(world, X, of_x, &x));
    expect_free(world, 0, 300);
    store(world, X, &x);
    g_assert_null(x);
    expect_free(world, 0, 300);
    g_assert_true(take(world, Y, of_y, &y));
    store(world, Y, &y);
    expect_free(world, 0, 270);
    drop(world, X);
    expect_free(world, 0, 470);
    drop(world, Y);
    expect_free(world, 0, 1000);
    world_free(world);
}

/* Both copies bring q: the second one's is not kept. */
static void two_copies_of_a_file(void)
{
    struct world *world = world_new(2000, 0, 0, 0);
    g_autofree double *of_x = version_left(&world->content, package(world, X));
    g_autofree double *of_y = version_left(&world->content, package(world, Y));
    struct room *x = NULL, *y = NULL;
    g_assert_true(take(world, X, of_x, &x) && take(world, Y, of_y, &y));
    expect_free(world, 0, 2000 - 700 - 530);
    store(world, Y, &y);
    store(world, X, &x);
    expect_free(world, 0, 2000 - 730);
    world_free(world);
}

/* 5 of 10 files have arrived when the copy breaks off: 5 x 200 are given back, and taken again by the next try. */
static void what_has_arrived_stays(void)
{
    struct world *world = world_new(2100, 0, 0, 0);
    g_autofree double *left_bytes = version_left(&world->content, package(world, BIG));
    struct room *room = NULL;
    g_assert_true(take(world, BIG, left_bytes, &room));
    expect_free(world, 0, 100);
    expect_bytes(version_arrived(&world->content, package(world, BIG), left_bytes, 1090), 1000);
    drives_keep_arrived(&world->drives, &world->content, package(world, BIG), left_bytes, room);
    expect_free(world, 0, 1100);
    g_assert_true(take(world, BIG, left_bytes, &room));
    expect_free(world, 0, 100);
    store(world, BIG, &room);
    expect_free(world, 0, 100);
    world_free(world);
}

/* What was there before the run is there, more than fits. */
static void there_before(void)
{
    struct world *world = world_new(500, 600, 0, 50);
    store(world, BIG, NULL);
    /* 2 files on each; the other 6 on the second, which has 200 to 100 free. */
    expect_free(world, 0, 100);
    expect_free(world, 1, 200 - 1200);
    drop(world, BIG);
    expect_free(world, 0, 500);
    expect_free(world, 1, 600);
    world_free(world);
}

/* ---- whole hierarchies ---- */

/* A site and two points of it, at 100 bytes per second. */
static struct scenario *shop(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "shop", 0, 100);
    small_site(s, "P1", SITE_PRIMARY, -1, 0);
    small_dp(s, "SHOP", 0, 1);
    small_dp(s, "HQ", 0, 0);
    scenario_site(s, 0)->transfer_manager.retry_delay_s = 100;
    scenario_site(s, 0)->transfer_manager.retries = 2;
    return s;
}

/* 1000 and 600 bytes of drives, 100 of each reserved. "first" has 6 files of 150, all on the first; "second" 4 of 100
 * on the second; "third", 200, fits nowhere. It is tried at 20, and 100 and 200 later, and
 * then has failed; nothing of it moved. */
static void full_drives(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    small_drive(s, 0, 600);
    scenario_dp(s, 0)->drive_reserve_bytes = 100;
    uint32_t first = small_empty_package(s, "first", 0, PRIORITY_MEDIUM);
    uint32_t second = small_empty_package(s, "second", 0, PRIORITY_MEDIUM);
    small_files(s, first, "f", 6, 150);
    small_files(s, second, "s", 4, 100);
    uint32_t third = small_package(s, "third", 0, PRIORITY_MEDIUM, 200);
    small_distribute(s, 0, first, 1, 0);
    small_distribute(s, 10, second, 1, 0);
    small_distribute(s, 20, third, 2, 0, 1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, first, 0, 9, 9, 9);
    small_run_expect_delivered(run, second, 0, 14, 14, 14);
    expect_time(record_when(run->record, "P1", EVENT_NEXT_DRIVE, "SHOP", 0), 10);
    const struct told_delivery *delivery = record_delivery(run->record, third, 0);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(delivery->last.reason, ==, "drive_full");
    expect_bytes(delivery->last.bytes, 0);
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP"), ==, 3);
    for (uint32_t i = 0; i < 3; i++)
        expect_time(record_when(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP", i), 20 + 100 * i);
    const struct told_transfer *job = record_transfer(run->record, third, "SHOP");
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    g_assert_cmpuint(job->attempts, ==, 3);
    expect_time(job->finished_s, 220);
    small_run_expect_delivered(run, third, 1, 20, 20, 20); /* other points are not concerned */
    small_run_free(run);
}

/* 1000 bytes. "first", 800 of f, is replaced at 50 by 100 of g: while both are there 900 are taken, then 100. "second",
 * 500, asked for at 20, fails at 20 and comes at 120. */
static void an_update_frees_room(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    uint32_t first = small_empty_package(s, "first", 0, PRIORITY_MEDIUM);
    small_files(s, first, "f", 1, 800);
    uint32_t second = small_package(s, "second", 0, PRIORITY_MEDIUM, 500);
    small_distribute(s, 0, first, 1, 0);
    small_distribute(s, 20, second, 1, 0);
    small_update_files(small_update(s, 50, first), "f", 1, 100);
    struct small_run *run = small_run_all(s, false);
    expect_time(record_delivery_of(run->record, first, 2, 0)->last.on_dp_s, 51);
    small_run_expect_delivered(run, second, 0, 125, 125, 125);
    small_run_expect_causes(run, second, 0, "retry_wait", 100.0, "copying", 5.0, NULL);
    small_run_free(run);
}

/* 1000 bytes, and a new version of 600 of the 600 that are there: it fits only beside them. */
static void a_new_version_needs_room_beside_the_old(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    uint32_t package = small_package(s, "p", 0, PRIORITY_MEDIUM, 600);
    small_distribute(s, 0, package, 1, 0);
    small_update(s, 50, package)->changed_share_percent = 10;
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *delivery = record_delivery_of(run->record, package, 2, 0);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(delivery->last.reason, ==, "drive_full");
    small_run_free(run);
}

/* 1000 bytes. Two packages share 500 and have 200 each: 900. "big", 600, fails at 50. When the first is removed at 60
 * its 200 are free, 300 in all: big fails at 150 again. When the second is removed at 200 the shared files go too: big
 * is there at 256. The first, distributed again at 300, needs its 700 and has 400: no room, three times. */
static void removals_free_room(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    uint32_t first = small_empty_package(s, "first", 0, PRIORITY_MEDIUM);
    uint32_t second = small_empty_package(s, "second", 0, PRIORITY_MEDIUM);
    small_files(s, first, "shared", 1, 500);
    small_files(s, first, "f", 2, 100);
    small_files(s, second, "shared", 1, 500);
    small_files(s, second, "s", 2, 100);
    uint32_t big = small_package(s, "big", 0, PRIORITY_MEDIUM, 600);
    small_distribute(s, 0, first, 1, 0);
    small_distribute(s, 20, second, 1, 0);
    small_distribute(s, 50, big, 1, 0);
    small_remove(s, 60, first, 0);
    small_remove(s, 200, second, 0);
    small_distribute(s, 300, first, 1, 0);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, second, 0, 22, 22, 22);
    small_run_expect_delivered(run, big, 0, 256, 256, 256);
    small_run_expect_causes(run, big, 0, "retry_wait", 200.0, "copying", 6.0, NULL);
    g_assert_cmpstr(record_delivery(run->record, first, 0)->last.reason, ==, "drive_full");
    g_assert_cmpuint(record_count(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP"), ==, 2 + 3);
    small_run_free(run);
}

/* Redistributed files are overwritten in place: 600 of 1000, twice. */
static void redistributed_in_place(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    uint32_t package = small_package(s, "p", 0, PRIORITY_MEDIUM, 600);
    small_distribute(s, 0, package, 1, 0);
    small_redistribute(s, 50, package, 0);
    struct small_run *run = small_run_all(s, false);
    expect_time(record_delivery(run->record, package, 0)->last.on_dp_s, 56);
    small_run_free(run);
}

/* Two copies at once, each of 600: the second has no room from its beginning on, though none of the first has arrived;
 * the first loses its line at 5, when 250 have come, of files of 200: 200 stay, 400 are free again. The second, tried
 * at 101, has room beside them and keeps the first out, for good. */
static void an_unfinished_copy_gives_back_its_room(void)
{
    struct scenario *s = shop();
    small_drive(s, 0, 1000);
    uint32_t first = small_empty_package(s, "first", 0, PRIORITY_MEDIUM);
    uint32_t second = small_empty_package(s, "second", 0, PRIORITY_MEDIUM);
    small_files(s, first, "f", 3, 200);
    small_files(s, second, "s", 3, 200);
    scenario_location(s, 1)->down_bytes_per_s = 50;
    small_distribute(s, 0, first, 1, 0);
    small_distribute(s, 1, second, 1, 0);
    small_fault(s, 1, 5, 5);
    struct small_run *run = small_run_all(s, false);
    expect_time(record_when(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP", 0), 1);
    small_run_expect_delivered(run, second, 0, 113, 113, 113);
    const struct told_delivery *delivery = record_delivery(run->record, first, 0);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(delivery->last.reason, ==, "drive_full");
    small_run_free(run);
}

/* The tries of a transfer, 1, 2, ..., end like this; who is told that there is no room is told in which. */
static void expect_tries(const struct small_run *run, uint32_t package, const char *to, const char *const *outcomes,
                         uint32_t n)
{
    const struct told_transfer *t = record_transfer(run->record, package, to);
    uint32_t i = 0;
    g_assert_cmpuint(t->attempts, ==, n);
    for (guint k = 0; k < run->record->attempts->len; k++) {
        const struct told_attempt *attempt = &g_array_index(run->record->attempts, struct told_attempt, k);
        if (attempt->transfer != t->id)
            continue;
        g_assert_cmpuint(i, <, n);
        g_assert_cmpstr(attempt->outcome, ==, outcomes[i++]);
        g_assert_cmpuint(attempt->attempt, ==, i);
    }
    g_assert_cmpuint(i, ==, n);
    i = 0;
    for (guint k = 0; k < run->record->statuses->len; k++) {
        const struct status *status = &g_array_index(run->record->statuses, struct status, k);
        if (status->id != STATUS_UPDATE_FAILED || status->package != package)
            continue;
        while (strcmp(outcomes[i++], "drive_full"))
            ;
        g_assert_cmpuint(status->attempt, ==, i);
    }
}

/* A pull point waits source_wait (1800) and begins again; one of its places and a poll per hour stay with the job. By
 * then an update has freed room: 500 at 100. With one retry and no update it fails after the second try. */
static void pulled_onto_full_drives(void)
{
    for (int update = 0; update < 2; update++) {
        struct scenario *s = shop();
        small_drive(s, 0, 1000);
        small_sources(s, 0, 1, 1, 1);
        scenario_site(s, 0)->pull.retries = 1;
        scenario_site(s, 0)->pull.source_wait_s = 1800;
        uint32_t first = small_empty_package(s, "first", 0, PRIORITY_MEDIUM);
        small_files(s, first, "f", 1, 800);
        uint32_t second = small_package(s, "second", 0, PRIORITY_MEDIUM, 500);
        small_distribute(s, 0, first, 1, 1);
        small_distribute(s, 0, second, 1, 1);
        small_distribute(s, 1, first, 1, 0);
        small_distribute(s, 20, second, 1, 0);
        if (update)
            small_update_files(small_update(s, 50, first), "f", 1, 100);
        struct small_run *run = small_run_all(s, false);
        const struct told_delivery *delivery = record_delivery(run->record, second, 0);
        expect_tries(run, second, "SHOP", (const char *[]){"notified", "drive_full", update ? "done" : "drive_full"},
                     3);
        expect_time(record_when(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP", 0), 20);
        g_assert_cmpuint(record_count(run->record, "P1", STATUS_UPDATE_FAILED, "SHOP"), ==, update ? 1 : 2);
        if (update) {
            expect_time(delivery->last.on_dp_s, 1825);
            small_run_expect_causes(run, second, 0, "retry_wait", 1800.0, "copying", 5.0, NULL);
        } else {
            g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
            g_assert_cmpstr(delivery->last.reason, ==, "drive_full");
            expect_time(record_transfer(run->record, second, "SHOP")->finished_s, 1820);
        }
        g_assert_cmpuint((guint)small_run_pool(run, "SHOP", POOL_PULL_JOBS)->slots->in_use.value, ==, 0);
        small_run_free(run);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/drives/C2/the-next-drive-takes-over", the_next_drive_takes_over);
    g_test_add_func("/drives/C2/all-or-nothing", all_or_nothing);
    g_test_add_func("/drives/C2/a-file-is-not-split", a_file_is_not_split);
    g_test_add_func("/drives/C2/shared-files-lie-there-once", shared_files_lie_there_once);
    g_test_add_func("/drives/C2/two-copies-of-a-file", two_copies_of_a_file);
    g_test_add_func("/drives/X3/what-has-arrived-stays", what_has_arrived_stays);
    g_test_add_func("/drives/C2/there-before", there_before);
    g_test_add_func("/hierarchy/C2/full-drives", full_drives);
    g_test_add_func("/hierarchy/C2/an-update-frees-room", an_update_frees_room);
    g_test_add_func("/hierarchy/C2/a-new-version-needs-room-beside-the-old", a_new_version_needs_room_beside_the_old);
    g_test_add_func("/hierarchy/C2/removals-free-room", removals_free_room);
    g_test_add_func("/hierarchy/C3/redistributed-in-place", redistributed_in_place);
    g_test_add_func("/hierarchy/X3/an-unfinished-copy-gives-back-its-room", an_unfinished_copy_gives_back_its_room);
    g_test_add_func("/hierarchy/L2/pulled-onto-full-drives", pulled_onto_full_drives);
    return g_test_run();
}
