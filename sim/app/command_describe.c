/* distsim describe: every setting of a scenario, from the field tables. */
#include <stdio.h>

#include "sim/app/commands.h"

int command_describe(int argc, char **argv)
{
    (void)argc;
    fprintf(stderr, "%s: not there yet\n", argv[0]);
    return EXIT_CODE_FAILED;
}
