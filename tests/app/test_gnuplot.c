/* gnuplot, watched: a shell script stands in for it. tests/cli/test_pictures.sh shows what a run makes of it. */
#include "sim/app/plot/gnuplot.h"

#include <glib/gstdio.h>
#include <unistd.h>

struct fake {
    char *directory, *path;
};

static void set_up(struct fake *fake, gconstpointer script)
{
    fake->directory = g_dir_make_tmp("distsim-XXXXXX", NULL);
    fake->path = g_build_filename(fake->directory, "gnuplot", NULL);
    g_autofree char *text = g_strconcat("#!/bin/sh\n", script, "\n", NULL);
    g_assert_true(g_file_set_contents(fake->path, text, -1, NULL));
    g_assert_cmpint(g_chmod(fake->path, 0755), ==, 0);
    g_autofree char *search = g_strconcat(fake->directory, ":/usr/bin:/bin", NULL);
    g_setenv("PATH", search, TRUE);
}

static void tear_down(struct fake *fake, gconstpointer script)
{
    (void)script;
    unlink(fake->path);
    g_rmdir(fake->directory);
    g_free(fake->directory);
    g_free(fake->path);
}

static enum gnuplot_end run(const struct fake *fake, struct gnuplot_run *r)
{
    static const char *const files[] = {"a.set", "b.gp", NULL};

    r->directory = fake->directory;
    r->files = files;
    return gnuplot_run(r);
}

static void test_draws(struct fake *fake, gconstpointer script)
{
    struct gnuplot_run r = {.limit_s = 30};

    (void)script;
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_DRAWN);
    g_assert_cmpstr(r.picture->str, ==, "<svg>--default-settings a.set b.gp</svg>\n");
    g_assert_null(r.complaint);
    gnuplot_run_clear(&r);
}

/* It would wait for ever, and is gone after a twentieth of a second. */
static void test_hangs(struct fake *fake, gconstpointer script)
{
    struct gnuplot_run r = {.limit_s = 0.05};
    gint64 began_us = g_get_monotonic_time();

    (void)script;
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_TOO_SLOW);
    g_assert_cmpstr(r.complaint, ==, "gnuplot had not drawn it after 0.05 s");
    g_assert_cmpint(g_get_monotonic_time() - began_us, >=, 50000);
    gnuplot_run_clear(&r);
}

static void test_stopped(struct fake *fake, gconstpointer script)
{
    volatile sig_atomic_t stop = 1;
    struct gnuplot_run r = {.limit_s = 30, .stop = &stop};

    (void)script;
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_INTERRUPTED);
    gnuplot_run_clear(&r);
}

static void test_fails(struct fake *fake, gconstpointer script)
{
    struct gnuplot_run r = {.limit_s = 30};

    (void)script;
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_FAILED);
    g_assert_cmpstr(r.complaint, ==, "\"b.gp\", line 3: undefined variable: x");
    gnuplot_run_clear(&r);
}

static void test_says_nothing(struct fake *fake, gconstpointer script)
{
    struct gnuplot_run r = {.limit_s = 30};

    (void)script;
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_FAILED);
    g_assert_cmpstr(r.complaint, ==, "gnuplot failed with status 4 and said nothing");
    gnuplot_run_clear(&r);
}

static void test_missing(struct fake *fake, gconstpointer script)
{
    struct gnuplot_run r = {.limit_s = 30};

    (void)script;
    unlink(fake->path);
    g_setenv("PATH", fake->directory, TRUE);
    g_assert_cmpint(run(fake, &r), ==, GNUPLOT_MISSING);
    g_assert_nonnull(r.complaint);
    gnuplot_run_clear(&r);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add("/gnuplot/draws", struct fake, "echo \"<svg>$*</svg>\"", set_up, test_draws, tear_down);
    g_test_add("/gnuplot/hangs", struct fake, "trap '' TERM; exec 3>&1; tail -f /dev/null", set_up, test_hangs,
               tear_down);
    g_test_add("/gnuplot/stopped", struct fake, "echo '<svg></svg>'", set_up, test_stopped, tear_down);
    g_test_add("/gnuplot/fails", struct fake,
               "printf '\n   ^\n\"b.gp\", line 2: warning: odd\n\"b.gp\", line 3: undefined variable: x\n' >&2; exit 1",
               set_up, test_fails, tear_down);
    g_test_add("/gnuplot/says_nothing", struct fake, "exit 4", set_up, test_says_nothing, tear_down);
    g_test_add("/gnuplot/missing", struct fake, "", set_up, test_missing, tear_down);
    return g_test_run();
}
