#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The break-out table: what each process of a signer gets when it tries what
# somebody who took it over would try. The daemon is the real one; the acts are
# in breakout.c, preloaded, and begin where the sandbox has just been entered.
# Then, from outside: filters, privileges, core dumps, secret pages. And what
# happens when one of them dies. As root, the signer runs as another user.
set -eu
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null && {
	echo "SKIPPED: sanitizers and a preloaded shim do not mix"
	exit 0
}
flow=breakout
. "$SRC/tests/flow/party_help.sh"
plain_start
signer_config alice alice.example person trust.note

# ---- the table -----------------------------------------------------------------
as=
if [ "$(id -u)" = 0 ] && setpriv --reuid 65534 --regid 65534 --clear-groups \
	test -x "$BIN/quorate-signerd" 2>/dev/null; then
	as='setpriv --reuid 65534 --regid 65534 --clear-groups'
fi
mkdir -m 700 alice.state sources root root/src
# Where a courier, too, which begins inside its parent's sandbox, finds them.
own=$dir/alice.state/sources
mkdir -m 700 "$own"
cp "$BIN/breakout.so" "$own/"
: >"$own/table"
ln -s "$own/table" table
export BREAKOUT_DIR=$dir BREAKOUT_FILE=$own/table
echo sealed >alice.state/share-example
printf '#!/bin/sh\nexit 0\n' >build.sh
chmod 755 build.sh
[ -z "$as" ] || chown -Rh 65534:65534 .
as_party() { # PROGRAM and its arguments
	LD_PRELOAD=$own/breakout.so $as "$@"
}
alice_start() {
	# not by the function: pid is to be the signer, not a shell
	serve alice env LD_PRELOAD="$own/breakout.so" $as quorate-signerd
	echo "$pid" >alice.pid
}
alice_start
set -- $(family alice)
parent=$1 seat=$2 courier=$3
tried() { [ "$(grep -c "^$1 " table)" -ge "$2" ]; }
until_true tried courier 34
until_true tried parent 34
# Evidence processes, as the parent starts them: one word, a question.
BREAKOUT_SEAT=$seat
export BREAKOUT_SEAT
printf 'directory %s/sources\nca -\nnow 1\nurl https://127.0.0.1:1/x.git\nref refs/tags/v1\ncommit %s\nbranch -\ncheckout -\nsince -\n' \
	"$dir" 1234567890123456789012345678901234567890 >look.question
as_party "$BIN/quorate-signerd" --look <look.question >look.answer 2>>table
printf 'root %s/root\ncommand %s/build.sh\nepoch 1\ncpu 60\nmemory 4294967296\nfile 1000000\n' \
	"$dir" "$dir" >build.question
as_party "$BIN/quorate-signerd" --build <build.question >build.answer 2>>table 3>build.log || :
unset BREAKOUT_SEAT

# Who may what. allowed is said where a process needs it; build is the process
# that waits for the command, which is in name spaces of its own on top.
cat >expected <<'TABLE'
act              parent   seat     courier  look     build
read-share       EACCES   allowed  EACCES   EACCES   EACCES
read-passphrase  EACCES   allowed  EACCES   EACCES   EACCES
read-accounts    EACCES   EACCES   EACCES   EACCES   allowed
read-processes   EACCES   EACCES   EACCES   EACCES   EACCES
write-share      EACCES   allowed  EACCES   EACCES   EACCES
write-state      EACCES   allowed  EACCES   EACCES   EACCES
write-beside     EACCES   EACCES   EACCES   EACCES   EACCES
write-tmp        EACCES   EACCES   EACCES   EACCES   EACCES
link-share-out   EACCES   EACCES   EPERM    EACCES   EACCES
socket-tcp       allowed  EPERM    allowed  allowed  EPERM
socket-tcp6      allowed  EPERM    allowed  allowed  EPERM
socket-udp       allowed  EPERM    allowed  allowed  EPERM
socket-packet    EPERM    EPERM    EPERM    EPERM    EPERM
socket-unix      EPERM    EPERM    EPERM    EPERM    EPERM
say-yes          EPERM    EPERM    EPERM    EPERM    EPERM
trace            EPERM    EPERM    EPERM    EPERM    EPERM
read-memory      EPERM    EPERM    EPERM    EPERM    EPERM
open-memory      EACCES   EACCES   EACCES   EACCES   EACCES
signal           allowed  EPERM    EPERM    EPERM    allowed
take-descriptor  EPERM    EPERM    EPERM    EPERM    EPERM
fork             allowed  EPERM    EPERM    allowed  allowed
exec             allowed  EPERM    EPERM    EPERM    allowed
exec-bytes       allowed  EPERM    allowed  allowed  allowed
dumpable         EPERM    EPERM    EPERM    allowed  allowed
cores            EPERM    EPERM    EPERM    EPERM    EPERM
mount            EPERM    EPERM    EPERM    EPERM    EPERM
unshare          EPERM    EPERM    EPERM    EPERM    EPERM
clone-user       EPERM    EPERM    EPERM    EPERM    EPERM
clone3           ENOSYS   ENOSYS   ENOSYS   ENOSYS   ENOSYS
bpf              EPERM    EPERM    EPERM    EPERM    EPERM
perf             EPERM    EPERM    EPERM    EPERM    EPERM
userfaultfd      EPERM    EPERM    EPERM    EPERM    EPERM
io-uring         EPERM    EPERM    EPERM    EPERM    EPERM
open-by-handle   EPERM    EPERM    EPERM    EPERM    EPERM
TABLE
awk 'FNR == NR { is[$1 " " $2] = $3; next }
	FNR == 1 { n = split($0, who); print; next }
	{ line = sprintf("%-16s", $1)
	  for (i = 2; i <= n; i++) {
		got = is[who[i] " " $1]
		line = line sprintf(" %-8s", got)
		if (got != $i) { bad = bad who[i] " " $1 ": " got ", not " $i "\n" }
	  }
	  print line }
	END { printf "%s", bad; exit bad != "" }' table expected ||
	fail 'not as the table has it'
# What is refused is refused by the sandbox: before it the same acts work.
grep '^before-' table | grep -v ' allowed$' && fail 'refused without a sandbox, too'
[ "$(grep -c "^before-" table)" = 60 ] || fail "before: $(grep -c '^before-' table)"

# ---- from outside ---------------------------------------------------------------
for p in "$parent" "$seat" "$courier"; do
	grep -q '^NoNewPrivs:	1$' "/proc/$p/status" || fail "$p may gain privileges"
	grep -q '^Seccomp:	2$' "/proc/$p/status" || fail "$p has no filter"
done
# A process that is not dumpable belongs to root in /proc: no debugger, no core.
if [ -n "$as" ]; then
	[ "$(stat -c %u "/proc/$parent/mem") $(stat -c %u "/proc/$seat/mem")" = '0 0' ] ||
		fail 'parent or seat can be dumped'
	[ "$(stat -c %u "/proc/$$/mem")" = "$(id -u)" ] || fail 'stat shows nothing'
	grep -q '^Max core file size *0 *0 ' "/proc/$seat/limits" || fail 'the seat leaves a core'
	$as sh -c "cat /proc/$seat/maps" >maps 2>&1 && fail "the party's own user reads the seat's maps"
fi
if [ -r "/proc/$seat/smaps" ]; then
	# every locked page is left out of dumps; shares and nonces also go with a
	# fork, if there could be one
	awk '/^[0-9a-f]+-[0-9a-f]+ / { size = 0 }
		/^Size:/ { size = $2 }
		/^VmFlags:/ { lo = / lo( |$)/; dd = / dd( |$)/; wf = / wf( |$)/
			if (lo && dd) good += size
			if (lo && dd && wf) fork += size
			if (lo && !dd) bad += size }
		END { printf "secret pages: %d KiB locked and undumpable, %d KiB of them wiped by a fork; %d KiB locked only\n", good, fork, bad
			exit !(good > fork && fork >= 16 && bad == 0) }' "/proc/$seat/smaps" || fail 'secret pages'
	for p in $parent $seat $courier; do
		awk -v p="$p" '/^(Rss|Pss):/ { t[$1] += $2 } END { printf "process %s: %d KiB resident, %d KiB of them its own\n", p, t["Rss:"], t["Pss:"] }' "/proc/$p/smaps"
	done
fi

# ---- it still works ---------------------------------------------------------------
cat >r1.draft <<NOTE
quorate/release@v1
authority $authority 1
product example/app
version 1
sequence 1
payload app 1 $(printf x | sha256sum | cut -d' ' -f1)
about
proposed $(date +%s)
NOTE
quorate sign r1.draft --key ci.key --yes -o r1.note >/dev/null 2>&1
propose r1.note
is_pending() { quorate pending --socket alice.sock | grep -q "$id"; }
until_true is_pending
quorate approve "$id" --socket alice.sock --yes >/dev/null 2>&1 || fail 'not approved'

# ---- one dies -----------------------------------------------------------------------
kill -9 "$courier"
again() { [ "$(family alice | wc -w)" = 3 ] && ! family alice | grep -qw "$courier"; }
until_true again
until_true grep -q 'the courier process ended by signal 9: it is started again' alice.log
log_read() { quorate status --socket alice.sock | grep -q '^coordinator connected'; }
until_true log_read
[ "$(family alice | sed -n 2p | cut -d' ' -f1)" = "$seat" ] || fail 'another seat'
# the seat: everything ends, with a word and a status
kill -9 "$seat"
status=0
wait "$(cat alice.pid)" || status=$?
[ $status = 3 ] || fail "without a seat: status $status"
grep -q 'the seat process ended by signal 9: everything ends' alice.log || fail 'no word'
grep -c 'it is started again' alice.log | grep -qx 1 || fail 'a courier was started for nobody'
# the parent: the others are killed with it, and the next one takes over
alice_start
set -- $(family alice)
kill -9 "$1"
alice_start
gone() { ! grep -q '^State:	[^Z]' "/proc/$1/status" 2>/dev/null; } # or not reaped
for p in "$2" "$3"; do until_true gone "$p"; done
kill "$(cat alice.pid)"
wait "$(cat alice.pid)" || fail 'it does not stop in order'
[ ! -e alice.sock ] || fail 'the socket is left behind'
# with a command there is a process for it, which is told no secret; it is missed
sed -i "s|^approval = .*|&\nnotify = $dir/build.sh|" alice.ini
alice_start
set -- $(family alice)
[ $# = 4 ] || fail "not four processes: $*"
tr '\0' ' ' <"/proc/$3/cmdline" | grep -q -- "--notify $dir/build.sh " || fail 'the third is not notify'
if [ -r "/proc/$3/environ" ]; then
	tr '\0' '\n' <"/proc/$2/environ" | grep -q '^QUORATE_PASSPHRASE_FILE=' || fail 'the seat is not told where the passphrase is'
	tr '\0' '\n' <"/proc/$3/environ" | grep -e '^QUORATE_PASSPHRASE_FILE=' -e '^CREDENTIALS_DIRECTORY=' &&
		fail 'notify is told where the passphrase is'
fi
kill -9 "$3"
status=0
wait "$(cat alice.pid)" || status=$?
[ $status = 3 ] || fail "without notify: status $status"
grep -q 'the notify process ended by signal 9: everything ends' alice.log || fail 'no word of notify'
echo "breakout: 34 acts in 5 processes, as the table has it"
