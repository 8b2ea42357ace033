#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Other people's witnesses under our log, and other people's load test on our
# witness, for LOAD_S seconds. They are built once, in PEERS_DIR.
#
# Where they differ from C2SP tlog-witness, which is not copied:
# - omniwitness answers 429 to a log because another was busy (tens of thousands
#   over 50 logs and 10 connections); 409 without a size for one size with
#   another root, where 422 is meant.
# - litewitness answers 403 for a log that it does not know, where 404 is meant.
# - the load test wants a consistency proof from size 0, which is patched away.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/interop/witness_peers.sh"
[ "${PEERS:-}" = none ] && {
	echo "SKIPPED: their witnesses meet the other build"
	exit 0
}
load_s=${LOAD_S:-10}
peers_build "${PEERS_DIR:-$dir/peers}" || {
	echo "SKIPPED: $peers_why"
	exit 0
}
# omniwitness is w1, litewitness w2: the quorum is both, and our mirror
echo "log.test/one $(pub log)" >logs
omniwitness_start logs || fail "omniwitness: $(tail -n 3 omni.log)"
omni_vkey=$peer_vkey omni_url=http://$peer_address omni_pid=$peer_pid
litewitness_start logs || fail "litewitness: $(tail -n 3 lite.log)"
lite_vkey=$peer_vkey lite_url=http://$peer_address
witness_ini m1
MIRROR=--mirror start quorate-witnessd m1 || fail m1
trust_text 1 - | sed "s|^witness w1 .*|witness w1 $omni_vkey CH|
	s|^witness w2 .*|witness w2 $lite_vkey BR|
	s|^group seen 1|group seen 2|" >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
port_w1=1 port_w2=1
log_ini "$id"
sed -i "/^\[witness w1\]/,/^url/{s|^vkey = .*|vkey = $omni_vkey|;s|^url = .*|url = $omni_url/|}
	/^\[witness w2\]/,/^url/{s|^vkey = .*|vkey = $lite_vkey|;s|^url = .*|url = $lite_url/|}" log.ini
interval=1s
sed -i "s/^interval.*/interval = 2s/" log.ini
start quorate-logd log || fail "log"
until_true 'post trust.note trust.file; [ "$code" = 200 ]' || fail "trust: $code $(cat trust.file log.log)"
for i in 1 2 3; do release $i r$i && post_ok r$i r$i.file; done
grep -q '^— Omni.Test:8443/W-1 ' r3.file && grep -q '^— lite.test/W ' r3.file ||
	fail "their lines: $(cat r3.file)"
"$BIN/quorate" audit "http://127.0.0.1:$port_log" --trust trust.note --state audited >o 2>e ||
	fail "audit: $(cat o e)"
# an idle log's head is cosigned anew
get /checkpoint before
sleep 5
get /checkpoint after
cmp -s before after && fail "no fresh cosignatures"
# a restart of the log goes on where they are
stop log
start quorate-logd log || fail "again"
release 4 r4
until_true 'post r4 r4.file; [ "$code" = 200 ]' || fail "after a restart: $code"
echo "omniwitness, litewitness: cosign our log, names with capitals and a colon included"
kill "$omni_pid" "$peer_pid" "$agent_pid" 2>/dev/null

# their load test, against ours: 50 logs
"$peers_dir/loadtest" -log_count 50 >theirs.yaml 2>/dev/null
{
	printf '[witness]\nkey = w1.key\npassphrase-file = pass\nlisten = 127.0.0.1:0\nstate = w1.state\nrate = 100000\n'
	sed -n 's/^ *-* *Origin: \(.*\)/\1/p' theirs.yaml >o
	sed -n 's/^ *PublicKey: \(.*\)/\1/p' theirs.yaml >k
	paste -d' ' o k | sed 's/^\([^ ]*\) \(.*\)/[log \1]\nvkey = \2/'
} >w1.ini
start quorate-witnessd w1 || fail "w1: $(tail -n 2 w1.log)"
# its figure is no throughput: it raises its rate when it finds itself slow.
# Every update must be a cosignature that it accepts.
timeout "$load_s" "$peers_dir/loadtest" -log_count 50 -target "http://127.0.0.1:$port_w1" \
	-start_qps 200 -timeout 10s >load.out 2>&1
_rc=$?
curl -s "http://127.0.0.1:$port_w1/metrics" | grep '^quorate_witness' >metrics
[ $_rc = 124 ] || fail "their load test ends with $_rc: $(tail -n 3 load.out)"
cosigned=$(sed -n 's/^quorate_witness_cosigned_total //p' metrics)
[ "$cosigned" -gt $((16 * load_s)) ] && grep -q '^quorate_witness_refused_total 0$' metrics ||
	fail "their load test: $(cat metrics)"
echo "their load test: $cosigned updates of 50 logs in $load_s s, none refused"
stop w1
echo "interop witness: holds"
