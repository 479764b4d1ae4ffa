#!/usr/bin/env bash
# What is compiled again when: seen by a compiler that only notes what it is asked for.
# shellcheck disable=SC2016,SC2317 # what is in single quotes is for eval; functions are called by way of check
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh

cat >"$scratch/cc" <<'END'
#!/bin/sh
out= last=
for word; do
    [ "$last" = -o ] && out=$word
    last=$word
done
[ -z "$out" ] || : >"$out"
case $out in *.o) echo "$*" >>"$(dirname "$0")/compiled" ;; esac
END
chmod +x "$scratch/cc"

# makes ARGUMENT...: make, in a place of its own; "compiled" lists what this one compiled.
makes() {
    : >"$scratch/compiled"
    env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS make -j2 CC="$scratch/cc" BUILD="$scratch/build" PROGRAM="$scratch/build/distsim" \
        SETUP=: "$@" >/dev/null
}
compiled() {
    local n
    n=$(wc -l <"$scratch/compiled")
    [[ $n == "$1" ]] || { echo "$n files were compiled"; head -5 "$scratch/compiled"; return 1; }
}

check "all is built" makes all
check "a second make compiles nothing" eval 'makes all && compiled 0'
check "where it is installed concerns one file" eval 'makes install DESTDIR="$scratch/stage" PREFIX=/opt/x && compiled 1'
check "which is told" grep -qF 'DISTSIM_DATADIR="/opt/x/share/distsim"' "$scratch/compiled"
check "and that one again, after it" eval 'makes all && compiled 1'
check "all of the program knows its version" eval 'makes all VERSION=9.9 && [[ $(wc -l <"$scratch/compiled") -gt 50 ]] &&
    ! grep -v "sim/app/" "$scratch/compiled"'

finish
