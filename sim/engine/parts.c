#include "sim/engine/parts.h"

#include <glib.h>

/* A stretch is to have about so many events: enough that a part has some hundreds of them where there are thousands of
 * parts, and few enough to come to its end soon when somebody wants to stop. */
#define EVENTS_OF_STRETCH 4e6
#define FIRST_STRETCH_S 60.
/* From one stretch to the next the length changes no more than this. */
#define MOST_CHANGE 4.
/* Nobody knows when a quiet time ends: a stretch is no longer than the larger of these, and a share of the whole. */
#define LONGEST_STRETCH_S 3600.
#define LONGEST_SHARE (1 / 500.)

struct sim_parts {
    GPtrArray *all; /* struct sim *, the first part first */
    guint next;     /* that has not come to the end of the stretch */
    double begin_s, end_s, length_s;
    uint64_t n_before; /* events fired before this stretch */
};

struct sim_parts *sim_parts_new(struct sim *first)
{
    struct sim_parts *parts = g_new0(struct sim_parts, 1);

    parts->all = g_ptr_array_new();
    g_ptr_array_add(parts->all, first);
    parts->begin_s = parts->end_s = sim_now(first);
    parts->length_s = FIRST_STRETCH_S;
    parts->next = 1;
    return parts;
}

void sim_parts_free(struct sim_parts *parts)
{
    if (!parts)
        return;
    for (guint i = 1; i < parts->all->len; i++)
        sim_free(parts->all->pdata[i]);
    g_ptr_array_unref(parts->all);
    g_free(parts);
}

struct sim *sim_parts_add(struct sim_parts *parts)
{
    g_assert(parts->next == parts->all->len);
    struct sim *part = sim_new_part(parts->all->pdata[0]);

    g_ptr_array_add(parts->all, part);
    parts->next = parts->all->len;
    return part;
}

uint64_t sim_parts_n_fired(const struct sim_parts *parts)
{
    uint64_t n = 0;

    for (guint i = 0; i < parts->all->len; i++)
        n += ((const struct sim *)parts->all->pdata[i])->n_fired;
    return n;
}

double sim_parts_now(const struct sim_parts *parts)
{
    double share = (double)parts->next / parts->all->len;

    return parts->begin_s + (parts->end_s - parts->begin_s) * share;
}

static void begin_stretch(struct sim_parts *parts, double until_s)
{
    uint64_t n_fired = sim_parts_n_fired(parts);
    double n_events = (double)(n_fired - parts->n_before);

    parts->length_s *= CLAMP(EVENTS_OF_STRETCH / MAX(n_events, 1), 1 / MOST_CHANGE, MOST_CHANGE);
    parts->length_s = MIN(parts->length_s, MAX(LONGEST_STRETCH_S, LONGEST_SHARE * until_s));
    parts->n_before = n_fired;
    parts->begin_s = parts->end_s;
    parts->end_s = MIN(until_s, parts->begin_s + parts->length_s);
    parts->next = 0;
}

/* Runs parts up to the end of the stretch, as long as n_events are left; whether all have come there. */
static bool go_on(struct sim_parts *parts, uint64_t *n_events)
{
    while (parts->next < parts->all->len) {
        struct sim *part = parts->all->pdata[parts->next];
        uint64_t before = part->n_fired;

        if (!sim_run_at_most(part, parts->end_s, *n_events))
            return false;
        *n_events -= MIN(*n_events, part->n_fired - before);
        parts->next++;
    }
    return true;
}

bool sim_parts_run_at_most(struct sim_parts *parts, double until_s, uint64_t n_events)
{
    while (go_on(parts, &n_events)) {
        if (parts->end_s >= until_s)
            return true;
        begin_stretch(parts, until_s);
    }
    return false;
}

void sim_parts_meet(struct sim_parts *parts)
{
    uint64_t n_events = UINT64_MAX;

    if (parts->next == 0) { /* the first is under way: the others come to where it is */
        parts->end_s = sim_now(parts->all->pdata[0]);
        parts->next = 1;
    }
    go_on(parts, &n_events);
}

void sim_parts_catch_up(struct sim_parts *parts, enum sim_rank rank)
{
    double now_s = sim_now(parts->all->pdata[0]);

    for (guint i = 1; i < parts->all->len; i++)
        sim_catch_up(parts->all->pdata[i], now_s, rank);
}
