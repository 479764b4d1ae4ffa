/* What the threads did: a lane per thread, grouped by sender (or transfer manager), and under each group how many
 * waited; and a lane for each pull distribution point, as high as it has jobs. */
#include <math.h>
#include <string.h>

#include "sim/app/plot/plot_lanes.h"
#include "sim/app/plot/plot_steps.h"
#include "sim/app/report/tables.h"
#include "sim/app/report/words.h"

enum {
    WIDTH = 1280, /* of the picture, px */
    LEFT = 110,   /* margins */
    RIGHT = 30,
    TOP = 96,
    KEY_HEIGHT = 24,   /* of its second line */
    BELOW_HEIGHT = 18, /* of the second line of the subtitle */
    SUBTITLE_LETTERS = 190,
    BOTTOM = 66,
    LINE_HEIGHT = 22, /* px per unit of y */
    MAX_PAGES = 8,
    MAX_SENDERS = 3, /* of each variant */
};
static const double strip_height = 2.2; /* what waits */
static const double heading_height = 1.3, gap_height = 0.9;
static const double below = 0.4;                                         /* a group, that belongs to it */
static const double bar_top = 0.12, bar_bottom = 0.88, brake_top = 0.68; /* within a lane */
static const double label_height = 0.72;                                 /* of a lane with words in it */
static const double plot_px = WIDTH - LEFT - RIGHT;

static const int hold_colour = 0x606060;
static const double faintest = 0.4; /* of a colour, where almost all of the time was idle */
static const int colour_of[] = {PLOT_VERMILLION, PLOT_BLUE, PLOT_GREEN};                  /* by priority */
static const int colour_of_brake[N_BRAKES] = {0, PLOT_YELLOW, PLOT_SKY_BLUE, PLOT_BLACK}; /* by enum lane_brake */

/* How groups are laid out. */
struct layout {
    double lane;        /* its height, in lines */
    uint32_t max_lanes; /* of a group */
    double page;        /* height, in lines */
};

static const struct layout usual = {.lane = 1, .max_lanes = 40, .page = 46};
/* Of variants, which are on one page: lanes get lower, then fewer. */
static const struct layout least = {.lane = 0.4, .max_lanes = 12, .page = 66};

/* What a page shows, as the rows of the data that the script names. */
enum block {
    BARS,
    BRAKES,
    HOLDS,
    LOSSES,
    REFUSALS,
    LABELS,
    HOLD_LABELS,
    WAITING,
    CLOSED,
    ACTIVE,
    STRIPS,
    HEADINGS,
    LANES,
    BREAKS,
    BREAK_LABELS,
    N_BLOCKS
};
static const struct {
    const char *name;
    unsigned columns;
} block_of[N_BLOCKS] = {
    [BARS] = {"bars", 5},
    [BRAKES] = {"brakes", 5},
    [HOLDS] = {"holds", 5},
    [LOSSES] = {"losses", 2},
    [REFUSALS] = {"refusals", 3},
    [LABELS] = {"labels", 3},
    [WAITING] = {"waiting", 4},
    [CLOSED] = {"closed", 4},
    [ACTIVE] = {"active", 4},
    [STRIPS] = {"strips", 2},
    [HEADINGS] = {"headings", 2},
    [LANES] = {"lanes", 2},
    [BREAKS] = {"breaks", 4},
    [BREAK_LABELS] = {"break_labels", 3},
    [HOLD_LABELS] = {"hold_labels", 5},
};

struct page {
    struct drawing *drawing;
    struct layout layout;
    const struct plot_axis *axis;
    double px_x;   /* x per pixel */
    double height; /* in lines */
    GString *rows[N_BLOCKS];
    bool priorities[3], brakes[N_BRAKES]; /* something is drawn in this colour */
    bool no_source, no_room;
    guint n_bars, n_merged; /* too short to be seen alone */
    GArray *clear;          /* struct clearing, in order: between headings */
};

/* What has no words above or below it. */
struct clearing {
    double top, bottom;
};

static uint32_t n_drawn(const struct layout *layout, const struct lane_group *group)
{
    return MIN(group->n_lanes, layout->max_lanes);
}

static double lanes_height(const struct layout *layout, const struct lane_group *group)
{
    return layout->lane * n_drawn(layout, group);
}

/* Of all but the lanes. */
static double height_besides(const struct lane_group *group)
{
    return heading_height + (group->waits ? 0.4 + strip_height : 0) + gap_height;
}

static double height_of(const struct layout *layout, const struct lane_group *group)
{
    return lanes_height(layout, group) + height_besides(group);
}

/* ---- rows ---- */

static void number(GString *row, double value)
{
    char text[OUTPUT_NUMBER_SIZE];

    if (isnan(value))
        g_strlcpy(text, "NaN", sizeof text);
    else
        output_format_number(text, value);
    if (row->len && row->str[row->len - 1] != '\n')
        g_string_append_c(row, ' ');
    g_string_append(row, text);
}

static void end_row(GString *row)
{
    g_string_append_c(row, '\n');
}

static void box(GString *row, double from_x, double to_x, double top, double bottom)
{
    number(row, from_x);
    number(row, to_x);
    number(row, top);
    number(row, bottom);
}

static void coloured(struct page *page, enum block block, double from_x, double to_x, double top, double bottom,
                     int colour)
{
    box(page->rows[block], from_x, to_x, top, bottom);
    number(page->rows[block], colour);
    end_row(page->rows[block]);
}

static void words(struct page *page, enum block block, double x, double y, const char *text)
{
    GString *row = page->rows[block];
    g_autofree char *quoted = plot_quoted(text);

    if (!isnan(x))
        number(row, x);
    number(row, y);
    g_string_append_printf(row, " %s\n", quoted);
}

/* ---- bars ---- */

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

static int largest(const double *of, int n)
{
    int most = 0;

    for (int i = 1; i < n; i++)
        if (of[i] > of[most])
            most = i;
    return most;
}

/* What lies within a lane whose top is at y. */
static double within(const struct page *page, double y, double share)
{
    return y + share * page->layout.lane;
}

static void draw_bar(struct page *page, double from_x, double to_x, double y, int priority, double strength, int brake)
{
    coloured(page, BARS, from_x, to_x, within(page, y, bar_top), within(page, y, bar_bottom),
             tint(colour_of[priority], strength));
    page->priorities[priority] = true;
    if (brake == BRAKE_NONE)
        return;
    coloured(page, BRAKES, from_x, to_x, within(page, y, brake_top), within(page, y, bar_bottom),
             colour_of_brake[brake]);
    page->brakes[brake] = true;
}

static void draw_hold(struct page *page, double from_x, double to_x, double y, double strength)
{
    coloured(page, HOLDS, from_x, to_x, within(page, y, bar_top), within(page, y, bar_bottom),
             tint(hold_colour, strength));
}

/* What many short bars look like from afar: stretches of a few pixels, the paler the more of the time is idle. */
struct blur {
    guint n;
    double from_x, to_x, busy_x[3], brake_x[N_BRAKES], held_x;
    const char *label; /* NULL: they differ */
};

static bool is_held(const struct blur *blur)
{
    return blur->n && blur->held_x > 0 && blur->busy_x[0] + blur->busy_x[1] + blur->busy_x[2] <= 0;
}

/* The strength of its colour, by how much of the stretch was used. */
static double strength_of(const struct blur *blur, double used_x)
{
    return blur->n > 1 ? faintest + (1 - faintest) * used_x / (blur->to_x - blur->from_x) : 1;
}

static double label_px(const char *label)
{
    return 7.5 * (double)g_utf8_strlen(label, -1) + 8;
}

/* Where there is room for it; on a plate, as nothing can be read on hatching. */
static void label_hold(struct page *page, const char *label, double from_x, double to_x, double y)
{
    double half_x = label_px(label) / 2 * page->px_x, middle_x = (from_x + to_x) / 2;

    if (to_x - from_x < 2 * half_x || page->layout.lane < label_height)
        return;
    box(page->rows[HOLD_LABELS], middle_x - half_x, middle_x + half_x, within(page, y, bar_top),
        within(page, y, bar_bottom));
    g_autofree char *quoted = plot_quoted(label);
    g_string_append_printf(page->rows[HOLD_LABELS], " %s\n", quoted);
}

static void end_blur(struct page *page, struct blur *blur, double y)
{
    double busy_x = blur->busy_x[0] + blur->busy_x[1] + blur->busy_x[2];

    if (!blur->n)
        return;
    if (blur->held_x > busy_x) {
        draw_hold(page, blur->from_x, blur->to_x, y, strength_of(blur, blur->held_x));
        if (blur->label)
            label_hold(page, blur->label, blur->from_x, blur->to_x, y);
    } else {
        draw_bar(page, blur->from_x, blur->to_x, y, largest(blur->busy_x, 3), strength_of(blur, busy_x),
                 largest(blur->brake_x, N_BRAKES));
    }
    *blur = (struct blur){0};
}

static void add_to_blur(struct page *page, struct blur *blur, const struct lane_bar *bar, double from_x, double width_x)
{
    /* Without width it still has a colour. */
    double seen_x = fmax(width_x, 1e-9 * page->px_x);

    if (!blur->n++) {
        blur->from_x = from_x;
        blur->label = bar->label;
    } else if (blur->label && strcmp(blur->label, bar->label)) {
        blur->label = NULL;
    }
    blur->to_x = fmax(from_x + width_x, blur->from_x + page->px_x);
    if (bar->look == LOOK_HOLDS) {
        blur->held_x += seen_x;
    } else {
        blur->busy_x[bar->priority] += seen_x;
        blur->brake_x[bar->brake] += seen_x;
    }
    page->n_merged++;
}

static void draw_label(struct page *page, const struct lane_bar *bar, double from_x, double width_x, double y)
{
    if (width_x >= label_px(bar->label) * page->px_x && page->layout.lane >= label_height)
        words(page, LABELS, from_x + width_x / 2, within(page, y, bar->brake == BRAKE_NONE ? 0.5 : 0.42), bar->label);
}

static void draw_bars(struct page *page, const struct lane_group *group, double top)
{
    struct blur blur = {0};
    double px_x = page->px_x, y = top, lost_x = -INFINITY;
    uint32_t lane = 0;

    for (guint i = 0; i < group->bars->len; i++) {
        const struct lane_bar *bar = &g_array_index(group->bars, struct lane_bar, i);
        double from_x = plot_axis_x(page->axis, bar->from_s);
        double width_x = plot_axis_x(page->axis, bar->to_s) - from_x;

        if (bar->thread >= page->layout.max_lanes)
            break;
        if (bar->thread != lane) {
            end_blur(page, &blur, y);
            lane = bar->thread;
            y = top + lane * page->layout.lane;
            lost_x = -INFINITY;
        }
        page->n_bars++;
        if (bar->look == LOOK_LOST && from_x + width_x - lost_x >= 5 * px_x) {
            lost_x = from_x + width_x;
            number(page->rows[LOSSES], lost_x);
            number(page->rows[LOSSES], within(page, y, 0.5));
            end_row(page->rows[LOSSES]);
        }
        if (width_x >= 2 * px_x) {
            end_blur(page, &blur, y);
            /* A gap of white between neighbours. */
            double to_x = from_x + (width_x > 4 * px_x ? width_x - px_x : width_x);
            if (bar->look == LOOK_HOLDS) {
                draw_hold(page, from_x, from_x + width_x, y, 1);
                label_hold(page, bar->label, from_x, from_x + width_x, y);
                continue;
            }
            draw_bar(page, from_x, to_x, y, bar->priority, 1, bar->brake);
            draw_label(page, bar, from_x, width_x, y);
            continue;
        }
        bool goes_on = from_x - blur.to_x <= 2 * px_x &&
                       (is_held(&blur) ? bar->look == LOOK_HOLDS : blur.to_x - blur.from_x <= 4 * px_x);
        if (blur.n && !goes_on)
            end_blur(page, &blur, y);
        add_to_blur(page, &blur, bar, from_x, width_x);
    }
    end_blur(page, &blur, y);
}

/* ---- levels ---- */

/* A level over time, as columns of a pixel: the highest in each. */
struct columns {
    size_t n;
    double *most, max;
};

static struct columns columns_of(const struct page *page, const struct collector *c, enum step_metric metric,
                                 uint32_t pool)
{
    const struct plot_steps *steps = plot_steps_of(page->drawing, c);
    const struct step *step = plot_steps_first(steps, metric, pool);
    struct columns columns = {.n = (size_t)plot_px + 1};
    double value = 0, since_x = page->axis->from_x;

    columns.most = g_new0(double, columns.n);
    for (bool more = true; more;) {
        double until_x = step ? CLAMP(plot_axis_x(page->axis, step->time_s), page->axis->from_x, page->axis->to_x)
                              : page->axis->to_x;
        size_t from = (size_t)((since_x - page->axis->from_x) / page->px_x);
        size_t to = (size_t)((until_x - page->axis->from_x) / page->px_x);

        for (size_t k = from; value > 0 && until_x > since_x && k <= to && k < columns.n; k++)
            columns.most[k] = fmax(columns.most[k], value);
        since_x = until_x;
        value = step ? step->value : 0;
        more = step != NULL;
        step = step ? plot_steps_next(steps, step) : NULL;
    }
    for (size_t k = 0; k < columns.n; k++)
        columns.max = fmax(columns.max, columns.most[k]);
    return columns;
}

/* As an area, height for a level of max. */
static void draw_columns(struct page *page, enum block block, const struct columns *columns, double max, double bottom,
                         double height)
{
    double from_x = page->axis->from_x;

    for (size_t k = 0, end; k < columns->n && max > 0; k = end) {
        for (end = k + 1; end < columns->n && columns->most[end] == columns->most[k];)
            end++;
        if (!(columns->most[k] > 0))
            continue;
        box(page->rows[block], from_x + (double)k * page->px_x,
            fmin(page->axis->to_x, from_x + (double)end * page->px_x), bottom - height * columns->most[k] / max,
            bottom);
        end_row(page->rows[block]);
    }
}

static void strip(struct page *page, double top, double bottom)
{
    number(page->rows[STRIPS], bottom);
    number(page->rows[STRIPS], top);
    end_row(page->rows[STRIPS]);
}

/* ---- groups ---- */

static void lane_name(struct page *page, double y, const char *text)
{
    words(page, LANES, NAN, y, text);
}

static double most_waiting(const struct lane_group *group)
{
    return group->collector->pools[group->pool].slots->waiting.max;
}

/* The strips of a sender have the same scale in all variants. */
static double waiting_scale(const GArray *groups, const struct lane_group *group)
{
    double most = 0;

    for (guint i = 0; i < groups->len; i++) {
        const struct lane_group *other = &g_array_index(groups, struct lane_group, i);
        if (other->kind == group->kind && strcmp(other->site, group->site) == 0)
            most = fmax(most, most_waiting(other));
    }
    return most;
}

/* Returns the largest number that waited. */
static double draw_waiting(struct page *page, const GArray *groups, const struct lane_group *group, double bottom)
{
    struct columns waiting = columns_of(page, group->collector, STEP_POOL_WAITING, group->pool);
    struct columns closed = columns_of(page, group->collector, STEP_POOL_CLOSED, group->pool);
    double scale = group->variant ? waiting_scale(groups, group) : waiting.max;
    g_autofree char *most = g_strdup_printf("%.0f", scale);

    strip(page, bottom - strip_height, bottom);
    draw_columns(page, WAITING, &waiting, scale, bottom, strip_height);
    draw_columns(page, CLOSED, &closed, scale, bottom, strip_height);
    lane_name(page, bottom - strip_height + 0.15, most);
    lane_name(page, bottom - strip_height / 2, "waiting");
    lane_name(page, bottom - 0.1, "0");
    g_free(waiting.most);
    g_free(closed.most);
    return waiting.max;
}

static const char *plural(guint n)
{
    return n == 1 ? "" : "s";
}

static void draw_threads(struct page *page, const GArray *groups, const struct lane_group *group, double y)
{
    const struct hierarchy_pool *pool = &group->collector->pools[group->pool];
    bool sender = group->kind == LANES_SENDER;
    g_autofree char *name = tables_pool_name(pool);
    g_autoptr(GString) heading = g_string_new(NULL);
    double max_waiting = 0;

    draw_bars(page, group, y + heading_height);
    uint32_t every = (uint32_t)ceil(label_height / page->layout.lane);
    for (uint32_t lane = 0; lane < n_drawn(&page->layout, group); lane += every) {
        g_autofree char *text = g_strdup_printf("thread %u", lane + 1);
        lane_name(page, y + heading_height + (lane + 0.5) * page->layout.lane, text);
    }
    if (group->waits)
        max_waiting = draw_waiting(page, groups, group, y + height_of(&page->layout, group) - gap_height);
    if (group->variant)
        g_string_append_printf(heading, "%s: ", group->variant);
    g_string_append_printf(heading, "%s: %u %s%s to %u %s%s; %u of %u threads used; ", name, group->n_transfers,
                           sender ? "send request" : "job", plural(group->n_transfers), group->n_destinations,
                           sender ? "site" : "distribution point", plural(group->n_destinations), group->n_lanes,
                           pool->slots->capacity);
    if (max_waiting > 0)
        g_string_append_printf(heading, "up to %.0f waiting", max_waiting);
    else
        g_string_append(heading, "nobody waits");
    if (group->n_lanes > n_drawn(&page->layout, group))
        g_string_append_printf(heading, " (threads 1 to %u are drawn)", n_drawn(&page->layout, group));
    words(page, HEADINGS, NAN, y + 0.75, heading->str);
}

static void draw_refusals(struct page *page, const struct pull_lane *lane, double y)
{
    double last_x[2] = {-INFINITY, -INFINITY};

    for (guint i = 0; i < lane->refusals->len; i++) {
        const struct lane_refusal *refusal = &g_array_index(lane->refusals, struct lane_refusal, i);
        double x = plot_axis_x(page->axis, refusal->time_s);

        if (x - last_x[refusal->no_room] < 6 * page->px_x)
            continue;
        last_x[refusal->no_room] = x;
        number(page->rows[REFUSALS], x);
        number(page->rows[REFUSALS], within(page, y, refusal->no_room ? 0.7 : 0.3));
        number(page->rows[REFUSALS], refusal->no_room);
        end_row(page->rows[REFUSALS]);
        *(refusal->no_room ? &page->no_room : &page->no_source) = true;
    }
}

static void draw_pulls(struct page *page, const struct lane_group *group, double y)
{
    g_autofree struct columns *active = g_new0(struct columns, n_drawn(&page->layout, group));
    g_autoptr(GString) heading = g_string_new(NULL);
    double max = 0;

    for (uint32_t i = 0; i < n_drawn(&page->layout, group); i++) {
        active[i] =
            columns_of(page, group->collector, STEP_POOL_IN_USE, g_array_index(group->pulls, struct pull_lane, i).pool);
        max = fmax(max, active[i].max);
    }
    for (uint32_t i = 0; i < n_drawn(&page->layout, group); i++) {
        const struct pull_lane *lane = &g_array_index(group->pulls, struct pull_lane, i);
        double top = y + heading_height + i * page->layout.lane;

        strip(page, within(page, top, bar_top), within(page, top, bar_bottom));
        draw_columns(page, ACTIVE, &active[i], max, within(page, top, bar_bottom),
                     page->layout.lane * (bar_bottom - bar_top));
        draw_refusals(page, lane, top);
        lane_name(page, within(page, top, 0.5), lane->dp);
        g_free(active[i].most);
    }
    g_string_append_printf(heading, "%s pull distribution points: %u job%s to %u; a lane is full at %.0f active job%s",
                           group->site, group->n_transfers, plural(group->n_transfers), group->n_destinations, max,
                           plural((guint)max));
    if (group->n_lanes > n_drawn(&page->layout, group))
        g_string_append_printf(heading, " (the %u that waited longest are drawn)", n_drawn(&page->layout, group));
    words(page, HEADINGS, NAN, y + 0.75, heading->str);
}

/* ---- pages ---- */

/* Between headings, so that nothing goes through them; the length is told where there is most room. */
static void draw_breaks(struct page *page)
{
    const struct clearing *highest = &g_array_index(page->clear, struct clearing, 0);

    for (guint k = 1; k < page->clear->len; k++) {
        const struct clearing *clear = &g_array_index(page->clear, struct clearing, k);
        if (clear->bottom - clear->top > highest->bottom - highest->top)
            highest = clear;
    }
    for (guint i = 1; i < page->axis->pieces->len; i++) {
        const struct plot_piece *piece = &g_array_index(page->axis->pieces, struct plot_piece, i);
        double from_x = piece->x - page->axis->gap_x;
        g_autofree char *text = plot_axis_gap_words(page->axis, i);

        for (guint k = 0; k < page->clear->len; k++) {
            const struct clearing *clear = &g_array_index(page->clear, struct clearing, k);
            box(page->rows[BREAKS], from_x, piece->x, clear->top, clear->bottom);
            end_row(page->rows[BREAKS]);
        }
        if ((highest->bottom - highest->top) * LINE_HEIGHT >= PLOT_GAP_LETTER_PX * (double)g_utf8_strlen(text, -1))
            words(page, BREAK_LABELS, (from_x + piece->x) / 2, (highest->top + highest->bottom) / 2, text);
    }
}

struct picture {
    struct drawing *drawing;
    const struct collector *collector;
    bool since_start; /* what the axis tells; else the clock of the top site */
    bool of_senders;
    bool pulls; /* some lanes are those of pull distribution points */
    GArray *groups;
    const struct plot_axis *axis;
    struct layout layout;
    const char *title, *note; /* note: NULL or more for the line below the title */
    guint n_pages, n_left_out;
};

/* What stands in the two lines of keys: only what the page shows. */
static void describe_keys(struct plot *plot, const struct page *page)
{
    const struct {
        bool shown;
        const char *name;
    } keys[] =
        {
            {page->priorities[0], "high"},         {page->priorities[1], "medium"},
            {page->priorities[2], "low"},          {page->rows[HOLDS]->len, "held"},
            {page->rows[LOSSES]->len, "lost"},     {page->rows[ACTIVE]->len, "active"},
            {page->no_source, "no_source"},        {page->no_room, "no_room"},
            {page->rows[WAITING]->len, "waiting"}, {page->rows[CLOSED]->len, "closed"},
        },
      feet[] = {
          {page->brakes[BRAKE_LINK], "link"},
          {page->brakes[BRAKE_CONNECTION], "connection"},
          {page->brakes[BRAKE_RATE_LIMIT], "rate_limit"},
      };
    g_autoptr(GString) first = g_string_new(NULL), second = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (keys[i].shown)
            g_string_append_printf(first, "%s ", keys[i].name);
    for (size_t i = 0; i < G_N_ELEMENTS(feet); i++)
        if (feet[i].shown)
            g_string_append_printf(second, "%s ", feet[i].name);
    plot_text(plot, "keys", first->str);
    plot_text(plot, "foot_keys", second->str);
}

/* On the first line as long as there is room. */
static void add_note(GString *subtitle, GString *second, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void add_note(GString *subtitle, GString *second, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *note = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    bool fits = g_utf8_strlen(subtitle->str, -1) + g_utf8_strlen(note, -1) <= SUBTITLE_LETTERS;
    GString *line = second->len || !fits ? second : subtitle;
    g_string_append_printf(line, "%s%s", line->len ? "; " : "", note);
}

static void describe_page(struct plot *plot, const struct picture *picture, const struct page *page, guint number_of)
{
    g_autoptr(GString) subtitle = g_string_new(picture->collector->scenario->name), second = g_string_new(NULL);
    bool braked = page->brakes[BRAKE_LINK] || page->brakes[BRAKE_CONNECTION] || page->brakes[BRAKE_RATE_LIMIT];

    add_note(subtitle, second,
             picture->since_start ? "time since the start of each scenario" : "local time at the top site");
    if (picture->note)
        add_note(subtitle, second, "%s", picture->note);
    if (picture->n_pages > 1)
        add_note(subtitle, second, "page %u of %u, longest waits first", number_of + 1, picture->n_pages);
    if (page->n_merged > 1)
        add_note(subtitle, second,
                 "%u of %u bars are too short to be seen alone and are merged: pale where idle in between",
                 page->n_merged, page->n_bars);
    if (picture->axis->pieces->len > 1)
        add_note(subtitle, second, "between dotted lines idle time is left out");
    if (picture->n_left_out)
        add_note(subtitle, second, "%u more that waited less are not drawn", picture->n_left_out);
    double top_px = TOP + (braked ? KEY_HEIGHT : 0) + (second->len ? BELOW_HEIGHT : 0);

    plot_text(plot, "title_text",
              picture->title        ? picture->title
              : picture->of_senders ? "What the senders did: a lane per sending thread"
              : picture->pulls ? "What the package transfer managers did: a lane per thread, or pull distribution point"
                               : "What the package transfer managers did: a lane per thread");
    plot_text(plot, "subtitle", subtitle->str);
    plot_text(plot, "below", second->str);
    plot_number(plot, "width", WIDTH);
    plot_number(plot, "height", top_px + BOTTOM + LINE_HEIGHT * page->height);
    plot_number(plot, "left", LEFT);
    plot_number(plot, "right", RIGHT);
    plot_number(plot, "top", top_px);
    plot_number(plot, "ymax", page->height);
    describe_keys(plot, page);
    plot_text(plot, "text_waiting", picture->of_senders ? "requests waiting" : "jobs waiting");
    plot_axis_write(plot, picture->axis, picture->since_start ? NULL : picture->collector->scenario, 12, plot_px);
}

/* Draws the groups from the first on that fit on a page; returns the one after them. */
static guint draw_page(const struct picture *picture, guint first, guint number_of)
{
    const char *base = picture->title ? "timelines" : picture->of_senders ? "timeline" : "jobs";
    g_autofree char *name = picture->n_pages > 1 ? g_strdup_printf("%s-%u", base, number_of + 1) : g_strdup(base);
    struct page page = {.drawing = picture->drawing,
                        .layout = picture->layout,
                        .axis = picture->axis,
                        .px_x = (picture->axis->to_x - picture->axis->from_x) / plot_px};
    g_autoptr(GArray) clear = g_array_new(FALSE, FALSE, sizeof(struct clearing));
    struct plot plot;
    double y = 0;
    guint i;

    if (!plot_begin(&plot, picture->drawing, name))
        return picture->groups->len;
    page.clear = clear;
    for (int block = 0; block < N_BLOCKS; block++)
        page.rows[block] = g_string_new(NULL);
    for (i = first; i < picture->groups->len; i++) {
        const struct lane_group *group = &g_array_index(picture->groups, struct lane_group, i);

        if (y > 0 && y + height_of(&picture->layout, group) > picture->layout.page)
            break;
        if (group->kind == LANES_PULL)
            draw_pulls(&page, group, y);
        else
            draw_threads(&page, picture->groups, group, y);
        const struct clearing between = {y + heading_height,
                                         y + height_of(&picture->layout, group) - gap_height + below};
        g_array_append_val(clear, between);
        y += height_of(&picture->layout, group);
    }
    page.height = y - gap_height + below;
    draw_breaks(&page);
    for (int block = 0; block < N_BLOCKS; block++) {
        plot_block(&plot, block_of[block].name, block_of[block].columns);
        output_bytes(plot.data, page.rows[block]->str, page.rows[block]->len);
    }
    describe_page(&plot, picture, &page, number_of);
    for (int block = 0; block < N_BLOCKS; block++)
        g_string_free(page.rows[block], TRUE);
    plot_draw(&plot, "timeline");
    return i;
}

/* Counts the pages, and the groups that would be on more than there may be. */
static void paginate(struct picture *picture)
{
    double y = 0;

    picture->n_pages = 1;
    for (guint i = 0; i < picture->groups->len; i++) {
        const struct lane_group *group = &g_array_index(picture->groups, struct lane_group, i);

        if (y > 0 && y + height_of(&picture->layout, group) > picture->layout.page) {
            picture->n_pages++;
            y = 0;
        }
        y += height_of(&picture->layout, group);
        picture->n_left_out += picture->n_pages > MAX_PAGES;
        picture->pulls |= group->kind == LANES_PULL;
    }
    picture->n_pages = MIN(picture->n_pages, MAX_PAGES);
}

static void draw_lanes(struct drawing *drawing, const struct collector *collector, bool of_senders)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    struct time_range range = PLOT_NO_TIME;
    struct picture picture = {.drawing = drawing, .collector = collector, .of_senders = of_senders, .layout = usual};

    picture.groups = lane_groups_new(collector, of_senders, &range, happens);
    if (picture.groups->len) {
        struct plot_axis *axis = plot_axis_new_skipping(plot_widened(range, 0.005), happens, plot_px);

        picture.axis = axis;
        paginate(&picture);
        for (guint page = 0, first = 0; page < picture.n_pages; page++)
            first = draw_page(&picture, first, page);
        plot_axis_free(axis);
    } else {
        plot_nothing(drawing, of_senders ? "timeline" : "jobs",
                     of_senders ? "nothing was sent from site to site" : "nothing was copied to distribution points");
    }
    lane_groups_free(picture.groups);
}

/* ---- variants ---- */

/* Appends what a sender did in each variant. */
static void add_sender(GArray *shown, GPtrArray *done, const struct plot_variant *variants, const char *site)
{
    for (guint i = 0; i < done->len; i++) {
        struct lane_group *group = lane_group_of(done->pdata[i], variants[i].collector, site, LANES_SENDER);

        if (!group)
            continue;
        group->variant = variants[i].label;
        g_array_append_val(shown, *group);
    }
}

/* As high as the lanes may be on one page; whether they are as high as usual, and all there. */
static bool lay_out(struct layout *layout, const GArray *shown)
{
    double besides = 0;
    uint32_t n_lanes = 0;

    *layout = (struct layout){.lane = usual.lane, .max_lanes = G_MAXUINT32, .page = least.page};
    for (guint i = 0; i < shown->len; i++) {
        besides += height_besides(&g_array_index(shown, struct lane_group, i));
        n_lanes += g_array_index(shown, struct lane_group, i).n_lanes;
    }
    if (besides + layout->lane * n_lanes <= layout->page)
        return true;
    layout->lane = fmax(least.lane, (layout->page - besides) / n_lanes);
    if (besides + layout->lane * n_lanes > layout->page + 1e-6)
        layout->max_lanes = MAX(least.max_lanes, (uint32_t)((layout->page - besides) / least.lane / shown->len));
    layout->page = INFINITY; /* one page in any case */
    return false;
}

void plot_timelines(struct drawing *drawing, const struct plot_variant *variants, guint n, bool by_clock,
                    const char *note)
{
    g_autoptr(GArray) happens = g_array_new(FALSE, FALSE, sizeof(struct time_range));
    g_autoptr(GArray) shown = g_array_new(FALSE, FALSE, sizeof(struct lane_group));
    g_autoptr(GPtrArray) done = g_ptr_array_new_with_free_func((GDestroyNotify)(void (*)(void))lane_groups_free);
    struct time_range range = PLOT_NO_TIME;
    struct picture picture = {.drawing = drawing,
                              .collector = variants[0].collector,
                              .since_start = !by_clock,
                              .of_senders = true,
                              .groups = shown,
                              .title = "What the senders did, variant by variant: a lane per sending thread",
                              .note = note,
                              .n_pages = 1};

    for (guint i = 0; i < n; i++)
        g_ptr_array_add(done, lane_groups_new(variants[i].collector, true, &range, happens));
    const GArray *first = done->pdata[0];
    g_autoptr(GPtrArray) sites = g_ptr_array_new();
    for (guint i = 0; i < first->len && i < MAX_SENDERS; i++)
        g_ptr_array_add(sites, (gpointer)g_array_index(first, struct lane_group, i).site);
    for (guint i = 0; i < sites->len; i++) {
        guint n_before = shown->len;

        add_sender(shown, done, variants, sites->pdata[i]);
        if (!lay_out(&picture.layout, shown) && i > 0) { /* one less, then */
            g_array_set_size(shown, n_before);
            lay_out(&picture.layout, shown);
            break;
        }
    }
    if (shown->len) {
        struct plot_axis *axis = plot_axis_new_skipping(plot_widened(range, 0.005), happens, plot_px);

        picture.axis = axis;
        draw_page(&picture, 0, 0);
        plot_axis_free(axis);
    } else {
        plot_nothing(drawing, "timelines", "nothing was sent from site to site");
    }
}

void plot_timeline(struct drawing *drawing, const struct summary *summary)
{
    draw_lanes(drawing, summary->collector, true);
}

void plot_jobs(struct drawing *drawing, const struct summary *summary)
{
    draw_lanes(drawing, summary->collector, false);
}
