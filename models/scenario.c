#include "models/scenario.h"

static const char *const site_types[] = {"central", "primary", "secondary", NULL};
static const char *const dp_types[] = {"standard", "pull", NULL};
const char *const priority_words[] = {"high", "medium|normal", "low", NULL};
const char *const action_names[] = {"create", "distribute", "configure", "update", "redistribute", "preload", "remove",
                                    "join",   "leave",      "validate",  NULL};
static const char *const damages[] = {"corrupt", "missing", NULL};
static const char *const metrics[] = {"on_dp", "site_knows", "central_knows", NULL};
static const char *const window_closes[] = {"finish", "suspend", NULL};
static const char *const generations[] = {"2012", "2007", NULL};

/* clang-format off */
/* ---- calendars ---- */
#define AT(member) offsetof(struct calendar_entry, member)
static const struct param_field calendar_entry_fields[] = {
    {.name = "days", .kind = PARAM_DAYS, .offset = AT(days), .standard = "all", .sentence = "days of the week"},
    {.name = "from", .kind = PARAM_CLOCK, .offset = AT(from_s), .standard = "00:00", .sentence = "beginning, each of these days"},
    {.name = "to", .kind = PARAM_CLOCK, .offset = AT(to_s), .standard = "24:00",
     .sentence = "end; an end before the beginning is on the next day"},
    {.name = "value", .kind = PARAM_PERCENT, .offset = AT(value_percent), .max = 100, .flags = PARAM_REQUIRED,
     .sentence = "the value in this time"},
    {0}};
static const struct param_table calendar_entry_table = {"calendar entry", "a time of the week and its value",
                                                        sizeof(struct calendar_entry), calendar_entry_fields};
#undef AT
#define AT(member) offsetof(struct calendar_spec, member)
static const struct param_field calendar_fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED, .sentence = "the calendar's name"},
    {.name = "entries", .kind = PARAM_LIST, .offset = AT(entries), .table = &calendar_entry_table, .flags = PARAM_REQUIRED,
     .sentence = "later entries win over earlier ones; outside all of them the value is 0 %"},
    {0}};
const struct param_table calendar_table = {"calendar", "a value for every time of the week", sizeof(struct calendar_spec),
                                           calendar_fields};
#undef AT

/* ---- locations ---- */
#define AT(member) offsetof(struct location_spec, member)
static const struct param_field location_fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED, .sentence = "the location's name"},
    {.name = "parent", .kind = PARAM_REFERENCE, .offset = AT(parent), .target = TARGET_LOCATION, .flags = PARAM_OPTIONAL,
     .sentence = "where its access link leads; exactly one location, the root, has none (N1)"},
    {.name = "up", .kind = PARAM_RATE, .offset = AT(up_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN,
     .sentence = "capacity of the access link towards the parent; required below the root (N1)"},
    {.name = "down", .kind = PARAM_RATE, .offset = AT(down_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN,
     .sentence = "capacity of the access link from the parent; required below the root (N1)"},
    {.name = "latency", .kind = PARAM_DURATION, .offset = AT(latency_s), .standard = "0 ms", .max = 60,
     .grade = GRADE_ASSUMED, .sentence = "one-way latency of the access link; a path's round-trip time is twice its sum (N2)"},
    {.name = "utc_offset", .kind = PARAM_DURATION, .offset = AT(utc_offset_s), .min = -64800, .max = 64800,
     .flags = PARAM_INHERITS | PARAM_CERTAIN, .sentence = "local time minus UTC; absent: the parent's, and 0 h at the root (T1)"},
    {.name = "background", .kind = PARAM_REFERENCE, .offset = AT(background), .target = TARGET_CALENDAR,
     .flags = PARAM_OPTIONAL,
     .sentence = "calendar, on this location's clock, of the share of the access link that others use, both ways (N1)"},
    {0}};
const struct param_table location_table = {"location", "a place on the network, with an access link to its parent (N1)",
                                           sizeof(struct location_spec), location_fields};
#undef AT

/* ---- sites ---- */
#define AT(member) offsetof(struct site_spec, member)
static const struct param_field site_fields[] = {
    {.name = "code", .kind = PARAM_NAME, .offset = AT(code), .flags = PARAM_REQUIRED,
     .form = "[A-Z0-9]{3}", .form_words = "no site code: three of A to Z and 0 to 9",
     .sentence = "three-character site code", .console = "Site code"},
    {.name = "type", .kind = PARAM_CHOICE, .offset = AT(type), .choices = site_types, .flags = PARAM_REQUIRED,
     .sentence = "kind of site"},
    {.name = "parent", .kind = PARAM_REFERENCE, .offset = AT(parent), .target = TARGET_SITE, .flags = PARAM_OPTIONAL,
     .sentence = "parent site; the top site has none", .console = "Parent site"},
    {.name = "location", .kind = PARAM_REFERENCE, .offset = AT(location), .target = TARGET_LOCATION,
     .flags = PARAM_REQUIRED, .sentence = "where its site server stands"},
    {.name = "interface", .kind = PARAM_RATE, .offset = AT(interface_bytes_per_s), .standard = "1 Gbit/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of the site server's network interface, each way (N1)"},
    {.name = "disk_rate", .kind = PARAM_RATE, .offset = AT(disk_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN,
     .sentence = "speed of the site server's disk, shared by all that reads or writes there (N4)"},
    {.name = "replication_lag", .kind = PARAM_DURATION, .offset = AT(replication_lag_s), .standard = "120 s", .max = 604800,
     .grade = GRADE_INFERRED, .sentence = "database replication between this site and its parent, either way (D2)"},
    {.name = "notification_delay", .kind = PARAM_DURATION, .offset = AT(notification_delay_s), .standard = "10 s",
     .max = 604800, .grade = GRADE_INFERRED,
     .sentence = "from a change in this site's database to its distribution manager (D1)"},
    {.name = "software_distribution", .kind = PARAM_OBJECT, .offset = AT(software_distribution),
     .table = &software_distribution_table, .sentence = "concurrency of content distribution"},
    {.name = "distribution_manager", .kind = PARAM_OBJECT, .offset = AT(distribution_manager),
     .table = &distribution_manager_table, .sentence = "package processing"},
    {.name = "scheduler", .kind = PARAM_OBJECT, .offset = AT(scheduler), .table = &scheduler_table,
     .sentence = "send requests"},
    {.name = "sender", .kind = PARAM_OBJECT, .offset = AT(sender), .table = &sender_table, .sentence = "sending to other sites"},
    {.name = "despooler", .kind = PARAM_OBJECT, .offset = AT(despooler), .table = &despooler_table,
     .sentence = "unpacking what other sites sent"},
    {.name = "transfer_manager", .kind = PARAM_OBJECT, .offset = AT(transfer_manager), .table = &transfer_manager_table,
     .sentence = "copying to distribution points"},
    {.name = "status_manager", .kind = PARAM_OBJECT, .offset = AT(status_manager), .table = &status_manager_table,
     .sentence = "taking in status"},
    {.name = "pull", .kind = PARAM_OBJECT, .offset = AT(pull), .table = &pull_table,
     .sentence = "pull distribution points of this site"},
    {0}};
const struct param_table site_table = {"site", "a central, primary or secondary site with its site server and components",
                                       sizeof(struct site_spec), site_fields};
#undef AT

/* ---- routes ---- */
#define AT(member) offsetof(struct route_spec, member)
static const struct param_field route_fields[] = {
    {.name = "from", .kind = PARAM_REFERENCE, .offset = AT(from), .target = TARGET_SITE, .flags = PARAM_REQUIRED,
     .sentence = "sending site", .console = "File Replication, Source site",
     .cmdlet = "New-CMFileReplicationRoute -SourceSiteCode"},
    {.name = "to", .kind = PARAM_REFERENCE, .offset = AT(to), .target = TARGET_SITE, .flags = PARAM_REQUIRED,
     .sentence = "receiving site: the sending site's parent or child, or of two secondary sites the one whose content then "
                 "comes from the other, instead of from its parent (D6)", .console = "File Replication, Destination site",
     .cmdlet = "New-CMFileReplicationRoute -DestinationSiteCode"},
    {.name = "bandwidth", .kind = PARAM_RATE, .offset = AT(bandwidth_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN,
     .sentence = "a link of the route's own, in series with the network path (N2)"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .min = 1, .max = 1e12, .flags = PARAM_INHERITS,
     .sentence = "what one connection has in flight; absent: the sender's (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s),
     .flags = PARAM_INHERITS | PARAM_UNLIMITED | PARAM_POSITIVE,
     .sentence = "most that one sending moves; absent: the sender's (N2)"},
    LIMITS_FIELDS(AT(limits), "File Replication", "Set-CMFileReplicationRoute -ControlNetworkLoadSchedule, -Limited, -PulseMode"),
    {.name = "on_window_close", .kind = PARAM_CHOICE, .offset = AT(on_window_close), .choices = window_closes,
     .standard = "finish", .grade = GRADE_ASSUMED,
     .sentence = "what a sending does whose window closes: finish goes on to its end; suspend gives its thread back and goes "
                 "on at the last confirmed byte when the window opens (S4)"},
    {0}};
const struct param_table route_table = {"route", "settings of sending from one site to another (N2)",
                                        sizeof(struct route_spec), route_fields};
#undef AT

/* ---- distribution points ---- */
#define AT(member) offsetof(struct pull_source_spec, member)
static const struct param_field source_fields[] = {
    {.name = "dp", .kind = PARAM_REFERENCE, .offset = AT(dp), .target = TARGET_DP, .flags = PARAM_REQUIRED,
     .sentence = "a distribution point of any site", .cmdlet = "Set-CMDistributionPoint -SourceDistributionPoint"},
    {.name = "rank", .kind = PARAM_COUNT, .offset = AT(rank), .standard = "1", .min = 1, .max = 1000,
     .sentence = "lowest first; one of those with equal rank is taken at random (L2)",
     .cmdlet = "Set-CMDistributionPoint -SourceDPRank"},
    {0}};
static const struct param_table source_table = {"source", "where a pull distribution point fetches content (L2)",
                                                sizeof(struct pull_source_spec), source_fields};
#undef AT
#define AT(member) offsetof(struct drive_spec, member)
static const struct param_field drive_fields[] = {
    {.name = "size", .kind = PARAM_SIZE, .offset = AT(size_bytes), .max = 1e15, .flags = PARAM_REQUIRED | PARAM_POSITIVE,
     .sentence = "what it holds in all"},
    {.name = "used", .kind = PARAM_SIZE, .offset = AT(used_bytes), .standard = "0 B", .max = 1e15,
     .sentence = "what others have on it, besides the content library"},
    {0}};
static const struct param_table drive_table = {"drive", "a drive of a distribution point (C2)", sizeof(struct drive_spec),
                                               drive_fields};
#undef AT
#define AT(member) offsetof(struct dp_spec, member)
static const struct param_field dp_fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED,
     .sentence = "the distribution point's name"},
    {.name = "site", .kind = PARAM_REFERENCE, .offset = AT(site), .target = TARGET_SITE, .flags = PARAM_REQUIRED,
     .sentence = "the site it belongs to"},
    {.name = "type", .kind = PARAM_CHOICE, .offset = AT(type), .choices = dp_types, .standard = "standard",
     .sentence = "standard: the site server copies content to it; pull: it fetches content from its sources (L1)",
     .console = "Pull Distribution Point, Enable this distribution point to pull content from other distribution points",
     .cmdlet = "Set-CMDistributionPoint -EnablePullDP"},
    {.name = "location", .kind = PARAM_REFERENCE, .offset = AT(location), .target = TARGET_LOCATION, .flags = PARAM_INHERITS,
     .sentence = "where it stands; absent: where its site server stands"},
    {.name = "on_site_server", .kind = PARAM_BOOL, .offset = AT(on_site_server), .standard = "false",
     .sentence = "it is on its site's server: no network between them (N5)"},
    {.name = "priority", .kind = PARAM_COUNT, .offset = AT(priority), .standard = "200", .min = 1, .max = 65535,
     .grade = GRADE_REPORTED, .sentence = "lower numbers go first among jobs of equal package priority (X1)"},
    {.name = "interface", .kind = PARAM_RATE, .offset = AT(interface_bytes_per_s), .standard = "1 Gbit/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of its network interface, each way (N1)"},
    {.name = "disk_rate", .kind = PARAM_RATE, .offset = AT(disk_bytes_per_s), .standard = "unlimited",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_CHOSEN, .sentence = "speed of its disk (N4)"},
    {.name = "per_file_time", .kind = PARAM_DURATION, .offset = AT(per_file_time_s), .standard = "0 s", .max = 86400,
     .grade = GRADE_ASSUMED, .sentence = "what each file takes to be added to its content library (X4)"},
    {.name = "validation_rate", .kind = PARAM_RATE, .offset = AT(validation_bytes_per_s), .standard = "50 MB/s",
     .flags = PARAM_UNLIMITED | PARAM_POSITIVE, .grade = GRADE_ASSUMED,
     .sentence = "speed of reading and hashing its content, on its disk, when that is validated (C3, N4)"},
    {.name = "window", .kind = PARAM_SIZE, .offset = AT(window_bytes), .min = 1, .max = 1e12, .flags = PARAM_INHERITS,
     .sentence = "what one connection has in flight; absent: the transfer manager's, of a pull one that of pull (N2)"},
    {.name = "max_rate", .kind = PARAM_RATE, .offset = AT(max_rate_bytes_per_s),
     .flags = PARAM_INHERITS | PARAM_UNLIMITED | PARAM_POSITIVE,
     .sentence = "most that one job's copy moves; absent: the transfer manager's, of a pull one that of pull (N2)"},
    {.name = "sources", .kind = PARAM_LIST, .offset = AT(sources), .table = &source_table, .flags = PARAM_OPTIONAL,
     .sentence = "of a pull one: where it fetches content (L2)",
     .console = "Pull Distribution Point, Source distribution points"},
    {.name = "drives", .kind = PARAM_LIST, .offset = AT(drives), .table = &drive_table, .flags = PARAM_OPTIONAL,
     .sentence = "what its content library lies on, the primary one first; absent: there is room for everything (C2)",
     .console = "Drive Settings, Content library location",
     .cmdlet = "Add-CMDistributionPoint -PrimaryContentLibraryLocation, -SecondaryContentLibraryLocation"},
    {.name = "drive_reserve", .kind = PARAM_SIZE, .offset = AT(drive_reserve_bytes), .standard = "50 MB", .max = 1e15,
     .grade = GRADE_ASSUMED, .sentence = "what is left free on each drive (C2)",
     .console = "Drive Settings, Drive space reserve (MB)", .cmdlet = "Add-CMDistributionPoint -MinimumFreeSpaceMB"},
    LIMITS_FIELDS(AT(limits), "Distribution Point", NULL),
    {0}};
const struct param_table dp_table = {"distribution_point", "a server that holds content for clients (X1 to X4)",
                                     sizeof(struct dp_spec), dp_fields};
#undef AT

/* ---- groups ---- */
#define AT(member) offsetof(struct group_spec, member)
static const struct param_field group_fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED, .sentence = "the group's name"},
    {.name = "members", .kind = PARAM_SELECTION, .offset = AT(members), .target = TARGET_DP, .flags = PARAM_REQUIRED,
     .sentence = "its distribution points (C4)"},
    {0}};
const struct param_table group_table = {"group", "distribution points that are targeted together (C4)",
                                        sizeof(struct group_spec), group_fields};
#undef AT

/* ---- packages ---- */
#define AT(member) offsetof(struct file_set_spec, member)
static const struct param_field file_set_fields[] = {
    {.name = "files", .kind = PARAM_TEXT, .offset = AT(files), .flags = PARAM_REQUIRED,
     .sentence = "name of the file set; packages that list the same name, count and size share the files (C1)"},
    {.name = "count", .kind = PARAM_COUNT, .offset = AT(count), .standard = "1", .min = 1, .max = 1e9,
     .sentence = "number of files"},
    {.name = "size", .kind = PARAM_SIZE, .offset = AT(size_bytes), .max = 1e15, .flags = PARAM_REQUIRED,
     .sentence = "size of each file"},
    {0}};
static const struct param_table file_set_table = {"file set", "files of equal size, the unit of single instancing (C1)",
                                                  sizeof(struct file_set_spec), file_set_fields};
#undef AT
#define AT(member) offsetof(struct package_spec, member)
static const struct param_field package_fields[] = {
    {.name = "id", .kind = PARAM_NAME, .offset = AT(id), .flags = PARAM_REQUIRED, .sentence = "package id",
     .console = "Package ID"},
    {.name = "source_site", .kind = PARAM_REFERENCE, .offset = AT(source_site), .target = TARGET_SITE,
     .flags = PARAM_REQUIRED, .sentence = "the site that owns the package's source"},
    {.name = "priority", .kind = PARAM_CHOICE, .offset = AT(priority), .choices = priority_words, .standard = "medium",
     .grade = GRADE_DOCUMENTED, .sentence = "order in the lines of senders and transfer managers (S1, X1)",
     .console = "Distribution Settings, Distribution priority", .cmdlet = "Set-CMPackage -Priority"},
    {.name = "binary_delta_replication", .kind = PARAM_BOOL, .offset = AT(binary_delta_replication), .standard = "false",
     .grade = GRADE_DOCUMENTED,
     .sentence = "delta files to other sites have only the changed share of files that an update changed (C3)",
     .console = "Data Source, Enable binary differential replication",
     .cmdlet = "Set-CMPackage -EnableBinaryDeltaReplication"},
    {.name = "content", .kind = PARAM_LIST, .offset = AT(content), .table = &file_set_table, .flags = PARAM_REQUIRED,
     .sentence = "the package's files"},
    {0}};
const struct param_table package_table = {"package", "content with an id, a source site and a priority (C1)",
                                          sizeof(struct package_spec), package_fields};
#undef AT

/* ---- actions ---- */
#define AT(member) offsetof(struct changed_files_spec, member)
static const struct param_field changed_files_fields[] = {
    {.name = "files", .kind = PARAM_TEXT, .offset = AT(files), .flags = PARAM_REQUIRED,
     .sentence = "name of a file set of the package"},
    {.name = "share", .kind = PARAM_PERCENT, .offset = AT(share_percent), .max = 100, .flags = PARAM_REQUIRED,
     .sentence = "how much of each of its files has changed"},
    {0}};
static const struct param_table changed_files_table = {"changed files", "files that an update changes in part",
                                                       sizeof(struct changed_files_spec), changed_files_fields};
#undef AT
#define AT(member) offsetof(struct action_spec, member)
static const struct param_field action_fields[] = {
    {.name = "at", .kind = PARAM_TIME, .offset = AT(at_s), .flags = PARAM_REQUIRED, .sentence = "when it is taken"},
    {.name = "do", .kind = PARAM_CHOICE, .offset = AT(what), .choices = action_names, .flags = PARAM_REQUIRED,
     .sentence = "create: the source site takes the content in; distribute: content goes to distribution points, and is "
                 "created first if it was not; update: the source site takes a new version in, which goes to all that have "
                 "been targeted; redistribute: all files go to distribution points again, whether they have them or not; "
                 "preload: the content has been there for long, and on the way to them, at no cost; remove: content goes from "
                 "distribution points, and from libraries of sites that nobody needs it from (C3); join, leave: "
                 "distribution points become members of a group, and are sent what it holds, or are members no more (C4); validate: "
                 "distribution points read what they have, or the packages named, and report what is wrong; configure: distribution points get another type or other sources, for jobs that are "
                 "created from then on",
     .cmdlet = "Start-CMContentDistribution"},
    {.name = "package", .kind = PARAM_SELECTION, .offset = AT(packages), .target = TARGET_PACKAGE, .flags = PARAM_OPTIONAL,
     .sentence = "the packages; not for configure; for validate: absent, all that is there"},
    {.name = "to", .kind = PARAM_SELECTION, .offset = AT(to), .target = TARGET_DP, .flags = PARAM_OPTIONAL,
     .sentence = "distribution points: names, group:NAME, site:CODE, each with *; not for create"},
    {.name = "group", .kind = PARAM_REFERENCE, .offset = AT(group), .target = TARGET_GROUP, .flags = PARAM_OPTIONAL,
     .sentence = "for join and leave: the group (C4)",
     .cmdlet = "Add-CMDistributionPointToGroup, Remove-CMDistributionPointFromGroup"},
    {.name = "console", .kind = PARAM_REFERENCE, .offset = AT(console), .target = TARGET_SITE, .flags = PARAM_INHERITS,
     .sentence = "site at whose console it is taken; absent: the package's source site (D1)"},
    {.name = "type", .kind = PARAM_CHOICE, .offset = AT(type), .choices = dp_types, .flags = PARAM_OPTIONAL,
     .sentence = "for configure: the new type"},
    {.name = "sources", .kind = PARAM_LIST, .offset = AT(sources), .table = &source_table, .flags = PARAM_OPTIONAL,
     .sentence = "for configure, of type pull: the new sources (L2)"},
    {.name = "content", .kind = PARAM_LIST, .offset = AT(content), .table = &file_set_table, .flags = PARAM_OPTIONAL,
     .sentence = "update: file sets that are new in this version; one of a name that the package has replaces those files"},
    {.name = "changed", .kind = PARAM_LIST, .offset = AT(changed), .table = &changed_files_table, .flags = PARAM_OPTIONAL,
     .sentence = "update: file sets of the package that have changed in part"},
    {.name = "changed_share", .kind = PARAM_PERCENT, .offset = AT(changed_share_percent), .max = 100,
     .flags = PARAM_OPTIONAL,
     .sentence = "update: how much of each file has changed of all other file sets of the package; absent: nothing"},
    {.name = "every", .kind = PARAM_EVERY, .offset = AT(every), .flags = PARAM_OPTIONAL,
     .sentence = "it is taken again and again: at \"at\" and each such period after it, or by the calendar on the clock of "
                 "the top site, first at or after \"at\" (T1)"},
    {.name = "until", .kind = PARAM_TIME, .offset = AT(until_s), .flags = PARAM_OPTIONAL,
     .sentence = "with every: not after this; absent: to the end of the run"},
    {.name = "times", .kind = PARAM_COUNT, .offset = AT(times), .flags = PARAM_OPTIONAL, .min = 1, .max = 100000,
     .sentence = "with every: so often at most; absent: any number"},
    {0}};
const struct param_table action_table = {"action", "what an administrator does (C3)", sizeof(struct action_spec),
                                         action_fields};
#undef AT

/* ---- faults ---- */
#define AT(member) offsetof(struct fault_spec, member)
static const struct param_field fault_fields[] = {
    {.name = "location", .kind = PARAM_REFERENCE, .offset = AT(location), .target = TARGET_LOCATION, .flags = PARAM_OPTIONAL,
     .sentence = "the location whose access link fails (N1, N3)"},
    {.name = "site", .kind = PARAM_REFERENCE, .offset = AT(site), .target = TARGET_SITE, .flags = PARAM_OPTIONAL,
     .sentence = "or the site whose server fails: until it is back it sends and receives nothing and starts nothing, and "
                 "work on its disk stands still (S5, X3)"},
    {.name = "distribution_point", .kind = PARAM_REFERENCE, .offset = AT(dp), .target = TARGET_DP, .flags = PARAM_OPTIONAL,
     .sentence = "or the distribution point that nobody reaches (X3, L2)"},
    {.name = "from", .kind = PARAM_TIME, .offset = AT(from_s), .flags = PARAM_OPTIONAL,
     .sentence = "when it fails; with mean_time_between: from when on it may fail, and the start if absent"},
    {.name = "for", .kind = PARAM_DURATION, .offset = AT(for_s), .flags = PARAM_OPTIONAL | PARAM_POSITIVE, .max = 31536000,
     .sentence = "how long it is down each time; required of an outage"},
    {.name = "mean_time_between", .kind = PARAM_DURATION, .offset = AT(mean_time_between_s),
     .flags = PARAM_OPTIONAL | PARAM_POSITIVE, .max = 3153600000,
     .sentence = "it fails again and again: the mean of the exponentially distributed time that it is up, or the "
                 "distribution of that time"},
    {.name = "package", .kind = PARAM_REFERENCE, .offset = AT(package), .target = TARGET_PACKAGE, .flags = PARAM_OPTIONAL,
     .sentence = "no outage: at this moment the package's files on the distribution point are damaged, if it is there, for "
                 "all packages that share them; validate finds it, redistribute repairs it (C3)"},
    {.name = "damage", .kind = PARAM_CHOICE, .offset = AT(damage), .choices = damages, .flags = PARAM_OPTIONAL,
     .sentence = "with package: the files have another content (2382), as they do if it is absent, or are gone (2385)"},
    {0}};
const struct param_table fault_table = {"fault", "an outage, at a fixed time or again and again at random, or damaged files (N1, N3, C3)",
                                        sizeof(struct fault_spec), fault_fields};
#undef AT

/* ---- objectives ---- */
#define AT(member) offsetof(struct objective_spec, member)
static const struct param_field objective_fields[] = {
    {.name = "name", .kind = PARAM_NAME, .offset = AT(name), .flags = PARAM_REQUIRED, .sentence = "the objective's name"},
    {.name = "metric", .kind = PARAM_CHOICE, .offset = AT(metric), .choices = metrics, .standard = "on_dp",
     .sentence = "what must have happened: content on the distribution point, its site knows, the central site knows"},
    {.name = "share", .kind = PARAM_PERCENT, .offset = AT(share_percent), .standard = "100 %", .max = 100,
     .flags = PARAM_POSITIVE, .sentence = "to which share of the deliveries"},
    {.name = "by", .kind = PARAM_TIME, .offset = AT(by_s), .flags = PARAM_REQUIRED, .sentence = "until when"},
    {.name = "package", .kind = PARAM_SELECTION, .offset = AT(packages), .target = TARGET_PACKAGE, .standard = "*",
     .flags = PARAM_WORKLOADS, .sentence = "of which packages; \"workload:NAME\" for those of a workload"},
    {.name = "to", .kind = PARAM_SELECTION, .offset = AT(to), .target = TARGET_DP, .standard = "*",
     .sentence = "to which distribution points"},
    {0}};
const struct param_table objective_table = {"objective", "a question with a yes or no answer",
                                            sizeof(struct objective_spec), objective_fields};
#undef AT

/* ---- the whole ---- */
#define AT(member) offsetof(struct scenario, member)
static const struct param_field scenario_fields[] = {
    {.name = "name", .kind = PARAM_TEXT, .offset = AT(name), .flags = PARAM_REQUIRED,
     .form = "[A-Za-z0-9_][A-Za-z0-9._-]{0,99}",
     .form_words = "no name for a folder of results: letters, digits, \"_\", \".\" and \"-\", at most 100, and the "
                   "last two not at its beginning",
     .sentence = "names the results: letters, digits, '.', '_' and '-'"},
    {.name = "start", .kind = PARAM_DATE_TIME, .offset = AT(start_s), .flags = PARAM_REQUIRED,
     .sentence = "local date and time of the top site at which the run starts (T1)"},
    {.name = "until", .kind = PARAM_TIME, .offset = AT(until_s), .flags = PARAM_REQUIRED | PARAM_POSITIVE,
     .sentence = "when the run ends"},
    {.name = "seed", .kind = PARAM_COUNT, .offset = AT(seed), .standard = "1", .sentence = "names the run's luck"},
    {.name = "generation", .kind = PARAM_CHOICE, .offset = AT(generation), .choices = generations, .standard = "2012",
     .grade = GRADE_CHOSEN, .sentence = "2012: Configuration Manager 2012 and later; 2007: the central site may have distribution points (T2)"},
    {.name = "calendars", .kind = PARAM_MAP, .offset = AT(calendars), .table = &calendar_table, .flags = PARAM_OPTIONAL,
     .sentence = "weekly calendars, by name"},
    {.name = "locations", .kind = PARAM_LIST, .offset = AT(locations), .table = &location_table, .flags = PARAM_REQUIRED,
     .sentence = "places on the network, a tree (N1)"},
    {.name = "sites", .kind = PARAM_LIST, .offset = AT(sites), .table = &site_table, .flags = PARAM_REQUIRED,
     .sentence = "the hierarchy"},
    {.name = "routes", .kind = PARAM_LIST, .offset = AT(routes), .table = &route_table, .flags = PARAM_OPTIONAL,
     .sentence = "file replication routes with settings of their own"},
    {.name = "distribution_points", .kind = PARAM_LIST, .offset = AT(distribution_points), .table = &dp_table,
     .flags = PARAM_REQUIRED, .sentence = "the distribution points"},
    {.name = "groups", .kind = PARAM_LIST, .offset = AT(groups), .table = &group_table, .flags = PARAM_OPTIONAL,
     .sentence = "distribution point groups"},
    {.name = "packages", .kind = PARAM_LIST, .offset = AT(packages), .table = &package_table, .flags = PARAM_OPTIONAL,
     .sentence = "the content; workloads bring their own"},
    {.name = "actions", .kind = PARAM_LIST, .offset = AT(actions), .table = &action_table, .flags = PARAM_OPTIONAL,
     .sentence = "what is done; required without workloads"},
    {.name = "workloads", .kind = PARAM_LIST, .offset = AT(workloads), .table = &workload_table, .flags = PARAM_OPTIONAL,
     .sentence = "packages that come in the course of the run, at random; required without actions"},
    {.name = "faults", .kind = PARAM_LIST, .offset = AT(faults), .table = &fault_table, .flags = PARAM_OPTIONAL,
     .sentence = "what goes wrong"},
    {.name = "objectives", .kind = PARAM_LIST, .offset = AT(objectives), .table = &objective_table, .flags = PARAM_OPTIONAL,
     .sentence = "what is asked; they decide the exit code"},
    {0}};
const struct param_table scenario_table = {"scenario", "a hierarchy, what is done to it, and what is asked",
                                           sizeof(struct scenario), scenario_fields};
#undef AT
/* clang-format on */

void param_clear(const struct param_table *table, void *of)
{
    char *base = of;

    for (const struct param_field *f = table->fields; f->name; f++) {
        char *at = base + f->offset;
        switch (f->kind) {
        case PARAM_TEXT:
        case PARAM_NAME:
            g_free(*(char **)(void *)at);
            break;
        case PARAM_SELECTION: {
            struct selection *selection = (struct selection *)(void *)at;
            g_clear_pointer(&selection->patterns, g_ptr_array_unref);
            g_clear_pointer(&selection->members, g_array_unref);
            g_clear_pointer(&selection->groups, g_array_unref);
            g_clear_pointer(&selection->direct, g_array_unref);
            break;
        }
        case PARAM_OBJECT:
            param_clear(f->table, at);
            break;
        case PARAM_LIST:
        case PARAM_MAP: {
            GArray *list = *(GArray **)(void *)at;
            for (guint i = 0; list && i < list->len; i++)
                param_clear(f->table, list->data + i * f->table->size);
            g_clear_pointer((GArray **)(void *)at, g_array_unref);
            break;
        }
        default:
            break;
        }
    }
}

const char *param_target_word(enum param_target target)
{
    switch (target) {
    case TARGET_CALENDAR:
        return "calendar";
    case TARGET_LOCATION:
        return "location";
    case TARGET_SITE:
        return "site";
    case TARGET_DP:
        return "distribution point";
    case TARGET_GROUP:
        return "group";
    case TARGET_PACKAGE:
        return "package";
    case TARGET_WORKLOAD:
        return "workload";
    default:
        return "entity";
    }
}

/* Both numbers are small, and of a grid: neighbours must not meet. */
guint scenario_route_hash(gconstpointer route)
{
    const struct route_spec *r = route;
    return (guint)r->from * 0x9e3779b1u + (guint)r->to;
}

gboolean scenario_route_equal(gconstpointer a, gconstpointer b)
{
    const struct route_spec *p = a, *q = b;
    return p->from == q->from && p->to == q->to;
}

GHashTable *scenario_routes(const struct scenario *scenario)
{
    GHashTable *routes = g_hash_table_new(scenario_route_hash, scenario_route_equal);
    for (guint i = 0; scenario->routes && i < scenario->routes->len; i++)
        g_hash_table_add(routes, &g_array_index(scenario->routes, struct route_spec, i));
    return routes;
}

const struct route_spec *scenario_route_between(GHashTable *routes, int32_t from, int32_t to)
{
    const struct route_spec wanted = {.from = from, .to = to};
    return g_hash_table_lookup(routes, &wanted);
}

struct scenario *scenario_new(void)
{
    return g_new0(struct scenario, 1);
}

void scenario_free(struct scenario *scenario)
{
    if (!scenario)
        return;
    param_clear(&scenario_table, scenario);
    chances_free(scenario->chances);
    g_clear_pointer(&scenario->assumed, g_hash_table_unref);
    g_free(scenario);
}

bool scenario_assumes(const struct scenario *scenario, const void *at)
{
    return scenario->assumed && g_hash_table_contains(scenario->assumed, at);
}
