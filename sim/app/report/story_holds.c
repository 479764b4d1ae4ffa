/* Who held which thread when: packages, despoolings, sendings and copies as spans of time. */
#include "sim/app/report/story_parts.h"

#include <math.h>
#include <string.h>

enum { MAX_NAMES = 4 };

/* A pull job holds a thread of its site only until the distribution point has been notified. */
static bool holds_thread_of_site(const struct change_row *change, const struct transfer_row *row)
{
    return change->holds && (row->kind != TRANSFER_PULL_JOB || change->state == TRANSFER_STARTING ||
                             change->state == TRANSFER_NOTIFYING);
}

/* From each change of its state to the next, or to the end of the run, a transfer holds a thread or does not. */
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
    g_free(t);
}

double story_overlap_s(double from_s, double to_s, double other_from_s, double other_to_s)
{
    return fmax(0, fmin(to_s, other_to_s) - fmax(from_s, other_from_s));
}

void story_name_add(GArray *names, const char *name, double busy_s)
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
char *story_names(GArray *names)
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

static gint by_time(gconstpointer a, gconstpointer b)
{
    const double *p = a, *q = b; /* time, +1 or -1 */

    if (p[0] != q[0])
        return p[0] < q[0] ? -1 : 1;
    return p[1] < q[1] ? -1 : p[1] > q[1];
}

struct answer story_who_holds(const struct storyteller *t, const struct question *q)
{
    struct answer answer = {g_array_new(FALSE, FALSE, sizeof(struct named)),
                            g_array_new(FALSE, FALSE, sizeof(struct named)), 0, 0};
    g_autoptr(GArray) ends = g_array_new(FALSE, FALSE, 2 * sizeof(double));
    double sum_s = 0;
    int now = 0;

    for (guint i = 0; i < t->holds->len; i++) {
        const struct hold *hold = &g_array_index(t->holds, struct hold, i);
        double busy_s = story_overlap_s(q->from_s, q->to_s, hold->from_s, hold->to_s);

        if (busy_s <= 0 || hold->kind != q->kind || strcmp(hold->site, q->site) || (q->to && strcmp(hold->to, q->to)) ||
            (hold->row == q->own_row && hold->row != UINT32_MAX))
            continue;
        const double pair[2][2] = {{hold->from_s, 1}, {hold->to_s, -1}};
        g_array_append_vals(ends, pair, 2);
        story_name_add(answer.packages, scenario_package(t->scenario, hold->package)->id, busy_s);
        story_name_add(answer.destinations, hold->to, busy_s);
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

void story_answer_clear(struct answer *answer)
{
    g_array_unref(answer->packages);
    g_array_unref(answer->destinations);
}
