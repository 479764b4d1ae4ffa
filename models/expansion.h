/* Company life written out: workloads become packages and their distribution, recurring actions become an action each
 * time. It is done once per run, before anything is built; the models know plain packages and actions only.
 *
 * Times, sizes, choices and priorities of a workload come from streams named by the workload: what else there is in the
 * scenario changes none of them. */
#ifndef MODELS_EXPANSION_H
#define MODELS_EXPANSION_H

#include "models/scenario.h"

/* So many packages of workloads, and so many actions, may there be in one run. */
#define EXPANSION_MAX 100000

struct expansion {
    struct scenario
        scenario;           /* as the one given, which must outlive it, but with plain packages, actions, objectives */
    guint n_given_packages; /* the first ones, shared with it */
    GPtrArray *members;     /* GArray * of selections, owned */
};

/* NULL: it would be more than twice EXPANSION_MAX. A scenario that has passed the reader's checks stays below
 * EXPANSION_MAX in replication 0; in others chance may add a little. */
struct expansion *expansion_new(const struct scenario *scenario, uint64_t seed, uint32_t replication);
void expansion_free(struct expansion *expansion);

/* How often an action is taken in all, and how many packages a workload brings; at most `most`. */
uint32_t expansion_count_times(const struct scenario *scenario, const struct action_spec *action, uint32_t most);
uint32_t expansion_count_packages(const struct scenario *scenario, const struct workload_spec *workload, uint64_t seed,
                                  uint32_t replication, uint32_t most);

#endif
