/* Which program this is: what its results are told apart by. */
#ifndef APP_VERSION_H
#define APP_VERSION_H

/* "0.1.0+6f1c2a9b03de": the version, and a hash of all sources that the program is made of. Two programs that say the
 * same give the same results. */
extern const char program_version[];

#endif
