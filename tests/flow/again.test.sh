#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What pipelines do: the same command again after it ended well, an output
# that cannot be written, addresses with a slash too many. The log shows what
# came of it.
set -eu
flow=again
. "$SRC/tests/flow/party_help.sh"
plain_start
for p in alice bob; do
	signer_config $p $p.example automatic trust.note
	signer_start $p
done
command_config trust.note
sed -i 's|^url = .*|&//|' quorate.ini
size() { curl -sS "$log/checkpoint" | sed -n 2p; }
release() { # OUT [OPTION...]
	out=$1
	shift
	quorate release app=app.bin --product example/board --wait 300s "$@" -o "$out" 2>err
}
head -c 1000 /dev/urandom >app.bin
cp app.bin app.kept
before=$(size)

# ---- where the release file cannot go: nothing is proposed -----------------
mkdir folder
mkfifo pipe
code=0
for bad in 3:folder 3:pipe 2:- 2:app.bin 2:./app.bin; do
	code=0
	release "${bad#*:}" --version 1 --sequence next >out || code=$?
	[ $code = "${bad%%:*}" ] && [ ! -s out ] && [ -s err ] || fail "-o ${bad#*:} ended with $code: $(cat err)"
done
cmp -s app.bin app.kept || fail 'what was to be released was overwritten'
[ -z "$(ls -A folder)" ] && [ -p pipe ] || fail 'something was written'
ls ./*.pending 2>/dev/null && fail 'something is kept'
[ "$(size)" = "$before" ] || fail 'something was logged'

# ---- once, and again --------------------------------------------------------
release app.release --version 1 --sequence next --expires +90d >out || fail "$(cat err)"
grep -q '^verified .* sequence 1 ' out || fail "said: $(cat out)"
id=$(sed '/^$/,$d' app.release | sha256sum | cut -d' ' -f1)
later() { [ "$(date +%s)" -gt "$(sed -n 's/^proposed //p' app.release)" ]; }
until_true later # the next text would say another time
release app.release --version 1 --sequence next --expires +90d >out || fail "$(cat err)"
grep -q '^verified .* sequence 1 ' out || fail "the second time: $(cat out)"
grep -q 'is this text already' err || fail "it does not say so: $(cat err)"
release app.release --version 1 --sequence 1 --expires +90d >out || fail "by its number: $(cat err)"
[ "$(release app.release --version 1 --sequence next --expires +90d --detach)" = "$id" ] || fail 'another id'
cp app.release kept
release app.release --version 1 --sequence next --expires +90d --signed-only || fail "$(cat err)"
cmp -s app.release kept || fail 'a release file lost its proof'
quorate verify app.bin --release app.release --trust trust.note >/dev/null
[ "$(size)" = $((before + 1)) ] || fail "the log has $(size) entries"

# another version or payload is another release, and so is a file that says so
# and is not signed
release app.release --version 2 --sequence next >out || fail "$(cat err)"
grep -q '^verified .* version 2 sequence 2 ' out || fail "said: $(cat out)"
head -c 1000 /dev/urandom >app.bin
release app.release --version 2 --sequence next >out || fail "$(cat err)"
grep -q '^verified .* version 2 sequence 3 ' out || fail "said: $(cat out)"
sed '/^$/,$d' app.release >unsigned
cp unsigned app.release
printf '\n— alice.example+00000000 AAAAAAAA\n' >>app.release
release app.release --version 2 --sequence next >out || fail "$(cat err)"
grep -q '^verified .* version 2 sequence 4 ' out || fail "a forged line was believed: $(cat out)"

# ---- a withdraw -------------------------------------------------------------
for n in 1 2; do
	quorate withdraw --product example/board --floor 2 --reason 'it smells' --wait 300s -o w >out 2>err || fail "$(cat err)"
done
[ "$(size)" = $((before + 5)) ] || fail "the log has $(size) entries, not $((before + 5))"

# ---- a slash too many -------------------------------------------------------
quorate append trust.note --log "$log/" -o again.file 2>err || fail "$(cat err)"
quorate audit "$log//" --trust trust.note --state one >out || fail "$(cat out)"
grep -qx 'verdict ok' out || fail 'the log is not well'
quorate refresh app.release --log="$log///" --trust trust.note 2>err || fail "$(cat err)"
all_well
