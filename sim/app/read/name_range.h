/* Ranges in names: "PS{01..03}DP{1..2}" stands for six names; ranges of letters, "{A..F}", stand for one letter each.
 */
#ifndef SIM_APP_NAME_RANGE_H
#define SIM_APP_NAME_RANGE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define NAME_RANGES_MAX 8

struct name_range {
    size_t at, length; /* in the text, with its braces */
    uint64_t first, count;
    int width;    /* zero-padded to it; 0: not padded */
    bool letters; /* first is a character */
};

struct name_ranges {
    unsigned n;
    struct name_range range[NAME_RANGES_MAX];
};

/* Whether a text has braces at all: most have none. */
static inline bool name_ranges_any(const char *text)
{
    return strchr(text, '{') || strchr(text, '}');
}

/* Finds the ranges of a text. False if there is a brace that belongs to none; *why is then a sentence, to be freed. */
bool name_ranges_parse(const char *text, struct name_ranges *ranges, char **why);

/* How many names they stand for; UINT64_MAX if that many or more. */
uint64_t name_ranges_count(const struct name_ranges *ranges);

/* The text with each of its ranges at its position: positions[k] from 0 counts along the k-th range. To be freed. */
char *name_ranges_apply(const char *text, const struct name_ranges *ranges, const uint64_t *positions);

/* The positions of the i-th combination, the last range fastest. */
void name_ranges_positions(const struct name_ranges *ranges, uint64_t i, uint64_t *positions);

#endif
