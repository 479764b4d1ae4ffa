#include "sim/app/study/design.h"

#include <string.h>

/* More points would be a mistake: of a factor, or of understanding. */
enum { MOST_POINTS = 100000 };

static void axis_clear(gpointer of)
{
    struct axis *axis = of;

    g_free(axis->path);
    g_free(axis->short_path);
    g_strfreev(axis->values);
}

static const struct axis *axis_at(const struct design *design, guint i)
{
    return &g_array_index(design->axes, struct axis, i);
}

static bool add_axis(struct design *design, const char *text, char **why)
{
    const char *equals = strchr(text, '=');
    struct axis axis = {0};

    if (!equals || equals == text || !equals[1]) {
        *why = g_strdup_printf("\"%s\" varies nothing; write for example "
                               "\"sites.*.sender.max_concurrent_per_site=1,3,5,10\"",
                               text);
        return false;
    }
    axis.path = g_strstrip(g_strndup(text, (gsize)(equals - text)));
    axis.values = g_strsplit(equals + 1, ",", -1);
    for (guint i = 0; i < design->axes->len; i++)
        if (strcmp(axis_at(design, i)->path, axis.path) == 0)
            *why = g_strdup_printf("\"%s\" is varied twice; give all its values at once", axis.path);
    for (char **value = axis.values; *value && !*why; value++) {
        g_strstrip(*value);
        if (!**value)
            *why = g_strdup_printf("\"%s\": a value is missing between commas", text);
        for (char **other = axis.values; other < value && !*why; other++)
            if (strcmp(*other, *value) == 0)
                *why = g_strdup_printf("\"%s\" has the value %s twice", text, *value);
    }
    g_array_append_val(design->axes, axis);
    return !*why;
}

/* The last n words of a path. */
static const char *tail(const char *path, guint n)
{
    const char *at = path + strlen(path);

    while (at > path && (at[-1] != '.' || --n))
        at--;
    return at;
}

static void shorten_paths(struct design *design)
{
    for (guint i = 0; i < design->axes->len; i++) {
        struct axis *axis = &g_array_index(design->axes, struct axis, i);
        bool clear = false;

        for (guint n = 1; !clear; n++) {
            const char *own = tail(axis->path, n);

            clear = true;
            for (guint k = 0; k < design->axes->len; k++)
                clear = clear && (k == i || strcmp(tail(axis_at(design, k)->path, n), own) != 0);
            clear = clear || own == axis->path;
            if (clear)
                axis->short_path = g_strdup(own);
        }
    }
}

static bool count_points(struct design *design, bool together, char **why)
{
    guint64 n = 1;

    for (guint i = 0; i < design->axes->len; i++) {
        guint n_values = g_strv_length(axis_at(design, i)->values);

        if (together && i && n_values != n) {
            *why = g_strdup_printf("\"%s\" has %u values and \"%s\" %u; together they need equally many",
                                   axis_at(design, 0)->path, (guint)n, axis_at(design, i)->path, n_values);
            return false;
        }
        n = together ? n_values : n * n_values;
        if (n > MOST_POINTS) {
            *why = g_strdup_printf("these are more than %d combinations; vary less at once", MOST_POINTS);
            return false;
        }
    }
    design->n_points = (guint)n;
    return true;
}

struct design *design_new(const char *const *varies, bool together, char **why)
{
    struct design *design = g_new0(struct design, 1);
    bool sound = true;

    *why = NULL;
    design->axes = g_array_new(FALSE, FALSE, sizeof(struct axis));
    g_array_set_clear_func(design->axes, axis_clear);
    design->levels = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; sound && varies && varies[i]; i++)
        sound = add_axis(design, varies[i], why);
    if (!sound || !count_points(design, together, why)) {
        design_free(design);
        return NULL;
    }
    shorten_paths(design);
    for (guint point = 0; point < design->n_points; point++) {
        guint rest = point, n_axes = design->axes->len;

        g_array_set_size(design->levels, (point + 1) * n_axes);
        for (guint i = n_axes; i-- > 0;) {
            guint n_values = g_strv_length(axis_at(design, i)->values);

            g_array_index(design->levels, guint, point * n_axes + i) = together ? point : rest % n_values;
            rest /= n_values;
        }
    }
    return design;
}

void design_free(struct design *design)
{
    if (!design)
        return;
    g_array_unref(design->axes);
    g_array_unref(design->levels);
    g_free(design);
}

guint design_level(const struct design *design, guint point, guint axis)
{
    return g_array_index(design->levels, guint, point * design->axes->len + axis);
}

static char *setting(const struct design *design, guint point, guint i, bool in_short)
{
    const struct axis *axis = axis_at(design, i);

    return g_strconcat(in_short ? axis->short_path : axis->path, "=", axis->values[design_level(design, point, i)],
                       NULL);
}

char **design_sets(const struct design *design, guint point, const char *const *base)
{
    GPtrArray *sets = g_ptr_array_new();

    for (; base && *base; base++)
        g_ptr_array_add(sets, g_strdup(*base));
    for (guint i = 0; i < design->axes->len; i++)
        g_ptr_array_add(sets, setting(design, point, i, false));
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

static char *label(const struct design *design, guint point, bool in_short)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < design->axes->len; i++) {
        g_autofree char *part = setting(design, point, i, in_short);
        g_string_append_printf(text, "%s%s", i ? ", " : "", part);
    }
    return g_strdup(text->str);
}

char *design_label(const struct design *design, guint point)
{
    return label(design, point, false);
}

char *design_short_label(const struct design *design, guint point)
{
    return label(design, point, true);
}
