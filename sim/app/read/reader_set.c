/* --set PATH=VALUE: settings as a last layer. PATH is a setting of the scenario ("seed"), of "defaults"
 * ("defaults.site.sender.retries"), or of elements of a list, by name, pattern or number ("sites.PS1.sender.retries",
 * "packages.CS1*.priority", "actions.0.at", "actions[0].at"). */
#include <string.h>

#include "sim/app/read/reader.h"
#include "sim/app/read/suggest.h"

void reader_set_clear(gpointer data)
{
    struct set *set = data;

    g_free(set->raw);
    cJSON_Delete(set->value);
    g_strfreev(set->words);
    g_free(set->element);
    g_clear_pointer(&set->pattern, g_pattern_spec_free);
    g_strfreev(set->fields);
}

static void set_mistake(struct reader *r, struct set *set, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void set_mistake(struct reader *r, struct set *set, const char *format, ...)
{
    g_autofree char *sentence = NULL;
    va_list arguments;

    va_start(arguments, format);
    sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    set->sound = false;
    reader_mistake_full(r, NULL, ANCHOR_VALUE, set, NULL, NULL, sentence);
}

static bool is_number(const char *word)
{
    return *word && strspn(word, "0123456789") == strlen(word) && strlen(word) < 10;
}

/* JSON if it reads as such, else the text itself. */
static cJSON *value_of(const char *raw)
{
    cJSON *value = json_value(raw, strlen(raw));

    return value ? value : cJSON_CreateString(raw);
}

/* Why the words are no path to a setting in the table; NULL if they are. */
static char *wrong_fields(const struct param_table *table, char **words)
{
    const struct param_field *f;
    g_autofree char *quoted = NULL;

    if (!words[0] || !*words[0])
        return g_strdup_printf("the path ends before a setting of %s", table->name);
    f = reader_find_field(table, words[0]);
    quoted = mistakes_quoted(words[0]);
    if (!f)
        return reader_no_setting(table, words[0]);
    if (f->kind == PARAM_NAME)
        return g_strdup_printf("\"%s\" is what the %s is called by and cannot be changed", f->name, table->name);
    if (!words[1])
        return f->kind == PARAM_OBJECT ? g_strdup_printf("%s is not a setting but has some; write for example %s.%s",
                                                         f->name, f->name, f->table->fields[0].name)
                                       : NULL;
    if (f->kind == PARAM_OBJECT)
        return wrong_fields(f->table, words + 1);
    if (f->kind == PARAM_LIST || f->kind == PARAM_MAP) {
        if (!is_number(words[1]) && strcmp(words[1], "*") != 0)
            return g_strdup_printf("an element of %s is named by its number from 0, or * for all", f->name);
        return words[2] ? wrong_fields(f->table, words + 2)
                        : g_strdup_printf("the path ends before a setting of %s", f->table->name);
    }
    return g_strdup_printf("%s has no settings of its own", f->name);
}

/* The words of a path from the n-th on. Those of a map go straight to the elements of its list. */
static char **fields_from(const struct entity_list *list, char **words, unsigned n)
{
    GPtrArray *fields = g_ptr_array_new();

    if (list->field->kind == PARAM_MAP)
        for (const struct param_field *f = list->table->fields; f->name; f++)
            if (f->kind == PARAM_LIST)
                g_ptr_array_add(fields, g_strdup(f->name));
    for (char **word = words + n; *word; word++)
        g_ptr_array_add(fields, g_strdup(*word));
    g_ptr_array_add(fields, NULL);
    return (char **)g_ptr_array_free(fields, FALSE);
}

static void resolve(struct reader *r, struct set *set)
{
    char **words = set->words;
    unsigned n = g_strv_length(words);
    const struct param_field *f = reader_find_field(&scenario_table, words[0]);
    struct suggestion suggestion = {.wanted = words[0]};
    g_autofree char *why = NULL;
    g_autofree char *quoted = mistakes_quoted(words[0]);

    if (strcmp(words[0], "defaults") == 0) {
        const struct defaults_kind *kind = defaults_kinds;

        if (n < 2) {
            set_mistake(r, set, "the path ends before a component, such as defaults.site");
            return;
        }
        suggestion.wanted = words[1];
        for (; kind->name && strcmp(kind->name, words[1]) != 0; kind++)
            suggestion_offer(&suggestion, kind->name);
        if (!kind->name) {
            g_autofree char *name = mistakes_quoted(words[1]);
            set_mistake(r, set, "there are no defaults for %s%s%s%s", name, suggestion.best ? "; did you mean \"" : "",
                        suggestion.best ? suggestion.best : "", suggestion.best ? "\"?" : "");
            return;
        }
        why = wrong_fields(kind->table, words + 2);
        if (!why) {
            f = reader_find_field(kind->table, words[2]);
            if (f->flags & PARAM_REQUIRED)
                why = g_strdup_printf("\"%s\" must be given with each %s and cannot be a default", f->name,
                                      kind->table->name);
        }
        if (why) {
            set_mistake(r, set, "%s", why);
            return;
        }
        set->defaults = kind;
        set->fields = g_strdupv(words + 2);
        return;
    }
    if (!f) {
        for (f = scenario_table.fields; f->name; f++)
            suggestion_offer(&suggestion, f->name);
        suggestion_offer(&suggestion, "defaults");
        set_mistake(r, set, "the scenario has no %s%s%s%s", quoted, suggestion.best ? "; did you mean \"" : "",
                    suggestion.best ? suggestion.best : "", suggestion.best ? "\"?" : "");
        return;
    }
    if (f->kind != PARAM_LIST && f->kind != PARAM_MAP) {
        if (n > 1)
            set_mistake(r, set, "%s has no settings of its own", f->name);
        set->fields = g_strdupv(words);
        return;
    }
    if (n < 2) {
        set_mistake(r, set, "the path ends before an element of %s; write for example %s.*", f->name, f->name);
        return;
    }
    for (unsigned i = 0; i < r->n_lists; i++)
        if (r->lists[i].field == f)
            set->list = &r->lists[i];
    g_assert(set->list);
    /* A name may have points in it: enough for now that one way to cut the path leaves settings. */
    for (unsigned k = 1; k < n; k++) {
        g_auto(GStrv) fields = fields_from(set->list, words, 1 + k);
        g_autofree char *reason = wrong_fields(set->list->table, fields);
        if (!reason)
            return;
        if (!why)
            why = g_steal_pointer(&reason);
    }
    set_mistake(r, set, "%s", why);
}

/* The words of the path before "=". actions[0].at is actions.0.at. */
static char **path_words(const char *text)
{
    g_autofree char *path = g_strndup(text, strcspn(text, "="));

    for (char *open = path; (open = strchr(open, '[')); open++) {
        size_t digits = strspn(open + 1, "0123456789*");
        if (open > path && digits && open[1 + digits] == ']') {
            *open = '.';
            memmove(open + 1 + digits, open + 2 + digits, strlen(open + 2 + digits) + 1);
        }
    }
    return g_strsplit(path, ".", -1);
}

static const struct param_field *field_at(const struct param_table *table, char **words)
{
    const struct param_field *f = words[0] ? reader_find_field(table, words[0]) : NULL;
    bool list = f && (f->kind == PARAM_LIST || f->kind == PARAM_MAP);

    if (!f || !words[1])
        return f && !f->table ? f : NULL;
    return f->kind == PARAM_OBJECT ? field_at(f->table, words + 1) : list ? field_at(f->table, words + 2) : NULL;
}

const struct param_field *scenario_setting(const char *path)
{
    g_auto(GStrv) words = path_words(path);
    guint n = g_strv_length(words);
    const struct param_field *f = n ? reader_find_field(&scenario_table, words[0]) : NULL, *found = NULL;

    if (n > 2 && strcmp(words[0], "defaults") == 0) {
        for (const struct defaults_kind *kind = defaults_kinds; kind->name && !found; kind++)
            if (strcmp(kind->name, words[1]) == 0)
                found = field_at(kind->table, words + 2);
        return found;
    }
    if (!f || (f->kind != PARAM_LIST && f->kind != PARAM_MAP))
        return f && n == 1 && !f->table ? f : NULL;
    /* A name may have points in it. */
    const struct entity_list list = {.field = f, .table = f->table};
    for (guint k = 1; k + 1 < n && !found; k++) {
        g_auto(GStrv) fields = fields_from(&list, words, 1 + k);
        found = field_at(list.table, fields);
    }
    return found;
}

void reader_sets_parse(struct reader *r, const char *const *sets)
{
    for (const char *const *text = sets; text && *text; text++) {
        struct set set = {.text = *text, .sound = true, .index = -1};
        g_array_append_val(r->sets, set);
    }
    for (guint i = 0; i < r->sets->len; i++) {
        struct set *set = &g_array_index(r->sets, struct set, i);
        const char *equals = strchr(set->text, '=');

        if (!g_utf8_validate(set->text, -1, NULL)) {
            set_mistake(r, set, "is not UTF-8 text");
            continue;
        }
        if (!equals || equals == set->text) {
            set_mistake(r, set, "write PATH=VALUE, for example sites.*.sender.retries=5");
            continue;
        }
        set->raw = g_strdup(equals + 1);
        set->value = value_of(set->raw);
        set->words = path_words(set->text);
        resolve(r, set);
    }
}

/* Takes the element, and says whether the list has it. */
static bool find_element(const struct entity_list *list, struct set *set, char *element)
{
    guint elements = (guint)(list->node ? cJSON_GetArraySize(list->node) : 0);

    g_free(set->element);
    set->element = element;
    g_clear_pointer(&set->pattern, g_pattern_spec_free);
    set->index = -1;
    if (g_hash_table_contains(list->by_name, element))
        return true;
    if (strpbrk(element, "*?")) {
        bool any = false;
        set->pattern = g_pattern_spec_new(element);
        for (guint i = 0; i < list->names->len && !any; i++)
            any = reader_set_matches(set, list, i);
        return any;
    }
    if (is_number(element)) {
        set->index = (int64_t)g_ascii_strtoll(element, NULL, 10);
        return set->index < elements;
    }
    return false;
}

void reader_sets_match(struct reader *r)
{
    for (guint i = 0; i < r->sets->len; i++) {
        struct set *set = &g_array_index(r->sets, struct set, i);
        const struct entity_list *list = set->list;
        unsigned n, first = 0;
        bool found = false;

        if (!set->sound || !list)
            continue;
        n = g_strv_length(set->words);
        for (unsigned k = 1; k < n && !found; k++) {
            g_auto(GStrv) fields = fields_from(list, set->words, 1 + k);
            g_autofree char *reason = wrong_fields(list->table, fields);
            g_autoptr(GString) element = g_string_new(set->words[1]);

            if (reason)
                continue;
            if (!first)
                first = k;
            for (unsigned word = 2; word <= k; word++)
                g_string_append_printf(element, ".%s", set->words[word]);
            found = find_element(list, set, g_strdup(element->str));
            if (found)
                set->fields = g_steal_pointer(&fields);
        }
        if (!found) {
            struct suggestion suggestion = {.wanted = set->element};
            g_autofree char *quoted = mistakes_quoted(set->element);
            const char *word = list->table->name;

            if (set->pattern) {
                set_mistake(r, set, "%s matches no %s", quoted, param_target_word(list->target));
                continue;
            }
            if (set->index >= 0) {
                int has = list->node ? cJSON_GetArraySize(list->node) : 0;
                if (has)
                    set_mistake(r, set, "there is no %s %s: %s has %d, numbered from 0", word, set->element,
                                list->field->name, has);
                else
                    set_mistake(r, set, "there is no %s %s: the scenario has no %s", word, set->element,
                                list->field->name);
                continue;
            }
            for (guint k = 0; k < list->names->len; k++)
                if (g_ptr_array_index(list->names, k))
                    suggestion_offer(&suggestion, g_ptr_array_index(list->names, k));
            if (!reader_name_field(list->table))
                set_mistake(r, set, "an element of %s is named by its number from 0, or * for all", list->field->name);
            else
                set_mistake(r, set, "no %s is named %s%s%s%s", param_target_word(list->target), quoted,
                            suggestion.best ? "; did you mean \"" : "", suggestion.best ? suggestion.best : "",
                            suggestion.best ? "\"?" : "");
        }
    }
}

bool reader_set_matches(const struct set *set, const struct entity_list *list, uint32_t i)
{
    const char *name = g_ptr_array_index(list->names, i);

    if (set->list != list || !set->sound || !set->element)
        return false;
    if (set->pattern)
        return name ? g_pattern_spec_match_string(set->pattern, name) : strcmp(set->element, "*") == 0;
    if (set->index >= 0)
        return g_array_index(list->elements, uint32_t, i) == set->index;
    return name && strcmp(set->element, name) == 0;
}

static void apply(struct reader *r, struct set *set, const struct param_table *table, char *base, bool *given,
                  char **words)
{
    const struct param_field *f = reader_find_field(table, words[0]);

    g_assert(f);
    if (f->kind == PARAM_OBJECT) {
        apply(r, set, f->table, base + f->offset, given + f->offset, words + 1);
    } else if (words[1]) {
        GArray *list;
        bool all = strcmp(words[1], "*") == 0;
        gint64 index = all ? -1 : g_ascii_strtoll(words[1], NULL, 10);

        memcpy(&list, base + f->offset, sizeof(list));
        for (guint i = 0; list && i < list->len; i++) {
            g_autofree bool *inside = g_new0(bool, f->table->size);
            if (all || index == i)
                apply(r, set, f->table, list->data + i * f->table->size, inside, words + 2);
        }
    } else {
        set->used = true;
        r->set = set;
        reader_value(r, f, base, given, set->value);
        r->set = NULL;
    }
}

void reader_set_apply(struct reader *r, struct set *set, const struct param_table *table, char *base, bool *given)
{
    apply(r, set, table, base, given, set->fields);
}

void reader_sets_unused(struct reader *r)
{
    for (guint i = 0; i < r->sets->len; i++) {
        struct set *set = &g_array_index(r->sets, struct set, i);
        if (set->sound && !set->used)
            set_mistake(r, set, "matches nothing%s%s", set->refusal ? " that can have it: " : "",
                        set->refusal ? set->refusal : "");
    }
}

/* Whether the setting (or all of an object's) that the first path names is, in some element of a list, also one that
 * the other names; whole: in all elements. */
static bool fields_meet(char **first, char **second, bool *whole)
{
    *whole = true;
    for (; *first && *second; first++, second++) {
        if (strcmp(*first, *second) != 0 && strcmp(*first, "*") != 0 && strcmp(*second, "*") != 0)
            return false;
        *whole = *whole && (strcmp(*first, *second) == 0 || strcmp(*second, "*") == 0);
    }
    *whole = *whole && !*second; /* a setting inside leaves the others of an object */
    return true;
}

static void overlap_in_list(const struct set *first, const struct set *second, struct set_overlap *overlap)
{
    const struct entity_list *list = first->list;

    for (guint i = 0; i < list->names->len; i++) {
        bool in_first = reader_set_matches(first, list, i), in_second = reader_set_matches(second, list, i);
        const char *name = g_ptr_array_index(list->names, i);

        overlap->whole = overlap->whole && (!in_first || in_second);
        if (!in_first || !in_second || overlap->setting)
            continue;
        g_autofree char *number = g_strdup_printf("%u", g_array_index(list->elements, uint32_t, i));
        g_autofree char *fields = g_strjoinv(".", second->fields);
        overlap->setting = g_strdup_printf("%s.%s.%s", list->field->name, name ? name : number, fields);
    }
}

void reader_sets_overlap(const struct reader *r, GArray *overlaps)
{
    for (guint i = 0; i < r->sets->len; i++)
        for (guint k = i + 1; k < r->sets->len; k++) {
            const struct set *first = &g_array_index(r->sets, struct set, i);
            const struct set *second = &g_array_index(r->sets, struct set, k);
            struct set_overlap overlap = {.first = i, .second = k};

            if (first->list != second->list || first->defaults != second->defaults ||
                !fields_meet(first->fields, second->fields, &overlap.whole))
                continue;
            if (first->list)
                overlap_in_list(first, second, &overlap);
            else
                overlap.setting = g_strndup(second->text, strcspn(second->text, "="));
            if (overlap.setting)
                g_array_append_val(overlaps, overlap);
        }
}
