#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Keys of secp256k1 by hand: an authority of one signer and one root of each
# suite, both of which must sign. Made, signed with, logged, verified here and
# by the second reader, audited. What wants Ed25519 refuses such a key, and a
# device says that it has no verifier for it.
set -eu
flow=bip340
. "$SRC/tests/flow/party_help.sh"
refused() { # WORDS COMMAND...
	want=$1
	shift
	"$@" >talk 2>&1 && fail "accepted: $*"
	grep -q -- "$want" talk || fail "not for '$want': $*: $(cat talk)"
}
new() { quorate key new --fast --suite secp256k1 --name "$2" --type "$3" -o "$1.key"; }
key alice alice.example/release signer
key anna anna.example/root root
log_keys
new bob bob.example/release signer >pub
[ "$(cat pub)" = "$(cat bob.pub)" ] || fail 'key new prints another key'
grep -q '^bob.example/release+[0-9a-f]\{8\}+/3F1b3JhdGUvYmlwMzQw' bob.pub || fail 'the key is not of type 0xff'
new berit berit.example/root root >/dev/null
quorate key show bob.key --open >talk || fail "$(cat talk)"
grep -q 'type 0xff quorate/bip340' talk && grep -q 'opens yes' talk || fail "$(cat talk)"
for type in party proposer owner log witness mirror; do
	refused 'is ed25519' new no no.example $type
done
refused "no suite 'p256'" quorate key new --suite p256 --name no.example --type root -o no.key
[ ! -e no.key ] || fail 'a key was made all the same'

authority=example/release/test
cat >trust.draft <<NOTE
quorate/trust@v1
name $authority
signer alice @alice.pub CH
signer bob @bob.pub IS
group both all alice bob
quorum both
root anna @anna.pub CH
root berit @berit.pub IS
group board all anna berit
root-quorum board
$(seen_draft)
NOTE
quorate trust new --draft trust.draft -o trust.txt 2>talk || fail "$(cat talk)"
for k in anna berit alice bob; do
	quorate sign trust.txt --key $k.key --yes -o trust.$k >/dev/null 2>talk || fail "$(cat talk)"
done
# its line again is its line still, though a second signature is another
quorate sign trust.bob --key bob.key --yes -o trust.bob2 >/dev/null 2>talk
cmp -s trust.bob trust.bob2 && grep -q 'already signed' talk || fail 'signed twice'
quorate merge trust.anna trust.berit trust.alice trust.bob -o trust.note 2>talk || fail "$(cat talk)"
log_start "$(quorate trust id trust.note)"
quorate append trust.note --log "$log" -o trust.file >/dev/null 2>talk || fail "$(cat talk)"

head -c 1000 /dev/urandom >app.bin
quorate release app=app.bin --product example/board --version 1.0 --sequence 1 --trust trust.note --draft-only -o r.txt 2>talk ||
	fail "$(cat talk)"
for k in alice bob; do quorate sign r.txt --key $k.key --yes -o r.$k >/dev/null 2>&1; done
quorate merge r.alice r.bob --trust trust.note -o r.note 2>talk || fail "$(cat talk)"
refused RC_QUORUM quorate append r.alice --log "$log" -o app.bin.release
python3 - <<'PY' # one bit of bob's signature
import base64
name = '\u2014 bob.example/release '.encode()
out = []
for line in open('r.note', 'rb'):
    if line.startswith(name):
        blob = bytearray(base64.b64decode(line[len(name):]))
        blob[60] ^= 1
        line = name + base64.b64encode(blob) + b'\n'
    out.append(line)
open('forged.note', 'wb').writelines(out)
PY
refused RC_SIGNATURE_INVALID quorate append forged.note --log "$log" -o app.bin.release
quorate append r.note --log "$log" -o app.bin.release >/dev/null 2>talk || fail "$(cat talk)"
quorate verify app.bin --trust trust.note >talk 2>&1 || fail "$(cat talk)"
python3 "$SRC/tests/foreign/verify.py" app.bin --trust trust.note >talk 2>&1 || fail "the second reader: $(cat talk)"
quorate audit "$log" --trust trust.note >talk 2>&1 || fail "audit: $(cat talk)"
grep -q '^verdict ok$' talk || fail "$(cat talk)"

# what wants another kind
refused RC_KEY_TYPE quorate trust --device trust.file -o trust.h
refused 'wants an Ed25519 key' quorate party new --name bob --key bob.key --label IS --contact nobody -o bob.card
# a public half that is another's
key other bob.example/release signer
cp bob.pub other.pub
refused 'does not belong' quorate key show other.key --open
all_well
