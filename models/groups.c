#include "models/groups.h"

static const struct selection *selection_of(const struct groups *groups, uint32_t group)
{
    return &g_array_index(groups->scenario->groups, struct group_spec, group).members;
}

/* What a selection names otherwise than by a group. */
static const GArray *direct(const struct selection *to)
{
    return to->direct ? to->direct : to->members;
}

void groups_init(struct groups *groups, const struct scenario *scenario)
{
    *groups = (struct groups){.scenario = scenario,
                              .n_groups = scenario->groups ? scenario->groups->len : 0,
                              .n_dps = scenario->distribution_points->len,
                              .n_packages = scenario->packages->len};
    groups->members = g_new0(uint8_t, (size_t)groups->n_groups * groups->n_dps / 8 + 1);
    groups->holds = g_new0(bool, (size_t)groups->n_groups * groups->n_packages);
    for (uint32_t group = 0; group < groups->n_groups; group++) {
        const GArray *named = direct(selection_of(groups, group));
        for (guint i = 0; i < named->len; i++)
            groups_join(groups, group, g_array_index(named, uint32_t, i));
    }
}

void groups_clear(struct groups *groups)
{
    g_clear_pointer(&groups->members, g_free);
    g_clear_pointer(&groups->holds, g_free);
}

static bool selected(const struct groups *groups, const struct selection *to, uint32_t dp)
{
    for (guint i = 0; to->groups && i < to->groups->len; i++)
        if (groups_have(groups, g_array_index(to->groups, uint32_t, i), dp))
            return true;
    return false;
}

bool groups_have(const struct groups *groups, uint32_t group, uint32_t dp)
{
    size_t bit = (size_t)group * groups->n_dps + dp;
    return groups->members[bit / 8] >> bit % 8 & 1 || selected(groups, selection_of(groups, group), dp);
}

static bool set_member(struct groups *groups, uint32_t group, uint32_t dp, bool member)
{
    size_t bit = (size_t)group * groups->n_dps + dp;
    uint8_t *at = &groups->members[bit / 8];
    bool changes = (*at >> bit % 8 & 1) != member;
    *at = (uint8_t)(*at ^ changes << bit % 8);
    return changes;
}

bool groups_join(struct groups *groups, uint32_t group, uint32_t dp)
{
    return set_member(groups, group, dp, true);
}

bool groups_leave(struct groups *groups, uint32_t group, uint32_t dp)
{
    return set_member(groups, group, dp, false);
}

void groups_set_held(struct groups *groups, const struct selection *to, uint32_t package, bool held)
{
    for (guint i = 0; to->groups && i < to->groups->len; i++)
        groups->holds[(size_t)g_array_index(to->groups, uint32_t, i) * groups->n_packages + package] = held;
}

static bool contains(const struct groups *groups, uint32_t outer, uint32_t inner)
{
    const GArray *within = selection_of(groups, outer)->groups;
    if (outer == inner)
        return true;
    for (guint i = 0; within && i < within->len; i++)
        if (contains(groups, g_array_index(within, uint32_t, i), inner))
            return true;
    return false;
}

bool groups_give(const struct groups *groups, uint32_t group, uint32_t package)
{
    for (uint32_t outer = 0; outer < groups->n_groups; outer++)
        if (groups->holds[(size_t)outer * groups->n_packages + package] && contains(groups, outer, group))
            return true;
    return false;
}

GArray *groups_select(const struct groups *groups, const struct selection *to)
{
    GArray *now = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    if (!to->groups) {
        if (direct(to))
            g_array_append_vals(now, direct(to)->data, direct(to)->len);
        return now;
    }
    g_autofree bool *named = g_new0(bool, groups->n_dps);
    for (guint i = 0; i < direct(to)->len; i++)
        named[g_array_index(direct(to), uint32_t, i)] = true;
    for (uint32_t dp = 0; dp < groups->n_dps; dp++)
        if (named[dp] || selected(groups, to, dp))
            g_array_append_val(now, dp);
    return now;
}
