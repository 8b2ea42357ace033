#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/policy.md against the code: a row for every reason code, in the order
# of the rules; every setting named; every test there, and about that code.
set -eu
page=$SRC/docs/policy.md
bad=0
complain() {
	printf 'policy: %s\n' "$*" >&2
	bad=1
}
rows=$(mktemp "${TMPDIR:-/tmp}/quorate-policy.XXXXXX")
trap 'rm -f "$rows"' EXIT
grep '^| `' "$page" | awk -F' *[|] *' '{ gsub(/`/, "", $2); printf "%s\t%s\n", $2, $5 }' >"$rows"

# the codes, each once
for code in $(sed -n 's/^\tX(JUDGE_[A-Z_]*, "\([a-z-]*\)").*/\1/p' "$SRC/signer/judge.h"); do
	[ "$code" = - ] && continue
	[ "$(cut -f1 "$rows" | grep -cx -- "$code" || :)" -eq 1 ] || complain "'$code' has not one row"
done
# the rules, in their order
name_of() { sed -n "s/^\tX($1, \"\([a-z-]*\)\").*/\1/p" "$SRC/signer/judge.h"; }
rules=$(for rule in $(sed -n 's/^    {\(JUDGE_[A-Z_]*\), [a-z]*, rule_.*/\1/p' "$SRC/signer/judge.c"); do name_of "$rule"; done)
[ "$(echo "$rules" | wc -l)" -ge 21 ] || complain 'the rules of judge.c are not found'
[ "$rules" = "$(cut -f1 "$rows" | head -n "$(echo "$rules" | wc -l)")" ] || complain 'the rows are not in the order of the rules'
# the settings
for key in $(grep -o 'CONFIG_[A-Z]*("[a-z-]*"' "$SRC/signer/settings.c" | sed 's/.*"\(.*\)"/\1/' | sort -u); do
	grep -q "\`$key\`" "$page" || complain "the setting '$key' is not named"
done

runs() { # SUITE NAME
	grep -q "^START_TEST($2)" "$SRC/tests/unit/$1.c" 2>/dev/null &&
		tr -d '\n\t' <"$SRC/tests/unit/$1.c" | grep -q "tcase_add_[a-z_]*test( *[a-z]*, *$2[,)]"
}
tests=0 count=0
while IFS='	' read -r code cell; do
	count=$((count + 1))
	symbol=JUDGE_$(printf %s "$code" | tr 'a-z-' 'A-Z_')
	[ -n "$cell" ] || complain "$code has no test"
	IFS=,
	for t in $cell; do
		t=$(printf %s "$t" | tr -d '`' | sed 's/^ *//;s/ *$//')
		tests=$((tests + 1))
		case $t in
		'check_judge refusals' | 'check_source '*)
			runs "${t% *}" "${t#* }" || complain "$code: no $t"
			grep -q "{$symbol[,}]\|[ ,]$symbol}" "$SRC/tests/unit/${t% *}.c" || complain "$code: no row in $t"
			;;
		*' '*) runs "${t% *}" "${t#* }" || complain "$code: no $t" ;;
		*/*) grep -qw -- "$code" "$SRC/tests/$t.test.sh" || complain "$code: not in $t" ;;
		*) complain "$code: what is '$t'?" ;;
		esac
	done
	unset IFS
done <"$rows"
[ "$bad" -eq 0 ] || exit 1
echo "policy: $count codes, $tests tests named, all there"
