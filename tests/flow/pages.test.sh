#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every option, setting and variable stands on its man page, and no other does.
set -eu
dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-pages.XXXXXX")
trap 'rm -rf "$dir"' EXIT
fail() { printf 'pages: %s\n' "$*" >&2; exit 1; }
cd "$dir"
python3 "$SRC/tests/flow/pages.py" "$BIN" "$SRC" || fail 'the pages are not what the programs are'
# what it finds when something is missing, or too much
mkdir -p tree/docs
for f in cli host log quorum signer; do ln -s "$SRC/$f" tree/$f; done
cp -r "$SRC/docs/man" tree/docs/man
finds() { # PATTERN FILE SED
	sed -i "$3" "tree/docs/man/$2"
	if cmp -s "tree/docs/man/$2" "$SRC/docs/man/$2"; then fail "nothing was changed: $3"; fi
	if python3 "$SRC/tests/flow/pages.py" "$BIN" tree >found; then fail "a page passes after $3"; fi
	grep -q -- "$1" found || fail "not found after $3: $(cat found)"
	cp "$SRC/docs/man/$2" "tree/docs/man/$2"
}
finds 'no --new-epoch' quorate.1 's/-new-epoch/-new-epochs/'
finds 'has --frobnicate' quorate.1 's/^\.Fl -new-epoch/.Fl -frobnicate ,\n&/'
finds "no 'roster ='" quorate.1 's/^roster = .*//'
finds 'no exit status 4' quorate.1 's/^\.It 4$/.It 9/'
finds "no 'blobs-mib'" quorate-coordinatord.8 's/blobs-mib/blobs/'
echo 'pages: hold'
