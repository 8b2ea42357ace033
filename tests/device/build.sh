#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# build.sh DIR: build verify/ for microcontrollers in DIR, report, judge.
set -e
src=$(cd "$(dirname "$0")/../.." && pwd)
mkdir -p "$1"
cmake -S "$src" -B "$1" -G Ninja -DQUORATE_DEVICE=ON \
	-DCMAKE_TOOLCHAIN_FILE="$src/tests/device/toolchain.cmake" >"$1.log" 2>&1 ||
	{ cat "$1.log"; exit 1; }
cmake --build "$1" --target device-report >"$1.log" 2>&1 ||
	{ cat "$1.log"; exit 1; }
cat "$1/report.txt"
