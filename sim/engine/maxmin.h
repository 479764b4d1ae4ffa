/* Max-min fair rates: a pure solver, arrays in, rates out.
 *
 * Rates are max-min fair when every flow either runs at its own cap, or crosses a link that is used up and on which no
 * flow is faster (its bottleneck); Bertsekas and Gallager, Data Networks, section 6.5. That allocation is unique. */
#ifndef SIM_ENGINE_MAXMIN_H
#define SIM_ENGINE_MAXMIN_H

#include <stdint.h>

#define SIM_MAXMIN_CAP (-1)  /* the flow's own cap holds it back */
#define SIM_MAXMIN_NONE (-2) /* nothing does: its rate is INFINITY */

/* Links whose levels differ by less than this, relatively, count as used up at the same rate. */
#define SIM_MAXMIN_TIE 1e-12

/* Memory for solving, kept from one call to the next: it grows as needed and holds nothing else. */
struct sim_maxmin_space;
struct sim_maxmin_space *sim_maxmin_space_new(void);
void sim_maxmin_space_free(struct sim_maxmin_space *space);

/* Flow f crosses the links link_of[first_hop[f]] .. link_of[first_hop[f + 1] - 1] (no link twice).
 * capacity, cap: 0 to INFINITY. Writes rate[f], and into bound[f] the link that holds the flow back, or one of the
 * values above. Where several would: the cap before any link, else the first on the flow's path. The result does not
 * depend on how the links are numbered, and flows and links that are not connected with a flow do not change its rate
 * by one bit as long as the order of those that are stays. O(hops + links + b log(links)), b: stages of filling. */
void sim_maxmin_solve(struct sim_maxmin_space *space, uint32_t n_links, const double *capacity, uint32_t n_flows,
                      const uint32_t *first_hop, const uint32_t *link_of, const double *cap, double *rate,
                      int32_t *bound);

/* The same with memory of its own. */
void sim_maxmin(uint32_t n_links, const double *capacity, uint32_t n_flows, const uint32_t *first_hop,
                const uint32_t *link_of, const double *cap, double *rate, int32_t *bound);

#endif
