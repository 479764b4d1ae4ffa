/* Packages, their file sets, and the libraries that hold them (C1, C2). A file set is (name, count, size): packages
 * that list the same one share its files, and a library stores it once, with a reference count. */
#ifndef MODELS_CONTENT_H
#define MODELS_CONTENT_H

#include "models/scenario.h"

struct change;

struct file_set {
    double bytes; /* of all its files */
    double file_bytes;
    uint32_t count;
};

struct package {
    const struct package_spec *spec;
    uint32_t index;
    uint32_t version;
    uint32_t n_file_sets;
    uint32_t *file_sets; /* indices into content->file_sets, none twice */
    double bytes;
    uint32_t n_changes;            /* database changes about it so far */
    bool created;                  /* an action has created it */
    struct change *version_change; /* its version's metadata on its way; NULL: has not left the source site */
};

struct content {
    GArray *file_sets; /* struct file_set */
    struct package *packages;
    uint32_t n_packages;
};

/* Sizes that are left to chance are drawn here. luck NULL: none. */
void content_init(struct content *content, const struct scenario *scenario, const struct luck *luck);
void content_clear(struct content *content);

struct library {
    uint32_t *references; /* per file set; NULL: empty */
    uint32_t *versions;   /* per package: which version is there, all of it; 0: none. NULL: empty */
};

void library_clear(struct library *library);
void library_add(struct library *library, const struct content *content, const struct package *package);
bool library_has(const struct library *library, uint32_t file_set);
/* Not only its files, which other packages may have brought: the package has been added in its present version. */
bool library_has_package(const struct library *library, const struct package *package);
/* Bytes and files of the package that the library lacks. */
double library_lacks(const struct library *library, const struct content *content, const struct package *package,
                     uint64_t *files);

/* What of each of the package's file sets has yet to reach a library, in bytes: all of it. g_free() it. */
double *package_left(const struct content *content, const struct package *package);
/* Of file sets that have come to the library by another way nothing is left. Returns the sum of what is. */
double library_left(const struct library *library, const struct package *package, double *left_bytes);
/* So many bytes of what was left have arrived, file by file in the package's order: takes those of whole files off, and
 * returns how many they are. */
double package_arrived(const struct content *content, const struct package *package, double *left_bytes, double bytes);

#endif
