# shellcheck shell=bash
# To be sourced by scripts that take SHARDS [OPTION...] -- COMMAND FILE... --out DIR [OPTION...], with these arguments:
# sets shards, options (before the --), command (after it) and out, whose directory exists then. $example is for who
# writes something else.

usage() {
    local name=${0##*/}
    echo "$name: $1" >&2
    echo "usage: $name SHARDS [OPTION...] -- COMMAND FILE... --out DIR [OPTION...]" >&2
    echo "example: ${example:-}" >&2
    exit 2
}

shards=${1-}
[[ $shards =~ ^[1-9][0-9]*$ ]] || usage "how many shards? write a whole number"
shift
options=()
while (($#)) && [[ $1 != -- ]]; do
    options+=("$1")
    shift
done
(($#)) || usage "what is to be run? write -- and the command, without \"distsim\""
shift
# shellcheck disable=SC2034 # who sources this runs it
command=("$@")

# The stores of the shards lie beside the results, where they are found again.
out=""
while (($#)); do
    case $1 in
    --out=*) out=${1#--out=} ;;
    --out | -o)
        shift
        out=${1-}
        ;;
    --store | --store=* | --shard | --shard=* | --runs | --runs=*) usage "$1 is this script's business" ;;
    esac
    shift || break
done
[[ -n $out ]] || usage "say where the results are to go: --out DIR"
out=${out%/}
mkdir -p -- "$(dirname -- "$out")"
