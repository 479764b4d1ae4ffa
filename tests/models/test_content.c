/* Packages, file sets and libraries (C1, C2), versions (C3), and what of a package is left to move (X3). */
#include "models/content.h"

#include <glib.h>

#include "tests/support/small.h"

struct world {
    struct scenario *scenario;
    struct content content;
    struct library library;
};

/* x: p (2 files of 100), q (1 of 500). y: q, r (3 of 10). z: "p" again, but with 3 files of 100: another set. twice: q,
 * q. */
enum { X, Y, Z, TWICE, EMPTY };

static struct world *world_new(void)
{
    struct world *world = g_new0(struct world, 1);
    struct scenario *s = world->scenario = small_scenario();
    static const char *const names[] = {"x", "y", "z", "twice", "empty"};
    for (int i = 0; i < 5; i++)
        small_empty_package(s, names[i], 0, PRIORITY_MEDIUM);
    small_files(s, X, "p", 2, 100);
    small_files(s, X, "q", 1, 500);
    small_files(s, Y, "q", 1, 500);
    small_files(s, Y, "r", 3, 10);
    small_files(s, Z, "p", 3, 100);
    small_files(s, TWICE, "q", 1, 500);
    small_files(s, TWICE, "q", 1, 500);
    small_files(s, EMPTY, "nothing", 4, 0);
    content_init(&world->content, s, NULL);
    return world;
}

static void world_free(struct world *world)
{
    library_clear(&world->library);
    content_clear(&world->content);
    scenario_free(world->scenario);
    g_free(world);
}

static const struct version *package(const struct world *world, int i)
{
    return package_newest(&world->content.packages[i]);
}

static uint32_t references(const struct world *world, uint32_t file_set)
{
    return g_array_index(world->library.references, uint32_t, file_set);
}

static void expect_lacks(const struct world *world, int i, double bytes, uint64_t files)
{
    uint64_t n;
    expect_bytes(library_lacks(&world->library, &world->content, package(world, i), &n), bytes);
    g_assert_cmpuint(n, ==, files);
}

static void sets_are_shared(void)
{
    struct world *world = world_new();
    g_assert_cmpuint(world->content.file_sets->len, ==, 5);
    g_assert_cmpuint(package(world, X)->file_sets[1], ==, package(world, Y)->file_sets[0]);
    g_assert_cmpuint(package(world, X)->file_sets[0], !=, package(world, Z)->file_sets[0]);
    expect_bytes(package(world, X)->bytes, 700);
    expect_bytes(package(world, Y)->bytes, 530);
    expect_bytes(package(world, Z)->bytes, 300);
    expect_bytes(package(world, EMPTY)->bytes, 0);
    world_free(world);
}

static void set_listed_twice_is_there_once(void)
{
    struct world *world = world_new();
    g_assert_cmpuint(package(world, TWICE)->n_file_sets, ==, 1);
    expect_bytes(package(world, TWICE)->bytes, 500);
    world_free(world);
}

static void library_stores_a_set_once(void)
{
    struct world *world = world_new();
    expect_lacks(world, X, 700, 3);
    library_add(&world->library, package(world, Y));
    expect_lacks(world, X, 200, 2);
    expect_lacks(world, Y, 0, 0);
    expect_lacks(world, Z, 300, 3);
    expect_lacks(world, TWICE, 0, 0);
    expect_lacks(world, EMPTY, 0, 4);
    library_add(&world->library, package(world, X));
    uint32_t q = package(world, X)->file_sets[1], p = package(world, X)->file_sets[0];
    g_assert_cmpuint(references(world, q), ==, 2);
    g_assert_cmpuint(references(world, p), ==, 1);
    g_assert_true(library_has(&world->library, p));
    g_assert_false(library_has(&world->library, package(world, Z)->file_sets[0]));
    world_free(world);
}

/* Of x, 200 in files of 100 and 500 in one file. */
static void whole_files(void)
{
    static const struct {
        double arrived, whole, p_left, q_left;
    } rows[] = {
        {0, 0, 200, 500},   {99, 0, 200, 500},  {100, 100, 100, 500},        {199, 100, 100, 500},
        {200, 200, 0, 500}, {699, 200, 0, 500}, {100 - 1e-9, 100, 100, 500}, {700 - 1e-9, 700, 0, 0},
        {700, 700, 0, 0},
    };
    struct world *world = world_new();
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree double *left = version_left(&world->content, package(world, X));
        expect_bytes(left[0], 200);
        expect_bytes(left[1], 500);
        double whole = version_arrived(&world->content, package(world, X), left, rows[i].arrived);
        expect_near(whole, rows[i].whole, 0, "whole files", __FILE__, (int)i);
        expect_near(left[0], rows[i].p_left, 0, "left of p", __FILE__, (int)i);
        expect_near(left[1], rows[i].q_left, 0, "left of q", __FILE__, (int)i);
    }
    world_free(world);
}

/* Over several tries, with a set that comes by another way: 150 arrive (100 whole), then q by another package; 100 of p
 * are left, and arrive. */
static void whole_files_and_other_ways(void)
{
    struct world *world = world_new();
    g_autofree double *left = version_left(&world->content, package(world, X));
    GArray *claims = NULL;
    expect_bytes(library_claim(&world->library, package(world, X), left, &claims), 700);
    g_assert_null(claims);
    expect_bytes(version_arrived(&world->content, package(world, X), left, 150), 100);
    library_add(&world->library, package(world, TWICE));
    expect_bytes(library_claim(&world->library, package(world, X), left, &claims), 100);
    expect_bytes(version_arrived(&world->content, package(world, X), left, 100), 100);
    expect_bytes(library_claim(&world->library, package(world, X), left, &claims), 0);
    library_release(&world->library, &claims);
    world_free(world);
}

/* x is being copied and counts on q, which twice has brought: twice goes, q stays. It goes when the copy is given up;
 * if x is stored instead, it stays with x. */
static void what_a_copy_counts_on_stays(void)
{
    struct world *world = world_new();
    uint32_t q = package(world, X)->file_sets[1];
    GArray *claims = NULL;
    for (int stored = 0; stored < 2; stored++) {
        g_autofree double *left = version_left(&world->content, package(world, X));
        library_add(&world->library, package(world, TWICE));
        expect_bytes(library_claim(&world->library, package(world, X), left, &claims), 200);
        library_remove(&world->library, package(world, TWICE));
        g_assert_true(library_has(&world->library, q));
        if (stored)
            library_add(&world->library, package(world, X));
        library_release(&world->library, &claims);
        g_assert_null(claims);
        g_assert_cmpint(library_has(&world->library, q), ==, stored);
    }
    world_free(world);
}

/* x, y and twice are stored, then removed one by one: p goes with x, q with the last of those that refer to it. */
static void removing_frees_what_nothing_refers_to(void)
{
    struct world *world = world_new();
    uint32_t p = package(world, X)->file_sets[0], q = package(world, X)->file_sets[1];
    uint32_t r = package(world, Y)->file_sets[1];
    library_add(&world->library, package(world, X));
    library_add(&world->library, package(world, Y));
    library_add(&world->library, package(world, TWICE));
    g_assert_cmpuint(references(world, q), ==, 3);
    library_remove(&world->library, package(world, X));
    g_assert_false(library_has(&world->library, p));
    g_assert_true(library_has(&world->library, q));
    expect_lacks(world, X, 200, 2);
    library_remove(&world->library, package(world, TWICE));
    g_assert_true(library_has(&world->library, q));
    library_remove(&world->library, package(world, Y));
    g_assert_false(library_has(&world->library, q));
    g_assert_false(library_has(&world->library, r));
    expect_lacks(world, X, 700, 3);
    world_free(world);
}

/* ---- versions -------------------------------------------------------------------------------------------------------
 */

static const struct version *update(struct world *world, struct action_spec *spec, int i)
{
    const struct update update = content_update_begins(&world->content, spec);
    return content_update(&world->content, &update, &world->content.packages[i]);
}

static double new_bytes(const struct world *world, int i, uint32_t from, uint32_t to)
{
    const struct package *p = &world->content.packages[i];
    return version_new_bytes(&world->content, package_version(p, from), package_version(p, to));
}

static double delta_bytes(const struct world *world, int i, uint32_t from, uint32_t to)
{
    const struct package *p = &world->content.packages[i];
    return version_delta_bytes(&world->content, package_version(p, from), package_version(p, to));
}

/* x has p (200) and q (500). Version 2 replaces p by 4 files of 100 and adds s (2 of 50): 400 + 100 are new, q stays.
 * An s that another package lists is the same s, the new p is nobody else's. */
static void replaced_and_added_files(void)
{
    struct world *world = world_new();
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_files(spec, "p", 4, 100);
    small_update_files(spec, "s", 2, 50);
    const struct version *second = update(world, spec, X);
    g_assert_cmpuint(second->number, ==, 2);
    g_assert_cmpuint(second->n_file_sets, ==, 3);
    expect_bytes(second->bytes, 1000);
    expect_bytes(new_bytes(world, X, 1, 2), 500);
    expect_bytes(delta_bytes(world, X, 1, 2), 500);
    expect_bytes(package_version(&world->content.packages[X], 1)->bytes, 700);
    world_free(world);
}

/* The same name, count and size again: other files nevertheless. */
static void replaced_by_files_of_the_same_size(void)
{
    struct world *world = world_new();
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_files(spec, "p", 2, 100);
    update(world, spec, X);
    expect_bytes(new_bytes(world, X, 1, 2), 200);
    update(world, spec, X);
    expect_bytes(new_bytes(world, X, 2, 3), 200);
    world_free(world);
}

/* 10 % of each file of p has changed and nothing of q: the files of p are new ones, 200 bytes; binary delta replication
 * sends 20. Three such updates: 20, 40, 60 from the first version; a change of 80 % more: 140, then all of it. */
static void changed_files(void)
{
    struct world *world = world_new();
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_changed(spec, "p", 10);
    update(world, spec, X);
    expect_bytes(new_bytes(world, X, 1, 2), 200);
    expect_bytes(delta_bytes(world, X, 1, 2), 200);
    scenario_package(world->scenario, X)->binary_delta_replication = true;
    expect_bytes(delta_bytes(world, X, 1, 2), 20);
    update(world, spec, X);
    update(world, spec, X);
    expect_bytes(delta_bytes(world, X, 1, 3), 40);
    expect_bytes(delta_bytes(world, X, 1, 4), 60);
    expect_bytes(delta_bytes(world, X, 3, 4), 20);
    expect_bytes(new_bytes(world, X, 1, 4), 200);
    struct action_spec *more = small_update(world->scenario, 0, X);
    more->changed_share_percent = 80; /* of every file set: of q 400 of 500 */
    update(world, more, X);
    expect_bytes(delta_bytes(world, X, 4, 5), 160 + 400);
    expect_bytes(delta_bytes(world, X, 1, 5), 200 + 400);
    world_free(world);
}

/* An update that names a file set changes the rest by its changed_share: p by 50 %, q by 10 %. */
static void the_rest_has_changed_too(void)
{
    struct world *world = world_new();
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_changed(spec, "p", 50);
    spec->changed_share_percent = 10;
    scenario_package(world->scenario, X)->binary_delta_replication = true;
    update(world, spec, X);
    expect_bytes(delta_bytes(world, X, 1, 2), 100 + 50);
    world_free(world);
}

/* x and y have q. One update of both changes it for both: the new q is shared. Updates of their own make their own. */
static void one_update_of_two_packages(void)
{
    struct world *world = world_new();
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_changed(spec, "q", 10);
    const struct update both = content_update_begins(&world->content, spec);
    const struct version *x = content_update(&world->content, &both, &world->content.packages[X]);
    const struct version *y = content_update(&world->content, &both, &world->content.packages[Y]);
    g_assert_cmpuint(x->file_sets[1], ==, y->file_sets[0]);
    g_assert_cmpuint(update(world, spec, X)->file_sets[1], !=, update(world, spec, Y)->file_sets[0]);
    world_free(world);
}

/* A library that has version 1 of x lacks only p when version 2 changes p; once 2 has taken its place, the old p is
 * gone and q still has one reference. */
static void a_new_version_takes_the_place_of_the_old(void)
{
    struct world *world = world_new();
    const struct version *first = package(world, X);
    library_add(&world->library, first);
    struct action_spec *spec = small_update(world->scenario, 0, X);
    small_update_changed(spec, "p", 10);
    const struct version *second = update(world, spec, X);
    expect_lacks(world, X, 200, 2);
    library_add(&world->library, second);
    library_remove(&world->library, first);
    expect_lacks(world, X, 0, 0);
    g_assert_false(library_has(&world->library, first->file_sets[0]));
    g_assert_cmpuint(references(world, first->file_sets[1]), ==, 1);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/content/C1/sets-are-shared", sets_are_shared);
    g_test_add_func("/content/C1/set-listed-twice-is-there-once", set_listed_twice_is_there_once);
    g_test_add_func("/content/C2/library-stores-a-set-once", library_stores_a_set_once);
    g_test_add_func("/content/X3/whole-files", whole_files);
    g_test_add_func("/content/X3/whole-files-and-other-ways", whole_files_and_other_ways);
    g_test_add_func("/content/C2/what-a-copy-counts-on-stays", what_a_copy_counts_on_stays);
    g_test_add_func("/content/C2/removing-frees-what-nothing-refers-to", removing_frees_what_nothing_refers_to);
    g_test_add_func("/content/C3/replaced-and-added-files", replaced_and_added_files);
    g_test_add_func("/content/C3/replaced-by-files-of-the-same-size", replaced_by_files_of_the_same_size);
    g_test_add_func("/content/C3/changed-files", changed_files);
    g_test_add_func("/content/C3/the-rest-has-changed-too", the_rest_has_changed_too);
    g_test_add_func("/content/C3/one-update-of-two-packages", one_update_of_two_packages);
    g_test_add_func("/content/C2/a-new-version-takes-the-place-of-the-old", a_new_version_takes_the_place_of_the_old);
    return g_test_run();
}
