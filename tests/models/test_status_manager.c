/* Status reports of distribution points at their site (X4): one at a time, in order of arrival. */
#include "models/status_manager.h"

#include <glib.h>

#include "tests/support/small.h"

#define N_REPORTS 4

struct world {
    struct sim *sim;
    struct status_manager_params params;
    struct status_manager manager;
    struct status_report reports[N_REPORTS];
    GString *said;
};

static void known(struct status_report *report)
{
    struct world *world = SIM_OWNER(struct world, manager, report->manager);
    g_string_append_printf(world->said, "%c%.10g ", (int)('a' + (report - world->reports)), sim_now(world->sim));
}

static struct world *world_new(double status_time_s)
{
    struct world *world = g_new0(struct world, 1);
    world->sim = sim_new(1, 0);
    world->params.status_time_s = status_time_s;
    status_manager_init(&world->manager, world->sim, &world->params);
    world->manager.known = known;
    world->said = g_string_new(NULL);
    return world;
}

static void world_free(struct world *world)
{
    for (int i = 0; i < N_REPORTS; i++)
        status_manager_abandon(&world->reports[i]);
    status_manager_clear(&world->manager);
    sim_free(world->sim);
    g_string_free(world->said, TRUE);
    g_free(world);
}

static void receive(struct world *world, int i)
{
    status_manager_receive(&world->manager, &world->reports[i]);
}

/* Two at 0 and one at 1 take 4 s each: 4, 8, 12; the next, at 20, waits for nobody. */
static void one_at_a_time(void)
{
    struct world *world = world_new(4);
    receive(world, 0);
    receive(world, 1);
    sim_run(world->sim, 1);
    receive(world, 2);
    sim_run(world->sim, 20);
    receive(world, 3);
    sim_run(world->sim, INFINITY);
    g_assert_cmpstr(world->said->str, ==, "a4 b8 c12 d24 ");
    world_free(world);
}

static void no_time(void)
{
    struct world *world = world_new(0);
    receive(world, 1);
    receive(world, 0);
    sim_run(world->sim, INFINITY);
    g_assert_cmpstr(world->said->str, ==, "b0 a0 ");
    world_free(world);
}

/* One being taken in, one in line, one known, one never received. */
static void abandoned(void)
{
    struct world *world = world_new(4);
    receive(world, 0);
    receive(world, 1);
    receive(world, 2);
    sim_run(world->sim, 6);
    g_assert_cmpstr(world->said->str, ==, "a4 ");
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/status-manager/X4/one-at-a-time", one_at_a_time);
    g_test_add_func("/status-manager/X4/no-time", no_time);
    g_test_add_func("/status-manager/end/abandoned", abandoned);
    return g_test_run();
}
