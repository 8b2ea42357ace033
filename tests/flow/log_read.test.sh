# SPDX-License-Identifier: Apache-2.0
# A log's read side: what the daemon serves, nginx serves from the plain files
# with the same bytes and headers (docs/nginx-log.conf); bundles compressed;
# the landing page; over TLS; refresh; and verify-store, which finds every
# damage done to a state.
. "$SRC/tests/flow/log_help.sh"
umask 022 # as the unit has it
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
start quorate-logd log || fail "start"
post_ok trust.note trust.file
release 1 r1 && post_ok r1 r1.file
"$BIN/log-load" --url "http://127.0.0.1:$port_log" --count 320 --size 600 \
	--keys alice.example,bob.example --connections 8 >load.out || fail load
audit
[ "$size" = 322 ] || fail "size $size"
daemon=http://127.0.0.1:$port_log
edge=$((size - 256))

# ---- headers and compression ----------------------------------------------
fetch() { # URL PATH OUT [curl option...]
	_u=$1$2 _o=$3
	shift 3
	curl -s -m 20 -D "$_o.h" -o "$_o" "$@" "$_u" || fail "GET $_u"
	tr -d '\r' <"$_o.h" >"$_o.head"
}
header() { sed -n "s/^$2: //Ip" "$1.head"; }
fetch "$daemon" /tile/entries/000 plain
fetch "$daemon" /tile/entries/000 packed -H 'Accept-Encoding: br, gzip'
[ "$(header packed content-encoding)" = gzip ] || fail "no gzip"
case $(header packed vary) in *Accept-Encoding*) ;; *) fail "no Vary" ;; esac
gzip -dc <packed | cmp - plain || fail "gzip of a bundle"
[ "$(wc -c <packed)" -lt $(($(wc -c <plain) / 2)) ] || fail "not smaller"
[ -f log.state/tiles/tile/entries/000.gz ] || fail "it is not kept"
for a in 'identity' 'gzip;q=0' 'xgzip'; do
	fetch "$daemon" /tile/entries/000 other -H "Accept-Encoding: $a"
	[ -z "$(header other content-encoding)" ] && cmp -s other plain ||
		fail "Accept-Encoding: $a"
done
fetch "$daemon" "/tile/entries/001.p/$edge" part
fetch "$daemon" "/tile/entries/001.p/$edge" part.gz -H 'Accept-Encoding: gzip'
gzip -dc <part.gz | cmp - part || fail "gzip of a partial bundle"

# a partial tile of an earlier size is gone, and served all the same; one that
# was never published is not
mv "log.state/tiles/tile/0/001.p" away
fetch "$daemon" /tile/0/001.p/3 three
[ "$(wc -c <three)" = 96 ] || fail "from the database"
head -c 96 "away/$edge" | cmp - three || fail "other bytes"
mv away log.state/tiles/tile/0/001.p
# what is not there yet may be tomorrow: no cache keeps it
nothing() { # BASE-URL
	for _p in "/tile/0/001.p/$((edge + 1))" /tile/0/002.p/1 /tile/entries/001 \
		/tile/7/000 /tile/0/1 /tile/0 \
		"/lookup/$(printf none | sha256sum | cut -c 1-64)" /lookup/product/acme.example/none; do
		fetch "$1" "$_p" l -H 'Accept-Encoding: gzip'
		grep -q '^HTTP/1.1 404 ' l.head && [ "$(header l cache-control)" = no-cache ] ||
			fail "$1$_p: $(cat l.head)"
	done
}
nothing "$daemon"

# ---- the landing page ------------------------------------------------------
fetch "$daemon" / page
[ "$(header page content-type)" = "text/html; charset=utf-8" ] || fail page
grep -q "322 entries" page && grep -qF "$(pub log)" page || fail "$(cat page)"

# a name may be anything but a space or a plus sign, and is no markup
key odd "log.test/<b>&amp;'\"" 01
cat >odd.ini <<X
[log]
origin = log.test/<b>&amp;'"
key = odd.key
passphrase-file = pass
listen = 127.0.0.1:0
state = odd.state
X
start quorate-logd odd || fail "a log of an odd name: $(cat odd.log)"
fetch "http://127.0.0.1:$port_odd" / page
grep -qF "<h1>log.test/&lt;b&gt;&amp;amp;'\"</h1>" page && ! grep -q '<b>' page || fail "$(cat page)"
stop odd || fail stop

# ---- who may read what is there: tiles everybody, the rest nobody else ------
[ "$(find log.state -maxdepth 1 -type f | wc -l)" -ge 3 ] && [ -z "$(find log.state -maxdepth 1 -type f -perm /077)" ] ||
	fail "for others to read: $(ls -l log.state)"
[ -z "$(find m1.state -maxdepth 1 -type f -perm /077)" ] || fail "for others to read: $(ls -l m1.state)"
[ -z "$(find log.state/tiles ! -perm -o+r)$(find log.state/tiles -type d ! -perm -o+x)" ] ||
	fail "not for a web server: $(ls -lR log.state/tiles)"
for d in logd witnessd; do
	grep -q '^UMask=0022$' "$SRC/docs/systemd/quorate-$d.service.in" || fail "the unit of $d makes what a web server cannot read"
done

# ---- nginx over the same files ---------------------------------------------
if command -v nginx >/dev/null; then
	mkdir -p nginx/tmp
	web=$(free_port)
	{
		[ "$(id -u)" = 0 ] && echo 'user root;'
		echo "pid $dir/nginx/pid; error_log $dir/nginx/error; events { }"
		echo "http { access_log off;"
		for t in client_body proxy fastcgi uwsgi scgi; do
			echo "${t}_temp_path $dir/nginx/tmp;"
		done
		sed "s|listen 80;|listen 127.0.0.1:$web;|
			s|/srv/quorate-logd;|$dir/log.state/tiles;|
			s|127.0.0.1:8420|127.0.0.1:$port_log|g" "$SRC/docs/nginx-log.conf"
		echo "}"
	} >nginx/conf
	nginx -e "$dir/nginx/error" -c "$dir/nginx/conf" -g 'daemon off; master_process off;' >nginx/out 2>nginx/err &
	pids="$pids $!"
	until_true 'curl -s -o l "http://127.0.0.1:$web/checkpoint"' ||
		fail "nginx: $(cat nginx/err nginx/error)"
	n=0
	for p in /checkpoint /tile/0/000 "/tile/0/001.p/$edge" /tile/1/000.p/1 \
		/tile/entries/000 "/tile/entries/001.p/$edge" \
		/tile/0/001.p/3 /tile/entries/001.p/3 /tile/1/000.p/1; do
		for h in identity gzip; do
			fetch "$daemon" "$p" ours -H "Accept-Encoding: $h"
			fetch "http://127.0.0.1:$web" "$p" theirs -H "Accept-Encoding: $h"
			[ "$(header theirs content-encoding)" = gzip ] &&
				gzip -dc <theirs >t && mv t theirs
			[ "$(header ours content-encoding)" = gzip ] &&
				gzip -dc <ours >t && mv t ours
			cmp ours theirs || fail "$p ($h): other bytes"
			for k in content-type cache-control; do
				[ "$(header ours $k)" = "$(header theirs $k)" ] ||
					fail "$p: $k: $(header ours $k), $(header theirs $k)"
			done
			n=$((n + 1))
		done
	done
	nothing "http://127.0.0.1:$web"
	fetch "http://127.0.0.1:$web" /tile/entries/000 theirs -H 'Accept-Encoding: gzip'
	[ "$(header theirs content-encoding)" = gzip ] || fail "nginx: no gzip"
	release 2 r2
	curl -s -m 20 --data-binary @r2 -o r2.file "http://127.0.0.1:$web/add"
	"$nm" proof r2.file trust.note >/dev/null || fail "POST through nginx"
	"$nm" audit "http://127.0.0.1:$web" >/dev/null || fail "audit through nginx"
	echo "nginx: $n answers with the same bytes and headers"
else
	release 2 r2 && post_ok r2 r2.file
	echo "SKIPPED: nginx, it is not installed"
fi

# ---- refresh ---------------------------------------------------------------
cp r1.file r1.old
"$BIN/quorate" refresh r1.file --log "$daemon" --trust trust.note 2>refresh.err ||
	fail "refresh: $(cat refresh.err)"
grep -q "^r1.file: entry 1 of 323, cosigned at\|entry 1 of 323" refresh.err ||
	fail "$(cat refresh.err)"
cmp -s r1.file r1.old && fail "the same proof"
"$nm" proof r1.file trust.note >/dev/null || fail "a refreshed file"
sed '/^c2sp.org/,$d' r1.file >a && sed '/^c2sp.org/,$d' r1.old >b
cmp a b || fail "another note"
release 77 r77
"$BIN/quorate" refresh r77 --log "$daemon" --trust trust.note -o x 2>err
[ $? = 1 ] && grep -q 'not logged' err && [ ! -e x ] || fail "unknown: $(cat err)"
"$BIN/quorate" refresh trust.file --log "$daemon" --trust trust.note 2>err
[ $? = 2 ] && grep -q 'first proof' err || fail "a trust file: $(cat err)"
"$nm" sign r1.text bob carol >r1.other
"$BIN/quorate" refresh r1.other --log "$daemon" --trust trust.note -o x 2>err
[ $? = 6 ] && grep -q 'other signature lines' err || fail "other lines: $(cat err)"

# ---- over TLS --------------------------------------------------------------
stop log || fail "stop"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 \
	-keyout tls.key -out tls.pem -subj /CN=localhost \
	-addext subjectAltName=IP:127.0.0.1 2>openssl.err || fail openssl
sed -i "s|^state = .*|&\ntls-certificate = tls.pem\ntls-key = tls.key|" log.ini
start quorate-logd log || fail "with TLS"
tls="--cacert tls.pem https://127.0.0.1:$port_log"
release 3 r3
# shellcheck disable=SC2086
until_true '[ "$(curl -s -m 20 --data-binary @r3 -o r3.file -w "%{http_code}" $tls/add)" = 200 ]' ||
	fail "POST over TLS: $(cat r3.file)"
"$nm" proof r3.file trust.note >/dev/null || fail "a file over TLS"
curl -s -m 5 -o l "http://127.0.0.1:$port_log/checkpoint" && fail "plain HTTP too"
stop log || fail "stop"
sed -i '/^tls/d' log.ini

# ---- verify-store ----------------------------------------------------------
vs() { "$BIN/quorate" log verify-store "$1" >vs.out 2>vs.err; }
vs log.state || fail "verify-store: $(cat vs.err)"
grep -q '^size 324$' vs.out && grep -q '^published 324$' vs.out &&
	grep -q '^bundles 1$' vs.out || fail "$(cat vs.out)"
"$BIN/quorate" log verify-store --json log.state | python3 -c 'import json, sys
assert json.load(sys.stdin)["size"] == 324' || fail "--json"
cases=0
damaged() { # what it is, a command that does it to ./bad
	rm -rf bad && cp -r log.state bad
	eval "$2" || fail "$1"
	vs bad
	[ $? = 6 ] || fail "$1 is not found: $(cat vs.out vs.err)"
	cases=$((cases + 1))
}
sql() { python3 -c 'import sqlite3, sys
d = sqlite3.connect("bad/log.db"); d.execute(sys.argv[1]); d.commit()' "$1"; }
damaged "a tile file" 'flip bad/tiles/tile/0/000 77'
damaged "a bundle file" 'flip bad/tiles/tile/entries/000 1000'
damaged "a partial tile" 'flip bad/tiles/tile/0/001.p/68 5'
damaged "a missing tile" 'rm bad/tiles/tile/0/000'
damaged "a tile cut short" 'truncate -s 8000 bad/tiles/tile/0/000'
damaged "the checkpoint" 'flip bad/tiles/checkpoint 15'
damaged "another log's checkpoint" 'sed -i 2s/324/323/ bad/tiles/checkpoint'
damaged "an entry" 'sql "UPDATE item SET bytes = CAST(replace(CAST(bytes AS TEXT), \"sequence 1\", \"sequence 9\") AS BLOB) WHERE idx = 7"'
damaged "two entries swapped" 'sql "UPDATE item SET idx = CASE idx WHEN 5 THEN 1005 ELSE 5 END WHERE idx IN (5, 6)" && sql "UPDATE item SET idx = 6 WHERE idx = 1005"'
damaged "an entry that is gone" 'sql "DELETE FROM item WHERE idx = 9"'
damaged "a stored tile" 'sql "UPDATE tile SET root = zeroblob(32)"'
damaged "a head that is not signed" 'sql "UPDATE log SET root = zeroblob(32)"'
damaged "an older head" 'sql "UPDATE log SET size = 323"'
rm -rf bad && cp -r log.state bad && rm bad/index.db* && vs bad ||
	fail "an index is made again: $(cat vs.err)"
rm -rf bad/tiles/tile/0/001.p && vs bad && grep -q '^absent 1$' vs.out ||
	fail "a partial one is made again: $(cat vs.err vs.out)"
vs nowhere
[ $? = 3 ] || fail "no state"
start quorate-logd log || fail "again"
vs log.state
[ $? = 3 ] && grep -q 'in use' vs.err || fail "a state in use: $(cat vs.err)"
stop log || fail "stop"
echo "log_read: all of it holds; verify-store finds $cases kinds of damage"
