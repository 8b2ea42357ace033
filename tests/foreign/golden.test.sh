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
# and it reads every text that stands alone, and knows no kind that has none
if [ -n "$foreign" ]; then
	python3 - "$SRC/tests/foreign" *.text *.note <<-PY || fail=1
	import sys
	sys.path.insert(0, sys.argv[1])
	import verify
	seen = set()
	for name in sys.argv[2:]:
	    if name.startswith(('forged-', 'checkpoint')):
	        continue
	    raw = open(name, 'rb').read()
	    end = raw.find(b'\n\n')
	    seen.add(verify.parse_text(raw if end < 0 else raw[:end + 1]).kind)
	# a withdraw's file is under verdicts.txt
	away = set(verify.ROWS) - seen - {'withdraw'}
	print('%d kinds of golden texts' % len(seen))
	sys.exit('no golden text of %s' % sorted(away) if away else 0)
	PY
fi
echo "$lines verdicts"
exit $fail
