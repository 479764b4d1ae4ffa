#include "sim/app/report/summary.h"

#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/tables.h"

static inline uint64_t bits_of(double value)
{
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Eleven bits at a time: for many numbers that is several times as fast as comparing them. The bits of doubles that are
 * not negative order as they do. */
static void radix_sort(double *values, size_t n)
{
    enum { BITS = 11, BUCKETS = 1 << BITS };
    g_autofree double *spare = g_new(double, n);
    double *from = values, *to = spare;

    for (unsigned shift = 0; shift < 64; shift += BITS) {
        size_t places[BUCKETS] = {0}, place = 0;

        for (size_t i = 0; i < n; i++)
            places[bits_of(from[i]) >> shift & (BUCKETS - 1)]++;
        if (places[bits_of(from[0]) >> shift & (BUCKETS - 1)] == n)
            continue;
        for (size_t k = 0; k < BUCKETS; k++) {
            size_t count = places[k];
            places[k] = place;
            place += count;
        }
        for (size_t i = 0; i < n; i++)
            to[places[bits_of(from[i]) >> shift & (BUCKETS - 1)]++] = from[i];
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != values)
        memcpy(values, from, n * sizeof *values);
}

/* Runs by insertion, then merged in pairs, to and fro: both lie in the cache. */
static void merge_sort(double *values, size_t n)
{
    enum { RUN = 16 };
    g_autofree double *spare = g_new(double, n);
    double *from = values, *to = spare;

    for (size_t begin = 0; begin < n; begin += RUN)
        for (size_t i = begin + 1; i < MIN(begin + RUN, n); i++) {
            double value = values[i];
            size_t k = i;

            for (; k > begin && values[k - 1] > value; k--)
                values[k] = values[k - 1];
            values[k] = value;
        }
    for (size_t run = RUN; run < n; run *= 2) {
        for (size_t begin = 0; begin < n; begin += 2 * run) {
            size_t middle = MIN(begin + run, n), end = MIN(begin + 2 * run, n), left = begin, right = middle;

            for (size_t k = begin; k < end; k++) {
                bool takes_left = right == end || (left < middle && from[left] <= from[right]);
                to[k] = takes_left ? from[left++] : from[right++];
            }
        }
        double *swap = from;
        from = to;
        to = swap;
    }
    if (from != values)
        memcpy(values, from, n * sizeof *values);
}

void sort_times(double *values, size_t n)
{
    enum { FEW = 1000 };

    if (n <= FEW)
        merge_sort(values, n);
    else
        radix_sort(values, n);
}

struct spread spread_of(double *values, size_t n)
{
    struct spread spread = {(guint)n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (!n)
        return spread;
    sort_times(values, n);
    spread.mean_s = gsl_stats_mean(values, 1, n);
    spread.min_s = values[0];
    spread.p50_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.5);
    spread.p90_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.9);
    spread.p95_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.95);
    spread.p99_s = gsl_stats_quantile_from_sorted_data(values, 1, n, 0.99);
    spread.max_s = values[n - 1];
    return spread;
}

/* The later of two times, where NaN is "not at all". */
static double later(double a, double b)
{
    return fmax(a, b);
}

/* ---- deliveries ---- */

static guint package_of(const struct delivery_fact *fact)
{
    return fact->package;
}
static guint site_of_dp(const struct delivery_fact *fact)
{
    return fact->site;
}
static guint dp_of(const struct delivery_fact *fact)
{
    return fact->dp;
}

static void tally_add(struct tally *tally, const struct delivery_fact *fact)
{
    tally->n++;
    tally->first_requested_s = fmin(tally->first_requested_s, fact->requested_s);
    if (fact->state == DELIVERY_FAILED)
        tally->failed++;
    else if (fact->state == DELIVERY_OPEN)
        tally->open++;
    else if (fact->state == DELIVERY_CANCELLED)
        tally->cancelled++;
    if (fact->state != DELIVERY_DELIVERED)
        return;
    tally->delivered++;
    tally->last_on_dp_s = later(tally->last_on_dp_s, fact->on_dp_s);
    tally->total_s += fact->on_dp_s - fact->requested_s;
}

/* The delivery times of each tally, one tally after the other, in times, where there is room for all. */
static void spread_times(const struct collector *c, guint (*of)(const struct delivery_fact *fact),
                         struct tally *tallies, guint n, double *times)
{
    g_autofree size_t *next = g_new(size_t, n + 1);
    struct delivery_fact fact;
    size_t place = 0;

    for (guint i = 0; i < n; i++) {
        next[i] = place;
        place += tallies[i].delivered;
    }
    for (uint32_t i = 0; i < collector_n_deliveries(c); i++)
        if (collector_fact(c, i, &fact) && fact.state == DELIVERY_DELIVERED)
            times[next[of(&fact)]++] = fact.on_dp_s - fact.requested_s;
    for (guint i = 0; i < n; i++)
        tallies[i].time = spread_of(times + next[i] - tallies[i].delivered, tallies[i].delivered);
}

/* Of n groups, without members yet; sums: NULL: not known. */
static struct tally *tallies_new(guint n, const struct delivery_sums *sums)
{
    struct tally *tallies = g_new0(struct tally, n + 1);

    for (guint i = 0; i < n; i++) {
        tallies[i].first_requested_s = tallies[i].last_on_dp_s = NAN;
        tallies[i].bytes = sums ? sums[i].bytes : NAN;
        if (sums)
            memcpy(tallies[i].cause_s, sums[i].cause_s, sizeof tallies[i].cause_s);
    }
    return tallies;
}

/* Those that have members; frees the rest. */
static GArray *keep_used(struct tally *tallies, guint n)
{
    GArray *used = g_array_new(FALSE, FALSE, sizeof(struct tally));

    for (guint i = 0; i < n; i++)
        if (tallies[i].n)
            g_array_append_val(used, tallies[i]);
    g_free(tallies);
    return used;
}

static void note_lag(struct status_lag *lag, const struct delivery_fact *fact, double ended_s)
{
    double lag_s = (isnan(fact->site_knows_s) ? ended_s : fact->site_knows_s) - fact->on_dp_s;

    lag->n++;
    lag->unknown += isnan(fact->site_knows_s) ? 1 : 0;
    lag->late += lag_s > STATUS_LATE_S ? 1 : 0;
    lag->mean_s += lag_s; /* the sum, for now */
    lag->longest_s = fmax(lag->longest_s, lag_s);
}

/* lags: by site. There may be many millions, whose facts are all over the memory: they are asked for as seldom as can
 * be. */
static void tally_deliveries(struct summary *s, struct status_lag *lags)
{
    const struct collector *c = s->collector;
    const struct scenario *scenario = s->scenario;
    const struct digest *digest = collector_digest(c);
    guint n_packages = scenario->packages->len, n_sites = scenario->sites->len,
          n_dps = scenario->distribution_points->len;
    struct tally *all = tallies_new(1, digest ? &digest->all : NULL);
    struct tally *packages = tallies_new(n_packages, digest ? digest->packages : NULL);
    struct tally *sites = tallies_new(n_sites, digest ? digest->sites : NULL);
    struct tally *dps = tallies_new(n_dps, digest ? digest->dps : NULL);
    struct delivery_fact fact;

    s->last_known_at_site_s = s->last_known_at_central_s = NAN;
    for (uint32_t i = 0; i < collector_n_deliveries(c); i++) {
        if (!collector_fact(c, i, &fact))
            continue;
        tally_add(&all[0], &fact);
        tally_add(&packages[fact.package], &fact);
        tally_add(&sites[fact.site], &fact);
        tally_add(&dps[fact.dp], &fact);
        s->last_known_at_site_s = later(s->last_known_at_site_s, fact.site_knows_s);
        s->last_known_at_central_s = later(s->last_known_at_central_s, fact.central_knows_s);
        if (!isnan(fact.on_dp_s))
            note_lag(&lags[fact.site], &fact, c->ended_s);
    }
    g_autofree double *times = g_new(double, (size_t)all[0].delivered + 1);
    spread_times(c, package_of, packages, n_packages, times);
    spread_times(c, site_of_dp, sites, n_sites, times);
    spread_times(c, dp_of, dps, n_dps, times);
    all[0].time = spread_of(times, all[0].delivered);

    all[0].name = scenario->name;
    s->all = all[0];
    g_free(all);
    for (guint i = 0; i < n_packages; i++)
        packages[i].name = scenario_package(scenario, i)->id;
    for (guint i = 0; i < n_sites; i++)
        sites[i].name = scenario_site(scenario, (int32_t)i)->code;
    for (guint i = 0; i < n_dps; i++)
        dps[i].name = scenario_dp(scenario, i)->name;
    s->packages = keep_used(packages, n_packages);
    s->sites = keep_used(sites, n_sites);
    s->dps = keep_used(dps, n_dps);
}

/* ---- what sites know ---- */

static gint most_late_first(gconstpointer a, gconstpointer b)
{
    const struct status_lag *p = a, *q = b;

    if (p->late != q->late)
        return p->late > q->late ? -1 : 1;
    return p->site < q->site ? -1 : p->site > q->site;
}

static void tally_status(struct summary *s, struct status_lag *lags)
{
    const struct collector *c = s->collector;
    guint n_sites = s->scenario->sites->len;

    s->status = g_array_new(FALSE, FALSE, sizeof(struct status_lag));
    for (uint32_t i = 0; i < c->n_pools; i++) {
        int32_t site = c->pools[i].kind == POOL_STATUS ? collector_site(c, c->pools[i].entity) : -1;
        if (site >= 0 && c->pools[i].slots->n_granted)
            lags[site].waiting_s = c->pools[i].slots->waited_s / (double)c->pools[i].slots->n_granted;
    }
    for (guint i = 0; i < n_sites; i++)
        if (lags[i].n) {
            lags[i].site = (int32_t)i;
            lags[i].mean_s /= lags[i].n;
            g_array_append_val(s->status, lags[i]);
        }
    g_array_sort(s->status, most_late_first);
}

/* ---- what was not delivered ---- */

static gint most_of_them_first(gconstpointer a, gconstpointer b)
{
    const struct missing *p = a, *q = b;

    if (p->n != q->n)
        return p->n > q->n ? -1 : 1;
    if (p->state != q->state)
        return p->state < q->state ? -1 : 1;
    int order = strcmp(p->reason, q->reason);
    if (!order)
        order = strcmp(p->failure, q->failure);
    return order ? order : strcmp(p->site, q->site);
}

static void list_missing(struct summary *s)
{
    const struct digest *digest = collector_digest(s->collector);

    s->missing = digest ? g_array_copy(digest->missing) : g_array_new(FALSE, TRUE, sizeof(struct missing));
    g_array_sort(s->missing, most_of_them_first);
}

/* ---- objectives ---- */

static void judge_objectives(struct summary *s)
{
    s->objectives = g_array_new(FALSE, FALSE, sizeof(struct objective_result));
    for (guint i = 0; s->scenario->objectives && i < s->scenario->objectives->len; i++) {
        struct objective_result result =
            objective_judge(s->collector, &g_array_index(s->scenario->objectives, struct objective_spec, i));

        g_array_append_val(s->objectives, result);
        s->n_missed += result.decided && !result.met;
        s->n_undecided += !result.decided;
    }
}

/* ---- transfers ---- */

static void total_transfers(struct summary *s)
{
    struct digest *digest = collector_digest(s->collector);

    if (!digest) {
        s->paths = g_array_new(FALSE, TRUE, sizeof(struct path_result));
        s->assumed = g_array_new(FALSE, TRUE, sizeof(struct assumed));
        return;
    }
    memcpy(s->kinds, digest->kinds, sizeof s->kinds);
    s->n_without_report = digest->n_without_report;
    s->moving_s = digest->moving_s;
    s->paths = digest_paths(digest);
    s->assumed = assumed_defaults(s->collector);
}

/* ---- pools and links ---- */

/* For which destinations the requests of a sender waited in line. */
static void tell_what_blocked(struct summary *s)
{
    g_autoptr(GHashTable) senders = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree double *most_s = g_new0(double, s->pools->len + 1);

    for (guint i = 0; i < s->pools->len; i++)
        if (s->collector->pools[i].kind == POOL_SENDER)
            g_hash_table_insert(senders, (gpointer)s->collector->pools[i].entity, GUINT_TO_POINTER(i + 1));
    for (guint k = 0; k < s->paths->len; k++) {
        const struct path_result *path = &g_array_index(s->paths, struct path_result, k);
        double blocked_s = path->time_s[PATH_LINE];
        guint sender =
            path->kind == TRANSFER_SEND_REQUEST ? GPOINTER_TO_UINT(g_hash_table_lookup(senders, path->from)) : 0;

        if (!sender)
            continue;
        struct pool_result *result = &g_array_index(s->pools, struct pool_result, sender - 1);
        result->line_blocked_s += blocked_s;
        if (blocked_s > most_s[sender - 1]) {
            most_s[sender - 1] = blocked_s;
            result->most_blocked = path->to;
        }
    }
}

static void sum_up_pools(struct summary *s)
{
    const struct collector *c = s->collector;
    const struct digest *digest = collector_digest(c);

    s->pools = g_array_new(FALSE, TRUE, sizeof(struct pool_result));
    for (uint32_t i = 0; i < c->n_pools; i++) {
        const struct hierarchy_pool *pool = &c->pools[i];
        const struct sim_slots_times times = sim_slots_times(pool->slots, c->ended_s);
        int32_t site = collector_site(c, pool->entity);
        struct pool_result result = {
            .index = i,
            .name = tables_pool_name(pool),
            .capacity = pool->slots->capacity == SIM_UNLIMITED ? INFINITY : (double)pool->slots->capacity,
            .mean_in_use = sim_level_mean(&pool->slots->in_use, c->ended_s),
            .max_in_use = pool->slots->in_use.max,
            .mean_waiting = sim_level_mean(&pool->slots->waiting, c->ended_s),
            .max_waiting = pool->slots->waiting.max,
            .busy_s = times.busy_s,
            .full_s = times.full_s,
            .held_up_s = times.held_up_s,
            .n_granted = pool->slots->n_granted,
            .waited_s = pool->slots->waited_s,
            .longest_wait_s = NAN,
        };

        result.utilisation = result.mean_in_use / result.capacity;
        result.mean_wait_s = result.n_granted ? result.waited_s / (double)result.n_granted : 0;
        if (digest && site >= 0 && pool->kind == POOL_SENDER)
            result.longest_wait_s = digest_longest_s(digest, site, TRANSFER_SEND_REQUEST);
        else if (digest && site >= 0 && pool->kind == POOL_TRANSFER_MANAGER)
            result.longest_wait_s = digest_longest_s(digest, site, TRANSFER_DP_JOB);
        g_array_append_val(s->pools, result);
    }
    tell_what_blocked(s);
}

static gint most_bound_first(gconstpointer a, gconstpointer b)
{
    const struct link_result *p = a, *q = b;

    if (p->bound_share != q->bound_share)
        return p->bound_share > q->bound_share ? -1 : 1;
    double left = isnan(p->busy_utilisation) ? -1 : p->busy_utilisation;
    double right = isnan(q->busy_utilisation) ? -1 : q->busy_utilisation;
    if (left != right)
        return left > right ? -1 : 1;
    return p->index < q->index ? -1 : 1;
}

static void sum_up_links(struct summary *s)
{
    const struct collector *c = s->collector;
    double moving_s = s->moving_s;

    s->links = g_array_new(FALSE, TRUE, sizeof(struct link_result));
    for (uint32_t i = 0; i < c->n_links; i++) {
        const struct link_stats *stats = &g_array_index(c->link_stats, struct link_stats, i);
        struct link_result result = {
            .index = i,
            .mean_bytes_per_s = c->ended_s > 0 ? stats->bytes / c->ended_s : 0,
            .utilisation = isfinite(stats->capacity_bytes) ? stats->bytes / stats->capacity_bytes : NAN,
            .busy_utilisation = isfinite(stats->busy_capacity_bytes) ? stats->bytes / stats->busy_capacity_bytes : NAN,
            .bound_share = moving_s > 0 ? stats->bound_s / moving_s : 0,
        };

        if (stats->bytes > 0)
            g_array_append_val(s->links, result);
    }
    g_array_sort(s->links, most_bound_first);
}

/* ---- the whole ---- */

struct summary *summary_new(const struct collector *collector, const char *hash, const char *program_version,
                            bool complete)
{
    struct summary *s = g_new0(struct summary, 1);
    g_autofree struct status_lag *lags = g_new0(struct status_lag, collector->scenario->sites->len + 1);

    s->collector = collector;
    s->scenario = collector->scenario;
    s->program_version = program_version;
    s->hash = g_strdup(hash);
    s->complete = complete;
    s->ended_s = collector->ended_s;
    s->tables = collector_tables_of(collector);
    tally_deliveries(s, lags);
    tally_status(s, lags);
    list_missing(s);
    judge_objectives(s);
    total_transfers(s);
    sum_up_pools(s);
    sum_up_links(s);
    return s;
}

char *summary_hash(const char *effective_text)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, effective_text, -1);
}

void summary_free(struct summary *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->pools->len; i++)
        g_free(g_array_index(s->pools, struct pool_result, i).name);
    assumed_free(s->assumed);
    paths_free(s->paths);
    GArray *arrays[] = {s->packages, s->sites, s->dps, s->pools, s->links, s->missing, s->objectives, s->status};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    g_free(s->hash);
    g_free(s);
}
