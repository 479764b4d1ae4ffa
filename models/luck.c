#include "models/luck.h"

#include <math.h>
#include <string.h>

#include "models/scenario.h"
#include "sim/engine/random.h"

struct chances {
    GHashTable *by_address; /* const double * to struct chance * */
};

struct chance *chance_new(const struct param_table *table, const struct param_field *field)
{
    struct chance *chance = g_new0(struct chance, 1);
    chance->kind = field->kind;
    chance->purpose = g_strdup_printf("%s.%s", table->name, field->name);
    chance->n_references = 1;
    return chance;
}

void chance_unref(struct chance *chance)
{
    if (!chance || --chance->n_references > 0)
        return;
    sim_distribution_clear(&chance->distribution);
    g_free(chance->purpose);
    g_free(chance);
}

static double rounded(enum param_kind kind, double value)
{
    return kind == PARAM_SIZE ? round(value) : value;
}

void chances_set(struct chances **chances, double *at, struct chance *chance)
{
    if (!*chances) {
        *chances = g_new0(struct chances, 1);
        (*chances)->by_address =
            g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)chance_unref);
    }
    chance->n_references++;
    *at = rounded(chance->kind, sim_distribution_mean(&chance->distribution));
    g_hash_table_insert((*chances)->by_address, at, chance);
}

void chances_forget(struct chances *chances, const double *at)
{
    if (chances)
        g_hash_table_remove(chances->by_address, at);
}

/* Calls back for every setting that may have a distribution, also of lists below. */
static void each_setting(const struct param_table *table, const void *of,
                         void (*told)(struct chances *chances, const double *at, ptrdiff_t by), struct chances *chances,
                         ptrdiff_t by)
{
    const char *base = of;
    for (const struct param_field *f = table->fields; f->name; f++) {
        const char *at = base + f->offset;
        const GArray *list;
        switch (f->kind) {
        case PARAM_OBJECT:
            each_setting(f->table, at, told, chances, by);
            break;
        case PARAM_LIST:
        case PARAM_MAP:
            memcpy(&list, at, sizeof(list));
            /* A list's elements have memory of their own: they do not move with it. */
            for (guint i = 0; list && by == 0 && i < list->len; i++)
                each_setting(f->table, list->data + i * f->table->size, told, chances, by);
            break;
        default:
            if (param_has_chance(f))
                told(chances, (const double *)(const void *)at, by);
        }
    }
}

static void forget(struct chances *chances, const double *at, ptrdiff_t by)
{
    (void)by;
    chances_forget(chances, at);
}

void chances_forget_all(struct chances *chances, const struct param_table *table, const void *of)
{
    if (chances)
        each_setting(table, of, forget, chances, 0);
}

static void move(struct chances *chances, const double *at, ptrdiff_t by)
{
    struct chance *chance = g_hash_table_lookup(chances->by_address, at);
    if (!chance)
        return;
    g_hash_table_steal(chances->by_address, at);
    g_hash_table_insert(chances->by_address, (char *)(uintptr_t)at + by, chance);
}

void chances_moved(struct chances *chances, const struct param_table *table, const void *from, void *to)
{
    if (chances && from != to)
        each_setting(table, from, move, chances, (char *)to - (const char *)from);
}

const struct chance *chances_find(const struct chances *chances, const double *at)
{
    return chances ? g_hash_table_lookup(chances->by_address, at) : NULL;
}

void chances_free(struct chances *chances)
{
    if (!chances)
        return;
    g_hash_table_unref(chances->by_address);
    g_free(chances);
}

/* ---- drawing ---- */

struct luck {
    const struct scenario *scenario;
    uint64_t seed;
    uint32_t replication;
    GHashTable *drawn; /* name of a draw to how often it was drawn */
};

struct luck *luck_new(const struct scenario *scenario, uint64_t seed, uint32_t replication)
{
    struct luck *luck = g_new0(struct luck, 1);
    *luck = (struct luck){scenario, seed, replication, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    return luck;
}

void luck_free(struct luck *luck)
{
    if (!luck)
        return;
    g_hash_table_unref(luck->drawn);
    g_free(luck);
}

const char *luck_package(const struct luck *luck, uint32_t package)
{
    return luck ? scenario_package(luck->scenario, package)->id : "";
}

static const struct chance *chance_of(const struct luck *luck, const double *setting)
{
    return luck ? chances_find(luck->scenario->chances, setting) : NULL;
}

double luck_fixed(const struct luck *luck, const double *setting, const char *entity, const char *item_format, ...)
{
    va_list arguments;
    va_start(arguments, item_format);
    double value = luck_fixed_va(luck, setting, entity, item_format, arguments);
    va_end(arguments);
    return value;
}

double luck_fixed_va(const struct luck *luck, const double *setting, const char *entity, const char *item_format,
                     va_list arguments)
{
    const struct chance *chance = chance_of(luck, setting);
    if (!chance)
        return *setting;
    g_autofree char *item = g_strdup_vprintf(item_format, arguments);
    g_autofree char *name = g_strconcat(chance->purpose, "|", item, NULL);
    gsl_rng *stream = sim_random_stream(luck->seed, luck->replication, entity, name);
    double value = sim_distribution_draw(&chance->distribution, stream);
    gsl_rng_free(stream);
    return rounded(chance->kind, value);
}

/* A stream of this name, another one each time. */
static gsl_rng *next_stream(struct luck *luck, const char *entity, const char *purpose, const char *item)
{
    char *key = g_strconcat(entity, "|", purpose, "|", item, NULL);
    guint n = GPOINTER_TO_UINT(g_hash_table_lookup(luck->drawn, key));
    g_autofree char *name = g_strdup_printf("%s|%s|%u", purpose, item, n);
    g_hash_table_insert(luck->drawn, key, GUINT_TO_POINTER(n + 1));
    return sim_random_stream(luck->seed, luck->replication, entity, name);
}

double luck_draw(struct luck *luck, const double *setting, const char *entity, const char *item_format, ...)
{
    const struct chance *chance = chance_of(luck, setting);
    if (!chance)
        return *setting;
    va_list arguments;
    va_start(arguments, item_format);
    g_autofree char *item = g_strdup_vprintf(item_format, arguments);
    va_end(arguments);
    gsl_rng *stream = next_stream(luck, entity, chance->purpose, item);
    double value = sim_distribution_draw(&chance->distribution, stream);
    gsl_rng_free(stream);
    return rounded(chance->kind, value);
}

static double uniform(struct luck *luck, const char *entity, const char *purpose, const char *item)
{
    gsl_rng *stream = next_stream(luck, entity, purpose, item);
    double value = sim_random_uniform(stream);
    gsl_rng_free(stream);
    return value;
}

bool luck_strikes(struct luck *luck, double percent, const char *entity, const char *purpose, const char *item_format,
                  ...)
{
    if (!luck || percent <= 0)
        return false;
    va_list arguments;
    va_start(arguments, item_format);
    g_autofree char *item = g_strdup_vprintf(item_format, arguments);
    va_end(arguments);
    return 100 * uniform(luck, entity, purpose, item) < percent;
}

double luck_share(struct luck *luck, const char *entity, const char *purpose, const char *item_format, ...)
{
    va_list arguments;
    va_start(arguments, item_format);
    g_autofree char *item = g_strdup_vprintf(item_format, arguments);
    va_end(arguments);
    return 1 - uniform(luck, entity, purpose, item);
}
