#include <math.h>
#include <string.h>

#include "sim/app/read/scenario_reader.h"

/* Around what a test is about. */
#define HEAD "{ \"name\": \"t\", \"start\": \"2016-05-16T10:30:00\", \"until\": \"2 d\""
#define LOCATIONS                                                                                                      \
    ", \"locations\": [ {\"name\": \"hq\"}, {\"name\": \"lyon\", \"parent\": \"hq\", \"up\": \"8 Mbit/s\", \"down\": \"16 Mbit/s\"} ]"
#define SITES                                                                                                          \
    ", \"sites\": [ {\"code\": \"CS1\", \"type\": \"central\", \"location\": \"hq\"},"                                 \
    " {\"code\": \"PS1\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"lyon\"},"                        \
    " {\"code\": \"PS2\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"lyon\", \"sender\": {\"retries\": 7}} ]"
#define DPS                                                                                                            \
    ", \"distribution_points\": [ {\"name\": \"DP{01..03}\", \"site\": \"PS1\"}, {\"name\": \"X.1\", \"site\": \"PS2\"} ]"
#define PACKAGES                                                                                                       \
    ", \"packages\": [ {\"id\": \"P{1..2}\", \"source_site\": \"CS1\", \"content\": [{\"files\": \"f{1..2}\", \"size\": \"1 MiB\"}]} ]"
#define ACTIONS ", \"actions\": [ {\"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"*\", \"to\": \"*\"} ]"
#define TAIL " }"
#define SOUND HEAD LOCATIONS SITES DPS PACKAGES ACTIONS

/* A scenario that must be sound. */
static struct scenario *sound(const char *text, const char *const *sets)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read_text("t.json", text, strlen(text), sets, mistakes, NULL);
    g_autofree char *said = mistakes_text(mistakes);

    g_assert_cmpstr(said, ==, "");
    g_assert_nonnull(scenario);
    mistakes_free(mistakes);
    return scenario;
}

/* What is said of a scenario that must not be. */
static char *said_of(const char *text, const char *const *sets)
{
    struct mistakes *mistakes = mistakes_new();
    struct scenario *scenario = scenario_read_text("t.json", text, strlen(text), sets, mistakes, NULL);
    char *said = mistakes_text(mistakes);

    g_test_message("%s", said);
    g_assert_null(scenario);
    g_assert_true(mistakes_any(mistakes));
    mistakes_free(mistakes);
    return said;
}

static void assert_says(const char *text, const char *part)
{
    g_autofree char *said = said_of(text, NULL);

    g_assert_nonnull(strstr(said, part));
}

static const struct dp_spec *dp_of(const struct scenario *s, uint32_t i)
{
    return scenario_dp(s, i);
}

static void assert_members(const struct selection *selection, guint n, ...)
{
    va_list members;

    g_assert_cmpuint(selection->members->len, ==, n);
    va_start(members, n);
    for (guint i = 0; i < n; i++)
        g_assert_cmpuint(g_array_index(selection->members, uint32_t, i), ==, va_arg(members, unsigned));
    va_end(members);
}

static void defaults_come_from_the_tables(void)
{
    struct scenario *s = sound(SOUND TAIL, NULL);

    g_assert_cmpuint(s->seed, ==, 1);
    g_assert_cmpint(s->generation, ==, GENERATION_2012);
    g_assert_cmpfloat(s->start_s, ==, 1463394600);
    g_assert_cmpfloat(s->until_s, ==, 172800);
    g_assert_cmpuint(scenario_site(s, 0)->sender.max_concurrent_all_sites, ==, 5);
    g_assert_cmpfloat(scenario_site(s, 0)->interface_bytes_per_s, ==, 125e6);
    g_assert_cmpfloat(scenario_site(s, 0)->disk_bytes_per_s, ==, INFINITY);
    g_assert_true(scenario_site(s, 0)->sender.resume);
    g_assert_cmpuint(scenario_site(s, 2)->sender.retries, ==, 7);
    g_assert_cmpint(scenario_location(s, 0)->parent, ==, -1);
    g_assert_cmpint(scenario_location(s, 0)->background, ==, -1);
    g_assert_true(isnan(scenario_location(s, 1)->utc_offset_s));
    g_assert_cmpint(dp_of(s, 0)->location, ==, -1);
    g_assert_true(isnan(dp_of(s, 0)->window_bytes));
    g_assert_cmpuint(s->routes->len, ==, 0);
    g_assert_cmpuint(s->calendars->len, ==, 0);
    scenario_free(s);
}

static void names_may_be_ranges(void)
{
    struct scenario *s = sound(SOUND TAIL, NULL);

    g_assert_cmpuint(s->distribution_points->len, ==, 4);
    g_assert_cmpstr(dp_of(s, 0)->name, ==, "DP01");
    g_assert_cmpstr(dp_of(s, 2)->name, ==, "DP03");
    /* The other texts of the entity go along. */
    g_assert_cmpstr(g_array_index(scenario_package(s, 1)->content, struct file_set_spec, 0).files, ==, "f2");
    scenario_free(s);
}

static void several_ranges_are_all_combinations(void)
{
    struct scenario *s = sound(HEAD LOCATIONS SITES PACKAGES ACTIONS
                               ", \"distribution_points\": [ {\"name\": \"A{08..10}B{1..2}\", \"site\": \"PS1\"},"
                               " {\"name\": \"C{3..4}-{1..2}\", \"site\": \"PS{1..2}\"} ]" TAIL,
                               NULL);
    static const char *const names[] = {"A08B1", "A08B2", "A09B1", "A09B2", "A10B1",
                                        "A10B2", "C3-1",  "C3-2",  "C4-1",  "C4-2"};

    g_assert_cmpuint(s->distribution_points->len, ==, G_N_ELEMENTS(names));
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        g_assert_cmpstr(dp_of(s, i)->name, ==, names[i]);
    /* The first range of the site follows the first range of the name. */
    g_assert_cmpint(dp_of(s, 7)->site, ==, 1);
    g_assert_cmpint(dp_of(s, 8)->site, ==, 2);
    scenario_free(s);
}

static void routes_take_ranges_from_their_references(void)
{
    struct scenario *s =
        sound(SOUND ", \"routes\": [ {\"from\": \"CS1\", \"to\": \"PS{1..2}\", \"window\": \"2 MiB\"} ]" TAIL, NULL);

    g_assert_cmpuint(s->routes->len, ==, 2);
    g_assert_cmpint(g_array_index(s->routes, struct route_spec, 1).from, ==, 0);
    g_assert_cmpint(g_array_index(s->routes, struct route_spec, 1).to, ==, 2);
    scenario_free(s);
}

static void layers_win_in_their_order(void)
{
    const char *text = SOUND
        ", \"defaults\": { \"site\": { \"sender\": { \"retries\": 3, \"connect_timeout\": \"1 s\", \"retry_delay\": \"2 s\" } },"
        " \"primary\": { \"sender\": { \"retries\": 4, \"connect_timeout\": \"5 s\" } },"
        " \"location\": { \"latency\": \"7 ms\", \"up\": \"1 MB/s\" } }" TAIL;
    const char *const sets[] = {"sites.PS1.sender.connect_timeout=9 s", "defaults.site.sender.retry_delay=8 s", NULL};
    struct scenario *s = sound(text, NULL);

    g_assert_cmpuint(scenario_site(s, 0)->sender.retries, ==, 3);
    g_assert_cmpuint(scenario_site(s, 1)->sender.retries, ==, 4);
    g_assert_cmpuint(scenario_site(s, 2)->sender.retries, ==, 7);
    g_assert_cmpfloat(scenario_site(s, 0)->sender.connect_timeout_s, ==, 1);
    g_assert_cmpfloat(scenario_site(s, 2)->sender.connect_timeout_s, ==, 5);
    g_assert_cmpfloat(scenario_site(s, 2)->sender.retry_delay_s, ==, 2);
    g_assert_cmpfloat(scenario_location(s, 1)->latency_s, ==, 0.007);
    g_assert_cmpfloat(scenario_location(s, 1)->up_bytes_per_s, ==, 1e6);
    /* The root has no access link for a default to fall on. */
    g_assert_cmpfloat(scenario_location(s, 0)->latency_s, ==, 0);
    g_assert_cmpfloat(scenario_location(s, 0)->up_bytes_per_s, ==, INFINITY);
    scenario_free(s);

    s = sound(text, sets);
    g_assert_cmpfloat(scenario_site(s, 1)->sender.connect_timeout_s, ==, 9);
    g_assert_cmpfloat(scenario_site(s, 2)->sender.connect_timeout_s, ==, 5);
    g_assert_cmpfloat(scenario_site(s, 0)->sender.retry_delay_s, ==, 8);
    scenario_free(s);
}

static void set_reaches_every_setting(void)
{
    const char *const sets[] = {"seed=3",
                                "until=1 d",
                                "name=other",
                                "generation=2007",
                                "sites.*.sender.retries=1",
                                "sites.PS*.sender.resume=false",
                                "packages.P1.priority=high",
                                "packages.P?.content.0.size=2 MB",
                                "packages[0].content[0].count=4",
                                "actions[0].at=1 h",
                                "actions.0.to=[\"DP01\", \"X*\"]",
                                "distribution_points.X.1.priority=5",
                                "distribution_points.0.per_file_time=1 ms",
                                "locations.lyon.up=unlimited",
                                "calendars.office.0.value=70 %",
                                NULL};
    struct scenario *s = sound(SOUND ", \"calendars\": { \"office\": [ {\"value\": \"60 %\"} ] }" TAIL, sets);

    g_assert_cmpuint(s->seed, ==, 3);
    g_assert_cmpfloat(s->until_s, ==, 86400);
    g_assert_cmpstr(s->name, ==, "other");
    g_assert_cmpint(s->generation, ==, GENERATION_2007);
    g_assert_cmpuint(scenario_site(s, 2)->sender.retries, ==, 1);
    g_assert_true(scenario_site(s, 0)->sender.resume);
    g_assert_false(scenario_site(s, 1)->sender.resume);
    g_assert_cmpint(scenario_package(s, 0)->priority, ==, PRIORITY_HIGH);
    g_assert_cmpint(scenario_package(s, 1)->priority, ==, PRIORITY_MEDIUM);
    g_assert_cmpfloat(g_array_index(scenario_package(s, 1)->content, struct file_set_spec, 0).size_bytes, ==, 2e6);
    g_assert_cmpuint(g_array_index(scenario_package(s, 1)->content, struct file_set_spec, 0).count, ==, 4);
    g_assert_cmpfloat(g_array_index(s->actions, struct action_spec, 0).at_s, ==, 3600);
    assert_members(&g_array_index(s->actions, struct action_spec, 0).to, 2, 0, 3);
    g_assert_cmpuint(dp_of(s, 3)->priority, ==, 5);
    g_assert_cmpuint(dp_of(s, 0)->priority, ==, 200);
    g_assert_cmpfloat(dp_of(s, 2)->per_file_time_s, ==, 0.001);
    g_assert_cmpfloat(dp_of(s, 3)->per_file_time_s, ==, 0);
    g_assert_cmpfloat(scenario_location(s, 1)->up_bytes_per_s, ==, INFINITY);
    g_assert_cmpfloat(
        g_array_index(g_array_index(s->calendars, struct calendar_spec, 0).entries, struct calendar_entry, 0)
            .value_percent,
        ==, 70);
    scenario_free(s);
}

static void a_set_type_brings_its_defaults(void)
{
    const char *const sets[] = {"sites.PS2.type=secondary", "sites.PS2.parent=PS1", NULL};
    struct scenario *s =
        sound(SOUND ", \"defaults\": { \"secondary\": { \"notification_delay\": \"1 s\" } }" TAIL, sets);

    g_assert_cmpint(scenario_site(s, 2)->type, ==, SITE_SECONDARY);
    g_assert_cmpfloat(scenario_site(s, 2)->notification_delay_s, ==, 1);
    g_assert_cmpfloat(scenario_site(s, 1)->notification_delay_s, ==, 10);
    scenario_free(s);
}

static void sets_that_reach_nothing_are_mistakes(void)
{
    static const char *const bad[][2] = {{"sites.PS3.sender.retries=1", "no site is named \"PS3\""},
                                         {"sites.PS1.sender.retrie=1", "did you mean \"retries\""},
                                         {"packages.P1.content.7.size=1 MB", "matches nothing"},
                                         {"sites.PS1.sender.retries=-1", "out of range"},
                                         {"=1", "write PATH=VALUE"},
                                         {"sites..sender=1", "sites..sender=1: "},
                                         {"a.b.c.d", "write PATH=VALUE"},
                                         {"packages.P1.content=5", "write a list"},
                                         {"sites.PS1.location=null", "null says nothing"},
                                         {"actions.first.at=1 s", "by its number from 0"},
                                         {"\xff=1", "UTF-8"}};

    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        const char *const sets[] = {bad[i][0], NULL};
        g_autofree char *said = said_of(SOUND TAIL, sets);
        g_assert_true(g_str_has_prefix(said, "--set "));
        g_assert_nonnull(strstr(said, bad[i][1]));
    }
}

static void references_may_look_forward(void)
{
    struct scenario *s = sound(
        HEAD ACTIONS PACKAGES DPS SITES
        ", \"locations\": [ {\"name\": \"lyon\", \"parent\": \"hq\", \"up\": \"1 MB/s\", \"down\": \"1 MB/s\","
        " \"background\": \"office\"}, {\"name\": \"hq\"} ], \"calendars\": { \"office\": [ {\"value\": \"60 %\"} ] }" TAIL,
        NULL);

    g_assert_cmpint(scenario_location(s, 0)->parent, ==, 1);
    g_assert_cmpint(scenario_location(s, 0)->background, ==, 0);
    g_assert_cmpint(scenario_site(s, 0)->location, ==, 1);
    scenario_free(s);
}

/* "S{1..2}{A..C}": S1A, S1B, S1C, S2A, ...; ranges of what belongs to them go along, the first with the first. */
static void ranges_of_letters(void)
{
    struct scenario *s = sound(
        HEAD ACTIONS PACKAGES LOCATIONS
        ", \"sites\": [ {\"code\": \"PS{1..2}\", \"type\": \"primary\", \"parent\": \"CS1\", \"location\": \"hq\"},"
        " {\"code\": \"CS1\", \"type\": \"central\", \"location\": \"hq\"},"
        " {\"code\": \"S{1..2}{A..C}\", \"type\": \"secondary\", \"parent\": \"PS{1..2}\", \"location\": \"hq\"} ],"
        " \"distribution_points\": [ {\"name\": \"DP{01..03}\", \"site\": \"PS1\"},"
        " {\"name\": \"{x..z}-DP\", \"site\": \"S1{A..C}\"} ]" TAIL,
        NULL);

    g_assert_cmpuint(s->sites->len, ==, 9);
    g_assert_cmpstr(scenario_site(s, 5)->code, ==, "S1C");
    g_assert_cmpint(scenario_site(s, 5)->parent, ==, 0);
    g_assert_cmpstr(scenario_site(s, 6)->code, ==, "S2A");
    g_assert_cmpint(scenario_site(s, 6)->parent, ==, 1);
    g_assert_cmpstr(scenario_dp(s, 5)->name, ==, "z-DP");
    g_assert_cmpstr(scenario_site(s, scenario_dp(s, 5)->site)->code, ==, "S1C");
    scenario_free(s);
}

static void selections_are_sorted_and_unique(void)
{
    struct scenario *s =
        sound(HEAD LOCATIONS SITES DPS PACKAGES
              ", \"groups\": [ {\"name\": \"outer\", \"members\": [\"group:in*\", \"X.1\"]},"
              " {\"name\": \"inner\", \"members\": [\"DP03\", \"DP01\", \"DP0?\", \"DP{01..02}\"]},"
              " {\"name\": \"g{1..3}\", \"members\": \"DP{01..03}\"} ],"
              " \"actions\": [ {\"at\": \"0 s\", \"do\": \"distribute\", \"package\": [\"P2\", \"P1\", \"P2\"],"
              " \"to\": [\"site:PS2\", \"group:inner\"]},"
              " {\"at\": \"1 s\", \"do\": \"distribute\", \"package\": \"P1\", \"to\": \"site:PS*\"},"
              " {\"at\": \"1 s\", \"do\": \"create\", \"package\": \"P2\"} ],"
              " \"objectives\": [ {\"name\": \"o\", \"by\": \"1 d\"} ]" TAIL,
              NULL);
    const struct action_spec *actions = (const struct action_spec *)(const void *)s->actions->data;

    assert_members(&g_array_index(s->groups, struct group_spec, 0).members, 4, 0, 1, 2, 3);
    assert_members(&g_array_index(s->groups, struct group_spec, 1).members, 3, 0, 1, 2);
    assert_members(&g_array_index(s->groups, struct group_spec, 3).members, 1, 1);
    assert_members(&actions[0].packages, 2, 0, 1);
    assert_members(&actions[0].to, 4, 0, 1, 2, 3);
    assert_members(&actions[1].to, 4, 0, 1, 2, 3);
    g_assert_null(actions[2].to.patterns);
    assert_members(&g_array_index(s->objectives, struct objective_spec, 0).to, 4, 0, 1, 2, 3);
    assert_members(&g_array_index(s->objectives, struct objective_spec, 0).packages, 2, 0, 1);
    scenario_free(s);
}

/* Thousands of groups of the same 100,000 distribution points are one list; but where somebody joins one of them, that
 * is no matter of the others. */
static void equal_groups_share_their_members(void)
{
#define GROUPS                                                                                                         \
    ", \"groups\": [ {\"name\": \"A{1..2}\", \"members\": \"DP*\"}, {\"name\": \"B\", \"members\": \"DP01\"} ]"
    static const char joined[] = HEAD LOCATIONS SITES DPS PACKAGES GROUPS
        ", \"actions\": [ {\"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"*\", \"to\": \"group:A1\"},"
        " {\"at\": \"1 h\", \"do\": \"join\", \"group\": \"A2\", \"to\": \"X.1\"} ]" TAIL;
    struct scenario *s = sound(SOUND GROUPS TAIL, NULL);
    const struct group_spec *groups = (const struct group_spec *)(const void *)s->groups->data;

    assert_members(&groups[1].members, 3, 0, 1, 2);
    assert_members(&groups[2].members, 1, 0);
    g_assert_true(groups[0].members.members == groups[1].members.members);
    g_assert_true(groups[0].members.direct == groups[1].members.direct);
    scenario_free(s);

    s = sound(joined, NULL);
    groups = (const struct group_spec *)(const void *)s->groups->data;
    assert_members(&groups[0].members, 3, 0, 1, 2);
    assert_members(&groups[1].members, 4, 0, 1, 2, 3);
    g_assert_cmpuint(groups[1].members.direct->len, ==, 3);
    scenario_free(s);
}

static void groups_of_groups_have_a_limit(void)
{
    g_autoptr(GString) text = g_string_new(SOUND ", \"groups\": [ ");

    for (int i = 0; i < 2000; i++)
        g_string_append_printf(text, "{\"name\": \"g%d\", \"members\": \"group:g%d\"}, ", i, i + 1);
    g_string_append(text, "{\"name\": \"g2000\", \"members\": \"*\"} ]" TAIL);
    assert_says(text->str, "nested deeper than 64");
}

/* A pattern means all that can have the setting: not the root, which has no access link, and not a distribution point
 * on the site server, which has no schedule. */
static void a_pattern_passes_over_what_cannot_have_it(void)
{
    static const char *const sets[] = {"locations.*.latency=50 ms", "locations.*.up=5 Mbit/s",
                                       "distribution_points.*.schedule=[{\"availability\": \"closed\"}]",
                                       "distribution_points.DP01.on_site_server=true", NULL};
    static const char *const ordered[] = {"distribution_points.DP01.on_site_server=true",
                                          "distribution_points.*.schedule=[{\"availability\": \"closed\"}]", NULL};
    struct scenario *s = sound(SOUND TAIL, sets);

    g_assert_cmpfloat(scenario_location(s, 0)->latency_s, ==, 0);
    g_assert_cmpfloat(scenario_location(s, 0)->up_bytes_per_s, ==, INFINITY);
    g_assert_cmpfloat(scenario_location(s, 1)->latency_s, ==, 0.05);
    g_assert_cmpfloat(scenario_location(s, 1)->up_bytes_per_s, ==, 5e6 / 8);
    g_assert_true(limits_schedule(&scenario_dp(s, 1)->limits));
    g_assert_false(limits_schedule(&scenario_dp(s, 0)->limits));
    scenario_free(s);
    s = sound(SOUND TAIL, ordered);
    g_assert_true(limits_schedule(&scenario_dp(s, 1)->limits));
    g_assert_false(limits_schedule(&scenario_dp(s, 0)->limits));
    scenario_free(s);
}

/* Assumed is what nobody gave, in whatever layer and with whatever value. */
static void what_nobody_gave_is_assumed(void)
{
    static const char *const sets[] = {"sites.*.sender.connect_timeout=30 s", NULL};
    struct scenario *s =
        sound(SOUND ", \"defaults\": { \"primary\": { \"sender\": { \"window\": \"1 MiB\" } } }" TAIL, sets);
    const struct site_spec *central = scenario_site(s, 0), *primary = scenario_site(s, 1);

    g_assert_cmpint(central->type, ==, SITE_CENTRAL);
    g_assert_cmpint(primary->type, ==, SITE_PRIMARY);
    g_assert_true(scenario_assumes(s, &central->sender.window_bytes));
    g_assert_false(scenario_assumes(s, &primary->sender.window_bytes)); /* given, and equal to the default */
    g_assert_false(scenario_assumes(s, &central->sender.connect_timeout_s));
    g_assert_false(scenario_assumes(s, &central->sender.retries)); /* documented */
    g_assert_cmpint(scenario_location(s, 0)->parent, ==, -1);
    g_assert_false(scenario_assumes(s, &scenario_location(s, 0)->latency_s)); /* the root has no access link */
    g_assert_true(scenario_assumes(s, &scenario_location(s, 1)->latency_s));
    scenario_free(s);
}

static void all_mistakes_come_at_once_in_order(void)
{
    g_autofree char *said = said_of(
        "{ \"name\": \"t\",\n\"until\": 5,\n\"sites\": [ {\"code\": 1} ],\n\"start\": \"soon\", \"seed\": \"x\" }",
        NULL);
    static const char *const order[] = {"t.json:1:1: \"locations\" is missing",
                                        "t.json:2:10: until: 5 has no unit",
                                        "t.json:3:12: sites[0]: ",
                                        "t.json:3:21: sites[0].code: ",
                                        "t.json:4:10: start: ",
                                        "t.json:4:26: seed: "};
    const char *at = said;

    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        at = strstr(at, order[i]);
        g_assert_nonnull(at);
    }
}

static void a_range_repeats_no_mistake(void)
{
    g_autofree char *said = said_of(
        HEAD LOCATIONS SITES PACKAGES ACTIONS
        ", \"distribution_points\": [ {\"name\": \"DP{1..500}\", \"site\": \"PS3\", \"priority\": 0, \"disk\": 1} ]" TAIL,
        NULL);
    int lines = 0;

    for (const char *p = said; (p = strstr(p, "t.json:")); p++)
        lines++;
    g_assert_cmpint(lines, ==, 3);
}

static void the_rest_of_many_is_counted(void)
{
    g_autoptr(GString) text = g_string_new(SOUND ", \"groups\": [ ");
    g_autofree char *said = NULL;

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "{\"name\": \"g%d\", \"members\": \"Y%d\"}%s", i, i, i < 999 ? ", " : " ]" TAIL);
    said = said_of(text->str, NULL);
    g_assert_true(g_str_has_suffix(said, "\nand 980 more mistakes\n"));
}

static void a_million_entities_are_the_most(void)
{
    assert_says(HEAD LOCATIONS SITES PACKAGES ACTIONS
                ", \"distribution_points\": [ {\"name\": \"DP{1..1000001}\", \"site\": \"PS1\"} ]" TAIL,
                "more than 1000000 names");
    assert_says(
        HEAD LOCATIONS SITES PACKAGES ACTIONS
        ", \"distribution_points\": [ {\"name\": \"DP{1..999999999999999999}{1..999999999999999999}\", \"site\": \"PS1\"} ]" TAIL,
        "more than 1000000 names");
    assert_says(
        SOUND
        ", \"groups\": [ {\"name\": \"A{1..1000}\", \"members\": \"DP01\"}, {\"name\": \"B{1..999999}\", \"members\": \"DP01\"} ]" TAIL,
        "more than 1000000 names");
}

static void comments_may_stand_anywhere(void)
{
    struct scenario *s = sound(
        "{ \"comment\": \"a\", \"$schema\": \"x.json\", \"name\": \"t\", \"start\": \"2016-05-16T10:30\", \"until\": \"2 d\","
        " \"defaults\": { \"comment\": \"d\", \"site\": { \"comment\": [], \"sender\": { \"comment\": \"s\" } } },"
        " \"calendars\": { \"comment\": [\"no\", \"calendar\"], \"c\": [ {\"comment\": \"e\", \"value\": \"5 %\"} ] }" LOCATIONS
            SITES DPS PACKAGES ACTIONS TAIL,
        NULL);

    g_assert_cmpuint(s->calendars->len, ==, 1);
    scenario_free(s);
}

static void a_lone_primary_may_be_the_top(void)
{
    struct scenario *s =
        sound(HEAD LOCATIONS PACKAGES ACTIONS
              ", \"sites\": [ {\"code\": \"CS1\", \"type\": \"primary\", \"location\": \"hq\"} ],"
              " \"distribution_points\": [ {\"name\": \"D\", \"site\": \"CS1\", \"on_site_server\": true} ]" TAIL,
              NULL);

    g_assert_cmpint(scenario_site(s, 0)->parent, ==, -1);
    scenario_free(s);
}

static void a_central_site_of_2007_has_distribution_points(void)
{
    struct scenario *s = sound(HEAD LOCATIONS SITES PACKAGES ACTIONS
                               ", \"generation\": \"2007\","
                               " \"distribution_points\": [ {\"name\": \"D\", \"site\": \"CS1\"} ]" TAIL,
                               NULL);

    g_assert_cmpint(dp_of(s, 0)->site, ==, 0);
    scenario_free(s);
}

static void packages_may_share_a_name_of_files(void)
{
    struct scenario *s = sound(
        HEAD LOCATIONS SITES DPS ACTIONS
        ", \"packages\": [ {\"id\": \"A\", \"source_site\": \"CS1\", \"content\": [{\"files\": \"f\", \"size\": \"1 MB\"}]},"
        " {\"id\": \"B\", \"source_site\": \"PS1\", \"content\": [{\"files\": \"f\", \"size\": \"2 MB\"},"
        " {\"files\": \"f\", \"count\": 2, \"size\": \"1 MB\"}]} ]" TAIL,
        NULL);

    g_assert_cmpuint(scenario_package(s, 1)->content->len, ==, 2);
    scenario_free(s);
}

static void times_count_from_the_start(void)
{
    struct scenario *s = sound(HEAD LOCATIONS SITES DPS PACKAGES
                               ", \"actions\": [ {\"at\": \"02:00\", \"do\": \"create\", \"package\": \"*\"},"
                               " {\"at\": \"2016-05-17T10:30:00.5\", \"do\": \"create\", \"package\": \"*\"} ]" TAIL,
                               NULL);

    g_assert_cmpfloat(g_array_index(s->actions, struct action_spec, 0).at_s, ==, 15.5 * 3600);
    g_assert_cmpfloat(g_array_index(s->actions, struct action_spec, 1).at_s, ==, 86400.5);
    scenario_free(s);
}

static void many_entities_are_read_quickly(void)
{
    g_autoptr(GTimer) timer = g_timer_new();
    struct scenario *s =
        sound(HEAD LOCATIONS SITES PACKAGES ACTIONS
              ", \"distribution_points\": [ {\"name\": \"DP{00001..20000}\", \"site\": \"PS1\"} ]" TAIL,
              NULL);

    g_assert_cmpuint(g_array_index(s->actions, struct action_spec, 0).to.members->len, ==, 20000);
    scenario_free(s);
    g_assert_cmpfloat(g_timer_elapsed(timer, NULL), <, 20);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/reader/defaults come from the tables", defaults_come_from_the_tables);
    g_test_add_func("/reader/names may be ranges", names_may_be_ranges);
    g_test_add_func("/reader/several ranges are all combinations", several_ranges_are_all_combinations);
    g_test_add_func("/reader/routes take ranges from their references", routes_take_ranges_from_their_references);
    g_test_add_func("/reader/layers win in their order", layers_win_in_their_order);
    g_test_add_func("/reader/set reaches every setting", set_reaches_every_setting);
    g_test_add_func("/reader/a set type brings its defaults", a_set_type_brings_its_defaults);
    g_test_add_func("/reader/sets that reach nothing are mistakes", sets_that_reach_nothing_are_mistakes);
    g_test_add_func("/reader/references may look forward", references_may_look_forward);
    g_test_add_func("/reader/ranges of letters", ranges_of_letters);
    g_test_add_func("/reader/C4/selections are sorted and unique", selections_are_sorted_and_unique);
    g_test_add_func("/reader/equal groups share their members", equal_groups_share_their_members);
    g_test_add_func("/reader/groups of groups have a limit", groups_of_groups_have_a_limit);
    g_test_add_func("/reader/a pattern passes over what cannot have it", a_pattern_passes_over_what_cannot_have_it);
    g_test_add_func("/reader/what nobody gave is assumed", what_nobody_gave_is_assumed);
    g_test_add_func("/reader/all mistakes come at once, in order", all_mistakes_come_at_once_in_order);
    g_test_add_func("/reader/a range repeats no mistake", a_range_repeats_no_mistake);
    g_test_add_func("/reader/the rest of many is counted", the_rest_of_many_is_counted);
    g_test_add_func("/reader/a million entities are the most", a_million_entities_are_the_most);
    g_test_add_func("/reader/comments may stand anywhere", comments_may_stand_anywhere);
    g_test_add_func("/reader/a lone primary may be the top", a_lone_primary_may_be_the_top);
    g_test_add_func("/reader/T2/a central site of 2007 has distribution points",
                    a_central_site_of_2007_has_distribution_points);
    g_test_add_func("/reader/packages may share a name of files", packages_may_share_a_name_of_files);
    g_test_add_func("/reader/times count from the start", times_count_from_the_start);
    g_test_add_func("/reader/many entities are read quickly", many_entities_are_read_quickly);
    return g_test_run();
}
