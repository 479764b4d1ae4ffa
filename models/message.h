/* What a distribution point itself tells its site: state messages (L3), results of validation (C3). What is due while
 * the site cannot be reached from there waits, and arrives as soon as it can. */
#ifndef MODELS_MESSAGE_H
#define MODELS_MESSAGE_H

#include <glib.h>
#include <stdbool.h>

struct distribution_point;

/* Embedded in whoever sends it, all 0 at first. */
struct message {
    GList link; /* in dp->held_up, while it waits */
    const struct distribution_point *dp;
    void (*arrived)(struct message *message); /* may send or free it */
};

/* Due now: arrives at once, or waits. */
void message_send(struct message *message, const struct distribution_point *dp,
                  void (*arrived)(struct message *message));
bool message_waits(const struct message *message);
/* It will not arrive; does nothing unless it waits. */
void message_cancel(struct message *message);
/* Something can be reached again: those for whom it makes a difference arrive, in the order in which they were due. */
void messages_go_on(GQueue *held_up);

#endif
