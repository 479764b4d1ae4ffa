#include "sim/app/study/factors.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"
#include "sim/app/read/units.h"
#include "sim/app/report/activity.h"
#include "sim/app/report/words.h"
#include "sim/app/simulation.h"

static void member_clear(gpointer of)
{
    g_free(((struct factor_member *)of)->path);
}

static struct factor *factor_of(char *path, const struct param_field *field)
{
    struct factor *factor = g_new0(struct factor, 1);

    factor->path = path;
    factor->field = field;
    factor->members = g_array_new(FALSE, FALSE, sizeof(struct factor_member));
    g_array_set_clear_func(factor->members, member_clear);
    return factor;
}

void factor_free(struct factor *factor)
{
    if (!factor)
        return;
    g_array_unref(factor->members);
    g_free(factor->path);
    g_free(factor->is);
    g_free(factor->range);
    g_free(factor);
}

static const struct factor_member *member_at(const struct factor *factor, guint i)
{
    return &g_array_index(factor->members, struct factor_member, i);
}

/* ---- from what a run does ---- */

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

struct finding {
    const struct scenario *scenario;
    bool failures, updates;
    GPtrArray *factors;
    GHashTable *by_path; /* its paths are the factors' */
};

/* What is where, and who comes first, is no question of more or less; how far content can be compressed is its own. */
static const char *const no_quantities[] = {"utc_offset", "priority", "compression_ratio", NULL};
/* These do nothing while all goes well. */
static const char *const after_failures[] = {
    "retries", "retry_delay", "source_retry_delay", "reschedule_delay", "reschedule_for", "connect_timeout", NULL};

static bool is_of_interest(const struct finding *finding, const struct param_field *field)
{
    switch (field->kind) {
    case PARAM_COUNT:
    case PARAM_NUMBER:
    case PARAM_PERCENT:
    case PARAM_DURATION:
    case PARAM_RATE:
    case PARAM_SIZE:
        return !is_one_of(field->name, no_quantities) &&
               (finding->failures || !is_one_of(field->name, after_failures)) &&
               (finding->updates || strcmp(field->name, "delta_versions") != 0);
    default:
        return false;
    }
}

static double value_at(const struct param_field *field, const char *at)
{
    uint32_t count;
    double number;

    if (field->kind == PARAM_COUNT) {
        memcpy(&count, at, sizeof count);
        return count;
    }
    memcpy(&number, at, sizeof number);
    return number;
}

/* Half to double, as far as the table allows. */
static struct factor_member range_of(const struct param_field *field, double is)
{
    struct factor_member member = {.is = is, .low = is / 2, .high = 2 * is};

    if (field->kind == PARAM_COUNT || field->kind == PARAM_SIZE)
        member.low = floor(member.low);
    member.low = fmax(member.low, field->min);
    if (field->max > 0)
        member.high = fmin(member.high, field->max);
    return member;
}

static void consider(void *ctx, const struct active_setting *setting)
{
    struct finding *finding = ctx;
    const struct param_field *field = setting->field;

    if (!is_of_interest(finding, field) ||
        (param_has_chance(field) &&
         chances_find(finding->scenario->chances, (const double *)(const void *)setting->at)))
        return;
    double is = value_at(field, setting->at);
    if (!isfinite(is) || !(is > 0))
        return;
    struct factor_member member = range_of(field, is);
    if (!(member.low < member.high))
        return;
    g_autofree char *number = setting->entity ? NULL : g_strdup_printf("%u", setting->index);
    member.path = g_strdup_printf("%s.%s.%s", setting->list, number ? number : setting->entity, setting->path);
    g_autofree char *path = g_strdup_printf("%s.*.%s", setting->list, setting->path);
    struct factor *factor = g_hash_table_lookup(finding->by_path, path);
    if (!factor) {
        factor = factor_of(g_steal_pointer(&path), field);
        g_ptr_array_add(finding->factors, factor);
        g_hash_table_insert(finding->by_path, factor->path, factor);
    }
    g_array_append_val(factor->members, member);
}

static char *words(const struct factor *factor, double value)
{
    return factor->field->kind == PARAM_RATE ? words_rate(value) : units_human(factor->field->kind, value);
}

static char *from_to(const struct factor *factor, double low, double high)
{
    g_autofree char *from = words(factor, low), *to = words(factor, high);

    return low == high ? g_steal_pointer(&from) : g_strdup_printf("%s to %s", from, to);
}

static bool all_alike(const struct factor *factor)
{
    for (guint i = 1; i < factor->members->len; i++)
        if (member_at(factor, i)->is != member_at(factor, 0)->is)
            return false;
    return true;
}

static void describe(struct factor *factor)
{
    double least = INFINITY, most = -INFINITY;

    for (guint i = 0; i < factor->members->len; i++) {
        least = fmin(least, member_at(factor, i)->is);
        most = fmax(most, member_at(factor, i)->is);
    }
    factor->is = from_to(factor, least, most);
    factor->range = all_alike(factor) ? from_to(factor, member_at(factor, 0)->low, member_at(factor, 0)->high)
                                      : g_strdup("half to double");
}

static bool has_updates(const struct scenario *scenario)
{
    for (guint i = 0; i < scenario->actions->len; i++)
        if (g_array_index(scenario->actions, struct action_spec, i).what == ACTION_UPDATE)
            return true;
    return false;
}

GPtrArray *factors_in_use(const struct scenario *scenario)
{
    struct simulation *simulation = simulation_new(scenario, 0, COLLECT_ALL);
    struct finding finding = {
        .scenario = scenario,
        .updates = has_updates(scenario),
        .factors = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))factor_free),
        .by_path = g_hash_table_new(g_str_hash, g_str_equal),
    };

    if (simulation) {
        simulation_run(simulation, scenario->until_s, NULL, NULL);
        struct activity *activity = activity_new(simulation->collector);
        finding.failures = activity_has_failures(activity);
        activity_each(activity, consider, &finding);
        activity_free(activity);
        for (guint i = 0; i < finding.factors->len; i++)
            describe(finding.factors->pdata[i]);
    } else {
        g_clear_pointer(&finding.factors, g_ptr_array_unref);
    }
    g_hash_table_unref(finding.by_path);
    simulation_free(simulation);
    return finding.factors;
}

/* ---- from what the user says ---- */

static bool read_bound(const struct param_field *field, const char *text, double *number, char **why)
{
    if (!units_parse_on_scale(field->kind, text, number, why))
        return false;
    if (isfinite(*number))
        return true;
    *why = g_strdup_printf("a range cannot reach to %s; write a number", text);
    return false;
}

struct factor *factor_new(const char *text, char **why)
{
    const char *equals = strchr(text, '='), *dots = equals ? strstr(equals, "..") : NULL;

    if (!dots || equals == text || dots == equals + 1 || !dots[2]) {
        *why = g_strdup_printf("\"%s\" is no range; write for example "
                               "\"sites.*.sender.max_concurrent_per_site=1..10\"",
                               text);
        return NULL;
    }
    g_autofree char *path = g_strstrip(g_strndup(text, (gsize)(equals - text))), *because = NULL;
    g_autofree char *low = g_strstrip(g_strndup(equals + 1, (gsize)(dots - equals - 1)));
    g_autofree char *high = g_strstrip(g_strdup(dots + 2));
    const struct param_field *field = scenario_setting(path);
    struct factor_member member = {.is = NAN};

    if (!field)
        *why = g_strdup_printf("there is no setting %s; distsim describe lists them", path);
    else if (!units_is_scale(field->kind))
        *why = g_strdup_printf("%s is no number: it has no range", path);
    else if (!read_bound(field, low, &member.low, &because) || !read_bound(field, high, &member.high, &because))
        *why = g_strdup_printf("%s: %s", path, because);
    else if (!(member.low < member.high))
        *why = g_strdup_printf("%s: the range %s..%s is empty: it does not end above its beginning", path, low, high);
    if (*why)
        return NULL;
    struct factor *factor = factor_of(g_steal_pointer(&path), field);
    member.path = g_strdup(factor->path);
    g_array_append_val(factor->members, member);
    factor->range = g_strdup_printf("%s to %s", low, high);
    return factor;
}

/* What the settings behind a path are: those that differ between two scenarios of other values for it. */
struct look {
    const struct factor *factor;
    const char *name; /* the last word of its path */
    double least, most;
    bool by_chance;
};

static void look_at(struct look *look, const cJSON *is)
{
    g_autofree char *number = cJSON_IsNumber(is) ? g_strdup_printf("%.17g", is->valuedouble) : NULL, *why = NULL;
    const char *text = number ? number : cJSON_GetStringValue(is);
    double value;

    if (!text || !units_parse_on_scale(look->factor->field->kind, text, &value, &why)) {
        look->by_chance |= cJSON_IsObject(is);
        return;
    }
    look->least = fmin(look->least, value);
    look->most = fmax(look->most, value);
}

static void look_inside(struct look *look, const cJSON *is, const cJSON *low, const cJSON *high)
{
    bool list = cJSON_IsArray(low);
    const cJSON *k = is ? is->child : NULL;

    for (const cJSON *a = low->child, *b = high->child; a && b; a = a->next, b = b->next, k = k ? k->next : NULL) {
        const cJSON *was = list ? k : cJSON_GetObjectItemCaseSensitive(is, a->string);

        if (cJSON_IsObject(a) || cJSON_IsArray(a))
            look_inside(look, was, a, b);
        else if (g_strcmp0(a->string, look->name) == 0 && !cJSON_Compare(a, b, true))
            look_at(look, was);
    }
}

static cJSON *effective_with(const char *file, const char *const *sets, const struct factor *factor, double x)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
    struct mistakes *mistakes = mistakes_new();

    for (; sets && *sets; sets++)
        g_ptr_array_add(all, g_strdup(*sets));
    factor_set(factor, x, all);
    g_ptr_array_add(all, NULL);
    struct scenario *scenario = scenario_read(file, (const char *const *)all->pdata, mistakes, NULL);
    g_autofree char *text = scenario ? scenario_write(scenario) : NULL;
    scenario_free(scenario);
    mistakes_free(mistakes);
    return text ? cJSON_Parse(text) : NULL;
}

void factor_look(struct factor *factor, const char *file, const char *const *sets, const struct scenario *scenario)
{
    const char *dot = strrchr(factor->path, '.');
    struct look look = {.factor = factor, .name = dot ? dot + 1 : factor->path, .least = INFINITY, .most = -INFINITY};
    g_autofree char *text = scenario_write(scenario);
    cJSON *is = cJSON_Parse(text), *low = effective_with(file, sets, factor, 0),
          *high = effective_with(file, sets, factor, 1);

    if (is && low && high)
        look_inside(&look, is, low, high);
    cJSON_Delete(is);
    cJSON_Delete(low);
    cJSON_Delete(high);
    if (look.by_chance)
        factor->is = g_strdup("by chance");
    else if (look.least <= look.most)
        factor->is = isfinite(look.most) ? from_to(factor, look.least, look.most) : g_strdup("unlimited");
}

/* ---- values ---- */

/* Rounded for people, where that is nothing beside the range; what is written is what is simulated. */
static double value_of(const struct factor *factor, const struct factor_member *member, double x)
{
    enum param_kind kind = factor->field->kind;
    double range = member->high - member->low, value = member->low + x * range, rounded = NAN;

    if (kind == PARAM_COUNT)
        return round(value);
    g_autofree char *text = words(factor, value), *why = NULL;
    if (units_parse_on_scale(kind, text, &rounded, &why) && rounded >= member->low && rounded <= member->high &&
        fabs(rounded - value) <= 0.005 * range)
        return rounded;
    return kind == PARAM_SIZE ? round(value) : value;
}

void factor_set(const struct factor *factor, double x, GPtrArray *sets)
{
    for (guint i = 0; i < factor->members->len; i++) {
        const struct factor_member *member = member_at(factor, i);
        g_autofree char *value = words_setting(factor->field->kind, value_of(factor, member, x));

        g_ptr_array_add(sets, g_strconcat(member->path, "=", value, NULL));
    }
}

double factor_position(const struct factor *factor, double x)
{
    double sum = 0;

    for (guint i = 0; i < factor->members->len; i++) {
        const struct factor_member *member = member_at(factor, i);
        sum += (value_of(factor, member, x) - member->low) / (member->high - member->low);
    }
    return sum / factor->members->len;
}

char *factor_value(const struct factor *factor, double x)
{
    /* Where the table's range cuts none of them, all have the same part of what they are. */
    if (!all_alike(factor))
        return g_strdup_printf("x %.4g", 0.5 + 1.5 * x);
    return words_setting(factor->field->kind, value_of(factor, member_at(factor, 0), x));
}
