#include "sim/app/read/csv.h"

#include <string.h>

#define MOST_BYTES ((gsize)64 << 20)

static GPtrArray *row_new(void)
{
    return g_ptr_array_new_with_free_func(g_free);
}

/* Reads one row; returns where the next begins, or NULL if a quote is not closed. */
static const char *read_row(const char *p, const char *end, GPtrArray *row)
{
    for (;;) {
        g_autoptr(GString) cell = g_string_new(NULL);
        if (p < end && *p == '"') {
            for (p++;; p++) {
                if (p == end)
                    return NULL;
                if (*p == '"' && (p + 1 == end || p[1] != '"'))
                    break;
                p += *p == '"';
                g_string_append_c(cell, *p);
            }
            p++;
        }
        while (p < end && *p != ',' && *p != '\n')
            g_string_append_c(cell, *p++);
        if (cell->len && cell->str[cell->len - 1] == '\r')
            g_string_truncate(cell, cell->len - 1);
        g_ptr_array_add(row, g_strdup(g_strstrip(cell->str)));
        if (p == end || *p == '\n')
            return p == end ? p : p + 1;
        p++;
    }
}

struct csv *csv_parse(const char *text, gsize length, char **why)
{
    struct csv *csv = g_new0(struct csv, 1);
    const char *p = text, *end = text + length;

    *why = NULL;
    csv->rows = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    if (!g_utf8_validate_len(text, length, NULL))
        *why = g_strdup("is not UTF-8 text");
    if (length >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
        p += 3;
    for (guint line = 1; !*why && p < end; line++) {
        GPtrArray *row = row_new();
        p = read_row(p, end, row);
        if (!p) {
            *why = g_strdup_printf("row %u has a quote that is not closed", line);
            g_ptr_array_unref(row);
        } else if (row->len == 1 && !*(const char *)row->pdata[0]) {
            g_ptr_array_unref(row);
        } else if (!csv->columns) {
            csv->columns = row;
        } else if (row->len != csv->columns->len) {
            *why = g_strdup_printf("row %u has %u cells, but there are %u columns", line, row->len, csv->columns->len);
            g_ptr_array_unref(row);
        } else {
            g_ptr_array_add(csv->rows, row);
        }
    }
    if (!*why && !csv->rows->len)
        *why = g_strdup("has no rows below its first line, which names the columns");
    if (*why)
        g_clear_pointer(&csv, csv_free);
    return csv;
}

struct csv *csv_read(const char *path, char **why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *bytes = NULL;
    gsize length;

    *why = NULL;
    if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
        *why = g_strdup(g_file_test(path, G_FILE_TEST_EXISTS) ? "is no file" : "does not exist");
        return NULL;
    }
    if (!g_file_get_contents(path, &bytes, &length, &error)) {
        *why = g_strdup_printf("cannot be read: %s", error->message);
        return NULL;
    }
    if (length > MOST_BYTES) {
        *why = g_strdup("is too large");
        return NULL;
    }
    return csv_parse(bytes, length, why);
}

void csv_free(struct csv *csv)
{
    if (!csv)
        return;
    g_clear_pointer(&csv->columns, g_ptr_array_unref);
    g_ptr_array_unref(csv->rows);
    g_free(csv);
}

int csv_column(const struct csv *csv, const char *name)
{
    for (guint i = 0; i < csv->columns->len; i++)
        if (strcmp(csv->columns->pdata[i], name) == 0)
            return (int)i;
    return -1;
}

const char *csv_cell(const struct csv *csv, guint row, int column)
{
    return ((GPtrArray *)csv->rows->pdata[row])->pdata[column];
}
