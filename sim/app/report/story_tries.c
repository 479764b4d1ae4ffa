/* Tries that failed: one after the other may be thousands. */
#include "sim/app/report/story_parts.h"

#include <string.h>

#include "sim/app/report/words.h"

enum { MAX_LINES = 10 }; /* of tries that failed and the waits between them; more are told together */

static bool has_failed(const char *outcome)
{
    return strcmp(outcome, "done") && strcmp(outcome, "cut_short") && strcmp(outcome, "notified");
}

static gint most_often_first(gconstpointer a, gconstpointer b)
{
    const struct named *p = a, *q = b;

    return p->busy_s > q->busy_s ? -1 : p->busy_s < q->busy_s;
}

/* How they failed: struct named, with their number instead of seconds. */
static guint count_failed(const struct tale *tale, uint32_t row, double from_s, double to_s, GArray *outcomes)
{
    const struct collector *c = tale->t->c;
    guint n = 0;

    for (guint i = 0; row != UINT32_MAX && i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        if (attempt->row != row || attempt->ended_s < from_s || attempt->ended_s > to_s ||
            !has_failed(attempt->outcome))
            continue;
        story_name_add(outcomes, attempt->outcome, 1);
        n++;
    }
    g_array_sort(outcomes, most_often_first);
    return n;
}

/* " (connection lost)", " (400 random failure, 3 no connection)" */
static void append_outcomes(const GArray *outcomes, GString *text)
{
    g_string_append(text, " (");
    for (guint i = 0; i < outcomes->len; i++) {
        const struct named *outcome = &g_array_index(outcomes, struct named, i);
        g_autofree char *words = g_strdup(outcome->name);

        g_strdelimit(words, "_", ' ');
        g_string_append(text, i ? ", " : "");
        if (outcomes->len > 1)
            g_string_append_printf(text, "%.0f ", outcome->busy_s);
        g_string_append(text, words);
    }
    g_string_append_c(text, ')');
}

void story_waited_to_try_again(const struct tale *tale, const struct story_row *span, GString *text)
{
    uint32_t row = story_transfer(tale, span);
    g_autoptr(GArray) outcomes = g_array_new(FALSE, FALSE, sizeof(struct named));
    guint n = count_failed(tale, row, span->from_s, span->to_s, outcomes);
    const char *reason = row != UINT32_MAX ? collector_transfer(tale->t->c, row)->reason : NULL;

    if (!n)
        story_name_add(outcomes, reason ? reason : "failed", 1);
    if (n > 1)
        g_string_append_printf(text, "%u tries failed", n);
    else
        g_string_append(text, "waited to try again");
    append_outcomes(outcomes, text);
    if (n > 1)
        g_string_append(text, ", with waits between them");
}

/* A try that moved something and failed, or what there is between one and the next. Sendings that a schedule suspends
 * have not failed. */
static bool belongs_to_tries(const struct tale *tale, const struct story_row *span)
{
    const struct motion_row *motion;

    switch ((enum cause)span->cause) {
    case CAUSE_RETRY_WAIT:
    case CAUSE_SENDER_WAIT_ALL_SITES:
    case CAUSE_SENDER_WAIT_PER_SITE:
    case CAUSE_ROUTE_CLOSED:
    case CAUSE_TRANSFER_THREAD_WAIT:
    case CAUSE_DP_CLOSED:
    case CAUSE_SOURCE_WAIT:
    case CAUSE_DP_CAPACITY_WAIT:
        return true;
    case CAUSE_SENDING:
    case CAUSE_COPYING:
        motion = story_motion(tale, span);
        return motion && motion->to_s == span->to_s && has_failed(motion->outcome) &&
               (span->cause == CAUSE_COPYING || strcmp(motion->outcome, "window_closed"));
    default:
        return false;
    }
}

static bool begins_tries(const struct tale *tale, const struct story_row *span)
{
    return (span->cause == CAUSE_RETRY_WAIT || span->cause == CAUSE_SENDING || span->cause == CAUSE_COPYING) &&
           belongs_to_tries(tale, span);
}

static const struct story_row *span_at(const struct tale *tale, guint i)
{
    return &g_array_index(tale->episodes, struct episode, i).span;
}

/* The first episode after those that begin here and are of the same transfer. */
static guint end_of_tries(const struct tale *tale, guint begin)
{
    uint32_t row = story_transfer(tale, span_at(tale, begin));
    guint i = begin;

    while (row != UINT32_MAX && i < tale->episodes->len && belongs_to_tries(tale, span_at(tale, i)) &&
           story_transfer(tale, span_at(tale, i)) == row)
        i++;
    return i;
}

/* "1207 tries failed (random failure): sent 100 MB in 10 s, and waited 6 d 23 h between them" */
static char *told_together(const struct tale *tale, guint begin, guint end)
{
    const struct story_row *first = span_at(tale, begin), *last = span_at(tale, end - 1);
    g_autoptr(GArray) outcomes = g_array_new(FALSE, FALSE, sizeof(struct named));
    g_autoptr(GArray) sources = g_array_new(FALSE, FALSE, sizeof(struct named));
    guint n = count_failed(tale, story_transfer(tale, first), first->from_s, last->to_s, outcomes);
    double moving_s = 0, bytes = 0;
    const char *verb = NULL;
    GString *text = g_string_new(NULL);

    for (guint i = begin; i < end; i++) {
        const struct story_row *span = span_at(tale, i);
        const struct motion_row *motion = story_motion(tale, span);

        if (!motion)
            continue;
        verb = story_moving_verb(tale, span);
        moving_s += span->to_s - span->from_s;
        bytes += motion->bytes;
        story_name_add(sources, motion->from, span->to_s - span->from_s);
    }
    g_string_append_printf(text, "%u tries failed", n);
    append_outcomes(outcomes, text);
    if (verb) {
        g_autofree char *moved = words_bytes(bytes), *moving = words_duration(moving_s), *names = story_names(sources);
        g_autofree char *waiting = words_duration(last->to_s - first->from_s - moving_s);

        g_string_append_printf(text, ": %s %s", verb, moved);
        if (!strcmp(verb, "downloaded"))
            g_string_append_printf(text, " from %s", names);
        g_string_append_printf(text, " in %s, and waited %s between them", moving, waiting);
    } else {
        g_string_append(text, ", with waits between them");
    }
    return g_string_free(text, FALSE);
}

void story_fold_tries(const struct tale *tale)
{
    for (guint i = 0; i < tale->episodes->len; i++) {
        if (!begins_tries(tale, span_at(tale, i)))
            continue;
        guint end = end_of_tries(tale, i);
        struct episode *episode = &g_array_index(tale->episodes, struct episode, i);

        if (end <= i + MAX_LINES) {
            i = MAX(end, i + 1) - 1;
            continue;
        }
        episode->text = told_together(tale, i, end);
        episode->span.to_s = span_at(tale, end - 1)->to_s;
        g_array_remove_range(tale->episodes, i + 1, end - i - 1);
    }
}
