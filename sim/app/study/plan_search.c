#include "sim/app/study/plan_search.h"

#include <string.h>

/* More candidates are looked through for the best next one by samples of them. */
enum { MOST_WEIGHED = 500 };

static bool has_no_more(const struct plan_search *s, guint a, guint b)
{
    const guint *p = &s->ranks[a * s->n_axes], *q = &s->ranks[b * s->n_axes];

    for (guint i = 0; i < s->n_axes; i++)
        if (p[i] > q[i])
            return false;
    return true;
}

static bool try_it(struct plan_search *s, guint i)
{
    return s->verdicts[i] != PLAN_UNTRIED || s->judge(s->ctx, i, 1, &s->verdicts[i]);
}

/* The one with most of everything; where there is none such, the dearest. */
static guint find_top(const struct plan_search *s)
{
    g_autofree guint *most = g_new0(guint, s->n_axes + 1);
    guint top = s->n;

    for (guint i = 0; i < s->n * s->n_axes; i++)
        most[i % s->n_axes] = MAX(most[i % s->n_axes], s->ranks[i]);
    while (top-- > 0)
        if (memcmp(most, &s->ranks[top * s->n_axes], s->n_axes * sizeof *most) == 0)
            return top;
    return s->n - 1;
}

/* ---- bisection ---- */

/* Those cheaper than the found one of which nothing is known: no try with as much of everything has missed. */
static GArray *open_ones(const struct plan_search *s)
{
    GArray *open = g_array_new(FALSE, FALSE, sizeof(guint));
    g_autoptr(GArray) missed = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < s->n; i++)
        if (s->verdicts[i] == PLAN_MISSES || s->verdicts[i] == PLAN_UNDECIDED)
            g_array_append_val(missed, i);
    for (guint i = 0; i < s->found; i++) {
        bool known = s->verdicts[i] != PLAN_UNTRIED;

        for (guint k = 0; k < missed->len && !known; k++)
            known = has_no_more(s, i, g_array_index(missed, guint, k));
        if (!known)
            g_array_append_val(open, i);
    }
    return open;
}

/* The one that settles most of the others, whichever way it turns out. */
static guint most_telling(const struct plan_search *s, const GArray *open)
{
    guint best = g_array_index(open, guint, 0), most = 0, every = 1 + (open->len - 1) / MOST_WEIGHED;

    for (guint k = 0; k < open->len; k += every) {
        guint candidate = g_array_index(open, guint, k), if_missed = 0, if_met = open->len - k;

        for (guint j = 0; j < open->len; j++)
            if_missed += has_no_more(s, g_array_index(open, guint, j), candidate);
        if (MIN(if_met, if_missed) > most) {
            most = MIN(if_met, if_missed);
            best = candidate;
        }
    }
    return best;
}

/* From a found one to the cheapest. */
static bool bisect(struct plan_search *s)
{
    for (;;) {
        g_autoptr(GArray) open = open_ones(s);

        if (!open->len)
            return true;
        guint next = most_telling(s, open);
        if (!try_it(s, next))
            return false;
        if (s->verdicts[next] == PLAN_MEETS)
            s->found = next;
    }
}

/* ---- checks ---- */

static bool contradicted(const struct plan_search *s)
{
    for (guint i = 0; i < s->found; i++)
        if (s->verdicts[i] == PLAN_MEETS)
            return true;
    for (guint a = 0; a < s->n; a++)
        for (guint b = 0; s->verdicts[a] == PLAN_MEETS && b < s->n; b++)
            if (s->verdicts[b] == PLAN_MISSES && has_no_more(s, a, b))
                return true;
    return false;
}

/* A step more or less of one setting, all others equal. */
static bool are_neighbours(const struct plan_search *s, guint a, guint b)
{
    guint distance = 0;

    for (guint i = 0; i < s->n_axes; i++) {
        guint p = s->ranks[a * s->n_axes + i], q = s->ranks[b * s->n_axes + i];
        distance += p > q ? p - q : q - p;
    }
    return distance == 1;
}

/* With less of one setting than the found one, all others equal, in the middle of the longest row of levels that nobody
 * tried; s->n: there is none. */
static guint least_known(const struct plan_search *s, guint axis)
{
    guint n_less = s->ranks[s->found * s->n_axes + axis], best = s->n, longest = 0, length = 0;
    g_autofree guint *line = g_new(guint, n_less + 1);

    for (guint rank = 0; rank < n_less; rank++)
        line[rank] = s->n;
    for (guint i = 0; i < s->n; i++) {
        const guint *p = &s->ranks[i * s->n_axes], *q = &s->ranks[s->found * s->n_axes];
        bool on_line = p[axis] < q[axis];

        for (guint k = 0; k < s->n_axes && on_line; k++)
            on_line = k == axis || p[k] == q[k];
        if (on_line)
            line[p[axis]] = i;
    }
    for (guint rank = 0; rank < n_less; rank++) {
        length = line[rank] < s->n && s->verdicts[line[rank]] == PLAN_UNTRIED ? length + 1 : 0;
        if (length > longest) {
            longest = length;
            best = rank;
        }
    }
    return longest ? line[best - (longest - 1) / 2] : s->n;
}

/* Looks for what speaks against what the bisection rests on. */
static bool check(struct plan_search *s)
{
    guint found = s->found;

    if (found && !try_it(s, found - 1))
        return false;
    for (guint i = 0; i < s->n; i++)
        if (are_neighbours(s, i, found) && !try_it(s, i))
            return false;
    for (guint axis = 0; axis < s->n_axes; axis++) {
        guint spot = least_known(s, axis);
        if (spot < s->n && !try_it(s, spot))
            return false;
    }
    s->monotone = !contradicted(s);
    return true;
}

/* ---- one by one ---- */

/* Up to the last one, the cheapest first, until one meets it. All verdicts hold together. */
static bool one_by_one(struct plan_search *s, guint last)
{
    s->one_by_one = true;
    s->found = s->n;
    for (guint i = 0; i <= last && s->found == s->n; i++) {
        if (!s->judge(s->ctx, i, last + 1, &s->verdicts[i]))
            return false;
        if (s->verdicts[i] == PLAN_MEETS)
            s->found = i;
    }
    return true;
}

/* Neither the cheapest nor the one with most of everything meets it: does one between them? */
static bool look_between(struct plan_search *s, guint top)
{
    const guint between[] = {s->n / 2, s->n / 4, s->n - 1 - s->n / 4};

    for (guint i = 0; i < G_N_ELEMENTS(between); i++) {
        if (!try_it(s, between[i]))
            return false;
        if (s->verdicts[between[i]] == PLAN_MEETS) {
            s->monotone = false;
            return one_by_one(s, between[i]);
        }
    }
    for (guint i = 0; i < s->n; i++)
        if (i != top && s->verdicts[i] != PLAN_UNTRIED && s->closer(s->ctx, i, top)) {
            s->monotone = false;
            return one_by_one(s, s->n - 1);
        }
    return true;
}

bool plan_search_go(struct plan_search *s)
{
    guint top = find_top(s);

    s->found = s->n;
    s->monotone = true;
    s->one_by_one = false;
    if (!try_it(s, 0))
        return false;
    if (s->verdicts[0] == PLAN_MEETS) { /* nothing is cheaper */
        s->found = 0;
        s->one_by_one = true;
        return true;
    }
    if (!try_it(s, top))
        return false;
    if (s->verdicts[top] != PLAN_MEETS)
        return look_between(s, top);
    s->found = top;
    if (!bisect(s) || !check(s))
        return false;
    return s->monotone || one_by_one(s, s->found);
}
