#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Where the secrets of a running signer are, and where they are not any more:
# identity seed and share only in pages that are locked, hidden, guarded and
# kept out of dumps; a share moved for a purpose nowhere once it has signed; an
# old share nowhere after a reshare; nonces nowhere after the share left, after
# a refusal and after a freeze.
set -eu
flow=secrets
. "$SRC/tests/flow/party_help.sh"
. "$SRC/tests/flow/reshare_help.sh"
export PYTHONDONTWRITEBYTECODE=1
if ldd "$BIN/quorate-signerd" | grep -q 'lib.*san'; then
	echo 'SKIPPED: a sanitizer keeps what was freed'
	exit 0
fi
sleep 30 &
own=$!
if [ "$(id -u)" != 0 ] || ! python3 "$SRC/tests/flow/memory.py" $own find x=00 >/dev/null 2>&1; then
	kill $own
	echo 'SKIPPED: the memory of another process is for root'
	exit 0
fi
kill $own
memory() { python3 "$SRC/tests/flow/memory.py" "$(cat alice.pid)" "$@"; }
is() { # LABEL=HEX only|nowhere: in secret pages, and not elsewhere; or not at all
	memory find "$1" >found
	read -r label _ in_secret _ elsewhere <found
	[ "$elsewhere" = 0 ] || fail "$label: $elsewhere times outside of the secret pages"
	case $2 in
	only) [ "$in_secret" -gt 0 ] || fail "$label is not to be found" ;;
	*) [ "$in_secret" = 0 ] || fail "$label is still there, $in_secret times" ;;
	esac
}
share() { unseal quorate/share "$(ls alice.state/share-*)" passphrase | cut -c 67-; }
all='alice bob carol'
world_start alice bob carol
genesis 'three 2 alice bob carol'
command_config trust.full roster.note
seed=$(unseal quorate/key alice.key passphrase)
first=$(share)
[ ${#seed} = 64 ] && [ ${#first} = 64 ] || fail 'nothing to look for'

# what is public is found outside: so what is not found is not there
trust_id=$(quorate trust id trust.full)
memory find trust="$trust_id" >found
read -r _ _ _ _ elsewhere <found
[ "$elsewhere" -gt 0 ] || fail 'the trust text is nowhere: nothing would be found'
is seed="$seed" only
is share="$first" only

# the pages: hidden between uses, guards around them
memory pages >pages
[ -s pages ] || fail 'no secret pages'
while read -r permissions before after bytes; do
	[ "$permissions" = ---p ] || fail "secret pages are $permissions between uses"
	case $before$after in
	*r* | *w* | *none*) fail "beside secret pages: $before, $after" ;;
	esac
	[ "$bytes" -gt 0 ] || fail 'no bytes'
done <pages
for of in $(memory family); do
	grep -q '^Max core file size *0 *0 ' "/proc/$of/limits" || fail "$of may dump core"
done

# a release and a purpose are signed
head -c 500 /dev/urandom >notes.txt
quorate release notes=notes.txt --product example/board --version 1 --sequence 1 --sign sshsig:notes \
	-o 1.release >>said 2>&1
ended "$(cat carol.pid)" # so that alice is in the set
quorate sign sshsig notes --release 1.release -o notes.sig 2>>said
moved=$(python3 - "$first" "$(sed -n 's/^signer release [^ +]*+[0-9a-f]*+\([^ ]*\) -$/\1/p' trust.full | base64 -d | tail -c 32 | xxd -p -c 32)" <<'PY'
import hashlib, sys
share, group = map(bytes.fromhex, sys.argv[1:])
order = 2**252 + 27742317777372353535851937790883648493
delta = int.from_bytes(hashlib.sha512(b'quorate/purpose@v1\n' + group + b'\nsshsig\n').digest(), 'little')
print(((int.from_bytes(share, 'little') + delta) % order).to_bytes(32, 'little').hex())
PY
)
is moved="$moved" nowhere
is share="$first" only
is seed="$seed" only
signer_start carol

# after a reshare there is another share, and the old one is nowhere
reshare_draft roster.file 'three 2 alice bob carol' alice bob carol
reshare_run alice bob carol
in_force 2 alice bob carol
second=$(share)
[ "$second" != "$first" ] || fail 'the same share'
is second="$second" only
is first="$first" nowhere

# nonces: at a coordinator that asks for what this script wants
inbox_start
ended "$(cat alice.pid)"
sed -i "s|^coordinator = .*|coordinator = $inbox|" alice.ini
signer_start alice
commit_of() { ls out/*.commit 2>/dev/null | xargs grep -l "^message $id" 2>/dev/null | tail -n 1; }
committed() { [ -n "$(commit_of)" ]; }
hold() { # SEQUENCE: a text is approved; sets id, nonces, d, e
	draft "$1" "text$1" 2
	id=$(sha256sum <"text$1.txt" | cut -d ' ' -f 1)
	tell "text$1.note"
	until_true committed
	nonces=$(sed -n 's/^nonces //p' "$(commit_of)")
	memory nonces "$(printf '%s' "${nonces%% *}" | base64 -d | xxd -p -c 32)" >pair ||
		fail 'the nonces are not in the secret pages'
	d=$(sed -n 's/^d //p' pair)
	e=$(sed -n 's/^e //p' pair)
	is d="$d" only
	is e="$e" only
}
hold 2
point=$(cut -d + -f 3- bob.pub | base64 -d | tail -c 32 | base64)
printf 'quorate/package@v1\nmessage %s\nroster %s\nsession 1\nsigner 1 %s\nsigner 2 %s %s\n' \
	"$id" "$(sed -n '/^$/q;p' roster.note | sha256sum | cut -d ' ' -f 1)" "$nonces" "$point" "$point" >package
tell package
has_share() { ls out/*.share; }
until_true has_share
is d="$d" nowhere
is e="$e" nowhere
is second="$second" only
hold 3
at alice refuse "$id" --reason 'not this one' >>said 2>&1 || fail 'not refused'
is d="$d" nowhere
is e="$e" nowhere
hold 4
at alice freeze --yes >>said 2>&1 || at alice freeze >>said 2>&1 || fail 'not frozen'
is d="$d" nowhere
is e="$e" nowhere
is seed="$seed" only
all_well
