#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Parties whose log lies to them, with cosignatures by witnesses that lie too:
# an entry that no quorum signed, a fork. They refuse and say so: status, its
# exit code, the notify command, the record; until a person has looked. Then a
# party whose state is put back from a backup: it finds that out in the log,
# or is told by a file, and does not sign what it may have signed otherwise.
set -eu
flow=alarm
. "$SRC/tests/flow/party_help.sh"
nm=$BIN/note-maker
"$nm" key log log.example 01
"$nm" key w1 witness.example 04
"$nm" key m1 mirror.example 04
plain_trust
ln -s none shown
"$BIN/liar-log" serve shown 0 2>liar.log &
pids="$pids $!"
until_true grep -q ready: liar.log
log=http://$(sed -n 's/.*listening on //p' liar.log)
show() { # ENTRY...: the log's tree is of these, from now on
	trees=$((trees + 1))
	"$BIN/liar-log" build tree.$trees log key:w1 key:m1 -- trust.note "$@"
	ln -s tree.$trees next
	mv -T next shown # at once: whoever reads meanwhile finds no half of it
}
trees=0
show
plain_coordinator
printf '%s\n' '#!/bin/sh' "env | grep ^QUORATE_ | sort >>$dir/told" >tell.sh
chmod +x tell.sh
: >told
for p in alice bob carol; do signer_config $p $p.example automatic trust.note; done
sed -i 's/^approval = automatic$/approval = automatic\nnotify = tell.sh/' alice.ini
for p in alice bob; do signer_start $p; done
head -c 1000 /dev/urandom >app.bin
draft() { # SEQUENCE OUT
	quorate release app=app.bin --product example/board --version "1.0-$2" --sequence "$1" \
		--trust trust.note --draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
}
look() { at "$1" unlock >/dev/null; } # which reads the log
exits() { # CODE COMMAND...
	want=$1 got=0
	shift
	"$@" >said 2>&1 || got=$?
	[ $got = "$want" ]
}
refused_by() { # PARTY CODE
	state >/dev/null
	grep -q "^refused $1 $2$" status
}
record_is() { # PARTY PATTERN: its record is whole and has that line
	rm -f "$1.record"
	at "$1" signer record export -o "$1.record"
	quorate signer record verify "$1.record" >/dev/null || fail "$1: the record is not whole"
	python3 "$SRC/tests/foreign/record.py" "$1.record" >/dev/null || fail "$1: not for the second reader"
	grep -q "$2" "$1.record" || fail "$1: not in the record: $2"
}
draft 1 r1
propose r1
signed r1.note
show r1.note
for p in alice bob; do look $p; done
exits 0 at alice status || fail 'an alarm without a reason'

# ---- an entry that one of two signed --------------------------------------
draft 2 x
quorate sign x.txt --key bob.key --yes -o x.note >/dev/null 2>&1
show r1.note x.note
for p in alice bob; do
	look $p
	until_true exits 6 at $p status
	grep -q '^alarms 1 entry 2 cannot be explained: ' said || fail "$p says: $(cat said)"
	grep -q '^log ALARM: entry 2 ' said || fail "$p is not locked: $(cat said)"
done
until_true grep -q '^QUORATE_KIND=alarm$' told
draft 2 r2
propose r2
for p in alice bob; do look $p; done # it is offered to both
state_is open || fail 'signed in spite of an alarm'
grep -q '^approved' status && fail 'approved in spite of an alarm'
# alice is started again: that calms nothing
stop alice
signer_start alice
exits 6 at alice status || fail 'forgotten by a restart'
record_is alice '^what alarm$'
for p in alice bob; do at $p unlock --alarms >said; done
grep -q "^$authority 1 alarms$" said || fail "unlock says: $(cat said)"
signed r2.note
exits 0 at alice status || fail "still alarmed: $(cat said)"
record_is alice '^what calmed$'

# ---- a fork ------------------------------------------------------------------
show r1.note r2.note x.note
look alice
until_true exits 6 at alice status
grep -q '^alarms 1 ' said || fail "not one alarm: $(cat said)"
look alice
look alice
exits 6 at alice status || fail 'a fork is forgotten'
grep -q '^alarms 1 ' said || fail "a fork is said again and again: $(cat said)"
# whoever only says that it is well is told again
at alice unlock --alarms >/dev/null
until_true exits 6 at alice status
show r1.note x.note r2.note
at alice unlock --alarms >/dev/null
until_true exits 0 at alice status
record_is alice '^bytes evidence '

# ---- a state that was put back --------------------------------------------------
stop alice
cp -r alice.state alice.backup
signer_start alice
look bob
draft 3 r3
propose r3
signed r3.note
grep -q '^— alice' r3.note || fail 'alice did not sign'
stop alice
show r1.note x.note r2.note r3.note
# over the old file, which nobody can tell but the log
rm -f alice.state/record.db-*
cp alice.backup/record.db alice.state/record.db
signer_start alice
at alice status >said || fail "alarmed: $(cat said)"
grep -q '^restored ' said || fail "it was not found out: $(cat said)"
record_is alice '^says the log has a line of ours that this record never gave$'
draft 4 r4
propose r4
until_true refused_by alice.example restored
signer_start carol # the others go on; carol meets that entry now
at carol unlock --alarms >/dev/null
signed r4.note
grep -q '^— alice' r4.note && fail 'alice signed what she may have used'
show r1.note x.note r2.note r3.note r4.note
# what is beyond every step that was possible then is free
stop carol
draft 20 r5
propose r5
signed r5.note
grep -q '^— alice' r5.note || fail 'alice does not sign what she cannot have used'

# ---- and one that says so itself: nothing of it is in the log --------------------
stop alice
: >alice.state/restored
show r1.note x.note r2.note r3.note r4.note r5.note
signer_start alice
[ ! -e alice.state/restored ] || fail 'the file is still there'
at alice status | grep -q '^restored ' || fail 'what the file declares is not taken'
draft 21 r6
propose r6
until_true refused_by alice.example restored
stop alice
signer_start alice
at alice status | grep -q '^restored ' || fail 'forgotten by a restart'
record_is alice "^says said by the file 'restored'$"
at alice unlock --restored >/dev/null
at alice status | grep -q '^restored ' && fail 'not lifted'
record_is alice '^what lifted$'

# ---- and one of which nothing is in the log, that says nothing: a copy ---------------
stop alice
mv alice.state alice.moved
mv alice.moved alice.state
signer_start alice
at alice status | grep -q '^restored ' && fail 'what is moved is no copy'
stop alice
cp -r alice.state alice.copied
rm -rf alice.state
mv alice.copied alice.state
signer_start alice
if [ "$(stat -c %W alice.state/record.db)" != 0 ]; then # the file system says when it was made
	at alice status | grep -q '^restored ' || fail 'a copy is not found out'
	record_is alice "^says the record's file is a copy$"
	at alice unlock --restored >/dev/null
	stop alice
	signer_start alice
	at alice status | grep -q '^restored ' && fail 'found out again'
else
	echo 'SKIPPED: a copy is found out: this file system does not say when files were made'
fi
sleep 1 # a later text, by its time
draft 22 r7
propose r7 "?supersedes=$id"
signed r7.note
grep -q '^— alice' r7.note || fail 'alice does not sign again'
all_well
