/* What selections select: names, patterns with * and ?, for distribution points "group:NAME" and "site:CODE", and for
 * packages that objectives ask about "workload:NAME". */
#include <string.h>

#include "sim/app/read/reader.h"
#include "sim/app/read/suggest.h"

#define MAX_GROUP_DEPTH 64
/* Steps of matching and members in all; a scenario of sensible size stays far below. */
#define MAX_WORK 1000000000u

enum group_state { GROUP_NEW, GROUP_OPEN, GROUP_DONE };

struct selecting {
    struct reader *r;
    const struct entity_list *dps, *sites, *groups;
    struct pending_selection **of_group; /* by group; NULL: has none */
    uint32_t *dps_by_site;               /* those of the first site, of the second, ...; NULL: not yet needed */
    uint32_t *first_of_site;             /* where those of a site begin, and at last where they end */
    bool some_without_site;              /* that could not be read */
    uint8_t *states;
    uint64_t work;
    GHashTable *shared; /* GArray *, of uint32_t: lists that nobody changes later; NULL: they may be changed */
    const struct pending_selection *pending; /* being resolved */
    const cJSON *node;
};

static void complain(struct selecting *s, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void complain(struct selecting *s, const char *format, ...)
{
    g_autofree char *sentence = NULL;
    va_list arguments;

    if (!s->node) /* a default */
        return;
    va_start(arguments, format);
    sentence = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    reader_mistake_full(s->r, s->node, ANCHOR_VALUE, s->pending->set, s->pending->path, NULL, sentence);
}

static bool work(struct selecting *s, uint64_t steps)
{
    s->work += steps;
    if (s->work <= MAX_WORK)
        return true;
    complain(s, "the selections of this scenario are too large together");
    return false;
}

static bool is_pattern(const char *text)
{
    return strpbrk(text, "*?") != NULL;
}

static void no_such(struct selecting *s, const struct entity_list *list, enum param_target target, const char *name)
{
    struct suggestion suggestion = {.wanted = name};
    g_autofree char *quoted = mistakes_quoted(name);
    const char *word = param_target_word(target);
    guint n = list ? list->names->len : 0;

    if (list && reader_means_wrong_name(list, name))
        return;
    for (guint i = 0, suggests = reader_suggests(s->r, n); i < n && suggests; i++)
        if (g_ptr_array_index(list->names, i))
            suggestion_offer(&suggestion, g_ptr_array_index(list->names, i));
    if (suggestion.best)
        complain(s, "no %s is named %s; did you mean \"%s\"?", word, quoted, suggestion.best);
    else if (target == TARGET_DP && s->groups && g_hash_table_contains(s->groups->by_name, name))
        complain(s, "no distribution point is named %s, but a group is; write \"group:%s\"", quoted, name);
    else if (target == TARGET_DP && s->sites && g_hash_table_contains(s->sites->by_name, name))
        complain(s, "no distribution point is named %s, but a site is; write \"site:%s\"", quoted, name);
    else
        complain(s, "no %s is named %s%s", word, quoted, n ? "" : "; there are none");
}

/* Adds the indices of the entities that a name or pattern names. */
static bool add_named(struct selecting *s, const struct entity_list *list, enum param_target target,
                      const char *pattern, GArray *members)
{
    guint before = members->len;
    gpointer index;

    if (list && !is_pattern(pattern)) {
        if (!g_hash_table_lookup_extended(list->by_name, pattern, NULL, &index)) {
            no_such(s, list, target, pattern);
            return false;
        }
        uint32_t i = (uint32_t)GPOINTER_TO_INT(index);
        g_array_append_val(members, i);
        return work(s, 1);
    }
    if (list) {
        g_autoptr(GPatternSpec) spec = g_pattern_spec_new(pattern);
        bool all = strspn(pattern, "*") == strlen(pattern);

        if (!work(s, list->names->len))
            return false;
        for (uint32_t i = 0; i < list->names->len; i++) {
            const char *name = g_ptr_array_index(list->names, i);
            if (name && (all || g_pattern_spec_match_string(spec, name)))
                g_array_append_val(members, i);
        }
    }
    if (members->len == before && strcmp(pattern, "*") == 0 && target != TARGET_GROUP) {
        /* There are none, or none could be read: that is said elsewhere, but that packages may be left out. An
         * objective is about those of workloads too. */
        if (target == TARGET_PACKAGE && !s->pending->workloads && !(list && list->node && list->node->child))
            complain(s, "there are no packages; write them under \"packages\"");
        return false;
    }
    if (members->len == before) {
        g_autofree char *quoted = mistakes_quoted(pattern);
        complain(s, "%s selects no %s", quoted, param_target_word(target));
        return false;
    }
    return true;
}

static void resolve(struct selecting *s, struct pending_selection *pending, unsigned depth);

static void add_groups(struct selecting *s, const char *pattern, GArray *members, GArray *groups, unsigned depth)
{
    g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    const struct pending_selection *pending = s->pending;
    const cJSON *node = s->node;

    if (!add_named(s, s->groups, TARGET_GROUP, pattern, named))
        return;
    for (guint k = 0; k < named->len; k++) {
        uint32_t group = g_array_index(named, uint32_t, k);
        struct pending_selection *its = s->of_group[group];
        g_autofree char *name = mistakes_quoted(g_ptr_array_index(s->groups->names, group));

        if (!its)
            continue; /* a mistake that is known already */
        g_array_append_val(groups, group);
        if (s->states[group] == GROUP_OPEN) {
            complain(s, "group %s would contain itself", name);
            continue;
        }
        if (s->states[group] == GROUP_NEW) {
            if (depth == MAX_GROUP_DEPTH) {
                complain(s, "groups of groups are nested deeper than %d", MAX_GROUP_DEPTH);
                continue;
            }
            s->states[group] = GROUP_OPEN;
            resolve(s, its, depth + 1);
            s->states[group] = GROUP_DONE;
            s->pending = pending;
            s->node = node;
        }
        if (its->selection->members && work(s, its->selection->members->len))
            g_array_append_vals(members, its->selection->members->data, its->selection->members->len);
    }
}

/* In two passes: how many each site has, then which. */
static void sort_by_site(struct selecting *s)
{
    guint n_sites = s->sites->names->len, n = s->dps->entities->len;
    g_autofree uint32_t *next = g_new0(uint32_t, n_sites + 1);

    s->dps_by_site = g_new(uint32_t, n + 1);
    s->first_of_site = g_new0(uint32_t, n_sites + 1);
    for (uint32_t i = 0; i < n; i++) {
        int32_t site = g_array_index(s->dps->entities, struct dp_spec, i).site;
        if (site >= 0)
            s->first_of_site[site + 1]++;
        else
            s->some_without_site = true;
    }
    for (guint site = 0; site < n_sites; site++) {
        s->first_of_site[site + 1] += s->first_of_site[site];
        next[site] = s->first_of_site[site];
    }
    for (uint32_t i = 0; i < n; i++) {
        int32_t site = g_array_index(s->dps->entities, struct dp_spec, i).site;
        if (site >= 0)
            s->dps_by_site[next[site]++] = i;
    }
}

static void add_sites(struct selecting *s, const char *pattern, GArray *members)
{
    g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    guint before = members->len;

    if (!add_named(s, s->sites, TARGET_SITE, pattern, named) || !s->dps || !s->dps->entities)
        return;
    if (!s->dps_by_site)
        sort_by_site(s);
    for (guint k = 0; k < named->len; k++) {
        uint32_t site = g_array_index(named, uint32_t, k);
        uint32_t first = s->first_of_site[site], n = s->first_of_site[site + 1] - first;

        if (!work(s, n))
            return;
        g_array_append_vals(members, s->dps_by_site + first, n);
    }
    if (members->len == before && !s->some_without_site) {
        g_autofree char *quoted = mistakes_quoted(pattern);
        complain(s, "site %s has no distribution points", quoted);
    }
}

/* Their packages are not there before a run: only that there are such workloads is looked at. */
static void check_workloads(struct selecting *s, const char *pattern)
{
    g_autoptr(GArray) named = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    if (s->pending->workloads)
        add_named(s, reader_list_of(s->r, TARGET_WORKLOAD), TARGET_WORKLOAD, pattern, named);
    else
        complain(s, "an action takes packages of the scenario, not those of workloads");
}

static int compare_u32(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

    return x < y ? -1 : x > y;
}

/* Ascending, none twice. */
static void sort_once(GArray *members)
{
    const uint32_t *all = (const uint32_t *)(const void *)members->data;
    guint sorted = 1, kept = 0;

    while (sorted < members->len && all[sorted - 1] < all[sorted])
        sorted++;
    if (sorted >= members->len)
        return;
    if (members->len)
        qsort(members->data, members->len, sizeof(uint32_t), compare_u32);
    for (guint k = 0; k < members->len; k++) {
        uint32_t member = g_array_index(members, uint32_t, k);
        if (!kept || g_array_index(members, uint32_t, kept - 1) != member)
            g_array_index(members, uint32_t, kept++) = member;
    }
    g_array_set_size(members, kept);
}

static guint hash_of_list(gconstpointer data)
{
    const GArray *list = data;
    uint64_t hash = list->len;

    for (guint i = 0; i < list->len; i++)
        hash = (hash ^ g_array_index(list, uint32_t, i)) * 0x9E3779B97F4A7C15u;
    return (guint)(hash >> 32);
}

static gboolean are_equal_lists(gconstpointer a, gconstpointer b)
{
    const GArray *p = a, *q = b;

    return p->len == q->len && !memcmp(p->data, q->data, p->len * sizeof(uint32_t));
}

/* Thousands of groups may have the same members: one list for all. Takes the list over. */
static GArray *shared_list(struct selecting *s, GArray *list)
{
    GArray *there = s->shared && list->len ? g_hash_table_lookup(s->shared, list) : NULL;

    if (there) {
        g_array_unref(list);
        return g_array_ref(there);
    }
    if (s->shared && list->len)
        g_hash_table_add(s->shared, g_array_ref(list));
    return list;
}

static bool is_group(const struct selecting *s, const struct pending_selection *pending)
{
    const GArray *groups = s->groups ? s->groups->entities : NULL;
    uintptr_t at = (uintptr_t)pending->selection, begin = groups ? (uintptr_t)groups->data : 0;

    return groups && at >= begin && at < begin + groups->len * sizeof(struct group_spec);
}

static void resolve(struct selecting *s, struct pending_selection *pending, unsigned depth)
{
    GArray *members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    GPtrArray *patterns = pending->selection->patterns;
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(uint32_t)), *direct = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (guint k = 0; k < patterns->len; k++) {
        const char *pattern = g_ptr_array_index(patterns, k);

        s->pending = pending;
        s->node = pending->nodes ? g_ptr_array_index(pending->nodes, k) : NULL;
        guint before = members->len;
        if (pending->target == TARGET_DP && g_str_has_prefix(pattern, "group:"))
            add_groups(s, pattern + strlen("group:"), members, groups, depth);
        else if (pending->target == TARGET_DP && g_str_has_prefix(pattern, "site:"))
            add_sites(s, pattern + strlen("site:"), members);
        else if (pending->target == TARGET_PACKAGE && g_str_has_prefix(pattern, "workload:"))
            check_workloads(s, pattern + strlen("workload:"));
        else
            add_named(s, reader_list_of(s->r, pending->target), pending->target, pattern, members);
        if (!g_str_has_prefix(pattern, "group:") && members->len > before)
            g_array_append_vals(direct, &g_array_index(members, uint32_t, before), members->len - before);
    }
    sort_once(members);
    sort_once(groups);
    sort_once(direct);
    g_clear_pointer(&pending->selection->members, g_array_unref);
    g_clear_pointer(&pending->selection->groups, g_array_unref);
    g_clear_pointer(&pending->selection->direct, g_array_unref);
    pending->selection->members = shared_list(s, members);
    if (groups->len || is_group(s, pending)) {
        pending->selection->groups = groups;
        pending->selection->direct = direct;
        if (s->shared && !groups->len) { /* it is all there is */
            g_array_unref(direct);
            pending->selection->direct = g_array_ref(pending->selection->members);
        }
    } else {
        g_array_unref(groups);
        g_array_unref(direct);
    }
}

/* Adds the members of `from`, both ascending; whether there are new ones. */
static bool unite(GArray *members, const GArray *from)
{
    guint n = members->len, m = from ? from->len : 0, n_new = 0;

    for (guint k = 0; k < m; k++)
        n_new += !n || !bsearch(&g_array_index(from, uint32_t, k), members->data, n, sizeof(uint32_t), compare_u32);
    if (!n_new)
        return false;
    g_array_set_size(members, n + n_new);
    uint32_t *all = (uint32_t *)(void *)members->data;
    /* From their ends, so that nothing is overwritten that is still to come. */
    for (guint at = n + n_new; m > 0;) {
        uint32_t last = g_array_index(from, uint32_t, m - 1);

        if (n > 0 && all[n - 1] >= last) {
            m -= all[n - 1] == last;
            all[--at] = all[--n];
        } else {
            all[--at] = last;
            m--;
        }
    }
    return true;
}

static GArray *members_of_group(const struct selecting *s, uint32_t group)
{
    return s->of_group[group] ? s->of_group[group]->selection->members : NULL;
}

/* All that is in a group at some time: who joins it, or a group in it. Of each group and each join, until nothing is
 * new. */
static void add_joiners(struct selecting *s)
{
    GArray *actions = s->r->scenario->actions;
    guint n_groups = s->groups && s->groups->entities ? s->groups->entities->len : 0;
    bool more = !s->shared;

    while (more) {
        more = false;
        for (guint i = 0; i < s->r->pending->len; i++) {
            const struct selection *selection = g_array_index(s->r->pending, struct pending_selection, i).selection;
            for (guint k = 0; selection->members && selection->groups && k < selection->groups->len; k++)
                more |= unite(selection->members, members_of_group(s, g_array_index(selection->groups, uint32_t, k)));
        }
        for (guint i = 0; actions && i < actions->len; i++) {
            const struct action_spec *action = &g_array_index(actions, struct action_spec, i);
            if (action->what == ACTION_JOIN && action->group >= 0 && (guint)action->group < n_groups &&
                action->to.members && members_of_group(s, (uint32_t)action->group))
                more |= unite(members_of_group(s, (uint32_t)action->group), action->to.members);
        }
    }
}

static bool anything_joins(const GArray *actions)
{
    for (guint i = 0; actions && i < actions->len; i++)
        if (g_array_index(actions, struct action_spec, i).what == ACTION_JOIN)
            return true;
    return false;
}

static void list_unref(gpointer list)
{
    g_array_unref(list);
}

void reader_select(struct reader *r)
{
    struct selecting s = {.r = r,
                          .dps = reader_list_of(r, TARGET_DP),
                          .sites = reader_list_of(r, TARGET_SITE),
                          .groups = reader_list_of(r, TARGET_GROUP)};
    GArray *groups = s.groups ? s.groups->entities : NULL;
    guint n = groups ? groups->len : 0;
    uintptr_t begin = groups ? (uintptr_t)groups->data : 0;

    if (!anything_joins(r->scenario->actions))
        s.shared = g_hash_table_new_full(hash_of_list, are_equal_lists, list_unref, NULL);
    s.of_group = g_new0(struct pending_selection *, n + 1);
    s.states = g_new0(uint8_t, n + 1);
    for (guint i = 0; i < r->pending->len; i++) {
        struct pending_selection *pending = &g_array_index(r->pending, struct pending_selection, i);
        uintptr_t at = (uintptr_t)pending->selection;
        if (n && at >= begin && at < begin + n * sizeof(struct group_spec))
            s.of_group[(at - begin) / sizeof(struct group_spec)] = pending;
    }
    for (guint i = 0; i < n; i++) {
        if (s.states[i] == GROUP_NEW && s.of_group[i]) {
            s.states[i] = GROUP_OPEN;
            resolve(&s, s.of_group[i], 0);
            s.states[i] = GROUP_DONE;
        }
    }
    for (guint i = 0; i < r->pending->len; i++) {
        struct pending_selection *pending = &g_array_index(r->pending, struct pending_selection, i);
        if (!pending->selection->members)
            resolve(&s, pending, 0);
    }
    add_joiners(&s);
    if (s.shared)
        g_hash_table_unref(s.shared);
    g_free(s.of_group);
    g_free(s.states);
    g_free(s.dps_by_site);
    g_free(s.first_of_site);
}
