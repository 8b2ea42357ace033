#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The C of "Calling it" in docs/device.md compiles without a warning and does what is said:
# it takes a release and its image, and not another's, longer, shorter or
# forged. "Linking it" runs as it stands, and its settings are those of CMake
# and Zephyr. The page's table is a whole report.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-guide.XXXXXX")
trap 'rm -rf "$dir"' EXIT
golden=$SRC/tests/vectors/golden
fail() { printf 'guide: %s\n' "$*" >&2; exit 1; }
"$BIN/quorate" trust --device "$golden/trust.file" -o "$dir/trust.h" \
	--floor acme/pump=5 --floor acme/base=0 >/dev/null
{
	echo '#line 1 "docs/device.md"'
	sed -n '/^## Calling it$/,/^## What/p' "$SRC/docs/device.md" |
		sed -n '/^```c$/,/^```$/p' | grep -v '^```'
} >"$dir/guide.c"
cat "$SRC/tests/device/guide.c" >>"$dir/guide.c"
# shellcheck disable=SC2046 # a list
cc -std=c17 -Wall -Wextra -Werror -O1 -DQUORATE_ALLOW_TEST_AUTHORITY -I"$dir" \
	-I"$SRC" -o "$dir/guide" "$dir/guide.c" $(find "$SRC/verify" -maxdepth 1 -name '*.c')
rc() { sed -n "s/.*X($1, \([0-9]*\),.*/\1/p" "$SRC/verify/rc.h"; }
ok=$((0x$(sed -n 's/.*RC_OK = 0x\([0-9a-f]*\).*/\1/p' "$SRC/verify/rc.h")))
gives() { # RELEASE IMAGE RC RC
	"$dir/guide" "$golden/$1" "$golden/$2" >"$dir/out"
	printf 'release %s\nimage %s\n' "$3" "$4" | cmp -s - "$dir/out" ||
		{ cat "$dir/out"; fail "$1 with $2"; }
}
gives release.release firmware.bin "$ok" "$ok"
gives release.release firmware-long.bin "$ok" "$(rc RC_PAYLOAD_LONG)"
gives release.release firmware-short.bin "$ok" "$(rc RC_PAYLOAD_SHORT)"
gives release.release firmware-other.bin "$ok" "$(rc RC_PAYLOAD_DIGEST)"
gives forged-cosignature.release firmware.bin "$(rc RC_SIGNATURE_INVALID)" "$(rc RC_COMPONENT)"

# in a tree of somebody else's, built for this machine
mkdir "$dir/their tree"
cd "$dir/their tree"
cp -r "$SRC/verify" .
printf 'set(CMAKE_SYSTEM_NAME Generic)\nset(CMAKE_C_COMPILER cc)\n' >toolchain.cmake
sed -n '/^## Linking it$/,/^## /p' "$SRC/docs/device.md" | sed -n 's/^    cmake/cmake/p' >link.sh
[ "$(grep -c cmake link.sh)" = 2 ] || fail 'another way of linking'
sh -eu link.sh >link.out 2>&1 || { cat link.out; fail 'what the page says to build does not build'; }
cp "$dir/guide.c" "$dir/trust.h" .
flags=$(PKG_CONFIG_PATH=$(dirname "$(find out -name '*.pc')") pkg-config --define-variable=prefix=out \
	--cflags --libs libquorate-verify)
# shellcheck disable=SC2086 # words
cc -std=c17 -DQUORATE_ALLOW_TEST_AUTHORITY -I. -o guide guide.c $flags
./guide "$golden/release.release" "$golden/firmware.bin" | grep -qx "release $ok" || fail 'the installed library decides otherwise'
sed -n 's/^| `\([A-Z_]*\)` | `\(QUORATE_[A-Z_]*\)` | \([0-9]*\).*/\1 \2 \3/p' "$SRC/docs/device.md" >settings
[ "$(wc -l <settings)" = 4 ] || fail 'not four settings'
while read -r macro name default; do
	grep -q "^set($name \"*$default\"* CACHE STRING" verify/CMakeLists.txt || fail "CMake has no $name $default"
	grep -q "$macro=\${$name}" verify/CMakeLists.txt || fail "$name is not $macro"
	grep -q "^config $name" verify/zephyr/Kconfig || fail "Zephyr has no $name"
	grep -q "$macro=\${CONFIG_$name" verify/zephyr/CMakeLists.txt || fail "Zephyr's $name is not $macro"
done <settings
cd /
table=$(sed -n '/^<!-- report -->$/,/^<!-- end report -->$/p' "$SRC/docs/device.md")
for row in 'SHA-256 ' 'release and payload check' 'trust_parse and hops' \
	'release check, in all' 'an Ed25519 signature' '3 witnesses' 'between two ticks'; do
	printf '%s\n' "$table" | grep -q "^    .*$row.* [0-9]*\$" || fail "no row '$row' in the table"
done
echo 'guide: holds'
