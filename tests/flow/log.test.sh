# SPDX-License-Identifier: Apache-2.0
# A log and its three witnesses as real processes: first trust text, releases,
# what is refused, restarts, witnesses that are away, an old copy of the state.
. "$SRC/tests/flow/log_help.sh"
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
patience=6s log_ini "$id"
"$BIN/quorate-logd" --config log.ini --check-config || fail "--check-config"
start quorate-logd log || fail "the log does not start"

# before its trust text nothing of an authority is taken; then only the one
release 1 r1
refused r1 422 RC_AUTHORITY
sed 's/^revision 1/revision 1/; s/ IS$/ CH/' trust.text >other.text
"$nm" sign other.text alice-root bob-root alice bob carol >other.note
refused other.note 422 RC_AUTHORITY
"$nm" sign trust.text alice-root bob-root alice bob >short.note
refused short.note 403 RC_INTRODUCED
post_ok trust.note trust.file
audit
[ "$size" = 1 ] || fail "size $size"

# releases; a text that is known is answered whatever its lines say
for i in 1 2 3; do
	release $i r$i
	post_ok r$i r$i.file
done
cp r2 junk
printf '\342\200\224 zoe AAAAAAA=\n' >>junk
post_ok junk junk.file
cmp -s r2.file junk.file && fail "a proof is made anew"
sed '/^c2sp.org/,$d' junk.file >a && sed '/^c2sp.org/,$d' r2.file >b
cmp a b || fail "the note is answered as it was logged"
post trust.note trust.again
cmp trust.file trust.again || fail "a trust file is kept as first made"

# refusals: the status, the name, one line
release 3 again && sed 's/1.0.3/1.0.4/' again.text >again3.text
"$nm" sign again3.text alice bob >again3
refused again3 409 RC_LOG_SEQUENCE
release 9 r9 && "$nm" sign r9.text bob alice >order
refused order 422 RC_LOG_ORDER
"$nm" sign r9.text alice >few
refused few 403 RC_QUORUM
"$nm" sign r9.text alice bob alice-root >stranger
refused stranger 403 RC_LOG_LINE
sed 's/test 1/test 2/' r9.text >epoch.text
"$nm" sign epoch.text alice bob >epoch
refused epoch 422 RC_EPOCH
sed "s/^proposed .*/proposed $((now + 900))/" r9.text >ahead.text
"$nm" sign ahead.text alice bob >ahead
refused ahead 422 RC_LOG_AGE
printf 'garbage' >garbage
refused garbage 400 RC_TRUNCATED
: >empty
post empty answer
[ "$code" = 400 ] || fail "an empty body: $code"
head -c 61500 /dev/zero | tr '\0' 'a' >big
cat r9 >>big
refused big 413 RC_NOTE_LONG
head -c 200000 /dev/urandom >huge
post huge answer
[ "$code" = 413 ] || fail "200000 bytes: $code"
sed 's/acme.example.test 1/acme.example\/other 1/' r9.text >foreign.text
"$nm" sign foreign.text alice bob >foreign
refused foreign 422 RC_AUTHORITY
audit 4 "$(sed -n '/^log.test.one$/{n;n;p;}' r3.file)"
[ "$size" = 4 ] || fail "refusals are not logged: $size"

# lookups
get "/lookup/$("$nm" id r1)" l && [ "$code" = 200 ] || fail "by id: $code"
"$nm" proof l trust.note >/dev/null || fail "a fresh proof"
digest=$(printf 2 | sha256sum | cut -d' ' -f1)
get "/lookup/$digest" l && [ "$code" = 200 ] || fail "by digest: $code"
grep -q '^sequence 2$' l || fail "another release"
get "/lookup/$digest?n=1" l && [ "$code" = 404 ] || fail "there is one only"
get /lookup/product/acme.example/camera l && grep -q '^sequence 3$' l ||
	fail "by product"
get "/lookup/$("$nm" id r9)" l && [ "$code" = 404 ] || fail "unknown: $code"
get /lookup/xyz l && [ "$code" = 400 ] || fail "not hex: $code"
get /healthz l && [ "$code" = 200 ] || fail healthz
get /metrics l && grep -q '^quorate_log_size 4$' l || fail metrics

# the read API: types, caching, paths that are none
headers() { curl -s -D - -o body "http://127.0.0.1:$port_log$1" | tr -d '\r'; }
headers /tile/0/000.p/4 >h
grep -qi '^content-type: application/octet-stream' h &&
	grep -qi 'immutable' h && [ "$(wc -c <body)" = 128 ] || fail "tile"
headers /checkpoint >h
grep -qi '^content-type: text/plain; charset=utf-8' h &&
	grep -qi '^cache-control: no-cache' h || fail "checkpoint"
for p in /tile/0/000 /tile/0/000.p/5 /tile/0/0 /tile/0/000.p/04 /tile/7/000 \
	/tile/entries/000.p/0 /tile/0/../../../log.db /tile/entries/%2e%2e; do
	code=$(curl -s --path-as-is -o l -w '%{http_code}' \
		"http://127.0.0.1:$port_log$p")
	case $code in 404 | 400) ;; *) fail "$p: $code" ;; esac
done

# many at once: a batch; every one its file
for i in $(seq 10 49); do release $i m$i acme.example/m$i; done
for i in $(seq 10 49); do
	curl -s -m 20 -o m$i.file --data-binary @m$i \
		"http://127.0.0.1:$port_log/add" &
	waits="${waits:-} $!"
done
for w in $waits; do wait "$w"; done
for i in $(seq 10 49); do
	# where witnesses take longer than a request waits: as it says
	grep -q '^RC_LOG_WAIT: ' m$i.file &&
		until_true "post m$i m$i.file; [ \$code != 202 ]"
	"$nm" proof m$i.file trust.note >/dev/null || fail "m$i: $(cat m$i.file)"
done
audit "$size" "$root"
[ "$size" = 44 ] || fail "44 entries: $size"

# a restart loses nothing; only one process has the state
"$BIN/quorate-logd" --config log.ini 2>second.err && fail "two processes"
grep -q 'in use' second.err || fail "$(cat second.err)"
before=$size before_root=$root
cp -r log.state old.state # a backup, as it turns out: see the end
stop log || fail "the log does not stop: $?"
start quorate-logd log || fail restart
audit "$before" "$before_root"
release 4 r4 && post_ok r4 r4.file

# tiles are derived: thrown away, they are written again
stop log
rm -rf log.state/tiles
start quorate-logd log || fail "without tiles"
until_true '[ -f log.state/tiles/checkpoint ]' || fail "no tiles again"
audit "$before" "$before_root"
"$nm" audit log.state/tiles >/dev/null || fail "the folder itself"

# one plain witness away: the quorum is 1 of w1 w2, and m1
stop w1
release 5 r5 && post_ok r5 r5.file
# all away: logged, waiting; when they are back, looked up and posted again
stop w2 && stop m1
release 6 r6
post r6 answer
[ "$code" = 202 ] && grep -q '^RC_LOG_WAIT: ' answer || fail "202: $code"
get "/lookup/$("$nm" id r6)" l && [ "$code" = 202 ] || fail "still $code"
get /lookup/product/acme.example/camera l && [ "$code" = 202 ] || fail "$code"
audit "$before" "$before_root" # what is published stays
sleep 1
for w in w1 w2 m1; do start quorate-witnessd $w || fail "$w again"; done
until_true 'get "/lookup/$("$nm" id r6)" l && [ "$code" = 200 ]' ||
	fail "witnesses are back: $code"
"$nm" proof l trust.note >/dev/null || fail "r6"
post_ok r6 r6.file
release 7 r7 && post_ok r7 r7.file

# away at the log's start: nothing is taken before enough were heard
stop log && stop w1 && stop m1
start quorate-logd log || fail start
release 8 r8
post r8 answer
[ "$code" = 503 ] || fail "w2 alone is not enough to be sure: $code"
start quorate-witnessd m1 || fail m1
until_true 'post r8 r8.file; [ "$code" = 200 ]' || fail "m1 is back: $code"
"$nm" proof r8.file trust.note >/dev/null || fail r8
start quorate-witnessd w1 || fail w1

# the next trust text: checked against the one before it, in force at once
trust_text 2 "$id" | sed 's/^signer carol \(.*\) IS/signer carol \1 FR/' >t2.text
"$nm" sign t2.text alice-root carol-root >t2.note
post_ok t2.note t2.file
trust_text 2 "$id" | sed 's/^signer carol \(.*\) IS/signer carol \1 DE/' >t2b.text
"$nm" sign t2b.text alice-root carol-root >t2b.note
refused t2b.note 409 RC_LOG_SUCCESSOR
release 10 r10 && post_ok r10 r10.file
post t2.note t2.again
cmp t2.file t2.again || fail "the second trust file is kept too"
cp t2.note t2c.note && post t2c.note t2.again && cmp -s t2.file t2.again ||
	fail "known"

# an old copy of the state: witnesses know more, so it signs nothing
audit "$before" "$before_root"
stop log
mv log.state new.state && cp -r old.state log.state
start quorate-logd log && until_true '! kill -0 "$pid_log" 2>/dev/null'
wait "$pid_log"
rc=$?
[ "$rc" = 6 ] || fail "exit $rc instead of 6"
grep -q 'has cosigned' log.log || fail "it says who knows more"
# it is brought up from the tiles, which must be this log's and continue it
"$BIN/quorate-logd" --config log.ini --catch-up old.state/tiles ||
	fail "the same tiles: nothing to do"
cp -r new.state/tiles copy
flip "copy/tile/0/000.p/$size" 40
"$BIN/quorate-logd" --config log.ini --catch-up copy 2>err
[ $? = 6 ] && grep -q 'do not lead to the root' err || fail "$(cat err)"
"$BIN/quorate-logd" --config log.ini --catch-up new.state/tiles 2>err ||
	fail "catching up: $(cat err)"
grep -q "and has $size\$" err || fail "$(cat err)"
"$BIN/quorate-logd" --config log.ini --catch-up old.state/tiles 2>err
[ $? = 6 ] && grep -q 'were known' err || fail "older tiles: $(cat err)"
start quorate-logd log || fail "after catching up"
audit "$size" "$root"
post_ok t2.note l # its file is made anew, against the text before
refused t2b.note 409 RC_LOG_SUCCESSOR
refused again3 409 RC_LOG_SEQUENCE
post_ok r8 r8.file
release 11 r11 && post_ok r11 r11.file

# one payload in many releases: the newest first; and what is no question
same=$(printf same | sha256sum | cut -c 1-64)
for i in 'camera 12' 'camera 13' 'camera 14' 'pump 1'; do
	release_text "${i#* }" "acme.example/${i% *}" "$same" >s.text
	"$nm" sign s.text alice bob >s && post_ok s s.file
done
nth=0
for i in 'pump 1' 'camera 14' 'camera 13' 'camera 12'; do
	get "/lookup/$same?n=$nth" l && [ "$code" = 200 ] || fail "number $nth: $code"
	grep -q "^product acme.example/${i% *}$" l && grep -q "^sequence ${i#* }$" l && "$nm" proof l t2.note >/dev/null ||
		fail "number $nth: $(cat l)"
	nth=$((nth + 1))
done
asked=0
answers() { # CODE PATH...
	_want=$1
	shift
	for _p; do
		get "$_p" l && [ "$code" = "$_want" ] || fail "$_p: $code instead of $_want: $(cat l)"
		asked=$((asked + 1))
	done
}
answers 404 "/lookup/$same?n=4" "/lookup/$same?n=1000000"
for n in -1 01 1000001 99999999999999999999 '' x 1.5 0x1 +1 '1&n=2' %31; do answers 400 "/lookup/$same?n=$n"; done
answers 400 "/lookup/$(echo "$same" | tr a-f A-F)" "/lookup/${same%?}" "/lookup/${same}0" "/lookup/$same/" /lookup/ \
	"/lookup/product/" "/lookup/product/acme.example/camera%20" \
	"/lookup/product/acme.example/camera?authority=a&authority=b"
long=$(head -c 4000 /dev/zero | tr '\0' a)
answers 404 /lookup/product/acme.example/none /lookup/product/acme.example/camer_ "/lookup/product/acme.example/*" \
	"/lookup/product/camera'" "/lookup/product/$long" "/lookup/product/acme.example/camera?authority=acme.example" \
	"/lookup/product/acme.example/camera?authority=$long" "/lookup/product/acme.example/camera?authority="
answers 200 "/lookup/product/acme.example/camera?authority=acme.example/test"
grep -q '^sequence 14$' l || fail "the latest: $(cat l)"
stop log || fail "stop: $?"

# an idle head is cosigned anew at the interval
sed -i 's/^interval.*/interval = 1s/' log.ini
start quorate-logd log || fail "with an interval"
fresh() { get /checkpoint l && grep '^— m1' l; }
was=$(fresh)
until_true '[ "$(fresh)" != "$was" ]' || fail "a start cosigns"
was=$(fresh)
until_true '[ "$(fresh)" != "$was" ]' || fail "an idle log goes stale"
audit "$size" "$root"
stop log || fail "end: $?"
echo "log: $size entries, $asked lookups, all of it holds"
