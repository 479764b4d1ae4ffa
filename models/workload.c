#include "models/workload.h"

#include "models/scenario.h"

static const char *const orders[] = {"in_order", "shuffled", "at_random", NULL};

/* clang-format off */
#define AT(member) offsetof(struct workload_package_spec, member)
static const struct param_field listed_fields[] = {
    {.name = "id", .kind = PARAM_TEXT, .offset = AT(id), .flags = PARAM_REQUIRED,
     .sentence = "its id in the list; the package that comes is WORKLOAD-ID, the second of the same WORKLOAD-ID-2"},
    {.name = "size", .kind = PARAM_SIZE, .offset = AT(size_bytes), .flags = PARAM_REQUIRED | PARAM_POSITIVE, .max = 1e15,
     .sentence = "size of all its files together"},
    {.name = "priority", .kind = PARAM_CHOICE, .offset = AT(priority), .choices = priority_words, .standard = "medium",
     .sentence = "its priority"},
    {.name = "files", .kind = PARAM_COUNT, .offset = AT(files), .standard = "1", .min = 1, .max = 1e9,
     .sentence = "number of its files, of equal size"},
    {0}};
const struct param_table workload_package_table = {"workload package", "a package in a workload's list",
                                                   sizeof(struct workload_package_spec), listed_fields};
#undef AT

#define AT(member) offsetof(struct workload_spec, member)
static const struct param_field fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED,
     .sentence = "begins the ids of its packages, NAME-0001 or, of a list, NAME-ID; objectives name them \"workload:NAME\""},
    {.name = "from", .kind = PARAM_TIME, .offset = AT(from_s), .flags = PARAM_OPTIONAL,
     .sentence = "when it begins; absent: at the start"},
    {.name = "until", .kind = PARAM_TIME, .offset = AT(until_s), .flags = PARAM_OPTIONAL,
     .sentence = "when it ends; absent: with the run"},
    {.name = "mean_time_between", .kind = PARAM_DURATION, .offset = AT(mean_time_between_s), .min = 1, .max = 3153600000,
     .flags = PARAM_REQUIRED,
     .sentence = "the mean of the exponentially distributed time from one package to the next (they come as a Poisson "
                 "process), or the distribution of that time"},
    {.name = "size", .kind = PARAM_SIZE, .offset = AT(size_bytes), .flags = PARAM_OPTIONAL | PARAM_POSITIVE, .max = 1e15,
     .sentence = "size of each package, all its files together; or give a list of packages"},
    {.name = "files", .kind = PARAM_COUNT, .offset = AT(files), .standard = "1", .min = 1, .max = 1e9,
     .sentence = "with size: number of files of each package, of equal size"},
    {.name = "high", .kind = PARAM_PERCENT, .offset = AT(high_percent), .standard = "0 %", .max = 100,
     .sentence = "with size: share of the packages that have high priority"},
    {.name = "low", .kind = PARAM_PERCENT, .offset = AT(low_percent), .standard = "0 %", .max = 100,
     .sentence = "with size: share of the packages that have low priority; the rest has medium"},
    {.name = "file", .kind = PARAM_TEXT, .offset = AT(file), .flags = PARAM_OPTIONAL,
     .sentence = "the list as a CSV file, named relative to the scenario: columns id and size (with unit), and, if there "
                 "are such, priority and files"},
    {.name = "packages", .kind = PARAM_LIST, .offset = AT(packages), .table = &workload_package_table,
     .flags = PARAM_OPTIONAL, .sentence = "or the list itself"},
    {.name = "order", .kind = PARAM_CHOICE, .offset = AT(order), .choices = orders, .standard = "in_order",
     .sentence = "of a list: in_order and shuffled take each package once and then end; at_random takes any of them, time "
                 "and again"},
    {.name = "source_site", .kind = PARAM_REFERENCE, .offset = AT(source_site), .target = TARGET_SITE,
     .flags = PARAM_REQUIRED, .sentence = "the site that owns the packages"},
    {.name = "to", .kind = PARAM_SELECTION, .offset = AT(to), .target = TARGET_DP, .flags = PARAM_REQUIRED,
     .sentence = "distribution points that each package is distributed to when it comes: names, group:NAME, site:CODE"},
    {0}};
const struct param_table workload_table = {"workload", "packages that come at random times and are distributed at once",
                                           sizeof(struct workload_spec), fields};
#undef AT
/* clang-format on */
