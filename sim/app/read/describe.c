#include "sim/app/read/describe.h"

#include <math.h>
#include <string.h>

#include "models/scenario.h"
#include "sim/app/read/mistakes.h"
#include "sim/app/read/reader.h"
#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"

#define WIDTH 100
#define SENTENCES "                                                            " /* where they begin in a table */

/* A table and where in a scenario it stands. */
struct component {
    const struct param_table *table;
    char *name;                     /* "sender", "file_set" */
    char *path;                     /* "sites[].sender"; "" is the scenario */
    const struct param_field *from; /* the field that leads here; NULL: the scenario */
};

static void component_clear(gpointer data)
{
    struct component *component = data;

    g_free(component->name);
    g_free(component->path);
}

static void collect(GArray *components, const struct param_table *table, const struct param_field *from,
                    const char *path)
{
    struct component component = {.table = table, .name = g_strdup(table->name), .path = g_strdup(path), .from = from};

    g_array_append_val(components, component);
    for (const struct param_field *f = table->fields; f->name; f++) {
        g_autofree char *below = NULL;

        if (!f->table)
            continue;
        if (from && from->kind == PARAM_MAP)
            below = g_strdup_printf("%s[]", path);
        else
            below = g_strdup_printf("%s%s%s%s", path, *path ? "." : "", f->name,
                                    f->kind == PARAM_LIST  ? "[]"
                                    : f->kind == PARAM_MAP ? ".*"
                                                           : "");
        collect(components, f->table, f, below);
    }
}

static GArray *components_new(void)
{
    GArray *components = g_array_new(FALSE, FALSE, sizeof(struct component));

    g_array_set_clear_func(components, component_clear);
    collect(components, &scenario_table, NULL, "");
    for (guint i = 0; i < components->len; i++)
        g_strdelimit(g_array_index(components, struct component, i).name, " -", '_');
    return components;
}

static const char *grade_words(enum param_grade grade)
{
    switch (grade) {
    case GRADE_DOCUMENTED:
        return "documented";
    case GRADE_REPORTED:
        return "reported";
    case GRADE_INFERRED:
        return "inferred from logs";
    case GRADE_ASSUMED:
        return "assumed";
    default:
        return "";
    }
}

static void append_choices(GString *out, const struct param_field *f)
{
    for (int i = 0; f->choices[i]; i++) {
        g_auto(GStrv) words = g_strsplit(f->choices[i], "|", -1);

        g_string_append_printf(out, "%s\"%s\"", i ? ", " : "", words[0]);
        for (char **other = words + 1; *other; other++)
            g_string_append_printf(out, " or \"%s\"", *other);
    }
}

static void append_range(GString *out, const struct param_field *f)
{
    double min, max;
    bool above;

    reader_range(f, &min, &max, &above);
    g_autofree char *low = units_human(f->kind, min), *high = units_human(f->kind, max);
    if (isinf(max) || (f->kind == PARAM_RATE && max == UNITS_MOST_RATE))
        g_string_append_printf(out, ", %s %s", above ? "above" : "at least", low);
    else if (above)
        g_string_append_printf(out, ", above %s, at most %s", low, high);
    else
        g_string_append_printf(out, ", %s to %s", low, high);
}

/* `duration, 0 s to 99 min` */
static void append_kind(GString *out, const struct param_field *f)
{
    bool numbers = false;

    switch (f->kind) {
    case PARAM_COUNT:
        g_string_append(out, "whole number");
        numbers = true;
        break;
    case PARAM_NUMBER:
        g_string_append(out, "number");
        numbers = true;
        break;
    case PARAM_PERCENT:
        g_string_append(out, "percentage, as \"60 %\"");
        numbers = true;
        break;
    case PARAM_DURATION:
        g_string_append(out, "duration, as \"30 min\" or \"1 h 30 min\"");
        numbers = true;
        break;
    case PARAM_RATE:
        g_string_append_printf(out, "rate, as \"100 Mbit/s\" or \"20 MB/s\"%s",
                               f->flags & PARAM_UNLIMITED ? ", or \"unlimited\"" : "");
        numbers = true;
        break;
    case PARAM_SIZE:
        g_string_append(out, "size, as \"200 MiB\"");
        numbers = true;
        break;
    case PARAM_DATE_TIME:
        g_string_append(out, "date and time, as \"2016-05-16T10:30:00\"");
        break;
    case PARAM_TIME:
        g_string_append(out, "moment: since the start (\"90 min\"), next time of day (\"02:00\") or date and time "
                             "(\"2016-05-16T10:30:00\")");
        break;
    case PARAM_CLOCK:
        g_string_append(out, "time of day, \"00:00\" to \"24:00\"");
        break;
    case PARAM_DAYS:
        g_string_append(out, "days, as \"mon-fri\", \"sat, sun\" or \"all\"");
        break;
    case PARAM_EVERY:
        g_string_append(out,
                        "recurrence: a period (\"7 d\"), \"day at 02:00\", \"mon-fri at 20:00\", \"monday at 06:00\", "
                        "\"second tuesday of the month at 18:00\" (first to fifth, last), \"day 15 of the month at "
                        "06:00\" or \"last day of the month at 18:00\"");
        break;
    case PARAM_BOOL:
        g_string_append(out, "true or false");
        break;
    case PARAM_CHOICE:
        g_string_append(out, "one of ");
        append_choices(out, f);
        break;
    case PARAM_TEXT:
        g_string_append(out, "text");
        break;
    case PARAM_NAME:
        g_string_append(out, "name; a range such as {01..40} or {A..F} stands for many");
        break;
    case PARAM_REFERENCE:
        g_string_append_printf(out, "name of a %s", param_target_word(f->target));
        break;
    case PARAM_SELECTION:
        g_string_append_printf(out, "names of %ss%s, with * for many; one or a list", param_target_word(f->target),
                               f->target == TARGET_DP ? ", \"group:NAME\" or \"site:CODE\"" : "");
        break;
    case PARAM_OBJECT:
        g_string_append(out, "object");
        break;
    case PARAM_LIST:
        g_string_append(out, "list of objects");
        break;
    case PARAM_MAP:
        g_string_append(out, "object with a list of objects per name");
        break;
    }
    if (param_has_chance(f))
        g_string_append(out, ", or a distribution");
    if (numbers)
        append_range(out, f);
    if (f->table) {
        g_autofree char *name = g_strdelimit(g_strdup(f->table->name), " -", '_');
        g_string_append_printf(out, ": see %s", name);
    }
}

static void append_default(GString *out, const struct param_field *f)
{
    const char *grade = grade_words(f->grade);

    if (f->flags & PARAM_REQUIRED)
        g_string_append(out, "; required");
    else if (f->standard)
        g_string_append_printf(out, "; default %s", f->standard);
    else if (f->flags & (PARAM_OPTIONAL | PARAM_INHERITS))
        g_string_append(out, "; may be left out");
    if (f->standard && *grade)
        g_string_append_printf(out, " (%s)", grade);
}

/* Words in lines of at most WIDTH, each behind the indent. */
static void append_wrapped(GString *out, const char *indent, const char *text)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    size_t used = 0;

    for (char **word = words; *word; word++) {
        size_t n = (size_t)g_utf8_strlen(*word, -1);

        if (used && used + 1 + n > WIDTH) {
            g_string_append_c(out, '\n');
            used = 0;
        }
        if (!used) {
            g_string_append(out, indent);
            used = strlen(indent);
        } else {
            g_string_append_c(out, ' ');
            used++;
        }
        g_string_append(out, *word);
        used += n;
    }
    g_string_append_c(out, '\n');
}

static void append_field(GString *out, const struct param_field *f)
{
    g_autoptr(GString) kind = g_string_new(NULL);

    append_kind(kind, f);
    append_default(kind, f);
    g_string_append_printf(out, "  %s\n", f->name);
    append_wrapped(out, "      ", kind->str);
    append_wrapped(out, "      ", f->sentence);
    g_autofree char *console = g_strconcat("console: ", f->console, NULL);
    g_autofree char *cmdlet = g_strconcat("cmdlet:  ", f->cmdlet, NULL);
    if (f->console)
        append_wrapped(out, "      ", console);
    if (f->cmdlet)
        append_wrapped(out, "      ", cmdlet);
}

static void append_title(GString *out, const struct component *component)
{
    g_autofree char *title = g_strconcat(component->name, ": ", component->table->sentence, NULL);

    append_wrapped(out, "", title);
}

/* Whether a component before the i-th has the same table: it stands in several places. */
static bool is_again(const GArray *components, guint i)
{
    const struct param_table *table = g_array_index(components, struct component, i).table;

    for (guint k = 0; k < i; k++)
        if (g_array_index(components, struct component, k).table == table)
            return true;
    return false;
}

static void append_component(GString *out, const GArray *components, const struct component *component)
{
    g_autoptr(GString) places = g_string_new(NULL);

    for (guint i = 0; i < components->len; i++) {
        const struct component *same = &g_array_index(components, struct component, i);
        if (same->table == component->table && *same->path)
            g_string_append_printf(places, "%s%s", places->len ? ", " : "stands at ", same->path);
    }
    append_title(out, component);
    if (places->len)
        append_wrapped(out, "", places->str);
    g_string_append_c(out, '\n');
    for (const struct param_field *f = component->table->fields; f->name; f++) {
        /* A map's name is its key, and its list what the key leads to. */
        if (component->from && component->from->kind == PARAM_MAP && (f->kind == PARAM_NAME || f->kind == PARAM_LIST)) {
            if (f->kind == PARAM_LIST)
                append_wrapped(out, "  ", f->sentence);
            continue;
        }
        append_field(out, f);
    }
}

char *describe_overview(void)
{
    g_autoptr(GArray) components = components_new();
    GString *out = g_string_new("A scenario is a JSON object. Its components, and where they stand:\n\n");

    for (guint i = 0; i < components->len; i++) {
        const struct component *component = &g_array_index(components, struct component, i);
        g_autofree char *cells =
            g_strdup_printf("  %-22s %-34s", component->name, *component->path ? component->path : "(the whole)");
        size_t n = strlen(cells);
        g_autoptr(GString) row = g_string_new(NULL);

        append_wrapped(row, SENTENCES, component->table->sentence);
        if (n < strlen(SENTENCES))
            memcpy(row->str, cells, n);
        else
            g_string_append_printf(out, "%s\n", cells);
        g_string_append(out, row->str);
    }
    g_string_append(
        out,
        "\n"
        "Quantities are texts with units: \"100 Mbit/s\", \"20 MB/s\", \"200 MiB\", \"30 min\", \"1 h 30 min\",\n"
        "\"60 %\"; k M G T are 1000, Ki Mi Gi Ti 1024; b and bit are bits, B is bytes. Counts are bare numbers.\n"
        "\n"
        "\"comment\", a text or a list of texts, may stand in any object.\n"
        "\"assumed\", a list of settings with assumed defaults, marks values that its object gives as no more\n"
        "than guesses: the summary names them among those that the answer rests on.\n"
        "\"defaults\" holds settings for all: { \"site\": { ... }, \"primary\": { ... }, \"location\": { ... } },\n"
        "for location, site, central, primary, secondary, route, distribution_point and package. The last of\n"
        "these that has a value wins: the table's default, defaults of the component, defaults of the type of\n"
        "site, the entity, --set.\n"
        "A name with a range, \"PS1DP{01..40}\" or \"S{A..F}1\", stands for many; ranges in other texts of that\n"
        "entity go along with it, the first with the first.\n"
        "\n"
        "Where a duration, rate or size may stand, a distribution may stand: { \"lognormal\": { \"mean\":\n"
        "\"120 s\", \"p95\": \"300 s\" } }. distsim describe distribution lists them.\n"
        "\n"
        "distsim describe COMPONENT tells its settings, distsim describe --all those of all.\n");
    return g_string_free(out, FALSE);
}

char *describe_all(void)
{
    g_autoptr(GArray) components = components_new();
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < components->len; i++) {
        if (is_again(components, i))
            continue;
        if (i)
            g_string_append_c(out, '\n');
        append_component(out, components, &g_array_index(components, struct component, i));
    }
    return g_string_free(out, FALSE);
}

static char *describe_distributions(void)
{
    GString *out =
        g_string_new("distribution: stands for a duration, rate or size; values are drawn within the setting's "
                     "range\n\n");

    for (const struct sim_distribution_form *form = sim_distribution_forms; form->kind; form++) {
        g_string_append_printf(out, "  { \"%s\": ", form->kind);
        if (strcmp(form->kind, SIM_DISTRIBUTION_EMPIRICAL) == 0)
            g_string_append(
                out, "{ \"file\": \"x.csv\", \"column\": \"size\", \"unit\": \"MB\" } } or { \"values\": [...] }");
        else if (strcmp(form->kind, SIM_DISTRIBUTION_CONSTANT) == 0)
            g_string_append(out, "... }");
        else
            for (int i = 0; i < SIM_DISTRIBUTION_PARAMS && form->params[i]; i++)
                g_string_append_printf(out, "%s\"%s\": ...%s", i ? ", " : "{ ", form->params[i],
                                       i + 1 == SIM_DISTRIBUTION_PARAMS || !form->params[i + 1] ? " } }" : "");
        g_string_append_printf(out, "\n      %s\n", form->sentence);
    }
    return g_string_free(out, FALSE);
}

/* By its own name, by that of the field that leads to it ("sites"), or by its path without brackets. */
static bool is_called(const struct component *component, const char *name)
{
    g_autofree char *path = g_strdup(component->path);
    char *to = path;

    for (const char *from = component->path; *from; from++)
        if (*from != '[' && *from != ']')
            *to++ = *from;
    *to = '\0';
    return strcmp(component->name, name) == 0 || (component->from && strcmp(component->from->name, name) == 0) ||
           (*path && strcmp(path, name) == 0);
}

char *describe_one(const char *name, char **why)
{
    g_autoptr(GArray) components = components_new();
    const char *point = strrchr(name, '.');
    g_autofree char *head = point ? g_strndup(name, (size_t)(point - name)) : NULL;
    struct suggestion suggestion = {.wanted = name};
    const struct component *within = NULL; /* has no setting of that name */
    GString *out = NULL;
    g_autofree char *quoted = NULL;

    *why = NULL;
    if (strcmp(name, "distribution") == 0)
        return describe_distributions();
    for (guint i = 0; i < components->len; i++) {
        const struct component *component = &g_array_index(components, struct component, i);
        if (is_called(component, name)) {
            out = g_string_new(NULL);
            append_component(out, components, component);
            return g_string_free(out, FALSE);
        }
        suggestion_offer(&suggestion, component->name);
    }
    /* One setting: of the component before the last point, or of any. */
    g_autoptr(GHashTable) told = g_hash_table_new(NULL, NULL);
    for (guint i = 0; i < components->len; i++) {
        const struct component *component = &g_array_index(components, struct component, i);

        if ((head && !is_called(component, head)) || !g_hash_table_add(told, (gpointer)component->table))
            continue;
        if (head && !within)
            within = component;
        for (const struct param_field *f = component->table->fields; f->name; f++) {
            if (strcmp(f->name, point ? point + 1 : name) == 0) {
                if (!out)
                    out = g_string_new(NULL);
                else
                    g_string_append_c(out, '\n');
                append_title(out, component);
                g_string_append_c(out, '\n');
                append_field(out, f);
            }
            if (!head)
                suggestion_offer(&suggestion, f->name);
        }
    }
    if (out)
        return g_string_free(out, FALSE);
    if (within) {
        *why = reader_no_setting(within->table, point + 1);
        return NULL;
    }
    quoted = mistakes_quoted(name);
    if (suggestion.best)
        *why = g_strdup_printf("no component or setting %s; did you mean \"%s\"?", quoted, suggestion.best);
    else
        *why = g_strdup_printf("no component or setting %s; distsim describe lists them", quoted);
    return NULL;
}
