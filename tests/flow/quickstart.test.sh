#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's first command, and what it promises to leave behind; then the
# release file before other people's eyes: OpenSSL, Go's sumdb, our second
# reader.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-story.XXXXXX")
trap 'rm -rf "$dir"' EXIT
play="$dir/it's a déjà-vu" # as people call a folder
fail() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}
sh "$SRC/docs/quickstart.sh" --bin "$BIN" --no-install --dir "$play" >"$dir/said" 2>&1 || {
	tail -n 40 "$dir/said"
	fail 'the story was not told to its end'
}
cd "$play"
for f in firmware.bin firmware.bin.release trust.note trust.note.file roster.note policy log/checkpoint \
	alice bob carol dana emil; do
	[ -e "$f" ] || fail "there is no $f"
done
[ "$(ls forged | wc -l)" -ge 6 ] || fail 'forged/ is not full'
[ "$(wc -c <firmware.bin.release)" -le 2900 ] || fail 'the release file is too large'
if sh "$SRC/docs/quickstart.sh" --bin "$BIN" --no-install --dir "$play" >/dev/null 2>&1; then
	fail 'a directory that is not empty was taken'
fi

# one plain Ed25519 signature, for OpenSSL
signer=$(sed -n 's/^signer release \([^ ]*\) .*/\1/p' trust.note)
sed '/^$/,$d' firmware.bin.release >text
sed -n "s|^— ${signer%%+*} ||p" firmware.bin.release | head -n 1 | base64 -d | tail -c 64 >signature
{
	printf '\060\052\060\005\006\003\053\145\160\003\041\000'
	printf '%s' "${signer#*+*+}" | base64 -d | tail -c 32
} >key.der
openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin -in text -sigfile signature ||
	fail 'OpenSSL does not accept the group signature'
sed 's/^version 1/version 2/' text >other
if openssl pkeyutl -verify -pubin -inkey key.der -keyform DER -rawin -in other -sigfile signature >/dev/null 2>&1; then
	fail 'OpenSSL accepts anything'
fi
if command -v go >/dev/null && (cd "$SRC/tests/foreign/gonote" && go build -o "$dir/gonote" .) 2>"$dir/go.log"; then
	"$dir/gonote" firmware.bin.release "$signer" -- "$(sed -n 's/^log \([^ ]*\) .*/\1/p' trust.note)" ||
		fail 'sumdb does not accept the file'
else
	echo 'SKIPPED: no go, or its module cannot be had'
fi
python3 "$SRC/tests/foreign/verify.py" firmware.bin --trust trust.note
for f in flipped.bin:firmware.bin.release unlogged.bin:forged/unlogged.bin.release; do
	if python3 "$SRC/tests/foreign/verify.py" "forged/${f%%:*}" --release "${f#*:}" --trust trust.note; then
		fail "the second reader accepts $f"
	fi
done
# the commands that it ends with are to be pasted
sed -n '/^== Three commands/,$s/^   //p' "$dir/said" >try
[ "$(grep -c . try)" = 4 ] || fail "not three commands: $(cat try)"
(cd / && sh -eu "$play/try") >tried 2>&1 || fail "what it ends with does not run: $(cat tried)"
grep 'All of it held' "$dir/said"
