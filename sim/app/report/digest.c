#include "sim/app/report/digest.h"

#include <math.h>
#include <string.h>

struct digest *digest_new(const struct collector *c)
{
    struct digest *digest = g_new0(struct digest, 1);
    const struct scenario *scenario = c->scenario;
    guint n_sites = scenario->sites->len, n_dps = scenario->distribution_points->len;

    digest->collector = c;
    for (int kind = 0; kind < N_TRANSFER_KINDS; kind++)
        digest->kinds[kind].first_started_s = digest->kinds[kind].last_finished_s = NAN;
    digest->longest_s = g_new0(double, N_TRANSFER_KINDS *(n_sites + 1));
    digest->sender = g_new0(bool, n_sites + 1);
    digest->transfer_manager = g_new0(bool, n_sites + 1);
    digest->despooler = g_new0(bool, n_sites + 1);
    digest->compressor = g_new0(bool, n_sites + 1);
    digest->pull = g_new0(bool, n_sites + 1);
    digest->dp = g_new0(bool, n_dps + 1);
    digest->route = g_new0(bool, (scenario->routes ? scenario->routes->len : 0) + 1);
    digest->routes = scenario_routes(scenario);
    digest->packages = g_new0(struct delivery_sums, (scenario->packages ? scenario->packages->len : 0) + 1);
    digest->sites = g_new0(struct delivery_sums, n_sites + 1);
    digest->dps = g_new0(struct delivery_sums, n_dps + 1);
    digest->missing = g_array_new(FALSE, TRUE, sizeof(struct missing));
    digest->missing_index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    digest->paths = paths_begin(c, digest->routes);
    return digest;
}

void digest_free(struct digest *digest)
{
    if (!digest)
        return;
    paths_abandon(digest->paths);
    g_hash_table_unref(digest->routes);
    g_hash_table_unref(digest->missing_index);
    g_array_unref(digest->missing);
    void *arrays[] = {digest->longest_s, digest->sender,     digest->transfer_manager,
                      digest->despooler, digest->compressor, digest->pull,
                      digest->dp,        digest->route,      digest->packages,
                      digest->sites,     digest->dps};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_free(arrays[i]);
    g_free(digest);
}

/* ---- transfers ---- */

/* Of two times, where NaN is "not at all"; no calls of libm, since every transfer has several. */
static inline double earlier(double a, double b)
{
    return b < a || isnan(a) ? b : a;
}

static inline double later(double a, double b)
{
    return b > a || isnan(a) ? b : a;
}

static void total(struct digest *digest, const struct transfer_row *row)
{
    struct kind_totals *total = &digest->kinds[row->kind];

    total->n++;
    if (row->state == TRANSFER_DONE)
        total->done++;
    else if (row->state == TRANSFER_FAILED)
        total->failed++;
    else if (row->state == TRANSFER_CANCELLED)
        total->cancelled++;
    else
        total->open++;
    total->bytes_moved += row->bytes_moved;
    total->bytes_resent += row->bytes_resent;
    total->link_bytes += row->link_bound_bytes;
    total->window_bytes += row->window_bytes;
    total->max_rate_bytes += row->max_rate_bytes;
    *(row->limit_kind == LIMIT_PULSE ? &total->pulse_bytes : &total->rate_limit_bytes) += row->limited_bytes;
    total->attempts += row->attempts;
    digest->n_without_report += row->reason && !strcmp(row->reason, "no_report");
    total->first_started_s = earlier(total->first_started_s, row->started_s);
    total->last_finished_s = later(total->last_finished_s, row->finished_s);
}

/* Who did something. */
static void note_activity(struct digest *digest, const struct transfer_row *row)
{
    const struct collector *c = digest->collector;
    int32_t to_dp = row->to_dp >= 0 || row->kind == TRANSFER_SEND_REQUEST ? row->to_dp : collector_dp(c, row->to);
    int32_t from = row->kind != TRANSFER_SEND_REQUEST && to_dp >= 0 ? scenario_dp(c->scenario, (uint32_t)to_dp)->site
                                                                    : collector_site(c, row->from);

    if (from >= 0) {
        double *longest = &digest->longest_s[N_TRANSFER_KINDS * from + row->kind];
        *longest = later(*longest, row->in_state_s[TRANSFER_WAITING]);
    }
    if (row->kind == TRANSFER_PULL_JOB && to_dp >= 0) {
        from = scenario_dp(c->scenario, (uint32_t)to_dp)->site;
        digest->pull[from] = true;
    }
    if (from >= 0)
        (row->kind == TRANSFER_SEND_REQUEST ? digest->sender : digest->transfer_manager)[from] = true;
    if (to_dp >= 0)
        digest->dp[to_dp] = true;
    if (row->kind == TRANSFER_SEND_REQUEST && g_hash_table_size(digest->routes)) {
        const struct route_spec *route = scenario_route_between(digest->routes, from, collector_site(c, row->to));
        if (route)
            digest->route[route - (const struct route_spec *)c->scenario->routes->data] = true;
    }
}

void digest_add_transfer(struct digest *digest, const struct transfer_row *row, double until_s)
{
    total(digest, row);
    note_activity(digest, row);
    digest->moving_s += row->in_state_s[TRANSFER_MOVING];
    paths_add(digest->paths, row, until_s);
}

GArray *digest_paths(struct digest *digest)
{
    g_assert(digest->paths);
    return paths_end(g_steal_pointer(&digest->paths));
}

void digest_add_attempt(struct digest *digest, enum transfer_kind kind, const char *outcome)
{
    if (!strcmp(outcome, "done") || !strcmp(outcome, "notified") || !strcmp(outcome, "cut_short"))
        return;
    digest->kinds[kind].attempts_failed++;
    digest->failures = true;
    digest->dead_destination |= !strcmp(outcome, "destination_down");
}

void digest_add_event(struct digest *digest, enum status_id id, const char *site)
{
    if (!digest_wants_event(id))
        return;
    int32_t index = collector_site(digest->collector, site);
    if (index >= 0)
        (id == EVENT_COMPRESSED ? digest->compressor : digest->despooler)[index] = true;
}

/* ---- deliveries ---- */

static guint missing_number(struct digest *digest, const struct missing *fresh)
{
    char *key = g_strdup_printf("%d %s %s %s", (int)fresh->state, fresh->reason, fresh->failure, fresh->site);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(digest->missing_index, key));

    if (number) {
        g_free(key);
        return number;
    }
    g_array_append_vals(digest->missing, fresh, 1);
    g_hash_table_insert(digest->missing_index, key, GUINT_TO_POINTER(digest->missing->len));
    return digest->missing->len;
}

static void note_missing(struct digest *digest, const struct delivery_fact *fact)
{
    const struct scenario *scenario = digest->collector->scenario;
    struct missing fresh = {.state = fact->state,
                            .reason = fact->reason ? fact->reason : "",
                            .failure = fact->failure ? fact->failure : "",
                            .site = scenario_site(scenario, (int32_t)fact->site)->code,
                            .dp = scenario_dp(scenario, fact->dp)->name};
    guint number = digest->last_missing;
    const struct missing *last = number ? &g_array_index(digest->missing, struct missing, number - 1) : NULL;

    /* Millions may be open: most are as the one before. */
    if (!last || last->state != fresh.state || last->reason != fresh.reason || last->site != fresh.site ||
        last->failure != fresh.failure)
        number = missing_number(digest, &fresh);
    digest->last_missing = number;
    struct missing *missing = &g_array_index(digest->missing, struct missing, number - 1);
    missing->n++;
    if (missing->dp != fresh.dp)
        missing->dp = NULL;
}

/* All causes, most of which took no time: compilers make pairs of them, and that is faster than choosing. */
static void add_causes(double *restrict all, double *restrict package, double *restrict site, double *restrict dp,
                       const double *restrict cause_s)
{
    enum { PAIRED = N_CAUSES / 2 * 2 };

    for (int i = 0; i < PAIRED; i++) {
        all[i] += cause_s[i];
        package[i] += cause_s[i];
        site[i] += cause_s[i];
        dp[i] += cause_s[i];
    }
    for (int i = PAIRED; i < N_CAUSES; i++) {
        all[i] += cause_s[i];
        package[i] += cause_s[i];
        site[i] += cause_s[i];
        dp[i] += cause_s[i];
    }
}

void digest_add_delivery(struct digest *digest, const struct delivery_fact *fact, double bytes, const double *cause_s)
{
    struct delivery_sums *package = &digest->packages[fact->package], *site = &digest->sites[fact->site],
                         *dp = &digest->dps[fact->dp];

    if (fact->state == DELIVERY_OPEN || fact->state == DELIVERY_FAILED)
        note_missing(digest, fact);
    digest->all.bytes += bytes;
    package->bytes += bytes;
    site->bytes += bytes;
    dp->bytes += bytes;
    if (fact->state == DELIVERY_DELIVERED)
        add_causes(digest->all.cause_s, package->cause_s, site->cause_s, dp->cause_s, cause_s);
}
