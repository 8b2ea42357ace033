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
	# lines of texts that no verdict is about; nobody takes one kind for another
	python3 - "$SRC/tests/foreign" <<-PY || fail=1
	import glob, sys
	sys.path.insert(0, sys.argv[1])
	import blame, verify
	def note(name):
	    made = verify.parse_note(open(name, 'rb').read())
	    return made, verify.parse_text(made.text)
	def all_stand(made, keys):
	    stand = verify.check_lines(made, keys)
	    if len(stand) != len(made.lines) or not stand:
	        sys.exit('not every line is by a key of the text')
	for name, kind in (('roster.note', 'roster'), ('curve-roster.note', 'roster'),
	        ('rehearsal-roster.note', 'rehearsal-roster')):
	    made, roster = note(name)
	    assert roster.kind == kind, name
	    all_stand(made, roster.one('key') + [k for _, k, _ in roster['party']])
	    rehearsed = roster
	made, text = note('rehearsed.note')
	all_stand(made, rehearsed.one('key'))
	assert text.one('roster') == [rehearsed.id]
	assert text.one('ceremony') == [note('rehearsal-draft.note')[1].id]
	made, text = note('curve-trust.note')
	all_stand(made, [k for _, k, _ in text['signer'] + text['root']])
	assert {k.type for _, k, _ in text['signer']} == {0xff, 1}
	assert {k.type for k in note('curve-roster.note')[1].one('key')} == {0xff}
	# a draft with its parties' cards, and the template, which has a hole
	group = note('group-trust.note')[1]['signer'][0][1].vkey.encode()
	for name in ('ceremony', 'rehearsal', 'curve'):
	    draft, *cards, hole = blame.items(open(name + '.bundle', 'rb').read())
	    made = verify.parse_note(draft)
	    draft = verify.parse_text(made.text)
	    assert verify.sha256(hole).hex() == draft.one('trust')[0], name
	    assert verify.parse_text(hole.replace(b' @ ', b' %s ' % group, 1)).kind == 'trust'
	    for card, row in zip(cards, draft['party'], strict=True):
	        made = verify.parse_note(card)
	        all_stand(made, [row[1]])
	        assert verify.parse_text(made.text).one('name') == [row[0]]
	# who is convicted, and by nothing less
	proof = open('blame.bundle', 'rb').read()
	assert blame.check(proof) == ('ann', 'share')
	pieces = blame.items(proof)
	others = [open('forged-blame.bundle', 'rb').read()]
	others += [proof.replace(b'code share', b'code ' + c) for c in (b'nonces', b'roster', b'none')]
	others += [b'\\n'.join(pieces[:i] + pieces[i + 1:]) for i in range(5)]
	for other in others:
	    try:
	        blame.check(other)
	    except verify.Refused:
	        continue
	    sys.exit('somebody is convicted of nothing')
	print('%d pieces of evidence refused' % len(others))
	PY
fi
echo "$lines verdicts"
exit $fail
