/* M/M/1 with utilisation 0.9 in SimGrid: two actors; the line between them is a deque with a semaphore.
 *
 * simgrid_mm1 CUSTOMERS: prints nanoseconds per customer, and the mean time in the system (theory: 10 s). */
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <deque>
#include <random>
#include <simgrid/s4u.hpp>

namespace sg4 = simgrid::s4u;

int main(int argc, char **argv)
{
    long n = argc > 1 ? std::atol(argv[1]) : 100000;
    sg4::Engine engine(&argc, argv);
    auto *host = sg4::create_full_zone("world")->create_host("shop", 1e9);
    host->get_englobing_zone()->seal();
    auto waiting = sg4::Semaphore::create(0);
    std::deque<double> line;
    double stayed_s = 0;

    auto source = sg4::Actor::create("customers", host, [&] {
        std::mt19937_64 random(1);
        std::exponential_distribution<double> between_s(0.9);
        for (;;) {
            sg4::this_actor::sleep_for(between_s(random));
            line.push_back(sg4::Engine::get_clock());
            waiting->release();
        }
    });
    source->daemonize();
    sg4::Actor::create("server", host, [&] {
        std::mt19937_64 random(2);
        std::exponential_distribution<double> service_s(1.0);
        for (long i = 0; i < n; i++) {
            waiting->acquire();
            sg4::this_actor::sleep_for(service_s(random));
            stayed_s += sg4::Engine::get_clock() - line.front();
            line.pop_front();
        }
    });
    std::clock_t start = std::clock();
    engine.run();
    double took_s = double(std::clock() - start) / CLOCKS_PER_SEC;
    std::printf("%.1f %.3f\n", 1e9 * took_s / double(n), stayed_s / double(n));
    return 0;
}
