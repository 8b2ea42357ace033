# SPDX-License-Identifier: Apache-2.0
# quorate-witnessd by hand, as C2SP tlog-witness says: the order of its checks,
# what it answers, what it keeps, and that it forgets nothing when killed.
. "$SRC/tests/flow/log_help.sh"
witness_ini w1
start quorate-witnessd w1 || fail start
"$BIN/quorate" log evidence w1.state >list && [ ! -s list ] || fail "there is nothing yet: $(cat list)"
"$BIN/quorate" log evidence nowhere 2>err && fail 'evidence of no state'
grep -q "'nowhere' is not the state of a witness" err || fail "$(cat err)"
ask() { # body
	code=$(curl -s -m 5 -D head -o answer -w '%{http_code}' \
		--data-binary "@$1" "http://127.0.0.1:$port_w1/add-checkpoint")
}
says() { # code file
	ask "$2"
	[ "$code" = "$1" ] || fail "$2: $code instead of $1: $(cat answer)"
}
# leaves a, b, c: roots of sizes 0 to 3, and proofs between them
h() { sha256sum | cut -c 1-64; }
leaf() { printf '\0%s' "$1" | h; }
node() { (printf '\001' && printf '%s%s' "$1" "$2" | xxd -r -p) | h; }
b64() { printf '%s' "$1" | xxd -r -p | base64 -w 0; }
r0=$(b64 "$(printf '' | h)")
la=$(leaf a) lb=$(leaf b) lc=$(leaf c)
n2=$(node "$la" "$lb")
r1=$(b64 "$la") r2=$(b64 "$n2") r3=$(b64 "$(node "$n2" "$lc")")
cp_by() { "$nm" checkpoint "$@"; }
body() { # old size root proof... -> stdout
	_old=$1 _size=$2 _root=$3
	shift 3
	echo "old $_old"
	for _p; do echo "$_p"; done
	echo
	cp_by log "$_size" "$_root"
}

# malformed, unknown, unsigned, in this order
printf 'old x\n\n' >bad && says 400 bad
body 0 1 "$r1" | head -n 4 >bad && says 400 bad
key other log.test/other 01
{ printf 'old 0\n\n' && cp_by other 1 "$r1"; } >bad && says 404 bad
body 0 1 "$r1" | sed 's/^1$/2/' >bad && says 403 bad
{ printf 'old 0\n\n' && cp_by log 1 "$r1" | head -n 4 &&
	cp_by other 1 "$r1" | tail -n 1; } >bad && says 403 bad
body 2 1 "$r1" >bad && says 400 bad
hash=$(printf 'log.test/one' | h)
curl -s -o answer -w '%{http_code}' "http://127.0.0.1:$port_w1/$hash/checkpoint" |
	grep -q 404 || fail "nothing was cosigned yet"

# the empty tree has one root; from nothing to one
body 0 0 "$r1" >bad && says 422 bad
body 0 0 "$r0" >zero && says 200 zero
body 0 1 "$r1" "$r1" >bad && says 422 bad
body 0 1 "$r1" >one && says 200 one
[ "$(grep -c '^— w1.test/w ' answer)" = 1 ] || fail "one line: $(cat answer)"

# stale: says what it holds, in its own type
says 409 one
[ "$(cat answer)" = 1 ] && grep -qi '^content-type: text/x.tlog.size' head ||
	fail "409: $(cat answer)"
# the same again: a fresh cosignature
body 1 1 "$r1" >again && says 200 again
body 1 1 "$r1" "$r2" >bad && says 422 bad
# consistent and not
body 1 3 "$r3" "$(b64 "$lb")" "$(b64 "$lb")" >bad && says 422 bad
body 1 3 "$r3" >bad && says 422 bad
body 1 3 "$r3" "$(b64 "$lb")" "$(b64 "$lc")" >three && says 200 three
body 1 2 "$r2" "$(b64 "$lb")" >late && says 409 late
[ "$(cat answer)" = 3 ] || fail "still three"

# one size, two roots, both signed by the log: kept, and counted
body 3 3 "$r2" >fork && says 422 fork
metrics() { curl -s "http://127.0.0.1:$port_w1/metrics"; }
metrics | grep -q '^quorate_witness_forks_total 1$' || fail "$(metrics)"
grep -q 'two trees of 3 entries: .* `quorate log evidence w1.state DIR`' w1.log || fail "it says so: $(tail -n 3 w1.log)"
# given away as files, while it runs: what is proven, and what may be a wrong
# proof of anybody's, which is said once
kept() { # a fork is there: what is printed, in list
	"$BIN/quorate" log evidence w1.state ${1:-} >list 2>err
	rc=$?
	[ $rc = 6 ] && grep -q 'there is a fork: give its folder' err || fail "evidence: $rc, $(cat list err)"
	[ "$(grep -c '^fork ' list)" = 1 ] && grep -q '^fork [0-9]* log log.test/one held 3 shown 3 time [0-9]*$' list ||
		fail "evidence: $(cat list)"
}
kept
unproven=$(grep -c '^unproven [0-9]* log log.test/one held [01] shown [0-9]* time [0-9]*$' list)
[ "$(($(wc -l <list)))" = $((unproven + 1)) ] || fail "evidence: $(cat list)"
metrics | grep -q "^quorate_witness_inconsistent_total $unproven\$" || fail "$unproven: $(metrics)"
[ "$unproven" -ge 4 ] && [ "$(grep -c 'was not proven to continue' w1.log)" = 1 ] || fail "$unproven are unproven: $(cat w1.log)"
kept given && kept given || fail 'given twice'
cp_by log 3 "$r3" >c3 && cmp c3 given/*-fork/held || fail 'the head that is held'
cp_by log 3 "$r2" >c2 && cmp c2 given/*-fork/shown || fail 'the head that was shown'
cmp fork given/*-fork/proof && grep -q '^fork ' given/*-fork/why || fail "$(ls given/*)"
[ "$(find given -name shown | wc -l)" = $((unproven + 1)) ] || fail "$(ls given/*)"

# what it cosigned last, for monitors; the log's line and its own
monitor() { curl -s -o latest "http://127.0.0.1:$port_w1/$hash/checkpoint"; }
monitor
[ "$(sed -n 2p latest)" = 3 ] && [ "$(grep -c '^—' latest)" = 2 ] ||
	fail "monitor: $(cat latest)"

# killed at any moment it has not forgotten
stop w1 KILL
start quorate-witnessd w1 || fail restart
metrics | grep -q '^quorate_witness_forks_total 1$' || fail "the fork is forgotten: $(metrics)"
metrics | grep -q "^quorate_witness_inconsistent_total $unproven\$" || fail "$(metrics)"
grep -q 'keeps the evidence of 1 forks' w1.log || fail "it does not say so: $(tail -n 3 w1.log)"
kept
says 409 one
[ "$(cat answer)" = 3 ] || fail "forgot: $(cat answer)"
cp latest before && monitor && cmp before latest || fail "the same line again"
body 3 3 "$r3" >again && says 200 again

# a log that signs root after root of one size does not fill the disk
for i in $(seq 70); do
	body 3 3 "$(b64 "$(echo "$i" | h)")" >many && says 422 many
done
"$BIN/quorate" log evidence w1.state >list 2>err
[ "$(grep -c '^fork ' list)" = 64 ] && [ "$(grep -c '^unproven ' list)" = "$unproven" ] || fail "kept: $(cut -d' ' -f1 list | sort | uniq -c)"
metrics | grep -q '^quorate_witness_forks_total 71$' || fail "$(metrics)"

# others: too long, no length, wrong method
head -c 70000 /dev/zero >big && says 413 big
code=$(curl -s -o answer -w '%{http_code}' "http://127.0.0.1:$port_w1/add-checkpoint")
case $code in 405 | 404) ;; *) fail "GET: $code" ;; esac
stop w1 || fail "stop: $?"

# a light limit a log: 429 and when to come back; whoever is busy costs no other
# log its turn. Names as the public network has them, with capitals and colons.
sed -i 's/^state/rate = 2\nstate/' w1.ini
key public 'Log.Example:8443/Prod' 01
printf '[log Log.Example:8443/Prod]\nvkey = %s\n' "$(pub public)" >>w1.ini
start quorate-witnessd w1 || fail "with a rate"
# twenty in a row, by one process: quicker than two a second on any machine
url=http://127.0.0.1:$port_w1/add-checkpoint
# shellcheck disable=SC2046 # words
curl -s -m 20 -D heads -o answer -w '\n%{http_code}\n' --data-binary @again \
	$(for _ in $(seq 20); do echo "$url"; done) >codes
grep -qx 429 codes && grep -qi '^retry-after: 1' heads || fail "429: $(cat codes)"
{ printf 'old 0\n\n' && cp_by public 1 "$r1"; } >public && says 200 public
says 409 public # its second in this second
stop w1
echo "witness: holds"
