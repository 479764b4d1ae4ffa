#include "sim/engine/slots.h"

#include <glib.h>

static void gate_set(struct sim_gate *gate, double now_s, bool on)
{
    gate->integral_s = sim_gate_s(gate, now_s);
    gate->since_s = now_s;
    gate->on = on;
}

static bool has_free_slot(const struct sim_slots *slots)
{
    return !slots->shut && slots->in_use.value < slots->capacity;
}

/* The lowest number that is free; marks it as taken. */
static uint32_t take_number(struct sim_slots *slots)
{
    while (slots->full_words < slots->taken_words && slots->taken[slots->full_words] == UINT64_MAX)
        slots->full_words++;
    if (slots->full_words == slots->taken_words) {
        uint32_t words = slots->taken_words ? 2 * slots->taken_words : 1;
        slots->taken = g_renew(uint64_t, slots->taken, words);
        for (uint32_t i = slots->taken_words; i < words; i++)
            slots->taken[i] = 0;
        slots->taken_words = words;
    }
    uint32_t bit = (uint32_t)__builtin_ctzll(~slots->taken[slots->full_words]);
    slots->taken[slots->full_words] |= UINT64_C(1) << bit;
    return 64 * slots->full_words + bit;
}

static void free_number(struct sim_slots *slots, uint32_t number)
{
    uint32_t word = number / 64;

    slots->taken[word] &= ~(UINT64_C(1) << number % 64);
    slots->full_words = MIN(slots->full_words, word);
}

/* After whatever happened to the line: its level `blocked`, its place among those that may start, and a grant if one is
 * possible now. */
static void line_changed(struct sim *sim, struct sim_line *line)
{
    struct sim_slots *slots = line->slots;
    bool full = line->limit->capacity != SIM_UNLIMITED && line->limit->in_use >= line->limit->capacity;
    bool blocked = full || line->shut;

    if (blocked != line->blocked.on)
        gate_set(&line->blocked, sim_now(sim), blocked);
    if (line->shut != line->closed.on)
        gate_set(&line->closed, sim_now(sim), line->shut);

    struct sim_heap_node *best = sim_heap_first(&line->waiting);
    if (best && !blocked)
        sim_heap_put(&slots->ready, &line->node, sim_heap_key(&line->waiting, best));
    else
        sim_heap_remove(&slots->ready, &line->node);

    if (sim_heap_first(&slots->ready) && has_free_slot(slots) && !sim_scheduled(&slots->grant))
        sim_schedule(sim, &slots->grant, sim_now(sim));
}

static void in_use_changed(struct sim *sim, struct sim_line *line, bool taken)
{
    line->limit->in_use += taken ? 1 : -1u;
    for (struct sim_line *each = line->limit; each; each = each->next_that_shares)
        line_changed(sim, each);
}

static inline void add_time(struct sim_slots_times *times, const struct sim_slots *slots, double passed_s)
{
    bool full = slots->in_use.value >= slots->capacity, waiting = slots->waiting.value > 0;

    if (slots->in_use.value > 0)
        times->busy_s += passed_s;
    if (full)
        times->full_s += passed_s;
    if (waiting)
        times->waiting_s += passed_s;
    if (full && waiting)
        times->held_up_s += passed_s;
}

/* Before anything changes; most changes come several at an instant. */
static inline void time_goes_on(struct sim *sim, struct sim_slots *slots)
{
    double now_s = sim_now(sim);

    if (now_s == slots->times_s)
        return;
    add_time(&slots->times, slots, now_s - slots->times_s);
    slots->times_s = now_s;
}

struct sim_slots_times sim_slots_times(const struct sim_slots *slots, double now_s)
{
    struct sim_slots_times times = slots->times;

    add_time(&times, slots, now_s - slots->times_s);
    return times;
}

static void set_level(struct sim *sim, struct sim_level *level, int change)
{
    sim_level_set(level, sim_now(sim), level->value + change);
}

static void tell(struct sim *sim, struct sim_slots *slots)
{
    if (slots->changed)
        slots->changed(sim, slots);
}

static void give_slot(struct sim *sim, struct sim_slots *slots, struct sim_line *line)
{
    struct sim_waiter *waiter = SIM_OWNER(struct sim_waiter, node, sim_heap_pop(&line->waiting));
    double now_s = sim_now(sim);

    waiter->waited_s = now_s - waiter->since_s;
    /* Differences of a growing integral are exact only up to rounding. */
    waiter->blocked_s = CLAMP(sim_gate_s(&line->blocked, now_s) - waiter->blocked_before_s, 0, waiter->waited_s);
    waiter->closed_s = CLAMP(sim_gate_s(&line->closed, now_s) - waiter->closed_before_s, 0, waiter->blocked_s);
    waiter->slot = take_number(slots);
    slots->n_granted++;
    slots->waited_s += waiter->waited_s;
    time_goes_on(sim, slots);
    set_level(sim, &slots->in_use, 1);
    set_level(sim, &slots->waiting, -1);
    in_use_changed(sim, line, true);
    tell(sim, slots);
    waiter->granted(sim, waiter); /* may do anything to this pool's waiters and lines */
}

static void grant(struct sim *sim, struct sim_event *event)
{
    struct sim_slots *slots = SIM_OWNER(struct sim_slots, grant, event);
    struct sim_heap_node *first;

    while (has_free_slot(slots) && (first = sim_heap_first(&slots->ready)))
        give_slot(sim, slots, SIM_OWNER(struct sim_line, node, first));
    sim_cancel(sim, &slots->grant); /* what was asked for meanwhile has been done */
}

void sim_slots_init(struct sim *sim, struct sim_slots *slots, uint32_t capacity)
{
    *slots = (struct sim_slots){.capacity = capacity, .times_s = sim_now(sim)};
    sim_heap_init(&slots->ready);
    sim_event_init(&slots->grant, SIM_RANK_GRANT, grant);
    sim_level_init(&slots->in_use, sim_now(sim), 0);
    sim_level_init(&slots->waiting, sim_now(sim), 0);
}

void sim_slots_shut(struct sim *sim, struct sim_slots *slots, bool shut)
{
    slots->shut = shut;
    if (sim_heap_first(&slots->ready) && has_free_slot(slots) && !sim_scheduled(&slots->grant))
        sim_schedule(sim, &slots->grant, sim_now(sim));
}

void sim_slots_clear(struct sim *sim, struct sim_slots *slots)
{
    g_assert(slots->n_lines == 0);
    sim_cancel(sim, &slots->grant);
    sim_heap_clear(&slots->ready);
    g_free(slots->taken);
    slots->taken = NULL;
    slots->taken_words = slots->full_words = 0;
}

void sim_line_init(struct sim *sim, struct sim_line *line, struct sim_slots *slots, uint32_t capacity)
{
    *line = (struct sim_line){.slots = slots, .capacity = capacity, .limit = line};
    sim_heap_init(&line->waiting);
    line->blocked = (struct sim_gate){.since_s = sim_now(sim), .on = capacity == 0};
    line->closed = (struct sim_gate){.since_s = sim_now(sim)};
    slots->n_lines++;
}

void sim_line_share(struct sim_line *line, struct sim_line *with)
{
    g_assert(line->slots == with->slots && line->limit == line && !line->next_that_shares && line->in_use == 0);
    line->limit = with->limit;
    line->next_that_shares = with->limit->next_that_shares;
    with->limit->next_that_shares = line;
}

void sim_line_clear(struct sim_line *line)
{
    g_assert(line->in_use == 0 && !sim_heap_first(&line->waiting));
    for (struct sim_line *each = line->limit; each != line; each = each->next_that_shares)
        if (each->next_that_shares == line) {
            each->next_that_shares = line->next_that_shares;
            break;
        }
    sim_heap_clear(&line->waiting);
    line->slots->n_lines--;
    line->slots = NULL;
}

void sim_line_shut(struct sim *sim, struct sim_line *line, bool shut)
{
    if (line->shut == shut)
        return;
    line->shut = shut;
    line->slots->n_shut_out += shut ? line->waiting.n : -line->waiting.n;
    line_changed(sim, line);
    if (line->waiting.n) {
        time_goes_on(sim, line->slots);
        tell(sim, line->slots);
    }
}

void sim_line_visit(struct sim *sim, struct sim_line *line, sim_granted *visit)
{
    for (uint32_t i = 0; i < line->waiting.n; i++)
        visit(sim, SIM_OWNER(struct sim_waiter, node, line->waiting.nodes[SIM_HEAP_ROOT + i]));
}

void sim_waiter_init(struct sim_waiter *waiter, sim_granted *granted)
{
    *waiter = (struct sim_waiter){.granted = granted};
}

void sim_wait(struct sim *sim, struct sim_waiter *waiter, struct sim_line *line, sim_key key)
{
    g_assert(!waiter->line);
    waiter->line = line;
    waiter->since_s = sim_now(sim);
    waiter->blocked_before_s = sim_gate_s(&line->blocked, sim_now(sim));
    waiter->closed_before_s = sim_gate_s(&line->closed, sim_now(sim));
    sim_heap_put(&line->waiting, &waiter->node, key);
    time_goes_on(sim, line->slots);
    set_level(sim, &line->slots->waiting, 1);
    line->slots->n_shut_out += line->shut;
    line_changed(sim, line);
    tell(sim, line->slots);
}

void sim_wait_cancel(struct sim *sim, struct sim_waiter *waiter)
{
    struct sim_line *line = waiter->line;

    g_assert(sim_waiting(waiter));
    sim_heap_remove(&line->waiting, &waiter->node);
    waiter->line = NULL;
    time_goes_on(sim, line->slots);
    set_level(sim, &line->slots->waiting, -1);
    line->slots->n_shut_out -= line->shut;
    line_changed(sim, line);
    tell(sim, line->slots);
}

void sim_release(struct sim *sim, struct sim_waiter *waiter)
{
    struct sim_line *line = waiter->line;

    g_assert(sim_holding(waiter));
    waiter->line = NULL;
    free_number(line->slots, waiter->slot);
    time_goes_on(sim, line->slots);
    set_level(sim, &line->slots->in_use, -1);
    in_use_changed(sim, line, false);
    tell(sim, line->slots);
}

double sim_blocked_so_far(const struct sim *sim, const struct sim_waiter *waiter)
{
    g_assert(sim_waiting(waiter));
    return CLAMP(sim_gate_s(&waiter->line->blocked, sim_now(sim)) - waiter->blocked_before_s, 0,
                 sim_now(sim) - waiter->since_s);
}

double sim_closed_so_far(const struct sim *sim, const struct sim_waiter *waiter)
{
    g_assert(sim_waiting(waiter));
    return CLAMP(sim_gate_s(&waiter->line->closed, sim_now(sim)) - waiter->closed_before_s, 0,
                 sim_blocked_so_far(sim, waiter));
}
