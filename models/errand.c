/* What an action leads to: deliveries and legs (delivery.h), carried from component to component until they end. */
#include <math.h>

#include "models/hierarchy_parts.h"

/* D6: the central site only passes on what primaries send to one another. */
static bool parks(const struct site *site, bool is_source)
{
    return site->spec->type == SITE_CENTRAL && site->hierarchy->scenario->generation == GENERATION_2012 && !is_source;
}

static struct site_package *package_at(struct site *site, struct package *package)
{
    struct site_package **sp = &site->packages[package->index];
    if (!*sp) {
        struct hierarchy *h = site->hierarchy;
        int32_t source = package->spec->source_site;
        bool is_source = source == site->index;
        *sp = sim_memory_take(h->sim->memory, sizeof **sp);
        site_package_init(*sp, &site->distribution_manager, package, is_source, parks(site, is_source));
        if (!is_source)
            (*sp)->upstream = package_at(next_towards(h, site, source), package);
    }
    return *sp;
}

struct site_version *version_at(struct site *site, struct version *version)
{
    return site_package_version(package_at(site, version->package), version);
}

void hierarchy_tell(struct hierarchy *h, int32_t site, enum component component, enum status_id id,
                    const struct version *version, const char *object)
{
    const struct status status = {
        .time_s = sim_now(h->sites[site].sim),
        .site = h->sites[site].spec->code,
        .component = component,
        .id = id,
        .package = version->package->index,
        .version = version->number,
        .object = object,
    };
    h->observer->status(h->observer->ctx, &status);
}

/* ---- deliveries ---- */

static struct hierarchy *hierarchy_of(const struct delivery *delivery)
{
    return site_of(delivery->at->sp)->hierarchy;
}

static struct sim *sim_of(const struct delivery *delivery)
{
    return site_of(delivery->at->sp)->sim;
}

static struct delivery_news news_of(const struct delivery *delivery, enum delivery_state state, const char *reason)
{
    const struct transfer *job = delivery_job(delivery);
    struct delivery_news news = hierarchy_delivery(hierarchy_of(delivery), delivery->number);
    news.state = state;
    news.reason = reason;
    news.bytes = job ? transfer_manager_moved(job) : delivery->work ? delivery->work->bytes : 0;
    news.delivery = delivery;
    return news;
}

static void tell(const struct delivery *delivery, const struct delivery_news *news)
{
    struct hierarchy *h = hierarchy_of(delivery);
    h->observer->delivery_changed(h->observer->ctx, news, sim_now(sim_of(delivery)));
}

void delivery_tell(const struct delivery *delivery, enum delivery_state state, const char *reason)
{
    const struct delivery_news news = news_of(delivery, state, reason);
    tell(delivery, &news);
}

/* The last one takes with it what they share. */
static void no_longer_open(struct site_version *at)
{
    if (--at->n_open == 0)
        legs_account_drop(at);
    work_ends(at->sp);
}

/* It will not be delivered. */
static void delivery_ends(struct delivery *delivery, enum delivery_state state, const char *reason)
{
    delivery->state = (uint8_t)state;
    site_package_drop_delivery(delivery->at->sp, delivery);
    delivery_tell(delivery, state, reason);
    cause_log_clear(hierarchy_of(delivery)->sim->memory, &delivery->log);
    if (delivery->work && !sim_scheduled(&delivery->work->event))
        delivery_work_ends(delivery);
    no_longer_open(delivery->at);
}

static const char superseded[] = "superseded";
const char reason_removed[] = "removed";

/* A site has been told of the newer delivery: older ones that no thread has taken up are not wanted any more. */
static void supersede_untaken(const struct delivery *newer)
{
    for (struct delivery *older = delivery_replaces(newer); older; older = delivery_replaces(older))
        if (older->state == DELIVERY_OPEN && !older->taken_up)
            delivery_ends(older, DELIVERY_CANCELLED, superseded);
}

static void submit_job(struct delivery *delivery)
{
    struct hierarchy *h = hierarchy_of(delivery);
    struct site *site = site_of(delivery->at->sp);
    const struct package *package = delivery->at->version->package;
    bool pulls = delivery->dp->pulls;
    struct transfer *job = pulls ? pull_job_new(site->sim) : sim_memory_take0(site->sim->memory, sizeof *job);
    job->package = package->index;
    job->version = delivery->at->version->number;
    job->from = site->spec->code;
    job->to = delivery->dp->spec->name;
    job->priority = package->spec->priority;
    job->log = &delivery->log;
    job->again = delivery->again;
    job->errand = delivery;
    delivery_work(delivery)->job = job;
    transfer_init(site->sim, job, pulls ? TRANSFER_PULL_JOB : TRANSFER_DP_JOB, TRANSFER_WAITING, h->observer);
    if (pulls)
        pull_submit(delivery->dp->pull, job);
    else
        transfer_manager_submit(&site->transfer_manager, job, delivery->dp);
}

static void job_free(struct transfer *job)
{
    if (job && job->kind == TRANSFER_PULL_JOB) {
        pull_job_free(job);
        return;
    }
    if (!job)
        return;
    const struct distribution_point *dp = job->owner;
    sim_flow_clear(&job->flow);
    sim_memory_give(dp->manager->sim->memory, job, sizeof *job);
}

static bool withdraw_job(struct transfer *job, const char *reason)
{
    return job->kind == TRANSFER_PULL_JOB ? pull_withdraw(job, reason) : transfer_manager_withdraw(job, reason);
}

bool delivery_withdraw(struct delivery *delivery, const char *reason)
{
    struct transfer *job = delivery_job(delivery);
    if (job) {
        if (!withdraw_job(job, reason))
            return false;
        delivery->work->bytes = job->bytes_moved;
        g_clear_pointer(&delivery->work->job, job_free);
    }
    delivery_ends(delivery, DELIVERY_CANCELLED, reason);
    return true;
}

/* A copy of an older version to the same point is never broken off: the newer job waits for its end. */
static void job_due(struct delivery *delivery)
{
    struct delivery *ahead = NULL;
    for (struct delivery *older = delivery_replaces(delivery); older; older = delivery_replaces(older)) {
        if (older->state != DELIVERY_OPEN)
            continue;
        if (!delivery_withdraw(older, superseded))
            ahead = older;
    }
    if (ahead) {
        delivery_ties(ahead)->next = delivery;
        delivery_job(ahead)->outdated = true;
        cause_log_switch(sim_of(delivery)->memory, &delivery->log, sim_now(sim_of(delivery)), CAUSE_EARLIER_COPY_WAIT);
    } else {
        submit_job(delivery);
    }
}

/* The content is there, or will not be: what waited for that goes on. */
static void next_in_turn(struct delivery *delivery)
{
    struct delivery_ties *ties = delivery->ties;
    if (!ties)
        return;
    if (ties->removal)
        removal_goes_on(g_steal_pointer(&ties->removal));
    struct delivery *next = ties->next;
    if (next && next->state == DELIVERY_OPEN)
        submit_job(next);
}

/* Of standard and pull distribution points: the site has yet to learn of it. */
static void content_is_on_dp(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    struct hierarchy *h = hierarchy_of(delivery);
    double cause_s[N_CAUSES];
    struct delivery_news news = news_of(delivery, DELIVERY_DELIVERED, "");
    news.on_dp_s = sim_now(sim_of(delivery));
    if (!h->observer->brief) {
        delivery_causes(delivery, news.on_dp_s, cause_s);
        news.cause_s = cause_s;
    }
    tell(delivery, &news);
    cause_log_clear(h->sim->memory, &delivery->log); /* its story has been told */
    job->log = NULL;
    delivery->state = DELIVERY_DELIVERED;
    delivery->on_dp_s = news.on_dp_s;
    delivery->site_knows_s = NAN;
    delivery->work->bytes = job->bytes_moved;
    next_in_turn(delivery);
    no_longer_open(delivery->at);
}

/* What the distribution point reports is on its site's server. */
static void job_done(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    struct delivery_work *work = delivery->work;
    work->job = NULL;
    job_free(job);
    work->report.dp = delivery->dp->spec->name;
    work->report.package = delivery->at->version->package->index;
    status_manager_receive(&site_of(delivery->at->sp)->status_manager, &work->report);
}

static void on_dp(struct transfer *job)
{
    content_is_on_dp(job);
    job_done(job);
}

static void job_failed(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    const char *reason = job->reason;
    delivery->work->job = NULL;
    delivery->work->bytes = job->bytes_moved;
    job_free(job);
    if (delivery->state != DELIVERY_OPEN) {
        delivery->given_up = true; /* only the site does not know (L3) */
        return;
    }
    if (delivery->ties && delivery->ties->next)
        delivery_ends(delivery, DELIVERY_CANCELLED, superseded);
    else if (delivery->ties && delivery->ties->removal)
        delivery_ends(delivery, DELIVERY_CANCELLED, reason_removed);
    else
        delivery_ends(delivery, DELIVERY_FAILED, reason);
    next_in_turn(delivery);
}

static void job_cancelled(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    delivery->given_up = true;
}

/* Nothing will happen any more, but that the central site gets to know it then. */
static void site_is_done(struct delivery *delivery, double central_knows_s)
{
    delivery_work_ends(delivery);
    delivery->all_know = true;
    delivery->central_knows_s = central_knows_s;
}

static void central_knows(struct sim *sim, struct sim_event *event)
{
    struct delivery *delivery = SIM_OWNER(struct delivery_work, event, event)->delivery;
    struct delivery_news news = news_of(delivery, DELIVERY_DELIVERED, "");
    news.central_knows_s = sim_now(sim);
    tell(delivery, &news);
    site_is_done(delivery, sim_now(sim));
}

double notification_s(const struct site *site, const struct package *package)
{
    return luck_draw(site->hierarchy->luck, &site->spec->notification_delay_s, site->spec->code, "%s",
                     package->spec->id);
}

static double status_to_top_s(struct hierarchy *h, const struct delivery *delivery)
{
    static const char item[] = "%s version %u on %s";
    const char *package = delivery->at->version->package->spec->id, *dp = delivery->work->report.dp;
    uint32_t number = delivery->at->version->number;
    const struct site *top = &h->sites[h->top];
    return replication_s(h->scenario, h->luck, site_of(delivery->at->sp)->index, h->top, item, package, number, dp) +
           luck_draw(h->luck, &top->spec->notification_delay_s, top->spec->code, item, package, number, dp);
}

static void site_knows(struct status_report *report)
{
    struct delivery_work *work = SIM_OWNER(struct delivery_work, report, report);
    struct delivery *delivery = work->delivery;
    struct hierarchy *h = hierarchy_of(delivery);
    const struct site *site = site_of(delivery->at->sp);
    delivery->site_knows_s = sim_now(site->sim);
    delivery->given_up = false;
    hierarchy_tell(h, site->index, COMPONENT_DISTRIBUTION_MANAGER, STATUS_DISTRIBUTED, delivery->at->version,
                   report->dp);
    double delay_s = 0;
    if (site->index != h->top)
        delay_s = status_to_top_s(h, delivery);
    if (h->observer->brief) { /* which asks when the run is over */
        site_is_done(delivery, sim_now(site->sim) + delay_s);
        return;
    }
    delivery_tell(delivery, DELIVERY_DELIVERED, "");
    sim_event_init(&work->event, SIM_RANK_MODEL, central_knows);
    sim_schedule_after(site->sim, &work->event, delay_s);
}

static void site_knows_next(const struct status_report *report, unsigned step)
{
    const struct delivery_work *work = SIM_OWNER(const struct delivery_work, report, report);
    const struct delivery *delivery = work->delivery;
    if (step == 0)
        __builtin_prefetch(work);
    else if (step == 1)
        __builtin_prefetch(delivery, 1);
    else if (step == 2)
        __builtin_prefetch(delivery->at);
    else
        __builtin_prefetch(delivery->at->sp);
}

static struct delivery *next_delivery(struct deliveries *deliveries, struct sim_memory *memory)
{
    uint32_t place = deliveries->n % DELIVERIES_PER_BLOCK;
    if (place == 0)
        g_ptr_array_add(deliveries->blocks, sim_memory_take0(memory, DELIVERIES_PER_BLOCK * sizeof(struct delivery)));
    struct delivery *block = g_ptr_array_index(deliveries->blocks, deliveries->blocks->len - 1);
    block[place].number = deliveries->n++;
    return &block[place];
}

void deliveries_init(struct deliveries *deliveries)
{
    *deliveries = (struct deliveries){.blocks = g_ptr_array_new()};
}

void deliveries_clear(struct deliveries *deliveries)
{
    for (uint32_t i = 0; i < deliveries->n; i++) {
        struct delivery *block = g_ptr_array_index(deliveries->blocks, i / DELIVERIES_PER_BLOCK);
        struct delivery *delivery = &block[i % DELIVERIES_PER_BLOCK];
        job_free(delivery_job(delivery));
        delivery_clear(delivery);
    }
    g_ptr_array_unref(deliveries->blocks);
}

struct delivery *delivery_new(struct site_version *at, struct distribution_point *dp, bool again)
{
    struct hierarchy *h = site_of(at->sp)->hierarchy;
    struct target *target = target_of(h, at->version->package, dp->index);
    struct delivery *replaces = target_last(h, target);
    G_STATIC_ASSERT(sizeof(struct delivery) == 64);
    if (h->deliveries.n >= INT32_MAX - 1)
        sim_bug(h->sim, "more than %d deliveries", INT32_MAX);
    struct delivery *delivery = next_delivery(&h->deliveries, h->sim->memory);
    delivery->dp = dp;
    delivery->at = at;
    delivery->again = again;
    while (replaces && replaces->state != DELIVERY_OPEN)
        replaces = delivery_replaces(replaces);
    if (replaces)
        delivery_ties(delivery)->replaces = replaces;
    delivery->requested_s = sim_now(h->sim);
    delivery->content_s = NAN;
    if (at->sp->is_source || at->stored)
        cause_log_begin_with(h->sim->memory, &delivery->log, &at->first, delivery->requested_s, CAUSE_METADATA_WAIT);
    target->last = (delivery->number + 1) & INT32_MAX;
    target_want(h, at->sp, dp->index, true);
    at->n_open++;
    work_begins(at->sp);
    return delivery;
}

/* ---- legs ---- */

/* The leg over the same hop of the version before (NULL: none) or of one before that. */
static struct leg *leg_before_this(const struct leg *leg, uint32_t number)
{
    struct site_version *const *versions = leg->to->sp->versions;
    while (--number > 0) {
        const struct site_version *older = versions[number - 1];
        if (older && older->inbound && older->inbound->from->sp == leg->from->sp)
            return older->inbound;
    }
    return NULL;
}

/* A newer leg over the same hop for which this holds: it is handed over, or (told) its site has been told of it. */
static bool newer_leg(const struct leg *leg, bool told)
{
    const struct site_package *to = leg->to->sp;
    for (uint32_t i = leg->to->version->number; i < to->n_versions; i++) {
        const struct site_version *newer = to->versions[i];
        const struct leg *other = newer ? newer->inbound : NULL;
        if (other && other->from->sp == leg->from->sp && (other->handed_over || (told && other->told)))
            return true;
    }
    return false;
}

/* A send request that waits need not be sent any more. */
static void withdraw(struct leg *leg, const char *reason)
{
    struct site *from = site_of(leg->from->sp);
    struct transfer *t = &leg->transfer;
    if (!leg->handed_over)
        return;
    switch (t->state) {
    case TRANSFER_SCHEDULED:
    case TRANSFER_RESCHEDULED:
        scheduler_withdraw(&from->scheduler, t, reason);
        break;
    case TRANSFER_WAITING:
        sender_withdraw(t, reason);
        break;
    default:
        return; /* it has a thread, or has ended */
    }
    leg_ends(leg);
}

static void end_log(struct leg *leg)
{
    struct sim *sim = leg->from->sp->manager->sim;
    if (cause_log_now(&leg->log) != N_CAUSES)
        cause_log_end(sim->memory, &leg->log, sim_now(sim));
}

void leg_call_off(struct leg *leg)
{
    leg->unwanted = true;
    if (leg->handed_over) {
        withdraw(leg, reason_removed);
    } else if (!leg->taken_up) {
        if (leg->from->onward)
            g_ptr_array_remove(leg->from->onward, leg);
        site_package_drop_leg(leg->from->sp, leg);
        end_log(leg);
        leg_ends(leg);
    }
}

static void mini_job_due(struct leg *leg)
{
    struct site *from = site_of(leg->from->sp);
    struct hierarchy *h = from->hierarchy;
    const struct version *version = leg->from->version;
    struct transfer *t = &leg->transfer;
    if (leg_unwanted(leg)) {
        hierarchy_tell(h, from->index, COMPONENT_DISTRIBUTION_MANAGER, EVENT_CANCELLED, version, leg->transfer.to);
        end_log(leg);
        leg_ends(leg);
        return;
    }
    for (struct leg *older = leg_before_this(leg, version->number); older;
         older = leg_before_this(older, older->from->version->number))
        withdraw(older, superseded);
    leg->handed_over = true;
    leg->content_bytes = leg->base == 0
                             ? version->bytes
                             : version_new_bytes(&h->content, package_version(version->package, leg->base), version);
    t->package = version->package->index;
    t->version = version->number;
    t->priority = version->package->spec->priority;
    t->bytes = site_version_copy_bytes(leg->from, leg->base) + sender_instruction_bytes(&from->sender, t);
    t->log = &leg->log;
    t->errand = leg;
    sender_prepare(leg->destination, t);
    transfer_init(from->sim, t, TRANSFER_SEND_REQUEST, TRANSFER_SCHEDULED, h->observer);
    scheduler_mini_job(&from->scheduler, t);
}

/* Content is parked where the leg begins. */
static void goes_on(struct leg *leg)
{
    leg->brought_by = leg->from->inbound;
    leg_choose_copy(leg);
    mini_job_due(leg);
}

static void instruction_arrives(struct sim *sim, struct sim_event *event)
{
    struct leg_instruction *its = SIM_OWNER(struct leg_instruction, arrival, event);
    (void)sim;
    despooler_receive(&site_of(its->leg->to->sp)->despooler, &its->instruction);
}

static void arrived(struct transfer *t)
{
    struct leg *leg = t->errand;
    struct site_version *at = leg->to;
    sim_flow_clear(&t->flow); /* legs stay, for what they can tell */
    if (!at->sp->parks) {
        leg->instruction = sim_memory_take0(site_of(at->sp)->hierarchy->sim->memory, sizeof *leg->instruction);
        leg->instruction->leg = leg;
        leg->instruction->instruction = (struct instruction){
            .package = t->package, .version = t->version, .bytes = leg->content_bytes, .log = &leg->log};
        sim_event_init(&leg->instruction->arrival, SIM_RANK_FLOW_DONE, instruction_arrives);
        site_meets(site_of(at->sp), &leg->instruction->arrival);
        return;
    }
    site_version_park(at, leg->base, site_version_copy_bytes(leg->from, leg->base));
    guint kept = 0;
    for (guint i = 0; at->onward && i < at->onward->len; i++) {
        struct leg *onward = at->onward->pdata[i];
        if (site_version_has_copy_for(at, onward->to))
            goes_on(onward);
        else
            at->onward->pdata[kept++] = onward;
    }
    if (at->onward)
        g_ptr_array_set_size(at->onward, (int)kept);
    leg_ends(leg);
}

static void gave_up(struct transfer *t)
{
    struct leg *leg = t->errand;
    struct scheduler *scheduler = &site_of(leg->from->sp)->scheduler;
    const char *reason = newer_leg(leg, false) ? superseded : leg_unwanted(leg) ? reason_removed : NULL;
    if (reason) {
        scheduler_withdraw(scheduler, t, reason);
        leg_ends(leg);
    } else {
        scheduler_given_up(scheduler, t);
    }
}

static bool brings(const struct leg *leg, const struct delivery *delivery)
{
    const struct leg *l = delivery->at->inbound;
    while (l && l != leg)
        l = l->from->inbound;
    return l != NULL;
}

static void request_failed(struct transfer *t)
{
    struct leg *leg = t->errand;
    struct hierarchy *h = site_of(leg->from->sp)->hierarchy;
    sim_parts_catch_up(h->parts, SIM_RANK_MODEL);
    for (uint32_t i = 0; i < h->deliveries.n; i++) {
        struct delivery *delivery = delivery_number(h, i);
        if (delivery->state == DELIVERY_OPEN && isnan(delivery->content_s) && !delivery->at->stored &&
            delivery->at->version == leg->to->version && brings(leg, delivery))
            delivery_ends(delivery, DELIVERY_FAILED, t->reason);
    }
    leg_ends(leg);
}

static void leg_instruction_free(struct leg *leg)
{
    if (leg->instruction) {
        sim_flow_clear(&leg->instruction->instruction.work);
        sim_memory_give(site_of(leg->to->sp)->hierarchy->sim->memory, leg->instruction, sizeof *leg->instruction);
    }
    leg->instruction = NULL;
}

static double change_arrives_s(const struct instruction *instruction)
{
    const struct leg *leg = SIM_OWNER(struct leg_instruction, instruction, instruction)->leg;
    int32_t to = site_of(leg->to->sp)->index;
    const struct change *version = leg->to->version->change;
    bool left = version && version->left_s <= sim_now(site_of(leg->to->sp)->sim); /* the source may be ahead */
    double version_s = left ? change_reaches_s(version, to) : INFINITY;
    return leg->change ? fmax(version_s, change_reaches_s(leg->change, to)) : version_s;
}

static void manager_is_told(struct sim *sim, struct sim_event *event)
{
    (void)sim;
    site_package_notify(SIM_OWNER(struct leg, told_of_content, event)->to->sp);
}

static void stored(struct instruction *instruction)
{
    struct leg *leg = SIM_OWNER(struct leg_instruction, instruction, instruction)->leg;
    const struct site *site = site_of(leg->to->sp);
    site_version_store(leg->to, leg->base, site_version_copy_bytes(leg->from, leg->base));
    sim_schedule_after(site->sim, &leg->told_of_content, notification_s(site, leg->to->version->package));
    leg_ends(leg);
    leg_instruction_free(leg);
}

struct leg *leg_new(struct site_version *from, struct site_version *to, const struct change *change)
{
    struct hierarchy *h = site_of(from->sp)->hierarchy;
    struct leg *leg = sim_memory_take0(h->sim->memory, sizeof *leg);
    leg->from = from;
    leg->to = to;
    leg->change = change;
    leg->created_s = sim_now(h->sim);
    leg->from_site = site_of(from->sp)->index;
    leg->to_site = site_of(to->sp)->index;
    leg->destination = site_of(from->sp)->destinations[site_of(to->sp)->index];
    cause_log_init(&leg->log);
    leg->transfer.from = site_of(from->sp)->spec->code;
    leg->transfer.to = site_of(to->sp)->spec->code;
    sim_event_init(&leg->told_of_content, SIM_RANK_MODEL, manager_is_told);
    to->inbound = leg;
    from->sp->n_under_way++;
    to->sp->n_under_way++;
    g_ptr_array_add(h->legs, leg);
    return leg;
}

void leg_free(gpointer data)
{
    struct leg *leg = data;
    sim_flow_clear(&leg->transfer.flow);
    leg_instruction_free(leg);
}

/* ---- what a site is told ---- */

static void tell_of_leg(struct leg *leg)
{
    struct site_package *sp = leg->from->sp;
    leg->told = true;
    if (leg->over)
        return; /* called off */
    if (newer_leg(leg, true)) {
        leg_ends(leg); /* there is a newer version to be sent instead */
        return;
    }
    if (sp->parks) { /* a copy that suits is here */
        cause_log_switch(sp->manager->sim->memory, &leg->log, leg->created_s, CAUSE_METADATA_WAIT);
        goes_on(leg);
        return;
    }
    for (struct leg *older = leg_before_this(leg, leg->from->version->number); older;
         older = leg_before_this(older, older->from->version->number))
        if (older->told && !older->handed_over) {
            site_package_drop_leg(sp, older);
            if (!older->taken_up)
                leg_ends(older);
        }
    site_package_add_leg(sp, leg);
}

void errands_are_told(struct site_package *sp, const struct errands *errands)
{
    for (uint32_t i = 0; i < errands->removals.n; i++)
        removal_told(errands->removals.items[i]);
    for (uint32_t i = 0; i < errands->legs.n; i++)
        tell_of_leg(errands->legs.items[i]);
    site_package_expect_deliveries(sp, errands->deliveries.n);
    for (uint32_t i = 0; i < errands->deliveries.n; i++) {
        struct delivery *delivery = errands->deliveries.items[i];
        if (delivery->state != DELIVERY_OPEN)
            continue;
        supersede_untaken(delivery);
        site_package_add_delivery(sp, delivery);
    }
}

/* ---- the end ---- */

static void report_transfer(struct hierarchy *h, struct transfer *t)
{
    t->in_state_s[t->state] += sim_now(h->sim) - t->entered_s;
    t->entered_s = sim_now(h->sim);
    h->observer->transfer_open(h->observer->ctx, t, sim_now(h->sim));
}

void errands_stop(struct hierarchy *h)
{
    for (guint i = 0; i < h->legs->len; i++) {
        struct leg *leg = h->legs->pdata[i];
        struct sim *sim = site_of(leg->to->sp)->sim;
        sim_cancel(sim, &leg->told_of_content);
        if (leg->instruction) {
            sim_cancel(sim, &leg->instruction->arrival);
            despooler_abandon(&leg->instruction->instruction);
        }
        if (!leg->handed_over || transfer_ended(leg->transfer.state))
            continue;
        scheduler_abandon(&site_of(leg->from->sp)->scheduler, &leg->transfer);
        sender_abandon(&leg->transfer);
        report_transfer(h, &leg->transfer);
    }
    for (uint32_t i = 0; i < h->deliveries.n; i++) {
        struct delivery *delivery = delivery_number(h, i);
        struct transfer *job = delivery_job(delivery);
        if (delivery->all_know || !delivery->work)
            continue;
        sim_cancel(sim_of(delivery), &delivery->work->event);
        status_manager_abandon(&delivery->work->report);
        if (!job)
            continue;
        if (job->kind == TRANSFER_PULL_JOB)
            pull_abandon(job);
        else
            transfer_manager_abandon(job);
        report_transfer(h, job);
    }
}

void errands_report_open(struct hierarchy *h)
{
    for (guint i = 0; i < h->legs->len; i++) {
        struct leg *leg = h->legs->pdata[i];
        if (leg->handed_over && leg->transfer.state == TRANSFER_WAITING)
            transfer_mark(site_of(leg->from->sp)->sim, &leg->transfer);
    }
    struct site_version *last = NULL;
    for (uint32_t i = 0; i < h->deliveries.n; i++) {
        const struct delivery *delivery = delivery_number(h, i);
        if (delivery->state != DELIVERY_OPEN)
            continue;
        if (last && last != delivery->at) /* most come site by site, and there may be millions */
            legs_account_drop(last);
        last = delivery->at;
        struct delivery_news news = news_of(delivery, DELIVERY_OPEN, cause_names[delivery_waits_for(delivery)]);
        news.failure = delivery_last_failure(delivery);
        tell(delivery, &news);
    }
}

uint32_t hierarchy_n_deliveries(const struct hierarchy *h)
{
    return h->deliveries.n;
}

struct delivery_news hierarchy_delivery(const struct hierarchy *h, uint32_t number)
{
    const struct delivery *delivery = delivery_number(h, number);
    bool delivered = delivery->state == DELIVERY_DELIVERED;
    return (struct delivery_news){
        .number = number,
        .package = delivery->at->version->package->index,
        .version = delivery->at->version->number,
        .dp = (uint32_t)(delivery->dp - h->dps), /* asked of millions: not by way of each distribution point */
        .site = (uint32_t)site_of(delivery->at->sp)->index,
        .state = (enum delivery_state)delivery->state,
        .requested_s = delivery->requested_s,
        .on_dp_s = delivered ? delivery->on_dp_s : NAN,
        .site_knows_s = delivered ? delivery->site_knows_s : NAN,
        .central_knows_s = delivery->all_know && delivery->central_knows_s <= sim_now(sim_of(delivery))
                               ? delivery->central_knows_s
                               : NAN,
    };
}

/* ---- wiring ---- */

void errands_connect(struct site *site)
{
    site->distribution_manager.job_due = job_due;
    site->distribution_manager.mini_job_due = mini_job_due;
    site->scheduler.failed = request_failed;
    site->sender.arrived = arrived;
    site->sender.gave_up = gave_up;
    site->despooler.change_arrives_s = change_arrives_s;
    site->despooler.stored = stored;
    site->transfer_manager.on_dp = on_dp;
    site->transfer_manager.pull = pull_thread_started;
    site->transfer_manager.failed = job_failed;
    site->status_manager.known = site_knows;
    site->status_manager.foresee_known = site_knows_next;
}

void errands_connect_pull(struct pull_distribution_point *pull)
{
    pull->on_dp = content_is_on_dp;
    pull->site_told = job_done;
    pull->cancelled = job_cancelled;
    pull->failed = job_failed;
}
