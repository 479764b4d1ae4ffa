/* Reads values through the field tables. */
#include <math.h>
#include <string.h>

#include "sim/app/read/reader.h"
#include "sim/app/read/recurrence_text.h"
#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"

#define LISTED 8 /* names that a message lists when nothing is near */

const struct param_field *reader_find_field(const struct param_table *table, const char *name)
{
    for (const struct param_field *f = table->fields; f->name; f++)
        if (strcmp(f->name, name) == 0)
            return f;
    return NULL;
}

const struct param_field *reader_name_field(const struct param_table *table)
{
    for (const struct param_field *f = table->fields; f->name; f++)
        if (f->kind == PARAM_NAME)
            return f;
    return NULL;
}

struct entity_list *reader_list_of(struct reader *r, enum param_target target)
{
    for (unsigned i = 0; i < r->n_lists; i++)
        if (r->lists[i].target == target)
            return &r->lists[i];
    return NULL;
}

const struct entity_list *reader_list_of_table(const struct reader *r, const struct param_table *table)
{
    for (unsigned i = 0; i < r->n_lists; i++)
        if (r->lists[i].table == table)
            return &r->lists[i];
    g_assert_not_reached();
}

/* ---- What stands at a field ---- */

static void put_double(char *at, double value)
{
    memcpy(at, &value, sizeof(value));
}

static void put_u32(char *at, uint32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void put_i32(char *at, int32_t value)
{
    memcpy(at, &value, sizeof(value));
}

static void put_text(char *at, char *value)
{
    char *old;

    memcpy(&old, at, sizeof(old));
    g_free(old);
    memcpy(at, &value, sizeof(value));
}

/* The word's place among the choices, or -1. */
static int choice_of(const struct param_field *f, const char *word)
{
    size_t n = strlen(word);

    for (int i = 0; f->choices[i] && !strchr(word, '|'); i++)
        for (const char *choice = f->choices[i], *end; choice; choice = end ? end + 1 : NULL) {
            if (strncmp(choice, word, n) == 0 && (choice[n] == '|' || !choice[n]))
                return i;
            end = strchr(choice, '|');
        }
    return -1;
}

static bool is_quantity(enum param_kind kind)
{
    switch (kind) {
    case PARAM_PERCENT:
    case PARAM_DURATION:
    case PARAM_RATE:
    case PARAM_SIZE:
    case PARAM_DATE_TIME:
    case PARAM_TIME:
    case PARAM_CLOCK:
    case PARAM_DAYS:
        return true;
    default:
        return false;
    }
}

/* Says that there is nothing to be read, in the way of the kind. */
static void put_bad(const struct param_field *f, char *at)
{
    switch (f->kind) {
    case PARAM_COUNT:
    case PARAM_CHOICE:
        put_u32(at, BAD_CHOICE);
        break;
    case PARAM_REFERENCE:
        put_i32(at, BAD_REFERENCE);
        break;
    case PARAM_NUMBER:
    case PARAM_PERCENT:
    case PARAM_DURATION:
    case PARAM_RATE:
    case PARAM_SIZE:
    case PARAM_DATE_TIME:
    case PARAM_TIME:
    case PARAM_CLOCK:
        put_double(at, NAN);
        break;
    default:
        break;
    }
}

static void put_standard(const struct param_field *f, char *at)
{
    double value = NAN;
    char *why = NULL;
    bool read = true;

    if (!f->standard) {
        put_bad(f, at);
        if (f->kind == PARAM_REFERENCE && !(f->flags & PARAM_REQUIRED))
            put_i32(at, -1);
        return;
    }
    switch (f->kind) {
    case PARAM_COUNT:
        put_u32(at, (uint32_t)g_ascii_strtoull(f->standard, NULL, 10));
        break;
    case PARAM_NUMBER:
        put_double(at, g_ascii_strtod(f->standard, NULL));
        break;
    case PARAM_BOOL:
        *(bool *)at = strcmp(f->standard, "true") == 0;
        break;
    case PARAM_CHOICE:
        read = choice_of(f, f->standard) >= 0;
        put_u32(at, (uint32_t)choice_of(f, f->standard));
        break;
    case PARAM_DAYS:
        read = units_parse(f->kind, f->standard, &value, &why);
        *(uint8_t *)at = (uint8_t)value;
        break;
    case PARAM_TIME:
        read = units_parse_time(f->standard, NAN, false, &value, &why);
        put_double(at, value);
        break;
    case PARAM_SELECTION: /* when the entity is complete */
        break;
    default:
        read = units_parse(f->kind, f->standard, &value, &why);
        put_double(at, value);
    }
    if (!read)
        g_error("the default of \"%s\" is wrong: %s", f->name, why ? why : f->standard);
}

void reader_standards(const struct param_table *table, void *of)
{
    char *base = of;

    memset(base, 0, table->size);
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (f->kind == PARAM_OBJECT)
            reader_standards(f->table, base + f->offset);
        else if (f->kind != PARAM_LIST && f->kind != PARAM_MAP && f->kind != PARAM_TEXT && f->kind != PARAM_NAME)
            put_standard(f, base + f->offset);
    }
}

const void *reader_standards_of(struct reader *r, const struct param_table *table)
{
    void *base = g_hash_table_lookup(r->standards, table);

    if (!base) {
        base = g_malloc(table->size);
        reader_standards(table, base);
        g_hash_table_insert(r->standards, (gpointer)(uintptr_t)table, base);
    }
    return base;
}

/* ---- Unknown keys ---- */

/* Where else in a table's components there is such a key: "sender", "sites.sender". */
static void find_homes(const struct param_table *table, const char *key, const char *prefix, GPtrArray *homes)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (!f->table)
            continue;
        g_autofree char *path = g_strdup_printf("%s%s%s", prefix, *prefix ? "." : "", f->name);
        if (reader_find_field(f->table, key))
            g_ptr_array_add(homes, g_strdup(path));
        find_homes(f->table, key, path, homes);
    }
}

static void offer_below(const struct param_table *table, struct suggestion *suggestion)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (f->kind != PARAM_OBJECT)
            continue;
        for (const struct param_field *g = f->table->fields; g->name; g++)
            suggestion_offer(suggestion, g->name);
    }
}

/* Fields that begin with the key as their first words: those that "max_concurrent" may be short for. */
static void find_longer(const struct param_table *table, const char *key, GPtrArray *longer)
{
    size_t n = strlen(key);

    for (const struct param_field *f = table->fields; f->name; f++)
        if (n > 2 && strncmp(f->name, key, n) == 0 && f->name[n] == '_')
            g_ptr_array_add(longer, g_strdup(f->name));
}

/* "a", "a" or "b", ... */
static char *alternatives(const GPtrArray *words)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < words->len; i++)
        g_string_append_printf(out, "%s\"%s\"",
                               i == 0               ? ""
                               : i + 1 < words->len ? ", "
                                                    : " or ",
                               (const char *)g_ptr_array_index(words, i));
    return g_string_free(out, FALSE);
}

char *reader_longer_names(const struct param_table *table, const char *key)
{
    g_autoptr(GPtrArray) longer = g_ptr_array_new_with_free_func(g_free);

    find_longer(table, key, longer);
    return longer->len && longer->len < 4 ? alternatives(longer) : NULL;
}

char *reader_no_setting(const struct param_table *table, const char *key)
{
    struct suggestion suggestion = {.wanted = key};
    g_autofree char *quoted = mistakes_quoted(key), *longer = reader_longer_names(table, key);
    const struct param_field *f;

    for (f = table->fields; f->name; f++)
        suggestion_offer(&suggestion, f->name);
    if (suggestion.best)
        return g_strdup_printf("%s has no setting %s; did you mean \"%s\"?", table->name, quoted, suggestion.best);
    if (longer)
        return g_strdup_printf("%s has no setting %s; did you mean %s?", table->name, quoted, longer);
    for (f = table->fields; f->name; f++)
        if (f->kind == PARAM_OBJECT && reader_find_field(f->table, key))
            return g_strdup_printf("%s has no setting %s; did you mean \"%s.%s\"?", table->name, quoted, f->name, key);
    return g_strdup_printf("%s has no setting %s", table->name, quoted);
}

void reader_unknown_key(struct reader *r, const struct param_table *table, const cJSON *member, bool settings)
{
    g_autofree char *key = mistakes_quoted(member->string);
    g_autoptr(GPtrArray) homes = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *where = NULL;
    struct suggestion suggestion = {.wanted = member->string};
    const struct param_field *name = reader_name_field(table);
    GString *known;

    find_homes(table, member->string, "", homes);
    if (homes->len && homes->len < 4) {
        where = alternatives(homes);
        reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; it belongs to %s", key, where);
        return;
    }
    for (const struct param_field *f = table->fields; f->name; f++)
        if (!settings || (f->kind != PARAM_NAME && !(f->flags & PARAM_REQUIRED)))
            suggestion_offer(&suggestion, f->name);
    suggestion_offer(&suggestion, "comment");
    if (table == &scenario_table)
        suggestion_offer(&suggestion, "defaults");
    if (!suggestion.best && name && !settings &&
        (strcmp(member->string, "name") == 0 || strcmp(member->string, "id") == 0 ||
         strcmp(member->string, "code") == 0))
        suggestion.best = name->name;
    if (suggestion.best) {
        reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; did you mean \"%s\"?", key, suggestion.best);
        return;
    }
    where = reader_longer_names(table, member->string);
    if (where) {
        reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; did you mean %s?", key, where);
        return;
    }
    /* In a component: of another component of the entity, or of the entity itself. */
    if (r->about && r->about != table) {
        if (reader_find_field(r->about, member->string))
            g_ptr_array_add(homes, g_strdup(r->about->name));
        find_homes(r->about, member->string, "", homes);
        if (homes->len) {
            where = alternatives(homes);
            reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; it belongs to %s", key, where);
            return;
        }
    }
    offer_below(table, &suggestion);
    if (suggestion.best) {
        find_homes(table, suggestion.best, "", homes);
        where = alternatives(homes);
        reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; did you mean \"%s\" of %s?", key, suggestion.best,
                       where);
        return;
    }
    known = g_string_new(NULL);
    for (const struct param_field *f = table->fields; f->name; f++)
        if (!settings || (f->kind != PARAM_NAME && !(f->flags & PARAM_REQUIRED)))
            g_string_append_printf(known, "%s, ", f->name);
    if (table == &scenario_table)
        g_string_append(known, "defaults, $schema, ");
    if (reader_may_assume(table))
        g_string_append(known, READER_ASSUMED ", ");
    g_string_append(known, "comment");
    reader_mistake(r, member, ANCHOR_KEY, "unknown key %s; there are %s", key, known->str);
    g_string_free(known, TRUE);
}

bool reader_comment(struct reader *r, const cJSON *member)
{
    bool good = cJSON_IsString(member) || cJSON_IsArray(member);

    if (strcmp(member->string, "comment") != 0)
        return false;
    if (cJSON_IsArray(member))
        for (const cJSON *line = member->child; line; line = line->next)
            good = good && cJSON_IsString(line);
    if (!good) {
        size_t mark = reader_enter(r, "comment");
        reader_mistake(r, member, ANCHOR_VALUE, "a comment is a text or a list of texts");
        reader_leave(r, mark);
    }
    return true;
}

static bool may_assume(const struct param_field *f)
{
    return f->grade == GRADE_ASSUMED && f->standard;
}

bool reader_may_assume(const struct param_table *table)
{
    for (const struct param_field *f = table->fields; f->name; f++)
        if (may_assume(f))
            return true;
    return false;
}

/* What is marked as assumed is as if nobody had given it. */
static void read_assumed(struct reader *r, const struct param_table *table, bool *given, const cJSON *node)
{
    size_t mark = reader_enter(r, READER_ASSUMED), i = 0;

    if (!cJSON_IsArray(node))
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a list of settings, [ ... ]",
                       reader_node_word(node));
    for (const cJSON *name = cJSON_IsArray(node) ? node->child : NULL; name; name = name->next) {
        const struct param_field *f = cJSON_IsString(name) ? reader_find_field(table, name->valuestring) : NULL;
        size_t inner = reader_enter_index(r, i++);

        if (f && may_assume(f)) {
            given[f->offset] = false;
        } else {
            g_autoptr(GPtrArray) names = g_ptr_array_new();
            g_autofree char *all = NULL;

            for (f = table->fields; f->name; f++)
                if (may_assume(f))
                    g_ptr_array_add(names, (gpointer)(uintptr_t)f->name);
            all = alternatives(names);
            reader_mistake(r, name, ANCHOR_VALUE, "no setting of %s that can be assumed; write %s", table->name, all);
        }
        reader_leave(r, inner);
    }
    reader_leave(r, mark);
}

/* A text has few keys, each of them in one place: the place leads to the field, and a look shows that it is the one. */
static const struct param_field *field_of(struct reader *r, const struct param_table *table, const char *key)
{
    uint64_t mixed = ((uintptr_t)key ^ (uintptr_t)table << 7) * 0x9e3779b97f4a7c15u;
    struct cached_field *cached = &r->cached_fields[mixed >> 32 & (READER_CACHED - 1)];

    if (cached->table != table || strcmp(cached->field->name, key) != 0) {
        const struct param_field *field = reader_find_field(table, key);

        if (!field)
            return NULL;
        *cached = (struct cached_field){table, field};
    }
    return cached->field;
}

void reader_fields(struct reader *r, const struct param_table *table, char *base, bool *given, const cJSON *node,
                   bool settings)
{
    const cJSON *assumed = NULL;

    for (const cJSON *member = node->child; member; member = member->next) {
        const struct param_field *f = field_of(r, table, member->string);
        size_t mark;

        if (!f && reader_comment(r, member))
            continue;
        if (!f && strcmp(member->string, READER_ASSUMED) == 0 && reader_may_assume(table)) {
            assumed = member;
            continue;
        }
        if (!f) {
            reader_unknown_key(r, table, member, settings);
            continue;
        }
        mark = reader_enter(r, member->string);
        if (settings && f->kind == PARAM_NAME)
            reader_mistake(r, member, ANCHOR_KEY, "\"%s\" names one %s and cannot be a default", f->name, table->name);
        else if (settings && f->flags & PARAM_REQUIRED)
            reader_mistake(r, member, ANCHOR_KEY, "\"%s\" must be given with each %s and cannot be a default", f->name,
                           table->name);
        else
            reader_value(r, f, base, given, member);
        reader_leave(r, mark);
    }
    if (assumed)
        read_assumed(r, table, given, assumed);
}

/* ---- Numbers ---- */

void reader_range(const struct param_field *f, double *min, double *max, bool *above)
{
    *min = f->min;
    *max = f->max;
    *above = f->flags & PARAM_POSITIVE;
    if (f->min != 0 || f->max != 0)
        return;
    *max = INFINITY;
    if (f->kind == PARAM_COUNT) {
        *max = UINT32_MAX;
    } else if (f->kind == PARAM_TIME) {
        *max = UNITS_MOST_TIME;
    } else if (f->kind == PARAM_RATE) {
        *max = UNITS_MOST_RATE;
        if (*above) {
            *min = UNITS_LEAST_RATE;
            *above = false;
        }
    }
}

const char *reader_example(const struct param_field *f)
{
    return f->standard && strcmp(f->standard, "unlimited") != 0 ? f->standard : units_example(f->kind);
}

bool reader_within(const struct param_field *f, double value)
{
    double min, max;
    bool above;

    if (f->kind == PARAM_RATE && isinf(value))
        return f->flags & PARAM_UNLIMITED;
    if (f->kind == PARAM_DATE_TIME || f->kind == PARAM_CLOCK || f->kind == PARAM_DAYS)
        return true;
    reader_range(f, &min, &max, &above);
    return (f->kind != PARAM_TIME || value >= 0) && (above ? value > min : value >= min) && value <= max;
}

bool reader_in_range(struct reader *r, const struct param_field *f, double value, const char *shown, const cJSON *node)
{
    double min, max;
    bool above;
    g_autofree char *low = NULL;
    g_autofree char *high = NULL;

    if (reader_within(f, value))
        return true;
    /* "unlimited" is not a number to be compared. */
    if (f->kind == PARAM_RATE && isinf(value)) {
        reader_mistake(r, node, ANCHOR_VALUE, "this rate cannot be unlimited; write for example \"%s\"",
                       units_example(f->kind));
        return false;
    }
    if (f->kind == PARAM_TIME && value < 0) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s is before the start", shown);
        return false;
    }
    reader_range(f, &min, &max, &above);
    low = units_human(f->kind, min);
    high = units_human(f->kind, max);
    if (isinf(max))
        reader_mistake(r, node, ANCHOR_VALUE, "%s is out of range; it must be %s %s", shown,
                       above ? "above" : "at least", low);
    else if (above)
        reader_mistake(r, node, ANCHOR_VALUE, "%s is out of range; it must be above %s and at most %s", shown, low,
                       high);
    else
        reader_mistake(r, node, ANCHOR_VALUE, "%s is out of range; it may be %s to %s", shown, low, high);
    return false;
}

bool reader_too_large(struct reader *r, const cJSON *node)
{
    if (!cJSON_IsNumber(node) || isfinite(node->valuedouble))
        return false;
    reader_mistake(r, node, ANCHOR_VALUE, "too large a number");
    return true;
}

static void read_number(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    const char *what = f->kind == PARAM_COUNT ? "a whole number" : "a number";

    put_bad(f, at);
    if (cJSON_IsString(node)) {
        g_autofree char *quoted = mistakes_quoted(node->valuestring);
        char *end;
        double value = g_ascii_strtod(node->valuestring, &end);
        g_autofree char *number = units_exact(PARAM_NUMBER, value);
        /* What is no JSON in a --set, such as 05, is a text all the same. */
        bool quoted_by_user = !r->set || node != r->set->value || r->set->raw[0] == '"';

        if (end != node->valuestring && !*end && isfinite(value) && quoted_by_user)
            reader_mistake(r, node, ANCHOR_VALUE, "%s is a text; write %s without quotes", quoted, number);
        else
            reader_mistake(r, node, ANCHOR_VALUE, "%s is no number; write %s such as %s", quoted, what,
                           f->standard ? f->standard : units_example(f->kind));
        return;
    }
    if (reader_too_large(r, node))
        return;
    if (!cJSON_IsNumber(node)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write %s such as %s", reader_node_word(node), what,
                       f->standard ? f->standard : units_example(f->kind));
        return;
    }
    bool whole = node->valuedouble == floor(node->valuedouble);
    if ((f->kind == PARAM_COUNT && !whole) || !reader_within(f, node->valuedouble)) {
        g_autofree char *shown = units_exact(PARAM_NUMBER, node->valuedouble);

        if (f->kind == PARAM_COUNT && !whole)
            reader_mistake(r, node, ANCHOR_VALUE, "%s is not a whole number", shown);
        else
            reader_in_range(r, f, node->valuedouble, shown, node);
        return;
    }
    if (f->kind == PARAM_COUNT)
        put_u32(at, (uint32_t)node->valuedouble);
    else
        put_double(at, node->valuedouble + 0.0);
}

static void read_quantity(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    g_autofree char *why = NULL;
    double value = NAN;
    bool read;

    if (f->kind != PARAM_DAYS)
        put_bad(f, at);
    if (param_has_chance(f)) {
        chances_forget(r->scenario->chances, (double *)(void *)at);
        if (cJSON_IsObject(node)) {
            reader_distribution(r, f, (double *)(void *)at, node);
            return;
        }
    }
    if (reader_too_large(r, node))
        return;
    if (cJSON_IsNumber(node)) {
        g_autofree char *shown = units_exact(PARAM_NUMBER, node->valuedouble);
        why = units_missing(f->kind, shown, node->valuedouble);
        reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
        return;
    }
    if (cJSON_IsString(node)) {
        read = f->kind == PARAM_TIME
                   ? units_parse_time(node->valuestring, r->scenario->start_s, f->flags & PARAM_POSITIVE, &value, &why)
                   : units_parse(f->kind, node->valuestring, &value, &why);
        if (!read) {
            reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
            return;
        }
    } else {
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a text such as \"%s\"", reader_node_word(node),
                       reader_example(f));
        return;
    }
    /* A moment that counts from a start which could not be read. */
    if (isnan(value))
        return;
    bool negative = value == 0 && *node->valuestring == '-' && f->min >= 0; /* nor does the schema take it */
    if (negative || !reader_within(f, value)) {
        g_autofree char *shown = mistakes_quoted(node->valuestring);

        if (negative)
            reader_mistake(r, node, ANCHOR_VALUE, "%s is negative", shown);
        else
            reader_in_range(r, f, value, shown, node);
        return;
    }
    if (f->kind == PARAM_DAYS)
        *(uint8_t *)at = (uint8_t)value;
    else
        put_double(at, value + 0.0);
}

/* ---- Words ---- */

/* The text of a node, for kinds that are written as text; NULL, and a mistake, if it has none. What --set took for a
 * number is a text here. */
static const char *text_of(struct reader *r, const struct param_field *f, const cJSON *node)
{
    if (r->set && node == r->set->value && (cJSON_IsNumber(node) || cJSON_IsBool(node)))
        return r->set->raw;
    if (!cJSON_IsString(node)) {
        if (f->kind == PARAM_CHOICE && cJSON_IsNumber(node)) {
            g_autofree char *number = units_exact(PARAM_NUMBER, node->valuedouble);
            if (choice_of(f, number) >= 0) {
                reader_mistake(r, node, ANCHOR_VALUE, "write \"%s\" in quotes", number);
                return NULL;
            }
        }
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a text in quotes", reader_node_word(node));
        return NULL;
    }
    if (!*node->valuestring) {
        reader_mistake(r, node, ANCHOR_VALUE, "the text is empty");
        return NULL;
    }
    return node->valuestring;
}

/* The text with its ranges at the positions of the entity's own; NULL after a mistake. */
static char *in_this_entity(struct reader *r, const char *text, const cJSON *node)
{
    struct name_ranges ranges;
    g_autofree char *why = NULL;

    if (!name_ranges_any(text))
        return g_strdup(text);
    if (!name_ranges_parse(text, &ranges, &why)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
        return NULL;
    }
    if (!r->ranges || ranges.n > r->ranges->n) {
        g_autofree char *quoted = mistakes_quoted(text);
        if (!r->ranges)
            reader_mistake(r, node, ANCHOR_VALUE, "%s has a range, but what it belongs to has none in its name",
                           quoted);
        else
            reader_mistake(r, node, ANCHOR_VALUE, "%s has more ranges than the name that it belongs to", quoted);
        return NULL;
    }
    for (unsigned k = 0; k < ranges.n; k++) {
        if (ranges.range[k].count != r->ranges->range[k].count) {
            g_autofree char *part = g_strndup(text + ranges.range[k].at, ranges.range[k].length);
            reader_mistake(r, node, ANCHOR_VALUE,
                           "\"%s\" has %" G_GUINT64_FORMAT " values, but the range of the name has %" G_GUINT64_FORMAT,
                           part, ranges.range[k].count, r->ranges->range[k].count);
            return NULL;
        }
    }
    return name_ranges_apply(text, &ranges, r->positions);
}

static void read_choice(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    const char *word = text_of(r, f, node);
    int choice = word ? choice_of(f, word) : -1;

    put_bad(f, at);
    if (choice >= 0)
        put_u32(at, (uint32_t)choice);
    if (choice >= 0 || !word)
        return;
    struct suggestion suggestion = {.wanted = word};
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *quoted = NULL;
    g_autofree char *all = NULL;
    for (int i = 0; f->choices[i]; i++) {
        char **parts = g_strsplit(f->choices[i], "|", -1);
        for (char **part = parts; *part; part++)
            g_ptr_array_add(words, *part);
        g_free(parts);
    }
    for (guint i = 0; i < words->len; i++)
        suggestion_offer(&suggestion, g_ptr_array_index(words, i));
    quoted = mistakes_quoted(word);
    if (suggestion.best) {
        reader_mistake(r, node, ANCHOR_VALUE, "unknown %s %s; did you mean \"%s\"?", f->name, quoted, suggestion.best);
        return;
    }
    all = alternatives(words);
    reader_mistake(r, node, ANCHOR_VALUE, "unknown %s %s; write %s", f->name, quoted, all);
}

bool reader_has_form(const struct param_field *f, const char *text)
{
    g_autofree char *whole = f->form ? g_strdup_printf("^(?:%s)\\z", f->form) : NULL;

    return !whole || g_regex_match_simple(whole, text, 0, 0);
}

static void read_text(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    const char *text = text_of(r, f, node);
    g_autofree char *its = text ? in_this_entity(r, text, node) : NULL;

    if (its && f->kind == PARAM_TEXT && !reader_has_form(f, its)) { /* names have been looked at */
        g_autofree char *quoted = mistakes_quoted(its);
        reader_mistake(r, node, ANCHOR_VALUE, "%s is %s", quoted, f->form_words);
    }
    put_text(at, g_steal_pointer(&its));
}

static void read_every(struct reader *r, const struct param_field *f, struct recurrence *at, const cJSON *node)
{
    const char *text = text_of(r, f, node);
    g_autofree char *why = NULL;

    *at = (struct recurrence){0};
    if (text && !recurrence_parse(text, at, &why))
        reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
}

static void unknown_reference(struct reader *r, enum param_target target, const char *name, const cJSON *node)
{
    const struct entity_list *list = reader_list_of(r, target);
    const char *word = param_target_word(target);
    g_autofree char *quoted = mistakes_quoted(name);
    struct suggestion suggestion = {.wanted = name};
    guint n = list ? list->names->len : 0, named = 0, listed = 0;

    if (list && reader_means_wrong_name(list, name))
        return;
    if (!reader_suggests(r, n)) {
        reader_mistake(r, node, ANCHOR_VALUE, "no %s is named %s", word, quoted);
        return;
    }
    for (guint i = 0; i < n; i++)
        if (g_ptr_array_index(list->names, i))
            suggestion_offer(&suggestion, g_ptr_array_index(list->names, i));
    if (suggestion.best) {
        reader_mistake(r, node, ANCHOR_VALUE, "no %s is named %s; did you mean \"%s\"?", word, quoted, suggestion.best);
        return;
    }
    GString *names = g_string_new(NULL);
    for (guint i = 0; i < n; i++)
        if (g_ptr_array_index(list->names, i) && named++ < LISTED)
            g_string_append_printf(names, "%s\"%s\"", listed++ ? ", " : "", (char *)g_ptr_array_index(list->names, i));
    if (listed)
        reader_mistake(r, node, ANCHOR_VALUE, "no %s is named %s; there %s %s%s", word, quoted,
                       named > 1 ? "are" : "is", names->str, named > listed ? ", ..." : "");
    else
        reader_mistake(r, node, ANCHOR_VALUE, "no %s is named %s; there are none", word, quoted);
    g_string_free(names, TRUE);
}

static void read_reference(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    const char *text = text_of(r, f, node);
    g_autofree char *name = text ? in_this_entity(r, text, node) : NULL;
    const struct entity_list *list = reader_list_of(r, f->target);
    gpointer index;

    put_bad(f, at);
    if (!name)
        return;
    if (list && g_hash_table_lookup_extended(list->by_name, name, NULL, &index))
        put_i32(at, GPOINTER_TO_INT(index));
    else
        unknown_reference(r, f->target, name, node);
}

static void add_pattern(struct reader *r, const struct param_field *f, const cJSON *node, GPtrArray *patterns,
                        GPtrArray *nodes)
{
    const char *text = text_of(r, f, node);
    struct name_ranges ranges;
    g_autofree char *why = NULL;
    uint64_t count;

    if (!text)
        return;
    if (r->ranges || !name_ranges_any(text)) {
        char *pattern = in_this_entity(r, text, node);
        if (pattern) {
            g_ptr_array_add(patterns, pattern);
            g_ptr_array_add(nodes, (gpointer)node);
        }
        return;
    }
    if (!name_ranges_parse(text, &ranges, &why)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s", why);
        return;
    }
    count = name_ranges_count(&ranges);
    if (count > SCENARIO_MAX_ENTITIES - r->n_entities) {
        reader_mistake(r, node, ANCHOR_VALUE, "the ranges of this scenario stand for more than %d names",
                       SCENARIO_MAX_ENTITIES);
        return;
    }
    r->n_entities += count;
    for (uint64_t i = 0; i < count; i++) {
        uint64_t positions[NAME_RANGES_MAX];
        name_ranges_positions(&ranges, i, positions);
        g_ptr_array_add(patterns, name_ranges_apply(text, &ranges, positions));
        g_ptr_array_add(nodes, (gpointer)node);
    }
}

static void pend(struct reader *r, const struct param_field *f, struct selection *selection, GPtrArray *patterns,
                 GPtrArray *nodes, bool again)
{
    struct pending_selection pending = {.selection = selection,
                                        .target = f->target,
                                        .workloads = f->flags & PARAM_WORKLOADS,
                                        .nodes = nodes,
                                        .set = r->set,
                                        .path = reader_path(r)};

    g_clear_pointer(&selection->patterns, g_ptr_array_unref);
    selection->patterns = patterns;
    for (guint i = r->pending->len; again && i-- > 0;) {
        if (g_array_index(r->pending, struct pending_selection, i).selection == selection) {
            g_array_remove_index(r->pending, i);
            break;
        }
    }
    g_array_append_val(r->pending, pending);
}

static void read_selection(struct reader *r, const struct param_field *f, struct selection *selection,
                           const cJSON *node, bool again)
{
    GPtrArray *patterns = g_ptr_array_new_with_free_func(g_free);
    GPtrArray *nodes = g_ptr_array_new();

    if (cJSON_IsArray(node)) {
        size_t i = 0;
        if (!node->child)
            reader_mistake(r, node, ANCHOR_VALUE, "the list is empty; write names, with * for many");
        for (const cJSON *child = node->child; child; child = child->next) {
            size_t mark = reader_enter_index(r, i++);
            add_pattern(r, f, child, patterns, nodes);
            reader_leave(r, mark);
        }
    } else {
        add_pattern(r, f, node, patterns, nodes);
    }
    pend(r, f, selection, patterns, nodes, again);
}

/* ---- Objects and lists ---- */

static void read_list(struct reader *r, const struct param_field *f, char *at, const cJSON *node)
{
    const void *standards = reader_standards_of(r, f->table);
    GArray *list, *old;
    uint32_t i = 0;

    memcpy(&old, at, sizeof(old));
    if (old) {
        for (guint k = 0; k < old->len; k++) {
            chances_forget_all(r->scenario->chances, f->table, old->data + k * f->table->size);
            param_clear(f->table, old->data + k * f->table->size);
        }
        g_array_unref(old);
    }
    list = g_array_new(FALSE, TRUE, (guint)f->table->size);
    memcpy(at, &list, sizeof(list));
    if (!cJSON_IsArray(node)) {
        reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write a list, [ ... ]", reader_node_word(node));
        return;
    }
    if (f->flags & PARAM_REQUIRED && !node->child) {
        reader_mistake(r, node, ANCHOR_VALUE, "the list is empty; write at least one (%s)", f->sentence);
        return;
    }
    g_array_set_size(list, (guint)cJSON_GetArraySize(node));
    for (const cJSON *child = node->child; child; child = child->next, i++) {
        char *base = list->data + i * f->table->size;
        g_autofree bool *given = g_new0(bool, f->table->size);
        size_t mark = reader_enter_index(r, i);

        memcpy(base, standards, f->table->size);
        if (cJSON_IsObject(child)) {
            reader_fields(r, f->table, base, given, child, false);
            reader_complete(r, f->table, base, given, child);
        } else {
            reader_mistake(r, child, ANCHOR_VALUE, "%s stands here; write an object, { ... }", reader_node_word(child));
        }
        reader_leave(r, mark);
    }
}

void reader_value(struct reader *r, const struct param_field *f, char *base, bool *given, const cJSON *node)
{
    char *at = base + f->offset;
    bool again = given[f->offset];

    if (f->kind != PARAM_OBJECT)
        given[f->offset] = true;
    if (cJSON_IsNull(node)) {
        put_bad(f, at);
        reader_mistake(r, node, ANCHOR_VALUE, "null says nothing; leave the key out");
        return;
    }
    switch (f->kind) {
    case PARAM_COUNT:
    case PARAM_NUMBER:
        read_number(r, f, at, node);
        break;
    case PARAM_BOOL:
        if (cJSON_IsBool(node))
            *(bool *)at = cJSON_IsTrue(node);
        else if (cJSON_IsString(node) &&
                 (strcmp(node->valuestring, "true") == 0 || strcmp(node->valuestring, "false") == 0))
            reader_mistake(r, node, ANCHOR_VALUE, "\"%s\" is a text; write %s without quotes", node->valuestring,
                           node->valuestring);
        else
            reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write true or false", reader_node_word(node));
        break;
    case PARAM_EVERY:
        read_every(r, f, (struct recurrence *)(void *)at, node);
        break;
    case PARAM_CHOICE:
        read_choice(r, f, at, node);
        break;
    case PARAM_TEXT:
    case PARAM_NAME:
        read_text(r, f, at, node);
        break;
    case PARAM_REFERENCE:
        read_reference(r, f, at, node);
        break;
    case PARAM_SELECTION:
        read_selection(r, f, (struct selection *)(void *)at, node, again);
        break;
    case PARAM_OBJECT:
        if (cJSON_IsObject(node))
            reader_fields(r, f->table, at, given + f->offset, node, false);
        else
            reader_mistake(r, node, ANCHOR_VALUE, "%s stands here; write an object, { ... }", reader_node_word(node));
        break;
    case PARAM_LIST:
    case PARAM_MAP:
        read_list(r, f, at, node);
        break;
    default:
        g_assert(is_quantity(f->kind));
        read_quantity(r, f, at, node);
    }
}

void reader_complete(struct reader *r, const struct param_table *table, char *base, const bool *given,
                     const cJSON *node)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        char *at = base + f->offset;

        if (f->kind == PARAM_OBJECT) {
            reader_complete(r, f->table, at, given + f->offset, node);
            continue;
        }
        if (given[f->offset])
            continue;
        if (f->flags & PARAM_REQUIRED)
            reader_mistake(r, node, ANCHOR_VALUE, "\"%s\" is missing (%s)", f->name, f->sentence);
        if (f->kind == PARAM_LIST || f->kind == PARAM_MAP) {
            GArray *list;
            memcpy(&list, at, sizeof(list));
            if (!list) {
                list = g_array_new(FALSE, TRUE, (guint)f->table->size);
                memcpy(at, &list, sizeof(list));
            }
        }
        if (f->kind == PARAM_SELECTION && f->standard) {
            GPtrArray *patterns = g_ptr_array_new_with_free_func(g_free);
            g_ptr_array_add(patterns, g_strdup(f->standard));
            pend(r, f, (struct selection *)(void *)at, patterns, NULL, false);
        }
    }
}
