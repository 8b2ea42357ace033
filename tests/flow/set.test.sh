#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Several releases, decided once: by one answer at a socket and by one SSH
# signature over exactly their ids. A set that lost one is not approved. People
# are reminded until they have decided, also when telling them failed at first;
# texts that wait at the same time stay distinguishable.
set -eu
flow=set
. "$SRC/tests/flow/party_help.sh"
plain_start
ssh-keygen -q -t ed25519 -N '' -C ann -f ann
ssh-keygen -q -t ed25519 -N '' -C eve -f eve
printf 'ann namespaces="quorate-approve" %s\n' "$(cut -d' ' -f1,2 ann.pub)" >approvers
for p in alice bob carol; do signer_config $p $p.example person trust.note; done
sed -i 's/^approval = .*/&\napprovers = approvers/' alice.ini
# bob's command fails twice, then tells; he is told again after a second
cat >notify.sh <<SH
#!/bin/sh
echo "\$QUORATE_ID \$QUORATE_REMINDER" >>$dir/told.all
[ "\$(wc -l <$dir/told.all)" -gt 2 ] || exit 1
echo "\$QUORATE_ID \$QUORATE_REMINDER" >>$dir/told
SH
chmod +x notify.sh
touch told told.all
sed -i 's/^approval = .*/&\nnotify = notify.sh\nnotify-again = 1s\nnotify-retry = 1s/' bob.ini
for p in alice bob; do signer_start $p; done
command_config trust.note
for f in board pump lamp; do head -c 2000 /dev/urandom >$f.bin; done
cat >train.txt <<'SET'
# what goes out together
--product example/board --version 1.0 --sequence 1 app=board.bin -o board.release
--product example/pump --version "1.0" --sequence 1 app=pump.bin --output=pump.release

--product example/lamp --version 7 --sequence 3 app=lamp.bin -o lamp.release   # the lamp
SET
waiting() { # PARTY N
	[ "$(quorate pending --socket "$1.sock" | wc -l)" -eq "$2" ]
}
ids() { sed -n 's/^release //p' "$1"; }

# ---- one that is approved ----------------------------------------------------
quorate release --set train.txt -o set.txt --wait 120s >out 2>train.err &
pipeline=$!
pids="$pids $pipeline"
for p in alice bob; do until_true waiting $p 3; done
set -- $(ids set.txt)
[ $# -eq 3 ] || fail "no set: $(cat set.txt)"
head -n 1 set.txt | grep -qx 'quorate/set@v1'
# the same text, made by the signer's side, from shortened ids in any order
short() { printf '%.12s' "$1"; }
quorate pending --socket bob.sock "$(short "$3")" "$(short "$1")" "$2" --text >shown.txt
cmp set.txt shown.txt || fail 'two texts of one set'
quorate pending --socket bob.sock "$@" >table
for line in 'example/board asked' 'version 1.0$' 'sequence 3$' 'payload app 2000 ' 'One approval covers exactly these 3:'; do
	grep -q "$line" table || fail "the table lacks '$line': $(cat table)"
done
# a signature over a part of them, a stranger's, and none do not approve
quorate pending --socket alice.sock "$1" "$2" --text >part.txt
ssh-keygen -q -Y sign -f ann -n quorate-approve part.txt 2>/dev/null
ssh-keygen -q -Y sign -f ann -n quorate-approve set.txt 2>/dev/null
cp set.txt by-eve.txt
ssh-keygen -q -Y sign -f eve -n quorate-approve by-eve.txt 2>/dev/null
not() { # WORDS COMMAND...
	words=$1
	shift
	if "$@" >out 2>err; then fail "taken: $*"; fi
	grep -q "$words" err || fail "not for '$words': $(cat err)"
}
not RC_SIGNATURE_INVALID quorate approve --socket alice.sock "$@" --sshsig part.txt.sig
not RC_SENDER quorate approve --socket alice.sock "$@" --sshsig by-eve.txt.sig
not RC_SENDER quorate approve --socket alice.sock "$@" --yes
not RC_SIGNATURE_INVALID quorate approve --socket alice.sock "$1" --sshsig set.txt.sig
not 'one of them twice' quorate approve --socket bob.sock "$1" "$(short "$1")" --yes
waiting alice 3 && waiting bob 3 || fail 'something was approved'
quorate approve --socket alice.sock "$@" --sshsig set.txt.sig >out
[ "$(grep -c ' approved$' out)" -eq 3 ] || fail "alice: $(cat out)"
quorate history --socket alice.sock | grep "$1" | grep -q ' approve .* ann: ' || fail 'not known who'
# bob has been told of each, after two failures, and reminded
told_of() { grep -q "^$1 $2\$" told; }
for id in "$@"; do
	until_true told_of "$id" 0
	until_true told_of "$id" 1
done
told_n=$(wc -l <told) # first: both grow
[ "$(wc -l <told.all)" -ge $((told_n + 2)) ] || fail 'a failure was taken for success'
quorate approve --socket bob.sock "$3" "$2" "$1" --yes >out
[ "$(grep -c ' approved$' out)" -eq 3 ] || fail "bob: $(cat out)"
wait $pipeline || fail "the set is not released: $(cat train.err)"
for f in board pump lamp; do
	quorate verify $f.bin --release $f.release --trust trust.note >/dev/null 2>&1 || fail "$f"
	[ ! -e $f.release.pending ] && [ ! -e $f.release.signed ] || fail "$f leaves something behind"
done
# and no more of it
count=$(wc -l <told.all)
sleep 2.5
[ "$(wc -l <told.all)" -le $((count + 1)) ] || fail 'reminded of what is decided'

# ---- one that lost a member --------------------------------------------------
sed -i 's/1\.0/1.1/g; s/--version 7/--version 8/; s/--sequence 1/--sequence 2/; s/--sequence 3/--sequence 4/' train.txt
cp board.bin old.bin
head -c 2000 /dev/urandom >board.bin
quorate release --set train.txt -o set.txt --wait 120s >out 2>train.err &
pipeline=$!
pids="$pids $pipeline"
for p in alice bob; do until_true waiting $p 3; done
set -- $(ids set.txt)
quorate pending --socket bob.sock "$@" >table
grep -q 'version 1.0 -> 1.1' table && grep -q 'sequence 3 -> 4' table &&
	[ "$(grep -c '(as before) payload app' table)" -eq 2 ] || fail "no differences: $(cat table)"
for p in alice bob; do quorate refuse --socket $p.sock "$2" --reason 'not "this" one' >/dev/null; done
not RC_SEAT_SET quorate approve --socket bob.sock "$@" --yes
waiting bob 2 || fail 'a part of a set was approved'
# those who wait for the rest hear of it; nothing is logged
for id in "$1" "$3"; do for p in alice bob; do quorate refuse --socket $p.sock "$id" >/dev/null; done; done
code=0
wait $pipeline || code=$?
[ $code -eq 5 ] && [ "$(grep -c 'will not be signed$' train.err)" -eq 3 ] || fail "code $code: $(cat train.err)"
grep -q '(person)' train.err || fail 'no reason code'
# and in their own words, which are told apart from ours
for p in alice bob; do
	grep -qF "$p.example says | not \"this\" one" train.err || fail "no words of $p: $(cat train.err)"
done
curl -sS "$log/lookup/product/example/board" | grep -q '^sequence 1$' || fail 'it was logged'

# ---- two ids that begin alike -------------------------------------------------
python3 - "$(date +%s)" >pair <<'PY'
import hashlib, sys
def text(product, n):
    return ('quorate/release@v1\nauthority example/release/test 1\nproduct example/%s\nversion v%d\nsequence 9\n'
            'payload app 1 %s\nabout\nproposed %s\n' % (product, n, hashlib.sha256(b'x').hexdigest(), sys.argv[1]))
seen = {}
for n in range(1 << 20):
    t = text('board', n)
    seen.setdefault(hashlib.sha256(t.encode()).hexdigest()[:6], t)
    u = text('pump', n)
    d = hashlib.sha256(u.encode()).hexdigest()
    if d[:6] in seen:
        open('a.txt', 'w').write(seen[d[:6]])
        open('b.txt', 'w').write(u)
        print(d[:6], d[:8])
        break
PY
for t in a b; do
	quorate sign $t.txt --key ci.key --yes -o $t.note >/dev/null 2>&1
	propose $t.note
done
read -r alike longer <pair
until_true waiting bob 2
not RC_SEAT_AMBIGUOUS quorate pending --socket bob.sock "$alike"
not RC_SEAT_AMBIGUOUS quorate approve --socket bob.sock "$alike" --yes
quorate pending --socket bob.sock "$longer" | grep -q '^product example/pump$' || fail 'the longer one is not found'
waiting bob 2
all_well
