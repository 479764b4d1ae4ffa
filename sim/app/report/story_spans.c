/* What happened in one span of a delivery's time, as an administrator would say it. */
#include "sim/app/report/story_parts.h"

#include <math.h>
#include <string.h>

#include "sim/app/report/words.h"

const struct site_spec *story_site(const struct tale *tale, const char *code)
{
    const struct scenario *s = tale->t->scenario;

    for (guint i = 0; i < s->sites->len; i++)
        if (!strcmp(scenario_site(s, (int32_t)i)->code, code))
            return scenario_site(s, (int32_t)i);
    return NULL;
}

/* The transfer on whose way the span lies. */
uint32_t story_transfer(const struct tale *tale, const struct story_row *span)
{
    const struct collector *c = tale->t->c;
    uint32_t found = UINT32_MAX;

    for (guint i = 0; i < c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(c, i);

        if (row->package == tale->row->package && row->version == tale->row->version && !strcmp(row->to, span->to) &&
            (row->kind == TRANSFER_SEND_REQUEST) == span->on_the_way &&
            (!span->on_the_way || !strcmp(row->from, span->from)) && row->created_s <= span->from_s &&
            (isnan(row->finished_s) || row->finished_s >= span->to_s))
            found = i;
    }
    return found;
}

/* The transfer's last change of state until then. */
const struct change_row *story_change(const struct tale *tale, uint32_t row, double time_s)
{
    const struct collector *c = tale->t->c;
    const struct change_row *found = NULL;

    for (guint i = 0; i < c->changes->len; i++) {
        const struct change_row *change = &g_array_index(c->changes, struct change_row, i);
        if (change->row == row && change->time_s <= time_s)
            found = change;
    }
    return found;
}

enum transfer_state story_state(const struct tale *tale, const struct story_row *span)
{
    uint32_t row = story_transfer(tale, span);
    const struct change_row *change = row == UINT32_MAX ? NULL : story_change(tale, row, span->from_s);

    return change ? change->state : N_TRANSFER_STATES;
}

/* "3 of 3 busy with CS100031, CS100040 and CS100041" */
static void append_busy(GString *text, const struct answer *answer, guint capacity, bool where)
{
    g_autofree char *packages = story_names(answer->packages), *destinations = story_names(answer->destinations);

    if (!answer->packages->len) {
        g_string_append(text, "none was free");
        return;
    }
    if (answer->most >= capacity)
        g_string_append_printf(text, "%u of %u busy with %s", capacity, capacity, packages);
    else
        g_string_append_printf(text, "only %u at a time, busy with %s", answer->most, packages);
    if (where)
        g_string_append_printf(text, ", to %s", destinations);
}

static double part_s(const struct story_row *span, enum cause cause)
{
    return (span->other == cause ? span->other_s : 0) +
           (span->cause == cause ? span->to_s - span->from_s - span->other_s : 0);
}

static void wait_for_sender(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct site_spec *from = story_site(tale, span->from);
    double whole_s = span->to_s - span->from_s, per_site_s = part_s(span, CAUSE_SENDER_WAIT_PER_SITE);
    double all_sites_s = part_s(span, CAUSE_SENDER_WAIT_ALL_SITES);
    bool for_site = per_site_s > 0.01 * whole_s, for_all = all_sites_s > 0.01 * whole_s;
    struct question question = {POOL_SENDER,  span->from, span->to,
                                span->from_s, span->to_s, story_transfer(tale, span)};

    g_string_append(text, "waited for a sending thread");
    if (for_site) {
        struct answer answer = story_who_holds(tale->t, &question);
        g_autofree char *part = words_duration(per_site_s);

        g_string_append_printf(text, " to %s", span->to);
        if (for_all)
            g_string_append_printf(text, " (%s)", part);
        g_string_append(text, ": ");
        append_busy(text, &answer, from->sender.max_concurrent_per_site, false);
        story_answer_clear(&answer);
    }
    if (for_all) {
        question.to = NULL;
        struct answer answer = story_who_holds(tale->t, &question);
        g_autofree char *part = words_duration(all_sites_s);

        g_string_append_printf(text, for_site ? "; and for any of %s" : " of %s", span->from);
        if (for_site)
            g_string_append_printf(text, " (%s)", part);
        g_string_append(text, ": ");
        append_busy(text, &answer, from->sender.max_concurrent_all_sites, true);
        story_answer_clear(&answer);
    }
}

static void wait_for_transfer_thread(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct software_distribution_params *shared = &story_site(tale, span->from)->software_distribution;
    uint32_t row = story_transfer(tale, span);
    struct question question = {POOL_TRANSFER_MANAGER, span->from, NULL, span->from_s, span->to_s, row};
    struct answer answer = story_who_holds(tale->t, &question);
    enum transfer_state state = story_state(tale, span);

    if (state == TRANSFER_STARTING) {
        g_string_append(text, "its transfer thread started");
    } else if (state == TRANSFER_NOTIFYING) {
        g_string_append_printf(text, "a transfer thread of %s notified %s", span->from, span->to);
    } else {
        g_string_append_printf(text, "waited for a transfer thread of %s: ", span->from);
        append_busy(text, &answer, shared->max_packages * shared->max_threads_per_package, true);
    }
    story_answer_clear(&answer);
}

static void wait_for_package_thread(const struct tale *tale, const struct story_row *span, GString *text)
{
    struct question question = {POOL_PACKAGE_THREADS, span->from, NULL, span->from_s, span->to_s, UINT32_MAX};
    struct answer answer = story_who_holds(tale->t, &question);
    double own_s = 0;

    for (guint i = 0; i < answer.packages->len; i++) {
        const struct named *named = &g_array_index(answer.packages, struct named, i);
        if (!strcmp(named->name, tale->package->id))
            own_s = named->busy_s;
    }
    if (own_s >= 0.99 * (span->to_s - span->from_s)) {
        g_string_append_printf(text, "waited for the package thread of %s that was busy with this package", span->from);
    } else {
        g_string_append_printf(text, "waited for a package thread of %s: ", span->from);
        append_busy(text, &answer, story_site(tale, span->from)->software_distribution.max_packages, false);
    }
    story_answer_clear(&answer);
}

static void wait_for_despooler(const struct tale *tale, const struct story_row *span, GString *text)
{
    struct question question = {POOL_DESPOOLER, span->to, NULL, span->from_s, span->to_s, UINT32_MAX};
    struct answer answer = story_who_holds(tale->t, &question);

    g_string_append_printf(text, "waited for a despooling thread of %s: ", span->to);
    append_busy(text, &answer, story_site(tale, span->to)->despooler.threads, false);
    story_answer_clear(&answer);
}

/* How often the site said this of the package (and the object, unless NULL) in the span. */
static guint said(const struct tale *tale, const char *site, enum status_id id, const char *object,
                  const struct story_row *span)
{
    const struct collector *c = tale->t->c;
    guint n = 0;

    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);
        n += event->id == id && event->package == tale->row->package && event->time_s >= span->from_s &&
             event->time_s < span->to_s && !strcmp(event->site, site) && (!object || !strcmp(event->object, object));
    }
    return n;
}

static void wait_for_compressor(const struct tale *tale, const struct story_row *span, GString *text)
{
    const struct collector *c = tale->t->c;
    g_autoptr(GArray) packages = g_array_new(FALSE, FALSE, sizeof(struct named));

    /* Whoever was compressed until then, in that order. */
    for (guint i = 0; i < c->events->len; i++) {
        const struct event_row *event = collector_event(c, i);
        if (event->id == EVENT_COMPRESSED && event->time_s > span->from_s && event->time_s <= span->to_s &&
            !strcmp(event->site, span->from))
            story_name_add(packages, scenario_package(tale->t->scenario, event->package)->id, -event->time_s);
    }
    g_autofree char *names = story_names(packages);
    g_string_append_printf(text, "waited for the compressor of %s, which takes one package at a time", span->from);
    if (packages->len)
        g_string_append_printf(text, ": busy with %s", names);
}

static void append_times(GString *text, guint n)
{
    if (n > 1)
        g_string_append_printf(text, ", %u times", n);
}

static void came_too_early(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n = said(tale, span->to, STATUS_DESPOOLER_CODE_12, NULL, span);

    g_string_append(text, "code 12: the content came before its database change");
    append_times(text, n);
    g_string_append(text, "; tried again when due");
}

/* L1: looks of the site; L2: those of the pull distribution point, of which a job has either. */
static void wait_for_source(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n_site = said(tale, span->from, STATUS_PULL_NO_SOURCE, span->to, span);
    guint n_dp = said(tale, span->from, EVENT_SOURCES_FAILED, span->to, span);

    if (n_site)
        g_string_append_printf(text, "%s found no source that had the content (8212)", span->from);
    else
        g_string_append_printf(text, "%s found no source that had the content and could be reached", span->to);
    append_times(text, n_site + n_dp);
    g_string_append(text, "; waited to look again");
}

static void wait_for_capacity(const struct tale *tale, const struct story_row *span, GString *text)
{
    guint n = said(tale, span->from, STATUS_PULL_NO_CAPACITY, span->to, span);

    if (n) {
        g_string_append_printf(text, "%s had as many jobs as it may (8211)", span->to);
        append_times(text, n);
        g_string_append(text, "; waited to try again");
    } else {
        g_string_append_printf(text, "waited for one of the downloads of %s to end", span->to);
    }
}

char *story_describe(const struct tale *tale, const struct story_row *span)
{
    GString *text = g_string_new(NULL);
    g_autofree char *size = words_bytes(span->bytes);

    switch ((enum cause)span->cause) {
    case CAUSE_METADATA_WAIT:
        g_string_append_printf(text, "until %s was told: database replication and notification", span->from);
        break;
    case CAUSE_PACKAGE_THREAD_WAIT:
        wait_for_package_thread(tale, span, text);
        break;
    case CAUSE_SNAPSHOT:
        g_string_append_printf(text, "%s took a snapshot of the new version, %s", span->from, size);
        break;
    case CAUSE_DP_THREAD_WAIT: {
        guint n = said(tale, span->from, STATUS_DP_THREAD_START, NULL, span);
        g_string_append_printf(text, "waited for a distribution point thread: %u other %s came first", n,
                               n == 1 ? "point" : "points");
        break;
    }
    case CAUSE_DP_THREAD:
        if (span->on_the_way)
            g_string_append_printf(text, "%s first created the jobs of its own distribution points", span->from);
        else
            g_string_append(text, "a distribution point thread created the job");
        break;
    case CAUSE_COMPRESSOR_WAIT:
        wait_for_compressor(tale, span, text);
        break;
    case CAUSE_COMPRESSING:
        g_string_append_printf(text, "%s compressed it for other sites", span->from);
        break;
    case CAUSE_SCHEDULER_WAIT:
        g_string_append(text, "the scheduler made a send request of it");
        break;
    case CAUSE_SENDER_WAIT_ALL_SITES:
    case CAUSE_SENDER_WAIT_PER_SITE:
        wait_for_sender(tale, span, text);
        break;
    case CAUSE_ROUTE_CLOSED:
        g_string_append_printf(text, "waited for the route to %s to open", span->to);
        break;
    case CAUSE_RETRY_WAIT:
        story_waited_to_try_again(tale, span, text);
        break;
    case CAUSE_SENDING:
    case CAUSE_COPYING:
        story_moved(tale, span, text);
        break;
    case CAUSE_DESPOOLER_WAIT:
        wait_for_despooler(tale, span, text);
        break;
    case CAUSE_DESPOOL_RETRY_WAIT:
        came_too_early(tale, span, text);
        break;
    case CAUSE_DESPOOLING:
        g_string_append_printf(text, "%s unpacked it into its library, %s", span->to, size);
        break;
    case CAUSE_TRANSFER_THREAD_WAIT:
        wait_for_transfer_thread(tale, span, text);
        break;
    case CAUSE_SOURCE_WAIT:
        wait_for_source(tale, span, text);
        break;
    case CAUSE_DP_CAPACITY_WAIT:
        wait_for_capacity(tale, span, text);
        break;
    case CAUSE_DP_CLOSED:
        g_string_append_printf(text, "waited for %s to open", span->to);
        break;
    case CAUSE_EARLIER_COPY_WAIT:
        g_string_append_printf(text, "waited for the copy to %s that was on its way before to end", span->to);
        break;
    case CAUSE_ADDING_FILES:
        g_string_append(text, "added its files to the library");
        break;
    default:
        g_string_append(text, words_cause(span->cause));
    }
    return g_string_free(text, FALSE);
}
