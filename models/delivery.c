#include "models/delivery.h"

#include <math.h>

#include "models/distribution_manager.h"
#include "models/sender.h"

static struct sim_memory *memory_of(const struct delivery *delivery)
{
    return delivery->at->sp->manager->sim->memory;
}

struct delivery_work *delivery_work(struct delivery *delivery)
{
    if (!delivery->work) {
        delivery->work = sim_memory_take0(memory_of(delivery), sizeof *delivery->work);
        delivery->work->delivery = delivery;
    }
    return delivery->work;
}

struct delivery_ties *delivery_ties(struct delivery *delivery)
{
    if (!delivery->ties)
        delivery->ties = sim_memory_take0(memory_of(delivery), sizeof *delivery->ties);
    return delivery->ties;
}

void delivery_work_ends(struct delivery *delivery)
{
    sim_memory_give(memory_of(delivery), delivery->work, sizeof *delivery->work);
    delivery->work = NULL;
}

void delivery_clear(struct delivery *delivery)
{
    if (!delivery->all_know)
        delivery_work_ends(delivery);
    sim_memory_give(memory_of(delivery), delivery->ties, sizeof *delivery->ties);
    delivery->ties = NULL;
}

void delivery_content_is_here(struct delivery *delivery, double content_s)
{
    delivery->content_s = fmax(content_s, delivery->requested_s);
    if (!delivery->log.last)
        cause_log_begin_with(memory_of(delivery), &delivery->log, &delivery->at->first, delivery->content_s,
                             CAUSE_METADATA_WAIT);
    else if (cause_log_now(&delivery->log) == N_CAUSES)
        cause_log_switch(memory_of(delivery), &delivery->log, delivery->content_s, CAUSE_METADATA_WAIT);
}

/* ---- the account of its time ---- */

struct walk {
    delivery_visit *visit;
    void *ctx;
    const struct leg *leg;
    double until_s; /* how far it has come */
};

static void show(void *ctx, const struct cause_span *span)
{
    struct walk *walk = ctx;
    if (span->from_s > walk->until_s) {
        /* What was to bring the content had been called off: somebody had to be told again. */
        const struct cause_span gap = {
            .from_s = walk->until_s, .to_s = span->from_s, .cause = CAUSE_METADATA_WAIT, .other = CAUSE_METADATA_WAIT};
        walk->visit(walk->ctx, walk->leg, &gap);
    }
    walk->until_s = span->to_s;
    walk->visit(walk->ctx, walk->leg, span);
}

static const struct leg *leg_before(const struct leg *leg)
{
    return leg->brought_by ? leg->brought_by : leg->from->inbound;
}

/* What the leg, and before it those that brought the content to its beginning, went through. */
static void walk_legs(struct walk *walk, const struct leg *leg, double from_s, double to_s)
{
    double begin_s = cause_log_begin(&leg->log);
    if (from_s < begin_s && leg_before(leg))
        walk_legs(walk, leg_before(leg), from_s, fmin(begin_s, to_s));
    walk->leg = leg;
    cause_log_walk(&leg->log, from_s, to_s, show, walk);
}

static void walk_to_site(struct walk *walk, const struct delivery *delivery, double until_s)
{
    bool on_its_way = isnan(delivery->content_s);
    double content_s = on_its_way ? until_s : delivery->content_s;
    if (delivery->at->inbound)
        walk_legs(walk, delivery->at->inbound, delivery->requested_s, content_s);
    if (on_its_way && walk->until_s < until_s) {
        /* Nobody has told the site where the content is what to do with it. */
        const struct cause_span span = {
            .from_s = walk->until_s, .to_s = until_s, .cause = CAUSE_METADATA_WAIT, .other = CAUSE_METADATA_WAIT};
        show(walk, &span);
    }
}

void delivery_walk(const struct delivery *delivery, double until_s, delivery_visit *visit, void *ctx)
{
    struct walk walk = {.visit = visit, .ctx = ctx, .until_s = delivery->requested_s};
    walk_to_site(&walk, delivery, until_s);
    walk.leg = NULL;
    if (!isnan(delivery->content_s))
        cause_log_walk(&delivery->log, delivery->content_s, until_s, show, &walk);
}

/* ---- what deliveries have in common ---- */

static inline struct delivery_share share_of(const struct cause_span *span, uint32_t site)
{
    return (struct delivery_share){.took_s = span->to_s - span->from_s,
                                   .other_s = span->other_s,
                                   .site = site,
                                   .cause = (uint8_t)span->cause,
                                   .other = (uint8_t)span->other};
}

struct delivery_share delivery_share_of(const struct delivery *delivery, const struct leg *leg,
                                        const struct cause_span *span)
{
    bool arrived = span->cause == CAUSE_DESPOOLER_WAIT || span->cause == CAUSE_DESPOOL_RETRY_WAIT ||
                   span->cause == CAUSE_DESPOOLING;
    int32_t site = !leg ? delivery->dp->spec->site : arrived ? leg->to_site : leg->from_site;
    return share_of(span, (uint32_t)site);
}

struct taking {
    const struct delivery *delivery;
    struct legs_account *account; /* NULL: they are only counted */
    uint32_t n;
};

static void take_share(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    struct taking *taking = ctx;
    if (taking->account)
        taking->account->shares[taking->n] = delivery_share_of(taking->delivery, leg, span);
    taking->n++;
}

/* What the logs say of the time from from_s until now is what they will always say: they have ended, and nothing can
 * come before them any more. */
static bool legs_have_ended(const struct leg *leg, double from_s)
{
    for (; leg; leg = leg->brought_by) {
        if (!leg->log.last || cause_log_now(&leg->log) != N_CAUSES)
            return false;
        if (from_s >= cause_log_begin(&leg->log) || leg->from->sp->is_source)
            return true;
    }
    return false;
}

static size_t account_bytes(uint32_t n)
{
    return sizeof(struct legs_account) + n * sizeof(struct delivery_share);
}

void legs_account_drop(struct site_version *at)
{
    if (at->account)
        sim_memory_give(at->sp->manager->sim->memory, at->account, account_bytes(at->account->n));
    at->account = NULL;
}

static void account_new(const struct delivery *delivery)
{
    struct site_version *at = delivery->at;
    struct taking taking = {.delivery = delivery};
    struct walk walk = {.visit = take_share, .ctx = &taking, .until_s = delivery->requested_s};
    walk_to_site(&walk, delivery, delivery->content_s);
    uint32_t n = taking.n;
    legs_account_drop(at);
    at->account = sim_memory_take(memory_of(delivery), account_bytes(n));
    *at->account = (struct legs_account){
        .inbound = at->inbound, .requested_s = delivery->requested_s, .content_s = delivery->content_s, .n = n};
    taking.account = at->account;
    taking.n = 0;
    walk.until_s = delivery->requested_s;
    walk_to_site(&walk, delivery, delivery->content_s);
    at->account->until_s = walk.until_s;
}

const struct legs_account *delivery_legs(const struct delivery *delivery)
{
    const struct site_version *at = delivery->at;
    const struct legs_account *account = at->account;
    if (account && account->content_s == delivery->content_s && account->requested_s == delivery->requested_s &&
        account->inbound == at->inbound)
        return account;
    if (isnan(delivery->content_s) || (at->inbound && !legs_have_ended(at->inbound, delivery->requested_s)))
        return NULL;
    account_new(delivery);
    return at->account;
}

uint32_t delivery_own(const struct delivery *delivery, const struct legs_account *legs, double until_s,
                      struct delivery_share shares[FEW_SHARES])
{
    struct cause_span spans[FEW_SHARES / 2];
    const struct cause_span *end = spans + FEW_SHARES / 2;
    uint32_t site = (uint32_t)delivery->dp->spec->site, n = 0;
    uint32_t n_spans =
        cause_log_list(&delivery->log, delivery->content_s, until_s, spans + FEW_SHARES / 2, FEW_SHARES / 2);
    if (n_spans == UINT32_MAX)
        return n_spans;
    double done_s = legs->until_s;
    for (const struct cause_span *span = end - n_spans; span < end; span++) {
        if (span->from_s > done_s) /* as in show() */
            shares[n++] = (struct delivery_share){.took_s = span->from_s - done_s,
                                                  .site = site,
                                                  .cause = CAUSE_METADATA_WAIT,
                                                  .other = CAUSE_METADATA_WAIT};
        done_s = span->to_s;
        shares[n++] = share_of(span, site);
    }
    return n;
}

static void add(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    (void)leg;
    cause_span_add(span, ctx);
}

void delivery_causes(const struct delivery *delivery, double until_s, double *cause_s)
{
    memset(cause_s, 0, N_CAUSES * sizeof *cause_s);
    delivery_walk(delivery, until_s, add, cause_s);
}

/* The cause that a leg has now; N_CAUSES: it has arrived, or its time has not come. */
static enum cause cause_of_leg(const struct leg *leg)
{
    enum cause now = cause_log_now(&leg->log);
    if (now == CAUSE_SENDER_WAIT_ALL_SITES && sim_waiting(&leg->transfer.waiter) &&
        leg->transfer.waiter.line->blocked.on)
        return CAUSE_SENDER_WAIT_PER_SITE;
    return now;
}

/* Of the legs that bring a delivery's content, the one nearest to the source that has not arrived says what it waits
 * for; NULL: none does. */
static const struct leg *leg_that_waits(const struct delivery *delivery)
{
    const struct leg *waits = NULL;
    for (const struct leg *leg = delivery->at->inbound; leg; leg = leg_before(leg))
        if (cause_log_now(&leg->log) != N_CAUSES)
            waits = leg;
    return waits;
}

enum cause delivery_waits_for(const struct delivery *delivery)
{
    enum cause cause = cause_log_now(&delivery->log);
    if (cause != N_CAUSES)
        return cause;
    const struct leg *leg = leg_that_waits(delivery);
    return leg ? cause_of_leg(leg) : CAUSE_METADATA_WAIT;
}

const char *delivery_last_failure(const struct delivery *delivery)
{
    enum cause cause = delivery_waits_for(delivery);
    if (cause != CAUSE_RETRY_WAIT && cause != CAUSE_SOURCE_WAIT)
        return NULL;
    const struct transfer *t = delivery_job(delivery);
    if (!t && leg_that_waits(delivery))
        t = &leg_that_waits(delivery)->transfer;
    if (t && !t->reason && t->state == TRANSFER_CONNECTING)
        return "no_connection"; /* as this first try will end, unless it is reached */
    return t ? t->reason : NULL;
}
