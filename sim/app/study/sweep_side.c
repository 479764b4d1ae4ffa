#include "sim/app/study/sweep_side.h"

#include <math.h>

#include "sim/app/read/units.h"
#include "sim/app/report/words.h"

enum {
    MOST_TICKS = 14,    /* one for each value; of more values round numbers are labelled */
    TICK_CHARACTER = 9, /* px */
};

/* Values further apart than this are drawn on a logarithmic scale. */
static const double wide_ratio = 50;

guint side_n_levels(const struct design *design, guint axis)
{
    g_autoptr(GHashTable) levels = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < design->n_points; i++)
        g_hash_table_add(levels, GUINT_TO_POINTER(design_level(design, i, axis)));
    return g_hash_table_size(levels);
}

bool side_has_numbers(const struct design *design, guint axis)
{
    for (guint i = 0; i < design->n_points; i++)
        if (!isfinite(design_number(design, i, axis)))
            return false;
    return true;
}

static double place_of_number(const struct side *side, double number)
{
    return side->logarithmic ? log10(number) : number;
}

double side_place(const struct side *side, guint point)
{
    return side->numbers ? place_of_number(side, design_number(side->design, point, side->axis))
                         : design_level(side->design, point, side->axis);
}

struct side side_new(const struct design *design, guint axis, bool numbers)
{
    struct side side = {.design = design, .axis = axis, .numbers = numbers, .low = INFINITY, .high = -INFINITY};
    double least = INFINITY, most = -INFINITY;

    for (guint i = 0; i < design->n_points && numbers; i++) {
        least = fmin(least, design_number(design, i, axis));
        most = fmax(most, design_number(design, i, axis));
    }
    side.logarithmic = numbers && least > 0 && most >= wide_ratio * least;
    for (guint i = 0; i < design->n_points; i++) {
        side.low = fmin(side.low, side_place(&side, i));
        side.high = fmax(side.high, side_place(&side, i));
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

double side_margin(const struct side *side)
{
    if (!side->numbers)
        return 0.5;
    return side->high > side->low ? 0.03 * (side->high - side->low) : fmax(fabs(side->low), 1);
}

char *side_ticks(const struct side *side, double length_px, bool beside)
{
    const struct axis *axis = design_axis(side->design, side->axis);
    double px = length_px / (side->high - side->low + 2 * side_margin(side)), last = -INFINITY;
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

char *side_title(const struct side *side)
{
    return g_strconcat(design_axis(side->design, side->axis)->path, side->logarithmic ? " (logarithmic)" : "", NULL);
}

void side_write(struct plot *plot, const struct side *side, char letter, double length_px, bool beside)
{
    g_autofree char *low = g_strdup_printf("%cmin", letter), *high = g_strdup_printf("%cmax", letter);
    g_autofree char *title = g_strdup_printf("%ctitle", letter), *ticks = side_ticks(side, length_px, beside);
    double margin = side_margin(side);

    plot_number(plot, low, side->low - margin);
    plot_number(plot, high, side->high + margin);
    output_printf(plot->settings, "set %ctics (%s)\n", letter, ticks);
    g_autofree char *words = side_title(side);
    plot_text(plot, title, words);
}

static gint by_x(gconstpointer a, gconstpointer b)
{
    const struct dot *p = a, *q = b;

    return p->x < q->x ? -1 : p->x > q->x;
}

GArray *side_dots(const struct side *side)
{
    GArray *dots = g_array_new(FALSE, FALSE, sizeof(struct dot));

    for (guint i = 0; i < side->design->n_points; i++) {
        struct dot dot = {side_place(side, i), i};
        g_array_append_val(dots, dot);
    }
    g_array_sort(dots, by_x);
    return dots;
}
