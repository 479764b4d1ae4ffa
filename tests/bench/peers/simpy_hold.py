#!/usr/bin/python3
"""Hold in SimPy: a process per pending event. simpy_hold.py PENDING: prints nanoseconds per hold."""
import random
import sys
import time

import simpy


def main():
    n = int(sys.argv[1])
    env = simpy.Environment()
    draw = random.Random(1).expovariate
    holds = 0

    def one():
        nonlocal holds
        while True:
            yield env.timeout(draw(1.0))
            holds += 1

    for _ in range(n):
        env.process(one())
    env.run(1)  # everybody is there; a hold per process and second from here on
    seconds = max(1, 200000 // n)
    before = holds
    start = time.process_time()
    env.run(1 + seconds)
    print("%.1f" % (1e9 * (time.process_time() - start) / (holds - before)))


main()
