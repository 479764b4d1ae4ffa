/* Errands of a package at a site, and the account of their time.
 *
 * A leg is a package version on its way from one site to the next; a delivery is a package version for one distribution
 * point. Both are announced when an action is taken, wait until the distribution manager of their site knows, has the
 * content, and has a thread; then the leg goes by scheduler, sender and despooler to the next site, and the delivery by
 * the transfer manager to its distribution point.
 *
 * A newer delivery to the same point, or a newer leg to the same site, takes the place of an older one that has not got
 * its job or send request when its site is told of the newer; of one whose job or request waits when the newer's is
 * due. A copy or sending that holds a thread is never broken off: the newer job waits until the older has ended.
 *
 * Both keep a log of where their time went; a delivery's begins when the content is at its site, and what came before
 * is in the logs of the legs that brought it. */
#ifndef MODELS_DELIVERY_H
#define MODELS_DELIVERY_H

#include "models/change.h"
#include "models/despooler.h"
#include "models/distribution_point.h"
#include "models/observer.h"
#include "models/status_manager.h"

struct site_version;

struct leg {
    struct site_version *from, *to;
    const struct change
        *change; /* the database change that caused it besides its version's metadata; NULL: none (P1) */
    const struct leg *brought_by; /* the content to its beginning; NULL: it has not come yet, or was there */
    int32_t from_site, to_site;   /* indices into the scenario's list */
    double created_s;
    bool told, taken_up; /* the distribution manager of `from`, and a package thread of it */
    bool handed_over;    /* to the scheduler */
    bool unwanted;       /* `from` has been told that nobody beyond wants it any more; somebody may since */
    bool over;           /* the content has come to `to`, or will not: leg_ends() */
    uint32_t base;       /* once handed over: the version that its delta file builds on; 0: it is the full package */
    struct sender_destination *destination;
    struct cause_log log; /* begins when the content is at `from` and the leg is announced */
    struct transfer transfer;
    double content_bytes;                /* that its instruction unpacks */
    struct leg_instruction *instruction; /* from its arrival until the content is stored; NULL: it is not there */
    struct sim_event told_of_content;    /* the distribution manager of `to`, of content that has been stored */
};

/* What a delivery needs only while somebody is at work on it: from its distribution point thread on, until the central
 * site knows. */
struct delivery_work {
    struct delivery *delivery;
    struct sim_event event; /* its distribution point thread; later its status on the way to the central site */
    struct transfer *job;   /* NULL: none yet, or done */
    double bytes;           /* moved, once the job is over */
    struct status_report report;
};

/* Few have any: */
struct delivery_ties {
    struct delivery *replaces; /* an older one to the same point, open when this was asked for; NULL: none */
    struct delivery *next;     /* a newer one, whose job is due when this one's has ended; NULL: none */
    struct removal *removal;   /* goes on when this one's job has ended; NULL: none */
};

/* There may be many millions, most of which wait, or are over: one cache line each. */
struct delivery {
    struct site_version *at; /* its distribution point's site */
    struct distribution_point *dp;
    uint32_t number;
    uint8_t state;     /* enum delivery_state */
    bool taken_up : 1; /* by a package thread */
    bool again : 1;    /* redistributed: all files, also those that are there */
    bool given_up : 1; /* by the site, although it is still under way, or there: nobody knows of it (L3) */
    bool all_know : 1; /* the central site knows that it is there, or will by itself: nothing happens any more */
    double requested_s;
    union {
        double content_s; /* when the content was at the site, at the earliest requested_s; NaN: not yet */
        double on_dp_s;   /* once delivered */
    };
    union {
        struct cause_log log; /* begins when the content is at the site; its job's follows */
        double site_knows_s;  /* once delivered; NaN: not yet */
    };
    union {
        struct delivery_work *work; /* NULL: none; delivery_work() */
        double central_knows_s;     /* once all_know */
    };
    struct delivery_ties *ties; /* NULL: none; delivery_ties() */
};

/* Makes them if there are none yet. */
struct delivery_work *delivery_work(struct delivery *delivery);
struct delivery_ties *delivery_ties(struct delivery *delivery);
/* Nobody is at work on it any more. */
void delivery_work_ends(struct delivery *delivery);
/* Frees what it owns; not its job, which is the hierarchy's. */
void delivery_clear(struct delivery *delivery);
static inline struct transfer *delivery_job(const struct delivery *delivery)
{
    return !delivery->all_know && delivery->work ? delivery->work->job : NULL;
}
static inline struct delivery *delivery_replaces(const struct delivery *delivery)
{
    return delivery->ties ? delivery->ties->replaces : NULL;
}

/* The content is at the delivery's site since content_s: what came before belongs to the legs, what came after was
 * waiting for metadata. */
void delivery_content_is_here(struct delivery *delivery, double content_s);
/* Where all the time went from the request until until_s, which is not after now: in order, without gap or overlap,
 * span by span; leg: on whose way the time went; NULL: at the delivery's own site. */
typedef void delivery_visit(void *ctx, const struct leg *leg, const struct cause_span *span);
void delivery_walk(const struct delivery *delivery, double until_s, delivery_visit *visit, void *ctx);
/* The same in sums. */
void delivery_causes(const struct delivery *delivery, double until_s, double *cause_s);

/* A span without its moment. */
struct delivery_share {
    double took_s, other_s; /* the whole span; of it, for the other cause */
    uint32_t site;          /* whose settings have a say in it: of what a leg goes through, the end that does it */
    uint8_t cause, other;   /* enum cause */
};

/* What all deliveries of a version at a site that were asked for at the same time went through before the content came
 * there: found for the first of them that asks, and kept while any is under way. */
struct legs_account {
    const struct leg *inbound;
    double requested_s, content_s; /* between these */
    double until_s;                /* how far it has come */
    uint32_t n;
    struct delivery_share shares[]; /* in order */
};

/* delivery_walk() in two parts: what it has in common with others, and what came after that. NULL: nothing yet. */
const struct legs_account *delivery_legs(const struct delivery *delivery);
/* Returns how many shares there are; UINT32_MAX: more than there is room for. */
enum { FEW_SHARES = 24 };
uint32_t delivery_own(const struct delivery *delivery, const struct legs_account *legs, double until_s,
                      struct delivery_share shares[FEW_SHARES]);
/* Nobody needs it any more, for now. */
void legs_account_drop(struct site_version *at);
/* Of what delivery_walk() shows. */
struct delivery_share delivery_share_of(const struct delivery *delivery, const struct leg *leg,
                                        const struct cause_span *span);
/* The cause that holds an open delivery back now. */
enum cause delivery_waits_for(const struct delivery *delivery);
/* Of an open delivery that waits for another try, or for a source: why the last one failed, as a transfer's reason;
 * NULL: none has, or it waits for something else. */
const char *delivery_last_failure(const struct delivery *delivery);

#endif
