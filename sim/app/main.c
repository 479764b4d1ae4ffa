/* The program: finds the command and lets it work. */
#include <glib.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "sim/app/commands.h"
#include "sim/app/memory_end.h"
#include "sim/app/read/suggest.h"
#include "sim/app/version.h"

struct command {
    const char *name, *sentence;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"run", "simulate a scenario and write its results", command_run},
    {"check", "say what is wrong with scenarios, without running them", command_check},
    {"explain", "tell where the time of deliveries went, one by one or together", command_explain},
    {"compare", "find out what a change of settings changes, under the same luck", command_compare},
    {"sweep", "find out what settings do, over ranges and combinations of them", command_sweep},
    {"plan", "find the cheapest settings that meet an objective", command_plan},
    {"sensitivity", "find out which settings matter: what to change first", command_sensitivity},
    {"merge", "put the parts of a study together that were made with --shard or --runs", command_merge},
    {"export", "write the runs of a study's store as CSV or JSON", command_export},
    {"describe", "explain every setting of a scenario; print the JSON Schema", command_describe},
};

static void print_help(FILE *to)
{
    fputs("usage: distsim COMMAND [OPTION...]\n"
          "\n"
          "Simulates content distribution in a Configuration Manager hierarchy: when will this content be\n"
          "everywhere, what holds it back, and which setting changes that.\n"
          "\n",
          to);
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        fprintf(to, "  %-12s %s\n", commands[i].name, commands[i].sentence);
    fputs("\n"
          "distsim COMMAND --help says more. distsim --version prints the version.\n"
          "\n"
          "example: distsim check scenarios/emea.json && distsim run scenarios/emea.json\n"
          "\n"
          "exit codes: 0 fine, 1 something failed while running, 2 wrong usage or scenario, 3 an objective was\n"
          "missed, 130 interrupted\n",
          to);
}

/* What was printed and never arrived is a failure. */
static int flushed(int code)
{
    bool failed = fflush(stdout) != 0 || ferror(stdout);

    if (!failed)
        return code;
    fputs("distsim: cannot write to standard output\n", stderr);
    return code == EXIT_CODE_FINE ? EXIT_CODE_FAILED : code;
}

int main(int argc, char **argv)
{
    struct suggestion suggestion = {0};
    const char *word = argc > 1 ? argv[1] : NULL;

    /* What is printed is UTF-8 in any case; numbers, dates and words are nobody's locale's. */
    setlocale(LC_CTYPE, "C.UTF-8");
    memory_end_watch();
    signal(SIGXFSZ, SIG_IGN); /* a file that may not grow fails to be written, as on a full disk */
    if (!word) {
        print_help(stderr);
        return EXIT_CODE_WRONG;
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || (strcmp(word, "help") == 0 && argc == 2)) {
        print_help(stdout);
        return flushed(EXIT_CODE_FINE);
    }
    if (strcmp(word, "--version") == 0) {
        printf("distsim %s\n", program_version);
        return flushed(EXIT_CODE_FINE);
    }
    suggestion.wanted = word;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (strcmp(word, commands[i].name) == 0)
            return flushed(commands[i].run(argc - 1, argv + 1));
        suggestion_offer(&suggestion, commands[i].name);
    }
    fprintf(stderr, "distsim: no command \"%s\"", word);
    if (suggestion.best)
        fprintf(stderr, "; did you mean \"%s\"?\n", suggestion.best);
    else
        fputs("; distsim --help lists them\n", stderr);
    return EXIT_CODE_WRONG;
}
