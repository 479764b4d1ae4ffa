/* What senders and links carried, against what they can: a small picture each. */
#include <math.h>
#include <string.h>

#include "sim/app/plot/plot_axis.h"
#include "sim/app/plot/plot_steps.h"
#include "sim/app/report/words.h"

enum { MAX_PANELS = 12, MAX_SENDERS = 4, WIDTH = 1280, PANEL_HEIGHT = 150, TOP = 96, BOTTOM = 60 };

struct panel {
    uint32_t link;
    guint n_alike; /* links that it stands for */
};

/* Columns of the picture. What lies between two pieces of the axis is in none, or in one whose time is none. */
struct columns {
    const struct plot_axis *axis;
    size_t n;
    double width_x;
};

static struct columns columns_of(const struct plot_axis *axis, size_t n)
{
    return (struct columns){axis, n, (axis->to_x - axis->from_x) / (double)n};
}

static double column_x(const struct columns *columns, size_t k)
{
    return columns->axis->from_x + (double)k * columns->width_x;
}

/* A level from one moment to another: tells by() the columns that it is in, and for how long. */
static void each_column(const struct columns *columns, double from_s, double to_s, double value,
                        void (*by)(void *ctx, size_t k, double overlap_s, double value), void *ctx)
{
    for (guint i = 0; i < columns->axis->pieces->len; i++) {
        const struct plot_piece *piece = &g_array_index(columns->axis->pieces, struct plot_piece, i);
        double shown_from_s = fmax(from_s, piece->from_s), shown_to_s = fmin(to_s, piece->to_s);

        if (!(shown_to_s > shown_from_s))
            continue;
        double from_x = piece->x + (shown_from_s - piece->from_s), to_x = piece->x + (shown_to_s - piece->from_s);
        size_t first = MIN((size_t)((from_x - columns->axis->from_x) / columns->width_x), columns->n - 1);
        size_t last = MIN((size_t)((to_x - columns->axis->from_x) / columns->width_x), columns->n - 1);
        for (size_t k = first; k <= last; k++) {
            double left_x = column_x(columns, k);
            double overlap_s = fmin(to_x, left_x + columns->width_x) - fmax(from_x, left_x);

            if (overlap_s > 0)
                by(ctx, k, overlap_s, value);
        }
    }
}

/* A step function, thinned to columns: time-weighted mean and highest value in each. */
struct bins {
    double *sum_s, *most; /* value x time; value */
};

static void bins_add(void *ctx, size_t k, double overlap_s, double value)
{
    struct bins *bins = ctx;

    bins->sum_s[k] += value * overlap_s;
    bins->most[k] = fmax(bins->most[k], value);
}

static void point(struct plot *plot, double x, double a, double b)
{
    output_number(plot->data, x);
    output_char(plot->data, ' ');
    output_number(plot->data, a);
    output_char(plot->data, ' ');
    output_number(plot->data, b);
    output_char(plot->data, '\n');
}

/* Sets max to the highest rate if that is higher; whether somewhere the peak can be seen above the mean. */
static bool draw_rate(struct plot *plot, const struct plot_steps *steps, uint32_t link, const struct columns *columns,
                      double *max)
{
    struct bins bins = {g_new0(double, columns->n), g_new0(double, columns->n)};
    double value = 0, since_s = -INFINITY;
    guint n_peaks = 0;

    for (const struct step *step = plot_steps_first(steps, STEP_LINK_RATE, link); step;
         step = plot_steps_next(steps, step)) {
        each_column(columns, since_s, step->time_s, value, bins_add, &bins);
        since_s = step->time_s;
        value = step->value;
    }
    each_column(columns, since_s, INFINITY, value, bins_add, &bins);
    /* Corners of the steps; columns that are alike are one. */
    for (size_t k = 0, end; k < columns->n; k = end) {
        double mean = bins.sum_s[k] / columns->width_x * 8e-6, most = bins.most[k] * 8e-6;

        for (end = k + 1; end < columns->n && fabs(bins.sum_s[end] - bins.sum_s[k]) <= 1e-9 * bins.sum_s[k] &&
                          bins.most[end] == bins.most[k];)
            end++;
        *max = fmax(*max, bins.most[k]);
        point(plot, column_x(columns, k), mean, most);
        point(plot, column_x(columns, end), mean, most);
    }
    for (size_t k = 0; k < columns->n; k++)
        n_peaks += bins.most[k] - bins.sum_s[k] / columns->width_x > 0.01 * *max;
    g_free(bins.sum_s);
    g_free(bins.most);
    return n_peaks > 2; /* the columns in which it begins and ends are less than full */
}

struct extremes {
    double *low, *high;
};

static void extremes_add(void *ctx, size_t k, double overlap_s, double value)
{
    struct extremes *extremes = ctx;

    (void)overlap_s;
    extremes->low[k] = fmin(extremes->low[k], value);
    extremes->high[k] = fmax(extremes->high[k], value);
}

/* Lowest and highest capacity in each column, for one that changes too often for a line. */
static double draw_capacity_band(struct plot *plot, const struct collector *c, const struct plot_steps *steps,
                                 uint32_t link, const struct columns *columns)
{
    double value = c->links[link]->nominal_bytes_per_s, since_s = -INFINITY, max = 0;
    g_autofree double *low = g_new(double, columns->n), *high = g_new(double, columns->n);
    struct extremes extremes = {low, high};

    for (size_t k = 0; k < columns->n; k++) {
        low[k] = INFINITY;
        high[k] = -INFINITY;
    }
    for (const struct step *step = plot_steps_first(steps, STEP_LINK_CAPACITY, link); step;
         step = plot_steps_next(steps, step)) {
        each_column(columns, since_s, step->time_s, value, extremes_add, &extremes);
        since_s = step->time_s;
        value = step->value;
    }
    each_column(columns, since_s, INFINITY, value, extremes_add, &extremes);
    for (size_t k = 0; k < columns->n; k++) {
        if (!isfinite(high[k]))
            continue;
        point(plot, column_x(columns, k), low[k] * 8e-6, high[k] * 8e-6);
        point(plot, column_x(columns, k + 1), low[k] * 8e-6, high[k] * 8e-6);
        max = fmax(max, high[k]);
    }
    return max;
}

static bool changes_often(const struct plot_steps *steps, uint32_t link, struct time_range range, size_t n_bins)
{
    size_t n = 0;

    for (const struct step *step = plot_steps_first(steps, STEP_LINK_CAPACITY, link); step;
         step = plot_steps_next(steps, step))
        n += step->time_s > range.from_s && step->time_s < range.to_s;
    return n > n_bins / 4;
}

/* In time that is left out: in the middle of the gap, which hides it. */
static double step_x(const struct plot_axis *axis, double time_s)
{
    for (guint i = 1; i < axis->pieces->len; i++) {
        const struct plot_piece *piece = &g_array_index(axis->pieces, struct plot_piece, i);
        if (time_s > piece[-1].to_s && time_s < piece->from_s)
            return piece->x - axis->gap_x / 2;
    }
    return plot_axis_x(axis, time_s);
}

/* Returns the highest capacity in the range; 0 when there is no limit. */
static double draw_capacity(struct plot *plot, const struct collector *c, const struct plot_steps *steps, uint32_t link,
                            const struct plot_axis *axis, struct time_range range)
{
    double value = c->links[link]->nominal_bytes_per_s, max = 0;
    bool begun = false;

    for (const struct step *step = plot_steps_first(steps, STEP_LINK_CAPACITY, link);
         step && step->time_s <= range.to_s; step = plot_steps_next(steps, step)) {
        if (step->time_s > range.from_s) {
            if (!begun && isfinite(value)) {
                point(plot, range.from_s, value * 8e-6, 0);
                max = value;
            }
            begun = true;
            if (isfinite(step->value)) {
                point(plot, step_x(axis, step->time_s), step->value * 8e-6, 0);
                max = fmax(max, step->value);
            }
        }
        value = step->value;
    }
    if (!begun && isfinite(value)) {
        point(plot, range.from_s, value * 8e-6, 0);
        max = value;
    }
    if (isfinite(value))
        point(plot, axis->to_x, value * 8e-6, 0);
    return max;
}

/* 1, 2 or 5 times a power of ten: about four of them to the top. */
static double tick_step(double top)
{
    double power = pow(10, floor(log10(top / 4)));
    double times = top / 4 / power;

    return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10) * power;
}

static double shown_s(const struct plot_axis *axis)
{
    double sum_s = 0;

    for (guint i = 0; i < axis->pieces->len; i++) {
        const struct plot_piece *piece = &g_array_index(axis->pieces, struct plot_piece, i);
        sum_s += piece->to_s - piece->from_s;
    }
    return sum_s;
}

static char *link_title(const struct summary *s, const struct panel *panel, const struct plot_axis *axis)
{
    const struct hierarchy_link *link = s->collector->links[panel->link];
    const struct link_stats *stats = &g_array_index(s->collector->link_stats, struct link_stats, panel->link);
    g_autofree char *bytes = words_bytes(stats->bytes), *one = words_link(link);
    g_autofree char *name =
        panel->n_alike > 1 ? g_strdup_printf("%u links alike: %s", panel->n_alike, one) : g_strdup(one);

    if (link->kind == LINK_SENDER || !isfinite(link->nominal_bytes_per_s))
        return g_strdup_printf("%s: %s", name, bytes);
    g_autofree char *capacity = words_rate(link->nominal_bytes_per_s);
    g_autofree char *full = words_percent(fmin(1, stats->full_s / shown_s(axis)));
    return g_strdup_printf("%s, %s: %s%s, full %s of this time", name, capacity, bytes,
                           panel->n_alike > 1 ? " each" : "", full);
}

static gint most_bytes_first(gconstpointer a, gconstpointer b, gpointer user)
{
    const struct panel *p = a, *q = b;
    const GArray *stats = user;
    double left = g_array_index(stats, struct link_stats, p->link).bytes;
    double right = g_array_index(stats, struct link_stats, q->link).bytes;

    return left > right ? -1 : left < right;
}

/* Interfaces and disks are seldom the story: they are drawn when they hold something back. */
static bool worth_a_panel(const struct summary *s, const struct link_result *r)
{
    const struct hierarchy_link *link = s->collector->links[r->index];

    if (link->kind == LINK_SENDER || !collector_keeps_steps_of_link(s->collector, r->index) ||
        !isfinite(link->nominal_bytes_per_s))
        return false;
    return link->kind == LINK_ACCESS_UP || link->kind == LINK_ACCESS_DOWN || link->kind == LINK_ROUTE ||
           r->bound_share >= 0.02;
}

/* Of interfaces and disks of distribution points that nobody pulls from, nothing is kept to draw. */
static char *worst_unseen(const struct summary *s)
{
    for (guint i = 0; i < s->links->len; i++) { /* those that hold back most come first */
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);

        if (r->bound_share < 0.02)
            break;
        if (collector_keeps_steps_of_link(s->collector, r->index))
            continue;
        g_autofree char *name = words_link(s->collector->links[r->index]), *share = words_percent(r->bound_share);
        return g_strdup_printf("; not drawn: %s, which limits %s of all moving time", name, share);
    }
    return g_strdup("");
}

/* Links that could carry nothing while there was something to send. */
static bool *shut_links(const struct summary *s)
{
    bool *shut = g_new0(bool, s->collector->n_links + 1);

    for (guint i = 0; i < s->paths->len; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);
        if (r->shut_link >= 0 && r->shut_s >= 0.005 * r->wanted_s)
            shut[r->shut_link] = true;
    }
    return shut;
}

/* Of the same kind and capacity, and with nearly the same load. */
static bool are_alike(const struct summary *s, uint32_t one, uint32_t other)
{
    const struct hierarchy_link *p = s->collector->links[one], *q = s->collector->links[other];
    const struct link_stats *a = &g_array_index(s->collector->link_stats, struct link_stats, one);
    const struct link_stats *b = &g_array_index(s->collector->link_stats, struct link_stats, other);

    return p->kind == q->kind && p->nominal_bytes_per_s == q->nominal_bytes_per_s &&
           fabs(a->bytes - b->bytes) <= 0.1 * fmax(a->bytes, b->bytes) &&
           fabs(a->full_s - b->full_s) <= 0.1 * fmax(a->full_s, b->full_s);
}

/* How many links the i-th result stands for; when they are enough for one panel, they are told with it. */
static guint tell_alike(const struct summary *s, const bool *shut, guint i, bool *told)
{
    enum { MIN_ALIKE = 3 };
    const uint32_t one = g_array_index(s->links, struct link_result, i).index;
    g_autoptr(GArray) alike = g_array_new(FALSE, FALSE, sizeof(uint32_t));

    for (guint k = i; k < s->links->len; k++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, k);
        if (worth_a_panel(s, r) && !shut[r->index] && !told[r->index] && are_alike(s, one, r->index))
            g_array_append_val(alike, r->index);
    }
    if (alike->len < MIN_ALIKE)
        return 1;
    for (guint k = 0; k < alike->len; k++)
        told[g_array_index(alike, uint32_t, k)] = true;
    return alike->len;
}

/* The senders with the most bytes, then the links that were shut, which is the story where it is so, and then those
 * that hold back most. */
static GArray *choose(const struct summary *s, guint *n_left_out)
{
    GArray *panels = g_array_new(FALSE, FALSE, sizeof(struct panel));
    g_autofree bool *shut = shut_links(s), *told = g_new0(bool, s->collector->n_links + 1);

    for (guint i = 0; i < s->links->len; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);

        if (s->collector->links[r->index]->kind == LINK_SENDER) {
            struct panel panel = {r->index, 1};
            g_array_append_val(panels, panel);
        }
    }
    g_array_sort_with_data(panels, most_bytes_first, s->collector->link_stats);
    if (panels->len > MAX_SENDERS) {
        *n_left_out += panels->len - MAX_SENDERS;
        g_array_set_size(panels, MAX_SENDERS);
    }
    for (int other = 0; other < 2; other++)
        for (guint i = 0; i < s->links->len; i++) {
            const struct link_result *r = &g_array_index(s->links, struct link_result, i);

            if (!worth_a_panel(s, r) || shut[r->index] != (other == 0) || told[r->index])
                continue;
            guint n_alike = other ? tell_alike(s, shut, i, told) : 1;
            if (panels->len < MAX_PANELS) {
                struct panel panel = {r->index, n_alike};
                g_array_append_val(panels, panel);
            } else {
                *n_left_out += n_alike;
            }
        }
    return panels;
}

/* From the first byte on one of these links to the last; where something was to be sent before or after that, with the
 * time in which it could not be: an outage is seen too. Adds to happens (struct time_range) when in it something moves
 * or is to be moved. */
static struct time_range when_anything_moves(const struct summary *s, const GArray *panels, GArray *happens)
{
    struct time_range range = {INFINITY, -INFINITY};
    g_autofree bool *drawn = g_new0(bool, s->collector->n_links + 1), *moves = g_new0(bool, s->collector->n_links + 1);

    for (guint i = 0; i < panels->len; i++)
        drawn[g_array_index(panels, struct panel, i).link] = true;
    struct time_range busy = {0};
    guint n_moving = 0;
    for (guint i = 0; i < s->collector->steps->len; i++) {
        const struct step *step = collector_step(s->collector, i);
        bool does = step->value > 0;

        if (step->metric != STEP_LINK_RATE || !drawn[step->index] || does == moves[step->index])
            continue;
        moves[step->index] = does;
        if (does) {
            range.from_s = fmin(range.from_s, step->time_s);
            if (!n_moving++)
                busy.from_s = step->time_s;
        } else {
            busy.to_s = range.to_s = fmax(range.to_s, step->time_s);
            if (!--n_moving)
                g_array_append_val(happens, busy);
        }
    }
    if (n_moving) {
        busy.to_s = range.to_s = s->ended_s;
        g_array_append_val(happens, busy);
    }
    if (!(range.to_s > range.from_s))
        return range;
    for (guint i = 0; i < s->collector->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(s->collector, i);

        const struct time_range life = {row->created_s, isnan(row->finished_s) ? s->ended_s : row->finished_s};
        g_array_append_val(happens, life);
        if (row->kind != TRANSFER_SEND_REQUEST)
            continue;
        range.from_s = fmin(range.from_s, life.from_s);
        range.to_s = fmax(range.to_s, life.to_s);
    }
    return range;
}

void plot_throughput(struct drawing *drawing, const struct summary *s)
{
    guint n_left_out = 0;
    GArray *panels = choose(s, &n_left_out);
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    struct time_range range = when_anything_moves(s, panels, happens);
    struct plot plot;

    if (!panels->len) {
        plot_nothing(drawing, "throughput", "nothing moved between sites or over links with a limit");
    } else if (!(range.to_s > range.from_s)) {
        plot_nothing(drawing, "throughput", "no link has a limit, and all moved in no time");
    } else if (plot_begin(&plot, drawing, "throughput")) {
        guint columns = panels->len > 4 ? 2 : 1, rows = (panels->len + columns - 1) / columns;
        size_t n_bins = columns == 1 ? 1100 : 540;

        range = plot_widened(range, 0.01);
        range.from_s = fmax(range.from_s, 0);
        double width_px = columns == 1 ? 1200 : 560;
        struct plot_axis *axis = plot_axis_new_skipping(range, happens, width_px);
        const struct columns bins = columns_of(axis, n_bins), bands_of = columns_of(axis, n_bins / 4);
        const struct plot_steps *steps = plot_steps_of(drawing, s->collector);
        bool peaks = false, capacities = false, bands = false, alike = false;
        for (guint i = 0; i < panels->len; i++) {
            const struct panel *panel = &g_array_index(panels, struct panel, i);
            double max = 0;
            alike |= panel->n_alike > 1;
            g_autofree char *words = link_title(s, panel, axis);
            g_autofree char *rate = g_strdup_printf("rate%u", i + 1), *capacity = g_strdup_printf("capacity%u", i + 1);
            g_autofree char *title = g_strdup_printf("title%u", i + 1), *ymax = g_strdup_printf("ymax%u", i + 1);
            g_autofree char *ystep = g_strdup_printf("ystep%u", i + 1);
            g_autofree char *off = g_strdup_printf("off%u", i + 1), *band_name = g_strdup_printf("band%u", i + 1);

            plot_block(&plot, rate, 3);
            peaks |= draw_rate(&plot, steps, panel->link, &bins, &max);
            bool band = changes_often(steps, panel->link, range, n_bins);
            plot_block(&plot, capacity, 3);
            double most = band ? 0 : draw_capacity(&plot, s->collector, steps, panel->link, axis, range);
            plot_block(&plot, band_name, 3);
            if (band)
                most = draw_capacity_band(&plot, s->collector, steps, panel->link, &bands_of);
            plot_text(&plot, title, words);
            /* A capacity far above everything would press the rate to the floor. */
            bool off_scale = most > 5 * max;
            double top = (off_scale || most <= 0 ? max : fmax(max, most)) * 8e-6 * 1.12;
            plot_number(&plot, ymax, top);
            plot_number(&plot, ystep, top > 0 ? tick_step(top) : 1);
            plot_count(&plot, off, off_scale);
            capacities |= most > 0 && !off_scale && !band;
            bands |= most > 0 && !off_scale && band;
        }
        plot_axis_write_breaks(&plot, axis);
        g_autofree char *left_out = !n_left_out ? g_strdup("")
                                    : n_left_out > 1
                                        ? g_strdup_printf("; %u more that are less busy are not drawn", n_left_out)
                                        : g_strdup("; one more that is less busy is not drawn");
        g_autofree char *unseen = worst_unseen(s);
        g_autofree char *subtitle =
            g_strdup_printf("%s; local time at the top site%s%s%s%s", s->scenario->name,
                            axis->pieces->len > 1 ? "; between dotted lines idle time is left out" : "",
                            alike ? "; of links with the same capacity and load one is drawn" : "", left_out, unseen);
        plot_text(&plot, "title_text", "What senders and links carry, and what they can");
        plot_text(&plot, "subtitle", subtitle);
        g_autofree char *keys =
            g_strconcat("rate", peaks ? " peak" : "", capacities ? " capacity" : "", bands ? " band" : "", NULL);
        plot_text(&plot, "keys", keys);
        plot_count(&plot, "n_panels", (int)panels->len);
        plot_count(&plot, "n_columns", (int)columns);
        plot_count(&plot, "n_rows", (int)rows);
        plot_number(&plot, "width", WIDTH);
        plot_number(&plot, "height", TOP + BOTTOM + PANEL_HEIGHT * (double)rows);
        plot_number(&plot, "panel_height", PANEL_HEIGHT);
        plot_number(&plot, "top", TOP);
        plot_number(&plot, "bottom", BOTTOM);
        plot_axis_write(&plot, axis, s->scenario, columns == 1 ? 12 : 6, width_px);
        plot_axis_free(axis);
        plot_draw(&plot, "throughput");
    }
    g_array_unref(panels);
}
