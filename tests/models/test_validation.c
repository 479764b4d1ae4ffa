/* Validation of content on distribution points, and damage that it finds (C3). One site, a distribution point DP behind
 * a link of 100 bytes/s with a disk of its own; the packages p and q share b (4 of 100), p has a (1 of 600) besides. */
#include <glib.h>

#include "tests/support/small.h"

enum { P, Q };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), site = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    uint32_t dp = small_dp(s, "DP", site, small_location(s, "lyon", hq, 100));
    scenario_dp(s, dp)->validation_bytes_per_s = 50;
    scenario_site(s, site)->status_manager.status_time_s = 4;
    for (uint32_t i = P; i <= Q; i++) {
        uint32_t package = small_empty_package(s, i == P ? "p" : "q", site, PRIORITY_MEDIUM);
        if (i == P)
            small_files(s, package, "a", 1, 600);
        small_files(s, package, "b", 4, 100);
    }
    return s;
}

/* package UINT32_MAX: all */
static void validate(struct scenario *s, double at_s, uint32_t package)
{
    struct action_spec *action = small_distribute(s, at_s, package, 1, 0);
    action->what = ACTION_VALIDATE;
    if (package == UINT32_MAX)
        g_clear_pointer(&action->packages.members, g_array_unref);
}

static void damage(struct scenario *s, double at_s, uint32_t package, enum fault_damage how)
{
    const struct fault_spec fault = {.location = -1,
                                     .site = -1,
                                     .dp = 0,
                                     .from_s = at_s,
                                     .for_s = NAN,
                                     .mean_time_between_s = NAN,
                                     .package = (int32_t)package,
                                     .damage = how};
    g_array_append_val(s->faults, fault);
}

static double when(const struct small_run *run, enum status_id id, uint32_t n)
{
    return record_when(run->record, "PS1", id, "DP", n);
}

/* p is there at 10, q, whose files p has brought, at 10 too. From 100 on 1000 bytes are read at 50 bytes/s, then the
 * 400 of q: 120 and 128; the site knows 4 s later. Neither network nor site have to do with it: the point cannot be
 * reached. */
static void good_content(void)
{
    struct scenario *s = company();
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    validate(s, 100, UINT32_MAX);
    small_fault(s, 1, 90, 20);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, STATUS_VALIDATION_STARTED, 0), 100);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 124);
    expect_time(when(run, STATUS_CONTENT_VALID, 1), 132);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_CONTENT_VALID, NULL), ==, 2);
    small_run_free(run);
}

/* A disk of 80 bytes/s, and a copy of q's new file (800) to the point from 100 on: reading and writing share it, 40
 * each, so that both end at 120 but for the reading, which has 200 left and 50 bytes/s: 124, known at 128. */
static void reading_shares_the_disk(void)
{
    struct scenario *s = company();
    scenario_dp(s, 0)->disk_bytes_per_s = 80;
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    small_update_files(small_update(s, 100, Q), "new", 1, 800);
    validate(s, 100, P);
    struct small_run *run = small_run_all(s, false);
    expect_time(record_delivery_of(run->record, Q, 2, 0)->last.on_dp_s, 120);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 128);
    small_run_free(run);
}

/* b is damaged at 50, with p: q shares it. At 100 both are wrong; again at 200: nothing repairs itself. Redistributing
 * q at 300 copies its 400 bytes in 4 s, and q and p are right at 400. */
static void damage_is_found_and_redistributed(void)
{
    struct scenario *s = company();
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    damage(s, 50, Q, FAULT_CORRUPT);
    for (double at_s = 100; at_s <= 400; at_s += 100)
        if (at_s != 300)
            validate(s, at_s, UINT32_MAX);
    small_redistribute(s, 300, Q, 0);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, EVENT_DAMAGED, 0), 50);
    expect_time(when(run, STATUS_CONTENT_CORRUPT, 0), 124);
    expect_time(when(run, STATUS_CONTENT_CORRUPT, 3), 232);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_CONTENT_CORRUPT, NULL), ==, 4);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 424);
    expect_time(when(run, STATUS_CONTENT_VALID, 1), 432);
    small_run_free(run);
}

/* Files that are gone: 2385. Distributing again does nothing, as the point has the package; a new version brings new
 * files of b and leaves a as it was; removing and distributing brings all. */
static void missing_files(void)
{
    struct scenario *s = company();
    small_distribute(s, 0, P, 1, 0);
    damage(s, 50, P, FAULT_MISSING);
    small_distribute(s, 60, P, 1, 0);
    validate(s, 100, P);
    small_update_files(small_update(s, 200, P), "b", 4, 100);
    validate(s, 300, P);
    small_remove(s, 400, P, 0);
    small_distribute(s, 410, P, 1, 0);
    validate(s, 500, P);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, STATUS_CONTENT_MISSING, 0), 124);
    expect_time(when(run, STATUS_CONTENT_MISSING, 1), 324);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 524);
    small_run_free(run);
}

/* One task at a time: what is asked for at 110, while p is read until 120, comes after it (2381), once. q is removed at
 * 122 while it is read: nothing is said of it. */
static void one_task_at_a_time(void)
{
    struct scenario *s = company();
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    validate(s, 100, UINT32_MAX);
    validate(s, 110, Q);
    validate(s, 112, P);
    small_remove(s, 122, Q, 0);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, "PS1", STATUS_VALIDATION_STARTED, "DP"), ==, 1);
    g_assert_cmpuint(record_count(run->record, "PS1", STATUS_VALIDATION_QUEUED, "DP"), ==, 2);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 124);
    expect_time(when(run, STATUS_CONTENT_VALID, 1), 152); /* p again, from 128 to 148 */
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_CONTENT_VALID, NULL), ==, 2);
    small_run_free(run);
}

/* p is read until 120, q until 128. The point cannot be reached from 110 to 200: then both results arrive, and the site
 * takes in one after the other. Another location's return at 150 changes nothing. */
static void results_wait_for_a_connection(void)
{
    struct scenario *s = company();
    small_fault(s, small_location(s, "nice", 0, 100), 140, 10);
    small_fault(s, 1, 110, 90);
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    validate(s, 100, UINT32_MAX);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 204);
    expect_time(when(run, STATUS_CONTENT_VALID, 1), 208);
    small_run_free(run);
}

/* It does not come back before the end: nobody ever hears of it. */
static void results_at_the_end(void)
{
    struct scenario *s = company();
    s->until_s = 300;
    small_fault(s, 1, 110, 1000);
    small_distribute(s, 0, P, 1, 0);
    validate(s, 100, P);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_CONTENT_VALID, NULL), ==, 0);
    small_run_free(run);
}

/* While p is read, from 100 to 120, q is asked for twice: it is read once, until 128. */
static void asked_for_twice(void)
{
    struct scenario *s = company();
    small_distribute(s, 0, P, 1, 0);
    small_distribute(s, 20, Q, 1, 0);
    validate(s, 100, P);
    validate(s, 110, Q);
    validate(s, 112, Q);
    struct small_run *run = small_run_all(s, false);
    expect_time(when(run, STATUS_CONTENT_VALID, 0), 124);
    expect_time(when(run, STATUS_CONTENT_VALID, 1), 132);
    g_assert_cmpuint(record_count(run->record, NULL, STATUS_CONTENT_VALID, NULL), ==, 2);
    small_run_free(run);
}

/* Nothing is there: nothing is read, and a fault that has nothing to damage says so. */
static void nothing_there(void)
{
    struct scenario *s = company();
    validate(s, 0, UINT32_MAX);
    damage(s, 1, P, FAULT_CORRUPT);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, "PS1", STATUS_VALIDATION_STARTED, "DP"), ==, 1);
    g_assert_cmpuint(record_count(run->record, NULL, EVENT_DAMAGED, NULL), ==, 0);
    g_assert_cmpuint(record_count(run->record, "PS1", EVENT_NOT_DAMAGED, "DP"), ==, 1);
    g_assert_cmpuint(run->record->statuses->len, ==, 2);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/validation/C3/good-content", good_content);
    g_test_add_func("/validation/N4/reading-shares-the-disk", reading_shares_the_disk);
    g_test_add_func("/validation/C3/damage-is-found-and-redistributed", damage_is_found_and_redistributed);
    g_test_add_func("/validation/C3/missing-files", missing_files);
    g_test_add_func("/validation/C3/one-task-at-a-time", one_task_at_a_time);
    g_test_add_func("/validation/C3/results-wait-for-a-connection", results_wait_for_a_connection);
    g_test_add_func("/validation/C3/results-at-the-end", results_at_the_end);
    g_test_add_func("/validation/C3/asked-for-twice", asked_for_twice);
    g_test_add_func("/validation/C3/nothing-there", nothing_there);
    return g_test_run();
}
