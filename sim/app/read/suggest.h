/* What somebody may have meant by a word that does not exist. */
#ifndef SIM_APP_SUGGEST_H
#define SIM_APP_SUGGEST_H

#include <stddef.h>

/* The best of the words offered so far. Start with the wanted word and the rest 0. */
struct suggestion {
    const char *wanted;
    const char *best; /* borrowed from what was offered; NULL: nothing is near */
    size_t distance;
};

void suggestion_offer(struct suggestion *suggestion, const char *word);

#endif
