#include "models/drives.h"

#include <math.h>

/* So many files of a file set, on one drive. */
struct piece {
    uint32_t file_set, drive;
    double files;
};

struct room {
    GArray *pieces; /* struct piece */
};

/* Sizes are whole bytes, but for those that are left to chance. */
#define SLACK_BYTES 1e-3

static struct room *room_new(void)
{
    struct room *room = g_new(struct room, 1);
    room->pieces = g_array_new(FALSE, FALSE, sizeof(struct piece));
    return room;
}

static void room_free(gpointer data)
{
    struct room *room = data;
    if (!room)
        return;
    g_array_unref(room->pieces);
    g_free(room);
}

void drives_clear(struct drives *drives)
{
    g_clear_pointer(&drives->drives, g_free);
    g_clear_pointer(&drives->library, g_ptr_array_unref);
    drives->n = 0;
}

void drives_add(struct drives *drives, double size_bytes, double free_bytes)
{
    g_assert(drives->n < MAX_DRIVES);
    drives->drives = g_renew(struct drive, drives->drives, drives->n + 1);
    drives->drives[drives->n++] = (struct drive){size_bytes, free_bytes};
}

static const struct file_set *set_of(const struct content *content, uint32_t file_set)
{
    return &g_array_index(content->file_sets, struct file_set, file_set);
}

static double files_of(const struct room *room, uint32_t file_set)
{
    double files = 0;
    for (guint i = 0; room && i < room->pieces->len; i++) {
        const struct piece *piece = &g_array_index(room->pieces, struct piece, i);
        if (piece->file_set == file_set)
            files += piece->files;
    }
    return files;
}

static uint32_t with_most_free(const struct drives *drives, uint32_t from)
{
    uint32_t most = from;
    for (uint32_t i = from + 1; i < drives->n; i++)
        if (drives->drives[i].free_bytes > drives->drives[most].free_bytes)
            most = i;
    return most;
}

static double fitting(const struct drives *drives, uint32_t drive, double file_bytes)
{
    double room_bytes = drives->drives[drive].free_bytes - drives->reserve_bytes;
    return fmax(0, floor((room_bytes + SLACK_BYTES) / file_bytes));
}

static void put(struct drives *drives, const struct content *content, struct room *room, struct piece piece)
{
    drives->drives[piece.drive].free_bytes -= piece.files * set_of(content, piece.file_set)->file_bytes;
    drives->in_use |= 1u << piece.drive;
    g_array_append_val(room->pieces, piece);
}

/* Puts so many files where they fit, in order; returns how many did not. */
static double place(struct drives *drives, const struct content *content, struct room *room, uint32_t file_set,
                    double files)
{
    double file_bytes = set_of(content, file_set)->file_bytes;
    uint32_t drive = 0;
    for (uint32_t tried = 0; files > 0 && tried <= drives->n; tried++) {
        double n = fmin(files, fitting(drives, drive, file_bytes));
        if (n > 0)
            put(drives, content, room, (struct piece){file_set, drive, n});
        files -= n;
        drive = drives->n > 1 ? with_most_free(drives, 1) : 0;
    }
    return files;
}

/* Takes so many files of the file set away again, those that came last first; file_set NO_FILE_SET: everything. */
static void take_away(struct drives *drives, const struct content *content, struct room *room, uint32_t file_set,
                      double files)
{
    for (guint i = room->pieces->len; i-- > 0 && files > 0;) {
        struct piece *piece = &g_array_index(room->pieces, struct piece, i);
        if (file_set != NO_FILE_SET && piece->file_set != file_set)
            continue;
        double n = fmin(files, piece->files);
        drives->drives[piece->drive].free_bytes += n * set_of(content, piece->file_set)->file_bytes;
        piece->files -= n;
        files -= n;
        if (piece->files <= 0)
            g_array_remove_index(room->pieces, i);
    }
}

static double files_left(const struct content *content, uint32_t file_set, double left_bytes)
{
    double file_bytes = set_of(content, file_set)->file_bytes;
    return file_bytes > 0 ? round(left_bytes / file_bytes) : 0;
}

bool drives_take(struct drives *drives, const struct content *content, const struct version *version,
                 const struct library *library, const double *left_bytes, struct room **room)
{
    if (drives->n == 0)
        return true;
    if (!*room)
        *room = room_new();
    guint had = (*room)->pieces->len;
    bool fits = true;
    for (uint32_t i = 0; i < version->n_file_sets && fits; i++) {
        uint32_t set = version->file_sets[i];
        if (!library_has(library, set))
            fits = place(drives, content, *room, set, files_left(content, set, left_bytes[i])) <= 0;
    }
    while (!fits && (*room)->pieces->len > had) {
        const struct piece *piece = &g_array_index((*room)->pieces, struct piece, (*room)->pieces->len - 1);
        take_away(drives, content, *room, NO_FILE_SET, piece->files);
    }
    return fits;
}

void drives_keep_arrived(struct drives *drives, const struct content *content, const struct version *version,
                         const double *left_bytes, struct room *room)
{
    for (uint32_t i = 0; room && i < version->n_file_sets; i++) {
        uint32_t set = version->file_sets[i];
        take_away(drives, content, room, set, files_left(content, set, left_bytes[i]));
    }
}

void drives_give_back(struct drives *drives, const struct content *content, struct room **room)
{
    if (*room)
        take_away(drives, content, *room, NO_FILE_SET, INFINITY);
    g_clear_pointer(room, room_free);
}

static struct room **library_room(struct drives *drives, uint32_t file_set)
{
    if (!drives->library)
        drives->library = g_ptr_array_new_with_free_func(room_free);
    if (drives->library->len <= file_set)
        g_ptr_array_set_size(drives->library, (int)file_set + 1);
    return (struct room **)&drives->library->pdata[file_set];
}

/* It is there, whether there is room or not. */
static void force(struct drives *drives, const struct content *content, struct room *room, uint32_t file_set,
                  double files)
{
    double over = place(drives, content, room, file_set, files);
    if (over > 0)
        put(drives, content, room, (struct piece){file_set, with_most_free(drives, 0), over});
}

void drives_store(struct drives *drives, const struct content *content, const struct version *version,
                  const struct library *library, struct room **room)
{
    for (uint32_t i = 0; drives->n > 0 && i < version->n_file_sets; i++) {
        uint32_t set = version->file_sets[i];
        if (library_has(library, set) || set_of(content, set)->file_bytes <= 0)
            continue;
        struct room **its = library_room(drives, set);
        *its = room_new();
        for (guint k = 0; room && *room && k < (*room)->pieces->len;) {
            if (g_array_index((*room)->pieces, struct piece, k).file_set != set) {
                k++;
                continue;
            }
            g_array_append_val((*its)->pieces, g_array_index((*room)->pieces, struct piece, k));
            g_array_remove_index((*room)->pieces, k);
        }
        force(drives, content, *its, set, set_of(content, set)->count - files_of(*its, set));
    }
    if (room)
        drives_give_back(drives, content, room);
}

void drives_removed(struct drives *drives, const struct content *content, const struct version *version,
                    const struct library *library)
{
    for (uint32_t i = 0; drives->n > 0 && i < version->n_file_sets; i++)
        if (!library_has(library, version->file_sets[i]))
            drives_give_back(drives, content, library_room(drives, version->file_sets[i]));
}
