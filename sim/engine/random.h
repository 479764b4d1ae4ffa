/* Named random streams. A stream is named by (seed, replication, entity, purpose) and depends on nothing else: adding
 * an entity does not change the draws of another, and two variants of a world see the same luck.
 *
 * Counter-based (Philox4x64-10; Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", SC 2011):
 * the key is (seed, hash of entity and purpose), the counter starts at (0, 0, 0, replication). The hash is FNV-1a (64
 * bits) over entity, a zero byte and purpose, finished as in SplitMix64 so that similar names end far apart.
 * Distributions are GSL's: a stream is a gsl_rng. */
#ifndef SIM_ENGINE_RANDOM_H
#define SIM_ENGINE_RANDOM_H

#include <gsl/gsl_rng.h>
#include <stdbool.h>
#include <stdint.h>

/* The generator as GSL knows it; gsl_rng_set() restarts it with the key (seed, 0). */
extern const gsl_rng_type *const sim_random_philox;

/* A new stream at its beginning; free with gsl_rng_free(). */
gsl_rng *sim_random_stream(uint64_t seed, uint32_t replication, const char *entity, const char *purpose);

/* The rest is a short way into such a stream, for where a draw is a good part of the work: the same numbers as through
 * GSL, without calls through function pointers. The stream must be one of sim_random_stream().
 *
 * A stream has its next numbers ready: it makes four as soon as the last four are used up, and a stream that is asked
 * for exponential numbers makes those too. Nobody waits for them: they are computed beside whatever is done with the
 * last. */

#define SIM_RANDOM_BLOCK 4

struct sim_random_state {
    uint64_t block[SIM_RANDOM_BLOCK];     /* drawn in order */
    double exponential[SIM_RANDOM_BLOCK]; /* of mean 1, from the same numbers */
    bool has_exponential;
    uint32_t n_drawn; /* of this block; below SIM_RANDOM_BLOCK */
    uint64_t key[2];
    uint64_t counter[4]; /* of the next block, least significant word first */
};

void sim_random_refill(struct sim_random_state *state);
void sim_random_make_exponential(struct sim_random_state *state);

static inline void sim_random_drawn(struct sim_random_state *state)
{
    if (++state->n_drawn == SIM_RANDOM_BLOCK)
        sim_random_refill(state);
}

static inline uint64_t sim_random_bits(struct sim_random_state *state)
{
    uint64_t bits = state->block[state->n_drawn];

    sim_random_drawn(state);
    return bits;
}

/* gsl_rng_uniform(): 0 <= u < 1 in steps of 2^-53. */
static inline double sim_random_uniform(const gsl_rng *stream)
{
    return (double)(sim_random_bits(stream->state) >> 11) * 0x1p-53;
}

/* gsl_ran_exponential(), of the same u (but for the last bit: 1 - u is exact, which makes log as good as log1p). */
static inline double sim_random_exponential(const gsl_rng *stream, double mean)
{
    struct sim_random_state *state = stream->state;

    if (!state->has_exponential)
        sim_random_make_exponential(state);
    double exponential = state->exponential[state->n_drawn];
    sim_random_drawn(state);
    return mean * exponential;
}

#endif
