#include <math.h>
#include <string.h>

#include "sim/app/summary.h"
#include "sim/app/wall_clock.h"

enum { WIDTH = 100, HEIGHT = 45, MAX_SLOWEST = 3 };

/* How much is shown of what may be long: less when it does not fit on a screen. */
struct room {
    guint objectives, causes, links, pools, paths;
};

char *summary_duration(double duration_s)
{
    static const struct {
        double size_s;
        const char *word;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};

    if (isnan(duration_s))
        return g_strdup("-");
    if (isinf(duration_s))
        return g_strdup("for ever");
    if (duration_s < 0) {
        g_autofree char *text = summary_duration(-duration_s);
        return g_strconcat("-", text, NULL);
    }
    if (duration_s < 9.95)
        return g_strdup_printf("%.1f s", duration_s);
    /* Two units, the smaller one rounded; what rounds up to a whole larger unit is that. */
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(units); i++) {
        double small_s = units[i + 1].size_s, rounded_s = round(duration_s / small_s) * small_s;
        if (rounded_s < units[i].size_s)
            continue;
        double large = floor(rounded_s / units[i].size_s + 1e-9);
        double small = round((rounded_s - large * units[i].size_s) / small_s);
        if (small < 0.5)
            return g_strdup_printf("%.0f %s", large, units[i].word);
        return g_strdup_printf("%.0f %s %.0f %s", large, units[i].word, small, units[i + 1].word);
    }
    return g_strdup_printf("%.0f s", duration_s);
}

/* Three digits, and no zeros behind the point. */
static char *prefixed(double value, const char *unit)
{
    static const char *const prefixes[] = {"", "k", "M", "G", "T", "P"};
    size_t i = 0;

    while (value >= 999.5 && i + 1 < G_N_ELEMENTS(prefixes)) {
        value /= 1000;
        i++;
    }
    return g_strdup_printf("%.3g %s%s", value, prefixes[i], unit);
}

char *summary_bytes(double bytes)
{
    return prefixed(bytes, "B");
}

char *summary_rate(double bytes_per_s)
{
    return isinf(bytes_per_s) ? g_strdup("unlimited") : prefixed(8 * bytes_per_s, "bit/s");
}

char *summary_link(const struct hierarchy_link *link)
{
    static const char *const words[N_LINK_KINDS] = {
        [LINK_ACCESS_UP] = "link from %s",
        [LINK_ACCESS_DOWN] = "link to %s",
        [LINK_INTERFACE_OUT] = "interface out of %s",
        [LINK_INTERFACE_IN] = "interface into %s",
        [LINK_DISK] = "disk of %s",
        [LINK_ROUTE] = "route %s",
        [LINK_SENDER] = "sender of %s",
    };
    g_auto(GStrv) parts = g_strsplit(words[link->kind], "%s", 2);

    return g_strconcat(parts[0], link->entity, parts[1], NULL);
}

static char *percent(double share)
{
    double shown = 100 * share;

    return g_strdup_printf(shown < 9.95 && shown >= 0.05 ? "%.1f %%" : "%.0f %%", isnan(shown) ? 0 : shown);
}

/* "1,234" would be a decimal number elsewhere: thousands stand apart from 10 000 on. */
static char *grouped(double count)
{
    g_autofree char *digits = g_strdup_printf("%.0f", count);
    size_t n = strlen(digits);
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < n; i++) {
        if (n > 4 && i && (n - i) % 3 == 0)
            g_string_append_c(text, ' ');
        g_string_append_c(text, digits[i]);
    }
    return g_string_free(text, FALSE);
}

static char *counted(double count, const char *one, const char *many)
{
    g_autofree char *number = grouped(count);

    return g_strdup_printf("%s %s", number, count == 1 ? one : many);
}

/* To the second where everything happens within hours. */
static void wall(const struct summary *s, char text[WALL_CLOCK_SIZE], double time_s)
{
    if (isnan(time_s)) {
        g_strlcpy(text, "never", WALL_CLOCK_SIZE);
    } else if (s->all.last_on_dp_s - s->all.first_requested_s < 7200) {
        size_t n = wall_clock_day(text, s->scenario, time_s);
        text[n++] = ' ';
        wall_clock_second(text + n, s->scenario->start_s, time_s);
    } else {
        wall_clock_short(text, s->scenario, time_s);
    }
}

void summary_wrap(GString *to, size_t used, size_t indent, const char *text)
{
    size_t at = used;
    bool first = true;
    g_auto(GStrv) words = g_strsplit(text, " ", -1);

    for (; at < indent; at++)
        g_string_append_c(to, ' ');
    for (char **word = words; *word; word++) {
        size_t length = (size_t)g_utf8_strlen(*word, -1);

        if (!first && at + 1 + length > WIDTH) {
            g_string_append_printf(to, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first) {
            g_string_append_c(to, ' ');
            at++;
        }
        g_string_append(to, *word);
        at += length;
        first = false;
    }
    g_string_append_c(to, '\n');
}

/* A label of a few characters, then text in a column of its own. */
static void entry(GString *to, size_t indent, const char *label, const char *text)
{
    size_t used = (size_t)g_utf8_strlen(label, -1) + 2;

    g_string_append_printf(to, "  %s", label);
    if (used >= indent) {
        g_string_append_c(to, ' ');
        used++;
    }
    summary_wrap(to, used, indent, text);
}

static size_t wider(size_t width, const char *label)
{
    return MAX(width, (size_t)g_utf8_strlen(label, -1) + 4);
}

/* ---- what ran ---- */

static void what_ran(const struct summary *s, GString *to)
{
    char from[WALL_CLOCK_SIZE], until[WALL_CLOCK_SIZE], last[WALL_CLOCK_SIZE];
    g_autofree char *deliveries = counted(s->all.n, "delivery", "deliveries");
    g_autofree char *packages = counted(s->packages->len, "package", "packages");
    g_autofree char *dps = counted(s->dps->len, "distribution point", "distribution points");

    wall(s, from, 0);
    wall(s, until, s->ended_s);
    g_string_append_printf(to, "%s: %s of %s to %s\n", s->scenario->name, deliveries, packages, dps);
    g_string_append_printf(to, "simulated from %s to %s%s\n\n", from, until,
                           s->complete ? "" : " - INTERRUPTED: what follows is not the whole story");
    if (!s->all.n)
        return;

    g_autofree char *delivered = grouped(s->all.delivered), *bytes = summary_bytes(s->all.bytes);
    g_autofree char *failed = grouped(s->all.failed), *open = grouped(s->all.open);
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, "%s delivered (%s)", delivered, bytes);
    g_string_append_printf(line, ", %s failed, %s open", failed, open);
    if (s->all.cancelled) {
        g_autofree char *cancelled = grouped(s->all.cancelled);
        g_string_append_printf(line, ", %s cancelled", cancelled);
    }
    if (s->all.delivered) {
        g_autofree char *after = summary_duration(s->all.last_on_dp_s - s->all.first_requested_s);
        wall(s, last, s->all.last_on_dp_s);
        g_string_append_printf(line, "; last one %s, after %s", last, after);
    }
    summary_wrap(to, 0, 0, line->str);
    g_string_free(line, TRUE);
    if (s->all.delivered > 1) {
        g_autofree char *half = summary_duration(s->all.time.p50_s), *most = summary_duration(s->all.time.p90_s);
        g_autofree char *all = summary_duration(s->all.time.p99_s), *longest = summary_duration(s->all.time.max_s);
        g_autofree char *times =
            g_strdup_printf("half within %s, 90 %% within %s, 99 %% within %s, longest %s", half, most, all, longest);
        summary_wrap(to, 0, 0, times);
    }
}

/* ---- objectives ---- */

/* Rounded down, so that what was missed does not look as if it was met. */
static char *just_below(double share)
{
    return g_strdup_printf("%g %%", isnan(share) ? 0 : floor(1000 * share + 1e-9) / 10);
}

/* "10 h 51 min to spare" */
static char *objective_margin(const struct objective_result *r)
{
    g_autofree char *margin = summary_duration(fabs(r->margin_s));

    return isnan(r->margin_s) ? g_strdup("") : g_strdup_printf(r->met ? "%s to spare" : "%s late", margin);
}

static char *objective_sentence(const struct summary *s, const struct objective_result *r)
{
    static const char *const metrics[] = {"on distribution points", "known at the sites", "known at the central site"};
    char by[WALL_CLOCK_SIZE], reached[WALL_CLOCK_SIZE];
    g_autofree char *at_end = just_below(r->share_at_end), *by_then = just_below(r->share_by_deadline);
    GString *text = g_string_new(NULL);

    wall(s, by, r->spec->by_s);
    wall(s, reached, r->reached_s);
    g_string_append_printf(text, "%s: %g %% %s by %s; ", r->spec->name, r->spec->share_percent,
                           metrics[r->spec->metric], by);
    if (!r->n)
        g_string_append(text, "nothing of what it asks about was requested");
    else if (r->met)
        g_string_append_printf(text, "reached %s", reached);
    else if (!isnan(r->reached_s))
        g_string_append_printf(text, "%s by then, reached %s", by_then, reached);
    else
        g_string_append_printf(text, "%s at the end of the run (%u of %u)", at_end,
                               (guint)lround(r->share_at_end * r->n), r->n);
    return g_string_free(text, FALSE);
}

static void objectives(const struct summary *s, const struct room *room, GString *to)
{
    size_t indent = 0;
    guint shown = 0;

    if (!s->objectives->len)
        return;
    for (guint i = 0; i < s->objectives->len; i++) {
        g_autofree char *margin = objective_margin(&g_array_index(s->objectives, struct objective_result, i));
        indent = MAX(indent, strlen(margin) + 2);
    }
    g_string_append_printf(to, "\nObjectives: %u met, %u missed\n", s->objectives->len - s->n_missed, s->n_missed);
    for (int met = 0; met < 2; met++) /* missed ones first */
        for (guint i = 0; i < s->objectives->len && shown < room->objectives; i++) {
            const struct objective_result *r = &g_array_index(s->objectives, struct objective_result, i);
            if (r->met != (met == 1))
                continue;
            g_autofree char *sentence = objective_sentence(s, r), *margin = objective_margin(r);
            g_autofree char *label = g_strdup_printf("%s  %s", r->met ? "met   " : "MISSED", margin);
            entry(to, indent + 10, label, sentence);
            shown++;
        }
    if (s->objectives->len > shown)
        g_string_append_printf(to, "  and %u more\n", s->objectives->len - shown);
}

/* ---- where the time went ---- */

static const char *const cause_words[N_CAUSES] = {
    [CAUSE_METADATA_WAIT] = "waiting for database replication and notification",
    [CAUSE_PACKAGE_THREAD_WAIT] = "waiting for a package thread (max_packages)",
    [CAUSE_SNAPSHOT] = "taking the content in at the source site (snapshot)",
    [CAUSE_DP_THREAD_WAIT] = "waiting for a distribution point thread (max_threads_per_package)",
    [CAUSE_DP_THREAD] = "creating jobs in distribution point threads",
    [CAUSE_COMPRESSOR_WAIT] = "waiting for the compressor (one package at a time)",
    [CAUSE_COMPRESSING] = "compressing",
    [CAUSE_SCHEDULER_WAIT] = "at the scheduler",
    [CAUSE_SENDER_WAIT_ALL_SITES] = "waiting for a sender thread (max_concurrent_all_sites)",
    [CAUSE_SENDER_WAIT_PER_SITE] = "waiting for a sender thread to that site (max_concurrent_per_site)",
    [CAUSE_ROUTE_CLOSED] = "waiting for the route to open",
    [CAUSE_RETRY_WAIT] = "failed tries, and waiting to try again",
    [CAUSE_SENDING] = "sending from site to site",
    [CAUSE_DESPOOLER_WAIT] = "waiting for a despooling thread",
    [CAUSE_DESPOOL_RETRY_WAIT] = "content there before its database change (despooler code 12)",
    [CAUSE_DESPOOLING] = "despooling",
    [CAUSE_TRANSFER_THREAD_WAIT] = "waiting for a thread of the package transfer manager",
    [CAUSE_DP_CLOSED] = "waiting for the distribution point to open",
    [CAUSE_SOURCE_WAIT] = "waiting for a source distribution point",
    [CAUSE_DP_CAPACITY_WAIT] = "waiting for the distribution point to have room for a job",
    [CAUSE_COPYING] = "copying to the distribution point",
    [CAUSE_ADDING_FILES] = "adding files to the distribution point's library",
};

const char *summary_cause(enum cause cause)
{
    return cause_words[cause];
}

static void where_the_time_went(const struct summary *s, const struct room *room, GString *to)
{
    bool shown[N_CAUSES] = {false};
    double rest_s = 0, sum_s = 0;

    for (int i = 0; i < N_CAUSES; i++)
        sum_s += s->all.cause_s[i];
    if (sum_s <= 0)
        return;
    g_string_append(to, "\nWhere the time of the deliveries went\n");
    for (guint n = 0; n < room->causes; n++) {
        int most = -1;

        for (int i = 0; i < N_CAUSES; i++)
            if (!shown[i] && (most < 0 || s->all.cause_s[i] > s->all.cause_s[most]))
                most = i;
        if (most < 0 || s->all.cause_s[most] < 0.005 * sum_s)
            break;
        g_autofree char *share = g_strdup_printf("%.0f %%", 100 * s->all.cause_s[most] / sum_s);
        g_autofree char *each = summary_duration(s->all.cause_s[most] / s->all.delivered);
        g_string_append_printf(to, "  %5s  %-66s %12s each\n", share, cause_words[most], each);
        shown[most] = true;
    }
    for (int i = 0; i < N_CAUSES; i++)
        if (!shown[i])
            rest_s += s->all.cause_s[i];
    if (rest_s >= 0.005 * sum_s) {
        g_autofree char *each = summary_duration(rest_s / s->all.delivered);
        g_string_append_printf(to, "  %3.0f %%  %-66s %12s each\n", 100 * rest_s / sum_s, "everything else", each);
    }
}

/* ---- what holds it back ---- */

static bool worth_showing(const struct summary *s, const struct link_result *r)
{
    return r->bound_share >= 0.02 && s->collector->links[r->index]->kind != LINK_SENDER;
}

static char *link_sentence(const struct summary *s, const struct link_result *r)
{
    const struct link_stats *stats = &g_array_index(s->collector->link_stats, struct link_stats, r->index);
    g_autofree char *capacity = summary_rate(s->collector->links[r->index]->nominal_bytes_per_s);
    g_autofree char *full = percent(stats->busy_s > 0 ? stats->full_s / stats->busy_s : 0);
    g_autofree char *busy = summary_duration(stats->busy_s), *share = percent(r->bound_share);

    return g_strdup_printf("%s, full %s of %s in use; limits %s of all moving time", capacity, full, busy, share);
}

static char *threads_word(double n, double of, const char *full)
{
    return n < of    ? g_strdup_printf("at most %.0f of %.0f threads busy", n, of)
           : of == 1 ? g_strdup_printf("its one thread busy %s of the time it works", full)
                     : g_strdup_printf("all %.0f threads busy %s of the time it works", of, full);
}

static char *pool_sentence(const struct summary *s, const struct pool_result *r)
{
    const struct hierarchy_pool *pool = &s->collector->pools[r->index];
    const struct site_spec *site = NULL;
    g_autofree char *full = percent(r->busy_s > 0 ? r->full_s / r->busy_s : 0);
    g_autofree char *threads = threads_word(r->max_in_use, r->capacity, full);
    g_autofree char *waits = counted((double)r->n_granted, "start", "starts");
    g_autofree char *mean = summary_duration(r->mean_wait_s), *longest = summary_duration(r->longest_wait_s);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < s->scenario->sites->len; i++)
        if (!strcmp(scenario_site(s->scenario, (int32_t)i)->code, pool->entity))
            site = scenario_site(s->scenario, (int32_t)i);
    g_string_append_printf(text, "%s; %s, mean wait %s", threads, waits, mean);
    if (!isnan(r->longest_wait_s))
        g_string_append_printf(text, ", longest %s", longest);
    if (!site)
        return g_string_free(text, FALSE);
    switch (pool->kind) {
    case POOL_SENDER:
        if (r->waited_s > 0 && r->line_blocked_s > 0.005 * r->waited_s) {
            g_autofree char *share = percent(fmin(1, r->line_blocked_s / r->waited_s));
            g_string_append_printf(text, "; %s of the waiting was for max_concurrent_per_site (%u), most to %s", share,
                                   site->sender.max_concurrent_per_site, r->most_blocked ? r->most_blocked : "?");
        } else {
            g_string_append_printf(text, "; the waiting was for max_concurrent_all_sites (%u)",
                                   site->sender.max_concurrent_all_sites);
        }
        break;
    case POOL_PACKAGE_THREADS:
        g_string_append_printf(text, " (max_packages is %u)", site->software_distribution.max_packages);
        break;
    case POOL_TRANSFER_MANAGER:
        g_string_append_printf(text, " (max_packages x max_threads_per_package is %u x %u)",
                               site->software_distribution.max_packages,
                               site->software_distribution.max_threads_per_package);
        break;
    case POOL_DESPOOLER:
        g_string_append_printf(text, " (despooler.threads is %u)", site->despooler.threads);
        break;
    case POOL_COMPRESSOR:
        g_string_append(text, " (one package at a time, whatever the settings)");
        break;
    default:
        break;
    }
    return g_string_free(text, FALSE);
}

static gint longest_waits_first(gconstpointer a, gconstpointer b)
{
    const struct pool_result *p = *(const struct pool_result *const *)a, *q = *(const struct pool_result *const *)b;

    return p->waited_s > q->waited_s ? -1 : p->waited_s < q->waited_s;
}

static void what_holds_it_back(const struct summary *s, const struct room *room, GString *to)
{
    g_autoptr(GPtrArray) pools = g_ptr_array_new();
    size_t indent = 0;
    guint n_links = 0;

    for (guint i = 0; i < s->pools->len; i++) {
        struct pool_result *r = &g_array_index(s->pools, struct pool_result, i);
        /* Waits that nobody would notice are not shown; status does not hold content back. */
        if (r->mean_wait_s >= 1 && r->waited_s >= 0.005 * s->all.total_s &&
            s->collector->pools[r->index].kind != POOL_STATUS)
            g_ptr_array_add(pools, r);
    }
    g_ptr_array_sort(pools, longest_waits_first);
    g_ptr_array_set_size(pools, (gint)MIN(pools->len, room->pools));
    for (guint i = 0; i < s->links->len && n_links < room->links; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        if (!worth_showing(s, r))
            break;
        g_autofree char *name = summary_link(s->collector->links[r->index]);
        indent = wider(indent, name);
        n_links++;
    }
    for (guint i = 0; i < pools->len; i++)
        indent = wider(indent, ((struct pool_result *)pools->pdata[i])->name);
    indent = MIN(indent, 30);

    g_string_append(to, "\nWhat holds it back\n");
    for (guint i = 0; i < n_links; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        g_autofree char *sentence = link_sentence(s, r);
        g_autofree char *name = summary_link(s->collector->links[r->index]);
        entry(to, indent, name, sentence);
    }
    double more_share = 0;
    guint n_more = 0;
    for (guint i = n_links; i < s->links->len; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        if (!(r->bound_share > 0) || s->collector->links[r->index]->kind == LINK_SENDER)
            continue;
        more_share += r->bound_share;
        n_more++;
    }
    if (more_share >= 0.02) {
        g_autofree char *share = percent(more_share);
        g_string_append_printf(to, "  %u more %s %s\n", n_more, n_more == 1 ? "link limits" : "links limit", share);
    }
    for (guint i = 0; i < pools->len; i++) {
        const struct pool_result *r = pools->pdata[i];
        g_autofree char *sentence = pool_sentence(s, r);
        entry(to, indent, r->name, sentence);
    }
    if (!n_links && !pools->len)
        g_string_append(to, "  no link is full, and nobody waits for a thread\n");
}

static bool alike(const struct path_result *p, const struct path_result *q)
{
    return p->kind == q->kind && p->verdict == q->verdict && p->from_site == q->from_site;
}

static double time_of(const struct path_result *r)
{
    return r->waiting_s + r->moving_s;
}

/* Paths of one site with the same verdict are told by the one with the most time. */
static void would_threads_help(const struct summary *s, const struct room *room, GString *to)
{
    g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
    const struct path_result *told[8];
    size_t indent = 0;
    double all_s = 0;
    bool any_alike = false;

    for (guint i = 0; i < s->paths->len; i++)
        all_s += time_of(&g_array_index(s->paths, struct path_result, i));
    for (guint i = 0; i < s->paths->len && labels->len < room->paths; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);
        guint n_alike = 0;
        bool known = r->verdict == VERDICT_NOTHING_HOLDS || time_of(r) < 0.02 * all_s;

        for (guint k = 0; k < labels->len; k++)
            known |= alike(told[k], r);
        if (known)
            continue;
        for (guint k = i + 1; k < s->paths->len; k++)
            n_alike += alike(&g_array_index(s->paths, struct path_result, k), r);
        any_alike |= n_alike > 0;
        g_autofree char *others = n_alike ? g_strdup_printf(" +%u", n_alike) : g_strdup("");
        static const char *const ways[N_TRANSFER_KINDS] = {"to", "to DPs at", "pulled to"};
        char *label = g_strdup_printf("%s %s %s%s", r->from, ways[r->kind], r->to, others);
        indent = wider(indent, label);
        told[labels->len] = r;
        g_ptr_array_add(labels, label);
    }
    for (guint i = 0; i < labels->len; i++) {
        if (!i)
            g_string_append_printf(to, "\nWhat sendings and copies wait for%s\n",
                                   any_alike ? " (+n: n more alike)" : "");
        entry(to, MIN(indent, 32), labels->pdata[i], told[i]->advice);
    }
}

/* ---- slowest ---- */

static gint latest_first(gconstpointer a, gconstpointer b)
{
    const struct tally *p = *(const struct tally *const *)a, *q = *(const struct tally *const *)b;
    guint p_missing = p->n - p->delivered, q_missing = q->n - q->delivered;

    if (p_missing != q_missing)
        return p_missing > q_missing ? -1 : 1;
    if (p->last_on_dp_s != q->last_on_dp_s)
        return p->last_on_dp_s > q->last_on_dp_s ? -1 : 1;
    return strcmp(p->name, q->name);
}

static void slowest_of(const struct summary *s, GString *to, const char *label, const GArray *tallies)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);

    if (tallies->len < 2)
        return;
    for (guint i = 0; i < tallies->len; i++)
        g_ptr_array_add(sorted, &g_array_index(tallies, struct tally, i));
    g_ptr_array_sort(sorted, latest_first);
    for (guint i = 0; i < sorted->len && i < MAX_SLOWEST; i++) {
        const struct tally *tally = sorted->pdata[i];
        char last[WALL_CLOCK_SIZE];

        wall(s, last, tally->last_on_dp_s);
        g_string_append_printf(text, i ? ", %s %s" : "%s %s", tally->name, last);
        if (tally->delivered < tally->n)
            g_string_append_printf(text, " (%u of %u missing)", tally->n - tally->delivered, tally->n);
    }
    entry(to, 12, label, text->str);
}

static void slowest(const struct summary *s, GString *to)
{
    if (!s->all.delivered || (s->sites->len < 2 && s->packages->len < 2))
        return;
    g_string_append(to, "\nLast to be complete\n");
    slowest_of(s, to, "sites", s->sites);
    slowest_of(s, to, "packages", s->packages);
}

/* ---- assumptions ---- */

static void assumptions(const struct summary *s, GString *to)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GPtrArray) seen = g_ptr_array_new_with_free_func(g_free);

    for (guint i = 0; i < s->assumed->len; i++) {
        const struct assumed *assumed = &g_array_index(s->assumed, struct assumed, i);
        g_autofree char *item = g_strdup_printf("%s %s", assumed->field->name, assumed->value);

        if (g_ptr_array_find_with_equal_func(seen, item, g_str_equal, NULL))
            continue;
        g_string_append_printf(text, seen->len ? ", %s" : "%s", item);
        g_ptr_array_add(seen, g_steal_pointer(&item));
    }
    if (seen->len) {
        g_string_append_c(to, '\n');
        g_string_append(to, "Rests on assumed defaults: ");
        summary_wrap(to, 27, 2, text->str);
    }
}

char *summary_text(const struct summary *s, const char *where)
{
    static const struct room rooms[] = {{6, 7, 3, 3, 4}, {6, 6, 3, 3, 3}, {5, 6, 3, 2, 3}, {5, 5, 3, 2, 2},
                                        {4, 5, 2, 2, 2}, {4, 5, 2, 1, 2}, {3, 4, 2, 1, 1}, {2, 3, 1, 1, 1}};
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rooms); i++) {
        guint n_lines = 0;

        g_string_truncate(text, 0);
        what_ran(s, text);
        objectives(s, &rooms[i], text);
        where_the_time_went(s, &rooms[i], text);
        what_holds_it_back(s, &rooms[i], text);
        would_threads_help(s, &rooms[i], text);
        slowest(s, text);
        assumptions(s, text);
        if (where)
            g_string_append_printf(text, "%sResults: %s\n", s->assumed->len ? "" : "\n", where);
        for (const char *at = text->str; (at = strchr(at, '\n')); at++)
            n_lines++;
        if (n_lines <= HEIGHT)
            break;
    }
    return g_string_free(text, FALSE);
}
