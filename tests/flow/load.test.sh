#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A signer under load and out of luck: 1,000 proposals at once, a coordinator
# that floods, replays, lies and stalls, a disk that is full, a clock that
# jumps. All the time it answers its people within seconds and stays small;
# afterwards it approves as ever. Prints the memory of each process.
set -eu
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null && {
	echo "SKIPPED: sanitizers take the memory that is measured, and preloaded shims do not mix with them"
	exit 0
}
flow=load
. "$SRC/tests/flow/party_help.sh"
plain_start
honest=$coordinator
note-maker key robot robot.example/ci 01
note-maker releases "$authority" robot 1000 "$(date +%s)" >many
echo quiet >mode
python3 "$SRC/tests/flow/flood.py" flood.port mode many 2>flood.log &
pids="$pids $!"
until_true test -f flood.port
coordinator=http://127.0.0.1:$(cat flood.port)
signer_config alice alice.example person trust.note
printf '[proposer robot]\nvkey = %s\nproducts = example/*\n' "$(cat robot.pub)" >>alice.ini

alice_start() { # what is preloaded
	serve alice env LD_PRELOAD="$1" quorate-signerd
	echo "$pid" >alice.pid
}
alice_stop() {
	kill "$(cat alice.pid)"
	wait "$(cat alice.pid)" || fail 'it does not stop in order'
}
ask() { quorate "$@" --socket alice.sock; }
# Its people are answered: within five seconds on a machine that does this alone.
answers() { # WHEN
	timeout 20 quorate status --socket alice.sock >status.now 2>talk ||
		{ cat talk; fail "$1: people are not answered"; }
	timeout 20 quorate pending --socket alice.sock >pending.now || fail "$1: nothing is pending"
}
small() { # WHEN: the most that each process ever had, in KiB
	for p in $(family alice); do
		kib=$(sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$p/status")
		name=$(tr '\0' ' ' <"/proc/$p/cmdline" | sed -n 's/.* --\([a-z]*\) .*/\1/p')
		[ "$name" != config ] || name=parent
		printf '%-28s %-8s at most %6d KiB\n' "$1" "$name" "$kib"
		case $name in
		parent) limit=24576 ;;
		*) limit=131072 ;;
		esac
		[ "$kib" -le $limit ] || fail "$1: $name takes $kib KiB"
	done
}
polls() { curl -sS "$coordinator/count" | cut -d' ' -f1; }
pending_n() { ask pending | grep -c " $authority "; }
has_pending() { [ "$(pending_n)" -ge "$1" ]; }
approved() { # PRODUCT TIME: a proposal at the honest coordinator, and a yes
	cat >one.draft <<-NOTE
	quorate/release@v1
	authority $authority 1
	product $1
	version 1
	sequence 1
	payload app 1 $(printf x | sha256sum | cut -d' ' -f1)
	about
	proposed $2
	NOTE
	quorate sign one.draft --key ci.key --yes -o one.note >/dev/null 2>&1
	saved=$coordinator
	coordinator=$honest
	propose one.note
	coordinator=$saved
	is_pending() { ask pending | grep -q "$id"; }
	until_true is_pending
	ask approve "$id" --yes >approve.said 2>&1 || { cat approve.said; fail 'not approved'; }
	is_heard() { curl -sS "$honest/v1/proposals/$id" | grep -q '^approved alice'; }
	until_true is_heard
}
to_honest() {
	sed "s|^coordinator = .*|coordinator = $honest|" alice.ini >alice.new
	mv alice.new alice.ini
}
to_flood() {
	sed "s|^coordinator = .*|coordinator = $coordinator|" alice.ini >alice.new
	mv alice.new alice.ini
}

# ---- a thousand proposals ----------------------------------------------------------
alice_start ''
small 'idle'
echo many >mode
until_true has_pending 64
answers 'a thousand proposals'
# 64 are open at a time, the others wait where they are and come when there is
# room: whoever decides sees them all.
before=$(pending_n)
[ "$before" = 64 ] || fail "$before are pending"
first=$(ask pending | head -n 1 | cut -d' ' -f1)
ask refuse "$first" --code other --reason 'one less' --yes >/dev/null 2>&1 || ask refuse "$first" >/dev/null 2>&1 || fail 'cannot refuse'
next_comes() { has_pending 64; }
until_true next_comes
ask freeze >/dev/null 2>&1 || fail 'cannot freeze'
answers 'frozen'
ask unlock >/dev/null 2>&1 || fail 'cannot unlock'
small '1,000 proposals'

# ---- a coordinator that means no good --------------------------------------------
record=$(du -sb alice.state | cut -f1)
for what in replay junk lie; do
	before=$(polls)
	echo $what >mode
	more_polls() { [ "$(polls)" -ge $((before + $1)) ]; }
	[ $what = junk ] && more=6 || more=3
	until_true more_polls $more
	for i in 1 2 3; do answers "$what $i"; done
	small "$what"
done
echo stall >mode
before=$(polls)
until_true more_polls 1
answers 'stall'
echo quiet >mode
grep -q 'offers what nobody signed who is known here' alice.log || fail 'junk was not counted'
grep -q 'it says too much: it is asked less often' alice.log || fail 'the flood is not slowed down'
grew=$(($(du -sb alice.state | cut -f1) - record))
sent=$(curl -sS "$coordinator/count" | cut -d' ' -f3)
echo "state directory: grew by $grew bytes while $sent came in"
[ $grew -le 2000000 ] || fail "the record grew by $grew bytes"
[ "$(family alice | wc -w)" = 3 ] || fail 'a process is gone'
alice_stop
grep -E 'process (ended|ends)' alice.log && fail 'a process ended on the way'
mv alice.state flooded.state
echo "flood: $(polls) polls, $sent bytes"

# ---- a full disk -------------------------------------------------------------------
# From SIGUSR1 on every write of the seat fails with ENOSPC, as if for ever.
to_honest
export FAULT_AT=1 FAULT_STAY=1 FAULT_ARM=1 FAULT_ERRNO=28
alice_start "$BIN/fault-shim.so"
unset FAULT_AT FAULT_STAY FAULT_ARM FAULT_ERRNO
approved example/before "$(date +%s)"
kill -USR1 "$(family alice | sed -n 2p | cut -d' ' -f1)"
sed -e 's/^product .*/product example\/full/' one.draft >full.draft
quorate sign full.draft --key ci.key --yes -o full.note >/dev/null 2>&1
saved=$coordinator coordinator=$honest
propose full.note
coordinator=$saved
is_broken() { ask status | grep -q '^broken the record cannot be written'; }
until_true is_broken
answers 'a full disk'
ask approve "$id" --yes >approve.said 2>&1 && fail 'approved without a record'
curl -sS "$honest/v1/proposals/$id" | grep -q '^approved' && fail 'an approval left that is not in the record'
small 'a full disk'
alice_stop
# There is room again.
alice_start ''
is_pending() { ask pending | grep -q "$id"; }
until_true is_pending
ask approve "$id" --yes >/dev/null 2>&1 || fail 'not approved with room again'
alice_stop

# ---- a clock that jumps ------------------------------------------------------------
clock() { # and look: otherwise it would be seen within a minute
	python3 -c 'import struct, sys; open("clock.off", "r+b").write(struct.pack("=q", int(sys.argv[1])))' "$1"
	kill -HUP "$(cat alice.pid)"
}
printf '\0\0\0\0\0\0\0\0' >clock.off
sed -i 's/^approval = person/&\nhead-age = 1h/' alice.ini
CLOCK_FILE=$dir/clock.off
export CLOCK_FILE
alice_start "$BIN/clock.so"
unset CLOCK_FILE
says() { ask status >status.now; grep -Eq "$1" status.now; }
until_true says '^log read$'
clock 100000
until_true says '^log .*its head is (99[0-9]{3}|100[0-9]{3}) s old by this clock, at most 3600 are allowed'
until_true says "^coordinator .*the signer's clock is (99[0-9]{3}|100[0-9]{3}) s ahead of this coordinator's"
grep '^log ' status.now
grep '^coordinator ' status.now
answers 'a clock that is ahead'
clock -200000
until_true says '^log .*its head was cosigned (199[0-9]{3}|200[0-9]{3}) s ahead of this clock'
until_true says "^coordinator .*the signer's clock is (199[0-9]{3}|200[0-9]{3}) s behind this coordinator's"
grep '^log ' status.now
grep '^coordinator ' status.now
answers 'a clock that is behind'
clock 0
until_true says '^log read$'
approved example/after "$(date +%s)"
alice_stop
echo "load: answered all the time"
