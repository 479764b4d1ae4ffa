/* What the schedule and the rate limits of a file replication route or a distribution point allow (S2, S3, S4, X2): who
 * may start now, how many at a time, and how fast.
 *
 * The schedule says for every hour of the week which priorities may start. Rate limits come in two kinds: percentages
 * by hour of the day, in one of three models, and pulse mode, a block of data and then a delay. Under either there is
 * one transfer at a time, even at 100 %. What is limited moves in periods of a block and a pause. Unless pulse_detail
 * is set the blocks are spread evenly over their periods: the transfer moves at its mean rate on the path alone. Where
 * an hour begins within a period, the rest of the period goes by the new hour.
 *
 * Senders and transfer managers send all their bytes through a limiter; one without limits costs nothing. */
#ifndef MODELS_LIMITER_H
#define MODELS_LIMITER_H

#include <stdbool.h>

#include "models/params.h"
#include "sim/engine/network.h"
#include "sim/engine/slots.h"

enum availability { AVAILABILITY_OPEN, AVAILABILITY_MEDIUM_HIGH, AVAILABILITY_HIGH, AVAILABILITY_CLOSED };

struct schedule_entry {
    uint8_t days;
    double from_s, to_s;
    enum availability availability;
};

struct rate_limit_hours {
    uint32_t from, to;
    double percent;
};

enum rate_limiter { RATE_LIMITER_DUTY, RATE_LIMITER_NOMINAL, RATE_LIMITER_TIMESLICE };
enum rate_limit_clock { CLOCK_OF_SENDING_SITE, CLOCK_OF_DESTINATION };

/* The settings, alike for routes and distribution points. */
struct limits {
    GArray *schedule; /* struct schedule_entry; later ones win, outside all of them it is open */
    struct rate_limit {
        GArray *hours; /* struct rate_limit_hours; later ones win, hours outside all of them have 100 % */
        enum rate_limiter limiter;
    } rate_limit;
    enum rate_limit_clock rate_limit_clock;
    struct pulse {
        double block_bytes, delay_s; /* NaN: not in pulse mode */
    } pulse;
    bool pulse_detail;
};

extern const struct param_table schedule_entry_table, rate_limit_table, pulse_table;

/* clang-format off */
/* Their rows in the field table of whatever has a struct limits at the offset; the console's page of it, and the cmdlet
 * or NULL. */
#define LIMITS_FIELDS(at, page, cmdlet_name)                                                                            \
    {.name = "schedule", .kind = PARAM_LIST, .offset = (at) + offsetof(struct limits, schedule),                        \
     .table = &schedule_entry_table, .flags = PARAM_OPTIONAL,                                                           \
     .sentence = "when it is open to which priorities, on the sending site's clock, by whole hours: later entries win, " \
                 "outside all of them it is open (S4, X2)",                                                             \
     .console = page ", Schedule", .cmdlet = cmdlet_name},                                                              \
    {.name = "rate_limit", .kind = PARAM_OBJECT, .offset = (at) + offsetof(struct limits, rate_limit),                  \
     .table = &rate_limit_table,                                                                                        \
     .sentence = "percentages by hour of the day; with any there is one transfer at a time, even at 100 % (S2, S3, X2)", \
     .console = page ", Rate Limits, Limited to specified maximum transfer rates by hour", .cmdlet = cmdlet_name},      \
    {.name = "rate_limit_clock", .kind = PARAM_CHOICE, .offset = (at) + offsetof(struct limits, rate_limit_clock),      \
     .choices = rate_limit_clocks, .standard = "sending_site", .grade = GRADE_ASSUMED,                                  \
     .sentence = "whose local time the hours of rate_limit are; the documentation leaves it open (T1)"},                \
    {.name = "pulse", .kind = PARAM_OBJECT, .offset = (at) + offsetof(struct limits, pulse), .table = &pulse_table,     \
     .sentence = "pulse mode: a block of data, then a delay; one transfer at a time (S2, S3, X2)",                      \
     .console = page ", Rate Limits, Pulse mode", .cmdlet = cmdlet_name},                                               \
    {.name = "pulse_detail", .kind = PARAM_BOOL, .offset = (at) + offsetof(struct limits, pulse_detail),                \
     .standard = "false", .grade = GRADE_CHOSEN,                                                                        \
     .sentence = "simulates each block and pause of rate_limit and pulse; false: their mean rate on the path alone (S3)"}
/* clang-format on */
extern const char *const rate_limit_clocks[];

/* A rate limit of any kind, or pulse mode. */
bool limits_rate(const struct limits *limits);
static inline bool limits_schedule(const struct limits *limits)
{
    return limits->schedule && limits->schedule->len;
}
/* The longest time from the start of a block to that of the next, on a path that moves bytes_per_s, in s. */
double limits_period_s(const struct limits *limits, double bandwidth_bytes_per_s, double bytes_per_s);

struct transfer;

struct limiter {
    struct sim *sim;
    struct sim_network *network;
    const struct limits *limits; /* NULL: none */
    double cap_bytes_per_s;      /* of a connection, */
    uint32_t cap_kind;           /* and where that comes from: enum transfer_limit */
    uint32_t n_lines;
    struct sim_line *lines;      /* for threads: by priority where there is a schedule, else the first one */
    struct sim_line only;        /* that one; lines points to it, so a limiter stays where it is */
    struct limiter_state *state; /* private; NULL: nothing is limited */
    /* The schedule has closed for a transfer that holds a thread. NULL: it goes on. */
    void (*window_closed)(struct sim *sim, struct transfer *transfer);
};

/* What a limiter is to go by. */
struct limiter_setup {
    const struct limits *limits;
    struct pulse pulse;                    /* theirs, or what chance makes of it */
    double bandwidth_bytes_per_s;          /* of the route: for the nominal limiter */
    double schedule_ahead_s, rate_ahead_s; /* clocks' time (0: a Monday 00:00) minus simulated time */
};

/* capacity: how many transfers at a time when there is no limit; setup NULL: no limits. */
void limiter_init(struct limiter *limiter, struct sim *sim, struct sim_network *network, struct sim_slots *threads,
                  uint32_t capacity, double cap_bytes_per_s, uint32_t cap_kind, const struct limiter_setup *setup);
void limiter_clear(struct limiter *limiter);

/* ---- threads ---- */

/* Puts the transfer, whose state says that it waits, into the line for a thread. */
void limiter_wait(struct limiter *limiter, struct transfer *transfer, sim_key key);
/* It has got its thread. */
void limiter_enter(struct limiter *limiter, struct transfer *transfer);
/* It gives its thread back. */
void limiter_leave(struct limiter *limiter, struct transfer *transfer);
/* Whether the schedule lets a transfer of this priority start now. */
bool limiter_open(const struct limiter *limiter, uint32_t priority);

/* ---- bytes ---- */

/* A new try begins: no block has been sent, no pause is owed. */
void limiter_begin(struct limiter *limiter);
/* Moves bytes on the transfer's flow. When the flow has finished, its owner asks limiter_goes_on(); when the flow is
 * lost, also between two blocks, the owner calls limiter_stop(). */
void limiter_move(struct limiter *limiter, struct transfer *transfer, double bytes);
/* True: it was not the end, more is under way. False: all bytes of limiter_move() have arrived. */
bool limiter_goes_on(struct limiter *limiter, struct transfer *transfer);
/* Stops, or takes note that the flow was lost. Returns the bytes that have arrived since limiter_move(). */
double limiter_stop(struct limiter *limiter, struct transfer *transfer);
/* The same bytes, while it goes on. */
double limiter_moved(const struct limiter *limiter, const struct transfer *transfer);
/* The capacity of a link may have changed: on the path alone the flow would now get something else. */
void limiter_path_changed(void *limiter);

#endif
