/* What is wrong with what the user wrote, as data: all of it at once, each with its place. Warnings are of the same
 * form: what may stand there, but should not. */
#ifndef SIM_APP_MISTAKES_H
#define SIM_APP_MISTAKES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

#define MISTAKES_SHOWN 20

struct mistake {
    char *where;    /* "scenarios/emea.json", "<stdin>", "--set seed=x" */
    size_t line;    /* from 1; 0: the whole of it */
    size_t column;  /* from 1, in characters */
    char *path;     /* "sites[3].sender.retry_delay"; NULL: none */
    char *sentence; /* without a full stop */
    char *excerpt;  /* the source line and the carets below it, each with a newline; NULL: none */
};

struct mistakes {
    GArray *list;  /* struct mistake, at most MISTAKES_SHOWN */
    size_t n_more; /* that were found after these */
    bool warnings; /* these are, and are called so */
};

struct mistakes *mistakes_new(void);
struct mistakes *warnings_new(void);
void mistakes_free(struct mistakes *mistakes);

/* The strings are copied; path and excerpt may be NULL. */
void mistakes_add(struct mistakes *mistakes, const char *where, size_t line, size_t column, const char *path,
                  const char *sentence, const char *excerpt);
bool mistakes_any(const struct mistakes *mistakes);
size_t mistakes_count(const struct mistakes *mistakes);
/* All of them as lines of text, to be freed; "" if there are none. */
char *mistakes_text(const struct mistakes *mistakes);

/* The first n of them, a line each, without the source and the newline; to be freed with g_strfreev(). */
char **mistakes_lines(const struct mistakes *mistakes, size_t n);
/* "and 7 more warnings"; to be freed; NULL: no more were found than are in the list. */
char *mistakes_more(const struct mistakes *mistakes);

/* The text in double quotes, control characters as \u00XX, cut if long; to be freed. The text must be UTF-8. */
char *mistakes_quoted(const char *text);

#endif
