#include "models/removal.h"

#include "models/hierarchy_parts.h"

/* ---- who still needs a package from a site's library ---- */

static bool needed(const struct site_package *sp)
{
    return sp->is_source || sp->n_wanted > 0 || sp->n_under_way > 0;
}

static void give_up(struct site_package *sp)
{
    struct site *site = site_of(sp);
    struct hierarchy *h = site->hierarchy;
    sp->unwanted = false;
    h->n_unwanted[sp->package->index]--;
    if (site_package_forget(sp))
        hierarchy_tell(h, site->index, COMPONENT_DISTRIBUTION_MANAGER, EVENT_LIBRARY_REMOVED, sp->known, "");
}

static void tidy(struct hierarchy *h, const struct package *package)
{
    for (uint32_t i = 0; h->n_unwanted[package->index] > 0 && i < h->n_sites; i++) {
        struct site_package *sp = h->sites[i].packages[package->index];
        if (sp && sp->unwanted && !needed(sp))
            give_up(sp);
    }
}

static void mark_unwanted(struct site_package *sp, bool unwanted)
{
    if (sp->unwanted == unwanted)
        return;
    sp->unwanted = unwanted;
    site_of(sp)->hierarchy->n_unwanted[sp->package->index] += unwanted ? 1 : -1u;
}

void target_want(struct hierarchy *h, struct site_package *at, uint32_t dp, bool wanted)
{
    struct target *target = target_of(h, at->package, dp);
    if (target->wanted == wanted)
        return;
    target->wanted = wanted;
    for (struct site_package *sp = at; sp; sp = sp->upstream) {
        sp->n_wanted += wanted ? 1 : -1u;
        if (wanted)
            mark_unwanted(sp, false);
    }
}

void work_begins(struct site_package *at)
{
    for (struct site_package *sp = at; sp; sp = sp->upstream)
        sp->n_under_way++;
}

void work_ends(struct site_package *at)
{
    for (struct site_package *sp = at; sp; sp = sp->upstream)
        sp->n_under_way--;
    tidy(site_of(at)->hierarchy, at->package);
}

/* ---- what is on its way to other sites ---- */

void leg_ends(struct leg *leg)
{
    if (leg->over)
        return;
    leg->over = true;
    leg->from->sp->n_under_way--;
    leg->to->sp->n_under_way--;
    tidy(site_of(leg->from->sp)->hierarchy, leg->from->sp->package);
}

bool leg_unwanted(const struct leg *leg)
{
    return leg->unwanted && leg->to->sp->n_wanted == 0;
}

static void call_legs_off(struct site_package *from, const struct site_package *to)
{
    for (uint32_t i = 0; i < to->n_versions; i++) {
        const struct site_version *version = to->versions[i];
        struct leg *leg = version ? version->inbound : NULL;
        if (leg && leg->from->sp == from && !leg->over)
            leg_call_off(leg);
    }
}

void site_told_of_removal(struct site_package *sp)
{
    struct hierarchy *h = site_of(sp)->hierarchy;
    for (uint32_t i = 0; i < h->n_sites; i++) {
        const struct site_package *to = h->sites[i].packages[sp->package->index];
        if (to && !to->is_source && to->n_wanted == 0)
            call_legs_off(sp, to);
    }
    if (!sp->is_source && sp->n_wanted == 0)
        mark_unwanted(sp, true);
    tidy(h, sp->package);
}

/* ---- a distribution point ---- */

static struct hierarchy *hierarchy_of(const struct removal *removal)
{
    return site_of(removal->at->sp)->hierarchy;
}

static void tell(const struct removal *removal, enum status_id id)
{
    const struct site *site = site_of(removal->at->sp);
    const struct version *held = distribution_point_version(removal->dp, removal->at->sp->package->index);
    const struct status status = {
        .time_s = sim_now(site->sim),
        .site = site->spec->code,
        .component = COMPONENT_DISTRIBUTION_MANAGER,
        .id = id,
        .package = removal->at->sp->package->index,
        .version = (held ? held : removal->at->version)->number,
        .object = removal->dp->spec->name,
        .attempt = removal->tries,
    };
    site->hierarchy->observer->status(site->hierarchy->observer->ctx, &status);
}

static void ends(struct removal *removal)
{
    removal->over = true;
    work_ends(removal->at->sp);
}

static void try_to_remove(struct removal *removal)
{
    struct hierarchy *h = hierarchy_of(removal);
    const struct package *package = removal->at->sp->package;
    const struct transfer_manager *manager = removal->dp->manager;
    if (target_of(h, package, removal->dp->index)->wanted) {
        tell(removal, EVENT_REMOVAL_OVERTAKEN);
        ends(removal);
        return;
    }
    if (!distribution_point_version(removal->dp, package->index)) {
        ends(removal); /* nothing had come yet */
        return;
    }
    removal->tries++;
    if (distribution_point_reachable(removal->dp)) {
        tell(removal, EVENT_REMOVED);
        distribution_point_remove(removal->dp, package->index);
        ends(removal);
        return;
    }
    tell(removal, EVENT_REMOVAL_FAILED);
    if (removal->tries_left-- == 0)
        ends(removal);
    else
        sim_schedule_after(
            h->sim, &removal->event,
            luck_draw(h->luck, &manager->params->retry_delay_s, removal->dp->spec->name, "%s", package->spec->id));
}

static void time_is_up(struct sim *sim, struct sim_event *event)
{
    (void)sim;
    try_to_remove(SIM_OWNER(struct removal, event, event));
}

void removal_goes_on(struct removal *removal)
{
    try_to_remove(removal);
}

/* Its distribution point thread has ended. */
static void removal_due(struct removal *removal)
{
    struct delivery *ahead = NULL;
    bool wanted_again = target_of(hierarchy_of(removal), removal->at->sp->package, removal->dp->index)->wanted;
    sim_event_init(&removal->event, SIM_RANK_MODEL, time_is_up);
    for (struct delivery *older = wanted_again ? NULL : removal->older; older; older = delivery_replaces(older))
        if (older->state == DELIVERY_OPEN && !delivery_withdraw(older, reason_removed))
            ahead = older;
    if (!ahead) {
        try_to_remove(removal);
    } else if (delivery_ties(ahead)->removal) {
        ends(removal); /* one that waits for it already does the work */
    } else {
        ahead->ties->removal = removal;
        delivery_job(ahead)->outdated = true;
    }
}

void removal_told(struct removal *removal)
{
    for (struct delivery *older = removal->older; older; older = delivery_replaces(older))
        if (older->state == DELIVERY_OPEN && !older->taken_up)
            delivery_withdraw(older, reason_removed);
    site_package_add_removal(removal->at->sp, removal);
}

struct removal *removal_new(struct site_version *at, struct distribution_point *dp)
{
    struct hierarchy *h = site_of(at->sp)->hierarchy;
    struct removal *removal = g_new0(struct removal, 1);
    removal->at = at;
    removal->dp = dp;
    removal->older = target_last(h, target_of(h, at->sp->package, dp->index));
    removal->tries_left = dp->manager->params->retries;
    target_want(h, at->sp, dp->index, false);
    work_begins(at->sp);
    g_ptr_array_add(h->removals, removal);
    return removal;
}

void removal_free(gpointer removal)
{
    g_free(removal);
}

/* ---- wiring ---- */

void removals_connect(struct site *site)
{
    site->distribution_manager.removal_due = removal_due;
}

void removals_stop(struct hierarchy *h)
{
    for (guint i = 0; i < h->removals->len; i++)
        sim_cancel(h->sim, &((struct removal *)h->removals->pdata[i])->event);
}
