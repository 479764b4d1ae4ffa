/* Ctrl-C and its kin: the first one asks the program to come to an end in good order, a later one ends it at once. */
#ifndef APP_INTERRUPTS_H
#define APP_INTERRUPTS_H

#include <signal.h>

/* From now on. */
void interrupts_catch(void);
/* Not 0: somebody wants the program to end. */
extern const volatile sig_atomic_t *const interrupts_seen;

#endif
