#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/paths.h"
#include "sim/app/report/words.h"

static void append_part(GString *text, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void append_part(GString *text, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (text->len)
        g_string_append(text, ", ");
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
}

/* "waiting for max_concurrent_per_site (3)"; the number is left out where it differs. */
static char *time_words(const struct collector *c, const struct path_result *path, enum path_time time)
{
    const struct site_spec *from = path->from_site >= 0 ? scenario_site(c->scenario, path->from_site) : NULL;
    bool sending = path->kind == TRANSFER_SEND_REQUEST;
    const char *setting = NULL;
    uint32_t value = 0;

    switch (time) {
    case PATH_LINE:
        if (path->one_at_a_time)
            return g_strdup_printf("waiting for its turn (one %s at a time because of its %s)",
                                   sending ? "sending" : "copy", path->one_at_a_time);
        setting = sending ? "max_concurrent_per_site" : "copies to the same distribution point";
        value = from && sending ? from->sender.max_concurrent_per_site : 0;
        break;
    case PATH_THREAD:
        setting = sending ? "max_concurrent_all_sites" : "transfer threads";
        if (from)
            value = sending ? from->sender.max_concurrent_all_sites
                            : from->software_distribution.max_packages *
                                  from->software_distribution.max_threads_per_package;
        break;
    case PATH_CLOSED:
        setting = "its schedule to open";
        break;
    case PATH_SOURCE:
        setting = "a source that has the content";
        break;
    case PATH_CAPACITY:
        setting = "max_jobs or concurrent_downloads";
        break;
    case PATH_FAILING:
        return g_strdup("failed tries and waits between them");
    case PATH_MOVING:
        return g_strdup("moving");
    case PATH_ADDING:
        return g_strdup("adding files");
    default:
        return g_strdup("at the scheduler or starting");
    }
    return value ? g_strdup_printf("waiting for %s (%u)", setting, value) : g_strdup_printf("waiting for %s", setting);
}

static char *pace_words(const struct path_result *path, enum path_pace pace)
{
    switch (pace) {
    case PACE_WINDOW:
        if (!isnan(path->round_trip_s)) {
            g_autofree char *window = units_human(PARAM_SIZE, path->window_size_bytes);
            g_autofree char *round_trip = units_human(PARAM_DURATION, path->round_trip_s);
            return g_strdup_printf("window %s / %s", window, round_trip);
        }
        return g_strdup("windows");
    case PACE_MAX_RATE:
        return g_strdup("max_rate");
    default:
        return g_strdup_printf("its %s", path->one_at_a_time ? path->one_at_a_time : "limit");
    }
}

static const double worth_a_word = 0.095; /* of the time, or of the bytes: 10 % when rounded */

static void append_links(GString *pace, const struct collector *c, const struct path_result *path)
{
    double links_bytes = path->pace_bytes[PACE_LINK], least_bytes = worth_a_word * path->bytes;

    if (path->bound_link >= 0 && path->bound_link_bytes > 0 && path->bound_link_bytes >= least_bytes) {
        g_autofree char *name = words_link(c->links[path->bound_link]);
        append_part(pace, "%s %.0f %%", name, 100 * path->bound_link_bytes / path->bytes);
        if (links_bytes - path->bound_link_bytes >= least_bytes)
            append_part(pace, "other links %.0f %%", 100 * (links_bytes - path->bound_link_bytes) / path->bytes);
    } else if (links_bytes > 0 && links_bytes >= least_bytes) {
        append_part(pace, "full links %.0f %%", 100 * links_bytes / path->bytes);
    }
}

/* What else set the pace of more than links did, or of no more. */
static void append_paces(GString *pace, const struct path_result *path, bool more)
{
    for (int i = PACE_LINK + 1; i < N_PATH_PACES; i++)
        if ((path->pace_bytes[i] > path->pace_bytes[PACE_LINK]) == more && path->pace_bytes[i] > 0 &&
            path->pace_bytes[i] >= worth_a_word * path->bytes) {
            g_autofree char *what = pace_words(path, (enum path_pace)i);
            append_part(pace, "%s %.0f %%", what, 100 * path->pace_bytes[i] / path->bytes);
        }
}

char *path_sentence(const struct collector *c, const struct path_result *path)
{
    GString *text = g_string_new(NULL);
    g_autoptr(GString) pace = g_string_new(NULL);
    double least_s = worth_a_word * path->total_s;

    for (int i = 0; i < N_PATH_TIMES; i++)
        if (path->time_s[i] > 0 && path->time_s[i] >= least_s && (i != PATH_MOVING || i == (int)path->most_time)) {
            g_autofree char *what = time_words(c, path, (enum path_time)i);
            append_part(text, "%.0f %% %s", 100 * path->time_s[i] / path->total_s, what);
        }
    append_paces(pace, path, true);
    append_links(pace, c, path);
    append_paces(pace, path, false);
    if (pace->len)
        g_string_append_printf(text, "%sheld back by %s", text->len ? "; " : "", pace->str);
    if (path->kind == TRANSFER_PULL_JOB && path->from_site >= 0 && path->most_active > 0)
        g_string_append_printf(text, "; at most %.0f of %u jobs active at one of them", path->most_active,
                               scenario_site(c->scenario, path->from_site)->pull.max_jobs);
    if (path->shut_s > 0 && path->shut_s >= 0.005 * path->wanted_s) {
        g_autofree char *name = path->shut_link >= 0 ? words_link(c->links[path->shut_link]) : g_strdup("links");
        g_string_append_printf(text, "%s%s %s %.0f %% of the time that it is wanted", text->len ? "; " : "", name,
                               path->shut_link >= 0 ? path_shut_word(c, path->shut_link) : "shut",
                               100 * path->shut_s / path->wanted_s);
    }
    if (!text->len)
        g_string_append(text, "nothing holds it back");
    return g_string_free(text, FALSE);
}

static bool uses_all(const struct calendar_spec *calendar)
{
    for (guint i = 0; i < calendar->entries->len; i++)
        if (g_array_index(calendar->entries, struct calendar_entry, i).value_percent >= 100)
            return true;
    return false;
}

/* A fault and background use alike leave a link nothing. */
const char *path_shut_word(const struct collector *c, int32_t index)
{
    const struct scenario *scenario = c->scenario;
    const struct hierarchy_link *link = c->links[index];
    bool faults = false, background = false;

    if (link->kind != LINK_ACCESS_UP && link->kind != LINK_ACCESS_DOWN)
        return "down";
    for (guint i = 0; i < scenario->locations->len; i++) {
        const struct location_spec *location = scenario_location(scenario, (int32_t)i);
        if (strcmp(location->name, link->entity))
            continue;
        background = location->background >= 0 &&
                     uses_all(&g_array_index(scenario->calendars, struct calendar_spec, (guint)location->background));
        for (guint k = 0; k < scenario->faults->len; k++)
            faults |= g_array_index(scenario->faults, struct fault_spec, k).location == (int32_t)i;
    }
    return faults && background ? "down or fully used by background" : background ? "fully used by background" : "down";
}
