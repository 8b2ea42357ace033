#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A bad release is withdrawn by the parties' daemons, as it was signed by them,
# and what a device knew of it is refused from then on. And a party that has
# approved changes its mind: its line never comes, others go on without it.
set -eu
flow=withdraw
. "$SRC/tests/flow/party_help.sh"
plain_start
for p in alice bob; do signer_config $p $p.example automatic trust.note; done
signer_config carol carol.example person trust.note
for p in alice bob carol; do signer_start $p; done
head -c 1000 /dev/urandom >app.bin
release() { # SEQUENCE OUT: drafted and proposed
	quorate release app=app.bin --product example/board --version "1.$1" --sequence "$1" --floor 1 \
		--trust trust.note --draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
	propose "$2"
}
logged() { # OUT: signed, logged
	signed "$1.note"
	quorate append "$1.note" --log "$log" -o "$1.file" >/dev/null 2>&1
}
verdict() { # FILE [OPTION...]: what a device would say
	file=$1
	shift
	quorate verify app.bin --release "$file" --trust trust.note "$@" 2>&1 || :
}

release 1 r1
logged r1
release 2 r2
logged r2
verdict r2.file --installed 1 --floor 1 | grep -q '^verified' || fail 'the release is refused before'

# a floor that does not fit is refused by the parties, not only by the log
withdraw() { # FLOOR OUT
	quorate withdraw --product example/board --floor "$1" --reason 'it bricks the board' --trust trust.note \
		--draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
	propose "$2"
}
withdraw 4 w4
until_true state_is refused
# two refusals end it, and the third party may never be asked
refuser=$(sed -n 's/^refused \([a-z]*\)\.example sequence$/\1/p' status | head -n 1)
[ -n "$refuser" ] || fail "not for its sequence: $(cat status)"
at "$refuser" history | grep -q ' refuse .* sequence .*: floor 4 does not fit' || fail 'not for its floor'
withdraw 3 w3
logged w3

quorate show w3.file --trust trust.note 2>&1 | grep -q 'below sequence 3' || fail 'show does not say what it permits'
quorate verify w3.file --trust trust.note >said 2>&1 || fail "the withdraw file is refused: $(cat said)"
grep -q '^verified product example/board withdraw floor 3 ' said || fail "another withdraw: $(cat said)"
# a device that has seen it: its floor is 3
verdict r2.file --installed 1 --floor 3 | grep -q 'RC_SEQUENCE_LOW' || fail 'what was withdrawn is taken'
release 3 r3
logged r3
verdict r3.file --installed 1 --floor 3 | grep -q '^verified' || fail 'the mended release is refused'

# refuse after approve
stop bob
release 4 r4
until_true sh -c "grep -q '$id: approved' alice.log"
until_true sh -c "grep -q '$id: for a person' carol.log"
at alice refuse "$id" --reason 'on second thoughts' | grep -q '^refused: on second thoughts' || fail 'not withdrawn'
until_true sh -c "curl -sS '$coordinator/v1/proposals/$id' | grep -q 'alice.*withdrawn'"
at carol approve "$id" --yes | grep -q '^approved' || fail 'carol may not approve'
state_is open || fail 'it ended with one approval'
signer_start bob
logged r4
if grep -q '^— alice' r4.note; then fail 'alice signed what she withdrew'; fi
at alice history | grep -q ' refuse .* withdrawn ' || fail 'not recorded'
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
