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

# ---- a proxy whose coordinator is away refuses nothing ----------------------
python3 - >away 2>away.log <<'PY' &
import http.server
class Away(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(502)
        self.end_headers()
        self.wfile.write(b"bad gateway\n")
    do_GET = do_POST
server = http.server.HTTPServer(("127.0.0.1", 0), Away)
print(server.server_address[1], flush=True)
server.serve_forever()
PY
pids="$pids $!"
until_true test -s away
cp quorate.ini quorate.kept
sed -i "s|^url = $coordinator.*|url = http://127.0.0.1:$(cat away)|" quorate.ini
cmp -s quorate.ini quorate.kept && fail 'the coordinator is not away'
code=0
release away.release --version 3 --sequence next || code=$?
[ $code = 3 ] && grep -q 'status 502' err || fail "a proxy's word ended with $code: $(cat err)"
[ -s away.release.pending ] || fail 'what was not refused is given up'
sed '/^$/,$d' away.release.pending >text.kept
cp quorate.kept quorate.ini
release away.release --version 3 --sequence next >out || fail "$(cat err)"
sed '/^$/,$d' away.release | cmp -s - text.kept || fail 'another text'
before=$((before + 1))

# ---- a clock that is wrong, and nobody's name, where answers are read -------
sed 's/^read-auth = no/read-auth = yes/; s/^state = .*/state = second/' coordinator.ini >second.ini
serve second quorate-coordinatord
sed -i "s|^url = $coordinator.*|url = $address|" quorate.ini
id=$(sha256sum <text.kept | cut -d' ' -f1)
code=0
quorate ceremony watch "$id" --coordinator "$address" --wait 1s 2>err || code=$?
[ $code = 3 ] && grep -q 'status 401.*with --key' err || fail "without a name: $code, $(cat err)"
code=0
quorate release --resume "$id" --wait 1s -o late.release 2>err || code=$?
[ $code = 1 ] && grep -q 'status 404' err || fail "what is not known ended with $code: $(cat err)"
python3 -c 'import struct; open("clock", "wb").write(struct.pack("=q", -7200))'
if grep -q libasan "$BIN/quorate"; then
	echo 'SKIPPED: the sanitizer wants to be loaded before a clock'
else
	code=0
	LD_PRELOAD=$BIN/clock.so CLOCK_FILE=$PWD/clock quorate release --resume "$id" --wait 1s -o late.release 2>err || code=$?
	[ $code = 3 ] && grep -q 'RC_AGE.*check the clocks' err || fail "a wrong clock ended with $code: $(cat err)"
fi
cp quorate.kept quorate.ini

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
