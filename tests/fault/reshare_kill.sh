#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A reshare in which one participant is ended at one of its effects on disk,
# for every participant and every effect (or every STRIDE-th): who stays, who
# leaves, who joins, the coordinator, and the commands that watch and append.
# After each end, with that one still gone, a release is signed by the roster
# that is in force, whichever it is; then it comes back, and the reshare
# completes, and its roster signs. Never neither.
#
#   BIN=build/dev/bin SRC=. sh tests/fault/reshare_kill.sh [STRIDE [VICTIM...]]
set -eu
flow=reshare_kill
stride=${1:-1}
[ $# = 0 ] || shift
victims=${*:-alice carol dana coordinator watch append}
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
shim=$BIN/fault-shim.so
if grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null; then
	echo 'SKIPPED: sanitizers and a preloaded shim do not mix'
	exit 0
fi
[ -f "$shim" ] || fail 'no shim'
all='alice bob carol dana'
states='alice.state bob.state carol.state dana.state w1 m1 logd coordinatord'

serve() { # as in party_help.sh, but the victim has the shim
	touch "$1.log"
	ready_before=$(ready_times "$1" || :)
	if [ "$1" = "${victim_now:-}" ]; then
		LD_PRELOAD=$shim FAULT_AT=$at_effect FAULT_ARM=1 FAULT_COUNT=$dir/count \
			"$2" --config "$1.ini" >>"$1.log" 2>&1 &
	else
		"$2" --config "$1.ini" >>"$1.log" 2>&1 &
	fi
	pid=$!
	pids="$pids $pid"
	until_true ready_more "$1"
	address=http://$(sed -n 's/.*ready: listening on //p' "$1.log" | tail -n 1)
}
everybody_stops() {
	kill $(own $pids) 2>/dev/null || :
	wait 2>/dev/null || :
	pids=
}

# ---- the world before, once ------------------------------------------------
world_start alice bob carol
genesis 'three 2 alice bob carol'
release 1 1
signer_config dana dana.example automatic trust.full
trust_id=$(quorate trust id trust.full)
everybody_stops
mkdir -p dana.state before
cp -a $states before/

world_again() {
	everybody_stops
	rm -rf $states *.log roster.note append.log
	cp -a before/* .
	log_start "$trust_id"
	coordinator_start <parts.ini
	coordinator_pid=$pid
	for p in $all; do signer_start $p; done
	# their states are copies, which they find out, and nothing is missing
	for p in $all; do at $p unlock --restored >/dev/null; done
}

victim_pid() { if [ "$1" = coordinator ]; then echo "$coordinator_pid"; else cat "$1.pid"; fi; }
# A signer is several processes, and the one that keeps its record and share
# is not the one that was started.
victim_family() { if [ "$1" = coordinator ]; then echo "$coordinator_pid"; else family "$1"; fi; }
serial_in_force() { if [ -n "$logged" ]; then echo 2; else echo 1; fi; }

# The one who was ended is still gone: somebody can sign. (Without the
# coordinator nobody can: it comes back first.)
met() {
	[ -n "$victim_now" ] && [ -z "$was_ended" ] && gone "$victim_pid_now" || return 0
	was_ended=yes
	was=$victim_now
	victim_now=
	[ "$was" != coordinator ] || { coordinator_start <parts.ini; coordinator_pid=$pid; }
	release 2 "$(serial_in_force)"
	if [ -n "$logged" ]; then after=$((after + 1)); else before_n=$((before_n + 1)); fi
	[ "$was" = coordinator ] || signer_start "$was"
}
persist() { # COMMAND...: until it succeeds, whoever is ended meanwhile
	tries=0
	until "$@" >try.log 2>&1; do
		met
		tries=$((tries + 1))
		[ $tries -lt 120 ] || { cat try.log >&2; fail "never: $* (effect $at_effect)"; }
		sleep 0.1
	done
	met
}
accepted() { # PARTY: joined, now or before
	at "$1" ceremony accept "$ceremony" --code "$code" ||
		at "$1" ceremony show "$ceremony" | grep -Eq '^state (joined|dealt|confirmed|done)' ||
		ls "$1.state"/next-* || at "$1" status | grep -q '^roster 2'
}
watch_once() {
	if [ "$victim" = watch ] && [ -z "$was_ended" ]; then
		rm -f roster.note
		LD_PRELOAD=$shim FAULT_AT=$at_effect quorate ceremony watch \
			--coordinator "$coordinator" --wait 20s --out . "$ceremony" && return 0
		was_ended=yes
		release 2 1
		before_n=$((before_n + 1))
		return 1
	fi
	quorate ceremony watch --coordinator "$coordinator" --wait 3s --out . "$ceremony"
}
append_once() {
	if [ "$victim" = append ] && [ -z "$was_ended" ]; then
		LD_PRELOAD=$shim FAULT_AT=$at_effect quorate append roster.note --log "$log" \
			-o roster.file.2 && return 0
		was_ended=yes
		return 1
	fi
	quorate append roster.note --log "$log" -o roster.file.2
}
carol_is_out() { at carol status | grep -q '^role nobody' && ! ls carol.state/share-* carol.state/next-*; }
settled() { # nothing is left over
	! ls ./*.state/next-* ./*.state/dkg-* 2>/dev/null
}

one() { # the reshare, with the victim ended at one effect; false: it was not
	was_ended= logged= victim_now=
	case $victim in
	watch | append) ;;
	*) victim_now=$victim ;;
	esac
	world_again
	if [ -n "$victim_now" ]; then
		victim_pid_now=$(victim_pid "$victim")
		# shellcheck disable=SC2046
		kill -USR1 $(victim_family "$victim") # from here on effects count
	fi
	cards alice bob dana
	code=$(quorate ceremony draft --reshare roster.file --quorum two --group 'two 2 alice bob dana' \
		--key ci.key $options -o draft.bundle 2>talk)
	persist quorate ceremony propose --coordinator "$coordinator" draft.bundle
	ceremony=$(sed -n '/^[0-9a-f]\{64\}$/p' try.log)
	for p in alice bob carol dana; do persist accepted $p; done
	persist watch_once
	persist append_once
	logged=yes
	for p in alice bob dana; do persist is_in_force $p 2; done
	persist carol_is_out
	persist settled
	if [ -n "$victim_now" ]; then # the reshare is over: no more ends
		ended "$victim_pid_now"
		victim_now=
		if [ "$victim" = coordinator ]; then coordinator_start <parts.ini; else signer_start "$victim"; fi
	fi
	release 3 2
	[ -n "$was_ended" ]
}

total_effects=0 total_ends=0
for victim in $victims; do
	at_effect=1 ends=0 before_n=0 after=0
	while one; do
		ends=$((ends + 1))
		[ $ends -lt 500 ] || fail 'no end of effects'
		at_effect=$((at_effect + stride))
	done
	[ $ends -gt 0 ] || fail "$victim: no effect on disk was counted, so nothing was tried"
	echo "$victim: up to $((at_effect - 1)) effects, ended at $ends of them; signed meanwhile by the old roster $before_n, by the new $after"
	total_effects=$((total_effects + at_effect - 1))
	total_ends=$((total_ends + ends))
done
everybody_stops
echo "reshare_kill: holds: $total_ends ends over $total_effects effects, each completed after a restart"
