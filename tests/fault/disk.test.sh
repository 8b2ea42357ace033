# SPDX-License-Identifier: Apache-2.0
# Disks that are really full, and one that has really become read-only (what
# fault/log_disk injects): small file systems of their own under a log, a
# witness, a mirror and an auditor. Each says what is wrong and where, signs
# and acknowledges nothing that it could not store, loses nothing, ends in
# order if it is told to, and goes on by itself when there is room.
if [ -z "${DISK_OWN:-}" ]; then # mounts are nobody else's, and go with us
	for how in -m -rm; do
		unshare $how true 2>/dev/null && DISK_OWN=1 exec unshare $how env DISK_OWN=1 sh "$0"
	done
	echo "SKIPPED: no mounts of one's own here"
	exit 0
fi
. "$SRC/tests/flow/log_help.sh"
disks='log w1 m1'
unmount() {
	finish_disks=$(awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/mounts)
	for p in $(own $pids); do
		kill -9 "$p" && wait "$p"
	done 2>/dev/null
	cd /
	for d in $finish_disks; do umount -l "$d"; done
	cd "$dir" && finish
}
trap unmount EXIT
for d in $disks audit; do
	mkdir $d.state && mount -t tmpfs -o size=6m none $d.state 2>/dev/null || {
		echo "SKIPPED: no small file systems here"
		exit 0
	}
done
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
run() { # NAME: start it
	case $1 in
	log) start quorate-logd log ;;
	m1) MIRROR=--mirror start quorate-witnessd m1 ;;
	*) start quorate-witnessd "$1" ;;
	esac
}
for w in w1 w2; do witness_ini $w && run $w || fail $w; done
witness_more="first-trust = acme.example/test $id" witness_ini m1 && run m1 || fail m1
patience=2s log_ini "$id"
run log || fail log
post_ok trust.note trust.file

n=0 acknowledged=0
next() { # the release that is not logged yet, once more
	[ -s "r$((n + 1))" ] || release $((n + 1)) r$((n + 1))
	post r$((n + 1)) answer
	case $code in
	200) n=$((n + 1)) acknowledged=$((acknowledged + 1)) && mv answer r$n.file ;;
	202 | 503) ;;
	*) fail "release $((n + 1)): $code $(cat answer)" ;;
	esac
}
goes_on() { # WHAT
	_n=$n
	until_true 'next; [ $n -gt $_n ]' || fail "$1: it does not go on: $code $(cat answer)"
	for _d in $disks; do
		until_true "[ \"\$(health $_d)\" = ok ]" || fail "$1: $_d is not well: $(health $_d)"
	done
}
health() { eval "curl -s -m 5 \"http://127.0.0.1:\$port_$1/healthz\""; }
mark() { for _d in $disks; do eval "mark_$_d=\$(wc -l <$_d.log)"; done; }
said() { # NAME PATTERN
	eval "tail -n +\$((mark_$1 + 1)) $1.log" | grep -Eq "$2"
}
# What a disk under NAME does not take: the database has room in its -wal for
# some more at first. Whoever else is asked meanwhile is as ever.
suffers() { # NAME HOW WORDS
	_what="$1, $2"
	until_true "next; health $1 | grep -q 'could not be stored'" || fail "$_what: it stores on: $(health $1)"
	said $1 "'[^']*/$1.state/[a-z]*.db': .*($3)" || fail "$_what: it says neither what nor where: $(tail -n 3 $1.log)"
	# (old tiles that go may leave room for one more: hence not at once)
	case $1 in
	log) until_true 'next; [ "$code" = 503 ]' ;;
	m1) until_true 'next; [ "$code" = 202 ]' ;; # the quorum has no other
	*) until_true 'next; [ "$code" = 200 ] && ! grep -q "^— $1.test" r$n.file' ;; # it is not needed
	esac || fail "$_what: $code"
	get "/lookup/$("$nm" id r1)" l
	case $1:$code in m1:200 | m1:202 | *:200) ;; *) fail "$_what: reads: $code" ;; esac
	[ "$(said_times $1)" -le 2 ] || fail "$_what: it says so again and again: $(tail $1.log)"
}
said_times() { # of a witness: that it signs nothing
	eval "tail -n +\$((mark_$1 + 1)) $1.log" | grep -c 'nothing is signed'
}
fill() { # until not a byte more fits
	cat /dev/zero >"$1.state/fill" 2>/dev/null
	[ "$(df --output=avail "$1.state" | tail -n 1)" -eq 0 ] || fail "$1.state is not full"
}

for _ in 1 2 3; do goes_on 'at first'; done
for d in $disks; do
	mark
	fill $d
	suffers $d full 'full|No space'
	# killed on a full disk, it comes back on it, or says why not
	stop $d KILL
	mark
	if run $d; then
		_again=up
	else
		wait "$_pid"
		_again=$?
		[ $_again = 3 ] && said $d 'full|No space' || fail "$d, killed while full: $_again, $(tail -n 3 $d.log)"
	fi
	rm $d.state/fill
	[ $_again = up ] || run $d || fail "$d: with room it does not start"
	goes_on "$d, with room"
done

# an auditor's own disk
log=http://127.0.0.1:$port_log
audits() { "$BIN/quorate" audit "$log" --trust trust.note --state audit.state/a >o 2>e; }
audits || fail "$(cat o e)"
goes_on 'for the auditor'
fill audit
for command in 'audit --max-age 30d' 'monitor --once --hook cat'; do
	# shellcheck disable=SC2086 # words
	"$BIN/quorate" $command "$log" --trust trust.note --state audit.state/a >o 2>e
	_rc=$?
	# it may have room in its -wal for this one
	[ $_rc = 0 ] || { [ $_rc = 3 ] && grep -Eq 'full|No space|audit.db' e; } || fail "$command: $_rc $(cat o e)"
done
"$BIN/quorate" append r1 --log "$log" -o audit.state/r1.file 2>e
[ $? = 3 ] && grep -q "audit.state/r1.file.*No space" e || fail "append: $(cat e)"
[ -z "$(find audit.state -name 'r1*')" ] || fail "half a file: $(ls audit.state)"
rm audit.state/fill
audits && grep -q "^log log.test/one $((n + 1)) " o || fail "the auditor does not go on: $(cat o e)"

# a disk whose file system gives up: as a real one does after an error
readonly_n=0
if [ "$(id -u)" = 0 ] && command -v mkfs.ext4 >/dev/null; then
	for d in $disks; do
		truncate -s 12M $d.img
		mkfs.ext4 -q -b 1024 $d.img && mkdir $d.ext4 && mount -o loop,errors=remount-ro $d.img $d.ext4 2>/dev/null || break
		stop $d || fail "stop $d"
		cp -a $d.state/. $d.ext4 && sync -f $d.ext4 && umount $d.state && mount --move $d.ext4 $d.state || fail "$d: its disk"
		run $d || fail "$d on another disk"
		goes_on "$d on another disk"
		mark
		mount -o remount,abort $d.state 2>/dev/null || break
		suffers $d read-only 'Read-only|readonly'
		stop $d || fail "$d, read-only: it does not end in order: $?"
		mark
		run $d && fail "$d starts on what is read-only"
		wait "$_pid"
		_rc=$?
		[ $_rc = 3 ] && said $d 'Read-only' || fail "$d, read-only: exit $_rc, $(tail -n 1 $d.log)"
		umount $d.state && e2fsck -p $d.img >fsck 2>&1
		mount -o loop $d.img $d.state || fail "$d: its disk again"
		run $d || fail "$d: its disk is well"
		goes_on "$d, writable again"
		readonly_n=$((readonly_n + 1))
	done
fi

# nothing was lost, doubled, or signed twice
for i in $(seq $n); do
	get "/lookup/$("$nm" id r$i)" l
	[ "$code" = 200 ] || fail "release $i: $code"
	[ "$("$nm" proof l trust.note | cut -d' ' -f1)" = "$("$nm" proof r$i.file trust.note | cut -d' ' -f1)" ] ||
		fail "release $i has moved"
done
audits || fail "$(cat o e)"
for w in w1 w2 m1; do
	"$BIN/quorate" log evidence $w.state >list && ! grep -q fork list || fail "$w: $(cat list)"
	stop $w || fail "stop $w"
done
stop log || fail 'stop the log'
"$BIN/quorate" log verify-store log.state >v || fail "$(cat v)"
grep -q "^size $((n + 1))$" v || fail "$n and the trust text: $(cat v)"
cp -r "m1.state/mirror/$(printf log.test/one | sha256sum | cut -c 1-64)" copy
[ "$(sed -n 2p copy/checkpoint)" = $((n + 1)) ] || fail "the mirror: $(cat copy/checkpoint)"
echo "disk: 4 full, $readonly_n read-only; $acknowledged acknowledged, all of it holds"
