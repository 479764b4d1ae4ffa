#include <math.h>
#include <string.h>

#include "sim/app/report/advice.h"
#include "sim/app/report/summary.h"
#include "sim/app/report/wall_clock.h"
#include "sim/app/report/words.h"

enum { HEIGHT = 45, MAX_SLOWEST = 3 };

/* How much is shown of what may be long: less when it does not fit on a screen, of objectives last. */
struct room {
    guint objectives, causes, links, paths, groups, trials;
    bool slowest;
};

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

/* To the second where everything happens within hours. Rounded as durations are: 20:00:00 and 1 min 39.6 s later are
 * 20:01:40. */
static void wall(const struct summary *s, char text[WALL_CLOCK_SIZE], double time_s)
{
    const double start_s = s->scenario->start_s;

    if (isnan(time_s)) {
        g_strlcpy(text, "never", WALL_CLOCK_SIZE);
        return;
    }
    bool seconds = fmin(s->ended_s, s->all.last_on_dp_s - s->all.first_requested_s) < 7200;
    double unit_s = seconds ? 1 : 60, rounded_s = round((start_s + time_s) / unit_s) * unit_s - start_s;
    size_t n = wall_clock_day(text, s->scenario, rounded_s);

    text[n++] = ' ';
    (seconds ? wall_clock_second : wall_clock_minute)(text + n, start_s, rounded_s);
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
    words_wrap(to, used, indent, text);
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

    g_autofree char *delivered = grouped(s->all.delivered), *bytes = words_bytes(s->all.bytes);
    g_autofree char *failed = grouped(s->all.failed), *open = grouped(s->all.open);
    GString *line = g_string_new(NULL);
    g_string_append_printf(line, isnan(s->all.bytes) ? "%s delivered" : "%s delivered (%s)", delivered, bytes);
    g_string_append_printf(line, ", %s failed, %s open", failed, open);
    if (s->all.cancelled) {
        g_autofree char *cancelled = grouped(s->all.cancelled);
        g_string_append_printf(line, ", %s cancelled", cancelled);
    }
    if (s->all.delivered) {
        g_autofree char *after = words_duration(s->all.last_on_dp_s - s->all.first_requested_s);
        wall(s, last, s->all.last_on_dp_s);
        g_string_append_printf(line, "; last one %s, after %s", last, after);
    }
    words_wrap(to, 0, 0, line->str);
    g_string_free(line, TRUE);
    if (s->all.delivered > 1) {
        g_autofree char *half = words_duration(s->all.time.p50_s), *most = words_duration(s->all.time.p90_s);
        g_autofree char *all = words_duration(s->all.time.p99_s), *longest = words_duration(s->all.time.max_s);
        g_autofree char *times =
            g_strdup_printf("half within %s, 90 %% within %s, 99 %% within %s, longest %s", half, most, all, longest);
        words_wrap(to, 0, 0, times);
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
    g_autofree char *margin = words_margin(r->margin_s);

    return isnan(r->margin_s) || !r->decided ? g_strdup("")
                                             : g_strdup_printf(r->met ? "%s to spare" : "%s late", margin);
}

static char *objective_sentence(const struct summary *s, const struct objective_result *r)
{
    bool central = false;
    char by[WALL_CLOCK_SIZE], reached[WALL_CLOCK_SIZE];
    g_autofree char *at_end = just_below(r->share_at_end), *by_then = just_below(r->share_by_deadline);
    g_autofree char *margin = words_margin(r->margin_s);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < s->scenario->sites->len; i++)
        central |= scenario_site(s->scenario, (int32_t)i)->type == SITE_CENTRAL;
    const char *const metrics[] = {"on distribution points", "known at the sites",
                                   central ? "known at the central site" : "known at the top site"};
    wall(s, by, r->spec->by_s);
    wall(s, reached, r->reached_s);
    g_string_append_printf(text, "%s: %g %% %s by %s; ", r->spec->name, r->spec->share_percent,
                           metrics[r->spec->metric], by);
    if (!r->decided)
        g_string_append(text, "the run was cut short before");
    else if (!r->n)
        g_string_append(text, "nothing of what it asks about was requested");
    else if (r->met)
        g_string_append_printf(text, "reached %s", reached);
    else if (!isnan(r->reached_s) && !strcmp(by, reached)) /* too soon after it to be seen on the clock */
        g_string_append_printf(text, "%s by then, reached %s later", by_then, margin);
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
    g_string_append_printf(to, "\nObjectives: %u met, %u missed", s->objectives->len - s->n_missed - s->n_undecided,
                           s->n_missed);
    if (s->n_undecided)
        g_string_append_printf(to, ", %u not decided", s->n_undecided);
    g_string_append_c(to, '\n');
    for (int met = 0; met < 2; met++) /* missed ones first */
        for (guint i = 0; i < s->objectives->len && shown < room->objectives; i++) {
            const struct objective_result *r = &g_array_index(s->objectives, struct objective_result, i);
            if (r->met != (met == 1))
                continue;
            g_autofree char *sentence = objective_sentence(s, r), *margin = objective_margin(r);
            g_autofree char *label = g_strdup_printf("%s  %s",
                                                     !r->decided ? "open  "
                                                     : r->met    ? "met   "
                                                                 : "MISSED",
                                                     margin);
            entry(to, indent + 10, label, sentence);
            shown++;
        }
    if (s->objectives->len > shown)
        g_string_append_printf(to, "  and %u more\n", s->objectives->len - shown);
}

/* ---- where the time went ---- */

/* "JNB 62 %, PS2 18 %": the sites where most of it was spent; nothing where that says nothing. */
static char *places(const struct summary *s, enum cause cause, double sum_s)
{
    enum { MAX_SITES = 2 };
    const struct collector *c = s->collector;
    GString *text = g_string_new(NULL);
    double before_s = INFINITY;
    guint n_sites = s->scenario->sites->len;

    for (int n = 0; n < MAX_SITES && s->sites->len > 1; n++) {
        guint most = n_sites;

        for (guint i = 0; i < n_sites; i++) {
            double time_s = collector_place_s(c, i, cause);
            if (time_s < before_s && (most == n_sites || time_s > collector_place_s(c, most, cause)))
                most = i;
        }
        if (most == n_sites || collector_place_s(c, most, cause) < 0.1 * sum_s)
            break;
        before_s = collector_place_s(c, most, cause);
        g_string_append_printf(text, "%s%s %.0f %%", n ? ", " : ": ", scenario_site(s->scenario, (int32_t)most)->code,
                               100 * before_s / sum_s);
    }
    return g_string_free(text, FALSE);
}

static void cause_line(const struct summary *s, double time_s, const char *what, const char *where, GString *to)
{
    const struct collector *c = s->collector;
    g_autofree char *each = words_duration(time_s / c->n_placed), *text = g_strconcat(what, where, NULL);
    gsize before = to->len;

    g_string_append_printf(to, "  %3.0f %%  %11s  ", 100 * time_s / c->places_total_s, each);
    words_wrap(to, to->len - before, 22, text);
}

/* Also of those that are open or have failed: that is what they wait for. */
static void where_the_time_went(const struct summary *s, const struct room *room, GString *to)
{
    const struct collector *c = s->collector;
    double cause_s[N_CAUSES] = {0}, rest_s = c->places_total_s;

    if (rest_s <= 0)
        return;
    for (guint i = 0; i < s->scenario->sites->len; i++)
        for (int cause = 0; cause < N_CAUSES; cause++)
            cause_s[cause] += collector_place_s(c, i, (enum cause)cause);
    g_string_append(to, "\nWhere the time of the deliveries went (per delivery)\n");
    for (guint n = 0; n < room->causes; n++) {
        int most = 0;

        for (int i = 1; i < N_CAUSES; i++)
            if (cause_s[i] > cause_s[most])
                most = i;
        if (cause_s[most] < 0.005 * c->places_total_s)
            break;
        g_autofree char *where = places(s, (enum cause)most, cause_s[most]);
        cause_line(s, cause_s[most], words_cause((enum cause)most), where, to);
        rest_s -= cause_s[most];
        cause_s[most] = 0;
    }
    if (rest_s >= 0.005 * c->places_total_s)
        cause_line(s, rest_s, "everything else", "", to);
}

/* ---- what was not delivered ---- */

/* "waiting for a package thread (max_packages)", "failed tries, and waiting to try again; the last one failed: no
 * connection", "no connection"; to be freed. */
static char *missing_words(const struct missing *missing)
{
    g_autofree char *failure = words_failure(missing->failure);

    for (int i = 0; missing->state == DELIVERY_OPEN && i < N_CAUSES; i++)
        if (!strcmp(cause_names[i], missing->reason))
            return g_strconcat(words_cause((enum cause)i), *failure ? "; last failure: " : "", failure, NULL);
    return words_failure(*missing->reason ? missing->reason : "not begun");
}

/* A line per reason, with the sites that most of them are of. */
static void not_delivered(const struct summary *s, GString *to)
{
    enum { MAX_REASONS = 4, MAX_SITES = 3 };
    g_autofree bool *told = g_new0(bool, s->missing->len + 1);
    guint n_told = 0, rest = 0;

    for (guint i = 0; i < s->missing->len; i++) {
        const struct missing *first = &g_array_index(s->missing, struct missing, i);
        g_autoptr(GString) sites = g_string_new(NULL);
        guint n = 0, n_sites = 0;

        for (guint k = i; k < s->missing->len && !told[i]; k++) {
            const struct missing *more = &g_array_index(s->missing, struct missing, k);
            if (told[k] || more->state != first->state || strcmp(more->reason, first->reason) ||
                strcmp(more->failure, first->failure))
                continue;
            told[k] = k != i;
            n += more->n;
            if (n_sites++ < MAX_SITES)
                g_string_append_printf(sites, "%s%s %u", sites->len ? ", " : "", more->dp ? more->dp : more->site,
                                       more->n);
        }
        if (!n)
            continue;
        if (n_told == MAX_REASONS) {
            rest += n;
            continue;
        }
        if (!n_told++)
            g_string_append(to, "\nNot delivered\n");
        if (n_sites > MAX_SITES)
            g_string_append_printf(sites, " and %u more", n_sites - MAX_SITES);
        g_autofree char *label = g_strdup_printf("%u %s", n, first->state == DELIVERY_FAILED ? "failed" : "open");
        g_autofree char *reason = missing_words(first), *text = g_strdup_printf("%s (%s)", reason, sites->str);
        entry(to, 14, label, text);
    }
    if (rest)
        g_string_append_printf(to, "  %u for other reasons\n", rest);
}

/* ---- what went wrong besides, or after delivery ---- */

static gint most_first(gconstpointer a, gconstpointer b, gpointer counts)
{
    guint p = GPOINTER_TO_UINT(g_hash_table_lookup(counts, a)), q = GPOINTER_TO_UINT(g_hash_table_lookup(counts, b));

    return p != q ? (p > q ? -1 : 1) : strcmp(a, b);
}

/* "DP3 40, DP7 2 and 12 more": what these events were about, and how many of them; to be freed. */
static char *objects_of(const struct collector *c, enum status_id id)
{
    enum { MAX_OBJECTS = 3 };
    g_autoptr(GHashTable) counts = g_hash_table_new(g_str_hash, g_str_equal);
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *row = collector_event(c, i);
        if (row->id == id && row->object)
            g_hash_table_insert(counts, (gpointer)row->object,
                                GUINT_TO_POINTER(GPOINTER_TO_UINT(g_hash_table_lookup(counts, row->object)) + 1));
    }
    g_autoptr(GList) names = g_hash_table_get_keys(counts);
    names = g_list_sort_with_data(names, most_first, counts);
    guint n = 0;
    for (const GList *name = names; name && n < MAX_OBJECTS; name = name->next, n++)
        g_string_append_printf(text, "%s%s %u", n ? ", " : "", (const char *)name->data,
                               GPOINTER_TO_UINT(g_hash_table_lookup(counts, name->data)));
    if (g_hash_table_size(counts) > n)
        g_string_append_printf(text, " and %u more", g_hash_table_size(counts) - n);
    return g_string_free(text, FALSE);
}

static void aftermath(const struct summary *s, GString *to)
{
    const struct collector *c = s->collector;
    const struct {
        guint n;
        const char *one, *many;
        enum status_id of; /* told with what it was about; 0: not */
    } lines[] = {
        {collector_count(c, STATUS_UPDATE_FAILED), "try failed for want of room on the drives (8203)",
         "tries failed for want of room on the drives (8203)", STATUS_UPDATE_FAILED},
        {collector_count(c, STATUS_CONTENT_CORRUPT), "validation found changed files (2382)",
         "validations found changed files (2382)", 0},
        {collector_count(c, STATUS_CONTENT_MISSING), "validation found files missing (2385)",
         "validations found files missing (2385)", 0},
        {collector_count(c, EVENT_REMOVAL_FAILED),
         "try to remove content failed: the distribution point was not reached",
         "tries to remove content failed: the distribution points were not reached", 0},
        {s->n_without_report, "pull job ended without a report: its site does not know what became of it",
         "pull jobs ended without a report: their sites do not know what became of them", 0},
        {collector_count(c, EVENT_NOT_DAMAGED), "fault damaged nothing: the package was not there",
         "faults damaged nothing: the packages were not there", 0},
    };
    bool any = false;

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
        if (!lines[i].n)
            continue;
        g_autofree char *line = counted(lines[i].n, lines[i].one, lines[i].many);
        g_autofree char *objects = lines[i].of ? objects_of(c, lines[i].of) : NULL;
        g_autofree char *text = g_strconcat(line, objects ? ": " : "", objects, NULL);
        if (!any)
            g_string_append(to, "\nWhat else went wrong\n");
        any = true;
        g_string_append(to, "  ");
        words_wrap(to, 2, 2, text);
    }
}

/* ---- what sites know ---- */

char *summary_status_words(const struct summary *s, const struct status_lag *lag)
{
    const struct site_spec *site = scenario_site(s->scenario, lag->site);
    g_autofree char *late = words_duration(STATUS_LATE_S), *mean = words_duration(lag->mean_s);
    g_autofree char *longest = words_duration(lag->longest_s),
                    *each = words_setting(PARAM_DURATION, site->status_manager.status_time_s);
    g_autofree char *delay = words_setting(PARAM_DURATION, site->pull.state_message_delay_s);
    g_autofree char *poll = words_setting(PARAM_DURATION, site->pull.poll_interval_s);
    GString *text = g_string_new(NULL);

    g_string_append_printf(
        text, "knows of %.0f %% of its deliveries more than %s after the content was there (mean %s, longest %s",
        floor(100.0 * lag->late / lag->n), late, mean, longest);
    if (lag->unknown)
        g_string_append_printf(text, "; of %u not at the end", lag->unknown);
    g_string_append(text, "): ");
    if (lag->waiting_s >= 0.5 * lag->mean_s)
        g_string_append_printf(text,
                               "its status manager takes in one report at a time, %s each; "
                               "sites.%s.status_manager.status_time changes that",
                               each, site->code);
    else if (site->pull.state_message_loss_percent > 0 && collector_count(s->collector, EVENT_STATE_MESSAGE_LOST))
        g_string_append_printf(text,
                               "state messages are lost, and it has to find out by polling, every %s; "
                               "sites.%s.pull.poll_interval changes that",
                               poll, site->code);
    else if (site->pull.state_message_delay_s >= 0.5 * lag->mean_s)
        g_string_append_printf(text, "state messages take %s; sites.%s.pull.state_message_delay changes that", delay,
                               site->code);
    else
        g_string_append(text, "reports wait until the site can be reached");
    return g_string_free(text, FALSE);
}

static void what_sites_know(const struct summary *s, GString *to)
{
    enum { MAX_SITES = 2 };
    guint n = 0;

    for (guint i = 0; i < s->status->len; i++) {
        const struct status_lag *lag = &g_array_index(s->status, struct status_lag, i);
        g_autofree char *text = status_lags(lag) && n < MAX_SITES ? summary_status_words(s, lag) : NULL;

        if (!status_lags(lag))
            continue;
        if (!n)
            g_string_append(to, "\nWhat sites know comes late\n");
        if (n++ < MAX_SITES)
            entry(to, 7, scenario_site(s->scenario, lag->site)->code, text);
    }
    if (n > MAX_SITES)
        g_string_append_printf(to, "  %u more %s like that: \"status\" in summary.json\n", n - MAX_SITES,
                               n == MAX_SITES + 1 ? "site" : "sites");
}

/* ---- links ---- */

/* Of the paths that a link was shut for, the one with the most time tells of it. */
static bool told_before(const GArray *paths, guint i)
{
    for (guint k = 0; k < i; k++)
        if (g_array_index(paths, struct path_result, k).shut_link ==
            g_array_index(paths, struct path_result, i).shut_link)
            return true;
    return false;
}

/* Links that could carry nothing while there was something to send. */
static guint shut_links(const struct summary *s, guint most, GString *to)
{
    guint n = 0, more = 0;

    for (guint i = 0; i < s->paths->len; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);

        if (r->shut_link < 0 || r->shut_s < 0.005 * r->wanted_s || told_before(s->paths, i))
            continue;
        if (n == most) {
            more++;
            continue;
        }
        g_autofree char *name = words_link(s->collector->links[r->shut_link]);
        g_autofree char *shut = words_duration(r->shut_s), *wanted = words_duration(r->wanted_s);
        g_autofree char *text =
            g_strdup_printf("%s for %s of the %s in which %s had something for %s",
                            path_shut_word(s->collector, r->shut_link), shut, wanted, r->from, r->to);
        entry(to, MIN(wider(0, name), 30), name, text);
        n++;
    }
    if (more)
        g_string_append_printf(to, "  %u more %s like that\n", more, more == 1 ? "link" : "links");
    return n;
}

static bool worth_showing(const struct summary *s, const struct link_result *r)
{
    return r->bound_share >= 0.02 && s->collector->links[r->index]->kind != LINK_SENDER;
}

static char *link_sentence(const struct summary *s, const struct link_result *r)
{
    const struct link_stats *stats = &g_array_index(s->collector->link_stats, struct link_stats, r->index);
    g_autofree char *capacity = words_rate(s->collector->links[r->index]->nominal_bytes_per_s);
    g_autofree char *full = words_percent(stats->busy_s > 0 ? stats->full_s / stats->busy_s : 0);
    g_autofree char *busy = words_duration(stats->busy_s), *share = words_percent(r->bound_share);

    return g_strdup_printf("%s, full %s of %s in use; limits %s of all moving time", capacity, full, busy, share);
}

static void links(const struct summary *s, const struct room *room, GString *to)
{
    size_t indent = 0;
    guint n = 0, n_more = 0;
    double more_share = 0;

    for (guint i = 0; i < s->links->len; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        if (n < room->links && worth_showing(s, r)) {
            g_autofree char *name = words_link(s->collector->links[r->index]);
            indent = wider(indent, name);
            n++;
        } else if (r->bound_share > 0 && s->collector->links[r->index]->kind != LINK_SENDER) {
            more_share += r->bound_share;
            n_more++;
        }
    }
    gsize before = to->len;
    g_string_append(to, "\nLinks\n");
    guint n_shut = shut_links(s, MAX(room->links, 2), to);
    for (guint i = 0; i < n; i++) {
        const struct link_result *r = &g_array_index(s->links, struct link_result, i);
        g_autofree char *sentence = link_sentence(s, r), *name = words_link(s->collector->links[r->index]);
        entry(to, MIN(indent, 30), name, sentence);
    }
    if (more_share >= 0.02) {
        g_autofree char *share = words_percent(more_share);
        g_string_append_printf(to, "  %u %s %s %s\n", n_more,
                               n             ? "more"
                               : n_more == 1 ? "link"
                                             : "links",
                               n_more == 1 ? "limits" : "limit", share);
    }
    if (!n && !n_shut && more_share < 0.02) {
        if (s->tables == TABLES_NONE) /* nobody knows */
            g_string_truncate(to, before);
        else
            g_string_append(to, "  no link holds anything back\n");
    }
}

/* ---- what each path's time goes on ---- */

/* Of all paths' time: what has less is not told of. */
static const double least_path_share = 0.01;

static double path_time_s(const GArray *paths)
{
    double all_s = 0;

    for (guint i = 0; i < paths->len; i++)
        all_s += g_array_index(paths, struct path_result, i).total_s;
    return all_s;
}

/* Sendings destination by destination where that fits. */
static bool each_sending(const struct summary *s, guint most, GString *to)
{
    size_t indent = 0;
    guint n = 0;

    for (guint i = 0; i < s->paths->len; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);
        if (r->kind == TRANSFER_SEND_REQUEST) {
            g_autofree char *label = g_strdup_printf("%s to %s", r->from, r->to);
            indent = wider(indent, label);
            n++;
        }
    }
    if (n > most)
        return false;
    for (guint i = 0; i < s->paths->len; i++) {
        const struct path_result *r = &g_array_index(s->paths, struct path_result, i);
        if (r->kind != TRANSFER_SEND_REQUEST)
            continue;
        g_autofree char *label = g_strdup_printf("%s to %s", r->from, r->to);
        g_autofree char *sentence = path_sentence(s->collector, r);
        entry(to, indent, label, sentence);
    }
    return true;
}

/* The others together with those that wait for the same. */
static void on_the_way(const struct summary *s, const struct room *room, GString *to)
{
    static const char *const kinds[N_TRANSFER_KINDS] = {"", "copies ", "downloads "};
    double all_s = path_time_s(s->paths);
    guint n_told = 0, n_more = 0;

    if (!(all_s > 0))
        return;
    g_string_append(to, "\nOn the way (% of the time; % of the bytes)\n");
    bool each = each_sending(s, room->paths, to);
    GArray *groups = paths_group(s->paths);
    for (guint i = 0; i < groups->len; i++) {
        const struct path_result *r = &g_array_index(groups, struct path_result, i);

        if ((each && r->kind == TRANSFER_SEND_REQUEST) || r->total_s < least_path_share * all_s)
            continue;
        if (n_told++ >= room->groups) {
            n_more += r->n_paths;
            continue;
        }
        g_autofree char *sentence = path_sentence(s->collector, r);
        g_autofree char *text = g_strdup_printf("%s%s: %s", kinds[r->kind], r->ends, sentence);
        g_string_append(to, "  ");
        words_wrap(to, 4, 4, text);
    }
    if (n_more)
        g_string_append_printf(to, "  %u more with less time: \"paths\" in summary.json\n", n_more);
    paths_free(groups);
}

/* ---- what would help ---- */

/* Whether it is one of the `most` that make most of a difference. */
static bool among(const struct advice *advice, const struct trial *trial, guint most)
{
    double weight = advice_weight(advice, trial);
    guint n = 0;

    for (guint i = 0; i < advice->trials->len; i++) {
        const struct trial *other = &g_array_index(advice->trials, struct trial, i);
        g_autofree char *change = advice_change(advice, other);
        double its = change ? advice_weight(advice, other) : -1;
        n += its > weight || (its == weight && other < trial);
    }
    return n < most;
}

static void what_would_help(const struct summary *s, const struct room *room, GString *to)
{
    enum { MAX_SAME = 3 };
    const struct advice *advice = s->advice;
    g_autoptr(GString) same = g_string_new(NULL), untried = g_string_new(NULL);
    guint more = 0, n_same = 0, n_untried = 0;

    if (!advice || s->all.n == s->all.cancelled) /* nobody waits for anything */
        return;
    if (!advice->trials->len) {
        g_string_append(to, "\nWhat would help: deliveries wait for no setting that could be tried\n");
        return;
    }
    if (advice->n_tried) {
        g_autofree char *mean = words_duration(advice->base.mean_s);
        g_string_append_printf(to, "\nWhat would help (each tried alone; as it is, a delivery takes %s%s)\n", mean,
                               s->missing->len ? ", or until the end" : "");
    } else {
        g_string_append_printf(to, "\nWhat could help (not tried: %s)\n",
                               advice->stopped ? "interrupted" : "too large a run");
    }
    for (guint i = 0; i < advice->trials->len; i++) {
        const struct trial *trial = &g_array_index(advice->trials, struct trial, i);
        g_autofree char *change = advice_change(advice, trial);

        if (trial->tried && !change) {
            if (n_same++ < MAX_SAME)
                g_string_append_printf(same, "%s%s=%s", same->len ? ", " : "", trial->setting, trial->with);
        } else if (!trial->tried) {
            if (n_untried++ < room->trials)
                g_string_append_printf(untried, "%s%s=%s (%.0f %% of the time)", untried->len ? ", " : "",
                                       trial->setting, trial->with, 100 * trial->waits_share);
        } else if (!among(advice, trial, room->trials)) {
            more++;
        } else {
            gsize before = to->len;
            g_string_append_printf(to, "  %s%s=%s (is %s): ", advice_compare(advice, trial) > 0 ? "worse: " : "",
                                   trial->setting, trial->with, trial->was);
            words_wrap(to, (size_t)g_utf8_strlen(to->str + before, -1), 4, change);
        }
    }
    if (more)
        g_string_append_printf(to, "  %u more: \"advice\" in summary.json\n", more);
    if (n_same > MAX_SAME)
        g_string_append_printf(same, " and %u more", n_same - MAX_SAME);
    if (same->len) {
        g_string_append(to, "  no difference: ");
        words_wrap(to, 17, 4, same->str);
    }
    if (n_untried > room->trials)
        g_string_append_printf(untried, " and %u more", n_untried - room->trials);
    if (untried->len) {
        const char *label = advice->n_tried ? "  not tried: " : "  deliveries wait for ";
        g_string_append(to, label);
        words_wrap(to, strlen(label), 4, untried->str);
    }
}

/* ---- slowest ---- */

static gint latest_first(gconstpointer a, gconstpointer b)
{
    const struct tally *p = *(const struct tally *const *)a, *q = *(const struct tally *const *)b;
    guint p_missing = p->failed + p->open, q_missing = q->failed + q->open;

    if (p_missing != q_missing)
        return p_missing > q_missing ? -1 : 1;
    if (p->last_on_dp_s != q->last_on_dp_s)
        return p->last_on_dp_s > q->last_on_dp_s ? -1 : 1;
    return strcmp(p->name, q->name);
}

/* Those of which all was cancelled have nothing to wait for. */
static void slowest_of(const struct summary *s, GString *to, const char *label, const GArray *tallies)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < tallies->len; i++) {
        struct tally *tally = &g_array_index(tallies, struct tally, i);
        if (tally->cancelled < tally->n)
            g_ptr_array_add(sorted, tally);
    }
    if (sorted->len < 2)
        return;
    g_ptr_array_sort(sorted, latest_first);
    for (guint i = 0; i < sorted->len && i < MAX_SLOWEST; i++) {
        const struct tally *tally = sorted->pdata[i];
        char last[WALL_CLOCK_SIZE];

        wall(s, last, tally->last_on_dp_s);
        g_string_append_printf(text, i ? ", %s %s" : "%s %s", tally->name, last);
        if (tally->failed + tally->open)
            g_string_append_printf(text, " (%u of %u missing)", tally->failed + tally->open,
                                   tally->n - tally->cancelled);
    }
    entry(to, 12, label, text->str);
}

static void slowest(const struct summary *s, const struct room *room, GString *to)
{
    g_autoptr(GString) lines = g_string_new(NULL);

    if (!room->slowest || !s->all.delivered)
        return;
    slowest_of(s, lines, "sites", s->sites);
    slowest_of(s, lines, "packages", s->packages);
    if (lines->len)
        g_string_append_printf(to, "\nLast to be complete\n%s", lines->str);
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
        g_string_append(to, "At assumed defaults, to be measured first: ");
        words_wrap(to, 43, 2, text->str);
    }
}

char *summary_text(const struct summary *s, const char *where)
{
    static const struct room rooms[] = {
        {6, 7, 3, 8, 8, 8, true},  {6, 6, 2, 8, 6, 6, true},  {6, 5, 2, 8, 4, 6, true},  {6, 5, 1, 8, 3, 6, false},
        {6, 5, 1, 8, 3, 5, false}, {6, 4, 1, 8, 3, 4, false}, {6, 4, 1, 8, 2, 3, false}, {6, 3, 1, 8, 2, 2, false},
        {6, 3, 1, 6, 2, 2, false}, {6, 3, 1, 0, 2, 2, false}, {6, 3, 1, 0, 1, 1, false}, {4, 3, 1, 0, 1, 1, false},
        {2, 3, 1, 0, 1, 1, false},
    };
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(rooms); i++) {
        guint n_lines = 0;

        g_string_truncate(text, 0);
        what_ran(s, text);
        objectives(s, &rooms[i], text);
        not_delivered(s, text);
        aftermath(s, text);
        what_sites_know(s, text);
        where_the_time_went(s, &rooms[i], text);
        links(s, &rooms[i], text);
        on_the_way(s, &rooms[i], text);
        what_would_help(s, &rooms[i], text);
        slowest(s, &rooms[i], text);
        assumptions(s, text);
        if (where)
            g_string_append_printf(text, "%sResults: %s%s\n", s->assumed->len ? "" : "\n", where,
                                   s->tables == TABLES_ALL ? ""
                                   : s->tables == TABLES_SUMMARY
                                       ? " (--tables summary: no tables and pictures)"
                                       : " (--tables none: no tables, pictures, causes, paths)");
        for (const char *at = text->str; (at = strchr(at, '\n')); at++)
            n_lines++;
        if (n_lines <= HEIGHT)
            break;
    }
    return g_string_free(text, FALSE);
}
