#!/usr/bin/env bash
# The sources keep their layers, and the check that says so refuses trees that do not.
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

tree=$scratch/tree

# A tree without fault, in which a test then writes one bad file.
good_tree() {
    rm -rf "$tree"
    mkdir -p "$tree/sim/engine" "$tree/models" "$tree/sim/app" "$tree/tests/engine" "$tree/tests/app"
    printf '%s\n' '#pragma once' 'struct clock { double now_s; };' >"$tree/sim/engine/clock.h"
    printf '%s\n' '#include "sim/engine/clock.h"' '#include <glib.h>' '#include <gsl/gsl_rng.h>' \
        '/* A site or a sender, in a comment; #include "models/sender.h" */' \
        'const char *word = "package // \" site"; // a distribution point' \
        'int prerequisite(void), opposites, random_distribution, sendersize;' >"$tree/sim/engine/clock.c"
    printf '%s\n' '#pragma once' '#include "sim/engine/clock.h"' 'struct sender { struct clock *clock; };' >"$tree/models/sender.h"
    printf '%s\n' '#include "models/sender.h"' '#include <cjson/cJSON.h>' '#include <stdio.h>' >"$tree/sim/app/main.c"
    printf '%s\n' '#include "sim/engine/clock.h"' '#include <stdio.h>' >"$tree/tests/engine/test_clock.c"
    printf '%s\n' '#include "models/sender.h"' >"$tree/tests/app/test_all.c"
}

# refused NAME FILE LINE...: the good tree with the file is refused, and the file is named with a line.
refused() {
    local name=$1 file=$2
    shift 2
    good_tree
    printf '%s\n' "$@" >"$tree/$file"
    check "refuses $name" refuses "$file"
}

# shellcheck disable=SC2317 # called by way of check
refuses() {
    local output
    output=$(python3 scripts/check-layers "$tree") && { echo "was accepted"; return 1; }
    echo "$output"
    grep -q "^$1:[0-9]*: " <<<"$output" && [[ $(grep -c "^[a-z/_]*\.[ch]:" <<<"$output") == 1 ]]
}

check "the sources keep their layers" scripts/check-layers

good_tree
check "accepts a good tree" python3 scripts/check-layers "$tree"

refused "an engine that includes a model" sim/engine/bad.c '#include "models/sender.h"'
refused "a model that includes the app" models/bad.c '#include "sim/app/main.c"'
refused "an app that includes a test" sim/app/bad.c '#include "tests/app/test_all.c"'
refused "an engine test that includes a model" tests/engine/bad.c '#include "models/sender.h"'
refused "an include that is not from the root" models/bad.c '#include "sender.h"'
refused "an include that climbs" models/bad.c '#include "models/../sim/engine/clock.h"'
refused "an include that starts with a dot" models/bad.c '  #  include "./models/sender.h"'
refused "our own header in angle brackets" sim/engine/bad.c '#include <models/sender.h>'
refused "an include by macro" sim/engine/bad.c '#include HEADER'
refused "an include after a comment" models/bad.c '/* why */ #include "sim/app/main.c"'
refused "JSON in the engine" sim/engine/bad.c '#include <cjson/cJSON.h>'
refused "gio in the engine" sim/engine/bad.c '#include <gio/gio.h>'
refused "files in the engine" sim/engine/bad.c '#include <stdio.h>'
refused "a wall clock in the engine" sim/engine/bad.c '#include <time.h>'
refused "GLib's wall clock in the engine" sim/engine/bad.c 'long now(void) { return g_get_real_time(); }'
refused "JSON in a model" models/bad.c '#include <cJSON.h>'
refused "gio in a model" models/bad.c '#include <gio/gio.h>'
refused "stdio in a model" models/bad.c '#include <stdio.h>'
refused "printing in a model" models/bad.c 'void f(void) { g_print("x"); }'
refused "a site in the engine" sim/engine/bad.c 'int site_count;'
refused "a sender in the engine" sim/engine/bad.c 'struct flowSender2;'
refused "a distribution point in the engine" sim/engine/bad.h 'struct distribution_point;'
refused "a package in a file name of the engine" sim/engine/package.c 'int x;'
refused "a folder that is no layer" sim/bad.c 'int x;'

finish
