#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `quorate trust --device` writes: the header compiles for a host and for
# a Cortex-M4, and verifies a release there (in QEMU); the page is the text;
# --check finds what differs; the floor of the day is obeyed.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-header.XXXXXX")
trap 'rm -rf "$dir"' EXIT
golden=$SRC/tests/vectors/golden
fail() { printf 'header: %s\n' "$*" >&2; exit 1; }
device() { "$BIN/quorate" trust --device "$golden/trust.file" "$@"; }
refused() { # CODE TEXT ARGUMENTS
	code=$1 text=$2 got=0
	shift 2
	device "$@" >"$dir/out" 2>"$dir/err" || got=$?
	[ "$got" -eq "$code" ] || { cat "$dir/err"; fail "exit $got, not $code: $*"; }
	grep -q -- "$text" "$dir/err" || { cat "$dir/err"; fail "no '$text': $*"; }
}
number() { sed -n "s/.*X($1, \([0-9]*\),.*/\1/p" "$SRC/verify/rc.h"; }
ok=$((0x$(sed -n 's/.*RC_OK = 0x\([0-9a-f]*\).*/\1/p' "$SRC/verify/rc.h")))

device -o "$dir/trust.h" --floor acme/pump=5 --floor acme/base=0 >"$dir/said"
id=$("$BIN/quorate" trust id "$golden/trust.file")
printf 'id %s\nindex 0\nlog log.example/acme\nfloor acme/pump 1 5\nfloor acme/base 1 0\n' "$id" >"$dir/want"
sed 's/^index [0-9]*$/index 0/' "$dir/said" | cmp -s - "$dir/want" || { cat "$dir/said"; fail 'says something else'; }

# the page, and what may stand behind it in flash
device --page "$dir/page" >/dev/null
[ "$(sha256sum <"$dir/page" | cut -d' ' -f1)" = "$id" ] || fail 'the page is not the text'
device --check "$dir/page" >/dev/null
{ cat "$dir/page"; head -c 700 /dev/zero | tr '\0' '\377'; } >"$dir/flash"
device --check "$dir/flash" >/dev/null
{ cat "$dir/page"; head -c 700 /dev/zero; } >"$dir/flash"
device --check "$dir/flash" >/dev/null
{ cat "$dir/page"; printf '\377\377x'; } >"$dir/flash"
refused 1 RC_TRAILING --check "$dir/flash"
{ cat "$dir/page"; printf 'xx'; } >"$dir/flash"
refused 1 RC_TRAILING --check "$dir/flash"
sed 's/^group signers 2/group signers 1/' "$dir/page" >"$dir/flash"
cmp -s "$dir/page" "$dir/flash" && fail 'nothing was changed'
refused 1 RC_PAGE_ID --check "$dir/flash"
sed 's/^abou/abov/' "$dir/page" >"$dir/flash"
refused 1 RC_PAGE_ID --check "$dir/flash"
head -c 100 "$dir/page" >"$dir/flash"
refused 1 RC_PAGE_ID --check "$dir/flash"
device --check "$dir/trust.h" --floor acme/pump=5 --floor acme/base=0 >/dev/null
refused 1 RC_PAGE_ID --check "$dir/trust.h" --floor acme/pump=4 --floor acme/base=0
refused 1 RC_PAGE_ID --check "$dir/trust.h"

# one file by two names: nothing is lost
cp "$golden/trust.file" "$dir/trust.file"
for out in -o --page; do
	got=0
	"$BIN/quorate" trust --device "$dir/trust.file" $out "$dir/trust.file" 2>"$dir/err" || got=$?
	[ $got = 2 ] && grep -q 'would be replaced' "$dir/err" || { cat "$dir/err"; fail "the trust file behind $out: $got"; }
done
cmp -s "$golden/trust.file" "$dir/trust.file" || fail 'a trust file was overwritten'
refused 2 'are one file' --page "$dir/both" --record "$dir/both" --floor acme/pump=5
[ ! -e "$dir/both" ] || fail 'half of two was written'

# the first record: twice, of generation 1, with the floor and the page's id
device --page "$dir/page" --record "$dir/record" --floor acme/pump=5 >/dev/null
hex() { od -An -v -tx1 "$@" | tr -d ' \n'; }
n=$(wc -c <"$dir/page")
printf '51523100000000010000000100000005ffff0000%04x0000%s' "$n" "$id" >"$dir/want"
[ "$(hex -N 56 "$dir/record")" = "$(cat "$dir/want")" ] ||
	{ hex -N 56 "$dir/record"; cat "$dir/want"; fail 'another record'; }
[ "$(hex -j 56 -N 192 "$dir/record" | tr -d 0)" = '' ] || fail 'the record has images'
[ "$(hex -j 248 -N 8 "$dir/record")" = "$(head -c 248 "$dir/record" | sha256sum | cut -c1-16)" ] ||
	fail 'the check is another'
[ "$(hex -N 256 "$dir/record")" = "$(hex -j 256 -N 256 "$dir/record")" ] &&
	[ "$(wc -c <"$dir/record")" -eq 512 ] || fail 'the record has no twin'

# what is no command
refused 2 'one --floor' --page "$dir/no" --record "$dir/no"
refused 2 'one --floor' -o "$dir/no.h" --record "$dir/no" --floor acme/pump=5
refused 2 'one of' --floor acme/pump=5
refused 2 'one of' -o "$dir/no.h" --page "$dir/no"
refused 2 "record's" --page "$dir/no" --floor acme/pump=5
refused 2 'PRODUCT=N' -o "$dir/no.h" --floor acme/pump
refused 2 'no name' -o "$dir/no.h" --floor 'Acme"=5'
refused 2 'a number' -o "$dir/no.h" --floor acme/pump=4294967296
refused 2 twice -o "$dir/no.h" --floor acme/pump=1 --floor acme/pump=2
refused 2 '4 products' -o "$dir/no.h" --floor a=1 --floor b=1 --floor c=1 --floor d=1 --floor e=1
[ ! -e "$dir/no.h" ] && [ ! -e "$dir/no" ] || fail 'a refused file was written'

# a test authority's header is not built by accident
sources=$(find "$SRC/verify" -maxdepth 1 -name '*.c')
flags="-I$SRC -I$dir -Wa,-I$SRC/tests -Wall -Wextra -Werror -Wno-stringop-overflow"
build() { # COMPILER FLAGS... : the program of header.c
	cc=$1
	shift
	# shellcheck disable=SC2086 # lists
	"$cc" $flags "$@" -o "$dir/program" "$SRC/tests/device/header.c" $sources
}
build cc -DHOSTED 2>"$dir/err" && fail 'a test trust compiles without its define'
grep -q 'protect nothing' "$dir/err" || fail 'no reason is given'
allow=-DQUORATE_ALLOW_TEST_AUTHORITY
says() { # NAME NUMBER
	grep -q "^$1 *$2\$" "$dir/out" || { cat "$dir/out"; fail "$1 is not $2"; }
}
judged() {
	says same 1
	says forged "$(number RC_SIGNATURE_INVALID)"
	says release "$ok"
	says payload "$ok"
}
build cc -DHOSTED $allow -O1
"$dir/program" >"$dir/out"
judged
device -o "$dir/trust.h" --floor acme/pump=8 --floor acme/base=0 >/dev/null
build cc -DHOSTED $allow -O1
"$dir/program" >"$dir/out"
says release "$(number RC_SEQUENCE_LOW)"

if ! command -v arm-none-eabi-gcc >/dev/null || ! command -v qemu-system-arm >/dev/null; then
	echo 'header: holds; SKIPPED: no cross compiler or no QEMU'
	exit 0
fi
device -o "$dir/trust.h" --floor acme/pump=5 --floor acme/base=0 >/dev/null
sources=$(find "$SRC/verify" -maxdepth 1 -name '*.c' ! -name roster.c)
build arm-none-eabi-gcc -mthumb -mcpu=cortex-m4 -Os -ffreestanding \
	-ffunction-sections -fdata-sections -fno-tree-loop-distribute-patterns \
	$allow -nostdlib -static -Wl,--gc-sections -Wl,-n \
	-L"$SRC/tests/device" -T"$SRC/tests/device/mps2.ld" \
	"$SRC/tests/device/board.c" "$SRC/tests/device/mem.c" -lgcc
timeout 300 qemu-system-arm -M mps2-an386 -display none -monitor none \
	-serial null -semihosting-config enable=on,target=native \
	-kernel "$dir/program" >"$dir/out" 2>&1 || { cat "$dir/out"; fail 'QEMU says no'; }
judged
echo 'header: holds, on this machine and on a Cortex-M4'
