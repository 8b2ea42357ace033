#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Five parties make a key together, 3 of 5; their roster and trust text go
# into a log; they sign releases with it. Killed and started again at every
# stage: before accepting, between accept and deal, after the birth, between
# approval and package.
set -eu
flow=birth
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
parties='alice bob carol dana emil'
all=$parties
coordinator_listen=127.0.0.1:0
world_start $parties
# the ceremony: the code is compared, another is refused
genesis_draft 'three 3 alice bob carol dana emil'
for p in $parties; do
	at $p ceremony show "$ceremony" >shown || fail "$p does not know of it"
	grep -q "^code $code\$" shown || fail "$p sees another code"
done
# in words, before anybody accepts; and what is not even drafted in earnest
at alice ceremony show "$ceremony" 2>words >/dev/null
grep -q 'when these agree: any 3 of alice (CH), bob (CH), carol (CH), dana (CH) and emil (CH)$' words || fail "$(cat words)"
grep -q 'of 5 parties 3 can sign (in 10 ways), and 3 can stop every signature (in 10)$' words || fail "$(cat words)"
grep -q 'the jurisdiction CH can sign alone$' words || fail "$(cat words)"
sed 's|^name .*|name example/release|' template.txt >earnest.txt
quorate ceremony draft --authority example/release --signer release --key-name $authority \
	--quorum three --group 'three 3 alice bob carol dana emil' --trust-template earnest.txt \
	--key ci.key $options -o earnest.bundle 2>words && fail 'one jurisdiction alone, and drafted'
grep -q 'the jurisdiction CH can sign alone$' words && [ ! -e earnest.bundle ] || fail "$(cat words)"
if at alice ceremony accept "$ceremony" --code babab-babab-babab-babab-babab-babab-babab-babab 2>talk; then
	fail 'a wrong code was taken'
fi
grep -q RC_CEREMONY_CODE talk || fail 'not for its code'
at alice pending | grep -q "^$ceremony $authority ceremony " || fail 'it does not wait'
[ -z "$(ls alice.state/dkg-* 2>/dev/null)" ] || fail 'a key before the code'
kill -9 "$(cat alice.pid)"
signer_start alice
reshare_accept alice bob carol dana
ls bob.state/dkg-* >/dev/null || fail 'no DKG key at rest'
kill -9 "$(cat bob.pid)"
signer_start bob
reshare_accept emil
reshare_watch || { cat watch.log; fail 'nothing was born'; }
for p in $parties; do
	[ -s $p.state/share-example+release+test ] || fail "$p has no share"
	[ -z "$(ls $p.state/dkg-* 2>/dev/null)" ] || fail "$p kept the DKG key"
done
[ "$(grep -c '^— ' roster.note)" = 6 ] || fail 'not all parties under the roster'

# nothing is signed before the roster is in the log
quorate sign trust.note --key anna.key --yes -o trust.anna >/dev/null 2>&1
quorate merge trust.anna -o trust.full 2>>said
head -c 1000 /dev/urandom >app.bin
draft() { # SEQUENCE OUT: with the proposer's line
	quorate release app=app.bin --product example/board --version "1.0-$2" --sequence "$1" \
		--roster release=1 --trust trust.full --draft-only -o "$2.txt" 2>>said
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
}
finish() { # NOTE: log it, and look at it as a device would
	quorate append "$1" --log "$log" -o "$1.release" >/dev/null 2>&1 ||
		{ quorate append "$1" --log "$log" -o "$1.release" || :; fail "$1 was not logged"; }
	quorate verify app.bin --release "$1.release" --trust trust.full >/dev/null
}
draft 1 r1
propose r1
sleep 0.3
state_is open || fail 'signed before the roster was logged'
log_start "$(quorate trust id trust.full)"
quorate append trust.full --log "$log" -o trust.file
quorate append roster.note --log "$log" -o roster.file
signed r1.note
[ "$(grep -c '^— ' r1.note)" = 4 ] || fail 'not the group and three parties'
finish r1.note

# two are killed: three are enough; a third comes back with its share
kill -9 "$(cat alice.pid)" "$(cat dana.pid)"
draft 2 r2
propose r2
signed r2.note
finish r2.note
kill -9 "$(cat emil.pid)"
draft 3 r3
propose r3
sleep 0.5
state_is open || fail 'two of five signed'
signer_start dana
signed r3.note
grep -q '^— dana' r3.note || fail 'dana did not sign'
finish r3.note

# one after the other, all at once approved: how long a release takes
signer_start alice
signer_start emil
has_read() { at alice status | grep -q '^log read'; }
until_true has_read
for n in 4 5 6 7 8; do
	draft $n t
	curl -sS -o status --data-binary @t -H 'Content-Type: text/plain; charset=utf-8' "$coordinator/v1/proposals"
	id=$(sed -n 's/^release //p' status)
	began=$(date +%s%N)
	until [ "$(curl -sS "$coordinator/v1/proposals/$id?wait=5&change=$(sed -n 's/^change //p' status)" -o status; sed -n 's/^state //p' status)" = signed ]; do :; done
	echo "release $n: $((($(date +%s%N) - began) / 1000000)) ms" >&2
	sed '1,/^$/d' status >t.note
	finish t.note
done
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
# what a sharer let go: shares, commitments, lines, all approved and bound
quorate signer record export --socket dana.sock -o dana.record
quorate signer record verify dana.record --key "$(cat dana.pub)" >said || fail 'the record is not whole'
python3 "$SRC/tests/foreign/record.py" dana.record --key "$(cat dana.pub)" | cmp - said || fail 'the readers differ'
for what in share commit line approve born; do
	grep -q "^which $what$" dana.record || fail "not in the record: $what"
done
all_well
