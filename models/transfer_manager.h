/* Package transfer manager (X1 to X4): copies content from the site server to standard distribution points, and
 * notifies those that pull (L1).
 *
 * A job is a package version to a distribution point. It waits for one of max_packages x max_threads_per_package
 * sending threads, ordered by package priority, distribution point priority, the point's measured speed
 * (prefer_fast_dps) and creation. The thread starts after start_delay, copies the files that the point lacks, adds each
 * to the point's library, and ends. When the point cannot be reached, the unfinished file is lost, the thread is free
 * again, and the job is tried again retry_delay later; so it is when its schedule closes during the copy, or the copy
 * breaks off by chance. */
#ifndef MODELS_TRANSFER_MANAGER_H
#define MODELS_TRANSFER_MANAGER_H

#include <stdbool.h>

#include "models/limiter.h"

enum transfer_pool { TRANSFER_POOL_JOBS, TRANSFER_POOL_PACKAGES };

struct transfer_manager_params {
    double start_delay_s;
    enum transfer_pool transfer_pool;
    bool prefer_fast_dps;
    uint32_t retries;
    double retry_delay_s;
    double failure_percent;                    /* of each try */
    double window_bytes, max_rate_bytes_per_s; /* of one connection */
};

extern const struct param_table transfer_manager_table;

struct content;
struct distribution_point;
struct luck;
struct observer;
struct package_turn;
struct transfer;

struct transfer_manager {
    struct sim *sim;
    struct sim_network *network;
    const struct transfer_manager_params *params;
    const struct content *content;
    const struct observer *observer;
    const char *site;
    struct luck *luck; /* chance; NULL: none. Set by the owner, as the callbacks are */
    struct sim_slots threads;
    /* transfer_pool "packages": a job joins the line for a thread while its package has one of max_packages turns. */
    struct sim_slots packages;
    struct sim_line package_line;
    struct package_turn *turns;           /* per package; NULL: transfer_pool "jobs" */
    void (*pull)(struct transfer *job);   /* the thread of a pull job has started; transfer_manager_thread_ends() */
    void (*on_dp)(struct transfer *job);  /* the content is on the distribution point; the job is done */
    void (*failed)(struct transfer *job); /* after its last try */
};

void transfer_manager_init(struct transfer_manager *manager, struct sim *sim, struct sim_network *network,
                           const struct transfer_manager_params *params, uint32_t max_packages,
                           uint32_t max_threads_per_package, const struct content *content,
                           const struct observer *observer, const char *site);
void transfer_manager_clear(struct transfer_manager *manager); /* distribution points first */

/* Before any job: the schedule and rate limits of a distribution point (X2), or none (NULL). capacity of a connection,
 * and where that comes from. */
void transfer_manager_connect(struct transfer_manager *manager, struct distribution_point *dp, double cap_bytes_per_s,
                              uint32_t cap_kind, const struct limiter_setup *setup);

/* A new job, in state TRANSFER_WAITING; package, version, from, to and priority are set. */
void transfer_manager_submit(struct transfer_manager *manager, struct transfer *job, struct distribution_point *dp);
/* For pull jobs, which live elsewhere: the job, in state TRANSFER_WAITING, is in line for a thread. Its waiter and
 * event are the manager's until pull(), and its owner's from then on. */
void transfer_manager_line_up(struct transfer *job);
void transfer_manager_thread_ends(struct transfer *job);
void transfer_manager_leave_line(struct transfer *job); /* from TRANSFER_WAITING */
/* A job that holds no thread is cancelled for this reason, and its owner may free it; false: it holds one. */
bool transfer_manager_withdraw(struct transfer *job, const char *reason);
/* The run is over: books what has moved so far, and leaves line or thread. */
void transfer_manager_abandon(struct transfer *job);
/* Bytes that a job, of whatever kind, has moved in all tries, the one that is under way included. */
double transfer_manager_moved(const struct transfer *job);

#endif
