/* The transfers of bench_flows in SimGrid: N actors, each of which sends a file from one of 20 sources to one of 2 N
 * points, and then the next. Routes: the source's uplink, the link of the point's site, the point's own link; without
 * latency, corrections for TCP or cross traffic, so that only max-min fair sharing is left. A point has a site of its
 * own, where in bench_flows both are drawn: routes are given once in SimGrid. (Its solver alone cannot be had: Debian's
 * package does not have the header files for that.)
 *
 * simgrid_flows up|site|dp N TRANSFERS: prints nanoseconds per transfer, and the mean time of a transfer in seconds. */
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <simgrid/s4u.hpp>
#include <string>
#include <vector>

namespace sg4 = simgrid::s4u;

int main(int argc, char **argv)
{
    if (argc < 4) {
        std::fprintf(stderr, "usage: simgrid_flows up|site|dp N TRANSFERS\n");
        return 2;
    }
    int scarce = !std::strcmp(argv[1], "up") ? 0 : !std::strcmp(argv[1], "site") ? 1 : 2;
    long n = std::atol(argv[2]), wanted = std::atol(argv[3]);
    char program[] = "flows";
    char *words[] = {program, nullptr};
    int n_words = 1;
    sg4::Engine engine(&n_words, words);
    sg4::Engine::set_config("network/model:CM02");
    sg4::Engine::set_config("network/crosstraffic:0");
    sg4::Engine::set_config("network/TCP-gamma:0");
    sg4::Engine::set_config("contexts/stack-size:16");

    const char *names[] = {"up", "site", "dp"};
    const long counts[] = {20, n / 5, 2 * n};
    std::vector<sg4::Link *> links[3];
    std::vector<sg4::Host *> sources, points;
    auto *zone = sg4::create_star_zone("world");
    for (int i = 0; i < 3; i++)
        for (long l = 0; l < counts[i]; l++)
            links[i].push_back(zone->create_link(names[i] + std::to_string(l), i == scarce ? 12.5e6 : 125e9)
                                   ->set_latency(0)
                                   ->seal());
    for (long s = 0; s < counts[0]; s++) {
        sources.push_back(zone->create_host("source" + std::to_string(s), 1e9));
        zone->add_route(sources[s]->get_netpoint(), nullptr, nullptr, nullptr, {sg4::LinkInRoute(links[0][s])}, false);
    }
    for (long p = 0; p < counts[2]; p++) {
        points.push_back(zone->create_host("point" + std::to_string(p), 1e9));
        zone->add_route(nullptr, points[p]->get_netpoint(), nullptr, nullptr,
                        {sg4::LinkInRoute(links[1][p % counts[1]]), sg4::LinkInRoute(links[2][p])}, false);
    }
    zone->seal();

    std::mt19937_64 random(1);
    std::exponential_distribution<double> bytes(1 / 10e6);
    long done = 0;
    double moved_s = 0;
    std::clock_t start = 0;
    for (long i = 0; i < n; i++)
        sg4::Actor::create("transfers", sources[0], [&] {
               for (;;) {
                   double began_s = sg4::Engine::get_clock();
                   sg4::Host *from = sources[random() % sources.size()], *to = points[random() % points.size()];
                   sg4::Comm::sendto(from, to, static_cast<uint64_t>(bytes(random)));
                   if (done++ == n) /* everybody has been replaced about once */
                       start = std::clock();
                   if (done > n)
                       moved_s += sg4::Engine::get_clock() - began_s;
                   if (done == n + wanted) {
                       double took_s = double(std::clock() - start) / CLOCKS_PER_SEC;
                       std::printf("%.1f %.3f\n", 1e9 * took_s / double(wanted), moved_s / double(wanted));
                       std::fflush(stdout);
                       std::_Exit(0);
                   }
               }
           })->daemonize();
    sg4::Actor::create("waits", sources[0], [] { sg4::this_actor::sleep_for(1e18); });
    engine.run();
    return 1;
}
