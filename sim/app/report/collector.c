#include "sim/app/report/collector.h"

#include <math.h>
#include <string.h>

#include "models/delivery.h"
#include "models/distribution_manager.h"
#include "models/distribution_point.h"
#include "models/sender.h"
#include "sim/app/report/digest.h"

/* A link is full when it carries this share of what it can: the solver's rates add up only nearly. */
static const double full_share = 0.999;

const char *const collector_tables_names[N_COLLECTOR_TABLES] = {"none", "summary", "all"};

unsigned collector_flags_of(enum collector_tables tables)
{
    static const unsigned flags[N_COLLECTOR_TABLES] = {0, COLLECT_DIGEST | COLLECT_PLACES, COLLECT_ALL};

    return flags[tables];
}

enum collector_tables collector_tables_of(const struct collector *c)
{
    if (c->flags & (COLLECT_TRANSFERS | COLLECT_DELIVERIES))
        return TABLES_ALL;
    return c->flags & COLLECT_DIGEST ? TABLES_SUMMARY : TABLES_NONE;
}

/* The element at the index of an array that grows, with zeros, as far as it is asked. */
#define AT(array, type, i) (*(type *)(void *)element((array), (i), sizeof(type)))

static void *element(GArray *array, size_t i, size_t size)
{
    if (i >= array->len)
        g_array_set_size(array, (guint)(i + 1));
    return array->data + i * size;
}

struct step_function {
    double value, kept; /* now; of its last step */
    bool begun;         /* it has a step */
    bool touched;       /* in this instant */
};

/* Several changes at one instant are one, and none if they lead back to where it was. */
static void end_instant(struct collector *c)
{
    for (guint i = 0; i < c->touched->len; i++) {
        struct step row = g_array_index(c->touched, struct step, i);
        struct step_function *f = &AT(c->step_functions[row.metric], struct step_function, row.index);

        f->touched = false;
        if (f->begun && f->kept == f->value)
            continue;
        f->begun = true;
        f->kept = row.value = f->value;
        g_array_append_val(c->steps, row);
    }
    g_array_set_size(c->touched, 0);
}

static void step(struct collector *c, enum step_metric metric, uint32_t index, double value, double now_s)
{
    if (!(c->flags & COLLECT_STEPS))
        return;
    if (c->touched->len && g_array_index(c->touched, struct step, 0).time_s != now_s)
        end_instant(c);

    struct step_function *f = &AT(c->step_functions[metric], struct step_function, index);
    if (!f->touched && !(f->begun && f->value == value)) {
        struct step row = {.time_s = now_s, .index = index, .metric = metric};
        g_array_append_val(c->touched, row);
        f->touched = true;
    }
    f->value = value;
}

/* What is told most often, if no rows are made of it. */
static void count_status(void *ctx, const struct status *status)
{
    struct collector *c = ctx;

    AT(c->n_events, guint, status->id)++;
    if (digest_wants_event(status->id) && c->flags & COLLECT_DIGEST)
        digest_add_event(*c->digest, status->id, status->site);
}

static void on_status(void *ctx, const struct status *status)
{
    struct collector *c = ctx;

    count_status(ctx, status);
    struct event_row row = {.time_s = status->time_s,
                            .site = status->site,
                            .object = status->object,
                            .package = status->package,
                            .version = status->version,
                            .attempt = status->attempt,
                            .id = (uint16_t)status->id,
                            .component = (uint8_t)status->component};
    g_array_append_val(c->events, row);
}

static const struct transfer_row no_row = {
    .limit_link = -1, .bound_link = -1, .to_dp = -1, .finished_s = NAN, .started_s = NAN};

static struct transfer_row *row_of(struct collector *c, const struct transfer *t)
{
    uint32_t *row = &AT(c->row_of_transfer, uint32_t, t->id);

    if (!*row) {
        struct transfer_row fresh = no_row;

        fresh.id = t->id;
        g_array_append_val(c->transfers, fresh);
        *row = c->transfers->len;
    }
    return &g_array_index(c->transfers, struct transfer_row, *row - 1);
}

static uint32_t index_of_row(const struct collector *c, const struct transfer_row *row)
{
    return (uint32_t)(row - (const struct transfer_row *)(const void *)c->transfers->data);
}

static int32_t index_of_link(const struct collector *c, const struct sim_link *link)
{
    const struct hierarchy_link *owner = link ? link->owner : NULL;
    if (owner && owner->index < c->n_links && c->links[owner->index] == owner)
        return (int32_t)owner->index;
    return c->link_index ? (int32_t)GPOINTER_TO_UINT(g_hash_table_lookup(c->link_index, link)) - 1 : -1;
}

/* What held it back, and how much: into the row, and to what is known of links. */
static void take_down_bounds(struct collector *c, struct transfer_row *row, const struct transfer *t)
{
    struct transfer_bound bound;

    row->window_bytes = row->max_rate_bytes = 0;
    row->limited_bytes = t->limited_bytes;
    row->limit_kind = (uint8_t)t->limit_kind;
    row->bound_link = -1;
    row->bound_link_bytes = 0;
    row->link_bound_bytes = 0;
    for (uint32_t i = 0; transfer_bound(t, i, &bound); i++) {
        if (!(bound.bytes > 0))
            continue;
        if (!bound.link) {
            *(bound.kind == LIMIT_WINDOW ? &row->window_bytes : &row->max_rate_bytes) += bound.bytes;
            continue;
        }
        int32_t index = index_of_link(c, bound.link);

        row->link_bound_bytes += bound.bytes;
        if (index < 0)
            continue;
        if (bound.bytes > row->bound_link_bytes) {
            row->bound_link = index;
            row->bound_link_bytes = bound.bytes;
        }
        struct link_stats *stats = &AT(c->link_stats, struct link_stats, (uint32_t)index);
        double share = t->bytes_moved > 0 ? bound.bytes / t->bytes_moved : 0;

        stats->bound_bytes += bound.bytes;
        stats->bound_s += t->in_state_s[TRANSFER_MOVING] * (share < 1 ? share : 1);
    }
}

/* All but what the link is that held it back most. */
static void take_down(struct collector *c, struct transfer_row *row, const struct transfer *t)
{
    row->kind = (uint8_t)t->kind;
    row->state = (uint8_t)t->state;
    row->priority = (uint8_t)t->priority;
    row->package = t->package;
    row->version = t->version;
    row->from = t->from;
    row->to = t->to;
    if (t->kind != TRANSFER_SEND_REQUEST && t->owner)
        row->to_dp = (int32_t)((const struct distribution_point *)t->owner)->index;
    row->reason = t->reason;
    row->again = t->again;
    row->attempts = t->attempts;
    row->bytes = t->bytes;
    row->bytes_moved = t->bytes_moved;
    row->bytes_resent = t->bytes_resent;
    row->created_s = t->created_s;
    row->started_s = t->started_s;
    row->finished_s = t->finished_s;
    row->line_blocked_s = t->line_full_s;
    row->closed_s = t->closed_s;
    memcpy(row->in_state_s, t->in_state_s, sizeof row->in_state_s);
    row->ended = true;
    take_down_bounds(c, row, t);
}

static void take_down_limit(const struct collector *c, struct transfer_row *row, const struct transfer *t)
{
    const struct sim_link *link = NULL;

    row->limit = (uint8_t)transfer_limited_by(t, &link);
    row->limit_link = row->limit == LIMIT_LINK ? index_of_link(c, link) : -1;
}

/* What held it back is counted for all tries together, or from 0 again when a download changes its source: of this one
 * it is what comes on top of what there is now. */
static void motion_begins(struct collector *c, uint32_t row, const struct transfer *t, double now_s)
{
    struct motion_row motion = {.row = row,
                                .from_s = now_s,
                                .to_s = NAN,
                                .from = t->from,
                                .cap_kind = (uint8_t)t->cap_kind,
                                .cap_bound_bytes = -t->flow.cap_bound_bytes,
                                .limited_bytes = -t->limited_bytes,
                                .first_hop = c->hops->len,
                                .n_hops = t->flow.n_hops};

    for (uint32_t i = 0; i < t->flow.n_hops; i++) {
        const struct sim_hop *hop = &t->flow.hops[i];
        struct hop_row way = {index_of_link(c, hop->link), -hop->bound_bytes};
        g_array_append_val(c->hops, way);
    }
    g_array_append_val(c->motions, motion);
    AT(c->motion_of, uint32_t, row) = c->motions->len;
}

/* The motion of the try that lasts, NULL: it has none. */
static struct motion_row *motion_of(struct collector *c, uint32_t row)
{
    uint32_t motion = AT(c->motion_of, uint32_t, row);

    return motion ? &g_array_index(c->motions, struct motion_row, motion - 1) : NULL;
}

/* Of a copy the motion has ended before, when the last file arrived. */
static void motion_stops(struct motion_row *motion, double now_s)
{
    if (motion && isnan(motion->to_s))
        motion->to_s = now_s;
}

static void try_with_motion_ends(struct collector *c, uint32_t row, const struct attempt *attempt)
{
    const struct transfer *t = attempt->transfer;
    struct motion_row *motion = motion_of(c, row);

    if (!motion)
        return;
    motion_stops(motion, attempt->ended_s);
    motion->bytes = attempt->bytes;
    motion->outcome = attempt->outcome;
    motion->cap_bound_bytes += t->flow.cap_bound_bytes;
    motion->limited_bytes += t->limited_bytes;
    motion->limit_kind = (uint8_t)t->limit_kind;
    for (uint32_t i = 0; i < motion->n_hops; i++)
        g_array_index(c->hops, struct hop_row, motion->first_hop + i).bound_bytes += t->flow.hops[i].bound_bytes;
    AT(c->motion_of, uint32_t, row) = 0;
}

/* Its row is only passed on. */
static void digest_transfer(struct collector *c, const struct transfer *t, double now_s)
{
    struct transfer_row row;

    if (!(c->flags & COLLECT_DIGEST))
        return;

    row.id = t->id;
    row.to_dp = row.limit_link = -1;
    row.limit = LIMIT_NONE;
    take_down(c, &row, t);
    if (!transfer_ended(t->state))
        row.in_state_s[t->state] += now_s - t->entered_s;
    digest_add_transfer(*c->digest, &row, now_s);
}

static void on_transfer_changed(void *ctx, const struct transfer *t, enum transfer_state from, double now_s)
{
    struct collector *c = ctx;
    struct transfer_row *row = row_of(c, t);
    if (c->flags & COLLECT_STORIES) {
        bool ended = transfer_ended(t->state);
        struct change_row change = {.time_s = now_s,
                                    .row = index_of_row(c, row),
                                    .state = (uint8_t)t->state,
                                    .holds = !ended && sim_holding(&t->waiter),
                                    .from = t->from};
        g_array_append_val(c->changes, change);
        row->package = t->package;
        row->from = t->from;
        row->to = t->to;
        row->kind = (uint8_t)t->kind;
        if (from == TRANSFER_MOVING)
            motion_stops(motion_of(c, change.row), now_s);
        if (t->state == TRANSFER_MOVING)
            motion_begins(c, change.row, t, now_s);
    }
    if (transfer_ended(t->state)) {
        take_down(c, row, t);
        take_down_limit(c, row, t);
        digest_transfer(c, t, now_s);
    }
}

static void count_transfer(void *ctx, const struct transfer *t, enum transfer_state from, double now_s)
{
    (void)from;
    if (transfer_ended(t->state))
        digest_transfer(ctx, t, now_s);
}

static void on_transfer_open(void *ctx, const struct transfer *t, double now_s)
{
    struct collector *c = ctx;

    digest_transfer(c, t, now_s);
    if (!(c->flags & COLLECT_TRANSFERS))
        return;
    struct transfer_row *row = row_of(c, t);
    take_down(c, row, t);
    take_down_limit(c, row, t);
    row->in_state_s[t->state] += now_s - t->entered_s;
}

static void on_attempt_ended(void *ctx, const struct attempt *attempt)
{
    struct collector *c = ctx;

    if (c->flags & COLLECT_DIGEST)
        digest_add_attempt(*c->digest, attempt->transfer->kind, attempt->outcome);
    if (!(c->flags & COLLECT_ATTEMPTS))
        return;
    struct attempt_row row = {.transfer = attempt->transfer->id,
                              .row = UINT32_MAX,
                              .attempt = attempt->attempt,
                              .thread = attempt->thread,
                              .outcome = attempt->outcome,
                              .started_s = attempt->started_s,
                              .ended_s = attempt->ended_s,
                              .bytes = attempt->bytes};
    if (c->flags & COLLECT_TRANSFERS)
        row.row = index_of_row(c, row_of(c, attempt->transfer));
    g_array_append_val(c->attempts, row);
    if (c->flags & COLLECT_STORIES)
        try_with_motion_ends(c, row.row, attempt);
}

/* ---- stories ---- */

struct telling {
    GArray *story; /* NULL: only sums */
    double *cause_s;
    const char *site, *dp;
    const struct delivery *delivery;
};

/* Other than what its transfers moved: a version is taken in whole, but only its delta may have come to be unpacked. */
static double worked_bytes(const struct telling *telling, const struct leg *leg, enum cause cause)
{
    if (cause == CAUSE_SNAPSHOT)
        return (leg ? leg->from : telling->delivery->at)->version->bytes;
    return cause == CAUSE_DESPOOLING ? leg->content_bytes : NAN;
}

static void tell(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    const struct telling *telling = ctx;
    struct story_row row = {.from_s = span->from_s,
                            .to_s = span->to_s,
                            .other_s = span->other_s,
                            .bytes = worked_bytes(telling, leg, span->cause),
                            .cause = (uint8_t)span->cause,
                            .other = (uint8_t)span->other,
                            .on_the_way = leg != NULL,
                            .from = leg ? leg->transfer.from : telling->site,
                            .to = leg ? leg->transfer.to : telling->dp};

    cause_span_add(span, telling->cause_s);
    if (telling->story)
        g_array_append_val(telling->story, row);
}

/* The delivery has been delivered, has failed, or is as it is when the run ends. Of those that have only just been
 * asked for there is nothing to tell. */
static void story_ends(struct collector *c, struct delivery_row *row, const struct delivery_news *news, double now_s)
{
    row->until_s = now_s;
    if (!(c->flags & COLLECT_STORIES) || now_s <= row->requested_s)
        return;
    struct telling telling = {.cause_s = row->cause_s,
                              .site = scenario_site(c->scenario, (int32_t)row->site)->code,
                              .dp = scenario_dp(c->scenario, row->dp)->name,
                              .delivery = news->delivery};
    if (!c->wants_story || c->wants_story(c->wants_ctx, news->number, row))
        telling.story = g_array_new(FALSE, FALSE, sizeof(struct story_row));
    memset(row->cause_s, 0, sizeof row->cause_s);
    delivery_walk(news->delivery, now_s, tell, &telling);
    if (telling.story)
        g_hash_table_insert(c->stories, g_memdup2(&news->number, sizeof news->number), telling.story);
}

/* It may be asked for while the content is on its way for others already, and be called off while it still is. */
static void note_progress(struct collector *c, const struct delivery *delivery, double now_s)
{
    const struct leg *leg = delivery ? delivery->at->inbound : NULL;

    for (; leg; leg = leg->brought_by ? leg->brought_by : leg->from->inbound) {
        if (!leg->handed_over || leg->transfer.state != TRANSFER_MOVING)
            continue;
        uint32_t motion = AT(c->motion_of, uint32_t, index_of_row(c, row_of(c, &leg->transfer)));
        struct progress_row row = {now_s, sender_moved(&leg->transfer) - leg->transfer.attempt_bytes, motion - 1};
        if (motion) /* which it is not any more when the run has ended */
            g_array_append_val(c->progress, row);
    }
}

/* ---- where deliveries spend their time ---- */

struct place {
    struct collector *c;
    const struct delivery *delivery;
    double *cause_s; /* of the delivery */
};

static void add_shares(const struct place *place, const struct delivery_share *shares, uint32_t n)
{
    double *places_s = place->c->places_s, *cause_s = place->cause_s, total_s = place->c->places_total_s;

    for (const struct delivery_share *share = shares; share < shares + n; share++) {
        double rest_s = share->took_s;

        if (share->other_s != 0) {
            places_s[share->site * N_CAUSES + share->other] += share->other_s;
            cause_s[share->other] += share->other_s;
            rest_s -= share->other_s;
        }
        places_s[share->site * N_CAUSES + share->cause] += rest_s;
        cause_s[share->cause] += rest_s;
        total_s += share->took_s;
    }
    place->c->places_total_s = total_s;
}

static void take_place(void *ctx, const struct leg *leg, const struct cause_span *span)
{
    const struct place *place = ctx;
    const struct delivery_share share = delivery_share_of(place->delivery, leg, span);

    add_shares(place, &share, 1);
}

/* Adds to cause_s what each cause took of the delivery's time. */
static void places_end(struct collector *c, const struct delivery_news *news, double now_s, double *cause_s)
{
    const struct place place = {c, news->delivery, cause_s};
    struct delivery_share own[FEW_SHARES];

    if (!(c->flags & COLLECT_PLACES) || !news->delivery || now_s <= news->requested_s ||
        news->state == DELIVERY_CANCELLED)
        return;
    c->n_placed++;
    const struct legs_account *legs = delivery_legs(news->delivery);
    uint32_t n_own = legs ? delivery_own(news->delivery, legs, now_s, own) : UINT32_MAX;
    if (n_own == UINT32_MAX) {
        delivery_walk(news->delivery, now_s, take_place, (void *)(uintptr_t)&place);
        return;
    }
    add_shares(&place, legs->shares, legs->n);
    add_shares(&place, own, n_own);
}

GArray *collector_story(const struct collector *c, uint64_t number)
{
    return g_hash_table_lookup(c->stories, &number);
}

void collector_drop_story(struct collector *c, uint64_t number)
{
    g_hash_table_remove(c->stories, &number);
}

static void story_free(gpointer story)
{
    g_array_unref(story);
}

/* Versions of a package are asked for one after the other. */
static uint16_t count_request(struct collector *c, const struct delivery_news *news)
{
    int64_t key = (int64_t)news->package * c->scenario->distribution_points->len + news->dp; /* many, all unlike */
    guint last = GPOINTER_TO_UINT(g_hash_table_lookup(c->last_request, &key));
    const struct delivery_row *before = last ? collector_delivery(c, last - 1) : NULL;

    g_hash_table_insert(c->last_request, g_memdup2(&key, sizeof key), GUINT_TO_POINTER((guint)news->number + 1));
    return before && before->version == news->version ? (uint16_t)MIN(before->request + 1, UINT16_MAX) : 1;
}

/* Each delivery once: when it is on its distribution point, has failed or is cancelled, or as it is when the run ends.
 * (The observer is brief: what comes later of those delivered is not told.) */
static void digest_delivery(struct collector *c, const struct delivery_news *news, double now_s)
{
    double cause_s[N_CAUSES] = {0};

    if (news->state == DELIVERY_OPEN && !c->closing)
        return;
    const struct delivery_fact fact = {.package = news->package,
                                       .dp = news->dp,
                                       .site = news->site,
                                       .state = news->state,
                                       .reason = news->reason,
                                       .failure = news->failure};
    places_end(c, news, now_s, cause_s);
    digest_add_delivery(*c->digest, &fact, news->bytes, cause_s);
}

static void on_delivery_changed(void *ctx, const struct delivery_news *news, double now_s)
{
    struct collector *c = ctx;

    if (c->flags & COLLECT_DIGEST)
        digest_delivery(c, news, now_s);
    if (!(c->flags & COLLECT_DELIVERIES))
        return;
    struct delivery_row *row = &AT(c->deliveries, struct delivery_row, news->number);
    bool had_it = row->known && !isnan(row->on_dp_s);

    if (!row->known && c->flags & COLLECT_STORIES)
        row->request = count_request(c, news);
    row->known = true;
    row->package = news->package;
    row->version = news->version;
    row->dp = news->dp;
    row->site = news->site;
    row->state = news->state;
    row->reason = news->reason;
    row->failure = news->failure;
    row->requested_s = news->requested_s;
    row->on_dp_s = news->on_dp_s;
    row->site_knows_s = news->site_knows_s;
    row->central_knows_s = news->central_knows_s;
    row->bytes = news->bytes;
    for (int i = 0; i < N_CAUSES; i++)
        if (news->cause_s || !had_it)
            row->cause_s[i] = news->cause_s ? news->cause_s[i] : NAN;
    if (!had_it && c->flags & COLLECT_STORIES)
        note_progress(c, news->delivery, now_s);
    if (!had_it) {
        double cause_s[N_CAUSES] = {0};

        story_ends(c, row, news, now_s);
        places_end(c, news, now_s, cause_s);
    }
    if (!had_it && !isnan(row->on_dp_s) && news->package < c->scenario->packages->len)
        step(c, STEP_DELIVERED, news->package, ++c->delivered[news->package], now_s);
}

static void on_pool_changed(void *ctx, uint32_t pool, double in_use, double waiting, double closed, double now_s)
{
    struct collector *c = ctx;
    bool had_closed = AT(c->step_functions[STEP_POOL_CLOSED], struct step_function, pool).value > 0;

    step(c, STEP_POOL_IN_USE, pool, in_use, now_s);
    step(c, STEP_POOL_WAITING, pool, waiting, now_s);
    if (closed > 0 || had_closed) /* few have schedules */
        step(c, STEP_POOL_CLOSED, pool, closed, now_s);
}

static inline void link_until(struct link_stats *stats, double now_s)
{
    double passed_s = now_s - stats->since_s;

    stats->since_s = now_s;
    if (passed_s <= 0)
        return;
    stats->capacity_bytes += stats->capacity_bytes_per_s * passed_s;
    if (stats->rate_bytes_per_s > 0) {
        stats->bytes += stats->rate_bytes_per_s * passed_s;
        stats->busy_s += passed_s;
        stats->busy_capacity_bytes += stats->capacity_bytes_per_s * passed_s;
        if (stats->rate_bytes_per_s >= full_share * stats->capacity_bytes_per_s)
            stats->full_s += passed_s;
    }
}

static void outage_begins_or_ends(struct collector *c, uint32_t link, struct link_stats *stats, double now_s)
{
    if (stats->outage) {
        g_array_index(c->outages, struct outage, stats->outage - 1).to_s = now_s;
        stats->outage = 0;
    } else {
        struct outage outage = {link, now_s, INFINITY};
        g_array_append_val(c->outages, outage);
        stats->outage = c->outages->len;
    }
}

static void on_link_changed(void *ctx, uint32_t link, double bytes_per_s, double capacity_bytes_per_s, double now_s)
{
    struct collector *c = ctx;
    struct link_stats *stats = &AT(c->link_stats, struct link_stats, link);

    link_until(stats, now_s);
    if ((stats->outage != 0) != !(capacity_bytes_per_s > 0))
        outage_begins_or_ends(c, link, stats, now_s);
    stats->rate_bytes_per_s = bytes_per_s;
    stats->capacity_bytes_per_s = capacity_bytes_per_s;
    stats->max_bytes_per_s = MAX(stats->max_bytes_per_s, bytes_per_s);
    if (c->flags & COLLECT_STEPS && collector_keeps_steps_of_link(c, link)) {
        step(c, STEP_LINK_RATE, link, bytes_per_s, now_s);
        step(c, STEP_LINK_CAPACITY, link, capacity_bytes_per_s, now_s);
    }
}

bool collector_keeps_steps_of_link(const struct collector *c, uint32_t link)
{
    return link < c->n_links && c->keeps_steps[link];
}

static void add_sources(GHashTable *serving, const struct scenario *scenario, const GArray *sources)
{
    for (guint i = 0; sources && i < sources->len; i++) {
        int32_t dp = g_array_index(sources, struct pull_source_spec, i).dp;
        g_hash_table_add(serving, scenario_dp(scenario, (uint32_t)dp)->name);
    }
}

/* What many share can be what holds all of them back: sites, and these distribution points, from which others pull. */
static GHashTable *names_of_those_serving(const struct scenario *scenario)
{
    GHashTable *serving = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < scenario->distribution_points->len; i++)
        add_sources(serving, scenario, scenario_dp(scenario, i)->sources);
    for (guint i = 0; scenario->actions && i < scenario->actions->len; i++)
        add_sources(serving, scenario, g_array_index(scenario->actions, struct action_spec, i).sources);
    return serving;
}

static bool worth_steps(const struct hierarchy_link *link, GHashTable *serving)
{
    switch (link->kind) {
    case LINK_ACCESS_UP:
    case LINK_ACCESS_DOWN:
    case LINK_ROUTE:
    case LINK_SENDER:
        return true;
    default:
        return !link->of_dp || g_hash_table_contains(serving, link->entity);
    }
}

struct collector *collector_new(const struct scenario *scenario, unsigned flags)
{
    struct collector *c = g_new0(struct collector, 1);

    c->observer =
        (struct observer){.ctx = c,
                          .brief = !(flags & COLLECT_DELIVERIES),
                          .status = flags & COLLECT_EVENTS ? on_status : count_status,
                          .transfer_changed = flags & COLLECT_TRANSFERS ? on_transfer_changed : count_transfer,
                          .transfer_open = on_transfer_open,
                          .attempt_ended = on_attempt_ended,
                          .delivery_changed = on_delivery_changed,
                          .pool_changed = flags & COLLECT_STEPS ? on_pool_changed : NULL,
                          .link_changed = on_link_changed};
    c->scenario = scenario;
    c->flags = flags;
    c->ended_s = NAN;
    c->transfers = g_array_new(FALSE, TRUE, sizeof(struct transfer_row));
    c->attempts = g_array_new(FALSE, TRUE, sizeof(struct attempt_row));
    c->deliveries = g_array_new(FALSE, TRUE, sizeof(struct delivery_row));
    c->events = g_array_new(FALSE, TRUE, sizeof(struct event_row));
    c->steps = g_array_new(FALSE, TRUE, sizeof(struct step));
    c->link_stats = g_array_new(FALSE, TRUE, sizeof(struct link_stats));
    c->n_events = g_array_new(FALSE, TRUE, sizeof(guint));
    c->changes = g_array_new(FALSE, TRUE, sizeof(struct change_row));
    c->hops = g_array_new(FALSE, TRUE, sizeof(struct hop_row));
    c->motions = g_array_new(FALSE, FALSE, sizeof(struct motion_row));
    c->progress = g_array_new(FALSE, FALSE, sizeof(struct progress_row));
    c->motion_of = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    c->outages = g_array_new(FALSE, TRUE, sizeof(struct outage));
    c->places_s = g_new0(double, N_CAUSES *(scenario->sites ? scenario->sites->len : 0));
    c->stories = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, story_free);
    c->last_request = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    c->row_of_transfer = g_array_new(FALSE, TRUE, sizeof(uint32_t));
    for (int i = 0; i < N_STEP_METRICS; i++)
        c->step_functions[i] = g_array_new(FALSE, TRUE, sizeof(struct step_function));
    c->touched = g_array_new(FALSE, FALSE, sizeof(struct step));
    c->delivered = g_new0(uint32_t, scenario->packages ? scenario->packages->len : 0);
    c->site_index = g_hash_table_new(g_str_hash, g_str_equal);
    c->dp_index = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; scenario->sites && i < scenario->sites->len; i++)
        g_hash_table_insert(c->site_index, scenario_site(scenario, (int32_t)i)->code, GUINT_TO_POINTER(i + 1));
    for (guint i = 0; scenario->distribution_points && i < scenario->distribution_points->len; i++)
        g_hash_table_insert(c->dp_index, scenario_dp(scenario, i)->name, GUINT_TO_POINTER(i + 1));
    c->digest = g_new0(struct digest *, 1);
    if (flags & COLLECT_DIGEST)
        *c->digest = digest_new(c);
    return c;
}

void collector_free(struct collector *c)
{
    if (!c)
        return;
    digest_free(*c->digest);
    g_free(c->digest);
    GArray *arrays[] = {c->transfers,  c->attempts, c->deliveries,      c->events,    c->steps,
                        c->link_stats, c->n_events, c->row_of_transfer, c->changes,   c->hops,
                        c->touched,    c->outages,  c->motions,         c->motion_of, c->progress};
    for (size_t i = 0; i < G_N_ELEMENTS(arrays); i++)
        g_array_unref(arrays[i]);
    for (int i = 0; i < N_STEP_METRICS; i++)
        g_array_unref(c->step_functions[i]);
    g_hash_table_unref(c->stories);
    g_hash_table_unref(c->last_request);
    g_hash_table_unref(c->site_index);
    g_hash_table_unref(c->dp_index);
    if (c->link_index)
        g_hash_table_unref(c->link_index);
    g_free(c->keeps_steps);
    g_free(c->places_s);
    g_free(c->delivered);
    g_free(c);
}

void collector_attach(struct collector *c, const struct hierarchy_pool *pools, uint32_t n_pools,
                      struct hierarchy_link *const *links, uint32_t n_links, double now_s)
{
    c->pools = pools;
    c->n_pools = n_pools;
    c->links = links;
    c->n_links = n_links;
    c->link_index = g_hash_table_new(NULL, NULL);
    c->keeps_steps = g_new0(bool, n_links);
    g_autoptr(GHashTable) serving = names_of_those_serving(c->scenario);

    for (uint32_t i = 0; i < n_links; i++) {
        g_hash_table_insert(c->link_index, &links[i]->link, GUINT_TO_POINTER(i + 1));
        c->keeps_steps[i] = worth_steps(links[i], serving);
    }
    for (uint32_t i = 0; i < n_pools; i++)
        on_pool_changed(c, i, pools[i].slots->in_use.value, pools[i].slots->waiting.value, pools[i].slots->n_shut_out,
                        now_s);
    for (uint32_t i = 0; i < n_links; i++)
        on_link_changed(c, i, links[i]->link.rate.value, links[i]->link.up ? links[i]->link.capacity_bytes_per_s : 0,
                        now_s);
}

void collector_end(struct collector *c, double now_s)
{
    for (guint i = 0; i < c->link_stats->len; i++)
        link_until(&g_array_index(c->link_stats, struct link_stats, i), now_s);
    end_instant(c);
    c->ended_s = now_s;
}

void collector_closes(struct collector *c)
{
    c->closing = true;
}

uint32_t collector_n_deliveries(const struct collector *c)
{
    if (c->flags & COLLECT_DELIVERIES)
        return c->deliveries->len;
    return c->hierarchy ? hierarchy_n_deliveries(c->hierarchy) : 0;
}

bool collector_fact(const struct collector *c, uint32_t number, struct delivery_fact *fact)
{
    if (c->flags & COLLECT_DELIVERIES) {
        const struct delivery_row *row = collector_delivery(c, number);
        *fact = (struct delivery_fact){row->package,         row->dp,          row->site,    row->state,
                                       row->reason,          row->requested_s, row->on_dp_s, row->site_knows_s,
                                       row->central_knows_s, row->failure};
        return row->known;
    }
    const struct delivery_news news = hierarchy_delivery(c->hierarchy, number);
    *fact = (struct delivery_fact){news.package,     news.dp,      news.site,         news.state,           NULL,
                                   news.requested_s, news.on_dp_s, news.site_knows_s, news.central_knows_s, NULL};
    return true;
}

/* From the rows, in their order. */
static struct digest *digest_of_rows(const struct collector *c)
{
    struct digest *digest = digest_new(c);
    struct delivery_fact fact;

    for (guint i = 0; i < c->transfers->len; i++)
        digest_add_transfer(digest, collector_transfer(c, i), c->ended_s);
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *row = collector_attempt(c, i);
        if (row->row < c->transfers->len)
            digest_add_attempt(digest, (enum transfer_kind)collector_transfer(c, row->row)->kind, row->outcome);
    }
    for (guint i = 0; i < c->events->len; i++)
        digest_add_event(digest, (enum status_id)collector_event(c, i)->id, collector_event(c, i)->site);
    for (guint i = 0; i < c->deliveries->len; i++)
        if (collector_fact(c, i, &fact))
            digest_add_delivery(digest, &fact, collector_delivery(c, i)->bytes, collector_delivery(c, i)->cause_s);
    return digest;
}

struct digest *collector_digest(const struct collector *c)
{
    if (!*c->digest && c->flags & (COLLECT_TRANSFERS | COLLECT_DELIVERIES))
        *c->digest = digest_of_rows(c);
    return *c->digest;
}

static int32_t index_of(GHashTable *names, const char *name)
{
    return name ? (int32_t)GPOINTER_TO_UINT(g_hash_table_lookup(names, name)) - 1 : -1;
}

int32_t collector_site(const struct collector *c, const char *code)
{
    return index_of(c->site_index, code);
}

int32_t collector_dp(const struct collector *c, const char *name)
{
    return index_of(c->dp_index, name);
}

guint collector_count(const struct collector *c, enum status_id id)
{
    return (guint)id < c->n_events->len ? g_array_index(c->n_events, guint, id) : 0;
}
