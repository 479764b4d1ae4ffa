#include "models/distribution_manager.h"

#define SHARED(member) offsetof(struct software_distribution_params, member)
#define AT(member) offsetof(struct distribution_manager_params, member)

static const struct param_field shared_fields[] = {
    {.name = "max_packages", .kind = PARAM_COUNT, .offset = SHARED(max_packages), .standard = "3", .min = 1, .max = 50,
     .grade = GRADE_DOCUMENTED, .sentence = "package processing threads of the distribution manager (D3, X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum number of packages",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumPackageCount"},
    {.name = "max_threads_per_package", .kind = PARAM_COUNT, .offset = SHARED(max_threads_per_package), .standard = "5",
     .min = 1, .max = 999, .grade = GRADE_DOCUMENTED,
     .sentence = "distribution point threads of one package thread (D3); times max_packages: sending threads of the "
                 "transfer manager (X1)",
     .console = "Software Distribution, Concurrent distribution settings, Maximum threads per package",
     .cmdlet = "Set-CMSoftwareDistributionComponent -MaximumThreadCountPerPackage"},
    {0}};

static const struct param_field fields[] = {
    {.name = "snapshot_rate", .kind = PARAM_RATE, .offset = AT(snapshot_rate_bytes_per_s), .standard = "23 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_INFERRED,
     .sentence = "speed of snapshot, hash and library write of a new version at its source site (D3)"},
    {.name = "dp_thread_time", .kind = PARAM_DURATION, .offset = AT(dp_thread_time_s), .standard = "9 s", .max = 86400,
     .grade = GRADE_INFERRED, .sentence = "what a distribution point thread takes to create one transfer job (D3)"},
    {.name = "metadata_time", .kind = PARAM_DURATION, .offset = AT(metadata_time_s), .standard = "1 s", .max = 86400,
     .grade = GRADE_INFERRED,
     .sentence = "package thread of a site that is told of content which it does not have yet (D2)"},
    {.name = "package_thread_tail", .kind = PARAM_DURATION, .offset = AT(package_thread_tail_s), .standard = "0 s",
     .max = 86400, .grade = GRADE_CHOSEN,
     .sentence = "how long a package thread keeps its slot after its last step; one log shows 2.1 s (D3)"},
    {.name = "compress_rate", .kind = PARAM_RATE, .offset = AT(compress_rate_bytes_per_s), .standard = "20 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of compressing a package version for other sites, one at a time (D4)"},
    {.name = "compression_ratio", .kind = PARAM_NUMBER, .offset = AT(compression_ratio), .standard = "1", .min = 0.001,
     .max = 2, .grade = GRADE_ASSUMED, .sentence = "size of the compressed copy / size of the content (D4)"},
    {0}};

const struct param_table software_distribution_table = {
    "software_distribution", "concurrency of content distribution, one pair of settings for two components (D3, X1)",
    sizeof(struct software_distribution_params), shared_fields};

const struct param_table distribution_manager_table = {
    "distribution_manager", "processes packages: snapshot, library, transfer jobs, mini-jobs to other sites (D1 to D4)",
    sizeof(struct distribution_manager_params), fields};
