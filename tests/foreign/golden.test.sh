#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What `quorate verify`, and the second reader, say of the golden files:
# every line of verdicts.txt is an exit code, a result or `ok`, arguments.
set -u
golden=$SRC/tests/vectors/golden
reader=$SRC/tests/foreign/verify.py
export PYTHONDONTWRITEBYTECODE=1
cd "$golden" || exit 1
quorate= foreign= lines=0 fail=0
if [ -x "$BIN/quorate" ]; then
	quorate=$BIN/quorate
else
	echo "SKIPPED: quorate verify, there is no $BIN/quorate"
fi
if [ -f "$reader" ]; then
	foreign=$reader
else
	echo "SKIPPED: the second reader, there is no $reader"
fi
while read -r code result arguments; do
	lines=$((lines + 1))
	if [ -n "$quorate" ]; then
		# shellcheck disable=SC2086
		said=$("$quorate" verify --json $arguments 2>/dev/null)
		got=$?
		case $result,$said in
		ok,*'"ok":1'* | *,*"\"$result\""*) ;;
		*) got="$got, $said" ;;
		esac
		if [ "$got" != "$code" ]; then
			echo "quorate: $got, not $code $result: $arguments" >&2
			fail=1
		fi
	fi
	# the second reader knows no owners
	case $foreign,$arguments in
	,* | *--owner*) continue ;;
	esac
	# shellcheck disable=SC2086
	said=$(python3 "$foreign" $arguments 2>&1)
	got=$?
	if [ "$got" != "$code" ]; then
		echo "verify.py: $got, not $code $result: $arguments: $said" >&2
		fail=1
	fi
done <verdicts.txt
[ "$lines" -gt 50 ] || fail=1
echo "$lines verdicts"
exit $fail
