#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How long from POST /add to the complete file, cosigned by three witnesses on
# this machine, and how many a second. BIN and SRC as for the tests; judges
# nothing. The disk's own figure stands beside.
. "$SRC/tests/flow/log_help.sh"
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
start quorate-logd log || fail "the log does not start"
post_ok trust.note trust.file
dd if=/dev/zero of=sync bs=4096 count=500 oflag=dsync 2>dd.err
awk '/copied/ { printf "# disk: %.0f synced 4 KiB writes a second\n",
	500 / $(NF - 3) }' dd.err
next=1
for c in 1 4 16 64; do
	n=$((c * 100 + 200))
	[ $c = 1 ] && n=300
	"$BIN/log-load" "http://127.0.0.1:$port_log" alice.example,bob.example \
		$n $c $next || fail "load"
	next=$((next + n))
done
[ -n "${LONG:-}" ] && "$BIN/log-load" "http://127.0.0.1:$port_log" \
	alice.example,bob.example "$LONG" 100 $next
audit
du -sk log.state | awk -v n="$size" '{ printf "# %d entries, %d KiB of state\n",
	n, $1 }'
curl -s "http://127.0.0.1:$port_log/metrics" | grep -E '_(batches|published)_'
