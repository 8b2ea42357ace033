#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything: packages, build with gcc, all tests; the same under the address
# and undefined-behaviour sanitizers; a build with clang; every fuzzer, for a
# minute where it feeds verify/ and for less elsewhere. Exits 0 only if all
# of it holds. --no-install leaves the machine's packages alone; --quick runs
# the first of the three only.
cd "$(dirname "$0")/.." || exit 3
. docs/packages.sh
how=yes quick=
for arg; do
	case $arg in
	--no-install) how=no ;;
	--quick) quick=1 ;;
	*)
		echo "usage: tests/run.sh [--no-install] [--quick]" >&2
		exit 2
		;;
	esac
done
# shellcheck disable=SC2086
packages_install "$how" $packages_build $packages_play $packages_test || exit 3

jobs=$(nproc)
began=$(date +%s)
build() {
	cmake --preset "$1" >"build-$1.log" 2>&1 &&
		cmake --build --preset "$1" -j "$jobs" >>"build-$1.log" 2>&1 || {
		tail -n 40 "build-$1.log"
		echo "the $1 build failed" >&2
		exit 1
	}
	rm -f "build-$1.log"
	echo "built $1 ($(($(date +%s) - began)) s since the start)"
}
build dev
ctest --preset dev -j "$jobs" || exit 1
[ -z "$quick" ] || exit 0
build clang
build asan
ctest --preset asan -j "$jobs" || exit 1
sh tests/fuzz/run.sh --seconds 60 --others 20 || exit 1
echo "all of it holds, $(($(date +%s) - began)) s"
