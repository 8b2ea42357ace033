# SPDX-License-Identifier: Apache-2.0
# Auditing an honest log with both auditors: from nothing, then what is new;
# its folder, a folder as the log, witnesses, release files, payloads,
# sources; and a monitor with its hook.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
log_ini "$id"
start quorate-logd log || fail "the log does not start"
url=http://127.0.0.1:$port_log
post_ok trust.note trust.file
for i in 1 2 3; do release $i r$i && post_ok r$i r$i.file; done
auditors honest 0 "$url" --witness "http://127.0.0.1:$port_m1" \
	--against r2.file
[ "$(head -n 1 honest.out)" = "trust acme.example/test $id" ] ||
	fail "the first line is the first trust text's id"
says honest 'log log.test/one 4 '
says honest 'verdict ok'
# a folder knows its log's first text
sed 's/ IS$/ CH/' trust.text >other.text
"$nm" sign other.text alice-root bob-root alice bob carol >other.note
"$BIN/quorate" audit "$url" --trust other.note --state honest.c \
	>o 2>e && fail "another first text"
grep -q 'first trust text' e || fail "$(cat e)"
"$BIN/quorate" audit "$url" --trust r1 --state x.c >o 2>e &&
	fail "a release is no trust text"

# an objection, a withdraw, a second trust text, many releases
cat >objection.text <<X
quorate/objection@v1
authority acme.example/test 1
about
proposed $now
release $("$nm" id r3)
reason this was not what we saw
X
"$nm" sign objection.text carol >objection.note
post_ok objection.note objection.file
cat >withdraw.text <<X
quorate/withdraw@v1
authority acme.example/test 1
product acme.example/camera
floor 3
about
proposed $now
reason flaws in 1 and 2
X
"$nm" sign withdraw.text alice carol >withdraw.note
post_ok withdraw.note withdraw.file
for i in $(seq 4 40); do release $i q && post_ok q q.file; done
release 41 r41 && post_ok r41 r41.file
trust_text 2 "$id" >trust2.text
"$nm" sign trust2.text alice-root bob-root >trust2.note
post_ok trust2.note trust2.file
auditors honest 0 "$url"
[ -z "$(find honest.c/tile -path '*000.p/4')" ] || fail "old partial tiles"
# from nothing, and from the folder of the first: the same
auditors fresh 0 "$url"
cmp honest.out fresh.out || fail "what is new, and all at once"
auditors copy 0 honest.c
sed 1d copy.out >a && sed 1d fresh.out >b
cmp a b || fail "a copy is as good"
# on a terminal it says how far it is, and takes that back
script -qec "\"$BIN/quorate\" audit $url --trust trust.note --state seen.c >seen.out" /dev/null \
	</dev/null >seen || fail "on a terminal: $(cat seen)"
cmp fresh.out seen.out || fail "a terminal changes the result"
grep -q "1 of [0-9]* entries" seen || fail "no progress: $(cat -v seen)"
[ "$(tail -c 1 seen)" = "$(printf '\r')" ] || fail "what is left there: $(tail -n 1 seen | cat -v)"
[ ! -s fresh.err ] || fail "progress in a file: $(cat fresh.err)"
# the copy is damaged: fetched again, nobody is accused
for f in honest.c/tile/entries/000.p/*; do flip "$f" 9; done
release 42 r42 && post_ok r42 r42.file
auditors honest 0 "$url"
cp -r honest.c damaged.c
for f in damaged.c/tile/0/000.p/*; do flip "$f" 9; done
"$BIN/quorate" audit "$url" --trust trust.note --state damaged.c >o 2>e ||
	fail "a damaged copy: $(cat o e)"
# away: nothing is said, and nothing is forgotten
"$BIN/quorate" audit http://127.0.0.1:1 --trust trust.note \
	--state honest.c >o 2>e
[ $? = 3 ] && grep -q '^verdict unknown' o || fail "away: $(cat o)"
# what was known is lost: it does not begin anew as if nothing had been
cp -r honest.c lost.c && rm lost.c/audit.db*
"$BIN/quorate" audit "$url" --trust trust.note --state lost.c >o 2>e
[ $? = 3 ] && grep -q "begin in another folder, with '--against lost.c/checkpoint'" e || fail "a new beginning: $(cat o e)"
"$BIN/quorate" audit "$url" --trust trust.note --state found.c --against lost.c/checkpoint >o 2>e ||
	fail "another folder: $(cat o e)"
# stale
sleep 2
auditors stale 1 honest.c --max-age 1s
says stale 'fault stale'

# payloads and sources
git init -q src && (cd src && git -c user.name=t -c user.email=t@t commit -q \
	--allow-empty -m one && git tag v43) || fail git
commit=$(git -C src rev-parse HEAD)
head -c 1024 /dev/urandom >payload
digest=$(sha256sum payload | cut -d' ' -f1)
mkdir -p blobs && cp payload "blobs/$digest"
"$BIN/liar-log" serve blobs 0 2>blobs.log &
pids="$pids $!"
until_true "grep -q ready: blobs.log" || fail "blobs"
blobs=http://$(sed -n 's/.*listening on //p' blobs.log)
release_text 43 acme.example/camera "$digest" | sed "/^proposed/a\\
source file://$PWD/src refs/tags/v43 $commit $digest" >r43.text
"$nm" sign r43.text alice bob >r43
post_ok r43 r43.file
"$BIN/quorate" audit "$url" --trust trust.note --state honest.c --sources \
	>o 2>e || fail "sources: $(cat o e)"
(cd src && git -c user.name=t -c user.email=t@t commit -q --allow-empty \
	-m two && git tag -f v43 >/dev/null)
"$BIN/quorate" audit "$url" --trust trust.note --state honest.c --sources \
	>o 2>e && fail "a tag that moved"
grep -q '^fault source RC_FILE_ABSENT' o || fail "$(cat o)"
"$BIN/quorate" audit "$url" --trust trust.note --state honest.c \
	--payloads "$blobs" >o 2>e
[ $? = 1 ] || fail "payloads: $(cat o)"
# 42 releases' payloads are nowhere, one is there
[ "$(grep -c '^fault payload' o)" = 42 ] || fail "payloads: $(cat o)"
[ "$(grep -c '^fault payload RC_HTTP' o)" = 42 ] || fail "payloads: $(cat o)"
# and other bytes than those: one bit, one less, one more, far more
for how in 'flip blobs/$digest 7' 'truncate -s 1023 blobs/$digest' 'echo >>blobs/$digest' 'truncate -s 100M blobs/$digest'; do
	cp payload "blobs/$digest"
	eval "$how" || fail "$how"
	"$BIN/quorate" audit "$url" --trust trust.note --state honest.c --payloads "$blobs" >o 2>e
	[ $? = 1 ] && [ "$(grep -c '^fault payload RC_PAYLOAD_DIGEST' o)" = 1 ] && grep -q "has other bytes" e ||
		fail "$how: $(cat o)"
done

# a monitor: what was there is no news; then each thing once
cat >hook.sh <<'X'
echo "$QUORATE_EVENT $QUORATE_PRODUCT $QUORATE_SEQUENCE" >>events
printf '%s\n' "${QUORATE_WHY:-}" >>whys
[ "$QUORATE_EVENT" != release ] || cat >last.note
[ ! -f hook.fails ]
X
monitor() {
	"$BIN/quorate" monitor "$url" --trust trust.note --state monitor.c \
		--product 'acme.example/cam*' --hook 'sh ./hook.sh' \
		"$@" >o 2>e
}
: >events
monitor --once || fail "monitor: $(cat o e)"
[ -s events ] && fail "the past is no news: $(cat events)"
release 50 r50 && post_ok r50 r50.file
release 1 p1 acme.example/pump && post_ok p1 p1.file
: >hook.fails
monitor --once
rm hook.fails
monitor --once || fail "monitor: $(cat o e)"
[ "$(grep -c '^release acme.example/camera 50$' events)" = 2 ] ||
	fail "told until the hook ends well: $(cat events)"
grep -q pump events && fail "not watched"
cmp last.note r50 || fail "the hook's stdin is the note"
monitor --once
[ "$(wc -l <events)" = 2 ] || fail "told again: $(cat events)"
# what a hook leaves behind is not waited for, and signals are as ever
cat >leaves.sh <<'X'
sleep 300 &
echo $! >left.pid
grep -E '^Sig(Blk|Ign)' /proc/self/status >>left
X
release 2 p2 acme.example/pump && post_ok p2 p2.file
for _ in 1 2; do
	timeout 50 "$BIN/quorate" monitor "$url" --trust trust.note --state monitor.c --hook 'sh ./leaves.sh' --once >o 2>e ||
		fail "a hook that leaves something behind: $(cat o e)"
done
kill "$(cat left.pid)" || fail 'it is gone'
[ "$(grep -c '^SigBlk:.0000000000000000$' left)" = 1 ] || fail "told twice, or with signals blocked: $(cat left)"
[ $((0x$(sed -n 's/^SigIgn:.//p' left) & 0x1000)) = 0 ] || fail "SIGPIPE is ignored: $(cat left)"
# as a daemon: an objection, then silence
"$BIN/quorate" monitor "$url" --trust trust.note --state monitor.c \
	--hook 'sh ./hook.sh' --interval 200ms --silence 1s >o 2>monitor.log &
monitor=$!
pids="$pids $monitor"
# what others have written comes as it is, and is no command; a server's words
# come without what a terminal would obey
hostile="\$(touch pwned) \`touch pwned\`; touch pwned & \" ' \\ | touch pwned"
H=$hostile awk '/^reason/ { print "reason " ENVIRON["H"]; next } { print }' objection.text >objection2.text
"$nm" sign objection2.text alice >objection2.note
post_ok objection2.note objection2.file
until_true 'grep -q "^objection" events' || fail "$(cat events monitor.log)"
until_true 'grep -qxF -- "$hostile" whys' || fail "the reason is another: $(cat whys)"
[ ! -e pwned ] || fail 'a reason is run'
stop log
until_true 'grep -q "^silence" events' || fail "$(cat events monitor.log)"
# it is back, which is told until the hook ends well, and once
: >hook.fails
start quorate-logd log || fail "the log does not start again"
until_true '[ "$(grep -c "^back" events)" -ge 2 ]' || fail "nobody is told that it is back: $(cat events monitor.log)"
rm hook.fails
release 51 r51 && post_ok r51 r51.file
until_true 'grep -q "^release acme.example/camera 51" events' || fail "$(cat events monitor.log)"
backs=$(grep -c '^back' events)
release 52 r52 && post_ok r52 r52.file
until_true 'grep -q "^release acme.example/camera 52" events' || fail "$(cat events monitor.log)"
[ "$(grep -c '^back' events)" = "$backs" ] || fail "told that it is back again and again: $(cat events)"
grep -q 'back: a good head again, after [0-9]* s' monitor.log || fail "$(tail -n 3 monitor.log)"
kill "$monitor" && wait "$monitor" || fail "the monitor stops in order"
echo "audit: holds"
