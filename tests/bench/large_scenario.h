/* A scenario of any size for benchmarks: a central site, 25 primary sites, secondary sites with 50 distribution points
 * each, every one of which is written out with a location and settings of its own. About 800 bytes for each
 * distribution point: 125,000 of them are 100 MB. */
#ifndef TESTS_BENCH_LARGE_SCENARIO_H
#define TESTS_BENCH_LARGE_SCENARIO_H

#include <stdint.h>
#include <stdio.h>

enum { LARGE_PRIMARIES = 25, LARGE_DPS_OF_SITE = 50 };

/* Three of A to Z and 0 to 9. */
static inline const char *large_code(char code[4], unsigned i)
{
    static const char characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

    code[0] = characters[i / (36 * 36) % 36];
    code[1] = characters[i / 36 % 36];
    code[2] = characters[i % 36];
    code[3] = '\0';
    return code;
}

static inline void large_dp(FILE *out, unsigned dp, unsigned first_site)
{
    char code[4];

    large_code(code, first_site + dp / LARGE_DPS_OF_SITE);
    fprintf(out, "%s\n    {\n      \"comment\": \"branch %u, asset tag %08X\",\n", dp ? "," : "", dp, dp * 2654435761u);
    fprintf(out, "      \"name\": \"%s-DP%06u.branch.example.com\",\n      \"site\": \"%s\",\n", code, dp, code);
    fprintf(out, "      \"location\": \"branch-%06u\",\n      \"priority\": %u,\n", dp, 100 + dp % 200);
    fprintf(out, "      \"interface\": \"%u Mbit/s\",\n      \"disk_rate\": \"%u MB/s\",\n", dp % 3 ? 1000 : 100,
            80 + dp % 90);
    fprintf(out, "      \"per_file_time\": \"%u ms\",\n      \"validation_rate\": \"%u MB/s\",\n", 2 + dp % 9,
            40 + dp % 30);
    fprintf(out, "      \"window\": \"%u KiB\",\n      \"max_rate\": \"%u.%u Mbit/s\",\n", 64 << dp % 5, 10 + dp % 40,
            1 + dp % 9);
    if (dp % LARGE_DPS_OF_SITE >= 2) {
        unsigned source = dp - dp % LARGE_DPS_OF_SITE;
        fprintf(out, "      \"type\": \"pull\",\n      \"sources\": [\n");
        for (unsigned k = 0; k < 2; k++)
            fprintf(out, "        { \"dp\": \"%s-DP%06u.branch.example.com\", \"rank\": %u }%s\n", code, source + k,
                    k + 1, k ? "" : ",");
        fprintf(out, "      ],\n");
    }
    fprintf(out, "      \"drives\": [ { \"size\": \"%u GB\", \"used\": \"%u GB\" }, { \"size\": \"2 TB\" } ],\n",
            200 + dp % 300, 20 + dp % 50);
    fprintf(out, "      \"drive_reserve\": \"%u MB\"\n    }", 50 + dp % 100);
}

static inline void large_scenario_write(FILE *out, unsigned n_dps)
{
    unsigned n_secondaries = (n_dps + LARGE_DPS_OF_SITE - 1) / LARGE_DPS_OF_SITE;
    char code[4], parent[4];

    fprintf(out, "{\n  \"name\": \"large\",\n  \"start\": \"2026-03-09T08:00:00\",\n  \"until\": \"7 d\",\n"
                 "  \"calendars\": { \"office\": [ { \"days\": \"mon-fri\", \"from\": \"08:00\", \"to\": \"18:00\", "
                 "\"value\": \"60 %%\" } ] },\n"
                 "  \"locations\": [\n    { \"name\": \"backbone\" }");
    for (unsigned i = 0; i < LARGE_PRIMARIES + n_secondaries; i++)
        fprintf(
            out,
            ",\n    { \"name\": \"city-%u\", \"parent\": \"backbone\", \"up\": \"%u Mbit/s\", \"down\": \"%u Mbit/s\", "
            "\"latency\": \"%u ms\" }",
            i, 100 + i % 400, 100 + i % 400, 1 + i % 50);
    for (unsigned dp = 0; dp < n_dps; dp++)
        fprintf(out,
                ",\n    { \"name\": \"branch-%06u\", \"parent\": \"city-%u\", \"up\": \"%u Mbit/s\", "
                "\"down\": \"%u Mbit/s\", \"latency\": \"%u.5 ms\", \"background\": \"office\" }",
                dp, LARGE_PRIMARIES + dp / LARGE_DPS_OF_SITE, 2 + dp % 20, 10 + dp % 90, 4 + dp % 9);
    fprintf(out, "\n  ],\n  \"sites\": [\n    { \"code\": \"%s\", \"type\": \"central\", \"location\": \"backbone\" }",
            large_code(code, 0));
    for (unsigned i = 0; i < LARGE_PRIMARIES; i++)
        fprintf(out,
                ",\n    { \"code\": \"%s\", \"type\": \"primary\", \"parent\": \"%s\", \"location\": \"city-%u\", "
                "\"sender\": { \"max_concurrent_all_sites\": 50, \"max_concurrent_per_site\": 15 } }",
                large_code(code, 1 + i), large_code(parent, 0), i);
    for (unsigned i = 0; i < n_secondaries; i++)
        fprintf(out,
                ",\n    { \"code\": \"%s\", \"type\": \"secondary\", \"parent\": \"%s\", \"location\": \"city-%u\", "
                "\"despooler\": { \"despool_rate\": \"60 MB/s\" } }",
                large_code(code, 1 + LARGE_PRIMARIES + i), large_code(parent, 1 + i % LARGE_PRIMARIES),
                LARGE_PRIMARIES + i);
    fprintf(out, "\n  ],\n  \"distribution_points\": [");
    for (unsigned dp = 0; dp < n_dps; dp++)
        large_dp(out, dp, 1 + LARGE_PRIMARIES);
    fprintf(out, "\n  ],\n  \"groups\": [\n    { \"name\": \"pilot\", \"members\": [");
    for (unsigned dp = 0; dp < n_dps; dp += 10)
        fprintf(out, "%s\n      \"%s-DP%06u.branch.example.com\"", dp ? "," : "",
                large_code(code, 1 + LARGE_PRIMARIES + dp / LARGE_DPS_OF_SITE), dp);
    fprintf(out, "\n    ] }");
    for (unsigned i = 0; i < n_secondaries; i++)
        fprintf(out, ",\n    { \"name\": \"site-%u\", \"members\": \"site:%s\" }", i,
                large_code(code, 1 + LARGE_PRIMARIES + i));
    fprintf(out, "\n  ],\n  \"packages\": [");
    for (unsigned i = 0; i < 20; i++)
        fprintf(out,
                "%s\n    { \"id\": \"PKG%05u\", \"source_site\": \"%s\", \"content\": [ { \"files\": \"setup%u\", "
                "\"count\": 200, \"size\": \"%u kB\" } ] }",
                i ? "," : "", i, large_code(code, 0), i, 100 + i);
    fprintf(
        out,
        "\n  ],\n  \"actions\": [\n    { \"at\": \"0 s\", \"do\": \"distribute\", \"package\": \"PKG00000\", \"to\": "
        "\"group:pilot\" },\n    { \"at\": \"1 d\", \"do\": \"distribute\", \"package\": \"*\", \"to\": \"*\" }\n  ],\n"
        "  \"objectives\": [ { \"name\": \"all\", \"share\": \"99 %%\", \"by\": \"6 d\" } ]\n}\n");
}

#endif
