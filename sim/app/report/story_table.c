/* The causes of many deliveries together, and the slowest of them. */
#include "sim/app/report/story_parts.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

struct cause_sum {
    enum cause cause;
    double sum_s, longest_s;
    uint64_t longest;
};

static gint largest_first(gconstpointer a, gconstpointer b)
{
    const struct cause_sum *p = a, *q = b;

    if (p->sum_s != q->sum_s)
        return p->sum_s > q->sum_s ? -1 : 1;
    return p->cause < q->cause ? -1 : 1;
}

static void append_causes(const struct storyteller *t, const GArray *numbers, GString *text)
{
    struct cause_sum sums[N_CAUSES] = {0};
    double whole_s = 0;

    for (int cause = 0; cause < N_CAUSES; cause++)
        sums[cause].cause = (enum cause)cause;
    for (guint i = 0; i < numbers->len; i++) {
        uint64_t number = g_array_index(numbers, uint64_t, i);
        const struct delivery_row *row = collector_delivery(t->c, (guint)number);

        for (int cause = 0; cause < N_CAUSES; cause++) {
            struct cause_sum *sum = &sums[cause];
            if (isnan(row->cause_s[cause]))
                continue;
            sum->sum_s += row->cause_s[cause];
            whole_s += row->cause_s[cause];
            if (row->cause_s[cause] > sum->longest_s) {
                sum->longest_s = row->cause_s[cause];
                sum->longest = number;
            }
        }
    }
    g_qsort_with_data(sums, N_CAUSES, sizeof sums[0], (GCompareDataFunc)(void (*)(void))largest_first, NULL);
    g_string_append_printf(text, "\n%11s %6s %11s %11s  cause\n", "sum", "share", "mean", "longest");
    for (int i = 0; i < N_CAUSES && sums[i].sum_s > 0; i++) {
        g_autofree char *sum = words_duration(sums[i].sum_s), *longest = words_duration(sums[i].longest_s);
        g_autofree char *mean = words_duration(sums[i].sum_s / numbers->len);
        double share = 100 * sums[i].sum_s / whole_s;

        g_string_append_printf(text, share < 9.95 ? "%11s %4.1f %% %11s %11s  " : "%11s %4.0f %% %11s %11s  ", sum,
                               share, mean, longest);
        words_wrap(text, 44, 44, words_cause(sums[i].cause));
    }
}

/* "CS100099 version 3", "DP01, request 2": as the options of explain name them; the first of each go without saying. */
static char *numbered(const char *name, const char *word, uint32_t number)
{
    return number > 1 ? g_strdup_printf("%s%s %u", name, word, number) : g_strdup(name);
}

static char *package_words(const struct storyteller *t, const struct delivery_row *row)
{
    return numbered(scenario_package(t->scenario, row->package)->id, " version", row->version);
}

static char *dp_words(const struct storyteller *t, const struct delivery_row *row)
{
    return numbered(scenario_dp(t->scenario, row->dp)->name, ", request", row->request);
}

static void append_slowest(const struct storyteller *t, const GArray *numbers, guint n_shown, GString *text)
{
    static const char *const states[] = {"open", "delivered", "failed", "cancelled"};
    guint n = MIN(n_shown, numbers->len);
    int package_width = 0, dp_width = 0;

    for (guint i = 0; i < n; i++) {
        const struct delivery_row *row = collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i));
        g_autofree char *package = package_words(t, row), *dp = dp_words(t, row);
        package_width = MAX(package_width, (int)g_utf8_strlen(package, -1));
        dp_width = MAX(dp_width, (int)g_utf8_strlen(dp, -1));
    }
    g_string_append(text, "\nThe slowest\n");
    for (guint i = 0; i < n; i++) {
        const struct delivery_row *row = collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i));
        g_autofree char *package = package_words(t, row), *dp = dp_words(t, row);
        g_autofree char *duration = words_duration(story_duration_s(row));
        char asked[WALL_CLOCK_SIZE];
        int most = 0;

        wall_clock_short(asked, t->scenario, row->requested_s);
        for (int cause = 1; cause < N_CAUSES; cause++)
            if (row->cause_s[cause] > row->cause_s[most])
                most = cause;
        GString *line = g_string_new(NULL);
        g_string_append_printf(line, "%13s  %s%*s to %s%*s  %-16s  %-9s  ", duration, package,
                               package_width - (int)g_utf8_strlen(package, -1), "", dp,
                               dp_width - (int)g_utf8_strlen(dp, -1), "", asked, states[row->state]);
        size_t used = (size_t)g_utf8_strlen(line->str, -1);
        g_string_append(text, line->str);
        g_string_free(line, TRUE);
        g_autofree char *share =
            g_strdup_printf("%.0f %% %s", 100 * row->cause_s[most] / story_duration_s(row), cause_names[most]);
        words_wrap(text, used, 15, story_duration_s(row) > 0 ? share : "");
    }
    if (numbers->len > n)
        g_string_append_printf(text, "%13s  and %u more\n", "", numbers->len - n);
}

char *story_table(struct storyteller *t, const GArray *numbers, guint n_shown)
{
    guint n_in_state[DELIVERY_CANCELLED + 1] = {0};
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < numbers->len; i++)
        n_in_state[collector_delivery(t->c, (guint)g_array_index(numbers, uint64_t, i))->state]++;
    g_string_append_printf(text, "%s: %u %s: %u delivered, %u failed, %u open\n", t->scenario->name, numbers->len,
                           numbers->len == 1 ? "delivery" : "deliveries", n_in_state[DELIVERY_DELIVERED],
                           n_in_state[DELIVERY_FAILED], n_in_state[DELIVERY_OPEN]);
    if (n_in_state[DELIVERY_CANCELLED])
        g_string_append_printf(text, "and %u cancelled: superseded by a newer one, or removed\n",
                               n_in_state[DELIVERY_CANCELLED]);
    append_causes(t, numbers, text);
    append_slowest(t, numbers, n_shown, text);
    return g_string_free(text, FALSE);
}
