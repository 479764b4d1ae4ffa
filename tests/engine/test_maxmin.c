/* Each test says above in words which inequality, tight, makes its rates what they are. */
#include "sim/engine/maxmin.h"
#include "sim/engine/random.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define MAX_LINKS 40
#define MAX_FLOWS 60
#define MAX_HOPS 8

struct network {
    uint32_t n_links, n_flows;
    double capacity[MAX_LINKS];
    uint32_t first_hop[MAX_FLOWS + 1], link_of[MAX_FLOWS * MAX_HOPS];
    double cap[MAX_FLOWS];
    double rate[MAX_FLOWS];
    int32_t bound[MAX_FLOWS];
};

static void add_link(struct network *network, double capacity)
{
    network->capacity[network->n_links++] = capacity;
}

/* path: a digit per link */
static void add_flow(struct network *network, const char *path, double cap)
{
    uint32_t hop = network->first_hop[network->n_flows];

    for (; *path; path++)
        network->link_of[hop++] = (uint32_t)(*path - '0');
    network->cap[network->n_flows++] = cap;
    network->first_hop[network->n_flows] = hop;
}

static void solve(struct network *network)
{
    sim_maxmin(network->n_links, network->capacity, network->n_flows, network->first_hop, network->link_of,
               network->cap, network->rate, network->bound);
}

static void expect_close(double value, double expected, double precision)
{
    if (isinf(expected))
        g_assert_true(isinf(value));
    else if (!(fabs(value - expected) <= precision * expected))
        g_error("%.17g, expected %.17g", value, expected);
}

static void expect_same_bits(double value, double expected)
{
    if (memcmp(&value, &expected, sizeof(value)))
        g_error("%.17g (%a), expected %.17g (%a)", value, value, expected, expected);
}

static void expect(const struct network *network, uint32_t flow, double rate, int32_t bound)
{
    expect_close(network->rate[flow], rate, 1e-14);
    g_assert_cmpint(network->bound[flow], ==, bound);
}

/* r1 <= 2 and r2 <= 2.6 by their demands; 2 + 2.6 + r3 + r4 <= 10 leaves 2.7 each to the others, who want more. Keshav,
 * An Engineering Approach to Computer Networking, chapter 9. */
static void one_link_serves_small_demands_first(void)
{
    struct network network = {0};

    add_link(&network, 10);
    add_flow(&network, "0", 2);
    add_flow(&network, "0", 2.6);
    add_flow(&network, "0", 4);
    add_flow(&network, "0", 5);
    solve(&network);
    expect(&network, 0, 2, SIM_MAXMIN_CAP);
    expect(&network, 1, 2.6, SIM_MAXMIN_CAP);
    expect(&network, 2, 2.7, 0);
    expect(&network, 3, 2.7, 0);
}

/* r1 + r2 <= 6 on the first link, r1 + r3 <= 10 on the second: the first is used up at 3, the second by 3 + 7. */
static void what_one_link_withholds_another_gives(void)
{
    struct network network = {0};

    add_link(&network, 6);
    add_link(&network, 10);
    add_flow(&network, "01", INFINITY);
    add_flow(&network, "0", INFINITY);
    add_flow(&network, "1", INFINITY);
    solve(&network);
    expect(&network, 0, 3, 0);
    expect(&network, 1, 3, 0);
    expect(&network, 2, 7, 1);
}

/* A line of three links of 1: the long flow shares each with a short one, r0 + ri <= 1, so that all get 1/2. */
static void a_long_path_gets_as_much_as_short_ones(void)
{
    struct network network = {0};

    for (int i = 0; i < 3; i++)
        add_link(&network, 1);
    add_flow(&network, "012", INFINITY);
    add_flow(&network, "0", INFINITY);
    add_flow(&network, "1", INFINITY);
    add_flow(&network, "2", INFINITY);
    solve(&network);
    expect(&network, 0, 0.5, 0); /* all three hold it back; the first is named */
    expect(&network, 1, 0.5, 0);
    expect(&network, 2, 0.5, 1);
    expect(&network, 3, 0.5, 2);
}

/* All capacities 1: r0 + r1 + r2 <= 1 gives 1/3 each; r2 + r3 <= 1 then leaves 2/3 to r3, for which its other link, r3
 * <= 1, is not tight; for r4 <= 1, alone on its link, it is. */
static void stages_of_filling(void)
{
    struct network network = {0};

    for (int i = 0; i < 4; i++)
        add_link(&network, 1);
    add_flow(&network, "0", INFINITY);
    add_flow(&network, "0", INFINITY);
    add_flow(&network, "01", INFINITY);
    add_flow(&network, "12", INFINITY);
    add_flow(&network, "3", INFINITY);
    solve(&network);
    expect(&network, 0, 1. / 3, 0);
    expect(&network, 1, 1. / 3, 0);
    expect(&network, 2, 1. / 3, 0);
    expect(&network, 3, 2. / 3, 1);
    expect(&network, 4, 1, 3);
}

/* r1 <= 1 by its cap; r1 + r2 <= 4 leaves 3. With r2 <= 2, the link is not used up. */
static void what_a_cap_leaves_is_for_others(void)
{
    struct network network = {0};

    add_link(&network, 4);
    add_flow(&network, "0", 1);
    add_flow(&network, "0", INFINITY);
    solve(&network);
    expect(&network, 0, 1, SIM_MAXMIN_CAP);
    expect(&network, 1, 3, 0);
    network.cap[1] = 2;
    solve(&network);
    expect(&network, 1, 2, SIM_MAXMIN_CAP);
}

/* r1 <= 5 by the cap, 2 r <= 10 by the link: both at once. */
static void a_cap_is_named_before_a_link(void)
{
    struct network network = {0};

    add_link(&network, 10);
    add_flow(&network, "0", 5);
    add_flow(&network, "0", INFINITY);
    solve(&network);
    expect(&network, 0, 5, SIM_MAXMIN_CAP);
    expect(&network, 1, 5, 0);
}

/* r1 + r2 <= 4 and r2 <= 2, both tight at 2: the first on the path is named, whatever the numbers of the links. */
static void of_two_links_the_first_on_the_path_is_named(void)
{
    struct network network = {0};

    add_link(&network, 2);
    add_link(&network, 4);
    add_flow(&network, "1", INFINITY);
    add_flow(&network, "10", INFINITY);
    solve(&network);
    expect(&network, 0, 2, 1);
    expect(&network, 1, 2, 1);
    network.link_of[1] = 0;
    network.link_of[2] = 1;
    solve(&network);
    expect(&network, 1, 2, 0);
}

/* r1 <= 0 on the link with nothing left; the others share the rest, r2 <= 3. */
static void nothing_moves_over_a_link_without_capacity(void)
{
    struct network network = {0};

    add_link(&network, 0);
    add_link(&network, 3);
    add_flow(&network, "10", INFINITY);
    add_flow(&network, "1", INFINITY);
    add_flow(&network, "0", 1);
    solve(&network);
    expect(&network, 0, 0, 0);
    expect(&network, 1, 3, 1);
    expect(&network, 2, 0, 0);
}

/* No inequality at all: infinite, whether over infinite links or over none. With r <= 7 by a cap, 7. */
static void without_a_limit_the_rate_is_infinite(void)
{
    struct network network = {0};

    add_link(&network, INFINITY);
    add_link(&network, 5);
    add_flow(&network, "0", INFINITY);
    add_flow(&network, "", INFINITY);
    add_flow(&network, "", 7);
    add_flow(&network, "01", INFINITY);
    solve(&network);
    expect(&network, 0, INFINITY, SIM_MAXMIN_NONE);
    expect(&network, 1, INFINITY, SIM_MAXMIN_NONE);
    expect(&network, 2, 7, SIM_MAXMIN_CAP);
    expect(&network, 3, 5, 1);
}

static void nothing_to_solve(void)
{
    struct network network = {0};

    solve(&network);
    add_link(&network, 1);
    solve(&network);
}

/* ---- Random networks --------------------------------------------------------------------------------------------- */

static double random_limit(gsl_rng *rng)
{
    switch (gsl_rng_uniform_int(rng, 8)) {
    case 0:
        return INFINITY;
    case 1:
    case 2: /* small numbers, so that limits often coincide */
        return (double)(1 + gsl_rng_uniform_int(rng, 6));
    case 3: /* eight orders of magnitude */
        return exp(gsl_ran_flat(rng, -9, 9));
    default:
        return gsl_ran_flat(rng, 0.1, 10);
    }
}

static void random_network(struct network *network, gsl_rng *rng)
{
    memset(network, 0, sizeof(*network));
    network->n_links = (uint32_t)gsl_rng_uniform_int(rng, MAX_LINKS) + 1;
    network->n_flows = (uint32_t)gsl_rng_uniform_int(rng, MAX_FLOWS) + 1;
    for (uint32_t l = 0; l < network->n_links; l++)
        network->capacity[l] = gsl_rng_uniform_int(rng, 20) == 0 ? 0 : random_limit(rng);
    uint32_t hop = 0;
    uint32_t numbers[MAX_LINKS];
    for (uint32_t l = 0; l < network->n_links; l++)
        numbers[l] = l;
    for (uint32_t f = 0; f < network->n_flows; f++) {
        size_t n = gsl_rng_uniform_int(rng, MIN(MAX_HOPS, network->n_links) + 1);
        if (n > 0)
            gsl_ran_choose(rng, &network->link_of[hop], n, numbers, network->n_links, sizeof(numbers[0]));
        if (n > 1)
            gsl_ran_shuffle(rng, &network->link_of[hop], n, sizeof(numbers[0]));
        hop += (uint32_t)n;
        network->first_hop[f + 1] = hop;
        network->cap[f] = gsl_rng_uniform_int(rng, 2) ? INFINITY : random_limit(rng);
    }
}

/* The definition: no link carries more than its capacity, no flow exceeds its cap, and every flow is at its cap or has
 * a bottleneck, a link that is used up and on which no flow is faster. */
static void expect_fair(const struct network *network)
{
    double used[MAX_LINKS] = {0}, fastest[MAX_LINKS] = {0};

    for (uint32_t f = 0; f < network->n_flows; f++)
        for (uint32_t h = network->first_hop[f]; h < network->first_hop[f + 1]; h++) {
            uint32_t l = network->link_of[h];
            if (isinf(network->rate[f]))
                g_assert_true(isinf(network->capacity[l]));
            used[l] += network->rate[f];
            fastest[l] = fmax(fastest[l], network->rate[f]);
        }
    for (uint32_t l = 0; l < network->n_links; l++)
        g_assert_true(used[l] <= network->capacity[l] * (1 + 1e-11));
    for (uint32_t f = 0; f < network->n_flows; f++) {
        double rate = network->rate[f];
        g_assert_true(rate >= 0 && rate <= network->cap[f]);
        if (network->bound[f] == SIM_MAXMIN_NONE) {
            g_assert_true(isinf(rate) && isinf(network->cap[f]));
            continue;
        }
        if (network->bound[f] == SIM_MAXMIN_CAP) {
            g_assert_true(rate >= network->cap[f]);
            continue;
        }
        bool crosses = false;
        for (uint32_t h = network->first_hop[f]; h < network->first_hop[f + 1]; h++)
            crosses |= network->link_of[h] == (uint32_t)network->bound[f];
        g_assert_true(crosses);
        g_assert_true(used[network->bound[f]] >= network->capacity[network->bound[f]] * (1 - 1e-11));
        g_assert_true(rate >= fastest[network->bound[f]] * (1 - 1e-11));
    }
}

static void random_networks_are_fair(void)
{
    gsl_rng *rng = sim_random_stream(1, 0, "networks", "maxmin");

    for (guint i = 0; i < test_rounds(50000); i++) {
        struct network network;
        random_network(&network, rng);
        solve(&network);
        expect_fair(&network);
    }
    gsl_rng_free(rng);
}

/* Links renumbered backwards: the same rates, bit for bit, and the same bounds. Space that others have used: likewise.
 */
static void numbers_of_links_and_used_memory_do_not_matter(void)
{
    gsl_rng *rng = sim_random_stream(2, 0, "networks", "maxmin");
    struct sim_maxmin_space *space = sim_maxmin_space_new();

    for (guint i = 0; i < test_rounds(10000); i++) {
        struct network network;
        random_network(&network, rng);
        solve(&network);
        struct network other = network;
        for (uint32_t l = 0; l < network.n_links; l++)
            other.capacity[network.n_links - 1 - l] = network.capacity[l];
        for (uint32_t h = 0; h < network.first_hop[network.n_flows]; h++)
            other.link_of[h] = network.n_links - 1 - network.link_of[h];
        sim_maxmin_solve(space, other.n_links, other.capacity, other.n_flows, other.first_hop, other.link_of, other.cap,
                         other.rate, other.bound);
        for (uint32_t f = 0; f < network.n_flows; f++) {
            expect_close(other.rate[f], network.rate[f], 1e-12);
            g_assert_cmpint(other.bound[f], ==,
                            network.bound[f] < 0 ? network.bound[f] : (int32_t)network.n_links - 1 - network.bound[f]);
        }
    }
    sim_maxmin_space_free(space);
    gsl_rng_free(rng);
}

/* Two networks side by side, solved as one: each has the rates it has alone, bit for bit. */
static void what_is_not_connected_does_not_matter(void)
{
    gsl_rng *rng = sim_random_stream(3, 0, "networks", "maxmin");

    for (guint i = 0; i < test_rounds(10000); i++) {
        static struct network a, b;
        random_network(&a, rng);
        random_network(&b, rng);
        solve(&a);
        solve(&b);

        /* The flows of both take turns. */
        static double capacity[2 * MAX_LINKS], cap[2 * MAX_FLOWS], rate[2 * MAX_FLOWS];
        static uint32_t first_hop[2 * MAX_FLOWS + 1], link_of[2 * MAX_FLOWS * MAX_HOPS];
        static int32_t bound[2 * MAX_FLOWS];
        memcpy(capacity, a.capacity, a.n_links * sizeof(*capacity));
        memcpy(capacity + a.n_links, b.capacity, b.n_links * sizeof(*capacity));
        uint32_t n = 0, hop = 0;
        for (uint32_t f = 0; f < MAX(a.n_flows, b.n_flows); f++)
            for (int which = 0; which < 2; which++) {
                const struct network *network = which ? &b : &a;
                if (f >= network->n_flows)
                    continue;
                for (uint32_t h = network->first_hop[f]; h < network->first_hop[f + 1]; h++)
                    link_of[hop++] = network->link_of[h] + (which ? a.n_links : 0);
                cap[n++] = network->cap[f];
                first_hop[n] = hop;
            }
        sim_maxmin(a.n_links + b.n_links, capacity, n, first_hop, link_of, cap, rate, bound);
        n = 0;
        for (uint32_t f = 0; f < MAX(a.n_flows, b.n_flows); f++)
            for (int which = 0; which < 2; which++) {
                const struct network *network = which ? &b : &a;
                if (f >= network->n_flows)
                    continue;
                expect_same_bits(rate[n], network->rate[f]);
                g_assert_cmpint(bound[n], ==,
                                network->bound[f] < 0 ? network->bound[f]
                                                      : network->bound[f] + (int32_t)(which ? a.n_links : 0));
                n++;
            }
    }
    gsl_rng_free(rng);
}

/* All limits times a power of two: all rates times it, bit for bit. */
static void rates_scale_with_limits(void)
{
    gsl_rng *rng = sim_random_stream(4, 0, "networks", "maxmin");

    for (guint i = 0; i < test_rounds(10000); i++) {
        struct network network;
        random_network(&network, rng);
        solve(&network);
        struct network other = network;
        for (uint32_t l = 0; l < network.n_links; l++)
            other.capacity[l] *= 1048576;
        for (uint32_t f = 0; f < network.n_flows; f++)
            other.cap[f] *= 1048576;
        solve(&other);
        for (uint32_t f = 0; f < network.n_flows; f++) {
            expect_same_bits(other.rate[f], network.rate[f] * 1048576);
            g_assert_cmpint(other.bound[f], ==, network.bound[f]);
        }
    }
    gsl_rng_free(rng);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/maxmin/one link serves small demands first", one_link_serves_small_demands_first);
    g_test_add_func("/maxmin/what one link withholds another gives", what_one_link_withholds_another_gives);
    g_test_add_func("/maxmin/a long path gets as much as short ones", a_long_path_gets_as_much_as_short_ones);
    g_test_add_func("/maxmin/stages of filling", stages_of_filling);
    g_test_add_func("/maxmin/what a cap leaves is for others", what_a_cap_leaves_is_for_others);
    g_test_add_func("/maxmin/a cap is named before a link", a_cap_is_named_before_a_link);
    g_test_add_func("/maxmin/of two links the first on the path is named", of_two_links_the_first_on_the_path_is_named);
    g_test_add_func("/maxmin/nothing moves over a link without capacity", nothing_moves_over_a_link_without_capacity);
    g_test_add_func("/maxmin/without a limit the rate is infinite", without_a_limit_the_rate_is_infinite);
    g_test_add_func("/maxmin/nothing to solve", nothing_to_solve);
    g_test_add_func("/maxmin/random networks are fair", random_networks_are_fair);
    g_test_add_func("/maxmin/numbers of links and used memory do not matter",
                    numbers_of_links_and_used_memory_do_not_matter);
    g_test_add_func("/maxmin/what is not connected does not matter", what_is_not_connected_does_not_matter);
    g_test_add_func("/maxmin/rates scale with limits", rates_scale_with_limits);
    return g_test_run();
}
