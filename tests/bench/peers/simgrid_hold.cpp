/* Hold in SimGrid: an actor per pending event. simgrid_hold PENDING: prints nanoseconds per hold. */
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <simgrid/s4u.hpp>

namespace sg4 = simgrid::s4u;

int main(int argc, char **argv)
{
    long n = argc > 1 ? std::atol(argv[1]) : 1000;
    sg4::Engine engine(&argc, argv);
    auto *host = sg4::create_full_zone("world")->create_host("host", 1e9);
    host->get_englobing_zone()->seal();
    std::mt19937_64 random(1);
    std::exponential_distribution<double> delay_s(1.0);
    long holds = 0;

    for (long i = 0; i < n; i++)
        sg4::Actor::create("one", host, [&] {
            for (;;) {
                sg4::this_actor::sleep_for(delay_s(random));
                holds++;
            }
        })->daemonize();
    double seconds = n > 100000 ? 1 : 100000.0 / double(n);
    std::clock_t start = 0;
    long before = 0;
    double took_s = 0;
    sg4::Actor::create("clock", host, [&] {
        sg4::this_actor::sleep_for(1); /* everybody is there */
        start = std::clock();
        before = holds;
        sg4::this_actor::sleep_for(seconds);
        took_s = double(std::clock() - start) / CLOCKS_PER_SEC;
        std::printf("%.1f\n", 1e9 * took_s / double(holds - before));
    });
    engine.run();
    return 0;
}
