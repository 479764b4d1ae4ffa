#include "sim/app/output.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <gio/gio.h>

enum { SHORT_TEXT = 64 };

__extension__ typedef unsigned __int128 wide;

enum { MOST_DIGITS = 20 }; /* of a 64 bit number */

/* Two digits at a time, from the end of the field; where they begin. */
static size_t put_digits(char field[MOST_DIGITS], uint64_t number)
{
    static const char pairs[] =
        "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445"
        "46474849505152535455565758596061626364656667686970717273747576777879808182838485868788899091"
        "9293949596979899";
    size_t at = MOST_DIGITS;

    while (number >= 10) {
        at -= 2;
        memcpy(field + at, pairs + 2 * (number % 100), 2);
        number /= 100;
    }
    if (number || at == MOST_DIGITS)
        field[--at] = (char)('0' + number);
    return at;
}

static size_t format_count(char *text, uint64_t count)
{
    char field[MOST_DIGITS];
    size_t at = put_digits(field, count);

    memcpy(text, field + at, MOST_DIGITS - at);
    return MOST_DIGITS - at;
}

/* digits / 10^decimals, decimals not 0 */
static size_t format_decimal(char *text, uint64_t digits, size_t decimals)
{
    char field[MOST_DIGITS];
    size_t at = put_digits(field, digits), n = MOST_DIGITS - at;
    size_t whole = n > decimals ? n - decimals : 0, zeros = decimals > n ? decimals - n : 0, to = 0;

    if (whole)
        memcpy(text, field + at, whole);
    else
        text[0] = '0';
    to = whole ? whole : 1;
    text[to++] = '.';
    memset(text + to, '0', zeros);
    memcpy(text + to + zeros, field + at + whole, n - whole);
    return to + zeros + n - whole;
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
    static const uint64_t fives[] = {1u,
                                     5u,
                                     25u,
                                     125u,
                                     625u,
                                     3125u,
                                     15625u,
                                     78125u,
                                     390625u,
                                     1953125u,
                                     9765625u,
                                     48828125u,
                                     244140625u,
                                     1220703125u,
                                     6103515625u,
                                     30517578125u,
                                     152587890625u,
                                     762939453125u,
                                     3814697265625u,
                                     19073486328125u,
                                     95367431640625u,
                                     476837158203125u,
                                     2384185791015625u,
                                     11920928955078125u};
    uint64_t bits;

    memcpy(&bits, &number, sizeof bits);
    int exponent = (int)(bits >> 52) - 1022; /* of a positive normal number */
    uint64_t m = (bits & (((uint64_t)1 << 52) - 1)) | (uint64_t)1 << 52;
    int magnitude = (int)floor((exponent - 1) * 0.30102999566398120); /* of its first digit */

    if (number >= tens[magnitude + 8])
        magnitude++;

    int decimals = 16 - magnitude;
    int shift = 53 - exponent - decimals + 1;
    wide half = fives[decimals], centre = half * m * 2;
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
    if (power > 1)
        digits = (digits + power / 2) / power;
    return format_decimal(text, CLAMP(digits, low, high), (size_t)decimals);
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
    output->buffer[output->used++] = c;
    if (output->used == sizeof output->buffer)
        flush(output);
}

/* Numbers and short texts are written in place. The buffer is never full afterwards. */
static char *room(struct output *output, size_t n)
{
    if (sizeof output->buffer - output->used <= n)
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
    static const bool quoted[256] = {[','] = true, ['"'] = true, ['\r'] = true, ['\n'] = true};

    if (!text)
        return;
    /* Most are short and need no quotes: they are copied while that is looked at. */
    char *to = room(output, SHORT_TEXT);
    size_t n = 0;
    while (n < SHORT_TEXT && text[n] && !quoted[(unsigned char)text[n]]) {
        to[n] = text[n];
        n++;
    }
    if (n < SHORT_TEXT && !text[n]) {
        output->used += n;
        return;
    }
    if (!text[n + strcspn(text + n, ",\"\r\n")]) {
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
