/* Timing for benchmarks: contestants run in turn, round after round, so that what else the machine does meets all of
 * them; a figure is the median of the rounds with the extremes beside it. BENCH_QUICK=1 makes everything tiny. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BENCH_ROUNDS 11

struct bench_times {
    double s[BENCH_ROUNDS];
    int n;
};

static inline bool bench_quick(void)
{
    const char *text = g_getenv("BENCH_QUICK");

    return text && *text && *text != '0';
}

static inline int bench_rounds(void)
{
    return bench_quick() ? 3 : BENCH_ROUNDS;
}

static inline double bench_now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static inline void bench_add(struct bench_times *times, double s)
{
    times->s[times->n++] = s;
}

/* PROGRAM --once SIZE: one run, which prints nanoseconds per operation for tests/bench/peers/run. 0: the whole
 * benchmark. */
static inline uint64_t bench_once(int argc, char **argv)
{
    return argc == 3 && strcmp(argv[1], "--once") == 0 ? g_ascii_strtoull(argv[2], NULL, 10) : 0;
}

static inline int bench_compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Sorts: afterwards s[0] is the shortest and s[n - 1] the longest. */
static inline double bench_median(struct bench_times *times)
{
    qsort(times->s, (size_t)times->n, sizeof(double), bench_compare);
    return times->n % 2 ? times->s[times->n / 2] : 0.5 * (times->s[times->n / 2 - 1] + times->s[times->n / 2]);
}

#endif
