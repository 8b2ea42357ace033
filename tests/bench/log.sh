#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# How fast the log is, over real HTTP on loopback, and how fast this machine
# is in the same run: disk, SQLite, signature checks, and, where Go is,
# Tessera's POSIX log under the same load. BIN and SRC as for the tests;
# judges nothing, prints the ratios.
#
# Tessera verifies nothing, so the server's CPU time is also given less
# signature verification. That is measured, not estimated: the log reads its
# verifying threads' CPU clocks before and after each batch of entries'
# signatures (quorate_log_verify_cpu_us_total), and nothing else counts: not
# the parsing, not the rules, not the witnesses' cosignatures.
#
# How much of it is HTTP: the same server (host/http_server.h) that answers as
# many bytes to the same load, and does nothing else (http_floor.c).
#
# Memory is looked at once a second. It grows by 48 bytes an entry (two
# references of the index, in memory) until 131,072 entries have gathered and
# are written to disk, and then begins again: COUNT=400000 shows the saw.
#
#	COUNT=20000	entries of the closed loop
#	RATE_S=10	seconds of the open loop at 500 a second
#	LONG=1048576	entries of the library alone
. "$SRC/tests/flow/log_help.sh"
count=${COUNT:-20000}
seconds=${RATE_S:-10}
load() { "$BIN/log-load" --keys "$keys" "$@" | tee -a figures; }
keys=alice.example,bob.example,carol.example,dana.example
figure() { # NAME FIELD... from the remarks of the generator
	sed -n "s/^# $1: .*$2 \([0-9.]*\).*/\1/p" figures | tail -n 1
}
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.2f", (b > 0 ? a / b : 0) }'; }

echo "# --- this machine, and the log as a library"
"$BIN/log-store" --dir store --count "${LONG:-131072}" | tee -a figures
rm -rf store

echo "# --- the log: 1.5 KB, four signatures each, fully admitted"
key dana dana.example 01
key dana-root dana.example/root 01
for w in w1 m1; do
	witness_ini $w
	sed -i 's/^state/rate = 1000000\nstate/' $w.ini
	start quorate-witnessd $w || fail "witness $w does not start"
done
port_w2=1 # nobody there; the quorum is both others
trust_text 1 - | sed "s|^group two.*|signer dana $(pub dana) DE\ngroup three 3 alice bob carol dana|
	s|^quorum two|quorum three|" >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol dana >trust.note
log_ini "$("$nm" id trust.note)"
sed -i "s/^interval.*/&\nconnections-per-ip = 1000/" log.ini
sed -i '/^\[witness w2\]/,/^url/d' log.ini
start quorate-logd log || fail "the log does not start"
post_ok trust.note trust.file
log_url=http://127.0.0.1:$port_log
load --url "$log_url" --pid "$pid_log" --name warm --count 1024 --first 1 \
	--connections 64 || fail load
memory() { # until the log has gone: entries, resident KiB
	while kill -0 "$pid_log" 2>/dev/null; do
		echo "$(curl -s "$log_url/metrics" | sed -n 's/^quorate_log_size //p')" \
			"$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$pid_log/status")"
		sleep 1
	done >memory 2>/dev/null
}
memory &
pids="$pids $!"
verify_us() { curl -s "$log_url/metrics" | sed -n 's/^quorate_log_verify_cpu_us_total //p'; }
before=$(verify_us)
load --url "$log_url" --pid "$pid_log" --name add-512 --count "$count" \
	--first 1000 --connections 512 || fail load
verify=$(awk -v a="$before" -v b="$(verify_us)" -v n="$count" \
	'BEGIN { printf "%.1f", (b - a) / n }')
rest=$(awk -v a="$(figure add-512 server)" -v b="$verify" \
	'BEGIN { printf "%.1f", a - b }')
echo "# add-512: CPU ms per 1000: signature verification $verify, the rest $rest"
first=$((count + 1000))
for c in 64 128 256; do
	load --url "$log_url" --pid "$pid_log" --name add-$c --count 6000 \
		--first $first --connections $c || fail load
	first=$((first + 6000))
done
load --url "$log_url" --pid "$pid_log" --name add-1 --count 200 \
	--first $first --connections 1 || fail load
load --url "$log_url" --pid "$pid_log" --name open-500 --rate 500 \
	--count $((500 * seconds)) --first $((first + 200)) --connections 64 ||
	fail load
curl -s "$log_url/metrics" | grep -E '_(batches|published|entries)_|us_total'
audit
stop log
awk 'NF == 2 { size[++n] = $1; kib[n] = $2; if ($2 > most) most = $2 }
	END { for (i = 1; i < n && size[i] < size[n] / 2; i++) ;
	printf "# memory, resident MiB: start %.1f, at %d entries %.1f, at %d entries %.1f, most %.1f\n",
	kib[1] / 1024, size[i], kib[i] / 1024, size[n], kib[n] / 1024, most / 1024 }' memory
du -sk log.state | awk -v n="$size" '{ printf "# %d entries, %.0f bytes of state each\n",
	n, $1 * 1024 / n }'

echo "# --- the floor: the same HTTP server, that looks at nothing and keeps nothing"
: >floor.log
"$BIN/http-floor" --answer "$(figure add-512 answer)" 2>>floor.log &
pid=$!
pids="$pids $pid"
until_true 'grep -q ready: floor.log' || fail "$(cat floor.log)"
floor_url=http://$(sed -n 's/.*listening on //p' floor.log)
load --url "$floor_url" --pid "$pid" --any --name floor-512 --count "$count" \
	--first 1000 --connections 512 || fail load
kill "$pid"
floor=$(figure floor-512 server)
echo "# server CPU less verification, ours to the floor's: $(ratio "$rest" "$floor")"

tessera=${TESSERA:-}
if [ -z "$tessera" ] && command -v go >/dev/null; then
	(cd "$SRC/tests/bench/tessera" && go build -o "$dir/tessera-bench" .) &&
		tessera=$dir/tessera-bench
fi
[ -n "$tessera" ] || {
	echo "# SKIPPED: Tessera, there is no Go here or its modules cannot be had"
	exit 0
}
echo "# --- Tessera POSIX: the same bytes, nothing verified"
tessera_run() { # NAME FLAG
	"$tessera" -dir "$dir/$1" $2 2>tessera.log &
	pid=$!
	pids="$pids $pid"
	until_true 'grep -q ready: tessera.log' || fail "$(cat tessera.log)"
	t_url=http://$(sed -n 's/.*listening on //p' tessera.log)
}
tessera_run tessera ""
load --url "$t_url" --pid "$pid" --any --name tessera-warm --count 1024 \
	--first 1 --connections 64 || fail load
load --url "$t_url" --pid "$pid" --any --name tessera-512 --count "$count" \
	--first 1000 --connections 512 || fail load
for c in 64 128 256; do
	load --url "$t_url" --pid "$pid" --any --name tessera-$c --count 6000 \
		--first $((count + 1000 * c)) --connections $c || fail load
done
kill "$pid"
rate() { sed -n "s|^# $1: .* \([0-9]*\)/s.*|\1|p" figures | tail -n 1; }
echo "# rate, ours to Tessera's, at 64, 128, 256 and 512 connections:" \
	"$(for c in 64 128 256 512; do
		ratio "$(rate add-$c)" "$(rate tessera-$c)"
		echo
	done | xargs)"
echo "# server CPU less verification, ours to Tessera's: $(ratio "$rest" \
	"$(figure tessera-512 server)"); of it HTTP alone, the floor's to" \
	"Tessera's: $(ratio "$floor" "$(figure tessera-512 server)")"
tessera_run tessera2 -await
load --url "$t_url" --pid "$pid" --any --name tessera-open-500 --rate 500 \
	--count $((500 * seconds)) --first 1 --connections 64 || fail load
kill "$pid"
