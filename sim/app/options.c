#include "sim/app/options.h"

#include <stdbool.h>
#include <string.h>

static bool takes_value(const GOptionEntry *entry)
{
    return entry && entry->arg != G_OPTION_ARG_NONE && entry->arg != G_OPTION_ARG_CALLBACK;
}

/* By its letter, or by its whole name; NULL: there is none. */
static const GOptionEntry *find(const GOptionEntry *const *tables, char letter, const char *name)
{
    for (; *tables; tables++)
        for (const GOptionEntry *entry = *tables; entry->long_name; entry++)
            if (name ? strcmp(entry->long_name, name) == 0 : entry->short_name == letter)
                return entry;
    return NULL;
}

/* Where the value begins that stands behind the letters of an argument; NULL: none does. alone: it is the next
 * argument. */
static const char *value_behind(const GOptionEntry *const *tables, const char *argument, bool *alone)
{
    const char *letter = argument + 1;
    const GOptionEntry *entry = find(tables, *letter, NULL);

    while (*letter && entry && !takes_value(entry))
        entry = *++letter ? find(tables, *letter, NULL) : NULL;
    *alone = *letter && takes_value(entry) && !letter[1];
    return *letter && takes_value(entry) && letter[1] ? letter + 1 : NULL;
}

char **options_arguments(int argc, char **argv, const GOptionEntry *const *tables)
{
    GPtrArray *arguments = g_ptr_array_new();
    bool options = true, is_value = false;

    for (int i = 0; i < argc; i++) {
        const char *argument = argv[i], *value = NULL;
        bool is_option = i > 0 && options && !is_value && *argument == '-' && argument[1];

        is_value = false;
        if (is_option && argument[1] == '-') {
            options = argument[2] != '\0';
            is_value = options && takes_value(find(tables, 0, argument + 2));
        } else if (is_option) {
            value = value_behind(tables, argument, &is_value);
        }
        g_ptr_array_add(arguments, value ? g_strndup(argument, (gsize)(value - argument)) : g_strdup(argument));
        if (value)
            g_ptr_array_add(arguments, g_strdup(value));
    }
    g_ptr_array_add(arguments, NULL);
    return (char **)g_ptr_array_free(arguments, FALSE);
}
