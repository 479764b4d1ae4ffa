#include "models/message.h"

#include "models/distribution_point.h"
#include "sim/engine/sim.h"

void message_send(struct message *message, const struct distribution_point *dp,
                  void (*arrived)(struct message *message))
{
    message->dp = dp;
    message->arrived = arrived;
    if (distribution_point_reachable(dp)) {
        arrived(message);
        return;
    }
    message->link = (GList){.data = message};
    g_queue_push_tail_link(dp->held_up, &message->link);
}

bool message_waits(const struct message *message)
{
    return message->link.data;
}

void message_cancel(struct message *message)
{
    if (!message_waits(message))
        return;
    g_queue_unlink(message->dp->held_up, &message->link);
    message->link.data = NULL;
}

void messages_go_on(GQueue *held_up)
{
    for (guint n = held_up->length; n > 0 && held_up->head; n--) {
        struct message *message = held_up->head->data;
        message_cancel(message);
        message_send(message, message->dp, message->arrived);
    }
}
