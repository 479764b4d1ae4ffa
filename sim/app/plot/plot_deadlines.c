#include "sim/app/plot/plot_deadlines.h"

#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

static void deadline_clear(gpointer deadline)
{
    g_free(((struct deadline *)deadline)->text);
}

GArray *deadlines_new(void)
{
    GArray *deadlines = g_array_new(FALSE, FALSE, sizeof(struct deadline));

    g_array_set_clear_func(deadlines, deadline_clear);
    return deadlines;
}

static const struct deadline *deadline_at(const GArray *deadlines, guint i)
{
    return &g_array_index(deadlines, struct deadline, i);
}

void deadlines_add(GArray *deadlines, const struct scenario *scenario, const struct objective_spec *spec,
                   enum deadline_state state, const char *outcome, bool on_curves)
{
    /* What is a second late is late. */
    char clock[WALL_CLOCK_SIZE] = "";
    g_autofree char *passed = words_duration_finely(spec->by_s, spec->by_s == round(spec->by_s) ? 1 : 0.001);

    if (scenario)
        wall_clock_exact(clock, scenario, spec->by_s);
    struct deadline deadline = {
        .by_s = spec->by_s,
        .share_percent = on_curves ? spec->share_percent : NAN,
        .state = state,
        .text = g_strdup_printf("%s: %g %% by %s%s, %s", spec->name, spec->share_percent, scenario ? clock : passed,
                                scenario ? "" : " after the start", outcome),
    };
    g_array_append_val(deadlines, deadline);
}

void deadlines_widen(const GArray *deadlines, struct time_range *range)
{
    double length_s = range->to_s - range->from_s, to_s = range->to_s;

    for (guint i = 0; i < deadlines->len; i++)
        if (deadline_at(deadlines, i)->by_s <= range->to_s + length_s)
            to_s = fmax(to_s, deadline_at(deadlines, i)->by_s);
    range->to_s = to_s;
}

/* A number above the picture for each line, or one for several lines that are too near for two. */
struct tag {
    double x;
    int colour;
    GString *text;
};

static void add_tag(GArray *tags, double x, guint number, int colour, double near_x)
{
    for (guint i = 0; i < tags->len; i++) {
        struct tag *tag = &g_array_index(tags, struct tag, i);
        if (fabs(tag->x - x) > near_x)
            continue;
        g_string_append_printf(tag->text, ", %u", number);
        if (tag->colour != colour)
            tag->colour = PLOT_BLACK;
        return;
    }
    struct tag tag = {x, colour, g_string_new(NULL)};
    g_string_printf(tag.text, "%u", number);
    g_array_append_val(tags, tag);
}

void deadlines_draw(struct plot *plot, const GArray *deadlines, const struct plot_axis *axis, double width_px)
{
    g_autoptr(GArray) tags = g_array_new(FALSE, FALSE, sizeof(struct tag));

    plot_count(plot, "n_deadlines", (int)deadlines->len);
    plot_block(plot, "deadlines", 3);
    for (guint i = 0; i < deadlines->len; i++) {
        const struct deadline *d = deadline_at(deadlines, i);
        bool later = d->by_s > plot_axis_end_s(axis);
        double x = fmax(plot_axis_x(axis, d->by_s), axis->from_x);
        g_autofree char *numbered =
            g_strdup_printf("%u  %s%s", i + 1, d->text, later ? " (after the end of this picture)" : "");
        g_autofree char *text_name = g_strdup_printf("deadline%u", i + 1);
        g_autofree char *colour_name = g_strdup_printf("deadline_colour%u", i + 1);
        g_autofree char *colour_text = g_strdup_printf("#%06X", (unsigned)d->state);

        plot_text(plot, text_name, numbered);
        plot_text(plot, colour_name, colour_text);
        if (later)
            continue;
        output_number(plot->data, x);
        output_char(plot->data, ' ');
        if (isnan(d->share_percent))
            output_text(plot->data, "NaN");
        else
            output_number(plot->data, d->share_percent);
        output_printf(plot->data, " %d\n", (int)d->state);
        add_tag(tags, x, i + 1, (int)d->state, 24 * (axis->to_x - axis->from_x) / width_px);
    }
    plot_block(plot, "tags", 3);
    for (guint i = 0; i < tags->len; i++) {
        struct tag *tag = &g_array_index(tags, struct tag, i);

        output_number(plot->data, tag->x);
        output_char(plot->data, ' ');
        plot_data_text(plot, tag->text->str);
        output_printf(plot->data, " %d\n", tag->colour);
        g_string_free(tag->text, TRUE);
    }
}
