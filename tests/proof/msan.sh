#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No branch and no address in verify/ depends on a byte that was never written:
# the fuzz targets that need no other library, under clang's memory sanitizer,
# over the golden files, the corpora and what is made of them.
#
#   msan.sh DIR [ROUNDS]    DIR: for what is built
src=$(cd "$(dirname "$0")/../.." && pwd) || exit 3
dir=$1/msan rounds=${2:-20000}
mkdir -p "$dir" || exit 3
cd "$src" || exit 3
# That it can find something.
printf 'int main(void) { int a[2]; volatile int *p = a; return p[1] ? 1 : 0; }\n' |
	clang -fsanitize=memory -x c - -o "$dir/planted" || exit 3
if "$dir/planted" >/dev/null 2>&1; then
	echo 'msan: does not see a byte that was never written' >&2
	exit 1
fi
for target in field line note record text verify; do
	objects=
	for file in verify/*.c; do
		case $target:$file in
		verify:verify/note.c | verify:verify/verify.c) ;; # it includes them
		*) objects="$objects $file" ;;
		esac
	done
	# shellcheck disable=SC2086 # a list of names
	clang -std=gnu17 -O1 -g -fsanitize=memory -fsanitize-memory-track-origins \
		-fno-sanitize-recover=all -I. -D_GNU_SOURCE -DQUORATE_SOURCE="\"$src\"" \
		"tests/fuzz/fuzz_$target.c" tests/fuzz/driver.c host/text.c $objects \
		-o "$dir/$target" || exit 3
	set -- tests/vectors/golden/* tests/vectors/log/*
	for file in "tests/fuzz/corpus/fuzz_$target"/*; do
		[ -f "$file" ] && set -- "$@" "$file"
	done
	"$dir/$target" "$rounds" "$@" >"$dir/$target.out" 2>&1 || {
		cat "$dir/$target.out"
		echo "msan: $target reads what was never written" >&2
		exit 1
	}
	echo "msan: $target, $# files, $rounds rounds each way: clean"
done
