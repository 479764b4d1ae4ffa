/* The package transfer manager alone (X1, X3, X4; C2 as far as it decides what moves): distribution points with a link
 * each, jobs made by hand. What becomes of a job is written down as "name+time" (on the distribution point) or
 * "name!time" (failed for good). Unless a test says otherwise a copy moves at 100 bytes/s. */
#include "models/transfer_manager.h"

#include <glib.h>
#include <string.h>

#include "models/distribution_point.h"
#include "tests/support/small.h"

#define MAX_DPS 6
#define MAX_JOBS 16

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct scenario *scenario; /* packages and distribution points only */
    struct content content;
    struct transfer_manager_params params;
    struct record *record;
    struct transfer_manager manager;
    struct distribution_point dps[MAX_DPS];
    struct sim_link links[MAX_DPS];
    uint32_t n_dps, n_jobs;
    struct transfer jobs[MAX_JOBS];
    GString *said;
    bool over;
};

static void say(struct transfer *job, char what)
{
    const struct distribution_point *dp = job->owner;
    struct world *world = SIM_OWNER(struct world, manager, dp->manager);
    g_assert_false(sim_holding(&job->waiter));
    g_string_append_printf(world->said, "%c%c%.10g ", (int)('a' + (job - world->jobs)), what, sim_now(world->sim));
}

static void on_dp(struct transfer *job)
{
    g_assert_cmpint(job->state, ==, TRANSFER_DONE);
    say(job, '+');
}

static void job_failed(struct transfer *job)
{
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    say(job, '!');
}

/* Packages of one file each: 0 and 1 of 1000 bytes, 2 high, 3 low. A test may add others before it opens the world. */
static struct scenario *packages(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "here", -1, INFINITY);
    small_site(s, "SRC", SITE_PRIMARY, -1, 0);
    small_package(s, "first", 0, PRIORITY_MEDIUM, 1000);
    small_package(s, "second", 0, PRIORITY_MEDIUM, 1000);
    small_package(s, "high", 0, PRIORITY_HIGH, 1000);
    small_package(s, "low", 0, PRIORITY_LOW, 1000);
    static const char *const names[MAX_DPS] = {"A", "B", "C", "D", "E", "F"};
    for (uint32_t i = 0; i < MAX_DPS; i++)
        small_dp(s, names[i], 0, -1);
    return s;
}

static struct world *world_new(struct scenario *scenario, struct transfer_manager_params params, uint32_t max_packages,
                               uint32_t max_threads_per_package)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->scenario = scenario;
    content_init(&world->content, scenario, NULL);
    world->params = params;
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    transfer_manager_init(&world->manager, world->sim, world->network, &world->params, max_packages,
                          max_threads_per_package, &world->content, &world->record->observer, "SRC");
    world->manager.on_dp = on_dp;
    world->manager.failed = job_failed;
    for (uint32_t i = 0; i < MAX_DPS; i++) {
        struct distribution_point *dp = &world->dps[i];
        *dp = (struct distribution_point){.spec = scenario_dp(scenario, i), .index = i, .manager = &world->manager};
        sim_link_init(world->network, &world->links[i], INFINITY);
        dp->links = g_ptr_array_new();
        g_ptr_array_add(dp->links, &world->links[i]);
        transfer_manager_connect(&world->manager, dp, 100, LIMIT_MAX_RATE, NULL);
    }
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_jobs; i++) {
        struct transfer *job = &world->jobs[i];
        if (transfer_ended(job->state))
            continue;
        if (!world->over)
            transfer_manager_abandon(job);
        sim_flow_clear(&job->flow);
    }
    for (uint32_t i = 0; i < MAX_DPS; i++) {
        distribution_point_clear(&world->dps[i]);
        sim_link_clear(&world->links[i]);
    }
    transfer_manager_clear(&world->manager);
    content_clear(&world->content);
    record_free(world->record);
    sim_network_free(world->network);
    sim_free(world->sim);
    scenario_free(world->scenario);
    g_string_free(world->said, TRUE);
    g_free(world);
}

static struct transfer *submit(struct world *world, uint32_t package, uint32_t dp)
{
    g_assert_cmpuint(world->n_jobs, <, MAX_JOBS);
    struct transfer *job = &world->jobs[world->n_jobs++];
    job->package = package;
    job->version = 1;
    job->from = "SRC";
    job->to = world->dps[dp].spec->name;
    job->priority = scenario_package(world->scenario, package)->priority;
    transfer_init(world->sim, job, TRANSFER_DP_JOB, TRANSFER_WAITING, &world->record->observer);
    transfer_manager_submit(&world->manager, job, &world->dps[dp]);
    return job;
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
    for (uint32_t i = 0; i < world->n_jobs; i++) {
        const struct transfer *job = &world->jobs[i];
        double in_states_s = 0;
        for (int state = 0; state < N_TRANSFER_STATES; state++)
            in_states_s += job->in_state_s[state];
        expect_time(in_states_s, job->entered_s - job->created_s);
        expect_bytes(job->bytes_moved, job->bytes_arrived + job->bytes_resent);
        if (job->state == TRANSFER_DONE)
            expect_bytes(job->bytes_arrived, job->bytes);
    }
}

static void link_up(struct world *world, uint32_t dp, bool up)
{
    sim_link_set_up(world->network, &world->links[dp], up);
}

/* ---- X1: threads and order ------------------------------------------------------------------------------------------
 */

/* 1 x 2 threads, five jobs of 10 s. */
static void waves(void)
{
    struct world *world = world_new(packages(), small_transfer_manager(), 1, 2);
    for (uint32_t dp = 0; dp < 5; dp++)
        submit(world, 0, dp);
    run_and_expect(world, INFINITY, "a+10 b+10 c+20 d+20 e+30 ");
    world_free(world);
}

/* 3 x 5 threads are 15, whichever packages use them: 6 jobs of one package run at once. */
static void one_package_may_use_all_threads(void)
{
    struct world *world = world_new(packages(), small_transfer_manager(), 3, 2);
    for (uint32_t dp = 0; dp < 6; dp++)
        submit(world, 0, dp);
    run_and_expect(world, INFINITY, "a+10 b+10 c+10 d+10 e+10 f+10 ");
    world_free(world);
}

/* One thread; a has it. Then package priority, then the point's priority (low numbers first), then creation. */
static void order(void)
{
    struct scenario *s = packages();
    scenario_dp(s, 1)->priority = 300;
    scenario_dp(s, 2)->priority = 100;
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    submit(world, 3, 0);
    sim_run(world->sim, 1);
    submit(world, 0, 0); /* b: medium, 200 */
    submit(world, 1, 0); /* c: medium, 200 */
    submit(world, 0, 1); /* d: medium, 300 */
    submit(world, 0, 2); /* e: medium, 100 */
    submit(world, 3, 2); /* f: low, 100 */
    submit(world, 2, 1); /* g: high, 300 */
    run_and_expect(world, INFINITY, "a+10 g+20 e+30 b+40 c+50 d+60 f+70 ");
    world_free(world);
}

/* One thread: 20 s from the thread to the first byte, and nobody else has it meanwhile. */
static void start_delay(void)
{
    struct transfer_manager_params params = small_transfer_manager();
    params.start_delay_s = 20;
    struct world *world = world_new(packages(), params, 1, 1);
    submit(world, 0, 0);
    const struct transfer *b = submit(world, 0, 1);
    run_and_expect(world, INFINITY, "a+30 b+60 ");
    expect_time(b->in_state_s[TRANSFER_WAITING], 30);
    expect_time(b->in_state_s[TRANSFER_STARTING], 20);
    expect_time(b->in_state_s[TRANSFER_MOVING], 10);
    expect_time(b->started_s, 30);
    world_free(world);
}

/* ---- X1: transfer_pool
 * -----------------------------------------------------------------------------------------------*/

static struct transfer_manager_params packages_pool(void)
{
    struct transfer_manager_params params = small_transfer_manager();
    params.transfer_pool = TRANSFER_POOL_PACKAGES;
    return params;
}

/* One package at a time, although there are 1 x 3 threads and two are in use: b (same package as a) at once, c when the
 * last of its predecessors has ended. d joins its package, which is in the pool, at 15 and keeps it there until 25. */
static void pool_of_packages(void)
{
    struct scenario *s = packages();
    struct world *world = world_new(s, packages_pool(), 1, 3);
    world->dps[1].limiter.cap_bytes_per_s = 50;
    submit(world, 0, 0);
    submit(world, 0, 1);
    submit(world, 1, 2);
    sim_run(world->sim, 15);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+10 b+20 d+25 c+35 ");
    world_free(world);
}

/* The other reading: c does not care whose threads are free. */
static void pool_of_jobs(void)
{
    struct world *world = world_new(packages(), small_transfer_manager(), 1, 3);
    world->dps[1].limiter.cap_bytes_per_s = 50;
    submit(world, 0, 0);
    submit(world, 0, 1);
    submit(world, 1, 2);
    run_and_expect(world, INFINITY, "a+10 c+10 b+20 ");
    world_free(world);
}

/* Two packages at a time of four: the first two, then, as each ends, the high one before the low one that came before.
 */
static void pool_of_two_packages(void)
{
    struct world *world = world_new(packages(), packages_pool(), 2, 2);
    world->dps[1].limiter.cap_bytes_per_s = 40;
    submit(world, 0, 0);
    submit(world, 1, 1);
    sim_run(world->sim, 1);
    submit(world, 3, 2);
    submit(world, 2, 3);
    submit(world, 3, 4);
    run_and_expect(world, INFINITY, "a+10 d+20 b+25 c+30 e+30 ");
    world_free(world);
}

/* Threads are still limited: one package with three jobs on two threads. */
static void pool_of_packages_has_threads_too(void)
{
    struct world *world = world_new(packages(), packages_pool(), 2, 1);
    submit(world, 0, 0);
    submit(world, 0, 1);
    submit(world, 0, 2);
    run_and_expect(world, INFINITY, "a+10 b+10 c+20 ");
    world_free(world);
}

/* The line's order decides whose turn is next, by the best job that waits: c (package 1, to a point of priority 300)
 * came before d (low, 200), and e, of package 1 too, to a point of priority 100. b is of another package of equal
 * priority, to a point of 200: worse than e, better than c. */
static void turn_goes_to_the_best_job(void)
{
    struct scenario *s = packages();
    scenario_dp(s, 1)->priority = 300;
    scenario_dp(s, 2)->priority = 100;
    uint32_t third = small_package(s, "third", 0, PRIORITY_MEDIUM, 1000);
    struct world *world = world_new(s, packages_pool(), 1, 1);
    submit(world, 0, 0);
    sim_run(world->sim, 1);
    submit(world, third, 0); /* b: 200 */
    submit(world, 1, 1);     /* c: 300 */
    submit(world, 1, 2);     /* d: 100 */
    run_and_expect(world, INFINITY, "a+10 d+20 c+30 b+40 ");
    world_free(world);
}

/* A package none of whose jobs has or wants a thread leaves: a fails at 5 and waits until 1805; b's package goes on. */
static void package_that_waits_for_a_retry_leaves(void)
{
    struct world *world = world_new(packages(), packages_pool(), 1, 1);
    submit(world, 0, 0);
    submit(world, 1, 1);
    sim_run(world->sim, 5);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "b+15 a+1815 ");
    world_free(world);
}

/* ---- X1: prefer_fast_dps --------------------------------------------------------------------------------------------
 */

static void fast_and_slow(bool prefer, const char *expected)
{
    struct transfer_manager_params params = small_transfer_manager();
    params.prefer_fast_dps = prefer;
    struct scenario *s = packages();
    scenario_dp(s, 3)->priority = 100;
    uint32_t small = small_package(s, "small", 0, PRIORITY_MEDIUM, 500);
    uint32_t big = small_package(s, "big", 0, PRIORITY_MEDIUM, 2000);
    struct world *world = world_new(s, params, 1, 1);
    world->dps[0].limiter.cap_bytes_per_s = 50;
    world->dps[3].limiter.cap_bytes_per_s = 10;
    submit(world, small, 0); /* a: 10 s at 50 */
    submit(world, big, 1);   /* b: 20 s at 100 */
    submit(world, 0, 3);     /* c: 100 s at 10, but of priority 100: first */
    sim_run(world->sim, 200);
    submit(world, 2, 2); /* d: high, has the thread from 200 to 210 */
    sim_run(world->sim, 201);
    submit(world, 1, 0); /* e: measured 50 */
    submit(world, 1, 1); /* f: measured 100 */
    submit(world, 1, 3); /* g: measured 10, of priority 100 */
    run_and_expect(world, INFINITY, expected);
    world_free(world);
}

static void fast_points_first(void)
{
    fast_and_slow(true, "c+100 a+110 b+130 d+210 g+310 f+320 e+340 ");
}

static void creation_when_speed_does_not_matter(void)
{
    fast_and_slow(false, "c+100 a+110 b+130 d+210 g+310 e+330 f+340 ");
}

/* ---- X3: a point that is down ---------------------------------------------------------------------------------------
 */

/* Ten files of 100 bytes: lost at 3.5, three are whole and stay. The next try at 1803.5 moves seven. The thread is free
 * meanwhile: b has it from 3.5 on. */
static void whole_files_are_kept(void)
{
    struct scenario *s = packages();
    uint32_t ten = small_empty_package(s, "ten", 0, PRIORITY_MEDIUM);
    small_files(s, ten, "ten", 10, 100);
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    struct transfer *a = submit(world, ten, 0);
    submit(world, 0, 1);
    sim_run(world->sim, 3.5);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "b+13.5 a+1810.5 ");
    expect_bytes(a->bytes_resent, 50);
    expect_bytes(a->bytes_moved, 1050);
    expect_time(a->in_state_s[TRANSFER_RETRYING], 1800);
    g_assert_cmpuint(a->attempts, ==, 2);
    g_assert_cmpuint(record_count(world->record, "SRC", EVENT_COPY_FAILED, "A"), ==, 1);
    expect_bytes(sim_link_carried(&world->links[0]), 1050);
    world_free(world);
}

/* The connection goes at the very end of a file, which is then whole, also when the seconds do not add up exactly: 30
 * bytes at 100 a second from 0.1 on are 29.999999999999996 at 0.4. */
static void file_that_has_just_arrived_is_kept(void)
{
    struct scenario *s = packages();
    uint32_t ten = small_empty_package(s, "ten", 0, PRIORITY_MEDIUM);
    small_files(s, ten, "ten", 10, 20);
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    sim_run(world->sim, 10);
    struct transfer *a = submit(world, ten, 0);
    sim_run(world->sim, 10.2);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+1812 ");
    expect_bytes(a->bytes_resent, 0);
    world_free(world);
}

/* Files of several sizes, in the package's order: 2 x 100, 1 x 500, 3 x 100. Lost at 4, in the 500: 200 stay. Lost
 * again at 1811, 4 s after the 500: 1100 - 200 - 700 = 300 ... the try at 1804 moves 500 in 5 s, then 100 a second: at
 * 1811 two of the last three are whole. The third try at 3611 moves 100. */
static void whole_files_over_several_tries(void)
{
    struct scenario *s = packages();
    uint32_t mixed = small_empty_package(s, "mixed", 0, PRIORITY_MEDIUM);
    small_files(s, mixed, "two", 2, 100);
    small_files(s, mixed, "big", 1, 500);
    small_files(s, mixed, "three", 3, 100);
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    struct transfer *a = submit(world, mixed, 0);
    sim_run(world->sim, 4);
    link_up(world, 0, false);
    link_up(world, 0, true);
    sim_run(world->sim, 1811);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "a+3612 ");
    expect_bytes(a->bytes_resent, 200);
    g_assert_cmpuint(a->attempts, ==, 3);
    world_free(world);
}

/* Package x is sets p and q of 500 bytes each, y is p alone. x loses its connection at 7: p and nothing of q is whole.
 * While it waits y goes to the same point and brings p. The second try must still move all of q. */
static void kept_files_come_with_another_package_too(void)
{
    struct scenario *s = packages();
    uint32_t x = small_empty_package(s, "x", 0, PRIORITY_MEDIUM), y = small_empty_package(s, "y", 0, PRIORITY_MEDIUM);
    small_files(s, x, "p", 1, 500);
    small_files(s, x, "q", 1, 500);
    small_files(s, y, "p", 1, 500);
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    const struct transfer *a = submit(world, x, 0);
    sim_run(world->sim, 7);
    link_up(world, 0, false);
    link_up(world, 0, true);
    submit(world, y, 0);
    run_and_expect(world, INFINITY, "b+12 a+1812 ");
    expect_bytes(a->bytes_moved, 1200);
    expect_bytes(a->bytes_resent, 200);
    world_free(world);
}

/* x as above, on two threads together with y: at 5 y has brought p. x loses its connection at 7 with p whole and 200
 * bytes of q lost; what it moved of p does not count for q. The second try moves q, 500 bytes. */
static void set_that_arrives_during_the_copy(void)
{
    struct scenario *s = packages();
    uint32_t x = small_empty_package(s, "x", 0, PRIORITY_MEDIUM), y = small_empty_package(s, "y", 0, PRIORITY_MEDIUM);
    small_files(s, x, "p", 1, 500);
    small_files(s, x, "q", 1, 500);
    small_files(s, y, "p", 1, 500);
    struct world *world = world_new(s, small_transfer_manager(), 1, 2);
    const struct transfer *a = submit(world, x, 0);
    submit(world, y, 0);
    sim_run(world->sim, 7);
    link_up(world, 0, false);
    link_up(world, 0, true);
    run_and_expect(world, INFINITY, "b+5 a+1812 ");
    expect_bytes(a->bytes_moved, 1200);
    expect_bytes(a->bytes_resent, 200);
    world_free(world);
}

/* Down at the start of the copy: a try that takes no time. Two retries, 100 s apart. */
static void tries_and_their_end(void)
{
    struct transfer_manager_params params = small_transfer_manager();
    params.retries = 2;
    params.retry_delay_s = 100;
    struct world *world = world_new(packages(), params, 1, 1);
    link_up(world, 0, false);
    struct transfer *a = submit(world, 0, 0);
    submit(world, 0, 1);
    run_and_expect(world, INFINITY, "b+10 a!200 ");
    g_assert_cmpuint(a->attempts, ==, 3);
    g_assert_cmpstr(a->reason, ==, "destination_down");
    expect_time(a->finished_s, 200);
    g_assert_cmpuint(record_count(world->record, "SRC", EVENT_COPY_FAILED, "A"), ==, 3);
    world_free(world);
}

/* A job that is tried again has its old place among the jobs that wait: a, whose retry is at 100, goes before c. */
static void retry_keeps_its_place(void)
{
    struct transfer_manager_params params = small_transfer_manager();
    params.retry_delay_s = 100;
    struct world *world = world_new(packages(), params, 1, 1);
    link_up(world, 0, false);
    submit(world, 0, 0);
    sim_run(world->sim, 95);
    link_up(world, 0, true);
    submit(world, 0, 1);
    submit(world, 0, 2);
    run_and_expect(world, INFINITY, "b+105 a+115 c+125 ");
    world_free(world);
}

/* ---- X4 -------------------------------------------------------------------------------------------------------------
 */

/* Ten files, 2 s each, on the thread: 10 s of copying and 20 of adding, then the next job. */
static void files_are_added(void)
{
    struct scenario *s = packages();
    uint32_t ten = small_empty_package(s, "ten", 0, PRIORITY_MEDIUM);
    small_files(s, ten, "ten", 10, 100);
    scenario_dp(s, 0)->per_file_time_s = 2;
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    const struct transfer *a = submit(world, ten, 0);
    submit(world, 0, 1);
    run_and_expect(world, INFINITY, "a+30 b+40 ");
    expect_time(a->in_state_s[TRANSFER_MOVING], 10);
    expect_time(a->in_state_s[TRANSFER_ADDING], 20);
    expect_time(record_when(world->record, "SRC", STATUS_CONTENT_SENT, "A", 0), 30);
    expect_time(record_when(world->record, "SRC", STATUS_SUCCESS_REPORTED, "A", 0), 30);
    expect_time(record_when(world->record, "SRC", EVENT_COPY_STARTED, "B", 0), 30);
    world_free(world);
}

/* ---- C2: what a point has does not move again -----------------------------------------------------------------------
 */

/* y shares p (500 bytes) with x and has r (200 bytes, two files) of its own; z is p alone. One thread to the point.
 * Files take 1 s each. x: 10 s, 2 files. y: 2 s, 2 files. z: nothing to move, nothing to add. */
static void single_instancing(void)
{
    struct scenario *s = packages();
    uint32_t x = small_empty_package(s, "x", 0, PRIORITY_MEDIUM), y = small_empty_package(s, "y", 0, PRIORITY_MEDIUM),
             z = small_empty_package(s, "z", 0, PRIORITY_MEDIUM);
    small_files(s, x, "p", 1, 500);
    small_files(s, x, "q", 1, 500);
    small_files(s, y, "r", 2, 100);
    small_files(s, y, "p", 1, 500);
    small_files(s, z, "p", 1, 500);
    scenario_dp(s, 0)->per_file_time_s = 1;
    struct world *world = world_new(s, small_transfer_manager(), 1, 1);
    submit(world, x, 0);
    const struct transfer *b = submit(world, y, 0);
    const struct transfer *c = submit(world, z, 0);
    const struct transfer *d = submit(world, z, 1); /* another point does not have it */
    run_and_expect(world, INFINITY, "a+12 b+16 c+16 d+21 ");
    expect_bytes(b->bytes, 200);
    expect_bytes(c->bytes, 0);
    expect_bytes(d->bytes, 500);
    g_assert_cmpuint(g_array_index(world->dps[0].library.references, uint32_t,
                                   package_newest(&world->content.packages[z])->file_sets[0]),
                     ==, 3);
    world_free(world);
}

/* ---- the end of a run -----------------------------------------------------------------------------------------------
 */

static void abandoned(struct transfer_manager_params params)
{
    struct world *world = world_new(packages(), params, 1, 2);
    link_up(world, 1, false);
    struct transfer *a = submit(world, 0, 0);
    struct transfer *b = submit(world, 0, 1); /* waits for its retry */
    struct transfer *c = submit(world, 0, 2);
    struct transfer *d = submit(world, 0, 3); /* waits for a thread */
    struct transfer *e = submit(world, 1, 4); /* waits for a thread, or for its package's turn */
    run_and_expect(world, 4, "");
    struct transfer *const jobs[] = {a, b, c, d, e};
    for (int i = 0; i < 5; i++)
        transfer_manager_abandon(jobs[i]);
    world->over = true;
    expect_bytes(a->bytes_moved, 400);
    expect_bytes(a->bytes_arrived, 400);
    expect_bytes(b->bytes_moved, 0);
    expect_bytes(d->bytes_moved + e->bytes_moved, 0);
    g_assert_cmpuint(world->record->attempts->len, ==, 3);
    world_free(world);
}

static void abandoned_jobs(void)
{
    abandoned(small_transfer_manager());
}

static void abandoned_packages(void)
{
    abandoned(packages_pool());
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transfer-manager/X1/waves", waves);
    g_test_add_func("/transfer-manager/X1/one-package-may-use-all-threads", one_package_may_use_all_threads);
    g_test_add_func("/transfer-manager/X1/order", order);
    g_test_add_func("/transfer-manager/X1/start-delay", start_delay);
    g_test_add_func("/transfer-manager/X1/pool-of-packages", pool_of_packages);
    g_test_add_func("/transfer-manager/X1/pool-of-jobs", pool_of_jobs);
    g_test_add_func("/transfer-manager/X1/pool-of-two-packages", pool_of_two_packages);
    g_test_add_func("/transfer-manager/X1/pool-of-packages-has-threads-too", pool_of_packages_has_threads_too);
    g_test_add_func("/transfer-manager/X1/turn-goes-to-the-best-job", turn_goes_to_the_best_job);
    g_test_add_func("/transfer-manager/X1/package-that-waits-for-a-retry-leaves",
                    package_that_waits_for_a_retry_leaves);
    g_test_add_func("/transfer-manager/X1/fast-points-first", fast_points_first);
    g_test_add_func("/transfer-manager/X1/creation-when-speed-does-not-matter", creation_when_speed_does_not_matter);
    g_test_add_func("/transfer-manager/X3/whole-files-are-kept", whole_files_are_kept);
    g_test_add_func("/transfer-manager/X3/file-that-has-just-arrived-is-kept", file_that_has_just_arrived_is_kept);
    g_test_add_func("/transfer-manager/X3/whole-files-over-several-tries", whole_files_over_several_tries);
    g_test_add_func("/transfer-manager/X3/kept-files-come-with-another-package-too",
                    kept_files_come_with_another_package_too);
    g_test_add_func("/transfer-manager/X3/set-that-arrives-during-the-copy", set_that_arrives_during_the_copy);
    g_test_add_func("/transfer-manager/X3/tries-and-their-end", tries_and_their_end);
    g_test_add_func("/transfer-manager/X3/retry-keeps-its-place", retry_keeps_its_place);
    g_test_add_func("/transfer-manager/X4/files-are-added", files_are_added);
    g_test_add_func("/transfer-manager/C2/single-instancing", single_instancing);
    g_test_add_func("/transfer-manager/end/abandoned-jobs", abandoned_jobs);
    g_test_add_func("/transfer-manager/end/abandoned-packages", abandoned_packages);
    return g_test_run();
}
