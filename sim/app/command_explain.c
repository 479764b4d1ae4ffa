/* distsim explain: runs a scenario again and tells where the time of its deliveries went. A run is deterministic, so
 * what is told is what happened when the results were written, as long as scenario and program are the same. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "sim/app/commands.h"
#include "sim/app/options.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "sim/app/report/story.h"
#include "sim/app/simulation.h"
#include "sim/app/version.h"

enum { N_SHOWN = 10 };

struct options {
    char *place; /* directory of results, or scenario */
    char *package, *dp;
    uint32_t version, request; /* 0: not given */
    int slowest;               /* the same */
};

static bool read_number(const char *option, const char *text, uint64_t *number)
{
    if (!text || g_ascii_string_to_unsigned(text, 10, 1, 1000000, number, NULL))
        return true;
    fprintf(stderr, "distsim explain: --%s %s: give a number from 1 to 1000000\n", option, text);
    return false;
}

static int read_options(int argc, char **argv, struct options *options)
{
    g_auto(GStrv) files = NULL;
    g_autofree char *slowest = NULL, *version = NULL, *request = NULL;
    const GOptionEntry entries[] = {
        {"package", 'p', 0, G_OPTION_ARG_FILENAME, &options->package, "of this package; * and ? stand for others", "P"},
        {"dp", 'd', 0, G_OPTION_ARG_FILENAME, &options->dp, "to this distribution point; * and ? stand for others",
         "D"},
        {"version", 'v', 0, G_OPTION_ARG_STRING, &version, "of this version of the packages, from 1", "V"},
        {"request", 'r', 0, G_OPTION_ARG_STRING, &request,
         "of those, the R-th time that the same version was asked for there, from 1", "R"},
        {"slowest", 'n', 0, G_OPTION_ARG_STRING, &slowest, "of those, the N that took longest", "N"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new("RESULTS");
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) arguments = options_arguments(argc, argv, (const GOptionEntry *const[]){entries, NULL});

    g_option_context_set_summary(
        context,
        "Tells where the time of deliveries went: of one, the whole story in order; of several, the causes as\n"
        "a table and the slowest in a line each. RESULTS is a directory that distsim run has written, or a\n"
        "scenario. Without options: the one delivery that took longest.");
    g_option_context_set_description(
        context, "example: distsim explain results/emea\n"
                 "         distsim explain results/emea --package OSD00001 --dp ZABR03\n"
                 "         distsim explain results/emea --dp 'ZABR*' --slowest 20\n"
                 "         distsim explain results/patch_tuesday --package CS100099 --version 3 --dp P12DP\n"
                 "         distsim explain results/NAME --package P1 --dp DP1 --request 2\n\n"
                 "exit codes: 0 fine, 1 something failed, 2 wrong usage, or results of another scenario or program\n");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("distsim explain");
    if (!g_option_context_parse_strv(context, &arguments, &error)) {
        fprintf(stderr, "distsim explain: %s\nTry: distsim explain --help\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if (!files || !files[0] || files[1]) {
        fputs("distsim explain: which results? for example: distsim explain results/emea\n", stderr);
        return EXIT_CODE_WRONG;
    }
    uint64_t n = 0, v = 0, r = 0;
    if (!read_number("slowest", slowest, &n) || !read_number("version", version, &v) ||
        !read_number("request", request, &r))
        return EXIT_CODE_WRONG;
    options->slowest = (int)n;
    options->version = (uint32_t)v;
    options->request = (uint32_t)r;
    options->place = g_strdup(files[0]);
    return EXIT_CODE_FINE;
}

/* ---- what was run ---- */

struct past {
    char *scenario_file;
    char *hash, *version; /* NULL: a scenario was given, which has no past */
    double ended_s;
};

static void past_clear(struct past *past)
{
    g_free(past->scenario_file);
    g_free(past->hash);
    g_free(past->version);
}

static const char *text_at(const cJSON *root, const char *object, const char *name)
{
    const cJSON *of = cJSON_GetObjectItemCaseSensitive(root, object);
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(of, name));

    return text ? text : "";
}

static int read_past(const char *place, struct past *past)
{
    g_autofree char *summary = g_build_filename(place, "summary.json", NULL), *text = NULL;
    g_autoptr(GError) error = NULL;

    past->ended_s = INFINITY;
    if (!g_file_test(place, G_FILE_TEST_IS_DIR)) {
        past->scenario_file = g_strdup(place);
        return EXIT_CODE_FINE;
    }
    past->scenario_file = g_build_filename(place, "scenario.json", NULL);
    if (!g_file_get_contents(summary, &text, NULL, &error)) {
        bool missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        fprintf(stderr,
                missing ? "distsim explain: %s: not a directory of results (no summary.json in it)\n"
                        : "distsim explain: %s: summary.json cannot be read\n",
                place);
        return missing ? EXIT_CODE_WRONG : EXIT_CODE_FAILED;
    }
    cJSON *root = cJSON_Parse(text);
    const cJSON *ended = cJSON_GetObjectItemCaseSensitive(root, "ended_s");
    if (!cJSON_IsNumber(ended)) {
        fprintf(stderr, "distsim explain: %s: not a summary of distsim\n", summary);
        cJSON_Delete(root);
        return EXIT_CODE_WRONG;
    }
    past->hash = g_strdup(text_at(root, "scenario", "sha256"));
    past->version = g_strdup(text_at(root, "program", "version"));
    past->ended_s = ended->valuedouble;
    cJSON_Delete(root);
    return EXIT_CODE_FINE;
}

static int same_as_then(const struct past *past, const struct scenario *scenario, const char *place)
{
    g_autofree char *effective = scenario_write(scenario);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, effective, -1);

    if (!past->hash)
        return EXIT_CODE_FINE;
    if (strcmp(past->version, program_version))
        fprintf(stderr, "distsim explain: %s was written by distsim %s, this is %s, which may tell another story.\n",
                place, past->version, program_version);
    else if (strcmp(past->hash, hash))
        fprintf(stderr, "distsim explain: %s is not the scenario of these results (another sha256 in summary.json).\n",
                past->scenario_file);
    else
        return EXIT_CODE_FINE;
    fprintf(stderr, "Run it again, then explain that: distsim run %s --out %s\n", past->scenario_file, place);
    return EXIT_CODE_WRONG;
}

/* ---- which deliveries ---- */

static gint slowest_first(gconstpointer a, gconstpointer b, gpointer data)
{
    const struct collector *c = data;
    uint64_t p = *(const uint64_t *)a, q = *(const uint64_t *)b;
    double p_s = story_duration_s(collector_delivery(c, (guint)p));
    double q_s = story_duration_s(collector_delivery(c, (guint)q));

    if (p_s != q_s)
        return p_s > q_s ? -1 : 1;
    return p < q ? -1 : p > q;
}

struct choice {
    const struct collector *collector;
    bool *packages, *dps;      /* by index: asked for */
    uint32_t version, request; /* asked for; 0: all */
    bool kept;                 /* a story is */
    uint64_t number;           /* whose */
    double longest_s;
};

static bool chosen(const struct choice *choice, const struct delivery_row *row)
{
    return row->known && choice->packages[row->package] && choice->dps[row->dp] &&
           (!choice->version || row->version == choice->version) &&
           (!choice->request || row->request == choice->request);
}

/* A whole story is told of one delivery only, the slowest of those that are asked for: of others none is kept. */
static bool wants_story(void *ctx, uint64_t number, const struct delivery_row *row)
{
    struct choice *choice = ctx;

    if (!chosen(choice, row))
        return false;
    if (choice->kept && story_duration_s(row) < choice->longest_s)
        return false;
    if (choice->kept && story_duration_s(row) == choice->longest_s && number > choice->number)
        return false;
    if (choice->kept)
        collector_drop_story((struct collector *)(uintptr_t)choice->collector, choice->number);
    choice->kept = true;
    choice->number = number;
    choice->longest_s = story_duration_s(row);
    return true;
}

static bool matches(const char *pattern, const char *name)
{
    return !pattern || g_pattern_match_simple(pattern, name);
}

/* FALSE: a pattern names nothing. */
static bool choose(const struct options *options, const struct scenario *scenario, struct choice *choice)
{
    guint n_packages = 0, n_dps = 0;

    choice->version = options->version;
    choice->request = options->request;
    choice->packages = g_new0(bool, scenario->packages->len + 1);
    choice->dps = g_new0(bool, scenario->distribution_points->len + 1);
    for (guint i = 0; i < scenario->packages->len; i++)
        n_packages += choice->packages[i] = matches(options->package, scenario_package(scenario, i)->id);
    for (guint i = 0; i < scenario->distribution_points->len; i++)
        n_dps += choice->dps[i] = matches(options->dp, scenario_dp(scenario, i)->name);
    if (!n_packages)
        fprintf(stderr, "distsim explain: no package of this scenario is named \"%s\"\n", options->package);
    else if (!n_dps)
        fprintf(stderr, "distsim explain: no distribution point of this scenario is named \"%s\"\n", options->dp);
    return n_packages && n_dps;
}

/* ---- telling ---- */

static int tell(const struct options *options, const struct collector *collector, const struct choice *choice)
{
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    bool all = options->package || options->dp || options->version || options->request;
    guint n = options->slowest ? (guint)options->slowest : all ? G_MAXUINT : 1;

    for (guint i = 0; i < collector->deliveries->len; i++) {
        uint64_t number = i;
        if (chosen(choice, collector_delivery(collector, i)))
            g_array_append_val(numbers, number);
    }
    if (!numbers->len) {
        fputs("distsim explain: nothing of this was asked for until the run ended\n", stderr);
        return EXIT_CODE_WRONG;
    }
    g_array_sort_with_data(numbers, slowest_first, (gpointer)(uintptr_t)collector);
    if (numbers->len > n)
        g_array_set_size(numbers, n);

    struct storyteller *teller = storyteller_new(collector);
    g_autofree char *text = numbers->len == 1
                                ? story_text(teller, g_array_index(numbers, uint64_t, 0))
                                : story_table(teller, numbers, options->slowest ? (guint)options->slowest : N_SHOWN);
    fputs(text, stdout);
    storyteller_free(teller);
    return EXIT_CODE_FINE;
}

static int explain(const struct options *options, const struct past *past, const struct scenario *given)
{
    struct simulation *simulation = simulation_new(given, 0, COLLECT_ALL | COLLECT_STORIES);
    const struct scenario *scenario = simulation->scenario;
    struct choice choice = {.collector = simulation->collector};
    int code = EXIT_CODE_WRONG;

    if (choose(options, scenario, &choice)) {
        simulation->collector->wants_story = wants_story;
        simulation->collector->wants_ctx = &choice;
        simulation_run(simulation, fmin(past->ended_s, scenario->until_s), NULL, NULL);
        code = tell(options, simulation->collector, &choice);
    }
    simulation_free(simulation);
    g_free(choice.packages);
    g_free(choice.dps);
    return code;
}

int command_explain(int argc, char **argv)
{
    struct options options = {0};
    struct past past = {0};
    int code = read_options(argc, argv, &options);

    if (code == EXIT_CODE_FINE)
        code = read_past(options.place, &past);
    if (code == EXIT_CODE_FINE) {
        struct mistakes *mistakes = mistakes_new();
        struct scenario *scenario = scenario_read(past.scenario_file, NULL, mistakes, NULL);

        if (scenario) {
            code = same_as_then(&past, scenario, options.place);
            if (code == EXIT_CODE_FINE)
                code = explain(&options, &past, scenario);
        } else {
            g_autofree char *text = mistakes_text(mistakes);
            fputs(text, stderr);
            code = EXIT_CODE_WRONG;
        }
        scenario_free(scenario);
        mistakes_free(mistakes);
    }
    past_clear(&past);
    g_free(options.place);
    g_free(options.package);
    g_free(options.dp);
    return code;
}
