/* Which share of the distribution points has the content, over time, for each package; and what was asked. */
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "sim/app/plot/plot_deadlines.h"
#include "sim/app/report/wall_clock.h"

enum {
    MAX_COLOURED = 8,
    N_SLOWEST = 3,
    MAX_ASKED = 4,
    MAX_LINES = 100,
    WIDTH = 1280,
    MAX_POINTS = 1000,
    PLOT_PX = WIDTH - 94
};

struct curve {
    uint32_t package, version;
    guint n;        /* distribution points asked for */
    GArray *when_s; /* double: when each of those that have it got it */
    char *title;
};

static double last_of(const struct curve *curve)
{
    return curve->when_s->len ? g_array_index(curve->when_s, double, curve->when_s->len - 1) : NAN;
}

/* Those that are not complete last, then by when they were. */
static gint by_completion(gconstpointer a, gconstpointer b)
{
    const struct curve *p = a, *q = b;
    guint p_missing = p->n - p->when_s->len, q_missing = q->n - q->when_s->len;

    if ((p_missing == 0) != (q_missing == 0))
        return p_missing == 0 ? -1 : 1;
    if (p->when_s->len && q->when_s->len && last_of(p) != last_of(q))
        return last_of(p) < last_of(q) ? -1 : 1;
    if (p->package != q->package)
        return p->package < q->package ? -1 : 1;
    return p->version < q->version ? -1 : p->version > q->version;
}

static char *curve_title(const struct summary *s, const struct curve *curve, const char *name)
{
    char when[WALL_CLOCK_SIZE];

    if (curve->when_s->len < curve->n)
        return g_strdup_printf("%s: %u of %u missing at the end", name, curve->n - curve->when_s->len, curve->n);
    /* To the second, rounded as in the summary. */
    wall_clock_exact(when, s->scenario, round(s->scenario->start_s + last_of(curve)) - s->scenario->start_s);
    return g_strdup_printf("%s: all %u by %s", name, curve->n, when);
}

/* From the request to the content on the distribution point, or as far as it came. */
static void add_life(GArray *happens, const struct summary *s, const struct delivery_row *row)
{
    double end_s = !isnan(row->on_dp_s) ? row->on_dp_s : row->state == DELIVERY_FAILED ? row->until_s : s->ended_s;
    const struct time_range life = {row->requested_s, fmax(row->requested_s, end_s)};

    g_array_append_val(happens, life);
}

static void add_moment(GArray *happens, double time_s)
{
    const struct time_range moment = {time_s, time_s};

    g_array_append_val(happens, moment);
}

/* Adds to happens (struct time_range) when there was something to be delivered. */
static GArray *curves_of(const struct summary *s, struct curve *all, struct time_range *range, GArray *happens)
{
    GArray *curves = g_array_new(FALSE, FALSE, sizeof(struct curve));
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

    *all = (struct curve){.when_s = g_array_new(FALSE, FALSE, sizeof(double))};
    for (guint i = 0; i < s->collector->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(s->collector, i);
        gint64 key = (gint64)row->package << 32 | row->version;

        if (!row->known || row->state == DELIVERY_CANCELLED) /* nobody waits for it any more */
            continue;
        guint number = GPOINTER_TO_UINT(g_hash_table_lookup(known, &key));
        if (!number) {
            struct curve fresh = {
                .package = row->package, .version = row->version, .when_s = g_array_new(FALSE, FALSE, sizeof(double))};
            g_array_append_val(curves, fresh);
            number = curves->len;
            g_hash_table_insert(known, g_memdup2(&key, sizeof key), GUINT_TO_POINTER(number));
        }
        struct curve *curve = &g_array_index(curves, struct curve, number - 1);
        curve->n++;
        all->n++;
        add_life(happens, s, row);
        range->from_s = fmin(range->from_s, row->requested_s);
        if (isnan(row->on_dp_s))
            continue;
        g_array_append_val(curve->when_s, row->on_dp_s);
        g_array_append_val(all->when_s, row->on_dp_s);
        range->to_s = fmax(range->to_s, row->on_dp_s);
    }
    for (guint i = 0; i <= curves->len; i++) {
        GArray *when_s = i < curves->len ? g_array_index(curves, struct curve, i).when_s : all->when_s;
        gsl_sort((double *)(void *)when_s->data, 1, when_s->len);
    }
    if (all->when_s->len < all->n)
        range->to_s = s->ended_s;
    g_array_sort(curves, by_completion);
    return curves;
}

static void draw_point(struct plot *plot, double x, double percent)
{
    output_number(plot->data, x);
    output_char(plot->data, ' ');
    output_number(plot->data, percent);
    output_char(plot->data, '\n');
}

static void draw_curve(struct plot *plot, const struct curve *curve, const struct plot_axis *axis)
{
    guint n = curve->when_s->len, every = MAX(1, n / MAX_POINTS);

    draw_point(plot, axis->from_x, 0);
    for (guint i = 0; i < n; i++)
        if (i % every == 0 || i + 1 == n)
            draw_point(plot, plot_axis_x(axis, g_array_index(curve->when_s, double, i)), 100.0 * (i + 1) / curve->n);
    draw_point(plot, axis->to_x, 100.0 * n / curve->n);
}

static struct curve curve_of_objective(const struct summary *s, const struct objective_result *r)
{
    struct curve curve = {0};

    curve.when_s = objective_times(s->collector, r->spec, &curve.n);
    return curve;
}

static bool same(const struct curve *a, const struct curve *b)
{
    return a->n == b->n && a->when_s->len == b->when_s->len &&
           (!a->when_s->len || !memcmp(a->when_s->data, b->when_s->data, a->when_s->len * sizeof(double)));
}

/* The times that objectives ask about, which need not be those at which content came to distribution points. */
static void widen_to_objectives(const struct summary *s, struct time_range *range, GArray *happens)
{
    for (guint i = 0; i < MIN(s->objectives->len, MAX_DEADLINES); i++) {
        struct curve curve = curve_of_objective(s, &g_array_index(s->objectives, struct objective_result, i));

        if (curve.when_s->len)
            range->to_s = fmax(range->to_s, last_of(&curve));
        for (guint k = 0; k < curve.when_s->len; k++)
            add_moment(happens, g_array_index(curve.when_s, double, k));
        g_array_unref(curve.when_s);
    }
}

/* A curve that is named in the key; they are numbered. */
static void draw_named(struct plot *plot, const struct curve *curve, const struct plot_axis *axis, guint number,
                       const char *title, unsigned colour, int dash)
{
    g_autofree char *block = g_strdup_printf("named%u", number), *title_name = g_strdup_printf("title%u", number);
    g_autofree char *colour_name = g_strdup_printf("colour%u", number), *colour_text = g_strdup_printf("#%06X", colour);
    g_autofree char *dash_name = g_strdup_printf("dash%u", number);

    plot_text(plot, title_name, title);
    plot_text(plot, colour_name, colour_text);
    plot_count(plot, dash_name, dash);
    plot_block(plot, block, 2);
    draw_curve(plot, curve, axis);
}

/* "objective 1: 94.6 % by then"; rounded down, so that what was missed does not look as if it was met. */
static char *objective_title(const struct objective_result *r, guint number)
{
    return g_strdup_printf("objective %u: %g %% by then", number, floor(1000 * r->share_by_deadline + 1e-9) / 10);
}

/* What objectives ask about, in the colour of their deadlines, the missed ones first: each share is one of its own
 * deliveries, so that it can be compared with what was asked. What another curve shows already is not drawn again. */
static void draw_objectives(struct plot *plot, const struct summary *s, const GArray *curves, const struct curve *all,
                            const struct plot_axis *axis, guint *n_named)
{
    static const int dashes[MAX_ASKED] = {1, 4, 3, 5};
    bool many = curves->len > MAX_COLOURED;
    guint n = 0;

    for (int met = 0; met < 2; met++)
        for (guint i = 0; i < MIN(s->objectives->len, MAX_DEADLINES) && n < MAX_ASKED; i++) {
            const struct objective_result *r = &g_array_index(s->objectives, struct objective_result, i);
            if (r->met != (met == 1) || !r->n)
                continue;
            struct curve curve = curve_of_objective(s, r);
            bool drawn = many && same(&curve, all);
            for (guint k = many ? curves->len - N_SLOWEST : 0; k < curves->len; k++)
                drawn |= same(&curve, &g_array_index(curves, struct curve, k));
            if (!drawn) {
                g_autofree char *title = objective_title(r, i + 1);
                draw_named(plot, &curve, axis, ++*n_named, title, r->met ? DEADLINE_MET : DEADLINE_MISSED, dashes[n++]);
            }
            g_array_unref(curve.when_s);
        }
}

/* Those of the objectives, as far as the picture shows them. */
static GArray *deadlines_of(const struct summary *s)
{
    GArray *deadlines = deadlines_new();

    for (guint i = 0; i < MIN(s->objectives->len, MAX_DEADLINES); i++) {
        const struct objective_result *r = &g_array_index(s->objectives, struct objective_result, i);

        deadlines_add(deadlines, s->scenario, r->spec,
                      !r->decided ? DEADLINE_MIXED
                      : r->met    ? DEADLINE_MET
                                  : DEADLINE_MISSED,
                      !r->decided ? "not decided"
                      : r->met    ? "met"
                                  : "missed",
                      true);
    }
    return deadlines;
}

void plot_deliveries(struct drawing *drawing, const struct summary *s)
{
    static const int colours[MAX_COLOURED] = {PLOT_BLUE,     PLOT_VERMILLION, PLOT_GREEN, PLOT_ORANGE,
                                              PLOT_SKY_BLUE, PLOT_PURPLE,     PLOT_BLACK, 0x999999};
    /* Beside many: not those of deadlines. */
    static const int slowest[N_SLOWEST] = {PLOT_BLUE, PLOT_PURPLE, PLOT_ORANGE};
    struct time_range range = {INFINITY, -INFINITY};
    struct curve all;
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    GArray *curves = curves_of(s, &all, &range, happens);
    struct plot plot;

    if (!curves->len) {
        plot_nothing(drawing, "deliveries", s->all.n ? "all was cancelled" : "nothing was to be delivered");
    } else if (plot_begin(&plot, drawing, "deliveries")) {
        bool many = curves->len > MAX_COLOURED;
        const char *what = "package";
        guint n_named = 0, every = MAX(1, curves->len / MAX_LINES);

        for (guint i = 0; i < curves->len; i++)
            if (g_array_index(curves, struct curve, i).version > 1)
                what = "package version";
        widen_to_objectives(s, &range, happens);
        g_autoptr(GArray) deadlines = deadlines_of(s);
        deadlines_widen(deadlines, &range);
        for (guint i = 0; i < deadlines->len; i++)
            if (g_array_index(deadlines, struct deadline, i).by_s <= range.to_s)
                add_moment(happens, fmax(range.from_s, g_array_index(deadlines, struct deadline, i).by_s));
        range = plot_widened(range, 0.01);
        struct plot_axis *axis = plot_axis_new_skipping(range, happens, PLOT_PX);
        g_autofree char *all_name = g_strdup_printf("all %u %ss", curves->len, what);

        /* Many: grey, then the last ones and the whole on top. */
        for (guint i = 0; i < curves->len; i++) {
            struct curve *curve = &g_array_index(curves, struct curve, i);
            bool named = !many || i + N_SLOWEST >= curves->len;
            const char *id = scenario_package(s->scenario, curve->package)->id;
            g_autofree char *name =
                curve->version > 1 ? g_strdup_printf("%s version %u", id, curve->version) : g_strdup(id);

            if (!named && i % every)
                continue;
            if (named) {
                g_autofree char *title = curve_title(s, curve, name);
                n_named++;
                draw_named(&plot, curve, axis, n_named, title, (unsigned)(many ? slowest : colours)[n_named - 1], 1);
                continue;
            }
            if (i == 0)
                plot_block(&plot, "grey", 2);
            draw_curve(&plot, curve, axis);
            output_char(plot.data, '\n');
        }
        draw_objectives(&plot, s, curves, &all, axis, &n_named);
        plot_count(&plot, "many", many);
        plot_count(&plot, "n_bands", 0);
        plot_count(&plot, "key_rows", 4);
        plot_count(&plot, "n_named", (int)n_named);
        plot_text(&plot, "all_title", "");
        if (many) {
            g_autofree char *title = curve_title(s, &all, all_name);
            plot_text(&plot, "all_title", title);
            plot_block(&plot, "all", 2);
            draw_curve(&plot, &all, axis);
        }
        guint n_deadlines = deadlines->len, n_dps = 0;
        for (guint i = 0; i < s->dps->len; i++) {
            const struct tally *dp = &g_array_index(s->dps, struct tally, i);
            n_dps += dp->n > dp->cancelled;
        }
        deadlines_draw(&plot, deadlines, axis, PLOT_PX);
        plot_axis_write_breaks(&plot, axis);
        g_autofree char *subtitle =
            g_strdup_printf("%s: %u deliver%s of %u %s%s to %u distribution point%s%s%s%s%s", s->scenario->name, all.n,
                            all.n == 1 ? "y" : "ies", curves->len, what, curves->len == 1 ? "" : "s", n_dps,
                            n_dps == 1 ? "" : "s", s->all.cancelled ? "; cancelled ones are left out" : "",
                            many ? "; grey: one each; local time at the top site" : "; local time at the top site",
                            axis->pieces->len > 1 ? "; between dotted lines idle time is left out" : "",
                            s->objectives->len > n_deadlines ? "; of the objectives, the first are drawn" : "");
        plot_text(&plot, "title_text", "Share of the distribution points that have the content");
        plot_text(&plot, "subtitle", subtitle);
        plot_number(&plot, "width", WIDTH);
        plot_number(&plot, "height", 620 + 18 * n_deadlines);
        plot_axis_write(&plot, axis, s->scenario, 12, PLOT_PX);
        plot_axis_free(axis);
        plot_draw(&plot, "deliveries");
    }
    for (guint i = 0; i < curves->len; i++)
        g_array_unref(g_array_index(curves, struct curve, i).when_s);
    g_array_unref(curves);
    g_array_unref(all.when_s);
}
