/* Mistakes while a scenario is read: collected with the nodes that they are about, located all at once at the end. */
#include <string.h>

#include "sim/app/read/reader.h"
#include "sim/app/read/suggest.h"

size_t reader_enter(struct reader *r, const char *key)
{
    g_assert(r->path_to < READER_PATH);
    r->path[r->path_to] = (struct path_step){key, 0};
    return r->path_to++;
}

size_t reader_enter_index(struct reader *r, size_t index)
{
    g_assert(r->path_to < READER_PATH);
    r->path[r->path_to] = (struct path_step){NULL, index};
    return r->path_to++;
}

void reader_leave(struct reader *r, size_t mark)
{
    r->path_to = mark;
}

char *reader_path(const struct reader *r)
{
    GString *path = g_string_new(NULL);

    for (size_t i = r->path_from; i < r->path_to; i++) {
        if (r->path[i].key)
            g_string_append_printf(path, "%s%s", path->len ? "." : "", r->path[i].key);
        else
            g_string_append_printf(path, "[%zu]", r->path[i].index);
    }
    return g_string_free(path, FALSE);
}

const char *reader_node_word(const cJSON *node)
{
    if (cJSON_IsObject(node))
        return "an object";
    if (cJSON_IsArray(node))
        return "a list";
    if (cJSON_IsString(node))
        return "a text";
    if (cJSON_IsNumber(node))
        return "a number";
    if (cJSON_IsNull(node))
        return "null";
    return cJSON_IsTrue(node) ? "true" : "false";
}

bool reader_means_wrong_name(const struct entity_list *list, const char *name)
{
    struct suggestion suggestion = {.wanted = name};

    for (guint i = 0; i < list->wrong_names->len; i++)
        suggestion_offer(&suggestion, g_ptr_array_index(list->wrong_names, i));
    return suggestion.best;
}

bool reader_suggests(struct reader *r, size_t n_names)
{
    r->n_offered += n_names;
    return r->n_found < READER_FOUND && r->n_offered - n_names < READER_OFFERED;
}

void reader_mistake_full(struct reader *r, const cJSON *node, enum anchor anchor, const struct set *set,
                         const char *path, const cJSON *first, const char *sentence)
{
    bool container = cJSON_IsObject(node) || cJSON_IsArray(node);
    g_autofree char *key = set ? g_strdup_printf("%s %s", set->text, sentence)
                               : g_strdup_printf("%p %d %s", (const void *)node, (int)anchor,
                                                 container && anchor == ANCHOR_VALUE ? sentence : "");

    /* What a range or a default repeats is said once. */
    if (!g_hash_table_add(r->seen, g_steal_pointer(&key)))
        return;
    r->n_found++;
    if (r->found->len < READER_FOUND) {
        struct found found = {.node = node,
                              .anchor = anchor,
                              .set = set,
                              .path = g_strdup(path),
                              .sentence = g_strdup(sentence),
                              .first = first};
        g_array_append_val(r->found, found);
    }
}

void reader_mistake(struct reader *r, const cJSON *node, enum anchor anchor, const char *format, ...)
{
    g_autofree char *sentence = NULL, *path = reader_path(r);
    va_list arguments;

    va_start(arguments, format);
    sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    reader_mistake_full(r, node, anchor, r->set, path, NULL, sentence);
}

void reader_mistake_at(struct reader *r, const struct entity_list *list, uint32_t i, const char *field, int64_t nested,
                       const char *nested_field, const char *format, ...)
{
    const cJSON *entity = g_ptr_array_index(list->nodes, i), *node = NULL;
    const struct set *set = NULL;
    g_autofree char *sentence = NULL;
    g_autofree char *from = NULL;
    g_autoptr(GString) path = g_string_new(list->field->name);
    va_list arguments;

    va_start(arguments, format);
    sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);

    if (list->field->kind == PARAM_MAP)
        g_string_append_printf(path, ".%s", entity->string);
    else
        g_string_append_printf(path, "[%u]", g_array_index(list->elements, uint32_t, i));
    if (field && list->field->kind == PARAM_MAP) {
        node = entity;
    } else if (field) {
        node = reader_entity_source(r, list, i, field, &set);
        if (!node) {
            node = reader_defaults_source(r, list, i, field, &set, &from);
            if (node)
                g_string_assign(path, from);
        }
        if (node)
            g_string_append_printf(path, ".%s", field);
    }
    if (!node)
        node = entity;
    if (nested >= 0 && cJSON_IsArray(node) && !set) {
        const cJSON *element = cJSON_GetArrayItem(node, (int)nested);
        const cJSON *member = nested_field && element ? cJSON_GetObjectItemCaseSensitive(element, nested_field) : NULL;

        if (element) {
            g_string_append_printf(path, "[%d]", (int)nested);
            node = element;
        }
        if (member) {
            g_string_append_printf(path, ".%s", nested_field);
            node = member;
        }
    }
    reader_mistake_full(r, node, ANCHOR_VALUE, set, path->str, NULL, sentence);
}

/* A mistake with its bytes in the text. */
struct placed {
    const struct found *found;
    size_t at, length;
    guint order;
};

static int placed_compare(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    /* Those of the command line come last, as its layer does. */
    if (!x->found->set != !y->found->set)
        return x->found->set ? 1 : -1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static size_t line_at(const struct json_text *text, size_t at)
{
    size_t line = 1;

    for (size_t i = 0; i < at; i++)
        line += text->bytes[i] == '\n';
    return line;
}

void reader_report(struct reader *r, struct mistakes *to)
{
    g_autoptr(GArray) placed = g_array_new(FALSE, TRUE, sizeof(struct placed));

    for (guint i = 0; i < r->found->len; i++) {
        const struct found *found = &g_array_index(r->found, struct found, i);
        struct placed p = {.found = found, .order = i};

        if (!found->set) {
            struct json_place place = json_text_place(r->text, found->node);
            bool key = found->anchor == ANCHOR_KEY && place.key_length;
            p.at = key ? place.key_at : place.value_at;
            p.length = key ? place.key_length : place.value_length;
        }
        g_array_append_val(placed, p);
    }
    g_array_sort(placed, placed_compare);
    for (guint i = 0; i < placed->len; i++) {
        const struct placed *p = &g_array_index(placed, struct placed, i);
        const struct found *found = p->found;
        g_autofree char *sentence = g_strdup(found->sentence);

        if (found->first) {
            size_t at = json_text_place(r->text, found->first).value_at;
            g_free(sentence);
            sentence = g_strdup_printf("%s, first in line %zu", found->sentence, line_at(r->text, at));
        }
        if (found->set) {
            g_autofree char *where = g_strdup_printf("--set %s", found->set->text);
            mistakes_add(to, where, 0, 0, NULL, sentence, NULL);
        } else {
            json_text_mistake(r->text, p->at, p->length, found->path, sentence, to);
        }
    }
    to->n_more += r->n_found - r->found->len;
    g_array_set_size(r->found, 0);
    r->n_found = 0;
}
