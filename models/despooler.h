/* Despooler (P1): unpacks what other sites sent into the site's content library.
 *
 * An instruction waits for a despooling thread. If the database change that it belongs to has not reached this site, it
 * fails at once (code 12), gives the thread back and is tried again at its due time, which without a delay is when the
 * change arrives; otherwise the thread
 * unpacks, stores and hashes the content, on the site server's disk. */
#ifndef MODELS_DESPOOLER_H
#define MODELS_DESPOOLER_H

#include "models/params.h"
#include "sim/engine/network.h"
#include "sim/engine/slots.h"

struct despooler_params {
    uint32_t threads;
    double despool_retry_delay_s;
    double despool_rate_bytes_per_s;
};

extern const struct param_table despooler_table;

struct cause_log;
struct luck;
struct observer;
struct despooler;

struct instruction {
    struct despooler *despooler;
    uint32_t package, version;
    double bytes;          /* of uncompressed content */
    struct cause_log *log; /* follows its states; NULL: none */
    uint32_t tries;
    struct sim_waiter waiter;
    struct sim_event due;
    struct sim_flow work;
};

struct despooler {
    struct sim *sim;
    struct sim_network *network;
    const struct despooler_params *params;
    const struct observer *observer;
    const char *site;
    struct sim_link *disk; /* NULL: unlimited */
    struct luck *luck;     /* chance; NULL: none. Set by the owner, as the callbacks are */
    struct sim_slots threads;
    struct sim_line line;
    double (*change_arrives_s)(
        const struct instruction *instruction);      /* its database change, here; INFINITY: nobody knows yet */
    void (*stored)(struct instruction *instruction); /* content is in the library, the thread is free again */
};

void despooler_init(struct despooler *despooler, struct sim *sim, struct sim_network *network,
                    const struct despooler_params *params, const struct observer *observer, const char *site,
                    struct sim_link *disk);
void despooler_clear(struct despooler *despooler);

/* An instruction has arrived; package, version, bytes and log are set, the rest zero. */
void despooler_receive(struct despooler *despooler, struct instruction *instruction);
/* The run is over. Harmless when the instruction is not here. */
void despooler_abandon(struct instruction *instruction);

#endif
