#include "sim/app/report/tables.h"

#include <math.h>
#include <string.h>

#include "sim/app/output.h"
#include "sim/app/report/wall_clock.h"

struct table {
    struct output *out;
    const struct collector *c;
    double start_s;
    bool wall_clock;
};

typedef void write_rows(struct table *table);

static const char *package_id(const struct table *t, uint32_t package)
{
    return package < t->c->scenario->packages->len ? scenario_package(t->c->scenario, package)->id : "";
}

static const char *dp_name(const struct table *t, uint32_t dp)
{
    return dp < t->c->scenario->distribution_points->len ? scenario_dp(t->c->scenario, dp)->name : "";
}

static const char *site_code(const struct table *t, uint32_t site)
{
    return site < t->c->scenario->sites->len ? scenario_site(t->c->scenario, (int32_t)site)->code : "";
}

/* A comma, then the field. */
static void text(struct table *t, const char *word)
{
    output_char(t->out, ',');
    output_csv_text(t->out, word);
}

static void count(struct table *t, uint64_t number)
{
    output_char(t->out, ',');
    output_count(t->out, number);
}

static void number(struct table *t, double value)
{
    output_char(t->out, ',');
    output_number(t->out, value);
}

static void wall_clock(struct table *t, double time_s)
{
    char iso[WALL_CLOCK_SIZE];

    output_char(t->out, ',');
    output_bytes(t->out, iso, wall_clock_iso(iso, t->start_s, time_s));
}

/* Lines end with CR LF in RFC 4180; every reader takes LF, and most tools are happier with it. */
static void end_row(struct table *t)
{
    output_char(t->out, '\n');
}

/* ---- transfers ---- */

static const char *const priority_names[] = {"high", "medium", "low"};
static const char *const limit_names[N_TRANSFER_LIMITS] = {"", "link", "window", "max_rate", "rate_limit", "pulse"};

static void write_transfers(struct table *t)
{
    char **link_limits = g_new0(char *, t->c->n_links + 1); /* what limits, if a link does; made when needed */

    output_text(t->out,
                "id,kind,package,version,from,to,priority,bytes,created_s,started_s,finished_s,state,reason,attempts,"
                "bytes_resent,mean_bytes_per_s,limited_by");
    for (int i = 0; i < N_TRANSFER_STATES; i++)
        if (!transfer_ended((enum transfer_state)i))
            output_printf(t->out, ",in_%s_s", transfer_state_names[i]);
    output_text(t->out, ",action");
    output_text(t->out, t->wall_clock ? ",created_at,started_at,finished_at\n" : "\n");

    for (guint i = 0; i < t->c->transfers->len; i++) {
        const struct transfer_row *row = collector_transfer(t->c, i);
        double moving_s = row->in_state_s[TRANSFER_MOVING];

        output_count(t->out, row->id);
        text(t, transfer_kind_names[row->kind]);
        text(t, package_id(t, row->package));
        count(t, row->version);
        text(t, row->from);
        text(t, row->to);
        text(t, priority_names[row->priority]);
        number(t, row->bytes);
        number(t, row->created_s);
        number(t, row->started_s);
        number(t, row->finished_s);
        text(t, transfer_state_names[row->state]);
        text(t, row->reason);
        count(t, row->attempts);
        number(t, row->bytes_resent);
        number(t, moving_s > 0 ? row->bytes_moved / moving_s : NAN);
        if (row->limit == LIMIT_LINK && row->limit_link >= 0) {
            char **name = &link_limits[row->limit_link];
            if (!*name)
                *name = g_strconcat("link:", t->c->links[row->limit_link]->name, NULL);
            text(t, *name);
        } else {
            text(t, limit_names[row->limit]);
        }
        for (int state = 0; state < N_TRANSFER_STATES; state++)
            if (!transfer_ended((enum transfer_state)state))
                number(t, row->in_state_s[state]);
        number(t, row->kind == TRANSFER_SEND_REQUEST ? NAN : row->again ? 2 : 1);
        if (t->wall_clock) {
            wall_clock(t, row->created_s);
            wall_clock(t, row->started_s);
            wall_clock(t, row->finished_s);
        }
        end_row(t);
    }
    for (uint32_t i = 0; i < t->c->n_links; i++)
        g_free(link_limits[i]);
    g_free(link_limits);
}

/* ---- attempts ---- */

static void write_attempts(struct table *t)
{
    output_text(t->out, "transfer,attempt,thread,started_s,ended_s,outcome,bytes");
    output_text(t->out, t->wall_clock ? ",started_at,ended_at\n" : "\n");
    for (guint i = 0; i < t->c->attempts->len; i++) {
        const struct attempt_row *row = collector_attempt(t->c, i);

        output_count(t->out, row->transfer);
        count(t, row->attempt);
        count(t, row->thread);
        number(t, row->started_s);
        number(t, row->ended_s);
        text(t, row->outcome);
        number(t, row->bytes);
        if (t->wall_clock) {
            wall_clock(t, row->started_s);
            wall_clock(t, row->ended_s);
        }
        end_row(t);
    }
}

/* ---- deliveries ---- */

static const char *const delivery_state_names[] = {"open", "delivered", "failed", "cancelled"};

static void write_deliveries(struct table *t)
{
    output_text(t->out, "package,version,dp,site,state,reason,requested_s,on_dp_s,site_knows_s,central_knows_s,bytes");
    for (int i = 0; i < N_CAUSES; i++)
        output_printf(t->out, ",%s_s", cause_names[i]);
    output_text(t->out, t->wall_clock ? ",requested_at,on_dp_at,site_knows_at,central_knows_at\n" : "\n");

    for (guint i = 0; i < t->c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(t->c, i);

        if (!row->known)
            continue;
        output_csv_text(t->out, package_id(t, row->package));
        count(t, row->version);
        text(t, dp_name(t, row->dp));
        text(t, site_code(t, row->site));
        text(t, delivery_state_names[row->state]);
        text(t, row->reason);
        number(t, row->requested_s);
        number(t, row->on_dp_s);
        number(t, row->site_knows_s);
        number(t, row->central_knows_s);
        number(t, row->bytes);
        for (int cause = 0; cause < N_CAUSES; cause++)
            number(t, row->cause_s[cause]);
        if (t->wall_clock) {
            wall_clock(t, row->requested_s);
            wall_clock(t, row->on_dp_s);
            wall_clock(t, row->site_knows_s);
            wall_clock(t, row->central_knows_s);
        }
        end_row(t);
    }
}

/* ---- events ---- */

const char *tables_status_word(enum status_id id)
{
    switch (id) {
    case EVENT_ACTION:
        return "action";
    case EVENT_MINI_JOB:
        return "mini_job";
    case EVENT_SEND_REQUEST:
        return "send_request";
    case EVENT_SENDING_STARTED:
        return "sending_started";
    case EVENT_SENDING_FAILED:
        return "sending_failed";
    case EVENT_SENDING_COMPLETED:
        return "sending_completed";
    case EVENT_DESPOOLING_STARTED:
        return "despooling_started";
    case EVENT_COPY_STARTED:
        return "copy_started";
    case EVENT_COPY_FAILED:
        return "copy_failed";
    case EVENT_COMPRESSED:
        return "compressed";
    case EVENT_CANCELLED:
        return "cancelled";
    case EVENT_SENDING_SUSPENDED:
        return "sending_suspended";
    case EVENT_RESCHEDULED:
        return "rescheduled";
    case EVENT_PULL_NOTIFIED:
        return "pull_notified";
    case EVENT_PULL_NOT_NOTIFIED:
        return "pull_not_notified";
    case EVENT_PULL_CANCELLED:
        return "pull_cancelled";
    case EVENT_DOWNLOAD_STARTED:
        return "download_started";
    case EVENT_DOWNLOAD_FAILED:
        return "download_failed";
    case EVENT_SOURCES_FAILED:
        return "sources_failed";
    case EVENT_STATE_MESSAGE:
        return "state_message";
    case EVENT_STATE_MESSAGE_LOST:
        return "state_message_lost";
    case EVENT_NEXT_DRIVE:
        return "next_drive";
    case EVENT_CONFIGURED:
        return "configured";
    case EVENT_REMOVED:
        return "removed";
    case EVENT_REMOVAL_FAILED:
        return "removal_failed";
    case EVENT_REMOVAL_OVERTAKEN:
        return "removal_overtaken";
    case EVENT_LIBRARY_REMOVED:
        return "library_removed";
    case EVENT_JOINED:
        return "joined";
    case EVENT_LEFT:
        return "left";
    case EVENT_DAMAGED:
        return "damaged";
    case EVENT_NOT_DAMAGED:
        return "not_damaged";
    default:
        return NULL;
    }
}

static void write_events(struct table *t)
{
    output_text(t->out, "time_s,site,component,status_id,package,version,object,attempt");
    output_text(t->out, t->wall_clock ? ",time_at\n" : "\n");
    for (guint i = 0; i < t->c->events->len; i++) {
        const struct event_row *row = collector_event(t->c, i);
        const char *word = tables_status_word((enum status_id)row->id);

        output_number(t->out, row->time_s);
        text(t, row->site);
        text(t, component_names[row->component]);
        if (word)
            text(t, word);
        else
            count(t, row->id);
        text(t, package_id(t, row->package));
        count(t, row->version);
        text(t, row->object);
        count(t, row->attempt);
        if (t->wall_clock)
            wall_clock(t, row->time_s);
        end_row(t);
    }
}

/* ---- timeline ---- */

/* What workers of a pool are called, and what waits for them. */
static const char *const work_metric[N_POOL_KINDS] = {
    [POOL_PACKAGE_THREADS] = "threads_in_use", [POOL_COMPRESSOR] = "threads_in_use",
    [POOL_SENDER] = "threads_in_use",          [POOL_DESPOOLER] = "threads_in_use",
    [POOL_TRANSFER_MANAGER] = "jobs_active",   [POOL_STATUS] = "threads_in_use",
    [POOL_PULL_JOBS] = "jobs_active",
};
static const char *const work_unit[N_POOL_KINDS] = {
    [POOL_PACKAGE_THREADS] = "threads", [POOL_COMPRESSOR] = "threads",    [POOL_SENDER] = "threads",
    [POOL_DESPOOLER] = "threads",       [POOL_TRANSFER_MANAGER] = "jobs", [POOL_STATUS] = "threads",
    [POOL_PULL_JOBS] = "jobs",
};
static const char *const waiting_unit[N_POOL_KINDS] = {
    [POOL_PACKAGE_THREADS] = "packages", [POOL_COMPRESSOR] = "packages",   [POOL_SENDER] = "requests",
    [POOL_DESPOOLER] = "instructions",   [POOL_TRANSFER_MANAGER] = "jobs", [POOL_STATUS] = "messages",
    [POOL_PULL_JOBS] = "jobs",
};

char *tables_pool_name(const struct hierarchy_pool *pool)
{
    g_autofree char *kind = g_strdelimit(g_strdup(pool_kind_names[pool->kind]), "_", ' ');

    return g_strdup_printf("%s %s", pool->entity, kind);
}

/* What a link has carried when its rate changes. */
struct carried {
    double bytes, rate_bytes_per_s, since_s;
};

static void timeline_row(struct table *t, double time_s, const char *entity, const char *metric, double value,
                         const char *unit)
{
    output_number(t->out, time_s);
    text(t, entity);
    text(t, metric);
    number(t, value);
    text(t, unit);
    if (t->wall_clock)
        wall_clock(t, time_s);
    end_row(t);
}

static void write_timeline(struct table *t)
{
    const struct collector *c = t->c;
    char **pool_names = g_new0(char *, c->n_pools + 1);
    struct carried *carried = g_new0(struct carried, c->n_links + 1);

    for (uint32_t i = 0; i < c->n_pools; i++)
        pool_names[i] = tables_pool_name(&c->pools[i]);

    output_text(t->out,
                t->wall_clock ? "time_s,entity,metric,value,unit,time_at\n" : "time_s,entity,metric,value,unit\n");
    for (guint i = 0; i < c->steps->len; i++) {
        const struct step *step = collector_step(c, i);

        switch ((enum step_metric)step->metric) {
        case STEP_POOL_IN_USE:
        case STEP_POOL_WAITING:
        case STEP_POOL_CLOSED: {
            if (step->index >= c->n_pools)
                break;
            enum pool_kind kind = c->pools[step->index].kind;
            if (step->metric == STEP_POOL_IN_USE)
                timeline_row(t, step->time_s, pool_names[step->index], work_metric[kind], step->value, work_unit[kind]);
            else
                timeline_row(t, step->time_s, pool_names[step->index],
                             step->metric == STEP_POOL_WAITING ? "waiting" : "waiting_closed", step->value,
                             waiting_unit[kind]);
            break;
        }
        case STEP_LINK_CAPACITY:
            timeline_row(t, step->time_s, c->links[step->index]->name, "link_capacity", step->value, "bytes/s");
            break;
        case STEP_LINK_RATE: {
            struct carried *so_far = &carried[step->index];

            timeline_row(t, step->time_s, c->links[step->index]->name, "link_rate", step->value, "bytes/s");
            if (c->links[step->index]->kind != LINK_SENDER)
                break;
            so_far->bytes += so_far->rate_bytes_per_s * (step->time_s - so_far->since_s);
            so_far->rate_bytes_per_s = step->value;
            so_far->since_s = step->time_s;
            timeline_row(t, step->time_s, c->links[step->index]->name, "bytes_sent", so_far->bytes, "bytes");
            break;
        }
        case STEP_DELIVERED:
            timeline_row(t, step->time_s, package_id(t, step->index), "content_delivered", step->value,
                         "distribution points");
            break;
        case N_STEP_METRICS:
            break;
        }
    }
    g_strfreev(pool_names);
    g_free(carried);
}

gboolean tables_write(const struct collector *collector, const struct tables_options *options, const char *directory,
                      GError **error)
{
    static const struct {
        const char *file;
        write_rows *write;
        unsigned flag;
    } tables[] = {
        {"transfers.csv", write_transfers, COLLECT_TRANSFERS},    {"attempts.csv", write_attempts, COLLECT_ATTEMPTS},
        {"deliveries.csv", write_deliveries, COLLECT_DELIVERIES}, {"events.csv", write_events, COLLECT_EVENTS},
        {"timeline.csv", write_timeline, COLLECT_STEPS},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(tables); i++) {
        if (!(collector->flags & tables[i].flag))
            continue;
        g_autofree char *path = g_build_filename(directory, tables[i].file, NULL);
        struct table table = {
            .c = collector, .start_s = collector->scenario->start_s, .wall_clock = options->wall_clock};

        if (!(table.out = output_open(path, error)))
            return FALSE;
        tables[i].write(&table);
        if (!output_close(table.out, error))
            return FALSE;
    }
    return TRUE;
}
