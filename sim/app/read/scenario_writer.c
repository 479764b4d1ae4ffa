#include "sim/app/read/scenario_writer.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/recurrence_text.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/units.h"

struct writer {
    const struct scenario *scenario;
    GString *out;
    int depth;
};

static void line(struct writer *w)
{
    static const char spaces[] = "                                                                ";
    size_t n = 2 * (size_t)w->depth;

    g_string_append_c(w->out, '\n');
    for (; n > sizeof spaces - 1; n -= sizeof spaces - 1)
        g_string_append_len(w->out, spaces, sizeof spaces - 1);
    g_string_append_len(w->out, spaces, (gssize)n);
}

static void write_text(struct writer *w, const char *text)
{
    const char *plain = text, *p = text;

    g_string_append_c(w->out, '"');
    for (; *p; p++) {
        if (*p != '"' && *p != '\\' && (unsigned char)*p >= 0x20)
            continue;
        g_string_append_len(w->out, plain, p - plain);
        plain = p + 1;
        if (*p == '"' || *p == '\\')
            g_string_append_printf(w->out, "\\%c", *p);
        else
            g_string_append_printf(w->out, "\\u%04x", (unsigned)*p);
    }
    g_string_append_len(w->out, plain, p - plain);
    g_string_append_c(w->out, '"');
}

/* What a reference names. */
static const char *name_of(const struct writer *w, enum param_target target, int32_t i)
{
    const struct scenario *s = w->scenario;

    switch (target) {
    case TARGET_CALENDAR:
        return g_array_index(s->calendars, struct calendar_spec, i).name;
    case TARGET_LOCATION:
        return scenario_location(s, i)->name;
    case TARGET_SITE:
        return scenario_site(s, i)->code;
    case TARGET_DP:
        return scenario_dp(s, (uint32_t)i)->name;
    case TARGET_GROUP:
        return g_array_index(s->groups, struct group_spec, i).name;
    case TARGET_PACKAGE:
        return scenario_package(s, (uint32_t)i)->id;
    default:
        g_assert_not_reached();
    }
}

static double double_at(const char *at)
{
    double value;

    memcpy(&value, at, sizeof(value));
    return value;
}

/* Whether a field that may be absent is. */
static bool absent(const struct param_field *f, const char *at)
{
    const void *pointer;
    int32_t index;

    if (!(f->flags & (PARAM_OPTIONAL | PARAM_INHERITS)))
        return false;
    switch (f->kind) {
    case PARAM_TEXT:
    case PARAM_NAME:
        memcpy(&pointer, at, sizeof(pointer));
        return !pointer;
    case PARAM_REFERENCE:
        memcpy(&index, at, sizeof(index));
        return index < 0;
    case PARAM_SELECTION:
        return !((const struct selection *)(const void *)at)->patterns;
    case PARAM_LIST:
    case PARAM_MAP:
        memcpy(&pointer, at, sizeof(pointer));
        return !pointer || !((const GArray *)pointer)->len;
    case PARAM_COUNT:
    case PARAM_CHOICE:
        memcpy(&index, at, sizeof(index));
        return (uint32_t)index == UINT32_MAX;
    case PARAM_EVERY:
        return ((const struct recurrence *)(const void *)at)->kind == EVERY_NONE;
    case PARAM_BOOL:
    case PARAM_DAYS:
    case PARAM_OBJECT:
        return false;
    default:
        return isnan(double_at(at));
    }
}

static void write_object(struct writer *w, const struct param_table *table, const char *base);

static void write_list(struct writer *w, const struct param_field *f, const GArray *list)
{
    g_string_append_c(w->out, '[');
    w->depth++;
    for (guint i = 0; i < list->len; i++) {
        g_string_append(w->out, i ? "," : "");
        line(w);
        write_object(w, f->table, list->data + i * f->table->size);
    }
    w->depth--;
    if (list->len)
        line(w);
    g_string_append_c(w->out, ']');
}

/* A list per name: the name is the table's PARAM_NAME field, the list its only PARAM_LIST field. */
static void write_map(struct writer *w, const struct param_field *f, const GArray *list)
{
    const struct param_field *name = f->table->fields, *its = f->table->fields;

    while (name->kind != PARAM_NAME)
        name++;
    while (its->kind != PARAM_LIST)
        its++;
    g_string_append_c(w->out, '{');
    w->depth++;
    for (guint i = 0; i < list->len; i++) {
        const char *base = list->data + i * f->table->size;
        const char *key;
        const GArray *entries;

        memcpy(&key, base + name->offset, sizeof(key));
        memcpy(&entries, base + its->offset, sizeof(entries));
        g_string_append(w->out, i ? "," : "");
        line(w);
        write_text(w, key);
        g_string_append(w->out, ": ");
        write_list(w, its, entries);
    }
    w->depth--;
    if (list->len)
        line(w);
    g_string_append_c(w->out, '}');
}

static void write_quantity(struct writer *w, enum param_kind kind, double value)
{
    g_autofree char *text = units_exact(kind, value);

    if (kind == PARAM_NUMBER)
        g_string_append(w->out, text);
    else
        write_text(w, text);
}

/* As it was given, but for the values of a file, which stand here themselves. */
static void write_chance(struct writer *w, const struct chance *chance)
{
    const struct sim_distribution *d = &chance->distribution;

    g_string_append_printf(w->out, "{ \"%s\": ", d->form->kind);
    if (d->values) {
        g_string_append(w->out, "{ \"values\": [");
        for (uint32_t i = 0; i < d->n_values; i++) {
            g_string_append(w->out, i ? ", " : "");
            write_quantity(w, chance->kind, d->values[i]);
        }
        g_string_append(w->out, "] } }");
        return;
    }
    if (strcmp(d->form->kind, SIM_DISTRIBUTION_CONSTANT) == 0) {
        write_quantity(w, chance->kind, d->params[0]);
        g_string_append(w->out, " }");
        return;
    }
    for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && d->form->params[i]; i++) {
        g_string_append_printf(w->out, "%s\"%s\": ", i ? ", " : "{ ", d->form->params[i]);
        write_quantity(w, d->form->bare & 1u << i ? PARAM_NUMBER : chance->kind, d->params[i]);
    }
    g_string_append(w->out, " } }");
}

static void write_value(struct writer *w, const struct param_field *f, const char *at)
{
    g_autofree char *text = NULL;
    uint32_t u32;
    int32_t i32;
    const void *pointer;

    switch (f->kind) {
    case PARAM_COUNT:
        memcpy(&u32, at, sizeof(u32));
        g_string_append_printf(w->out, "%u", u32);
        break;
    case PARAM_NUMBER:
        text = units_exact(f->kind, double_at(at));
        g_string_append(w->out, text);
        break;
    case PARAM_BOOL:
        g_string_append(w->out, *(const bool *)at ? "true" : "false");
        break;
    case PARAM_CHOICE:
        memcpy(&u32, at, sizeof(u32));
        text = g_strndup(f->choices[u32], strcspn(f->choices[u32], "|"));
        write_text(w, text);
        break;
    case PARAM_DAYS:
        text = units_exact(f->kind, *(const uint8_t *)at);
        write_text(w, text);
        break;
    case PARAM_EVERY:
        text = recurrence_text((const struct recurrence *)(const void *)at);
        write_text(w, text);
        break;
    case PARAM_TEXT:
    case PARAM_NAME:
        memcpy(&pointer, at, sizeof(pointer));
        write_text(w, pointer);
        break;
    case PARAM_REFERENCE:
        memcpy(&i32, at, sizeof(i32));
        write_text(w, name_of(w, f->target, i32));
        break;
    case PARAM_SELECTION: {
        const GPtrArray *patterns = ((const struct selection *)(const void *)at)->patterns;
        g_string_append_c(w->out, '[');
        for (guint i = 0; i < patterns->len; i++) {
            g_string_append(w->out, i ? ", " : "");
            write_text(w, g_ptr_array_index(patterns, i));
        }
        g_string_append_c(w->out, ']');
        break;
    }
    case PARAM_OBJECT:
        write_object(w, f->table, at);
        break;
    case PARAM_LIST:
    case PARAM_MAP:
        memcpy(&pointer, at, sizeof(pointer));
        if (f->kind == PARAM_LIST)
            write_list(w, f, pointer);
        else
            write_map(w, f, pointer);
        break;
    default:
        if (param_has_chance(f) && chances_find(w->scenario->chances, (const double *)(const void *)at)) {
            write_chance(w, chances_find(w->scenario->chances, (const double *)(const void *)at));
            break;
        }
        write_quantity(w, f->kind, double_at(at));
    }
}

/* Which of an object's settings nobody gave, so that who reads what is written knows that too. */
static void write_assumed(struct writer *w, const struct param_table *table, const char *base)
{
    bool any = false;

    for (const struct param_field *f = table->fields; f->name; f++) {
        if (f->grade != GRADE_ASSUMED || !scenario_assumes(w->scenario, base + f->offset))
            continue;
        if (!any) {
            g_string_append_c(w->out, ',');
            line(w);
            g_string_append(w->out, "\"" READER_ASSUMED "\": [");
        }
        g_string_append(w->out, any ? ", " : "");
        write_text(w, f->name);
        any = true;
    }
    g_string_append(w->out, any ? "]" : "");
}

static void write_object(struct writer *w, const struct param_table *table, const char *base)
{
    bool first = true;

    g_string_append_c(w->out, '{');
    w->depth++;
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (absent(f, base + f->offset))
            continue;
        g_string_append(w->out, first ? "" : ",");
        first = false;
        line(w);
        write_text(w, f->name);
        g_string_append(w->out, ": ");
        write_value(w, f, base + f->offset);
    }
    write_assumed(w, table, base);
    w->depth--;
    line(w);
    g_string_append_c(w->out, '}');
}

char *scenario_write(const struct scenario *scenario)
{
    struct writer w = {.scenario = scenario, .out = g_string_new(NULL)};

    write_object(&w, &scenario_table, (const char *)scenario);
    g_string_append_c(w.out, '\n');
    return g_string_free(w.out, FALSE);
}
