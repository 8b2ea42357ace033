#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# rc(7), which the build writes: every result of verify/rc.h with its number,
# no number twice, and a page without complaints.
set -eu
page=$BIN/../man/rc.7
fail() { printf 'rc page: %s\n' "$*" >&2; exit 1; }
list=$(mktemp "${TMPDIR:-/tmp}/quorate-rc.XXXXXX")
trap 'rm -f "$list"' EXIT
sed -n 's/.*X(\(RC_[A-Z0-9_]*\), \([0-9]*\),.*/\1 \2/p' "$SRC/verify/rc.h" >"$list"
n=0
while read -r name number; do
	n=$((n + 1))
	grep -A1 "^\.It Dv $name Pq $number\$" "$page" | grep -q '^[A-Za-z`].*\.$' ||
		fail "$name ($number) is not explained"
done <"$list"
[ "$n" -ge 100 ] || fail "only $n results were found"
[ "$(grep -c '^\.It Dv RC_' "$page")" -eq $((n + 1)) ] || fail 'the page has others'
[ -z "$(cut -d' ' -f2 "$list" | sort | uniq -d)" ] || fail 'a number stands twice'
if command -v mandoc >/dev/null; then
	mandoc -T lint -W warning "$page" || fail 'mandoc complains'
fi
echo "rc page: $n results"
