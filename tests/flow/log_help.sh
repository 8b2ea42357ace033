# SPDX-License-Identifier: Apache-2.0
# What tests of the log's programs share; sourced with BIN set. A log, three
# witnesses (w1, w2 plain, m1 a mirror), an authority acme.example/test of
# three plain party keys, two of three, in a directory of its own.
set -u
. "$SRC/tests/children.sh"
dir=$(mktemp -d) || exit 3
cd "$dir" || exit 3
pids=""
fail() {
	echo "FAILED: $*" >&2
	tail -n 5 ./*.log >&2 2>/dev/null
	exit 1
}
finish() {
	for p in $(own $pids); do
		kill -9 "$p" && wait "$p"
	done 2>/dev/null
	cd / && rm -rf "$dir"
}
trap finish EXIT
trap 'exit 1' INT TERM
nm=$BIN/note-maker
printf test >pass
chmod 600 pass # or the daemons warn
key() { "$nm" key "$1" "$2" "$3" || exit 3; }
pub() { cat "$1.pub"; }
key log log.test/one 01
for w in w1 w2 m1; do key $w $w.test/w 04; done
for p in alice bob carol; do
	key $p $p.example 01
	key $p-root $p.example/root 01
done

# until 'command' : at most a minute, which only what is broken takes
until_true() {
	for _ in $(seq 600); do
		eval "$1" && return 0
		sleep 0.1
	done
	return 1
}
# A daemon says where it listens; the port stays for restarts.
start() { # program name -> sets pid_NAME port_NAME
	_l=$2.log
	: >>"$_l"
	_from=$(wc -l <"$_l")
	# shellcheck disable=SC2086
	env ${FAULT:-} "$BIN/$1" --config "$2.ini" ${MIRROR:-} 2>>"$_l" &
	_pid=$!
	pids="$pids $_pid"
	eval "pid_$2=$_pid"
	until_true "tail -n +$((_from + 1)) $_l | grep -q 'ready:' ||
		! kill -0 $_pid 2>/dev/null"
	kill -0 $_pid 2>/dev/null || return 1
	_port=$(sed -n 's/.*listening on .*:\([0-9]*\)$/\1/p' "$_l" | tail -n 1)
	eval "port_$2=$_port"
	sed -i "s/^listen = .*/listen = 127.0.0.1:$_port/" "$2.ini"
}
stop() { # name [signal]
	eval "_pid=\$pid_$1"
	kill "-${2:-TERM}" "$_pid" 2>/dev/null
	wait "$_pid" 2>/dev/null
	_rc=$?
	pids=$(echo " $pids " | sed "s/ $_pid / /")
	return $_rc
}
witness_ini() {
	cat >"$1.ini" <<-X
	[witness]
	key = $1.key
	passphrase-file = pass
	listen = 127.0.0.1:0
	state = $1.state
	[log log.test/one]
	vkey = $(pub log)
	${witness_more:-}
	X
}
witnesses_start() {
	for w in w1 w2 m1; do
		witness_ini $w
		start quorate-witnessd $w || fail "witness $w does not start"
	done
}
# Before w2 stands one that is what the file `mode` says; at first, well.
# port_w2 is its port from here on.
liar_start() {
	echo well >mode
	python3 "$SRC/tests/flow/witness_liar.py" "http://127.0.0.1:$port_w2" liar.port mode 2>liar.err &
	pids="$pids $!"
	until_true '[ -s liar.port ]' || fail "no liar: $(cat liar.err)"
	port_w2=$(cat liar.port)
}
now=$(date +%s)
trust_text() { # revision previous [epoch] -> stdout
	cat <<-X
	quorate/trust@v1
	name acme.example/test
	epoch ${3:-1}
	revision $1
	previous $2
	signer alice $(pub alice) CH
	signer bob $(pub bob) BR
	signer carol $(pub carol) IS
	group two 2 alice bob carol
	quorum two
	root alice $(pub alice-root) CH
	root bob $(pub bob-root) BR
	root carol $(pub carol-root) IS
	group roots 2 alice bob carol
	root-quorum roots
	log $(pub log) CH
	witness w1 $(pub w1) CH
	witness w2 $(pub w2) BR
	mirror m1 $(pub m1) IS
	group seen 1 w1 w2
	group watch all seen m1
	witness-quorum watch
	about
	proposed $now
	X
}
log_ini() {
	cat >log.ini <<-X
	[log]
	origin = log.test/one
	key = log.key
	passphrase-file = pass
	listen = 127.0.0.1:0
	state = log.state
	interval = ${interval:-5m}
	patience = ${patience:-5s}
	witness-timeout = ${witness_timeout:-1s}
	[authority acme.example/test]
	first-trust = $1
	X
	for w in w1 w2 m1; do
		eval "_p=\$port_$w"
		cat >>log.ini <<-X
		[witness $w]
		vkey = $(pub $w)
		url = http://127.0.0.1:$_p/
		X
	done
}
release_text() { # sequence [product] [digest]
	cat <<-X
	quorate/release@v1
	authority acme.example/test 1
	product ${2:-acme.example/camera}
	version 1.0.$1
	sequence $1
	payload app 1024 ${3:-$(printf %s "$1" | sha256sum | cut -d' ' -f1)}
	about
	proposed $now
	X
}
release() { # sequence file [product]
	release_text "$1" "${3:-acme.example/camera}" >"$2.text"
	"$nm" sign "$2.text" alice bob >"$2"
}
# POST a file: sets code, body in answer
post() {
	code=$(curl -s -m 20 -o "${2:-answer}" -w '%{http_code}' \
		-H 'Content-Type: text/plain' --data-binary "@$1" \
		"http://127.0.0.1:$port_log/add")
}
get() {
	code=$(curl -s -m 20 -o "${2:-answer}" -w '%{http_code}' \
		"http://127.0.0.1:$port_log$1")
}
post_ok() { # file answer
	post "$1" "$2"
	[ "$code" = 200 ] || fail "POST $1: $code $(cat "$2")"
	"$nm" proof "$2" trust.note >/dev/null || fail "the file of $1"
}
refused() { # file code name
	post "$1" refusal
	[ "$code" = "$2" ] || fail "$1: $code instead of $2: $(cat refusal)"
	grep -q "^$3: " refusal || fail "$1: $(cat refusal) instead of $3"
}
# one bit: a byte that is written over may have been that one, once in 256
flip() { # FILE OFFSET
	python3 -c 'import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(int(sys.argv[2])); b = f.read(1)[0]; f.seek(-1, 1); f.write(bytes([b ^ 1]))' "$1" "$2"
}
audit() { # [size root] -> sets size root entries different
	_all=$("$nm" audit "http://127.0.0.1:$port_log" "$@") || fail "audit"
	read -r size root entries different <<-X
	$_all
	X
	[ "$size" = "$entries" ] && [ "$size" = "$different" ] ||
		fail "audit: $_all"
}
