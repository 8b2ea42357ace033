#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A party that has no network at all (a network name space of its own, with
# nothing in it) takes part in the birth of a key and in releases: a folder is
# carried between it and the others by hand, the log in it too. Its key and
# share are opened by a service credential.
set -eu
flow=offline
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
alone=
if unshare -n true 2>/dev/null; then
	alone='unshare -n'
elif unshare -rn true 2>/dev/null; then
	alone='unshare -rn'
else
	echo 'offline: no name spaces here: its configuration names no network' >&2
fi
parties='alice bob carol'
all=$parties
coordinator_listen=127.0.0.1:0
world_start alice bob
# carol: no coordinator, the log is a folder, the passphrase a credential
mkdir -p stick/in stick/out stick/log credentials
cp passphrase credentials/quorate
signer_config carol carol.example person
sed -i "/^coordinator /d; s|^url = .*|url = file://$dir/stick/log|; s/^passphrase-file = .*/credential = quorate/" carol.ini
if quorate-signerd --config carol.ini 2>carol.said; then fail 'started without its credential'; fi
grep -q 'CREDENTIALS_DIRECTORY is not set' carol.said || fail "no reason: $(cat carol.said)"
carol_start() {
	signer_start carol env -u QUORATE_PASSPHRASE_FILE CREDENTIALS_DIRECTORY="$dir/credentials" $alone
}
carol_start
trips=0
to_carol() { # what waits for it, and the log as it is now
	rm -f stick/in/* stick/out/*
	trips=$((trips + 1))
	quorate courier fetch --coordinator "$coordinator" --party carol.pub -o stick/in/$trips.inbox
	if [ -f trust.note ]; then quorate audit "$log" --trust trust.note --state stick/log >/dev/null; fi
}
at_carol() { # exits 4 while something has to wait there
	carried=0
	quorate signer carry --socket carol.sock --authority $authority --inbox stick/in --outbox stick/out >carried || carried=$?
	[ $carried = 0 ] || [ $carried = 4 ] || fail "carry exits $carried"
}
from_carol() {
	set -- stick/out/*.notes
	[ ! -f "$1" ] || quorate courier deliver --coordinator "$coordinator" "$@"
}
trip() { to_carol; at_carol; from_carol; }

# ---- the birth ------------------------------------------------------------------
genesis_parties=$parties
genesis_draft 'two 2 alice bob carol'
trip
at carol ceremony show "$ceremony" | grep -q "^code $code\$" || fail 'carol sees another code'
reshare_accept $parties
n=0
until curl -sS -o status "$coordinator/v1/ceremonies/$ceremony" && grep -q '^state born$' status; do
	n=$((n + 1))
	[ $n -le 200 ] || fail "not born after $n trips: $(sed -n '1,12p' status)"
	trip
	sleep 0.2
done
echo "offline: born after $n trips" >&2
reshare_watch || { cat watch.log; fail 'no notes'; }
mv trust.note trust.born
quorate sign trust.born --key anna.key --yes -o trust.anna >/dev/null 2>&1
quorate merge trust.anna -o trust.note 2>/dev/null
log_start "$(quorate trust id trust.note)"
quorate append trust.note --log "$log" -o trust.file >/dev/null 2>&1
quorate append roster.note --log "$log" -o roster.file >/dev/null 2>&1

# ---- a release by alice and carol -------------------------------------------------
stop bob
head -c 1000 /dev/urandom >app.bin
release() { # SEQUENCE OUT: trips until it is signed
	quorate release app=app.bin --product example/board --version "1.0-$2" --sequence "$1" \
		--trust trust.note --roster release=1 --draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
	propose "$2"
	to_carol
	at_carol
	from_carol
	at carol pending | grep -q "^$id $authority example/board $1 " || fail 'nobody is asked'
	at carol approve "$id" --yes | grep -q '^approved' || fail 'not approved'
	n=1
	at_carol # now it has something to say
	from_carol
	until state_is signed; do
		n=$((n + 1))
		[ $n -le 200 ] || fail "not signed after $n trips"
		trip
		sleep 0.2
	done
	echo "offline: release $1 after $n trips" >&2
	sed '1,/^$/d' status >"$2.note"
	grep -q '^— carol' "$2.note" || fail 'carol did not sign'
	quorate append "$2.note" --log "$log" -o "$2.release" >/dev/null 2>&1
	quorate verify app.bin --release "$2.release" --trust trust.note >/dev/null
}
release 1 r1
# everything that was carried before, once more: nothing new comes of it
to_carol
at_carol
# killed between two trips, its nonces are gone; it comes to the same
stop carol
carol_start
release 2 r2
# a stick without a newer log: it does not judge what it cannot place
sed -i 's/^approval = person$/approval = person\nhead-age = 1s/' carol.ini
stop carol
carol_start
sleep 2
rm -f stick/in/* stick/out/*
quorate release app=app.bin --product example/board --version 1.0-r3 --sequence 3 \
	--trust trust.note --roster release=1 --draft-only -o r3.txt 2>/dev/null
quorate sign r3.txt --key ci.key --yes -o r3 >/dev/null 2>&1
propose r3
quorate courier fetch --coordinator "$coordinator" --party carol.pub -o stick/in/x.inbox
at_carol
[ $carried = 4 ] || fail 'judged under an old head'
grep -q '^x.inbox some 0$' carried || fail "says: $(cat carried)"
# what is no inbox
echo nonsense >stick/in/y.inbox
if quorate signer carry --socket carol.sock --authority $authority --inbox stick/in --outbox stick/out 2>said; then
	fail 'nonsense is taken'
fi
quorate signer record export --socket carol.sock -o carol.record
quorate signer record verify carol.record --key "$(cat carol.pub)" >/dev/null || fail 'the record is not whole'
all_well
