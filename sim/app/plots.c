#include "sim/app/plots.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sim/app/plot.h"
#include "sim/app/wall_clock.h"

#ifndef DISTSIM_DATADIR
#define DISTSIM_DATADIR "/usr/local/share/distsim"
#endif

static char *in_scripts(const char *data_directory, const char *name)
{
    g_autofree char *path = g_build_filename(data_directory, "scripts", name, NULL);

    return g_file_test(path, G_FILE_TEST_IS_REGULAR) ? g_steal_pointer(&path) : NULL;
}

/* The script of the checkout or installation that the program is of. */
static char *find_script(const char *script)
{
    g_autofree char *name = g_strconcat(script, ".gp", NULL);
    g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
    const char *told = g_getenv("DISTSIM_DATADIR");
    char *path = NULL;

    if (told && *told)
        path = in_scripts(told, name);
    /* build/distsim, and build/san/distsim */
    for (int up = 0; program && !path && up < 3; up++) {
        g_autofree char *directory = g_path_get_dirname(program);

        g_free(program);
        program = g_strdup(directory);
        path = in_scripts(directory, name);
    }
    return path ? path : in_scripts(DISTSIM_DATADIR, name);
}

bool plots_possible(void)
{
    g_autofree char *path = g_find_program_in_path("gnuplot");

    return path != NULL;
}

static struct output *open_part(struct plot *plot, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/%s%s", plot->directory, plot->name, suffix);

    return output_open(path, plot->error ? NULL : &plot->error);
}

void plot_begin(struct plot *plot, const struct summary *summary, const char *directory, const char *name)
{
    *plot = (struct plot){.summary = summary, .directory = directory, .name = g_strdup(name)};
    plot->data = open_part(plot, ".dat");
    plot->settings = open_part(plot, ".set");
    if (plot->settings) {
        output_printf(plot->settings, "data = '%s.dat'\n", name);
        output_printf(plot->settings, "set output '%s.svg'\n", name);
    }
}

void plot_block(struct plot *plot, const char *name, unsigned columns)
{
    if (!plot->data)
        return;
    output_printf(plot->data, "\n\n# %s\n", name);
    for (unsigned i = 0; i < columns; i++)
        output_text(plot->data, "NaN ");
    output_char(plot->data, '\n');
}

void plot_data_text(struct plot *plot, const char *text)
{
    output_char(plot->data, '"');
    for (; *text; text++)
        output_char(plot->data, *text == '"' ? '\'' : *text == '\\' ? '/' : *text == '\n' ? ' ' : *text);
    output_char(plot->data, '"');
}

void plot_number(struct plot *plot, const char *variable, double number)
{
    if (!plot->settings)
        return;
    output_printf(plot->settings, "%s = ", variable);
    if (isnan(number))
        output_text(plot->settings, "NaN");
    else
        output_number(plot->settings, number);
    /* Without a point gnuplot would divide as whole numbers. */
    output_text(plot->settings, number == floor(number) && fabs(number) < 1e15 ? ".0\n" : "\n");
}

void plot_count(struct plot *plot, const char *variable, int count)
{
    if (plot->settings)
        output_printf(plot->settings, "%s = %d\n", variable, count);
}

void plot_text(struct plot *plot, const char *variable, const char *text)
{
    if (!plot->settings)
        return;
    /* In single quotes gnuplot runs nothing and replaces nothing. */
    output_printf(plot->settings, "%s = '", variable);
    for (; *text; text++) {
        if (*text == '\'')
            output_char(plot->settings, '\'');
        output_char(plot->settings, *text == '\n' ? ' ' : *text);
    }
    output_text(plot->settings, "'\n");
}

struct time_range plot_widened(struct time_range range, double share)
{
    double by_s = share * (range.to_s - range.from_s);

    if (!(by_s > 0))
        by_s = 1;
    return (struct time_range){range.from_s - by_s, range.to_s + by_s};
}

void plot_time_axis(struct plot *plot, struct time_range range, unsigned max_ticks)
{
    static const double steps_s[] = {1,      2,      5,       10,      15,      30,       60,      120,   300,
                                     600,    900,    1800,    3600,    7200,    10800,    21600,   43200, 86400,
                                     172800, 604800, 1209600, 2419200, 4838400, 14515200, 31449600};
    double start_s = plot->summary->scenario->start_s, step_s = steps_s[0];
    char day_before[WALL_CLOCK_SIZE] = "";

    if (!plot->settings)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(steps_s) && (range.to_s - range.from_s) / step_s > max_ticks; i++)
        step_s = steps_s[i];
    plot_number(plot, "xmin", range.from_s);
    plot_number(plot, "xmax", range.to_s);
    output_text(plot->settings, "set xtics (");
    /* 1970-01-01 was a Thursday: steps of weeks begin on Mondays. */
    double monday_s = 4 * 86400;
    double at_s = ceil((start_s + range.from_s - monday_s) / step_s) * step_s + monday_s - start_s;
    for (bool first = true; at_s <= range.to_s; at_s += step_s, first = false) {
        char day[WALL_CLOCK_SIZE], time[WALL_CLOCK_SIZE];

        wall_clock_day(day, start_s, at_s);
        if (step_s >= 86400)
            g_strlcpy(time, day, sizeof time);
        else if (step_s < 60)
            wall_clock_second(time, start_s, at_s);
        else
            wall_clock_minute(time, start_s, at_s);
        output_printf(plot->settings, first ? "\"%s" : ", \"%s", time);
        if (step_s < 86400 && strcmp(day, day_before))
            output_printf(plot->settings, "\\n%s", day);
        output_text(plot->settings, "\" ");
        output_number(plot->settings, at_s);
        g_strlcpy(day_before, day, sizeof day_before);
    }
    output_text(plot->settings, ")\n");
}

static void remove_part(const struct plot *plot, const char *suffix)
{
    g_autofree char *path = g_strdup_printf("%s/%s%s", plot->directory, plot->name, suffix);

    unlink(path);
}

static void warn(GPtrArray *warnings, const struct plot *plot, const char *what)
{
    g_ptr_array_add(warnings, g_strdup_printf("%s.svg was not drawn: %s", plot->name, what));
}

/* Without the lines of spaces and a caret that point at the place, and without mere warnings. */
static char *first_words(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text ? text : "", "\n", -1);
    g_autoptr(GString) words = g_string_new(NULL);

    for (char **line = lines; *line; line++) {
        g_strstrip(*line);
        if (!**line || !strcmp(*line, "^") || strstr(*line, "warning: "))
            continue;
        if (words->len)
            g_string_append(words, "; ");
        g_string_append(words, *line);
        if (words->len > 200)
            break;
    }
    return g_strdup(words->len ? words->str : "gnuplot said nothing");
}

gboolean plot_draw(struct plot *plot, const char *script, GPtrArray *warnings)
{
    g_autofree char *path = find_script(script), *settings = g_strconcat(plot->name, ".set", NULL);
    g_autofree char *picture = g_strdup_printf("%s/%s.svg", plot->directory, plot->name);
    g_autofree char *complaint = NULL, *words = NULL;
    g_auto(GStrv) environment = g_environ_setenv(g_get_environ(), "LC_ALL", "C.UTF-8", TRUE);
    g_autoptr(GError) error = NULL;
    gboolean possible = TRUE, drawn = FALSE;
    int status = 0;

    if (plot->data && !output_close(plot->data, plot->error ? NULL : &plot->error) && !plot->error)
        g_set_error(&plot->error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "not written");
    if (plot->settings && !output_close(plot->settings, plot->error ? NULL : &plot->error) && !plot->error)
        g_set_error(&plot->error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "not written");

    if (plot->error) {
        warn(warnings, plot, plot->error->message);
    } else if (!path) {
        g_autofree char *what = g_strdup_printf("scripts/%s.gp was not found (set DISTSIM_DATADIR)", script);
        warn(warnings, plot, what);
    } else {
        char *argv[] = {(char[]){"gnuplot"}, (char[]){"--default-settings"}, settings, path, NULL};

        if (!g_spawn_sync(plot->directory, argv, environment, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL, NULL,
                          NULL, NULL, &complaint, &status, &error)) {
            possible = !g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_NOENT);
            warn(warnings, plot, error->message);
        } else if (!g_spawn_check_wait_status(status, &error)) {
            words = first_words(complaint);
            warn(warnings, plot, words);
        } else {
            drawn = TRUE;
        }
    }
    if (!drawn)
        unlink(picture);
    remove_part(plot, ".dat");
    remove_part(plot, ".set");
    g_clear_error(&plot->error);
    g_free(plot->name);
    return possible;
}

void plots_draw(const struct summary *summary, const char *directory, GPtrArray *warnings)
{
    if (g_mkdir_with_parents(directory, 0777) < 0) {
        g_ptr_array_add(warnings, g_strdup_printf("%s: no pictures: %s", directory, g_strerror(errno)));
        return;
    }
    plot_timeline(summary, directory, TRANSFER_SEND_REQUEST, warnings);
    plot_timeline(summary, directory, TRANSFER_DP_JOB, warnings);
    plot_throughput(summary, directory, warnings);
    plot_deliveries(summary, directory, warnings);
}
