/* Queueing laws that a simulator must reproduce, on the engine alone. Replications are independent; the Student
 * interval of their mean must cover the law's value, and be narrow enough to be able to miss it. Seeds are fixed. */
#include "sim/engine/random.h"
#include "sim/engine/sim.h"
#include "sim/engine/slots.h"
#include "sim/engine/stats.h"
#include "tests/engine/scale.h"

#include <glib.h>
#include <gsl/gsl_randist.h>
#include <math.h>

#define REPLICATIONS 30
#define CONFIDENCE 0.999
#define PRECISION 0.03 /* largest half width, of the mean */
#define MAX_STATIONS 3

enum service { EXPONENTIAL, GAMMA, CONSTANT };

struct station_plan {
    uint32_t servers;
    enum service service;
    double mean_s, sd_s;
    double retry; /* probability that a service has to be done again, from the end of the line */
};

struct law {
    const char *name;
    double between_s; /* mean time between Poisson arrivals at the first station */
    struct station_plan stations[MAX_STATIONS];
    double l, lq;     /* customers in the system and waiting, on average; 0: the law says nothing */
    double w_s, wq_s; /* times from arrival to departure and waiting, on average */
    guint customers;  /* per replication */
};

/* Hillier & Lieberman, Introduction to Operations Research: the hospital, 2 patients an hour, 3 an hour and doctor.
 * Pollaczek-Khinchine: Banks et al., Discrete-Event System Simulation: Able and Baker, the widget machine.
 * Erlang C at utilisation 0.8 and mean service 1: C(3) = .647191, C(5) = .554113, C(10) = .409180; wq = C / (0.2 c).
 * Jackson: a station with retries is one with arrival rate / (1 - retry), visited 1 / (1 - retry) times. */
static const struct law laws[] = {
    {"m-m-1/hospital", 1 / 2., {{.servers = 1, .mean_s = 1 / 3.}}, 2, 4 / 3., 1, 2 / 3., 60000},
    {"m-m-2/hospital", 1 / 2., {{.servers = 2, .mean_s = 1 / 3.}}, .75, 1 / 12., .375, 1 / 24., 60000},
    {"m-m-1/erlang", 1 / .8, {{.servers = 1, .mean_s = 1}}, 4, 3.2, 5, 4, 80000},
    {"m-m-3/erlang", 1 / 2.4, {{.servers = 3, .mean_s = 1}}, .wq_s = .647191 / .6, .customers = 90000},
    {"m-m-5/erlang", 1 / 4., {{.servers = 5, .mean_s = 1}}, .wq_s = .554113, .customers = 120000},
    {"m-m-10/erlang", 1 / 8., {{.servers = 10, .mean_s = 1}}, .wq_s = .409180 / 2, .customers = 240000},
    {"m-g-1/able", 30, {{1, GAMMA, 24, 20, 0}}, .lq = 2.7111, .customers = 70000},
    {"m-g-1/baker", 30, {{1, GAMMA, 25, 2, 0}}, .lq = 2.0967, .customers = 80000},
    {"m-g-1/widget", 1 / 1.5, {{1, GAMMA, .5, 1 / 3., 0}}, .l = 2.375, .customers = 60000},
    {"m-d-1/eight-seconds", 10, {{.servers = 1, .service = CONSTANT, .mean_s = 8}}, .w_s = 24, .customers = 60000},
    {"jackson/tandem",
     1,
     {{.servers = 1, .mean_s = 1 / 2.}, {.servers = 1, .mean_s = 1 / 1.5}, {.servers = 1, .mean_s = 1 / 1.25}},
     .l = 7,
     .w_s = 7,
     .customers = 60000},
    {"jackson/retry", 1, {{.servers = 1, .mean_s = 1 / 2., .retry = .2}}, .w_s = 5 / 3., .customers = 60000},
    {"jackson/tandem-with-retry",
     1,
     {{.servers = 1, .mean_s = 1 / 2., .retry = .2}, {.servers = 1, .mean_s = 1 / 1.5}},
     .w_s = 5 / 3. + 2,
     .customers = 60000},
};

struct station {
    const struct station_plan *plan;
    struct sim_slots servers;
    struct sim_line line; /* first come, first served */
    gsl_rng *services, *retries;
    struct shop *shop;
};

struct shop {
    struct sim *sim;
    double between_s;
    struct sim_event arrival;
    gsl_rng *arrivals;
    struct station stations[MAX_STATIONS];
    guint n_stations;
    struct sim_level in_system;
    guint64 n_left;
    double stayed_s;       /* summed over those who left */
    struct customer *idle; /* left, to be used again */
};

struct customer {
    struct sim_waiter waiter;
    struct sim_event served;
    struct station *station;
    double arrived_s;
    struct customer *next; /* in shop->idle */
};

static double service_time_s(const struct station *station)
{
    double mean_s = station->plan->mean_s, sd_s = station->plan->sd_s;

    switch (station->plan->service) {
    case EXPONENTIAL:
        return sim_random_exponential(station->services, mean_s);
    case GAMMA:
        return gsl_ran_gamma(station->services, mean_s * mean_s / (sd_s * sd_s), sd_s * sd_s / mean_s);
    case CONSTANT:
        break;
    }
    return mean_s;
}

static void get_in_line(struct sim *sim, struct customer *customer, struct station *station)
{
    customer->station = station;
    sim_wait(sim, &customer->waiter, &station->line, sim_number(sim));
}

static void service_begins(struct sim *sim, struct sim_waiter *waiter)
{
    struct customer *customer = SIM_OWNER(struct customer, waiter, waiter);

    sim_schedule_after(sim, &customer->served, service_time_s(customer->station));
}

static void service_ends(struct sim *sim, struct sim_event *event)
{
    struct customer *customer = SIM_OWNER(struct customer, served, event);
    struct station *station = customer->station;
    struct shop *shop = station->shop;

    sim_release(sim, &customer->waiter);
    if (station->plan->retry > 0 && sim_random_uniform(station->retries) < station->plan->retry) {
        get_in_line(sim, customer, station);
    } else if (station < &shop->stations[shop->n_stations - 1]) {
        get_in_line(sim, customer, station + 1);
    } else {
        shop->n_left++;
        shop->stayed_s += sim_now(sim) - customer->arrived_s;
        sim_level_set(&shop->in_system, sim_now(sim), shop->in_system.value - 1);
        customer->next = shop->idle;
        shop->idle = customer;
    }
}

static void customer_arrives(struct sim *sim, struct sim_event *event)
{
    struct shop *shop = SIM_OWNER(struct shop, arrival, event);
    struct customer *customer = shop->idle;

    if (customer) {
        shop->idle = customer->next;
    } else {
        customer = g_new(struct customer, 1);
        sim_waiter_init(&customer->waiter, service_begins);
        sim_event_init(&customer->served, SIM_RANK_MODEL, service_ends);
    }
    customer->arrived_s = sim_now(sim);
    sim_level_set(&shop->in_system, sim_now(sim), shop->in_system.value + 1);
    get_in_line(sim, customer, &shop->stations[0]);
    sim_schedule_after(sim, event, sim_random_exponential(shop->arrivals, shop->between_s));
}

/* Sums since the start; averages after a warm-up are differences of these. */
struct sums {
    double in_system_s, waiting_s, stayed_s, waited_s, left, granted;
};

static struct sums sums_of(const struct shop *shop)
{
    double now_s = sim_now(shop->sim);
    struct sums sums = {.in_system_s = sim_level_integral(&shop->in_system, now_s),
                        .stayed_s = shop->stayed_s,
                        .left = (double)shop->n_left};

    for (guint i = 0; i < shop->n_stations; i++) {
        sums.waiting_s += sim_level_integral(&shop->stations[i].servers.waiting, now_s);
        sums.waited_s += shop->stations[i].servers.waited_s;
        sums.granted += (double)shop->stations[i].servers.n_granted;
    }
    return sums;
}

static void replicate(const struct law *law, uint32_t replication, struct sim_sample averages[4])
{
    struct sim *sim = sim_new(2016, replication);
    struct shop shop = {.sim = sim, .between_s = law->between_s};
    double length_s = test_rounds(law->customers) * law->between_s;

    shop.arrivals = sim_random_stream(sim->seed, replication, "shop", "arrivals");
    sim_level_init(&shop.in_system, 0, 0);
    for (; shop.n_stations < MAX_STATIONS && law->stations[shop.n_stations].servers; shop.n_stations++) {
        struct station *station = &shop.stations[shop.n_stations];
        g_autofree char *name = g_strdup_printf("station %u", shop.n_stations);
        station->plan = &law->stations[shop.n_stations];
        station->shop = &shop;
        station->services = sim_random_stream(sim->seed, replication, name, "services");
        station->retries = sim_random_stream(sim->seed, replication, name, "retries");
        sim_slots_init(sim, &station->servers, station->plan->servers);
        sim_line_init(sim, &station->line, &station->servers, SIM_UNLIMITED);
    }
    sim_event_init(&shop.arrival, SIM_RANK_MODEL, customer_arrives);
    sim_schedule_after(sim, &shop.arrival, sim_random_exponential(shop.arrivals, shop.between_s));

    sim_run(sim, 0.1 * length_s); /* warm-up */
    struct sums before = sums_of(&shop);
    sim_run(sim, 1.1 * length_s);
    struct sums after = sums_of(&shop);
    sim_sample_add(&averages[0], (after.in_system_s - before.in_system_s) / length_s);
    sim_sample_add(&averages[1], (after.waiting_s - before.waiting_s) / length_s);
    sim_sample_add(&averages[2], (after.stayed_s - before.stayed_s) / (after.left - before.left));
    sim_sample_add(&averages[3], (after.waited_s - before.waited_s) / (after.granted - before.granted));

    sim_cancel(sim, &shop.arrival); /* nobody comes any more; all are served */
    sim_run(sim, INFINITY);
    g_assert_cmpfloat(shop.in_system.value, ==, 0);
    for (guint i = 0; i < shop.n_stations; i++) {
        sim_line_clear(&shop.stations[i].line);
        sim_slots_clear(sim, &shop.stations[i].servers);
        gsl_rng_free(shop.stations[i].services);
        gsl_rng_free(shop.stations[i].retries);
    }
    while (shop.idle) {
        struct customer *customer = shop.idle;
        shop.idle = customer->next;
        g_free(customer);
    }
    gsl_rng_free(shop.arrivals);
    sim_free(sim);
}

static void test_law(gconstpointer data)
{
    const struct law *law = data;
    static const char *const names[4] = {"L", "Lq", "W", "Wq"};
    const double expected[4] = {law->l, law->lq, law->w_s, law->wq_s};
    struct sim_sample averages[4];

    for (guint i = 0; i < 4; i++)
        sim_sample_init(&averages[i]);
    for (uint32_t replication = 0; replication < REPLICATIONS; replication++)
        replicate(law, replication, averages);
    for (guint i = 0; i < 4; i++) {
        double mean = sim_sample_mean(&averages[i]), half_width = sim_sample_half_width(&averages[i], CONFIDENCE);
        if (expected[i] > 0) {
            g_test_message("%s %g: %.5g +- %.2g (%.2g %%)", names[i], expected[i], mean, half_width,
                           100 * half_width / mean);
            g_assert_cmpfloat(fabs(mean - expected[i]), <=, half_width);
            if (test_scale() >= 1) /* shorter runs are wider */
                g_assert_cmpfloat(half_width / mean, <=, PRECISION);
        }
        sim_sample_clear(&averages[i]);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(laws); i++) {
        g_autofree char *path = g_strconcat("/queueing/", laws[i].name, NULL);
        g_test_add_data_func(path, &laws[i], test_law);
    }
    return g_test_run();
}
