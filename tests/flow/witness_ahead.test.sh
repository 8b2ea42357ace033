# SPDX-License-Identifier: Apache-2.0
# A witness says that it knows more than the log has. If it shows a checkpoint
# of that by the log's own key, the state is an old copy and the log ends,
# though all others be behind like itself and its operator have said not to
# mind that witness. If it shows none, the log signs nothing, says who holds it
# up and what can be done, and goes on when that is settled; what no log can
# have counts for nothing.
. "$SRC/tests/flow/log_help.sh"
witnesses_start
direct=$port_w2
liar_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
start quorate-logd log || fail log
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
# a round with all three: each of them knows what the log has
cosigned() { get /checkpoint cp && [ "$(sed -n 2p cp)" = "$1" ] && [ "$(grep -c '^— \(w1\|w2\|m1\).test' cp)" = 3 ]; }
until_true 'cosigned 2' || fail "not cosigned by all: $(cat cp)"
size_of() { "$BIN/quorate" log verify-store log.state | sed -n 's/^size //p'; }
said() { tail -n +$((mark + 1)) log.log | grep -q "$1"; }
mark() { mark=$(wc -l <log.log); }
is_open() { get /healthz hz && [ "$code" = 200 ]; }
shut() { get /healthz hz && [ "$code" = 503 ] && grep -q "'w2' (says without proof that it knows $1 entries)" hz; }

# what no log can have: the others are enough
stop log && mark
echo ahead >mode
start quorate-logd log || fail "2^53 - 1 entries keep it from starting"
until_true is_open || fail "2^53 - 1 entries hold it up: $(cat hz)"
until_true "said \"witness 'w2': it says that it knows 9007199254740991 entries, more than any log can have\"" ||
	fail "nothing is said of 2^53 - 1"
release 2 r2 && post_ok r2 r2.file
kill -0 "$pid_log" || fail "the log is gone"
echo well >mode
until_true 'release 3 r3 && post_ok r3 r3.file && get /checkpoint cp && grep -q "^— w2.test" cp' ||
	fail "w2 is well, and does not cosign again"
until_true 'cosigned 4' || fail "w2 is well: $(cat cp)"

# a number that could be: nothing is signed, and it says who, what, and what to do
held_up() { # what it shows, PATTERN, a sequence that is not logged
	stop log && mark
	echo 'says 500' >mode
	start quorate-logd log || fail "$1: it ends"
	until_true 'shut 500' || fail "$1: not held up: $(cat hz)"
	until_true "said \"witness 'w2': it says that it knows 500 entries, more than this state.*'ignore-unproven-size = yes' in its section\"" ||
		fail "$1: it does not say what to do"
	said "$2" || fail "$1: it does not say '$2'"
	post r1 known # what is logged is answered
	[ "$code" = 200 ] || fail "$1: $code for what is logged"
	release "$3" held.note && curl -s -m 3 -o held -w '%{http_code}' --data-binary @held.note "http://127.0.0.1:$port_log/add" >held.code
	[ "$(cat held.code)" != 200 ] || fail "$1: it signed"
	kill -0 "$pid_log" || fail "$1: the log is gone"
}
held_up 'nothing shown' 'status 404' 4
[ "$(sed -n 2p cp)" = 4 ] || fail "$(cat cp)"
echo well >mode
until_true is_open || fail "it does not go on: $(cat hz)"
release 4 r4 && post_ok r4 r4.file
until_true 'cosigned 5' || fail "$(cat cp)"
cp cp mode.shows
held_up 'an older head shown' 'what it shows has 5' 5
sed '2s/.*/500/' cp >mode.shows
held_up 'a head that was altered' 'checkpoint: .*not verify' 5
printf 'log.test/two\n500\n%s\n\n— log.test/two AAAAAAAA\n' "$(sed -n 3p cp)" >mode.shows
held_up 'the head of another log' 'checkpoint: ' 5
rm mode.shows

# its operator says that w2 is not to be minded
stop log && mark
cp log.ini minded.ini
sed -i '/^vkey = w2/a ignore-unproven-size = yes' log.ini
start quorate-logd log || fail "told not to mind it"
until_true is_open || fail "told not to mind it: $(cat hz)"
until_true "said \"witness 'w2': .*counts as silent, as 'ignore-unproven-size' says\"" || fail "it keeps silent about it"
release 5 r5 && post_ok r5 r5.file
stop log || fail stop

# an old copy, of which one single witness knows, proven or not
start_all() { echo well >mode; start quorate-logd log || fail "$1"; until_true is_open || fail "$1: $(cat hz)"; }
start_all before
release 6 r6 && post_ok r6 r6.file
all=$(sed -n '/^c2sp.org\/tlog-proof@v1$/,$p' r6.file | grep -A1 '^log.test/one$' | tail -n 1)
until_true "cosigned $all" || fail "w2 knows nothing of it: $(cat cp)"
stop log && stop w1 && stop m1
cp -r log.state old && cp -r w1.state old.w1 && cp -r m1.state old.m1
old() { rm -rf log.state w1.state m1.state && cp -r old log.state && cp -r old.w1 w1.state && cp -r old.m1 m1.state; }
both() { start quorate-witnessd w1 && start quorate-witnessd m1 || fail witnesses; }
both
start_all again
release 7 r7 && post_ok r7 r7.file
until_true "cosigned $((all + 1))" || fail "$(cat cp)"
stop log && stop w1 && stop m1
ends() { # what
	mark
	start quorate-logd log || :
	until_true '! kill -0 "$pid_log" 2>/dev/null' || fail "$1: it runs: $(tail -n 3 log.log)"
	wait "$pid_log"
	rc=$?
	[ $rc = 6 ] || fail "$1: exit $rc instead of 6"
	said "'w2' has cosigned $((all + 1)) entries of this log, and this state has $all: .*--catch-up" ||
		fail "$1: $(tail -n 2 log.log)"
	said "proves nothing" && fail "$1: proven, and said not to be: $(tail -n 3 log.log)"
	[ "$(size_of)" = "$all" ] || fail "$1: something was signed"
}
cp -r log.state new
old && both
ends 'an old copy, though w2 is not minded'
cp minded.ini log.ini
sed -i "s/^listen = .*/listen = 127.0.0.1:$port_log/" log.ini
ends 'an old copy'
# the same witness, but what it shows stands elsewhere
echo hides >mode
mark
start quorate-logd log || fail "it ends without proof"
until_true "shut $((all + 1))" || fail "an old copy, and nobody minds: $(cat hz)"
stop log
[ "$(size_of)" = "$all" ] || fail "held up, and something was signed"
sed -i "/^vkey = w2/a monitoring = http://127.0.0.1:$direct/" log.ini
ends 'an old copy, by the monitoring prefix'
sed -i '/^monitoring/d' log.ini

# one that comes late, to a log that is open, holds it up too, until it says less
echo unwell >mode
mark
start quorate-logd log || fail "with w2 unwell"
until_true is_open || fail "w1 and m1 are enough: $(cat hz)"
echo 'says 700' >mode
until_true 'shut 700' || fail "a late one is not minded: $(cat hz)"
until_true "said \"witness 'w2': it says that it knows 700 entries, more than this state\"" || fail "of a late one nothing is said"
echo 'says 1' >mode
until_true is_open || fail "it says less, and holds up still: $(cat hz)"
stop log || fail stop

# two run under one key: who is behind ends
rm -rf log.state && cp -r new log.state
start_all 'once more'
n=$(sed -n 's/.*, \([0-9]*\) entries$/\1/p' log.log | tail -n 1)
cp -r log.state twin.state
sed 's/^listen = .*/listen = 127.0.0.1:0/; s/^state = .*/state = twin.state/' log.ini >twin.ini
start quorate-logd twin || fail twin
one=$port_log port_log=$port_twin
for i in 1 2 3; do
	release $((20 + i)) twin.note "acme.example/twin" && post_ok twin.note twin.file
done
until_true "cosigned $((n + 3))" || fail "the twin is not cosigned: $(cat cp)"
port_log=$one
mark
release 30 r30
post r30 r30.file
[ "$code" != 200 ] || fail "a second history is in a file"
until_true '! kill -0 "$pid_log" 2>/dev/null' || fail "two logs run on: $(tail -n 3 log.log)"
wait "$pid_log"
rc=$?
[ $rc = 6 ] || fail "two logs: exit $rc instead of 6"
said "has cosigned $((n + 3)) entries of this log, .* or a second log runs under this key" ||
	fail "two logs: $(tail -n 2 log.log)"
stop twin || fail 'stop the twin'
echo "witness_ahead: all of it holds"
