/* Whether a setting meets a demand: of all runs that it may have, a share at least is to reach the objective. A verdict
 * is looked for several times as its runs come in, by the exact interval, which is so wide that with STUDY_CONFIDENCE
 * all looks at all settings that may be tried are right together (Bonferroni's correction), whichever are tried, and
 * why. */
#ifndef APP_STUDY_PLAN_VERDICT_H
#define APP_STUDY_PLAN_VERDICT_H

#include <glib.h>

#include "sim/engine/output_analysis.h"

enum plan_verdict {
    PLAN_UNTRIED,
    PLAN_MEETS,
    PLAN_MISSES,
    PLAN_UNDECIDED, /* too near to the demand to say */
};

enum { PLAN_LOOKS = 4 };

struct plan_demand {
    double probability; /* above 0, below 1 */
    guint family;       /* settings that may be tried, from 1 */
    guint most;         /* runs of each; 0: as plan_look() says */
};

/* After how many runs the look (from 0) is; that of the last one is the most. */
guint plan_look(const struct plan_demand *demand, guint look);
/* So many runs show it where all of them reach the objective; of fewer none do. */
double plan_least_runs(const struct plan_demand *demand);
/* After n runs, from 1, that many of which reached it. Never PLAN_UNTRIED. */
enum plan_verdict plan_judge(const struct plan_demand *demand, guint n_met, guint n);
/* What the verdict goes by: it meets the demand where the interval is not below it, and misses it where it is. */
struct sim_interval plan_share(const struct plan_demand *demand, guint n_met, guint n);
/* As `most`, about so many would give a verdict (in four of five studies) if the share were this; two digits, rounded
 * up. INFINITY: the share is the demanded one. */
double plan_runs_to_tell(const struct plan_demand *demand, double share);

#endif
