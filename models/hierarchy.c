#include "models/hierarchy.h"

#include <math.h>

#include "models/delivery.h"
#include "models/distribution_manager.h"
#include "models/pull_distribution_point.h"
#include "models/topology.h"

const char *const pool_kind_names[N_POOL_KINDS] = {"package threads",  "compressor", "sender",   "despooler",
                                                   "transfer manager", "status",     "pull jobs"};

struct site {
    struct hierarchy *hierarchy;
    const struct site_spec *spec;
    int32_t index;
    struct host host;
    struct distribution_manager distribution_manager;
    struct scheduler scheduler;
    struct sender sender;
    struct despooler despooler;
    struct transfer_manager transfer_manager;
    struct status_manager status_manager;
    struct sender_destination **destinations; /* per site; NULL: not next to this one */
    struct site_package **packages;           /* per package; NULL: this site has not heard of it */
};

/* Tells the distribution manager of one site what it has to know; fires notification_delay after the database change
 * has reached the site (D1, D2). */
struct notice {
    struct sim_event event;
    struct site_version *about;
    bool take_in, metadata; /* it is to be taken in; its metadata have arrived */
    struct errands errands; /* targets at this site, and sites to be sent to from here */
};

struct action {
    struct sim_event event;
    struct hierarchy *hierarchy;
    const struct action_spec *spec;
    struct pull_sources **sources; /* configure: per distribution point of spec->to; NULL: none */
};

/* A package and a distribution point. */
struct target {
    struct delivery *last; /* the newest delivery; NULL: there has been none */
    bool wanted;           /* the package is to be there, in its newest version */
};

struct hierarchy {
    struct sim *sim;
    const struct scenario *scenario;
    const struct observer *observer;
    struct luck *luck; /* NULL: nothing is left to chance */
    struct topology topology;
    struct content content;
    struct site *sites;
    uint32_t n_sites;
    int32_t top;
    struct distribution_point *dps;
    uint32_t n_dps;
    struct pull_distribution_point **pull_dps; /* per distribution point, owned; NULL: never pulls */
    struct pull_sources **pull_sources;        /* per distribution point, of the scenario; NULL: none */
    struct action *actions;
    uint32_t n_actions;
    struct hierarchy_pool *pools;
    uint32_t n_pools;
    GPtrArray *changes, *notices, *legs, *deliveries; /* owned */
    struct target *targets;                           /* per package and distribution point, [n_packages * n_dps] */
    bool over;
};

static struct site *site_of(const struct site_package *sp)
{
    return SIM_OWNER(struct site, distribution_manager, sp->manager);
}

/* D6: the central site only passes on what primaries send to one another. */
static bool parks(const struct site *site, bool is_source)
{
    return site->spec->type == SITE_CENTRAL && site->hierarchy->scenario->generation == GENERATION_2012 && !is_source;
}

static struct site_version *version_at(struct site *site, struct version *version)
{
    struct package *package = version->package;
    struct site_package **sp = &site->packages[package->index];
    if (!*sp) {
        bool is_source = package->spec->source_site == site->index;
        *sp = g_new(struct site_package, 1);
        site_package_init(*sp, &site->distribution_manager, package, is_source, parks(site, is_source));
    }
    return site_package_version(*sp, version);
}

static void tell(struct hierarchy *h, int32_t site, enum component component, enum status_id id,
                 const struct version *version, const char *object)
{
    const struct status status = {
        .time_s = sim_now(h->sim),
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

static void news(struct hierarchy *h, const struct delivery *delivery, enum delivery_state state, const char *reason,
                 const double *cause_s)
{
    const struct delivery_news told = {
        .number = delivery->number,
        .package = delivery->at->version->package->index,
        .version = delivery->at->version->number,
        .dp = delivery->dp->index,
        .site = (uint32_t)delivery->dp->spec->site,
        .state = state,
        .reason = reason,
        .requested_s = delivery->requested_s,
        .on_dp_s = delivery->on_dp_s,
        .site_knows_s = delivery->site_knows_s,
        .central_knows_s = delivery->central_knows_s,
        .bytes = delivery->bytes,
        .cause_s = cause_s,
        .delivery = delivery,
    };
    h->observer->delivery_changed(h->observer->ctx, &told, sim_now(h->sim));
}

static struct hierarchy *hierarchy_of(const struct delivery *delivery)
{
    return site_of(delivery->at->sp)->hierarchy;
}

static struct target *target(struct hierarchy *h, const struct package *package, uint32_t dp)
{
    return &h->targets[(size_t)package->index * h->n_dps + dp];
}

/* It will not be delivered. */
static void delivery_ends(struct hierarchy *h, struct delivery *delivery, enum delivery_state state, const char *reason)
{
    delivery->state = state;
    delivery->reason = reason;
    site_package_drop_delivery(delivery->at->sp, delivery);
    news(h, delivery, state, reason, NULL);
    cause_log_clear(&delivery->log);
}

static const char superseded[] = "superseded";

/* A site has been told of the newer delivery: older ones that no thread has taken up are not wanted any more. */
static void supersede_untaken(struct hierarchy *h, const struct delivery *newer)
{
    for (struct delivery *older = newer->replaces; older; older = older->replaces)
        if (older->state == DELIVERY_OPEN && !older->taken_up)
            delivery_ends(h, older, DELIVERY_CANCELLED, superseded);
}

static void submit_job(struct delivery *delivery)
{
    struct hierarchy *h = hierarchy_of(delivery);
    struct site *site = site_of(delivery->at->sp);
    const struct package *package = delivery->at->version->package;
    bool pulls = delivery->dp->pulls;
    struct transfer *job = pulls ? pull_job_new() : g_new0(struct transfer, 1);
    job->package = package->index;
    job->version = delivery->at->version->number;
    job->from = site->spec->code;
    job->to = delivery->dp->spec->name;
    job->priority = package->spec->priority;
    job->log = &delivery->log;
    job->again = delivery->again;
    job->errand = delivery;
    delivery->job = job;
    transfer_init(h->sim, job, pulls ? TRANSFER_PULL_JOB : TRANSFER_DP_JOB, TRANSFER_WAITING, h->observer);
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
    if (job)
        sim_flow_clear(&job->flow);
    g_free(job);
}

static bool withdraw_job(struct transfer *job, const char *reason)
{
    return job->kind == TRANSFER_PULL_JOB ? pull_withdraw(job, reason) : transfer_manager_withdraw(job, reason);
}

/* A copy of an older version to the same point is never broken off: the newer job waits for its end. */
static void job_due(struct delivery *delivery)
{
    struct hierarchy *h = hierarchy_of(delivery);
    struct delivery *ahead = NULL;
    for (struct delivery *older = delivery->replaces; older; older = older->replaces) {
        if (older->state != DELIVERY_OPEN)
            continue;
        if (older->job && !withdraw_job(older->job, superseded)) {
            ahead = older;
            continue;
        }
        g_clear_pointer(&older->job, job_free);
        delivery_ends(h, older, DELIVERY_CANCELLED, superseded);
    }
    if (ahead) {
        ahead->next = delivery;
        ahead->job->outdated = true;
        cause_log_switch(&delivery->log, sim_now(h->sim), CAUSE_TRANSFER_THREAD_WAIT);
    } else {
        submit_job(delivery);
    }
}

/* The content is there, or will not be: the newer job is due. */
static void next_in_turn(const struct delivery *delivery)
{
    struct delivery *next = delivery->next;
    if (next && next->state == DELIVERY_OPEN)
        submit_job(next);
}

/* Of standard and pull distribution points: the site has yet to learn of it. */
static void content_is_on_dp(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    struct hierarchy *h = hierarchy_of(delivery);
    double cause_s[N_CAUSES];
    delivery_causes(delivery, sim_now(h->sim), cause_s);
    delivery->state = DELIVERY_DELIVERED;
    delivery->on_dp_s = sim_now(h->sim);
    delivery->bytes = job->bytes_moved;
    news(h, delivery, DELIVERY_DELIVERED, "", cause_s);
    cause_log_clear(&delivery->log); /* its story has been told */
    job->log = NULL;
    next_in_turn(delivery);
}

/* What the distribution point reports is on its site's server. */
static void job_done(struct transfer *job)
{
    struct delivery *delivery = job->errand;
    delivery->job = NULL;
    job_free(job);
    delivery->report.dp = delivery->dp->spec->name;
    delivery->report.package = delivery->at->version->package->index;
    status_manager_receive(&site_of(delivery->at->sp)->status_manager, &delivery->report);
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
    delivery->job = NULL;
    delivery->bytes = job->bytes_moved;
    job_free(job);
    if (delivery->state != DELIVERY_OPEN)
        return; /* only the site does not know (L3) */
    if (delivery->next)
        delivery_ends(hierarchy_of(delivery), delivery, DELIVERY_CANCELLED, superseded);
    else
        delivery_ends(hierarchy_of(delivery), delivery, DELIVERY_FAILED, reason);
    next_in_turn(delivery);
}

static void central_knows(struct sim *sim, struct sim_event *event)
{
    struct delivery *delivery = SIM_OWNER(struct delivery, event, event);
    delivery->central_knows_s = sim_now(sim);
    news(hierarchy_of(delivery), delivery, DELIVERY_DELIVERED, "", NULL);
}

static double notification_s(const struct site *site, const struct package *package)
{
    return luck_draw(site->hierarchy->luck, &site->spec->notification_delay_s, site->spec->code, "%s",
                     package->spec->id);
}

static double status_to_top_s(struct hierarchy *h, const struct delivery *delivery)
{
    g_autofree char *item = h->luck ? g_strdup_printf("%s version %u on %s", delivery->at->version->package->spec->id,
                                                      delivery->at->version->number, delivery->dp->spec->name)
                                    : NULL;
    const struct site *top = &h->sites[h->top];
    return replication_s(h->scenario, h->luck, item, site_of(delivery->at->sp)->index, h->top) +
           luck_draw(h->luck, &top->spec->notification_delay_s, top->spec->code, "%s", item);
}

static void site_knows(struct status_report *report)
{
    struct delivery *delivery = SIM_OWNER(struct delivery, report, report);
    struct hierarchy *h = hierarchy_of(delivery);
    const struct site *site = site_of(delivery->at->sp);
    delivery->site_knows_s = sim_now(h->sim);
    tell(h, site->index, COMPONENT_DISTRIBUTION_MANAGER, STATUS_DISTRIBUTED, delivery->at->version,
         delivery->dp->spec->name);
    double delay_s = 0;
    if (site->index != h->top)
        delay_s = status_to_top_s(h, delivery);
    news(h, delivery, DELIVERY_DELIVERED, "", NULL);
    sim_event_init(&delivery->event, SIM_RANK_MODEL, central_knows);
    sim_schedule_after(h->sim, &delivery->event, delay_s);
}

/* ---- legs ---- */

/* The leg over the same hop of the version before (NULL: none) or of one before that. */
static struct leg *leg_before_this(const struct leg *leg, uint32_t number)
{
    const GPtrArray *versions = leg->to->sp->versions;
    while (--number > 0) {
        const struct site_version *older = versions->pdata[number - 1];
        if (older && older->inbound && older->inbound->from->sp == leg->from->sp)
            return older->inbound;
    }
    return NULL;
}

/* A newer leg over the same hop for which this holds: it is handed over, or (told) its site has been told of it. */
static bool newer_leg(const struct leg *leg, bool told)
{
    const GPtrArray *versions = leg->to->sp->versions;
    for (guint i = leg->to->version->number; i < versions->len; i++) {
        const struct site_version *newer = versions->pdata[i];
        const struct leg *other = newer ? newer->inbound : NULL;
        if (other && other->from->sp == leg->from->sp && (other->handed_over || (told && other->told)))
            return true;
    }
    return false;
}

/* A send request that waits need not be sent any more. */
static void withdraw(struct leg *leg)
{
    struct site *from = site_of(leg->from->sp);
    struct transfer *t = &leg->transfer;
    if (!leg->handed_over)
        return;
    switch (t->state) {
    case TRANSFER_SCHEDULED:
    case TRANSFER_RESCHEDULED:
        scheduler_withdraw(&from->scheduler, t, superseded);
        break;
    case TRANSFER_WAITING:
        sender_withdraw(t, superseded);
        break;
    default:
        break; /* it has a thread, or has ended */
    }
}

static void mini_job_due(struct leg *leg)
{
    struct site *from = site_of(leg->from->sp);
    struct hierarchy *h = from->hierarchy;
    const struct version *version = leg->from->version;
    struct transfer *t = &leg->transfer;
    for (struct leg *older = leg_before_this(leg, version->number); older;
         older = leg_before_this(older, older->from->version->number))
        withdraw(older);
    leg->handed_over = true;
    leg->instruction.bytes =
        leg->base == 0 ? version->bytes
                       : version_new_bytes(&h->content, package_version(version->package, leg->base), version);
    t->package = version->package->index;
    t->version = version->number;
    t->priority = version->package->spec->priority;
    t->bytes = site_version_copy_bytes(leg->from, leg->base) + sender_instruction_bytes(&from->sender, t);
    t->log = &leg->log;
    t->errand = leg;
    sender_prepare(leg->destination, t);
    transfer_init(h->sim, t, TRANSFER_SEND_REQUEST, TRANSFER_SCHEDULED, h->observer);
    t->key = sim_key_of(t->priority, t->id);
    scheduler_mini_job(&from->scheduler, t);
}

/* Content is parked where the leg begins. */
static void goes_on(struct leg *leg)
{
    leg->brought_by = leg->from->inbound;
    leg_choose_copy(leg);
    mini_job_due(leg);
}

static void arrived(struct transfer *t)
{
    struct leg *leg = t->errand;
    struct site_version *at = leg->to;
    if (!at->sp->parks) {
        despooler_receive(&site_of(at->sp)->despooler, &leg->instruction);
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
}

static void gave_up(struct transfer *t)
{
    const struct leg *leg = t->errand;
    struct scheduler *scheduler = &site_of(leg->from->sp)->scheduler;
    if (newer_leg(leg, false))
        scheduler_withdraw(scheduler, t, superseded);
    else
        scheduler_given_up(scheduler, t);
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
    for (guint i = 0; i < h->deliveries->len; i++) {
        struct delivery *delivery = h->deliveries->pdata[i];
        if (delivery->state == DELIVERY_OPEN && isnan(delivery->content_s) &&
            delivery->at->version == leg->to->version && brings(leg, delivery))
            delivery_ends(h, delivery, DELIVERY_FAILED, t->reason);
    }
}

static bool change_is_here(const struct instruction *instruction)
{
    const struct leg *leg = SIM_OWNER(struct leg, instruction, instruction);
    const struct site *to = site_of(leg->to->sp);
    double now_s = sim_now(to->hierarchy->sim);
    const struct change *version = leg->to->version->change;
    return version && change_reaches_s(version, to->index) <= now_s &&
           (!leg->change || change_reaches_s(leg->change, to->index) <= now_s);
}

static void manager_is_told(struct sim *sim, struct sim_event *event)
{
    (void)sim;
    site_package_notify(SIM_OWNER(struct leg, told_of_content, event)->to->sp);
}

static void stored(struct instruction *instruction)
{
    struct leg *leg = SIM_OWNER(struct leg, instruction, instruction);
    const struct site *site = site_of(leg->to->sp);
    site_version_store(leg->to, leg->base, site_version_copy_bytes(leg->from, leg->base));
    sim_schedule_after(site->hierarchy->sim, &leg->told_of_content, notification_s(site, leg->to->version->package));
}

/* ---- what an action and a new version set going ---- */

static struct change *change_new(struct hierarchy *h, int32_t origin, struct package *package)
{
    struct change *change = g_new0(struct change, 1);
    *change = (struct change){.scenario = h->scenario,
                              .luck = h->luck,
                              .origin = origin,
                              .left_s = sim_now(h->sim),
                              .package = package->index,
                              .number = package->n_changes++};
    g_ptr_array_add(h->changes, change);
    return change;
}

static void tell_of_leg(struct leg *leg)
{
    struct site_package *sp = leg->from->sp;
    leg->told = true;
    if (newer_leg(leg, true))
        return;      /* there is a newer version to be sent instead */
    if (sp->parks) { /* a copy that suits is here */
        cause_log_switch(&leg->log, leg->created_s, CAUSE_METADATA_WAIT);
        goes_on(leg);
        return;
    }
    for (struct leg *older = leg_before_this(leg, leg->from->version->number); older;
         older = leg_before_this(older, older->from->version->number))
        if (older->told && !older->handed_over)
            site_package_drop_leg(sp, older);
    site_package_add_leg(sp, leg);
}

static void tell_of_errands(struct hierarchy *h, struct site_package *sp, const struct errands *errands)
{
    for (guint i = 0; errands->legs && i < errands->legs->len; i++)
        tell_of_leg(errands->legs->pdata[i]);
    for (guint i = 0; errands->deliveries && i < errands->deliveries->len; i++) {
        struct delivery *delivery = errands->deliveries->pdata[i];
        if (delivery->state != DELIVERY_OPEN)
            continue;
        supersede_untaken(h, delivery);
        site_package_add_delivery(sp, delivery);
    }
}

static void notice_fires(struct sim *sim, struct sim_event *event)
{
    struct notice *notice = SIM_OWNER(struct notice, event, event);
    struct site_version *about = notice->about;
    struct site_package *sp = about->sp;
    struct hierarchy *h = site_of(sp)->hierarchy;
    (void)sim;
    site_package_know(sp, about->version);
    if (notice->take_in)
        site_package_take_in(sp, about);
    if (notice->metadata) {
        site_package_metadata(sp, about);
        tell_of_errands(h, sp, &about->with_metadata);
    }
    tell_of_errands(h, sp, &notice->errands);
    if (!sp->parks || notice->metadata)
        site_package_notify(sp);
    errands_clear(&notice->errands);
}

static struct notice *notice_new(struct hierarchy *h, const struct change *change, struct site_version *about)
{
    const struct site *site = site_of(about->sp);
    struct notice *notice = g_new0(struct notice, 1);
    notice->about = about;
    sim_event_init(&notice->event, SIM_RANK_MODEL, notice_fires);
    sim_schedule(h->sim, &notice->event,
                 change_reaches_s(change, site->index) + notification_s(site, about->version->package));
    g_ptr_array_add(h->notices, notice);
    return notice;
}

static void version_leaves(struct site_version *version)
{
    struct site *source = site_of(version->sp);
    struct hierarchy *h = source->hierarchy;
    version->version->change = change_new(h, source->index, version->version->package);
    for (uint32_t i = 0; i < h->n_sites; i++)
        if (&h->sites[i] != source)
            notice_new(h, version->version->change, version_at(&h->sites[i], version->version))->metadata = true;
}

/* What one action says about one package: a notice per site that has to know. Of what an update leads to, other sites
 * than the source are told by the new version's metadata. */
struct announcement {
    struct hierarchy *hierarchy;
    struct version *version;
    struct change *change;
    struct notice **notices; /* per site, NULL: nothing to say there */
    bool update;
};

static struct notice *notice_for(struct announcement *a, struct site_version *at)
{
    struct notice **notice = &a->notices[site_of(at->sp)->index];
    if (!*notice)
        *notice = notice_new(a->hierarchy, a->change, at);
    return *notice;
}

static struct errands *errands_for(struct announcement *a, struct site_version *at)
{
    struct errands *errands = a->update && !at->sp->is_source ? &at->with_metadata : &notice_for(a, at)->errands;
    if (!errands->legs)
        errands_init(errands);
    return errands;
}

/* The site next to `site` on the way to `goal`. */
static struct site *next_towards(struct hierarchy *h, const struct site *site, int32_t goal)
{
    for (int32_t at = goal; at >= 0; at = h->sites[at].spec->parent)
        if (h->sites[at].spec->parent == site->index)
            return &h->sites[at];
    return &h->sites[site->spec->parent];
}

static struct leg *leg_new(struct announcement *a, struct site *from, struct site *to)
{
    struct leg *leg = g_new0(struct leg, 1);
    leg->from = version_at(from, a->version);
    leg->to = version_at(to, a->version);
    leg->change = a->update ? NULL : a->change;
    leg->created_s = sim_now(a->hierarchy->sim);
    leg->destination = from->destinations[to->index];
    cause_log_init(&leg->log);
    leg->transfer.from = from->spec->code;
    leg->transfer.to = to->spec->code;
    leg->instruction.package = a->version->package->index;
    leg->instruction.version = a->version->number;
    leg->instruction.log = &leg->log;
    sim_event_init(&leg->told_of_content, SIM_RANK_MODEL, manager_is_told);
    leg->to->inbound = leg;
    g_ptr_array_add(a->hierarchy->legs, leg);
    if (leg->from->sp->parks && !site_version_has_copy_for(leg->from, leg->to)) {
        if (!leg->from->onward)
            leg->from->onward = g_ptr_array_new();
        g_ptr_array_add(leg->from->onward, leg); /* it goes on as soon as the content comes by */
    } else {
        g_ptr_array_add(errands_for(a, leg->from)->legs, leg);
    }
    return leg;
}

static bool failed_for_good(const struct leg *leg)
{
    return leg->handed_over && leg->transfer.state == TRANSFER_FAILED;
}

/* Content that comes to `site`, or is parked there, is of use to the one that it is to go on to (NULL: it stays). */
static bool is_of_use(const struct site_version *at, const struct leg *onward)
{
    return !at->sp->parks || !onward || onward->handed_over || site_version_has_copy_for(at, onward->to) ||
           leg_suits(at->inbound, onward->to);
}

/* A leg for every hop from the source to this site. Those that are on their way already are joined. */
static void ask_for_content(struct announcement *a, struct site *site)
{
    struct hierarchy *h = a->hierarchy;
    int32_t source = a->version->package->spec->source_site;
    struct leg *onward = NULL;
    while (site->index != source) {
        struct site *from = next_towards(h, site, source);
        struct site_version *at = version_at(site, a->version);
        struct leg *leg = at->inbound;
        if (at->stored)
            return;
        if (!leg || failed_for_good(leg) || !is_of_use(at, onward))
            leg = leg_new(a, from, site);
        else if (leg->handed_over && leg->transfer.state == TRANSFER_WAITING)
            transfer_mark(h->sim, &leg->transfer);
        onward = leg;
        site = from;
    }
}

/* A delivery of the newest version; again: of all its files. */
static void deliver(struct announcement *a, uint32_t dp, bool again)
{
    struct hierarchy *h = a->hierarchy;
    struct target *t = target(h, a->version->package, dp);
    struct site *site = &h->sites[h->dps[dp].spec->site];
    struct delivery *delivery = g_new0(struct delivery, 1);
    delivery->number = h->deliveries->len;
    delivery->dp = &h->dps[dp];
    delivery->at = version_at(site, a->version);
    delivery->again = again;
    delivery->replaces = t->last;
    while (delivery->replaces && delivery->replaces->state != DELIVERY_OPEN)
        delivery->replaces = delivery->replaces->replaces;
    delivery->requested_s = sim_now(h->sim);
    delivery->content_s = delivery->on_dp_s = delivery->site_knows_s = delivery->central_knows_s = NAN;
    if (delivery->at->sp->is_source || delivery->at->stored)
        cause_log_switch(&delivery->log, delivery->requested_s, CAUSE_METADATA_WAIT);
    *t = (struct target){.last = delivery, .wanted = true};
    g_ptr_array_add(h->deliveries, delivery);
    g_ptr_array_add(errands_for(a, delivery->at)->deliveries, delivery);
    ask_for_content(a, site);
    news(h, delivery, DELIVERY_OPEN, cause_names[CAUSE_METADATA_WAIT], NULL);
}

static bool has_or_gets_it(const struct target *t)
{
    return t->wanted && (!t->last || t->last->state != DELIVERY_FAILED);
}

/* The content has been there for long: at its source site, on these distribution points, and at the sites on the way.
 */
static void preload(struct hierarchy *h, const struct action_spec *spec, struct version *version)
{
    struct package *package = version->package;
    package->created = true;
    site_version_preload(version_at(&h->sites[package->spec->source_site], version));
    if (!version->change) {
        version->change = change_new(h, package->spec->source_site, package);
        version->change->left_s = -INFINITY;
    }
    for (guint i = 0; i < spec->to.members->len; i++) {
        struct distribution_point *dp = &h->dps[g_array_index(spec->to.members, uint32_t, i)];
        struct site *site = &h->sites[dp->spec->site];
        distribution_point_store(dp, version);
        target(h, package, dp->index)->wanted = true;
        for (; site->index != package->spec->source_site; site = next_towards(h, site, package->spec->source_site)) {
            struct site_version *at = version_at(site, version);
            if (!at->sp->parks)
                site_version_preload(at);
        }
    }
}

static void take_action(struct hierarchy *h, const struct action_spec *spec, struct package *package,
                        const struct update *update)
{
    int32_t console = spec->console >= 0 ? spec->console : package->spec->source_site;
    struct site *source = &h->sites[package->spec->source_site];
    g_autofree struct notice **notices = g_new0(struct notice *, h->n_sites);
    struct version *version =
        spec->what == ACTION_UPDATE ? content_update(&h->content, update, package) : package_newest(package);
    tell(h, console, COMPONENT_CONSOLE, EVENT_ACTION, version, action_names[spec->what]);
    if (spec->what == ACTION_PRELOAD) {
        preload(h, spec, version);
        return;
    }
    struct announcement a = {h, version, change_new(h, console, package), notices, spec->what == ACTION_UPDATE};
    if (!package->created || spec->what == ACTION_UPDATE) {
        package->created = true;
        notice_for(&a, version_at(source, version))->take_in = true;
    }
    switch (spec->what) {
    case ACTION_CREATE:
    case ACTION_CONFIGURE:
    case ACTION_PRELOAD:
        break;
    case ACTION_DISTRIBUTE:
        for (guint i = 0; i < spec->to.members->len; i++) {
            uint32_t dp = g_array_index(spec->to.members, uint32_t, i);
            if (!has_or_gets_it(target(h, package, dp)))
                deliver(&a, dp, false);
        }
        break;
    case ACTION_REDISTRIBUTE:
        for (guint i = 0; i < spec->to.members->len; i++)
            deliver(&a, g_array_index(spec->to.members, uint32_t, i), true);
        break;
    case ACTION_UPDATE:
        for (uint32_t dp = 0; dp < h->n_dps; dp++)
            if (target(h, package, dp)->wanted)
                deliver(&a, dp, false);
        break;
    }
}

/* Jobs that have been created go on as they began. */
static void configure(const struct action *action, uint32_t i)
{
    struct hierarchy *h = action->hierarchy;
    struct distribution_point *dp = &h->dps[g_array_index(action->spec->to.members, uint32_t, i)];
    const struct status status = {
        .time_s = sim_now(h->sim),
        .site = h->sites[dp->spec->site].spec->code,
        .component = COMPONENT_CONSOLE,
        .id = EVENT_CONFIGURED,
        .package = UINT32_MAX,
        .object = dp->spec->name,
    };
    h->observer->status(h->observer->ctx, &status);
    dp->pulls = action->spec->type == DP_PULL;
    if (dp->pulls)
        dp->pull->sources = action->sources[i];
}

static void action_fires(struct sim *sim, struct sim_event *event)
{
    const struct action *action = SIM_OWNER(struct action, event, event);
    struct hierarchy *h = action->hierarchy;
    const struct action_spec *spec = action->spec;
    struct update update = {0};
    (void)sim;
    if (spec->what == ACTION_CONFIGURE) {
        for (guint i = 0; i < spec->to.members->len; i++)
            configure(action, i);
        return;
    }
    if (spec->what == ACTION_UPDATE)
        update = content_update_begins(&h->content, spec);
    for (guint i = 0; i < spec->packages.members->len; i++)
        take_action(h, spec, &h->content.packages[g_array_index(spec->packages.members, uint32_t, i)], &update);
}

/* ---- wiring ---- */

static void pool_changed(struct sim *sim, struct sim_slots *slots)
{
    const struct hierarchy_pool *pool = slots->owner;
    const struct hierarchy *h = pool->hierarchy;
    h->observer->pool_changed(h->observer->ctx, (uint32_t)(pool - h->pools), slots->in_use.value, slots->waiting.value,
                              sim_now(sim));
}

static void add_pool(struct hierarchy *h, const char *entity, enum pool_kind kind, struct sim_slots *slots)
{
    struct hierarchy_pool *pool = &h->pools[h->n_pools++];
    *pool = (struct hierarchy_pool){entity, kind, slots, h};
    slots->owner = pool;
    slots->changed = pool_changed;
}

/* A site whose server is down starts nothing: its pools give no threads, and package threads begin with no other
 * distribution point. What has begun and takes a set time ends; what reads or writes there stands still with the disk;
 * what is being sent or copied fails as it does when the other end is down. */
static void site_down(void *owner, bool down)
{
    struct site *site = owner;
    struct hierarchy *h = site->hierarchy;
    sim_slots_shut(h->sim, &site->distribution_manager.threads, down);
    sim_slots_shut(h->sim, &site->distribution_manager.compressor, down);
    sim_slots_shut(h->sim, &site->sender.threads, down);
    sim_slots_shut(h->sim, &site->despooler.threads, down);
    sim_slots_shut(h->sim, &site->transfer_manager.threads, down);
    sim_slots_shut(h->sim, &site->status_manager.threads, down);
    site->distribution_manager.down = down;
    for (uint32_t i = 0; !down && i < h->content.n_packages; i++)
        if (site->packages[i])
            site_package_resume(site->packages[i]);
}

static void site_init(struct hierarchy *h, uint32_t index)
{
    struct site *site = &h->sites[index];
    const struct site_spec *spec = scenario_site(h->scenario, (int32_t)index);
    struct sim_network *network = h->topology.network;
    *site = (struct site){.hierarchy = h, .spec = spec, .index = (int32_t)index};
    site->packages = g_new0(struct site_package *, h->content.n_packages);
    site->destinations = g_new0(struct sender_destination *, h->n_sites);
    struct failing *failing = topology_failing(&h->topology, FAILING_SITE, index);
    if (failing) {
        failing->told = site_down;
        failing->owner = site;
    }
    topology_add_host(&h->topology, &site->host, spec->code, spec->location,
                      luck_fixed(h->luck, &spec->interface_bytes_per_s, spec->code, "run"),
                      luck_fixed(h->luck, &spec->disk_bytes_per_s, spec->code, "run"), failing);
    struct sim_link *disk = site->host.disk ? &site->host.disk->link : NULL;

    distribution_manager_init(&site->distribution_manager, h->sim, network, &spec->distribution_manager,
                              &spec->software_distribution, &h->content, h->observer, spec->code, disk);
    site->distribution_manager.job_due = job_due;
    site->distribution_manager.mini_job_due = mini_job_due;
    site->distribution_manager.version_leaves = version_leaves;
    site->scheduler = (struct scheduler){h->sim, &spec->scheduler, h->observer, spec->code, request_failed, h->luck};
    sender_init(&site->sender, h->sim, network, &spec->sender, h->observer, spec->code);
    site->sender.arrived = arrived;
    site->sender.gave_up = gave_up;
    despooler_init(&site->despooler, h->sim, network, &spec->despooler, h->observer, spec->code, disk);
    site->despooler.change_is_here = change_is_here;
    site->despooler.stored = stored;
    transfer_manager_init(&site->transfer_manager, h->sim, network, &spec->transfer_manager,
                          spec->software_distribution.max_packages, spec->software_distribution.max_threads_per_package,
                          &h->content, h->observer, spec->code);
    site->transfer_manager.on_dp = on_dp;
    site->transfer_manager.pull = pull_thread_started;
    site->transfer_manager.failed = job_failed;
    status_manager_init(&site->status_manager, h->sim, &spec->status_manager);
    site->status_manager.known = site_knows;

    site->distribution_manager.luck = site->sender.luck = site->despooler.luck = h->luck;
    site->transfer_manager.luck = site->status_manager.luck = h->luck;
    site->status_manager.site = spec->code;

    add_pool(h, spec->code, POOL_PACKAGE_THREADS, &site->distribution_manager.threads);
    add_pool(h, spec->code, POOL_COMPRESSOR, &site->distribution_manager.compressor);
    add_pool(h, spec->code, POOL_SENDER, &site->sender.threads);
    add_pool(h, spec->code, POOL_DESPOOLER, &site->despooler.threads);
    add_pool(h, spec->code, POOL_TRANSFER_MANAGER, &site->transfer_manager.threads);
    add_pool(h, spec->code, POOL_STATUS, &site->status_manager.threads);
    if (spec->parent < 0)
        h->top = (int32_t)index;
}

static const struct route_spec *route_between(const struct scenario *scenario, int32_t from, int32_t to)
{
    for (guint i = 0; scenario->routes && i < scenario->routes->len; i++) {
        const struct route_spec *route = &g_array_index(scenario->routes, struct route_spec, i);
        if (route->from == from && route->to == to)
            return route;
    }
    return NULL;
}

static struct limiter_setup limits_of(const struct hierarchy *h, const struct limits *limits, const struct host *from,
                                      const struct host *to, const char *entity)
{
    const struct pulse pulse = {luck_fixed(h->luck, &limits->pulse.block_bytes, entity, "run"),
                                luck_fixed(h->luck, &limits->pulse.delay_s, entity, "run")};
    const struct host *clock = limits->rate_limit_clock == CLOCK_OF_DESTINATION ? to : from;
    return (struct limiter_setup){.limits = limits,
                                  .pulse = pulse,
                                  .bandwidth_bytes_per_s = INFINITY,
                                  .schedule_ahead_s = from->location->clock_ahead_s,
                                  .rate_ahead_s = clock->location->clock_ahead_s};
}

static void connect_sites(struct hierarchy *h, struct site *from, struct site *to, struct hierarchy_link *meter)
{
    const struct route_spec *route = route_between(h->scenario, from->index, to->index);
    const double *window = &from->spec->sender.window_bytes, *max_rate = &from->spec->sender.max_rate_bytes_per_s;
    struct hierarchy_link *bandwidth = NULL;
    if (route) {
        if (isfinite(route->bandwidth_bytes_per_s)) {
            g_autofree char *name = g_strconcat(from->spec->code, " to ", to->spec->code, NULL);
            double bytes_per_s =
                luck_fixed(h->luck, &route->bandwidth_bytes_per_s, from->spec->code, "to %s", to->spec->code);
            bandwidth = topology_add_link(&h->topology, LINK_ROUTE, name, bytes_per_s);
            bandwidth->entity = from->spec->code;
        }
        window = isnan(route->window_bytes) ? window : &route->window_bytes;
        max_rate = isnan(route->max_rate_bytes_per_s) ? max_rate : &route->max_rate_bytes_per_s;
    }
    GPtrArray *links = g_ptr_array_new();
    g_ptr_array_add(links, &meter->link);
    double round_trip_s = topology_path(&from->host, &to->host, bandwidth, links);
    enum transfer_limit cap_kind;
    double cap = topology_cap(luck_fixed(h->luck, window, from->spec->code, "to %s", to->spec->code), round_trip_s,
                              luck_fixed(h->luck, max_rate, from->spec->code, "to %s", to->spec->code), &cap_kind);
    from->destinations[to->index] = g_new(struct sender_destination, 1);
    struct sender_destination *destination = from->destinations[to->index];
    sender_destination_init(destination, &from->sender, to->spec->code, links, cap, cap_kind);
    if (!route)
        return;
    struct limiter_setup setup = limits_of(h, &route->limits, &from->host, &to->host, from->spec->code);
    setup.bandwidth_bytes_per_s = bandwidth ? bandwidth->nominal_bytes_per_s : INFINITY;
    sender_destination_limit(destination, &setup, route->on_window_close);
    topology_watch(&h->topology, limiter_path_changed, &destination->limiter);
}

static void connect_all_sites(struct hierarchy *h)
{
    g_autofree struct hierarchy_link **meters = g_new0(struct hierarchy_link *, h->n_sites);
    for (uint32_t i = 0; i < h->n_sites; i++) {
        struct site *site = &h->sites[i];
        if (site->spec->parent < 0)
            continue;
        struct site *parent = &h->sites[site->spec->parent];
        struct site *both[] = {site, parent};
        for (int k = 0; k < 2; k++)
            if (!meters[both[k]->index])
                meters[both[k]->index] = topology_add_link(&h->topology, LINK_SENDER, both[k]->spec->code, INFINITY);
        connect_sites(h, site, parent, meters[site->index]);
        connect_sites(h, parent, site, meters[parent->index]);
    }
}

static void dp_init(struct hierarchy *h, uint32_t index)
{
    struct distribution_point *dp = &h->dps[index];
    const struct dp_spec *spec = scenario_dp(h->scenario, index);
    struct site *site = &h->sites[spec->site];
    const struct transfer_manager_params *params = &site->spec->transfer_manager;
    *dp = (struct distribution_point){.spec = spec, .index = index, .manager = &site->transfer_manager};
    if (!spec->on_site_server)
        topology_add_host(&h->topology, &dp->host, spec->name,
                          spec->location >= 0 ? spec->location : site->spec->location,
                          luck_fixed(h->luck, &spec->interface_bytes_per_s, spec->name, "run"),
                          luck_fixed(h->luck, &spec->disk_bytes_per_s, spec->name, "run"),
                          topology_failing(&h->topology, FAILING_DP, index));
    dp->at = spec->on_site_server ? &site->host : &dp->host;
    dp->links = g_ptr_array_new();
    double round_trip_s = topology_path(&site->host, dp->at, NULL, dp->links);
    const double *window = isnan(spec->window_bytes) ? &params->window_bytes : &spec->window_bytes;
    const double *max_rate =
        isnan(spec->max_rate_bytes_per_s) ? &params->max_rate_bytes_per_s : &spec->max_rate_bytes_per_s;
    enum transfer_limit cap_kind;
    double cap = topology_cap(luck_fixed(h->luck, window, spec->name, "run"), round_trip_s,
                              luck_fixed(h->luck, max_rate, spec->name, "run"), &cap_kind);
    const struct limiter_setup setup = limits_of(h, &spec->limits, &site->host, dp->at, spec->name);
    transfer_manager_connect(&site->transfer_manager, dp, cap, cap_kind, &setup);
    if (limits_rate(&spec->limits))
        topology_watch(&h->topology, limiter_path_changed, &dp->limiter);
}

/* Which distribution points pull, now or after an action; returns how many. */
static uint32_t find_pulling(struct hierarchy *h)
{
    const struct scenario *scenario = h->scenario;
    g_autofree bool *pulls = g_new0(bool, scenario->distribution_points->len);
    uint32_t n = 0;
    for (uint32_t i = 0; i < scenario->distribution_points->len; i++)
        pulls[i] = scenario_dp(scenario, i)->type == DP_PULL;
    for (guint i = 0; i < scenario->actions->len; i++) {
        const struct action_spec *action = &g_array_index(scenario->actions, struct action_spec, i);
        if (action->what == ACTION_CONFIGURE && action->type == DP_PULL)
            for (guint k = 0; k < action->to.members->len; k++)
                pulls[g_array_index(action->to.members, uint32_t, k)] = true;
    }
    h->pull_dps = g_new0(struct pull_distribution_point *, scenario->distribution_points->len);
    for (uint32_t i = 0; i < scenario->distribution_points->len; i++)
        if (pulls[i]) {
            h->pull_dps[i] = g_new0(struct pull_distribution_point, 1);
            n++;
        }
    return n;
}

static void pull_dp_init(struct hierarchy *h, struct distribution_point *dp)
{
    struct pull_distribution_point *pull = dp->pull = h->pull_dps[dp->index];
    pull_init(pull, dp, &h->sites[dp->spec->site].spec->pull);
    pull->on_dp = content_is_on_dp;
    pull->site_told = job_done;
    pull->failed = job_failed;
    add_pool(h, dp->spec->name, POOL_PULL_JOBS, &pull->places);
    if (dp->spec->type != DP_PULL)
        return;
    dp->pulls = true;
    pull->sources = h->pull_sources[dp->index] = pull_sources_new(pull, dp->spec->sources, h->dps);
}

static void action_init(struct hierarchy *h, struct action *action, const struct action_spec *spec)
{
    action->hierarchy = h;
    action->spec = spec;
    sim_event_init(&action->event, SIM_RANK_MODEL, action_fires);
    sim_schedule(h->sim, &action->event, spec->at_s);
    if (spec->what != ACTION_CONFIGURE || spec->type != DP_PULL)
        return;
    action->sources = g_new0(struct pull_sources *, spec->to.members->len);
    for (guint i = 0; i < spec->to.members->len; i++)
        action->sources[i] =
            pull_sources_new(h->pull_dps[g_array_index(spec->to.members, uint32_t, i)], spec->sources, h->dps);
}

static void action_clear(struct action *action)
{
    for (guint i = 0; action->sources && i < action->spec->to.members->len; i++)
        pull_sources_free(action->sources[i]);
    g_free(action->sources);
}

static void notice_free(gpointer data)
{
    struct notice *notice = data;
    errands_clear(&notice->errands);
    g_free(notice);
}

static void leg_free(gpointer data)
{
    struct leg *leg = data;
    cause_log_clear(&leg->log);
    sim_flow_clear(&leg->transfer.flow);
    g_free(leg);
}

static void delivery_free(gpointer data)
{
    struct delivery *delivery = data;
    job_free(delivery->job);
    cause_log_clear(&delivery->log);
    g_free(delivery);
}

struct hierarchy *hierarchy_new(struct sim *sim, const struct scenario *scenario, const struct observer *observer)
{
    struct hierarchy *h = g_new0(struct hierarchy, 1);
    h->sim = sim;
    h->scenario = scenario;
    h->observer = observer;
    h->changes = g_ptr_array_new_with_free_func(g_free);
    h->notices = g_ptr_array_new_with_free_func(notice_free);
    h->legs = g_ptr_array_new_with_free_func(leg_free);
    h->deliveries = g_ptr_array_new_with_free_func(delivery_free);
    h->luck = luck_new(scenario, sim->seed, sim->replication);
    topology_init(&h->topology, sim, scenario, observer, h->luck);
    content_init(&h->content, scenario, h->luck);

    h->n_sites = scenario->sites->len;
    h->sites = g_new0(struct site, h->n_sites);
    h->pools = g_new0(struct hierarchy_pool, (size_t)h->n_sites * N_POOL_KINDS + find_pulling(h));
    for (uint32_t i = 0; i < h->n_sites; i++)
        site_init(h, i);
    connect_all_sites(h);

    h->n_dps = scenario->distribution_points->len;
    h->dps = g_new0(struct distribution_point, h->n_dps);
    for (uint32_t i = 0; i < h->n_dps; i++)
        dp_init(h, i);
    h->pull_sources = g_new0(struct pull_sources *, h->n_dps);
    for (uint32_t i = 0; i < h->n_dps; i++)
        if (h->pull_dps[i])
            pull_dp_init(h, &h->dps[i]);
    h->targets = g_new0(struct target, (size_t)h->content.n_packages * h->n_dps);

    h->n_actions = scenario->actions->len;
    h->actions = g_new0(struct action, h->n_actions);
    for (uint32_t i = 0; i < h->n_actions; i++)
        action_init(h, &h->actions[i], &g_array_index(scenario->actions, struct action_spec, i));
    return h;
}

/* ---- the end ---- */

static void report_transfer(struct hierarchy *h, struct transfer *t)
{
    t->in_state_s[t->state] += sim_now(h->sim) - t->entered_s;
    t->entered_s = sim_now(h->sim);
    h->observer->transfer_open(h->observer->ctx, t, sim_now(h->sim));
}

/* Takes everything out of lines and threads; whoever observes is told of transfers that were open. */
static void stop_everything(struct hierarchy *h)
{
    h->over = true;
    for (uint32_t i = 0; i < h->n_pools; i++)
        h->pools[i].slots->changed = NULL;
    for (guint i = 0; i < h->legs->len; i++) {
        struct leg *leg = h->legs->pdata[i];
        sim_cancel(h->sim, &leg->told_of_content);
        despooler_abandon(&leg->instruction);
        if (!leg->handed_over || transfer_ended(leg->transfer.state))
            continue;
        scheduler_abandon(&site_of(leg->from->sp)->scheduler, &leg->transfer);
        sender_abandon(&leg->transfer);
        report_transfer(h, &leg->transfer);
    }
    for (guint i = 0; i < h->deliveries->len; i++) {
        struct delivery *delivery = h->deliveries->pdata[i];
        sim_cancel(h->sim, &delivery->event);
        status_manager_abandon(&delivery->report);
        if (!delivery->job)
            continue;
        if (delivery->job->kind == TRANSFER_PULL_JOB)
            pull_abandon(delivery->job);
        else
            transfer_manager_abandon(delivery->job);
        report_transfer(h, delivery->job);
    }
    for (uint32_t i = 0; i < h->n_actions; i++)
        sim_cancel(h->sim, &h->actions[i].event);
    for (guint i = 0; i < h->notices->len; i++)
        sim_cancel(h->sim, &((struct notice *)h->notices->pdata[i])->event);
}

void hierarchy_report_open(struct hierarchy *h)
{
    for (guint i = 0; i < h->legs->len; i++) {
        struct leg *leg = h->legs->pdata[i];
        if (leg->handed_over && leg->transfer.state == TRANSFER_WAITING)
            transfer_mark(h->sim, &leg->transfer);
    }
    for (guint i = 0; i < h->deliveries->len; i++) {
        const struct delivery *delivery = h->deliveries->pdata[i];
        if (delivery->state == DELIVERY_OPEN)
            news(h, delivery, DELIVERY_OPEN, cause_names[delivery_waits_for(delivery)], NULL);
    }
    stop_everything(h);
}

void hierarchy_free(struct hierarchy *h)
{
    if (!h)
        return;
    h->observer = &observer_none;
    if (!h->over)
        stop_everything(h);
    for (uint32_t i = 0; i < h->n_sites; i++)
        for (uint32_t k = 0; k < h->content.n_packages; k++)
            if (h->sites[i].packages[k]) {
                site_package_clear(h->sites[i].packages[k]);
                g_free(h->sites[i].packages[k]);
            }
    g_ptr_array_unref(h->deliveries);
    g_ptr_array_unref(h->legs);
    g_ptr_array_unref(h->notices);
    g_ptr_array_unref(h->changes);
    for (uint32_t i = 0; i < h->n_actions; i++)
        action_clear(&h->actions[i]);
    for (uint32_t i = 0; i < h->n_dps; i++) {
        if (h->pull_dps[i])
            pull_clear(h->pull_dps[i]);
        g_free(h->pull_dps[i]);
        pull_sources_free(h->pull_sources[i]);
        distribution_point_clear(&h->dps[i]);
    }
    for (uint32_t i = 0; i < h->n_sites; i++) {
        struct site *site = &h->sites[i];
        for (uint32_t k = 0; k < h->n_sites; k++)
            if (site->destinations[k]) {
                sender_destination_clear(site->destinations[k]);
                g_free(site->destinations[k]);
            }
        distribution_manager_clear(&site->distribution_manager);
        sender_clear(&site->sender);
        despooler_clear(&site->despooler);
        transfer_manager_clear(&site->transfer_manager);
        status_manager_clear(&site->status_manager);
        g_free(site->destinations);
        g_free(site->packages);
    }
    topology_clear(&h->topology);
    content_clear(&h->content);
    g_free(h->pull_dps);
    g_free(h->pull_sources);
    luck_free(h->luck);
    g_free(h->targets);
    g_free(h->actions);
    g_free(h->pools);
    g_free(h->sites);
    g_free(h->dps);
    g_free(h);
}

const struct hierarchy_pool *hierarchy_pools(const struct hierarchy *h, uint32_t *n)
{
    *n = h->n_pools;
    return h->pools;
}

struct hierarchy_link *const *hierarchy_links(const struct hierarchy *h, uint32_t *n)
{
    *n = h->topology.links->len;
    return (struct hierarchy_link *const *)(void *)h->topology.links->pdata;
}
