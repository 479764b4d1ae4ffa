#include "sim/app/plot/plot_lanes.h"

#include <math.h>
#include <string.h>

static struct lane_group *group_at(GArray *groups, guint i)
{
    return &g_array_index(groups, struct lane_group, i);
}

static struct lane_group *find_group(GArray *groups, const char *site, enum lane_group_kind kind)
{
    for (guint i = 0; i < groups->len; i++)
        if (group_at(groups, i)->kind == kind && !strcmp(group_at(groups, i)->site, site))
            return group_at(groups, i);
    return NULL;
}

static int32_t find_pool(const struct collector *c, const char *entity, enum pool_kind kind)
{
    for (uint32_t i = 0; i < c->n_pools; i++)
        if (c->pools[i].kind == kind && !strcmp(c->pools[i].entity, entity))
            return (int32_t)i;
    return -1;
}

static struct lane_group *add_group(GArray *groups, const struct collector *c, const char *site,
                                    enum lane_group_kind kind, int32_t pool)
{
    double waited_s = c->pools[pool].slots->waited_s;
    struct lane_group fresh = {.kind = kind,
                               .collector = c,
                               .pool = (uint32_t)pool,
                               .site = site,
                               .bars = g_array_new(FALSE, FALSE, sizeof(struct lane_bar)),
                               .waits = waited_s > 0,
                               .waited_s = waited_s};
    g_array_append_val(groups, fresh);
    return group_at(groups, groups->len - 1);
}

struct lane_group *lane_group_of(GArray *groups, const struct collector *c, const char *site, enum lane_group_kind kind)
{
    struct lane_group *group = find_group(groups, site, kind);

    if (group)
        return group;
    int32_t pool = find_pool(c, site, kind == LANES_SENDER ? POOL_SENDER : POOL_TRANSFER_MANAGER);
    return pool < 0 ? NULL : add_group(groups, c, site, kind, pool);
}

/* While groups are filled: which belong to a site, and which pool to it or to a distribution point, each + 1; 0: none.
 */
struct filling {
    GArray *groups;
    const struct collector *c;
    uint32_t *group_of[LANES_PULL + 1], *pool_of[LANES_PULL + 1];
};

static void filling_begin(struct filling *f)
{
    const struct scenario *scenario = f->c->scenario;

    for (int kind = 0; kind <= LANES_PULL; kind++) {
        f->group_of[kind] = g_new0(uint32_t, scenario->sites->len + 1);
        f->pool_of[kind] =
            g_new0(uint32_t, (kind == LANES_PULL ? scenario->distribution_points->len : scenario->sites->len) + 1);
    }
    for (uint32_t i = 0; i < f->c->n_pools; i++) {
        const struct hierarchy_pool *pool = &f->c->pools[i];
        enum lane_group_kind kind = pool->kind == POOL_SENDER             ? LANES_SENDER
                                    : pool->kind == POOL_TRANSFER_MANAGER ? LANES_TRANSFER_MANAGER
                                                                          : LANES_PULL;
        int32_t of = kind != LANES_PULL             ? collector_site(f->c, pool->entity)
                     : pool->kind == POOL_PULL_JOBS ? collector_dp(f->c, pool->entity)
                                                    : -1;
        if (of >= 0)
            f->pool_of[kind][of] = i + 1;
    }
}

static void filling_end(struct filling *f)
{
    for (int kind = 0; kind <= LANES_PULL; kind++) {
        g_free(f->group_of[kind]);
        g_free(f->pool_of[kind]);
    }
}

/* Added when it is not there; NULL: there is no such pool. */
static struct lane_group *group_of_site(struct filling *f, int32_t site, enum lane_group_kind kind)
{
    uint32_t *group = &f->group_of[kind][site];
    const char *code = scenario_site(f->c->scenario, site)->code;

    if (*group)
        return group_at(f->groups, *group - 1);
    if (kind == LANES_PULL) {
        struct lane_group fresh = {.kind = kind,
                                   .collector = f->c,
                                   .site = code,
                                   .pulls = g_array_new(FALSE, FALSE, sizeof(struct pull_lane))};
        g_array_append_val(f->groups, fresh);
    } else if (!f->pool_of[kind][site]) {
        return NULL;
    } else {
        add_group(f->groups, f->c, code, kind, (int32_t)f->pool_of[kind][site] - 1);
    }
    *group = f->groups->len;
    return group_at(f->groups, *group - 1);
}

static enum lane_brake brake_of(const struct transfer_row *row)
{
    switch ((enum transfer_limit)row->limit) {
    case LIMIT_LINK:
        return BRAKE_LINK;
    case LIMIT_WINDOW:
    case LIMIT_MAX_RATE:
        return BRAKE_CONNECTION;
    case LIMIT_RATE_LIMIT:
    case LIMIT_PULSE:
        return BRAKE_RATE_LIMIT;
    default:
        return BRAKE_NONE;
    }
}

static void extend(struct time_range *range, double from_s, double to_s)
{
    range->from_s = fmin(range->from_s, from_s);
    range->to_s = fmax(range->to_s, to_s);
}

static void add_bar(struct lane_group *group, const struct lane_bar *bar)
{
    g_array_append_vals(group->bars, bar, 1);
    group->n_lanes = MAX(group->n_lanes, bar->thread + 1);
}

/* ---- tries on threads ---- */

/* Of a pull job: a try of the site, on a thread of its transfer manager; the others are downloads. */
static bool is_of_the_site(const struct attempt_row *attempt)
{
    static const char *const outcomes[] = {"notified", "no_source", "no_capacity", "destination_down"};

    for (size_t i = 0; i < G_N_ELEMENTS(outcomes); i++)
        if (!strcmp(attempt->outcome, outcomes[i]))
            return true;
    return false;
}

/* The last try of a transfer. */
struct before {
    double ended_s;
    uint32_t thread;
    bool any;
};

static void add_tries(struct filling *f, bool of_senders, struct time_range *range)
{
    const struct collector *c = f->c;
    g_autofree struct before *before = g_new0(struct before, c->transfers->len + 1);
    g_autoptr(GHashTable) destinations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        if (attempt->row >= c->transfers->len)
            continue;
        const struct transfer_row *transfer = collector_transfer(c, attempt->row);
        int32_t site = transfer->from ? collector_site(c, transfer->from) : -1;
        bool pull = transfer->kind == TRANSFER_PULL_JOB;
        int32_t dp = pull ? collector_dp(c, transfer->to) : -1;

        if ((transfer->kind == TRANSFER_SEND_REQUEST) != of_senders || (pull && !is_of_the_site(attempt)))
            continue;
        if (dp >= 0) /* by now it may come from one of its sources */
            site = scenario_dp(c->scenario, (uint32_t)dp)->site;
        struct lane_group *group =
            site >= 0 ? group_of_site(f, site, of_senders ? LANES_SENDER : LANES_TRANSFER_MANAGER) : NULL;
        if (!group)
            continue;
        bool done = !strcmp(attempt->outcome, "done") || !strcmp(attempt->outcome, "cut_short") ||
                    !strcmp(attempt->outcome, "notified");
        struct lane_bar bar = {.from_s = attempt->started_s,
                               .to_s = attempt->ended_s,
                               .thread = attempt->thread,
                               .priority = transfer->priority,
                               .look = done                 ? LOOK_DONE
                                       : attempt->bytes > 0 ? LOOK_LOST
                                                            : LOOK_HOLDS,
                               .brake = attempt->bytes > 0 ? (uint8_t)brake_of(transfer) : BRAKE_NONE,
                               .label = transfer->to};
        struct before *last = &before[attempt->row];
        double held_s = attempt->started_s - last->ended_s;

        if (last->any && of_senders && last->thread == attempt->thread && held_s > 0 &&
            held_s <= scenario_site(c->scenario, site)->sender.retry_delay_s * 1.0001) {
            struct lane_bar hold = {last->ended_s, attempt->started_s, bar.thread, bar.priority,
                                    LOOK_HOLDS,    BRAKE_NONE,         bar.label};
            add_bar(group, &hold);
        }
        add_bar(group, &bar);
        if (!last->any) {
            group->n_transfers++;
            char *pair = g_strdup_printf("%d %s", site, transfer->to);
            group->n_destinations += g_hash_table_add(destinations, pair) ? 1 : 0;
        }
        *last = (struct before){attempt->ended_s, attempt->thread, true};
        extend(range, transfer->created_s, attempt->ended_s);
    }
}

/* ---- pull jobs ---- */

static void add_pulls(struct filling *f, struct time_range *range)
{
    const struct collector *c = f->c;
    g_autofree uint32_t *lane_of = g_new0(uint32_t, c->scenario->distribution_points->len + 1); /* of its group, + 1 */

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        int32_t dp = row->kind == TRANSFER_PULL_JOB ? collector_dp(c, row->to) : -1;

        if (dp < 0)
            continue;
        const struct dp_spec *spec = scenario_dp(c->scenario, (uint32_t)dp);
        if (!f->pool_of[LANES_PULL][dp])
            continue;
        struct lane_group *group = group_of_site(f, spec->site, LANES_PULL);
        if (!lane_of[dp]) {
            struct pull_lane fresh = {.dp = spec->name,
                                      .pool = f->pool_of[LANES_PULL][dp] - 1,
                                      .refusals = g_array_new(FALSE, FALSE, sizeof(struct lane_refusal))};
            g_array_append_val(group->pulls, fresh);
            lane_of[dp] = group->pulls->len;
        }
        struct pull_lane *lane = &g_array_index(group->pulls, struct pull_lane, lane_of[dp] - 1);
        double waited_s = row->in_state_s[TRANSFER_SOURCE_WAIT] + row->in_state_s[TRANSFER_CAPACITY_WAIT];
        lane->n_jobs++;
        lane->waited_s += waited_s;
        group->n_transfers++;
        group->waited_s += waited_s;
        group->n_lanes = group->n_destinations = group->pulls->len;
        extend(range, row->created_s, isnan(row->finished_s) ? c->ended_s : row->finished_s);
    }
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        bool no_room = !strcmp(attempt->outcome, "no_capacity");
        if (attempt->row >= c->transfers->len || (!no_room && strcmp(attempt->outcome, "no_source")))
            continue;
        int32_t dp = collector_dp(c, collector_transfer(c, attempt->row)->to);
        if (dp < 0 || !lane_of[dp])
            continue;
        int32_t site = scenario_dp(c->scenario, (uint32_t)dp)->site;
        const struct lane_refusal refusal = {attempt->ended_s, no_room};
        g_array_append_val(
            g_array_index(group_of_site(f, site, LANES_PULL)->pulls, struct pull_lane, lane_of[dp] - 1).refusals,
            refusal);
    }
}

/* ---- when something happened ---- */

/* From the creation of a transfer to its end: what waits is not idle. */
static void add_lives(const GArray *groups, const struct collector *c, bool of_senders, struct time_range range,
                      GArray *happens)
{
    for (guint i = 0; groups->len && i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);
        const struct time_range when = {row->created_s, isnan(row->finished_s) ? range.to_s : row->finished_s};

        if ((row->kind == TRANSFER_SEND_REQUEST) == of_senders && when.from_s <= range.to_s)
            g_array_append_val(happens, when);
    }
}

/* ---- order ---- */

static gint by_thread_and_time(gconstpointer a, gconstpointer b)
{
    const struct lane_bar *p = a, *q = b;

    if (p->thread != q->thread)
        return p->thread < q->thread ? -1 : 1;
    return p->from_s < q->from_s ? -1 : p->from_s > q->from_s;
}

static gint longest_wait_first(gconstpointer a, gconstpointer b)
{
    const struct lane_group *p = a, *q = b;

    if (p->waited_s != q->waited_s)
        return p->waited_s > q->waited_s ? -1 : 1;
    if (p->n_transfers != q->n_transfers)
        return p->n_transfers > q->n_transfers ? -1 : 1;
    return strcmp(p->site, q->site) ? strcmp(p->site, q->site) : (int)p->kind - (int)q->kind;
}

static gint longest_pull_first(gconstpointer a, gconstpointer b)
{
    const struct pull_lane *p = a, *q = b;

    if (p->waited_s != q->waited_s)
        return p->waited_s > q->waited_s ? -1 : 1;
    return p->pool < q->pool ? -1 : p->pool > q->pool;
}

GArray *lane_groups_new(const struct collector *c, bool of_senders, struct time_range *range, GArray *happens)
{
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct lane_group));
    struct time_range own = {INFINITY, -INFINITY};
    struct filling filling = {.groups = groups, .c = c};

    filling_begin(&filling);
    add_tries(&filling, of_senders, &own);
    if (!of_senders)
        add_pulls(&filling, &own);
    filling_end(&filling);
    add_lives(groups, c, of_senders, own, happens);
    if (groups->len)
        extend(range, own.from_s, own.to_s);
    for (guint i = 0; i < groups->len; i++) {
        if (group_at(groups, i)->bars)
            g_array_sort(group_at(groups, i)->bars, by_thread_and_time);
        if (group_at(groups, i)->pulls)
            g_array_sort(group_at(groups, i)->pulls, longest_pull_first);
    }
    g_array_sort(groups, longest_wait_first);
    return groups;
}

void lane_groups_free(GArray *groups)
{
    for (guint i = 0; i < groups->len; i++) {
        struct lane_group *group = group_at(groups, i);

        for (guint k = 0; group->pulls && k < group->pulls->len; k++)
            g_array_unref(g_array_index(group->pulls, struct pull_lane, k).refusals);
        if (group->bars)
            g_array_unref(group->bars);
        if (group->pulls)
            g_array_unref(group->pulls);
    }
    g_array_unref(groups);
}
