/* Sender (S1 to S6): sends package versions to other sites, one sending thread per send request.
 *
 * A send request waits in the outbox for a thread: there are max_concurrent_all_sites of them, and
 * max_concurrent_per_site may be busy with one destination. The best request (priority, then creation) that may start
 * now starts; a destination at its limit, or closed by the schedule of its route, does not hold up the others. The
 * package file goes first, the instruction file follows on the same thread. A try that fails, since the network or the
 * other end is down or by chance, keeps its thread, waits, and goes on where the confirmed bytes end; after the last
 * one the request goes back to the scheduler. */
#ifndef MODELS_SENDER_H
#define MODELS_SENDER_H

#include <stdbool.h>

#include "models/limiter.h"

struct sender_params {
    uint32_t max_concurrent_all_sites, max_concurrent_per_site;
    uint32_t retries;
    double retry_delay_s, connect_timeout_s;
    double failure_percent; /* of each try */
    bool resume;
    double instruction_size_bytes;
    double window_bytes, max_rate_bytes_per_s; /* of one connection */
};

extern const struct param_table sender_table;

struct luck;
struct transfer;
struct observer;

struct sender {
    struct sim *sim;
    struct sim_network *network;
    const struct sender_params *params;
    const struct observer *observer;
    const char *site;
    struct luck *luck; /* chance; NULL: none. Set by the owner, as the callbacks are */
    struct sim_slots threads;
    /* The request has arrived, all of it; it is done and holds no thread. */
    void (*arrived)(struct transfer *transfer);
    /* The request has failed its last try; it is the scheduler's, in the state it failed in, and holds no thread. */
    void (*gave_up)(struct transfer *transfer);
};

/* Where a sender sends to: a site next to its own. */
struct sender_destination {
    struct sender *sender;
    const char *site;
    struct limiter limiter;
    GPtrArray *links; /* struct sim_link *: the path */
};

/* What a request does whose window closes while it is being sent (S4). */
enum on_window_close {
    WINDOW_CLOSE_FINISH,
    WINDOW_CLOSE_SUSPEND /* it gives its thread back and goes on at the confirmed byte when the window opens */
};

void sender_init(struct sender *sender, struct sim *sim, struct sim_network *network,
                 const struct sender_params *params, const struct observer *observer, const char *site);
void sender_clear(struct sender *sender); /* destinations first */
/* Takes links over. */
void sender_destination_init(struct sender_destination *destination, struct sender *sender, const char *site,
                             GPtrArray *links, double cap_bytes_per_s, uint32_t cap_kind);
/* Before anything is sent: the schedule and rate limits of the route. */
void sender_destination_limit(struct sender_destination *destination, const struct limiter_setup *setup,
                              enum on_window_close on_window_close);
void sender_destination_clear(struct sender_destination *destination);

/* The size of the request's instruction file: a part of its bytes. */
double sender_instruction_bytes(const struct sender *sender, const struct transfer *transfer);
/* Gives a new request, before anything else of this page, its path to the destination. */
void sender_prepare(struct sender_destination *destination, struct transfer *transfer);
/* Puts the request, scheduled or rescheduled, into the outbox; its key says its place in the order. Its bytes are
 * package file and instruction file together. */
void sender_submit(struct transfer *transfer);

/* A request that waits for a thread need not be sent any more: it is cancelled for this reason. */
void sender_withdraw(struct transfer *transfer, const char *reason);
/* Bytes that have moved so far, in all tries. */
double sender_moved(const struct transfer *transfer);
/* The run is over: books what has moved so far, and leaves the line or the thread. */
void sender_abandon(struct transfer *transfer);

#endif
