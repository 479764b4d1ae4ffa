#include "sim/app/study/study_tables.h"

#include <math.h>
#include <string.h>

#include "sim/app/output.h"
#include "sim/app/study/estimate.h"

static void put_text(struct output *to, const char *text)
{
    output_char(to, ',');
    output_csv_text(to, text);
}

static void put_number(struct output *to, double number)
{
    output_char(to, ',');
    if (isfinite(number))
        output_number(to, number);
}

static guint n_axes(const struct design *design)
{
    return design ? design->axes->len : 0;
}

/* "point,label,AXIS..." */
static void put_heads(struct output *to, const struct design *design)
{
    output_text(to, "point,label");
    for (guint i = 0; i < n_axes(design); i++)
        put_text(to, design_axis(design, i)->path);
}

static void put_point(struct output *to, const struct study *study, const struct design *design, guint i)
{
    output_count(to, i);
    put_text(to, study_point(study, i)->label);
    for (guint axis = 0; axis < n_axes(design); axis++)
        put_text(to, design_value(design, i, axis));
}

static void put_runs(struct output *to, const struct study *study, const struct design *design)
{
    put_heads(to, design);
    output_text(to, ",replication");
    for (guint m = 0; m < study->n_metrics; m++)
        put_text(to, study->metrics[m]);
    output_char(to, '\n');
    for (guint i = 0; i < study->points->len; i++)
        for (uint32_t r = 0; r < study_point(study, i)->n_wanted; r++) {
            const double *values = study_point(study, i)->runs->pdata[r];

            put_point(to, study, design, i);
            output_char(to, ',');
            output_count(to, r);
            for (guint m = 0; m < study->n_metrics; m++)
                put_number(to, values[m]);
            output_char(to, '\n');
        }
}

static void put_interval(struct output *to, const struct sim_interval *interval)
{
    put_number(to, interval->estimate);
    put_number(to, interval->low);
    put_number(to, interval->high);
}

static void put_estimates(struct output *to, const struct study *study, const struct design *design)
{
    put_heads(to, design);
    output_text(to, ",metric,unit,n,undefined,mean,mean_low,mean_high,sd,min,p50,p50_low,p50_high,p95,p95_low,p95_high,"
                    "max,p5,p5_low,p5_high\n");
    for (guint i = 0; i < study->points->len; i++)
        for (guint m = 0; m < study->n_metrics; m++) {
            const struct estimate estimate = estimate_of(study, i, m);

            put_point(to, study, design, i);
            put_text(to, study->metrics[m]);
            put_text(to, metric_unit(study_metric(study, m)));
            output_char(to, ',');
            output_count(to, estimate.n);
            output_char(to, ',');
            output_count(to, estimate.n_undefined);
            put_interval(to, &estimate.mean);
            put_number(to, estimate.sd);
            put_number(to, estimate.min);
            put_interval(to, &estimate.median);
            put_interval(to, &estimate.p95);
            put_number(to, estimate.max);
            put_interval(to, &estimate.p5);
            output_char(to, '\n');
        }
}

static gboolean write_table(const struct study *study, const struct design *design, const char *directory,
                            const char *name, void (*put)(struct output *, const struct study *, const struct design *),
                            GError **error)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    struct output *to = output_open(path, error);

    if (!to)
        return FALSE;
    put(to, study, design);
    return output_close(to, error);
}

gboolean study_tables_write(const struct study *study, const struct design *design, const char *directory,
                            GError **error)
{
    return write_table(study, design, directory, "runs.csv", put_runs, error) &&
           write_table(study, design, directory, "estimates.csv", put_estimates, error);
}

void study_add_number(cJSON *object, const char *name, double number)
{
    if (isfinite(number))
        cJSON_AddNumberToObject(object, name, number);
    else
        cJSON_AddNullToObject(object, name);
}

char *study_undefined(const struct study *study)
{
    GString *text = g_string_new(NULL);

    for (guint m = 0; m < study->n_metrics; m++) {
        const struct metric *metric = study_point(study, 0)->metrics->pdata[m];
        guint n = 0, n_undefined = 0;

        for (guint i = 0; i < study->points->len; i++) {
            const struct estimate estimate = estimate_of(study, i, m);

            n += estimate.n + estimate.n_undefined;
            n_undefined += estimate.n_undefined;
        }
        if (n_undefined)
            g_string_append_printf(text, "%s is without %u of %u runs: %s\n", metric->text, n_undefined, n,
                                   metric_why_undefined(metric));
    }
    return g_string_free(text, FALSE);
}

/* Nothing stands behind the first cell of the row. */
static bool is_heading(const GPtrArray *cells, guint row, guint n_columns)
{
    bool alone = row > 0;

    for (guint c = 1; alone && c < n_columns; c++)
        alone = !*(const char *)cells->pdata[row * n_columns + c];
    return alone;
}

/* A bar in a name is none of the table's. */
static void escape(GPtrArray *cells)
{
    for (guint i = 0; i < cells->len; i++) {
        char *cell = cells->pdata[i];

        if (!strchr(cell, '|'))
            continue;
        g_auto(GStrv) parts = g_strsplit(cell, "|", -1);
        cells->pdata[i] = g_strjoinv("\\|", parts);
        g_free(cell);
    }
}

char *study_markdown(GPtrArray *cells, guint n_columns)
{
    escape(cells);
    g_autofree glong *widths = g_new0(glong, n_columns);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < cells->len; i++)
        if (!is_heading(cells, i / n_columns, n_columns))
            widths[i % n_columns] = MAX(widths[i % n_columns], g_utf8_strlen(cells->pdata[i], -1));
    for (guint i = 0; i < cells->len; i++) {
        const char *cell = cells->pdata[i];
        guint column = i % n_columns;

        if (is_heading(cells, i / n_columns, n_columns)) {
            g_string_append_printf(text, column ? " |" : "| %s |", cell);
            if (column + 1 == n_columns)
                g_string_append_c(text, '\n');
            continue;
        }

        g_string_append_printf(text, "%s %s%*s", column ? " |" : "|", cell,
                               (int)(widths[column] - g_utf8_strlen(cell, -1)), "");
        if (column + 1 < n_columns)
            continue;
        g_string_append(text, " |\n");
        if (i + 1 == n_columns) { /* below the heads */
            for (guint c = 0; c < n_columns; c++) {
                g_string_append(text, "|-");
                for (glong k = 0; k <= widths[c]; k++)
                    g_string_append_c(text, '-');
            }
            g_string_append(text, "|\n");
        }
    }
    return g_string_free(text, FALSE);
}
