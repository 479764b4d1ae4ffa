/* The story of one delivery, as an administrator would tell it: hop by hop, when it waited, for whom, and what held it
 * back; and the causes of many deliveries as a table. From the rows of a collector with COLLECT_ALL | COLLECT_STORIES,
 * after collector_end(); the hierarchy must still be there. */
#ifndef APP_STORY_H
#define APP_STORY_H

#include "sim/app/report/collector.h"

struct storyteller;

struct storyteller *storyteller_new(const struct collector *collector);
void storyteller_free(struct storyteller *teller);

/* Seconds from the request until the delivery was done, had failed, or the run ended. */
double story_duration_s(const struct delivery_row *row);
/* The whole story of the delivery with this number; its story must have been kept. To be freed. */
char *story_text(struct storyteller *teller, uint64_t number);
/* Deliveries together: numbers (uint64_t), the slowest first, of which n_shown get a line each. To be freed. */
char *story_table(struct storyteller *teller, const GArray *numbers, guint n_shown);

#endif
