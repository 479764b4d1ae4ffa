#include "sim/app/report/summary.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/tables.h"

struct spread spread_of(double *values, size_t n)
{
    struct spread spread = {(guint)n, NAN, NAN, NAN, NAN, NAN, NAN, NAN};

    if (!n)
        return spread;
    gsl_sort(values, 1, n);
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

struct group {
    struct tally tally;
    GArray *times; /* double */
};

static void group_init(struct group *group, const char *name)
{
    group->tally = (struct tally){.name = name, .first_requested_s = NAN, .last_on_dp_s = NAN};
    group->times = g_array_new(FALSE, FALSE, sizeof(double));
}

static void group_add(struct group *group, const struct delivery_row *row)
{
    struct tally *tally = &group->tally;

    tally->n++;
    tally->first_requested_s = fmin(tally->first_requested_s, row->requested_s);
    tally->bytes += row->bytes;
    if (row->state == DELIVERY_FAILED)
        tally->failed++;
    else if (row->state == DELIVERY_OPEN)
        tally->open++;
    else if (row->state == DELIVERY_CANCELLED)
        tally->cancelled++;
    if (row->state != DELIVERY_DELIVERED)
        return;
    double time_s = row->on_dp_s - row->requested_s;
    tally->delivered++;
    tally->last_on_dp_s = later(tally->last_on_dp_s, row->on_dp_s);
    tally->total_s += time_s;
    for (int i = 0; i < N_CAUSES; i++)
        if (!isnan(row->cause_s[i]))
            tally->cause_s[i] += row->cause_s[i];
    g_array_append_val(group->times, time_s);
}

static void group_end(struct group *group)
{
    group->tally.time = spread_of((double *)(void *)group->times->data, group->times->len);
    g_array_unref(group->times);
}

static struct group *groups_new(guint n)
{
    return g_new0(struct group, n + 1);
}

/* Keeps the groups that have members, in the scenario's order. */
static GArray *groups_end(struct group *groups, guint n)
{
    GArray *tallies = g_array_new(FALSE, FALSE, sizeof(struct tally));

    for (guint i = 0; i < n; i++) {
        group_end(&groups[i]);
        if (groups[i].tally.n)
            g_array_append_val(tallies, groups[i].tally);
    }
    g_free(groups);
    return tallies;
}

static void tally_deliveries(struct summary *s)
{
    const struct scenario *scenario = s->scenario;
    guint n_packages = scenario->packages->len, n_sites = scenario->sites->len,
          n_dps = scenario->distribution_points->len;
    struct group all, *packages = groups_new(n_packages), *sites = groups_new(n_sites), *dps = groups_new(n_dps);

    group_init(&all, scenario->name);
    for (guint i = 0; i < n_packages; i++)
        group_init(&packages[i], scenario_package(scenario, i)->id);
    for (guint i = 0; i < n_sites; i++)
        group_init(&sites[i], scenario_site(scenario, (int32_t)i)->code);
    for (guint i = 0; i < n_dps; i++)
        group_init(&dps[i], scenario_dp(scenario, i)->name);

    s->last_known_at_site_s = s->last_known_at_central_s = NAN;
    for (guint i = 0; i < s->collector->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(s->collector, i);

        if (!row->known)
            continue;
        group_add(&all, row);
        group_add(&packages[row->package], row);
        group_add(&sites[row->site], row);
        group_add(&dps[row->dp], row);
        s->last_known_at_site_s = later(s->last_known_at_site_s, row->site_knows_s);
        s->last_known_at_central_s = later(s->last_known_at_central_s, row->central_knows_s);
    }
    group_end(&all);
    s->all = all.tally;
    s->packages = groups_end(packages, n_packages);
    s->sites = groups_end(sites, n_sites);
    s->dps = groups_end(dps, n_dps);
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
    return order ? order : strcmp(p->site, q->site);
}

static void list_missing(struct summary *s)
{
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    s->missing = g_array_new(FALSE, TRUE, sizeof(struct missing));
    for (guint i = 0; i < s->collector->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(s->collector, i);

        if (!row->known || (row->state != DELIVERY_OPEN && row->state != DELIVERY_FAILED))
            continue;
        struct missing fresh = {.state = row->state,
                                .reason = row->reason ? row->reason : "",
                                .site = scenario_site(s->scenario, (int32_t)row->site)->code,
                                .dp = scenario_dp(s->scenario, row->dp)->name};
        char *key = g_strdup_printf("%d %s %s", (int)row->state, fresh.reason, fresh.site);
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(known, key));
        if (!number) {
            g_array_append_val(s->missing, fresh);
            number = s->missing->len;
            g_hash_table_insert(known, key, GUINT_TO_POINTER(number));
        } else {
            g_free(key);
        }
        struct missing *missing = &g_array_index(s->missing, struct missing, number - 1);
        missing->n++;
        if (missing->dp != fresh.dp)
            missing->dp = NULL;
    }
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
    const struct collector *c = s->collector;

    for (int kind = 0; kind < N_TRANSFER_KINDS; kind++)
        s->kinds[kind].first_started_s = s->kinds[kind].last_finished_s = NAN;
    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        struct kind_totals *total = &s->kinds[row->kind];

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
        if (row->cap_kind == LIMIT_WINDOW)
            total->window_bytes += row->cap_bound_bytes;
        else
            total->max_rate_bytes += row->cap_bound_bytes;
        *(row->limit_kind == LIMIT_PULSE ? &total->pulse_bytes : &total->rate_limit_bytes) += row->limited_bytes;
        total->attempts += row->attempts;
        s->n_without_report += row->reason && !strcmp(row->reason, "no_report");
        total->first_started_s = fmin(total->first_started_s, row->started_s);
        total->last_finished_s = later(total->last_finished_s, row->finished_s);
    }
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *row = collector_attempt(c, i);

        if (row->row < c->transfers->len && strcmp(row->outcome, "done") && strcmp(row->outcome, "notified") &&
            strcmp(row->outcome, "cut_short"))
            s->kinds[collector_transfer(c, row->row)->kind].attempts_failed++;
    }
}

/* ---- pools and links ---- */

static void sum_up_pools(struct summary *s)
{
    const struct collector *c = s->collector;
    g_autofree double *longest_s = g_new0(double, N_TRANSFER_KINDS *(s->scenario->sites->len + 1));

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        int32_t from = collector_site(c, row->from);

        if (from >= 0) {
            double *longest = &longest_s[N_TRANSFER_KINDS * from + row->kind];
            *longest = fmax(*longest, row->in_state_s[TRANSFER_WAITING]);
        }
    }
    s->pools = g_array_new(FALSE, TRUE, sizeof(struct pool_result));
    for (uint32_t i = 0; i < c->n_pools; i++) {
        const struct hierarchy_pool *pool = &c->pools[i];
        const struct pool_stats *stats = &g_array_index(c->pool_stats, struct pool_stats, i);
        int32_t site = collector_site(c, pool->entity);
        struct pool_result result = {
            .index = i,
            .name = tables_pool_name(pool),
            .capacity = pool->slots->capacity == SIM_UNLIMITED ? INFINITY : (double)pool->slots->capacity,
            .mean_in_use = sim_level_mean(&pool->slots->in_use, c->ended_s),
            .max_in_use = pool->slots->in_use.max,
            .mean_waiting = sim_level_mean(&pool->slots->waiting, c->ended_s),
            .max_waiting = pool->slots->waiting.max,
            .busy_s = stats->busy_s,
            .full_s = stats->full_s,
            .held_up_s = stats->held_up_s,
            .n_granted = pool->slots->n_granted,
            .waited_s = pool->slots->waited_s,
            .longest_wait_s = NAN,
        };
        double most_blocked_s = 0;

        result.utilisation = result.mean_in_use / result.capacity;
        result.mean_wait_s = result.n_granted ? result.waited_s / (double)result.n_granted : 0;
        if (site >= 0 && pool->kind == POOL_SENDER)
            result.longest_wait_s = longest_s[N_TRANSFER_KINDS * site + TRANSFER_SEND_REQUEST];
        else if (site >= 0 && pool->kind == POOL_TRANSFER_MANAGER)
            result.longest_wait_s = longest_s[N_TRANSFER_KINDS * site + TRANSFER_DP_JOB];
        for (guint k = 0; pool->kind == POOL_SENDER && k < s->paths->len; k++) {
            const struct path_result *path = &g_array_index(s->paths, struct path_result, k);

            if (path->kind != TRANSFER_SEND_REQUEST || strcmp(path->from, pool->entity))
                continue;
            result.line_blocked_s += path->time_s[PATH_LINE];
            if (path->time_s[PATH_LINE] > most_blocked_s) {
                most_blocked_s = path->time_s[PATH_LINE];
                result.most_blocked = path->to;
            }
        }
        g_array_append_val(s->pools, result);
    }
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
    double moving_s = 0;

    for (guint i = 0; i < c->transfers->len; i++)
        moving_s += collector_transfer(c, i)->in_state_s[TRANSFER_MOVING];
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

struct summary *summary_new(const struct collector *collector, const char *effective_text, const char *program_version,
                            bool complete)
{
    struct summary *s = g_new0(struct summary, 1);

    s->collector = collector;
    s->scenario = collector->scenario;
    s->program_version = program_version;
    s->hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, effective_text, -1);
    s->complete = complete;
    s->ended_s = collector->ended_s;
    tally_deliveries(s);
    list_missing(s);
    judge_objectives(s);
    total_transfers(s);
    s->paths = paths_find(collector);
    sum_up_pools(s);
    sum_up_links(s);
    s->assumed = assumed_defaults(collector);
    return s;
}

void summary_free(struct summary *s)
{
    if (!s)
        return;
    for (guint i = 0; i < s->pools->len; i++)
        g_free(g_array_index(s->pools, struct pool_result, i).name);
    assumed_free(s->assumed);
    paths_free(s->paths);
    GArray *arrays[] = {s->packages, s->sites, s->dps, s->pools, s->links, s->missing, s->objectives};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    g_free(s->hash);
    g_free(s);
}
