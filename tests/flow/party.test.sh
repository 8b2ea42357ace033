#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Three plain parties, one daemon each, a coordinator, a log: releases that
# are approved by rule and by a person, one that is refused, a killed party,
# a frozen one, one that cannot read the log.
set -eu
flow=party
. "$SRC/tests/flow/party_help.sh"
plain_start
key stranger ci.example proposer
signer_config alice alice.example automatic trust.note
signer_config bob bob.example automatic trust.note
signer_config carol carol.example person trust.note
printf '%s\n' '#!/bin/sh' "env | grep ^QUORATE_ | sort >$dir/notified.new && mv $dir/notified.new $dir/notified" >notify.sh
chmod +x notify.sh
sed -i 's/^approval = person$/approval = person\nnotify = notify.sh/' carol.ini
quorate-signerd --config carol.ini --check-config
for p in alice bob carol; do signer_start $p; done
head -c 1000 /dev/urandom >app.bin
draft() { # SEQUENCE OUT [PRODUCT]: with the proposer's line
	quorate release app=app.bin --product "${3:-example/board}" --version "1.0-$2" \
		--sequence "$1" --trust trust.note --draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
}
finish() { # NOTE: log it, and look at it as a device would
	quorate append "$1" --log "$log" -o "$1.release" >/dev/null 2>&1
	quorate verify app.bin --release "$1.release" --trust trust.note >/dev/null
}

# two of three by rule
draft 1 r1
propose r1
signed r1.note
[ "$(grep -c '^— ' r1.note)" = 2 ] || fail 'not two lines'
finish r1.note

# a sequence that is logged: the two that judge refuse, which ends it
draft 1 r2
propose r2
until_true state_is refused
refuser=$(sed -n 's/^refused \([a-z]*\)\.example bound$/\1/p' status | head -n 1)
[ -n "$refuser" ] || fail "not for its sequence: $(cat status)"

# a product that nobody here releases is not even offered; a step too far is
draft 18 r3
propose r3
until_true state_is refused
grep -q ' step' status || fail 'not for its step'

# bob is killed: carol's operator is told, looks, approves
kill -9 "$(cat bob.pid)"
draft 2 r4
propose r4
until_true grep -q "^QUORATE_ID=$id\$" notified
grep -q '^QUORATE_SEQUENCE=2$' notified || fail 'carol was not told the sequence'
signed_now() { state_is signed; }
if signed_now; then fail 'signed without a person'; fi
at carol pending | grep -q "^$id $authority example/board 2 " || fail 'nothing pending'
at carol pending "$id" >shown
sed -n '/^quorate\//,/^$/p' shown | sed '$d' | cmp -s - r4.txt || fail 'another text is shown'
grep -q '^  - sequence 1$' shown && grep -q '^  + sequence 2$' shown || fail 'no difference is shown'
grep -q '^proposer ci$' shown || fail 'not who asked'
grep -q 'permits this' shown || fail 'not what it permits'
[ "$(stat -c %a carol.sock)" = 600 ] || fail 'anybody may speak for carol'
at carol approve "$id" --yes | grep -q '^approved' || fail 'not approved'
signed r4.note
grep -q '^— carol' r4.note || fail 'carol did not sign'
decided=$id
finish r4.note

# bob comes back, with the record of before
signer_start bob
draft 3 r5
propose r5
signed r5.note
finish r5.note
grep -q 'bob' r5.note || fail 'bob did not sign'

# a person refuses; alice is frozen: nothing comes of it
at alice freeze || fail 'not frozen'
draft 4 r6
propose r6
until_true sh -c "grep -q '$id: for a person' carol.log"
at carol refuse "$id" --reason 'it smells' | grep -q '^refused: it smells' || fail 'not refused'
until_true state_is refused
at alice status | grep -q '^frozen yes' || fail 'alice does not say so'
at alice unlock || fail 'not unlocked'

# the log goes away: nobody judges; it comes back: they do
log_pid=$(echo "$pids" | tr ' ' '\n' | sed -n 4p)
log_listen=${log#http://}
kill "$log_pid"
wait "$log_pid" || :
draft 5 r7
propose r7
says_why() { at "$1" status | grep -q '^log log log.example: '; }
for p in alice bob; do until_true says_why $p; done # they have tried
state_is open || fail 'judged without the log'
sed -i "s|^listen = .*|listen = $log_listen|" log.ini
serve log quorate-logd
until_true state_is signed
signed r7.note
finish r7.note

# two people approve by mail: each signs what was sent to them, and a stranger
for k in dora emma mallory; do ssh-keygen -q -t ed25519 -N '' -C $k -f $k; done
for k in dora emma; do printf '%s@carol.example %s\n' $k "$(cut -d' ' -f1,2 $k.pub)"; done >approvers
stop carol
sed -i 's/^approval = person$/approval = person\napprovers = approvers\napprovals = 2/' carol.ini
stop bob
signer_start carol
# nothing that was decided before is said again for whoever has the socket
if at carol approve "$decided" --yes >/dev/null 2>&1; then fail 'said again without an approver'; fi
draft 6 r8
quorate-signerd --config carol.ini --explain r8 >explained || fail "not explained: $(cat explained)"
grep -q '^ok sequence' explained && grep -q '^would ask a person: .* 0 of 2' explained ||
	fail "explained otherwise: $(cat explained)"
quorate sign r8.txt --key stranger.key --yes -o r8.stranger >/dev/null 2>&1
if quorate-signerd --config carol.ini --explain r8.stranger >explained; then fail 'a stranger is explained away'; fi
grep -q '^no proposer: ' explained && grep -q '^would refuse: ' explained || fail 'not why'
propose r8
until_true sh -c "grep -q '$id: for a person' carol.log"
at carol pending "$id" --text >mailed.txt
cmp -s mailed.txt r8.txt || fail 'another text is mailed'
if at carol approve "$id" --yes >/dev/null 2>&1; then fail 'approved by the socket alone'; fi
for k in dora emma mallory; do
	cp mailed.txt $k.txt
	ssh-keygen -q -Y sign -n quorate-approve -f $k $k.txt
done
ssh-keygen -q -Y sign -n file -f emma mailed.txt
if at carol approve "$id" --sshsig mailed.txt.sig >/dev/null 2>&1; then fail 'a signature for something else'; fi
if at carol approve "$id" --sshsig mallory.txt.sig >/dev/null 2>&1; then fail 'a stranger approves'; fi
code=0
at carol approve "$id" --sshsig dora.txt.sig >said || code=$?
[ $code = 4 ] || fail "one of two ends with $code: $(cat said)"
code=0
at carol approve "$id" --sshsig dora.txt.sig >said || code=$?
[ $code = 4 ] || fail 'one person twice is two'
state_is open || fail 'signed with one of two'
at carol approve "$id" --sshsig emma.txt.sig | grep -q '^approved' || fail 'two of two do not approve'
signed r8.note
finish r8.note
at carol history | grep -q ' approve .* emma@carol.example: ' || fail 'not by whom'
signer_start bob

# every decision is kept, and who took it
at carol history >history
grep -q ' approve .* uid [0-9]*: ' history || fail 'the person is not recorded'
at "$refuser" history | grep -q ' refuse .* bound policy: ' || fail 'no refusal recorded'
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
