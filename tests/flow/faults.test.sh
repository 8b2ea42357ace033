#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A release that is interrupted everywhere still ends, once: the command, a
# quorum of parties and the coordinator are killed while it is pending; two
# pipelines propose at once. Real processes of the quickstart, 3 of 5.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-faults.XXXXXX")
started=
. "$SRC/tests/children.sh"
trap 'kill -9 $(own $started) 2>/dev/null || :; [ ! -f "$dir/play/stop" ] || sh "$dir/play/stop" 2>/dev/null || :; wait; rm -rf "$dir"' EXIT
fail() {
	printf 'faults: %s\n' "$*" >&2
	exit 1
}
sh "$SRC/docs/quickstart.sh" --bin "$BIN" --no-install --flat --keep --dir "$dir/play" >"$dir/said" 2>&1 || {
	tail -n 30 "$dir/said"
	exit 1
}
cd "$dir/play"
PATH=$BIN:$PATH
export QUORATE_PASSPHRASE_FILE=$PWD/run/passphrase
killed() { # NAME...: as by a power cut
	for name; do
		case $(cat "/proc/$(cat "run/$name.pid")/comm" 2>/dev/null) in
		quorate-*) kill -9 "$(cat "run/$name.pid")" ;;
		esac
	done
	for name; do
		while kill -0 "$(cat "run/$name.pid")" 2>/dev/null &&
			! grep -q '^State:.Z' "/proc/$(cat "run/$name.pid")/status" 2>/dev/null; do
			sleep 0.02
		done
	done
}
again() { # NAME PROGRAM CONFIG
	: >"run/$1.log"
	"$2" --config "$3" >"run/$1.log" 2>&1 &
	echo $! >"run/$1.pid"
	started="$started $!"
	n=0
	until grep -q 'ready:' "run/$1.log"; do
		n=$((n + 1))
		[ $n -lt 1200 ] || { cat "run/$1.log"; fail "$1 did not come back"; }
		sleep 0.05
	done
}
release() { # PRODUCT SEQUENCE FILE OUT WAIT; in the background: its own pid
	${exec:-} quorate release app="$3" --product "quickstart.example/$1" --version 1 --sequence "$2" \
		--wait "$5" -o "$4"
}
entries() { sed -n 2p log/checkpoint; }

# the coordinator comes back where it was
sed "s/^listen = .*/listen = $(cat run/coordinator.address)/" run/coordinator.ini >run/again.ini

# 1. only two of five parties: pending; then everything is killed
killed alice bob carol
before=$(entries)
exec=exec release one 1 firmware.bin one.release 60s >one.log 2>&1 &
command=$!
n=0
until grep -q 'approved by .*, ' one.log; do
	n=$((n + 1))
	[ $n -lt 1200 ] || { cat one.log; fail 'two parties did not approve'; }
	sleep 0.05
done
kill -9 $command
killed dana emil coordinator
wait $command 2>/dev/null || :
[ -s one.release.pending ] || fail 'an interrupted release left nothing to take up'
again coordinator quorate-coordinatord run/again.ini
for party in alice bob carol dana emil; do
	again $party quorate-signerd "$party/signerd.ini"
done
release one 1 firmware.bin one.release 60s >one.again 2>&1 || { cat one.again; fail 'the same command did not end it'; }
quorate verify firmware.bin --release one.release --trust trust.note >/dev/null
[ ! -e one.release.pending ] || fail 'a finished release is still pending'
[ "$(entries)" = $((before + 1)) ] || fail 'not one entry more'
sleep 1 # another second, another text
release one 1 firmware.bin one.third 60s >/dev/null 2>&1 && fail 'a second text for the same sequence was signed'

# 2. parties killed in the middle of sessions, again and again
i=0
while [ $i -lt 5 ]; do
	i=$((i + 1))
	exec=exec release two $i firmware.bin two.release 60s >two.log 2>&1 &
	command=$!
	killed alice carol
	again alice quorate-signerd alice/signerd.ini
	again carol quorate-signerd carol/signerd.ini
	wait $command || { cat two.log; fail "release $i did not end though its parties came back"; }
done
[ "$(entries)" = $((before + 6)) ] || fail 'something was logged twice, or not at all'

# 3. two pipelines at once: one wins, the other is told which
killed carol dana emil
printf 'left' >left.bin
printf 'right' >right.bin
exec=exec release three 1 left.bin left.release 60s >left.log 2>&1 &
left=$!
n=0
until grep -q 'open' left.log; do
	n=$((n + 1))
	[ $n -lt 1200 ] || fail 'nothing was proposed'
	sleep 0.05
done
if release three 1 right.bin right.release 5s >right.log 2>&1; then fail 'both pipelines won'; fi
grep -Eq '[0-9a-f]{64}' right.log || { cat right.log; fail 'the loser was not told the id of the first'; }
again carol quorate-signerd carol/signerd.ini
again dana quorate-signerd dana/signerd.ini
wait $left || { cat left.log; fail 'the first pipeline did not end'; }
quorate verify left.bin --release left.release --trust trust.note >/dev/null
[ "$(entries)" = $((before + 7)) ] || fail 'the loser was logged'
echo 'faults: holds'
