# SPDX-License-Identifier: Apache-2.0
# A disk that fails: every single effect of an append fails once, as EIO and
# as a torn ENOSPC; then a disk that is full, and one that is read-only, for a
# while. The log says so, answers "try again", loses nothing that it has
# acknowledged, signs no size twice, and goes on by itself when it can.
. "$SRC/tests/flow/log_help.sh"
shim=$BIN/fault-shim.so
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null && {
	echo "SKIPPED: sanitizers and a preloaded shim do not mix"
	exit 0
}
[ -f "$shim" ] || fail "no shim"
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
patience=3s log_ini "$("$nm" id trust.note)"
start quorate-logd log || fail "start"
post_ok trust.note trust.file
healthy() { until_true 'get /healthz l && [ "$code" = 200 ]' || fail health; }

# Posts release $seq until it is taken; what was acknowledged earlier must be
# there, in its place, and every checkpoint seen is continued.
settle() {
	until_true 'post r r.file; [ "$code" = 200 ] && "$nm" proof r.file trust.note >/dev/null' ||
		fail "$1: release $seq is not taken: $code $(cat r.file)"
	[ -s last.file ] && {
		get "/lookup/$("$nm" id last.file)" l
		[ "$code" = 200 ] || fail "$1: an acknowledged entry: $code"
		[ "$("$nm" proof l trust.note | cut -d' ' -f1)" = \
			"$("$nm" proof last.file trust.note | cut -d' ' -f1)" ] ||
			fail "$1: an acknowledged entry moved"
	}
	cp r.file last.file
	audit "${size:-1}" "${root:-}"
	seq=$((seq + 1))
}

# ---- one effect fails ------------------------------------------------------
seq=1 failed=0 ended=0
audit
for how in "FAULT_ERRNO=5" "FAULT_ERRNO=28 FAULT_TORN=1"; do
	n=1
	while [ $n -le "${EFFECTS_MAX:-40}" ]; do
		stop log || fail "stop: $?"
		FAULT="LD_PRELOAD=$shim FAULT_AT=$n FAULT_ARM=1 $how"
		start quorate-logd log || fail "start"
		FAULT=
		healthy
		release $seq r
		kill -USR1 "$pid_log"
		post r r.file
		case $code in
		200 | 202 | 503) ;;
		*) fail "$how at effect $n: $code $(cat r.file)" ;;
		esac
		[ "$code" = 200 ] && { "$nm" proof r.file trust.note >/dev/null ||
			fail "a file that does not verify"; cp r.file last.file; }
		kill -0 "$pid_log" 2>/dev/null || {
			ended=$((ended + 1))
			wait "$pid_log"
			start quorate-logd log || fail "start after $how at $n"
		}
		settle "$how at effect $n"
		failed=$((failed + 1))
		n=$((n + ${EFFECTS_STEP:-3}))
	done
done

# ---- a disk that is full, one that is read-only ----------------------------
for how in "28 full" "30 read-only"; do
	stop log || fail "stop"
	FAULT="LD_PRELOAD=$shim FAULT_AT=1 FAULT_ARM=1 FAULT_STAY=1 FAULT_ERRNO=${how% *}"
	start quorate-logd log || fail "start"
	FAULT=
	healthy
	kill -USR1 "$pid_log"
	from=$(wc -l <log.log)
	release $seq r
	post r answer
	[ "$code" = 503 ] || fail "$how: $code"
	get /lookup/product/acme.example/camera l
	[ "$code" = 200 ] || fail "$how: reads go on: $code"
	get /healthz l
	[ "$code" = 503 ] && grep -q "could not be stored" l || fail "$how: healthz: $code $(cat l)"
	kill -0 "$pid_log" || fail "$how: the log ended"
	tail -n +$((from + 1)) log.log | grep -Eqi 'disk|full|I/O|read-only|space' ||
		fail "$how: it does not say what is wrong: $(tail -n 3 log.log)"
	get /metrics l
	grep -q '^quorate_log_failing 1$' l || fail "$how: $(cat l)"
	kill -USR1 "$pid_log" # there is room again
	# a balancer that sends it nothing before learns it, too
	until_true 'get /healthz l; [ "$code" = 200 ]' || fail "$how: with room: $(cat l)"
	settle "$how"
	get /healthz l
	grep -q "could not be stored" l && fail "$how: healthz still: $(cat l)"
done
stop log || fail "end: $?"
start quorate-logd log || fail "the last start"
audit "$size" "$root"
[ "$size" = "$seq" ] || fail "in the end $size entries, not $seq"
for w in w1 w2 m1; do
	eval "p=\$port_$w"
	curl -s "http://127.0.0.1:$p/metrics" |
		grep -q '^quorate_witness_forks_total 0$' || fail "a fork at $w"
done
stop log || fail "end: $?"
echo "log_disk: $failed effects failed, of which $ended ended the log;" \
	"full and read-only for a while; $size entries, all of it holds"
