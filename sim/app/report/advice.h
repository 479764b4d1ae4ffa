/* What would help? Not guessed but tried: the scenario is simulated again with one setting changed, and everything else
 * as it is, the luck included. Which settings are tried follows from where the deliveries spent their time: numbers of
 * threads and capacities of links are doubled, delays are halved. */
#ifndef APP_ADVICE_H
#define APP_ADVICE_H

#include <signal.h>

#include "sim/app/simulation.h"

struct site_last {
    const char *site;
    double last_s; /* from its first request to its last delivery; NaN: not all is delivered */
};

/* How a run ended, in the words of whoever waits for content. */
struct outcome {
    guint delivered;
    double mean_s;      /* of a delivery; of those not delivered, the time until the run ended */
    double last_s;      /* from the first request to the last delivery; NaN: nothing was delivered */
    GArray *sites;      /* struct site_last; those that deliveries were asked for */
    GArray *objectives; /* struct objective_result */
    guint n_met;
};

struct trial {
    char *setting;      /* "sites.CS1.sender.max_concurrent_per_site", "sites.*.replication_lag" */
    char *was, *with;   /* "3", "6" */
    double waits_s;     /* of the deliveries' time: waits for it */
    double waits_share; /* of all of their time */
    bool tried;         /* false: too much for the budget of events, or stopped */
    struct outcome outcome;
};

struct advice {
    GArray *trials;      /* struct trial; those tried first, best first */
    struct outcome base; /* of the run itself */
    guint n_tried;
    bool stopped; /* not all was tried */
};

/* Trials that a summary has room for. */
#define ADVICE_TRIALS 8
/* n_trials: of what deliveries wait for most. base: of COLLECT_ALL, has been run to its end, and outlives the advice.
 * scenario: as given to it; its settings are changed and restored. Trials are bounded by events, not by time, so that
 * the same scenario gives the same advice everywhere. stop: not 0: there is no time for more; NULL: there is. */
struct advice *advice_new(const struct simulation *base, struct scenario *scenario, guint n_trials,
                          const volatile sig_atomic_t *stop);
void advice_free(struct advice *advice);

/* Below 0: better with it than without; 0: as good, or some sooner and some later. What counts first is content that
 * arrives, then objectives: how many are met, and how late the others; then times: the mean, the last one, and the last
 * one at each site. Changes of times that are too small to be told of are none. */
int advice_compare(const struct advice *advice, const struct trial *trial);
/* How much of a difference it makes, for better or worse: what changes deliveries or objectives makes more than what
 * only changes times. */
double advice_weight(const struct advice *advice, const struct trial *trial);
/* What the trial changed: "mean 41 min (-18 %); last one after 3 h (-5 %); ..."; to be freed. NULL: nothing. */
char *advice_change(const struct advice *advice, const struct trial *trial);

#endif
