#include "tests/support/small.h"

#include <stdarg.h>
#include <string.h>

#include "models/delivery.h"

/* ---- scenarios ---- */

struct scenario *small_scenario(void)
{
    struct scenario *s = scenario_new();
    s->name = g_strdup("small");
    s->until_s = INFINITY;
    s->seed = 1;
    s->calendars = g_array_new(FALSE, TRUE, sizeof(struct calendar_spec));
    s->locations = g_array_new(FALSE, TRUE, sizeof(struct location_spec));
    s->sites = g_array_new(FALSE, TRUE, sizeof(struct site_spec));
    s->routes = g_array_new(FALSE, TRUE, sizeof(struct route_spec));
    s->distribution_points = g_array_new(FALSE, TRUE, sizeof(struct dp_spec));
    s->groups = g_array_new(FALSE, TRUE, sizeof(struct group_spec));
    s->packages = g_array_new(FALSE, TRUE, sizeof(struct package_spec));
    s->actions = g_array_new(FALSE, TRUE, sizeof(struct action_spec));
    s->workloads = g_array_new(FALSE, TRUE, sizeof(struct workload_spec));
    s->faults = g_array_new(FALSE, TRUE, sizeof(struct fault_spec));
    s->objectives = g_array_new(FALSE, TRUE, sizeof(struct objective_spec));
    return s;
}

int32_t small_location(struct scenario *s, const char *name, int32_t parent, double bytes_per_s)
{
    const struct location_spec location = {
        .name = g_strdup(name),
        .parent = parent,
        .up_bytes_per_s = bytes_per_s,
        .down_bytes_per_s = bytes_per_s,
        .utc_offset_s = NAN,
        .background = -1,
    };
    g_array_append_val(s->locations, location);
    return (int32_t)s->locations->len - 1;
}

struct sender_params small_sender(void)
{
    return (struct sender_params){
        .max_concurrent_all_sites = 5,
        .max_concurrent_per_site = 3,
        .retries = 2,
        .retry_delay_s = 60,
        .connect_timeout_s = 30,
        .resume = true,
        .instruction_size_bytes = 0,
        .window_bytes = 1e6,
        .max_rate_bytes_per_s = INFINITY,
    };
}

struct scheduler_params small_scheduler(void)
{
    return (struct scheduler_params){.reschedule_delay_s = 540, .reschedule_for_s = 604800};
}

struct despooler_params small_despooler(void)
{
    return (struct despooler_params){.threads = 3, .despool_retry_delay_s = 300, .despool_rate_bytes_per_s = INFINITY};
}

struct transfer_manager_params small_transfer_manager(void)
{
    return (struct transfer_manager_params){
        .retries = 100, .retry_delay_s = 1800, .window_bytes = 1e6, .max_rate_bytes_per_s = INFINITY};
}

struct distribution_manager_params small_distribution_manager(void)
{
    return (struct distribution_manager_params){.snapshot_rate_bytes_per_s = INFINITY,
                                                .compress_rate_bytes_per_s = INFINITY,
                                                .compression_ratio = 1,
                                                .delta_versions = 5};
}

struct pull_params small_pull(void)
{
    return (struct pull_params){
        .source_retry_delay_s = 1200,
        .retries = 30,
        .max_jobs = 50,
        .concurrent_downloads = 50,
        .source_wait_s = 1800,
        .poll_interval_s = 3600,
        .polls = 72,
        .window_bytes = 1e6,
        .max_rate_bytes_per_s = INFINITY,
    };
}

int32_t small_site(struct scenario *s, const char *code, enum site_type type, int32_t parent, int32_t location)
{
    const struct site_spec site = {
        .code = g_strdup(code),
        .type = type,
        .parent = parent,
        .location = location,
        .interface_bytes_per_s = INFINITY,
        .disk_bytes_per_s = INFINITY,
        .software_distribution = {.max_packages = 3, .max_threads_per_package = 5},
        .distribution_manager = small_distribution_manager(),
        .scheduler = small_scheduler(),
        .sender = small_sender(),
        .despooler = small_despooler(),
        .transfer_manager = small_transfer_manager(),
        .pull = small_pull(),
    };
    g_array_append_val(s->sites, site);
    return (int32_t)s->sites->len - 1;
}

uint32_t small_dp(struct scenario *s, const char *name, int32_t site, int32_t location)
{
    const struct dp_spec dp = {
        .name = g_strdup(name),
        .site = site,
        .location = location,
        .priority = 200,
        .interface_bytes_per_s = INFINITY,
        .disk_bytes_per_s = INFINITY,
        .window_bytes = NAN,
        .max_rate_bytes_per_s = NAN,
    };
    g_array_append_val(s->distribution_points, dp);
    return s->distribution_points->len - 1;
}

struct dp_spec *small_sources(struct scenario *s, uint32_t dp, uint32_t n_sources, ...)
{
    struct dp_spec *spec = scenario_dp(s, dp);
    spec->type = DP_PULL;
    spec->sources = g_array_new(FALSE, FALSE, sizeof(struct pull_source_spec));
    va_list list;
    va_start(list, n_sources);
    for (uint32_t i = 0; i < n_sources; i++) {
        struct pull_source_spec source = {.dp = (int32_t)va_arg(list, uint32_t)};
        source.rank = va_arg(list, uint32_t);
        g_array_append_val(spec->sources, source);
    }
    va_end(list);
    return spec;
}

uint32_t small_empty_package(struct scenario *s, const char *id, int32_t source, enum priority priority)
{
    const struct package_spec package = {
        .id = g_strdup(id),
        .source_site = source,
        .priority = priority,
        .content = g_array_new(FALSE, TRUE, sizeof(struct file_set_spec)),
    };
    g_array_append_val(s->packages, package);
    return s->packages->len - 1;
}

void small_files(struct scenario *s, uint32_t package, const char *files, uint32_t count, double size_bytes)
{
    const struct file_set_spec set = {.files = g_strdup(files), .count = count, .size_bytes = size_bytes};
    g_array_append_val(scenario_package(s, package)->content, set);
}

uint32_t small_package(struct scenario *s, const char *id, int32_t source, enum priority priority, double bytes)
{
    uint32_t package = small_empty_package(s, id, source, priority);
    small_files(s, package, id, 1, bytes);
    return package;
}

static struct action_spec *add_action(struct scenario *s, double at_s, enum action_do what, uint32_t package)
{
    struct action_spec action = {.at_s = at_s, .what = what, .console = -1, .until_s = NAN, .times = UINT32_MAX};
    action.packages.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(action.packages.members, package);
    g_array_append_val(s->actions, action);
    return &g_array_index(s->actions, struct action_spec, s->actions->len - 1);
}

struct action_spec *small_create(struct scenario *s, double at_s, uint32_t package)
{
    return add_action(s, at_s, ACTION_CREATE, package);
}

struct action_spec *small_distribute(struct scenario *s, double at_s, uint32_t package, uint32_t n_dps, ...)
{
    struct action_spec *action = add_action(s, at_s, ACTION_DISTRIBUTE, package);
    action->to.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    va_list list;
    va_start(list, n_dps);
    for (uint32_t i = 0; i < n_dps; i++) {
        uint32_t dp = va_arg(list, uint32_t);
        g_array_append_val(action->to.members, dp);
    }
    va_end(list);
    return action;
}

struct action_spec *small_redistribute(struct scenario *s, double at_s, uint32_t package, uint32_t dp)
{
    struct action_spec *action = small_distribute(s, at_s, package, 1, dp);
    action->what = ACTION_REDISTRIBUTE;
    return action;
}

struct action_spec *small_remove(struct scenario *s, double at_s, uint32_t package, uint32_t dp)
{
    struct action_spec *action = small_distribute(s, at_s, package, 1, dp);
    action->what = ACTION_REMOVE;
    return action;
}

uint32_t small_group(struct scenario *s, const char *name, uint32_t n_dps, ...)
{
    struct group_spec group = {.name = g_strdup(name)};
    group.members.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    va_list list;
    va_start(list, n_dps);
    for (uint32_t i = 0; i < n_dps; i++) {
        uint32_t dp = va_arg(list, uint32_t);
        g_array_append_val(group.members.members, dp);
    }
    va_end(list);
    if (!s->groups)
        s->groups = g_array_new(FALSE, TRUE, sizeof group);
    g_array_append_val(s->groups, group);
    return s->groups->len - 1;
}

struct action_spec *small_to_group(struct scenario *s, double at_s, enum action_do what, uint32_t package,
                                   uint32_t group)
{
    struct action_spec *action = small_distribute(s, at_s, package, 0);
    action->what = what;
    action->to.direct = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    action->to.groups = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(action->to.groups, group);
    return action;
}

struct action_spec *small_membership(struct scenario *s, double at_s, enum action_do what, uint32_t group, uint32_t dp)
{
    struct action_spec *action = small_distribute(s, at_s, 0, 1, dp);
    action->what = what;
    action->group = (int32_t)group;
    return action;
}

struct action_spec *small_preload(struct scenario *s, double at_s, uint32_t package, uint32_t dp)
{
    struct action_spec *action = small_distribute(s, at_s, package, 1, dp);
    action->what = ACTION_PRELOAD;
    return action;
}

struct action_spec *small_update(struct scenario *s, double at_s, uint32_t package)
{
    struct action_spec *action = add_action(s, at_s, ACTION_UPDATE, package);
    action->content = g_array_new(FALSE, TRUE, sizeof(struct file_set_spec));
    action->changed = g_array_new(FALSE, TRUE, sizeof(struct changed_files_spec));
    return action;
}

void small_update_files(struct action_spec *update, const char *files, uint32_t count, double size_bytes)
{
    const struct file_set_spec set = {.files = g_strdup(files), .count = count, .size_bytes = size_bytes};
    g_array_append_val(update->content, set);
}

void small_update_changed(struct action_spec *update, const char *files, double share_percent)
{
    const struct changed_files_spec changed = {g_strdup(files), share_percent};
    g_array_append_val(update->changed, changed);
}

void small_fault(struct scenario *s, int32_t location, double from_s, double for_s)
{
    const struct fault_spec fault = {
        .location = location, .site = -1, .dp = -1, .from_s = from_s, .for_s = for_s, .mean_time_between_s = NAN};
    g_array_append_val(s->faults, fault);
}

struct route_spec *small_route(struct scenario *s, int32_t from, int32_t to)
{
    const struct route_spec route = {
        .from = from, .to = to, .bandwidth_bytes_per_s = INFINITY, .window_bytes = NAN, .max_rate_bytes_per_s = NAN};
    g_array_append_val(s->routes, route);
    return &g_array_index(s->routes, struct route_spec, s->routes->len - 1);
}

void small_drive(struct scenario *s, uint32_t dp, double size_bytes)
{
    struct dp_spec *spec = scenario_dp(s, dp);
    const struct drive_spec drive = {.size_bytes = size_bytes};
    if (!spec->drives)
        spec->drives = g_array_new(FALSE, FALSE, sizeof(struct drive_spec));
    g_array_append_val(spec->drives, drive);
}

/* ---- what was told ---- */

static struct told_transfer *transfer_by_id(struct record *record, uint64_t id)
{
    for (guint i = record->transfers->len; i-- > 0;) {
        struct told_transfer *t = &g_array_index(record->transfers, struct told_transfer, i);
        if (t->id == id)
            return t;
    }
    return NULL;
}

static void copy_transfer(struct told_transfer *told, const struct transfer *t)
{
    const struct sim_link *link;
    told->id = t->id;
    told->kind = t->kind;
    told->state = t->state;
    told->package = t->package;
    told->version = t->version;
    told->attempts = t->attempts;
    told->from = t->from;
    told->to = t->to;
    told->reason = t->reason;
    told->bytes = t->bytes;
    told->bytes_arrived = t->bytes_arrived;
    told->bytes_resent = t->bytes_resent;
    told->bytes_moved = t->bytes_moved;
    told->created_s = t->created_s;
    told->started_s = t->started_s;
    told->finished_s = t->finished_s;
    memcpy(told->in_state_s, t->in_state_s, sizeof told->in_state_s);
    told->limited_by = transfer_limited_by(t, &link);
}

static void record_status(void *ctx, const struct status *status)
{
    struct record *record = ctx;
    g_array_append_vals(record->statuses, status, 1);
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g status %s %s %d p%u v%u %s #%u\n", status->time_s, status->site,
                               component_names[status->component], status->id, status->package, status->version,
                               status->object, status->attempt);
}

static void record_transfer_changed(void *ctx, const struct transfer *t, enum transfer_state from, double now_s)
{
    struct record *record = ctx;
    struct told_transfer *told = transfer_by_id(record, t->id);
    g_assert((from == N_TRANSFER_STATES) == (told == NULL));
    if (!told) {
        g_array_set_size(record->transfers, record->transfers->len + 1);
        told = &g_array_index(record->transfers, struct told_transfer, record->transfers->len - 1);
    }
    copy_transfer(told, t);
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g transfer %" G_GUINT64_FORMAT " %s to %s p%u %s, %.17g of %.17g\n",
                               now_s, t->id, t->from, t->to, t->package, transfer_state_names[t->state],
                               t->bytes_arrived, t->bytes);
}

static void record_transfer_open(void *ctx, const struct transfer *t, double now_s)
{
    struct record *record = ctx;
    struct told_transfer *told = transfer_by_id(record, t->id);
    g_assert_nonnull(told);
    uint32_t n_open = told->n_open + 1;
    copy_transfer(told, t);
    told->n_open = n_open;
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g open %" G_GUINT64_FORMAT " %s\n", now_s, t->id,
                               transfer_state_names[t->state]);
}

static void record_attempt_ended(void *ctx, const struct attempt *attempt)
{
    struct record *record = ctx;
    const struct told_attempt told = {attempt->transfer->id, attempt->attempt, attempt->thread, attempt->started_s,
                                      attempt->ended_s,      attempt->bytes,   attempt->outcome};
    g_array_append_val(record->attempts, told);
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g attempt %" G_GUINT64_FORMAT "#%u on %u since %.17g: %s, %.17g\n",
                               attempt->ended_s, attempt->transfer->id, attempt->attempt, attempt->thread,
                               attempt->started_s, attempt->outcome, attempt->bytes);
}

struct telling {
    const struct delivery *delivery;
    double until_s;
    GArray *shares; /* struct delivery_share */
};

/* Whatever is told of a delivery, its time so far can be told too: in order, without gap or overlap. */
static void follows(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    struct telling *telling = ctx;
    const struct delivery_share share = delivery_share_of(telling->delivery, leg, span);
    expect_time(span->from_s, telling->until_s);
    g_assert_cmpfloat(span->to_s, >, span->from_s);
    g_assert_cmpfloat(span->other_s, >=, 0);
    g_assert_cmpfloat(span->other_s, <=, (span->to_s - span->from_s) * (1 + 1e-9));
    telling->until_s = span->to_s;
    g_array_append_val(telling->shares, share);
}

static void expect_shares(const struct delivery_share *shares, uint32_t n, const GArray *told, uint32_t from)
{
    g_assert_cmpuint(from + n, <=, told->len);
    for (uint32_t i = 0; i < n; i++) {
        const struct delivery_share *share = &g_array_index(told, struct delivery_share, from + i);
        g_assert_true(shares[i].took_s == share->took_s && shares[i].other_s == share->other_s);
        g_assert_cmpuint(shares[i].site, ==, share->site);
        g_assert_cmpuint(shares[i].cause, ==, share->cause);
        g_assert_cmpuint(shares[i].other, ==, share->other);
    }
}

/* What it has in common with others, and what is its own, are the same again, to the last bit. */
static void expect_account(const struct delivery *delivery, double now_s)
{
    struct telling telling = {delivery, delivery->requested_s,
                              g_array_new(FALSE, FALSE, sizeof(struct delivery_share))};
    struct delivery_share own[FEW_SHARES];
    delivery_walk(delivery, now_s, follows, &telling);
    expect_time(telling.until_s, now_s);
    const struct legs_account *legs = delivery_legs(delivery);
    uint32_t n_own = legs ? delivery_own(delivery, legs, now_s, own) : UINT32_MAX;
    if (legs)
        expect_shares(legs->shares, legs->n, telling.shares, 0);
    if (n_own != UINT32_MAX) {
        expect_shares(own, n_own, telling.shares, legs->n);
        g_assert_cmpuint(legs->n + n_own, ==, telling.shares->len);
    }
    g_array_unref(telling.shares);
}

static void record_delivery_changed(void *ctx, const struct delivery_news *news, double now_s)
{
    struct record *record = ctx;
    if (news->number >= record->deliveries->len) {
        g_assert_cmpuint(news->number, ==, record->deliveries->len);
        g_array_set_size(record->deliveries, record->deliveries->len + 1);
    }
    struct told_delivery *told = &g_array_index(record->deliveries, struct told_delivery, news->number);
    told->last = *news;
    told->last.cause_s = NULL;
    told->n_told++;
    if (news->state != DELIVERY_DELIVERED || news->cause_s)
        expect_account(news->delivery, now_s);
    if (news->cause_s) {
        g_assert_false(told->has_causes);
        told->has_causes = true;
        memcpy(told->cause_s, news->cause_s, sizeof told->cause_s);
    }
    if (!record->trace)
        return;
    g_string_append_printf(record->trace,
                           "%.17g delivery %" G_GUINT64_FORMAT " p%u dp%u %d '%s' %.17g %.17g %.17g %.17g", now_s,
                           news->number, news->package, news->dp, news->state, news->reason, news->on_dp_s,
                           news->site_knows_s, news->central_knows_s, news->bytes);
    for (int i = 0; news->cause_s && i < N_CAUSES; i++)
        g_string_append_printf(record->trace, " %.17g", news->cause_s[i]);
    g_string_append_c(record->trace, '\n');
}

static void record_pool_changed(void *ctx, uint32_t pool, double in_use, double waiting, double closed, double now_s)
{
    struct record *record = ctx;
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g pool %u %g %g %g\n", now_s, pool, in_use, waiting, closed);
}

static void record_link_changed(void *ctx, uint32_t link, double bytes_per_s, double capacity_bytes_per_s, double now_s)
{
    struct record *record = ctx;
    if (record->trace)
        g_string_append_printf(record->trace, "%.17g link %u %.17g of %.17g\n", now_s, link, bytes_per_s,
                               capacity_bytes_per_s);
}

struct record *record_new(bool with_trace)
{
    struct record *record = g_new0(struct record, 1);
    record->observer = (struct observer){
        .ctx = record,
        .status = record_status,
        .transfer_changed = record_transfer_changed,
        .transfer_open = record_transfer_open,
        .attempt_ended = record_attempt_ended,
        .delivery_changed = record_delivery_changed,
        .pool_changed = record_pool_changed,
        .link_changed = record_link_changed,
    };
    record->trace = with_trace ? g_string_new(NULL) : NULL;
    record->transfers = g_array_new(FALSE, TRUE, sizeof(struct told_transfer));
    record->attempts = g_array_new(FALSE, TRUE, sizeof(struct told_attempt));
    record->deliveries = g_array_new(FALSE, TRUE, sizeof(struct told_delivery));
    record->statuses = g_array_new(FALSE, TRUE, sizeof(struct status));
    return record;
}

void record_free(struct record *record)
{
    if (record->trace)
        g_string_free(record->trace, TRUE);
    g_array_unref(record->transfers);
    g_array_unref(record->attempts);
    g_array_unref(record->deliveries);
    g_array_unref(record->statuses);
    g_free(record);
}

const struct told_transfer *record_transfer(const struct record *record, uint32_t package, const char *to)
{
    for (guint i = record->transfers->len; i-- > 0;) {
        const struct told_transfer *t = &g_array_index(record->transfers, struct told_transfer, i);
        if (t->package == package && !strcmp(t->to, to))
            return t;
    }
    return NULL;
}

const struct told_transfer *record_request(const struct record *record, uint32_t package, uint32_t version,
                                           const char *to)
{
    for (guint i = record->transfers->len; i-- > 0;) {
        const struct told_transfer *t = &g_array_index(record->transfers, struct told_transfer, i);
        if (t->package == package && t->version == version && !strcmp(t->to, to))
            return t;
    }
    return NULL;
}

const struct told_delivery *record_delivery_of(const struct record *record, uint32_t package, uint32_t version,
                                               uint32_t dp)
{
    for (guint i = record->deliveries->len; i-- > 0;) {
        const struct told_delivery *d = &g_array_index(record->deliveries, struct told_delivery, i);
        if (d->last.package == package && d->last.version == version && d->last.dp == dp)
            return d;
    }
    return NULL;
}

const struct told_delivery *record_delivery(const struct record *record, uint32_t package, uint32_t dp)
{
    for (guint i = record->deliveries->len; i-- > 0;) {
        const struct told_delivery *d = &g_array_index(record->deliveries, struct told_delivery, i);
        if (d->last.package == package && d->last.dp == dp)
            return d;
    }
    return NULL;
}

static bool matches(const struct status *status, const char *site, enum status_id id, const char *object)
{
    return status->id == id && (!site || !strcmp(status->site, site)) && (!object || !strcmp(status->object, object));
}

double record_when(const struct record *record, const char *site, enum status_id id, const char *object, uint32_t n)
{
    for (guint i = 0; i < record->statuses->len; i++) {
        const struct status *status = &g_array_index(record->statuses, struct status, i);
        if (matches(status, site, id, object) && n-- == 0)
            return status->time_s;
    }
    return NAN;
}

uint32_t record_count(const struct record *record, const char *site, enum status_id id, const char *object)
{
    uint32_t n = 0;
    for (guint i = 0; i < record->statuses->len; i++)
        n += matches(&g_array_index(record->statuses, struct status, i), site, id, object);
    return n;
}

void expect_near(double value, double expected, double absolute, const char *what, const char *file, int line)
{
    if (value == expected || (isnan(value) && isnan(expected)) ||
        fabs(value - expected) <= absolute + 1e-12 * fabs(expected))
        return;
    g_error("%s:%d: %s is %.17g, expected %.17g", file, line, what, value, expected);
}

/* ---- a whole hierarchy ---- */

static struct small_run *new_run(struct scenario *scenario, bool with_trace, bool brief)
{
    struct small_run *run = g_new0(struct small_run, 1);
    run->scenario = scenario;
    run->sim = sim_new(scenario->seed, 0);
    run->record = record_new(with_trace);
    if (brief) {
        run->record->observer = observer_none;
        run->record->observer.brief = true;
    }
    run->expansion = expansion_new(scenario, scenario->seed, 0);
    run->hierarchy = hierarchy_new(run->sim, &run->expansion->scenario, &run->record->observer);
    return run;
}

struct small_run *small_run_new(struct scenario *scenario, bool with_trace)
{
    return new_run(scenario, with_trace, false);
}

struct small_run *small_run_brief(struct scenario *scenario)
{
    struct small_run *run = new_run(scenario, false, true);
    g_assert_true(sim_parts_run_at_most(hierarchy_parts(run->hierarchy), scenario->until_s, UINT64_MAX));
    hierarchy_report_open(run->hierarchy);
    return run;
}

struct small_run *small_run_all(struct scenario *scenario, bool with_trace)
{
    struct small_run *run = small_run_new(scenario, with_trace);
    sim_run(run->sim, scenario->until_s);
    hierarchy_report_open(run->hierarchy);
    return run;
}

void small_run_free(struct small_run *run)
{
    hierarchy_free(run->hierarchy);
    record_free(run->record);
    sim_free(run->sim);
    expansion_free(run->expansion);
    scenario_free(run->scenario);
    g_free(run);
}

void small_run_expect_delivered(const struct small_run *run, uint32_t package, uint32_t dp, double on_dp_s,
                                double site_knows_s, double central_knows_s)
{
    const struct told_delivery *delivery = record_delivery(run->record, package, dp);
    g_assert_nonnull(delivery);
    expect_time(delivery->last.on_dp_s, on_dp_s);
    expect_time(delivery->last.site_knows_s, site_knows_s);
    expect_time(delivery->last.central_knows_s, central_knows_s);
}

void small_run_expect_causes(const struct small_run *run, uint32_t package, uint32_t dp, ...)
{
    const struct told_delivery *delivery = record_delivery(run->record, package, dp);
    g_assert_nonnull(delivery);
    g_assert_true(delivery->has_causes);
    double expected_s[N_CAUSES] = {0};
    va_list list;
    va_start(list, dp);
    for (const char *name; (name = va_arg(list, const char *));) {
        int cause = 0;
        while (strcmp(cause_names[cause], name) != 0)
            g_assert_cmpint(++cause, <, N_CAUSES);
        expected_s[cause] = va_arg(list, double);
    }
    va_end(list);
    for (int cause = 0; cause < N_CAUSES; cause++)
        expect_near(delivery->cause_s[cause], expected_s[cause], 1e-9, cause_names[cause], "package and dp",
                    (int)(100 * package + dp));
}

struct hierarchy_link *small_run_link(const struct small_run *run, const char *name)
{
    uint32_t n;
    struct hierarchy_link *const *links = hierarchy_links(run->hierarchy, &n);
    for (uint32_t i = 0; i < n; i++)
        if (!strcmp(links[i]->name, name))
            return links[i];
    return NULL;
}

const struct hierarchy_pool *small_run_pool(const struct small_run *run, const char *site, enum pool_kind kind)
{
    uint32_t n;
    const struct hierarchy_pool *pools = hierarchy_pools(run->hierarchy, &n);
    for (uint32_t i = 0; i < n; i++)
        if (pools[i].kind == kind && !strcmp(pools[i].entity, site))
            return &pools[i];
    return NULL;
}
