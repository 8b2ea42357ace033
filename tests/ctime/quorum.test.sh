#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# No jump and no address depends on a secret of quorum/, but for the verdicts
# in quorum.supp: check_ctime under valgrind, with its secrets undefined, for
# either curve.
set -eu
: "${SRC:=$(dirname "$0")/../..}"
: "${BIN:=$SRC/build/dev/bin}"
if ! command -v valgrind >/dev/null; then
	echo "SKIPPED: no valgrind"
	exit 0
fi
if ldd "$BIN/check_ctime" | grep -q 'lib.*san'; then
	echo "SKIPPED: a sanitizer's program does not run under valgrind"
	exit 0
fi
watch() {
	CK_FORK=no valgrind -q --error-exitcode=9 --error-limit=no \
		--suppressions="$SRC/tests/ctime/quorum.supp" \
		"$BIN/$program" "$@"
}
for program in check_ctime check_ctime_secp256k1; do
	rc=0
	seen=$(watch control 2>&1) || rc=$?
	case $seen in
	*'debuginfo reader'*)
		echo "SKIPPED: valgrind cannot read this compiler's debug information"
		exit 0
		;;
	esac
	if [ "$rc" != 9 ]; then
		echo "a jump on a secret went unseen" >&2
		exit 1
	fi
	watch
done
