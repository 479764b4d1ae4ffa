#include "sim/app/plot/plot_axis.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

/* What is left out is longer than this part of the whole, and all of it together than that. */
static const double worth_a_gap = 1 / 6.0, worth_gaps = 0.25;
/* Left at both sides of a gap, of what is shown; and what the gap takes, with room for upright words. */
static const double margin_share = 0.008, gap_px = 25;

struct time_range plot_widened(struct time_range range, double share)
{
    double by_s = share * (range.to_s - range.from_s);

    if (!(by_s > 0))
        by_s = 1;
    return (struct time_range){range.from_s - by_s, range.to_s + by_s};
}

static void add_piece(struct plot_axis *axis, double from_s, double to_s)
{
    struct plot_piece piece = {from_s, to_s, axis->pieces->len ? axis->to_x + axis->gap_x : axis->from_x};

    g_array_append_val(axis->pieces, piece);
    axis->to_x = piece.x + (to_s - from_s);
}

struct plot_axis *plot_axis_new(struct time_range range)
{
    struct plot_axis *axis = g_new0(struct plot_axis, 1);

    axis->pieces = g_array_new(FALSE, FALSE, sizeof(struct plot_piece));
    axis->from_x = range.from_s;
    add_piece(axis, range.from_s, range.to_s);
    return axis;
}

static gint by_start(gconstpointer a, gconstpointer b)
{
    const struct time_range *p = a, *q = b;

    return p->from_s < q->from_s ? -1 : p->from_s > q->from_s;
}

/* Of each what lies in range. */
static void clip(GArray *happens, struct time_range range)
{
    guint n = 0;

    for (guint i = 0; i < happens->len; i++) {
        const struct time_range *when = &g_array_index(happens, struct time_range, i);
        const struct time_range inside = {fmax(when->from_s, range.from_s), fmin(when->to_s, range.to_s)};

        if (inside.from_s <= inside.to_s)
            g_array_index(happens, struct time_range, n++) = inside;
    }
    g_array_set_size(happens, n);
}

/* Sorts them, and makes one of those that touch or are nearer than min_gap_s. */
static void join(GArray *happens, double min_gap_s)
{
    guint n = 0;

    g_array_sort(happens, by_start);
    for (guint i = 0; i < happens->len; i++) {
        struct time_range next = g_array_index(happens, struct time_range, i);
        struct time_range *last = n ? &g_array_index(happens, struct time_range, n - 1) : NULL;

        if (last && next.from_s - last->to_s < min_gap_s)
            last->to_s = fmax(last->to_s, next.to_s);
        else
            g_array_index(happens, struct time_range, n++) = next;
    }
    g_array_set_size(happens, n);
}

struct plot_axis *plot_axis_new_skipping(struct time_range range, GArray *happens, double width_px)
{
    struct plot_axis *axis = plot_axis_new(range);
    double length_s = range.to_s - range.from_s, idle_s = 0;

    clip(happens, range);
    join(happens, worth_a_gap * length_s);
    for (guint i = 1; i < happens->len; i++)
        idle_s +=
            g_array_index(happens, struct time_range, i).from_s - g_array_index(happens, struct time_range, i - 1).to_s;
    if (idle_s < worth_gaps * length_s)
        return axis;
    double shown_s = g_array_index(happens, struct time_range, happens->len - 1).to_s -
                     g_array_index(happens, struct time_range, 0).from_s - idle_s;
    if (!(shown_s > 0)) /* moments only: what is between them is all there is to see */
        return axis;

    /* No less than a second, as ticks are at whole seconds; a gap is more than three margins. */
    double margin_s = fmin(fmax(margin_share * shown_s, 1), length_s / 20);
    shown_s += 2 * margin_s * happens->len;
    g_array_set_size(axis->pieces, 0);
    axis->gap_x = gap_px / width_px * shown_s;
    /* A share of the whole at both ends may be long beside what is shown: there too no more than the margin. */
    for (guint i = 0; i < happens->len; i++) {
        const struct time_range *when = &g_array_index(happens, struct time_range, i);

        add_piece(axis, fmax(range.from_s, when->from_s - margin_s), fmin(range.to_s, when->to_s + margin_s));
    }
    return axis;
}

void plot_axis_free(struct plot_axis *axis)
{
    g_array_unref(axis->pieces);
    g_free(axis);
}

static const struct plot_piece *piece_of(const struct plot_axis *axis, guint i)
{
    return &g_array_index(axis->pieces, struct plot_piece, i);
}

char *plot_axis_gap_words(const struct plot_axis *axis, guint i)
{
    g_autofree char *length = words_duration(piece_of(axis, i)->from_s - piece_of(axis, i - 1)->to_s);

    return g_strconcat(length, " idle", NULL);
}

void plot_axis_write_breaks(struct plot *plot, const struct plot_axis *axis)
{
    plot_block(plot, "breaks", 3);
    for (guint i = 1; i < axis->pieces->len; i++) {
        const struct plot_piece *piece = piece_of(axis, i);
        g_autofree char *text = plot_axis_gap_words(axis, i);

        output_number(plot->data, piece->x - axis->gap_x);
        output_char(plot->data, ' ');
        output_number(plot->data, piece->x);
        output_char(plot->data, ' ');
        plot_data_text(plot, text);
        output_char(plot->data, '\n');
    }
}

double plot_axis_end_s(const struct plot_axis *axis)
{
    return piece_of(axis, axis->pieces->len - 1)->to_s;
}

double plot_axis_x(const struct plot_axis *axis, double time_s)
{
    guint i = 0;

    while (i + 1 < axis->pieces->len && time_s >= piece_of(axis, i + 1)->from_s)
        i++;
    const struct plot_piece *piece = piece_of(axis, i);
    if (i + 1 < axis->pieces->len && time_s > piece->to_s) /* left out */
        time_s = piece->to_s;
    return piece->x + (time_s - piece->from_s);
}

/* ---- ticks ---- */

struct ticks {
    struct plot *plot;
    const struct scenario *scenario; /* NULL: no clock */
    double step_s, px_x;             /* x per pixel */
    double to_x;                     /* the end of the axis */
    double last_x, last_day_x;
    bool any;
    char day_before[WALL_CLOCK_SIZE];
};

enum { TIME_PX = 56, LETTER_PX = 8, MARGIN_PX = 24 };

/* Whether there is room for a label at x. */
static bool has_room(const struct ticks *t, double x, double label_x)
{
    if (x + label_x / 2 > t->to_x + MARGIN_PX * t->px_x) /* it would stand out of the picture */
        return false;
    return !t->any || x - t->last_x >= label_x;
}

static void begin_tick(struct ticks *t, const char *label)
{
    output_printf(t->plot->settings, t->any ? ", \"%s" : "\"%s", label);
}

static void end_tick(struct ticks *t, double x)
{
    output_text(t->plot->settings, "\" ");
    output_number(t->plot->settings, x);
    t->last_x = x;
    t->any = true;
}

static void tick_of_time_passed(struct ticks *t, double at_s, double x)
{
    g_autofree char *words = at_s > 0 ? words_duration_finely(at_s, t->step_s) : g_strdup("0");

    if (at_s < 0 || !has_room(t, x, LETTER_PX * (double)strlen(words) * t->px_x))
        return;
    begin_tick(t, words);
    end_tick(t, x);
}

static void tick_of_clock(struct ticks *t, double at_s, double x)
{
    double start_s = t->scenario->start_s;
    bool days = t->step_s >= 86400;
    char day[WALL_CLOCK_SIZE], time[WALL_CLOCK_SIZE];

    wall_clock_day(day, t->scenario, at_s);
    double day_x = LETTER_PX * (double)strlen(day) * t->px_x;
    if (!has_room(t, x, days ? day_x : TIME_PX * t->px_x))
        return;
    if (days)
        g_strlcpy(time, day, sizeof time);
    else if (t->step_s < 60)
        wall_clock_second(time, start_s, at_s);
    else
        wall_clock_minute(time, start_s, at_s);
    begin_tick(t, time);
    if (!days && strcmp(day, t->day_before) && (!t->any || x - t->last_day_x >= day_x)) {
        output_printf(t->plot->settings, "\\n%s", day);
        t->last_day_x = x;
        g_strlcpy(t->day_before, day, sizeof t->day_before);
    }
    end_tick(t, x);
}

static const double steps_s[] = {1,      2,      5,       10,      15,      30,       60,      120,   300,
                                 600,    900,    1800,    3600,    7200,    10800,    21600,   43200, 86400,
                                 172800, 604800, 1209600, 2419200, 4838400, 14515200, 31449600};

static double step_for(double length_s, unsigned max_ticks)
{
    double step_s = steps_s[0];

    for (size_t i = 0; i < G_N_ELEMENTS(steps_s) && length_s / step_s > max_ticks; i++)
        step_s = steps_s[i];
    return step_s;
}

void plot_axis_write(struct plot *plot, const struct plot_axis *axis, const struct scenario *scenario,
                     unsigned max_ticks, double width_px)
{
    double length_x = axis->to_x - axis->from_x;
    struct ticks ticks = {.plot = plot,
                          .scenario = scenario,
                          .step_s = step_for(length_x, max_ticks),
                          .px_x = length_x / width_px,
                          .to_x = axis->to_x};
    /* 1970-01-01 was a Thursday: steps of weeks begin on Mondays. */
    double to_monday_s = scenario ? scenario->start_s - 4 * 86400 : 0;

    plot_number(plot, "xmin", axis->from_x);
    plot_number(plot, "xmax", axis->to_x);
    output_text(plot->settings, "set xtics (");
    for (guint i = 0; i < axis->pieces->len; i++) {
        const struct plot_piece *piece = piece_of(axis, i);
        double at_s = ceil((to_monday_s + piece->from_s) / ticks.step_s) * ticks.step_s - to_monday_s;

        if (at_s > piece->to_s) { /* a piece without any tick would be at no time: a finer one */
            double step_s = ticks.step_s;
            for (size_t k = G_N_ELEMENTS(steps_s); k-- > 0 && at_s > piece->to_s;)
                if ((step_s = steps_s[k]) < ticks.step_s)
                    at_s = ceil((to_monday_s + piece->from_s) / step_s) * step_s - to_monday_s;
        }
        for (; at_s <= piece->to_s; at_s += ticks.step_s)
            (scenario ? tick_of_clock : tick_of_time_passed)(&ticks, at_s, plot_axis_x(axis, at_s));
    }
    output_text(plot->settings, ")\n");
}
