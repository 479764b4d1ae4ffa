#include "sim/app/objective.h"

#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

static void selects(const struct selection *selection, guint n, bool *chosen)
{
    if (!selection->members) {
        memset(chosen, true, n);
        return;
    }
    for (guint i = 0; i < selection->members->len; i++) {
        uint32_t member = g_array_index(selection->members, uint32_t, i);
        if (member < n)
            chosen[member] = true;
    }
}

struct objective_result objective_judge(const struct collector *c, const struct objective_spec *spec)
{
    struct objective_result result = {.spec = spec, .reached_s = NAN, .margin_s = NAN};
    guint n_packages = c->scenario->packages->len, n_dps = c->scenario->distribution_points->len;
    g_autofree bool *packages = g_new0(bool, n_packages + 1), *dps = g_new0(bool, n_dps + 1);
    g_autoptr(GArray) reached = g_array_new(FALSE, FALSE, sizeof(double));

    selects(&spec->packages, n_packages, packages);
    selects(&spec->to, n_dps, dps);
    for (guint i = 0; i < c->deliveries->len; i++) {
        const struct delivery_row *row = collector_delivery(c, i);

        if (!row->known || !packages[row->package] || !dps[row->dp])
            continue;
        if (row->state == DELIVERY_CANCELLED)
            continue; /* a newer one stands in its place */
        double when_s = spec->metric == METRIC_ON_DP        ? row->on_dp_s
                        : spec->metric == METRIC_SITE_KNOWS ? row->site_knows_s
                                                            : row->central_knows_s;
        result.n++;
        if (!isnan(when_s))
            g_array_append_val(reached, when_s);
        if (when_s <= spec->by_s)
            result.n_by_deadline++;
    }
    gsl_sort((double *)(void *)reached->data, 1, reached->len);
    /* 99 % of 40 is 39.6: all 40. The product may be a hair above the whole number that it stands for. */
    result.n_needed = MAX(1, (guint)ceil(spec->share_percent * result.n / 100 - 1e-9 * result.n));
    result.share_by_deadline = result.n ? (double)result.n_by_deadline / result.n : NAN;
    result.share_at_end = result.n ? (double)reached->len / result.n : NAN;
    if (result.n_needed <= reached->len) {
        result.reached_s = g_array_index(reached, double, result.n_needed - 1);
        result.margin_s = spec->by_s - result.reached_s;
    }
    result.met = result.margin_s >= 0;
    return result;
}
