/* Numbers that are known to some digits. */
#ifndef TESTS_ENGINE_NEAR_H
#define TESTS_ENGINE_NEAR_H

#include <glib.h>
#include <math.h>

#define assert_near(value, expected, tolerance)                                                                        \
    G_STMT_START                                                                                                       \
    {                                                                                                                  \
        double is = (value), should = (expected);                                                                      \
        if (!(fabs(is - should) <= (tolerance)))                                                                       \
            g_error("%s:%d: %s is %.10g, not %.10g +- %g", __FILE__, __LINE__, #value, is, should,                     \
                    (double)(tolerance));                                                                              \
    }                                                                                                                  \
    G_STMT_END

#endif
