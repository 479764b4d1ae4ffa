/* run.json: where and how a result came about, all that may differ between two equal runs. */
#ifndef APP_PROVENANCE_H
#define APP_PROVENANCE_H

#include <cjson/cJSON.h>
#include <glib.h>

/* Command line, directory, date and machine. */
cJSON *provenance_new(int argc, char **argv);
/* With memory used so far, warnings (char *) and files at its end, as text to be freed; takes the object over. */
char *provenance_text(cJSON *provenance, const GPtrArray *warnings, char **files);

#endif
