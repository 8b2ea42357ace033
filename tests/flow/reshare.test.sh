#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One key through its life: born flat, 2 of 3; refreshed; then moved to a tree
# of three jurisdictions, with two who join and one who leaves. The trust text
# of before takes every release of after. Nothing of the old roster is
# answered once the new one is logged, and the old one signs until then.
set -eu
flow=reshare
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol dana emil'
world_start alice bob carol
genesis 'three 2 alice bob carol'
# a device gets its page now, and never anything else
quorate trust --device trust.file --page page >/dev/null
page_id=$(quorate trust id trust.file)
device_takes() { # SEQUENCE...
	for n; do
		device-page page "$page_id" example/board app "r$n.release" app.bin >device.said ||
			{ cat device.said; fail "the device refuses release $n"; }
		[ "$(cat device.said)" = "epoch 1 sequence $n" ] || fail "the device says $(cat device.said)"
	done
}
release 1 1
device_takes 1
sed 's/0/1/' r1.release >other.release
device-page page "$page_id" example/board app other.release app.bin >device.said && fail 'a device that takes all'

# refresh: the same parties, the same quorum, other shares
cp alice.state/share-* alice.share.1
reshare_draft roster.file 'three 2 alice bob carol' alice bob carol
grep -q 'roster 2 takes the place of roster 1' talk || fail 'not said what it is'
reshare_run alice bob carol
# until the log has it, the old roster is in force and signs
[ -n "$(ls alice.state/next-*)" ] || fail 'no share waits for the log'
cmp -s alice.state/share-* alice.share.1 || fail 'the old share went before the log'
[ -n "$(ls alice.state/dkg-*)" ] || fail 'the ceremony key went before the log'
release 2 1
in_force 2 alice bob carol
cmp -s alice.state/share-* alice.share.1 && fail 'the old share is still there'
[ -z "$(ls alice.state/next-* alice.state/dkg-* 2>/dev/null)" ] || fail 'something was not erased'
release 3 2
draft 4 old 1
propose old.note
sleep 0.5
state_is signed && fail 'the old roster signed'

# what is not a member of the roster in force does not sign; a kept share is
# of no use to the seat
ended "$(cat alice.pid)"
cp alice.share.1 "$(ls alice.state/share-*)"
"$BIN/quorate-signerd" --config alice.ini >alice.bad.log 2>&1 && fail 'a share of another roster was taken'
grep -q "not its roster's" alice.bad.log || fail 'not said why'
# its share is lost: alice gets another in the next reshare
rm alice.state/share-*
signer_start alice
at alice status | grep -q '^role nobody' || fail 'alice has a share'

# to jurisdictions: carol leaves, dana and emil join
for p in dana emil; do
	signer_config $p $p.example automatic trust.full
	signer_start $p
done
quorate ceremony draft --reshare roster.file --quorum swiss --group 'swiss 2 alice bob' \
	--party alice.card --party bob.card --key ci.key --for-cause carol 2>talk && fail 'for cause, and the same key'
grep -q 'needs a new key' talk || fail 'not said what it needs'
reshare_draft roster.file 'swiss any alice bob
brazil all dana emil
regions all swiss brazil' alice bob dana emil
grep -q 'dana joins' talk && grep -q 'carol leaves' talk || fail 'not said who comes and goes'
grep -q 'can sign for ever' talk || fail 'not said what leaving is not'
reshare_run alice bob carol dana emil
[ "$(grep -c '^— ' roster.note)" = 6 ] || fail 'not group, four parties and carol'
in_force 3 alice bob dana emil
has_no_share() { at carol status | grep -q '^role nobody'; }
until_true has_no_share
[ -z "$(ls carol.state/share-* carol.state/next-* carol.state/dkg-* 2>/dev/null)" ] || fail 'carol kept something'
release 5 3
ended "$(cat alice.pid)" "$(cat dana.pid)"
signer_start alice
signer_start dana
release 6 3
device_takes 1 2 3 5 6 # from all three rosters
grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
all_well
