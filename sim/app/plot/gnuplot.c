#include "sim/app/plot/gnuplot.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    LOOK_EVERY_MS = 100,    /* at the clock and at *stop, when nothing comes */
    LOOK_FOR_END_MS = 5,    /* when both pipes are closed */
    MAX_PICTURE = 64 << 20, /* bytes; a picture of ours has a few hundred thousand */
    MAX_COMPLAINT = 64 << 10,
    MAX_WORDS = 300, /* of it that are passed on */
};

/* In the child, before it becomes gnuplot: a group of its own, so that what it starts can be ended with it, and Ctrl-C
 * reaches this program alone. When this program is killed, gnuplot goes too. */
static void on_its_own(gpointer parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != GPOINTER_TO_INT(parent))
        _exit(127);
}

/* Takes what there is; false at the end of the pipe. What is too much is dropped. */
static gboolean take(int fd, GString *to, gsize max)
{
    char bytes[1 << 16];
    ssize_t n = read(fd, bytes, sizeof bytes);

    if (n > 0)
        g_string_append_len(to, bytes, (gssize)MIN((gsize)n, max - MIN(max, to->len)));
    return n > 0 || (n < 0 && errno == EINTR);
}

/* Without the lines of spaces and a caret that point at the place, and without mere warnings. */
static char *first_words(const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);
    g_auto(GStrv) lines = g_strsplit(valid, "\n", -1);
    g_autoptr(GString) words = g_string_new(NULL);

    for (char **line = lines; *line && words->len <= MAX_WORDS; line++) {
        g_strstrip(*line);
        if (!**line || !strcmp(*line, "^") || strstr(*line, "warning: "))
            continue;
        g_string_append_printf(words, "%s%s", words->len ? "; " : "", *line);
    }
    if (!words->len)
        return NULL;
    return g_utf8_substring(words->str, 0, MIN(MAX_WORDS, g_utf8_strlen(words->str, -1)));
}

static gboolean is_whole(const GString *picture)
{
    static const char end[] = "</svg>";
    gsize n = picture->len;

    while (n && g_ascii_isspace(picture->str[n - 1]))
        n--;
    return n >= strlen(end) && !memcmp(picture->str + n - strlen(end), end, strlen(end));
}

/* Reads both pipes until it has ended; -1: it had to be ended. */
static int watch(struct gnuplot_run *run, GPid child, int picture_fd, int words_fd, GString *words,
                 enum gnuplot_end *end)
{
    gint64 until_us = g_get_monotonic_time() + (gint64)(run->limit_s * 1e6);
    struct pollfd pipes[] = {{.fd = picture_fd, .events = POLLIN}, {.fd = words_fd, .events = POLLIN}};
    siginfo_t info;
    int status = -1;

    for (;;) {
        gboolean open = pipes[0].fd >= 0 || pipes[1].fd >= 0;

        if (poll(pipes, G_N_ELEMENTS(pipes), open ? LOOK_EVERY_MS : LOOK_FOR_END_MS) > 0) {
            if (pipes[0].revents && !take(picture_fd, run->picture, MAX_PICTURE))
                pipes[0].fd = -1;
            if (pipes[1].revents && !take(words_fd, words, MAX_COMPLAINT))
                pipes[1].fd = -1;
        }
        if (run->stop && *run->stop) {
            *end = GNUPLOT_INTERRUPTED;
            break;
        }
        if (g_get_monotonic_time() > until_us) {
            *end = GNUPLOT_TOO_SLOW;
            break;
        }
        /* What it has left running would keep the pipes open. */
        info.si_pid = 0;
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == child) {
            kill(-child, SIGKILL);
            if (pipes[0].fd < 0 && pipes[1].fd < 0) {
                *end = GNUPLOT_DRAWN;
                break;
            }
        }
    }
    kill(-child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        continue;
    return status;
}

enum gnuplot_end gnuplot_run(struct gnuplot_run *run)
{
    g_autoptr(GPtrArray) words_of_command = g_ptr_array_new();
    /* GNUTERM would be set before the script is read, and may name a terminal that this gnuplot has not. */
    g_auto(GStrv) environment =
        g_environ_setenv(g_environ_unsetenv(g_get_environ(), "GNUTERM"), "LC_ALL", "C.UTF-8", TRUE);
    g_autoptr(GString) words = g_string_new(NULL);
    g_autoptr(GError) error = NULL;
    enum gnuplot_end end = GNUPLOT_FAILED;
    int picture_fd, words_fd;
    GPid child;

    run->picture = g_string_new(NULL);
    run->complaint = NULL;
    if (run->stop && *run->stop)
        return GNUPLOT_INTERRUPTED;
    g_ptr_array_add(words_of_command, (char[]){"gnuplot"});
    g_ptr_array_add(words_of_command, (char[]){"--default-settings"});
    for (const char *const *file = run->files; *file; file++)
        g_ptr_array_add(words_of_command, (gpointer)*file);
    g_ptr_array_add(words_of_command, NULL);

    if (!g_spawn_async_with_pipes(run->directory, (char **)words_of_command->pdata, environment,
                                  G_SPAWN_SEARCH_PATH | G_SPAWN_DO_NOT_REAP_CHILD, on_its_own,
                                  GINT_TO_POINTER(getpid()), &child, NULL, &picture_fd, &words_fd, &error)) {
        run->complaint = g_strdup(error->message);
        return g_error_matches(error, G_SPAWN_ERROR, G_SPAWN_ERROR_FAILED) ? GNUPLOT_FAILED : GNUPLOT_MISSING;
    }
    int status = watch(run, child, picture_fd, words_fd, words, &end);
    close(picture_fd);
    close(words_fd);
    g_spawn_close_pid(child);

    if (end == GNUPLOT_TOO_SLOW) {
        run->complaint = g_strdup_printf("gnuplot had not drawn it after %g s", run->limit_s);
    } else if (end == GNUPLOT_DRAWN && (!WIFEXITED(status) || WEXITSTATUS(status) != 0)) {
        end = GNUPLOT_FAILED;
        run->complaint = first_words(words->str);
        if (!run->complaint && WIFSIGNALED(status))
            run->complaint =
                g_strdup_printf("gnuplot died of signal %d (%s)", WTERMSIG(status), g_strsignal(WTERMSIG(status)));
        else if (!run->complaint)
            run->complaint = g_strdup_printf("gnuplot failed with status %d and said nothing", WEXITSTATUS(status));
    } else if (end == GNUPLOT_DRAWN && !is_whole(run->picture)) {
        end = GNUPLOT_FAILED;
        run->complaint = g_strdup("gnuplot drew only a part of it");
    }
    return end;
}

void gnuplot_run_clear(struct gnuplot_run *run)
{
    if (run->picture)
        g_string_free(run->picture, TRUE);
    g_free(run->complaint);
    run->picture = NULL;
    run->complaint = NULL;
}
