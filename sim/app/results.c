#include "sim/app/results.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "sim/app/output.h"

enum { MAX_NAMED = 5 }; /* files of others, in a message */

/* .NAME.partial-XXXXXX */
static const char partial_word[] = ".partial-", replaced_word[] = ".replaced-";

G_DEFINE_QUARK(results - error, results_error)

static gboolean fail(GError **error, const char *path, const char *what)
{
    int why = errno;

    g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(why), "%s: %s: %s", path, what, g_strerror(why));
    return FALSE;
}

/* Also when it is in the middle of being filled: a name that has gone is not there, which is what is wanted. */
static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);

    if (dir) {
        for (const char *name; (name = g_dir_read_name(dir));) {
            g_autofree char *inside = g_build_filename(path, name, NULL);
            struct stat status;

            if (lstat(inside, &status) == 0 && S_ISDIR(status.st_mode))
                remove_tree(inside);
            else
                unlink(inside);
        }
        g_dir_close(dir);
    }
    rmdir(path);
}

/* Opens the directory and takes its lock; -1: somebody has it, or it has gone meanwhile. */
static int take_lock(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct stat mine, there;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &mine) == 0 && stat(path, &there) == 0 &&
        mine.st_ino == there.st_ino)
        return fd;
    close(fd);
    return -1;
}

/* The lock of a directory goes with the process that made it, however that ended. */
static void remove_leftovers(const char *parent, const char *name)
{
    g_autofree char *place = g_build_filename(parent, name, NULL);
    g_autofree char *partial = g_strconcat(".", name, partial_word, NULL);
    g_autofree char *replaced = g_strconcat(".", name, replaced_word, NULL);
    GDir *dir = g_dir_open(parent, 0, NULL);

    if (!dir)
        return;
    for (const char *entry; (entry = g_dir_read_name(dir));) {
        bool is_partial = g_str_has_prefix(entry, partial) && strlen(entry) == strlen(partial) + 6;
        bool is_replaced = g_str_has_prefix(entry, replaced) && strlen(entry) == strlen(replaced) + 6;

        if (!is_partial && !is_replaced)
            continue;
        g_autofree char *path = g_build_filename(parent, entry, NULL);
        int lock = take_lock(path);
        if (lock < 0)
            continue;
        /* Killed between the two renames of the long way (below): the old result goes back to its place. */
        if (!is_replaced || g_file_test(place, G_FILE_TEST_EXISTS) || rename(path, place) < 0)
            remove_tree(path);
        close(lock);
    }
    g_dir_close(dir);
}

/* ---- What may be replaced ---- */

/* Adds the path below the root of every file, and of every directory without one. */
static void list_files(const char *root, const char *below, GPtrArray *files)
{
    g_autofree char *path = g_build_filename(root, below, NULL);
    GDir *dir = g_dir_open(path, 0, NULL);
    guint before = files->len;

    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        g_autofree char *inside = below ? g_build_filename(below, name, NULL) : g_strdup(name);
        g_autofree char *whole = g_build_filename(root, inside, NULL);
        struct stat status;

        if (lstat(whole, &status) == 0 && S_ISDIR(status.st_mode))
            list_files(root, inside, files);
        else
            g_ptr_array_add(files, g_steal_pointer(&inside));
    }
    if (below && files->len == before)
        g_ptr_array_add(files, g_strdup(below));
    if (dir)
        g_dir_close(dir);
}

static gint by_name(gconstpointer a, gconstpointer b)
{
    const char *const *p = a, *const *q = b;

    return strcmp(*p, *q);
}

static GPtrArray *files_in(const char *root)
{
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);

    list_files(root, NULL, files);
    g_ptr_array_sort(files, by_name);
    return files;
}

static cJSON *read_json(const char *place, const char *name)
{
    g_autofree char *path = g_build_filename(place, name, NULL), *text = NULL;
    gsize length;

    return g_file_get_contents(path, &text, &length, NULL) ? cJSON_ParseWithLength(text, length) : NULL;
}

/* The names of the files that the run which wrote the result has written; NULL: this is no result of ours. The file
 * that says so is short; a summary may have many megabytes. */
static GHashTable *files_of_result(const char *place)
{
    cJSON *run = read_json(place, RESULTS_RUN_FILE);
    const cJSON *command = cJSON_GetObjectItemCaseSensitive(run, "command_line");
    const char *name = cJSON_GetStringValue(cJSON_GetArrayItem(command, 0));
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(run, "files");
    GHashTable *files = NULL;

    if (name && strcmp(name, RESULTS_PROGRAM) == 0 && cJSON_IsArray(list)) {
        files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
        for (const cJSON *file = list->child; file; file = file->next)
            if (cJSON_IsString(file))
                g_hash_table_add(files, g_strdup(file->valuestring));
    }
    cJSON_Delete(run);
    return files;
}

static bool is_empty(const char *place)
{
    GDir *dir = g_dir_open(place, 0, NULL);
    bool empty = dir && !g_dir_read_name(dir);

    if (dir)
        g_dir_close(dir);
    return empty;
}

/* Nothing that somebody else has put there is lost. */
static gboolean may_replace(const char *place, GError **error)
{
    struct stat status;

    if (lstat(place, &status) < 0)
        return TRUE;
    if (!S_ISDIR(status.st_mode)) {
        g_set_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS,
                    "%s: exists and is not a directory of results; it was left alone", place);
        return FALSE;
    }
    g_autoptr(GHashTable) ours = files_of_result(place);

    if (!ours && is_empty(place))
        return TRUE;
    if (!ours) { /* whatever it is, it may be large: it is not looked through */
        g_set_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS,
                    "%s: exists and is not a directory of results (no " RESULTS_RUN_FILE
                    " of a run in it); it was left alone",
                    place);
        return FALSE;
    }
    g_autoptr(GPtrArray) there = files_in(place);
    g_autoptr(GString) others = g_string_new(NULL);
    guint n_others = 0;

    for (guint i = 0; i < there->len; i++) {
        const char *name = there->pdata[i];

        if (!g_hash_table_contains(ours, name) && n_others++ < MAX_NAMED)
            g_string_append_printf(others, "%s%s", n_others > 1 ? ", " : "", name);
    }
    if (!n_others)
        return TRUE;
    if (n_others > MAX_NAMED)
        g_string_append_printf(others, " and %u more", n_others - MAX_NAMED);
    g_set_error(error, RESULTS_ERROR, RESULTS_ERROR_NOT_OURS,
                "%s: holds what no run has written: %s; it was left alone (move that away, or give another --out)",
                place, others->str);
    return FALSE;
}

char **results_files(const struct results *results)
{
    GPtrArray *files = files_in(results->partial);

    g_ptr_array_add(files, g_strdup(RESULTS_RUN_FILE));
    g_ptr_array_sort(files, by_name);
    g_ptr_array_add(files, NULL);
    return (char **)g_ptr_array_free(files, FALSE);
}

/* ---- Writing ---- */

struct results *results_begin(const char *place, GError **error)
{
    g_autofree char *here = g_path_is_absolute(place) ? NULL : getcwd(NULL, 0);

    if (!here && !g_path_is_absolute(place)) { /* GLib would take the root instead */
        fail(error, place, "the current directory cannot be found");
        return NULL;
    }
    /* Where a link leads to is what is replaced, not the link. */
    g_autofree char *absolute = g_canonicalize_filename(place, NULL);
    char *real = realpath(absolute, NULL);
    if (real) {
        g_free(g_steal_pointer(&absolute));
        absolute = g_strdup(real);
        free(real);
    }
    g_autofree char *parent = g_path_get_dirname(absolute), *name = g_path_get_basename(absolute);

    if (!may_replace(absolute, error))
        return NULL;
    if (g_mkdir_with_parents(parent, 0777) < 0) {
        fail(error, parent, "cannot be made");
        return NULL;
    }
    remove_leftovers(parent, name);

    for (int tries = 0; tries < 10; tries++) {
        g_autofree char *partial = g_strdup_printf("%s/.%s%sXXXXXX", parent, name, partial_word);

        if (!g_mkdtemp_full(partial, 0777)) {
            fail(error, parent, "results cannot be written here");
            return NULL;
        }
        int lock = take_lock(partial);
        if (lock < 0) { /* somebody who cleans up was faster */
            rmdir(partial);
            continue;
        }
        struct results *results = g_new0(struct results, 1);
        results->place = g_steal_pointer(&absolute);
        results->partial = g_steal_pointer(&partial);
        results->lock = lock;
        return results;
    }
    errno = EBUSY;
    fail(error, parent, "results cannot be written here");
    return NULL;
}

gboolean results_write(struct results *results, const char *name, const char *text, GError **error)
{
    g_autofree char *path = g_build_filename(results->partial, name, NULL);
    struct output *output = output_open(path, error);

    if (!output)
        return FALSE;
    output_text(output, text);
    return output_close(output, error);
}

static void results_free(struct results *results)
{
    if (results->lock >= 0)
        close(results->lock);
    g_free(results->place);
    g_free(results->partial);
    g_free(results);
}

static void sync_directory(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0) {
        fsync(fd); /* not every file system can: the files themselves are synced, and checked */
        close(fd);
    }
}

/* In two steps, where the file system cannot exchange two directories: a crash between them leaves the old result under
 * its other name, and the next run puts it back. */
static gboolean replace_the_long_way(struct results *results, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(results->place), *name = g_path_get_basename(results->place);
    const char *letters = results->partial + strlen(results->partial) - 6;
    g_autofree char *replaced = g_strdup_printf("%s/.%s%s%s", parent, name, replaced_word, letters);

    if (rename(results->place, replaced) < 0)
        return fail(error, results->place, "cannot be replaced");
    if (rename(results->partial, results->place) < 0) {
        fail(error, results->place, "cannot be put in its place");
        if (rename(replaced, results->place) < 0)
            g_prefix_error(error, "(the old result is now %s) ", replaced);
        return FALSE;
    }
    remove_tree(replaced);
    return TRUE;
}

gboolean results_commit(struct results *results, GError **error)
{
    g_autofree char *parent = g_path_get_dirname(results->place);
    gboolean done;

    sync_directory(results->partial);
    if (!may_replace(results->place, error)) {
        done = FALSE;
    } else if (renameat2(AT_FDCWD, results->partial, AT_FDCWD, results->place, RENAME_NOREPLACE) == 0) {
        done = TRUE;
    } else if (renameat2(AT_FDCWD, results->partial, AT_FDCWD, results->place, RENAME_EXCHANGE) == 0) {
        remove_tree(results->partial); /* the old one */
        done = TRUE;
    } else if (rename(results->partial, results->place) == 0) {
        done = TRUE; /* there was nothing, or an empty directory, and the file system knows plain renames only */
    } else {
        done = replace_the_long_way(results, error);
    }
    if (!done)
        remove_tree(results->partial);
    sync_directory(parent);
    results_free(results);
    return done;
}

void results_abandon(struct results *results)
{
    if (!results)
        return;
    remove_tree(results->partial);
    results_free(results);
}
