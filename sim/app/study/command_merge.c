/* distsim merge: the stores of a study's shards become the store of the whole study. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/app/commands.h"
#include "sim/app/study/slice.h"
#include "sim/app/study/store.h"
#include "sim/app/version.h"

enum { MISSING_SHOWN = 20 };

/* What the whole study has: the first store says which points, all together how many replications and metrics. */
struct plan {
    const char *first_path;
    GPtrArray *labels, *hashes;     /* of the scenarios behind them */
    guint n_replications, n_shards; /* n_shards 0: not divided like that, or not always into as many */
    GPtrArray *metrics;
};

struct merge {
    char **paths, *out;
    gboolean quiet;
    struct plan plan;
    struct store *store;
};

static int fail(int code, const char *sentence)
{
    fprintf(stderr, "distsim merge: %s\n", sentence);
    return code;
}

static int fail_with(const GError *error)
{
    return fail(g_error_matches(error, STORE_ERROR, STORE_ERROR_OTHER) ? EXIT_CODE_WRONG : EXIT_CODE_FAILED,
                error->message);
}

struct points {
    GPtrArray *labels, *hashes;
};

static void add_label(void *ctx, int64_t point, const char *label, const char *hash, const char *scenario)
{
    const struct points *points = ctx;

    (void)point, (void)scenario;
    g_ptr_array_add(points->labels, g_strdup(label));
    g_ptr_array_add(points->hashes, g_strdup(hash));
}

static guint noted_number(struct store *store, const char *key)
{
    g_autofree char *text = store_noted(store, key);

    return text ? (guint)g_ascii_strtoull(text, NULL, 10) : 0;
}

/* Parts of one study have the same points, of the same scenarios. */
static int check_points(const struct plan *plan, const char *path, const GPtrArray *labels, const GPtrArray *hashes)
{
    g_autofree char *sentence = NULL;
    guint i = 0;

    while (i < MIN(labels->len, plan->labels->len) && strcmp(labels->pdata[i], plan->labels->pdata[i]) == 0)
        i++;
    for (guint k = 0; k < i; k++)
        if (strcmp(hashes->pdata[k], plan->hashes->pdata[k]) != 0) {
            sentence =
                g_strdup_printf("%s: holds results of another scenario under \"%s\" than %s: its file or a --set "
                                "was another when it was made",
                                path, (const char *)labels->pdata[k], plan->first_path);
            return fail(EXIT_CODE_WRONG, sentence);
        }
    if (i == labels->len && i == plan->labels->len)
        return EXIT_CODE_FINE;
    sentence =
        i < MIN(labels->len, plan->labels->len)
            ? g_strdup_printf("%s: is of another study than %s: its point %u is \"%s\", there \"%s\"", path,
                              plan->first_path, i, (const char *)labels->pdata[i], (const char *)plan->labels->pdata[i])
            : g_strdup_printf("%s: is of another study than %s: it has %u points, there are %u", path, plan->first_path,
                              labels->len, plan->labels->len);
    return fail(EXIT_CODE_WRONG, sentence);
}

static int add_to_plan(struct plan *plan, const char *path, struct store *store)
{
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) hashes = g_ptr_array_new_with_free_func(g_free);
    struct points points = {labels, hashes};
    g_autoptr(GError) error = NULL;
    guint n_shards = noted_number(store, STORE_SHARDS);
    g_autofree char *noted = store_noted(store, STORE_METRICS);
    g_auto(GStrv) metrics = g_strsplit(noted ? noted : "", "\n", -1);

    if (!store_each_point(store, add_label, &points, &error))
        return fail_with(error);
    if (!plan->labels) {
        plan->labels = g_ptr_array_ref(labels);
        plan->hashes = g_ptr_array_ref(hashes);
        plan->first_path = path;
        plan->n_shards = n_shards;
    }
    if (n_shards != plan->n_shards)
        plan->n_shards = 0;
    plan->n_replications = MAX(plan->n_replications, noted_number(store, STORE_REPLICATIONS));
    for (char **metric = metrics; *metric; metric++)
        if (**metric && !g_ptr_array_find_with_equal_func(plan->metrics, *metric, g_str_equal, NULL))
            g_ptr_array_add(plan->metrics, g_strdup(*metric));
    return check_points(plan, path, labels, hashes);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

/* Looks at all stores before anything is written. */
static int make_plan(struct merge *m)
{
    int code = EXIT_CODE_FINE;

    for (char **path = m->paths; *path && code == EXIT_CODE_FINE; path++) {
        g_autoptr(GError) error = NULL;
        struct store *store = NULL;

        if (is_same_file(*path, m->out))
            return fail(EXIT_CODE_WRONG, "--store: is one of the stores that are to be merged; name another file");
        store = store_open_read_only(*path, program_version, &error);
        code = store ? add_to_plan(&m->plan, *path, store) : fail_with(error);
        store_close(store);
    }
    return code;
}

static int take_all(struct merge *m)
{
    for (char **path = m->paths; *path; path++) {
        g_autoptr(GError) error = NULL;
        struct store *other = store_open_read_only(*path, program_version, &error);
        gboolean taken = other && store_take(m->store, other, &error);

        store_close(other);
        if (!taken)
            return fail_with(error);
    }
    return EXIT_CODE_FINE;
}

static gboolean note_plan(const struct merge *m, GError **error)
{
    g_autofree char *replications = g_strdup_printf("%u", m->plan.n_replications);
    g_autofree char *metrics = NULL;

    g_ptr_array_add(m->plan.metrics, NULL);
    metrics = g_strjoinv("\n", (char **)m->plan.metrics->pdata);
    return store_note(m->store, STORE_REPLICATIONS, replications, error) &&
           store_note(m->store, STORE_METRICS, metrics, error);
}

/* ---- what is missing ---- */

static void mark(void *ctx, const struct store_run *run)
{
    GArray *there = ctx;

    if (run->whole && run->replication < there->len)
        g_array_index(there, guint8, run->replication) = 1;
}

/* Of each point the replications that are there, whole; NULL: the store cannot be read. */
static GPtrArray *what_is_there(const struct merge *m, GError **error)
{
    g_autoptr(GPtrArray) points = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))g_array_unref);

    for (guint i = 0; i < m->plan.labels->len; i++) {
        GArray *there = g_array_sized_new(FALSE, TRUE, sizeof(guint8), m->plan.n_replications);
        int64_t point;

        g_array_set_size(there, m->plan.n_replications);
        g_ptr_array_add(points, there);
        if (!store_find_point(m->store, m->plan.labels->pdata[i], &point, error) ||
            !store_each(m->store, point, (const char *const *)m->plan.metrics->pdata, mark, there, error))
            return NULL;
    }
    return g_steal_pointer(&points);
}

static void print_missing(const struct plan *plan, guint point, uint32_t replication)
{
    uint64_t run = slice_run_number(plan->labels->len, point, replication);

    fprintf(stderr, "  run %" G_GUINT64_FORMAT ": %s, replication %u", run, (const char *)plan->labels->pdata[point],
            replication);
    if (plan->n_shards)
        fprintf(stderr, " (shard %u/%u)", slice_shard_of(run, plan->n_shards), plan->n_shards);
    fputc('\n', stderr);
}

/* "3,7-9", as Slurm takes it */
static char *shards_words(const guint8 *lacking, guint n)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < n; i++) {
        guint last = i;

        if (!lacking[i])
            continue;
        while (last + 1 < n && lacking[last + 1])
            last++;
        g_string_append_printf(text, "%s%u", text->len ? "," : "", i + 1);
        if (last > i)
            g_string_append_printf(text, "-%u", last + 1);
        i = last;
    }
    return g_string_free(text, FALSE);
}

static int check_all_there(const struct merge *m)
{
    const struct plan *plan = &m->plan;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) there = what_is_there(m, &error);
    g_autofree guint8 *lacking = g_new0(guint8, plan->n_shards + 1);
    uint64_t n = (uint64_t)plan->labels->len * plan->n_replications, n_missing = 0;

    if (!there)
        return fail_with(error);
    for (uint32_t r = 0; r < plan->n_replications; r++)
        for (guint i = 0; i < plan->labels->len; i++) {
            if (g_array_index((GArray *)there->pdata[i], guint8, r))
                continue;
            if (n_missing++ == 0)
                fprintf(stderr, "distsim merge: not all runs are there; missing:\n");
            if (n_missing <= MISSING_SHOWN)
                print_missing(plan, i, r);
            if (plan->n_shards)
                lacking[slice_shard_of(slice_run_number(plan->labels->len, i, r), plan->n_shards) - 1] = 1;
        }
    if (!n_missing) {
        if (!m->quiet)
            printf("%" G_GUINT64_FORMAT " runs, all that the study has\nStore: %s\n", n, m->out);
        return EXIT_CODE_FINE;
    }
    if (n_missing > MISSING_SHOWN)
        fprintf(stderr, "  and %" G_GUINT64_FORMAT " more\n", n_missing - MISSING_SHOWN);
    fprintf(stderr, "distsim merge: %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " runs are in %s. ", n - n_missing, n,
            m->out);
    if (plan->n_shards) {
        g_autofree char *shards = shards_words(lacking, plan->n_shards);
        fprintf(stderr, "Run shards %s of %u again, and merge again;\n", shards, plan->n_shards);
    } else {
        fputs("Make those that are missing (--runs), and merge again;\n", stderr);
    }
    fputs("or run the study with this --store, which makes them here.\n", stderr);
    return EXIT_CODE_FAILED;
}

static int merge(struct merge *m)
{
    bool is_new = !g_file_test(m->out, G_FILE_TEST_EXISTS);
    g_autoptr(GError) error = NULL;
    int code = make_plan(m);

    if (code != EXIT_CODE_FINE)
        return code;
    m->store = store_open(m->out, program_version, &error);
    if (!m->store)
        return fail_with(error);
    code = take_all(m);
    if (code == EXIT_CODE_FINE && !note_plan(m, &error))
        code = fail_with(error);
    if (code == EXIT_CODE_FINE)
        return check_all_there(m);
    store_close(g_steal_pointer(&m->store));
    if (is_new)
        unlink(m->out);
    return code;
}

static int read_options(int argc, char **argv, struct merge *m)
{
    const GOptionEntry entries[] = {
        {"store", 0, 0, G_OPTION_ARG_FILENAME, &m->out, "the store of the whole study", "OUT"},
        {"quiet", 'q', 0, G_OPTION_ARG_NONE, &m->quiet, "say only what is wrong", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &m->paths, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context =
        g_option_context_new("STORE... --store OUT - put the parts of a study together");
    g_auto(GStrv) arguments = g_new0(char *, (gsize)argc + 1);
    g_autoptr(GError) error = NULL;

    for (int i = 0; i < argc; i++)
        arguments[i] = g_strdup(argv[i]);
    g_option_context_add_main_entries(context, entries, NULL);
    g_option_context_set_description(
        context, "example: distsim compare a.json b.json --shard 1/2 && distsim compare a.json b.json --shard 2/2\n"
                 "         distsim merge results/a-compare.*-of-2.study --store results/a-compare.study\n"
                 "         distsim compare a.json b.json\n\n"
                 "Takes over the runs of all stores, says which runs of the study are missing, and leaves the stores\n"
                 "as they are. What several stores have must be equal. The command that made the parts, without\n"
                 "--shard and with --store OUT, then finds all runs there and writes the results.\n\n"
                 "Exit codes: 0 fine, 1 runs are missing or differ, or something failed, 2 wrong usage, stores of\n"
                 "different studies or program versions.\n");
    g_set_prgname("distsim merge");
    if (!g_option_context_parse_strv(context, &arguments, &error)) {
        fprintf(stderr, "distsim merge: %s\nTry: distsim merge --help\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if (!m->paths)
        return fail(EXIT_CODE_WRONG, "which stores?\nTry: distsim merge --help");
    if (!m->out)
        return fail(EXIT_CODE_WRONG, "write --store OUT: the file that all go into");
    return EXIT_CODE_FINE;
}

int command_merge(int argc, char **argv)
{
    struct merge m = {.plan.metrics = g_ptr_array_new_with_free_func(g_free)};
    int code = read_options(argc, argv, &m);

    if (code == EXIT_CODE_FINE)
        code = merge(&m);
    store_close(m.store);
    if (m.plan.labels)
        g_ptr_array_unref(m.plan.labels);
    if (m.plan.hashes)
        g_ptr_array_unref(m.plan.hashes);
    g_ptr_array_unref(m.plan.metrics);
    g_strfreev(m.paths);
    g_free(m.out);
    return code;
}
