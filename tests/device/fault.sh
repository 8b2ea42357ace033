#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fault injection (fault.py says how): build the guests, make the inputs, sweep.
#
#   fault.sh DIR BIN sample        the Cortex-M4, one execution in fifty
#   fault.sh DIR BIN full          all executions, both processors: three quarters of an hour
#   fault.sh DIR BIN full ONE-IN   a sample of that
#
# PARTS (decision, curve, boot) and CPUS (cortex-m4, cortex-m0plus) in the
# environment choose some of `full`.
#
# DIR is for what is built; BIN holds fault-files, which writes the inputs, and
# fault-run. Lists of the instructions swept are left in DIR. Fails when a bad
# input was accepted, or when the sweep could not have found one. JOBS: at a
# time, 2.
here=$(cd "$(dirname "$0")" && pwd) || exit 3
src=${here%/tests/device}
dir=$1 bin=$2 how=$3 one_in=${4:-1} jobs=${JOBS:-2}
fail=0
mkdir -p "$dir/inputs" "$dir/boot-inputs" || exit 3
"$bin/fault-files" "$dir/inputs" && "$bin/fault-boot-files" "$dir/boot-inputs" || exit 3

guest() { # CPU NAME FLAGS: DIR/CPU-NAME.elf and .map
	cpu=$1 name=$2 objects=
	out=$dir/$cpu-$name
	mkdir -p "$out/verify" "$out/boot"
	set -- -mcpu="$cpu" -mthumb -std=c17 -Os -ffreestanding -ffunction-sections \
		-fdata-sections -Wall -Wextra -Werror -I"$src" -DVERIFY_TEXT_MAX=1536 \
		-DVERIFY_PATH_MAX=32 $3
	main=$here/fault_guest.c core=
	[ "$name" != boot ] || main=$here/fault_boot_guest.c core=$(echo "$src"/verify/boot/*.c)
	# shellcheck disable=SC2086 # a list of names
	for source in "$src"/verify/*.c $core "$main" "$here/mem.c"; do
		base=${source##*/}
		object=$out/${base%.c}.o
		case $source in
		*/verify/ed25519.c) [ "$name" = curve ] || continue ;;
		esac
		case $source in
		"$src"/verify/boot/*) object=$out/boot/${base%.c}.o ;;
		"$src"/verify/*) object=$out/verify/${base%.c}.o ;;
		esac
		# mem.c: else gcc sees memcpy in its loop and calls memcpy
		arm-none-eabi-gcc "$@" -fno-tree-loop-distribute-patterns \
			-c "$source" -o "$object" || exit 3
		objects="$objects $object"
	done
	# shellcheck disable=SC2086 # a list of names
	arm-none-eabi-gcc "$@" -nostdlib -static -Wl,--gc-sections \
		-Wl,-T,"$here/fault.ld" -Wl,-Map,"$out.map" $objects -lgcc -o "$out.elf" || exit 3
}
sweep() { # CPU NAME ONE-IN OPTIONS...
	name=$1-$2 n=$3
	case $1 in
	cortex-m0plus) run=m0 ;;
	*) run=m4 ;;
	esac
	inputs=inputs
	[ "$2" != boot ] || inputs=boot-inputs
	shift 3
	python3 "$here/fault.py" --run "$bin/fault-run" --cpu $run \
		--elf "$dir/$name.elf" --map "$dir/$name.map" --inputs "$dir/$inputs" \
		--title "$name" --one-in "$n" --jobs "$jobs" "$@" || fail=1
}
part() { # CPU PART: all of it, or one in one_in
	case $2 in
	decision)
		guest $1 decision -DFAULT_TABLE
		sweep $1 decision 1 --of caller --only 'good-release|bad-payload'
		sweep $1 decision "$one_in" --list "$dir/$1.list"
		sweep $1 decision "$one_in" --of mem --only 'bad-(quorum|payload|owner|page)[.]'
		;;
	curve)
		guest $1 curve ''
		sweep $1 curve "$one_in" --of ed25519 --only 'bad-signature[.]' \
			--list "$dir/$1-ed25519.list"
		;;
	boot)
		guest $1 boot ''
		sweep $1 boot "$one_in" --of boot --list "$dir/$1-boot.list"
		;;
	*)
		echo "fault.sh: no part '$2'" >&2
		exit 2
		;;
	esac
}
case $how in
sample)
	guest cortex-m4 decision -DFAULT_TABLE
	# That it can find something: in the caller, where nothing is doubled.
	sweep cortex-m4 decision 1 --of caller --only 'good-release|bad-payload'
	sweep cortex-m4 decision 50
	guest cortex-m4 boot ''
	sweep cortex-m4 boot 50 --of boot
	;;
full)
	for cpu in ${CPUS:-cortex-m4 cortex-m0plus}; do
		for part in ${PARTS:-decision curve boot}; do
			part $cpu $part
		done
	done
	;;
*)
	echo "usage: fault.sh DIR BIN sample|full [ONE-IN]" >&2
	exit 2
	;;
esac
[ $fail = 0 ] && echo "fault injection: no bad input was accepted"
exit $fail
