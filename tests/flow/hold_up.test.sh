# SPDX-License-Identifier: Apache-2.0
# Two authorities with witnesses of their own on one log. When one's are gone
# it holds up the other for as long as the operator allows, and no longer; a
# log that is started meanwhile begins without it, unless its state is old; its
# own entries wait, its own auditors say what is missing, and when its
# witnesses are back all is as before.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
witnesses_start
for w in w3 m2; do
	key $w $w.test/w 04
	witness_ini $w
	start quorate-witnessd $w || fail $w
done
key dora dora.example 01
key dora-root dora.example/root 01
key frank frank.example 01
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
cat >other.text <<X
quorate/trust@v1
name other.example/test
epoch 1
revision 1
previous -
signer dora $(pub dora) CH
signer frank $(pub frank) IS
group both 2 dora frank
quorum both
root dora $(pub dora-root) CH
root-quorum dora
log $(pub log) CH
witness w3 $(pub w3) CH
mirror m2 $(pub m2) IS
group watch all w3 m2
witness-quorum watch
about
proposed $now
X
"$nm" sign other.text dora-root dora frank >other.note
patience=4s log_ini "$("$nm" id trust.note)"
cat >>log.ini <<X
[authority other.example/test]
first-trust = $("$nm" id other.note)
[witness w3]
vkey = $(pub w3)
url = http://127.0.0.1:$port_w3
[witness m2]
vkey = $(pub m2)
url = http://127.0.0.1:$port_m2
X
# who is gone refuses at once; who is there may be slow
sed -i 's/^witness-timeout.*/witness-timeout = 2s\nhold-up = 6s/' log.ini
start quorate-logd log || fail log
taken() { # NOTE FILE: by a busy machine's witnesses, too
	until_true "post $1 $2; [ \$code = 200 ]" || fail "$1: $code $(cat "$2")"
}
taken trust.note trust.file
taken other.note other.file
other_release() { # sequence file
	release_text "$1" other.example/thing | sed 's|acme.example/test|other.example/test|' >"$2.text"
	"$nm" sign "$2.text" dora frank >"$2"
}
other_release 1 o1 && taken o1 o1.file
release 1 r1 && taken r1 r1.file
url=http://127.0.0.1:$port_log

# gone: for a while nobody gets anything, and then the one whose are here does
stop w3
from=$(date +%s)
release 2 r2
post r2 r2.file
[ "$code" = 202 ] && grep -q '^RC_LOG_WAIT' r2.file || fail "held up: $code"
_ok=0
for _ in $(seq 30); do
	post r2 r2.file
	[ "$code" = 200 ] && { _ok=1 && break; }
	sleep 0.3
done
[ $_ok = 1 ] || fail "held up for ever: $code"
[ $(($(date +%s) - from)) -ge 5 ] || fail "not held up at all"
"$nm" proof r2.file trust.note >/dev/null || fail r2
grep -q "witnesses of 'other.example/test' are gone" log.log || fail "it does not say so"
release 3 r3 && post_ok r3 r3.file # and at once from now on
auditors acme 0 "$url"
other_release 2 o2
post o2 o2.file
[ "$code" = 202 ] || fail "an entry without its quorum is answered: $code"
"$BIN/quorate" audit "$url" --trust other.note --state other.c >o 2>e
[ $? = 6 ] && grep -q '^fault quorum' o || fail "its auditors see nothing: $(cat o e)"

# started anew without them, and patient: it begins, and holds up nobody
stop log
stop m2
sed -i 's/^hold-up.*/hold-up = 1h/' log.ini
start quorate-logd log || fail log
release 4 r4
until_true 'post r4 r4.file; [ "$code" = 200 ]' || fail "shut at a start: $code $(cat r4.file)"
"$nm" proof r4.file trust.note >/dev/null || fail r4
until_true 'grep -q "begins without having heard from .*'w3'" log.log' || fail "it does not say so"
until_true 'get /metrics; grep -q "^quorate_log_left_authorities 1" answer' || fail metrics
release 5 r5 && post_ok r5 r5.file
post o2 o2.file
[ "$code" = 202 ] || fail "an entry without its quorum is answered: $code"
# but not with a state that was published two hours ago: for all it knows it
# is a copy, and who is gone has cosigned more of it meanwhile
stop log
python3 -c 'import struct; open("off", "wb").write(struct.pack("=q", 7200))'
cp log.ini old.ini
FAULT="ASAN_OPTIONS=verify_asan_link_order=0 CLOCK_FILE=$dir/off LD_PRELOAD=$BIN/clock.so" start quorate-logd old || fail old
port_log=$port_old
until_true 'grep -q "takes and signs nothing yet, not having heard from .*'w3'" old.log' ||
	fail "it does not say what it waits for"
get /healthz
[ "$code" = 503 ] && grep -q "hear from witnesses: .*'w3'" answer || fail "an old state begins: $code $(cat answer)"
release 6 r6
post r6 r6.file
[ "$code" = 503 ] || fail "an old state takes entries: $code"
stop old
start quorate-witnessd m2 || fail m2
start quorate-logd log || fail log
until_true 'post r6 r6.file; [ "$code" = 200 ]' || fail "r6: $code"

# all gone: nothing is published, whoever was left behind
for w in w1 w2 m1 m2; do stop $w; done
release 7 r7
post r7 r7.file
[ "$code" = 202 ] || fail "published without any witness: $code"

# back again
for w in w1 w2 w3 m1 m2; do start quorate-witnessd $w || fail $w; done
until_true 'post o2 o2.file; [ "$code" = 200 ]' || fail "o2: $code $(cat o2.file)"
"$nm" proof o2.file other.note >/dev/null || fail "o2's quorum"
until_true 'post r7 r7.file; [ "$code" = 200 ]' || fail "r7: $code"
until_true 'grep -q "other.example/test. cosign again" log.log' || fail "it does not say so"
auditors acme 0 "$url"
until_true '"$BIN/quorate" audit "$url" --trust other.note --state again.c >o 2>e' ||
	fail "its auditors: $(cat o e)"
echo "hold_up: holds"
