#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A hundred parties that poll, twenty releases at once, through a real
# quorate-coordinatord on loopback: its CPU and memory. Stops itself after
# five minutes. Judges nothing but that all are signed.
#
#   sh tests/bench/coordinator.sh [BUILD]
set -eu
build=${1:-$(cd "$(dirname "$0")" && pwd)/../../build/dev}
"$build/bin/coordinator-load"
"$build/bin/coordinator-load" 3 5 20
