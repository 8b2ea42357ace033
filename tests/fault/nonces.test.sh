#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A nonce is spent once, by a real signer that is killed, copied, restored and
# lied to. Its coordinator is tests/flow/inbox.py, which tells it what this
# script wants and keeps what it says; the other signer's commitment in each
# package is made up, as a coordinator may. At the end no pair of nonces
# stands in two different share notes, whatever happened.
set -eu
flow=nonces
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol'
world_start alice bob carol
genesis 'three 2 alice bob carol'
release 1 1
ended "$(cat alice.pid)" "$(cat bob.pid)" "$(cat carol.pid)" "$coordinator_pid"

inbox_start
sed -i "s|^coordinator = .*|coordinator = $inbox|" alice.ini
draft 2 two 1
id=$(sha256sum <two.txt | cut -d ' ' -f 1)
roster=$(sed -n '/^$/q;p' roster.note | sha256sum | cut -d ' ' -f 1)
point=$(cut -d + -f 3- bob.pub | base64 -d | tail -c 32 | base64)
other=$(cut -d + -f 3- carol.pub | base64 -d | tail -c 32 | base64)
session=0

taken() { # unless alice is dead
	[ ! -e in/next ] || ! alive
}
alive() { kill -0 "$(cat alice.pid)" 2>/dev/null && ! grep -q '^State:.Z' "/proc/$(cat alice.pid)/status" 2>/dev/null; }
commits() { ls out/*.commit 2>/dev/null | wc -l; }
shares() { ls out/*.share 2>/dev/null | wc -l; }
more_commits() { [ "$(commits)" -gt "$commits_before" ]; }
more_said() { [ "$(commits)" -gt "$commits_before" ] || [ "$(shares)" -gt "$shares_before" ]; }
mark() {
	commits_before=$(commits)
	shares_before=$(shares)
}
proposed() { # sets nonces: what alice commits to
	mark
	tell two.note
	until_true more_commits
	nonces=$(sed -n 's/^nonces //p' "$(ls out/*.commit | tail -n 1)")
}
package() { # NONCES: a new package with them
	session=$((session + 1))
	printf 'quorate/package@v1\nmessage %s\nroster %s\nsession %s\nsigner 1 %s\nsigner 2 %s %s\n' \
		"$id" "$roster" "$session" "$1" "$point" "$other" >package
}
asks_again() { # so that what it was told last is over, and answered
	read -r polls _ told <in/.polls
	[ "$polls" -gt "$told" ]
}
answered() { # FILE: told, and something was said to it
	mark
	tell "$1"
	until_true asks_again
	until_true more_said
}
shares_of() { # NONCES: how many different share notes there are with them
	grep -lF "nonces $1" out/*.share 2>/dev/null | while read -r f; do sha256sum <"$f"; done | sort -u | wc -l
}
never_twice() {
	for f in out/*.share; do
		printf '%s %s\n' "$(sed -n 's/^nonces //p' "$f" | tr ' ' -)" "$(sha256sum <"$f" | cut -d ' ' -f 1)"
	done | sort -u | cut -d ' ' -f 1 | uniq -d >twice
	[ ! -s twice ] || fail "one pair of nonces in two shares: $(cat twice)"
}

# the same package twice: the same bytes; another for the same commitment:
# nothing but a new commitment
signer_start alice
proposed
package "$nonces"
cp package first
answered package
[ "$(shares_of "$nonces")" = 1 ] || fail 'no share'
share=$(ls out/*.share | tail -n 1)
answered package
cmp -s "$share" "$(ls out/*.share | tail -n 1)" || fail 'the same package, another share'
package "$nonces"
answered package
[ "$(shares_of "$nonces")" = 1 ] || fail 'two packages, two shares for one pair'

# of another message, and of the same under a name of a roster that is not ours
spare=$(sed -n 's/^nonces //p' "$(ls out/*.commit | tail -n 1)")
package "$spare"
sed "s/^roster .*/roster $id/" package >wrong
tell wrong
draft 3 three 1
sed "s/^message .*/message $(sha256sum <three.txt | cut -d ' ' -f 1)/" package >wrong
tell wrong
answered first
[ "$(shares_of "$spare")" = 0 ] || fail 'a share for what the nonces were not made for'

# the state directory is copied while the nonces live; the copy comes back
# later, and beside: neither makes a share of them
package "$spare"
cp package kept
cp -r alice.state copy.state
answered package
[ "$(shares_of "$spare")" = 1 ] || fail 'no share'
ended "$(cat alice.pid)"
mv alice.state later.state
cp -r copy.state alice.state
signer_start alice
answered kept # restored: the record does not know of the share
[ "$(shares_of "$spare")" = 1 ] || fail 'a restored signer made a second share'
answered first # and of the older one, that it does
[ "$(shares_of "$nonces")" = 1 ] || fail 'a restored signer made another share'
ended "$(cat alice.pid)"
never_twice
# two at once: the copy is started while the original runs
rm -r alice.state
mv later.state alice.state
signer_start alice
proposed
package "$nonces"
original=$(cat alice.pid)
sed "s|^state = .*|state = copy.state|; s|^socket = .*|socket = copy.sock|" alice.ini >copy.ini
family=$(python3 "$SRC/tests/flow/memory.py" "$original" family)
kill -STOP $family
nobody_polls() { # the one that was under way has had its answer
	read -r _ waiting _ <in/.polls
	[ "$waiting" = 0 ]
}
until_true nobody_polls
serve copy quorate-signerd
answered package
[ "$(shares_of "$nonces")" = 0 ] || fail 'a copy made a share with nonces of the original'
ended "$pid"
kill -CONT $family
answered package
[ "$(shares_of "$nonces")" = 1 ] || fail 'the original has lost its nonces'
ended "$original"
never_twice

# killed at every effect on disk between the package and its share
shim=$BIN/fault-shim.so
if [ ! -f "$shim" ] || ldd "$BIN/quorate-signerd" | grep -q 'lib.*san'; then
	echo 'SKIPPED: sanitizers and a preloaded shim do not mix'
	shim=
fi
n=0
burnt=0
stored=0
while [ -n "$shim" ]; do
	n=$((n + 1))
	[ $n -lt 60 ] || fail 'no end of effects'
	LD_PRELOAD=$shim FAULT_AT=$n FAULT_ARM=1 quorate-signerd --config alice.ini >>alice.log 2>&1 &
	pids="$pids $!"
	echo $! >alice.pid
	proposed
	package "$nonces"
	# the process that keeps the record is one of several
	kill -USR1 $(python3 "$SRC/tests/flow/memory.py" "$(cat alice.pid)" family)
	mark
	tell package
	over() { ! alive || { [ "$(shares)" -gt "$shares_before" ] && asks_again; }; }
	until_true over
	if alive; then # it has said its share before the n-th effect
		ended "$(cat alice.pid)"
		break
	fi
	wait "$(cat alice.pid)" 2>/dev/null || :
	[ "$(shares)" = "$shares_before" ] || fail "effect $n: the share left before it was kept"
	rm -f in/next
	signer_start alice
	answered package
	case $(shares_of "$nonces") in
	0) burnt=$((burnt + 1)) ;; # gone with the process
	1) stored=$((stored + 1)) ;; # kept, and said now
	*) fail "effect $n: two shares" ;;
	esac
	package "$nonces"
	answered package
	[ "$(shares_of "$nonces")" -le 1 ] || fail "effect $n: a second share"
	ended "$(cat alice.pid)"
	never_twice
done
if [ -n "$shim" ]; then
	[ $burnt -gt 0 ] && [ $stored -gt 0 ] || fail "killed at $n effects: $burnt burnt, $stored kept"
	echo "# killed at $((n - 1)) effects: nonces burnt at $burnt, the share kept at $stored"
fi
never_twice
all_well
