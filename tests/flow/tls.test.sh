# SPDX-License-Identifier: Apache-2.0
# TLS under an authority of one's own. Every command that speaks https believes
# --ca-file, or what quorate.ini says, and without them nobody whom the system
# does not vouch for; the log believes its ca-file for witnesses, and for tiles
# that it catches up from. And --check-config of every daemon reads what TLS
# needs and says what is wrong with it.
. "$SRC/tests/flow/log_help.sh"
quorate=$BIN/quorate
ec='ec -pkeyopt ec_paramgen_curve:P-256'
# shellcheck disable=SC2086 # words
{
	openssl req -x509 -newkey $ec -nodes -days 90 -keyout ca.key -out ca.pem -subj /CN=our-ca
	openssl req -newkey $ec -nodes -keyout tls.key -out tls.csr -subj /CN=localhost
	printf 'subjectAltName=IP:127.0.0.1\n' >ext
	openssl x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 60 -extfile ext -out tls.pem
} 2>openssl.err || fail "openssl: $(cat openssl.err)"
tls='tls-certificate = tls.pem
tls-key = tls.key'

# ---- whom the programs believe -------------------------------------------------
secure() { sed -i "s|^state = .*|&\n$(printf %s "$tls" | sed ':a;N;$!ba;s/\n/\\n/')|" "$1.ini"; }
for w in w1 w2 m1; do
	witness_ini $w && secure $w
	[ $w = m1 ] && MIRROR=--mirror
	start quorate-witnessd $w || fail "witness $w does not start"
done
MIRROR=
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
sed -i 's|http:|https:|' log.ini
secure log
cp log.ini bare.ini
sed -i 's|^tls-key = .*|&\nca-file = ca.pem|' log.ini
start quorate-logd log || fail log
log=https://127.0.0.1:$port_log
"$quorate" append trust.note --log "$log" -o t.file 2>err && fail 'append believes a server that nobody vouches for'
grep -q 'certificate' err || fail "it does not say why: $(cat err)"
"$quorate" append trust.note --log "$log" --ca-file ca.pem -o trust.file 2>err || fail "append: $(cat err)"
release 1 r1 && release 2 r2 && release 3 r3
"$quorate" append r1 --log "$log" --ca-file=ca.pem -o r1.file 2>err || fail "append: $(cat err)"
grep -q '^— w2.test/w\|^— w1.test/w' r1.file || fail 'no witness was believed'
"$quorate" append r2 --log "$log" --ca-file tls.key -o r2.file 2>err && fail 'a key is no certificate'
grep -q "'tls.key' holds no certificate" err || fail "$(cat err)"
"$quorate" append r2 --log "$log" --ca-file none -o r2.file 2>err && fail 'believes an absent file'
grep -q "'none'" err || fail "$(cat err)"

# others of the same authority, and quorate.ini, seen from a folder below
mkdir -p work/below
printf '[authority]\nname = acme.example/test\ntrust = ../trust.note\n[log one]\nurl = %s\n[https]\nca-file = ../ca.pem\n' "$log" >work/quorate.ini
cd work/below || exit 3
"$quorate" append ../../r2 -o r2.file 2>err || fail "quorate.ini is not minded: $(cat err)"
"$quorate" refresh r2.file --trust ../../trust.note 2>err || fail "refresh: $(cat err)"
"$quorate" audit "$log" --trust ../../trust.note --state a \
	--witness "https://127.0.0.1:$port_w1" --witness "https://127.0.0.1:$port_m1" >out 2>err || fail "audit: $(cat out err)"
grep -q '^verdict ok$' out || fail "$(cat out)"
grep -qi 'warning' err && fail "a witness was not believed: $(cat err)"
"$quorate" monitor "$log" --trust ../../trust.note --state m --once 2>err || fail "monitor: $(cat err)"
sed -i 's|^ca-file = .*|ca-file = ../tls.key|' ../quorate.ini
"$quorate" append ../../r3 -o r3.file 2>err && fail 'quorate.ini names a key'
"$quorate" append ../../r3 --ca-file ../../ca.pem -o r3.file 2>err || fail "--ca-file is not before quorate.ini: $(cat err)"
cd ../.. || exit 3
"$quorate" monitor "$log" --trust trust.note --state m2 --once >out 2>err && fail 'monitor believes anybody'

# the coordinator, and what is carried to it
{
	printf '[coordinator]\nlisten = 127.0.0.1:0\nstate = coordinatord\nread-auth = no\n%s\n' "$tls"
	printf '[party alice]\nvkey = %s\n' "$(pub alice)"
} >coordinator.ini
start quorate-coordinatord coordinator || fail coordinator
coordinator=https://127.0.0.1:$port_coordinator
fetch() { "$quorate" courier fetch --coordinator "$coordinator" --party alice.pub -o alice.inbox "$@" 2>err; }
fetch && fail 'courier believes anybody'
fetch --ca-file ca.pem || grep -qi 'nothing\|waits' err || fail "courier: $(cat err)"

# the s that is too much, or missing
plain=$(printf '%s' "$coordinator" | sed 's/^https/http/')
"$quorate" courier fetch --coordinator "$plain" --party alice.pub -o plain.inbox 2>err && fail 'plain HTTP at a TLS port'
grep -q 'does it speak https:// there' err || fail "no word of https: $(cat err)"
printf '[coordinator]\nlisten = 127.0.0.1:0\nstate = plaind\nread-auth = no\n' >plain.ini
start quorate-coordinatord plain || fail 'a coordinator without TLS'
"$quorate" courier fetch --coordinator "https://127.0.0.1:$port_plain" --party alice.pub -o plain.inbox 2>err && fail 'TLS at a plain port'
grep -q 'does it speak http://' err || fail "no word of http: $(cat err)"

# every command that is given somebody's address can be told whom to believe
n=0
for c in append audit monitor refresh release 'release --set x' withdraw object 'courier fetch' 'courier deliver' \
	'ceremony propose' 'ceremony watch' 'sign mcuboot'; do
	# shellcheck disable=SC2086 # words
	"$quorate" $c --help 2>&1 | grep -q -- '--ca-file FILE' || fail "quorate $c has no --ca-file"
	n=$((n + 1))
done

# sources over https: git is told too
git -c init.defaultBranch=main init -q --bare site.git && git -c init.defaultBranch=main init -q site && (
	cd site && echo one >a && git add a && git -c user.name=x -c user.email=x@x commit -q -m one && git tag v1 &&
		git push -q ../site.git v1
) 2>git.err || fail "git: $(cat git.err)"
(cd site.git && git update-server-info)
python3 -u - web.port >web.out 2>&1 <<'Y' &
import functools, http.server, ssl, sys
h = functools.partial(http.server.SimpleHTTPRequestHandler, directory='.')
s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), h)
c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
c.load_cert_chain('tls.pem', 'tls.key')
s.socket = c.wrap_socket(s.socket, server_side=True)
open(sys.argv[1] + '.new', 'w').write('%d\n' % s.server_address[1])
import os
os.rename(sys.argv[1] + '.new', sys.argv[1])
s.serve_forever()
Y
pids="$pids $!"
until_true '[ -s web.port ]' || fail "no web server: $(cat web.out)"
commit=$(git -C site rev-parse v1)
release_text 4 | sed "/^proposed/a source https://127.0.0.1:$(cat web.port)/site.git refs/tags/v1 $commit $(printf x | sha256sum | cut -d' ' -f1)" >r4.text
"$nm" sign r4.text alice bob >r4
"$quorate" append r4 --log "$log" --ca-file ca.pem -o r4.file 2>err || fail "a release with a source: $(cat err)"
"$quorate" audit "$log" --trust trust.note --state s --sources --ca-file ca.pem >out 2>err || fail "the source: $(cat out err)"

# ---- the log's own: witnesses, and tiles to catch up from ------------------------
stop log && cp -r log.state old && start quorate-logd log || fail "again"
release 5 r5
"$quorate" append r5 --log "$log" --ca-file ca.pem -o r5.file 2>err || fail "$(cat err)"
stop log && rm -rf log.state && cp -r old log.state
hash=$(printf log.test/one | sha256sum | cut -c 1-64)
sed -i "s/^listen = .*/listen = 127.0.0.1:$port_log/" bare.ini
"$BIN/quorate-logd" --config bare.ini --catch-up "https://127.0.0.1:$port_m1/$hash" 2>err && fail 'catches up from anybody'
grep -q certificate err || fail "$(cat err)"
"$BIN/quorate-logd" --config log.ini --catch-up "https://127.0.0.1:$port_m1/$hash" 2>err || fail "catch up: $(cat err)"
grep -q 'had 5 entries and has 6' err || fail "$(cat err)"

# ---- --check-config ----------------------------------------------------------------
# shellcheck disable=SC2086 # words
{
	openssl req -x509 -newkey $ec -nodes -days 90 -keyout other.key -out other.pem -subj /CN=other
	openssl req -x509 -key other.key -days 3 -out soon.pem -subj /CN=soon
	mkdir db && : >db/index.txt && echo 01 >db/serial
	printf '[ca]\ndefault_ca = d\n[d]\ndatabase = db/index.txt\nserial = db/serial\nnew_certs_dir = db\npolicy = p\ndefault_md = sha256\n[p]\ncommonName = supplied\n' >ca.cnf
	openssl req -new -key other.key -subj /CN=other -out other.csr
	openssl ca -batch -config ca.cnf -selfsign -keyfile other.key -in other.csr -startdate 20200101000000Z \
		-enddate 20200102000000Z -out expired.pem -notext
	openssl ec -in other.key -aes256 -passout pass:x -out sealed.key
} 2>openssl.err || fail "openssl: $(cat openssl.err)"
cat other.pem tls.pem >wrong-order.pem
sed '2s/...../AAAAA/' other.pem >broken.pem
witness_ini w1 && witness_ini w2
sed "s/^listen = .*/listen = 127.0.0.1:0/; /^tls-/d; /^ca-file/d" log.ini >plain.ini
checks=0
check() { # daemon CERTIFICATE KEY code PATTERN
	case $1 in
	quorate-logd) sed "s|^state = .*|&\ntls-certificate = $2\ntls-key = $3|" plain.ini >c.ini ;;
	quorate-witnessd) sed "s|^state = .*|&\ntls-certificate = $2\ntls-key = $3|" w1.ini >c.ini ;;
	quorate-coordinatord) sed "s|^tls-certificate = .*|tls-certificate = $2|; s|^tls-key = .*|tls-key = $3|" coordinator.ini >c.ini ;;
	esac
	"$BIN/$1" --config c.ini --check-config >out 2>err
	code=$?
	[ $code = "$4" ] || fail "$1 with $2 and $3: exit $code: $(cat out err)"
	[ -z "$5" ] || grep -q "$5" err || fail "$1 with $2 and $3 says: $(cat err)"
	checks=$((checks + 1))
}
for d in quorate-logd quorate-witnessd quorate-coordinatord; do
	check $d tls.pem tls.key 0 ''
	check $d none.pem tls.key 2 "none.pem'"
	check $d tls.pem none.key 2 "none.key'"
	check $d tls.key tls.key 2 "tls.key' holds no certificate: a PEM file"
	check $d broken.pem other.key 2 "broken.pem': a certificate in it cannot be read"
	check $d tls.pem tls.pem 2 "tls.pem' is no private key without a passphrase, in PEM"
	check $d other.pem sealed.key 2 "sealed.key' is no private key without a passphrase"
	check $d tls.pem other.key 2 "tls.pem': its first certificate is not of the key in '.*other.key'"
	check $d wrong-order.pem tls.key 2 "wrong-order.pem': the server's own certificate, .* must be the first"
	check $d expired.pem other.key 0 "warning: .*expired.pem': the certificate has expired on 2020-01-02"
	check $d soon.pem other.key 0 "warning: .*soon.pem': the certificate expires on "
done
for f in none.pem tls.key; do
	sed "s|^state = .*|&\nca-file = $f|" plain.ini >c.ini
	"$BIN/quorate-logd" --config c.ini --check-config 2>err
	[ $? = 2 ] && grep -q "c.ini: \[log\]: .*$f'" err || fail "ca-file $f: $(cat err)"
	printf '[signer]\nname = alice.example\nkey = alice.key\npassphrase-file = pass\nstate = alice.state\nsocket = alice.sock\napproval = person\nca = %s\ncoordinator = https://127.0.0.1:1\n[authority acme.example/test]\ntrust = trust.note\n[log log.test/one]\nurl = %s\n[proposer ci]\nvkey = %s\nproducts = acme.example/*\n' \
		$f "$log" "$(pub bob)" >signer.ini
	"$BIN/quorate-signerd" --config signer.ini --check-config 2>err
	[ $? = 2 ] && grep -q "signer.ini: \[signer\]: .*$f'" err || fail "the signer's ca $f: $(cat err)"
	sed -i 's/^ca = .*/ca = ca.pem/' signer.ini
	"$BIN/quorate-signerd" --config signer.ini --check-config 2>err || fail "the signer's ca: $(cat err)"
done
# and a daemon that is started says the same
sed "s|^state = .*|&\ntls-certificate = tls.pem\ntls-key = other.key|" w2.ini >c.ini
"$BIN/quorate-witnessd" --config c.ini 2>err
[ $? = 2 ] && grep -q 'c.ini: \[witness\]: .*is not of the key' err || fail "at the start: $(cat err)"
stop coordinator || fail stop
echo "tls: $n commands, $checks files, all of it holds"
