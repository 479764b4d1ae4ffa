#include "sim/engine/random.h"

#include <Random123/philox.h>
#include <math.h>
#include <string.h>

void sim_random_make_exponential(struct sim_random_state *state)
{
    for (int i = 0; i < SIM_RANDOM_BLOCK; i++)
        state->exponential[i] = -log(1.0 - (double)(state->block[i] >> 11) * 0x1p-53);
    state->has_exponential = true;
}

void sim_random_refill(struct sim_random_state *state)
{
    /* Word by word: copies of whole blocks go through wide registers, and loading what has just been stored by words
     * into those makes a refill twice as slow. */
    philox4x64_key_t key = {{state->key[0], state->key[1]}};
    philox4x64_ctr_t counter = {{state->counter[0], state->counter[1], state->counter[2], state->counter[3]}};
    philox4x64_ctr_t numbers = philox4x64(counter, key);

    for (int i = 0; i < SIM_RANDOM_BLOCK; i++)
        state->block[i] = numbers.v[i];
    state->n_drawn = 0;
    /* 2^130 numbers before the word that holds the replication would be touched */
    if (++state->counter[0] == 0)
        state->counter[1]++;
    if (state->has_exponential)
        sim_random_make_exponential(state);
}

static void restart(struct sim_random_state *state, uint64_t key_0, uint64_t key_1, uint64_t replication)
{
    *state = (struct sim_random_state){.key = {key_0, key_1}, .counter = {0, 0, 0, replication}};
    sim_random_refill(state);
}

static void set(void *state, unsigned long seed)
{
    restart(state, seed, 0, 0);
}

static unsigned long get(void *state)
{
    return sim_random_bits(state);
}

static double get_double(void *state)
{
    return (double)(sim_random_bits(state) >> 11) * 0x1p-53;
}

static const gsl_rng_type philox = {
    .name = "philox4x64",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct sim_random_state),
    .set = set,
    .get = get,
    .get_double = get_double,
};

const gsl_rng_type *const sim_random_philox = &philox;

static uint64_t fnv1a(uint64_t hash, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)text[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static uint64_t hash_of(const char *entity, const char *purpose)
{
    uint64_t hash = fnv1a(UINT64_C(0xcbf29ce484222325), entity, strlen(entity) + 1); /* with its zero byte */

    hash = fnv1a(hash, purpose, strlen(purpose));
    hash = (hash ^ hash >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    hash = (hash ^ hash >> 27) * UINT64_C(0x94d049bb133111eb);
    return hash ^ hash >> 31;
}

gsl_rng *sim_random_stream(uint64_t seed, uint32_t replication, const char *entity, const char *purpose)
{
    gsl_rng *stream = gsl_rng_alloc(sim_random_philox);

    restart(stream->state, seed, hash_of(entity, purpose), replication);
    return stream;
}
