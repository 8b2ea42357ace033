# SPDX-License-Identifier: Apache-2.0
# Log, witness, mirror and coordinator face the internet alone: raw sockets
# that smuggle, flood, trickle and lie about lengths, each probe by name
# (probes.py); and an orderly end while requests are under way.
. "$SRC/tests/flow/log_help.sh"
witness_ini w1 && sed -i 's/^state = .*/&\nconnections = 1100\nconnections-per-ip = 120/' w1.ini
start quorate-witnessd w1 || fail w1
# where few files may be open it takes fewer connections, and says so
witness_ini w2 && FAULT='prlimit --nofile=300:300'
start quorate-witnessd w2 || fail w2
FAULT=
grep -q 'takes 150 connections at once: no more than 300 files may be open' w2.log || fail "few files: $(cat w2.log)"
witness_ini m1
MIRROR=--mirror start quorate-witnessd m1 || fail m1
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
patience=30s log_ini "$("$nm" id trust.note)"
for few in 'connections 0' 'connections 10001' 'connections-per-ip 10001'; do
	for d in log w2; do
		sed "s/^state = .*/&\n${few% *} = ${few#* }/" $d.ini >few.ini
		case $d in log) _d=quorate-logd ;; *) _d=quorate-witnessd ;; esac
		"$BIN/$_d" --config few.ini --check-config 2>few.err
		[ $? = 2 ] && grep -q "few.ini:[0-9]*: '${few% *}' wants 1 to 10000" few.err || fail "$few: $(cat few.err)"
	done
done
# a service manager allows 1,024 files at first: it asks for one each
sed -i 's/^state = .*/&\nconnections = 1500/' log.ini
FAULT='prlimit --nofile=1024:4096'
start quorate-logd log || fail log
FAULT=
grep -q '^Max open files *1756 *4096' "/proc/$pid_log/limits" || fail "files: $(grep files "/proc/$pid_log/limits")"
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
cat >coordinator.ini <<X
[coordinator]
listen = 127.0.0.1:0
state = coordinator.state
[authority acme.example/test]
trust = trust.file
X
start quorate-coordinatord coordinator || fail "the coordinator: $(cat coordinator.log)"

probes() { # NAME POST-PATH BODY-MAX
	eval "_pid=\$pid_$1 _port=\$port_$1"
	python3 "$SRC/tests/flow/probes.py" "127.0.0.1:$_port" "$_pid" "$2" "$3" >"$1.probes" 2>&1 &
	eval "probe_$1=$!"
}
probes log /add 128000
probes m1 /add-entries 25165824
PER_ADDRESS=120 # as its configuration has it
export PER_ADDRESS
probes w1 /add-checkpoint 65536
PER_ADDRESS=480 # a whole quorum may stand behind one proxy
export PER_ADDRESS
probes coordinator /v1/messages 4194304
# the same server under TLS, by itself: peers that die and dawdle
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout tls.key -out tls.pem \
	-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>openssl.err || fail "openssl: $(cat openssl.err)"
key tw tw.test/w 04 && witness_ini tw && sed -i 's|^state = .*|&\ntls-certificate = tls.pem\ntls-key = tls.key|' tw.ini
start quorate-witnessd tw || fail tw
python3 "$SRC/tests/flow/tls_probes.py" "127.0.0.1:$port_tw" "$pid_tw" tls.pem >tw.probes 2>&1 &
probe_tw=$!
bad=0
for d in log w1 m1 coordinator tw; do
	eval "wait \$probe_$d" || { bad=1; cat "$d.probes"; }
	sed -n "s/^#/# $d:/p" "$d.probes"
	eval "kill -0 \$pid_$d" || fail "$d is gone"
done
[ $bad = 0 ] || fail "a probe"
stop tw || fail 'under TLS it does not end in order'
release 2 r2 && post_ok r2 r2.file

# ---- what a scraper makes of them ------------------------------------------
scrape() { # PORT [NAME=VALUE]...
	python3 "$SRC/tests/flow/scrape.py" "http://127.0.0.1:$@" >samples 2>scrape.err ||
		fail "/metrics: $(tail -n 1 scrape.err)"
}
scrape "$port_log" quorate_log_entries_total=3 quorate_log_failing=0 'quorate_log_witness_size{witness=m1}=3'
scrape "$port_w1" quorate_witness_forks_total=0
scrape "$port_m1" quorate_mirror_entries_total=3
scrape "$port_coordinator" quorate_coordinator_waiting=0

# ---- an orderly end: what is under way is answered, what comes is not -------
# the witnesses sleep, so that an entry waits for them
for w in w1 w2 m1; do eval "kill -STOP \$pid_$w"; done
release 3 r3
curl -s -m 60 -o drained -w '%{http_code}' --data-binary @r3 "http://127.0.0.1:$port_log/add" >drained.code &
waiting=$!
until_true 'curl -s "http://127.0.0.1:$port_log/metrics" | grep -q "^quorate_log_entries_total 4"' ||
	fail "r3 is not logged"
kill -TERM "$pid_log"
wait $waiting
[ "$(cat drained.code)" = 202 ] && grep -q '^RC_LOG_WAIT' drained ||
	fail "under way at the end: $(cat drained.code drained)"
wait "$pid_log" || fail "not an orderly end"
pids=$(echo " $pids " | sed "s/ $pid_log / /")
curl -s -m 2 "http://127.0.0.1:$port_log/healthz" && fail "still listening"
for w in w1 w2 m1; do eval "kill -CONT \$pid_$w"; done
# it was logged: after a start the same request gets its file
start quorate-logd log || fail log
until_true 'post r3 r3.file; [ "$code" = 200 ]' || fail "r3: $code"
# idle connections and a half-sent request keep nobody
for d in w1 coordinator; do
	eval "_port=\$port_$d"
	python3 -c '
import socket, sys, time
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(20)]
held[0].sendall(b"GET /heal")
open(sys.argv[2], "w").close()
time.sleep(60)' "$_port" $d.held &
	_holder=$!
	until_true "[ -e $d.held ]" || fail "$d: no connections"
	_from=$(date +%s)
	stop $d || fail "$d does not end in order"
	[ $(($(date +%s) - _from)) -lt 20 ] || fail "$d waits for the silent"
	kill $_holder 2>/dev/null
	wait $_holder 2>/dev/null
done
echo "http: holds"
