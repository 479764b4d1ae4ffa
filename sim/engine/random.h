/* Named random streams. A stream is named by (seed, replication, entity, purpose) and depends on nothing else: adding an
 * entity does not change the draws of another, and two variants of a world see the same luck.
 *
 * Counter-based (Philox4x64-10; Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011): the key
 * is (seed, hash of entity and purpose), the counter starts at (0, 0, 0, replication). Distributions are GSL's: a stream
 * is a gsl_rng. */
#ifndef SIM_ENGINE_RANDOM_H
#define SIM_ENGINE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdint.h>

/* The generator as GSL knows it; gsl_rng_set() restarts it with the key (seed, 0). */
extern const gsl_rng_type *const sim_random_philox;

/* A new stream at its beginning; free with gsl_rng_free(). */
gsl_rng *sim_random_stream(uint64_t seed, uint32_t replication, const char *entity, const char *purpose);

#endif
