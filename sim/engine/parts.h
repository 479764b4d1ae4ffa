/* A world in parts, for what need not be simulated in the order of time: parts that affect nobody else. Each has a
 * clock and a queue of its own (sim/engine/sim.h), runs a stretch of time on its own, and so finds what it needs in the
 * processor's caches, where a world in one queue goes through all of its memory again and again.
 *
 * The first part is the world itself. What happens in it may affect others, by sim_post() or, after
 * sim_parts_catch_up(), in any way; none of the others affects the first or another. So the first is simulated ahead of
 * the others, a stretch of time after the other. (A simulation of logical processes without a cycle needs no more
 * synchronization than that: K. M. Chandy, J. Misra, IEEE Trans. Software Eng. 5, 1979.) Each part fires the same
 * events in the same order as if all were in one queue. */
#ifndef SIM_ENGINE_PARTS_H
#define SIM_ENGINE_PARTS_H

#include "sim/engine/sim.h"

struct sim_parts;

/* Of this world, which is the first part. */
struct sim_parts *sim_parts_new(struct sim *first);
void sim_parts_free(struct sim_parts *parts); /* with all parts but the first */
/* One more; owned. */
struct sim *sim_parts_add(struct sim_parts *parts);

/* As sim_run_at_most(). Between two calls the clocks differ, until everything is done: until_s must be the same in all
 * calls, or sim_parts_meet() be called before it is another. */
bool sim_parts_run_at_most(struct sim_parts *parts, double until_s, uint64_t n_events);
/* Goes on until all clocks are at the same time, which is not far. */
void sim_parts_meet(struct sim_parts *parts);
/* From inside an event of the first part, at its rank: the others fire what comes before that. Then all clocks are at
 * the same time, and the event may look at anything and change anything. */
void sim_parts_catch_up(struct sim_parts *parts, enum sim_rank rank);

/* How far it has come, in s: between two calls of sim_parts_run_at_most() in the mean over the parts. */
double sim_parts_now(const struct sim_parts *parts);
/* Events fired since the start, in all parts. */
uint64_t sim_parts_n_fired(const struct sim_parts *parts);

#endif
