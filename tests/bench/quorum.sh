#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tests/bench/quorum.c and, where cargo is, ZF frost-ed25519 on the same work,
# in turns; of each figure the least of all turns, and the ratio. "Plain" is
# ours in portable C, without the vectors of host/edwards_*.c (ZF's library
# has its own, and takes them). Judges nothing.
#
#   sh tests/bench/quorum.sh [BUILD] [TURNS]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=${1:-$here/../../build/dev}
turns=${2:-3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
peer=
if command -v cargo >/dev/null; then
	mkdir -p "$build/bench-zf"
	cp -R "$here/zf/." "$build/bench-zf"
	if (cd "$build/bench-zf" && cargo build --release --quiet) 2>"$work/log"; then
		peer=$build/bench-zf/target/release/bench-zf
	else
		echo "SKIPPED: ZF frost (cargo: $(grep -m 1 error "$work/log"))"
	fi
else
	echo "SKIPPED: ZF frost (no cargo)"
fi
: >"$work/zf"
while [ "$turns" -gt 0 ]; do
	"$build/bin/bench-quorum" >>"$work/ours"
	"$build/bin/bench-quorum" plain >>"$work/plain"
	[ -z "$peer" ] || "$peer" >>"$work/zf"
	turns=$((turns - 1))
done
awk 'function least(a) { if (!(k in a) || $3 < a[k]) a[k] = $3 }
{ k = $1 " " $2 }
FILENAME ~ /zf$/ { least(zf) }
FILENAME ~ /plain$/ { least(plain) }
FILENAME ~ /ours$/ { if (!(k in ours)) order[n++] = k
	least(ours) }
END { printf "%-22s %11s %11s %11s %8s %8s\n", "", "us", "plain us",
	"ZF us", "ratio", "plain"
  for (i = 0; i < n; i++) { k = order[i]
	printf "%-22s %11.1f %11.1f", k, ours[k], plain[k]
	if (k in zf) printf " %11.1f %8.3f %8.3f", zf[k], ours[k] / zf[k],
		plain[k] / zf[k]
	printf "\n" } }' "$work/zf" "$work/plain" "$work/ours"
