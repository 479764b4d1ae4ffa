/* One picture: the data and the settings that its gnuplot script reads. A picture NAME is made of NAME.dat, with blocks
 * of rows that the script calls by name, and NAME.set, which sets variables and runs before the script; both are
 * removed when it is drawn, and NAME.svg is written. */
#ifndef APP_PLOT_H
#define APP_PLOT_H

#include "sim/app/output.h"
#include "sim/app/plot/plots.h"
#include "sim/app/report/summary.h"

/* Several pictures, in one directory. */
struct drawing {
    const char *directory;
    const struct plots_options *options;
    GPtrArray *warnings; /* char *, to be freed */
    GError *error;       /* of the disk: the first one */
    bool over;           /* nothing more can or shall be drawn */
    GPtrArray *steps;    /* struct plot_steps *: plot_steps_of() */
    GString *empty;      /* "jobs.svg (nothing was copied)", ...: what would show nothing; NULL: nobody asks */
};

struct plot {
    struct drawing *drawing;
    char *name;
    struct output *data, *settings;
};

/* Colours that can be told apart by everybody (Okabe and Ito), as gnuplot has them in data: 0xRRGGBB. */
enum plot_colour {
    PLOT_ORANGE = 0xE69F00,
    PLOT_SKY_BLUE = 0x56B4E9,
    PLOT_GREEN = 0x009E73,
    PLOT_BLUE = 0x0072B2,
    PLOT_VERMILLION = 0xD55E00,
    PLOT_PURPLE = 0xCC79A7,
    PLOT_YELLOW = 0xF0E442,
    PLOT_BLACK = 0x000000,
};

/* Begins drawing into the directory, which is made when there is a picture. false: there is no gnuplot, as a warning
 * says; drawing_end() need not be called. */
bool drawing_begin(struct drawing *drawing, const char *directory, const struct plots_options *options,
                   GPtrArray *warnings);
/* FALSE and an error: the disk did not take the pictures. */
gboolean drawing_end(struct drawing *drawing, GError **error);

/* false: nothing is to be drawn any more. */
bool plot_begin(struct plot *plot, struct drawing *drawing, const char *name);
/* Runs gnuplot with scripts/SCRIPT.gp; what it complains about becomes a warning. */
void plot_draw(struct plot *plot, const char *script);

/* Starts the next block of data; every block needs at least one row, so one that draws nothing is written first. */
void plot_block(struct plot *plot, const char *name, unsigned columns);
/* A text for a column of the data, in quotes. */
char *plot_quoted(const char *text);
void plot_data_text(struct plot *plot, const char *text);
/* variable = number, for lengths, which gnuplot divides; = count, which it counts with; = text */
void plot_number(struct plot *plot, const char *variable, double number);
void plot_count(struct plot *plot, const char *variable, int count);
void plot_text(struct plot *plot, const char *variable, const char *text);
/* There is no such picture, because of this. */
void plot_nothing(struct drawing *drawing, const char *name, const char *why);

/* A variant of a scenario. */
struct plot_variant {
    const char *label;
    const struct collector *collector;
};
/* What the same senders did in each, above one another: those that waited longest in the first. by_clock: they start at
 * the same moment; else the axis is the time since each one's start. note: for the line below the title. */
void plot_timelines(struct drawing *drawing, const struct plot_variant *variants, guint n, bool by_clock,
                    const char *note);
void plot_timeline(struct drawing *drawing, const struct summary *summary);
void plot_jobs(struct drawing *drawing, const struct summary *summary);
void plot_throughput(struct drawing *drawing, const struct summary *summary);
void plot_deliveries(struct drawing *drawing, const struct summary *summary);

#endif
