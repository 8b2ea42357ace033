# SPDX-License-Identifier: Apache-2.0
# Auditing with both auditors; sourced after log_help.sh. They must say the
# same, line for line, but for the names of results and their sentences.
audit_py=$SRC/tests/foreign/audit.py
# auditors NAME EXPECTED_EXIT URL|DIR [option...]: state in NAME.c, NAME.py;
# what they say in NAME.out
auditors() {
	_name=$1 _want=$2 _from=$3
	shift 3
	"$BIN/quorate" audit "$_from" --trust trust.note --state "$_name.c" \
		"$@" >"$_name.out" 2>"$_name.err"
	_got=$?
	[ $_got = "$_want" ] || {
		cat "$_name.out" "$_name.err" >&2
		fail "$_name: audit ends with $_got instead of $_want"
	}
	python3 "$audit_py" "$_from" --trust trust.note --state "$_name.py" \
		"$@" >"$_name.py.out" 2>"$_name.py.err"
	_got=$?
	[ $_got = "$_want" ] || {
		cat "$_name.out" "$_name.err" "$_name.py.out" "$_name.py.err" >&2
		fail "$_name: audit.py ends with $_got instead of $_want"
	}
	sed -E 's/^(broken [0-9]+ [^ ]+|fault [^ ]+) .*/\1/' "$_name.out" >a
	cmp -s a "$_name.py.out" || {
		diff a "$_name.py.out" >&2
		fail "$_name: the auditors differ"
	}
}
says() { # NAME LINE: a line that the auditors said
	grep -q "^$2" "$1.out" || {
		cat "$1.out" >&2
		fail "$1: no line '$2'"
	}
}
