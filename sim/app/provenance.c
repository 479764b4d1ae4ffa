#include "sim/app/provenance.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include "sim/app/results.h"

cJSON *provenance_new(int argc, char **argv)
{
    cJSON *root = cJSON_CreateObject(), *words = cJSON_AddArrayToObject(root, "command_line");
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autofree char *date = g_date_time_format_iso8601(now), *directory = g_get_current_dir();
    struct utsname machine;

    cJSON_AddItemToArray(words, cJSON_CreateString(RESULTS_PROGRAM));
    for (int i = 0; i < argc; i++) {
        g_autofree char *word = g_utf8_make_valid(argv[i], -1);
        cJSON_AddItemToArray(words, cJSON_CreateString(word));
    }
    cJSON_AddStringToObject(root, "directory", directory);
    cJSON_AddStringToObject(root, "date", date);
    if (uname(&machine) == 0) {
        cJSON *o = cJSON_AddObjectToObject(root, "machine");
        cJSON_AddStringToObject(o, "name", machine.nodename);
        cJSON_AddStringToObject(o, "system", machine.sysname);
        cJSON_AddStringToObject(o, "release", machine.release);
        cJSON_AddStringToObject(o, "architecture", machine.machine);
        cJSON_AddNumberToObject(o, "processors", g_get_num_processors());
    }
    return root;
}

char *provenance_text(cJSON *root, const GPtrArray *warnings, char **files)
{
    struct rusage usage;

    if (getrusage(RUSAGE_SELF, &usage) == 0)
        cJSON_AddNumberToObject(root, "peak_memory_bytes", (double)usage.ru_maxrss * 1024);
    cJSON *warned = cJSON_AddArrayToObject(root, "warnings");
    for (guint i = 0; i < warnings->len; i++)
        cJSON_AddItemToArray(warned, cJSON_CreateString(warnings->pdata[i]));
    cJSON *written = cJSON_AddArrayToObject(root, "files");
    for (char **file = files; *file; file++)
        cJSON_AddItemToArray(written, cJSON_CreateString(*file));

    char *text = cJSON_Print(root), *owned = g_strconcat(text, "\n", NULL);
    cJSON_free(text);
    cJSON_Delete(root);
    return owned;
}
