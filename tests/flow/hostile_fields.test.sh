#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A coordinator that lies in every field of everything it says. What it says
# is taken from the tables that the second reader has (tests/foreign/verify.py,
# held to docs/formats.md): a kind or a line that comes to them fails here
# until a lie is told about it. Whole daemons: a key is born, releases, a
# withdraw and a purpose are signed, shares move to others, and all the while
# each thing is told wrong as many times as it has fields; then pipelines and
# watchers are told wrong. It delays, and nothing else: what is made is what
# was drafted, nobody is named who did not lie, no command writes a wrong file.
set -eu
flow=hostile_fields
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
all='alice bob carol dana erin'
liar() { # NAME UPSTREAM MODE ARGUMENT...: sets proxy; what it tells is in NAME.told
	name=$1 up=$2
	shift 2
	rm -f "$name.port"
	python3 "$SRC/tests/flow/hostile.py" "$up" "$name.port" "$@" >>"$name.told" 2>>proxy.log &
	pids="$pids $!"
	until_true test -s "$name.port"
	proxy=http://127.0.0.1:$(cat "$name.port")
}
is_told() { grep -q "^told: $*\$" parties.told; } # KIND KEY FIELD
soon() { # SECONDS COMMAND...: whether it comes true
	n=$(($1 * 10))
	shift
	until "$@" >/dev/null 2>&1; do
		n=$((n - 1))
		[ $n -gt 0 ] || return 1
		sleep 0.1
	done
}
nobody_blamed() {
	curl -sS "$coordinator/v1/proposals/$id/blame" -o blame.note
	[ ! -s blame.note ] || { quorate show blame.note; fail "$1: an honest party is named"; }
}

plain_signers=erin
group_draft 'text-max 4096'
world_start
genesis_parties='alice bob carol'
real=$coordinator
echo on >switch
liar parties "$real" every switch
lies=$proxy
echo honest >fault
liar dealer "$lies" party fault "$BIN/resign" alice.example alice.key passphrase
for p in alice bob carol; do
	[ $p = alice ] || proxy=$lies
	coordinator=$proxy signer_config $p $p.example automatic
	[ $p != alice ] || proxy=$lies
	signer_start $p
done
coordinator=$real

# ---- a key is born ----------------------------------------------------------
genesis 'three 2 alice bob carol'
curl -sS "$real/v1/ceremonies/$ceremony" | grep '^blamed ' && fail 'somebody is named in the birth'
genesis_id=$ceremony
cp roster.note roster.genesis
cp trust.note trust.genesis
coordinator=$lies signer_config erin erin.example automatic trust.full
coordinator=$lies signer_config dana dana.example automatic trust.full
signer_start erin
signer_start dana
coordinator=$real
command_config trust.full roster.note
echo '# a key was born'

# ---- releases, until there is no field of a package left --------------------
sequence=0
serial=1
release_lied() { # each is signed, however long it takes
	sequence=$((sequence + 1))
	draft $sequence "r$sequence" $serial
	propose "r$sequence.note"
	soon 120 state_is signed || fail "release $sequence: $(cat status)"
	nobody_blamed "release $sequence"
	sed '1,/^$/d' status >"r$sequence.signed"
	quorate append "r$sequence.signed" --log "$log" -o "r$sequence.release" >/dev/null 2>append.log ||
		{ cat append.log >&2; fail "release $sequence was not logged"; }
	quorate verify app.bin --release "r$sequence.release" --trust trust.full >/dev/null
}
package_done() {
	is_told package @ 0 && for f in 'message 0' 'message 1' 'roster 0' 'roster 1' 'session 0' 'session 1' \
		'signer 0' 'signer 1' 'signer 2' 'signer 3' 'name 0' 'name 1'; do
		# shellcheck disable=SC2086
		is_told package $f || return 1
	done
}
until package_done; do
	release_lied
	[ $sequence -lt 20 ] || fail 'no end of packages'
done
echo "# $sequence releases were signed, none by fewer than it takes"

# ---- what a sign line allows, and a withdraw --------------------------------
head -c 500 /dev/urandom >notes.txt
sequence=$((sequence + 1))
quorate release app=app.bin notes=notes.txt --product example/board --version "1.0-$sequence" --sequence $sequence \
	--roster release=$serial --sign sshsig:notes --wait 120s -o purpose.release >talk 2>&1 || { cat talk; fail 'a release with a sign line'; }
quorate sign sshsig notes --release purpose.release --wait 120s -o notes.sig >talk 2>&1 || { cat talk; fail 'the sign line'; }
quorate key purpose sshsig -o ssh.pub
printf 'release@example namespaces="file" %s\n' "$(cat ssh.pub)" >allowed
ssh-keygen -Y verify -f allowed -I release@example -n file -s notes.sig <notes.txt >>said 2>&1 || fail 'ssh-keygen refuses'
quorate withdraw --product example/board --floor $sequence --reason 'it bricks the board' --trust trust.full \
	--roster release=$serial --release "$(printf '%064d' 1)" --draft-only -o w.txt 2>>said
quorate sign w.txt --key ci.key --yes -o w.note >/dev/null 2>&1
propose w.note
soon 120 state_is signed || fail "the withdraw: $(cat status)"
nobody_blamed 'the withdraw'
sed '1,/^$/d' status >w.signed
quorate append w.signed --log "$log" -o w.file >/dev/null 2>&1 || fail 'the withdraw was not logged'

# ---- shares move, until there is no field of a choice left ------------------
# One dealer lies too, once, so that somebody complains with an opening.
echo sealed >fault
reshares=0 born=0
reshare_lied() {
	reshares=$((reshares + 1))
	reshare_draft roster.file 'three 2 alice bob dana' alice bob dana
	reshare_accept alice bob dana
	at carol ceremony accept "$ceremony" --code "$code" >/dev/null 2>&1 || :
	if quorate ceremony watch --coordinator "$real" --wait "$1" --out . "$ceremony" >/dev/null 2>watch.log; then
		born=$((born + 1))
		serial=$((serial + 1))
		in_force $serial alice bob dana
	fi
	curl -sS "$real/v1/ceremonies/$ceremony" | grep '^blamed ' >>blamed || :
}
choice_done() { is_told choice number 1 && is_told complaint opened 2; }
until choice_done; do
	reshare_lied 20s
	[ $reshares -lt 12 ] || fail 'no end of choices'
	# whichever roster is in force, it signs
	release_lied
	echo honest >fault
done
grep -v '^blamed alice ' blamed && fail 'somebody who did not lie is named'
grep -q '^blamed alice ' blamed || fail 'the dealer is not named'
echo "# $reshares reshares, $born of them to their end; the others cost nothing"
# honest again: it ends
echo off >switch
reshare_lied 60s
[ "$serial" -gt $((born - 1)) ] && grep -q "^serial $serial\$" roster.note || fail 'an honest coordinator does not end it'
release_lied
python3 "$SRC/tests/flow/hostile.py" - parties.told every || fail 'not every field'

# ---- pipelines and watchers -------------------------------------------------
# Each command again and again until an answer comes without a lie; whenever
# it says that it is done, its file is what it would be without lies.
mkdir watch
liar watchers "$real" watcher switch
sed "s|^url = $real|url = $proxy|; s|= trust.full|= ../trust.full|; s|= roster.note|= ../roster.note|; s|= ci.key|= ../ci.key|" \
	quorate.ini >watch/quorate.ini
told_n() { grep -c '^told:' watchers.told || :; }
same() { # a release file has the same note; its proof may be newer
	sed '/^c2sp.org/,$d' "$1" >one
	sed '/^c2sp.org/,$d' "watch/$1" | cmp -s one -
}
runs=0 done_n=0
watched() { # FILE... -- COMMAND...: each FILE is as in the directory above
	files=
	while [ "$1" != -- ]; do
		files="$files $1"
		shift
	done
	shift
	last=-1
	until [ "$last" = "$(told_n)" ]; do
		last=$(told_n)
		runs=$((runs + 1))
		[ $runs -lt 400 ] || fail 'no end of lies to watchers'
		# shellcheck disable=SC2086
		(cd watch && rm -f $files && "$@") >talk 2>&1 || continue
		done_n=$((done_n + 1))
		for f in $files; do
			same "$f" || { cat talk; tail -n 1 watchers.told; fail "another $f was written by $*"; }
		done
	done
	# the last answer was honest
	for f in $files; do same "$f" || { cat talk; fail "$*"; }; done
}
echo on >switch
sed -n '/^$/q;p' purpose.release >p.txt
watched purpose.release -- quorate release app=../app.bin notes=../notes.txt --resume "$(sha256sum <p.txt | cut -d ' ' -f 1)" \
	--wait 2s -o purpose.release
watched notes.sig -- quorate sign sshsig notes --release ../purpose.release --wait 2s -o notes.sig
watched roster.genesis trust.genesis -- sh -c "quorate ceremony watch --coordinator $proxy --wait 2s --out . $genesis_id &&
	mv roster.note roster.genesis && mv trust.note trust.genesis"
echo "# watchers: $runs commands, $done_n of them came to their end, with the right files"
python3 "$SRC/tests/flow/hostile.py" - watchers.told watcher || fail 'not every field to watchers'

grep -q 'ALARM' ./*.log && fail 'an alarm without a reason'
for p in $all; do kill -0 "$(cat "$p.pid")" || fail "$p is gone"; done
all_well
