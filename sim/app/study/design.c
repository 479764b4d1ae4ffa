#include "sim/app/study/design.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/json_text.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/units.h"
#include "sim/app/report/words.h"
#include "sim/engine/screening.h"

enum { MOST_SAMPLES = 10000 };

static void axis_clear(gpointer of)
{
    struct axis *axis = of;

    g_free(axis->path);
    g_free(axis->short_path);
    g_free(axis->low_text);
    g_free(axis->high_text);
    g_ptr_array_unref(axis->values);
    g_array_unref(axis->numbers);
}

/* ---- values ---- */

static bool has_scale(const struct axis *axis)
{
    return axis->field && units_is_scale(axis->field->kind);
}

/* Takes the text over. Returns its level: where it stands among the values. */
static guint add_value(struct axis *axis, char *text)
{
    g_autofree char *why = NULL;
    double number = NAN;

    if (has_scale(axis))
        units_parse_on_scale(axis->field->kind, text, &number, &why);
    g_ptr_array_add(axis->values, text);
    g_array_append_val(axis->numbers, number);
    return axis->values->len - 1;
}

/* The same, but what is there already is not added again. */
static guint find_value(struct axis *axis, char *text)
{
    for (guint i = 0; i < axis->values->len; i++)
        if (strcmp(axis->values->pdata[i], text) == 0) {
            g_free(text);
            return i;
        }
    return add_value(axis, text);
}

/* A number of a range's text. */
static bool read_bound(const struct axis *axis, const char *text, double *number, char **why)
{
    g_autofree char *because = NULL;

    if (!units_parse_on_scale(axis->field->kind, text, number, &because)) {
        *why = g_strdup_printf("%s: %s", axis->path, because);
        return false;
    }
    if (isfinite(*number))
        return true;
    *why = g_strdup_printf("%s: a range cannot reach to %s; write a number", axis->path, text);
    return false;
}

static bool add_steps(struct axis *axis, double low, double high, double step, char **why)
{
    double n = floor((high - low) / step * (1 + 1e-12) + 1e-9) + 1;

    if (!(step > 0))
        *why = g_strdup_printf("%s: the step of a range is more than 0", axis->path);
    else if (n > DESIGN_MOST_POINTS)
        *why = g_strdup_printf("%s: these are more than %d values; take wider steps", axis->path, DESIGN_MOST_POINTS);
    for (guint i = 0; !*why && i < (guint)n; i++) {
        char text[G_ASCII_DTOSTR_BUF_SIZE];

        /* 0.1 + 2 * 0.1 shall be 0.3. */
        g_ascii_formatd(text, sizeof text, "%.14g", low + i * step);
        add_value(axis, words_setting(axis->field->kind, g_ascii_strtod(text, NULL)));
    }
    return !*why;
}

/* "LOW..HIGH" or "LOW..HIGH step STEP". samples: one without steps is wanted. */
static bool add_range(struct axis *axis, const char *text, bool samples, char **why)
{
    g_auto(GStrv) ends = g_strsplit(text, "..", 2);
    char *by = strstr(ends[1], " step ");
    double low, high, step = 1;

    if (by)
        *by = '\0';
    g_strstrip(ends[0]);
    g_strstrip(ends[1]);
    if (!read_bound(axis, ends[0], &low, why) || !read_bound(axis, ends[1], &high, why) ||
        (by && !read_bound(axis, g_strstrip(by + strlen(" step ")), &step, why)))
        return false;
    if (low > high) {
        *why = g_strdup_printf("%s: the range %s is empty: it begins above its end", axis->path, text);
        return false;
    }
    if (by || (axis->field->kind == PARAM_COUNT && !samples))
        return add_steps(axis, low, high, step, why);
    if (!samples) {
        g_autofree char *example = units_human(axis->field->kind, high > low ? (high - low) / 10 : 1);
        *why = g_strdup_printf("%s: the range has no steps; write for example \"%s..%s step %s\"", axis->path, ends[0],
                               ends[1], example);
        return false;
    }
    axis->low = low;
    axis->high = high;
    axis->low_text = g_strdup(ends[0]);
    axis->high_text = g_strdup(ends[1]);
    return true;
}

/* ["sat, sun", 3] */
static bool add_json_values(struct axis *axis, const cJSON *list)
{
    for (const cJSON *value = list->child; value; value = value->next) {
        char *text = cJSON_IsString(value) ? NULL : cJSON_PrintUnformatted(value);

        add_value(axis, g_strdup(text ? text : value->valuestring));
        cJSON_free(text);
    }
    return true;
}

static bool is_range(const struct axis *axis, const char *text)
{
    return has_scale(axis) && strstr(text, "..");
}

static bool add_values(struct axis *axis, const char *text, bool samples, char **why)
{
    cJSON *json = *text == '[' ? json_value(text, strlen(text)) : NULL;
    bool sound = true;

    if (json) {
        add_json_values(axis, json);
    } else if (is_range(axis, text) && !strchr(text, ',')) {
        sound = add_range(axis, text, samples, why);
    } else {
        g_auto(GStrv) parts = g_strsplit(text, ",", -1);
        for (char **part = parts; *part && sound; part++) {
            if (is_range(axis, g_strstrip(*part)))
                sound = add_range(axis, *part, false, why);
            else
                add_value(axis, g_strdup(*part));
        }
    }
    cJSON_Delete(json);
    return sound;
}

static bool check_values(const struct axis *axis, const char *text, char **why)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    if (!axis->values->len && isnan(axis->low))
        *why = g_strdup_printf("\"%s\" has no values", text);
    for (guint i = 0; i < axis->values->len && !*why; i++) {
        char *value = axis->values->pdata[i];

        if (!*value)
            *why = g_strdup_printf("\"%s\": a value is missing between commas", text);
        else if (!g_hash_table_add(seen, value))
            *why = g_strdup_printf("\"%s\" has the value %s twice", text, value);
    }
    return !*why;
}

static bool add_axis(struct design *design, const char *text, bool samples, char **why)
{
    const char *equals = strchr(text, '=');
    struct axis axis = {.low = NAN, .high = NAN};

    if (!equals || equals == text || !equals[1]) {
        *why = g_strdup_printf("\"%s\" varies nothing; write for example "
                               "\"sites.*.sender.max_concurrent_per_site=1,3,5,10\"",
                               text);
        return false;
    }
    axis.path = g_strstrip(g_strndup(text, (gsize)(equals - text)));
    axis.field = scenario_setting(axis.path);
    axis.values = g_ptr_array_new_with_free_func(g_free);
    axis.numbers = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < design->axes->len; i++)
        if (strcmp(design_axis(design, i)->path, axis.path) == 0)
            *why = g_strdup_printf("\"%s\" is varied twice; give all its values at once", axis.path);
    g_autofree char *values = g_strstrip(g_strdup(equals + 1));
    if (!*why && add_values(&axis, values, samples, why))
        check_values(&axis, text, why);
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

char *design_short_path(const GPtrArray *paths, guint i)
{
    for (guint n = 1;; n++) {
        const char *own = tail(paths->pdata[i], n);
        bool clear = true;

        for (guint k = 0; k < paths->len; k++)
            clear = clear && (k == i || strcmp(tail(paths->pdata[k], n), own) != 0);
        if (clear || own == paths->pdata[i])
            return g_strdup(own);
    }
}

static void shorten_paths(struct design *design)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    for (guint i = 0; i < design->axes->len; i++)
        g_ptr_array_add(paths, design_axis(design, i)->path);
    for (guint i = 0; i < design->axes->len; i++)
        g_array_index(design->axes, struct axis, i).short_path = design_short_path(paths, i);
}

/* ---- points ---- */

static bool count_points(struct design *design, bool together, char **why)
{
    guint64 n = 1;

    for (guint i = 0; i < design->axes->len; i++) {
        guint n_values = design_axis(design, i)->values->len;

        if (together && i && n_values != n) {
            *why = g_strdup_printf("\"%s\" has %u values and \"%s\" %u; together they need equally many",
                                   design_axis(design, 0)->path, (guint)n, design_axis(design, i)->path, n_values);
            return false;
        }
        n = together ? n_values : n * n_values;
        if (n > DESIGN_MOST_POINTS) {
            *why = g_strdup_printf("these are more than %d combinations; vary less at once", DESIGN_MOST_POINTS);
            return false;
        }
    }
    design->n_points = (guint)n;
    return true;
}

static bool combine(struct design *design, bool together, char **why)
{
    guint n_axes = design->axes->len;

    if (!count_points(design, together, why))
        return false;
    g_array_set_size(design->levels, design->n_points * n_axes);
    for (guint point = 0; point < design->n_points; point++) {
        guint rest = point;

        for (guint i = n_axes; i-- > 0;) {
            guint n_values = design_axis(design, i)->values->len;

            g_array_index(design->levels, guint, point * n_axes + i) = together ? point : rest % n_values;
            rest /= n_values;
        }
    }
    return true;
}

/* The level of an axis for a number from 0 to 1. */
static guint sample(struct axis *axis, double u)
{
    double number = axis->low + u * (axis->high - axis->low);
    char *text;

    if (isnan(axis->low))
        return MIN((guint)(u * axis->values->len), axis->values->len - 1);
    if (axis->field->kind == PARAM_COUNT)
        return find_value(
            axis, units_exact(PARAM_COUNT, fmin(floor(axis->low + u * (axis->high - axis->low + 1)), axis->high)));
    /* Rounded for people; what is written is what is simulated. */
    text = axis->field->kind == PARAM_RATE ? words_rate(number) : units_human(axis->field->kind, number);
    guint level = find_value(axis, text);
    number = g_array_index(axis->numbers, double, level);
    if (number >= axis->low && number <= axis->high)
        return level;
    return find_value(axis, g_strdup(number < axis->low ? axis->low_text : axis->high_text));
}

static bool take_samples(struct design *design, guint n, char **why)
{
    guint n_axes = design->axes->len;

    if (!n_axes || n_axes > SIM_SOBOL_MAX_DIMENSIONS || n > MOST_SAMPLES) {
        *why = g_strdup_printf("samples can be taken of 1 to %d settings, and no more than %d of them",
                               SIM_SOBOL_MAX_DIMENSIONS, MOST_SAMPLES);
        return false;
    }
    g_autofree double *points = g_new(double, (gsize)n *n_axes);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    sim_sobol_points(n_axes, n, NULL, points);
    for (guint point = 0; point < n; point++) {
        g_autoptr(GString) key = g_string_new(NULL);

        for (guint i = 0; i < n_axes; i++) {
            guint level = sample(&g_array_index(design->axes, struct axis, i), points[point * n_axes + i]);

            g_array_append_val(design->levels, level);
            g_string_append_printf(key, "%u ", level);
        }
        if (g_hash_table_add(seen, g_strdup(key->str)))
            design->n_points++;
        else
            g_array_set_size(design->levels, design->n_points * n_axes);
    }
    return true;
}

struct design *design_new(const struct design_request *request, char **why)
{
    struct design *design = g_new0(struct design, 1);
    const char *const *varies = request->varies;
    bool samples = request->n_samples > 0, sound = true;

    *why = NULL;
    design->axes = g_array_new(FALSE, FALSE, sizeof(struct axis));
    g_array_set_clear_func(design->axes, axis_clear);
    design->levels = g_array_new(FALSE, FALSE, sizeof(guint));
    for (guint i = 0; sound && varies && varies[i]; i++)
        sound = add_axis(design, varies[i], samples, why);
    if (sound)
        sound = samples ? take_samples(design, request->n_samples, why) : combine(design, request->together, why);
    if (!sound) {
        design_free(design);
        return NULL;
    }
    shorten_paths(design);
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

void design_choose(struct design *design, const guint *points, guint n)
{
    guint n_axes = design->axes->len;
    GArray *levels = g_array_sized_new(FALSE, FALSE, sizeof(guint), n * n_axes);

    for (guint i = 0; i < n; i++)
        g_array_append_vals(levels, &g_array_index(design->levels, guint, points[i] * n_axes), n_axes);
    g_array_unref(design->levels);
    design->levels = levels;
    design->n_points = n;
}

guint design_level(const struct design *design, guint point, guint axis)
{
    return g_array_index(design->levels, guint, point * design->axes->len + axis);
}

const char *design_value(const struct design *design, guint point, guint axis)
{
    return design_axis(design, axis)->values->pdata[design_level(design, point, axis)];
}

double design_number(const struct design *design, guint point, guint axis)
{
    return g_array_index(design_axis(design, axis)->numbers, double, design_level(design, point, axis));
}

static char *setting(const struct design *design, guint point, guint i, bool in_short)
{
    const struct axis *axis = design_axis(design, i);

    return g_strconcat(in_short ? axis->short_path : axis->path, "=", design_value(design, point, i), NULL);
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

char *design_short_label(const struct design *design, guint point)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < design->axes->len; i++) {
        g_autofree char *part = setting(design, point, i, true);
        g_string_append_printf(text, "%s%s", i ? ", " : "", part);
    }
    return g_strdup(text->str);
}
