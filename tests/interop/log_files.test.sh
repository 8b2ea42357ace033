# SPDX-License-Identifier: Apache-2.0
# Other people's readers over our log's files: golang.org/x/mod/sumdb (note
# and tlog; every entry's proof, many sizes' consistency) and Tessera's fsck,
# which in v1.0.4 exits 0 on a damaged log: its words are judged. Both must
# accept what we wrote, and refuse what was damaged.
. "$SRC/tests/flow/log_help.sh"
command -v go >/dev/null || {
	echo "SKIPPED: there is no Go here"
	exit 0
}
export GOFLAGS=-mod=readonly
(cd "$SRC/tests/interop/golog" && go build -o "$dir/golog" .) 2>go.err || {
	grep -Eqi 'dial|proxy|lookup|timeout|unrecognized import|no required' go.err || fail "$(cat go.err)"
	echo "SKIPPED: golang.org/x/mod cannot be had here"
	exit 0
}
(cd "$SRC/tests/interop/fsck" && go build -o "$dir/fsck" github.com/transparency-dev/tessera/cmd/fsck) 2>fsck.err || {
	echo "SKIPPED: Tessera's fsck cannot be built here: $(tail -n 1 fsck.err)"
	rm -f fsck
}
witnesses_start
trust_text 1 - >trust.text
"$nm" sign trust.text alice-root bob-root alice bob carol >trust.note
log_ini "$("$nm" id trust.note)"
start quorate-logd log || fail "start"
post_ok trust.note trust.file
"$BIN/log-load" --url "http://127.0.0.1:$port_log" --count 600 --size 600 \
	--keys alice.example,bob.example --connections 8 >load.out || fail load
fsck() { # FOLDER: 0 well, 1 it found something
	timeout 60 ./fsck --storage_url="file://$1/" --public_key=log.pub --ui=false \
		-v=1 --logtostderr >fsck.out 2>&1 || return 1
	grep -q 'Successfully fsck' fsck.out && ! grep -q 'failed' fsck.out
}
both() { # FOLDER
	./golog "$1" "$(pub log)" >golog.out 2>&1 || fail "golog: $(cat golog.out)"
	[ ! -x fsck ] || fsck "$1" || fail "fsck: $(tail -n 3 fsck.out)"
}
tiles=$dir/log.state/tiles
both "$tiles"
./golog "http://127.0.0.1:$port_log" "$(pub log)" >golog.out 2>&1 ||
	fail "golog over HTTP: $(cat golog.out)"
grep -q '601 entries, all proved' golog.out || fail "$(cat golog.out)"
release 1 r1 && post_ok r1 r1.file
both "$tiles"
n=0
for f in tile/0/000 tile/0/001 tile/entries/000 tile/entries/002.p/90 \
	tile/0/002.p/90 tile/1/000.p/2; do
	rm -rf bad && cp -r "$tiles" bad && [ -f "bad/$f" ] || fail "no $f"
	python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(40); b = f.read(1)[0]; f.seek(40); f.write(bytes([b ^ 1]))' "bad/$f"
	./golog "$dir/bad" "$(pub log)" >golog.out 2>&1 && fail "golog takes a damaged $f"
	[ ! -x fsck ] || ! fsck "$dir/bad" || fail "fsck takes a damaged $f"
	n=$((n + 1))
done
stop log || fail "stop"
echo "log_files: golog and $([ -x fsck ] && echo fsck || echo 'no fsck') take" \
	"602 entries and refuse $n damaged files"
