#include "sim/app/study/study_file.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/json_text.h"
#include "sim/app/read/suggest.h"

enum { MOST = 1000000 };

struct reading {
    struct study_file *study;
    const struct json_text *text;
    struct mistakes *mistakes;
};

static void mistake(const struct reading *r, const cJSON *node, bool at_key, const char *sentence)
{
    struct json_place place = json_text_place(r->text, node);

    json_text_mistake(r->text, at_key ? place.key_at : place.value_at, at_key ? place.key_length : place.value_length,
                      node->string, sentence, r->mistakes);
}

/* ---- values ---- */

/* What stands for the value on the command line; NULL: nothing can. */
static char *value_text(const cJSON *value)
{
    char *printed;

    if (cJSON_IsString(value))
        return g_strdup(value->valuestring);
    if (cJSON_IsNull(value))
        return NULL;
    printed = cJSON_PrintUnformatted(value);
    char *text = g_strdup(printed);
    cJSON_free(printed);
    return text;
}

static void read_file(const struct reading *r, const cJSON *node)
{
    g_autofree char *directory = g_path_get_dirname(r->text->name);

    if (!cJSON_IsString(node) || !*node->valuestring)
        mistake(r, node, false, "write the path of a scenario, \"emea.json\"");
    else if (g_path_is_absolute(node->valuestring) || strcmp(directory, ".") == 0)
        r->study->file = g_strdup(node->valuestring);
    else
        r->study->file = g_build_filename(directory, node->valuestring, NULL);
}

/* { "PATH": VALUE, ... } as "PATH=VALUE". */
static void read_settings(const struct reading *r, const cJSON *node, GPtrArray *to, const char *example)
{
    if (!cJSON_IsObject(node)) {
        g_autofree char *sentence = g_strdup_printf("write an object, %s", example);
        mistake(r, node, false, sentence);
        return;
    }
    for (const cJSON *member = node->child; member; member = member->next) {
        g_autofree char *text = value_text(member);

        if (strcmp(member->string, "comment") == 0)
            continue;
        if (text)
            g_ptr_array_add(to, g_strconcat(member->string, "=", text, NULL));
        else
            mistake(r, member, false, "null is no value");
    }
}

static void read_set(const struct reading *r, const cJSON *node)
{
    read_settings(r, node, r->study->sets, "{ \"seed\": 2 }");
}

static void read_vary(const struct reading *r, const cJSON *node)
{
    read_settings(r, node, r->study->varies, "{ \"sites.*.sender.max_concurrent_per_site\": [1, 3, 5, 10] }");
}

static void read_metrics(const struct reading *r, const cJSON *node)
{
    bool sound = cJSON_IsArray(node) && node->child;

    for (const cJSON *metric = sound ? node->child : NULL; metric; metric = metric->next) {
        sound = sound && cJSON_IsString(metric);
        if (sound)
            g_ptr_array_add(r->study->metrics, g_strdup(metric->valuestring));
    }
    if (!sound)
        mistake(r, node, false, "write a list of metrics, [\"delivery_p95\", \"last_on_dp\"]");
}

static void read_together(const struct reading *r, const cJSON *node)
{
    if (!cJSON_IsBool(node))
        mistake(r, node, false, "write true or false");
    r->study->together = cJSON_IsTrue(node);
}

static void read_count(const struct reading *r, const cJSON *node, gint *to)
{
    bool sound = cJSON_IsNumber(node) && node->valuedouble >= 1 && node->valuedouble <= MOST &&
                 node->valuedouble == floor(node->valuedouble);

    if (sound)
        *to = (gint)node->valuedouble;
    else
        mistake(r, node, false, "write a whole number from 1 to 1000000");
}

static void read_samples(const struct reading *r, const cJSON *node)
{
    read_count(r, node, &r->study->samples);
}

static void read_replications(const struct reading *r, const cJSON *node)
{
    read_count(r, node, &r->study->replications);
}

static void read_comment(const struct reading *r, const cJSON *node)
{
    if (!cJSON_IsString(node) && !cJSON_IsArray(node))
        mistake(r, node, false, "a comment is a text or a list of texts");
}

/* ---- the whole ---- */

static const struct key {
    const char *name;
    void (*read)(const struct reading *r, const cJSON *node);
} keys[] = {
    {"comment", read_comment},
    {"file", read_file},
    {"set", read_set},
    {"vary", read_vary},
    {"together", read_together},
    {"samples", read_samples},
    {"replications", read_replications},
    {"metrics", read_metrics},
};

static void unknown(const struct reading *r, const cJSON *member)
{
    struct suggestion suggestion = {.wanted = member->string};
    g_autofree char *quoted = mistakes_quoted(member->string);
    g_autoptr(GString) known = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        suggestion_offer(&suggestion, keys[i].name);
        g_string_append_printf(known, "%s%s", i ? ", " : "", keys[i].name);
    }
    g_autofree char *sentence = suggestion.best
                                    ? g_strdup_printf("unknown key %s; did you mean \"%s\"?", quoted, suggestion.best)
                                    : g_strdup_printf("unknown key %s; there are %s", quoted, known->str);
    mistake(r, member, true, sentence);
}

static void read_members(const struct reading *r)
{
    for (const cJSON *member = r->text->root->child; member; member = member->next) {
        const struct key *key = keys;

        while (key < keys + G_N_ELEMENTS(keys) && strcmp(key->name, member->string) != 0)
            key++;
        if (key < keys + G_N_ELEMENTS(keys))
            key->read(r, member);
        else
            unknown(r, member);
    }
    if (!cJSON_GetObjectItemCaseSensitive(r->text->root, "file"))
        mistake(r, r->text->root, false, "\"file\" is missing (the scenario that is varied)");
}

struct study_file *study_file_read(const char *path, struct mistakes *mistakes)
{
    struct json_text *text = json_text_read(path, mistakes);
    const cJSON *root = text ? text->root : NULL;
    size_t n_before = mistakes_count(mistakes);
    struct study_file *study = NULL;

    /* No scenario has such keys. */
    if (cJSON_GetObjectItemCaseSensitive(root, "file") || cJSON_GetObjectItemCaseSensitive(root, "vary")) {
        study = g_new0(struct study_file, 1);
        study->varies = g_ptr_array_new_with_free_func(g_free);
        study->sets = g_ptr_array_new_with_free_func(g_free);
        study->metrics = g_ptr_array_new_with_free_func(g_free);
        read_members(&(const struct reading){study, text, mistakes});
    }
    if (root && !cJSON_IsObject(root))
        json_text_mistake(text, strspn(text->bytes, " \t\r\n"), 1, NULL,
                          "a study, or a scenario, is an object, { ... }", mistakes);
    json_text_free(text);
    if (study && mistakes_count(mistakes) > n_before) {
        study_file_free(study);
        study = NULL;
    }
    return study;
}

void study_file_free(struct study_file *study)
{
    if (!study)
        return;
    g_free(study->file);
    g_ptr_array_unref(study->varies);
    g_ptr_array_unref(study->sets);
    g_ptr_array_unref(study->metrics);
    g_free(study);
}
