#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The second reader of docs/crypto.md recomputes the vectors that the C code
# is held to (tests/unit/check_frost_tree.c), and RFC 9591's own.
set -eu
: "${SRC:=$(dirname "$0")/../..}"
export PYTHONDONTWRITEBYTECODE=1
py="$SRC/tests/foreign/frost_tree.py"
vectors="$SRC/tests/vectors"
python3 "$py" --rfc "$vectors/frost_rfc9591_ed25519.json"
python3 "$py" --check "$vectors/frost_tree.json"
# and it does not say yes to everything
spoilt=$(mktemp)
trap 'rm -f "$spoilt"' EXIT
sed 's/"challenge": "./"challenge": "x/' "$vectors/frost_tree.json" >"$spoilt"
if python3 "$py" --check "$spoilt" >/dev/null; then
	echo "spoilt vectors were taken" >&2
	exit 1
fi
