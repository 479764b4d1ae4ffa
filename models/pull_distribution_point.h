/* Pull distribution point (L1 to L3): fetches content itself, from other distribution points.
 *
 * The site's package transfer manager only tells it to. A sending thread looks whether one of the sources has the
 * content (8212: none has) and whether the pull distribution point has room for another job (8211: max_jobs are
 * active), notifies it, and ends; rate limits and schedules do not matter to it. Without a source or room the thread
 * ends at once, and the job is tried again source_retry_delay later.
 *
 * The pull distribution point downloads from the source of the lowest rank that has the content, from any of those of
 * equal rank, and from the next when one fails or its files are gone; after the last it waits source_wait and begins
 * with the first again. Files that have arrived whole are kept. When all are in its library it reports by state
 * message. The site learns of it by that message, or else when it polls; until then the job keeps its place among
 * max_jobs. After the last poll the site cancels the job, which makes room for others, while the download goes on. */
#ifndef MODELS_PULL_DISTRIBUTION_POINT_H
#define MODELS_PULL_DISTRIBUTION_POINT_H

#include <stdbool.h>

#include "models/params.h"
#include "sim/engine/slots.h"

struct pull_params {
    double notify_time_s;
    double source_retry_delay_s;
    uint32_t retries;
    bool capacity_wait_counts;
    uint32_t max_jobs, concurrent_downloads;
    double source_wait_s;
    double state_message_delay_s, state_message_loss_percent;
    double poll_interval_s;
    uint32_t polls;
    double window_bytes, max_rate_bytes_per_s; /* of one connection */
};

extern const struct param_table pull_table;

struct distribution_point;
struct transfer;

/* Where a distribution point pulls from, as the scenario or one action has set it; private. */
struct pull_sources;

struct pull_distribution_point {
    struct distribution_point *dp;
    const struct pull_params *params;
    const struct pull_sources *sources; /* of jobs that are created now; owned by whoever set them */
    struct sim_line line;               /* for the transfer manager's threads */
    struct sim_slots places;            /* of active jobs */
    struct sim_line place_line;
    uint32_t n_active; /* jobs that have a place, or get it at this instant */
    struct sim_slots downloads;
    struct sim_line download_line;
    void (*on_dp)(struct transfer *job);     /* the content is on the distribution point; the job goes on */
    void (*site_told)(struct transfer *job); /* the site knows of it; the job is done */
    void (*cancelled)(struct transfer *job); /* by the site, after its last poll; the download goes on */
    /* The job has been tried often enough, or (state TRANSFER_FAILED, after on_dp()) the site will never know. */
    void (*failed)(struct transfer *job);
};

void pull_init(struct pull_distribution_point *pull, struct distribution_point *dp, const struct pull_params *params);
void pull_clear(struct pull_distribution_point *pull); /* before its transfer manager */

/* specs: struct pull_source_spec; dps: those that they name. What belongs to dps must be there already. */
struct pull_sources *pull_sources_new(const struct pull_distribution_point *pull, const GArray *specs,
                                      struct distribution_point *dps);
void pull_sources_free(struct pull_sources *sources);

/* A job, all 0; free it with pull_job_free() once it has been submitted. */
struct transfer *pull_job_new(struct sim *sim);
void pull_job_free(struct transfer *job);
/* A new job, in state TRANSFER_WAITING; package, version, from, to and priority are set. */
void pull_submit(struct pull_distribution_point *pull, struct transfer *job);
/* A sending thread of the transfer manager has started with the job. */
void pull_thread_started(struct transfer *job);
/* As transfer_manager_withdraw(): a job that holds neither a thread nor a download is cancelled. */
bool pull_withdraw(struct transfer *job, const char *reason);
/* The run is over: books what has moved so far, and leaves line, thread and place. */
void pull_abandon(struct transfer *job);
/* A package has been removed from the distribution point, or files of it are missing: who downloads them from there
 * goes on with the next source. */
void pull_files_gone(struct distribution_point *source);

#endif
