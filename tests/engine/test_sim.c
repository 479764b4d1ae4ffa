#include "sim/engine/sim.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Events that write their letter, and the time, when they fire. */
struct letter {
    struct sim_event event;
    char name;
    GString *log;
    struct letter *other; /* what write_and_*() act on */
    double after_s;
};

static void write_letter(struct sim *sim, struct sim_event *event)
{
    struct letter *letter = SIM_OWNER(struct letter, event, event);

    g_string_append_printf(letter->log, "%c%g ", letter->name, sim_now(sim));
}

static void write_and_cancel(struct sim *sim, struct sim_event *event)
{
    write_letter(sim, event);
    sim_cancel(sim, &SIM_OWNER(struct letter, event, event)->other->event);
}

static void write_and_schedule(struct sim *sim, struct sim_event *event)
{
    struct letter *letter = SIM_OWNER(struct letter, event, event);

    write_letter(sim, event);
    sim_schedule_after(sim, &letter->other->event, letter->after_s);
}

static void write_and_stop(struct sim *sim, struct sim_event *event)
{
    write_letter(sim, event);
    sim_stop(sim);
}

static void write_and_free(struct sim *sim, struct sim_event *event)
{
    write_letter(sim, event);
    g_free(SIM_OWNER(struct letter, event, event));
}

static struct letter letter(char name, enum sim_rank rank, sim_fire *fire, GString *log)
{
    struct letter letter = {.name = name, .log = log};

    sim_event_init(&letter.event, rank, fire);
    return letter;
}

static void run_and_expect(struct sim *sim, double until_s, GString *log, const char *expected)
{
    sim_run(sim, until_s);
    g_assert_cmpstr(log->str, ==, expected);
    g_string_truncate(log, 0);
}

static void test_ranks_order_one_instant(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter letters[SIM_RANK_STOP + 1];

    for (int rank = SIM_RANK_STOP; rank >= 0; rank--) {
        letters[rank] = letter((char)('a' + rank), (enum sim_rank)rank, write_letter, log);
        sim_schedule(sim, &letters[rank].event, 5);
    }
    run_and_expect(sim, INFINITY, log, "a5 b5 c5 d5 e5 f5 g5 ");
    sim_free(sim);
}

static void test_ties_fire_in_order_of_scheduling(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter letters[10];

    for (guint i = 0; i < 10; i++)
        letters[i] = letter((char)('a' + i), SIM_RANK_MODEL, write_letter, log);
    for (guint i = 0; i < 10; i++)
        sim_schedule(sim, &letters[7 * i % 10].event, 2);
    run_and_expect(sim, INFINITY, log, "a2 h2 e2 b2 i2 f2 c2 j2 g2 d2 ");
    sim_free(sim);
}

static void test_a_moved_event_counts_as_newly_scheduled(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, write_letter, log);
    struct letter b = letter('b', SIM_RANK_MODEL, write_letter, log);
    struct letter c = letter('c', SIM_RANK_MODEL, write_letter, log);

    sim_schedule(sim, &a.event, 2);
    sim_schedule(sim, &b.event, 9);
    sim_schedule(sim, &c.event, 2);
    sim_schedule(sim, &b.event, 2);
    sim_schedule(sim, &a.event, 2); /* moved to where it was: behind the others now */
    run_and_expect(sim, INFINITY, log, "c2 b2 a2 ");
    sim_free(sim);
}

static void test_infinity_cancels(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, write_letter, log);

    sim_schedule(sim, &a.event, INFINITY);
    g_assert_false(sim_scheduled(&a.event));
    sim_schedule(sim, &a.event, 3);
    g_assert_true(sim_scheduled(&a.event));
    g_assert_cmpfloat(sim_when(sim, &a.event), ==, 3);
    sim_schedule(sim, &a.event, INFINITY);
    g_assert_false(sim_scheduled(&a.event));
    g_assert_true(isinf(sim_when(sim, &a.event)));
    sim_cancel(sim, &a.event);
    run_and_expect(sim, 10, log, "");
    g_assert_cmpfloat(sim_now(sim), ==, 10);
    sim_free(sim);
}

static void test_minus_zero_is_zero(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, write_letter, log);
    struct letter b = letter('b', SIM_RANK_MODEL, write_letter, log);

    sim_schedule(sim, &b.event, 1e-300);
    sim_schedule(sim, &a.event, -0.0);
    g_assert_false(signbit(sim_when(sim, &a.event)));
    sim_run(sim, -0.0);
    g_assert_false(signbit(sim_now(sim)));
    run_and_expect(sim, INFINITY, log, "a0 b1e-300 ");
    sim_free(sim);
}

static void test_cancel_while_firing(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, write_and_cancel, log);
    struct letter b = letter('b', SIM_RANK_MODEL, write_letter, log);
    struct letter c = letter('c', SIM_RANK_MODEL, write_and_cancel, log);

    a.other = &b; /* at the same instant */
    c.other = &c; /* itself, idle while it fires */
    sim_schedule(sim, &a.event, 1);
    sim_schedule(sim, &b.event, 1);
    sim_schedule(sim, &c.event, 2);
    run_and_expect(sim, INFINITY, log, "a1 c2 ");
    g_assert_cmpuint(sim->n_fired, ==, 2);
    sim_free(sim);
}

static void test_schedule_while_firing(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_GRANT, write_and_schedule, log);
    struct letter b = letter('b', SIM_RANK_CAPACITY, write_letter, log);
    struct letter c = letter('c', SIM_RANK_GRANT, write_letter, log);
    struct letter d = letter('d', SIM_RANK_STOP, write_letter, log);
    struct letter e = letter('e', SIM_RANK_GRANT, write_and_schedule, log);

    a.other = &b; /* now, and of a rank that has passed: it still comes before what follows */
    e.other = &d; /* moves what is scheduled */
    sim_schedule(sim, &a.event, 1);
    sim_schedule(sim, &c.event, 1);
    sim_schedule(sim, &d.event, 1);
    sim_schedule(sim, &e.event, 1);
    e.after_s = 2;
    run_and_expect(sim, INFINITY, log, "a1 b1 c1 e1 d3 ");
    sim_free(sim);
}

static void test_firing_may_free_the_owner(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);

    for (int i = 0; i < 5; i++) {
        struct letter *owner = g_new(struct letter, 1);
        *owner = letter((char)('a' + i), SIM_RANK_MODEL, write_and_free, log);
        sim_schedule(sim, &owner->event, 5 - i);
    }
    run_and_expect(sim, INFINITY, log, "e1 d2 c3 b4 a5 ");
    sim_free(sim);
}

static void test_run_includes_its_end(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_STOP, write_letter, log);
    struct letter b = letter('b', SIM_RANK_MODEL, write_letter, log);

    sim_schedule(sim, &a.event, 4);
    sim_schedule(sim, &b.event, nextafter(4, 5));
    run_and_expect(sim, 4, log, "a4 ");
    g_assert_cmpfloat(sim_now(sim), ==, 4);
    run_and_expect(sim, 4.5, log, "b4 ");
    g_assert_cmpfloat(sim_now(sim), ==, 4.5);
    sim_run(sim, INFINITY); /* nothing happens any more: the clock stays */
    g_assert_cmpfloat(sim_now(sim), ==, 4.5);
    sim_free(sim);
}

static void test_stop_ends_the_run(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter a = letter('a', SIM_RANK_MODEL, write_and_stop, log);
    struct letter b = letter('b', SIM_RANK_MODEL, write_letter, log);

    sim_schedule(sim, &a.event, 1);
    sim_schedule(sim, &b.event, 1);
    run_and_expect(sim, 8, log, "a1 ");
    g_assert_cmpfloat(sim_now(sim), ==, 1);
    run_and_expect(sim, 8, log, "b1 ");
    g_assert_cmpfloat(sim_now(sim), ==, 8);
    sim_free(sim);
}

/* A crowd of events that schedule, move and cancel each other at random; a naive search says who is next. */
#define CROWD 60

struct member {
    struct sim_event event;
    double when_s;  /* INFINITY: idle */
    guint64 number; /* order of scheduling */
    guint64 place;  /* of its own in that order, before those of all who take the next */
    struct crowd *crowd;
};

enum delays {
    DELAYS_ANY,   /* of every size */
    DELAYS_WHOLE, /* whole numbers make ties */
    DELAYS_NONE,  /* most of the time, so that much is always due at once */
    N_DELAYS
};

struct crowd {
    struct member members[CROWD];
    GRand *random;
    enum delays delays;
    GArray *times_s; /* when something fired */
    guint n_left;    /* that many may still schedule others */
};

static void member_schedule(struct sim *sim, struct member *member, double when_s)
{
    member->when_s = when_s;
    if (g_rand_int_range(member->crowd->random, 0, 4) == 0) {
        member->number = member->place;
        sim_schedule_in_order(sim, &member->event, when_s, member->place);
    } else {
        sim_schedule(sim, &member->event, when_s);
        member->number = sim->next_seq;
    }
}

static gboolean before(const struct member *a, const struct member *b)
{
    if (a->when_s != b->when_s)
        return a->when_s < b->when_s;
    if (a->event.rank != b->event.rank)
        return a->event.rank < b->event.rank;
    return a->number < b->number;
}

static struct member *who_is_next(struct crowd *crowd)
{
    struct member *best = &crowd->members[0];

    for (guint i = 1; i < CROWD; i++)
        if (before(&crowd->members[i], best))
            best = &crowd->members[i];
    return best;
}

static double random_delay_s(struct crowd *crowd)
{
    switch (crowd->delays) {
    case DELAYS_WHOLE:
        return g_rand_int_range(crowd->random, 0, 6);
    case DELAYS_NONE:
        return g_rand_int_range(crowd->random, 0, 1000) ? 0 : 1;
    case DELAYS_ANY:
    default:
        return ldexp(g_rand_double(crowd->random), g_rand_int_range(crowd->random, -60, 12));
    }
}

static void member_fires(struct sim *sim, struct sim_event *event)
{
    struct member *member = SIM_OWNER(struct member, event, event);
    struct crowd *crowd = member->crowd;
    double now_s = sim_now(sim);

    g_assert_true(member == who_is_next(crowd));
    g_assert_cmpfloat(member->when_s, ==, now_s);
    g_assert_false(sim_scheduled(event));
    member->when_s = INFINITY;
    g_array_append_val(crowd->times_s, now_s);
    if (crowd->n_left == 0)
        return;
    crowd->n_left--;
    for (int n = g_rand_int_range(crowd->random, 0, 5); n > 0; n--) {
        struct member *other = &crowd->members[g_rand_int_range(crowd->random, 0, CROWD)];
        if (g_rand_int_range(crowd->random, 0, 4) == 0) {
            other->when_s = INFINITY;
            sim_cancel(sim, &other->event);
        } else {
            member_schedule(sim, other, now_s + random_delay_s(crowd));
        }
        g_assert_true(sim_scheduled(&other->event) == isfinite(other->when_s));
        g_assert_true(sim_when(sim, &other->event) == other->when_s);
    }
    if (g_rand_int_range(crowd->random, 0, 3) || crowd->n_left % 7 == 0)
        member_schedule(sim, member, now_s + random_delay_s(crowd));
}

static bool somebody_is_left(const struct crowd *crowd)
{
    for (guint i = 0; i < CROWD; i++)
        if (isfinite(crowd->members[i].when_s))
            return true;
    return false;
}

struct way {
    enum delays delays;
    guint n_ranks;
    uint32_t many;  /* for the queue; 0: as it is, and there are never so many here */
    double piece_s; /* of a run; INFINITY: all at once */
    bool meddle;    /* between two pieces, with what comes before all that is known */
};

static GArray *run_crowd(struct way way)
{
    struct sim *sim = sim_new(1, 0);
    struct crowd crowd = {.random = g_rand_new_with_seed(5), .delays = way.delays, .n_left = test_rounds(20000)};

    if (way.many)
        sim->crowd = sim->n_tolerated = way.many;
    crowd.times_s = g_array_new(FALSE, FALSE, sizeof(double));
    for (guint i = 0; i < CROWD; i++) {
        struct member *member = &crowd.members[i];
        member->crowd = &crowd;
        member->place = sim_order(sim);
        sim_event_init(&member->event, (enum sim_rank)(SIM_RANK_STOP - i % way.n_ranks), member_fires);
    }
    for (guint i = 0; i < CROWD; i++) {
        struct member *member = &crowd.members[(7 * i) % CROWD];
        member_schedule(sim, member, i % 5);
    }
    if (isinf(way.piece_s))
        sim_run(sim, INFINITY);
    for (double until_s = 0; somebody_is_left(&crowd); until_s += way.piece_s) {
        sim_run(sim, until_s);
        if (way.meddle && crowd.n_left)
            member_schedule(sim, &crowd.members[0], until_s + 0.125 * way.piece_s);
    }
    g_assert_cmpuint(sim->n_fired, ==, crowd.times_s->len);
    g_rand_free(crowd.random);
    sim_free(sim);
    return crowd.times_s;
}

static const uint32_t crowds[] = {0, 1, 4, 16, 32};

static const double pieces_s[N_DELAYS] = {[DELAYS_ANY] = 20, [DELAYS_WHOLE] = 0.75, [DELAYS_NONE] = 0.75};
static const guint ranks[] = {1, 2, SIM_RANK_STOP + 1};

static void test_order_equals_naive_search(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(crowds) * G_N_ELEMENTS(ranks); i++)
        for (enum delays delays = 0; delays < N_DELAYS; delays++) {
            guint n_ranks = ranks[i / G_N_ELEMENTS(crowds)];
            uint32_t many = crowds[i % G_N_ELEMENTS(crowds)];
            g_autoptr(GArray) once = run_crowd((struct way){delays, n_ranks, many, INFINITY, false});
            g_autoptr(GArray) meddled = run_crowd((struct way){delays, n_ranks, many, pieces_s[delays], true});
            g_assert_cmpuint(once->len, >, test_rounds(20000) / 2);
            g_assert_cmpuint(meddled->len, >, test_rounds(20000) / 2);
        }
}

static void assert_same_times(const GArray *a, const GArray *b)
{
    g_assert_cmpuint(a->len, ==, b->len);
    g_assert_true(memcmp(a->data, b->data, a->len * sizeof(double)) == 0);
}

static void test_run_in_pieces_equals_one_run(void)
{
    for (enum delays delays = 0; delays < N_DELAYS; delays++) {
        g_autoptr(GArray) once = run_crowd((struct way){delays, SIM_RANK_STOP + 1, 0, INFINITY, false});
        for (guint i = 0; i < G_N_ELEMENTS(crowds); i++) {
            struct way way = {delays, SIM_RANK_STOP + 1, crowds[i], INFINITY, false};
            g_autoptr(GArray) crowded = run_crowd(way);
            way.piece_s = pieces_s[delays];
            g_autoptr(GArray) pieces = run_crowd(way);
            assert_same_times(once, crowded);
            assert_same_times(once, pieces);
        }
    }
}

/* Many at the size at which the queue works: a crowd that is thrown away and moved, too, anywhere, all at a few
 * instants or close to them. Who fires is never before the one that fired last, and nobody is forgotten. */
struct many {
    struct sim_event event;
    struct {
        double when_s;
        guint n_fired;
        enum sim_rank rank;
        guint64 number;
    } * last;
    double when_s;
    guint64 number; /* order of scheduling */
};

static void one_of_many_fires(struct sim *sim, struct sim_event *event)
{
    struct many *one = SIM_OWNER(struct many, event, event);

    g_assert_cmpfloat(sim_now(sim), ==, one->when_s);
    g_assert_cmpfloat(sim_now(sim), >=, one->last->when_s);
    if (sim_now(sim) == one->last->when_s) {
        g_assert_cmpint(event->rank, >=, one->last->rank);
        if (event->rank == one->last->rank)
            g_assert_cmpuint(one->number, >, one->last->number);
    }
    one->last->number = one->number;
    one->last->when_s = sim_now(sim);
    one->last->rank = event->rank;
    one->last->n_fired++;
    one->when_s = INFINITY;
}

static void test_many_events(void)
{
    guint n = test_rounds(200000);

    for (int instants = 0; instants < 3; instants++) {
        struct sim *sim = sim_new(1, 0);
        g_autoptr(GRand) random = g_rand_new_with_seed(11);
        g_autofree struct many *many = g_new0(struct many, n);
        __typeof__(*many->last) last = {0};
        guint n_expected = 0;

        for (guint i = 0; i < 3 * n; i++) { /* the second and third time round, each is moved, or cancelled */
            struct many *one = &many[i % n];
            if (i < n) {
                one->last = &last;
                sim_event_init(&one->event, (enum sim_rank)(i % (SIM_RANK_STOP + 1)), one_of_many_fires);
            }
            one->when_s = instants ? g_rand_int_range(random, 0, 5) : -log(g_rand_double(random)) * 1e5;
            if (instants == 2)
                one->when_s += 1e-12 * g_rand_double(random);
            if (g_rand_int_range(random, 0, 8) == 0)
                one->when_s = INFINITY;
            sim_schedule(sim, &one->event, one->when_s);
            one->number = sim->next_seq;
            g_assert_cmpfloat(sim_when(sim, &many[(i / 2) % n].event), ==, many[(i / 2) % n].when_s);
        }
        for (guint i = 0; i < n; i++)
            n_expected += isfinite(many[i].when_s) ? 1 : 0;
        sim_run(sim, INFINITY);
        g_assert_cmpuint(last.n_fired, ==, n_expected);
        for (guint i = 0; i < n; i++)
            g_assert_false(sim_scheduled(&many[i].event));
        sim_free(sim);
    }
}

/* Four events, two of them at one instant: portions of 3 and 1, then nothing is left before the end. */
static void test_run_in_portions_of_events(void)
{
    struct sim *sim = sim_new(1, 0);
    GString *log = g_string_new(NULL);
    struct letter letters[4];
    const double when_s[4] = {1, 2, 2, 5};

    for (int i = 0; i < 4; i++) {
        letters[i] = letter((char)('a' + i), SIM_RANK_MODEL, write_letter, log);
        sim_schedule(sim, &letters[i].event, when_s[i]);
    }
    g_assert_false(sim_run_at_most(sim, 10, 2));
    g_assert_cmpstr(log->str, ==, "a1 b2 ");
    g_assert_cmpfloat(sim_now(sim), ==, 2);
    g_assert_true(sim_run_at_most(sim, 4, 1)); /* the next one is later than that */
    g_assert_cmpstr(log->str, ==, "a1 b2 c2 ");
    g_assert_cmpfloat(sim_now(sim), ==, 4);
    g_assert_false(sim_run_at_most(sim, 10, 0));
    g_assert_cmpfloat(sim_now(sim), ==, 4);
    g_assert_true(sim_run_at_most(sim, 10, UINT64_MAX));
    g_assert_cmpstr(log->str, ==, "a1 b2 c2 d5 ");
    g_assert_cmpfloat(sim_now(sim), ==, 10);
    g_string_free(log, TRUE);
    sim_free(sim);
}

/* An event in three pieces, of 3 letters each: the pieces stay together, in its place in the order, and a portion of 5
 * ends within it: after the second piece, 1 + 2 more counted for each. */
struct long_event {
    struct sim_event event;
    GString *log;
    uint64_t order;
    int n_pieces;
};

static void write_piece(struct sim *sim, struct sim_event *event)
{
    struct long_event *l = SIM_OWNER(struct long_event, event, event);

    g_string_append(l->log, "xyz ");
    sim_worked(sim, 2);
    if (++l->n_pieces < 3)
        sim_schedule_in_order(sim, event, sim_now(sim), l->order);
}

static void test_a_long_event_in_pieces(void)
{
    struct sim *sim = sim_new(1, 0);
    GString *log = g_string_new(NULL);
    struct letter before = letter('a', SIM_RANK_MODEL, write_letter, log), after = before;
    struct long_event event = {.log = log};

    after.name = 'b';
    sim_event_init(&event.event, SIM_RANK_MODEL, write_piece);
    sim_schedule(sim, &before.event, 2);
    event.order = sim_order(sim);
    sim_schedule(sim, &after.event, 2);
    sim_schedule_in_order(sim, &event.event, 2, event.order);
    g_assert_false(sim_run_at_most(sim, 10, 5)); /* 1 + 3 + 3 */
    g_assert_cmpstr(log->str, ==, "a2 xyz xyz ");
    g_assert_false(sim_run_at_most(sim, 10, 1));
    g_assert_cmpstr(log->str, ==, "a2 xyz xyz xyz ");
    g_assert_true(sim_run_at_most(sim, 10, 2));
    g_assert_cmpstr(log->str, ==, "a2 xyz xyz xyz b2 ");
    g_string_free(log, TRUE);
    sim_free(sim);
}

/* After a simulated year two instants are told apart if 4 ns lie between them: doubles from 2^24 to 2^25 are multiples
 * of 2^-28. All of these are times, so they come exactly, and in order; what would be in between falls on one of them.
 */
static void test_clock_after_a_year(void)
{
    const double year_s = 365 * 86400.0, tick_s = 0x1p-28;
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter letters[8];

    sim_run(sim, year_s);
    for (guint i = 0; i < 8; i++) {
        guint which = 5 * i % 8;
        letters[which] = letter((char)('a' + which), SIM_RANK_MODEL, write_letter, log);
        sim_schedule_after(sim, &letters[which].event, which * tick_s);
        g_assert_cmpfloat(sim_when(sim, &letters[which].event) - year_s, ==, which * tick_s);
    }
    for (guint i = 0; i < 8; i++) {
        sim_run(sim, year_s + i * tick_s);
        g_assert_cmpuint(log->len % strlen("a3.1536e+07 "), ==, 0);
        g_assert_cmpuint(log->len / strlen("a3.1536e+07 "), ==, i + 1);
        g_assert_cmpint(log->str[i * strlen("a3.1536e+07 ")], ==, (char)('a' + i));
    }
    sim_schedule_after(sim, &letters[0].event, 0.4 * tick_s);
    g_assert_cmpfloat(sim_when(sim, &letters[0].event), ==, sim_now(sim));
    sim_free(sim);
}

/* Steps of 0.8 us, what 1,000 bytes take at 10 Gbit/s, for a second after a simulated year: each is rounded by half a
 * tick of 2^-28 s at most. */
struct steps {
    struct sim_event event;
    guint n_left;
};

static void step(struct sim *sim, struct sim_event *event)
{
    if (--SIM_OWNER(struct steps, event, event)->n_left)
        sim_schedule_after(sim, event, 0.8e-6);
}

static void test_small_steps_after_a_year(void)
{
    const double year_s = 365 * 86400.0;
    const guint n = 1250000;
    struct sim *sim = sim_new(1, 0);
    struct steps steps = {.n_left = n};

    sim_run(sim, year_s);
    sim_event_init(&steps.event, SIM_RANK_MODEL, step);
    sim_schedule_after(sim, &steps.event, 0.8e-6);
    sim_run(sim, INFINITY);
    g_assert_cmpuint(sim->n_fired, ==, n);
    g_assert_cmpfloat(fabs(sim_now(sim) - (year_s + 1)), <=, n * 0x1p-29);
    sim_free(sim);
}

/* Beyond 2^32 events, scheduled and fired, ties are still in order, and portions are what was asked for. */
static void test_more_than_4_billion_events(void)
{
    struct sim *sim = sim_new(1, 0);
    g_autoptr(GString) log = g_string_new(NULL);
    struct letter letters[6];

    sim->next_seq += UINT32_MAX - UINT64_C(3);
    sim->n_fired = UINT32_MAX - UINT64_C(3);
    *sim->next_number = UINT32_MAX;
    for (guint i = 0; i < 6; i++) {
        letters[i] = letter((char)('a' + i), SIM_RANK_MODEL, write_letter, log);
        sim_schedule(sim, &letters[i].event, 1);
    }
    g_assert_false(sim_run_at_most(sim, 2, 5));
    g_assert_cmpstr(log->str, ==, "a1 b1 c1 d1 e1 ");
    g_assert_true(sim_run_at_most(sim, 2, 5));
    g_assert_cmpstr(log->str, ==, "a1 b1 c1 d1 e1 f1 ");
    g_assert_true(sim->n_fired == UINT64_C(0x100000002));
    g_assert_true(sim_number(sim) == UINT64_C(0x100000000));
    sim_free(sim);
}

static void test_numbers_start_at_one(void)
{
    struct sim *sim = sim_new(1, 0);

    g_assert_cmpuint(sim_number(sim), ==, 1);
    g_assert_cmpuint(sim_number(sim), ==, 2);
    sim_free(sim);
}

static void nothing(struct sim *sim G_GNUC_UNUSED, struct sim_event *event G_GNUC_UNUSED)
{
}

static void run_again(struct sim *sim, struct sim_event *event G_GNUC_UNUSED)
{
    sim_run(sim, 10);
}

/* Each in a process of its own, which must not survive. */
static void test_bug(gconstpointer which)
{
    if (!g_test_subprocess()) {
        g_test_trap_subprocess(NULL, 0, 0);
        g_test_trap_assert_failed();
        g_test_trap_assert_stderr("*at 7.5 s, seed 4711, replication 3*");
        return;
    }

    struct sim *sim = sim_new(4711, 3);
    struct sim_event event;
    sim_event_init(&event, SIM_RANK_MODEL, nothing);
    sim_run(sim, 7.5);
    switch (GPOINTER_TO_INT(which)) {
    case 0:
        sim_schedule(sim, &event, nextafter(7.5, 0));
        break;
    case 1:
        sim_schedule(sim, &event, NAN);
        break;
    case 2:
        sim_run(sim, 7);
        break;
    case 3:
        sim_event_init(&event, SIM_RANK_MODEL, run_again);
        sim_schedule_after(sim, &event, 0);
        sim_run(sim, 8);
        break;
    default:
        break;
    }
    sim_free(sim);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/sim/ranks-order-one-instant", test_ranks_order_one_instant);
    g_test_add_func("/sim/ties-fire-in-order-of-scheduling", test_ties_fire_in_order_of_scheduling);
    g_test_add_func("/sim/a-moved-event-counts-as-newly-scheduled", test_a_moved_event_counts_as_newly_scheduled);
    g_test_add_func("/sim/infinity-cancels", test_infinity_cancels);
    g_test_add_func("/sim/minus-zero-is-zero", test_minus_zero_is_zero);
    g_test_add_func("/sim/cancel-while-firing", test_cancel_while_firing);
    g_test_add_func("/sim/schedule-while-firing", test_schedule_while_firing);
    g_test_add_func("/sim/firing-may-free-the-owner", test_firing_may_free_the_owner);
    g_test_add_func("/sim/run-includes-its-end", test_run_includes_its_end);
    g_test_add_func("/sim/stop-ends-the-run", test_stop_ends_the_run);
    g_test_add_func("/sim/order-equals-naive-search", test_order_equals_naive_search);
    g_test_add_func("/sim/run-in-pieces-equals-one-run", test_run_in_pieces_equals_one_run);
    g_test_add_func("/sim/many-events", test_many_events);
    g_test_add_func("/sim/run-in-portions-of-events", test_run_in_portions_of_events);
    g_test_add_func("/sim/a-long-event-in-pieces", test_a_long_event_in_pieces);
    g_test_add_func("/sim/clock-after-a-year", test_clock_after_a_year);
    g_test_add_func("/sim/small-steps-after-a-year", test_small_steps_after_a_year);
    g_test_add_func("/sim/more-than-4-billion-events", test_more_than_4_billion_events);
    g_test_add_func("/sim/numbers-start-at-one", test_numbers_start_at_one);
    g_test_add_data_func("/sim/bug/schedule-in-the-past", GINT_TO_POINTER(0), test_bug);
    g_test_add_data_func("/sim/bug/schedule-at-nan", GINT_TO_POINTER(1), test_bug);
    g_test_add_data_func("/sim/bug/run-into-the-past", GINT_TO_POINTER(2), test_bug);
    g_test_add_data_func("/sim/bug/run-from-inside-an-event", GINT_TO_POINTER(3), test_bug);
    return g_test_run();
}
