# SPDX-License-Identifier: Apache-2.0
# A log is ended at every single effect that one append has on disk, and a
# witness at every one of a cosignature; and at every one of a log's first
# start. Then: what was acknowledged is there and verifies, every checkpoint
# that anybody saw is continued, nothing is there twice, the same POST succeeds.
# The shim also ends the daemon when an answer leaves before all is synced.
. "$SRC/tests/flow/log_help.sh"
shim=$BIN/fault-shim.so
grep -q sanitize "$BIN/../CMakeCache.txt" 2>/dev/null &&
	grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" && {
	echo "SKIPPED: sanitizers and a preloaded shim do not mix"
	exit 0
}
[ -f "$shim" ] || fail "no shim"
synced() { ! grep -h '^shim: ' ./*.log; }

# ---- at every effect of the first start -----------------------------------
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
patience=5s log_ini "$("$nm" id trust.note)"
starts=0
n=1
while :; do
	rm -rf log.state
	FAULT="LD_PRELOAD=$shim FAULT_AT=$n FAULT_COUNT=$dir/count"
	start quorate-logd log && {
		# it listens; it may yet end while it publishes the empty tree
		until_true '! kill -0 "$pid_log" 2>/dev/null ||
			curl -s http://127.0.0.1:$port_log/checkpoint |
			grep -q "^log.test/one"'
	}
	if kill -0 "$pid_log" 2>/dev/null; then
		sleep 0.3
		kill -0 "$pid_log" 2>/dev/null && break
	fi
	wait "$pid_log" 2>/dev/null
	starts=$((starts + 1))
	[ $starts -gt 400 ] && fail "no end of effects"
	# some of the states left behind are also started again, all the way
	if [ $((n % 4)) = 0 ]; then
		FAULT=
		start quorate-logd log || fail "start after effect $n"
		until_true 'get /checkpoint l && [ "$code" = 200 ]' ||
			fail "nothing published after effect $n"
		stop log || fail "stop after effect $n"
	fi
	n=$((n + 1))
done
stop log
FAULT=
start quorate-logd log || fail "the last start"
post_ok trust.note trust.file
audit

# w2 stays away, so that the quorum is both others: nothing more is published
# while an answer leaves
stop w2

# ---- at every effect of one append, whole and torn ------------------------
seen() { # every checkpoint anybody has: the published one, the witnesses'
	hash=$(printf log.test/one | sha256sum | cut -d' ' -f1)
	for p in "$port_log/checkpoint" "$port_w1/$hash/checkpoint" \
		"$port_m1/$hash/checkpoint"; do
		curl -s -m 5 "http://127.0.0.1:$p" | sed -n '2,3p' | tr '\n' ' '
		echo
	done
}
seq=1
appends=0
for tear in "" "FAULT_TORN=1"; do
	n=1
	stop log
	while :; do
		FAULT="LD_PRELOAD=$shim FAULT_AT=$n FAULT_ARM=1 FAULT_SYNC=1 $tear"
		start quorate-logd log || fail "start"
		until_true 'get /healthz l && [ "$code" = 200 ]' || fail health
		sleep 0.2 # what the start itself publishes
		release $seq r
		kill -USR1 "$pid_log"
		post r r.file
		acked=$code
		sleep 0.2
		if kill -0 "$pid_log" 2>/dev/null; then
			[ "$acked" = 200 ] || fail "append $n: $acked"
			stop log && { # else it ended while it stopped
				seq=$((seq + 1))
				break
			}
		fi
		wait "$pid_log" 2>/dev/null
		appends=$((appends + 1))
		[ $appends -gt 400 ] && fail "no end of effects"
		FAULT=
		start quorate-logd log || fail "start after effect $n"
		if [ "$acked" = 200 ]; then # it is there, published, as it was
			until_true 'get "/lookup/$("$nm" id r)" l &&
				[ "$code" = 200 ]' || fail "lost after $n"
			was=$("$nm" proof r.file trust.note | cut -d' ' -f1)
			"$nm" proof l trust.note | grep -q "^$was " ||
				fail "moved after $n"
		fi
		post_ok r r.again
		seen >points
		while read -r s root_seen; do
			[ -z "$s" ] || audit "$s" "$root_seen"
		done <points
		[ "$size" = $((seq + 1)) ] || fail "size $size after effect $n"
		stop log || fail "stop: $?"
		seq=$((seq + 1))
		n=$((n + 1))
	done
	start quorate-logd log || fail start
done
synced || fail "an answer before the sync"

# ---- at every effect of one cosignature -----------------------------------
FAULT=
cosigns=0
n=1
stop m1
while :; do
	FAULT="LD_PRELOAD=$shim FAULT_AT=$n FAULT_ARM=1 FAULT_SYNC=1"
	start quorate-witnessd m1 || fail "m1"
	until_true 'curl -s "http://127.0.0.1:$port_m1/healthz" | grep -q ok'
	FAULT=
	kill -USR1 "$pid_m1"
	before=$(seen | tail -n 1 | cut -d' ' -f1)
	release $seq r
	post r r.file &
	poster=$!
	until_true '! kill -0 "$pid_m1" 2>/dev/null ||
		! kill -0 "$poster" 2>/dev/null'
	if kill -0 "$pid_m1" 2>/dev/null; then
		wait "$poster"
		post_ok r r.file
		stop m1 && {
			seq=$((seq + 1))
			break
		}
	fi
	cosigns=$((cosigns + 1))
	[ $cosigns -gt 100 ] && fail "no end of effects"
	start quorate-witnessd m1 || fail "m1 after effect $n"
	after=$(seen | tail -n 1 | cut -d' ' -f1)
	[ "$after" -ge "$before" ] || fail "m1 went back: $before $after"
	wait "$poster"
	until_true 'post r r.file && [ "$code" = 200 ]' || fail "after $n: $code"
	"$nm" proof r.file trust.note >/dev/null || fail "r after $n"
	seq=$((seq + 1))
	n=$((n + 1))
	stop m1 || fail "stop m1: $?"
done
synced || fail "an answer before the sync"
start quorate-witnessd m1 || fail m1
audit
[ "$size" = "$seq" ] || fail "in the end $size"
for w in w1 m1; do
	eval "p=\$port_$w"
	curl -s "http://127.0.0.1:$p/metrics" |
		grep -q '^quorate_witness_forks_total 0$' || fail "a fork at $w"
done
stop log || fail "end: $?"
echo "log_kill: ended at each of $starts effects of a first start," \
	"$appends of an append (whole and torn), $cosigns of a cosignature;" \
	"$size entries, all of it holds"
