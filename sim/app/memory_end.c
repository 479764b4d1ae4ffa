#include "sim/app/memory_end.h"

#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "sim/app/commands.h"

enum { PROBE_BYTES = 16 << 20 }; /* more than malloc asks the system for to serve a small request */

/* Only what a signal handler may do too. */
static G_GNUC_NORETURN void give_up(void)
{
    static const char words[] =
        "distsim: the memory is used up; no results were written. A run needs more with every delivery (packages times\n"
        "distribution points), and most of that is rows of tables: --tables summary keeps none of them. Or leave out some\n"
        "packages or points, or end it earlier (--set until=...); of a study make fewer runs at a time (--workers 1).\n";

    if (write(STDERR_FILENO, words, sizeof words - 1) < 0)
        _exit(EXIT_CODE_FAILED);
    _exit(EXIT_CODE_FAILED);
}

static void on_message(const char *domain, GLogLevelFlags level, const char *message, gpointer data)
{
    if (level & G_LOG_LEVEL_ERROR && message && strstr(message, "failed to allocate"))
        give_up();
    g_log_default_handler(domain, level, message, data);
}

/* There was no memory for the message either, if there is none for this. */
static void on_abort(int number)
{
    void *probe = mmap(NULL, PROBE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (probe == MAP_FAILED)
        give_up();
    munmap(probe, PROBE_BYTES);
    signal(number, SIG_DFL);
    raise(number);
}

void memory_end_watch(void)
{
    const struct sigaction action = {.sa_handler = on_abort};

    g_log_set_default_handler(on_message, NULL);
    sigaction(SIGABRT, &action, NULL);
    sigaction(SIGTRAP, &action, NULL);
}
