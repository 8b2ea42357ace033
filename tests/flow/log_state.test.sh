# SPDX-License-Identifier: Apache-2.0
# Old states of a log. One that was restored from yesterday's backup signs
# nothing and says where the rest is: a mirror has it, over HTTP, a copy that
# was altered on the way is refused, and afterwards the log goes on as if
# nothing had been. And a database of the first layout becomes today's.
. "$SRC/tests/flow/log_help.sh"
. "$SRC/tests/flow/audit_help.sh"
for w in w1 w2; do witness_ini $w && start quorate-witnessd $w || fail $w; done
witness_ini m1
MIRROR=--mirror start quorate-witnessd m1 || fail m1
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
id=$("$nm" id trust.note)
log_ini "$id"
start quorate-logd log || fail log
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
auditors a 0 "http://127.0.0.1:$port_log"
stop log && cp -r log.state yesterday && start quorate-logd log || fail backup
# since then: more than a tile, and another trust text
"$BIN/log-load" --url "http://127.0.0.1:$port_log" --count 300 --size 600 \
	--keys alice.example,bob.example --connections 8 >load.out 2>&1 || fail "load: $(cat load.out)"
trust_text 2 "$id" | sed 's/^signer carol \(.*\) IS/signer carol \1 FR/' >t2.text
"$nm" sign t2.text alice-root carol-root >t2.note
post_ok t2.note t2.file
release 2 r2 && post_ok r2 r2.file
auditors a 0 "http://127.0.0.1:$port_log"
audit
all=$size all_root=$root
stop log && mv log.state lost && cp -r yesterday log.state

# it asks, hears, and refuses
start quorate-logd log && until_true '! kill -0 "$pid_log" 2>/dev/null'
wait "$pid_log"
rc=$?
[ $rc = 6 ] || fail "exit $rc instead of 6"
grep -q "has cosigned $all entries .* this state has 2: .*--catch-up" log.log ||
	fail "it does not say how to go on: $(tail -n 2 log.log)"
size_of() { "$BIN/quorate" log verify-store log.state | sed -n 's/^size //p'; }
[ "$(size_of)" = 2 ] || fail "something was signed"

hash=$(printf log.test/one | sha256sum | cut -c 1-64)
mirror=http://127.0.0.1:$port_m1/$hash
catch_up() { "$BIN/quorate-logd" --config log.ini --catch-up "$1" 2>catch.log; }
# copies on the way: altered, cut short, older; nothing of them is kept
altered() { # NAME what to do in the copy
	rm -rf web/$hash && mkdir -p web && cp -r "m1.state/mirror/$hash" web/ && chmod -R u+w web
	(cd web/$hash && eval "$2")
	catch_up "http://127.0.0.1:$web_port/$hash" && fail "$1: taken"
	[ "$(size_of)" = 2 ] || fail "$1: something was kept: $(size_of)"
}
python3 -u - web.port >/dev/null 2>&1 <<'X' &
import functools, http.server, sys
h = functools.partial(http.server.SimpleHTTPRequestHandler, directory='web')
s = http.server.ThreadingHTTPServer(('127.0.0.1', 0), h)
open(sys.argv[1], 'w').write('%d\n' % s.server_address[1])
s.serve_forever()
X
pids="$pids $!"
until_true '[ -s web.port ]' || fail "no web server"
web_port=$(cat web.port)
altered 'an entry' 'sed -i "s/version 1/version 2/" tile/entries/000'
altered 'a hash' 'flip tile/0/000 40'
altered 'an absent bundle' 'rm tile/entries/000'
altered 'the head' 'sed -i "2s/.*/9/" checkpoint'
altered 'no signature of ours' 'sed -i "/^— log.test/d" checkpoint'
catch_up http://127.0.0.1:1/$hash && fail "nobody there"
[ "$(size_of)" = 2 ] || fail "$(size_of)"

catch_up "$mirror" || fail "from the mirror: $(cat catch.log)"
grep -q "had 2 entries and has $all" catch.log || fail "$(cat catch.log)"
catch_up "$mirror" || fail "again: $(cat catch.log)"
start quorate-logd log || fail "after catching up"
until_true 'get /checkpoint cp; [ "$(sed -n 2p cp)" = "$all" ]' || fail "the head is not published"
audit "$all" "$all_root"
[ "$root" = "$all_root" ] || fail "another tree"
post_ok r1 r1.again
post t2.note t2.again && [ "$code" = 200 ] || fail "t2: $code"
"$nm" proof t2.again trust.note >/dev/null || fail "its file is made anew"
release 3 r3 && post_ok r3 r3.file
auditors a 0 "http://127.0.0.1:$port_log"
[ -z "$(ls a.c/evidence 2>/dev/null)" ] || fail "evidence of what?"
stop log || fail stop

# ---- the first layout --------------------------------------------------------
cp -r log.state first && rm -f first/index.db* first/lock
python3 - first/log.db <<'X' || fail "the first layout"
import hashlib, re, sqlite3, sys
d = sqlite3.connect(sys.argv[1])
d.executescript('''PRAGMA journal_mode = DELETE;
CREATE TABLE entry(idx INTEGER PRIMARY KEY CHECK(idx >= 0),
 id BLOB NOT NULL UNIQUE CHECK(length(id) = 32),
 leaf BLOB NOT NULL CHECK(length(leaf) = 32),
 kind INTEGER NOT NULL, trust INTEGER NOT NULL) STRICT;
CREATE TABLE note(idx INTEGER PRIMARY KEY REFERENCES entry(idx), bytes BLOB NOT NULL) STRICT;
CREATE TABLE payload(sha256 BLOB NOT NULL, idx INTEGER NOT NULL,
 PRIMARY KEY(sha256, idx)) STRICT, WITHOUT ROWID;''')
for idx, kind, trust, b in d.execute('SELECT idx, kind, trust, bytes FROM item').fetchall():
	text = b[:b.index(b'\n\n') + 1]
	d.execute('INSERT INTO entry VALUES(?,?,?,?,?)', (idx, hashlib.sha256(text).digest(),
	    hashlib.sha256(b'\0' + b).digest(), kind, trust))
	d.execute('INSERT INTO note VALUES(?,?)', (idx, b))
	for h in re.findall(rb'^payload \S+ \d+ ([0-9a-f]{64})$', text, re.M):
		d.execute('INSERT INTO payload VALUES(?,?)', (bytes.fromhex(h.decode()), idx))
d.executescript('''DROP TABLE item;
CREATE TABLE trust1(authority TEXT NOT NULL, revision INTEGER NOT NULL,
 idx INTEGER NOT NULL UNIQUE REFERENCES entry(idx), file BLOB, PRIMARY KEY(authority, revision)) STRICT;
INSERT INTO trust1 SELECT * FROM trust; DROP TABLE trust; ALTER TABLE trust1 RENAME TO trust;
CREATE TABLE roster1(key BLOB NOT NULL, serial INTEGER NOT NULL,
 idx INTEGER NOT NULL UNIQUE REFERENCES entry(idx), PRIMARY KEY(key, serial)) STRICT, WITHOUT ROWID;
INSERT INTO roster1 SELECT * FROM roster; DROP TABLE roster; ALTER TABLE roster1 RENAME TO roster;
CREATE TABLE product1(product TEXT NOT NULL, authority TEXT NOT NULL,
 epoch INTEGER NOT NULL, sequence INTEGER NOT NULL, floor INTEGER,
 idx INTEGER NOT NULL REFERENCES entry(idx), PRIMARY KEY(product, authority, epoch)) STRICT, WITHOUT ROWID;
INSERT INTO product1 SELECT * FROM product; DROP TABLE product; ALTER TABLE product1 RENAME TO product;
PRAGMA user_version = 1;''')
d.commit()
X
rm -rf log.state && mv first log.state
"$BIN/quorate" log verify-store log.state >vs.out 2>&1 || fail "the first layout: $(cat vs.out)"
[ "$(python3 -c 'import sqlite3
d = sqlite3.connect("log.state/log.db")
print(d.execute("PRAGMA user_version").fetchone()[0], d.execute("SELECT count(*) FROM item").fetchone()[0],
    d.execute("SELECT count(*) FROM sqlite_master WHERE name IN (\"entry\", \"note\", \"payload\")").fetchone()[0])')" = "2 $((all + 1)) 0" ] ||
	fail "it was not brought up to date"
start quorate-logd log || fail "with the first layout"
post_ok r3 r3.again
get "/lookup/$(printf 2 | sha256sum | cut -d' ' -f1)" l && [ "$code" = 200 ] || fail "by payload: $code"
post t2.note t2.third && cmp t2.third t2.again || fail "a trust file was lost"
release 3 again && sed 's/1.0.3/1.0.4/' again.text >again3.text
"$nm" sign again3.text alice bob >again3
refused again3 409 RC_LOG_SEQUENCE
release 4 r4 && post_ok r4 r4.file
auditors a 0 "http://127.0.0.1:$port_log"
echo "log_state: $((all + 2)) entries, all of it holds"
