#include "sim/app/results.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

struct fixture {
    char *directory, *place;
};

static void set_up(struct fixture *f, gconstpointer data)
{
    (void)data;
    f->directory = g_dir_make_tmp("distsim-XXXXXX", NULL);
    g_assert_nonnull(f->directory);
    f->place = g_build_filename(f->directory, "results", "name", NULL);
}

static void remove_all(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        remove_all(inside);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static void tear_down(struct fixture *f, gconstpointer data)
{
    (void)data;
    remove_all(f->directory);
    g_free(f->directory);
    g_free(f->place);
}

static guint n_entries(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    guint n = 0;

    while (dir && g_dir_read_name(dir))
        n++;
    if (dir)
        g_dir_close(dir);
    return n;
}

static void expect_content(const struct fixture *f, const char *name, const char *expected)
{
    g_autofree char *path = g_build_filename(f->place, name, NULL), *text = NULL;

    g_file_get_contents(path, &text, NULL, NULL);
    g_assert_cmpstr(text, ==, expected);
}

static const char summary_text[] = "{}";

/* What makes a directory a result: the command line of this program, and the list of its files. */
static void finish_result(struct results *results)
{
    g_autoptr(GError) error = NULL;

    g_assert_true(results_write(results, "summary.json", summary_text, &error));
    g_auto(GStrv) files = results_files(results);
    g_autofree char *list = g_strjoinv("\", \"", files);
    g_autofree char *run = g_strdup_printf("{\"command_line\": [\"distsim\", \"run\"], \"files\": [\"%s\"]}", list);
    g_assert_true(results_write(results, "run.json", run, &error));
    g_assert_true(results_commit(results, &error));
    g_assert_no_error(error);
}

static void write_result(const struct fixture *f, const char *name, const char *text)
{
    g_autoptr(GError) error = NULL;
    struct results *results = results_begin(f->place, &error);

    g_assert_no_error(error);
    g_assert_true(results_write(results, name, text, &error));
    finish_result(results);
}

static void test_in_place_only_when_committed(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    struct results *results = results_begin(f->place, &error);
    g_autofree char *parent = g_path_get_dirname(f->place);

    (void)data;
    g_assert_no_error(error);
    g_assert_true(results_write(results, "summary.json", "one", &error));
    g_assert_false(g_file_test(f->place, G_FILE_TEST_EXISTS));
    g_assert_true(results_commit(results, &error));
    expect_content(f, "summary.json", "one");
    g_assert_cmpuint(n_entries(parent), ==, 1);
}

static void test_replaces_as_a_whole(struct fixture *f, gconstpointer data)
{
    g_autofree char *parent = g_path_get_dirname(f->place);

    (void)data;
    write_result(f, "old", "one");
    write_result(f, "new", "two");
    expect_content(f, "summary.json", summary_text);
    expect_content(f, "new", "two");
    expect_content(f, "old", NULL);
    g_assert_cmpuint(n_entries(parent), ==, 1);
}

static void test_abandoned_leaves_the_old(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *parent = g_path_get_dirname(f->place);

    (void)data;
    write_result(f, "old", "one");
    struct results *results = results_begin(f->place, &error);
    g_assert_true(results_write(results, "summary.json", "two", &error));
    results_abandon(results);
    expect_content(f, "old", "one");
    g_assert_cmpuint(n_entries(parent), ==, 1);
}

static void test_leaves_other_folders_alone(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_build_filename(f->place, "thesis.txt", NULL);

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(f->place, 0777), ==, 0);
    g_assert_true(g_file_set_contents(file, "years of work", -1, NULL));
    g_assert_null(results_begin(f->place, &error));
    g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
    expect_content(f, "thesis.txt", "years of work");
    g_clear_error(&error);

    g_assert_null(results_begin(file, &error)); /* a file is not ours either */
    g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
}

/* A run.json of another program, or that is none. */
static void test_leaves_other_results_alone(struct fixture *f, gconstpointer data)
{
    static const char *const others[] = {
        "{\"command_line\": [\"make\", \"distsim\"], \"files\": [\"run.json\"]}",
        "{\"command_line\": \"distsim\", \"files\": [\"run.json\"]}",
        "{\"command_line\": [], \"files\": [\"run.json\"]}",
        "{\"files\": [\"run.json\"]}",
        "{\"command_line\": [\"distsim\"]}",
        "[\"distsim\"]",
        "",
    };
    g_autofree char *run = g_build_filename(f->place, "run.json", NULL);

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(f->place, 0777), ==, 0);
    for (guint i = 0; i < G_N_ELEMENTS(others); i++) {
        g_autoptr(GError) error = NULL;

        g_assert_true(g_file_set_contents(run, others[i], -1, NULL));
        g_assert_null(results_begin(f->place, &error));
        g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
        expect_content(f, "run.json", others[i]);
    }
}

/* A folder with a summary.json of somebody else, and a result into which somebody has put something. */
static void test_leaves_other_files_alone(struct fixture *f, gconstpointer data)
{
    g_autofree char *summary = g_build_filename(f->place, "summary.json", NULL);
    g_autofree char *notes = g_build_filename(f->place, "notes.txt", NULL);
    g_autofree char *folder = g_build_filename(f->place, "plots", ".git", NULL);
    g_autoptr(GError) error = NULL;

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(f->place, 0777), ==, 0);
    g_assert_true(g_file_set_contents(summary, "{}", -1, NULL));
    g_assert_null(results_begin(f->place, &error));
    g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
    expect_content(f, "summary.json", "{}");
    g_assert_cmpint(g_unlink(summary), ==, 0);
    g_clear_error(&error);

    write_result(f, "old", "one");
    g_assert_true(g_file_set_contents(notes, "mine", -1, NULL));
    g_assert_cmpint(g_mkdir_with_parents(folder, 0777), ==, 0);
    g_assert_null(results_begin(f->place, &error));
    g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
    g_assert_nonnull(strstr(error->message, ": notes.txt, plots/.git;"));
    expect_content(f, "notes.txt", "mine");
    g_clear_error(&error);
    g_assert_cmpint(g_unlink(notes), ==, 0);
    g_assert_cmpint(g_rmdir(folder), ==, 0);
    g_autofree char *plots = g_path_get_dirname(folder);
    g_assert_cmpint(g_rmdir(plots), ==, 0);

    /* Put there while the run is on. */
    struct results *results = results_begin(f->place, &error);
    g_assert_no_error(error);
    g_assert_true(g_file_set_contents(notes, "mine", -1, NULL));
    g_assert_false(results_commit(results, &error));
    g_assert_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS);
    expect_content(f, "notes.txt", "mine");
    expect_content(f, "old", "one");
}

static void test_takes_an_empty_directory(struct fixture *f, gconstpointer data)
{
    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(f->place, 0777), ==, 0);
    write_result(f, "new", "one");
    expect_content(f, "new", "one");
}

static void test_follows_a_link(struct fixture *f, gconstpointer data)
{
    g_autofree char *elsewhere = g_build_filename(f->directory, "elsewhere", NULL);
    g_autofree char *parent = g_path_get_dirname(f->place);

    (void)data;
    g_assert_cmpint(g_mkdir_with_parents(parent, 0777), ==, 0);
    g_assert_cmpint(g_mkdir(elsewhere, 0777), ==, 0);
    g_assert_cmpint(symlink(elsewhere, f->place), ==, 0);
    write_result(f, "new", "one");
    expect_content(f, "new", "one");
    g_assert_true(g_file_test(f->place, G_FILE_TEST_IS_SYMLINK));
}

/* What a killed run left is removed, what a running one writes is not, and a result that was put aside comes back. */
static void test_leftovers(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *parent = g_path_get_dirname(f->place);
    g_autofree char *left = g_build_filename(parent, ".name.partial-abcdef", "plots", NULL);
    g_autofree char *other = g_build_filename(parent, ".name2.partial-abcdef", NULL);
    g_autofree char *aside = g_build_filename(parent, ".name.replaced-abcdef", NULL);

    (void)data;
    write_result(f, "old", "one");
    g_assert_cmpint(g_rename(f->place, aside), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(left, 0777), ==, 0);
    g_assert_cmpint(g_mkdir_with_parents(other, 0777), ==, 0);
    struct results *running = results_begin(f->place, &error), *second = results_begin(f->place, &error);
    g_assert_no_error(error);
    g_assert_false(g_file_test(left, G_FILE_TEST_EXISTS));
    g_assert_true(g_file_test(other, G_FILE_TEST_EXISTS));
    expect_content(f, "old", "one");
    g_assert_true(results_write(running, "new", "two", &error));
    finish_result(running);
    expect_content(f, "new", "two");
    results_abandon(second);
    expect_content(f, "new", "two");
    g_assert_cmpuint(n_entries(parent), ==, 2);
}

static void test_says_where_it_cannot_write(struct fixture *f, gconstpointer data)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = g_build_filename(f->directory, "file", NULL), *below = g_build_filename(file, "name", NULL);

    (void)data;
    g_assert_true(g_file_set_contents(file, "", -1, NULL));
    g_assert_null(results_begin(below, &error));
    g_assert_nonnull(error);
    g_assert_nonnull(strstr(error->message, file));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
#define TEST(name, function) g_test_add("/results/" name, struct fixture, NULL, set_up, function, tear_down)
    TEST("in place only when committed", test_in_place_only_when_committed);
    TEST("replaces as a whole", test_replaces_as_a_whole);
    TEST("abandoned leaves the old", test_abandoned_leaves_the_old);
    TEST("leaves other folders alone", test_leaves_other_folders_alone);
    TEST("leaves other results alone", test_leaves_other_results_alone);
    TEST("leaves other files alone", test_leaves_other_files_alone);
    TEST("takes an empty directory", test_takes_an_empty_directory);
    TEST("follows a link", test_follows_a_link);
    TEST("leftovers", test_leftovers);
    TEST("says where it cannot write", test_says_where_it_cannot_write);
    return g_test_run();
}
