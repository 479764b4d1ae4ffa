#include "sim/app/plot/plots.h"

#include "sim/app/plot/plot.h"

gboolean plots_draw(const struct summary *summary, const char *directory, const struct plots_options *options,
                    GPtrArray *warnings, GError **error)
{
    struct drawing drawing;

    if (!drawing_begin(&drawing, directory, options, warnings))
        return TRUE;
    plot_timeline(&drawing, summary);
    plot_jobs(&drawing, summary);
    plot_throughput(&drawing, summary);
    plot_deliveries(&drawing, summary);
    return drawing_end(&drawing, error);
}
