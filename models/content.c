#include "models/content.h"

#include <math.h>

/* What makes a file set the same as another. */
struct file_set_key {
    const char *files;
    uint32_t count;
    double size_bytes;
    uint32_t update; /* that changed or replaced the files; 0: they are the first of that name */
};

static guint key_hash(gconstpointer of)
{
    const struct file_set_key *key = of;
    return g_str_hash(key->files) ^ key->count ^ g_double_hash(&key->size_bytes) ^ key->update << 16;
}

static gboolean key_equal(gconstpointer a, gconstpointer b)
{
    const struct file_set_key *x = a, *y = b;
    return x->count == y->count && x->size_bytes == y->size_bytes && x->update == y->update &&
           !strcmp(x->files, y->files);
}

static struct file_set *set_of(const struct content *content, uint32_t number)
{
    return &g_array_index(content->file_sets, struct file_set, number);
}

/* The number of the file set, which is new if there is none like it. */
static uint32_t file_set_of(struct content *content, const struct file_set_key *key)
{
    gpointer found;
    if (g_hash_table_lookup_extended(content->known, key, NULL, &found))
        return GPOINTER_TO_UINT(found);
    uint32_t number = content->file_sets->len;
    const struct file_set set = {.bytes = key->size_bytes * key->count,
                                 .file_bytes = key->size_bytes,
                                 .count = key->count,
                                 .files = key->files,
                                 .changed_from = NO_FILE_SET};
    g_array_append_val(content->file_sets, set);
    struct file_set_key *kept = g_new(struct file_set_key, 1);
    *kept = *key;
    g_hash_table_insert(content->known, kept, GUINT_TO_POINTER(number));
    return number;
}

/* Of files as they are given; named by them, not by the package: who shares them has them in the same size. */
static uint32_t file_set_given(struct content *content, const struct file_set_spec *files, uint32_t update)
{
    g_autofree char *in_update = update ? g_strdup_printf(", update %u", update) : g_strdup("");
    const struct file_set_key key = {
        files->files, files->count,
        luck_fixed(content->luck, &files->size_bytes, files->files, "%u files%s", files->count, in_update), update};
    return file_set_of(content, &key);
}

static bool has_file_set(const struct version *version, uint32_t number)
{
    for (uint32_t i = 0; i < version->n_file_sets; i++)
        if (version->file_sets[i] == number)
            return true;
    return false;
}

static void add_file_set(const struct content *content, struct version *version, uint32_t number)
{
    if (has_file_set(version, number))
        return;
    version->file_sets[version->n_file_sets++] = number;
    version->bytes += set_of(content, number)->bytes;
}

static struct version *version_new(struct package *package, guint most_file_sets)
{
    struct version *version = g_new0(struct version, 1);
    version->package = package;
    version->number = package->versions->len + 1;
    version->file_sets = g_new(uint32_t, most_file_sets);
    g_ptr_array_add(package->versions, version);
    return version;
}

static void version_free(gpointer data)
{
    struct version *version = data;
    g_free(version->file_sets);
    g_free(version);
}

static void package_init(struct content *content, struct package *package, const struct package_spec *spec)
{
    package->spec = spec;
    package->versions = g_ptr_array_new_with_free_func(version_free);
    struct version *first = version_new(package, spec->content->len);
    for (guint i = 0; i < spec->content->len; i++) {
        const struct file_set_spec *files = &g_array_index(spec->content, struct file_set_spec, i);
        add_file_set(content, first, file_set_given(content, files, 0));
    }
}

void content_init(struct content *content, const struct scenario *scenario, const struct luck *luck)
{
    *content = (struct content){.known = g_hash_table_new_full(key_hash, key_equal, g_free, NULL),
                                .file_sets = g_array_new(FALSE, FALSE, sizeof(struct file_set)),
                                .luck = luck,
                                .n_packages = scenario->packages->len};
    content->packages = g_new0(struct package, content->n_packages);
    for (uint32_t i = 0; i < content->n_packages; i++) {
        content->packages[i].index = i;
        package_init(content, &content->packages[i], scenario_package(scenario, i));
    }
}

void content_clear(struct content *content)
{
    for (uint32_t i = 0; i < content->n_packages; i++)
        g_ptr_array_unref(content->packages[i].versions);
    g_free(content->packages);
    g_array_unref(content->file_sets);
    g_hash_table_unref(content->known);
}

/* ---- updates ---- */

struct update content_update_begins(struct content *content, const struct action_spec *spec)
{
    return (struct update){spec, ++content->n_updates};
}

static bool replaces(const struct action_spec *spec, const char *files)
{
    for (guint i = 0; spec->content && i < spec->content->len; i++)
        if (!strcmp(g_array_index(spec->content, struct file_set_spec, i).files, files))
            return true;
    return false;
}

/* Of each of these files the update changes this share. */
static double changed_share(const struct action_spec *spec, const char *files)
{
    for (guint i = 0; spec->changed && i < spec->changed->len; i++) {
        const struct changed_files_spec *changed = &g_array_index(spec->changed, struct changed_files_spec, i);
        if (!strcmp(changed->files, files))
            return changed->share_percent / 100;
    }
    return isnan(spec->changed_share_percent) ? 0 : spec->changed_share_percent / 100;
}

struct version *content_update(struct content *content, const struct update *update, struct package *package)
{
    const struct version *older = package_newest(package);
    const struct action_spec *spec = update->spec;
    struct version *version = version_new(package, older->n_file_sets + (spec->content ? spec->content->len : 0));
    for (uint32_t i = 0; i < older->n_file_sets; i++) {
        const struct file_set old = *set_of(content, older->file_sets[i]);
        double share = changed_share(spec, old.files);
        if (replaces(spec, old.files))
            continue;
        if (share <= 0) {
            add_file_set(content, version, older->file_sets[i]);
            continue;
        }
        const struct file_set_key key = {old.files, old.count, old.file_bytes, update->number};
        uint32_t number = file_set_of(content, &key);
        set_of(content, number)->changed_from = older->file_sets[i];
        set_of(content, number)->changed_share = share;
        add_file_set(content, version, number);
    }
    for (guint i = 0; spec->content && i < spec->content->len; i++) {
        const struct file_set_spec *files = &g_array_index(spec->content, struct file_set_spec, i);
        bool replaced = false;
        for (uint32_t k = 0; k < older->n_file_sets; k++)
            replaced |= !strcmp(set_of(content, older->file_sets[k])->files, files->files);
        add_file_set(content, version, file_set_given(content, files, replaced ? update->number : 0));
    }
    return version;
}

double version_new_bytes(const struct content *content, const struct version *older, const struct version *version)
{
    double bytes = 0;
    for (uint32_t i = 0; i < version->n_file_sets; i++)
        if (!has_file_set(older, version->file_sets[i]))
            bytes += set_of(content, version->file_sets[i])->bytes;
    return bytes;
}

double version_delta_bytes(const struct content *content, const struct version *older, const struct version *version)
{
    if (!version->package->spec->binary_delta_replication)
        return version_new_bytes(content, older, version);
    double bytes = 0;
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        uint32_t set = version->file_sets[i];
        double share = 0;
        while (set != NO_FILE_SET && !has_file_set(older, set)) {
            share += set_of(content, set)->changed_share;
            set = set_of(content, set)->changed_from;
        }
        bytes += set_of(content, version->file_sets[i])->bytes * (set == NO_FILE_SET ? 1 : fmin(1, share));
    }
    return bytes;
}

/* ---- libraries ---- */

void library_clear(struct library *library)
{
    g_clear_pointer(&library->references, g_array_unref);
    g_clear_pointer(&library->damages, g_array_unref);
}

void library_damage_file_set(struct library *library, uint32_t file_set, enum damage damage)
{
    if (!library->damages && damage == DAMAGE_NONE)
        return;
    if (!library->damages)
        library->damages = g_array_new(FALSE, TRUE, sizeof(uint8_t));
    if (file_set >= library->damages->len)
        g_array_set_size(library->damages, file_set + 1);
    g_array_index(library->damages, uint8_t, file_set) = (uint8_t)damage;
}

void library_damage(struct library *library, const struct version *version, enum damage damage)
{
    for (uint32_t i = 0; i < version->n_file_sets; i++)
        library_damage_file_set(library, version->file_sets[i], damage);
}

void library_repair(struct library *library, const struct version *version)
{
    library_damage(library, version, DAMAGE_NONE);
}

enum damage library_damage_of_file_set(const struct library *library, uint32_t file_set)
{
    if (!library->damages || file_set >= library->damages->len)
        return DAMAGE_NONE;
    return (enum damage)g_array_index(library->damages, uint8_t, file_set);
}

enum damage library_damage_of(const struct library *library, const struct version *version)
{
    enum damage worst = DAMAGE_NONE;
    for (uint32_t i = 0; library->damages && i < version->n_file_sets; i++)
        worst = MAX(worst, library_damage_of_file_set(library, version->file_sets[i]));
    return worst;
}

bool library_offers(const struct library *library, const struct version *version, const double *left_bytes)
{
    for (uint32_t i = 0; library->damages && i < version->n_file_sets; i++)
        if (left_bytes[i] > 0 && library_damage_of_file_set(library, version->file_sets[i]) == DAMAGE_MISSING)
            return false;
    return true;
}

/* Files that nothing refers to are gone, damage and all. */
static void drop_reference(struct library *library, uint32_t file_set)
{
    if (--g_array_index(library->references, uint32_t, file_set) == 0)
        library_damage_file_set(library, file_set, DAMAGE_NONE);
}

bool library_has(const struct library *library, uint32_t file_set)
{
    return library && library->references && file_set < library->references->len &&
           g_array_index(library->references, uint32_t, file_set) > 0;
}

void library_add(struct library *library, const struct version *version)
{
    if (!library->references)
        library->references = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        if (version->file_sets[i] >= library->references->len)
            g_array_set_size(library->references, version->file_sets[i] + 1);
        g_array_index(library->references, uint32_t, version->file_sets[i])++;
    }
}

void library_remove(struct library *library, const struct version *version)
{
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        g_assert(library_has(library, version->file_sets[i]));
        drop_reference(library, version->file_sets[i]);
    }
}

double library_lacks(const struct library *library, const struct content *content, const struct version *version,
                     uint64_t *files)
{
    double bytes = 0;
    *files = 0;
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        if (library_has(library, version->file_sets[i]))
            continue;
        const struct file_set *set = &g_array_index(content->file_sets, struct file_set, version->file_sets[i]);
        bytes += set->bytes;
        *files += set->count;
    }
    return bytes;
}

double *version_left(const struct content *content, const struct version *version)
{
    double *left_bytes = g_new(double, version->n_file_sets);
    for (uint32_t i = 0; i < version->n_file_sets; i++)
        left_bytes[i] = g_array_index(content->file_sets, struct file_set, version->file_sets[i]).bytes;
    return left_bytes;
}

double library_claim(struct library *library, const struct version *version, double *left_bytes, GArray **claims)
{
    double bytes = 0;
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        if (left_bytes[i] > 0 && library_has(library, version->file_sets[i])) {
            left_bytes[i] = 0;
            if (!*claims)
                *claims = g_array_new(FALSE, FALSE, sizeof(uint32_t));
            g_array_append_val(*claims, version->file_sets[i]);
            g_array_index(library->references, uint32_t, version->file_sets[i])++;
        }
        bytes += left_bytes[i];
    }
    return bytes;
}

void library_release(struct library *library, GArray **claims)
{
    for (guint i = 0; *claims && i < (*claims)->len; i++)
        drop_reference(library, g_array_index(*claims, uint32_t, i));
    g_clear_pointer(claims, g_array_unref);
}

double version_arrived(const struct content *content, const struct version *version, double *left_bytes, double bytes)
{
    double whole = 0;
    double slack = 1e-6 + 1e-12 * bytes; /* a file is not lost to a rounding error */
    for (uint32_t i = 0; i < version->n_file_sets; i++) {
        const struct file_set *set = &g_array_index(content->file_sets, struct file_set, version->file_sets[i]);
        double files = left_bytes[i];
        if (whole + files > bytes + slack)
            files = floor((bytes + slack - whole) / set->file_bytes) * set->file_bytes;
        bool all = files == left_bytes[i];
        whole += files;
        left_bytes[i] -= files;
        if (!all)
            break;
    }
    return whole;
}
