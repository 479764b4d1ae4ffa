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

/* Of many values: round numbers, in the unit that people use. */
static void add_round_ticks(const struct side *side, GString *ticks)
{
    enum param_kind kind = design_axis(side->design, side->axis)->field->kind;
    double unit = kind == PARAM_RATE ? 8 : 1;
    double step = side->high > side->low ? round_up(unit * (side->high - side->low) / 8) / unit : 1;

    for (double at = ceil(side->low / step - 1e-9) * step; at <= side->high + 1e-9 * step; at += step) {
        double number = side->logarithmic ? pow(10, at) : at;
        g_autofree char *text = kind == PARAM_RATE ? words_rate(number) : units_human(kind, number);

        add_tick(ticks, text, at);
    }
}

/* Ticks for a side so many px long, whose labels stand beside one another (not above one another). */
static void write_side(struct plot *plot, const struct side *side, char letter, double length_px, bool beside)
{
    g_autofree char *low = g_strdup_printf("%cmin", letter), *high = g_strdup_printf("%cmax", letter);
    g_autofree char *title = g_strdup_printf("%ctitle", letter);
    g_autoptr(GString) ticks = g_string_new(NULL);
    const struct axis *axis = design_axis(side->design, side->axis);
    double margin =
        side->numbers ? (side->high > side->low ? 0.03 * (side->high - side->low) : fmax(fabs(side->low), 1)) : 0.5;
    double px = length_px / (side->high - side->low + 2 * margin), last = -INFINITY;

    if (axis->values->len > MOST_TICKS && side->numbers && side->high > side->low) {
        add_round_ticks(side, ticks);
    } else {
        for (guint level = 0; level < axis->values->len; level++) {
            double at = side->numbers ? place_of_number(side, g_array_index(axis->numbers, double, level)) : level;
            double wide = beside ? TICK_CHARACTER * (double)g_utf8_strlen(axis->values->pdata[level], -1) : 18;

            if (fabs(at - last) * px < wide + 8)
                continue;
            add_tick(ticks, axis->values->pdata[level], at);
            last = at;
        }
    }
    plot_number(plot, low, side->low - margin);
    plot_number(plot, high, side->high + margin);
    output_printf(plot->settings, "set %ctics (%s)\n", letter, ticks->str);
    g_autofree char *words = g_strconcat(axis->path, side->logarithmic ? " (logarithmic)" : "", NULL);
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
    else {
        g_autofree char *name = picture_name(p->study->metrics[metric]);
        plot_nothing(drawing, name, n_varying ? "more than two settings are varied" : "nothing is varied");
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
