#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A party takes another identity key. It makes one, runs a second signer with
# it, and a reshare puts that in the place of the first; the key name on notes
# stays. Releases go on under the same trust text. The old key, which somebody
# may have, is then nobody's: coordinator, log, device and the other signers
# are each tried. The passphrase comes as the service manager hands it over, and
# opens the new key and the new share; a page printed before the reshare is dead.
set -eu
flow=rotate
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol alice-new'
world_start alice bob carol
genesis 'three 2 alice bob carol'
release 1 1
printf 'of the page\n' >page.pass
backup() { # KEY STATE ROSTER OUT
	quorate signer backup --key "$1.key" --state "$2" --roster "$3" --fast \
		--page-passphrase-file page.pass -o "$4"
}
cp roster.file roster.1
backup alice alice.state roster.1 page.1
[ "$(cut -d+ -f1 alice.pub)" = "$(cut -d+ -f1 alice-new.pub)" ] &&
	! cmp -s alice.pub alice-new.pub || fail 'not one name and two keys'

# ---- the new key, with a credential of the service manager's -----------------------
signer_config alice-new alice.example automatic trust.full
sed -i 's/^passphrase-file = .*/credential = pass/' alice-new.ini
mkdir -m 700 credentials
env -u QUORATE_PASSPHRASE_FILE "$BIN/quorate-signerd" --config alice-new.ini >none.log 2>&1 &&
	fail 'it starts without a credential'
grep -q "credential 'pass': CREDENTIALS_DIRECTORY is not set" none.log || fail "says: $(cat none.log)"
printf 'not it\n' >credentials/pass
code=0
env -u QUORATE_PASSPHRASE_FILE CREDENTIALS_DIRECTORY="$dir/credentials" \
	quorate-signerd --config alice-new.ini >>alice-new.log 2>&1 || code=$?
[ $code = 1 ] || fail "another passphrase: status $code"
grep -q "cannot open the key 'alice-new.key': wrong passphrase" alice-new.log || fail "says: $(cat alice-new.log)"
cp passphrase credentials/pass
new_start() {
	signer_start alice-new env -u QUORATE_PASSPHRASE_FILE CREDENTIALS_DIRECTORY="$dir/credentials"
}
new_start

# ---- it takes the place of the old one -----------------------------------------------
reshare_draft roster.1 'three 2 alice-new bob carol' alice-new bob carol
grep -q 'alice-new joins' talk && grep -q 'alice leaves' talk || fail "not said who comes and goes: $(cat talk)"
reshare_accept alice alice-new bob carol
reshare_watch || { cat watch.log; fail 'no roster'; }
release 2 1 # the old one signs until the log has the new roster
in_force 2 alice-new bob carol
role_is() { at "$1" status | grep -q "^role $2"; }
until_true role_is alice nobody
[ -z "$(ls alice.state/share-* 2>/dev/null)" ] || fail 'the old key keeps its share'
ended "$(cat bob.pid)" # so that it takes the new one
release 3 2
grep -q "^— alice.example $(cut -d+ -f2 alice-new.pub | xxd -r -p | base64 | cut -c1-5)" r3.signed ||
	fail 'the new key did not sign'
signer_start bob
# and it comes back with its credential: key and share
ended "$(cat alice-new.pid)"
new_start
role_is alice-new sharer || fail "the share is not opened: $(at alice-new status)"
ended "$(cat carol.pid)"
release 4 2
signer_start carol

# ---- the old key is nobody's --------------------------------------------------------------
ended "$(cat alice.pid)" "$(cat bob.pid)" # a thief has alice's now
draft 5 r5 2
propose r5.note
signed r5.signed
# the coordinator: an approval, a refusal
draft 6 r6 2
ended "$(cat carol.pid)"
propose r6.note
tell() { # FILE CODE: said to the coordinator, answered so
	status=$(curl -sS -o answer -w '%{http_code}' --data-binary "@$1" \
		-H 'Content-Type: text/plain; charset=utf-8' "$coordinator/v1/messages")
	[ "$status" = "$2" ] || fail "$1: $status $(cat answer)"
}
printf 'quorate/refuse@v1\nrelease %s\ncode person\n' "$id" >refuse.txt
printf 'quorate/approve@v1\nrelease %s\n' "$id" >approve.txt
for what in approve refuse; do
	for k in alice alice-new; do
		resign alice.example $k.key passphrase <$what.txt >$what.$k
	done
	tell $what.alice 403
done
state_is open || fail 'the old key refuses for its party'
# the log: its line in the place of the new one
text_of() { sed '/^$/,$d' "$1"; }
lines_of() { sed '1,/^$/d' "$1"; }
text_of r5.signed | resign alice.example alice.key passphrase | sed -n '$p' >old.line
text_of r5.signed | resign alice.example alice-new.key passphrase | sed -n '$p' >new.line
grep -qxF "$(cat new.line)" r5.signed || fail 'the new line is not what the log was to see'
lines_of r5.signed | grep -vxF "$(cat new.line)" >other.lines
[ "$(wc -l <other.lines)" = 2 ] || fail 'not the group and another party'
{ text_of r5.signed; echo; sed -n 1p other.lines; cat old.line; sed -n 2p other.lines; } >r5.old
cmp -s r5.old r5.signed && fail 'nothing was exchanged'
if quorate append r5.old --log "$log" -o r5.no >append.log 2>&1; then fail 'the log takes the old key'; fi
grep -q RC_LOG append.log || fail "the log says: $(cat append.log)"
quorate append r5.signed --log "$log" -o r5.release 2>append.log || fail "not logged: $(cat append.log)"
# the device: instead of the group's, in a file that is logged
sed "s|^— $authority .*|$(cat old.line)|" r5.release >r5.forged
cmp -s r5.forged r5.release && fail 'nothing was exchanged'
quorate verify app.bin --release r5.release --trust trust.full >/dev/null || fail 'a device refuses it'
if quorate verify app.bin --release r5.forged --trust trust.full >verify.log 2>&1; then fail 'a device takes the old key'; fi
grep -q RC_QUORUM verify.log || fail "a device says: $(cat verify.log)"

# ---- the page of before ---------------------------------------------------------------------
mkdir lost
mv alice.state alice.key lost
if quorate signer restore page.1 --roster roster.file --key alice.key --state alice.state --fast \
	--page-passphrase-file page.pass >said 2>&1; then fail 'a dead page is restored'; fi
grep -q 'RC_BACKUP_DEAD: ' said || fail "says: $(cat said)"
[ ! -e alice.key ] || fail 'something was made of it'
backup alice-new alice-new.state roster.file page.2
grep -q "^party $(cat alice-new.pub)$" page.2 && grep -q '^roster 2 ' page.2 || fail 'no page of the new key'
for p in bob carol; do signer_start $p; done
signed r6.signed
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
