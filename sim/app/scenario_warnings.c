#include "sim/app/scenario_warnings.h"

/* Sites that a site exchanges content with. */
static uint32_t n_neighbours(const struct scenario *s, uint32_t i)
{
    uint32_t n = scenario_site(s, (int32_t)i)->parent >= 0;

    for (guint k = 0; k < s->sites->len; k++)
        n += scenario_site(s, (int32_t)k)->parent == (int32_t)i;
    return n;
}

/* S5 */
static void warn_of_senders(struct reader *r)
{
    const struct entity_list *sites = reader_list_of_table(r, &site_table);

    for (uint32_t i = 0; i < sites->entities->len; i++) {
        const struct sender_params *sender = &scenario_site(r->scenario, (int32_t)i)->sender;

        if (sender->max_concurrent_per_site >= sender->max_concurrent_all_sites && n_neighbours(r->scenario, i) > 1)
            reader_mistake_at(r, sites, i, "sender.max_concurrent_per_site", -1, NULL,
                              "one site that is down can hold all %u sending threads while it is tried again, and all "
                              "other sites wait; keep it below max_concurrent_all_sites",
                              sender->max_concurrent_all_sites);
    }
}

void scenario_warnings(struct reader *r)
{
    warn_of_senders(r);
}
