/* Reads distributions, which may stand in place of a duration, rate or size: { "lognormal": { "mean": "120 s",
 * "p95": "300 s" } }. What there is comes from the engine's table of forms. */
#include <math.h>
#include <string.h>

#include "sim/app/read/csv.h"
#include "sim/app/read/reader.h"
#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"

/* The file that a scenario names, relative to the scenario's own. */
char *reader_file_path(const struct reader *r, const char *file)
{
    g_autofree char *folder = NULL;

    if (g_path_is_absolute(file) || r->text->name[0] == '<')
        return g_strdup(file);
    folder = g_path_get_dirname(r->text->name);
    return strcmp(folder, ".") == 0 ? g_strdup(file) : g_build_filename(folder, file, NULL);
}

static bool read_quantity_text(struct reader *r, const struct param_field *f, const cJSON *node, double *value)
{
    g_autofree char *why = NULL;

    if (cJSON_IsNumber(node)) {
        g_autofree char *shown = units_exact(PARAM_NUMBER, node->valuedouble);
        why = units_missing(f->kind, shown, node->valuedouble);
    } else if (!cJSON_IsString(node)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a text such as \"%s\"", reader_node_word(node),
                       reader_example(f));
        return false;
    } else if (units_parse(f->kind, node->valuestring, value, &why)) {
        if (isfinite(*value))
            return true;
        why = g_strdup("a distribution has no room for \"unlimited\"");
    }
    reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
    return false;
}

/* A spread is a difference of values and may be anything; all else is a value that could be drawn. */
static bool read_param(struct reader *r, const struct param_field *f, const char *name, bool bare, const cJSON *node,
                       double *value)
{
    if (reader_too_large(r, node))
        return false;
    if (bare) {
        if (!cJSON_IsNumber(node)) {
            reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a bare number such as 1.5",
                           reader_node_word(node));
            return false;
        }
        *value = node->valuedouble;
        return true;
    }
    if (!read_quantity_text(r, f, node, value))
        return false;
    if (strcmp(name, "sd") == 0)
        return true;
    g_autofree char *shown = cJSON_IsString(node) ? mistakes_quoted(node->valuestring) : units_exact(f->kind, *value);
    return reader_in_range(r, f, *value, shown, node);
}

/* "mean and p95, median and p95, or mean and sd" */
static char *ways_to_write(const char *kind)
{
    GString *out = g_string_new(NULL);

    for (const struct sim_distribution_form *form = sim_distribution_forms; form->kind; form++) {
        if (strcmp(form->kind, kind) != 0)
            continue;
        if (out->len)
            g_string_append(out, ", or ");
        for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && form->params[i]; i++)
            g_string_append_printf(out, "%s\"%s\"", i ? " and " : "", form->params[i]);
    }
    return g_string_free(out, FALSE);
}

static bool read_params(struct reader *r, const struct param_field *f, const cJSON *node,
                        struct sim_distribution *distribution)
{
    const char *names[SIM_DISTRIBUTION_PARAMS + 1];
    unsigned n = 0;
    bool good = true;
    g_autofree char *ways = ways_to_write(node->string);

    if (!cJSON_IsObject(node)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write an object with %s", reader_node_word(node), ways);
        return false;
    }
    for (const cJSON *member = node->child; member; member = member->next)
        if (!reader_comment(r, member) && n <= SIM_DISTRIBUTION_PARAMS)
            names[n++] = member->string;
    distribution->form = n <= SIM_DISTRIBUTION_PARAMS ? sim_distribution_form(node->string, names, n) : NULL;
    if (!distribution->form) {
        reader_mistake(r, node, ANCHOR_VALUE, "a %s distribution is given by %s", node->string, ways);
        return false;
    }
    for (unsigned i = 0; i < n; i++) {
        const char *name = distribution->form->params[i];
        size_t mark = reader_enter(r, name);
        if (!read_param(r, f, name, distribution->form->bare & 1u << i, cJSON_GetObjectItemCaseSensitive(node, name),
                        &distribution->params[i]))
            good = false;
        reader_leave(r, mark);
    }
    return good;
}

/* ---- empirical ---- */

static const cJSON *text_member(struct reader *r, const cJSON *node, const char *name, bool required)
{
    const cJSON *member = cJSON_GetObjectItemCaseSensitive(node, name);

    if (!member && required)
        reader_mistake(r, node, ANCHOR_VALUE,
                       "\"%s\" is missing; write \"file\", \"column\" and \"unit\", or \"values\"", name);
    else if (member && (!cJSON_IsString(member) || !*member->valuestring))
        reader_mistake(r, member, ANCHOR_VALUE, "%s stands here; write a text in quotes", reader_node_word(member));
    return cJSON_IsString(member) && *member->valuestring ? member : NULL;
}

static bool read_column(struct reader *r, const struct param_field *f, const cJSON *node, GArray *values)
{
    const cJSON *file = text_member(r, node, "file", true), *column = text_member(r, node, "column", true);
    const cJSON *unit = text_member(r, node, "unit", false);
    g_autofree char *why = NULL, *path = NULL, *quoted = NULL;
    struct csv *csv;
    int index;

    if (!file || !column)
        return false;
    path = reader_file_path(r, file->valuestring);
    quoted = mistakes_quoted(path);
    csv = csv_read(path, &why);
    if (!csv) {
        reader_mistake(r, file, ANCHOR_VALUE, "%s %s", quoted, why);
        return false;
    }
    index = csv_column(csv, column->valuestring);
    if (index < 0) {
        g_autofree char *name = mistakes_quoted(column->valuestring);
        struct suggestion suggestion = {.wanted = column->valuestring};
        for (guint i = 0; i < csv->columns->len; i++)
            suggestion_offer(&suggestion, csv->columns->pdata[i]);
        reader_mistake(r, column, ANCHOR_VALUE, "%s has no column %s%s%s%s", quoted, name,
                       suggestion.best ? "; did you mean \"" : "", suggestion.best ? suggestion.best : "",
                       suggestion.best ? "\"?" : "");
    }
    for (guint i = 0; index >= 0 && i < csv->rows->len && !why; i++) {
        const char *cell = csv_cell(csv, i, index);
        g_autofree char *text = unit ? g_strdup_printf("%s %s", cell, unit->valuestring) : g_strdup(cell);
        g_autofree char *shown = mistakes_quoted(text);
        double value;
        if (!units_parse(f->kind, text, &value, &why)) {
            reader_mistake(r, node, ANCHOR_VALUE, "row %u of %s: %s", i + 2, quoted, why);
        } else if (!isfinite(value) || !reader_in_range(r, f, value, shown, node)) {
            why = g_strdup("");
        }
        g_array_append_val(values, value);
    }
    csv_free(csv);
    return index >= 0 && !why;
}

static bool read_empirical(struct reader *r, const struct param_field *f, const cJSON *node,
                           struct sim_distribution *distribution)
{
    g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(double));
    const cJSON *list;
    bool good = true;

    distribution->form = sim_distribution_form(SIM_DISTRIBUTION_EMPIRICAL, NULL, 0);
    if (!cJSON_IsObject(node)) {
        reader_mistake(r, node, ANCHOR_VALUE,
                       "%s stands here; write an object with \"file\", \"column\" and \"unit\", or with \"values\"",
                       reader_node_word(node));
        return false;
    }
    for (const cJSON *member = node->child; member; member = member->next) {
        static const char *const known[] = {"file", "column", "unit", "values", NULL};
        g_autofree char *quoted = mistakes_quoted(member->string);
        if (!reader_comment(r, member) && !g_strv_contains(known, member->string)) {
            reader_mistake(r, member, ANCHOR_KEY,
                           "unknown key %s; there are \"file\", \"column\" and \"unit\", or \"values\"", quoted);
            return false;
        }
    }
    list = cJSON_GetObjectItemCaseSensitive(node, "values");
    if (!list) {
        good = read_column(r, f, node, values);
    } else if (!cJSON_IsArray(list) || !list->child) {
        reader_mistake(r, list, ANCHOR_VALUE, "%s; write a list of values",
                       cJSON_IsArray(list) ? "the list is empty" : "this is no list");
        good = false;
    } else {
        size_t mark = reader_enter(r, "values"), i = 0;
        for (const cJSON *value = list->child; value; value = value->next) {
            size_t inner = reader_enter_index(r, i++);
            double number = 0;
            good = read_param(r, f, "", false, value, &number) && good;
            g_array_append_val(values, number);
            reader_leave(r, inner);
        }
        reader_leave(r, mark);
    }
    distribution->n_values = values->len;
    distribution->values = values->len ? (double *)(void *)g_array_steal(values, NULL) : NULL;
    return good;
}

/* ---- the whole ---- */

static const cJSON *only_member(struct reader *r, const struct param_field *f, const cJSON *node)
{
    const cJSON *only = NULL;

    for (const cJSON *member = node->child; member; member = member->next) {
        if (reader_comment(r, member))
            continue;
        if (only) {
            reader_mistake(r, member, ANCHOR_KEY, "a distribution is of one kind, here also of \"%s\"", only->string);
            return NULL;
        }
        only = member;
    }
    if (!only)
        reader_mistake(r, node, ANCHOR_VALUE,
                       "the object is empty; write a text such as \"%s\", or a distribution, such as { \"lognormal\": "
                       "{ ... } }",
                       reader_example(f));
    return only;
}

static void unknown_kind(struct reader *r, const cJSON *member)
{
    g_autofree char *quoted = mistakes_quoted(member->string);
    struct suggestion suggestion = {.wanted = member->string};
    g_autoptr(GString) all = g_string_new(NULL);
    const char *last = "";

    for (const struct sim_distribution_form *form = sim_distribution_forms; form->kind; form++) {
        suggestion_offer(&suggestion, form->kind);
        if (strcmp(form->kind, last) != 0)
            g_string_append_printf(all, "%s%s", all->len ? ", " : "", form->kind);
        last = form->kind;
    }
    if (suggestion.best)
        reader_mistake(r, member, ANCHOR_KEY, "unknown distribution %s; did you mean \"%s\"?", quoted, suggestion.best);
    else
        reader_mistake(r, member, ANCHOR_KEY, "unknown distribution %s; there are %s", quoted, all->str);
}

static bool read_kind(struct reader *r, const struct param_field *f, const cJSON *member, struct chance *chance)
{
    const struct sim_distribution_form *form = sim_distribution_forms;
    g_autofree char *wrong = NULL;

    while (form->kind && strcmp(form->kind, member->string) != 0)
        form++;
    if (!form->kind) {
        unknown_kind(r, member);
        return false;
    }
    chance->distribution.form = form;
    if (strcmp(form->kind, SIM_DISTRIBUTION_CONSTANT) == 0) {
        if (!read_param(r, f, "", false, member, &chance->distribution.params[0]))
            return false;
    } else if (strcmp(form->kind, SIM_DISTRIBUTION_EMPIRICAL) == 0) {
        if (!read_empirical(r, f, member, &chance->distribution))
            return false;
    } else if (!read_params(r, f, member, &chance->distribution)) {
        return false;
    }
    wrong = sim_distribution_prepare(&chance->distribution);
    if (wrong)
        reader_mistake(r, member, ANCHOR_VALUE, "%s", wrong);
    return !wrong;
}

static const struct param_table *table_of(const struct param_table *table, const struct param_field *field)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        const struct param_table *below = f == field ? table : f->table ? table_of(f->table, field) : NULL;
        if (below)
            return below;
    }
    return NULL;
}

void reader_distribution(struct reader *r, const struct param_field *f, double *at, const cJSON *node)
{
    struct chance *chance = g_hash_table_lookup(r->chances, node);

    if (!chance && !g_hash_table_contains(r->chances, node)) {
        const cJSON *member = only_member(r, f, node);
        size_t mark = reader_enter(r, member ? member->string : "");
        chance = chance_new(table_of(&scenario_table, f), f);
        reader_range(f, &chance->distribution.min, &chance->distribution.max, &chance->distribution.above_min);
        if (!member || !read_kind(r, f, member, chance))
            g_clear_pointer(&chance, chance_unref);
        reader_leave(r, mark);
        g_hash_table_insert(r->chances, (gpointer)node, chance);
    }
    if (chance)
        chances_set(&r->scenario->chances, at, chance);
}
