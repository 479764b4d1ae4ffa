#include "sim/app/plot/plot.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "sim/app/plot/gnuplot.h"
#include "sim/app/plot/plot_steps.h"

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

static char *part_path(const struct plot *plot, const char *suffix)
{
    return g_strdup_printf("%s/%s%s", plot->drawing->directory, plot->name, suffix);
}

static struct output *open_part(struct plot *plot, const char *suffix)
{
    g_autofree char *path = part_path(plot, suffix);

    return plot->drawing->error ? NULL : output_open(path, &plot->drawing->error);
}

static void close_part(struct plot *plot, struct output *part)
{
    GError **error = &plot->drawing->error;

    if (part)
        output_close(part, *error ? NULL : error);
}

/* Closes and removes what was the picture's own. */
static void end(struct plot *plot)
{
    static const char *const parts[] = {".dat", ".set"};

    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autofree char *path = part_path(plot, parts[i]);
        unlink(path);
    }
    g_free(plot->name);
    plot->drawing->over |= plot->drawing->error != NULL;
}

bool plot_begin(struct plot *plot, struct drawing *drawing, const char *name)
{
    if (drawing->over)
        return false;
    *plot = (struct plot){.drawing = drawing, .name = g_strdup(name)};
    if (g_mkdir_with_parents(drawing->directory, 0777) < 0)
        g_set_error(&drawing->error, G_FILE_ERROR, (int)g_file_error_from_errno(errno), "%s: cannot be made: %s",
                    drawing->directory, g_strerror(errno));
    plot->data = open_part(plot, ".dat");
    plot->settings = open_part(plot, ".set");
    if (drawing->error) {
        close_part(plot, plot->data);
        close_part(plot, plot->settings);
        end(plot);
        return false;
    }
    output_printf(plot->settings, "data = '%s.dat'\n", name);
    return true;
}

void plot_block(struct plot *plot, const char *name, unsigned columns)
{
    output_printf(plot->data, "\n\n# %s\n", name);
    for (unsigned i = 0; i < columns; i++)
        output_text(plot->data, "NaN ");
    output_char(plot->data, '\n');
}

char *plot_quoted(const char *text)
{
    g_autofree char *plain = g_strdup(text);

    g_strdelimit(plain, "\"", '\'');
    g_strdelimit(plain, "\\", '/');
    g_strdelimit(plain, "\n", ' ');
    return g_strconcat("\"", plain, "\"", NULL);
}

void plot_data_text(struct plot *plot, const char *text)
{
    g_autofree char *quoted = plot_quoted(text);

    output_text(plot->data, quoted);
}

void plot_number(struct plot *plot, const char *variable, double number)
{
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
    output_printf(plot->settings, "%s = %d\n", variable, count);
}

void plot_text(struct plot *plot, const char *variable, const char *text)
{
    /* In single quotes gnuplot runs nothing and replaces nothing. */
    output_printf(plot->settings, "%s = '", variable);
    for (; *text; text++) {
        if (*text == '\'')
            output_char(plot->settings, '\'');
        output_char(plot->settings, *text == '\n' ? ' ' : *text);
    }
    output_text(plot->settings, "'\n");
}

static void write_picture(struct plot *plot, const GString *picture)
{
    struct output *out = open_part(plot, ".svg");

    if (!out)
        return;
    output_bytes(out, picture->str, picture->len);
    close_part(plot, out);
}

void plot_draw(struct plot *plot, const char *script)
{
    struct drawing *d = plot->drawing;
    g_autofree char *path = find_script(script), *settings = g_strconcat(plot->name, ".set", NULL);

    close_part(plot, plot->data);
    close_part(plot, plot->settings);
    if (!d->error && !path) {
        g_ptr_array_add(d->warnings, g_strdup_printf("%s.svg was not drawn: scripts/%s.gp was not found (set "
                                                     "DISTSIM_DATADIR)",
                                                     plot->name, script));
    } else if (!d->error) {
        const char *files[] = {settings, path, NULL};
        struct gnuplot_run run = {
            .directory = d->directory, .files = files, .limit_s = d->options->limit_s, .stop = d->options->stop};

        switch (gnuplot_run(&run)) {
        case GNUPLOT_DRAWN:
            write_picture(plot, run.picture);
            break;
        case GNUPLOT_FAILED:
            g_ptr_array_add(d->warnings, g_strdup_printf("%s.svg was not drawn: %s", plot->name, run.complaint));
            break;
        case GNUPLOT_MISSING:
            g_ptr_array_add(d->warnings, g_strdup_printf("no pictures: %s", run.complaint));
            d->over = true;
            break;
        /* What hangs once does so every time: the next pictures are not waited for. */
        case GNUPLOT_TOO_SLOW:
            g_ptr_array_add(d->warnings, g_strdup_printf("%s.svg and what comes after it were not drawn: %s",
                                                         plot->name, run.complaint));
            d->over = true;
            break;
        case GNUPLOT_INTERRUPTED:
            g_ptr_array_add(d->warnings,
                            g_strdup_printf("interrupted: %s.svg and what comes after it were not drawn", plot->name));
            d->over = true;
            break;
        }
        gnuplot_run_clear(&run);
    }
    end(plot);
}

void plot_nothing(struct drawing *drawing, const char *name, const char *why)
{
    if (drawing->empty)
        g_string_append_printf(drawing->empty, "%s%s.svg (%s)", drawing->empty->len ? ", " : "", name, why);
}

bool drawing_begin(struct drawing *drawing, const char *directory, const struct plots_options *options,
                   GPtrArray *warnings)
{
    g_autofree char *gnuplot = g_find_program_in_path("gnuplot");

    *drawing = (struct drawing){.directory = directory, .options = options, .warnings = warnings};
    if (!gnuplot) {
        g_ptr_array_add(warnings, g_strdup("no pictures: gnuplot was not found in PATH (to install it: apt-get "
                                           "install gnuplot-nox; --no-plots does without)"));
        return false;
    }
    drawing->steps = g_ptr_array_new_with_free_func((GDestroyNotify)plot_steps_free);
    if (options->explains)
        drawing->empty = g_string_new(NULL);
    return true;
}

gboolean drawing_end(struct drawing *drawing, GError **error)
{
    g_ptr_array_unref(drawing->steps);
    if (drawing->empty) {
        if (drawing->empty->len && !drawing->over)
            g_ptr_array_add(drawing->warnings, g_strdup_printf("there is nothing to draw for %s", drawing->empty->str));
        g_string_free(drawing->empty, TRUE);
    }
    rmdir(drawing->directory); /* stays when a picture is in it */
    if (!drawing->error)
        return TRUE;
    g_propagate_error(error, drawing->error);
    return FALSE;
}
