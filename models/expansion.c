#include "models/expansion.h"

#include <gsl/gsl_randist.h>
#include <math.h>
#include <string.h>

#include "sim/engine/random.h"

#define MOST (2 * EXPANSION_MAX)

static double end_of(const struct scenario *s, double until_s)
{
    return fmin(s->until_s, isnan(until_s) ? INFINITY : until_s);
}

/* ---- recurring actions ---- */

/* When the action is taken for the n-th time (from 0), the time before given in at_s; false: not any more. */
static bool next_time(const struct scenario *s, const struct action_spec *action, uint32_t n, double *at_s)
{
    if (n >= action->times)
        return false;
    if (action->every.kind == EVERY_PERIOD)
        *at_s = action->at_s + n * action->every.seconds;
    else if (n == 0) /* sums of seconds since 1970 are exact to a microsecond at least */
        *at_s = fmax(action->at_s, recurrence_next(&action->every, s->start_s + action->at_s - 1e-6) - s->start_s);
    else
        *at_s = recurrence_next(&action->every, s->start_s + *at_s + 0.5) - s->start_s; /* they are whole seconds */
    return *at_s <= end_of(s, action->until_s);
}

uint32_t expansion_count_times(const struct scenario *s, const struct action_spec *action, uint32_t most)
{
    uint32_t n = 0;
    double at_s = 0;
    if (action->every.kind == EVERY_NONE)
        return MIN(1, most);
    while (n < most && next_time(s, action, n, &at_s))
        n++;
    return n;
}

static void add_actions(GArray *actions, const struct scenario *s, const struct action_spec *given)
{
    struct action_spec action = *given;
    if (given->every.kind == EVERY_NONE) {
        g_array_append_val(actions, action);
        return;
    }
    for (uint32_t n = 0; actions->len <= MOST && next_time(s, given, n, &action.at_s); n++)
        g_array_append_val(actions, action);
}

/* ---- workloads ---- */

struct arrivals {
    const struct scenario *scenario;
    const struct workload_spec *spec;
    struct luck *luck;
    gsl_rng *times, *choices, *priorities;
    uint32_t *order; /* of listed packages that come once each; NULL: they come again */
    uint32_t most;   /* arrivals */
    uint32_t n;      /* that have been */
    double at_s;     /* of the last one */
};

static void arrivals_init(struct arrivals *a, const struct scenario *s, const struct workload_spec *spec,
                          struct luck *luck, uint64_t seed, uint32_t replication)
{
    uint32_t n_listed = spec->packages ? spec->packages->len : 0;
    *a = (struct arrivals){.scenario = s, .spec = spec, .luck = luck, .most = UINT32_MAX};
    a->at_s = isnan(spec->from_s) ? 0 : spec->from_s;
    a->times = sim_random_stream(seed, replication, spec->name, "workload times");
    a->choices = sim_random_stream(seed, replication, spec->name, "workload choices");
    a->priorities = sim_random_stream(seed, replication, spec->name, "workload priorities");
    if (!n_listed || spec->order == WORKLOAD_AT_RANDOM)
        return;
    a->most = n_listed;
    a->order = g_new(uint32_t, n_listed);
    for (uint32_t i = 0; i < n_listed; i++)
        a->order[i] = i;
    if (spec->order == WORKLOAD_SHUFFLED)
        gsl_ran_shuffle(a->choices, a->order, n_listed, sizeof *a->order);
}

static void arrivals_clear(struct arrivals *a)
{
    g_free(a->order);
    gsl_rng_free(a->times);
    gsl_rng_free(a->choices);
    gsl_rng_free(a->priorities);
}

/* Goes to the next arrival; false: there is none before the end. */
static bool next_arrival(struct arrivals *a)
{
    const double *mean_s = &a->spec->mean_time_between_s;
    if (a->n >= a->most)
        return false;
    a->at_s += chances_find(a->scenario->chances, mean_s) ? luck_draw(a->luck, mean_s, a->spec->name, "time")
                                                          : sim_random_exponential(a->times, *mean_s);
    a->n++;
    return a->at_s <= end_of(a->scenario, a->spec->until_s);
}

uint32_t expansion_count_packages(const struct scenario *s, const struct workload_spec *spec, uint64_t seed,
                                  uint32_t replication, uint32_t most)
{
    struct luck *luck = luck_new(s, seed, replication);
    struct arrivals a;
    uint32_t n = 0;
    arrivals_init(&a, s, spec, luck, seed, replication);
    while (n < most && next_arrival(&a))
        n++;
    arrivals_clear(&a);
    luck_free(luck);
    return n;
}

/* "apps-0001"; of a list "apps-ABC00012", and once more "apps-ABC00012-2". */
static char *new_id(GHashTable *taken, const char *workload, const char *listed, uint32_t n)
{
    g_autofree char *number = listed ? NULL : g_strdup_printf("%04u", n);
    char *id = g_strdup_printf("%s-%s", workload, listed ? listed : number);
    for (uint32_t k = 2; g_hash_table_contains(taken, id); k++) {
        g_free(id);
        id = g_strdup_printf("%s-%s-%u", workload, listed ? listed : number, k);
    }
    return id;
}

static enum priority any_priority(const struct arrivals *a)
{
    double percent = 100 * sim_random_uniform(a->priorities);
    if (percent < a->spec->high_percent)
        return PRIORITY_HIGH;
    return percent < a->spec->high_percent + a->spec->low_percent ? PRIORITY_LOW : PRIORITY_MEDIUM;
}

/* The package that has just come, and that it is distributed. */
static void add_arrival(struct expansion *expansion, const struct arrivals *a, GHashTable *taken)
{
    struct scenario *s = &expansion->scenario;
    const struct workload_spec *spec = a->spec;
    const struct workload_package_spec *listed = NULL;
    uint32_t index = s->packages->len;
    if (spec->packages && spec->packages->len) {
        uint32_t i = a->order ? a->order[a->n - 1] : (uint32_t)gsl_rng_uniform_int(a->choices, spec->packages->len);
        listed = &g_array_index(spec->packages, struct workload_package_spec, i);
    }
    const double *size = listed ? &listed->size_bytes : &spec->size_bytes;
    double bytes = luck_draw(a->luck, size, spec->name, "%s", listed ? listed->id : "package");
    struct file_set_spec files = {.count = listed ? listed->files : spec->files};
    struct package_spec package = {.id = new_id(taken, spec->name, listed ? listed->id : NULL, a->n),
                                   .source_site = spec->source_site,
                                   .priority = listed ? listed->priority : any_priority(a),
                                   .content = g_array_new(FALSE, TRUE, sizeof files)};
    files.size_bytes = fmax(1, round(bytes / files.count));
    files.files = g_strdup(package.id);
    g_array_append_val(package.content, files);
    g_array_append_val(s->packages, package);
    g_hash_table_add(taken, package.id);

    struct action_spec action = {.at_s = a->at_s,
                                 .what = ACTION_DISTRIBUTE,
                                 .to = spec->to,
                                 .console = -1,
                                 .until_s = NAN,
                                 .times = UINT32_MAX,
                                 .changed_share_percent = NAN};
    action.packages.members = g_array_new(FALSE, FALSE, sizeof index);
    g_array_append_val(action.packages.members, index);
    g_ptr_array_add(expansion->members, action.packages.members);
    g_array_append_val(s->actions, action);
}

/* ---- objectives ---- */

#define WORKLOAD_PREFIX "workload:"

/* Whether a pattern of an objective means a package of this workload. */
static bool means(const char *pattern, const char *workload, const char *id)
{
    if (g_str_has_prefix(pattern, WORKLOAD_PREFIX))
        return g_pattern_match_simple(pattern + strlen(WORKLOAD_PREFIX), workload);
    return g_pattern_match_simple(pattern, id);
}

/* What is asked of "*" is asked of new packages too. */
static void widen(struct expansion *expansion, struct selection *packages, const GPtrArray *workload_of)
{
    struct scenario *s = &expansion->scenario;

    if (!packages->members) /* it is of all, whatever comes */
        return;
    GArray *members = g_array_copy(packages->members);
    for (uint32_t i = expansion->n_given_packages; i < s->packages->len; i++)
        for (guint k = 0; packages->patterns && k < packages->patterns->len; k++)
            if (means(packages->patterns->pdata[k], workload_of->pdata[i - expansion->n_given_packages],
                      scenario_package(s, i)->id)) {
                g_array_append_val(members, i);
                break;
            }
    packages->members = members;
    g_ptr_array_add(expansion->members, members);
}

/* ---- the whole ---- */

struct expansion *expansion_new(const struct scenario *given, uint64_t seed, uint32_t replication)
{
    struct expansion *expansion = g_new0(struct expansion, 1);
    struct scenario *s = &expansion->scenario;
    struct luck *luck = luck_new(given, seed, replication);
    g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GPtrArray) workload_of = g_ptr_array_new();
    *s = *given;
    expansion->members = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
    expansion->n_given_packages = given->packages->len;
    s->packages = g_array_copy(given->packages);
    s->objectives = g_array_copy(given->objectives);
    s->actions = g_array_new(FALSE, TRUE, sizeof(struct action_spec));
    for (guint i = 0; i < given->packages->len; i++)
        g_hash_table_add(taken, scenario_package(s, i)->id);
    for (guint i = 0; i < given->actions->len; i++)
        add_actions(s->actions, s, &g_array_index(given->actions, struct action_spec, i));
    for (guint i = 0; i < given->workloads->len; i++) {
        const struct workload_spec *spec = &g_array_index(given->workloads, struct workload_spec, i);
        struct arrivals a;
        arrivals_init(&a, s, spec, luck, seed, replication);
        while (s->actions->len <= MOST && next_arrival(&a)) {
            add_arrival(expansion, &a, taken);
            g_ptr_array_add(workload_of, spec->name);
        }
        arrivals_clear(&a);
    }
    for (guint i = 0; i < s->objectives->len; i++)
        widen(expansion, &g_array_index(s->objectives, struct objective_spec, i).packages, workload_of);
    luck_free(luck);
    if (s->actions->len > MOST)
        g_clear_pointer(&expansion, expansion_free);
    return expansion;
}

void expansion_free(struct expansion *expansion)
{
    if (!expansion)
        return;
    struct scenario *s = &expansion->scenario;
    for (guint i = expansion->n_given_packages; i < s->packages->len; i++)
        param_clear(&package_table, scenario_package(s, i));
    g_array_unref(s->packages);
    g_array_unref(s->actions);
    g_array_unref(s->objectives);
    g_ptr_array_unref(expansion->members);
    g_free(expansion);
}
