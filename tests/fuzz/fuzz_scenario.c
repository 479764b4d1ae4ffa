/* Any bytes through the whole reader: it must end, and if it takes them, what is written must read as the same. */
#include <string.h>

#include "sim/app/read/scenario_reader.h"
#include "sim/app/read/scenario_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Large ranges are refused or fine, but take memory and time that a fuzzer wants for other things. */
static bool too_wide(const uint8_t *data, size_t size)
{
    size_t digits = 0;

    for (size_t i = 2; i < size; i++) {
        bool range = data[i - 2] == '.' && data[i - 1] == '.';
        digits = g_ascii_isdigit((char)data[i]) && (range || digits) ? digits + 1 : 0;
        if (digits > 2)
            return true;
    }
    return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct mistakes *mistakes;
    struct mistakes *warnings;
    struct scenario *scenario, *again;
    const char *text = (const char *)data;
    const char *sets[] = {NULL, NULL};
    g_autofree char *set = NULL;

    /* A first line that begins with '#' is a --set. */
    if (size && text[0] == '#') {
        size_t n = 0;
        while (n < size && text[n] != '\n')
            n++;
        set = g_strndup(text + 1, n - 1);
        sets[0] = set;
        text += MIN(n + 1, size);
        size -= MIN(n + 1, size);
    }
    if (too_wide((const uint8_t *)text, size))
        return 0;

    mistakes = mistakes_new();
    warnings = warnings_new();
    scenario = scenario_read_text("fuzz.json", text, size, sets, mistakes, warnings);
    g_autofree char *said = mistakes_text(mistakes);
    g_assert((scenario == NULL) == mistakes_any(mistakes));
    g_assert(g_utf8_validate(said, -1, NULL));
    g_autofree char *warned = mistakes_text(warnings);
    g_assert(g_utf8_validate(warned, -1, NULL));
    if (scenario) {
        g_autofree char *first = scenario_write(scenario);
        again = scenario_read_text("again.json", first, strlen(first), NULL, mistakes, NULL);
        if (!again) {
            g_autofree char *why = mistakes_text(mistakes);
            g_error("%s\n%s", first, why);
        }
        g_autofree char *second = scenario_write(again);
        g_assert_cmpstr(first, ==, second);
        scenario_free(again);
    }
    scenario_free(scenario);
    mistakes_free(warnings);
    mistakes_free(mistakes);
    return 0;
}
