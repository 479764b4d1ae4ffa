/* What is said when memory ends. GLib aborts then, in words for programmers, and without any when there is not even
 * memory for these. */
#ifndef APP_MEMORY_END_H
#define APP_MEMORY_END_H

/* From now on the program says in that case what to do, and exits with EXIT_CODE_FAILED. What it was writing stays
 * where nobody takes it for a result (sim/app/results.h). */
void memory_end_watch(void);

#endif
