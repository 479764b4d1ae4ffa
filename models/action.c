/* What an administrator does (C3, C4), and what a new version sets going: who is told of it, and when (D1, D2). */
#include <math.h>

#include "models/hierarchy_parts.h"

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

static void notice_cancel(struct notice *notice)
{
    struct sim *sim = site_of(notice->about->sp)->sim;
    sim_cancel(sim, &notice->leaves);
    sim_cancel(sim, &notice->event);
}

/* It has done what it was for. */
static void notice_ends(struct notice *notice)
{
    GPtrArray *notices = site_of(notice->about->sp)->hierarchy->notices;
    uint32_t place = notice->place;
    ((struct notice *)notices->pdata[notices->len - 1])->place = place;
    g_ptr_array_remove_index_fast(notices, place); /* frees it */
}

static void notice_fires(struct sim *sim, struct sim_event *event)
{
    struct notice *notice = SIM_OWNER(struct notice, event, event);
    struct site_version *about = notice->about;
    struct site_package *sp = about->sp;
    (void)sim;
    site_package_know(sp, about->version);
    if (notice->take_in)
        site_package_take_in(sp, about);
    if (notice->metadata) {
        site_package_metadata(sp, about);
        errands_are_told(sp, &about->with_metadata);
    }
    errands_are_told(sp, &notice->errands);
    if (notice->removal)
        site_told_of_removal(sp);
    if (!sp->parks || notice->metadata)
        site_package_notify(sp);
    notice_ends(notice);
}

static void notice_leaves(struct sim *sim, struct sim_event *event)
{
    struct notice *notice = SIM_OWNER(struct notice, leaves, event);
    sim_schedule(sim, &notice->event, notice->due_s);
}

static struct notice *notice_new(struct hierarchy *h, const struct change *change, struct site_version *about)
{
    const struct site *site = site_of(about->sp);
    struct notice *notice = g_new0(struct notice, 1);
    notice->about = about;
    sim_event_init(&notice->event, SIM_RANK_MODEL, notice_fires);
    notice->due_s = change_reaches_s(change, site->index) + notification_s(site, about->version->package);
    sim_event_init(&notice->leaves, SIM_RANK_MODEL, notice_leaves);
    site_meets(site, &notice->leaves);
    notice->place = h->notices->len;
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
    return a->update && !at->sp->is_source ? &at->with_metadata : &notice_for(a, at)->errands;
}

struct site *next_towards(struct hierarchy *h, const struct site *site, int32_t goal)
{
    return &h->sites[routing_sender(&h->routing, site->index, goal)];
}

static struct leg *announce_leg(struct announcement *a, struct site *from, struct site *to)
{
    struct leg *leg = leg_new(version_at(from, a->version), version_at(to, a->version), a->update ? NULL : a->change);
    if (leg->from->sp->parks && !site_version_has_copy_for(leg->from, leg->to)) {
        if (!leg->from->onward)
            leg->from->onward = g_ptr_array_new();
        g_ptr_array_add(leg->from->onward, leg); /* it goes on as soon as the content comes by */
    } else {
        errand_list_add(&errands_for(a, leg->from)->legs, leg);
    }
    return leg;
}

/* The request failed for good, or was called off. */
static bool brings_nothing(const struct leg *leg)
{
    return leg->over && !leg->to->stored && !leg->to->parked;
}

/* Content that comes to `site`, or is parked there, is of use to the one that it is to go on to (NULL: it stays). */
static bool is_of_use(const struct site_version *at, const struct leg *onward)
{
    return !at->sp->parks || !onward || onward->handed_over || site_version_has_copy_for(at, onward->to) ||
           leg_suits(at->inbound, onward->to);
}

/* A leg for every hop from the source to this site. Those that are on their way already are joined. */
static void ask_for_content(struct announcement *a, struct site_version *at)
{
    struct leg *onward = NULL;
    while (at->sp->upstream) {
        struct leg *leg = at->inbound;
        if (at->stored)
            return;
        if (leg)
            leg->unwanted = false;
        if (!leg || brings_nothing(leg) || !is_of_use(at, onward))
            leg = announce_leg(a, site_of(at->sp->upstream), site_of(at->sp));
        else if (leg->handed_over && leg->transfer.state == TRANSFER_WAITING)
            transfer_mark(site_of(leg->from->sp)->sim, &leg->transfer);
        onward = leg;
        at = site_package_version(at->sp->upstream, a->version);
    }
}

/* A delivery of the newest version; again: of all its files. */
static void deliver(struct announcement *a, uint32_t dp, bool again)
{
    struct hierarchy *h = a->hierarchy;
    struct site *site = &h->sites[h->dps[dp].spec->site];
    struct delivery *delivery = delivery_new(version_at(site, a->version), &h->dps[dp], again);
    errand_list_add(&errands_for(a, delivery->at)->deliveries, delivery);
    ask_for_content(a, delivery->at);
    if (!h->observer->brief)
        delivery_tell(delivery, DELIVERY_OPEN, cause_names[CAUSE_METADATA_WAIT]);
}

static void remove_from(struct announcement *a, uint32_t dp)
{
    struct hierarchy *h = a->hierarchy;
    struct package *package = a->version->package;
    struct site *site = &h->sites[h->dps[dp].spec->site];
    if (!target_of(h, package, dp)->wanted)
        return;
    struct site_version *at = version_at(site, a->version);
    struct errands *errands = errands_for(a, at);
    errand_list_add(&errands->removals, removal_new(at, &h->dps[dp]));
    notice_for(a, at)->removal = true;
    for (; site->index != package->spec->source_site; site = next_towards(h, site, package->spec->source_site))
        notice_for(a, version_at(next_towards(h, site, package->spec->source_site), a->version))->removal = true;
}

/* As far as its site knows. */
static bool has_or_gets_it(struct hierarchy *h, const struct package *package, uint32_t dp)
{
    const struct target *target = target_of(h, package, dp);
    const struct delivery *last = target_last(h, target);
    return target->wanted && (!last || (last->state != DELIVERY_FAILED && !last->given_up));
}

/* The content has been there for long: at its source site, on these distribution points, and at the sites on the way.
 */
static void preload(struct hierarchy *h, const GArray *dps, struct version *version)
{
    struct package *package = version->package;
    package->created = true;
    site_version_preload(version_at(&h->sites[package->spec->source_site], version));
    if (!version->change) {
        version->change = change_new(h, package->spec->source_site, package);
        version->change->left_s = -INFINITY;
    }
    for (guint i = 0; i < dps->len; i++) {
        struct distribution_point *dp = &h->dps[g_array_index(dps, uint32_t, i)];
        struct site *site = &h->sites[dp->spec->site];
        distribution_point_store(dp, version, NULL);
        target_want(h, version_at(site, version)->sp, dp->index, true);
        for (; site->index != package->spec->source_site; site = next_towards(h, site, package->spec->source_site)) {
            struct site_version *at = version_at(site, version);
            if (!at->sp->parks)
                site_version_preload(at);
        }
    }
}

/* dps: whom it is about. */
static void take_action(struct hierarchy *h, const struct action_spec *spec, struct package *package, const GArray *dps,
                        const struct update *update)
{
    int32_t console = spec->console >= 0 ? spec->console : package->spec->source_site;
    struct site *source = &h->sites[package->spec->source_site];
    g_autofree struct notice **notices = g_new0(struct notice *, h->n_sites);
    struct version *version =
        spec->what == ACTION_UPDATE ? content_update(&h->content, update, package) : package_newest(package);
    hierarchy_tell(h, console, COMPONENT_CONSOLE, EVENT_ACTION, version, action_names[spec->what]);
    if (spec->what == ACTION_PRELOAD) {
        preload(h, dps, version);
        return;
    }
    struct announcement a = {h, version, change_new(h, console, package), notices, spec->what == ACTION_UPDATE};
    if (spec->what != ACTION_REMOVE && (!package->created || spec->what == ACTION_UPDATE)) {
        package->created = true;
        notice_for(&a, version_at(source, version))->take_in = true;
    }
    switch (spec->what) {
    case ACTION_CREATE:
    case ACTION_CONFIGURE:
    case ACTION_PRELOAD:
    case ACTION_LEAVE:
    case ACTION_VALIDATE:
        break;
    case ACTION_DISTRIBUTE:
    case ACTION_JOIN:
        for (guint i = 0; i < dps->len; i++) {
            uint32_t dp = g_array_index(dps, uint32_t, i);
            if (!has_or_gets_it(h, package, dp))
                deliver(&a, dp, false);
        }
        break;
    case ACTION_REMOVE:
        for (guint i = 0; i < dps->len; i++)
            remove_from(&a, g_array_index(dps, uint32_t, i));
        break;
    case ACTION_REDISTRIBUTE:
        for (guint i = 0; i < dps->len; i++)
            deliver(&a, g_array_index(dps, uint32_t, i), true);
        break;
    case ACTION_UPDATE:
        for (uint32_t dp = 0; dp < h->n_dps; dp++)
            if (target_of(h, package, dp)->wanted)
                deliver(&a, dp, false);
        break;
    }
}

/* About a distribution point itself. */
static void tell_of_dp(struct hierarchy *h, const struct distribution_point *dp, enum status_id id)
{
    const struct status status = {
        .time_s = sim_now(h->sim),
        .site = h->sites[dp->spec->site].spec->code,
        .component = COMPONENT_CONSOLE,
        .id = id,
        .package = UINT32_MAX,
        .object = dp->spec->name,
    };
    h->observer->status(h->observer->ctx, &status);
}

/* Jobs that have been created go on as they began. */
static void configure(const struct action *action, uint32_t i)
{
    struct hierarchy *h = action->hierarchy;
    struct distribution_point *dp = &h->dps[g_array_index(action->spec->to.members, uint32_t, i)];
    tell_of_dp(h, dp, EVENT_CONFIGURED);
    dp->pulls = action->spec->type == DP_PULL;
    if (dp->pulls)
        dp->pull->sources = action->sources[i];
}

/* Leaves those in dps for whom it is new. */
static void change_membership(struct hierarchy *h, const struct action_spec *spec, GArray *dps)
{
    guint kept = 0;
    for (guint i = 0; i < dps->len; i++) {
        uint32_t dp = g_array_index(dps, uint32_t, i), group = (uint32_t)spec->group;
        bool joins = spec->what == ACTION_JOIN;
        if (!(joins ? groups_join(&h->groups, group, dp) : groups_leave(&h->groups, group, dp)))
            continue;
        tell_of_dp(h, &h->dps[dp], joins ? EVENT_JOINED : EVENT_LEFT);
        g_array_index(dps, uint32_t, kept++) = dp;
    }
    g_array_set_size(dps, kept);
}

/* What is distributed to a group is its own from then on, until it is removed from it. */
static void note_held(struct hierarchy *h, const struct action_spec *spec, uint32_t package)
{
    switch (spec->what) {
    case ACTION_DISTRIBUTE:
    case ACTION_REDISTRIBUTE:
    case ACTION_PRELOAD:
    case ACTION_REMOVE:
        groups_set_held(&h->groups, &spec->to, package, spec->what != ACTION_REMOVE);
        break;
    default:
        break;
    }
}

static void action_begins(struct action *action)
{
    struct hierarchy *h = action->hierarchy;
    const struct action_spec *spec = action->spec;
    if (spec->what == ACTION_CONFIGURE) {
        for (guint i = 0; i < spec->to.members->len; i++)
            configure(action, i);
        return;
    }
    action->dps = groups_select(&h->groups, &spec->to);
    if (spec->what == ACTION_JOIN || spec->what == ACTION_LEAVE)
        change_membership(h, spec, action->dps);
    if (spec->what == ACTION_UPDATE)
        action->update = content_update_begins(&h->content, spec);
}

static uint32_t n_to_take(const struct action *action)
{
    const struct hierarchy *h = action->hierarchy;
    switch (action->spec->what) {
    case ACTION_CONFIGURE:
    case ACTION_LEAVE:
        return 0;
    case ACTION_JOIN: /* C4: who has joined a group is sent what it holds, but for the generation of 2007 */
        return action->dps->len == 0 || h->scenario->generation == GENERATION_2007 ? 0 : h->content.n_packages;
    case ACTION_VALIDATE:
        return action->dps->len;
    default:
        return action->spec->packages.members->len;
    }
}

/* Returns how much work it was: deliveries, about. */
static uint32_t take_one(struct action *action, uint32_t i)
{
    struct hierarchy *h = action->hierarchy;
    const struct action_spec *spec = action->spec;
    if (spec->what == ACTION_VALIDATE) {
        validation_begins(h, &h->dps[g_array_index(action->dps, uint32_t, i)], spec->packages.members);
        return spec->packages.members ? spec->packages.members->len : h->content.n_packages;
    }
    uint32_t package = spec->what == ACTION_JOIN ? i : g_array_index(spec->packages.members, uint32_t, i);
    if (spec->what == ACTION_JOIN && !groups_give(&h->groups, (uint32_t)spec->group, package))
        return 1;
    note_held(h, spec, package);
    take_action(h, spec, &h->content.packages[package], action->dps, &action->update);
    return spec->what == ACTION_UPDATE ? h->n_dps : action->dps->len;
}

/* Millions of deliveries may come of it: nobody who wants to stop the run is to wait for all of them. Between the
 * pieces nothing else happens, as they are of one place in the order. */
static void action_fires(struct sim *sim, struct sim_event *event)
{
    enum { PIECE = 1000 };
    struct action *action = SIM_OWNER(struct action, event, event);
    uint32_t work = 0;
    if (!action->dps) {
        sim_parts_catch_up(action->hierarchy->parts, SIM_RANK_MODEL);
        action_begins(action);
    }
    for (uint32_t n = n_to_take(action); action->n_taken < n;) {
        if (work >= PIECE) {
            sim_worked(sim, work);
            sim_schedule_in_order(sim, event, sim_now(sim), action->order);
            return;
        }
        work += take_one(action, action->n_taken++);
    }
    g_clear_pointer(&action->dps, g_array_unref);
}

static void action_init(struct hierarchy *h, struct action *action, const struct action_spec *spec)
{
    action->hierarchy = h;
    action->spec = spec;
    sim_event_init(&action->event, SIM_RANK_MODEL, action_fires);
    action->order = sim_order(h->sim);
    sim_schedule_in_order(h->sim, &action->event, spec->at_s, action->order);
    if (spec->what != ACTION_CONFIGURE || spec->type != DP_PULL)
        return;
    action->sources = g_new0(struct pull_sources *, spec->to.members->len);
    for (guint i = 0; i < spec->to.members->len; i++)
        action->sources[i] =
            pull_sources_new(h->pull_dps[g_array_index(spec->to.members, uint32_t, i)], spec->sources, h->dps);
}

void actions_init(struct hierarchy *h)
{
    const GArray *specs = h->scenario->actions;
    h->n_actions = specs->len;
    h->actions = g_new0(struct action, h->n_actions);
    for (uint32_t i = 0; i < h->n_actions; i++)
        action_init(h, &h->actions[i], &g_array_index(specs, struct action_spec, i));
}

void actions_connect(struct site *site)
{
    site->distribution_manager.version_leaves = version_leaves;
}

void actions_stop(struct hierarchy *h)
{
    for (uint32_t i = 0; i < h->n_actions; i++)
        sim_cancel(h->sim, &h->actions[i].event);
    for (guint i = 0; i < h->notices->len; i++)
        notice_cancel(h->notices->pdata[i]);
}

static void action_clear(struct action *action)
{
    for (guint i = 0; action->sources && i < action->spec->to.members->len; i++)
        pull_sources_free(action->sources[i]);
    g_free(action->sources);
    g_clear_pointer(&action->dps, g_array_unref);
}

void actions_clear(struct hierarchy *h)
{
    for (uint32_t i = 0; i < h->n_actions; i++)
        action_clear(&h->actions[i]);
    g_free(h->actions);
}

void notice_free(gpointer data)
{
    struct notice *notice = data;
    errands_clear(&notice->errands);
    g_free(notice);
}
