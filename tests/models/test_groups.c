/* Groups of distribution points that join and leave while the run goes on (C4). One site, distribution points A, B and
 * C behind links of 100 bytes/s; the packages p and q have 1000 bytes. */
#include <glib.h>

#include "models/groups.h"
#include "tests/support/small.h"

enum { A, B, C };
enum { P, Q };

static struct scenario *company(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, 0), site = small_site(s, "PS1", SITE_PRIMARY, -1, hq);
    for (uint32_t i = A; i <= C; i++) {
        static const char *const names[] = {"A", "B", "C"};
        small_dp(s, names[i], site, small_location(s, names[i], hq, 100));
    }
    small_package(s, "p", site, PRIORITY_MEDIUM, 1000);
    small_package(s, "q", site, PRIORITY_MEDIUM, 1000);
    return s;
}

/* A and B have p at 10. C joins at 100 and has it at 110. q, at 200, goes to all three. */
static void who_joins_receives_what_the_group_holds(void)
{
    struct scenario *s = company();
    uint32_t group = small_group(s, "all", 2, A, B);
    small_to_group(s, 0, ACTION_DISTRIBUTE, P, group);
    small_membership(s, 100, ACTION_JOIN, group, C);
    small_membership(s, 150, ACTION_JOIN, group, C); /* it is one already */
    small_to_group(s, 200, ACTION_DISTRIBUTE, Q, group);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 6);
    small_run_expect_delivered(run, P, B, 10, 10, 10);
    small_run_expect_delivered(run, P, C, 110, 110, 110);
    small_run_expect_delivered(run, Q, C, 210, 210, 210);
    g_assert_cmpuint(record_count(run->record, "PS1", EVENT_JOINED, "C"), ==, 1);
    small_run_free(run);
}

/* In 2007 it does not, until it is distributed to it. */
static void not_in_2007(void)
{
    struct scenario *s = company();
    s->generation = GENERATION_2007;
    uint32_t group = small_group(s, "all", 2, A, B);
    small_to_group(s, 0, ACTION_DISTRIBUTE, P, group);
    small_membership(s, 100, ACTION_JOIN, group, C);
    small_to_group(s, 200, ACTION_DISTRIBUTE, Q, group);
    small_distribute(s, 300, P, 1, C);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 6);
    small_run_expect_delivered(run, Q, C, 210, 210, 210);
    small_run_expect_delivered(run, P, C, 310, 310, 310);
    small_run_free(run);
}

/* B leaves at 100: it gets no q, but version 2 of p, which it keeps. */
static void who_leaves_keeps_what_it_has(void)
{
    struct scenario *s = company();
    uint32_t group = small_group(s, "all", 2, A, B);
    small_to_group(s, 0, ACTION_DISTRIBUTE, P, group);
    small_membership(s, 100, ACTION_LEAVE, group, B);
    small_to_group(s, 200, ACTION_DISTRIBUTE, Q, group);
    small_update_files(small_update(s, 300, P), "new", 1, 500);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 5); /* 2 of p, q to A, 2 of version 2 */
    g_assert_null(record_delivery(run->record, Q, B));
    expect_time(record_delivery_of(run->record, P, 2, B)->last.on_dp_s, 305);
    g_assert_cmpuint(record_count(run->record, "PS1", EVENT_REMOVED, NULL), ==, 0);
    small_run_free(run);
}

/* p is removed from the group at 100: from A and B. C, which joins at 200, does not get it; nor what was distributed to
 * A by name. */
static void what_is_removed_from_a_group_it_does_not_hold(void)
{
    struct scenario *s = company();
    uint32_t group = small_group(s, "all", 2, A, B);
    small_to_group(s, 0, ACTION_DISTRIBUTE, P, group);
    small_distribute(s, 0, Q, 1, A);
    small_to_group(s, 100, ACTION_REMOVE, P, group);
    small_membership(s, 200, ACTION_JOIN, group, C);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(record_count(run->record, "PS1", EVENT_REMOVED, NULL), ==, 2);
    g_assert_cmpuint(run->record->deliveries->len, ==, 3);
    small_run_free(run);
}

/* The group outer names A and the group inner, of B: who joins inner is in both, and is sent what either holds. */
static void groups_within_groups(void)
{
    struct scenario *s = company();
    uint32_t inner = small_group(s, "inner", 1, B), outer = small_group(s, "outer", 1, A);
    struct selection *members = &g_array_index(s->groups, struct group_spec, outer).members;
    members->groups = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(members->groups, inner);
    members->direct = g_array_ref(members->members);
    struct groups groups;
    groups_init(&groups, s);
    g_assert_true(groups_have(&groups, outer, B));
    g_assert_false(groups_have(&groups, inner, A));
    g_assert_true(groups_join(&groups, inner, C));
    g_assert_true(groups_have(&groups, outer, C));
    g_assert_false(groups_leave(&groups, outer, C)); /* not by itself */
    groups_clear(&groups);

    small_to_group(s, 0, ACTION_DISTRIBUTE, P, outer);
    small_to_group(s, 0, ACTION_DISTRIBUTE, Q, inner);
    small_membership(s, 100, ACTION_JOIN, inner, C);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 5);
    small_run_expect_delivered(run, P, C, 120, 120, 120); /* both share the link */
    small_run_expect_delivered(run, Q, C, 120, 120, 120);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/groups/C4/who-joins-receives-what-the-group-holds", who_joins_receives_what_the_group_holds);
    g_test_add_func("/groups/C4/not-in-2007", not_in_2007);
    g_test_add_func("/groups/C4/who-leaves-keeps-what-it-has", who_leaves_keeps_what_it_has);
    g_test_add_func("/groups/C4/what-is-removed-from-a-group-it-does-not-hold",
                    what_is_removed_from_a_group_it_does_not_hold);
    g_test_add_func("/groups/C4/groups-within-groups", groups_within_groups);
    return g_test_run();
}
