#include "sim/app/study/sweep_pictures.h"

#include <math.h>
#include <string.h>

#include "sim/app/plot/plot.h"
#include "sim/app/read/units.h"
#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"

enum {
    WIDTH = 1280,
    MAX_SERIES = 8,
    MAX_LABELLED_CELLS = 160,
    MOST_TICKS = 14,    /* one for each value; of more values round numbers are labelled */
    TICK_CHARACTER = 9, /* px */
    CURVE_LEFT = 96,
    CURVE_RIGHT = 32,
    MOST_GROUPS = 8, /* whose means make a line in a panel */
    MOST_PANELS = 12,
    PANELS_ABREAST = 3,
    PANEL_WIDTH = (WIDTH - 60) / PANELS_ABREAST,
    PANEL_HEIGHT = 280,
};

/* Values further apart than this are drawn on a logarithmic scale. */
static const double wide_ratio = 50;

/* How the values of a metric are written on an axis. */
struct scale {
    double unit; /* of a value that stands as 1 */
    const char *word;
};

static struct scale scale_for(const struct metric_type *type, double most)
{
    static const struct scale times[] = {{86400, "days"}, {3600, "hours"}, {60, "minutes"}, {1, "seconds"}};
    static const struct scale sizes[] = {{1e12, "TB"}, {1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}, {1, "B"}};
    const struct scale *scale = type->kind == METRIC_KIND_BYTES ? sizes : times;

    if (type->kind == METRIC_KIND_SHARE)
        return (struct scale){0.01, "%"};
    while (scale->unit > 1 && most < 2 * scale->unit)
        scale++;
    return *scale;
}

/* ---- axes ---- */

static guint n_levels_used(const struct design *design, guint axis)
{
    g_autoptr(GHashTable) levels = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < design->n_points; i++)
        g_hash_table_add(levels, GUINT_TO_POINTER(design_level(design, i, axis)));
    return g_hash_table_size(levels);
}

static bool has_numbers(const struct design *design, guint axis)
{
    for (guint i = 0; i < design->n_points; i++)
        if (!isfinite(design_number(design, i, axis)))
            return false;
    return true;
}

/* A setting along one side of a picture. */
struct side {
    const struct design *design;
    guint axis;
    bool numbers; /* else each value has its place in the list */
    bool logarithmic;
    double low, high; /* places */
};

static double place_of_number(const struct side *side, double number)
{
    return side->logarithmic ? log10(number) : number;
}

static double place(const struct side *side, guint point)
{
    return side->numbers ? place_of_number(side, design_number(side->design, point, side->axis))
                         : design_level(side->design, point, side->axis);
}

static struct side side_of(const struct design *design, guint axis, bool numbers)
{
    struct side side = {.design = design, .axis = axis, .numbers = numbers, .low = INFINITY, .high = -INFINITY};
    double least = INFINITY, most = -INFINITY;

    for (guint i = 0; i < design->n_points && numbers; i++) {
        least = fmin(least, design_number(design, i, axis));
        most = fmax(most, design_number(design, i, axis));
    }
    side.logarithmic = numbers && least > 0 && most >= wide_ratio * least;
    for (guint i = 0; i < design->n_points; i++) {
        side.low = fmin(side.low, place(&side, i));
        side.high = fmax(side.high, place(&side, i));
    }
    return side;
}

static void add_tick(GString *ticks, const char *text, double at)
{
    char number[G_ASCII_DTOSTR_BUF_SIZE];
    g_autofree char *quoted = plot_quoted(text);

    g_string_append_printf(ticks, "%s%s %s", ticks->len ? ", " : "", quoted,
                           g_ascii_formatd(number, sizeof number, "%.10g", at));
}

/* A round number not below this. */
static double round_up(double number)
{
    double power = pow(10, floor(log10(number)));

    for (int factor = 1; factor <= 5; factor += factor == 1 ? 1 : 3)
        if (factor * power >= number * (1 - 1e-9))
            return factor * power;
    return 10 * power;
}

static char *round_words(const struct side *side, double number)
{
    enum param_kind kind = design_axis(side->design, side->axis)->field->kind;

    return kind == PARAM_RATE ? words_rate(number) : units_human(kind, number);
}

/* 1, 2, 5, 10, 20, ..., as many as have room. */
static void add_logarithmic_ticks(const struct side *side, GString *ticks, double px)
{
    static const double factors[] = {1, 2, 5};
    double last = -INFINITY;

    for (int power = (int)floor(side->low); power <= (int)ceil(side->high); power++)
        for (guint i = 0; i < G_N_ELEMENTS(factors); i++) {
            double at = power + log10(factors[i]);
            g_autofree char *text = round_words(side, factors[i] * pow(10, power));

            if (at < side->low - 1e-9 || at > side->high + 1e-9 ||
                (at - last) * px < TICK_CHARACTER * (double)g_utf8_strlen(text, -1))
                continue;
            add_tick(ticks, text, at);
            last = at;
        }
}

/* Of many values: round numbers, in the unit that people use. */
static void add_round_ticks(const struct side *side, GString *ticks, double length_px)
{
    enum param_kind kind = design_axis(side->design, side->axis)->field->kind;
    double unit = kind == PARAM_RATE ? 8 : 1, n = fmin(8, fmax(2, floor(length_px / (7 * TICK_CHARACTER))));
    double step = round_up(unit * (side->high - side->low) / n) / unit;

    for (double at = ceil(side->low / step - 1e-9) * step; at <= side->high + 1e-9 * step; at += step) {
        g_autofree char *text = round_words(side, at);

        add_tick(ticks, text, at);
    }
}

static double margin_of(const struct side *side)
{
    if (!side->numbers)
        return 0.5;
    return side->high > side->low ? 0.03 * (side->high - side->low) : fmax(fabs(side->low), 1);
}

/* Ticks of a side so many px long, whose labels stand beside one another (not above one another); to be freed. */
static char *ticks_of(const struct side *side, double length_px, bool beside)
{
    const struct axis *axis = design_axis(side->design, side->axis);
    double px = length_px / (side->high - side->low + 2 * margin_of(side)), last = -INFINITY;
    GString *ticks = g_string_new(NULL);

    if (axis->values->len > MOST_TICKS && side->numbers && side->high > side->low) {
        if (side->logarithmic)
            add_logarithmic_ticks(side, ticks, px);
        else
            add_round_ticks(side, ticks, length_px);
        return g_string_free(ticks, FALSE);
    }
    for (guint level = 0; level < axis->values->len; level++) {
        double at = side->numbers ? place_of_number(side, g_array_index(axis->numbers, double, level)) : level;
        double wide = beside ? TICK_CHARACTER * (double)g_utf8_strlen(axis->values->pdata[level], -1) : 18;

        if (fabs(at - last) * px < wide + 8)
            continue;
        add_tick(ticks, axis->values->pdata[level], at);
        last = at;
    }
    return g_string_free(ticks, FALSE);
}

static void write_side(struct plot *plot, const struct side *side, char letter, double length_px, bool beside)
{
    g_autofree char *low = g_strdup_printf("%cmin", letter), *high = g_strdup_printf("%cmax", letter);
    g_autofree char *title = g_strdup_printf("%ctitle", letter), *ticks = ticks_of(side, length_px, beside);
    double margin = margin_of(side);

    plot_number(plot, low, side->low - margin);
    plot_number(plot, high, side->high + margin);
    output_printf(plot->settings, "set %ctics (%s)\n", letter, ticks);
    g_autofree char *words =
        g_strconcat(design_axis(side->design, side->axis)->path, side->logarithmic ? " (logarithmic)" : "", NULL);
    plot_text(plot, title, words);
}

/* ---- what all pictures have ---- */

static char *picture_name(const char *metric)
{
    char *name = g_strdup(metric);

    for (char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '_' && *at != '-' && *at != '.')
            *at = '_';
    return name;
}

static double most_of(const struct sweep_pictures *p, guint metric)
{
    double most = 0;

    for (guint i = 0; i < p->design->n_points; i++) {
        double value = estimate_of(p->study, i, metric).mean.estimate;
        most = isfinite(value) ? fmax(most, fabs(value)) : most;
    }
    return most;
}

static void write_titles(struct plot *plot, const struct sweep_pictures *p, guint metric, const struct scale *scale,
                         const char *more)
{
    const struct metric_type *type = study_metric(p->study, metric);
    guint n = study_point(p->study, 0)->n_wanted;
    bool share = n > 1 && metric_is_yes_or_no(type);
    g_autofree char *runs =
        n > 1 ? g_strdup_printf(share ? "%u runs" : "means of %u runs", n) : g_strdup("one run each");
    g_autofree char *subtitle = g_strdup_printf("%s: %s; %s%s", study_point(p->study, 0)->scenario->name,
                                                share ? "share of the runs that meet it" : type->sentence, runs, more);
    g_autofree char *unit = g_strdup_printf(type->kind == METRIC_KIND_TIME ? "%s after the start" : "%s", scale->word);

    plot_text(plot, "title_text", p->study->metrics[metric]);
    plot_text(plot, "subtitle", subtitle);
    plot_text(plot, "unit", unit);
    plot_number(plot, "width", WIDTH);
}

static void put_number(struct plot *plot, double number)
{
    if (isfinite(number))
        output_number(plot->data, number);
    else
        output_text(plot->data, "NaN");
    output_char(plot->data, ' ');
}

/* ---- a curve ---- */

/* Points that agree in everything but the setting below the curve. */
static char *series_title(const struct sweep_pictures *p, guint point, guint below)
{
    g_autoptr(GString) title = g_string_new(NULL);

    for (guint i = 0; i < p->design->axes->len && !p->scattered; i++)
        if (i != below && n_levels_used(p->design, i) > 1)
            g_string_append_printf(title, "%s%s=%s", title->len ? ", " : "", design_axis(p->design, i)->short_path,
                                   design_value(p->design, point, i));
    return g_strdup(title->str);
}

struct dot {
    double x;
    guint point;
};

static gint by_x(gconstpointer a, gconstpointer b)
{
    const struct dot *p = a, *q = b;

    return p->x < q->x ? -1 : p->x > q->x;
}

static void draw_series(struct plot *plot, const struct sweep_pictures *p, guint metric, const struct side *side,
                        const struct scale *scale, const char *title, guint number)
{
    g_autofree char *block = g_strdup_printf("series%u", number), *name = g_strdup_printf("title%u", number);
    g_autoptr(GArray) dots = g_array_new(FALSE, FALSE, sizeof(struct dot));

    for (guint i = 0; i < p->design->n_points; i++) {
        g_autofree char *its = series_title(p, i, side->axis);
        struct dot dot = {place(side, i), i};
        if (strcmp(its, title) == 0)
            g_array_append_val(dots, dot);
    }
    g_array_sort(dots, by_x);
    plot_text(plot, name, title);
    plot_block(plot, block, 4);
    for (guint i = 0; i < dots->len; i++) {
        const struct dot *dot = &g_array_index(dots, struct dot, i);
        struct sim_interval mean = estimate_of(p->study, dot->point, metric).mean;

        put_number(plot, dot->x);
        put_number(plot, mean.estimate / scale->unit);
        put_number(plot, isfinite(mean.low) ? mean.low / scale->unit : NAN);
        put_number(plot, isfinite(mean.high) ? mean.high / scale->unit : NAN);
        output_char(plot->data, '\n');
    }
}

static void draw_curve(struct drawing *drawing, const struct sweep_pictures *p, guint metric, guint below)
{
    const struct metric_type *type = study_metric(p->study, metric);
    struct side side = side_of(p->design, below, has_numbers(p->design, below));
    struct scale scale = scale_for(type, most_of(p, metric));
    g_autofree char *name = picture_name(p->study->metrics[metric]);
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
    write_titles(&plot, p, metric, &scale, intervals ? ", bars: 95 % intervals" : "");
    write_side(&plot, &side, 'x', WIDTH - CURVE_LEFT - CURVE_RIGHT, true);
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
    bool numbers = p->scattered && has_numbers(p->design, below) && has_numbers(p->design, beside);
    struct side x = side_of(p->design, below, numbers), y = side_of(p->design, beside, numbers);
    struct scale scale = scale_for(type, most_of(p, metric));
    g_autofree char *name = picture_name(p->study->metrics[metric]);
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
        put_number(&plot, place(&x, i));
        put_number(&plot, place(&y, i));
        put_number(&plot, value);
        /* On the dark half of the colours in white. */
        output_printf(plot.data, "\"%.3g\" %d\n", value == 0 ? 0 : value,
                      (value - least) / (most - least) < 0.55 ? 0xFFFFFF : 0x000000);
    }
    double rows = y.numbers ? 12 : y.high - y.low + 1;
    double height = fmax(360, 170 + fmin(34 * rows, 620));
    write_titles(&plot, p, metric, &scale, "");
    write_side(&plot, &x, 'x', WIDTH - 330, true);
    write_side(&plot, &y, 'y', height - 150, false);
    plot_number(&plot, "height", height);
    plot_number(&plot, "least", least);
    plot_number(&plot, "most", most);
    plot_count(&plot, "dots", numbers);
    plot_count(&plot, "labelled", !numbers && p->design->n_points <= MAX_LABELLED_CELLS);
    plot_draw(&plot, "sweep_map");
}

/* ---- a panel for each of many settings ---- */

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
    struct panel panel = {.side = side_of(p->design, axis, has_numbers(p->design, axis)),
                          .dots = g_array_new(FALSE, FALSE, sizeof(struct dot)),
                          .means = g_array_new(FALSE, FALSE, sizeof(struct mean))};

    for (guint i = 0; i < p->design->n_points; i++) {
        struct dot dot = {place(&panel.side, i), i};
        g_array_append_val(panel.dots, dot);
    }
    g_array_sort(panel.dots, by_x);
    find_means(&panel, values, n_levels_used(p->design, axis) <= MOST_GROUPS);
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
    g_autofree char *ticks = ticks_of(&panel->side, PANEL_WIDTH - 60, true);
    g_autofree char *set_range = g_strdup_printf("set xrange [%.10g:%.10g]", panel->side.low - margin_of(&panel->side),
                                                 panel->side.high + margin_of(&panel->side));
    g_autofree char *set = g_strdup_printf("%s; set xtics (%s)", set_range, ticks);
    g_autofree char *words = g_strconcat(design_axis(panel->side.design, panel->side.axis)->path,
                                         panel->side.logarithmic ? " (logarithmic)" : "", NULL);
    g_autofree char *dots = g_strdup_printf("dots%u", number), *means = g_strdup_printf("means%u", number);
    g_autofree char *settings = g_strdup_printf("panel%u", number), *title = g_strdup_printf("title%u", number);

    plot_text(plot, settings, set);
    plot_text(plot, title, words);
    plot_block(plot, dots, 2);
    for (guint i = 0; i < panel->dots->len; i++) {
        const struct dot *dot = &g_array_index(panel->dots, struct dot, i);

        put_number(plot, dot->x);
        put_number(plot, values[dot->point]);
        output_char(plot->data, '\n');
    }
    plot_block(plot, means, 2);
    for (guint i = 0; i < panel->means->len; i++) {
        put_number(plot, g_array_index(panel->means, struct mean, i).x);
        put_number(plot, g_array_index(panel->means, struct mean, i).y);
        output_char(plot->data, '\n');
    }
}

/* The settings that move the metric most come first. */
static void draw_panels(struct drawing *drawing, const struct sweep_pictures *p, guint metric)
{
    const struct metric_type *type = study_metric(p->study, metric);
    struct scale scale = scale_for(type, most_of(p, metric));
    g_autofree char *name = picture_name(p->study->metrics[metric]);
    g_autofree double *values = g_new(double, p->design->n_points);
    g_autoptr(GArray) panels = g_array_new(FALSE, FALSE, sizeof(struct panel));
    struct plot plot;

    if (!plot_begin(&plot, drawing, name))
        return;
    for (guint i = 0; i < p->design->n_points; i++)
        values[i] = estimate_of(p->study, i, metric).mean.estimate / scale.unit;
    for (guint i = 0; i < p->design->axes->len; i++)
        if (n_levels_used(p->design, i) > 1) {
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
    write_titles(&plot, p, metric, &scale, more);
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

/* ---- which ---- */

static void draw_metric(struct drawing *drawing, const struct sweep_pictures *p, guint metric)
{
    guint varying[2] = {0, 0}, numeric = 0, n_varying = 0, n_numeric = 0;

    for (guint i = 0; i < p->design->axes->len; i++)
        if (n_levels_used(p->design, i) > 1) {
            if (n_varying < 2)
                varying[n_varying] = i;
            n_varying++;
            if (has_numbers(p->design, i) && !n_numeric++)
                numeric = i;
        }
    if (n_varying == 2)
        draw_map(drawing, p, metric, varying[1], varying[0]);
    else if (n_varying == 1 || (n_numeric == 1 && !p->scattered))
        draw_curve(drawing, p, metric, n_numeric ? numeric : varying[0]);
    else if (n_varying > 2)
        draw_panels(drawing, p, metric);
    else {
        g_autofree char *name = picture_name(p->study->metrics[metric]);
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
