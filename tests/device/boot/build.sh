#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh DIR: the test board's boot loader and three applications in DIR,
# and what the boot core costs. app-3 never confirms itself.
set -eu
src=$(cd "$(dirname "$0")/../../.." && pwd)
mkdir -p "$1"
cd "$1"
rm -rf boot app-[1-4]
cc="arm-none-eabi-gcc -std=c17 -mcpu=cortex-m4 -mthumb -Os -ffreestanding
	-ffunction-sections -fdata-sections -Wall -Wextra -Wshadow -Wvla -Werror
	-I$src -DVERIFY_TEXT_MAX=1536 -DVERIFY_PATH_MAX=32"
link="arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb -nostdlib -static -Wl,--gc-sections -Wl,-n"
compile() { # DIR FLAGS SOURCE...: objects
	dir=$1 flags=$2
	shift 2
	mkdir -p "$dir"
	for f in "$@"; do
		o=$dir/$(printf '%s' "${f#"$src"/}" | tr / _).o
		# shellcheck disable=SC2086
		$cc $flags -c "$f" -o "$o"
		printf '%s ' "$o"
	done
}
core=$(for f in "$src"/verify/*.c "$src"/verify/boot/*.c; do
	case ${f##*/} in
	roster.c) ;;
	*) echo "$f" ;;
	esac
done)
# shellcheck disable=SC2046,SC2086
{
	$link -T "$src/tests/device/boot/boot.ld" -Wl,--entry=board_reset -o boot.elf \
		$(compile boot '' $core "$src/tests/device/boot/board.c" "$src/tests/device/boot/main.c") \
		$(compile boot -fno-tree-loop-distribute-patterns "$src/tests/device/mem.c") -lgcc
	for v in 1 2 3 4; do
		flags="-fpie -include $src/tests/device/boot/hidden.h -DAPP_VERSION=$v -DAPP_CONFIRM=$((v != 3))"
		$link -T "$src/tests/device/boot/app.ld" -Wl,--entry=app_start -o app-$v.elf \
			$(compile app-$v "$flags" $core "$src/tests/device/boot/board.c" \
				"$src/tests/device/boot/app.c") \
			$(compile app-$v "$flags -fno-tree-loop-distribute-patterns" \
				"$src/tests/device/mem.c") -lgcc
		arm-none-eabi-objcopy -O binary app-$v.elf app-$v.bin
	done
	arm-none-eabi-size boot/verify_boot_*.o boot/verify_record.c.o |
		awk 'NR > 1 { n += $1; print "  " $6, $1 } END { print "boot core and record:", n, "bytes of code and constants (M4)" }'
}
