/* Recurrences by the calendar, against dates from printed calendars. */
#include <glib.h>
#include <math.h>
#include <time.h>

#include "models/recurrence.h"

/* By libc, which knows nothing of our calendar. */
static double at(int year, int month, int day, int hour)
{
    struct tm tm = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day, .tm_hour = hour};
    return (double)timegm(&tm);
}

/* The recurrence at 18:00 from a moment on, against months and days, each as 100 x month + day. */
static void expect(const struct recurrence *recurrence, int year, const int *dates, int n)
{
    double from_s = at(year, 1, 1, 0);
    for (int i = 0; i < n; i++) {
        double next_s = recurrence_next(recurrence, from_s);
        g_assert_cmpfloat(next_s, ==, at(year + dates[i] / 10000, dates[i] / 100 % 100, dates[i] % 100, 18));
        g_assert_cmpfloat(recurrence_next(recurrence, next_s), ==, next_s); /* at or after */
        from_s = next_s + 1;
    }
}

#define EXPECT(recurrence, year, ...)                                                                                  \
    expect(recurrence, year, (const int[]){__VA_ARGS__}, (int)(sizeof((const int[]){__VA_ARGS__}) / sizeof(int)))

#define AT_18 (18 * 3600.0)

/* The vendor's update days of 2026, as it announced them, and the first of 2027. */
static void test_second_tuesday(void)
{
    const struct recurrence every = {EVERY_MONTH, 1 << 1, 2, AT_18};
    EXPECT(&every, 2026, 113, 210, 310, 414, 512, 609, 714, 811, 908, 1013, 1110, 1208, 10112);
}

/* 2026 begins on a Thursday: months with five Fridays are January, May, July and October; 2027: January, April, ... */
static void test_fifth_weekday(void)
{
    const struct recurrence every = {EVERY_MONTH, 1 << 4, 5, AT_18};
    EXPECT(&every, 2026, 130, 529, 731, 1030, 10129, 10430);
    const struct recurrence last = {EVERY_MONTH, 1 << 4, 0, AT_18};
    EXPECT(&last, 2026, 130, 227, 327, 424, 529, 626);
}

/* Thirty days hath September. 2028 is a leap year, 2100 is none. */
static void test_days_of_month(void)
{
    const struct recurrence last = {EVERY_MONTH_DAY, 0, 0, AT_18}, day_29 = {EVERY_MONTH_DAY, 0, 29, AT_18},
                            day_31 = {EVERY_MONTH_DAY, 0, 31, AT_18};
    EXPECT(&last, 2026, 131, 228, 331, 430, 531, 630, 731, 831, 930, 1031, 1130, 1231);
    EXPECT(&last, 2028, 131, 229, 331);
    EXPECT(&last, 2100, 131, 228, 331);
    EXPECT(&day_29, 2026, 129, 329, 429);
    EXPECT(&day_29, 2028, 129, 229, 329);
    EXPECT(&day_31, 2026, 131, 331, 531, 731, 831, 1031, 1231, 10131);
}

/* A day of the week in a leap February that has five of them: 29 February 2036 is a Friday, and so is the first of that
 * month. From the one before, 30 November 2035, five-Friday months are none in between but that: 1 February is the
 * 32nd day of a year that begins on a Tuesday. */
static void test_leap_february(void)
{
    const struct recurrence every = {EVERY_MONTH, 1 << 4, 5, AT_18};
    g_assert_cmpfloat(recurrence_next(&every, at(2036, 2, 1, 0)), ==, at(2036, 2, 29, 18));
}

static void test_week(void)
{
    const struct recurrence weekdays = {EVERY_WEEK, 0x1f, 0, AT_18}, sunday = {EVERY_WEEK, 1 << 6, 0, AT_18};
    EXPECT(&weekdays, 2026, 101, 102, 105, 106, 107, 108, 109, 112);
    EXPECT(&sunday, 2026, 104, 111, 118, 125, 201);
    /* 18:00 itself still counts; a second later it is next week's */
    g_assert_cmpfloat(recurrence_next(&sunday, at(2026, 1, 4, 18)), ==, at(2026, 1, 4, 18));
    g_assert_cmpfloat(recurrence_next(&sunday, at(2026, 1, 4, 18) + 1), ==, at(2026, 1, 11, 18));
}

/* Before 1970 and far ahead; and what is no moment ends too. */
static void test_far(void)
{
    const struct recurrence every = {EVERY_MONTH, 1 << 1, 2, AT_18}, never = {0};
    g_assert_cmpfloat(recurrence_next(&every, at(1900, 1, 1, 0)), ==, at(1900, 1, 9, 18));
    g_assert_cmpfloat(recurrence_next(&every, at(9999, 12, 31, 0)), ==, at(10000, 1, 11, 18));
    g_assert_true(isinf(recurrence_next(&every, NAN)));
    g_assert_true(isinf(recurrence_next(&every, INFINITY)));
    g_assert_true(isinf(recurrence_next(&never, 0)));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/recurrence/T1/second tuesday of the month", test_second_tuesday);
    g_test_add_func("/recurrence/T1/fifth and last weekday", test_fifth_weekday);
    g_test_add_func("/recurrence/T1/days of months of 28 to 31 days", test_days_of_month);
    g_test_add_func("/recurrence/T1/leap year", test_leap_february);
    g_test_add_func("/recurrence/T1/weekly", test_week);
    g_test_add_func("/recurrence/T1/far times", test_far);
    return g_test_run();
}
