#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# From `quorate release` to the finished release file, 50 times: 3 of 5
# parties, automatic approval, loopback, everything durable, one process a
# party. Prints minimum, median and maximum, and beside them what one
# fdatasync costs on this disk. Judges nothing.
#
#   BIN=build/release/bin sh tests/bench/release.sh [RUNS]
set -u
src=$(cd "$(dirname "$0")/../.." && pwd)
BIN=$(cd "${BIN:-$src/build/release/bin}" && pwd) || exit 3
runs=${1:-50}
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-bench.XXXXXX") || exit 3
sh "$src/docs/quickstart.sh" --no-install --bin "$BIN" --dir "$dir" --flat \
	--keep >"$dir.log" 2>&1 || {
	tail -n 20 "$dir.log"
	exit 1
}
trap 'sh "$dir/stop" >/dev/null 2>&1; rm -rf "$dir" "$dir.log"' EXIT
cd "$dir" || exit 3
PATH=$BIN:$PATH
export QUORATE_PASSPHRASE_FILE=$dir/run/passphrase
i=0
while [ $i -lt "$runs" ]; do
	from=$(date +%s%N)
	quorate release app=firmware.bin --product quickstart.example/bench \
		--version 1.0.$i --sequence $((i + 1)) -o bench.release \
		>>bench.log 2>&1 || {
		tail -n 5 bench.log
		exit 1
	}
	echo $((($(date +%s%N) - from) / 1000))
	i=$((i + 1))
done | sort -n >bench.us
awk '{ t[NR] = $1 / 1000 } END {
	printf "release, 3 of 5: %d runs, min %.1f ms, median %.1f ms, p90 %.1f ms, max %.1f ms\n",
		NR, t[1], t[int((NR + 1) / 2)], t[int(NR * 0.9)], t[NR] }' bench.us
LC_ALL=C dd if=/dev/zero of=sync.probe bs=4096 count=200 oflag=dsync 2>&1 |
	awk '/copied/ { for (i = 1; i < NF; i++) if ($(i + 1) ~ /^s,?$/) printf "one synced 4 KiB write: %.3f ms\n", $i * 1000 / 200 }'
