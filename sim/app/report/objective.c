#include "sim/app/report/objective.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/summary.h"

static void selects(const struct selection *selection, guint n, bool *chosen)
{
    if (!selection->members) {
        memset(chosen, true, n);
        return;
    }
    for (guint i = 0; i < selection->members->len; i++) {
        uint32_t member = g_array_index(selection->members, uint32_t, i);
        if (member < n)
            chosen[member] = true;
    }
}

void objective_scope_init(struct objective_scope *scope, const struct objective_spec *spec,
                          const struct scenario *scenario)
{
    guint n_packages = scenario->packages->len, n_dps = scenario->distribution_points->len;

    *scope = (struct objective_scope){spec, g_new0(bool, n_packages + 1), g_new0(bool, n_dps + 1)};
    selects(&spec->packages, n_packages, scope->packages);
    selects(&spec->to, n_dps, scope->dps);
}

void objective_scope_clear(struct objective_scope *scope)
{
    g_free(scope->packages);
    g_free(scope->dps);
}

bool objective_asks(const struct objective_scope *scope, const struct delivery_fact *fact, double *when_s)
{
    enum objective_metric metric = scope->spec->metric;

    *when_s = metric == METRIC_ON_DP        ? fact->on_dp_s
              : metric == METRIC_SITE_KNOWS ? fact->site_knows_s
                                            : fact->central_knows_s;
    return fact->state != DELIVERY_CANCELLED && scope->packages[fact->package] && scope->dps[fact->dp];
}

GArray *objective_times(const struct collector *c, const struct objective_spec *spec, guint *n)
{
    GArray *reached = g_array_new(FALSE, FALSE, sizeof(double));
    struct objective_scope scope;

    *n = 0;
    objective_scope_init(&scope, spec, c->scenario);
    for (uint32_t i = 0; i < collector_n_deliveries(c); i++) {
        struct delivery_fact fact;
        double when_s;

        if (!collector_fact(c, i, &fact) || !objective_asks(&scope, &fact, &when_s))
            continue;
        (*n)++;
        if (!isnan(when_s))
            g_array_append_val(reached, when_s);
    }
    objective_scope_clear(&scope);
    sort_times((double *)(void *)reached->data, reached->len);
    return reached;
}

struct objective_result objective_judge(const struct collector *c, const struct objective_spec *spec)
{
    struct objective_result result = {.spec = spec, .reached_s = NAN, .margin_s = NAN};
    g_autoptr(GArray) reached = objective_times(c, spec, &result.n);

    while (result.n_by_deadline < reached->len && g_array_index(reached, double, result.n_by_deadline) <= spec->by_s)
        result.n_by_deadline++;
    /* 99 % of 40 is 39.6: all 40. The product may be a hair above the whole number that it stands for. */
    result.n_needed = MAX(1, (guint)ceil(spec->share_percent * result.n / 100 - 1e-9 * result.n));
    result.share_by_deadline = result.n ? (double)result.n_by_deadline / result.n : NAN;
    result.share_at_end = result.n ? (double)reached->len / result.n : NAN;
    if (result.n_needed <= reached->len) {
        result.reached_s = g_array_index(reached, double, result.n_needed - 1);
        result.margin_s = spec->by_s - result.reached_s;
    }
    result.met = result.margin_s >= 0;
    result.decided = c->ended_s >= fmin(spec->by_s, c->scenario->until_s);
    return result;
}

/* ---- stated ---- */

/* The names of what must have happened. */
static const char *const *metric_words_of_table(void)
{
    const struct param_field *field = objective_table.fields;

    while (strcmp(field->name, "metric") != 0)
        field++;
    return field->choices;
}

bool objective_is_stated(const char *text)
{
    return strstr(text, " by ") != NULL;
}

static bool read_share(const char *text, double *percent, char **why)
{
    g_autofree char *because = NULL;

    if (strcmp(text, "all") == 0) {
        *percent = 100;
        return true;
    }
    if (units_parse(PARAM_PERCENT, text, percent, &because) && *percent > 0 && *percent <= 100)
        return true;
    *why = g_strdup_printf("\"%s\" is no share of the deliveries; write all, or for example 99 %%", text);
    return false;
}

static bool read_metric(const char *word, enum objective_metric *metric, char **why)
{
    const char *const *choices = metric_words_of_table();

    for (int i = 0; choices[i]; i++)
        if (strcmp(choices[i], word) == 0) {
            *metric = (enum objective_metric)i;
            return true;
        }
    *why = g_strdup_printf("\"%s\" is nothing that can have happened; write on_dp, site_knows or central_knows", word);
    return false;
}

static bool read_deadline(const char *text, const struct scenario *scenario, double *by_s, char **why)
{
    g_autofree char *because = NULL;

    if (!units_parse_time(text, scenario->start_s, true, by_s, &because))
        *why = g_strdup_printf("by when? %s", because);
    else if (!(*by_s > 0))
        *why = g_strdup_printf("\"by %s\" is not after the scenario's start", text);
    else if (*by_s > scenario->until_s)
        *why = g_strdup_printf("\"by %s\" is after the scenario's end (until)", text);
    return !*why;
}

struct objective_spec *objective_state(const char *text, const struct scenario *scenario, char **why)
{
    g_auto(GStrv) parts = g_strsplit(text, " by ", 2);
    g_autofree char *what = g_strstrip(g_strdup(parts[0] ? parts[0] : ""));
    char *word = strrchr(what, ' ');
    struct objective_spec spec = {.metric = METRIC_ON_DP};

    *why = NULL;
    if (!word || !parts[1]) {
        *why = g_strdup_printf("\"%s\" states no objective; write for example \"all on_dp by 06:00\"", text);
        return NULL;
    }
    *word++ = '\0';
    if (!read_share(g_strstrip(what), &spec.share_percent, why) || !read_metric(word, &spec.metric, why) ||
        !read_deadline(g_strstrip(parts[1]), scenario, &spec.by_s, why))
        return NULL;
    spec.name = g_strdup(text);
    return g_memdup2(&spec, sizeof spec);
}

void objective_free(struct objective_spec *spec)
{
    if (spec)
        g_free(spec->name);
    g_free(spec);
}
