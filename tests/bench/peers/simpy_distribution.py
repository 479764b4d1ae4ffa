#!/usr/bin/python3
"""tests/bench/peers/distribution.json in SimPy, as one would write it: a process per sending and per copy, a class for a
link that its transfers share equally. Links other than those of the headquarters and of the branches bind nobody there,
and no site ever has more copies at once than its 15 threads.

simpy_distribution.py N: N replications; prints nanoseconds per replication, and the mean time of a delivery."""
import heapq
import sys
import time

import simpy

PACKAGES, SITES, POINTS_PER_SITE = 20, 12, 3
THREADS, THREADS_PER_SITE = 5, 3


class Link:
    """Processor sharing. What everybody has been given since the start is one number: a transfer ends when it has grown
    by the transfer's size."""

    def __init__(self, env, bytes_per_s):
        self.env, self.bytes_per_s = env, bytes_per_s
        self.given, self.since, self.number = 0.0, 0.0, 0
        self.active = []
        self.alarm = None

    def transfer(self, n_bytes):
        self.advance()
        done = self.env.event()
        self.number += 1
        heapq.heappush(self.active, (self.given + n_bytes, self.number, done))
        self.plan()
        return done

    def advance(self):
        if self.active:
            self.given += (self.env.now - self.since) * self.bytes_per_s / len(self.active)
        self.since = self.env.now

    def plan(self):
        self.alarm = None
        if self.active:
            left = max(0.0, self.active[0][0] - self.given)
            self.alarm = alarm = self.env.timeout(left * len(self.active) / self.bytes_per_s)
            alarm.callbacks.append(self.ring)

    def ring(self, alarm):
        if alarm is not self.alarm:
            return
        self.advance()
        self.given = max(self.given, self.active[0][0])
        while self.active and self.active[0][0] <= self.given * (1 + 1e-13):
            heapq.heappop(self.active)[2].succeed()
        self.plan()


class World:
    def __init__(self):
        self.env = simpy.Environment()
        self.uplink = Link(self.env, 12.5e6)
        self.branches = [[Link(self.env, 2.5e6) for _ in range(POINTS_PER_SITE)] for _ in range(SITES)]
        self.waiting = []  # sendings, in order
        self.n_busy, self.n_busy_per_site = 0, [0] * SITES
        self.took = []
        for package in range(PACKAGES):
            self.env.process(self.distribute(package))

    def distribute(self, package):
        yield self.env.timeout(60.0 * package)
        for site in range(SITES):
            self.waiting.append((package, site))
        self.start_sendings()

    def start_sendings(self):
        i = 0
        while self.n_busy < THREADS and i < len(self.waiting):
            package, site = self.waiting[i]
            if self.n_busy_per_site[site] < THREADS_PER_SITE:
                del self.waiting[i]
                self.n_busy += 1
                self.n_busy_per_site[site] += 1
                self.env.process(self.send(package, site))
            else:
                i += 1

    def send(self, package, site):
        yield self.uplink.transfer(size_of(package))
        self.n_busy -= 1
        self.n_busy_per_site[site] -= 1
        for link in self.branches[site]:
            self.env.process(self.copy(package, link))
        self.start_sendings()

    def copy(self, package, link):
        yield link.transfer(size_of(package))
        self.took.append(self.env.now - 60.0 * package)


def size_of(package):
    return 100e6 + 10e6 * package


def main():
    n = int(sys.argv[1])
    start = time.process_time()
    for _ in range(n):
        world = World()
        world.env.run()
        assert len(world.took) == PACKAGES * SITES * POINTS_PER_SITE
    spent = time.process_time() - start
    print("%.0f %.9f" % (1e9 * spent / n, sum(world.took) / len(world.took)))


main()
