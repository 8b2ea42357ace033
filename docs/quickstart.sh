#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole story on one machine, with real processes: five parties in three
# jurisdictions make a key that none of them holds, release a real firmware
# image, and a device accepts it. Then eight things that are refused.
#
#   sh docs/quickstart.sh [--dir DIR] [--keep] [--flat] [--yes] [--no-install] [--bin DIR]
#
# --dir    where to play (made; refused if it holds anything)
# --keep   leave the servers running; `sh DIR/stop` stops them
# --flat   any 3 of the 5 parties, instead of two of three jurisdictions
# --bin    use programs built already instead of building
set -u
src=$(cd "$(dirname "$0")/.." && pwd) || exit 3
. "$src/docs/packages.sh"

dir= keep= flat= how=ask bin=
while [ $# -gt 0 ]; do
	case $1 in
	--dir) dir=${2:?} && shift ;;
	--bin) bin=$(cd "${2:?}" && pwd) && shift ;;
	--keep) keep=1 ;;
	--flat) flat=1 ;;
	--yes) how=yes ;;
	--no-install) how=no ;;
	*)
		sed -n '4,13s/^# \{0,1\}//p' "$0" >&2
		exit 2
		;;
	esac
	shift
done

began=$(date +%s)
say() { printf '\n== %s\n' "$*"; }
tell() { printf '   %s\n' "$*"; }
fail() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

# ---- packages and programs -------------------------------------------------

# shellcheck disable=SC2086 # lists of names
packages_install "$how" $packages_build $packages_play || exit 3
if [ -z "$bin" ]; then
	say "Building (the first time takes a minute)"
	(cd "$src" && cmake --preset release >/dev/null &&
		cmake --build --preset release -j "$(nproc)" >/dev/null) ||
		fail "the build failed: run 'cmake --preset release && cmake --build --preset release' to see why"
	bin=$src/build/release/bin
fi
PATH=$bin:$PATH
firmware=$(dpkg -L opensbi 2>/dev/null | grep 'generic/fw_dynamic.bin$' | head -n 1)
[ -n "$firmware" ] && [ -s "$firmware" ] ||
	fail "no firmware image found: install the package opensbi"

played=$(date +%s)
[ -n "$dir" ] || dir=$(mktemp -d "${TMPDIR:-/tmp}/quorate-quickstart.XXXXXX")
mkdir -p "$dir" && dir=$(cd "$dir" && pwd) || exit 3
[ -z "$(ls -A "$dir")" ] || fail "'$dir' is not empty: choose another --dir"
cd "$dir" || exit 3
mkdir keys forged log-state run
umask 077
echo 'quickstart only: this passphrase protects nothing' >run/passphrase
export QUORATE_PASSPHRASE_FILE=$dir/run/passphrase

# ---- servers: started here, stopped here -----------------------------------

pids=
stop_all() {
	[ -n "$pids" ] || return 0
	# shellcheck disable=SC2086
	kill $pids 2>/dev/null
	for pid in $pids; do
		wait "$pid" 2>/dev/null
	done
	pids=
}
trap 'stop_all' EXIT
trap 'exit 130' INT TERM

# start NAME PROGRAM ARGS...: waits until it says that it is ready; where it
# listens is then in run/NAME.address, its process in run/NAME.pid, its words
# in run/NAME.log.
start() {
	name=$1
	shift
	"$@" >"run/$name.log" 2>&1 &
	pid=$!
	pids="$pids $pid"
	echo "$pid" >"run/$name.pid"
	n=0
	while ! sed -n 's/.*ready: \(listening on \)*//p' "run/$name.log" |
		grep . >"run/$name.address"; do
		kill -0 "$pid" 2>/dev/null || {
			cat "run/$name.log" >&2
			fail "$name did not start"
		}
		n=$((n + 1))
		[ $n -lt 200 ] || fail "$name does not answer: see run/$name.log"
		sleep 0.05
	done
}
stop() {
	pid=$(cat "run/$1.pid")
	kill "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	left=
	for p in $pids; do
		[ "$p" = "$pid" ] || left="$left $p"
	done
	pids=$left
}

# address NAME: host:port of a server that `start` started.
address() { cat "run/$1.address"; }

# expect STATUS WORD COMMAND...: the command must end with that exit code and
# say that word; what it said is shown.
expect() {
	want=$1 word=$2
	shift 2
	said=$("$@" 2>&1)
	got=$?
	printf '%s\n' "$said" | sed 's/^/   | /'
	[ "$got" = "$want" ] || fail "'$*' ended with $got, not $want"
	printf '%s' "$said" | grep -q -- "$word" || fail "'$*' did not say '$word'"
}

tell "Playing in $dir"

# ---- 1. every key ----------------------------------------------------------

say "1. Keys: a log, two witnesses, a mirror, three roots, five parties, a proposer"
A=quickstart.example/test # authorities whose name ends in /test are for play
key() { # FILE NAME TYPE
	quorate key new --fast --name "$2" --type "$3" -o "keys/$1.key" >/dev/null || exit 3
}
key log log.quickstart.example log
key w1 witness1.example witness
key w2 witness2.example witness
key m1 mirror.example mirror
key root-a anna.example/root root
key root-b bert.example/root root
key root-c cleo.example/root root
key proposer build.example/ci proposer
for party in alice bob carol dana emil; do
	mkdir -p "$party"
	quorate key new --fast --name "$party.example" --type party -o "$party/$party.key" >/dev/null || exit 3
done
label() {
	case $1 in
	alice | bob) echo CH ;;
	carol) echo IS ;;
	dana | emil) echo BR ;;
	esac
}
for party in alice bob carol dana emil; do
	quorate party new --name "$party" --key "$party/$party.key" --label "$(label $party)" \
		--contact "$party@$party.example" -o "$party/$party.party" >/dev/null || exit 3
done
tell "Each key is a file of its own, sealed with a passphrase; each party keeps its own directory."

# ---- 2. witnesses, mirror ----------------------------------------------------

say "2. Two witnesses and a mirror start; they know nothing but the log's public key"
for w in w1 w2 m1; do
	mkdir "run/$w"
	cat >"run/$w.ini" <<-INI
		[witness]
		listen = 127.0.0.1:0
		state = $w
		key = ../keys/$w.key
		passphrase-file = passphrase
		[log log.quickstart.example]
		vkey = $(cat keys/log.pub)
	INI
	start $w quorate-witnessd --config "run/$w.ini"
	tell "$w listens on $(address $w)"
done

# ---- 3. the ceremony ---------------------------------------------------------

say "3. A coordinator relays messages. It holds no key, and nobody trusts it"
mkdir run/coordinator
{
	cat <<-INI
		[coordinator]
		listen = 127.0.0.1:0
		state = coordinator
		[authority $A]
		[proposer ci]
		vkey = $(cat keys/proposer.pub)
		products = quickstart.example/*
	INI
	for party in alice bob carol dana emil; do
		printf '[party %s]\nvkey = %s\n' $party "$(cat $party/$party.pub)"
	done
} >run/coordinator.ini
start coordinator quorate-coordinatord --config run/coordinator.ini
coordinator=http://$(address coordinator)
tell "it listens on $(address coordinator)"

say "4. Five parties in three jurisdictions start their signers"
signer_config() { # PARTY
	cat <<-INI
		[signer]
		name = $1.example
		key = $1.key
		passphrase-file = ../run/passphrase
		state = state
		socket = socket
		coordinator = $coordinator
		approval = automatic
		seal = fast
		[authority $A]
		products = quickstart.example/*
		[proposer ci]
		vkey = $(cat keys/proposer.pub)
		products = quickstart.example/*
	INI
}
for party in alice bob carol dana emil; do
	mkdir -p "$party/state"
	signer_config $party >"$party/signerd.ini"
	start $party quorate-signerd --config "$party/signerd.ini"
done
tell "alice and bob (CH), carol (IS), dana and emil (BR): each its own process and directory"

say "5. The ceremony: five parties make one key that never exists whole"
cat >trust.draft <<-NOTE
	quorate/trust@v1
	name $A
	signer release @ -
	quorum release
	root anna @keys/root-a.pub CH
	root bert @keys/root-b.pub IS
	root cleo @keys/root-c.pub BR
	group board 2 anna bert cleo
	root-quorum board
	recover 3
	log @keys/log.pub CH
	witness w1 @keys/w1.pub CH
	witness w2 @keys/w2.pub BR
	mirror m1 @keys/m1.pub IS
	group seen 1 w1 w2
	group watch all seen m1
	witness-quorum watch
	about
	shared release
	text-max 1536
NOTE
quorate trust new --draft trust.draft -o run/trust.template 2>run/words || fail "$(cat run/words)"
sed -n '/: Trust of/,$s/^quorate: /   | /p' run/words
if [ -n "$flat" ]; then
	set -- --group 'three 3 alice bob carol dana emil' --quorum three
else
	set -- --group 'swiss any alice bob' --group 'brazil all dana emil' \
		--group 'regions 2 swiss carol brazil' --quorum regions
fi
quorate ceremony draft --authority $A --epoch 1 --signer release --key-name $A \
	--party alice/alice.party --party bob/bob.party --party carol/carol.party \
	--party dana/dana.party --party emil/emil.party "$@" \
	--trust-template run/trust.template --deadline 10m --key keys/proposer.key \
	-o run/ceremony 2>&1 | sed 's/^/   | /'
id=$(quorate ceremony propose run/ceremony --coordinator "$coordinator" 2>/dev/null) || exit 3
code=$(quorate ceremony code run/ceremony 2>/dev/null) || exit 3
tell "Everybody compares these eight words over the phone: $code"
for party in alice bob carol dana emil; do
	quorate ceremony accept "$id" --code "$code" --socket "$party/socket" >/dev/null || exit 3
done
quorate ceremony watch "$id" --coordinator "$coordinator" --key keys/proposer.key \
	--out run 2>&1 | sed 's/^/   | /'
[ -s run/roster.note ] && [ -s run/trust.note ] || fail "the ceremony was not completed"
cp run/roster.note roster.note
tell "The group key signed its roster and the trust text. Two of three roots sign the trust text too:"
for root in a b; do
	quorate sign run/trust.note --key keys/root-$root.key --yes -o run/trust.$root >/dev/null 2>&1 || exit 3
done
quorate merge run/trust.note run/trust.a run/trust.b -o trust.note 2>/dev/null || exit 3
quorate show trust.note 2>/dev/null | sed -n '/^line/,$p' | sed 's/^/   | /'

# ---- 6. the log --------------------------------------------------------------

say "6. The log starts. All it is told is the id of that first trust text"
first=$(quorate trust id trust.note) || exit 3
mkdir run/log-state
{
	cat <<-INI
		[log]
		origin = log.quickstart.example
		key = ../keys/log.key
		passphrase-file = passphrase
		listen = 127.0.0.1:0
		state = log-state
		[authority $A]
		first-trust = $first
	INI
	for w in w1 w2 m1; do
		printf '[witness %s]\nvkey = %s\nurl = http://%s\n' $w "$(cat keys/$w.pub)" "$(address $w)"
	done
} >run/log.ini
start log quorate-logd --config run/log.ini
log=http://$(address log)
ln -s run/log-state/tiles log
tell "it listens on $(address log)"
quorate append trust.note --log "$log" -o trust.note.file || exit 3
quorate append roster.note --log "$log" -o run/roster.note.file || exit 3
tell "The trust text is entry 0 of the log, the roster entry 1: now the key may sign releases."
for party in alice bob carol dana emil; do
	printf '[log log.quickstart.example]\nurl = %s\n' "$log" >>"$party/signerd.ini"
	stop $party
	start $party quorate-signerd --config "$party/signerd.ini"
done
tell "Each signer is told where the log is, starts again, and reads it before it says anything."
{
	sed -n "s/^log \([^ ]*\) .*/log \1/p" trust.note | sed "s|\$| $log|"
	for w in w1 w2 m1; do
		printf 'witness %s %s http://%s\n' $w "$(cat keys/$w.pub)" "$(address $w)"
	done
	echo 'group seen 1 w1 w2'
	echo 'group watch all seen m1'
	echo 'quorum watch'
} >policy

# ---- 7. a release --------------------------------------------------------------

P=quickstart.example/board
cp "$firmware" firmware.bin
cat >quorate.ini <<-INI
	[authority]
	name = $A
	epoch = 1
	trust = trust.note
	roster = roster.note
	[log home]
	url = $log
	[coordinator]
	url = $coordinator
	[proposer]
	key = keys/proposer.key
INI
say "7. A release: $(wc -c <firmware.bin) bytes of OpenSBI firmware, one command"
quorate release app=firmware.bin --product $P --version 1.0.0 --sequence next \
	-o firmware.bin.release 2>&1 | sed 's/^/   | /'
[ -s firmware.bin.release ] || fail "there is no release file"
sed 's/^/   > /' firmware.bin.release
tell "$(wc -c <firmware.bin.release) bytes of text: what was approved, who signed, and the proof that everyone can see it."
say "8. The device decides"
expect 0 verified quorate verify firmware.bin --trust trust.note

# ---- 9. refusals ----------------------------------------------------------------

say "9. What is refused, and why"
trust="--trust trust.note"

say "9a. One flipped bit in the payload"
cp firmware.bin forged/flipped.bin
byte=$(od -An -tu1 -j1000 -N1 forged/flipped.bin | tr -d ' ')
# shellcheck disable=SC2059 # the format is the byte
printf "\\$(printf %03o $((byte ^ 1)))" |
	dd of=forged/flipped.bin bs=1 seek=1000 conv=notrunc 2>/dev/null
expect 1 RC_PAYLOAD_DIGEST quorate verify forged/flipped.bin --release firmware.bin.release $trust

say "9b. A release that the quorum signed but the log never saw"
tell "The next version is signed by the quorum but kept back, with the proof of the first one pasted on:"
printf 'kept back' >forged/unlogged.bin
quorate release app=forged/unlogged.bin --product $P --version 1.1.0 --sequence 2 \
	--signed-only -o run/unlogged.note 2>/dev/null || fail "the quorum did not sign"
{
	cat run/unlogged.note
	echo
	sed -n '/^c2sp.org/,$p' firmware.bin.release
} >forged/unlogged.bin.release
expect 1 RC_INCLUSION quorate verify forged/unlogged.bin $trust

say "9c. Parties of one jurisdiction only"
if [ -z "$flat" ]; then
	for party in carol dana emil; do stop $party; done
	tell "Only alice and bob are up, both of CH: the release stays pending."
	printf 'two of one country' >run/pending.bin
	expect 4 'not signed yet' quorate release app=run/pending.bin --product quickstart.example/other \
		--version 1 --sequence 1 --wait 3s -o run/pending.release
	for party in carol dana emil; do
		start $party quorate-signerd --config "$party/signerd.ini"
	done
	tell "Carol is back, and the same command ends:"
	expect 0 "" quorate release app=run/pending.bin --product quickstart.example/other \
		--version 1 --sequence 1 --wait 30s -o run/pending.release
fi

say "9d. An older sequence than the installed one"
expect 1 RC_SEQUENCE_LOW quorate verify firmware.bin $trust --installed 5

say "9e. A proof without enough witnesses: the mirror's cosignature is taken out"
grep -v '^— mirror.example ' firmware.bin.release >forged/no-mirror.release
expect 1 RC_WITNESS_QUORUM quorate verify firmware.bin --release forged/no-mirror.release $trust

say "9f. A second text for a sequence already signed"
printf 'something else' >forged/second.bin
expect 5 'will not be signed' quorate release app=forged/second.bin --product $P --version 1.0.0 \
	--sequence 1 -o forged/second.bin.release

say "9g. A trust text with a new log, which the old log never saw"
tell "Two roots were bribed: they sign a successor that trusts a log of their own."
key evil log.evil.example log
sed 's/^log .*/log @keys\/evil.pub BR/' trust.draft |
	sed "s|^signer release @|signer release $(sed -n 's/^signer release \([^ ]*\) .*/\1/p' trust.note)|" >evil.draft
quorate trust new --draft evil.draft --after trust.note -o run/evil 2>/dev/null || exit 3
for root in a b; do
	quorate sign run/evil --key keys/root-$root.key --yes -o run/evil.$root >/dev/null 2>&1 || exit 3
done
quorate merge run/evil.a run/evil.b --previous trust.note -o forged/trust.note 2>/dev/null || exit 3
expect 1 RC_PERSON quorate verify firmware.bin $trust --hop forged/trust.note
{
	cat forged/trust.note
	echo
	sed -n '/^c2sp.org/,$p' trust.note.file
} >forged/trust.note.file
expect 1 RC_INCLUSION quorate verify firmware.bin $trust --hop forged/trust.note.file

# ---- the end ---------------------------------------------------------------------

say "All of it held, $(($(date +%s) - played)) s after the build. In $dir:"
tell "firmware.bin, firmware.bin.release   the image and its release file"
tell "trust.note, trust.note.file          what a device believes; the same with its proof"
tell "roster.note                          who holds the shares"
tell "log/                                 the log as any web server could serve it"
tell "policy                               for other people's C2SP tools"
tell "forged/                              what was refused"
say "Three commands to try next"
quoted() { # as a shell takes it again
	case $1 in
	*[!A-Za-z0-9_./-]*) printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")" ;;
	*) printf %s "$1" ;;
	esac
}
tell "cd $(quoted "$dir")"
tell "$(quoted "$bin")/quorate show firmware.bin.release"
tell "$(quoted "$bin")/quorate verify firmware.bin --trust trust.note --json"
tell "python3 $(quoted "$src")/tests/foreign/verify.py firmware.bin --trust trust.note"
if [ -n "$keep" ]; then
	cat >stop <<-STOP
	#!/bin/sh
	# a process that has ended may have given its id to a stranger
	for pid in$pids; do
		case \$(cat "/proc/\$pid/comm" 2>/dev/null) in
		quorate-*) kill "\$pid" ;;
		esac
	done
	STOP
	pids=
	say "The servers are still running: sh $(quoted "$dir/stop")"
fi
