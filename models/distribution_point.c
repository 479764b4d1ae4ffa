#include "models/distribution_point.h"

#include "models/pull_distribution_point.h"

const struct version *distribution_point_version(const struct distribution_point *dp, uint32_t package)
{
    return dp->held ? dp->held[package] : NULL;
}

void distribution_point_store(struct distribution_point *dp, const struct version *version, struct room **room)
{
    if (!dp->held)
        dp->held = sim_memory_take0(dp->manager->sim->memory, dp->manager->content->n_packages * sizeof *dp->held);
    const struct content *content = dp->manager->content;
    const struct version **held = &dp->held[version->package->index];
    drives_store(&dp->drives, content, version, &dp->library, room);
    if (*held == version)
        return;
    library_add(&dp->library, version); /* first: what both versions have stays */
    if (*held) {
        library_remove(&dp->library, *held);
        drives_removed(&dp->drives, content, *held, &dp->library);
    }
    *held = version;
}

void distribution_point_release(struct distribution_point *dp, const struct version *version, GArray **claims)
{
    if (!*claims)
        return;
    library_release(&dp->library, claims);
    drives_removed(&dp->drives, dp->manager->content, version, &dp->library);
}

void distribution_point_remove(struct distribution_point *dp, uint32_t package)
{
    const struct version *held = dp->held[package];
    library_remove(&dp->library, held);
    drives_removed(&dp->drives, dp->manager->content, held, &dp->library);
    dp->held[package] = NULL;
    pull_files_gone(dp);
}

void distribution_point_damage(struct distribution_point *dp, const struct version *version, enum damage damage)
{
    library_damage(&dp->library, version, damage);
    pull_files_gone(dp);
}

void distribution_point_foresee(const struct distribution_point *dp, unsigned step)
{
    if (step == 0) {
        sim_call_for(dp, sizeof *dp);
        return;
    }
    if (step == 1) {
        __builtin_prefetch(dp->spec);
        sim_call_for(&dp->manager->threads, sizeof dp->manager->threads);
        if (dp->library.references)
            __builtin_prefetch(dp->library.references);
        if (dp->links)
            __builtin_prefetch(dp->links);
        if (dp->limiter.only.waiting.n) {
            __builtin_prefetch(&dp->limiter.only.waiting.keys[SIM_HEAP_ROOT]);
            __builtin_prefetch(&dp->limiter.only.waiting.nodes[SIM_HEAP_ROOT]);
        }
        if (dp->pulls && dp->pull)
            sim_call_for(dp->pull, sizeof *dp->pull);
        return;
    }
    __builtin_prefetch(dp->manager->threads.owner);
    if (dp->library.references)
        __builtin_prefetch(dp->library.references->data);
    if (dp->links)
        __builtin_prefetch(dp->links->pdata);
}

bool distribution_point_reachable(const struct distribution_point *dp)
{
    if (sim_network_whole(dp->manager->network))
        return true;
    for (guint i = 0; i < dp->links->len; i++)
        if (!((const struct sim_link *)dp->links->pdata[i])->up)
            return false;
    return true;
}

void distribution_point_clear(struct distribution_point *dp)
{
    limiter_clear(&dp->limiter);
    library_clear(&dp->library);
    drives_clear(&dp->drives);
    dp->held = NULL;
    g_clear_pointer(&dp->links, g_ptr_array_unref);
}
