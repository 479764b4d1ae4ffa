#include <string.h>

#include "sim/app/read/json_text.h"

static bool is_json(const char *text)
{
    cJSON *value = json_value(text, strlen(text));
    bool is = value != NULL;

    cJSON_Delete(value);
    return is;
}

static void takes_what_json_is(void)
{
    static const char *const texts[] = {"null",
                                        "true",
                                        "false",
                                        "0",
                                        "-0",
                                        "1.5e-7",
                                        "1E+300",
                                        "1e999",
                                        "-1e999",
                                        "\"\"",
                                        "\"\\u00e9\\ud83d\\ude00\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                        "\"é😀\"",
                                        "[]",
                                        "{}",
                                        " [ 1 , 2 ] ",
                                        "{\"a\":{\"b\":[{}]}}",
                                        "\t\r\n1\n",
                                        "123456789012345678901234567890",
                                        "\"\\u007f\""};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_test_message("%s", texts[i]);
        g_assert_true(is_json(texts[i]));
    }
}

static void refuses_what_it_is_not(void)
{
    static const char *const texts[] = {"",
                                        " ",
                                        "nul",
                                        "True",
                                        "NaN",
                                        "Infinity",
                                        "-",
                                        "-a",
                                        "+1",
                                        "01",
                                        "-01",
                                        "1.",
                                        ".1",
                                        "1e",
                                        "1e+",
                                        "0x1",
                                        "1 2",
                                        "[1,]",
                                        "[,1]",
                                        "[1 2]",
                                        "[1",
                                        "]",
                                        "{",
                                        "}",
                                        "{\"a\"}",
                                        "{\"a\":}",
                                        "{\"a\":1,}",
                                        "{a:1}",
                                        "{1:1}",
                                        "{\"a\" 1}",
                                        "[1}",
                                        "{\"a\":1]",
                                        "\"",
                                        "\"a",
                                        "\"a\nb\"",
                                        "\"a\tb\"",
                                        "\"\\x\"",
                                        "\"\\u12\"",
                                        "\"\\u12g4\"",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "\"\\udc00\"",
                                        "\"\\ud800\\u0041\"",
                                        "'a'",
                                        "// a\n1",
                                        "/* a */ 1",
                                        "1 // a",
                                        "[1] x",
                                        "\xff",
                                        "\"\xc3\"",
                                        "\xef\xbb\xbf",
                                        "[1;2]",
                                        "1_000",
                                        "1,",
                                        ":",
                                        ",",
                                        "\"\\",
                                        "\"\\u",
                                        "tru\"e\"",
                                        "nullnull"};

    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *shown = g_strescape(texts[i], NULL);
        g_test_message("%s", shown);
        g_assert_false(is_json(texts[i]));
    }
}

static void nesting_has_a_limit(void)
{
    for (int depth = JSON_MAX_DEPTH; depth <= JSON_MAX_DEPTH + 1; depth++) {
        g_autoptr(GString) text = g_string_new(NULL);

        for (int i = 0; i < depth; i++)
            g_string_append_c(text, '[');
        for (int i = 0; i < depth; i++)
            g_string_append_c(text, ']');
        g_assert_true(is_json(text->str) == (depth <= JSON_MAX_DEPTH));
    }
}

/* The only mistake in a text, as it is printed. */
static char *mistake_in(const char *bytes, size_t length)
{
    struct mistakes *mistakes = mistakes_new();
    struct json_text *text = json_text_new("f.json", bytes, length, mistakes);
    char *said = mistakes_text(mistakes);

    json_text_free(text);
    mistakes_free(mistakes);
    return said;
}

static void says(const char *bytes, const char *wanted)
{
    g_autofree char *said = mistake_in(bytes, strlen(bytes));

    g_assert_cmpstr(said, ==, wanted);
}

static void mistakes_have_a_place(void)
{
    says("[1,\n  2 3]", "f.json:2:5: a comma is missing before this\n  2 3]\n    ^\n");
    says("{\n\t\"a\": tru }", "f.json:2:7: a text stands in double quotes\n\t\"a\": tru }\n\t     ^^^\n");
    says("[\"é😀\", x]", "f.json:1:8: a text stands in double quotes\n[\"é😀\", x]\n        ^\n");
    says("[1,\r\nx]\r\n", "f.json:2:1: a text stands in double quotes\nx]\n^\n");
    says("", "f.json: is empty\n");
    says("\n\n", "f.json: is empty\n");
}

static void keys_that_stand_twice_are_all_found(void)
{
    says("{\"a\": 1,\n \"b\": [{\"c\": 1, \"\\u0063\": 2}, {\"c\": 1}],\n \"a\": 2}",
         "f.json:2:17: b[0].c: the key \"c\" stands twice, first in line 2\n"
         " \"b\": [{\"c\": 1, \"\\u0063\": 2}, {\"c\": 1}],\n"
         "                ^^^^^^^^\n"
         "f.json:3:2: a: the key \"a\" stands twice, first in line 1\n"
         " \"a\": 2}\n"
         " ^^^\n");
}

/* More keys than most files have, in objects within objects: each is found in its own object, and in no other. */
static void many_keys_are_told_apart(void)
{
    g_autoptr(GString) text = g_string_new("{\n");

    for (int i = 0; i < 1000; i++)
        g_string_append_printf(text, "\"a rather long key of number %d in here\": {\"k%d\": 1, \"k%d\": 2},\n", i, i,
                               i + 1);
    g_autofree char *sound = g_strconcat(text->str, "\"end\": 0}", NULL);
    says(sound, "");
    g_string_append(text, "\"k1\": {\"k999\": 1, \"k999\": 2},\n\"a rather long key of number 998 in here\": 0}");
    says(text->str, "f.json:1002:19: k1.k999: the key \"k999\" stands twice, first in line 1002\n"
                    "\"k1\": {\"k999\": 1, \"k999\": 2},\n"
                    "                  ^^^^^^\n"
                    "f.json:1003:1: a rather long key of number 998 in here: the key \"a rather long key of number 998 "
                    "in here\" stands twice, first in line 1000\n"
                    "\"a rather long key of number 998 in here\": 0}\n"
                    "^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n");
}

/* What the tree holds is what cJSON makes of the same text. */
static void the_tree_is_that_of_cjson(void)
{
    static const char bytes[] =
        "{\"a\": [1, -2.5e3, true, false, null, [], {}], \"b\\u00e9\\n\": \"x\\ud83d\\ude00\\\"\\\\\\/y\", \"é\": {\"deep\": {\"a\": "
        "[[\"\"], 12345678901234567890, 0.1, -0, 1E-7]}}}";
    struct mistakes *mistakes = mistakes_new();
    struct json_text *text = json_text_new("f.json", bytes, strlen(bytes), mistakes);
    cJSON *its = cJSON_Parse(bytes);

    g_assert_true(cJSON_Compare(text->root, its, true));
    cJSON_Delete(its);
    json_text_free(text);
    mistakes_free(mistakes);
}

static void no_byte_is_too_odd(void)
{
    g_autofree char *nul = mistake_in("[1,\0 2]", 7);
    g_autofree char *utf16 = mistake_in("\xff\xfe[\0]\0", 6);
    g_autofree char *latin = mistake_in("[\n \"caf\xe9\"]", 10);
    g_autofree char *escape = mistake_in("[ \x1b[31m ]", 9);

    g_assert_cmpstr(nul, ==, "f.json: is no text: byte 4 is a NUL\n");
    g_assert_cmpstr(utf16, ==, "f.json: is UTF-16 text; save it as UTF-8\n");
    g_assert_cmpstr(latin, ==, "f.json:2:6: byte 0xe9 is not UTF-8; save the file as UTF-8\n");
    /* What is printed cannot steer a terminal. */
    g_assert_cmpstr(escape, ==, "f.json:1:3: a value is missing here\n[ ?[31m ]\n  ^\n");
}

static void long_lines_are_cut_around_the_place(void)
{
    g_autoptr(GString) text = g_string_new("[");
    g_autofree char *said = NULL;
    g_auto(GStrv) lines = NULL;

    for (int i = 0; i < 100000; i++)
        g_string_append(text, "\"é\", ");
    g_string_append(text, "oops");
    for (int i = 0; i < 100000; i++)
        g_string_append(text, ", 12345");
    said = mistake_in(text->str, text->len);
    lines = g_strsplit(said, "\n", -1);
    g_assert_cmpstr(lines[0], ==, "f.json:1:500002: a text stands in double quotes");
    g_assert_cmpint(g_utf8_strlen(lines[1], -1), <=, 130);
    g_assert_true(g_str_has_prefix(lines[1], "...") && g_str_has_suffix(lines[1], "..."));
    g_assert_cmpstr(lines[2], ==, "                                           ^^^^");
    g_assert_true(g_str_has_prefix(g_utf8_offset_to_pointer(lines[1], 43), "oops"));
}

static void every_value_is_found_again(void)
{
    const char *bytes = " {\"a\": [1, {\"b\" : \"x\"}, []],\n  \"c\": -2.5e3 }";
    struct mistakes *mistakes = mistakes_new();
    struct json_text *text = json_text_new("f.json", bytes, strlen(bytes), mistakes);
    const cJSON *a = cJSON_GetObjectItemCaseSensitive(text->root, "a");
    const cJSON *wanted[] = {
        text->root, a, a->child, a->child->next->child, a->child->next->next, text->root->child->next};
    static const char *const shown[] = {"{", "[", "1", "\"x\"", "[", "-2.5e3"};
    static const char *const keys[] = {"", "\"a\"", "", "\"b\"", "", "\"c\""};

    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        struct json_place place = json_text_place(text, wanted[i]);
        g_autofree char *value = g_strndup(text->bytes + place.value_at, place.value_length);
        g_autofree char *key = g_strndup(text->bytes + place.key_at, place.key_length);
        g_assert_cmpstr(value, ==, shown[i]);
        g_assert_cmpstr(key, ==, keys[i]);
    }
    json_text_free(text);
    mistakes_free(mistakes);
}

static void mistakes_end_in_a_number(void)
{
    struct mistakes *mistakes = mistakes_new();
    g_autofree char *text = NULL;

    for (int i = 0; i < MISTAKES_SHOWN + 3; i++)
        mistakes_add(mistakes, "f.json", 0, 0, NULL, "is \x1b[0m odd", NULL);
    text = mistakes_text(mistakes);
    g_assert_true(g_str_has_prefix(text, "f.json: is \\u001b[0m odd\n"));
    g_assert_true(g_str_has_suffix(text, "\nand 3 more mistakes\n"));
    g_assert_cmpuint(mistakes_count(mistakes), ==, MISTAKES_SHOWN + 3);
    mistakes_free(mistakes);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/json/takes what JSON is", takes_what_json_is);
    g_test_add_func("/json/refuses what it is not", refuses_what_it_is_not);
    g_test_add_func("/json/nesting has a limit", nesting_has_a_limit);
    g_test_add_func("/json/mistakes have a place", mistakes_have_a_place);
    g_test_add_func("/json/keys that stand twice are all found", keys_that_stand_twice_are_all_found);
    g_test_add_func("/json/many keys are told apart", many_keys_are_told_apart);
    g_test_add_func("/json/the tree is that of cJSON", the_tree_is_that_of_cjson);
    g_test_add_func("/json/no byte is too odd", no_byte_is_too_odd);
    g_test_add_func("/json/long lines are cut around the place", long_lines_are_cut_around_the_place);
    g_test_add_func("/json/every value is found again", every_value_is_found_again);
    g_test_add_func("/json/mistakes end in a number", mistakes_end_in_a_number);
    return g_test_run();
}
