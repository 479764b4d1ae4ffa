/* One run of gnuplot, watched: it may be missing, crash, hang, or have to stop because somebody wants the program to.
 * Its picture comes through a pipe, so that this program writes the file and knows whether the disk had room. */
#ifndef APP_GNUPLOT_H
#define APP_GNUPLOT_H

#include <glib.h>
#include <signal.h>

enum gnuplot_end {
    GNUPLOT_DRAWN,
    GNUPLOT_FAILED,      /* it said why, or drew half a picture */
    GNUPLOT_MISSING,     /* there is none, or none that may be run */
    GNUPLOT_TOO_SLOW,    /* killed after limit_s */
    GNUPLOT_INTERRUPTED, /* killed because of *stop */
};

struct gnuplot_run {
    const char *directory;             /* where it runs */
    const char *const *files;          /* that it runs, one after the other; ends with NULL */
    double limit_s;                    /* on the clock of the wall */
    const volatile sig_atomic_t *stop; /* not 0: it is not wanted any more; may be NULL */
    GString *picture;                  /* GNUPLOT_DRAWN: a whole SVG */
    char *complaint;                   /* GNUPLOT_FAILED, _MISSING, _TOO_SLOW: why, in words */
};

/* Fills in the picture or the complaint. Nothing that was started still runs when this returns. */
enum gnuplot_end gnuplot_run(struct gnuplot_run *run);
/* Frees the picture and the complaint. */
void gnuplot_run_clear(struct gnuplot_run *run);

#endif
