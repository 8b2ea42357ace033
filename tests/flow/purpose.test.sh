#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One approval, several signatures: a release with `sign` lines is signed and
# logged by 2 of 3, then the same parties sign an MCUboot image and an SSHSIG
# under keys of their own. imgtool (where it can be had), ssh-keygen and the
# second reader accept them; none passes for another; and nothing is signed
# that a line of a logged release does not allow.
set -eu
flow=purpose
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
export PYTHONDONTWRITEBYTECODE=1
reader() { python3 "$SRC/tests/foreign/purpose.py" "$@"; }
all='alice bob carol'
world_start alice bob carol
genesis 'three 2 alice bob carol'

# imgtool is not in Debian: from PyPI, or not at all
imgtool=
if command -v imgtool >/dev/null; then
	imgtool=imgtool
elif python3 -m venv venv >/dev/null 2>&1 && venv/bin/pip install -q imgtool >pip.txt 2>&1; then
	imgtool=venv/bin/imgtool
else
	echo 'SKIPPED: imgtool cannot be had; the second reader judges the images alone'
fi

command_config trust.full roster.note

# the payloads: an MCUboot image up to where its signature begins, and a file
head -c 3000 /dev/urandom >app.raw
head -c 500 /dev/urandom >notes.txt
if [ -n "$imgtool" ]; then
	imgtool_sign() { # ARGUMENT... OUT: same options each time
		$imgtool sign --version 1.2.3+4 --header-size 0x200 --slot-size 0x20000 \
			--align 4 --pad-header --security-counter 9 "$@"
	}
	imgtool_sign --vector-to-sign payload app.raw region.bin
else
	reader region app.raw region.bin
fi
reader region notes.txt boot.bin
purpose_release() { # NUMBER OPTION...: a release with sign lines
	number=$1
	shift
	quorate release app=region.bin boot=boot.bin notes=notes.txt --product example/board \
		--version "1.$number" --sequence "$number" --roster release="${serial:-1}" \
		-o "$number.release" "$@" >>said 2>&1 || fail "release $number"
}
purpose_release 1 --sign mcuboot:app --sign mcuboot:boot --sign mcuboot:notes --sign sshsig:notes

# the keys, as their verifiers want them
quorate key purpose mcuboot -o mcuboot.pem
quorate key purpose sshsig -o ssh.pub
openssl pkey -pubin -in mcuboot.pem -outform DER | tail -c 32 | xxd -p -c 32 >mcuboot.hex
reader key trust.full release mcuboot | cmp -s - mcuboot.hex || fail 'two readers, two keys'
printf 'release@example namespaces="file" %s\n' "$(cat ssh.pub)" >allowed

quorate sign mcuboot app=region.bin --release 1.release -o app.signed 2>>said || fail 'mcuboot app'
quorate sign mcuboot boot --release 1.release -o boot.sig64 2>>said || fail 'mcuboot boot'
quorate sign sshsig notes --release 1.release -o notes.sig 2>>said || fail 'sshsig notes'

# each is what it should be: by their own tools and by the second reader
reader check trust.full release 1.release mcuboot app app.signed >checked || fail "$(cat checked)"
reader check trust.full release 1.release mcuboot boot boot.sig64 >checked || fail "$(cat checked)"
reader check trust.full release 1.release sshsig notes notes.sig >checked || fail "$(cat checked)"
ssh-keygen -Y verify -f allowed -I release@example -n file -s notes.sig <notes.txt >>said ||
	fail 'ssh-keygen refuses'
openssl dgst -sha256 -binary boot.bin >boot.digest
base64 -d boot.sig64 >boot.sig
openssl pkeyutl -verify -pubin -inkey mcuboot.pem -rawin -in boot.digest -sigfile boot.sig >>said ||
	fail 'openssl refuses'
if [ -n "$imgtool" ]; then
	$imgtool verify -k mcuboot.pem app.signed >verified || fail "imgtool: $(cat verified)"
	# imgtool itself puts the bare signature in
	quorate sign mcuboot app --release 1.release -o app.sig64 2>>said
	imgtool_sign --fix-sig app.sig64 --fix-sig-pubkey mcuboot.pem app.raw app.fixed >>said
	$imgtool verify -k mcuboot.pem app.fixed >>said || fail 'imgtool refuses its own image'
	cmp -s app.fixed app.signed || fail 'imgtool writes another image'
	python3 -c 'b = bytearray(open("app.signed", "rb").read())
b[700] ^= 1
open("bent", "wb").write(b)'
	$imgtool verify -k mcuboot.pem bent >>said 2>&1 && fail 'imgtool takes a bent image'
fi
# a device takes the signed image for the release's first bytes
quorate verify app.signed --release 1.release --trust trust.full --component app --prefix >>said ||
	fail 'the device refuses the signed image'

# none is another: each of the three and the release's own signature, under
# each key, over what each signs
grep -a '^— ' 1.release | sed -n 1p | awk '{print $3}' | base64 -d | tail -c 64 >release.sig
sed '/^$/,$d' 1.release >release.msg
base64 -d <app.sig64 >app.sig 2>/dev/null || tail -c 64 app.signed >app.sig
sed -e 1d -e '$d' notes.sig | base64 -d | tail -c 64 >notes.raw
mv notes.raw notes64
cp boot.sig boot64
cp app.sig app64
cp release.sig release64
openssl dgst -sha256 -binary region.bin >app.msg
cp boot.digest boot.msg
cp release.msg release.message
{
	printf 'SSHSIG\0\0\0\4file\0\0\0\0\0\0\0\6sha256\0\0\0\40'
	openssl dgst -sha256 -binary notes.txt
} >notes.msg
pem() { # HEX OUT
	{
		echo '-----BEGIN PUBLIC KEY-----'
		printf '302a300506032b6570032100%s' "$1" | xxd -r -p | base64
		echo '-----END PUBLIC KEY-----'
	} >"$2"
}
group=$(sed -n 's/^signer release [^ +]*+[0-9a-f]*+\([^ ]*\) -$/\1/p' trust.full | base64 -d | tail -c 32 | xxd -p -c 32)
pem "$group" release.pem
pem "$(cat mcuboot.hex)" app.pem
cp app.pem boot.pem
pem "$(reader key trust.full release sshsig)" notes.pem
good=0
for s in release app boot notes; do
	for k in release app boot notes; do
		for m in release app boot notes; do
			want=no
			[ $s = $m ] && cmp -s $s.pem $k.pem && want=yes
			got=no
			openssl pkeyutl -verify -pubin -inkey $k.pem -rawin -in $m.msg -sigfile ${s}64 >>said 2>&1 && got=yes
			[ $got = $want ] || fail "the signature of $s under the key of $k over $m: $got"
			[ $got = no ] || good=$((good + 1))
		done
	done
done
[ $good = 6 ] || fail "$good of 64 verify"

# twice: the same bytes, and no session more
packages() { curl -sS "$coordinator/metrics" | sed -n 's/.*sessions_total //p'; }
before=$(packages)
quorate sign mcuboot app=region.bin --release 1.release -o again 2>>said || fail 'not twice'
cmp -s again app.signed || fail 'twice, and another signature'
[ "$(packages)" = "$before" ] || fail 'signed twice'

refused() { # WORDS COMMAND...
	words=$1
	shift
	"$@" >refused.out 2>&1 && fail "not refused: $*"
	grep -q "$words" refused.out || fail "not '$words': $(cat refused.out)"
}
# what no line allows, what has no proof, what is bent: by the command
refused RC_PURPOSE quorate sign sshsig app --release 1.release
sed '/^c2sp.org/,$d' 1.release | sed '$d' >bare.release
refused RC_ quorate sign mcuboot app --release bare.release
sed 's/^sign sshsig notes/sign sshsig app/' 1.release >bent.release
refused RC_ quorate sign sshsig app --release bent.release
refused 'fewer bytes' quorate sign mcuboot app=boot.bin --release 1.release

# and the same past it, by whoever has the proposer's key
request() { # RELEASE-FILE PURPOSE COMPONENT OUT [SIGNER]
	release_id=$(sed '/^$/,$d' "$1" | sha256sum | cut -d ' ' -f 1)
	message=$({
		printf '%s' "$release_id" | xxd -r -p
		printf '\n%s\n%s\n' "$2" "$3"
	} | sha256sum | cut -d ' ' -f 1)
	{
		printf 'quorate/purpose@v1\nmessage %s\nrelease %s\nsigner %s\npurpose %s\ncomponent %s\n' \
			"$message" "$release_id" "${5:-release}" "$2" "$3" |
			resign ci.example ci.key passphrase
		echo
		cat "$1"
	} >"$4"
}
asked() { # REQUEST: the answer's words
	curl -sS --fail-with-body --data-binary "@$1" -H 'Content-Type: text/plain; charset=utf-8' \
		"$coordinator/v1/proposals"
}
# requests that are bad in one way each; what is signed already is answered
# with that, whatever comes along, so that these are about what is not
bad() { # FILE PURPOSE COMPONENT NAME RESULT [SIGNER]
	request "$1" "$2" "$3" "$4.ask" "${6:-release}"
	printf '%s %s %s\n' "$4" "$5" "$message" >>bad
}
: >bad
sed '/^c2sp.org/,$d' 1.release >noproof.release
bad 1.release sshsig app noline RC_PURPOSE
bad bent.release sshsig app bent RC_SIGNATURE_INVALID
sed "s/^payload app .*/payload app 3512 $(openssl dgst -r -sha256 app.raw | cut -d ' ' -f 1)/" 1.release >digest.release
bad digest.release mcuboot app digest RC_SIGNATURE_INVALID
bad noproof.release mcuboot notes noproof RC_
{
	cat noproof.release
	sed -n '/^c2sp.org/,$p' trust.file
} >other.release
bad other.release mcuboot notes other RC_INCLUSION
grep -v '^— witness.example ' 1.release >nowitness.release
bad nowitness.release mcuboot notes nowitness RC_WITNESS_QUORUM
grep -v "^— $authority " 1.release >nogroup.release
bad nogroup.release mcuboot notes nogroup RC_PURPOSE_SIGNER
bad 1.release mcuboot notes signer RC_PURPOSE_SIGNER other
bad 1.release mcuboot notes id RC_FIELD
{
	printf 'quorate/purpose@v1\nmessage %s\nrelease %s\nsigner release\npurpose mcuboot\ncomponent notes\n' \
		"$release_id" "$release_id" | resign ci.example ci.key passphrase
	echo
	cat 1.release
} >id.ask
while read -r name result message; do
	refused "$result" asked "$name.ask"
done <bad
# by a party's key, which proposes no releases
{
	sed '/^$/,$d' signer.ask | sed 's/^signer .*/signer release/' | resign alice.example alice.key passphrase
	echo
	cat 1.release
} >sender.ask
refused RC_SENDER asked sender.ask
request 1.release mcuboot app good
good=$message

# the same and more, told to a seat by a coordinator that checks nothing
inbox_start
cp alice.ini alice.first
ended "$(cat alice.pid)"
sed -i "s|^coordinator = .*|coordinator = $inbox|" alice.ini
signer_start alice
committed() { # MESSAGE: how often
	grep -l "^message $1" out/*.commit 2>/dev/null | wc -l
}
committed_more() { [ "$(committed "$1")" -gt "$2" ]; }
probe() { # the good request is answered, so that what was told before is over
	times=$(committed "$good")
	tell good
	until_true committed_more "$good" "$times"
}
probe
while read -r name result message; do
	tell "$name.ask"
	probe
	[ "$(committed "$message")" = 0 ] || fail "alice commits to $name"
done <bad
[ -z "$(ls out/*.refuse 2>/dev/null)" ] || fail 'what is bent was refused for good'

# a package that names another roster, and one for what nobody asked
commit=$(grep -l "^message $good" out/*.commit | tail -n 1)
nonces=$(sed -n 's/^nonces //p' "$commit")
roster=$(sed -n 's/^roster //p' "$commit")
point=$(cut -d + -f 3- bob.pub | base64 -d | tail -c 32 | base64)
other=$(cut -d + -f 3- carol.pub | base64 -d | tail -c 32 | base64)
package() { # MESSAGE ROSTER NONCES
	printf 'quorate/package@v1\nmessage %s\nroster %s\nsession 1\nsigner 1 %s\nsigner 2 %s %s\n' \
		"$1" "$2" "$3" "$point" "$other"
}
package "$good" "$release_id" "$nonces" >package
tell package
package "$(sed -n 's/^noline .* //p' bad)" "$roster" "$nonces" >package
tell package
package "$release_id" "$roster" "$nonces" >package # the release itself is done
tell package
probe
[ -z "$(ls out/*.share 2>/dev/null)" ] || fail 'a share for a package that is not good'
# that was approved before the restart, and is answered once: then replayed
package "$good" "$roster" "$nonces" >package
tell package
has_share() { ls out/*.share; }
until_true has_share
share=$(ls out/*.share)
grep -q "^message $good" "$share" || fail 'not the share of this message'
[ -z "$(ls out/*.release 2>/dev/null)" ] || fail 'a line leaves with the share'
tell package
probe
for s in out/*.share; do cmp -s "$s" "$share" || fail 'another share for the same package'; done
sed 's/^session 1/session 2/' package >package.2
tell package.2
probe
for s in out/*.share; do cmp -s "$s" "$share" || fail 'a second share for one pair of nonces'; done
cp alice.first alice.ini
ended "$(cat alice.pid)"
signer_start alice

# the record: one approval of a person's, or policy's, and a row a purpose
at alice history >history
grep -q 'purpose' history || fail 'the record does not say what was signed'

# a party that refused the release signs nothing of it; the others suffice
ended "$(cat carol.pid)"
sed -i 's|^products = example/\*|products = elsewhere/*|' carol.ini
signer_start carol
purpose_release 2 --sign mcuboot:app
# asked while only carol is there, and the coordinator dies of it: nothing is
# lost
ended "$(cat alice.pid)" "$(cat bob.pid)"
status=0
quorate sign mcuboot app=region.bin --release 2.release --wait 2s -o app2.signed 2>pending.out || status=$?
[ $status = 4 ] || fail "not pending: $status: $(cat pending.out)"
id=$(reader id 2.release mcuboot app)
carol_refuses() { state >/dev/null && grep -q '^refused carol.example policy' status; }
until_true carol_refuses
ended "$coordinator_pid"
coordinator_start <parts.ini
signer_start alice
signer_start bob
quorate sign mcuboot app=region.bin --release 2.release -o app2.signed 2>>said || fail 'not after the restart'
reader check trust.full release 2.release mcuboot app app2.signed >>said || fail 'not good after the restart'
until_true carol_refuses

# a newer release: what the one before allowed and nobody asked for is over
status=0
quorate sign mcuboot notes --release 1.release 2>over.out || status=$?
[ $status = 5 ] || fail "an old release: $status: $(cat over.out)"
grep -q '(sequence)' over.out || fail 'not said why'
purpose_release 3 --sign mcuboot:app --sign sshsig:notes
quorate sign mcuboot app --release 2.release -o again 2>>said || fail 'what was signed is not shown again'

# under the next roster of the key; its purposes' keys stay
reshare_draft roster.file 'three 2 alice bob carol' alice bob carol
reshare_run alice bob carol
in_force 2 alice bob carol
sed -i 's|^products = elsewhere|products = example|' carol.ini
ended "$(cat carol.pid)"
signer_start carol
quorate sign sshsig notes --release 3.release -o notes3.sig 2>>said || fail 'not under the next roster'
ssh-keygen -Y verify -f allowed -I release@example -n file -s notes3.sig <notes.txt >>said ||
	fail 'another key after a reshare'

# as the page has it
sed -n '/^.\\" begin purpose$/,/^.\\" end purpose$/s/^\$ //p' "$SRC/docs/man/quorate.1" >example.sh
[ "$(grep -c '^quorate' example.sh)" = 5 ] || fail 'another example'
sh -eu example.sh >example.out 2>&1 || fail "an example fails: $(cat example.out)"
reader check trust.full release app.release mcuboot app app.signed >>said || fail 'the example is no good'
[ -z "$imgtool" ] || $imgtool getpub -k mcuboot.pem | grep -q 0x30, || fail 'no array for keys.c'

# who sends a share of something else is named, with evidence that stands
# alone, and another takes the place
echo honest >fault
python3 "$SRC/tests/flow/hostile.py" "$coordinator" lies.port party fault \
	resign bob.example bob.key passphrase >lies.txt 2>&1 &
pids="$pids $!"
until_true test -s lies.port
ended "$(cat bob.pid)"
sed -i "s|^coordinator = .*|coordinator = http://127.0.0.1:$(cat lies.port)|" bob.ini
signer_start bob
# A release that all three approved: two are enough for it to be signed, and the
# third would refuse once it is logged. So it is logged when all have.
serial=2
purpose_release 5 --sign sshsig:notes --signed-only
mv 5.release 5.note
id=$(sed '/^$/,$d' 5.note | sha256sum | cut -d' ' -f1)
approved_by() { at "$1" history | grep -q " approve $id "; }
for p in alice bob carol; do until_true approved_by $p; done
quorate release --note 5.note -o 5.release >>said 2>&1 || fail 'not logged'
ended "$(cat carol.pid)"
echo share >fault
quorate sign sshsig notes --release 5.release -o lied.sig 2>lied.out &
signing=$!
id=$(reader id 5.release sshsig notes)
named() { curl -sS "$coordinator/v1/proposals/$id" | grep -q '^blamed bob.example share'; }
until_true named
signer_start carol
wait $signing || fail "not signed without bob: $(cat lied.out)"
reader check trust.full release 5.release sshsig notes lied.sig >>said || fail 'not good without bob'
curl -sS "$coordinator/v1/proposals/$id/blame" >blame.note
quorate show blame.note >blame.out || fail "the evidence does not convict: $(cat blame.out)"
grep -q bob blame.out || fail "not of bob: $(cat blame.out)"
sed "s/^sign sshsig notes/sign sshsig app/" blame.note >framed.note
quorate show framed.note >>said 2>&1 && fail 'bent evidence convicts'

grep -q ALARM ./*.log && fail 'an alarm without a reason'
all_well
