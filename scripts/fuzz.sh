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

# Go's fuzzing sometimes ends a run that found nothing with "context deadline exceeded" when the time is up on a busy
# machine (https://go.dev/issue/75804). Such a run, and only such a one, is made once more.
fuzz() {
	local out status=0
	out=$(mktemp)
	go test -run '^$' -fuzz "^$2\$" -fuzztime "$duration" -fuzzminimizetime 200x "$1" </dev/null | tee "$out" || status=$?
	if ((status != 0)) && grep -q 'context deadline exceeded' "$out" && ! grep -q 'Failing input' "$out"; then
		echo "== once more: $1 $2"
		status=0
		go test -run '^$' -fuzz "^$2\$" -fuzztime "$duration" -fuzzminimizetime 200x "$1" </dev/null || status=$?
	fi
	rm -f "$out"
	return "$status"
}

while read -r package name; do
	echo "== $package $name for $duration"
	fuzz "$package" "$name"
done <<<"$targets"
echo "fuzz: $(wc -l <<<"$targets") targets passed"
