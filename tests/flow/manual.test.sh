#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples of quorate(1), as they stand on the page, with a real log, a
# witness and a mirror. Changed are only the log's address and two flags that
# a test needs: --fast for keys, --yes for signing.
set -eu
flow=manual
page=$SRC/docs/man/quorate.1
. "$SRC/tests/flow/party_help.sh"
examples() { # NAME: the commands between its marks, as a script
	sed -n "/^.\\\\\" begin $1\$/,/^.\\\\\" end $1\$/p" "$page" | grep -v '^\.' | awk '
		/^\$ cat / { if (here) print "EXAMPLE_END"; here = 1
			print "cat >" $3 " <<\"EXAMPLE_END\""; next }
		/^\$ / { if (here) print "EXAMPLE_END"; here = 0
			print substr($0, 3); next }
		here { print; next }
		{ print "unexpected line: " $0 > "/dev/stderr"; exit 1 }
		END { if (here) print "EXAMPLE_END" }' |
		sed "s|https://log.example|${log:-}|; s/^quorate key new/& --fast/
			s|https://coordinator.example|${coordinator:-}|
			s/^quorate signer \\(backup\\|restore\\) /&--fast --page-passphrase-file page.pass /
			s/^quorate log init/& --fast/; s/^quorate log add-key/& --fast/
			s/^quorate sign /&--yes /" >"$1.sh"
	[ "$(grep -c '^quorate' "$1.sh")" -ge "$2" ] || fail "$1: too few examples"
	sh -eu "$1.sh" >"$1.out" 2>"$1.err" || { cat "$1.sh" "$1.err"; fail "$1: an example fails"; }
}
log_keys

examples trust 12
id=$(tail -n 1 trust.out)
[ ${#id} = 64 ] || fail "trust id printed '$id'"
grep -q 'any 2 of alice, bob and carol may release' trust.err || fail 'trust new says nothing in words'

authority=example/release/test
log_state=log # as the page has it
log_start "$id"
pid_log=$pid

echo 'a first image' >app.bin
echo 'a better image' >app2.bin
examples release 11
grep -q '^sequence 1$' r.txt || fail 'the first sequence is not 1'
grep -q '^verified product example/board version 1.0 sequence 1 epoch 1 index 1 witnesses 2 proof .* unchecked installed$' release.out ||
	{ cat release.out; fail 'verify says something else'; }
examples withdraw 9
grep -q '^sequence 2$' r2.note || fail 'the next sequence is not 2'
grep -q '^verified product example/board withdraw floor 2 ' withdraw.out || fail 'the withdraw is not verified'

examples audit 3
[ "$(head -n 1 audit.out)" = "trust example/release/test $id" ] || fail 'audit says another id first'
examples refresh 2
grep -q 'entry 2 of 4' refresh.err || { cat refresh.err; fail 'refresh says something else'; }
[ "$(grep -c '^verdict ok$' audit.out)" = 2 ] || { cat audit.out audit.err; fail 'the log is not well'; }

examples change 7
grep -q 'wanted of the roots in force: both anna and bert' change.err || { cat change.err; fail 'propose does not say who signs'; }
grep -q '^verified product example/board version 1.0 ' change.out || fail 'the hop is not followed'
{
	printf '[signer]\nname = %s\nkey = alice.key\npassphrase-file = passphrase\nstate = alice.state\nsocket = alice.sock\n' \
		"$(sed 's/+.*//' alice.pub)"
	printf 'coordinator = http://127.0.0.1:1\napproval = person\n[authority example/release/test]\ntrust = trust.note\n'
	printf '[log log.example]\nurl = %s\n[proposer ci]\nvkey = %s\nproducts = example/*\n' "$log" "$(cat bob.pub)"
} >alice.ini
signer_start alice
examples signer 5
grep -q '^since ' signer.out || { cat signer.out; fail 'the record is not continued'; }
examples object 1
quorate audit "$log" --trust trust.note --state objected >/dev/null
grep -rqx 'reason nobody saw the source' objected || fail 'the objection is not in the log'

# three who share no key yet; two of them rehearse without being asked
key ci ci.example proposer
for p in dana emil fred; do
	key $p $p.example party
	quorate party new --name $p --key $p.key --label CH --contact nobody -o $p.card 2>card.err
done
{
	printf '[coordinator]\nlisten = 127.0.0.1:0\nstate = coordinatord\nread-auth = no\n[proposer ci]\nvkey = %s\nproducts = example/*\n' "$(cat ci.pub)"
	for p in dana emil fred; do printf '[party %s]\nvkey = %s\n' $p "$(cat $p.pub)"; done
} >coordinator.ini
mkdir coordinatord
serve coordinator quorate-coordinatord
coordinator=$address
for p in dana emil fred; do
	{
		printf '[signer]\nname = %s.example\nkey = %s.key\npassphrase-file = passphrase\nstate = %s.state\nsocket = %s.sock\n' $p $p $p $p
		printf 'coordinator = %s\napproval = person\n' "$coordinator"
		[ $p = dana ] || echo 'rehearsals = yes'
		printf '[authority example/team/test]\n[log log.example]\nurl = %s\n[proposer ci]\nvkey = %s\nproducts = example/*\n' "$log" "$(cat ci.pub)"
	} >$p.ini
	signer_start $p
done
examples rehearse 5
grep -q '^rehearsed example/team/test 1$' rehearse.out || { cat rehearse.out; fail 'nothing was rehearsed'; }
grep -q '^accepted fred$' rehearse.out || fail 'fred was not there'

kill "$pid_log" && wait "$pid_log" || fail 'the log does not stop'
examples store 2
grep -q '^size 6$' store.out || { cat store.out; fail 'verify-store says something else'; }
[ -s exported/checkpoint ] || fail 'nothing is exported'
# (two heads of an honest log prove nothing; a fork: flow/liar)
mkdir -p evidence/1-fork
cp exported/checkpoint evidence/1-fork/held
cp exported/checkpoint evidence/1-fork/shown
examples evidence 2
[ "$(cat evidence.out)" = "unproven
it ends with 1" ] || { cat evidence.out; fail 'an honest log is accused'; }
examples open 2
quorate-logd --config newlog/log.ini --check-config || fail 'the new log has no usable configuration'
[ "$(tail -n 1 open.out)" = "$(cat newlog/next.pub)" ] || fail 'add-key prints something else'

# the header is C, and names what it is
printf '#include "trust.h"\nint main(void) { return quorate_trust_page[0] != 0x71 || quorate_trust_id[0] + 0 > 255; }\n' >use.c
grep -q "id $id" trust.h || fail 'the header does not name its id'
cc -I"$SRC" -Wall -Werror -DQUORATE_ALLOW_TEST_AUTHORITY -o use use.c || fail 'the header is no C'
./use || fail 'the header holds something else'
if cc -I"$SRC" -o use use.c 2>cc.err; then fail 'a test trust compiles without its define'; fi
grep -q 'protect nothing' cc.err || fail 'no reason is given'

# a party of a shared key, whose network goes
all_end
mkdir group
cd group
printf 'test only\n' >passphrase
export QUORATE_PASSPHRASE_FILE=$PWD/passphrase
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol'
world_start alice bob carol
genesis 'three 2 alice bob carol'
release 1 1
cp trust.full trust.note
ended "$(cat carol.pid)" "$(cat bob.pid)"
mkdir -p stick/in stick/out again
quorate audit "$log" --trust trust.note --state stick/log >/dev/null
sed -i "/^coordinator /d; s|^url = .*|url = file://$PWD/stick/log|" carol.ini
signer_start carol
draft 2 r2 1
propose r2.note
examples carry 4
state_is open && grep -q '^approved carol.example$\|^approved .*carol.example' status ||
	fail "what was carried did not arrive: $(cat status)"
printf 'of the page\n' >page.pass
examples backup 2
cmp -s again/carol.pub carol.pub && ls again/state/share-* >/dev/null || fail 'the page is not key and share'
all_well
