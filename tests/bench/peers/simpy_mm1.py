#!/usr/bin/python3
"""M/M/1 with utilisation 0.9 in SimPy, "two": two processes, the line between them is a deque, and the server sleeps on
an event while nobody is there; or "resource": as the textbook has it, a process per customer, the server is a Resource.

simpy_mm1.py CUSTOMERS two|resource: prints nanoseconds per customer, and the mean time in the system (theory: 10 s)."""
import collections
import random
import sys
import time

import simpy


draw = random.Random(1).expovariate
stayed = 0.0


def two(env, n):
    line = collections.deque()
    wake = env.event()

    def customers():
        while True:
            yield env.timeout(draw(0.9))
            line.append(env.now)
            if len(line) == 1 and not wake.triggered:
                wake.succeed()

    def server():
        nonlocal wake
        global stayed
        for _ in range(n):
            if not line:
                wake = env.event()
                yield wake
            yield env.timeout(draw(1.0))
            stayed += env.now - line.popleft()

    env.process(customers())
    return env.process(server())


def resource(env, n):
    server = simpy.Resource(env)
    all_served = env.event()
    served = 0

    def customer():
        nonlocal served
        global stayed
        came = env.now
        with server.request() as request:
            yield request
            yield env.timeout(draw(1.0))
        stayed += env.now - came
        served += 1
        if served == n:
            all_served.succeed()

    def customers():
        while True:
            yield env.timeout(draw(0.9))
            env.process(customer())

    env.process(customers())
    return all_served


def main():
    n = int(sys.argv[1])
    env = simpy.Environment()
    served = {"two": two, "resource": resource}[sys.argv[2]](env, n)
    start = time.process_time()
    env.run(served)
    print("%.1f %.3f" % (1e9 * (time.process_time() - start) / n, stayed / n))


main()
