#include "models/pull_distribution_point.h"

#include <math.h>

#include "models/distribution_point.h"
#include "models/message.h"
#include "models/observer.h"
#include "sim/engine/random.h"

#define AT(member) offsetof(struct pull_params, member)

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "notify_time", .kind = PARAM_DURATION, .offset = AT(notify_time_s), .standard = "1 s", .max = 86400,
     .grade = GRADE_ASSUMED,
     .sentence = "what a sending thread of the transfer manager takes to notify a pull distribution point (L1)"},
    {.name = "source_retry_delay", .kind = PARAM_DURATION, .offset = AT(source_retry_delay_s), .standard = "20 min",
     .min = 1, .max = 86400, .grade = GRADE_DOCUMENTED,
     .sentence = "wait before a job is tried again that found no source (8212), no room (8211) or nobody to notify (L1)",
     .console = "Software Distribution, Pull Distribution Point, Delay before retrying"},
    {.name = "retries", .kind = PARAM_COUNT, .offset = AT(retries), .standard = "30", .min = 0, .max = 1000,
     .grade = GRADE_DOCUMENTED, .sentence = "how often such a job is tried again (L1)",
     .console = "Software Distribution, Pull Distribution Point, Number of retries"},
    {.name = "capacity_wait_counts", .kind = PARAM_BOOL, .offset = AT(capacity_wait_counts), .standard = "false",
     .grade = GRADE_ASSUMED, .sentence = "whether a wait for room (8211) is one of the retries (L1)"},
    {.name = "max_jobs", .kind = PARAM_COUNT, .offset = AT(max_jobs), .standard = "50", .min = 1, .max = 100000,
     .grade = GRADE_DOCUMENTED,
     .sentence = "jobs that one pull distribution point may have active: notified, and not yet known to be done; the "
                 "vendor advises against more (L1; \"PullDP Number Of Active Jobs\" in the site control file)"},
    {.name = "concurrent_downloads", .kind = PARAM_COUNT, .offset = AT(concurrent_downloads), .standard = "50", .min = 1,
     .max = 100000, .grade = GRADE_ASSUMED, .sentence = "jobs that one pull distribution point downloads at once (L2)"},
    {.name = "source_wait", .kind = PARAM_DURATION, .offset = AT(source_wait_s), .standard = "30 min", .min = 1, .max = 86400,
     .grade = GRADE_DOCUMENTED,
     .sentence = "wait of the pull distribution point, when all sources have failed, before it begins with the first again (L2)"},
    {.name = "state_message_delay", .kind = PARAM_DURATION, .offset = AT(state_message_delay_s), .standard = "60 s",
     .max = 604800, .grade = GRADE_ASSUMED,
     .sentence = "from content in its library to the state message at the site (L3)"},
    {.name = "state_message_loss", .kind = PARAM_PERCENT, .offset = AT(state_message_loss_percent), .standard = "0 %",
     .max = 100, .grade = GRADE_CHOSEN, .sentence = "share of the state messages that are lost: polling has to find out (L3)"},
    {.name = "poll_interval", .kind = PARAM_DURATION, .offset = AT(poll_interval_s), .standard = "60 min", .min = 1,
     .max = 604800, .grade = GRADE_DOCUMENTED,
     .sentence = "from the notification to the first poll, and from poll to poll (L3)",
     .console = "Software Distribution, Pull Distribution Point, Delay before polling"},
    {.name = "polls", .kind = PARAM_COUNT, .offset = AT(polls), .standard = "72", .min = 0, .max = 1000,
     .grade = GRADE_DOCUMENTED,
     .sentence = "polls after which the site cancels the job, while the download goes on (L3)",
     .console = "Software Distribution, Pull Distribution Point, Number of polls"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .standard = "1 MiB", .min = 1, .max = 1e12,
     .grade = GRADE_ASSUMED,
     .sentence = "what one download has in flight: its speed is at most window / round-trip time (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN,
     .sentence = "most that one download moves: the only throttle, a BITS policy (N2)"},
    {0}};
/* clang-format on */

const struct param_table pull_table = {"pull", "pull distribution points, which fetch content themselves (L1 to L3)",
                                       sizeof(struct pull_params), fields};

struct pull_source {
    struct distribution_point *dp;
    uint32_t rank, written; /* place in the scenario's list */
    GPtrArray *links;       /* struct sim_link *: the path from it */
    double cap_bytes_per_s;
    enum transfer_limit cap_kind;
};

struct pull_sources {
    uint32_t n;
    bool any_equal;               /* two have the same rank */
    struct pull_source sources[]; /* lowest rank first */
};

struct pull_job {
    struct transfer transfer; /* first: who has one has the other */
    const struct pull_sources *sources;
    uint32_t *order;                 /* of this round; NULL: as they stand */
    uint32_t next;                   /* in the order */
    gsl_rng *stream;                 /* of the order; NULL: not needed yet */
    bool notified;                   /* the pull distribution point knows of it */
    GArray *spoilt;                  /* uint32_t: file sets that have come as changed files (C3); NULL: none */
    struct distribution_point *from; /* which it downloads from, */
    GList download;                  /* in its source's downloads, while it moves */
    struct sim_waiter place;
    struct message message; /* of state, when it is due */
    struct sim_event poll;
    uint32_t polls_left;
};

static struct pull_job *pull_of(struct transfer *job)
{
    return (struct pull_job *)(void *)job;
}

static struct distribution_point *dp_of(const struct transfer *job)
{
    return job->owner;
}

static struct transfer_manager *manager_of(const struct transfer *job)
{
    return dp_of(job)->manager;
}

static struct pull_distribution_point *pull_dp_of(const struct transfer *job)
{
    return dp_of(job)->pull;
}

static const struct pull_params *params_of(const struct transfer *job)
{
    return dp_of(job)->pull->params;
}

static const struct package *package_of(const struct transfer *job)
{
    return &manager_of(job)->content->packages[job->package];
}

static const struct version *version_of(const struct transfer *job)
{
    return package_version(package_of(job), job->version);
}

/* What need not be moved: what is there already, unless all is to be moved again. */
static struct library *spared(const struct transfer *job)
{
    return job->again ? NULL : &dp_of(job)->library;
}

/* Not only its files, which other packages may have brought: the version has been added to its library. */
static bool has(const struct distribution_point *dp, const struct version *version)
{
    return distribution_point_version(dp, version->package->index) == version;
}

static double chance(const struct transfer *job, const double *setting)
{
    struct luck *luck = manager_of(job)->luck;
    return luck_draw(luck, setting, job->to, "%s", luck_package(luck, job->package));
}

static void tell(const struct transfer *job, enum component component, enum status_id id)
{
    const struct transfer_manager *manager = manager_of(job);
    observer_tell_of_transfer(manager->observer, sim_now(manager->sim), job, manager->site, component, id);
}

/* ---- the end of a job ---- */

static void leave_place(struct sim *sim, struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    if (sim_waiting(&pull->place))
        sim_wait_cancel(sim, &pull->place);
    else if (sim_holding(&pull->place))
        sim_release(sim, &pull->place);
    else
        return;
    pull_dp_of(job)->n_active--;
}

static void job_clear(struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    drives_give_back(&dp_of(job)->drives, manager_of(job)->content, &job->room);
    sim_flow_clear(&job->flow);
    g_clear_pointer(&job->earlier, g_array_unref);
    g_clear_pointer(&job->left_bytes, g_free);
    if (job->claims)
        distribution_point_release(dp_of(job), version_of(job), &job->claims);
    g_clear_pointer(&pull->spoilt, g_array_unref);
    g_clear_pointer(&pull->order, g_free);
    g_clear_pointer(&pull->stream, gsl_rng_free);
}

static void job_fails(struct sim *sim, struct transfer *job, const char *reason)
{
    sim_cancel(sim, &pull_of(job)->poll);
    leave_place(sim, job);
    job->reason = reason;
    transfer_enter(sim, job, TRANSFER_FAILED);
    job_clear(job);
    pull_dp_of(job)->failed(job);
}

/* ---- how the site learns of it (L3) ---- */

static void site_told(struct sim *sim, struct transfer *job)
{
    sim_cancel(sim, &job->event);
    message_cancel(&pull_of(job)->message);
    sim_cancel(sim, &pull_of(job)->poll);
    leave_place(sim, job);
    transfer_enter(sim, job, TRANSFER_DONE);
    job_clear(job);
    pull_dp_of(job)->site_told(job);
}

static void message_arrives(struct message *message)
{
    struct transfer *job = &SIM_OWNER(struct pull_job, message, message)->transfer;
    site_told(manager_of(job)->sim, job);
}

static bool message_is_lost(const struct transfer *job)
{
    return luck_strikes(manager_of(job)->luck, params_of(job)->state_message_loss_percent, job->to, "state message",
                        "%s", package_of(job)->spec->id);
}

static bool message_under_way(struct transfer *job)
{
    return job->state == TRANSFER_REPORTING && (sim_scheduled(&job->event) || message_waits(&pull_of(job)->message));
}

static void poll(struct sim *sim, struct sim_event *event)
{
    struct pull_job *pull = SIM_OWNER(struct pull_job, poll, event);
    struct transfer *job = &pull->transfer;
    pull->polls_left--;
    if (job->state == TRANSFER_REPORTING && distribution_point_reachable(dp_of(job))) {
        tell(job, COMPONENT_TRANSFER_MANAGER, STATUS_SUCCESS_REPORTED);
        site_told(sim, job);
        return;
    }
    if (pull->polls_left > 0) {
        sim_schedule_after(sim, &pull->poll, chance(job, &params_of(job)->poll_interval_s));
        return;
    }
    tell(job, COMPONENT_TRANSFER_MANAGER, EVENT_PULL_CANCELLED);
    leave_place(sim, job);
    pull_dp_of(job)->cancelled(job);
    if (job->state == TRANSFER_REPORTING && !message_under_way(job))
        job_fails(sim, job, "no_report");
}

/* The job stays in state TRANSFER_REPORTING when its message is lost, and a poll finds it there. */
static void report(struct sim *sim, struct transfer *job)
{
    bool lost = message_is_lost(job);
    tell(job, COMPONENT_PULL_DP, lost ? EVENT_STATE_MESSAGE_LOST : EVENT_STATE_MESSAGE);
    if (!lost)
        sim_schedule_after(sim, &job->event, chance(job, &params_of(job)->state_message_delay_s));
    else if (!sim_scheduled(&pull_of(job)->poll))
        job_fails(sim, job, "no_report");
}

/* ---- what the pull distribution point does (L2) ---- */

/* Sources of equal rank in random order. */
static void shuffle_equals(struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    const struct pull_sources *from = pull->sources;
    if (!from->any_equal)
        return;
    if (!pull->stream) {
        const struct sim *sim = manager_of(job)->sim;
        g_autofree char *purpose = g_strdup_printf("source of %s version %u", package_of(job)->spec->id, job->version);
        pull->stream = sim_random_stream(sim->seed, sim->replication, job->to, purpose);
        pull->order = g_new(uint32_t, from->n);
    }
    for (uint32_t i = 0, first = 0; i < from->n; i++) {
        if (from->sources[i].rank != from->sources[first].rank)
            first = i;
        uint32_t with = first + (uint32_t)(sim_random_uniform(pull->stream) * (i - first + 1));
        pull->order[i] = i;
        if (with != i) {
            pull->order[i] = pull->order[with];
            pull->order[with] = i;
        }
    }
}

static void downloaded(struct sim *sim, struct sim_flow *flow);
static void connection_lost(struct sim *sim, struct sim_flow *flow);

static void source_begins(struct transfer *job, const struct pull_source *source)
{
    struct pull_job *pull = pull_of(job);
    pull->from = source->dp;
    pull->download = (GList){.data = job};
    g_queue_push_tail_link(&pull->from->downloads, &pull->download);
}

static void source_ends(struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    g_queue_unlink(&pull->from->downloads, &pull->download);
}

/* Whether it is there, and can be reached. */
static bool download_from(struct sim *sim, struct transfer *job, const struct pull_source *source)
{
    double left_bytes = library_claim(spared(job), version_of(job), job->left_bytes, &job->claims);
    if (!has(source->dp, version_of(job)) || !library_offers(&source->dp->library, version_of(job), job->left_bytes))
        return false;
    struct sim_link *const *links = (struct sim_link *const *)source->links->pdata;
    if (!job->flow.finished) {
        sim_flow_init(&job->flow, links, source->links->len, downloaded, connection_lost);
    } else {
        transfer_leaves_way(job);
        sim_flow_set_path(&job->flow, links, source->links->len);
    }
    if (!sim_path_up(&job->flow)) {
        job->reason = "source_down";
        return false;
    }
    job->from = source->dp->spec->name;
    job->cap_kind = source->cap_kind;
    transfer_attempt_begins(sim, job);
    transfer_enter(sim, job, TRANSFER_MOVING);
    tell(job, COMPONENT_PULL_DP, EVENT_DOWNLOAD_STARTED);
    source_begins(job, source);
    job->bytes = job->bytes_arrived + left_bytes;
    sim_flow_start(manager_of(job)->network, &job->flow, left_bytes, source->cap_bytes_per_s);
    return true;
}

/* Waits, without a slot, before it begins again. */
static void begins_later(struct sim *sim, struct transfer *job, enum transfer_state wait, bool gives_up)
{
    drives_keep_arrived(&dp_of(job)->drives, manager_of(job)->content, version_of(job), job->left_bytes, job->room);
    sim_release(sim, &job->waiter);
    if (gives_up || job->outdated) {
        transfer_enter(sim, job, wait);
        job_fails(sim, job, job->reason);
        return;
    }
    transfer_enter(sim, job, wait);
    sim_schedule_after(sim, &job->event, chance(job, &params_of(job)->source_wait_s));
}

/* Holds a download's slot; gives it back if it finds no source. */
static void try_sources(struct sim *sim, struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    while (pull->next < pull->sources->n) {
        uint32_t i = pull->next++;
        if (download_from(sim, job, &pull->sources->sources[pull->order ? pull->order[i] : i]))
            return;
    }
    if (!job->reason)
        job->reason = "no_source";
    tell(job, COMPONENT_PULL_DP, EVENT_SOURCES_FAILED);
    begins_later(sim, job, TRANSFER_SOURCE_WAIT, false);
}

/* C2: for all files that are to come. */
static bool takes_room(struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    const struct content *content = manager_of(job)->content;
    uint32_t in_use = dp->drives.in_use;
    if (!job->left_bytes)
        job->left_bytes = version_left(content, version_of(job));
    /* Single instancing: the library may have got some of the files with another package since. */
    library_claim(spared(job), version_of(job), job->left_bytes, &job->claims);
    if (!drives_take(&dp->drives, content, version_of(job), &dp->library, job->left_bytes, &job->room))
        return false;
    if (in_use && dp->drives.in_use != in_use)
        tell(job, COMPONENT_PULL_DP, EVENT_NEXT_DRIVE);
    return true;
}

static void download_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct transfer *job = SIM_OWNER(struct transfer, waiter, waiter);
    shuffle_equals(job);
    pull_of(job)->next = 0;
    job->reason = NULL;
    if (takes_room(job)) {
        try_sources(sim, job);
        return;
    }
    transfer_attempt_begins(sim, job);
    tell(job, COMPONENT_PULL_DP, STATUS_UPDATE_FAILED);
    job->reason = "drive_full";
    transfer_attempt_ends(sim, job, "drive_full");
    bool last = job->tries_left == 0;
    job->tries_left -= !last;
    begins_later(sim, job, TRANSFER_RETRYING, last);
}

static void queue_download(struct sim *sim, struct transfer *job)
{
    transfer_enter(sim, job, TRANSFER_QUEUED);
    sim_waiter_init(&job->waiter, download_granted);
    sim_wait(sim, &job->waiter, &pull_dp_of(job)->download_line, sim_key_of(job->priority, job->id));
}

/* Files that have changed on the source, and have come since so much of each file set was left, are what they are
 * there. NULL: all that is left now has come. */
static void take_damage(struct transfer *job, const double *left_before)
{
    struct pull_job *pull = pull_of(job);
    const struct version *version = version_of(job);
    for (uint32_t i = 0; pull->from->library.damages && i < version->n_file_sets; i++) {
        bool came = left_before ? job->left_bytes[i] < left_before[i] : job->left_bytes[i] > 0;
        if (!came || library_damage_of_file_set(&pull->from->library, version->file_sets[i]) != DAMAGE_CORRUPT)
            continue;
        if (!pull->spoilt)
            pull->spoilt = g_array_new(FALSE, FALSE, sizeof(uint32_t));
        g_array_append_val(pull->spoilt, version->file_sets[i]);
    }
}

static void downloaded(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *job = SIM_OWNER(struct transfer, flow, flow);
    const struct distribution_point *dp = dp_of(job);
    take_damage(job, NULL);
    source_ends(job);
    job->bytes_moved += flow->bytes;
    job->bytes_arrived += flow->bytes;
    job->reason = NULL;
    transfer_attempt_ends(sim, job, "done");
    sim_release(sim, &job->waiter);
    uint64_t files;
    library_lacks(spared(job), manager_of(job)->content, version_of(job), &files);
    transfer_enter(sim, job, TRANSFER_ADDING);
    sim_schedule_after(sim, &job->event, (double)files * chance(job, &dp->spec->per_file_time_s));
}

/* The unfinished file is lost, as in X3; the next source brings the rest. */
static void broken_off(struct sim *sim, struct transfer *job, double moved_bytes, const char *outcome)
{
    g_autofree double *left_before = NULL;
    if (pull_of(job)->from->library.damages)
        left_before = g_memdup2(job->left_bytes, version_of(job)->n_file_sets * sizeof(double));
    double whole_bytes = version_arrived(manager_of(job)->content, version_of(job), job->left_bytes, moved_bytes);
    job->bytes_moved += moved_bytes;
    job->bytes_arrived += whole_bytes;
    job->bytes_resent += fmax(0, moved_bytes - whole_bytes);
    if (left_before)
        take_damage(job, left_before);
    source_ends(job);
    job->reason = outcome;
    transfer_attempt_ends(sim, job, outcome);
    tell(job, COMPONENT_PULL_DP, EVENT_DOWNLOAD_FAILED);
    try_sources(sim, job);
}

static void connection_lost(struct sim *sim, struct sim_flow *flow)
{
    struct transfer *job = SIM_OWNER(struct transfer, flow, flow);
    broken_off(sim, job, sim_flow_delivered(manager_of(job)->network, flow), "connection_lost");
}

/* What a newer version has replaced on the source is kept for those who are reading it. */
static bool files_are_gone(const struct distribution_point *source, const struct transfer *job)
{
    return !distribution_point_version(source, job->package) ||
           !library_offers(&source->library, version_of(job), job->left_bytes);
}

void pull_files_gone(struct distribution_point *source)
{
    g_autoptr(GPtrArray) cut_off = g_ptr_array_new(); /* first: what each of them does next changes the queue */
    for (const GList *link = source->downloads.head; link; link = link->next)
        if (files_are_gone(source, link->data))
            g_ptr_array_add(cut_off, link->data);
    for (guint i = 0; i < cut_off->len; i++) {
        struct transfer *job = cut_off->pdata[i];
        const struct transfer_manager *manager = manager_of(job);
        broken_off(manager->sim, job, sim_flow_stop(manager->network, &job->flow), "content_gone");
    }
}

static void added(struct sim *sim, struct transfer *job)
{
    struct distribution_point *dp = dp_of(job);
    GArray *spoilt = pull_of(job)->spoilt;
    if (job->again)
        library_repair(&dp->library, version_of(job));
    for (guint i = 0; spoilt && i < spoilt->len; i++) {
        uint32_t file_set = g_array_index(spoilt, uint32_t, i);
        /* What has come with another package meanwhile stays as it is. */
        if (job->again || !library_has(&dp->library, file_set))
            library_damage_file_set(&dp->library, file_set, DAMAGE_CORRUPT);
    }
    distribution_point_store(dp, version_of(job), &job->room);
    distribution_point_release(dp, version_of(job), &job->claims);
    transfer_enter(sim, job, TRANSFER_REPORTING);
    dp->pull->on_dp(job);
    report(sim, job);
}

/* ---- what the site does (L1) ---- */

static void line_up(struct sim *sim, struct transfer *job)
{
    transfer_enter(sim, job, TRANSFER_WAITING);
    transfer_manager_line_up(job);
}

/* The thread ends without having notified; the job comes back later. */
static void try_again_later(struct sim *sim, struct transfer *job, enum transfer_state wait, const char *outcome,
                            bool counts)
{
    job->reason = outcome;
    transfer_attempt_ends(sim, job, outcome);
    transfer_manager_thread_ends(job);
    if ((counts && job->tries_left == 0) || job->outdated) {
        job_fails(sim, job, outcome);
        return;
    }
    job->tries_left -= counts;
    transfer_enter(sim, job, wait);
    sim_schedule_after(sim, &job->event, chance(job, &params_of(job)->source_retry_delay_s));
}

static bool some_source_has(const struct pull_sources *sources, const struct version *version)
{
    for (uint32_t i = 0; i < sources->n; i++)
        if (has(sources->sources[i].dp, version))
            return true;
    return false;
}

static void notified(struct sim *sim, struct transfer *job)
{
    struct pull_job *pull = pull_of(job);
    pull->notified = true;
    job->reason = NULL;
    tell(job, COMPONENT_TRANSFER_MANAGER, EVENT_PULL_NOTIFIED);
    transfer_attempt_ends(sim, job, "notified");
    transfer_manager_thread_ends(job);
    if ((pull->polls_left = params_of(job)->polls) > 0)
        sim_schedule_after(sim, &pull->poll, chance(job, &params_of(job)->poll_interval_s));
    queue_download(sim, job);
}

static void time_is_up(struct sim *sim, struct sim_event *event)
{
    struct transfer *job = SIM_OWNER(struct transfer, event, event);
    switch (job->state) {
    case TRANSFER_NOTIFYING:
        notified(sim, job);
        break;
    case TRANSFER_ADDING:
        added(sim, job);
        break;
    case TRANSFER_REPORTING:
        message_send(&pull_of(job)->message, dp_of(job), message_arrives);
        break;
    default:
        if (pull_of(job)->notified)
            queue_download(sim, job);
        else
            line_up(sim, job);
    }
}

static void place_granted(struct sim *sim, struct sim_waiter *waiter)
{
    (void)sim, (void)waiter;
}

void pull_thread_started(struct transfer *job)
{
    struct pull_distribution_point *dp = pull_dp_of(job);
    struct pull_job *pull = pull_of(job);
    struct sim *sim = manager_of(job)->sim;
    sim_event_init(&job->event, SIM_RANK_MODEL, time_is_up);
    if (!some_source_has(pull->sources, version_of(job))) {
        tell(job, COMPONENT_TRANSFER_MANAGER, STATUS_PULL_NO_SOURCE);
        try_again_later(sim, job, TRANSFER_SOURCE_WAIT, "no_source", true);
    } else if (dp->n_active >= dp->params->max_jobs) {
        tell(job, COMPONENT_TRANSFER_MANAGER, STATUS_PULL_NO_CAPACITY);
        try_again_later(sim, job, TRANSFER_CAPACITY_WAIT, "no_capacity", dp->params->capacity_wait_counts);
    } else if (!distribution_point_reachable(dp_of(job))) {
        tell(job, COMPONENT_TRANSFER_MANAGER, EVENT_PULL_NOT_NOTIFIED);
        try_again_later(sim, job, TRANSFER_RETRYING, "destination_down", true);
    } else {
        dp->n_active++;
        sim_wait(sim, &pull->place, &dp->place_line, sim_key_of(0, sim_number(sim)));
        transfer_enter(sim, job, TRANSFER_NOTIFYING);
        sim_schedule_after(sim, &job->event, chance(job, &dp->params->notify_time_s));
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

struct transfer *pull_job_new(struct sim *sim)
{
    struct pull_job *job = sim_memory_take0(sim->memory, sizeof *job);
    return &job->transfer;
}

void pull_job_free(struct transfer *job)
{
    if (!job)
        return;
    job_clear(job);
    sim_memory_give(manager_of(job)->sim->memory, pull_of(job), sizeof(struct pull_job));
}

void pull_submit(struct pull_distribution_point *pull, struct transfer *job)
{
    struct pull_job *its = pull_of(job);
    uint64_t files;
    job->owner = pull->dp;
    job->tries_left = pull->params->retries;
    job->bytes = library_lacks(spared(job), manager_of(job)->content, version_of(job), &files);
    its->sources = pull->sources;
    sim_waiter_init(&its->place, place_granted);
    sim_event_init(&its->poll, SIM_RANK_MODEL, poll);
    transfer_manager_line_up(job);
}

bool pull_withdraw(struct transfer *job, const char *reason)
{
    struct sim *sim = manager_of(job)->sim;
    switch (job->state) {
    case TRANSFER_WAITING:
        transfer_manager_leave_line(job);
        break;
    case TRANSFER_QUEUED:
        transfer_mark(sim, job);
        sim_wait_cancel(sim, &job->waiter);
        break;
    case TRANSFER_SOURCE_WAIT:
    case TRANSFER_CAPACITY_WAIT:
    case TRANSFER_RETRYING:
        sim_cancel(sim, &job->event);
        break;
    default:
        return false;
    }
    sim_cancel(sim, &pull_of(job)->poll);
    leave_place(sim, job);
    job->reason = reason;
    tell(job, COMPONENT_TRANSFER_MANAGER, EVENT_CANCELLED);
    transfer_enter(sim, job, TRANSFER_CANCELLED);
    job_clear(job);
    return true;
}

void pull_abandon(struct transfer *job)
{
    const struct transfer_manager *manager = manager_of(job);
    sim_cancel(manager->sim, &job->event);
    sim_cancel(manager->sim, &pull_of(job)->poll);
    message_cancel(&pull_of(job)->message);
    if (job->state == TRANSFER_MOVING) {
        source_ends(job);
        double moved_bytes = sim_flow_stop(manager->network, &job->flow);
        job->bytes_moved += moved_bytes;
        job->bytes_arrived += moved_bytes;
    }
    if (sim_waiting(&job->waiter)) {
        sim_wait_cancel(manager->sim, &job->waiter);
    } else if (sim_holding(&job->waiter)) {
        transfer_attempt_ends(manager->sim, job, "cut_short");
        sim_release(manager->sim, &job->waiter);
    }
    leave_place(manager->sim, job);
}

static int by_rank(const void *a, const void *b)
{
    const struct pull_source *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return x->written < y->written ? -1 : 1;
}

struct pull_sources *pull_sources_new(const struct pull_distribution_point *pull, const GArray *specs,
                                      struct distribution_point *dps)
{
    const struct distribution_point *dp = pull->dp;
    struct pull_sources *sources = g_malloc0(sizeof *sources + specs->len * sizeof *sources->sources);
    const struct luck *luck = dp->manager->luck;
    const double *window = isnan(dp->spec->window_bytes) ? &pull->params->window_bytes : &dp->spec->window_bytes;
    const double *max_rate =
        isnan(dp->spec->max_rate_bytes_per_s) ? &pull->params->max_rate_bytes_per_s : &dp->spec->max_rate_bytes_per_s;
    sources->n = specs->len;
    for (uint32_t i = 0; i < sources->n; i++) {
        const struct pull_source_spec *spec = &g_array_index(specs, struct pull_source_spec, i);
        struct pull_source *source = &sources->sources[i];
        *source = (struct pull_source){.dp = &dps[spec->dp], .rank = spec->rank, .written = i};
        source->links = g_ptr_array_new();
        double round_trip_s = topology_path(source->dp->at, dp->at, NULL, source->links);
        source->cap_bytes_per_s = topology_cap(luck_fixed(luck, window, dp->spec->name, "run"), round_trip_s,
                                               luck_fixed(luck, max_rate, dp->spec->name, "run"), &source->cap_kind);
    }
    qsort(sources->sources, sources->n, sizeof *sources->sources, by_rank);
    for (uint32_t i = 1; i < sources->n; i++)
        sources->any_equal |= sources->sources[i].rank == sources->sources[i - 1].rank;
    return sources;
}

void pull_sources_free(struct pull_sources *sources)
{
    for (uint32_t i = 0; sources && i < sources->n; i++)
        g_ptr_array_unref(sources->sources[i].links);
    g_free(sources);
}

void pull_init(struct pull_distribution_point *pull, struct distribution_point *dp, const struct pull_params *params)
{
    struct sim *sim = dp->manager->sim;
    *pull = (struct pull_distribution_point){.dp = dp, .params = params};
    sim_foresee(sim, time_is_up, time_is_up_next);
    sim_network_foresee(dp->manager->network, downloaded, end_is_next);
    sim_line_init(sim, &pull->line, &dp->manager->threads, SIM_UNLIMITED);
    sim_slots_init(sim, &pull->places, params->max_jobs);
    sim_line_init(sim, &pull->place_line, &pull->places, SIM_UNLIMITED);
    sim_slots_init(sim, &pull->downloads, params->concurrent_downloads);
    sim_line_init(sim, &pull->download_line, &pull->downloads, SIM_UNLIMITED);
}

void pull_clear(struct pull_distribution_point *pull)
{
    struct sim *sim = pull->dp->manager->sim;
    sim_line_clear(&pull->line);
    sim_line_clear(&pull->place_line);
    sim_slots_clear(sim, &pull->places);
    sim_line_clear(&pull->download_line);
    sim_slots_clear(sim, &pull->downloads);
}
