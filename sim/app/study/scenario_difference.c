#include "sim/app/study/scenario_difference.h"

#include <cjson/cJSON.h>
#include <glib.h>
#include <stdbool.h>

/* Long values are cut: that they differ is what matters. */
static char *words(const cJSON *value)
{
    enum { MOST = 60 };
    char *printed = value ? cJSON_PrintUnformatted(value) : NULL;
    g_autofree char *text = g_strdup(printed ? printed : "not given");

    cJSON_free(printed);
    if (g_utf8_strlen(text, -1) <= MOST)
        return g_steal_pointer(&text);
    g_autofree char *start = g_utf8_substring(text, 0, MOST);
    return g_strconcat(start, "...", NULL);
}

static char *difference(const cJSON *there, const cJSON *here, const char *path);

static char *difference_inside(const cJSON *there, const cJSON *here, const char *path, const char *name)
{
    g_autofree char *inside = g_strconcat(path, *path ? "." : "", name, NULL);

    return difference(there, here, inside);
}

static char *difference_of_lists(const cJSON *there, const cJSON *here, const char *path)
{
    const cJSON *one = there->child, *other = here->child;
    char *found = NULL;

    for (guint i = 0; (one || other) && !found; i++) {
        g_autofree char *number = g_strdup_printf("%u", i);

        found = difference_inside(one, other, path, number);
        one = one ? one->next : NULL;
        other = other ? other->next : NULL;
    }
    return found;
}

static char *difference_of_objects(const cJSON *there, const cJSON *here, const char *path)
{
    char *found = NULL;

    for (const cJSON *one = there->child; one && !found; one = one->next)
        found = difference_inside(one, cJSON_GetObjectItemCaseSensitive(here, one->string), path, one->string);
    for (const cJSON *other = here->child; other && !found; other = other->next)
        if (!cJSON_GetObjectItemCaseSensitive(there, other->string))
            found = difference_inside(NULL, other, path, other->string);
    return found;
}

/* NULL: none. Either may be NULL. */
static char *difference(const cJSON *there, const cJSON *here, const char *path)
{
    if (cJSON_IsObject(there) && cJSON_IsObject(here))
        return difference_of_objects(there, here, path);
    if (cJSON_IsArray(there) && cJSON_IsArray(here))
        return difference_of_lists(there, here, path);
    if (there && here && cJSON_Compare(there, here, true))
        return NULL;
    g_autofree char *was = words(there), *is = words(here);
    return g_strdup_printf("%s is %s there, %s here", path, was, is);
}

char *scenario_difference(const char *there, const char *here)
{
    cJSON *one = cJSON_Parse(there), *other = cJSON_Parse(here);
    char *found = one && other ? difference(one, other, "") : NULL;

    cJSON_Delete(one);
    cJSON_Delete(other);
    return found;
}
