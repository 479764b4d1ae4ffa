/* The rules that hold between entities of a scenario, and those of single fields that a table cannot say. */
#ifndef SIM_APP_SCENARIO_RULES_H
#define SIM_APP_SCENARIO_RULES_H

#include "sim/app/read/reader.h"

/* Adds what breaks a rule to the reader's mistakes; passes over what could not be read. Defaults that mean nothing
 * where they fall (an access link of the root) are taken back. */
void scenario_rules(struct reader *r);

/* Why an entity, read as far as it goes, cannot have a setting that others of its kind have; NULL: it can. */
const char *scenario_rules_refusal(const struct param_table *table, const void *entity, const char *field);

#endif
