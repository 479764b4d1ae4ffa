/* What held a transfer back: the links on its way, or its own limits. */
#include "sim/app/report/story_parts.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

const struct motion_row *story_motion(const struct tale *tale, const struct story_row *span)
{
    const struct collector *c = tale->t->c;
    uint32_t row =
        span->cause == CAUSE_SENDING || span->cause == CAUSE_COPYING ? story_transfer(tale, span) : UINT32_MAX;

    for (guint i = 0; row != UINT32_MAX && i < c->motions->len; i++) {
        const struct motion_row *motion = collector_motion(c, i);
        if (motion->row == row && motion->from_s <= span->from_s && motion->to_s >= span->to_s)
            return motion;
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

static const struct hop_row *hop_of(const struct collector *c, const struct motion_row *motion, uint32_t i)
{
    return &g_array_index(c->hops, struct hop_row, motion->first_hop + i);
}

static bool crosses(const struct collector *c, const struct motion_row *motion, int32_t link)
{
    for (uint32_t i = 0; i < motion->n_hops; i++)
        if (hop_of(c, motion, i)->link == link)
            return true;
    return false;
}

/* Transfers that moved over the link besides this one, on average. */
static double others_on(const struct tale *tale, int32_t link, uint32_t row, double from_s, double to_s)
{
    const struct collector *c = tale->t->c;
    double sum_s = 0;

    for (guint i = 0; i < c->motions->len; i++) {
        const struct motion_row *motion = collector_motion(c, i);
        double shared_s = motion->row == row ? 0 : story_overlap_s(from_s, to_s, motion->from_s, motion->to_s);
        if (shared_s > 0 && crosses(c, motion, link))
            sum_s += shared_s;
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

static void append_link(const struct tale *tale, int32_t link, uint32_t row, const struct story_row *span,
                        GString *text)
{
    const struct hierarchy_link *of = tale->t->c->links[link];
    double others = others_on(tale, link, row, span->from_s, span->to_s);
    double capacity = capacity_of(tale, (uint32_t)link, span->from_s, span->to_s);
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

static void append_holders(const struct tale *tale, const struct motion_row *motion, const struct story_row *span,
                           GString *text)
{
    static const char *const limits[N_TRANSFER_LIMITS] = {
        [LIMIT_WINDOW] = "its window (window / round-trip time)",
        [LIMIT_MAX_RATE] = "its max_rate",
        [LIMIT_RATE_LIMIT] = "its rate limit",
        [LIMIT_PULSE] = "pulse mode",
    };
    const struct collector *c = tale->t->c;
    g_autoptr(GArray) holders = g_array_new(FALSE, FALSE, sizeof(struct holder));
    const struct holder own[] = {{motion->cap_bound_bytes, -1, motion->cap_kind},
                                 {motion->limited_bytes, -1, motion->limit_kind}};
    double sum = motion->cap_bound_bytes + motion->limited_bytes;

    for (guint i = 0; i < G_N_ELEMENTS(own); i++)
        if (own[i].bytes > 0)
            g_array_append_val(holders, own[i]);
    for (uint32_t i = 0; i < motion->n_hops; i++) {
        const struct hop_row *hop = hop_of(c, motion, i);
        struct holder holder = {hop->bound_bytes, hop->link, LIMIT_LINK};

        if (hop->link < 0 || hop->bound_bytes <= 0)
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
            append_link(tale, holder->link, motion->row, span, text);
        else
            g_string_append(text, limits[holder->limit]);
        if (g_array_index(holders, struct holder, 0).bytes < 0.9 * sum)
            g_string_append_printf(text, " for %.0f %% of its bytes", 100 * share);
    }
}

static bool pulled(const struct tale *tale, const struct motion_row *motion)
{
    return collector_transfer(tale->t->c, motion->row)->kind == TRANSFER_PULL_JOB;
}

const char *story_moving_verb(const struct tale *tale, const struct story_row *span)
{
    const struct motion_row *motion = story_motion(tale, span);

    return span->cause == CAUSE_SENDING ? "sent" : motion && pulled(tale, motion) ? "downloaded" : "copied";
}

/* How far it had come; time_s lies in the motion. */
static double bytes_until(const struct tale *tale, const struct motion_row *motion, double time_s)
{
    const struct collector *c = tale->t->c;

    if (time_s == motion->from_s || time_s == motion->to_s)
        return time_s == motion->from_s ? 0 : motion->bytes;
    for (guint i = 0; i < c->progress->len; i++) {
        const struct progress_row *progress = &g_array_index(c->progress, struct progress_row, i);
        if (progress->time_s == time_s && collector_motion(c, progress->motion) == motion)
            return progress->bytes;
    }
    return motion->bytes * (time_s - motion->from_s) / (motion->to_s - motion->from_s);
}

static void append_begun(const struct tale *tale, const struct motion_row *motion, const struct story_row *span,
                         GString *text)
{
    char began[WALL_CLOCK_SIZE], told[WALL_CLOCK_SIZE], when[WALL_CLOCK_SIZE];

    wall_clock_day(began, tale->t->scenario, motion->from_s);
    wall_clock_day(told, tale->t->scenario, span->from_s);
    wall_clock_second(when, tale->t->scenario->start_s, motion->from_s);
    g_string_append_printf(text, "; begun for others, %s%s%s", strcmp(began, told) ? began : "",
                           strcmp(began, told) ? " " : "", when);
}

static void append_outcome(const struct motion_row *motion, GString *text)
{
    g_autofree char *outcome = g_strdup(motion->outcome);

    g_strdelimit(outcome, "_", ' ');
    if (!strcmp(motion->outcome, "window_closed"))
        g_string_append(text, "; then its schedule closed");
    else if (strcmp(motion->outcome, "done") && strcmp(motion->outcome, "cut_short"))
        g_string_append_printf(text, "; then it failed (%s)", outcome);
}

/* A delivery may begin while the content is on its way for others already, and end while it still is. */
void story_moved(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct motion_row *motion = story_motion(tale, span);

    g_string_append(text, story_moving_verb(tale, span));
    if (!motion)
        return;
    double moved_bytes = bytes_until(tale, motion, span->to_s) - bytes_until(tale, motion, span->from_s);
    g_autofree char *moved = words_bytes(moved_bytes), *all = words_bytes(motion->bytes);
    g_autofree char *rate = words_rate(moved_bytes / (span->to_s - span->from_s));
    bool part = motion->from_s < span->from_s || motion->to_s > span->to_s;

    g_string_append_printf(text, " %s", moved);
    if (part)
        g_string_append_printf(text, " of %s", all);
    g_string_append_printf(text, " at %s", rate);
    if (pulled(tale, motion))
        g_string_append_printf(text, " from %s", motion->from);
    append_holders(tale, motion, span, text);
    if (motion->from_s < span->from_s)
        append_begun(tale, motion, span, text);
    if (motion->to_s > span->to_s)
        g_string_append_printf(text, "; the rest was still on its way when this was %s",
                               tale->row->state == DELIVERY_CANCELLED ? "cancelled" : "given up");
    else
        append_outcome(motion, text);
}
