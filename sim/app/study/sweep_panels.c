#include "sim/app/study/sweep_panels.h"

#include <gsl/gsl_cdf.h>
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
    UNCLEAR = 0x999999,
};

/* What a panel shows below a setting: the mean over the points of each value, or, of many values, of equally many
 * neighbouring points each: so many that the other settings are alike among them. */
struct panel {
    struct side side;
    GArray *dots;  /* struct dot, by x */
    GArray *means; /* struct mean */
    double effect; /* what the order of panels is by; 0: none that can be told */
};

struct mean {
    double x, y;
    guint n;
};

/* Of samples, those above a value have other values of the other settings than those below it, and the means of few
 * points differ by that alone. So much of the variance (epsilon squared, Kelley 1935) is between the groups beyond what
 * chance makes; 0 where an F test does not refuse that it is chance. */
static double share_between(const struct panel *panel, const double *values)
{
    double sum = 0, mean, within = 0, between = 0;
    guint n = 0, n_groups = panel->means->len;

    for (guint i = 0; i < panel->dots->len; i++) {
        double y = values[g_array_index(panel->dots, struct dot, i).point];

        sum += isfinite(y) ? y : 0;
        n += isfinite(y) ? 1 : 0;
    }
    if (n_groups < 2 || n <= n_groups)
        return 0;
    mean = sum / n;
    for (guint i = 0; i < n_groups; i++) {
        const struct mean *group = &g_array_index(panel->means, struct mean, i);
        between += group->n * (group->y - mean) * (group->y - mean);
    }
    for (guint i = 0; i < panel->dots->len; i++) {
        double y = values[g_array_index(panel->dots, struct dot, i).point];
        within += isfinite(y) ? (y - mean) * (y - mean) : 0;
    }
    within = fmax(0, within - between); /* all of it, less that between */
    double degrees = n_groups - 1, rest = n - n_groups, chance = within / rest;
    if (!(between > 0) || gsl_cdf_fdist_Q(between / degrees / chance, degrees, rest) > 1 - STUDY_CONFIDENCE)
        return 0;
    return fmax(0, (between - degrees * chance) / (between + within));
}

/* Of all combinations each value has seen the same others: the means are what they are. */
static double range_of_means(const struct panel *panel)
{
    double least = INFINITY, most = -INFINITY;

    for (guint i = 0; i < panel->means->len; i++) {
        double y = g_array_index(panel->means, struct mean, i).y;

        least = fmin(least, y);
        most = fmax(most, y);
    }
    return panel->means->len ? most - least : 0;
}

static void add_mean(struct panel *panel, const double *values, guint from, guint to)
{
    struct mean mean = {0, 0, 0};

    for (guint i = from; i < to; i++) {
        const struct dot *dot = &g_array_index(panel->dots, struct dot, i);

        if (!isfinite(values[dot->point]))
            continue;
        mean.x += dot->x;
        mean.y += values[dot->point];
        mean.n++;
    }
    if (mean.n == 0)
        return;
    mean.x /= mean.n;
    mean.y /= mean.n;
    g_array_append_val(panel->means, mean);
}

static void find_means(struct panel *panel, const double *values, bool by_value)
{
    guint n = panel->dots->len, n_groups = (guint)CLAMP(sqrt(n) / 2, 2, MOST_GROUPS);

    for (guint from = 0, to, group = 0; from < n; from = to, group++) {
        double x = g_array_index(panel->dots, struct dot, from).x;

        to = by_value ? from + 1 : (guint)((guint64)(group + 1) * n / n_groups);
        while (by_value && to < n && g_array_index(panel->dots, struct dot, to).x <= x)
            to++;
        add_mean(panel, values, from, to);
    }
}

static struct panel panel_new(const struct sweep_pictures *p, guint axis, const double *values)
{
    struct panel panel = {.side = side_new(p->design, axis, side_has_numbers(p->design, axis)),
                          .means = g_array_new(FALSE, FALSE, sizeof(struct mean))};

    panel.dots = side_dots(&panel.side);
    find_means(&panel, values, side_n_levels(p->design, axis) <= MOST_GROUPS);
    panel.effect = p->scattered ? share_between(&panel, values) : range_of_means(&panel);
    return panel;
}

static bool is_clear(const struct panel *panel)
{
    return panel->effect > 0;
}

/* Those of which no effect can be told stay in the order of the study. */
static gint by_effect(gconstpointer a, gconstpointer b)
{
    const struct panel *p = a, *q = b;

    if (p->effect < q->effect || p->effect > q->effect)
        return p->effect < q->effect ? 1 : -1;
    return p->side.axis < q->side.axis ? -1 : p->side.axis > q->side.axis;
}

static void write_panel(struct plot *plot, const struct panel *panel, const double *values, guint number)
{
    g_autofree char *ticks = side_ticks(&panel->side, PANEL_WIDTH - 60, true);
    g_autofree char *set_range =
        g_strdup_printf("set xrange [%.10g:%.10g]", panel->side.low - side_margin(&panel->side),
                        panel->side.high + side_margin(&panel->side));
    g_autofree char *set = g_strdup_printf("%s; set xtics (%s); colour = \"#%06X\"", set_range, ticks,
                                           (unsigned)(is_clear(panel) ? PLOT_BLUE : UNCLEAR));
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
    g_array_sort(panels, by_effect);
    guint n = MIN(panels->len, MOST_PANELS), n_rows = (n + PANELS_ABREAST - 1) / PANELS_ABREAST;
    for (guint i = 0; i < n; i++)
        write_panel(&plot, &g_array_index(panels, struct panel, i), values, i + 1);
    bool all_clear = n == 0 || is_clear(&g_array_index(panels, struct panel, n - 1));
    g_autofree char *more =
        g_strdup_printf("dots: all %u points; line: their mean, whatever the other settings are%s%s",
                        p->design->n_points, all_clear ? "" : "; grey: no effect that these points show",
                        panels->len > n ? "; the settings that move it most" : "");
    frame_titles(&plot, p, metric, &scale, "");
    plot_text(&plot, "key_text", more);
    plot_count(&plot, "n_panels", (int)n);
    plot_count(&plot, "abreast", PANELS_ABREAST);
    plot_count(&plot, "share", type->kind == METRIC_KIND_SHARE);
    plot_number(&plot, "panel_width", PANEL_WIDTH);
    plot_number(&plot, "panel_height", PANEL_HEIGHT);
    plot_number(&plot, "height", 96 + PANEL_HEIGHT * (double)n_rows);
    plot_draw(&plot, "sweep_panels");
    for (guint i = 0; i < panels->len; i++) {
        g_array_unref(g_array_index(panels, struct panel, i).dots);
        g_array_unref(g_array_index(panels, struct panel, i).means);
    }
}
