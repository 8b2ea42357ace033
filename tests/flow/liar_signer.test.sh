# SPDX-License-Identifier: Apache-2.0
# A dishonest log before a party's signer: it has read the log once, and then
# is shown a fork, an older tree, one that lacks an entry of its authority, one
# whose entries are withheld, and one that holds a release of too few. It stays
# locked and says why, or raises an alarm; when the honest log is back it reads
# on.
. "$SRC/tests/flow/log_help.sh"
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
for i in 1 2 3 4; do
	release_text $i >r$i.text
	"$nm" sign r$i.text bob carol >r$i # alice is not asked
done
release_text 1 acme.example/pump >p1.text
"$nm" sign p1.text bob carol >p1
key ci ci.example 01
friends='key:w1 key:w2 key:m1'
# shellcheck disable=SC2086
build() { _dir=$1 && shift && "$BIN/liar-log" build "$_dir" log $friends -- "$@" || fail "build $*"; }
mkdir shown
"$BIN/liar-log" serve shown 0 2>shown.log &
pids="$pids $!"
until_true "grep -q ready: shown.log" || fail "the liar does not serve"
url=http://$(sed -n 's/.*listening on //p' shown.log)
pid_alice=
show() { # DIR: to nobody but a signer that begins; it may look at any time
	[ -z "$pid_alice" ] || { kill -TERM "$pid_alice" && wait "$pid_alice" 2>/dev/null; }
	rm -rf shown/* && cp -r "$1"/. shown
}
cat >alice.ini <<X
[signer]
name = alice.example
key = alice.key
passphrase-file = pass
state = alice.state
socket = alice.sock
coordinator = http://127.0.0.1:1
approval = automatic
[authority acme.example/test]
trust = trust.note
products = acme.example/*
[log log.test/one]
url = $url
[proposer ci]
vkey = $(pub ci)
products = acme.example/*
X
signer() {
	"$BIN/quorate-signerd" --config alice.ini 2>>alice.log &
	pid_alice=$!
	pids="$pids $pid_alice"
	until_true '[ -S alice.sock ]' || fail "the signer does not start: $(tail -n 3 alice.log)"
}
status() { # 6: there are alarms
	"$BIN/quorate" status --socket alice.sock >status 2>&1 || [ $? = 6 ]
}
calm() { # an alarm locks until a person has looked
	status && [ "$(alarms)" != 0 ] || return 0
	"$BIN/quorate" unlock --alarms --socket alice.sock >calm 2>&1 || fail "unlock: $(cat calm)"
}
# The signer again, under what is shown now: what is recorded stays.
look() {
	rm -f alice.sock
	: >alice.log
	signer
}
reads() { status && grep -q '^log read' status; }
locked() { # ACT PATTERN: it is, and says so; it would judge nothing
	until_true 'status && grep "^log " status | grep -qv "^log read" && grep "^log " status | grep -q "'"$2"'"' ||
		fail "$1: $(cat status; tail -n 3 alice.log)"
	"$BIN/quorate-signerd" --config alice.ini --explain proposal >explained 2>&1 && fail "$1: it would approve"
	acts="$acts$1: locked, $(sed -n 's/^log //p' status)
"
}
release_text 5 >p.text
"$nm" sign p.text ci >proposal
acts=""
build honest trust.note r1 r2 r3
show honest
signer
until_true reads || fail "an honest log is not read: $(cat status alice.log)"
grep -q '^alarms 0' status || fail "an alarm about nothing: $(cat status)"
"$BIN/quorate-signerd" --config alice.ini --explain proposal >explained 2>&1 &&
	grep -q 'would approve' explained || fail "it would refuse: $(cat explained)"
alarms() { sed -n 's/^alarms \([0-9]*\).*/\1/p' status; }
act() { # NAME PATTERN ALARMS-MORE entries...
	_name=$1 _pattern=$2 _more=$3
	shift 3
	_alarms=$(status && alarms)
	build "$_name" "$@"
	[ "$_name" != withheld ] || rm -r withheld/tile/entries
	show "$_name"
	look
	locked "$_name" "$_pattern"
	[ "$(alarms)" = $((_alarms + _more)) ] || fail "$_name: $_more alarms more than $_alarms: $(cat status)"
}
act short 'had 4 entries and shows 2' 0 trust.note r1
act withheld 'entries.*404' 0 trust.note r1 r2 r3 r4
act fork 'is not the one known before' 1 trust.note r1 r2 p1 r4
act same 'two trees of 4 entries' 1 trust.note r1 r2 p1
show honest # the same alarm once more is no other one: first this is settled
look
calm
until_true reads || fail "it does not read on: $(cat status alice.log)"
act hides 'is not the one known before' 1 trust.note r1 r3 r4 p1 r2

# the honest log, further on: it reads on, and is ready to sign
build further trust.note r1 r2 r3 r4 p1
show further
look
calm
until_true reads || fail "it does not read on: $(cat status alice.log)"
"$BIN/quorate-signerd" --config alice.ini --explain proposal >explained 2>&1 || fail "refuses: $(cat explained)"

# what admission forbids, under a head that witnesses signed: everybody sees it,
# and this party signs nothing until a person has looked
alarmed() { # NAME PATTERN entries...
	_name=$1 _pattern=$2
	shift 2
	calm
	build "$_name" "$@"
	show "$_name"
	look
	locked "$_name" "$_pattern"
	[ "$(alarms)" -gt 0 ] || fail "$_name: no alarm: $(cat status)"
	grep -q "ALARM: .*$_pattern" alice.log || fail "$_name: $(cat alice.log)"
}
release_text 2 acme.example/pump >p2.text && "$nm" sign p2.text carol >p2
alarmed too-few 'entry 6 cannot be explained' trust.note r1 r2 r3 r4 p1 p2
alarmed repeats "entry 7 cannot be explained: not above" trust.note r1 r2 r3 r4 p1 p2 r4
release_text 3 | sed 's/^version .*/version other/' >back.text && "$nm" sign back.text bob carol >back
alarmed goes-back "entry 8 cannot be explained: not above" trust.note r1 r2 r3 r4 p1 p2 r4 back
withdraw() { # FLOOR OUT
	printf 'quorate/withdraw@v1\nauthority acme.example/test 1\nproduct acme.example/camera\nfloor %s\nabout\nproposed %s\nreason none\n' \
		"$1" "$now" >"$2.text"
	"$nm" sign "$2.text" bob carol >"$2"
}
withdraw 6 w6
alarmed floor-too-high 'entry 9 cannot be explained: a withdraw floor' trust.note r1 r2 r3 r4 p1 p2 r4 back w6
withdraw 3 w3
withdraw 2 w2
alarmed floor-goes-back 'entry 11 cannot be explained: a withdraw floor' trust.note r1 r2 r3 r4 p1 p2 r4 back w6 w3 w2
grep -q 'entry 10 ' alice.log && fail 'an alarm about what is in order'
# none of them raised anything: 5 is next, and floor 3 is known
calm
"$BIN/quorate-signerd" --config alice.ini --explain proposal >explained 2>&1 || fail "refuses: $(cat explained)"

# a line by alice's own key, which alice never gave: somebody has the key, or
# this record is not the newest; a person hears of it, and what may have been
# used is not signed
release_text 5 >stolen.text && "$nm" sign stolen.text alice bob >stolen
build by-thief trust.note r1 r2 r3 r4 p1 p2 r4 back w6 w3 w2 stolen
show by-thief
look
until_true 'status && grep -q "^restored " status' || fail "a stolen line is not seen: $(cat status alice.log)"
grep -q 'entry 12 has a line of ours that this record never gave' alice.log || fail "not said: $(cat alice.log)"
release_text 6 >p6.text && "$nm" sign p6.text ci >proposal6
"$BIN/quorate-signerd" --config alice.ini --explain proposal6 >explained 2>&1 && fail 'it would sign behind a stolen line'
grep -q restored explained || fail "not for that: $(cat explained)"
acts="${acts}stolen-line: restored, $(grep -o 'entry [0-9]* has a line of ours.*' alice.log | head -n 1)
"
printf '%s' "$acts"
echo "liar_signer: holds"
