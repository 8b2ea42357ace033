#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Fuzz every target of tests/fuzz for a while, two at a time, under the
# address and undefined-behaviour sanitizers. Fails on a crash, a hang, a leak.
#
#   run.sh [--seconds N] [--others N] [--jobs N] [--merge] [NAME...]
#
# --seconds: for each target of verify/, 60 by default; --others: for each of
# the rest, the same by default. --merge: afterwards take what was found into
# tests/fuzz/corpus, as few and as short files as reach the same code. What
# was found stays in build/fuzz/found, what crashed in build/fuzz/crash.
# QUORATE_SEED: another course than that of the last run.
src=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
build=$src/build/fuzz
of_verify=' fuzz_device fuzz_field fuzz_line fuzz_note fuzz_text fuzz_tree fuzz_verify fuzz_record '
seconds=60 others= jobs=2 merge= names=
usage() {
	echo "usage: run.sh [--seconds N] [--others N] [--jobs N] [--merge] [NAME...]" >&2
	exit 2
}
while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=$2; shift ;;
	--others) others=$2; shift ;;
	--jobs) jobs=$2; shift ;;
	--merge) merge=1 ;;
	-*) usage ;;
	*) names="$names $1" ;;
	esac
	shift || usage
done
cd "$src" || exit 3
mkdir -p "${build%/*}"
{ cmake --preset fuzz && cmake --build --preset fuzz -j "$(nproc)"; } >"$build.log" 2>&1 || {
	tail -n 40 "$build.log"
	echo "the fuzz build failed" >&2
	exit 3
}
[ -n "$names" ] || for file in tests/fuzz/fuzz_*.c; do
	file=${file##*/}
	names="$names ${file%.c}"
done
mkdir -p "$build/found" "$build/crash" "$build/log"

run_one() { # NAME: its log, and its name in `failed` when it broke
	name=$1
	case $of_verify in
	*" $name "*) time=$seconds ;;
	*) time=${others:-$seconds} ;;
	esac
	mkdir -p "$build/found/$name"
	set -- "$build/found/$name"
	[ -d "tests/fuzz/corpus/$name" ] && set -- "$@" "tests/fuzz/corpus/$name"
	"$build/bin/$name" -max_total_time="$time" -timeout=20 -rss_limit_mb=2048 \
		-max_len=16384 -use_value_profile=1 -seed="${QUORATE_SEED:-1}" \
		-artifact_prefix="$build/crash/$name-" -print_final_stats=1 \
		"$@" tests/vectors/golden tests/vectors/log tests/vectors/ssh >"$build/log/$name" 2>&1 ||
		echo "$name" >>"$build/failed"
	awk -v name="$name" '
		/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
		/^Done / { runs = $2; s = $5 }
		END { printf "%-14s %10d runs in %4d s, %5d edges\n", name, runs, s, cov }
	' "$build/log/$name"
}
rm -f "$build/failed"
# Each worker takes every jobs-th name.
worker=0 workers=
while [ $worker -lt "$jobs" ]; do
	(
		at=0
		for name in $names; do
			[ $((at % jobs)) = $worker ] && run_one "$name"
			at=$((at + 1))
		done
	) &
	workers="$workers $!"
	worker=$((worker + 1))
done
# shellcheck disable=SC2086
wait $workers
if [ -s "$build/failed" ]; then
	while read -r name; do
		echo "$name: broken" >&2
		grep -v -e ' NEW ' -e ' REDUCE ' "$build/log/$name" | tail -n 40 >&2
		for file in "$build/crash/$name"-*; do # for who has only what was printed
			[ -f "$file" ] || continue
			echo "${file##*/}, base64 of gzip:" >&2
			gzip -9cn "$file" | base64 >&2
		done
	done <"$build/failed"
	exit 1
fi
[ -n "$merge" ] || exit 0
for name in $names; do
	to=tests/fuzz/corpus/$name
	rm -rf "$build/merged"
	mkdir -p "$to" "$build/merged"
	"$build/bin/$name" -merge=1 -max_len=4096 "$build/merged" "$to" "$build/found/$name" \
		>"$build/log/$name-merge" 2>&1 || exit 1
	rm -rf "$to" && mkdir "$to"
	# the shortest first, 24 KB at most: a corpus is a start, no archive
	find "$build/merged" -type f -size -4096c -printf '%s %f\n' | sort -n |
		while read -r size file; do
			sum=$((${sum:-0} + size))
			[ "$sum" -le 24576 ] && cp "$build/merged/$file" "$to/"
		done
	printf '%-14s %s files\n' "$name" "$(find "$to" -type f | wc -l)"
done
