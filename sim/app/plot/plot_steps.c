#include "sim/app/plot/plot_steps.h"

#include <string.h>

/* Steps are named by their place among all of them, from 1; 0: none. */
struct plot_steps {
    const struct collector *collector;
    uint32_t *next; /* of the same function, by step */
    uint32_t *first[N_STEP_METRICS], n[N_STEP_METRICS];
};

static struct plot_steps *steps_new(const struct collector *c)
{
    struct plot_steps *steps = g_new0(struct plot_steps, 1);

    steps->collector = c;
    steps->next = g_new0(uint32_t, c->steps->len + 1);
    for (guint i = 0; i < c->steps->len; i++) {
        const struct step *step = collector_step(c, i);
        steps->n[step->metric] = MAX(steps->n[step->metric], step->index + 1);
    }
    for (int metric = 0; metric < N_STEP_METRICS; metric++)
        steps->first[metric] = g_new0(uint32_t, steps->n[metric] + 1);
    for (guint i = c->steps->len; i > 0; i--) {
        const struct step *step = collector_step(c, i - 1);
        uint32_t *first = &steps->first[step->metric][step->index];

        steps->next[i - 1] = *first;
        *first = i;
    }
    return steps;
}

void plot_steps_free(struct plot_steps *steps)
{
    for (int metric = 0; metric < N_STEP_METRICS; metric++)
        g_free(steps->first[metric]);
    g_free(steps->next);
    g_free(steps);
}

const struct plot_steps *plot_steps_of(struct drawing *drawing, const struct collector *collector)
{
    for (guint i = 0; i < drawing->steps->len; i++) {
        const struct plot_steps *steps = drawing->steps->pdata[i];
        if (steps->collector == collector)
            return steps;
    }
    g_ptr_array_add(drawing->steps, steps_new(collector));
    return drawing->steps->pdata[drawing->steps->len - 1];
}

static const struct step *step_at(const struct plot_steps *steps, uint32_t i)
{
    return i ? collector_step(steps->collector, i - 1) : NULL;
}

const struct step *plot_steps_first(const struct plot_steps *steps, enum step_metric metric, uint32_t index)
{
    return index < steps->n[metric] ? step_at(steps, steps->first[metric][index]) : NULL;
}

const struct step *plot_steps_next(const struct plot_steps *steps, const struct step *step)
{
    return step_at(steps, steps->next[step - collector_step(steps->collector, 0)]);
}
