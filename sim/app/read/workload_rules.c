#include "sim/app/read/workload_rules.h"

#include <math.h>
#include <string.h>

#include "models/expansion.h"
#include "sim/app/read/csv.h"
#include "sim/app/read/units.h"

static const struct entity_list *list_of(const struct reader *r, const struct param_table *table)
{
    for (unsigned i = 0; i < r->n_lists; i++)
        if (r->lists[i].table == table)
            return &r->lists[i];
    g_assert_not_reached();
}

static bool says(const struct reader *r, const struct entity_list *list, uint32_t i, const char *field)
{
    const struct set *set;

    return reader_entity_source(r, list, i, field, &set) != NULL;
}

/* ---- recurring actions ---- */

static double end_of(const struct reader *r, double until_s)
{
    return fmin(r->scenario->until_s, isnan(until_s) ? INFINITY : until_s);
}

/* A period may come more often than anybody would count to. */
static double times_of(const struct reader *r, const struct action_spec *action)
{
    if (action->every.kind == EVERY_PERIOD)
        return fmin(action->times, floor((end_of(r, action->until_s) - action->at_s) / action->every.seconds) + 1);
    return expansion_count_times(r->scenario, action, EXPANSION_MAX + 1);
}

static void check_action(struct reader *r, const struct entity_list *list, uint32_t i, double *total)
{
    const struct action_spec *action = &g_array_index(list->entities, struct action_spec, i);
    static const char *const only_with_every[] = {"until", "times"};

    if (!says(r, list, i, "every")) {
        for (size_t k = 0; k < G_N_ELEMENTS(only_with_every); k++)
            if (says(r, list, i, only_with_every[k]))
                reader_mistake_at(r, list, i, only_with_every[k], -1, NULL,
                                  "the action is taken once; write \"every\" too, or leave this out");
        *total += 1;
        return;
    }
    if (action->until_s < action->at_s)
        reader_mistake_at(r, list, i, "until", -1, NULL, "this end is before \"at\"");
    if (action->every.kind == EVERY_NONE || action->until_s < action->at_s)
        return;
    double times = times_of(r, action);
    *total += fmax(0, times);
    if (times > EXPANSION_MAX)
        reader_mistake_at(r, list, i, "every", -1, NULL,
                          "the action would be taken %.0f times; at most %d are simulated: write a longer period, an "
                          "earlier \"until\", or \"times\"",
                          times, EXPANSION_MAX);
    else if (*total > EXPANSION_MAX && *total - times <= EXPANSION_MAX)
        reader_mistake_at(r, list, i, "every", -1, NULL,
                          "with this one the actions would be %.0f in all; at most %d are simulated: write a longer "
                          "period, an earlier \"until\", or \"times\"",
                          *total, EXPANSION_MAX);
    else if (times == 0)
        reader_mistake_at(r, list, i, "every", -1, NULL, "this never comes between \"at\" and the end");
}

/* ---- lists of packages ---- */

/* The rows as they would stand in a scenario: texts, and numbers where the setting is one. Columns that are no settings
 * of a package are of no interest here, and so are empty cells. */
static cJSON *rows_of(const struct csv *csv)
{
    cJSON *rows = cJSON_CreateArray();

    for (guint row = 0; row < csv->rows->len; row++) {
        cJSON *object = cJSON_CreateObject();

        for (const struct param_field *f = workload_package_table.fields; f->name; f++) {
            int column = csv_column(csv, f->name);
            const char *cell = column >= 0 ? csv_cell(csv, row, column) : "";
            char *end;
            double number = g_ascii_strtod(cell, &end);

            if (f->kind == PARAM_COUNT && *cell && !*end && isfinite(number))
                cJSON_AddNumberToObject(object, f->name, number);
            else if (*cell)
                cJSON_AddStringToObject(object, f->name, cell);
        }
        cJSON_AddItemToArray(rows, object);
    }
    return rows;
}

/* Reads them as the list "packages" is read. What is wrong with the first bad row is said of "file". */
static void read_rows(struct reader *r, const struct entity_list *list, uint32_t i, cJSON *rows, const char *file)
{
    char *base = list->entities->data + i * workload_table.size;
    const struct param_field *field = reader_find_field(&workload_table, "packages");
    g_autofree bool *given = g_new0(bool, workload_table.size);
    GArray *found = r->found;
    GHashTable *seen = r->seen;
    size_t n_found = r->n_found, mark;

    r->found = g_array_new(FALSE, FALSE, sizeof(struct found));
    r->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    mark = reader_enter(r, "row");
    reader_value(r, field, base, given, rows);
    reader_leave(r, mark);
    GArray *wrong = r->found;
    g_hash_table_unref(r->seen);
    r->found = found;
    r->seen = seen;
    r->n_found = n_found;
    for (guint k = 0; k < wrong->len; k++) {
        struct found *mistake = &g_array_index(wrong, struct found, k);
        const char *at = strchr(mistake->path, '['), *column = strchr(mistake->path, '.');
        guint64 row = at ? g_ascii_strtoull(at + 1, NULL, 10) : 0;

        if (k == 0) /* rows are counted from 1, and the first one names the columns */
            reader_mistake_at(r, list, i, "file", -1, NULL, "row %" G_GUINT64_FORMAT " of %s: %s%s%s", row + 2, file,
                              column ? column + 1 : "", column ? ": " : "", mistake->sentence);
        g_free(mistake->path);
        g_free(mistake->sentence);
    }
    g_array_unref(wrong);
}

static void read_file(struct reader *r, const struct entity_list *list, uint32_t i, struct workload_spec *workload)
{
    g_autofree char *path = reader_file_path(r, workload->file), *quoted = mistakes_quoted(path), *why = NULL;
    struct csv *csv = csv_read(path, &why);

    if (!csv) {
        reader_mistake_at(r, list, i, "file", -1, NULL, "%s %s", quoted, why);
        return;
    }
    const char *missing = csv_column(csv, "id") < 0 ? "id" : csv_column(csv, "size") < 0 ? "size" : NULL;
    if (missing) {
        reader_mistake_at(r, list, i, "file", -1, NULL,
                          "%s has no column \"%s\"; its first line names the columns: id, size and, if there are such, "
                          "priority and files",
                          quoted, missing);
    } else {
        cJSON *rows = rows_of(csv);
        read_rows(r, list, i, rows, quoted);
        cJSON_Delete(rows);
    }
    csv_free(csv);
    g_clear_pointer(&workload->file, g_free);
}

/* ---- workloads ---- */

static void check_source(struct reader *r, const struct entity_list *list, uint32_t i, struct workload_spec *workload)
{
    struct workload_spec standard;
    bool file = workload->file != NULL, size = says(r, list, i, "size"), packages = says(r, list, i, "packages");

    if (file + size + packages != 1) {
        reader_mistake_at(r, list, i, NULL, -1, NULL,
                          "packages have a \"size\", or come from a list, \"packages\" or \"file\"; write one of the "
                          "three");
        return;
    }
    if (file)
        read_file(r, list, i, workload);
    /* an effective scenario says these defaults, too */
    reader_standards(&workload_table, &standard);
    const struct {
        const char *field;
        bool differs;
    } of_size[] = {{"files", workload->files != standard.files && workload->files != BAD_CHOICE},
                   {"high", workload->high_percent > standard.high_percent},
                   {"low", workload->low_percent > standard.low_percent}};
    for (size_t k = 0; k < G_N_ELEMENTS(of_size) && !size; k++)
        if (of_size[k].differs && says(r, list, i, of_size[k].field))
            reader_mistake_at(r, list, i, of_size[k].field, -1, NULL,
                              "the list says this of each package; leave it out");
    if (size && workload->order != standard.order && (uint32_t)workload->order != BAD_CHOICE)
        reader_mistake_at(r, list, i, "order", -1, NULL, "there is no list to be in order; leave it out");
    if (packages && workload->packages && !workload->packages->len)
        reader_mistake_at(r, list, i, "packages", -1, NULL, "the list is empty; write its packages, or \"size\"");
    if (workload->high_percent + workload->low_percent > 100)
        reader_mistake_at(r, list, i, "low", -1, NULL, "high and low are more than 100 %% together");
}

static void check_number(struct reader *r, const struct entity_list *list, uint32_t i,
                         const struct workload_spec *workload, double *total)
{
    double span_s = end_of(r, workload->until_s) - (isnan(workload->from_s) ? 0 : workload->from_s);
    double expected = span_s / workload->mean_time_between_s, before = *total;
    bool once = workload->order != WORKLOAD_AT_RANDOM && workload->packages && workload->packages->len;

    if (once)
        expected = fmin(expected, workload->packages->len);
    if (!(expected >= 0) || !workload->name) /* something about it could not be read */
        return;
    if (expected <= EXPANSION_MAX) /* chance may have it otherwise */
        expected = expansion_count_packages(r->scenario, workload, r->scenario->seed, 0, EXPANSION_MAX + 1);
    *total += expected;
    if (*total > EXPANSION_MAX && before <= EXPANSION_MAX) {
        g_autofree char *longer = units_human(PARAM_DURATION, ceil(span_s / (EXPANSION_MAX / 100.0)));
        reader_mistake_at(r, list, i, "mean_time_between", -1, NULL,
                          "about %.0f packages and actions would come; at most %d are simulated: write a longer "
                          "\"mean_time_between\", such as \"%s\" for a thousand, or an earlier \"until\"",
                          *total, EXPANSION_MAX, longer);
    }
}

void workload_rules(struct reader *r)
{
    const struct entity_list *actions = list_of(r, &action_table), *workloads = list_of(r, &workload_table);
    double total = 0;

    if (isnan(r->scenario->until_s)) /* nobody knows how often anything comes, and counting would not end soon */
        return;
    for (uint32_t i = 0; i < actions->entities->len; i++)
        check_action(r, actions, i, &total);
    for (uint32_t i = 0; i < workloads->entities->len; i++) {
        struct workload_spec *workload = &g_array_index(workloads->entities, struct workload_spec, i);

        if (workload->until_s < (isnan(workload->from_s) ? 0 : workload->from_s))
            reader_mistake_at(r, workloads, i, "until", -1, NULL, "this end is before the beginning");
        check_source(r, workloads, i, workload);
        check_number(r, workloads, i, workload, &total);
    }
}
