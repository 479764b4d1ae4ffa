/* Distributions in scenarios: whatever is a duration, rate or size may be left to chance, and chance does what it says.
 */
#include <glib.h>
#include <string.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "tests/support/small.h"

/* Everything in it matters to something: links with latency, background traffic, outages of one location long enough
 * for sendings to give up, disks, a copy that many wait for. */
static const char base[] =
    "{ \"name\": \"base\", \"start\": \"2024-01-01T00:00:00\", \"until\": \"3 d\","
    "  \"calendars\": { \"busy\": [ { \"from\": \"08:00\", \"to\": \"18:00\", \"value\": \"50 %\" } ] },"
    "  \"defaults\": { \"site\": { \"disk_rate\": \"30 MB/s\", \"sender\": { \"max_rate\": \"9 MB/s\" },"
    "                            \"transfer_manager\": { \"max_rate\": \"9 MB/s\" } },"
    "    \"distribution_point\": { \"pulse\": { \"block\": \"256 KiB\", \"delay\": \"1 s\" } } },"
    "  \"locations\": [ { \"name\": \"hq\" },"
    "    { \"name\": \"lyon\", \"parent\": \"hq\", \"up\": \"8 Mbit/s\", \"down\": \"8 Mbit/s\", \"latency\": \"20 ms\","
    "      \"utc_offset\": \"1 h\", \"background\": \"busy\" } ],"
    "  \"sites\": [ { \"code\": \"CS1\", \"type\": \"central\", \"location\": \"hq\" },"
    "    { \"code\": \"PS1\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"lyon\" } ],"
    "  \"routes\": [ { \"from\": \"CS1\", \"to\": \"PS1\", \"bandwidth\": \"7 Mbit/s\","
    "    \"pulse\": { \"block\": \"256 KiB\", \"delay\": \"1 s\" } } ],"
    "  \"distribution_points\": [ { \"name\": \"D1\", \"site\": \"PS1\", \"disk_rate\": \"30 MB/s\" },"
    "    { \"name\": \"D2\", \"site\": \"PS1\", \"location\": \"hq\", \"disk_rate\": \"30 MB/s\","
    "      \"drives\": [ { \"size\": \"620 MB\" } ] },"
    "    { \"name\": \"D3\", \"site\": \"PS1\", \"type\": \"pull\", \"sources\": [ { \"dp\": \"D2\" } ] } ],"
    "  \"packages\": [ { \"id\": \"P1\", \"source_site\": \"CS1\", \"content\": [ { \"files\": \"a\", \"size\": \"60 MB\" } ] },"
    "    { \"id\": \"P2\", \"source_site\": \"PS1\", \"content\": [ { \"files\": \"b\", \"count\": 3, \"size\": \"20 MB\" } ] },"
    "    { \"id\": \"P3\", \"source_site\": \"CS1\", \"content\": [ { \"files\": \"c\", \"size\": \"500 MB\" } ] } ],"
    "  \"actions\": [ { \"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"P*\", \"to\": \"*\" },"
    "    { \"at\": \"1 h\", \"do\": \"update\", \"package\": \"P1\", \"content\": [ { \"files\": \"d\", \"size\": \"10 MB\" } ] } ],"
    "  \"workloads\": [ { \"name\": \"drawn\", \"source_site\": \"CS1\", \"to\": \"D2\", \"mean_time_between\": \"20 h\","
    "      \"size\": \"2 MB\" },"
    "    { \"name\": \"listed\", \"source_site\": \"PS1\", \"to\": \"D2\", \"mean_time_between\": \"20 h\","
    "      \"packages\": [ { \"id\": \"A\", \"size\": \"3 MB\" } ] } ],"
    "  \"faults\": [ { \"location\": \"lyon\", \"from\": \"40 s\", \"for\": \"2 h\" },"
    "    { \"location\": \"lyon\", \"from\": \"8 h\", \"for\": \"30 min\" } ] }";

static struct scenario *read_base(const char *const *sets)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read_text("base", base, strlen(base), sets, mistakes, NULL);
    g_autofree char *text = mistakes_text(mistakes);
    if (!scenario)
        g_error("%s", text);
    mistakes_free(mistakes);
    return scenario;
}

static char *trace_of(struct scenario *scenario)
{
    struct small_run *run = small_run_all(scenario, true);
    char *trace = g_strdup(run->record->trace->str);
    small_run_free(run);
    return trace;
}

static char *run_with(const char *set, const char *other)
{
    const char *const sets[] = {set, other, NULL};
    return trace_of(read_base(sets));
}

/* ---- every setting ---- */

/* Where the elements of a list are that a run depends on; "*" if not here. */
static const struct {
    const char *list, *element;
} elements[] = {{"locations", "lyon"}, {"sites", "*"}, {"workloads", "drawn"}, {NULL, NULL}};

/* Ranges for settings to which those of their kind do not fit. */
static const struct {
    const char *setting, *min, *max;
} ranges[] = {{"latency", "10 ms", "400 ms"},
              {"utc_offset", "-9 h", "9 h"},
              {"reschedule_for", "20 min", "80 min"},
              {"window", "1 kB", "20 kB"},
              {"size", "1 MB", "90 MB"},
              {"for", "20 min", "5 h"},
              {"despool_retry_delay", "1 s", "5 min"},
              {"delay", "1 s", "30 s"},
              {"mean_time_between", "4 h", "9 h"},
              {NULL, NULL, NULL}};

/* What must also be so for a setting to matter. */
static const struct {
    const char *setting, *set;
} needs[] = {{"despooler.despool_retry_delay", "sites.*.replication_lag=200 min"},
             {"pull.source_wait", "sites.*.pull.max_rate=2 kB/s"},
             {"location.latency", "sites.*.sender.window=20 kB"},
             {"scheduler.reschedule_for", "faults.0.for=7 h"},
             {NULL, NULL}};

/* Settings that no run of today depends on by chance, and why. */
static const struct {
    const char *setting, *why;
} not_drawn[] = {{NULL, NULL}};

static uint32_t n_tried;

static void try_setting(const struct param_table *table, const struct param_field *f, const char *path)
{
    const char *min = f->kind == PARAM_DURATION ? "1 s" : f->kind == PARAM_RATE ? "100 kB/s" : "1 kB";
    const char *max = f->kind == PARAM_DURATION ? "90 s" : f->kind == PARAM_RATE ? "900 kB/s" : "90 kB";
    const char *need = NULL;
    g_autofree char *name = g_strdup_printf("%s.%s", table->name, f->name);
    for (int i = 0; not_drawn[i].setting; i++)
        if (strcmp(not_drawn[i].setting, name) == 0)
            return;
    for (int i = 0; needs[i].setting; i++)
        if (strcmp(needs[i].setting, name) == 0)
            need = needs[i].set;
    for (int i = 0; ranges[i].setting; i++)
        if (strcmp(ranges[i].setting, f->name) == 0) {
            min = ranges[i].min;
            max = ranges[i].max;
        }
    g_autofree char *set = g_strdup_printf("%s={\"uniform\":{\"min\":\"%s\",\"max\":\"%s\"}}", path, min, max);
    const char *const first[] = {set, "seed=1", need, NULL}, *const second[] = {set, "seed=2", need, NULL};
    g_autofree char *one = trace_of(read_base(first)), *again = trace_of(read_base(first));
    g_autofree char *other = trace_of(read_base(second));
    g_assert_true(strcmp(one, again) == 0);
    if (strcmp(one, other) == 0) {
        g_test_fail_printf("%s: another seed changes nothing. Models must ask luck_draw() or luck_fixed() for it; or "
                           "this test's scenario does not use it yet",
                           name);
        return;
    }
    /* Always the same value is no chance. */
    g_autofree char *fixed = g_strdup_printf("%s={\"constant\":\"%s\"}", path, max);
    g_autofree char *plain = g_strdup_printf("%s=%s", path, max);
    g_autofree char *constant = run_with(fixed, need), *number = run_with(plain, need);
    /* a plain number there is the mean of exponential times */
    if (strcmp(f->name, "mean_time_between") != 0)
        g_assert_true(strcmp(constant, number) == 0);
    n_tried++;
}

static void try_table(const struct param_table *table, const char *path)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        g_autofree char *below = g_strdup_printf("%s%s%s", path, *path ? "." : "", f->name);
        if (f->kind == PARAM_OBJECT) {
            try_table(f->table, below);
        } else if (f->kind == PARAM_LIST) {
            const char *element = "*";
            for (int i = 0; elements[i].list; i++)
                if (strcmp(elements[i].list, below) == 0)
                    element = elements[i].element;
            g_autofree char *each = g_strdup_printf("%s.%s", below, element);
            try_table(f->table, f->table == &workload_package_table ? "workloads.listed.packages.*" : each);
        } else if (param_has_chance(f)) {
            try_setting(table, f, below);
        }
    }
}

static void test_every_setting(void)
{
    try_table(&scenario_table, "");
    g_assert_cmpuint(n_tried, >=, 30);
}

/* ---- streams ---- */

static double draw(const struct scenario *scenario, struct luck *luck, const char *entity, const char *item)
{
    return luck_draw(luck, &scenario_site(scenario, 0)->replication_lag_s, entity, "%s", item);
}

static void test_streams(void)
{
    const char *const sets[] = {"sites.*.replication_lag={\"lognormal\":{\"mean\":\"120 s\",\"p95\":\"300 s\"}}", NULL};
    struct scenario *s = read_base(sets);
    struct luck *alone = luck_new(s, 7, 0), *among = luck_new(s, 7, 0), *seed = luck_new(s, 8, 0),
                *replication = luck_new(s, 7, 1);
    double first = draw(s, alone, "CS1", "P1"), second = draw(s, alone, "CS1", "P1");
    g_assert_cmpfloat(first, !=, second);
    /* others' draws in between change nothing */
    draw(s, among, "PS1", "P1");
    draw(s, among, "CS1", "P2");
    g_assert_cmpfloat(draw(s, among, "CS1", "P1"), ==, first);
    draw(s, among, "PS1", "P1");
    g_assert_cmpfloat(draw(s, among, "CS1", "P1"), ==, second);
    g_assert_cmpfloat(draw(s, seed, "CS1", "P1"), !=, first);
    g_assert_cmpfloat(draw(s, replication, "CS1", "P1"), !=, first);
    const double *lag = &scenario_site(s, 0)->replication_lag_s;
    double fixed = luck_fixed(alone, lag, "CS1", "P1");
    g_assert_cmpfloat(luck_fixed(alone, lag, "CS1", "P1"), ==, fixed);
    g_assert_cmpfloat(luck_fixed(among, lag, "CS1", "P1"), ==, fixed);
    g_assert_cmpfloat(luck_fixed(among, lag, "CS1", "P2"), !=, fixed);
    /* without luck it is the mean */
    g_assert_cmpfloat(ABS(luck_draw(NULL, lag, "CS1", "P1") - 120), <, 1e-6);
    luck_free(alone);
    luck_free(among);
    luck_free(seed);
    luck_free(replication);
    scenario_free(s);
}

/* A draw for each package and replication: 2000 of a mean of 120 s and p95 of 300 s. The standard deviation is
 * 120 sqrt(exp(0.7105293^2) - 1) = 97.2 s, so their mean is within 4 x 97.2 / sqrt(2000) = 8.7 s, and the share above
 * 300 s within 5 % +- 4 x sqrt(0.05 x 0.95 / 2000) = 2 %. */
static void test_law_across_names(void)
{
    const char *const sets[] = {"sites.*.replication_lag={\"lognormal\":{\"mean\":\"120 s\",\"p95\":\"300 s\"}}", NULL};
    struct scenario *s = read_base(sets);
    struct luck *luck = luck_new(s, 1, 0);
    double sum = 0;
    int above = 0;
    for (int i = 0; i < 2000; i++) {
        g_autofree char *item = g_strdup_printf("P%d", i);
        double lag_s = draw(s, luck, "CS1", item);
        sum += lag_s;
        above += lag_s > 300;
    }
    g_assert_cmpfloat(ABS(sum / 2000 - 120), <, 8.7);
    g_assert_cmpfloat(ABS(above / 2000.0 - 0.05), <, 0.02);
    luck_free(luck);
    scenario_free(s);
}

/* ---- another distribution point, package or site ---- */

/* Draws are told by what they do: here the times that the threads for D1 take, and the ways of P1's news. The scenario
 * has room for all at once, so that nobody waits for the newcomers. */
static const char roomy[] =
    "{ \"name\": \"roomy\", \"start\": \"2024-01-01T00:00:00\", \"until\": \"1 d\","
    "  \"defaults\": { \"site\": { \"interface\": \"unlimited\", \"notification_delay\": { \"exponential\": { \"mean\": \"9 s\" } },"
    "    \"replication_lag\": { \"gamma\": { \"mean\": \"60 s\", \"sd\": \"30 s\" } },"
    "    \"software_distribution\": { \"max_packages\": 50, \"max_threads_per_package\": 99 },"
    "    \"sender\": { \"max_concurrent_all_sites\": 99, \"max_concurrent_per_site\": 99,"
    "                \"max_rate\": { \"uniform\": { \"min\": \"1 MB/s\", \"max\": \"2 MB/s\" } } },"
    "    \"despooler\": { \"threads\": 99, \"despool_rate\": { \"triangular\": { \"min\": \"5 MB/s\", \"mode\": \"9 MB/s\", \"max\": \"30 MB/s\" } } },"
    "    \"distribution_manager\": { \"compress_rate\": \"unlimited\", \"dp_thread_time\": { \"weibull\": { \"mean\": \"9 s\", \"shape\": 2 } },"
    "                              \"package_thread_tail\": \"0 s\" },"
    "    \"transfer_manager\": { \"start_delay\": { \"normal\": { \"mean\": \"20 s\", \"sd\": \"5 s\" } },"
    "                          \"max_rate\": { \"lognormal\": { \"mean\": \"2 MB/s\", \"sd\": \"1 MB/s\" } } } },"
    "    \"distribution_point\": { \"interface\": \"unlimited\" } },"
    "  \"locations\": [ { \"name\": \"hq\" } ],"
    "  \"sites\": [ %s { \"code\": \"CS1\", \"type\": \"central\", \"location\": \"hq\" },"
    "    { \"code\": \"PS1\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"hq\" } ],"
    "  \"distribution_points\": [ %s { \"name\": \"D1\", \"site\": \"PS1\" } ],"
    "  \"packages\": [ %s { \"id\": \"P1\", \"source_site\": \"CS1\","
    "                 \"content\": [ { \"files\": \"a\", \"size\": { \"uniform\": { \"min\": \"1 MB\", \"max\": \"99 MB\" } } } ] } ],"
    "  \"actions\": [ { \"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"*\", \"to\": \"*\" } ] }";

static void on_d1(const char *site, const char *dp, const char *package, double *on_dp_s, double *bytes)
{
    g_autofree char *text = g_strdup_printf(roomy, site, dp, package);
    struct mistakes *mistakes = mistakes_new();
    struct scenario *s = scenario_read_text("roomy", text, strlen(text), NULL, mistakes, NULL);
    g_autofree char *wrong = mistakes_text(mistakes);
    if (!s)
        g_error("%s", wrong);
    mistakes_free(mistakes);
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *delivery =
        record_delivery(run->record, s->packages->len - 1, s->distribution_points->len - 1);
    *on_dp_s = delivery->last.on_dp_s;
    *bytes = delivery->last.bytes;
    g_assert_false(isnan(*on_dp_s));
    small_run_free(run);
}

static void test_newcomers(void)
{
    static const char *const new_site =
        "{ \"code\": \"PS0\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"hq\" },";
    static const char *const new_dp = "{ \"name\": \"D0\", \"site\": \"PS1\" },";
    static const char *const new_package =
        "{ \"id\": \"P0\", \"source_site\": \"CS1\", \"content\": [ { \"files\": \"z\", \"size\": \"5 MB\" } ] },";
    double alone_s, bytes, with_s, with_bytes;
    on_d1("", "", "", &alone_s, &bytes);
    on_d1("", new_dp, "", &with_s, &with_bytes);
    expect_time(with_s, alone_s);
    expect_bytes(with_bytes, bytes);
    on_d1(new_site, "", "", &with_s, &with_bytes);
    expect_time(with_s, alone_s);
    expect_bytes(with_bytes, bytes);
    on_d1("", "", new_package, &with_s, &with_bytes);
    expect_time(with_s, alone_s);
    expect_bytes(with_bytes, bytes);
}

/* ---- echo ---- */

static void test_echo(void)
{
    const char *const sets[] = {"sites.*.replication_lag={\"lognormal\":{\"mean\":\"120 s\",\"p95\":\"300 s\"}}",
                                "packages.*.content.*.size={\"empirical\":{\"values\":[\"3 MB\",\"1 MB\",\"2 MB\"]}}",
                                "sites.PS1.sender.retry_delay={\"weibull\":{\"mean\":\"90 s\",\"shape\":1.5}}",
                                "locations.lyon.down={\"constant\":\"7 Mbit/s\"}", NULL};
    struct scenario *s = read_base(sets);
    g_autofree char *text = scenario_write(s);
    struct mistakes *mistakes = mistakes_new();
    struct scenario *again = scenario_read_text("again", text, strlen(text), NULL, mistakes, NULL);
    g_assert_nonnull(again);
    g_autofree char *second = scenario_write(again);
    g_assert_cmpstr(text, ==, second);
    g_assert_nonnull(
        strstr(text, "\"replication_lag\": { \"lognormal\": { \"mean\": \"120 s\", \"p95\": \"300 s\" } }"));
    g_assert_nonnull(strstr(text, "\"shape\": 1.5 } }"));
    g_autofree char *one = trace_of(s), *two = trace_of(again);
    g_assert_cmpstr(one, ==, two);
    mistakes_free(mistakes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/luck/every duration, rate and size", test_every_setting);
    g_test_add_func("/luck/streams", test_streams);
    g_test_add_func("/luck/law across names", test_law_across_names);
    g_test_add_func("/luck/newcomers change nobody's luck", test_newcomers);
    g_test_add_func("/luck/echo", test_echo);
    return g_test_run();
}
