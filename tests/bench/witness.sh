#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One witness, one log, one request after another; every answer is stored and
# synced before it comes. BIN and SRC as for the tests; judges nothing.
. "$SRC/tests/flow/log_help.sh"
witness_ini w1
sed -i 's/^state/rate = 1000000\nstate/' w1.ini
start quorate-witnessd w1 || fail start
dd if=/dev/zero of=sync bs=4096 count=500 oflag=dsync 2>dd.err
awk '/copied/ { printf "# disk: %.0f synced 4 KiB writes a second\n",
	500 / $(NF - 3) }' dd.err
"$BIN/witness-load" "http://127.0.0.1:$port_w1" log.test/one "$(pub w1)" \
	"${1:-3000}"
