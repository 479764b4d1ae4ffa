/* One simulated run of a scenario and what was collected of it, without any file. Simulations share nothing but the
 * scenario, which they only read: many may run side by side. */
#ifndef APP_SIMULATION_H
#define APP_SIMULATION_H

#include "models/expansion.h"
#include "models/hierarchy.h"
#include "sim/app/report/collector.h"
#include "sim/engine/sim.h"

struct simulation {
    struct expansion *expansion;
    const struct scenario *scenario; /* expanded: what the collector's rows refer to */
    struct sim *sim;
    struct hierarchy *hierarchy;
    struct collector *collector;
    uint32_t replication;
};

/* Whether replications of it may differ. */
bool simulation_has_chance(const struct scenario *scenario);

/* At the scenario's start. replication names its luck, together with the scenario's seed. flags: enum collector_flags.
 * NULL: chance has made more packages and actions than expansion_new() allows. */
struct simulation *simulation_new(const struct scenario *scenario, uint32_t replication, unsigned flags);
/* Runs until until_s, the end of the scenario at most. goes_on is asked after every few thousand events, the same
 * number on every machine; NULL: nobody is asked. FALSE: it said no. Either way what is open is told and the collector
 * has ended. */
bool simulation_run(struct simulation *simulation, double until_s,
                    bool (*goes_on)(void *ctx, const struct simulation *simulation), void *ctx);
/* How far it has come, in s since the start, and the events that it took. */
double simulation_now(const struct simulation *simulation);
uint64_t simulation_n_events(const struct simulation *simulation);
void simulation_free(struct simulation *simulation);

#endif
