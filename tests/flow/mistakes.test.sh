#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What an operator gets wrong on the first day: names, keys and paths that do
# not belong together are said before anything is kept, and nothing is lost.
set -eu
flow=mistakes
. "$SRC/tests/flow/party_help.sh"
for p in alice bob; do key $p $p.example party; done
log_keys
key ci ci.example proposer
authority=example/release/test
coordinator=http://127.0.0.1:9
log=http://127.0.0.1:9
signer_config alice alice.example automatic
cp alice.ini kept.ini
refused() { # CODE PATTERN PROGRAM ARGUMENT...
	code=$1 pattern=$2 got=0
	shift 2
	"$@" >out 2>err </dev/null || got=$?
	[ $got = "$code" ] && grep -q -- "$pattern" err || fail "exit $got, not $code with '$pattern': $* $(cat err)"
}
change() { # LINE: that of alice's, as it is not to be
	sed "s|^${1%% *} = .*|$1|" kept.ini >alice.ini
}

# ---- a party that nobody knows: its record would say so for ever -----------
change 'name = bob.example'
refused 2 "name and key make 'bob.example+.*alice.pub' says 'alice.example+" quorate-signerd --config alice.ini
change 'key = log.key'
refused 2 "name and key make 'alice.example+.*log.pub' says 'log.example+" quorate-signerd --config alice.ini
change 'key = bob.key'
refused 2 "bob.pub' says 'bob.example+" quorate-signerd --config alice.ini
change 'key = alice.pub'
refused 1 "cannot open the key 'alice.pub'" quorate-signerd --config alice.ini
cp kept.ini alice.ini
signer_start alice
at alice signer record export -o alice.record
[ "$(grep -c '^what party$' alice.record)" = 1 ] || fail 'a mistake is in the record'

# ---- ids and codes: nothing is asked of the signer ---------------------------
for bad in '' abc ABCDEF0123 "$(printf '%065d' 1)" '123456 x' "$(printf '%063dg' 1)"; do
	for verb in approve pending refuse 'ceremony show' 'ceremony decline' 'ceremony accept --code x'; do
		# shellcheck disable=SC2086 # words
		refused 2 "is no id: 64 digits are wanted" quorate $verb "$bad" --socket nowhere
	done
done
refused 2 'is no id: 64 digits are wanted' quorate object 123456 --reason x --socket nowhere
refused 2 "'--code bogus' is none of: product .* restored" quorate refuse 123456 --code bogus --socket nowhere
refused 3 "cannot reach a signer at 'nowhere'" quorate refuse 123456 --code policy --socket nowhere
refused 5 "'quorate pending' lists what waits" at alice refuse 123456

# ---- told to end twice in a moment, as timeout(1) does ---------------------
kill -STOP "$(cat alice.pid)"
kill -TERM "$(cat alice.pid)"
kill -INT "$(cat alice.pid)"
kill -CONT "$(cat alice.pid)"
got=0
wait "$(cat alice.pid)" || got=$?
# (where nobody may be traced, a sanitizer that looks for leaks ends with 1)
[ $got = 0 ] || grep -q 'LeakSanitizer has encountered' alice.log || fail "an orderly stop ended with $got"
if grep -q 'seat process ended' alice.log; then fail 'a stop is told as an accident'; fi

# ---- a socket where a file is ----------------------------------------------
cp alice.key key.kept
change 'socket = alice.key'
refused 3 "socket 'alice.key': something else is there" quorate-signerd --config alice.ini
cmp -s alice.key key.kept || fail 'a key was removed for a socket'
change "socket = $(printf '%0120d' 0)"
refused 2 'is too long: 107 bytes at most' quorate-signerd --config alice.ini --check-config

# ---- windows: their edges, and how many ------------------------------------
windows() { # WINDOW...: alice's
	cp kept.ini alice.ini
	for window; do
		sed -i "s/^approval = .*/&\nwindow = $window/" alice.ini
	done
}
for window in 'mon-fri 08:00-18:00' 'sun 00:00-24:00' 'mon-sun 23:59-24:00' 'wed 00:00-00:01'; do
	windows "$window"
	quorate-signerd --config alice.ini --check-config >out 2>err || fail "$window: $(cat err)"
done
for window in 'mon 08:00-24:01' 'mon 00:00-25:00' 'mon 08:60-09:00' 'mon 09:00-09:00' 'mon 18:00-08:00' \
	'fri-mon 08:00-18:00' 'mon 8:00-18:00' 'mon 08:00-18:00x' 'Mon 08:00-18:00' 'mon 08:00' 'day 08:00-18:00'; do
	windows "$window"
	refused 2 "is not as 'mon-fri 08:00-18:00'" quorate-signerd --config alice.ini --check-config
done
set -- a b c d e f g h
windows "$@" && sed -i 's/^window = .*/window = mon 08:00-09:00/' alice.ini
quorate-signerd --config alice.ini --check-config >out 2>err || fail "eight windows: $(cat err)"
windows "$@" i && sed -i 's/^window = .*/window = mon 08:00-09:00/' alice.ini
refused 2 'or there are more than 8' quorate-signerd --config alice.ini --check-config

# ---- who else may read the passphrase --------------------------------------
cp kept.ini alice.ini
chmod 600 passphrase
: >alice.log
signer_start alice
stop alice
if grep -q 'can read the passphrase' alice.log; then fail 'mode 600 is warned of'; fi
chmod 644 passphrase
signer_start alice
stop alice
grep -q "warning: everybody on this machine can read the passphrase in '.*passphrase'" alice.log || fail 'mode 644 is not warned of'
chmod 600 passphrase

# ---- where nobody can listen ------------------------------------------------
printf '[witness]\nlisten = 127.0.0.1:0\nstate = w1\nkey = w1.key\npassphrase-file = passphrase\n[log log.example]\nvkey = %s\n' \
	"$(cat log.pub)" >w1.ini
printf '[coordinator]\nlisten = 127.0.0.1:0\nstate = coordinatord\n' >coordinator.ini
printf '[log]\norigin = log.example\nkey = log.key\npassphrase-file = passphrase\nlisten = 127.0.0.1:0\nstate = logd\n' >log.ini
for pair in w1:witnessd coordinator:coordinatord log:logd; do
	for listen in 8080 localhost:8080 127.0.0.1:99999 127.0.0.1 ::1:80; do
		sed "s/^listen = .*/listen = $listen/" "${pair%:*}.ini" >bad.ini
		refused 2 "bad.ini: \\[.*\\]: cannot listen on '$listen'" "quorate-${pair#*:}" --config bad.ini --check-config
	done
	"quorate-${pair#*:}" --config "${pair%:*}.ini" --check-config >out 2>err || fail "${pair%:*}.ini: $(cat err)"
done
[ ! -e w1 ] && [ ! -e coordinatord ] && [ ! -e logd ] || fail 'a check made something'
all_well
