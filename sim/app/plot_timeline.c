/* What the threads did: a lane per thread, grouped by sender (or transfer manager), and under each group how many
 * waited. */
#include <math.h>
#include <string.h>

#include "sim/app/plot.h"
#include "sim/app/tables.h"

enum {
    WIDTH = 1280, /* of the picture, px */
    LEFT = 110,   /* margins */
    RIGHT = 30,
    LANE_HEIGHT = 22, /* px per unit of y */
    MAX_LANES = 40,   /* of one group on one page */
    MAX_PAGES = 8,
};
static const double page_height = 46;   /* in lanes */
static const double strip_height = 2.2; /* what waits */
static const double heading_height = 1.3, gap_height = 0.9;
static const double plot_px = WIDTH - LEFT - RIGHT;

static const int colour_of[] = {PLOT_VERMILLION, PLOT_BLUE, PLOT_GREEN}; /* by priority */

struct bar {
    double from_s, to_s;
    uint32_t thread;
    uint8_t priority;
    uint8_t look; /* enum look */
    const char *label;
};

enum look {
    LOOK_DONE,  /* moved what it had to */
    LOOK_LOST,  /* moved something, then failed */
    LOOK_HOLDS, /* has the thread and moves nothing: no connection, or the wait before the next try */
};

/* One sender, or some of its threads. */
struct group {
    uint32_t pool;
    const char *site;
    GArray *bars; /* struct bar, by thread and time */
    uint32_t n_threads;
    guint n_transfers, n_destinations;
    guint n_merged; /* too short to be seen alone */
    bool waits;     /* somebody waited for a thread */
    double y;       /* of its upper edge */
    guint page;
};

static double height_of(const struct group *group)
{
    return heading_height + MIN(group->n_threads, MAX_LANES) + (group->waits ? 0.4 + strip_height : 0) + gap_height;
}

static gint by_thread_and_time(gconstpointer a, gconstpointer b)
{
    const struct bar *p = a, *q = b;

    if (p->thread != q->thread)
        return p->thread < q->thread ? -1 : 1;
    return p->from_s < q->from_s ? -1 : p->from_s > q->from_s;
}

static struct group *group_of(GArray *groups, const struct collector *c, const char *site, enum pool_kind kind)
{
    for (guint i = 0; i < groups->len; i++)
        if (!strcmp(g_array_index(groups, struct group, i).site, site))
            return &g_array_index(groups, struct group, i);
    for (uint32_t i = 0; i < c->n_pools; i++)
        if (c->pools[i].kind == kind && !strcmp(c->pools[i].entity, site)) {
            struct group fresh = {.pool = i,
                                  .site = site,
                                  .bars = g_array_new(FALSE, FALSE, sizeof(struct bar)),
                                  .waits = c->pools[i].slots->waited_s > 0};
            g_array_append_val(groups, fresh);
            return &g_array_index(groups, struct group, groups->len - 1);
        }
    return NULL;
}

static double retry_delay_s(const struct scenario *scenario, const char *site)
{
    for (guint i = 0; i < scenario->sites->len; i++)
        if (!strcmp(scenario_site(scenario, (int32_t)i)->code, site))
            return scenario_site(scenario, (int32_t)i)->sender.retry_delay_s;
    return 0;
}

static void add_bar(struct group *group, const struct bar *bar)
{
    g_array_append_vals(group->bars, bar, 1);
    group->n_threads = MAX(group->n_threads, bar->thread + 1);
}

static GArray *collect(const struct summary *s, enum transfer_kind kind, struct time_range *range)
{
    const struct collector *c = s->collector;
    GArray *groups = g_array_new(FALSE, FALSE, sizeof(struct group));
    struct before {
        double ended_s;
        uint32_t thread;
        bool any;
    } *before = g_new0(struct before, c->transfers->len + 1);
    g_autoptr(GHashTable) destinations = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    *range = (struct time_range){INFINITY, -INFINITY};
    for (guint i = 0; i < c->attempts->len; i++) {
        const struct attempt_row *attempt = collector_attempt(c, i);
        if (attempt->row >= c->transfers->len)
            continue;
        const struct transfer_row *transfer = collector_transfer(c, attempt->row);
        if (transfer->kind != kind || !transfer->from)
            continue;
        struct group *group =
            group_of(groups, c, transfer->from, kind == TRANSFER_SEND_REQUEST ? POOL_SENDER : POOL_TRANSFER_MANAGER);
        if (!group)
            continue;
        bool done = !strcmp(attempt->outcome, "done") || !strcmp(attempt->outcome, "cut_short");
        struct bar bar = {.from_s = attempt->started_s,
                          .to_s = attempt->ended_s,
                          .thread = attempt->thread,
                          .priority = transfer->priority,
                          .look = done                 ? LOOK_DONE
                                  : attempt->bytes > 0 ? LOOK_LOST
                                                       : LOOK_HOLDS,
                          .label = transfer->to};
        struct before *last = &before[attempt->row];
        double held_s = attempt->started_s - last->ended_s;

        if (last->any && kind == TRANSFER_SEND_REQUEST && last->thread == attempt->thread && held_s > 0 &&
            held_s <= retry_delay_s(s->scenario, transfer->from) * 1.0001) {
            struct bar hold = bar;
            hold.from_s = last->ended_s;
            hold.to_s = attempt->started_s;
            hold.look = LOOK_HOLDS;
            add_bar(group, &hold);
        }
        add_bar(group, &bar);
        if (!last->any) {
            group->n_transfers++;
            char *pair = g_strdup_printf("%s %s", transfer->from, transfer->to);
            group->n_destinations += g_hash_table_add(destinations, pair) ? 1 : 0;
        }
        *last = (struct before){attempt->ended_s, attempt->thread, true};
        range->from_s = fmin(range->from_s, transfer->created_s);
        range->to_s = fmax(range->to_s, attempt->ended_s);
    }
    for (guint i = 0; i < groups->len; i++)
        g_array_sort(g_array_index(groups, struct group, i).bars, by_thread_and_time);
    g_free(before);
    return groups;
}

static gint most_bars_first(gconstpointer a, gconstpointer b)
{
    const struct group *p = a, *q = b;

    if (p->n_transfers != q->n_transfers)
        return p->n_transfers > q->n_transfers ? -1 : 1;
    return strcmp(p->site, q->site);
}

/* Puts the groups on pages, the busiest first; returns the number of pages. */
static guint paginate(GArray *groups, guint *left_out)
{
    guint page = 0;
    double y = 0;

    g_array_sort(groups, most_bars_first);
    for (guint i = 0; i < groups->len; i++) {
        struct group *group = &g_array_index(groups, struct group, i);

        if (y > 0 && y + height_of(group) > page_height) {
            page++;
            y = 0;
        }
        group->page = page;
        group->y = y;
        y += height_of(group);
        *left_out += page >= MAX_PAGES;
    }
    return MIN(page + 1, MAX_PAGES);
}

static void box(struct plot *plot, double from_s, double to_s, double top, double bottom)
{
    output_number(plot->data, from_s);
    output_char(plot->data, ' ');
    output_number(plot->data, to_s);
    output_char(plot->data, ' ');
    output_number(plot->data, top);
    output_char(plot->data, ' ');
    output_number(plot->data, bottom);
}

/* Mixed with white: 1 is the colour itself. */
static int tint(int colour, double strength)
{
    int mixed = 0;

    for (int shift = 0; shift <= 16; shift += 8) {
        double part = (colour >> shift) & 255;
        mixed |= (int)lround(255 + (part - 255) * CLAMP(strength, 0.0, 1.0)) << shift;
    }
    return mixed;
}

static void coloured(struct plot *plot, double from_s, double to_s, double top, double bottom, int colour)
{
    box(plot, from_s, to_s, top, bottom);
    output_printf(plot->data, " %d\n", colour);
}

/* What many short bars look like from afar: stretches of a few pixels, the paler the more of the time is idle. */
struct blur {
    guint n;
    double from_s, to_s, busy_s[3];
};

static void end_blur(struct plot *plot, struct blur *blur, double top, double bottom)
{
    int most = 0;
    double busy_s = 0;

    if (!blur->n)
        return;
    for (int i = 0; i < 3; i++) {
        busy_s += blur->busy_s[i];
        if (blur->busy_s[i] > blur->busy_s[most])
            most = i;
    }
    double share = blur->n > 1 && blur->to_s > blur->from_s ? busy_s / (blur->to_s - blur->from_s) : 1;
    coloured(plot, blur->from_s, blur->to_s, top, bottom, tint(colour_of[most], 0.25 + 0.75 * share));
    *blur = (struct blur){0};
}

static void draw_bars(struct plot *plot, struct group *group, double px_s)
{
    struct blur blur = {0};
    uint32_t lane = UINT32_MAX;
    double top = 0, bottom = 0;

    for (guint i = 0; i < group->bars->len; i++) {
        const struct bar *bar = &g_array_index(group->bars, struct bar, i);
        double width_s = bar->to_s - bar->from_s;

        if (bar->thread >= MAX_LANES)
            break;
        if (bar->thread != lane) {
            end_blur(plot, &blur, top, bottom);
            lane = bar->thread;
            top = group->y + heading_height + lane + 0.12;
            bottom = top + 0.76;
        }
        if (bar->look == LOOK_HOLDS && width_s >= 2 * px_s) {
            end_blur(plot, &blur, top, bottom);
            continue;
        }
        if (width_s >= 2 * px_s) {
            end_blur(plot, &blur, top, bottom);
            /* A gap of white between neighbours. */
            coloured(plot, bar->from_s, width_s > 4 * px_s ? bar->to_s - px_s : bar->to_s, top, bottom,
                     colour_of[bar->priority]);
            continue;
        }
        if (blur.n && (bar->from_s - blur.to_s > 2 * px_s || blur.to_s - blur.from_s > 4 * px_s))
            end_blur(plot, &blur, top, bottom);
        if (!blur.n++)
            blur.from_s = bar->from_s;
        blur.to_s = fmax(bar->to_s, blur.from_s + px_s);
        if (bar->look != LOOK_HOLDS)
            blur.busy_s[bar->priority] += fmax(width_s, 1e-9 * px_s); /* without width it still has a colour */
        group->n_merged++;
    }
    end_blur(plot, &blur, top, bottom);
}

static void draw_holds(struct plot *plot, const struct group *group, double px_s)
{
    for (guint i = 0; i < group->bars->len; i++) {
        const struct bar *bar = &g_array_index(group->bars, struct bar, i);

        if (bar->look == LOOK_HOLDS && bar->thread < MAX_LANES && bar->to_s - bar->from_s >= 2 * px_s) {
            double top = group->y + heading_height + bar->thread + 0.12;
            box(plot, bar->from_s, bar->to_s, top, top + 0.76);
            output_char(plot->data, '\n');
        }
    }
}

static void draw_losses(struct plot *plot, const struct group *group)
{
    for (guint i = 0; i < group->bars->len; i++) {
        const struct bar *bar = &g_array_index(group->bars, struct bar, i);

        if (bar->look != LOOK_LOST || bar->thread >= MAX_LANES)
            continue;
        output_number(plot->data, bar->to_s);
        output_char(plot->data, ' ');
        output_number(plot->data, group->y + heading_height + bar->thread + 0.5);
        output_char(plot->data, '\n');
    }
}

static void draw_labels(struct plot *plot, const struct group *group, double px_s)
{
    for (guint i = 0; i < group->bars->len; i++) {
        const struct bar *bar = &g_array_index(group->bars, struct bar, i);
        double needed_px = 7.5 * (double)g_utf8_strlen(bar->label, -1) + 8;

        if (bar->look == LOOK_HOLDS || bar->thread >= MAX_LANES || bar->to_s - bar->from_s < needed_px * px_s)
            continue;
        output_number(plot->data, (bar->from_s + bar->to_s) / 2);
        output_char(plot->data, ' ');
        output_number(plot->data, group->y + heading_height + bar->thread + 0.5);
        output_char(plot->data, ' ');
        plot_data_text(plot, bar->label);
        output_char(plot->data, '\n');
    }
}

/* The number that waits, as columns of a pixel or wider: the highest in each. */
static double draw_waiting(struct plot *plot, const struct group *group, struct time_range range, double px_s)
{
    const struct collector *c = plot->summary->collector;
    size_t n = (size_t)plot_px + 1;
    g_autofree double *most = g_new0(double, n);
    double value = 0, since_s = range.from_s, max = 0;

    for (guint i = 0; i <= c->steps->len; i++) {
        const struct step *step = i < c->steps->len ? collector_step(c, i) : NULL;
        if (step && (step->metric != STEP_POOL_WAITING || step->index != group->pool))
            continue;
        double until_s = step ? CLAMP(step->time_s, range.from_s, range.to_s) : range.to_s;
        size_t from = (size_t)((since_s - range.from_s) / px_s), to = (size_t)((until_s - range.from_s) / px_s);

        for (size_t k = from; value > 0 && until_s > since_s && k <= to && k < n; k++)
            most[k] = fmax(most[k], value);
        since_s = until_s;
        value = step ? step->value : 0;
    }
    for (size_t k = 0; k < n; k++)
        max = fmax(max, most[k]);
    double bottom = group->y + height_of(group) - gap_height;
    for (size_t k = 0; k < n && max > 0;) {
        size_t end = k + 1;
        while (end < n && most[end] == most[k])
            end++;
        if (most[k] > 0) {
            box(plot, range.from_s + (double)k * px_s, fmin(range.to_s, range.from_s + (double)end * px_s),
                bottom - strip_height * most[k] / max, bottom);
            output_char(plot->data, '\n');
        }
        k = end;
    }
    return max;
}

static void group_heading(struct plot *plot, const struct group *group, double max_waiting, enum transfer_kind kind)
{
    const struct hierarchy_pool *pool = &plot->summary->collector->pools[group->pool];
    g_autofree char *name = tables_pool_name(pool);
    g_autoptr(GString) text = g_string_new(NULL);
    bool sender = kind == TRANSFER_SEND_REQUEST;

    g_string_append_printf(text, "%s: %u %s to %u %s%s; %u of %u threads used; ", name, group->n_transfers,
                           sender ? (group->n_transfers == 1 ? "send request" : "send requests")
                                  : (group->n_transfers == 1 ? "job" : "jobs"),
                           group->n_destinations, sender ? "site" : "distribution point",
                           group->n_destinations == 1 ? "" : "s", group->n_threads, pool->slots->capacity);
    if (max_waiting > 0)
        g_string_append_printf(text, "up to %.0f waiting", max_waiting);
    else
        g_string_append(text, "nobody waits");
    if (group->n_threads > MAX_LANES)
        g_string_append_printf(text, " (threads 1 to %d are drawn)", MAX_LANES);
    output_number(plot->data, group->y + 0.75);
    output_char(plot->data, ' ');
    plot_data_text(plot, text->str);
    output_char(plot->data, '\n');
}

static void lane_label(struct plot *plot, double y, const char *text)
{
    output_number(plot->data, y);
    output_char(plot->data, ' ');
    plot_data_text(plot, text);
    output_char(plot->data, '\n');
}

static void draw_page(struct drawing *drawing, enum transfer_kind kind, GArray *groups, guint page, guint n_pages,
                      guint left_out, struct time_range range)
{
    const struct summary *s = drawing->summary;
    const char *base = kind == TRANSFER_SEND_REQUEST ? "timeline" : "jobs";
    g_autofree char *name = n_pages > 1 ? g_strdup_printf("%s-%u", base, page + 1) : g_strdup(base);
    double px_s = (range.to_s - range.from_s) / plot_px, height = 0;
    bool priorities[3] = {false, false, false}, holds = false, losses = false, waits = false;
    guint n_merged = 0, n_bars = 0;
    struct plot plot;

    if (!plot_begin(&plot, drawing, name))
        return;
    plot_block(&plot, "bars", 5);
    for (guint i = 0; i < groups->len; i++) {
        struct group *group = &g_array_index(groups, struct group, i);
        if (group->page == page)
            draw_bars(&plot, group, px_s);
    }
    plot_block(&plot, "holds", 4);
    for (guint i = 0; i < groups->len; i++)
        if (g_array_index(groups, struct group, i).page == page)
            draw_holds(&plot, &g_array_index(groups, struct group, i), px_s);
    plot_block(&plot, "losses", 2);
    for (guint i = 0; i < groups->len; i++)
        if (g_array_index(groups, struct group, i).page == page)
            draw_losses(&plot, &g_array_index(groups, struct group, i));
    plot_block(&plot, "labels", 3);
    for (guint i = 0; i < groups->len; i++)
        if (g_array_index(groups, struct group, i).page == page)
            draw_labels(&plot, &g_array_index(groups, struct group, i), px_s);
    plot_block(&plot, "waiting", 4);
    double *max_waiting = g_new0(double, groups->len + 1);
    for (guint i = 0; i < groups->len; i++)
        if (g_array_index(groups, struct group, i).page == page)
            max_waiting[i] = !g_array_index(groups, struct group, i).waits
                                 ? 0
                                 : draw_waiting(&plot, &g_array_index(groups, struct group, i), range, px_s);
    plot_block(&plot, "headings", 2);
    for (guint i = 0; i < groups->len; i++)
        if (g_array_index(groups, struct group, i).page == page)
            group_heading(&plot, &g_array_index(groups, struct group, i), max_waiting[i], kind);
    plot_block(&plot, "lanes", 2);
    for (guint i = 0; i < groups->len; i++) {
        const struct group *group = &g_array_index(groups, struct group, i);
        if (group->page != page)
            continue;
        for (uint32_t lane = 0; lane < MIN(group->n_threads, MAX_LANES); lane++) {
            g_autofree char *text = g_strdup_printf("thread %u", lane + 1);
            lane_label(&plot, group->y + heading_height + lane + 0.5, text);
        }
        double bottom = group->y + height_of(group) - gap_height;
        g_autofree char *most = g_strdup_printf("%.0f", max_waiting[i]);
        if (!group->waits)
            continue;
        lane_label(&plot, bottom - strip_height + 0.15, most);
        lane_label(&plot, bottom - strip_height / 2, "waiting");
        lane_label(&plot, bottom - 0.1, "0");
    }
    plot_block(&plot, "strips", 2);
    for (guint i = 0; i < groups->len; i++) {
        const struct group *group = &g_array_index(groups, struct group, i);
        if (group->page != page)
            continue;
        double bottom = group->y + height_of(group) - gap_height;
        output_number(plot.data, bottom);
        output_char(plot.data, ' ');
        output_number(plot.data, group->waits ? bottom - strip_height : bottom);
        output_char(plot.data, '\n');
        waits |= group->waits;
        height = fmax(height, bottom + 0.4);
        n_merged += group->n_merged;
        n_bars += group->bars->len;
        for (guint k = 0; k < group->bars->len; k++) {
            const struct bar *bar = &g_array_index(group->bars, struct bar, k);
            priorities[bar->priority] = true;
            holds |= bar->look == LOOK_HOLDS;
            losses |= bar->look == LOOK_LOST;
        }
    }
    g_free(max_waiting);

    g_autoptr(GString) subtitle = g_string_new(NULL);
    g_string_append_printf(subtitle, "%s; local time at the top site", s->scenario->name);
    if (n_pages > 1)
        g_string_append_printf(subtitle, "; page %u of %u, busiest first", page + 1, n_pages);
    if (n_merged)
        g_string_append_printf(
            subtitle, "; %u of %u bars are too short to be seen alone and are merged: paler means idle in between",
            n_merged, n_bars);
    if (left_out)
        g_string_append_printf(subtitle, "; %u sites with less to do are not drawn", left_out);
    plot_text(&plot, "title_text",
              kind == TRANSFER_SEND_REQUEST ? "What the senders did: a lane per sending thread"
                                            : "What the package transfer managers did: a lane per thread");
    plot_text(&plot, "subtitle", subtitle->str);
    plot_number(&plot, "width", WIDTH);
    plot_number(&plot, "height", 96 + 66 + LANE_HEIGHT * height);
    plot_number(&plot, "left", LEFT);
    plot_number(&plot, "right", RIGHT);
    plot_number(&plot, "ymax", height);
    plot_count(&plot, "has_high", priorities[0]);
    plot_count(&plot, "has_medium", priorities[1]);
    plot_count(&plot, "has_low", priorities[2]);
    plot_count(&plot, "has_holds", holds);
    plot_count(&plot, "has_losses", losses);
    plot_count(&plot, "has_waits", waits);
    plot_text(&plot, "waiting_text", kind == TRANSFER_SEND_REQUEST ? "requests waiting" : "jobs waiting");
    plot_time_axis(&plot, range, 12);
    plot_draw(&plot, "timeline");
}

void plot_timeline(struct drawing *drawing, enum transfer_kind kind)
{
    struct time_range range;
    GArray *groups = collect(drawing->summary, kind, &range);
    guint left_out = 0;

    if (groups->len) {
        range = plot_widened(range, 0.005);
        guint n_pages = paginate(groups, &left_out);
        for (guint page = 0; page < n_pages; page++)
            draw_page(drawing, kind, groups, page, n_pages, left_out, range);
    }
    for (guint i = 0; i < groups->len; i++)
        g_array_unref(g_array_index(groups, struct group, i).bars);
    g_array_unref(groups);
}
