# SPDX-License-Identifier: Apache-2.0
# A mirror (C2SP tlog-mirror) under a real log: it takes, keeps and serves
# every entry, signs only what it holds, and alarms on what admission
# forbids, but cosigns it. By hand: the status codes.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
hash=$(printf 'log.test/one' | sha256sum | cut -c 1-64)
witness_ini w1 && start quorate-witnessd w1 || fail w1
witness_ini w2 && start quorate-witnessd w2 || fail w2
witness_more="first-trust = acme.example/test $id" witness_ini m1
mirror_start() { MIRROR=--mirror start quorate-witnessd m1 || fail m1; }
mirror_start
m1=http://127.0.0.1:$port_m1
log_ini "$id"
start quorate-logd log || fail log
post_ok trust.note trust.file
for i in 1 2 3; do release $i r$i && post_ok r$i r$i.file; done
grep -q '^— m1.test/w ' r3.file || fail "the mirror cosigns"
# what it holds is the log: its tiles under the log's own checkpoint, which has
# all the lines (the mirror's copy has its own only)
mirrored() { # SIZE
	rm -rf copy && cp -r "m1.state/mirror/$hash" copy
	[ "$(sed -n 2p copy/checkpoint)" = "$1" ] || fail "mirrored: $1"
	[ "$(grep -c '^— ' copy/checkpoint)" = 2 ] || fail "its own line"
	curl -s -o copy/checkpoint "http://127.0.0.1:$port_log/checkpoint"
	rm -rf copied.c
	"$BIN/quorate" audit copy --trust trust.note --state copied.c \
		>o 2>e || fail "the copy of $1: $(cat o e)"
	grep -q "^log log.test/one $1 " o || fail "$(cat o)"
}
mirrored 4
# audited where it is: the witnesses have the lines that the mirror has not, and
# one that shows others in their place takes nothing away
auditors alone 6 "$m1/$hash"
says alone 'fault quorum'
says alone 'verdict inconsistent'
auditors there 0 "$m1/$hash" --witness "http://127.0.0.1:$port_w1"
says there 'log log.test/one 4 '
mkdir -p "liar/$hash"
curl -s "http://127.0.0.1:$port_w1/$hash/checkpoint" |
	python3 -c 'import sys
for line in sys.stdin.buffer.read().splitlines(True):
	bad = line[-9:-8] == b"A" and b"B" or b"A"
	sys.stdout.buffer.write(line[:-9] + bad + line[-8:] if b"w1.test" in line else line)' \
		>"liar/$hash/checkpoint"
python3 -u - liar.port >/dev/null 2>&1 <<'X' &
import functools, http.server, sys
h = functools.partial(http.server.SimpleHTTPRequestHandler, directory='liar')
s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), h)
open(sys.argv[1], 'w').write('%d\n' % s.server_address[1])
s.serve_forever()
X
pids="$pids $!"
until_true '[ -s liar.port ]' || fail "no web server"
liar=http://127.0.0.1:$(cat liar.port)
auditors liar 6 "$m1/$hash" --witness "$liar"
says liar 'fault quorum'
auditors both 0 "$m1/$hash" --witness "$liar" --witness "http://127.0.0.1:$port_w1"
says both 'log log.test/one 4 '
says both 'verdict ok'
# many, over tiles, and large ones
i=0
while [ $i -lt 300 ]; do
	i=$((i + 1))
	release $((i + 3)) q
	curl -s -m 20 -o /dev/null --data-binary @q \
		"http://127.0.0.1:$port_log/add" || fail "add $i"
done
release 400 r400 && post_ok r400 r400.file
mirrored 305
for p in tile/0/000 tile/entries/000 tile/1/000.p/1 tile/0/001.p/49; do
	curl -s -f -o file "$m1/$hash/$p" || fail "the mirror has no $p"
	cmp file "log.state/tiles/$p" || fail "$p differs"
done
# killed and back; away while the log goes on; then it catches up
stop m1 KILL
release 401 r401
post r401 answer
[ "$code" = 202 ] || fail "without the mirror no quorum: $code"
mirror_start
until_true 'get "/lookup/$("$nm" id r401)" l && [ "$code" = 200 ]' ||
	fail "the mirror is back: $code"
# a mirror that has lost everything gets all of it again
stop m1
rm -rf m1.state
mirror_start
release 402 r402 && post_ok r402 r402.file
mirrored 307
curl -s "$m1/metrics" | grep -q '^quorate_mirror_entries_total 307$' ||
	fail "$(curl -s "$m1/metrics")"
curl -s "$m1/metrics" | grep -q '^quorate_mirror_alarms_total 0$' || fail alarms
stop log
stop m1

# ---- by hand ---------------------------------------------------------------
rm -rf m1.state
mirror_start
send() { # FILE [HEADER]: sets code
	code=$(curl -s -m 10 -D head -o answer -w '%{http_code}' \
		-H 'Content-Type: application/octet-stream' ${2:+-H "$2"} \
		--data-binary "@$1" "$m1/add-entries")
}
got() { # CODE FILE [HEADER]
	send "$2" "${3:-}"
	[ "$code" = "$1" ] || fail "$2: $code instead of $1: $(cat answer)"
}
be() { printf "%0$(($1 * 2))x" "$2" | xxd -r -p; }
head_of() { # origin start end
	be 2 ${#1} && printf %s "$1" && be 8 "$2" && be 8 "$3" && be 2 0
}
entry() { be 2 "$(wc -c <"$1")" && cat "$1"; }
build() { "$BIN/liar-log" build "$@" || fail "build $*"; }
ask_m1="ask:m1@$m1"
head_of log.test/other 0 1 >up && got 404 up
head_of log.test/one 3 1 >up && got 400 up
printf x >up && got 400 up
head_of log.test/one 0 4 >up && got 422 up # nothing is pending
# pending: taken, not signed
build four log "$ask_m1" -- trust.note r1 r2 r3 >refusals
grep -q '^m1 refused 200$' refusals || fail "unsigned: $(cat refusals)"
curl -s -o l -w '%{http_code}' "$m1/$hash/checkpoint" | grep -q 404 ||
	fail "nothing is mirrored yet"
head_of log.test/one 0 9 >up && got 409 up
head_of log.test/one 2 4 >up && got 409 up
grep -qi '^content-type: text/x.tlog.mirror-info' head || fail "$(cat head)"
[ "$(sed -n 1p answer) $(sed -n 2p answer)" = '4 0' ] || fail "$(cat answer)"
# entries that are not the tree's; half a package; the whole of it
{ head_of log.test/one 0 4 && for f in trust.note r1 r2 r2; do entry $f; done && be 1 0; } >up
got 422 up
{ head_of log.test/one 0 4 && entry trust.note; } >up
got 400 up
{ head_of log.test/one 0 4 && for f in trust.note r1 r2 r3; do entry $f; done && be 1 0; } >up
{ cat up && printf x; } >long && got 400 long
gzip -k up && got 200 up.gz 'Content-Encoding: gzip'
grep -q '^— m1.test/w ' answer || fail "$(cat answer)"
got 200 up # once more: known entries, a fresh cosignature
head -c 40 up.gz >cut.gz && got 400 cut.gz 'Content-Encoding: gzip'
head_of log.test/one 4 4 >up && got 200 up
curl -s -o l "$m1/$hash/checkpoint"
[ "$(grep -c '^— ' l)" = 2 ] || fail "$(cat l)"
# an entry that breaks a rule is kept, served, alarmed, and cosigned
build five log "$ask_m1" -- trust.note r1 r2 r3 r2 >refusals
grep -q '^m1 refused 200$' refusals || fail "$(cat refusals)"
{ head_of log.test/one 4 5 && entry r2 && be 1 0; } >up
got 200 up
grep -q '^— m1.test/w ' answer || fail "the mirror does not withhold"
curl -s "$m1/metrics" | grep -q '^quorate_mirror_alarms_total 1$' || fail alarm
grep -q "ALARM: log 'log.test/one', entry 4 breaks the rule 'once'" m1.log ||
	fail "$(tail m1.log)"
# a bundle that is withheld: it does not cosign what it does not hold
build six log "$ask_m1" -- trust.note r1 r2 r3 r2 r400 >refusals
head_of log.test/one 5 6 >up && got 400 up
curl -s -o l "$m1/$hash/checkpoint"
[ "$(sed -n 2p l)" = 5 ] || fail "signed unseen"
# an entry that is hidden, and a fork, it does not follow
build fork log "$ask_m1" -- trust.note r1 r3 r2 q r400 r2 >refusals
grep -q '^m1 refused 422$' refusals || fail "$(cat refusals)"
stop m1 || fail "stop"
# a plain witness is no mirror
send up
code=$(curl -s -o l -w '%{http_code}' --data-binary @up \
	"http://127.0.0.1:$port_w1/add-entries")
[ "$code" = 404 ] || fail "a witness takes entries: $code"
echo "mirror: holds"
