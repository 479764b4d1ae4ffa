#include "models/content.h"

#include <math.h>

static guint file_set_hash(gconstpointer key)
{
    const struct file_set_spec *spec = key;
    return g_str_hash(spec->files) ^ spec->count ^ g_double_hash(&spec->size_bytes);
}

static gboolean file_set_equal(gconstpointer a, gconstpointer b)
{
    const struct file_set_spec *x = a, *y = b;
    return x->count == y->count && x->size_bytes == y->size_bytes && !strcmp(x->files, y->files);
}

static void package_init(struct content *content, struct package *package, const struct package_spec *spec,
                         GHashTable *known, const struct luck *luck)
{
    package->spec = spec;
    package->version = 1;
    package->file_sets = g_new(uint32_t, spec->content->len);
    for (guint i = 0; i < spec->content->len; i++) {
        const struct file_set_spec *given = &g_array_index(spec->content, struct file_set_spec, i);
        struct file_set_spec *files = g_memdup2(given, sizeof *given);
        /* Named by the files, not the package: who shares them has them in the same size. */
        files->size_bytes = luck_fixed(luck, &given->size_bytes, given->files, "%u files", given->count);
        gpointer found;
        uint32_t number;
        if (g_hash_table_lookup_extended(known, files, NULL, &found)) {
            number = GPOINTER_TO_UINT(found);
            g_free(files);
        } else {
            number = content->file_sets->len;
            const struct file_set set = {files->size_bytes * files->count, files->size_bytes, files->count};
            g_array_append_val(content->file_sets, set);
            g_hash_table_insert(known, files, GUINT_TO_POINTER(number));
        }
        bool twice = false;
        for (uint32_t k = 0; k < package->n_file_sets; k++)
            twice |= package->file_sets[k] == number;
        if (twice)
            continue;
        package->file_sets[package->n_file_sets++] = number;
        package->bytes += g_array_index(content->file_sets, struct file_set, number).bytes;
    }
}

void content_init(struct content *content, const struct scenario *scenario, const struct luck *luck)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(file_set_hash, file_set_equal, g_free, NULL);
    content->file_sets = g_array_new(FALSE, FALSE, sizeof(struct file_set));
    content->n_packages = scenario->packages->len;
    content->packages = g_new0(struct package, content->n_packages);
    for (uint32_t i = 0; i < content->n_packages; i++) {
        content->packages[i].index = i;
        package_init(content, &content->packages[i], scenario_package(scenario, i), known, luck);
    }
}

void content_clear(struct content *content)
{
    for (uint32_t i = 0; i < content->n_packages; i++)
        g_free(content->packages[i].file_sets);
    g_free(content->packages);
    g_array_unref(content->file_sets);
}

void library_clear(struct library *library)
{
    g_clear_pointer(&library->references, g_free);
    g_clear_pointer(&library->versions, g_free);
}

bool library_has(const struct library *library, uint32_t file_set)
{
    return library->references && library->references[file_set] > 0;
}

bool library_has_package(const struct library *library, const struct package *package)
{
    return library->versions && library->versions[package->index] == package->version;
}

void library_add(struct library *library, const struct content *content, const struct package *package)
{
    if (!library->references)
        library->references = g_new0(uint32_t, content->file_sets->len);
    if (!library->versions)
        library->versions = g_new0(uint32_t, content->n_packages);
    library->versions[package->index] = package->version;
    for (uint32_t i = 0; i < package->n_file_sets; i++)
        library->references[package->file_sets[i]]++;
}

double library_lacks(const struct library *library, const struct content *content, const struct package *package,
                     uint64_t *files)
{
    double bytes = 0;
    *files = 0;
    for (uint32_t i = 0; i < package->n_file_sets; i++) {
        if (library_has(library, package->file_sets[i]))
            continue;
        const struct file_set *set = &g_array_index(content->file_sets, struct file_set, package->file_sets[i]);
        bytes += set->bytes;
        *files += set->count;
    }
    return bytes;
}

double *package_left(const struct content *content, const struct package *package)
{
    double *left_bytes = g_new(double, package->n_file_sets);
    for (uint32_t i = 0; i < package->n_file_sets; i++)
        left_bytes[i] = g_array_index(content->file_sets, struct file_set, package->file_sets[i]).bytes;
    return left_bytes;
}

double library_left(const struct library *library, const struct package *package, double *left_bytes)
{
    double bytes = 0;
    for (uint32_t i = 0; i < package->n_file_sets; i++) {
        if (library_has(library, package->file_sets[i]))
            left_bytes[i] = 0;
        bytes += left_bytes[i];
    }
    return bytes;
}

double package_arrived(const struct content *content, const struct package *package, double *left_bytes, double bytes)
{
    double whole = 0;
    double slack = 1e-6 + 1e-12 * bytes; /* a file is not lost to a rounding error */
    for (uint32_t i = 0; i < package->n_file_sets; i++) {
        const struct file_set *set = &g_array_index(content->file_sets, struct file_set, package->file_sets[i]);
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
