#include <cjson/cJSON.h>
#include <math.h>
#include <string.h>

#include "sim/app/output.h"
#include "sim/app/report/advice.h"
#include "sim/app/report/summary.h"

/* Lists that may be as long as a hierarchy is wide are cut; the tables have everything. */
enum { MAX_DPS = 200, MAX_LINKS = 500, MAX_PATHS = 500 };

static cJSON *exact(double value)
{
    char text[OUTPUT_NUMBER_SIZE];

    if (!isfinite(value))
        return cJSON_CreateNull();
    output_format_number(text, value);
    return cJSON_CreateRaw(text);
}

static void number(cJSON *object, const char *name, double value)
{
    cJSON_AddItemToObject(object, name, exact(value));
}

static void add_spread(cJSON *object, const char *name, const struct spread *spread)
{
    cJSON *o = cJSON_AddObjectToObject(object, name);

    number(o, "n", spread->n);
    number(o, "mean_s", spread->mean_s);
    number(o, "min_s", spread->min_s);
    number(o, "p50_s", spread->p50_s);
    number(o, "p90_s", spread->p90_s);
    number(o, "p95_s", spread->p95_s);
    number(o, "p99_s", spread->p99_s);
    number(o, "max_s", spread->max_s);
}

static void add_causes(cJSON *object, const double *cause_s)
{
    cJSON *causes = cJSON_AddObjectToObject(object, "causes_s");

    for (int i = 0; i < N_CAUSES; i++)
        if (cause_s[i] > 0)
            number(causes, cause_names[i], cause_s[i]);
}

static void add_tally(cJSON *object, const struct tally *tally)
{
    number(object, "deliveries", tally->n);
    number(object, "delivered", tally->delivered);
    number(object, "failed", tally->failed);
    number(object, "open", tally->open);
    number(object, "cancelled", tally->cancelled);
    number(object, "first_requested_s", tally->first_requested_s);
    number(object, "last_on_dp_s", tally->last_on_dp_s);
    if (!isnan(tally->bytes))
        number(object, "bytes", tally->bytes);
    add_spread(object, "delivery_time", &tally->time);
    if (!isnan(tally->bytes))
        add_causes(object, tally->cause_s);
}

static void add_tallies(cJSON *root, const char *list, const char *key, const GArray *tallies)
{
    cJSON *array = cJSON_AddArrayToObject(root, list);

    for (guint i = 0; i < tallies->len; i++) {
        const struct tally *tally = &g_array_index(tallies, struct tally, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, key, tally->name);
        add_tally(o, tally);
        cJSON_AddItemToArray(array, o);
    }
}

static gint slowest_first(gconstpointer a, gconstpointer b)
{
    const struct tally *p = *(const struct tally *const *)a, *q = *(const struct tally *const *)b;

    if (p->delivered == p->n && q->delivered == q->n && p->last_on_dp_s != q->last_on_dp_s)
        return p->last_on_dp_s > q->last_on_dp_s ? -1 : 1;
    if ((p->delivered == p->n) != (q->delivered == q->n))
        return p->delivered == p->n ? 1 : -1;
    return strcmp(p->name, q->name);
}

static void add_dps(cJSON *root, const GArray *dps)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    g_autoptr(GArray) slowest = g_array_new(FALSE, FALSE, sizeof(struct tally));

    for (guint i = 0; i < dps->len; i++)
        g_ptr_array_add(sorted, &g_array_index(dps, struct tally, i));
    g_ptr_array_sort(sorted, slowest_first);
    for (guint i = 0; i < sorted->len && i < MAX_DPS; i++)
        g_array_append_vals(slowest, sorted->pdata[i], 1);
    number(root, "distribution_points_in_all", dps->len);
    add_tallies(root, "slowest_distribution_points", "distribution_point", slowest);
}

static void add_kind(cJSON *root, const char *name, const struct kind_totals *kind)
{
    cJSON *o = cJSON_AddObjectToObject(root, name);
    double span_s = kind->last_finished_s - kind->first_started_s;

    number(o, "n", kind->n);
    number(o, "done", kind->done);
    number(o, "failed", kind->failed);
    number(o, "open", kind->open);
    number(o, "cancelled", kind->cancelled);
    number(o, "attempts", (double)kind->attempts);
    number(o, "attempts_failed", (double)kind->attempts_failed);
    number(o, "bytes_moved", kind->bytes_moved);
    number(o, "bytes_resent", kind->bytes_resent);
    number(o, "first_started_s", kind->first_started_s);
    number(o, "last_finished_s", kind->last_finished_s);
    number(o, "mean_bytes_per_s", span_s > 0 ? kind->bytes_moved / span_s : NAN);

    cJSON *limited = cJSON_AddObjectToObject(o, "limited_by_bytes");
    number(limited, "link", kind->link_bytes);
    number(limited, "window", kind->window_bytes);
    number(limited, "max_rate", kind->max_rate_bytes);
    number(limited, "rate_limit", kind->rate_limit_bytes);
    number(limited, "pulse", kind->pulse_bytes);
}

static void add_kinds(cJSON *totals, const struct summary *s)
{
    add_kind(totals, "send_requests", &s->kinds[TRANSFER_SEND_REQUEST]);
    add_kind(totals, "dp_jobs", &s->kinds[TRANSFER_DP_JOB]);
    add_kind(totals, "pull_jobs", &s->kinds[TRANSFER_PULL_JOB]);
}

static void add_met(cJSON *objective, const struct objective_result *r)
{
    if (r->decided)
        cJSON_AddBoolToObject(objective, "met", r->met);
    else
        cJSON_AddNullToObject(objective, "met");
}

static void add_objectives(cJSON *root, const struct summary *s)
{
    static const char *const metrics[] = {"on_dp", "site_knows", "central_knows"};
    cJSON *array = cJSON_AddArrayToObject(root, "objectives");

    for (guint i = 0; i < s->objectives->len; i++) {
        const struct objective_result *r = &g_array_index(s->objectives, struct objective_result, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "name", r->spec->name);
        cJSON_AddStringToObject(o, "metric", metrics[r->spec->metric]);
        number(o, "share_percent", r->spec->share_percent);
        number(o, "by_s", r->spec->by_s);
        add_met(o, r);
        number(o, "deliveries", r->n);
        number(o, "needed", r->n_needed);
        number(o, "by_deadline", r->n_by_deadline);
        number(o, "percent_by_deadline", 100 * r->share_by_deadline);
        number(o, "percent_at_end", 100 * r->share_at_end);
        number(o, "reached_s", r->reached_s);
        number(o, "margin_s", r->margin_s);
        cJSON_AddItemToArray(array, o);
    }
}

static void add_pools(cJSON *root, const struct summary *s)
{
    cJSON *array = cJSON_AddArrayToObject(root, "pools");

    for (guint i = 0; i < s->pools->len; i++) {
        const struct pool_result *r = &g_array_index(s->pools, struct pool_result, i);
        const struct hierarchy_pool *pool = &s->collector->pools[r->index];
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "name", r->name);
        cJSON_AddStringToObject(o, "site", pool->entity);
        cJSON_AddStringToObject(o, "kind", pool_kind_names[pool->kind]);
        number(o, "threads", r->capacity);
        number(o, "started", (double)r->n_granted);
        number(o, "mean_in_use", r->mean_in_use);
        number(o, "max_in_use", r->max_in_use);
        number(o, "utilisation", r->utilisation);
        number(o, "mean_waiting", r->mean_waiting);
        number(o, "max_waiting", r->max_waiting);
        number(o, "busy_s", r->busy_s);
        number(o, "all_busy_s", r->full_s);
        number(o, "all_busy_and_waited_for_s", r->held_up_s);
        number(o, "waited_s", r->waited_s);
        number(o, "mean_wait_s", r->mean_wait_s);
        if (!isnan(r->longest_wait_s))
            number(o, "longest_wait_s", r->longest_wait_s);
        if (pool->kind == POOL_SENDER && s->tables != TABLES_NONE) {
            number(o, "waited_per_site_s", r->line_blocked_s);
            if (r->most_blocked)
                cJSON_AddStringToObject(o, "waited_per_site_most_for", r->most_blocked);
        }
        cJSON_AddItemToArray(array, o);
    }
}

static void add_links(cJSON *root, const struct summary *s)
{
    number(root, "links_used", s->links->len);
    cJSON *array = cJSON_AddArrayToObject(root, "links");

    for (guint i = 0; i < s->links->len && i < MAX_LINKS; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        const struct hierarchy_link *link = s->collector->links[r->index];
        const struct link_stats *stats = &g_array_index(s->collector->link_stats, struct link_stats, r->index);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "name", link->name);
        cJSON_AddStringToObject(o, "kind", link_kind_names[link->kind]);
        cJSON_AddStringToObject(o, "entity", link->entity);
        number(o, "nominal_bytes_per_s", link->nominal_bytes_per_s);
        number(o, "bytes", stats->bytes);
        number(o, "mean_bytes_per_s", r->mean_bytes_per_s);
        number(o, "max_bytes_per_s", stats->max_bytes_per_s);
        number(o, "utilisation", r->utilisation);
        number(o, "busy_s", stats->busy_s);
        number(o, "utilisation_while_busy", r->busy_utilisation);
        number(o, "full_s", stats->full_s);
        number(o, "full_share", s->ended_s > 0 ? stats->full_s / s->ended_s : NAN);
        number(o, "held_back_bytes", stats->bound_bytes);
        number(o, "held_back_s", stats->bound_s);
        cJSON_AddItemToArray(array, o);
    }
}

static void add_paths(cJSON *root, const struct summary *s)
{
    number(root, "paths_in_all", s->paths->len);
    cJSON *array = cJSON_AddArrayToObject(root, "paths");

    for (guint i = 0; i < s->paths->len && i < MAX_PATHS; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "kind", transfer_kind_names[r->kind]);
        cJSON_AddStringToObject(o, "from", r->from);
        cJSON_AddStringToObject(o, "to", r->to);
        number(o, "transfers", r->n);
        number(o, "bytes", r->bytes);
        number(o, "total_s", r->total_s);
        cJSON *times = cJSON_AddObjectToObject(o, "time_s");
        for (int k = 0; k < N_PATH_TIMES; k++)
            if (r->time_s[k] > 0)
                number(times, path_time_names[k], r->time_s[k]);
        number(o, "wanted_s", r->wanted_s);
        cJSON *limited = cJSON_AddObjectToObject(o, "limited_by_bytes");
        for (int k = 0; k < N_PATH_PACES; k++)
            number(limited, path_pace_names[k], r->pace_bytes[k]);
        cJSON_AddStringToObject(o, "most_time", path_time_names[r->most_time]);
        if (r->most_pace != N_PATH_PACES)
            cJSON_AddStringToObject(o, "most_limited_by", path_pace_names[r->most_pace]);
        if (r->kind == TRANSFER_PULL_JOB)
            number(o, "most_jobs_active", r->most_active);
        number(o, "connection_bytes_per_s", r->cap_bytes_per_s);
        number(o, "round_trip_s", r->round_trip_s);
        if (r->tight_link >= 0)
            cJSON_AddStringToObject(o, "tightest_link", s->collector->links[r->tight_link]->name);
        if (r->bound_link >= 0) {
            cJSON_AddStringToObject(o, "limiting_link", s->collector->links[r->bound_link]->name);
            number(o, "limiting_link_bytes", r->bound_link_bytes);
        }
        if (r->shut_link >= 0) {
            cJSON_AddStringToObject(o, "shut_link", s->collector->links[r->shut_link]->name);
            number(o, "shut_s", r->shut_s);
        }
        g_autofree char *why = path_sentence(s->collector, r);
        cJSON_AddStringToObject(o, "why", why);
        cJSON_AddItemToArray(array, o);
    }
}

/* Where the time went, cause by cause and site by site. */
static void add_places(cJSON *root, const struct summary *s)
{
    const struct collector *c = s->collector;
    cJSON *array = cJSON_AddArrayToObject(root, "time_spent");

    for (int cause = 0; cause < N_CAUSES; cause++)
        for (guint i = 0; i < s->scenario->sites->len; i++) {
            double time_s = collector_place_s(c, i, (enum cause)cause);
            cJSON *o = time_s > 0 ? cJSON_CreateObject() : NULL;

            if (!o)
                continue;
            cJSON_AddStringToObject(o, "cause", cause_names[cause]);
            cJSON_AddStringToObject(o, "site", scenario_site(s->scenario, (int32_t)i)->code);
            number(o, "time_s", time_s);
            number(o, "percent", 100 * time_s / c->places_total_s);
            cJSON_AddItemToArray(array, o);
        }
}

static void add_missing(cJSON *root, const struct summary *s)
{
    cJSON *array = cJSON_AddArrayToObject(root, "not_delivered");

    for (guint i = 0; i < s->missing->len; i++) {
        const struct missing *missing = &g_array_index(s->missing, struct missing, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "state", missing->state == DELIVERY_FAILED ? "failed" : "open");
        cJSON_AddStringToObject(o, "reason", missing->reason);
        if (*missing->failure)
            cJSON_AddStringToObject(o, "last_failure", missing->failure);
        cJSON_AddStringToObject(o, "site", missing->site);
        if (missing->dp)
            cJSON_AddStringToObject(o, "distribution_point", missing->dp);
        number(o, "deliveries", missing->n);
        cJSON_AddItemToArray(array, o);
    }
}

static void add_status(cJSON *root, const struct summary *s)
{
    cJSON *array = cJSON_AddArrayToObject(root, "status");

    for (guint i = 0; i < s->status->len; i++) {
        const struct status_lag *lag = &g_array_index(s->status, struct status_lag, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "site", scenario_site(s->scenario, lag->site)->code);
        number(o, "deliveries", lag->n);
        number(o, "late", lag->late);
        number(o, "unknown", lag->unknown);
        number(o, "mean_lag_s", lag->mean_s);
        number(o, "longest_lag_s", lag->longest_s);
        if (status_lags(lag)) {
            g_autofree char *why = summary_status_words(s, lag);
            cJSON_AddStringToObject(o, "why", why);
        }
        cJSON_AddItemToArray(array, o);
    }
}

static void add_aftermath(cJSON *root, const struct summary *s)
{
    const struct collector *c = s->collector;
    cJSON *o = cJSON_AddObjectToObject(root, "aftermath");

    number(o, "content_corrupt", collector_count(c, STATUS_CONTENT_CORRUPT));
    number(o, "content_missing", collector_count(c, STATUS_CONTENT_MISSING));
    number(o, "damaged", collector_count(c, EVENT_DAMAGED));
    number(o, "not_damaged", collector_count(c, EVENT_NOT_DAMAGED));
    number(o, "removal_tries_failed", collector_count(c, EVENT_REMOVAL_FAILED));
    if (s->tables != TABLES_NONE)
        number(o, "pull_jobs_without_report", s->n_without_report);
    number(o, "tries_without_room", collector_count(c, STATUS_UPDATE_FAILED));
}

static void add_outcome(cJSON *o, const struct outcome *outcome)
{
    cJSON *array;

    number(o, "delivered", outcome->delivered);
    number(o, "mean_delivery_s", outcome->mean_s);
    number(o, "last_after_s", outcome->last_s);
    number(o, "objectives_met", outcome->n_met);
    array = cJSON_AddArrayToObject(o, "sites");
    for (guint i = 0; i < outcome->sites->len; i++) {
        const struct site_last *last = &g_array_index(outcome->sites, struct site_last, i);
        cJSON *site = cJSON_CreateObject();

        cJSON_AddStringToObject(site, "site", last->site);
        number(site, "last_after_s", last->last_s);
        cJSON_AddItemToArray(array, site);
    }
    array = cJSON_AddArrayToObject(o, "objectives");
    for (guint i = 0; i < outcome->objectives->len; i++) {
        const struct objective_result *r = &g_array_index(outcome->objectives, struct objective_result, i);
        cJSON *objective = cJSON_CreateObject();

        cJSON_AddStringToObject(objective, "name", r->spec->name);
        add_met(objective, r);
        number(objective, "margin_s", r->margin_s);
        cJSON_AddItemToArray(array, objective);
    }
}

static void add_advice(cJSON *root, const struct summary *s)
{
    if (!s->advice)
        return;
    cJSON *advice = cJSON_AddObjectToObject(root, "advice"), *array;
    cJSON_AddBoolToObject(advice, "stopped", s->advice->stopped);
    add_outcome(cJSON_AddObjectToObject(advice, "as_it_is"), &s->advice->base);
    array = cJSON_AddArrayToObject(advice, "trials");
    for (guint i = 0; i < s->advice->trials->len; i++) {
        const struct trial *trial = &g_array_index(s->advice->trials, struct trial, i);
        g_autofree char *set = g_strdup_printf("%s=%s", trial->setting, trial->with);
        g_autofree char *change = advice_change(s->advice, trial);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "set", set);
        cJSON_AddStringToObject(o, "is", trial->was);
        number(o, "deliveries_waited_s", trial->waits_s);
        cJSON_AddBoolToObject(o, "tried", trial->tried);
        if (trial->tried) {
            cJSON_AddStringToObject(o, "change", change ? change : "no difference");
            add_outcome(o, &trial->outcome);
        }
        cJSON_AddItemToArray(array, o);
    }
}

static void add_assumed(cJSON *root, const struct summary *s)
{
    cJSON *array = cJSON_AddArrayToObject(root, "assumed_defaults");

    for (guint i = 0; i < s->assumed->len; i++) {
        const struct assumed *assumed = &g_array_index(s->assumed, struct assumed, i);
        cJSON *o = cJSON_CreateObject();

        cJSON_AddStringToObject(o, "setting", assumed->setting);
        cJSON_AddStringToObject(o, "value", assumed->value);
        number(o, "entities", assumed->count);
        cJSON_AddStringToObject(o, "means", assumed->field->sentence);
        cJSON_AddItemToArray(array, o);
    }
}

char *summary_json(const struct summary *s)
{
    cJSON *root = cJSON_CreateObject(), *o = cJSON_AddObjectToObject(root, "scenario");

    cJSON_AddStringToObject(o, "name", s->scenario->name);
    cJSON_AddStringToObject(o, "sha256", s->hash);
    number(o, "seed", s->scenario->seed);
    number(o, "until_s", s->scenario->until_s);
    o = cJSON_AddObjectToObject(root, "program");
    cJSON_AddStringToObject(o, "name", "distsim");
    cJSON_AddStringToObject(o, "version", s->program_version);
    cJSON_AddBoolToObject(root, "complete", s->complete);
    number(root, "ended_s", s->ended_s);
    if (s->tables != TABLES_ALL)
        cJSON_AddStringToObject(root, "tables", collector_tables_names[s->tables]);

    o = cJSON_AddObjectToObject(root, "totals");
    add_tally(o, &s->all);
    number(o, "last_known_at_site_s", s->last_known_at_site_s);
    number(o, "last_known_at_central_s", s->last_known_at_central_s);
    if (s->tables != TABLES_NONE)
        add_kinds(o, s);

    add_objectives(root, s);
    add_tallies(root, "packages", "package", s->packages);
    add_tallies(root, "sites", "site", s->sites);
    add_dps(root, s->dps);
    add_pools(root, s);
    if (s->tables != TABLES_NONE) {
        add_links(root, s);
        add_paths(root, s);
        add_assumed(root, s);
        add_places(root, s);
        add_missing(root, s);
    }
    add_status(root, s);
    add_aftermath(root, s);
    add_advice(root, s);

    char *text = cJSON_Print(root);
    char *owned = g_strconcat(text, "\n", NULL);
    cJSON_free(text);
    cJSON_Delete(root);
    return owned;
}
