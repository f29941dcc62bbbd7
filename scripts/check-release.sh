#!/usr/bin/env bash
# check-release.sh BINARY VERSION checks that a linux/amd64 release binary is static and, where it can run here, that
# it names its version.
set -euo pipefail

binary=${1:?usage: scripts/check-release.sh BINARY VERSION}
version=${2:?usage: scripts/check-release.sh BINARY VERSION}

go version -m "$binary" | grep -q 'CGO_ENABLED=0' || {
	echo "check-release: $binary was built with cgo" >&2
	exit 1
}
if grep -qaF '/lib64/ld-linux' "$binary" || ldd "$binary" >/dev/null 2>&1; then
	echo "check-release: $binary asks for a dynamic loader" >&2
	exit 1
fi
echo "$binary: static, without cgo"

if [[ $(uname -sm) == 'Linux x86_64' ]]; then
	said=$("$binary" version)
	if [[ $said != *"$version"* ]]; then
		echo "check-release: $binary version says '$said', not $version" >&2
		exit 1
	fi
	echo "$binary: $said"
fi
