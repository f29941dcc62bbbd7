#!/usr/bin/env bash
# Runs the pages in a real browser: builds nothing, plays the demonstration year in a fresh folder, serves it on a free port
# of this machine, writes a briefing, and runs e2e/ against them. Where node or a Chromium is missing, Debian's packages are
# installed. usage: scripts/e2e.sh BINARY
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$1

need() { # need COMMAND PACKAGE…
	command -v "$1" >/dev/null && return
	shift
	if ! command -v apt-get >/dev/null; then
		echo "e2e: please install $*" >&2
		exit 1
	fi
	echo "e2e: installing $*" >&2
	local as=()
	[ "$(id -u)" = 0 ] || as=(sudo)
	"${as[@]}" apt-get update -qq
	DEBIAN_FRONTEND=noninteractive "${as[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

CHROMIUM=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
if [ -z "$CHROMIUM" ]; then
	need chromium chromium fonts-noto-cjk
	CHROMIUM=$(command -v chromium)
fi
need node nodejs
need npm npm
npm --prefix e2e ci --no-audit --no-fund --silent

folder=$(mktemp -d)
server=
finish() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; } 2>/dev/null || true
	rm -rf "$folder"
}
trap finish EXIT

"$binary" demo --dir "$folder/data" >"$folder/demo.log" 2>&1 || { tail -40 "$folder/demo.log" >&2; exit 1; }
"$binary" briefing --dir "$folder/data" --place 220323102 --period 2025-06 --number 6 --out "$folder/briefing.html"
mkfifo "$folder/said"
"$binary" serve --dir "$folder/data" --listen 127.0.0.1:0 >"$folder/said" 2>"$folder/serve.log" &
server=$!
exec 3<"$folder/said"
read -r first <&3 || { cat "$folder/serve.log" >&2; exit 1; }
BASE=$(grep -o 'http://[0-9.:]*' <<<"$first") BRIEFING=$folder/briefing.html CHROMIUM=$CHROMIUM node --test e2e/*.test.mjs
