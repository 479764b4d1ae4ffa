/* What senders and links carried, against what they can: a small picture each. */
#include <math.h>
#include <string.h>

#include "sim/app/plot/plot_axis.h"
#include "sim/app/report/words.h"

enum { MAX_PANELS = 12, MAX_SENDERS = 4, WIDTH = 1280, PANEL_HEIGHT = 150, TOP = 96, BOTTOM = 60 };

struct panel {
    uint32_t link;
};

/* A step function, thinned to columns: time-weighted mean and highest value in each. */
struct bins {
    size_t n;
    double width_s;
    double *sum, *most; /* value x time; value */
};

static void bins_add(struct bins *bins, struct time_range range, double from_s, double to_s, double value)
{
    from_s = fmax(from_s, range.from_s);
    to_s = fmin(to_s, range.to_s);
    if (!(to_s > from_s))
        return;
    size_t first = MIN((size_t)((from_s - range.from_s) / bins->width_s), bins->n - 1);
    size_t last = MIN((size_t)((to_s - range.from_s) / bins->width_s), bins->n - 1);
    for (size_t k = first; k <= last; k++) {
        double left_s = range.from_s + (double)k * bins->width_s;
        double overlap_s = fmin(to_s, left_s + bins->width_s) - fmax(from_s, left_s);

        if (overlap_s <= 0)
            continue;
        bins->sum[k] += value * overlap_s;
        bins->most[k] = fmax(bins->most[k], value);
    }
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
static bool draw_rate(struct plot *plot, const struct collector *c, uint32_t link, struct time_range range,
                      size_t n_bins, double *max)
{
    struct bins bins = {.n = n_bins, .width_s = (range.to_s - range.from_s) / (double)n_bins};
    double value = 0, since_s = range.from_s;
    guint n_peaks = 0;

    bins.sum = g_new0(double, n_bins);
    bins.most = g_new0(double, n_bins);
    for (guint i = 0; i < c->steps->len; i++) {
        const struct step *step = collector_step(c, i);
        if (step->metric != STEP_LINK_RATE || step->index != link)
            continue;
        bins_add(&bins, range, since_s, step->time_s, value);
        since_s = step->time_s;
        value = step->value;
    }
    bins_add(&bins, range, since_s, range.to_s, value);
    /* Corners of the steps; columns that are alike are one. */
    for (size_t k = 0, end; k < n_bins; k = end) {
        double mean = bins.sum[k] / bins.width_s * 8e-6, most = bins.most[k] * 8e-6;

        for (end = k + 1;
             end < n_bins && fabs(bins.sum[end] - bins.sum[k]) <= 1e-9 * bins.sum[k] && bins.most[end] == bins.most[k];)
            end++;
        *max = fmax(*max, bins.most[k]);
        point(plot, range.from_s + (double)k * bins.width_s, mean, most);
        point(plot, range.from_s + (double)end * bins.width_s, mean, most);
    }
    for (size_t k = 0; k < n_bins; k++)
        n_peaks += bins.most[k] - bins.sum[k] / bins.width_s > 0.01 * *max;
    g_free(bins.sum);
    g_free(bins.most);
    return n_peaks > 2; /* the columns in which it begins and ends are less than full */
}

/* Lowest and highest capacity in each column, for one that changes too often for a line. */
static double draw_capacity_band(struct plot *plot, const struct collector *c, uint32_t link, struct time_range range,
                                 size_t n_columns)
{
    double width_s = (range.to_s - range.from_s) / (double)n_columns, max = 0;
    double value = c->links[link]->nominal_bytes_per_s, since_s = -INFINITY;
    g_autofree double *low = g_new(double, n_columns), *high = g_new0(double, n_columns);

    for (size_t k = 0; k < n_columns; k++)
        low[k] = INFINITY;
    for (guint i = 0; i <= c->steps->len; i++) {
        const struct step *step = i < c->steps->len ? collector_step(c, i) : NULL;
        if (step && (step->metric != STEP_LINK_CAPACITY || step->index != link))
            continue;
        double from_s = fmax(since_s, range.from_s), to_s = step ? fmin(step->time_s, range.to_s) : range.to_s;
        for (size_t k = (size_t)fmax(0, (from_s - range.from_s) / width_s);
             to_s > from_s && k < n_columns && range.from_s + (double)k * width_s < to_s; k++) {
            low[k] = fmin(low[k], value);
            high[k] = fmax(high[k], value);
        }
        if (step) {
            since_s = step->time_s;
            value = step->value;
        }
    }
    for (size_t k = 0; k < n_columns; k++) {
        if (!isfinite(high[k]))
            continue;
        point(plot, range.from_s + (double)k * width_s, low[k] * 8e-6, high[k] * 8e-6);
        point(plot, range.from_s + (double)(k + 1) * width_s, low[k] * 8e-6, high[k] * 8e-6);
        max = fmax(max, high[k]);
    }
    return max;
}

static bool changes_often(const struct collector *c, uint32_t link, struct time_range range, size_t n_bins)
{
    size_t n = 0;

    for (guint i = 0; i < c->steps->len; i++) {
        const struct step *step = collector_step(c, i);
        n += step->metric == STEP_LINK_CAPACITY && step->index == link && step->time_s > range.from_s &&
             step->time_s < range.to_s;
    }
    return n > n_bins / 4;
}

/* Returns the highest capacity in the range; 0 when there is no limit. */
static double draw_capacity(struct plot *plot, const struct collector *c, uint32_t link, struct time_range range)
{
    double value = c->links[link]->nominal_bytes_per_s, max = 0;
    bool begun = false;

    for (guint i = 0; i < c->steps->len; i++) {
        const struct step *step = collector_step(c, i);
        if (step->metric != STEP_LINK_CAPACITY || step->index != link || step->time_s > range.to_s)
            continue;
        if (step->time_s > range.from_s) {
            if (!begun && isfinite(value)) {
                point(plot, range.from_s, value * 8e-6, 0);
                max = value;
            }
            begun = true;
            if (isfinite(step->value)) {
                point(plot, step->time_s, step->value * 8e-6, 0);
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
        point(plot, range.to_s, value * 8e-6, 0);
    return max;
}

/* 1, 2 or 5 times a power of ten: about four of them to the top. */
static double tick_step(double top)
{
    double power = pow(10, floor(log10(top / 4)));
    double times = top / 4 / power;

    return (times <= 1 ? 1 : times <= 2 ? 2 : times <= 5 ? 5 : 10) * power;
}

static char *link_title(const struct summary *s, uint32_t index, struct time_range range)
{
    const struct hierarchy_link *link = s->collector->links[index];
    const struct link_stats *stats = &g_array_index(s->collector->link_stats, struct link_stats, index);
    g_autofree char *bytes = words_bytes(stats->bytes), *name = words_link(link);

    if (link->kind == LINK_SENDER || !isfinite(link->nominal_bytes_per_s))
        return g_strdup_printf("%s: %s", name, bytes);
    g_autofree char *capacity = words_rate(link->nominal_bytes_per_s);
    g_autofree char *full = words_percent(fmin(1, stats->full_s / (range.to_s - range.from_s)));
    return g_strdup_printf("%s, %s: %s, full %s of this time", name, capacity, bytes, full);
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

/* The senders with the most bytes, then the links that hold back most. */
static GArray *choose(const struct summary *s, guint *n_left_out)
{
    GArray *panels = g_array_new(FALSE, FALSE, sizeof(struct panel));

    for (guint i = 0; i < s->links->len; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);

        if (s->collector->links[r->index]->kind == LINK_SENDER) {
            struct panel panel = {r->index};
            g_array_append_val(panels, panel);
        }
    }
    g_array_sort_with_data(panels, most_bytes_first, s->collector->link_stats);
    if (panels->len > MAX_SENDERS) {
        *n_left_out += panels->len - MAX_SENDERS;
        g_array_set_size(panels, MAX_SENDERS);
    }
    for (guint i = 0; i < s->links->len; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);

        if (!worth_a_panel(s, r))
            continue;
        if (panels->len < MAX_PANELS) {
            struct panel panel = {r->index};
            g_array_append_val(panels, panel);
        } else {
            (*n_left_out)++;
        }
    }
    return panels;
}

/* From the first byte on one of these links to the last; where something was to be sent before or after that, with the
 * time in which it could not be: an outage is seen too. */
static struct time_range when_anything_moves(const struct summary *s, const GArray *panels)
{
    struct time_range range = {INFINITY, -INFINITY};
    g_autofree bool *drawn = g_new0(bool, s->collector->n_links + 1), *moves = g_new0(bool, s->collector->n_links + 1);

    for (guint i = 0; i < panels->len; i++)
        drawn[g_array_index(panels, struct panel, i).link] = true;
    for (guint i = 0; i < s->collector->steps->len; i++) {
        const struct step *step = collector_step(s->collector, i);

        if (step->metric != STEP_LINK_RATE || !drawn[step->index])
            continue;
        if (step->value > 0)
            range.from_s = fmin(range.from_s, step->time_s);
        else if (moves[step->index])
            range.to_s = fmax(range.to_s, step->time_s);
        moves[step->index] = step->value > 0;
    }
    for (uint32_t i = 0; i < s->collector->n_links; i++)
        if (moves[i])
            range.to_s = s->ended_s;
    if (!(range.to_s > range.from_s))
        return range;
    for (guint i = 0; i < s->collector->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(s->collector, i);

        if (row->kind != TRANSFER_SEND_REQUEST)
            continue;
        range.from_s = fmin(range.from_s, row->created_s);
        range.to_s = fmax(range.to_s, isnan(row->finished_s) ? s->ended_s : row->finished_s);
    }
    return range;
}

void plot_throughput(struct drawing *drawing, const struct summary *s)
{
    guint n_left_out = 0;
    GArray *panels = choose(s, &n_left_out);
    struct time_range range = when_anything_moves(s, panels);
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
        bool peaks = false, capacities = false, bands = false;
        for (guint i = 0; i < panels->len; i++) {
            const struct panel *panel = &g_array_index(panels, struct panel, i);
            double max = 0;
            g_autofree char *words = link_title(s, panel->link, range);
            g_autofree char *rate = g_strdup_printf("rate%u", i + 1), *capacity = g_strdup_printf("capacity%u", i + 1);
            g_autofree char *title = g_strdup_printf("title%u", i + 1), *ymax = g_strdup_printf("ymax%u", i + 1);
            g_autofree char *ystep = g_strdup_printf("ystep%u", i + 1);
            g_autofree char *off = g_strdup_printf("off%u", i + 1), *band_name = g_strdup_printf("band%u", i + 1);

            plot_block(&plot, rate, 3);
            peaks |= draw_rate(&plot, s->collector, panel->link, range, n_bins, &max);
            bool band = changes_often(s->collector, panel->link, range, n_bins);
            plot_block(&plot, capacity, 3);
            double most = band ? 0 : draw_capacity(&plot, s->collector, panel->link, range);
            plot_block(&plot, band_name, 3);
            if (band)
                most = draw_capacity_band(&plot, s->collector, panel->link, range, n_bins / 4);
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
        g_autofree char *left_out = !n_left_out ? g_strdup("")
                                    : n_left_out > 1
                                        ? g_strdup_printf("; %u more that are less busy are not drawn", n_left_out)
                                        : g_strdup("; one more that is less busy is not drawn");
        g_autofree char *unseen = worst_unseen(s);
        g_autofree char *subtitle =
            g_strdup_printf("%s; local time at the top site%s%s", s->scenario->name, left_out, unseen);
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
        struct plot_axis *axis = plot_axis_new(range);
        plot_axis_write(&plot, axis, s->scenario, columns == 1 ? 12 : 6, columns == 1 ? 1200 : 560);
        plot_axis_free(axis);
        plot_draw(&plot, "throughput");
    }
    g_array_unref(panels);
}
