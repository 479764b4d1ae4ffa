/* Packages, their file sets, and the libraries that hold them (C1, C2). A file set is (name, count, size): packages that
 * list the same one share its files, and a library stores it once, with a reference count. */
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
    bool created;                   /* an action has created it */
    struct change *version_change;  /* its version's metadata on its way; NULL: has not left the source site */
};

struct content {
    GArray *file_sets; /* struct file_set */
    struct package *packages;
    uint32_t n_packages;
};

void content_init(struct content *content, const struct scenario *scenario);
void content_clear(struct content *content);

struct library {
    uint32_t *references; /* per file set; NULL: empty */
};

void library_clear(struct library *library);
void library_add(struct library *library, const struct content *content, const struct package *package);
bool library_has(const struct library *library, uint32_t file_set);
/* Bytes and files of the package that the library lacks. */
double library_lacks(const struct library *library, const struct content *content, const struct package *package,
                     uint64_t *files);

/* Of the files that the library lacks, sent one after another in the package's order: the bytes of those that are whole after
 * `bytes` have arrived. */
double library_whole_files(const struct library *library, const struct content *content, const struct package *package,
                           double bytes);

#endif
