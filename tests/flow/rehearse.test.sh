#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Rehearsals, with the real daemons of the parties: of a first key, of a
# reshare with a party away, of a new key in the place of one in force; with
# one that refuses, one that is killed in the middle, and a coordinator that
# is. Before and after, byte for byte, every party has the same files; a
# release is signed with the live key before, during and after; and nothing
# that a rehearsal signed is read as anything else.
set -eu
flow=rehearse
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol dana'
world_start alice bob carol

rehearsals=0
rehearse() { # OPTION...: drafted and proposed; no two of one second are the same
	rehearsals=$((rehearsals + 1))
	code=$(quorate ceremony draft --rehearse --deadline $((3600 + rehearsals))s --key ci.key -o rehearsal.bundle "$@" 2>talk) ||
		{ cat talk; fail 'no draft of a rehearsal'; }
	grep -q 'a REHEARSAL' talk || fail 'a rehearsal is not said to be one'
	ceremony=$(quorate ceremony propose --coordinator "$coordinator" rehearsal.bundle 2>>said) ||
		fail 'the rehearsal was not taken'
}
new_key() { # OPTION...: of the three
	cards alice bob carol
	rehearse --quorum three --group 'three 2 alice bob carol' $options "$@"
}
watched() { # EXIT [OPTION...]: what the watcher reports, in `report`
	want=$1
	shift
	got=0
	quorate ceremony watch --coordinator "$coordinator" --wait 60s "$@" "$ceremony" \
		>report 2>watch.log || got=$?
	[ $got = "$want" ] || { cat report watch.log; fail "watch: $got, not $want"; }
}
reported() { # LINE...
	for l in "$@"; do
		grep -q "^$l" report || { cat report watch.log; fail "not reported: $l"; }
	done
}
# All that a party keeps, but the number of its process, and how far it has
# read the log, which it does by itself.
kept() {
	for p in "$@"; do
		(cd $p.state && find . -type f ! -name 'record.db*' ! -name lock | sort | xargs sha256sum)
		python3 - $p.state/record.db <<-'PY'
		import sqlite3, sys
		db = sqlite3.connect('file:%s?mode=ro' % sys.argv[1], uri=True)
		for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
		    if name in ('logged', 'position', 'progress'):
		        continue
		    for row in db.execute('SELECT * FROM "%s"' % name):
		        if not any(isinstance(x, bytes) and b'\nwhat log\n' in x for x in row):
		            print(name, row)
		PY
	done
}
unchanged() { # PARTY...
	kept "$@" >kept.after
	diff kept.before kept.after >kept.diff || { head -20 kept.diff; fail 'a rehearsal left something behind'; }
}

# ---- the first key, before there is any
kept alice bob carol >kept.before
new_key --authority $authority --signer release --key-name $authority --trust-template template.txt
asked() { at alice pending | grep -q "$ceremony $authority rehearsal"; }
until_true asked
at alice ceremony accept "$ceremony" --code zzzzz >/dev/null 2>talk && fail 'another code was taken'
grep -q 'somebody was shown another ceremony' talk || fail "nobody is told what that means: $(cat talk)"
# as it was read over the telephone
at alice ceremony accept "$ceremony" --code " $(echo "$code" | tr 'a-z-' 'A-Z ') " >/dev/null || fail 'alice cannot join'
at alice ceremony accept "$ceremony" --code "$code" >/dev/null 2>talk && fail 'joined twice'
grep -q 'RC_SEAT_STATE.*' talk && grep -q 'answered already' talk || fail "not why: $(cat talk)"
reshare_accept bob carol
watched 0 --out first
reported "rehearsed $authority 1" 'step accepting' 'step signing' 'accepted alice' 'dealt bob' 'confirmed carol' \
	'signed alice' 'share '
[ "$(grep -c '^share ' report)" = 2 ] || fail 'not two of three signed'
grep -q '^missing' report && fail 'somebody was missing'
grep -q 'Nothing was changed' watch.log || fail 'not said that nothing was changed'
unchanged alice bob carol
at alice status >talk
grep -q '^role nobody' talk || fail "alice has a share: $(cat talk)"

# ---- the same for real, and a release
genesis 'three 2 alice bob carol'
release 1 1

# ---- what a rehearsal signed is nothing else
mkdir in out
for note in first/rehearsal-roster.note first/rehearsed.note; do
	quorate append $note --log "$log" -o refused.file 2>talk && fail "the log took $note"
	grep -q RC_KIND talk || fail "$note: not for its kind: $(cat talk)"
	quorate verify app.bin --release $note --trust trust.full >talk 2>&1 && fail "$note is a release"
	quorate verify app.bin --release r1.release --trust $note >talk 2>&1 && fail "$note is a trust text"
	quorate verify app.bin --release r1.release --trust trust.full --roster $note >talk 2>&1 && fail "$note is a roster"
	curl -sS --data-binary @$note "$coordinator/v1/proposals" -o talk -w '%{http_code}' >http
	grep -q '^4' http || fail "the coordinator took $note: $(cat http talk)"
	{ grep -v '^roster\|^\[' coordinator.ini | sed -n '/listen/p;/state/p' | sed '1i [coordinator]'; echo "roster = $note"; } >other.ini
	quorate-coordinatord --config other.ini --check-config >talk 2>&1 && fail "a coordinator serves $note"
	{ printf 'quorate/inbox@v1\ncursor a.1\ntime %s\n\n' "$(date +%s)"; cat $note; } >in/1.inbox
	quorate signer carry --socket alice.sock --authority $authority --inbox in --outbox out >talk 2>&1 ||
		fail "alice cannot be asked: $(cat talk)"
	[ -z "$(cat out/*.notes 2>/dev/null)" ] || fail "alice answers to $note: $(cat out/*.notes)"
done
quorate ceremony code rehearsal.bundle >/dev/null 2>talk
grep -q REHEARSAL talk || fail 'its draft is not said to be one'
quorate ceremony draft --reshare first/rehearsal-roster.note --quorum three --group 'three 2 alice bob carol' \
	$options --key ci.key -o refused.file >talk 2>&1 && fail 'a rehearsal was reshared'

# ---- a reshare: carol leaves and is away, dana joins; a release meanwhile
signer_config dana dana.example automatic trust.full
signer_start dana
ended "$(cat carol.pid)"
until_true is_in_force alice 1
until_true is_in_force bob 1
kept alice bob carol dana >kept.before
cards alice bob dana
rehearse --reshare roster.file --quorum three --group 'three 2 alice bob dana' $options
reshare_accept alice bob dana
watched 0 --out second
reported "rehearsed $authority 1" 'accepted dana' 'dealt alice' 'missing carol'
[ "$(grep -c '^missing' report)" = 1 ] || fail 'more are missing'
unchanged alice bob carol dana
grep '^key ' second/rehearsal-roster.note >key.rehearsed
grep -qF "$(cut -d+ -f3- key.rehearsed)" roster.note && fail 'the live key was reshared'
quorate append second/rehearsal-roster.note --log "$log" -o refused.file 2>talk && fail 'the log took a rehearsed successor'
grep -q RC_KIND talk || fail "not for its kind: $(cat talk)"
# and the live reshare of the same goes as ever, after a release in the middle
rehearse --reshare roster.file --quorum three --group 'three 2 alice bob dana' $options
reshare_accept alice bob
release 2 1
reshare_accept dana
watched 0
release 3 1

# ---- a new key in the place of the live one, for cause; it stays in force
signer_start carol
until_true is_in_force carol 1
new_key --after trust.file
reshare_accept alice bob carol
watched 0
reported "rehearsed $authority 2"
release 4 1

# ---- one declines; one always does
kept alice bob carol >kept.before
new_key --after trust.file
reshare_accept alice
at carol ceremony decline "$ceremony" >/dev/null || fail 'carol cannot decline'
watched 1
reported failed 'accepted alice' 'missing bob' 'missing carol'
grep -q 'carol: declines' watch.log || fail "not said who declined: $(cat watch.log)"
at carol ceremony accept "$ceremony" --code "$code" >/dev/null 2>&1 && fail 'declined, and accepted'
unchanged alice bob carol
ended "$(cat carol.pid)" "$(cat bob.pid)"
sed -i 's/^approval = .*/&\nrehearsals = no/' carol.ini
sed -i 's/^approval = .*/&\nrehearsals = yes/' bob.ini
signer_start carol
signer_start bob
new_key --after trust.file
watched 1
grep -q 'carol: declines' watch.log || fail "carol did not decline: $(cat watch.log)"
sed -i 's/^rehearsals = no/rehearsals = maybe/' carol.ini
quorate-signerd --config carol.ini --check-config >talk 2>&1 && fail 'rehearsals = maybe'
sed -i 's/^rehearsals = maybe/rehearsals = yes/' carol.ini
ended "$(cat carol.pid)"
signer_start carol
new_key --after trust.file
reshare_accept alice # the others do by themselves
watched 0
reported 'accepted bob' 'accepted carol'
release 5 1

# ---- a party is killed in the middle; a coordinator is
until_true is_in_force bob 1
until_true is_in_force carol 1
kept alice bob carol >kept.before
ended "$(cat carol.pid)"
new_key --after trust.file
reshare_accept alice
accepted() { quorate ceremony watch --coordinator "$coordinator" --wait 1s "$ceremony" 2>/dev/null | grep -q "^accepted $1"; }
until_true accepted bob
ended "$(cat bob.pid)"
signer_start carol
until_true accepted carol
ended "$coordinator_pid"
coordinator_start <parts.ini
got=0
quorate ceremony watch --coordinator "$coordinator" --wait 1s "$ceremony" >report 2>watch.log || got=$?
[ $got = 4 ] || fail "watch: $got: $(cat watch.log)"
reported pending 'step accepting' 'missing bob'
ended "$(cat alice.pid)" "$(cat carol.pid)"
unchanged alice bob carol
for p in alice bob carol; do signer_start $p; done
# what was left of it is in nobody's way
release 6 1
ended "$coordinator_pid"
coordinator_start <parts.ini
release 7 1
quorate audit "$log" --trust trust.full >talk 2>&1 || fail "the log does not hold: $(cat talk)"
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
