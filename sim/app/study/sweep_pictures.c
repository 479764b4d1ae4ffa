#include "sim/app/study/sweep_pictures.h"

#include <math.h>
#include <string.h>

#include "sim/app/study/estimate.h"
#include "sim/app/study/sweep_frame.h"
#include "sim/app/study/sweep_panels.h"
#include "sim/app/study/sweep_side.h"

enum {
    MAX_SERIES = 8,
    MAX_LABELLED_CELLS = 160,
    CURVE_LEFT = 96,
    CURVE_RIGHT = 32,
};

/* ---- a curve ---- */

/* Points that agree in everything but the setting below the curve. */
static char *series_title(const struct sweep_pictures *p, guint point, guint below)
{
    g_autoptr(GString) title = g_string_new(NULL);

    for (guint i = 0; i < p->design->axes->len && !p->scattered; i++)
        if (i != below && side_n_levels(p->design, i) > 1)
            g_string_append_printf(title, "%s%s=%s", title->len ? ", " : "", design_axis(p->design, i)->short_path,
                                   design_value(p->design, point, i));
    return g_strdup(title->str);
}

static void draw_series(struct plot *plot, const struct sweep_pictures *p, guint metric, const struct side *side,
                        const struct scale *scale, const char *title, guint number)
{
    g_autofree char *block = g_strdup_printf("series%u", number), *name = g_strdup_printf("title%u", number);
    g_autoptr(GArray) dots = side_dots(side);

    plot_text(plot, name, title);
    plot_block(plot, block, 4);
    for (guint i = 0; i < dots->len; i++) {
        const struct dot *dot = &g_array_index(dots, struct dot, i);
        struct sim_interval mean = estimate_of(p->study, dot->point, metric).mean;
        g_autofree char *its = series_title(p, dot->point, side->axis);

        if (strcmp(its, title) != 0)
            continue;
        frame_put_number(plot, dot->x);
        frame_put_number(plot, mean.estimate / scale->unit);
        frame_put_number(plot, isfinite(mean.low) ? mean.low / scale->unit : NAN);
        frame_put_number(plot, isfinite(mean.high) ? mean.high / scale->unit : NAN);
        output_char(plot->data, '\n');
    }
}

static void draw_curve(struct drawing *drawing, const struct sweep_pictures *p, guint metric, guint below)
{
    const struct metric_type *type = study_metric(p->study, metric);
    struct side side = side_new(p->design, below, side_has_numbers(p->design, below));
    struct scale scale = frame_scale(type, frame_most(p, metric));
    g_autofree char *name = frame_name(p->study->metrics[metric]);
    g_autoptr(GPtrArray) titles = g_ptr_array_new_with_free_func(g_free);
    struct plot plot;

    for (guint i = 0; i < p->design->n_points; i++) {
        char *title = series_title(p, i, below);
        if (g_ptr_array_find_with_equal_func(titles, title, g_str_equal, NULL))
            g_free(title);
        else
            g_ptr_array_add(titles, title);
    }
    if (titles->len > MAX_SERIES) {
        plot_nothing(drawing, name, "there would be too many curves");
        return;
    }
    if (!plot_begin(&plot, drawing, name))
        return;
    bool intervals = study_point(p->study, 0)->n_wanted > 1;
    for (guint i = 0; i < titles->len; i++)
        draw_series(&plot, p, metric, &side, &scale, titles->pdata[i], i + 1);
    frame_titles(&plot, p, metric, &scale, intervals ? ", bars: 95 % intervals" : "");
    side_write(&plot, &side, 'x', SWEEP_WIDTH - CURVE_LEFT - CURVE_RIGHT, true);
    plot_count(&plot, "n_series", (int)titles->len);
    plot_count(&plot, "named", titles->len > 1);
    plot_count(&plot, "intervals", intervals);
    plot_count(&plot, "joined", side.numbers);
    plot_count(&plot, "share", type->kind == METRIC_KIND_SHARE);
    bool deadline = g_str_has_prefix(p->study->metrics[metric], "margin:");
    plot_count(&plot, "deadline", deadline);
    plot_count(&plot, "from_zero",
               !deadline && (type->kind == METRIC_KIND_DURATION || type->kind == METRIC_KIND_BYTES));
    plot_number(&plot, "left", CURVE_LEFT);
    plot_number(&plot, "right", CURVE_RIGHT);
    plot_number(&plot, "height", 560 + (titles->len > 1 ? 27 * (double)titles->len : 0));
    plot_draw(&plot, "sweep_curve");
}

/* ---- a map ---- */

static void draw_map(struct drawing *drawing, const struct sweep_pictures *p, guint metric, guint below, guint beside)
{
    const struct metric_type *type = study_metric(p->study, metric);
    bool numbers = p->scattered && side_has_numbers(p->design, below) && side_has_numbers(p->design, beside);
    struct side x = side_new(p->design, below, numbers), y = side_new(p->design, beside, numbers);
    struct scale scale = frame_scale(type, frame_most(p, metric));
    g_autofree char *name = frame_name(p->study->metrics[metric]);
    double least = INFINITY, most = -INFINITY;
    struct plot plot;

    if (!plot_begin(&plot, drawing, name))
        return;
    for (guint i = 0; i < p->design->n_points; i++) {
        double value = estimate_of(p->study, i, metric).mean.estimate / scale.unit;
        least = isfinite(value) ? fmin(least, value) : least;
        most = isfinite(value) ? fmax(most, value) : most;
    }
    if (type->kind == METRIC_KIND_SHARE) {
        least = 0;
        most = 100;
    } else if (!(most > least)) {
        least = isfinite(least) ? least - 1 : 0;
        most = least + 2;
    }
    plot_block(&plot, "cells", 5);
    for (guint i = 0; i < p->design->n_points; i++) {
        double value = estimate_of(p->study, i, metric).mean.estimate / scale.unit;

        if (!isfinite(value))
            continue;
        frame_put_number(&plot, side_place(&x, i));
        frame_put_number(&plot, side_place(&y, i));
        frame_put_number(&plot, value);
        /* On the dark half of the colours in white. */
        output_printf(plot.data, "\"%.3g\" %d\n", value == 0 ? 0 : value,
                      (value - least) / (most - least) < 0.55 ? 0xFFFFFF : 0x000000);
    }
    double rows = y.numbers ? 12 : y.high - y.low + 1;
    double height = fmax(360, 170 + fmin(34 * rows, 620));
    frame_titles(&plot, p, metric, &scale, "");
    side_write(&plot, &x, 'x', SWEEP_WIDTH - 330, true);
    side_write(&plot, &y, 'y', height - 150, false);
    plot_number(&plot, "height", height);
    plot_number(&plot, "least", least);
    plot_number(&plot, "most", most);
    plot_count(&plot, "dots", numbers);
    plot_count(&plot, "labelled", !numbers && p->design->n_points <= MAX_LABELLED_CELLS);
    plot_draw(&plot, "sweep_map");
}

/* ---- which ---- */

static void draw_metric(struct drawing *drawing, const struct sweep_pictures *p, guint metric)
{
    guint varying[2] = {0, 0}, numeric = 0, n_varying = 0, n_numeric = 0;

    for (guint i = 0; i < p->design->axes->len; i++)
        if (side_n_levels(p->design, i) > 1) {
            if (n_varying < 2)
                varying[n_varying] = i;
            n_varying++;
            if (side_has_numbers(p->design, i) && !n_numeric++)
                numeric = i;
        }
    if (n_varying == 2)
        draw_map(drawing, p, metric, varying[1], varying[0]);
    else if (n_varying == 1 || (n_numeric == 1 && !p->scattered))
        draw_curve(drawing, p, metric, n_numeric ? numeric : varying[0]);
    else if (n_varying > 2)
        sweep_panels_draw(drawing, p, metric);
    else {
        g_autofree char *name = frame_name(p->study->metrics[metric]);
        plot_nothing(drawing, name, "nothing is varied");
    }
}

gboolean sweep_pictures_draw(const struct sweep_pictures *p, const char *directory, const struct plots_options *options,
                             GPtrArray *warnings, GError **error)
{
    struct drawing drawing;

    if (!drawing_begin(&drawing, directory, options, warnings))
        return TRUE;
    for (guint i = 0; i < p->n_metrics; i++)
        draw_metric(&drawing, p, p->metrics[i]);
    return drawing_end(&drawing, error);
}
