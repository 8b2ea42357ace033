#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# quorate-witnessd under load, and beside it, where Go can be had, omniwitness
# and litewitness under the same: 50 logs over 10 connections, then one log
# over one. Every answer is stored and synced before it comes. BIN and SRC
# as for the tests; judges nothing.
#	witness.sh [COUNT [FOLDER-FOR-GO]]
. "$SRC/tests/flow/log_help.sh"
count=${1:-10000}
dd if=/dev/zero of=sync bs=4096 count=500 oflag=dsync 2>dd.err
awk '/copied/ { printf "# disk: %.0f synced 4 KiB writes a second\n",
	500 / $(NF - 3) }' dd.err
load() { # name address path pid logs connections count [vkey]
	_name=$1
	shift
	printf '%s ' "$_name"
	"$BIN/witness-load" run "$@"
}
ours() { # logs connections count
	rm -rf w1.state
	{
		printf '[witness]\nkey = w1.key\npassphrase-file = pass\nlisten = 127.0.0.1:0\nstate = w1.state\nrate = 1000000\n'
		"$BIN/witness-load" logs "$1" |
			sed 's/^\([^ ]*\) \(.*\)/[log \1]\nvkey = \2/'
	} >w1.ini
	start quorate-witnessd w1 || fail start
	load quorate-witnessd "127.0.0.1:$port_w1" /add-checkpoint "$pid_w1" \
		"$@" "$(pub w1)"
	curl -s "http://127.0.0.1:$port_w1/metrics" |
		sed -n 's/^quorate_witness_commits_total/# commits/p'
	stop w1
}
ours 50 10 "$count"
ours 1 1 $((count / 4))
# shellcheck source=../interop/witness_peers.sh
[ -f "$SRC/tests/interop/witness_peers.sh" ] || exit 0
. "$SRC/tests/interop/witness_peers.sh"
peers_build "${2:-${TMPDIR:-/tmp}/quorate-go}" || {
	echo "SKIPPED: $peers_why"
	exit 0
}
for peer in omniwitness litewitness; do
	for run in "50 10 $count" "1 1 $((count / 4))"; do
		# shellcheck disable=SC2086
		set -- $run
		"$BIN/witness-load" logs "$1" >logs
		"${peer}_start" logs || fail "$peer"
		load "$peer" "$peer_address" "$peer_path" "$peer_pid" "$@"
		"${peer}_stop"
	done
done
