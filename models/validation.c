#include "models/validation.h"

#include "models/hierarchy_parts.h"
#include "models/message.h"

/* What validation has found of one package, on its way to the site. */
struct finding {
    struct message message;
    struct status_report report;
    struct validator *validator;
    const struct version *version;
    enum status_id id;
};

/* The task on one distribution point. */
struct validator {
    struct hierarchy *h;
    struct distribution_point *dp;
    GArray *line;               /* uint32_t: packages, the first is the next */
    const struct version *read; /* being read; NULL: none */
    struct sim_flow work;
    GPtrArray *findings; /* struct finding *, owned */
};

struct damaging {
    struct sim_event event;
    struct hierarchy *h;
    const struct fault_spec *spec;
};

/* version 0: none */
static void tell_of(const struct hierarchy *h, const struct distribution_point *dp, enum status_id id, uint32_t package,
                    uint32_t version)
{
    const struct status status = {
        .time_s = sim_now(h->sim),
        .site = h->sites[dp->spec->site].spec->code,
        .component = COMPONENT_DP_MONITOR,
        .id = id,
        .package = package,
        .version = version,
        .object = dp->spec->name,
    };
    h->observer->status(h->observer->ctx, &status);
}

static void tell(const struct hierarchy *h, const struct distribution_point *dp, enum status_id id,
                 const struct version *version)
{
    tell_of(h, dp, id, version ? version->package->index : UINT32_MAX, version ? version->number : 0);
}

/* ---- what it finds ---- */

static void site_knows(struct status_report *report)
{
    const struct finding *finding = SIM_OWNER(struct finding, report, report);
    tell(finding->validator->h, finding->validator->dp, finding->id, finding->version);
}

static void site_gets(struct message *message)
{
    struct finding *finding = SIM_OWNER(struct finding, message, message);
    const struct validator *v = finding->validator;
    status_manager_receive(&v->h->sites[v->dp->spec->site].status_manager, &finding->report);
}

static void report(struct validator *v)
{
    static const enum status_id found[] = {[DAMAGE_NONE] = STATUS_CONTENT_VALID,
                                           [DAMAGE_CORRUPT] = STATUS_CONTENT_CORRUPT,
                                           [DAMAGE_MISSING] = STATUS_CONTENT_MISSING};
    struct finding *finding = g_new0(struct finding, 1);
    finding->validator = v;
    finding->version = v->read;
    finding->id = found[library_damage_of(&v->dp->library, v->read)];
    finding->report.dp = v->dp->spec->name;
    finding->report.package = v->read->package->index;
    finding->report.known = site_knows;
    g_ptr_array_add(v->findings, finding);
    message_send(&finding->message, v->dp, site_gets);
}

/* ---- the task ---- */

static void read_next(struct validator *v)
{
    v->read = NULL;
    while (v->line->len > 0 && !v->read) {
        v->read = distribution_point_version(v->dp, g_array_index(v->line, uint32_t, 0));
        g_array_remove_index(v->line, 0);
    }
    if (v->read)
        sim_flow_start(v->h->topology.network, &v->work, v->read->bytes,
                       luck_draw(v->h->luck, &v->dp->spec->validation_bytes_per_s, v->dp->spec->name, "%s",
                                 v->read->package->spec->id));
}

static void has_read(struct sim *sim, struct sim_flow *flow)
{
    struct validator *v = SIM_OWNER(struct validator, work, flow);
    (void)sim;
    if (distribution_point_version(v->dp, v->read->package->index) == v->read) /* not removed or replaced meanwhile */
        report(v);
    read_next(v);
}

static struct validator *validator_of(struct hierarchy *h, struct distribution_point *dp)
{
    struct validator **v = &h->validators[dp->index];
    if (*v)
        return *v;
    *v = g_new0(struct validator, 1);
    struct sim_link *disk = dp->at->disk ? &dp->at->disk->link : NULL;
    (*v)->h = h;
    (*v)->dp = dp;
    (*v)->line = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    (*v)->findings = g_ptr_array_new_with_free_func(g_free);
    sim_flow_init(&(*v)->work, &disk, disk ? 1 : 0, has_read, NULL);
    return *v;
}

static bool in_line(const struct validator *v, uint32_t package)
{
    for (guint i = 0; i < v->line->len; i++)
        if (g_array_index(v->line, uint32_t, i) == package)
            return true;
    return false;
}

void validation_begins(struct hierarchy *h, struct distribution_point *dp, const GArray *packages)
{
    struct validator *v = validator_of(h, dp);
    uint32_t n = packages ? packages->len : h->content.n_packages;
    tell(h, dp, v->read ? STATUS_VALIDATION_QUEUED : STATUS_VALIDATION_STARTED, NULL);
    for (uint32_t i = 0; i < n; i++) {
        uint32_t package = packages ? g_array_index(packages, uint32_t, i) : i;
        if (distribution_point_version(dp, package) && !in_line(v, package))
            g_array_append_val(v->line, package);
    }
    if (!v->read)
        read_next(v);
}

/* ---- damage ---- */

static void damage_fires(struct sim *sim, struct sim_event *event)
{
    const struct damaging *damaging = SIM_OWNER(struct damaging, event, event);
    const struct fault_spec *spec = damaging->spec;
    struct distribution_point *dp = &damaging->h->dps[spec->dp];
    const struct version *held = distribution_point_version(dp, (uint32_t)spec->package);
    (void)sim;
    if (!held) {
        tell_of(damaging->h, dp, EVENT_NOT_DAMAGED, (uint32_t)spec->package, 0);
        return;
    }
    tell(damaging->h, dp, EVENT_DAMAGED, held);
    distribution_point_damage(dp, held, spec->damage == FAULT_MISSING ? DAMAGE_MISSING : DAMAGE_CORRUPT);
}

void validations_init(struct hierarchy *h)
{
    const GArray *faults = h->scenario->faults;
    h->validators = g_new0(struct validator *, h->n_dps);
    h->damages = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; faults && i < faults->len; i++) {
        const struct fault_spec *spec = &g_array_index(faults, struct fault_spec, i);
        if (!fault_damages(spec))
            continue;
        struct damaging *damaging = g_new0(struct damaging, 1);
        damaging->h = h;
        damaging->spec = spec;
        sim_event_init(&damaging->event, SIM_RANK_MODEL, damage_fires);
        sim_schedule(h->sim, &damaging->event, spec->from_s);
        g_ptr_array_add(h->damages, damaging);
    }
}

/* ---- the end ---- */

void validations_stop(struct hierarchy *h)
{
    for (guint i = 0; i < h->damages->len; i++)
        sim_cancel(h->sim, &((struct damaging *)h->damages->pdata[i])->event);
    for (uint32_t i = 0; i < h->n_dps; i++) {
        struct validator *v = h->validators[i];
        if (!v)
            continue;
        if (v->work.moving)
            sim_flow_stop(h->topology.network, &v->work);
        for (guint k = 0; k < v->findings->len; k++) {
            struct finding *finding = v->findings->pdata[k];
            message_cancel(&finding->message);
            status_manager_abandon(&finding->report);
        }
    }
}

void validations_clear(struct hierarchy *h)
{
    for (uint32_t i = 0; i < h->n_dps; i++) {
        struct validator *v = h->validators[i];
        if (!v)
            continue;
        sim_flow_clear(&v->work);
        g_array_unref(v->line);
        g_ptr_array_unref(v->findings);
        g_free(v);
    }
    g_free(h->validators);
    g_ptr_array_unref(h->damages);
}
