#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A key of secp256k1 made by three parties, beside a plain Ed25519 key in one
# quorum: born, released with, reshared to others, refreshed in a log that
# auditors of two languages read. Hosts take its signatures, devices say that
# they have no verifier for it.
set -eu
flow=curves
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol dana erin'
plain_signers=erin
world_start alice bob carol
genesis_options='--suite secp256k1'
genesis 'three 2 alice bob carol'
grep -q '^suite secp256k1$' draft.bundle || fail 'not what was drafted'
grep -q "^signer release $authority+[0-9a-f]*+/3F1b3JhdGUvYmlwMzQw" trust.full || fail 'the key is not of type 0xff'
[ "$(grep -c '^share [a-z]* A[A-Za-z0-9+/]\{43\}$' roster.note)" = 3 ] || fail 'shares without a parity'
quorate trust check trust.full 2>talk || fail "$(cat talk)"
signer_config erin erin.example automatic trust.full
signer_start erin

foreign() { # FILE: the second reader says so too
	python3 "$SRC/tests/foreign/verify.py" app.bin --release "$1" --trust trust.full >foreign.out 2>&1 ||
		fail "the second reader refuses $1: $(cat foreign.out)"
}
release 1 1
[ "$(grep -c '^— ' r1.signed)" = 4 ] || fail 'not the group, erin and two parties'
foreign r1.release
# one bit of the group's signature
python3 - "$authority" <<PY
import base64, sys
name = ('\u2014 %s ' % sys.argv[1]).encode()
out = []
for line in open('r1.release', 'rb'):
    if line.startswith(name):
        blob = bytearray(base64.b64decode(line[len(name):]))
        blob[60] ^= 1
        line = name + base64.b64encode(blob) + b'\n'
    out.append(line)
open('forged.release', 'wb').writelines(out)
PY
cmp -s r1.release forged.release && fail 'nothing was altered'
quorate verify app.bin --release forged.release --trust trust.full >talk 2>&1 && fail 'a forged signature verifies'
grep -q RC_SIGNATURE_INVALID talk || fail "$(cat talk)"
python3 "$SRC/tests/foreign/verify.py" app.bin --release forged.release --trust trust.full >/dev/null 2>&1 &&
	fail 'a forged signature verifies elsewhere'
draft 2 forged 1
sed 's/^product.*/product example\/other/' forged.txt >forged.txt2
{ cat forged.txt2 && echo && grep '^— ' r1.signed; } >forged.note
quorate append forged.note --log "$log" -o forged.file 2>talk && fail 'the log took a forged note'
grep -q RC_SIGNATURE_INVALID talk || fail "$(cat talk)"

# no device has a verifier for it, and says so
quorate trust --device trust.file -o trust.h 2>talk && fail 'a header of what no device can verify'
grep -q RC_KEY_TYPE talk || fail "not for the key's type: $(cat talk)"
quorate key purpose sshsig --trust trust.full --signer release >talk 2>&1 && fail 'a purpose under a key that its reader cannot have'
grep -q 'nor ssh-keygen verifies' talk || fail "not said why: $(cat talk)"
note-maker device r1.release trust.full example/board >talk 2>&1 && fail 'a device takes it'
grep -q 'RC_KEY_TYPE' talk || fail "a device refuses it for something else: $(cat talk)"

# reshared along a tree, to others; killed once on the way
signer_config dana dana.example automatic trust.full
signer_start dana
reshare_draft roster.file 'swiss any alice bob
regions all swiss dana' alice bob dana
reshare_accept alice bob carol
ended "$(cat alice.pid)"
signer_start alice
reshare_run dana
in_force 2 alice bob dana
release 2 2
foreign r2.release
ended "$(cat alice.pid)" "$(cat dana.pid)"
signer_start alice
signer_start dana
release 3 2

# everybody who reads the log
quorate audit "$log" --trust trust.full --state audited >audit.out 2>talk || fail "audit: $(cat audit.out talk)"
grep -q '^verdict ok$' audit.out || fail "$(cat audit.out)"
python3 "$SRC/tests/foreign/audit.py" "$log" --trust trust.full --state audited.py >foreign.out 2>&1 || fail "the second auditor: $(cat foreign.out)"
grep -q '^verdict ok$' foreign.out || fail "$(cat foreign.out)"
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
