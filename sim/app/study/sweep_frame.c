#include "sim/app/study/sweep_frame.h"

#include <math.h>

#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"

/* What fits into SWEEP_WIDTH. */
enum { SUBTITLE_LETTERS = 170, LEAST_NAME_LETTERS = 20, TITLE_LETTERS = 110 };

struct scale frame_scale(const struct metric_type *type, double most)
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

char *frame_name(const char *metric)
{
    char *name = g_strdup(metric);

    for (char *at = name; *at; at++)
        if (!g_ascii_isalnum(*at) && *at != '_' && *at != '-' && *at != '.')
            *at = '_';
    return name;
}

double frame_most(const struct sweep_pictures *p, guint metric)
{
    double most = 0;

    for (guint i = 0; i < p->design->n_points; i++) {
        double value = estimate_of(p->study, i, metric).mean.estimate;
        most = isfinite(value) ? fmax(most, fabs(value)) : most;
    }
    return most;
}

void frame_titles(struct plot *plot, const struct sweep_pictures *p, guint metric, const struct scale *scale,
                  const char *more)
{
    const struct metric_type *type = study_metric(p->study, metric);
    guint n = study_point(p->study, 0)->n_wanted;
    bool share = n > 1 && metric_is_yes_or_no(type);
    g_autofree char *runs =
        n > 1 ? g_strdup_printf(share ? "%u runs" : "means of %u runs", n) : g_strdup("one run each");
    g_autofree char *about =
        g_strdup_printf("%s; %s%s", share ? "share of the runs that meet it" : type->sentence, runs, more);
    glong left = SUBTITLE_LETTERS - 2 - g_utf8_strlen(about, -1);
    g_autofree char *scenario =
        words_shortened(study_point(p->study, 0)->scenario->name, MAX(left, LEAST_NAME_LETTERS));
    g_autofree char *subtitle = g_strdup_printf("%s: %s", scenario, about);
    g_autofree char *title = words_shortened(p->study->metrics[metric], TITLE_LETTERS);
    g_autofree char *unit = g_strdup_printf(type->kind == METRIC_KIND_TIME ? "%s after the start" : "%s", scale->word);

    plot_text(plot, "title_text", title);
    plot_text(plot, "subtitle", subtitle);
    plot_text(plot, "unit", unit);
    plot_number(plot, "width", SWEEP_WIDTH);
}

void frame_put_number(struct plot *plot, double number)
{
    if (isfinite(number))
        output_number(plot->data, number);
    else
        output_text(plot->data, "NaN");
    output_char(plot->data, ' ');
}
