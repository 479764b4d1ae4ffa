#include "sim/app/study/store.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/app/study/scenario_difference.h"

/* Stores of another layout are refused. "distsim " in ASCII is what sqlite3_file() and file(1) can tell it by. */
#define LAYOUT 2
#define APPLICATION_ID 0x64737478

G_DEFINE_QUARK(store - error, store_error)

struct store {
    sqlite3 *db;
    char *path;
    GPtrArray *statements; /* sqlite3_stmt *: those that are used for every run */
    sqlite3_stmt *put_run, *put_measure;
};

static const char layout[] =
    "CREATE TABLE provenance (key TEXT PRIMARY KEY, value TEXT) WITHOUT ROWID;"
    "CREATE TABLE commands (json TEXT PRIMARY KEY) WITHOUT ROWID;"
    "CREATE TABLE points (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, scenario_hash TEXT NOT NULL,"
    " scenario TEXT NOT NULL);"
    "CREATE TABLE runs (point INTEGER NOT NULL REFERENCES points, replication INTEGER NOT NULL, seed INTEGER NOT NULL,"
    " events INTEGER NOT NULL, PRIMARY KEY (point, replication)) WITHOUT ROWID;"
    "CREATE TABLE measures (point INTEGER NOT NULL, replication INTEGER NOT NULL, metric TEXT NOT NULL, value REAL,"
    " PRIMARY KEY (point, replication, metric)) WITHOUT ROWID;";

/* SQLite tries to read what it may not write, and then says that it is not there. */
static void fail_to_open(const struct store *store, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(store->path);
    int why = sqlite3_system_errno(store->db);

    if (!g_file_test(store->path, G_FILE_TEST_EXISTS) && access(directory, W_OK) < 0)
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: cannot be made: %s: %s", store->path, directory,
                    g_strerror(errno));
    else
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: cannot be opened: %s", store->path, g_strerror(why));
}

/* Of a write that was refused, SQLite often forgets why. The usual reason is a limit on the size of files, which takes
 * some other words than a disk that is broken. */
static void fail_to_read_or_write(const struct store *store, GError **error)
{
    int code = sqlite3_extended_errcode(store->db), why = sqlite3_system_errno(store->db);
    struct rlimit limit = {.rlim_cur = RLIM_INFINITY};

    if (code == SQLITE_IOERR_WRITE && (why == 0 || why == EFBIG))
        getrlimit(RLIMIT_FSIZE, &limit);
    if (limit.rlim_cur == RLIM_INFINITY) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: cannot be read or written: %s", store->path,
                    why ? g_strerror(why) : sqlite3_errmsg(store->db));
        return;
    }
    g_set_error(
        error, STORE_ERROR, STORE_ERROR_FAILED,
        "%s: cannot be written: the file may not grow (ulimit -f: %" G_GUINT64_FORMAT
        " bytes at most), or the disk refuses; the runs that are in it stay, the same command goes on when it may",
        store->path, (guint64)limit.rlim_cur);
}

static gboolean fail(const struct store *store, GError **error)
{
    int code = store->db ? sqlite3_errcode(store->db) : SQLITE_NOMEM;

    switch (code) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "%s: another distsim is at work on this study", store->path);
        break;
    case SQLITE_FULL:
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED,
                    "%s: the disk is full; the runs that are in it stay, the same command goes on when there is room",
                    store->path);
        break;
    case SQLITE_READONLY:
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: may not be written: give another --store",
                    store->path);
        break;
    case SQLITE_CANTOPEN:
        fail_to_open(store, error);
        break;
    case SQLITE_CORRUPT:
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: is damaged; give another --store, or remove this one",
                    store->path);
        break;
    case SQLITE_IOERR:
        fail_to_read_or_write(store, error);
        break;
    default:
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: %s", store->path,
                    store->db ? sqlite3_errmsg(store->db) : "no memory");
    }
    return FALSE;
}

static gboolean fail_other(const char *path, GError **error)
{
    g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "%s: is not the store of a study; it was left alone", path);
    return FALSE;
}

/* Whether the file is a store, or would become one (it does not exist, or is empty). Found out without SQLite, which
 * would roll back or check point what others have left half done. */
static gboolean is_ours(const char *path, GError **error)
{
    static const char magic[16] = "SQLite format 3";
    unsigned char head[72];
    size_t n = 0;
    ssize_t got = 0;
    struct stat status;
    int fd = stat(path, &status) == 0 && S_ISREG(status.st_mode) ? open(path, O_RDONLY | O_CLOEXEC) : -1;

    if (fd < 0)
        /* What cannot be looked at cannot be opened either; SQLite says why. */
        return g_file_test(path, G_FILE_TEST_EXISTS) && !S_ISREG(status.st_mode) ? fail_other(path, error) : TRUE;
    do {
        got = read(fd, head + n, sizeof head - n);
        n += got > 0 ? (size_t)got : 0;
    } while ((got > 0 && n < sizeof head) || (got < 0 && errno == EINTR));
    close(fd);
    if (n == 0 && got == 0)
        return TRUE;
    /* The application's number is at 68, the most significant byte first. */
    uint32_t application =
        n < sizeof head ? 0 : (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 | head[71];
    return (memcmp(head, magic, sizeof magic) == 0 && application == APPLICATION_ID) || fail_other(path, error);
}

static gboolean run_sql(struct store *store, const char *sql, GError **error)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK || fail(store, error);
}

/* NULL when it cannot be prepared. */
static sqlite3_stmt *prepare(struct store *store, const char *sql, GError **error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        fail(store, error);
    return statement;
}

static sqlite3_stmt *prepare_to_keep(struct store *store, const char *sql, GError **error)
{
    sqlite3_stmt *statement = prepare(store, sql, error);

    if (statement)
        g_ptr_array_add(store->statements, statement);
    return statement;
}

/* Of a statement without rows; resets it. */
static gboolean done(struct store *store, sqlite3_stmt *statement, GError **error)
{
    gboolean fine = sqlite3_step(statement) == SQLITE_DONE || fail(store, error);

    sqlite3_reset(statement);
    return fine;
}

static int64_t number_of(struct store *store, const char *sql)
{
    sqlite3_stmt *statement = prepare(store, sql, NULL);
    int64_t number = statement && sqlite3_step(statement) == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : -1;

    sqlite3_finalize(statement);
    return number;
}

/* A new file gets its tables, an old one is looked at. */
static gboolean settle(struct store *store, const char *program_version, bool may_make, GError **error)
{
    int64_t tables = number_of(store, "SELECT count(*) FROM sqlite_schema");

    if (tables < 0)
        return fail(store, error);
    if (tables == 0 && may_make) {
        g_autofree char *about =
            g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d;", APPLICATION_ID, LAYOUT);

        return run_sql(store, layout, error) && run_sql(store, about, error) &&
               store_note(store, "program_version", program_version, error);
    }
    if (number_of(store, "PRAGMA application_id") != APPLICATION_ID)
        return fail_other(store->path, error);
    if (number_of(store, "SELECT count(*) FROM provenance") < 0)
        return fail(store, error);
    g_autofree char *version = store_noted(store, "program_version");
    if (number_of(store, "PRAGMA user_version") != LAYOUT) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    "%s: is laid out as by another distsim; give another --store, or remove this one", store->path);
        return FALSE;
    }
    if (g_strcmp0(version, program_version) != 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    "%s: was made by distsim %s, this is %s (what follows a + tells builds of other sources from each "
                    "other): their results are not mixed; go on with that program, or begin anew with this one: give "
                    "another --store, or remove this one",
                    store->path, version ? version : "(unknown)", program_version);
        return FALSE;
    }
    return TRUE;
}

/* Alone, and in one transaction: a file that has anything in it says whose it is, whenever we are killed. */
static gboolean settle_alone(struct store *store, const char *program_version, GError **error)
{
    if (run_sql(store, "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE", error) &&
        settle(store, program_version, true, error) && run_sql(store, "COMMIT", error))
        return TRUE;
    run_sql(store, "ROLLBACK", NULL);
    return FALSE;
}

/* A disk that is full, or the power that goes, may cost the last runs, never the file. */
static gboolean get_ready_to_write(struct store *store, GError **error)
{
    static const char run[] = "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)";
    static const char measure[] = "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)";

    return run_sql(store, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL", error) &&
           (store->put_run = prepare_to_keep(store, run, error)) &&
           (store->put_measure = prepare_to_keep(store, measure, error));
}

/* Without SQLite's shared memory, which would stay as a file beside a store that was left behind by a kill, and without
 * tidying that up: who only reads leaves everything as it is. */
static gboolean settle_to_read(struct store *store, const char *program_version, GError **error)
{
    sqlite3_db_config(store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return run_sql(store, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA query_only = 1", error) &&
           settle(store, program_version, false, error);
}

static struct store *open_with(const char *path, const char *program_version, bool writes, GError **error)
{
    struct store *store = g_new0(struct store, 1);
    int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | (writes ? SQLITE_OPEN_CREATE : 0);

    store->path = g_strdup(path);
    store->statements = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))sqlite3_finalize);
    if (!is_ours(path, error)) {
        /* the error is set */
    } else if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        fail(store, error);
    } else if (writes ? settle_alone(store, program_version, error) && get_ready_to_write(store, error)
                      : settle_to_read(store, program_version, error)) {
        return store;
    }
    store_close(store);
    return NULL;
}

struct store *store_open(const char *path, const char *program_version, GError **error)
{
    return open_with(path, program_version, true, error);
}

struct store *store_open_read_only(const char *path, const char *program_version, GError **error)
{
    return open_with(path, program_version, false, error);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    g_ptr_array_unref(store->statements);
    /* A closed store is one file that can be read anywhere; on a full disk it stays what it is. */
    if (store->put_run)
        run_sql(store, "PRAGMA journal_mode = DELETE", NULL);
    sqlite3_close(store->db);
    g_free(store->path);
    g_free(store);
}

gboolean store_note(struct store *store, const char *key, const char *value, GError **error)
{
    sqlite3_stmt *statement = prepare(store, "INSERT OR REPLACE INTO provenance VALUES (?, ?)", error);
    gboolean fine = FALSE;

    if (statement) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
        fine = done(store, statement, error);
    }
    sqlite3_finalize(statement);
    return fine;
}

gboolean store_add_command(struct store *store, const char *json, GError **error)
{
    sqlite3_stmt *statement = prepare(store, "INSERT OR IGNORE INTO commands VALUES (?)", error);
    gboolean fine = FALSE;

    if (statement) {
        sqlite3_bind_text(statement, 1, json, -1, SQLITE_STATIC);
        fine = done(store, statement, error);
    }
    sqlite3_finalize(statement);
    return fine;
}

char *store_noted(struct store *store, const char *key)
{
    sqlite3_stmt *statement = prepare(store, "SELECT value FROM provenance WHERE key = ?", NULL);
    char *value = NULL;

    if (statement) {
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
        if (sqlite3_step(statement) == SQLITE_ROW)
            value = g_strdup((const char *)sqlite3_column_text(statement, 0));
    }
    sqlite3_finalize(statement);
    return value;
}

static gboolean add_point(struct store *store, const char *label, const char *hash, const char *scenario,
                          int64_t *point, GError **error)
{
    sqlite3_stmt *statement =
        prepare(store, "INSERT INTO points (label, scenario_hash, scenario) VALUES (?, ?, ?)", error);
    gboolean fine = FALSE;

    if (statement) {
        sqlite3_bind_text(statement, 1, label, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 2, hash, -1, SQLITE_STATIC);
        sqlite3_bind_text(statement, 3, scenario, -1, SQLITE_STATIC);
        fine = done(store, statement, error);
        *point = sqlite3_last_insert_rowid(store->db);
    }
    sqlite3_finalize(statement);
    return fine;
}

gboolean store_point(struct store *store, const char *label, const char *hash, const char *scenario, int64_t *point,
                     GError **error)
{
    sqlite3_stmt *statement = prepare(store, "SELECT id, scenario_hash, scenario FROM points WHERE label = ?", error);
    gboolean fine = FALSE;

    if (!statement)
        return FALSE;
    sqlite3_bind_text(statement, 1, label, -1, SQLITE_STATIC);
    int code = sqlite3_step(statement);
    if (code == SQLITE_DONE) {
        fine = add_point(store, label, hash, scenario, point, error);
    } else if (code != SQLITE_ROW) {
        fail(store, error);
    } else if (strcmp((const char *)sqlite3_column_text(statement, 1), hash) != 0) {
        g_autofree char *what = scenario_difference((const char *)sqlite3_column_text(statement, 2), scenario);

        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    "%s: holds results of another scenario under \"%s\": its file or a --set has changed since (%s); "
                    "give another --out or --store, or remove this one",
                    store->path, label, what ? what : "in its form");
    } else {
        *point = sqlite3_column_int64(statement, 0);
        fine = TRUE;
    }
    sqlite3_finalize(statement);
    return fine;
}

gboolean store_find_point(struct store *store, const char *label, int64_t *point, GError **error)
{
    sqlite3_stmt *statement = prepare(store, "SELECT id FROM points WHERE label = ?", error);
    int code = SQLITE_ERROR;

    if (!statement)
        return FALSE;
    sqlite3_bind_text(statement, 1, label, -1, SQLITE_STATIC);
    if ((code = sqlite3_step(statement)) == SQLITE_ROW)
        *point = sqlite3_column_int64(statement, 0);
    else if (code == SQLITE_DONE)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "%s: has no \"%s\"", store->path, label);
    else
        fail(store, error);
    sqlite3_finalize(statement);
    return code == SQLITE_ROW;
}

static gboolean put_all(struct store *store, int64_t point, const char *const *metrics, const struct store_run *run,
                        GError **error)
{
    sqlite3_bind_int64(store->put_run, 1, point);
    sqlite3_bind_int64(store->put_run, 2, run->replication);
    sqlite3_bind_int64(store->put_run, 3, (int64_t)run->seed);
    sqlite3_bind_int64(store->put_run, 4, (int64_t)run->events);
    if (!done(store, store->put_run, error))
        return FALSE;
    for (size_t i = 0; metrics[i]; i++) {
        sqlite3_bind_int64(store->put_measure, 1, point);
        sqlite3_bind_int64(store->put_measure, 2, run->replication);
        sqlite3_bind_text(store->put_measure, 3, metrics[i], -1, SQLITE_STATIC);
        if (isnan(run->values[i]))
            sqlite3_bind_null(store->put_measure, 4);
        else
            sqlite3_bind_double(store->put_measure, 4, run->values[i]);
        if (!done(store, store->put_measure, error))
            return FALSE;
    }
    return TRUE;
}

gboolean store_put(struct store *store, int64_t point, const char *const *metrics, const struct store_run *run,
                   GError **error)
{
    if (run_sql(store, "BEGIN", error) && put_all(store, point, metrics, run, error) && run_sql(store, "COMMIT", error))
        return TRUE;
    run_sql(store, "ROLLBACK", NULL);
    return FALSE;
}

gboolean store_each(struct store *store, int64_t point, const char *const *metrics,
                    void (*visit)(void *ctx, const struct store_run *run), void *ctx, GError **error)
{
    guint n = g_strv_length((char **)metrics);
    g_autofree double *values = g_new(double, n + 1);
    sqlite3_stmt *runs =
        prepare(store, "SELECT replication, seed, events FROM runs WHERE point = ? ORDER BY replication", error);
    sqlite3_stmt *measures =
        prepare(store, "SELECT value FROM measures WHERE point = ? AND replication = ? AND metric = ?", error);
    int code = SQLITE_ERROR;

    if (runs && measures) {
        sqlite3_bind_int64(runs, 1, point);
        while ((code = sqlite3_step(runs)) == SQLITE_ROW) {
            struct store_run run = {.replication = (uint32_t)sqlite3_column_int64(runs, 0),
                                    .seed = (uint64_t)sqlite3_column_int64(runs, 1),
                                    .events = (uint64_t)sqlite3_column_int64(runs, 2),
                                    .values = values};
            guint found = 0;

            for (guint i = 0; i < n; i++) {
                sqlite3_bind_int64(measures, 1, point);
                sqlite3_bind_int64(measures, 2, run.replication);
                sqlite3_bind_text(measures, 3, metrics[i], -1, SQLITE_STATIC);
                values[i] = NAN;
                if (sqlite3_step(measures) == SQLITE_ROW) {
                    if (sqlite3_column_type(measures, 0) != SQLITE_NULL)
                        values[i] = sqlite3_column_double(measures, 0);
                    found++;
                }
                sqlite3_reset(measures);
            }
            run.whole = found == n;
            visit(ctx, &run);
        }
        if (code != SQLITE_DONE)
            fail(store, error);
    }
    sqlite3_finalize(runs);
    sqlite3_finalize(measures);
    return code == SQLITE_DONE;
}

gboolean store_each_point(struct store *store,
                          void (*visit)(void *ctx, int64_t point, const char *label, const char *hash,
                                        const char *scenario),
                          void *ctx, GError **error)
{
    sqlite3_stmt *points = prepare(store, "SELECT id, label, scenario_hash, scenario FROM points ORDER BY id", error);
    int code = SQLITE_ERROR;

    while (points && (code = sqlite3_step(points)) == SQLITE_ROW)
        visit(ctx, sqlite3_column_int64(points, 0), (const char *)sqlite3_column_text(points, 1),
              (const char *)sqlite3_column_text(points, 2), (const char *)sqlite3_column_text(points, 3));
    if (points && code != SQLITE_DONE)
        fail(store, error);
    sqlite3_finalize(points);
    return code == SQLITE_DONE;
}

char **store_metrics(struct store *store, GError **error)
{
    sqlite3_stmt *statement = prepare(store, "SELECT DISTINCT metric FROM measures ORDER BY metric", error);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    int code = SQLITE_ERROR;

    while (statement && (code = sqlite3_step(statement)) == SQLITE_ROW)
        g_ptr_array_add(names, g_strdup((const char *)sqlite3_column_text(statement, 0)));
    if (statement && code != SQLITE_DONE)
        fail(store, error);
    sqlite3_finalize(statement);
    if (code != SQLITE_DONE)
        return NULL;
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_steal(names, NULL);
}

/* ---- taking over ---- */

struct taking {
    struct store *store, *other;
    int64_t point, other_point;
    const char *label;
};

/* The columns of the row that is being read, behind the point's number here. */
static void bind_row(sqlite3_stmt *to, const struct taking *t, sqlite3_stmt *row)
{
    sqlite3_bind_int64(to, 1, t->point);
    for (int i = 0; i < sqlite3_column_count(row); i++)
        sqlite3_bind_value(to, i + 2, sqlite3_column_value(row, i));
}

static gboolean take_row(const struct taking *t, sqlite3_stmt *row, sqlite3_stmt *put, sqlite3_stmt *same,
                         GError **error)
{
    bind_row(put, t, row);
    if (!done(t->store, put, error))
        return FALSE;
    if (sqlite3_changes(t->store->db))
        return TRUE;
    bind_row(same, t, row);
    gboolean equal = sqlite3_step(same) == SQLITE_ROW;
    sqlite3_reset(same);
    if (!equal)
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED,
                    "%s: \"%s\", replication %lld, has another %s than before: not by the same program, or changed "
                    "since; make this run again, in a new store",
                    t->other->path, t->label, (long long)sqlite3_column_int64(row, 0),
                    sqlite3_column_count(row) == 3 && sqlite3_column_type(row, 1) == SQLITE_TEXT
                        ? (const char *)sqlite3_column_text(row, 1)
                        : "seed or number of events");
    return equal;
}

/* Takes over the point's rows of one table: those that were read are put, or the same ones are there. */
static gboolean take_rows(const struct taking *t, const char *read, const char *put, const char *same, GError **error)
{
    sqlite3_stmt *row = prepare(t->other, read, error);
    sqlite3_stmt *putting = row ? prepare(t->store, put, error) : NULL;
    sqlite3_stmt *comparing = putting ? prepare(t->store, same, error) : NULL;
    gboolean fine = comparing != NULL;
    int code = SQLITE_DONE;

    if (fine)
        sqlite3_bind_int64(row, 1, t->other_point);
    while (fine && (code = sqlite3_step(row)) == SQLITE_ROW)
        fine = take_row(t, row, putting, comparing, error);
    if (fine && code != SQLITE_DONE)
        fine = fail(t->other, error);
    sqlite3_finalize(row);
    sqlite3_finalize(putting);
    sqlite3_finalize(comparing);
    return fine;
}

static gboolean take_points(struct store *store, struct store *other, GError **error)
{
    sqlite3_stmt *points = prepare(other, "SELECT id, label, scenario_hash, scenario FROM points ORDER BY id", error);
    gboolean fine = points != NULL;
    int code = SQLITE_DONE;

    while (fine && (code = sqlite3_step(points)) == SQLITE_ROW) {
        struct taking t = {.store = store,
                           .other = other,
                           .other_point = sqlite3_column_int64(points, 0),
                           .label = (const char *)sqlite3_column_text(points, 1)};

        fine = store_point(store, t.label, (const char *)sqlite3_column_text(points, 2),
                           (const char *)sqlite3_column_text(points, 3), &t.point, error) &&
               take_rows(&t, "SELECT replication, seed, events FROM runs WHERE point = ?",
                         "INSERT OR IGNORE INTO runs VALUES (?, ?, ?, ?)",
                         "SELECT 1 FROM runs WHERE point = ? AND replication = ? AND seed = ? AND events = ?", error) &&
               take_rows(&t, "SELECT replication, metric, value FROM measures WHERE point = ?",
                         "INSERT OR IGNORE INTO measures VALUES (?, ?, ?, ?)",
                         "SELECT 1 FROM measures WHERE point = ? AND replication = ? AND metric = ? AND value IS ?",
                         error);
    }
    if (fine && code != SQLITE_DONE)
        fine = fail(other, error);
    sqlite3_finalize(points);
    return fine;
}

static gboolean take_commands(struct store *store, struct store *other, GError **error)
{
    sqlite3_stmt *commands = prepare(other, "SELECT json FROM commands", error);
    gboolean fine = commands != NULL;
    int code = SQLITE_DONE;

    while (fine && (code = sqlite3_step(commands)) == SQLITE_ROW)
        fine = store_add_command(store, (const char *)sqlite3_column_text(commands, 0), error);
    if (fine && code != SQLITE_DONE)
        fine = fail(other, error);
    sqlite3_finalize(commands);
    return fine;
}

gboolean store_take(struct store *store, struct store *other, GError **error)
{
    if (run_sql(store, "BEGIN", error) && take_commands(store, other, error) && take_points(store, other, error) &&
        run_sql(store, "COMMIT", error))
        return TRUE;
    run_sql(store, "ROLLBACK", NULL);
    return FALSE;
}
