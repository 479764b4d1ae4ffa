#include "sim/app/story.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "sim/app/wall_clock.h"
#include "sim/app/words.h"

enum { MAX_NAMES = 4, TIME_COLUMN = 37 };

/* Something that held a thread: a transfer, or a package at a site. */
struct hold {
    double from_s, to_s;
    const char *site, *to; /* to: "" where there is no destination */
    uint32_t package;
    uint32_t row; /* of the transfer; UINT32_MAX: none */
    uint8_t kind; /* enum pool_kind */
};

/* A transfer that moved bytes. */
struct motion {
    double from_s, to_s;
    uint32_t row;
};

struct storyteller {
    const struct collector *c;
    const struct scenario *scenario;
    GArray *holds;   /* struct hold */
    GArray *motions; /* struct motion */
};

double story_duration_s(const struct delivery_row *row)
{
    return row->until_s - row->requested_s;
}

/* ---- who held which thread when ---- */

/* A pull job holds a thread of its site only until the distribution point has been notified. */
static bool holds_thread_of_site(const struct change_row *change, const struct transfer_row *row)
{
    return change->holds && (row->kind != TRANSFER_PULL_JOB || change->state == TRANSFER_STARTING ||
                             change->state == TRANSFER_NOTIFYING);
}

/* From each change of its state to the next, or to the end of the run, a transfer holds a thread or does not, moves or
 * does not. */
static void hold_by_transfers(struct storyteller *t)
{
    const struct collector *c = t->c;
    g_autofree const struct change_row **last = g_new0(const struct change_row *, c->transfers->len + 1);

    for (guint i = 0; i < c->changes->len + c->transfers->len; i++) {
        const struct change_row *now = i < c->changes->len ? &g_array_index(c->changes, struct change_row, i) : NULL;
        uint32_t index = now ? now->row : i - c->changes->len;
        const struct transfer_row *row = collector_transfer(c, index);
        const struct change_row *was = last[index];
        double now_s = now ? now->time_s : c->ended_s;

        last[index] = now;
        if (!was || was->time_s == now_s)
            continue;
        if (was->state == TRANSFER_MOVING) {
            struct motion motion = {was->time_s, now_s, index};
            g_array_append_val(t->motions, motion);
        }
        if (holds_thread_of_site(was, row)) {
            struct hold hold = {was->time_s,
                                now_s,
                                was->from,
                                row->to,
                                row->package,
                                index,
                                row->kind == TRANSFER_SEND_REQUEST ? POOL_SENDER : POOL_TRANSFER_MANAGER};
            g_array_append_val(t->holds, hold);
        }
    }
}

/* Threads that begin and end with messages of the same site and package. */
static void hold_by_events(struct storyteller *t, enum pool_kind kind, enum status_id begins, enum status_id ends)
{
    const struct collector *c = t->c;
    g_autoptr(GHashTable) open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);

        if (event->id != begins && event->id != ends)
            continue;
        char *key = g_strdup_printf("%s %u", event->site, event->package);
        if (event->id == begins) {
            struct hold hold = {event->time_s, c->ended_s, event->site, "", event->package, UINT32_MAX, (uint8_t)kind};

            g_hash_table_insert(open, key, GUINT_TO_POINTER(t->holds->len + 1));
            g_array_append_val(t->holds, hold);
        } else {
            guint n = GPOINTER_TO_UINT(g_hash_table_lookup(open, key));

            if (n)
                g_array_index(t->holds, struct hold, n - 1).to_s = event->time_s;
            g_hash_table_remove(open, key);
            g_free(key);
        }
    }
}

struct storyteller *storyteller_new(const struct collector *c)
{
    struct storyteller *t = g_new0(struct storyteller, 1);

    t->c = c;
    t->scenario = c->scenario;
    t->holds = g_array_new(FALSE, FALSE, sizeof(struct hold));
    t->motions = g_array_new(FALSE, FALSE, sizeof(struct motion));
    hold_by_transfers(t);
    hold_by_events(t, POOL_PACKAGE_THREADS, STATUS_PACKAGE_BEGIN, STATUS_PACKAGE_PROCESSED);
    hold_by_events(t, POOL_DESPOOLER, EVENT_DESPOOLING_STARTED, STATUS_STORED);
    return t;
}

void storyteller_free(struct storyteller *t)
{
    if (!t)
        return;
    g_array_unref(t->holds);
    g_array_unref(t->motions);
    g_free(t);
}

static double overlap_s(double from_s, double to_s, double other_from_s, double other_to_s)
{
    return fmax(0, fmin(to_s, other_to_s) - fmax(from_s, other_from_s));
}

/* A name and for how long it was busy. */
struct named {
    const char *name;
    double busy_s;
};

static void name_add(GArray *names, const char *name, double busy_s)
{
    for (guint i = 0; i < names->len; i++) {
        struct named *named = &g_array_index(names, struct named, i);
        if (!strcmp(named->name, name)) {
            named->busy_s += busy_s;
            return;
        }
    }
    struct named named = {name, busy_s};
    g_array_append_val(names, named);
}

static gint busiest_first(gconstpointer a, gconstpointer b)
{
    const struct named *p = a, *q = b;

    if (p->busy_s != q->busy_s)
        return p->busy_s > q->busy_s ? -1 : 1;
    return strcmp(p->name, q->name);
}

/* "APP00001, APP00002, APP00003 and 12 more" */
static char *names_text(GArray *names)
{
    GString *text = g_string_new(NULL);

    g_array_sort(names, busiest_first);
    guint n_shown = names->len > MAX_NAMES ? MAX_NAMES - 1 : names->len;
    for (guint i = 0; i < n_shown; i++)
        g_string_append_printf(text, "%s%s",
                               i == 0                                         ? ""
                               : i + 1 == names->len && n_shown == names->len ? " and "
                                                                              : ", ",
                               g_array_index(names, struct named, i).name);
    if (n_shown < names->len)
        g_string_append_printf(text, " and %u more", names->len - n_shown);
    return g_string_free(text, FALSE);
}

/* What one looks for among the holds. */
struct question {
    enum pool_kind kind;
    const char *site, *to; /* to NULL: any */
    double from_s, to_s;
    uint32_t own_row; /* not this transfer */
};

struct answer {
    GArray *packages, *destinations; /* struct named */
    double mean;                     /* threads held, over the time asked about */
    guint most;                      /* at once */
};

static gint by_time(gconstpointer a, gconstpointer b)
{
    const double *p = a, *q = b; /* time, +1 or -1 */

    if (p[0] != q[0])
        return p[0] < q[0] ? -1 : 1;
    return p[1] < q[1] ? -1 : p[1] > q[1];
}

static struct answer who_holds(const struct storyteller *t, const struct question *q)
{
    struct answer answer = {g_array_new(FALSE, FALSE, sizeof(struct named)),
                            g_array_new(FALSE, FALSE, sizeof(struct named)), 0, 0};
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, 2 * sizeof(double));
    double sum_s = 0;
    int now = 0;

    for (guint i = 0; i < t->holds->len; i++) {
        const struct hold *hold = &g_array_index(t->holds, struct hold, i);
        double busy_s = overlap_s(q->from_s, q->to_s, hold->from_s, hold->to_s);

        if (busy_s <= 0 || hold->kind != q->kind || strcmp(hold->site, q->site) || (q->to && strcmp(hold->to, q->to)) ||
            (hold->row == q->own_row && hold->row != UINT32_MAX))
            continue;
        const double pair[2][2] = {{hold->from_s, 1}, {hold->to_s, -1}};
        g_array_append_vals(ends, pair, 2);
        name_add(answer.packages, scenario_package(t->scenario, hold->package)->id, busy_s);
        name_add(answer.destinations, hold->to, busy_s);
        sum_s += busy_s;
    }
    g_array_sort(ends, by_time);
    for (guint i = 0; i < ends->len; i++) {
        now += (int)((const double *)(const void *)ends->data)[2 * i + 1];
        answer.most = MAX(answer.most, (guint)MAX(now, 0));
    }
    answer.mean = q->to_s > q->from_s ? sum_s / (q->to_s - q->from_s) : 0;
    return answer;
}

static void answer_clear(struct answer *answer)
{
    g_array_unref(answer->packages);
    g_array_unref(answer->destinations);
}

/* ---- one line of the story ---- */

struct episode {
    struct story_row span;
    char *text;
};

struct tale {
    struct storyteller *t;
    uint64_t number;
    const struct delivery_row *row;
    GArray *episodes; /* struct episode */
    const struct package_spec *package;
};

static const struct site_spec *site_named(const struct tale *tale, const char *code)
{
    const struct scenario *s = tale->t->scenario;

    for (guint i = 0; i < s->sites->len; i++)
        if (!strcmp(scenario_site(s, (int32_t)i)->code, code))
            return scenario_site(s, (int32_t)i);
    return NULL;
}

/* The transfer on whose way the span lies. */
static uint32_t transfer_of(const struct tale *tale, const struct story_row *span)
{
    const struct collector *c = tale->t->c;
    uint32_t found = UINT32_MAX;

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);

        if (row->package == tale->row->package && !strcmp(row->to, span->to) &&
            (row->kind == TRANSFER_SEND_REQUEST) == span->on_the_way &&
            (!span->on_the_way || !strcmp(row->from, span->from)) && row->created_s <= span->from_s &&
            (isnan(row->finished_s) || row->finished_s >= span->to_s))
            found = i;
    }
    return found;
}

/* The transfer's last change of state until then. */
static const struct change_row *change_at(const struct tale *tale, uint32_t row, double time_s)
{
    const struct collector *c = tale->t->c;
    const struct change_row *found = NULL;

    for (guint i = 0; i < c->changes->len; i++) {
        const struct change_row *change = &g_array_index(c->changes, struct change_row, i);
        if (change->row == row && change->time_s <= time_s)
            found = change;
    }
    return found;
}

static enum transfer_state state_at(const struct tale *tale, const struct story_row *span)
{
    uint32_t row = transfer_of(tale, span);
    const struct change_row *change = row == UINT32_MAX ? NULL : change_at(tale, row, span->from_s);

    return change ? change->state : N_TRANSFER_STATES;
}

static const struct attempt_row *attempt_in(const struct tale *tale, uint32_t row, double from_s, double to_s)
{
    const struct collector *c = tale->t->c;

    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        if (attempt->row == row && attempt->started_s <= from_s && attempt->ended_s >= to_s)
            return attempt;
    }
    return NULL;
}

static void clock_at(const struct tale *tale, char text[WALL_CLOCK_SIZE], double time_s)
{
    wall_clock_second(text, tale->t->scenario->start_s, time_s);
}

/* "3 of 3 busy with CS100031, CS100040 and CS100041" */
static void append_busy(GString *text, const struct answer *answer, guint capacity, bool where)
{
    g_autofree char *packages = names_text(answer->packages), *destinations = names_text(answer->destinations);

    if (!answer->packages->len) {
        g_string_append(text, "none was free");
        return;
    }
    if (answer->most >= capacity)
        g_string_append_printf(text, "%u of %u busy with %s", capacity, capacity, packages);
    else
        g_string_append_printf(text, "only %u at a time, busy with %s", answer->most, packages);
    if (where)
        g_string_append_printf(text, ", to %s", destinations);
}

static double part_s(const struct story_row *span, enum cause cause)
{
    return (span->other == cause ? span->other_s : 0) +
           (span->cause == cause ? span->to_s - span->from_s - span->other_s : 0);
}

static void wait_for_sender(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct site_spec *from = site_named(tale, span->from);
    double whole_s = span->to_s - span->from_s, per_site_s = part_s(span, CAUSE_SENDER_WAIT_PER_SITE);
    double all_sites_s = part_s(span, CAUSE_SENDER_WAIT_ALL_SITES);
    bool for_site = per_site_s > 0.01 * whole_s, for_all = all_sites_s > 0.01 * whole_s;
    struct question question = {POOL_SENDER, span->from, span->to, span->from_s, span->to_s, transfer_of(tale, span)};

    g_string_append(text, "waited for a sending thread");
    if (for_site) {
        struct answer answer = who_holds(tale->t, &question);
        g_autofree char *part = words_duration(per_site_s);

        g_string_append_printf(text, " to %s", span->to);
        if (for_all)
            g_string_append_printf(text, " (%s)", part);
        g_string_append(text, ": ");
        append_busy(text, &answer, from->sender.max_concurrent_per_site, false);
        answer_clear(&answer);
    }
    if (for_all) {
        question.to = NULL;
        struct answer answer = who_holds(tale->t, &question);
        g_autofree char *part = words_duration(all_sites_s);

        g_string_append_printf(text, for_site ? "; and for any of %s" : " of %s", span->from);
        if (for_site)
            g_string_append_printf(text, " (%s)", part);
        g_string_append(text, ": ");
        append_busy(text, &answer, from->sender.max_concurrent_all_sites, true);
        answer_clear(&answer);
    }
}

static void wait_for_transfer_thread(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct software_distribution_params *shared = &site_named(tale, span->from)->software_distribution;
    uint32_t row = transfer_of(tale, span);
    struct question question = {POOL_TRANSFER_MANAGER, span->from, NULL, span->from_s, span->to_s, row};
    struct answer answer = who_holds(tale->t, &question);
    enum transfer_state state = state_at(tale, span);

    if (state == TRANSFER_STARTING) {
        g_string_append(text, "its transfer thread started");
    } else if (state == TRANSFER_NOTIFYING) {
        g_string_append_printf(text, "a transfer thread of %s notified %s", span->from, span->to);
    } else {
        g_string_append_printf(text, "waited for a transfer thread of %s: ", span->from);
        append_busy(text, &answer, shared->max_packages * shared->max_threads_per_package, true);
    }
    answer_clear(&answer);
}

static void wait_for_package_thread(const struct tale *tale, const struct story_row *span, GString *text)
{
    struct question question = {POOL_PACKAGE_THREADS, span->from, NULL, span->from_s, span->to_s, UINT32_MAX};
    struct answer answer = who_holds(tale->t, &question);
    double own_s = 0;

    for (guint i = 0; i < answer.packages->len; i++) {
        const struct named *named = &g_array_index(answer.packages, struct named, i);
        if (!strcmp(named->name, tale->package->id))
            own_s = named->busy_s;
    }
    if (own_s >= 0.99 * (span->to_s - span->from_s)) {
        g_string_append_printf(text, "waited for the package thread of %s that was busy with this package", span->from);
    } else {
        g_string_append_printf(text, "waited for a package thread of %s: ", span->from);
        append_busy(text, &answer, site_named(tale, span->from)->software_distribution.max_packages, false);
    }
    answer_clear(&answer);
}

static void wait_for_despooler(const struct tale *tale, const struct story_row *span, GString *text)
{
    struct question question = {POOL_DESPOOLER, span->to, NULL, span->from_s, span->to_s, UINT32_MAX};
    struct answer answer = who_holds(tale->t, &question);

    g_string_append_printf(text, "waited for a despooling thread of %s: ", span->to);
    append_busy(text, &answer, site_named(tale, span->to)->despooler.threads, false);
    answer_clear(&answer);
}

/* How often the site said this of the package (and the object, unless NULL) in the span. */
static guint said(const struct tale *tale, const char *site, enum status_id id, const char *object,
                  const struct story_row *span)
{
    const struct collector *c = tale->t->c;
    guint n = 0;

    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);
        n += event->id == id && event->package == tale->row->package && event->time_s >= span->from_s &&
             event->time_s < span->to_s && !strcmp(event->site, site) && (!object || !strcmp(event->object, object));
    }
    return n;
}

static void wait_for_compressor(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct collector *c = tale->t->c;
    g_autoptr(GArray) packages = g_array_new(FALSE, FALSE, sizeof(struct named));

    /* Whoever was compressed until then, in that order. */
    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);
        if (event->id == EVENT_COMPRESSED && event->time_s > span->from_s && event->time_s <= span->to_s &&
            !strcmp(event->site, span->from))
            name_add(packages, scenario_package(tale->t->scenario, event->package)->id, -event->time_s);
    }
    g_autofree char *names = names_text(packages);
    g_string_append_printf(text, "waited for the compressor of %s, which takes one package at a time", span->from);
    if (packages->len)
        g_string_append_printf(text, ": busy with %s", names);
}

static void waited_to_try_again(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct collector *c = tale->t->c;
    uint32_t row = transfer_of(tale, span);
    const char *reason = NULL;
    guint n_failed = 0;

    for (guint i = 0; row != UINT32_MAX && i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        if (attempt->row == row && attempt->ended_s >= span->from_s && attempt->ended_s < span->to_s) {
            n_failed++;
            reason = attempt->outcome;
        }
    }
    if (!reason && row != UINT32_MAX)
        reason = collector_transfer(c, row)->reason;
    g_autofree char *words = g_strdup(reason ? reason : "failed");
    g_strdelimit(words, "_", ' ');
    if (n_failed > 1)
        g_string_append_printf(text, "%u tries failed (%s), with waits between them", n_failed, words);
    else
        g_string_append_printf(text, "waited to try again (%s)", words);
}

static void append_times(GString *text, guint n)
{
    if (n > 1)
        g_string_append_printf(text, ", %u times", n);
}

static void came_too_early(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n = said(tale, span->to, STATUS_DESPOOLER_CODE_12, NULL, span);

    g_string_append(text, "code 12: the content came before its database change");
    append_times(text, n);
    g_string_append(text, "; tried again when due");
}

/* L1, L2 */
static void wait_for_source(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n = said(tale, span->from, STATUS_PULL_NO_SOURCE, span->to, span);

    g_string_append(text, n ? "no source had the content (8212)" : "all sources had failed");
    append_times(text, n);
    g_string_append(text, "; waited to look again");
}

static void wait_for_capacity(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n = said(tale, span->from, STATUS_PULL_NO_CAPACITY, span->to, span);

    if (n) {
        g_string_append_printf(text, "%s had as many jobs as it may (8211)", span->to);
        append_times(text, n);
        g_string_append(text, "; waited to try again");
    } else {
        g_string_append_printf(text, "waited for one of the downloads of %s to end", span->to);
    }
}

/* ---- what held a transfer back ---- */

struct holder {
    double bytes;
    int32_t link; /* -1: no link, but the limit */
    enum transfer_limit limit;
};

static gint most_bytes_first(gconstpointer a, gconstpointer b)
{
    const struct holder *p = a, *q = b;

    return p->bytes > q->bytes ? -1 : p->bytes < q->bytes;
}

/* Transfers that moved over the link besides this one, on average. */
static double others_on(const struct tale *tale, uint32_t link, uint32_t row, double from_s, double to_s)
{
    const struct collector *c = tale->t->c;
    g_autofree bool *uses = g_new0(bool, c->transfers->len + 1);
    double sum_s = 0;

    for (guint i = 0; i < c->hops->len; i++) {
        const struct hop_row *hop = &g_array_index(c->hops, struct hop_row, i);
        uses[hop->row] |= hop->link == link;
    }
    for (guint i = 0; i < tale->t->motions->len; i++) {
        const struct motion *motion = &g_array_index(tale->t->motions, struct motion, i);
        if (motion->row != row && uses[motion->row])
            sum_s += overlap_s(from_s, to_s, motion->from_s, motion->to_s);
    }
    return to_s > from_s ? sum_s / (to_s - from_s) : 0;
}

/* What the link could carry, on average; NaN where nobody kept it. */
static double capacity_of(const struct tale *tale, uint32_t link, double from_s, double to_s)
{
    const struct collector *c = tale->t->c;
    double bytes = 0, value = NAN, since_s = 0;

    for (guint i = 0; i <= c->steps->len; i++) {
        const struct step *step = i < c->steps->len ? collector_step(c, i) : NULL;
        double until_s = step ? step->time_s : to_s;

        if (step && (step->metric != STEP_LINK_CAPACITY || step->index != link))
            continue;
        double passed_s = overlap_s(from_s, to_s, since_s, until_s);
        if (passed_s > 0)
            bytes += passed_s * value;
        since_s = until_s;
        value = step ? step->value : NAN;
    }
    return to_s > from_s ? bytes / (to_s - from_s) : NAN;
}

static void append_link(const struct tale *tale, uint32_t link, uint32_t row, const struct story_row *span,
                        GString *text)
{
    const struct hierarchy_link *of = tale->t->c->links[link];
    double others = others_on(tale, link, row, span->from_s, span->to_s);
    double capacity = capacity_of(tale, link, span->from_s, span->to_s);
    g_autofree char *name = words_link(of), *nominal = words_rate(of->nominal_bytes_per_s);

    g_string_append_printf(text, "the %s (%s", name, nominal);
    if (capacity < 0.995 * of->nominal_bytes_per_s) {
        g_autofree char *left = words_rate(capacity);
        g_string_append_printf(text, ", %s left by other traffic", left);
    }
    if (others >= 0.5)
        g_string_append_printf(text, ", shared with %.0f %s", round(others), round(others) == 1 ? "other" : "others");
    g_string_append_c(text, ')');
}

static void append_holders(const struct tale *tale, uint32_t row, const struct story_row *span, GString *text)
{
    static const char *const limits[N_TRANSFER_LIMITS] = {
        [LIMIT_WINDOW] = "its window (window / round-trip time)",
        [LIMIT_MAX_RATE] = "its max_rate",
        [LIMIT_RATE_LIMIT] = "its rate limit",
        [LIMIT_PULSE] = "pulse mode",
    };
    const struct collector *c = tale->t->c;
    const struct transfer_row *transfer = collector_transfer(c, row);
    g_autoptr(GArray) holders = g_array_new(FALSE, FALSE, sizeof(struct holder));
    const struct holder own[] = {{transfer->cap_bound_bytes, -1, transfer->cap_kind},
                                 {transfer->limited_bytes, -1, transfer->limit_kind}};
    double sum = transfer->cap_bound_bytes + transfer->limited_bytes;

    for (guint i = 0; i < G_N_ELEMENTS(own); i++)
        if (own[i].bytes > 0)
            g_array_append_val(holders, own[i]);
    for (guint i = 0; i < c->hops->len; i++) {
        const struct hop_row *hop = &g_array_index(c->hops, struct hop_row, i);
        struct holder holder = {hop->bound_bytes, (int32_t)hop->link, LIMIT_LINK};

        if (hop->row != row || hop->bound_bytes <= 0)
            continue;
        g_array_append_val(holders, holder);
        sum += hop->bound_bytes;
    }
    g_array_sort(holders, most_bytes_first);
    for (guint i = 0; i < holders->len && i < 2; i++) {
        const struct holder *holder = &g_array_index(holders, struct holder, i);
        double share = holder->bytes / sum;

        if (share < 0.1)
            break;
        g_string_append(text, i ? ", and by " : ", held back by ");
        if (holder->link >= 0)
            append_link(tale, (uint32_t)holder->link, row, span, text);
        else
            g_string_append(text, limits[holder->limit]);
        if (g_array_index(holders, struct holder, 0).bytes < 0.9 * sum)
            g_string_append_printf(text, " for %.0f %% of its bytes", 100 * share);
    }
}

static void moved(const struct tale *tale, const struct story_row *span, GString *text)
{
    uint32_t row = transfer_of(tale, span);
    const struct attempt_row *attempt = row == UINT32_MAX ? NULL : attempt_in(tale, row, span->from_s, span->to_s);
    bool done = attempt && (!strcmp(attempt->outcome, "done") || !strcmp(attempt->outcome, "cut_short"));

    const struct change_row *change = row == UINT32_MAX ? NULL : change_at(tale, row, span->from_s);
    bool pulled = change && strcmp(change->from, span->from) != 0;

    g_string_append(text, span->cause == CAUSE_SENDING ? "sent" : pulled ? "downloaded" : "copied");
    if (attempt) {
        g_autofree char *bytes = words_bytes(attempt->bytes);
        g_autofree char *rate = words_rate(attempt->bytes / (span->to_s - span->from_s));
        g_string_append_printf(text, " %s at %s", bytes, rate);
    }
    if (pulled)
        g_string_append_printf(text, " from %s", change->from);
    if (row != UINT32_MAX)
        append_holders(tale, row, span, text);
    if (attempt && !done) {
        g_autofree char *outcome = g_strdup(attempt->outcome);
        g_strdelimit(outcome, "_", ' ');
        if (!strcmp(attempt->outcome, "window_closed"))
            g_string_append(text, "; then its schedule closed");
        else
            g_string_append_printf(text, "; then it failed (%s)", outcome);
    }
}

static double package_bytes(const struct package_spec *package)
{
    double bytes = 0;

    for (guint i = 0; i < package->content->len; i++) {
        const struct file_set_spec *set = &g_array_index(package->content, struct file_set_spec, i);
        bytes += set->count * set->size_bytes;
    }
    return bytes;
}

static char *describe(const struct tale *tale, const struct story_row *span)
{
    GString *text = g_string_new(NULL);
    g_autofree char *size = words_bytes(package_bytes(tale->package));

    switch ((enum cause)span->cause) {
    case CAUSE_METADATA_WAIT:
        g_string_append_printf(text, "until %s was told: database replication and notification", span->from);
        break;
    case CAUSE_PACKAGE_THREAD_WAIT:
        wait_for_package_thread(tale, span, text);
        break;
    case CAUSE_SNAPSHOT:
        g_string_append_printf(text, "%s took a snapshot of the new version, %s", span->from, size);
        break;
    case CAUSE_DP_THREAD_WAIT: {
        guint n = said(tale, span->from, STATUS_DP_THREAD_START, NULL, span);
        g_string_append_printf(text, "waited for a distribution point thread: %u other %s came first", n,
                               n == 1 ? "point" : "points");
        break;
    }
    case CAUSE_DP_THREAD:
        if (span->on_the_way)
            g_string_append_printf(text, "%s first created the jobs of its own distribution points", span->from);
        else
            g_string_append(text, "a distribution point thread created the job");
        break;
    case CAUSE_COMPRESSOR_WAIT:
        wait_for_compressor(tale, span, text);
        break;
    case CAUSE_COMPRESSING:
        g_string_append_printf(text, "%s compressed it for other sites", span->from);
        break;
    case CAUSE_SCHEDULER_WAIT:
        g_string_append(text, "the scheduler made a send request of it");
        break;
    case CAUSE_SENDER_WAIT_ALL_SITES:
    case CAUSE_SENDER_WAIT_PER_SITE:
        wait_for_sender(tale, span, text);
        break;
    case CAUSE_ROUTE_CLOSED:
        g_string_append_printf(text, "waited for the route to %s to open", span->to);
        break;
    case CAUSE_RETRY_WAIT:
        waited_to_try_again(tale, span, text);
        break;
    case CAUSE_SENDING:
    case CAUSE_COPYING:
        moved(tale, span, text);
        break;
    case CAUSE_DESPOOLER_WAIT:
        wait_for_despooler(tale, span, text);
        break;
    case CAUSE_DESPOOL_RETRY_WAIT:
        came_too_early(tale, span, text);
        break;
    case CAUSE_DESPOOLING:
        g_string_append_printf(text, "%s unpacked it into its library, %s", span->to, size);
        break;
    case CAUSE_TRANSFER_THREAD_WAIT:
        wait_for_transfer_thread(tale, span, text);
        break;
    case CAUSE_SOURCE_WAIT:
        wait_for_source(tale, span, text);
        break;
    case CAUSE_DP_CAPACITY_WAIT:
        wait_for_capacity(tale, span, text);
        break;
    case CAUSE_DP_CLOSED:
        g_string_append_printf(text, "waited for %s to open", span->to);
        break;
    case CAUSE_ADDING_FILES:
        g_string_append(text, "added its files to the library");
        break;
    default:
        g_string_append(text, words_cause(span->cause));
    }
    return g_string_free(text, FALSE);
}

/* ---- the whole story ---- */

/* Spans of one cause on one hop are one episode, but a thread that starts or notifies is not waited for. */
static GArray *episodes_of(const struct tale *tale, const GArray *story)
{
    GArray *episodes = g_array_new(FALSE, TRUE, sizeof(struct episode));

    for (guint i = 0; i < story->len; i++) {
        const struct story_row *span = &g_array_index(story, struct story_row, i);
        struct episode *last = episodes->len ? &g_array_index(episodes, struct episode, episodes->len - 1) : NULL;

        if (last && last->span.cause == span->cause && last->span.on_the_way == span->on_the_way &&
            !strcmp(last->span.from, span->from) && !strcmp(last->span.to, span->to) &&
            (span->cause != CAUSE_TRANSFER_THREAD_WAIT || state_at(tale, &last->span) == state_at(tale, span)) &&
            (last->span.other == span->other || last->span.other_s == 0 || span->other_s == 0)) {
            if (span->other_s > 0)
                last->span.other = span->other;
            last->span.to_s = span->to_s;
            last->span.other_s += span->other_s;
        } else {
            struct episode episode = {.span = *span};
            g_array_append_val(episodes, episode);
        }
    }
    return episodes;
}

static double utc_offset_s(const struct scenario *s, int32_t location)
{
    for (; location >= 0; location = scenario_location(s, location)->parent)
        if (!isnan(scenario_location(s, location)->utc_offset_s))
            return scenario_location(s, location)->utc_offset_s;
    return 0;
}

static const struct site_spec *top_site(const struct scenario *s)
{
    for (guint i = 0; i < s->sites->len; i++)
        if (scenario_site(s, (int32_t)i)->parent < 0)
            return scenario_site(s, (int32_t)i);
    return NULL;
}

static void append_hop(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct scenario *s = tale->t->scenario;
    const struct site_spec *at = site_named(tale, span->on_the_way ? span->to : span->from);
    double ahead_s = utc_offset_s(s, at->location) - utc_offset_s(s, top_site(s)->location);

    g_string_append_printf(text, "\n%s to %s", span->from, span->to);
    if (ahead_s != 0) {
        g_autofree char *hours = words_duration(fabs(ahead_s));
        g_string_append_printf(text, " (clocks of %s are %s %s)", at->code, hours, ahead_s > 0 ? "ahead" : "behind");
    }
    g_string_append_c(text, '\n');
}

static void append_episodes(const struct tale *tale, GString *text)
{
    char day[WALL_CLOCK_SIZE], last_day[WALL_CLOCK_SIZE] = "", from[WALL_CLOCK_SIZE], to[WALL_CLOCK_SIZE];
    const struct story_row *hop = NULL;

    for (guint i = 0; i < tale->episodes->len; i++) {
        const struct episode *episode = &g_array_index(tale->episodes, struct episode, i);
        const struct story_row *span = &episode->span;
        g_autofree char *duration = words_duration(span->to_s - span->from_s);

        if (!hop || strcmp(hop->from, span->from) || strcmp(hop->to, span->to))
            append_hop(tale, span, text);
        hop = span;
        wall_clock_day(day, tale->t->scenario, span->from_s);
        if (strcmp(day, last_day))
            g_string_append_printf(text, "  %s\n", day);
        g_strlcpy(last_day, day, sizeof last_day);
        clock_at(tale, from, span->from_s);
        clock_at(tale, to, span->to_s);
        g_autofree char *label = g_strdup_printf("  %s to %s %12s  ", from, to, duration);
        g_string_append(text, label);
        words_wrap(text, strlen(label), TIME_COLUMN, episode->text);
    }
}

static void append_when(const struct tale *tale, double time_s, GString *text, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
static void append_when(const struct tale *tale, double time_s, GString *text, const char *format, ...)
{
    char when[WALL_CLOCK_SIZE], day[WALL_CLOCK_SIZE];
    va_list arguments;

    if (isnan(time_s))
        return;
    va_start(arguments, format);
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
    wall_clock_day(day, tale->t->scenario, time_s);
    clock_at(tale, when, time_s);
    g_string_append_printf(text, " %s %s", day, when);
}

static void append_head(const struct tale *tale, GString *text)
{
    const struct scenario *s = tale->t->scenario;
    const struct delivery_row *row = tale->row;
    g_autofree char *duration = words_duration(story_duration_s(row)), *bytes = words_bytes(row->bytes);
    GString *line = g_string_new(NULL);

    g_string_append_printf(line, "%s", tale->package->id);
    if (row->version > 1)
        g_string_append_printf(line, " version %u", row->version);
    g_string_append_printf(line, " to %s of %s: ", scenario_dp(s, row->dp)->name,
                           scenario_site(s, (int32_t)row->site)->code);
    if (row->state == DELIVERY_DELIVERED) {
        g_string_append_printf(line, "delivered after %s, %s", duration, bytes);
    } else if (row->state == DELIVERY_FAILED || row->state == DELIVERY_CANCELLED) {
        g_autofree char *reason = g_strdup(row->reason ? row->reason : "");
        g_strdelimit(reason, "_", ' ');
        g_string_append_printf(line, "%s after %s (%s)", row->state == DELIVERY_FAILED ? "failed" : "cancelled",
                               duration, reason);
    } else {
        const char *waits = "";
        for (int i = 0; row->reason && i < N_CAUSES; i++)
            if (!strcmp(cause_names[i], row->reason))
                waits = words_cause((enum cause)i);
        g_string_append_printf(line, "still open when the run ended, after %s: %s", duration, waits);
    }
    words_wrap(text, 0, 0, line->str);
    g_string_truncate(line, 0);
    append_when(tale, row->requested_s, line, "asked for");
    if (row->state == DELIVERY_FAILED || row->state == DELIVERY_CANCELLED)
        append_when(tale, row->until_s, line, ", %s", row->state == DELIVERY_FAILED ? "failed" : "cancelled");
    append_when(tale, row->on_dp_s, line, ", there");
    append_when(tale, row->site_knows_s, line, ", known at %s", scenario_site(s, (int32_t)row->site)->code);
    if (scenario_site(s, (int32_t)row->site)->parent >= 0)
        append_when(tale, row->central_knows_s, line, ", at %s", top_site(s)->code);
    g_string_append_printf(line, "; times are on the clock of %s", top_site(s)->code);
    words_wrap(text, 0, 0, line->str);
    g_string_free(line, TRUE);
}

char *story_text(struct storyteller *t, uint64_t number)
{
    const struct delivery_row *row = collector_delivery(t->c, (guint)number);
    const GArray *story = collector_story(t->c, number);
    struct tale tale = {.t = t, .number = number, .row = row, .package = scenario_package(t->scenario, row->package)};
    GString *text = g_string_new(NULL);

    append_head(&tale, text);
    if (!story)
        return g_string_free(text, FALSE);
    tale.episodes = episodes_of(&tale, story);
    for (guint i = 0; i < tale.episodes->len; i++) {
        struct episode *episode = &g_array_index(tale.episodes, struct episode, i);
        episode->text = describe(&tale, &episode->span);
    }
    append_episodes(&tale, text);
    for (guint i = 0; i < tale.episodes->len; i++)
        g_free(g_array_index(tale.episodes, struct episode, i).text);
    g_array_unref(tale.episodes);
    return g_string_free(text, FALSE);
}

/* ---- many of them ---- */

struct cause_sum {
    enum cause cause;
    double sum_s, longest_s;
    uint64_t longest;
};

static gint largest_first(gconstpointer a, gconstpointer b)
{
    const struct cause_sum *p = a, *q = b;

    if (p->sum_s != q->sum_s)
        return p->sum_s > q->sum_s ? -1 : 1;
    return p->cause < q->cause ? -1 : 1;
}

static void append_causes(const struct storyteller *t, const GArray *numbers, GString *text)
{
    struct cause_sum sums[N_CAUSES] = {0};
    double whole_s = 0;

    for (int cause = 0; cause < N_CAUSES; cause++)
        sums[cause].cause = (enum cause)cause;
    for (guint i = 0; i < numbers->len; i++) {
        uint64_t number = g_array_index(numbers, uint64_t, i);
        const struct delivery_row *row = collector_delivery(t->c, (guint)number);

        for (int cause = 0; cause < N_CAUSES; cause++) {
            struct cause_sum *sum = &sums[cause];
            if (isnan(row->cause_s[cause]))
                continue;
            sum->sum_s += row->cause_s[cause];
            whole_s += row->cause_s[cause];
            if (row->cause_s[cause] > sum->longest_s) {
                sum->longest_s = row->cause_s[cause];
                sum->longest = number;
            }
        }
    }
    g_qsort_with_data(sums, N_CAUSES, sizeof sums[0], (GCompareDataFunc)(void (*)(void))largest_first, NULL);
    g_string_append_printf(text, "\n%11s %6s %11s %11s  cause\n", "sum", "share", "mean", "longest");
    for (int i = 0; i < N_CAUSES && sums[i].sum_s > 0; i++) {
        g_autofree char *sum = words_duration(sums[i].sum_s), *longest = words_duration(sums[i].longest_s);
        g_autofree char *mean = words_duration(sums[i].sum_s / numbers->len);
        double share = 100 * sums[i].sum_s / whole_s;

        g_string_append_printf(text, share < 9.95 ? "%11s %4.1f %% %11s %11s  " : "%11s %4.0f %% %11s %11s  ", sum,
                               share, mean, longest);
        words_wrap(text, 44, 44, words_cause(sums[i].cause));
    }
}

static void append_slowest(const struct storyteller *t, const GArray *numbers, guint n_shown, GString *text)
{
    static const char *const states[] = {"open", "delivered", "failed", "cancelled"};
    guint n = MIN(n_shown, numbers->len);
    int package_width = 0, dp_width = 0;

    for (guint i = 0; i < n; i++) {
        const struct delivery_row *row = collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i));
        package_width = MAX(package_width, (int)g_utf8_strlen(scenario_package(t->scenario, row->package)->id, -1));
        dp_width = MAX(dp_width, (int)g_utf8_strlen(scenario_dp(t->scenario, row->dp)->name, -1));
    }
    g_string_append(text, "\nThe slowest\n");
    for (guint i = 0; i < n; i++) {
        const struct delivery_row *row = collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i));
        const char *package = scenario_package(t->scenario, row->package)->id;
        const char *dp = scenario_dp(t->scenario, row->dp)->name;
        g_autofree char *duration = words_duration(story_duration_s(row));
        char asked[WALL_CLOCK_SIZE];
        int most = 0;

        wall_clock_short(asked, t->scenario, row->requested_s);
        for (int cause = 1; cause < N_CAUSES; cause++)
            if (row->cause_s[cause] > row->cause_s[most])
                most = cause;
        GString *line = g_string_new(NULL);
        g_string_append_printf(line, "%13s  %s%*s to %s%*s  %-16s  %-9s  ", duration, package,
                               package_width - (int)g_utf8_strlen(package, -1), "", dp,
                               dp_width - (int)g_utf8_strlen(dp, -1), "", asked, states[row->state]);
        size_t used = (size_t)g_utf8_strlen(line->str, -1);
        g_string_append(text, line->str);
        g_string_free(line, TRUE);
        g_autofree char *share =
            g_strdup_printf("%.0f %% %s", 100 * row->cause_s[most] / story_duration_s(row), cause_names[most]);
        words_wrap(text, used, 15, story_duration_s(row) > 0 ? share : "");
    }
    if (numbers->len > n)
        g_string_append_printf(text, "%13s  and %u more\n", "", numbers->len - n);
}

char *story_table(struct storyteller *t, const GArray *numbers, guint n_shown)
{
    guint n_in_state[DELIVERY_CANCELLED + 1] = {0};
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < numbers->len; i++)
        n_in_state[collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i))->state]++;
    g_string_append_printf(text, "%s: %u %s: %u delivered, %u failed, %u open\n", t->scenario->name, numbers->len,
                           numbers->len == 1 ? "delivery" : "deliveries", n_in_state[DELIVERY_DELIVERED],
                           n_in_state[DELIVERY_FAILED], n_in_state[DELIVERY_OPEN]);
    if (n_in_state[DELIVERY_CANCELLED])
        g_string_append_printf(text, "and %u cancelled: superseded by a newer one, or removed\n",
                               n_in_state[DELIVERY_CANCELLED]);
    append_causes(t, numbers, text);
    append_slowest(t, numbers, n_shown, text);
    return g_string_free(text, FALSE);
}
