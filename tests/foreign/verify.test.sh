#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second reader against itself, then against the built `quorate verify`.
set -eu
here=$SRC/tests/foreign
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export PYTHONDONTWRITEBYTECODE=1
python3 "$here/selftest.py"
if [ ! -x "$BIN/quorate" ]; then
	echo "SKIPPED: mutations, there is no $BIN/quorate"
	exit 0
fi
python3 "$here/mutate.py" "$BIN" "${MUTATE_SEED:-1}" "${MUTATE_COUNT:-2000}" || {
	trap - EXIT
	echo "kept: $work/differences"
	exit 1
}
