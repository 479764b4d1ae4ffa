/* What a study measures of each run: one number per metric.
 *
 * A metric is named by a text: its name, for some an argument after a colon, and for those about deliveries, which
 * deliveries it is about in brackets, with * as elsewhere:
 *
 *     delivery_p95    delivery_mean[site=PS1]    last_on_dp[package=CS1000*,dp=PS1*]    met:before Monday wait:copying
 *     margin:99 % on_dp by 06:00
 *
 * With [warm-up=6 h] they leave out what was requested before, and with [warm-up=auto] what was requested until
 * delivery times had settled (MSER-5): for workloads that begin with nobody there, and then go on and on. warm_up is
 * that time.
 *
 * Deliveries that are still open when the run ends count as if they had ended then: their times are at least that. */
#ifndef APP_STUDY_METRICS_H
#define APP_STUDY_METRICS_H

#include <glib.h>

#include "sim/app/simulation.h"

enum metric_kind {
    METRIC_KIND_DURATION, /* s */
    METRIC_KIND_TIME,     /* s since the start */
    METRIC_KIND_SHARE,    /* 0 to 1 */
    METRIC_KIND_BYTES,
};

struct metric_type {
    const char *name;
    enum metric_kind kind;
    bool higher_is_better;
    const char *argument; /* what stands after the colon: "OBJECTIVE"; NULL: nothing */
    const char *sentence;
};
/* Ends with one without name. */
extern const struct metric_type metric_types[];

/* One metric, of one scenario. */
struct metric {
    char *text; /* as it was named */
    const struct metric_type *type;
    int32_t argument;              /* objective or cause */
    struct objective_spec *stated; /* the objective, where it is none of the scenario's; NULL: it is */
    GArray *filters;               /* private */
    bool settled;                  /* without what was requested before delivery times had settled, */
    double from_s;                 /* or before this */
    double zero;                   /* a percentage is one of the distance from here: 0 of lengths and amounts. Moments
                                      count from the first request, for which `start` is no measure, and margins from
                                      what they would be if the objective had been met at once */
};

/* NULL and a sentence, to be freed, that says what to write instead. */
struct metric *metric_new(const char *text, const struct scenario *scenario, char **why);
void metric_free(struct metric *metric);
/* The names of what is measured when nobody says: the overall ones, "met:" and "margin:" of every objective. */
char **metric_standard(const struct scenario *scenario);
/* The names of all that can be measured of all deliveries together, those first, then "warm_up" and "wait:" of every
 * cause: what is kept of every run, so that it need not be made again when another of them is asked for. */
char **metric_plain(const struct scenario *scenario);
/* enum collector_flags that the measuring of any metric takes. */
#define METRIC_COLLECTS (COLLECT_DELIVERIES | COLLECT_TRANSFERS)
/* A value for each struct metric *. NaN: there is nothing to measure, for example nothing was delivered, or delivery
 * times have not settled. */
void metrics_measure(const GPtrArray *metrics, const struct collector *collector, double *values);
/* Of a margin: the objective was not reached before the run ended, and this is how late it is at least. */
bool metric_margin_is_open(const struct metric *metric, const struct scenario *scenario, double value);
/* Why not, as far as the metric tells. */
const char *metric_why_undefined(const struct metric *metric);
/* Between what a run can have, whatever it is: a share 0 and 1, a length or an amount from 0 on, a moment from the
 * first request on. A margin may be anything. */
struct metric_range {
    double least, most; /* may be infinite */
};
struct metric_range metric_range(const struct metric *metric);
/* "s", "1" (a share), "bytes" */
const char *metric_unit(const struct metric_type *type);
/* Each run says yes or no to it: its mean is a share of the runs. */
bool metric_is_yes_or_no(const struct metric_type *type);
/* A difference of it in percent says something: not of shares, which differ by points, nor of margins. */
bool metric_has_percentage(const struct metric_type *type);
/* For people: "2 h 5 min", "97.5 %", "23.8 GB"; to be freed. */
char *metric_words(const struct metric_type *type, double value, const struct scenario *scenario);
/* The same of a difference, which is no moment: "-41 min"; to be freed. */
char *metric_difference_words(const struct metric_type *type, double difference);
/* As exact as it takes to see a difference of resolution. */
char *metric_words_finely(const struct metric_type *type, double value, const struct scenario *scenario,
                          double resolution);

#endif
