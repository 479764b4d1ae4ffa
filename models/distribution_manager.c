#include "models/distribution_manager.h"

#include <math.h>

#include "models/delivery.h"
#include "models/observer.h"

#define SHARED(member) offsetof(struct software_distribution_params, member)
#define AT(member) offsetof(struct distribution_manager_params, member)

/* clang-format off */
static const struct param_field shared_fields[] = {
    {.name = "max_packages", .kind = PARAM_COUNT, .offset = SHARED(max_packages), .standard = "3", .min = 1, .max = 50,
     .grade = GRADE_DOCUMENTED, .sentence = "package processing threads of the distribution manager (D3, X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum number of packages",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumPackageCount"},
    {.name = "max_threads_per_package", .kind = PARAM_COUNT, .offset = SHARED(max_threads_per_package), .standard = "5",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "distribution point threads of one package thread (D3); times max_packages: sending threads of the "
                 "transfer manager (X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum threads per package",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumThreadCountPerPackage"},
    {0}};
/* clang-format on */

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "snapshot_rate", .kind = PARAM_RATE, .offset = AT(snapshot_rate_bytes_per_s), .standard = "23 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_INFERRED,
     .sentence = "speed of snapshot, hash and library write of a new version at its source site (D3)"},
    {.name = "dp_thread_time", .kind = PARAM_DURATION, .offset = AT(dp_thread_time_s), .standard = "9 s", .max = 86400,
     .grade = GRADE_INFERRED, .sentence = "what a distribution point thread takes to create one transfer job (D3)"},
    {.name = "metadata_time", .kind = PARAM_DURATION, .offset = AT(metadata_time_s), .standard = "1 s", .max = 86400,
     .grade = GRADE_INFERRED,
     .sentence = "package thread of a site that is told of content which it does not have yet (D2)"},
    {.name = "package_thread_tail", .kind = PARAM_DURATION, .offset = AT(package_thread_tail_s), .standard = "0 s",
     .max = 86400, .grade = GRADE_CHOSEN,
     .sentence = "how long a package thread keeps its slot after its last step; one log shows 2.1 s (D3)"},
    {.name = "compress_rate", .kind = PARAM_RATE, .offset = AT(compress_rate_bytes_per_s), .standard = "20 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of compressing a package version for other sites, one at a time (D4)"},
    {.name = "compression_ratio", .kind = PARAM_NUMBER, .offset = AT(compression_ratio), .standard = "1", .min = 0.001,
     .max = 2, .grade = GRADE_ASSUMED, .sentence = "size of the compressed copy / size of the content (D4)"},
    {0}};
/* clang-format on */

const struct param_table software_distribution_table = {
    "software_distribution", "concurrency of content distribution, one pair of settings for two components (D3, X1)",
    sizeof(struct software_distribution_params), shared_fields};

const struct param_table distribution_manager_table = {
    "distribution_manager", "processes packages: snapshot, library, transfer jobs, mini-jobs to other sites (D1 to D4)",
    sizeof(struct distribution_manager_params), fields};

static void tell(const struct site_package *sp, enum status_id id, const char *object)
{
    const struct distribution_manager *manager = sp->manager;
    const struct status status = {
        .time_s = sim_now(manager->sim),
        .site = manager->site,
        .component = COMPONENT_DISTRIBUTION_MANAGER,
        .id = id,
        .package = sp->package->index,
        .version = sp->package->version,
        .object = object,
    };
    manager->observer->status(manager->observer->ctx, &status);
}

static double chance(const struct site_package *sp, const double *setting)
{
    const struct distribution_manager *manager = sp->manager;
    return luck_draw(manager->luck, setting, manager->site, "%s", sp->package->spec->id);
}

/* What the errands wait for now. */
static void legs_switch(GPtrArray *legs, double now_s, enum cause cause)
{
    for (guint i = 0; i < legs->len; i++)
        cause_log_switch(&((struct leg *)legs->pdata[i])->log, now_s, cause);
}

static void errands_switch(GPtrArray *deliveries, GPtrArray *legs, double now_s, enum cause cause)
{
    for (guint i = 0; i < deliveries->len; i++)
        cause_log_switch(&((struct delivery *)deliveries->pdata[i])->log, now_s, cause);
    legs_switch(legs, now_s, cause);
}

static void move_all(GPtrArray *from, GPtrArray *to)
{
    for (guint i = 0; i < from->len; i++)
        g_ptr_array_add(to, from->pdata[i]);
    g_ptr_array_set_size(from, 0);
}

/* ---- errands ---- */

void site_package_add_delivery(struct site_package *sp, struct delivery *delivery)
{
    double now_s = sim_now(sp->manager->sim);
    g_ptr_array_add(sp->deliveries, delivery);
    if (!site_package_here(sp))
        return;
    delivery_content_is_here(delivery, sp->stored_s);
    cause_log_switch(&delivery->log, now_s, CAUSE_PACKAGE_THREAD_WAIT);
}

void site_package_add_leg(struct site_package *sp, struct leg *leg)
{
    double now_s = sim_now(sp->manager->sim);
    g_ptr_array_add(sp->legs, leg);
    if (!site_package_here(sp))
        return;
    cause_log_switch(&leg->log, fmax(sp->stored_s, leg->created_s), CAUSE_METADATA_WAIT);
    cause_log_switch(&leg->log, now_s, CAUSE_PACKAGE_THREAD_WAIT);
}

void site_package_stored(struct site_package *sp, double compressed_bytes)
{
    double now_s = sim_now(sp->manager->sim);
    sp->stored = true;
    sp->stored_s = now_s;
    sp->compressed_bytes = compressed_bytes;
    for (guint i = 0; i < sp->deliveries->len; i++)
        delivery_content_is_here(sp->deliveries->pdata[i], now_s);
    legs_switch(sp->legs, now_s, CAUSE_METADATA_WAIT);
}

/* ---- the package thread ---- */

static void wait_for_slot(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    sp->thread = PACKAGE_WAITING;
    sim_wait(sim, &sp->slot, &sp->manager->line, sim_key_of(0, sim_number(sim)));
}

void site_package_notify(struct site_package *sp)
{
    if (site_package_here(sp))
        errands_switch(sp->deliveries, sp->legs, sim_now(sp->manager->sim), CAUSE_PACKAGE_THREAD_WAIT);
    if (sp->thread == PACKAGE_IDLE)
        wait_for_slot(sp);
    else if (sp->thread != PACKAGE_WAITING)
        sp->again = true;
}

static void enter_tail(struct site_package *sp)
{
    sp->thread = PACKAGE_TAIL;
    sim_schedule_after(sp->manager->sim, &sp->step, chance(sp, &sp->manager->params->package_thread_tail_s));
}

static void thread_ends(struct site_package *sp)
{
    bool again = sp->again, new_version = sp->new_version;
    tell(sp, STATUS_PACKAGE_PROCESSED, "");
    sp->thread = PACKAGE_IDLE;
    sp->again = sp->new_version = false;
    sim_release(sp->manager->sim, &sp->slot);
    if (new_version)
        sp->manager->version_leaves(sp);
    if (again)
        site_package_notify(sp);
}

static void note_version(struct site_package *sp)
{
    sp->version_due = false;
    tell(sp, STATUS_PACKAGE_UPDATED, "");
}

static void hand_legs_over(struct site_package *sp)
{
    for (guint i = 0; i < sp->run_legs->len; i++) {
        struct leg *leg = sp->run_legs->pdata[i];
        tell(sp, STATUS_TO_CHILD_SITE, leg->transfer.to);
        sp->manager->mini_job_due(leg);
    }
    g_ptr_array_set_size(sp->run_legs, 0);
    enter_tail(sp);
}

/* D4: once per site and version. */
static void compress(struct site_package *sp)
{
    if (sp->run_legs->len == 0) {
        enter_tail(sp);
    } else if (sp->compressed_bytes > 0) {
        hand_legs_over(sp);
    } else {
        struct sim *sim = sp->manager->sim;
        sp->thread = PACKAGE_COMPRESSOR;
        legs_switch(sp->run_legs, sim_now(sim), CAUSE_COMPRESSOR_WAIT);
        sim_wait(sim, &sp->compressor, &sp->manager->compressor_line, sim_key_of(0, sim_number(sim)));
    }
}

static void compressor_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct site_package *sp = SIM_OWNER(struct site_package, compressor, waiter);
    sp->thread = PACKAGE_COMPRESSING;
    legs_switch(sp->run_legs, sim_now(sim), CAUSE_COMPRESSING);
    sim_flow_start(sp->manager->network, &sp->work, sp->package->bytes,
                   chance(sp, &sp->manager->params->compress_rate_bytes_per_s));
}

static void compressed(struct site_package *sp)
{
    sp->compressed_bytes = fmax(1, round(sp->package->bytes * sp->manager->params->compression_ratio));
    sim_release(sp->manager->sim, &sp->compressor);
    tell(sp, EVENT_COMPRESSED, "");
    hand_legs_over(sp);
}

static void start_dp_threads(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    if (sp->manager->down)
        return;
    while (sp->dp_threads < sp->manager->shared->max_threads_per_package &&
           sp->next_delivery < sp->run_deliveries->len) {
        struct delivery *delivery = sp->run_deliveries->pdata[sp->next_delivery++];
        sp->dp_threads++;
        cause_log_switch(&delivery->log, sim_now(sim), CAUSE_DP_THREAD);
        tell(sp, STATUS_DP_THREAD_START, delivery->dp->spec->name);
        sim_schedule_after(sim, &delivery->event,
                           luck_draw(sp->manager->luck, &sp->manager->params->dp_thread_time_s,
                                     delivery->dp->spec->name, "%s", sp->package->spec->id));
    }
    if (sp->dp_threads > 0)
        return;
    g_ptr_array_set_size(sp->run_deliveries, 0);
    sp->next_delivery = 0;
    compress(sp);
}

static void dp_thread_ends(struct sim *sim, struct sim_event *event)
{
    struct delivery *delivery = SIM_OWNER(struct delivery, event, event);
    struct site_package *sp = delivery->at;
    cause_log_end(&delivery->log, sim_now(sim));
    tell(sp, STATUS_JOB_CREATED, delivery->dp->spec->name);
    sp->manager->job_due(delivery);
    sp->dp_threads--;
    start_dp_threads(sp);
}

void site_package_resume(struct site_package *sp)
{
    if (sp->thread == PACKAGE_DP_THREADS)
        start_dp_threads(sp);
}

static void process(struct site_package *sp)
{
    double now_s = sim_now(sp->manager->sim);
    sp->thread = PACKAGE_DP_THREADS;
    for (guint i = 0; i < sp->run_deliveries->len; i++) {
        struct delivery *delivery = sp->run_deliveries->pdata[i];
        cause_log_switch(&delivery->log, now_s, CAUSE_DP_THREAD_WAIT);
        sim_event_init(&delivery->event, SIM_RANK_MODEL, dp_thread_ends);
    }
    legs_switch(sp->run_legs, now_s, CAUSE_DP_THREAD);
    start_dp_threads(sp);
}

static void slot_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct site_package *sp = SIM_OWNER(struct site_package, slot, waiter);
    struct distribution_manager *manager = sp->manager;
    tell(sp, STATUS_PACKAGE_BEGIN, "");
    if (sp->snapshot_due || (site_package_here(sp) && (sp->deliveries->len > 0 || sp->legs->len > 0))) {
        move_all(sp->deliveries, sp->run_deliveries);
        move_all(sp->legs, sp->run_legs);
    }
    if (sp->snapshot_due) {
        sp->thread = PACKAGE_SNAPSHOT;
        sp->snapshot_due = false;
        sp->new_version = true;
        errands_switch(sp->run_deliveries, sp->run_legs, sim_now(sim), CAUSE_SNAPSHOT);
        sim_flow_start(manager->network, &sp->work, sp->package->bytes,
                       chance(sp, &manager->params->snapshot_rate_bytes_per_s));
    } else if (sp->run_deliveries->len > 0 || sp->run_legs->len > 0) {
        if (sp->version_due)
            note_version(sp);
        process(sp);
    } else {
        sp->thread = PACKAGE_NOTING;
        sim_schedule_after(sim, &sp->step, chance(sp, &manager->params->metadata_time_s));
    }
}

static void work_done(struct sim *sim, struct sim_flow *flow)
{
    struct site_package *sp = SIM_OWNER(struct site_package, work, flow);
    (void)sim;
    if (sp->thread == PACKAGE_COMPRESSING) {
        compressed(sp);
        return;
    }
    sp->stored = true;
    tell(sp, STATUS_SNAPSHOT_DONE, "");
    tell(sp, STATUS_PACKAGE_UPDATED, "");
    process(sp);
}

static void step_ends(struct sim *sim, struct sim_event *event)
{
    struct site_package *sp = SIM_OWNER(struct site_package, step, event);
    (void)sim;
    if (sp->thread == PACKAGE_TAIL) {
        thread_ends(sp);
        return;
    }
    if (sp->version_due)
        note_version(sp);
    enter_tail(sp);
}

/* ---- wiring ---- */

void distribution_manager_init(struct distribution_manager *manager, struct sim *sim, struct sim_network *network,
                               const struct distribution_manager_params *params,
                               const struct software_distribution_params *shared, const struct observer *observer,
                               const char *site, struct sim_link *disk)
{
    *manager = (struct distribution_manager){.sim = sim,
                                             .network = network,
                                             .params = params,
                                             .shared = shared,
                                             .observer = observer,
                                             .site = site,
                                             .disk = disk};
    sim_slots_init(sim, &manager->threads, shared->max_packages);
    sim_line_init(sim, &manager->line, &manager->threads, SIM_UNLIMITED);
    sim_slots_init(sim, &manager->compressor, 1);
    sim_line_init(sim, &manager->compressor_line, &manager->compressor, SIM_UNLIMITED);
}

void distribution_manager_clear(struct distribution_manager *manager)
{
    sim_line_clear(&manager->line);
    sim_slots_clear(manager->sim, &manager->threads);
    sim_line_clear(&manager->compressor_line);
    sim_slots_clear(manager->sim, &manager->compressor);
}

void site_package_init(struct site_package *sp, struct distribution_manager *manager, struct package *package,
                       bool is_source)
{
    *sp = (struct site_package){.manager = manager, .package = package, .is_source = is_source};
    sim_waiter_init(&sp->slot, slot_granted);
    sim_waiter_init(&sp->compressor, compressor_granted);
    sim_event_init(&sp->step, SIM_RANK_MODEL, step_ends);
    sim_flow_init(&sp->work, &manager->disk, manager->disk ? 1 : 0, work_done, NULL);
    sp->deliveries = g_ptr_array_new();
    sp->legs = g_ptr_array_new();
    sp->run_deliveries = g_ptr_array_new();
    sp->run_legs = g_ptr_array_new();
}

static void leave(struct sim *sim, struct sim_waiter *waiter)
{
    if (sim_waiting(waiter))
        sim_wait_cancel(sim, waiter);
    else if (sim_holding(waiter))
        sim_release(sim, waiter);
}

void site_package_clear(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    sim_cancel(sim, &sp->step);
    if (sp->work.moving)
        sim_flow_stop(sp->manager->network, &sp->work);
    leave(sim, &sp->slot);
    leave(sim, &sp->compressor);
    sim_flow_clear(&sp->work);
    g_ptr_array_unref(sp->deliveries);
    g_ptr_array_unref(sp->legs);
    g_ptr_array_unref(sp->run_deliveries);
    g_ptr_array_unref(sp->run_legs);
}
