#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Whole daemons, 3 of 5, one party that lies with its own key: each fault
# once, each time the release is signed, the liar named by evidence that
# 'quorate show' verifies offline, or, where nothing convicts, nobody. Then a
# coordinator that lies in every field of everything it says: it delays. The
# second reader judges the same evidence, as it is and altered.
set -eu
flow=hostile
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
export PYTHONDONTWRITEBYTECODE=1
all='alice bob carol dana emil'
proxy() { # PORT-FILE ARGUMENT...: sets proxy
	file=$1
	shift
	rm -f "$file"
	python3 "$SRC/tests/flow/hostile.py" "$coordinator" "$file" "$@" >>proxy.log 2>&1 &
	pids="$pids $!"
	until_true test -s "$file"
	proxy=http://127.0.0.1:$(cat "$file")
}
world_start alice bob dana emil
real=$coordinator
echo honest >fault
proxy carol.port party fault "$BIN/resign" carol.example carol.key passphrase
coordinator=$proxy signer_config carol carol.example automatic
signer_start carol
genesis_parties=$all
genesis 'three 3 alice bob carol dana emil'
release 1 1

second() { python3 "$SRC/tests/foreign/blame.py" "$@" 2>talk; }
lied() { [ "$(grep -c "^lied: $1" proxy.log)" -gt "$lies_before" ]; }
sequence=1
for fault in honest share nonces roster replay other-session boot silent noise broken-line; do
	# dana and emil wait, so that carol is asked; bob and alice are not enough
	kill -STOP $(family dana emil)
	lies_before=$(grep -c "^lied: $fault" proxy.log || :)
	echo $fault >fault
	sequence=$((sequence + 1))
	draft $sequence "r$sequence" 1
	propose "r$sequence.note"
	[ $fault = honest ] || until_true lied "$fault"
	kill -CONT $(family dana emil)
	signed "r$sequence.signed"
	echo honest >fault
	sessions=$(sed -n 's/^session //p' status)
	quorate append "r$sequence.signed" --log "$log" -o "r$sequence.release" >/dev/null 2>append.log ||
		{ cat append.log >&2; fail "$fault: not logged"; }
	quorate verify app.bin --release "r$sequence.release" --trust trust.full >/dev/null
	curl -sS "$real/v1/proposals/$id/blame" -o blame.note
	named=-
	case $fault in
	share | nonces | roster)
		quorate show blame.note >shown 2>talk || { cat talk; fail "$fault: the evidence does not verify"; }
		[ "$(grep -c '^blame ' shown)" = 1 ] || fail "$fault: not one is named"
		grep -q "^blame carol.example $fault\$" shown || { cat shown; fail "$fault: not carol"; }
		grep -q 'nobody else can have made it' talk || fail "$fault: not explained"
		named=carol
		second blame.note >judged || { cat talk; fail "$fault: the second reader takes no evidence"; }
		[ "$(cat judged)" = "carol: $fault" ] || fail "$fault: the second reader says $(cat judged)"
		sed 's/^proposed 1/proposed 2/' blame.note >other.note
		quorate show other.note >/dev/null 2>&1 && fail "$fault: altered evidence was taken"
		rm -rf variants
		mkdir variants
		python3 "$SRC/tests/flow/hostile.py" blame.note variants variants
		for f in variants/*; do
			quorate show "$f" >shown 2>talk || continue # it may be no evidence at all
			grep -q 'nobody else can have made it' talk && fail "$fault: altered evidence was taken: $f"
		done
		evidence="$(find variants -type f | wc -l)"
		[ "$evidence" -gt 60 ] || fail 'hardly anything was altered'
		second variants/* >judged && fail "$fault: each altered evidence convinces the second reader"
		[ "$(grep -c '^nothing is proven: ' talk)" = "$evidence" ] && [ ! -s judged ] ||
			fail "$fault: altered evidence convinces the second reader: $(cat judged talk)"
		;;
	*) [ ! -s blame.note ] || { quorate show blame.note; fail "$fault: somebody is named"; } ;;
	esac
	[ "$sessions" -le 10 ] || fail "$fault: $sessions sessions, the bound is 1 + 1 + 8"
	echo "# party $fault: signed, named $named, $sessions sessions of 10"
	[ $named = - ] || echo "#   of $evidence evidences with something else in them none convicts"
done

# a coordinator that lies in every field: to two of five, who are not missed
# in the end, since what it lies about is never signed
proxy lies.port coordinator 120
for p in alice bob; do
	ended "$(cat $p.pid)"
	coordinator=$proxy signer_config $p $p.example automatic
	signer_start $p
done
coordinator=$real
ended "$(cat dana.pid)"
is_over() { state_is signed || state_is refused; }
lied_enough() { # at least ten releases; how many answers there are is the parties' affair
	[ $tries -ge 10 ] && [ "$(grep -c '^lied: quorate' proxy.log)" -ge 40 ] &&
		grep -q '^lied: quorate/package@v1: field' proxy.log
}
tries=0
signed_n=0
until lied_enough; do
	tries=$((tries + 1))
	[ $tries -lt 60 ] || fail "only $(grep -c '^lied: quorate' proxy.log) lies, or none about a package"
	sequence=$((sequence + 1))
	draft $sequence "r$sequence" 1
	propose "r$sequence.note"
	n=0
	until is_over; do
		n=$((n + 1))
		[ $n -lt 1200 ] || fail "no end of release $sequence: $(cat status)"
		sleep 0.1
		[ $n -gt 60 ] || continue
		# its place is needed; it may be signed all the same
		for p in alice bob carol emil; do at $p refuse "$id" --reason lies >/dev/null 2>&1 || :; done
	done
	curl -sS "$real/v1/proposals/$id/blame" -o blame.note
	[ ! -s blame.note ] || { quorate show blame.note; fail 'an honest party is named'; }
	if state_is signed; then
		sed '1,/^$/d' status >"r$sequence.signed"
		quorate append "r$sequence.signed" --log "$log" -o "r$sequence.release" >/dev/null 2>append.log ||
			{ cat append.log >&2; fail "what was signed was not logged"; }
		quorate verify app.bin --release "r$sequence.release" --trust trust.full >/dev/null
		signed_n=$((signed_n + 1))
	fi
done
lies=$(grep -c '^lied: quorate' proxy.log)
echo "# coordinator: $lies lies, $signed_n of $tries releases signed all the same, nobody named"
for p in alice bob carol emil; do kill -0 "$(cat $p.pid)" || fail "$p is gone"; done
# without it everything is as before
for p in alice bob; do
	ended "$(cat $p.pid)"
	signer_config $p $p.example automatic
	signer_start $p
done
sequence=$((sequence + 1))
release $sequence 1
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
