/* Scenarios built by hand, and an observer that writes down what the models tell. In a small scenario every delay is 0,
 * every rate unlimited, and numbers of threads, of retries and their waits are the product's: a test sets what it is
 * about. */
#ifndef TESTS_SUPPORT_SMALL_H
#define TESTS_SUPPORT_SMALL_H

#include <math.h>

#include "models/expansion.h"
#include "models/hierarchy.h"
#include "models/observer.h"
#include "models/scenario.h"

struct scenario *small_scenario(void);
/* A location below another (-1: the root), with an access link of the same capacity both ways. */
int32_t small_location(struct scenario *s, const char *name, int32_t parent, double bytes_per_s);
int32_t small_site(struct scenario *s, const char *code, enum site_type type, int32_t parent, int32_t location);
uint32_t small_dp(struct scenario *s, const char *name, int32_t site, int32_t location);
/* A package of one file, of a file set of its own. */
uint32_t small_package(struct scenario *s, const char *id, int32_t source, enum priority priority, double bytes);
/* A package without content; small_files() gives it some. */
uint32_t small_empty_package(struct scenario *s, const char *id, int32_t source, enum priority priority);
void small_files(struct scenario *s, uint32_t package, const char *files, uint32_t count, double size_bytes);
struct action_spec *small_create(struct scenario *s, double at_s, uint32_t package);
struct action_spec *small_distribute(struct scenario *s, double at_s, uint32_t package, uint32_t n_dps, ...);
struct action_spec *small_redistribute(struct scenario *s, double at_s, uint32_t package, uint32_t dp);
struct action_spec *small_remove(struct scenario *s, double at_s, uint32_t package, uint32_t dp);
/* A group of distribution points, and a distribution to it, or a removal from it. */
uint32_t small_group(struct scenario *s, const char *name, uint32_t n_dps, ...);
struct action_spec *small_to_group(struct scenario *s, double at_s, enum action_do what, uint32_t package,
                                   uint32_t group);
/* ACTION_JOIN or ACTION_LEAVE */
struct action_spec *small_membership(struct scenario *s, double at_s, enum action_do what, uint32_t group, uint32_t dp);
struct action_spec *small_preload(struct scenario *s, double at_s, uint32_t package, uint32_t dp);
struct action_spec *small_update(struct scenario *s, double at_s, uint32_t package);
/* What is new in the version: files that are added, or replace those of that name; those that have changed in part. */
void small_update_files(struct action_spec *update, const char *files, uint32_t count, double size_bytes);
void small_update_changed(struct action_spec *update, const char *files, double share_percent);
void small_fault(struct scenario *s, int32_t location, double from_s, double for_s);
struct route_spec *small_route(struct scenario *s, int32_t from, int32_t to);
/* The settings of a small site. */
struct sender_params small_sender(void);
struct scheduler_params small_scheduler(void);
struct despooler_params small_despooler(void);
struct transfer_manager_params small_transfer_manager(void);
struct distribution_manager_params small_distribution_manager(void);
struct pull_params small_pull(void);
/* Makes a distribution point pull from others: index, rank, ...; returns it. */
struct dp_spec *small_sources(struct scenario *s, uint32_t dp, uint32_t n_sources, ...);

/* A drive of a distribution point, which has no reserve. */
void small_drive(struct scenario *s, uint32_t dp, double size_bytes);

/* ---- what was told ---- */

struct told_transfer {
    uint64_t id;
    enum transfer_kind kind;
    enum transfer_state state;
    uint32_t package, version, attempts;
    const char *from, *to, *reason;
    double bytes, bytes_arrived, bytes_resent, bytes_moved;
    double created_s, started_s, finished_s;
    double in_state_s[N_TRANSFER_STATES];
    enum transfer_limit limited_by;
    uint32_t n_open; /* how often it was reported as open */
};

struct told_attempt {
    uint64_t transfer;
    uint32_t attempt, thread;
    double started_s, ended_s, bytes;
    const char *outcome;
};

struct told_delivery {
    struct delivery_news last; /* without cause_s */
    double cause_s[N_CAUSES];
    uint32_t n_told;
    bool has_causes;
};

struct record {
    struct observer observer;
    GString *trace;     /* a line per call, with all it said */
    GArray *transfers;  /* struct told_transfer, in order of creation */
    GArray *attempts;   /* struct told_attempt */
    GArray *deliveries; /* struct told_delivery, by number */
    GArray *statuses;   /* struct status; names as long as the scenario lives */
};

/* with_trace: writes the trace, which is long. */
struct record *record_new(bool with_trace);
void record_free(struct record *record);
/* The transfer of a package to a site or distribution point; NULL: none was told of. The last one if there were
 * several. */
const struct told_transfer *record_transfer(const struct record *record, uint32_t package, const char *to);
const struct told_delivery *record_delivery(const struct record *record, uint32_t package, uint32_t dp);
/* Of this version. */
const struct told_transfer *record_request(const struct record *record, uint32_t package, uint32_t version,
                                           const char *to);
const struct told_delivery *record_delivery_of(const struct record *record, uint32_t package, uint32_t version,
                                               uint32_t dp);
/* When the n-th (from 0) status of this id was told; site, object NULL: any. NaN: there was none. */
double record_when(const struct record *record, const char *site, enum status_id id, const char *object, uint32_t n);
uint32_t record_count(const struct record *record, const char *site, enum status_id id, const char *object);

/* Fails unless they are equal to 1e-12 of them and 1 ns; both may be NaN. */
#define expect_time(value_s, expected_s) expect_near(value_s, expected_s, 1e-9, #value_s, __FILE__, __LINE__)
/* The same for bytes, to 1e-6 of a byte. */
#define expect_bytes(value, expected) expect_near(value, expected, 1e-6, #value, __FILE__, __LINE__)
void expect_near(double value, double expected, double absolute, const char *what, const char *file, int line);

/* ---- a whole hierarchy ---- */

struct small_run {
    struct scenario *scenario;   /* owned */
    struct expansion *expansion; /* what it becomes in this run: packages of workloads follow its own */
    struct sim *sim;
    struct record *record;
    struct hierarchy *hierarchy;
};

/* Builds it; takes the scenario over. */
struct small_run *small_run_new(struct scenario *scenario, bool with_trace);
/* Builds it, runs it to the end and has it report what is open. */
struct small_run *small_run_all(struct scenario *scenario, bool with_trace);
/* The same for a brief observer, which writes nothing down: in parts where there are any. until_s is finite. */
struct small_run *small_run_brief(struct scenario *scenario);
void small_run_free(struct small_run *run);
/* Times of a delivery, NaN: not yet. */
void small_run_expect_delivered(const struct small_run *run, uint32_t package, uint32_t dp, double on_dp_s,
                                double site_knows_s, double central_knows_s);
/* The causes of a delivery: name, seconds, ..., NULL; those that are not named must be 0. */
void small_run_expect_causes(const struct small_run *run, uint32_t package, uint32_t dp, ...) G_GNUC_NULL_TERMINATED;
struct hierarchy_link *small_run_link(const struct small_run *run, const char *name);
const struct hierarchy_pool *small_run_pool(const struct small_run *run, const char *site, enum pool_kind kind);

#endif
