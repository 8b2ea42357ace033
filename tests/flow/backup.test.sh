#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A party prints its key and share, loses everything, types the page in again
# and signs; with slips, another passphrase, the wrong roster. Then a reshare
# gives the roster a successor: the page is dead, for the command, and for a
# signer that is made from it all the same.
set -eu
flow=backup
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol'
world_start alice bob carol
genesis 'three 2 alice bob carol'
release 1 1
printf 'of the page\n' >page.pass
backup() { # ROSTER OUT
	quorate signer backup --key carol.key --state carol.state --roster "$1" --fast \
		--page-passphrase-file page.pass -o "$2"
}
restore() { # PAGE ROSTER [OPTION...]
	page=$1 r=$2
	shift 2
	quorate signer restore "$page" --roster "$r" --key carol.key --state carol.state --fast \
		--page-passphrase-file page.pass "$@" >said 2>&1
}
cp roster.file roster.1
backup roster.1 page
grep -q "^party $(cat carol.pub)$" page && grep -q '^roster 1 ' page || fail "no page: $(cat page)"
[ "$(grep -c '^[0-9][0-9] .....-.....-.....-.....- .....$' page)" = 24 ] || fail "another page: $(cat page)"

# a page without the share, that is made by mistake
code=0
quorate signer backup --key carol.key --state carol.state --fast --page-passphrase-file page.pass -o half 2>said || code=$?
[ $code = 2 ] && grep -q 'holds a share, and the page would be without it' said && [ ! -e half ] || fail "half a backup: $code, $(cat said)"
code=0
quorate signer backup --key carol.key --state nowhere --fast --page-passphrase-file page.pass -o half 2>said || code=$?
[ $code = 3 ] && grep -q "cannot open 'nowhere'" said && [ ! -e half ] || fail "a backup of nothing: $code, $(cat said)"
# of a party that shares two keys, one is on a page
mkdir two.state
cp carol.state/share-* two.state/
quorate signer backup --key carol.key --state two.state --roster roster.1 --fast --page-passphrase-file page.pass -o one 2>said
if grep -q 'shares, and the page' said; then fail "warned of one share: $(cat said)"; fi
cp two.state/share-* two.state/share-another.example+release
quorate signer backup --key carol.key --state two.state --roster roster.1 --fast --page-passphrase-file page.pass -o one 2>said
grep -q 'holds 2 shares, and the page one' said || fail "not warned of the second: $(cat said)"

# all is lost
ended "$(cat carol.pid)"
mkdir lost
mv carol.state carol.key carol.pub lost
sed '20{s/^\(.. .\)a/\1i/;t;s/^\(.. .\)./\1a/}' page >slip # its first vowel
if restore slip roster.1; then fail 'a slip is taken'; fi
grep -q 'RC_BACKUP: .*, line 20$' said || fail "not where the slip is: $(cat said)"
if restore page roster.1 --page-passphrase-file passphrase; then fail 'given twice'; fi
mv page.pass kept.pass
cp passphrase page.pass
if restore page roster.1; then fail 'another passphrase opens it'; fi
grep -q RC_PASSPHRASE said || fail "says: $(cat said)"
mv kept.pass page.pass
sed 's/^roster 1 /roster 2 /' page >changed
if restore changed roster.1; then fail 'another serial is taken'; fi
[ ! -e carol.key ] && [ ! -e carol.state ] || fail 'something was made of a refused page'
# typed in capitals, with spaces
sed '/^[0-9][0-9] /{y/abdfghijklmnoprstuvz-/ABDFGHIJKLMNOPRSTUVZ /}' page >typed
restore typed roster.1 || fail "refused: $(cat said)"
cmp carol.pub lost/carol.pub || fail 'another key'
if restore page roster.1; then fail 'restored over a state'; fi
# the trust text was in its record: now it is the operator's
signer_config carol carol.example automatic trust.full
signer_start carol
at carol status >carol.status
grep -q '^role sharer$' carol.status || fail "it has no share: $(cat carol.status)"
grep -q '^restored ' carol.status || fail 'it does not know that it was restored'
at carol unlock --restored
ended "$(cat bob.pid)"
release 2 1
signer_start bob
quorate signer record export --socket carol.sock -o carol.record
quorate signer record verify carol.record --key "$(cat carol.pub)" >verified || fail 'the record is not whole'
grep -q '^restored 1$' verified || fail 'the record does not say it'

# the roster gets a successor: the page is dead
reshare_draft roster.1 'three 2 alice bob carol' alice bob carol
reshare_run alice bob carol
in_force 2 alice bob carol
ended "$(cat carol.pid)"
rm -rf lost
mkdir lost
mv carol.state carol.key carol.pub lost
if restore page roster.file; then fail 'a dead page is restored'; fi
grep -q 'RC_BACKUP_DEAD: .*(roster 1, .* is 2)$' said || fail "says: $(cat said)"
# whoever shows it the old roster makes a signer that reads the log
restore page roster.1 || fail "refused: $(cat said)"
signer_start carol
at carol status >carol.status
grep -q '^role nobody$' carol.status || fail "it uses a dead share: $(cat carol.status)"
[ -z "$(ls carol.state/share-* 2>/dev/null)" ] || fail 'a dead share is kept'
all_well
