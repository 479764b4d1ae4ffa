/* What the parts of explain's stories share. Only they include this. */
#ifndef APP_STORY_PARTS_H
#define APP_STORY_PARTS_H

#include "sim/app/report/story.h"

/* Something that held a thread: a transfer, or a package at a site. */
struct hold {
    double from_s, to_s;
    const char *site, *to; /* to: "" where there is no destination */
    uint32_t package;
    uint32_t row; /* of the transfer; UINT32_MAX: none */
    uint8_t kind; /* enum pool_kind */
};

struct storyteller {
    const struct collector *c;
    const struct scenario *scenario;
    GArray *holds; /* struct hold */
};

/* A name and for how long it was busy. */
struct named {
    const char *name;
    double busy_s;
};

/* What one looks for among the holds. */
struct question {
    enum pool_kind kind;
    const char *site, *to; /* to NULL: any */
    double from_s, to_s;
    uint32_t own_row; /* not this transfer */
};

struct answer {
    GArray *packages, *destinations; /* struct named */
    double mean;                     /* threads held, over the time asked about */
    guint most;                      /* at once */
};

/* A line of the story. */
struct episode {
    struct story_row span;
    char *text;
};

struct tale {
    struct storyteller *t;
    uint64_t number;
    const struct delivery_row *row;
    GArray *episodes; /* struct episode */
    const struct package_spec *package;
};

/* ---- who held which thread when (story_holds.c) ---- */

struct answer story_who_holds(const struct storyteller *teller, const struct question *question);
void story_answer_clear(struct answer *answer);
void story_name_add(GArray *names, const char *name, double busy_s);
/* "APP00001, APP00002, APP00003 and 12 more", the busiest first; to be freed. */
char *story_names(GArray *names);
double story_overlap_s(double from_s, double to_s, double other_from_s, double other_to_s);

/* ---- what happened in a span of time (story_spans.c) ---- */

const struct site_spec *story_site(const struct tale *tale, const char *code);
/* Row of the transfer on whose way the span lies; UINT32_MAX: none. */
uint32_t story_transfer(const struct tale *tale, const struct story_row *span);
/* The transfer's last change of state until then; NULL: none. */
const struct change_row *story_change(const struct tale *tale, uint32_t row, double time_s);
/* State of that transfer as the span begins; N_TRANSFER_STATES: there is none. */
enum transfer_state story_state(const struct tale *tale, const struct story_row *span);
/* In words; to be freed. */
char *story_describe(const struct tale *tale, const struct story_row *span);

/* ---- bytes on their way, and what held them back (story_moving.c) ---- */

/* The motion that the span is, or is a part of; NULL: nothing was on its way. */
const struct motion_row *story_motion(const struct tale *tale, const struct story_row *span);
/* "sent", "copied", "downloaded" */
const char *story_moving_verb(const struct tale *tale, const struct story_row *span);
void story_moved(const struct tale *tale, const struct story_row *span, GString *text);

/* ---- tries that failed (story_tries.c) ---- */

/* "2 tries failed (connection lost), with waits between them" */
void story_waited_to_try_again(const struct tale *tale, const struct story_row *span, GString *text);
/* Makes one line of many that tell of one failed try after the other. */
void story_fold_tries(const struct tale *tale);

#endif
