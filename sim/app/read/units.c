#include "sim/app/read/units.h"

#include <math.h>
#include <string.h>

#include "sim/app/read/mistakes.h"

#define DAY_S 86400.0
#define EXACT_WHOLE 9007199254740992.0 /* 2^53: up to here a double holds every whole number */
#define FRACTION_DIGITS 9              /* of a second in a date and time */

/* ---- Numbers ---- */

/* The length of the number at the start of the text, as in JSON but with a "+" allowed; 0: none. */
static size_t number_length(const char *text)
{
    const char *p = text;

    if (*p == '+' || *p == '-')
        p++;
    if (!g_ascii_isdigit(*p))
        return 0;
    while (g_ascii_isdigit(*p))
        p++;
    if (p[0] == '.' && g_ascii_isdigit(p[1]))
        for (p++; g_ascii_isdigit(*p);)
            p++;
    if (*p == 'e' || *p == 'E') {
        const char *e = p + 1;
        if (*e == '+' || *e == '-')
            e++;
        if (g_ascii_isdigit(*e)) {
            while (g_ascii_isdigit(*e))
                e++;
            p = e;
        }
    }
    return (size_t)(p - text);
}

/* The shortest text that reads as the same double. */
static char *shortest(double value)
{
    static const char *const formats[] = {"%.15g", "%.16g", "%.17g"};
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    if (value == 0 && signbit(value))
        return g_strdup("-0");
    if (value == floor(value) && fabs(value) < EXACT_WHOLE)
        return g_strdup_printf("%" G_GINT64_FORMAT, (gint64)value);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        g_ascii_formatd(buffer, sizeof(buffer), formats[i], value);
        if (g_ascii_strtod(buffer, NULL) == value)
            break;
    }
    return g_strdup(buffer);
}

double units_number(const char *text, size_t n)
{
    static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    double digits = 0;
    size_t point = n, i = 0;

    for (; i < n && n <= 15; i++) {
        if (g_ascii_isdigit(text[i]))
            digits = 10 * digits + (text[i] - '0');
        else if (text[i] == '.' && point == n)
            point = i;
        else
            break;
    }
    if (i < n) {
        g_autofree char *copy = g_strndup(text, n);
        return g_ascii_strtod(copy, NULL);
    }
    /* Both are exact, and so their quotient is the double that is nearest to the decimal. */
    return point == n ? digits : digits / tens[n - point - 1];
}

/* A quantity in two parts. */
struct quantity {
    const char *number; /* as written, up to what it is followed by */
    size_t length;
    const char *unit;
    double value;
};

static bool quantity_split(const char *text, struct quantity *quantity)
{
    size_t n = number_length(text);

    if (!n)
        return false;
    quantity->number = text;
    quantity->length = n;
    quantity->value = units_number(text, n) + 0.0;
    quantity->unit = text + n + strspn(text + n, " ");
    return true;
}

static const char *kind_word(enum param_kind kind)
{
    switch (kind) {
    case PARAM_PERCENT:
        return "percentage";
    case PARAM_DURATION:
        return "duration";
    case PARAM_RATE:
        return "rate";
    case PARAM_SIZE:
        return "size";
    case PARAM_DATE_TIME:
        return "date and time";
    case PARAM_TIME:
        return "time";
    case PARAM_CLOCK:
        return "time of day";
    case PARAM_DAYS:
        return "list of days";
    default:
        return "value";
    }
}

const char *units_example(enum param_kind kind)
{
    switch (kind) {
    case PARAM_COUNT:
        return "5";
    case PARAM_NUMBER:
        return "0.5";
    case PARAM_PERCENT:
        return "60 %";
    case PARAM_DURATION:
        return "30 min";
    case PARAM_RATE:
        return "100 Mbit/s";
    case PARAM_SIZE:
        return "200 MiB";
    case PARAM_DATE_TIME:
        return "2016-05-16T10:30:00";
    case PARAM_TIME:
        return "90 min";
    case PARAM_CLOCK:
        return "08:00";
    case PARAM_DAYS:
        return "mon-fri";
    default:
        return "text";
    }
}

char *units_missing(enum param_kind kind, const char *shown, double number)
{
    g_autofree char *n = isfinite(number) ? shortest(number) : g_strdup("1");

    switch (kind) {
    case PARAM_PERCENT:
        /* "0.99" may well mean 99 %. */
        if (number > 0 && number < 1) {
            g_autofree char *hundred = shortest(round(number * 1e8) / 1e6);
            return g_strdup_printf("%s has no unit; write \"%s %%\" or \"%s %%\"", shown, hundred, n);
        }
        return g_strdup_printf("%s has no unit; write \"%s %%\"", shown, n);
    case PARAM_DURATION:
    case PARAM_TIME:
        return g_strdup_printf("%s has no unit; write \"%s s\" or \"%s min\"", shown, n, n);
    case PARAM_RATE:
        return g_strdup_printf("%s has no unit; write \"%s Mbit/s\" or \"%s MB/s\"", shown, n, n);
    case PARAM_SIZE:
        return g_strdup_printf("%s has no unit; write \"%s MB\" or \"%s MiB\"", shown, n, n);
    case PARAM_CLOCK:
        if (number >= 0 && number <= 24 && number == floor(number))
            return g_strdup_printf("%s is no time of day; write \"%02d:00\"", shown, (int)number);
        /* fall through */
    default:
        return g_strdup_printf("%s is no %s; write for example \"%s\"", shown, kind_word(kind), units_example(kind));
    }
}

/* `"fast" is no rate; write for example "100 Mbit/s"` */
static char *refuse(enum param_kind kind, const char *text)
{
    g_autofree char *quoted = mistakes_quoted(text);
    size_t n = number_length(text);

    if (n && text[n] == ',' && g_ascii_isdigit(text[n + 1]))
        return g_strdup_printf("%s is no %s: a number has a point before its decimals and no commas", quoted,
                               kind_word(kind));
    if (kind == PARAM_DURATION && n && strpbrk(text + n, "0123456789"))
        return g_strdup_printf("%s is no duration; write for example \"90 min\" or \"1 h 30 min\"", quoted);
    return g_strdup_printf("%s is no %s; write for example \"%s\"", quoted, kind_word(kind), units_example(kind));
}

/* `"100 mbps" is no rate; write "100 Mbit/s"`, or both units */
static char *refuse_unit(enum param_kind kind, const char *text, const char *number, const char *unit,
                         const char *other)
{
    g_autofree char *quoted = mistakes_quoted(text);

    if (other)
        return g_strdup_printf("%s is no %s; write \"%s %s\" or \"%s %s\"", quoted, kind_word(kind), number, unit,
                               number, other);
    return g_strdup_printf("%s is no %s; write \"%s %s\"", quoted, kind_word(kind), number, unit);
}

static char *too_large(const char *text)
{
    g_autofree char *quoted = mistakes_quoted(text);

    return g_strdup_printf("%s is too large a number", quoted);
}

/* ---- Durations ---- */

/* In one of multiply and divide, so that "15 ms" is the double nearest to 0.015. */
struct scale {
    const char *unit;
    double multiply, divide;
};

static const struct scale duration_units[] = {{"d", 86400, 1}, {"h", 3600, 1}, {"min", 60, 1}, {"s", 1, 1},
                                              {"ms", 1, 1e3},  {"us", 1, 1e6}, {"ns", 1, 1e9}};

/* What people write instead, in any case. */
static const struct {
    const char *wrong, *right;
} duration_slips[] = {
    {"sec", "s"},       {"secs", "s"},  {"second", "s"}, {"seconds", "s"},       {"mins", "min"}, {"minute", "min"},
    {"minutes", "min"}, {"hr", "h"},    {"hrs", "h"},    {"hour", "h"},          {"hours", "h"},  {"day", "d"},
    {"days", "d"},      {"msec", "ms"}, {"msecs", "ms"}, {"usec", "us"},         {"usecs", "us"}, {"nsec", "ns"},
    {"µs", "us"},       {"μs", "us"},   {"ns", "ns"},    {"us", "us"},           {"ms", "ms"},    {"s", "s"},
    {"min", "min"},     {"h", "h"},     {"d", "d"},      {"milliseconds", "ms"}, {"\"", "s"},     {"'", "min"},
};

/* "1 d 23 h", as durations are printed: whole parts, each in a smaller unit than the one before, and a sign for all of
 * them. */
static bool parse_parts(const char *text, double *value)
{
    const char *p = text + strspn(text, "+-");
    double sum = 0;
    size_t next = 0;

    for (;;) {
        size_t n = number_length(p), i = next;
        const char *unit = p + n + strspn(p + n, " ");
        size_t length = strcspn(unit, " ");

        while (i < G_N_ELEMENTS(duration_units) &&
               (strlen(duration_units[i].unit) != length || strncmp(unit, duration_units[i].unit, length) != 0))
            i++;
        if (!g_ascii_isdigit(*p) || i == G_N_ELEMENTS(duration_units))
            return false;
        sum += g_ascii_strtod(p, NULL) * duration_units[i].multiply / duration_units[i].divide;
        next = i + 1;
        p = unit + length;
        if (!*p)
            break;
        p += strspn(p, " ");
    }
    if (!isfinite(sum))
        return false;
    *value = *text == '-' ? -sum : sum;
    return true;
}

static bool parse_duration(const char *text, const struct quantity *q, double *value, char **why)
{
    if (strchr(q->unit, ' ') && parse_parts(text, value))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(duration_units); i++) {
        if (strcmp(q->unit, duration_units[i].unit) == 0) {
            double v = q->value * duration_units[i].multiply / duration_units[i].divide;
            if (!isfinite(v)) {
                *why = too_large(text);
                return false;
            }
            *value = v;
            return true;
        }
    }
    g_autofree char *number = g_strndup(q->number, q->length);
    if (strcmp(q->unit, "m") == 0) {
        *why = refuse_unit(PARAM_DURATION, text, number, "min", "ms");
        return false;
    }
    if (strcmp(q->unit, "M") == 0) {
        *why = refuse_unit(PARAM_DURATION, text, number, "min", NULL);
        return false;
    }
    if (g_ascii_strcasecmp(q->unit, "w") == 0 || g_ascii_strcasecmp(q->unit, "week") == 0 ||
        g_ascii_strcasecmp(q->unit, "weeks") == 0) {
        g_autofree char *n = shortest(q->value * 7);
        *why = refuse_unit(PARAM_DURATION, text, n, "d", NULL);
        return false;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(duration_slips); i++) {
        if (g_ascii_strcasecmp(q->unit, duration_slips[i].wrong) == 0) {
            *why = refuse_unit(PARAM_DURATION, text, number, duration_slips[i].right, NULL);
            return false;
        }
    }
    *why = refuse(PARAM_DURATION, text);
    return false;
}

/* ---- Rates and sizes ---- */

struct prefix {
    const char *text;
    double factor;
};

/* The longer ones first. */
static const struct prefix prefixes[] = {
    {"Ki", 1024.0}, {"Mi", 1048576.0}, {"Gi", 1073741824.0}, {"Ti", 1099511627776.0},
    {"k", 1e3},     {"M", 1e6},        {"G", 1e9},           {"T", 1e12},
    {"", 1}};

/* "Mbit" to its factor and whether it is bits. */
static bool amount_unit(const char *unit, size_t length, double *factor, bool *bits)
{
    for (size_t i = 0; i < G_N_ELEMENTS(prefixes); i++) {
        size_t n = strlen(prefixes[i].text);
        const char *base = unit + n;
        size_t rest = length - n;

        if (length < n || (n && unit[0] != prefixes[i].text[0]) || strncmp(unit, prefixes[i].text, n) != 0)
            continue;
        *factor = prefixes[i].factor;
        if (rest == 1 && base[0] == 'B') {
            *bits = false;
            return true;
        }
        if ((rest == 1 && base[0] == 'b') || (rest == 3 && strncmp(base, "bit", 3) == 0)) {
            *bits = true;
            return true;
        }
    }
    return false;
}

/* What a wrong unit of rates or sizes was meant to be: "mbps" is "M" and bits. */
struct guess {
    char prefix[3];
    bool bits, bytes; /* both: cannot be told */
    bool per_second;
};

static bool guess_amount(const char *unit, struct guess *guess)
{
    static const char *const per_second[] = {"/s", "/sec", "/second", "ps", " per second", "/S"};
    static const char *const bit_words[] = {"bit", "bits"};
    static const char *const byte_words[] = {"byte", "bytes"};
    g_autofree char *rest = NULL;
    g_autofree char *lower = NULL;
    const char *base;

    *guess = (struct guess){0};
    if (strlen(unit) > 30)
        return false;
    rest = g_strdup(unit);
    for (size_t i = 0; i < G_N_ELEMENTS(per_second); i++) {
        g_autofree char *small = g_ascii_strdown(rest, -1);
        size_t n = strlen(rest), m = strlen(per_second[i]);

        if (n > m && g_str_has_suffix(small, per_second[i])) {
            rest[n - m] = '\0';
            guess->per_second = true;
            break;
        }
    }
    base = rest;
    if (*base && strchr("kKmMgGtT", *base)) {
        guess->prefix[0] = (char)(g_ascii_tolower(*base) == 'k' ? 'k' : g_ascii_toupper(*base));
        base++;
        if (base[0] == 'i' && g_ascii_strncasecmp(base, "it", 2) != 0) {
            guess->prefix[0] = g_ascii_toupper(guess->prefix[0]);
            guess->prefix[1] = 'i';
            base++;
        }
    }
    lower = g_ascii_strdown(base, -1);
    if (!*lower) {
        guess->bits = guess->bytes = true;
        return guess->prefix[0] || guess->per_second;
    }
    for (size_t i = 0; i < 2; i++) {
        guess->bits |= strcmp(lower, bit_words[i]) == 0;
        guess->bytes |= strcmp(lower, byte_words[i]) == 0;
    }
    guess->bits |= strcmp(base, "b") == 0;
    guess->bytes |= strcmp(base, "B") == 0 || strcmp(lower, "o") == 0;
    /* MBPS: nobody knows. */
    if (strcmp(base, "B") == 0 && g_str_has_suffix(unit, "PS"))
        guess->bits = true;
    return guess->bits || guess->bytes;
}

static bool parse_rate(const char *text, const struct quantity *q, double *value, char **why)
{
    size_t n = strlen(q->unit);
    double factor = 1;
    bool bits = false;
    struct guess guess;

    if (g_str_has_suffix(q->unit, "/s") && amount_unit(q->unit, n - 2, &factor, &bits)) {
        double v = q->value * factor / (bits ? 8 : 1);
        if (!isfinite(v)) {
            *why = too_large(text);
            return false;
        }
        *value = v;
        return true;
    }
    if (guess_amount(q->unit, &guess)) {
        g_autofree char *number = g_strndup(q->number, q->length);
        g_autofree char *as_bits = g_strdup_printf("%sbit/s", guess.prefix);
        g_autofree char *as_bytes = g_strdup_printf("%sB/s", guess.prefix);
        *why = refuse_unit(PARAM_RATE, text, number, guess.bits ? as_bits : as_bytes,
                           guess.bits && guess.bytes ? as_bytes : NULL);
    } else {
        *why = refuse(PARAM_RATE, text);
    }
    return false;
}

static bool parse_size(const char *text, const struct quantity *q, double *value, char **why)
{
    double factor = 1;
    bool bits = false;
    struct guess guess;

    if (amount_unit(q->unit, strlen(q->unit), &factor, &bits) && !bits) {
        double v = q->value * factor;
        if (v > EXACT_WHOLE) {
            *why = too_large(text);
            return false;
        }
        if (factor == 1 && v != floor(v)) {
            g_autofree char *quoted = mistakes_quoted(text);
            *why = g_strdup_printf("%s is not a whole number of bytes", quoted);
            return false;
        }
        *value = round(v);
        return true;
    }
    if (guess_amount(q->unit, &guess)) {
        g_autofree char *number = g_strndup(q->number, q->length);
        g_autofree char *decimal = g_strdup_printf("%sB", guess.prefix);
        g_autofree char *binary = g_strdup_printf("%ciB", g_ascii_toupper(guess.prefix[0]));
        bool either = guess.prefix[0] && !guess.prefix[1] && guess.bytes && !guess.per_second;

        if (guess.bits && !guess.bytes) {
            g_autofree char *quoted = mistakes_quoted(text);
            g_autofree char *eighth = shortest(q->value / 8);
            *why = g_strdup_printf(
                "%s is in bits, and a size is in bytes; write \"%s %s\", or \"%s %s\" if bits are meant", quoted,
                number, decimal, eighth, decimal);
        } else {
            *why = refuse_unit(PARAM_SIZE, text, number, decimal, either ? binary : NULL);
        }
    } else {
        *why = refuse(PARAM_SIZE, text);
    }
    return false;
}

/* ---- Dates, clocks, days ---- */

static const char *const month_names[] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};

static bool leap_year(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap_year(year));
}

/* From 1970-01-01, in the Gregorian calendar. */
static gint64 days_from_date(int year, int month, int day)
{
    gint64 y = year - (month <= 2);
    gint64 era = (y >= 0 ? y : y - 399) / 400;
    gint64 year_of_era = y - era * 400;
    gint64 day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    gint64 day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * 146097 + day_of_era - 719468;
}

static void date_from_days(gint64 days, int *year, int *month, int *day)
{
    gint64 z = days + 719468;
    gint64 era = (z >= 0 ? z : z - 146096) / 146097;
    gint64 day_of_era = z - era * 146097;
    gint64 year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    gint64 day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    gint64 shifted = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

/* Takes `count` digits, fewer only down to `least`. */
static bool take_digits(const char **p, int least, int count, int *value)
{
    int n = 0;

    *value = 0;
    while (n < count && g_ascii_isdigit(**p)) {
        *value = *value * 10 + (*(*p)++ - '0');
        n++;
    }
    return n >= least && !g_ascii_isdigit(**p);
}

static bool take(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

/* "8:00", "08:00", "08:00:30". *p is left after it. */
static bool take_clock(const char **p, int least_hour_digits, int *hour, int *minute, int *second)
{
    *second = 0;
    if (!take_digits(p, least_hour_digits, 2, hour) || !take(p, ':') || !take_digits(p, 2, 2, minute))
        return false;
    if (**p == ':') {
        (*p)++;
        return take_digits(p, 2, 2, second);
    }
    return true;
}

static bool clock_exists(int hour, int minute, int second)
{
    return (hour < 24 && minute < 60 && second < 60) || (hour == 24 && minute == 0 && second == 0);
}

static bool parse_clock(const char *text, double *value, char **why)
{
    const char *p = text;
    int hour, minute, second;
    bool clock = take_clock(&p, 1, &hour, &minute, &second), exists = clock && clock_exists(hour, minute, second);

    if (!*p && exists) {
        *value = hour * 3600 + minute * 60 + second;
        return true;
    }
    g_autofree char *quoted = mistakes_quoted(text);
    if (clock) {
        if (!*p) {
            *why = g_strdup_printf("%s does not exist; times of day are \"00:00\" to \"24:00\"", quoted);
            return false;
        }
        while (*p == ' ')
            p++;
        if (exists && hour >= 1 && hour <= 12 &&
            (g_ascii_strcasecmp(p, "am") == 0 || g_ascii_strcasecmp(p, "pm") == 0)) {
            *why = g_strdup_printf("%s is no time of day; write \"%02d:%02d\"", quoted,
                                   hour % 12 + (g_ascii_tolower(*p) == 'p' ? 12 : 0), minute);
            return false;
        }
    }
    *why = g_strdup_printf("%s is no time of day; write for example \"08:00\"", quoted);
    return false;
}

static bool parse_date_time(const char *text, double *value, char **why)
{
    g_autofree char *quoted = mistakes_quoted(text);
    const char *p = text;
    int year, month, day, hour, minute, second;
    double fraction = 0;

    if (!take_digits(&p, 4, 4, &year) || !take(&p, '-') || !take_digits(&p, 2, 2, &month) || !take(&p, '-') ||
        !take_digits(&p, 2, 2, &day)) {
        *why = g_strdup_printf("%s is no date and time; write for example \"2016-05-16T10:30:00\"", quoted);
        return false;
    }
    if (year < 1900) {
        *why = g_strdup_printf("%s is too long ago; years are 1900 to 9999", quoted);
        return false;
    }
    if (month < 1 || month > 12) {
        *why = g_strdup_printf("%s does not exist: there is no month %d", quoted, month);
        return false;
    }
    if (day < 1 || day > month_days(year, month)) {
        *why = g_strdup_printf("%s does not exist: %s %d has %d days", quoted, month_names[month - 1], year,
                               month_days(year, month));
        return false;
    }
    if (!*p) {
        *why = g_strdup_printf("%s has no time of day; write \"%sT00:00:00\"", quoted, text);
        return false;
    }
    if (*p == ' ' || *p == 't') {
        g_autofree char *date = g_strndup(text, (size_t)(p - text));
        *why = g_strdup_printf("%s is no date and time; write a T between the two, for example \"%sT10:30:00\"", quoted,
                               date);
        return false;
    }
    if (!take(&p, 'T') || !take_clock(&p, 2, &hour, &minute, &second)) {
        *why = g_strdup_printf("%s is no date and time; write for example \"2016-05-16T10:30:00\"", quoted);
        return false;
    }
    if (hour > 23 || minute > 59 || second > 59) {
        *why = g_strdup_printf("%s does not exist; times of day are \"00:00:00\" to \"23:59:59\"", quoted);
        return false;
    }
    if (*p == '.' && p[-3] == ':' && p[-6] == ':') {
        size_t n = strspn(p + 1, "0123456789");
        if (n > FRACTION_DIGITS) {
            *why = g_strdup_printf("%s is too exact; at most %d digits of a second", quoted, FRACTION_DIGITS);
            return false;
        }
        if (n) {
            gint64 power = 1;
            for (size_t i = 0; i < n; i++)
                power *= 10;
            fraction = (double)g_ascii_strtoll(p + 1, NULL, 10) / (double)power;
            p += 1 + n;
        }
    }
    if (*p == 'Z' || *p == '+' || *p == '-') {
        g_autofree char *local = g_strndup(text, (size_t)(p - text));
        *why = g_strdup_printf("%s has a time zone, and times are local to the top site; write \"%s\"", quoted, local);
        return false;
    }
    if (*p) {
        *why = g_strdup_printf("%s is no date and time; write for example \"2016-05-16T10:30:00\"", quoted);
        return false;
    }
    *value = (double)(days_from_date(year, month, day) * 86400 + hour * 3600 + minute * 60 + second) + fraction;
    return true;
}

static char *print_date_time(double value)
{
    double whole = floor(value), fraction = value - whole;
    gint64 seconds = (gint64)whole;
    gint64 days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
    int of_day = (int)(seconds - days * 86400);
    int year, month, day;
    GString *out = g_string_new(NULL);

    date_from_days(days, &year, &month, &day);
    g_string_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day, of_day / 3600, of_day / 60 % 60,
                    of_day % 60);
    /* The fewest digits that give the same double again. */
    gint64 power = 1;
    for (int digits = 1; fraction != 0 && digits <= FRACTION_DIGITS; digits++) {
        power *= 10;
        gint64 part = (gint64)round(fraction * (double)power);
        if (part < power && (whole + (double)part / (double)power == value || digits == FRACTION_DIGITS)) {
            g_string_append_printf(out, ".%0*" G_GINT64_FORMAT, digits, part);
            break;
        }
    }
    return g_string_free(out, FALSE);
}

static const char *const day_names[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

/* Takes "mon" and returns 0, or -1. */
static int take_day(const char **p)
{
    for (int i = 0; i < 7; i++) {
        if (strncmp(*p, day_names[i], 3) == 0 && !g_ascii_isalpha((*p)[3])) {
            *p += 3;
            return i;
        }
    }
    return -1;
}

static bool parse_days(const char *text, double *value, char **why)
{
    const char *p = text;
    unsigned days = 0;

    if (strcmp(text, "all") == 0) {
        *value = 0x7f;
        return true;
    }
    for (;;) {
        int first = take_day(&p), last = first;

        if (first >= 0 && *p == '-') {
            p++;
            last = take_day(&p);
        }
        if (first < 0 || last < 0)
            break;
        /* fri-mon goes round the end of the week. */
        for (int day = first;; day = (day + 1) % 7) {
            days |= 1u << day;
            if (day == last)
                break;
        }
        if (!*p) {
            *value = days;
            return true;
        }
        if (!take(&p, ','))
            break;
        p += strspn(p, " ");
    }
    g_autofree char *quoted = mistakes_quoted(text);
    *why = g_strdup_printf("%s is no list of days; write for example \"mon-fri\", \"sat, sun\" or \"all\"", quoted);
    return false;
}

static char *print_days(unsigned days)
{
    GString *out = g_string_new(NULL);

    if ((days & 0x7f) == 0x7f)
        return g_string_free(g_string_assign(out, "all"), FALSE);
    for (int first = 0; first < 7; first++) {
        int last = first;

        if (!(days & 1u << first))
            continue;
        while (last < 6 && days & 1u << (last + 1))
            last++;
        g_string_append_printf(out, "%s%s", out->len ? ", " : "", day_names[first]);
        if (last > first + 1)
            g_string_append_printf(out, "-%s", day_names[last]);
        else if (last > first)
            g_string_append_printf(out, ", %s", day_names[last]);
        first = last;
    }
    return g_string_free(out, FALSE);
}

/* ---- All kinds ---- */

bool units_parse(enum param_kind kind, const char *text, double *value, char **why)
{
    struct quantity q = {0};

    *why = NULL;
    switch (kind) {
    case PARAM_DATE_TIME:
        return parse_date_time(text, value, why);
    case PARAM_CLOCK:
        return parse_clock(text, value, why);
    case PARAM_DAYS:
        return parse_days(text, value, why);
    default:
        break;
    }
    if (kind == PARAM_RATE && strcmp(text, "unlimited") == 0) {
        *value = INFINITY;
        return true;
    }
    if (kind == PARAM_RATE && g_ascii_isalpha(*text) &&
        (g_ascii_strcasecmp(text, "unlimited") == 0 || g_ascii_strcasecmp(text, "infinite") == 0 ||
         g_ascii_strcasecmp(text, "infinity") == 0 || g_ascii_strcasecmp(text, "inf") == 0 ||
         g_ascii_strcasecmp(text, "none") == 0)) {
        g_autofree char *quoted = mistakes_quoted(text);
        *why = g_strdup_printf("%s is no rate; write \"unlimited\"", quoted);
        return false;
    }
    if (!quantity_split(text, &q)) {
        *why = refuse(kind, text);
        return false;
    }
    if (!isfinite(q.value)) {
        *why = too_large(text);
        return false;
    }
    if (!*q.unit) {
        g_autofree char *quoted = mistakes_quoted(text);
        *why = units_missing(kind, quoted, q.value);
        return false;
    }
    if (*text == '-' && kind != PARAM_DURATION) {
        g_autofree char *quoted = mistakes_quoted(text);
        *why = g_strdup_printf("%s is negative", quoted);
        return false;
    }
    switch (kind) {
    case PARAM_DURATION:
        return parse_duration(text, &q, value, why);
    case PARAM_RATE:
        return parse_rate(text, &q, value, why);
    case PARAM_SIZE:
        return parse_size(text, &q, value, why);
    case PARAM_PERCENT:
        if (strcmp(q.unit, "%") == 0) {
            *value = q.value;
            return true;
        }
        if (g_ascii_strncasecmp(q.unit, "p", 1) == 0) {
            g_autofree char *number = g_strndup(q.number, q.length);
            *why = refuse_unit(kind, text, number, "%", NULL);
        } else {
            *why = refuse(kind, text);
        }
        return false;
    default:
        g_assert_not_reached();
    }
}

bool units_parse_time(const char *text, double start_s, bool after, double *value_s, char **why)
{
    size_t number = number_length(text);
    double value;

    *why = NULL;
    if (number && text[number] == '-' && strlen(text) >= 8 && text[4] == '-') {
        if (!units_parse(PARAM_DATE_TIME, text, &value, why))
            return false;
        *value_s = value - start_s;
        return true;
    }
    if (number && text[number] == ':') {
        if (!units_parse(PARAM_CLOCK, text, &value, why))
            return false;
        *value_s = value - (start_s - floor(start_s / DAY_S) * DAY_S);
        if (*value_s < 0)
            *value_s += DAY_S;
        if (*value_s >= DAY_S)
            *value_s -= DAY_S;
        if (after && *value_s == 0)
            *value_s = DAY_S;
        return true;
    }
    if (number) {
        /* Digits only for a moment too: "30" needs its unit. */
        return units_parse(PARAM_DURATION, text, value_s, why);
    }
    g_autofree char *quoted = mistakes_quoted(text);
    *why =
        g_strdup_printf("%s is no time; write a duration since the start (\"90 min\"), a time of day (\"02:00\") or a "
                        "date and time (\"2016-05-16T10:30:00\")",
                        quoted);
    return false;
}

char *units_exact(enum param_kind kind, double value)
{
    g_autofree char *number = NULL;

    switch (kind) {
    case PARAM_DATE_TIME:
        return print_date_time(value);
    case PARAM_DAYS:
        return print_days((unsigned)value);
    case PARAM_CLOCK: {
        int s = (int)value;
        if (s % 60)
            return g_strdup_printf("%02d:%02d:%02d", s / 3600, s / 60 % 60, s % 60);
        return g_strdup_printf("%02d:%02d", s / 3600, s / 60 % 60);
    }
    case PARAM_RATE:
        if (isinf(value))
            return g_strdup("unlimited");
        break;
    default:
        break;
    }
    number = shortest(value);
    switch (kind) {
    case PARAM_PERCENT:
        return g_strconcat(number, " %", NULL);
    case PARAM_DURATION:
    case PARAM_TIME:
        return g_strconcat(number, " s", NULL);
    case PARAM_RATE:
        return g_strconcat(number, " B/s", NULL);
    case PARAM_SIZE:
        return g_strconcat(number, " B", NULL);
    default:
        return g_steal_pointer(&number);
    }
}

/* ---- For people ---- */

static char *rounded(double value)
{
    char buffer[G_ASCII_DTOSTR_BUF_SIZE];

    /* %g would turn to exponents for large whole numbers. */
    if (fabs(value) >= 1e4 && fabs(value) < 1e15)
        g_ascii_formatd(buffer, sizeof(buffer), "%.0f", value);
    else
        g_ascii_formatd(buffer, sizeof(buffer), "%.4g", value);
    return g_strdup(buffer);
}

static int digits_of(const char *number)
{
    int digits = 0;

    for (const char *p = number; *p && *p != 'e'; p++)
        digits += g_ascii_isdigit(*p);
    return digits;
}

static char *human_duration(double value)
{
    double size = fabs(value);
    size_t best = G_N_ELEMENTS(duration_units) - 1;

    if (size == 0)
        return g_strdup("0 s");
    /* The largest unit that makes it a small whole number, else the largest that is not above it. From a second on, no
     * milliseconds: 4.5 s. */
    for (size_t i = 0; i < G_N_ELEMENTS(duration_units); i++) {
        double n = size * duration_units[i].divide / duration_units[i].multiply;
        if (n >= 1 && n < (duration_units[i].divide > 1 ? 1e3 : 1e4) && fabs(n - round(n)) < 1e-9 * n) {
            g_autofree char *number = rounded(copysign(round(n), value));
            return g_strdup_printf("%s %s", number, duration_units[i].unit);
        }
        if (n >= 1 && i < best)
            best = i;
    }
    g_autofree char *number = rounded(value * duration_units[best].divide / duration_units[best].multiply);
    return g_strdup_printf("%s %s", number, duration_units[best].unit);
}

static char *human_amount(double bytes, bool rate)
{
    g_autofree char *best = NULL;
    int best_digits = 99;

    if (bytes == 0)
        return g_strdup(rate ? "0 bit/s" : "0 B");
    /* Of all units that give a number of 1 to 9999, that with the fewest digits; of equals, the larger unit; rates
     * prefer bits, and sizes binary prefixes only where they are shorter. */
    for (int bits = rate ? 1 : 0; bits >= 0; bits--) {
        for (int binary = 0; binary <= (rate ? 0 : 1); binary++) {
            for (int power = 4; power >= 0; power--) {
                static const char *const names[2][5] = {{"", "k", "M", "G", "T"}, {"", "Ki", "Mi", "Gi", "Ti"}};
                double n = bytes * (bits ? 8 : 1) / pow(binary ? 1024 : 1000, power);
                int digits;

                if ((n < 1 && (power > 0 || bits)) || (n >= 1e4 && power < 4))
                    continue;
                g_autofree char *number = rounded(n);
                g_autofree char *exact = shortest(n);
                digits = strcmp(number, exact) == 0 ? digits_of(number) : 10 + digits_of(number);
                if (digits < best_digits) {
                    best_digits = digits;
                    g_free(best);
                    best = g_strdup_printf("%s %s%s%s", number, names[binary][power], bits ? "bit" : "B",
                                           rate ? "/s" : "");
                }
            }
        }
    }
    return best ? g_steal_pointer(&best) : units_exact(rate ? PARAM_RATE : PARAM_SIZE, bytes);
}

char *units_human(enum param_kind kind, double value)
{
    switch (kind) {
    case PARAM_DURATION:
    case PARAM_TIME:
        return human_duration(value);
    case PARAM_RATE:
        return isinf(value) ? g_strdup("unlimited") : human_amount(value, true);
    case PARAM_SIZE:
        return human_amount(value, false);
    case PARAM_PERCENT: {
        g_autofree char *number = rounded(value);
        return g_strdup_printf("%s %%", number);
    }
    case PARAM_COUNT:
    case PARAM_NUMBER:
        return rounded(value);
    default:
        return units_exact(kind, value);
    }
}

bool units_is_scale(enum param_kind kind)
{
    switch (kind) {
    case PARAM_COUNT:
    case PARAM_NUMBER:
    case PARAM_PERCENT:
    case PARAM_DURATION:
    case PARAM_RATE:
    case PARAM_SIZE:
    case PARAM_TIME:
    case PARAM_CLOCK:
        return true;
    default:
        return false;
    }
}

bool units_parse_on_scale(enum param_kind kind, const char *text, double *value, char **why)
{
    char *end = NULL;
    double number;

    if (kind != PARAM_COUNT && kind != PARAM_NUMBER)
        return units_parse(kind == PARAM_TIME ? PARAM_DURATION : kind, text, value, why);
    number = g_ascii_strtod(text, &end);
    if (end == text || *end || !isfinite(number) || (kind == PARAM_COUNT && (number < 0 || number != floor(number)))) {
        *why = g_strdup_printf("\"%s\" is not a %s", text, kind == PARAM_COUNT ? "whole number" : "number");
        return false;
    }
    *value = number;
    return true;
}
