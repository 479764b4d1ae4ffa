/* A study as a file: what is varied of which scenario, how often, and what is measured.
 *
 *     { "file": "emea.json", "vary": { "sites.*.sender.max_concurrent_per_site": [1, 3, 5],
 *                                      "locations.lyon.down": "10 Mbit/s..100 Mbit/s" }, "samples": 64 } */
#ifndef APP_STUDY_STUDY_FILE_H
#define APP_STUDY_STUDY_FILE_H

#include "sim/app/read/mistakes.h"

struct study_file {
    char *file;                         /* the scenario's path; as written it is relative to the study's own */
    GPtrArray *varies, *sets, *metrics; /* char *: as --vary, --set and --metric take them */
    bool together;
    gint samples, replications; /* 0: not said */
};

/* NULL: it is no study but something else, or a mistake was added. */
struct study_file *study_file_read(const char *path, struct mistakes *mistakes);
void study_file_free(struct study_file *study);

#endif
