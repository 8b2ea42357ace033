#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/threat-model.md against the tests: every row there is, with a verdict;
# every row that is answered has a test; every test it names exists; every
# test of check_threats.c has its row.
set -eu
page=$SRC/docs/threat-model.md
threats=$SRC/tests/unit/check_threats.c
bad=0
complain() {
	printf 'threat-model: %s\n' "$*" >&2
	bad=1
}

# Rows may not be dropped: the sheet's ids.
ids=$(
	seq -f 'F%g' 1 18
	seq -f 'N%g' 1 16
	cat <<-'IDS'
		TUF-arbitrary-installation TUF-key-compromise-below-the-threshold
		TUF-key-compromise-at-the-threshold TUF-rollback-of-content
		TUF-rollback-of-metadata TUF-indefinite-freeze TUF-fast-forward
		TUF-mix-and-match TUF-wrong-software TUF-extraneous-dependencies
		TUF-endless-data TUF-slow-retrieval TUF-malicious-mirror
		TUF-wrong-threshold-counting TUF-targeted-attack
		TUF-root-of-trust-bootstrap HOP-unseen HOP-recover
	IDS
	for n in IMG.EXPIRED IMG.EXPIRED.OFFLINE IMG.INCOMPATIBLE IMG.FORMAT \
		IMG.LOCATION NET.REDIRECT NET.ONPATH IMG.REPLACE IMG.NON_AUTH \
		UPD.WRONG_PRECURSOR UPD.UNAPPROVED IMG.DISCLOSURE \
		MFST.OVERRIDE MFST.EXPOSURE IMG.EXTRA KEY.EXPOSURE \
		MFST.MODIFICATION MFST.TOCTOU; do
		echo "THREAT.$n"
	done
	for n in SEC.SEQUENCE SEC.COMPATIBLE SEC.EXP SEC.AUTHENTIC \
		SEC.AUTH.IMG_TYPE SEC.AUTH.IMG_LOC SEC.AUTH.REMOTE_LOC \
		SEC.AUTH.EXEC SEC.AUTH.PRECURSOR SEC.RIGHTS \
		SEC.ACCESS_CONTROL SEC.IMG.CONFIDENTIALITY \
		SEC.MFST.CONFIDENTIALITY SEC.IMG.COMPLETE_DIGEST \
		SEC.REPORTING SEC.KEY.PROTECTION SEC.KEY.ROTATION \
		SEC.MFST.CHECK SEC.MFST.TRUSTED SEC.MFST.CONST \
		USE.MFST.PRE_CHECK USE.MFST.TEXT USE.MFST.OVERRIDE_REMOTE \
		USE.MFST.COMPONENT USE.MFST.MULTI_AUTH USE.IMG.FORMAT \
		USE.IMG.NESTED USE.IMG.VERSIONS USE.IMG.SELECT USE.EXEC \
		USE.LOAD USE.PAYLOAD USE.PARSE USE.DELEGATION; do
		echo "REQ.$n"
	done
)
rows=$(mktemp "${TMPDIR:-/tmp}/quorate-threats.XXXXXX")
trap 'rm -f "$rows"' EXIT
# id, how far, tests: columns 1, 4, 5
grep '^| [A-Z]' "$page" |
	awk -F' *[|] *' '{ printf "%s\t%s\t%s\n", $2, $5, $6 }' >"$rows"
for id in $ids; do
	n=$(cut -f1 "$rows" | grep -cxF -- "$id" || :)
	[ "$n" -eq 1 ] || complain "$id has $n rows"
done

exists() { # SUITE NAME
	grep -q "^START_TEST($2)\|SAME_AS(${2#test_}," \
		"$SRC/tests/unit/$1.c" 2>/dev/null &&
		tr -d '\n\t' <"$SRC/tests/unit/$1.c" |
			grep -q "tcase_add_[a-z_]*test( *[a-z]*, *$2[,)]"
}
count=0 tests=0
while IFS='	' read -r id far cell; do
	count=$((count + 1))
	case $far in
	yes | part)
		[ -n "$cell" ] || complain "$id: '$far', and no test"
		;;
	no | duty) ;;
	*) complain "$id: '$far' is none of yes, part, no, duty" ;;
	esac
	case $cell in
	'no test yet: issue '[0-9]*) continue ;;
	esac
	own=test_$(printf %s "$id" | tr '.-' '__')
	IFS=,
	for t in $cell; do
		t=$(printf %s "$t" | tr -d '`' | sed 's/^ *//;s/ *$//')
		tests=$((tests + 1))
		case $t in
		test_*)
			[ "$t" = "$own" ] || complain "$id: $t is another row's"
			exists check_threats "$t" || complain "$id: no $t"
			;;
		*' '*)
			exists "${t% *}" "${t#* }" || complain "$id: no $t"
			;;
		*/*)
			[ -f "$SRC/tests/$t.test.sh" ] || complain "$id: no $t"
			;;
		*) complain "$id: what is '$t'?" ;;
		esac
	done
	unset IFS
done <"$rows"

for t in $(sed -n 's/^START_TEST(\(test_[A-Za-z0-9_]*\))$/\1/p
	s/^SAME_AS(\([A-Za-z0-9_]*\),.*/test_\1/p' "$threats"); do
	exists check_threats "$t" || complain "$t never runs"
	grep -q "\`$t\`" "$page" || complain "$t has no row"
done
[ "$bad" -eq 0 ] || exit 1
echo "threat-model: $count rows, $tests tests named, all there"
