/* Workloads and recurring actions: what they become in a run, and that chance does what it says. Seeds are 1, 2, 3, ...
 * as far as each test goes, none of them chosen for its outcome. */
#include <glib.h>
#include <gsl/gsl_cdf.h>
#include <string.h>

#include "sim/app/read/recurrence_text.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "tests/support/small.h"

/* ---- scenarios ---- */

static const char frame[] =
    "{ \"name\": \"w\", \"start\": \"2026-01-01T08:00:00\", \"until\": \"%s\", %s"
    "  \"locations\": [ { \"name\": \"hq\" } ],"
    "  \"sites\": [ { \"code\": \"PS1\", \"type\": \"primary\", \"location\": \"hq\" } ],"
    "  \"distribution_points\": [ { \"name\": \"D1\", \"site\": \"PS1\" } %s ],"
    "  \"packages\": [ { \"id\": \"P1\", \"source_site\": \"PS1\", \"content\": [ { \"files\": \"a\", \"size\": \"1 MB\" } ] } ],"
    "  \"actions\": [ %s ] }";
static const char once[] = "{ \"at\": \"0 s\", \"do\": \"create\", \"package\": \"P1\" }";

/* NULL, and what was said in *wrong, if it is refused. */
static struct scenario *try_read(const char *until, const char *more, const char *dps, const char *actions,
                                 const char *set, char **wrong)
{
    g_autofree char *text = g_strdup_printf(frame, until, more, dps, actions);
    const char *const sets[] = {set, NULL};
    struct mistakes *mistakes = mistakes_new();
    struct scenario *s = scenario_read_text("w", text, strlen(text), sets, mistakes, NULL);
    *wrong = mistakes_text(mistakes);
    mistakes_free(mistakes);
    return s;
}

static struct scenario *read_it(const char *until, const char *more, const char *dps, const char *actions)
{
    g_autofree char *wrong = NULL;
    struct scenario *s = try_read(until, more, dps, actions, NULL, &wrong);
    if (!s)
        g_error("%s", wrong);
    return s;
}

static void refused(const char *until, const char *more, const char *actions, const char *sentence)
{
    g_autofree char *wrong = NULL;
    struct scenario *s = try_read(until, more, "", actions, NULL, &wrong);
    g_assert_null(s);
    if (!strstr(wrong, sentence))
        g_error("%s\nis not\n%s", wrong, sentence);
}

/* ---- recurrences as text ---- */

static void test_text(void)
{
    static const struct {
        const char *text, *exact;
    } good[] = {{"7 d", "604800 s"},
                {"90 min", "5400 s"},
                {"day at 02:00", "day at 02:00"},
                {"all at 02:00", "day at 02:00"},
                {"weekday at 20:00", "mon-fri at 20:00"},
                {"monday at 06:00:30", "mon at 06:00:30"},
                {"sat, sun at 00:00", "sat, sun at 00:00"},
                {"second tuesday of the month at 18:00", "second tuesday of the month at 18:00"},
                {"last friday of the month at 9:00", "last friday of the month at 09:00"},
                {"day 15 of the month at 06:00", "day 15 of the month at 06:00"},
                {"last day of the month at 23:59", "last day of the month at 23:59"}};
    static const char *const bad[] = {"",
                                      "tuesday",
                                      "sometimes at 18:00",
                                      "sixth tuesday of the month at 18:00",
                                      "second weekday of the month at 18:00",
                                      "day 32 of the month at 18:00",
                                      "day 0 of the month at 18:00",
                                      "second tuesday at 18:00",
                                      "monday of the month at 18:00",
                                      "monday at 25:00",
                                      "monday at 24:00",
                                      "0 s",
                                      "-7 d",
                                      "7",
                                      "1e9 d",
                                      " at 18:00",
                                      " of the month at 18:00"};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        struct recurrence read, again;
        char *why = NULL;
        g_assert_true(recurrence_parse(good[i].text, &read, &why));
        g_autofree char *exact = recurrence_text(&read);
        g_assert_cmpstr(exact, ==, good[i].exact);
        g_assert_true(recurrence_parse(exact, &again, &why));
        g_assert_true(again.kind == read.kind && again.days == read.days && again.nth == read.nth &&
                      again.seconds == read.seconds);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct recurrence untouched = {.kind = EVERY_NONE};
        g_autofree char *why = NULL;
        g_assert_false(recurrence_parse(bad[i], &untouched, &why));
        g_assert_nonnull(why);
        g_assert_cmpint(untouched.kind, ==, EVERY_NONE);
    }
}

/* ---- recurring actions ---- */

/* The actions that a run has, in hours. */
static void expect_hours(const char *until, const char *action, uint32_t n, const double *hours)
{
    struct scenario *s = read_it(until, "", "", action);
    struct expansion *e = expansion_new(s, 1, 0);
    g_assert_cmpuint(e->scenario.actions->len, ==, n);
    for (uint32_t i = 0; i < n; i++)
        expect_time(g_array_index(e->scenario.actions, struct action_spec, i).at_s, 3600 * hours[i]);
    expansion_free(e);
    scenario_free(s);
}

#define EXPECT_HOURS(until, more, ...)                                                                                 \
    expect_hours(until, "{ \"do\": \"create\", \"package\": \"P1\"," more " }",                                        \
                 (uint32_t)(sizeof((const double[]){__VA_ARGS__}) / sizeof(double)), (const double[]){__VA_ARGS__})

/* The start is Thursday 1 January 2026, 08:00. */
static void test_actions(void)
{
    /* from "at" on, each period, the end of the run included */
    EXPECT_HOURS("10 h", "\"at\": \"1 h\", \"every\": \"3 h\"", 1, 4, 7, 10);
    EXPECT_HOURS("10 h", "\"at\": \"1 h\", \"every\": \"3 h\", \"until\": \"6 h\"", 1, 4);
    EXPECT_HOURS("10 h", "\"at\": \"1 h\", \"every\": \"3 h\", \"times\": 3", 1, 4, 7);
    /* 20:00 is 12 h after the start, on Thursday and Friday, then on Monday: 4 days later */
    EXPECT_HOURS("5 d", "\"at\": \"0 s\", \"every\": \"weekday at 20:00\"", 12, 36, 108);
    /* "at" itself counts: 08:00 is the start; and a moment later it is the next day's */
    EXPECT_HOURS("2 d", "\"at\": \"0 s\", \"every\": \"day at 08:00\"", 0, 24, 48);
    EXPECT_HOURS("2 d", "\"at\": \"1 s\", \"every\": \"day at 08:00\"", 24, 48);
    /* 13 January, 10 February and 10 March at 18:00: 12, 40 and 68 days and 10 h after the start */
    EXPECT_HOURS("90 d", "\"at\": \"0 s\", \"every\": \"second tuesday of the month at 18:00\"", 298, 970, 1642);
    /* at a date, on the clock of the top site as all times: T1 */
    EXPECT_HOURS("90 d", "\"at\": \"2026-02-01T00:00\", \"every\": \"last day of the month at 18:00\", \"times\": 1",
                 24 * 58 + 10);
}

/* A start with a fraction of a second, an action at the very moment of its recurrence. */
static void test_fractions(void)
{
    g_autofree char *wrong = NULL;
    struct scenario *s = try_read("3 d", "", "",
                                  "{ \"at\": \"2026-01-01T18:00:00\", \"every\": \"day at 18:00\", \"do\": \"create\","
                                  "  \"package\": \"P1\" }",
                                  "start=2026-01-01T08:00:00.3", &wrong);
    struct expansion *e = expansion_new(s, 1, 0);
    g_assert_cmpuint(e->scenario.actions->len, ==, 3);
    for (uint32_t i = 0; i < 3; i++)
        expect_near(g_array_index(e->scenario.actions, struct action_spec, i).at_s, 35999.7 + 86400 * i, 1e-6, "at",
                    __FILE__, __LINE__);
    expansion_free(e);
    scenario_free(s);
}

/* The models are told of it each time. */
static void test_actions_are_taken(void)
{
    struct small_run *run = small_run_all(
        read_it("10 d", "", "",
                "{ \"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"P1\", \"to\": \"*\" },"
                "{ \"at\": \"0 s\", \"every\": \"day at 20:00\", \"times\": 3, \"do\": \"update\", \"package\": \"P1\","
                "  \"content\": [ { \"files\": \"b\", \"size\": \"1 MB\" } ] }"),
        false);
    for (uint32_t version = 1; version <= 4; version++)
        g_assert_nonnull(record_delivery_of(run->record, 0, version, 0));
    g_assert_null(record_delivery_of(run->record, 0, 5, 0));
    small_run_free(run);
}

/* ---- packages of a workload ---- */

#define APPS(what)                                                                                                     \
    "\"workloads\": [ { \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\", \"mean_time_between\": \"1 h\","  \
    "                  " what " } ],"

/* The n-th package of a run that is not the scenario's own. */
static const struct package_spec *package_of(const struct expansion *e, uint32_t n)
{
    return scenario_package(&e->scenario, e->n_given_packages + n);
}

static double bytes_of(const struct package_spec *package)
{
    const struct file_set_spec *files = &g_array_index(package->content, struct file_set_spec, 0);
    return files->count * files->size_bytes;
}

static double time_of(const struct expansion *e, uint32_t package)
{
    for (guint i = 0; i < e->scenario.actions->len; i++) {
        const struct action_spec *action = &g_array_index(e->scenario.actions, struct action_spec, i);
        if (action->what == ACTION_DISTRIBUTE &&
            g_array_index(action->packages.members, uint32_t, 0) == e->n_given_packages + package)
            return action->at_s;
    }
    g_assert_not_reached();
}

static uint32_t n_packages(const struct expansion *e)
{
    return e->scenario.packages->len - e->n_given_packages;
}

static int priority_count(const struct expansion *e, enum priority priority)
{
    int n = 0;
    for (uint32_t i = 0; i < n_packages(e); i++)
        n += package_of(e, i)->priority == priority;
    return n;
}

/* Poisson arrivals, once an hour for 4000 hours: their number is 4000 +- 4 x sqrt(4000); in each of 400 spans of 10 h
 * there are 10 in the mean, with variance 10: the variance of 400 such counts has a standard deviation of
 * 10 x sqrt(2/399 + 1/(10 x 400)) = 0.73. Times between them are exponential: in 20 classes of equal probability,
 * chi-square of 19 degrees of freedom. Each of 5 seeds is to pass at one in 10,000. */
static void test_poisson(void)
{
    struct scenario *s = read_it("4000 h", APPS("\"size\": \"1 MB\""), "", once);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct expansion *e = expansion_new(s, seed, 0);
        double counts[400] = {0}, classes[20] = {0}, before_s = 0, chi_square = 0, sum = 0, square = 0;
        uint32_t n = n_packages(e);
        g_assert_cmpfloat(fabs(n - 4000.0), <, 4 * sqrt(4000));
        for (guint i = 1; i < e->scenario.actions->len; i++) {
            double at_s = g_array_index(e->scenario.actions, struct action_spec, i).at_s;
            g_assert_cmpfloat(at_s, >, before_s);
            counts[(int)(at_s / 36000)]++;
            classes[(int)(20 * -expm1(-(at_s - before_s) / 3600))]++;
            before_s = at_s;
        }
        for (int i = 0; i < 400; i++)
            sum += counts[i];
        for (int i = 0; i < 400; i++)
            square += (counts[i] - sum / 400) * (counts[i] - sum / 400);
        g_assert_cmpfloat(fabs(square / 399 - 10), <, 4 * 0.73);
        for (int i = 0; i < 20; i++)
            chi_square += (classes[i] - n / 20.0) * (classes[i] - n / 20.0) / (n / 20.0);
        g_assert_cmpfloat(chi_square, <, gsl_cdf_chisq_Qinv(1e-4, 19));
        expansion_free(e);
    }
    scenario_free(s);
}

/* Lognormal of mean 100 MB and 95th percentile 300 MB: with z = 1.644854, sigma = z - sqrt(z^2 - 2 ln 3) = 0.931893 and
 * mu = ln 1e8 - sigma^2 / 2 = 17.986468. Four priorities of ten are high or low: 10 % and 30 %. */
static void test_sizes(void)
{
    struct scenario *s = read_it("4000 h",
                                 APPS("\"size\": { \"lognormal\": { \"mean\": \"100 MB\", \"p95\": \"300 MB\" } },"
                                      "\"files\": 10, \"high\": \"10 %\", \"low\": \"30 %\""),
                                 "", once);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct expansion *e = expansion_new(s, seed, 0);
        double classes[20] = {0}, chi_square = 0;
        uint32_t n = n_packages(e);
        for (uint32_t i = 0; i < n; i++) {
            g_assert_cmpuint(g_array_index(package_of(e, i)->content, struct file_set_spec, 0).count, ==, 10);
            classes[(int)(20 * gsl_cdf_lognormal_P(bytes_of(package_of(e, i)), 17.986468, 0.931893))]++;
        }
        for (int i = 0; i < 20; i++)
            chi_square += (classes[i] - n / 20.0) * (classes[i] - n / 20.0) / (n / 20.0);
        g_assert_cmpfloat(chi_square, <, gsl_cdf_chisq_Qinv(1e-4, 19));
        g_assert_cmpfloat(fabs(priority_count(e, PRIORITY_HIGH) - 0.1 * n), <, 4 * sqrt(0.09 * n));
        g_assert_cmpfloat(fabs(priority_count(e, PRIORITY_LOW) - 0.3 * n), <, 4 * sqrt(0.21 * n));
        expansion_free(e);
    }
    scenario_free(s);
}

/* A distribution of the times is taken as it is: constant, they come like clockwork. */
static void test_distributed_times(void)
{
    struct scenario *s = read_it("10 h",
                                 "\"workloads\": [ { \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\","
                                 "  \"size\": \"1 MB\", \"from\": \"1 h\", \"until\": \"8 h\","
                                 "  \"mean_time_between\": { \"constant\": \"2 h\" } } ],",
                                 "", once);
    struct expansion *e = expansion_new(s, 1, 0);
    g_assert_cmpuint(n_packages(e), ==, 3);
    for (uint32_t i = 0; i < 3; i++)
        expect_time(time_of(e, i), 3600 * (3 + 2 * i));
    g_assert_cmpstr(package_of(e, 2)->id, ==, "apps-0003");
    expansion_free(e);
    scenario_free(s);
}

static const char list[] = APPS(
    "\"order\": \"%s\", \"packages\": [ { \"id\": \"A\", \"size\": \"1 MB\" },"
    " { \"id\": \"B\", \"size\": \"30 MB\", \"priority\": \"high\", \"files\": 3 }, { \"id\": \"C\", \"size\": \"2 MB\" } ]");

static void test_lists(void)
{
    g_autofree char *in_order = g_strdup_printf(list, "in_order"), *shuffled = g_strdup_printf(list, "shuffled"),
                    *at_random = g_strdup_printf(list, "at_random");
    struct scenario *s = read_it("4000 h", in_order, "", once);
    struct expansion *e = expansion_new(s, 1, 0);
    /* each once, then it ends */
    g_assert_cmpuint(n_packages(e), ==, 3);
    g_assert_cmpstr(package_of(e, 0)->id, ==, "apps-A");
    g_assert_cmpstr(package_of(e, 1)->id, ==, "apps-B");
    g_assert_cmpstr(package_of(e, 2)->id, ==, "apps-C");
    expect_bytes(bytes_of(package_of(e, 1)), 30e6);
    g_assert_cmpuint(g_array_index(package_of(e, 1)->content, struct file_set_spec, 0).count, ==, 3);
    g_assert_cmpint(package_of(e, 1)->priority, ==, PRIORITY_HIGH);
    g_assert_cmpint(package_of(e, 2)->priority, ==, PRIORITY_MEDIUM);
    expansion_free(e);
    scenario_free(s);

    /* The six orders of three, over 600 seeds: 100 each, chi-square of 5 degrees of freedom. */
    s = read_it("4000 h", shuffled, "", once);
    GHashTable *orders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (uint64_t seed = 1; seed <= 600; seed++) {
        e = expansion_new(s, seed, 0);
        g_assert_cmpuint(n_packages(e), ==, 3);
        char *order = g_strconcat(package_of(e, 0)->id, package_of(e, 1)->id, package_of(e, 2)->id, NULL);
        guint n = GPOINTER_TO_UINT(g_hash_table_lookup(orders, order));
        g_hash_table_replace(orders, order, GUINT_TO_POINTER(n + 1));
        expansion_free(e);
    }
    GHashTableIter iter;
    gpointer n;
    double chi_square = 0;
    g_assert_cmpuint(g_hash_table_size(orders), ==, 6);
    g_hash_table_iter_init(&iter, orders);
    while (g_hash_table_iter_next(&iter, NULL, &n))
        chi_square += (GPOINTER_TO_UINT(n) - 100.0) * (GPOINTER_TO_UINT(n) - 100.0) / 100;
    g_assert_cmpfloat(chi_square, <, gsl_cdf_chisq_Qinv(1e-4, 5));
    g_hash_table_unref(orders);
    scenario_free(s);

    /* any of them, each time: the second of the same has a number */
    s = read_it("4000 h", at_random, "", once);
    e = expansion_new(s, 1, 0);
    uint32_t all = n_packages(e), of_b = 0;
    bool second = false;
    for (uint32_t i = 0; i < all; i++) {
        of_b += g_str_has_prefix(package_of(e, i)->id, "apps-B") ? 1 : 0;
        second |= strcmp(package_of(e, i)->id, "apps-B-2") == 0;
    }
    g_assert_true(second);
    g_assert_cmpfloat(fabs(of_b - all / 3.0), <, 4 * sqrt(all * 2 / 9.0));
    expansion_free(e);
    scenario_free(s);
}

/* ---- streams ---- */

static char *packages_named(const struct scenario *s, const char *prefix)
{
    struct expansion *e = expansion_new(s, 7, 0);
    GString *out = g_string_new(NULL);
    for (uint32_t i = 0; i < n_packages(e); i++)
        if (g_str_has_prefix(package_of(e, i)->id, prefix))
            g_string_append_printf(out, "%s %a %a %d\n", package_of(e, i)->id, time_of(e, i),
                                   bytes_of(package_of(e, i)), (int)package_of(e, i)->priority);
    expansion_free(e);
    return g_string_free(out, FALSE);
}

#define TWO(first, between)                                                                                            \
    "\"workloads\": [ " first "{ \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\","                         \
    " \"mean_time_between\": " between ", \"high\": \"50 %%\","                                                        \
    " \"size\": { \"uniform\": { \"min\": \"1 MB\", \"max\": \"9 MB\" } } } ],"
#define OTHER                                                                                                          \
    "{ \"name\": \"other\", \"source_site\": \"PS1\", \"to\": \"*\", \"mean_time_between\": \"20 min\","               \
    " \"size\": { \"uniform\": { \"min\": \"1 MB\", \"max\": \"9 MB\" } } },"

static void test_streams(void)
{
    static const char *const betweens[] = {"\"1 h\"", "{ \"gamma\": { \"mean\": \"1 h\", \"sd\": \"30 min\" } }"};
    for (size_t i = 0; i < G_N_ELEMENTS(betweens); i++) {
        g_autofree char *alone = g_strdup_printf(TWO("", "%s"), betweens[i]);
        g_autofree char *both = g_strdup_printf(TWO(OTHER, "%s"), betweens[i]);
        struct scenario *one = read_it("100 h", alone, "", once), *two = read_it("100 h", both, "", once),
                        *dp = read_it("100 h", alone, ", { \"name\": \"D0\", \"site\": \"PS1\" }", once),
                        *longer = read_it("200 h", alone, "", once);
        g_autofree char *first = packages_named(one, "apps"), *with_other = packages_named(two, "apps"),
                        *with_dp = packages_named(dp, "apps"), *of_longer = packages_named(longer, "apps");
        g_assert_cmpuint(strlen(first), >, 1000);
        g_assert_cmpstr(with_other, ==, first);
        g_assert_cmpstr(with_dp, ==, first);
        g_assert_true(g_str_has_prefix(of_longer, first));
        struct expansion *same = expansion_new(one, 7, 0), *seed = expansion_new(one, 8, 0),
                         *replication = expansion_new(one, 7, 1);
        g_assert_cmpfloat(time_of(seed, 0), !=, time_of(same, 0));
        g_assert_cmpfloat(time_of(replication, 0), !=, time_of(same, 0));
        g_assert_cmpfloat(bytes_of(package_of(replication, 0)), !=, bytes_of(package_of(same, 0)));
        expansion_free(same);
        expansion_free(seed);
        expansion_free(replication);
        scenario_free(one);
        scenario_free(two);
        scenario_free(dp);
        scenario_free(longer);
    }
}

/* A package that has the name already keeps it. */
static void test_ids(void)
{
    struct scenario *s = read_it("10 h",
                                 "\"workloads\": [ { \"name\": \"P\", \"source_site\": \"PS1\", \"to\": \"*\","
                                 "  \"mean_time_between\": { \"constant\": \"4 h\" }, \"packages\": ["
                                 "  { \"id\": \"A\", \"size\": \"1 B\" }, { \"id\": \"A\", \"size\": \"1 B\" } ] },"
                                 " { \"name\": \"P-A\", \"source_site\": \"PS1\", \"to\": \"*\","
                                 "  \"mean_time_between\": { \"constant\": \"9 h\" }, \"packages\": ["
                                 "  { \"id\": \"2\", \"size\": \"1 B\" } ] } ],",
                                 "", once);
    struct expansion *e = expansion_new(s, 1, 0);
    g_assert_cmpuint(n_packages(e), ==, 3);
    g_assert_cmpstr(package_of(e, 0)->id, ==, "P-A");
    g_assert_cmpstr(package_of(e, 1)->id, ==, "P-A-2");
    g_assert_cmpstr(package_of(e, 2)->id, ==, "P-A-2-2");
    expansion_free(e);
    scenario_free(s);
}

/* ---- objectives ---- */

static void test_objectives(void)
{
    struct scenario *s = read_it("10 h",
                                 "\"workloads\": [ { \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\","
                                 "  \"size\": \"1 MB\", \"mean_time_between\": { \"constant\": \"4 h\" } } ],"
                                 "\"objectives\": [ { \"name\": \"all\", \"by\": \"9 h\" },"
                                 "  { \"name\": \"own\", \"by\": \"9 h\", \"package\": \"P1\" },"
                                 "  { \"name\": \"new\", \"by\": \"9 h\", \"package\": \"workload:a*\" } ],",
                                 "", once);
    struct expansion *e = expansion_new(s, 1, 0);
    static const guint n[] = {3, 1, 2};
    for (guint i = 0; i < 3; i++) {
        const struct objective_spec *o = &g_array_index(e->scenario.objectives, struct objective_spec, i);
        g_assert_cmpuint(o->packages.members->len, ==, n[i]);
        g_assert_cmpuint(g_array_index(o->packages.members, uint32_t, n[i] - 1), ==, i == 1 ? 0 : 2);
    }
    expansion_free(e);
    scenario_free(s);
}

/* ---- the echo, and the same run again ---- */

static char *trace_of(struct scenario *s)
{
    struct small_run *run = small_run_all(s, true);
    char *trace = g_strdup(run->record->trace->str);
    small_run_free(run);
    return trace;
}

static void test_echo(void)
{
    g_autofree char *listed = g_strdup_printf(list, "shuffled");
    static const char sized[] =
        APPS("\"size\": { \"uniform\": { \"min\": \"1 MB\", \"max\": \"9 MB\" } }, \"low\": \"5 %\"");
    const char *const workloads[] = {listed, sized};
    for (size_t i = 0; i < G_N_ELEMENTS(workloads); i++) {
        struct scenario *s =
            read_it("30 h", workloads[i], "",
                    "{ \"at\": \"1 h\", \"every\": \"day at 20:00\", \"until\": \"25 h\", \"times\": 5,"
                    "  \"do\": \"create\", \"package\": \"P1\" }");
        g_autofree char *first = scenario_write(s);
        struct mistakes *mistakes = mistakes_new();
        struct scenario *again = scenario_read_text("again", first, strlen(first), NULL, mistakes, NULL);
        g_assert_nonnull(again);
        g_autofree char *second = scenario_write(again);
        g_assert_cmpstr(first, ==, second);
        g_autofree char *one = trace_of(s), *two = trace_of(again);
        g_assert_cmpstr(one, ==, two);
        mistakes_free(mistakes);
    }
}

/* ---- how many is too many ---- */

static void test_too_many(void)
{
    refused("365 d", "", "{ \"at\": \"0 s\", \"every\": \"1 s\", \"do\": \"create\", \"package\": \"P1\" }",
            "would be taken 31536001 times; at most 100000 are simulated");
    refused("100000 s", "", "{ \"at\": \"0 s\", \"every\": \"1 s\", \"do\": \"create\", \"package\": \"P1\" }",
            "would be taken 100001 times");
    refused("36500 d", "",
            "{ \"at\": \"0 s\", \"every\": \"day at 00:00\", \"do\": \"create\", \"package\": \"P1\" },"
            "{ \"at\": \"0 s\", \"every\": \"day at 01:00\", \"do\": \"create\", \"package\": \"P1\" },"
            "{ \"at\": \"0 s\", \"every\": \"day at 02:00\", \"do\": \"create\", \"package\": \"P1\" }",
            "with this one the actions would be 109500 in all");
    refused("365 d",
            "\"workloads\": [ { \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\", \"size\": \"1 MB\","
            "  \"mean_time_between\": \"1 s\" } ],",
            once, "about 31536001 packages and actions would come; at most 100000 are simulated");
    /* Each once: the list ends before chance does. */
    struct scenario *s =
        read_it("36500 d",
                "\"workloads\": [ { \"name\": \"apps\", \"source_site\": \"PS1\", \"to\": \"*\","
                "  \"mean_time_between\": \"1 s\", \"packages\": [ { \"id\": \"A\", \"size\": \"1 B\" } ] } ],",
                "", once);
    struct expansion *e = expansion_new(s, 1, 0);
    g_assert_cmpuint(n_packages(e), ==, 1);
    expansion_free(e);
    scenario_free(s);
    /* What has passed no check ends, too: a scenario without an end. */
    s = read_it("1 h", APPS("\"size\": \"1 B\""), "", once);
    s->until_s = INFINITY;
    g_assert_null(expansion_new(s, 1, 0));
    scenario_free(s);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recurrence/text", test_text);
    g_test_add_func("/recurrence/actions", test_actions);
    g_test_add_func("/recurrence/T1/fractions of seconds", test_fractions);
    g_test_add_func("/recurrence/actions are taken", test_actions_are_taken);
    g_test_add_func("/workload/poisson", test_poisson);
    g_test_add_func("/workload/sizes and priorities", test_sizes);
    g_test_add_func("/workload/distributed times", test_distributed_times);
    g_test_add_func("/workload/lists", test_lists);
    g_test_add_func("/workload/streams", test_streams);
    g_test_add_func("/workload/ids", test_ids);
    g_test_add_func("/workload/objectives", test_objectives);
    g_test_add_func("/workload/echo", test_echo);
    g_test_add_func("/workload/too many", test_too_many);
    return g_test_run();
}
