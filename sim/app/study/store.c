#include "sim/app/study/store.h"

#include <math.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <string.h>

/* Stores of another layout are refused. "distsim " in ASCII is what sqlite3_file() and file(1) can tell it by. */
#define LAYOUT 1
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
    "CREATE TABLE points (id INTEGER PRIMARY KEY, label TEXT NOT NULL UNIQUE, scenario_hash TEXT NOT NULL,"
    " scenario TEXT NOT NULL);"
    "CREATE TABLE runs (point INTEGER NOT NULL REFERENCES points, replication INTEGER NOT NULL, seed INTEGER NOT NULL,"
    " events INTEGER NOT NULL, PRIMARY KEY (point, replication)) WITHOUT ROWID;"
    "CREATE TABLE measures (point INTEGER NOT NULL, replication INTEGER NOT NULL, metric TEXT NOT NULL, value REAL,"
    " PRIMARY KEY (point, replication, metric)) WITHOUT ROWID;";

static gboolean fail(const struct store *store, GError **error)
{
    int code = store->db ? sqlite3_errcode(store->db) : SQLITE_NOMEM;

    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        g_set_error(error, STORE_ERROR, STORE_ERROR_BUSY, "%s: another distsim is at work on this study", store->path);
    else if (code == SQLITE_NOTADB)
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "%s: is not the store of a study; it was left alone",
                    store->path);
    else
        g_set_error(error, STORE_ERROR, STORE_ERROR_FAILED, "%s: %s", store->path,
                    store->db ? sqlite3_errmsg(store->db) : "no memory");
    return FALSE;
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

        return run_sql(store, "BEGIN", error) && run_sql(store, layout, error) && run_sql(store, about, error) &&
               store_note(store, "program_version", program_version, error) && run_sql(store, "COMMIT", error);
    }
    if (number_of(store, "PRAGMA application_id") != APPLICATION_ID) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER, "%s: is not the store of a study; it was left alone",
                    store->path);
        return FALSE;
    }
    g_autofree char *version = store_noted(store, "program_version");
    if (number_of(store, "PRAGMA user_version") != LAYOUT || g_strcmp0(version, program_version) != 0) {
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    "%s: was made by distsim %s, this is %s: their results are not mixed; give another --store, or "
                    "remove this one",
                    store->path, version ? version : "(unknown)", program_version);
        return FALSE;
    }
    return TRUE;
}

static struct store *open_with(const char *path, const char *program_version, int flags, GError **error)
{
    struct store *store = g_new0(struct store, 1);
    bool writes = flags & SQLITE_OPEN_READWRITE;

    store->path = g_strdup(path);
    store->statements = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))sqlite3_finalize);
    if (sqlite3_open_v2(path, &store->db, flags, NULL) != SQLITE_OK) {
        fail(store, error);
    } else if (writes && !(run_sql(store, "PRAGMA locking_mode = EXCLUSIVE", error) &&
                           run_sql(store, "PRAGMA journal_mode = WAL", error) &&
                           run_sql(store, "PRAGMA synchronous = NORMAL", error) &&
                           run_sql(store, "BEGIN EXCLUSIVE; COMMIT", error))) {
        /* the error is set */
    } else if (settle(store, program_version, writes, error) &&
               (!writes ||
                ((store->put_run = prepare_to_keep(store, "INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?)", error)) &&
                 (store->put_measure =
                      prepare_to_keep(store, "INSERT OR REPLACE INTO measures VALUES (?, ?, ?, ?)", error))))) {
        return store;
    }
    store_close(store);
    return NULL;
}

struct store *store_open(const char *path, const char *program_version, GError **error)
{
    return open_with(path, program_version, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, error);
}

struct store *store_open_read_only(const char *path, const char *program_version, GError **error)
{
    return open_with(path, program_version, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, error);
}

void store_close(struct store *store)
{
    if (!store)
        return;
    g_ptr_array_unref(store->statements);
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
    sqlite3_stmt *statement = prepare(store, "SELECT id, scenario_hash FROM points WHERE label = ?", error);
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
        g_set_error(error, STORE_ERROR, STORE_ERROR_OTHER,
                    "%s: holds results of another scenario under \"%s\": the file has changed since; give another "
                    "--store, or remove this one",
                    store->path, label);
    } else {
        *point = sqlite3_column_int64(statement, 0);
        fine = TRUE;
    }
    sqlite3_finalize(statement);
    return fine;
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

            for (guint i = 0; i < n && found == i; i++) {
                sqlite3_bind_int64(measures, 1, point);
                sqlite3_bind_int64(measures, 2, run.replication);
                sqlite3_bind_text(measures, 3, metrics[i], -1, SQLITE_STATIC);
                if (sqlite3_step(measures) == SQLITE_ROW) {
                    values[i] =
                        sqlite3_column_type(measures, 0) == SQLITE_NULL ? NAN : sqlite3_column_double(measures, 0);
                    found++;
                }
                sqlite3_reset(measures);
            }
            if (found == n)
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
