#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# report.sh DIR: what verify/ costs a device, from a device build in DIR, and
# whether it keeps its promises: those of the file `budget`, and that no object
# of verify/ needs a symbol that it may not need, holds anything writable, or
# calls itself. Exits 1 on a breach. The table is also DIR/report.txt; what it
# sums up, by object and by chain of calls, is DIR/detail.txt.
#
# Bytes: code and constants of a program less the same program with stub.c,
# hence with the memcpy and the libgcc that are needed because of verify/.
# Everything else is measured in QEMU with -icount shift=0, where time is
# instructions: stack by painting it.
dir=$1
here=$(cd "$(dirname "$0")" && pwd)
processors='cortex-m0plus cortex-m3 cortex-m4 rv32imac'
fail=0
breach() { printf '%s\n' "device: $*"; fail=1; }

processor() { # sets what differs
	tool=arm-none-eabi- build=$dir emulator=qemu-system-arm
	case $1 in
	cortex-m0plus) board='-M microbit' ;;
	cortex-m3) board='-M mps2-an385' ;;
	cortex-m4) board='-M mps2-an386' ;;
	rv32imac)
		tool=riscv64-unknown-elf- build=$dir/rv32
		emulator=qemu-system-riscv32 board='-M virt -bios none'
		;;
	esac
}

play() { # ELF: run it on the processor's board
	# shellcheck disable=SC2086 # options
	timeout 300 "$emulator" $board -icount shift=0 -display none \
		-monitor none -serial null \
		-semihosting-config enable=on,target=native -kernel "$1" 2>&1
}

elf_bytes() { # text of Berkeley size is code and constants
	"${tool}size" "$1" | awk 'NR == 2 { print $1 }'
}

# The deepest chain of calls: frames as the compiler states them, those of
# libgcc from their pushes. Calls through pointers are not followed.
stack_depth() { # ELF ENTRY CPU
	{
		find "$build" -path "*$3-*" -not -path '*-ticking*' -name '*.su' \
			-exec cat {} + | awk -F '[:\t]' '{ print "frame", $4, $5 }'
		"${tool}objdump" -d --no-show-raw-insn "$1"
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
	$2 ~ /^(bl|b|b\.n|b\.w|b[a-z][a-z]\.[nw]|j|jal|jalr|beq|bne|bnez|beqz)$/ {
		t = $NF
		if (t !~ /<.*>/) next
		gsub(/.*<|>.*/, "", t); sub(/\+0x.*/, "", t)
		if (t != f && index(" " calls[f] " ", " " t " ") == 0)
			calls[f] = calls[f] " " t
		else if (t == f && ($2 == "bl" || $2 == "jal") && $NF !~ /\+/)
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

# `cpu name value` lines
figures=$dir/figures.txt
detail=$dir/detail.txt
: >"$figures"
: >"$detail"
for cpu in $processors; do
	processor "$cpu"
	printf '%s\n' "$cpu" >>"$detail"
	objects=$(cat "$build/$cpu.objects") # paths without blanks
	[ -n "$objects" ] || breach "$cpu: no objects"
	# shellcheck disable=SC2086
	own=$("${tool}nm" --defined-only -g $objects | awk 'NF == 3 { print $3 }')
	for o in $objects; do
		name=${o##*/}
		for symbol in $("${tool}nm" -u "$o" | awk '{ print $NF }'); do
			case $symbol in
			memcpy | memmove | memset | memcmp) ;;
			__aeabi_* | __clzsi2 | __gnu_thumb1_case_*) ;; # arithmetic, tables
			__ashldi3 | __lshrdi3 | __muldi3 | __udivdi3 | __umoddi3) ;;
			__riscv_save_* | __riscv_restore_*) ;; # pushes and pops
			*) printf '%s\n' "$own" | grep -qx "$symbol" ||
				breach "$cpu: $name needs $symbol" ;;
			esac
		done
		writable=$("${tool}size" -A "$o" |
			awk '/^\.(data|bss|sdata|sbss|tdata|tbss)/ { n += $2 } END { print n + 0 }')
		[ "$writable" = 0 ] || breach "$cpu: $name has $writable writable bytes"
	done
	for elf in "$build"/bin/"$cpu"-*-verify.elf; do
		entry=${elf##*/"$cpu"-}
		entry=${entry%-verify.elf}
		with=$(elf_bytes "$elf")
		without=$(elf_bytes "${elf%-verify.elf}-stub.elf")
		echo "$cpu $entry $((with - without))" >>"$figures"
		stack=$(stack_depth "$elf" "$entry" "$cpu")
		case $stack in
		[0-9]*) ;;
		*) breach "$cpu: $entry: $stack" ;;
		esac
		printf '  %-12s %6d bytes  stack %s\n' "$entry" $((with - without)) \
			"$stack" >>"$detail"
	done
	for o in $objects; do
		printf '  %-22s %6d bytes\n' "${o##*/}" "$(elf_bytes "$o")"
	done | sort >>"$detail"
	"${tool}nm" -S "$(find "$build" -path "*$cpu-sizes.dir*" -name '*.obj')" |
		awk '{ print $2, $4 }' | while read -r hex name; do
		printf '  %-22s %6d bytes of state\n' "${name#size_of_}" "0x$hex"
	done >>"$detail"
	if play "$build/bin/$cpu-measure.elf" >"$dir/$cpu.measure" &&
		play "$build/bin/$cpu-ticking.elf" >"$dir/$cpu.ticking"; then
		grep -v "^gap" "$dir/$cpu.measure" | awk -v cpu="$cpu" '{ print cpu, $1, $2; v[$1] = $2 } END {
			print cpu, "hash_byte", int((v["hash_4096"] - v["hash_64"]) / 4032 + 0.5)
			print cpu, "ram", v["check_stack"] + v["verify"] + v["verified"]
		}' >>"$figures"
		grep '^gap' "$dir/$cpu.ticking" | sed "s/^/$cpu /" >>"$figures"
	else
		breach "$cpu: the program failed in QEMU"
		cat "$dir/$cpu.measure" "$dir/$cpu.ticking"
	fi
done

awk -v processors="$processors" -v budget="$here/budget" '
function row(name, title,   i) {
	printf "%-52s", title
	for (i = 1; i <= n; i++)
		printf " %13s", (cpu[i], name) in v ? v[cpu[i], name] : "-"
	print ""
}
BEGIN { n = split(processors, cpu, " ") }
{ v[$1, $2] = $3 }
END {
	for (i = 1; i <= n; i++) {
		c = cpu[i]
		v[c, "hops"] = v[c, "use_page"] - v[c, "use_release"]
	}
	printf "%-52s", ""
	for (i = 1; i <= n; i++) printf " %13s", cpu[i]
	print "\ncode and constants, bytes"
	row("use_sha256", "  SHA-256")
	row("use_ed25519", "  Ed25519 with SHA-512")
	row("use_all", "  Ed25519, SHA-512, SHA-256")
	row("use_release", "  release and payload check")
	row("hops", "  trust_parse and hops, more")
	print "RAM, bytes"
	row("check_stack", "  stack of a release check")
	row("verify", "  struct verify")
	row("verified", "  struct verified")
	row("ram", "  release check, in all")
	row("payload_stack", "  stack of a payload check")
	row("check_page_stack", "  stack of trust_parse and a release check")
	row("hop_stack", "  stack of a hop")
	row("trust", "  struct trust (may be constant)")
	row("untouched", "  of 8192 other bytes, untouched")
	print "instructions"
	row("signature", "  an Ed25519 signature over 300 bytes")
	row("hash_byte", "  SHA-256, a byte")
	row("check_1", "  release check, 2 signers, log, 1 witness")
	row("check_2", "  ... 2 witnesses")
	row("check_3", "  ... 3 witnesses")
	row("hop", "  a hop, 2 roots twice, log, 2 witnesses")
	row("gap", "  longest way between two ticks")
	while ((getline line < budget) > 0) {
		if (line ~ /^#/ || split(line, f, "\t") != 4) continue
		if (!((f[1], f[2]) in v)) { print "device: " f[1] ": no figure for " f[2]; bad = 1 }
		else if (v[f[1], f[2]] > f[3]) {
			print "device: " f[1] ": " f[2] " is " v[f[1], f[2]] ", may be " f[3]
			bad = 1
		} else if (v[f[1], f[2]] > f[4])
			print "device: note: " f[1] ": " f[2] " is " v[f[1], f[2]] ", wanted " f[4]
		rows++
	}
	for (i = 1; i <= n; i++)
		if (v[cpu[i], "untouched"] != 8192) { print "device: " cpu[i] ": other RAM was written"; bad = 1 }
	if (rows == 0) { print "device: no budget"; bad = 1 }
	exit bad
}' "$figures" >"$dir/report.txt" || fail=1
cat "$dir/report.txt"
[ $fail = 0 ] && echo "device: holds"
exit $fail
