#!/usr/bin/env bash
# with-postgres.sh COMMAND… runs COMMAND with a PostgreSQL that exists only as long as COMMAND does.
#
#  1. A server that is given stays the given one: with QINGSHAN_TEST_POSTGRES set, COMMAND simply runs.
#  2. Otherwise a private cluster is made in a fresh folder, reachable only through a socket in that folder and
#     owned by an unprivileged user; it is as durable as a real one, so that tests of durability mean something.
#  3. Where no server program is installed, Debian's package is, without a machine-wide cluster and without a
#     started service.
#  4. Whatever ends this script, even kill -9, the keeper stops the cluster and removes the folder.
#  5. The exit status is COMMAND's; 125 means that COMMAND never ran.
set -euo pipefail

least=15 # the oldest major version that Qingshan supports

say() { printf 'with-postgres: %s\n' "$*" >&2; }

die() { # die WHAT NEXT-STEP
	say "$1"
	say "next step: $2"
	exit 125
}

given="or name a server yourself: QINGSHAN_TEST_POSTGRES=postgres://user@host/database"

# find_server prints the folder that holds the newest usable server's programs, or nothing.
find_server() {
	local onpath dir major best=0 found=''
	onpath=$(command -v postgres || true)
	for dir in /usr/lib/postgresql/*/bin "$(dirname "$(readlink -f "${onpath:-/nowhere/postgres}")")"; do
		[[ -x $dir/postgres && -x $dir/initdb && -x $dir/pg_ctl && -x $dir/psql ]] || continue
		major=$("$dir/postgres" --version | sed -E 's/^.*\) ([0-9]+).*$/\1/')
		if ((major >= least && major > best)); then best=$major found=$dir; fi
	done
	printf '%s' "$found"
}

# install_as_root installs Debian's server. It runs in a shell of its own, as root.
install_as_root() {
	set -eu
	exec 8</var/lib/dpkg && flock 8 # two runs at once take turns
	ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 && exit 0

	mark='# Made by with-postgres.sh for the time of one installation.'
	conf=/etc/postgresql-common/createcluster.d/no-main-cluster.conf policy=/usr/sbin/policy-rc.d made=''
	[ ! -e "$policy" ] || ! grep -qF "$mark" "$policy" || rm -f "$policy" # left by a run that was killed
	undo() {
		rm -f "$conf" $made
		rmdir -p "$(dirname "$conf")" 2>/dev/null || true
	}
	trap undo EXIT
	trap 'exit 130' INT TERM HUP

	# postgresql-common reads this folder before its post-installation script decides about a cluster "main".
	mkdir -p "$(dirname "$conf")"
	printf '%s\ncreate_main_cluster = false\n' "$mark" >"$conf"
	# 101 is "action forbidden": no service is started, whichever init system there is.
	if [ ! -e "$policy" ]; then
		made=$policy
		printf '#!/bin/sh\n%s\nexit 101\n' "$mark" >"$policy"
		chmod 755 "$policy"
	fi

	export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
	apt-get -q update 8<&- || true # an old list may still do
	apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=600 -o Dpkg::Use-Pty=0 install postgresql 8<&-
}

install_server() {
	local become=()
	command -v apt-get >/dev/null || die "no PostgreSQL $least or newer, and no apt-get to install one" \
		"install the server's programs (postgres, initdb, pg_ctl, psql), $given"
	if ((EUID != 0)); then
		command -v sudo >/dev/null || die "no PostgreSQL $least or newer; to install it takes root or sudo" \
			"run as root: apt-get install postgresql, $given"
		become=(sudo)
	fi
	say "installing Debian's postgresql (no cluster, no service)"
	"${become[@]}" bash -c "$(declare -f install_as_root); install_as_root" >&2 </dev/null ||
		die "the installation failed" "read the messages above, $given"
}

# as_owner runs a program as the cluster's owner, out of reach of the terminal's Ctrl-C and without the keeper's pipe.
as_owner() {
	local run=(env -C / HOME="$folder" LC_ALL=C.UTF-8 setsid --wait)
	if ((EUID == 0)); then
		run+=(setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups)
	fi
	"${run[@]}" "$@" 9>&- </dev/null
}

# keep waits for the end of this script, which closes the pipe it reads, and then clears away.
keep() {
	trap '' HUP INT TERM
	cat >/dev/null || true
	local try
	for try in 1 2 3 4 5; do
		as_owner "$bin/pg_ctl" -D "$folder/data" -m fast -w -t 60 stop >/dev/null 2>&1 ||
			as_owner "$bin/pg_ctl" -D "$folder/data" -m immediate -w -t 60 stop >/dev/null 2>&1 || true
		rm -rf "$folder" 2>/dev/null || true
		[[ -e $folder ]] || return 0
		sleep "$try" # a start that was still under way makes files while we remove them
	done
}

# make_folder chooses a place that the owner may enter and whose socket path is short enough (107 bytes) and plain.
make_folder() {
	local base=${TMPDIR:-/tmp}
	if ((EUID == 0)) || ((${#base} > 60)) || [[ ! $base =~ ^/[A-Za-z0-9._/-]*$ ]]; then base=/tmp; fi
	folder=$(mktemp -d "$base/qingshan-postgres.XXXXXXXX")
}

start_server() {
	chown "$owner" "$folder"
	as_owner "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 >"$folder/log" 2>&1 || return
	cat >>"$folder/data/postgresql.conf" <<-CONF
		listen_addresses = ''
		unix_socket_directories = '$folder'
		unix_socket_permissions = 0700
		max_connections = 200
		fsync = on
		synchronous_commit = on
		full_page_writes = on
	CONF
	as_owner "$bin/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -t 60 start >>"$folder/log" 2>&1 || return
	# An ordinary role that owns one database: tests must not lean on a superuser's rights.
	as_owner "$bin/psql" -X -q -v ON_ERROR_STOP=1 -h "$folder" -U postgres -d postgres \
		-c 'CREATE ROLE qingshan LOGIN' -c 'CREATE DATABASE qingshan OWNER qingshan' >>"$folder/log" 2>&1
}

# run_command gives COMMAND a process group of its own, hands signals on to all of it, and returns its status.
run_command() {
	local child signal status
	[[ ! -t 0 ]] || exec </dev/null # a group in the background may not read the terminal
	set -m
	"$@" <&0 9>&- &
	child=$!
	set +m
	trap 'signal=INT; kill -s INT -- "-$child" 2>/dev/null || true' INT
	trap 'signal=TERM; kill -s TERM -- "-$child" 2>/dev/null || true' TERM HUP
	[[ -z $early ]] || kill -s "$early" -- "-$child" 2>/dev/null || true
	while :; do
		signal='' status=0
		wait "$child" || status=$?
		[[ -n $signal ]] || return "$status"
	done
}

(($# > 0)) || die "no command given" "scripts/with-postgres.sh go test ./..."
if [[ -n ${QINGSHAN_TEST_POSTGRES:-} ]]; then exec "$@"; fi

bin=$(find_server)
if [[ -z $bin ]]; then
	install_server
	bin=$(find_server)
	[[ -n $bin ]] || die "the PostgreSQL that this system packages is older than $least" "install $least or newer, $given"
fi

owner=$(id -un)
if ((EUID == 0)); then owner=$(id -un postgres 2>/dev/null || echo nobody); fi
unset "${!PG@}" # neither the server nor COMMAND shall take settings meant for another server
umask 077

early=''
trap 'early=INT' INT
trap 'early=TERM' TERM HUP
make_folder
exec 9> >(keep)
keeper=$!
finish() {
	local status=$?
	trap '' INT TERM HUP
	exec 9>&-
	wait "$keeper" || true
	exit "$status"
}
trap finish EXIT

start_server || {
	tail -n 40 "$folder/log" "$folder/data/server.log" >&2 2>/dev/null || true
	die "the private cluster did not start" "read the messages above, $given"
}
[[ $early != INT ]] || exit 130
[[ $early != TERM ]] || exit 143

export QINGSHAN_TEST_POSTGRES="postgres:///qingshan?host=$folder&user=qingshan"
status=0
run_command "$@" || status=$?
exit "$status"
