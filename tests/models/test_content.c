/* Packages, file sets and libraries (C1, C2), and what of a package is left to move (X3). */
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

static const struct package *package(const struct world *world, int i)
{
    return &world->content.packages[i];
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
    library_add(&world->library, &world->content, package(world, Y));
    expect_lacks(world, X, 200, 2);
    expect_lacks(world, Y, 0, 0);
    expect_lacks(world, Z, 300, 3);
    expect_lacks(world, TWICE, 0, 0);
    expect_lacks(world, EMPTY, 0, 4);
    library_add(&world->library, &world->content, package(world, X));
    uint32_t q = package(world, X)->file_sets[1], p = package(world, X)->file_sets[0];
    g_assert_cmpuint(world->library.references[q], ==, 2);
    g_assert_cmpuint(world->library.references[p], ==, 1);
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
        g_autofree double *left = package_left(&world->content, package(world, X));
        expect_bytes(left[0], 200);
        expect_bytes(left[1], 500);
        double whole = package_arrived(&world->content, package(world, X), left, rows[i].arrived);
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
    g_autofree double *left = package_left(&world->content, package(world, X));
    expect_bytes(library_left(&world->library, package(world, X), left), 700);
    expect_bytes(package_arrived(&world->content, package(world, X), left, 150), 100);
    library_add(&world->library, &world->content, package(world, TWICE));
    expect_bytes(library_left(&world->library, package(world, X), left), 100);
    expect_bytes(package_arrived(&world->content, package(world, X), left, 100), 100);
    expect_bytes(library_left(&world->library, package(world, X), left), 0);
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
    return g_test_run();
}
