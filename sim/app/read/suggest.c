#include "sim/app/read/suggest.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

#define LONGEST 64

/* Letters that count as the same. */
static char folded(char c)
{
    return (char)(c == '-' || c == ' ' ? '_' : g_ascii_tolower(c));
}

/* Insertions, deletions, replacements and exchanged neighbours (optimal string alignment); anything above `most` where
 * there are more. */
static size_t distance_of(const char *a, size_t n, const char *b, size_t m, size_t most)
{
    size_t rows[3][LONGEST + 1];
    size_t *before = rows[0], *last = rows[1], *row = rows[2], least_before = 0;

    for (size_t j = 0; j <= m; j++)
        last[j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *oldest = before, least = i;

        row[0] = i;
        for (size_t j = 1; j <= m; j++) {
            char x = folded(a[i - 1]), y = folded(b[j - 1]);
            size_t cost = MIN(MIN(last[j] + 1, row[j - 1] + 1), last[j - 1] + (x != y));

            if (i > 1 && j > 1 && x == folded(b[j - 2]) && folded(a[i - 2]) == y)
                cost = MIN(cost, before[j - 2] + 1);
            row[j] = cost;
            least = MIN(least, cost);
        }
        if (least > most && least_before > most) /* a row is made of the two above it */
            return least;
        least_before = least;
        before = last;
        last = row;
        row = oldest;
    }
    return last[m];
}

/* Whether two short words differ in digits or in the order of their letters only: with another letter nearly any word
 * is near, "for" to "foo". */
static bool shares_letters(const char *a, const char *b, size_t n)
{
    int count[256] = {0};

    for (size_t i = 0; i < n; i++) {
        count[(unsigned char)(g_ascii_isdigit(a[i]) ? '0' : folded(a[i]))]++;
        count[(unsigned char)(g_ascii_isdigit(b[i]) ? '0' : folded(b[i]))]--;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(count); i++)
        if (count[i])
            return false;
    return true;
}

void suggestion_offer(struct suggestion *suggestion, const char *word)
{
    size_t n = strlen(suggestion->wanted), m = strlen(word);
    size_t allowed = CLAMP(MAX(n, m) / 3, 1, 4);
    size_t distance;

    if (!n || n > LONGEST || m > LONGEST || (n > m ? n - m : m - n) > allowed)
        return;
    if (suggestion->best) /* only what is nearer counts */
        allowed = MIN(allowed, suggestion->distance - MIN(suggestion->distance, 1));
    distance = distance_of(suggestion->wanted, n, word, m, allowed);
    /* As good as another word altogether. */
    if (distance > allowed || distance >= MAX(n, m))
        return;
    if (n == m && n <= 3 && !shares_letters(suggestion->wanted, word, n))
        return;
    if (!suggestion->best || distance < suggestion->distance) {
        suggestion->best = word;
        suggestion->distance = distance;
    }
}
