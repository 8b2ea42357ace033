# SPDX-License-Identifier: Apache-2.0
# What docs/operations.md tells those who run logs and witnesses, run in a log's
# life with a real witness and mirror.
. "$SRC/tests/flow/log_help.sh"
PATH=$BIN:$PATH
. "$SRC/tests/flow/operations_help.sh"
printf test >passphrase
export QUORATE_PASSPHRASE_FILE="$PWD/passphrase"

run log-open
run log-second # its key, so that the witnesses can know it
rm -f w1.key w1.pub m1.key m1.pub
run witness-open
[ "$(cat witness-open.out)" = "$(cat w1.pub m1.pub)" ] || fail "not the vkeys: $(cat witness-open.out)"
for w in w1 m1; do
	witness_ini $w
	sed -i "s|^\[log log.test/one\]|[log log.example]|; s|^vkey = .*|vkey = $(cat log/log.pub)|" $w.ini
	printf '[log second.example]\nvkey = %s\n' "$(cat log2/log.pub)" >>$w.ini
done
run witness-check
start quorate-witnessd w1 || fail w1
MIRROR=--mirror start quorate-witnessd m1 || fail m1
cp log/log.pub log.pub
trust_text 1 - | sed '/^witness w2/d; s/^group seen .*/group seen 1 w1/' >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
{
	printf '[authority acme.example/test]\nfirst-trust = %s\n' "$("$nm" id trust.note)"
	for w in w1 m1; do
		eval "_p=\$port_$w"
		printf '[witness %s]\nvkey = %s\nurl = http://127.0.0.1:%s\n' $w "$(pub $w)" "$_p"
	done
} >authorities.ini
run log-check
start_log() {
	sed -i 's/^listen = .*/listen = 127.0.0.1:0/' log/log.ini
	: >log.log
	quorate-logd --config log/log.ini 2>log.log &
	pid_log=$!
	pids="$pids $pid_log"
	until_true "grep -q ready: log.log || ! kill -0 $pid_log 2>/dev/null"
	port_log=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' log.log)
	log=http://127.0.0.1:$port_log
	until_true 'get /healthz hz && [ "$code" = 200 ]'
}
start_log || fail 'the log does not start'
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
run log-daily
grep -q '^ok$' log-daily.out && grep -q '^verdict ok$' log-daily.out || fail "$(cat log-daily.out log-daily.err)"
stop log || fail stop
run log-backup
start_log || fail again
release 2 r2 && post_ok r2 r2.file
hash=$(printf log.example | sha256sum | cut -c 1-64)
until_true 'curl -s "http://127.0.0.1:$port_m1/$hash/checkpoint" | sed -n 2p | grep -qx 3' ||
	fail 'the mirror does not follow'
stop log || fail stop

# the backup by itself is refused; what the page says brings it on
mv log/state newest && cp -a backup log/state
timeout 120 quorate-logd --config log/log.ini 2>err
[ $? = 6 ] || fail "an old copy: $(cat err)"
run log-restore
grep -q 'had 2 entries and has 3' log-restore.err || fail "$(cat log-restore.err)"
start_log || fail 'after catching up'
release 3 r3 && post_ok r3 r3.file
until_true 'curl -s "http://127.0.0.1:$port_m1/$hash/checkpoint" | sed -n 2p | grep -qx 4' ||
	fail 'the mirror does not follow'
stop log || fail stop

run log-export
rm -rf log/state
run log-import
start_log || fail 'on another machine'
post_ok r3 r3.again
stop log || fail stop
# what a witness keeps: of an honest log nothing
run witness-evidence
[ ! -s witness-evidence.out ] || fail "of an honest log: $(cat witness-evidence.out)"
mkdir -p evidence/1-fork # two of its heads: flow/liar has a real fork
for f in held shown; do cp "$(find . -name checkpoint | head -n 1)" evidence/1-fork/$f; done
run witness-judge
[ "$(cat witness-judge.out)" = "unproven
it ends with 1" ] || fail "of an honest log: $(cat witness-judge.out witness-judge.err)"
run log-key
start_log || fail 'with two keys'
until_true 'get /checkpoint cp; [ "$(grep -c "^— log.example " cp)" = 2 ]' || fail "it does not sign by both: $(cat cp)"
# the authority's next text names the new key too; then the old one goes
trust_text 2 "$("$nm" id trust.note)" | sed '/^witness w2/d; s/^group seen .*/group seen 1 w1/' |
	sed "/^log /a log $(cat log/next.pub) CH" >trust.2.text
"$nm" sign trust.2.text alice-root bob-root >trust.2.note
post_ok trust.2.note trust.2.file
stop log || fail stop
run log-retire
[ "$(sed -n 1p log-retire.out)" = "$(cat log/next.pub)" ] || fail "retire-key says: $(cat log-retire.out)"

# it is gone
rm -rf log
run log-adopt
grep -q 'had 0 entries and has 5' log-adopt.err || fail "$(cat log-adopt.err)"
all_run 'log|witness'
echo "operations: $ran blocks, all of it holds"
