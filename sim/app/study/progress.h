/* How far many runs have come: a line on a terminal, or a line of JSON each time (NDJSON) for programs. */
#ifndef APP_STUDY_PROGRESS_H
#define APP_STUDY_PROGRESS_H

#include <glib.h>

enum progress_kind { PROGRESS_NONE, PROGRESS_LINE, PROGRESS_JSON };

struct progress {
    enum progress_kind kind;
    guint n, n_done, n_workers;
    gint64 began_us, shown_us;
};

void progress_begin(struct progress *progress, enum progress_kind kind, guint n, guint n_workers);
/* One more is done. */
void progress_step(struct progress *progress);
void progress_end(struct progress *progress);

#endif
