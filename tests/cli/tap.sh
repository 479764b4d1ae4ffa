# shellcheck shell=bash
# For the shell tests: source it, say "check NAME COMMAND..." for each test, end with "finish".
# A command that starts with "!" is expected to fail. Its output is shown, as comments, only if the test fails.
# $scratch is a directory that is removed at the end.

# Only what comes with Python is used, so what else is installed (site) is not looked for: it takes longer than the scripts.
python3() {
    command "${PYTHON:-python3}" -S "$@"
}

tests=0
failures=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

check() {
    local name=$1 wanted=0 status=0
    shift
    if [[ $1 == '!' ]]; then
        wanted=1
        shift
    fi
    tests=$((tests + 1))
    "$@" >"$scratch/.output" 2>&1 || status=$?
    # A signal is never an expected failure.
    if ((wanted == 0 && status == 0)) || ((wanted == 1 && status > 0 && status < 128)); then
        echo "ok $tests - $name"
    else
        failures=$((failures + 1))
        sed 's/^/# /' "$scratch/.output"
        echo "# exit status $status"
        echo "not ok $tests - $name"
    fi
}

skip() {
    tests=$((tests + 1))
    echo "ok $tests - $1 # SKIP $2"
}

finish() {
    echo "1..$tests"
    exit $((failures > 0))
}
