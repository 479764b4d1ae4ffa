/* Chance: distributions that stand where a scenario could have a number with a unit.
 *
 * The number of a setting is a double in a struct of the scenario. When the scenario gives a distribution instead, that
 * double holds its mean, and the distribution stands beside it in the scenario's table of chances, found by the
 * double's address. A model that uses a setting asks luck_draw() for it where it is used; without a distribution that
 * is the double itself.
 *
 * Misfortunes have a probability instead: luck_strikes().
 *
 * Every draw has a stream of its own, named by seed, replication, setting, entity and item ("CS100026 to PS1DP01", or
 * what else is at hand), and by how often it was drawn before: another distribution point, package or site changes
 * nobody else's luck, nor does the order of events. */
#ifndef MODELS_LUCK_H
#define MODELS_LUCK_H

#include <stdarg.h>
#include <stdbool.h>

#include "models/params.h"
#include "sim/engine/distribution.h"

struct scenario;

/* ---- the scenario's table of chances ---- */

struct chance {
    struct sim_distribution distribution;
    enum param_kind kind;
    char *purpose; /* "sender.retry_delay", owned */
    uint32_t n_references;
};

struct chances; /* NULL: none */

/* Notes that a setting has a distribution, and puts its mean there. The chance may be noted for several settings; it is
 * freed with the last. */
void chances_set(struct chances **chances, double *at, struct chance *chance);
/* What stands at the address is a number again, or no longer stands there. */
void chances_forget(struct chances *chances, const double *at);
/* The same of all settings of the struct at `of`. */
void chances_forget_all(struct chances *chances, const struct param_table *table, const void *of);
/* A struct has moved. */
void chances_moved(struct chances *chances, const struct param_table *table, const void *from, void *to);
const struct chance *chances_find(const struct chances *chances, const double *at);
void chances_free(struct chances *chances);

/* Whether a distribution may stand in place of a value of the field. */
static inline bool param_has_chance(const struct param_field *field)
{
    return (field->kind == PARAM_DURATION || field->kind == PARAM_RATE || field->kind == PARAM_SIZE) &&
           !(field->flags & PARAM_CERTAIN);
}

/* A new chance without settings, with the kind and name of the field. */
struct chance *chance_new(const struct param_table *table, const struct param_field *field);
void chance_unref(struct chance *chance);

/* ---- drawing ---- */

struct luck;

struct luck *luck_new(const struct scenario *scenario, uint64_t seed, uint32_t replication);
void luck_free(struct luck *luck);

/* The value of a setting, each time anew. luck NULL: as without distributions. */
double luck_draw(struct luck *luck, const double *setting, const char *entity, const char *item_format, ...)
    G_GNUC_PRINTF(4, 5);
/* The same value for the same names, all through the run. */
double luck_fixed(const struct luck *luck, const double *setting, const char *entity, const char *item_format, ...)
    G_GNUC_PRINTF(4, 5);
double luck_fixed_va(const struct luck *luck, const double *setting, const char *entity, const char *item_format,
                     va_list arguments) G_GNUC_PRINTF(4, 0);
/* Whether a misfortune strikes that has this probability, each time anew. luck NULL: never. */
bool luck_strikes(struct luck *luck, double percent, const char *entity, const char *purpose, const char *item_format,
                  ...) G_GNUC_PRINTF(5, 6);
/* How far something gets, as a share of it, above 0 and at most 1, each time anew. */
double luck_share(struct luck *luck, const char *entity, const char *purpose, const char *item_format, ...)
    G_GNUC_PRINTF(4, 5);
/* A package's id, to name items with. */
const char *luck_package(const struct luck *luck, uint32_t package);

#endif
