/* Command lines, as people write them. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include <glib.h>

/* A copy of the command line for g_option_context_parse_strv(), which wants the value of a short option to stand alone:
 * "-n20" and "-qn20" become "-n 20" and "-q -n 20". tables: the context's options, ends with NULL; to be freed. */
char **options_arguments(int argc, char **argv, const GOptionEntry *const *tables);

#endif
