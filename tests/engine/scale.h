/* Long random tests run this many rounds; DISTSIM_TEST_SCALE (such as 0.1) makes them shorter, for slow builds. */
#ifndef TESTS_ENGINE_SCALE_H
#define TESTS_ENGINE_SCALE_H

#include <glib.h>

static inline double test_scale(void)
{
    const char *text = g_getenv("DISTSIM_TEST_SCALE");
    double scale = text ? g_ascii_strtod(text, NULL) : 1;

    return scale > 0 ? scale : 1;
}

static inline guint test_rounds(guint rounds)
{
    return (guint)MAX(1.0, rounds * test_scale());
}

#endif
