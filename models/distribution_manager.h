/* Distribution manager (D1 to D4): processes packages at one site.
 *
 * A notice about a package (a new version, targets, content that has arrived) asks for a package thread; there are
 * max_packages of them, one per package, and notices that come while a package's thread waits or runs merge. The thread
 *
 *   waits for a slot
 *   notes what it is told of, if the content is not here yet (metadata_time), and ends;
 *   at the source site takes the snapshot of a new version (snapshot_rate, on the disk);
 *   has up to max_threads_per_package distribution point threads create the transfer jobs for this site's targets;
 *   compresses the package once for other sites, one package at a time (compress_rate, on the disk);
 *   hands a mini-job per site to be sent to over to the scheduler;
 *   keeps its slot for package_thread_tail more, and ends. Metadata of a new version leaves the source site then. */
#ifndef MODELS_DISTRIBUTION_MANAGER_H
#define MODELS_DISTRIBUTION_MANAGER_H

#include <stdbool.h>

#include "models/params.h"
#include "sim/engine/network.h"
#include "sim/engine/slots.h"

/* One pair of settings for two components: the distribution manager and the package transfer manager. */
struct software_distribution_params {
    uint32_t max_packages, max_threads_per_package;
};

struct distribution_manager_params {
    double snapshot_rate_bytes_per_s;
    double dp_thread_time_s, metadata_time_s, package_thread_tail_s;
    double compress_rate_bytes_per_s;
    double compression_ratio;
};

extern const struct param_table software_distribution_table, distribution_manager_table;

struct delivery;
struct distribution_manager;
struct leg;
struct luck;
struct observer;
struct package;

enum package_thread {
    PACKAGE_IDLE,
    PACKAGE_WAITING, /* for a slot */
    PACKAGE_NOTING,  /* what it is told of */
    PACKAGE_SNAPSHOT,
    PACKAGE_DP_THREADS,
    PACKAGE_COMPRESSOR, /* waiting for it */
    PACKAGE_COMPRESSING,
    PACKAGE_TAIL
};

/* A package as one site knows and handles it. */
struct site_package {
    struct distribution_manager *manager;
    struct package *package;
    struct leg *inbound; /* how the content comes here; NULL: this is its source site, or none has been asked for */
    bool is_source;
    bool stored; /* the content is in this site's library */
    double stored_s;
    bool parked;             /* only the compressed copy is here, on its way to other sites (D6) */
    bool snapshot_due;       /* the source site has been told of a new version */
    bool version_due;        /* the metadata of a new version has been told, and not been noted yet */
    double compressed_bytes; /* of the compressed copy; 0: there is none */
    GPtrArray *deliveries;   /* struct delivery *: known, for the next thread with content */
    GPtrArray *legs;         /* struct leg *, likewise */

    enum package_thread thread;
    bool again; /* told something while the thread ran */
    struct sim_waiter slot, compressor;
    struct sim_event step;
    struct sim_flow work;
    bool new_version;          /* this thread took the snapshot */
    GPtrArray *run_deliveries; /* this thread's */
    GPtrArray *run_legs;
    uint32_t dp_threads, next_delivery;
};

struct distribution_manager {
    struct sim *sim;
    struct sim_network *network;
    const struct distribution_manager_params *params;
    const struct software_distribution_params *shared;
    const struct observer *observer;
    const char *site;
    struct sim_link *disk; /* NULL: unlimited */
    struct luck *luck;     /* chance; NULL: none. Set by the owner, as the callbacks are */
    bool down;             /* its site server is: nothing new begins */
    struct sim_slots threads, compressor;
    struct sim_line line, compressor_line;
    void (*job_due)(struct delivery *delivery);           /* a distribution point thread has created its transfer job */
    void (*mini_job_due)(struct leg *leg);                /* content is to be sent */
    void (*version_leaves)(struct site_package *package); /* metadata of a new version is to be replicated */
};

void distribution_manager_init(struct distribution_manager *manager, struct sim *sim, struct sim_network *network,
                               const struct distribution_manager_params *params,
                               const struct software_distribution_params *shared, const struct observer *observer,
                               const char *site, struct sim_link *disk);
void distribution_manager_clear(struct distribution_manager *manager); /* packages first */

void site_package_init(struct site_package *sp, struct distribution_manager *manager, struct package *package,
                       bool is_source);
/* The run is over: leaves lines and threads, and frees what it owns; deliveries and legs are their owners'. */
void site_package_clear(struct site_package *sp);

/* An errand that the manager now knows of: it is taken up by the next package thread that has the content. */
void site_package_add_delivery(struct site_package *sp, struct delivery *delivery);
void site_package_add_leg(struct site_package *sp, struct leg *leg);
/* The content has arrived in the library, compressed_bytes of it as it came; the errands known so far now wait for the
 * manager to be told. */
void site_package_stored(struct site_package *sp, double compressed_bytes);
/* The manager is told that there is something to do for the package. */
void site_package_notify(struct site_package *sp);
/* The site server is back: the package thread goes on where it stood. */
void site_package_resume(struct site_package *sp);
/* Is the content here, as far as errands are concerned: in the library, or, at the source site, about to be? */
static inline bool site_package_here(const struct site_package *sp)
{
    return sp->stored || sp->is_source;
}

#endif
