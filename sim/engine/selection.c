#include "sim/engine/selection.h"

#include <glib.h>
#include <math.h>

struct pair {
    double mean, squares; /* of the differences of the first n0 rounds: Welford */
};

struct sim_kn {
    size_t k, n0, rounds, n_in;
    double indifference, h2;
    bool *in;
    double *mean;
    size_t *rounds_of;
    struct pair *pairs; /* [i * k + l], i < l */
};

double sim_kn_h2(size_t k, size_t n0, double alpha)
{
    double n = (double)(n0 - 1);

    g_assert(k >= 2 && n0 >= 2 && alpha > 0 && alpha < 1 - 1 / (double)k);
    return (pow(2 * alpha / (double)(k - 1), -2 / n) - 1) * n;
}

struct sim_kn *sim_kn_new(size_t k, size_t n0, double indifference, double alpha)
{
    struct sim_kn *kn = g_new0(struct sim_kn, 1);

    g_assert(k >= 1 && n0 >= 2 && indifference > 0);
    kn->k = kn->n_in = k;
    kn->n0 = n0;
    kn->indifference = indifference;
    kn->h2 = k > 1 ? sim_kn_h2(k, n0, alpha) : 0;
    kn->in = g_new(bool, k);
    for (size_t i = 0; i < k; i++)
        kn->in[i] = true;
    kn->mean = g_new0(double, k);
    kn->rounds_of = g_new0(size_t, k);
    kn->pairs = g_new0(struct pair, k * k);
    return kn;
}

void sim_kn_free(struct sim_kn *kn)
{
    if (!kn)
        return;
    g_free(kn->in);
    g_free(kn->mean);
    g_free(kn->rounds_of);
    g_free(kn->pairs);
    g_free(kn);
}

/* h^2 S^2 / d^2: after so many rounds of this pair, the one with the worse mean goes. */
static double decided_after(const struct sim_kn *kn, size_t i, size_t l)
{
    double variance = kn->pairs[MIN(i, l) * kn->k + MAX(i, l)].squares / (double)(kn->n0 - 1);

    return kn->h2 * variance / (kn->indifference * kn->indifference);
}

static double margin(const struct sim_kn *kn, size_t i, size_t l)
{
    double r = (double)kn->rounds;

    return fmax(0, (decided_after(kn, i, l) - r) * kn->indifference / (2 * r));
}

static double longest(const struct sim_kn *kn)
{
    double most = 0;

    for (size_t i = 0; i < kn->k; i++)
        for (size_t l = i + 1; l < kn->k; l++)
            if (kn->in[i] && kn->in[l])
                most = fmax(most, decided_after(kn, i, l));
    return most;
}

/* Among those that are in, which is not changed before all have been looked at. */
static void screen(struct sim_kn *kn)
{
    g_autofree bool *stays = g_new0(bool, kn->k);
    size_t n_in = 0;
    bool last_round = (double)kn->rounds > longest(kn); /* then only those with the least mean are left */

    for (size_t i = 0; i < kn->k; i++) {
        stays[i] = kn->in[i];
        for (size_t l = 0; stays[i] && l < kn->k; l++)
            if (l != i && kn->in[l])
                stays[i] = kn->mean[i] <= kn->mean[l] + margin(kn, i, l);
        stays[i] = stays[i] && !(last_round && n_in > 0);
        n_in += stays[i];
    }
    for (size_t i = 0; i < kn->k; i++)
        kn->in[i] = stays[i];
    kn->n_in = n_in;
}

size_t sim_kn_add_round(struct sim_kn *kn, const double *values)
{
    kn->rounds++;
    for (size_t i = 0; i < kn->k; i++) {
        if (!kn->in[i])
            continue;
        g_assert(isfinite(values[i]));
        kn->rounds_of[i]++;
        kn->mean[i] += (values[i] - kn->mean[i]) / (double)kn->rounds;
        for (size_t l = i + 1; l < kn->k && kn->rounds <= kn->n0; l++) {
            struct pair *pair = &kn->pairs[i * kn->k + l];
            double difference = values[i] - values[l], before = difference - pair->mean;
            pair->mean += before / (double)kn->rounds;
            pair->squares += before * (difference - pair->mean);
        }
    }
    if (kn->rounds >= kn->n0 && kn->n_in > 1)
        screen(kn);
    return kn->n_in;
}

bool sim_kn_is_in(const struct sim_kn *kn, size_t variant)
{
    return kn->in[variant];
}

size_t sim_kn_rounds(const struct sim_kn *kn)
{
    return kn->rounds;
}

size_t sim_kn_most_rounds(const struct sim_kn *kn)
{
    if (kn->rounds < kn->n0)
        return 0;
    if (kn->n_in == 1)
        return kn->rounds;

    double most = floor(longest(kn)) + 1;
    return most < (double)G_MAXSIZE ? (size_t)most : G_MAXSIZE;
}

double sim_kn_mean(const struct sim_kn *kn, size_t variant)
{
    return kn->rounds_of[variant] > 0 ? kn->mean[variant] : NAN;
}

void sim_ocba(const double *mean, const double *sd, size_t k, double *share)
{
    size_t best = 0;
    double closest = INFINITY, squares = 0, sum = 0;

    for (size_t i = 0; i < k; i++) {
        g_assert(isfinite(mean[i]) && sd[i] >= 0);
        if (mean[i] < mean[best])
            best = i;
    }
    for (size_t i = 0; i < k; i++)
        if (i != best)
            closest = fmin(closest, mean[i] - mean[best]);
    /* In units of the closest, which may be 0: then the others are infinitely far. N_i = (sd / delta)^2, and
     * N_i / sd_i = sd / delta^2 without dividing by an sd of 0. */
    for (size_t i = 0; i < k; i++) {
        if (i == best)
            continue;
        double delta = mean[i] - mean[best];
        double nearness = delta == closest ? 1 : closest / delta;
        share[i] = sd[i] * sd[i] * nearness * nearness;
        squares += pow(sd[i] * nearness * nearness, 2);
        sum += share[i];
    }
    share[best] = sd[best] * sqrt(squares);
    sum += share[best];
    for (size_t i = 0; i < k; i++)
        share[i] = sum > 0 ? share[i] / sum : 1 / (double)k;
}
