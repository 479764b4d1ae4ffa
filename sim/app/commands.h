/* The program's commands. Each parses its own arguments (argv[0] is the command's name) and returns an exit code. */
#ifndef SIM_APP_COMMANDS_H
#define SIM_APP_COMMANDS_H

enum exit_code {
    EXIT_CODE_FINE = 0,
    EXIT_CODE_FAILED = 1, /* something failed while running: disk, memory */
    EXIT_CODE_WRONG = 2,  /* usage or scenario */
    EXIT_CODE_MISSED = 3, /* an objective */
    EXIT_CODE_INTERRUPTED = 130,
};

int command_run(int argc, char **argv);
int command_replicate(int argc, char **argv); /* run, with --replications or --precision */
int command_sensitivity(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_sweep(int argc, char **argv);
int command_plan(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_export(int argc, char **argv);
int command_check(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_describe(int argc, char **argv);

#endif
