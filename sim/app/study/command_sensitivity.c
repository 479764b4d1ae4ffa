/* distsim sensitivity: what to change first. Morris screening of settings, each over a range. */
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/app/output.h"
#include "sim/app/read/scenario_reader.h"
#include "sim/app/report/words.h"
#include "sim/app/study/estimate.h"
#include "sim/app/study/factors.h"
#include "sim/app/study/plot_sensitivity.h"
#include "sim/app/study/study_command.h"
#include "sim/app/study/study_tables.h"
#include "sim/engine/random.h"
#include "sim/engine/screening.h"

enum { GRID_LEVELS = 4, MOST_FACTORS = 40, MOST_TRAJECTORIES = 1000, MOST_SHOWN = 6 };

struct sensitivity {
    struct study_command command;
    gint trajectories;
    struct scenario *scenario; /* as it is */
    GPtrArray *factors;        /* struct factor * */
    guint n_left_out;
    double *positions; /* of the points, 0 to 1 per factor */
    GPtrArray *ranked; /* struct ranked_effect *: of each metric those of all factors, the strongest first */
};

static guint n_factors(const struct sensitivity *s)
{
    return s->factors->len;
}

static const struct factor *factor_at(const struct sensitivity *s, guint i)
{
    return s->factors->pdata[i];
}

/* The settings, by --vary. */
static bool is_named(const struct sensitivity *s)
{
    return s->command.varies;
}

/* ---- what is varied ---- */

static int read_scenario(struct sensitivity *s)
{
    struct mistakes *mistakes = mistakes_new();
    struct study_command *c = &s->command;

    s->scenario = scenario_read(c->files[0], (const char *const *)c->sets, mistakes, NULL);
    if (!s->scenario) {
        g_autofree char *text = mistakes_text(mistakes);
        fputs(text, stderr);
    }
    mistakes_free(mistakes);
    return s->scenario ? EXIT_CODE_FINE : EXIT_CODE_WRONG;
}

/* All settings, those that are varied at one end of their ranges; ends with NULL. */
static GPtrArray *sets_at_end(const struct sensitivity *s, double end)
{
    GPtrArray *sets = g_ptr_array_new_with_free_func(g_free);

    for (char **set = s->command.sets; set && *set; set++)
        g_ptr_array_add(sets, g_strdup(*set));
    for (guint i = 0; i < n_factors(s); i++)
        factor_set(factor_at(s, i), end, sets);
    g_ptr_array_add(sets, NULL);
    return sets;
}

static int read_ranges(struct sensitivity *s)
{
    struct study_command *c = &s->command;

    s->factors = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))factor_free);
    for (char **text = c->varies; *text; text++) {
        g_autofree char *why = NULL;
        struct factor *factor = factor_new(*text, &why);

        if (!factor)
            return study_command_fail(c, EXIT_CODE_WRONG, "--vary: %s", why);
        g_ptr_array_add(s->factors, factor);
        factor_look(factor, c->files[0], (const char *const *)c->sets, s->scenario);
        for (guint i = 0; i + 1 < n_factors(s); i++)
            if (g_str_equal(factor_at(s, i)->path, factor->path))
                return study_command_fail(c, EXIT_CODE_WRONG, "--vary: %s is varied twice", factor->path);
    }
    g_autoptr(GPtrArray) low = sets_at_end(s, 0), high = sets_at_end(s, 1);
    return study_command_check_sets(c, (const char *const *)low->pdata, (const char *const *)high->pdata);
}

static int find_factors(struct sensitivity *s)
{
    struct study_command *c = &s->command;

    if (c->varies)
        return read_ranges(s);
    s->factors = factors_in_use(s->scenario);
    if (!s->factors)
        return study_command_fail(c, EXIT_CODE_FAILED, "chance makes too many packages; make the workloads smaller");
    if (!n_factors(s))
        return study_command_fail(c, EXIT_CODE_WRONG, "no setting does anything here; name some with --vary");
    if (n_factors(s) > MOST_FACTORS) {
        s->n_left_out = n_factors(s) - MOST_FACTORS;
        g_ptr_array_set_size(s->factors, MOST_FACTORS);
    }
    return EXIT_CODE_FINE;
}

/* When content is there, and objectives. */
static void choose_metrics(struct sensitivity *s)
{
    if (s->command.metrics)
        return;
    GPtrArray *metrics = g_ptr_array_new();
    g_ptr_array_add(metrics, g_strdup("delivery_mean"));
    g_ptr_array_add(metrics, g_strdup("last_on_dp"));
    for (guint i = 0; i < s->scenario->objectives->len; i++) {
        const char *name = g_array_index(s->scenario->objectives, struct objective_spec, i).name;

        g_ptr_array_add(metrics, g_strconcat("margin:", name, NULL));
        g_ptr_array_add(metrics, g_strconcat("met:", name, NULL));
    }
    g_ptr_array_add(metrics, NULL);
    s->command.metrics = (char **)g_ptr_array_free(metrics, FALSE);
}

/* ---- points ---- */

static guint n_points(const struct sensitivity *s)
{
    return (guint)s->trajectories * (n_factors(s) + 1);
}

static const double *position(const struct sensitivity *s, guint point)
{
    return s->positions + (gsize)point * n_factors(s);
}

/* Which factor a step changes; NULL: the first point of a trajectory changes none. */
static const struct factor *changed(const struct sensitivity *s, guint point)
{
    guint k = n_factors(s);

    for (guint i = 0; point % (k + 1) && i < k; i++)
        if (position(s, point)[i] != position(s, point - 1)[i])
            return factor_at(s, i);
    return NULL;
}

static char *label_of(const struct sensitivity *s, guint point)
{
    guint k = n_factors(s), trajectory = point / (k + 1), step = point % (k + 1);
    const struct factor *factor = changed(s, point);

    if (!factor)
        return g_strdup_printf("trajectory %u, start", trajectory + 1);
    for (guint i = 0; i < k; i++)
        if (factor_at(s, i) == factor) {
            g_autofree char *value = factor_value(factor, position(s, point)[i]);
            return g_strdup_printf("trajectory %u, step %u: %s=%s", trajectory + 1, step, factor->path, value);
        }
    g_assert_not_reached();
}

/* The luck of a trajectory is its own: the intervals are of other weeks too. Within it all runs have the same. */
static char **sets_of(const struct sensitivity *s, guint point)
{
    GPtrArray *sets = g_ptr_array_new();
    uint32_t seed = s->scenario->seed + point / (n_factors(s) + 1);

    for (char **set = s->command.sets; set && *set; set++)
        g_ptr_array_add(sets, g_strdup(*set));
    for (guint i = 0; i < n_factors(s); i++)
        factor_set(factor_at(s, i), position(s, point)[i], sets);
    if (simulation_has_chance(s->scenario))
        g_ptr_array_add(sets, g_strdup_printf("seed=%u", seed));
    g_ptr_array_add(sets, NULL);
    return (char **)g_ptr_array_free(sets, FALSE);
}

static int add_points(struct sensitivity *s)
{
    guint k = n_factors(s);
    g_autofree char *why = NULL;
    gsl_rng *stream = sim_random_stream(s->scenario->seed, 0, "sensitivity", "trajectories");
    int code = EXIT_CODE_FINE;

    study_command_new_study(&s->command);
    s->positions = g_new(double, (gsize)n_points(s) * k);
    for (guint i = 0; i < (guint)s->trajectories; i++)
        sim_morris_trajectory(stream, k, GRID_LEVELS, s->positions + (gsize)i * (k + 1) * k);
    gsl_rng_free(stream);
    for (guint i = 0; i < n_points(s) && code == EXIT_CODE_FINE; i++) {
        g_auto(GStrv) sets = sets_of(s, i);
        g_autofree char *label = label_of(s, i);

        code = study_command_add_point(&s->command, label, s->command.files[0], (const char *const *)sets);
    }
    if (code == EXIT_CODE_FINE && !study_measure(s->command.study, (const char *const *)s->command.metrics, &why))
        return study_command_fail(&s->command, EXIT_CODE_WRONG, "%s", why);
    return code;
}

/* ---- effects ---- */

/* NaN last; ties in the order of the settings. */
static int stronger_first(const void *a, const void *b)
{
    const struct ranked_effect *p = a, *q = b;
    double x = p->effect.mu_star.estimate, y = q->effect.mu_star.estimate;

    if (isnan(x) != isnan(y))
        return isnan(x) ? 1 : -1;
    return x > y ? -1 : x < y ? 1 : p->factor < q->factor ? -1 : p->factor > q->factor;
}

/* Where the points really are: of whole numbers a step is as near to two thirds of the range as they allow. */
static double *real_positions(const struct sensitivity *s)
{
    guint k = n_factors(s);
    double *real = g_new(double, (gsize)n_points(s) * k);

    for (gsize i = 0; i < (gsize)n_points(s) * k; i++)
        real[i] = factor_position(factor_at(s, (guint)(i % k)), s->positions[i]);
    return real;
}

static void bound(struct sim_interval *interval, double least, double most)
{
    interval->estimate = CLAMP(interval->estimate, least, most);
    interval->low = CLAMP(interval->low, least, most);
    interval->high = CLAMP(interval->high, least, most);
}

static struct ranked_effect *effects_of(const struct sensitivity *s, guint metric)
{
    const struct study *study = s->command.study;
    guint k = n_factors(s), n = (guint)s->trajectories;
    g_autofree double *y = g_new(double, n_points(s)), *x = real_positions(s);
    g_autofree struct sim_morris_effect *effects = g_new(struct sim_morris_effect, k);
    struct ranked_effect *ranked = g_new(struct ranked_effect, k);
    /* Of a share from none to all: no change is larger. Of single steps it is, as they are scaled to all of the range;
     * a share that changes somewhere in it does so in two thirds of them, and their mean is right. */
    double most = study_metric(study, metric)->kind == METRIC_KIND_SHARE ? 1 : INFINITY;

    for (guint i = 0; i < n_points(s); i++) {
        g_autofree double *values = study_values(study, i, metric);
        y[i] = gsl_stats_mean(values, 1, study_point(study, i)->n_wanted);
    }
    sim_morris_effects(x, y, k, n, STUDY_CONFIDENCE, effects);
    for (guint i = 0; i < k; i++) {
        ranked[i] = (struct ranked_effect){i, effects[i]};
        bound(&ranked[i].effect.mu, -most, most);
        bound(&ranked[i].effect.mu_star, 0, most); /* a size */
    }
    qsort(ranked, k, sizeof *ranked, stronger_first);
    return ranked;
}

/* ---- telling ---- */

static char *effect_range_words(const struct metric_type *type, const struct sim_interval *interval)
{
    if (!isfinite(interval->low) || !isfinite(interval->high))
        return g_strdup("-");
    g_autofree char *low = metric_difference_words(type, interval->low);
    g_autofree char *high = metric_difference_words(type, interval->high);
    return g_strdup_printf("%s to %s", low, high);
}

/* "+41 min", or that it is now this, now that. */
static char *direction_words(const struct metric_type *type, const struct sim_morris_effect *effect)
{
    g_autofree char *mu = metric_difference_words(type, effect->mu.estimate);
    enum sensitivity_direction direction = sensitivity_direction(effect);
    bool nothing = effect->mu_star.estimate <= 0;

    if (direction == SENSITIVITY_EITHER)
        return g_strdup("either way");
    return g_strconcat(effect->mu.estimate > 0 ? "+" : "", mu, direction == SENSITIVITY_UNCLEAR && !nothing ? " ?" : "",
                       NULL);
}

enum { N_COLUMNS = 5 };

/* A row of its own, which all below it are about. */
static void add_heading(GPtrArray *cells, const char *metric)
{
    g_ptr_array_add(cells, g_strdup_printf("**%s**", metric));
    for (int i = 1; i < N_COLUMNS; i++)
        g_ptr_array_add(cells, g_strdup(""));
}

static char *short_path(const struct sensitivity *s, guint i)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();

    for (guint k = 0; k < n_factors(s); k++)
        g_ptr_array_add(paths, factor_at(s, k)->path);
    return design_short_path(paths, i);
}

/* Notes which settings it has shown. */
static void add_rows(const struct sensitivity *s, guint metric, GPtrArray *cells, bool *shown)
{
    const struct metric_type *type = study_metric(s->command.study, metric);
    const struct ranked_effect *ranked = s->ranked->pdata[metric];

    for (guint i = 0; i < (is_named(s) ? n_factors(s) : MIN(n_factors(s), MOST_SHOWN)); i++) {
        const struct sim_morris_effect *effect = &ranked[i].effect;

        if (!sensitivity_is_shown(ranked, i, is_named(s)))
            break;
        if (i == 0)
            add_heading(cells, s->command.study->metrics[metric]);
        shown[ranked[i].factor] = true;
        g_ptr_array_add(cells, short_path(s, ranked[i].factor));
        g_ptr_array_add(cells, metric_difference_words(type, effect->mu_star.estimate));
        g_ptr_array_add(cells, effect_range_words(type, &effect->mu_star));
        g_ptr_array_add(cells, direction_words(type, effect));
        g_ptr_array_add(cells, metric_difference_words(type, effect->sigma));
    }
}

static bool moves(const struct sensitivity *s, guint metric)
{
    const struct ranked_effect *ranked = s->ranked->pdata[metric];

    return ranked[0].effect.mu_star.estimate > 0;
}

/* The settings that the table names in short. */
static char *ranges(const struct sensitivity *s, const bool *shown)
{
    static const char *const heads[] = {"setting", "range", "is"};
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < G_N_ELEMENTS(heads); i++)
        g_ptr_array_add(cells, g_strdup(heads[i]));
    for (guint i = 0; i < n_factors(s); i++)
        if (shown[i]) {
            const struct factor *factor = factor_at(s, i);

            g_ptr_array_add(cells, g_strdup(factor->path));
            g_ptr_array_add(cells, g_strdup(factor->range));
            g_ptr_array_add(cells, g_strdup(factor->is ? factor->is : ""));
        }
    return cells->len > G_N_ELEMENTS(heads) ? study_markdown(cells, G_N_ELEMENTS(heads)) : g_strdup("");
}

/* The effects, and below them the ranges. Notes which settings it has shown. */
static char *table(const struct sensitivity *s, bool *shown)
{
    static const char *const heads[N_COLUMNS] = {"setting", "changes it by (mu*)", "95 % interval", "low to high (mu)",
                                                 "sigma"};
    g_autoptr(GPtrArray) cells = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < N_COLUMNS; i++)
        g_ptr_array_add(cells, g_strdup(heads[i]));
    for (guint m = 0; m < s->command.study->n_metrics; m++)
        add_rows(s, m, cells, shown);
    g_autofree char *effects = study_markdown(cells, N_COLUMNS), *below = ranges(s, shown);
    return *below ? g_strconcat(effects, "\n", below, NULL) : g_steal_pointer(&effects);
}

/* A line, unless there are none. */
static void add_settings(GString *text, const char *what, GPtrArray *paths)
{
    if (!paths->len)
        return;
    g_ptr_array_add(paths, NULL);
    g_autofree char *all = g_strjoinv(", ", (char **)paths->pdata), *line = g_strdup_printf("%s: %s.", what, all);
    words_wrap(text, 0, 0, line);
}

/* What stands in no table does nothing at all, or little, or others do more. */
static void name_the_others(const struct sensitivity *s, const bool *shown, GString *text)
{
    g_autofree bool *works = g_new0(bool, n_factors(s)), *little = g_new(bool, n_factors(s));
    g_autoptr(GPtrArray) idle = g_ptr_array_new(), little_ones = g_ptr_array_new(), weaker = g_ptr_array_new();

    for (guint i = 0; i < n_factors(s); i++)
        little[i] = true;
    for (guint m = 0; m < s->command.study->n_metrics; m++) {
        const struct ranked_effect *ranked = s->ranked->pdata[m];

        for (guint i = 0; i < n_factors(s); i++) {
            works[ranked[i].factor] |= !(ranked[i].effect.mu_star.estimate <= 0);
            little[ranked[i].factor] &= ranked[i].effect.mu_star.estimate <= 0 || sensitivity_is_little(ranked, i);
        }
    }
    for (guint i = 0; i < n_factors(s); i++)
        if (!works[i] || !shown[i])
            g_ptr_array_add(!works[i] ? idle : little[i] ? little_ones : weaker, factor_at(s, i)->path);
    add_settings(text, "Not among the first of anything", weaker);
    add_settings(text, "Less than a hundredth of the first", little_ones);
    add_settings(text, "No difference to any of them", idle);
}

static bool has_unclear(const struct sensitivity *s)
{
    for (guint m = 0; m < s->command.study->n_metrics; m++) {
        const struct ranked_effect *ranked = s->ranked->pdata[m];

        for (guint i = 0; i < n_factors(s); i++)
            if (sensitivity_is_shown(ranked, i, is_named(s)) && ranked[i].effect.mu_star.estimate > 0 &&
                sensitivity_direction(&ranked[i].effect) == SENSITIVITY_UNCLEAR)
                return true;
    }
    return false;
}

/* What does little or nothing, and what cannot be moved. */
static char *remarks(const struct sensitivity *s, const bool *shown)
{
    const struct study *study = s->command.study;
    g_autoptr(GString) text = g_string_new(NULL);

    if (has_unclear(s))
        g_string_append(text, "?: not clear, the 95 % interval of mu has both signs; more --trajectories may tell.\n");

    for (guint m = 0; m < study->n_metrics; m++) {
        const struct ranked_effect *ranked = s->ranked->pdata[m];

        if (isnan(ranked[0].effect.mu_star.estimate))
            g_string_append_printf(text, "%s could not be measured in every run.\n", study->metrics[m]);
        else if (!moves(s, m))
            g_string_append_printf(text, "Nothing of this changes %s.\n", study->metrics[m]);
    }
    name_the_others(s, shown, text);
    if (s->n_left_out)
        g_string_append_printf(text, "%u more settings are in use; name with --vary what is to be looked at.\n",
                               s->n_left_out);
    return g_strdup(text->str);
}

static void put_number(struct output *to, double number)
{
    output_char(to, ',');
    if (isfinite(number))
        output_number(to, number);
}

static void put_interval(struct output *to, const struct sim_interval *interval)
{
    put_number(to, interval->estimate);
    put_number(to, interval->low);
    put_number(to, interval->high);
}

static gboolean write_effects(const struct sensitivity *s, GError **error)
{
    const struct study *study = s->command.study;
    g_autofree char *path = g_build_filename(s->command.results->partial, "sensitivity.csv", NULL);
    struct output *to = output_open(path, error);

    if (!to)
        return FALSE;
    output_text(to, "metric,unit,rank,setting,is,range,mu_star,mu_star_low,mu_star_high,mu,mu_low,mu_high,sigma\n");
    for (guint m = 0; m < study->n_metrics; m++)
        for (guint i = 0; i < n_factors(s); i++) {
            const struct ranked_effect *ranked = (const struct ranked_effect *)s->ranked->pdata[m] + i;
            const struct factor *factor = factor_at(s, ranked->factor);

            output_csv_text(to, study->metrics[m]);
            output_printf(to, ",%s,%u,", metric_unit(study_metric(study, m)), i + 1);
            output_csv_text(to, factor->path);
            output_char(to, ',');
            output_csv_text(to, factor->is ? factor->is : "");
            output_char(to, ',');
            output_csv_text(to, factor->range);
            put_interval(to, &ranked->effect.mu_star);
            put_interval(to, &ranked->effect.mu);
            put_number(to, ranked->effect.sigma);
            output_char(to, '\n');
        }
    return output_close(to, error);
}

/* A row per point, a column per setting: its value there. */
static gboolean write_design(const struct sensitivity *s, GError **error)
{
    g_autofree char *path = g_build_filename(s->command.results->partial, "design.csv", NULL);
    struct output *to = output_open(path, error);
    guint k = n_factors(s);

    if (!to)
        return FALSE;
    output_text(to, "point,trajectory,step,changed");
    for (guint i = 0; i < k; i++) {
        output_char(to, ',');
        output_csv_text(to, factor_at(s, i)->path);
    }
    output_char(to, '\n');
    for (guint point = 0; point < n_points(s); point++) {
        const struct factor *factor = changed(s, point);

        output_printf(to, "%u,%u,%u,", point, point / (k + 1) + 1, point % (k + 1));
        output_csv_text(to, factor ? factor->path : "");
        for (guint i = 0; i < k; i++) {
            g_autofree char *value = factor_value(factor_at(s, i), position(s, point)[i]);
            output_char(to, ',');
            output_csv_text(to, value);
        }
        output_char(to, '\n');
    }
    return output_close(to, error);
}

static void draw(const struct sensitivity *s, GPtrArray *warnings, GError **error)
{
    struct sensitivity_picture picture = {
        .directory = s->command.results->partial,
        .stop = s->command.study->stop,
        .study = s->command.study,
        .factors = s->factors,
        .ranked = s->ranked,
        .trajectories = (guint)s->trajectories,
        .named = is_named(s),
    };

    plot_sensitivity(&picture, warnings, error);
}

static int tell(struct sensitivity *s)
{
    struct study_command *c = &s->command;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) warnings = g_ptr_array_new_with_free_func(g_free);

    s->ranked = g_ptr_array_new_with_free_func(g_free);
    for (guint m = 0; m < c->study->n_metrics; m++)
        g_ptr_array_add(s->ranked, effects_of(s, m));
    g_autofree bool *shown = g_new0(bool, n_factors(s));
    g_autofree char *rows = table(s, shown), *more = remarks(s, shown);
    g_autofree char *text = g_strconcat(rows, *more ? "\n" : "", more, NULL);
    if (!write_effects(s, &error) || !write_design(s, &error) ||
        !results_write(c->results, "sensitivity.md", text, &error))
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    if (!c->no_plots)
        draw(s, warnings, &error);
    if (error)
        return study_command_fail(c, EXIT_CODE_FAILED, "%s", error->message);
    int code = study_command_finish(c, study_command_summary(c));
    if (code != EXIT_CODE_FINE)
        return code;
    for (guint i = 0; i < warnings->len; i++)
        fprintf(stderr, "distsim sensitivity: %s\n", (const char *)warnings->pdata[i]);
    if (!c->quiet)
        printf("%s: what to change first, of %u settings, by %d trajectories with %u runs (Morris screening)\n\n%s\n"
               "Results: %s\n",
               s->scenario->name, n_factors(s), s->trajectories, n_points(s) * study_point(c->study, 0)->n_wanted, text,
               c->out);
    return EXIT_CODE_FINE;
}

static int check(const struct sensitivity *s)
{
    const struct study_command *c = &s->command;

    if (c->files[1])
        return study_command_fail(c, EXIT_CODE_WRONG, "give one scenario");
    if (g_str_equal(c->files[0], "-"))
        return study_command_fail(c, EXIT_CODE_WRONG, "give a file: standard input can only be read once");
    if (s->trajectories < 2 || s->trajectories > MOST_TRAJECTORIES)
        return study_command_fail(c, EXIT_CODE_WRONG, "--trajectories: write a whole number from 2 to %d",
                                  MOST_TRAJECTORIES);
    return EXIT_CODE_FINE;
}

static int go(struct sensitivity *s)
{
    int (*const steps[])(struct sensitivity *) = {read_scenario, find_factors};
    int code = check(s);

    for (size_t i = 0; i < G_N_ELEMENTS(steps) && code == EXIT_CODE_FINE; i++)
        code = steps[i](s);
    if (code != EXIT_CODE_FINE)
        return code;
    choose_metrics(s);
    code = add_points(s);
    if (code == EXIT_CODE_FINE)
        code = study_command_begin(&s->command);
    if (code == EXIT_CODE_FINE)
        code = study_command_go(&s->command);
    return code == EXIT_CODE_FINE && !study_command_is_part(&s->command) ? tell(s) : code;
}

int command_sensitivity(int argc, char **argv)
{
    struct sensitivity s = {.trajectories = 10};
    const GOptionEntry own[] = {
        {"trajectories", 't', 0, G_OPTION_ARG_INT, &s.trajectories,
         "ways through the ranges; each has a run more than settings (10)", "N"},
        G_OPTION_ENTRY_NULL,
    };

    s.command = (struct study_command){
        .name = "sensitivity",
        .usage = "FILE [--vary PATH=LOW..HIGH...] - which settings matter most",
        .description =
            "example: distsim sensitivity scenarios/emea.json\n"
            "         distsim sensitivity scenarios/emea.json \\\n"
            "             --vary 'sites.*.sender.max_concurrent_per_site=1..10' \\\n"
            "             --vary 'locations.johannesburg.down=10 Mbit/s..100 Mbit/s'\n\n"
            "Without --vary: all numeric settings that do something in the scenario, each for all sites,\n"
            "locations or distribution points together, from half to double of what it is. mu* is by how much\n"
            "going from one end of a setting's range to the other changes a metric, in the mean over the others'\n"
            "ranges; sigma is large where that depends on the others. More --trajectories later keep the runs of\n"
            "the first.\n\n"
            "Exit codes: 0 fine, 1 something failed, 2 wrong usage or scenario, 130 interrupted: the same\n"
            "command goes on.\n",
        .own_options = own,
        .takes = STUDY_VARY | STUDY_PARTS | STUDY_DRAWS,
        .argc = argc,
        .argv = argv,
        .default_replications = 1,
    };
    int code = study_command_read(&s.command);

    if (code == EXIT_CODE_FINE)
        code = go(&s);
    study_command_end(&s.command);
    if (s.factors)
        g_ptr_array_unref(s.factors);
    if (s.ranked)
        g_ptr_array_unref(s.ranked);
    scenario_free(s.scenario);
    g_free(s.positions);
    return code;
}
