#include <cjson/cJSON.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "models/scenario.h"
#include "sim/app/read/describe.h"
#include "sim/app/read/reader.h"

#define DIGITS "[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)? *"
#define NUMBER "\\+?" DIGITS
#define PREFIX "(k|M|G|T|Ki|Mi|Gi|Ti)?"
#define PART DIGITS "(ns|us|ms|s|min|h|d)"
#define DURATION "\\+?" PART "( +" PART ")*"
#define SIGNED_DURATION "[+-]?" PART "( +" PART ")*"
#define CLOCK "[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?"
#define DATE_TIME "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,9})?)?"
#define DAY "(mon|tue|wed|thu|fri|sat|sun)"
#define DAYS DAY "(-" DAY ")?"
#define SOME_DAYS "all|" DAYS "(, *" DAYS ")*"
#define DAY_NAME "(mon|tues|wednes|thurs|fri|satur|sun)day"
#define ORDINAL "(first|second|third|fourth|fifth|last)"
#define EVERY                                                                                                          \
    DURATION "|(day|weekday|" DAY_NAME "|" SOME_DAYS ") at " CLOCK "|(" ORDINAL " " DAY_NAME                           \
             "|last day|day [0-9]{1,2}) of the month at " CLOCK

static cJSON *object_of(const char *type)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "type", type);
    return object;
}

static cJSON *pattern_of(const char *pattern)
{
    cJSON *string = object_of("string");
    g_autofree char *whole = g_strdup_printf("^(%s)$", pattern);

    cJSON_AddStringToObject(string, "pattern", whole);
    return string;
}

/* As the only member of "allOf": beside of a bare "$ref" draft-07 sees nothing else, such as a description. */
static cJSON *reference_to(const char *name)
{
    cJSON *reference = cJSON_CreateObject(), *holder = cJSON_CreateObject();
    g_autofree char *pointer = g_strdup_printf("#/definitions/%s", name);

    cJSON_AddStringToObject(reference, "$ref", pointer);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(holder, "allOf"), reference);
    return holder;
}

static cJSON *nonempty_string(void)
{
    cJSON *string = object_of("string");

    cJSON_AddNumberToObject(string, "minLength", 1);
    return string;
}

static void add_range(cJSON *schema, const struct param_field *f)
{
    bool any = f->min == 0 && f->max == 0;

    if (f->flags & PARAM_POSITIVE)
        cJSON_AddNumberToObject(schema, "exclusiveMinimum", f->min);
    else
        cJSON_AddNumberToObject(schema, "minimum", f->min);
    if (!any)
        cJSON_AddNumberToObject(schema, "maximum", f->max);
    else if (f->kind == PARAM_COUNT)
        cJSON_AddNumberToObject(schema, "maximum", UINT32_MAX);
}

static cJSON *either(cJSON *one, cJSON *other)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_AddArrayToObject(schema, "anyOf");

    cJSON_AddItemToArray(any, one);
    cJSON_AddItemToArray(any, other);
    return schema;
}

static cJSON *list_of(cJSON *items, bool not_empty)
{
    cJSON *list = object_of("array");

    cJSON_AddItemToObject(list, "items", items);
    if (not_empty)
        cJSON_AddNumberToObject(list, "minItems", 1);
    return list;
}

static char *definition_name(const struct param_table *table)
{
    return g_strdelimit(g_strdup(table->name), " -", '_');
}

/* ---- distributions ---- */

static const char *kind_word(enum param_kind kind)
{
    return kind == PARAM_DURATION ? "duration" : kind == PARAM_RATE ? "rate" : "size";
}

static cJSON *quantity_schema(enum param_kind kind)
{
    return pattern_of(kind == PARAM_DURATION ? SIGNED_DURATION
                      : kind == PARAM_RATE   ? NUMBER PREFIX "(b|bit|B)/s"
                                             : NUMBER PREFIX "B");
}

static cJSON *closed_object(void)
{
    cJSON *object = object_of("object");

    cJSON_AddFalseToObject(object, "additionalProperties");
    cJSON_AddItemToObject(cJSON_AddObjectToObject(object, "properties"), "comment", reference_to("comment"));
    return object;
}

static void add_required(cJSON *object, const char *name, cJSON *schema)
{
    cJSON *required = cJSON_GetObjectItemCaseSensitive(object, "required");

    if (!required)
        required = cJSON_AddArrayToObject(object, "required");
    cJSON_AddItemToArray(required, cJSON_CreateString(name));
    cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(object, "properties"), name, schema);
}

static cJSON *distribution_schema(enum param_kind kind)
{
    cJSON *schema = cJSON_CreateObject(), *any = cJSON_AddArrayToObject(schema, "anyOf");

    cJSON_AddStringToObject(schema, "description", "a distribution, from which values are drawn");
    for (const struct sim_distribution_form *form = sim_distribution_forms; form->kind; form++) {
        cJSON *object = closed_object(), *params = NULL;
        if (strcmp(form->kind, SIM_DISTRIBUTION_CONSTANT) == 0) {
            params = quantity_schema(kind);
        } else if (strcmp(form->kind, SIM_DISTRIBUTION_EMPIRICAL) == 0) {
            cJSON *values = closed_object(), *file = closed_object();
            add_required(values, "values", list_of(quantity_schema(kind), true));
            add_required(file, "file", nonempty_string());
            add_required(file, "column", nonempty_string());
            cJSON_AddItemToObject(cJSON_GetObjectItemCaseSensitive(file, "properties"), "unit", nonempty_string());
            params = either(values, file);
        } else {
            params = closed_object();
            for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && form->params[i]; i++)
                add_required(params, form->params[i],
                             form->bare & 1u << i ? object_of("number") : quantity_schema(kind));
        }
        add_required(object, form->kind, params);
        cJSON_AddStringToObject(object, "description", form->sentence);
        cJSON_AddItemToArray(any, object);
    }
    return schema;
}

static cJSON *or_distribution(cJSON *schema, const struct param_field *f)
{
    g_autofree char *name = g_strconcat(kind_word(f->kind), "_distribution", NULL);

    return param_has_chance(f) ? either(schema, reference_to(name)) : schema;
}

/* A name with ranges stands for others. */
static cJSON *text_schema(const struct param_field *f)
{
    g_autofree char *pattern =
        f->form ? g_strconcat(f->form, f->kind == PARAM_NAME ? "|.*[{].*[}].*" : "", NULL) : NULL;

    return pattern ? pattern_of(pattern) : nonempty_string();
}

static cJSON *kind_schema(const struct param_field *f)
{
    g_autofree char *definition = f->table ? definition_name(f->table) : NULL;
    cJSON *schema;

    switch (f->kind) {
    case PARAM_COUNT:
        schema = object_of("integer");
        add_range(schema, f);
        return schema;
    case PARAM_NUMBER:
        schema = object_of("number");
        add_range(schema, f);
        return schema;
    case PARAM_PERCENT:
        return pattern_of(NUMBER "%");
    case PARAM_DURATION:
        return or_distribution(pattern_of(f->min < 0 ? SIGNED_DURATION : DURATION), f);
    case PARAM_RATE:
        return or_distribution(pattern_of(f->flags & PARAM_UNLIMITED ? NUMBER PREFIX "(b|bit|B)/s|unlimited"
                                                                     : NUMBER PREFIX "(b|bit|B)/s"),
                               f);
    case PARAM_SIZE:
        return or_distribution(pattern_of(NUMBER PREFIX "B"), f);
    case PARAM_DATE_TIME:
        return pattern_of(DATE_TIME);
    case PARAM_TIME:
        return pattern_of(DURATION "|" CLOCK "|" DATE_TIME);
    case PARAM_CLOCK:
        return pattern_of(CLOCK);
    case PARAM_DAYS:
        return pattern_of(SOME_DAYS);
    case PARAM_EVERY:
        return pattern_of(EVERY);
    case PARAM_BOOL:
        return object_of("boolean");
    case PARAM_CHOICE: {
        cJSON *words;
        schema = cJSON_CreateObject();
        words = cJSON_AddArrayToObject(schema, "enum");
        for (int i = 0; f->choices[i]; i++) {
            g_auto(GStrv) parts = g_strsplit(f->choices[i], "|", -1);
            for (char **part = parts; *part; part++)
                cJSON_AddItemToArray(words, cJSON_CreateString(*part));
        }
        return schema;
    }
    case PARAM_TEXT:
    case PARAM_NAME:
        return text_schema(f);
    case PARAM_REFERENCE:
        return nonempty_string();
    case PARAM_SELECTION:
        return either(nonempty_string(), list_of(nonempty_string(), true));
    case PARAM_OBJECT:
        return reference_to(definition);
    case PARAM_LIST:
        return list_of(reference_to(definition), f->flags & PARAM_REQUIRED);
    case PARAM_MAP: {
        const struct param_field *its = f->table->fields;
        g_autofree char *element = NULL;

        while (its->kind != PARAM_LIST)
            its++;
        element = definition_name(its->table);
        schema = object_of("object");
        cJSON_AddItemToObject(cJSON_AddObjectToObject(schema, "properties"), "comment", reference_to("comment"));
        cJSON_AddItemToObject(schema, "additionalProperties",
                              list_of(reference_to(element), its->flags & PARAM_REQUIRED));
        return schema;
    }
    }
    g_assert_not_reached();
}

static const char *grade_words(enum param_grade grade)
{
    static const char *const words[] = {[GRADE_CHOSEN] = "",
                                        [GRADE_DOCUMENTED] = " (documented)",
                                        [GRADE_REPORTED] = " (reported)",
                                        [GRADE_INFERRED] = " (inferred from logs)",
                                        [GRADE_ASSUMED] = " (assumed)"};

    return words[grade];
}

static cJSON *field_schema(const struct param_field *f)
{
    cJSON *schema = kind_schema(f);
    g_autoptr(GString) description = g_string_new(f->sentence);

    if (f->standard)
        g_string_append_printf(description, "; default: %s%s", f->standard, grade_words(f->grade));
    if (f->console)
        g_string_append_printf(description, "; console: %s", f->console);
    if (f->cmdlet)
        g_string_append_printf(description, "; cmdlet: %s", f->cmdlet);
    cJSON_AddStringToObject(schema, "description", description->str);
    if (f->standard && (f->kind == PARAM_COUNT || f->kind == PARAM_NUMBER))
        cJSON_AddNumberToObject(schema, "default", g_ascii_strtod(f->standard, NULL));
    else if (f->standard && f->kind == PARAM_BOOL)
        cJSON_AddBoolToObject(schema, "default", strcmp(f->standard, "true") == 0);
    else if (f->standard)
        cJSON_AddStringToObject(schema, "default", f->standard);
    return schema;
}

/* Adds the properties of a table. settings: only what may stand in "defaults". */
static cJSON *assumed_schema(const struct param_table *table)
{
    cJSON *names = cJSON_CreateObject(), *words = cJSON_AddArrayToObject(names, "enum"),
          *schema = list_of(names, false);

    for (const struct param_field *f = table->fields; f->name; f++)
        if (f->grade == GRADE_ASSUMED && f->standard)
            cJSON_AddItemToArray(words, cJSON_CreateString(f->name));
    cJSON_AddStringToObject(schema, "description",
                            "settings that are a guess, although they are given here: the summary lists them");
    return schema;
}

static cJSON *add_table(cJSON *schema, const struct param_table *table, bool settings)
{
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    cJSON *required = cJSON_CreateArray();

    for (const struct param_field *f = table->fields; f->name; f++) {
        if (settings && (f->kind == PARAM_NAME || f->flags & PARAM_REQUIRED))
            continue;
        cJSON_AddItemToObject(properties, f->name, field_schema(f));
        if (f->flags & PARAM_REQUIRED)
            cJSON_AddItemToArray(required, cJSON_CreateString(f->name));
    }
    cJSON_AddItemToObject(properties, "comment", reference_to("comment"));
    if (reader_may_assume(table))
        cJSON_AddItemToObject(properties, READER_ASSUMED, assumed_schema(table));
    if (cJSON_GetArraySize(required))
        cJSON_AddItemToObject(schema, "required", required);
    else
        cJSON_Delete(required);
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return properties;
}

static void define(cJSON *definitions, const struct param_table *table)
{
    g_autofree char *name = definition_name(table);

    if (cJSON_GetObjectItemCaseSensitive(definitions, name))
        return;
    if (table != &scenario_table) {
        cJSON *schema = object_of("object");
        cJSON_AddStringToObject(schema, "description", table->sentence);
        cJSON_AddItemToObject(definitions, name, schema);
        add_table(schema, table, false);
    }
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (!f->table)
            continue;
        if (f->kind != PARAM_MAP) {
            define(definitions, f->table);
            continue;
        }
        for (const struct param_field *its = f->table->fields; its->name; its++)
            if (its->kind == PARAM_LIST)
                define(definitions, its->table);
    }
}

static cJSON *defaults_schema(void)
{
    cJSON *schema = object_of("object");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");

    cJSON_AddStringToObject(schema, "description", "settings for all entities of a kind, which each may override");
    for (const struct defaults_kind *kind = defaults_kinds; kind->name; kind++) {
        cJSON *component = object_of("object");
        g_autofree char *description = kind->type ? g_strdup_printf("settings of all %s sites", kind->type)
                                                  : g_strdup_printf("settings of every %s", kind->name);
        cJSON_AddStringToObject(component, "description", description);
        add_table(component, kind->table, true);
        cJSON_AddItemToObject(properties, kind->name, component);
    }
    cJSON_AddItemToObject(properties, "comment", reference_to("comment"));
    cJSON_AddFalseToObject(schema, "additionalProperties");
    return schema;
}

/* There is something to do: actions or workloads. */
static cJSON *work_schema(void)
{
    static const char *const lists[] = {"actions", "workloads"};
    cJSON *any = cJSON_CreateArray();

    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        cJSON *has = cJSON_CreateObject(), *not_empty = cJSON_CreateObject();

        cJSON_AddItemToArray(cJSON_AddArrayToObject(has, "required"), cJSON_CreateString(lists[i]));
        cJSON_AddNumberToObject(not_empty, "minItems", 1);
        cJSON_AddItemToObject(cJSON_AddObjectToObject(has, "properties"), lists[i], not_empty);
        cJSON_AddItemToArray(any, has);
    }
    return any;
}

char *describe_schema(void)
{
    cJSON *schema = cJSON_CreateObject(), *properties, *definitions, *comment;
    char *printed, *text;

    cJSON_AddStringToObject(schema, "$schema", "http://json-schema.org/draft-07/schema#");
    cJSON_AddStringToObject(schema, "title", "distsim scenario");
    cJSON_AddStringToObject(schema, "description", scenario_table.sentence);
    cJSON_AddStringToObject(schema, "type", "object");
    properties = add_table(schema, &scenario_table, false);
    cJSON_AddItemToObject(schema, "anyOf", work_schema());
    cJSON_AddItemToObject(properties, "$schema", object_of("string"));
    cJSON_AddItemToObject(properties, "defaults", defaults_schema());
    definitions = cJSON_AddObjectToObject(schema, "definitions");
    comment = either(object_of("string"), list_of(object_of("string"), false));
    cJSON_AddStringToObject(comment, "description", "for people; the simulator passes over it");
    cJSON_AddItemToObject(definitions, "comment", comment);
    cJSON_AddItemToObject(definitions, "duration_distribution", distribution_schema(PARAM_DURATION));
    cJSON_AddItemToObject(definitions, "rate_distribution", distribution_schema(PARAM_RATE));
    cJSON_AddItemToObject(definitions, "size_distribution", distribution_schema(PARAM_SIZE));
    define(definitions, &scenario_table);

    printed = cJSON_Print(schema);
    text = g_strdup_printf("%s\n", printed);
    cJSON_free(printed);
    cJSON_Delete(schema);
    return text;
}
