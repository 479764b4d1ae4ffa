/* Locations, their links and the paths between hosts (N1 to N5, T1), without anything that uses them but hand-made
 * flows.
 *
 *   hq ---- lyon ---- depot
 *      \--- oslo
 */
#include "models/topology.h"

#include <glib.h>
#include <string.h>

#include "tests/support/small.h"

enum { HQ, LYON, OSLO, DEPOT };

#define MONDAY_10_30 1463394600.0 /* 2016-05-16T10:30:00, a Monday: day 16937 since 1970 */

struct world {
    struct scenario *scenario;
    struct sim *sim;
    struct observer observer;
    struct partition partition;
    struct topology topology;
    GString *capacities; /* "name capacity@time ", of each change */
    double last[16];     /* capacity of each link */
    GString *flows;      /* "+time " done, "-time:bytes " lost */
    struct sim_flow flow;
};

static void link_changed(void *ctx, uint32_t link, double bytes_per_s, double capacity_bytes_per_s, double now_s)
{
    struct world *world = ctx;
    const struct hierarchy_link *named = world->topology.links->pdata[link];
    (void)bytes_per_s;
    g_assert_cmpuint(named->index, ==, link);
    g_assert_cmpuint(link, <, G_N_ELEMENTS(world->last));
    if (capacity_bytes_per_s == world->last[link])
        return;
    world->last[link] = capacity_bytes_per_s;
    g_string_append_printf(world->capacities, "%s %.10g@%.10g ", named->name, capacity_bytes_per_s, now_s);
}

static void done(struct sim *sim, struct sim_flow *flow)
{
    struct world *world = SIM_OWNER(struct world, flow, flow);
    g_string_append_printf(world->flows, "+%.10g ", sim_now(sim));
}

static void lost(struct sim *sim, struct sim_flow *flow)
{
    struct world *world = SIM_OWNER(struct world, flow, flow);
    g_string_append_printf(world->flows, "-%.10g:%.10g ", sim_now(sim),
                           sim_flow_delivered(world->topology.network, flow));
}

static struct scenario *four_locations(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "hq", -1, 1);
    small_location(s, "lyon", HQ, 1000);
    small_location(s, "oslo", HQ, 2000);
    small_location(s, "depot", LYON, 300);
    small_site(s, "TOP", SITE_PRIMARY, -1, HQ);
    return s;
}

static struct world *world_new(struct scenario *scenario)
{
    struct world *world = g_new0(struct world, 1);
    world->scenario = scenario;
    world->sim = sim_new(1, 0);
    world->observer = observer_none;
    world->observer.ctx = world;
    world->observer.link_changed = link_changed;
    world->capacities = g_string_new(NULL);
    world->flows = g_string_new(NULL);
    partition_init(&world->partition, scenario, false);
    topology_init(&world->topology, &world->sim, &world->partition, scenario, &world->observer, NULL);
    for (guint i = 0; i < world->topology.links->len; i++)
        world->last[i] = ((const struct hierarchy_link *)world->topology.links->pdata[i])->nominal_bytes_per_s;
    return world;
}

static void world_free(struct world *world)
{
    if (world->flow.moving)
        sim_flow_stop(world->topology.network, &world->flow);
    sim_flow_clear(&world->flow);
    topology_clear(&world->topology);
    partition_clear(&world->partition);
    sim_free(world->sim);
    scenario_free(world->scenario);
    g_string_free(world->capacities, TRUE);
    g_string_free(world->flows, TRUE);
    g_free(world);
}

static struct host host(struct world *world, const char *name, int32_t location, double interface, double disk)
{
    struct host h;
    topology_add_host(&world->topology, (struct host_parts){0}, &h, name, location, interface, disk, NULL);
    return h;
}

static void expect_path(const struct host *from, const struct host *to, struct hierarchy_link *extra,
                        const char *expected, double round_trip_s)
{
    g_autoptr(GPtrArray) links = g_ptr_array_new();
    g_autoptr(GString) names = g_string_new(NULL);
    expect_time(topology_path(from, to, extra, links), round_trip_s);
    for (guint i = 0; i < links->len; i++) {
        const struct sim_link *link = links->pdata[i];
        const struct hierarchy_link *named = link->owner;
        g_string_append_printf(names, "%s%s", i ? ", " : "", named->name);
    }
    g_assert_cmpstr(names->str, ==, expected);
}

/* A flow over the access links between two places, and nothing else. */
static void start_flow(struct world *world, int32_t from, int32_t to, double bytes)
{
    struct host a = host(world, "a", from, INFINITY, INFINITY), b = host(world, "b", to, INFINITY, INFINITY);
    g_autoptr(GPtrArray) links = g_ptr_array_new();
    topology_path(&a, &b, NULL, links);
    sim_flow_init(&world->flow, (struct sim_link *const *)links->pdata, links->len, done, lost);
    sim_flow_start(world->topology.network, &world->flow, bytes, INFINITY);
}

/* ---- N1: paths ------------------------------------------------------------------------------------------------------
 */

static void paths(void)
{
    struct world *world = world_new(four_locations());
    struct host hq = host(world, "A", HQ, 100, INFINITY), lyon = host(world, "B", LYON, 100, 50);
    struct host depot = host(world, "C", DEPOT, INFINITY, 60), oslo = host(world, "D", OSLO, 100, INFINITY);
    struct host next = host(world, "E", LYON, 100, INFINITY);
    expect_path(&hq, &lyon, NULL, "A interface out, lyon down, B interface in, B disk", 0);
    expect_path(&lyon, &hq, NULL, "B disk, B interface out, lyon up, A interface in", 0);
    expect_path(&depot, &oslo, NULL, "C disk, depot up, lyon up, oslo down, D interface in", 0);
    expect_path(&oslo, &depot, NULL, "D interface out, oslo up, lyon down, depot down, C disk", 0);
    /* In one location only the interfaces are shared; on one host, only its disk (N5). */
    expect_path(&lyon, &next, NULL, "B disk, B interface out, E interface in", 0);
    expect_path(&lyon, &lyon, NULL, "B disk", 0);
    expect_path(&hq, &hq, NULL, "", 0);
    /* A route's bandwidth is in series (N2). */
    struct hierarchy_link *route = topology_add_link(&world->topology, 0, LINK_ROUTE, "TOP to SUB", 10);
    expect_path(&hq, &oslo, route, "A interface out, oslo down, TOP to SUB route, D interface in", 0);
    world_free(world);
}

/* Between a server and itself there is no network: nothing to share, no round-trip time, no window cap. */
static void on_one_server(void)
{
    struct scenario *s = four_locations();
    scenario_location(s, LYON)->latency_s = 0.015;
    struct world *world = world_new(s);
    struct host server = host(world, "A", LYON, 100, INFINITY), with_disk = host(world, "B", LYON, 100, 50);
    enum transfer_limit cap_kind;
    expect_path(&server, &server, NULL, "", 0);
    expect_path(&with_disk, &with_disk, NULL, "B disk", 0);
    g_assert_true(isinf(topology_cap(1000, 0, INFINITY, &cap_kind)));
    world_free(world);
}

/* Twice the sum of 15 ms and 5 ms and 40 ms between depot and oslo. */
static void latencies(void)
{
    struct scenario *s = four_locations();
    scenario_location(s, LYON)->latency_s = 0.015;
    scenario_location(s, DEPOT)->latency_s = 0.005;
    scenario_location(s, OSLO)->latency_s = 0.040;
    struct world *world = world_new(s);
    struct host lyon = host(world, "B", LYON, INFINITY, INFINITY), depot = host(world, "C", DEPOT, INFINITY, INFINITY);
    struct host oslo = host(world, "D", OSLO, INFINITY, INFINITY);
    expect_path(&depot, &oslo, NULL, "depot up, lyon up, oslo down", 0.120);
    expect_path(&lyon, &depot, NULL, "depot down", 0.010);
    world_free(world);
}

/* Locations may be listed before their parents. */
static void children_first(void)
{
    struct scenario *s = small_scenario();
    small_location(s, "depot", 1, 10);
    small_location(s, "lyon", 2, 20);
    small_location(s, "hq", -1, 30);
    small_site(s, "TOP", SITE_PRIMARY, -1, 2);
    struct world *world = world_new(s);
    struct host depot = host(world, "A", 0, INFINITY, INFINITY), hq = host(world, "B", 2, INFINITY, INFINITY);
    expect_path(&depot, &hq, NULL, "depot up, lyon up", 0);
    expect_path(&hq, &depot, NULL, "lyon down, depot down", 0);
    world_free(world);
}

/* ---- N2: what a connection can move ---------------------------------------------------------------------------------
 */

static void expect_cap(double window_bytes, double round_trip_s, double max_rate, double cap, enum transfer_limit limit)
{
    enum transfer_limit which;
    double value = topology_cap(window_bytes, round_trip_s, max_rate, &which);
    expect_near(value, cap, 0, "cap", __FILE__, __LINE__);
    if (isfinite(cap))
        g_assert_cmpint(which, ==, limit);
}

/* 1 MiB per 50 ms is 20 971 520 bytes/s; without latency there is no such limit. */
static void caps(void)
{
    expect_cap(1048576, 0.05, INFINITY, 20971520, LIMIT_WINDOW);
    expect_cap(1048576, 0.05, 1e6, 1e6, LIMIT_MAX_RATE);
    expect_cap(1048576, 0.05, 1e9, 20971520, LIMIT_WINDOW);
    expect_cap(1048576, 0, 1e6, 1e6, LIMIT_MAX_RATE);
    expect_cap(1048576, 0, INFINITY, INFINITY, LIMIT_NONE);
}

/* ---- N1, N3: faults -------------------------------------------------------------------------------------------------
 */

/* lyon is down from 10 to 20: hosts in depot are cut off from hq, but not from lyon. */
static void fault_cuts_off_what_is_below(void)
{
    struct scenario *s = four_locations();
    small_fault(s, LYON, 10, 10);
    struct world *world = world_new(s);
    start_flow(world, HQ, DEPOT, 30000); /* 300 a second */
    sim_run(world->sim, 15);
    g_assert_cmpstr(world->flows->str, ==, "-10:3000 ");
    g_assert_false(sim_path_up(&world->flow));
    g_assert_false(world->topology.locations[LYON].up->link.up);
    g_assert_true(world->topology.locations[DEPOT].up->link.up);
    sim_run(world->sim, 20);
    g_assert_true(sim_path_up(&world->flow));
    g_assert_cmpstr(world->capacities->str, ==, "lyon up 0@10 lyon down 0@10 lyon up 1000@20 lyon down 1000@20 ");
    world_free(world);
}

static void fault_elsewhere_does_not_matter(void)
{
    struct scenario *s = four_locations();
    small_fault(s, DEPOT, 10, 10);
    struct world *world = world_new(s);
    start_flow(world, OSLO, LYON, 30000); /* 1000 a second */
    sim_run(world->sim, INFINITY);
    g_assert_cmpstr(world->flows->str, ==, "+30 ");
    world_free(world);
}

/* 10 to 20, 15 to 30, 30 to 40: down from 10 to 40. */
static void faults_overlap_and_meet(void)
{
    struct scenario *s = four_locations();
    small_fault(s, OSLO, 10, 10);
    small_fault(s, OSLO, 15, 15);
    small_fault(s, OSLO, 30, 10);
    struct world *world = world_new(s);
    static const double times_s[] = {9, 10, 19, 20, 29, 30, 31, 39, 40, 41};
    static const bool up[] = {true, false, false, false, false, false, false, false, true, true};
    for (guint i = 0; i < G_N_ELEMENTS(up); i++) {
        sim_run(world->sim, times_s[i]);
        g_assert_cmpint(world->topology.locations[OSLO].up->link.up, ==, up[i]);
        g_assert_cmpint(world->topology.locations[OSLO].down->link.up, ==, up[i]);
    }
    world_free(world);
}

/* ---- N1, T1: background traffic -------------------------------------------------------------------------------------
 */

static void add_calendar(struct scenario *s, int32_t location, uint8_t days, double from_h, double to_h, double percent)
{
    struct calendar_spec calendar = {.name = g_strdup("some"),
                                     .entries = g_array_new(FALSE, TRUE, sizeof(struct calendar_entry))};
    const struct calendar_entry entry = {days, from_h * 3600, to_h * 3600, percent};
    g_array_append_val(calendar.entries, entry);
    g_array_append_val(s->calendars, calendar);
    scenario_location(s, location)->background = (int32_t)s->calendars->len - 1;
}

/* Monday 10:30 at hq, which is at UTC+1; in lyon, at UTC+2, it is 11:30. There 60 % are in use from 08:00 to 18:00:
 * until 6.5 h after the start, and again 14 h later, up to 24 h after the first change. */
static void on_the_clock_of_the_location(void)
{
    struct scenario *s = four_locations();
    s->start_s = MONDAY_10_30;
    scenario_location(s, HQ)->utc_offset_s = 3600;
    scenario_location(s, LYON)->utc_offset_s = 7200;
    add_calendar(s, LYON, 0x1f, 8, 18, 60);
    struct world *world = world_new(s);
    sim_run(world->sim, 100000);
    g_assert_cmpstr(world->capacities->str, ==,
                    "lyon up 400@0 lyon down 400@0 lyon up 1000@23400 lyon down 1000@23400 "
                    "lyon up 400@73800 lyon down 400@73800 ");
    world_free(world);
}

/* Locations without an offset have their parent's: in depot it is 11:30 too. */
static void offsets_are_inherited(void)
{
    struct scenario *s = four_locations();
    s->start_s = MONDAY_10_30;
    scenario_location(s, LYON)->utc_offset_s = 3600;
    add_calendar(s, DEPOT, 0x1f, 8, 18, 50);
    struct world *world = world_new(s);
    expect_time(world->topology.locations[DEPOT].utc_offset_s, 3600);
    sim_run(world->sim, 30000);
    g_assert_cmpstr(world->capacities->str, ==,
                    "depot up 150@0 depot down 150@0 depot up 300@23400 depot down 300@23400 ");
    world_free(world);
}

/* The top site's clock is its location's, also when that is not the root: Monday 10:30 in oslo, 09:30 in lyon. */
static void scenario_is_on_the_clock_of_the_top_site(void)
{
    struct scenario *s = four_locations();
    s->start_s = MONDAY_10_30;
    scenario_site(s, 0)->location = OSLO;
    scenario_location(s, OSLO)->utc_offset_s = 3600;
    add_calendar(s, LYON, 0x01, 10, 11, 100);
    struct world *world = world_new(s);
    sim_run(world->sim, 10000);
    g_assert_cmpstr(world->capacities->str, ==,
                    "lyon up 0@1800 lyon down 0@1800 "
                    "lyon up 1000@5400 lyon down 1000@5400 ");
    world_free(world);
}

/* From 22:00 on Sunday to 06:00: it is still going on at the start, 01:00 on Monday, and the week wraps. */
static void entry_over_midnight_and_week(void)
{
    struct scenario *s = four_locations();
    s->start_s = MONDAY_10_30 - 9.5 * 3600;
    add_calendar(s, LYON, 0x40, 22, 6, 25);
    struct world *world = world_new(s);
    sim_run(world->sim, 604800);
    /* Monday 06:00 is 5 h away, the next Sunday 22:00 is 6 days and 21 h. */
    g_assert_cmpstr(world->capacities->str, ==,
                    "lyon up 750@0 lyon down 750@0 lyon up 1000@18000 lyon down 1000@18000 "
                    "lyon up 750@594000 lyon down 750@594000 ");
    world_free(world);
}

/* 1000 bytes a second for 1800 s, none for an hour, and the rest: all of it in use stops a flow but does not lose it.
 */
static void full_background_stalls(void)
{
    struct scenario *s = four_locations();
    s->start_s = MONDAY_10_30;
    add_calendar(s, LYON, 0x01, 11, 12, 100);
    struct world *world = world_new(s);
    start_flow(world, HQ, LYON, 2e6);
    sim_run(world->sim, 20000);
    g_assert_cmpstr(world->flows->str, ==, "+5600 ");
    world_free(world);
}

/* ---- N1: interfaces -------------------------------------------------------------------------------------------------
 */

/* Two flows out of one server, one in: out 50 each, in on its own. */
static void interfaces_are_full_duplex(void)
{
    struct world *world = world_new(four_locations());
    struct host a = host(world, "A", HQ, 100, INFINITY), b = host(world, "B", HQ, INFINITY, INFINITY);
    g_autoptr(GPtrArray) out = g_ptr_array_new(), in = g_ptr_array_new();
    topology_path(&a, &b, NULL, out);
    topology_path(&b, &a, NULL, in);
    struct sim_flow flows[3];
    for (int i = 0; i < 3; i++) {
        const GPtrArray *links = i < 2 ? out : in;
        sim_flow_init(&flows[i], (struct sim_link *const *)links->pdata, links->len, done, lost);
        sim_flow_start(world->topology.network, &flows[i], 1e4, INFINITY);
    }
    sim_run(world->sim, 1);
    expect_near(sim_flow_rate(&flows[0]), 50, 0, "out", __FILE__, __LINE__);
    expect_near(sim_flow_rate(&flows[1]), 50, 0, "out", __FILE__, __LINE__);
    expect_near(sim_flow_rate(&flows[2]), 100, 0, "in", __FILE__, __LINE__);
    for (int i = 0; i < 3; i++) {
        sim_flow_stop(world->topology.network, &flows[i]);
        sim_flow_clear(&flows[i]);
    }
    world_free(world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/topology/N1/paths", paths);
    g_test_add_func("/topology/N1/children-first", children_first);
    g_test_add_func("/topology/N1/interfaces-are-full-duplex", interfaces_are_full_duplex);
    g_test_add_func("/topology/N5/on-one-server", on_one_server);
    g_test_add_func("/topology/N2/latencies", latencies);
    g_test_add_func("/topology/N2/caps", caps);
    g_test_add_func("/topology/N3/fault-cuts-off-what-is-below", fault_cuts_off_what_is_below);
    g_test_add_func("/topology/N3/fault-elsewhere-does-not-matter", fault_elsewhere_does_not_matter);
    g_test_add_func("/topology/N3/faults-overlap-and-meet", faults_overlap_and_meet);
    g_test_add_func("/topology/T1/on-the-clock-of-the-location", on_the_clock_of_the_location);
    g_test_add_func("/topology/T1/offsets-are-inherited", offsets_are_inherited);
    g_test_add_func("/topology/T1/scenario-is-on-the-clock-of-the-top-site", scenario_is_on_the_clock_of_the_top_site);
    g_test_add_func("/topology/T1/entry-over-midnight-and-week", entry_over_midnight_and_week);
    g_test_add_func("/topology/N1/full-background-stalls", full_background_stalls);
    return g_test_run();
}
