#include "sim/app/report/tables.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "sim/app/output.h"
#include "sim/app/report/wall_clock.h"
#include "tests/engine/scale.h"
#include "tests/support/small.h"

static void expect_number(double number, const char *expected)
{
    char text[OUTPUT_NUMBER_SIZE];

    g_assert_cmpuint(output_format_number(text, number), ==, strlen(text));
    g_assert_cmpstr(text, ==, expected);
}

static void test_numbers_as_people_write_them(void)
{
    expect_number(0, "0");
    expect_number(-0.0, "0");
    expect_number(1, "1");
    expect_number(-2.25, "-2.25");
    expect_number(0.1, "0.1");
    expect_number(0.1 + 0.2, "0.30000000000000004");
    expect_number(1.0 / 3, "0.3333333333333333");
    expect_number(122.4, "122.4");
    expect_number(1e15, "1000000000000000");
    expect_number(4503599627370495.5, "4503599627370495.5");
    expect_number(0.000001, "0.000001");
    expect_number(9.5e-7, "9.5e-07");
    expect_number(1e22, "1e+22");
    expect_number(INFINITY, "inf");
    expect_number(NAN, "");
}

/* Every double comes back, and never with more digits than the shortest of %.15g, %.16g, %.17g. */
static void test_numbers_read_back(void)
{
    char text[OUTPUT_NUMBER_SIZE], other[64];
    GRand *rand = g_rand_new_with_seed(1);

    for (guint i = 0; i < test_rounds(300000); i++) {
        double number;

        switch (i % 4) {
        case 0:
            number = g_rand_double_range(rand, 0, 1e6);
            break;
        case 1:
            number = g_rand_int_range(rand, 0, 100000000) / 1000.0;
            break;
        case 2:
            number = g_rand_double(rand) * pow(10, g_rand_int_range(rand, -9, 17));
            break;
        default: { /* any bits around 1, powers of two among them */
            uint64_t bits = (uint64_t)g_rand_int_range(rand, 1000, 1080) << 52;
            if (g_rand_boolean(rand))
                bits |= (uint64_t)g_rand_int(rand) << 20 | (g_rand_int(rand) >> 12);
            memcpy(&number, &bits, sizeof number);
        }
        }
        output_format_number(text, number);
        g_assert_cmpfloat(g_ascii_strtod(text, NULL), ==, number);
        for (int digits = 15; digits <= 17; digits++) {
            g_snprintf(other, sizeof other, "%.*g", digits, number);
            if (g_ascii_strtod(other, NULL) == number)
                break;
        }
        if (!strchr(other, 'e'))
            g_assert_cmpuint(strlen(text), <=, strlen(other));
    }
    g_rand_free(rand);
}

static void test_wall_clock(void)
{
    const double start_s = 1463394600; /* 2016-05-16T10:30:00, a Monday */
    const struct scenario week = {.start_s = start_s, .until_s = 604800};
    const struct scenario year = {.start_s = start_s, .until_s = 300 * 86400 + 1};
    char text[WALL_CLOCK_SIZE];

    g_assert_cmpuint(wall_clock_iso(text, start_s, 0.25), ==, 23);
    g_assert_cmpstr(text, ==, "2016-05-16T10:30:00.250");
    wall_clock_iso(text, start_s, 86400 * 16.0);
    g_assert_cmpstr(text, ==, "2016-06-01T10:30:00.000");
    wall_clock_iso(text, 951782400, 86399.9994); /* a leap day that centuries do not have, but 2000 has */
    g_assert_cmpstr(text, ==, "2000-02-29T23:59:59.999");
    wall_clock_iso(text, -1, 0);
    g_assert_cmpstr(text, ==, "1969-12-31T23:59:59.000");
    g_assert_cmpuint(wall_clock_iso(text, start_s, NAN), ==, 0);
    wall_clock_short(text, &week, 13.5 * 3600);
    g_assert_cmpstr(text, ==, "Tue 17 May 00:00");
    wall_clock_short(text, &week, 13.5 * 3600 - 1e-3);
    g_assert_cmpstr(text, ==, "Mon 16 May 23:59");
    /* A sum that is a hair short of a minute is that minute. */
    wall_clock_short(text, &week, 0.1 + 0.2 + 59.7 - 1e-13);
    g_assert_cmpstr(text, ==, "Mon 16 May 10:31");
    wall_clock_exact(text, &week, 60);
    g_assert_cmpstr(text, ==, "Mon 16 May 10:31");
    wall_clock_exact(text, &week, 90);
    g_assert_cmpstr(text, ==, "Mon 16 May 10:31:30");
    wall_clock_exact(text, &week, 60.25);
    g_assert_cmpstr(text, ==, "Mon 16 May 10:31:00.250");
    wall_clock_second(text, start_s, 61);
    g_assert_cmpstr(text, ==, "10:31:01");
    /* In a run of more than 300 days a day could be of two years. */
    wall_clock_short(text, &year, 13.5 * 3600);
    g_assert_cmpstr(text, ==, "Tue 17 May 2016 00:00");
    wall_clock_day(text, &year, 300 * 86400.0); /* 16 May is day 137 of a leap year; 437 - 366 = 71: 12 March */
    g_assert_cmpstr(text, ==, "Sun 12 Mar 2017");
    wall_clock_iso(text, 253402300799, 0.999); /* the last moment that a run may have */
    g_assert_cmpstr(text, ==, "9999-12-31T23:59:59.999");
}

static struct scenario *awkward_names(void)
{
    struct scenario *s = small_scenario();
    int32_t hq = small_location(s, "hq", -1, INFINITY), cs1 = small_site(s, "CS1", SITE_CENTRAL, -1, hq);

    s->start_s = 1463394600;
    small_dp(s, "dp, the \"first\"", cs1, -1);
    small_package(s, "CS100001", cs1, PRIORITY_MEDIUM, 5000);
    return s;
}

static char *table(const struct collector *c, const char *name, bool wall_clock)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *directory = g_dir_make_tmp("distsim-XXXXXX", &error);
    const struct tables_options options = {.wall_clock = wall_clock};
    static const char *const names[] = {"transfers.csv", "attempts.csv", "deliveries.csv", "events.csv",
                                        "timeline.csv"};
    char *text = NULL;

    g_assert_no_error(error);
    tables_write(c, &options, directory, &error);
    g_assert_no_error(error);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(directory, names[i], NULL);

        if (!strcmp(names[i], name))
            g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_rmdir(directory);
    return text;
}

static void test_deliveries(void)
{
    struct scenario *s = awkward_names();
    struct collector *c = collector_new(s, COLLECT_ALL);
    double cause_s[N_CAUSES] = {[CAUSE_METADATA_WAIT] = 0.5, [CAUSE_COPYING] = 1.0 / 3};
    struct delivery_news told = {.version = 1,
                                 .state = DELIVERY_DELIVERED,
                                 .reason = "",
                                 .requested_s = 1,
                                 .on_dp_s = 1.5 + 1.0 / 3,
                                 .site_knows_s = NAN,
                                 .central_knows_s = NAN,
                                 .bytes = 5000,
                                 .cause_s = cause_s};

    c->observer.delivery_changed(c, &told, 2);
    g_autofree char *text = table(c, "deliveries.csv", true);
    g_assert_cmpstr(text, ==,
                    "package,version,dp,site,state,reason,requested_s,on_dp_s,site_knows_s,central_knows_s,bytes,"
                    "metadata_wait_s,package_thread_wait_s,snapshot_s,dp_thread_wait_s,dp_thread_s,compressor_wait_s,"
                    "compressing_s,scheduler_wait_s,sender_wait_all_sites_s,sender_wait_per_site_s,route_closed_s,"
                    "retry_wait_s,sending_s,despooler_wait_s,despool_retry_wait_s,despooling_s,transfer_thread_wait_s,"
                    "dp_closed_s,source_wait_s,dp_capacity_wait_s,copying_s,adding_files_s,earlier_copy_wait_s,"
                    "requested_at,on_dp_at,site_knows_at,central_knows_at\n"
                    "CS100001,1,\"dp, the \"\"first\"\"\",CS1,delivered,,1,1.8333333333333333,,,5000,"
                    "0.5,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0.3333333333333333,0,0,"
                    "2016-05-16T10:30:01.000,2016-05-16T10:30:01.833,,\n");
    collector_free(c);
    scenario_free(s);
}

static void test_events_have_numbers_or_words(void)
{
    struct scenario *s = awkward_names();
    struct collector *c = collector_new(s, COLLECT_ALL);
    struct status status = {.time_s = 2.5,
                            .site = "CS1",
                            .component = COMPONENT_DESPOOLER,
                            .id = STATUS_DESPOOLER_CODE_12,
                            .version = 1,
                            .object = "",
                            .attempt = 1};

    c->observer.status(c, &status);
    status.component = COMPONENT_SCHEDULER;
    status.id = EVENT_MINI_JOB;
    status.object = "PS1";
    status.attempt = 0;
    c->observer.status(c, &status);
    g_autofree char *text = table(c, "events.csv", false);
    g_assert_cmpstr(text, ==,
                    "time_s,site,component,status_id,package,version,object,attempt\n"
                    "2.5,CS1,SMS_DESPOOLER,12,CS100001,1,,1\n"
                    "2.5,CS1,SMS_SCHEDULER,mini_job,CS100001,1,PS1,0\n");
    collector_free(c);
    scenario_free(s);
}

/* What the columns of a transfer add up to is seen in test_collector; here, their names and one row. */
static void test_transfers(void)
{
    struct scenario *s = awkward_names();
    struct collector *c = collector_new(s, COLLECT_ALL);
    struct transfer t = {.id = 7,
                         .kind = TRANSFER_DP_JOB,
                         .state = TRANSFER_WAITING,
                         .version = 1,
                         .from = "CS1",
                         .to = "dp, the \"first\"",
                         .priority = PRIORITY_LOW,
                         .bytes = 5000,
                         .bytes_moved = 600,
                         .bytes_resent = 100,
                         .created_s = 10,
                         .started_s = 11,
                         .finished_s = NAN,
                         .attempts = 1,
                         .reason = "connection_lost",
                         .entered_s = 20,
                         .in_state_s = {[TRANSFER_WAITING] = 1, [TRANSFER_MOVING] = 2, [TRANSFER_RETRYING] = 7},
                         .cap_kind = LIMIT_WINDOW,
                         .flow = {.cap_bound_bytes = 600}};
    const struct attempt attempt = {
        .transfer = &t, .attempt = 1, .started_s = 11, .ended_s = 13, .outcome = "connection_lost", .bytes = 600};

    c->observer.transfer_changed(c, &t, N_TRANSFER_STATES, 10);
    c->observer.attempt_ended(c, &attempt);
    c->observer.transfer_open(c, &t, 25);
    g_autofree char *text = table(c, "transfers.csv", false), *tries = table(c, "attempts.csv", false);
    g_assert_cmpstr(
        text, ==,
        "id,kind,package,version,from,to,priority,bytes,created_s,started_s,finished_s,state,reason,attempts,"
        "bytes_resent,mean_bytes_per_s,limited_by,in_scheduled_s,in_waiting_s,in_starting_s,in_connecting_s,"
        "in_moving_s,in_retrying_s,in_rescheduled_s,in_adding_s,in_source_wait_s,in_capacity_wait_s,"
        "in_notifying_s,in_queued_s,in_reporting_s,action\n"
        "7,dp_job,CS100001,1,CS1,\"dp, the \"\"first\"\"\",low,5000,10,11,,waiting,connection_lost,1,100,300,"
        "window,0,6,0,0,2,7,0,0,0,0,0,0,0,1\n");
    g_assert_cmpstr(tries, ==,
                    "transfer,attempt,thread,started_s,ended_s,outcome,bytes\n"
                    "7,1,0,11,13,connection_lost,600\n");
    collector_free(c);
    scenario_free(s);
}

/* The last column of the last row of transfers.csv. */
static char *last_field(const struct collector *c)
{
    g_autofree char *text = table(c, "transfers.csv", false);

    return g_strdup(strrchr(g_strchomp(text), ',') + 1);
}

/* C3: a job of redistribute has action 2, that of distribute 1, and a send request none. */
static void test_action(void)
{
    struct scenario *s = awkward_names();
    struct collector *c = collector_new(s, COLLECT_ALL);
    struct transfer t = {.id = 1, .kind = TRANSFER_DP_JOB, .state = TRANSFER_WAITING, .from = "CS1", .to = "DP1"};

    c->observer.transfer_open(c, &t, 25);
    g_autofree char *distribute = last_field(c);
    g_assert_cmpstr(distribute, ==, "1");
    t = (struct transfer){.id = 2, .kind = TRANSFER_DP_JOB, .state = TRANSFER_WAITING, .to = "DP1", .again = true};
    c->observer.transfer_open(c, &t, 25);
    g_autofree char *redistribute = last_field(c);
    g_assert_cmpstr(redistribute, ==, "2");
    t = (struct transfer){.id = 3, .kind = TRANSFER_PULL_JOB, .state = TRANSFER_WAITING, .to = "DP2", .again = true};
    c->observer.transfer_open(c, &t, 25);
    g_autofree char *pull = last_field(c);
    g_assert_cmpstr(pull, ==, "2");
    t = (struct transfer){.id = 4, .kind = TRANSFER_SEND_REQUEST, .state = TRANSFER_WAITING, .to = "PS1"};
    c->observer.transfer_open(c, &t, 25);
    g_autofree char *send = last_field(c);
    g_assert_cmpstr(send, ==, "");
    collector_free(c);
    scenario_free(s);
}

static void test_a_full_disk_is_an_error(void)
{
    g_autoptr(GError) error = NULL;

    if (access("/dev/full", W_OK) < 0) {
        g_test_skip("there is no /dev/full");
        return;
    }
    struct output *output = output_open("/dev/full", &error);
    g_assert_no_error(error);
    for (int i = 0; i < 100000; i++)
        output_text(output, "one line\n");
    g_assert_false(output_close(output, &error));
    g_assert_error(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
    g_assert_nonnull(strstr(error->message, "/dev/full"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/tables/numbers as people write them", test_numbers_as_people_write_them);
    g_test_add_func("/tables/numbers read back", test_numbers_read_back);
    g_test_add_func("/tables/wall clock", test_wall_clock);
    g_test_add_func("/tables/deliveries", test_deliveries);
    g_test_add_func("/tables/events have numbers or words", test_events_have_numbers_or_words);
    g_test_add_func("/tables/transfers and attempts", test_transfers);
    g_test_add_func("/tables/C3/action of a job", test_action);
    g_test_add_func("/tables/a full disk is an error", test_a_full_disk_is_an_error);
    return g_test_run();
}
