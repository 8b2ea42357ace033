#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The record of a party that released, refused, asked a person, was frozen and
# killed: its exports are good for two readers that share no code; each way to
# take something out of one is refused by both, by the same rule.
set -eu
flow=record
. "$SRC/tests/flow/party_help.sh"
plain_start
for p in alice bob; do signer_config $p $p.example automatic trust.note; done
signer_config carol carol.example person trust.note
for p in alice bob carol; do signer_start $p; done
head -c 1000 /dev/urandom >app.bin
draft() { # SEQUENCE OUT
	quorate release app=app.bin --product example/board --version "1.0-$2" --sequence "$1" \
		--trust trust.note --draft-only -o "$2.txt" 2>/dev/null
	quorate sign "$2.txt" --key ci.key --yes -o "$2" >/dev/null 2>&1
}
finish() { quorate append "$1" --log "$log" -o "$1.release" >/dev/null 2>&1; }
both() { # RULE FILE [OPTION...]: both readers refuse it by that rule
	rule=$1
	shift
	if quorate signer record verify "$@" >said 2>&1; then fail "accepted: $*"; fi
	grep -q "$rule" said || fail "not by $rule: $(cat said)"
	row=$(sed -n 's/.*(\(row [0-9]*\)).*/\1/p' said)
	case $rule in # the name that the second reader has for it
	RC_RECORD_*) rule=$(echo "${rule#RC_RECORD_}" | tr A-Z a-z) ;;
	*) rule=format ;;
	esac
	if python3 "$SRC/tests/foreign/record.py" "$@" >said 2>&1; then fail "the second reader accepts: $*"; fi
	grep -Eq ": $rule(:.*)?( \($row\))?$" said || fail "not by $rule $row: $(cat said)"
}
holds() { # FILE [OPTION...]: both say the same
	quorate signer record verify "$@" >said || fail "refused: $*"
	python3 "$SRC/tests/foreign/record.py" "$@" | cmp - said || fail "the readers differ: $*"
}
export_of() { quorate signer record export --socket "$1.sock" -o "$2"; }

draft 1 r1
propose r1
signed r1.note
finish r1.note
export_of alice old
holds old --key "$(cat alice.pub)"
grep -q '^bound 1$' said || fail 'the sequence is not in the record'
stop bob # who is not needed any more: it takes alice and carol now
draft 1 r2
propose r2
until_true state_is refused
draft 2 r3
propose r3
quorate approve "$id" --socket carol.sock --yes >/dev/null
signed r3.note
finish r3.note
# carol thinks better of it, in public: the log takes it, a monitor tells of it
monitor() {
	quorate monitor "$log" --trust trust.note --state audited --hook "cat >>$dir/told" --once >/dev/null
}
monitor # what was there is no news
quorate object "$id" --socket carol.sock --reason 'it was built elsewhere' --log "$log" -o objection.file
grep -q '^— carol.example ' objection.file || fail 'not signed by carol'
if quorate object nothing --socket carol.sock --reason x >/dev/null 2>&1; then fail 'objects to nothing'; fi
monitor
grep -q '^reason it was built elsewhere$' told || fail 'no monitor tells of the objection'
quorate freeze --socket carol.sock
quorate unlock --socket carol.sock
kill -9 "$(cat alice.pid)"
signer_start alice
for p in alice carol; do
	export_of $p $p.record
	holds $p.record
done
grep -q '^refused 1$' said || fail 'the refusal is not in the record'
for what in 'what asked' 'what decision' 'what assent' 'which on' 'which off' 'what bound' 'which line' \
	'which approve' 'which refuse' 'which objection' 'what log' 'by uid [0-9]*' 'code bound'; do
	cat alice.record carol.record | grep -q "^$what$" || fail "not in the record: $what"
done
grep -q '^evidence proposer 0 trust ' carol.record || fail 'no evidence in the record'
holds alice.record --since old
grep -q '^since ' said || fail 'not said to continue'
# somebody else's; one that went back; one that went another way
both RC_RECORD_SINCE carol.record --since old
both RC_RECORD_SINCE old --since alice.record
both RC_RECORD_PARTY alice.record --key "$(cat bob.pub)"

# edits, one after another
cat >edit.py <<'PY'
import re, sys
how, source, out = sys.argv[1:]
raw = open(source, 'rb').read()
head, rest = raw.split(b'\n\nquorate/row@v1\n', 1)
rows = [b'quorate/row@v1\n' + row for row in rest.split(b'\n\nquorate/row@v1\n')]
if how == 'truncated':
    rows.pop()
elif how == 'middle':
    del rows[len(rows) // 2]
elif how == 'order':
    rows[3], rows[4] = rows[4], rows[3]
elif how == 'edited':
    rows[4] = rows[4].replace(b'\nat 1', b'\nat 2')
elif how == 'text':
    rows = [row.replace(b'\nversion 1.0-r1', b'\nversion 1.0-rX') for row in rows]
elif how == 'renumbered': # as whoever has the database, but not the key
    del rows[len(rows) // 2]
    import hashlib
    last, made = b'-', []
    for i, row in enumerate(rows):
        text, empty, data = row.partition(b'\n\n')
        text = re.sub(rb'\nnumber \d+\nprevious \S+', b'\nnumber %d\nprevious %s' % (i + 1, last), text) + b'\n'
        last = hashlib.sha256(text).hexdigest().encode()
        made.append(text[:-1] + empty + data)
    rows = made
open(out, 'wb').write(b'\n\n'.join([head] + rows[:-1] + [rows[-1].rstrip(b'\n') + b'\n\n']))
PY
for case in truncated:RC_RECORD_HEAD middle:RC_RECORD_CHAIN order:RC_RECORD_CHAIN edited:RC_RECORD_CHAIN \
	text:RC_RECORD_BYTES; do
	python3 edit.py "${case%:*}" alice.record edited
	if cmp -s edited alice.record; then fail "${case%:*} changed nothing"; fi
	both "${case#*:}" edited
done
# a row with its bytes left out of a chain that was made anew: the head says so
python3 edit.py renumbered old edited
if quorate signer record verify edited 2>said; then fail 'a row is gone, and nobody sees it'; fi
if python3 "$SRC/tests/foreign/record.py" edited 2>/dev/null; then fail 'a row is gone, and the second reader does not see it'; fi
head -c 500 alice.record >edited
both RC_TRUNCATED edited
sed '2s/alice/carol/' alice.record >edited
both RC_KEY_ID edited

# the daemon does not start from a record that somebody edited
python3 - <<'PY'
import sqlite3
db = sqlite3.connect('bob.state/record.db')
db.execute('DROP TRIGGER row_stays')
db.execute('DELETE FROM row WHERE n = 2')
db.commit()
PY
if quorate-signerd --config bob.ini >bob.said 2>&1; then fail 'started from an edited record'; fi
grep -q 'damaged at row 2' bob.said || fail "not said why: $(cat bob.said)"
all_well
