#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A boot loader on an emulated board, fed by real daemons: the quickstart's
# quorum, log, witnesses and mirror make the files, QEMU plays the board, one
# run of it a power cycle. What is refused must be refused for the reason
# that it says, and the good image must start after it.
set -eu
for tool in arm-none-eabi-gcc qemu-system-arm; do
	command -v $tool >/dev/null || {
		echo "SKIPPED: no $tool"
		exit 0
	}
done
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-boot.XXXXXX")
trap '[ ! -f "$dir/play/stop" ] || sh "$dir/play/stop" 2>/dev/null; rm -rf "$dir"' EXIT
fail() {
	printf 'boot: %s\n' "$*" >&2
	exit 1
}

# ---- the vendor --------------------------------------------------------------

sh "$SRC/tests/device/boot/build.sh" "$dir/board"
sh "$SRC/docs/quickstart.sh" --bin "$BIN" --no-install --keep --dir "$dir/play" >"$dir/said" 2>&1 || {
	tail -n 20 "$dir/said"
	fail 'the quickstart did not end'
}
PATH=$BIN:$PATH
cd "$dir/play"
export QUORATE_PASSPHRASE_FILE="$PWD/run/passphrase"
P=quickstart.example/pump
release() { # IMAGE SEQUENCE ARGS...: IMAGE.release
	image=$1 sequence=$2
	shift 2
	quorate release app="$dir/board/$image.bin" --product $P --version "$sequence.0" --sequence "$sequence" \
		-o "$dir/board/$image.release" "$@" 2>"$dir/said" || {
		cat "$dir/said" >&2
		fail "no release of $image"
	}
}
release app-1 1
release app-2 2
release app-3 3
# signed by the quorum and kept from the log, with another one's proof
quorate release app="$dir/board/app-4.bin" --product $P --version 4.0 --sequence 4 --signed-only \
	-o run/kept.note 2>/dev/null || fail 'the quorum did not sign'
{
	cat run/kept.note
	echo
	sed -n '/^c2sp.org/,$p' "$dir/board/app-2.release"
} >"$dir/board/unlogged.release"
grep -v '^— mirror.example ' "$dir/board/app-2.release" >"$dir/board/no-mirror.release"
sed 's/^sequence 2/sequence 9/' "$dir/board/app-2.release" >"$dir/board/altered.release"
grep -v "^— quickstart.example/test " "$dir/board/app-2.release" >"$dir/board/parties-only.release"
sed '/^c2sp.org/,$d' "$dir/board/app-2.release" | sed '$d' >"$dir/board/no-proof.release"
cp firmware.bin.release forged/trust.note forged/trust.note.file "$dir/board/"
# a successor that the log has seen: revision 2, with a lower bar to recovery
sed "s|^signer release @|signer release $(sed -n 's/^signer release \([^ ]*\) .*/\1/p' trust.note)|
	s/^recover 3/recover 2/" trust.draft >next.draft
quorate trust new --draft next.draft --after trust.note -o run/next 2>/dev/null || fail 'no next trust text'
for root in a b; do
	quorate sign run/next --key keys/root-$root.key --yes -o run/next.$root >/dev/null 2>&1
done
quorate merge run/next.a run/next.b --previous trust.note -o next.note 2>/dev/null
quorate append next.note --log "$(sed -n 's/^log [^ ]* //p' policy)" -o "$dir/board/hop.file" ||
	fail 'the log did not take the hop'
sed '/^$/,$d' trust.note >"$dir/board/page"
sha256sum <"$dir/board/page" | cut -c 1-64 | xxd -r -p >"$dir/board/page.id"
[ "$(quorate trust id trust.note)" = "$(xxd -p -c 64 "$dir/board/page.id")" ] || fail 'the id is another'

# ---- the device --------------------------------------------------------------

cd "$dir/board"
head -c 155648 /dev/zero | tr '\0' '\377' >flash.img
power() { # WORDS...: one power cycle; what was said is in said
	arguments=arg=boot
	for word in "$@"; do
		arguments=$arguments,arg=$word
	done
	code=0
	timeout 120 qemu-system-arm -M mps2-an386 -display none -monitor none -serial stdio \
		-semihosting-config enable=on,target=native,$arguments -kernel boot.elf >said 2>qemu.err || code=$?
	sed 's/\r//; s/^/   | /' said
}
says() {
	grep -q -- "$1" said || {
		cat qemu.err >&2
		fail "it did not say '$1'"
	}
}
runs() { # VERSION
	says "application: version $1 "
	if grep -q 'not locked' said; then fail 'the application can write the record'; fi
}
bad=0
refuses() { # RC FILE IMAGE [WORD...]: and goes on with version 2
	echo "-- $2 with $3"
	want=$1 file=$2 image=$3
	shift 3
	power "$@" take "$file" "$image"
	says "boot: $file: $want,"
	runs 2
	bad=$((bad + 1))
}
echo '-- nothing was provisioned: nothing starts'
power take app-1.release app-1.bin
says 'record: RC_RECORD'
echo '-- the factory'
power born page page.id take app-1.release app-1.bin
runs 1
power
says 'trial: ok'
runs 1
echo '-- version 2'
power take app-2.release app-2.bin
says 'taken, sequence 2'
runs 2
says 'floor 1'
power
says 'trial: ok'
says 'floor 2'
runs 2
echo '-- what is refused, and why'
refuses RC_SEQUENCE_LOW app-1.release app-1.bin
cp app-3.bin flipped.bin
printf 'X' | dd of=flipped.bin bs=1 seek=100 conv=notrunc 2>/dev/null
refuses RC_PAYLOAD_DIGEST app-3.release flipped.bin
refuses RC_PAYLOAD_SHORT app-3.release page.id
refuses RC_INCLUSION unlogged.release app-4.bin
refuses RC_WITNESS_QUORUM no-mirror.release app-2.bin
refuses RC_SIGNATURE_INVALID altered.release app-2.bin
refuses RC_QUORUM parties-only.release app-2.bin
refuses RC_TRUNCATED no-proof.release app-2.bin
refuses RC_PRODUCT firmware.bin.release app-2.bin
refuses RC_PERSON trust.note -
refuses RC_ROOT_QUORUM trust.note - person
refuses RC_INCLUSION trust.note.file -
echo '-- version 3 does not confirm itself'
power take app-3.release app-3.bin
runs 3
power
says 'trial: RC_UNCONFIRMED'
says 'floor 2'
runs 2
echo '-- a hop that the log has seen'
power take hop.file -
says 'trust is now revision 2'
runs 2
power take hop.file -
says 'hop.file: RC_REVISION'
runs 2

# ---- a release under the new text ---------------------------------------------

cd "$dir/play"
release app-4 5 # 4 is bound to the text that was kept back
cd "$dir/board"
echo '-- version 4, and the power goes inside a flash operation, three times'
for n in 14 2 5; do
	power cut $n take app-4.release app-4.bin
	[ $code = 75 ] || fail 'the power did not go'
	power
	runs 2
done
power take app-4.release app-4.bin
runs 4
power take app-2.release app-2.bin
says 'trial: ok'
says 'app-2.release: RC_SEQUENCE_LOW'
says 'floor 5'
runs 4
echo "boot: installed, went back, hopped; $bad files refused, each with its reason"
