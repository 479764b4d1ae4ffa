/* Validation of content on a distribution point (C3): a task on the point itself reads the files of one package after
 * the other, as fast as validation_rate and what its disk has left allow, and compares their hashes. It reports the
 * result of each to its site (X4): 2384, they are right; 2382, a file is not what it should be; 2385, a file is
 * missing. It repairs nothing: redistributing the package does.
 *
 * One task runs at a time (2380); packages that are asked for meanwhile line up behind (2381). Files are damaged by
 * faults. Neither the point nor its site notices: other packages go on sharing them, and pull distribution points
 * fetching them. */
#ifndef MODELS_VALIDATION_H
#define MODELS_VALIDATION_H

#include "models/distribution_point.h"
#include "models/status_manager.h"

struct hierarchy;

/* The point's content is to be validated, or (packages not NULL) what it has of these. */
void validation_begins(struct hierarchy *h, struct distribution_point *dp, const GArray *packages);
/* Faults that damage content are in the queue when this returns. */
void validations_init(struct hierarchy *h);
void validations_stop(struct hierarchy *h);
void validations_clear(struct hierarchy *h);

#endif
