#!/usr/bin/env bash
# fuzz.sh DURATION runs every fuzz target of the tree for DURATION each, one after the other, and stops at the first
# that fails; Go leaves the failing input in that package's testdata/fuzz.
set -euo pipefail

duration=${1:?usage: scripts/fuzz.sh DURATION}
cd "$(dirname "$0")/.."

targets=$(grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]*' . | sed -E 's/^(.*)\/[^/]*:[0-9]+:func (.*)$/\1 \2/' | grep -v '^\./bench' | sort || true)
if [[ -z $targets ]]; then
	echo "fuzz: no target in this tree" >&2
	exit 1
fi
while read -r package name; do
	echo "== $package $name for $duration"
	go test -run '^$' -fuzz "^$name\$" -fuzztime "$duration" -fuzzminimizetime 200x "$package" </dev/null
done <<<"$targets"
echo "fuzz: $(wc -l <<<"$targets") targets passed"
