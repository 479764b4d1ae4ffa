/* Distribution manager (D1 to D4): processes packages at one site.
 *
 * A notice about a package (a new version, targets, content that has arrived) asks for a package thread; there are
 * max_packages of them, one per package whatever its versions, and notices that come while a package's thread waits or
 * runs merge. The thread
 *
 *   waits for a slot
 *   notes what it is told of, if the content is not here yet (metadata_time), and ends;
 *   at the source site takes the snapshot of a new version (snapshot_rate, on the disk);
 *   has up to max_threads_per_package distribution point threads create the transfer jobs for this site's targets;
 *   compresses what other sites lack, once per version, one package at a time (compress_rate, on the disk): a delta
 * file for a site that has one of the delta_versions versions before, the full package for any other (C3, D4); hands a
 * mini-job per site to be sent to over to the scheduler; keeps its slot for package_thread_tail more, and ends.
 * Metadata of a new version leaves the source site then.
 *
 * What a delta file builds on is the version in the receiver's library when the sending site compresses. Versions that
 * are in its outbox or on their way to that site count for nothing, so that each delta contains those before it. A
 * compressed copy that came from another site goes on as it is where it suits. */
#ifndef MODELS_DISTRIBUTION_MANAGER_H
#define MODELS_DISTRIBUTION_MANAGER_H

#include <stdbool.h>

#include "models/causes.h"
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
    uint32_t delta_versions;
};

extern const struct param_table software_distribution_table, distribution_manager_table;

struct content;
struct delivery;
struct distribution_manager;
struct leg;
struct legs_account;
struct luck;
struct observer;
struct package;
struct removal;
struct version;

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

/* Pointers, in the order in which they came; memory only while there are any. Zero is empty. */
struct errand_list {
    void **items;
    uint32_t n, n_allocated;
};

void errand_list_add(struct errand_list *list, void *item);
void errand_list_remove(struct errand_list *list, const void *item); /* harmless when it is not there */
void errand_list_clear(struct errand_list *list);

/* What leads to jobs and send requests; zero: nothing. */
struct errands {
    struct errand_list deliveries; /* struct delivery *, not owned */
    struct errand_list legs;       /* struct leg *, not owned */
    struct errand_list removals;   /* struct removal *, not owned. They need no content */
};

void errands_clear(struct errands *errands);

/* One version of a package as one site knows it. */
struct site_version {
    struct site_package *sp;
    struct version *version;
    struct leg *inbound; /* how the content comes here; NULL: this is its source site, or none has been asked for */
    bool announced;      /* at its source site: to be taken in */
    bool stored;         /* the content is in this site's library */
    double stored_s;
    bool parked;                  /* only a compressed copy is here, on its way to other sites (D6) */
    GArray *copies;               /* struct compressed_copy; NULL: none */
    GPtrArray *onward;            /* struct leg *: where this site parks content, those that wait for it; NULL: none */
    struct errands with_metadata; /* of which this site is told by the version's metadata; zero: none */
    struct cause_log first;       /* how the logs of its deliveries and legs begin */
    uint32_t n_open;              /* deliveries */
    struct legs_account *account; /* delivery_legs(); NULL: none is kept */
};

/* Of a version, compressed for other sites. */
struct compressed_copy {
    uint32_t base;        /* the version that it builds on; 0: it is the full package */
    double content_bytes; /* before compression */
    double bytes;         /* 0: to be made by the thread that runs */
    bool received;        /* as it came from another site */
};

/* A package as one site knows and handles it. */
struct site_package {
    struct distribution_manager *manager;
    struct package *package;
    struct site_package *upstream; /* at the site where content for this one comes from; NULL: this is the source */
    bool is_source;
    bool parks;                     /* content that comes here only passes on to other sites (D6) */
    struct site_version **versions; /* owned, by number from 1; NULL: not heard of */
    uint32_t n_versions;
    const struct version *known;       /* the newest that the site has been told of; NULL: none */
    const struct version *stored;      /* the newest in the library; NULL: none */
    struct site_version *snapshot_due; /* the source site has been told to take it in */
    struct site_version *version_due;  /* its metadata has been told, and not been noted yet */
    struct errands errands;            /* known, for the next thread with content */

    enum package_thread thread;
    bool again; /* told something while the thread ran */
    struct sim_waiter slot, compressor;
    struct sim_event step;
    struct package_work *work;     /* private; NULL: it has not read or written anything yet */
    struct site_version *taken_in; /* this thread took the snapshot; NULL: it took none */
    struct errands run;            /* this thread's */
    double copies_bytes;           /* that this thread has to compress */
    uint32_t dp_threads, next_delivery, next_removal;

    /* What the hierarchy counts (removal.c). */
    uint32_t n_wanted;    /* distribution points here or beyond that are to have it */
    uint32_t n_under_way; /* deliveries and removals there, legs from and to this site */
    bool unwanted;        /* the site has been told that nobody wants it from here any more */
};

struct distribution_manager {
    struct sim *sim;
    struct sim_network *network;
    const struct distribution_manager_params *params;
    const struct software_distribution_params *shared;
    const struct content *content;
    const struct observer *observer;
    const char *site;
    struct sim_link *disk; /* NULL: unlimited */
    struct luck *luck;     /* chance; NULL: none. Set by the owner, as the callbacks are */
    bool down;             /* its site server is: nothing new begins */
    struct sim_slots threads, compressor;
    struct sim_line line, compressor_line;
    void (*job_due)(struct delivery *delivery);           /* a distribution point thread has created its transfer job */
    void (*removal_due)(struct removal *removal);         /* the same: its content is to be removed */
    void (*mini_job_due)(struct leg *leg);                /* content is to be sent */
    void (*version_leaves)(struct site_version *version); /* its metadata is to be replicated */
};

void distribution_manager_init(struct distribution_manager *manager, struct sim *sim, struct sim_network *network,
                               const struct distribution_manager_params *params,
                               const struct software_distribution_params *shared, const struct content *content,
                               const struct observer *observer, const char *site, struct sim_link *disk);
void distribution_manager_clear(struct distribution_manager *manager); /* packages first */

void site_package_init(struct site_package *sp, struct distribution_manager *manager, struct package *package,
                       bool is_source, bool parks);
/* The run is over: leaves lines and threads, and frees what it owns; deliveries and legs are their owners'. */
void site_package_clear(struct site_package *sp);
struct site_version *site_package_version(struct site_package *sp, struct version *version);

/* What the manager is told of; then comes site_package_notify(). There is something about this version: */
void site_package_know(struct site_package *sp, const struct version *version);
/* the source site is to take it in: */
void site_package_take_in(struct site_package *sp, struct site_version *version);
/* the metadata of a version have arrived: */
void site_package_metadata(struct site_package *sp, struct site_version *version);
/* errands, which are taken up by the next package thread that has the content: */
void site_package_expect_deliveries(struct site_package *sp, uint32_t n); /* so many, perhaps */
void site_package_add_delivery(struct site_package *sp, struct delivery *delivery);
void site_package_add_leg(struct site_package *sp, struct leg *leg);
void site_package_add_removal(struct site_package *sp, struct removal *removal);
/* The content has arrived in the library as this compressed copy; the errands known so far now wait for the manager to
 * be told. */
void site_version_store(struct site_version *version, uint32_t base, double compressed_bytes);
/* The content has been in the library for long. */
void site_version_preload(struct site_version *version);
/* The library, and the compressed copies, give the package up; returns whether there was something. Nothing of it may
 * be on its way. */
bool site_package_forget(struct site_package *sp);
/* The manager is told that there is something to do for the package. */
void site_package_notify(struct site_package *sp);
/* The site server is back: the package thread goes on where it stood. */
void site_package_resume(struct site_package *sp);
/* An errand that no thread has taken up is not to be. */
void site_package_drop_delivery(struct site_package *sp, struct delivery *delivery);
void site_package_drop_leg(struct site_package *sp, struct leg *leg);

/* Is the content here, as far as errands are concerned: in the library, or, at the source site, about to be? */
static inline bool site_version_here(const struct site_version *version)
{
    return version->stored || version->announced;
}

/* Where content is only parked: a copy has come. */
void site_version_park(struct site_version *version, uint32_t base, double compressed_bytes);
/* Whether a copy is parked that is of use to the receiver, and whether the one is that a leg brings. */
bool site_version_has_copy_for(const struct site_version *parked, const struct site_version *receiver);
bool leg_suits(const struct leg *leg, const struct site_version *receiver);
/* What the leg sends is to be one of the copies here, or, where the content is, one that is to be made. */
void leg_choose_copy(struct leg *leg);
/* The compressed size of a copy; 0: there is none. */
double site_version_copy_bytes(const struct site_version *version, uint32_t base);

#endif
