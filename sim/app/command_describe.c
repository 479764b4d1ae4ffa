/* distsim describe: every setting of a scenario, from the field tables. */
#include <glib.h>
#include <stdio.h>

#include "sim/app/commands.h"
#include "sim/app/read/describe.h"

static void print(char *text)
{
    fputs(text, stdout);
    g_free(text);
}

int command_describe(int argc, char **argv)
{
    g_auto(GStrv) names = NULL;
    g_autoptr(GError) error = NULL;
    gboolean all = FALSE, schema = FALSE;
    const GOptionEntry entries[] = {
        {"all", 0, 0, G_OPTION_ARG_NONE, &all, "every setting of every component", NULL},
        {"schema", 0, 0, G_OPTION_ARG_NONE, &schema, "print the JSON Schema of scenarios, for editors", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &names, NULL, NULL},
        {0},
    };
    g_autoptr(GOptionContext) context = g_option_context_new("[COMPONENT | COMPONENT.SETTING]...");

    g_option_context_set_summary(
        context, "Explains the settings of a scenario: what they mean, their units, ranges and defaults,\n"
                 "how sure a default is, and what the console and the cmdlets call them.");
    g_option_context_set_description(context, "example: distsim describe sender\n"
                                              "         distsim describe sender.retry_delay\n"
                                              "         distsim describe --schema >scenario.schema.json\n");
    g_option_context_add_main_entries(context, entries, NULL);
    g_set_prgname("distsim describe");
    if (!g_option_context_parse(context, &argc, &argv, &error)) {
        fprintf(stderr, "distsim describe: %s\n", error->message);
        return EXIT_CODE_WRONG;
    }
    if ((all || schema) + (names != NULL) > 1 || (all && schema)) {
        fputs("distsim describe: components, --all or --schema, one of these at a time\n", stderr);
        return EXIT_CODE_WRONG;
    }
    if (schema)
        print(describe_schema());
    else if (all)
        print(describe_all());
    else if (!names)
        print(describe_overview());
    for (char **name = names; name && *name; name++) {
        g_autofree char *valid = g_utf8_make_valid(*name, -1);
        g_autofree char *why = NULL;
        char *text = describe_one(valid, &why);

        if (!text) {
            fprintf(stderr, "distsim describe: %s\n", why);
            return EXIT_CODE_WRONG;
        }
        if (name != names)
            putchar('\n');
        print(text);
    }
    return EXIT_CODE_FINE;
}
