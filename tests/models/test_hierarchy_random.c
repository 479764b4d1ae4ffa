/* What must hold in every hierarchy, on many small random ones: the parts of every account add up, bytes are conserved,
 * Little's law holds for every line, and runs that ought to be alike are. */
#include <glib.h>
#include <string.h>

#include "models/partition.h"
#include "tests/engine/scale.h"
#include "tests/support/small.h"

/* ---- random scenarios ---- */

static bool chance(GRand *dice, double share)
{
    return g_rand_double(dice) < share;
}

static double some(GRand *dice, double low, double high)
{
    double value = g_rand_double_range(dice, low, high);
    return chance(dice, 0.5) ? value : ceil(value);
}

static double maybe(GRand *dice, double low, double high)
{
    return chance(dice, 0.4) ? 0 : some(dice, low, high);
}

static double rate(GRand *dice)
{
    return chance(dice, 0.3) ? INFINITY : some(dice, 1e3, 2e4);
}

static void random_site(GRand *dice, struct site_spec *site)
{
    site->interface_bytes_per_s = rate(dice);
    site->disk_bytes_per_s = rate(dice);
    site->replication_lag_s = maybe(dice, 1, 100);
    site->notification_delay_s = maybe(dice, 1, 20);
    site->software_distribution.max_packages = (uint32_t)g_rand_int_range(dice, 1, 4);
    site->software_distribution.max_threads_per_package = (uint32_t)g_rand_int_range(dice, 1, 4);
    site->distribution_manager.snapshot_rate_bytes_per_s = rate(dice);
    site->distribution_manager.compress_rate_bytes_per_s = rate(dice);
    site->distribution_manager.compression_ratio = chance(dice, 0.5) ? 1 : g_rand_double_range(dice, 0.1, 1.1);
    site->distribution_manager.dp_thread_time_s = maybe(dice, 1, 20);
    site->distribution_manager.metadata_time_s = maybe(dice, 1, 5);
    site->distribution_manager.package_thread_tail_s = maybe(dice, 1, 5);
    site->scheduler.scheduler_delay_s = maybe(dice, 1, 30);
    site->scheduler.reschedule_delay_s = some(dice, 50, 500);
    site->scheduler.reschedule_for_s = some(dice, 200, 5000);
    site->sender.max_concurrent_all_sites = (uint32_t)g_rand_int_range(dice, 1, 4);
    site->sender.max_concurrent_per_site = (uint32_t)g_rand_int_range(dice, 1, 4);
    site->sender.retries = (uint32_t)g_rand_int_range(dice, 0, 3);
    site->sender.retry_delay_s = maybe(dice, 5, 60);
    site->sender.connect_timeout_s = maybe(dice, 5, 60);
    site->sender.resume = chance(dice, 0.7);
    site->sender.instruction_size_bytes = chance(dice, 0.3) ? 0 : 2048;
    site->sender.window_bytes = chance(dice, 0.7) ? 1e6 : 1e3;
    site->sender.max_rate_bytes_per_s = chance(dice, 0.7) ? INFINITY : rate(dice);
    site->despooler.threads = (uint32_t)g_rand_int_range(dice, 1, 4);
    site->despooler.despool_retry_delay_s = some(dice, 10, 300);
    site->despooler.despool_rate_bytes_per_s = rate(dice);
    site->transfer_manager.start_delay_s = maybe(dice, 1, 20);
    site->transfer_manager.transfer_pool = chance(dice, 0.5) ? TRANSFER_POOL_JOBS : TRANSFER_POOL_PACKAGES;
    site->transfer_manager.prefer_fast_dps = chance(dice, 0.5);
    site->transfer_manager.retries = (uint32_t)g_rand_int_range(dice, 0, 5);
    site->transfer_manager.retry_delay_s = some(dice, 10, 500);
    site->transfer_manager.window_bytes = chance(dice, 0.7) ? 1e6 : 1e3;
    site->status_manager.status_time_s = maybe(dice, 1, 5);
    site->sender.failure_percent = maybe(dice, 1, 40);
    site->transfer_manager.failure_percent = maybe(dice, 1, 40);
}

static int32_t random_below(GRand *dice, guint n)
{
    return g_rand_int_range(dice, 0, (int32_t)n);
}

/* A tree of locations, a central site (or none) with primaries and their secondaries, distribution points, packages
 * that share file sets, actions, faults. */
static struct scenario *random_scenario(guint32 seed)
{
    GRand *dice = g_rand_new_with_seed(seed);
    struct scenario *s = small_scenario();
    char name[16];

    int n_locations = g_rand_int_range(dice, 1, 6);
    for (int i = 0; i < n_locations; i++) {
        g_snprintf(name, sizeof name, "L%d", i);
        small_location(s, name, i == 0 ? -1 : random_below(dice, (guint)i), rate(dice));
        struct location_spec *location = scenario_location(s, i);
        if (chance(dice, 0.5))
            location->down_bytes_per_s = rate(dice);
        location->latency_s = chance(dice, 0.5) ? 0 : g_rand_double_range(dice, 0.01, 0.2);
    }
    bool central = chance(dice, 0.7);
    s->generation = chance(dice, 0.2) ? GENERATION_2007 : GENERATION_2012;
    small_site(s, "TOP", central ? SITE_CENTRAL : SITE_PRIMARY, -1, random_below(dice, s->locations->len));
    int n_primaries = central ? g_rand_int_range(dice, 1, 4) : 0;
    for (int i = 0; i < n_primaries; i++) {
        g_snprintf(name, sizeof name, "P%d", i);
        small_site(s, name, SITE_PRIMARY, 0, random_below(dice, s->locations->len));
    }
    int n_secondaries = g_rand_int_range(dice, 0, 4);
    for (int i = 0; i < n_secondaries; i++) {
        g_snprintf(name, sizeof name, "S%d", i);
        small_site(s, name, SITE_SECONDARY, central ? 1 + random_below(dice, (guint)n_primaries) : 0,
                   random_below(dice, s->locations->len));
    }
    for (guint i = 0; i < s->sites->len; i++)
        random_site(dice, scenario_site(s, (int32_t)i));
    for (guint i = 1; i < s->sites->len; i++)
        if (chance(dice, 0.3)) {
            bool up = chance(dice, 0.3);
            int32_t parent = scenario_site(s, (int32_t)i)->parent;
            struct route_spec *route = small_route(s, up ? (int32_t)i : parent, up ? parent : (int32_t)i);
            route->bandwidth_bytes_per_s = rate(dice);
            if (chance(dice, 0.5))
                route->max_rate_bytes_per_s = rate(dice);
        }
    int n_dps = g_rand_int_range(dice, 1, 9);
    for (int i = 0; i < n_dps; i++) {
        int32_t site = random_below(dice, s->sites->len);
        if (central && s->generation == GENERATION_2012 && site == 0)
            site = 1; /* T2 */
        g_snprintf(name, sizeof name, "DP%d", i);
        struct dp_spec *dp = scenario_dp(s, small_dp(s, name, site, -1));
        dp->on_site_server = chance(dice, 0.2);
        if (!dp->on_site_server && chance(dice, 0.7))
            dp->location = random_below(dice, s->locations->len);
        dp->priority = (uint32_t)g_rand_int_range(dice, 1, 3);
        dp->interface_bytes_per_s = rate(dice);
        dp->disk_bytes_per_s = rate(dice);
        dp->per_file_time_s = maybe(dice, 0.1, 2);
        if (chance(dice, 0.3))
            dp->max_rate_bytes_per_s = rate(dice);
    }
    int n_packages = g_rand_int_range(dice, 1, 5);
    for (int i = 0; i < n_packages; i++) {
        g_snprintf(name, sizeof name, "PKG%d", i);
        uint32_t package = small_empty_package(s, name, random_below(dice, s->sites->len),
                                               (enum priority)g_rand_int_range(dice, 0, 3));
        int n_sets = g_rand_int_range(dice, 1, 4);
        for (int k = 0; k < n_sets; k++) {
            int set = g_rand_int_range(dice, 0, 6);
            g_snprintf(name, sizeof name, "set%d", set);
            small_files(s, package, name, (uint32_t)(1 + set), set == 5 ? 0 : 1e4 * (1 + set) + 7 * set);
        }
    }
    int n_actions = g_rand_int_range(dice, 1, 8);
    for (int i = 0; i < n_actions; i++) {
        double at_s = maybe(dice, 0, 600);
        uint32_t package = (uint32_t)random_below(dice, s->packages->len);
        struct action_spec *action =
            chance(dice, 0.2) ? small_create(s, at_s, package) : small_distribute(s, at_s, package, 0);
        if (action->what == ACTION_DISTRIBUTE && chance(dice, 0.2))
            action->what = ACTION_REMOVE;
        if (chance(dice, 0.3))
            action->console = random_below(dice, s->sites->len);
        for (uint32_t dp = 0; action->to.members && dp < s->distribution_points->len; dp++)
            if (chance(dice, 0.5))
                g_array_append_val(action->to.members, dp);
    }
    /* Later, when all is there or has failed, the whole again. */
    for (uint32_t package = 0; chance(dice, 0.3) && package < s->packages->len; package++) {
        const struct action_spec *action = small_distribute(s, 50000 + 10 * package, package, 0);
        for (uint32_t dp = 0; dp < s->distribution_points->len; dp++)
            g_array_append_val(action->to.members, dp);
    }
    int n_faults = chance(dice, 0.4) || n_locations == 1 ? 0 : g_rand_int_range(dice, 1, 9);
    for (int i = 0; i < n_faults; i++)
        small_fault(s, g_rand_int_range(dice, 1, n_locations), maybe(dice, 0, 300),
                    chance(dice, 0.8) ? some(dice, 1, 200) : some(dice, 1000, 10000));
    g_rand_free(dice);
    return s;
}

/* ---- what must hold ---- */

static double sum(const double *values, int n)
{
    double total = 0;
    for (int i = 0; i < n; i++)
        total += values[i];
    return total;
}

static int32_t site_by_code(const struct scenario *s, const char *code)
{
    for (guint i = 0; i < s->sites->len; i++)
        if (!strcmp(scenario_site(s, (int32_t)i)->code, code))
            return (int32_t)i;
    return -1;
}

static uint32_t dp_by_name(const struct scenario *s, const char *name)
{
    for (uint32_t i = 0; i < s->distribution_points->len; i++)
        if (!strcmp(scenario_dp(s, i)->name, name))
            return i;
    g_assert_not_reached();
}

static void check_deliveries(const struct small_run *run)
{
    const struct record *record = run->record;
    for (guint i = 0; i < record->deliveries->len; i++) {
        const struct told_delivery *d = &g_array_index(record->deliveries, struct told_delivery, i);
        switch (d->last.state) {
        case DELIVERY_DELIVERED:
            g_assert_true(d->has_causes);
            g_assert_cmpfloat(d->last.on_dp_s, >=, d->last.requested_s);
            for (int cause = 0; cause < N_CAUSES; cause++)
                if (!(d->cause_s[cause] >= -1e-9))
                    g_error("delivery %u: %s is %.17g", i, cause_names[cause], d->cause_s[cause]);
            expect_time(sum(d->cause_s, N_CAUSES), d->last.on_dp_s - d->last.requested_s);
            break;
        case DELIVERY_FAILED:
            g_assert_true(isnan(d->last.on_dp_s));
            g_assert_cmpstr(d->last.reason, !=, "");
            break;
        case DELIVERY_CANCELLED:
            g_assert_true(isnan(d->last.on_dp_s));
            g_assert_true(!strcmp(d->last.reason, "removed") || !strcmp(d->last.reason, "superseded"));
            break;
        default: {
            bool named = false;
            g_assert_cmpfloat(run->scenario->until_s, <, INFINITY);
            for (int cause = 0; cause < N_CAUSES; cause++)
                named |= !strcmp(cause_names[cause], d->last.reason);
            g_assert_true(named);
        }
        }
    }
}

static void check_transfers(const struct small_run *run)
{
    const struct record *record = run->record;
    for (guint i = 0; i < record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(record->transfers, struct told_transfer, i);
        bool ended = transfer_ended(t->state);
        double until_s = ended ? t->finished_s : sim_now(run->sim);
        expect_time(sum(t->in_state_s, N_TRANSFER_STATES), until_s - t->created_s);
        expect_bytes(t->bytes_moved, t->bytes_arrived + t->bytes_resent);
        g_assert_cmpuint(t->n_open, ==, !ended);
        if (t->state == TRANSFER_DONE)
            expect_bytes(t->bytes_arrived, t->bytes);
        double tried_bytes = 0;
        uint32_t tries = 0;
        for (guint k = 0; k < record->attempts->len; k++) {
            const struct told_attempt *attempt = &g_array_index(record->attempts, struct told_attempt, k);
            if (attempt->transfer != t->id)
                continue;
            tried_bytes += attempt->bytes;
            tries++;
            g_assert_cmpuint(attempt->attempt, ==, tries);
        }
        expect_bytes(tried_bytes, t->bytes_moved);
        g_assert_cmpuint(tries, ==, t->attempts);
    }
}

static const struct told_transfer *transfer_of(const struct record *record, uint64_t id)
{
    for (guint i = 0; i < record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(record->transfers, struct told_transfer, i);
        if (t->id == id)
            return t;
    }
    g_assert_not_reached();
}

/* No thread does two things at once, and the tries to one destination keep to its number. */
static void check_threads(const struct small_run *run)
{
    const struct record *record = run->record;
    for (guint i = 0; i < record->attempts->len; i++) {
        const struct told_attempt *a = &g_array_index(record->attempts, struct told_attempt, i);
        const struct told_transfer *t = transfer_of(record, a->transfer);
        uint32_t at_once = 1;
        for (guint k = 0; k < record->attempts->len; k++) {
            const struct told_attempt *b = &g_array_index(record->attempts, struct told_attempt, k);
            const struct told_transfer *u = transfer_of(record, b->transfer);
            bool together = k != i && fmax(a->started_s, b->started_s) < fmin(a->ended_s, b->ended_s);
            if (t->kind != u->kind || strcmp(t->from, u->from) != 0 || !together)
                continue;
            g_assert_cmpuint(a->thread, !=, b->thread);
            at_once += !strcmp(t->to, u->to) && b->started_s <= a->started_s;
        }
        const struct site_spec *site = scenario_site(run->scenario, site_by_code(run->scenario, t->from));
        uint32_t most = site->software_distribution.max_packages * site->software_distribution.max_threads_per_package;
        if (t->kind == TRANSFER_SEND_REQUEST)
            most = MIN(site->sender.max_concurrent_per_site, site->sender.max_concurrent_all_sites);
        g_assert_cmpuint(at_once, <=, most);
    }
}

static bool is_below(const struct scenario *s, int32_t location, int32_t above)
{
    while (location >= 0 && location != above)
        location = scenario_location(s, location)->parent;
    return location == above;
}

/* Where a transfer begins and ends; a point on its site's server is where the server is. */
static int32_t location_of(const struct scenario *s, const struct told_transfer *t, bool end)
{
    int32_t from = scenario_site(s, site_by_code(s, t->from))->location;
    if (!end)
        return from;
    if (t->kind == TRANSFER_SEND_REQUEST)
        return scenario_site(s, site_by_code(s, t->to))->location;
    const struct dp_spec *dp = scenario_dp(s, dp_by_name(s, t->to));
    return dp->on_site_server || dp->location < 0 ? from : dp->location;
}

static bool on_server(const struct scenario *s, const struct told_transfer *t)
{
    return t->kind == TRANSFER_DP_JOB && scenario_dp(s, dp_by_name(s, t->to))->on_site_server;
}

/* What a link must have carried: all that moved between places on both of its sides. Disks also carry what was read and
 * written by snapshots, compression and despooling. */
static double expected_bytes(const struct small_run *run, const struct hierarchy_link *link)
{
    const struct scenario *s = run->scenario;
    double bytes = 0;
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        bool here = false;
        switch (link->kind) {
        case LINK_ACCESS_UP:
        case LINK_ACCESS_DOWN: {
            int32_t location = 0;
            while (strcmp(scenario_location(s, location)->name, link->entity) != 0)
                location++;
            bool begins = is_below(s, location_of(s, t, false), location);
            bool ends = is_below(s, location_of(s, t, true), location);
            here = link->kind == LINK_ACCESS_UP ? begins && !ends : ends && !begins;
            break;
        }
        case LINK_INTERFACE_OUT:
            here = !strcmp(t->from, link->entity) && !on_server(s, t);
            break;
        case LINK_INTERFACE_IN:
            here = !strcmp(t->to, link->entity);
            break;
        case LINK_DISK:
            here = !strcmp(t->from, link->entity) || !strcmp(t->to, link->entity);
            break;
        case LINK_ROUTE: {
            g_autofree char *name = g_strconcat(t->from, " to ", t->to, " route", NULL);
            here = !strcmp(name, link->name);
            break;
        }
        case LINK_SENDER:
            here = t->kind == TRANSFER_SEND_REQUEST && !strcmp(t->from, link->entity);
            break;
        default:
            g_assert_not_reached();
        }
        if (here)
            bytes += t->bytes_moved;
    }
    for (guint i = 0; link->kind == LINK_DISK && i < run->record->statuses->len; i++) {
        const struct status *status = &g_array_index(run->record->statuses, struct status, i);
        if (strcmp(status->site, link->entity) != 0 ||
            (status->id != STATUS_SNAPSHOT_DONE && status->id != EVENT_COMPRESSED && status->id != STATUS_STORED))
            continue;
        GHashTable *seen = g_hash_table_new(g_str_hash, g_str_equal); /* a set that is listed twice is there once */
        const GArray *sets = scenario_package(s, status->package)->content;
        for (guint k = 0; k < sets->len; k++) {
            const struct file_set_spec *set = &g_array_index(sets, struct file_set_spec, k);
            if (g_hash_table_add(seen, set->files))
                bytes += set->count * set->size_bytes;
        }
        g_hash_table_unref(seen);
    }
    return bytes;
}

static void check_links(const struct small_run *run)
{
    uint32_t n;
    struct hierarchy_link *const *links = hierarchy_links(run->hierarchy, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct hierarchy_link *link = links[i];
        if (link->kind == LINK_DISK && run->scenario->until_s < INFINITY)
            continue; /* work that was cut short is told to nobody */
        /* A flow that nothing limits takes no time, and leaves no trace in an integral over time. */
        double bytes = sim_level_integral(&link->link.rate, sim_now(run->sim)), expected = expected_bytes(run, link);
        if (isfinite(link->nominal_bytes_per_s))
            expect_near(bytes, expected, 1e-3, link->name, __FILE__, __LINE__);
        g_assert_cmpfloat(link->link.rate.max, <=, link->nominal_bytes_per_s * (1 + 1e-12));
    }
}

/* Who is cancelled in line has stood there, but got no thread. */
static bool any_cancelled(const struct small_run *run, const char *site)
{
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        if (t->state == TRANSFER_CANCELLED && !strcmp(t->from, site))
            return true;
    }
    return false;
}

/* Little: what stood in line, over time, is what everybody waited; after the run nobody stands there any more. */
static void check_pools(const struct small_run *run)
{
    uint32_t n;
    const struct hierarchy_pool *pools = hierarchy_pools(run->hierarchy, &n);
    for (uint32_t i = 0; i < n; i++) {
        const struct sim_slots *slots = pools[i].slots;
        double line_s = sim_level_integral(&slots->waiting, sim_now(run->sim));
        g_assert_cmpfloat(line_s, >=, slots->waited_s - 1e-6);
        if (run->scenario->until_s == INFINITY && !any_cancelled(run, pools[i].entity))
            expect_near(line_s, slots->waited_s, 1e-6, "time in line", pools[i].entity, (int)pools[i].kind);
        g_assert_cmpfloat(slots->in_use.max, <=, slots->capacity);
        g_assert_cmpfloat(slots->in_use.min, ==, 0);
        const struct site_spec *site = scenario_site(run->scenario, site_by_code(run->scenario, pools[i].entity));
        double waiting_s = 0;
        enum transfer_kind kind = pools[i].kind == POOL_SENDER ? TRANSFER_SEND_REQUEST : TRANSFER_DP_JOB;
        if (pools[i].kind != POOL_SENDER &&
            (pools[i].kind != POOL_TRANSFER_MANAGER || site->transfer_manager.transfer_pool == TRANSFER_POOL_PACKAGES))
            continue;
        for (guint k = 0; k < run->record->transfers->len; k++) {
            const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, k);
            if (t->kind == kind && !strcmp(t->from, pools[i].entity))
                waiting_s += t->in_state_s[TRANSFER_WAITING];
        }
        expect_near(line_s, waiting_s, 1e-6, "time of transfers in line", pools[i].entity, (int)kind);
    }
}

static bool given_up(const struct small_run *run, const char *site, uint32_t package)
{
    for (guint i = 0; i < run->record->statuses->len; i++) {
        const struct status *status = &g_array_index(run->record->statuses, struct status, i);
        if (status->id == EVENT_LIBRARY_REMOVED && status->package == package && !strcmp(status->site, site))
            return true;
    }
    return false;
}

/* Content goes where a target is, there or below, or where it must pass, and once per site unless a request failed for
 * good, was cancelled, or the site has given the package up. */
static void check_routes(const struct small_run *run)
{
    const struct scenario *s = run->scenario;
    for (guint i = 0; i < run->record->transfers->len; i++) {
        const struct told_transfer *t = &g_array_index(run->record->transfers, struct told_transfer, i);
        if (t->kind != TRANSFER_SEND_REQUEST)
            continue;
        int32_t from = site_by_code(s, t->from), to = site_by_code(s, t->to);
        bool up = scenario_site(s, from)->parent == to;
        g_assert_true(up || scenario_site(s, to)->parent == from);
        bool wanted = false;
        for (guint k = 0; k < run->record->deliveries->len; k++) {
            const struct delivery_news *d = &g_array_index(run->record->deliveries, struct told_delivery, k).last;
            if (d->package != t->package)
                continue;
            int32_t site = (int32_t)d->site;
            while (site >= 0 && site != (up ? from : to))
                site = scenario_site(s, site)->parent;
            wanted |= up ? site < 0 : site >= 0; /* outside what is below `from`; below `to` */
        }
        g_assert_true(wanted);
        for (guint k = 0; k < i; k++) {
            const struct told_transfer *u = &g_array_index(run->record->transfers, struct told_transfer, k);
            if (u->kind == t->kind && u->package == t->package && !strcmp(u->to, t->to))
                g_assert_true(u->state == TRANSFER_FAILED || u->state == TRANSFER_CANCELLED ||
                              given_up(run, t->to, t->package));
        }
    }
}

/* X4, D2: known at the site after the status time, one at a time; at the top site after replication and its
 * notification. */
static void check_status(const struct small_run *run)
{
    const struct scenario *s = run->scenario;
    for (guint i = 0; i < run->record->deliveries->len; i++) {
        const struct delivery_news *d = &g_array_index(run->record->deliveries, struct told_delivery, i).last;
        if (d->state != DELIVERY_DELIVERED || s->until_s < INFINITY)
            continue;
        double status_s = scenario_site(s, (int32_t)d->site)->status_manager.status_time_s;
        g_assert_cmpfloat(d->site_knows_s, >=, d->on_dp_s + status_s - 1e-9);
        for (guint k = 0; k < i; k++) {
            const struct delivery_news *e = &g_array_index(run->record->deliveries, struct told_delivery, k).last;
            if (e->state == DELIVERY_DELIVERED && e->site == d->site)
                g_assert_cmpfloat(fabs(d->site_knows_s - e->site_knows_s), >=, status_s - 1e-9);
        }
        double travels_s = 0;
        for (int32_t site = (int32_t)d->site; site > 0; site = scenario_site(s, site)->parent)
            travels_s += scenario_site(s, site)->replication_lag_s;
        if (d->site > 0)
            travels_s += scenario_site(s, 0)->notification_delay_s;
        expect_time(d->central_knows_s, d->site_knows_s + travels_s);
    }
}

static void check(const struct small_run *run)
{
    check_deliveries(run);
    check_transfers(run);
    check_threads(run);
    check_links(run);
    check_pools(run);
    check_routes(run);
    check_status(run);
}

/* ---- tests ---- */

#define SCENARIOS 2500

static void accounts_add_up(void)
{
    guint n_delivered = 0, n_failed = 0, n_resent = 0;
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS); seed++) {
        g_test_message("seed %u", seed);
        struct small_run *run = small_run_all(random_scenario(seed), false);
        check(run);
        for (guint i = 0; i < run->record->deliveries->len; i++) {
            const struct delivery_news *d = &g_array_index(run->record->deliveries, struct told_delivery, i).last;
            n_delivered += d->state == DELIVERY_DELIVERED;
            n_failed += d->state == DELIVERY_FAILED;
        }
        for (guint i = 0; i < run->record->transfers->len; i++)
            n_resent += g_array_index(run->record->transfers, struct told_transfer, i).bytes_resent > 0;
        small_run_free(run);
    }
    /* The scenarios are worth something. */
    g_test_message("%u delivered, %u failed, %u sent again", n_delivered, n_failed, n_resent);
    g_assert_cmpuint(n_delivered, >, 4 * n_failed);
    g_assert_cmpuint(n_failed, >, 0);
    g_assert_cmpuint(n_resent, >, 0);
}

/* The same when the run ends before everything has arrived. */
static void accounts_add_up_when_cut_short(void)
{
    guint n_open = 0;
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS); seed++) {
        g_test_message("seed %u", seed);
        struct scenario *s = random_scenario(seed);
        s->until_s = 20.0 * (1 + seed % 40);
        struct small_run *run = small_run_all(s, false);
        check(run);
        for (guint i = 0; i < run->record->deliveries->len; i++)
            n_open += g_array_index(run->record->deliveries, struct told_delivery, i).last.state == DELIVERY_OPEN;
        small_run_free(run);
    }
    g_assert_cmpuint(n_open, >, 0);
}

/* A hierarchy that is freed in mid-run, with or without a report, leaves nothing behind (the address sanitizer sees
 * it). */
static void freed_in_mid_run(void)
{
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS / 2); seed++) {
        struct small_run *run = small_run_new(random_scenario(seed), false);
        sim_run(run->sim, 15.0 * (1 + seed % 30));
        small_run_free(run);
    }
}

static void same_scenario_same_trace(void)
{
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS / 10); seed++) {
        struct small_run *a = small_run_all(random_scenario(seed), true);
        struct small_run *b = small_run_all(random_scenario(seed), true);
        g_assert_cmpstr(a->record->trace->str, ==, b->record->trace->str);
        small_run_free(a);
        small_run_free(b);
    }
}

/* All that is in seconds times 1 / factor, all that is per second times factor. */
static void speed_up(struct scenario *s, double factor)
{
    s->until_s /= factor;
    for (guint i = 0; i < s->locations->len; i++) {
        struct location_spec *location = scenario_location(s, (int32_t)i);
        location->up_bytes_per_s *= factor;
        location->down_bytes_per_s *= factor;
        location->latency_s /= factor;
    }
    for (guint i = 0; i < s->sites->len; i++) {
        struct site_spec *site = scenario_site(s, (int32_t)i);
        double *const rates[] = {&site->interface_bytes_per_s,
                                 &site->disk_bytes_per_s,
                                 &site->distribution_manager.snapshot_rate_bytes_per_s,
                                 &site->distribution_manager.compress_rate_bytes_per_s,
                                 &site->sender.max_rate_bytes_per_s,
                                 &site->despooler.despool_rate_bytes_per_s,
                                 &site->transfer_manager.max_rate_bytes_per_s};
        double *const durations[] = {&site->replication_lag_s,
                                     &site->notification_delay_s,
                                     &site->distribution_manager.dp_thread_time_s,
                                     &site->distribution_manager.metadata_time_s,
                                     &site->distribution_manager.package_thread_tail_s,
                                     &site->scheduler.scheduler_delay_s,
                                     &site->scheduler.reschedule_delay_s,
                                     &site->scheduler.reschedule_for_s,
                                     &site->sender.retry_delay_s,
                                     &site->sender.connect_timeout_s,
                                     &site->despooler.despool_retry_delay_s,
                                     &site->transfer_manager.start_delay_s,
                                     &site->transfer_manager.retry_delay_s,
                                     &site->status_manager.status_time_s};
        for (guint k = 0; k < G_N_ELEMENTS(rates); k++)
            *rates[k] *= factor;
        for (guint k = 0; k < G_N_ELEMENTS(durations); k++)
            *durations[k] /= factor;
    }
    for (guint i = 0; i < s->routes->len; i++) {
        struct route_spec *route = &g_array_index(s->routes, struct route_spec, i);
        route->bandwidth_bytes_per_s *= factor;
        route->max_rate_bytes_per_s *= factor;
    }
    for (uint32_t i = 0; i < s->distribution_points->len; i++) {
        struct dp_spec *dp = scenario_dp(s, i);
        dp->interface_bytes_per_s *= factor;
        dp->disk_bytes_per_s *= factor;
        dp->max_rate_bytes_per_s *= factor;
        dp->per_file_time_s /= factor;
    }
    for (guint i = 0; i < s->actions->len; i++)
        g_array_index(s->actions, struct action_spec, i).at_s /= factor;
    for (guint i = 0; i < s->faults->len; i++) {
        struct fault_spec *fault = &g_array_index(s->faults, struct fault_spec, i);
        fault->from_s /= factor;
        fault->for_s /= factor;
    }
}

static void expect_same_deliveries(const struct small_run *a, const struct small_run *b, double factor)
{
    g_assert_cmpuint(a->record->deliveries->len, ==, b->record->deliveries->len);
    for (guint i = 0; i < a->record->deliveries->len; i++) {
        const struct told_delivery *x = &g_array_index(a->record->deliveries, struct told_delivery, i);
        const struct told_delivery *y = &g_array_index(b->record->deliveries, struct told_delivery, i);
        g_assert_cmpint(x->last.state, ==, y->last.state);
        g_assert_cmpstr(x->last.reason, ==, y->last.reason);
        expect_time(x->last.on_dp_s, y->last.on_dp_s * factor);
        expect_time(x->last.site_knows_s, y->last.site_knows_s * factor);
        expect_time(x->last.central_knows_s, y->last.central_knows_s * factor);
        expect_bytes(x->last.bytes, y->last.bytes);
        for (int cause = 0; cause < N_CAUSES; cause++)
            expect_time(x->cause_s[cause], y->cause_s[cause] * factor);
    }
}

static void expect_same(double a, double b)
{
    if (!(isnan(a) && isnan(b)))
        g_assert_cmpfloat(a, ==, b);
}

/* Rates doubled and durations halved, with the same bytes: everything happens in half the time. (The window stays:
 * halving the round-trip time has doubled what it lets through.) */
static void twice_the_rates_half_the_times(void)
{
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS / 4); seed++) {
        g_test_message("seed %u", seed);
        struct scenario *s = random_scenario(seed);
        speed_up(s, 2);
        struct small_run *a = small_run_all(random_scenario(seed), false), *b = small_run_all(s, false);
        expect_same_deliveries(a, b, 2);
        small_run_free(a);
        small_run_free(b);
    }
}

/* Not all that is random in them leaves sites that affect nobody else. */
static struct scenario *divided_scenario(guint32 seed)
{
    struct scenario *s = random_scenario(seed);
    s->until_s = seed % 4 == 0 ? 20.0 * (1 + seed % 40) : 1e6;
    g_array_set_size(s->faults, 0);
    for (guint i = 0; i < s->actions->len; i++) {
        struct action_spec *action = &g_array_index(s->actions, struct action_spec, i);
        if (action->what == ACTION_REMOVE)
            action->what = ACTION_DISTRIBUTE;
    }
    return s;
}

/* Sites that affect nobody else may be simulated on their own, a stretch of time after the other: what happens to each
 * delivery stays the same, to the last bit. */
static void in_parts_as_in_one(void)
{
    guint n_divided = 0, n_open = 0, n_failed = 0;
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS); seed++) {
        g_test_message("seed %u", seed);
        struct small_run *a = small_run_all(divided_scenario(seed), false);
        struct small_run *b = small_run_brief(divided_scenario(seed));
        struct partition partition;
        partition_init(&partition, b->scenario, true);
        n_divided += partition.n_parts > 1;
        partition_clear(&partition);
        uint32_t n = hierarchy_n_deliveries(a->hierarchy);
        g_assert_cmpuint(hierarchy_n_deliveries(b->hierarchy), ==, n);
        for (uint32_t i = 0; i < n; i++) {
            const struct delivery_news x = hierarchy_delivery(a->hierarchy, i), y = hierarchy_delivery(b->hierarchy, i);
            g_assert_cmpint(x.state, ==, y.state);
            g_assert_cmpuint(x.dp, ==, y.dp);
            g_assert_cmpuint(x.package, ==, y.package);
            expect_same(x.requested_s, y.requested_s);
            expect_same(x.on_dp_s, y.on_dp_s);
            expect_same(x.site_knows_s, y.site_knows_s);
            expect_same(x.central_knows_s, y.central_knows_s);
            n_open += x.state == DELIVERY_OPEN;
            n_failed += x.state == DELIVERY_FAILED;
        }
        small_run_free(a);
        small_run_free(b);
    }
    g_test_message("%u in parts, %u open, %u failed", n_divided, n_open, n_failed);
    g_assert_cmpuint(n_divided, >, test_rounds(SCENARIOS) / 5);
    g_assert_cmpuint(n_open, >, 0);
    g_assert_cmpuint(n_failed, >, 0);
}

/* A site with nothing to do hears of packages and changes nothing else. */
static void idle_site_changes_nothing(void)
{
    for (guint32 seed = 0; seed < test_rounds(SCENARIOS / 4); seed++) {
        g_test_message("seed %u", seed);
        struct scenario *s = random_scenario(seed);
        bool central = scenario_site(s, 0)->type == SITE_CENTRAL;
        int32_t location = small_location(s, "faraway", 0, 1);
        small_site(s, "XXX", central ? SITE_PRIMARY : SITE_SECONDARY, 0, location);
        small_dp(s, "idle", (int32_t)s->sites->len - 1, -1);
        struct small_run *a = small_run_all(random_scenario(seed), false), *b = small_run_all(s, false);
        expect_same_deliveries(a, b, 1);
        g_assert_cmpuint(a->record->transfers->len, ==, b->record->transfers->len);
        small_run_free(a);
        small_run_free(b);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/hierarchy/random/accounts-add-up", accounts_add_up);
    g_test_add_func("/hierarchy/random/accounts-add-up-when-cut-short", accounts_add_up_when_cut_short);
    g_test_add_func("/hierarchy/random/freed-in-mid-run", freed_in_mid_run);
    g_test_add_func("/hierarchy/random/same-scenario-same-trace", same_scenario_same_trace);
    g_test_add_func("/hierarchy/random/twice-the-rates-half-the-times", twice_the_rates_half_the_times);
    g_test_add_func("/hierarchy/random/idle-site-changes-nothing", idle_site_changes_nothing);
    g_test_add_func("/hierarchy/random/in-parts-as-in-one", in_parts_as_in_one);
    return g_test_run();
}
