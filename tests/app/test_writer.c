#include <string.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"

static struct scenario *read_text(const char *text)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read_text("t.json", text, strlen(text), NULL, mistakes, NULL);
    g_autofree char *said = mistakes_text(mistakes);

    g_assert_cmpstr(said, ==, "");
    mistakes_free(mistakes);
    return scenario;
}

static char *effective(const char *path)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read(path, NULL, mistakes, NULL);
    g_autofree char *said = mistakes_text(mistakes);
    char *text;

    g_assert_cmpstr(said, ==, "");
    text = scenario_write(scenario);
    scenario_free(scenario);
    mistakes_free(mistakes);
    return text;
}

static void what_is_written_reads_as_the_same(void)
{
    g_autofree char *first = effective("tests/scenarios/small.json");
    struct scenario *again = read_text(first);
    g_autofree char *second = scenario_write(again);

    g_assert_cmpstr(first, ==, second);
    scenario_free(again);
}

/* Also defaults; those that nobody has published are marked, and are nobody's again when it is read. */
static void every_setting_is_written(void)
{
    g_autofree char *text = effective("tests/scenarios/small.json");
    static const char *const parts[] = {"\"start\": \"2016-05-16T10:30:00\"",
                                        "\"until\": \"172800 s\"",
                                        "\"name\": \"PS1DP02\"",
                                        "\"bandwidth\": \"6250000 B/s\"",
                                        "\"window\": \"262144 B\"",
                                        "\"utc_offset\": \"-3600 s\"",
                                        "\"priority\": \"medium\"",
                                        "\"days\": \"sat, sun\"",
                                        "\"from\": \"22:00\"",
                                        "\"value\": \"60 %\"",
                                        "\"at\": \"77400.5 s\"",
                                        "\"disk_rate\": \"unlimited\"",
                                        "\"max_concurrent_all_sites\": 4",
                                        "\"on_site_server\": true",
                                        "\"members\": [\"group:lyon\", \"site:S01\"]",
                                        "\"share\": \"99 %\"",
                                        "\"generation\": \"2012\"",
                                        "\"retry_delay\": \"60 s\"",
                                        "\"compression_ratio\": 1",
                                        "\"assumed\": [\"compress_rate\", \"compression_ratio\"]"};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_test_message("%s", parts[i]);
        g_assert_nonnull(strstr(text, parts[i]));
    }
    g_assert_null(strstr(text, "comment"));
    g_assert_null(strstr(text, "defaults"));
    g_assert_null(strstr(text, "{01"));
    g_assert_true(g_str_has_suffix(text, "}\n"));
}

static void odd_names_survive(void)
{
    struct scenario *s = read_text(
        "{ \"name\": \"t\", \"start\": \"1969-12-31T23:59:59.999999999\", \"until\": \"0.1 s\","
        " \"locations\": [ {\"name\": \"caf\\u00e9 \\\"1\\\" \\\\ \\ud83d\\ude00\"} ],"
        " \"sites\": [ {\"code\": \"001\", \"type\": \"primary\", \"location\": \"café \\\"1\\\" \\\\ 😀\","
        " \"interface\": \"1.3 bit/s\"} ],"
        " \"distribution_points\": [ {\"name\": \"a.b[0]\", \"site\": \"001\"} ],"
        " \"packages\": [ {\"id\": \"p\", \"source_site\": \"001\", \"content\": [{\"files\": \"\\u0001\\n\", \"size\": \"999 TB\"}]} ],"
        " \"actions\": [ {\"at\": \"1e-9 s\", \"do\": \"distribute\", \"package\": \"p\", \"to\": \"a.b*\"} ] }");
    g_autofree char *first = scenario_write(s);
    struct scenario *again = read_text(first);
    g_autofree char *second = scenario_write(again);

    g_assert_cmpstr(first, ==, second);
    g_assert_cmpfloat(s->start_s, ==, again->start_s);
    g_assert_cmpfloat(scenario_site(s, 0)->interface_bytes_per_s, ==, scenario_site(again, 0)->interface_bytes_per_s);
    g_assert_cmpstr(scenario_location(again, 0)->name, ==, "café \"1\" \\ 😀");
    g_assert_nonnull(strstr(first, "1969-12-31T23:59:59.999999999"));
    scenario_free(s);
    scenario_free(again);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/writer/what is written reads as the same", what_is_written_reads_as_the_same);
    g_test_add_func("/writer/every setting is written", every_setting_is_written);
    g_test_add_func("/writer/odd names survive", odd_names_survive);
    return g_test_run();
}
