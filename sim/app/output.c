#include "sim/app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

__extension__ typedef unsigned __int128 wide;

static size_t format_count(char *text, uint64_t count)
{
    char digits[20];
    size_t n = 0;

    do {
        digits[n++] = (char)('0' + count % 10);
        count /= 10;
    } while (count);
    for (size_t i = 0; i < n; i++)
        text[i] = digits[n - 1 - i];
    return n;
}

/* D / 10^decimals */
static size_t format_decimal(char *text, uint64_t digits, int decimals)
{
    char reversed[48];
    size_t n = 0;

    for (int i = 0; i < decimals || digits; i++) {
        if (i == decimals && decimals)
            reversed[n++] = '.';
        reversed[n++] = (char)('0' + digits % 10);
        digits /= 10;
    }
    if (n == (size_t)decimals) {
        reversed[n++] = '.';
        reversed[n++] = '0';
    }
    for (size_t i = 0; i < n; i++)
        text[i] = reversed[n - 1 - i];
    return n;
}

/* For numbers that the exact way below does not reach. */
static size_t format_slowly(char text[OUTPUT_NUMBER_SIZE], double number)
{
    static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};

    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(text, OUTPUT_NUMBER_SIZE, formats[i], number);
        if (g_ascii_strtod(text, NULL) == number) // NOLINT: the very same double is what is asked for
            break;
    }
    return strlen(text);
}

/* The number is m 2^e. At 10^decimals times its size it has 17 digits before the point, and m 5^decimals still fits
 * into 128 bits, so that the interval of all decimals that read back as the number is known exactly; from it, the one
 * with the fewest digits is taken. */
static size_t format_exactly(char *text, double number)
{
    static const double tens[] = {1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1e0,  1e1,  1e2,  1e3,  1e4,
                                  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16};
    int exponent;
    uint64_t m = (uint64_t)(frexp(number, &exponent) * 0x1p53);
    int magnitude = (int)floor((exponent - 1) * 0.30102999566398120); /* of its first digit */

    if (number >= tens[magnitude + 8])
        magnitude++;

    int decimals = 16 - magnitude;
    int shift = 53 - exponent - decimals + 1;
    wide five = 1;
    for (int i = 0; i < decimals; i++)
        five *= 5;

    wide centre = five * m * 2, half = five;
    uint64_t low = (uint64_t)((centre - half) >> shift) + 1;
    wide top = centre + half;
    uint64_t high = (uint64_t)(top >> shift) - ((top & (((wide)1 << shift) - 1)) == 0);
    uint64_t digits = (uint64_t)((centre + ((wide)1 << shift >> 1)) >> shift);
    uint64_t power = 1;

    while ((low + 9) / 10 <= high / 10) {
        low = (low + 9) / 10;
        high /= 10;
        power *= 10;
        decimals--;
    }
    digits = CLAMP((digits + power / 2) / power, low, high);
    return format_decimal(text, digits, decimals);
}

size_t output_format_number(char text[OUTPUT_NUMBER_SIZE], double number)
{
    size_t n = 0;
    double size = fabs(number);

    if (isnan(number)) {
        text[0] = 0;
        return 0;
    }
    if (number < 0)
        text[n++] = '-';
    if (size < 0x1p53 && size == floor(size))
        n += format_count(text + n, (uint64_t)size);
    else if (size >= 1e-6 && size < 0x1p51)
        n += format_exactly(text + n, size);
    else
        return format_slowly(text, number);
    text[n] = 0;
    return n;
}

static struct output *output_new(const char *name, int fd)
{
    struct output *output = g_new(struct output, 1);

    output->path = g_strdup(name);
    output->fd = fd;
    output->failure = fd < 0 ? errno : 0;
    output->used = 0;
    return output;
}

struct output *output_open(const char *path, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

    if (fd < 0) {
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(errno), "%s: cannot be written: %s", path,
                    g_strerror(errno));
        return NULL;
    }
    return output_new(path, fd);
}

struct output *output_standard(void)
{
    return output_new("standard output", dup(STDOUT_FILENO));
}

static void flush(struct output *output)
{
    const char *from = output->buffer;
    size_t left = output->used;

    while (left && !output->failure) {
        ssize_t n = write(output->fd, from, left);

        if (n < 0 && errno != EINTR) {
            output->failure = errno;
        } else if (n > 0) {
            from += n;
            left -= (size_t)n;
        }
    }
    output->used = 0;
}

gboolean output_close(struct output *output, GError **error)
{
    flush(output);
    /* Some places, such as pipes, cannot be synced: that is not an error. */
    while (!output->failure && fsync(output->fd) < 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP)
        if (errno != EINTR)
            output->failure = errno;
    if (output->fd >= 0 && close(output->fd) < 0 && errno != EINTR && !output->failure)
        output->failure = errno;

    gboolean written = output->failure == 0;
    if (!written)
        g_set_error(error, G_IO_ERROR, (int)g_io_error_from_errno(output->failure), "%s: cannot be written: %s",
                    output->path, g_strerror(output->failure));
    g_free(output->path);
    g_free(output);
    return written;
}

void output_bytes(struct output *output, const char *bytes, size_t n)
{
    while (n) {
        size_t part = MIN(n, sizeof output->buffer - output->used);

        memcpy(output->buffer + output->used, bytes, part);
        output->used += part;
        bytes += part;
        n -= part;
        if (output->used == sizeof output->buffer)
            flush(output);
    }
}

void output_text(struct output *output, const char *text)
{
    output_bytes(output, text, strlen(text));
}

void output_char(struct output *output, char c)
{
    output_bytes(output, &c, 1);
}

/* Numbers are written in place. */
static char *room(struct output *output, size_t n)
{
    if (sizeof output->buffer - output->used < n)
        flush(output);
    return output->buffer + output->used;
}

void output_number(struct output *output, double number)
{
    output->used += output_format_number(room(output, OUTPUT_NUMBER_SIZE), number);
}

void output_count(struct output *output, uint64_t count)
{
    output->used += format_count(room(output, OUTPUT_NUMBER_SIZE), count);
}

void output_printf(struct output *output, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    output_text(output, text);
}

void output_csv_text(struct output *output, const char *text)
{
    if (!text)
        return;
    if (!text[strcspn(text, ",\"\r\n")]) {
        output_text(output, text);
        return;
    }
    output_char(output, '"');
    for (; *text; text++) {
        if (*text == '"')
            output_char(output, '"');
        output_char(output, *text);
    }
    output_char(output, '"');
}
