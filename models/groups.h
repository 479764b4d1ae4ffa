/* Distribution point groups while the run goes on (C4): who is in them, and which packages they hold. What is
 * distributed to a group goes to those that are in it then; the group holds the package from then on, and who joins it
 * later receives it. Who leaves keeps what it has. A group may contain others: who is in one of those is in it too. */
#ifndef MODELS_GROUPS_H
#define MODELS_GROUPS_H

#include "models/scenario.h"

struct groups {
    const struct scenario *scenario;
    uint32_t n_groups, n_dps, n_packages;
    uint8_t *members; /* a bit for each group and distribution point: without those of groups within */
    bool *holds;      /* [n_groups * n_packages] */
};

void groups_init(struct groups *groups, const struct scenario *scenario);
void groups_clear(struct groups *groups);

bool groups_have(const struct groups *groups, uint32_t group, uint32_t dp);
/* Returns whether that changes anything. */
bool groups_join(struct groups *groups, uint32_t group, uint32_t dp);
bool groups_leave(struct groups *groups, uint32_t group, uint32_t dp);

/* The groups that a selection names hold the package from now on, or do not any more. */
void groups_set_held(struct groups *groups, const struct selection *to, uint32_t package, bool held);
/* Whether who joins the group is to have the package: it, or a group that contains it, holds it. */
bool groups_give(const struct groups *groups, uint32_t group, uint32_t package);

/* The distribution points that are selected now: indices, ascending; g_array_unref() it. */
GArray *groups_select(const struct groups *groups, const struct selection *to);

#endif
