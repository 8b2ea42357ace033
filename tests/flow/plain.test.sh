#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The README's first release, line by line: an authority of plain keys, a real
# log, a witness and a mirror; then the same file with something wrong.
set -eu
flow=plain
. "$SRC/tests/flow/party_help.sh"
refused() { # RC COMMAND...: exit 1 and that reason
	want=$1
	shift
	if "$@" >said 2>&1; then fail "accepted: $*"; fi
	grep -q "$want" said || { cat said; fail "not $want: $*"; }
}
key alice alice.example/release signer
key bob bob.example/release signer
key carol carol.example/release signer
key anna anna.example/root root
key bert bert.example/root root
log_keys
cat >trust.draft <<NOTE
quorate/trust@v1
name example/release/test
signer alice @alice.pub CH
signer bob @bob.pub IS
signer carol @carol.pub BR
group two 2 alice bob carol
quorum two
root anna @anna.pub CH
root bert @bert.pub IS
group board all anna bert
root-quorum board
$(seen_draft)
NOTE
authority=example/release/test
trust_sign anna bert alice bob carol
log_start "$(quorate trust id trust.note)"
quorate append trust.note --log "$log" -o trust.note.file
head -c 70000 /dev/urandom >firmware.bin
release() { # FILE SEQUENCE OUT KEY KEY
	quorate release app="$1" --product example/board --version 1.0 --sequence "$2" \
		--trust trust.note --draft-only -o r.txt
	for k in "$4" "$5"; do
		quorate sign r.txt --key "$k.key" --yes -o "r.$k" >/dev/null 2>&1
	done
	quorate merge "r.$4" "r.$5" --trust trust.note -o "$3" 2>/dev/null
}
release firmware.bin 1 r.note alice bob
cp r.txt first.txt
cp r.bob first.bob
quorate release app=firmware.bin --note r.note --trust trust.note --log "$log" \
	-o firmware.bin.release 2>/dev/null
quorate verify firmware.bin --trust trust.note
quorate verify firmware.bin --trust trust.note --installed 1:"$(sha256sum r.txt | cut -d' ' -f1)"

# the same command again gives the same entry, not a second one
quorate release app=firmware.bin --note r.note --trust trust.note --log "$log" \
	-o again.release 2>/dev/null
[ "$(sed -n 's/^index //p' again.release)" = "$(sed -n 's/^index //p' firmware.bin.release)" ] ||
	fail 'a rerun was logged twice'

# refused: at the log
cp first.txt r.txt # the same text with other lines is known
quorate sign r.txt --key carol.key --yes -o r.carol >/dev/null 2>&1
quorate merge first.bob r.carol --trust trust.note -o other.note 2>/dev/null
quorate append other.note --log "$log" -o other.release
[ "$(sed -n 's/^index //p' other.release)" = 1 ] || fail 'a known text was logged again'
head -c 10 /dev/urandom >second.bin
release second.bin 1 second.note alice bob
refused RC_LOG_SEQUENCE quorate append second.note --log "$log" -o second.release
release second.bin 2 second.note alice bob
grep -v '^— bob' second.note >lone.note
refused RC_QUORUM quorate append lone.note --log "$log" -o lone.release
sed 's/^version 1.0/version 9.9/' second.note >altered.note
refused RC_SIGNATURE_INVALID quorate append altered.note --log "$log" -o altered.release
quorate append second.note --log "$log" -o second.bin.release

# refused: at the device
printf 'x' >>firmware.bin
refused RC_PAYLOAD quorate verify firmware.bin --trust trust.note
quorate verify firmware.bin --trust trust.note --prefix
refused RC_SEQUENCE_LOW quorate verify firmware.bin --prefix --trust trust.note --installed 2
refused RC_TRUNCATED quorate verify second.bin --release second.note --trust trust.note
grep -v '^— mirror' second.bin.release >no-mirror
refused RC_WITNESS_QUORUM quorate verify second.bin --release no-mirror --trust trust.note
grep -v '^— log' second.bin.release >no-log
refused RC_LOG quorate verify second.bin --release no-log --trust trust.note
{ cat second.note; echo; sed -n '/^c2sp/,$p' firmware.bin.release; } >swapped
refused RC_INCLUSION quorate verify second.bin --release swapped --trust trust.note
{ cat second.bin.release; echo; } >trailing
refused RC_ quorate verify second.bin --release trailing --trust trust.note
quorate verify second.bin --trust trust.note

# other people's code
python3 "$SRC/tests/foreign/verify.py" second.bin --trust trust.note
if command -v go >/dev/null && (cd "$SRC/tests/foreign/gonote" && go build -o "$dir/gonote" .) 2>go.log; then
	./gonote second.bin.release "$(cat alice.pub)" "$(cat bob.pub)" -- "$(cat log.pub)"
else
	echo 'SKIPPED: no go, or its module cannot be had'
fi
all_well
