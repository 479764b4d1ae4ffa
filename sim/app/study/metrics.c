#include "sim/app/study/metrics.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

#include "sim/app/read/suggest.h"
#include "sim/app/read/units.h"
#include "sim/app/report/objective.h"
#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"
#include "sim/engine/output_analysis.h"

enum metric_id {
    DELIVERY_MEAN,
    DELIVERY_P50,
    DELIVERY_P95,
    DELIVERY_MAX,
    LAST_ON_DP,
    DELIVERED,
    FAILED,
    BYTES_SENT,
    BYTES_RESENT,
    MET,
    MARGIN,
    ON_TIME,
    WAIT,
    WARM_UP,
    N_METRICS
};

const struct metric_type metric_types[N_METRICS + 1] = {
    [DELIVERY_MEAN] = {"delivery_mean", METRIC_KIND_DURATION, false, NULL,
                       "mean time from the request to the content on the distribution point"},
    [DELIVERY_P50] = {"delivery_p50", METRIC_KIND_DURATION, false, NULL, "the time within which half of them come"},
    [DELIVERY_P95] = {"delivery_p95", METRIC_KIND_DURATION, false, NULL, "the time within which 95 % of them come"},
    [DELIVERY_MAX] = {"delivery_max", METRIC_KIND_DURATION, false, NULL, "the longest of these times"},
    [LAST_ON_DP] = {"last_on_dp", METRIC_KIND_TIME, false, NULL, "when the last content is on its distribution point"},
    [DELIVERED] = {"delivered", METRIC_KIND_SHARE, true, NULL, "share of the deliveries that have come"},
    [FAILED] = {"failed", METRIC_KIND_SHARE, false, NULL, "share of the deliveries that have failed"},
    [BYTES_SENT] = {"bytes_sent", METRIC_KIND_BYTES, false, NULL, "sent from site to site, repetitions included"},
    [BYTES_RESENT] = {"bytes_resent", METRIC_KIND_BYTES, false, NULL,
                      "sent again after failed tries, to sites and points"},
    [MET] = {"met", METRIC_KIND_SHARE, true, "OBJECTIVE", "whether an objective is met, 1 or 0"},
    [MARGIN] = {"margin", METRIC_KIND_DURATION, true, "OBJECTIVE",
                "by how much an objective is met, negative: late; if never reached, late until the run's end at least"},
    [ON_TIME] = {"on_time", METRIC_KIND_SHARE, true, "OBJECTIVE",
                 "share of the deliveries that an objective asks about that are there by its deadline"},
    [WAIT] = {"wait", METRIC_KIND_DURATION, false, "CAUSE", "mean time that a delivery spent on one cause"},
    [WARM_UP] = {"warm_up", METRIC_KIND_DURATION, false, NULL,
                 "from the start until delivery times have settled, in the order of requests (MSER-5)"},
    {0},
};

static enum metric_id id_of(const struct metric *metric)
{
    return (enum metric_id)(metric->type - metric_types);
}

static bool is_about_deliveries(const struct metric_type *type)
{
    return type < &metric_types[BYTES_SENT] || type == &metric_types[WAIT] || type == &metric_types[WARM_UP];
}

/* ---- names ---- */

static char *unknown(const char *what, const char *word, struct suggestion *suggestion, const char *else_say)
{
    if (suggestion->best)
        return g_strdup_printf("no %s \"%s\"; did you mean \"%s\"?", what, word, suggestion->best);
    return g_strdup_printf("no %s \"%s\"%s", what, word, else_say);
}

static const struct metric_type *find_type(const char *name, char **why)
{
    struct suggestion suggestion = {.wanted = name};
    g_autoptr(GString) all = g_string_new("; there are");

    for (const struct metric_type *type = metric_types; type->name; type++) {
        if (strcmp(type->name, name) == 0)
            return type;
        suggestion_offer(&suggestion, type->name);
        g_string_append_printf(all, "%s %s%s%s", type == metric_types ? "" : ",", type->name, type->argument ? ":" : "",
                               type->argument ? type->argument : "");
    }
    *why = strchr(name, ',') ? g_strdup_printf("no metric \"%s\"; name each with a --metric of its own", name)
                             : unknown("metric", name, &suggestion, all->str);
    return NULL;
}

static int32_t find_argument(const struct metric_type *type, const char *word, const struct scenario *scenario,
                             char **why)
{
    struct suggestion suggestion = {.wanted = word};
    bool cause = type == &metric_types[WAIT];

    for (int i = 0; cause && i < N_CAUSES; i++) {
        if (strcmp(cause_names[i], word) == 0)
            return i;
        suggestion_offer(&suggestion, cause_names[i]);
    }
    for (guint i = 0; !cause && i < scenario->objectives->len; i++) {
        const char *name = g_array_index(scenario->objectives, struct objective_spec, i).name;

        if (strcmp(name, word) == 0)
            return (int32_t)i;
        suggestion_offer(&suggestion, name);
    }
    *why = unknown(cause ? "cause" : "objective", word, &suggestion,
                   cause ? "; the columns of deliveries.csv name them"
                         : " in the scenario; it may also be stated, \"all on_dp by 06:00\"");
    return -1;
}

/* ---- which deliveries ---- */

enum filter_key { FILTER_SITE, FILTER_DP, FILTER_PACKAGE, N_FILTER_KEYS };
static const char *const filter_names[N_FILTER_KEYS] = {"site", "dp", "package"};

struct filter {
    enum filter_key key;
    GPatternSpec *pattern;
};

static void filter_clear(gpointer filter)
{
    g_pattern_spec_free(((struct filter *)filter)->pattern);
}

static const char *name_for(const struct scenario *scenario, enum filter_key key, uint32_t i)
{
    return key == FILTER_PACKAGE ? scenario_package(scenario, i)->id
           : key == FILTER_DP    ? scenario_dp(scenario, i)->name
                                 : scenario_site(scenario, scenario_dp(scenario, i)->site)->code;
}

/* Which distribution points, or packages, match; NULL: the filter is about the other. */
static bool *matches(const struct filter *filter, const struct scenario *scenario, bool packages, guint *n_matches)
{
    guint n = packages ? scenario->packages->len : scenario->distribution_points->len;
    bool *chosen = (filter->key == FILTER_PACKAGE) == packages ? g_new0(bool, n + 1) : NULL;

    for (guint i = 0; chosen && i < n; i++) {
        chosen[i] = g_pattern_spec_match_string(filter->pattern, name_for(scenario, filter->key, i));
        *n_matches += chosen[i];
    }
    return chosen;
}

/* The rows that the metric is about, each a struct delivery_row *. */
static GPtrArray *rows_of(const struct metric *metric, const struct collector *c)
{
    GPtrArray *rows = g_ptr_array_new();
    g_autoptr(GPtrArray) packages = g_ptr_array_new_with_free_func(g_free),
                         dps = g_ptr_array_new_with_free_func(g_free);
    guint n_matches = 0;

    for (guint i = 0; i < metric->filters->len; i++) {
        const struct filter *filter = &g_array_index(metric->filters, struct filter, i);
        bool package = filter->key == FILTER_PACKAGE;

        g_ptr_array_add(package ? packages : dps, matches(filter, c->scenario, package, &n_matches));
    }
    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);
        bool concerned = row->known && row->state != DELIVERY_CANCELLED;

        for (guint k = 0; k < packages->len; k++)
            concerned = concerned && ((const bool *)packages->pdata[k])[row->package];
        for (guint k = 0; k < dps->len; k++)
            concerned = concerned && ((const bool *)dps->pdata[k])[row->dp];
        if (concerned)
            g_ptr_array_add(rows, (gpointer)row);
    }
    return rows;
}

/* "auto" or a time. */
static bool leave_out_warm_up(struct metric *metric, const struct scenario *scenario, const char *value, char **why)
{
    g_autofree char *because = NULL;

    metric->settled = strcmp(value, "auto") == 0;
    if (metric->settled)
        return true;
    if (!units_parse(PARAM_DURATION, value, &metric->from_s, &because)) {
        *why = g_strdup_printf("[warm-up=%s]: %s; or write [warm-up=auto]", value, because);
    } else if (metric->from_s >= scenario->until_s) {
        g_autofree char *until = words_duration(scenario->until_s);
        *why = g_strdup_printf("[warm-up=%s] leaves nothing: the run ends after %s", value, until);
    }
    return !*why;
}

static bool narrow(struct metric *metric, const struct scenario *scenario, const char *key, const char *pattern,
                   char **why)
{
    struct filter filter = {.key = 0};
    guint n_matches = 0;

    if (strcmp(key, "warm-up") == 0)
        return leave_out_warm_up(metric, scenario, pattern, why);
    while (filter.key < N_FILTER_KEYS && strcmp(key, filter_names[filter.key]) != 0)
        filter.key++;
    if (filter.key == N_FILTER_KEYS) {
        *why =
            g_strdup_printf("[%s=...] is nothing to choose deliveries by; write site, dp or package; or warm-up", key);
        return false;
    }
    if (!*pattern) {
        *why = g_strdup_printf("[%s=] chooses nothing; write a name, or a part of it and *", key);
        return false;
    }
    filter.pattern = g_pattern_spec_new(pattern);
    g_array_append_val(metric->filters, filter);
    g_free(matches(&filter, scenario, filter.key == FILTER_PACKAGE, &n_matches));
    /* Packages of workloads come later. */
    if (filter.key == FILTER_PACKAGE && scenario->workloads->len)
        return true;
    if (!n_matches)
        *why = g_strdup_printf(filter.key == FILTER_SITE ? "[%s=%s]: no such site has distribution points"
                                                         : "[%s=%s]: the scenario has none",
                               key, pattern);
    return n_matches > 0;
}

/* The text between the brackets. */
static bool choose(struct metric *metric, const struct scenario *scenario, const char *inside, char **why)
{
    g_auto(GStrv) parts = g_strsplit(inside, ",", -1);

    for (char **part = parts; *part; part++) {
        char *equals = strchr(*part, '=');

        if (!equals) {
            *why = g_strdup_printf("[%s] chooses nothing; write for example [site=PS1]", inside);
            return false;
        }
        *equals = '\0';
        if (!narrow(metric, scenario, g_strstrip(*part), g_strstrip(equals + 1), why))
            return false;
    }
    return true;
}

static bool read_argument(struct metric *metric, const char *word, const struct scenario *scenario, char **why)
{
    metric->argument = find_argument(metric->type, word, scenario, why);
    if (metric->argument < 0 && metric->type != &metric_types[WAIT] && objective_is_stated(word)) {
        g_clear_pointer(why, g_free);
        metric->stated = objective_state(word, scenario, why);
    }
    return !*why;
}

/* The earliest that anything can be asked for. */
static double first_request_s(const struct scenario *scenario)
{
    static const bool requests[] = {
        [ACTION_DISTRIBUTE] = true, [ACTION_UPDATE] = true, [ACTION_REDISTRIBUTE] = true, [ACTION_JOIN] = true};
    double first_s = INFINITY;

    for (guint i = 0; i < scenario->actions->len; i++) {
        const struct action_spec *action = &g_array_index(scenario->actions, struct action_spec, i);

        if (action->what < G_N_ELEMENTS(requests) && requests[action->what])
            first_s = fmin(first_s, action->at_s);
    }
    for (guint i = 0; i < scenario->workloads->len; i++) {
        double from_s = g_array_index(scenario->workloads, struct workload_spec, i).from_s;

        first_s = fmin(first_s, isnan(from_s) ? 0 : from_s);
    }
    return isfinite(first_s) ? first_s : 0;
}

static const struct objective_spec *objective_of(const struct metric *metric, const struct scenario *scenario)
{
    return metric->stated ? metric->stated
                          : &g_array_index(scenario->objectives, struct objective_spec, (guint)metric->argument);
}

static double zero_of(const struct metric *metric, const struct scenario *scenario)
{
    if (metric->type->kind == METRIC_KIND_TIME)
        return first_request_s(scenario);
    if (id_of(metric) == MARGIN)
        return objective_of(metric, scenario)->by_s - first_request_s(scenario);
    return 0;
}

/* The name of an objective may end like a choice of deliveries. */
static bool names_objective(const char *text, const struct scenario *scenario)
{
    const char *colon = strchr(text, ':');

    for (guint i = 0; colon && i < scenario->objectives->len; i++)
        if (strcmp(g_array_index(scenario->objectives, struct objective_spec, i).name, colon + 1) == 0)
            return true;
    return false;
}

struct metric *metric_new(const char *text, const struct scenario *scenario, char **why)
{
    struct metric *metric = g_new0(struct metric, 1);
    g_autofree char *name = g_strdup(text);
    size_t length = strlen(name);
    bool chooses = length && name[length - 1] == ']' && !names_objective(name, scenario);
    char *bracket = chooses ? strchr(name, '[') : NULL, *inside = NULL, *colon = NULL;

    metric->text = g_strdup(text);
    metric->argument = -1;
    metric->filters = g_array_new(FALSE, FALSE, sizeof(struct filter));
    g_array_set_clear_func(metric->filters, filter_clear);
    if (bracket) {
        *bracket = '\0';
        inside = bracket + 1;
        name[length - 1] = '\0';
    }
    if ((colon = strchr(name, ':')))
        *colon = '\0';
    *why = NULL;
    metric->type = find_type(name, why);
    if (*why)
        ;
    else if (metric->type->argument && !(colon && colon[1]))
        *why = g_strdup_printf("write %s:%s", name, metric->type->argument);
    else if (!metric->type->argument && colon)
        *why = g_strdup_printf("%s has nothing after a colon", name);
    else if (inside && !is_about_deliveries(metric->type))
        *why = g_strdup_printf("%s is not about single deliveries: it takes no [...]", name);
    else if (metric->type->argument && !read_argument(metric, colon + 1, scenario, why))
        ;
    else if (inside)
        choose(metric, scenario, inside, why);
    if (!*why) {
        metric->zero = zero_of(metric, scenario);
        return metric;
    }
    metric_free(metric);
    return NULL;
}

void metric_free(struct metric *metric)
{
    if (!metric)
        return;
    g_free(metric->text);
    objective_free(metric->stated);
    g_array_unref(metric->filters);
    g_free(metric);
}

static void name_standard(const struct scenario *scenario, GPtrArray *names)
{
    for (const struct metric_type *type = metric_types; type->name; type++)
        if (!type->argument && type != &metric_types[WARM_UP])
            g_ptr_array_add(names, g_strdup(type->name));
    for (guint i = 0; i < scenario->objectives->len; i++) {
        const char *name = g_array_index(scenario->objectives, struct objective_spec, i).name;

        g_ptr_array_add(names, g_strconcat("met:", name, NULL));
        g_ptr_array_add(names, g_strconcat("margin:", name, NULL));
    }
}

char **metric_standard(const struct scenario *scenario)
{
    GPtrArray *names = g_ptr_array_new();

    name_standard(scenario, names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char **metric_plain(const struct scenario *scenario)
{
    GPtrArray *names = g_ptr_array_new();

    name_standard(scenario, names);
    g_ptr_array_add(names, g_strdup(metric_types[WARM_UP].name));
    for (int i = 0; i < N_CAUSES; i++)
        g_ptr_array_add(names, g_strconcat("wait:", cause_names[i], NULL));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

/* ---- measuring ---- */

static const struct delivery_row *row_at(const GPtrArray *rows, guint i)
{
    return rows->pdata[i];
}

/* When it came; of one that has not, the end of the run. */
static double came_s(const struct delivery_row *row, double ended_s)
{
    return row->state == DELIVERY_DELIVERED ? row->on_dp_s : ended_s;
}

static double last_on_dp_s(const GPtrArray *rows, double ended_s)
{
    double last_s = NAN;

    for (guint i = 0; i < rows->len; i++)
        if (row_at(rows, i)->state != DELIVERY_FAILED)
            last_s = fmax(last_s, came_s(row_at(rows, i), ended_s));
    return last_s;
}

static double share_in(const GPtrArray *rows, enum delivery_state state)
{
    guint n = 0;

    for (guint i = 0; i < rows->len; i++)
        n += row_at(rows, i)->state == state;
    return rows->len ? (double)n / rows->len : NAN;
}

/* What metrics of the same deliveries are made of, each part when it is first asked for. */
struct sample {
    GPtrArray *rows; /* struct delivery_row * */
    double *times_s; /* of those that have not failed; sorted */
    size_t n_times;
    double mean_s;
    double *causes_s; /* means by cause, of those that have come */
};

static void sample_clear(struct sample *sample)
{
    g_clear_pointer(&sample->rows, g_ptr_array_unref);
    g_clear_pointer(&sample->times_s, g_free);
    g_clear_pointer(&sample->causes_s, g_free);
}

static double mean_of_cause_s(struct sample *sample, int32_t cause)
{
    guint n = 0;

    for (guint i = 0; !sample->causes_s && i < sample->rows->len; i++)
        n += row_at(sample->rows, i)->state == DELIVERY_DELIVERED;
    if (!sample->causes_s) {
        sample->causes_s = g_new0(double, N_CAUSES);
        for (guint i = 0; i < sample->rows->len; i++)
            for (int k = 0; k < N_CAUSES && row_at(sample->rows, i)->state == DELIVERY_DELIVERED; k++)
                sample->causes_s[k] += row_at(sample->rows, i)->cause_s[k];
        for (int k = 0; k < N_CAUSES; k++)
            sample->causes_s[k] = n ? sample->causes_s[k] / n : NAN;
    }
    return sample->causes_s[cause];
}

static double time_of_deliveries_s(struct sample *sample, double ended_s, enum metric_id id)
{
    if (!sample->times_s) {
        sample->times_s = g_new(double, sample->rows->len + 1);
        for (guint i = 0; i < sample->rows->len; i++)
            if (row_at(sample->rows, i)->state != DELIVERY_FAILED)
                sample->times_s[sample->n_times++] =
                    came_s(row_at(sample->rows, i), ended_s) - row_at(sample->rows, i)->requested_s;
        sample->mean_s = sample->n_times ? gsl_stats_mean(sample->times_s, 1, sample->n_times) : NAN;
        gsl_sort(sample->times_s, 1, sample->n_times);
    }
    if (!sample->n_times || id == DELIVERY_MEAN)
        return sample->mean_s;
    if (id == DELIVERY_MAX)
        return sample->times_s[sample->n_times - 1];
    return gsl_stats_quantile_from_sorted_data(sample->times_s, 1, sample->n_times, id == DELIVERY_P50 ? 0.5 : 0.95);
}

static double bytes_of_transfers(const struct collector *c, enum metric_id id)
{
    double bytes = 0;

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);

        if (id == BYTES_RESENT)
            bytes += row->bytes_resent;
        else if (row->kind == TRANSFER_SEND_REQUEST)
            bytes += row->bytes_moved;
    }
    return bytes;
}

/* Of one that was not reached before the run ended. */
static double open_margin_s(const struct objective_spec *spec, double ended_s)
{
    return fmin(0, spec->by_s - ended_s);
}

static double of_objective(const struct metric *metric, const struct collector *c)
{
    struct objective_result result = objective_judge(c, objective_of(metric, c->scenario));

    if (id_of(metric) == MET)
        return result.met;
    if (id_of(metric) == ON_TIME)
        return result.share_by_deadline;
    return isnan(result.margin_s) ? open_margin_s(result.spec, c->ended_s) : result.margin_s;
}

bool metric_margin_is_open(const struct metric *metric, const struct scenario *scenario, double value)
{
    return value <= open_margin_s(objective_of(metric, scenario), scenario->until_s);
}

/* ---- warm-up ---- */

static gint by_request(gconstpointer a, gconstpointer b)
{
    const struct delivery_row *p = *(struct delivery_row *const *)a, *q = *(struct delivery_row *const *)b;

    if (p->requested_s != q->requested_s)
        return p->requested_s < q->requested_s ? -1 : 1;
    return p->package != q->package ? (p->package < q->package ? -1 : 1) : p->dp < q->dp ? -1 : p->dp > q->dp;
}

/* When delivery times have settled. What is requested at one time is one observation, however many distribution points
 * it is for: their mean. NaN: they have not. */
static double settled_s(const GPtrArray *all, double ended_s)
{
    enum { BATCH = 5 };
    g_autoptr(GPtrArray) rows = g_ptr_array_copy((GPtrArray *)all, NULL, NULL);
    g_autoptr(GArray) times = g_array_new(FALSE, FALSE, sizeof(double));
    g_autoptr(GArray) requests = g_array_new(FALSE, FALSE, sizeof(double));

    g_ptr_array_sort(rows, by_request);
    for (guint i = 0; i < rows->len;) {
        double requested_s = row_at(rows, i)->requested_s, sum_s = 0;
        guint n = 0;

        for (; i < rows->len && row_at(rows, i)->requested_s == requested_s; i++)
            if (row_at(rows, i)->state != DELIVERY_FAILED) {
                sum_s += came_s(row_at(rows, i), ended_s) - requested_s;
                n++;
            }
        if (!n)
            continue;
        sum_s /= n;
        g_array_append_val(times, sum_s);
        g_array_append_val(requests, requested_s);
    }
    struct sim_warm_up cut = sim_mser((const double *)(void *)times->data, times->len, BATCH, NULL);
    return cut.too_short ? NAN : cut.n_discard ? g_array_index(requests, double, cut.n_discard) : 0;
}

/* FALSE: delivery times have not settled, and nothing can be said. */
static bool drop_warm_up(const struct metric *metric, GPtrArray *rows, double ended_s)
{
    double from_s = metric->settled ? settled_s(rows, ended_s) : metric->from_s;
    guint n = 0;

    for (guint i = 0; i < rows->len; i++)
        if (row_at(rows, i)->requested_s >= from_s)
            rows->pdata[n++] = rows->pdata[i];
    g_ptr_array_set_size(rows, (gint)n);
    return !isnan(from_s);
}

const char *metric_why_undefined(const struct metric *metric)
{
    return metric->settled || id_of(metric) == WARM_UP
               ? "too short: delivery times have not settled; let it run longer (\"until\")"
               : "there was nothing to measure";
}

static double measure(const struct metric *metric, const struct collector *c, struct sample *sample)
{
    switch (id_of(metric)) {
    case LAST_ON_DP:
        return last_on_dp_s(sample->rows, c->ended_s);
    case DELIVERED:
        return share_in(sample->rows, DELIVERY_DELIVERED);
    case FAILED:
        return share_in(sample->rows, DELIVERY_FAILED);
    case WAIT:
        return mean_of_cause_s(sample, metric->argument);
    case WARM_UP:
        return settled_s(sample->rows, c->ended_s);
    default:
        return time_of_deliveries_s(sample, c->ended_s, id_of(metric));
    }
}

/* Of some of the deliveries. */
static double measure_chosen(const struct metric *metric, const struct collector *c)
{
    struct sample sample = {.rows = rows_of(metric, c)};
    bool sound = id_of(metric) == WARM_UP || drop_warm_up(metric, sample.rows, c->ended_s);
    double value = sound ? measure(metric, c, &sample) : NAN;

    sample_clear(&sample);
    return value;
}

void metrics_measure(const GPtrArray *metrics, const struct collector *c, double *values)
{
    struct sample all = {.rows = NULL};

    for (guint m = 0; m < metrics->len; m++) {
        const struct metric *metric = metrics->pdata[m];
        enum metric_id id = id_of(metric);

        if (id == BYTES_SENT || id == BYTES_RESENT) {
            values[m] = bytes_of_transfers(c, id);
        } else if (id == MET || id == MARGIN || id == ON_TIME) {
            values[m] = of_objective(metric, c);
        } else if (metric->filters->len || metric->settled || metric->from_s > 0) {
            values[m] = measure_chosen(metric, c);
        } else {
            all.rows = all.rows ? all.rows : rows_of(metric, c);
            values[m] = measure(metric, c, &all);
        }
    }
    sample_clear(&all);
}

struct metric_range metric_range(const struct metric *metric)
{
    if (id_of(metric) == MARGIN)
        return (struct metric_range){-INFINITY, INFINITY};
    return (struct metric_range){metric->zero, metric->type->kind == METRIC_KIND_SHARE ? 1 : INFINITY};
}

const char *metric_unit(const struct metric_type *type)
{
    return type->kind == METRIC_KIND_SHARE ? "1" : type->kind == METRIC_KIND_BYTES ? "bytes" : "s";
}

bool metric_is_yes_or_no(const struct metric_type *type)
{
    return type == &metric_types[MET];
}

bool metric_has_percentage(const struct metric_type *type)
{
    return type->kind != METRIC_KIND_SHARE && type != &metric_types[MARGIN];
}

char *metric_words(const struct metric_type *type, double value, const struct scenario *scenario)
{
    char text[WALL_CLOCK_SIZE];

    if (!isfinite(value))
        return g_strdup("-");
    switch (type->kind) {
    case METRIC_KIND_SHARE:
        return g_strdup_printf("%.4g %%", 100 * value);
    case METRIC_KIND_BYTES:
        return words_bytes(value);
    case METRIC_KIND_TIME:
        wall_clock_short(text, scenario, value);
        return g_strdup(text);
    case METRIC_KIND_DURATION:
        break;
    }
    g_autofree char *words = words_duration(fabs(value));
    return g_strconcat(value < 0 ? "-" : "", words, NULL);
}

char *metric_difference_words(const struct metric_type *type, double difference)
{
    static const struct metric_type duration = {.kind = METRIC_KIND_DURATION};
    g_autofree char *size = metric_words(type->kind == METRIC_KIND_TIME ? &duration : type, fabs(difference), NULL);

    return difference == 0 || !isfinite(difference) ? g_strdup(difference == 0 ? "0" : "-")
                                                    : g_strconcat(difference < 0 ? "-" : "", size, NULL);
}

char *metric_words_finely(const struct metric_type *type, double value, const struct scenario *scenario,
                          double resolution)
{
    if (isfinite(value) && type->kind == METRIC_KIND_TIME && resolution < 600) {
        char text[WALL_CLOCK_SIZE];
        size_t n = wall_clock_day(text, scenario, value);

        text[n++] = ' ';
        wall_clock_second(text + n, scenario->start_s, value);
        return g_strdup(text);
    }
    if (isfinite(value) && type->kind == METRIC_KIND_DURATION)
        return words_duration_finely(value, resolution);
    return metric_words(type, value, scenario);
}
