#include "sim/app/interrupts.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <glib.h>

#include "sim/app/commands.h"

/* Any thread may be the one that is interrupted: written and, by threads, read with atomic operations. */
static volatile sig_atomic_t interrupted;
const volatile sig_atomic_t *const interrupts_seen = &interrupted;
static struct timespec interrupted_at;
static bool on_terminal;

/* In a signal handler; who cannot be told is not told. */
static void say(const char *text)
{
    ssize_t written = write(STDERR_FILENO, text, strlen(text));

    (void)written;
}

/* The first Ctrl-C ends the run in good order, a later one ends the program. What comes within a second of the first is
 * the same wish: timeout(1), for one, signals the program and then its group. */
static void interrupt(int signal_number)
{
    struct timespec now;
    int error = errno; /* of whoever is interrupted */

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (!g_atomic_int_get(&interrupted)) {
        g_atomic_int_set(&interrupted, 1);
        interrupted_at = now;
        if (on_terminal)
            say("\r\033[Kstopping: what there is is brought in order; Ctrl-C again ends it at once\n");
    } else if ((double)(now.tv_sec - interrupted_at.tv_sec) + 1e-9 * (double)(now.tv_nsec - interrupted_at.tv_nsec) >
               1) {
        signal(signal_number, SIG_DFL);
        raise(signal_number); /* when the handler returns */
    }
    errno = error;
}

static void end(int signal_number)
{
    (void)signal_number;
    say(on_terminal ? "\r\033[K" : "");
    say("distsim: interrupted before the run began: nothing was written\n");
    _exit(EXIT_CODE_INTERRUPTED);
}

static void handle(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART}, before;

    on_terminal = isatty(STDERR_FILENO);
    sigemptyset(&action.sa_mask);
    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaddset(&action.sa_mask, SIGHUP);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN) /* nohup(1) */
        sigaction(SIGHUP, &action, NULL);
}

void interrupts_end(void)
{
    handle(end);
}

void interrupts_catch(void)
{
    handle(interrupt);
    signal(SIGCHLD, SIG_DFL); /* who ignores it is not told how gnuplot ended */
}
