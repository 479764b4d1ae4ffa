#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "sim/app/report/story_parts.h"
#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

enum { TIME_COLUMN = 37 };

double story_duration_s(const struct delivery_row *row)
{
    return row->until_s - row->requested_s;
}

/* Spans of one cause on one hop are one episode, but a thread that starts or notifies is not waited for, and each try
 * that moved something is told for itself: it may be from another source. */
static GArray *episodes_of(const struct tale *tale, const GArray *story)
{
    GArray *episodes = g_array_new(FALSE, TRUE, sizeof(struct episode));

    for (guint i = 0; i < story->len; i++) {
        const struct story_row *span = &g_array_index(story, struct story_row, i);
        struct episode *last = episodes->len ? &g_array_index(episodes, struct episode, episodes->len - 1) : NULL;

        if (last && last->span.cause == span->cause && last->span.on_the_way == span->on_the_way &&
            !strcmp(last->span.from, span->from) && !strcmp(last->span.to, span->to) &&
            (span->cause != CAUSE_TRANSFER_THREAD_WAIT || story_state(tale, &last->span) == story_state(tale, span)) &&
            story_motion(tale, &last->span) == story_motion(tale, span) &&
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

static void clock_at(const struct tale *tale, char text[WALL_CLOCK_SIZE], double time_s)
{
    wall_clock_second(text, tale->t->scenario->start_s, time_s);
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
    const struct site_spec *at = story_site(tale, span->on_the_way ? span->to : span->from);
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
    char day[WALL_CLOCK_SIZE], last_day[WALL_CLOCK_SIZE] = "", end_day[WALL_CLOCK_SIZE], from[WALL_CLOCK_SIZE],
                               to[WALL_CLOCK_SIZE];
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
        wall_clock_day(end_day, tale->t->scenario, span->to_s);
        g_autofree char *label = g_strdup_printf("  %s to %s %12s  ", from, to, duration);
        g_autofree char *what =
            strcmp(day, end_day) ? g_strdup_printf("(to %s) %s", end_day, episode->text) : g_strdup(episode->text);
        g_string_append(text, label);
        words_wrap(text, strlen(label), TIME_COLUMN, what);
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
    g_string_append_printf(line, " to %s of %s", scenario_dp(s, row->dp)->name,
                           scenario_site(s, (int32_t)row->site)->code);
    g_string_append_printf(line, row->request > 1 ? ", request %u: " : ": ", row->request);
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

/* What has become of the content since: damage, validation and removal, until it is delivered there again. */
static void append_aftermath(const struct tale *tale, GString *text)
{
    const struct collector *c = tale->t->c;
    const char *dp = scenario_dp(tale->t->scenario, tale->row->dp)->name;
    double until_s = INFINITY;
    guint told = 0;

    if (tale->row->state != DELIVERY_DELIVERED)
        return;
    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);
        if (row->package == tale->row->package && row->dp == tale->row->dp && row->on_dp_s > tale->row->on_dp_s)
            until_s = fmin(until_s, row->on_dp_s);
    }
    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);
        const char *what = event->id == EVENT_DAMAGED            ? "files of it were damaged"
                           : event->id == STATUS_CONTENT_VALID   ? "validated: right (2384)"
                           : event->id == STATUS_CONTENT_CORRUPT ? "validated: files have changed (2382)"
                           : event->id == STATUS_CONTENT_MISSING ? "validated: files are missing (2385)"
                           : event->id == EVENT_REMOVED          ? "removed"
                           : event->id == EVENT_REMOVAL_FAILED   ? "could not be removed: not reached"
                                                                 : NULL;
        char day[WALL_CLOCK_SIZE], when[WALL_CLOCK_SIZE];

        if (!what || event->package != tale->row->package || strcmp(event->object, dp) ||
            event->time_s < tale->row->on_dp_s || event->time_s >= until_s)
            continue;
        wall_clock_day(day, tale->t->scenario, event->time_s);
        clock_at(tale, when, event->time_s);
        g_string_append_printf(text, "%s  %s %s  %s\n", told++ ? "" : "since then\n", day, when, what);
    }
}

char *story_text(struct storyteller *t, uint64_t number)
{
    const struct delivery_row *row = collector_delivery(t->c, (guint)number);
    const GArray *story = collector_story(t->c, number);
    struct tale tale = {.t = t, .number = number, .row = row, .package = scenario_package(t->scenario, row->package)};
    GString *text = g_string_new(NULL);

    append_head(&tale, text);
    append_aftermath(&tale, text);
    if (!story)
        return g_string_free(text, FALSE);
    tale.episodes = episodes_of(&tale, story);
    story_fold_tries(&tale);
    for (guint i = 0; i < tale.episodes->len; i++) {
        struct episode *episode = &g_array_index(tale.episodes, struct episode, i);
        if (!episode->text)
            episode->text = story_describe(&tale, &episode->span);
    }
    append_episodes(&tale, text);
    for (guint i = 0; i < tale.episodes->len; i++)
        g_free(g_array_index(tale.episodes, struct episode, i).text);
    g_array_unref(tale.episodes);
    return g_string_free(text, FALSE);
}
