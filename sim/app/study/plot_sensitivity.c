#include "sim/app/study/plot_sensitivity.h"

#include <math.h>

#include "sim/app/plot/plot.h"
#include "sim/app/report/words.h"
#include "sim/app/study/factors.h"

enum {
    MOST_PANELS = 4,
    MOST_BARS = 10,
    WIDTH = 1280,
    NAME_LETTERS = 36, /* of the scenario */
    TOP_PX = 86,
    HEAD_PX = 44, /* of a panel, above its bars */
    FOOT_PX = 52, /* numbers and their unit, below them */
    BAR_PX = 26,
};

/* Long times in minutes, hours or days. */
struct scale {
    double per;
    const char *unit;
};

static struct scale scale_of(const struct metric_type *type, double most)
{
    static const struct scale times[] = {{86400, "days"}, {3600, "hours"}, {60, "minutes"}},
                              bytes[] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}};

    if (type->kind == METRIC_KIND_SHARE)
        return (struct scale){0.01, "%"};
    for (guint i = 0; i < G_N_ELEMENTS(times); i++) {
        const struct scale *scale = type->kind == METRIC_KIND_BYTES ? &bytes[i] : &times[i];
        if (most >= 2 * scale->per)
            return *scale;
    }
    return (struct scale){1, type->kind == METRIC_KIND_BYTES ? "bytes" : "seconds"};
}

static const struct ranked_effect *effects_of(const struct sensitivity_picture *picture, guint metric)
{
    return picture->ranked->pdata[metric];
}

static guint n_bars(const struct sensitivity_picture *picture, guint metric)
{
    guint n = 0;

    while (n < (picture->named ? picture->factors->len : MIN(picture->factors->len, MOST_BARS)) &&
           sensitivity_is_shown(effects_of(picture, metric), n, picture->named))
        n++;
    return n;
}

/* Whether more of the setting is good, bad, now this, now that, or not clear. As in the script's key. */
static int colour_of(const struct metric_type *type, const struct sim_morris_effect *effect)
{
    enum sensitivity_direction direction = sensitivity_direction(effect);

    if (direction == SENSITIVITY_EITHER)
        return 0x888888;
    if (direction == SENSITIVITY_UNCLEAR)
        return 0xD8D8D8;
    return (direction == SENSITIVITY_MORE) == type->higher_is_better ? PLOT_BLUE : PLOT_ORANGE;
}

static void draw_number(struct plot *plot, double number)
{
    output_number(plot->data, isfinite(number) ? number : 0);
    output_char(plot->data, ' ');
}

/* Bars from top to bottom: y, length, interval, colour, name, range. */
static void draw_panel(struct plot *plot, const struct sensitivity_picture *picture, guint panel, guint metric)
{
    const struct metric_type *type = study_metric(picture->study, metric);
    const struct ranked_effect *ranked = effects_of(picture, metric);
    guint n = n_bars(picture, metric);
    double most = 0;

    for (guint i = 0; i < n; i++) {
        const struct sim_interval *mu_star = &ranked[i].effect.mu_star;
        most = fmax(most, isfinite(mu_star->high) ? mu_star->high : mu_star->estimate);
    }
    struct scale scale = scale_of(type, most);
    g_autofree char *block = g_strdup_printf("bars%u", panel), *bars_name = g_strdup_printf("n_bars%u", panel);
    g_autofree char *most_name = g_strdup_printf("most%u", panel), *unit_name = g_strdup_printf("unit%u", panel);
    g_autofree char *title_name = g_strdup_printf("title%u", panel);

    plot_count(plot, bars_name, (int)n);
    plot_number(plot, most_name, most / scale.per);
    plot_text(plot, unit_name, scale.unit);
    plot_text(plot, title_name, picture->study->metrics[metric]);
    plot_block(plot, block, 7);
    for (guint i = 0; i < n; i++) {
        const struct sim_interval *mu_star = &ranked[i].effect.mu_star;
        const struct factor *factor = picture->factors->pdata[ranked[i].factor];
        g_autofree char *range = factor->is ? g_strdup_printf("%s (is %s)", factor->range, factor->is) : NULL;

        draw_number(plot, n - i);
        draw_number(plot, mu_star->estimate / scale.per);
        draw_number(plot, mu_star->low / scale.per);
        draw_number(plot, (isfinite(mu_star->high) ? mu_star->high : mu_star->estimate) / scale.per);
        output_printf(plot->data, "%d ", colour_of(type, &ranked[i].effect));
        plot_data_text(plot, factor->path);
        output_char(plot->data, ' ');
        plot_data_text(plot, range ? range : factor->range);
        output_char(plot->data, '\n');
    }
}

static void draw(struct drawing *drawing, const struct sensitivity_picture *picture)
{
    struct plot plot;
    guint n_panels = 0, rows = 0;

    if (!plot_begin(&plot, drawing, "sensitivity"))
        return;
    for (guint m = 0; m < picture->study->n_metrics && n_panels < MOST_PANELS; m++)
        if (n_bars(picture, m)) {
            draw_panel(&plot, picture, ++n_panels, m);
            rows += n_bars(picture, m);
        }
    g_autofree char *name = words_shortened(study_point(picture->study, 0)->scenario->name, NAME_LETTERS);
    g_autofree char *subtitle = g_strdup_printf(
        "%s: by how much a setting changes each answer when it goes from the low to the high end of its range; mean of "
        "%u trajectories, with 95 %% interval",
        name, picture->trajectories);

    plot_text(&plot, "title_text", "What to change first");
    plot_text(&plot, "subtitle", subtitle);
    plot_count(&plot, "n_panels", (int)n_panels);
    plot_number(&plot, "top", TOP_PX);
    plot_number(&plot, "head", HEAD_PX);
    plot_number(&plot, "foot", FOOT_PX);
    plot_number(&plot, "bar", BAR_PX);
    plot_number(&plot, "width", WIDTH);
    plot_number(&plot, "height", TOP_PX + n_panels * (HEAD_PX + FOOT_PX) + rows * BAR_PX + 10);
    plot_draw(&plot, "sensitivity");
}

gboolean plot_sensitivity(const struct sensitivity_picture *picture, GPtrArray *warnings, GError **error)
{
    const struct plots_options options = {.limit_s = 60, .stop = picture->stop};
    g_autofree char *directory = g_build_filename(picture->directory, "plots", NULL);
    struct drawing drawing;
    guint n = 0;

    for (guint m = 0; m < picture->study->n_metrics; m++)
        n += n_bars(picture, m);
    if (!n || !drawing_begin(&drawing, directory, &options, warnings))
        return TRUE;
    draw(&drawing, picture);
    return drawing_end(&drawing, error);
}
