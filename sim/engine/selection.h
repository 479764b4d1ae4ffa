/* Which of k variants has the least mean? Negate the values where the greatest is best. Values of a round may have the
 * same luck (common random numbers), which makes deciding cheaper. */
#ifndef SIM_ENGINE_SELECTION_H
#define SIM_ENGINE_SELECTION_H

#include <stdbool.h>
#include <stddef.h>

/* ---- Successive elimination: procedure KN ---- */

/* h^2 = 2 c eta (n0 - 1), eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2, c = 1 (Kim and Nelson, "A fully
 * sequential procedure for indifference-zone selection in simulation", ACM TOMACS 11:3, 2001). k >= 2, n0 >= 2, 0 <
 * alpha < 1 - 1/k. */
double sim_kn_h2(size_t k, size_t n0, double alpha);

/* If the best mean is better than all others by at least `indifference`, it is the one that remains, with probability
 * 1 - alpha (of normal values); if not, one remains that is as good as that. Each round adds a value of every variant
 * that is in. After the first n0 rounds, which give the variances of all differences S^2, and after each further one:
 * variant i goes as soon as mean_i > mean_l + W for some l that is in, W = max(0, (h^2 S_il^2 / d^2 - r) d / (2 r)),
 * after r rounds with d = indifference. It ends, at the latest, when r has passed all h^2 S^2 / d^2; of several with
 * exactly the same mean the first then remains: begin with the cheapest. */
struct sim_kn;

/* k >= 1, n0 >= 2 (10 is good), indifference > 0, 0 < alpha < 1 - 1/k. Free with sim_kn_free(). Memory and time of a
 * round are of the order of k^2. */
struct sim_kn *sim_kn_new(size_t k, size_t n0, double indifference, double alpha);
void sim_kn_free(struct sim_kn *kn);
/* values[i]: finite, of each variant i that is in; the others are not looked at. Returns how many remain. */
size_t sim_kn_add_round(struct sim_kn *kn, const double *values);
bool sim_kn_is_in(const struct sim_kn *kn, size_t variant);
size_t sim_kn_rounds(const struct sim_kn *kn);
/* It takes at most so many rounds in all, by the variants that are in; 0: unknown, before n0 rounds. */
size_t sim_kn_most_rounds(const struct sim_kn *kn);
/* Of the rounds a variant took part in. */
double sim_kn_mean(const struct sim_kn *kn, size_t variant);

/* ---- A fixed budget: optimal computing budget allocation ---- */

/* The share of all replications that each of k variants should get, given means and standard deviations so far (Chen,
 * Lin, Yucesan and Chick, Discrete Event Dynamic Systems 10, 2000): with b the least mean and delta_i = mean_i -
 * mean_b, N_i / N_j = ((sd_i / delta_i) / (sd_j / delta_j))^2, N_b = sd_b sqrt(sum of (N_i / sd_i)^2). Variants that do
 * not vary need none; those with the mean of b share what there is with it; equal shares where nothing varies. k >= 1;
 * finite means, sd >= 0. */
void sim_ocba(const double *mean, const double *sd, size_t k, double *share);

#endif
