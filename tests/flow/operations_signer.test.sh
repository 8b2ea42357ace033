#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What docs/operations.md tells those who run signers, run in the life of one of
# three who share a key.
set -eu
flow=operations_signer
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
. "$SRC/tests/flow/operations_help.sh"
all='alice bob carol'
key() { # as in party_help.sh, but for alice's, which the page makes
	[ -f "$1.key" ] || quorate key new --fast --name "$2" --type "$3" -o "$1.key" >/dev/null
}
key ci ci.example proposer
coordinator=http://127.0.0.1:1 log=http://127.0.0.1:1
signer_config alice alice.example automatic # it is checked, and not yet started
run signer-open
[ "$(sed -n 1p signer-open.out)" = "$(cat alice.pub)" ] || fail "not the vkey: $(cat signer-open.out)"
world_start alice bob carol
genesis 'three 2 alice bob carol'
printf 'of the page\n' >page.pass
run signer-page
grep -q '^roster 1 ' alice.page || fail "no page: $(cat alice.page)"
release 1 1
run signer-daily
grep -q '^role sharer$' signer-daily.out || fail "status: $(cat signer-daily.out)"

# something has happened: it signs nothing until somebody has said what
run signer-alarm
at alice status >status.alice || :
! grep -qx 'frozen no' status.alice || fail "not frozen: $(cat status.alice)"
run signer-unlock
at alice status >status.alice || fail "not well: $(cat status.alice)"
grep -qx 'frozen no' status.alice || fail "frozen still: $(cat status.alice)"

run signer-reshare
run signer-accept
ceremony=$(cat id) code=$(cat code)
reshare_accept bob carol
run signer-watch
for p in $all; do until_true is_in_force $p 2; done
run signer-page-2
grep -q '^roster 2 ' alice.page.2 || fail "no second page: $(cat alice.page.2)"
release 2 2

# all is lost
stop alice
mkdir lost
mv alice.state alice.key alice.pub lost
quorate signer restore alice.page --fast --page-passphrase-file page.pass --roster roster.file --key alice.key --state alice.state 2>said &&
	fail 'the page of a roster that has a successor'
grep -q RC_BACKUP_DEAD said || fail "says: $(cat said)"
run signer-restore
cmp alice.pub lost/alice.pub || fail 'another key'
signer_config alice alice.example automatic trust.full
signer_start alice
at alice status >status.alice || :
grep -q '^role sharer$' status.alice && grep -q '^restored ' status.alice || fail "$(cat status.alice)"
at alice unlock --restored
stop bob # it is needed
release 3 2

# a witness gets another key: the next text names it
run trust-witness
grep -qx "witness w1 $(cat new.pub) CH" next.txt || fail "not in the text: $(cat next.txt)"
all_run 'signer|trust'
all_well
