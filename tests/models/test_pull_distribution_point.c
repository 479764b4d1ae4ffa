/* Pull distribution points (L1 to L3), alone with a transfer manager, and in small hierarchies. Alone, what becomes of
 * a job is written down as "name+time" (content on the distribution point), "name=time" (the site knows) or "name!time"
 * (failed). Unless a test says otherwise a download moves at 100 bytes/s, a notification takes 1 s and a state message
 * 60 s; packages have one file of 1000 bytes. */
#include "models/pull_distribution_point.h"

#include <glib.h>
#include <string.h>

#include "models/distribution_point.h"
#include "models/message.h"
#include "tests/support/small.h"

#define N_SOURCES 3
#define N_DPS 5 /* three sources, then two that pull */
#define FIRST_PULL 3
#define MAX_JOBS 64

struct world {
    struct sim *sim;
    struct sim_network *network;
    struct scenario *scenario;
    struct content content;
    struct luck *luck;
    struct transfer_manager_params manager_params;
    struct pull_params params;
    struct record *record;
    struct transfer_manager manager;
    struct distribution_point dps[N_DPS];
    struct hierarchy_link out[N_DPS]; /* of each one's interface */
    struct sim_link from_site[N_DPS];
    struct pull_distribution_point pulls[N_DPS];
    struct pull_sources *sources[N_DPS];
    struct transfer *jobs[MAX_JOBS]; /* NULL: done */
    uint32_t n_jobs;
    GQueue held_up;
    GString *said;
    bool over;
};

static void say(struct transfer *job, char what)
{
    const struct distribution_point *dp = job->owner;
    struct world *world = SIM_OWNER(struct world, manager, dp->manager);
    uint32_t i = GPOINTER_TO_UINT(job->errand);
    if (i < 26)
        g_string_append_printf(world->said, "%c%c%.10g ", (int)('a' + i), what, sim_now(world->sim));
    if (what != '+') {
        expect_bytes(job->bytes_moved, job->bytes_arrived + job->bytes_resent);
        pull_job_free(job);
        world->jobs[i] = NULL;
    }
}

static void on_dp(struct transfer *job)
{
    g_assert_cmpint(job->state, ==, TRANSFER_REPORTING);
    const struct version *version = distribution_point_version(job->owner, job->package);
    g_assert_nonnull(version);
    g_assert_cmpuint(version->number, ==, job->version);
    say(job, '+');
}

static void site_told(struct transfer *job)
{
    g_assert_cmpint(job->state, ==, TRANSFER_DONE);
    say(job, '=');
}

static void job_cancelled(struct transfer *job)
{
    (void)job;
}

static void job_failed(struct transfer *job)
{
    g_assert_cmpint(job->state, ==, TRANSFER_FAILED);
    say(job, '!');
}

static struct pull_params alone(void)
{
    struct pull_params params = small_pull();
    params.notify_time_s = 1;
    params.state_message_delay_s = 60;
    params.max_rate_bytes_per_s = 100;
    return params;
}

/* S0, S1 and S2 may be sources, P3 and P4 pull from S0 alone: a test may change that, and add packages, before it opens
 * the world. */
static struct scenario *points(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "here", -1, INFINITY);
    small_site(s, "SRC", SITE_PRIMARY, -1, 0);
    small_package(s, "first", 0, PRIORITY_MEDIUM, 1000);
    small_package(s, "second", 0, PRIORITY_MEDIUM, 1000);
    small_package(s, "third", 0, PRIORITY_MEDIUM, 1000);
    static const char *const names[N_DPS] = {"S0", "S1", "S2", "P3", "P4"};
    for (uint32_t i = 0; i < N_DPS; i++)
        small_dp(s, names[i], 0, -1);
    for (uint32_t i = FIRST_PULL; i < N_DPS; i++)
        small_sources(s, i, 1, 0, 1);
    return s;
}

static struct world *world_new(struct scenario *scenario, struct pull_params params, uint32_t n_threads)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->network = sim_network_new(world->sim);
    world->scenario = scenario;
    content_init(&world->content, scenario, NULL);
    world->manager_params = small_transfer_manager();
    world->params = params;
    world->record = record_new(false);
    world->said = g_string_new(NULL);
    transfer_manager_init(&world->manager, world->sim, world->network, &world->manager_params, 1, n_threads,
                          &world->content, &world->record->observer, "SRC");
    world->luck = world->manager.luck = luck_new(scenario, 1, 0);
    world->manager.pull = pull_thread_started;
    for (uint32_t i = 0; i < N_DPS; i++) {
        struct distribution_point *dp = &world->dps[i];
        *dp = (struct distribution_point){.spec = scenario_dp(scenario, i), .index = i, .manager = &world->manager};
        dp->held_up = &world->held_up;
        sim_link_init(world->network, &world->from_site[i], INFINITY);
        sim_link_init(world->network, &world->out[i].link, INFINITY);
        dp->host.out = &world->out[i];
        dp->at = &dp->host;
        dp->links = g_ptr_array_new();
        g_ptr_array_add(dp->links, &world->from_site[i]);
        transfer_manager_connect(&world->manager, dp, INFINITY, LIMIT_NONE, NULL);
    }
    for (uint32_t i = FIRST_PULL; i < N_DPS; i++) {
        struct pull_distribution_point *pull = world->dps[i].pull = &world->pulls[i];
        pull_init(pull, &world->dps[i], &world->params);
        pull->on_dp = on_dp;
        pull->site_told = site_told;
        pull->cancelled = job_cancelled;
        pull->failed = job_failed;
        pull->sources = world->sources[i] = pull_sources_new(pull, world->dps[i].spec->sources, world->dps);
    }
    return world;
}

static void world_free(struct world *world)
{
    for (uint32_t i = 0; i < world->n_jobs; i++) {
        if (world->jobs[i])
            pull_abandon(world->jobs[i]);
        pull_job_free(world->jobs[i]);
    }
    for (uint32_t i = 0; i < N_DPS; i++) {
        if (world->dps[i].pull) {
            g_assert_cmpuint(world->pulls[i].n_active, ==, 0);
            pull_clear(&world->pulls[i]);
        }
        pull_sources_free(world->sources[i]);
        distribution_point_clear(&world->dps[i]);
        sim_link_clear(&world->from_site[i]);
        sim_link_clear(&world->out[i].link);
    }
    transfer_manager_clear(&world->manager);
    content_clear(&world->content);
    luck_free(world->luck);
    record_free(world->record);
    sim_network_free(world->network);
    sim_free(world->sim);
    scenario_free(world->scenario);
    g_string_free(world->said, TRUE);
    g_free(world);
}

static void give(struct world *world, uint32_t dp, uint32_t package)
{
    distribution_point_store(&world->dps[dp], package_newest(&world->content.packages[package]), NULL);
}

static void submit(struct world *world, uint32_t package, uint32_t dp)
{
    g_assert_cmpuint(world->n_jobs, <, MAX_JOBS);
    struct transfer *job = world->jobs[world->n_jobs] = pull_job_new(world->sim);
    job->errand = GUINT_TO_POINTER(world->n_jobs++);
    job->package = package;
    job->version = 1;
    job->from = "SRC";
    job->to = world->dps[dp].spec->name;
    job->priority = scenario_package(world->scenario, package)->priority;
    transfer_init(world->sim, job, TRANSFER_PULL_JOB, TRANSFER_WAITING, &world->record->observer);
    pull_submit(world->dps[dp].pull, job);
}

static const struct told_transfer *told(const struct world *world, uint32_t i)
{
    return &g_array_index(world->record->transfers, struct told_transfer, i);
}

static double in_state_s(const struct world *world, uint32_t i, enum transfer_state state)
{
    return told(world, i)->in_state_s[state];
}

static uint32_t count(const struct world *world, enum status_id id)
{
    return record_count(world->record, NULL, id, NULL);
}

static void run_and_expect(struct world *world, double until_s, const char *expected)
{
    sim_run(world->sim, until_s);
    g_assert_cmpstr(world->said->str, ==, expected);
    for (uint32_t i = 0; i < world->n_jobs; i++) {
        double in_states_s = 0;
        for (int state = 0; state < N_TRANSFER_STATES; state++)
            in_states_s += in_state_s(world, i, (enum transfer_state)state);
        if (!world->jobs[i])
            expect_time(in_states_s, told(world, i)->finished_s - told(world, i)->created_s);
    }
}

static void set_up(struct world *world, struct sim_link *link, bool up)
{
    sim_link_set_up(world->network, link, up);
    if (up)
        messages_go_on(&world->held_up);
}

static uint32_t count_outcomes(const struct world *world, const char *outcome)
{
    uint32_t n = 0;
    for (guint i = 0; i < world->record->attempts->len; i++)
        n += !strcmp(g_array_index(world->record->attempts, struct told_attempt, i).outcome, outcome);
    return n;
}

/* ---- L1: what the site does ---- */

/* 1 s notifying, 1000 bytes at 100 bytes/s, 60 s until the site knows. */
static void notify_download_report(void)
{
    struct world *world = world_new(points(), alone(), 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+11 a=71 ");
    expect_time(in_state_s(world, 0, TRANSFER_NOTIFYING), 1);
    expect_time(in_state_s(world, 0, TRANSFER_MOVING), 10);
    expect_time(in_state_s(world, 0, TRANSFER_REPORTING), 60);
    g_assert_cmpstr(told(world, 0)->from, ==, "S0");
    g_assert_cmpuint(count(world, EVENT_PULL_NOTIFIED), ==, 1);
    g_assert_cmpuint(count(world, STATUS_SUCCESS_REPORTED), ==, 0); /* nobody had to poll, */
    g_assert_cmpuint(count(world, STATUS_CONTENT_SENT), ==, 0);     /* and the site has sent nothing */
    world_free(world);
}

/* The only thread is free again after each notification: downloads overlap. b waits for it from 0 to 1. */
static void thread_only_notifies(void)
{
    struct world *world = world_new(points(), alone(), 1);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 4);
    run_and_expect(world, INFINITY, "a+11 b+12 a=71 b=72 ");
    expect_time(in_state_s(world, 1, TRANSFER_WAITING), 1);
    world_free(world);
}

/* A closed or limited line of the distribution point does not hold up a notification. */
static void limits_do_not_matter(void)
{
    struct world *world = world_new(points(), alone(), 15);
    sim_line_shut(world->sim, &world->dps[3].limiter.lines[0], true);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+11 a=71 ");
    world_free(world);
}

/* 30 retries every 20 minutes are 10 hours: 31 looks, from 0 to 36000 s. */
static void no_source(void)
{
    struct world *world = world_new(points(), alone(), 15);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a!36000 ");
    g_assert_cmpuint(count(world, STATUS_PULL_NO_SOURCE), ==, 31);
    g_assert_cmpuint(told(world, 0)->attempts, ==, 31);
    g_assert_cmpstr(told(world, 0)->reason, ==, "no_source");
    expect_time(in_state_s(world, 0, TRANSFER_SOURCE_WAIT), 36000);
    world_free(world);
}

/* The source gets the content at 1201, just after the second look: the third is at 2400. */
static void source_comes_late(void)
{
    struct world *world = world_new(points(), alone(), 15);
    submit(world, 0, 3);
    sim_run(world->sim, 1201);
    give(world, 0, 0);
    run_and_expect(world, INFINITY, "a+2411 a=2471 ");
    expect_time(in_state_s(world, 0, TRANSFER_SOURCE_WAIT), 2400);
    world_free(world);
}

/* That the source has the package's files with another package does not make it a source of the package. */
static void files_are_no_package(void)
{
    struct scenario *s = points();
    uint32_t twin = small_empty_package(s, "twin", 0, PRIORITY_MEDIUM);
    small_files(s, twin, "first", 1, 1000);
    struct pull_params params = alone();
    params.retries = 0;
    struct world *world = world_new(s, params, 15);
    give(world, 0, 0);
    submit(world, twin, 3);
    run_and_expect(world, INFINITY, "a!0 ");
    world_free(world);
}

/* Room for two. c and d look at 0, when a and b are active, and at 1200, when nobody is. These waits are no retries:
 * there is none to spare. */
static void capacity(void)
{
    struct pull_params params = alone();
    params.max_jobs = 2;
    params.retries = 0;
    struct world *world = world_new(points(), params, 15);
    for (uint32_t i = 0; i < 3; i++)
        give(world, 0, i);
    submit(world, 0, 3);
    submit(world, 1, 3);
    submit(world, 2, 3);
    submit(world, 2, 4); /* another distribution point has its own room */
    run_and_expect(world, INFINITY, "a+11 b+11 d+11 a=71 b=71 d=71 c+1211 c=1271 ");
    g_assert_cmpuint(count(world, STATUS_PULL_NO_CAPACITY), ==, 1);
    expect_time(in_state_s(world, 2, TRANSFER_CAPACITY_WAIT), 1200);
    world_free(world);
}

/* The other reading: with one retry, b looks at 0 and 1200, when a still has the room, and gives up. */
static void capacity_wait_counts(void)
{
    struct pull_params params = alone();
    params.max_jobs = 1;
    params.retries = 1;
    params.capacity_wait_counts = true;
    params.state_message_delay_s = 3000;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "a+11 b!1200 a=3011 ");
    g_assert_cmpstr(told(world, 1)->reason, ==, "no_capacity");
    world_free(world);
}

/* A source is looked for first: with neither source nor room, it is 8212. */
static void source_before_capacity(void)
{
    struct pull_params params = alone();
    params.max_jobs = 1;
    params.retries = 0;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "b!0 a+11 a=71 ");
    g_assert_cmpuint(count(world, STATUS_PULL_NO_CAPACITY), ==, 0);
    g_assert_cmpuint(count(world, STATUS_PULL_NO_SOURCE), ==, 1);
    world_free(world);
}

/* Nobody to notify at 0; reached at 1200. */
static void cannot_be_reached(void)
{
    struct world *world = world_new(points(), alone(), 15);
    give(world, 0, 0);
    set_up(world, &world->from_site[3], false);
    submit(world, 0, 3);
    sim_run(world->sim, 600);
    set_up(world, &world->from_site[3], true);
    run_and_expect(world, INFINITY, "a+1211 a=1271 ");
    expect_time(in_state_s(world, 0, TRANSFER_RETRYING), 1200);
    g_assert_cmpuint(count(world, EVENT_PULL_NOT_NOTIFIED), ==, 1);
    world_free(world);
}

/* With one retry, the looks at 0 and 1200 are all. */
static void no_connection_is_a_try(void)
{
    struct pull_params params = alone();
    params.retries = 1;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    set_up(world, &world->from_site[3], false);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a!1200 ");
    g_assert_cmpstr(told(world, 0)->reason, ==, "destination_down");
    g_assert_cmpuint(count(world, EVENT_PULL_NOT_NOTIFIED), ==, 2);
    world_free(world);
}

/* ---- L2: downloads ---- */

/* S1 has rank 1, S2 rank 2, S0 rank 3, and they are not written in this order. b: S1 lacks it. c: so does S2. */
static void lowest_rank_first(void)
{
    struct scenario *s = points();
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 3, 2, 2, 0, 3, 1, 1);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t i = 0; i < 3; i++)
        give(world, 0, i);
    give(world, 1, 0);
    give(world, 2, 0);
    give(world, 2, 1);
    for (uint32_t i = 0; i < 3; i++)
        submit(world, i, 3);
    run_and_expect(world, INFINITY, "a+11 b+11 c+11 a=71 b=71 c=71 ");
    g_assert_cmpstr(told(world, 0)->from, ==, "S1");
    g_assert_cmpstr(told(world, 1)->from, ==, "S2");
    g_assert_cmpstr(told(world, 2)->from, ==, "S0");
    world_free(world);
}

/* S0 is lost at 6, 500 bytes into a file of 1000: S1 brings all of it, until 16. b has two files of 500: the first is
 * kept, and S1 brings the second until 11. */
static void next_source(void)
{
    struct scenario *s = points();
    uint32_t two = small_empty_package(s, "two files", 0, PRIORITY_MEDIUM);
    small_files(s, two, "half", 2, 500);
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 2, 0, 1, 1, 2);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t dp = 0; dp < 2; dp++) {
        give(world, dp, 0);
        give(world, dp, two);
    }
    submit(world, 0, 3);
    submit(world, two, 3);
    sim_run(world->sim, 6);
    set_up(world, &world->out[0].link, false);
    run_and_expect(world, INFINITY, "b+11 a+16 b=71 a=76 ");
    g_assert_cmpstr(told(world, 0)->from, ==, "S1");
    expect_bytes(told(world, 0)->bytes_resent, 500);
    expect_bytes(told(world, 0)->bytes_moved, 1500);
    expect_bytes(told(world, 1)->bytes_resent, 0);
    g_assert_cmpuint(count(world, EVENT_DOWNLOAD_FAILED), ==, 2);
    world_free(world);
}

static void damage(struct world *world, uint32_t dp, uint32_t package, enum damage how)
{
    distribution_point_damage(&world->dps[dp], package_newest(&world->content.packages[package]), how);
}

static struct scenario *two_sources(void)
{
    struct scenario *s = points();
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 2, 0, 1, 1, 2);
    return s;
}

/* The first source has lost a's files, and S1 brings them. Of b they have changed there: nobody sees that. c's are
 * missing on both, which the site does not know: it waits, from 1 until 1801, when S0 has them again. d shares c's
 * file, and has it already. */
static void missing_on_the_source(void)
{
    struct scenario *s = two_sources();
    uint32_t twin = small_empty_package(s, "twin", 0, PRIORITY_MEDIUM);
    small_files(s, twin, "third", 1, 1000);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t dp = 0; dp < 2; dp++)
        for (uint32_t i = 0; i < 3; i++)
            give(world, dp, i);
    give(world, 0, twin);
    damage(world, 0, 0, DAMAGE_MISSING);
    damage(world, 0, 1, DAMAGE_CORRUPT);
    damage(world, 0, 2, DAMAGE_MISSING);
    damage(world, 1, 2, DAMAGE_MISSING);
    for (uint32_t i = 0; i < 3; i++)
        submit(world, i, 3);
    sim_run(world->sim, 1000);
    damage(world, 0, 2, DAMAGE_NONE);
    sim_run(world->sim, 2000);
    damage(world, 0, 2, DAMAGE_MISSING);
    submit(world, twin, 3); /* d: notified at 2001 */
    run_and_expect(world, INFINITY, "a+11 b+11 a=71 b=71 c+1811 c=1871 d+2001 d=2061 ");
    g_assert_cmpstr(told(world, 0)->from, ==, "S1");
    g_assert_cmpstr(told(world, 1)->from, ==, "S0");
    g_assert_cmpuint(count(world, STATUS_PULL_NO_SOURCE), ==, 0);
    expect_time(record_when(world->record, "SRC", EVENT_SOURCES_FAILED, "P3", 0), 1);
    g_assert_cmpuint(count(world, EVENT_SOURCES_FAILED), ==, 1);
    world_free(world);
}

static enum damage damage_there(const struct world *world, uint32_t dp, uint32_t package)
{
    return library_damage_of(&world->dps[dp].library, package_newest(&world->content.packages[package]));
}

/* C3. a has changed on S0: P3 gets it so, and P4, which pulls from P3, from there. b is two file sets of 500: "one" has
 * come from S0, where it has changed, when S0 is lost at 6; "two", of which nothing has, comes from S1. c shares "one",
 * which P3 has. Then all is right on S0 again, and copying a again makes it right on P3. */
static void damage_spreads(void)
{
    struct scenario *s = two_sources();
    uint32_t b = small_empty_package(s, "b", 0, PRIORITY_MEDIUM), c = small_empty_package(s, "c", 0, PRIORITY_MEDIUM);
    uint32_t two = small_empty_package(s, "two", 0, PRIORITY_MEDIUM);
    small_files(s, b, "one", 1, 500);
    small_files(s, b, "two", 1, 500);
    small_files(s, c, "one", 1, 500);
    small_files(s, two, "two", 1, 500);
    g_array_unref(scenario_dp(s, 4)->sources);
    small_sources(s, 4, 1, 3, 1);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t dp = 0; dp < 2; dp++)
        for (uint32_t package = 0; package < 6; package++)
            give(world, dp, package);
    damage(world, 0, 0, DAMAGE_CORRUPT);
    damage(world, 0, c, DAMAGE_CORRUPT);
    submit(world, 0, 3);
    sim_run(world->sim, 100);
    submit(world, 0, 4);
    submit(world, b, 3);
    sim_run(world->sim, 106);
    set_up(world, &world->out[0].link, false);
    sim_run(world->sim, 200);
    g_assert_cmpint(damage_there(world, 3, 0), ==, DAMAGE_CORRUPT);
    g_assert_cmpint(damage_there(world, 4, 0), ==, DAMAGE_CORRUPT);
    g_assert_cmpint(damage_there(world, 3, b), ==, DAMAGE_CORRUPT);
    g_assert_cmpint(damage_there(world, 3, c), ==, DAMAGE_CORRUPT);
    g_assert_cmpint(damage_there(world, 3, two), ==, DAMAGE_NONE);
    damage(world, 0, 0, DAMAGE_NONE);
    set_up(world, &world->out[0].link, true);
    submit(world, 0, 3);
    world->jobs[world->n_jobs - 1]->again = true;
    sim_run(world->sim, INFINITY);
    g_assert_cmpint(damage_there(world, 3, 0), ==, DAMAGE_NONE);
    g_assert_cmpint(damage_there(world, 3, b), ==, DAMAGE_CORRUPT);
    world_free(world);
}

/* All download from S0 since 1. At 8 package a is removed from there, after 700 bytes of its two files of 500: the
 * first is kept, S1 brings the second until 13. b goes on. The file of c is lost: S1 brings all of it until 18. */
static void gone_from_the_source(void)
{
    struct scenario *s = two_sources();
    uint32_t two = small_empty_package(s, "two files", 0, PRIORITY_MEDIUM);
    small_files(s, two, "half", 2, 500);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t dp = 0; dp < 2; dp++) {
        give(world, dp, two);
        give(world, dp, 0);
        give(world, dp, 1);
    }
    submit(world, two, 3);
    submit(world, 0, 3);
    submit(world, 1, 3);
    sim_run(world->sim, 8);
    damage(world, 0, 1, DAMAGE_MISSING);
    distribution_point_remove(&world->dps[0], two);
    run_and_expect(world, INFINITY, "b+11 a+13 c+18 b=71 a=73 c=78 ");
    expect_bytes(told(world, 0)->bytes_resent, 200);
    expect_bytes(told(world, 1)->bytes_resent, 0);
    expect_bytes(told(world, 2)->bytes_resent, 700);
    g_assert_cmpuint(count(world, EVENT_DOWNLOAD_FAILED), ==, 2);
    g_assert_cmpuint(count_outcomes(world, "content_gone"), ==, 2);
    world_free(world);
}

/* S0 is lost at 6, S1 was never there: 30 minutes, then S0 again, which is back. The site's looks have nothing to do
 * with it, nor is it a retry. */
static void all_sources_fail(void)
{
    struct scenario *s = points();
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 2, 0, 1, 1, 2);
    struct pull_params params = alone();
    params.retries = 0;
    struct world *world = world_new(s, params, 15);
    give(world, 0, 0);
    give(world, 1, 0);
    set_up(world, &world->out[1].link, false);
    submit(world, 0, 3);
    sim_run(world->sim, 6);
    set_up(world, &world->out[0].link, false);
    sim_run(world->sim, 7);
    set_up(world, &world->out[0].link, true);
    run_and_expect(world, INFINITY, "a+1816 a=1876 ");
    expect_time(in_state_s(world, 0, TRANSFER_SOURCE_WAIT), 1800);
    expect_time(record_when(world->record, "SRC", EVENT_SOURCES_FAILED, "P3", 0), 6);
    g_assert_cmpuint(count(world, EVENT_SOURCES_FAILED), ==, 1);
    world_free(world);
}

/* One at a time: b is queued while a downloads. */
static void concurrent_downloads(void)
{
    struct pull_params params = alone();
    params.concurrent_downloads = 1;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "a+11 b+21 a=71 b=81 ");
    expect_time(in_state_s(world, 1, TRANSFER_QUEUED), 10);
    world_free(world);
}

/* Two of the three files are there with another package: 1000 of 3000 bytes move, and one file is added, 7 s. */
static void files_that_are_there(void)
{
    struct scenario *s = points();
    uint32_t large = small_empty_package(s, "large", 0, PRIORITY_MEDIUM);
    small_files(s, large, "first", 1, 1000);
    small_files(s, large, "second", 1, 1000);
    small_files(s, large, "new", 1, 1000);
    scenario_dp(s, 3)->per_file_time_s = 7;
    struct world *world = world_new(s, alone(), 15);
    give(world, 0, large);
    give(world, 3, 0);
    give(world, 3, 1);
    submit(world, large, 3);
    run_and_expect(world, INFINITY, "a+18 a=78 ");
    expect_time(in_state_s(world, 0, TRANSFER_ADDING), 7);
    expect_bytes(told(world, 0)->bytes_moved, 1000);
    world_free(world);
}

/* S0 and S1 are equal, S2 comes after them: of 60 packages each of the two brings some, S2 none; and twice the same. A
 * fair coin gives fewer than 15 of 60 once in 30,000 times. */
static char *random_sources(void)
{
    struct scenario *s = points();
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 3, 2, 2, 0, 1, 1, 1);
    for (uint32_t i = 3; i < 60; i++) {
        g_autofree char *id = g_strdup_printf("package %u", i);
        small_package(s, id, 0, PRIORITY_MEDIUM, 1000);
    }
    struct pull_params params = alone();
    params.max_jobs = 100;
    struct world *world = world_new(s, params, 100);
    for (uint32_t i = 0; i < 60; i++) {
        for (uint32_t dp = 0; dp < N_SOURCES; dp++)
            give(world, dp, i);
        submit(world, i, 3);
    }
    sim_run(world->sim, INFINITY);
    GString *from = g_string_new(NULL);
    uint32_t n[N_SOURCES] = {0};
    for (uint32_t i = 0; i < 60; i++) {
        g_string_append(from, told(world, i)->from);
        n[told(world, i)->from[1] - '0']++;
    }
    g_assert_cmpuint(n[2], ==, 0);
    g_assert_cmpuint(n[0], >=, 15);
    g_assert_cmpuint(n[1], >=, 15);
    world_free(world);
    return g_string_free(from, FALSE);
}

static void random_among_equals(void)
{
    g_autofree char *once = random_sources(), *twice = random_sources();
    g_assert_cmpstr(once, ==, twice);
}

/* When one of three equals is lost the other two are tried, each once, before it waits. */
static void every_equal_is_tried(void)
{
    struct scenario *s = points();
    g_array_unref(scenario_dp(s, 3)->sources);
    small_sources(s, 3, 3, 0, 1, 1, 1, 2, 1);
    struct world *world = world_new(s, alone(), 15);
    for (uint32_t dp = 0; dp < N_SOURCES; dp++)
        give(world, dp, 0);
    submit(world, 0, 3);
    char seen[N_SOURCES + 1] = "";
    for (uint32_t i = 0; i < N_SOURCES; i++) {
        sim_run(world->sim, 3 + 2 * i);
        g_assert_cmpint(world->jobs[0]->state, ==, TRANSFER_MOVING);
        seen[i] = world->jobs[0]->from[1];
        g_assert_null(memchr(seen, seen[i], i));
        set_up(world, &world->out[seen[i] - '0'].link, false);
    }
    g_assert_cmpint(world->jobs[0]->state, ==, TRANSFER_SOURCE_WAIT);
    world_free(world);
}

/* ---- L3: how the site learns of it ---- */

/* All state messages are lost: the poll of 60 minutes after the notification finds it. */
static void message_lost(void)
{
    struct pull_params params = alone();
    params.state_message_loss_percent = 100;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+11 a=3601 ");
    expect_time(record_when(world->record, "SRC", STATUS_SUCCESS_REPORTED, "P3", 0), 3601);
    g_assert_cmpuint(count(world, EVENT_STATE_MESSAGE_LOST), ==, 1);
    world_free(world);
}

/* The download takes 4000 s: the first poll, at 3601, finds nothing, and the message is there before the second. */
static void poll_too_early(void)
{
    struct pull_params params = alone();
    params.max_rate_bytes_per_s = 0.25;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+4001 a=4061 ");
    g_assert_cmpuint(count(world, STATUS_SUCCESS_REPORTED), ==, 0);
    world_free(world);
}

/* A poll overtakes a state message that takes three hours. */
static void poll_before_message(void)
{
    struct pull_params params = alone();
    params.state_message_delay_s = 10800;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+11 a=3601 ");
    world_free(world);
}

/* The distribution point cannot be polled at 3601; at 7201 it can. */
static void poll_needs_a_connection(void)
{
    struct pull_params params = alone();
    params.state_message_loss_percent = 100;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    sim_run(world->sim, 3600);
    set_up(world, &world->from_site[3], false);
    sim_run(world->sim, 3602);
    set_up(world, &world->from_site[3], true);
    run_and_expect(world, INFINITY, "a+11 a=7201 ");
    world_free(world);
}

/* The message is due at 71, while the distribution point cannot be reached, from 30 to 200. Meanwhile, at 101, the site
 * polls for the last time, and cancels the job: the message arrives all the same. b, to another point, does not wait.
 */
static void message_waits_for_a_connection(void)
{
    struct pull_params params = alone();
    params.poll_interval_s = 100;
    params.polls = 1;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    submit(world, 0, 4);
    sim_run(world->sim, 30);
    set_up(world, &world->from_site[3], false);
    sim_run(world->sim, 150);
    set_up(world, &world->from_site[2], true); /* something else can be reached again */
    sim_run(world->sim, 200);
    g_assert_cmpuint(world->held_up.length, ==, 1);
    set_up(world, &world->from_site[3], true);
    run_and_expect(world, INFINITY, "a+11 b+11 b=71 a=200 ");
    expect_time(record_when(world->record, "SRC", EVENT_PULL_CANCELLED, "P3", 0), 101);
    world_free(world);
}

/* 10,000 s of download and two polls: the site cancels the job at 7201, which makes room (b, which looked at 0, 1200,
 * ..., 7200 in vain, gets it at 8400), but the download goes on, and its message still arrives. */
static void last_poll(void)
{
    struct pull_params params = alone();
    params.max_rate_bytes_per_s = 0.1;
    params.polls = 2;
    params.max_jobs = 1;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "a+10001 a=10061 b+18401 b=18461 ");
    expect_time(record_when(world->record, "SRC", EVENT_PULL_CANCELLED, "P3", 0), 7201);
    world_free(world);
}

/* The same without messages: the content is there and the site never knows. */
static void site_never_knows(void)
{
    struct pull_params params = alone();
    params.max_rate_bytes_per_s = 0.1;
    params.polls = 2;
    params.state_message_loss_percent = 100;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    submit(world, 0, 3);
    run_and_expect(world, INFINITY, "a+10001 a!10001 ");
    g_assert_cmpstr(told(world, 0)->reason, ==, "no_report");
    world_free(world);
}

/* No polls at all, and every message lost: the job ends with its message, and gives its place back. b, which found no
 * room at 0, has it at 1200. */
static void nobody_polls(void)
{
    struct pull_params params = alone();
    params.polls = 0;
    params.max_jobs = 1;
    params.state_message_loss_percent = 100;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "a+11 a!11 b+1211 b!1211 ");
    g_assert_cmpstr(told(world, 0)->reason, ==, "no_report");
    world_free(world);
}

/* Room for one, and the site knows of a at 3011: b looks at 0, 1200, 2400 in vain. */
static void place_is_kept_until_the_site_knows(void)
{
    struct pull_params params = alone();
    params.max_jobs = 1;
    params.state_message_delay_s = 3000;
    struct world *world = world_new(points(), params, 15);
    give(world, 0, 0);
    give(world, 0, 1);
    submit(world, 0, 3);
    submit(world, 1, 3);
    run_and_expect(world, INFINITY, "a+11 a=3011 b+3611 b=6611 ");
    world_free(world);
}

/* About a third of 60 messages is lost; each distribution point and package has its own luck. */
static void some_messages_are_lost(void)
{
    struct scenario *s = points();
    for (uint32_t i = 3; i < 60; i++) {
        g_autofree char *id = g_strdup_printf("package %u", i);
        small_package(s, id, 0, PRIORITY_MEDIUM, 1000);
    }
    struct pull_params params = alone();
    params.max_jobs = 100;
    params.state_message_loss_percent = 100.0 / 3;
    struct world *world = world_new(s, params, 100);
    for (uint32_t i = 0; i < 60; i++) {
        give(world, 0, i);
        submit(world, i, 3);
    }
    sim_run(world->sim, INFINITY);
    uint32_t lost = count(world, EVENT_STATE_MESSAGE_LOST);
    g_assert_cmpuint(lost, >=, 8); /* 20 expected, standard deviation 3.65 */
    g_assert_cmpuint(lost, <=, 32);
    g_assert_cmpuint(count(world, STATUS_SUCCESS_REPORTED), ==, lost);
    world_free(world);
}

/* The published log of a pull distribution point, seconds since the job at 20:05:18.665: a package of 5,532 KB; the
 * notification was sent at 20:06:04 (its next poll, 60 minutes later, is due at 21:06:04), the state message at
 * 20:06:18, 59.3 s after the job. What the log does not show is put in: 44.335 s until the thread starts and 1 s of
 * notifying, and 14 s of downloading, 5,664,768 bytes at 404,626.3 bytes/s. */
static void published_log(void)
{
    struct scenario *s = points();
    uint32_t package = small_package(s, "P010000F", 0, PRIORITY_MEDIUM, 5532 * 1024);
    struct pull_params params = alone();
    params.max_rate_bytes_per_s = 5532 * 1024 / 14.0;
    params.state_message_loss_percent = 100;
    struct world *world = world_new(s, params, 15);
    world->manager_params.start_delay_s = 44.335;
    give(world, 0, package);
    submit(world, package, 3);
    sim_run(world->sim, INFINITY);
    expect_near(record_when(world->record, NULL, EVENT_PULL_NOTIFIED, NULL, 0), 45.335, 1e-6, "notified", __FILE__,
                __LINE__);
    expect_near(record_when(world->record, NULL, EVENT_STATE_MESSAGE_LOST, NULL, 0), 59.335, 1e-6, "message", __FILE__,
                __LINE__);
    expect_near(record_when(world->record, NULL, STATUS_SUCCESS_REPORTED, NULL, 0), 45.335 + 3600, 1e-6, "poll",
                __FILE__, __LINE__);
    world_free(world);
}

/* ---- the end of the run ---- */

/* One job in every state that a job can be left in. */
static void abandoned(void)
{
    static const double ends_s[] = {0, 0.5, 1, 6, 6.5, 11, 30, 1000, 1806};
    for (size_t i = 0; i < G_N_ELEMENTS(ends_s); i++) {
        struct pull_params params = alone();
        params.max_jobs = 2;
        params.concurrent_downloads = 1;
        struct world *world = world_new(points(), params, 1);
        give(world, 0, 0);
        give(world, 0, 1);
        submit(world, 0, 3);
        submit(world, 1, 3);
        submit(world, 0, 4);
        submit(world, 2, 4);
        submit(world, 0, 3);
        sim_run(world->sim, fmin(ends_s[i], 6));
        if (ends_s[i] > 6)
            set_up(world, &world->out[0].link, false);
        sim_run(world->sim, ends_s[i]);
        if (ends_s[i] == 30) {
            set_up(world, &world->from_site[3], false);
            sim_run(world->sim, 100); /* a message is held up */
        }
        world_free(world);
    }
}

/* ---- in a hierarchy ---- */

/* SRC has a standard distribution point, 1000 bytes/s away; NEAR pulls from it at 100 bytes/s, FAR from NEAR at 50. */
static struct scenario *chain(void)
{
    struct scenario *s = small_scenario();
    s->until_s = 100000;
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "room", 0, 1000);
    small_location(s, "near", 0, 100);
    small_location(s, "far", 2, 50);
    small_site(s, "SRC", SITE_PRIMARY, -1, 0);
    small_dp(s, "STD", 0, 1);
    small_dp(s, "NEAR", 0, 2);
    small_dp(s, "FAR", 0, 3);
    small_sources(s, 1, 1, 0, 1);
    small_sources(s, 2, 1, 1, 1);
    scenario_site(s, 0)->pull.notify_time_s = 1;
    scenario_site(s, 0)->pull.state_message_delay_s = 60;
    small_package(s, "first", 0, PRIORITY_MEDIUM, 1000);
    return s;
}

/* On STD at 1. NEAR's source is looked for at 0 and 1200, its content is there at 1200 + 1 + 10. FAR's looks at 0 and
 * 1200 find nothing on NEAR; that of 2400 does: 2400 + 1 + 20. */
static void chain_of_three(void)
{
    struct scenario *s = chain();
    small_distribute(s, 0, 0, 3, 0, 1, 2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, 1, 1, 1);
    small_run_expect_delivered(run, 0, 1, 1211, 1271, 1271);
    small_run_expect_delivered(run, 0, 2, 2421, 2481, 2481);
    small_run_expect_causes(run, 0, 1, "transfer_thread_wait", 1.0, "source_wait", 1200.0, "copying", 10.0, NULL);
    small_run_expect_causes(run, 0, 2, "transfer_thread_wait", 1.0, "source_wait", 2400.0, "copying", 20.0, NULL);
    g_assert_cmpstr(record_transfer(run->record, 0, "FAR")->from, ==, "NEAR");
    small_run_free(run);
}

/* NEAR downloads from STD since 1201, at 100 bytes/s, when STD's location fails at 1205: the 400 bytes of its only file
 * are lost, and STD2, at headquarters, brings all of it until 1215. */
static void outage_of_a_source(void)
{
    struct scenario *s = chain();
    uint32_t second = small_dp(s, "STD2", 0, -1);
    g_array_unref(scenario_dp(s, 1)->sources);
    small_sources(s, 1, 2, 0, 1, second, 2);
    small_fault(s, 1, 1205, 1000);
    small_distribute(s, 0, 0, 2, 0, second);
    small_distribute(s, 1200, 0, 1, 1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 1, 1215, 1275, 1275);
    small_run_expect_causes(run, 0, 1, "transfer_thread_wait", 1.0, "copying", 14.0, NULL);
    g_assert_cmpstr(record_transfer(run->record, 0, "NEAR")->from, ==, "STD2");
    expect_bytes(record_transfer(run->record, 0, "NEAR")->bytes_resent, 400);
    small_run_free(run);
}

/* The source may belong to another site: PS2's pulls from PS1's standard one, 10 s at 100 bytes/s, although the content
 * reaches PS2's own server only to be known there (one hop from the central site, at once). */
static void source_of_another_site(void)
{
    struct scenario *s = small_scenario();
    s->until_s = 100000;
    small_location(s, "hq", -1, INFINITY);
    small_location(s, "one", 0, 100);
    small_location(s, "two", 0, INFINITY);
    small_site(s, "CAS", SITE_CENTRAL, -1, 0);
    small_site(s, "PS1", SITE_PRIMARY, 0, 1);
    small_site(s, "PS2", SITE_PRIMARY, 0, 2);
    small_dp(s, "ONE", 1, -1);
    small_dp(s, "TWO", 2, -1);
    small_sources(s, 1, 1, 0, 1);
    small_package(s, "first", 0, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, 0, 1, 0);
    small_distribute(s, 5000, 0, 1, 1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 0, 10, 10, 10);
    small_run_expect_delivered(run, 0, 1, 5010, 5010, 5010);
    small_run_expect_causes(run, 0, 1, "copying", 10.0, NULL);
    small_run_free(run);
}

static struct action_spec *configure(struct scenario *s, double at_s, uint32_t dp, enum dp_type type)
{
    struct action_spec action = {.at_s = at_s, .what = ACTION_CONFIGURE, .console = -1, .type = type};
    action.to.members = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_array_append_val(action.to.members, dp);
    action.sources = g_array_new(FALSE, FALSE, sizeof(struct pull_source_spec));
    g_array_append_val(s->actions, action);
    return &g_array_index(s->actions, struct action_spec, s->actions->len - 1);
}

/* FAR, 50 bytes/s away, is standard. Its first copy is under way, 20 s, when it is made to pull from STD at 10: the
 * copy ends as it began, and the next package is pulled. From 200 on it is standard again. */
static void configured_in_mid_run(void)
{
    struct scenario *s = chain();
    g_array_unref(scenario_dp(s, 2)->sources);
    scenario_dp(s, 2)->sources = NULL;
    scenario_dp(s, 2)->type = DP_STANDARD;
    small_package(s, "second", 0, PRIORITY_MEDIUM, 1000);
    small_package(s, "third", 0, PRIORITY_MEDIUM, 1000);
    small_distribute(s, 0, 0, 2, 0, 2);
    small_distribute(s, 0, 1, 1, 0);
    const struct pull_source_spec source = {.dp = 0, .rank = 1};
    g_array_append_val(configure(s, 10, 2, DP_PULL)->sources, source);
    small_distribute(s, 100, 1, 1, 2);
    configure(s, 200, 2, DP_STANDARD);
    small_distribute(s, 300, 2, 1, 2);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 2, 20, 20, 20);
    small_run_expect_delivered(run, 1, 2, 121, 181, 181);
    small_run_expect_delivered(run, 2, 2, 320, 320, 320);
    g_assert_cmpint(record_transfer(run->record, 0, "FAR")->kind, ==, TRANSFER_DP_JOB);
    g_assert_cmpint(record_transfer(run->record, 1, "FAR")->kind, ==, TRANSFER_PULL_JOB);
    g_assert_cmpint(record_transfer(run->record, 2, "FAR")->kind, ==, TRANSFER_DP_JOB);
    g_assert_cmpuint(record_count(run->record, "SRC", EVENT_CONFIGURED, "FAR"), ==, 2);
    small_run_free(run);
}

/* Nobody ever gives NEAR the content: FAR's delivery fails after 10 hours, with a reason. */
static void delivery_fails(void)
{
    struct scenario *s = chain();
    small_distribute(s, 0, 0, 1, 2);
    struct small_run *run = small_run_all(s, false);
    const struct told_delivery *delivery = record_delivery(run->record, 0, 2);
    g_assert_cmpint(delivery->last.state, ==, DELIVERY_FAILED);
    g_assert_cmpstr(delivery->last.reason, ==, "no_source");
    expect_time(record_transfer(run->record, 0, "FAR")->finished_s, 36000);
    small_run_free(run);
}

/* When the run ends at 1000 NEAR waits for a source; at 1205 it is downloading. */
static void open_at_the_end(void)
{
    static const struct {
        double until_s;
        const char *waits_for;
        double bytes;
    } ends[] = {{1000, "source_wait", 0}, {1205, "copying", 400}};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        struct scenario *s = chain();
        s->until_s = ends[i].until_s;
        small_distribute(s, 0, 0, 2, 0, 1);
        struct small_run *run = small_run_all(s, false);
        g_assert_cmpint(record_delivery(run->record, 0, 1)->last.state, ==, DELIVERY_OPEN);
        g_assert_cmpstr(record_delivery(run->record, 0, 1)->last.reason, ==, ends[i].waits_for);
        expect_bytes(record_delivery(run->record, 0, 1)->last.bytes, ends[i].bytes);
        expect_bytes(record_transfer(run->record, 0, "NEAR")->bytes_moved, ends[i].bytes);
        g_assert_cmpuint(record_transfer(run->record, 0, "NEAR")->n_open, ==, 1);
        small_run_free(run);
    }
}

static const struct told_delivery *delivery_number(const struct small_run *run, guint i)
{
    g_assert_cmpuint(i, <, run->record->deliveries->len);
    return &g_array_index(run->record->deliveries, struct told_delivery, i);
}

/* NEAR downloads from 1 to 11; polled at 3 and 5, its job is cancelled. Distributed again at 4 nothing happens; at 7
 * there is a new job, which waits for the end of the download, finds at 12 that nothing is to be moved, and is polled
 * at 14. At 100 the site knows: nothing happens. */
static void distributed_again_after_the_last_poll(void)
{
    struct scenario *s = chain();
    scenario_site(s, 0)->pull.poll_interval_s = 2;
    scenario_site(s, 0)->pull.polls = 2;
    small_preload(s, 0, 0, 0);
    static const double at_s[] = {0, 4, 7, 100};
    for (size_t i = 0; i < G_N_ELEMENTS(at_s); i++)
        small_distribute(s, at_s[i], 0, 1, 1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    expect_time(delivery_number(run, 0)->last.on_dp_s, 11);
    expect_time(delivery_number(run, 0)->last.site_knows_s, 71);
    expect_time(delivery_number(run, 1)->last.requested_s, 7);
    expect_time(delivery_number(run, 1)->last.on_dp_s, 12);
    expect_time(delivery_number(run, 1)->last.site_knows_s, 14);
    expect_bytes(delivery_number(run, 1)->last.bytes, 0);
    small_run_free(run);
}

/* The same: nobody asks before 100, when the message of 71 has told the site. */
static void told_after_the_last_poll(void)
{
    struct scenario *s = chain();
    scenario_site(s, 0)->pull.poll_interval_s = 2;
    scenario_site(s, 0)->pull.polls = 2;
    small_preload(s, 0, 0, 0);
    small_distribute(s, 0, 0, 1, 1);
    small_distribute(s, 100, 0, 1, 1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 1);
    small_run_expect_delivered(run, 0, 1, 11, 71, 71);
    small_run_free(run);
}

/* On NEAR at 11, and the site will never know: distributed again at 100 it gets another job. */
static void distributed_again_when_nobody_knows(void)
{
    struct scenario *s = chain();
    scenario_site(s, 0)->pull.polls = 0;
    scenario_site(s, 0)->pull.state_message_loss_percent = 100;
    small_preload(s, 0, 0, 0);
    small_distribute(s, 0, 0, 1, 1);
    small_distribute(s, 100, 0, 1, 1);
    struct small_run *run = small_run_all(s, false);
    g_assert_cmpuint(run->record->deliveries->len, ==, 2);
    expect_time(delivery_number(run, 0)->last.on_dp_s, 11);
    expect_time(delivery_number(run, 1)->last.on_dp_s, 101);
    g_assert_true(isnan(delivery_number(run, 1)->last.site_knows_s));
    g_assert_cmpuint((guint)small_run_pool(run, "NEAR", POOL_PULL_JOBS)->slots->in_use.value, ==, 0);
    small_run_free(run);
}

/* NEAR's location is down from 30 to 200, and the state message of 71 arrives when it is back. */
static void reports_when_it_is_back(void)
{
    struct scenario *s = chain();
    small_preload(s, 0, 0, 0);
    small_distribute(s, 0, 0, 1, 1);
    small_fault(s, 2, 30, 170);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 1, 11, 200, 200);
    small_run_free(run);
}

/* Between content and message: delivered, and the site does not know. */
static void reporting_at_the_end(void)
{
    struct scenario *s = chain();
    s->until_s = 1250;
    small_distribute(s, 0, 0, 2, 0, 1);
    struct small_run *run = small_run_all(s, false);
    small_run_expect_delivered(run, 0, 1, 1211, NAN, NAN);
    g_assert_cmpuint(record_transfer(run->record, 0, "NEAR")->n_open, ==, 1);
    small_run_free(run);
}

/* Active jobs are a pool of their own, for pictures: NEAR's is in use from the notification to the state message. */
static void pool_of_active_jobs(void)
{
    struct scenario *s = chain();
    s->until_s = 2000;
    small_distribute(s, 0, 0, 2, 0, 1);
    struct small_run *run = small_run_all(s, false);
    const struct hierarchy_pool *pool = small_run_pool(run, "NEAR", POOL_PULL_JOBS);
    g_assert_cmpuint(pool->slots->capacity, ==, 50);
    expect_time(sim_level_integral(&pool->slots->in_use, 2000), 1 + 10 + 60);
    small_run_free(run);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/pull/L1/notify-download-report", notify_download_report);
    g_test_add_func("/pull/L1/thread-only-notifies", thread_only_notifies);
    g_test_add_func("/pull/L1/limits-do-not-matter", limits_do_not_matter);
    g_test_add_func("/pull/L1/no-source", no_source);
    g_test_add_func("/pull/L1/source-comes-late", source_comes_late);
    g_test_add_func("/pull/L1/files-are-no-package", files_are_no_package);
    g_test_add_func("/pull/L1/capacity", capacity);
    g_test_add_func("/pull/L1/capacity-wait-counts", capacity_wait_counts);
    g_test_add_func("/pull/L1/source-before-capacity", source_before_capacity);
    g_test_add_func("/pull/L1/cannot-be-reached", cannot_be_reached);
    g_test_add_func("/pull/L1/no-connection-is-a-try", no_connection_is_a_try);
    g_test_add_func("/pull/L2/lowest-rank-first", lowest_rank_first);
    g_test_add_func("/pull/L2/next-source", next_source);
    g_test_add_func("/pull/L2/missing-on-the-source", missing_on_the_source);
    g_test_add_func("/pull/C3/damage-spreads", damage_spreads);
    g_test_add_func("/pull/L2/gone-from-the-source", gone_from_the_source);
    g_test_add_func("/pull/L2/all-sources-fail", all_sources_fail);
    g_test_add_func("/pull/L2/concurrent-downloads", concurrent_downloads);
    g_test_add_func("/pull/L2/files-that-are-there", files_that_are_there);
    g_test_add_func("/pull/L2/random-among-equals", random_among_equals);
    g_test_add_func("/pull/L2/every-equal-is-tried", every_equal_is_tried);
    g_test_add_func("/pull/L3/message-lost", message_lost);
    g_test_add_func("/pull/L3/poll-too-early", poll_too_early);
    g_test_add_func("/pull/L3/poll-before-message", poll_before_message);
    g_test_add_func("/pull/L3/poll-needs-a-connection", poll_needs_a_connection);
    g_test_add_func("/pull/L3/message-waits-for-a-connection", message_waits_for_a_connection);
    g_test_add_func("/pull/L3/last-poll", last_poll);
    g_test_add_func("/pull/L3/site-never-knows", site_never_knows);
    g_test_add_func("/pull/L3/nobody-polls", nobody_polls);
    g_test_add_func("/pull/L3/place-is-kept-until-the-site-knows", place_is_kept_until_the_site_knows);
    g_test_add_func("/pull/L3/some-messages-are-lost", some_messages_are_lost);
    g_test_add_func("/pull/L3/published-log", published_log);
    g_test_add_func("/pull/end/abandoned", abandoned);
    g_test_add_func("/pull/hierarchy/L2/chain-of-three", chain_of_three);
    g_test_add_func("/pull/hierarchy/L2/outage-of-a-source", outage_of_a_source);
    g_test_add_func("/pull/hierarchy/L2/source-of-another-site", source_of_another_site);
    g_test_add_func("/pull/hierarchy/L3/configured-in-mid-run", configured_in_mid_run);
    g_test_add_func("/pull/hierarchy/L1/delivery-fails", delivery_fails);
    g_test_add_func("/pull/hierarchy/L2/open-at-the-end", open_at_the_end);
    g_test_add_func("/pull/hierarchy/L3/distributed-again-after-the-last-poll", distributed_again_after_the_last_poll);
    g_test_add_func("/pull/hierarchy/L3/told-after-the-last-poll", told_after_the_last_poll);
    g_test_add_func("/pull/hierarchy/L3/distributed-again-when-nobody-knows", distributed_again_when_nobody_knows);
    g_test_add_func("/pull/hierarchy/L3/reports-when-it-is-back", reports_when_it_is_back);
    g_test_add_func("/pull/hierarchy/L3/reporting-at-the-end", reporting_at_the_end);
    g_test_add_func("/pull/hierarchy/L1/pool-of-active-jobs", pool_of_active_jobs);
    return g_test_run();
}
