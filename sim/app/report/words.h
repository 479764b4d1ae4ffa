/* How the program says causes, times, sizes, rates and links to people. */
#ifndef APP_WORDS_H
#define APP_WORDS_H

#include "models/causes.h"
#include "models/hierarchy.h"

/* "waiting for a package thread (max_packages)" */
const char *words_cause(enum cause cause);
/* Why a try or a transfer failed (its outcome, its reason): "no room on the drives"; to be freed. */
char *words_failure(const char *reason);
/* Appends text from the given column on, broken between words so that no line is longer than the screen. */
void words_wrap(GString *to, size_t used, size_t indent, const char *text);
/* At most so many letters, the middle cut out, as names differ at their ends; to be freed. */
char *words_shortened(const char *text, glong most);
/* "19 h 42 min", "3 d 4 h", "45 s", "0.3 s"; to be freed. */
char *words_duration(double duration_s);
/* Of how early or late something is, early being positive: to the millisecond where it is next to nothing, as that
 * decides; to be freed. */
char *words_margin(double margin_s);
/* In more units, as many as it takes to see a difference of resolution_s: "5 h 42 min 10 s"; to be freed. */
char *words_duration_finely(double duration_s, double resolution_s);
/* "23.8 GB", always in powers of 1000, so that columns of them compare; to be freed. */
char *words_bytes(double bytes);
/* "link to lyon", "interface of PS1, out", ...: what people call a link; to be freed. */
char *words_link(const struct hierarchy_link *link);
/* "9.5 %", "12 %"; to be freed. */
char *words_percent(double share);
/* "200 Mbit/s", always in bits, as links are sold; to be freed. */
char *words_rate(double bytes_per_s);
/* A value as people write it in a scenario, "100 Mbit/s", "30 min", that reads back as exactly the same; to be freed.
 */
char *words_setting(enum param_kind kind, double value);

#endif
