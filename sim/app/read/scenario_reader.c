/* A scenario is read in this order: the settings of the scenario itself; the names of all entities, so that references
 * may look forward; each entity, layer by layer; selections; the rules between entities. */
#include "sim/app/read/scenario_reader.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/reader.h"
#include "sim/app/read/scenario_rules.h"
#include "sim/app/read/scenario_warnings.h"
#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"

#define MAX_NAME_BYTES 200

const struct defaults_kind defaults_kinds[] = {{"location", &location_table, NULL},
                                               {"site", &site_table, NULL},
                                               {"central", &site_table, "central"},
                                               {"primary", &site_table, "primary"},
                                               {"secondary", &site_table, "secondary"},
                                               {"route", &route_table, NULL},
                                               {"distribution_point", &dp_table, NULL},
                                               {"package", &package_table, NULL},
                                               {NULL, NULL, NULL}};

/* ---- Assumptions ---- */

/* Notes the settings that no layer gave and whose default nobody has published. */
static void assume(struct scenario *scenario, const struct param_table *table, const char *base, const bool *given)
{
    for (const struct param_field *f = table->fields; f->name; f++) {
        if (f->kind == PARAM_OBJECT)
            assume(scenario, f->table, base + f->offset, given + f->offset);
        else if (f->grade == GRADE_ASSUMED && f->standard && !given[f->offset])
            g_hash_table_add(scenario->assumed, (gpointer)(uintptr_t)(base + f->offset));
    }
}

/* ---- Names ---- */

static enum param_target target_of(const struct param_table *table)
{
    if (table == &calendar_table)
        return TARGET_CALENDAR;
    if (table == &location_table)
        return TARGET_LOCATION;
    if (table == &site_table)
        return TARGET_SITE;
    if (table == &dp_table)
        return TARGET_DP;
    if (table == &group_table)
        return TARGET_GROUP;
    if (table == &package_table)
        return TARGET_PACKAGE;
    if (table == &workload_table)
        return TARGET_WORKLOAD;
    return TARGET_NONE;
}

/* The text whose ranges an element has: its name's, else those of its first reference that has some. */
static const cJSON *ranged_text(const struct param_table *table, const cJSON *element)
{
    const struct param_field *name = reader_name_field(table);

    if (name)
        return cJSON_GetObjectItemCaseSensitive(element, name->name);
    for (const struct param_field *f = table->fields; f->name; f++) {
        const cJSON *node = f->kind == PARAM_REFERENCE ? cJSON_GetObjectItemCaseSensitive(element, f->name) : NULL;
        if (cJSON_IsString(node) && strchr(node->valuestring, '{'))
            return node;
    }
    return NULL;
}

/* Finds the ranges of an element; false, and perhaps a mistake, if it has none or they are wrong. */
static bool element_ranges(struct reader *r, const struct entity_list *list, const cJSON *element,
                           struct name_ranges *ranges, bool complain)
{
    bool map = list->field->kind == PARAM_MAP;
    const cJSON *node = map ? element : cJSON_IsObject(element) ? ranged_text(list->table, element) : NULL;
    const char *text = map ? element->string : cJSON_IsString(node) ? node->valuestring : NULL;
    g_autofree char *why = NULL;

    ranges->n = 0;
    if (!text || !name_ranges_any(text))
        return false;
    if (!name_ranges_parse(text, ranges, &why)) {
        ranges->n = 0;
        if (complain) {
            size_t mark = map ? r->path_to : reader_enter(r, node->string);
            reader_mistake(r, node, map ? ANCHOR_KEY : ANCHOR_VALUE, "%s", why);
            reader_leave(r, mark);
        }
        return false;
    }
    return ranges->n > 0;
}

/* Why a text cannot be a name; NULL if it can. */
static const char *bad_name(const char *name)
{
    size_t n = strlen(name);

    if (!n)
        return "the name is empty";
    if (n > MAX_NAME_BYTES)
        return "is too long for a name";
    if (g_ascii_isspace(name[0]) || g_ascii_isspace(name[n - 1]))
        return "begins or ends with a space";
    if (strpbrk(name, "*?"))
        return "has a * or ?, which stand for other names in selections";
    if (g_str_has_prefix(name, "group:") || g_str_has_prefix(name, "site:") || g_str_has_prefix(name, "workload:"))
        return "begins as selections of groups, sites and workloads do";
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return "has a control character";
    return NULL;
}

static void add_entity(struct entity_list *list, const cJSON *element, uint32_t index, uint32_t combination, char *name)
{
    g_ptr_array_add(list->nodes, (gpointer)element);
    g_array_append_val(list->elements, index);
    g_array_append_val(list->combinations, combination);
    g_ptr_array_add(list->names, name);
}

static void add_name(struct reader *r, struct entity_list *list, const cJSON *node, enum anchor anchor,
                     const char *name)
{
    guint i = list->names->len - 1;
    gpointer first;

    if (!g_hash_table_lookup_extended(list->by_name, name, NULL, &first)) {
        g_hash_table_insert(list->by_name, g_ptr_array_index(list->names, i), GINT_TO_POINTER((int)i));
        return;
    }
    const cJSON *element = g_ptr_array_index(list->nodes, GPOINTER_TO_INT(first));
    const struct param_field *field = reader_name_field(list->table);
    const cJSON *its =
        list->field->kind == PARAM_MAP ? element : cJSON_GetObjectItemCaseSensitive(element, field->name);
    g_autofree char *quoted = mistakes_quoted(name);
    g_autofree char *sentence = NULL;

    if (its == node || list->field->kind == PARAM_MAP) {
        reader_mistake(r, node, anchor, "%s stands for the same name twice", quoted);
        return;
    }
    g_autofree char *path = reader_path(r);
    sentence = g_strdup_printf("%s is the %s of two %s", quoted, field->name, list->field->name);
    reader_mistake_full(r, node, anchor, NULL, path, its, sentence);
}

static void name_element(struct reader *r, struct entity_list *list, const cJSON *element, uint32_t index)
{
    const struct param_field *field = reader_name_field(list->table);
    bool map = list->field->kind == PARAM_MAP;
    const cJSON *node = map ? element : field ? cJSON_GetObjectItemCaseSensitive(element, field->name) : NULL;
    const char *text = map ? element->string : cJSON_IsString(node) ? node->valuestring : NULL;
    enum anchor anchor = map ? ANCHOR_KEY : ANCHOR_VALUE;
    struct name_ranges ranges;
    bool ranged = element_ranges(r, list, element, &ranges, true);
    uint64_t count = ranged ? name_ranges_count(&ranges) : 1;
    const char *why = text && field ? bad_name(text) : NULL;
    size_t mark;

    if (count > SCENARIO_MAX_ENTITIES - MIN(r->n_entities, SCENARIO_MAX_ENTITIES)) {
        const cJSON *wide = map ? element : ranged ? ranged_text(list->table, element) : element;
        mark = map || !wide->string ? r->path_to : reader_enter(r, wide->string);
        reader_mistake(r, wide, anchor, "the ranges of this scenario stand for more than %d names",
                       SCENARIO_MAX_ENTITIES);
        reader_leave(r, mark);
        return;
    }
    r->n_entities += count;
    mark = map || !field ? r->path_to : reader_enter(r, field->name);
    if (why) {
        g_autofree char *quoted = mistakes_quoted(text);
        reader_mistake(r, node, anchor, "%s%s%s", *text ? quoted : "", *text ? " " : "", why);
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t positions[NAME_RANGES_MAX];
        char *name = NULL;

        if (ranged)
            name_ranges_positions(&ranges, i, positions);
        if (text && field)
            name = ranged ? name_ranges_apply(text, &ranges, positions) : g_strdup(text);
        add_entity(list, element, index, (uint32_t)i, name);
        if (name)
            add_name(r, list, node, anchor, name);
        if (name && !reader_has_form(field, name)) {
            g_autofree char *quoted = mistakes_quoted(name);
            reader_mistake(r, node, anchor, "%s is %s", quoted, field->form_words);
            g_ptr_array_add(list->wrong_names, name);
        }
    }
    reader_leave(r, mark);
}

/* Finds the elements of a list and all the names that they stand for. */
static void name_list(struct reader *r, struct entity_list *list)
{
    bool map = list->field->kind == PARAM_MAP;
    size_t mark = reader_enter(r, list->field->name);
    uint32_t index = 0;

    if (list->node && !(map ? cJSON_IsObject(list->node) : cJSON_IsArray(list->node))) {
        reader_mistake(r, list->node, ANCHOR_VALUE, "%s stands here; write %s", reader_node_word(list->node),
                       map ? "an object, { \"name\": [ ... ] }" : "a list, [ ... ]");
        list->node = NULL;
    } else if (list->node && !list->node->child && list->field->flags & PARAM_REQUIRED) {
        reader_mistake(r, list->node, ANCHOR_VALUE, "the list is empty; write at least one (%s)",
                       list->field->sentence);
    } else if (!list->node && list->field->flags & PARAM_REQUIRED) {
        reader_leave(r, mark);
        reader_mistake(r, r->root, ANCHOR_VALUE, "\"%s\" is missing (%s)", list->field->name, list->field->sentence);
    }
    for (const cJSON *element = list->node ? list->node->child : NULL; element; element = element->next, index++) {
        size_t inner;

        if (map && reader_comment(r, element))
            continue;
        inner = map ? reader_enter(r, element->string) : reader_enter_index(r, index);
        if (!(map ? cJSON_IsArray(element) : cJSON_IsObject(element)))
            reader_mistake(r, element, ANCHOR_VALUE, "%s stands here; write %s", reader_node_word(element),
                           map ? "a list, [ ... ]" : "an object, { ... }");
        else
            name_element(r, list, element, index);
        reader_leave(r, inner);
    }
    reader_leave(r, mark);
}

/* ---- Layers ---- */

static const char *type_word(const struct reader *r, const struct entity_list *list, uint32_t i)
{
    const struct set *set = NULL;
    const cJSON *node = reader_entity_source(r, list, i, "type", &set);

    return set ? set->raw : cJSON_IsString(node) ? node->valuestring : NULL;
}

static bool kind_holds(const struct defaults_kind *kind, const struct param_table *table, const char *type)
{
    return kind->table == table && (!kind->type || (type && strcmp(kind->type, type) == 0));
}

/* The member at a path of words with points between them, "sender.retries". */
static const cJSON *member_at(const cJSON *object, const char *path)
{
    for (const char *word = path; word && object;) {
        size_t n = strcspn(word, ".");
        const cJSON *member = cJSON_IsObject(object) ? object->child : NULL;

        while (member && (strncmp(member->string, word, n) != 0 || member->string[n]))
            member = member->next;
        object = member;
        word = word[n] ? word + n + 1 : NULL;
    }
    return object;
}

/* Whether the set is of what is at that path, or of a part of it. */
static bool set_is_within(const struct set *set, const char *path)
{
    g_auto(GStrv) words = g_strsplit(path, ".", -1);
    char **field = set->fields, **word = words;

    while (*field && *word && strcmp(*field, *word) == 0)
        field++, word++;
    return !*word;
}

const cJSON *reader_entity_source(const struct reader *r, const struct entity_list *list, uint32_t i, const char *field,
                                  const struct set **from)
{
    const cJSON *node = g_ptr_array_index(list->nodes, i);

    *from = NULL;
    for (guint k = r->sets->len; k-- > 0;) {
        const struct set *set = &g_array_index(r->sets, struct set, k);
        if (reader_set_matches(set, list, i) && set->fields && set_is_within(set, field)) {
            *from = set;
            return set->value;
        }
    }
    return member_at(node, field);
}

const cJSON *reader_defaults_source(const struct reader *r, const struct entity_list *list, uint32_t i,
                                    const char *field, const struct set **from, char **path)
{
    const char *type = type_word(r, list, i);
    const cJSON *found = NULL;

    *from = NULL;
    for (const struct defaults_kind *kind = defaults_kinds; kind->name; kind++) {
        const cJSON *object = r->defaults ? cJSON_GetObjectItemCaseSensitive(r->defaults, kind->name) : NULL;
        const cJSON *node = member_at(object, field);

        if (!kind_holds(kind, list->table, type))
            continue;
        if (node) {
            found = node;
            *from = NULL;
            g_free(*path);
            *path = g_strdup_printf("defaults.%s", kind->name);
        }
        for (guint k = 0; k < r->sets->len; k++) {
            const struct set *set = &g_array_index(r->sets, struct set, k);
            if (set->sound && set->defaults == kind && set_is_within(set, field)) {
                found = set->value;
                *from = set;
                g_free(*path);
                *path = g_strdup("");
            }
        }
    }
    return found;
}

static void read_defaults(struct reader *r, const struct defaults_kind *kind, char *base, bool *given)
{
    const cJSON *object = r->defaults ? cJSON_GetObjectItemCaseSensitive(r->defaults, kind->name) : NULL;

    if (cJSON_IsObject(object)) {
        size_t from = r->path_from, mark = r->path_from = r->path_to;

        reader_enter(r, "defaults");
        reader_enter(r, kind->name);
        reader_fields(r, kind->table, base, given, object, true);
        reader_leave(r, mark);
        r->path_from = from;
    }
    for (guint i = 0; i < r->sets->len; i++) {
        struct set *set = &g_array_index(r->sets, struct set, i);
        if (set->sound && set->defaults == kind)
            reader_set_apply(r, set, kind->table, base, given);
    }
}

/* Every component of "defaults" is checked, also where no entity is of that kind. */
static void check_defaults(struct reader *r)
{
    size_t mark = reader_enter(r, "defaults");

    if (r->defaults && !cJSON_IsObject(r->defaults)) {
        reader_mistake(r, r->defaults, ANCHOR_VALUE, "%s stands here; write an object, { ... }",
                       reader_node_word(r->defaults));
        r->defaults = NULL;
    }
    for (const cJSON *member = r->defaults ? r->defaults->child : NULL; member; member = member->next) {
        const struct defaults_kind *kind = defaults_kinds;
        struct suggestion suggestion = {.wanted = member->string};
        size_t inner;

        if (reader_comment(r, member))
            continue;
        inner = reader_enter(r, member->string);
        for (; kind->name && strcmp(kind->name, member->string) != 0; kind++)
            suggestion_offer(&suggestion, kind->name);
        if (!kind->name) {
            g_autofree char *quoted = mistakes_quoted(member->string);
            reader_leave(r, inner);
            if (suggestion.best)
                reader_mistake(r, member, ANCHOR_KEY, "there are no defaults for %s; did you mean \"%s\"?", quoted,
                               suggestion.best);
            else
                reader_mistake(r, member, ANCHOR_KEY,
                               "there are no defaults for %s, only for location, site, central, primary, secondary, "
                               "route, distribution_point and package",
                               quoted);
        } else if (!cJSON_IsObject(member)) {
            reader_mistake(r, member, ANCHOR_VALUE, "%s stands here; write an object, { ... }",
                           reader_node_word(member));
        }
        reader_leave(r, inner);
    }
    reader_leave(r, mark);
    for (const struct defaults_kind *kind = defaults_kinds; kind->name; kind++) {
        g_autofree char *base = g_malloc0(kind->table->size);
        g_autofree bool *given = g_new0(bool, kind->table->size);

        reader_standards(kind->table, base);
        r->about = kind->table;
        read_defaults(r, kind, base, given);
        chances_forget_all(r->scenario->chances, kind->table, base);
        param_clear(kind->table, base);
    }
    r->about = NULL;
}

/* A pattern means all that can have the setting, a name that one. */
static bool pattern_passes_over(struct set *set, const struct param_table *table, const void *entity)
{
    const char *why = scenario_rules_refusal(table, entity, set->fields[0]);

    if (why)
        set->refusal = why;
    return why;
}

static void read_entity(struct reader *r, struct entity_list *list, uint32_t i, const char *standards, bool *given)
{
    const struct param_table *table = list->table;
    const cJSON *node = g_ptr_array_index(list->nodes, i);
    const struct param_field *name = reader_name_field(table);
    bool map = list->field->kind == PARAM_MAP;
    char *base = list->entities->data + i * table->size;
    struct name_ranges ranges;
    const char *type = NULL;
    size_t mark;

    memcpy(base, standards, table->size);
    memset(given, 0, table->size * sizeof(bool));
    r->ranges = element_ranges(r, list, node, &ranges, false) ? &ranges : NULL;
    if (r->ranges)
        name_ranges_positions(&ranges, g_array_index(list->combinations, uint32_t, i), r->positions);
    if (table == &site_table)
        type = type_word(r, list, i);
    for (const struct defaults_kind *kind = defaults_kinds; kind->name; kind++)
        if (kind_holds(kind, table, type))
            read_defaults(r, kind, base, given);

    mark = map ? reader_enter(r, node->string) : reader_enter_index(r, g_array_index(list->elements, uint32_t, i));
    if (name && g_ptr_array_index(list->names, i)) {
        char *copy = g_strdup(g_ptr_array_index(list->names, i));
        memcpy(base + name->offset, &copy, sizeof(copy));
        given[name->offset] = true;
    }
    if (map) {
        for (const struct param_field *f = table->fields; f->name; f++)
            if (f->kind == PARAM_LIST)
                reader_value(r, f, base, given, node);
    } else {
        reader_fields(r, table, base, given, node, false);
    }
    for (guint k = 0; k < r->sets->len; k++) {
        struct set *set = &g_array_index(r->sets, struct set, k);
        if (reader_set_matches(set, list, i) && !(set->pattern && pattern_passes_over(set, table, base)))
            reader_set_apply(r, set, table, base, given);
    }
    reader_complete(r, table, base, given, node);
    reader_leave(r, mark);
    r->ranges = NULL;
    /* The root location has no access link, so nothing rests on one. */
    if (!(table == &location_table && ((const struct location_spec *)(const void *)base)->parent == -1))
        assume(r->scenario, table, base, given);
}

static void read_list(struct reader *r, struct entity_list *list)
{
    const char *standards = reader_standards_of(r, list->table);
    g_autofree bool *given = g_new0(bool, list->table->size);
    size_t mark = reader_enter(r, list->field->name);

    r->about = list->table;
    for (uint32_t i = 0; i < list->nodes->len; i++)
        read_entity(r, list, i, standards, given);
    r->about = NULL;
    reader_leave(r, mark);
}

/* ---- The whole ---- */

static void list_clear(struct entity_list *list)
{
    g_ptr_array_unref(list->nodes);
    g_array_unref(list->elements);
    g_array_unref(list->combinations);
    g_hash_table_unref(list->by_name);
    g_ptr_array_unref(list->names);
    g_ptr_array_unref(list->wrong_names);
}

static void found_clear(gpointer data)
{
    struct found *found = data;

    g_free(found->path);
    g_free(found->sentence);
}

static void pending_clear(gpointer data)
{
    struct pending_selection *pending = data;

    g_free(pending->path);
    if (pending->nodes)
        g_ptr_array_unref(pending->nodes);
}

static void lists_find(struct reader *r)
{
    for (const struct param_field *f = scenario_table.fields; f->name; f++) {
        if (f->kind != PARAM_LIST && f->kind != PARAM_MAP)
            continue;
        g_assert(r->n_lists < READER_LISTS);
        r->lists[r->n_lists++] = (struct entity_list){
            .field = f,
            .table = f->table,
            .target = target_of(f->table),
            .node = cJSON_GetObjectItemCaseSensitive(r->root, f->name),
            .nodes = g_ptr_array_new(),
            .elements = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
            .combinations = g_array_new(FALSE, FALSE, sizeof(uint32_t)),
            .names = g_ptr_array_new_with_free_func(g_free),
            .wrong_names = g_ptr_array_new(),
            .by_name = g_hash_table_new(g_str_hash, g_str_equal),
        };
    }
}

/* The settings of the scenario itself, in the order of the table: "start" comes before what counts from it. */
static void read_scenario_fields(struct reader *r, bool *given)
{
    char *base = (char *)r->scenario;

    for (const cJSON *member = r->root->child; member; member = member->next) {
        if (reader_comment(r, member) || strcmp(member->string, "defaults") == 0)
            continue;
        if (strcmp(member->string, "$schema") == 0) {
            if (!cJSON_IsString(member))
                reader_mistake(r, member, ANCHOR_VALUE, "%s stands here; write a text in quotes",
                               reader_node_word(member));
            continue;
        }
        if (!reader_find_field(&scenario_table, member->string))
            reader_unknown_key(r, &scenario_table, member, false);
    }
    for (const struct param_field *f = scenario_table.fields; f->name; f++) {
        const cJSON *node = cJSON_GetObjectItemCaseSensitive(r->root, f->name);
        size_t mark = reader_enter(r, f->name);

        if (f->kind != PARAM_LIST && f->kind != PARAM_MAP) {
            if (node)
                reader_value(r, f, base, given, node);
            for (guint i = 0; i < r->sets->len; i++) {
                struct set *set = &g_array_index(r->sets, struct set, i);
                if (set->sound && !set->list && !set->defaults && strcmp(set->fields[0], f->name) == 0)
                    reader_set_apply(r, set, &scenario_table, base, given);
            }
        }
        reader_leave(r, mark);
    }
}

static void read_all(struct reader *r, const char *const *sets)
{
    g_autofree bool *given = g_new0(bool, scenario_table.size);
    char *base = (char *)r->scenario;

    lists_find(r);
    reader_sets_parse(r, sets);
    reader_standards(&scenario_table, base);
    r->scenario->assumed = g_hash_table_new(NULL, NULL);
    read_scenario_fields(r, given);
    for (unsigned i = 0; i < r->n_lists; i++) {
        struct entity_list *list = &r->lists[i];

        name_list(r, list);
        list->entities = g_array_sized_new(FALSE, TRUE, (guint)list->table->size, list->nodes->len);
        g_array_set_size(list->entities, list->nodes->len);
        memcpy(base + list->field->offset, &list->entities, sizeof(list->entities));
        given[list->field->offset] = true; /* what is missing was said */
    }
    reader_complete(r, &scenario_table, base, given, r->root);
    reader_sets_match(r);
    check_defaults(r);
    for (unsigned i = 0; i < r->n_lists; i++)
        read_list(r, &r->lists[i]);
    reader_select(r);
    reader_sets_unused(r);
    scenario_rules(r);
}

/* Takes over the text. n_before: how many mistakes there were before it was read. overlaps: NULL: not wanted. */
static struct scenario *read_text(struct json_text *text, const char *const *sets, struct mistakes *mistakes,
                                  struct mistakes *warnings, size_t n_before, GArray *overlaps)
{
    struct reader r = {.text = text};

    if (!text)
        return NULL;
    if (!cJSON_IsObject(text->root)) {
        json_text_mistake(text, strspn(text->bytes, " \t\r\n"), 1, NULL, "a scenario is an object, { ... }", mistakes);
        json_text_free(text);
        return NULL;
    }
    r.root = text->root;
    r.defaults = cJSON_GetObjectItemCaseSensitive(text->root, "defaults");
    r.scenario = scenario_new();
    r.standards = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    r.found = g_array_new(FALSE, FALSE, sizeof(struct found));
    g_array_set_clear_func(r.found, found_clear);
    r.seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r.sets = g_array_new(FALSE, FALSE, sizeof(struct set));
    g_array_set_clear_func(r.sets, reader_set_clear);
    r.chances = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)chance_unref);
    r.pending = g_array_new(FALSE, FALSE, sizeof(struct pending_selection));
    g_array_set_clear_func(r.pending, pending_clear);

    read_all(&r, sets);
    reader_report(&r, mistakes);
    if (warnings && mistakes_count(mistakes) == n_before) {
        scenario_warnings(&r);
        reader_report(&r, warnings);
    }

    if (mistakes_count(mistakes) > n_before)
        g_clear_pointer(&r.scenario, scenario_free);
    else if (overlaps)
        reader_sets_overlap(&r, overlaps);
    for (unsigned i = 0; i < r.n_lists; i++)
        list_clear(&r.lists[i]);
    g_hash_table_unref(r.chances);
    g_array_unref(r.pending);
    g_array_unref(r.sets);
    g_hash_table_unref(r.seen);
    g_array_unref(r.found);
    g_hash_table_unref(r.standards);
    json_text_free(text);
    return r.scenario;
}

struct scenario *scenario_read(const char *path, const char *const *sets, struct mistakes *mistakes,
                               struct mistakes *warnings)
{
    size_t n_before = mistakes_count(mistakes);

    return read_text(json_text_read(path, mistakes), sets, mistakes, warnings, n_before, NULL);
}

struct scenario *scenario_read_text(const char *name, const char *bytes, size_t length, const char *const *sets,
                                    struct mistakes *mistakes, struct mistakes *warnings)
{
    size_t n_before = mistakes_count(mistakes);

    return read_text(json_text_new(name, bytes, length, mistakes), sets, mistakes, warnings, n_before, NULL);
}

static void overlap_clear(gpointer of)
{
    g_free(((struct set_overlap *)of)->setting);
}

GArray *scenario_overlaps(const char *path, const char *const *sets)
{
    GArray *overlaps = g_array_new(FALSE, FALSE, sizeof(struct set_overlap));
    struct mistakes *mistakes = mistakes_new();

    g_array_set_clear_func(overlaps, overlap_clear);
    scenario_free(read_text(json_text_read(path, mistakes), sets, mistakes, NULL, 0, overlaps));
    mistakes_free(mistakes);
    return overlaps;
}
