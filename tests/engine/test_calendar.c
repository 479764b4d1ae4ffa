#include "sim/engine/calendar.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <math.h>

#define HOUR_S 3600.0
#define DAY_S 86400.0

static void test_constant(void)
{
    struct sim_calendar *calendar = sim_calendar_new(7);

    g_assert_cmpfloat(sim_calendar_value(calendar, -1e9), ==, 7);
    g_assert_true(isinf(sim_calendar_next_change(calendar, 0)));
    sim_calendar_set(calendar, 0, SIM_WEEK_S, 3);
    g_assert_cmpfloat(sim_calendar_value(calendar, 1e9), ==, 3);
    g_assert_true(isinf(sim_calendar_next_change(calendar, 0)));
    sim_calendar_free(calendar);
}

/* Monday to Friday 08:00 to 18:00: 0.6, else 1. */
static struct sim_calendar *office(void)
{
    struct sim_calendar *calendar = sim_calendar_new(1);

    for (int day = 0; day < 5; day++)
        sim_calendar_set(calendar, day * DAY_S + 8 * HOUR_S, day * DAY_S + 18 * HOUR_S, 0.6);
    return calendar;
}

static void test_office_hours(void)
{
    struct sim_calendar *calendar = office();

    g_assert_cmpfloat(sim_calendar_value(calendar, 0), ==, 1);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 0), ==, 8 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_value(calendar, 8 * HOUR_S), ==, 0.6);
    g_assert_cmpfloat(sim_calendar_value(calendar, nextafter(8 * HOUR_S, 0)), ==, 1);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, nextafter(8 * HOUR_S, 0)), ==, 8 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 8 * HOUR_S), ==, 18 * HOUR_S);
    /* over the weekend into the next week: Friday 18:00 to Monday 08:00 */
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 4 * DAY_S + 18 * HOUR_S), ==, SIM_WEEK_S + 8 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_value(calendar, 52 * SIM_WEEK_S + 9 * HOUR_S), ==, 0.6);
    sim_calendar_free(calendar);
}

static void test_negative_times_are_weeks_before(void)
{
    struct sim_calendar *calendar = office();

    g_assert_cmpfloat(sim_calendar_value(calendar, -1), ==, 1);
    g_assert_cmpfloat(sim_calendar_value(calendar, -3 * DAY_S + 9 * HOUR_S), ==, 0.6); /* Friday 09:00 */
    g_assert_cmpfloat(sim_calendar_next_change(calendar, -3 * DAY_S + 9 * HOUR_S), ==, -3 * DAY_S + 18 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, -1), ==, 8 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, -5e-324), ==, 8 * HOUR_S);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, -5 * SIM_WEEK_S), ==, -5 * SIM_WEEK_S + 8 * HOUR_S);
    sim_calendar_free(calendar);
}

static void test_later_calls_win(void)
{
    struct sim_calendar *calendar = sim_calendar_new(0);

    sim_calendar_set(calendar, 100, 200, 1);
    sim_calendar_set(calendar, 150, 300, 2);
    sim_calendar_set(calendar, 120, 130, 3);
    g_assert_cmpfloat(sim_calendar_value(calendar, 110), ==, 1);
    g_assert_cmpfloat(sim_calendar_value(calendar, 125), ==, 3);
    g_assert_cmpfloat(sim_calendar_value(calendar, 130), ==, 1);
    g_assert_cmpfloat(sim_calendar_value(calendar, 299), ==, 2);
    g_assert_cmpfloat(sim_calendar_value(calendar, 300), ==, 0);
    sim_calendar_free(calendar);
}

static void test_equal_neighbours_are_one(void)
{
    struct sim_calendar *calendar = sim_calendar_new(0);

    sim_calendar_set(calendar, 0, 100, 1);
    sim_calendar_set(calendar, 100, 200, 1);
    sim_calendar_set(calendar, SIM_WEEK_S - 50, SIM_WEEK_S, 1); /* goes on after midnight */
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 0), ==, 200);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 200), ==, SIM_WEEK_S - 50);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, SIM_WEEK_S - 50), ==, SIM_WEEK_S + 200);
    sim_calendar_set(calendar, 100, 300, 0);
    sim_calendar_set(calendar, 0, 100, 0);
    sim_calendar_set(calendar, 7, SIM_WEEK_S, 0);
    g_assert_true(isinf(sim_calendar_next_change(calendar, 0)));
    sim_calendar_set(calendar, 100, 200, 1);
    sim_calendar_set(calendar, 50, 100, 1); /* up to where the other begins */
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 50), ==, 200);
    sim_calendar_free(calendar);
}

#define CELL_S 1800
#define CELLS 336 /* half hours of a week */

static double naive_value(const double *cells, long cell)
{
    return cells[((cell % CELLS) + CELLS) % CELLS];
}

static void test_equals_a_table_of_half_hours(void)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(11);

    for (guint round = test_rounds(1000); round > 0; round--) {
        struct sim_calendar *calendar = sim_calendar_new(0);
        double cells[CELLS] = {0};
        for (int n = g_rand_int_range(random, 0, 12); n > 0; n--) {
            int from = g_rand_int_range(random, 0, CELLS), to = g_rand_int_range(random, from + 1, CELLS + 1);
            double value = g_rand_int_range(random, 0, 3);
            if (g_rand_boolean(random))
                to = MIN(to, from + 5);
            sim_calendar_set(calendar, from * CELL_S, to * CELL_S, value);
            for (int i = from; i < to; i++)
                cells[i] = value;
        }
        for (guint i = 0; i < 200; i++) {
            long cell = g_rand_int_range(random, -3 * CELLS, 3 * CELLS), next = cell + 1;
            double t_s = (double)cell * CELL_S + (g_rand_boolean(random) ? 0 : g_rand_double_range(random, 0, CELL_S));
            g_assert_cmpfloat(sim_calendar_value(calendar, t_s), ==, naive_value(cells, cell));
            while (next <= cell + CELLS && naive_value(cells, next) == naive_value(cells, cell))
                next++;
            g_assert_cmpfloat(sim_calendar_next_change(calendar, t_s), ==,
                              next > cell + CELLS ? INFINITY : (double)next * CELL_S);
        }
        sim_calendar_free(calendar);
    }
}

/* Sunday and Monday 22:00 to 06:00: Sunday's goes on into the next week's Monday. */
static void test_days_over_midnight(void)
{
    struct sim_calendar *calendar = sim_calendar_new(1);
    const double h = 3600, day = 86400;

    sim_calendar_set_days(calendar, 1u << 0 | 1u << 6, 22 * h, 6 * h, 5);
    sim_calendar_set_days(calendar, 1u << 2, 0, day, 7);
    g_assert_cmpfloat(sim_calendar_value(calendar, 0), ==, 5);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 0), ==, 6 * h);
    g_assert_cmpfloat(sim_calendar_value(calendar, 6 * h), ==, 1);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 6 * h), ==, 22 * h);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 22 * h), ==, day + 6 * h);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, day + 6 * h), ==, 2 * day);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 2 * day), ==, 3 * day);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 3 * day), ==, 6 * day + 22 * h);
    g_assert_cmpfloat(sim_calendar_next_change(calendar, 6 * day + 22 * h), ==, 7 * day + 6 * h);
    sim_calendar_free(calendar);
}

/* Whoever goes from change to change sees each of them once, however times are rounded. */
static void test_changes_follow_each_other(void)
{
    struct sim_calendar *calendar = sim_calendar_new(0);
    const double starts_s[] = {-1e6 / 3, 1e7 / 7, 1e10 / 9, 1e12 / 11};
    const guint n = 500;

    for (guint i = 0; i < n; i++)
        sim_calendar_set(calendar, i * SIM_WEEK_S / n, (i + 1) * SIM_WEEK_S / n, i % 2);
    for (guint start = 0; start < G_N_ELEMENTS(starts_s); start++) {
        double t_s = starts_s[start], value = sim_calendar_value(calendar, t_s);
        for (guint i = 0; i < 10 * n; i++) {
            double next_s = sim_calendar_next_change(calendar, t_s);
            g_assert_cmpfloat(next_s, >, t_s);
            g_assert_cmpfloat(sim_calendar_value(calendar, nextafter(next_s, -INFINITY)), ==, value);
            g_assert_cmpfloat(sim_calendar_value(calendar, next_s), !=, value);
            t_s = next_s;
            value = sim_calendar_value(calendar, t_s);
        }
        g_assert_cmpfloat(fabs(t_s - starts_s[start] - 10 * SIM_WEEK_S), <, SIM_WEEK_S / n * 1.01);
    }
    sim_calendar_free(calendar);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/calendar/constant", test_constant);
    g_test_add_func("/calendar/office-hours", test_office_hours);
    g_test_add_func("/calendar/negative-times-are-weeks-before", test_negative_times_are_weeks_before);
    g_test_add_func("/calendar/later-calls-win", test_later_calls_win);
    g_test_add_func("/calendar/equal-neighbours-are-one", test_equal_neighbours_are_one);
    g_test_add_func("/calendar/equals-a-table-of-half-hours", test_equals_a_table_of_half_hours);
    g_test_add_func("/calendar/days-over-midnight", test_days_over_midnight);
    g_test_add_func("/calendar/changes-follow-each-other", test_changes_follow_each_other);
    return g_test_run();
}
