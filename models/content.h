/* Packages, their versions and file sets, and the libraries that hold them (C1 to C3). A file set is (name, count,
 * size): packages that list the same one share its files, and a library stores it once, with a reference count.
 *
 * An update makes a new version: some file sets are new, some stay, and some have changed: these are other files under
 * the same name, of the same size, and part of each is as it was. Packages that one update changes share what is new.
 */
#ifndef MODELS_CONTENT_H
#define MODELS_CONTENT_H

#include "models/scenario.h"

struct change;

#define NO_FILE_SET UINT32_MAX

struct file_set {
    double bytes; /* of all its files */
    double file_bytes;
    uint32_t count;
    const char *files;     /* its name */
    uint32_t changed_from; /* the file set that an update changed into this one; NO_FILE_SET: it is none such */
    double changed_share;  /* of each file that the update changed, 0 to 1 */
};

struct version {
    struct package *package;
    uint32_t number; /* 1, 2, ... */
    uint32_t n_file_sets;
    uint32_t *file_sets; /* indices into content->file_sets, none twice */
    double bytes;
    struct change *change; /* its metadata on its way; NULL: has not left the source site */
};

struct package {
    const struct package_spec *spec;
    uint32_t index;
    GPtrArray *versions; /* struct version *, owned; the newest is the last one */
    uint32_t n_changes;  /* database changes about it so far */
    bool created;        /* an action has created it */
};

struct content {
    GArray *file_sets; /* struct file_set */
    struct package *packages;
    uint32_t n_packages;
    const struct luck *luck;
    GHashTable *known; /* struct file_set_key to its number, private */
    uint32_t n_updates;
};

/* Sizes that are left to chance are drawn here. luck NULL: none. */
void content_init(struct content *content, const struct scenario *scenario, const struct luck *luck);
void content_clear(struct content *content);

static inline struct version *package_newest(const struct package *package)
{
    return package->versions->pdata[package->versions->len - 1];
}
static inline struct version *package_version(const struct package *package, uint32_t number)
{
    return package->versions->pdata[number - 1];
}

/* One action that makes new versions of packages. */
struct update {
    const struct action_spec *spec;
    uint32_t number;
};

struct update content_update_begins(struct content *content, const struct action_spec *spec);
/* The package's new version. */
struct version *content_update(struct content *content, const struct update *update, struct package *package);

/* What of a version a receiver lacks that has the older one, in bytes: files that are new or have changed, whole. */
double version_new_bytes(const struct content *content, const struct version *older, const struct version *version);
/* The same as a delta file (C3): with binary delta replication, only their changed share of files that have changed.
 * Several changes of a file add up, to the whole file at most: a delta contains those before it. */
double version_delta_bytes(const struct content *content, const struct version *older, const struct version *version);

/* What has become of files in a library; nobody knows before they are validated. */
enum damage { DAMAGE_NONE, DAMAGE_CORRUPT, DAMAGE_MISSING };

struct library {
    GArray *references; /* uint32_t per file set, as far as there are any; NULL: empty */
    GArray *damages;    /* uint8_t per file set: enum damage; NULL: all are good */
};

void library_clear(struct library *library);
void library_add(struct library *library, const struct version *version);
/* Takes the version's references away; what nothing else refers to is gone. */
void library_remove(struct library *library, const struct version *version);
bool library_has(const struct library *library, uint32_t file_set); /* NULL has nothing */
/* The version's files have been damaged, for whatever refers to them; copied again; the worst that they are. */
void library_damage(struct library *library, const struct version *version, enum damage damage);
void library_repair(struct library *library, const struct version *version);
enum damage library_damage_of(const struct library *library, const struct version *version);
/* The same of one file set. */
void library_damage_file_set(struct library *library, uint32_t file_set, enum damage damage);
enum damage library_damage_of_file_set(const struct library *library, uint32_t file_set);
/* Of the files of which something is left to be moved, none is missing there. */
bool library_offers(const struct library *library, const struct version *version, const double *left_bytes);
/* Bytes and files of the version that the library lacks. */
double library_lacks(const struct library *library, const struct content *content, const struct version *version,
                     uint64_t *files);

/* What of each of the version's file sets has yet to reach a library, in bytes: all of it. g_free() it. */
double *version_left(const struct content *content, const struct version *version);
/* Of file sets that have come to the library by another way (NULL has nothing) nothing is left. Returns the sum of what
 * is. The library keeps those sets, whoever else gives them up, until they are released: claims, NULL at first, says
 * which they are. */
double library_claim(struct library *library, const struct version *version, double *left_bytes, GArray **claims);
void library_release(struct library *library, GArray **claims);
/* So many bytes of what was left have arrived, file by file in the version's order: takes those of whole files off, and
 * returns how many they are. */
double version_arrived(const struct content *content, const struct version *version, double *left_bytes, double bytes);

#endif
