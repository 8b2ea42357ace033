#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh DIR: what verify/ costs a device, from a device build in DIR, and
# whether it keeps its promises. Exits 1 if an object of verify/ needs a
# symbol that it may not need, holds anything writable, or calls itself.
#
# Bytes: code and constants of a program less the same program with stub.c,
# hence with the memcpy and the libgcc that are needed because of verify/.
# Stack: the deepest chain of calls; frames as the compiler states them, those
# of libgcc from their pushes.
dir=$1
tool=arm-none-eabi-
fail=0
breach() { printf '%s\n' "device: $*"; fail=1; }

elf_bytes() { # text of Berkeley size is code and constants
	${tool}size "$1" | awk 'NR == 2 { print $1 }'
}

stack_depth() { # ELF ENTRY CPU
	{
		find "$dir" -path "*$3-*" -name '*.su' -exec cat {} + |
			awk -F '[:\t]' '{ print "frame", $4, $5 }'
		${tool}objdump -d --no-show-raw-insn "$1"
	} | awk -v entry="$2" '
	function depth(f,   i, n, d, best, list) {
		if (f in memo) return memo[f]
		if (f in open) { print "recursion", f; bad = 1; exit }
		open[f] = 1
		n = split(calls[f], list, " ")
		best = 0
		for (i = 1; i <= n; i++) {
			d = depth(list[i])
			if (d > best) { best = d; deepest[f] = list[i] }
		}
		delete open[f]
		return memo[f] = best + ((f in frame) ? frame[f] : pushed[f])
	}
	$1 == "frame" { if ($3 > frame[$2]) frame[$2] = $3; next }
	/^[0-9a-f]+ <.*>:$/ { f = substr($2, 2, length($2) - 3); next }
	$2 ~ /^push/ {
		s = $0; sub(/.*\{/, "", s)
		n = split(s, part, ",")
		for (i = 1; i <= n; i++)
			if (part[i] ~ /r[0-9]+ *- *r[0-9]+/) {
				split(part[i], end, "-")
				gsub(/[^0-9]/, "", end[1]); gsub(/[^0-9]/, "", end[2])
				n += end[2] - end[1]
			}
		pushed[f] += 4 * n
	}
	$2 ~ /^(bl|b|b\.n|b\.w|b[a-z][a-z]\.[nw])$/ {
		t = $NF; gsub(/[<>]/, "", t); sub(/\+0x.*/, "", t)
		if (t != f && index(" " calls[f] " ", " " t " ") == 0)
			calls[f] = calls[f] " " t
		else if (t == f && $2 == "bl" && $NF !~ /\+/)
			calls[f] = calls[f] " " t
	}
	$2 == "blx" { indirect[f] = 1 }
	END {
		if (bad) exit
		d = depth(entry)
		if (bad) exit
		printf "%d", d
		for (f = entry; f in deepest; f = deepest[f])
			printf "%s%s", f == entry ? " " : " > ", deepest[f]
		for (f in indirect)
			if (f in memo) printf " [not counted: calls through pointers in %s]", f
		print ""
	}'
}

for cpu in cortex-m0plus cortex-m4; do
	printf '%s\n' "$cpu"
	objects=$(cat "$dir/$cpu.objects") # paths without blanks
	[ -n "$objects" ] || breach "$cpu: no objects"
	# shellcheck disable=SC2086
	own=$(${tool}nm --defined-only -g $objects | awk 'NF == 3 { print $3 }')
	for o in $objects; do
		name=${o##*/}
		for symbol in $(${tool}nm -u "$o" | awk '{ print $NF }'); do
			case $symbol in
			memcpy | memmove | memset | memcmp) ;;
			__aeabi_* | __clzsi2 | __gnu_thumb1_case_*) ;; # arithmetic, tables
			*) printf '%s\n' "$own" | grep -qx "$symbol" ||
				breach "$cpu: $name needs $symbol" ;;
			esac
		done
		writable=$(${tool}size -A "$o" |
			awk '/^\.(data|bss|tdata|tbss)/ { n += $2 } END { print n + 0 }')
		[ "$writable" = 0 ] || breach "$cpu: $name has $writable writable bytes"
	done
	for elf in "$dir"/bin/"$cpu"-*-verify.elf; do
		entry=${elf##*/"$cpu"-}
		entry=${entry%-verify.elf}
		with=$(elf_bytes "$elf")
		without=$(elf_bytes "${elf%-verify.elf}-stub.elf")
		stack=$(stack_depth "$elf" "$entry" "$cpu")
		case $stack in
		[0-9]*) ;;
		*) breach "$cpu: $entry: $stack" ;;
		esac
		printf '  %-12s %6d bytes  stack %s\n' "$entry" $((with - without)) "$stack"
	done
	for o in $objects; do
		printf '  %-22s %6d bytes\n' "${o##*/}" "$(elf_bytes "$o")"
	done | sort
	${tool}nm -S "$(find "$dir" -path "*$cpu-sizes.dir*" -name '*.obj')" |
		awk '{ print $2, $4 }' | while read -r hex name; do
		printf '  %-22s %6d bytes of state\n' "${name#size_of_}" "0x$hex"
	done
done
[ $fail = 0 ] && echo "device: holds"
exit $fail
