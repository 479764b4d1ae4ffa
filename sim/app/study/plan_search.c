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

static void note(struct plan_search *s, guint i)
{
    g_array_append_val(s->tried, i);
    if (s->verdicts[i] == PLAN_MEETS)
        s->found = MIN(s->found, i);
}

static bool try_it(struct plan_search *s, guint i)
{
    if (s->verdicts[i] != PLAN_UNTRIED)
        return true;
    if (!s->judge(s->ctx, &i, 1, s->verdicts))
        return false;
    note(s, i);
    return true;
}

static bool try_all(struct plan_search *s)
{
    g_autoptr(GArray) untried = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < s->n; i++)
        if (s->verdicts[i] == PLAN_UNTRIED)
            g_array_append_val(untried, i);
    if (untried->len && !s->judge(s->ctx, (const guint *)(const void *)untried->data, untried->len, s->verdicts))
        return false;
    for (guint k = 0; k < untried->len; k++)
        note(s, g_array_index(untried, guint, k));
    return true;
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

/* What is known of one: among those tried there is one with as much of everything that ... */
struct bounds {
    bool misses, undecided;
    bool over_undecided; /* or one with no more of anything that is undecided */
};

static struct bounds bounds_of(const struct plan_search *s, guint i)
{
    struct bounds bounds = {false, false, false};

    for (guint k = 0; k < s->tried->len; k++) {
        guint other = g_array_index(s->tried, guint, k);
        enum plan_verdict verdict = s->verdicts[other];

        bounds.misses |= verdict == PLAN_MISSES && has_no_more(s, i, other);
        bounds.undecided |= verdict == PLAN_UNDECIDED && has_no_more(s, i, other);
        bounds.over_undecided |= verdict == PLAN_UNDECIDED && has_no_more(s, other, i);
    }
    return bounds;
}

enum plan_verdict plan_search_taken_for(const struct plan_search *s, guint i)
{
    struct bounds bounds = bounds_of(s, i);

    if (s->verdicts[i] != PLAN_UNTRIED)
        return s->verdicts[i];
    return bounds.misses ? PLAN_MISSES : bounds.undecided && bounds.over_undecided ? PLAN_UNDECIDED : PLAN_UNTRIED;
}

/* Those cheaper than the found one of which nothing is known. likely: that may be shown to meet it; else those with no
 * more than an undecided one, of which it is only open whether they miss it. */
static GArray *open_ones(const struct plan_search *s, bool likely)
{
    GArray *open = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < s->found; i++) {
        struct bounds bounds = bounds_of(s, i);

        if (s->verdicts[i] == PLAN_UNTRIED && !bounds.misses && bounds.undecided != likely &&
            (likely || !bounds.over_undecided))
            g_array_append_val(open, i);
    }
    return open;
}

/* The one that settles most of the others, whichever way it turns out: where it meets the demand, all that are dearer;
 * where it is undecided, all that have no less. */
static guint most_telling(const struct plan_search *s, const GArray *open, bool likely)
{
    guint best = g_array_index(open, guint, 0), most = 0, every = 1 + (open->len - 1) / MOST_WEIGHED;

    for (guint k = 0; k < open->len; k += every) {
        guint candidate = g_array_index(open, guint, k), if_missed = 0, if_not = likely ? open->len - k : 0;

        for (guint j = 0; j < open->len; j++) {
            if_missed += has_no_more(s, g_array_index(open, guint, j), candidate);
            if_not += !likely && has_no_more(s, candidate, g_array_index(open, guint, j));
        }
        if (MIN(if_not, if_missed) > most) {
            most = MIN(if_not, if_missed);
            best = candidate;
        }
    }
    return best;
}

/* To the cheapest that is shown to meet it; then to the cheapest that may. */
static bool bisect(struct plan_search *s)
{
    for (bool likely = true;;) {
        g_autoptr(GArray) open = open_ones(s, likely);

        if (!open->len && !likely)
            return true;
        if (open->len && !try_it(s, most_telling(s, open, likely)))
            return false;
        likely = open->len > 0; /* also of one that was not likely: it may have met it */
    }
}

/* ---- checks ---- */

/* With no more of anything one meets it that another misses, or does better, whether both meet it or neither does. */
static bool contradicted(const struct plan_search *s)
{
    for (guint k = 0; k < s->tried->len; k++)
        for (guint l = 0; l < s->tried->len; l++) {
            guint i = g_array_index(s->tried, guint, k), more = g_array_index(s->tried, guint, l);

            if (k != l && has_no_more(s, i, more) &&
                ((s->verdicts[i] == PLAN_MEETS && s->verdicts[more] == PLAN_MISSES) || s->better(s->ctx, i, more)))
                return true;
        }
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
    for (guint axis = 0; axis < s->n_axes && s->found == found; axis++) {
        guint spot = least_known(s, axis);
        if (spot < s->n && !try_it(s, spot))
            return false;
    }
    return true;
}

/* The one with most of everything is not shown to meet it: does one between it and the cheapest? */
static bool look_between(struct plan_search *s)
{
    const guint between[] = {s->n / 2, s->n / 4, s->n - 1 - s->n / 4};

    for (guint i = 0; i < G_N_ELEMENTS(between) && s->found == s->n; i++)
        if (!try_it(s, between[i]))
            return false;
    return true;
}

/* ---- one by one ---- */

/* The cheapest first, until one meets it. */
static bool one_by_one(struct plan_search *s)
{
    for (guint i = 0; i < s->found; i++)
        if (!try_it(s, i))
            return false;
    return true;
}

bool plan_search_go(struct plan_search *s)
{
    guint top = find_top(s), before;

    s->found = s->n;
    s->monotone = true;
    if (!try_it(s, 0))
        return false;
    if (s->found == 0) /* nothing is cheaper */
        return true;
    if (s->tries_all) {
        if (!try_all(s))
            return false;
        s->monotone = !contradicted(s);
        return true;
    }
    if (!try_it(s, top) || (s->found == s->n && !look_between(s)))
        return false;
    s->monotone = !contradicted(s);
    do {
        before = s->found;
        if (s->monotone && (!bisect(s) || (s->found < s->n && !check(s))))
            return false;
        s->monotone &= !contradicted(s);
    } while (s->monotone && s->found != before);
    return s->monotone || one_by_one(s);
}
