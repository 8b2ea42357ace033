#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Parties that want to see what they sign: a payload of 64 MB goes to the
# coordinator because they ask for it, the coordinator is killed in the middle
# of that, a party in the middle of fetching; both go on where they were. What
# cannot be had is waited for; other bytes are refused.
set -eu
flow=payload
. "$SRC/tests/flow/party_help.sh"
plain_start
# reads are authorised, and the address stays
coordinator_listen=${coordinator#http://}
sed -i "s/^read-auth = no/read-auth = yes/; s/^listen = .*/listen = $coordinator_listen/" coordinator.ini
coordinator_again() { serve coordinator quorate-coordinatord && coordinator_pid=$pid; }
kill $coordinator_pid
wait $coordinator_pid || :
coordinator_again
metric() { curl -sS "$coordinator/metrics" | sed -n "s/^quorate_coordinator_$1 //p"; }

for p in alice bob; do
	signer_config $p $p.example automatic trust.note
	sed -i 's/^approval = .*/&\nrequire-payload = yes\npayloads-mib = 100/' $p.ini
	quorate-signerd --config $p.ini --check-config >/dev/null
	signer_start $p
done
command_config trust.note
size_of() { stat -c %s "$1" 2>/dev/null || echo 0; }
release() { # SEQUENCE NAME [OPTIONS]: its talk in NAME.err
	sequence=$1
	name=$2
	shift 2
	quorate release --product example/board --version "1.0-$name" --sequence $sequence \
		"$@" -o "$name.release" 2>"$name.err"
}

# ---- a big one, cut twice ---------------------------------------------------
big=$((64 * 1024 * 1024))
head -c $big /dev/urandom >big.bin
digest=$(sha256sum big.bin | cut -d' ' -f1)
release 1 big app=big.bin --wait 300s &
pipeline=$!
pids="$pids $pipeline"
half=coordinatord/blobs/$digest.part
in_the_middle() { # FILE: some of it is there, and not all
	tries=0
	until [ "$(size_of "$1.part")" -ge 1000000 ]; do
		[ ! -e "$1" ] || fail "$1 was there before it could be cut"
		tries=$((tries + 1))
		[ $tries -lt 12000 ] && kill -0 $pipeline || fail "nothing comes: $(cat big.err)"
		sleep 0.005
	done
}
in_the_middle coordinatord/blobs/"$digest"
kill -STOP $pipeline
kill -9 $coordinator_pid
wait $coordinator_pid 2>/dev/null || :
cut=$(size_of $half)
[ "$cut" -gt 0 ] && [ "$cut" -lt $big ] || fail "not cut in the middle: $cut"
coordinator_again
# a party, too: in the middle of fetching
kill -CONT $pipeline
in_the_middle alice.state/payloads/"$digest"
ended "$(cat alice.pid)"
signer_start alice
wait $pipeline || fail "not released: $(cat big.err)"
grep -q "the coordinator has 'big.bin', $big bytes" big.err || fail "$(cat big.err)"
quorate verify big.bin --release big.release --trust trust.note >/dev/null 2>&1
for p in alice bob; do
	cmp big.bin $p.state/payloads/"$digest"
	quorate payloads --socket $p.sock | grep -q "^kept [0-9]* $digest $big payload app example/board 1 " ||
		fail "$p lists: $(quorate payloads --socket $p.sock)"
done
sent=$(metric blob_bytes_sent_total)
[ "$sent" -lt $((2 * big + 8 * 1048576)) ] || fail "$sent bytes were sent for two times $big"
printf 'a payload of %d bytes, cut at %d on its way in; sent %d bytes to two parties, one cut\n' $big "$cut" "$sent"

# ---- what is not there is waited for ----------------------------------------
head -c 100000 /dev/urandom >small.bin
printf 'what is new: nothing\n' >notes.txt
id=$(release 2 absent app=small.bin --notes notes.txt --detach)
waits() { # PARTY WORDS
	quorate status --socket "$1.sock" | grep "^source " | grep -q "$2"
}
for p in alice bob; do until_true waits $p 'payload app: the coordinator does not have it yet'; done
quorate release --resume "$id" -o absent.release --wait 3s 2>absent.err && fail 'signed without its payload'
[ $? -eq 4 ] || fail "not pending: $(cat absent.err)"
grep -q "$(sha256sum small.bin | cut -d' ' -f1), and it is not named here" absent.err || fail "$(cat absent.err)"
grep -q 'refused' absent.err && fail "refused: $(cat absent.err)"
quorate release app=small.bin --notes notes.txt --resume "$id" -o absent.release --wait 120s 2>absent.err ||
	fail "$(cat absent.err)"
quorate payloads --socket alice.sock | grep -q " notes - example/board 2 $id" || fail 'the notes are not kept'
cmp notes.txt alice.state/payloads/"$(sha256sum notes.txt | cut -d' ' -f1)"

# ---- nobody wants it any more -----------------------------------------------
# both have the big one: signed before its pipeline has sent a byte
id=$(release 3 again app=big.bin --detach)
quorate release --resume "$id" --signed-only -o again.note --wait 120s 2>again.err || fail "$(cat again.err)"
release 3 again app=big.bin --upload --wait 120s || fail "signed, and not taken: $(cat again.err)"
grep -q "'big.bin' is not sent: no text that is still open names it" again.err || fail "$(cat again.err)"
quorate verify big.bin --release again.release --trust trust.note >/dev/null 2>&1

# ---- other bytes are refused; on a terminal it says how much is there ---------
stop alice bob
head -c 50000 /dev/urandom >other.bin
script -qec "quorate release --product example/board --version 1.0-other --sequence 4 app=other.bin \
	--upload --detach -o other.release >other.id" /dev/null </dev/null >other.err || fail "$(cat other.err)"
grep -q "sending 'other.bin': 100 %" other.err || fail "no progress: $(cat -v other.err)"
grep -q 'sending ' big.err && fail "progress in a file: $(cat big.err)"
id=$(cat other.id)
printf evil | dd of=coordinatord/blobs/"$(sha256sum other.bin | cut -d' ' -f1)" bs=1 seek=1000 conv=notrunc 2>/dev/null
for p in alice bob; do signer_start $p; done
code=0
quorate release app=other.bin --resume "$id" -o other.release --wait 120s 2>other.err || code=$?
[ $code -eq 5 ] && [ ! -e other.release.pending ] && grep -q '(payload)' other.err || fail "code $code: $(cat other.err)"
quorate history --socket alice.sock | grep "$id" | grep -q 'refuse .* payload .*what is served are 50000 bytes with digest' ||
	fail "$(quorate history --socket alice.sock | head -n 2)"

# ---- limits: of one, of all -------------------------------------------------
sed -i 's/^payloads-mib = .*/payload-mib = 1\npayloads-mib = 64/' alice.ini
sed -i 's/^payloads-mib = .*/payloads-mib = 64/; s/^require-payload.*/&\nrequire-attest = audit/' bob.ini
stop alice bob
for p in alice bob; do signer_start $p; done
head -c 2000000 /dev/urandom >medium.bin
code=0
release 5 medium app=medium.bin --wait 60s || code=$?
[ $code -eq 5 ] && grep -q 'alice.example (payload)' medium.err && grep -q 'bob.example (attest)' medium.err ||
	fail "code $code: $(cat medium.err)"
quorate history --socket alice.sock | grep -q 'has 2000000 bytes, this party takes 1048576' || fail 'no limit of one'
quorate history --socket bob.sock | grep -q 'carries no attestation audit' || fail 'no attestation, and no word of it'
head -c 900000 /dev/urandom >room.bin
echo audited >audit.txt
id=$(release 6 room app=room.bin --attest audit=audit.txt --upload --detach)
for p in alice bob; do until_true waits $p 'there is no room'; done
quorate release --resume "$id" -o room.release --wait 1s 2>room.err && fail 'signed without room'
grep -q 'refused by' room.err && fail "a full disk refuses: $(cat room.err)"
# somebody makes room by hand, and says so by starting it again
for p in alice bob; do
	rm $p.state/payloads/"$digest"
	stop $p
	signer_start $p
done
[ -e room.release.pending ] || fail 'nothing is left to be taken up'
quorate release app=room.bin --resume "$id" -o room.release --wait 120s 2>room.err || fail "$(cat room.err)"
[ ! -e room.release.pending ] || fail 'what --resume ended is pending'
quorate payloads --socket alice.sock >listed
grep -q "^gone [0-9]* $digest" listed && grep -q "^kept .* attest audit example/board 6 $id" listed || fail "$(cat listed)"

# ---- years later --------------------------------------------------------------
# alice keeps them for five years, bob for seven; it is six later
sed -i 's/^payloads-mib = .*/&\npayload-years = 7/' bob.ini
room=$(sha256sum room.bin | cut -d' ' -f1)
for p in alice bob; do
	stop $p
	touch -d '6 years ago' $p.state/payloads/"$room"
	signer_start $p
done
went() { quorate payloads --socket alice.sock | grep -q "^gone [0-9]* $room .* example/board 6 $id"; }
until_true went
[ ! -e alice.state/payloads/"$room" ] || fail 'it is said to be gone, and is there'
quorate payloads --socket alice.sock | grep -q "^kept .* attest audit example/board 6 $id" || fail 'a young one went, too'
# its looker has been at it as long as alice's when it does something after that
quorate payloads --socket bob.sock | grep -q "^kept [0-9]* $room" || fail 'it went before its years'
all_well
