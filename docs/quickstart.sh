#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole story on one machine, with real processes: five parties in three
# jurisdictions make a key that none of them holds, release a real firmware
# image, and a device accepts it. Then eight things that are refused.
#
#   sh docs/quickstart.sh [--dir DIR] [--keep] [--yes] [--no-install] [--bin DIR]
#
# --dir    where to play (made; refused if it holds anything)
# --keep   leave the servers running and say how to stop them
# --bin    use programs built already instead of building
set -u
src=$(cd "$(dirname "$0")/.." && pwd) || exit 3
. "$src/docs/packages.sh"

dir= keep= how=ask bin=
while [ $# -gt 0 ]; do
	case $1 in
	--dir) dir=${2:?} && shift ;;
	--bin) bin=$(cd "${2:?}" && pwd) && shift ;;
	--keep) keep=1 ;;
	--yes) how=yes ;;
	--no-install) how=no ;;
	*)
		sed -n '4,11s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
	shift
done

began=$(date +%s)
say() { printf '\n== %s\n' "$*"; }
tell() { printf '   %s\n' "$*"; }
fail() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# ---- packages and programs -------------------------------------------------

# shellcheck disable=SC2086 # lists of names
packages_install "$how" $packages_build $packages_play || exit 3
if [ -z "$bin" ]; then
	say "Building (the first time takes a minute)"
	(cd "$src" && cmake --preset release >/dev/null &&
		cmake --build --preset release -j "$(nproc)" >/dev/null) ||
		fail "the build failed: run 'cmake --preset release && cmake --build --preset release' to see why"
	bin=$src/build/release/bin
fi
PATH=$bin:$PATH
firmware=$(dpkg -L opensbi 2>/dev/null | grep 'generic/fw_dynamic.bin$' | head -n 1)
[ -n "$firmware" ] && [ -s "$firmware" ] ||
	fail "no firmware image found: install the package opensbi"

played=$(date +%s)
[ -n "$dir" ] || dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-quickstart.XXXXXX")
mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || exit 3
[ -z "$(ls -A "$dir")" ] || fail "'$dir' is not empty: choose another --dir"
cd "$dir" || exit 3
mkdir keys forged log-state run
umask 077
echo 'quickstart only: this passphrase protects nothing' >run/passphrase
export QUORATE_PASSPHRASE_FILE=$dir/run/passphrase

# ---- servers: started here, stopped here -----------------------------------

pids=
stop_all() {
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	pids=
}
trap 'stop_all' EXIT
trap 'exit 130' INT TERM

# start NAME PROGRAM ARGS...: waits until it listens; its address is in
# run/NAME.address, its process in run/NAME.pid, its words in run/NAME.log.
start() {
	name=$1
	shift
	rm -f "run/$name.address"
	"$@" >"run/$name.log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	echo "$pid" >"run/$name.pid"
	n=0
	while [ ! -s "run/$name.address" ]; do
		kill -0 "$pid" 2>/dev/null || {
			cat "run/$name.log" >&2
			fail "$name did not start"
		}
		n=$((n + 1))
		[ $n -lt 200 ] || fail "$name does not answer: see run/$name.log"
		sleep 0.05
	done
}
stop() {
	pid=$(cat "run/$1.pid")
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	left=
	for p in $pids; do
		[ "$p" = "$pid" ] || left="$left $p"
	done
	pids=$left
}

# address NAME: host:port of a server that `start` started.
address() { cat "run/$1.address"; }

# expect STATUS WORD COMMAND...: the command must end with that exit code and
# say that word; what it said is shown.
expect() {
	want=$1 word=$2
	shift 2
	said=$("$@" 2>&1)
	got=$?
	printf '%s\n' "$said" | sed 's/^/   | /'
	[ "$got" = "$want" ] || fail "'$*' ended with $got, not $want"
	printf '%s' "$said" | grep -q -- "$word" || fail "'$*' did not say '$word'"
}

tell "Playing in $dir"

# ---- 1. every key ----------------------------------------------------------

say "1. Keys: a log, two witnesses, a mirror, three roots, five parties, a proposer"
A=quickstart.example/test # authorities whose name ends in /test are for play
key() { # FILE NAME TYPE
	quorate key new --fast --name "$2" --type "$3" -o "keys/$1.key" >/dev/null || exit 3
}
key log log.quickstart.example log
key w1 witness1.example witness
key w2 witness2.example witness
key m1 mirror.example mirror
key root-a anna.example/root root
key root-b bert.example/root root
key root-c cleo.example/root root
key proposer build.example/ci proposer
for party in alice bob carol dana emil; do
	mkdir -p "$party"
	quorate key new --fast --name "$party.example" --type party -o "$party/$party.key" >/dev/null || exit 3
done
label() {
	case $1 in
	alice | bob) echo CH ;;
	carol) echo IS ;;
	dana | emil) echo BR ;;
	esac
}
for party in alice bob carol dana emil; do
	quorate party new --name "$party" --key "$party/$party.key" --label "$(label $party)" \
		--contact "$party@$party.example" -o "$party/$party.party" >/dev/null || exit 3
done
tell "Each key is a file of its own, sealed with a passphrase; each party keeps its own directory."
