/* A directory of results: written whole or not at all.
 *
 * Everything goes into a hidden directory beside the place where it will be (.NAME.partial-XXXXXX), which takes that
 * place when it is complete; a result that was there is replaced in the same instant. What a killed run left behind is
 * removed by the next run with the same name. */
#ifndef APP_RESULTS_H
#define APP_RESULTS_H

#include <gio/gio.h>

#define RESULTS_ERROR results_error_quark()
GQuark results_error_quark(void);
enum results_error {
    RESULTS_ERROR_NOT_OURS, /* the place holds something that is not a result: nothing was touched */
};

#define RESULTS_PROGRAM "distsim"
#define RESULTS_RUN_FILE "run.json"

struct results {
    char *place;   /* where the results will be */
    char *partial; /* where they are written */
    int lock;      /* held while they are */
};

/* Makes the directories that are missing, and the one to write into: if the place is not writable, this says so. An
 * existing directory is only replaced when it is empty, or a result (the command line in its run.json is of this
 * program) in which nothing lies but the files that its run.json lists. */
struct results *results_begin(const char *place, GError **error);
/* Writes a whole file. */
gboolean results_write(struct results *results, const char *name, const char *text, GError **error);
/* The files that the result has, run.json among them, which is written last and lists them as "files". In order of
 * their names, to be freed. */
char **results_files(const struct results *results);
/* Puts the results in their place, and frees. FALSE: what was there before is still there. */
gboolean results_commit(struct results *results, GError **error);
/* Removes what was written, and frees. */
void results_abandon(struct results *results);

#endif
