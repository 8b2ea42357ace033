#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing sleeps on the way of a release: every pause of every process is
# counted over twenty releases by three of five parties. A sleep fails the
# test; a server's wait that ended by its deadline is listed.
set -eu
grep -q '^QUORATE_SANITIZE:BOOL=ON' "$BIN/../CMakeCache.txt" 2>/dev/null && {
	echo "SKIPPED: sanitizers and a preloaded shim do not mix"
	exit 0
}
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-wake.XXXXXX")
trap '[ ! -f "$dir/play/stop" ] || sh "$dir/play/stop" 2>/dev/null; rm -rf "$dir"' EXIT
export SLEEPS_FILE=$dir/sleeps
LD_PRELOAD=$BIN/sleeps.so sh "$SRC/docs/quickstart.sh" --bin "$BIN" --no-install --flat --keep \
	--dir "$dir/play" >"$dir/said" 2>&1 || {
	tail -n 30 "$dir/said"
	exit 1
}
cd "$dir/play"
grep -q . "$SLEEPS_FILE" || {
	echo 'wake: the shim counted nothing at all, not even the quickstart: it does not work'
	exit 1
}
export QUORATE_PASSPHRASE_FILE=$PWD/run/passphrase
: >"$SLEEPS_FILE"
i=0
while [ $i -lt 20 ]; do
	i=$((i + 1))
	LD_PRELOAD=$BIN/sleeps.so "$BIN/quorate" release app=firmware.bin --product quickstart.example/wake \
		--version 1.$i --sequence $i -o wake.release >>wake.log 2>&1 || {
		tail -n 5 wake.log
		exit 1
	}
done
sort "$SLEEPS_FILE" | uniq -c
# The servers' own deadlines (one thread looks after all of them) may end by
# their clock at any time; what parties, log, witnesses and the command do on
# the way of a release may not sleep.
if grep -Ev '^(quorate-coordinat|quorate-logd|quorate-witnessd|quorate-signerd) pthread_cond_timedwait$' "$SLEEPS_FILE"; then
	echo 'wake: something slept on the way of a release'
	exit 1
fi
echo "wake: $i releases, no sleep"
