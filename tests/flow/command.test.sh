#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line of quorate without any server: exit codes, where things
# are said, what is refused, and that nothing is overwritten or half written.
set -eu
golden=$SRC/tests/vectors/plain
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-command.XXXXXX")
trap 'rm -rf "$dir"' EXIT
cd "$dir"
PATH=$BIN:$PATH
echo 'test only' >passphrase
export QUORATE_PASSPHRASE_FILE=$dir/passphrase
fail() {
	printf 'command: %s\n' "$*" >&2
	[ ! -s err ] || cat err >&2
	exit 1
}
count=0
exits() { # CODE PATTERN COMMAND...: that code, and the pattern on stderr
	code=$1 pattern=$2
	shift 2
	got=0
	"$@" >out 2>err </dev/null || got=$?
	[ $got = "$code" ] || fail "exit $got, not $code: $*"
	[ -z "$pattern" ] || grep -q -- "$pattern" err || fail "stderr lacks '$pattern': $*"
	count=$((count + 1))
}
silent() { [ ! -s out ] || fail "stdout is not empty: $(cat out)"; }

# usage: 2; environment: 3
exits 2 '' quorate
exits 2 "unknown command 'frobnicate'" quorate frobnicate
exits 2 "unknown command 'key old'" quorate key old
exits 2 'wants a command: new, show' quorate key
exits 2 'see .quorate verify --help' quorate verify --frobnicate x
exits 2 'missing argument' quorate verify
exits 2 "'--trust FILE' is missing" quorate verify "$golden/app.bin"
exits 0 '' quorate --help
exits 0 '' quorate release --help
exits 0 '' quorate --version
exits 3 "cannot open 'nowhere'" quorate show nowhere
exits 3 'cannot open' quorate verify nowhere --trust "$golden/trust.note"
exits 3 'trust.none' quorate verify "$golden/app.bin" --trust trust.none

# what stdout does not take was not said; a descriptor that was closed is no
# place where a file is opened
told() { # COMMAND...: as it ends when its output goes nowhere
	for where in '/dev/full' '&-'; do
		got=0
		(eval "exec >$where" && exec "$@") 2>err </dev/null || got=$?
		[ $got = 3 ] || fail "exit $got, not 3, with >$where: $*"
		grep -q 'cannot write to standard output' err || fail "it does not say so, with >$where: $*"
		count=$((count + 1))
	done
}
told quorate --help
told quorate --version
told quorate key --help
told quorate verify --help
told quorate show "$golden/trust.note"
told quorate trust id "$golden/trust.note"
told quorate verify "$golden/app.bin" --trust "$golden/trust.note" --time 1763700000
told quorate verify "$golden/app.bin" --trust "$golden/trust.note" --time 1763700000 --json
told quorate merge "$golden/release.note"
for daemon in logd witnessd coordinatord signerd; do told quorate-$daemon --version; done
got=0
quorate verify nowhere --trust "$golden/trust.note" >&- 2>&- || got=$?
[ $got = 3 ] || fail "exit $got without descriptors"
quorate audit nowhere --trust "$golden/trust.note" --state unheard >out 2>&- && fail 'nowhere was audited'
if grep -v '^[0-9]*$' unheard/lock; then fail 'what was said went into a file'; fi
exits 3 'Bad file descriptor' sh -c 'quorate show - <&-'

# -o is what > is: a link is followed, a device or pipe is written to
mkfifo pipe
cat pipe >got.pipe &
exits 0 '' quorate merge "$golden/release.note" -o pipe
wait $!
cmp -s got.pipe "$golden/release.note" && [ -p pipe ] || fail 'a pipe was not written to'
mkdir inner
echo old >inner/real
ln -s inner/real link
exits 0 '' quorate merge "$golden/release.note" -o link
cmp -s inner/real "$golden/release.note" && [ -h link ] || fail 'a link was not followed'
exits 0 '' quorate merge "$golden/release.note" -o /dev/stdout
cmp -s out "$golden/release.note" || fail '/dev/stdout is not stdout'
exits 3 "cannot replace 'inner': Is a directory" quorate merge "$golden/release.note" -o inner
exits 3 "cannot write '/dev/full'" quorate merge "$golden/release.note" -o /dev/full
[ -c /dev/full ] || fail '/dev/full is no device any more'

# what an editor did to a text is said: it looks as it did
sed 's/$/\r/' "$golden/trust.note" >crlf.note
{ printf '\357\273\277' && cat "$golden/trust.note"; } >mark.note
for words in 'trust id' 'sign --key nowhere --yes' "verify $golden/app.bin --trust"; do
	# shellcheck disable=SC2086 # words
	exits 1 'lines of it end with CR LF' quorate $words crlf.note
	# shellcheck disable=SC2086 # words
	exits 1 'it begins with a byte order mark' quorate $words mark.note
done

# a passphrase that nobody is there to give is no wrong one
exits 3 'name a file in QUORATE_PASSPHRASE_FILE' env -u QUORATE_PASSPHRASE_FILE setsid -w \
	quorate key new --fast --name alice.example --type party -o asked.key
[ ! -e asked.key ] && [ ! -e asked.pub ] || fail 'a key was made without a passphrase'

# a source that no party would fetch
for url in git@x.example:a.git http://x.example/a.git 'https://x.example/a b.git' file://here; do
	exits 2 'is not an https or file URL' quorate source . --url "$url" --ref refs/tags/v1
	silent
done
for ref in v1 HEAD 'refs/tags/v 1'; do
	exits 2 'is not a whole ref' quorate source . --url https://x.example/a.git --ref "$ref"
	silent
done

# keys: two files, never over others, opened by their passphrase only
exits 0 '' quorate key new --fast --name alice.example --type party -o a.key
[ "$(stat -c %a a.key)" = 600 ] || fail 'a key can be read by others'
[ "$(cat out)" = "$(cat a.pub)" ] || fail 'the vkey is not printed'
cp a.key a.kept
exits 3 'already' quorate key new --fast --name alice.example --type party -o a.key
cmp -s a.key a.kept || fail 'a key was overwritten'
exits 2 'ends in .key' quorate key new --fast --name a --type party -o a.secret
exits 2 'is no name for a party key' quorate key new --fast --name A --type party -o b.key
exits 2 'is no name for a log key' quorate key new --fast --name 'a b' --type log -o b.key
exits 2 'is no name' quorate key new --fast --name quorate/x --type log -o b.key
exits 2 "'--type king'" quorate key new --fast --name a --type king -o b.key
[ ! -e b.key ] && [ ! -e b.pub ] || fail 'something was written'
exits 0 '' quorate key show --open a.key
grep -q '^opens yes' out || fail 'a key does not open'
echo wrong >wrong
exits 1 'wrong passphrase' quorate key show --open a.key --passphrase-file wrong
exits 0 '' quorate key new --fast --name alice.example --type party -o b.key
cp b.pub keep.pub && cp a.pub b.pub
exits 1 'does not belong' quorate key show --open b.key
cp keep.pub b.pub
exits 0 '' quorate key new --fast --name w.example --type witness -o w.key
exits 0 '' quorate key show w.pub
grep -q '0x04' out || fail 'a witness key is not a cosigner'"'"'s'

# party notes
exits 0 '' quorate party new --name alice --key a.key --label CH --contact 'at home' -o alice.party
exits 0 '' quorate show alice.party
grep -q "verifies: the card's own key" out || fail 'a party note does not verify'
sed 's/at home/at work/' alice.party >forged.party
exits 0 '' quorate show forged.party
grep -q 'DOES NOT VERIFY' out || fail 'a forged party note is shown as good'
exits 1 RC_FIELD quorate party new --name alice --key a.key --label ch --contact x -o no.party
[ ! -e no.party ] || fail 'a refused party note was written'

# signing: shown, asked, one line, only what can be read
head -n 12 "$golden/release.note" >r.txt
exits 2 'say --yes' quorate sign r.txt --key a.key
cp r.txt r.note
exits 0 'to install version 1.4.2 as sequence 42' quorate sign r.note --key a.key --yes
silent
[ "$(grep -c '^— ' r.note)" = 1 ] || fail 'not one line was added'
cp r.note r.once
exits 0 'already signed' quorate sign r.note --key a.key --yes
cmp -s r.note r.once || fail 'a second signing changed the note'
exits 0 '' quorate sign r.txt --key b.key --yes -o r.both
exits 1 'RC_KIND' quorate sign "$golden/checkpoint" --key a.key --yes -o no
printf 'quorate/share@v1\nrelease x\n' >share
exits 1 'RC_KIND' quorate sign share --key a.key --yes
exits 1 'checkpoints only' quorate sign r.txt --key w.key --yes -o no
exits 1 'RC_TRAILING' quorate sign "$golden/app.bin.release" --key a.key --yes -o no
sed 's/^proposed .*/proposed 9007199254740991/' r.txt >future
exits 1 'RC_LOG_AGE' quorate sign future --key a.key --yes
sed 's/^sequence 42/sequence 042/' r.txt >odd
exits 1 "RC_FIELD.*line 5: 'sequence 042'" quorate sign odd --key a.key --yes
[ ! -e no ] || fail 'something refused was written'

# merging
exits 1 'RC_LOG_LINE' quorate merge r.note --trust "$golden/trust.note" -o no
exits 0 'the signing quorum is satisfied' quorate merge "$golden/release.note" --trust "$golden/trust.note" -o m.note
cmp -s m.note "$golden/release.note" || fail 'a canonical note was changed'
grep -v '^— alice' "$golden/release.note" >bob.note
grep -v '^— bob' "$golden/release.note" >alice.note
exits 0 'not enough yet: any 2 of' quorate merge bob.note --trust "$golden/trust.note" -o m.note
exits 0 '2 lines' quorate merge bob.note alice.note --trust "$golden/trust.note" -o m.note
cmp -s m.note "$golden/release.note" || fail 'merging does not restore the note'
exits 1 'are of two texts' quorate merge bob.note "$golden/trust.note"
sed 's/^version 1.4.2/version 1.4.3/' bob.note >altered
exits 1 RC_SIGNATURE_INVALID quorate merge altered --trust "$golden/trust.note"
silent

# a refusal is one JSON object too; stdout stays data
exits 1 RC_TRUNCATED quorate verify "$golden/release.note" --trust "$golden/trust.note" --json
python3 -c 'import json,sys; d = json.load(open("out")); sys.exit(d["ok"] or d["result"] != "RC_TRUNCATED" or d["number"] != 24)' ||
	fail 'the refusal is not the JSON that it should be'
exits 0 '' quorate verify "$golden/app.bin" --trust "$golden/trust.note" --time 1763700000 --json
python3 -c 'import json,sys; d = json.load(open("out")); sys.exit(not d["ok"] or d["sequence"] != 42 or d["version"] != "1.4.2" or d["index"] != 5)' ||
	fail 'the verdict is not the JSON that it should be'

# drafts that must not become texts
exits 1 RC_KIND quorate trust check "$golden/alice.party"
sed 's/^group watch all seen m1/group watch any seen m1/' "$golden/trust.text" >draft
exits 1 'without a mirror' quorate trust new --draft draft -o no.text
[ ! -e no.text ] || fail 'a refused text was written'
exits 0 'any 2 of alice, bob and carol may release' quorate trust new --draft "$golden/trust.text" -o same.text
cmp -s same.text "$golden/trust.text" || fail 'a whole text is not its own draft'
exits 1 'RC_TRUNCATED' quorate trust --device "$golden/trust.note" -o no.h
exits 2 'name that with --previous' quorate trust --device "$golden/trust-2.file" -o no.h
exits 0 '' quorate trust --device "$golden/trust-2.file" --previous "$golden/trust.file" -o two.h
exits 1 RC_INCLUSION quorate trust --device "$golden/trust-2-unseen.file" --previous "$golden/trust.file" -o no.h
[ ! -e no.h ] || fail 'a refused header was written'

# settings: found upwards, strict
mkdir -p a/b
cp "$golden/trust.note" a/
printf '[authority]\nname = acme.example/release/test\nepoch = 1\ntrust = trust.note\n' >a/quorate.ini
cd a/b
exits 0 '' quorate verify "$golden/app.bin" --time 1763700000
printf '[authority]\nname = acme.example/release/test\nepoch = 2\ntrust = trust.note\n' >../quorate.ini
exits 3 'epoch is 2' quorate release app="$golden/app.bin" --product p --version 1 --sequence 1 --draft-only -o no
printf '[authority]\nnames = x\n' >../quorate.ini
exits 3 'quorate.ini:2:' quorate verify "$golden/app.bin"
cd ../..

# releases by hand
t="--trust $golden/trust.note"
# shellcheck disable=SC2086 # words
exits 0 '' quorate release app="$golden/app.bin" $t --product p --version 1 --sequence 7 --floor 0 --draft-only -o r7
grep -q "^payload app 4 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08$" r7 || fail 'another payload line'
# shellcheck disable=SC2086
exits 1 RC_FLOOR quorate release app="$golden/app.bin" $t --product p --version 1 --sequence 7 --floor 8 --draft-only -o no
# shellcheck disable=SC2086
exits 1 RC_NAME_REPEATED quorate release app="$golden/app.bin" app=r7 $t --product p --version 1 --sequence 7 --draft-only -o no
# shellcheck disable=SC2086
exits 2 "'--sequence next' asks the log" quorate release app="$golden/app.bin" $t --product p --version 1 --sequence next --draft-only -o no
# shellcheck disable=SC2086
exits 2 'no product' quorate release app="$golden/app.bin" $t --product ../p --version 1 --sequence next --draft-only -o no
# shellcheck disable=SC2086
# shellcheck disable=SC2086
exits 2 'COMPONENT=FILE is wanted: what is released' quorate release $t --product p --version 1 --sequence 7 --draft-only -o no
for word in app.bin =app.bin app=; do
	# shellcheck disable=SC2086
	exits 2 "'$word': COMPONENT=FILE is wanted" quorate release $word $t --product p --version 1 --sequence 7 --draft-only -o no
done
: >empty
# shellcheck disable=SC2086
exits 0 "warning: 'app=empty' is empty" quorate release app=empty $t --product p --version 1 --sequence 7 --draft-only -o r0
# shellcheck disable=SC2086
exits 3 '' quorate release app=nowhere $t --product p --version 1 --sequence 7 --draft-only -o no
# shellcheck disable=SC2086
exits 3 RC_NETWORK quorate release app="$golden/app.bin" $t --note "$golden/release.note" --log http://127.0.0.1:1 -o no
exits 3 'http://127.0.0.1:1/add' quorate append "$golden/release.note" --log=http://127.0.0.1:1// -o no
exits 1 RC_QUORUM quorate release app="$golden/app.bin" --trust "$golden/trust.note" --note bob.note --log http://127.0.0.1:1 -o no
[ ! -e no ] || fail 'something refused was written'
echo "command: $count commands"
