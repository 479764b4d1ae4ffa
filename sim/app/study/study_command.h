/* What the commands that make studies share: their options, the store, and the way results are written. */
#ifndef APP_STUDY_STUDY_COMMAND_H
#define APP_STUDY_STUDY_COMMAND_H

#include <cjson/cJSON.h>

#include "sim/app/commands.h"
#include "sim/app/plot/plots.h"
#include "sim/app/results.h"
#include "sim/app/study/design.h"
#include "sim/app/study/study.h"

/* Options that not all commands take; the others neither show nor accept them. */
enum study_option {
    STUDY_VARY = 1,     /* --vary */
    STUDY_TOGETHER = 2, /* --together */
    STUDY_PARTS = 4,    /* --shard and --runs: its runs are known beforehand */
    STUDY_DRAWS = 8,    /* --no-plots; the others draw nothing, and take it as well */
};

/* What a number is that nobody has given. */
#define STUDY_UNSAID G_MININT

struct study_command {
    const char *name; /* "compare" */
    const char *usage, *description;
    const GOptionEntry *own_options; /* besides the common ones; NULL: none */
    unsigned takes;                  /* of enum study_option */
    gint default_replications;       /* 0: as many as it takes */
    bool replications_may_come;      /* they may be said elsewhere: until then 0 */
    int argc;
    char **argv;

    /* Options. */
    char **files, **sets, **varies, **metrics;
    char *out, *store_path, *progress, *shard, *runs;
    gint replications, workers, samples; /* samples 0: every combination; STUDY_UNSAID before it is read */
    struct slice slice;                  /* of the study's runs */
    gboolean together, quiet, no_plots;

    bool has_read_stdin, has_noted; /* has_noted: the store knows this command */
    struct study *study;
    struct design *design; /* of --vary, whose points are the study's */
    struct results *results;
    GPtrArray *warnings; /* char *: what went wrong with pictures */
    gint64 began_us;
};

/* Each returns an exit code; only after EXIT_CODE_FINE may the next be called, and study_command_end() always. */
int study_command_read(struct study_command *command);
/* Adds a point for each file, or for each combination of what is varied of the one file, and says what is measured. */
int study_command_add_points(struct study_command *command);
/* What that is made of: an empty study, and a point of it, also when it has begun already. */
void study_command_new_study(struct study_command *command);
/* Refuses what would contradict itself: a setting that two of --vary give, a --set of which --vary leaves nothing, and
 * a default that counts nowhere ("defaults.site..." where every site has a value of its own, by the scenario, --set or
 * another --vary). sets: those of --set, and behind them one for each of --vary, with one of its values; others: the
 * same with other values, where there are any. */
int study_command_check_sets(const struct study_command *command, const char *const *sets, const char *const *others);
int study_command_add_point(struct study_command *command, const char *label, const char *file,
                            const char *const *sets);
/* How often each point is run: without chance in any of them once, whatever was asked for, which this says. */
void study_command_settle_replications(struct study_command *command);
/* Refuses --runs that the study does not have. A shard may well be empty. */
int study_command_check_runs(const struct study_command *command);
/* Settles both, and opens the store and the place for the results. */
int study_command_begin(struct study_command *command);
/* Makes the runs that are missing. */
int study_command_go(struct study_command *command);
/* This process makes a part of the study only (--shard, --runs): there are no results, and no place for them; what was
 * made is in the store, and study_command_go() has said so. */
bool study_command_is_part(const struct study_command *command);
/* Draws pictures into the results; what gnuplot does not draw is a warning. draw: as plots_draw(). */
int study_command_draw(struct study_command *command,
                       gboolean (*draw)(const void *what, const char *directory, const struct plots_options *options,
                                        GPtrArray *warnings, GError **error),
                       const void *what);
/* Writes the tables that all studies have, and puts the results in their place. summary: the object of summary.json,
 * which is taken over; it may have been given members. */
int study_command_finish(struct study_command *command, cJSON *summary);
void study_command_end(struct study_command *command);

/* A new summary.json: program, scenarios with their hashes, what was measured. */
cJSON *study_command_summary(const struct study_command *command);
/* Prints "distsim NAME: ..." to stderr; returns the code. */
int study_command_fail(const struct study_command *command, int code, const char *format, ...) G_GNUC_PRINTF(3, 4);

#endif
