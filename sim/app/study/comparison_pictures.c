#include "sim/app/study/comparison_pictures.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

#include "sim/app/plot/plot_deadlines.h"
#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"
#include "sim/app/study/replay.h"

enum {
    MAX_VARIANTS = 6, /* of timelines and curves */
    MAX_CURVES = 20,  /* replications of each */
    WIDTH = 1280,
    MAX_POINTS = 600,
    CURVES_PX = WIDTH - 94,
    MAX_ROWS = 48, /* of the differences */
    NAME_LETTERS = 58,
    LEAST_KEY_ROWS = 4
};
/* What making curves may cost in all: some ten seconds. */
static const uint64_t max_events = 20000000;

/* ---- the runs behind them ---- */

/* When the content came, in one run. */
struct arrivals {
    guint n;                  /* asked for */
    GArray *when_s, *after_s; /* double, sorted: since the start, and since each was asked for */
    double first_s, last_s;   /* when they were asked for */
};

struct variant {
    guint point;
    char *label;               /* short enough for a key */
    struct simulation *first;  /* replication 0 */
    struct arrivals *arrivals; /* by replication */
};

struct scene {
    const struct comparison_pictures *pictures;
    struct variant variants[MAX_VARIANTS];
    guint n_variants, n_left_out;
    uint32_t n_curves;
    bool since_request; /* deliveries are asked for again and again: the time since then says more */
};

static void sort(GArray *values)
{
    gsl_sort((double *)(void *)values->data, 1, values->len);
}

static double at(const GArray *values, guint i)
{
    return g_array_index(values, double, i);
}

static struct arrivals arrivals_of(const struct collector *c)
{
    struct arrivals a = {.when_s = g_array_new(FALSE, FALSE, sizeof(double)),
                         .after_s = g_array_new(FALSE, FALSE, sizeof(double)),
                         .first_s = INFINITY,
                         .last_s = -INFINITY};

    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);
        double after_s = row->on_dp_s - row->requested_s;

        if (!row->known)
            continue;
        a.n++;
        a.first_s = fmin(a.first_s, row->requested_s);
        a.last_s = fmax(a.last_s, row->requested_s);
        if (isnan(after_s))
            continue;
        g_array_append_val(a.when_s, row->on_dp_s);
        g_array_append_val(a.after_s, after_s);
    }
    sort(a.when_s);
    sort(a.after_s);
    return a;
}

static void keep_arrivals(struct replay *replay)
{
    *(struct arrivals *)replay->ctx = arrivals_of(replay->simulation->collector);
    simulation_free(g_steal_pointer(&replay->simulation));
}

/* The baseline, and the others in their order. */
static void choose_variants(struct scene *scene)
{
    const struct comparison_pictures *p = scene->pictures;
    guint n = p->study->points->len;

    for (guint i = 0; i < n; i++) {
        guint point = i == 0 ? p->baseline : i <= p->baseline ? i - 1 : i;

        if (scene->n_variants == MAX_VARIANTS) {
            scene->n_left_out++;
            continue;
        }
        g_autofree char *label = words_shortened(study_point(p->study, point)->label, NAME_LETTERS);
        scene->variants[scene->n_variants++] =
            (struct variant){.point = point, .label = g_strconcat(label, i == 0 ? " (baseline)" : "", NULL)};
    }
}

/* false: somebody wants the program to end. */
static bool run_first_ones(struct scene *scene)
{
    struct replay replays[MAX_VARIANTS];

    for (guint i = 0; i < scene->n_variants; i++)
        replays[i] =
            (struct replay){.point = scene->variants[i].point,
                            .flags = COLLECT_TRANSFERS | COLLECT_ATTEMPTS | COLLECT_DELIVERIES | COLLECT_STEPS};
    bool whole = replay_all(scene->pictures->study, replays, scene->n_variants);
    for (guint i = 0; i < scene->n_variants; i++) {
        scene->variants[i].first = replays[i].simulation;
        whole = whole && replays[i].simulation;
    }
    return whole;
}

static bool run_the_others(struct scene *scene)
{
    const struct study *study = scene->pictures->study;
    uint32_t n_wanted = study_point(study, scene->pictures->baseline)->n_wanted;
    uint64_t events = 1;

    for (guint i = 0; i < scene->n_variants; i++)
        events += simulation_n_events(scene->variants[i].first);
    scene->n_curves = (uint32_t)MIN(MIN(MAX_CURVES, n_wanted), MAX(1, max_events / events));

    guint n = 0;
    g_autofree struct replay *replays = g_new0(struct replay, scene->n_variants * scene->n_curves);
    for (guint i = 0; i < scene->n_variants; i++) {
        struct variant *variant = &scene->variants[i];

        variant->arrivals = g_new0(struct arrivals, scene->n_curves);
        variant->arrivals[0] = arrivals_of(variant->first->collector);
        for (uint32_t r = 1; r < scene->n_curves; r++)
            replays[n++] = (struct replay){.point = variant->point,
                                           .replication = r,
                                           .flags = COLLECT_DELIVERIES,
                                           .done = keep_arrivals,
                                           .ctx = &variant->arrivals[r]};
    }
    bool whole = replay_all(study, replays, n);
    for (guint i = 0; i < n; i++)
        simulation_free(replays[i].simulation); /* it was interrupted */
    return whole;
}

static void scene_clear(struct scene *scene)
{
    for (guint i = 0; i < scene->n_variants; i++) {
        struct variant *variant = &scene->variants[i];

        for (uint32_t r = 0; variant->arrivals && r < scene->n_curves; r++)
            if (variant->arrivals[r].when_s) {
                g_array_unref(variant->arrivals[r].when_s);
                g_array_unref(variant->arrivals[r].after_s);
            }
        g_free(variant->arrivals);
        g_free(variant->label);
        simulation_free(variant->first);
    }
}

/* Whose clock times are told by; NULL: nobody's, as they count from each scenario's start, or from each request. */
static const struct scenario *clock_of(const struct scene *scene)
{
    const struct comparison_pictures *p = scene->pictures;
    bool by_clock = !scene->since_request && study_starts_together(p->study);

    return by_clock ? study_point(p->study, p->baseline)->scenario : NULL;
}

static const struct scenario *scenario_of(const struct scene *scene)
{
    return study_point(scene->pictures->study, scene->pictures->baseline)->scenario;
}

/* "; 3 more variants are not drawn" */
static char *left_out_words(const struct scene *scene)
{
    const char *are = scene->n_left_out > 1 ? "variants are" : "variant is";

    return scene->n_left_out ? g_strdup_printf("; %u more %s not drawn", scene->n_left_out, are) : g_strdup("");
}

/* ---- what the senders did ---- */

static void draw_timelines(struct drawing *drawing, const struct scene *scene)
{
    struct plot_variant variants[MAX_VARIANTS];
    uint32_t n_wanted = study_point(scene->pictures->study, scene->pictures->baseline)->n_wanted;
    g_autofree char *left_out = left_out_words(scene);
    g_autofree char *note = n_wanted > 1
                                ? g_strdup_printf("the first of %u runs, under the same luck%s", n_wanted, left_out)
                                : g_strdup(scene->n_left_out ? left_out + 2 : "");

    for (guint i = 0; i < scene->n_variants; i++)
        variants[i] = (struct plot_variant){scene->variants[i].label, scene->variants[i].first->collector};
    plot_timelines(drawing, variants, scene->n_variants, study_starts_together(scene->pictures->study),
                   *note ? note : NULL);
}

/* ---- when the content was there ---- */

static const GArray *times_of(const struct scene *scene, const struct arrivals *a)
{
    return scene->since_request ? a->after_s : a->when_s;
}

static double share_at(const GArray *times, guint n, double x)
{
    guint low = 0, high = times->len;

    while (low < high) {
        guint middle = (low + high) / 2;
        if (at(times, middle) <= x)
            low = middle + 1;
        else
            high = middle;
    }
    return n ? (double)low / n : 0;
}

/* When so many of those asked for are there; INFINITY: never. */
static double reached(const GArray *times, guint n, double share)
{
    guint needed = (guint)ceil(share * n - 1e-9);

    return n == 0 || needed > times->len ? INFINITY : needed == 0 ? at(times, 0) : at(times, needed - 1);
}

/* So many of n runs are this part of them, at least one. */
static uint32_t runs_of(uint32_t n, double part)
{
    return MAX(1, (uint32_t)ceil(part * n - 1e-9));
}

/* When half of the runs have got so far: a time of one of them, as times between two have no sense where one is
 * INFINITY. */
static double median_reached(const struct scene *scene, const struct variant *variant, double share)
{
    double times[MAX_CURVES];

    for (uint32_t r = 0; r < scene->n_curves; r++)
        times[r] = reached(times_of(scene, &variant->arrivals[r]), variant->arrivals[r].n, share);
    gsl_sort(times, 1, scene->n_curves);
    return times[runs_of(scene->n_curves, 0.5) - 1];
}

/* All with seconds: they are compared. */
static char *when_words(const struct scene *scene, double time_s)
{
    const struct scenario *clock = clock_of(scene);
    char day[WALL_CLOCK_SIZE], second[WALL_CLOCK_SIZE];

    if (!isfinite(time_s))
        return words_duration(time_s);
    if (!clock)
        return words_duration_finely(time_s, 1);
    wall_clock_day(day, clock, round(time_s));
    wall_clock_second(second, clock->start_s, round(time_s));
    return g_strdup_printf("%s %s", day, second);
}

static char *curve_title(const struct scene *scene, const struct variant *variant)
{
    const char *by = clock_of(scene) ? "by" : "within";
    double most_s = median_reached(scene, variant, 0.95), all_s = median_reached(scene, variant, 1), got = 0;
    g_autofree char *most = when_words(scene, most_s), *all = when_words(scene, all_s);

    if (isfinite(all_s))
        return g_strdup_printf("%s: 95 %% %s %s, all %s %s", variant->label, by, most, by, all);
    for (uint32_t r = 0; r < scene->n_curves; r++)
        got += share_at(times_of(scene, &variant->arrivals[r]), variant->arrivals[r].n, INFINITY) / scene->n_curves;
    if (isfinite(most_s))
        return g_strdup_printf("%s: 95 %% %s %s; %.1f %% missing at the end", variant->label, by, most,
                               100 * (1 - got));
    return g_strdup_printf("%s: %.1f %% missing at the end", variant->label, 100 * (1 - got));
}

static void row(struct plot *plot, const double *numbers, guint n)
{
    for (guint i = 0; i < n; i++) {
        output_number(plot->data, numbers[i]);
        output_char(plot->data, i + 1 < n ? ' ' : '\n');
    }
}

static void draw_one_run(struct plot *plot, const GArray *times, guint n, struct time_range range)
{
    guint every = MAX(1, times->len / MAX_POINTS);

    row(plot, (double[]){range.from_s, 0}, 2);
    for (guint i = 0; i < times->len && at(times, i) <= range.to_s; i++)
        if (i % every == 0 || i + 1 == times->len)
            row(plot, (double[]){at(times, i), 100.0 * (i + 1) / n}, 2);
    row(plot, (double[]){range.to_s, 100 * share_at(times, n, range.to_s)}, 2);
}

/* What this part of the runs has reached, at least: a share that one of them has, so that the curve is where
 * median_reached() says. */
static double reached_by(const double *sorted, uint32_t n, double part)
{
    return sorted[n - runs_of(n, part)];
}

/* The share at each time that half of the runs have reached; as a band, from what nine of ten have to what one has.
 * Both are steps, as good as a pixel. */
static void draw_many_runs(struct plot *plot, const struct scene *scene, const struct variant *variant,
                           struct time_range range, bool band)
{
    double last_low = 0, last_high = 0;

    for (guint k = 0; k <= CURVES_PX; k++) {
        double x = range.from_s + (range.to_s - range.from_s) * k / CURVES_PX, shares[MAX_CURVES];

        for (uint32_t r = 0; r < scene->n_curves; r++)
            shares[r] = 100 * share_at(times_of(scene, &variant->arrivals[r]), variant->arrivals[r].n, x);
        gsl_sort(shares, 1, scene->n_curves);
        double low = reached_by(shares, scene->n_curves, band ? 0.9 : 0.5);
        double high = reached_by(shares, scene->n_curves, band ? 0.1 : 0.5);
        if (k > 0 && k < CURVES_PX && low == last_low && high == last_high)
            continue;
        if (band && k > 0) /* the corner */
            row(plot, (double[]){x, last_low, last_high}, 3);
        row(plot, (double[]){x, low, high}, band ? 3 : 2);
        last_low = low;
        last_high = high;
    }
}

static struct time_range curves_range(const struct scene *scene)
{
    struct time_range range = PLOT_NO_TIME;

    for (guint i = 0; i < scene->n_variants; i++)
        for (uint32_t r = 0; r < scene->n_curves; r++) {
            const struct arrivals *a = &scene->variants[i].arrivals[r];
            const GArray *times = times_of(scene, a);

            range.from_s = scene->since_request ? 0 : fmin(range.from_s, a->first_s);
            if (times->len) /* of the time since then, no long tail */
                range.to_s =
                    fmax(range.to_s, at(times, scene->since_request ? (times->len - 1) * 99 / 100 : times->len - 1));
        }
    return range;
}

static const struct objective_spec *objective_named(const struct scene *scene, guint variant, const char *name)
{
    const GArray *objectives = scene->variants[variant].first->scenario->objectives;

    for (guint i = 0; i < objectives->len; i++)
        if (strcmp(g_array_index(objectives, struct objective_spec, i).name, name) == 0)
            return &g_array_index(objectives, struct objective_spec, i);
    return NULL;
}

/* Variants in which an objective is due at the same time, and asks for the same share. */
struct due {
    const struct objective_spec *spec; /* of the first of them */
    guint variants[MAX_VARIANTS], n;
};

/* In which of them it is met. */
static char *outcome_words(const struct scene *scene, const struct due *due, enum deadline_state *state)
{
    g_autoptr(GString) words = g_string_new(NULL);
    guint n_met = 0;

    for (guint i = 0; i < due->n; i++) {
        const struct collector *c = scene->variants[due->variants[i]].first->collector;
        bool met = objective_judge(c, objective_named(scene, due->variants[i], due->spec->name)).met;

        n_met += met;
        g_string_append_printf(words, "%s%s", i ? ", " : "", met ? "met" : "missed");
    }
    *state = n_met == due->n ? DEADLINE_MET : n_met == 0 ? DEADLINE_MISSED : DEADLINE_MIXED;
    const char *where = scene->n_curves > 1 ? " in the first run" : "";
    if (*state == DEADLINE_MIXED)
        return g_strdup_printf("%s (in the order of the key)%s", words->str, where);
    return g_strdup_printf("%s%s%s", *state == DEADLINE_MET ? "met" : "missed",
                           due->n == scene->n_variants ? " by all" : "", where);
}

/* What the curves show: when all content comes to all distribution points. */
static bool asks_about_all(const struct scene *scene, const struct due *due)
{
    const struct variant *first = &scene->variants[due->variants[0]];

    return due->spec->metric == METRIC_ON_DP &&
           objective_judge(first->first->collector, due->spec).n == first->arrivals[0].n;
}

/* "before work", or where it is not due at the same time in all: "before work, of slow" */
static char *due_name(const struct scene *scene, const struct due *due)
{
    g_autoptr(GString) name = g_string_new(due->spec->name);

    for (guint i = 0; due->n < scene->n_variants && i < due->n; i++) {
        const struct point *point = study_point(scene->pictures->study, scene->variants[due->variants[i]].point);
        g_autofree char *label = words_shortened(point->label, NAME_LETTERS / 2);

        g_string_append_printf(name, "%s%s", i ? ", " : ", of ", label);
    }
    return g_strdup(name->str);
}

static void add_deadline(const struct scene *scene, const struct due *due, GArray *deadlines)
{
    enum deadline_state state;
    g_autofree char *name = due_name(scene, due), *outcome = outcome_words(scene, due, &state);
    struct objective_spec spec = *due->spec;

    spec.name = name;
    deadlines_add(deadlines, clock_of(scene), &spec, state, outcome, asks_about_all(scene, due));
}

/* Of an objective that all have; what differs from variant to variant has a line of its own. */
static void add_deadlines(const struct scene *scene, const char *objective, GArray *deadlines)
{
    bool done[MAX_VARIANTS] = {false};

    for (guint first = 0; first < scene->n_variants; first++) {
        struct due due = {.spec = objective_named(scene, first, objective)};

        for (guint i = first; i < scene->n_variants; i++) {
            const struct objective_spec *other = objective_named(scene, i, objective);

            if (done[i] || other->by_s != due.spec->by_s || other->share_percent != due.spec->share_percent)
                continue;
            done[i] = true;
            due.variants[due.n++] = i;
        }
        if (due.n && deadlines->len < MAX_DEADLINES)
            add_deadline(scene, &due, deadlines);
    }
}

/* Scenarios that are compared may have different objectives. */
static bool all_have(const struct scene *scene, const char *objective)
{
    bool all = true;

    for (guint i = 0; all && i < scene->n_variants; i++)
        all = objective_named(scene, i, objective);
    return all;
}

static GArray *deadlines_of(const struct scene *scene)
{
    const GArray *objectives = scenario_of(scene)->objectives;
    GArray *deadlines = deadlines_new();

    for (guint i = 0; !scene->since_request && i < objectives->len; i++) {
        const char *name = g_array_index(objectives, struct objective_spec, i).name;

        if (all_have(scene, name))
            add_deadlines(scene, name, deadlines);
    }
    return deadlines;
}

static void describe_curve(struct plot *plot, const struct scene *scene, guint i)
{
    static const int colours[MAX_VARIANTS] = {PLOT_BLACK, PLOT_VERMILLION, PLOT_BLUE,
                                              PLOT_GREEN, PLOT_PURPLE,     PLOT_ORANGE};
    static const char *const dashes[MAX_VARIANTS] = {"", "-", "-.", "-..", ".", "_ "}; /* "": none */
    g_autofree char *title = curve_title(scene, &scene->variants[i]);
    g_autofree char *title_name = g_strdup_printf("title%u", i + 1), *dash_name = g_strdup_printf("dash%u", i + 1);
    g_autofree char *colour_name = g_strdup_printf("colour%u", i + 1);
    g_autofree char *colour = g_strdup_printf("#%06X", (unsigned)colours[i]);

    plot_text(plot, title_name, title);
    plot_text(plot, colour_name, colour);
    if (*dashes[i])
        plot_text(plot, dash_name, dashes[i]);
    else
        plot_count(plot, dash_name, 1);
}

static void draw_curves(struct plot *plot, const struct scene *scene, struct time_range range)
{
    for (guint i = 0; i < scene->n_variants; i++) {
        const struct variant *variant = &scene->variants[i];
        g_autofree char *named = g_strdup_printf("named%u", i + 1), *band = g_strdup_printf("band%u", i + 1);

        describe_curve(plot, scene, i);
        plot_block(plot, named, 2);
        if (scene->n_curves == 1) {
            draw_one_run(plot, times_of(scene, &variant->arrivals[0]), variant->arrivals[0].n, range);
            continue;
        }
        draw_many_runs(plot, scene, variant, range, false);
        plot_block(plot, band, 3);
        draw_many_runs(plot, scene, variant, range, true);
    }
    plot_count(plot, "many", 0);
    plot_count(plot, "n_named", (int)scene->n_variants);
    plot_count(plot, "n_bands", scene->n_curves > 1 ? (int)scene->n_variants : 0);
    plot_text(plot, "all_title", "");
}

static void draw_deliveries(struct drawing *drawing, struct scene *scene)
{
    const struct scenario *scenario = scenario_of(scene);
    const struct arrivals *first = &scene->variants[0].arrivals[0];
    struct plot plot;

    scene->since_request =
        first->after_s->len && first->last_s - first->first_s > 4 * reached(first->after_s, first->after_s->len, 0.95);
    struct time_range range = curves_range(scene);
    if (!(range.to_s >= range.from_s)) {
        plot_nothing(drawing, "deliveries", "nothing was delivered");
        return;
    }
    if (!plot_begin(&plot, drawing, "deliveries"))
        return;
    g_autoptr(GArray) deadlines = deadlines_of(scene);
    deadlines_widen(deadlines, &range);
    range = plot_widened(range, 0.01);
    if (scene->since_request)
        range.from_s = 0;
    draw_curves(&plot, scene, range);
    struct plot_axis *axis = plot_axis_new(range);
    deadlines_draw(&plot, deadlines, axis, CURVES_PX);
    plot_axis_write_breaks(&plot, axis);

    g_autofree char *left_out = left_out_words(scene);
    g_autofree char *runs =
        scene->n_curves > 1
            ? g_strdup_printf("; the median of %u runs, and a band from one tenth of them to nine tenths",
                              scene->n_curves)
            : g_strdup("");
    g_autofree char *subtitle =
        g_strdup_printf("%s: all deliveries%s%s%s", scenario->name, runs,
                        clock_of(scene)             ? "; local time at the top site"
                        : !scene->since_request     ? "; time since the start of each scenario"
                        : scenario->objectives->len ? "; deadlines are at fixed times, and not drawn"
                                                    : "",
                        left_out);
    plot_text(&plot, "title_text",
              scene->since_request ? "Share of the deliveries that have come, by the time since they were asked for"
                                   : "Share of the deliveries that have come, variant by variant");
    plot_text(&plot, "subtitle", subtitle);
    plot_number(&plot, "width", WIDTH);
    guint key_rows = MAX((guint)LEAST_KEY_ROWS, scene->n_variants);
    plot_count(&plot, "key_rows", (int)key_rows);
    plot_number(&plot, "height", 620 + 18 * deadlines->len + 24 * (key_rows - LEAST_KEY_ROWS));
    plot_axis_write(&plot, axis, clock_of(scene), 12, CURVES_PX);
    plot_axis_free(axis);
    plot_draw(&plot, "deliveries");
}

/* ---- how much they differ ---- */

/* On one axis: a share of the baseline, of shares the difference; of margins that, as a share of the time that the
 * objective took. */
static struct sim_interval drawn(const struct study *study, const struct comparison *c)
{
    const struct metric_type *type = study_metric(study, c->metric);
    const struct sim_interval *d = &c->difference;
    double size = d->estimate / c->relative.estimate;

    if (type->kind == METRIC_KIND_SHARE)
        return *d;
    if (metric_has_percentage(type) || !isfinite(size) || !(size > 0))
        return c->relative;
    return (struct sim_interval){d->estimate / size, d->low / size, d->high / size};
}

static bool is_drawn(const struct comparison_pictures *p, guint metric)
{
    bool finite = false;

    for (guint i = 0; i < p->comparisons->len; i++) {
        const struct comparison *c = comparison_at(p->comparisons, i);
        finite |= c->metric == metric && isfinite(drawn(p->study, c).estimate);
    }
    return finite && p->shown[metric];
}

struct forest {
    GString *rows[N_VERDICTS], *headings, *names, *values, *beyond;
    double low, high; /* of the axis, in percent */
    double y;
};

static double in_percent(double share, double otherwise)
{
    return isfinite(share) ? 100 * share : otherwise;
}

static void add_numbers(GString *to, const double *numbers, guint n)
{
    char text[OUTPUT_NUMBER_SIZE];

    for (guint i = 0; i < n; i++) {
        output_format_number(text, numbers[i]);
        g_string_append_printf(to, "%s%s", i ? " " : "", text);
    }
}

static void add_words(GString *to, double y, const char *text)
{
    g_autofree char *quoted = plot_quoted(text);

    add_numbers(to, &y, 1);
    g_string_append_printf(to, " %s\n", quoted);
}

/* "+18 s (+15.6 s to +19.6 s)", of which the first part gives way. */
static char *size_words(const struct comparison *c, const struct metric_type *type)
{
    enum { MOST_LETTERS = 36 };

    if (metric_has_percentage(type))
        return comparison_percent(c);
    double negligible = type->kind == METRIC_KIND_SHARE ? 1e-9 : 1e-6;
    g_autofree char *difference = comparison_difference(c, type, negligible), *bounds = comparison_bounds(c, type);
    if (!*bounds)
        return g_steal_pointer(&difference);
    return g_utf8_strlen(difference, -1) + g_utf8_strlen(bounds, -1) > MOST_LETTERS
               ? g_steal_pointer(&bounds)
               : g_strdup_printf("%s %s", difference, bounds);
}

static void add_difference(struct forest *f, const struct study *study, const struct comparison *c, const char *name)
{
    const struct sim_interval interval = drawn(study, c);
    double middle = in_percent(interval.estimate, 0);
    double low = CLAMP(in_percent(interval.low, f->low), f->low, f->high);
    double high = CLAMP(in_percent(interval.high, f->high), f->low, f->high);
    double shown = CLAMP(middle, f->low, f->high);
    g_autofree char *size = size_words(c, study_metric(study, c->metric)), *pairs = comparison_pairs(c, study);
    g_autofree char *value = g_strdup_printf("%s%s: %s", size, pairs, comparison_short_verdict(c));

    add_words(f->names, f->y, name);
    add_words(f->values, f->y, value);
    add_numbers(f->rows[c->verdict], (double[]){shown, low, high, f->y}, 4);
    g_string_append_c(f->rows[c->verdict], '\n');
    if (shown != middle) {
        add_numbers(f->beyond, (double[]){shown, f->y}, 2);
        g_string_append_c(f->beyond, '\n');
    }
    f->y++;
}

/* What is more than three times as much is off the scale, where a value and an arrow tell. */
static void scale(struct forest *f, const struct comparison_pictures *p)
{
    enum { MOST = 200 };

    f->low = -1;
    f->high = 1;
    for (guint i = 0; i < p->comparisons->len; i++) {
        const struct comparison *c = comparison_at(p->comparisons, i);

        const struct sim_interval interval = drawn(p->study, c);

        if (!is_drawn(p, c->metric) || !isfinite(interval.estimate))
            continue;
        f->low = fmin(f->low, in_percent(fmin(interval.estimate, interval.low), 0));
        f->high = fmax(f->high, in_percent(fmax(interval.estimate, interval.high), 0));
    }
    double margin = 0.04 * (fmin(f->high, MOST) - fmax(f->low, -MOST));
    f->low = fmax(f->low - margin, -MOST);
    f->high = fmin(f->high + margin, MOST);
}

static guint fill(struct forest *f, const struct comparison_pictures *p)
{
    guint n_left_out = 0;

    for (guint m = 0; m < p->study->n_metrics; m++) {
        if (!is_drawn(p, m))
            continue;
        if (f->y < MAX_ROWS)
            add_words(f->headings, f->y++, p->study->metrics[m]);
        for (guint i = 0; i < p->comparisons->len; i++) {
            const struct comparison *c = comparison_at(p->comparisons, i);

            if (c->metric != m || !isfinite(drawn(p->study, c).estimate))
                continue;
            if (f->y >= MAX_ROWS) {
                n_left_out++;
                continue;
            }
            g_autofree char *name = words_shortened(study_point(p->study, c->variant)->label, NAME_LETTERS);
            add_difference(f, p->study, c, name);
        }
        f->y += 0.5;
    }
    return n_left_out;
}

/* What is 100 %. */
static char *axis_words(const struct comparison_pictures *p)
{
    bool shares = false, margins = false;

    for (guint m = 0; m < p->study->n_metrics; m++) {
        const struct metric_type *type = study_metric(p->study, m);
        bool odd = is_drawn(p, m) && !metric_has_percentage(type);

        shares |= odd && type->kind == METRIC_KIND_SHARE;
        margins |= odd && type->kind != METRIC_KIND_SHARE;
    }
    return g_strdup_printf("of the baseline%s%s", shares ? "; of shares: points" : "",
                           margins ? "; of margins: of the time that the objective took" : "");
}

static void put_block(struct plot *plot, const char *name, unsigned columns, const GString *rows)
{
    plot_block(plot, name, columns);
    output_bytes(plot->data, rows->str, rows->len);
}

static void draw_metrics(struct drawing *drawing, const struct comparison_pictures *p)
{
    static const char *const blocks[N_VERDICTS] = {"better", "worse", "alike", "near", "undecided"};
    struct forest f = {.headings = g_string_new(NULL),
                       .names = g_string_new(NULL),
                       .values = g_string_new(NULL),
                       .beyond = g_string_new(NULL)};
    guint n = study_point(p->study, p->baseline)->n_wanted;
    struct plot plot;

    for (int i = 0; i < N_VERDICTS; i++)
        f.rows[i] = g_string_new(NULL);
    scale(&f, p);
    guint n_left_out = fill(&f, p);
    if (f.y <= 0) {
        plot_nothing(drawing, "metrics", "no difference can be measured");
    } else if (plot_begin(&plot, drawing, "metrics")) {
        const struct point *baseline = study_point(p->study, p->baseline);
        g_autofree char *title = g_strdup_printf("Difference from %s", baseline->label);
        g_autofree char *runs =
            n == 1
                ? g_strdup_printf("one run each%s", study_has_chance(p->study) ? ", which says little: they have luck"
                                                                               : ": nothing is left to chance")
                : g_strdup_printf("%u runs each, under the same luck; 95 %% intervals; verdicts for all together", n);
        g_autofree char *more = n_left_out ? g_strdup_printf("; %u more are not drawn", n_left_out) : g_strdup("");
        g_autofree char *subtitle = g_strdup_printf("%s: %s%s", baseline->scenario->name, runs, more);

        for (int i = 0; i < N_VERDICTS; i++)
            put_block(&plot, blocks[i], 4, f.rows[i]);
        put_block(&plot, "headings", 2, f.headings);
        put_block(&plot, "names", 2, f.names);
        put_block(&plot, "values", 2, f.values);
        put_block(&plot, "beyond", 2, f.beyond);
        plot_text(&plot, "title_text", title);
        g_autofree char *axis = axis_words(p);
        plot_text(&plot, "subtitle", subtitle);
        plot_text(&plot, "axis", axis);
        plot_number(&plot, "width", WIDTH);
        plot_number(&plot, "height", 176 + 22 * f.y);
        plot_number(&plot, "xmin", f.low);
        plot_number(&plot, "xmax", f.high);
        plot_number(&plot, "ymax", f.y - 0.5);
        plot_draw(&plot, "comparison");
    }
    for (int i = 0; i < N_VERDICTS; i++)
        g_string_free(f.rows[i], TRUE);
    g_string_free(f.headings, TRUE);
    g_string_free(f.names, TRUE);
    g_string_free(f.values, TRUE);
    g_string_free(f.beyond, TRUE);
}

/* ---- all ---- */

gboolean comparison_pictures_draw(const struct comparison_pictures *pictures, const char *directory,
                                  const struct plots_options *options, GPtrArray *warnings, GError **error)
{
    struct scene scene = {.pictures = pictures};
    struct drawing drawing;

    if (!drawing_begin(&drawing, directory, options, warnings))
        return TRUE;
    choose_variants(&scene);
    draw_metrics(&drawing, pictures);
    if (drawing.over) {
        ;
    } else if (run_first_ones(&scene) && run_the_others(&scene)) {
        draw_timelines(&drawing, &scene);
        draw_deliveries(&drawing, &scene);
    } else {
        g_ptr_array_add(warnings, g_strdup("interrupted: timelines.svg and deliveries.svg were not drawn"));
        drawing.over = true;
    }
    scene_clear(&scene);
    return drawing_end(&drawing, error);
}
