#include "sim/app/study/sweep_panels.h"

#include <math.h>

#include "sim/app/study/estimate.h"
#include "sim/app/study/sweep_frame.h"
#include "sim/app/study/sweep_side.h"

enum {
    MOST_GROUPS = 8, /* whose means make a line */
    MOST_PANELS = 12,
    PANELS_ABREAST = 3,
    PANEL_WIDTH = (SWEEP_WIDTH - 60) / PANELS_ABREAST,
    PANEL_HEIGHT = 280,
};

/* What a panel shows below a setting: the mean over the points of each value, or, of many values, of equally many
 * neighbouring points each: so many that the other settings are alike among them. */
struct panel {
    struct side side;
    GArray *dots;  /* struct dot, by x */
    GArray *means; /* struct mean */
    double range;  /* of the means */
};

struct mean {
    double x, y;
};

static void add_mean(struct panel *panel, const double *values, guint from, guint to)
{
    struct mean mean = {0, 0};
    guint n = 0;

    for (guint i = from; i < to; i++) {
        const struct dot *dot = &g_array_index(panel->dots, struct dot, i);

        if (!isfinite(values[dot->point]))
            continue;
        mean.x += dot->x;
        mean.y += values[dot->point];
        n++;
    }
    if (n == 0)
        return;
    mean.x /= n;
    mean.y /= n;
    g_array_append_val(panel->means, mean);
}

static void find_means(struct panel *panel, const double *values, bool by_value)
{
    guint n = panel->dots->len, n_groups = (guint)CLAMP(sqrt(n) / 2, 2, MOST_GROUPS);
    double least = INFINITY, most = -INFINITY;

    for (guint from = 0, to, group = 0; from < n; from = to, group++) {
        double x = g_array_index(panel->dots, struct dot, from).x;

        to = by_value ? from + 1 : (guint)((guint64)(group + 1) * n / n_groups);
        while (by_value && to < n && g_array_index(panel->dots, struct dot, to).x <= x)
            to++;
        add_mean(panel, values, from, to);
    }
    for (guint i = 0; i < panel->means->len; i++) {
        double y = g_array_index(panel->means, struct mean, i).y;

        least = fmin(least, y);
        most = fmax(most, y);
    }
    panel->range = panel->means->len ? most - least : 0;
}

static struct panel panel_new(const struct sweep_pictures *p, guint axis, const double *values)
{
    struct panel panel = {.side = side_new(p->design, axis, side_has_numbers(p->design, axis)),
                          .means = g_array_new(FALSE, FALSE, sizeof(struct mean))};

    panel.dots = side_dots(&panel.side);
    find_means(&panel, values, side_n_levels(p->design, axis) <= MOST_GROUPS);
    return panel;
}

static gint by_range(gconstpointer a, gconstpointer b)
{
    const struct panel *p = a, *q = b;

    if (p->range < q->range || p->range > q->range)
        return p->range < q->range ? 1 : -1;
    return p->side.axis < q->side.axis ? -1 : p->side.axis > q->side.axis;
}

static void write_panel(struct plot *plot, const struct panel *panel, const double *values, guint number)
{
    g_autofree char *ticks = side_ticks(&panel->side, PANEL_WIDTH - 60, true);
    g_autofree char *set_range =
        g_strdup_printf("set xrange [%.10g:%.10g]", panel->side.low - side_margin(&panel->side),
                        panel->side.high + side_margin(&panel->side));
    g_autofree char *set = g_strdup_printf("%s; set xtics (%s)", set_range, ticks);
    g_autofree char *words = side_title(&panel->side);
    g_autofree char *dots = g_strdup_printf("dots%u", number), *means = g_strdup_printf("means%u", number);
    g_autofree char *settings = g_strdup_printf("panel%u", number), *title = g_strdup_printf("title%u", number);

    plot_text(plot, settings, set);
    plot_text(plot, title, words);
    plot_block(plot, dots, 2);
    for (guint i = 0; i < panel->dots->len; i++) {
        const struct dot *dot = &g_array_index(panel->dots, struct dot, i);

        frame_put_number(plot, dot->x);
        frame_put_number(plot, values[dot->point]);
        output_char(plot->data, '\n');
    }
    plot_block(plot, means, 2);
    for (guint i = 0; i < panel->means->len; i++) {
        frame_put_number(plot, g_array_index(panel->means, struct mean, i).x);
        frame_put_number(plot, g_array_index(panel->means, struct mean, i).y);
        output_char(plot->data, '\n');
    }
}

void sweep_panels_draw(struct drawing *drawing, const struct sweep_pictures *p, guint metric)
{
    const struct metric_type *type = study_metric(p->study, metric);
    struct scale scale = frame_scale(type, frame_most(p, metric));
    g_autofree char *name = frame_name(p->study->metrics[metric]);
    g_autofree double *values = g_new(double, p->design->n_points);
    g_autoptr(GArray) panels = g_array_new(FALSE, FALSE, sizeof(struct panel));
    struct plot plot;

    if (!plot_begin(&plot, drawing, name))
        return;
    for (guint i = 0; i < p->design->n_points; i++)
        values[i] = estimate_of(p->study, i, metric).mean.estimate / scale.unit;
    for (guint i = 0; i < p->design->axes->len; i++)
        if (side_n_levels(p->design, i) > 1) {
            struct panel panel = panel_new(p, i, values);
            g_array_append_val(panels, panel);
        }
    g_array_sort(panels, by_range);
    guint n = MIN(panels->len, MOST_PANELS), n_rows = (n + PANELS_ABREAST - 1) / PANELS_ABREAST;
    for (guint i = 0; i < n; i++)
        write_panel(&plot, &g_array_index(panels, struct panel, i), values, i + 1);
    g_autofree char *more =
        g_strdup_printf("; dots: all %u points; line: their mean, whatever the other settings are%s",
                        p->design->n_points, panels->len > n ? "; the settings that move it most" : "");
    frame_titles(&plot, p, metric, &scale, more);
    plot_count(&plot, "n_panels", (int)n);
    plot_count(&plot, "abreast", PANELS_ABREAST);
    plot_count(&plot, "share", type->kind == METRIC_KIND_SHARE);
    plot_number(&plot, "panel_width", PANEL_WIDTH);
    plot_number(&plot, "panel_height", PANEL_HEIGHT);
    plot_number(&plot, "height", 80 + PANEL_HEIGHT * (double)n_rows);
    plot_draw(&plot, "sweep_panels");
    for (guint i = 0; i < panels->len; i++) {
        g_array_unref(g_array_index(panels, struct panel, i).dots);
        g_array_unref(g_array_index(panels, struct panel, i).means);
    }
}
