/* Ctrl-C and its kin: the first one asks the program to come to an end in good order, a later one ends it at once.
 * Before there is anything to bring in order, so does the first. */
#ifndef APP_INTERRUPTS_H
#define APP_INTERRUPTS_H

#include <signal.h>

/* From now on: the program ends at once, with exit code 130 and a line that says so. Nothing has been written yet. */
void interrupts_end(void);
/* From now on: interrupts_seen; on a terminal a line tells that it was heard. */
void interrupts_catch(void);
/* Not 0: somebody wants the program to end. */
extern const volatile sig_atomic_t *const interrupts_seen;

#endif
