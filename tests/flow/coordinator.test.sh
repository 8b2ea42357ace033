#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `quorate release` through a coordinator that is killed in the middle, two
# parties answering by hand; then a ceremony's draft, as far as it goes
# without signers.
set -eu
flow=coordinator
. "$SRC/tests/flow/party_help.sh"
key alice alice.example/release signer
key bob bob.example/release signer
key carol carol.example/release signer
key anna anna.example/root root
log_keys
key pipeline acme.example/ci proposer
authority=example/release/test
plain_draft
trust_sign anna alice bob carol
log_start "$(quorate trust id trust.note)"
quorate append trust.note --log "$log" -o trust.note.file

# the coordinator; a bad configuration is told where
cat >c.ini <<INI
[coordinator]
listen = 127.0.0.1:0
state = coordinator
[authority example/release/test]
trust = trust.note.file
[proposer pipeline]
vkey = $(cat pipeline.pub)
products = example/*
INI
quorate-coordinatord --config c.ini --check-config | grep -q ok || fail 'check-config'
sed 's/^products.*/products = a*b/' c.ini >bad.ini
if quorate-coordinatord --config bad.ini --check-config 2>said; then fail 'a bad pattern'; fi
grep -q 'bad.ini:8:' said || { cat said; fail 'no line of the mistake'; }
serve c quorate-coordinatord
c=$address
port=${c##*:}
sed -i "s/^listen.*/listen = 127.0.0.1:$port/" c.ini
cat >quorate.ini <<INI
[authority]
name = example/release/test
trust = trust.note
[log home]
url = $log
[coordinator]
url = $c
[proposer]
key = pipeline.key
INI
head -c 5000 /dev/urandom >firmware.bin
proposed=$(date +%s)
release() {
	quorate release app=firmware.bin --product example/board --version 1.0 \
		--sequence 1 --proposed "$proposed" "$@"
}
release --draft-only -o r.txt
release --wait 60s -o firmware.bin.release 2>release.err &
waiting=$!
for k in alice bob; do
	quorate sign r.txt --key $k.key --yes -o r.$k >/dev/null 2>&1
done
post() { curl -s -o said -w '%{http_code}' --data-binary @"$1" "$c/v1/messages"; }
n=0
until [ "$(post r.alice)" = 200 ]; do
	n=$((n + 1))
	[ $n -lt 600 ] || { cat said release.err; fail 'the proposal does not come'; }
	sleep 0.1
done
# it is heard of at once
until_true grep -q 'approved by alice.example/release' release.err
# killed without warning, back on the same port: nothing is forgotten
kill -9 "$pid"
wait "$pid" 2>/dev/null || :
serve c quorate-coordinatord
[ "$(post r.bob)" = 200 ] || { cat said; fail 'the second line'; }
[ "$(post r.bob)" = 200 ] || { cat said; fail 'said twice'; }
wait $waiting || { cat release.err; fail 'quorate release'; }
quorate verify firmware.bin --trust trust.note
# again: the same file, nothing new
release --wait 5s -o again.release 2>/dev/null
cmp again.release firmware.bin.release || fail 'a rerun gave another file'
# nobody answers: pending, and nothing is lost
code=0
quorate release app=firmware.bin --product example/board --version 1.1 --sequence 2 \
	--wait 1s -o two.release 2>/dev/null || code=$?
[ $code = 4 ] || fail "exit $code instead of 4"
code=0
quorate release app=firmware.bin --product example/board --version 1.2 --sequence 3 \
	--wait 1s -o three.release 2>said || code=$?
[ $code = 5 ] || fail "exit $code instead of 5"
grep -q 'is open for this product' said || { cat said; fail 'no word of the other one'; }

# a ceremony
for k in dana emil; do
	key $k $k.example/release party
	quorate party new --name $k --key $k.key --label CH --contact "$k@example.org" -o $k.party 2>/dev/null
done
sed -e 's/^signer alice.*/signer release @ -/' -e '/^signer bob/d' -e '/^signer carol/d' \
	-e '/^group two/d' -e 's/^quorum two/quorum release/' \
	-e 's/^name .*/name example\/group\/test/' trust.draft >template.draft
printf 'about\nshared release\n' >>template.draft
quorate trust new --draft template.draft -o template.txt 2>said || { cat said; fail 'template'; }
draft() {
	quorate ceremony draft --authority example/group/test --signer release \
		--key-name example/group/key --party dana.party --party emil.party \
		--quorum g --trust-template template.txt --key pipeline.key --deadline 10m "$@"
}
code=$(draft --group 'g all emil dana' -o draft.bundle 2>said)
grep -q 'both dana (CH) and emil (CH)' said || { cat said; fail 'words'; }
[ "$(quorate ceremony code draft.bundle 2>/dev/null)" = "$code" ] || fail 'two codes'
echo "$code" | grep -Eq '^([bdfghjklmnprstvz][aiou][bdfghjklmnprstvz][aiou][bdfghjklmnprstvz]-?){8}$' ||
	fail "not a code: $code"
if draft --group 'g any emil dana' -o lone.bundle 2>said; then fail 'a lone signer'; fi
grep -q RC_TREE said || { cat said; fail 'no word of the lone signer'; }
id=$(quorate ceremony propose draft.bundle --coordinator "$c" 2>/dev/null)
[ "$id" = "$(quorate ceremony propose draft.bundle --coordinator "$c" 2>/dev/null)" ] || fail 'id'
code=0
quorate ceremony watch "$id" --coordinator "$c" --key pipeline.key --wait 1s --out born 2>said || code=$?
[ $code = 4 ] || { cat said; fail "watch: exit $code instead of 4"; }
grep -q '0 accepted' said || { cat said; fail 'watch says nothing'; }
all_well
