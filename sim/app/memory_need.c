#include "sim/app/memory_need.h"

#include <math.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "models/expansion.h"
#include "sim/app/report/words.h"

/* Fitted to the peaks of runs (tests/bench/memory), in bytes. A delivery with its place in lists, and its part of
 * what is at work at a time; and, where rows are kept, its rows in all tables. */
static const double per_delivery[N_COLLECTOR_TABLES] = {100, 140, 1200};
/* A package that comes to a site: how, and its send request. */
static const double per_sending[N_COLLECTOR_TABLES] = {1000, 1300, 2500};
/* A package at a site, which knows of it wherever it goes. */
static const double per_package_at_site = 700, per_package = 5000;
static const double per_dp = 5000, per_location = 1000, per_site = 45000, least = 11e6;

/* ---- what a run will do ---- */

static double selected(const struct selection *selection, guint n)
{
    return selection->members ? selection->members->len : n;
}

struct counting {
    const struct scenario *scenario;
    bool *on_the_way; /* by site */
    struct memory_need *need;
};

static guint mark_ways(const struct counting *c, const struct selection *to)
{
    const struct scenario *s = c->scenario;
    guint n_dps = s->distribution_points->len, n = 0;

    memset(c->on_the_way, 0, s->sites->len * sizeof *c->on_the_way);
    for (guint i = 0; i < (to->members ? to->members->len : n_dps); i++) {
        uint32_t dp = to->members ? g_array_index(to->members, uint32_t, i) : i;
        for (int32_t at = scenario_dp(s, dp)->site; at >= 0 && !c->on_the_way[at]; at = scenario_site(s, at)->parent) {
            c->on_the_way[at] = true;
            n++;
        }
    }
    return n;
}

static void count(const struct counting *c, double n_packages, const struct selection *to)
{
    c->need->deliveries += n_packages * selected(to, c->scenario->distribution_points->len);
    c->need->sendings += n_packages * mark_ways(c, to);
}

static void count_first(const struct counting *c, const struct action_spec *action, bool removes)
{
    double n_packages = selected(&action->packages, c->scenario->packages->len);
    uint32_t n_times = expansion_count_times(c->scenario, action, EXPANSION_MAX);

    if (action->what == ACTION_DISTRIBUTE) /* what is there already stays, unless it is removed in between */
        count(c, n_packages * (removes ? n_times : 1), &action->to);
    else if (action->what == ACTION_PRELOAD)
        count(c, n_packages, &action->to);
    else if (action->what == ACTION_UPDATE && c->scenario->packages->len)
        c->need->versions += n_times * n_packages / c->scenario->packages->len;
}

static void count_all(const struct counting *c)
{
    const struct scenario *s = c->scenario;
    const struct action_spec *actions = (const struct action_spec *)s->actions->data;
    struct memory_need *need = c->need;
    bool removes = false;

    for (guint i = 0; i < s->actions->len; i++)
        removes = removes || actions[i].what == ACTION_REMOVE;
    need->versions = 1;
    for (guint i = 0; i < s->actions->len; i++)
        count_first(c, &actions[i], removes);
    need->deliveries *= need->versions;
    need->sendings *= need->versions;
    for (guint i = 0; i < s->actions->len; i++)
        if (actions[i].what == ACTION_REDISTRIBUTE)
            count(c,
                  selected(&actions[i].packages, s->packages->len) *
                      expansion_count_times(s, &actions[i], EXPANSION_MAX),
                  &actions[i].to);
    need->packages = s->packages->len;
    for (guint i = 0; i < s->workloads->len; i++) {
        const struct workload_spec *workload = &g_array_index(s->workloads, struct workload_spec, i);
        uint32_t n_packages = expansion_count_packages(s, workload, s->seed, 0, EXPANSION_MAX);

        count(c, n_packages, &workload->to);
        need->packages += n_packages;
    }
}

struct memory_need memory_need_of(const struct scenario *s)
{
    struct memory_need need = {0};
    g_autofree bool *on_the_way = g_new0(bool, s->sites->len + 1);

    count_all(&(struct counting){s, on_the_way, &need});
    for (int i = 0; i < N_COLLECTOR_TABLES; i++)
        need.bytes[i] = least + per_delivery[i] * need.deliveries + per_sending[i] * need.sendings +
                        per_dp * s->distribution_points->len + per_location * s->locations->len +
                        per_site * s->sites->len + per_package * need.packages +
                        per_package_at_site * need.packages * s->sites->len;
    return need;
}

/* ---- what there is ---- */

/* A number after a word at the beginning of a line; the only one if there is no word. -1: it is not there. */
static double number_in(const char *file, const char *word)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents(file, &text, NULL, NULL))
        return -1;
    const char *at = text;
    while (at && strncmp(at, word, strlen(word)) != 0)
        at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
    if (!at || !g_ascii_isdigit(at[strlen(word) + strspn(at + strlen(word), " \t")]))
        return -1;
    return g_ascii_strtod(at + strlen(word), NULL);
}

static void take_less(double *least_so_far, const char **which, double bytes, const char *what)
{
    if (bytes < *least_so_far) {
        *least_so_far = bytes;
        *which = what;
    }
}

static double left_of_address_space(void)
{
    struct rlimit limit;
    double pages = number_in("/proc/self/statm", "");

    if (getrlimit(RLIMIT_AS, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY || pages < 0)
        return INFINITY;
    return fmax(0, (double)limit.rlim_cur - pages * (double)sysconf(_SC_PAGESIZE));
}

/* Version 2 of control groups: the line "0::/path". */
static double left_of_control_group(void)
{
    g_autofree char *text = NULL;

    if (!g_file_get_contents("/proc/self/cgroup", &text, NULL, NULL) || !g_str_has_prefix(text, "0::"))
        return INFINITY;
    g_autofree char *path = g_strndup(text + 3, strcspn(text + 3, "\n"));
    g_autofree char *limit = g_strconcat("/sys/fs/cgroup", path, "/memory.max", NULL);
    g_autofree char *used = g_strconcat("/sys/fs/cgroup", path, "/memory.current", NULL);
    double limit_bytes = number_in(limit, ""), used_bytes = number_in(used, "");

    return limit_bytes < 0 || used_bytes < 0 ? INFINITY : fmax(0, limit_bytes - used_bytes);
}

double memory_available(const char **which)
{
    double bytes = INFINITY, free_kib = number_in("/proc/meminfo", "MemAvailable:");

    *which = "";
    if (free_kib >= 0)
        take_less(&bytes, which, free_kib * 1024, "the machine has free");
    take_less(&bytes, which, left_of_control_group(), "its control group allows");
    take_less(&bytes, which, left_of_address_space(), "ulimit -v allows");
    return bytes;
}

char *memory_refusal(const struct scenario *scenario, enum collector_tables tables)
{
    const struct memory_need need = memory_need_of(scenario);
    const char *which;
    double available = memory_available(&which);
    /* What is not sure is tried. */
    if (need.bytes[tables] <= 1.3 * available)
        return NULL;
    g_autofree char *needs = words_bytes(need.bytes[tables]), *there = words_bytes(available),
                    *less = words_bytes(need.bytes[TABLES_SUMMARY]);
    g_autofree char *advice =
        tables == TABLES_ALL ? g_strdup_printf("--tables summary takes about %s; or ", less) : g_strdup("");
    return g_strdup_printf("about %s of memory are needed (%.0f deliveries), and %s %s\n"
                           "%suse fewer distribution points or packages; --no-memory-check tries it all the same",
                           needs, need.deliveries, which, there, advice);
}
