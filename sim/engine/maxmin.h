/* Max-min fair rates: a pure solver, arrays in, rates out.
 *
 * Rates are max-min fair when every flow either runs at its own cap, or crosses a link that is used up and on which no
 * flow is faster (its bottleneck); Bertsekas and Gallager, Data Networks, section 6.5. That allocation is unique. */
#ifndef SIM_ENGINE_MAXMIN_H
#define SIM_ENGINE_MAXMIN_H

#include <stdint.h>

#define SIM_MAXMIN_CAP (-1)  /* the flow's own cap holds it back */
#define SIM_MAXMIN_NONE (-2) /* nothing does: its rate is INFINITY */

/* Flow f crosses the links link_of[first_hop[f]] .. link_of[first_hop[f + 1] - 1] (no link twice).
 * capacity, cap: 0 to INFINITY. Writes rate[f], and into bound[f] the link that holds the flow back, or one of the values
 * above. Where several would, the one with the lowest number among the links that are used up at that rate; the cap
 * before any link. O((hops + links) log links). */
void sim_maxmin(uint32_t n_links, const double *capacity, uint32_t n_flows, const uint32_t *first_hop,
                const uint32_t *link_of, const double *cap, double *rate, int32_t *bound);

#endif
