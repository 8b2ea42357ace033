#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Our participant against published signatures, alone; then in one session
# with participants of other implementations, where their packages can be had:
# @noble/curves with node, ZF frost with cargo. Packages are kept in the build
# directory.
set -eu
here=$SRC/tests/interop
ours=$BIN/frost-participant
cache=$(dirname "$BIN")/interop
mkdir -p "$cache"

if [ -f "$VECTORS/frost.json" ]; then
	for suite in ed25519 secp256k1; do
		python3 "$here/drive.py" $suite --vectors "$VECTORS/frost.json" "quorate=$ours"
	done
	python3 "$here/drive.py" secp256k1 --bip340 "$VECTORS/bip340/test-vectors.csv" "quorate=$ours"
else
	echo "SKIPPED: published signatures (no $VECTORS/frost.json)"
fi

# What is refused is refused in words, and the program goes on.
refused=$(printf '%s\n' '' '{' '[]' '{"op":1}' '{"op":"nothing"}' '{"op":"sign"}' \
	'{"op":"load","id":"00","share":"","group_key":"","min":2}' \
	'{"op":"dealer","n":3,"t":1}' '{"op":"dealer","n":999,"t":2}' \
	'{"op":"verify","group_key":"0100000000000000000000000000000000000000000000000000000000000000","msg":"","signature":""}' |
	"$ours" ed25519 | grep -c '"ok":false')
[ "$refused" = 10 ] || {
	echo "ten bad questions, $refused refused" >&2
	exit 1
}

[ "${PEERS:-}" = none ] && exit 0
peers=
if ! command -v node >/dev/null || ! command -v npm >/dev/null; then
	echo "SKIPPED: @noble/curves (no node)"
elif [ -d "$cache/node_modules/@noble/curves" ] ||
	(cd "$cache" && npm install --silent --no-audit --no-fund --prefix . @noble/curves@2.4.0) >"$cache/npm.log" 2>&1; then
	cp "$here/noble.mjs" "$cache/noble.mjs"
	noble="noble=node $cache/noble.mjs"
	peers=1
else
	echo "SKIPPED: @noble/curves (npm has no package: $(tail -n 1 "$cache/npm.log"))"
fi
if ! command -v cargo >/dev/null; then
	echo "SKIPPED: ZF frost (no cargo)"
elif (mkdir -p "$cache/zf" && cp -R "$here/zf/." "$cache/zf" && cd "$cache/zf" &&
	cargo build --release --quiet) >"$cache/cargo.log" 2>&1; then
	zf="zf=$cache/zf/target/release/zf-participant"
	peers=1
else
	echo "SKIPPED: ZF frost (cargo: $(grep -m 1 error "$cache/cargo.log"))"
fi
[ -n "$peers" ] || exit 0
for suite in ed25519 secp256k1; do
	python3 "$here/drive.py" $suite "${SESSIONS:-12}" "quorate=$ours" \
		${noble:+"$noble"} ${zf:+"$zf"}
done
