#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# coverage.sh [DIR]: how much of verify/ its unit tests go through, lines and
# branches, by file and in all. Builds in DIR (build/coverage). Exits 1 below
# what is promised.
set -eu
src=$(cd "$(dirname "$0")/.." && pwd)
dir=${1:-$src/build/coverage}
least=95 # percent of lines
suites='check_line check_note check_policy check_trust check_trust_world
	check_release check_release_world check_checkpoint check_merkle
	check_verify check_verify_device check_decision check_small_crypto
	check_backend check_record check_roster'
cmake -S "$src" -B "$dir" -G Ninja -DCMAKE_BUILD_TYPE=Debug \
	-DCMAKE_C_FLAGS_DEBUG='-O0 -g --coverage -fprofile-abs-path' >"$dir.log"
have=
for suite in $suites; do
	[ -f "$src/tests/unit/$suite.c" ] || [ -f "$src/tests/device/$suite.c" ] ||
		[ "$suite" = check_verify_device ] || continue
	have="$have $suite"
done
find "$dir" -name '*.gcda' -delete
# shellcheck disable=SC2086 # names
cmake --build "$dir" --target $have >"$dir.log" 2>&1 || { tail -20 "$dir.log"; exit 1; }
for suite in $have; do
	"$dir/bin/$suite" >"$dir/$suite.log" 2>&1 || { tail -5 "$dir/$suite.log"; exit 1; }
done
# gcov by object, merged by line: an object is one of several builds of a file
cd "$dir"
find . -name '*.gcda' | while read -r data; do
	gcov -b -c -t "$data" 2>/dev/null
done | awk -v least="$least" '
	/^ *-: *0:Source:/ {
		file = $0; sub(/.*Source:/, "", file)
		keep = file ~ /\/verify\/[a-z0-9_]*\.c$/
		sub(/.*\/verify\//, "", file); line = 0; next
	}
	!keep { next }
	/^ *[-#=0-9*]+: *[0-9]+:/ {
		split($0, f, ":"); gsub(/[ *]/, "", f[1]); line = f[2] + 0; branch = 0
		if (f[1] == "-") next
		lines[file, line] += (f[1] ~ /^[0-9]/) ? f[1] : 0
		files[file] = 1
		next
	}
	/^branch/ {
		key = file SUBSEP line SUBSEP branch++
		branches[key] += ($3 == "taken") ? $4 : 0
	}
	END {
		for (k in lines) {
			split(k, p, SUBSEP); n[p[1]]++; all++
			if (lines[k] > 0) { hit[p[1]]++; all_hit++ }
		}
		for (k in branches) {
			split(k, p, SUBSEP); b[p[1]]++; all_b++
			if (branches[k] > 0) { taken[p[1]]++; all_taken++ }
		}
		for (f in files)
			printf "%-16s %5d lines %6.1f %%  %5d branches %6.1f %%\n", f, n[f],
				100 * hit[f] / n[f], b[f], b[f] ? 100 * taken[f] / b[f] : 100 | "sort"
		close("sort")
		if (all == 0) { print "coverage: nothing measured"; exit 1 }
		printf "%-16s %5d lines %6.1f %%  %5d branches %6.1f %%\n", "verify/", all,
			100 * all_hit / all, all_b, 100 * all_taken / all_b
		exit 100 * all_hit / all < least
	}'
