/* What held a transfer back: the links on its way, or its own limits. */
#include "sim/app/report/story_parts.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/words.h"

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
            sum_s += story_overlap_s(from_s, to_s, motion->from_s, motion->to_s);
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
        double passed_s = story_overlap_s(from_s, to_s, since_s, until_s);
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

void story_moved(const struct tale *tale, const struct story_row *span, GString *text)
{
    uint32_t row = story_transfer(tale, span);
    const struct attempt_row *attempt = row == UINT32_MAX ? NULL : attempt_in(tale, row, span->from_s, span->to_s);
    bool done = attempt && (!strcmp(attempt->outcome, "done") || !strcmp(attempt->outcome, "cut_short"));

    const struct change_row *change = row == UINT32_MAX ? NULL : story_change(tale, row, span->from_s);
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
