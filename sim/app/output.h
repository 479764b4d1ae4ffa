/* A file being written: buffered, the same bytes whatever the user's locale, and no failed write is lost: the first one
 * is kept, what follows goes nowhere, and output_close() tells. */
#ifndef APP_OUTPUT_H
#define APP_OUTPUT_H

#include <glib.h>
#include <stdint.h>

struct output {
    char *path;
    int fd;
    int failure; /* errno of the first write that failed; 0: none did */
    size_t used;
    char buffer[1 << 16];
};

#define OUTPUT_NUMBER_SIZE 32

/* Writes the number with the fewest digits (or nearly) that read back as the same double, and a final 0; returns the
 * length. NaN is written as nothing at all. */
size_t output_format_number(char text[OUTPUT_NUMBER_SIZE], double number);

/* A new file; NULL and an error when it cannot be made. */
struct output *output_open(const char *path, GError **error);
/* Standard output, which stays open. */
struct output *output_standard(void);
/* Writes what is left, syncs it to the disk, frees the output. FALSE: not everything was written, error says why. */
gboolean output_close(struct output *output, GError **error);

void output_bytes(struct output *output, const char *bytes, size_t n);
void output_text(struct output *output, const char *text);
void output_char(struct output *output, char c);
void output_number(struct output *output, double number);
void output_count(struct output *output, uint64_t count);
void output_printf(struct output *output, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* A field of a CSV row, in quotes when it has to be (RFC 4180). */
void output_csv_text(struct output *output, const char *text);

#endif
