/* A setting along one side of a sweep's picture: where its values stand, and its ticks. */
#ifndef APP_STUDY_SWEEP_SIDE_H
#define APP_STUDY_SWEEP_SIDE_H

#include "sim/app/plot/plot.h"
#include "sim/app/study/design.h"

struct side {
    const struct design *design;
    guint axis;
    bool numbers; /* else each value has its place in the list */
    bool logarithmic;
    double low, high; /* places */
};

/* How many values of the setting are used. */
guint side_n_levels(const struct design *design, guint axis);
/* Whether all of them are numbers on a scale. */
bool side_has_numbers(const struct design *design, guint axis);
struct side side_new(const struct design *design, guint axis, bool numbers);
double side_place(const struct side *side, guint point);
/* What is left free beyond the ends. */
double side_margin(const struct side *side);
/* Ticks of a side so many px long, whose labels stand beside one another (not above one another); to be freed. */
char *side_ticks(const struct side *side, double length_px, bool beside);
/* The setting's path, and whether the scale is logarithmic; to be freed. */
char *side_title(const struct side *side);
/* Sets Xmin, Xmax, Xtitle and the ticks, where X is the letter. */
void side_write(struct plot *plot, const struct side *side, char letter, double length_px, bool beside);

/* The design's points from low to high places: struct dot; to be freed. */
struct dot {
    double x;
    guint point;
};
GArray *side_dots(const struct side *side);

#endif
