/* distsim check: what is wrong with scenarios, and how large they are. */
#include <glib.h>
#include <stdio.h>

#include "sim/app/commands.h"
#include "sim/app/memory_need.h"
#include "sim/app/read/json_text.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "sim/app/report/words.h"

/* "1 site", "16 sites" */
static void append_count(GString *out, guint n, const char *one, const char *many)
{
    g_string_append_printf(out, "%s%u %s", out->len ? ", " : "", n, n == 1 ? one : many);
}

static void print_fine(const char *file, const struct scenario *s)
{
    g_autoptr(GString) parts = g_string_new(NULL);

    append_count(parts, s->locations->len, "location", "locations");
    append_count(parts, s->sites->len, "site", "sites");
    append_count(parts, s->distribution_points->len, "distribution point", "distribution points");
    if (s->packages->len)
        append_count(parts, s->packages->len, "package", "packages");
    if (s->actions->len)
        append_count(parts, s->actions->len, "action", "actions");
    if (s->routes->len)
        append_count(parts, s->routes->len, "route", "routes");
    if (s->groups->len)
        append_count(parts, s->groups->len, "group", "groups");
    if (s->calendars->len)
        append_count(parts, s->calendars->len, "calendar", "calendars");
    if (s->workloads->len)
        append_count(parts, s->workloads->len, "workload", "workloads");
    if (s->faults->len)
        append_count(parts, s->faults->len, "fault", "faults");
    if (s->objectives->len)
        append_count(parts, s->objectives->len, "objective", "objectives");
    const struct memory_need need = memory_need_of(s);
    g_autofree char *all = words_bytes(need.bytes[TABLES_ALL]), *summary = words_bytes(need.bytes[TABLES_SUMMARY]);
    printf("%s: fine: %s\n", json_text_name(file), parts->str);
    printf("%s: about %.0f deliveries: a run takes about %s of memory, or %s with --tables summary\n",
           json_text_name(file), need.deliveries, all, summary);
    g_autofree char *too_much = memory_refusal(s, TABLES_SUMMARY);
    if (too_much)
        fprintf(stderr, "%s: warning: %s\n", json_text_name(file), too_much);
}

static bool check_file(const char *file, const char *const *sets, bool print)
{
    struct mistakes *mistakes = mistakes_new(), *warnings = warnings_new();
    struct scenario *scenario = scenario_read(file, sets, mistakes, warnings);
    g_autofree char *text = mistakes_text(mistakes), *warned = mistakes_text(warnings);

    fputs(text, stderr);
    fputs(warned, stderr);
    if (scenario && print) {
        g_autofree char *effective = scenario_write(scenario);
        fputs(effective, stdout);
    } else if (scenario) {
        print_fine(file, scenario);
    }
    mistakes_free(mistakes);
    mistakes_free(warnings);
    scenario_free(scenario);
    return scenario != NULL;
}

int command_check(int argc, char **argv)
{
    g_auto(GStrv) sets = NULL;
    g_auto(GStrv) files = NULL;
    g_autoptr(GError) error = NULL;
    gboolean print = FALSE;
    /* Paths and settings are taken as they are: the locale has no say in them. */
    const GOptionEntry entries[] = {
        {"set", 's', 0, G_OPTION_ARG_FILENAME_ARRAY, &sets, "change a setting, as often as you like", "PATH=VALUE"},
        {"print", 0, 0, G_OPTION_ARG_NONE, &print, "print the effective scenario: every setting, guesses marked", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &files, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("FILE...");
    bool fine = true;

    g_option_context_set_summary(
        context, "Says what is wrong with scenarios, all of it at once, without running them. Warns of what is sound\n"
                 "but not what the vendor advises or supports.\n"
                 "FILE may be - for standard input.");
    g_option_context_set_description(
        context, "example: distsim check scenarios/emea.json --set sites.*.sender.max_concurrent_per_site=5\n\n"
                 "exit codes: 0 all are fine, with or without warnings, 2 one is not\n");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("distsim check");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "distsim check: %s\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if (!files) {
        fputs("distsim check: which scenario? for example: distsim check scenarios/emea.json\n", stderr);
        return EXIT_CODE_WRONG;
    }
    for (char **file = files; *file; file++)
        fine = check_file(*file, (const char *const *)sets, print) && fine;
    return fine ? EXIT_CODE_FINE : EXIT_CODE_WRONG;
}
