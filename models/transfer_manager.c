#include "models/transfer_manager.h"

#include <math.h>

#include "models/distribution_point.h"
#include "models/observer.h"
#include "models/pull_distribution_point.h"

#define AT(member) offsetof(struct transfer_manager_params, member)

static const char *const pools[] = {"jobs", "packages", NULL};

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "start_delay", .kind = PARAM_DURATION, .offset = AT(start_delay_s), .standard = "0 s", .max = 86400,
     .grade = GRADE_REPORTED,
     .sentence = "from a job's sending thread to its first byte; one log shows 20 s (X1)"},
    {.name = "transfer_pool", .kind = PARAM_CHOICE, .offset = AT(transfer_pool), .standard = "jobs", .choices = pools,
     .grade = GRADE_ASSUMED,
     .sentence = "jobs: one pool of max_packages x max_threads_per_package threads; packages: the pool also holds at most "
                 "max_packages packages at once (X1)"},
    {.name = "prefer_fast_dps", .kind = PARAM_BOOL, .offset = AT(prefer_fast_dps), .standard = "false",
     .grade = GRADE_ASSUMED,
     .sentence = "among jobs of equal priorities, those to distribution points with the higher measured speed go first (X1)"},
    {.name = "retries", .kind = PARAM_COUNT, .offset = AT(retries), .standard = "100", .min = 0, .max = 1000,
     .grade = GRADE_DOCUMENTED, .sentence = "how often a job that failed is tried again (X3)",
     .console = "Software Distribution, Retry settings, Number of retries",
     .cmdlet = "Set-CMSoftwareDistributionComponent -RetryCount"},
    {.name = "retry_delay", .kind = PARAM_DURATION, .offset = AT(retry_delay_s), .standard = "30 min", .max = 86400,
     .grade = GRADE_DOCUMENTED, .sentence = "wait before a job that failed is tried again; its thread is free meanwhile (X3)",
     .console = "Software Distribution, Retry settings, Delay before retrying",
     .cmdlet = "Set-CMSoftwareDistributionComponent -DelayBeforeRetryingMins"},
    {.name = "failure_probability", .kind = PARAM_PERCENT, .offset = AT(failure_percent), .standard = "0 %", .max = 100,
     .grade = GRADE_CHOSEN,
     .sentence = "chance of each try to break off, anywhere in what it has to copy; what has failed is tried again (X3)"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .standard = "1 MiB", .min = 1, .max = 1e12,
     .grade = GRADE_ASSUMED,
     .sentence = "what one connection has in flight: its speed is at most window / round-trip time (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN, .sentence = "most that one job's copy moves (N2)"},
    {0}};
/* clang-format on */

const struct param_table transfer_manager_table = {
    "transfer_manager", "copies content from the site server to its distribution points (X1 to X4)",
    sizeof(struct transfer_manager_params), fields};

/* A package's turn in the pool (transfer_pool "packages"). */
struct package_turn {
    struct sim_waiter waiter;
    uint32_t n_jobs; /* that are in the pool or wait to get in */
    GPtrArray *held; /* jobs that wait for the turn; NULL: none ever did */
};

static struct distribution_point *dp_of(const struct transfer *job)
{
    return job->owner;
}

static double chance(const struct transfer *job, const double *setting)
{
    struct luck *luck = dp_of(job)->manager->luck;
    return luck_draw(luck, setting, job->to, "%s", luck_package(luck, job->package));
}

static void tell(const struct transfer *job, enum status_id id)
{
    const struct transfer_manager *manager = dp_of(job)->manager;
    observer_tell_of_transfer(manager->observer, sim_now(manager->sim), job, manager->site, COMPONENT_TRANSFER_MANAGER,
                              id);
}

static const struct version *version_of(const struct transfer *job)
{
    return package_version(&dp_of(job)->manager->content->packages[job->package], job->version);
}

/* What need not be moved: what is there already, unless all is to be moved again. */
static struct library *spared(const struct transfer *job)
{
    return job->again ? NULL : &dp_of(job)->library;
}

/* ---- the line (X1) ---- */

/* Smaller is faster: the bits of a positive float order like the float. */
static uint32_t slowness(const struct distribution_point *dp)
{
    float bytes_per_s = dp->measured_s > 0 ? (float)(dp->measured_bytes / dp->measured_s) : 0;
    uint32_t bits;
    memcpy(&bits, &bytes_per_s, sizeof bits);
    return UINT32_MAX - bits;
}

static sim_key key_of(const struct transfer *job)
{
    const struct distribution_point *dp = dp_of(job);
    uint64_t major = (uint64_t)job->priority << 56 | (uint64_t)dp->spec->priority << 32;
    if (dp->manager->params->prefer_fast_dps)
        major |= slowness(dp);
    return sim_key_of(major, job->id);
}

/* A package's place in the line is that of its best job. */
static void wait_for_turn(struct transfer_manager *manager, struct package_turn *turn, sim_key key)
{
    if (sim_waiting(&turn->waiter)) {
        if (sim_heap_key(&manager->package_line.waiting, &turn->waiter.node) <= key)
            return;
        sim_wait_cancel(manager->sim, &turn->waiter);
    }
    sim_wait(manager->sim, &turn->waiter, &manager->package_line, key);
}

/* What limits a distribution point's copies does not hold for notifications (L1). */
static void wait_in_line(struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    if (job->kind == TRANSFER_PULL_JOB)
        sim_wait(dp->manager->sim, &job->waiter, &dp->pull->line, key_of(job));
    else
        limiter_wait(&dp->limiter, job, key_of(job));
}

static void leave_thread(struct transfer *job)
{
    if (job->kind == TRANSFER_PULL_JOB)
        sim_release(dp_of(job)->manager->sim, &job->waiter);
    else
        limiter_leave(&dp_of(job)->limiter, job);
}

static void line_up(struct transfer *job)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    if (manager->turns) {
        struct package_turn *turn = &manager->turns[job->package];
        turn->n_jobs++;
        if (!sim_holding(&turn->waiter)) {
            g_ptr_array_add(turn->held, job);
            wait_for_turn(manager, turn, key_of(job));
            return;
        }
    }
    wait_in_line(job);
}

static void turn_granted(struct sim *sim, struct sim_waiter *waiter)
{
    (void)sim;
    struct package_turn *turn = SIM_OWNER(struct package_turn, waiter, waiter);
    for (guint i = 0; i < turn->held->len; i++) {
        struct transfer *job = turn->held->pdata[i];
        wait_in_line(job);
    }
    g_ptr_array_set_size(turn->held, 0);
}

static void leave_pool(struct sim *sim, struct transfer *job)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    leave_thread(job);
    if (manager->turns && --manager->turns[job->package].n_jobs == 0)
        sim_release(sim, &manager->turns[job->package].waiter);
}

/* ---- a copy ---- */

static void job_clear(struct transfer *job)
{
    drives_give_back(&dp_of(job)->drives, dp_of(job)->manager->content, &job->room);
    sim_flow_clear(&job->flow);
    g_clear_pointer(&job->left_bytes, g_free);
    distribution_point_release(dp_of(job), version_of(job), &job->claims);
}

static void failed(struct sim *sim, struct transfer *job, const char *outcome)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    job->reason = outcome;
    transfer_attempt_ends(sim, job, outcome);
    tell(job, EVENT_COPY_FAILED);
    leave_pool(sim, job);
    if (job->tries_left == 0 || job->outdated) {
        transfer_enter(sim, job, TRANSFER_FAILED);
        job_clear(job);
        manager->failed(job);
        return;
    }
    job->tries_left--;
    transfer_enter(sim, job, TRANSFER_RETRYING);
    sim_schedule_after(sim, &job->event, chance(job, &manager->params->retry_delay_s));
}

/* C2: for all files that are to come. */
static bool takes_room(struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    uint32_t in_use = dp->drives.in_use;
    if (!drives_take(&dp->drives, dp->manager->content, version_of(job), &dp->library, job->left_bytes, &job->room)) {
        tell(job, STATUS_UPDATE_FAILED);
        return false;
    }
    if (in_use && dp->drives.in_use != in_use)
        tell(job, EVENT_NEXT_DRIVE);
    return true;
}

/* Of each try: whether chance breaks it off. */
static void draw_failure(struct transfer *job, double bytes)
{
    const struct transfer_manager *manager = dp_of(job)->manager;
    const char *package = luck_package(manager->luck, job->package);
    job->breaks_after_bytes = INFINITY;
    if (luck_strikes(manager->luck, manager->params->failure_percent, job->to, "copy fails", "%s", package))
        job->breaks_after_bytes = bytes * luck_share(manager->luck, job->to, "copy fails at", "%s", package);
}

static void copy(struct sim *sim, struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    if (!sim_path_up(&job->flow) || !limiter_open(&dp->limiter, job->priority)) {
        failed(sim, job, sim_path_up(&job->flow) ? "window_closed" : "destination_down");
        return;
    }
    /* Single instancing: the library may have got some of the files with another package since. */
    if (!job->left_bytes)
        job->left_bytes = version_left(dp->manager->content, version_of(job));
    double left_bytes = library_claim(spared(job), version_of(job), job->left_bytes, &job->claims);
    if (!takes_room(job)) {
        failed(sim, job, "drive_full");
        return;
    }
    transfer_enter(sim, job, TRANSFER_MOVING);
    tell(job, EVENT_COPY_STARTED);
    job->bytes = job->bytes_arrived + left_bytes;
    draw_failure(job, left_bytes);
    limiter_move(&dp->limiter, job, fmin(left_bytes, job->breaks_after_bytes));
}

/* X3: finished files are kept, the bytes of the unfinished one are lost. */
static void broken_off(struct sim *sim, struct transfer *job, double moved_bytes, const char *outcome)
{
    struct distribution_point *dp = dp_of(job);
    double whole_bytes = version_arrived(dp->manager->content, version_of(job), job->left_bytes, moved_bytes);
    drives_keep_arrived(&dp->drives, dp->manager->content, version_of(job), job->left_bytes, job->room);
    job->bytes_moved += moved_bytes;
    job->bytes_arrived += whole_bytes;
    job->bytes_resent += fmax(0, moved_bytes - whole_bytes);
    failed(sim, job, outcome);
}

static void copied(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *job = SIM_OWNER(struct transfer, flow, flow);
    struct distribution_point *dp = dp_of(job);
    if (limiter_goes_on(&dp->limiter, job))
        return;
    if (!isinf(job->breaks_after_bytes)) {
        broken_off(sim, job, job->breaks_after_bytes, "random_failure");
        return;
    }
    double bytes = job->bytes - job->bytes_arrived;
    job->bytes_moved += bytes;
    job->bytes_arrived += bytes;
    dp->measured_bytes += bytes;
    dp->measured_s += sim_now(sim) - job->entered_s;
    uint64_t files;
    library_lacks(spared(job), dp->manager->content, version_of(job), &files);
    transfer_enter(sim, job, TRANSFER_ADDING);
    sim_schedule_after(sim, &job->event, (double)files * chance(job, &dp->spec->per_file_time_s));
}

static void added(struct sim *sim, struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    if (job->again)
        library_repair(&dp->library, version_of(job));
    distribution_point_store(dp, version_of(job), &job->room);
    transfer_attempt_ends(sim, job, "done");
    transfer_enter(sim, job, TRANSFER_DONE);
    tell(job, STATUS_CONTENT_SENT);
    tell(job, STATUS_SUCCESS_REPORTED);
    leave_pool(sim, job);
    job_clear(job);
    dp->manager->on_dp(job);
}

static void connection_lost(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *job = SIM_OWNER(struct transfer, flow, flow);
    broken_off(sim, job, limiter_stop(&dp_of(job)->limiter, job), "connection_lost");
}

static void window_closed(struct sim *sim, struct transfer *job)
{
    if (job->state == TRANSFER_MOVING) /* one that has its thread but has not begun finds out by itself */
        broken_off(sim, job, limiter_stop(&dp_of(job)->limiter, job), "window_closed");
}

static void thread_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct transfer *job = SIM_OWNER(struct transfer, waiter, waiter);
    struct distribution_point *dp = dp_of(job);
    if (job->kind == TRANSFER_DP_JOB && !job->flow.finished) /* only now: jobs that wait stay small */
        sim_flow_init(&job->flow, (struct sim_link *const *)dp->links->pdata, dp->links->len, copied, connection_lost);
    if (job->kind == TRANSFER_DP_JOB) {
        limiter_enter(&dp->limiter, job);
        limiter_begin(&dp->limiter);
    }
    transfer_attempt_begins(sim, job);
    transfer_enter(sim, job, TRANSFER_STARTING);
    sim_schedule_after(sim, &job->event, chance(job, &dp->manager->params->start_delay_s));
}

static void time_is_up(struct sim *sim, struct sim_event *event)
{
    struct transfer *job = SIM_OWNER(struct transfer, event, event);
    switch (job->state) {
    case TRANSFER_STARTING:
        if (job->kind == TRANSFER_PULL_JOB)
            dp_of(job)->manager->pull(job);
        else
            copy(sim, job);
        break;
    case TRANSFER_ADDING:
        added(sim, job);
        break;
    default:
        transfer_enter(sim, job, TRANSFER_WAITING);
        line_up(job);
    }
}

static void end_is_next(const struct sim_flow *flow, unsigned step)
{
    transfer_foresee_job(SIM_OWNER(const struct transfer, flow, flow), step);
}

static void time_is_up_next(const struct sim_event *event, unsigned step)
{
    if (step < 3)
        transfer_foresee_job(SIM_OWNER(const struct transfer, event, event), step);
}

/* ---- wiring ---- */

void transfer_manager_connect(struct transfer_manager *manager, struct distribution_point *dp, double cap_bytes_per_s,
                              uint32_t cap_kind, const struct limiter_setup *setup)
{
    bool one_at_a_time = setup && (limits_schedule(setup->limits) || limits_rate(setup->limits)); /* X2 */
    limiter_init(&dp->limiter, manager->sim, manager->network, &manager->threads, one_at_a_time ? 1 : SIM_UNLIMITED,
                 cap_bytes_per_s, cap_kind, setup);
    dp->limiter.window_closed = window_closed;
}

void transfer_manager_submit(struct transfer_manager *manager, struct transfer *job, struct distribution_point *dp)
{
    uint64_t files;
    job->owner = dp;
    job->cap_kind = (enum transfer_limit)dp->limiter.cap_kind;
    job->tries_left = manager->params->retries;
    job->bytes = library_lacks(spared(job), manager->content, version_of(job), &files);
    transfer_manager_line_up(job);
}

void transfer_manager_line_up(struct transfer *job)
{
    sim_waiter_init(&job->waiter, thread_granted);
    sim_event_init(&job->event, SIM_RANK_MODEL, time_is_up);
    line_up(job);
}

void transfer_manager_thread_ends(struct transfer *job)
{
    leave_pool(dp_of(job)->manager->sim, job);
}

void transfer_manager_leave_line(struct transfer *job)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    struct package_turn *turn = manager->turns ? &manager->turns[job->package] : NULL;
    if (sim_waiting(&job->waiter)) {
        transfer_mark(manager->sim, job);
        sim_wait_cancel(manager->sim, &job->waiter);
    } else {
        g_ptr_array_remove(turn->held, job);
    }
    if (!turn || --turn->n_jobs > 0)
        return;
    if (sim_waiting(&turn->waiter))
        sim_wait_cancel(manager->sim, &turn->waiter);
    else
        sim_release(manager->sim, &turn->waiter);
}

bool transfer_manager_withdraw(struct transfer *job, const char *reason)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    if (job->state == TRANSFER_WAITING)
        transfer_manager_leave_line(job);
    else if (job->state != TRANSFER_RETRYING)
        return false;
    sim_cancel(manager->sim, &job->event);
    job->reason = reason;
    tell(job, EVENT_CANCELLED);
    transfer_enter(manager->sim, job, TRANSFER_CANCELLED);
    job_clear(job);
    return true;
}

void transfer_manager_abandon(struct transfer *job)
{
    struct transfer_manager *manager = dp_of(job)->manager;
    sim_cancel(manager->sim, &job->event);
    if (job->state == TRANSFER_MOVING) {
        double moved_bytes = limiter_stop(&dp_of(job)->limiter, job);
        job->bytes_moved += moved_bytes;
        job->bytes_arrived += moved_bytes;
    }
    drives_give_back(&dp_of(job)->drives, manager->content, &job->room);
    g_clear_pointer(&job->left_bytes, g_free);
    distribution_point_release(dp_of(job), version_of(job), &job->claims);
    if (sim_waiting(&job->waiter)) {
        transfer_mark(manager->sim, job);
        sim_wait_cancel(manager->sim, &job->waiter);
    } else if (sim_holding(&job->waiter)) {
        transfer_attempt_ends(manager->sim, job, "cut_short");
        leave_thread(job);
    }
}

double transfer_manager_moved(const struct transfer *job)
{
    const struct distribution_point *dp = dp_of(job);
    if (job->state != TRANSFER_MOVING)
        return job->bytes_moved;
    return job->bytes_moved + (job->kind == TRANSFER_PULL_JOB ? sim_flow_delivered(dp->manager->network, &job->flow)
                                                              : limiter_moved(&dp->limiter, job));
}

void transfer_manager_init(struct transfer_manager *manager, struct sim *sim, struct sim_network *network,
                           const struct transfer_manager_params *params, uint32_t max_packages,
                           uint32_t max_threads_per_package, const struct content *content,
                           const struct observer *observer, const char *site)
{
    *manager = (struct transfer_manager){
        .sim = sim, .network = network, .params = params, .content = content, .observer = observer, .site = site};
    sim_foresee(sim, time_is_up, time_is_up_next);
    sim_network_foresee(network, copied, end_is_next);
    sim_slots_init(sim, &manager->threads, max_packages * max_threads_per_package);
    sim_slots_init(sim, &manager->packages, max_packages);
    sim_line_init(sim, &manager->package_line, &manager->packages, SIM_UNLIMITED);
    if (params->transfer_pool == TRANSFER_POOL_JOBS)
        return;
    manager->turns = g_new0(struct package_turn, content->n_packages);
    for (uint32_t i = 0; i < content->n_packages; i++) {
        sim_waiter_init(&manager->turns[i].waiter, turn_granted);
        manager->turns[i].held = g_ptr_array_new();
    }
}

void transfer_manager_clear(struct transfer_manager *manager)
{
    for (uint32_t i = 0; manager->turns && i < manager->content->n_packages; i++) {
        struct package_turn *turn = &manager->turns[i];
        if (sim_waiting(&turn->waiter))
            sim_wait_cancel(manager->sim, &turn->waiter);
        else if (sim_holding(&turn->waiter))
            sim_release(manager->sim, &turn->waiter);
        g_ptr_array_unref(turn->held);
    }
    g_free(manager->turns);
    sim_line_clear(&manager->package_line);
    sim_slots_clear(manager->sim, &manager->packages);
    sim_slots_clear(manager->sim, &manager->threads);
}
