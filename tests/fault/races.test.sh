# SPDX-License-Identifier: Apache-2.0
# The log and its witnesses under load, built with gcc's thread sanitizer: no
# two threads touch the same memory without a lock between them. Entries come
# over many connections, some twice at once, some refused, some by clients that
# leave; tiles, lookups and metrics are read meanwhile.
. "$SRC/tests/flow/log_help.sh"
[ -x "$BIN/raced-logd" ] || {
	echo "SKIPPED: no thread sanitizer in this build"
	exit 0
}
mkdir bin
for p in log-load note-maker quorate; do ln -s "$BIN/$p" bin/; done
for p in log witness; do ln -s "$BIN/raced-${p}d" "bin/quorate-${p}d"; done
# Its shadow memory wants the kernel not to spread addresses too far.
still=""
setarch "$(uname -m)" -R true 2>/dev/null && still="setarch $(uname -m) -R"
# shellcheck disable=SC2086
$still bin/quorate-logd --version >/dev/null 2>tsan.out || {
	grep -q 'FATAL: ThreadSanitizer' tsan.out || fail "$(cat tsan.out)"
	echo "SKIPPED: the thread sanitizer does not run under this kernel"
	exit 0
}
BIN=$dir/bin
FAULT="TSAN_OPTIONS=exitcode=66:report_signal_unsafe=0 $still"
keys=alice.example,bob.example,carol.example
load() { "$BIN/log-load" --keys "$keys" --url "$url" --any "$@" >>load.out 2>&1; }

witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
sed -i "s/^interval.*/&\nconnections-per-ip = 1000/" log.ini
start quorate-logd log || fail "the log does not start"
post_ok trust.note trust.file
url=http://127.0.0.1:$port_log

loads=""
for i in 1 2; do # the same entries from both
	load --name "a$i" --count 1536 --first 1000 --connections 128 &
	loads="$loads $!"
done
load --name b --count 600 --first 1 --connections 32 &
loads="$loads $!"
for i in $(seq 40); do
	curl -s "$url/metrics" "$url/checkpoint" "$url/healthz" "$url/" \
		"$url/tile/0/000" "$url/tile/entries/000" --compressed >/dev/null
	curl -s "$url/lookup/product/p/$i" >/dev/null
	curl -s --data-binary "no note $i" "$url/add" >/dev/null
	curl -s -m 0.05 --data-binary @trust.note "$url/add" >/dev/null
done
for p in $loads; do wait "$p"; done
grep -q '^# b: ' load.out || fail "no load: $(tail -n 3 load.out)"
size=$(curl -s "$url/metrics" | sed -n 's/^quorate_log_size //p')
[ "$size" -gt 1000 ] || fail "only $size entries were logged"
for d in log w1 w2 m1; do
	stop "$d"
	rc=$?
	grep -A 30 'WARNING: ThreadSanitizer' "$d.log" | head -n 60 >&2
	[ "$rc" = 0 ] || fail "$d ended with $rc"
	! grep -q 'ThreadSanitizer' "$d.log" || fail "$d: a race"
done
echo "$size entries, no race"
