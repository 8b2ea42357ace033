#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `quorate release` is ended at every effect that it has on disk, whole and
# torn, and before every answer that it gets; then the same command is said
# again, at another time. It ends well, and the log has one entry more. The
# same for a proposal that leaves (--detach) and is taken up (--resume), and
# with a disk that refuses from each effect on.
set -eu
flow=release_kill
. "$SRC/tests/flow/party_help.sh"
shim=$BIN/fault-shim.so
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" && {
	echo "SKIPPED: sanitizers and a preloaded shim do not mix"
	exit 0
}
[ -f "$shim" ] || fail 'no shim'
plain_start
for p in alice bob; do
	signer_config $p $p.example automatic trust.note
	sed -i 's/^approval = .*/&\nrequire-payload = yes/' $p.ini
	signer_start $p
done
command_config trust.note
size() { curl -sS "$log/checkpoint" | sed -n 2p; }
head -c 3000 /dev/urandom >app.bin
sequence=1 now=$(date +%s)
release() { # [OPTION...]: of `sequence`
	${exec:-} quorate release app=app.bin --product example/board --version "1.$sequence" --sequence $sequence \
		--proposed $now --wait 300s "$@" -o app.release
}
# Ended, or failed, as FAULT says; the next does it.
ends_well() { # WHAT
	now=$((now - 1)) # another time, another text
	release >out 2>err || fail "$1: $(cat err)"
	grep -q "^verified product example/board version 1.$sequence sequence $sequence " out || fail "$1: $(cat out)"
	[ "$(size)" = $((before + 1)) ] || fail "$1: $(($(size) - before)) entries more"
	[ ! -e app.release.pending ] || fail "$1: left as pending"
	sequence=$((sequence + 1))
}

ends=0
each() { # WHAT FAULT-WORDS COMMAND...: with the fault at the 1st, 2nd, ... effect, until none is left
	what=$1 words=$2
	shift 2
	n=1
	while :; do
		before=$(size)
		code=0
		# shellcheck disable=SC2086 # words
		(export LD_PRELOAD="$shim" FAULT_AT=$n $words && "$@") >out 2>err || code=$?
		if [ $code = 0 ]; then
			ends_well "$what, no fault"
			break
		fi
		case $words in
		*ERRNO*) [ $code = 3 ] && [ -s err ] || fail "$what $n ends with $code: $(cat err)" ;;
		*) [ $code -gt 128 ] || fail "$what $n is not ended, but ends with $code: $(cat err)" ;;
		esac
		ends=$((ends + 1))
		ends_well "$what $n"
		n=$((n + 1))
		[ $n -lt 100 ] || fail "$what: no end of effects"
	done
	echo "$what: $((n - 1)) effects"
	[ $n -gt 4 ] || fail "$what: the fault does not come"
}
each 'ended' FAULT_TORN= release
each 'ended, torn' FAULT_TORN=1 release
each 'a full disk' 'FAULT_ERRNO=28 FAULT_STAY=1' release
each 'left' FAULT_TORN= release --detach
taken_up() {
	id=$(LD_PRELOAD='' release --detach) && quorate release --resume "$id" --wait 300s -o app.release
}
each 'taken up' FAULT_TORN= taken_up

# ---- in place of what it says -----------------------------------------------
# every line that it says is one more that has happened
n=1
while :; do
	before=$(size)
	rm -f said
	mkfifo said
	(exec=exec release >out 2>said) &
	command=$!
	pids="$pids $command"
	# it ends at the next line that nobody reads
	head -n $n <said >lines
	[ "$(wc -l <lines)" = $n ] || {
		wait $command || fail "it ends with $?"
		ends_well 'not ended'
		break
	}
	kill -9 "$(own $command)" 2>/dev/null || :
	wait $command 2>/dev/null || :
	ends=$((ends + 1))
	ends_well "after '$(tail -n 1 lines)'"
	n=$((n + 1))
	[ $n -lt 100 ] || fail 'it talks for ever'
done
[ $n -gt 3 ] || fail "it says $n lines"
echo "ended $ends times"
all_well
