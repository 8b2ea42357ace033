# SPDX-License-Identifier: Apache-2.0
# A log among witnesses of every kind. Two of its three are well and are the
# quorum; the third is slow, dead, lying or behind, each kind a row. Whatever
# it is, entries are answered without waiting for it, the log says which one it
# is and why, nothing of what it said gets into a file, and when it is well
# again it cosigns again. Then the log waits for more than the quorum, as long
# as it was told.
. "$SRC/tests/flow/log_help.sh"
witnesses_start
liar_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
sed -i 's/^witness-timeout.*/witness-timeout = 2s/' log.ini
sed 's/^witness-timeout.*/&\nwait-for-more = 3s/' log.ini >long.ini
"$BIN/quorate-logd" --config long.ini --check-config 2>err && fail "waits longer than it asks"
grep -q "'wait-for-more' is above" err || fail "$(cat err)"
start quorate-logd log || fail log
post_ok trust.note trust.file
until_true 'get /checkpoint cp; grep -q "^— w2.test/w" cp' || fail "w2 is well at first"
n=0 rows=0
timed_post() { # sets ms; the file in f
	n=$((n + 1))
	release $n r
	_from=$(date +%s%N)
	post r f
	ms=$((($(date +%s%N) - _from) / 1000000))
	[ "$code" = 200 ] && "$nm" proof f trust.note >/dev/null || fail "$mode: $code $(cat f)"
}
row() { # MODE PATTERN: what the log says of w2
	mode=$1
	_said=$(wc -l <log.log)
	echo "$mode" >mode
	best=99999
	for _ in 1 2 3; do
		timed_post
		[ $ms -lt $best ] && best=$ms
		case $mode in
		slow) ;;
		*) grep -q '^— w2.test/w' f && fail "$mode: a line of w2 got in" ;;
		esac
	done
	# the others are asked beside it: they need far less than its time limit
	[ $best -lt 1500 ] || fail "$mode: entries wait $best ms"
	[ "$2" = - ] || until_true "tail -n +$((_said + 1)) log.log | grep -q \"witness 'w2'.*$2\"" ||
		fail "$mode: the log does not say '$2': $(tail -n +$((_said + 1)) log.log)"
	tail -n +$((_said + 1)) log.log | grep -q "witness '\(w1\|m1\)'" && fail "$mode: another one is named"
	kill -0 "$pid_log" || fail "$mode: the log is gone"
	echo well >mode
	mode="$1, and then well"
	timed_post
	# it may be asked again after a pause only, and be the last one again:
	# then its line comes into the checkpoint a little later
	until_true 'get /checkpoint cp; grep -q "^— w2.test/w" cp' ||
		fail "$mode: it does not cosign again"
	rows=$((rows + 1))
}
row slow -
row dead 'w2\|time'
row hangs-up '.'
row unwell '500'
row busy '429'
row elsewhere '302'
row denies 'not consistent'
row unknown '404'
row ahead 'more than this log has signed'
row behind '.'
row no-size '409'
row endless '.'
row trickle '.'
row noise 'its cosignature'
row forged 'its cosignature: .*not verify'
row renamed '.'
row twice 'its cosignature'
row replay 'its cosignature: .*not verify'

# more than the quorum is waited for, as long as it was told
stop log
sed -i 's/^witness-timeout.*/witness-timeout = 10s\nwait-for-more = 4s/' log.ini
start quorate-logd log || fail "with wait-for-more"
until_true 'get /checkpoint cp; [ -s cp ]' || fail "no checkpoint"
mode=slow-and-awaited
echo slow >mode
timed_post && timed_post
[ "$(grep -c '^— \(w1\|w2\|m1\).test/w' f)" = 3 ] || fail "one is missing: $(cat f)"
[ $ms -ge 350 ] || fail "answered in $ms ms"
mode=well-and-awaited
echo well >mode
sleep 1
best=99999
for _ in $(seq 40); do
	timed_post
	[ "$(grep -c '^— \(w1\|w2\|m1\).test/w' f)" = 3 ] || fail "one is missing: $(cat f)"
	[ $ms -lt $best ] && best=$ms
done
[ $best -lt 3500 ] || fail "$best ms, and all have cosigned"
mode=dead-and-awaited
echo dead >mode
timed_post && timed_post
grep -q '^— w2.test/w' f && fail "dead, and in a file"
[ $ms -ge 3900 ] || fail "it was given up after $ms ms"
stop log || fail stop
echo "witness_kinds: $rows kinds, all of it holds"
