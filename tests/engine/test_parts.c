/* Worlds in parts: each part fires the same events in the same order as if it were alone and told in time, and whoever
 * asks finds all clocks together. */
#include "sim/engine/parts.h"

#include <glib.h>
#include <math.h>

#include "tests/engine/scale.h"

struct letter {
    struct sim_event event;
    char name;
    GString *log;
};

static void write_letter(struct sim *sim, struct sim_event *event)
{
    const struct letter *letter = SIM_OWNER(const struct letter, event, event);

    g_string_append_printf(letter->log, "%c%g ", letter->name, sim_now(sim));
}

static struct letter letter(char name, enum sim_rank rank, GString *log)
{
    struct letter new = {.name = name, .log = log};

    sim_event_init(&new.event, rank, write_letter);
    return new;
}

/* What comes from another part is first at its time and rank, in the order of posting, whenever that was: before (p),
 * or after (q) the part's own appointment (a). Rank comes before all that (c). */
static void test_posts_come_first(void)
{
    struct sim *world = sim_new(1, 0);
    struct sim_parts *parts = sim_parts_new(world);
    struct sim *part = sim_parts_add(parts);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, log), p = letter('p', SIM_RANK_MODEL, log),
                  q = letter('q', SIM_RANK_MODEL, log), c = letter('c', SIM_RANK_CAPACITY, log);

    sim_post(part, &p.event, 5);
    sim_schedule(part, &a.event, 5);
    sim_post(part, &q.event, 5);
    sim_schedule(part, &c.event, 5);
    g_assert_true(sim_parts_run_at_most(parts, 10, UINT64_MAX));
    g_assert_cmpstr(log->str, ==, "c5 p5 q5 a5 ");
    g_assert_cmpuint(sim_parts_n_fired(parts), ==, 4);
    g_assert_cmpfloat(sim_now(part), ==, 10);
    g_assert_cmpfloat(sim_parts_now(parts), ==, 10);
    sim_parts_free(parts);
    sim_free(world);
}

struct caller {
    struct sim_event event;
    struct sim_parts *parts;
    struct sim *part;
    GString *log;
};

static void catch_up(struct sim *sim, struct sim_event *event)
{
    const struct caller *caller = SIM_OWNER(const struct caller, event, event);

    sim_parts_catch_up(caller->parts, SIM_RANK_MODEL);
    g_assert_cmpfloat(sim_now(caller->part), ==, sim_now(sim));
    g_string_append(caller->log, "| ");
}

/* Up to the rank of the event that asks, and no further: b, of that rank, and d come afterwards. */
static void test_catch_up(void)
{
    struct sim *world = sim_new(1, 0);
    struct sim_parts *parts = sim_parts_new(world);
    struct sim *part = sim_parts_add(parts);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, log), b = letter('b', SIM_RANK_MODEL, log),
                  c = letter('c', SIM_RANK_FLOW_DONE, log), d = letter('d', SIM_RANK_CAPACITY, log);
    struct caller caller = {.parts = parts, .part = part, .log = log};

    sim_event_init(&caller.event, SIM_RANK_MODEL, catch_up);
    sim_schedule(world, &caller.event, 5);
    sim_schedule(part, &a.event, 2);
    sim_schedule(part, &b.event, 5);
    sim_schedule(part, &c.event, 5);
    sim_schedule(part, &d.event, 6);
    g_assert_true(sim_parts_run_at_most(parts, 10, UINT64_MAX));
    g_assert_cmpstr(log->str, ==, "a2 c5 | b5 d6 ");
    sim_parts_free(parts);
    sim_free(world);
}

/* ---- a world that feeds others ---- */

#define PARTS 5
#define MAILS 200

/* Of a part: what it is sent, and what comes of it there, with the time and how many came before. */
struct town {
    struct sim *sim;
    guint n;
    GString *log;
};

struct mail {
    struct sim_event event;
    struct town *town;
    guint number, steps;
    double step_s;
};

static void mail_goes_on(struct sim *sim, struct sim_event *event)
{
    struct mail *mail = SIM_OWNER(struct mail, event, event);

    g_string_append_printf(mail->town->log, "%u:%.17g:%u ", mail->number, sim_now(sim), mail->town->n++);
    if (mail->steps-- > 0)
        sim_schedule_after(sim, event, mail->step_s);
}

struct post_office {
    struct sim_event event;
    GRand *dice;
    struct town *towns;
    struct mail *mails;
    guint n_sent;
};

/* Times are whole seconds: many things happen at once. */
static void send(struct sim *sim, struct sim_event *event)
{
    struct post_office *office = SIM_OWNER(struct post_office, event, event);
    struct mail *mail = &office->mails[office->n_sent];

    mail->town = &office->towns[g_rand_int_range(office->dice, 0, PARTS)];
    mail->number = office->n_sent++;
    mail->steps = (guint)g_rand_int_range(office->dice, 0, 6);
    mail->step_s = g_rand_int_range(office->dice, 1, 100);
    sim_event_init(&mail->event, SIM_RANK_MODEL, mail_goes_on);
    sim_post(mail->town->sim, &mail->event, sim_now(sim) + g_rand_int_range(office->dice, 1, 300));
    if (office->n_sent < MAILS)
        sim_schedule_after(sim, event, g_rand_int_range(office->dice, 0, 60));
}

struct world {
    struct sim *sim;
    struct sim_parts *parts;
    struct town towns[PARTS];
    struct mail mails[MAILS];
    struct post_office office;
};

static struct world *world_new(guint32 seed)
{
    struct world *world = g_new0(struct world, 1);

    world->sim = sim_new(1, 0);
    world->parts = sim_parts_new(world->sim);
    for (int i = 0; i < PARTS; i++)
        world->towns[i] = (struct town){.sim = sim_parts_add(world->parts), .log = g_string_new(NULL)};
    world->office =
        (struct post_office){.dice = g_rand_new_with_seed(seed), .towns = world->towns, .mails = world->mails};
    sim_event_init(&world->office.event, SIM_RANK_MODEL, send);
    sim_schedule(world->sim, &world->office.event, 1);
    return world;
}

/* Returns what all parts wrote. */
static char *world_free(struct world *world)
{
    GString *all = g_string_new(NULL);

    for (int i = 0; i < PARTS; i++) {
        g_assert_cmpfloat(sim_now(world->towns[i].sim), ==, sim_now(world->sim));
        g_string_append_printf(all, "%s/ ", world->towns[i].log->str);
        g_string_free(world->towns[i].log, TRUE);
    }
    g_rand_free(world->office.dice);
    sim_parts_free(world->parts);
    sim_free(world->sim);
    g_free(world);
    return g_string_free(all, FALSE);
}

/* portion: events at a time; together: all clocks go on in steps of a second, as in one queue. */
static char *history(guint32 seed, uint64_t portion, bool together)
{
    struct world *world = world_new(seed);

    if (together) {
        for (double t = 1; t <= 20000; t++)
            sim_parts_run_at_most(world->parts, t, UINT64_MAX);
    } else {
        double before_s = 0;
        while (!sim_parts_run_at_most(world->parts, 20000, portion)) {
            g_assert_cmpfloat(sim_parts_now(world->parts), >=, before_s);
            before_s = sim_parts_now(world->parts);
        }
    }
    g_assert_cmpfloat(sim_now(world->sim), ==, 20000);
    return world_free(world);
}

static void test_the_same_in_any_stretches(void)
{
    for (guint32 seed = 0; seed < test_rounds(50); seed++) {
        g_autofree char *whole = history(seed, UINT64_MAX, false), *portions = history(seed, 7, false),
                        *together = history(seed, UINT64_MAX, true);
        g_assert_cmpstr(whole, ==, together);
        g_assert_cmpstr(portions, ==, together);
    }
}

/* Somebody stops after any number of events: nobody is ahead of anybody then. */
static void test_meet(void)
{
    for (uint64_t n = 0; n < 400; n += 3) {
        struct world *world = world_new(1);

        sim_parts_run_at_most(world->parts, 20000, n);
        sim_parts_meet(world->parts);
        g_assert_cmpfloat(sim_parts_now(world->parts), ==, sim_now(world->sim));
        g_free(world_free(world));
    }
}

/* Numbers order what all parts create; memory given back in one is taken in another. */
static void test_what_is_shared(void)
{
    struct sim *world = sim_new(7, 3);
    struct sim_parts *parts = sim_parts_new(world);
    struct sim *a = sim_parts_add(parts), *b = sim_parts_add(parts);

    g_assert_cmpuint(sim_number(world), ==, 1);
    g_assert_cmpuint(sim_number(a), ==, 2);
    g_assert_cmpuint(sim_number(b), ==, 3);
    void *object = sim_memory_take(a->memory, 100);
    sim_memory_give(a->memory, object, 100);
    g_assert_true(sim_memory_take(b->memory, 100) == object);
    g_assert_cmpuint(a->seed, ==, 7);
    g_assert_cmpuint(a->replication, ==, 3);
    sim_parts_free(parts);
    sim_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/parts/posts-come-first", test_posts_come_first);
    g_test_add_func("/parts/catch-up", test_catch_up);
    g_test_add_func("/parts/the-same-in-any-stretches", test_the_same_in_any_stretches);
    g_test_add_func("/parts/meet", test_meet);
    g_test_add_func("/parts/what-is-shared", test_what_is_shared);
    return g_test_run();
}
