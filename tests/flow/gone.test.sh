# SPDX-License-Identifier: Apache-2.0
# The operator is gone. From a mirror's copy another one opens a log under a
# new key; a trust text names it, logged under the old one while its log
# still lives, by recovery when it does not; a device moves; an old release
# is refreshed there; the auditors follow.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
key log2 log.test/two 01
key log3 log.test/three 01
witness_more="[log log.test/two]
vkey = $(pub log2)
[log log.test/three]
vkey = $(pub log3)"
for w in w1 w2; do witness_ini $w && start quorate-witnessd $w || fail $w; done
witness_ini m1
MIRROR=--mirror start quorate-witnessd m1 || fail m1
trust_text 1 - | sed '/^root-quorum/a\
recover 3' >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
hash=$(printf 'log.test/one' | sha256sum | cut -c 1-64)
log_ini "$id"
start quorate-logd log || fail log
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
release 2 r2 && post_ok r2 r2.file

# the second operator: everything that the mirror has, and nothing of the old
log2_ini() { # NAME ORIGIN
	sed "s/^origin.*/origin = $2/; s/^key = .*/key = $1.key/
		s/^state.*/state = $1.state/; s/^listen.*/listen = 127.0.0.1:0/" \
		log.ini | sed "s|log.test/|log.test\\/|" >"$1.ini"
}
adopt() { # NAME [FROM]
	"$BIN/quorate-logd" --config "$1.ini" \
		--adopt "${2:-http://127.0.0.1:$port_m1/$hash}"
}
cp -r "m1.state/mirror/$hash" before
log2_ini log2 'log.test\/two'
adopt log2 "http://127.0.0.1:$port_m1" 2>adopt.log && fail "adopted a mirror, not a log"
grep -q 'a mirror has a log at URL/HASH' adopt.log || fail "$(cat adopt.log)"
adopt log2 2>adopt.log || fail "adopt: $(cat adopt.log)"
grep -q 'had 0 entries and has 3' adopt.log || fail "$(cat adopt.log)"
adopt log2 2>adopt.log && fail "adopted twice"
grep -q 'has entries already' adopt.log || fail "$(cat adopt.log)"
start quorate-logd log2 || fail log2
to() { eval "port_log=\$port_$1"; }
one=$port_log

# a text that names the new log, while the old one lives: logged there, its
# file copied here, and carried to the device
hop() { # LOG-PREFIX revision previous
	trust_text "$2" "$3" | sed "s|^log .*|log $(pub "$1") IS|; /^root-quorum/a\\
recover 3"
}
hop log2 2 "$id" >hop.text
"$nm" sign hop.text alice-root bob-root >hop.note
post_ok hop.note hop.file
port_one=$port_log
to log2
post hop.note answer
[ "$code" = 422 ] && grep -q ^RC_LOG_COPY answer || fail "without proof: $code"
until_true 'post hop.file answer; [ "$code" = 200 ]' ||
	fail "its copy: $code $(cat answer)"
stop log KILL # gone
rm -rf log.state
# a new release goes to the new log alone; an old one is refreshed there: its
# text is known, and the answer is a file of this log
release 3 r3 && post r3 r3.file && [ "$code" = 200 ] || fail "r3: $code"
post r1 r1.fresh && [ "$code" = 200 ] || fail "r1: $code"
grep -q '^log.test/two$' r1.fresh || fail "not of the new log"
"$nm" proof r1.fresh hop.note >/dev/null || fail "r1 under the new text"
"$nm" proof r1.fresh trust.note >/dev/null 2>&1 && fail "r1 under the old text"
"$nm" proof r1.file hop.note >/dev/null 2>&1 && fail "the old file under the new"
"$BIN/quorate" refresh r2.file --log "http://127.0.0.1:$port_log" --trust hop.note -o r2.fresh 2>o ||
	fail "refresh at the new log: $(cat o)"
"$nm" proof r2.fresh hop.note >/dev/null || fail "r2 under the new text"
"$BIN/quorate" refresh r2.file --log "http://127.0.0.1:$port_log" --trust trust.note -o x 2>o &&
	fail "refreshed for a trust text that does not know the log"
[ ! -e x ] || fail "written all the same"
# the device: it hops by the file alone, and takes what the new log has
echo payload >fw
verify() { # release file [hop...]
	_f=$1
	shift
	"$BIN/quorate" verify "$_f" --trust trust.note "$@"
}
verify r3.file --hop hop.file >o 2>&1 || fail "the device moves: $(cat o)"
verify r1.fresh --hop hop.file >o 2>&1 || fail "the old release: $(cat o)"
verify r3.file >o 2>&1 && fail "without the hop"
"$nm" device r3.file hop.note acme.example/camera >/dev/null || fail "verify/"
# auditors who have only the first text follow into the new log
until_true 'get /checkpoint cp; [ "$(sed -n 2p cp)" = 5 ]' || fail "five"
auditors moved 0 "http://127.0.0.1:$port_log"
auditors mirrored 6 "http://127.0.0.1:$port_m1/$hash"
grep -q "name the other witnesses with '--witness URL'" mirrored.err || fail "how a mirror is audited: $(cat mirrored.err)"
says moved 'log log.test/two 5 '

# and when the old log is gone before anybody could log a text there
log2_ini log3 'log.test\/three'
adopt log3 before 2>adopt.log || fail "adopt: $(cat adopt.log)"
hop log3 2 "$id" >rec.text
"$nm" sign rec.text alice-root bob-root carol-root >rec.note
"$nm" sign rec.text alice-root bob-root >rec2.note
start quorate-logd log3 || fail log3
to log3
post rec.note answer
[ "$code" = 422 ] && grep -q ^RC_LOG_COPY answer ||
	fail "a recovery that the operator was not told of: $code"
"$BIN/quorate" append rec.note --log "http://127.0.0.1:$port_log" -o o.file 2>o && fail "append"
grep -q "if that log is gone.*'recovery = '" o || fail "append does not say what to do: $(cat o)"
stop log3
sed -i "s/^first-trust.*/&\\nrecovery = $("$nm" id rec.note)/" log3.ini
start quorate-logd log3 || fail log3
to log3
post rec2.note answer
[ "$code" = 403 ] && grep -q ^RC_ROOT_QUORUM answer || fail "two roots: $code"
until_true 'post rec.note rec.file; [ "$code" = 200 ]' ||
	fail "the recovery: $code $(cat rec.file)"
release 3 r3 && post r3 r3.file && [ "$code" = 200 ] || fail "r3: $code"
# the device: with a person, by the note alone; never without
verify r3.file --hop rec.note --person >o 2>&1 ||
	fail "the device recovers: $(cat o)"
verify r3.file --hop rec.note >o 2>&1 && fail "nobody there"
verify r3.file --hop rec.file --person >o 2>&1 && fail "judged by its proof, and taken"
grep -q "the note is taken alone" o || fail "it does not say what to give: $(cat o)"
verify r3.file --hop rec2.note --person >o 2>&1 && fail "two roots"
auditors recovered 0 "http://127.0.0.1:$port_log"
says recovered 'log log.test/three 5 '

# a copy that breaks a rule, or that the log did not sign, is not adopted
"$BIN/liar-log" build bad log key:m1 -- trust.note r1 r3 r2
sed 's/log3.state/log4.state/' log3.ini >log4.ini
"$BIN/quorate-logd" --config log4.ini --adopt bad 2>adopt.log &&
	fail "adopts a broken log"
grep -q 'entry 3: sequence 2' adopt.log || fail "$(cat adopt.log)"
"$BIN/liar-log" build bad log2 key:m1 -- trust.note r1 r2
"$BIN/quorate-logd" --config log4.ini --adopt bad 2>adopt.log &&
	fail "adopts what the log did not sign"
grep -q 'no trusted log' adopt.log || fail "$(cat adopt.log)"
echo "gone: holds"
