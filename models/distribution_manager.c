#include "models/distribution_manager.h"

#include <math.h>
#include <string.h>

#include "models/delivery.h"
#include "models/observer.h"
#include "models/removal.h"

#define SHARED(member) offsetof(struct software_distribution_params, member)
#define AT(member) offsetof(struct distribution_manager_params, member)

/* clang-format off */
static const struct param_field shared_fields[] = {
    {.name = "max_packages", .kind = PARAM_COUNT, .offset = SHARED(max_packages), .standard = "3", .min = 1, .max = 50,
     .grade = GRADE_DOCUMENTED, .sentence = "package processing threads of the distribution manager (D3, X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum number of packages",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumPackageCount"},
    {.name = "max_threads_per_package", .kind = PARAM_COUNT, .offset = SHARED(max_threads_per_package), .standard = "5",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "distribution point threads of one package thread (D3); times max_packages: sending threads of the "
                 "transfer manager (X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum threads per package",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumThreadCountPerPackage"},
    {0}};
/* clang-format on */

/* clang-format off */
static const struct param_field fields[] = {
    {.name = "snapshot_rate", .kind = PARAM_RATE, .offset = AT(snapshot_rate_bytes_per_s), .standard = "23 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_INFERRED,
     .sentence = "speed of snapshot, hash and library write of a new version at its source site (D3)"},
    {.name = "dp_thread_time", .kind = PARAM_DURATION, .offset = AT(dp_thread_time_s), .standard = "9 s", .max = 86400,
     .grade = GRADE_INFERRED, .sentence = "what a distribution point thread takes to create one transfer job (D3)"},
    {.name = "metadata_time", .kind = PARAM_DURATION, .offset = AT(metadata_time_s), .standard = "1 s", .max = 86400,
     .grade = GRADE_INFERRED,
     .sentence = "package thread of a site that is told of content which it does not have yet (D2)"},
    {.name = "package_thread_tail", .kind = PARAM_DURATION, .offset = AT(package_thread_tail_s), .standard = "0 s",
     .max = 86400, .grade = GRADE_CHOSEN,
     .sentence = "how long a package thread keeps its slot after its last step; one log shows 2.1 s (D3)"},
    {.name = "compress_rate", .kind = PARAM_RATE, .offset = AT(compress_rate_bytes_per_s), .standard = "20 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of compressing a package version for other sites, one at a time (D4)"},
    {.name = "compression_ratio", .kind = PARAM_NUMBER, .offset = AT(compression_ratio), .standard = "1", .min = 0.001,
     .max = 2, .grade = GRADE_ASSUMED, .sentence = "size of the compressed copy / size of the content (D4)"},
    {.name = "delta_versions", .kind = PARAM_COUNT, .offset = AT(delta_versions), .standard = "5", .max = 1000,
     .grade = GRADE_DOCUMENTED,
     .sentence = "a site whose version is one of so many before is sent a delta file, any other the full package (C3)"},
    {0}};
/* clang-format on */

const struct param_table software_distribution_table = {
    "software_distribution", "concurrency of content distribution, one pair of settings for two components (D3, X1)",
    sizeof(struct software_distribution_params), shared_fields};

/* Snapshot and compressing. */
struct package_work {
    struct sim_flow flow;
    struct site_package *sp;
};

const struct param_table distribution_manager_table = {
    "distribution_manager", "processes packages: snapshot, library, transfer jobs, mini-jobs to other sites (D1 to D4)",
    sizeof(struct distribution_manager_params), fields};

static void tell(const struct site_package *sp, const struct version *version, enum status_id id, const char *object)
{
    const struct distribution_manager *manager = sp->manager;
    const struct status status = {
        .time_s = sim_now(manager->sim),
        .site = manager->site,
        .component = COMPONENT_DISTRIBUTION_MANAGER,
        .id = id,
        .package = sp->package->index,
        .version = version->number,
        .object = object,
    };
    manager->observer->status(manager->observer->ctx, &status);
}

static double chance(const struct site_package *sp, const double *setting)
{
    const struct distribution_manager *manager = sp->manager;
    return luck_draw(manager->luck, setting, manager->site, "%s", sp->package->spec->id);
}

/* ---- errands ---- */

/* Makes room for so many more. */
static void make_room(struct errand_list *list, uint32_t n)
{
    if (list->n_allocated - list->n >= n)
        return;
    list->n_allocated = list->n + n;
    list->items = g_renew(void *, list->items, list->n_allocated);
}

void errand_list_add(struct errand_list *list, void *item)
{
    if (list->n == list->n_allocated) {
        list->n_allocated = MAX(4, list->n_allocated + list->n_allocated / 2);
        list->items = g_renew(void *, list->items, list->n_allocated);
    }
    list->items[list->n++] = item;
}

void errand_list_clear(struct errand_list *list)
{
    g_free(list->items);
    *list = (struct errand_list){0};
}

/* Those behind the first n have been taken away. */
static void cut(struct errand_list *list, uint32_t n)
{
    list->n = n;
    if (n == 0)
        errand_list_clear(list);
}

void errand_list_remove(struct errand_list *list, const void *item)
{
    for (uint32_t i = 0; i < list->n; i++)
        if (list->items[i] == item) {
            memmove(&list->items[i], &list->items[i + 1], (list->n - i - 1) * sizeof *list->items);
            cut(list, list->n - 1);
            return;
        }
}

void errands_clear(struct errands *errands)
{
    errand_list_clear(&errands->deliveries);
    errand_list_clear(&errands->legs);
    errand_list_clear(&errands->removals);
}

static bool errands_empty(const struct errands *errands)
{
    return errands->deliveries.n == 0 && errands->legs.n == 0 && errands->removals.n == 0;
}

/* What those that have the content wait for now. */
static void legs_switch(struct sim *sim, const struct errand_list *legs, enum cause cause)
{
    for (guint i = 0; i < legs->n; i++) {
        struct leg *leg = legs->items[i];
        if (site_version_here(leg->from))
            cause_log_switch(sim->memory, &leg->log, sim_now(sim), cause);
    }
}

static void errands_switch(struct sim *sim, const struct errands *errands, enum cause cause)
{
    for (guint i = 0; i < errands->deliveries.n; i++) {
        struct delivery *delivery = errands->deliveries.items[i];
        if (site_version_here(delivery->at))
            cause_log_switch(sim->memory, &delivery->log, sim_now(sim), cause);
    }
    legs_switch(sim, &errands->legs, cause);
}

static void take_up_deliveries(struct site_package *sp)
{
    struct errand_list *known = &sp->errands.deliveries, *run = &sp->run.deliveries;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < known->n; i++) {
        struct delivery *delivery = known->items[i];
        delivery->taken_up = site_version_here(delivery->at);
        kept += !delivery->taken_up;
    }
    if (!kept && !run->n) {
        errand_list_clear(run);
        *run = *known;
        *known = (struct errand_list){0};
        return;
    }
    make_room(run, known->n - kept);
    kept = 0;
    for (uint32_t i = 0; i < known->n; i++) {
        struct delivery *delivery = known->items[i];
        if (delivery->taken_up)
            errand_list_add(run, delivery);
        else
            known->items[kept++] = delivery;
    }
    cut(known, kept);
}

/* The thread takes up what has its content here. */
static void take_up(struct site_package *sp)
{
    uint32_t kept = 0;
    take_up_deliveries(sp);
    for (guint i = 0; i < sp->errands.legs.n; i++) {
        struct leg *leg = sp->errands.legs.items[i];
        leg->taken_up = site_version_here(leg->from);
        if (leg->taken_up)
            errand_list_add(&sp->run.legs, leg);
        else
            sp->errands.legs.items[kept++] = leg;
    }
    cut(&sp->errands.legs, kept);
    sp->run.removals = sp->errands.removals;
    sp->errands.removals = (struct errand_list){0};
}

void site_package_know(struct site_package *sp, const struct version *version)
{
    if (!sp->known || sp->known->number < version->number)
        sp->known = version;
}

/* The source site has its content by the time that anybody asks. */
static double here_since_s(const struct site_version *version)
{
    return version->sp->is_source ? 0 : version->stored_s;
}

static void leg_content_is_here(struct leg *leg)
{
    double since_s = fmax(here_since_s(leg->from), leg->created_s);
    struct sim_memory *memory = leg->from->sp->manager->sim->memory;
    leg->brought_by = leg->from->inbound;
    if (leg->log.last)
        cause_log_switch(memory, &leg->log, since_s, CAUSE_METADATA_WAIT);
    else
        cause_log_begin_with(memory, &leg->log, &leg->from->first, since_s, CAUSE_METADATA_WAIT);
}

static void content_is_here(struct site_version *version)
{
    const struct errands *errands = &version->sp->errands;
    for (guint i = 0; i < errands->deliveries.n; i++) {
        struct delivery *delivery = errands->deliveries.items[i];
        if (delivery->at == version)
            delivery_content_is_here(delivery, here_since_s(version));
    }
    for (guint i = 0; i < errands->legs.n; i++) {
        struct leg *leg = errands->legs.items[i];
        if (leg->from == version)
            leg_content_is_here(leg);
    }
}

void site_package_add_delivery(struct site_package *sp, struct delivery *delivery)
{
    site_package_know(sp, delivery->at->version);
    errand_list_add(&sp->errands.deliveries, delivery);
    if (!site_version_here(delivery->at))
        return;
    delivery_content_is_here(delivery, here_since_s(delivery->at));
    cause_log_switch(sp->manager->sim->memory, &delivery->log, sim_now(sp->manager->sim), CAUSE_PACKAGE_THREAD_WAIT);
}

void site_package_add_leg(struct site_package *sp, struct leg *leg)
{
    site_package_know(sp, leg->from->version);
    errand_list_add(&sp->errands.legs, leg);
    if (!site_version_here(leg->from))
        return;
    leg_content_is_here(leg);
    cause_log_switch(sp->manager->sim->memory, &leg->log, sim_now(sp->manager->sim), CAUSE_PACKAGE_THREAD_WAIT);
}

void site_package_expect_deliveries(struct site_package *sp, uint32_t n)
{
    make_room(&sp->errands.deliveries, n);
}

void site_package_add_removal(struct site_package *sp, struct removal *removal)
{
    errand_list_add(&sp->errands.removals, removal);
}

void site_package_drop_delivery(struct site_package *sp, struct delivery *delivery)
{
    if (!delivery->taken_up)
        errand_list_remove(&sp->errands.deliveries, delivery);
}

void site_package_drop_leg(struct site_package *sp, struct leg *leg)
{
    if (!leg->taken_up)
        errand_list_remove(&sp->errands.legs, leg);
}

void site_package_take_in(struct site_package *sp, struct site_version *version)
{
    site_package_know(sp, version->version);
    version->announced = true;
    if (!sp->snapshot_due || sp->snapshot_due->version->number < version->version->number)
        sp->snapshot_due = version;
    content_is_here(version);
}

void site_package_metadata(struct site_package *sp, struct site_version *version)
{
    site_package_know(sp, version->version);
    if (!sp->version_due || sp->version_due->version->number < version->version->number)
        sp->version_due = version;
}

/* ---- copies for other sites (C3, D4) ---- */

static guint n_copies(const struct site_version *version)
{
    return version->copies ? version->copies->len : 0;
}

static struct compressed_copy *copy_of(const struct site_version *version, uint32_t base)
{
    for (guint i = 0; i < n_copies(version); i++) {
        struct compressed_copy *copy = &g_array_index(version->copies, struct compressed_copy, i);
        if (copy->base == base)
            return copy;
    }
    return NULL;
}

double site_version_copy_bytes(const struct site_version *version, uint32_t base)
{
    const struct compressed_copy *copy = copy_of(version, base);
    return copy ? copy->bytes : 0;
}

static void add_copy(struct site_version *version, const struct compressed_copy *copy)
{
    if (!version->copies)
        version->copies = g_array_new(FALSE, FALSE, sizeof(struct compressed_copy));
    if (!copy_of(version, copy->base))
        g_array_append_vals(version->copies, copy, 1);
}

/* The number of the version that the receiver has; where content is parked, of the oldest that has to go on from there;
 * 0: none. */
static uint32_t receiver_has(const struct site_version *receiver)
{
    if (!receiver->sp->parks)
        return receiver->sp->stored ? receiver->sp->stored->number : 0;
    if (!receiver->onward || receiver->onward->len == 0)
        return 0;
    uint32_t oldest = UINT32_MAX;
    for (guint i = 0; i < receiver->onward->len; i++)
        oldest = MIN(oldest, receiver_has(((const struct leg *)receiver->onward->pdata[i])->to));
    return oldest;
}

/* Is a copy that builds on this version of use to who has that one? */
static bool suits(uint32_t base, uint32_t has)
{
    return base == 0 || base <= has;
}

void leg_choose_copy(struct leg *leg)
{
    const struct site_version *from = leg->from;
    uint32_t has = receiver_has(leg->to), number = from->version->number;
    leg->base = 0;
    for (guint i = 0; i < n_copies(from); i++) {
        const struct compressed_copy *copy = &g_array_index(from->copies, struct compressed_copy, i);
        if (copy->received && suits(copy->base, has))
            leg->base = MAX(leg->base, copy->base);
    }
    if (leg->base == 0 && !from->parked && has < number && number - has <= from->sp->manager->params->delta_versions)
        leg->base = has;
}

bool site_version_has_copy_for(const struct site_version *parked, const struct site_version *receiver)
{
    for (guint i = 0; i < n_copies(parked); i++)
        if (suits(g_array_index(parked->copies, struct compressed_copy, i).base, receiver_has(receiver)))
            return true;
    return false;
}

bool leg_suits(const struct leg *leg, const struct site_version *receiver)
{
    return suits(leg->base, receiver_has(receiver));
}

/* Notes which copies this thread has to make; returns their uncompressed size, negative when there are none. */
static double plan_copies(struct site_package *sp)
{
    double bytes = 0;
    bool any = false;
    for (guint i = 0; i < sp->run.legs.n; i++) {
        struct leg *leg = sp->run.legs.items[i];
        const struct version *version = leg->from->version;
        leg_choose_copy(leg);
        if (copy_of(leg->from, leg->base))
            continue;
        const struct content *content = sp->manager->content;
        struct compressed_copy copy = {.base = leg->base, .content_bytes = version->bytes};
        if (leg->base > 0)
            copy.content_bytes = version_delta_bytes(content, package_version(sp->package, leg->base), version);
        add_copy(leg->from, &copy);
        bytes += copy.content_bytes;
        any = true;
    }
    return any ? bytes : -1;
}

void site_version_store(struct site_version *version, uint32_t base, double compressed_bytes)
{
    struct site_package *sp = version->sp;
    const struct compressed_copy copy = {.base = base, .bytes = compressed_bytes, .received = true};
    add_copy(version, &copy);
    site_package_know(sp, version->version);
    version->stored = true;
    version->stored_s = sim_now(sp->manager->sim);
    if (!sp->stored || sp->stored->number < version->version->number)
        sp->stored = version->version;
    content_is_here(version);
}

void site_version_preload(struct site_version *version)
{
    struct site_package *sp = version->sp;
    site_package_know(sp, version->version);
    version->stored = true;
    version->stored_s = sim_now(sp->manager->sim);
    if (!sp->stored || sp->stored->number < version->version->number)
        sp->stored = version->version;
    if (errands_empty(&sp->errands))
        return;
    content_is_here(version); /* for what has been asked for already */
    site_package_notify(sp);
}

bool site_package_forget(struct site_package *sp)
{
    bool any = false;
    for (uint32_t i = 0; i < sp->n_versions; i++) {
        struct site_version *version = sp->versions[i];
        if (!version)
            continue;
        any |= version->stored || version->parked;
        version->stored = version->parked = false;
        version->inbound = NULL;
        g_clear_pointer(&version->copies, g_array_unref);
    }
    sp->stored = NULL;
    return any;
}

void site_version_park(struct site_version *version, uint32_t base, double compressed_bytes)
{
    const struct compressed_copy copy = {.base = base, .bytes = compressed_bytes, .received = true};
    add_copy(version, &copy);
    version->parked = true;
}

/* ---- the package thread ---- */

static void wait_for_slot(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    sp->thread = PACKAGE_WAITING;
    sim_wait(sim, &sp->slot, &sp->manager->line, sim_key_of(0, sim_number(sim)));
}

void site_package_notify(struct site_package *sp)
{
    errands_switch(sp->manager->sim, &sp->errands, CAUSE_PACKAGE_THREAD_WAIT);
    if (sp->thread == PACKAGE_IDLE)
        wait_for_slot(sp);
    else if (sp->thread != PACKAGE_WAITING)
        sp->again = true;
}

static void enter_tail(struct site_package *sp)
{
    sp->thread = PACKAGE_TAIL;
    sim_schedule_after(sp->manager->sim, &sp->step, chance(sp, &sp->manager->params->package_thread_tail_s));
}

static void thread_ends(struct site_package *sp)
{
    bool again = sp->again;
    struct site_version *taken_in = sp->taken_in;
    tell(sp, sp->known, STATUS_PACKAGE_PROCESSED, "");
    sp->thread = PACKAGE_IDLE;
    sp->again = false;
    sp->taken_in = NULL;
    sim_release(sp->manager->sim, &sp->slot);
    if (taken_in)
        sp->manager->version_leaves(taken_in);
    if (again)
        site_package_notify(sp);
}

static void note_version(struct site_package *sp)
{
    tell(sp, sp->version_due->version, STATUS_PACKAGE_UPDATED, "");
    sp->version_due = NULL;
}

static void hand_legs_over(struct site_package *sp)
{
    for (guint i = 0; i < sp->run.legs.n; i++) {
        struct leg *leg = sp->run.legs.items[i];
        tell(sp, leg->from->version, STATUS_TO_CHILD_SITE, leg->transfer.to);
        sp->manager->mini_job_due(leg);
    }
    errand_list_clear(&sp->run.legs);
    enter_tail(sp);
}

/* D4: once per site, version and what the copy builds on. */
static void compress(struct site_package *sp)
{
    if (sp->run.legs.n == 0) {
        enter_tail(sp);
        return;
    }
    sp->copies_bytes = plan_copies(sp);
    if (sp->copies_bytes < 0) {
        hand_legs_over(sp);
        return;
    }
    struct sim *sim = sp->manager->sim;
    sp->thread = PACKAGE_COMPRESSOR;
    legs_switch(sim, &sp->run.legs, CAUSE_COMPRESSOR_WAIT);
    sim_wait(sim, &sp->compressor, &sp->manager->compressor_line, sim_key_of(0, sim_number(sim)));
}

static void work_done(struct sim *sim, struct sim_flow *flow);

/* Reads and writes on the site's disk: most sites never do. */
static void work(struct site_package *sp, double bytes, const double *rate_setting)
{
    struct distribution_manager *manager = sp->manager;
    if (!sp->work) {
        sp->work = sim_memory_take(manager->sim->memory, sizeof *sp->work);
        sp->work->sp = sp;
        sim_flow_init(&sp->work->flow, &manager->disk, manager->disk ? 1 : 0, work_done, NULL);
    }
    sim_flow_start(manager->network, &sp->work->flow, bytes, chance(sp, rate_setting));
}

static void compressor_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct site_package *sp = SIM_OWNER(struct site_package, compressor, waiter);
    sp->thread = PACKAGE_COMPRESSING;
    legs_switch(sim, &sp->run.legs, CAUSE_COMPRESSING);
    work(sp, sp->copies_bytes, &sp->manager->params->compress_rate_bytes_per_s);
}

static void compressed(struct site_package *sp)
{
    const struct version *version = NULL;
    for (guint i = 0; i < sp->run.legs.n; i++) {
        const struct leg *leg = sp->run.legs.items[i];
        struct compressed_copy *copy = copy_of(leg->from, leg->base);
        if (copy->bytes > 0)
            continue;
        copy->bytes = fmax(1, round(copy->content_bytes * sp->manager->params->compression_ratio));
        version = leg->from->version;
    }
    sim_release(sp->manager->sim, &sp->compressor);
    tell(sp, version, EVENT_COMPRESSED, "");
    hand_legs_over(sp);
}

static double dp_thread_time_s(const struct site_package *sp, const struct distribution_point *dp)
{
    const struct distribution_manager *manager = sp->manager;
    return luck_draw(manager->luck, &manager->params->dp_thread_time_s, dp->spec->name, "%s", sp->package->spec->id);
}

static void removal_thread_ends(struct sim *sim, struct sim_event *event);
static void dp_thread_ends(struct sim *sim, struct sim_event *event);

/* Removals come first: what is to be copied there anew finds room. */
static void start_dp_threads(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    if (sp->manager->down)
        return;
    while (sp->dp_threads < sp->manager->shared->max_threads_per_package && sp->next_removal < sp->run.removals.n) {
        struct removal *removal = sp->run.removals.items[sp->next_removal++];
        sp->dp_threads++;
        sim_event_init(&removal->event, SIM_RANK_MODEL, removal_thread_ends);
        sim_schedule_after(sim, &removal->event, dp_thread_time_s(sp, removal->dp));
    }
    while (sp->dp_threads < sp->manager->shared->max_threads_per_package && sp->next_delivery < sp->run.deliveries.n) {
        struct delivery *delivery = sp->run.deliveries.items[sp->next_delivery++];
        struct delivery_work *work = delivery_work(delivery);
        sp->dp_threads++;
        cause_log_switch(sim->memory, &delivery->log, sim_now(sim), CAUSE_DP_THREAD);
        tell(sp, delivery->at->version, STATUS_DP_THREAD_START, delivery->dp->spec->name);
        sim_event_init(&work->event, SIM_RANK_MODEL, dp_thread_ends);
        sim_schedule_after(sim, &work->event, dp_thread_time_s(sp, delivery->dp));
    }
    if (sp->dp_threads > 0)
        return;
    errand_list_clear(&sp->run.deliveries);
    errand_list_clear(&sp->run.removals);
    sp->next_delivery = sp->next_removal = 0;
    compress(sp);
}

static void removal_thread_ends(struct sim *sim, struct sim_event *event)
{
    struct removal *removal = SIM_OWNER(struct removal, event, event);
    struct site_package *sp = removal->at->sp;
    (void)sim;
    sp->manager->removal_due(removal);
    sp->dp_threads--;
    start_dp_threads(sp);
}

static void dp_thread_ends(struct sim *sim, struct sim_event *event)
{
    struct delivery *delivery = SIM_OWNER(struct delivery_work, event, event)->delivery;
    struct site_package *sp = delivery->at->sp;
    cause_log_end(sim->memory, &delivery->log, sim_now(sim));
    tell(sp, delivery->at->version, STATUS_JOB_CREATED, delivery->dp->spec->name);
    sp->manager->job_due(delivery);
    sp->dp_threads--;
    start_dp_threads(sp);
}

static void dp_thread_ends_next(const struct sim_event *event, unsigned step)
{
    const struct delivery_work *work = SIM_OWNER(const struct delivery_work, event, event);
    const struct delivery *delivery = work->delivery;
    if (step == 0) {
        __builtin_prefetch(delivery, 1);
    } else if (step == 1) {
        __builtin_prefetch(delivery->at);
        __builtin_prefetch(delivery->log.last, 1);
    } else if (step == 2) {
        sim_call_for(delivery->at->sp, sizeof *delivery->at->sp);
    } else if (step == 3) {
        const struct site_package *sp = delivery->at->sp;
        if (sp->next_delivery < sp->run.deliveries.n)
            __builtin_prefetch(&sp->run.deliveries.items[sp->next_delivery]);
    } else if (step == 4) {
        const struct site_package *sp = delivery->at->sp;
        if (sp->next_delivery < sp->run.deliveries.n)
            __builtin_prefetch(sp->run.deliveries.items[sp->next_delivery], 1);
    }
    if (step > 0 && step < 4)
        distribution_point_foresee(delivery->dp, step - 1);
}

void site_package_resume(struct site_package *sp)
{
    if (sp->thread == PACKAGE_DP_THREADS)
        start_dp_threads(sp);
}

static void process(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    sp->thread = PACKAGE_DP_THREADS;
    for (guint i = 0; i < sp->run.deliveries.n; i++) {
        struct delivery *delivery = sp->run.deliveries.items[i];
        cause_log_switch(sim->memory, &delivery->log, sim_now(sim), CAUSE_DP_THREAD_WAIT);
    }
    legs_switch(sim, &sp->run.legs, CAUSE_DP_THREAD);
    start_dp_threads(sp);
}

static void slot_granted(struct sim *sim, struct sim_waiter *waiter)
{
    struct site_package *sp = SIM_OWNER(struct site_package, slot, waiter);
    struct distribution_manager *manager = sp->manager;
    tell(sp, sp->known, STATUS_PACKAGE_BEGIN, "");
    take_up(sp);
    if (sp->snapshot_due) {
        sp->thread = PACKAGE_SNAPSHOT;
        sp->taken_in = sp->snapshot_due;
        sp->snapshot_due = NULL;
        errands_switch(sim, &sp->run, CAUSE_SNAPSHOT);
        work(sp, sp->taken_in->version->bytes, &manager->params->snapshot_rate_bytes_per_s);
    } else if (!errands_empty(&sp->run)) {
        if (sp->version_due)
            note_version(sp);
        process(sp);
    } else {
        sp->thread = PACKAGE_NOTING;
        sim_schedule_after(sim, &sp->step, chance(sp, &manager->params->metadata_time_s));
    }
}

static void work_done(struct sim *sim, struct sim_flow *flow)
{
    struct site_package *sp = SIM_OWNER(struct package_work, flow, flow)->sp;
    (void)sim;
    if (sp->thread == PACKAGE_COMPRESSING) {
        compressed(sp);
        return;
    }
    sp->taken_in->stored = true;
    sp->stored = sp->taken_in->version;
    tell(sp, sp->stored, STATUS_SNAPSHOT_DONE, "");
    tell(sp, sp->stored, STATUS_PACKAGE_UPDATED, "");
    process(sp);
}

static void step_ends(struct sim *sim, struct sim_event *event)
{
    struct site_package *sp = SIM_OWNER(struct site_package, step, event);
    (void)sim;
    if (sp->thread == PACKAGE_TAIL) {
        thread_ends(sp);
        return;
    }
    if (sp->version_due)
        note_version(sp);
    enter_tail(sp);
}

/* ---- wiring ---- */

void distribution_manager_init(struct distribution_manager *manager, struct sim *sim, struct sim_network *network,
                               const struct distribution_manager_params *params,
                               const struct software_distribution_params *shared, const struct content *content,
                               const struct observer *observer, const char *site, struct sim_link *disk)
{
    *manager = (struct distribution_manager){.sim = sim,
                                             .network = network,
                                             .params = params,
                                             .shared = shared,
                                             .content = content,
                                             .observer = observer,
                                             .site = site,
                                             .disk = disk};
    sim_foresee(sim, dp_thread_ends, dp_thread_ends_next);
    sim_slots_init(sim, &manager->threads, shared->max_packages);
    sim_line_init(sim, &manager->line, &manager->threads, SIM_UNLIMITED);
    sim_slots_init(sim, &manager->compressor, 1);
    sim_line_init(sim, &manager->compressor_line, &manager->compressor, SIM_UNLIMITED);
}

void distribution_manager_clear(struct distribution_manager *manager)
{
    sim_line_clear(&manager->line);
    sim_slots_clear(manager->sim, &manager->threads);
    sim_line_clear(&manager->compressor_line);
    sim_slots_clear(manager->sim, &manager->compressor);
}

static void site_version_free(struct site_version *version)
{
    if (!version)
        return;
    g_clear_pointer(&version->copies, g_array_unref);
    g_clear_pointer(&version->onward, g_ptr_array_unref);
    errands_clear(&version->with_metadata);
}

struct site_version *site_package_version(struct site_package *sp, struct version *version)
{
    if (sp->n_versions < version->number) {
        sp->versions = g_renew(struct site_version *, sp->versions, version->number);
        while (sp->n_versions < version->number)
            sp->versions[sp->n_versions++] = NULL;
    }
    struct site_version **place = &sp->versions[version->number - 1];
    if (!*place) {
        struct site_version *known = sim_memory_take0(sp->manager->sim->memory, sizeof *known);
        known->sp = sp;
        known->version = version;
        *place = known;
    }
    return *place;
}

void site_package_init(struct site_package *sp, struct distribution_manager *manager, struct package *package,
                       bool is_source, bool parks)
{
    *sp = (struct site_package){.manager = manager, .package = package, .is_source = is_source, .parks = parks};
    sim_waiter_init(&sp->slot, slot_granted);
    sim_waiter_init(&sp->compressor, compressor_granted);
    sim_event_init(&sp->step, SIM_RANK_MODEL, step_ends);
}

static void leave(struct sim *sim, struct sim_waiter *waiter)
{
    if (sim_waiting(waiter))
        sim_wait_cancel(sim, waiter);
    else if (sim_holding(waiter))
        sim_release(sim, waiter);
}

void site_package_clear(struct site_package *sp)
{
    struct sim *sim = sp->manager->sim;
    sim_cancel(sim, &sp->step);
    if (sp->work && sp->work->flow.moving)
        sim_flow_stop(sp->manager->network, &sp->work->flow);
    leave(sim, &sp->slot);
    leave(sim, &sp->compressor);
    if (sp->work)
        sim_flow_clear(&sp->work->flow);
    for (uint32_t i = 0; i < sp->n_versions; i++)
        site_version_free(sp->versions[i]);
    g_free(sp->versions);
    errands_clear(&sp->errands);
    errands_clear(&sp->run);
}
