/* Drives of a distribution point (C2): where the files of its content library lie.
 *
 * Files go to the first drive until it has only the reserve left, then to the one with the most free space, and so on;
 * a file lies on one drive. A copy takes the room of all files that are to come before it begins: if there is not
 * enough, it does not begin. What did not arrive gives its room back, and so does what the last package that uses it
 * leaves. Files that are overwritten in place need no more room; a new version of a file does, as the old one goes
 * after it. What was there before the run is there, room or not. Without drives there is room for everything. */
#ifndef MODELS_DRIVES_H
#define MODELS_DRIVES_H

#include "models/content.h"

#define MAX_DRIVES 26

struct drive {
    double size_bytes, free_bytes; /* free: below 0 if what was there before the run is more than fits */
};

struct drives {
    struct drive *drives;
    uint32_t n; /* 0: not limited */
    double reserve_bytes;
    uint32_t in_use;    /* a bit for each that something has been put on; MAX_DRIVES at most */
    GPtrArray *library; /* struct room *: of each file set in the library; NULL: takes none */
};

/* Files of a copy that is under way, or of a file set in the library, and where they lie: private. */
struct room;

void drives_clear(struct drives *drives);
void drives_add(struct drives *drives, double size_bytes, double free_bytes);

/* Room for the files of the version that are to come (version_left()) and that the library has not; all or nothing.
 * *room: what the copy has already, NULL: nothing yet. Returns whether it has all room now. */
bool drives_take(struct drives *drives, const struct content *content, const struct version *version,
                 const struct library *library, const double *left_bytes, struct room **room);
/* The copy has ended early: what is left to come gives its room back. */
void drives_keep_arrived(struct drives *drives, const struct content *content, const struct version *version,
                         const double *left_bytes, struct room *room);
/* The copy is not to be: all of its room is given back. */
void drives_give_back(struct drives *drives, const struct content *content, struct room **room);

/* The version is about to be added to the library: what is new there lies where the copy has put it; room may be NULL,
 * for what comes without a copy. */
void drives_store(struct drives *drives, const struct content *content, const struct version *version,
                  const struct library *library, struct room **room);
/* The version has been removed from the library: what nothing else refers to gives its room back. */
void drives_removed(struct drives *drives, const struct content *content, const struct version *version,
                    const struct library *library);

#endif
