/* The despooler alone (P1; N4 as far as it meets it): instructions of 1000 bytes made by hand, unpacked at 100 bytes/s.
 * What becomes of them is written down as "name+time" (stored). */
#include "models/despooler.h"

#include <glib.h>

#include "tests/support/small.h"

#define MAX_INSTRUCTIONS 8

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct despooler_params params;
    struct record *record;
    struct sim_link disk;
    struct despooler despooler;
    uint32_t n;
    struct instruction instructions[MAX_INSTRUCTIONS];
    double change_s[MAX_INSTRUCTIONS]; /* when its database change is here */
    struct cause_log logs[MAX_INSTRUCTIONS];
    GString *said;
    bool over;
};

static struct world *world_of(const struct instruction *instruction)
{
    return SIM_OWNER(struct world, despooler, instruction->despooler);
}

static double change_arrives_s(const struct instruction *instruction)
{
    return world_of(instruction)->change_s[instruction - world_of(instruction)->instructions];
}

static void stored(struct instruction *instruction)
{
    struct world *world = world_of(instruction);
    g_assert_false(sim_holding(&instruction->waiter));
    g_string_append_printf(world->said, "%c+%.10g ", (int)('a' + (instruction - world->instructions)),
                           sim_now(world->sim));
}

static struct world *world_new(uint32_t threads, double disk_bytes_per_s)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->params = small_despooler();
    world->params.threads = threads;
    world->params.despool_rate_bytes_per_s = 100;
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    sim_link_init(world->network, &world->disk, disk_bytes_per_s);
    despooler_init(&world->despooler, world->sim, world->network, &world->params, &world->record->observer, "DST",
                   isfinite(disk_bytes_per_s) ? &world->disk : NULL);
    world->despooler.change_arrives_s = change_arrives_s;
    world->despooler.stored = stored;
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n && !world->over; i++)
        despooler_abandon(&world->instructions[i]);
    despooler_clear(&world->despooler);
    sim_link_clear(&world->disk);
    sim_network_free(world->network);
    sim_free(world->sim);
    record_free(world->record);
    g_string_free(world->said, TRUE);
    g_free(world);
}

/* Its change has been, or will be, here at change_s. */
static struct instruction *receive(struct world *world, double change_s)
{
    g_assert_cmpuint(world->n, <, MAX_INSTRUCTIONS);
    struct instruction *instruction = &world->instructions[world->n];
    cause_log_init(&world->logs[world->n]);
    instruction->package = world->n;
    instruction->version = 1;
    instruction->bytes = 1000;
    instruction->log = &world->logs[world->n];
    world->change_s[world->n++] = change_s;
    despooler_receive(&world->despooler, instruction);
    return instruction;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
}

static void expect_causes(const struct instruction *instruction, double wait_s, double retry_s, double despooling_s)
{
    double cause_s[N_CAUSES] = {0};
    cause_log_add(instruction->log, 0, INFINITY, cause_s);
    expect_time(cause_s[CAUSE_DESPOOLER_WAIT], wait_s);
    expect_time(cause_s[CAUSE_DESPOOL_RETRY_WAIT], retry_s);
    expect_time(cause_s[CAUSE_DESPOOLING], despooling_s);
}

/* Three threads, 10 s each, in order of arrival. */
static void three_threads(void)
{
    struct world *world = world_new(3, INFINITY);
    for (int i = 0; i < 4; i++)
        receive(world, 0);
    sim_run(world->sim, 1);
    receive(world, 0);
    run_and_expect(world, INFINITY, "a+10 b+10 c+10 d+20 e+20 ");
    expect_causes(&world->instructions[3], 10, 0, 10);
    expect_causes(&world->instructions[4], 9, 0, 10);
    expect_time(record_when(world->record, "DST", EVENT_DESPOOLING_STARTED, NULL, 3), 10);
    expect_time(record_when(world->record, "DST", STATUS_STORED, NULL, 4), 20);
    world_free(world);
}

/* The change comes at 100, after the content: code 12 at 0, tried again at 300. */
static void code_12_until_the_change_is_here(void)
{
    struct world *world = world_new(3, INFINITY);
    const struct instruction *a = receive(world, 100);
    run_and_expect(world, INFINITY, "a+310 ");
    expect_causes(a, 0, 300, 10);
    g_assert_cmpuint(a->tries, ==, 2);
    g_assert_cmpuint(record_count(world->record, "DST", STATUS_DESPOOLER_CODE_12, NULL), ==, 1);
    expect_time(record_when(world->record, "DST", STATUS_DESPOOLER_CODE_12, NULL, 0), 0);
    world_free(world);
}

/* The change comes at 700: tries at 0, 300, 600 and 900. One that comes at the due time itself is in time. */
static void tried_again_as_often_as_needed(void)
{
    struct world *world = world_new(3, INFINITY);
    receive(world, 700);
    receive(world, 300);
    run_and_expect(world, INFINITY, "b+310 a+910 ");
    g_assert_cmpuint(record_count(world->record, "DST", STATUS_DESPOOLER_CODE_12, NULL), ==, 4);
    world_free(world);
}

/* Without a delay it is not tried over and over at one instant, but once more, when the change arrives. */
static void without_a_delay_when_the_change_arrives(void)
{
    struct world *world = world_new(3, INFINITY);
    world->params.despool_retry_delay_s = 0;
    const struct instruction *a = receive(world, 100);
    run_and_expect(world, INFINITY, "a+110 ");
    expect_causes(a, 0, 100, 10);
    g_assert_cmpuint(record_count(world->record, "DST", STATUS_DESPOOLER_CODE_12, NULL), ==, 1);
    world_free(world);
}

/* One thread: a fails at once and gives it back, b has it at that same instant. */
static void code_12_takes_no_time(void)
{
    struct world *world = world_new(1, INFINITY);
    receive(world, 1);
    receive(world, 0);
    run_and_expect(world, INFINITY, "b+10 a+310 ");
    world_free(world);
}

/* Failing needs a thread too: a has the only one until 10; b fails then, and its due time is 310. */
static void failing_needs_a_thread(void)
{
    struct world *world = world_new(1, INFINITY);
    receive(world, 0);
    const struct instruction *b = receive(world, 20);
    run_and_expect(world, INFINITY, "a+10 b+320 ");
    expect_causes(b, 10, 300, 10);
    world_free(world);
}

/* At its due time an instruction joins the end of the line: a's is 300; b has the thread from 295 on, c came at 299. */
static void due_joins_the_line(void)
{
    struct world *world = world_new(1, INFINITY);
    const struct instruction *a = receive(world, 1);
    sim_run(world->sim, 295);
    receive(world, 0);
    sim_run(world->sim, 299);
    receive(world, 0);
    run_and_expect(world, INFINITY, "b+305 c+315 a+325 ");
    expect_causes(a, 15, 300, 10);
    world_free(world);
}

/* A disk of 150: alone at 100, two at 75 each. a alone until 5 (500 bytes), then both; a ends at 5 + 500/75, b has 500
 * left then, at 100: 5 + 500/75 + 5. */
static void disk_is_shared(void)
{
    struct world *world = world_new(3, 150);
    receive(world, 0);
    sim_run(world->sim, 5);
    receive(world, 0);
    run_and_expect(world, INFINITY, "a+11.66666667 b+16.66666667 ");
    expect_bytes(sim_link_carried(&world->disk), 2000);
    world_free(world);
}

/* Despooling, waiting for a thread, waiting for a change, stored, and never received. */
static void abandoned(void)
{
    struct world *world = world_new(1, 50);
    receive(world, 100);
    receive(world, 0);
    receive(world, 0);
    sim_run(world->sim, 25);
    receive(world, 0);
    run_and_expect(world, 30, "b+20 ");
    for (int i = 0; i < 5; i++)
        despooler_abandon(&world->instructions[i]);
    world->over = true;
    expect_time(world->despooler.threads.in_use.value, 0);
    expect_time(world->despooler.threads.waiting.value, 0);
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/despooler/P1/three-threads", three_threads);
    g_test_add_func("/despooler/P1/code-12-until-the-change-is-here", code_12_until_the_change_is_here);
    g_test_add_func("/despooler/P1/without-a-delay-when-the-change-arrives", without_a_delay_when_the_change_arrives);
    g_test_add_func("/despooler/P1/tried-again-as-often-as-needed", tried_again_as_often_as_needed);
    g_test_add_func("/despooler/P1/code-12-takes-no-time", code_12_takes_no_time);
    g_test_add_func("/despooler/P1/failing-needs-a-thread", failing_needs_a_thread);
    g_test_add_func("/despooler/P1/due-joins-the-line", due_joins_the_line);
    g_test_add_func("/despooler/N4/disk-is-shared", disk_is_shared);
    g_test_add_func("/despooler/end/abandoned", abandoned);
    return g_test_run();
}
