#include <math.h>
#include <string.h>

#include "sim/app/read/units.h"
#include "sim/app/report/words.h"

static double parsed(enum param_kind kind, const char *text)
{
    double value = NAN;
    char *why = NULL;

    if (!units_parse(kind, text, &value, &why))
        g_test_message("%s", why);
    g_assert_null(why);
    return value;
}

static void refused(enum param_kind kind, const char *text, const char *part)
{
    double value = 42;
    g_autofree char *why = NULL;
    bool read = units_parse(kind, text, &value, &why);

    g_test_message("%s -> %s", text, why ? why : "read");
    g_assert_false(read);
    g_assert_nonnull(strstr(why, part));
    g_assert_cmpfloat(value, ==, 42);
}

static void durations_are_nearest_doubles(void)
{
    g_assert_cmpfloat(parsed(PARAM_DURATION, "15 ms"), ==, 0.015);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "5us"), ==, 5e-6);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "3 ns"), ==, 3e-9);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "90   s"), ==, 90);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "1.5 min"), ==, 90);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "1e1 h"), ==, 36000);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "7 d"), ==, 604800);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "-5.5 h"), ==, -19800);
    g_assert_false(signbit(parsed(PARAM_DURATION, "-0 s")));
}

static void durations_have_parts(void)
{
    g_assert_cmpfloat(parsed(PARAM_DURATION, "1 d 23 h"), ==, 169200);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "1 h  30min"), ==, 5400);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "2 d 3 h 4 min 5.5 s"), ==, 183845.5);
    g_assert_cmpfloat(parsed(PARAM_DURATION, "-1 h 30 min"), ==, -5400); /* the sign is that of all of it */
    refused(PARAM_DURATION, "30 min 1 h", "no duration");
    refused(PARAM_DURATION, "1 h 1 h", "no duration");
    refused(PARAM_DURATION, "1 h -30 min", "no duration");
    refused(PARAM_DURATION, "1 h 30", "no duration");
    refused(PARAM_DURATION, "1 h 30 min ", "no duration");
    refused(PARAM_DURATION, "1 h and 30 min", "no duration");
    refused(PARAM_DURATION, "1 h 1e999 s", "no duration");
}

/* Printed again, it is the same text: it was rounded when it was printed first. */
static void durations_read_as_they_are_printed(void)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(2);

    for (int i = 0; i < 5000; i++) {
        double value = g_rand_double(rand) * pow(10, g_rand_double_range(rand, -1, 8)) * (i % 3 ? 1 : -1);
        g_autofree char *text = words_duration(value), *again = words_duration(parsed(PARAM_DURATION, text));
        g_autofree char *fine = words_duration_finely(value, 1);
        g_autofree char *fine_again = words_duration_finely(parsed(PARAM_DURATION, fine), 1);

        if (fabs(value) >= 0.05) /* "-0.0 s" is 0 */
            g_assert_cmpstr(again, ==, text);
        if (fabs(value) >= 0.5)
            g_assert_cmpstr(fine_again, ==, fine);
    }
}

static void bits_are_not_bytes(void)
{
    g_assert_cmpfloat(parsed(PARAM_RATE, "100 Mbit/s"), ==, 12.5e6);
    g_assert_cmpfloat(parsed(PARAM_RATE, "100 Mb/s"), ==, 12.5e6);
    g_assert_cmpfloat(parsed(PARAM_RATE, "100 MB/s"), ==, 100e6);
    g_assert_cmpfloat(parsed(PARAM_RATE, "1 Gibit/s"), ==, 134217728);
    g_assert_cmpfloat(parsed(PARAM_RATE, "64 kbit/s"), ==, 8000);
    g_assert_cmpfloat(parsed(PARAM_RATE, "8 bit/s"), ==, 1);
    g_assert_cmpfloat(parsed(PARAM_RATE, "unlimited"), ==, INFINITY);
    g_assert_cmpfloat(parsed(PARAM_SIZE, "1 Ki"
                                         "B"),
                      ==, 1024);
    g_assert_cmpfloat(parsed(PARAM_SIZE, "1 kB"), ==, 1000);
    g_assert_cmpfloat(parsed(PARAM_SIZE, "204864 KiB"), ==, 209780736);
    g_assert_cmpfloat(parsed(PARAM_SIZE, "1 TiB"), ==, 1099511627776);
}

static void sizes_are_whole_bytes(void)
{
    g_assert_cmpfloat(parsed(PARAM_SIZE, "1.3 GiB"), ==, 1395864371);
    refused(PARAM_SIZE, "1.5 B", "whole number of bytes");
    refused(PARAM_SIZE, "1e30 B", "too large");
    refused(PARAM_SIZE, "-1 B", "negative");
}

static void slips_are_put_right(void)
{
    refused(PARAM_DURATION, "30", "\"30\" has no unit; write \"30 s\" or \"30 min\"");
    refused(PARAM_DURATION, "5 m", "write \"5 min\" or \"5 ms\"");
    refused(PARAM_DURATION, "5 µs", "write \"5 us\"");
    refused(PARAM_DURATION, "2 Days", "write \"2 d\"");
    refused(PARAM_DURATION, "1 week", "write \"7 d\"");
    refused(PARAM_DURATION, "1h30m", "write for example \"90 min\" or \"1 h 30 min\"");
    refused(PARAM_DURATION, "00:30", "no duration");
    refused(PARAM_RATE, "100 mbps", "write \"100 Mbit/s\"");
    refused(PARAM_RATE, "100 Mbps", "write \"100 Mbit/s\"");
    refused(PARAM_RATE, "100 MBps", "write \"100 MB/s\"");
    refused(PARAM_RATE, "100 mbit/s", "write \"100 Mbit/s\"");
    refused(PARAM_RATE, "100 Mbit", "write \"100 Mbit/s\"");
    refused(PARAM_RATE, "100 MB", "write \"100 MB/s\"");
    refused(PARAM_RATE, "100 Mb", "write \"100 Mbit/s\"");
    refused(PARAM_RATE, "100 KB/s", "write \"100 kB/s\"");
    refused(PARAM_RATE, "100", "write \"100 Mbit/s\" or \"100 MB/s\"");
    refused(PARAM_RATE, "100 M", "write \"100 Mbit/s\" or \"100 MB/s\"");
    refused(PARAM_RATE, "Unlimited", "write \"unlimited\"");
    refused(PARAM_SIZE, "100 Mb", "write \"100 MB\", or \"12.5 MB\" if bits are meant");
    refused(PARAM_SIZE, "100 KB", "write \"100 kB\" or \"100 KiB\"");
    refused(PARAM_SIZE, "100k", "write \"100 kB\" or \"100 KiB\"");
    refused(PARAM_SIZE, "100 MB/s", "write \"100 MB\"");
    refused(PARAM_SIZE, "5 bytes", "write \"5 B\"");
    refused(PARAM_PERCENT, "60", "write \"60 %\"");
    refused(PARAM_PERCENT, "0.99", "\"0.99\" has no unit; write \"99 %\" or \"0.99 %\"");
    refused(PARAM_PERCENT, "0.07", "write \"7 %\" or \"0.07 %\"");
    refused(PARAM_PERCENT, "60 percent", "write \"60 %\"");
}

static void no_numbers_are_refused(void)
{
    static const char *const texts[] = {"",       " ",    "nan s",   "inf s", "-", "+",    "1.",   ".5 s",  "1..2 s",
                                        "0x10 s", "1e s", "1e999 s", "1,5 s", "s", "1 s ", " 1 s", "1 s s", "１ s"};
    static const enum param_kind kinds[] = {PARAM_DURATION, PARAM_RATE, PARAM_SIZE, PARAM_PERCENT};

    for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
            refused(kinds[k], texts[i], "\"");
}

static void dates_are_real(void)
{
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "1970-01-01T00:00:00"), ==, 0);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "2016-05-16T10:30:00"), ==, 1463394600);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "2016-05-16T10:30"), ==, 1463394600);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "2016-05-16T10:30:00.25"), ==, 1463394600.25);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "2000-02-29T00:00:00"), ==, 951782400);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "1969-12-31T23:59:59"), ==, -1);
    g_assert_cmpfloat(parsed(PARAM_DATE_TIME, "9999-12-31T23:59:59"), ==, 253402300799);
    refused(PARAM_DATE_TIME, "1900-02-29T00:00:00", "February 1900 has 28 days");
    refused(PARAM_DATE_TIME, "2016-04-31T00:00:00", "April 2016 has 30 days");
    refused(PARAM_DATE_TIME, "2016-13-01T00:00:00", "no month 13");
    refused(PARAM_DATE_TIME, "2016-00-01T00:00:00", "no month 0");
    refused(PARAM_DATE_TIME, "2016-01-00T00:00:00", "does not exist");
    refused(PARAM_DATE_TIME, "2016-01-01T24:00:00", "does not exist");
    refused(PARAM_DATE_TIME, "2016-01-01T10:00:60", "does not exist");
    refused(PARAM_DATE_TIME, "2016-01-01", "write \"2016-01-01T00:00:00\"");
    refused(PARAM_DATE_TIME, "2016-01-01 10:00", "write a T");
    refused(PARAM_DATE_TIME, "2016-01-01T10:00:00Z", "write \"2016-01-01T10:00:00\"");
    refused(PARAM_DATE_TIME, "2016-01-01T10:00:00+02:00", "write \"2016-01-01T10:00:00\"");
    refused(PARAM_DATE_TIME, "2016-01-01T10:00.5", "no date and time");
    refused(PARAM_DATE_TIME, "2016-01-01T10:00:00.0123456789", "too exact");
    refused(PARAM_DATE_TIME, "1016-01-01T10:00:00", "too long ago");
    refused(PARAM_DATE_TIME, "16-01-01T10:00:00", "no date and time");
}

static void clocks_go_to_24(void)
{
    g_assert_cmpfloat(parsed(PARAM_CLOCK, "00:00"), ==, 0);
    g_assert_cmpfloat(parsed(PARAM_CLOCK, "8:05"), ==, 29100);
    g_assert_cmpfloat(parsed(PARAM_CLOCK, "23:59:59"), ==, 86399);
    g_assert_cmpfloat(parsed(PARAM_CLOCK, "24:00"), ==, 86400);
    refused(PARAM_CLOCK, "24:01", "does not exist");
    refused(PARAM_CLOCK, "12:60", "does not exist");
    refused(PARAM_CLOCK, "5:30 pm", "write \"17:30\"");
    refused(PARAM_CLOCK, "12:30am", "write \"00:30\"");
    refused(PARAM_CLOCK, "8", "no time of day");
    refused(PARAM_CLOCK, "008:00", "no time of day");
}

static void days_are_ranges_and_lists(void)
{
    g_assert_cmpfloat(parsed(PARAM_DAYS, "mon"), ==, 1);
    g_assert_cmpfloat(parsed(PARAM_DAYS, "mon-fri"), ==, 31);
    g_assert_cmpfloat(parsed(PARAM_DAYS, "sat, sun"), ==, 96);
    g_assert_cmpfloat(parsed(PARAM_DAYS, "sat,sun"), ==, 96);
    g_assert_cmpfloat(parsed(PARAM_DAYS, "all"), ==, 127);
    g_assert_cmpfloat(parsed(PARAM_DAYS, "sun-tue, thu"), ==, 64 + 1 + 2 + 8);
    refused(PARAM_DAYS, "", "list of days");
    refused(PARAM_DAYS, "monday", "list of days");
    refused(PARAM_DAYS, "Mon", "list of days");
    refused(PARAM_DAYS, "mon,", "list of days");
    refused(PARAM_DAYS, "mon-", "list of days");
    refused(PARAM_DAYS, "mon tue", "list of days");
}

static double moment(const char *text, double start_s)
{
    double value = NAN;
    char *why = NULL;

    g_assert_true(units_parse_time(text, start_s, false, &value, &why));
    g_assert_null(why);
    return value;
}

static void moments_count_from_the_start(void)
{
    double start_s = parsed(PARAM_DATE_TIME, "2016-05-16T10:30:00.5");
    double value;
    g_autofree char *why = NULL;

    g_assert_cmpfloat(moment("90 min", start_s), ==, 5400);
    g_assert_cmpfloat(moment("10:30:01", start_s), ==, 0.5);
    g_assert_cmpfloat(moment("10:30", start_s), ==, 86399.5);
    g_assert_cmpfloat(moment("02:00", start_s), ==, 15.5 * 3600 - 0.5);
    g_assert_cmpfloat(moment("24:00", start_s), ==, 13.5 * 3600 - 0.5);
    g_assert_cmpfloat(moment("00:00", start_s), ==, 13.5 * 3600 - 0.5);
    g_assert_cmpfloat(moment("2016-05-17T10:30:00.5", start_s), ==, 86400);
    g_assert_cmpfloat(moment("2016-05-16T10:30:00", start_s), ==, -0.5);
    /* At the start itself is no day later. */
    g_assert_cmpfloat(moment("10:30", start_s - 0.5), ==, 0);
    /* Unless the moment must be after the start. */
    g_assert_true(units_parse_time("10:30", start_s - 0.5, true, &value, &why));
    g_assert_cmpfloat(value, ==, 86400);
    g_assert_true(units_parse_time("10:31", start_s - 0.5, true, &value, &why));
    g_assert_cmpfloat(value, ==, 60);
    g_assert_true(units_parse_time("0 s", start_s, true, &value, &why));
    g_assert_cmpfloat(value, ==, 0);
    g_assert_true(isnan(moment("10:30", NAN)));
    g_assert_false(units_parse_time("tomorrow", start_s, false, &value, &why));
    g_assert_nonnull(strstr(why, "a duration since the start"));
}

static void exact_texts_read_as_the_same_double(void)
{
    static const enum param_kind kinds[] = {PARAM_DURATION, PARAM_RATE, PARAM_PERCENT};
    g_autoptr(GRand) rand = g_rand_new_with_seed(1);

    for (int i = 0; i < 20000; i++) {
        double exponent = g_rand_double_range(rand, -12, 14);
        double value = g_rand_double(rand) * pow(10, exponent);
        double second = round(g_rand_double_range(rand, -2.2e9, 2.5e11)) + g_rand_int_range(rand, 0, 1000000) / 1e6;

        if (i % 2)
            value = round(value);
        for (size_t k = 0; k < G_N_ELEMENTS(kinds); k++) {
            g_autofree char *text = units_exact(kinds[k], value);
            g_assert_cmpfloat(parsed(kinds[k], text), ==, value);
        }
        g_autofree char *size = units_exact(PARAM_SIZE, round(value));
        g_assert_cmpfloat(parsed(PARAM_SIZE, size), ==, round(value));
        g_autofree char *number = units_exact(PARAM_NUMBER, value);
        g_assert_cmpfloat(g_ascii_strtod(number, NULL), ==, value);
        g_autofree char *date = units_exact(PARAM_DATE_TIME, second);
        g_assert_cmpfloat(parsed(PARAM_DATE_TIME, date), ==, second);
    }
    for (int days = 1; days < 128; days++) {
        g_autofree char *text = units_exact(PARAM_DAYS, days);
        g_assert_cmpfloat(parsed(PARAM_DAYS, text), ==, days);
    }
    for (int s = 0; s <= 86400; s++) {
        g_autofree char *text = units_exact(PARAM_CLOCK, s);
        g_assert_cmpfloat(parsed(PARAM_CLOCK, text), ==, s);
    }
}

static void exact_texts_are_plain(void)
{
    static const struct {
        enum param_kind kind;
        double value;
        const char *text;
    } rows[] = {{PARAM_RATE, 12500000, "12500000 B/s"},
                {PARAM_RATE, INFINITY, "unlimited"},
                {PARAM_DURATION, 1800, "1800 s"},
                {PARAM_DURATION, 0.015, "0.015 s"},
                {PARAM_SIZE, 1e15, "1000000000000000 B"},
                {PARAM_TIME, 5400.5, "5400.5 s"},
                {PARAM_PERCENT, 60, "60 %"},
                {PARAM_DATE_TIME, 1463394600.25, "2016-05-16T10:30:00.25"},
                {PARAM_DAYS, 31, "mon-fri"},
                {PARAM_DAYS, 96, "sat, sun"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = units_exact(rows[i].kind, rows[i].value);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

static void people_read_short_texts(void)
{
    static const struct {
        enum param_kind kind;
        double value;
        const char *text;
    } rows[] = {{PARAM_RATE, 12500000, "100 Mbit/s"},
                {PARAM_RATE, 20e6, "20 MB/s"},
                {PARAM_RATE, 125e6, "1 Gbit/s"},
                {PARAM_RATE, 23e6, "23 MB/s"},
                {PARAM_RATE, INFINITY, "unlimited"},
                {PARAM_RATE, 0, "0 bit/s"},
                {PARAM_SIZE, 1048576, "1 MiB"},
                {PARAM_SIZE, 2048, "2 KiB"},
                {PARAM_SIZE, 1e9, "1 GB"},
                {PARAM_SIZE, 209780736, "209.8 MB"},
                {PARAM_SIZE, 1, "1 B"},
                {PARAM_DURATION, 1800, "30 min"},
                {PARAM_DURATION, 5940, "99 min"},
                {PARAM_DURATION, 604800, "7 d"},
                {PARAM_DURATION, 0.015, "15 ms"},
                {PARAM_DURATION, 90, "90 s"},
                {PARAM_DURATION, 4.5, "4.5 s"},
                {PARAM_DURATION, 0.0015, "1.5 ms"},
                {PARAM_DURATION, -18000, "-5 h"},
                {PARAM_DURATION, 1234.5678, "20.58 min"},
                {PARAM_DURATION, 0, "0 s"},
                {PARAM_PERCENT, 99.5, "99.5 %"},
                {PARAM_COUNT, 4294967295, "4294967295"}};

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *text = units_human(rows[i].kind, rows[i].value);
        g_assert_cmpstr(text, ==, rows[i].text);
    }
}

/* Of all shapes that people write, and of longer ones. */
static void numbers_are_what_strtod_reads(void)
{
    static const char *const odd[] = {"0",
                                      "-0",
                                      "0.0",
                                      "+5",
                                      "1e22",
                                      "1e23",
                                      "999999999999999",
                                      "9007199254740993",
                                      "0.000000000000001",
                                      "123456789.12345678",
                                      "00012.50",
                                      "1e999",
                                      ".5"};
    char text[64];

    for (size_t i = 0; i < G_N_ELEMENTS(odd); i++) {
        double read = units_number(odd[i], strlen(odd[i])), its = g_ascii_strtod(odd[i], NULL);
        g_assert_true(memcmp(&read, &its, sizeof(its)) == 0);
    }
    for (int i = 0; i < 300000; i++) {
        guint64 digits =
            ((guint64)g_test_rand_int() << 32 | (guint32)g_test_rand_int()) >> g_test_rand_int_range(0, 64);
        int n = g_snprintf(text, sizeof(text), "%0*" G_GUINT64_FORMAT, g_test_rand_int_range(1, 19), digits);
        int point = g_test_rand_int_range(1, n + 1);

        if (point < n) {
            memmove(text + point + 1, text + point, (size_t)(n - point) + 1);
            text[point] = '.';
            n++;
        }
        double its = g_ascii_strtod(text, NULL);
        memcpy(text + n, "7 MB", 5); /* what follows is not looked at */
        double read = units_number(text, (size_t)n);
        g_assert_true(memcmp(&read, &its, sizeof(its)) == 0);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/units/durations are nearest doubles", durations_are_nearest_doubles);
    g_test_add_func("/units/durations have parts", durations_have_parts);
    g_test_add_func("/units/durations read as they are printed", durations_read_as_they_are_printed);
    g_test_add_func("/units/numbers are what strtod reads", numbers_are_what_strtod_reads);
    g_test_add_func("/units/bits are not bytes", bits_are_not_bytes);
    g_test_add_func("/units/sizes are whole bytes", sizes_are_whole_bytes);
    g_test_add_func("/units/slips are put right", slips_are_put_right);
    g_test_add_func("/units/no numbers are refused", no_numbers_are_refused);
    g_test_add_func("/units/dates are real", dates_are_real);
    g_test_add_func("/units/clocks go to 24", clocks_go_to_24);
    g_test_add_func("/units/days are ranges and lists", days_are_ranges_and_lists);
    g_test_add_func("/units/moments count from the start", moments_count_from_the_start);
    g_test_add_func("/units/exact texts read as the same double", exact_texts_read_as_the_same_double);
    g_test_add_func("/units/exact texts are plain", exact_texts_are_plain);
    g_test_add_func("/units/people read short texts", people_read_short_texts);
    return g_test_run();
}
