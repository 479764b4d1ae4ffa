#!/usr/bin/env bash
# What is compiled again when: seen by a compiler that only notes what it is asked for.
# shellcheck disable=SC2016,SC2034,SC2317 # what is in single quotes is for eval; functions are called by way of check
set -u
# shellcheck source=tests/cli/tap.sh
source tests/cli/tap.sh
distsim=${DISTSIM:-build/distsim}

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
check "its version concerns one file" eval 'makes all VERSION=9.9 && compiled 1 && grep -q "sim/app/version.c" "$scratch/compiled"'

# The program that is tested says which sources it was made of, wherever they are and whenever they were written.
copy=$scratch/copy
mkdir -p "$copy"
cp -R Makefile models sim "$copy"
makes_copy() { makes -C "$copy" all; }
version() { sed -n "s/.*-DDISTSIM_VERSION=\"\([^\"]*\)\".*/\1/p" "$scratch/compiled"; }
check "the same sources elsewhere" eval 'makes_copy && [[ "distsim $(version)" == "$("$distsim" --version)" ]]'
check "a version and a hash" eval '[[ $("$distsim" --version) =~ ^distsim\ [0-9]+\.[0-9]+\.[0-9]+\+[0-9a-f]{12}$ ]]'
check "compiled once" eval 'makes_copy && compiled 0'
before=$("$distsim" --version)
echo "/* another model */" >>"$copy/models/sender.c"
check "another source concerns itself, and the version" eval 'makes_copy && compiled 2 && grep -q models/sender.c "$scratch/compiled"'
check "which is another then" eval '[[ -n $(version) && "distsim $(version)" != "$before" ]]'
cp models/sender.c "$copy/models"
check "and is the same again when the sources are" eval 'makes_copy && [[ "distsim $(version)" == "$before" ]]'

finish
