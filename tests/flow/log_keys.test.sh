# SPDX-License-Identifier: Apache-2.0
# A log is opened by `quorate log init`; its key changes while witnesses,
# mirror, devices and auditors follow; it moves to another machine by export
# and import; and its secrets come from credentials.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
q() { "$BIN/quorate" "$@" >q.out 2>q.err; }
ql() { q log "$@"; }
refuses() { # exit pattern command...
	_want=$1 _pattern=$2
	shift 2
	ql "$@"
	_got=$?
	[ $_got = "$_want" ] || fail "log $*: exit $_got: $(cat q.err)"
	grep -q "$_pattern" q.err || fail "log $*: $(cat q.err)"
}

# ---- init ------------------------------------------------------------------
ql init opened --origin log.test/fresh --passphrase-file pass --fast \
	--listen 127.0.0.1:0 || fail "init: $(cat q.err)"
cmp q.out opened/log.pub || fail "init prints the vkey"
grep -q 'check-config' q.err || fail "init says nothing of what is next"
"$BIN/quorate-logd" --config opened/log.ini --check-config 2>err || fail "its configuration"
[ "$(grep -c "opened/log.ini: no '\[\(authority\|witness\) NAME\]'" err)" = 2 ] || fail "not that nothing is entered yet: $(cat err)"
ql verify-store opened/state && grep -q '^size 0$' q.out || fail "its state: $(cat q.err)"
cp opened/log.key before.key
refuses 3 'there already' init opened --origin log.test/fresh \
	--passphrase-file pass --fast
cmp before.key opened/log.key || fail "a second init replaces the key"
refuses 2 'no name' init other --origin 'a+b' --passphrase-file pass
cp opened/log.ini fresh.ini && sed -i 's|= state|= opened/state|; s|= log.key|= opened/log.key|' fresh.ini
start quorate-logd fresh || fail "what init made does not start"
stop fresh || fail "it does not stop"

# ---- a log with a history --------------------------------------------------
witnesses_start_all() {
	for w in w1 w2; do witness_ini $w && start quorate-witnessd $w || fail $w; done
	witness_ini m1
	MIRROR=--mirror start quorate-witnessd m1 || fail m1
}
witnesses_start_all
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
log_ini "$id"
start quorate-logd log || fail log
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
release 2 r2 && post_ok r2 r2.file
url=http://127.0.0.1:$port_log
auditors old 0 "$url"
verify() { # release file [hop...]
	_f=$1
	shift
	"$BIN/quorate" verify "$_f" --trust trust.note "$@" >o 2>&1
}
lines_of() { # FILE NAME: how many lines by that key's name and id
	_id=$(cut -d+ -f2 "$2.pub" | python3 -c 'import sys, base64
print(base64.b64encode(bytes.fromhex(sys.stdin.read().strip())).decode()[:5])')
	grep -c "^— log.test/one $_id" "$1"
}
refuses 1 'no .next-key' retire-key log.ini

# ---- both keys -------------------------------------------------------------
ql add-key log.ini -o next.key --fast || fail "add-key: $(cat q.err)"
cmp q.out next.pub || fail "add-key prints the vkey"
refuses 1 'already' add-key log.ini -o third.key --fast
"$BIN/quorate-logd" --config log.ini --check-config 2>err || fail "both: $(cat err log.ini)"
[ ! -s err ] || fail "all is entered: $(cat err)"
stop log || fail "stop"
refuses 1 'not signed by the new key' retire-key log.ini
start quorate-logd log || fail "with both keys"
grep -q 'signed by .* too' log.log || fail "it does not say so"
release 3 r3 && post_ok r3 r3.file
[ "$(lines_of r3.file log)" = 1 ] && [ "$(lines_of r3.file next)" = 1 ] ||
	fail "r3 has not both lines"
verify r3.file || fail "a device that knows the old key: $(cat o)"
auditors old 0 "$url"
stop log
refuses 1 'acme.example/test.*does not name the new key' retire-key log.ini
start quorate-logd log || fail "again"
# witnesses and mirror learn of it one after another, and never stop cosigning
for w in w1 w2 m1; do stop $w; done
old_port1=$port_w1 old_port2=$port_w2 old_portm=$port_m1
witness_more="vkey = $(pub next)"
for w in w1 w2; do
	witness_ini $w
	eval "sed -i s/:0\$/:\$port_$w/ $w.ini"
	start quorate-witnessd $w || fail $w
done
witness_ini m1
sed -i "s/:0\$/:$port_m1/" m1.ini
MIRROR=--mirror start quorate-witnessd m1 || fail m1
[ "$old_port1$old_port2$old_portm" = "$port_w1$port_w2$port_m1" ] || fail "ports"

# ---- trust texts: both, then the new one ------------------------------------
trust_text 2 "$id" | sed "s|^log .*|&\\nlog $(pub next) CH|" >hop2.text
"$nm" sign hop2.text alice-root bob-root >hop2.note
until_true 'post hop2.note hop2.file; [ "$code" = 200 ]' || fail "hop2: $code $(cat hop2.file)"
"$nm" proof hop2.file trust.note >/dev/null || fail "hop2's file"
stop log # one text names both, but readers may hold the one before: let it be
start quorate-logd log || fail again
"$BIN/quorate" show hop2.note >o 2>&1 || fail "show: $(cat o)"
grep -q 'only what log.test/one (under any of 2 keys) has logged' o || fail "a log of two keys, in words: $(cat o)"
trust_text 3 "$("$nm" id hop2.note)" | sed "s|^log .*|log $(pub next) CH|" >hop3.text
"$nm" sign hop3.text alice-root bob-root >hop3.note
until_true 'post hop3.note hop3.file; [ "$code" = 200 ]' || fail "hop3: $code $(cat hop3.file)"
release 4 r4 && post r4 r4.file && [ "$code" = 200 ] || fail "r4: $code"
verify r4.file || fail "nobody is in a hurry: $(cat o)"
verify r4.file --hop hop2.file || fail "one hop: $(cat o)"
verify r4.file --hop hop2.file --hop hop3.file || fail "two hops: $(cat o)"

# ---- the old one goes ------------------------------------------------------
refuses 3 'in use' retire-key log.ini
stop log
cp log.ini both.ini
ql retire-key log.ini || fail "retire-key: $(cat q.err)"
cmp q.out next.pub || fail "retire-key prints the vkey"
grep -q next-key log.ini && fail "$(cat log.ini)"
grep -q '^key = .*next.key$' log.ini || fail "$(cat log.ini)"
start quorate-logd log || fail "with the new key alone"
url=http://127.0.0.1:$port_log
release 5 r5
until_true 'post r5 r5.file; [ "$code" = 200 ]' || fail "r5: $code $(cat r5.file)"
[ "$(lines_of r5.file log)" = 0 ] && [ "$(lines_of r5.file next)" = 1 ] ||
	fail "the old key still signs"
verify r5.file && fail "a device that does not know the new key"
verify r5.file --hop hop2.file --hop hop3.file || fail "a device follows: $(cat o)"
"$nm" device r5.file hop3.note acme.example/camera >/dev/null || fail "verify/"
post r1 r1.fresh && [ "$code" = 200 ] || fail "r1: $code"
"$nm" proof r1.fresh hop3.note >/dev/null || fail "an old release under the new key"
get "/lookup/$("$nm" id hop2.note)" again && cmp again hop2.file ||
	fail "a trust file is kept as first made"
hash=$(printf log.test/one | sha256sum | cut -c 1-64)
for p in $port_w1 $port_w2 $port_m1; do
	curl -s -o cp "http://127.0.0.1:$p/$hash/checkpoint"
	[ "$(lines_of cp next)" = 1 ] || fail "a cosigner did not follow: $(cat cp)"
done
auditors old 0 "$url"
auditors new 0 "$url"
says new 'log log.test/one 8 '
# whoever was left behind says so: a log with the old key, a witness
stop log
sed "s|^key = .*|key = log.key|" log.ini >left.ini
"$BIN/quorate-logd" --config left.ini 2>left.log && fail "the old key again"
grep -q 'is the state of the log' left.log || fail "$(cat left.log)"
ql verify-store log.state || fail "verify-store: $(cat q.err)"

# ---- export, import ----------------------------------------------------------
start quorate-logd log || fail log
refuses 3 'in use' export log.state out
stop log
ql export log.state out || fail "export: $(cat q.err)"
grep -q '^size 8$' q.out || fail "export: $(cat q.out)"
refuses 3 'there already' export log.state out
sed 's/^state = .*/state = moved.state/' log.ini >moved.ini
attempt() { # NAME: what is broken there is refused, and nothing is kept
	refuses "$2" "$3" import moved.ini "$1"
	ql verify-store moved.state && fail "$1: something was kept"
	rm -rf moved.state
}
entries=out/tile/entries/000.p/8
broken() { rm -rf bad && cp -r out bad && chmod -R u+w bad; }
broken && sed -i 's/version 1.0.2/version 1.0.9/' bad/tile/entries/000.p/8
attempt bad 6 'RC_INCLUSION'
broken && sed -i '3s/^./A/' bad/checkpoint
cmp -s out/checkpoint bad/checkpoint && sed -i '3s/^./B/' bad/checkpoint
attempt bad 1 'RC_SIGNATURE_INVALID'
broken && sed -i '/log.test.one A\|^— log.test/d' bad/checkpoint
attempt bad 1 'RC_LOG:'
broken && cp out/trust/0 "bad/trust/$(ls out/trust | tail -n 1)"
attempt bad 1 'bad/trust/'
broken && rm bad/checkpoint
attempt bad 3 'checkpoint'
[ -s $entries ] || fail "no entries"
# what no log may admit is not opened, whoever signed it
"$BIN/liar-log" build forged log key:m1 -- trust.note r1 r3 r2
sed 's/^state = .*/state = moved.state/' left.ini >forged.ini
refuses 1 'entry 3: sequence 2' import forged.ini forged
ql verify-store moved.state && fail "forged: something was kept"
rm -rf moved.state
ql import moved.ini out || fail "import: $(cat q.err)"
grep -q '^size 8$' q.out || fail "import: $(cat q.out)"
refuses 3 'has entries already' import moved.ini out
mv log.state gone.state
port=$port_log
start quorate-logd moved || fail "the log on the other machine"
port_log=$port_moved
get "/lookup/$("$nm" id hop2.note)" again && cmp again hop2.file ||
	fail "the first proof of a trust text did not come along"
release 6 r6
until_true 'post r6 r6.file; [ "$code" = 200 ]' || fail "r6: $code $(cat r6.file)"
verify r6.file --hop hop2.file --hop hop3.file || fail "r6: $(cat o)"
auditors old 0 "http://127.0.0.1:$port_log"
says old 'log log.test/one 9 '
stop moved || fail "stop"
ql verify-store moved.state || fail "verify-store: $(cat q.err)"

# ---- credentials -------------------------------------------------------------
mkdir creds && cp pass creds/phrase && mv next.key creds/sealed
sed 's/^passphrase-file.*/passphrase-credential = phrase\nkey-credential = sealed/' \
	moved.ini >cred.ini
cred() { "$BIN/quorate-logd" --config "$1.ini" --check-config 2>cred.log; }
cred cred && fail "no directory of credentials"
grep -q CREDENTIALS_DIRECTORY cred.log || fail "$(cat cred.log)"
export CREDENTIALS_DIRECTORY="$dir/creds"
cred cred || fail "credentials: $(cat cred.log)"
sed 's/= phrase/= ..\/pass/' cred.ini >way.ini
cred way && fail "a way out of the directory"
grep -q 'no name of a credential' cred.log || fail "$(cat cred.log)"
sed 's/^key-c.*/&\npassphrase-file = pass/' cred.ini >twice.ini
cred twice && fail "two passphrases"
grep -q 'not in both' cred.log || fail "$(cat cred.log)"
start quorate-logd cred || fail "the log with credentials"
stop cred
stop w1 && sed -i 's/^passphrase-file.*/passphrase-credential = phrase/' w1.ini &&
	start quorate-witnessd w1 || fail "a witness with credentials"
# sealed by the service manager's own tool, as a unit gets them
if systemd-creds setup >/dev/null 2>&1 &&
	systemd-creds encrypt --name=phrase pass phrase.cred >/dev/null 2>&1; then
	grep -q test phrase.cred && fail "not sealed"
	rm creds/phrase
	systemd-creds decrypt --name=phrase phrase.cred creds/phrase || fail creds
	cred cred || fail "by systemd-creds: $(cat cred.log)"
else
	echo "# systemd-creds does not work here: plain credentials only"
fi

# ---- once more, in a hurry: the old key goes while the trust names both -------
cp creds/sealed next.key
ql add-key moved.ini -o third.key --fast || fail "add-key: $(cat q.err)"
for w in w1 w2 m1; do
	stop $w
	sed -i "s|^vkey = .*|&\nvkey = $(pub third)|;0,/^vkey/{/^vkey/d}" $w.ini
done
for w in w1 w2; do start quorate-witnessd $w || fail $w; done
MIRROR=--mirror start quorate-witnessd m1 || fail m1
start quorate-logd moved || fail "with the third key"
port_log=$port_moved
trust_text 4 "$("$nm" id hop3.note)" |
	sed "s|^log .*|log $(pub next) CH\nlog $(pub third) CH|" >hop4.text
"$nm" sign hop4.text alice-root bob-root >hop4.note
until_true 'post hop4.note hop4.file; [ "$code" = 200 ]' || fail "hop4: $code $(cat hop4.file)"
stop moved
ql retire-key moved.ini || fail "retire-key: $(cat q.err)"
start quorate-logd moved || fail "with the third key alone"
# it is still the home log of a text whose first line is the key that went
trust_text 5 "$("$nm" id hop4.note)" | sed "s|^log .*|log $(pub third) CH|" >hop5.text
"$nm" sign hop5.text alice-root bob-root >hop5.note
until_true 'post hop5.note hop5.file; [ "$code" = 200 ]' || fail "hop5: $code $(cat hop5.file)"
"$nm" proof hop5.file hop4.note >/dev/null || fail "hop5's file"
auditors old 0 "http://127.0.0.1:$port_log"
stop moved
# one that its witnesses were not told of says what they need
sed 's|^key = |&opened/|; s|^state = |&opened/|; s/^listen.*/listen = 127.0.0.1:0/' \
	opened/log.ini >fresh.ini
printf '[witness w1]\nvkey = %s\nurl = http://127.0.0.1:%s\n' "$(pub w1)" "$port_w1" >>fresh.ini
start quorate-logd fresh || fail "the fresh log"
until_true 'grep -qF "enter '"'[log log.test/fresh]' with 'vkey = $(cat opened/log.pub)'"'" fresh.log' ||
	fail "it does not say what its witness needs: $(cat fresh.log)"
stop fresh
echo "log_keys: holds"
