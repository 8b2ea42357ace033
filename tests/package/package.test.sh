#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# libquorate-verify as others get it: installed, then found by CMake and by
# pkg-config, for this machine and for a Cortex-M4; and as a Zephyr module,
# as far as that can be held without Zephyr: its Kconfig is read by the reader
# that Zephyr uses, its CMakeLists.txt runs with the five functions that it
# calls made of CMake's own. Each consumer is tests/device/header.c, which
# verifies a release.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-package.XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { printf 'package: %s\n' "$*" >&2; exit 1; }
quiet() { "$@" >"$dir/log" 2>&1 || { cat "$dir/log"; fail "failed: $*"; }; }
ok=$((0x$(sed -n 's/.*RC_OK = 0x\([0-9a-f]*\).*/\1/p' "$SRC/verify/rc.h")))
holds() { # FILE: what a consumer said
	for what in release payload; do
		grep -q "^$what *$ok\$" "$1" || { cat "$1"; fail "$what is not taken"; }
	done
	grep -q '^same *1$' "$1" || fail 'another struct trust'
	grep -q "^forged *$ok\$" "$1" && fail 'a forgery is taken'
	return 0
}
quiet "$BIN/quorate" trust --device "$SRC/tests/vectors/golden/trust.file" \
	-o "$dir/trust.h" --floor acme/pump=5 --floor acme/base=0
cp "$SRC/tests/device/header.c" "$dir/consumer.c"
mkdir -p "$dir/tests/device"
cp "$SRC/tests/device/data.h" "$SRC/tests/device/board.h" "$dir/tests/device"
allow=-DQUORATE_ALLOW_TEST_AUTHORITY

# by itself, and as a component of the whole: the same files
quiet cmake -G Ninja -S "$SRC/verify" -B "$dir/build" \
	-DCMAKE_INSTALL_PREFIX="$dir/usr" -DCMAKE_INSTALL_LIBDIR=lib
quiet cmake --build "$dir/build"
quiet cmake --install "$dir/build"
quiet cmake --install "$BIN/.." --component verify --prefix "$dir/whole"
(cd "$dir/usr" && find . -type f | sed 's,^./lib/,,;s,.*-linux-gnu/,,;s/-[a-z]*\.cmake$/.cmake/' | sort) >"$dir/a"
(cd "$dir/whole" && find . -type f | sed 's,^./lib/,,;s,.*-linux-gnu/,,;s/-[a-z]*\.cmake$/.cmake/' | sort) >"$dir/b"
cmp -s "$dir/a" "$dir/b" || { diff "$dir/a" "$dir/b"; fail 'two installs differ'; }
grep -q '^./include/quorate/verify/verify.h$' "$dir/a" || fail 'no verify.h'
grep -q 'roster\|party' "$dir/a" && fail "a host's kind was installed"

# CMake
mkdir "$dir/cmake"
cat >"$dir/cmake/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(consumer C)
find_package(QuorateVerify 0.2 REQUIRED)
add_executable(consumer $dir/consumer.c)
target_compile_definitions(consumer PRIVATE HOSTED QUORATE_ALLOW_TEST_AUTHORITY)
target_compile_options(consumer PRIVATE -Wa,-I$SRC/tests)
target_include_directories(consumer PRIVATE $dir)
target_link_libraries(consumer PRIVATE Quorate::verify)
CMAKE
quiet cmake -G Ninja -S "$dir/cmake" -B "$dir/cmake/build" -DCMAKE_PREFIX_PATH="$dir/usr"
quiet cmake --build "$dir/cmake/build"
"$dir/cmake/build/consumer" >"$dir/out"
holds "$dir/out"
sed -i 's/QuorateVerify 0.2/QuorateVerify 7.0/' "$dir/cmake/CMakeLists.txt"
if cmake -G Ninja -S "$dir/cmake" -B "$dir/cmake/other" -DCMAKE_PREFIX_PATH="$dir/usr" >/dev/null 2>&1; then
	fail 'any version will do'
fi

# pkg-config
PKG_CONFIG_PATH=$dir/usr/lib/pkgconfig
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # lists
quiet cc -DHOSTED $allow -I"$dir" -Wa,-I"$SRC/tests" -o "$dir/consumer" "$dir/consumer.c" \
	$(pkg-config --cflags --libs libquorate-verify)
"$dir/consumer" >"$dir/out"
holds "$dir/out"

# Kconfig, as Zephyr reads it
python=python3
"$python" -c 'import kconfiglib' 2>/dev/null || python=/usr/bin/python3
"$python" - "$SRC/verify/zephyr/Kconfig" <<'PYTHON' || fail 'Kconfig'
import sys, kconfiglib
k = kconfiglib.Kconfig(sys.argv[1])
assert k.syms["QUORATE_VERIFY"].str_value == "n"
k.syms["QUORATE_VERIFY"].set_value(2)
for name, value in (("TEXT_MAX", "1536"), ("PATH_MAX", "32"), ("PRODUCTS_MAX", "4"), ("BOOT", "n"), ("TICK_FUNCTION", "")):
    assert k.syms["QUORATE_VERIFY_" + name].str_value == value, name
assert not k.warnings, k.warnings
PYTHON
grep -q '^  cmake: verify/zephyr$' "$SRC/zephyr/module.yml" &&
	grep -q '^  kconfig: verify/zephyr/Kconfig$' "$SRC/zephyr/module.yml" || fail 'module.yml'

if ! command -v arm-none-eabi-gcc >/dev/null || ! command -v qemu-system-arm >/dev/null; then
	echo 'package: holds; SKIPPED: no cross compiler or no QEMU'
	exit 0
fi
play() {
	timeout 300 qemu-system-arm -M mps2-an386 -display none -monitor none \
		-serial null -semihosting-config enable=on,target=native \
		-kernel "$1" >"$dir/out" 2>&1 || { cat "$dir/out"; fail 'QEMU says no'; }
	holds "$dir/out"
}
m4='-mthumb -mcpu=cortex-m4'
board="-Os -ffreestanding -fno-tree-loop-distribute-patterns -nostdlib -static -Wl,--gc-sections -Wl,-n
	-L$SRC/tests/device -T$SRC/tests/device/mps2.ld"

# a cross build, installed
quiet cmake -G Ninja -S "$SRC/verify" -B "$dir/arm" -DCMAKE_INSTALL_PREFIX="$dir/arm.usr" \
	-DCMAKE_TOOLCHAIN_FILE="$SRC/tests/device/toolchain.cmake" -DCMAKE_C_FLAGS="$m4" \
	-DCMAKE_INSTALL_LIBDIR=lib
quiet cmake --build "$dir/arm"
quiet cmake --install "$dir/arm"
PKG_CONFIG_PATH=$dir/arm.usr/lib/pkgconfig
# shellcheck disable=SC2046,SC2086 # lists
quiet arm-none-eabi-gcc $m4 $board $allow -I"$dir" -I"$SRC" -Wa,-I"$SRC/tests" -o "$dir/arm.elf" \
	"$dir/consumer.c" "$SRC/tests/device/board.c" "$SRC/tests/device/mem.c" \
	$(pkg-config --cflags --libs libquorate-verify) -lgcc
play "$dir/arm.elf"

# the module's CMakeLists.txt
mkdir "$dir/zephyr"
cat >"$dir/zephyr/CMakeLists.txt" <<CMAKE
cmake_minimum_required(VERSION 3.20)
project(application C)
function(zephyr_library_named name)
	add_library(\${name} STATIC)
	set(library \${name} PARENT_SCOPE)
	target_compile_options(\${name} PRIVATE -Os -ffreestanding -ffunction-sections)
	target_link_libraries(\${name} PUBLIC application)
endfunction()
macro(zephyr_library_sources)
	target_sources(\${library} PRIVATE \${ARGN})
endmacro()
macro(zephyr_library_compile_definitions)
	target_compile_definitions(\${library} PRIVATE \${ARGN})
endmacro()
function(zephyr_include_directories)
	target_include_directories(application INTERFACE \${ARGN})
endfunction()
function(zephyr_compile_definitions)
	target_compile_definitions(application INTERFACE \${ARGN})
endfunction()
add_library(application INTERFACE)
set(CONFIG_QUORATE_VERIFY y)
set(CONFIG_QUORATE_VERIFY_BOOT y)
set(CONFIG_QUORATE_VERIFY_TEXT_MAX 1536)
set(CONFIG_QUORATE_VERIFY_PATH_MAX 32)
set(CONFIG_QUORATE_VERIFY_PRODUCTS_MAX 4)
set(CONFIG_QUORATE_VERIFY_TICK_FUNCTION feed_the_dog)
add_subdirectory($SRC/verify/zephyr module)
CMAKE
quiet cmake -G Ninja -S "$dir/zephyr" -B "$dir/zephyr/build" \
	-DCMAKE_TOOLCHAIN_FILE="$SRC/tests/device/toolchain.cmake" -DCMAKE_C_FLAGS="$m4"
quiet cmake --build "$dir/zephyr/build"
library=$(find "$dir/zephyr/build" -name 'libquorate_verify.a')
arm-none-eabi-nm "$library" | grep -q 'U feed_the_dog' || fail 'the watchdog is not fed'
printf 'void feed_the_dog(void);\nvoid feed_the_dog(void) {}\n' >"$dir/dog.c"
# shellcheck disable=SC2086 # lists
quiet arm-none-eabi-gcc $m4 $board $allow -DVERIFY_TEXT_MAX=1536 -DVERIFY_PATH_MAX=32 -DDEVICE_PRODUCTS_MAX=4 \
	-I"$dir" -I"$SRC" -Wa,-I"$SRC/tests" -o "$dir/zephyr.elf" "$dir/consumer.c" "$dir/dog.c" \
	"$SRC/tests/device/board.c" "$SRC/tests/device/mem.c" "$library" -lgcc
play "$dir/zephyr.elf"
echo 'package: holds, by CMake and pkg-config, here and on a Cortex-M4; Zephyr: its Kconfig and CMakeLists.txt'
